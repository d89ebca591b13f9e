//! Pictures of every failing spec, run file and flag, as the user sees them.

mod support;

use std::fs;
use support::{Ran, hetc, project, root, write};

fn picture(ran: &Ran, source: &str) -> String {
    format!("{source}\n{}\n{}", "=".repeat(100), ran.picture())
}

#[test]
fn failing_specs() {
    insta::glob!("specs/fail/*.net", |path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let ran = hetc(path.parent().unwrap(), &["check", name]);
        let source = String::from_utf8_lossy(&fs::read(path).unwrap()).replace('\r', "␍");
        assert!(!ran.err.contains("Failed to read contents"), "{}", ran.err);
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(picture(&ran, &source)) });
    });
}

#[test]
fn passing_specs_pass() {
    for folder in ["specs", "tests/specs/pass"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            // The prelude defines what every file knows already; the compiler's own tests compile it.
            if path.extension().is_some_and(|extension| extension == "net") && !path.ends_with("prelude.net") {
                let ran = hetc(&root(), &["check", path.to_str().unwrap()]);
                assert_eq!(ran.code, Some(0), "{}: {}", path.display(), ran.err);
            }
        }
    }
}

#[test]
fn failing_run_files() {
    insta::glob!("runfiles/*.toml", |path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let ran = hetc(path.parent().unwrap(), &["check", name]);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        let source = fs::read_to_string(path).unwrap();
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(picture(&ran, &source)) });
    });
}

#[test]
fn an_empty_run_file() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "empty.toml", "");
    insta::assert_snapshot!(hetc(folder.path(), &["check"]).picture());
}

#[test]
fn a_net_that_does_not_fit_its_data() {
    let folder = project();
    write(folder.path(), "small.net", "net small {\n    input 32\n    dense 9\n}\n");
    let ran = hetc(folder.path(), &["train"]);
    assert_eq!(ran.code, Some(1));
    insta::assert_snapshot!(ran.picture());
}

#[test]
fn wrong_settings() {
    let folder = project();
    let check = |args: &[&str]| hetc(folder.path(), &[&["check", "small.net"], args].concat()).picture();
    insta::assert_snapshot!("unknown parameter", check(&["--set", "cell=relu"]));
    insta::assert_snapshot!("unknown cell in a setting", check(&["--set", "cells=swihs(2)|relu"]));
    insta::assert_snapshot!("no value", check(&["--set", "cells"]));
    insta::assert_snapshot!("broken value", check(&["--set", "cells=swish(2|relu"]));
    let train = hetc(folder.path(), &["train", "--with", "optimiser.learning_rate=3", "--epochs", "0"]);
    insta::assert_snapshot!("wrong run-file flags", train.picture());
}

#[test]
fn ascii_and_colours() {
    let folder = project();
    write(folder.path(), "bad.net", "net bad {\n    input 40\n    dens 10\n}\n");
    let ascii = hetc(folder.path(), &["check", "bad.net", "--ascii"]);
    assert!(ascii.err.is_ascii(), "{}", ascii.err);
    let colour = hetc(folder.path(), &["check", "bad.net", "--color", "always"]);
    assert!(colour.err.contains("\u{1b}["));
    let plain = hetc(folder.path(), &["check", "bad.net"]);
    assert!(!plain.err.contains('\u{1b}'));
}

#[test]
fn no_picture_is_left_over() {
    for entry in fs::read_dir(root().join("tests/snapshots")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some((test, file)) = name.trim_end_matches(".snap").split_once('@') else { continue };
        let folder = if test == "render__failing_specs" { "tests/specs/fail" } else { "tests/runfiles" };
        assert!(root().join(folder).join(file).is_file(), "{name} shows a file that is gone");
    }
}

#[test]
fn stages_that_name_what_is_not_there() {
    let folder = project();
    write(folder.path(), "small.toml", STAGES);
    insta::assert_snapshot!(hetc(folder.path(), &["train"]).picture());
    assert!(!folder.path().join("runs").exists(), "nothing is left of a run that could not begin");
}

const STAGES: &str = r#"[data]
set = "mnist1d"

[train]
batch = 100
epochs = 1
freeze = "conv1"

[optimiser]
kind = "adam"
lr = 0.001

[[stage]]
name = "lesson"
pretrain = { cell = "g", formula = "sin(x)" }

[[stage]]
name = "rest"
freeze = ["dense1.wieght"]
group = [{ of = "cells", kind = "sgd", lr = 0.1 }]
"#;
