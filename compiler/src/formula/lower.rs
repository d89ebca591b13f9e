//! From a written expression to a formula, with steps where it needs them.
//!
//! In a cell that answers within a window, `sum`, `mean`, `max`, `min`, `count` and `softmax` of *one* argument run over the window; each
//! is one or two reductions and a formula of what they give. `max` and `min` of more arguments are functions as any other.

use super::staged::{Draft, Staged, StepKind};
use super::{Binary, Formula, Node, NodeId, Unary};
use crate::limits::{MAX_FORMULA_INPUTS, MAX_NODES};
use crate::plan::{Reduction, Trained};
use hetc_grammar::span::Span;
use hetc_grammar::tree::{BinOp, CmpOp, Expr, ExprKind, Name};

/// Deepest expression that is followed; the grammar's own limit on parentheses is far below.
const MAX_HEIGHT: usize = 1_000;
/// Nodes in the making, of which the finished formula may keep [`MAX_NODES`]: folding leaves some behind.
const MAX_WORKING_NODES: usize = 2 * MAX_NODES;

/// What the names of a formula stand for.
pub trait Scope {
    /// The input, parameter value or constant called `name`.
    fn name(&self, name: &str) -> Option<Meaning>;
    /// The cell, at its default parameters, or the learned function called `name`; an error if it may not be called here.
    fn cell(&self, name: &Name) -> Result<Staged, FormulaError>;
    /// Every name that [`Scope::name`] knows, for suggestions.
    fn names(&self) -> Vec<String>;
    /// Whether the cell answers within a window.
    fn windowed(&self) -> bool;
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Meaning {
    /// One of the values the cell is applied to.
    Input(u8),
    /// A number, known now.
    Number(f64),
    /// What the builder already holds there.
    Node(NodeId),
}

/// What is wrong with a formula, as data.
#[derive(Debug, Clone, PartialEq)]
pub struct FormulaError {
    /// The exact words.
    pub span: Span,
    /// What is wrong with them.
    pub kind: FormulaErrorKind,
}

/// The ways in which a formula can be wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum FormulaErrorKind {
    /// No input, parameter or constant of this name.
    UnknownName {
        /// What was written.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No function or cell of this name.
    UnknownFunction {
        /// What was written.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A function with more or fewer arguments than it takes.
    Arity {
        /// The function.
        name: String,
        /// How many it takes, in words: `1`, `at least 2`.
        takes: String,
        /// How many there are.
        given: usize,
    },
    /// A comparison where a number has to stand.
    ConditionAsNumber,
    /// A number where a comparison has to stand.
    NumberAsCondition,
    /// The divisor is zero in single precision, whatever the inputs.
    DivisionByZero {
        /// The divisor before it is rounded.
        divisor: f64,
        /// Whether the division is done by a cell that is called here.
        in_call: bool,
    },
    /// A constant part is not a finite number in single precision, e.g. `log(0)` or `1e300`.
    NotFinite {
        /// What it comes to.
        value: f64,
    },
    /// An exponent that depends on an input.
    VariableExponent,
    /// A whole window where there is none.
    MisplacedWindow(WindowMisuse),
    /// More than [`MAX_NODES`] operations, or nested too deeply.
    TooLarge,
    /// More than [`MAX_FORMULA_INPUTS`] values, trained parameters and steps.
    TooManyInputs,
    /// The called cell needs parameters that have no default.
    NeedsParameters {
        /// The called cell.
        cell: String,
    },
    /// The called cell has an error of its own, reported there.
    Broken,
}

/// How a formula can ask for a whole window where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowMisuse {
    /// `x…` in a cell of single values.
    Values,
    /// `x…` in a window cell, but in no reduction.
    NotReduced,
    /// A reduction, `sum(x)`, in a cell of single values.
    Reduction(String),
    /// A call of this window cell in a cell of single values.
    Cell(String),
}

impl FormulaErrorKind {
    /// Whether other parameter values could put it right.
    pub fn depends_on_values(&self) -> bool {
        matches!(self, Self::DivisionByZero { .. } | Self::NotFinite { .. })
    }
}

/// Functions that are not [`Unary`], with how many arguments they take.
pub const FUNCTIONS: [(&str, &str); 3] = [("min", "at least 2"), ("max", "at least 2"), ("select", "3")];
/// Functions of a whole window, besides `min` and `max`; all take one argument.
pub const REDUCTIONS: [&str; 4] = ["sum", "mean", "count", "softmax"];

/// Lowers `expr`, the formula of a cell of `inputs` values with these trained parameters. Errors come in the order of the text; one
/// cause gives one error.
pub fn lower(expr: &Expr, inputs: u8, trained: Vec<Trained>, scope: &dyn Scope) -> Result<Staged, Vec<FormulaError>> {
    let fail = |kind| Err(vec![FormulaError { span: expr.span, kind }]);
    if usize::from(inputs) + trained.len() > MAX_FORMULA_INPUTS {
        return fail(FormulaErrorKind::TooManyInputs);
    }
    let mut draft = Draft::new(inputs, trained);
    let root = lower_into(&mut draft, expr, scope)?;
    let cell = draft.finish(root);
    if cell.size() <= MAX_NODES { Ok(cell) } else { fail(FormulaErrorKind::TooLarge) }
}

/// As [`lower`], onto what `draft` already holds.
pub fn lower_into(draft: &mut Draft, expr: &Expr, scope: &dyn Scope) -> Result<NodeId, Vec<FormulaError>> {
    let mut lowering = Lowering { scope, draft, errors: Vec::new(), height: 0, reducing: 0 };
    match lowering.number(expr) {
        Some(root) if lowering.errors.is_empty() => Ok(root),
        _ => Err(lowering.errors),
    }
}

struct Lowering<'a> {
    scope: &'a dyn Scope,
    draft: &'a mut Draft,
    errors: Vec<FormulaError>,
    height: usize,
    /// In how many reductions the expression at hand stands.
    reducing: usize,
}

