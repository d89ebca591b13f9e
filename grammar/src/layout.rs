//! How a formula is broken that is too long for its line.
//!
//! It begins on the line below the `=`, one level in. What still does not fit is broken behind its loosest operators, and a call or a
//! pair of parentheses takes a line for each part. What comes out depends on nothing but the tree and the width of the head.

use std::fmt::{self, Write};

use crate::format::INDENT;
use crate::text::Binding;
use crate::tree::{BinOp, Expr, ExprKind};

/// Longest line, in characters.
const WIDTH: usize = 120;

/// What is written behind `head`, which ends with the sign of a definition.
pub(crate) fn behind(head: &str, formula: &Expr) -> String {
    let column = head.chars().count() + 1;
    if fits(formula, WIDTH.saturating_sub(column)) {
        return format!(" {formula}");
    }
    let mut layout = Layout { out: String::new(), column: 0 };
    layout.line(1);
    layout.expr(formula, 1, 0);
    layout.out
}

struct Layout {
    out: String,
    /// How many characters the last line has.
    column: usize,
}

impl Layout {
    fn write(&mut self, text: &str) {
        self.out += text;
        self.column += text.chars().count();
    }

    /// Begins a line, `depth` levels in.
    fn line(&mut self, depth: usize) {
        self.out.push('\n');
        self.column = 0;
        self.write(&INDENT.repeat(depth));
    }

    /// Writes `expr`, whose further lines begin `depth` levels in; `rest` more characters must follow on its last line.
    fn expr(&mut self, expr: &Expr, depth: usize, rest: usize) {
        if fits(expr, WIDTH.saturating_sub(self.column + rest)) {
            return self.write(&expr.to_string());
        }
        match &expr.node {
            ExprKind::Number(_) | ExprKind::Name(_) => self.write(&expr.to_string()),
            ExprKind::Neg(inner) => {
                self.write("-");
                self.operand(inner, Binding::Sign, depth, rest);
            }
            ExprKind::Compare(op, left, right) => {
                self.term(left, Binding::Sum, depth, op.symbol());
                self.line(depth);
                self.operand(right, Binding::Sum, deeper(right, Binding::Sum, depth), rest);
            }
            ExprKind::Binary(BinOp::Pow, base, exponent) => self.power(base, exponent, depth, rest),
            ExprKind::Binary(op, left, right) => self.chain(*op, left, right, depth, rest),
            ExprKind::Call { name, args } => {
                self.write(&name.node);
                self.brackets(args, depth);
            }
            ExprKind::Window(inner) => {
                self.operand(inner, Binding::Atom, depth, rest + 1);
                self.write("…");
            }
        }
    }

    /// Operators of one precedence, each at the end of a line.
    fn chain(&mut self, op: BinOp, left: &Expr, right: &Expr, depth: usize, rest: usize) {
        let own = Binding::of(op);
        let (mut first, mut others) = (left, vec![(op, right)]);
        while let ExprKind::Binary(op, left, right) = &first.node
            && Binding::of(*op) == own
        {
            others.push((*op, right));
            first = left;
        }
        let mut operand = (first, own);
        for (op, next) in others.into_iter().rev() {
            self.term(operand.0, operand.1, depth, op.symbol());
            self.line(depth);
            operand = (next, own.right());
        }
        self.operand(operand.0, operand.1, deeper(operand.0, operand.1, depth), rest);
    }

    /// An operand and the operator behind it, which ends the line.
    fn term(&mut self, expr: &Expr, least: Binding, depth: usize, sign: &str) {
        self.operand(expr, least, deeper(expr, least, depth), sign.len() + 1);
        self.write(" ");
        self.write(sign);
    }

    fn power(&mut self, base: &Expr, exponent: &Expr, depth: usize, rest: usize) {
        let signed = matches!(exponent.node, ExprKind::Neg(_));
        let least = if signed { Binding::Sign } else { Binding::Power };
        let exponent_width = width(exponent, WIDTH).unwrap_or(WIDTH);
        self.operand(base, Binding::Window, depth, rest + exponent_width + 1);
        self.write("^");
        self.operand(exponent, least, depth, rest);
    }

    /// Writes `expr`, in parentheses if it binds looser than `least`.
    fn operand(&mut self, expr: &Expr, least: Binding, depth: usize, rest: usize) {
        if Binding::within(&expr.node) >= least {
            self.expr(expr, depth, rest);
        } else if fits(expr, WIDTH.saturating_sub(self.column + rest + 2)) {
            self.write(&format!("({expr})"));
        } else {
            self.brackets(std::slice::from_ref(expr), depth);
        }
    }

    /// Parentheses with a line for each part.
    fn brackets(&mut self, parts: &[Expr], depth: usize) {
        self.write("(");
        for (index, part) in parts.iter().enumerate() {
            let comma = index + 1 < parts.len();
            self.line(depth + 1);
            self.expr(part, depth + 1, usize::from(comma));
            self.write(if comma { "," } else { "" });
        }
        if !parts.is_empty() {
            self.line(depth);
        }
        self.write(")");
    }
}

/// How far in the further lines of an operand begin: a level more where it has operators of its own.
fn deeper(expr: &Expr, least: Binding, depth: usize) -> usize {
    let bare = Binding::within(&expr.node) >= least;
    depth + usize::from(bare && matches!(expr.node, ExprKind::Binary(..) | ExprKind::Compare(..)))
}

fn fits(expr: &Expr, room: usize) -> bool {
    width(expr, room).is_some()
}

/// How wide `expr` is on one line, unless that is more than `most`; it is written no further than that.
fn width(expr: &Expr, most: usize) -> Option<usize> {
    struct Count {
        left: usize,
    }
    impl Write for Count {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.left = self.left.checked_sub(text.chars().take(self.left + 1).count()).ok_or(fmt::Error)?;
            Ok(())
        }
    }
    let mut count = Count { left: most };
    write!(count, "{expr}").ok()?;
    Some(most - count.left)
}
