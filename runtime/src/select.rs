//! Which tensors of a network: by what they are, or by name.

use crate::params::{Entry, Owner, Part, Table};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// `weights`, `cells`, or names of tensors: `conv1`, `conv*`, `act2.prelu(0.25).a`, `g`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Selector(pub String);

impl Selector {
    /// What layers have of their own: convolutions, dense layers, norms.
    pub const WEIGHTS: &str = "weights";
    /// What cells have: learned functions and trained parameters.
    pub const CELLS: &str = "cells";

    /// Whether it means this tensor: by its whole name, or by that of its owner. A star stands for any characters.
    pub fn means(&self, entry: &Entry) -> bool {
        let of_cell = !matches!(entry.owner, Owner::Layer(_)) || matches!(entry.part, Part::Trained { .. });
        match self.0.as_str() {
            Self::WEIGHTS => !of_cell,
            Self::CELLS => of_cell,
            pattern => {
                entry.name.match_indices('.').map(|(end, _)| &entry.name[..end]).any(|owner| fits(pattern, owner))
                    || fits(pattern, &entry.name)
            }
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `text` is `pattern` with something, or nothing, in place of each star.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text
            .strip_prefix(before)
            .is_some_and(|rest| rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| fits(after, &rest[at..]))),
    }
}

/// Whether any of `selectors` means `entry`.
pub fn meant(selectors: &[Selector], entry: &Entry) -> bool {
    selectors.iter().any(|selector| selector.means(entry))
}

/// The places of the trained tensors that `chosen` says, neighbours joined.
pub fn places(table: &Table, chosen: impl Fn(&Entry) -> bool) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    for entry in table.params.iter().filter(|entry| chosen(entry)) {
        match places.last_mut() {
            Some(last) if last.end == entry.range.start => last.end = entry.range.end,
            _ => places.push(entry.range.clone()),
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, fitting, other) in [
            ("conv*", ["conv1", "conv"], ["act1.conv", "con"]),
            ("*.bias", ["conv1.bias", ".bias"], ["bias", "conv1.bias2"]),
            ("a*b*c", ["abc", "a.b.b.c"], ["acb", "abcd"]),
            ("é*", ["é", "éü"], ["e", ""]),
        ] {
            assert!(fitting.iter().all(|text| fits(pattern, text)), "{pattern}");
            assert!(!other.iter().any(|text| fits(pattern, text)), "{pattern}");
        }
    }
}
