//! What other programs read: `--format`, and `--fix`, `--deny` and the flags around them.

mod support;

use serde_json::{Value, json as value};
use std::fs;
use std::path::Path;
use support::{command, files, hetc, json, project, ran, root, write};

/// Two errors, one with a fix, and a warning; a name with a blank, and letters of two bytes before a label.
const BROKEN: &str = "net broken(width = 3) {   # ä
    input 4x8x8
    cnov 8 3x3
    dense 100 %
}
";

fn broken() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a b.net", BROKEN);
    folder
}

#[test]
fn pictures() {
    let folder = broken();
    for format in ["short", "json", "github"] {
        let seen = hetc(folder.path(), &["check", "a b.net", "--format", format]);
        insta::assert_snapshot!(format, seen.picture());
    }
    let mut document = json(&hetc(folder.path(), &["check", "a b.net", "--format", "sarif"]));
    // The rules are the pages, which have their own tests.
    let rules = document["runs"][0]["tool"]["driver"]["rules"].take();
    assert_eq!(rules.as_array().unwrap().len(), hetc(&root(), &["explain"]).out.lines().count());
    insta::assert_snapshot!("sarif", serde_json::to_string_pretty(&document).unwrap());
}

/// The bytes, lines and columns of every place name the same words.
#[test]
fn json_says_where() {
    for path in files("tests/specs/fail", "net") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let document = json(&hetc(path.parent().unwrap(), &["check", name, "--format", "json"]));
        assert_eq!(document["version"], 1);
        let byte_of = |file: &Value, place: &Value| {
            let text = fs::read_to_string(path.with_file_name(file.as_str().unwrap())).unwrap();
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            let (line, column) = (place["line"].as_u64().unwrap() as usize, place["column"].as_u64().unwrap() as usize);
            let start: usize = lines[..line - 1].iter().map(|line| line.len()).sum();
            let here = lines.get(line - 1).copied().unwrap_or_default();
            start + here.chars().take(column - 1).map(char::len_utf8).sum::<usize>()
        };
        for one in document["diagnostics"].as_array().unwrap() {
            for place in one["labels"].as_array().unwrap().iter().chain(Some(&one["fix"]).filter(|fix| !fix.is_null())) {
                assert!(place["file"] == name || name == "circular_use.net", "{name}: {one}");
                for end in ["start", "end"] {
                    assert_eq!(place[end]["byte"], byte_of(&place["file"], &place[end]), "{name}: {one}");
                }
            }
            let page = one["page"].as_str().unwrap();
            assert_eq!(
                page,
                format!("docs/codes.md#{}-{}", one["code"].as_str().unwrap().to_lowercase(), one["name"].as_str().unwrap())
            );
        }
        let count =
            |severity: &str| document["diagnostics"].as_array().unwrap().iter().filter(|one| one["severity"] == severity).count();
        assert_eq!(
            document["summary"],
            value!({ "errors": count("error"), "warnings": count("warning"), "warnings_denied": false })
        );
    }
}

/// Every property of an object is one that SARIF 2.1.0 gives it, and those that it asks for are there.
fn only(object: &Value, required: &[&str], optional: &[&str]) {
    let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(required.iter().all(|key| keys.contains(key)), "{required:?} in {keys:?}");
    assert!(keys.iter().all(|key| required.contains(key) || optional.contains(key)), "{keys:?}");
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn check_location(location: &Value) {
    only(location, &["physicalLocation"], &["message"]);
    let place = &location["physicalLocation"];
    only(place, &["artifactLocation", "region"], &[]);
    let uri = place["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%:".contains(&byte)), "{uri}");
    check_region(&place["region"]);
}

fn check_region(region: &Value) {
    only(region, &["startLine", "startColumn", "endLine", "endColumn"], &[]);
    let number = |key: &str| region[key].as_u64().filter(|n| *n >= 1).unwrap();
    assert!((number("startLine"), number("startColumn")) <= (number("endLine"), number("endColumn")), "{region}");
}

