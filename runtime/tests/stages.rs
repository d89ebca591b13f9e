//! Stages: what moves and what does not, what is kept, how they follow each other; and all of it the same after any interruption.

mod common;

use common::{Stack, call, formula, images, of, relu, tanh};
use hetc_compiler::formula::Unary;
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Cell, Plan, Step};
use hetc_compiler::shape::Shape;
use hetc_data::{Dataset, Pixels, Split, Targets, Task};
use hetc_runtime::network::Hardware;
use hetc_runtime::optim::Clip;
use hetc_runtime::params::{Table, Weights};
use hetc_runtime::schedule::{Schedule, Shape as Curve};
use hetc_runtime::select::Selector;
use hetc_runtime::snapshots::{Snapshot, Snapshots};
use hetc_runtime::stage::{Alternate, Keep, Kind, OwnOptimiser, Stage, Stop, StopRule};
use hetc_runtime::target::{Target, Values};
use hetc_runtime::train::{functions_path, metrics_path, model_path};
use hetc_runtime::{
    EpochMetrics, Init, Job, Observer, Optimiser, Outcome, RunResult, Silent, TrainConfig, TrainError, init, load_weights, train,
};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// `sin(x) + 0.2 g(x)`
fn learned(name: &str, function: usize) -> Cell {
    let sum = of(2, |b, x| {
        let (sine, scaled) = (b.unary(Unary::Sin, x[0]), b.scale(0.2, x[1]));
        b.add(sine, scaled)
    });
    let steps = vec![Step::Call { function, of: vec![common::input(1, 0)] }];
    Cell { name: name.to_string(), inputs: 1, trained: Vec::new(), steps, formula: sum }
}

/// Half of the hidden units are of one learned type, half of another.
fn plan() -> Plan {
    let stack = Stack::new(Shape::map(2, 8, 8)).function("g1", 1, &[6], tanh().1).function("g2", 1, &[6], tanh().1);
    stack.flatten().dense(10).cells(1, None, Layout::Block, &[learned("t1", 0), learned("t2", 1)]).dense(3).plan("Learned")
}

fn data() -> Dataset {
    let mut data = images(3, [2, 8, 8], 100, 40);
    let Pixels::Bytes(pixels) = &mut data.train.inputs else { panic!("bytes") };
    let Targets::Classes(classes) = &mut data.train.targets else { panic!("classes") };
    let (inputs, targets) = (Pixels::Bytes(pixels.split_off(80 * 128)), Targets::Classes(classes.split_off(80)));
    data.validation = Split { inputs, targets };
    data
}

fn select(names: &[&str]) -> Vec<Selector> {
    names.iter().map(|name| Selector(name.to_string())).collect()
}

fn named(name: &str, epochs: u64) -> Stage {
    Stage { name: name.to_string(), ..Stage::new(epochs, 16, Optimiser::adam(0.01)) }
}

fn config(stages: Vec<Stage>) -> TrainConfig {
    TrainConfig { checkpoint_every: Duration::ZERO, ..TrainConfig::of(stages) }
}

/// Stops after so many steps.
struct Steps(u64);

impl Observer for Steps {
    fn progress(&mut self, _step: u64, _steps: u64, _loss: f64) {
        self.0 = self.0.saturating_sub(1);
    }

    fn stop_requested(&self) -> bool {
        self.0 == 0
    }
}

fn run(plan: &Plan, config: &TrainConfig, folder: &Path, observer: &mut dyn Observer) -> Result<Outcome, TrainError> {
    train(&Job { plan, data: &data(), config, seed: 3, folder, hardware: Hardware { threads: 2, ..Hardware::cpu() } }, observer)
}

struct Finished {
    result: RunResult,
    weights: Weights,
    lines: Vec<EpochMetrics>,
    functions: Vec<Snapshot>,
    folder: tempfile::TempDir,
}

fn finish(plan: &Plan, config: &TrainConfig) -> Finished {
    let folder = tempfile::tempdir().unwrap();
    let Outcome::Finished(result) = run(plan, config, folder.path(), &mut Silent).expect("it trains") else { panic!("finished") };
    let (weights, _) = load_weights(plan, &model_path(folder.path())).unwrap();
    Finished {
        result,
        weights,
        lines: lines(&metrics_path(folder.path())),
        functions: lines(&functions_path(folder.path())),
        folder,
    }
}

fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn start(plan: &Plan) -> Weights {
    init::init(plan, &Table::of(plan), Init::Torch, 3)
}

