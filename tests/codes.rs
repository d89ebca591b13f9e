//! Every code of every part has an example that fails with it and one that passes, and both are run here.
//!
//! Specs and run files carry annotations (`#~ error[H0401]` on the line of the first label) which are held against what is found, apart
//! from the pictures; what needs flags, data or a network that does not fit its data is a case in [`CASES`].

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use support::{Ran, files, hetc, json, project, root, write};

/// A code that no text alone brings about: how to get it, and how not.
struct Case {
    code: &'static str,
    wrong: fn(&Path) -> Ran,
    right: fn(&Path) -> Ran,
}

const CASES: &[Case] = &[
    Case {
        code: "H0108",
        wrong: |folder| hetc(folder, &["compile", "small.net", "--net", "smal"]),
        right: |folder| hetc(folder, &["compile", "small.net", "--net", "small"]),
    },
    Case {
        code: "H0605",
        wrong: |folder| {
            write(folder, "small.net", "net small {\n    input 32\n    dense 10\n}\n");
            hetc(folder, &["train"])
        },
        right: |folder| hetc(folder, &["train", "--epochs", "1", "--seeds", "1", "--no-controls"]),
    },
    Case {
        code: "H0606",
        wrong: |folder| {
            hetc(folder, &["export", "small.net", "--to", "start.safetensors"]);
            hetc(folder, &["train", "--with=start.weights=\"small.net\""])
        },
        right: |folder| {
            hetc(folder, &["export", "small.net", "--to", "start.safetensors"]);
            hetc(folder, &["train", "--with=start.weights=\"start.safetensors\"", "--epochs=1", "--seeds=1", "--no-controls"])
        },
    },
    Case {
        code: "H0701",
        wrong: |folder| hetc(folder, &["data", "check", "mnist"]),
        right: |folder| hetc(folder, &["data", "check", "mnist1d"]),
    },
    Case {
        code: "H0702",
        wrong: |folder| {
            let place = with_mnist(folder);
            let images = files_of(&place).into_iter().find(|name| name.contains("train-images")).unwrap();
            let bytes = fs::read(place.join(&images)).unwrap();
            fs::write(place.join(&images), &bytes[..bytes.len() / 2]).unwrap();
            hetc(folder, &["data", "check", "mnist"])
        },
        right: |folder| {
            with_mnist(folder);
            hetc(folder, &["data", "check", "mnist"])
        },
    },
    Case {
        code: "H0703",
        wrong: |folder| hetc(folder, &["data", "get", "mnist1d"]),
        // A download needs a server; `runtime/data/tests` has one.
        right: |folder| hetc(folder, &["data", "list"]),
    },
    Case {
        code: "H0512",
        wrong: |folder| {
            write(folder, "found.csv", "0,1\n0,2\n");
            write(folder, "small.net", WITH_TABLE);
            hetc(folder, &["check", "small.net"])
        },
        right: |folder| {
            write(folder, "found.csv", "0,1\n1,2\n");
            write(folder, "small.net", WITH_TABLE);
            hetc(folder, &["check", "small.net"])
        },
    },
    Case {
        code: "H0901",
        wrong: |folder| {
            fs::write(folder.join("small.net"), b"net small {\n    input \xff\n}\n").unwrap();
            hetc(folder, &["check", "small.net"])
        },
        right: |folder| hetc(folder, &["check", "small.net"]),
    },
    Case {
        code: "H0902",
        wrong: |folder| hetc(folder, &["check", "small.net", "--set", "cells"]),
        right: |folder| hetc(folder, &["check", "small.net", "--set", "cells=relu"]),
    },
];

const WITH_TABLE: &str = "cell found = table \"found.csv\"\n\nnet small {\n    input 4\n    act found\n    dense 2\n}\n";

fn with_mnist(folder: &Path) -> std::path::PathBuf {
    let place = folder.join("hetc/mnist");
    hetc_data::fixture::write("mnist", &place, 40, 20).unwrap();
    place
}

