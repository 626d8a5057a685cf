//! In: verdicts, window by window. Out: the hypergraph's memory: links with moving averages, decay and age.

use std::collections::{BTreeMap, BTreeSet};

use crate::types::{Edge, HyperEdge, LinkKey};

use super::ages::Ages;
use super::changes::Changes;
use super::config::StoreConfig;
use super::graph::Graph;
use super::verdict::Verdicts;

#[derive(Debug, Clone)]
struct Record {
    edge: Edge,
    misses: u32,
}

type HyperKey = (Vec<(u32, u32)>, u32);

/// Links and hyperedges, in the order of their keys.
#[derive(Debug)]
pub struct Store {
    config: StoreConfig,
    edges: BTreeMap<LinkKey, Record>,
    hyperedges: BTreeMap<HyperKey, (HyperEdge, u32)>,
    regime: u32,
}

impl Store {
    /// An empty store.
    pub fn new(config: StoreConfig) -> Self {
        Self { config, edges: BTreeMap::new(), hyperedges: BTreeMap::new(), regime: 0 }
    }

    /// Has what it holds be as old as it was before settings changed, and counts regimes on from there.
    pub fn resume(&mut self, ages: &Ages) {
        let edges = self.edges.values_mut().map(|record| &mut record.edge);
        ages.lend(self.regime, edges, self.hyperedges.values_mut().map(|(joint, _)| joint));
        self.regime = ages.regime;
    }

    /// Pairs the store holds a lagged link for, those first that were accepted longest ago.
    pub fn pairs(&self) -> Vec<(u32, u32)> {
        let mut pairs: Vec<(u64, u32, u32)> = self
            .edges
            .iter()
            .filter(|(k, _)| k.lag > 0)
            .map(|(k, record)| (record.edge.last_window, k.source, k.target))
            .collect();
        pairs.sort_unstable();
        let mut seen = BTreeSet::new();
        pairs.into_iter().map(|(_, s, t)| (s, t)).filter(|&pair| seen.insert(pair)).collect()
    }

    /// The links and hyperedges that stand: what waits out its patience is remembered, not shown.
    pub fn graph(&self) -> Graph {
        Graph {
            edges: self.edges.values().map(|r| r.edge).filter(|e| e.link.accepted).collect(),
            hyperedges: self.hyperedges.values().map(|(h, _)| h.clone()).collect(),
            regime: self.regime,
        }
    }

    /// Takes in the verdicts of a window: accepted links are averaged in, others that were asked about decay and are
    /// forgotten after `patience_windows` rejections.
    pub fn apply(&mut self, verdicts: &Verdicts, window: u64) -> Changes {
        let mut changes = Changes::default();
        if verdicts.changed.len() >= 2 {
            self.regime += 1;
        }
        for (link, &weight) in verdicts.links.iter().zip(&verdicts.weights) {
            if link.accepted {
                self.accept(link, weight, window, &mut changes);
            } else if let Some(record) = self.edges.get_mut(&link.key) {
                if record.misses == 0 {
                    changes.dropped.push(link.key);
                }
                record.misses += 1;
                record.edge.weight *= self.config.decay_factor;
                record.edge.link = *link;
            }
        }
        if verdicts.whole {
            let told: BTreeSet<LinkKey> = verdicts.links.iter().map(|link| link.key).collect();
            for (key, record) in self.edges.iter_mut().filter(|(key, _)| !told.contains(key)) {
                if record.misses == 0 {
                    changes.dropped.push(*key);
                }
                record.misses += 1;
                record.edge.link.accepted = false;
            }
        }
        self.apply_hyperedges(&verdicts.hyperedges, window, &mut changes);
        // A change of mechanism is a reason to let go at once of what no longer holds for its target.
        let impatient = |target: u32| verdicts.changed.contains(&target);
        self.prune(window, impatient);
        changes
    }

    fn accept(&mut self, link: &crate::types::LinkScore, weight: f64, window: u64, changes: &mut Changes) {
        let alpha = self.config.ema_alpha;
        match self.edges.get_mut(&link.key) {
            Some(record) => {
                let edge = &mut record.edge;
                if edge.weight * weight < 0.0 {
                    changes.reversed.push((link.key, edge.weight, weight));
                    edge.weight = weight;
                }
                let delta = weight - edge.weight;
                edge.weight += alpha * delta;
                edge.var = (1.0 - alpha) * (edge.var + alpha * delta * delta);
                edge.link = *link;
                edge.regime = self.regime;
                edge.hits += 1;
                edge.last_window = window;
                if record.misses > 0 {
                    changes.added.push(link.key);
                }
                record.misses = 0;
            }
            None => {
                if self.edges.len() >= self.config.max_edges {
                    return;
                }
                // The opposite orientation of an undirected link is the same link.
                if link.key.lag == 0 {
                    let twin = LinkKey { source: link.key.target, target: link.key.source, lag: 0 };
                    if self.edges.remove(&twin).is_some_and(|record| record.misses == 0) {
                        changes.dropped.push(twin);
                    }
                }
                changes.added.push(link.key);
                let edge = Edge {
                    link: *link,
                    weight,
                    var: 0.0,
                    regime: self.regime,
                    hits: 1,
                    first_window: window,
                    last_window: window,
                };
                self.edges.insert(link.key, Record { edge, misses: 0 });
            }
        }
    }

    fn apply_hyperedges(&mut self, found: &[HyperEdge], window: u64, changes: &mut Changes) {
        for (_, misses) in self.hyperedges.values_mut() {
            *misses += 1;
        }
        for hyper in found {
            let key = (hyper.sources.clone(), hyper.target);
            let (mut record, known) = match self.hyperedges.remove(&key) {
                Some((old, _)) => (HyperEdge { hits: old.hits, first_window: old.first_window, ..hyper.clone() }, true),
                None => (HyperEdge { first_window: window, ..hyper.clone() }, false),
            };
            record.hits += 1;
            record.last_window = window;
            if !known {
                changes.new_hyperedges.push(record.clone());
            }
            self.hyperedges.insert(key, (record, 0));
        }
        let patience = self.config.patience_windows;
        self.hyperedges.retain(|_, (_, misses)| *misses <= patience);
    }

    fn prune(&mut self, window: u64, impatient: impl Fn(u32) -> bool) {
        let config = &self.config;
        self.edges.retain(|key, record| {
            let patience = if impatient(key.target) { 0 } else { config.patience_windows };
            // What was accepted now stays, however weak: the tests have decided.
            record.misses == 0
                || (record.misses <= patience
                    && record.edge.weight.abs() >= config.prune_threshold
                    && window - record.edge.last_window <= config.max_age_windows)
        });
    }
}
