//! In: the graph shown and which of its variables are. Out: the graph the layout is to lay out, and its places put back
//! in order: what is left out takes no room.

use std::collections::HashMap;
use std::sync::Arc;

use scarcity_engine::types::{Edge, Frame, HyperEdge, LinkKey, Snapshot};

use super::Places;

/// Which variables and hyperedges the layout knows, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Placing {
    variables: Vec<u32>,
    hyperedges: Vec<u32>,
    all_variables: usize,
    all_hyperedges: usize,
}

impl Placing {
    /// The graph of the variables that `shows` says are shown.
    pub fn reduce(snapshot: &Arc<Snapshot>, shows: impl Fn(u32) -> bool) -> (Arc<Snapshot>, Self) {
        let (vars, hypers) = (snapshot.names.len(), snapshot.hyperedges.len());
        let variables: Vec<u32> = (0..vars as u32).filter(|index| shows(*index)).collect();
        let whole = variables.len() == vars;
        let complete = |hyper: &HyperEdge| hyper.sources.iter().map(|s| s.0).chain([hyper.target]).all(&shows);
        let hyperedges: Vec<u32> = (0u32..)
            .zip(&snapshot.hyperedges)
            .filter(|(_, hyper)| whole || complete(hyper))
            .map(|(at, _)| at)
            .collect();
        let placing = Self { variables, hyperedges, all_variables: vars, all_hyperedges: hypers };
        if whole {
            return (Arc::clone(snapshot), placing);
        }
        let place = |index: u32| placing.variables.binary_search(&index).ok().map(|at| at as u32);
        let edge = |edge: &Edge| {
            let key = edge.link.key;
            let key = LinkKey { source: place(key.source)?, target: place(key.target)?, ..key };
            let mut edge = *edge;
            edge.link.key = key;
            Some(edge)
        };
        let hyper = |at: &u32| {
            let mut hyper = snapshot.hyperedges[*at as usize].clone();
            hyper.target = place(hyper.target)?;
            for (source, _) in &mut hyper.sources {
                *source = place(*source)?;
            }
            Some(hyper)
        };
        let reduced = Snapshot {
            names: placing.variables.iter().map(|at| snapshot.names[*at as usize].clone()).collect(),
            nodes: placing.variables.iter().filter_map(|at| snapshot.nodes.get(*at as usize).copied()).collect(),
            edges: snapshot.edges.iter().filter_map(edge).collect(),
            hyperedges: placing.hyperedges.iter().filter_map(hyper).collect(),
            added: Vec::new(),
            dropped: Vec::new(),
            window: snapshot.window,
            rows: snapshot.rows,
            window_rows: snapshot.window_rows.clone(),
            max_lag: snapshot.max_lag,
            regime: snapshot.regime,
            regime_start_row: snapshot.regime_start_row,
            inflation: snapshot.inflation,
            weak: snapshot.weak,
            levels_wander: snapshot.levels_wander,
            candidates: snapshot.candidates,
            timings: snapshot.timings,
        };
        (Arc::new(reduced), placing)
    }

    /// A frame of the layout as one of the whole graph; what is left out is nowhere (NaN).
    pub fn expand(&self, frame: &Arc<Frame>) -> Arc<Frame> {
        if self.variables.len() == self.all_variables {
            return Arc::clone(frame);
        }
        let mut positions = vec![[f32::NAN; 3]; self.all_variables + self.all_hyperedges];
        let hypers = self.hyperedges.iter().map(|at| self.all_variables + *at as usize);
        let wanted = self.variables.iter().map(|at| *at as usize).chain(hypers);
        for (to, position) in wanted.zip(&frame.positions) {
            positions[to] = *position;
        }
        Arc::new(Frame { positions, ..Frame::clone(frame) })
    }

    /// Where the layout keeps each variable and then each junction of the graph `shown`; `whole` is the graph it was given
    /// a part of, which may be an earlier one.
    pub fn slots(&self, whole: &Arc<Snapshot>, shown: &Arc<Snapshot>) -> Arc<[u32]> {
        let slot = |at: Option<usize>| at.map_or(Places::NONE, |at| at as u32);
        let junction = |at: u32| self.hyperedges.binary_search(&at).ok().map(|at| self.variables.len() + at);
        let variables = (0..shown.names.len() as u32).map(|variable| slot(self.place_of(variable)));
        if Arc::ptr_eq(whole, shown) {
            return variables.chain((0..shown.hyperedges.len() as u32).map(|at| slot(junction(at)))).collect();
        }
        let known: HashMap<_, u32> =
            (0u32..).zip(&whole.hyperedges).map(|(at, h)| ((&h.sources, h.target), at)).collect();
        let junctions = shown.hyperedges.iter().map(|h| known.get(&(&h.sources, h.target)).copied());
        variables.chain(junctions.map(|at| slot(at.and_then(junction)))).collect()
    }

    /// Where the layout keeps a variable.
    pub fn place_of(&self, variable: u32) -> Option<usize> {
        self.variables.binary_search(&variable).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::made_up;

    #[test]
    fn what_is_left_out_takes_no_room_and_comes_back_where_it_belongs() {
        let (snapshot, frame) = made_up(10, 30);
        let snapshot = Arc::new(snapshot);
        let (whole, all) = Placing::reduce(&snapshot, |_| true);
        assert!(Arc::ptr_eq(&whole, &snapshot), "nothing is copied where nothing is left out");
        assert_eq!(all.place_of(7), Some(7));
        let (some, placing) = Placing::reduce(&snapshot, |index| index % 3 == 0);
        assert_eq!(some.names.to_vec(), ["x0", "x3", "x6", "x9"]);
        let names = |s: &Snapshot, key: LinkKey| [key.source, key.target].map(|i| s.names[i as usize].clone());
        let kept: Vec<[String; 2]> = snapshot
            .edges
            .iter()
            .filter(|e| e.link.key.source % 3 == 0 && e.link.key.target % 3 == 0)
            .map(|e| names(&snapshot, e.link.key))
            .collect();
        let found: Vec<[String; 2]> = some.edges.iter().map(|e| names(&some, e.link.key)).collect();
        assert_eq!(found, kept);
        let small = Frame { positions: frame.positions[..4].to_vec(), ..frame };
        let back = placing.expand(&Arc::new(small.clone()));
        assert_eq!(back.positions[3], small.positions[1]);
        assert!(back.positions[4][0].is_nan());
        assert_eq!(placing.place_of(6), Some(2));
        assert_eq!(placing.place_of(7), None);
        let slots = placing.slots(&snapshot, &snapshot);
        assert_eq!(slots[..4], [0, Places::NONE, Places::NONE, 1], "places are drawn from where the layout keeps them");
    }
}
