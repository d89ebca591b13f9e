//! `hetc eval --replace`: the trained networks of a run with a polynomial in the place of a learned function.

use super::eval::width;
use super::export::{fitted, points_on};
use crate::Status;
use crate::failure::Failure;
use crate::terminal::Terminal;
use hetc_compiler::diag::words;
use hetc_compiler::plan::Plan;
use hetc_data::Dataset;
use hetc_exchange::cells::{Learned, replace};
use hetc_runtime::experiment::Experiment;
use hetc_runtime::network::Hardware;
use hetc_runtime::observe::Silent;
use hetc_runtime::params::Weights;
use hetc_runtime::train::model_path;
use hetc_runtime::{Metrics, evaluate_weights, load_weights};
use std::collections::BTreeSet;

/// For every training that has come to its end: the test split before and after, and how near the polynomial is. It is fitted to each
/// training's own function.
pub fn run(
    (name, degree, over): (&str, u32, (f64, f64)),
    experiment: &Experiment,
    data: &Dataset,
    hardware: Hardware,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let failure = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
    let evaluated = |plan: &Plan, weights: &Weights, seed: u64| -> Result<Metrics, Failure> {
        evaluate_weights(plan, (weights, seed), data, experiment.config(), hardware, &mut Silent).map_err(|error| failure(&error))
    };
    let with = experiment.members.iter().filter(|member| member.plan.functions.iter().any(|function| function.name == name));
    let members: Vec<_> = with.collect();
    let width = width(members.iter().copied());
    let mut shown = 0;
    for seed in &experiment.run_file.seeds {
        for member in &members {
            let file = model_path(&experiment.training_folder(member, *seed));
            if !file.is_file() {
                continue;
            }
            let (weights, _) = load_weights(&member.plan, &file).map_err(|error| failure(&error))?;
            let learned = Learned::of(&member.plan, &weights, name).map_err(|error| failure(&error))?;
            let polynomial = fitted(&learned, degree, &points_on(over, learned.inputs))?;
            let Some(after) = replace(&member.plan, &weights, name, &polynomial.formula()) else { continue };
            after.plan.verify().map_err(|error| Failure::new(format!("`{name}` cannot be replaced: {error}")))?;
            let (before, after) = (evaluated(&member.plan, &weights, *seed)?, evaluated(&after.plan, &after.weights, *seed)?);
            if shown == 0 {
                terminal.print(&format!(
                    "{:<width$}  seed      before       after  mean squared error  cosine distance\n",
                    "network"
                ));
            }
            let distance = polynomial.cosine_distance.map_or("-".to_string(), |distance| format!("{distance:.3e}"));
            terminal.print(&format!(
                "{:<width$}  {seed:>4}  {:>10}  {:>10}  {:>18.3e}  {distance:>15}\n",
                member.title,
                figure(before),
                figure(after),
                polynomial.mean_squared_error,
            ));
            shown += 1;
        }
    }
    let functions = experiment.members.iter().flat_map(|member| &member.plan.functions);
    let known: BTreeSet<&str> = functions.map(|function| function.name.as_str()).collect();
    match (shown, members.is_empty()) {
        (0, true) if known.is_empty() => Err(Failure::new("the networks of this run have no learned functions")),
        (0, true) => Err(Failure::new(format!("no network of this run has a learned function `{name}`"))
            .help(format!("there is {}", words::code_list(known, "and")))),
        (0, false) => Err(Failure::new("no training of the run has come to its end")),
        _ => {
            terminal.note(&format!(
                "test {}, before: as trained; after: with the polynomial of degree {degree} that is nearest on {}..{}",
                if data.task.classes().is_some() { "accuracy" } else { "loss" },
                over.0,
                over.1
            ));
            Ok(Status::Fine)
        }
    }
}

/// The accuracy, or the loss where there is none.
fn figure(metrics: Metrics) -> String {
    match metrics.accuracy {
        Some(part) => format!("{:.2} %", 100.0 * part),
        None => metrics.loss.map_or("no number".to_string(), |loss| format!("{loss:.5}")),
    }
}
