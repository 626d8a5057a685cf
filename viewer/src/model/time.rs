//! In: snapshots as they come. Out: a bounded recording of them, which moment is shown, and what changed between two.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use scarcity_engine::types::{Edge, LinkKey, Snapshot};
use serde::{Deserialize, Serialize};

/// One window in the timeline strip.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HistoryPoint {
    /// Window.
    pub window: u64,
    /// Links in the store.
    pub edges: u32,
    /// Links added.
    pub added: u32,
    /// Links dropped.
    pub dropped: u32,
    /// Regime in force.
    pub regime: u32,
    /// Mean change of the links' weights since the window before, in standard deviations.
    pub drift: f32,
}

/// Past graphs, newest last, within a bound on their memory. Where it is reached, every second of the older ones goes:
/// the past becomes coarser and never ends abruptly.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    snapshots: VecDeque<Arc<Snapshot>>,
    bytes: usize,
}

/// Memory the recording may take.
pub const RECORDING_BYTES: usize = 192 << 20;

impl Recording {
    /// Adds the newest graph.
    pub fn push(&mut self, snapshot: Arc<Snapshot>) {
        self.push_within(snapshot, RECORDING_BYTES);
    }

    /// [`Recording::push`] with another bound.
    pub fn push_within(&mut self, snapshot: Arc<Snapshot>, budget_bytes: usize) {
        // Judged anew by other settings, a window has another graph than before.
        if let Some(same) = self.snapshots.pop_back_if(|last| last.window == snapshot.window) {
            self.bytes -= same.bytes();
        }
        self.bytes += snapshot.bytes();
        self.snapshots.push_back(snapshot);
        // The newest is what is shown: it alone may be larger.
        while self.bytes > budget_bytes && self.snapshots.len() > 1 {
            if self.snapshots.len() > 8 {
                self.thin();
            } else {
                // Of a few large ones the first goes last.
                let gone = self.snapshots.remove(usize::from(self.snapshots.len() > 2));
                self.bytes -= gone.map_or(0, |gone| gone.bytes());
            }
        }
    }

    fn thin(&mut self) {
        let older = self.snapshots.len() * 3 / 4;
        let mut place = 0;
        self.snapshots.retain(|_| {
            place += 1;
            // The first one stays: it says where the run began.
            place > older || place % 2 == 1
        });
        self.bytes = self.snapshots.iter().map(|snapshot| snapshot.bytes()).sum();
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Graphs kept.
    pub fn len(&self) -> usize {
        self.snapshots.len()
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.snapshots.is_empty()
    }

    /// Memory in use, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The graphs, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Snapshot>> {
        self.snapshots.iter()
    }

    /// The newest graph at or before a window; the oldest where there is none so old.
    pub fn at(&self, window: u64) -> Option<&Arc<Snapshot>> {
        let after = self.snapshots.partition_point(|snapshot| snapshot.window <= window);
        self.snapshots.get(after.saturating_sub(1))
    }

    /// The recorded window so many places before or after another.
    pub fn step(&self, window: u64, by: i64) -> Option<u64> {
        let here = self.snapshots.partition_point(|snapshot| snapshot.window <= window).saturating_sub(1) as i64;
        let last = self.snapshots.len().checked_sub(1)? as i64;
        self.snapshots.get((here + by).clamp(0, last) as usize).map(|snapshot| snapshot.window)
    }

    /// How a link fared: `(window, link)` wherever it was in the graph.
    pub fn of_link(&self, key: LinkKey) -> Vec<(u64, Edge)> {
        self.snapshots
            .iter()
            .filter_map(|s| s.edges.iter().find(|edge| edge.link.key == key).map(|edge| (s.window, *edge)))
            .collect()
    }
}

/// Which moment is shown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeView {
    /// The window shown; `None` = the newest, as it comes.
    pub at: Option<u64>,
    /// Whether the past is being played.
    pub playing: bool,
    /// Windows per second while playing.
    pub windows_per_s: f32,
    /// Mark A.
    pub mark_a: Option<u64>,
    /// Mark B.
    pub mark_b: Option<u64>,
    /// Whether the graph shows what changed from A to B.
    pub comparing: bool,
    /// The window up to which the user has seen what changed.
    pub seen: Option<u64>,
}

impl Default for TimeView {
    fn default() -> Self {
        Self { at: None, playing: false, windows_per_s: 4.0, mark_a: None, mark_b: None, comparing: false, seen: None }
    }
}

/// What became of a link from one moment to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// Only in the later graph.
    Added,
    /// Only in the earlier graph.
    Removed,
    /// In both, with opposite signs.
    Reversed,
    /// In both, clearly stronger.
    Stronger,
    /// In both, clearly weaker.
    Weaker,
    /// In both, much the same.
    Same,
}

impl ChangeKind {
    /// As a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Reversed => "sign changed",
            Self::Stronger => "stronger",
            Self::Weaker => "weaker",
            Self::Same => "same",
        }
    }
}

/// One link in a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Changed {
    /// Which.
    pub key: LinkKey,
    /// What became of it.
    pub kind: ChangeKind,
    /// Weight at A; 0 where it was absent.
    pub before: f64,
    /// Weight at B; 0 where it is absent.
    pub after: f64,
}

/// What changed from A to B.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Window of A.
    pub from: u64,
    /// Window of B.
    pub to: u64,
    /// Every link of either, the greatest change first.
    pub links: Vec<Changed>,
    /// The links of both in one graph: those of B, and those of A that are gone.
    pub union: Arc<Snapshot>,
}

impl Comparison {
    /// Compares two graphs of the same variables. A weight has changed when it left the other's 95 % interval.
    pub fn between(a: &Snapshot, b: &Snapshot) -> Self {
        let of = |s: &Snapshot| s.edges.iter().map(|edge| (edge.link.key, *edge)).collect::<BTreeMap<_, _>>();
        let (before, after) = (of(a), of(b));
        let mut links = Vec::new();
        let mut union = b.clone();
        for (key, old) in &before {
            match after.get(key) {
                Some(new) => {
                    links.push(Changed { key: *key, kind: kind(old, new), before: old.weight, after: new.weight })
                }
                None => {
                    links.push(Changed { key: *key, kind: ChangeKind::Removed, before: old.weight, after: 0.0 });
                    union.edges.push(*old);
                }
            }
        }
        for (key, new) in after.iter().filter(|(key, _)| !before.contains_key(key)) {
            links.push(Changed { key: *key, kind: ChangeKind::Added, before: 0.0, after: new.weight });
        }
        let size = |change: &Changed| (change.after - change.before).abs();
        links.sort_by(|x, y| size(y).total_cmp(&size(x)).then(x.key.cmp(&y.key)));
        Self { from: a.window, to: b.window, links, union: Arc::new(union) }
    }

    /// What became of a link.
    pub fn kind_of(&self, key: LinkKey) -> Option<ChangeKind> {
        self.links.iter().find(|change| change.key == key).map(|change| change.kind)
    }

    /// How many links became so.
    pub fn count(&self, kind: ChangeKind) -> usize {
        self.links.iter().filter(|change| change.kind == kind).count()
    }
}

fn kind(old: &Edge, new: &Edge) -> ChangeKind {
    let outside = |value: f64, of: &Edge| value < of.link.ci_lo || value > of.link.ci_hi;
    if old.link.effect * new.link.effect < 0.0 {
        return ChangeKind::Reversed;
    }
    if !(outside(new.link.effect, old) && outside(old.link.effect, new)) {
        return ChangeKind::Same;
    }
    if new.link.effect.abs() > old.link.effect.abs() { ChangeKind::Stronger } else { ChangeKind::Weaker }
}
