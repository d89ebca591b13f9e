//! Networks in and out through the command line: export, import, predict, learned cells that travel.

mod support;

use std::fs;
use std::path::Path;
use support::{Ran, hetc, write};

const SPEC: &str = "inner g = mlp[6] hidden=tanh
cell bent = sin(x) + 0.2 * g(x)

net learned {
    input 40

    dense 12
    act bent
    dense 10
}
";

const RUN: &str = r#"[data]
set = "mnist1d"
mean = [0.1]
std = [2]

[train]
epochs = 1
batch = 200
seeds = 2

[optimiser]
kind = "adam"
lr = 0.01
"#;

/// A folder with a run of two seeds in `run`, and samples in `x.csv`.
fn trained() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), "learned.net", SPEC);
    write(folder.path(), "learned.toml", RUN);
    fine(folder.path(), &["train", "learned.net", "--out", "run"]);
    let line =
        |row: usize| (0..40).map(|column| format!("{}", ((row * 7 + column) % 11) as f32 / 5.0)).collect::<Vec<_>>().join(",");
    write(folder.path(), "x.csv", &(0..3).map(|row| line(row) + "\n").collect::<String>());
    folder
}

fn fine(folder: &Path, args: &[&str]) -> Ran {
    let ran = hetc(folder, args);
    assert_eq!(ran.code, Some(0), "{args:?}\n{}{}", ran.out, ran.err);
    ran
}

/// The numbers of a CSV that `hetc predict` writes.
fn numbers(text: &str) -> Vec<Vec<f64>> {
    text.lines().skip(1).map(|line| line.split(',').skip(1).map(|field| field.parse().unwrap()).collect()).collect()
}

