//! In: what went wrong. Out: one sentence on stderr and the exit code the contract names for it.

use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use scarcity_engine::Error;

use super::print;

/// The command line asks for something that does not exist or does not fit together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// What clap has to say: help goes to stdout, a mistake to stderr as one sentence.
pub fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // A reader that has seen enough of the help is no failure.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    // Clap's message goes on with tips and usage after an empty line; `--help` has those.
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or(&text);
    print::line_on_stderr(&format!("{}; see `scarcity --help`", one_line(first)));
    ExitCode::from(2)
}

/// The sentence and the code of a failed command; `kept` says what was saved in spite of it.
pub fn failure(error: &anyhow::Error, kept: Option<&str>) -> ExitCode {
    let broken_pipe = |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe;
    if error.chain().any(|e| e.downcast_ref::<io::Error>().is_some_and(broken_pipe)) {
        // The reader of stdout has seen enough.
        return ExitCode::SUCCESS;
    }
    let kept = kept.map(|k| format!("; {k}")).unwrap_or_default();
    print::line_on_stderr(&format!("error: {}{kept}", one_line(&sentence(error))));
    ExitCode::from(code(error))
}

/// Exit code of an error.
fn code(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<Usage>().is_some() {
        return 2;
    }
    match error.downcast_ref::<Error>() {
        Some(Error::Config { .. }) => 2,
        Some(Error::Input { .. }) => 3,
        Some(Error::Device { .. }) => 4,
        _ => 1,
    }
}

fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            let _ = write!(text, "{}{cause}", if text.is_empty() { "" } else { ": " });
        }
    }
    text
}

/// Several lines as one. Excerpts with a margin (`3 | key = …`), which parsers add, only make sense as lines and are
/// left out; the position is in the text beside them.
fn one_line(text: &str) -> String {
    let is_excerpt = |line: &&str| {
        let line = line.trim_start();
        line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|')
    };
    let words: Vec<&str> = text.lines().filter(|l| !is_excerpt(l)).flat_map(str::split_whitespace).collect();
    words.join(" ").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_parsers_excerpt_is_left_out_and_its_lines_joined() {
        let text = "TOML parse error at line 3, column 1\n  |\n3 | colour = 5\n  | ^^^^^\nunknown field `colour`\n";
        assert_eq!(one_line(text), "TOML parse error at line 3, column 1 unknown field `colour`");
    }
}
