//! Sweeps: what they name, that nothing is trained twice, and that killed and crowded ones end with the same bits.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use support::{RUN, command, hetc, write};
use tempfile::TempDir;

const SPEC: &str = "net small(cells = sin|relu) {
    input 40

    dense 12
    act cells
    dense 10
}
";

const SWEEP: &str = r#"[sweep]
spec = "small.net"
seeds = [3, 8]

[lists]
smooth = ["sin", "tanh"]

[net]
cells = [{ pairs = "smooth", with = ["relu"] }, "sin"]

[run]
optimiser.lr = [0.01]
"#;

/// A folder with a spec, a run file of one epoch, and a sweep of two mixes with three controls, one of them named in the file.
fn project(sweep: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), "small.net", SPEC);
    write(folder.path(), "small.toml", &RUN.replace("epochs = 2", "epochs = 1"));
    write(folder.path(), "sweep.toml", sweep);
    folder
}

/// The weights of every training that is over, by point and seed, perhaps while others are at work.
fn weights(sweep: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut weights = BTreeMap::new();
    for point in fs::read_dir(sweep.join("points")).expect("points").map(|entry| entry.expect("an entry").path()) {
        for training in fs::read_dir(&point).into_iter().flatten().map(|entry| entry.expect("an entry").path()) {
            let over = !training.to_string_lossy().contains(".work-");
            if let (true, Ok(bytes)) = (over, fs::read(training.join("model.safetensors"))) {
                let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
                weights.insert(format!("{}/{}", name(&point), name(&training)), bytes);
            }
        }
    }
    weights
}

/// Every attempt at a training, by the worker that made it.
fn attempts(sweep: &Path) -> Vec<String> {
    let mut claims = Vec::new();
    for point in fs::read_dir(sweep.join("points")).expect("points").map(|entry| entry.expect("an entry").path()) {
        let entries = fs::read_dir(&point).expect("claims").map(|entry| entry.expect("an entry").path());
        claims.extend(
            entries
                .filter(|path| path.to_string_lossy().contains(".claim-"))
                .map(|path| fs::read_to_string(path).expect("a claim")),
        );
    }
    claims
}

fn start(folder: &Path, args: &[&str]) -> Child {
    command(folder, args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("hetc starts")
}

/// Waits until `holds`, or the process is over.
fn wait_until(child: &mut Child, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) && child.try_wait().expect("a state").is_none() && !holds() {
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_plan_names_every_point_and_each_control_once() {
    let folder = project(SWEEP);
    insta::assert_snapshot!(hetc(folder.path(), &["sweep", "plan", "--no-estimate"]).picture());
    assert!(!folder.path().join("sweeps").exists(), "a plan writes nothing");
}

#[test]
fn an_estimate_says_what_it_rests_on() {
    let folder = project(SWEEP);
    let plan = hetc(folder.path(), &["sweep", "plan"]);
    assert_eq!(plan.code, Some(0), "{}", plan.err);
    assert!(plan.out.contains("about ") && plan.out.contains("5 networks trained for a moment"), "{}", plan.out);
}

#[test]
fn what_is_wrong_is_shown_where_it_stands() {
    let wrong = SWEEP.replace("spec = ", "nett = \"small\"\nspec = ").replace("\"smooth\", with", "\"smoth\", with");
    insta::assert_snapshot!("mistakes in a sweep file", hetc(project(&wrong).path(), &["sweep", "plan"]).picture());
    let wrong = SWEEP
        .replace("\"sin\"]\n\n", "\"swsh(2)\"]\nwidht = 3\n\n")
        .replace("lr = [0.01]", "lr = [0.01, -1]\noptimiser.beta3 = 1");
    insta::assert_snapshot!("mistakes in swept values", hetc(project(&wrong).path(), &["sweep", "plan"]).picture());
}

#[test]
fn nothing_is_trained_twice_and_names_stay() {
    let folder = project(SWEEP);
    let first = hetc(folder.path(), &["sweep", "run"]);
    assert_eq!(first.code, Some(0), "{}", first.err);
    let sweep = folder.path().join("sweeps/sweep");
    let before = weights(&sweep);
    assert_eq!(before.len(), 10, "five networks and two seeds");
    let csv = fs::read_to_string(sweep.join("results.csv")).unwrap();
    assert_eq!(csv.lines().count(), 11);
    assert!(csv.starts_with("name,role,cells,optimiser.lr,seed,state,"), "{csv}");
    assert!(first.out.contains("cells=sin|relu, optimiser.lr=0.01") && first.out.contains("control"), "{}", first.out);

    // The same again, and with comments in the spec and another name of the same number.
    write(folder.path(), "small.net", &format!("# The same.\n{SPEC}"));
    let again = hetc(folder.path(), &["sweep", "run"]);
    assert!(again.err.contains("10 trainings, 10 over"), "{}", again.err);

    // Another value: only what is new.
    write(folder.path(), "sweep.toml", &SWEEP.replace("lr = [0.01]", "lr = [0.001, 0.01]").replace("[3, 8]", "[3, 8, 9]"));
    let more = hetc(folder.path(), &["sweep", "run"]);
    assert!(more.err.contains("30 trainings, 10 over"), "{}", more.err);
    let after = weights(&sweep);
    assert_eq!(after.len(), 30);
    assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)), "what was trained stays as it was");
    assert_eq!(attempts(&sweep).len(), 30, "one attempt each");
}

