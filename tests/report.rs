//! `hetc report` on real runs, small ones.
#![allow(missing_docs)]

mod support;

use std::fs;
use std::path::Path;
use support::{hetc, project};

fn trained() -> tempfile::TempDir {
    let folder = project();
    let trained = hetc(folder.path(), &["train", "--seeds=3", "--out=run"]);
    assert_eq!(trained.code, Some(0), "{}", trained.err);
    folder
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn a_run_becomes_a_page() {
    let folder = trained();
    let ran = hetc(folder.path(), &["report", "run", "--tensorboard", "events"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(ran.out, "run/report/index.html\nevents\n");
    let page = read(folder.path(), "run/report/index.html");
    for said in ["small", "sin alone", "relu alone", "max prediction", "3 pairs", "hetc train --seeds=3 --out=run", "train.batch"]
    {
        assert!(page.contains(said), "the page says nothing of `{said}`");
    }
    for file in ["runs.svg", "gains.svg", "curves.svg", "time.svg", "report.md", "results.csv", "groups.csv", "comparisons.csv"] {
        assert!(folder.path().join("run/report").join(file).is_file(), "{file}");
    }
    assert!(folder.path().join("events/sin alone/seed-2/events.out.tfevents.0.hetc").is_file());

    // The same numbers as the run's own table: to a hundredth of a percent.
    let table = read(folder.path(), "run/table.txt");
    let groups = read(folder.path(), "run/report/groups.csv");
    let mean = |line: &str| line.split(',').nth(4).and_then(|cell| cell.parse::<f64>().ok()).expect("a mean");
    for line in groups.lines().skip(1) {
        assert!(table.contains(&format!("{:.2} ±", mean(line))), "{line}\n{table}");
    }
    let comparisons = read(folder.path(), "run/report/comparisons.csv");
    let gain = |against: &str| {
        let line = comparisons.lines().find(|line| line.contains(&format!(",{against},"))).expect("a comparison");
        line.split(',').nth(4).and_then(|cell| cell.parse::<f64>().ok()).expect("a gain")
    };
    for against in ["linear prediction", "max prediction"] {
        assert!(table.contains(&format!("mix {:+.2} ±", gain(against))), "{against}\n{table}\n{comparisons}");
    }
    let results = read(folder.path(), "run/report/results.csv");
    assert_eq!(results.lines().count(), 1 + 9);
}

#[test]
fn a_run_that_is_not_finished_has_a_page_that_says_so() {
    let folder = trained();
    let place = |training: &str, file: &str| folder.path().join("run").join(training).join(file);
    fs::remove_file(place("only-sin/seed-2", "result.json")).unwrap();
    fs::remove_dir_all(place("only-relu/seed-3", "")).unwrap();
    // The last line is being written.
    let metrics = place("only-sin/seed-2", "metrics.jsonl");
    let text = fs::read_to_string(&metrics).unwrap();
    fs::write(&metrics, &text[..text.len() - 10]).unwrap();
    let ran = hetc(folder.path(), &["report", "run", "--out", "page"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "page/index.html\n"), "{}", ran.err);
    assert!(read(folder.path(), "page/report.md").contains("Of 9 runs 2 are not finished"));
    assert!(!folder.path().join("run/report").exists());
    for training in
        fs::read_dir(folder.path().join("run")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        for seed in fs::read_dir(training).unwrap().map(|entry| entry.unwrap().path()) {
            let _ = fs::remove_file(seed.join("result.json"));
        }
    }
    assert_eq!(hetc(folder.path(), &["report", "run", "--out", "page"]).code, Some(0));
    assert!(read(folder.path(), "page/report.md").contains("No run has come to its end"));
}

#[test]
fn several_runs_on_one_page() {
    let folder = trained();
    let again = hetc(folder.path(), &["train", "--seeds=2", "--with=optimiser.lr=0.001", "--out=slow"]);
    assert_eq!(again.code, Some(0), "{}", again.err);
    let ran = hetc(folder.path(), &["report", "run", "slow"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("--out FOLDER"), "{}", ran.err);
    let ran = hetc(folder.path(), &["report", "run", "slow", "--out=both", "--method=doty"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let text = read(folder.path(), "both/report.md");
    for said in ["small (run)", "small (slow)", "sin alone (slow)", "drawn at random"] {
        assert!(text.contains(said), "nothing of `{said}`:\n{text}");
    }
}

#[test]
fn a_sweep_becomes_a_page_also_beside_a_run() {
    let folder = trained();
    let sweep =
        "[sweep]\nspec = \"small.net\"\nseeds = 2\n[net]\ncells = { pairs = [\"sin\", \"tanh\"], with = [\"relu\", \"elu\"] }\n";
    fs::write(folder.path().join("sweep.toml"), sweep).unwrap();
    let swept = hetc(folder.path(), &["sweep", "run"]);
    assert_eq!(swept.code, Some(0), "{}", swept.err);
    let ran = hetc(folder.path(), &["report", "sweeps/sweep"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "sweeps/sweep/report/index.html\n"), "{}", ran.err);
    for file in ["runs.svg", "gains.svg", "landscape.svg", "landscape-gain.svg", "curves.svg", "time.svg"] {
        assert!(folder.path().join("sweeps/sweep/report").join(file).is_file(), "{file}");
    }
    let text = read(folder.path(), "sweeps/sweep/report/report.md");
    assert!(text.contains("| tanh\\|elu |") && text.contains("of 4 mixes do better than their best control"), "{text}");
    // The same gains as the sweep's own table.
    let table = read(folder.path(), "sweeps/sweep/table.txt");
    for line in
        read(folder.path(), "sweeps/sweep/report/comparisons.csv").lines().filter(|line| line.contains(",max prediction,"))
    {
        let gain: f64 = line.split(',').nth(4).and_then(|cell| cell.parse().ok()).expect("a gain");
        assert!(table.contains(&format!("{gain:+.2} ±")), "{line}\n{table}");
    }
    let both = hetc(folder.path(), &["report", "sweeps/sweep", "run", "--out=both"]);
    assert_eq!(both.code, Some(0), "{}", both.err);
    let page = read(folder.path(), "both/index.html");
    assert!(page.contains("sin|elu (sweep)") && page.contains("sin alone (run)"));
}

#[test]
fn what_is_no_run_is_refused() {
    let folder = trained();
    let refused = |args: &[&str], said: &str| {
        let ran = hetc(folder.path(), args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        assert!(ran.err.contains(said), "{}", ran.err);
    };
    refused(&["report", "small.net"], "is a spec, not a run");
    refused(&["report", "nowhere"], "`nowhere` does not exist");
    fs::create_dir(folder.path().join("empty")).unwrap();
    refused(&["report", "empty"], "holds no `run.json`");
    fs::create_dir(folder.path().join("swept")).unwrap();
    fs::write(folder.path().join("swept/sweep.json"), "{}").unwrap();
    refused(&["eval", "swept"], "`swept` is a sweep, not a run");
    refused(&["export", "swept", "--to=a.onnx"], "`swept` is a sweep, not a run");
    refused(&["predict", "swept", "small.net"], "`swept` is a sweep, not a run");
    refused(&["train", "--resume=swept"], "`swept` is a sweep, not a run");
    fs::write(folder.path().join("run/small/seed-1/metrics.jsonl"), "{\"epoch\": 1\n{}\n").unwrap();
    refused(&["report", "run"], "line 1");
    fs::write(folder.path().join("blocked"), "").unwrap();
    let ran = hetc(folder.path(), &["report", "run", "--out", "blocked/page"]);
    assert_eq!(ran.code, Some(2));
}
