//! The files in `tests/specs`: what is found in one is exactly what its comments say, line by line.
//!
//! `#~ error[H0401]` at the end of a line says that a diagnostic of that code has its first label on that line. Files in `pass` carry
//! none: nothing at all is found in them, and every net has a plan.

mod common;

use common::{compile, compile_file, from_root, net_files};
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
    let here = |diagnostic: &&Diagnostic| diagnostic.primary().is_none_or(|span| span.source == common::SOURCE);
    let mut notes: Notes = diagnostics.iter().filter(here).map(note).collect();
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
    let diagnostics = compile_file(path).diagnostics;
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
        let compilation = compile_file(&path);
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
fn one_mix_at_odds_with_many_ratios_is_one_mistake() {
    let act = "    act cells ratio 1:1\n";
    let text = format!("net n(cells = relu) {{\n    input 4\n{}    dense 2\n}}\n", act.repeat(4));
    let found = compile(&text).diagnostics;
    assert_eq!(common::codes(&found, hetc_compiler::diag::Severity::Error), ["H0301"]);
}

#[test]
fn the_prelude_is_no_duplicate_of_itself() {
    let compilation = compile(hetc_compiler::cells::PRELUDE);
    assert!(compilation.diagnostics.is_empty(), "{:#?}", compilation.diagnostics);
    assert!(!compile("cell relu = x\n").diagnostics.is_empty());
}

/// What the help says about a statement of a net on a map of 4x8x8, or about a cell.
#[test]
fn help_says_what_to_write() {
    let said = |line: &str| {
        let net = |body: &str| format!("net n {{\n    input 4x8x8\n    {body}\n}}\n");
        let text = if line.starts_with("cell") { format!("{line}\n{}", net("dense 2")) } else { net(line) };
        compile(&text)
            .diagnostics
            .iter()
            .flat_map(|diagnostic| [vec![diagnostic.headline.clone()], diagnostic.help.clone()].concat())
            .collect::<Vec<String>>()
    };
    let long = format!("cell long = x{}", " + x".repeat(513));
    for (line, words) in [
        ("conv 8 3x3 padding=1", "`pad`"),
        ("norm layer eps=1e-3", "`epsilon`"),
        ("norm layer affine=false", "`no`"),
        ("pool mean 2x2", "`avg`"),
        ("expect parameters = 3", "`params`"),
        ("maxpool 2x2", "`pool max`"),
        ("layernorm", "`norm layer`"),
        ("linear 10", "`dense`"),
        ("flatten", "flattens a map itself"),
        ("window 2x2", "it is written `window CELL"),
        ("convolution 8 3x3", "`conv`"),
        ("act relu 1:1", "write `ratio 1:1`"),
        ("act relu|tanh ratio=2:1", "write `ratio 2:1`"),
        ("conv 8 3", "write `3x3`"),
        ("conv 8 13x9 pad=2x0", "`pad=3x1` is enough"),
        ("dropout 1", "at least 0 and below 1,"),
        ("conv 8 3x3 pad=5000", "at most 4,096"),
        ("conv 8 9999x9999 pad=same", "at most 4,096"),
        ("conv 8 3x3 pad=valid", "padding"),
        ("cell a = ln(x)", "`log`"),
        ("cell a = select(x > 0 and x < 1, x, 0)", "one `select` in another"),
        ("cell a = 1e300 * x", "too large for single precision"),
        (&long, "more than 512 operators in one formula"),
    ] {
        let said = said(line);
        assert!(said.iter().any(|said| said.contains(words)), "{line}: {said:?} without {words}");
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
    assert_eq!(with("cells", "relu"), []);
    assert!(!with("cells", "8").is_empty());
}
