//! `hetc analyze` on real runs, small ones.
#![allow(missing_docs)]

mod support;

use std::fs;
use std::path::Path;
use support::{hetc, project, write};

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The cells of a table's rows, by name.
fn rows(folder: &Path, file: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let text = read(folder, file);
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_string).collect::<Vec<_>>());
    let head = lines.next().expect("a head");
    lines.map(|cells| head.iter().cloned().zip(cells).collect()).collect()
}

#[test]
fn a_run_is_looked_into_and_its_report_says_what_was_found() {
    let folder = project();
    let at = folder.path();
    assert_eq!(hetc(at, &["train", "--seeds=2", "--out=run"]).code, Some(0));
    let what = "--what=participation,cells,functions,hessian,attacks";
    let ran = hetc(at, &["analyze", "run", what, "--samples=100", "--hessian-samples=50", "--exact=900", "--probes=20"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    for said in [
        "6 trained networks, 100 samples of the test split",
        "participation: 6 networks",
        "functions: nothing to find: no cell of the network has learned",
        "attacks: nothing to find: attacks in pixel units need images",
        "findings in run/analysis; `hetc report run` draws them",
    ] {
        assert!(ran.err.contains(said), "nothing of `{said}` in\n{}", ran.err);
    }
    let dimensions = rows(at, "run/analysis/participation.csv");
    assert_eq!(dimensions.len(), 6 * 2);
    for row in &dimensions {
        let (ratio, within): (f64, f64) = (row["ratio"].parse().unwrap(), row["within_classes"].parse().unwrap());
        // Of 16 units, and of ten samples a class.
        assert!((1.0..16.0).contains(&ratio) && (1.0..9.0).contains(&within), "{row:?}");
    }
    let cells = rows(at, "run/analysis/cells.csv");
    let of = |network: &str| cells.iter().filter(|row| row["network"] == network && row["seed"] == "1").count();
    assert_eq!((of("small"), of("sin alone")), (2 + 2, 1), "two types in one layer, each also overall");
    for row in rows(at, "run/analysis/hessian.csv") {
        assert_eq!((row["params"].as_str(), row["exact"].as_str(), row["samples"].as_str()), ("826", "true", "50"));
    }
    // Of the whole Hessian the trace is the spectrum's sum.
    let found: serde_json::Value = serde_json::from_str(&read(at, "run/analysis/hessian.json")).unwrap();
    let sin = found["findings"][0]["trainings"].as_array().unwrap().iter().find(|one| one["network"] == "sin alone").unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let sum: f64 = sin["finding"]["spectra"][0]["at"].as_array().unwrap().iter().map(number).sum();
    let trace = number(&sin["finding"]["trace"]);
    assert!((sum - trace).abs() < 1e-6 * trace.abs(), "{sum} but {trace}");

    let before = read(at, "run/analysis/cells.json");
    assert_eq!(hetc(at, &["analyze", "run", "--samples=100"]).code, Some(0));
    assert_eq!(read(at, "run/analysis/cells.json"), before, "times differ, so nothing was measured again");

    // A part that is looked at again leaves the rest; networks have their folders' names too.
    assert_eq!(hetc(at, &["analyze", "run", "--samples=100", "--net=only-sin", "--seed=1"]).code, Some(0));
    assert_eq!(read(at, "run/analysis/cells.json"), before);
    assert_eq!(hetc(at, &["report", "run"]).code, Some(0));
    let page = read(at, "run/report/report.md");
    for said in ["## Dimensions", "## Cells at work", "## Curvature", "Products with it are derivatives"] {
        assert!(page.contains(said), "the page says nothing of `{said}`");
    }
    for picture in ["participation.svg", "participation-joint.svg", "hessian-spectrum.svg", "hessian-near-zero.svg"] {
        assert!(at.join("run/report").join(picture).is_file(), "{picture}");
    }
}

#[test]
fn a_sweep_is_looked_into_as_its_report_calls_it() {
    let folder = project();
    let at = folder.path();
    write(
        at,
        "sweep.toml",
        "[sweep]\nspec = \"small.net\"\nrun = \"small.toml\"\nseeds = 2\n[net]\ncells = [\"sin|relu\", \"tanh\"]\n",
    );
    let ran = hetc(at, &["sweep", "run", "--out=grid"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let ran = hetc(at, &["analyze", "grid", "--what=participation", "--samples=50"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(hetc(at, &["report", "grid"]).code, Some(0));
    let page = read(at, "grid/report/report.md");
    let named = rows(at, "grid/analysis/participation.csv");
    assert_eq!(named.len(), 4 * 2 * 2);
    for row in named {
        assert!(page.contains(&row["network"].replace('|', "\\|")), "{row:?}");
    }
    assert!(page.contains("Result and dimensions"), "the names are those of the results");
}

#[test]
fn what_cannot_be_looked_into_is_said() {
    let folder = project();
    let at = folder.path();
    assert_eq!(hetc(at, &["train", "--seeds=1", "--no-controls", "--out=run"]).code, Some(0));
    let said = |args: &[&str]| {
        let ran = hetc(at, args);
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        ran.err
    };
    assert!(said(&["analyze", "run", "--net=big"]).contains("there are small"));
    assert!(said(&["analyze", "run", "--seed=9"]).contains("no finished training"));
    assert!(said(&["analyze", "run", "--what=dimensions"]).contains("participation"));
    assert!(said(&["analyze", "run", "--radius=-1"]).contains("such as 8/255"));
    assert!(said(&["analyze", "run", "--seed=9"]).contains("seeds 1"));
    assert!(said(&["analyze", "run", "--what=attacks", "--radius=8"]).contains("perhaps `--radius 8/255`"));
    assert!(said(&["analyze", "run", "--cifar10c=nowhere"]).contains("add `--what corruptions`"));
    assert!(said(&["analyze", "run", "--what=corruptions", "--cifar10c=nowhere"]).contains("there is no folder"));
    // Both folders are opened before anything is looked into.
    assert!(said(&["analyze", "run", "nowhere"]).contains("nowhere") && !at.join("run/analysis").exists());
    fs::remove_file(at.join("run/small/seed-1/result.json")).unwrap();
    assert!(said(&["analyze", "run"]).contains("has come to its end"));
}

#[test]
fn findings_that_cannot_be_read_are_put_aside() {
    let folder = project();
    let at = folder.path();
    assert_eq!(hetc(at, &["train", "--seeds=1", "--no-controls", "--out=run"]).code, Some(0));
    fs::create_dir(at.join("run/analysis")).unwrap();
    write(at, "run/analysis/participation.json", "{\"format\": 0}");
    assert_eq!(hetc(at, &["report", "run"]).code, Some(0));
    assert!(read(at, "run/report/report.md").contains("participation.json cannot be read"));
    let ran = hetc(at, &["analyze", "run", "--what=participation"]);
    assert!(ran.code == Some(0) && ran.err.contains("they are in run/analysis/participation.json.unreadable"), "{}", ran.err);
    assert_eq!(read(at, "run/analysis/participation.json.unreadable"), "{\"format\": 0}");
    assert_eq!(hetc(at, &["report", "run"]).code, Some(0));
    assert!(read(at, "run/report/report.md").contains("## Dimensions"));
}

#[test]
fn networks_that_were_trained_on_other_parts_of_the_data_stand_together() {
    let folder = project();
    let at = folder.path();
    let sweep = "[sweep]\nspec = \"small.net\"\nrun = \"small.toml\"\nseeds = 1\n[run.data]\nsubset = [500, 1000]\n";
    write(at, "sweep.toml", sweep);
    let ran = hetc(at, &["sweep", "run", "--out=grid"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let ran = hetc(at, &["analyze", "grid", "--what=participation", "--samples=50"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let found: serde_json::Value = serde_json::from_str(&read(at, "grid/analysis/participation.json")).unwrap();
    assert_eq!(found["findings"].as_array().unwrap().len(), 1, "the test split is the same");
}
