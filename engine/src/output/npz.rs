//! In: a snapshot and scores. Out: NumPy arrays in the layout of tigramite's results, in one `.npz` file.

use std::io::{self, Cursor, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::error::Result;
use crate::types::{LinkScore, Snapshot};

use super::AtomicFile;

/// Writes `graph` (`<U3`), `val_matrix`, `p_matrix` (`[N, N, lags + 1]`), `conf_matrix` (`[N, N, lags + 1, 2]`) and
/// `var_names`: entry `[i, j, lag]` is about `i`, `lag` rows ago, acting on `j`. Values are effects in standard
/// deviations; a pair that was not scored is NaN. `scores` may be empty: then only the links of the graph have values.
///
/// # Errors
/// [`crate::Error::Output`] when the file cannot be written.
pub fn write_npz(path: &Path, snapshot: &Snapshot, scores: &[LinkScore]) -> Result<()> {
    AtomicFile::write(path, |out| {
        // An archive is written back and forth; it is built in memory and handed on.
        let bytes = archive(snapshot, scores)?;
        out.write_all(&bytes)
    })
}

fn archive(snapshot: &Snapshot, scores: &[LinkScore]) -> io::Result<Vec<u8>> {
    let arrays = Arrays::new(snapshot, scores);
    let (n, depth) = (snapshot.names.len(), arrays.depth);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    let mut add = |name: &str, kind: &str, shape: &[usize], bytes: &[u8]| -> io::Result<()> {
        zip.start_file(format!("{name}.npy"), options).map_err(io::Error::other)?;
        zip.write_all(&header(kind, shape))?;
        zip.write_all(bytes)
    };
    let longest = snapshot.names.iter().map(|name| name.chars().count()).max().unwrap_or(1).max(1);
    let names: Vec<u8> = snapshot.names.iter().flat_map(|name| text(name, longest)).collect();
    add("graph", "<U3", &[n, n, depth], &arrays.graph)?;
    add("val_matrix", "<f8", &[n, n, depth], &reals(&arrays.value))?;
    add("p_matrix", "<f8", &[n, n, depth], &reals(&arrays.p))?;
    add("conf_matrix", "<f8", &[n, n, depth, 2], &reals(&arrays.interval))?;
    add("var_names", &format!("<U{longest}"), &[n], &names)?;
    Ok(zip.finish().map_err(io::Error::other)?.into_inner())
}

struct Arrays {
    depth: usize,
    graph: Vec<u8>,
    value: Vec<f64>,
    p: Vec<f64>,
    interval: Vec<f64>,
}

impl Arrays {
    fn new(snapshot: &Snapshot, scores: &[LinkScore]) -> Self {
        let n = snapshot.names.len();
        let depth = snapshot.max_lag as usize + 1;
        let cells = n * n * depth;
        let mut marks = vec![""; cells];
        let mut arrays = Self {
            depth,
            graph: Vec::new(),
            value: vec![f64::NAN; cells],
            p: vec![f64::NAN; cells],
            interval: vec![f64::NAN; 2 * cells],
        };
        let cell = |source: u32, target: u32, lag: u32| {
            let (s, t, l) = (source as usize, target as usize, lag as usize);
            (s < n && t < n && l < depth).then(|| (s * n + t) * depth + l)
        };
        for link in scores.iter().chain(snapshot.edges.iter().map(|edge| &edge.link)) {
            let key = link.key;
            let Some(at) = cell(key.source, key.target, key.lag) else { continue };
            let sd = |index: u32| snapshot.nodes.get(index as usize).map_or(f64::NAN, |node| node.sd);
            let scale = sd(key.source) / sd(key.target);
            arrays.value[at] = link.effect * scale;
            arrays.p[at] = link.p_value;
            arrays.interval[2 * at] = link.ci_lo * scale;
            arrays.interval[2 * at + 1] = link.ci_hi * scale;
        }
        for edge in &snapshot.edges {
            let key = edge.link.key;
            let directed = key.lag > 0 || edge.link.directed;
            if let Some(at) = cell(key.source, key.target, key.lag) {
                marks[at] = if directed { "-->" } else { "o-o" };
            }
            // Within a row the other end says the same from its side.
            if let Some(at) = cell(key.target, key.source, 0).filter(|_| key.lag == 0) {
                marks[at] = if directed { "<--" } else { "o-o" };
            }
        }
        arrays.graph = marks.into_iter().flat_map(|mark| text(mark, 3)).collect();
        arrays
    }
}

/// The head of a `.npy` file, version 1.0: padded so that the data begin at a multiple of 64.
fn header(kind: &str, shape: &[usize]) -> Vec<u8> {
    let sizes: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let mut dict = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sizes}), }}");
    let unpadded = 10 + dict.len() + 1;
    dict.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
    dict.push('\n');
    let mut head = b"\x93NUMPY\x01\x00".to_vec();
    head.extend((dict.len() as u16).to_le_bytes());
    head.extend(dict.as_bytes());
    head
}

fn reals(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Text as NumPy keeps it: so many characters of four bytes, the rest zero.
fn text(text: &str, length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = text.chars().take(length).flat_map(|c| u32::from(c).to_le_bytes()).collect();
    bytes.resize(4 * length, 0);
    bytes
}
