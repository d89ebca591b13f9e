//! Bytes ⇄ the protocol's positions: lines from 0, and UTF-16 units from the start of the line.

use hetc_grammar::span::Span;
use lsp_types::{Position, Range};

/// Where the lines of a text begin. A line ends with LF, CRLF or CR.
#[derive(Debug, Clone)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Those of `text`, which the other functions have to be given again.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(place, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(place + 1) != Some(&b'\n'),
            _ => false,
        });
        Self { starts: std::iter::once(0).chain(ends.map(|(place, _)| place + 1)).collect() }
    }

    /// The byte at `position`. A position beyond a line's end is that end; one inside a character is its beginning.
    pub fn offset(&self, text: &str, position: Position) -> usize {
        let Some(start) = self.starts.get(position.line as usize) else { return text.len() };
        let end = self.starts.get(position.line as usize + 1).copied().unwrap_or(text.len());
        let line = text[*start..end].trim_end_matches(['\n', '\r']);
        let mut units = 0;
        for (place, character) in line.char_indices() {
            units += character.len_utf16();
            if units > position.character as usize {
                return start + place;
            }
        }
        start + line.len()
    }

    /// The position of a byte; beyond the text it is the text's end.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = text.floor_char_boundary(offset);
        let line = self.line(offset);
        let units = text[self.starts[line]..offset].encode_utf16().count();
        Position::new(line as u32, units as u32)
    }

    /// The range of `span`.
    pub fn range(&self, text: &str, span: Span) -> Range {
        Range::new(self.position(text, span.start as usize), self.position(text, span.end as usize))
    }

    /// The number, from 0, of the line that a byte lies in.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1 // the first line begins at 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "ä🧠x\r\nab\rc\n\n日本";

    #[test]
    fn positions_count_utf_16_units() {
        let lines = Lines::of(TEXT);
        let position = |offset| {
            let Position { line, character } = lines.position(TEXT, offset);
            (line, character)
        };
        assert_eq!(position(0), (0, 0));
        assert_eq!(position(2), (0, 1), "behind ä: two bytes, one unit");
        assert_eq!(position(6), (0, 3), "behind 🧠: four bytes, two units");
        assert_eq!(position(9), (1, 0));
        assert_eq!(position(12), (2, 0), "a lone CR ends a line");
        assert_eq!(position(TEXT.len()), (4, 2));
        assert_eq!(position(9999), (4, 2));
    }

    #[test]
    fn there_and_back_again() {
        let lines = Lines::of(TEXT);
        for (offset, character) in TEXT.char_indices().filter(|(_, character)| !['\r', '\n'].contains(character)) {
            assert_eq!(lines.offset(TEXT, lines.position(TEXT, offset)), offset, "{character}");
        }
    }

    #[test]
    fn odd_positions_are_moved_into_the_text() {
        let lines = Lines::of(TEXT);
        let offset = |line, character| lines.offset(TEXT, Position::new(line, character));
        assert_eq!(offset(0, 2), 2, "inside 🧠");
        assert_eq!(offset(0, 99), 7, "before the line's end");
        assert_eq!(offset(3, 7), 14);
        assert_eq!(offset(99, 0), TEXT.len());
        assert_eq!(offset(u32::MAX, u32::MAX), TEXT.len());
        assert_eq!(Lines::of("").offset("", Position::new(0, 3)), 0);
    }
}
