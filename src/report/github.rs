//! Workflow commands: GitHub shows them beside the lines of a change.

use super::Found;

/// `::error file=small.net,line=4,endLine=4,col=9,endColumn=12,title=error[H0401]::headline`
pub fn github(found: &Found) -> String {
    let mut properties = Vec::new();
    if let Some(place) = found.primary().filter(|place| place.is_file) {
        properties.push(("file", place.file.clone()));
        properties.push(("line", place.start.line.to_string()));
        properties.push(("endLine", place.end.line.to_string()));
        // GitHub takes columns only where a finding stands on one line.
        if place.start.line == place.end.line {
            properties.push(("col", place.start.column.to_string()));
            properties.push(("endColumn", place.end.column.to_string()));
        }
    }
    properties.push(("title", format!("{} {}", found.title(), found.code.name)));
    let labels = found.labels.iter().filter(|(_, text)| !text.is_empty());
    let labels = labels.map(|(place, text)| format!("{}:{}: {text}", place.file, place.start.line));
    let help = found.help.iter().map(|help| format!("help: {help}"));
    let lines: Vec<String> = std::iter::once(found.headline.clone()).chain(labels).chain(help).collect();
    command(found.code.severity.word(), &properties, &lines.join("\n"))
}

/// Why a command could not run.
pub fn failure(headline: &str) -> String {
    command("error", &[("title", "hetc could not run".to_string())], headline)
}

fn command(name: &str, properties: &[(&str, String)], message: &str) -> String {
    let properties: Vec<String> = properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    format!("::{name} {}::{}\n", properties.join(","), data(message))
}

/// A message, in which only what ends a line would be misread.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value, in which also the signs that part properties would be.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn what_would_be_misread_is_escaped() {
        let command = command("error", &[("file", "a,b:c%.net".to_string())], "50 %\r\nof: a, b");
        assert_eq!(command, "::error file=a%2Cb%3Ac%25.net::50 %25%0D%0Aof: a, b\n");
    }
}
