//! A real drag and drop: an X11 drag source drops a file on the real window, and the graph appears.

use std::path::Path;
use std::process::{Command, Stdio};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, ImageFormat, InputFocus,
    KEY_PRESS_EVENT, KEY_RELEASE_EVENT, PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent,
    Window, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::viewer_window::{RETURN_KEYSYM, SCREEN, Stage, write_chain};

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        XdndAware, XdndEnter, XdndPosition, XdndStatus, XdndLeave, XdndDrop, XdndFinished, XdndSelection,
        XdndActionCopy, TEXT_URI_LIST: b"text/uri-list",
    }
}

/// The drag's source: owns the selection and speaks the protocol, version 5.
struct Source {
    connection: RustConnection,
    root: Window,
    window: Window,
    target: Window,
    atoms: Atoms,
    uri_list: Vec<u8>,
    accepted: bool,
    finished: bool,
}

impl Source {
    fn new(display: &str, file: &Path) -> Self {
        let (connection, screen) = RustConnection::connect(Some(display)).unwrap();
        let root = connection.setup().roots[screen].root;
        let atoms = Atoms::new(&connection).unwrap().reply().unwrap();
        let window = connection.generate_id().unwrap();
        connection
            .create_window(
                0,
                window,
                root,
                -10,
                -10,
                1,
                1,
                0,
                WindowClass::INPUT_ONLY,
                0,
                &CreateWindowAux::new().override_redirect(1),
            )
            .unwrap();
        connection.set_selection_owner(window, atoms.XdndSelection, x11rb::CURRENT_TIME).unwrap();
        connection.flush().unwrap();
        let uri_list = format!("file://{}\r\n", file.display()).into_bytes();
        Self { connection, root, window, target: 0, atoms, uri_list, accepted: false, finished: false }
    }

    /// The window that takes drops.
    fn find_target(&mut self) -> bool {
        let mut open = vec![self.root];
        while let Some(window) = open.pop() {
            let aware = self.connection.get_property(false, window, self.atoms.XdndAware, AtomEnum::ATOM, 0, 1);
            if aware.unwrap().reply().is_ok_and(|p| p.value_len > 0) {
                self.target = window;
                return true;
            }
            if let Ok(tree) = self.connection.query_tree(window).unwrap().reply() {
                open.extend(tree.children);
            }
        }
        false
    }

    fn send(&self, kind: Atom, data: [u32; 5]) {
        let event = ClientMessageEvent::new(32, self.target, kind, data);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, event).unwrap();
        self.connection.flush().unwrap();
    }

    fn enter(&mut self) {
        self.accepted = false;
        self.send(self.atoms.XdndEnter, [self.window, 5 << 24, self.atoms.TEXT_URI_LIST, 0, 0]);
    }

    fn hover(&self, x: u32, y: u32) {
        let place = (x << 16) | y;
        self.send(self.atoms.XdndPosition, [self.window, 0, place, x11rb::CURRENT_TIME, self.atoms.XdndActionCopy]);
    }

    /// Answers whoever asks for the files, and notes what the window replies.
    fn answer(&mut self) {
        while let Some(event) = self.connection.poll_for_event().unwrap() {
            match event {
                Event::SelectionRequest(request) => self.serve(&request),
                Event::ClientMessage(message) if message.type_ == self.atoms.XdndStatus => {
                    self.accepted |= message.data.as_data32()[1] & 1 == 1;
                }
                Event::ClientMessage(message) if message.type_ == self.atoms.XdndFinished => self.finished = true,
                _ => {}
            }
        }
    }

    fn serve(&self, request: &SelectionRequestEvent) {
        let ours = request.target == self.atoms.TEXT_URI_LIST;
        if ours {
            self.connection
                .change_property8(
                    PropMode::REPLACE,
                    request.requestor,
                    request.property,
                    request.target,
                    &self.uri_list,
                )
                .unwrap();
        }
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if ours { request.property } else { x11rb::NONE },
        };
        self.connection.send_event(false, request.requestor, EventMask::NO_EVENT, answer).unwrap();
        self.connection.flush().unwrap();
    }

    /// Presses and releases a key as a keyboard would.
    fn press(&self, keysym: u32) {
        let setup = self.connection.setup();
        let (low, high) = (setup.min_keycode, setup.max_keycode);
        let map = self.connection.get_keyboard_mapping(low, high - low + 1).unwrap().reply().unwrap();
        let place = map.keysyms.iter().position(|k| *k == keysym).expect("the keyboard has this key");
        let keycode = low + (place / usize::from(map.keysyms_per_keycode)) as u8;
        // There is no window manager that would give the window the keyboard.
        self.connection.set_input_focus(InputFocus::PARENT, self.target, x11rb::CURRENT_TIME).unwrap();
        for kind in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
            self.connection.xtest_fake_input(kind, keycode, x11rb::CURRENT_TIME, self.root, 0, 0, 0).unwrap();
        }
        self.connection.flush().unwrap();
    }

    /// Pixels of the screen that have the colour of positive links, dark theme.
    fn orange_pixels(&self) -> usize {
        let (width, height) = SCREEN;
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, !0)
            .unwrap()
            .reply()
            .unwrap();
        image
            .data
            .as_chunks::<4>()
            .0
            .iter()
            .filter(|[b, g, r, _]| {
                let (r, g, b) = (i32::from(*r), i32::from(*g), i32::from(*b));
                r > 120 && r - b > 90 && g > b && r - g > 25
            })
            .count()
    }
}

