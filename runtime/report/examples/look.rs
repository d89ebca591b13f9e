//! Writes the reports of the tests' studies, to be looked at: `cargo run -p hetc-report --example look -- FOLDER`.
#![allow(clippy::print_stdout)]

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use hetc_report::compare::Method;
use hetc_report::page::Report;

fn main() -> std::io::Result<()> {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "look".to_string()));
    for (name, study) in fixture::all() {
        Report::of(&study, &Method::BY_SEED).write(&folder.join(name))?;
    }
    println!("{}", folder.display());
    Ok(())
}
