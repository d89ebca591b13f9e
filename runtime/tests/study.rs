//! Sweep folders as studies: written by hand, without training, so that every figure is known.
#![allow(missing_docs)]

use hetc_grammar::span::SourceId;
use hetc_report::compare::{Against, Method, compare};
use hetc_report::study::{Coordinate, Group, Outcome, Role, Shape, Study};
use hetc_runtime::data::Folders;
use hetc_runtime::runfile::Text;
use hetc_runtime::study::{Source, study};
use hetc_runtime::sweep::{Point, Slurm, Sweep, design, read};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const SPEC: &str = "net small(cells = sin|relu, width = 8) {
    input 40
    dense width
    act cells
    dense 10
}
";
const RUN: &str = "[data]\nset = \"mnist1d\"\n[train]\nepochs = 2\nbatch = 100\n[optimiser]\nkind = \"adam\"\nlr = 0.1\n";
const GRID: &str = "[sweep]\nspec = \"small.net\"\nseeds = [3, 8]\n[net]\ncells = [{ pairs = [\"sin\", \"tanh\"], with = [\"relu\", \"elu(1)\"] }, \"gelu\"]
[run]\noptimiser.lr = [0.1, 0.01]\n";

/// The folder of a sweep in which nothing is trained yet.
fn sweep(folder: &Path, text: &str) -> Sweep {
    let (file, found) = read(SourceId(1), text);
    let file = file.unwrap_or_else(|| panic!("{found:?}"));
    let run = Text { source: SourceId(2), text: RUN };
    let (design, found) = design(&file, SourceId(1), run, &mut |settings| hetc_compiler::compile(SourceId(3), SPEC, settings));
    let design = design.unwrap_or_else(|| panic!("{:?}", found.iter().map(|one| &one.headline).collect::<Vec<_>>()));
    let sweep = Sweep::new(folder, design, &BTreeMap::new(), Slurm::default(), Folders::default());
    sweep.save(SPEC, text, vec!["hetc".to_string(), "sweep".to_string(), "run".to_string()]).expect("a folder");
    sweep
}

/// What a training with this accuracy after its second epoch has written, `result.json` included if it is over.
fn write(folder: &Path, accuracy: f64, over: bool) {
    fs::create_dir_all(folder).unwrap();
    let line = |epoch: u64| {
        format!(
            r#"{{"epoch":{epoch},"step":{},"train_loss":1.5,"train_accuracy":0.4,"test_loss":1.6,"test_accuracy":{},"seconds":2.5}}"#,
            40 * epoch,
            accuracy * epoch as f64 / 2.0
        )
    };
    let epochs = if over { 2 } else { 1 };
    fs::write(folder.join("metrics.jsonl"), (1..=epochs).map(|epoch| line(epoch) + "\n").collect::<String>()).unwrap();
    let run = r#"{"plan":"p","config":"c","seed":3,"data":"d"}"#;
    let last = line(2);
    let result = format!(
        r#"{{"hetc":"0.1.0","net":"small","run":{run},"params":418,"model":"m","last":{last},"kept":{last},"best":{last},"seconds":5.0}}"#
    );
    if over {
        fs::write(folder.join("result.json"), result).unwrap();
    }
}

/// Percent: mixes gain ten points over their cells, whose figures are told apart by their names; the smaller rate costs one.
fn accuracy(point: &Point, seed: u64) -> f64 {
    let of = |axis: &str| point.coordinates.iter().find(|(name, _)| name == axis).map_or("", |(_, value)| value.as_str());
    let one = |cell: &str| match cell {
        "sin" => 0.50,
        "tanh" => 0.52,
        "relu" => 0.54,
        "elu(1)" => 0.56,
        _ => 0.58,
    };
    let cells: Vec<f64> = of("cells").split('|').map(one).collect();
    let gain = if cells.len() > 1 { 0.10 } else { 0.0 };
    let rate = if of("optimiser.lr") == "0.01" { 0.01 } else { 0.0 };
    cells.iter().copied().fold(0.0, f64::max) + gain - rate + 0.001 * seed as f64
}

