//! In: the graph after one window. Out: three tables as CSV, one beside the other: its links, its variables, its joint causes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::AtomicFile;
use super::edges::{name, number};
use crate::error::Result;
use crate::types::Snapshot;

/// Columns of the three tables.
const LINKS: &str = "source,target,lag,directed,effect,ci_lo,ci_hi,weight,stability,p_value,q_value,gain,score,regime,hits,first_window,last_window";
const NODES: &str = "name,mean,sd,autoregression_r2,missing,regime_start_row";
const HYPEREDGES: &str = "sources,target,gain_joint,gain_parts,ci_lo,ci_hi,stability,hits,first_window,last_window";

/// Writes the links to `path`, and beside it, under the same name with `.nodes` and `.hyperedges` before the ending, the
/// variables and the joint causes. Sources of these are written `a@1; b@2`, with their lags in rows.
///
/// # Errors
/// [`crate::Error::Output`] when a file cannot be written.
pub fn write_tables(path: &Path, snapshot: &Snapshot) -> Result<[PathBuf; 3]> {
    let paths = [path.to_owned(), path.with_extension("nodes.csv"), path.with_extension("hyperedges.csv")];
    AtomicFile::write(&paths[0], |out| table(out, LINKS, links(snapshot)))?;
    AtomicFile::write(&paths[1], |out| table(out, NODES, nodes(snapshot)))?;
    AtomicFile::write(&paths[2], |out| table(out, HYPEREDGES, hyperedges(snapshot)))?;
    Ok(paths)
}

fn table(out: &mut dyn Write, columns: &str, rows: impl Iterator<Item = Vec<String>>) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(columns.split(','))?;
    for row in rows {
        csv.write_record(row)?;
    }
    csv.flush()
}

fn links(snapshot: &Snapshot) -> impl Iterator<Item = Vec<String>> {
    snapshot.edges.iter().map(|edge| {
        let link = &edge.link;
        let of = |index| name(&snapshot.names, index).to_owned();
        let mut row =
            vec![of(link.key.source), of(link.key.target), link.key.lag.to_string(), link.directed.to_string()];
        let numbers = [link.effect, link.ci_lo, link.ci_hi, edge.weight, link.stability];
        row.extend(numbers.into_iter().chain([link.p_value, link.q_value, link.gain, link.score]).map(number));
        row.push(edge.regime.to_string());
        row.extend([u64::from(edge.hits), edge.first_window, edge.last_window].map(|count| count.to_string()));
        row
    })
}

fn nodes(snapshot: &Snapshot) -> impl Iterator<Item = Vec<String>> {
    snapshot.names.iter().zip(&snapshot.nodes).map(|(name, node)| {
        let mut row = vec![name.clone()];
        row.extend([node.mean, node.sd, node.autoregression_r2, node.missing].map(number));
        row.push(node.regime_start_row.to_string());
        row
    })
}

fn hyperedges(snapshot: &Snapshot) -> impl Iterator<Item = Vec<String>> {
    snapshot.hyperedges.iter().map(|hyper| {
        let of = |index| name(&snapshot.names, index);
        let sources: Vec<String> = hyper.sources.iter().map(|(source, lag)| format!("{}@{lag}", of(*source))).collect();
        let mut row = vec![sources.join("; "), of(hyper.target).to_owned()];
        row.extend([hyper.gain_joint, hyper.gain_parts, hyper.ci_lo, hyper.ci_hi, hyper.stability].map(number));
        row.extend([u64::from(hyper.hits), hyper.first_window, hyper.last_window].map(|count| count.to_string()));
        row
    })
}

#[cfg(test)]
mod tests {
    use super::{HYPEREDGES, LINKS, NODES, write_tables};
    use crate::types::{Edge, HyperEdge, LinkKey, LinkScore, NodeStats, Snapshot};

    #[test]
    fn three_tables_hold_all_of_the_graph() {
        let link = LinkScore {
            key: LinkKey { source: 0, target: 1, lag: 2 },
            score: 9.0,
            effect: 0.5,
            ci_lo: 0.4,
            ci_hi: 0.6,
            stability: 1.0,
            p_value: 1e-9,
            q_value: 1e-8,
            gain: 0.2,
            accepted: true,
            directed: true,
        };
        let edge = Edge { link, weight: 0.7, var: 0.1, regime: 3, hits: 4, first_window: 1, last_window: 9 };
        let hyper = HyperEdge {
            sources: vec![(0, 1), (2, 2)],
            target: 1,
            gain_joint: 0.4,
            gain_parts: 0.1,
            ci_lo: 0.3,
            ci_hi: 0.5,
            stability: 1.0,
            hits: 2,
            first_window: 3,
            last_window: 9,
        };
        let names: Vec<String> = ["a", "b, the second", "c"].map(str::to_owned).to_vec();
        let snapshot = Snapshot {
            nodes: vec![NodeStats { mean: 1.5, ..NodeStats::default() }; 3],
            names: names.into(),
            edges: vec![edge],
            hyperedges: vec![hyper],
            ..Snapshot::default()
        };
        let dir = tempfile::tempdir().unwrap();
        let written = write_tables(&dir.path().join("graph.csv"), &snapshot).unwrap();
        let text = written.map(|path| std::fs::read_to_string(path).unwrap());
        let columns = |header: &str| header.split(',').count();
        for (text, header) in text.iter().zip([LINKS, NODES, HYPEREDGES]) {
            let mut csv = csv::Reader::from_reader(text.as_bytes());
            assert_eq!(csv.headers().unwrap().iter().collect::<Vec<_>>().join(","), header);
            assert!(csv.records().all(|row| row.unwrap().len() == columns(header)), "{text}");
        }
        assert!(text[0].contains("a,\"b, the second\",2,true,0.5,0.4,0.6,0.7,"), "{}", text[0]);
        assert!(text[0].trim_end().ends_with(",3,4,1,9"), "regime, hits, windows: {}", text[0]);
        assert_eq!(text[1].lines().count(), 4);
        assert!(text[2].contains("a@1; c@2,\"b, the second\",0.4,0.1,0.3,0.5,1.0,2,3,9"), "{}", text[2]);
    }
}
