//! One line a finding, as editors and `grep` read it.

use super::Found;

/// `small.net:4:9: error[H0401]: headline`
pub fn short(found: &Found) -> String {
    let place = found.primary().map(|place| format!("{}:{}:{}: ", place.file, place.start.line, place.start.column));
    format!("{}{}: {}\n", place.unwrap_or_default(), found.title(), found.headline)
}