/// Names of the tensors that are not the same.
fn moved(plan: &Plan, a: &Weights, b: &Weights) -> Vec<String> {
    let table = Table::of(plan);
    let differ = table.params.iter().filter(|entry| a.params[entry.range.clone()] != b.params[entry.range.clone()]);
    differ.map(|entry| entry.name.clone()).collect()
}

#[test]
fn what_is_frozen_stays_and_groups_move_by_their_own_rule() {
    let plan = plan();
    let frozen = |freeze: &[&str]| {
        let stage = Stage { freeze: select(freeze), ..named("only", 1) };
        moved(&plan, &start(&plan), &finish(&plan, &config(vec![stage])).weights)
    };
    let (weights, cells) = (
        ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"],
        ["g1.weight1", "g1.bias1", "g1.weight2", "g1.bias2", "g2.weight1", "g2.bias1", "g2.weight2", "g2.bias2"],
    );
    assert_eq!(frozen(&[]), [&weights[..], &cells].concat());
    assert_eq!(frozen(&["cells"]), weights);
    assert_eq!(frozen(&["weights"]), cells);
    assert_eq!(frozen(&["dense1", "g*", "*.bias"]), ["dense2.weight"]);
    // A group with a learning rate of 0 is as good as frozen.
    let still = OwnOptimiser { of: select(&["g1", "dense2.bias"]), optimiser: Optimiser::sgd(0.0), clip: None };
    let stage = Stage { groups: vec![still], ..named("only", 1) };
    let moved = moved(&plan, &start(&plan), &finish(&plan, &config(vec![stage])).weights);
    assert_eq!(moved, ["dense1.weight", "dense1.bias", "dense2.weight", "g2.weight1", "g2.bias1", "g2.weight2", "g2.bias2"]);
}

#[test]
fn clipping_bounds_a_step() {
    let plan = plan();
    let after = |clip: Clip| {
        let stage = Stage { clip, batch: 80, ..Stage::new(1, 80, Optimiser::sgd(1.0)) };
        let after = finish(&plan, &config(vec![stage])).weights;
        let start = start(&plan);
        after.params.iter().zip(&start.params).map(|(a, b)| f64::from(a - b)).collect::<Vec<f64>>()
    };
    let (free, length) = (after(Clip::default()), |step: &[f64]| step.iter().map(|x| x * x).sum::<f64>().sqrt());
    let by_value = after(Clip { value: Some(1e-3), norm: None });
    for (free, clipped) in free.iter().zip(&by_value) {
        assert!((free.clamp(-1e-3, 1e-3) - clipped).abs() < 1e-6, "{free} {clipped}");
    }
    let by_norm = after(Clip { value: None, norm: Some(0.01) });
    assert!((length(&by_norm) - 0.01).abs() < 1e-5 && length(&free) > 0.02, "{} {}", length(&by_norm), length(&free));
}

#[test]
fn fresh_weights_are_other_weights_and_cells_stay() {
    let plan = plan();
    let first = named("joint", 2);
    let anew = Stage { freeze: select(&["cells", "weights"]), fresh: select(&["weights"]), ..named("anew", 1) };
    let joint = finish(&plan, &config(vec![first.clone()])).weights;
    let both = finish(&plan, &config(vec![first, anew]));
    let weights = ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"];
    assert_eq!(moved(&plan, &joint, &both.weights), weights);
    assert_eq!(moved(&plan, &start(&plan), &both.weights)[..4], weights, "not the first draw again");
    let stages: Vec<_> = both.lines.iter().map(|line| (line.epoch, line.stage.as_deref().unwrap_or("?"))).collect();
    assert_eq!(stages, [(1, "joint"), (2, "joint"), (3, "anew")]);
}

#[test]
fn the_best_weights_by_the_validation_split_are_kept() {
    let plan = plan();
    // A rate so large that it gets worse again.
    let wild = |keep| Stage { keep, ..Stage::new(12, 16, Optimiser::adam(0.3)) };
    let best = finish(&plan, &config(vec![wild(Keep::Best)]));
    let lowest = best.lines.iter().map(|line| line.validation_loss.unwrap()).fold(f64::INFINITY, f64::min);
    assert_eq!(best.result.kept.validation_loss, Some(lowest));
    assert!(best.result.kept.epoch < best.result.last.epoch, "the last epoch is not the best: {:?}", best.lines);
    let shorter = Stage { epochs: best.result.kept.epoch, ..wild(Keep::Last) };
    assert_eq!(finish(&plan, &config(vec![shorter])).weights, best.weights);
}

