//! The files in `tests/specs`: what is found in one is exactly what its comments say, line by line.
//!
//! `#~ error[H0401]` at the end of a line says that a diagnostic of that code has its first label on that line. Files in `pass` carry
//! none: nothing at all is found in them, and every net has a plan.

mod common;

use common::{compile, from_root, net_files};
use hetc_compiler::diag::{CODES, Diagnostic};
use std::path::Path;

/// Line and `error[H0401]`, sorted.
type Notes = Vec<(usize, String)>;

fn annotated(text: &str) -> Notes {
    let in_line = |(number, line): (usize, &str)| {
        let notes: Vec<(usize, String)> = line
            .split("#~ ")
            .skip(1)
            .map(|note| (number + 1, note.split_inclusive(']').next().unwrap_or_default().to_string()))
            .collect();
        notes
    };
    let mut notes: Notes = text.lines().enumerate().flat_map(in_line).collect();
    notes.sort();
    notes
}

fn found(text: &str, diagnostics: &[Diagnostic]) -> Notes {
    let note = |diagnostic: &Diagnostic| {
        let start = diagnostic.primary().unwrap_or_else(|| panic!("no label: {diagnostic:#?}")).range().start;
        (1 + text[..start].matches('\n').count(), format!("{}[{}]", diagnostic.code.severity.word(), diagnostic.code.id))
    };
    let mut notes: Notes = diagnostics.iter().map(note).collect();
    notes.sort();
    notes
}

/// What one list has and the other has not, counting repetitions.
fn without(mut list: Notes, taken: &Notes) -> Notes {
    for note in taken {
        if let Some(place) = list.iter().position(|other| other == note) {
            list.remove(place);
        }
    }
    list
}

fn difference(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let diagnostics = compile(&text).diagnostics;
    let (annotated, found) = (annotated(&text), found(&text, &diagnostics));
    if annotated == found {
        return None;
    }
    let said: Vec<String> =
        diagnostics.iter().map(|diagnostic| format!("    {}: {}", diagnostic.code.id, diagnostic.headline)).collect();
    Some(format!(
        "{}\n  found, not annotated: {:?}\n  annotated, not found: {:?}\n{}",
        path.file_name()?.display(),
        without(found.clone(), &annotated),
        without(annotated, &found),
        said.join("\n")
    ))
}

#[test]
fn diagnostics_are_where_the_annotations_say() {
    let differences: Vec<String> = net_files("tests/specs/fail").iter().filter_map(|path| difference(path)).collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn passing_files_get_plans_and_no_diagnostics() {
    for path in net_files("tests/specs/pass") {
        let text = std::fs::read_to_string(&path).unwrap();
        let compilation = compile(&text);
        assert!(compilation.diagnostics.is_empty(), "{}: {:#?}", path.display(), compilation.diagnostics);
        assert!(compilation.nets.iter().all(|net| net.plan.is_some()), "{}", path.display());
    }
}

/// Every failing file has annotations, and every code that a text alone can bring about has at least two.
#[test]
fn every_code_has_cases() {
    let mut all = Notes::new();
    for path in net_files("tests/specs/fail") {
        let notes = annotated(&std::fs::read_to_string(&path).unwrap());
        assert!(!notes.is_empty(), "{}", path.display());
        all.extend(notes);
    }
    for code in CODES.iter().filter(|code| code.name != "unknown-net") {
        let cases = all.iter().filter(|(_, note)| note.contains(code.id)).count();
        assert!(cases >= 2, "{} {} has {cases} cases", code.id, code.name);
    }
}

#[test]
fn settings_are_checked_like_the_file() {
    use hetc_compiler::{Setting, compile};
    use hetc_grammar::span::{SourceId, Span, Spanned};
    let text = std::fs::read_to_string(from_root("specs/sticknet8.net")).unwrap();
    let with = |name: &str, value: &str| {
        let source = SourceId(2);
        let name = Spanned::new(name.to_string(), Span::new(source, 0, name.len()));
        let value = hetc_grammar::parse_value(source, value).0.unwrap();
        let compilation = compile(common::SOURCE, &text, &[Setting { name, value }]);
        let found: Vec<(&str, u32)> =
            compilation.diagnostics.iter().map(|d| (d.code.id, d.primary().unwrap().source.0)).collect();
        found
    };
    assert_eq!(with("cells", "relu|tanh"), []);
    assert_eq!(with("cels", "relu"), [("H0103", 2)]);
    assert_eq!(with("cells", "relu|rleu"), [("H0102", 2)]);
    assert_eq!(with("cells", "elu(-1)|relu"), [("H0203", 2)]);
    assert!(with("cells", "relu").iter().all(|(code, source)| *code == "H0301" && *source == 1));
    assert!(!with("cells", "8").is_empty());
}
