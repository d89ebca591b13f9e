//! Whole runs: the same bits twice, stopped, killed and resumed runs, damaged files, divergence.

mod common;

use common::{Stack, call, every_layer, every_placement, glu, images, lookup, maxrelu, nelu, prelu, relu, softmax, tanh};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Cell, NoiseKind, Op, Per, Placement, Plan};
use hetc_compiler::shape::Shape;
use hetc_data::{Dataset, Numbers, Step};
use hetc_engine::op::Look;
use hetc_runtime::digest::plan_hash;
use hetc_runtime::experiment::members;
use hetc_runtime::network::{Hardware, Network};
use hetc_runtime::params::Table;
use hetc_runtime::params::Weights;
use hetc_runtime::stage::Stage;
use hetc_runtime::train::{metrics_path, model_path, result_path};
use hetc_runtime::{
    EpochMetrics, Job, Observer, Optimiser, Outcome, RunResult, Silent, TrainConfig, TrainError, Warning, WeightsError, evaluate,
    load_weights, train,
};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Counts, notes, and stops after so many steps.
#[derive(Default)]
struct Watcher {
    stop_after: Option<u64>,
    steps: u64,
    epochs: Vec<EpochMetrics>,
    warnings: Vec<Warning>,
}

impl Observer for Watcher {
    fn epoch(&mut self, metrics: &EpochMetrics) {
        self.epochs.push(metrics.clone());
    }

    fn progress(&mut self, _step: u64, _steps: u64, _loss: f64) {
        self.steps += 1;
    }

    fn warning(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    fn stop_requested(&self) -> bool {
        self.stop_after.is_some_and(|limit| self.steps >= limit)
    }
}

fn stop_after(steps: u64) -> Watcher {
    Watcher { stop_after: Some(steps), ..Watcher::default() }
}

/// 3 epochs of 7 steps, the last of an epoch with fewer samples; everything random is on.
fn config() -> TrainConfig {
    TrainConfig {
        prepare: vec![Step::Flip, Step::Crop(1), Step::Normalise(Numbers::Given { mean: vec![0.4, 0.5], std: vec![0.2, 0.3] })],
        ..TrainConfig::new(3, 16, Optimiser::adam(0.01))
    }
}

fn data() -> Dataset {
    images(3, [2, 8, 8], 103, 50)
}

/// [`config`] with its stage changed.
fn stage(change: impl FnOnce(&mut Stage)) -> TrainConfig {
    let mut config = config();
    change(&mut config.stages[0]);
    config
}

fn epochs(epochs: u64) -> TrainConfig {
    stage(|stage| stage.epochs = epochs)
}

struct Setting {
    plan: Plan,
    data: Dataset,
    config: TrainConfig,
}

impl Setting {
    fn new() -> Self {
        Self { plan: every_layer(), data: data(), config: config() }
    }

    fn try_train(&self, folder: &Path, observer: &mut dyn Observer) -> Result<Outcome, TrainError> {
        train(
            &Job { plan: &self.plan, data: &self.data, config: &self.config, seed: 5, folder, hardware: Hardware::cpu() },
            observer,
        )
    }

    fn train(&self, folder: &Path, observer: &mut dyn Observer) -> Outcome {
        self.try_train(folder, observer).expect("the run goes on")
    }

