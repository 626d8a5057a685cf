//! In: a snapshot, its picture and the settings of the run. Out: one HTML page that says what was found, how sure it is,
//! and which command finds it again.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::error::Result;
use crate::types::{Edge, LEVELS_WANDER, STRAINED_INFLATION, Snapshot};

use super::AtomicFile;
use super::edges::name;
use super::svg::escaped;

/// What the page is made of.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// Name of the data.
    pub title: &'a str,
    /// The graph.
    pub snapshot: &'a Snapshot,
    /// The picture, as SVG.
    pub picture: &'a str,
    /// Settings that differ from their defaults, as TOML; empty = none.
    pub settings: &'a str,
    /// The command that repeats the run.
    pub command: &'a str,
    /// Notes on the data.
    pub notes: &'a [String],
    /// What is not shown, if something is hidden.
    pub left_out: Option<&'a str>,
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1a2027}\
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .4rem}svg{width:100%;height:auto;border:1px solid #d3dae1;\
border-radius:8px}table{border-collapse:collapse;width:100%;font-size:.88rem}th{text-align:left;color:#525d69;font-weight:500}\
td,th{padding:.2rem .6rem .2rem 0;border-bottom:1px solid #e6eaee}td.n{text-align:right;font-variant-numeric:tabular-nums}\
pre{background:#f4f6f8;padding:.8rem;border-radius:6px;overflow:auto}.pos{color:#9c4400}.neg{color:#005f96}.warn{color:#7a5600}";

/// Writes the page; it needs no other file.
///
/// # Errors
/// [`crate::Error::Output`] when the file cannot be written.
pub fn write_report(path: &Path, report: &Report<'_>) -> Result<()> {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = build(&mut page, report);
    AtomicFile::write(path, |out| io::Write::write_all(out, page.as_bytes()))
}

fn build(out: &mut String, report: &Report<'_>) -> std::fmt::Result {
    let snapshot = report.snapshot;
    let title = escaped(report.title);
    writeln!(out, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style>")?;
    writeln!(out, "<h1>{title}</h1>")?;
    writeln!(
        out,
        "<p>{} variables, {} rows, {} links and {} hyperedges after window {}. Largest lag {}. Regime {} since row {}.</p>",
        snapshot.names.len(),
        snapshot.rows,
        snapshot.edges.len(),
        snapshot.hyperedges.len(),
        snapshot.window + 1,
        snapshot.max_lag,
        snapshot.regime,
        snapshot.regime_start_row
    )?;
    if snapshot.weak {
        writeln!(
            out,
            "<p class=warn>Evidence is weak: many variables often stand still and chance findings are {:.1} times as strong as \
             they should be, so that no link is accepted.</p>",
            snapshot.inflation
        )?;
    } else if snapshot.inflation > STRAINED_INFLATION {
        writeln!(
            out,
            "<p class=warn>Chance findings are {:.1} times as strong as they should be (inflation); read weak links with \
             care.</p>",
            snapshot.inflation
        )?;
    }
    if snapshot.levels_wander {
        writeln!(out, "<p class=warn>{}.</p>", LEVELS_WANDER)?;
    }
    if let Some(text) = report.left_out {
        writeln!(out, "<p class=warn>{}</p>", escaped(text))?;
    }
    writeln!(out, "{}", report.picture)?;
    links(out, snapshot)?;
    hyperedges(out, snapshot)?;
    if !report.notes.is_empty() {
        writeln!(out, "<h2>Notes on the data</h2><ul>")?;
        for note in report.notes {
            writeln!(out, "<li>{}.</li>", escaped(note))?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "<h2>The same run again</h2><pre>{}</pre>", escaped(report.command))?;
    if !report.settings.is_empty() {
        writeln!(out, "<h2>Settings that differ from the defaults</h2><pre>{}</pre>", escaped(report.settings))?;
    }
    Ok(())
}

fn links(out: &mut String, snapshot: &Snapshot) -> std::fmt::Result {
    writeln!(
        out,
        "<h2>Links</h2><table><tr><th>source<th>lag<th><th>target<th>weight (sd)<th>effect<th>95 % interval<th>stability\
         <th>q<th>gain</tr>"
    )?;
    let mut edges: Vec<&Edge> = snapshot.edges.iter().collect();
    edges.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    for edge in edges {
        let link = &edge.link;
        let class = if edge.weight < 0.0 { "neg" } else { "pos" };
        let arrow = if link.key.lag > 0 || link.directed { "→" } else { "–" };
        writeln!(
            out,
            "<tr><td>{}<td class=n>{}<td>{arrow}<td>{}<td class=\"n {class}\">{:+.2}<td class=n>{:.3}<td class=n>[{:.3}, \
             {:.3}]<td class=n>{:.2}<td class=n>{:.1e}<td class=n>{:.3}</tr>",
            escaped(name(&snapshot.names, link.key.source)),
            link.key.lag,
            escaped(name(&snapshot.names, link.key.target)),
            edge.weight,
            link.effect,
            link.ci_lo,
            link.ci_hi,
            link.stability,
            link.q_value,
            link.gain
        )?;
    }
    writeln!(out, "</table>")
}

fn hyperedges(out: &mut String, snapshot: &Snapshot) -> std::fmt::Result {
    if snapshot.hyperedges.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<h2>Joint causes</h2><table><tr><th>sources<th>target<th>gain together<th>sum of the parts<th>95 % interval of \
         the excess<th>stability</tr>"
    )?;
    for hyper in &snapshot.hyperedges {
        let sources: Vec<String> = hyper
            .sources
            .iter()
            .map(|(source, lag)| format!("{} (lag {lag})", escaped(name(&snapshot.names, *source))))
            .collect();
        writeln!(
            out,
            "<tr><td>{}<td>{}<td class=n>{:.3}<td class=n>{:.3}<td class=n>[{:.3}, {:.3}]<td class=n>{:.2}</tr>",
            sources.join(" + "),
            escaped(name(&snapshot.names, hyper.target)),
            hyper.gain_joint,
            hyper.gain_parts,
            hyper.ci_lo,
            hyper.ci_hi,
            hyper.stability
        )?;
    }
    writeln!(out, "</table>")
}
