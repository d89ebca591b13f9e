//! The flags of `hetc sweep`.

use super::Machine;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Sweep {
    /// Show what a sweep file would train, what of it is done, and about how long the rest takes
    Plan(Plan),
    /// Train what a sweep file names and is not trained yet, and collect the results
    Run(Run),
    /// Train what is left in a sweep's folder; any number of processes and machines may do so at the same time
    Work(Work),
    /// Show how far a sweep is, who is at work, and what Slurm has of it
    Status {
        /// The sweep's folder
        folder: PathBuf,
    },
    /// Write results.csv, summary.json and table.txt of what is trained so far
    Collect {
        /// The sweep's folder
        folder: PathBuf,
    },
    /// Give what is left to a cluster's queue
    Submit(Submit),
}

/// Which sweep.
#[derive(Args)]
pub struct Target {
    /// The sweep file; without it, sweep.toml
    pub file: Option<PathBuf>,
    /// The sweep's folder; without it, sweeps/FILE
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// The folder of the data set, if it is not where `hetc data list` looks
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}

/// How trainings are spread over this machine.
#[derive(Args)]
pub struct Spread {
    #[command(flatten)]
    pub machine: Machine,
    /// How many trainings at a time; without it, one for each thread if memory suffices
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// A process that gives no sign of life for so long has its trainings taken over by others
    #[arg(long, value_name = "SECONDS", default_value = "180", value_parser = lease)]
    pub lease: f64,
}

fn lease(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.2..=86_400.0).contains(number));
    number.ok_or_else(|| "expected a number of seconds, 0.2 to 86400".to_string())
}

#[derive(Args)]
pub struct Plan {
    #[command(flatten)]
    pub target: Target,
    #[command(flatten)]
    pub spread: Spread,
    /// Do not measure how long it takes
    #[arg(long)]
    pub no_estimate: bool,
}

#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    pub target: Target,
    #[command(flatten)]
    pub spread: Spread,
}

#[derive(Args)]
pub struct Work {
    /// The sweep's folder
    pub folder: PathBuf,
    #[command(flatten)]
    pub spread: Spread,
    /// The folder of the data set, if it is not the one that the sweep was made with
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// The number of a task among several: each begins elsewhere in the list
    #[arg(long, value_name = "N")]
    pub task: Option<u32>,
    /// End after so many trainings
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub chunk: Option<u32>,
    /// Wait for what others train, to take it over if they die
    #[arg(long)]
    pub wait: bool,
}

#[derive(Args)]
pub struct Submit {
    #[command(flatten)]
    pub target: Target,
    /// To Slurm, as an array of jobs with the options of `[slurm]` in the sweep file
    #[arg(long, required = true)]
    pub slurm: bool,
    /// Show the script, and submit nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Submit what is left in a sweep's folder again; FILE is that folder
    #[arg(long, conflicts_with_all = ["out", "data"])]
    pub retry: bool,
}
