//! In: the command line. Out: what to open, or which picture to take.

use std::path::PathBuf;
use std::str::FromStr;

use bevy::math::UVec2;
use clap::{Parser, ValueEnum};
use scarcity_engine::types::{LinkKey, Snapshot};

use crate::model::{Selection, ThemeChoice};

/// Watch the causal hypergraph of a data stream form, live, in 3D.
#[derive(Debug, Clone, Parser)]
#[command(version, about)]
pub struct Args {
    /// Files to open as one stream: CSV, Parquet, Arrow or JSON lines. Without any, a demo runs.
    #[arg(value_name = "FILE", conflicts_with = "demo")]
    pub files: Vec<PathBuf>,
    /// Largest lag to look at, in rows.
    #[arg(long, value_name = "L", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub max_lag: Option<u32>,
    /// Start with the demo stream even where a file was open before.
    #[arg(long)]
    pub demo: bool,
    /// Turn a knob before the start, as in `stream.prepare.season=24`; may be given several times.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = crate::knobs::parse)]
    pub knobs: Vec<(String, crate::model::KnobValue)>,
    /// Save a picture and exit; needs no display.
    #[arg(long, value_name = "OUT.png")]
    pub screenshot: Option<PathBuf>,
    /// Take the picture after so many windows, or at the end of the data.
    #[arg(long, value_name = "N", default_value_t = 12, requires = "screenshot")]
    pub after_windows: u64,
    /// Size of the picture.
    #[arg(long, value_name = "WxH", default_value = "1280x800")]
    pub size: Size,
    /// Pixels per point of the picture, 1 … 8.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub scale: u32,
    /// Open a saved session.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["demo", "files"])]
    pub session: Option<PathBuf>,
    /// Bring these panels to the front before the picture is taken, by their titles.
    #[arg(long, value_name = "TITLE", requires = "screenshot")]
    pub panel: Vec<String>,
    /// Do these actions before the picture is taken, by their names in the settings file.
    #[arg(long, value_name = "ACTION", requires = "screenshot")]
    pub act: Vec<String>,
    /// Dark or light, instead of the remembered one.
    #[arg(long)]
    pub theme: Option<ThemeArg>,
    /// Select a variable, or a link written SOURCE->TARGET@LAG, before the picture is taken.
    #[arg(long, value_name = "NAME", requires = "screenshot")]
    pub select: Option<String>,
    /// Draw the planted links over the found ones, where the data come with them.
    #[arg(long)]
    pub truth: bool,
    /// Which moment to show.
    #[arg(long, value_name = "MOMENT", default_value = "live", requires = "screenshot")]
    pub show: Moment,
    /// Keep a JSON description of the window's state in this file.
    #[arg(long, value_name = "PATH", hide = true)]
    pub state_file: Option<PathBuf>,
    /// Measure the time per frame of a made-up graph, without a window.
    #[arg(long, value_name = "NODESxEDGES", hide = true)]
    pub bench_scene: Option<Size>,
    /// Measure what so many hours of a stream leave in memory, without a window and as fast as it goes.
    #[arg(long, value_name = "HOURS", hide = true)]
    pub bench_hours: Option<f64>,
}

/// Two numbers, as in `1280x800`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub UVec2);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let part = |part: &str| part.parse::<u32>().ok().filter(|n| (1..=20_000_000).contains(n));
        text.split_once(['x', 'X', '×'])
            .and_then(|(a, b)| Some(Self(UVec2::new(part(a)?, part(b)?))))
            .ok_or_else(|| "expected two numbers such as 1280x800".to_owned())
    }
}

/// Theme as written on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ThemeArg {
    /// Light marks on near-black.
    Dark,
    /// Dark marks on near-white.
    Light,
}

impl From<ThemeArg> for ThemeChoice {
    fn from(arg: ThemeArg) -> Self {
        match arg {
            ThemeArg::Dark => Self::Dark,
            ThemeArg::Light => Self::Light,
        }
    }
}

/// The moment a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Moment {
    /// The first start: demo and welcome.
    Welcome,
    /// Files held over the window.
    Hover,
    /// The import sheet.
    Import,
    /// The graph.
    Live,
}

/// Reads `NAME`, `SOURCE->TARGET` or `SOURCE->TARGET@LAG` against a graph.
///
/// # Errors
/// A sentence when no such variable or link is there.
pub fn find_selection(text: &str, snapshot: &Snapshot) -> Result<Selection, String> {
    let variable = |name: &str| {
        let name = name.trim();
        snapshot
            .names
            .iter()
            .position(|n| n == name)
            .map(|i| i as u32)
            .ok_or_else(|| format!("there is no variable \"{name}\"; there are: {}", snapshot.names.join(", ")))
    };
    let Some((source, rest)) = text.split_once("->") else { return variable(text).map(Selection::Node) };
    let (target, lag) = match rest.rsplit_once('@') {
        Some((target, lag)) => {
            let lag: u32 = lag.trim().parse().map_err(|_| format!("\"{lag}\" is not a lag"))?;
            (target, Some(lag))
        }
        None => (rest, None),
    };
    let (source, target) = (variable(source)?, variable(target)?);
    snapshot
        .edges
        .iter()
        .map(|e| e.link.key)
        .find(|k| k.source == source && k.target == target && lag.is_none_or(|lag| k.lag == lag))
        .map(Selection::Edge)
        .ok_or_else(|| {
            let known: Vec<String> = snapshot.edges.iter().map(|e| describe(&e.link.key, &snapshot.names)).collect();
            format!("there is no link {text}; there are: {}", known.join(", "))
        })
}

fn describe(key: &LinkKey, names: &[String]) -> String {
    let name = |i: u32| names.get(i as usize).map_or("?", String::as_str);
    format!("{}->{}@{}", name(key.source), name(key.target), key.lag)
}
