//! From a `net` to a plan: one pass over its statements that knows the shape at every point.
//!
//! Every statement is a file of its own with a [`Statement`] that says how it is written. A statement that is wrong leaves the shape
//! after it unknown, and what depends on an unknown shape is not checked: one cause gives one message.

mod act;
mod args;
mod block;
mod branch;
mod conv;
mod dense;
mod derived;
mod dropout;
mod expect;
mod inner;
mod input;
mod noise;
mod norm;
mod place;
mod pool;
mod repeat;
mod replace;
mod scope;
mod uses;
mod window;

use args::{Args, Argument};
pub use derived::{STATEMENTS as DERIVED, derive};
pub use replace::WORDS as SELECTORS;
pub use scope::{Bound, resolved};
pub use uses::{mentioned, names_in, names_in_body, names_reached, names_used};

use crate::cells::{Catalogue, Library};
use crate::diag::{ArgumentKind, Duplicate, EmptyNet, Findings, MisplacedInput, NetTooLarge, UnknownStatement};
use crate::figures::Known;
use crate::limits::{MAX_BODIES, MAX_ELEMENTS, MAX_LAYERS, MAX_MACS, MAX_PARAMS, MAX_STATEMENTS};
use crate::plan::{Layer, Op, PLAN_VERSION, Plan, Tap};
use crate::rewrite::{self, Keep, Matched, Site};
use crate::shape::Shape;
use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::{self, Arg, Name, Stmt, SyntaxError};
use scope::Frame;
use std::collections::{BTreeMap, BTreeSet};

/// One kind of statement.
pub struct Statement {
    /// The word it starts with.
    pub head: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The keys of its options.
    pub options: &'static [&'static str],
    /// What stands in braces behind it.
    pub bodies: Bodies,
    build: fn(&mut Builder, &mut Args) -> Option<()>,
}

/// How many `{ … }` a statement has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    /// None.
    None,
    /// Exactly one.
    One,
    /// One, and then more, each behind a word.
    First {
        /// The word.
        label: &'static str,
        /// How many there may be in all.
        most: usize,
    },
}

/// Every statement of a network's body.
pub const STATEMENTS: &[Statement] = &[
    input::STATEMENT,
    conv::STATEMENT,
    dense::STATEMENT,
    pool::STATEMENT,
    dropout::STATEMENT,
    norm::STATEMENT,
    noise::STATEMENT,
    act::STATEMENT,
    window::STATEMENT,
    inner::STATEMENT,
    repeat::STATEMENT,
    branch::RESIDUAL,
    branch::BRANCH,
    branch::JOIN,
    branch::TAP,
    replace::STATEMENT,
    expect::STATEMENT,
];

/// What a file and those that it uses define.
pub struct Context<'a> {
    /// Cell types and learned functions.
    pub library: &'a Library,
    /// Blocks by name.
    pub blocks: BTreeMap<&'a str, &'a tree::Block>,
    /// Everything that could not be read.
    pub errors: Vec<&'a SyntaxError>,
    /// Whether a file that is used could not be read, so that any name may be defined there.
    pub incomplete: bool,
    /// Whether parameters have been set from outside.
    pub set: bool,
    /// Where the lines of each file start.
    pub line_starts: BTreeMap<SourceId, Vec<u32>>,
}

impl Context<'_> {
    /// Where the first text inside `span` stands that could not be read.
    fn broken_in(&self, span: Span) -> Option<u32> {
        let inside =
            |error: &&&SyntaxError| error.span.source == span.source && (span.start..=span.end).contains(&error.span.start);
        self.errors.iter().filter(inside).map(|error| error.span.start).min()
    }
}

/// A point of a network that a statement can start from.
#[derive(Debug, Clone, Copy)]
struct Here {
    /// The value; see [`crate::plan`].
    value: usize,
    /// Its shape; `None` if something before is wrong.
    shape: Option<Shape>,
    /// What produced the shape.
    from: Option<Span>,
}

/// A value with a name.
struct Tapped {
    name: String,
    span: Span,
    here: Here,
    /// Whether a block or a repetition that has ended has made it.
    used: bool,
}

/// Keys and values.
type Options = Vec<(Name, Argument)>;

