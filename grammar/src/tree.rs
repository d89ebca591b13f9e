//! The syntax tree: what was written, nothing about what it means.
//!
//! A network's body is a list of [`Stmt`]s, and every statement has one shape: a head word, arguments and, for some heads, bodies in
//! braces. Which heads exist and which arguments they take is the compiler's business, so an unknown statement or a wrong argument
//! is never a syntax error and always gets a message that knows the language. Only text that fits no shape at all is a [`SyntaxError`].

use crate::span::{Span, Spanned};

/// A word together with where it was written.
pub type Name = Spanned<String>;

/// One whole file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct File {
    /// In the order they were written.
    pub items: Vec<Item>,
}

/// What may stand at the top level of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `use "cells.net"`
    Use(Use),
    /// `net name(params) { … }`
    Net(Net),
    /// `block name(params) { … }`
    Block(Block),
    /// `baseline name of net { … }` or `variant name of net { … }`
    Derived(Derived),
    /// `cell name(params) = formula` or `window name(params) = formula`
    Cell(Cell),
    /// `inner name = mlp[50] hidden=tanh`
    Inner(Inner),
}

/// A text in quotes, without them; it holds no line end and no quote.
pub type Text = Spanned<String>;

/// `use "cells.net"`: another file's cells, learned functions, blocks and nets.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// The file, as written; its span has the quotes.
    pub path: Text,
    /// The whole line.
    pub span: Span,
}

/// `block basic(width, stride = 1) { … }`: statements under a name; a net says `basic 64 stride=2`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// What follows `block`.
    pub name: Name,
    /// Its parameters; a default is optional.
    pub params: Vec<NetParam>,
    /// One statement a line.
    pub body: Vec<Stmt>,
    /// The whole definition.
    pub span: Span,
}

/// `baseline matched of two_arg { … }`: a net made from another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// Which of the two words it begins with.
    pub kind: Derivation,
    /// The new net.
    pub name: Name,
    /// The net that it is made from.
    pub of: Name,
    /// One statement a line.
    pub body: Vec<Stmt>,
    /// The whole definition.
    pub span: Span,
}

/// What a net is made from another one for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derivation {
    /// To compare with: `baseline`.
    Baseline,
    /// To try something else: `variant`.
    Variant,
}

impl Derivation {
    /// As written.
    pub fn word(self) -> &'static str {
        match self {
            Derivation::Baseline => "baseline",
            Derivation::Variant => "variant",
        }
    }
}

/// `inner g = mlp[50] hidden=tanh`: a learned function with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Inner {
    /// What follows `inner`.
    pub name: Name,
    /// `mlp[50]`
    pub network: CellRef,
    /// `hidden=tanh`, `args=2`: keys and values.
    pub options: Vec<(Name, Value)>,
    /// The whole definition.
    pub span: Span,
}

/// `net sticknet8(cells = swish(7.5)|ptanh(1)) { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Net {
    /// What follows `net`.
    pub name: Name,
    /// Its parameters; a default is optional.
    pub params: Vec<NetParam>,
    /// One statement a line.
    pub body: Vec<Stmt>,
    /// The whole definition.
    pub span: Span,
}

/// `cells = swish(7.5)|ptanh(1)`: a parameter of a net.
#[derive(Debug, Clone, PartialEq)]
pub struct NetParam {
    /// The name that the body uses.
    pub name: Name,
    /// What it stands for when nobody says otherwise.
    pub default: Option<Value>,
}

/// `conv 8 3x3 pad=1`: a head word, its arguments, and bodies in braces where it has any.
#[derive(Debug, Clone, PartialEq)]
pub struct Stmt {
    /// `conv`, `act`, `expect`, … or any other word: the compiler decides.
    pub head: Name,
    /// In the order they were written.
    pub args: Vec<Arg>,
    /// `residual { … } skip { … }` has two; most statements have none.
    pub bodies: Vec<Body>,
    /// From the head to the end of the last argument or body.
    pub span: Span,
}

/// `{ … }` or, after the first, `word { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// `skip` in `residual { … } skip { … }`.
    pub label: Option<Name>,
    /// One statement a line.
    pub stmts: Vec<Stmt>,
    /// From the opening to the closing brace.
    pub span: Span,
}

/// One argument of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// `8`, `3x3`, `to`, `1:1`, `swish(2)|relu`
    Plain(Value),
    /// `pad=1`; blanks round the sign are allowed (`params = 119674`).
    Option {
        /// Left of the sign.
        key: Name,
        /// Right of it.
        value: Value,
    },
}