    fn finish(&self, folder: &Path) -> RunResult {
        finished(self.train(folder, &mut Silent))
    }
}

fn finished(outcome: Outcome) -> RunResult {
    match outcome {
        Outcome::Finished(result) => result,
        Outcome::Interrupted { epoch, step } => panic!("interrupted in epoch {epoch}, step {step}"),
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("there is room for a folder")
}

fn timeless(metrics: &EpochMetrics) -> EpochMetrics {
    EpochMetrics { seconds: 0.0, ..metrics.clone() }
}

/// Everything a run leaves that does not tell the time.
fn traces(folder: &Path) -> (Vec<u8>, Vec<EpochMetrics>, EpochMetrics, EpochMetrics) {
    let model = fs::read(model_path(folder)).expect("there is a model");
    let lines = fs::read_to_string(metrics_path(folder)).expect("there are metrics");
    let lines = lines.lines().map(|line| timeless(&serde_json::from_str(line).expect("a line is JSON"))).collect();
    let result = fs::read(result_path(folder)).expect("there is a result");
    let result: RunResult = serde_json::from_slice(&result).expect("the result is JSON");
    (model, lines, timeless(&result.last), timeless(&result.best))
}

fn reference(setting: &Setting) -> (tempfile::TempDir, RunResult) {
    let folder = folder();
    let result = setting.finish(folder.path());
    (folder, result)
}

#[test]
fn equal_runs_leave_equal_bits_and_others_do_not() {
    let mut setting = Setting::new();
    let (first, result) = reference(&setting);
    let (second, _) = reference(&setting);
    assert_eq!(traces(first.path()), traces(second.path()));
    assert_eq!(result.last.epoch, 3);
    assert_eq!(result.last.step, 21);
    let left: Vec<_> = fs::read_dir(first.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "only metrics, model and result are left: {left:?}");
    setting.config.stages[0].optimiser = Optimiser::adam(0.011);
    let (other, _) = reference(&setting);
    assert_ne!(traces(first.path()).0, traces(other.path()).0);
}

#[test]
fn training_learns() {
    let setting = Setting { config: epochs(12), ..Setting::new() };
    let (_folder, result) = reference(&setting);
    assert!(result.last.test_accuracy > Some(0.9), "{result:?}");
    assert!(result.best.test_accuracy >= result.last.test_accuracy);
}

#[test]
fn kernels_and_tensor_operations_train_alike() {
    let mut setting = Setting::new();
    let (_with, kernels) = reference(&setting);
    setting.config.kernels = false;
    let (_without, tensors) = reference(&setting);
    let gap = kernels.last.train_loss.unwrap() - tensors.last.train_loss.unwrap();
    assert!(gap.abs() < 1e-3, "{kernels:?} {tensors:?}");
}

#[test]
fn a_run_stopped_anywhere_ends_with_the_same_bits() {
    let mut setting = Setting::new();
    let (straight, _) = reference(&setting);
    for every in [Duration::ZERO, Duration::from_secs(3600)] {
        setting.config.checkpoint_every = every;
        for stop in [1, 2, 6, 7, 8, 13, 14, 20] {
            let resumed = folder();
            let outcome = setting.train(resumed.path(), &mut stop_after(stop));
            assert_eq!(outcome, Outcome::Interrupted { epoch: stop / 7, step: stop % 7 });
            setting.finish(resumed.path());
            assert_eq!(traces(straight.path()), traces(resumed.path()), "stopped after step {stop}");
        }
    }
}

#[test]
fn a_run_stopped_after_every_step_ends_with_the_same_bits() {
    let setting = Setting::new();
    let (straight, _) = reference(&setting);
    let resumed = folder();
    let mut calls = 0;
    while let Outcome::Interrupted { .. } = setting.train(resumed.path(), &mut stop_after(1)) {
        calls += 1;
    }
    assert_eq!(calls, 20);
    assert_eq!(traces(straight.path()), traces(resumed.path()));
}

/// A small net for each way of placing cells, and one with all of them.
fn placements() -> Vec<Plan> {
    let stack = || {
        let stack = Stack::new(Shape::map(2, 8, 8)).function("g", 2, &[4], tanh().1).function("h", 1, &[3, 3], relu().1);
        stack.table("found", &[[-1.0, 0.0], [0.0, 0.5], [1.0, -1.0]]).conv(4, [3, 3], [1, 1], [2, 2], 1)
    };
    let place = |name: &str, args: u8, window: Option<[usize; 2]>, cells: &[Cell]| {
        let stack = stack().cells(args, window, Layout::default(), cells).flatten();
        let stack = stack.dense(6).cells(args, window.map(|_| [1, 4]), Layout::Block, cells).dense(3);
        stack.plan_of_used(name)
    };
    let plain = Cell::plain("tanh", tanh().1);
    vec![
        place("Two", 2, None, &[glu()]),
        place("Inner", 2, None, &[call("g()", 0, 2), glu()]),
        place("One", 1, None, &[call("h()", 1, 1), plain.clone()]),
        place("Found", 1, None, &[lookup("sin + found", 0)]),
        place("Channel", 1, None, &[prelu(0.25, Per::Channel), plain.clone()]),
        place("Layer", 1, None, &[prelu(0.25, Per::Layer), plain.clone(), prelu(0.25, Per::Layer)]),
        place("Net", 1, None, &[prelu(0.25, Per::Net), prelu(0.25, Per::Channel)]),
        place("Windows", 1, Some([2, 3]), &[maxrelu(), nelu(0.1, Per::Channel), softmax(), plain]),
        stack().noise(NoiseKind::Normal, 0.1, true).flatten().dense(3).plan_of_used("Noise"),
        every_placement(),
    ]
}

#[test]
fn every_placement_trains_stops_and_resumes_with_the_same_bits() {
    for plan in placements() {
        let mut setting = Setting { plan, ..Setting::new() };
        setting.config.stages[0].epochs = 2;
        let net = &setting.plan.net;
        let (straight, result) = reference(&setting);
        let resumed = folder();
        for stop in [1, 4, 6] {
            let outcome = setting.train(resumed.path(), &mut stop_after(stop));
            assert!(matches!(outcome, Outcome::Interrupted { .. }), "{net}");
        }
        setting.finish(resumed.path());
        assert_eq!(traces(straight.path()), traces(resumed.path()), "{net}");
        let metrics =
            evaluate(&setting.plan, &model_path(resumed.path()), &setting.data, &setting.config, Hardware::cpu(), &mut Silent)
                .unwrap();
        assert_eq!(metrics.loss.map(f64::to_bits), result.last.test_loss.map(f64::to_bits), "{net}");
        let (weights, _) = load_weights(&setting.plan, &model_path(resumed.path())).unwrap();
        assert_eq!(weights.params.len() as u64, setting.plan.params, "{net}");
    }
}

#[test]
fn a_net_with_every_placement_learns() {
    let mut setting = Setting { plan: every_placement(), ..Setting::new() };
    setting.config.stages[0].epochs = 20;
    let (_folder, result) = reference(&setting);
    assert!(result.last.test_accuracy > Some(0.9), "{result:?}");
    let learned = |name: &str| -> Vec<f32> {
        let (weights, _) = load_weights(&setting.plan, &model_path(_folder.path())).unwrap();
        let table = Table::of(&setting.plan);
        let found = table.tensors(&weights).find(|(entry, _)| entry.name == name).map(|(_, numbers)| numbers.to_vec());
        found.unwrap_or_else(|| panic!("no {name}"))
    };
    for (name, start) in [
        ("act1.prelu(0.25, Channel).a", 0.25),
        ("act1.prelu(0.1, Layer).a", 0.1),
        ("act4.nelu(0.2, Channel).a", 0.2),
        ("prelu(0.3, Net).a", 0.3),
    ] {
        assert!(learned(name).iter().all(|number| *number != start), "{name} is not trained");
    }
}

/// Copies what is in the folder at every step: each copy is what a kill at that moment would leave.
struct Killer<'a> {
    folder: &'a Path,
    copies: Vec<tempfile::TempDir>,
}

impl Observer for Killer<'_> {
    fn progress(&mut self, _step: u64, _steps: u64, _loss: f64) {
        self.copies.push(copy(self.folder));
    }