#[test]
fn two_processes_share_the_work_and_the_bits_are_those_of_one() {
    let folder = project(SWEEP);
    assert_eq!(hetc(folder.path(), &["sweep", "run", "--out=alone", "--jobs=1"]).code, Some(0));
    let mut both = [1, 2].map(|_| start(folder.path(), &["sweep", "run", "--out=together", "--jobs=2"]));
    for child in &mut both {
        assert_eq!(child.wait().expect("an end").code(), Some(0));
    }
    assert_eq!(weights(&folder.path().join("together")), weights(&folder.path().join("alone")));
    assert_eq!(attempts(&folder.path().join("together")).len(), 10, "every training exactly once");
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    std::process::Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill runs");
}

#[cfg(unix)]
#[test]
fn killed_and_interrupted_sweeps_go_on() {
    let folder = project(SWEEP);
    write(folder.path(), "small.toml", &RUN.replace("epochs = 2", "epochs = 8\ncheckpoint_seconds = 0"));
    assert_eq!(hetc(folder.path(), &["sweep", "run", "--out=whole"]).code, Some(0));
    let killed = folder.path().join("killed");
    let lines = || weights(&killed).len();
    for (over, name) in [(1, "-KILL"), (3, "-KILL"), (5, "-INT")] {
        let mut child = start(folder.path(), &["sweep", "run", "--out=killed", "--jobs=2"]);
        wait_until(&mut child, || killed.join("points").is_dir() && lines() >= over);
        signal(&child, name);
        let code = child.wait().expect("an end").code();
        assert_ne!(code, Some(0), "the signal came too late");
        assert_eq!(name == "-INT", code == Some(130));
    }
    let status = hetc(folder.path(), &["sweep", "status", "killed"]);
    assert!(status.out.contains("10 trainings: ") && status.out.contains("0 under way"), "{}", status.out);
    let last = hetc(folder.path(), &["sweep", "work", "killed"]);
    assert_eq!(last.code, Some(0), "{}", last.err);
    assert_eq!(weights(&killed), weights(&folder.path().join("whole")));
    assert!(attempts(&killed).len() > 10, "some trainings were taken over");
}

#[test]
fn the_work_of_a_silent_worker_elsewhere_is_taken_over_after_its_lease() {
    let folder = project(SWEEP);
    assert_eq!(hetc(folder.path(), &["sweep", "run", "--out=whole"]).code, Some(0));
    // A worker of another machine has claimed everything and is never heard of again.
    let sweep = folder.path().join("whole");
    for point in fs::read_dir(sweep.join("points")).unwrap().map(|entry| entry.unwrap().path()) {
        for seed in [3, 8] {
            fs::remove_dir_all(point.join(format!("seed-{seed}"))).unwrap();
            fs::write(point.join(format!("seed-{seed}.claim-1")), "far-1").unwrap();
        }
    }
    let far = r#"{"machine":{"host":"far","identity":"x"},"process":1,"started":1,"task":null,"lease":2.0}"#;
    fs::write(sweep.join("workers/far-1.json"), far).unwrap();
    let early = hetc(folder.path(), &["sweep", "work", "whole", "--lease=2"]);
    assert!(early.err.contains("10 trainings left or with others"), "{}", early.err);
    let late = hetc(folder.path(), &["sweep", "work", "whole", "--lease=2", "--wait"]);
    assert_eq!(late.code, Some(0), "{}", late.err);
    assert_eq!(weights(&sweep).len(), 10);
    assert_eq!(attempts(&sweep).len(), 20);
}

