//! Findings about networks whose answers are known.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "analyse/published.rs"]
mod published;

use hetc_analysis::attack::Norm;
use hetc_compiler::plan::Plan;
use hetc_data::{Dataset, Pixels, Split, Targets, Task};
use hetc_grammar::span::SourceId;
use hetc_runtime::analyse::attacks::{Attacks, Robustness};
use hetc_runtime::analyse::cells::{Scored, Work};
use hetc_runtime::analyse::corruptions::Corruptions;
use hetc_runtime::analyse::curvature::{Curvature, Products};
use hetc_runtime::analyse::functions::Functions;
use hetc_runtime::analyse::participation::Dimensions;
use hetc_runtime::analyse::{Listen, Measure, Record, Sample, Stop, Subject, analyse};
use hetc_runtime::params::{Table, Weights};
use hetc_runtime::stage::Stage;
use hetc_runtime::streams::Stream;
use hetc_runtime::{Loss, ModelInfo, TrainConfig, save_weights};
use std::path::Path;

const SAMPLES: usize = 60;

fn plan(text: &str) -> Plan {
    let compiled = hetc_compiler::compile(SourceId(1), text, &[]);
    let found: Vec<&str> = compiled.diagnostics.iter().map(|diagnostic| diagnostic.headline.as_str()).collect();
    compiled.nets[0].plan.clone().unwrap_or_else(|| panic!("{found:?}"))
}

fn numbers(count: usize, name: &str) -> Vec<f32> {
    let mut stream = Stream::new(5, name, &[]);
    (0..count).map(|_| stream.normal() as f32).collect()
}

fn data(sample: Vec<usize>, inputs: Pixels, targets: Targets, task: Task) -> Dataset {
    let split = Split { inputs, targets };
    Dataset {
        name: "made".into(),
        train: split.clone(),
        validation: Split::default(),
        test: split,
        task,
        sample,
        source: "made".into(),
    }
}

/// The largest of the values is the class.
fn classes(width: usize) -> Dataset {
    let inputs = numbers(SAMPLES * width, "inputs");
    let largest = |row: &[f32]| (0..width).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap() as u16;
    let targets = Targets::Classes(inputs.chunks(width).map(largest).collect());
    data(vec![width], Pixels::Floats(inputs), targets, Task::Classes(width))
}

fn weights(plan: &Plan, of: impl Fn(&str, usize) -> f32) -> Weights {
    let table = Table::of(plan);
    let mut params = vec![0.0; table.params_len()];
    for entry in &table.params {
        for (index, param) in params[entry.range.clone()].iter_mut().enumerate() {
            *param = of(&entry.name, index);
        }
    }
    Weights { params, state: vec![0.0; table.state_len()] }
}

struct Deaf(bool);

impl Listen for Deaf {
    fn goes_on(&mut self, _: usize, _: f64) -> bool {
        self.0
    }
}

fn find<M: Measure>(measure: &M, plan: &Plan, weights: &Weights, data: &Dataset, loss: Loss) -> Result<M::Finding, Stop> {
    let folder = tempfile::tempdir().unwrap();
    found(measure, plan, weights, data, loss, folder.path(), true).map(|mut records| records.remove(0).finding)
}

fn found<M: Measure>(
    measure: &M,
    plan: &Plan,
    weights: &Weights,
    data: &Dataset,
    loss: Loss,
    folder: &Path,
    goes_on: bool,
) -> Result<Vec<Record<M::Finding>>, Stop> {
    let config = TrainConfig::of(vec![Stage { loss, ..Stage::new(1, 10, hetc_runtime::Optimiser::adam(0.1)) }]);
    let file = folder.join("model.safetensors");
    let model = save_weights(&file, &Table::of(plan), weights, &ModelInfo::new(plan, 1, 1)).unwrap();
    let subject = Subject {
        network: "net".into(),
        folder: "net".into(),
        seed: 1,
        plan,
        config: &config,
        data: String::new(),
        weights: file,
        model,
    };
    let sample = Sample::new(plan, data, &config, SAMPLES).unwrap();
    let one = std::slice::from_ref(&subject);
    let analysis = analyse(measure, (one, one), &sample, folder, 2, &mut Deaf(goes_on))?;
    match analysis.without.into_iter().next() {
        Some(without) => Err(Stop::Without(without.why)),
        None => Ok(analysis.found),
    }
}

