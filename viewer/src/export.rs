//! In: what is shown. Out: files for other programs: graphs, tables, arrays, drawings, a page.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use bevy::math::Vec2;
use scarcity_engine::output::{
    Drawing, DrawnLine, DrawnNode, Report, svg_text, write_edges, write_graph, write_npz, write_report, write_svg,
    write_tables,
};
use scarcity_engine::types::{LinkKey, LinkScore, Snapshot};

use crate::camera::OrbitCamera;
use crate::model::{ExportFormat, ImportChoice, KnobValue, Selection, ViewModel};
use crate::scene::Graph;
use crate::scene::curve::Curve;
use crate::scene::lines::{ARROW, DASHED};
use crate::theme::Theme;
use crate::{knobs, panels};

/// Lines in a drawing at most: more make a file no program opens.
const MAX_LINES: usize = 20_000;

/// What exports are made from.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The view model.
    pub model: &'a ViewModel,
    /// Every link scored, if the run has ended.
    pub scores: &'a [LinkScore],
    /// What is drawn.
    pub graph: &'a Graph,
    /// From where.
    pub camera: &'a OrbitCamera,
    /// Size of the pane in pixels.
    pub size_px: Vec2,
    /// What the run reads.
    pub choice: Option<&'a ImportChoice>,
    /// Settings that differ from the defaults.
    pub knobs: &'a std::collections::BTreeMap<String, KnobValue>,
}

/// A name for a file of this kind: the data's, the window's, the format's.
pub fn suggestion(model: &ViewModel, extension: &str) -> PathBuf {
    let stem = Path::new(&model.source_name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "scarcity".into());
    let window = model.snapshot.as_ref().map_or(0, |snapshot| snapshot.window + 1);
    PathBuf::from(format!("{}-window{window}.{extension}", stem.to_lowercase()))
}

/// Writes one of the formats that need no picture of the window.
///
/// # Errors
/// When there is nothing to write or the file cannot be written.
pub fn write(format: ExportFormat, path: &Path, shown: Shown<'_>) -> anyhow::Result<()> {
    let whole = shown.model.snapshot.as_ref().context("there is no graph yet: wait for the first window")?;
    let snapshot = visible(whole, shown.model);
    let accepted: Vec<LinkScore> = snapshot.edges.iter().map(|edge| edge.link).collect();
    match format {
        ExportFormat::GraphMl | ExportFormat::Gexf | ExportFormat::Dot | ExportFormat::Json => {
            write_graph(path, &snapshot)?;
        }
        ExportFormat::Csv => drop(write_tables(path, &snapshot)?),
        ExportFormat::Parquet => write_edges(path, &accepted, &snapshot.names)?,
        ExportFormat::Npz => write_npz(path, &snapshot, shown.scores)?,
        ExportFormat::Svg => write_svg(path, &drawing(shown)?)?,
        ExportFormat::Html => report(path, &snapshot, shown)?,
        ExportFormat::Png(_) | ExportFormat::Film => bail!("pictures are taken by the window"),
    }
    Ok(())
}

/// Writes these links in this order as CSV.
///
/// # Errors
/// When the file cannot be written.
pub fn write_links(path: &Path, model: &ViewModel, keys: &[LinkKey]) -> anyhow::Result<()> {
    let snapshot = model.snapshot.as_ref().context("there is no graph yet")?;
    let known: std::collections::HashMap<LinkKey, LinkScore> =
        snapshot.edges.iter().map(|edge| (edge.link.key, edge.link)).collect();
    let links: Vec<LinkScore> = keys.iter().filter_map(|key| known.get(key).copied()).collect();
    write_edges(path, &links, &snapshot.names)?;
    Ok(())
}

/// The graph without what filters, focus and hiding leave out.
fn visible(snapshot: &Snapshot, model: &ViewModel) -> Snapshot {
    let mut shown = snapshot.clone();
    let on = |index: u32| model.shows_variable(index);
    shown.edges.retain(|edge| model.filter.shows(edge) && on(edge.link.key.source) && on(edge.link.key.target));
    shown.hyperedges.retain(|hyper| hyper.sources.iter().map(|s| s.0).chain([hyper.target]).all(on));
    shown
}

