//! Taking typed values out of TOML tables, with a diagnostic for everything that does not fit: for run files and sweep files.

mod values;

pub use values::{Amount, Word, is_name};

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

/// A table as it was written: values, tables and lists of tables, by key.
#[derive(Default)]
struct Entries<'a> {
    /// Where its name stands.
    span: Option<Span>,
    values: BTreeMap<String, Entry<'a>>,
    tables: BTreeMap<String, Entries<'a>>,
    lists: BTreeMap<String, Vec<Entries<'a>>>,
}

impl<'a> Entries<'a> {
    /// Puts what `table`, which is at `path`, says in the place of what is here. What is at one of the paths `tables` is taken apart,
    /// anything else is a value. A table whose name is that of a list is about those of the list: its keys are what they have as `name`.
    fn merge(&mut self, path: &str, table: DeTable<'a>, text: Text<'a>, tables: &[&str]) {
        for (key, value) in table {
            let key_span = span(text, key.span());
            let name = key.into_inner().into_owned();
            let range = value.span();
            let inner_path = within(path, &name);
            let is_table = path.is_empty() || tables.contains(&inner_path.as_str());
            match value.into_inner() {
                DeValue::Table(inner) if self.lists.contains_key(&name) => {
                    self.merge_by_name(&name, &inner_path, inner, text, tables);
                }
                DeValue::Table(inner) if is_table => {
                    let table = self.tables.entry(name).or_default();
                    table.span.get_or_insert(key_span);
                    table.merge(&inner_path, inner, text, tables);
                }
                DeValue::Array(items) if is_table && !items.is_empty() && items.iter().all(|item| item.get_ref().is_table()) => {
                    let list = items.into_iter().map(|item| Self::of(&inner_path, item, text, tables));
                    self.lists.insert(name, list.collect());
                }
                other => {
                    let value = Spanned::new(range, other);
                    self.values.insert(name, Entry { value, key_span, source: text, taken: false });
                }
            }
        }
    }

    fn of(path: &str, item: Spanned<DeValue<'a>>, text: Text<'a>, tables: &[&str]) -> Self {
        let mut entries = Self { span: Some(span(text, item.span())), ..Self::default() };
        if let DeValue::Table(table) = item.into_inner() {
            entries.merge(path, table, text, tables);
        }
        entries
    }

    /// What the table has as `name`.
    fn called(&self) -> Option<&str> {
        self.values.get("name").and_then(|entry| entry.value.get_ref().as_str())
    }

    fn merge_by_name(&mut self, list: &str, path: &str, table: DeTable<'a>, text: Text<'a>, tables: &[&str]) {
        for (key, value) in table {
            let called = |entries: &&mut Entries| entries.called() == Some(key.get_ref().as_ref());
            let found = self.lists.get_mut(list).and_then(|list| list.iter_mut().find(called));
            match (found, value.into_inner()) {
                (Some(entries), DeValue::Table(inner)) => entries.merge(path, inner, text, tables),
                (_, other) => {
                    let key_span = span(text, key.span());
                    let name = key.into_inner().into_owned();
                    let unknown = Entry { value: Spanned::new(0..0, other), key_span, source: text, taken: false };
                    self.values.insert(format!("{list}.{name}"), unknown);
                }
            }
        }
    }

    fn report_unknown(&self, file: &'static str, path: &str, known: Known, findings: &mut Findings) {
        let keys: Vec<&'static str> = match known.iter().find(|(table, _)| *table == path) {
            Some((_, keys)) => keys.to_vec(),
            None if path.is_empty() => known.iter().map(|(table, _)| *table).filter(|table| !table.contains('.')).collect(),
            None => Vec::new(),
        };
        let home = |key: &str| {
            let elsewhere = |table: &str| table != path && !table.starts_with("stage");
            known.iter().find(|(table, keys)| elsewhere(table) && keys.contains(&key)).map(|(table, _)| *table)
        };
        let tables = self.tables.iter().map(|(name, entries)| (name, entries.span));
        let lists = self.lists.iter().map(|(name, list)| (name, list.first().and_then(|entries| entries.span)));
        let values = self.values.iter().filter(|(_, entry)| !entry.taken).map(|(name, entry)| (name, Some(entry.key_span)));
        for (key, span) in values.chain(tables).chain(lists).filter(|(key, _)| !keys.contains(&key.as_str())) {
            let Some(span) = span else { continue };
            let (mut key, mut table, mut known, belongs) = (key.clone(), path.to_string(), owned(&keys), home(key));
            // As `merge_by_name` calls what no table of the list is called.
            if let Some((list, name)) = key.split_once('.')
                && let Some(tables) = self.lists.get(list)
            {
                known = tables.iter().filter_map(Entries::called).map(str::to_string).collect();
                (key, table) = (name.to_string(), within(path, list));
            }
            findings.report::<()>(RunFileKey { file, key, span, table, known, belongs });
        }
        let inner = |name: &str| within(path, name);
        let is_table = |name: &str| known.iter().any(|(table, _)| *table == inner(name));
        for (name, entry) in self.values.iter().filter(|(name, entry)| !entry.taken && is_table(name)) {
            let (span, found) = (span(entry.source, entry.value.span()), describe(entry.value.get_ref()));
            let (key, expected) = (inner(name), "a table".to_string());
            findings.report::<()>(RunFileValue { key, span, expected, found, near: None });
        }
        for (name, entries) in self.tables.iter().filter(|(name, _)| keys.contains(&name.as_str())) {
            entries.report_unknown(file, &inner(name), known, findings);
        }
        for (name, list) in self.lists.iter().filter(|(name, _)| keys.contains(&name.as_str())) {
            list.iter().for_each(|entries| entries.report_unknown(file, &inner(name), known, findings));
        }
    }
}

