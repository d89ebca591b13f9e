//! Text ⇄ tree.

use super::SOURCE;
use hetc_grammar::span::Span;
use hetc_grammar::tree::*;
use hetc_grammar::{format, parse, parse_formula, parse_value, print};

#[allow(unreachable_pub, missing_docs)]
#[path = "../../../grammar/tests/common/mod.rs"]
mod tree;

/// Holds for what is read from any text.
pub fn read(text: &str) -> Parsed {
    let parsed = parse(SOURCE, text);
    errors(text, &parsed.errors);
    let mut end = 0;
    for comment in &parsed.comments {
        assert_eq!(part(text, comment.span), comment.text);
        assert!(comment.text.starts_with('#') && comment.span.start >= end, "{comment:?}");
        end = comment.span.end;
    }
    let whole = Outer { text, span: Span::new(SOURCE, 0, text.len()) };
    whole.in_order(parsed.file.items.iter().map(item_span));
    parsed.file.items.iter().for_each(|item| whole.item(item));
    let (value, found) = parse_value(SOURCE, text);
    errors(text, &found);
    assert!(value.is_some() || !found.is_empty());
    let (formula, found) = parse_formula(SOURCE, text);
    errors(text, &found);
    assert!(formula.is_some() || !found.is_empty());
    if let Some(formula) = formula.filter(|_| found.is_empty()) {
        whole.formula(&formula);
        let again = parse_formula(SOURCE, &formula.to_string());
        assert_eq!(again.0.map(|formula| tree::expr(&formula)), Some(tree::expr(&formula)), "{formula}");
    }
    parsed
}

/// Holds for what the formatter makes of any text.
pub fn formatted(text: &str) {
    let before = parse(SOURCE, text);
    let after = match format(text) {
        Ok(after) => after,
        Err(errors) => return assert_eq!(places(&errors), places(&before.errors)),
    };
    assert!(before.errors.is_empty());
    let read = parse(SOURCE, &after);
    assert_eq!(read.errors, [], "{after}");
    assert_eq!(tree::dump(&before.file), tree::dump(&read.file), "{after}");
    let words = |parsed: &Parsed| parsed.comments.iter().map(|comment| comment.text.clone()).collect::<Vec<_>>();
    assert_eq!(words(&before), words(&read), "{after}");
    assert_eq!(format(&after).as_deref(), Ok(after.as_str()));
    let printed = print(&before.file);
    let read = parse(SOURCE, &printed);
    assert_eq!(read.errors, [], "{printed}");
    assert_eq!(tree::dump(&before.file), tree::dump(&read.file), "{printed}");
}

/// Errors without the name of the text that they are in.
fn places(errors: &[SyntaxError]) -> Vec<(&SyntaxErrorKind, std::ops::Range<usize>)> {
    errors.iter().map(|error| (&error.kind, error.span.range())).collect()
}

fn errors(text: &str, errors: &[SyntaxError]) {
    let mut last = 0;
    for error in errors {
        part(text, error.span);
        assert!(error.span.start >= last, "out of order: {errors:?}");
        last = error.span.start;
        if let SyntaxErrorKind::Expected { wanted, .. } = &error.kind {
            assert!(!wanted.is_empty() && wanted.is_sorted(), "{wanted:?}");
        }
    }
}

/// The part of `text` that `span` means.
pub fn part(text: &str, span: Span) -> &str {
    let found = text.get(span.range()).filter(|_| span.source == SOURCE);
    found.unwrap_or_else(|| panic!("{span:?} is no part of the text"))
}

fn item_span(item: &Item) -> Span {
    match item {
        Item::Use(item) => item.span,
        Item::Net(net) => net.span,
        Item::Block(block) => block.span,
        Item::Derived(derived) => derived.span,
        Item::Cell(cell) => cell.span,
        Item::Inner(inner) => inner.span,
    }
}

/// A part of the text in which the parts of a node have to lie.
#[derive(Clone, Copy)]
struct Outer<'t> {
    text: &'t str,
    span: Span,
}

impl<'t> Outer<'t> {
    /// `span`, which lies inside.
    fn part(self, span: Span) -> Self {
        part(self.text, span);
        assert!(self.span.start <= span.start && span.end <= self.span.end, "{span:?} is not within {:?}", self.span);
        Self { span, ..self }
    }

