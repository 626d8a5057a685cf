//! A whole sitting with a real mouse and real keys: drop, filter, scrub, ask what if, export, quit, come back.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
    MOTION_NOTIFY_EVENT, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::skip_without_adapter;
use crate::viewer_drop::drop_file;
use crate::viewer_window::{Owned, RETURN_KEYSYM, Stage, write_chain};

const CONTROL_KEYSYM: u32 = 0xffe3;
const LEFT_KEYSYM: u32 = 0xff51;
const F10_KEYSYM: u32 = 0xffc7;
const SHIFT_KEYSYM: u32 = 0xffe1;
const SPACE_KEYSYM: u32 = 0x20;
/// The handle of “Weight at least” and a place on its rail, in a window of 1280×800.
const WEIGHT_HANDLE: (i16, i16) = (20, 491);
const WEIGHT_RAIL: (i16, i16) = (160, 491);

/// Somebody at mouse and keyboard.
struct Hands {
    connection: RustConnection,
    root: Window,
}

impl Hands {
    fn on(display: &str) -> Self {
        let (connection, screen) = RustConnection::connect(Some(display)).unwrap();
        let root = connection.setup().roots[screen].root;
        Self { connection, root }
    }

    /// There is no window manager that would give the window the keyboard.
    fn take_keyboard(&self) {
        let windows = self.connection.query_tree(self.root).unwrap().reply().unwrap().children;
        let large = windows
            .into_iter()
            .find(|window| self.connection.get_geometry(*window).unwrap().reply().is_ok_and(|g| g.width > 400));
        if let Some(window) = large {
            self.connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).unwrap();
        }
    }

    fn fake(&self, kind: u8, detail: u8, x: i16, y: i16) {
        self.connection.xtest_fake_input(kind, detail, x11rb::CURRENT_TIME, self.root, x, y, 0).unwrap();
        self.connection.flush().unwrap();
        // A hand is slower than a frame.
        std::thread::sleep(Duration::from_millis(60));
    }

    fn keycode(&self, keysym: u32) -> u8 {
        let setup = self.connection.setup();
        let (low, high) = (setup.min_keycode, setup.max_keycode);
        let map = self.connection.get_keyboard_mapping(low, high - low + 1).unwrap().reply().unwrap();
        let place = map.keysyms.iter().position(|k| *k == keysym).expect("the keyboard has this key");
        low + (place / usize::from(map.keysyms_per_keycode)) as u8
    }

    fn press(&self, keysym: u32) {
        self.take_keyboard();
        let keycode = self.keycode(keysym);
        self.fake(KEY_PRESS_EVENT, keycode, 0, 0);
        self.fake(KEY_RELEASE_EVENT, keycode, 0, 0);
    }

    fn press_with_control(&self, keysym: u32) {
        self.take_keyboard();
        // Held longer than a frame takes on a busy machine, as a hand would.
        let hold = || std::thread::sleep(Duration::from_millis(350));
        let control = self.keycode(CONTROL_KEYSYM);
        self.fake(KEY_PRESS_EVENT, control, 0, 0);
        hold();
        self.press(keysym);
        hold();
        self.fake(KEY_RELEASE_EVENT, control, 0, 0);
        hold();
    }

    /// Lower-case letters and digits have their own codes as keysyms.
    fn write(&self, text: &str) {
        text.chars().for_each(|c| self.press(u32::from(c)));
    }

    fn drag(&self, from: (i16, i16), to: (i16, i16)) {
        self.fake(MOTION_NOTIFY_EVENT, 0, from.0, from.1);
        self.fake(BUTTON_PRESS_EVENT, 1, 0, 0);
        for step in 1..=5_i16 {
            let along = |a: i16, b: i16| a + (b - a) * step / 5;
            self.fake(MOTION_NOTIFY_EVENT, 0, along(from.0, to.0), along(from.1, to.1));
        }
        self.fake(BUTTON_RELEASE_EVENT, 1, 0, 0);
        // Away from the panels, so that nothing is hovered.
        self.fake(MOTION_NOTIFY_EVENT, 0, 620, 500);
    }
}

/// Does something now, and again every few seconds: a busy machine may miss what a hand does in one frame.
fn patiently(mut deed: impl FnMut()) -> impl FnMut() {
    let mut last: Option<Instant> = None;
    move || {
        if last.is_none_or(|at| at.elapsed() > Duration::from_secs(5)) {
            deed();
            last = Some(Instant::now());
        }
    }
}

/// A file whose name ends like this, once it is there.
fn wait_for(folder: &Path, ending: &str) -> Option<PathBuf> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        // What begins with a dot is still being written.
        let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let found = entries.into_iter().find(|path| path.to_string_lossy().ends_with(ending) && !hidden(path));
        if found.is_some() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    None
}

fn appears(folder: &Path, ending: &str) -> bool {
    wait_for(folder, ending).is_some()
}

