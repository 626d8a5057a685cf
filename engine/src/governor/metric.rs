//! In: the name of a reading. Out: its unit, what it says, and how it answers when a lever moves.

/// How a reading answers when a lever of the engine goes from one level to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// A share of a resource; the named reading is this process's part of it, which follows the level.
    Own(&'static str),
    /// A share of a store: what an action freed comes back with the level. The named reading, if any, is this process's
    /// part of it, in which that is seen; that part comes back as a whole.
    Held(Option<&'static str>),
    /// Work asked for relative to what can be done: follows the level.
    Demand,
    /// Falls as the level rises.
    Inverse,
    /// Waiting: comes as soon as nothing is left unused, and no sooner.
    Waiting,
    /// What is left of a store, relative to this process's part of it.
    Headroom,
    /// Does not answer.
    Fixed,
}

/// One reading the governor can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Name in rules, telemetry and traces.
    pub name: &'static str,
    /// Unit; a share lies in `[0, 1]`.
    pub unit: &'static str,
    /// What it says.
    pub about: &'static str,
    /// How it answers.
    pub response: Response,
    /// It may stand still for long and still be true (memory, queues); others that do are taken for frozen.
    pub may_rest: bool,
}

const fn metric(
    name: &'static str,
    unit: &'static str,
    response: Response,
    may_rest: bool,
    about: &'static str,
) -> Metric {
    Metric { name, unit, about, response, may_rest }
}

use Response::{Demand, Fixed, Headroom, Held, Inverse, Own, Waiting};

/// Every reading. Those of a GPU also come per device, as `gpu0.vram_util`; the plain name is the worst device.
pub const METRICS: &[Metric] = &[
    metric("cpu_util", "share", Own("cpu_self"), false, "processor time in use, of the quota where there is one"),
    metric("cpu_self", "share", Demand, false, "processor time in use by this process"),
    metric("cpu_freq", "MHz", Fixed, true, "mean clock"),
    metric("cpu_quota", "cores", Fixed, true, "processors this process may use, where a control group says so"),
    metric("cpu_pressure", "share", Fixed, true, "time in which something on this machine waited for a processor"),
    metric(
        "cpu_stall",
        "share",
        Waiting,
        false,
        "time this process's threads waited for a processor, of the time they wanted one",
    ),
    metric(
        "mem_util",
        "share",
        Held(Some("mem_self")),
        true,
        "memory in use, of the control group's limit where it is nearer",
    ),
    metric("mem_available_gb", "GB", Fixed, true, "memory left, in the control group where that is less"),
    metric("mem_self", "share", Fixed, true, "memory this process holds, of what `mem_util` is of"),
    metric("mem_self_mb", "MB", Held(None), true, "resident memory of this process"),
    metric("mem_headroom", "ratio", Headroom, true, "memory left, relative to what this process holds"),
    metric("mem_pressure", "share", Fixed, true, "time in which something waited for memory"),
    metric("swap_util", "share", Fixed, true, "swap in use"),
    metric("disk_read_mb", "MB/s", Fixed, true, "read from all disks"),
    metric("disk_write_mb", "MB/s", Fixed, true, "written to all disks"),
    metric("io_pressure", "share", Fixed, true, "time in which something waited for a disk"),
    metric("net_sent_mb", "MB/s", Fixed, true, "sent over all networks"),
    metric("net_recv_mb", "MB/s", Fixed, true, "received over all networks"),
    metric("gpu_util", "share", Fixed, true, "time in which a kernel ran; not how full the device was"),
    metric("sm_occupancy", "share", Fixed, true, "warps resident, of those the device can hold (Hopper and newer)"),
    metric("vram_util", "share", Held(None), true, "graphics memory in use"),
    metric("vram_available_gb", "GB", Fixed, true, "graphics memory left"),
    metric("gpu_temperature_c", "°C", Fixed, true, "temperature of the device"),
    metric("gpu_throttled", "0 or 1", Fixed, true, "the device slows itself down for heat or power"),
    metric("fps", "1/s", Inverse, true, "frames drawn, or laid out where nothing is drawn; absent at rest"),
    metric("queue", "share", Demand, true, "occupancy of the queue before discovery"),
    metric(
        "latency_ms",
        "ms",
        Demand,
        true,
        "95th percentile of the time from a window's last row to its graph; live feeds only",
    ),
    metric("load", "ratio", Demand, false, "discovery time asked for per second; live feeds only"),
    metric(
        "overload",
        "ratio",
        Demand,
        false,
        "work needed per second to keep up and be back on target soon, or how far one window alone is over it",
    ),
    metric("propose_p95_ms", "ms", Fixed, true, "95th percentile of the controller's time per window"),
    metric("encode_p95_ms", "ms", Fixed, true, "95th percentile of the encoder's time per window"),
    metric("evaluate_p95_ms", "ms", Demand, true, "95th percentile of the evaluator's time per window"),
    metric("store_p95_ms", "ms", Fixed, true, "95th percentile of the store's time per window"),
    metric("export_p95_ms", "ms", Fixed, true, "95th percentile of the exporter's time per window"),
    metric("queue_mb", "MB", Fixed, true, "windows waiting"),
    metric("cache_mb", "MB", Held(None), true, "rows kept to look at again"),
    metric("views_mb", "MB", Held(None), true, "histories of the robust views"),
    metric("drg_cpu", "share", Fixed, true, "what the governor's own loop takes, of one processor"),
    metric("history_mb", "MB", Held(None), true, "history of second moments"),
];

