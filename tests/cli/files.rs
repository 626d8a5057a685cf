//! In: a graph with awkward names. Out: whether every file format gives it back.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, UInt32Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use scarcity_engine::output::{write_edges, write_graph};
use scarcity_engine::types::{Edge, HyperEdge, LinkKey, LinkScore, NodeStats, Snapshot, StageTimings};
use serde_json::Value;

use super::{Row, rows};

/// Names that break a writer that forgets to quote or to escape.
const NAMES: [&str; 4] = ["a,\"b\"", "<x> & 'y'", "ключ\\n", "line\nbreak"];

fn link(source: u32, target: u32, lag: u32, effect: f64) -> LinkScore {
    LinkScore {
        key: LinkKey { source, target, lag },
        score: 12.5,
        effect,
        ci_lo: effect - 0.1,
        ci_hi: effect + 0.1,
        stability: 0.97,
        p_value: 1.25e-300,
        q_value: 3e-9,
        gain: 0.125,
        accepted: true,
        directed: lag > 0,
    }
}

fn edge(link: LinkScore) -> Edge {
    Edge { link, weight: -0.5, var: 0.01, regime: 2, hits: 9, first_window: 3, last_window: 11 }
}

fn snapshot() -> Snapshot {
    Snapshot {
        window: 11,
        rows: 832,
        window_rows: 704..832,
        max_lag: 3,
        names: NAMES.iter().map(|n| (*n).to_owned()).collect(),
        nodes: vec![NodeStats { mean: 1.5, sd: 0.5, ..NodeStats::default() }; 4],
        edges: vec![edge(link(0, 1, 1, 0.1 + 0.2)), edge(link(0, 1, 3, -1e-7)), edge(link(2, 3, 0, 4.0))],
        hyperedges: vec![HyperEdge {
            sources: vec![(0, 1), (3, 2)],
            target: 2,
            gain_joint: 0.5,
            gain_parts: 0.1,
            ci_lo: 0.3,
            ci_hi: 0.6,
            stability: 1.0,
            hits: 4,
            first_window: 8,
            last_window: 11,
        }],
        added: vec![],
        dropped: vec![],
        regime: 2,
        regime_start_row: 640,
        inflation: 1.1,
        weak: false,
        levels_wander: false,
        candidates: (12, 12),
        timings: StageTimings::default(),
    }
}

fn written(name: &str, write: impl FnOnce(&Path)) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    write(&path);
    std::fs::read(path).unwrap()
}

fn graph(extension: &str) -> String {
    let bytes = written(&format!("graph.{extension}"), |path| write_graph(path, &snapshot()).unwrap());
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_edge_table_reads_back_from_both_formats() {
    let names: Arc<[String]> = snapshot().names;
    let scores: Vec<LinkScore> = snapshot().edges.iter().map(|e| e.link).collect();
    let dir = tempfile::tempdir().unwrap();
    let (csv, parquet) = (dir.path().join("e.csv"), dir.path().join("e.parquet"));
    write_edges(&csv, &scores, &names).unwrap();
    write_edges(&parquet, &scores, &names).unwrap();

    let from_csv = rows(&csv);
    let expected: Vec<Row> = scores
        .iter()
        .map(|s| Row {
            source: names[s.key.source as usize].clone(),
            target: names[s.key.target as usize].clone(),
            lag: s.key.lag,
            score: s.score,
            effect: s.effect,
            ci_lo: s.ci_lo,
            ci_hi: s.ci_hi,
            stability: s.stability,
            p_value: s.p_value,
            q_value: s.q_value,
            // A row is about a direction.
            accepted: s.accepted && s.directed,
        })
        .collect();
    assert_eq!(from_csv, expected, "every digit survives");

    let file = std::fs::File::open(parquet).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let columns: Vec<String> = reader.schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(columns.join(","), "source,target,lag,score,effect,ci_lo,ci_hi,stability,p_value,q_value,accepted");
    let batch = reader.build().unwrap().next().unwrap().unwrap();
    let real = |column: usize, row: usize| batch.column(column).as_primitive::<Float64Type>().value(row);
    for (i, row) in expected.iter().enumerate() {
        assert_eq!(batch.column(0).as_string::<i32>().value(i), row.source);
        assert_eq!(batch.column(1).as_string::<i32>().value(i), row.target);
        assert_eq!(batch.column(2).as_primitive::<UInt32Type>().value(i), row.lag);
        let numbers = [row.score, row.effect, row.ci_lo, row.ci_hi, row.stability, row.p_value, row.q_value];
        assert_eq!(std::array::from_fn::<f64, 7, _>(|c| real(3 + c, i)), numbers);
        assert_eq!(batch.column(10).as_boolean().value(i), row.accepted);
        assert_eq!(batch.column(0).null_count(), 0);
    }
}

/// (label, attributes) of the nodes and (source id, target id, attributes) of the edges, whatever the XML dialect.
type Attributes = Vec<(String, String)>;
struct Parsed {
    nodes: Vec<(String, String, Attributes)>,
    edges: Vec<(String, String, Attributes)>,
}

fn value<'a>(attributes: &'a Attributes, name: &str) -> &'a str {
    &attributes.iter().find(|a| a.0 == name).unwrap_or_else(|| panic!("{name} is missing in {attributes:?}")).1
}

