//! What tests with a real window need: a screen, a folder of their own, the window on it, and what it says about itself.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{skip, skip_without_adapter};

/// Software rendering on a busy machine is slow; nothing here waits longer than it must.
const PATIENCE: Duration = Duration::from_secs(60);
/// Size of the screen, and of the window on it.
pub const SCREEN: (u16, u16) = (1280, 800);
/// Enter.
pub const RETURN_KEYSYM: u32 = 0xff0d;

/// A screen and a folder that both end with the test.
pub struct Stage {
    _server: Owned,
    pub display: String,
    pub state: StateFile,
    folder: tempfile::TempDir,
}

impl Stage {
    /// `None`, said aloud, where there is nothing to draw with or on.
    pub fn new(test: &str) -> Option<Self> {
        if skip_without_adapter(test) {
            return None;
        }
        let Some((server, display)) = start_xvfb() else {
            skip(test, "Xvfb is not installed (package xvfb or xorg-server-xvfb)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let state = StateFile(folder.path().join("state.json"));
        Some(Self { _server: server, display, state, folder })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens the window; settings and sessions stay in the folder.
    pub fn launch(&self) -> Owned {
        let viewer = Command::new(env!("CARGO_BIN_EXE_scarcity-viewer"))
            .arg("--state-file")
            .arg(&self.state.0)
            .current_dir(self.folder())
            .env("DISPLAY", &self.display)
            .env_remove("WAYLAND_DISPLAY")
            .env("HOME", self.folder())
            .env("XDG_CONFIG_HOME", self.folder().join("config"))
            .spawn()
            .unwrap();
        Owned(viewer)
    }
}

/// A process that ends with the test, however that ends.
pub struct Owned(pub Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts an X server on a display number of its own choice.
fn start_xvfb() -> Option<(Owned, String)> {
    let screen = format!("{}x{}x24", SCREEN.0, SCREEN.1);
    let child = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut server = Owned(child);
    let mut line = String::new();
    BufReader::new(server.0.stdout.as_mut()?).read_line(&mut line).ok()?;
    (!line.trim().is_empty()).then(|| (server, format!(":{}", line.trim())))
}

/// The window's state as it describes it itself.
pub struct StateFile(pub PathBuf);

impl StateFile {
    pub fn read(&self) -> serde_json::Value {
        fs::read(&self.0).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    pub fn wait(
        &self,
        what: &str,
        mut step: impl FnMut(),
        done: impl Fn(&serde_json::Value) -> bool,
    ) -> serde_json::Value {
        let start = Instant::now();
        loop {
            step();
            let state = self.read();
            if done(&state) {
                return state;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{what}: not after {} s; the window says {state:#}",
                PATIENCE.as_secs()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Six variables, x0 → x1 → x2 → … at lag 1, 3,000 rows, from a counter-based generator.
pub fn write_chain(path: &Path) {
    let mut file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = || {
        // Sum of uniforms: normal enough for this purpose.
        (0..6)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f64 / f64::from(1 << 24) - 0.5
            })
            .sum::<f64>()
    };
    let names: Vec<String> = (0..6).map(|i| format!("x{i}")).collect();
    writeln!(file, "{}", names.join(",")).unwrap();
    let mut row = [0.0; 6];
    for _ in 0..3000 {
        let before = row;
        for (i, value) in row.iter_mut().enumerate() {
            let cause = if i > 0 { 0.8 * before[i - 1] } else { 0.0 };
            *value = 0.3 * before[i] + cause + noise();
        }
        let cells: Vec<String> = row.iter().map(|v| format!("{v:.6}")).collect();
        writeln!(file, "{}", cells.join(",")).unwrap();
    }
    file.flush().unwrap();
}
