//! Texts and the one way in which they are written.
mod common;

use std::fs;

use common::{SOURCE, dump};
use hetc_grammar::{MAX_DEPTH, MAX_OPERATORS, format, parse, parse_formula, parse_value};

#[test]
fn texts_before_and_after() {
    insta::glob!("format/*.net", |path| {
        let text = fs::read_to_string(path).unwrap();
        let after = format(&text).unwrap();
        let again = format(&after).unwrap();
        assert_eq!(after, again, "{path:?}");
        let (before, read) = (parse(SOURCE, &text), parse(SOURCE, &after));
        assert_eq!(dump(&before.file), dump(&read.file), "{path:?}");
        insta::assert_snapshot!(after);
    });
}

#[test]
fn a_well_formatted_text_stays_as_it_is() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parse/ok/paper.net")).unwrap();
    assert_eq!(format(&text).unwrap(), text);
}

#[test]
fn a_broken_text_is_not_touched() {
    assert_eq!(format("net a { act relu! }").unwrap_err().len(), 1);
}

#[test]
fn formulas_keep_the_parentheses_they_need() {
    for formula in [
        "x / (1 + exp(-beta * x))",
        "a - (b - c)",
        "a - b - c",
        "a / (b * c)",
        "(a + b) * c",
        "-x^2",
        "(-x)^2",
        "-(a * b)",
        "-a * b",
        "a * -b",
        "2^-x^2",
        "(a^b)^c",
        "a^b^c",
        "2^(a + b)",
        "--x",
        "select(x > 0, x, 0)",
        "(a < b) < c",
        "max(x…)",
        "(x + 1)…",
        "(x…)…",
        "x…^2",
        "f()",
    ] {
        let (tree, errors) = parse_formula(SOURCE, formula);
        assert_eq!(errors, [], "{formula}");
        assert_eq!(tree.unwrap().to_string(), formula);
    }
}

#[test]
fn the_largest_formulas_are_written() {
    let ways: [(&str, &str, usize); 6] = [
        ("-(", ")", MAX_DEPTH),
        ("f(x, ", ")", MAX_DEPTH),
        ("-", "", MAX_OPERATORS),
        ("x^", "", MAX_OPERATORS),
        ("x + ", "", 500),
        ("(x + 1) * ", "", 250),
    ];
    for (open, close, count) in ways {
        let text = format!("cell a = {}x{}\n", open.repeat(count), close.repeat(count));
        let after = format(&text).unwrap();
        assert_eq!(dump(&parse(SOURCE, &text).file), dump(&parse(SOURCE, &after).file));
        assert_eq!(format(&after).unwrap(), after);
    }
}

#[test]
fn values_are_written_without_blanks() {
    for (text, written) in [
        ("swish( 2 ) | ptanh(alpha = 1,2)", "swish(2)|ptanh(alpha=1, 2)"),
        ("mlp[ 64, 64 ]", "mlp[64,64]"),
        ("3x32x32", "3x32x32"),
        (" 9:1 ", "9:1"),
        ("119_674", "119674"),
        ("-1e-3", "-1e-3"),
    ] {
        let (value, errors) = parse_value(SOURCE, text);
        assert_eq!(errors, [], "{text}");
        assert_eq!(value.unwrap().to_string(), written);
    }
}

/// Rewrites them where `FORMAT_SPECS` is set.
#[test]
fn the_repositorys_files_are_formatted() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    // Two texts are there for the blanks and line ends that the formatter would remove.
    let odd = ["layout.net", "bom_crlf_no_newline.net"];
    for folder in ["specs", "tests/specs/pass"] {
        for entry in fs::read_dir(format!("{root}/{folder}")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if !name.ends_with(".net") || odd.contains(&&*name) {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let formatted = format(&text).unwrap();
            if std::env::var_os("FORMAT_SPECS").is_some() {
                fs::write(&path, &formatted).unwrap();
            } else {
                assert_eq!(formatted, text, "{}", path.display());
            }
        }
    }
}
