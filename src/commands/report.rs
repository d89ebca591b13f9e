//! `hetc report`: what runs came to, as a page with figures and tables.

use super::runs::open_run;
use crate::Status;
use crate::cli::{Comparing, Report};
use crate::failure::Failure;
use crate::terminal::Terminal;
use hetc_report::compare::Method;
use hetc_report::{page, tensorboard};
use hetc_runtime::study::{Source, study};
use std::path::{Path, PathBuf};

/// What the draws of pairs begin with.
const PAIRS_SEED: u64 = 1;

pub fn run(args: Report, terminal: &Terminal) -> Result<Status, Failure> {
    let folder = match (&args.out, &args.runs[..]) {
        (Some(folder), _) => folder.clone(),
        (None, [run]) => run.join("report"),
        _ => return Err(Failure::new("several folders have no common one").help("say where the report is to go: `--out FOLDER`")),
    };
    let sources: Vec<Source> = args.runs.iter().map(|folder| open(folder)).collect::<Result<_, _>>()?;
    let study = study(&sources).map_err(|error| Failure::new(format!("`{}`: {}", error.path.display(), error.reason)))?;
    let method = match args.method {
        Comparing::BySeed => Method::BY_SEED,
        Comparing::Doty => Method::doty(PAIRS_SEED),
    };
    page::Report::of(&study, &method).write(&folder).map_err(cannot_write(&folder))?;
    terminal.print(&format!("{}\n", folder.join("index.html").display()));
    if let Some(folder) = &args.tensorboard {
        tensorboard::write(&study, folder).map_err(cannot_write(folder))?;
        terminal.print(&format!("{}\n", folder.display()));
    }
    Ok(Status::Fine)
}

/// A run's folder, or a sweep's.
pub fn open(folder: &Path) -> Result<Source, Failure> {
    match Source::is_sweep(folder) {
        true => super::sweep::open(folder).map(Source::Sweep),
        false => open_run(folder).map(Source::Run),
    }
}

fn cannot_write(folder: &Path) -> impl Fn(std::io::Error) -> Failure {
    let folder = PathBuf::from(folder);
    move |error| Failure::new(format!("cannot write to `{}`: {}", folder.display(), crate::sources::reason(&error)))
}
