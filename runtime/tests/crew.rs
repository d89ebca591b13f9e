//! Trainings side by side: the same bits however many there are at a time, and nothing lost when some of them stop, diverge or fail.

mod common;

use common::{Stack, every_placement, formula, images, relu, swish, tanh};
use hetc_compiler::formula::Unary;
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::Plan;
use hetc_compiler::shape::Shape;
use hetc_data::{Dataset, Request, Source};
use hetc_runtime::experiment::{Crew, Ending, Experiment, Finished, NewRun, Summary, Training, Watch, members};
use hetc_runtime::find::Find;
use hetc_runtime::network::Hardware;
use hetc_runtime::runfile::RunFile;
use hetc_runtime::train::model_path;
use hetc_runtime::{Optimiser, TrainConfig, TrainError, memory};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Counts and notes; stops after so many epochs of all trainings together.
#[derive(Default)]
struct Notes {
    crew: Option<Crew>,
    stop_after: Option<usize>,
    epochs: usize,
    begun: BTreeSet<usize>,
    diverged: Vec<u64>,
}

impl Watch for Notes {
    fn start(&mut self, _: &Experiment, crew: Crew) {
        self.crew = Some(crew);
    }

    fn begin(&mut self, training: Training) {
        assert!(self.begun.insert(training.number), "a training begins once");
    }

    fn epoch(&mut self, _: Training, _: &hetc_runtime::EpochMetrics) {
        self.epochs += 1;
    }

    fn end(&mut self, training: Training, finished: &Finished) {
        if finished.result.is_none() {
            self.diverged.push(training.seed);
        }
    }

    fn stop_requested(&self) -> bool {
        self.stop_after.is_some_and(|limit| self.epochs >= limit)
    }
}

fn data() -> Dataset {
    images(3, [2, 8, 8], 70, 30)
}

fn mixed() -> Plan {
    let act = |stack: Stack| stack.act(Layout::Interleave, &[relu(), tanh(), swish()]);
    act(act(Stack::new(Shape::map(2, 8, 8)).conv3(6)).flatten().dense(9)).dense(3).plan("Mixed")
}

fn create(folder: &Path, plan: &Plan, seeds: &[u64]) -> Experiment {
    let train = TrainConfig::new(3, 16, Optimiser::adam(0.01));
    let run_file = RunFile {
        data: Request::of(Source::Mnist),
        spans: BTreeMap::new(),
        stage_spans: BTreeMap::new(),
        start_spans: BTreeMap::new(),
        train,
        seeds: seeds.to_vec(),
        find: Find::new(),
        controls: true,
    };
    let new = NewRun {
        spec: "",
        run_file,
        members: members(plan, true),
        data: &data(),
        data_folder: None,
        command: Vec::new(),
        hardware: Hardware::cpu(),
    };
    Experiment::create(folder, new).expect("a new folder")
}

fn run(experiment: &Experiment, threads: usize, jobs: Option<usize>, watch: &mut Notes) -> Result<Ending, TrainError> {
    experiment.run(&data(), Hardware { threads, ..Hardware::cpu() }, jobs, watch)
}

fn complete(experiment: &Experiment, threads: usize, jobs: Option<usize>) -> Summary {
    match run(experiment, threads, jobs, &mut Notes::default()).expect("training goes on") {
        Ending::Complete(summary) => timeless(summary),
        Ending::Interrupted => panic!("nobody interrupts"),
    }
}

fn timeless(mut summary: Summary) -> Summary {
    summary.rows.iter_mut().for_each(|row| row.seconds_per_epoch = 0.0);
    summary
}

/// The weights of every training.
fn weights(experiment: &Experiment) -> BTreeMap<(String, u64), Vec<u8>> {
    let all = experiment.members.iter().flat_map(|member| experiment.run_file.seeds.iter().map(move |seed| (member, *seed)));
    all.map(|(member, seed)| {
        let bytes = fs::read(model_path(&experiment.training_folder(member, seed))).expect("it was trained");
        ((member.folder.clone(), seed), bytes)
    })
    .collect()
}

#[test]
fn as_many_at_a_time_as_one_likes_gives_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<_> = [(1, Some(1)), (2, Some(1)), (2, None), (5, Some(3)), (1, Some(4)), (3, Some(1000))]
        .into_iter()
        .enumerate()
        .map(|(case, (threads, jobs))| {
            let experiment = create(&folder.path().join(case.to_string()), &mixed(), &[4, 2, 9]);
            let summary = complete(&experiment, threads, jobs);
            let table = fs::read_to_string(experiment.folder.join("table.txt")).unwrap();
            assert!(table.contains("Mixed"), "{table}");
            (summary, weights(&experiment))
        })
        .collect();
    assert_eq!(all[0].1.len(), 12, "four networks and three seeds");
    assert_eq!(all[0].1.values().collect::<BTreeSet<_>>().len(), 12, "no two end with the same weights");
    for other in &all[1..] {
        assert_eq!(*other, all[0]);
    }
}

#[test]
fn threads_are_shared_out() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = create(&folder.path().join("run"), &mixed(), &[1, 2]);
    let crew = |threads, jobs| {
        let crew = Crew::new(&experiment, 8, Hardware { threads, ..Hardware::cpu() }, jobs);
        (crew.jobs, crew.hardware.threads)
    };
    assert_eq!(crew(4, None), (4, 1));
    assert_eq!(crew(4, Some(2)), (2, 2));
    assert_eq!(crew(2, Some(4)), (4, 1));
    assert_eq!(crew(64, None), (8, 8), "no more than there are trainings");
}