/// Builds the plan of one net.
pub struct Builder<'a> {
    name: &'a Name,
    context: &'a Context<'a>,
    findings: &'a mut Findings,
    /// The net's parameters, then those of the block that is being used, if any.
    frames: Vec<Frame>,
    /// The first text in the body that could not be read; shapes after it are unknown.
    broken_at: Option<u32>,
    /// The statement that has to be `input`.
    first: Option<Span>,
    input: Option<(Shape, Span)>,
    /// The value at this point.
    value: usize,
    /// Its shape; `None` if something before is wrong.
    shape: Option<Shape>,
    /// What produced it.
    from: Option<Span>,
    layers: Vec<Layer>,
    spans: Vec<Span>,
    catalogue: Catalogue,
    taps: Vec<Tapped>,
    /// Whether a tap may stand in what could not be read.
    has_lost_taps: bool,
    /// The statement that is being read.
    statement: Span,
    /// The statement of the net that it belongs to: the use of a block, where it stands in one.
    asked: Span,
    /// How many statements have been read, each as often as it was repeated.
    statements: usize,
    /// How many bodies and blocks are open.
    depth: usize,
    /// Sites whose cells have been replaced.
    replaced: Vec<Site>,
    /// What has been put at sites whose widths may still change.
    unsettled: Vec<place::Wanted>,
    /// How its widths were solved for, if they were.
    matched: Option<Matched>,
    /// The statement that asked for that.
    matched_at: Option<Span>,
    /// Whether values have been set from outside, which no `expect` can know.
    set: bool,
    /// Where the taps begin that the current use of a block, or repetition, has made.
    scope: usize,
    /// How many such scopes have ended.
    closed: usize,
    /// Names of taps that several uses have made.
    several: BTreeSet<String>,
    /// Layers that replacements have gone through, each as often.
    rebuilt: usize,
    /// How many layers have functions of their own.
    owners: usize,
    /// Parameters of the net that this one is made from.
    target: u64,
    /// What stays when cells of another number of values come to a site.
    keep: Keep,
    /// Mixes from elsewhere whose number of cells has been found at odds with a ratio.
    odd_mixes: Vec<Span>,
}

/// The plan of `net`; `None` if anything in it is wrong.
pub fn build<'a>(
    net: &'a tree::Net,
    context: &'a Context<'a>,
    params: BTreeMap<String, Bound>,
    findings: &'a mut Findings,
) -> Option<Built> {
    let broken_at = context.broken_in(net.span);
    let mut builder = Builder::new(&net.name, context, params, broken_at, findings);
    builder.first = net.body.first().map(|first| first.head.span);
    let mut sound = true;
    for stmt in &net.body {
        sound &= builder.statement(stmt).is_some();
    }
    if net.body.is_empty() && broken_at.is_none() {
        return builder.findings.report(EmptyNet { net: net.name.node.clone(), span: net.name.span });
    }
    if sound && broken_at.is_none() { builder.finish() } else { None }
}

/// A plan and what asked for its layers.
#[derive(Debug, Clone)]
pub struct Built {
    /// The plan.
    pub plan: Plan,
    /// The statement behind each layer.
    pub spans: Vec<Span>,
    /// How its widths were solved for, if they were.
    pub matched: Option<Matched>,
}

impl<'a> Builder<'a> {
    fn new(
        name: &'a Name,
        context: &'a Context<'a>,
        params: BTreeMap<String, Bound>,
        broken_at: Option<u32>,
        findings: &'a mut Findings,
    ) -> Self {
        Builder {
            name,
            context,
            findings,
            frames: vec![Frame { params, block: None }],
            broken_at,
            first: None,
            input: None,
            value: 0,
            shape: None,
            from: None,
            layers: Vec::new(),
            spans: Vec::new(),
            catalogue: Catalogue::default(),
            taps: Vec::new(),
            has_lost_taps: broken_at.is_some(),
            statement: name.span,
            asked: name.span,
            statements: 0,
            depth: 0,
            replaced: Vec::new(),
            unsettled: Vec::new(),
            matched: None,
            matched_at: None,
            set: context.set,
            scope: 0,
            closed: 0,
            several: BTreeSet::new(),
            rebuilt: 0,
            owners: 0,
            target: 0,
            keep: Keep::Inputs,
            odd_mixes: Vec::new(),
        }
    }

    fn here(&self) -> Here {
        Here { value: self.value, shape: self.shape, from: self.from }
    }

    fn go_to(&mut self, here: Here) {
        (self.value, self.shape, self.from) = (here.value, here.shape, here.from);
    }

    /// The statements in a pair of braces.
    fn body(&mut self, stmts: &[Stmt]) -> Option<()> {
        if self.depth >= MAX_BODIES {
            let span = self.asked;
            return self.findings.report(NetTooLarge {
                what: "braces and blocks in one another",
                limit: MAX_BODIES as u64,
                span,
            });
        }
        self.depth += 1;
        let statement = self.statement;
        let mut sound = true;
        for stmt in stmts {
            sound &= self.statement(stmt).is_some();
        }
        self.statement = statement;
        self.depth -= 1;
        sound.then_some(())
    }

