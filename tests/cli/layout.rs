//! `scarcity layout`: every format in, both out, and one sentence for what cannot be read.

use std::path::Path;

use super::{arg, run, scarcity, text};

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn positions(path: &Path) -> Vec<(String, [f32; 3])> {
    csv::Reader::from_path(path)
        .unwrap()
        .records()
        .map(|row| {
            let row = row.unwrap();
            (row[0].to_owned(), [1, 2, 3].map(|axis| row[axis].parse().unwrap()))
        })
        .collect()
}

#[test]
fn every_format_gives_the_same_picture() {
    let folder = tempfile::tempdir().unwrap();
    let graphs = [
        write(folder.path(), "a.csv", "source,target,weight\na,b,1\nb,c,1\nc,d,1\n"),
        write(folder.path(), "b.txt", "# a path\na b\nb c\nc d\n"),
        write(
            folder.path(),
            "c.json",
            r#"{"nodes": [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}, {"id": 2, "name": "c"}, {"id": 3, "name": "d"}],
                "edges": [{"source": "a", "target": "b"}, {"source": 1, "target": 2}, {"source": "c", "target": 3}]}"#,
        ),
        write(
            folder.path(),
            "d.graphml",
            r#"<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="l" for="node" attr.name="label" attr.type="string"/>
               <graph><node id="1"><data key="l">a</data></node><node id="2"><data key="l">b</data></node>
               <node id="3"><data key="l">c</data></node><node id="4"><data key="l">d</data></node>
               <edge source="1" target="2"/><edge source="2" target="3"/><edge source="3" target="4"/></graph></graphml>"#,
        ),
        write(
            folder.path(),
            "e.gexf",
            r#"<gexf xmlns="http://gexf.net/1.3" version="1.3"><graph><nodes><node id="1" label="a"/><node id="2" label="b"/>
               <node id="3" label="c"/><node id="4" label="d"/></nodes><edges><edge source="1" target="2"/>
               <edge source="2" target="3"/><edge source="3" target="4"/></edges></graph></gexf>"#,
        ),
    ];
    let mut first = None;
    for graph in &graphs {
        let out = folder.path().join("out.csv");
        run(&["layout", graph, "--out", arg(&out), "--device", "cpu"]);
        let found = positions(&out);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"], "{graph}");
        assert_eq!(*first.get_or_insert(found.clone()), found, "{graph}");
        let apart = |a: usize, b: usize| (0..3).map(|k| (found[a].1[k] - found[b].1[k]).powi(2)).sum::<f32>();
        assert!(apart(0, 3) > apart(0, 1) && apart(0, 3) > apart(1, 2), "the ends of a path are far apart");
    }
    let table = folder.path().join("out.parquet");
    let told = run(&["layout", &graphs[0], "--out", arg(&table), "--steps", "5", "--device", "cpu"]);
    assert!(text(&told.stderr).contains("4 nodes, 3 edges"), "{}", text(&told.stderr));
    assert_eq!(&std::fs::read(&table).unwrap()[..4], b"PAR1");
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.csv");
    for (name, content, code, said) in [
        ("a.csv", "a,b,1\nb,c,heavy\n", 3, "row 2: the weight \"heavy\" is no number"),
        ("b.csv", "a,b\nc\n", 3, "row 2: an edge needs a source and a target"),
        ("c.csv", "", 3, "the graph has no nodes"),
        ("d.json", "{\"nodes\": []", 3, "it is no valid JSON"),
        ("e.json", "{\"nodes\": []}", 3, "it has no list \"edges\""),
        ("f.graphml", "<graphml><graph><edge source='a' target='b'/></graph></graphml>", 3, "names the node \"a\""),
        ("g.gexf", "<graphml/>", 3, "it is no GEXF"),
        ("h.xlsx", "", 3, "a graph is read from"),
    ] {
        let graph = write(folder.path(), name, content);
        let output = scarcity().args(["layout", &graph, "--out", arg(&out), "--device", "cpu"]).output().unwrap();
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{name}: {told}");
        assert!(told.contains(said) && told.lines().count() == 1, "{name}: {told}");
        assert!(!out.exists(), "{name}: nothing is written");
    }
    let graph = write(folder.path(), "fine.csv", "a,b\n");
    let output = scarcity().args(["layout", &graph, "--out", "positions.xlsx"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
}
