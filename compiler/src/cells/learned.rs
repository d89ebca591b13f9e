//! Learned functions: `inner g = mlp[50] hidden=tanh`, and those without a name of their own.

use super::catalogue::Catalogue;
use super::{Library, user_span};
use crate::diag::{ArgumentCount, ArgumentKind, Findings, OutOfRange, RepeatedOption, UnknownOption, UnknownWord, words};
use crate::formula::{Binary, Builder, Formula};
use crate::limits::{MAX_INPUTS, MAX_WIDTH};
use crate::plan::Function;
use hetc_grammar::tree::{self, CellRef, Number, Value, ValueKind};

/// The kinds of network that a learned function can be.
const NETWORKS: [&str; 1] = ["mlp"];
const USAGE: &str = "mlp[64,64]";

/// A learned function with a name.
pub(super) struct Learned {
    pub(super) definition: tree::Inner,
    /// How many values it takes; `None` if its definition does not say so properly, which has been reported.
    pub(super) inputs: Option<u8>,
    /// `None` if something is wrong with it, which has been reported, or as long as cells are still being read.
    pub(super) function: Option<Function>,
}

impl Learned {
    pub(super) fn new(definition: &tree::Inner, findings: &mut Findings) -> Self {
        let options = || definition.options.iter();
        let mut sound = true;
        for (i, (key, value)) in options().enumerate() {
            if let Some((_, first)) = definition.options[..i].iter().find(|(first, _)| first.node == key.node) {
                sound = false;
                let (first, second) = (first.span, value.span);
                findings.report::<()>(RepeatedOption { name: key.node.clone(), first, second });
            } else if !["hidden", "args"].contains(&key.node.as_str()) {
                sound = false;
                let (name, span, head) = (key.node.clone(), key.span, "inner".to_string());
                findings.report::<()>(UnknownOption { name, span, head, known: &["hidden", "args"], written: None });
            }
        }
        let args = options().find(|(key, _)| key.node == "args");
        let inputs = args.map_or(Some(1), |(_, value)| inputs(value, findings)).filter(|_| sound);
        Self { definition: definition.clone(), inputs, function: None }
    }

    /// The cell of its hidden units, if one is named; an error if what is named is none.
    fn hidden(&self, findings: &mut Findings) -> Option<Option<&CellRef>> {
        let Some((_, value)) = self.definition.options.iter().find(|(key, _)| key.node == "hidden") else { return Some(None) };
        match &value.node {
            ValueKind::Cells(refs) if refs.len() == 1 => Some(refs.first()),
            other => findings.report(ArgumentKind {
                head: "inner".to_string(),
                span: value.span,
                expected: "one cell for all hidden units".to_string(),
                found: words::value(other),
                origin: None,
                declared: None,
                written: None,
                usage: Some("hidden=tanh".to_string()),
            }),
        }
    }
}

fn inputs(value: &Value, findings: &mut Findings) -> Option<u8> {
    let ValueKind::Number(Number { value: number, text }) = &value.node else {
        return findings.report(ArgumentKind {
            head: "inner".to_string(),
            span: value.span,
            expected: "how many values the function takes".to_string(),
            found: words::value(&value.node),
            origin: None,
            declared: None,
            written: None,
            usage: Some("args=2".to_string()),
        });
    };
    match (1..=MAX_INPUTS).find(|inputs| f64::from(*inputs) == *number) {
        Some(inputs) => Some(inputs),
        None => findings.report(OutOfRange {
            what: "the number of values that a function takes".to_string(),
            found: text.clone(),
            range: format!("from 1 to {MAX_INPUTS}"),
            span: value.span,
            origin: None,
        }),
    }
}

impl Library {
    /// What is known of the learned function called `name`, once its hidden units can be.
    pub(super) fn settle(&self, name: &str, findings: &mut Findings) -> Option<Function> {
        let learned = self.learned.get(name)?;
        let hidden = learned.hidden(findings);
        let widths = widths(&learned.definition.network, findings);
        let activation = self.activation(hidden?, findings);
        let (hidden, activation, inputs) = (widths?, activation?, learned.inputs?);
        let params = Function::count(inputs, &hidden);
        Some(Function { name: name.to_string(), inputs, hidden, activation, params })
    }

