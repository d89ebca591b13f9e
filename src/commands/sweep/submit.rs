//! `hetc sweep submit --slurm`: what is left as an array of jobs, and what Slurm has of it.

use super::prepare::{open, prepare};
use crate::Status;
use crate::cli::sweep::Submit;
use crate::failure::Failure;
use crate::sources::reason;
use crate::terminal::Terminal;
use hetc_compiler::diag::words;
use hetc_runtime::files;
use hetc_runtime::sweep::Sweep;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// The numbers of the jobs that were submitted, one a line, in the sweep's `slurm` folder.
const JOBS: &str = "jobs.txt";

pub fn run(args: Submit, terminal: &Terminal) -> Result<Status, Failure> {
    let sweep = if args.retry {
        let help = "`hetc sweep submit --slurm --retry FOLDER`";
        let folder = args.target.file.ok_or_else(|| Failure::new("`--retry` needs the sweep's folder").help(help))?;
        open(&folder)?
    } else {
        let Some(prepared) = prepare(&args.target, terminal)? else { return Ok(Status::Findings) };
        if !args.dry_run {
            prepared.save()?;
        }
        prepared.sweep
    };
    let states = sweep.states().map_err(|error| Failure::new(error.to_string()))?;
    let left = states.iter().filter(|(_, state)| !state.is_over()).count();
    if left == 0 {
        terminal.note("every training is over; `hetc sweep collect` shows the results");
        return Ok(Status::Fine);
    }
    let script = script(&sweep, left)?;
    if args.dry_run {
        terminal.print(&script);
        return Ok(Status::Fine);
    }
    let (job, path) = submit(&sweep, &script)?;
    let (tasks, trainings) = (sweep.slurm.array(left) as usize, words::count(left, "training"));
    terminal.note(&format!("job {job}: {} for {trainings}, by {path}", words::count(tasks, "task")));
    terminal.note(&format!("`hetc sweep status {}` shows how far it is", sweep.folder.display()));
    Ok(Status::Fine)
}

/// For other machines, which see the same paths: whole ones.
fn script(sweep: &Sweep, left: usize) -> Result<String, Failure> {
    let whole =
        |path: &Path| std::path::absolute(path).map_err(|error| Failure::new(format!("where is this? {}", reason(&error))));
    let hetc = std::env::current_exe().map_err(|error| Failure::new(format!("where is hetc? {}", reason(&error))))?;
    let folder = whole(&sweep.folder)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(sweep.slurm.script(&format!("hetc-{name}"), &hetc, &folder, left))
}

/// Writes the script beside earlier ones and hands it to Slurm; the job's number and the script.
fn submit(sweep: &Sweep, script: &str) -> Result<(String, String), Failure> {
    let folder = sweep.folder.join("slurm");
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(format!("cannot create `{}`: {}", folder.display(), reason(&error))))?;
    let number = (1..).find(|number| !folder.join(format!("submit-{number}.sh")).exists()).unwrap_or(1);
    let path = folder.join(format!("submit-{number}.sh"));
    files::write(&path, script.as_bytes()).map_err(|error| Failure::new(error.to_string()))?;
    let said = tool("sbatch", &["--parsable", &path.display().to_string()])?;
    // `JOB` or `JOB;CLUSTER`
    let job = said.trim().split(';').next().unwrap_or_default().to_string();
    files::append_line(&folder.join(JOBS), &job).map_err(|error| Failure::new(error.to_string()))?;
    Ok((job, path.display().to_string()))
}

/// What a program of Slurm's says on standard output.
fn tool(name: &str, args: &[&str]) -> Result<String, Failure> {
    let output = Command::new(name).args(args).output().map_err(|error| {
        let help = "this needs a machine from which jobs are submitted to Slurm; `--dry-run` shows the script";
        Failure::new(format!("cannot run `{name}`: {}", reason(&error))).help(help)
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_string();
        return Err(Failure::new(format!("`{name}` refused: {said}")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What Slurm has of the sweep's jobs, by state; empty if none was submitted.
pub fn queue(sweep: &Sweep) -> String {
    let jobs = std::fs::read_to_string(sweep.folder.join("slurm").join(JOBS)).unwrap_or_default();
    let jobs: Vec<&str> = jobs.lines().filter(|job| !job.is_empty()).collect();
    if jobs.is_empty() {
        return String::new();
    }
    // Slurm forgets jobs, and refuses to speak of one that it has forgotten: so it is asked for all, and ours are picked.
    match tool("squeue", &["--noheader", "--array", "--me", "--format=%F %T"]) {
        Err(failure) => format!("Slurm: {}\n", failure_text(&failure)),
        Ok(said) => {
            let mut states: BTreeMap<&str, usize> = BTreeMap::new();
            for (job, state) in said.lines().filter_map(|line| line.trim().split_once(' ')) {
                if jobs.contains(&job) {
                    *states.entry(state).or_default() += 1;
                }
            }
            let states: Vec<String> = states.iter().map(|(state, count)| format!("{count} {}", state.to_lowercase())).collect();
            let said =
                if states.is_empty() { "no task in the queue".to_string() } else { format!("tasks: {}", states.join(", ")) };
            format!("Slurm ({}): {said}\n", words::count(jobs.len(), "job"))
        }
    }
}

fn failure_text(failure: &Failure) -> String {
    match failure {
        Failure::Plain { headline, .. } => headline.clone(),
        Failure::Coded(diagnostic) => diagnostic.headline.clone(),
    }
}
