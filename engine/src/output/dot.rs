//! In: a snapshot. Out: DOT for Graphviz, ready to draw.

use std::io::{self, Write};

use crate::types::Snapshot;

use super::edges::name;

/// Writes the graph. Width follows the standardised effect, the sign is shown by colour and dash, a link within the
/// row whose direction is not known has no arrow; the numbers are attributes of their own.
pub(super) fn write(out: &mut dyn Write, snapshot: &Snapshot) -> io::Result<()> {
    writeln!(out, "digraph scarcity {{")?;
    writeln!(out, "  rankdir=LR;\n  node [shape=ellipse, fontname=\"sans-serif\"];\n  edge [fontsize=10];")?;
    for (v, label) in snapshot.names.iter().enumerate() {
        writeln!(out, "  n{v} [label={}];", quoted(label))?;
    }
    for edge in &snapshot.edges {
        let link = &edge.link;
        let width = 0.8 + 4.0 * edge.weight.abs().min(1.0);
        let (colour, style) = if link.effect < 0.0 { ("#0072b2", "dashed") } else { ("#d55e00", "solid") };
        let direction = if link.directed { "forward" } else { "none" };
        writeln!(
            out,
            "  n{} -> n{} [label={}, penwidth={width:.2}, color=\"{colour}\", style={style}, dir={direction}, \
             lag={}, effect={}, ci_lo={}, ci_hi={}, stability={}, p_value={}, q_value={}, score={}, hits={}];",
            link.key.source,
            link.key.target,
            quoted(&format!("lag {}", link.key.lag)),
            link.key.lag,
            number(link.effect),
            number(link.ci_lo),
            number(link.ci_hi),
            number(link.stability),
            number(link.p_value),
            number(link.q_value),
            number(link.score),
            edge.hits,
        )?;
    }
    for (h, hyperedge) in snapshot.hyperedges.iter().enumerate() {
        let tip = format!("joint cause of {}", name(&snapshot.names, hyperedge.target));
        writeln!(
            out,
            "  h{h} [shape=point, width=0.12, tooltip={}, gain_joint={}, gain_parts={}, stability={}];",
            quoted(&tip),
            number(hyperedge.gain_joint),
            number(hyperedge.gain_parts),
            number(hyperedge.stability),
        )?;
        for &(source, lag) in &hyperedge.sources {
            writeln!(out, "  n{source} -> h{h} [label={}, dir=none, lag={lag}];", quoted(&format!("lag {lag}")))?;
        }
        writeln!(out, "  h{h} -> n{};", hyperedge.target)?;
    }
    writeln!(out, "}}")
}

/// A DOT string. Inside one only the quote needs a backslash, but a backslash of the text would otherwise start an
/// escape of a label (`\n`, `\N`), so it is doubled.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\0' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A number as a DOT identifier: quoted, because DOT's own numbers have no exponent.
fn number(value: f64) -> String {
    format!("\"{value:?}\"")
}
