//! What is code and what is not: comments, collected beside the tree, and texts in quotes.

use crate::span::{SourceId, Span};
use crate::tree::Comment;

/// All comments of a text, in order.
pub(crate) fn collect(source: SourceId, text: &str) -> Vec<Comment> {
    let mut comments = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        if let Some((code, comment)) = comment_in(line).and_then(|hash| line.split_at_checked(hash)) {
            let words = comment.trim_end();
            let hash = start + code.len();
            comments.push(Comment {
                text: words.to_owned(),
                span: Span::new(source, hash, hash + words.len()),
                trailing: !code.trim_start_matches('\u{FEFF}').trim_matches([' ', '\t']).is_empty(),
            });
        }
        start += line.len();
    }
    comments
}

/// Whether a comment stands in `text`.
pub(crate) fn has_one(text: &str) -> bool {
    text.split(['\n', '\r']).any(|line| comment_in(line).is_some())
}

/// The characters of `text` that belong neither to a comment nor to a text in quotes; the quotes themselves do.
pub(crate) fn code(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut hidden, mut closing) = (0, None);
    text.char_indices().filter(move |&(place, c)| {
        if place < hidden || closing == Some(place) {
            return place >= hidden;
        }
        match c {
            '#' => hidden = text.get(place..).and_then(|rest| rest.find(['\n', '\r'])).map_or(text.len(), |end| place + end),
            '"' => {
                closing = text.get(place + 1..).and_then(closing_quote).map(|length| place + 1 + length);
                hidden = closing.unwrap_or(0);
            }
            _ => {}
        }
        c != '#'
    })
}

/// Where the comment of a line begins; a `#` in quotes begins none.
fn comment_in(line: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = line.get(from..)?;
        let place = rest.find(['#', '"'])?;
        let behind = rest.get(place + 1..)?;
        if rest.as_bytes().get(place) == Some(&b'#') {
            return Some(from + place);
        }
        from += place + 1 + closing_quote(behind).map_or(0, |length| length + 1);
    }
}

/// How long the text is that the next quote on the same line closes.
fn closing_quote(text: &str) -> Option<usize> {
    text.find(['"', '\n', '\r']).filter(|&end| text.as_bytes().get(end) == Some(&b'"'))
}
