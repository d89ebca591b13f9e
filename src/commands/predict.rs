//! `hetc predict`: what a trained network says about arrays and image files.

use super::compile::write;
use super::train::hardware;
use crate::Status;
use crate::cli::{Predict, PredictFormat};
use crate::failure::Failure;
use crate::model::{self, Model};
use crate::terminal::Terminal;
use hetc_engine::op::Look;
use hetc_exchange::samples::{self, Samples};
use hetc_runtime::Loss;
use hetc_runtime::network::{Hardware, Network};
use serde_json::{Map, Value, json};

/// Samples that go through a network at once.
const BATCH: usize = 256;

pub fn run(args: Predict, terminal: &Terminal) -> Result<Status, Failure> {
    let hardware = hardware(&args.machine)?;
    let Some(models) = model::all(&args.trained, terminal)? else { return Ok(Status::Findings) };
    let first = &models[0]; // there is at least one
    let samples = samples(&args, first)?;
    let classes = first.about.loss.unwrap_or_default() == Loss::CrossEntropy && !args.numbers;
    let outputs = averaged(&models, &samples, classes, hardware);
    let seeds: Vec<String> = models.iter().map(|model| model.about.info.seed.to_string()).collect();
    terminal.note(&match seeds.len() {
        1 => format!("{}: seed {}", first.plan.net, seeds[0]),
        n => format!("{}: means over {n} seeds ({})", first.plan.net, seeds.join(", ")),
    });
    let rows: Vec<&[f64]> = outputs.chunks(first.plan.output.elements()).collect();
    let text = match args.format {
        PredictFormat::Text => text(&samples.names, &rows, classes),
        PredictFormat::Json => document(&samples.names, &rows, classes),
        PredictFormat::Csv => csv(&samples.names, &rows, classes),
    };
    write(args.output.as_deref(), &text, terminal)?;
    Ok(Status::Fine)
}

/// All samples, as the network is to see them.
fn samples(args: &Predict, model: &Model) -> Result<Samples, Failure> {
    let mut samples = Samples::default();
    for file in &args.inputs {
        samples = samples.join(samples::read(file, &model.plan.input).map_err(|error| Failure::new(error.to_string()))?);
    }
    let own = model.about.normalise.as_ref();
    let mean = if args.mean.is_empty() { own.map_or(Vec::new(), |own| own.mean.clone()) } else { args.mean.clone() };
    let std = if args.std.is_empty() { own.map_or(Vec::new(), |own| own.std.clone()) } else { args.std.clone() };
    if mean.len() != std.len() || !mean.is_empty() && !model.plan.input.elements().is_multiple_of(mean.len()) {
        return Err(Failure::new(format!(
            "{} means and {} standard deviations are not one of each a channel",
            mean.len(),
            std.len()
        )));
    }
    if !mean.is_empty() {
        samples.normalise(&mean, &std);
    }
    Ok(samples)
}

/// For every sample the means over the models: of the classes' probabilities, or of the outputs themselves.
fn averaged(models: &[Model], samples: &Samples, classes: bool, hardware: Hardware) -> Vec<f64> {
    let outputs = models[0].plan.output.elements();
    let mut sums = vec![0.0; samples.names.len() * outputs];
    for model in models {
        let (mut net, _) = Network::new(&model.plan, true, hardware);
        let size = BATCH * model.plan.input.elements();
        for (number, (batch, sums)) in samples.numbers.chunks(size).zip(sums.chunks_mut(BATCH * outputs)).enumerate() {
            let look = Look { seed: model.about.info.seed, batch: number as u64 };
            let logits = net.infer(&model.weights, batch, look);
            for (logits, sums) in logits.chunks(outputs).zip(sums.chunks_mut(outputs)) {
                let values = if classes { softmax(logits) } else { logits.iter().map(|logit| f64::from(*logit)).collect() };
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
        }
    }
    sums.iter_mut().for_each(|sum| *sum /= models.len() as f64);
    sums
}

fn softmax(logits: &[f32]) -> Vec<f64> {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |largest, logit| largest.max(*logit));
    let powers: Vec<f64> = logits.iter().map(|logit| f64::from(logit - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// The largest number's place (of equal ones the first) and the number.
fn best(row: &[f64]) -> (usize, f64) {
    row.iter()
        .copied()
        .enumerate()
        .fold((0, f64::NEG_INFINITY), |best, (at, value)| if value > best.1 { (at, value) } else { best })
}

fn text(names: &[String], rows: &[&[f64]], classes: bool) -> String {
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(name, row): (&String, &&[f64])| match (classes, best(row)) {
        (true, (class, probability)) => format!("{name:<width$}  class {class}  probability {probability:.4}\n"),
        (false, _) => {
            format!("{name:<width$}  {}\n", row.iter().map(|value| format!("{value:.6}")).collect::<Vec<_>>().join("  "))
        }
    };
    names.iter().zip(rows).map(line).collect()
}

fn csv(names: &[String], rows: &[&[f64]], classes: bool) -> String {
    let outputs = rows.first().map_or(0, |row| row.len());
    let what = if classes { "p" } else { "y" };
    let columns: Vec<String> = (0..outputs).map(|output| format!("{what}{output}")).collect();
    let mut text = format!("input,{}{}\n", if classes { "class," } else { "" }, columns.join(","));
    for (name, row) in names.iter().zip(rows) {
        let class = if classes { format!("{},", best(row).0) } else { String::new() };
        let numbers: Vec<String> = row.iter().map(|value| format!("{}", *value as f32)).collect();
        text += &format!("\"{}\",{class}{}\n", name.replace('"', "\"\""), numbers.join(","));
    }
    text
}

fn document(names: &[String], rows: &[&[f64]], classes: bool) -> String {
    let entry = |(name, row): (&String, &&[f64])| {
        let mut entry = Map::from_iter([("input".to_string(), json!(name))]);
        if classes {
            let (class, probability) = best(row);
            entry.extend([("class".to_string(), json!(class)), ("probability".to_string(), json!(probability))]);
        }
        entry.insert(if classes { "probabilities" } else { "outputs" }.to_string(), json!(row));
        Value::Object(entry)
    };
    format!("{:#}\n", Value::Array(names.iter().zip(rows).map(entry).collect()))
}