fn graphml(text: &str) -> Parsed {
    let options = roxmltree::ParsingOptions::default();
    let document = roxmltree::Document::parse_with_options(text, options).unwrap();
    let elements = |name: &'static str| document.descendants().filter(move |n| n.has_tag_name(name));
    let title = |id: &str, owner: &str| {
        let key = elements("key").find(|k| k.attribute("id") == Some(id)).unwrap();
        assert_eq!(key.attribute("for"), Some(owner), "an attribute of another kind of element");
        key.attribute("attr.name").unwrap().to_owned()
    };
    let data = |node: roxmltree::Node<'_, '_>, owner: &str| -> Attributes {
        let data = node.children().filter(|c| c.has_tag_name("data"));
        data.map(|d| (title(d.attribute("key").unwrap(), owner), d.text().unwrap_or("").to_owned())).collect()
    };
    let get = |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().to_owned();
    Parsed {
        nodes: elements("node")
            .map(|n| {
                let data = data(n, "node");
                (get(n, "id"), value(&data, "label").to_owned(), data)
            })
            .collect(),
        edges: elements("edge").map(|n| (get(n, "source"), get(n, "target"), data(n, "edge"))).collect(),
    }
}

fn gexf(text: &str) -> Parsed {
    let document = roxmltree::Document::parse(text).unwrap();
    let elements = |name: &'static str| document.descendants().filter(move |n| n.has_tag_name(name));
    let title = |id: &str, class: &str| {
        let owner = elements("attributes").find(|a| a.attribute("class") == Some(class)).unwrap();
        let found = owner.children().find(|a| a.attribute("id") == Some(id)).unwrap();
        found.attribute("title").unwrap().to_owned()
    };
    let values = |node: roxmltree::Node<'_, '_>, class: &str| -> Attributes {
        let values = node.descendants().filter(|d| d.has_tag_name("attvalue"));
        let get = |v: roxmltree::Node<'_, '_>, name: &str| v.attribute(name).unwrap().to_owned();
        values.map(|v| (title(&get(v, "for"), class), get(v, "value"))).collect()
    };
    let get = |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().to_owned();
    for edge in elements("edge") {
        assert!(edge.attribute("weight").unwrap().parse::<f64>().unwrap() >= 0.0, "Gephi refuses negative weights");
    }
    Parsed {
        nodes: elements("node").map(|n| (get(n, "id"), get(n, "label"), values(n, "node"))).collect(),
        edges: elements("edge").map(|n| (get(n, "source"), get(n, "target"), values(n, "edge"))).collect(),
    }
}