    /// A learned function without a name of its own, `mlp[64,64]`, of `args` values (1 to [`MAX_INPUTS`]), called `name` in the plan;
    /// `hidden` is what its hidden units answer with, `max(x, 0)` where it is not said.
    ///
    /// Gives the index of a cell that applies it. The same call with an equal name gives the same cell; what is wrong goes to `findings`.
    pub fn network(
        &self,
        reference: &CellRef,
        args: u8,
        hidden: Option<&CellRef>,
        name: &str,
        catalogue: &mut Catalogue,
        findings: &mut Findings,
    ) -> Option<usize> {
        let (widths, activation) = (widths(reference, findings), self.activation(hidden, findings));
        let (hidden, activation) = (widths?, activation?);
        let params = Function::count(args, &hidden);
        Some(catalogue.caller(Function { name: name.to_string(), inputs: args, hidden, activation, params }))
    }

    /// The formula of `hidden`, which has to be one of a single value and nothing else.
    fn activation(&self, hidden: Option<&CellRef>, findings: &mut Findings) -> Option<Formula> {
        let Some(reference) = hidden else { return Some(rectifier()) };
        let (_, cell) = self.filled(reference, findings)?;
        let name = &reference.name.node;
        let found = if cell.is_windowed() || self.kind(name) == Some(super::Kind::Window) {
            format!("`{name}`, which answers within a window")
        } else if !cell.steps.is_empty() {
            format!("`{name}`, which calls a learned function or a table")
        } else if !cell.trained.is_empty() {
            format!("`{name}`, which is trained itself")
        } else if cell.inputs != 1 {
            format!("`{name}`, which takes {}", cell.inputs)
        } else {
            return Some(cell.formula);
        };
        findings.report(ArgumentKind {
            head: "hidden".to_string(),
            span: reference.span,
            expected: "a formula of one value".to_string(),
            found,
            origin: None,
            declared: self.declared(name),
            written: None,
            usage: None,
        })
    }

    /// Where `name` is defined, if the user wrote it.
    pub(super) fn declared(&self, name: &str) -> Option<hetc_grammar::span::Span> {
        let cell = self.definitions.get(name).map(|cell| cell.name.span);
        let span = cell.or_else(|| self.learned.get(name).map(|learned| learned.definition.name.span));
        span.and_then(user_span)
    }
}

/// What hidden units answer with where nothing is said: `max(x, 0)`.
fn rectifier() -> Formula {
    let mut builder = Builder::new();
    let (x, zero) = (builder.input(0), builder.constant(0.0));
    let root = builder.binary(Binary::Max, x, zero);
    builder.finish(&[root], 1)
}

/// The widths of the hidden layers in `mlp[64,64]`.
fn widths(reference: &CellRef, findings: &mut Findings) -> Option<Vec<usize>> {
    let name = &reference.name;
    if !NETWORKS.contains(&name.node.as_str()) {
        return findings.report(UnknownWord {
            word: name.node.clone(),
            span: name.span,
            known: NETWORKS.to_vec(),
            what: "kind of learned function",
        });
    }
    let count = |span, missing: Option<&str>| ArgumentCount {
        head: name.node.clone(),
        span,
        missing: missing.map(str::to_string),
        written: None,
        usage: USAGE.to_string(),
        declared: None,
    };
    if let Some(first) = reference.args.iter().flatten().next() {
        return findings.report(count(first.value.span, None));
    }
    let sizes = reference.sizes.as_deref().unwrap_or_default();
    if sizes.is_empty() {
        return findings.report(count(reference.span, Some("the widths of its hidden layers")));
    }
    let mut widths = Vec::new();
    for size in sizes {
        match usize::try_from(size.node).ok().filter(|width| (1..=MAX_WIDTH).contains(width)) {
            Some(width) => widths.push(width),
            None => findings.report(OutOfRange {
                what: "the width of a hidden layer".to_string(),
                found: words::thousands(size.node),
                range: format!("from 1 to {}", words::thousands(MAX_WIDTH as u64)),
                span: size.span,
                origin: None,
            })?,
        }
    }
    Some(widths)
}
