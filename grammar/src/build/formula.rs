//! Formulas: precedence and the limit on their size.

use std::sync::LazyLock;

use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::Builder;
use super::definition::comparison;
use crate::MAX_OPERATORS;
use crate::parse::Rule;
use crate::span::Span;
use crate::tree::{BinOp, Expr, ExprKind, SyntaxErrorKind};

/// Binding tighter downwards; comparisons bind loosest and stand in the grammar, because they do not chain.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::plus, Assoc::Left) | Op::infix(Rule::minus, Assoc::Left))
        .op(Op::infix(Rule::times, Assoc::Left) | Op::infix(Rule::divide, Assoc::Left))
        .op(Op::prefix(Rule::negative))
        .op(Op::infix(Rule::power, Assoc::Right))
});

impl<'t> Builder<'t> {
    pub(crate) fn formula(&mut self, pair: Pair<'t, Rule>) -> Option<Expr> {
        let operators = pair.clone().into_inner().flatten().filter(|part| is_operator(part.as_rule()));
        if let Some(over) = operators.into_iter().nth(MAX_OPERATORS) {
            self.error(SyntaxErrorKind::TooManyOperators, self.span(&over));
            return None;
        }
        self.expr(pair)
    }

    /// `formula` or `enclosed`: a sum, or two that are compared.
    fn expr(&mut self, pair: Pair<'t, Rule>) -> Option<Expr> {
        let mut parts = pair.into_inner();
        let left = self.sum(parts.next()?)?;
        let Some(sign) = parts.next() else { return Some(left) };
        let right = self.sum(parts.next()?)?;
        let span = left.span.to(right.span);
        Some(Expr::new(ExprKind::Compare(comparison(sign.as_str())?, Box::new(left), Box::new(right)), span))
    }

    fn sum(&mut self, pair: Pair<'t, Rule>) -> Option<Expr> {
        let mut parts = pair.into_inner();
        if parts.len() == 1 {
            return self.primary(parts.next()?);
        }
        let source = self.source;
        PRECEDENCE
            .map_primary(|part| self.primary(part))
            .map_prefix(|sign, operand| {
                let (sign, operand) = (sign.as_span(), operand?);
                let span = Span::new(source, sign.start(), sign.end()).to(operand.span);
                Some(Expr::new(ExprKind::Neg(Box::new(operand)), span))
            })
            .map_infix(|left, sign, right| {
                let (left, right) = (left?, right?);
                let span = left.span.to(right.span);
                Some(Expr::new(ExprKind::Binary(binary(sign.as_rule())?, Box::new(left), Box::new(right)), span))
            })
            .parse(parts)
    }

    /// A number, a call, a name or a formula in parentheses; all values of the window where dots follow.
    fn primary(&mut self, pair: Pair<'t, Rule>) -> Option<Expr> {
        let whole = self.span(&pair);
        let mut parts = pair.into_inner();
        let part = parts.next()?;
        let span = self.span(&part);
        let kind = match part.as_rule() {
            Rule::unsigned => ExprKind::Number(self.number(&part)?),
            Rule::name => ExprKind::Name(part.as_str().to_owned()),
            Rule::call => self.call(part)?,
            Rule::group => self.each(part, Self::expr)?.pop()?.node,
            _ => return None,
        };
        let expr = Expr::new(kind, span);
        Some(match parts.next() {
            Some(_) => Expr::new(ExprKind::Window(Box::new(expr)), whole),
            None => expr,
        })
    }

    fn call(&mut self, pair: Pair<'t, Rule>) -> Option<ExprKind> {
        let mut name = None;
        let mut args = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::enclosed => args.push(self.expr(part)?),
                _ => {}
            }
        }
        Some(ExprKind::Call { name: name?, args })
    }
}

fn binary(rule: Rule) -> Option<BinOp> {
    match rule {
        Rule::plus => Some(BinOp::Add),
        Rule::minus => Some(BinOp::Sub),
        Rule::times => Some(BinOp::Mul),
        Rule::divide => Some(BinOp::Div),
        Rule::power => Some(BinOp::Pow),
        _ => None,
    }
}

fn is_operator(rule: Rule) -> bool {
    matches!(rule, Rule::negative | Rule::compare | Rule::call) || binary(rule).is_some()
}