    /// Neighbours do not overlap.
    fn in_order(self, spans: impl Iterator<Item = Span>) {
        let mut end = self.span.start;
        for span in spans {
            self.part(span);
            assert!(end <= span.start, "{span:?} begins before {end}");
            end = span.end;
        }
    }

    fn name(self, name: &Name) {
        assert_eq!(part(self.text, self.part(name.span).span), name.node);
    }

    fn quoted(self, text: &Text) {
        assert_eq!(part(self.text, self.part(text.span).span), format!("\"{}\"", text.node));
    }

    fn item(self, item: &Item) {
        let this = self.part(item_span(item));
        match item {
            Item::Use(item) => this.quoted(&item.path),
            Item::Net(Net { name, params, body, .. }) | Item::Block(Block { name, params, body, .. }) => {
                this.name(name);
                this.in_order(params.iter().map(|param| param.name.span));
                for param in params {
                    this.name(&param.name);
                    param.default.iter().for_each(|value| this.value(value));
                }
                this.stmts(body);
            }
            Item::Derived(Derived { name, of, body, .. }) => {
                this.name(name);
                this.name(of);
                this.stmts(body);
            }
            Item::Cell(cell) => {
                this.name(&cell.name);
                cell.inputs.iter().flatten().for_each(|name| this.name(name));
                this.in_order(cell.params.iter().map(|param| param.span));
                for param in &cell.params {
                    let inner = this.part(param.span);
                    inner.name(&param.name);
                    inner.in_order(param.domain.iter().map(|bound| bound.span));
                    param.learn.iter().for_each(|learn| _ = inner.part(learn.span));
                    param.default.iter().for_each(|number| _ = inner.part(number.span));
                    param.domain.iter().for_each(|bound| _ = inner.part(bound.span).part(bound.limit.span));
                }
                match &cell.body {
                    CellBody::Formula(formula) => this.formula(formula),
                    CellBody::Table(path) => this.quoted(path),
                }
            }
            Item::Inner(inner) => {
                this.name(&inner.name);
                this.cell_ref(&inner.network);
                this.in_order(inner.options.iter().map(|(key, value)| key.span.to(value.span)));
            }
        }
    }

    fn stmts(self, stmts: &[Stmt]) {
        self.in_order(stmts.iter().map(|stmt| stmt.span));
        for stmt in stmts {
            let this = self.part(stmt.span);
            this.name(&stmt.head);
            this.in_order(stmt.args.iter().map(Arg::span).chain(stmt.bodies.iter().map(|body| body.span)));
            for arg in &stmt.args {
                let (Arg::Plain(value) | Arg::Option { value, .. }) = arg;
                this.value(value);
                if let Arg::Option { key, .. } = arg {
                    this.name(key);
                }
            }
            for body in &stmt.bodies {
                body.label.iter().for_each(|label| this.name(label));
                this.part(body.span).stmts(&body.stmts);
            }
        }
    }

    fn value(self, value: &Value) {
        let this = self.part(value.span);
        if let ValueKind::Cells(refs) = &value.node {
            this.in_order(refs.iter().map(|cell| cell.span));
            refs.iter().for_each(|cell| this.cell_ref(cell));
        }
    }

    fn cell_ref(self, cell: &CellRef) {
        let this = self.part(cell.span);
        this.name(&cell.name);
        this.in_order(cell.sizes.iter().flatten().map(|size| size.span));
        this.in_order(cell.args.iter().flatten().map(|arg| arg.value.span));
        cell.args.iter().flatten().filter_map(|arg| arg.key.as_ref()).for_each(|key| this.name(key));
    }

    fn formula(self, formula: &Expr) {
        let this = self.part(formula.span);
        match &formula.node {
            ExprKind::Number(_) => {}
            ExprKind::Name(name) => assert!(part(this.text, this.span).contains(name.as_str())),
            ExprKind::Neg(a) | ExprKind::Window(a) => this.formula(a),
            ExprKind::Binary(_, a, b) | ExprKind::Compare(_, a, b) => {
                this.in_order([a.span, b.span].into_iter());
                this.formula(a);
                this.formula(b);
            }
            ExprKind::Call { name, args } => {
                this.name(name);
                this.in_order(args.iter().map(|arg| arg.span));
                args.iter().for_each(|arg| this.formula(arg));
            }
        }
    }
}
