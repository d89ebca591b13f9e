//! `hetc bench`: how long a training step takes.

use super::compile::open;
use super::train::hardware;
use crate::Status;
use crate::cli::Bench;
use crate::failure::Failure;
use crate::project;
use crate::sources::Sources;
use crate::terminal::Terminal;
use hetc_compiler::diag::words;
use hetc_runtime::bench::{Times, Timing, at_a_time, measure, measure_seeds, measure_steps};
use hetc_runtime::memory;
use std::time::Duration;

pub fn run(args: Bench, terminal: &Terminal) -> Result<Status, Failure> {
    let mut sources = Sources::new();
    let spec = project::spec(args.spec.clone())?;
    let Some(opened) = open(&spec, &args.settings.set, &mut sources, terminal)? else { return Ok(Status::Findings) };
    if terminal.rejects(&opened.compilation.diagnostics) {
        return Ok(Status::Findings);
    }
    let net = match opened.compilation.net(args.net.as_deref()) {
        Ok(net) => net,
        Err(diagnostic) => {
            terminal.diagnostics(&[*diagnostic], &sources);
            return Ok(Status::Findings);
        }
    };
    let Some(plan) = &net.plan else { return Ok(Status::Findings) };
    let hardware = hardware(&args.machine)?;
    memory::check(plan, args.batch, hardware)
        .map_err(|error| Failure::new(error.to_string()).help("`--batch` makes it smaller"))?;
    let (batch, kernels) = (args.batch, !args.no_jit);
    let (report, warnings) = match (args.steps, args.seeds) {
        (Some(steps), Some(seeds)) => {
            let (time, warnings) = measure_seeds(plan, batch, kernels, hardware, steps, seeds);
            let together = at_a_time(hardware, seeds);
            let what = format!("{} of {}", words::count(seeds as usize, "seed"), words::count(steps as usize, "step"));
            (format!("{what}, {together} at a time: {:.3} s\n", time.as_secs_f64()), warnings)
        }
        (Some(steps), None) => {
            let (timing, warnings) = measure_steps(plan, batch, kernels, hardware, steps);
            (table(&timing, batch, plan.macs), warnings)
        }
        (None, _) => {
            let (timing, warnings) = measure(plan, batch, kernels, hardware, Duration::from_secs_f64(args.seconds));
            (table(&timing, batch, plan.macs), warnings)
        }
    };
    warnings.iter().for_each(|warning| terminal.note(&format!("warning: {warning}")));
    let cells = if args.no_jit { "tensor operations" } else { hetc_runtime::network::vectors() };
    let threads = words::count(hardware.threads, "thread");
    terminal.print(&format!("{}: batch {batch}, {}, {threads}, {cells}, f32\n\n{report}", plan.net, hardware.device));
    Ok(Status::Fine)
}

fn table(timing: &Timing, batch: usize, macs: u64) -> String {
    let milliseconds = |time: Duration| 1e3 * time.as_secs_f64();
    let row = |name: &str, times: &Times| {
        let [median, shortest, long] = [0.5, 0.0, 0.9].map(|part| milliseconds(times.quantile(part)));
        format!("{name:<18}{median:>9.3}{shortest:>10.3}{long:>10.3}{:>8}\n", times.count())
    };
    let median = timing.step.quantile(0.5).as_secs_f64();
    // Each multiply-add counts twice, forward once and backward (inputs and weights) twice.
    let rate = 6.0 * macs as f64 * batch as f64 / median / 1e9;
    let look = if timing.look.count() > 0 { row("evaluation", &timing.look) } else { String::new() };
    format!(
        "{:<18}{:>9}{:>10}{:>10}{:>8}\n{}{}{look}\n{:.0} samples a second in training, {rate:.1} GFLOP/s in convolutions, dense layers and functions\n{:.0} ms from the plan to the end of the first step\n",
        "ms",
        "median",
        "shortest",
        "90 %",
        "times",
        row("training step", &timing.step),
        row("  of that, Adam", &timing.update),
        batch as f64 / median,
        milliseconds(timing.start),
    )
}
