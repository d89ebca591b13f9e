//! The command line: the only place that knows the terminal, files given by name, and exit codes.

mod cli;
mod commands;
mod diff;
mod excerpt;
mod failure;
mod findings;
mod lsp;
mod model;
mod origin;
mod plot;
mod project;
mod render;
mod report;
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
    let terminal = terminal::Terminal::new(&cli.display, &cli.command);
    let status = commands::run(cli.command, &terminal);
    if let Err(failure) = &status {
        terminal.failure(failure);
    }
    if !matches!(status, Err(failure::Failure::Plain { .. })) {
        terminal.finish(); // a command that could not run leaves no report that says nothing was found
    }
    match status {
        Ok(Status::Fine) => ExitCode::SUCCESS,
        Ok(Status::Findings) => ExitCode::from(1),
        Ok(Status::Interrupted) => ExitCode::from(130),
        Err(_) => ExitCode::from(2),
    }
}