#[test]
fn sarif_keeps_to_its_schema() {
    let mut paths = files("tests/specs/fail", "net");
    paths.extend(files("tests/runfiles", "toml"));
    paths.push(root().join("specs/sticknet8.net"));
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let document = json(&hetc(path.parent().unwrap(), &["check", name, "--format", "sarif", "--set", "cells=relu"]));
        only(&document, &["version", "runs", "$schema"], &[]);
        assert_eq!(document["version"], "2.1.0");
        let run = &document["runs"][0];
        only(run, &["tool", "results", "columnKind", "invocations"], &[]);
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        only(&run["invocations"][0], &["executionSuccessful"], &[]);
        let driver = &run["tool"]["driver"];
        only(driver, &["name", "version", "semanticVersion", "rules"], &[]);
        for rule in list(&driver["rules"]) {
            only(rule, &["id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration"], &[]);
            only(&rule["help"], &["text", "markdown"], &[]);
            assert!(rule["shortDescription"]["text"].is_string() && rule["fullDescription"]["text"].is_string());
            assert!(["error", "warning"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
        }
        for result in list(&run["results"]) {
            only(result, &["ruleId", "ruleIndex", "level", "message", "locations"], &["relatedLocations", "fixes"]);
            assert_eq!(driver["rules"][result["ruleIndex"].as_u64().unwrap() as usize]["id"], result["ruleId"]);
            assert!(result["message"]["text"].is_string());
            assert!(list(&result["locations"]).len() <= 1);
            list(&result["locations"]).iter().for_each(check_location);
            result["relatedLocations"].as_array().into_iter().flatten().for_each(check_location);
            for fix in result["fixes"].as_array().into_iter().flatten() {
                only(fix, &["description", "artifactChanges"], &[]);
                for change in list(&fix["artifactChanges"]) {
                    only(change, &["artifactLocation", "replacements"], &[]);
                    for replacement in list(&change["replacements"]) {
                        only(replacement, &["deletedRegion", "insertedContent"], &[]);
                        check_region(&replacement["deletedRegion"]);
                    }
                }
            }
        }
    }
}

#[test]
fn a_command_that_cannot_run_leaves_no_report() {
    let folder = project();
    for format in ["json", "sarif"] {
        let seen = hetc(folder.path(), &["check", "missing.net", "--format", format]);
        assert_eq!((seen.code, seen.out.as_str()), (Some(2), ""));
    }
    let seen = hetc(folder.path(), &["check", "missing.net", "--format", "github"]);
    assert!(seen.out.starts_with("::error title=hetc could not run::"), "{}", seen.out);
}

#[test]
fn other_commands_report_to_standard_error() {
    let folder = project();
    write(folder.path(), "small.net", &support::SMALL.replace("act cells", "act sells"));
    for command in ["compile", "train"] {
        let seen = hetc(folder.path(), &[command, "--format", "short"]);
        assert_eq!((seen.code, seen.out.as_str()), (Some(1), ""));
        assert!(seen.err.contains("small.net:5:9: error[H0102]: unknown cell `sells`\n"), "{}", seen.err);
        let seen = hetc(folder.path(), &[command, "--format", "json"]);
        assert!(seen.err.contains("\"code\": \"H0102\""), "{}", seen.err);
    }
}

#[test]
fn warnings_can_be_denied() {
    let folder = project();
    write(folder.path(), "small.net", &support::SMALL.replace("dense 16", "dense 15"));
    let code = |args: &[&str]| hetc(folder.path(), args).code;
    assert_eq!(code(&["check"]), Some(0));
    let denied = hetc(folder.path(), &["check", "--deny", "warnings"]);
    assert_eq!(denied.code, Some(1));
    assert!(denied.err.contains("warning[H0302]"), "it stays a warning");
    assert!(denied.err.ends_with("1 warning; warnings are denied; `hetc explain H0302` tells more\n"), "{}", denied.err);
    assert_eq!(
        json(&hetc(folder.path(), &["check", "--deny", "warnings", "--format", "json"]))["summary"]["warnings_denied"],
        true
    );
    assert_eq!(code(&["compile", "--deny", "warnings"]), Some(1));
    assert!(!folder.path().join("small.plan").exists());
    assert_eq!(code(&["train", "--deny", "warnings"]), Some(1));
    assert!(!folder.path().join("runs").exists());
    write(
        folder.path(),
        "small.net",
        &support::SMALL.replace("dense 16", "dense 15").replace("act cells", "act cells # allow H0302: odd"),
    );
    assert_eq!(code(&["check", "--deny", "warnings"]), Some(0));
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn fixes_are_made_and_told() {
    let folder = project();
    write(folder.path(), "small.net", &support::SMALL.replace("dense", "linear").replace("relu", "ReLU"));
    write(folder.path(), "small.toml", &support::RUN.replace("epochs", "epohcs"));
    let before = read(folder.path(), "small.net");
    let shown = hetc(folder.path(), &["check", "--fix", "--diff"]);
    assert_eq!(shown.code, Some(1));
    assert_eq!(read(folder.path(), "small.net"), before, "nothing is written");
    insta::assert_snapshot!("diff", shown.picture());
    let fixed = hetc(folder.path(), &["check", "--fix"]);
    assert_eq!(fixed.code, Some(0), "{}", fixed.err);
    insta::assert_snapshot!("fixed", fixed.picture());
    assert_eq!(read(folder.path(), "small.net"), support::SMALL);
    assert_eq!(read(folder.path(), "small.toml"), support::RUN);
    assert!(fs::read_dir(folder.path()).unwrap().all(|entry| !entry.unwrap().path().to_string_lossy().ends_with(".tmp")));
}

#[test]
fn a_fix_that_would_bring_an_error_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let text = "net n {\n    input 4\n    dnese 0\n}\n";
    write(folder.path(), "a.net", text);
    let fixed = hetc(folder.path(), &["check", "a.net", "--fix"]);
    assert_eq!(fixed.code, Some(1));
    assert_eq!(read(folder.path(), "a.net"), text);
    assert!(fixed.err.ends_with("1 change left out, because an error would come to light\n"), "{}", fixed.err);
}

#[test]
fn help_names_every_format() {
    insta::assert_snapshot!("check help", hetc(&root(), &["check", "--help"]).out);
}

#[test]
fn the_environment_chooses_colours_and_characters() {
    let folder = broken();
    let seen = |set: &[(&str, &str)]| {
        let mut command = command(folder.path(), &["check"]);
        command.env_remove("NO_COLOR").envs(set.iter().copied());
        ran(command.output().unwrap()).err
    };
    assert!(!seen(&[]).contains('\u{1b}'));
    assert!(seen(&[("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
    assert!(!seen(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
    assert!(seen(&[]).contains('╭'));
    assert!(!seen(&[("HETC_ASCII", "1")]).contains('╭'));
    assert!(!seen(&[("LC_ALL", "C")]).contains('╭'));
}
