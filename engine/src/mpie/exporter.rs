//! In: the graph and what a window changed. Out: the snapshot everyone reads, and insights worth a sentence.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::types::{Insight, LinkKey, NodeStats, Snapshot, StageTimings, Window};

use super::changes::Changes;
use super::config::ExporterConfig;
use super::graph::Graph;
use super::verdict::Verdicts;

/// Turns the graph into snapshots and insights.
#[derive(Debug)]
pub struct Exporter {
    config: ExporterConfig,
    names: Arc<[String]>,
    max_lag: u32,
    nodes: Vec<NodeStats>,
    inflation: f64,
    weak: bool,
    levels_wander: bool,
    regime_start_row: u64,
    candidates: (u64, u64),
}

impl Exporter {
    /// An exporter for the named variables.
    pub fn new(config: ExporterConfig, names: Arc<[String]>, max_lag: usize, pairs: usize) -> Self {
        let nodes = vec![NodeStats::default(); names.len()];
        Self {
            config,
            names,
            max_lag: max_lag as u32,
            nodes,
            inflation: 1.0,
            weak: false,
            levels_wander: false,
            regime_start_row: 0,
            candidates: (0, pairs as u64),
        }
    }

    /// Keeps what verdicts say beyond links, for the snapshots until the next evaluation.
    pub fn note(&mut self, verdicts: &Verdicts, asked: usize) {
        self.nodes.clone_from(&verdicts.nodes);
        self.inflation = verdicts.inflation;
        self.weak = verdicts.weak;
        self.levels_wander = verdicts.levels_wander;
        self.regime_start_row = verdicts.regime_start_row;
        self.candidates.0 = asked as u64;
    }

    /// The graph after `window`.
    pub fn snapshot(&self, graph: Graph, changes: &Changes, window: &Window, timings: StageTimings) -> Snapshot {
        let Graph { mut edges, hyperedges, regime } = graph;
        edges.sort_by(|a, b| b.link.score.total_cmp(&a.link.score).then(a.link.key.cmp(&b.link.key)));
        edges.truncate(self.config.top_k);
        Snapshot {
            window: window.index,
            rows: window.rows.end,
            window_rows: window.rows.clone(),
            max_lag: self.max_lag,
            names: Arc::clone(&self.names),
            nodes: self.nodes.clone(),
            edges,
            hyperedges,
            added: changes.added.clone(),
            dropped: changes.dropped.clone(),
            regime,
            regime_start_row: self.regime_start_row,
            inflation: self.inflation,
            weak: self.weak,
            levels_wander: self.levels_wander,
            candidates: self.candidates,
            timings,
        }
    }

    /// What happened, one event each.
    pub fn insights(&self, graph: &Graph, changes: &Changes, verdicts: Option<&Verdicts>, window: u64) -> Vec<Insight> {
        let mut out = Vec::new();
        if let Some(verdicts) = verdicts.filter(|v| v.changed.len() >= 2) {
            out.push(Insight::RegimeChange {
                regime: graph.regime,
                start_row: verdicts.regime_start_row,
                targets: verdicts.changed.clone(),
                window,
            });
        }
        let added: BTreeSet<LinkKey> = changes.added.iter().copied().collect();
        for edge in graph.edges.iter().filter(|e| added.contains(&e.link.key)) {
            out.push(Insight::NewEdge { link: edge.link.key, effect: edge.link.effect, window });
        }
        out.extend(changes.dropped.iter().map(|&link| Insight::VanishedEdge { link, window }));
        out.extend(changes.reversed.iter().map(|&(link, before, after)| Insight::ReversedEdge {
            link,
            before,
            after,
            window,
        }));
        out.extend(changes.new_hyperedges.iter().map(|h| Insight::NewHyperEdge {
            sources: h.sources.clone(),
            target: h.target,
            excess: h.gain_joint - h.gain_parts,
            window,
        }));
        out
    }
}
