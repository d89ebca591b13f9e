//! One file a command.

mod analyze;
mod bench;
mod cells;
mod check;
mod compile;
mod data;
mod diff;
mod eval;
mod explain;
mod export;
mod fmt;
mod import;
mod lsp;
mod predict;
mod replaced;
mod report;
mod runs;
mod start;
mod sweep;
mod train;

pub use compile::plan_of;
pub use runs::open_run;
pub use sweep::open as open_sweep;
pub use train::load;

use crate::Status;
use crate::cli::Command;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Runs one command.
pub fn run(command: Command, terminal: &Terminal) -> Result<Status, Failure> {
    match command {
        Command::Check(args) => check::run(args, terminal),
        Command::Compile(args) => compile::run(args, terminal),
        Command::Diff(args) => diff::run(args, terminal),
        Command::Train(args) => train::run(*args, terminal),
        Command::Analyze(args) => analyze::run(*args, terminal),
        Command::Report(args) => report::run(args, terminal),
        Command::Bench(args) => bench::run(*args, terminal),
        Command::Sweep(args) => sweep::run(*args, terminal),
        Command::Eval(args) => eval::run(args, terminal),
        Command::Predict(args) => predict::run(*args, terminal),
        Command::Export(args) => export::run(*args, terminal),
        Command::Import(args) => import::run(args, terminal),
        Command::Fmt(args) => fmt::run(args, terminal),
        Command::Explain { code, all } => explain::run(code, all, terminal),
        Command::Cells { cell, spec } => cells::run(cell, spec, terminal),
        Command::Lsp(_) => lsp::run(),
        Command::Data(args) => data::run(args, terminal),
    }
}
