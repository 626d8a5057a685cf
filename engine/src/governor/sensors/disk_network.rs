//! In: the counters of all disks and networks. Out: `disk_read_mb`, `disk_write_mb`, `net_sent_mb`, `net_recv_mb`, per
//! second.

use std::time::{Duration, Instant};

use sysinfo::{DiskRefreshKind, Disks, Networks};

use super::{Rate, Sensor, note};
use crate::types::Readings;

/// How often the counters are read: there is a file for each, and nothing is decided by them in less.
const EVERY: Duration = Duration::from_secs(1);

/// Reads disks and networks.
#[derive(Debug, Default)]
pub struct DiskNetworkSensor {
    disks: Option<Disks>,
    networks: Option<Networks>,
    rates: [Rate; 4],
    newest: [Option<f64>; 4],
    looked: Option<Instant>,
}

impl DiskNetworkSensor {
    fn look(&mut self, now: Instant) {
        let what = DiskRefreshKind::nothing().with_io_usage();
        match &mut self.disks {
            Some(disks) => disks.refresh_specifics(true, what),
            None => self.disks = Disks::new_with_refreshed_list_specifics(what).ok(),
        }
        match &mut self.networks {
            Some(networks) => networks.refresh(true),
            None => self.networks = Networks::new_with_refreshed_list().ok(),
        }
        let mut totals = [None; 4];
        if let Some(disks) = &self.disks {
            // One disk may be mounted in several places; its counters are the same everywhere.
            let mut seen = Vec::new();
            let (mut read, mut written) = (0, 0);
            for disk in disks.iter() {
                if !seen.contains(&disk.name()) {
                    seen.push(disk.name());
                    read += disk.usage().total_read_bytes;
                    written += disk.usage().total_written_bytes;
                }
            }
            if !seen.is_empty() {
                [totals[0], totals[1]] = [Some(read), Some(written)];
            }
        }
        if let Some(networks) = &self.networks {
            let sum = |of: fn(&sysinfo::NetworkData) -> u64| networks.values().map(of).sum::<u64>();
            totals[2] = Some(sum(sysinfo::NetworkData::total_transmitted));
            totals[3] = Some(sum(sysinfo::NetworkData::total_received));
        }
        for ((newest, rate), total) in self.newest.iter_mut().zip(&mut self.rates).zip(totals) {
            *newest = total.and_then(|total| rate.of(now, total)).map(|bytes| bytes / 1e6);
        }
    }
}

impl Sensor for DiskNetworkSensor {
    fn read(&mut self, now: Instant, into: &mut Readings) {
        if self.looked.is_none_or(|at| now.saturating_duration_since(at) >= EVERY) {
            self.looked = Some(now);
            self.look(now);
        }
        for (name, value) in ["disk_read_mb", "disk_write_mb", "net_sent_mb", "net_recv_mb"].iter().zip(self.newest) {
            note(into, name, value);
        }
    }
}
