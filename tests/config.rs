//! In: the documented defaults, files and assignments. Out: one configuration, or the sentence that says what is wrong.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use scarcity_engine::compute::{ComputeConfig, DeviceKind, list_devices, open};
use scarcity_engine::federation::{Strategy, Topology};
use scarcity_engine::stream::{SeasonChoice, TrendChoice};
use scarcity_engine::types::Action;
use scarcity_engine::{Config, Error};

fn documented() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/default.toml")
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn set(assignments: &[&str]) -> Result<Config, Error> {
    let list: Vec<String> = assignments.iter().map(|a| (*a).to_owned()).collect();
    Config::load(None, &list)
}

/// The message of a load that must fail, which must hold each of `parts` and fill one line.
fn refused(file: Option<&Path>, assignments: &[&str], parts: &[&str]) -> String {
    let list: Vec<String> = assignments.iter().map(|a| (*a).to_owned()).collect();
    let message = Config::load(file, &list).expect_err("must be refused").to_string();
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
    assert!(!message.trim_end().contains('\n'), "more than one line: {message}");
    message
}

fn keys(table: &toml::Table, path: &str, into: &mut BTreeSet<String>) {
    for (key, value) in table {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            toml::Value::Table(inner) => keys(inner, &path, into),
            _ => {
                into.insert(path);
            }
        }
    }
}

#[test]
fn the_documented_file_is_the_default_and_names_every_setting() {
    let text = std::fs::read_to_string(documented()).unwrap();
    let parsed: Config = toml::from_str(&text).unwrap();
    assert_eq!(parsed, Config::default());
    assert_eq!(Config::load(Some(&documented()), &[]).unwrap(), Config::default());

    let (mut written, mut known) = (BTreeSet::new(), BTreeSet::new());
    keys(&toml::from_str(&text).unwrap(), "", &mut written);
    keys(&toml::Table::try_from(Config::default()).unwrap(), "", &mut known);
    assert_eq!(written, known);
    assert!(known.len() > 130, "{}", known.len());
}

#[test]
fn every_documented_setting_has_a_comment() {
    let text = std::fs::read_to_string(documented()).unwrap();
    let mut above = false;
    for (number, line) in text.lines().enumerate() {
        let is_setting = line.split_once('=').is_some_and(|(key, _)| {
            let key = key.trim();
            !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_')
        });
        // The rules of the governor are documented together, above their section.
        let is_rules = line.trim_end().ends_with('[');
        assert!(!is_setting || is_rules || above || line.contains('#'), "line {}: {line}", number + 1);
        above = line.starts_with('#');
    }
}

#[test]
fn defaults_are_those_of_the_specification_where_the_design_keeps_them() {
    let c = Config::default();
    assert_eq!((c.governor.control_interval, c.governor.sensor.interval_ms), (0.5, 250));
    let p = &c.governor.profiler;
    assert_eq!((p.ema_alpha, p.kalman_q, p.kalman_r), (0.3, 0.01, 0.1));
    let rules: Vec<(&str, &str, f64, Action)> = c
        .governor
        .policies
        .by_subsystem()
        .iter()
        .flat_map(|(name, rules)| rules.iter().map(|r| (*name, r.metric.as_str(), r.threshold, r.action)))
        .collect();
    assert_eq!(
        rules,
        [
            ("simulation", "vram_util", 0.90, Action::ScaleDown),
            ("simulation", "fps", 25.0, Action::IncreaseLod),
            ("mpie", "cpu_util", 0.85, Action::ReduceBatch),
            ("meta", "vram_util", 0.85, Action::DropLowPriority),
            ("federation", "latency_ms", 150.0, Action::DelaySync),
            ("memory", "mem_util", 0.90, Action::FlushCache),
        ]
    );
    let s = &c.meta.scheduler;
    assert_eq!((s.update_interval_windows, s.min_interval_windows, s.max_interval_windows), (10, 3, 20));
    assert_eq!((s.latency_target_ms, s.jitter), (80.0, 0.1));
    assert_eq!((c.meta.optimizer.beta_init, c.meta.optimizer.beta_max), (0.1, 0.3));
    assert_eq!((c.meta.domain.meta_lr_min, c.meta.domain.meta_lr_max), (0.05, 0.2));
    assert_eq!((c.federation.privacy.epsilon, c.federation.privacy.delta), (1.0, 1e-5));
    assert_eq!((c.fmi.aggregation.metrics_trim_alpha, c.fmi.aggregation.vote_min_sites), (0.1, 3));
    assert_eq!((c.stream.window_rows, c.stream.stride_rows), (128, 64));
    assert_eq!(c.simulation.damping, 0.9);
    assert_eq!((c.federation.topology, c.federation.aggregator.strategy), (Topology::FullMesh, Strategy::TrimmedMean));
}

