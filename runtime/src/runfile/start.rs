//! `[start]`: weights that trainings start from.

use super::reader::Document;
use crate::select::Selector;
use crate::start::Start;
use hetc_compiler::diag::Findings;
use hetc_grammar::span::Span;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Keys of `[start]`.
pub const KEYS: [&str; 4] = ["weights", "map", "fresh", "sha256"];

/// What the table says, and where the values stand; nothing if it is not there or cannot be used.
pub fn start(document: &mut Document, findings: &mut Findings) -> Option<(Start, BTreeMap<&'static str, Span>)> {
    let mut root = document.root();
    let mut table = root.child("start")?;
    let spans = KEYS.iter().filter_map(|key| Some((*key, table.value_span(key)?))).collect();
    let weights = table.text("weights", "the name of a file", findings);
    let weights = table.required("weights", "`weights = \"model.safetensors\"` under `[start]`", weights, findings);
    let map = table.text("map", "the name of a file", findings);
    let fresh = table.one_or_more("fresh", findings).unwrap_or_default();
    let expected = "64 hexadecimal digits";
    let sha256 = table.text("sha256", expected, findings).and_then(|text| {
        let sound = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if sound { Some(text) } else { table.bad("sha256", expected, &format!("`\"{text}\"`"), findings) }
    });
    let (map, fresh) = (map.map(PathBuf::from), fresh.into_iter().map(Selector).collect());
    Some((Start { weights: weights?.into(), map, fresh, sha256 }, spans))
}