#[test]
fn what_cannot_be_trained_keeps_nothing_else_from_it() {
    let folder = project(SWEEP);
    let sweep = folder.path().join("sweeps/sweep");
    assert_eq!(hetc(folder.path(), &["sweep", "run"]).code, Some(0));
    let point = fs::read_dir(sweep.join("points")).unwrap().next().unwrap().unwrap().path();
    fs::remove_dir_all(point.join("seed-3")).unwrap();
    // A folder where a file has to be written.
    fs::create_dir_all(point.join("seed-3.work-1/metrics.jsonl")).unwrap();
    let other = fs::read_dir(sweep.join("points")).unwrap().nth(1).unwrap().unwrap().path();
    fs::remove_dir_all(other.join("seed-8")).unwrap();
    let again = hetc(folder.path(), &["sweep", "run", "--jobs=1"]);
    assert_eq!(again.code, Some(2), "{}", again.err);
    assert!(again.err.contains("seed 3: ") && again.err.contains("1 training could not be done"), "{}", again.err);
    assert!(other.join("seed-8/result.json").is_file(), "the other is trained");
    assert!(again.out.contains("9 of 10 trainings are over") && again.err.contains("results in sweeps/sweep"), "{}", again.err);

    // Its own message stays, however often it is tried again.
    let reason = |ran: &support::Ran| ran.err.lines().find(|line| line.contains("seed 3: ")).map(str::to_string);
    for _ in 0..5 {
        let again = hetc(folder.path(), &["sweep", "run", "--jobs=1"]);
        assert!(again.code == Some(2) && reason(&again).is_some_and(|line| line.contains("metrics.jsonl")), "{}", again.err);
    }
    let status = hetc(folder.path(), &["sweep", "status", "sweeps/sweep"]);
    assert!(status.out.contains("7 attempts; cannot ") && !status.out.contains("given up"), "{}", status.out);
}

/// The heads of all messages, in order.
fn heads(ran: &support::Ran) -> Vec<String> {
    let mut heads: Vec<String> =
        ran.err.lines().filter(|line| line.starts_with("error[") || line.starts_with("warning[")).map(str::to_string).collect();
    heads.sort();
    heads
}

#[test]
fn check_finds_what_a_plan_finds() {
    let wrong = [
        ("spec = \"small.net\"", "spec = \"smal.net\"", "H0603"),
        ("seeds = [3, 8]", "run = \"smal.toml\"", "H0603"),
        ("\"sin\"]\n\n", "\"sin\"]\nwidht = 3\n\n", "H0103"),
        ("\"tanh\"]", "\"tahn\"]", "H0102"),
        ("optimiser.lr = [0.01]", "optimiser.lrr = [0.01]", "H0602"),
        ("optimiser.lr = [0.01]", "train.keep = [\"best\", \"last\"]", "H0608"),
        ("optimiser.lr = [0.01]", "find.high = [0.1]", "H0607"),
    ];
    for (from, to, code) in wrong {
        let folder = project(&SWEEP.replace(from, to));
        let (plan, check) =
            (hetc(folder.path(), &["sweep", "plan", "--no-estimate"]), hetc(folder.path(), &["check", "sweep.toml"]));
        assert_eq!((plan.code, heads(&plan)), (check.code, heads(&check)), "{to}");
        assert_eq!(check.code, Some(if code == "H0607" { 0 } else { 1 }), "{to}: {}", check.err);
        assert!(heads(&check).iter().any(|head| head.contains(&format!("[{code}]"))), "{to}: {}", check.err);
    }
    let folder = project(SWEEP);
    let check = hetc(folder.path(), &["check"]);
    assert_eq!((check.code, heads(&check)), (Some(0), Vec::new()), "{}", check.err);
    fs::remove_file(folder.path().join("small.toml")).unwrap();
    assert!(hetc(folder.path(), &["check", "sweep.toml"]).err.contains("does not say `sweep.run`"));
    // A key that some points use is used.
    let folder = project(&SWEEP.replace("lr = [0.01]", "lr = [0.01, \"find\"]\nfind.high = 0.05"));
    assert_eq!(heads(&hetc(folder.path(), &["check", "sweep.toml"])), Vec::<String>::new());
}

#[test]
fn what_kills_everyone_is_left_alone() {
    let folder = project(SWEEP);
    assert_eq!(hetc(folder.path(), &["sweep", "run"]).code, Some(0));
    let sweep = folder.path().join("sweeps/sweep");
    let point = fs::read_dir(sweep.join("points")).unwrap().next().unwrap().unwrap().path();
    // Five workers came to nothing; the first was asked to stop, which says nothing.
    fs::remove_dir_all(point.join("seed-3")).unwrap();
    for attempt in 1..=5 {
        let stopped = if attempt == 1 { "stopped\n" } else { "" };
        fs::write(point.join(format!("seed-3.claim-{attempt}")), format!("gone-{attempt}\n0\n{stopped}")).unwrap();
    }
    let status = hetc(folder.path(), &["sweep", "status", "sweeps/sweep"]);
    assert!(status.out.contains("5 attempts\n"), "{}", status.out);
    fs::write(point.join("seed-3.claim-6"), "gone-6\n0\n").unwrap();
    let status = hetc(folder.path(), &["sweep", "status", "sweeps/sweep"]);
    assert!(status.out.contains("6 attempts, given up"), "{}", status.out);
    let given_up = hetc(folder.path(), &["sweep", "run"]);
    assert_eq!(given_up.code, Some(2), "{}", given_up.err);
    assert!(
        given_up.err.contains("given up: of 6 attempts") && given_up.err.contains("seed-3.claim-6` to have it"),
        "{}",
        given_up.err
    );
    fs::remove_file(point.join("seed-3.claim-6")).unwrap();
    assert_eq!(hetc(folder.path(), &["sweep", "run"]).code, Some(0));
    assert_eq!(weights(&sweep).len(), 10);
}