#[test]
fn a_file_overrides_defaults_and_assignments_override_the_file() {
    let file = file("seed = 7\n[stream]\nwindow_rows = 256\n[mpie]\nmax_lag = 5\n[mpie.evaluator]\nfdr = 0.1\n");
    let list = ["mpie.max_lag=8".to_owned(), "compute.device=cpu".to_owned(), "mpie.evaluator.lambda_ci=3".to_owned()];
    let config = Config::load(Some(file.path()), &list).unwrap();
    let mut expected = Config { seed: 7, ..Config::default() };
    expected.stream.window_rows = 256;
    expected.mpie.max_lag = 8;
    expected.mpie.evaluator.fdr = 0.1;
    expected.mpie.evaluator.lambda_ci = 3.0;
    expected.compute.device = DeviceKind::Cpu;
    assert_eq!(config, expected);
}

#[test]
fn assignments_take_every_kind_of_value() {
    let config = set(&[
        "mpie.controller.thompson_mode=true",
        "meta.storage.root = priors/a b",
        "federation.transport.listen=[\"tcp/0.0.0.0:7447\"]",
        "federation.privacy.delta=1e-6",
        "federation.topology=\"star\"",
        "simulation.radius=20",
        "governor.policies.memory=[]",
        "stream.prepare.season=24",
        "stream.prepare.trend=auto",
    ])
    .unwrap();
    assert!(config.mpie.controller.thompson_mode);
    assert_eq!(config.meta.storage.root, "priors/a b");
    assert_eq!(config.federation.transport.listen, ["tcp/0.0.0.0:7447"]);
    assert_eq!((config.federation.privacy.delta, config.simulation.radius), (1e-6, 20.0));
    assert_eq!(config.federation.topology, Topology::Star);
    assert!(config.governor.policies.memory.is_empty());
    let prepare = &config.stream.prepare;
    assert_eq!((prepare.season, prepare.trend), (SeasonChoice::Rows(24), TrendChoice::Auto));
}

#[test]
fn unknown_names_are_refused_with_those_that_exist() {
    refused(None, &["mpie.evaluator.fdrr=0.1"], &["mpie.evaluator.fdrr", "not a known setting", "fdr", "p_enter"]);
    refused(None, &["mpi.max_lag=3"], &["mpi", "not a known section", "mpie", "stream"]);
    refused(None, &["mpie=3"], &["`mpie`", "is a section", "max_lag"]);
    refused(None, &["seed.x=3"], &["`seed`", "is a setting, not a section"]);
    for form in ["seed", "=3", "a..b=3", "stream.=3"] {
        refused(None, &[form], &["a.b=value"]);
    }
    let wrong = file("seed = 1\n\n[mpie.store]\nema_alpha = 0.2\nema_beta = 0.2\n");
    refused(Some(wrong.path()), &[], &["line 5", "mpie.store.ema_beta", "ema_alpha", "max_edges"]);
    let section = file("[sensors]\nrate = 1\n");
    refused(Some(section.path()), &[], &["line 1", "`sensors`", "not a known section", "governor"]);
    let rule =
        file("[governor.policies]\nmpie = [{ metric = \"cpu_util\", threshold = 0.9, acton = \"scale_down\" }]\n");
    refused(Some(rule.path()), &[], &["line 2", "governor.policies.mpie", "acton"]);
}

