//! `scarcity`: discovery without a window. In: arguments. Out: an exit code.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run(std::env::args_os())
}
