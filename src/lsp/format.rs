//! The text in the one way.

use super::texts::Text;
use lsp_types::{Range, TextEdit};

/// The edits that format a text: none if it is formatted, `None` if it cannot be read.
pub fn edits(text: &Text) -> Option<Vec<TextEdit>> {
    let formatted = hetc_grammar::format(&text.text).ok()?;
    Some(difference(text, &formatted).into_iter().collect())
}

/// One edit from the first line that differs to the last, so that cursors elsewhere stay.
fn difference(text: &Text, new: &str) -> Option<TextEdit> {
    let old = text.text.as_str();
    if old == new {
        return None;
    }
    let old_lines: Vec<&str> = old.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| -> (usize, usize) {
        let equal = pairs.take_while(|(old, new)| old == new);
        equal.fold((0, 0), |(lines, bytes), (line, _)| (lines + 1, bytes + line.len()))
    };
    let (lines_before, before) = same(&mut old_lines.iter().zip(&new_lines));
    let rest = |lines: &[&str]| lines.len() - lines_before;
    let behind = old_lines.iter().rev().take(rest(&old_lines)).zip(new_lines.iter().rev().take(rest(&new_lines)));
    let (_, after) = same(&mut { behind });
    let position = |offset| text.lines.position(old, offset);
    let range = Range::new(position(before), position(old.len() - after));
    Some(TextEdit::new(range, new[before..new.len() - after].to_string()))
}