#[test]
fn a_stage_stops_by_its_rule_and_the_next_begins() {
    let plan = plan();
    let stop = Some(Stop { patience: 2, rule: StopRule::NoBetter });
    let wild = Stage { stop, ..Stage { name: "wild".to_string(), ..Stage::new(40, 16, Optimiser::adam(0.3)) } };
    let both = finish(&plan, &config(vec![wild, named("calm", 2)]));
    let count = both.lines.iter().filter(|line| line.stage.as_deref() == Some("wild")).count();
    assert!((3..40).contains(&count), "{count}");
    let losses: Vec<f64> = both.lines[..count].iter().map(|line| line.validation_loss.unwrap()).collect();
    let lowest = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(losses.iter().position(|loss| *loss == lowest), Some(count - 3));
    assert_eq!(both.result.last.epoch, count as u64 + 2);
    let mut without = data();
    without.validation = Split::default();
    let config = config(vec![Stage { keep: Keep::Best, ..named("only", 1) }]);
    let folder = tempfile::tempdir().unwrap();
    let job = Job { plan: &plan, data: &without, config: &config, seed: 3, folder: folder.path(), hardware: Hardware::cpu() };
    let error = train(&job, &mut Silent).expect_err("there is nothing to keep by");
    assert!(error.to_string().contains("the validation split"), "{error}");
}

#[test]
fn a_cell_learns_what_it_is_taught_and_nothing_else_moves() {
    let plan = Stack::new(Shape::vector(4)).function("g", 2, &[24], tanh().1).dense(4);
    let plan = plan.cells(2, None, Layout::default(), &[call("g", 0, 2)]).dense(3).plan("Inner");
    let values = Values::Formula("x1, x2 -> 0.5*x1*x2".parse().unwrap());
    let target = Target { low: -1.0, high: 1.0, points: 15, values };
    let lesson = Stage {
        kind: Kind::Pretrain { cell: "g".to_string(), target },
        keep: Keep::Best,
        ..Stage { name: "lesson".to_string(), ..Stage::new(150, 25, Optimiser::adam(0.02)) }
    };
    let inputs: Vec<f32> = (0..400).map(|i| (i % 17) as f32 - 8.0).collect();
    let split = |samples: usize| Split {
        inputs: Pixels::Floats(inputs[..4 * samples].to_vec()),
        targets: Targets::Classes((0..samples).map(|i| (i % 3) as u16).collect()),
    };
    let data = Dataset {
        name: "made".into(),
        train: split(60),
        validation: Split::default(),
        test: split(20),
        task: Task::Classes(3),
        sample: vec![4],
        source: "made up".into(),
    };
    let snapshots = Snapshots { every: 150, low: -1.0, high: 1.0, points: 3 };
    let config = TrainConfig { snapshots: Some(snapshots), ..config(vec![lesson]) };
    let folder = tempfile::tempdir().unwrap();
    let job = Job { plan: &plan, data: &data, config: &config, seed: 3, folder: folder.path(), hardware: Hardware::cpu() };
    let Outcome::Finished(result) = train(&job, &mut Silent).unwrap() else { panic!("finished") };
    assert!(result.kept.train_loss.unwrap() < 1e-3 && result.kept.test_loss.is_none(), "{:?}", result.kept);
    let (weights, _) = load_weights(&plan, &model_path(folder.path())).unwrap();
    assert_eq!(moved(&plan, &start(&plan), &weights), ["g.weight1", "g.bias1", "g.weight2", "g.bias2"]);
    let functions: Vec<Snapshot> = lines(&functions_path(folder.path()));
    assert_eq!(
        functions.iter().map(|snapshot| (snapshot.epoch, snapshot.cell.as_str())).collect::<Vec<_>>(),
        [(0, "g"), (150, "g")]
    );
    for (value, expected) in functions[1].values.iter().zip([0.5, 0.0, -0.5, 0.0, 0.0, 0.0, -0.5, 0.0, 0.5]) {
        assert!((value - expected).abs() < 0.12, "{:?}", functions[1]);
    }
}

fn meta() -> Stage {
    let outer = Optimiser::Sgd { lr: 0.4, momentum: 0.8, dampening: 0.0, nesterov: false, weight_decay: 0.0 };
    let alternate = Alternate { inner: 2, outer: select(&["cells"]), optimiser: outer, clip: Some(0.1), samples: 48 };
    let inner = Optimiser::RmsProp { lr: 0.01, decay: 0.8, epsilon: 1e-8, momentum: 0.0, weight_decay: 0.0, start: 1.0 };
    Stage { name: "meta".to_string(), kind: Kind::Alternate(alternate), fresh: select(&["weights"]), ..Stage::new(3, 16, inner) }
}

