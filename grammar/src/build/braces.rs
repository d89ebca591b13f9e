//! Which brace to blame when one is missing.

/// The braces of one item.
#[derive(Default)]
pub(super) struct Braces {
    /// Opening and closing, in the order in which they close.
    closed: Vec<(usize, usize)>,
    /// Never closed; the inmost first.
    unclosed: Vec<usize>,
}

impl Braces {
    pub(super) fn close(&mut self, open: usize, close: usize) {
        self.closed.push((open, close));
    }

    pub(super) fn leave_open(&mut self, open: usize) {
        self.unclosed.push(open);
    }

    /// The brace that most likely lacks its partner, if one is missing; forgets the item.
    ///
    /// A missing brace shifts all later ones outwards, so the first closing brace that stands further left than the line which opened it
    /// shows where it went wrong. One missing brace is one error, however many bodies it leaves open.
    pub(super) fn blame(&mut self, text: &str) -> Option<usize> {
        let Braces { closed, unclosed } = std::mem::take(self);
        let inmost = *unclosed.first()?;
        let outdented = |&&(open, close): &&(usize, usize)| {
            let lines = text.get(open..close).is_some_and(|inside| inside.contains(['\n', '\r']));
            lines && indent(text, close) < indent(text, open)
        };
        Some(closed.iter().find(outdented).map_or(inmost, |&(open, _)| open))
    }
}

/// How many blanks the line of `place` begins with.
fn indent(text: &str, place: usize) -> usize {
    let before = text.get(..place).unwrap_or_default();
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    line.len() - line.trim_start_matches([' ', '\t']).len()
}