    fn epoch(&mut self, _metrics: &EpochMetrics) {
        self.copies.push(copy(self.folder));
    }
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = folder();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
    }
    to
}

#[test]
fn a_killed_run_ends_with_the_same_bits() {
    let setting = Setting { config: TrainConfig { checkpoint_every: Duration::ZERO, ..config() }, ..Setting::new() };
    let killed = folder();
    let mut killer = Killer { folder: killed.path(), copies: Vec::new() };
    setting.train(killed.path(), &mut killer);
    let expected = traces(killed.path());
    assert_eq!(killer.copies.len(), 24);
    for (moment, copy) in killer.copies.iter().enumerate().step_by(3) {
        // What was being written when the kill came.
        fs::write(copy.path().join("checkpoint.safetensors.tmp"), b"half a check").unwrap();
        let metrics = fs::read_to_string(metrics_path(copy.path())).unwrap();
        fs::write(metrics_path(copy.path()), metrics + "{\"epoch\":9,\"st").unwrap();
        setting.finish(copy.path());
        assert_eq!(traces(copy.path()), expected, "killed at moment {moment}");
    }
}

#[test]
fn a_kill_between_the_two_renames_costs_nothing() {
    let setting = Setting { config: TrainConfig { checkpoint_every: Duration::ZERO, ..config() }, ..Setting::new() };
    let (straight, _) = reference(&setting);
    let killed = folder();
    setting.train(killed.path(), &mut stop_after(9));
    let (checkpoint, previous) = checkpoints(killed.path());
    fs::rename(checkpoint, previous).unwrap();
    let mut watcher = Watcher::default();
    setting.train(killed.path(), &mut watcher);
    assert_eq!((watcher.steps, watcher.warnings.len()), (12, 0));
    assert_eq!(traces(straight.path()), traces(killed.path()));
}

