//! Files, nets and cell definitions.

use pest::iterators::{Pair, Pairs};

use super::Builder;
use crate::parse::Rule;
use crate::span::{Span, Spanned};
use crate::tree::{Bound, Cell, CellParam, CmpOp, File, Item, Name, Net, NetParam, Number, SyntaxErrorKind};

impl<'t> Builder<'t> {
    pub(crate) fn file(&mut self, pairs: Pairs<'t, Rule>) -> File {
        let items = pairs.flat_map(Pair::into_inner).filter_map(|pair| self.item(pair)).collect();
        File { items }
    }

    fn item(&mut self, pair: Pair<'t, Rule>) -> Option<Item> {
        let cell = cell_name(pair.as_str());
        let item = match pair.as_rule() {
            Rule::net | Rule::headless_net => self.net(pair).map(Item::Net),
            Rule::cell => self.cell(pair).map(Item::Cell),
            Rule::unopened => {
                self.error(SyntaxErrorKind::Unopened, self.span(&pair));
                None
            }
            Rule::bad_item => {
                self.not_a(item_rule(pair.as_str()), &pair);
                None
            }
            _ => None,
        };
        if item.is_none() {
            self.broken_cells.extend(cell);
        }
        if let Some(open) = self.braces.blame(self.text) {
            self.error(SyntaxErrorKind::Unclosed { open: '{' }, self.span_of(open..open + 1));
        }
        item
    }

    /// A net; nothing where its head cannot be read, but its body is looked through all the same.
    fn net(&mut self, pair: Pair<'t, Rule>) -> Option<Net> {
        let whole = self.span(&pair);
        let (mut name, mut params, mut body) = (None, Some(Vec::new()), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::net_head => {
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::name => name = Some(self.name(&part)),
                            Rule::net_params => params = self.each(part, Self::net_param),
                            _ => {}
                        }
                    }
                }
                Rule::bad_net_head => self.not_a(Rule::only_net_head, &part),
                Rule::body => body = Some(self.body(part, None)),
                Rule::bad_tail => self.not_a(Rule::only_tail, &part),
                _ => {}
            }
        }
        let body = body?;
        // Not what follows the closing brace by mistake.
        let span = Span { end: body.span.end, ..whole };
        Some(Net { name: name?, params: params?, body: body.stmts, span })
    }

    fn net_param(&mut self, pair: Pair<'t, Rule>) -> Option<NetParam> {
        let (mut name, mut default) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::value => default = Some(self.value(part)?),
                _ => {}
            }
        }
        Some(NetParam { name: name?, default })
    }

    fn cell(&mut self, pair: Pair<'t, Rule>) -> Option<Cell> {
        let span = self.span(&pair);
        let (mut name, mut inputs, mut params, mut body) = (None, None, Some(Vec::new()), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::cell_inputs => inputs = Some(self.names(part)),
                Rule::cell_params => params = self.each(part, Self::cell_param),
                Rule::formula => body = self.formula(part),
                _ => {}
            }
        }
        Some(Cell {
            kind: crate::tree::CellKind::Element,
            name: name?,
            inputs,
            params: params?,
            body: crate::tree::CellBody::Formula(body?),
            span,
        })
    }

    fn names(&self, pair: Pair<'t, Rule>) -> Vec<Name> {
        pair.into_inner().filter(|part| part.as_rule() == Rule::name).map(|part| self.name(&part)).collect()
    }

    fn cell_param(&mut self, pair: Pair<'t, Rule>) -> Option<CellParam> {
        let span = self.span(&pair);
        let (mut name, mut default, mut domain) = (None, None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::number => default = Some(self.spanned_number(&part)?),
                Rule::bound => domain.push(self.bound(part)?),
                _ => {}
            }
        }
        Some(CellParam { name: name?, learn: None, default, domain, span })
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

    /// Builds every inner pair that is more than punctuation. All of them are read, so that each gets its errors, before one is missed.
    pub(super) fn each<T>(
        &mut self,
        pair: Pair<'t, Rule>,
        build: impl Fn(&mut Self, Pair<'t, Rule>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let parts = pair.into_inner().filter(|part| !is_sign(part.as_rule()));
        let built: Vec<Option<T>> = parts.map(|part| build(self, part)).collect();
        built.into_iter().collect()
    }
}

/// The rule that an item with this beginning was meant to fit.
fn item_rule(text: &str) -> Rule {
    match text.split(|c: char| !(c.is_alphanumeric() || c == '_')).next() {
        Some("net") => Rule::only_net_head,
        Some("cell") => Rule::only_cell,
        _ => Rule::only_item,
    }
}

/// The cell that an item with this beginning defines.
fn cell_name(text: &str) -> Option<String> {
    let rest = text.strip_prefix("cell").filter(|rest| rest.starts_with([' ', '\t']))?;
    let name = rest.trim_start_matches([' ', '\t']).split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// What a comparison means.
pub(super) fn comparison(sign: &str) -> Option<CmpOp> {
    [CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge, CmpOp::Eq, CmpOp::Ne].into_iter().find(|op| op.symbol() == sign)
}

fn is_sign(rule: Rule) -> bool {
    use Rule::*;
    matches!(rule, lparen | rparen | lbrack | rbrack | comma | pipe | colon | by | number_end)
}
