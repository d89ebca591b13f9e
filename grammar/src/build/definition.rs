//! Definitions with a `=`: cells, window cells and learned functions.

use pest::iterators::Pair;

use super::Builder;
use crate::parse::Rule;
use crate::span::Spanned;
use crate::tree::{Bound, Cell, CellBody, CellKind, CellParam, CmpOp, Inner, Learn, Name, Number, Per};

impl<'t> Builder<'t> {
    pub(super) fn inner(&mut self, pair: Pair<'t, Rule>) -> Option<Inner> {
        let span = self.span(&pair);
        let (mut name, mut network, mut options) = (None, None, Some(Vec::new()));
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::cell_ref => network = self.cell_ref(part),
                Rule::option => match (self.option(part), &mut options) {
                    (Some(option), Some(options)) => options.push(option),
                    _ => options = None,
                },
                _ => {}
            }
        }
        Some(Inner { name: name?, network: network?, options: options?, span })
    }

    pub(super) fn cell(&mut self, pair: Pair<'t, Rule>) -> Option<Cell> {
        let span = self.span(&pair);
        let (mut kind, mut name, mut inputs, mut params, mut body) = (None, None, None, Some(Vec::new()), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::cell_kind => kind = cell_kind(part.as_str()),
                Rule::name => name = Some(self.name(&part)),
                Rule::cell_inputs => inputs = Some(self.names(part)),
                Rule::cell_params => params = self.each(part, Self::cell_param),
                Rule::formula => body = self.formula(part).map(CellBody::Formula),
                Rule::table => body = self.table(part),
                _ => {}
            }
        }
        Some(Cell { kind: kind?, name: name?, inputs, params: params?, body: body?, span })
    }

    fn table(&self, pair: Pair<'t, Rule>) -> Option<CellBody> {
        let path = pair.into_inner().find(|part| part.as_rule() == Rule::text)?;
        Some(CellBody::Table(self.text(path)))
    }

    fn names(&self, pair: Pair<'t, Rule>) -> Vec<Name> {
        pair.into_inner().filter(|part| part.as_rule() == Rule::name).map(|part| self.name(&part)).collect()
    }

    fn cell_param(&mut self, pair: Pair<'t, Rule>) -> Option<CellParam> {
        let span = self.span(&pair);
        let (mut name, mut learn, mut default, mut domain) = (None, None, None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::number => default = Some(self.spanned_number(&part)?),
                Rule::learned => {
                    let (trained, start) = self.learned(part)?;
                    (learn, default) = (Some(trained), start);
                }
                Rule::bound => domain.push(self.bound(part)?),
                _ => {}
            }
        }
        Some(CellParam { name: name?, learn, default, domain, span })
    }

    /// How a parameter is trained, and the value that it starts from.
    fn learned(&mut self, pair: Pair<'t, Rule>) -> Option<(Learn, Option<Spanned<Number>>)> {
        let (mut word, mut start, mut per) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_learn => word = Some(self.span(&part)),
                Rule::number => start = Some(self.spanned_number(&part)?),
                Rule::per => per = Some(Spanned::new(per_word(part.as_str())?, self.span(&part))),
                _ => {}
            }
        }
        Some((Learn { span: word?, per }, start))
    }

    fn bound(&mut self, pair: Pair<'t, Rule>) -> Option<Bound> {
        let span = self.span(&pair);
        let (mut op, mut limit) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::order => op = comparison(part.as_str()),
                Rule::number => limit = Some(self.spanned_number(&part)?),
                _ => {}
            }
        }
        Some(Bound { op: op?, limit: limit?, span })
    }

    fn spanned_number(&mut self, pair: &Pair<'t, Rule>) -> Option<Spanned<Number>> {
        Some(Spanned::new(self.number(pair)?, self.span(pair)))
    }
}

fn cell_kind(word: &str) -> Option<CellKind> {
    [CellKind::Element, CellKind::Window].into_iter().find(|kind| kind.word() == word)
}

fn per_word(word: &str) -> Option<Per> {
    Per::ALL.into_iter().find(|per| per.word() == word)
}

/// What a comparison means.
pub(super) fn comparison(sign: &str) -> Option<CmpOp> {
    [CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge, CmpOp::Eq, CmpOp::Ne].into_iter().find(|op| op.symbol() == sign)
}