/// The keys of each table, by its path.
type Known<'k> = &'k [(&'static str, &'k [&'static str])];

/// The entries of a file, flags already in place.
pub struct Document<'a> {
    /// What messages call the file: `run file`.
    noun: &'static str,
    /// The paths of tables that are taken apart.
    paths: Vec<&'static str>,
    root: Entries<'a>,
    end: Span,
}

/// One table; every reader takes its key, so that what is left over is unknown.
pub struct Table<'d, 'a> {
    noun: &'static str,
    name: String,
    entries: Option<&'d mut Entries<'a>>,
    span: Span,
}

impl<'a> Document<'a> {
    /// Reads the file, then lets each flag take the place of the file's value. `paths` are those of all tables (`stage.optimiser`). A misspelt table is reported and read as the one that
    /// was meant.
    pub fn parse(
        noun: &'static str,
        file: Text<'a>,
        flags: &[Text<'a>],
        paths: &[&'static str],
        findings: &mut Findings,
    ) -> Option<Self> {
        let known: Vec<&'static str> = paths.iter().copied().filter(|path| !path.contains('.')).collect();
        let end = file.text.trim_end().len();
        let mut document = Self { noun, paths: paths.to_vec(), root: Entries::default(), end: Span::new(file.source, end, end) };
        let mut sound = document.add(file, findings);
        for flag in flags {
            sound &= document.add(*flag, findings);
        }
        document.mend_tables(&known, findings);
        sound.then_some(document)
    }

    fn mend_tables(&mut self, known: &[&'static str], findings: &mut Findings) {
        let strange: Vec<String> = self.root.tables.keys().filter(|name| !known.contains(&name.as_str())).cloned().collect();
        for name in strange {
            let meant = similar(&name, known.iter().copied().filter(|known| !self.root.tables.contains_key(*known)));
            let Some(entries) = self.root.tables.remove(&name) else { continue };
            let (table, belongs, span) = (String::new(), None, entries.span.unwrap_or(self.end));
            findings.report::<()>(RunFileKey { file: self.noun, key: name, span, table, known: owned(known), belongs });
            if let Some(meant) = meant {
                self.root.tables.insert(meant.to_string(), entries);
            }
        }
    }

    fn add(&mut self, text: Text<'a>, findings: &mut Findings) -> bool {
        let (table, errors) = DeTable::parse_recoverable(text.text);
        for error in &errors {
            let range = error.span().unwrap_or(text.text.len()..text.text.len());
            let span = Span::new(text.source, range.start, range.end);
            findings.report::<()>(RunFileSyntax { file: self.noun, message: error.message().to_string(), span });
        }
        self.root.merge("", table.into_inner(), text, &self.paths);
        errors.is_empty()
    }

    /// The whole document as a table without a name.
    pub fn root(&mut self) -> Table<'_, 'a> {
        Table { noun: self.noun, name: String::new(), entries: Some(&mut self.root), span: self.end }
    }

    /// The table called `name`, perhaps empty.
    pub fn table(&mut self, name: &str) -> Table<'_, 'a> {
        let end = self.end;
        let entries = self.root.tables.get_mut(name);
        let span = entries.as_ref().and_then(|entries| entries.span).unwrap_or(end);
        Table { noun: self.noun, name: name.to_string(), entries, span }
    }

    /// Reports every key and table that nobody took; `tables` are the keys of each table, by its path.
    pub fn report_unknown(&self, tables: Known, findings: &mut Findings) {
        self.root.report_unknown(self.noun, "", tables, findings);
    }
}

fn owned(keys: &[&'static str]) -> Vec<String> {
    keys.iter().map(|key| key.to_string()).collect()
}

/// The path of `name` in the table at `path`.
fn within(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

fn span(text: Text, range: std::ops::Range<usize>) -> Span {
    Span::new(text.source, range.start, range.end)
}

impl<'a> Table<'_, 'a> {
    fn take(&mut self, key: &str) -> Option<&Entry<'a>> {
        let entry = self.entries.as_mut()?.values.get_mut(key)?;
        entry.taken = true;
        Some(entry)
    }

    fn path(&self, name: &str) -> String {
        within(&self.name, name)
    }

    /// The table under `key`, if there is one.
    pub fn child(&mut self, key: &str) -> Option<Table<'_, 'a>> {
        let (name, span) = (self.path(key), self.span);
        let entries = self.entries.as_mut()?.tables.get_mut(key)?;
        let span = entries.span.unwrap_or(span);
        Some(Table { noun: self.noun, name, entries: Some(entries), span })
    }

    /// The tables of the list under `key`.
    pub fn children(&mut self, key: &str) -> Vec<Table<'_, 'a>> {
        let (noun, name, span) = (self.noun, self.path(key), self.span);
        let list = self.entries.as_mut().and_then(|entries| entries.lists.get_mut(key)).into_iter().flatten();
        list.map(|entries| Table { noun, name: name.clone(), span: entries.span.unwrap_or(span), entries: Some(entries) })
            .collect()
    }

    /// Where the value of `key` stands.
    pub fn value_span(&self, key: &str) -> Option<Span> {
        let entry = self.entries.as_ref()?.values.get(key)?;
        Some(span(entry.source, entry.value.span()))
    }

    /// Where `key` stands, whatever is under it.
    pub fn place_of(&self, key: &str) -> Option<Span> {
        let entries = self.entries.as_ref()?;
        let table = entries.tables.get(key).or_else(|| entries.lists.get(key).and_then(|list| list.first()));
        self.value_span(key).or_else(|| table.and_then(|table| table.span))
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
        let (key, span) = (self.path(key), self.value_span(key).unwrap_or(self.span));
        findings.report(RunFileValue { key, span, expected: expected.to_string(), found: found.to_string(), near })
    }

    /// Reports a missing value, unless there is a bad one, or one under a misspelt key: those are reported as what they are.
    pub fn required<T>(&self, name: &str, example: &'static str, value: Option<T>, findings: &mut Findings) -> Option<T> {
        let misspelt = |entries: &Entries| {
            let mut unknown = entries.values.iter().filter(|(_, entry)| !entry.taken); // what was taken is what it is called
            entries.tables.contains_key(name) || unknown.any(|(key, _)| similar(key, [name]).is_some())
        };
        if value.is_none() && self.value_span(name).is_none() && !self.entries.as_deref().is_some_and(misspelt) {
            return findings.report(RunFileMissing { file: self.noun, key: self.path(name), span: self.span, example });
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

    /// Whether the value is this word.
    pub fn says(&mut self, key: &str, word: &str) -> bool {
        let entries = self.entries.as_mut().and_then(|entries| entries.values.get_mut(key));
        let entry = entries.filter(|entry| entry.value.get_ref().as_str() == Some(word));
        entry.map(|entry| entry.taken = true).is_some()
    }

    /// Where the table's name stands; the end of the file if it is not there.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Every value in the order of the text, each as taken: where its key stands, and itself.
    pub fn open(&mut self) -> Vec<(String, Span, &Spanned<DeValue<'a>>)> {
        let entries = self.entries.as_deref_mut().into_iter().flat_map(|entries| &mut entries.values);
        let mut open: Vec<_> = entries
            .map(|(key, entry)| {
                entry.taken = true;
                (key.clone(), entry.key_span, &entry.value)
            })
            .collect();
        open.sort_by_key(|(_, span, _)| span.start);
        open
    }

    /// The value of `key` as it stands there.
    pub fn any(&mut self, key: &str) -> Option<&Spanned<DeValue<'a>>> {
        Some(&self.take(key)?.value)
    }

    /// One text, or a list of them.
    pub fn one_or_more(&mut self, key: &str, findings: &mut Findings) -> Option<Vec<String>> {
        let value = self.take(key)?.value.get_ref();
        let found = describe(value);
        let texts: Option<Vec<String>> = match value {
            DeValue::Array(items) => items.iter().map(|item| item.get_ref().as_str().map(str::to_string)).collect(),
            other => other.as_str().map(|text| vec![text.to_string()]),
        };
        texts.filter(|texts| !texts.is_empty()).or_else(|| self.bad(key, "words in quotes, or a list of them", &found, findings))
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &str, what: &str, findings: &mut Findings) -> Option<Vec<String>> {
        let value = self.take(key)?.value.get_ref();
        let found = describe(value);
        let one = |item: &Spanned<DeValue>| item.get_ref().as_str().map(str::to_string);
        let texts = value.as_array().and_then(|items| items.iter().map(one).collect::<Option<Vec<String>>>());
        texts.or_else(|| self.bad(key, what, &found, findings))
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
pub fn describe(value: &DeValue) -> String {
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
