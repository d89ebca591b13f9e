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
