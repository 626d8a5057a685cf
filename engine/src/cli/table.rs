//! In: what a run found. Out: the same as a table for people and as a JSON document for programs.

use scarcity_engine::Outcome;
use scarcity_engine::output::{hyperedge_json, link_json, node_json};
use scarcity_engine::types::{Decision, DecisionOutcome, HyperEdge, LinkScore, Note, Snapshot};
use serde_json::{Value, json};

use super::print;

/// The accepted links, best evidence first, at most `limit` of them, then the joint causes.
pub fn links(scores: &[LinkScore], snapshot: &Snapshot, limit: usize) -> String {
    let accepted: Vec<&LinkScore> = scores.iter().filter(|s| s.accepted).collect();
    let mut text = if accepted.is_empty() {
        "No link was accepted.\n".to_owned()
    } else {
        let mut rows = vec![
            ["source", "lag", "", "target", "effect", "95 % interval", "stability", "q"].map(str::to_owned).to_vec(),
        ];
        rows.extend(accepted.iter().take(limit).map(|link| row(link, &snapshot.names)));
        print::columns(&rows, &[false, true, false, false, true, false, true, true])
    };
    if accepted.len() > limit {
        text.push_str(&format!("… and {} more; --edges FILE writes all of them.\n", accepted.len() - limit));
    }
    if !snapshot.hyperedges.is_empty() {
        let mut rows =
            vec![["joint sources", "", "target", "gain", "sum of parts", "stability"].map(str::to_owned).to_vec()];
        rows.extend(snapshot.hyperedges.iter().take(limit).map(|h| joint_row(h, &snapshot.names)));
        text.push('\n');
        text.push_str(&print::columns(&rows, &[false, false, false, true, true, true]));
    }
    text
}

fn row(link: &LinkScore, names: &[String]) -> Vec<String> {
    // A link within the row whose direction the data do not tell has no arrow.
    let arrow = if link.directed || link.key.lag > 0 { "→" } else { "–" };
    vec![
        names[link.key.source as usize].clone(),
        link.key.lag.to_string(),
        arrow.to_owned(),
        names[link.key.target as usize].clone(),
        significant(link.effect),
        format!("[{}, {}]", significant(link.ci_lo), significant(link.ci_hi)),
        format!("{:.2}", link.stability),
        if link.q_value < 1e-4 { format!("{:.0e}", link.q_value) } else { format!("{:.4}", link.q_value) },
    ]
}

fn joint_row(hyperedge: &HyperEdge, names: &[String]) -> Vec<String> {
    let sources = hyperedge.sources.iter().map(|&(s, lag)| format!("{} (lag {lag})", names[s as usize]));
    vec![
        sources.collect::<Vec<_>>().join(" + "),
        "→".to_owned(),
        names[hyperedge.target as usize].clone(),
        format!("{:.3}", hyperedge.gain_joint),
        format!("{:.3}", hyperedge.gain_parts),
        format!("{:.2}", hyperedge.stability),
    ]
}

/// Three or four digits that count, without an exponent where people would not use one.
fn significant(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    if !(1e-4..1e6).contains(&size) {
        return format!("{value:.2e}");
    }
    let decimals = (2 - size.log10().floor() as i32).clamp(0, 7);
    format!("{value:.0$}", decimals as usize)
}

/// The whole result. No times are in it: the same seed gives the same bytes.
pub fn document(outcome: &Outcome, snapshot: &Snapshot, interrupted: bool) -> Value {
    let names = &snapshot.names;
    let accepted = outcome.scores.iter().filter(|s| s.accepted);
    json!({
        "format": "scarcity-discovery",
        "version": 1,
        "rows": outcome.progress.rows,
        "windows": outcome.progress.windows,
        "bad_rows": outcome.progress.bad_rows,
        "gaps": outcome.progress.gaps,
        "interrupted": interrupted,
        "max_lag": snapshot.max_lag,
        "regime": snapshot.regime,
        "regime_start_row": snapshot.regime_start_row,
        "inflation": snapshot.inflation,
        "weak": snapshot.weak,
        "levels_wander": snapshot.levels_wander,
        "governor": outcome.decisions.iter().filter_map(action_json).collect::<Vec<_>>(),
        "notes": outcome.notes.iter().map(|note| note_json(names, note)).collect::<Vec<_>>(),
        "variables": (0..names.len()).map(|v| node_json(snapshot, v)).collect::<Vec<_>>(),
        "links": accepted.map(|link| link_json(names, link)).collect::<Vec<_>>(),
        "links_scored": outcome.scores.len(),
        "hyperedges": snapshot.hyperedges.iter().map(|h| hyperedge_json(names, h)).collect::<Vec<_>>(),
    })
}

/// What the governor did: it changes what is found. What it only thought of is in its trace.
fn action_json(decision: &Decision) -> Option<Value> {
    let DecisionOutcome::Acted(did) = &decision.outcome else { return None };
    Some(json!({
        "t_s": decision.t_s,
        "subsystem": decision.subsystem,
        "action": decision.action,
        "lever": decision.lever,
        "from": decision.from,
        "to": decision.to,
        "cause": decision.cause,
        "did": did,
    }))
}

/// A note with names instead of numbers for variables.
fn note_json(names: &[String], note: &Note) -> Value {
    let variables: Vec<&String> = note.variables.iter().filter_map(|&v| names.get(v as usize)).collect();
    json!({ "kind": note.kind, "variables": variables, "text": note.text })
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn numbers_keep_the_digits_that_count() {
        assert_eq!(significant(0.512_34), "0.512");
        assert_eq!(significant(-12.345), "-12.3");
        assert_eq!(significant(1234.5), "1234");
        assert_eq!(significant(0.000_512), "0.000512");
        assert_eq!(significant(3.2e-7), "3.20e-7");
        assert_eq!(significant(0.0), "0");
    }
}
