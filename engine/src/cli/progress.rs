//! In: how far a run has come. Out: a progress bar on stderr, where a person is watching.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use scarcity_engine::types::{Progress, RunState};

/// A progress bar that is not there when stderr is not a terminal.
pub struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// An empty bar; nothing at all when `quiet`.
    pub fn new(quiet: bool) -> Self {
        let hidden = quiet || !std::io::stderr().is_terminal();
        let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self { bar: ProgressBar::with_draw_target(None, target) }
    }

    /// Shows the state of the run.
    pub fn show(&self, progress: &Progress, edges: usize) {
        if self.bar.is_hidden() {
            return;
        }
        let known = progress.rows_expected.filter(|&rows| rows > 0);
        if self.bar.length() != known || self.bar.position() == 0 {
            let template = if known.is_some() { "[{bar:30}] {msg}" } else { "{spinner} {msg}" };
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style.progress_chars("=> "));
            }
            match known {
                // An estimate may turn out too small; a bar beyond its end would only confuse.
                Some(rows) => self.bar.set_length(rows.max(progress.rows)),
                None => self.bar.unset_length(),
            }
        }
        self.bar.set_position(progress.rows);
        self.bar.set_message(message(progress, edges));
    }

    /// Takes the bar off the screen.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn message(progress: &Progress, edges: usize) -> String {
    let of = progress.rows_expected.map(|rows| format!(" of {}", grouped(rows))).unwrap_or_default();
    let state = match progress.state {
        RunState::Waiting => ", waiting for rows".to_owned(),
        RunState::Paused => ", paused".to_owned(),
        _ => progress.eta_s.map(|s| format!(", {} to go", duration(s))).unwrap_or_default(),
    };
    format!(
        "{}{of} rows, {} rows/s{state}, {}, {}",
        grouped(progress.rows),
        grouped(progress.rows_per_s.max(0.0).round() as u64),
        counted(progress.windows, "window"),
        counted(edges as u64, "link"),
    )
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 window`, `1,234 windows`.
pub fn counted(number: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// Seconds as people say them.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_easy_to_read() {
        assert_eq!(["0", "999", "1,000", "1,234,567"].map(str::to_owned), [0, 999, 1000, 1_234_567].map(grouped));
        assert_eq!([1, 1234].map(|n| counted(n, "window")), ["1 window", "1,234 windows"]);
        assert_eq!(duration(0.25), "0.2 s");
        assert_eq!(duration(75.0), "75 s");
        assert_eq!(duration(600.0), "10 min");
        assert_eq!(duration(7200.0), "2.0 h");
    }
}
