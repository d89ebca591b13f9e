//! What a statement can say, read from how it is written: `act CELL|CELL|… [ratio 1:1] [layout interleave|block]`.
//!
//! Words in capitals stand for something; words in small letters are written as they are. So completion cannot promise what the
//! compiler does not know.

use hetc_compiler::network::{DERIVED, STATEMENTS, Statement};

/// What may stand behind a statement's head.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Words that something follows, with what may follow: `layout` with `interleave`, `block`; `ratio` with `1:1`.
    pub words: Vec<(String, Vec<String>)>,
    /// Words that stand alone, one of several: `max`, `avg`.
    pub choices: Vec<String>,
    /// Options with the words they can be given: `bias` with `yes`, `no`; `pad` with none.
    pub options: Vec<(String, Vec<String>)>,
    /// Whether cell types may stand there.
    pub cells: bool,
    /// Whether taps may.
    pub taps: bool,
}

/// The statement that begins with `head`.
pub fn statement(head: &str) -> Option<&'static Statement> {
    STATEMENTS.iter().chain(DERIVED).find(|statement| statement.head == head)
}

impl Usage {
    /// Of the statement that begins with `head`; empty if there is none.
    pub fn of(head: &str) -> Self {
        statement(head).map(|statement| Self::read(statement.head, statement.usage)).unwrap_or_default()
    }

    fn read(head: &str, usage: &str) -> Self {
        let mut found = Self::default();
        for form in usage.replace(" = ", "=").split(" or ") {
            let form = form.split('{').next().unwrap_or_default();
            let mut before: Option<String> = None;
            for token in form.split([' ', '[', ']', '{', '}', '(', ')']).filter(|token| !token.is_empty() && *token != head) {
                before = found.token(token, before);
            }
        }
        found
    }

    /// Notes one token; returns it if it is a word that the next token may belong to.
    fn token(&mut self, token: &str, before: Option<String>) -> Option<String> {
        if let Some((key, value)) = token.split_once('=') {
            let mut values = words(value);
            match values.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["yes" | "no"] => values = vec!["yes".to_string(), "no".to_string()],
                [_] if !value.contains('|') => values.clear(), // what it is when it is not said
                _ => {}
            }
            add(&mut self.options, key, values);
            return None;
        }
        self.cells |= token.contains("CELL") || token.contains("NAME|NAME");
        self.taps |= token.contains("TAP");
        let words = words(token);
        let is_example = token.contains(':');
        match (before, words.as_slice()) {
            (Some(word), _) if is_example => add(&mut self.words, &word, vec![token.to_string()]),
            (Some(word), [_, _, ..]) => add(&mut self.words, &word, words),
            (_, [only]) if !token.contains('|') => {
                add(&mut self.words, only, Vec::new());
                return Some(only.clone());
            }
            (_, words) => {
                let new = words.iter().filter(|word| !self.choices.contains(word)).cloned().collect::<Vec<_>>();
                self.choices.extend(new);
            }
        }
        None
    }

    /// Whether `word` is one that the statement knows, and so no name.
    pub fn knows(&self, word: &str) -> bool {
        let in_list = |(key, values): &(String, Vec<String>)| key == word || values.iter().any(|value| value == word);
        self.words.iter().chain(&self.options).any(in_list) || self.choices.iter().any(|choice| choice == word)
    }
}

fn add(list: &mut Vec<(String, Vec<String>)>, key: &str, values: Vec<String>) {
    match list.iter_mut().find(|(known, _)| known == key) {
        Some((_, known)) => known.extend(values.into_iter().filter(|value| !known.contains(value)).collect::<Vec<_>>()),
        None => list.push((key.to_string(), values)),
    }
}

/// The parts between `|` that are words in small letters.
fn words(token: &str) -> Vec<String> {
    let is_word = |part: &&str| part.starts_with(|c: char| c.is_ascii_lowercase()) && !part.contains(|c: char| c.is_uppercase());
    token.split('|').filter(is_word).map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
        entries.iter().map(|(key, values)| (key.to_string(), values.iter().map(|value| value.to_string()).collect())).collect()
    }

    #[test]
    fn what_an_act_can_say() {
        let usage = Usage::read("act", "act CELL|CELL|… [ratio 1:1] [layout interleave|block|checkerboard|random [seed=0]]");
        assert!(usage.cells && usage.choices.is_empty());
        let layouts: &[&str] = &["interleave", "block", "checkerboard", "random"];
        assert_eq!(usage.words, list(&[("ratio", &["1:1"]), ("layout", layouts)]));
        assert_eq!(usage.options, list(&[("seed", &[])]));
        assert!(usage.knows("random") && usage.knows("seed") && !usage.knows("relu"));
    }

    #[test]
    fn several_ways_and_choices() {
        let pool = Usage::read("pool", "pool max|avg HEIGHTxWIDTH [stride=HEIGHTxWIDTH] or pool max|avg to HEIGHTxWIDTH");
        assert_eq!(pool.choices, ["max", "avg"]);
        assert_eq!(pool.words, list(&[("to", &[])]));
        let norm = Usage::read("norm", "norm layer|batch [affine=yes] [epsilon=1e-5]");
        assert_eq!(norm.options, list(&[("affine", &["yes", "no"]), ("epsilon", &[])]));
        let expect = Usage::read("expect", "expect params = N or expect shape = UNITS or expect macs = N");
        assert_eq!(expect.options, list(&[("params", &[]), ("shape", &[]), ("macs", &[])]));
    }
}