impl Arg {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Arg::Plain(value) => value.span,
            Arg::Option { key, value } => key.span.to(value.span),
        }
    }
}

/// A value with where it was written.
pub type Value = Spanned<ValueKind>;

/// The kinds of value that the text can tell apart.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueKind {
    /// `8`, `0.5`, `-1e-3`, `119_674`
    Number(Number),
    /// `3x3`, `3x32x32`: sizes along axes, at least two.
    Dims(Vec<u64>),
    /// `1:1`, `9:1`: parts of a whole, at least two.
    Ratio(Vec<u64>),
    /// `relu`, `swish(7.5)|ptanh(1)`: one or more cells; a single word without arguments is just a word.
    Cells(Vec<CellRef>),
}

impl ValueKind {
    /// The word, if this is nothing but a word.
    pub fn as_word(&self) -> Option<&str> {
        match self {
            ValueKind::Cells(refs) => match refs.as_slice() {
                [only] if only.args.is_none() && only.sizes.is_none() => Some(&only.name.node),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A number as written and as understood. Two numbers are equal if they mean the same.
#[derive(Debug, Clone)]
pub struct Number {
    /// As written, without `_`: the formatter keeps it.
    pub text: String,
    /// What it means; always finite.
    pub value: f64,
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// `swish(7.5)`, `relu`, `mlp[64,64]`
#[derive(Debug, Clone, PartialEq)]
pub struct CellRef {
    /// The cell type, or the net parameter that stands for one.
    pub name: Name,
    /// In parentheses; `None` where there are none.
    pub args: Option<Vec<CallArg>>,
    /// In brackets (the widths of a learned function's hidden layers); `None` where there are none.
    pub sizes: Option<Vec<Spanned<u64>>>,
    /// The whole reference.
    pub span: Span,
}

/// `7.5` or `beta=7.5`
#[derive(Debug, Clone, PartialEq)]
pub struct CallArg {
    /// `beta` in `beta=7.5`.
    pub key: Option<Name>,
    /// A number, or the name of a net parameter that stands for one.
    pub value: Value,
}

/// `cell swish(beta where > 0) = x / (1 + exp(-beta * x))`
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Whether it answers for one unit or within a window: which of the two words it begins with.
    pub kind: CellKind,
    /// What follows `cell` or `window`.
    pub name: Name,
    /// `[u, v]` in `cell glu[u, v] = …`; `None` means the one argument `x`.
    pub inputs: Option<Vec<Name>>,
    /// Its parameters.
    pub params: Vec<CellParam>,
    /// What it computes.
    pub body: CellBody,
    /// The whole definition.
    pub span: Span,
}

/// Which word a cell's definition begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// `cell`: every unit answers for itself.
    Element,
    /// `window`: a unit answers together with its neighbours.
    Window,
}

impl CellKind {
    /// As written.
    pub fn word(self) -> &'static str {
        match self {
            CellKind::Element => "cell",
            CellKind::Window => "window",
        }
    }
}

/// What a cell computes.
#[derive(Debug, Clone, PartialEq)]
pub enum CellBody {
    /// `max(x, 0)`
    Formula(Expr),
    /// `table "learned/type1.csv"`: a function given by points.
    Table(Text),
}

impl CellBody {
    /// The formula, unless it is a table.
    pub fn formula(&self) -> Option<&Expr> {
        match self {
            CellBody::Formula(formula) => Some(formula),
            CellBody::Table(_) => None,
        }
    }
}

/// `alpha = 1 where > 0 and < 10` or `a = learn 0.25 per channel`: a parameter of a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellParam {
    /// The name that the formula uses.
    pub name: Name,
    /// Whether it is trained; its value is then the one it starts from.
    pub learn: Option<Learn>,
    /// What it is when nobody says otherwise.
    pub default: Option<Spanned<Number>>,
    /// Bounds that a value must keep; all of them hold.
    pub domain: Vec<Bound>,
    /// The whole declaration.
    pub span: Span,
}

/// `learn … per channel`: a parameter that is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Learn {
    /// The word `learn`.
    pub span: Span,
    /// How many of it there are; one a layer where it is not said.
    pub per: Option<Spanned<Per>>,
}