/// Drags a file over the window and drops it there; the import sheet is open afterwards.
pub fn drop_file(stage: &Stage, file: &Path) {
    let mut source = Source::new(&stage.display, file);
    assert!(source.find_target(), "the window does not say that it takes drops");
    source.enter();
    source.hover(620, 410);
    stage.state.wait("the hover is shown", || source.answer(), |s| s["hovering"] == true);
    source.send(source.atoms.XdndDrop, [source.window, 0, x11rb::CURRENT_TIME, 0, 0]);
    stage.state.wait("the import sheet opens", || source.answer(), |s| s["phase"] == "import");
}

#[test]
fn a_dropped_file_becomes_a_graph() {
    const TEST: &str = "a_dropped_file_becomes_a_graph";
    let Some(stage) = Stage::new(TEST) else { return };
    let data = stage.folder().join("chain.csv");
    write_chain(&data);
    let _viewer = stage.launch();
    let state = &stage.state;
    state.wait("the demo runs", || (), |s| s["phase"] == "running" && s["drawn_nodes"].as_u64() > Some(0));

    let mut source = Source::new(&stage.display, &data);
    assert!(source.find_target(), "the window does not say that it takes drops");

    // Over the window and away again: the hover is shown and taken back, and nothing is opened.
    source.enter();
    source.hover(600, 400);
    let hovered = state.wait("the hover is shown", || source.answer(), |s| s["hovering"] == true);
    assert_eq!(hovered["hovered_files"][0], data.to_str().unwrap());
    assert_eq!(hovered["refusal"], serde_json::Value::Null);
    source.send(source.atoms.XdndLeave, [source.window, 0, 0, 0, 0]);
    let left = state.wait("the hover is taken back", || source.answer(), |s| s["hovering"] == false);
    assert_eq!(left["phase"], "running");

    // Over the window again, and dropped.
    source.enter();
    source.hover(620, 410);
    state.wait("the second hover is shown", || source.answer(), |s| s["hovering"] == true);
    assert!(source.accepted, "the window shows the hover but refuses the drop");
    source.send(source.atoms.XdndDrop, [source.window, 0, x11rb::CURRENT_TIME, 0, 0]);
    let sheet = state.wait("the import sheet opens", || source.answer(), |s| s["phase"] == "import");
    assert!(source.finished, "the window did not finish the drop");
    assert_eq!(sheet["import_files"][0], data.to_str().unwrap());
    assert_eq!(sheet["import_error"], serde_json::Value::Null);
    assert_eq!(sheet["hovering"], false);

    source.press(RETURN_KEYSYM);
    let graph = state.wait(
        "the graph appears",
        || (),
        |s| {
            s["source_name"] == "chain.csv"
                && s["drawn_edges"].as_u64() >= Some(5)
                && s["drawn_nodes"].as_u64() >= Some(6)
        },
    );
    assert_eq!(graph["nodes"], 6, "{graph:#}");
    // And it is on the screen, not only in the file.
    state.wait("links are on the screen", || (), |_| source.orange_pixels() > 60);
}

#[test]
fn without_a_display_one_sentence_says_what_to_do() {
    let run = |display: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scarcity-viewer"));
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command.envs(display.map(|d| ("DISPLAY", d)));
        let output = command.stdin(Stdio::null()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text) = run(None);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with("scarcity-viewer: there is no display") && text.contains("--screenshot"), "{text}");
    // A display nobody serves: numbers this high are never handed out.
    let (code, text) = run(Some(":64000"));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("no X server answers on DISPLAY=:64000"), "{text}");
    assert!(!text.contains("panicked"), "{text}");
}
