//! What the fuzzers have found, and a few changes to each of it: see tests/README.md.

mod common;
#[allow(dead_code)]
#[path = "../../tests/fuzz/src/lib.rs"]
mod fuzz;

use common::from_root;
use fuzz::mutate::{self, Chance, Language};
use fuzz::{CHECKS, Check};
use std::path::{Path, PathBuf};

/// The files of a folder under tests/fuzz, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(from_root("tests/fuzz").join(folder));
    let mut files: Vec<PathBuf> = entries.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Runs `check`, and says of which file it does not hold.
fn holds(check: Check, path: &Path, text: &str) {
    if let Err(panic) = std::panic::catch_unwind(|| check(text)) {
        eprintln!("{} or a change of it:\n{text}", path.display());
        std::panic::resume_unwind(panic);
    }
}

fn texts(name: &str) -> Vec<(PathBuf, String)> {
    let paths = ["corpus", "found"].into_iter().flat_map(|folder| files(&format!("{folder}/{name}")));
    paths.filter_map(|path| Some((path.clone(), String::from_utf8(std::fs::read(path).unwrap()).ok()?))).collect()
}

#[test]
fn the_corpus_holds() {
    for (name, check) in CHECKS {
        let texts = texts(name);
        assert!(!texts.is_empty(), "no corpus for {name}");
        texts.iter().for_each(|(path, text)| holds(check, path, text));
    }
}

/// Not a search: the same changes each time.
#[test]
fn changes_of_the_corpus_hold() {
    for (name, check) in CHECKS {
        let language = if name == "plan" { Language::Plan } else { Language::Net };
        for (seed, (path, text)) in texts(name).iter().enumerate() {
            let changed = mutate::text_of(language, text, &mut Chance(seed as u64));
            holds(check, path, &changed);
        }
    }
}

/// Texts to begin a search with: the specs in the pages, and the plans of all specs.
#[test]
#[ignore = "writes tests/fuzz/seeds"]
fn seeds() {
    let folder = from_root("tests/fuzz/seeds");
    let write = |kind: &str, name: usize, text: &str| {
        std::fs::create_dir_all(folder.join(kind)).unwrap();
        std::fs::write(folder.join(kind).join(name.to_string()), text).unwrap();
    };
    let pages = hetc_compiler::diag::CODES.iter().map(|code| code.page.to_string());
    let pages = pages.chain([std::fs::read_to_string(from_root("docs/language.md")).unwrap()]);
    let examples: Vec<String> = pages
        .flat_map(|page| {
            page.split("```")
                .skip(1)
                .step_by(2)
                .map(|code| code.split_once('\n').unwrap_or(("", "")).1.to_string())
                .collect::<Vec<_>>()
        })
        .collect();
    examples.iter().enumerate().for_each(|(i, text)| write("net", i, text));
    let specs = ["specs", "tests/specs/pass", "tests/specs/fail"].into_iter().flat_map(common::net_files);
    let specs = specs.map(|path| std::fs::read_to_string(path).unwrap()).chain(examples);
    let plans = specs.flat_map(|text| common::compile(&text).nets).filter_map(|net| net.plan);
    let plans = plans.map(|plan| plan.to_text()).filter(|text| text.len() <= fuzz::LONGEST);
    plans.enumerate().for_each(|(i, text)| write("plan", i, &text));
}
