//! From a `net` to a plan: one pass over its statements that knows the shape at every point.
//!
//! Every statement is a file of its own with a [`Statement`] that says how it is written. A statement that is wrong leaves the shape
//! after it unknown, and what depends on an unknown shape is not checked: one cause gives one message.

mod act;
mod args;
mod conv;
mod dense;
mod dropout;
mod expect;
mod input;
mod norm;
mod pool;
mod uses;

use args::{Args, Argument};
pub use uses::{names_in, names_in_body, names_used};

use crate::cells::{Catalogue, Library};
use crate::diag::{ArgumentKind, EmptyNet, Findings, MisplacedInput, NetTooLarge, UnknownStatement, words};
use crate::figures::Known;
use crate::limits::{MAX_ELEMENTS, MAX_LAYERS, MAX_MACS, MAX_PARAMS};
use crate::plan::{Layer, Op, PLAN_VERSION, Plan, Word};
use crate::shape::Shape;
use hetc_grammar::span::Span;
use hetc_grammar::tree::{self, Arg, CallArg, CellRef, Name, Stmt, Value, ValueKind};
use std::collections::BTreeMap;

/// One kind of statement.
pub struct Statement {
    /// The word it starts with.
    pub head: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    options: &'static [&'static str],
    build: fn(&mut Builder, &mut Args) -> Option<()>,
}

/// Every statement of a network's body.
pub const STATEMENTS: &[Statement] = &[
    input::STATEMENT,
    conv::STATEMENT,
    dense::STATEMENT,
    pool::STATEMENT,
    dropout::STATEMENT,
    norm::STATEMENT,
    act::STATEMENT,
    expect::STATEMENT,
];

/// What a parameter of a net stands for.
pub struct Bound<'a> {
    /// Its value: the default, or what a setting says.
    pub value: &'a Value,
    /// Where the net declares it.
    pub declared: Span,
}

/// Builds the plan of one net.
pub struct Builder<'a> {
    net: &'a tree::Net,
    library: &'a Library,
    params: &'a BTreeMap<&'a str, Bound<'a>>,
    findings: &'a mut Findings,
    line_starts: &'a [u32],
    /// The first text in the body that could not be read; shapes after it are unknown.
    broken_at: Option<u32>,
    input: Option<(Shape, Span)>,
    /// The shape at this point; `None` if something before is wrong.
    shape: Option<Shape>,
    /// What produced it.
    from: Option<Span>,
    layers: Vec<Layer>,
    spans: Vec<Span>,
    catalogue: Catalogue,
    statement: Span,
    /// Mixes from elsewhere whose number of cells has been found at odds with a ratio.
    odd_mixes: Vec<Span>,
}

/// The plan of `net`; `None` if anything in it is wrong.
pub fn build<'a>(
    net: &'a tree::Net,
    library: &'a Library,
    params: &'a BTreeMap<&'a str, Bound<'a>>,
    line_starts: &'a [u32],
    broken_at: Option<u32>,
    findings: &'a mut Findings,
) -> Option<Plan> {
    let mut builder = Builder {
        net,
        library,
        params,
        findings,
        line_starts,
        broken_at,
        input: None,
        shape: None,
        from: None,
        layers: Vec::new(),
        spans: Vec::new(),
        catalogue: Catalogue::default(),
        statement: net.name.span,
        odd_mixes: Vec::new(),
    };
    let mut sound = true;
    for stmt in &net.body {
        sound &= builder.statement(stmt).is_some();
    }
    if net.body.is_empty() && broken_at.is_none() {
        return builder.findings.report(EmptyNet { net: net.name.node.clone(), span: net.name.span });
    }
    if sound && broken_at.is_none() { builder.finish() } else { None }
}

impl<'a> Builder<'a> {
    fn statement(&mut self, stmt: &'a Stmt) -> Option<()> {
        if self.broken_at.is_some_and(|broken| broken <= stmt.span.start) {
            self.shape = None;
        }
        self.statement = stmt.span;
        let built = self.dispatch(stmt);
        if built.is_none() {
            self.shape = None;
        }
        built
    }

    fn dispatch(&mut self, stmt: &'a Stmt) -> Option<()> {
        let head = &stmt.head;
        let Some(statement) = STATEMENTS.iter().find(|statement| statement.head == head.node) else {
            return self.findings.report(UnknownStatement { name: head.node.clone(), span: head.span });
        };
        let mut plain = Vec::new();
        let mut options = Vec::new();
        for arg in &stmt.args {
            match arg {
                Arg::Plain(value) => plain.push(self.argument(head, value)?),
                Arg::Option { key, value } => options.push((key.clone(), self.argument(head, value)?)),
            }
        }
        if let Some(body) = stmt.bodies.first() {
            return self.findings.report(ArgumentKind {
                head: head.node.clone(),
                span: Span { end: body.span.start + 1, ..body.span },
                expected: "no `{ … }`".to_string(),
                found: "one".to_string(),
                origin: None,
                declared: None,
                written: None,
                usage: Some(statement.usage.to_string()),
            });
        }
        let mut args = Args::new(head.clone(), statement.usage, statement.options, plain, options);
        args.check_options(self.findings)?;
        self.check_input_comes_first(statement, head)?;
        let found_before = self.findings.len();
        let built = (statement.build)(self, &mut args);
        // A statement that gave up with a message may have left arguments untaken; those are no second mistake.
        if built.is_some() || self.findings.len() == found_before {
            args.finish(self.findings)?;
        }
        built
    }

