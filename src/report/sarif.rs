//! SARIF 2.1.0, the format of code scanning: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use super::{Found, Place};
use crate::findings::all_codes;
use hetc_compiler::diag::Code;
use serde_json::{Value, json};
use std::path::Path;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Everything that was found, with every code as a rule.
pub fn sarif(found: &[Found]) -> String {
    let codes = all_codes();
    let version = env!("CARGO_PKG_VERSION");
    let rules: Vec<Value> = codes.iter().copied().map(rule).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "hetc", "version": version, "semanticVersion": version, "rules": rules } },
            "invocations": [{ "executionSuccessful": true }],
            "columnKind": "unicodeCodePoints",
            "results": found.iter().map(|found| result(found, &codes)).collect::<Vec<Value>>(),
        }],
    });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n" // no value has a way to fail
}

fn rule(code: &Code) -> Value {
    let story = code.page.split_once("\n\n").map_or(code.page, |(_, story)| story);
    json!({
        "id": code.id,
        "name": code.name,
        "shortDescription": { "text": code.summary },
        "fullDescription": { "text": story.split("\n\n").next().unwrap_or_default().replace('\n', " ") },
        "help": { "text": story, "markdown": story },
        "defaultConfiguration": { "level": code.severity.word() },
    })
}

fn result(found: &Found, codes: &[&Code]) -> Value {
    let help = found.help.iter().map(|help| format!("\nhelp: {help}"));
    let mut result = json!({
        "ruleId": found.code.id,
        "level": found.code.severity.word(),
        "message": { "text": found.headline.clone() + &help.collect::<String>() },
        "locations": found.primary().filter(|place| place.is_file).map(|place| location(place, None)).into_iter().collect::<Vec<_>>(),
    });
    if let Some(index) = codes.iter().position(|code| code.id == found.code.id) {
        result["ruleIndex"] = json!(index);
    }
    let labelled = found.labels.iter().filter(|(place, text)| place.is_file && !text.is_empty());
    let related: Vec<Value> = labelled.map(|(place, text)| location(place, Some(text))).collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    if let Some((place, text)) = found.fix.as_ref().filter(|(place, _)| place.is_file) {
        let replacement = json!({ "deletedRegion": region(place), "insertedContent": { "text": text } });
        let change = json!({ "artifactLocation": { "uri": uri(&place.file) }, "replacements": [replacement] });
        let words = if text.is_empty() { "remove it".to_string() } else { format!("write `{text}`") };
        result["fixes"] = json!([{ "description": { "text": words }, "artifactChanges": [change] }]);
    }
    result
}

fn location(place: &Place, words: Option<&str>) -> Value {
    let mut location = json!({
        "physicalLocation": { "artifactLocation": { "uri": uri(&place.file) }, "region": region(place) },
    });
    if let Some(words) = words {
        location["message"] = json!({ "text": words });
    }
    location
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    })
}

/// A path as a URI: relative to where hetc was called, or with `file:`.
fn uri(path: &str) -> String {
    let slashed = if cfg!(windows) { path.replace('\\', "/") } else { path.to_string() };
    let absolute = Path::new(path).is_absolute();
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) || (absolute && byte == b':');
    let encoded: String = slashed
        .strip_prefix("./")
        .unwrap_or(&slashed)
        .bytes()
        .map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    match (absolute, encoded.starts_with('/')) {
        (false, _) => encoded,
        (true, true) => format!("file://{encoded}"),
        (true, false) => format!("file:///{encoded}"),
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_are_encoded() {
        assert_eq!(uri("./specs/größe 1.net"), "specs/gr%C3%B6%C3%9Fe%201.net");
        assert_eq!(uri("a:b#c.net"), "a%3Ab%23c.net");
        assert_eq!(uri("/home/me/a.net"), "file:///home/me/a.net");
    }
}