/// How many numbers a trained parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Per {
    /// One for the whole network.
    Net,
    /// One in each layer.
    Layer,
    /// One for each channel or unit of each layer.
    Channel,
}

impl Per {
    /// Every one of them.
    pub const ALL: [Per; 3] = [Per::Net, Per::Layer, Per::Channel];

    /// As written.
    pub fn word(self) -> &'static str {
        match self {
            Per::Net => "net",
            Per::Layer => "layer",
            Per::Channel => "channel",
        }
    }
}

/// `> 0`: one bound of a parameter's domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// How the value must compare; never `==` or `!=`.
    pub op: CmpOp,
    /// With what.
    pub limit: Spanned<Number>,
    /// The whole bound.
    pub span: Span,
}

/// An expression with where it was written.
pub type Expr = Spanned<ExprKind>;

/// What a formula is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `0.5`
    Number(Number),
    /// `x`, a parameter, `pi`
    Name(String),
    /// `-a`
    Neg(Box<Expr>),
    /// `a + b`; the formatter restores parentheses from precedence.
    Binary(BinOp, Box<Expr>, Box<Expr>),
    /// `a > b`: only as a condition (the compiler checks).
    Compare(CmpOp, Box<Expr>, Box<Expr>),
    /// `tanh(x)`, `select(x > 0, x, 0)`, `sigmoid(v)`
    Call {
        /// The function or cell.
        name: Name,
        /// Its arguments.
        args: Vec<Expr>,
    },
    /// `x…` (or `x...`): all values of the window (only inside a reduction).
    Window(Box<Expr>),
}

/// Binding tighter downwards: `+ -`, then `* /`, then unary minus, then `^` (to the right).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
}

impl BinOp {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinOp::Add => "+",
            BinOp::Sub => "-",
            BinOp::Mul => "*",
            BinOp::Div => "/",
            BinOp::Pow => "^",
        }
    }
}

/// Comparisons; they bind looser than any [`BinOp`] and do not chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum CmpOp {
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
}

impl CmpOp {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            CmpOp::Lt => "<",
            CmpOp::Le => "<=",
            CmpOp::Gt => ">",
            CmpOp::Ge => ">=",
            CmpOp::Eq => "==",
            CmpOp::Ne => "!=",
        }
    }

    /// Whether `a op b` holds; false where either is NaN, except for `!=`.
    pub fn holds(self, a: f64, b: f64) -> bool {
        match self {
            CmpOp::Lt => a < b,
            CmpOp::Le => a <= b,
            CmpOp::Gt => a > b,
            CmpOp::Ge => a >= b,
            CmpOp::Eq => a == b,
            CmpOp::Ne => a != b,
        }
    }
}

/// A comment, kept beside the tree so that the formatter can put it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From the `#` on, without the line's end and trailing blanks.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Whether code stands before it on the same line.
    pub trailing: bool,
}

/// Text that fits no shape of the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What went wrong.
    pub kind: SyntaxErrorKind,
    /// The exact place: where reading stopped, not the whole line.
    pub span: Span,
}

/// The ways in which text can fit no shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// Something else had to stand here; in words a user knows (``"`)`"``, `"a number"`), sorted, without repetition.
    Expected {
        /// What would have been read on.
        wanted: Vec<String>,
        /// What stands there instead, shortened; `None` at the end of a line or file.
        found: Option<String>,
    },
    /// A `{`, `(`, `[` or `"` that is never closed; the span is the opening one.
    Unclosed {
        /// `{`, `(`, `[` or `"`
        open: char,
    },
    /// A `}` that closes nothing.
    Unopened,
    /// Deeper than [`crate::MAX_DEPTH`].
    TooDeep,
    /// A formula with more than [`crate::MAX_OPERATORS`]; the span is the first one beyond.
    TooManyOperators,
    /// Longer than [`crate::MAX_BYTES`].
    TooLong {
        /// How long it is, in bytes.
        bytes: usize,
    },
    /// A number that no f64 (or, for a size, no u64) can hold.
    NumberTooLarge,
}

/// What reading a text gives: always a tree, and everything that was wrong.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// What could be read; broken lines are missing from it.
    pub file: File,
    /// In the order of the text.
    pub comments: Vec<Comment>,
    /// The names of cells, window cells and learned functions whose definitions could not be read: known, though nothing else is.
    pub broken_cells: Vec<String>,
    /// In the order of the text; empty means that the tree is the whole text.
    pub errors: Vec<SyntaxError>,
}
