//! In: a run whose bus is listened to. Out: whether another program finds in the file what was published.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{arg, planted_csv, run, scarcity, text};

/// A rule that fires on any machine.
const ALWAYS: &str = "governor.policies.memory=[{metric=\"mem_util\", threshold=0.001, clear_threshold=0.0005, \
                      action=\"flush_cache\", hold_s=0.0}]";

#[test]
fn what_the_governor_says_on_the_bus_can_be_read_by_other_programs() {
    let dir = tempfile::tempdir().unwrap();
    let (data, out) = (dir.path().join("data.csv"), dir.path().join("messages.jsonl"));
    run(&["synth", "--vars", "8", "--rows", "30000", "--out", arg(&data)]);
    let often = ["--set", "governor.sensor.interval_ms=10", "--set", "governor.control_interval=0.02"];
    let quiet = ["--set", "governor.monitor.log_dir=\"\"", "--quiet"];
    let topics = ["--messages", arg(&out), "--topics", "drg.*,processing_metrics"];
    run(&[&["discover", arg(&data), "--set", ALWAYS][..], &often, &quiet, &topics].concat());
    let lines: Vec<Value> =
        std::fs::read_to_string(&out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |topic: &'static str| lines.iter().filter(move |line| line["topic"] == topic).map(|line| &line["message"]);
    let found: BTreeSet<&str> = lines.iter().map(|line| line["topic"].as_str().unwrap()).collect();
    let wanted = ["drg.telemetry", "drg.signal.flush_cache", "drg.decision", "drg.state", "processing_metrics"];
    assert!(wanted.iter().all(|topic| found.contains(topic)), "{found:?}");
    assert!(found.iter().all(|topic| topic.starts_with("drg.") || *topic == "processing_metrics"), "{found:?}");
    assert!(of("drg.telemetry").all(|t| t["metrics"]["mem_util"].as_f64().is_some_and(|share| share > 0.0)));
    let signal = of("drg.signal.flush_cache").next().unwrap();
    assert_eq!((&signal["subsystem"], &signal["metric"]), (&Value::from("memory"), &Value::from("mem_util")));
    let decision = of("drg.decision").next().unwrap();
    assert_eq!(decision["outcome"]["kind"], "acted");
    assert!(decision["cause"].as_str().unwrap().contains("mem_util"), "{decision}");
    let windows: Vec<u64> = of("processing_metrics").map(|m| m["window"].as_u64().unwrap()).collect();
    assert_eq!(windows, (0..windows.len() as u64).collect::<Vec<_>>(), "in order, none left out");
    assert!(windows.len() > 400, "{} windows", windows.len());
}

#[test]
fn a_topic_that_is_not_there_is_refused_with_those_that_are() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("messages.jsonl");
    for wrong in ["drg.weather", "drg.signal.explode", "nothing.*"] {
        let refused = scarcity()
            .args(["discover", arg(&planted_csv()), "--messages", arg(&out), "--topics", wrong])
            .output()
            .unwrap();
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(wrong) && said.contains("drg.telemetry") && said.lines().count() == 1, "{said}");
        assert!(!out.exists());
    }
    // Without a place to write them, topics mean nothing.
    let refused = scarcity().args(["discover", arg(&planted_csv()), "--topics", "drg.*"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}
