//! Warnings that a comment allows.

mod common;

use common::{compile, net_files};
use hetc_compiler::diag::{CODES, Diagnostic, Severity};

/// What is found when `above` stands alone above the line with a warning, and `behind` behind it.
fn found(above: &str, behind: &str) -> Vec<(&'static str, usize)> {
    let text = format!("net n(cells = relu|tanh) {{\n    input 7\n    {above}\n    act cells {behind}\n    dense 2\n}}\n");
    let line = |start: usize| 1 + text[..start].matches('\n').count();
    compile(&text).diagnostics.iter().map(|one| (one.code.id, line(one.primary().unwrap().range().start))).collect()
}

#[test]
fn behind_the_words_or_above_them() {
    assert_eq!(found("", ""), [("H0302", 4)]);
    for allow in ["# allow H0302: meant", "# allow h0302: meant", "#allow uneven-shares:meant", "# allow H0302 : meant"] {
        assert_eq!(found("", allow), []);
        assert_eq!(found(allow, ""), []);
    }
    assert_eq!(found("# allow H0302: meant\n    # and a remark", ""), []);
    assert_eq!(found("# a remark\n    # allow H0302: meant", ""), []);
    assert_eq!(found("", "# a remark # allow H0302: meant # and more"), []);
    assert_eq!(found("", "# allow H0302: meant  #~ a note"), []);
}

#[test]
fn only_where_it_stands() {
    assert_eq!(found("# allow H0302: meant\n", ""), [("H0804", 3), ("H0302", 5)], "a blank line between");
    assert_eq!(found("# allow H0106: meant", ""), [("H0804", 3), ("H0302", 4)]);
    assert_eq!(found("dropout 0.5 # allow H0302: meant", ""), [("H0804", 3), ("H0302", 4)]);
}

#[test]
fn several_codes() {
    assert_eq!(found("", "# allow H0302, H0106: meant"), [("H0804", 4)]);
    let text = "net n(a = 3, cells = relu) { # allow unused, uneven-shares: meant\n    input 4\n    act cells\n    dense 2\n}\n";
    let found: Vec<&str> = compile(text).diagnostics.iter().map(|one| one.code.id).collect();
    assert_eq!(found, ["H0804"]);
}

#[test]
fn a_reason_is_asked_for() {
    for allow in
        ["# allow H0302", "# allow H0302:", "# allow H0302: ...", "# allow H0302 seven are meant", "# allow uneven-shares"]
    {
        assert_eq!(found("", allow), [("H0801", 4)], "{allow}");
    }
}

#[test]
fn codes_have_to_be_known_and_warnings() {
    assert_eq!(found("", "# allow H0399: why"), [("H0302", 4), ("H0802", 4)]);
    assert_eq!(found("", "# allow H0601: of another part"), [("H0302", 4), ("H0802", 4)]);
    assert_eq!(found("", "# allow: why"), [("H0302", 4), ("H0802", 4)]);
    assert_eq!(found("", "# allow H0401: why"), [("H0302", 4), ("H0803", 4)]);
    assert_eq!(found("", "# allow H0804: why"), [("H0302", 4), ("H0804", 4)], "these cannot be allowed themselves");
}

#[test]
fn prose_is_left_alone() {
    for prose in
        ["# allow seven channels: they are meant", "# allowed H0302: no", "# allow", "# allow everything", "# we allow H0302: no"]
    {
        assert_eq!(found("", prose), [("H0302", 4)], "{prose}");
    }
}

#[test]
fn nothing_is_called_useless_while_an_error_may_hide_its_use() {
    let text = "net n(a = 3) { # allow H0106: meant\n    input 4 4x\n    dense 2 # allow H0302: meant\n}\n";
    assert!(compile(text).diagnostics.iter().all(|one| one.code.severity == Severity::Error));
}

#[test]
fn line_ends_of_every_kind() {
    for end in ["\n", "\r\n"] {
        let text = ["net n(cells = relu|tanh) {", "input 7", "# allow H0302: meant", "act cells", "dense 2", "}"].join(end);
        assert_eq!(compile(&text).diagnostics, [], "{text:?}");
    }
}

/// Whatever warning a failing spec gives, an `allow` behind it takes it away, and nothing else.
#[test]
fn every_warning_can_be_allowed() {
    let mut tried = std::collections::BTreeSet::new();
    for path in net_files("tests/specs/fail") {
        let text = std::fs::read_to_string(path).unwrap();
        let before = compile(&text).diagnostics;
        let warnings = before.iter().filter(|one| one.code.severity == Severity::Warning && !one.code.id.starts_with("H08"));
        for warning in warnings {
            let start = warning.primary().unwrap().range().start;
            let end = start + text[start..].find(['\r', '\n']).unwrap_or(text.len() - start);
            let allowed = format!("{} # allow {}: meant{}", &text[..end], warning.code.name, &text[end..]);
            let after = compile(&allowed).diagnostics;
            assert!(after.len() < before.len(), "{} in\n{allowed}", warning.code.id);
            let of_allows = |list: &[Diagnostic]| list.iter().filter(|one| one.code.id.starts_with("H08")).count();
            assert_eq!(of_allows(&after), of_allows(&before), "{allowed}");
            tried.insert(warning.code.id);
        }
    }
    let warnings = CODES.iter().filter(|code| code.severity == Severity::Warning && !code.id.starts_with("H08"));
    assert_eq!(tried.into_iter().collect::<Vec<_>>(), warnings.map(|code| code.id).collect::<Vec<_>>());
}
