//! Which names a text defines, and where it mentions them: one walk over the syntax tree.

use super::analysis::SOURCE;
use super::usage::{self, Usage};
use hetc_compiler::formula::lower::function_names;
use hetc_grammar::span::Span;
use hetc_grammar::tree::{self, Arg, CellBody, CellRef, Derived, Expr, ExprKind, File, Item, Name, NetParam, Stmt, ValueKind};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Net,
    Block,
    Cell,
    /// A learned function.
    Inner,
    /// A parameter of a net or block.
    Parameter,
    /// An input or a parameter of a cell.
    Variable,
    /// A value with a name.
    Tap,
}

/// A place that gives a name its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    pub kind: Kind,
    pub name: String,
    /// The name itself.
    pub at: Span,
    /// The whole definition.
    pub whole: Span,
    /// Where the name has this meaning; everywhere if `None`.
    pub scope: Option<Span>,
    /// As it is written, without a body.
    pub written: String,
}

/// A place that uses a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub name: String,
    pub at: Span,
    /// What it can stand for there.
    kinds: &'static [Kind],
}

/// All names of a file.
#[derive(Debug, Default)]
pub struct Names {
    pub definitions: Vec<Definition>,
    mentions: Vec<Mention>,
}

impl Names {
    /// Those of `file`.
    pub fn of(file: &File) -> Self {
        let mut names = Self::default();
        names.add(file);
        names
    }

    /// Adds those of another file.
    pub fn add(&mut self, file: &File) {
        let functions = function_names();
        for item in &file.items {
            match item {
                Item::Use(_) => {}
                Item::Net(net) => self.body("net", &net.name, &net.params, &net.body, net.span),
                Item::Block(block) => self.body("block", &block.name, &block.params, &block.body, block.span),
                Item::Derived(derived) => self.derived(derived),
                Item::Cell(cell) => self.cell(cell, &functions),
                Item::Inner(inner) => self.inner(inner),
            }
        }
    }

    /// The mention at `offset`; a definition's name mentions itself.
    pub fn at(&self, offset: usize) -> Option<Mention> {
        let touches = |span: Span| span.source == SOURCE && (span.start as usize..=span.end as usize).contains(&offset);
        let own = self.definitions.iter().filter(|definition| touches(definition.at)).map(|definition| Mention {
            name: definition.name.clone(),
            at: definition.at,
            kinds: own_kind(definition.kind),
        });
        let mentioned = self.mentions.iter().filter(|mention| touches(mention.at)).cloned();
        // Between two names that touch, the one that begins here.
        own.chain(mentioned).max_by_key(|mention| mention.at.start)
    }

    /// What a mention stands for, if this file says so: the innermost definition.
    pub fn definition(&self, mention: &Mention) -> Option<&Definition> {
        let holds =
            |scope: Span| scope.source == mention.at.source && scope.start <= mention.at.start && mention.at.end <= scope.end;
        let called = |definition: &&Definition| definition.name == mention.name && mention.kinds.contains(&definition.kind);
        let fits = |definition: &&Definition| called(definition) && definition.scope.is_none_or(holds);
        let size = |span: Span| span.end - span.start;
        // Of two equal ones the first counts, as it does for the compiler. A tap's net is nearer than another one's.
        let nearness = |definition: &&Definition| match definition.scope {
            Some(scope) => size(scope),
            None => u32::MAX - u32::from(holds(definition.whole)),
        };
        let found = self.definitions.iter().filter(fits).min_by_key(nearness);
        // A name in a block may be a parameter of the net that uses it.
        let of_net = |definition: &&Definition| called(definition) && definition.kind == Kind::Parameter;
        found.or_else(|| self.definitions.iter().find(of_net))
    }

    /// The net or cell inside which a definition holds.
    pub fn owner(&self, inner: &Definition) -> Option<&Definition> {
        self.definitions.iter().find(|definition| inner.scope == Some(definition.whole))
    }

    /// The definitions that hold at `offset`.
    pub fn visible(&self, offset: usize) -> impl Iterator<Item = &Definition> {
        let holds = move |scope: Span| scope.source == SOURCE && (scope.start as usize..=scope.end as usize).contains(&offset);
        self.definitions.iter().filter(move |definition| definition.scope.is_none_or(holds))
    }

    fn define(&mut self, kind: Kind, name: &Name, whole: Span, scope: Option<Span>, written: String) {
        self.definitions.push(Definition { kind, name: name.node.clone(), at: name.span, whole, scope, written });
    }

    fn mention(&mut self, name: &Name, kinds: &'static [Kind]) {
        self.mentions.push(Mention { name: name.node.clone(), at: name.span, kinds });
    }

    fn body(&mut self, word: &str, name: &Name, params: &[NetParam], body: &[Stmt], span: Span) {
        let kind = if word == "net" { Kind::Net } else { Kind::Block };
        let list: Vec<String> = params.iter().map(ToString::to_string).collect();
        let list = if list.is_empty() { String::new() } else { format!("({})", list.join(", ")) };
        self.define(kind, name, span, None, format!("{word} {name}{list}"));
        for param in params {
            let whole = param.default.as_ref().map_or(param.name.span, |value| param.name.span.to(value.span));
            self.define(Kind::Parameter, &param.name, whole, Some(span), param.to_string());
            param.default.iter().for_each(|value| self.value(&value.node, &Usage::default(), params, NAMES));
        }
        self.statements(body, params, span);
    }

