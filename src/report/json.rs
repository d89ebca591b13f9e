//! One JSON document.

use super::{Found, Place};
use hetc_compiler::diag::Severity;
use serde::Serialize;

/// Rises when a field goes or changes its meaning; fields may be added at any time.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    diagnostics: Vec<Entry<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'a str,
    name: &'a str,
    severity: &'a str,
    headline: &'a str,
    labels: Vec<Words<'a>>,
    help: &'a [String],
    fix: Option<Words<'a>>,
    page: String,
}

/// A place and what is said about it, or what is to stand there.
#[derive(Serialize)]
struct Words<'a> {
    #[serde(flatten)]
    place: &'a Place,
    text: &'a str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    /// Whether warnings count as failure.
    warnings_denied: bool,
}

/// Everything that was found.
pub fn json(found: &[Found], warnings_denied: bool) -> String {
    let count = |severity| found.iter().filter(|found| found.code.severity == severity).count();
    let summary = Summary { errors: count(Severity::Error), warnings: count(Severity::Warning), warnings_denied };
    let document = Document { version: VERSION, diagnostics: found.iter().map(entry).collect(), summary };
    // Strings, numbers and lists have no way to fail.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn entry(found: &Found) -> Entry<'_> {
    Entry {
        code: found.code.id,
        name: found.code.name,
        severity: found.code.severity.word(),
        headline: &found.headline,
        labels: found.labels.iter().map(words).collect(),
        help: &found.help,
        fix: found.fix.as_ref().map(words),
        page: format!("docs/codes.md#{}-{}", found.code.id.to_ascii_lowercase(), found.code.name),
    }
}

fn words((place, text): &(Place, String)) -> Words<'_> {
    Words { place, text }
}
