//! In: a folder, or a seed. Out: data sets with the truth behind each.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use scarcity_engine::synth::{Generator, Noise, System, VarSpec, contemporaneous, hyper, regimes, write_csv};
use serde::Deserialize;

use super::Result;

/// A data set.
#[derive(Debug)]
pub struct Set {
    pub family: String,
    pub name: String,
    pub csv: PathBuf,
    pub truth: Truth,
}

/// What is known about the causes of a data set.
#[derive(Debug, Clone, Deserialize)]
pub struct Truth {
    #[serde(default)]
    pub family: Option<String>,
    pub n_vars: usize,
    pub var_names: Vec<String>,
    /// Largest lag to look at.
    pub max_lag: usize,
    /// Whether the lags of `edges` are known.
    #[serde(default)]
    pub lag_truth: bool,
    /// Whether coefficients are all there is to an effect.
    #[serde(default)]
    pub linear: bool,
    /// `(source, target)` of every true pair.
    pub summary: Vec<(usize, usize)>,
    /// True links with their lags, in force at the end.
    #[serde(default)]
    pub edges: Vec<TruthLink>,
}

/// A true link.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct TruthLink {
    pub source: usize,
    pub target: usize,
    pub lag: usize,
    /// In data units.
    #[serde(default)]
    pub coef: Option<f64>,
}

impl Truth {
    /// Share of the ordered pairs of different variables that are true.
    pub fn base_rate(&self) -> f64 {
        let mut pairs: Vec<_> = self.summary.iter().filter(|(source, target)| source != target).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs.len() as f64 / (self.n_vars * self.n_vars.saturating_sub(1)).max(1) as f64
    }
}

/// Every `NAME.csv` with a `NAME.json` beside it, at any depth, in the order of their paths.
pub fn find(folder: &Path) -> Result<Vec<Set>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "json") && path.with_extension("csv").exists() {
                found.push(path);
            }
        }
    }
    found.sort();
    found.into_iter().map(|path| read(&path)).collect()
}

fn read(path: &Path) -> Result<Set> {
    let text = std::fs::read_to_string(path)?;
    let truth: Truth = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let family = truth.family.clone().unwrap_or_else(|| text(path.parent().and_then(Path::file_name)));
    Ok(Set { family, name: text(path.file_stem()), csv: path.with_extension("csv"), truth })
}

/// Largest planted lag.
const LAGS: u32 = 3;
/// Systems of each kind.
const SYSTEMS: u64 = 4;

/// Writes planted systems of several families into `folder`.
pub fn plant(folder: &Path, seed: u64) -> Result<Vec<Set>> {
    let spec = |vars: u32| VarSpec { vars, max_lag: LAGS, ..VarSpec::default() };
    let laplace = VarSpec { noise: Noise::Laplace, ..spec(10) };
    let mut sets = Vec::new();
    for number in seed..seed + SYSTEMS {
        let systems: [(&str, System, u64); 8] = [
            ("var_n10_t500", spec(10).build(number), 500),
            ("var_n20_t1000", spec(20).build(number), 1_000),
            ("var_n50_t1000", spec(50).build(number), 1_000),
            ("laplace_n10_t500", laplace.build(number), 500),
            ("dense_n10_t1000", VarSpec { links_per_var: 3.0, coef: 0.15..0.35, ..spec(10) }.build(number), 1_000),
            ("contemp_n10_t1000", contemporaneous(&spec(10), number), 1_000),
            ("joint_n12_t1000", hyper(12, number), 1_000),
            ("regime_n10_t2100", regimes(&spec(10), 700, number), 2_100),
        ];
        for (kind, system, rows) in systems {
            sets.push(write(folder, kind, system, rows, number)?);
        }
    }
    Ok(sets)
}

fn write(folder: &Path, kind: &str, system: System, rows: u64, seed: u64) -> Result<Set> {
    let name = format!("{kind}_{seed}");
    let csv = folder.join(format!("{name}.csv"));
    let mut generator = Generator::new(system, seed);
    write_csv(&mut generator, rows, &mut BufWriter::new(File::create(&csv)?))?;
    let planted = generator.truth_so_far();
    let edges: Vec<TruthLink> = planted
        .edges
        .iter()
        .map(|e| TruthLink {
            source: e.source as usize,
            target: e.target as usize,
            lag: e.lag as usize,
            coef: Some(e.coef),
        })
        .collect();
    let truth = Truth {
        family: None,
        n_vars: planted.n_vars as usize,
        var_names: planted.var_names,
        max_lag: LAGS as usize,
        lag_truth: true,
        linear: true,
        summary: edges.iter().map(|e| (e.source, e.target)).collect(),
        edges,
    };
    let family = kind.split('_').next().unwrap_or(kind).to_owned();
    Ok(Set { family, name, csv, truth })
}