/// A file of weights called `name`, as training leaves it.
fn left<'a>(name: &str, plan: &'a Plan, config: &'a TrainConfig, folder: &Path) -> Subject<'a> {
    let file = folder.join(name);
    let own = weights(plan, |_, index| 0.1 * index as f32 - 0.2);
    let model = save_weights(&file, &Table::of(plan), &own, &ModelInfo::new(plan, 1, 1)).unwrap();
    let (network, folder, data) = (name.to_string(), name.to_string(), String::new());
    Subject { network, folder, seed: 1, plan, config, data, weights: file, model }
}

fn config() -> TrainConfig {
    TrainConfig::of(vec![Stage::new(1, 10, hetc_runtime::Optimiser::adam(0.1))])
}

#[test]
fn networks_without_a_thing_do_not_keep_others_from_it() {
    let nets = ["inner mlp[2]", "act tanh"].map(|cells| plan(&format!("net n {{\n input 4\n {cells}\n dense 4\n}}\n")));
    let (folder, config, data) = (tempfile::tempdir().unwrap(), config(), classes(4));
    let sample = Sample::new(&nets[0], &data, &config, SAMPLES).unwrap();
    for order in [[0, 1], [1, 0]] {
        let subjects = order.map(|net| left(["learned", "plain"][net], &nets[net], &config, folder.path()));
        let at = folder.path().join(format!("{order:?}"));
        let analysis = analyse(&Functions::default(), (&subjects, &subjects), &sample, &at, 1, &mut Deaf(true)).unwrap();
        let found: Vec<&str> = analysis.found.iter().map(|record| record.network.as_str()).collect();
        let [without] = &analysis.without[..] else { panic!("{:?}", analysis.without) };
        assert_eq!((&found[..], without.network.as_str()), (&["learned"][..], "plain"));
        assert!(without.why.contains("has learned a function") && at.join("functions.csv").is_file(), "{without:?}");
    }
}

#[test]
fn weights_that_training_did_not_leave_are_not_looked_into() {
    let plan = plan("net n {\n input 4\n act tanh\n dense 4\n}\n");
    let (folder, config, data) = (tempfile::tempdir().unwrap(), config(), classes(4));
    let sample = Sample::new(&plan, &data, &config, SAMPLES).unwrap();
    let subjects = ["whole", "changed", "cut", "gone"].map(|name| left(name, &plan, &config, folder.path()));
    let mut bytes = std::fs::read(&subjects[1].weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&subjects[1].weights, &bytes).unwrap();
    std::fs::write(&subjects[2].weights, &bytes[..bytes.len() / 2]).unwrap();
    std::fs::remove_file(&subjects[3].weights).unwrap();
    let at = folder.path().join("analysis");
    for _ in 0..2 {
        let analysis = analyse(&Dimensions, (&subjects, &subjects), &sample, &at, 1, &mut Deaf(true)).unwrap();
        assert_eq!(analysis.found.len(), 1);
        let broken: Vec<(&str, &str)> = analysis.broken.iter().map(|own| (own.network.as_str(), own.why.as_str())).collect();
        let names: Vec<&str> = broken.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["changed", "cut", "gone"]);
        assert!(broken[0].1.contains("is not what training left there") && broken[2].1.contains("cannot read"), "{broken:?}");
    }
}

