//! Generated pages are current.

mod support;

use support::{hetc, root};

/// Renew with `cargo run -- explain --all > docs/codes.md`.
#[test]
fn the_page_of_codes_is_current() {
    let written = std::fs::read_to_string(root().join("docs/codes.md")).unwrap_or_default();
    let current = hetc(&root(), &["explain", "--all"]).out;
    assert!(written == current, "docs/codes.md is not current: cargo run -- explain --all > docs/codes.md");
}

#[test]
fn every_command_has_a_line_in_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let help = hetc(&root(), &["--help"]).out;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for command in commands.filter_map(|line| line.split_whitespace().next()).filter(|command| *command != "help") {
        assert!(readme.contains(&format!("| `hetc {command}` |")), "the README says nothing of `hetc {command}`");
    }
}

#[test]
fn the_json_in_the_docs_is_what_hetc_says() {
    let page = std::fs::read_to_string(root().join("docs/diagnostics.md")).unwrap();
    let block = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    support::write(folder.path(), "small.net", "net small {\n    input 1x8x8\n    conv 8 3x3 padding=1\n}\n");
    let said = support::json(&hetc(folder.path(), &["check", "small.net", "--format", "json"]));
    assert_eq!(serde_json::from_str::<serde_json::Value>(block).unwrap(), said);
}

#[test]
fn every_format_and_flag_of_check_is_in_the_docs() {
    let page = std::fs::read_to_string(root().join("docs/diagnostics.md")).unwrap();
    for word in
        ["`human`", "`short`", "`json`", "`sarif`", "`github`", "`hetc check --fix`", "`--fix --diff`", "`--deny warnings`"]
    {
        assert!(page.contains(word), "docs/diagnostics.md says nothing of {word}");
    }
}
