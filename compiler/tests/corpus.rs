//! What the fuzzers have found, and a few changes to each of it: see tests/README.md.

mod common;
#[allow(dead_code)]
#[path = "../../tests/fuzz/src/lib.rs"]
mod fuzz;

use common::from_root;
use fuzz::mutate::{self, Chance, Language};
use fuzz::{CHECKS, Check};
use std::path::PathBuf;

/// What stands between two texts of a corpus; in none of them.
const BETWEEN: &str = "\n\u{1e}\n";

fn folder() -> PathBuf {
    from_root("tests/fuzz")
}

/// The files of a folder under tests/fuzz, in order, with their names.
fn files(path: &str) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder().join(path));
    let paths = entries.into_iter().flatten().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| Some((path.display().to_string(), String::from_utf8(std::fs::read(&path).unwrap()).ok()?));
    let mut files: Vec<(String, String)> = paths.filter_map(read).collect();
    files.sort();
    files
}

/// The corpus of a fuzzer, and what it has found.
fn texts(name: &str) -> Vec<(String, String)> {
    let packed = std::fs::read_to_string(folder().join(format!("corpus/{name}.txt"))).unwrap();
    let corpus = packed.split(BETWEEN).enumerate().map(|(i, text)| (format!("{name} {i}"), text.to_string()));
    corpus.chain(files(&format!("found/{name}"))).collect()
}

/// The texts that `name` is held against: every fuzzer of specs is held against the corpora of all of them.
fn texts_for(name: &str) -> Vec<(String, String)> {
    let same = CHECKS.iter().filter(|(other, _)| language(other) == language(name));
    same.flat_map(|(other, _)| texts(other)).collect()
}

fn language(name: &str) -> Language {
    if name == "plan" { Language::Plan } else { Language::Net }
}

/// Runs `check`, and says for which text it does not hold.
fn holds(check: Check, name: &str, text: &str) {
    let held = std::panic::catch_unwind(|| check(text));
    assert!(held.is_ok(), "see above; {name}, or a change of it:\n{text}");
}

#[test]
fn the_corpus_holds() {
    for (name, check) in CHECKS {
        texts_for(name).iter().for_each(|(text_name, text)| holds(check, text_name, text));
    }
}

/// Not a search: the same changes each time.
#[test]
fn changes_of_the_corpus_hold() {
    for (name, check) in CHECKS {
        for (seed, (text_name, text)) in texts_for(name).iter().enumerate() {
            let changed = mutate::text_of(language(name), text, &mut Chance(seed as u64));
            holds(check, text_name, &changed);
        }
    }
}

/// Texts to begin a search with: the corpora, the specs in the pages, and the plans of all specs.
#[test]
#[ignore = "writes tests/fuzz/seeds"]
fn seeds() {
    let write = |kind: &str, name: String, text: &str| {
        let folder = folder().join("seeds").join(kind);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
    };
    let kind = |name: &str| if language(name) == Language::Plan { "plan" } else { "net" };
    for (name, _) in CHECKS {
        texts(name).iter().enumerate().for_each(|(i, (_, text))| write(kind(name), format!("{name}_{i}"), text));
    }
    let pages = hetc_compiler::diag::CODES.iter().map(|code| code.page.to_string());
    let pages = pages.chain([std::fs::read_to_string(from_root("docs/language.md")).unwrap()]);
    let examples: Vec<String> = pages.flat_map(|page| examples(&page)).collect();
    examples.iter().enumerate().for_each(|(i, text)| write("net", format!("page_{i}"), text));
    let specs = ["specs", "tests/specs/pass", "tests/specs/fail"].into_iter().flat_map(common::net_files);
    let specs = specs.map(|path| std::fs::read_to_string(path).unwrap()).chain(examples);
    let plans = specs.flat_map(|text| common::compile(&text).nets).filter_map(|net| net.plan);
    let plans = plans.map(|plan| plan.to_text()).filter(|text| text.len() <= fuzz::LONGEST);
    plans.enumerate().for_each(|(i, text)| write("plan", format!("plan_{i}"), &text));
}

/// The code in a page.
fn examples(page: &str) -> Vec<String> {
    page.split("```").skip(1).step_by(2).filter_map(|code| Some(code.split_once('\n')?.1.to_string())).collect()
}

/// Makes a corpus of the folder that a search has left smaller; see tests/README.md.
#[test]
#[ignore = "writes tests/fuzz/corpus"]
fn pack() {
    for (name, _) in CHECKS {
        let found = files(&format!("small/{name}"));
        let mut kept: Vec<String> = found.into_iter().map(|(_, text)| text).filter(|text| !text.contains('\u{1e}')).collect();
        kept.sort_by_key(|text| text.len());
        if !kept.is_empty() {
            std::fs::create_dir_all(folder().join("corpus")).unwrap();
            std::fs::write(folder().join(format!("corpus/{name}.txt")), kept.join(BETWEEN)).unwrap();
        }
    }
}