fn checkpoints(folder: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    (folder.join("checkpoint.safetensors"), folder.join("checkpoint.previous.safetensors"))
}

#[test]
fn damaged_checkpoints_are_told_and_got_round() {
    let setting = Setting { config: TrainConfig { checkpoint_every: Duration::ZERO, ..config() }, ..Setting::new() };
    let (straight, _) = reference(&setting);
    let stopped = folder();
    setting.train(stopped.path(), &mut stop_after(9));
    let whole = fs::read(checkpoints(stopped.path()).0).unwrap();
    let flipped = |place: usize| {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        bytes
    };
    let damaged = [
        Vec::new(),
        whole[..whole.len() / 2].to_vec(),
        whole[..whole.len() - 1].to_vec(),
        flipped(3),
        flipped(60),
        flipped(whole.len() / 2),
        flipped(whole.len() - 1),
    ];
    for (case, bytes) in damaged.iter().enumerate() {
        let copy = copy(stopped.path());
        let (checkpoint, previous) = checkpoints(copy.path());
        fs::write(checkpoint, bytes).unwrap();
        if case % 2 == 0 {
            fs::write(previous, bytes).unwrap();
        }
        let mut watcher = Watcher::default();
        setting.train(copy.path(), &mut watcher);
        // With both damaged the run starts anew; with one, it goes on from the other, which was written at the same step.
        assert_eq!((watcher.warnings.len(), watcher.steps), if case % 2 == 0 { (2, 21) } else { (1, 12) }, "case {case}");
        assert!(matches!(watcher.warnings[0], Warning::CheckpointDamaged { .. }));
        assert_eq!(traces(straight.path()), traces(copy.path()), "case {case}");
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let setting = Setting::new();
    let stopped = folder();
    setting.train(stopped.path(), &mut stop_after(1));
    let whole = fs::read(checkpoints(stopped.path()).0).unwrap();
    for place in (0..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        fs::write(checkpoints(stopped.path()).0, &bytes).unwrap();
        let mut watcher = stop_after(0);
        setting.train(stopped.path(), &mut watcher);
        assert_eq!(watcher.warnings.len(), 1, "byte {place}");
        assert!(!checkpoints(stopped.path()).1.exists(), "a damaged file takes nobody's place");
    }
}

#[test]
fn another_run_is_refused() {
    let stopped = folder();
    let setting = Setting::new();
    setting.train(stopped.path(), &mut stop_after(9));
    let differs = |setting: &Setting, seed: u64, folder: &Path| {
        let job =
            Job { plan: &setting.plan, data: &setting.data, config: &setting.config, seed, folder, hardware: Hardware::cpu() };
        match train(&job, &mut Silent) {
            Err(TrainError::OtherRun { differs, .. }) => differs,
            other => panic!("{other:?}"),
        }
    };
    let finished = folder();
    setting.finish(finished.path());
    for folder in [stopped.path(), finished.path()] {
        assert_eq!(differs(&setting, 6, folder), ["the seeds"]);
        let other = Setting { config: epochs(4), ..Setting::new() };
        assert_eq!(differs(&other, 5, folder), ["the settings"]);
        let other = Setting { data: images(3, [2, 8, 8], 104, 50), ..Setting::new() };
        assert_eq!(differs(&other, 5, folder), ["the data"]);
        let mut other = Setting::new();
        other.plan.layers[11] = Stack::new(Shape::vector(12)).dropout(0.4).plan("").layers[0].clone();
        assert_eq!(differs(&other, 5, folder), ["the networks"]);
    }
    // Where the layers stand in the spec and how often to save make no other run.
    let mut same = Setting { config: TrainConfig { checkpoint_every: Duration::from_secs(1), ..config() }, ..Setting::new() };
    same.plan.layers.iter_mut().for_each(|layer| layer.line += 10);
    same.finish(stopped.path());
    let mut watcher = Watcher::default();
    same.train(finished.path(), &mut watcher);
    assert_eq!(watcher.steps, 0, "a finished run is not trained again");
    assert_eq!(traces(finished.path()), traces(stopped.path()));
}

#[test]
fn evaluation_repeats_the_last_numbers_bit_for_bit() {
    let setting = Setting::new();
    let (folder, result) = reference(&setting);
    let file = model_path(folder.path());
    let metrics = evaluate(&setting.plan, &file, &setting.data, &setting.config, Hardware::cpu(), &mut Silent).unwrap();
    assert_eq!(metrics.loss.map(f64::to_bits), result.last.test_loss.map(f64::to_bits));
    assert_eq!(metrics.accuracy, result.last.test_accuracy);
    assert_eq!(metrics.samples, 50);
    let (_, info) = load_weights(&setting.plan, &file).unwrap();
    let info = info.expect("hetc wrote the file");
    assert_eq!((info.net.as_str(), info.seed, info.epoch), ("Every", 5, 3));
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let setting = Setting::new();
    let (folder, _) = reference(&setting);
    let file = model_path(folder.path());
    let stack = || Stack::new(Shape::map(2, 8, 8));
    let refuse = |plan: Plan| load_weights(&plan, &file).expect_err("another network");
    let smaller = refuse(stack().conv3(4).plan("Smaller"));
    assert!(matches!(smaller, WeightsError::Extra { .. }), "{smaller}");
    let wider = refuse(stack().conv3(5).plan("Wider"));
    assert!(wider.to_string().contains("`f32 [4, 2, 3, 3]`, expected `f32 [5, 2, 3, 3]`"), "{wider}");
    let deeper = refuse(stack().conv3(4).conv3(4).conv3(4).plan("Deeper"));
    assert!(deeper.to_string().ends_with("lacks the tensor `conv3.weight`"), "{deeper}");
    fs::write(&file, b"no tensors at all").unwrap();
    assert!(matches!(refuse(every_layer()), WeightsError::NotSafetensors { .. }));
    fs::remove_file(&file).unwrap();
    assert!(matches!(refuse(every_layer()), WeightsError::Io { .. }));
}

#[test]
fn a_diverging_run_says_where() {
    let mut setting = Setting::new();
    setting.plan = Stack::new(Shape::map(2, 8, 8)).flatten().dense(8).act(Layout::default(), &[relu()]).dense(3).plan("Wild");
    setting.config.stages[0].optimiser = Optimiser::sgd(1e30);
    let folder = folder();
    for _ in 0..2 {
        let error = setting.try_train(folder.path(), &mut Silent).expect_err("the loss explodes");
        let TrainError::Diverged { epoch: 1, step } = error else { panic!("{error}") };
        assert!((2..6).contains(&step));
        let lines = fs::read_to_string(metrics_path(folder.path())).unwrap();
        assert_eq!(lines.lines().count(), 1);
        assert!(lines.contains("\"train_loss\":null"), "{lines}");
        assert!(!result_path(folder.path()).exists());
    }
}

#[test]
fn what_cannot_be_trained_is_refused_with_reasons() {
    let refusal = |setting: Setting| setting.try_train(folder().path(), &mut Silent).expect_err("it cannot be").to_string();
    let with = |config: TrainConfig| refusal(Setting { config, ..Setting::new() });
    assert_eq!(with(epochs(0)), "`epochs` is `0`, expected at least 1");
    assert_eq!(with(stage(|stage| stage.batch = 0)), "`batch` is `0`, expected at least 1");
    let optimiser = Optimiser::sgd(f64::NAN);
    assert_eq!(with(stage(|stage| stage.optimiser = optimiser)), "`lr` is `NaN`, expected at least 0");
    let data = |data: Dataset| refusal(Setting { data, ..Setting::new() });
    assert_eq!(data(images(3, [2, 8, 7], 20, 20)), "a sample of `stripes` is `2x8x7`, but the network takes `2x8x8`");
    assert_eq!(data(images(4, [2, 8, 8], 20, 20)), "the network has 3 outputs, but `stripes` has 4 classes");
    assert_eq!(data(images(3, [2, 8, 8], 20, 0)), "the test split of `stripes` holds no samples");
}

#[test]
fn settings_survive_json_and_fill_in_defaults() {
    let config = config();
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<TrainConfig>(&text).unwrap(), config);
    let short = r#"{"stages": [{"epochs": 2, "batch": 8, "optimiser": {"kind": "adam", "lr": 0.001}}]}"#;
    let full: TrainConfig = serde_json::from_str(short).unwrap();
    assert_eq!(full, TrainConfig::new(2, 8, Optimiser::adam(0.001)));
    assert!(serde_json::from_str::<TrainConfig>(&short.replace("batch", "bach")).is_err());
}

