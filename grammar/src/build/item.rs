//! Files and their items.

use pest::iterators::{Pair, Pairs};

use super::Builder;
use crate::parse::Rule;
use crate::span::Span;
use crate::tree::{Block, Derivation, Derived, File, Item, Name, Net, NetParam, Stmt, SyntaxErrorKind, Text, Use};

/// What stands before an item's body.
enum Head {
    Net { name: Name, params: Vec<NetParam> },
    Block { name: Name, params: Vec<NetParam> },
    Derived { kind: Derivation, name: Name, of: Name },
}

impl Head {
    fn with(self, body: Vec<Stmt>, span: Span) -> Item {
        match self {
            Head::Net { name, params } => Item::Net(Net { name, params, body, span }),
            Head::Block { name, params } => Item::Block(Block { name, params, body, span }),
            Head::Derived { kind, name, of } => Item::Derived(Derived { kind, name, of, body, span }),
        }
    }
}

impl<'t> Builder<'t> {
    pub(crate) fn file(&mut self, pairs: Pairs<'t, Rule>) -> File {
        let items = pairs.flat_map(Pair::into_inner).filter_map(|pair| self.item(pair)).collect();
        File { items }
    }

    fn item(&mut self, pair: Pair<'t, Rule>) -> Option<Item> {
        let cell = cell_name(pair.as_str());
        let item = match pair.as_rule() {
            Rule::net | Rule::block | Rule::derived | Rule::headless => self.with_body(pair),
            Rule::use_file => self.use_file(pair).map(Item::Use),
            Rule::cell => self.cell(pair).map(Item::Cell),
            Rule::inner => self.inner(pair).map(Item::Inner),
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

    /// An item with a body; nothing where its head cannot be read, but its body is looked through all the same.
    fn with_body(&mut self, pair: Pair<'t, Rule>) -> Option<Item> {
        let whole = self.span(&pair);
        let (mut head, mut body) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::net_head | Rule::block_head | Rule::derived_head => head = self.head(part),
                Rule::bad_head => self.not_a(item_rule(part.as_str()), &part),
                Rule::body => body = Some(self.body(part, None)),
                Rule::bad_tail => self.not_a(Rule::only_tail, &part),
                _ => {}
            }
        }
        let body = body?;
        // Not what follows the closing brace by mistake.
        let span = Span { end: body.span.end, ..whole };
        Some(head?.with(body.stmts, span))
    }

    fn head(&mut self, pair: Pair<'t, Rule>) -> Option<Head> {
        let rule = pair.as_rule();
        let (mut kind, mut names, mut params) = (Derivation::Baseline, Vec::new(), Some(Vec::new()));
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::derivation => kind = derivation(part.as_str())?,
                Rule::name => names.push(self.name(&part)),
                Rule::net_params => params = self.each(part, Self::net_param),
                _ => {}
            }
        }
        let mut names = names.into_iter();
        let name = names.next()?;
        Some(match rule {
            Rule::net_head => Head::Net { name, params: params? },
            Rule::block_head => Head::Block { name, params: params? },
            _ => Head::Derived { kind, name, of: names.next()? },
        })
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

    fn use_file(&mut self, pair: Pair<'t, Rule>) -> Option<Use> {
        let span = self.span(&pair);
        let path = pair.into_inner().find(|part| part.as_rule() == Rule::text).map(|text| self.text(text))?;
        Some(Use { path, span })
    }

    /// What stands between two quotes; its span has them.
    pub(super) fn text(&self, pair: Pair<'t, Rule>) -> Text {
        let span = self.span(&pair);
        let inside = pair.into_inner().find(|part| part.as_rule() == Rule::inside);
        Text::new(inside.map(|inside| inside.as_str().to_owned()).unwrap_or_default(), span)
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
        Some("use") => Rule::only_use,
        Some("net") => Rule::only_net,
        Some("block") => Rule::only_block,
        Some("baseline" | "variant") => Rule::only_derived,
        Some("cell" | "window") => Rule::only_cell,
        Some("inner") => Rule::only_inner,
        _ => Rule::only_item,
    }
}

/// The cell or learned function that an item with this beginning defines.
fn cell_name(text: &str) -> Option<String> {
    let word = ["cell", "window", "inner"].into_iter().find_map(|word| text.strip_prefix(word));
    let rest = word.filter(|rest| rest.starts_with([' ', '\t']))?;
    let name = rest.trim_start_matches([' ', '\t']).split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

fn derivation(word: &str) -> Option<Derivation> {
    [Derivation::Baseline, Derivation::Variant].into_iter().find(|kind| kind.word() == word)
}

fn is_sign(rule: Rule) -> bool {
    use Rule::*;
    matches!(rule, lparen | rparen | lbrack | rbrack | comma | pipe | colon | by | number_end)
}
