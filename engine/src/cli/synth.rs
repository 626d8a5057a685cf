//! In: sizes and a seed. Out: a CSV of a planted system and the JSON of what was planted.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use scarcity_engine::output::AtomicFile;
use scarcity_engine::synth::{self, Demo, Generator, Noise, System, VarSpec};

use super::print;
use super::report::Usage;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// Linear links with lags.
    Var,
    /// Three regimes that drop, turn and add links.
    Regime,
    /// Lagged links and links within the row; Laplace noise.
    Contemp,
    /// Pairs of sources that explain their target only together.
    Hyper,
    /// The viewer's demo: a power grid in three regimes (12 variables, `--vars` and `--lags` do not apply).
    Demo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum NoiseArgument {
    Gaussian,
    Laplace,
}

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to plant.
    #[arg(long, value_enum, default_value_t = Kind::Var)]
    kind: Kind,
    /// Number of variables.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    vars: u32,
    /// Number of rows.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..))]
    rows: u64,
    /// Largest lag.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=64))]
    lags: u32,
    /// Links per variable, on average (kinds var, regime and contemp).
    #[arg(long, default_value_t = 1.6)]
    links: f64,
    /// Shape of the noise (kinds var and regime).
    #[arg(long, value_enum, default_value_t = NoiseArgument::Gaussian)]
    noise: NoiseArgument,
    /// Same seed, same data.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Data file; `-` is standard output.
    #[arg(long, value_name = "OUT.csv")]
    out: PathBuf,
    /// What was planted.
    #[arg(long, value_name = "OUT.json")]
    truth: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    if let Some(truth) = &arguments.truth {
        AtomicFile::probe(truth)?;
    }
    let mut generator = Generator::new(system(arguments)?, arguments.seed);
    if arguments.out.as_os_str() == "-" {
        synth::write_csv(&mut generator, arguments.rows, &mut std::io::stdout().lock())?;
    } else {
        AtomicFile::write(&arguments.out, |out| synth::write_csv(&mut generator, arguments.rows, out))?;
    }
    let truth = generator.truth_so_far();
    if let Some(path) = &arguments.truth {
        AtomicFile::write(path, |out| synth::write_truth(&truth, out))?;
    }
    print::line_on_stderr(&format!(
        "{} rows of {} variables, {} links{} in force at the end",
        truth.n_samples,
        truth.n_vars,
        truth.edges.len(),
        if truth.hyperedges.is_empty() { String::new() } else { format!(", {} joint", truth.hyperedges.len()) },
    ));
    Ok(ExitCode::SUCCESS)
}

fn system(arguments: &Arguments) -> Result<System> {
    if !(arguments.links >= 0.0 && arguments.links <= f64::from(arguments.vars)) {
        return Err(Usage(format!("--links is {}, must lie in 0 … {}", arguments.links, arguments.vars)).into());
    }
    let noise = match arguments.noise {
        NoiseArgument::Gaussian => Noise::Gaussian,
        NoiseArgument::Laplace => Noise::Laplace,
    };
    let spec = VarSpec {
        vars: arguments.vars,
        max_lag: arguments.lags,
        links_per_var: arguments.links,
        noise,
        ..VarSpec::default()
    };
    let third = arguments.rows.div_ceil(3);
    Ok(match arguments.kind {
        Kind::Var => spec.build(arguments.seed),
        Kind::Regime => synth::regimes(&spec, third, arguments.seed),
        Kind::Contemp => synth::contemporaneous(&spec, arguments.seed),
        Kind::Hyper if arguments.vars < 4 => {
            return Err(Usage(format!("--kind hyper needs at least 4 variables, --vars is {}", arguments.vars)).into());
        }
        Kind::Hyper => synth::hyper(arguments.vars, arguments.seed),
        Kind::Demo => Demo::system(third),
    })
}