/// Every part of a plan that changes numbers makes another network.
#[test]
fn fingerprints_tell_plans_apart() {
    type Change = fn(&mut Plan);
    let changes: [(&str, Change); 12] = [
        ("what a layer reads", |plan| plan.layers[5].from = vec![3]),
        ("bias", |plan| {
            plan.layers[0].op = Stack::new(plan.input).conv(4, [3, 3], [1, 1], [1, 1], 2).plan("").layers[0].op.clone()
        }),
        ("widths of a function", |plan| plan.functions[0].hidden[0] += 1),
        ("activation of a function", |plan| plan.functions[0].activation = relu().1),
        ("points of a table", |plan| plan.tables[0].points[0][1] += 1e-9),
        ("start", |plan| plan.cells[0].trained[0].start += 1e-9),
        ("per", |plan| plan.cells[0].trained[0].per = Per::Layer),
        ("steps", |plan| plan.cells[2].steps.clear()),
        ("window", |plan| change_placement(plan, |placement| placement.window = Some([1, 2]))),
        ("values of a cell", |plan| change_placement(plan, |placement| placement.args = 2)),
        ("noise", |plan| change_noise(plan, |always, _| *always = true)),
        ("its scale", |plan| change_noise(plan, |_, scale| *scale += 1e-9)),
    ];
    let base = plan_hash(&every_placement());
    for (what, change) in changes {
        let mut plan = every_placement();
        change(&mut plan);
        assert_ne!(plan_hash(&plan), base, "{what}");
    }
}