#[test]
fn what_others_found_stays() {
    let plan = plan("net n {\n input 4\n act tanh\n dense 4\n}\n");
    let (folder, config, data) = (tempfile::tempdir().unwrap(), config(), classes(4));
    let [few, many] = [20, SAMPLES].map(|count| Sample::new(&plan, &data, &config, count).unwrap());
    let subjects: Vec<Subject> = (0..6).map(|number| left(&format!("n{number}"), &plan, &config, folder.path())).collect();
    let at = folder.path().join("analysis");
    let go = |subjects: &[Subject], all: &[Subject], sample: &Sample, goes_on: bool| {
        analyse(&Dimensions, (subjects, all), sample, &at, 1, &mut Deaf(goes_on)).unwrap().found.len()
    };
    // At the same time, by several.
    std::thread::scope(|scope| {
        for part in subjects.chunks(2) {
            scope.spawn(|| assert_eq!(go(part, &subjects, &many, true), 2));
        }
    });
    assert_eq!(go(&subjects, &subjects, &many, false), 6, "nothing is left to find");
    // With other samples.
    assert_eq!(go(&subjects[..1], &subjects, &few, true), 1);
    assert_eq!(go(&subjects, &subjects, &many, false), 6);
    let table = std::fs::read_to_string(at.join("participation.csv")).unwrap();
    let of = |settings: &str| table.lines().filter(|line| line.contains(settings)).count();
    assert_eq!((of(",60 test samples,"), of(",20 test samples,"), table.lines().count()), (12, 2, 15), "{table}"); // before and after
    // What another version found with the same settings is not counted beside this one's.
    let file = at.join("participation.json");
    let older = std::fs::read_to_string(&file).unwrap().replace(&format!("\"{}\"", env!("CARGO_PKG_VERSION")), "\"0.0.0\"");
    std::fs::write(&file, older).unwrap();
    assert_eq!(go(&subjects, &subjects, &many, true), 6);
    let table = std::fs::read_to_string(at.join("participation.csv")).unwrap();
    assert_eq!(table.lines().filter(|line| line.contains(",60 test samples,")).count(), 12, "{table}");
    // Networks that are no more are dropped.
    assert_eq!(go(&subjects[..1], &subjects[..1], &many, true), 1);
    let table = std::fs::read_to_string(at.join("participation.csv")).unwrap();
    assert_eq!(table.lines().count(), 5, "{table}");
}

#[test]
fn a_loss_is_the_worse_the_larger_it_is() {
    let plan = plan("cell same = x\nnet n {\n input 4\n act same|relu\n dense 2\n}\n");
    let own = weights(&plan, |name, _| f32::from(u8::from(name.ends_with("weight"))));
    let inputs = numbers(SAMPLES * 4, "inputs");
    // What the network answers: its loss is 0, and grows when a type stands still.
    let answer = |x: &[f32]| x[0] + x[1].max(0.0) + x[2] + x[3].max(0.0);
    let targets = Targets::Values { width: 2, values: inputs.chunks(4).flat_map(|x| [answer(x); 2]).collect() };
    let data = data(vec![4], Pixels::Floats(inputs), targets, Task::Values(2));
    let team = find(&Work, &plan, &own, &data, Loss::Mse).unwrap();
    assert_eq!(team.scored, Scored::Loss);
    assert!(team.score < 1e-12 && team.types.iter().all(|own| team.lost(own.without.unwrap()) > 0.1), "{team:?}");
    assert_eq!((team.lost(0.5) * 2.0, team.shown(0.5) * 2.0), (1.0 - 2.0 * team.score, 1.0));
}

/// As dense layers, `row` of `width` columns: 1 where row and column are the same.
fn diagonal(index: usize, width: usize) -> f32 {
    f32::from(u8::from(index / width == index % width))
}