    fn statement(&mut self, stmt: &Stmt) -> Option<()> {
        if self.frames.len() == 1 {
            if self.broken_at.is_some_and(|broken| broken <= stmt.span.start) {
                self.shape = None;
            }
            self.asked = stmt.span;
        }
        self.statement = stmt.span;
        self.statements += 1;
        if self.statements > MAX_STATEMENTS {
            let (limit, span) = (MAX_STATEMENTS as u64, self.asked);
            return self.findings.report(NetTooLarge { what: "statements", limit, span });
        }
        let built = self.dispatch(stmt);
        if built.is_none() {
            self.shape = None;
            self.has_lost_taps = true;
        }
        built
    }

    fn dispatch(&mut self, stmt: &Stmt) -> Option<()> {
        let head = &stmt.head;
        let Some(statement) = STATEMENTS.iter().find(|statement| statement.head == head.node) else {
            return match self.context.blocks.get(head.node.as_str()) {
                Some(block) => self.block(block, stmt),
                None if self.context.incomplete => None,
                None => {
                    let blocks = self.context.blocks.keys().map(|name| name.to_string()).collect();
                    self.findings.report(UnknownStatement { name: head.node.clone(), span: head.span, blocks })
                }
            };
        };
        self.run(statement, stmt)
    }

    fn run(&mut self, statement: &Statement, stmt: &Stmt) -> Option<()> {
        let (plain, options) = self.arguments(stmt)?;
        self.check_bodies(statement, stmt)?;
        let mut args = Args::new(stmt.head.clone(), statement.usage, statement.options, plain, options, &stmt.bodies);
        args.check_options(self.findings)?;
        self.check_input_comes_first(statement, &stmt.head)?;
        let found_before = self.findings.len();
        let built = (statement.build)(self, &mut args);
        // A statement that gave up with a message may have left arguments untaken; those are no second mistake.
        if built.is_some() || self.findings.len() == found_before {
            args.finish(self.findings)?;
        }
        built
    }

    /// The arguments of a statement, names replaced by what they stand for.
    fn arguments(&mut self, stmt: &Stmt) -> Option<(Vec<Argument>, Options)> {
        let mut plain = Vec::new();
        let mut options = Vec::new();
        for arg in &stmt.args {
            match arg {
                Arg::Plain(value) => plain.push(self.argument(&stmt.head, value)?),
                Arg::Option { key, value } => options.push((key.clone(), self.argument(&stmt.head, value)?)),
            }
        }
        Some((plain, options))
    }

    /// Reports braces where none belong, or too few or other ones.
    fn check_bodies(&mut self, statement: &Statement, stmt: &Stmt) -> Option<()> {
        let (least, most, label) = match statement.bodies {
            Bodies::None => (0, 0, None),
            Bodies::One => (1, 1, None),
            Bodies::First { label, most } => (1, most, Some(label)),
        };
        let place = |body: &tree::Body| Span { end: body.span.start + 1, ..body.span };
        let wrong = |expected: &str, found: String, span: Span| ArgumentKind {
            head: stmt.head.node.clone(),
            span,
            expected: expected.to_string(),
            found,
            origin: None,
            declared: None,
            written: None,
            usage: Some(statement.usage.to_string()),
        };
        if stmt.bodies.len() < least {
            return self.findings.report(wrong("statements in braces", "none".to_string(), stmt.head.span));
        }
        if let Some(extra) = stmt.bodies.get(most) {
            let expected = if most == 0 { "no `{ … }`" } else { "no further `{ … }`" };
            return self.findings.report(wrong(expected, "one".to_string(), place(extra)));
        }
        for body in stmt.bodies.iter().skip(1) {
            let Some(word) = &body.label else { continue };
            if Some(word.node.as_str()) != label {
                let expected = label.map_or("one pair of braces".to_string(), |label| format!("the word `{label}`"));
                return self.findings.report(wrong(&expected, format!("`{}`", word.node), word.span));
            }
        }
        Some(())
    }

    /// The first statement has to be `input`; if it is not, that is said once.
    fn check_input_comes_first(&mut self, statement: &Statement, head: &Name) -> Option<()> {
        let is_first = self.first == Some(head.span);
        if is_first && statement.head != "input" && self.broken_at.is_none_or(|broken| broken > head.span.start) {
            return self.findings.report(MisplacedInput { net: self.name.node.clone(), span: head.span, first: None });
        }
        Some(())
    }

    /// Begins the taps of one use of a block, or of one repetition; gives what [`Builder::close_taps`] needs.
    fn open_taps(&mut self) -> usize {
        std::mem::replace(&mut self.scope, self.taps.len())
    }