/// What was exported is whole and says what the window showed.
fn check_exports(folder: &Path) {
    let text = |ending| std::fs::read_to_string(wait_for(folder, ending).unwrap()).unwrap();
    let html = text(".html");
    assert!(html.contains("scarcity discover") && html.contains("x1") && html.trim_end().ends_with("</pre>"));
    let svg = text(".svg");
    roxmltree::Document::parse(&svg).unwrap();
    assert!(svg.contains("x1"));
    let png = std::fs::read(wait_for(folder, ".png").unwrap()).unwrap();
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!(&png[1..4], b"PNG");
    assert_eq!((side(16), side(20)), (2 * 1280, 2 * 800), "twice the window");
}

/// A window on a chain of variables that was dropped onto it, hands, and its state once all is found.
fn begin(stage: &Stage) -> (Owned, Hands, serde_json::Value) {
    let data = stage.folder().join("chain.csv");
    write_chain(&data);
    let viewer = stage.launch();
    let state = &stage.state;
    state.wait("the demo runs", || (), |s| s["phase"] == "running" && s["drawn_nodes"].as_u64() > Some(0));
    drop_file(stage, &data);
    let hands = Hands::on(&stage.display);
    hands.press(RETURN_KEYSYM);
    let graph = state.wait("all is found", || (), |s| s["phase"] == "finished" && s["edges"].as_u64() >= Some(5));
    (viewer, hands, graph)
}

#[test]
fn a_sitting_from_the_first_file_to_the_next_day() {
    const TEST: &str = "a_sitting_from_the_first_file_to_the_next_day";
    let Some(stage) = Stage::new(TEST) else { return };
    let (folder, state) = (stage.folder(), &stage.state);
    let (mut viewer, hands, graph) = begin(&stage);
    assert_eq!(graph["live"], true);

    // Scrub: two windows back, and to the newest again.
    let newest = graph["windows"].as_u64().unwrap() - 1;
    for back in 1..=2 {
        hands.press(LEFT_KEYSYM);
        state.wait("a window back", || (), |s| s["window_shown"].as_u64() == Some(newest - back));
    }
    // Marks at both ends, and what changed between them.
    hands.write("a");
    state.wait("mark A is there", || (), |s| s["marks"][0].as_u64() == Some(newest - 2));
    hands.write("l");
    state.wait("live again", || (), |s| s["live"] == true);
    hands.write("b");
    state.wait("mark B is there", || (), |s| s["marks"][1].as_u64() == Some(newest));
    hands.write("d");
    state.wait("both are compared", || (), |s| s["comparing"] == true);
    hands.write("d");
    state.wait("the graph is back", || (), |s| s["comparing"] == false);
    // The recording plays from its beginning and ends live.
    hands.write("k");
    state.wait("it plays", || (), |s| s["playing"] == true && s["live"] == false);
    state.wait("it ends live", || (), |s| s["playing"] == false && s["live"] == true);

    // Find a variable in the palette, and ask what follows from moving it.
    hands.press_with_control(u32::from('k'));
    hands.write("x1");
    hands.press(RETURN_KEYSYM);
    state.wait("x1 is selected", || (), |s| s["selection"]["Node"] == 1);
    hands.write("w");
    state.wait("the graph answers", || (), |s| s["answered"] == true);

    // Filter with the mouse.
    let all = graph["edges"].as_u64().unwrap();
    let drag = || hands.drag(WEIGHT_HANDLE, WEIGHT_RAIL);
    let filtered = state.wait("links are filtered", patiently(drag), |s| s["filtered_edges"].as_u64() < Some(all));
    let left = filtered["filtered_edges"].as_u64().unwrap();
    // Taken back and done again, as is holding a variable.
    hands.press_with_control(u32::from('z'));
    state.wait("the filter is undone", || (), |s| s["filtered_edges"].as_u64() == Some(all));
    let shift = hands.keycode(SHIFT_KEYSYM);
    let redo = || {
        hands.fake(KEY_PRESS_EVENT, shift, 0, 0);
        hands.press_with_control(u32::from('z'));
        hands.fake(KEY_RELEASE_EVENT, shift, 0, 0);
    };
    state.wait("the filter is done again", patiently(redo), |s| s["filtered_edges"].as_u64() == Some(left));
    hands.write("p");
    state.wait("x1 is held", || (), |s| s["pins"] == 1);
    hands.press_with_control(u32::from('z'));
    state.wait("x1 is let go", || (), |s| s["pins"] == 0 && s["filtered_edges"].as_u64() == Some(left));

    // Export and save; where no dialog can be shown the files appear beside the data.
    for (words, ending) in [("graphml", ".graphml"), ("html", ".html"), ("svg", ".svg"), ("png", ".png")] {
        hands.press_with_control(u32::from('k'));
        hands.write(words);
        hands.press(RETURN_KEYSYM);
        assert!(appears(folder, ending), "{ending}: {:#}", state.read());
    }
    check_exports(folder);
    // A film of the replay: numbered pictures, and one file where ffmpeg is there.
    state.wait("the film begins", patiently(|| hands.press(F10_KEYSYM)), |s| s["filming"] == true);
    let frames = wait_for(folder, ".frames").expect("a folder of pictures");
    assert!(appears(&frames, "frame_00001.png"), "no pictures");
    state.wait("the film is done", || (), |s| s["filming"] == false);
    if Command::new("ffmpeg").arg("-version").output().is_ok_and(|output| output.status.success()) {
        let film = std::fs::read(wait_for(folder, ".mp4").expect("a film")).unwrap();
        assert_eq!(&film[4..8], b"ftyp", "an MP4");
    }
    hands.press_with_control(u32::from('s'));
    assert!(appears(folder, ".scarcity.json"), "{:#}", state.read());

    // Quit; the next day the session is there.
    let start = Instant::now();
    let mut quit = patiently(|| hands.press_with_control(u32::from('q')));
    while viewer.0.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(30), "the window does not close");
        quit();
        std::thread::sleep(Duration::from_millis(50));
    }
    std::fs::remove_file(&state.0).unwrap();
    let _viewer = stage.launch();
    let back = state.wait(
        "the session is back",
        || (),
        |s| s["source_name"] == "chain.csv" && s["phase"] == "finished" && s["filtered_edges"].as_u64() == Some(left),
    );
    assert_eq!(back["selection"]["Node"], 1, "{back:#}");
    assert_eq!(back["edges"].as_u64(), Some(all));
}

