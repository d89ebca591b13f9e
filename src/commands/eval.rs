//! `hetc eval`: the trained networks of a run, evaluated again.

use super::train::load;
use crate::Status;
use crate::cli::Eval;
use crate::failure::Failure;
use crate::terminal::Terminal;
use hetc_runtime::experiment::Experiment;
use hetc_runtime::observe::Silent;
use hetc_runtime::train::{RunResult, model_path, result_path};

pub fn run(args: Eval, terminal: &Terminal) -> Result<Status, Failure> {
    let experiment = Experiment::open(&args.run).map_err(|error| Failure::new(error.to_string()))?;
    let data = load(&experiment.run_file.set, args.data.as_deref())?;
    terminal.note(&experiment.data);
    let width = experiment.members.iter().map(|member| member.title.chars().count()).max().unwrap_or(0);
    terminal.print(&format!("{:<width$}  seed  test accuracy  test loss  as recorded\n", "network"));
    let (mut shown, mut different) = (0, 0);
    for seed in &experiment.run_file.seeds {
        for member in &experiment.members {
            let folder = experiment.training_folder(member, *seed);
            let Ok(recorded) = std::fs::read(result_path(&folder)) else { continue };
            let recorded: RunResult = serde_json::from_slice(&recorded)
                .map_err(|error| Failure::new(format!("`{}` is damaged: {error}", result_path(&folder).display())))?;
            let metrics = hetc_runtime::evaluate(&member.plan, &model_path(&folder), &data, experiment.config(), &mut Silent)
                .map_err(|error| Failure::new(error.to_string()))?;
            let same = metrics.loss == recorded.last.test_loss && metrics.accuracy == recorded.last.test_accuracy;
            let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
            terminal.print(&format!(
                "{:<width$}  {seed:>4}  {:>11.2} %  {:>9.4}  {}\n",
                member.title,
                100.0 * number(metrics.accuracy),
                number(metrics.loss),
                if same { "yes" } else { "no" }
            ));
            shown += 1;
            different += usize::from(!same);
        }
    }
    if shown == 0 {
        return Err(Failure::new(format!("no training in `{}` has come to its end", args.run.display()))
            .help("go on with `hetc train --resume`"));
    }
    if different > 0 {
        terminal.note(&format!(
            "{different} of {shown} differ from what the run recorded: another machine, another binary, or other data"
        ));
    }
    Ok(if different > 0 { Status::Findings } else { Status::Fine })
}