#[test]
fn weights_go_out_and_come_back() {
    let folder = trained();
    let at = folder.path();
    let predict = |model: &str, more: &[&str]| fine(at, &[&["predict", model, "x.csv", "--format", "csv"], more].concat()).out;
    fine(at, &["export", "run", "--seed", "2", "--to", "out.safetensors"]);
    // The file knows its network and its normalisation.
    assert_eq!(predict("out.safetensors", &[]), predict("run", &["--seed", "2"]));
    fs::rename(at.join("out.safetensors"), at.join("elsewhere.safetensors")).unwrap();
    fine(at, &["import", "learned.net", "elsewhere.safetensors", "-o", "in.safetensors"]);
    let normalised = ["--mean", "0.1", "--std", "2"];
    assert_eq!(predict("in.safetensors", &[]), predict("run", &["--seed", "2"]));
    // A run's own file is known by where it lies; elsewhere a warning says that nothing is.
    let own = "run/learned/seed-2/model.safetensors";
    assert_eq!(predict(own, &[]), predict("run", &["--seed", "2"]));
    assert!(!fine(at, &["predict", own, "x.csv"]).err.contains("warning"));
    fine(at, &["export", own, "--to", "own.safetensors"]);
    fine(at, &["import", "learned.net", own, "-o", "own-in.safetensors"]);
    fs::copy(at.join(own), at.join("lost.safetensors")).unwrap();
    for known in ["own.safetensors", "own-in.safetensors"] {
        assert_eq!(predict(known, &[]), predict("run", &["--seed", "2"]), "{known}");
    }
    let lost = fine(at, &["predict", "lost.safetensors", "x.csv", "--spec", "learned.net"]);
    assert!(lost.err.contains("warning: nothing is known of the normalisation and the loss"), "{}", lost.err);
    let said = [&["--spec", "learned.net"], &normalised[..]].concat();
    assert_eq!(predict("lost.safetensors", &said), predict("run", &["--seed", "2"]));

    // Other names, by a map and back by the same.
    let names = fine(at, &["import", "learned.net", "elsewhere.safetensors", "--show-map"]).out;
    write(at, "map.toml", &names.replace("= \"dense1", "= \"first"));
    fine(at, &["export", "elsewhere.safetensors", "--to", "named.safetensors", "--map", "map.toml"]);
    let refused = hetc(at, &["import", "learned.net", "named.safetensors"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("`dense1.weight` is missing") && refused.err.contains("`first.bias` is nothing in the network"));
    fine(at, &["import", "learned.net", "named.safetensors", "--map", "map.toml", "-o", "again.safetensors"]);
    assert_eq!(predict("again.safetensors", &normalised), predict("run", &["--seed", "2"]));
}

#[test]
fn predictions_of_all_seeds_are_averaged() {
    let folder = trained();
    let at = folder.path();
    let of = |more: &[&str]| numbers(&fine(at, &[&["predict", "run", "x.csv", "--format", "csv"], more].concat()).out);
    let (first, second, both) = (of(&["--seed", "1"]), of(&["--seed", "2"]), of(&[]));
    for ((first, second), both) in first.iter().zip(&second).zip(&both) {
        assert!((both[1..].iter().sum::<f64>() - 1.0).abs() < 1e-5, "probabilities");
        for ((first, second), both) in first.iter().zip(second).zip(both).skip(1) {
            assert!(((first + second) / 2.0 - both).abs() < 1e-6);
        }
    }
    let ran = fine(at, &["predict", "run", "x.csv", "--format", "json", "-o", "said.json"]);
    assert!(ran.err.contains("means over 2 seeds (1, 2)"), "{}", ran.err);
    let said: serde_json::Value = serde_json::from_str(&fs::read_to_string(at.join("said.json")).unwrap()).unwrap();
    assert_eq!(said[1]["input"], "x.csv[1]");
    assert_eq!(said[1]["class"].as_u64().unwrap() as f64, both[1][0]);
    let text = fine(at, &["predict", "run", "x.csv"]).out;
    assert!(text.starts_with("x.csv[0]  class ") && text.lines().count() == 3, "{text}");
    assert_eq!(hetc(at, &["predict", "run", "learned.net"]).code, Some(2));
    write(at, "short.csv", "1,2,3\n");
    assert!(hetc(at, &["predict", "run", "short.csv"]).err.contains("an array of 1x3, and the network takes 40"));
    assert_eq!(hetc(at, &["predict", "run", "x.csv", "--seed", "9"]).code, Some(2));
}

/// A function that one network has learned is a cell of another one, as a table and as a polynomial.
#[test]
fn learned_cells_travel() {
    let folder = trained();
    let at = folder.path();
    fine(at, &["export", "run", "--seed", "1", "--cell", "bent", "--table", "-5..5,101", "-o", "bent.csv"]);
    let table = fs::read_to_string(at.join("bent.csv")).unwrap();
    assert!(table.starts_with("# `bent` of learned, seed 1, after 1 epoch: 101 points from -5 to 5\nx,y\n-5,"), "{table}");
    fine(at, &["export", "run", "--seed", "1", "--cell", "bent", "--polynomial", "5", "--over", "-2..2", "-o", "fit.net"]);
    let spec = "use \"fit.net\"\ncell found = table \"bent.csv\"\n\nnet reused {\n    input 40\n    dense 12\n    act found|bent_fit\n    dense 10\n}\n";
    write(at, "reused.net", spec);
    let check = fine(at, &["check", "fit.net", "reused.net"]);
    assert!(check.err.is_empty() || !check.err.contains("error"), "{}", check.err);
    let run = RUN.replace("seeds = 2", "seeds = 1");
    write(at, "reused.toml", &run);
    let ran = fine(at, &["train", "reused.net", "--no-controls"]);
    assert!(ran.out.contains("reused"), "{}", ran.out);

    let refused = hetc(at, &["export", "run", "--cell", "bend", "--table", "-5..5,101"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("no learned function `bend`; it has `g`, `bent`"), "{}", refused.err);
    assert_eq!(hetc(at, &["export", "run", "--cell", "bent", "--table", "5..-5,101"]).code, Some(2));
}

/// A polynomial of a high degree hardly changes a smooth network; a constant does.
#[test]
fn a_network_with_its_function_replaced_is_evaluated() {
    let folder = trained();
    let accuracies = |replace: &str| -> Vec<(f64, f64)> {
        let ran = fine(folder.path(), &["eval", "run", "--replace", replace, "--over", "-3..3"]);
        let numbers = |line: &str| line.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<f64>>();
        ran.out.lines().skip(1).map(numbers).map(|row| (row[1], row[2])).collect()
    };
    let near = accuracies("g=9");
    assert_eq!(near.len(), 2);
    assert!(near.iter().all(|(before, after)| (before - after).abs() < 2.0), "{near:?}");
    assert_eq!(
        accuracies("g=quadratic").iter().map(|(before, _)| *before).collect::<Vec<f64>>(),
        near.iter().map(|(before, _)| *before).collect::<Vec<f64>>()
    );
    let refused = hetc(folder.path(), &["eval", "run", "--replace", "h=2"]);
    assert!(refused.err.contains("has a learned function `h`") && refused.code == Some(2), "{}", refused.err);
}

/// `o` finds the next state of an oscillator.
const OSCILLATOR: &str = r#"[data]
set = "van-der-pol"
steps = 300

[train]
epochs = 5
batch = 20

[optimiser]
kind = "adam"
lr = 0.03
"#;

/// What finds numbers has a loss and no accuracy, everywhere.
#[test]
fn networks_that_find_numbers_are_told_by_their_loss() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    write(at, "o.net", "inner g = mlp[4] hidden=tanh\nnet o {\n    input 2\n    dense 6\n    act g\n    dense 2\n}\n");
    write(at, "o.toml", OSCILLATOR);
    write(at, "x.csv", "0.5,-1\n");
    let refused = hetc(at, &["train", "--with=train.loss=cross_entropy", "--out=run"]);
    assert!(refused.code == Some(1) && refused.err.contains("`loss` must be `\"mse\"`, or left out"), "{}", refused.err);
    fine(at, &["train", "--out=run"]);
    assert!(fs::read_to_string(at.join("run/run.toml")).unwrap().contains("loss = \"mse\""));

    let ran = fine(at, &["eval", "run"]).out;
    let rows: Vec<Vec<&str>> = ran.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["network", "seed", "test", "loss", "as", "recorded"], "{ran}");
    assert!(rows[1][..2] == ["o", "1"] && rows[1][2].parse::<f64>().is_ok() && rows[1][3] == "yes", "{ran}");
    let ran = fine(at, &["eval", "run", "--replace", "g=9", "--over", "-3..3"]);
    let row: Vec<f64> = ran.out.lines().nth(1).unwrap().split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!((row[1] - row[2]).abs() < 0.05 * row[1] && ran.err.contains("test loss, before"), "{}{}", ran.out, ran.err);
    let unknown = hetc(at, &["eval", "run", "--replace", "h=2"]);
    assert!(unknown.err.contains("there is `g`\n"), "{}", unknown.err);

    // The best epoch is that of the lowest test loss.
    let metrics = fs::read_to_string(at.join("run/o/seed-1/metrics.jsonl")).unwrap();
    let loss = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["test_loss"].as_f64().unwrap();
    let losses: Vec<f64> = metrics.lines().map(loss).collect();
    let best = 1 + (0..losses.len()).min_by(|a, b| losses[*a].total_cmp(&losses[*b])).unwrap();
    assert!(best > 1, "the first epoch would be the best without a look: {losses:?}");
    let results = fs::read_to_string(at.join("run/results.csv")).unwrap();
    assert_eq!(results.lines().nth(1).unwrap().split(',').nth(6), Some(best.to_string().as_str()), "{results}\n{metrics}");

    // Outputs, not classes, also of an imported file.
    fine(at, &["export", "run", "--to", "out.safetensors"]);
    fine(at, &["import", "o.net", "out.safetensors", "-o", "in.safetensors"]);
    let said = fine(at, &["predict", "in.safetensors", "x.csv"]).out;
    assert!(!said.contains("class") && said == fine(at, &["predict", "run", "x.csv"]).out, "{said}");
}

#[test]
fn graphs_are_written() {
    let folder = trained();
    let at = folder.path();
    fine(at, &["export", "run", "--seed", "1", "--to", "model.onnx"]);
    fine(at, &["compile", "learned.net", "--emit", "onnx"]);
    fine(at, &["export", "learned.net", "--to", "initial.onnx"]);
    let bytes = |name: &str| fs::read(at.join(name)).unwrap();
    assert_eq!(bytes("learned.onnx"), bytes("initial.onnx"), "the same initial weights");
    assert_ne!(bytes("learned.onnx"), bytes("model.onnx"));
    let text = String::from_utf8_lossy(&bytes("model.onnx")).into_owned();
    assert!(["Gemm", "Sin", "MatMul", "dense1.weight", "g.bias2"].iter().all(|word| text.contains(word)));
    let refused = hetc(at, &["export", "run", "--to", "model.pt"]);
    assert!(refused.code == Some(2) && refused.err.contains("neither `.safetensors` nor `.onnx`"), "{}", refused.err);
    assert!(!at.join("model.pt").exists());
}