fn trained(folder: &Path, text: &str) -> Sweep {
    let sweep = sweep(folder, text);
    for point in &sweep.points {
        for seed in &sweep.seeds {
            write(&sweep.point_folder(point).join(format!("seed-{seed}")), accuracy(point, *seed), true);
        }
    }
    sweep
}

fn place(sweep: &Sweep, name: &str, file: &str) -> PathBuf {
    let point = sweep.points.iter().find(|point| point.name == name).unwrap_or_else(|| panic!("no {name}"));
    sweep.point_folder(point).join(file)
}

fn of(sweep: &Sweep) -> Study {
    study(&[Source::Sweep(Sweep::open(&sweep.folder).expect("a sweep"))]).unwrap_or_else(|error| panic!("{error}"))
}

fn group<'a>(study: &'a Study, name: &str) -> &'a Group {
    study
        .group(name)
        .unwrap_or_else(|| panic!("no {name} in {:?}", study.groups.iter().map(|group| &group.name).collect::<Vec<_>>()))
}

#[test]
fn points_are_groups_at_their_coordinates() {
    let folder = tempfile::tempdir().unwrap();
    let study = of(&trained(&folder.path().join("grid"), GRID));
    // Four mixes, four controls and GELU, at two rates.
    assert_eq!((study.title.as_str(), study.groups.len()), ("grid", 18));
    let mix = group(&study, "sin|relu, lr=0.01");
    let cells = Coordinate::Cells(vec!["sin".to_string(), "relu".to_string()]);
    assert_eq!(mix.coordinates, [("cells".to_string(), cells), ("optimiser.lr".to_string(), Coordinate::Number(0.01))]);
    let Role::Subject { parts } = &mix.role else { panic!("{:?}", mix.role) };
    let parts: Vec<(&str, f64)> = parts.iter().map(|part| (part.control.as_str(), part.share)).collect();
    assert_eq!(parts, [("sin, lr=0.01", 0.5), ("relu, lr=0.01", 0.5)]);
    assert_eq!(group(&study, "tanh, lr=0.1").role, Role::Control);
    assert_eq!(group(&study, "gelu, lr=0.1").role, Role::Other);
    let values: Vec<f64> = mix.values().iter().map(|value| (value * 10.0).round() / 10.0).collect();
    assert_eq!((values, mix.runs[0].epochs.len(), mix.params), (vec![63.3, 63.8], 2, 418));
    assert!(study.facts.contains(&("train.epochs".to_string(), "2".to_string())));
    assert!(study.facts.contains(&("train.seeds".to_string(), "[3, 8]".to_string())));
    assert!(!study.facts.iter().any(|(name, _)| name == "optimiser.lr"), "it is not the same everywhere");
    assert_eq!(study.commands, ["hetc sweep run"]);
}

#[test]
fn mixes_are_compared_at_their_own_settings() {
    let folder = tempfile::tempdir().unwrap();
    let study = of(&trained(&folder.path().join("grid"), GRID));
    let comparisons = compare(&study, &Method::BY_SEED);
    let gains = |against: &Against| {
        let of = comparisons.iter().filter(|one| one.against == *against).map(|one| (one.gain.value * 10.0).round() / 10.0);
        of.collect::<Vec<f64>>()
    };
    // With controls of the other rate it would be a point more or less.
    assert_eq!(gains(&Against::Max), [10.0; 8]);
    let others = comparisons.iter().filter(|one| matches!(one.against, Against::Group(_)));
    assert_eq!(others.count(), 8, "each with GELU at its own rate");
}

