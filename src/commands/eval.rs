//! `hetc eval`: the trained networks of a run, evaluated again.

use super::replaced;
use super::train::{hardware, load, open_run};
use crate::Status;
use crate::cli::Eval;
use crate::failure::Failure;
use crate::terminal::Terminal;
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
    let width = experiment.members.iter().map(|member| member.title.chars().count()).max().unwrap_or(0);
    terminal.print(&format!("{:<width$}  seed  test accuracy  test loss  as recorded\n", "network"));
    let (mut shown, mut different) = (0, 0);
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
            let same = metrics.loss == recorded.kept.test_loss && metrics.accuracy == recorded.kept.test_accuracy;
            let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
            terminal.print(&format!(
                "{:<width$}  {seed:>4}  {:>11.2} %  {:>9.4}  {}\n",
                member.title,
                100.0 * number(metrics.accuracy),
                number(metrics.loss),
                if same { "yes" } else { "no" }
            ));
            different += usize::from(!same);
        }
    }
    if shown == 0 {
        return Err(Failure::new(format!("no training in `{}` has come to its end", args.run.display()))
            .help(format!("go on with `hetc train --resume {}`", args.run.display())));
    }
    if different > 0 {
        terminal.note(&format!(
            "{different} of {shown} are not what the run recorded: other weights or data, another machine, or another binary"
        ));
    }
    Ok(if different > 0 { Status::Findings } else { Status::Fine })
}