#[test]
fn a_rate_that_cannot_be_found_stops_nothing_else() {
    let folder = project(&SWEEP.replace("lr = [0.01]", "lr = [\"find\", 0.01]"));
    let sweep = folder.path().join("sweeps/sweep");
    // A folder stands where the rate of a point has to be written.
    let submitted = command(folder.path(), &["sweep", "submit", "--slurm"]).env("PATH", "").output().unwrap();
    assert_eq!(submitted.status.code(), Some(2), "there is no Slurm, but a folder");
    let points: Vec<_> = fs::read_dir(sweep.join("points")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let broken = points.iter().find(|point| point.to_string_lossy().contains("find")).expect("a point");
    fs::create_dir(broken.join("lr.json")).unwrap();
    let ran = hetc(folder.path(), &["sweep", "run"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("2 trainings could not be done"), "{}", ran.err);
    assert!(ran.err.contains("is in doubt: in "), "{}", ran.err);
    assert!(ran.out.contains(": learning rate ") && ran.out.contains("`find.high` (now 0.1) should be larger"), "{}", ran.out);
    let csv = fs::read_to_string(sweep.join("results.csv")).unwrap();
    let rates: Vec<&str> = csv.lines().map(|line| line.rsplit(',').next().unwrap_or_default()).collect();
    assert_eq!(rates[0], "learning_rate");
    assert_eq!(rates.iter().filter(|rate| rate.is_empty()).count(), 2, "what could not be found: {csv}");
    assert_eq!(weights(&sweep).len(), 18, "all others");
}

#[test]
fn paths_of_the_run_file_begin_beside_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inner = folder.path().join("inner");
    fs::create_dir_all(inner.join("numbers")).unwrap();
    let row = |row: usize| (0..4).map(|column| ((row * 7 + column * 3) % 11).to_string()).collect::<Vec<_>>().join(",");
    let rows: String = (0..40).map(|index| format!("{},{}\n", row(index), index % 2)).collect();
    write(&inner, "numbers/all.csv", &format!("a,b,c,d,class\n{rows}"));
    write(&inner, "small.net", &SPEC.replace("input 40", "input 4").replace("dense 10", "dense 2"));
    let data = "[data]\nset = \"arrays\"\ninputs = \"numbers/all.csv\"\nclass_column = \"class\"\ntest_share = 0.25\n";
    write(&inner, "small.toml", &format!("{data}[train]\nepochs = 1\nbatch = 10\n[optimiser]\nkind = \"adam\"\nlr = 0.01\n"));
    write(&inner, "sweep.toml", SWEEP);
    let ran = hetc(folder.path(), &["sweep", "run", "inner/sweep.toml", "--out=out"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("`hetc report out` makes a page"), "{}", ran.err);
    // Whoever works at the folder later finds them too.
    let point = fs::read_dir(folder.path().join("out/points")).unwrap().next().unwrap().unwrap().path();
    fs::remove_dir_all(point.join("seed-3")).unwrap();
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("out").display().to_string();
    let worked = hetc(elsewhere.path(), &["sweep", "work", &path]);
    assert_eq!(worked.code, Some(0), "{}", worked.err);
    assert!(point.join("seed-3/result.json").is_file());
}

#[test]
fn without_slurm_a_script_at_least() {
    let folder = project(&format!("{SWEEP}\n[slurm]\ncpus = 4\ntime = \"1:00:00\"\nsetup = [\"module load x\"]\n"));
    let dry = hetc(folder.path(), &["sweep", "submit", "--slurm", "--dry-run"]);
    assert_eq!(dry.code, Some(0), "{}", dry.err);
    assert!(dry.out.contains("#SBATCH --array=0-2\n") && dry.out.contains("module load x\nexec "), "{}", dry.out);
    let none = support::ran(command(folder.path(), &["sweep", "submit", "--slurm"]).env("PATH", "").output().unwrap());
    assert_eq!(none.code, Some(2));
    assert!(none.err.contains("cannot run `sbatch`") && none.err.contains("--dry-run"), "{}", none.err);
}