#[test]
fn what_is_not_finished_counts_with_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = trained(&folder.path().join("grid"), GRID);
    let name = "cells=sin|relu, optimiser.lr=0.1";
    // The second attempt is at it; another one diverged.
    fs::remove_dir_all(place(&sweep, name, "seed-3")).unwrap();
    fs::write(place(&sweep, name, "seed-3.claim-1"), "gone\n0\n").unwrap();
    fs::write(place(&sweep, name, "seed-3.claim-2"), "gone as well\n0\n").unwrap();
    write(&place(&sweep, name, "seed-3.work-2"), 0.5, false);
    let lost = "cells=tanh, optimiser.lr=0.1";
    fs::remove_file(place(&sweep, lost, "seed-8/result.json")).unwrap();
    fs::write(place(&sweep, lost, "seed-8/diverged.json"), "{}").unwrap();
    let study = of(&sweep);
    let mix = group(&study, "sin|relu, lr=0.1");
    assert_eq!((mix.runs[0].outcome, mix.runs[0].epochs.len(), mix.runs[1].outcome), (Outcome::Unfinished, 1, Outcome::Finished));
    assert_eq!(group(&study, "tanh, lr=0.1").runs[1].outcome, Outcome::Diverged);
}

#[test]
fn learned_functions_and_range_tests_come_along() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = trained(&folder.path().join("grid"), GRID);
    let name = "cells=gelu, optimiser.lr=0.1";
    let snapshot = r#"{"epoch":0,"cell":"g","inputs":2,"low":-1.0,"high":1.0,"points":2,"values":[1.0,2.0,3.0,4.0]}"#;
    fs::write(place(&sweep, name, "seed-3/functions.jsonl"), format!("{snapshot}\n")).unwrap();
    let found = r#"{"find":{"low":1e-7,"high":0.1,"epochs":1,"smoothing":0.05,"divide":2.0},"rate":0.02,
        "tests":[{"seed":8,"rates":[0.01,0.04],"losses":[2.0,1.0],"smoothed":[2.0,1.5],"lowest":0.04}]}"#;
    fs::write(place(&sweep, name, "lr.json"), found).unwrap();
    let study = of(&sweep);
    let [first, second] = &group(&study, "gelu, lr=0.1").runs[..] else { panic!("two seeds") };
    // The last argument moves fastest in the file; rows of the map are of the second argument.
    let Shape::Map { x, z, .. } = &first.functions[0].shape else { panic!("of two arguments") };
    assert_eq!((&x[..], &z[..]), (&[-1.0, 1.0][..], &[vec![1.0, 3.0], vec![2.0, 4.0]][..]));
    assert_eq!(first.lr_curve, None, "seed 3 came later");
    assert_eq!(second.lr_curve.as_ref().map(|curve| curve.chosen), Some(0.02));
}

#[test]
fn names_leave_out_what_is_the_same_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let one = "[sweep]\nspec = \"small.net\"\nseeds = [3]\n[net]\nwidth = 8\n[run]\noptimiser.lr = [0.1, 0.01]\n";
    let study = of(&trained(&folder.path().join("one"), one));
    let names: Vec<&str> = study.groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names[0], "lr=0.1");
    assert!(names.contains(&"sin alone, lr=0.01"), "{names:?}");
}

#[test]
fn when_it_began_stays_and_several_folders_share_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let first = trained(&folder.path().join("grid"), GRID);
    let path = first.folder.join("sweep.json");
    let mut manifest: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert!(manifest["started"].as_u64().unwrap() > 1_700_000_000);
    manifest["started"] = 1_000_000_000.into();
    fs::write(&path, manifest.to_string()).unwrap();
    // The same sweep is asked for again.
    let again = sweep(&first.folder, GRID);
    assert_eq!(of(&again).groups[0].runs[0].started, Some(1e9));

    let second = trained(&folder.path().join("again"), GRID);
    let both = study(&[Source::Sweep(first), Source::Sweep(second)]).unwrap();
    assert_eq!((both.title.as_str(), both.groups.len()), ("grid; again", 36));
    let Role::Subject { parts } = &group(&both, "sin|relu, lr=0.1 (again)").role else { panic!("a mix") };
    assert_eq!(parts[0].control, "sin, lr=0.1 (again)");
}
