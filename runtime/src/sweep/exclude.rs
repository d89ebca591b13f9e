//! What is left out of a sweep's product.

use super::axis::{Axis, Choice, names, place, scalar};
use crate::findings::RunFileValue;
use crate::runfile::Text;
use crate::runfile::reader::{Table, describe};
use hetc_compiler::diag::Findings;
use hetc_grammar::span::Span;
use toml::de::{DeTable, DeValue};

/// Points that have all of these values are left out.
#[derive(Debug, Clone)]
pub struct Exclusion {
    /// For some axes, by index: any of these values.
    pub values: Vec<(usize, Vec<String>)>,
    /// Where it stands.
    pub span: Span,
}

impl Exclusion {
    /// Whether it leaves out the point with these values, one an axis. A cell leaves out every mix that contains it.
    pub fn applies(&self, choices: &[&Choice]) -> bool {
        self.values.iter().all(|(axis, texts)| {
            choices.get(*axis).is_some_and(|choice| {
                let (own, cells) = (choice.text(), choice.mixed_cells());
                texts.iter().any(|text| *text == own || cells.contains(text))
            })
        })
    }
}

/// Reads `sweep.exclude`: a list of tables, each with values for some axes.
pub fn exclusions(table: &mut Table, axes: &[Axis], text: Text, findings: &mut Findings) -> Vec<Exclusion> {
    let Some(value) = table.any("exclude") else { return Vec::new() };
    let mut reader = Reader { axes, text, findings };
    match value.get_ref() {
        DeValue::Array(items) => items.iter().filter_map(|item| reader.exclusion(item)).collect(),
        _ => reader.exclusion(value).into_iter().collect(),
    }
}

struct Reader<'a, 't> {
    axes: &'a [Axis],
    text: Text<'t>,
    findings: &'a mut Findings,
}

impl Reader<'_, '_> {
    fn exclusion(&mut self, item: &toml::Spanned<DeValue>) -> Option<Exclusion> {
        let span = place(self.text, item.span());
        match item.get_ref() {
            DeValue::Table(table) if !table.is_empty() => {
                let mut values = Vec::new();
                self.table("", table, &mut values);
                Some(Exclusion { values, span })
            }
            other => self.bad("sweep.exclude", span, "tables such as `{ cells = \"relu\" }`", &describe(other)),
        }
    }

    fn table(&mut self, path: &str, table: &DeTable, values: &mut Vec<(usize, Vec<String>)>) {
        for (key, value) in table {
            let (name, span) = (format!("{path}{}", key.get_ref()), place(self.text, key.span()));
            let axis = self.axes.iter().position(|axis| axis.name == name);
            match (axis, value.get_ref()) {
                (Some(axis), DeValue::Array(items)) => {
                    let texts = items.iter().filter_map(|item| self.known(axis, item)).collect();
                    values.push((axis, texts));
                }
                (Some(axis), _) => values.push((axis, self.known(axis, value).into_iter().collect())),
                (None, DeValue::Table(inner)) => self.table(&format!("{name}."), inner, values),
                (None, _) => {
                    let expected = format!("about what varies: {}", names(self.axes));
                    self.bad::<()>("sweep.exclude", span, &expected, &format!("`{name}`"));
                }
            }
        }
    }

    /// The value's text, if the axis has it, or a mix of it.
    fn known(&mut self, axis: usize, value: &toml::Spanned<DeValue>) -> Option<String> {
        let axis = &self.axes[axis];
        let text = match axis.values.first() {
            Some(Choice::Net(_)) => scalar(&axis.name, value, self.text, self.findings)?.to_string(),
            _ => match value.get_ref().as_str() {
                Some(word) => word.to_string(),
                None => self.text.text.get(value.span()).unwrap_or_default().to_string(),
            },
        };
        let has = |choice: &Choice| choice.text() == text || choice.mixed_cells().contains(&text);
        if axis.values.iter().any(has) {
            return Some(text);
        }
        let key = format!("sweep.exclude.{}", axis.name);
        self.bad(&key, place(self.text, value.span()), "one of the values that are swept, or a cell of one", &format!("`{text}`"))
    }

    fn bad<T>(&mut self, key: &str, span: Span, expected: &str, found: &str) -> Option<T> {
        let (key, expected, found) = (key.to_string(), expected.to_string(), found.to_string());
        self.findings.report(RunFileValue { key, span, expected, found, near: None })
    }
}
