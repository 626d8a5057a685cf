//! In: a picture as lines, discs and names. Out: SVG, for papers and pages.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::error::Result;

use super::AtomicFile;

/// One curved line of a drawing. Places in pixels from the top left corner.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnLine {
    /// Where it starts.
    pub from: [f32; 2],
    /// Control point of the quadratic curve.
    pub control: [f32; 2],
    /// Where it ends.
    pub to: [f32; 2],
    /// Width in pixels.
    pub width: f32,
    /// Colour.
    pub color: [u8; 3],
    /// Opacity, `[0, 1]`.
    pub opacity: f32,
    /// Broken.
    pub dashed: bool,
    /// With an arrow head at the end.
    pub arrow: bool,
    /// What it stands for, shown when pointed at.
    pub title: String,
}

/// One node of a drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnNode {
    /// Its middle.
    pub at: [f32; 2],
    /// Radius in pixels.
    pub radius: f32,
    /// Colour.
    pub color: [u8; 3],
    /// A diamond instead of a disc.
    pub diamond: bool,
    /// Name beside it.
    pub label: String,
}

/// A drawing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drawing {
    /// Width in pixels.
    pub width: f32,
    /// Height in pixels.
    pub height: f32,
    /// Background.
    pub background: [u8; 3],
    /// Colour of names.
    pub ink: [u8; 3],
    /// Title for readers that do not see.
    pub title: String,
    /// Lines, the lowest first.
    pub lines: Vec<DrawnLine>,
    /// Nodes, the lowest first.
    pub nodes: Vec<DrawnNode>,
}

/// Writes the drawing as a file.
///
/// # Errors
/// [`crate::Error::Output`] when the file cannot be written.
pub fn write_svg(path: &Path, drawing: &Drawing) -> Result<()> {
    AtomicFile::write(path, |out| io::Write::write_all(out, svg_text(drawing).as_bytes()))
}

/// The drawing as text.
pub fn svg_text(drawing: &Drawing) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = build(&mut out, drawing);
    out
}

fn build(out: &mut String, drawing: &Drawing) -> std::fmt::Result {
    let Drawing { width, height, background, ink, title, lines, nodes } = drawing;
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"12\">"
    )?;
    writeln!(out, "<title>{}</title>", escaped(title))?;
    writeln!(out, "<rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"{}\"/>", hex(*background))?;
    for line in lines {
        write_line(out, line)?;
    }
    for node in nodes {
        write_node(out, node, *ink, *background)?;
    }
    writeln!(out, "</svg>")
}

fn write_line(out: &mut String, line: &DrawnLine) -> std::fmt::Result {
    let DrawnLine { from, control, to, width, color, opacity, dashed, arrow, title } = line;
    let along = [to[0] - control[0], to[1] - control[1]];
    let length = along[0].hypot(along[1]).max(1e-3);
    let along = along.map(|part| part / length);
    let head = if *arrow { 4.0 + 2.0 * width } else { 0.0 };
    let neck = [to[0] - along[0] * head, to[1] - along[1] * head];
    let dash =
        if *dashed { format!(" stroke-dasharray=\"{:.1} {:.1}\"", 4.0 + width, 3.0 + width) } else { String::new() };
    writeln!(out, "<g opacity=\"{opacity:.3}\"><title>{}</title>", escaped(title))?;
    writeln!(
        out,
        "<path d=\"M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width:.2}\"{dash}/>",
        from[0],
        from[1],
        control[0],
        control[1],
        neck[0],
        neck[1],
        hex(*color)
    )?;
    if *arrow {
        let half = 0.45 * head;
        let side = [-along[1] * half, along[0] * half];
        writeln!(
            out,
            "<path d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z\" fill=\"{}\"/>",
            to[0],
            to[1],
            neck[0] + side[0],
            neck[1] + side[1],
            neck[0] - side[0],
            neck[1] - side[1],
            hex(*color)
        )?;
    }
    writeln!(out, "</g>")
}

fn write_node(out: &mut String, node: &DrawnNode, ink: [u8; 3], paper: [u8; 3]) -> std::fmt::Result {
    let [x, y] = node.at;
    let r = node.radius;
    if node.diamond {
        writeln!(
            out,
            "<path d=\"M{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}Z\" fill=\"{}\"/>",
            y - r,
            x + r,
            y + r,
            x - r,
            hex(node.color)
        )?;
    } else {
        writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\" fill=\"{}\"/>", hex(node.color))?;
    }
    if node.label.is_empty() {
        return Ok(());
    }
    // The halo keeps names legible over lines.
    writeln!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"3\" paint-order=\"stroke\">{}</text>",
        x + r + 4.0,
        y + 4.0,
        hex(ink),
        hex(paper),
        escaped(&node.label)
    )
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Text for XML and HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write most control characters.
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_the_drawing() {
        let node = DrawnNode {
            at: [5.0, 6.0],
            radius: 3.0,
            color: [255, 0, 16],
            diamond: false,
            label: "<x> & \"y\"\u{1}".into(),
        };
        let text = svg_text(&Drawing { width: 10.0, height: 10.0, nodes: vec![node], ..Drawing::default() });
        let document = roxmltree::Document::parse(&text).expect("well-formed");
        let label = document.descendants().find(|n| n.has_tag_name("text")).and_then(|n| n.text());
        assert_eq!(label, Some("<x> & \"y\"\u{fffd}"));
        assert!(text.contains("#ff0010"));
    }

    #[test]
    fn an_arrow_ends_where_the_link_ends() {
        let line = DrawnLine {
            from: [0.0, 0.0],
            control: [50.0, 0.0],
            to: [100.0, 0.0],
            width: 2.0,
            color: [0; 3],
            opacity: 1.0,
            dashed: true,
            arrow: true,
            title: "a → b".into(),
        };
        let text = svg_text(&Drawing { width: 100.0, height: 10.0, lines: vec![line], ..Drawing::default() });
        assert!(text.contains("M100.0 0.0L92.0"), "{text}");
        assert!(text.contains("stroke-dasharray"));
    }
}
