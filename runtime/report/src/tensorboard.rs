//! Event files for TensorBoard: one folder a run, one scalar an epoch and quantity.
//!
//! A file is a row of records (TFRecord): length, its checksum, the message, its checksum, all little-endian. Messages are `Event`s of
//! TensorFlow's `event.proto` and `summary.proto`, of which the few fields needed are here.

use crate::study::{Epoch, Group, Run, Study};
use prost::Message;
use std::fs;
use std::io;
use std::path::Path;

/// `tensorflow.Event`
#[derive(Clone, PartialEq, Message)]
struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(oneof = "What", tags = "3, 5")]
    what: Option<What>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
}

/// `tensorflow.Summary`
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

/// `tensorflow.Summary.Value`
#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// Names as TensorBoard groups them, and where they are found.
type Quantity = (&'static str, fn(&Epoch) -> Option<f64>);

const QUANTITIES: [Quantity; 7] = [
    ("loss/train", |epoch| epoch.train_loss),
    ("loss/validation", |epoch| epoch.validation_loss),
    ("loss/test", |epoch| epoch.test_loss),
    ("accuracy/train", |epoch| epoch.train_accuracy),
    ("accuracy/validation", |epoch| epoch.validation_accuracy),
    ("accuracy/test", |epoch| epoch.test_accuracy),
    ("seconds", |epoch| Some(epoch.seconds)),
];

/// The event file of one run: its steps are epochs. Where nobody knows when it began, that is 1970.
pub fn events(run: &Run) -> Vec<u8> {
    let started = run.started.unwrap_or_default();
    let version = What::FileVersion("brain.Event:2".to_string());
    let mut out = record(&Event { wall_time: started, step: 0, what: Some(version) });
    let mut now = started;
    for epoch in &run.epochs {
        now += epoch.seconds;
        let known = QUANTITIES.iter().filter_map(|(tag, of)| of(epoch).map(|value| (tag.to_string(), value as f32)));
        let value = known.map(|(tag, value)| Value { tag, simple_value: Some(value) }).collect();
        let what = Some(What::Summary(Summary { value }));
        out.extend(record(&Event { wall_time: now, step: epoch.epoch as i64, what }));
    }
    out
}

/// Writes `FOLDER/GROUP/seed-N/events.out.tfevents.0.hetc` for every run with epochs, each whole or not at all.
pub fn write(study: &Study, folder: &Path) -> io::Result<()> {
    let names = folders(study);
    for (group, name) in study.groups.iter().zip(names) {
        for run in group.runs.iter().filter(|run| !run.epochs.is_empty()) {
            let place = folder.join(&name).join(format!("seed-{}", run.seed));
            fs::create_dir_all(&place)?;
            // TensorBoard takes every file with `tfevents` in its name for one of its own, so the sibling has none.
            let sibling = place.join("writing.tmp");
            fs::write(&sibling, events(run))?;
            fs::rename(&sibling, place.join("events.out.tfevents.0.hetc"))?;
        }
    }
    Ok(())
}

/// Group names as names of folders, all different.
fn folders(study: &Study) -> Vec<String> {
    let plain = |group: &Group| {
        let safe = |c: char| if c.is_alphanumeric() || "._+-()|, ".contains(c) { c } else { '-' };
        let name: String = group.name.chars().map(safe).take(80).collect();
        let name = name.trim_matches(['.', ' ']).to_string();
        if name.is_empty() { "network".to_string() } else { name }
    };
    let mut names: Vec<String> = Vec::new();
    for group in &study.groups {
        let mut name = plain(group);
        while names.contains(&name) {
            name.push('_');
        }
        names.push(name);
    }
    names
}

fn record(event: &Event) -> Vec<u8> {
    let message = event.encode_to_vec();
    let length = (message.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), &message, &masked(&message)].concat()
}

/// The checksum of a record's part: CRC-32C, turned by 15 bits and shifted, as the format has it.
fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}