#[test]
fn what_passes_unchanged_has_the_dimensions_of_the_data() {
    let plan = plan("cell same = x\nnet n {\n input 4\n dense 4\n act same\n dense 4\n}\n");
    let same = weights(&plan, |name, index| if name.ends_with("weight") { diagonal(index, 4) } else { 0.0 });
    let data = classes(4);
    let layers = find(&Dimensions, &plan, &same, &data, Loss::CrossEntropy).unwrap();
    let (before, after) = (layers[0].before.unwrap(), layers[0].after.unwrap());
    assert_eq!((layers.len(), before, after.units), (1, after, 4));
    // Four independent values of equal variance: nearly four.
    assert!(after.ratio > 3.5 && after.ratio <= 4.0 && (after.normalised() - after.ratio / 4.0).abs() < 1e-12, "{after:?}");
    // One direction: exactly one.
    let line = weights(&plan, |name, index| f32::from(u8::from(name.ends_with("weight") && index % 4 == 0)));
    let layers = find(&Dimensions, &plan, &line, &data, Loss::CrossEntropy).unwrap();
    assert!((layers[0].after.unwrap().ratio - 1.0).abs() < 1e-9);
    // Nothing at all.
    let none = weights(&plan, |_, _| 0.0);
    assert_eq!(find(&Dimensions, &plan, &none, &data, Loss::CrossEntropy).unwrap()[0].after, None);
}

#[test]
fn a_type_that_carries_everything_is_missed_and_one_that_is_not_read_is_not() {
    // Units 0, 1 are `same`, 2, 3 `relu`; the output reads the first two only.
    let plan = plan("cell same = x\nnet n {\n input 2\n dense 4\n act same|relu layout block\n dense 2\n}\n");
    let own = weights(&plan, |name, index| match name {
        "dense1.weight" => f32::from(u8::from(index % 2 == index / 2 % 2)) * if index >= 4 { -1.0 } else { 1.0 },
        "dense1.bias" => f32::from(u8::from(index == 3)) * -100.0,
        "dense2.weight" => f32::from(u8::from(index == 0 || index == 5)),
        _ => 0.0,
    });
    let team = find(&Work, &plan, &own, &classes(2), Loss::CrossEntropy).unwrap();
    assert_eq!(team.score, 1.0);
    let [same, relu] = &team.types[..] else { panic!("two types") };
    assert_eq!((same.cell.as_str(), same.units, same.dead, same.off, same.flat), ("same", 2, 0.0, 0.0, Some(0.0)));
    // The unit with the large bias never answers anything but 0; the other is off where its value is not positive.
    assert_eq!((relu.units, relu.dead), (2, 0.5));
    assert!(relu.off > 0.7 && relu.off < 0.8, "{relu:?}");
    assert!((relu.flat.unwrap() - relu.off).abs() < 0.02, "{relu:?}");
    assert!(same.without.unwrap() < 0.75 && relu.without == Some(1.0), "{team:?}");
    assert!(same.slope_after > 0.0 && same.slope_before == same.slope_after && relu.slope_after == 0.0);
    assert_eq!(team.overall.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["relu", "same"]);
    assert!(team.times.iter().all(|(_, time)| time.forward > 0.0 && time.backward > 0.0));
    assert!(team.types.iter().all(|own| own.alone.is_some_and(|time| time.forward > 0.0 && time.backward > 0.0)));
}

#[test]
fn the_hessian_of_a_linear_network_is_that_of_its_inputs() {
    // y = W x + b, mean square over two outputs: each output's block is E[(x, 1) (x, 1)ᵀ].
    let plan = plan("net n {\n input 3\n dense 2\n}\n");
    let inputs = numbers(SAMPLES * 3, "inputs");
    let squares: f64 = inputs.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / SAMPLES as f64;
    let targets = Targets::Values { width: 2, values: numbers(SAMPLES * 2, "targets") };
    let data = data(vec![3], Pixels::Floats(inputs), targets, Task::Values(2));
    let own = weights(&plan, |_, index| 0.1 * index as f32 - 0.2);
    let shape = find(&Curvature::default(), &plan, &own, &data, Loss::Mse).unwrap();
    let trace = 2.0 * (squares + 1.0);
    let nodes = &shape.spectra[0].at;
    assert_eq!((shape.exact, nodes.len(), shape.kinks.len(), shape.samples), (true, 8, 0, SAMPLES));
    assert!((nodes.iter().sum::<f64>() - trace).abs() < 1e-3 * trace, "{nodes:?} {trace}");
    // Two equal blocks: eigenvalues in pairs.
    assert!(nodes.chunks(2).all(|pair| (pair[0] - pair[1]).abs() < 1e-3), "{nodes:?}");
    assert!((shape.trace - trace).abs() < 1e-3 * trace && shape.trace_error.is_none(), "{shape:?}");
    assert_eq!(shape.share_near_zero(), Some(0.0));
    // The same by quadrature.
    let coarse = find(&Curvature { exact: 0, ..Curvature::default() }, &plan, &own, &data, Loss::Mse).unwrap();
    let (at, of) = (&coarse.spectra[0].at, &coarse.spectra[0].weights);
    let mean: f64 = at.iter().zip(of).map(|(node, weight)| node * weight).sum();
    assert!((coarse.trace - trace).abs() < 5.0 * coarse.trace_error.unwrap() + 1e-3 * trace && coarse.probes >= 30, "{coarse:?}");
    assert!(!coarse.exact && (mean - trace / 8.0).abs() < 0.35 * trace / 8.0, "{mean} {trace}");
    assert!((at[at.len() - 1] - nodes[nodes.len() - 1]).abs() < 1e-2, "{at:?} {nodes:?}");
}