/// The picture as lines and names, seen from where the camera is.
///
/// # Errors
/// When there are too many lines for a drawing.
pub fn drawing(shown: Shown<'_>) -> anyhow::Result<Drawing> {
    let Shown { model, graph, camera, .. } = shown;
    let Some(snapshot) = &model.snapshot else { bail!("there is no graph yet") };
    if graph.edges.len() > MAX_LINES {
        bail!("{} lines are too many for a drawing; filter first, or save a PNG", graph.edges.len());
    }
    let theme = Theme::of(model.settings.theme);
    let size = shown.size_px.max(Vec2::new(320.0, 240.0));
    let view = camera.view(size);
    let seen: Vec<_> = graph.places.iter().map(|place| view.project(*place, 1.0)).collect();
    let bytes = |color: [f32; 4]| [color[0], color[1], color[2]].map(|part| (part * 255.0).round() as u8);
    let opaque = |color: egui::Color32| [color.r(), color.g(), color.b()];
    let title = |pick: &Selection| match pick {
        Selection::Edge(key) => panels::link_title(snapshot, *key),
        _ => String::new(),
    };
    let lines = graph
        .edges
        .iter()
        .zip(&graph.picks)
        .filter_map(|(edge, pick)| {
            let from = (*seen.get(edge.ends[0] as usize)?)?;
            let to = (*seen.get(edge.ends[1] as usize)?)?;
            let curve = Curve::new(from.at, to.at, edge.shape[1]);
            let length = (to.at - from.at).length().max(1e-3);
            // The line ends at the discs' edges, as in the window.
            let start = curve.at(((from.radius + 1.5) / length).min(0.45));
            let end = curve.at((1.0 - (to.radius + 1.5) / length).max(0.55));
            Some(DrawnLine {
                from: start.to_array(),
                control: curve.control.to_array(),
                to: end.to_array(),
                width: edge.shape[0],
                color: bytes(edge.color),
                opacity: edge.color[3],
                dashed: edge.ends[2] & DASHED != 0,
                arrow: edge.ends[2] & ARROW != 0,
                title: title(pick),
            })
        })
        .collect();
    let mut order: Vec<usize> =
        (0..graph.nodes.len()).filter(|at| seen.get(*at).is_some_and(Option::is_some)).collect();
    let depth = |at: usize| seen[at].map_or(0.0, |p| p.depth);
    order.sort_by(|a, b| depth(*b).total_cmp(&depth(*a)));
    let nodes = order
        .into_iter()
        .filter_map(|at| {
            let node = seen[at]?;
            let label = snapshot.names.get(at).filter(|_| model.settings.labels).cloned().unwrap_or_default();
            let diamond = at >= snapshot.names.len();
            Some(DrawnNode {
                at: node.at.to_array(),
                radius: node.radius,
                color: bytes(graph.nodes[at].color),
                diamond,
                label,
            })
        })
        .collect();
    Ok(Drawing {
        width: size.x,
        height: size.y,
        background: opaque(theme.scene),
        ink: opaque(theme.label),
        title: format!("Causal graph of {}, window {}", model.source_name, snapshot.window + 1),
        lines,
        nodes,
    })
}

fn report(path: &Path, snapshot: &Snapshot, shown: Shown<'_>) -> anyhow::Result<()> {
    let model = shown.model;
    let picture = svg_text(&drawing(shown)?);
    let notes: Vec<String> = model.notes.iter().map(|note| note.text.clone()).collect();
    let all = model.snapshot.as_ref().map_or(0, |whole| whole.edges.len());
    let left_out = (snapshot.edges.len() < all)
        .then(|| format!("Filters, focus or hiding leave out {} of {all} links.", all - snapshot.edges.len()));
    let report = Report {
        title: &model.source_name,
        snapshot,
        picture: &picture,
        settings: &knobs::as_toml(shown.knobs),
        command: &command(shown),
        notes: &notes,
        left_out: left_out.as_deref(),
    };
    write_report(path, &report)?;
    Ok(())
}

/// The command that repeats the run.
pub fn command(shown: Shown<'_>) -> String {
    let Some(choice) = shown.choice else { return "scarcity-viewer --demo".to_owned() };
    let mut command = String::from("scarcity discover");
    for file in &choice.files {
        command.push_str(&format!(" {}", quoted(&file.display().to_string())));
    }
    command.push_str(&format!(" --max-lag {}", choice.max_lag));
    if let Some(column) = &choice.time_column {
        command.push_str(&format!(" --time-column {}", quoted(column)));
    }
    if let Some(column) = &choice.series_column {
        command.push_str(&format!(" --series-column {}", quoted(column)));
    }
    if !choice.columns.is_empty() {
        command.push_str(&format!(" --columns {}", quoted(&choice.columns.join(","))));
    }
    command + &knobs::as_options(shown.knobs)
}

/// For a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