impl Lowering<'_> {
    fn fail<T>(&mut self, span: Span, kind: FormulaErrorKind) -> Option<T> {
        if kind != FormulaErrorKind::Broken || self.errors.is_empty() {
            self.errors.push(FormulaError { span, kind });
        }
        None
    }

    /// The node for `expr`; `None` if something in it is wrong, which has been noted.
    fn number(&mut self, expr: &Expr) -> Option<NodeId> {
        self.height += 1;
        let node = if self.height > MAX_HEIGHT || self.draft.builder.len() > MAX_WORKING_NODES {
            self.too_large(expr.span)
        } else {
            self.number_unbounded(expr)
        };
        self.height -= 1;
        match node.and_then(|id| self.draft.builder.as_const(id)) {
            Some(value) if !is_finite(value) => self.fail(expr.span, FormulaErrorKind::NotFinite { value }),
            _ => node,
        }
    }

    fn number_unbounded(&mut self, expr: &Expr) -> Option<NodeId> {
        match &expr.node {
            ExprKind::Number(number) => Some(self.draft.builder.constant(number.value)),
            ExprKind::Name(name) => self.name(name, expr.span),
            ExprKind::Neg(inner) => {
                let inner = self.number(inner)?;
                Some(self.draft.builder.neg(inner))
            }
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b),
            ExprKind::Compare(..) => self.fail(expr.span, FormulaErrorKind::ConditionAsNumber),
            ExprKind::Call { name, args } => self.call(name, args),
            ExprKind::Window(inner) => self.window(inner, expr.span),
        }
    }

    fn name(&mut self, name: &str, span: Span) -> Option<NodeId> {
        match self.scope.name(name) {
            Some(Meaning::Input(i)) => Some(self.draft.builder.input(i)),
            Some(Meaning::Number(value)) => Some(self.draft.builder.constant(value)),
            Some(Meaning::Node(id)) => Some(id),
            None => {
                let known = self.scope.names();
                self.fail(span, FormulaErrorKind::UnknownName { name: name.to_string(), known })
            }
        }
    }

    fn binary(&mut self, op: BinOp, a: &Expr, b: &Expr) -> Option<NodeId> {
        // Both sides are looked at even if the first is wrong: two causes, two messages.
        let (left, right) = (self.number(a), self.number(b));
        let (left, right) = (left?, right?);
        let builder = &mut self.draft.builder;
        match op {
            BinOp::Add => Some(builder.add(left, right)),
            BinOp::Sub => Some(builder.sub(left, right)),
            BinOp::Mul => Some(builder.mul(left, right)),
            BinOp::Div => match builder.as_const(right) {
                Some(divisor) if is_zero(divisor) => {
                    self.fail(b.span, FormulaErrorKind::DivisionByZero { divisor, in_call: false })
                }
                _ => Some(builder.div(left, right)),
            },
            BinOp::Pow => match builder.as_const(right) {
                Some(exponent) => Some(builder.power(left, exponent)),
                None => self.fail(b.span, FormulaErrorKind::VariableExponent),
            },
        }
    }

    fn call(&mut self, name: &Name, args: &[Expr]) -> Option<NodeId> {
        if let Some(op) = Unary::ALL.into_iter().find(|op| op.function_name() == Some(&name.node)) {
            let [arg] = args else { return self.arity(name, "1", args) };
            let arg = self.number(arg)?;
            return Some(self.draft.builder.unary(op, arg));
        }
        match (name.node.as_str(), args) {
            ("min", [_, _, ..]) => self.fold(Binary::Min, args),
            ("max", [_, _, ..]) => self.fold(Binary::Max, args),
            ("min" | "max" | "sum" | "mean" | "count" | "softmax", [arg]) => self.reduction(name, arg),
            ("min" | "max", _) => self.arity(name, if self.scope.windowed() { "at least 1" } else { "at least 2" }, args),
            ("sum" | "mean" | "count" | "softmax", _) => self.arity(name, "1", args),
            ("select", [condition, then, otherwise]) => self.select(condition, then, otherwise),
            ("select", _) => self.arity(name, "3", args),
            _ => self.cell(name, args),
        }
    }

    fn arity(&mut self, name: &Name, takes: &str, args: &[Expr]) -> Option<NodeId> {
        let kind = FormulaErrorKind::Arity { name: name.node.clone(), takes: takes.to_string(), given: args.len() };
        self.fail(name.span, kind)
    }

    fn fold(&mut self, op: Binary, args: &[Expr]) -> Option<NodeId> {
        let nodes: Vec<Option<NodeId>> = args.iter().map(|arg| self.number(arg)).collect();
        let nodes: Option<Vec<NodeId>> = nodes.into_iter().collect();
        nodes?.into_iter().reduce(|a, b| self.draft.builder.binary(op, a, b))
    }

    /// `x…`: every value of the window, which a reduction takes anyway.
    fn window(&mut self, inner: &Expr, span: Span) -> Option<NodeId> {
        let misuse = match (self.scope.windowed(), self.reducing) {
            (true, 1..) => return self.number(inner),
            (true, 0) => WindowMisuse::NotReduced,
            (false, _) => WindowMisuse::Values,
        };
        self.fail(span, FormulaErrorKind::MisplacedWindow(misuse))
    }

    fn reduction(&mut self, name: &Name, arg: &Expr) -> Option<NodeId> {
        if !self.scope.windowed() {
            let misuse = WindowMisuse::Reduction(name.node.clone());
            return self.fail(name.span, FormulaErrorKind::MisplacedWindow(misuse));
        }
        self.reducing += 1;
        let result = self.reduce(name, arg);
        self.reducing -= 1;
        result
    }

    fn reduce(&mut self, name: &Name, arg: &Expr) -> Option<NodeId> {
        if name.node == "count" {
            let (op, a, b) = self.condition(arg)?;
            let (one, zero) = (self.draft.builder.constant(1.0), self.draft.builder.constant(0.0));
            let counted = self.draft.builder.select(op, a, b, one, zero);
            return self.step(name, StepKind::Reduce(Reduction::Sum), vec![counted]);
        }
        let arg = self.number(arg)?;
        match name.node.as_str() {
            "max" => self.step(name, StepKind::Reduce(Reduction::Max), vec![arg]),
            "min" => self.step(name, StepKind::Reduce(Reduction::Min), vec![arg]),
            "sum" => self.step(name, StepKind::Reduce(Reduction::Sum), vec![arg]),
            "mean" => {
                let sum = self.step(name, StepKind::Reduce(Reduction::Sum), vec![arg])?;
                let one = self.draft.builder.constant(1.0);
                let count = self.step(name, StepKind::Reduce(Reduction::Sum), vec![one])?;
                Some(self.draft.builder.div(sum, count))
            }
            // With the largest value taken off, no exponential overflows.
            _ => {
                let largest = self.step(name, StepKind::Reduce(Reduction::Max), vec![arg])?;
                let below = self.draft.builder.sub(arg, largest);
                let part = self.draft.builder.unary(Unary::Exp, below);
                let whole = self.step(name, StepKind::Reduce(Reduction::Sum), vec![part])?;
                Some(self.draft.builder.div(part, whole))
            }
        }
    }

    fn step(&mut self, name: &Name, kind: StepKind, of: Vec<NodeId>) -> Option<NodeId> {
        match self.draft.step(kind, of) {
            Some(result) => Some(result),
            None => self.too_many_inputs(name.span),
        }
    }

    fn condition(&mut self, expr: &Expr) -> Option<(CmpOp, NodeId, NodeId)> {
        match &expr.node {
            ExprKind::Compare(op, a, b) => {
                let (a, b) = (self.number(a), self.number(b));
                a.zip(b).map(|(a, b)| (*op, a, b))
            }
            ExprKind::Window(inner) if self.reducing > 0 => self.condition(inner),
            _ => self.fail(expr.span, FormulaErrorKind::NumberAsCondition),
        }
    }

    fn select(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr) -> Option<NodeId> {
        let condition = self.condition(condition);
        let (then, otherwise) = (self.number(then), self.number(otherwise));
        let ((op, a, b), then, otherwise) = (condition?, then?, otherwise?);
        Some(self.draft.builder.select(op, a, b, then, otherwise))
    }

    fn cell(&mut self, name: &Name, args: &[Expr]) -> Option<NodeId> {
        let cell = match self.scope.cell(name) {
            Ok(cell) => cell,
            Err(error) => return self.fail(error.span, error.kind),
        };
        let nodes: Vec<Option<NodeId>> = args.iter().map(|arg| self.number(arg)).collect();
        if args.len() != usize::from(cell.inputs) {
            return self.arity(name, &cell.inputs.to_string(), args);
        }
        let nodes: Option<Vec<NodeId>> = nodes.into_iter().collect();
        let nodes = nodes?;
        if self.draft.builder.len() + cell.size() > MAX_WORKING_NODES {
            return self.too_large(name.span);
        }
        let Some(copied) = self.draft.inline(&cell, &name.node, &nodes) else {
            return self.too_many_inputs(name.span);
        };
        // Arguments that are numbers may bring out what the called cell alone did not show.
        let kind = match trouble(&self.draft.builder.finish(&copied, u8::MAX)) {
            None => return copied.first().copied(),
            Some(kind) => kind,
        };
        if let FormulaErrorKind::DivisionByZero { divisor, .. } = kind
            && let Some((_, arg)) = nodes.iter().zip(args).find(|(node, _)| self.draft.builder.as_const(**node) == Some(divisor))
        {
            return self.fail(arg.span, FormulaErrorKind::DivisionByZero { divisor, in_call: false });
        }
        self.fail(name.span, kind)
    }

    fn too_many_inputs<T>(&mut self, span: Span) -> Option<T> {
        let seen = self.errors.iter().any(|error| error.kind == FormulaErrorKind::TooManyInputs);
        if seen { None } else { self.fail(span, FormulaErrorKind::TooManyInputs) }
    }

    fn too_large<T>(&mut self, span: Span) -> Option<T> {
        let seen = self.errors.iter().any(|error| error.kind == FormulaErrorKind::TooLarge);
        if seen { None } else { self.fail(span, FormulaErrorKind::TooLarge) }
    }
}

/// What keeps a formula from having a value at any input: a number that is not finite, or zero as a divisor.
fn trouble(formula: &Formula) -> Option<FormulaErrorKind> {
    let at = |id: NodeId| formula.nodes()[id.index()];
    formula.nodes().iter().find_map(|node| match *node {
        Node::Binary(Binary::Div, _, b) => match at(b) {
            Node::Const(divisor) if is_zero(divisor) => Some(FormulaErrorKind::DivisionByZero { divisor, in_call: true }),
            _ => None,
        },
        Node::Const(value) if !is_finite(value) => Some(FormulaErrorKind::NotFinite { value }),
        _ => None,
    })
}

/// Whether `value` is a number in single precision, in which kernels compute.
fn is_finite(value: f64) -> bool {
    (value as f32).is_finite()
}

/// Whether `value` is 0 in single precision.
fn is_zero(value: f64) -> bool {
    value as f32 == 0.0
}

/// Every function a formula can call, without cells.
pub fn function_names() -> Vec<String> {
    let unary = Unary::ALL.iter().filter_map(|op| op.function_name());
    unary.chain(FUNCTIONS.iter().map(|(name, _)| *name)).chain(REDUCTIONS).map(str::to_string).collect()
}