#[test]
fn an_interrupted_crew_goes_on_with_another_size() {
    let folder = tempfile::tempdir().unwrap();
    let straight = create(&folder.path().join("straight"), &every_placement(), &[1, 2]);
    let expected = (complete(&straight, 1, Some(1)), weights(&straight));
    let stopped = create(&folder.path().join("stopped"), &every_placement(), &[1, 2]);
    let (mut epochs, mut stops) = (0, 0);
    for jobs in [3, 1, 2, 4, 1, 2, 3, 1, 2, 3, 4, 5] {
        let mut notes = Notes { stop_after: Some(2), ..Notes::default() };
        let ending = run(&stopped, 2, Some(jobs), &mut notes).expect("training goes on");
        epochs += notes.epochs;
        match ending {
            Ending::Interrupted => stops += 1,
            Ending::Complete(_) => break,
        }
    }
    assert!(stops > 1 && epochs > 0, "{stops} stops, {epochs} epochs");
    assert_eq!((complete(&stopped, 2, None), weights(&stopped)), expected);
}

#[test]
fn one_that_diverges_leaves_the_others_alone() {
    let folder = tempfile::tempdir().unwrap();
    // Its controls are whole networks of exp, exp of exp overflows, and one of tanh.
    let exp = ("exp", formula(|b, x| b.unary(Unary::Exp, x)));
    let act = |stack: Stack| stack.act(Layout::Interleave, &[exp.clone(), tanh()]);
    let stack = act(act(act(Stack::new(Shape::map(2, 8, 8)).flatten().dense(12)).dense(12)).dense(12));
    let experiment = create(&folder.path().join("run"), &stack.dense(3).plan("Wild"), &[1, 2, 3]);
    let mut notes = Notes::default();
    let Ending::Complete(summary) = run(&experiment, 2, Some(3), &mut notes).expect("the others train") else {
        panic!("nobody interrupts")
    };
    let tame = summary.rows.iter().find(|row| row.title == "tanh alone").expect("a control");
    assert_eq!((tame.values.len(), tame.diverged.len()), (3, 0));
    assert!(!notes.diverged.is_empty(), "{summary:?}");
    let diverged: usize = summary.rows.iter().map(|row| row.diverged.len()).sum();
    assert_eq!((diverged, notes.epochs >= 9), (notes.diverged.len(), true));
    // It would diverge again, and is not tried again.
    assert_eq!(complete(&experiment, 1, Some(1)), timeless(summary));
}

#[test]
fn an_error_in_one_stops_all_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let straight = create(&folder.path().join("straight"), &mixed(), &[1, 2]);
    let expected = (complete(&straight, 1, Some(1)), weights(&straight));
    let experiment = create(&folder.path().join("run"), &mixed(), &[1, 2]);
    let blocked = experiment.training_folder(&experiment.members[1], 1);
    fs::write(&blocked, "in the way").unwrap();
    let mut notes = Notes::default();
    let error = run(&experiment, 2, Some(2), &mut notes).expect_err("a file is no folder");
    assert!(error.to_string().contains(&*blocked.display().to_string()), "{error}");
    assert!(notes.begun.len() < 8, "not all were begun: {:?}", notes.begun);
    fs::remove_file(&blocked).unwrap();
    assert_eq!((complete(&experiment, 2, Some(2)), weights(&experiment)), expected);
    let first = experiment.training_folder(&experiment.members[0], 1);
    assert!(!first.join("checkpoint.safetensors").exists(), "checkpoints of finished trainings are gone");
}

#[test]
fn rates_are_found_before_training_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let find = Find { high: 10.0, ..Find::new() };
    let make = |name: &str| {
        let mut experiment = create(&folder.path().join(name), &mixed(), &[1, 2]);
        experiment.run_file.train.stages[0].find = true;
        experiment.run_file.find = find;
        experiment
    };
    let (alone, together) = (make("alone"), make("together"));
    assert_eq!(complete(&alone, 1, Some(1)), complete(&together, 2, Some(3)));
    assert_eq!(weights(&alone), weights(&together));
    for member in &alone.members {
        let found = alone.found(member).expect("it was found");
        assert_eq!(found, together.found(member).expect("here too"));
        let [first, second] = found.tests.as_slice() else { panic!("one a seed") };
        assert_eq!((first.seed, second.seed, first.losses.len()), (1, 2, 5));
        assert_ne!(first.losses, second.losses);
        assert!((found.rate - (first.lowest + second.lowest) / 4.0).abs() < 1e-15);
        assert_eq!(alone.config_of(member).stages[0].optimiser, Optimiser::adam(found.rate));
    }
    let path = alone.rates_path(&alone.members[0]);
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    complete(&alone, 2, None);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before, "it is not found again");
}

#[test]
fn batches_beyond_memory_are_refused() {
    let plan = every_placement();
    let few = memory::needed(&plan, 16, 1);
    assert!(few < memory::needed(&plan, 16 * 64, 1), "a batch norm keeps all groups of a batch");
    let layers = plan.activation_bytes();
    assert!((16 * layers..64 * 16 * layers).contains(&few), "{few} for {layers} a sample");
    assert!(mixed().layers.iter().all(|layer| !layer.name.starts_with("norm")));
    assert_eq!(memory::needed(&mixed(), 16 * 64, 2), memory::needed(&mixed(), 16 * 128, 2), "others a group a thread");
    if memory::available().is_some() {
        let error = memory::check(&plan, 1 << 40, Hardware::cpu()).expect_err("no machine has as much");
        assert!(matches!(error, TrainError::Memory { batch, .. } if batch == 1 << 40));
    }
    memory::check(&plan, 64, Hardware::cpu()).expect("a small batch");
}
