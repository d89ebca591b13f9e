//! Which names a text defines, and where it mentions them: one walk over the syntax tree.

use super::usage::Usage;
use hetc_compiler::formula::lower::function_names;
use hetc_grammar::span::Span;
use hetc_grammar::tree::{self, Arg, CellRef, Expr, ExprKind, File, Item, Name, Stmt, ValueKind};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Net,
    Cell,
    /// A parameter of a net.
    Parameter,
    /// An input or a parameter of a cell.
    Variable,
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
        let functions = function_names();
        for item in &file.items {
            match item {
                Item::Net(net) => names.net(net),
                Item::Cell(cell) => names.cell(cell, &functions),
            }
        }
        names
    }

    /// The mention at `offset`; a definition's name mentions itself.
    pub fn at(&self, offset: usize) -> Option<Mention> {
        let touches = |span: Span| (span.start as usize..=span.end as usize).contains(&offset);
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
        let holds = |scope: Span| scope.start <= mention.at.start && mention.at.end <= scope.end;
        let fits = |definition: &&Definition| {
            definition.name == mention.name && mention.kinds.contains(&definition.kind) && definition.scope.is_none_or(holds)
        };
        // Of two equal ones the first counts, as it does for the compiler.
        self.definitions
            .iter()
            .filter(fits)
            .min_by_key(|definition| definition.scope.map_or(u32::MAX, |scope| scope.end - scope.start))
    }

    /// The net or cell inside which a definition holds.
    pub fn owner(&self, inner: &Definition) -> Option<&Definition> {
        self.definitions.iter().find(|definition| inner.scope == Some(definition.whole))
    }

    /// The definitions that hold at `offset`.
    pub fn visible(&self, offset: usize) -> impl Iterator<Item = &Definition> {
        let holds = move |scope: Span| (scope.start as usize..=scope.end as usize).contains(&offset);
        self.definitions.iter().filter(move |definition| definition.scope.is_none_or(holds))
    }

    fn define(&mut self, kind: Kind, name: &Name, whole: Span, scope: Option<Span>, written: String) {
        self.definitions.push(Definition { kind, name: name.node.clone(), at: name.span, whole, scope, written });
    }

    fn mention(&mut self, name: &Name, kinds: &'static [Kind]) {
        self.mentions.push(Mention { name: name.node.clone(), at: name.span, kinds });
    }

    fn net(&mut self, net: &tree::Net) {
        let params: Vec<String> = net.params.iter().map(ToString::to_string).collect();
        let params = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
        self.define(Kind::Net, &net.name, net.span, None, format!("net {}{params}", net.name));
        for param in &net.params {
            let whole = param.default.as_ref().map_or(param.name.span, |value| param.name.span.to(value.span));
            self.define(Kind::Parameter, &param.name, whole, Some(net.span), param.to_string());
            param.default.iter().for_each(|value| self.value(&value.node, &Usage::default(), &net.params));
        }
        self.statements(&net.body, &net.params);
    }

    fn statements(&mut self, stmts: &[Stmt], params: &[tree::NetParam]) {
        for stmt in stmts {
            let usage = Usage::of(&stmt.head.node);
            for arg in &stmt.args {
                match arg {
                    Arg::Plain(value) | Arg::Option { value, .. } => self.value(&value.node, &usage, params),
                }
            }
            stmt.bodies.iter().for_each(|body| self.statements(&body.stmts, params));
        }
    }

    /// A word that the statement itself knows is no name, unless a parameter is called so.
    fn value(&mut self, value: &ValueKind, usage: &Usage, params: &[tree::NetParam]) {
        let ValueKind::Cells(references) = value else { return };
        let is_name = |name: &Name| !usage.knows(&name.node) || params.iter().any(|param| param.name.node == name.node);
        for reference in references.iter().filter(|reference| is_name(&reference.name)) {
            self.reference(reference, params);
        }
    }

    fn reference(&mut self, reference: &CellRef, params: &[tree::NetParam]) {
        self.mention(&reference.name, &[Kind::Parameter, Kind::Cell]);
        for arg in reference.args.iter().flatten() {
            self.value(&arg.value.node, &Usage::default(), params);
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
        self.formula(&cell.body, functions);
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
                    self.mention(name, &[Kind::Cell]);
                }
                args.iter().for_each(|arg| self.formula(arg, functions));
            }
        }
    }
}

impl Mention {
    /// Whether it can stand for a cell type, perhaps one of the prelude.
    pub fn may_be_cell(&self) -> bool {
        self.kinds.contains(&Kind::Cell)
    }
}

fn own_kind(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::Net => &[Kind::Net],
        Kind::Cell => &[Kind::Cell],
        Kind::Parameter => &[Kind::Parameter],
        Kind::Variable => &[Kind::Variable],
    }
}
