//! In: a trace. Out: the measures of a replay, from the library and from the command.

use std::process::Command;

use scarcity_engine::governor::replay::{Replayed, read_trace, replay};
use scarcity_engine::governor::{DrgConfig, Line};
use scarcity_engine::types::{DecisionOutcome, Readings};

use crate::common::Folder;

/// A live feed that another process overloads from second 20 to second 50.
fn trace() -> String {
    let mut text = String::new();
    for tick in 0..320 {
        let t_s = f64::from(tick) * 0.25;
        let hum = 0.002 * (f64::from(tick) * 0.7).sin();
        let loaded = (20.0..50.0).contains(&t_s);
        let values = if loaded { [0.99, 0.5, 0.5, 1.3, 400.0] } else { [0.6, 0.55, 0.01, 0.6, 40.0] };
        let names = ["cpu_util", "cpu_self", "cpu_stall", "overload", "latency_ms"];
        let metrics: Readings = names.iter().zip(values).map(|(n, v)| ((*n).to_owned(), v * (1.0 + hum))).collect();
        text.push_str(&serde_json::to_string(&Line::Readings { t_s, metrics }).unwrap());
        text.push('\n');
    }
    text
}

#[test]
fn a_replay_acts_where_the_feed_was_late_and_gives_everything_back() {
    let folder = Folder::new();
    let lines = read_trace(&folder.write("t.jsonl", trace())).unwrap();
    let r = replay(&lines, &DrgConfig::default());
    assert!((79.0..81.0).contains(&r.seconds) && r.readings == 320, "{r:?}");
    assert!(r.actions >= 2 && r.reversals >= 1 && r.lowest_level < 0.9, "{r:?}");
    assert!(r.settle_s.is_some_and(|s| s < 40.0) && r.loop_cost < 0.01, "{r:?}");
    assert!((29.0..31.0).contains(&r.violation_s.0), "{r:?}");
    assert!(r.decisions.iter().filter(|d| d.subsystem == "mpie").all(|d| d.t_s >= 20.0 && d.t_s < 60.0));
}

#[test]
fn what_the_recorded_run_did_not_have_is_not_moved_by_other_rules_either() {
    let folder = Folder::new();
    let text = trace();
    let of = |text: &str| replay(&read_trace(&folder.write("t.jsonl", text)).unwrap(), &DrgConfig::default());
    let free = of(&text);
    let delays = |r: &Replayed| r.decisions.iter().filter(|d| d.subsystem == "federation").cloned().collect::<Vec<_>>();
    let mut asked = delays(&free)[0].clone();
    assert!(free.lowest_level < 0.5 && matches!(asked.outcome, DecisionOutcome::Acted(_)), "{asked:?}");
    asked.outcome = DecisionOutcome::NoSuchSubsystem("there is no federation here".to_owned());
    let line = serde_json::to_string(&Line::Decision(asked)).unwrap();
    let alone = of(&format!("{text}{line}\n"));
    assert!(
        !delays(&alone).is_empty() && delays(&alone).iter().all(|d| !matches!(d.outcome, DecisionOutcome::Acted(_)))
    );
    let discovery = |r: &Replayed| r.decisions.iter().filter(|d| d.subsystem == "mpie").count() as u64;
    assert_eq!((alone.actions, discovery(&alone)), (discovery(&free), discovery(&free)));
    assert!(alone.lowest_level > free.lowest_level, "{} {}", alone.lowest_level, free.lowest_level);
}

fn govern(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_scarcity")).arg("govern").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_prints_the_measures_and_takes_other_rules() {
    let folder = Folder::new();
    let path = folder.write("t.jsonl", trace());
    let path = path.to_str().unwrap();
    let (code, table, errors) = govern(&["--replay", path]);
    assert_eq!(code, Some(0), "{errors}");
    for part in ["late, as replayed", "reversals", "settled after", "loop cost", "reduce_batch", "scale_up"] {
        assert!(table.contains(part), "{part} is not in:\n{table}");
    }
    // Rules alone, and settings with rules in them.
    let alone = folder.write("alone.toml", "mpie = []\nfederation = []\n");
    let settings = folder.write("settings.toml", "[governor.policies]\nmpie = []\nfederation = []\n");
    for file in [alone, settings] {
        let file = file.to_str().unwrap();
        let (code, document, errors) = govern(&["--replay", path, "--policy", file, "--json"]);
        assert_eq!(code, Some(0), "{errors}");
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["measures"]["actions"], 0, "{file}");
    }
}

#[test]
fn what_cannot_be_replayed_is_refused_in_one_sentence() {
    let folder = Folder::new();
    let good = folder.write("t.jsonl", trace());
    let broken = folder.write("broken.jsonl", "{\"kind\":\"readings\",\"t_s\":0,\"metrics\":{}}\nnot json\n");
    let empty = folder.write("empty.jsonl", "");
    let rules = folder.write("bad.toml", "mpie = [{ metric = \"warp\", threshold = 9, action = \"reduce_batch\" }]\n");
    let (good, broken, empty, rules) =
        (good.to_str().unwrap(), broken.to_str().unwrap(), empty.to_str().unwrap(), rules.to_str().unwrap());
    for (arguments, code, part) in [
        (vec!["--replay", "nowhere.jsonl"], 3, "cannot be read"),
        (vec!["--replay", broken], 3, "row 2"),
        (vec!["--replay", empty], 3, "--trace"),
        (vec!["--replay", good, "--policy", rules], 2, "\"warp\" is not a known metric; there are: cpu_util"),
        (vec!["--replay", good, "--policy", rules], 2, "bad.toml"),
        (vec!["--replay", good, "--policy", "nowhere.toml"], 2, "cannot be read"),
    ] {
        let (status, _, errors) = govern(&arguments);
        assert_eq!(status, Some(code), "{arguments:?}: {errors}");
        assert!(errors.contains(part) && errors.trim_end().lines().count() == 1, "{arguments:?}: {errors}");
    }
}
