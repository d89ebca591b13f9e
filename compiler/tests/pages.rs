//! Every diagnostic has a page, and the page's examples do what it says.

mod common;

use common::{codes, compile};
use hetc_compiler::diag::{CODES, Severity};

/// The fenced `net` blocks under a heading.
fn examples<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let section = page.split_once(&format!("\n## {heading}\n")).map_or("", |(_, rest)| rest);
    let section = section.split("\n## ").next().unwrap_or_default();
    section.split("```net\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

#[test]
fn codes_are_unique_sorted_and_well_named() {
    assert!(CODES.windows(2).all(|pair| pair[0].id < pair[1].id), "codes stand in the order of their numbers");
    for code in CODES {
        let is_id = code.id.len() == 5 && code.id.starts_with('H') && code.id[1..].bytes().all(|digit| digit.is_ascii_digit());
        assert!(is_id, "{}", code.id);
        assert!(
            code.name.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())),
            "{}",
            code.name
        );
        assert_eq!(CODES.iter().filter(|other| other.name == code.name).count(), 1, "{}", code.name);
        let starts_small = !code.summary.starts_with(char::is_uppercase);
        assert!(starts_small && !code.summary.ends_with('.'), "{}", code.summary);
    }
}

#[test]
fn every_page_has_its_title_and_a_story() {
    for code in CODES {
        let mut lines = code.page.lines();
        assert_eq!(lines.next(), Some(format!("# {} {}", code.id, code.name).as_str()));
        assert_eq!(lines.next(), Some(""));
        assert!(lines.next().is_some_and(|line| line.len() > 40), "{} tells nothing", code.id);
        let has = |heading: &str| code.page.contains(&format!("\n## {heading}\n\n```"));
        assert!(has("Wrong") && has("Right"), "{} lacks an example", code.id);
        assert!(code.page.lines().all(|line| line.chars().count() <= 140), "{} has a line that is too long", code.id);
    }
}

#[test]
fn wrong_examples_get_their_code_and_no_other_error() {
    for code in CODES {
        for example in examples(code.page, "Wrong") {
            let found = compile(example).diagnostics;
            assert!(codes(&found, code.severity).contains(&code.id), "{} is not found in\n{example}{found:#?}", code.id);
            let errors = codes(&found, Severity::Error);
            assert!(errors.iter().all(|id| *id == code.id), "{}: {errors:?} in\n{example}", code.id);
            assert_eq!(found.len(), 1, "{}: more than one message for\n{example}{found:#?}", code.id);
        }
    }
}

#[test]
fn right_examples_get_nothing() {
    for code in CODES {
        for example in examples(code.page, "Right") {
            let found = compile(example);
            assert!(found.diagnostics.is_empty(), "{}: {:#?} in\n{example}", code.id, found.diagnostics);
            assert!(found.nets.iter().all(|net| net.plan.is_some()), "{}", code.id);
        }
    }
}