fn files_of(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn all_codes() -> Vec<String> {
    hetc(&root(), &["explain"]).out.lines().map(|line| line[..5].to_string()).collect()
}

/// `error[H0401]` and its line, for every annotation.
fn annotated(text: &str) -> Vec<(u64, String)> {
    let notes = |(number, line): (usize, &str)| -> Vec<(u64, String)> {
        let note = |note: &str| (number as u64 + 1, note.split_inclusive(']').next().unwrap_or_default().to_string());
        line.split("#~ ").skip(1).map(note).collect()
    };
    let mut notes: Vec<(u64, String)> = text.lines().enumerate().flat_map(notes).collect();
    notes.sort();
    notes
}

/// The same of what is found.
fn found(path: &Path) -> Vec<(u64, String)> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let document = json(&hetc(path.parent().unwrap(), &["check", name, "--format", "json"]));
    let note = |one: &serde_json::Value| {
        let word = |key: &str| one[key].as_str().unwrap().to_string();
        (one["labels"][0]["start"]["line"].as_u64().unwrap(), format!("{}[{}]", word("severity"), word("code")))
    };
    // What is found in a file that it uses is annotated there, if anywhere.
    let here = |one: &&serde_json::Value| one["labels"][0]["file"].as_str().is_none_or(|file| file == name);
    let mut notes: Vec<(u64, String)> = document["diagnostics"].as_array().unwrap().iter().filter(here).map(note).collect();
    notes.sort();
    notes
}

fn failing_files() -> Vec<std::path::PathBuf> {
    [files("tests/specs/fail", "net"), files("tests/runfiles", "toml")].concat()
}

#[test]
fn what_is_found_is_what_the_annotations_say() {
    for path in failing_files() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!annotated(&text).is_empty(), "{} says nothing of what is wrong with it", path.display());
        assert_eq!(found(&path), annotated(&text), "found and annotated in {}", path.display());
    }
}

#[test]
fn cases_do_what_they_say() {
    for case in CASES {
        let wrong = (case.wrong)(project().path());
        assert!(wrong.err.contains(&format!("error[{}]", case.code)), "{}: {}", case.code, wrong.err);
        assert!(matches!(wrong.code, Some(1 | 2)), "{}", case.code);
        let right = (case.right)(project().path());
        assert_eq!(right.code, Some(0), "{}: {}", case.code, right.err);
        assert!(!right.err.contains("error["), "{}: {}", case.code, right.err);
    }
}

/// The fenced blocks under a heading of a page, each with its language.
fn examples<'a>(page: &'a str, heading: &str) -> Vec<(&'a str, &'a str)> {
    let section = page.split_once(&format!("\n## {heading}\n")).map_or("", |(_, rest)| rest);
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("\n```").skip(1).step_by(2);
    blocks.filter_map(|block| block.split_once('\n')).collect()
}

/// What the examples of a page say is found in them; whether there is one.
fn page_examples(code: &str, heading: &str, holds: impl Fn(&[&str]) -> bool) -> bool {
    let page = hetc(&root(), &["explain", code]).out;
    let folder = tempfile::tempdir().unwrap();
    let mut any = false;
    for (language, text) in examples(&page, heading).into_iter().filter(|(language, _)| ["net", "toml"].contains(language)) {
        let name = format!("spec.{language}"); // as the page of H0110 calls it
        write(folder.path(), &name, text);
        let document = json(&hetc(folder.path(), &["check", &name, "--format", "json"]));
        let codes: Vec<&str> =
            document["diagnostics"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert!(holds(&codes), "{code}, {heading}: {codes:?} in\n{text}");
        any = true;
    }
    any
}

#[test]
fn every_code_has_an_example_that_fails_and_one_that_passes() {
    let mut failing: BTreeMap<String, usize> = BTreeMap::new();
    for path in failing_files() {
        for (_, note) in annotated(&fs::read_to_string(path).unwrap()) {
            *failing.entry(note[note.len() - 6..note.len() - 1].to_string()).or_default() += 1;
        }
    }
    let cases: BTreeSet<&str> = CASES.iter().map(|case| case.code).collect();
    let codes = all_codes();
    assert!(cases.iter().all(|case| codes.iter().any(|code| code == case)), "a case is of no code");
    assert!(failing.keys().all(|case| codes.contains(case)), "an annotation is of no code");
    for code in &codes {
        let passes = page_examples(code, "Right", |found| found.is_empty());
        page_examples(code, "Wrong", |found| found == [code]);
        assert!(failing.contains_key(code) || cases.contains(code.as_str()), "{code} has no example that fails");
        assert!(passes || cases.contains(code.as_str()), "{code} has no example that passes");
    }
}