    /// Ends them. One that a single use has made can be named from outside; those of several uses `what` get names that say which.
    fn close_taps(&mut self, outer: usize, what: &str) {
        let begin = std::mem::replace(&mut self.scope, outer);
        self.closed += 1;
        for place in begin..self.taps.len() {
            let name = self.taps[place].name.clone();
            self.taps[place].used = true;
            let other = self.taps[..begin].iter_mut().find(|tap| tap.name == name);
            let taken = other.is_some() || self.several.contains(&name);
            if let Some(other) = other.filter(|other| other.used) {
                other.name = format!("first.{name}.{}", self.closed);
                self.several.insert(name.clone());
            }
            if taken {
                self.taps[place].name = format!("{what}{}.{name}", self.closed);
            }
        }
    }

    /// Gives the value here a name.
    fn tap(&mut self, name: Name) -> Option<()> {
        if let Some(tap) = self.taps[self.scope..].iter_mut().find(|tap| tap.name == name.node) {
            if !tap.used {
                let first = Some(tap.span);
                return self.findings.report(Duplicate { what: "tap", name: name.node, first, second: name.span });
            }
            // The net's own one comes before one that a block has made.
            self.closed += 1;
            tap.name = format!("inside{}.{}", self.closed, tap.name);
        }
        let here = self.here();
        self.taps.push(Tapped { name: name.node, span: name.span, here, used: false });
        Some(())
    }

    /// Adds a layer that turns the current value into one of shape `output`.
    fn push(&mut self, op: Op, output: Shape) -> Option<()> {
        self.push_from(op, vec![self.value], output)
    }

    /// Adds a layer that reads the values `from`, the first of which is the current one.
    fn push_from(&mut self, op: Op, from: Vec<usize>, output: Shape) -> Option<()> {
        let input = self.shape?;
        let known = Known { cells: &self.catalogue.cells, functions: &self.catalogue.functions };
        let (params, macs) = (known.params(&op, &input, &output), known.macs(&op, &input, &output));
        let kind = rewrite::kind(&op);
        let number = 1 + self.layers.iter().filter(|layer| rewrite::kind(&layer.op) == kind).count();
        let total = |of: fn(&Layer) -> u64| self.layers.iter().map(of).sum::<u64>(); // below the limits so far
        for (what, size, limit) in [
            ("values in one sample", output.size(), MAX_ELEMENTS),
            ("parameters", (total(|layer| layer.params) + self.catalogue.params()).saturating_add(params), MAX_PARAMS),
            ("multiply-adds", total(|layer| layer.macs).saturating_add(macs), MAX_MACS),
            ("layers", self.layers.len() as u64 + 1, MAX_LAYERS as u64),
        ] {
            if size > limit {
                return self.findings.report(NetTooLarge { what, limit, span: self.statement });
            }
        }
        let line = self.line_of(self.asked);
        let from = if from == [self.layers.len()] { Vec::new() } else { from };
        self.layers.push(Layer { name: format!("{kind}{number}"), line, from, input, output, params, macs, op });
        self.spans.push(self.asked);
        self.value = self.layers.len();
        self.shape = Some(output);
        if output != input {
            self.from = Some(self.statement);
        }
        Some(())
    }

    fn line_of(&self, span: Span) -> u32 {
        let starts = self.context.line_starts.get(&span.source);
        starts.map_or(0, |starts| starts.partition_point(|start| *start <= span.start) as u32)
    }

    fn finish(self) -> Option<Built> {
        if self.input.is_some() && self.layers.is_empty() {
            return self.findings.report(EmptyNet { net: self.name.node.clone(), span: self.name.span });
        }
        let built = self.snapshot()?;
        debug_assert_eq!(built.plan.verify(), Ok(()));
        Some(built)
    }

    /// The plan as far as it goes.
    fn snapshot(&self) -> Option<Built> {
        let (input, _) = self.input?;
        let taps = self.taps.iter().map(|tap| Tap { name: tap.name.clone(), value: tap.here.value }).collect();
        let mut plan = Plan {
            version: PLAN_VERSION,
            net: self.name.node.clone(),
            input,
            output: self.layers.last().map_or(input, |layer| layer.output),
            params: 0,
            macs: 0,
            functions: self.catalogue.functions.clone(),
            tables: self.catalogue.tables.clone(),
            cells: self.catalogue.cells.clone(),
            layers: self.layers.clone(),
            taps,
        };
        plan.drop_unused();
        plan.recount();
        Some(Built { plan, spans: self.spans.clone(), matched: None })
    }
}
