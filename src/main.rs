//! The command line: the only place that knows the terminal, files given by name, and exit codes.

mod cli;
mod commands;
mod excerpt;
mod failure;
mod findings;
mod lsp;
mod plot;
mod project;
mod render;
mod sources;
mod terminal;
mod watch;

use clap::Parser;
use std::process::ExitCode;

/// How a command ended, if nothing kept it from running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// Nothing to complain about.
    Fine,
    /// Something was found: errors in a spec, files that are not formatted.
    Findings,
    /// Stopped by the user; what was done is saved.
    Interrupted,
}

fn main() -> ExitCode {
    let cli = cli::Cli::parse(); // on a wrong flag clap explains it and exits with 2
    let terminal = terminal::Terminal::new(&cli.display);
    match commands::run(cli.command, &terminal) {
        Ok(Status::Fine) => ExitCode::SUCCESS,
        Ok(Status::Findings) => ExitCode::from(1),
        Ok(Status::Interrupted) => ExitCode::from(130),
        Err(failure) => {
            terminal.failure(&failure);
            ExitCode::from(2)
        }
    }
}