fn change_placement(plan: &mut Plan, change: impl Fn(&mut Placement)) {
    let placements = plan.layers.iter_mut().filter_map(|layer| match &mut layer.op {
        Op::Cells(placement) => Some(placement),
        _ => None,
    });
    placements.take(1).for_each(change);
}

fn change_noise(plan: &mut Plan, change: impl Fn(&mut bool, &mut f64)) {
    for layer in &mut plan.layers {
        if let Op::Noise { always, scale, .. } = &mut layer.op {
            change(always, scale);
        }
    }
}

/// Controls have fewer trained numbers where cells bring their own, and run all the same.
#[test]
fn controls_of_trained_cells_run() {
    let members = members(&every_placement(), true);
    let params: Vec<u64> = members.iter().map(|member| member.plan.params).collect();
    assert!(members.len() > 5 && params.iter().any(|count| *count != params[0]), "{params:?}");
    for member in members {
        member.plan.verify().expect("a sound plan");
        let (mut net, _) = Network::new(&member.plan, true, Hardware::cpu());
        let weights = Weights { params: vec![0.1; member.plan.params as usize], state: vec![1.0; net.table().state_len()] };
        let logits = net.infer(&weights, &[0.5; 3 * 128], Look { seed: 0, batch: 0 });
        assert!(logits.len() == 9 && logits.iter().all(|logit| logit.is_finite()), "{}", member.title);
    }
}