/// The first outer step of Choudhary et al., put together by hand from stages: fresh weights, two epochs, one step of the cells.
#[test]
fn an_outer_step_follows_the_inner_epochs() {
    let plan = plan();
    let whole = finish(&plan, &config(vec![Stage { epochs: 1, ..meta() }]));
    let still = Stage { kind: Kind::Alternate(Alternate { optimiser: Optimiser::sgd(0.0), ..alternate() }), epochs: 1, ..meta() };
    let before = finish(&plan, &config(vec![still]));
    let cells = moved(&plan, &before.weights, &whole.weights);
    assert!(cells.len() == 8 && cells.iter().all(|name| name.starts_with('g')), "{cells:?}");
    // The first step of momentum is the clipped derivative times the rate.
    let largest = before.weights.params.iter().zip(&whole.weights.params).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest <= 0.4 * 0.1 + 1e-6 && largest > 1e-5, "{largest}");
    let three = finish(&plan, &config(vec![meta()]));
    assert_eq!((three.lines.len(), three.lines[2].step), (3, 3 * (2 * 5 + 1)));
    assert_ne!(moved(&plan, &whole.weights, &three.weights), Vec::<String>::new());
}

fn alternate() -> Alternate {
    match meta().kind {
        Kind::Alternate(alternate) => alternate,
        _ => unreachable!("as above"),
    }
}

#[test]
fn stages_stopped_after_every_step_end_with_the_same_bits() {
    let plan = plan();
    let target = Target { low: -2.0, high: 2.0, points: 40, values: Values::Formula(formula(|b, x| b.unary(Unary::Tanh, x))) };
    let lesson = Stage { kind: Kind::Pretrain { cell: "t2".to_string(), target }, keep: Keep::Best, ..named("lesson", 2) };
    let cosine = Schedule { shape: Curve::Cosine { end: 0.1 }, warmup: 0.5 };
    let joint = Stage { keep: Keep::Best, schedule: cosine, clip: Clip { value: None, norm: Some(0.5) }, ..named("joint", 3) };
    let anew = Stage { fresh: select(&["weights"]), freeze: select(&["cells"]), ..named("anew", 2) };
    let snapshots = Some(Snapshots { every: 2, low: -3.0, high: 3.0, points: 5 });
    let config = TrainConfig { snapshots, ..config(vec![lesson, Stage { epochs: 2, ..meta() }, joint, anew]) };
    let straight = finish(&plan, &config);
    assert_eq!(straight.functions.len(), 2 * 5, "two cells, before the first epoch and after 2, 4, 6 and 8");
    let rates: Vec<f64> = straight.lines[4..7].iter().map(|line| line.lr).collect();
    assert!(rates[0] > rates[1] && rates[1] > rates[2], "{rates:?}");
    let folder = tempfile::tempdir().unwrap();
    let mut stops = 0;
    let result = loop {
        match run(&plan, &config, folder.path(), &mut Steps(1)).expect("it goes on") {
            Outcome::Interrupted { .. } => stops += 1,
            Outcome::Finished(result) => break result,
        }
    };
    assert_eq!(stops, 2 * 3 + 2 * 11 + 5 * 5 - 1);
    assert_eq!(fs::read(model_path(folder.path())).unwrap(), fs::read(model_path(straight.folder.path())).unwrap());
    let timeless =
        |lines: Vec<EpochMetrics>| lines.into_iter().map(|line| EpochMetrics { seconds: 0.0, ..line }).collect::<Vec<_>>();
    assert_eq!(timeless(lines(&metrics_path(folder.path()))), timeless(straight.lines));
    assert_eq!(lines::<Snapshot>(&functions_path(folder.path())), straight.functions);
    assert_eq!(result.kept.epoch, straight.result.kept.epoch);
}

#[test]
fn stages_that_cannot_be_are_refused() {
    let plan = Stack::new(Shape::map(2, 8, 8)).flatten().act(Layout::default(), &[relu()]).dense(3).plan("Plain");
    let refusal = |stage: Stage| {
        let folder = tempfile::tempdir().unwrap();
        run(&plan, &config(vec![stage]), folder.path(), &mut Silent).expect_err("it cannot be").to_string()
    };
    let target = Target::new(Values::Formula(relu().1));
    let kind = Kind::Pretrain { cell: "relu".to_string(), target };
    let strange = Stage { freeze: select(&["conv1", "dense*"]), fresh: select(&["cells"]), kind, ..named("only", 1) };
    let strangers = [("freeze", "conv1"), ("fresh", "cells"), ("pretrain", "relu")];
    assert_eq!(strange.strangers(&plan), strangers.map(|(key, name)| (key, name.to_string())));
    assert!(refusal(Stage { find: true, ..named("only", 1) }).starts_with("`lr` is `find`"));
}