#[test]
fn a_window_that_was_killed_comes_back_as_it_was() {
    const TEST: &str = "a_window_that_was_killed_comes_back_as_it_was";
    let Some(stage) = Stage::new(TEST) else { return };
    let (folder, state) = (stage.folder(), &stage.state);
    let (mut viewer, hands, graph) = begin(&stage);
    let all = graph["edges"].as_u64();
    let drag = || hands.drag(WEIGHT_HANDLE, WEIGHT_RAIL);
    let filtered = state.wait("links are filtered", patiently(drag), |s| s["filtered_edges"].as_u64() < all);
    let left = filtered["filtered_edges"].as_u64();
    // Saved by itself, some time after that.
    let session = folder.join("config/scarcity/last-session.json");
    let (done, start) = (std::time::SystemTime::now(), Instant::now());
    let saved = || std::fs::metadata(&session).and_then(|file| file.modified()).is_ok_and(|at| at > done);
    while !saved() {
        assert!(start.elapsed() < Duration::from_secs(90), "nothing is saved as {}", session.display());
        std::thread::sleep(Duration::from_millis(200));
    }
    // Killed without a chance to say anything.
    viewer.0.kill().unwrap();
    viewer.0.wait().unwrap();
    std::fs::remove_file(&state.0).unwrap();
    let _viewer = stage.launch();
    let back = state.wait(
        "the session is back",
        || (),
        |s| s["source_name"] == "chain.csv" && s["phase"] == "finished" && s["filtered_edges"].as_u64() == left,
    );
    assert_eq!(back["edges"].as_u64(), all);
}

/// Processor seconds a process has used so far, its threads included.
fn processor_s(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // After the name, which may hold spaces: field 14 and 15 of all are user and system time in hundredths.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

#[test]
fn a_settled_and_paused_window_leaves_the_processor_alone() {
    const TEST: &str = "a_settled_and_paused_window_leaves_the_processor_alone";
    const LOOK_S: u64 = 10;
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let Some(stage) = Stage::new(TEST) else { return };
    let state = &stage.state;
    let viewer = stage.launch();
    state.wait("the demo runs", || (), |s| s["windows"].as_u64() > Some(3));
    let hands = Hands::on(&stage.display);
    let shift = hands.keycode(SHIFT_KEYSYM);
    let mut pause = patiently(|| {
        hands.take_keyboard();
        hands.fake(KEY_PRESS_EVENT, shift, 0, 0);
        std::thread::sleep(Duration::from_millis(350));
        hands.press(SPACE_KEYSYM);
        hands.fake(KEY_RELEASE_EVENT, shift, 0, 0);
    });
    pause();
    state.wait("it is paused and settled", || (), |s| s["phase"] == "paused" && s["settled"] == true);
    // Fades, gliding cameras and notes that go away have a moment to do so.
    std::thread::sleep(Duration::from_secs(8));
    let before = processor_s(viewer.0.id());
    std::thread::sleep(Duration::from_secs(LOOK_S));
    let share = (processor_s(viewer.0.id()) - before) / LOOK_S as f64;
    println!("at rest: {:.2} % of a core", 100.0 * share);
    assert!(share <= 0.02, "{:.1} % of a core at rest", 100.0 * share);
}

#[test]
fn a_long_stream_leaves_memory_bounded() {
    const TEST: &str = "a_long_stream_leaves_memory_bounded";
    if skip_without_adapter(TEST) {
        return;
    }
    // Three of the 24 hours that `--bench-hours 24` watches.
    let output = Command::new(env!("CARGO_BIN_EXE_scarcity-viewer")).args(["--bench-hours", "3"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    println!("{text}");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let resident: Vec<f64> = text
        .lines()
        .map(|line| line.split(" rows, ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap())
        .collect();
    let (first, last) = (resident[0], resident[resident.len() - 1]);
    assert!(resident.len() >= 3 && last - first < 64.0, "{first} MB after an hour, {last} MB after three");
}
