//! `hetc eval`: the trained networks of a run, evaluated again.

use super::replaced;
use super::runs::open_run;
use super::train::{hardware, load};
use crate::Status;
use crate::cli::Eval;
use crate::failure::Failure;
use crate::terminal::Terminal;
use hetc_runtime::experiment::Member;
use hetc_runtime::observe::Silent;
use hetc_runtime::train::{RunResult, model_path, result_path};

pub fn run(args: Eval, terminal: &Terminal) -> Result<Status, Failure> {
    let hardware = hardware(&args.machine)?;
    let experiment = open_run(&args.run)?;
    let data = load(&experiment.run_file.data, args.data.as_deref().or(experiment.data_folder.as_deref()))?;
    terminal.note(&experiment.data);
    if let Some((name, degree)) = &args.replace {
        return replaced::run((name, *degree, args.over), &experiment, &data, hardware, terminal);
    }
    let width = width(experiment.members.iter());
    let accuracy = if data.task.classes().is_some() { "  test accuracy" } else { "" };
    terminal.print(&format!("{:<width$}  seed{accuracy}   test loss  as recorded\n", "network"));
    let (mut shown, mut different, mut untested) = (0, 0, 0);
    for seed in &experiment.run_file.seeds {
        for member in &experiment.members {
            let folder = experiment.training_folder(member, *seed);
            let Ok(recorded) = std::fs::read(result_path(&folder)) else { continue };
            let recorded: RunResult = serde_json::from_slice(&recorded)
                .map_err(|error| Failure::new(format!("`{}` is damaged: {error}", result_path(&folder).display())))?;
            shown += 1;
            let metrics = match hetc_runtime::evaluate(
                &member.plan,
                &model_path(&folder),
                &data,
                experiment.config(),
                hardware,
                &mut Silent,
            ) {
                Ok(metrics) => metrics,
                Err(error) => {
                    terminal.note(&format!("{}, seed {seed}: {error}", member.title));
                    different += 1;
                    continue;
                }
            };
            let kept = &recorded.kept;
            let tested = kept.test_loss.is_some();
            let same = metrics.loss == kept.test_loss && metrics.accuracy == kept.test_accuracy;
            terminal.print(&format!(
                "{:<width$}  {seed:>4}{}  {:>10.5}  {}\n",
                member.title,
                metrics.accuracy.map_or(String::new(), |part| format!("  {:>11.2} %", 100.0 * part)),
                metrics.loss.unwrap_or(f64::NAN),
                match (tested, same) {
                    (false, _) => "-",
                    (true, true) => "yes",
                    (true, false) => "no",
                }
            ));
            different += usize::from(tested && !same);
            untested += usize::from(!tested);
        }
    }
    if shown == 0 {
        return Err(Failure::new(format!("no training in `{}` has come to its end", args.run.display()))
            .help(format!("go on with `hetc train --resume {}`", args.run.display())));
    }
    if untested > 0 {
        terminal.note(&format!(
            "{untested} of {shown} have nothing on record: their last stage was to pretrain a cell, which tests nothing"
        ));
    }
    if different > 0 {
        terminal.note(&format!(
            "{different} of {shown} are not what the run recorded: other weights or data, another machine, or another binary"
        ));
    }
    Ok(if different > 0 { Status::Findings } else { Status::Fine })
}

/// The width of a column of networks.
pub fn width<'m>(members: impl Iterator<Item = &'m Member>) -> usize {
    members.map(|member| member.title.chars().count()).max().unwrap_or(0).max("network".len())
}