#[test]
fn kinks_beside_the_weights_count_for_differences_alone() {
    // One unit, y = relu(w x), mean square: where w x > 0 the second derivative by w is 2 x², elsewhere nothing.
    let plan = plan("net n {\n input 1\n dense 1 bias=no\n act relu\n}\n");
    let inputs = numbers(SAMPLES, "inputs");
    let right: f64 = inputs.iter().filter(|x| **x > 0.0).map(|x| 2.0 * f64::from(*x).powi(2)).sum::<f64>() / SAMPLES as f64;
    let targets = Targets::Values { width: 1, values: numbers(SAMPLES, "targets") };
    let data = data(vec![1], Pixels::Floats(inputs), targets, Task::Values(1));
    let own = weights(&plan, |_, _| 0.5);
    let trace = |products| find(&Curvature { products, ..Curvature::default() }, &plan, &own, &data, Loss::Mse).unwrap();
    let shape = trace(None);
    assert_eq!((shape.products, shape.kinks.len()), (Products::Derivatives, 1));
    assert!((shape.trace - right).abs() < 1e-12 * right, "{} {right}", shape.trace);
    assert!((trace(Some(Products::Differences)).trace - right).abs() < 1e-3 * right); // no sample's w x changes its sign
    // With this bias the first sample lies 1e-5 beside the kink, and differences step over it.
    let bent = self::plan("net n {\n input 1\n dense 1\n act relu\n}\n");
    let first = f64::from(numbers(1, "inputs")[0]);
    let near = weights(&bent, |tensor, _| if tensor.ends_with("bias") { (-0.5 * first + 1e-5) as f32 } else { 0.5 });
    let trace = |products| find(&Curvature { products: Some(products), ..Curvature::default() }, &bent, &near, &data, Loss::Mse);
    let (exact, differences) = (trace(Products::Derivatives).unwrap().trace, trace(Products::Differences).unwrap().trace);
    assert!((differences - exact).abs() > 0.1, "{differences} {exact}");
}

#[test]
fn noise_in_evaluation_has_no_derivatives() {
    let plan = plan("net n {\n input 4\n noise uniform 0.1 always=yes\n dense 4\n}\n");
    let own = weights(&plan, |_, index| 0.1 * index as f32 - 0.2);
    let shape = find(&Curvature::default(), &plan, &own, &classes(4), Loss::CrossEntropy).unwrap();
    assert_eq!(shape.products, Products::Differences);
    let asked = Curvature { products: Some(Products::Derivatives), ..Curvature::default() };
    let Err(Stop::Without(why)) = find(&asked, &plan, &own, &classes(4), Loss::CrossEntropy) else { panic!("refused") };
    assert!(why.contains("noise1"), "{why}");
}

