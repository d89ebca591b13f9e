//! Values: numbers, sizes, ratios and cells.

use pest::iterators::Pair;

use super::Builder;
use crate::parse::Rule;
use crate::span::Spanned;
use crate::tree::{CallArg, CellRef, Number, SyntaxErrorKind, Value, ValueKind};

impl<'t> Builder<'t> {
    pub(crate) fn value(&mut self, pair: Pair<'t, Rule>) -> Option<Value> {
        let span = self.span(&pair);
        let part = pair.into_inner().next()?;
        let kind = match part.as_rule() {
            Rule::number => ValueKind::Number(self.number(&part)?),
            Rule::dims => ValueKind::Dims(self.whole_numbers(part)?),
            Rule::ratio => ValueKind::Ratio(self.whole_numbers(part)?),
            Rule::cells => ValueKind::Cells(self.each(part, Self::cell_ref)?),
            _ => return None,
        };
        Some(Value::new(kind, span))
    }

    pub(super) fn number(&mut self, pair: &Pair<'t, Rule>) -> Option<Number> {
        let text = pair.as_str().replace('_', "");
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Some(Number { text, value }),
            _ => self.too_large(pair),
        }
    }

    fn whole_numbers(&mut self, pair: Pair<'t, Rule>) -> Option<Vec<u64>> {
        self.each(pair, |builder, part| match part.as_rule() {
            Rule::size => Some(builder.whole_number(&part)),
            _ => None,
        })?
        .into_iter()
        .collect()
    }

    fn whole_number(&mut self, pair: &Pair<'t, Rule>) -> Option<u64> {
        pair.as_str().replace('_', "").parse().ok().or_else(|| self.too_large(pair))
    }

    fn too_large<T>(&mut self, pair: &Pair<'t, Rule>) -> Option<T> {
        self.error(SyntaxErrorKind::NumberTooLarge, self.span(pair));
        None
    }

    pub(super) fn cell_ref(&mut self, pair: Pair<'t, Rule>) -> Option<CellRef> {
        let span = self.span(&pair);
        let (mut name, mut args, mut sizes) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::call_args => args = Some(self.each(part, Self::call_arg)?),
                Rule::sizes => sizes = Some(self.each(part, Self::spanned_size)?),
                _ => {}
            }
        }
        Some(CellRef { name: name?, args, sizes, span })
    }

    fn spanned_size(&mut self, pair: Pair<'t, Rule>) -> Option<Spanned<u64>> {
        Some(Spanned::new(self.whole_number(&pair)?, self.span(&pair)))
    }

    fn call_arg(&mut self, pair: Pair<'t, Rule>) -> Option<CallArg> {
        let (mut key, mut value) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::key => key = part.into_inner().next().map(|name| self.name(&name)),
                Rule::number => value = Some(Value::new(ValueKind::Number(self.number(&part)?), self.span(&part))),
                Rule::name => value = Some(self.word(&part)),
                _ => {}
            }
        }
        Some(CallArg { key, value: value? })
    }

    /// A single word as a value.
    fn word(&self, pair: &Pair<'t, Rule>) -> Value {
        let name = self.name(pair);
        let span = name.span;
        Value::new(ValueKind::Cells(vec![CellRef { name, args: None, sizes: None, span }]), span)
    }
}