#[test]
fn wrong_types_and_broken_files_are_refused_with_their_place() {
    refused(None, &["stream.window_rows=many"], &["stream.window_rows", "many"]);
    refused(None, &["stream.window_rows=-4"], &["stream.window_rows", "-4"]);
    refused(None, &["stream.window_rows=12.5"], &["stream.window_rows", "12.5"]);
    refused(None, &["stream.prepare.season=weekly"], &["stream.prepare.season", "weekly", "auto"]);
    refused(None, &["compute.device=gpu"], &["compute.device", "gpu", "wgpu", "cuda"]);
    let broken = file("seed = 1\n[stream\n");
    refused(Some(broken.path()), &[], &["line 2"]);
    let twice = file("seed = 1\nseed = 2\n");
    refused(Some(twice.path()), &[], &["line 2", "duplicate"]);
    refused(Some(Path::new("no/such/file.toml")), &[], &["no/such/file.toml", "cannot be read"]);
}

#[test]
fn every_fault_is_reported_at_once() {
    let mut config = Config::default();
    config.runtime.shutdown_timeout_s = f64::NAN;
    config.compute.threads = 100_000;
    config.stream.window_rows = 4;
    config.mpie.evaluator.fdr = 2.0;
    config.simulation.radius = -1.0;
    config.governor.policies.mpie[0].clear_threshold = 0.95;
    config.meta.cross.trim_alpha = 0.5;
    config.meta.integrative.controller_policy.tau_bounds = [2.0, 1.0];
    config.fmi.aggregation.dp_epsilon = 1.0;
    config.federation.privacy.epsilon = 0.0;
    let message = config.check().unwrap_err().to_string();
    for part in [
        "runtime.shutdown_timeout_s",
        "compute.threads",
        "stream.window_rows",
        "mpie.evaluator.fdr",
        "simulation.radius",
        "governor.policies.mpie",
        "meta.cross.trim_alpha",
        "meta.integrative.controller_policy.tau_bounds",
        "fmi.aggregation.dp_delta",
        "federation.privacy.epsilon",
        "mpie.max_lag",
    ] {
        assert!(message.contains(part), "{part} is not in: {message}");
    }
    refused(None, &["mpie.max_lag=0", "mpie.evaluator.fdr=1.5"], &["mpie.max_lag", "mpie.evaluator.fdr"]);
}

#[test]
fn auto_and_cpu_open_the_processor_with_the_threads_asked_for() {
    let compute = open(&ComputeConfig { device: DeviceKind::Cpu, threads: 3 }).unwrap();
    assert_eq!(compute.name(), "cpu (3 threads)");
    // Where there is a GPU that measures faster, `auto` takes that.
    let compute = open(&ComputeConfig { device: DeviceKind::Auto, threads: 3 }).unwrap();
    let name = compute.name();
    assert!(name == "cpu (3 threads)" || name.starts_with("wgpu") || name.starts_with("cuda"), "{name}");
    assert_eq!(open(&ComputeConfig { device: DeviceKind::Cpu, threads: 1 }).unwrap().name(), "cpu (1 thread)");
}

#[test]
fn a_device_that_cannot_be_used_is_refused_with_what_this_machine_has() {
    let reports = list_devices();
    for (device, name) in [(DeviceKind::Wgpu, "wgpu"), (DeviceKind::Cuda, "cuda")] {
        let usable = reports.iter().any(|r| r.kind == name && r.usable);
        match open(&ComputeConfig { device, threads: 0 }) {
            Ok(compute) => assert!(usable && compute.name().starts_with(name), "{name}: {}", compute.name()),
            Err(error) => {
                assert!(!usable, "{error}");
                assert!(matches!(&error, Error::Device { device, .. } if device == name), "{error:?}");
                let message = error.to_string();
                assert!(message.contains("was found") && message.contains("\"cpu\""), "{message}");
            }
        }
    }
}

#[test]
fn the_report_lists_every_kind_and_says_why_one_is_not_usable() {
    let reports = list_devices();
    let kinds: Vec<&str> = reports.iter().map(|r| r.kind.as_str()).collect();
    assert_eq!((kinds[0], reports[0].usable), ("cpu", true));
    assert!(kinds.contains(&"wgpu") && kinds.contains(&"cuda"), "{kinds:?}");
    let threads = std::thread::available_parallelism().unwrap();
    assert!(reports[0].detail.contains(&format!("{threads} threads")) && !reports[0].name.is_empty());
    let refused = reports.iter().filter(|r| !r.usable);
    assert!(refused.clone().all(|r| r.detail.contains("found") || r.detail.contains("installed")), "{reports:#?}");
}
