//! `hetc sweep plan`: what a sweep would train, and for how long.

use super::prepare::{Prepared, prepare};
use super::work::shift;
use crate::Status;
use crate::cli::sweep::{Plan, Spread};
use crate::failure::Failure;
use crate::terminal::Terminal;
use hetc_compiler::diag::words;
use hetc_runtime::sweep::{Estimate, Place, State, Sweep, estimate};

pub fn run(args: Plan, terminal: &Terminal) -> Result<Status, Failure> {
    let Some(prepared) = prepare(&args.target, terminal)? else { return Ok(Status::Findings) };
    let states = prepared.sweep.states().map_err(|error| Failure::new(error.to_string()))?;
    let left = states.iter().filter(|(_, state)| !state.is_over()).count();
    let time = if args.no_estimate || left == 0 { None } else { Some(measure(&prepared, &states, &args.spread, terminal)?) };
    let sweep = &prepared.sweep;
    terminal.print(&table(sweep, &states, time.as_ref().map(|(estimate, _)| estimate)));
    terminal.print(&counts(sweep, states.len(), left));
    if let Some((estimate, jobs)) = time {
        terminal.print(&sentence(&estimate, jobs));
    }
    Ok(Status::Fine)
}

/// How long what is left takes, with so many trainings at a time.
fn measure(
    prepared: &Prepared,
    states: &[(Place, State)],
    spread: &Spread,
    terminal: &Terminal,
) -> Result<(Estimate, usize), Failure> {
    terminal.note("training a few networks for a moment …");
    let crew = prepared.sweep.crew(&shift(spread)?);
    Ok((estimate(&prepared.sweep, states, &prepared.data, crew), crew.jobs))
}

/// One line a point: name, role, parameters, trainings that are over and all, time of one.
fn table(sweep: &Sweep, states: &[(Place, State)], estimate: Option<&Estimate>) -> String {
    let width = sweep.points.iter().map(|point| point.name.chars().count()).max().unwrap_or(0).max(5);
    let head = estimate.map_or("", |_| "  one training");
    let mut out = format!("{:<width$}           parameters    done{head}\n", "point");
    for (index, point) in sweep.points.iter().enumerate() {
        let network = sweep.points.iter().position(|other| other.folder == point.folder).unwrap_or(index);
        let mine = states.iter().filter(|(place, _)| place.point == network);
        let over = mine.filter(|(_, state)| state.is_over()).count();
        let role = if point.control { "control" } else { "" };
        let params = words::thousands(point.plan.params);
        let done = format!("{over}/{}", sweep.seeds.len());
        let time = estimate.and_then(|estimate| estimate.training.get(&network)).map_or(String::new(), |time| span(*time));
        out += format!("{:<width$}  {role:<7}  {params:>10}  {done:>6}  {time:>12}", point.name).trim_end();
        out.push('\n');
    }
    out
}

fn counts(sweep: &Sweep, trainings: usize, left: usize) -> String {
    let controls = sweep.points.iter().filter(|point| point.control).count();
    format!(
        "\n{} ({}), {}: {}, {left} left, in {}\n",
        words::count(sweep.points.len(), "point"),
        words::count(controls, "control"),
        words::count(sweep.seeds.len(), "seed"),
        words::count(trainings, "training"),
        sweep.folder.display()
    )
}

fn sentence(estimate: &Estimate, jobs: usize) -> String {
    let [quick, likely, slow] = estimate.total.map(span);
    let known = |count: usize, what: &str| (count > 0).then(|| format!("{} {what}", words::count(count, "network")));
    let sources = [
        known(estimate.from_results, "by trainings that are over"),
        known(estimate.measured, "trained for a moment"),
        known(estimate.inferred, "taken as those of about their size"),
    ];
    let sources: Vec<String> = sources.into_iter().flatten().collect();
    format!(
        "about {likely} on this machine, {jobs} at a time; {quick} at the quickest pace seen, {slow} at the slowest\n\
         ({}; other work on the machine may change)\n",
        sources.join(", ")
    )
}

/// A time in words: `0.4 s`, `12 min`, `3.5 h`
pub fn span(seconds: f64) -> String {
    match seconds {
        s if s < 0.1 => format!("{s:.2} s"),
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5_400.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}
