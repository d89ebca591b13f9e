//! A formula as text that the language reads back.
//!
//! A formula of more than one input begins with their names: `x1, x2 -> x1 * logistic(x2)`. Small formulas are one expression. In larger ones, and in derivatives, what is used more than once gets a name first:
//! `t1 = logistic(7.5 * x); t1 + …`. So does a part that would nest too deeply or grow too long for the language to read.

use super::{Binary, Formula, Node, NodeId, Unary};
use std::fmt;

/// Written out in full, a formula may have this many operations before shared parts get names.
const INLINE_LIMIT: u64 = 24;
/// Deepest nesting of an expression before its inner part gets a name; far below [`hetc_grammar::MAX_DEPTH`].
const MAX_PIECE_DEPTH: usize = 24;
/// Most operations of one operand before it gets a name; four operands stay below [`hetc_grammar::MAX_OPERATORS`].
const MAX_PIECE_SIZE: usize = 64;

/// How tightly a piece of text binds.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    Sum,
    Product,
    Negation,
    Atom,
}

struct Piece {
    text: String,
    level: Level,
    depth: usize,
    size: usize,
}

impl Piece {
    /// A number, an input or a name.
    fn leaf(text: String, level: Level) -> Self {
        Self { text, level, depth: 0, size: 0 }
    }

    fn at_least(&self, level: Level) -> String {
        if self.level >= level { self.text.clone() } else { format!("({})", self.text) }
    }
}

/// What a formula of `count` inputs calls input `i`: `x` if it is the only one, else `x1`, `x2`, ….
pub fn input_name(count: u8, i: u8) -> String {
    if count > 1 { format!("x{}", u32::from(i) + 1) } else { "x".to_string() }
}

/// What stands before the text of a formula of `count` inputs: `x1, x2 -> `, or nothing if there is only one.
pub(super) fn header(count: u8) -> String {
    if count <= 1 {
        return String::new();
    }
    let names: Vec<String> = (0..count).map(|i| input_name(count, i)).collect();
    format!("{} -> ", names.join(", "))
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&header(self.inputs()))?;
        let named = self.nodes_to_name();
        let mut pieces: Vec<Piece> = Vec::with_capacity(self.nodes().len());
        let mut bound = 0;
        for (i, node) in self.nodes().iter().enumerate() {
            let piece = write_node(*node, &pieces, self.inputs());
            let unwieldy = piece.depth >= MAX_PIECE_DEPTH || piece.size >= MAX_PIECE_SIZE;
            if named[i] || unwieldy && i + 1 < self.nodes().len() {
                bound += 1;
                write!(f, "t{bound} = {}; ", piece.text)?;
                pieces.push(Piece::leaf(format!("t{bound}"), Level::Atom));
            } else {
                pieces.push(piece);
            }
        }
        let roots: Vec<&str> = self.roots().iter().map(|root| pieces[root.index()].text.as_str()).collect();
        f.write_str(&roots.join(", "))
    }
}

impl Formula {
    /// Number of operations, each counted as often as it would be written out.
    pub fn written_size(&self) -> u64 {
        let mut sizes: Vec<u64> = Vec::with_capacity(self.nodes().len());
        for node in self.nodes() {
            let below = super::build::operands(*node).map(|id| sizes[id.index()]).fold(0u64, u64::saturating_add);
            sizes.push(below.saturating_add(u64::from(!matches!(node, Node::Input(_) | Node::Const(_)))));
        }
        self.roots().iter().map(|root| sizes[root.index()]).fold(0, u64::saturating_add)
    }

    fn nodes_to_name(&self) -> Vec<bool> {
        let mut uses = vec![0u32; self.nodes().len()];
        for node in self.nodes() {
            super::build::operands(*node).for_each(|id| uses[id.index()] += 1);
        }
        let long = self.written_size() > INLINE_LIMIT;
        let shared = |(i, node): (usize, &Node)| uses[i] > 1 && long && !matches!(node, Node::Input(_) | Node::Const(_));
        self.nodes().iter().enumerate().map(shared).collect()
    }
}

fn write_node(node: Node, pieces: &[Piece], inputs: u8) -> Piece {
    let at = |id: NodeId| &pieces[id.index()];
    let (text, level) = match node {
        Node::Input(i) => (input_name(inputs, i), Level::Atom),
        Node::Const(value) => constant(value),
        Node::Unary(op, a) => match op.function_name() {
            Some(name) => (format!("{name}({})", at(a).text), Level::Atom),
            None => (format!("-{}", at(a).at_least(Level::Atom)), Level::Negation),
        },
        Node::Binary(op, a, b) => binary(op, at(a), at(b)),
        Node::Select { op, a, b, then, otherwise } => {
            let condition = format!("{} {} {}", at(a).text, op.symbol(), at(b).text);
            (format!("select({condition}, {}, {})", at(then).text, at(otherwise).text), Level::Atom)
        }
    };
    let operands = || super::build::operands(node).map(at);
    let depth = operands().map(|piece| piece.depth + 1).max().unwrap_or(0);
    let size = operands().map(|piece| piece.size).sum::<usize>() + usize::from(operands().next().is_some());
    Piece { text, level, depth, size }
}

fn constant(value: f64) -> (String, Level) {
    // `{:?}` is the shortest text that reads back to the same bits; whole numbers lose their `.0`.
    let text = format!("{value:?}");
    let text = text.strip_suffix(".0").map_or(text.clone(), str::to_string);
    (text, if value.is_sign_negative() { Level::Negation } else { Level::Atom })
}

fn binary(op: Binary, a: &Piece, b: &Piece) -> (String, Level) {
    let (sign, level, right) = match op {
        Binary::Add => ("+", Level::Sum, Level::Product),
        Binary::Sub => ("-", Level::Sum, Level::Product),
        Binary::Mul => ("*", Level::Product, Level::Negation),
        Binary::Div => ("/", Level::Product, Level::Negation),
        Binary::Min => return (format!("min({}, {})", a.text, b.text), Level::Atom),
        Binary::Max => return (format!("max({}, {})", a.text, b.text), Level::Atom),
    };
    (format!("{} {sign} {}", a.at_least(level), b.at_least(right)), level)
}

impl fmt::Display for Unary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.function_name().unwrap_or("neg"))
    }
}
