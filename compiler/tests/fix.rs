//! Fixing never adds an error, and fixing what was fixed changes nothing.

mod common;

use common::{SOURCE, codes, compile, net_files};
use hetc_compiler::diag::{Diagnostic, Severity};
use hetc_compiler::fix::{Fixed, fix, no_new_error};
use proptest::prelude::*;
use std::sync::LazyLock;

fn found(text: &str) -> Vec<Diagnostic> {
    compile(text).diagnostics
}

/// Fixes `text` and checks everything that holds for every text.
fn fixed(text: &str) -> Fixed {
    let before = found(text);
    let once = fix(SOURCE, text, &found);
    assert_eq!(once.left, found(&once.text), "what is left is what is found");
    assert!(no_new_error(&before, &once.left), "an error is new in\n{}\n{:#?}", once.text, once.left);
    let errors = |list: &[Diagnostic]| codes(list, Severity::Error).len();
    assert!(errors(&once.left) <= errors(&before));
    assert_eq!(once.done.is_empty(), once.text == text);
    let twice = fix(SOURCE, &once.text, &found);
    assert_eq!(twice.text, once.text);
    assert!(twice.done.is_empty());
    once
}

#[test]
fn every_failing_spec() {
    let mended = net_files("tests/specs/fail").into_iter().filter(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        !fixed(&text).done.is_empty()
    });
    assert!(mended.count() > 4, "nearly nothing offers a fix");
}

#[test]
fn what_is_misspelt_is_mended() {
    let right = "net n(cells = swish(2)|tanh) {\n    input 4x8x8\n    conv 8 3x3 pad=1\n    act cells\n    dense 10\n}\n";
    let wrong = right.replace("swish", "swihs").replace("conv", "cnov").replace("pad", "padding").replace("dense", "linear");
    assert_eq!(fixed(&wrong).text, right);
}

#[test]
fn a_fix_that_brings_an_error_to_light_is_left_out() {
    let text = "net n {\n    input 4\n    dnese 0\n}\n";
    let fixed = fixed(text);
    assert_eq!(fixed.text, text);
    assert_eq!(codes(&fixed.left, Severity::Error), ["H0101"]);
}

#[test]
fn one_bad_fix_does_not_hold_up_the_others() {
    let text =
        "net n {\n    input 4\n    dnese 3\n}\nnet m {\n    input 4\n    dnese 0\n}\nnet k {\n    input 4\n    dnese 5\n}\n";
    let fixed = fixed(text);
    assert_eq!(fixed.done.len(), 2);
    assert_eq!(fixed.text.matches("dnese 0").count(), 1);
}

#[test]
fn an_allow_without_use_goes() {
    let text = "net n {\n    # allow H0106: above\n    input 4\n    dense 2  # allow H0302: behind\n    # a remark\n}\n";
    assert_eq!(fixed(text).text, "net n {\n    input 4\n    dense 2\n    # a remark\n}\n");
}

#[test]
fn fixes_of_other_texts_and_beyond_the_end_are_left_alone() {
    use hetc_compiler::diag::Fix;
    use hetc_grammar::span::{SourceId, Span};
    let text = "net n {\n    input 4\n    dnese 2\n}\n";
    for span in [Span::new(SourceId(7), 0, 3), Span::new(SOURCE, 10, 10_000)] {
        let check = |text: &str| {
            let mut found = found(text);
            found.iter_mut().for_each(|one| one.fix = Some(Fix { span, text: String::new() }));
            found
        };
        assert_eq!(fix(SOURCE, text, &check).text, text);
    }
}

static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let files = ["specs", "tests/specs/pass", "tests/specs/fail"].iter().flat_map(|folder| net_files(folder));
    files.map(|path| std::fs::read_to_string(path).unwrap()).filter(|text| text.len() < 4_000).collect()
});

/// What fingers do to a text.
fn slip(text: &str, place: usize, kind: u8) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = place % letters.len().max(1);
    match kind {
        _ if letters.len() < 3 => {}
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 if at + 1 < letters.len() => letters.swap(at, at + 1),
        3 => letters[at] = letters[at].to_ascii_uppercase(),
        4 => letters[at] = 'e',
        _ => letters.splice(at..at, "  # allow H0302: so\n".chars()).for_each(drop),
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn misspelt_specs(which in any::<prop::sample::Index>(), slips in prop::collection::vec((any::<usize>(), 0u8..6), 1..12)) {
        let text = slips.iter().fold(TEXTS[which.index(TEXTS.len())].clone(), |text, (place, kind)| slip(&text, *place, *kind));
        fixed(&text);
    }
}
