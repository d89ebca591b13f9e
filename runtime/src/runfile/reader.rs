//! Taking typed values out of TOML tables, with a diagnostic for everything that does not fit.

mod values;

pub use values::{Amount, Word};

use super::Text;
use crate::findings::{RunFileKey, RunFileMissing, RunFileSyntax, RunFileValue, any_of};
use hetc_compiler::diag::Findings;
use hetc_compiler::diag::suggest::similar;
use hetc_grammar::span::Span;
use std::collections::BTreeMap;
use std::ops::RangeBounds;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One value with where its key and it stand.
struct Entry<'a> {
    value: Spanned<DeValue<'a>>,
    key_span: Span,
    source: Text<'a>,
    taken: bool,
}

/// The entries of a run file, flags already in place.
pub struct Document<'a> {
    tables: BTreeMap<String, (Span, BTreeMap<String, Entry<'a>>)>,
    /// Keys outside any table.
    loose: Vec<(String, Span)>,
    end: Span,
}

/// One table; every reader takes its key, so that what is left over is unknown.
pub struct Table<'d, 'a> {
    name: String,
    entries: Option<&'d mut BTreeMap<String, Entry<'a>>>,
    span: Span,
}

impl<'a> Document<'a> {
    /// Reads the file, then lets each flag take the place of the file's value. A misspelt table is reported and read as the one that
    /// was meant.
    pub fn parse(file: Text<'a>, flags: &[Text<'a>], known: &[&'static str], findings: &mut Findings) -> Option<Self> {
        let end = file.text.trim_end().len();
        let mut document = Self { tables: BTreeMap::new(), loose: Vec::new(), end: Span::new(file.source, end, end) };
        let mut sound = document.add(file, findings);
        for flag in flags {
            sound &= document.add(*flag, findings);
        }
        document.mend_tables(known, findings);
        sound.then_some(document)
    }

    fn mend_tables(&mut self, known: &[&'static str], findings: &mut Findings) {
        let strange: Vec<String> = self.tables.keys().filter(|name| !known.contains(&name.as_str())).cloned().collect();
        for name in strange {
            let meant = similar(&name, known.iter().copied().filter(|known| !self.tables.contains_key(*known)));
            let Some((span, entries)) = self.tables.remove(&name) else { continue };
            let (table, belongs) = (String::new(), None);
            findings.report::<()>(RunFileKey { key: name, span, table, known: known.to_vec(), belongs });
            if let Some(meant) = meant {
                self.tables.insert(meant.to_string(), (span, entries));
            }
        }
    }

    fn add(&mut self, text: Text<'a>, findings: &mut Findings) -> bool {
        let (table, errors) = DeTable::parse_recoverable(text.text);
        for error in &errors {
            let range = error.span().unwrap_or(text.text.len()..text.text.len());
            let span = Span::new(text.source, range.start, range.end);
            findings.report::<()>(RunFileSyntax { message: error.message().to_string(), span });
        }
        for (key, value) in table.into_inner() {
            let key_span = span(text, key.span());
            let name = key.into_inner().into_owned();
            let value_span = span(text, value.span());
            match value.into_inner() {
                DeValue::Table(inner) => {
                    let (_, entries) = self.tables.entry(name).or_insert_with(|| (key_span, BTreeMap::new()));
                    for (key, value) in inner {
                        let key_span = span(text, key.span());
                        entries.insert(key.into_inner().into_owned(), Entry { value, key_span, source: text, taken: false });
                    }
                }
                _ => self.loose.push((name, key_span.to(value_span))),
            }
        }
        errors.is_empty()
    }

    /// The table called `name`, perhaps empty.
    pub fn table(&mut self, name: &str) -> Table<'_, 'a> {
        let end = self.end;
        let found = self.tables.get_mut(name);
        let span = found.as_ref().map_or(end, |(span, _)| *span);
        Table { name: name.to_string(), entries: found.map(|(_, entries)| entries), span }
    }

    /// Reports every key and table that nobody took.
    pub fn report_unknown(&self, tables: &[(&'static str, &[&'static str])], findings: &mut Findings) {
        let home = |key: &str| tables.iter().find(|(_, keys)| keys.contains(&key)).map(|(table, _)| *table);
        let names: Vec<&'static str> = tables.iter().map(|(name, _)| *name).collect();
        for (key, span) in &self.loose {
            let (key, table) = (key.clone(), String::new());
            findings.report::<()>(RunFileKey { belongs: home(&key), key, span: *span, table, known: names.clone() });
        }
        for (name, (_, entries)) in &self.tables {
            let Some((_, keys)) = tables.iter().find(|(known, _)| known == name) else { continue };
            for (key, entry) in entries.iter().filter(|(key, entry)| !entry.taken && !keys.contains(&key.as_str())) {
                let (belongs, known) = (home(key), keys.to_vec());
                findings.report::<()>(RunFileKey { key: key.clone(), span: entry.key_span, table: name.clone(), known, belongs });
            }
        }
    }
}

fn span(text: Text, range: std::ops::Range<usize>) -> Span {
    Span::new(text.source, range.start, range.end)
}

