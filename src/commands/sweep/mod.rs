//! `hetc sweep`: many networks and settings, every mix with its controls.

mod plan;
mod prepare;
mod resolve;
mod status;
mod submit;
mod watch;
mod work;

pub use prepare::{data_of, open};
pub use resolve::check;

use crate::Status;
use crate::cli::sweep::Sweep;
use crate::failure::Failure;
use crate::terminal::Terminal;

pub fn run(args: Sweep, terminal: &Terminal) -> Result<Status, Failure> {
    match args {
        Sweep::Plan(args) => plan::run(args, terminal),
        Sweep::Run(args) => work::run(args, terminal),
        Sweep::Work(args) => work::work(args, terminal),
        Sweep::Status { folder } => status::run(&folder, terminal),
        Sweep::Collect { folder } => status::collect(&folder, terminal),
        Sweep::Submit(args) => submit::run(args, terminal),
    }
}
