//! What kind of thing is being written at a place, read from the text alone: the line under the cursor is rarely whole.

use super::words;

/// What is being written.
#[derive(Debug, PartialEq, Eq)]
pub enum Spot<'t> {
    /// A comment, with what stands in it so far.
    Comment(&'t str),
    /// The first word of an item.
    Item,
    /// Something else of an item that begins with this word; with its words up to here.
    InItem { first: &'t str, before: &'t str },
    /// The first word of a statement.
    Head,
    /// An argument of a statement; with the words between its head and here.
    Argument { head: &'t str, before: &'t str },
}

/// What is being written where a word begins (or ends) at `offset`.
pub fn spot(text: &str, offset: usize) -> Spot<'_> {
    let line_start = text[..offset].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let line = &text[line_start..offset];
    if let Some((_, comment)) = line.split_once('#') {
        return Spot::Comment(comment);
    }
    let segment_start = line.rfind(['{', '}']).map_or(0, |brace| brace + 1);
    let segment = &line[segment_start..];
    let depth = open_braces(&text[..line_start + segment_start]);
    let word = words::begin(segment, segment.len());
    let before = segment[..word].trim_start();
    let first = before.split([' ', '\t', '(', '=']).next().unwrap_or_default();
    let rest = before.get(first.len()..).unwrap_or_default();
    match (depth, first) {
        (0, "") => Spot::Item,
        (0, first) => Spot::InItem { first, before: rest },
        (_, "") => Spot::Head,
        (_, head) => Spot::Argument { head, before: rest },
    }
}

/// How many braces are open at the end of `text`.
fn open_braces(text: &str) -> usize {
    let code = text.split(['\n', '\r']).map(|line| line.split('#').next().unwrap_or_default());
    code.flat_map(str::bytes).fold(0, |depth: usize, byte| match byte {
        b'{' => depth + 1,
        b'}' => depth.saturating_sub(1),
        _ => depth,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written at the `^` of a text.
    fn at(text: &str) -> String {
        let offset = text.find('^').unwrap();
        format!("{:?}", spot(&text.replace('^', ""), offset))
    }

    #[test]
    fn spots() {
        assert_eq!(at("ne^"), "Item");
        assert_eq!(at("net a { # }\n  de^"), "Head");
        assert_eq!(at("net a {\n}\nne^"), "Item");
        assert_eq!(at("net a { repeat 3 { co^ }"), "Head");
        assert_eq!(at("cell a(b) = x + ta^"), r#"InItem { first: "cell", before: "(b) = x + " }"#.replace("\"(b)", "\" a(b)"));
        assert_eq!(at("net a {\n act relu lay^"), r#"Argument { head: "act", before: " relu " }"#);
        assert_eq!(at("net a {\n act relu|^"), r#"Argument { head: "act", before: " relu|" }"#);
        assert_eq!(at("net a {\n act relu # größer ^"), r#"Comment(" größer ")"#);
    }
}
