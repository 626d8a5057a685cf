//! Every shader of the repository parses and validates, and the ones that draw agree with the Rust side on layout.

use std::path::{Path, PathBuf};

use naga::valid::{Capabilities, ValidationFlags, Validator};
use scarcity_viewer::scene::ViewUniform;
use scarcity_viewer::scene::graph::{EdgeStyle, NodeStyle};

fn shaders() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shaders")
}

fn wgsl_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            wgsl_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "wgsl") {
            found.push(path);
        }
    }
}

/// The text as the viewer compiles it: shaders that draw share `view.wgsl`, everything else stands alone.
fn source(path: &Path) -> String {
    let own = std::fs::read_to_string(path).unwrap();
    let prelude = path.with_file_name("view.wgsl");
    let drawing = path.parent().is_some_and(|p| p.ends_with("view"));
    if drawing && path != prelude && !own.contains("@compute") {
        std::fs::read_to_string(prelude).unwrap() + &own
    } else {
        own
    }
}

fn parse(path: &Path) -> naga::Module {
    let source = source(path);
    let module = naga::front::wgsl::parse_str(&source)
        .unwrap_or_else(|e| panic!("{}: {}", path.display(), e.emit_to_string(&source)));
    Validator::new(ValidationFlags::all(), Capabilities::all())
        .validate(&module)
        .unwrap_or_else(|e| panic!("{}: {}", path.display(), e.emit_to_string(&source)));
    module
}

#[test]
fn every_shader_validates() {
    let mut files = Vec::new();
    // Those that compute are validated with their preludes, by the engine's tests.
    for folder in ["view", "panels"] {
        wgsl_files(&shaders().join(folder), &mut files);
    }
    files.sort();
    assert!(files.len() >= 4, "the drawing shaders are gone: {files:?}");
    for file in &files {
        parse(file);
    }
}

#[test]
fn structs_have_the_same_size_on_both_sides() {
    let size = |file: &str, name: &str| {
        let module = parse(&shaders().join("view").join(file));
        let mut layouter = naga::proc::Layouter::default();
        layouter.update(module.to_ctx()).unwrap();
        let (handle, _) = module.types.iter().find(|(_, t)| t.name.as_deref() == Some(name)).unwrap();
        layouter[handle].size as usize
    };
    assert_eq!(size("node.wgsl", "View"), size_of::<ViewUniform>());
    assert_eq!(size("node.wgsl", "NodeStyle"), size_of::<NodeStyle>());
    assert_eq!(size("edge.wgsl", "Edge"), size_of::<EdgeStyle>());
}