#[test]
fn a_learned_function_is_found_where_it_is_used() {
    // Of two ReLU units g(x, y) = relu(x - y) + relu(y - x) = |x - y|; it sees values 0, 1 of each sample and then 2, 3.
    let plan = plan("net n {\n input 4\n inner mlp[2] args=2\n dense 2\n}\n");
    let name = plan.cells[0].name.clone();
    let own = weights(&plan, |tensor, index| match tensor.rsplit('.').next().unwrap() {
        "weight1" => [1.0, -1.0, -1.0, 1.0][index],
        "weight2" => 1.0,
        _ => 0.0,
    });
    let inputs = numbers(SAMPLES * 4, "inputs");
    let targets = Targets::Classes((0..SAMPLES).map(|sample| (sample % 2) as u16).collect());
    let data = data(vec![4], Pixels::Floats(inputs.clone()), targets, Task::Classes(2));
    let measure = Functions { reach: (-2.0, 2.0), points: 41, ..Functions::default() };
    let functions = find(&measure, &plan, &own, &data, Loss::CrossEntropy).unwrap();
    let [function] = &functions[..] else { panic!("one function") };
    assert_eq!((function.cell.as_str(), function.inputs, function.asked), (name.as_str(), 2, 2 * SAMPLES as u64));
    let edge = 2.05;
    let beyond = inputs.chunks(2).filter(|pair| pair.iter().any(|x| x.abs() > edge)).count();
    assert_eq!(function.beyond, beyond as f64 / (2 * SAMPLES) as f64);
    for (cell, value) in function.values.iter().enumerate() {
        let place = |index: usize| -2.0 + 0.1 * index as f32;
        assert!((value - (place(cell / 41) - place(cell % 41)).abs()).abs() < 1e-5);
    }
    let fit = function.fit.as_ref().unwrap();
    // A valley along x = y: one curvature up, none along it.
    assert!(fit.axes[1] > 0.1 && fit.axes[0].abs() < 0.1 && fit.coefficients[2] < 0.0 && fit.r2 > 0.7, "{fit:?}");
    assert!((function.density.iter().sum::<f32>() - 1.0).abs() < 1e-3);
    assert_eq!((function.power.len(), function.power_drawn.len()), (8, 8));
}

/// Two classes of images of one grey each: 100 and 155.
fn greys() -> Dataset {
    let classes: Vec<u16> = (0..SAMPLES).map(|sample| (sample % 2) as u16).collect();
    let bytes = classes.iter().flat_map(|class| std::iter::repeat_n(100 + 55 * *class as u8, 3 * 64)).collect();
    data(vec![3, 8, 8], Pixels::Bytes(bytes), Targets::Classes(classes), Task::Classes(2))
}

/// Logits 0 and the mean of all pixels above 1/2, times 20.
fn judge_of_greys() -> (Plan, Weights) {
    let plan = plan("net n {\n input 3x8x8\n dense 2\n}\n");
    let own = weights(&plan, |name, index| match name {
        "dense1.weight" if index >= 192 => 20.0 / 192.0,
        "dense1.bias" if index == 1 => -10.0,
        _ => 0.0,
    });
    (plan, own)
}

#[test]
fn attacks_succeed_beyond_the_margin_and_not_within_it() {
    let (plan, own) = judge_of_greys();
    let data = greys();
    // The nearest image of the other class is 27.5 steps of a byte away, in every pixel: in l2 √192 times as far.
    for (attacks, norm, margin) in [
        (Attacks::Pgd, Norm::Linf, 27.5 / 255.0),
        (Attacks::Pair, Norm::L2, 27.5 / 255.0 * 192f32.sqrt()),
        (Attacks::Fab, Norm::L2, 27.5 / 255.0 * 192f32.sqrt()),
        (Attacks::Square, Norm::Linf, 27.5 / 255.0),
    ] {
        for (radius, expected) in [(0.9 * margin, 1.0), (1.1 * margin, 0.0)] {
            let measure = Robustness { attacks, norm, radius, samples: 8 };
            let robust = match find(&measure, &plan, &own, &data, Loss::CrossEntropy) {
                // The ratio of logits needs more than two classes.
                Err(Stop::Without(why)) => {
                    assert!(attacks == Attacks::Pair && why.contains("class"), "{why}");
                    continue;
                }
                other => other.unwrap(),
            };
            assert_eq!((robust.clean, robust.robust(), robust.samples), (1.0, expected, 8), "{attacks:?} {radius}");
        }
    }
}

