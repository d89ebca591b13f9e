//! Comments, collected beside the tree.
//!
//! The language has no quoted text, so every `#` begins a comment.

use crate::span::{SourceId, Span};
use crate::tree::Comment;

/// All comments of a text, in order.
pub(crate) fn collect(source: SourceId, text: &str) -> Vec<Comment> {
    let mut comments = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        if let Some((code, rest)) = line.split_once('#') {
            let words = rest.trim_end();
            let hash = start + code.len();
            comments.push(Comment {
                text: format!("#{words}"),
                span: Span::new(source, hash, hash + 1 + words.len()),
                trailing: !code.trim_start_matches('\u{FEFF}').trim_matches([' ', '\t']).is_empty(),
            });
        }
        start += line.len();
    }
    comments
}