#[test]
fn the_xml_formats_give_the_graph_back() {
    let snapshot = snapshot();
    for parsed in [graphml(&graph("graphml")), gexf(&graph("gexf"))] {
        let variables: Vec<_> = parsed.nodes.iter().filter(|n| value(&n.2, "kind") == "variable").collect();
        assert_eq!(variables.iter().map(|n| n.1.as_str()).collect::<Vec<_>>(), NAMES);
        assert_eq!(value(&variables[0].2, "mean"), "1.5");
        let links: Vec<_> = parsed.edges.iter().filter(|e| value(&e.2, "kind") == "link").collect();
        assert_eq!(links.len(), 3);
        for (edge, (source, target, attributes)) in snapshot.edges.iter().zip(links) {
            let index = |id: &str| variables.iter().position(|n| n.0 == id).unwrap() as u32;
            assert_eq!((index(source), index(target)), (edge.link.key.source, edge.link.key.target));
            let number = |name: &str| value(attributes, name).parse::<f64>().unwrap();
            assert_eq!(number("lag"), f64::from(edge.link.key.lag));
            assert_eq!(number("effect"), edge.link.effect, "every digit survives");
            assert_eq!(number("p_value"), edge.link.p_value);
            assert_eq!(number("standardised_effect"), edge.weight);
            assert_eq!(number("hits"), 9.0);
            assert_eq!(value(attributes, "directed"), edge.link.directed.to_string());
        }
        let (junction, _, about) = parsed.nodes.iter().find(|n| value(&n.2, "kind") == "hyperedge").unwrap();
        assert_eq!(value(about, "gain_joint"), "0.5");
        let into = parsed.edges.iter().filter(|e| &e.1 == junction).map(|e| (e.0.as_str(), value(&e.2, "lag")));
        assert_eq!(into.collect::<Vec<_>>(), [("n0", "1"), ("n3", "2")]);
        let out_of = parsed.edges.iter().filter(|e| &e.0 == junction).map(|e| e.1.as_str());
        assert_eq!(out_of.collect::<Vec<_>>(), ["n2"]);
    }
}

/// Words of a DOT text, by Graphviz's rules for quoted strings: `\"` is a quote, any other backslash stays.
fn dot_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '"' {
            let mut word = String::from("\"");
            loop {
                match rest.next().expect("a string that never ends") {
                    '"' => break,
                    '\\' if rest.peek() == Some(&'"') => word.push(rest.next().unwrap()),
                    '\\' => {
                        word.push('\\');
                        // A backslash and what follows it belong together, even when that is a backslash.
                        word.extend(rest.next());
                    }
                    other => word.push(other),
                }
            }
            words.push(word);
        } else if c.is_alphanumeric() || "_.#".contains(c) {
            let mut word = c.to_string();
            while let Some(next) = rest.next_if(|n| n.is_alphanumeric() || "_.#".contains(*n)) {
                word.push(next);
            }
            words.push(word);
        } else if !c.is_whitespace() {
            words.push(c.to_string());
        }
    }
    words
}

#[test]
fn dot_gives_the_graph_back() {
    let words = dot_words(&graph("dot"));
    let count = |word: &str| words.iter().filter(|w| *w == word).count();
    assert_eq!((count("{"), count("}"), count("[") - count("]")), (1, 1, 0));
    // What a label shows: `\\` is a backslash and `\n` a new line.
    let shown = |word: &String| word[1..].replace("\\\\", "\u{1}").replace("\\n", "\n").replace('\u{1}', "\\");
    for (v, name) in NAMES.iter().enumerate() {
        let at = words.iter().position(|w| *w == format!("n{v}")).unwrap();
        assert_eq!(words[at + 1..at + 4], ["[", "label", "="]);
        assert_eq!(shown(&words[at + 4]), *name);
    }
    let arrows: Vec<_> = (1..words.len() - 2).filter(|&i| words[i] == "-" && words[i + 1] == ">").collect();
    let arrows: Vec<_> = arrows.iter().map(|&i| format!("{}>{}", words[i - 1], words[i + 2])).collect();
    assert_eq!(arrows, ["n0>n1", "n0>n1", "n2>n3", "n0>h0", "n3>h0", "h0>n2"]);
    let effect = words.iter().position(|w| w == "effect").unwrap();
    assert_eq!(words[effect + 2][1..].parse::<f64>().unwrap(), 0.1 + 0.2);
}