#[test]
fn corruptions_that_keep_the_mean_do_no_harm() {
    let (plan, own) = judge_of_greys();
    let endured = find(&Corruptions::new(None), &plan, &own, &greys(), Loss::CrossEntropy).unwrap();
    assert_eq!((endured.clean, endured.corrupted.len(), endured.samples), (0.0, 15, SAMPLES));
    assert!(endured.corrupted.iter().all(|severities| severities.len() == 5));
    let error = |name: &str| {
        let kind = hetc_analysis::corruption::Kind::named(name).unwrap();
        endured.corrupted[kind as usize].clone()
    };
    assert_eq!(error("defocus_blur"), [0.0; 5]);
    assert_eq!(error("pixelate"), [0.0; 5]);
    // More light: dark images become bright ones.
    assert!(error("brightness")[4] > 0.3, "{:?}", error("brightness"));
}

#[test]
fn what_is_not_there_is_said() {
    let plan = plan("net n {\n input 4\n dense 4\n}\n");
    let none = weights(&plan, |_, _| 0.0);
    let said = |stop: Option<Stop>| stop.map(|stop| stop.to_string()).unwrap();
    let data = classes(4);
    let ask = Loss::CrossEntropy;
    assert_eq!(said(find(&Dimensions, &plan, &none, &data, ask).err()), "the network has no cells");
    assert_eq!(said(find(&Work, &plan, &none, &data, ask).err()), "the network has no cells");
    assert!(said(find(&Functions::default(), &plan, &none, &data, ask).err()).starts_with("no cell of the network has learned"));
    let measure = Robustness { attacks: Attacks::Pgd, norm: Norm::Linf, radius: 0.1, samples: 5 };
    assert_eq!(said(find(&measure, &plan, &none, &data, ask).err()), "attacks in pixel units need images");
    assert!(said(find(&Corruptions::default(), &plan, &none, &data, ask).err()).starts_with("corruptions need images"));
    // Files that the user named are another matter.
    let (judge, own) = judge_of_greys();
    let nowhere = find(&Corruptions::new(Some("nowhere".into())), &judge, &own, &greys(), ask);
    assert!(matches!(nowhere, Err(Stop::Error(_))), "{:?}", nowhere.map(|_| ()));
}

#[test]
fn findings_are_kept_until_something_changes() {
    let plan = plan("cell same = x\nnet n {\n input 4\n dense 4\n act same\n dense 4\n}\n");
    let own = weights(&plan, |name, index| if name.ends_with("weight") { diagonal(index, 4) } else { 0.0 });
    let (data, folder) = (classes(4), tempfile::tempdir().unwrap());
    let go =
        |weights: &Weights, goes_on: bool| found(&Dimensions, &plan, weights, &data, Loss::CrossEntropy, folder.path(), goes_on);
    assert!(matches!(go(&own, false), Err(Stop::Asked)));
    let first = go(&own, true).unwrap();
    let csv = std::fs::read_to_string(folder.path().join("participation.csv")).unwrap();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    // Nothing is left to do, so nobody is asked whether to go on.
    assert_eq!(go(&own, false).unwrap(), first);
    let other = weights(&plan, |name, index| f32::from(u8::from(name.ends_with("weight") && index % 4 == 0)));
    assert!(matches!(go(&other, false), Err(Stop::Asked)));
    assert_ne!(go(&other, true).unwrap(), first);
    // A damaged file is no finding.
    std::fs::write(folder.path().join("participation.json"), "{").unwrap();
    assert!(matches!(go(&other, false), Err(Stop::Asked)));
    assert_eq!(go(&other, true).unwrap().len(), 1);
}