impl<'a> Table<'_, 'a> {
    fn take(&mut self, key: &str) -> Option<&Entry<'a>> {
        let entry = self.entries.as_mut()?.get_mut(key)?;
        entry.taken = true;
        Some(entry)
    }

    /// Where the value of `key` stands.
    pub fn value_span(&self, key: &str) -> Option<Span> {
        let entry = self.entries.as_ref()?.get(key)?;
        Some(span(entry.source, entry.value.span()))
    }

    /// Reports that `key` is not `expected`.
    pub fn bad<T>(&self, key: &str, expected: &str, found: &str, findings: &mut Findings) -> Option<T> {
        self.bad_with(key, expected, found, None, findings)
    }

    fn bad_with<T>(
        &self,
        key: &str,
        expected: &str,
        found: &str,
        near: Option<&'static str>,
        findings: &mut Findings,
    ) -> Option<T> {
        let (key, span) = (format!("{}.{key}", self.name), self.value_span(key).unwrap_or(self.span));
        findings.report(RunFileValue { key, span, expected: expected.to_string(), found: found.to_string(), near })
    }

    /// Reports a missing value, unless there is a bad one, or one under a misspelt key: those are reported as what they are.
    pub fn required<T>(&self, key: &'static str, example: &'static str, value: Option<T>, findings: &mut Findings) -> Option<T> {
        let name = key.rsplit('.').next().unwrap_or(key);
        let misspelt = |entries: &BTreeMap<String, Entry>| entries.keys().any(|key| similar(key, [name]).is_some());
        if value.is_none() && self.value_span(name).is_none() && !self.entries.as_deref().is_some_and(misspelt) {
            return findings.report(RunFileMissing { key, span: self.span, example });
        }
        value
    }

    /// One of certain words.
    pub fn choice<T: Copy>(&mut self, key: &str, choices: &[(&'static str, T)], findings: &mut Findings) -> Option<T> {
        let value = self.take(key)?.value.get_ref();
        let names: Vec<&'static str> = choices.iter().map(|(name, _)| *name).collect();
        let found = describe(value);
        match value.as_str().map(|word| (word.to_string(), choices.iter().find(|(name, _)| *name == word))) {
            Some((_, Some((_, chosen)))) => Some(*chosen),
            Some((word, None)) => self.bad_with(key, &any_of(&names), &found, similar(&word, names.iter().copied()), findings),
            None => self.bad(key, &any_of(&names), &found, findings),
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &str, findings: &mut Findings) -> Option<bool> {
        let value = self.take(key)?.value.get_ref();
        let (flag, found) = (value.as_bool(), describe(value));
        flag.or_else(|| self.bad(key, "`true` or `false`", &found, findings))
    }

    /// A whole number from `low` to `high`.
    pub fn whole(&mut self, key: &str, low: u64, high: u64, findings: &mut Findings) -> Option<u64> {
        let value = self.take(key)?.value.get_ref();
        let (number, found) = (whole(value), describe(value));
        number
            .filter(|number| (low..=high).contains(number))
            .or_else(|| self.bad(key, &format!("a whole number from {low} to {high}"), &found, findings))
    }

    /// A number in `range`, which `words` describe.
    pub fn number(&mut self, key: &str, range: impl RangeBounds<f64>, words: &str, findings: &mut Findings) -> Option<f64> {
        let value = self.take(key)?.value.get_ref();
        let (number, found) = (number(value), describe(value));
        number.filter(|number| range.contains(number)).or_else(|| self.bad(key, words, &found, findings))
    }

    /// A list of numbers of at least `low`.
    pub fn numbers(&mut self, key: &str, low: f64, findings: &mut Findings) -> Option<Vec<f32>> {
        let value = self.take(key)?.value.get_ref();
        let found = describe(value);
        let list: Option<Vec<f32>> = value.as_array().and_then(|items| {
            items.iter().map(|item| number(item.get_ref()).filter(|number| *number >= low).map(|number| number as f32)).collect()
        });
        let what = if low > 0.0 { "a list of positive numbers, one a channel" } else { "a list of numbers, one a channel" };
        list.filter(|list| !list.is_empty()).or_else(|| self.bad(key, what, &found, findings))
    }

    /// So many seeds (`5` is 1 to 5), or a list of different ones.
    pub fn seeds(&mut self, key: &str, findings: &mut Findings) -> Option<Vec<u64>> {
        let value = self.take(key)?.value.get_ref();
        let found = describe(value);
        let seeds = match value {
            DeValue::Array(items) => items.iter().map(|item| whole(item.get_ref())).collect::<Option<Vec<u64>>>(),
            _ => whole(value).filter(|count| *count <= 1_000).map(|count| (1..=count).collect()),
        };
        let different = |seeds: &Vec<u64>| seeds.iter().enumerate().all(|(i, seed)| !seeds[..i].contains(seed));
        let expected = "how many (from 1 to 1000), or a list of different seeds";
        seeds.filter(|seeds| !seeds.is_empty() && different(seeds)).or_else(|| self.bad(key, expected, &found, findings))
    }

    /// Reports keys that make sense only otherwise.
    pub fn not_for(&mut self, keys: &[&'static str], when: &str, findings: &mut Findings) {
        for key in keys {
            if self.take(key).is_some() {
                self.bad::<()>(key, &format!("given only {when}"), "it here", findings);
            }
        }
    }
}

fn whole(value: &DeValue) -> Option<u64> {
    let integer = value.as_integer()?;
    u64::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|number| *number <= i64::MAX as u64)
}

fn number(value: &DeValue) -> Option<f64> {
    let float = value.as_float().and_then(|float| float.as_str().parse().ok());
    float
        .or_else(|| value.as_integer().and_then(|integer| integer.as_str().parse().ok()))
        .filter(|number: &f64| number.is_finite())
}

/// What a value is, for messages.
fn describe(value: &DeValue) -> String {
    match value {
        DeValue::String(text) => format!("`\"{text}\"`"),
        DeValue::Integer(number) => format!("`{}`", number.as_str()),
        DeValue::Float(number) => format!("`{}`", number.as_str()),
        DeValue::Boolean(flag) => format!("`{flag}`"),
        DeValue::Datetime(_) => "a date".to_string(),
        DeValue::Array(items) if items.is_empty() => "an empty list".to_string(),
        DeValue::Array(_) => "a list".to_string(),
        DeValue::Table(_) => "a table".to_string(),
    }
}
