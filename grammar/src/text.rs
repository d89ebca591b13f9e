//! How each part of the tree is written on one line.

use std::fmt::{self, Display, Formatter, Write};

use crate::span::Spanned;
use crate::tree::{
    Arg, BinOp, Block, Bound, CallArg, Cell, CellParam, CellRef, Derived, Expr, ExprKind, Inner, Net, NetParam, Number, Stmt,
    Use, ValueKind,
};

impl<T: Display> Display for Spanned<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Display for ValueKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ValueKind::Number(number) => number.fmt(f),
            ValueKind::Dims(sizes) => joined(f, sizes, "x"),
            ValueKind::Ratio(parts) => joined(f, parts, ":"),
            ValueKind::Cells(cells) => joined(f, cells, "|"),
        }
    }
}

impl Display for CellRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        if let Some(sizes) = &self.sizes {
            enclosed(f, '[', sizes, ",", ']')?;
        }
        if let Some(args) = &self.args {
            enclosed(f, '(', args, ", ", ')')?;
        }
        Ok(())
    }
}

impl Display for CallArg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "{key}=")?;
        }
        self.value.fmt(f)
    }
}

impl Display for Arg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Arg::Plain(value) => value.fmt(f),
            Arg::Option { key, value } => write!(f, "{key}={value}"),
        }
    }
}

impl Display for NetParam {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        self.default.iter().try_for_each(|default| write!(f, " = {default}"))
    }
}

impl Display for CellParam {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        if self.learn.is_some() || self.default.is_some() {
            f.write_str(" =")?;
        }
        if self.learn.is_some() {
            f.write_str(" learn")?;
        }
        self.default.iter().try_for_each(|default| write!(f, " {default}"))?;
        let per = self.learn.iter().filter_map(|learn| learn.per);
        per.into_iter().try_for_each(|per| write!(f, " per {}", per.node.word()))?;
        if !self.domain.is_empty() {
            f.write_str(" where ")?;
        }
        joined(f, &self.domain, " and ")
    }
}

impl Display for Bound {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.op.symbol(), self.limit)
    }
}

/// With the fewest parentheses that read back as the same tree.
impl Display for ExprKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ExprKind::Number(number) => number.fmt(f),
            ExprKind::Name(name) => f.write_str(name),
            ExprKind::Neg(inner) => {
                f.write_char('-')?;
                operand(f, inner, Binding::Sign)
            }
            ExprKind::Binary(op, left, right) => {
                let own = Binding::of(*op);
                operand(f, left, if *op == BinOp::Pow { Binding::Window } else { own })?;
                match op {
                    BinOp::Pow => f.write_char('^')?,
                    _ => write!(f, " {} ", op.symbol())?,
                }
                // An exponent may carry a sign: `2^-x`.
                let signed = *op == BinOp::Pow && matches!(right.node, ExprKind::Neg(_));
                operand(f, right, if signed { Binding::Sign } else { own.right() })
            }
            ExprKind::Compare(op, left, right) => {
                operand(f, left, Binding::Sum)?;
                write!(f, " {} ", op.symbol())?;
                operand(f, right, Binding::Sum)
            }
            ExprKind::Call { name, args } => {
                name.fmt(f)?;
                enclosed(f, '(', args, ", ", ')')
            }
            ExprKind::Window(inner) => {
                operand(f, inner, Binding::Atom)?;
                f.write_char('…')
            }
        }
    }
}

/// How tightly a formula holds together, the loosest first.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(crate) enum Binding {
    Comparison,
    Sum,
    Product,
    Sign,
    Power,
    Window,
    Atom,
}

impl Binding {
    pub(crate) fn of(op: BinOp) -> Self {
        match op {
            BinOp::Add | BinOp::Sub => Binding::Sum,
            BinOp::Mul | BinOp::Div => Binding::Product,
            BinOp::Pow => Binding::Power,
        }
    }

    pub(crate) fn within(expr: &ExprKind) -> Self {
        match expr {
            ExprKind::Compare(..) => Binding::Comparison,
            ExprKind::Binary(op, ..) => Binding::of(*op),
            ExprKind::Neg(_) => Binding::Sign,
            ExprKind::Number(number) if number.text.starts_with('-') => Binding::Sign,
            ExprKind::Window(_) => Binding::Window,
            ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Call { .. } => Binding::Atom,
        }
    }

    /// What the right operand must hold: more than the operator itself where it groups to the left.
    pub(crate) fn right(self) -> Self {
        match self {
            Binding::Sum => Binding::Product,
            Binding::Product => Binding::Sign,
            other => other,
        }
    }
}

/// Writes `expr`, in parentheses if it binds looser than `least`.
fn operand(f: &mut Formatter<'_>, expr: &Expr, least: Binding) -> fmt::Result {
    if Binding::within(&expr.node) < least { write!(f, "({expr})") } else { expr.fmt(f) }
}

fn joined(f: &mut Formatter<'_>, parts: &[impl Display], between: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        part.fmt(f)?;
    }
    Ok(())
}

fn enclosed(f: &mut Formatter<'_>, open: char, parts: &[impl Display], between: &str, close: char) -> fmt::Result {
    f.write_char(open)?;
    joined(f, parts, between)?;
    f.write_char(close)
}

/// `conv 8 3x3 pad=1`: a statement without its bodies. What a net is expected to be is written as the equation it is.
pub(crate) fn line(stmt: &Stmt) -> String {
    let mut line = stmt.head.to_string();
    for arg in &stmt.args {
        match arg {
            Arg::Option { key, value } if stmt.head.node == "expect" => line += &format!(" {key} = {value}"),
            _ => line += &format!(" {arg}"),
        }
    }
    line
}

/// `use "cells.net"`
pub(crate) fn use_line(item: &Use) -> String {
    format!("use {}", quoted(&item.path))
}

/// `net sticknet8(cells = relu)`
pub(crate) fn net_head(net: &Net) -> String {
    format!("net {}{}", net.name, list('(', &net.params, ')'))
}

/// `block basic(width, stride = 1)`
pub(crate) fn block_head(block: &Block) -> String {
    format!("block {}{}", block.name, list('(', &block.params, ')'))
}

/// `baseline matched of two_arg`
pub(crate) fn derived_head(derived: &Derived) -> String {
    format!("{} {} of {}", derived.kind.word(), derived.name, derived.of)
}

/// `cell glu[u, v]`, up to the sign.
pub(crate) fn cell_head(cell: &Cell) -> String {
    let inputs = cell.inputs.as_deref().map(|inputs| list('[', inputs, ']')).unwrap_or_default();
    format!("{} {}{inputs}{}", cell.kind.word(), cell.name, list('(', &cell.params, ')'))
}

/// `inner g`, up to the sign.
pub(crate) fn inner_head(inner: &Inner) -> String {
    format!("inner {}", inner.name)
}

/// `mlp[50] hidden=tanh`
pub(crate) fn network(inner: &Inner) -> String {
    let options = inner.options.iter().map(|(key, value)| format!(" {key}={value}"));
    std::iter::once(inner.network.to_string()).chain(options).collect()
}

/// `table "learned/type1.csv"`
pub(crate) fn table(path: &str) -> String {
    format!("table {}", quoted(path))
}

fn quoted(text: impl Display) -> String {
    format!("\"{text}\"")
}

/// The parts in brackets; nothing where there are none.
fn list(open: char, parts: &[impl Display], close: char) -> String {
    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    if parts.is_empty() { String::new() } else { format!("{open}{}{close}", parts.join(", ")) }
}