    fn derived(&mut self, derived: &Derived) {
        let written = format!("{} {} of {}", derived.kind.word(), derived.name, derived.of);
        self.define(Kind::Net, &derived.name, derived.span, None, written);
        self.mention(&derived.of, &[Kind::Net]);
        self.statements(&derived.body, &[], derived.span);
    }

    fn inner(&mut self, inner: &tree::Inner) {
        let file = File { items: vec![Item::Inner(inner.clone())] };
        self.define(Kind::Inner, &inner.name, inner.span, None, hetc_grammar::print(&file).trim_end().to_string());
        inner.options.iter().for_each(|(_, value)| self.value(&value.node, &Usage::default(), &[], NAMES));
    }

    fn statements(&mut self, stmts: &[Stmt], params: &[NetParam], item: Span) {
        for stmt in stmts {
            let head = stmt.head.node.as_str();
            let usage = Usage::of(head);
            if usage::statement(head).is_none() {
                self.mention(&stmt.head, &[Kind::Block]);
            }
            let kinds = if usage.taps { TAPS } else { NAMES };
            for arg in &stmt.args {
                match arg {
                    Arg::Plain(value) if head == "tap" => self.tap(&value.node, item),
                    Arg::Plain(value) | Arg::Option { value, .. } => self.value(&value.node, &usage, params, kinds),
                }
            }
            stmt.bodies.iter().for_each(|body| self.statements(&body.stmts, params, item));
        }
    }

    fn tap(&mut self, value: &ValueKind, item: Span) {
        if let ValueKind::Cells(names) = value {
            for name in names {
                self.define(Kind::Tap, &name.name, item, None, format!("tap {}", name.name));
            }
        }
    }

    /// A word that the statement itself knows is no name, unless a parameter is called so.
    fn value(&mut self, value: &ValueKind, usage: &Usage, params: &[NetParam], kinds: &'static [Kind]) {
        let ValueKind::Cells(references) = value else { return };
        let is_name = |name: &Name| !usage.knows(&name.node) || params.iter().any(|param| param.name.node == name.node);
        for reference in references.iter().filter(|reference| is_name(&reference.name)) {
            self.reference(reference, params, kinds);
        }
    }

    fn reference(&mut self, reference: &CellRef, params: &[NetParam], kinds: &'static [Kind]) {
        self.mention(&reference.name, kinds);
        for arg in reference.args.iter().flatten() {
            self.value(&arg.value.node, &Usage::default(), params, NAMES);
        }
    }

    fn cell(&mut self, cell: &tree::Cell, functions: &[String]) {
        let file = File { items: vec![Item::Cell(cell.clone())] };
        self.define(Kind::Cell, &cell.name, cell.span, None, hetc_grammar::print(&file).trim_end().to_string());
        for input in cell.inputs.iter().flatten() {
            self.define(Kind::Variable, input, input.span, Some(cell.span), input.node.clone());
        }
        for param in &cell.params {
            self.define(Kind::Variable, &param.name, param.span, Some(cell.span), param.to_string());
        }
        if let CellBody::Formula(formula) = &cell.body {
            self.formula(formula, functions);
        }
    }

    fn formula(&mut self, expr: &Expr, functions: &[String]) {
        match &expr.node {
            ExprKind::Number(_) => {}
            ExprKind::Name(name) => self.mention(&Name::new(name.clone(), expr.span), &[Kind::Variable]),
            ExprKind::Neg(inner) | ExprKind::Window(inner) => self.formula(inner, functions),
            ExprKind::Binary(_, left, right) | ExprKind::Compare(_, left, right) => {
                self.formula(left, functions);
                self.formula(right, functions);
            }
            ExprKind::Call { name, args } => {
                if !functions.contains(&name.node) {
                    self.mention(name, &[Kind::Cell, Kind::Inner]);
                }
                args.iter().for_each(|arg| self.formula(arg, functions));
            }
        }
    }
}

/// What a word can be where values stand.
const NAMES: &[Kind] = &[Kind::Parameter, Kind::Cell, Kind::Inner];
/// The same for statements that name taps.
const TAPS: &[Kind] = &[Kind::Parameter, Kind::Cell, Kind::Inner, Kind::Tap];

impl Mention {
    /// Whether it can stand for a cell type, perhaps one of the prelude.
    pub fn may_be_cell(&self) -> bool {
        self.kinds.contains(&Kind::Cell)
    }
}

fn own_kind(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::Net => &[Kind::Net],
        Kind::Block => &[Kind::Block],
        Kind::Inner => &[Kind::Inner],
        Kind::Tap => &[Kind::Tap],
        Kind::Cell => &[Kind::Cell],
        Kind::Parameter => &[Kind::Parameter],
        Kind::Variable => &[Kind::Variable],
    }
}
