//! Words of the text, whether it can be read or not.

use std::ops::Range;

/// Whether a byte can be part of a name.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The word that `offset` lies in or touches.
pub fn at(text: &str, offset: usize) -> Option<Range<usize>> {
    let start = begin(text, offset);
    let end = offset + text.as_bytes()[offset..].iter().take_while(|byte| is_word(**byte)).count();
    (start < end).then_some(start..end)
}

/// Where the word begins that ends at `offset`; `offset` itself if none does.
pub fn begin(text: &str, offset: usize) -> usize {
    offset - text.as_bytes()[..offset].iter().rev().take_while(|byte| is_word(**byte)).count()
}