    /// The first statement has to be `input`; if it is not, that is said once.
    fn check_input_comes_first(&mut self, statement: &Statement, head: &Name) -> Option<()> {
        let is_first = self.net.body.first().is_some_and(|first| first.head.span == head.span);
        if is_first && statement.head != "input" && self.broken_at.is_none_or(|broken| broken > head.span.start) {
            return self.findings.report(MisplacedInput { net: self.net.name.node.clone(), span: head.span, first: None });
        }
        Some(())
    }

    /// `value` with the net's parameters replaced by what they stand for.
    fn argument(&mut self, head: &Name, value: &Value) -> Option<Argument> {
        let ValueKind::Cells(refs) = &value.node else {
            return Some(Argument { kind: value.node.clone(), span: value.span, origin: None });
        };
        if let Some(bound) = value.node.as_word().and_then(|word| self.params.get(word)) {
            return Some(Argument { kind: bound.value.node.clone(), span: value.span, origin: Some(bound.value.span) });
        }
        let mut expanded = Vec::new();
        for reference in refs {
            match self.params.get(reference.name.node.as_str()).filter(|_| reference.args.is_none() && reference.sizes.is_none())
            {
                Some(bound) => expanded.extend(self.cells_of(bound, head, reference)?.iter().cloned()),
                None => expanded.push(self.with_numbers(reference)),
            }
        }
        Some(Argument { kind: ValueKind::Cells(expanded), span: value.span, origin: None })
    }

    fn cells_of(&mut self, bound: &'a Bound<'a>, head: &Name, reference: &CellRef) -> Option<&'a [CellRef]> {
        match &bound.value.node {
            ValueKind::Cells(cells) => Some(cells),
            other => self.findings.report(ArgumentKind {
                head: head.node.clone(),
                span: reference.span,
                expected: "a cell type".to_string(),
                found: words::value(other),
                origin: Some(bound.value.span),
                declared: None,
                written: None,
                usage: None,
            }),
        }
    }

    /// `swish(b)` with the net parameter `b` replaced by its number.
    fn with_numbers(&self, reference: &CellRef) -> CellRef {
        let value_of = |arg: &CallArg| match arg.value.node.as_word().and_then(|word| self.params.get(word)) {
            Some(bound) => CallArg { key: arg.key.clone(), value: Value::new(bound.value.node.clone(), arg.value.span) },
            None => arg.clone(),
        };
        let args = reference.args.as_ref().map(|args| args.iter().map(value_of).collect());
        CellRef { args, ..reference.clone() }
    }

    /// Adds a layer that turns the current shape into `output`.
    fn push(&mut self, op: Op, output: Shape) -> Option<()> {
        let input = self.shape?;
        let known = Known { cells: &self.catalogue.cells, functions: &self.catalogue.functions };
        let (params, macs) = (known.params(&op, &input, &output), known.macs(&op, &input, &output));
        let kind = kind(&op);
        let number = 1 + self.layers.iter().filter(|layer| self::kind(&layer.op) == kind).count();
        let total = |of: fn(&Layer) -> u64| self.layers.iter().map(of).sum::<u64>(); // below the limits so far
        for (what, size, limit) in [
            ("values in one sample", output.size(), MAX_ELEMENTS),
            ("parameters", total(|layer| layer.params).saturating_add(params), MAX_PARAMS),
            ("multiply-adds", total(|layer| layer.macs).saturating_add(macs), MAX_MACS),
            ("layers", self.layers.len() as u64 + 1, MAX_LAYERS as u64),
        ] {
            if size > limit {
                return self.findings.report(NetTooLarge { what, limit, span: self.statement });
            }
        }
        let line = self.line_of(self.statement.start);
        self.layers.push(Layer { name: format!("{kind}{number}"), line, from: Vec::new(), input, output, params, macs, op });
        self.spans.push(self.statement);
        self.shape = Some(output);
        if output != input {
            self.from = Some(self.statement);
        }
        Some(())
    }

    fn line_of(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|start| *start <= offset) as u32
    }

    fn finish(self) -> Option<Plan> {
        let (input, _) = self.input?;
        let Some(last) = self.layers.last() else {
            return self.findings.report(EmptyNet { net: self.net.name.node.clone(), span: self.net.name.span });
        };
        let mut plan = Plan {
            version: PLAN_VERSION,
            net: self.net.name.node.clone(),
            input,
            output: last.output,
            params: 0,
            macs: 0,
            functions: self.catalogue.functions,
            tables: self.catalogue.tables,
            cells: self.catalogue.cells,
            layers: self.layers,
            taps: Vec::new(),
        };
        plan.drop_unused();
        plan.recount();
        Some(plan)
    }
}

/// The word that layers of this kind are named after.
fn kind(op: &Op) -> &'static str {
    match op {
        Op::Conv { .. } => "conv",
        Op::Dense { .. } => "dense",
        Op::Flatten => "flatten",
        Op::Pool { .. } | Op::AdaptivePool { .. } => "pool",
        Op::Dropout { .. } => "dropout",
        Op::Norm { .. } | Op::Response { .. } => "norm",
        Op::Noise { .. } => "noise",
        Op::Join { .. } => "join",
        Op::Cells(placement) => match placement.word {
            Word::Act => "act",
            Word::Window => "window",
            Word::Inner => "inner",
        },
    }
}
