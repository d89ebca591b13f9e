//! Values of further kinds: texts, lists, tables of numbers.

use super::{Table, Text, describe, number, span, whole};
use hetc_compiler::diag::Findings;
use hetc_grammar::span::Span;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// A text and where it stands.
#[derive(Debug, Clone)]
pub struct Word {
    /// What it says.
    pub text: String,
    /// Where the value stands, quotes included.
    pub span: Span,
    /// Where the text begins, if it stands there letter by letter.
    inside: Option<usize>,
}

/// Whether a formula may call something so.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A whole number, a share, or a certain word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// So many.
    Count(usize),
    /// So much of 1.
    Share(f64),
    /// The word.
    Word,
}

impl Word {
    fn of(value: &Spanned<DeValue>, source: Text) -> Option<Self> {
        let text = value.get_ref().as_str()?.to_string();
        let start = value.span().start + 1;
        let inside = (source.text.get(start..start + text.len()) == Some(&text)).then_some(start);
        Some(Word { span: span(source, value.span()), inside, text })
    }

    /// Where some bytes of the text stand.
    pub fn place(&self, range: Range<usize>) -> Span {
        match self.inside {
            Some(start) => Span::new(self.span.source, start + range.start, start + range.end),
            None => self.span,
        }
    }
}

impl Table<'_, '_> {
    /// A text that is not empty; `words` describe it.
    pub fn text(&mut self, key: &str, words: &str, findings: &mut Findings) -> Option<String> {
        let value = self.take(key)?.value.get_ref();
        let (text, found) = (value.as_str().filter(|text| !text.is_empty()).map(str::to_string), describe(value));
        text.or_else(|| self.bad(key, words, &found, findings))
    }

    /// The same with where it stands.
    pub fn word(&mut self, key: &str, words: &str, findings: &mut Findings) -> Option<Word> {
        let entry = self.take(key)?;
        let (word, found) = (Word::of(&entry.value, entry.source), describe(entry.value.get_ref()));
        word.filter(|word| !word.text.is_empty()).or_else(|| self.bad(key, words, &found, findings))
    }

    /// A list of texts, perhaps empty.
    pub fn words(&mut self, key: &str, words: &str, findings: &mut Findings) -> Option<Vec<Word>> {
        let entry = self.take(key)?;
        let (value, source) = (entry.value.get_ref(), entry.source);
        let found = describe(value);
        let list = value.as_array().and_then(|items| items.iter().map(|item| Word::of(item, source)).collect());
        list.or_else(|| self.bad(key, words, &found, findings))
    }

    /// A list of numbers, perhaps empty.
    pub fn reals(&mut self, key: &str, findings: &mut Findings) -> Option<Vec<f64>> {
        let value = self.take(key)?.value.get_ref();
        let list = value.as_array().and_then(|items| items.iter().map(|item| number(item.get_ref())).collect());
        let found = describe(value);
        list.or_else(|| self.bad(key, "a list of numbers", &found, findings))
    }

    /// Two numbers.
    pub fn pair(&mut self, key: &str, findings: &mut Findings) -> Option<[f64; 2]> {
        let list = self.reals(key, findings)?;
        let found = format!("a list of {}", list.len());
        list.try_into().ok().or_else(|| self.bad(key, "a list of two numbers", &found, findings))
    }

    /// Numbers with names.
    pub fn constants(&mut self, key: &str, findings: &mut Findings) -> Option<BTreeMap<String, f64>> {
        let value = self.take(key)?.value.get_ref();
        let found = describe(value);
        let named = value.as_table().and_then(|table| {
            table.iter().map(|(name, value)| Some((name.get_ref().to_string(), number(value.get_ref())?))).collect()
        });
        named.or_else(|| self.bad(key, "a table of numbers with names", &found, findings))
    }

    /// A whole number of at least 0.
    pub fn size(&mut self, key: &str, findings: &mut Findings) -> Option<usize> {
        self.whole(key, 0, u32::MAX.into(), findings).map(|number| number as usize)
    }

    /// A seed of the data crate's random stream.
    pub fn seed(&mut self, key: &str, findings: &mut Findings) -> Option<u32> {
        self.whole(key, 0, u32::MAX.into(), findings).map(|number| number as u32)
    }

    /// A number.
    pub fn real(&mut self, key: &str, findings: &mut Findings) -> Option<f64> {
        self.number(key, .., "a number", findings)
    }

    /// How many, which share of 1, or `word`.
    pub fn amount(&mut self, key: &str, word: &str, findings: &mut Findings) -> Option<Amount> {
        let value = self.take(key)?.value.get_ref();
        let found = describe(value);
        let amount = match value {
            DeValue::String(text) if text == word => Some(Amount::Word),
            DeValue::Integer(_) => whole(value).and_then(|count| usize::try_from(count).ok()).map(Amount::Count),
            DeValue::Float(_) => number(value).filter(|share| *share > 0.0 && *share < 1.0).map(Amount::Share),
            _ => None,
        };
        let expected = format!("how many samples, a share between 0 and 1, or `\"{word}\"`");
        amount.or_else(|| self.bad(key, &expected, &found, findings))
    }

    /// Reports that one item of the list `key` is not `expected`.
    pub fn bad_item(&self, key: &str, item: &Word, expected: &str, findings: &mut Findings) {
        let key = format!("{}.{key}", self.name);
        let (expected, found) = (expected.to_string(), format!("`\"{}\"`", item.text));
        findings.report::<()>(crate::findings::RunFileValue { key, span: item.span, expected, found, near: None });
    }
}