#[test]
fn json_gives_the_graph_back() {
    let graph: Value = serde_json::from_str(&graph("json")).unwrap();
    assert_eq!(
        graph["nodes"].as_array().unwrap().iter().map(|n| n["name"].as_str().unwrap()).collect::<Vec<_>>(),
        NAMES
    );
    assert_eq!(graph["edges"][0]["source"], NAMES[0]);
    assert_eq!(graph["edges"][0]["effect"], 0.1 + 0.2);
    assert_eq!(graph["edges"][2]["directed"], false);
    assert_eq!(graph["hyperedges"][0]["sources"][1]["name"], NAMES[3]);
    assert_eq!(graph["hyperedges"][0]["gain_parts"], 0.1);
    assert_eq!(graph["regime_start_row"], 640);
}

/// One array of an `.npz`: the shape its head names, and its data.
fn array(path: &Path, name: &str) -> (String, Vec<u8>) {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name(&format!("{name}.npy")).unwrap(), &mut bytes).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!((10 + length) % 64, 0, "data begin at a multiple of 64");
    (String::from_utf8(bytes[10..10 + length].to_vec()).unwrap(), bytes.split_off(10 + length))
}

#[test]
fn numpy_arrays_have_the_layout_of_tigramite() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out.npz");
    let scored = link(3, 0, 2, 0.25);
    scarcity_engine::output::write_npz(&path, &snapshot(), &[scored]).unwrap();
    let (head, graph) = array(&path, "graph");
    assert!(head.contains("'<U3'") && head.contains("(4, 4, 4, )"), "{head}");
    let cell = |source: usize, target: usize, lag: usize| (source * 4 + target) * 4 + lag;
    let mark = |at: usize| -> String {
        let chars = graph[12 * at..12 * at + 12].chunks_exact(4);
        chars.filter_map(|c| char::from_u32(u32::from_le_bytes(c.try_into().unwrap()))).filter(|c| *c != '\0').collect()
    };
    assert_eq!(mark(cell(0, 1, 1)), "-->");
    assert_eq!((mark(cell(2, 3, 0)), mark(cell(3, 2, 0))), ("o-o".into(), "o-o".into()), "direction unknown");
    assert_eq!(mark(cell(3, 0, 2)), "", "scored, not accepted");
    let (_, values) = array(&path, "val_matrix");
    let value = |at: usize| f64::from_le_bytes(values[8 * at..8 * at + 8].try_into().unwrap());
    assert!((value(cell(3, 0, 2)) - 0.25).abs() < 1e-12);
    assert!((value(cell(0, 1, 1)) - 0.3).abs() < 1e-12);
    assert!(value(cell(1, 0, 1)).is_nan(), "not scored");
    let (head, intervals) = array(&path, "conf_matrix");
    assert!(head.contains("(4, 4, 4, 2, )") && intervals.len() == 4 * 4 * 4 * 2 * 8, "{head}");
}

#[test]
fn the_page_names_everything_and_no_name_breaks_it() {
    use scarcity_engine::output::{Drawing, Report, svg_text, write_report};
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out.html");
    let snapshot = snapshot();
    let picture = svg_text(&Drawing { width: 100.0, height: 50.0, ..Drawing::default() });
    let report = Report {
        title: "<data> & more",
        snapshot: &snapshot,
        picture: &picture,
        settings: "mpie.evaluator.fdr = 0.1\n",
        command: "scarcity discover 'a b.csv'",
        notes: &["x wanders".to_owned()],
        left_out: Some("Filters leave out 3 of 6 links."),
    };
    write_report(&path, &report).unwrap();
    let page = std::fs::read_to_string(&path).unwrap();
    for text in [
        "<title>&lt;data&gt; &amp; more</title>",
        "&lt;x&gt; &amp; 'y'",
        "<svg ",
        "scarcity discover 'a b.csv'",
        "mpie.evaluator.fdr = 0.1",
        "x wanders.",
        "Filters leave out 3 of 6 links.",
        "Joint causes",
    ] {
        assert!(page.contains(text), "lacks {text}");
    }
    assert!(!page.contains("<x> "), "every name is escaped");
}
