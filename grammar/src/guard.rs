//! What is refused before the grammar sees it, because reading it could use up the stack.

use crate::comments::code;
use crate::span::{SourceId, Span};
use crate::tree::{SyntaxError, SyntaxErrorKind};
use crate::{MAX_BYTES, MAX_DEPTH};

/// Fails where the text is too long or nested too deeply.
pub(crate) fn check(source: SourceId, text: &str) -> Result<(), SyntaxError> {
    if text.len() > MAX_BYTES {
        let kind = SyntaxErrorKind::TooLong { bytes: text.len() };
        return Err(SyntaxError { kind, span: Span::new(source, text.floor_char_boundary(MAX_BYTES), text.len()) });
    }
    match too_deep(text) {
        Some(place) => Err(SyntaxError { kind: SyntaxErrorKind::TooDeep, span: Span::new(source, place, place + 1) }),
        None => Ok(()),
    }
}

/// The first bracket that lies deeper than [`MAX_DEPTH`].
///
/// The grammar recurses on braces and on the parentheses of formulas. Parentheses are counted anew where two words stand side by side
/// (`act relu`), which no formula survives; so the unclosed ones of many broken lines do not add up.
fn too_deep(text: &str) -> Option<usize> {
    let (mut braces, mut parens) = (0usize, 0usize);
    let (mut after_word, mut blank_since) = (false, false);
    for (place, c) in code(text) {
        match c {
            ' ' | '\t' | '\n' | '\r' => blank_since = true,
            '0'..='9' | 'a'..='z' | 'A'..='Z' | '_' => {
                if after_word && blank_since {
                    parens = 0;
                }
                (after_word, blank_since) = (true, false);
            }
            _ => {
                match c {
                    '{' => braces += 1,
                    '}' => braces = braces.saturating_sub(1),
                    '(' | '[' => parens += 1,
                    ')' | ']' => parens = parens.saturating_sub(1),
                    _ => {}
                }
                if matches!(c, '{' | '}') {
                    parens = 0;
                }
                (after_word, blank_since) = (false, false);
            }
        }
        if braces.max(parens) > MAX_DEPTH {
            return Some(place);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deep(text: &str) -> Option<usize> {
        too_deep(text)
    }

    #[test]
    fn nesting_up_to_the_limit_passes() {
        assert_eq!(deep(&"(".repeat(MAX_DEPTH)), None);
        assert_eq!(deep(&"(".repeat(MAX_DEPTH + 1)), Some(MAX_DEPTH));
        assert_eq!(deep(&"{".repeat(MAX_DEPTH + 1)), Some(MAX_DEPTH));
    }

    #[test]
    fn unclosed_lines_do_not_add_up() {
        assert_eq!(deep(&"act swish(7.5\n".repeat(1000)), None);
        assert_eq!(deep(&"cell a = (x\n".repeat(1000)), None);
    }

    #[test]
    fn comments_and_quoted_texts_do_not_count() {
        assert_eq!(deep(&format!("# {}\n", "(".repeat(1000))), None);
        assert_eq!(deep(&format!("use \"{}\"\n", "{".repeat(1000))), None);
        assert_eq!(deep(&format!("use \"{}\n", "{".repeat(1000))), Some("use \"".len() + MAX_DEPTH));
    }
}
