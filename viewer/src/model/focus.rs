//! In: the graph and what the user wants to see of it. Out: which variables belong to that.

use std::collections::{BTreeSet, VecDeque};

use scarcity_engine::types::{Edge, LinkKey, Snapshot};
use serde::{Deserialize, Serialize};

use super::Filter;

/// What is selected or under the pointer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Hash)]
pub enum Selection {
    /// Nothing.
    #[default]
    None,
    /// A variable, by index.
    Node(u32),
    /// A link.
    Edge(LinkKey),
    /// A hyperedge, by index in the snapshot.
    Hyper(u32),
}

/// How far a focus reaches from its roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Everything so many links away, whatever their direction.
    Neighbours(u32),
    /// Everything that acts on the roots, directly or not.
    Ancestors,
    /// Everything the roots act on, directly or not.
    Descendants,
    /// Everything on a directed path from the first root to the second.
    Paths,
    /// The roots alone.
    Roots,
}

/// A part of the graph the user looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Focus {
    /// Where it starts.
    pub roots: Vec<u32>,
    /// How far it reaches.
    pub reach: Reach,
}

impl Focus {
    /// In words: `pressure and its causes`.
    pub fn describe(&self, names: &[String]) -> String {
        let name = |index: &u32| names.get(*index as usize).map_or("?", String::as_str);
        let roots: Vec<&str> = self.roots.iter().map(name).collect();
        let all = match roots.as_slice() {
            [] => "nothing".to_owned(),
            [one] => (*one).to_owned(),
            [one, two] => format!("{one} and {two}"),
            [one, rest @ ..] => format!("{one} and {} more", rest.len()),
        };
        match self.reach {
            Reach::Neighbours(hops) => format!("{all} ±{hops}"),
            Reach::Ancestors => format!("{all} and what acts on it"),
            Reach::Descendants => format!("{all} and what it acts on"),
            Reach::Paths => format!("paths from {}", roots.join(" to ")),
            Reach::Roots => all,
        }
    }

    /// Which variables belong to it, over links that the filter shows.
    pub fn members(&self, snapshot: &Snapshot, filter: &Filter) -> BTreeSet<u32> {
        let ways = Ways::new(snapshot, filter);
        match self.reach {
            Reach::Roots => self.roots.iter().copied().collect(),
            Reach::Neighbours(hops) => walk(&self.roots, hops, |at| ways.both(at)),
            Reach::Ancestors => walk(&self.roots, u32::MAX, |at| ways.causes(at)),
            Reach::Descendants => walk(&self.roots, u32::MAX, |at| ways.effects(at)),
            Reach::Paths => {
                let [from, to] = self.roots[..] else { return self.roots.iter().copied().collect() };
                let forth = walk(&[from], u32::MAX, |at| ways.effects(at));
                let back = walk(&[to], u32::MAX, |at| ways.causes(at));
                let mut on_path: BTreeSet<u32> = forth.intersection(&back).copied().collect();
                on_path.extend([from, to]);
                on_path
            }
        }
    }
}

/// Links by their ends. A hyperedge leads from each source to the target.
struct Ways {
    out: Vec<Vec<u32>>,
    into: Vec<Vec<u32>>,
    undirected: Vec<Vec<u32>>,
}

impl Ways {
    fn new(snapshot: &Snapshot, filter: &Filter) -> Self {
        let count = snapshot.names.len();
        let mut ways =
            Self { out: vec![Vec::new(); count], into: vec![Vec::new(); count], undirected: vec![Vec::new(); count] };
        let shown = |edge: &&Edge| filter.shows(edge);
        for edge in snapshot.edges.iter().filter(shown) {
            let key = edge.link.key;
            ways.add(key.source, key.target, key.lag > 0 || edge.link.directed);
        }
        for hyper in &snapshot.hyperedges {
            for (source, _) in &hyper.sources {
                ways.add(*source, hyper.target, true);
            }
        }
        ways
    }

    fn add(&mut self, from: u32, to: u32, directed: bool) {
        let (a, b) = (from as usize, to as usize);
        if a >= self.out.len() || b >= self.out.len() {
            return;
        }
        if directed {
            self.out[a].push(to);
            self.into[b].push(from);
        } else {
            self.undirected[a].push(to);
            self.undirected[b].push(from);
        }
    }

    fn of(list: &[Vec<u32>], at: u32) -> &[u32] {
        list.get(at as usize).map_or(&[], Vec::as_slice)
    }

    fn both(&self, at: u32) -> Vec<u32> {
        [&self.out, &self.into, &self.undirected].into_iter().flat_map(|list| Self::of(list, at)).copied().collect()
    }

    // A link of unknown direction may lead either way.
    fn causes(&self, at: u32) -> Vec<u32> {
        [&self.into, &self.undirected].into_iter().flat_map(|list| Self::of(list, at)).copied().collect()
    }

    fn effects(&self, at: u32) -> Vec<u32> {
        [&self.out, &self.undirected].into_iter().flat_map(|list| Self::of(list, at)).copied().collect()
    }
}

fn walk(roots: &[u32], hops: u32, next: impl Fn(u32) -> Vec<u32>) -> BTreeSet<u32> {
    let mut seen: BTreeSet<u32> = roots.iter().copied().collect();
    let mut queue: VecDeque<(u32, u32)> = roots.iter().map(|root| (*root, 0)).collect();
    while let Some((at, far)) = queue.pop_front() {
        if far >= hops {
            continue;
        }
        for to in next(at) {
            if seen.insert(to) {
                queue.push_back((to, far + 1));
            }
        }
    }
    seen
}