/// The reading of that name, also with a device in front (`gpu1.vram_util`).
pub fn find(name: &str) -> Option<&'static Metric> {
    let plain = name.split_once('.').map_or(name, |(device, rest)| {
        let number = device.strip_prefix("gpu").unwrap_or("");
        if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) { rest } else { name }
    });
    METRICS.iter().find(|m| m.name == plain)
}

/// Whether one reading is enough: the kernel's account of memory has no outliers, and memory cannot wait for a median.
pub fn is_exact(name: &str) -> bool {
    matches!(find(name).map(|m| m.response), Some(Response::Held(Some(_)) | Response::Headroom))
}

/// Whether the reading can be true: a number, not negative, a share no larger than 1 but for rounding.
pub fn is_possible(name: &str, value: f64) -> bool {
    let is_share = find(name).is_some_and(|m| m.unit == "share");
    value.is_finite() && value >= 0.0 && (!is_share || value <= 1.01)
}

/// What the reading would be with a lever at `to` instead of `from`; `own` is this process's part, `freed` what it has
/// given up on the way from 1 to `from`, both where known.
pub fn predict(response: Response, value: f64, own: Option<f64>, freed: f64, from: f64, to: f64) -> f64 {
    let ratio = to / from.max(1e-9);
    match response {
        // Where our part is not known, all of it is taken for ours: too careful on the way up.
        Response::Own(_) => value + own.unwrap_or(value).min(value) * (ratio - 1.0),
        Response::Held(_) => value + freed * ((to - from) / (1.0 - from).max(1e-9)).clamp(0.0, 1.0),
        Response::Demand => value * ratio,
        Response::Inverse => value / ratio,
        Response::Fixed | Response::Waiting | Response::Headroom => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_share_a_metrics_name() {
        assert_eq!(find("gpu12.vram_util").map(|m| m.name), Some("vram_util"));
        assert!(find("gpu.vram_util").is_none() && find("cpu0.vram_util").is_none() && find("vram").is_none());
    }

    #[test]
    fn only_our_own_part_follows_the_level() {
        // Others use 0.45, we 0.40: at twice our level, 1.25 is asked for.
        let value = predict(Response::Own("cpu_self"), 0.85, Some(0.40), 0.0, 0.5, 1.0);
        assert!((value - 1.25).abs() < 1e-12);
        assert_eq!(predict(Response::Held(None), 0.6, None, 0.3, 0.5, 1.0), 0.6 + 0.3);
        assert_eq!(predict(Response::Fixed, 0.6, None, 0.3, 0.5, 1.0), 0.6);
    }
}
