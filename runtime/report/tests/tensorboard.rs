//! Event files, read back by a reader of their own: the wire format by hand, and the checksum bit by bit.
#![allow(missing_docs, clippy::print_stderr)] // a skipped test says so

mod fixture;

use hetc_report::tensorboard;
use std::process::Command;

/// CRC-32C (Castagnoli), reflected, one bit at a time.
fn crc(bytes: &[u8]) -> u32 {
    let mut state = !0u32;
    for byte in bytes {
        state ^= u32::from(*byte);
        for _ in 0..8 {
            state = if state & 1 == 1 { (state >> 1) ^ 0x82f6_3b78 } else { state >> 1 };
        }
    }
    !state
}

fn records(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    let check = |part: &[u8], sum: &[u8]| {
        let crc = crc(part);
        let masked = crc.rotate_right(15).wrapping_add(0xa282_ead8);
        assert_eq!(masked, u32::from_le_bytes(sum.try_into().unwrap()));
    };
    while !bytes.is_empty() {
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        check(&bytes[..8], &bytes[8..12]);
        check(&bytes[12..12 + length], &bytes[12 + length..16 + length]);
        records.push(&bytes[12..12 + length]);
        bytes = &bytes[16 + length..];
    }
    records
}

/// A field of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Field<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    }
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let field = match key & 7 {
            0 => Field::Varint(varint(&mut bytes)),
            1 => {
                let value = u64::from_le_bytes(bytes[..8].try_into().unwrap());
                bytes = &bytes[8..];
                Field::Fixed64(value)
            }
            2 => {
                let length = varint(&mut bytes) as usize;
                let (head, tail) = bytes.split_at(length);
                bytes = tail;
                Field::Bytes(head)
            }
            5 => {
                let value = u32::from_le_bytes(bytes[..4].try_into().unwrap());
                bytes = &bytes[4..];
                Field::Fixed32(value)
            }
            other => panic!("wire type {other}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

fn find<'a>(fields: &[(u64, Field<'a>)], tag: u64) -> Field<'a> {
    fields.iter().find(|field| field.0 == tag).unwrap_or_else(|| panic!("no field {tag}")).1
}

fn bytes<'a>(field: Field<'a>) -> &'a [u8] {
    match field {
        Field::Bytes(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_written_is_what_the_epochs_say() {
    let study = fixture::one_mix();
    let run = &study.groups[1].runs[2];
    let file = tensorboard::events(run);
    let records = records(&file);
    assert_eq!(records.len(), 1 + run.epochs.len());
    assert_eq!(find(&fields(records[0]), 3), Field::Bytes(b"brain.Event:2"));
    let mut seconds = 1e9;
    for (record, epoch) in records[1..].iter().zip(&run.epochs) {
        let event = fields(record);
        seconds += epoch.seconds;
        assert_eq!(find(&event, 1), Field::Fixed64(seconds.to_bits()));
        assert_eq!(find(&event, 2), Field::Varint(epoch.epoch));
        let values = fields(bytes(find(&event, 5)));
        let read: Vec<(String, f32)> = values
            .iter()
            .map(|(tag, value)| {
                assert_eq!(*tag, 1);
                let value = fields(bytes(*value));
                let Field::Fixed32(bits) = find(&value, 2) else { panic!("no float") };
                (String::from_utf8(bytes(find(&value, 1)).to_vec()).unwrap(), f32::from_bits(bits))
            })
            .collect();
        let expected = [
            ("loss/train", epoch.train_loss),
            ("loss/test", epoch.test_loss),
            ("accuracy/train", epoch.train_accuracy),
            ("accuracy/test", epoch.test_accuracy),
            ("seconds", Some(epoch.seconds)),
        ];
        assert_eq!(read, expected.map(|(tag, value)| (tag.to_string(), value.unwrap() as f32)));
    }
}

#[test]
fn a_folder_a_run() {
    let folder = tempfile::tempdir().unwrap();
    tensorboard::write(&fixture::hostile(), folder.path()).unwrap();
    tensorboard::write(&fixture::one_mix(), folder.path()).unwrap();
    let file = folder.path().join("swish(2) alone/seed-3/events.out.tfevents.0.hetc");
    assert_eq!(std::fs::read(file).unwrap(), tensorboard::events(&fixture::one_mix().groups[1].runs[2]));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 8);
}

/// Runs only where Python has the package `tensorboard`; what CI has to hold is above.
#[test]
fn tensorboard_itself_reads_them() {
    let python = std::env::var("HETC_PYTHON").unwrap_or_else(|_| "python3".to_string());
    let has = Command::new(&python).args(["-c", "import tensorboard"]).output().is_ok_and(|output| output.status.success());
    if !has {
        eprintln!("skipped: {python} has no package `tensorboard`");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let study = fixture::one_mix();
    tensorboard::write(&study, folder.path()).unwrap();
    std::fs::write(folder.path().join("study.json"), serde_json::to_string(&study).unwrap()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/tensorboard_reads.py");
    let output = Command::new(&python).arg(script).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
