//! Runs that are interrupted or killed at any moment end with the same bits as one that was not.
#![cfg(unix)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{RUN, command, hetc, project, write};

const LONGER: &str = "--epochs=40";

fn model(folder: &Path, run: &str) -> Vec<u8> {
    fs::read(folder.join(run).join("small/seed-1/model.safetensors")).expect("a trained model")
}

fn start(folder: &Path, args: &[&str]) -> Child {
    command(folder, args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("hetc starts")
}

/// Waits until the run has written at least `lines` lines of metrics, or is over.
fn wait_for(child: &mut Child, metrics: &PathBuf, lines: usize) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) && child.try_wait().expect("a state").is_none() {
        if fs::read_to_string(metrics).is_ok_and(|text| text.lines().count() >= lines) {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn signal(child: &Child, name: &str) {
    Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill runs");
}

fn whole(folder: &Path) -> Vec<u8> {
    let trained = hetc(folder, &["train", LONGER, "--seeds=1", "--no-controls", "--out=whole"]);
    assert_eq!(trained.code, Some(0), "{}", trained.err);
    model(folder, "whole")
}

#[test]
fn killed_again_and_again() {
    let folder = project();
    // A checkpoint after every epoch, so that kills fall between and inside their writing.
    write(folder.path(), "small.toml", &RUN.replace("seeds = 2", "seeds = 2\ncheckpoint_seconds = 0"));
    let expected = whole(folder.path());
    let metrics = folder.path().join("killed/small/seed-1/metrics.jsonl");
    let mut child = start(folder.path(), &["train", LONGER, "--seeds=1", "--no-controls", "--out=killed"]);
    let mut struck = 0;
    for round in 1..=6 {
        wait_for(&mut child, &metrics, round * 5);
        std::thread::sleep(Duration::from_millis(round as u64 * 3));
        struck += u32::from(child.try_wait().expect("a state").is_none());
        signal(&child, "-KILL");
        child.wait().expect("an end");
        child = start(folder.path(), &["train", "--resume", "killed"]);
    }
    assert!(struck >= 4, "only {struck} kills came in time");
    assert_eq!(child.wait().expect("an end").code(), Some(0));
    assert_eq!(model(folder.path(), "killed"), expected);
    assert_eq!(fs::read_to_string(metrics).unwrap().lines().count(), 40);
}

#[test]
fn interrupted_with_control_c() {
    let folder = project();
    let expected = whole(folder.path());
    let metrics = folder.path().join("stopped/small/seed-1/metrics.jsonl");
    let mut child = start(folder.path(), &["train", LONGER, "--seeds=1", "--no-controls", "--out=stopped"]);
    wait_for(&mut child, &metrics, 3);
    signal(&child, "-INT");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let resumed = hetc(folder.path(), &["train", "--resume", "stopped"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.err);
    assert_eq!(model(folder.path(), "stopped"), expected);
}
