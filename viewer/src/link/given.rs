//! In: graphs as the layout is given them. Out: the one it draws by now, within a bound on those it has not come to.

use std::sync::Arc;

use scarcity_engine::types::Snapshot;

use super::placing::Placing;

/// Graphs that the layout may still have to draw, and bytes they may hold; the newest is kept in any case.
const MOST: usize = 64;
const MOST_BYTES: usize = 64 << 20;

/// A graph as the layout was given it.
pub(super) struct Given {
    published: Arc<Snapshot>,
    whole: Arc<Snapshot>,
    placing: Placing,
    /// Slots of a graph shown, made once.
    slots: Option<(Arc<Snapshot>, Arc<[u32]>)>,
}

impl Given {
    /// As published to the layout, the whole graph, and which part of that it is.
    pub fn new(published: Arc<Snapshot>, whole: Arc<Snapshot>, placing: Placing) -> Self {
        Self { published, whole, placing, slots: None }
    }

    /// Where the layout keeps what is shown.
    pub fn slots(&mut self, shown: &Arc<Snapshot>) -> Arc<[u32]> {
        match &self.slots {
            Some((of, slots)) if Arc::ptr_eq(of, shown) => Arc::clone(slots),
            _ => {
                let slots = self.placing.slots(&self.whole, shown);
                self.slots = Some((Arc::clone(shown), Arc::clone(&slots)));
                slots
            }
        }
    }

    fn bytes(&self) -> usize {
        let part = if Arc::ptr_eq(&self.published, &self.whole) { 0 } else { self.published.bytes() };
        let slots = self.slots.as_ref().map_or(0, |(_, slots)| size_of_val(&**slots));
        part + self.whole.bytes() + slots
    }
}

/// What the layout was given and has not got beyond, oldest first.
#[derive(Default)]
pub(super) struct GivenGraphs(Vec<Given>);

impl GivenGraphs {
    /// One more; the oldest go when there are too many, or too large ones. Without them their places are not found until
    /// the layout has come to one that is kept.
    pub fn push(&mut self, given: Given) {
        self.0.push(given);
        let mut bytes = 0;
        let fits = |given: &&Given| {
            bytes += given.bytes();
            bytes <= MOST_BYTES
        };
        let kept = self.0.iter().rev().take(MOST).take_while(fits).count().max(1);
        self.0.drain(..self.0.len() - kept);
    }

    /// The one published as this graph, if it is kept; those before it are forgotten.
    pub fn reach(&mut self, published: &Arc<Snapshot>) -> Option<&mut Given> {
        let at = self.0.iter().position(|given| Arc::ptr_eq(&given.published, published))?;
        self.0.drain(..at);
        self.0.first_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::made_up;

    fn given(edges: u32) -> (Arc<Snapshot>, Given) {
        let whole = Arc::new(made_up(100, edges).0);
        let (published, placing) = Placing::reduce(&whole, |index| index != 3);
        (Arc::clone(&published), Given::new(published, whole, placing))
    }

    #[test]
    fn graphs_the_layout_does_not_come_to_are_bounded_in_number_and_in_bytes() {
        let mut graphs = GivenGraphs::default();
        let mut published = Vec::new();
        for _ in 0..3 * MOST {
            let (graph, given) = given(10);
            published.push(graph);
            graphs.push(given);
        }
        assert_eq!(graphs.0.len(), MOST);
        assert!(graphs.reach(&published[0]).is_none(), "the oldest have gone");
        assert!(graphs.reach(&published[3 * MOST - 2]).is_some());
        assert_eq!(graphs.0.len(), 2, "what was got beyond is forgotten");

        let bytes = |graphs: &GivenGraphs| graphs.0.iter().map(Given::bytes).sum::<usize>();
        for _ in 0..MOST {
            graphs.push(given(9_000).1);
            assert!(bytes(&graphs) <= MOST_BYTES, "{}", bytes(&graphs));
        }
        assert!(graphs.0.len() < MOST, "too small for the bound to mean anything");
        let (graph, huge) = given(9_000);
        let copies = MOST_BYTES / graph.bytes() + 1;
        let mut edges = graph.edges.clone();
        (0..copies).for_each(|_| edges.extend_from_slice(&graph.edges));
        let larger = Arc::new(Snapshot { edges, ..Snapshot::clone(&graph) });
        graphs.push(Given::new(Arc::clone(&larger), Arc::clone(&larger), huge.placing));
        assert_eq!(graphs.0.len(), 1, "what is to be drawn now is kept whatever it holds");
        assert!(graphs.reach(&larger).is_some());
    }
}
