//! Formulas of several inputs from short texts.

use hetc_compiler::formula::{Binary, Builder, Formula, NodeId, Unary};
use hetc_grammar::tree::CmpOp;

/// Reads `text`, in which `names` are the inputs.
pub fn expression(names: &[&str], text: &str) -> Formula {
    let mut builder = Builder::new();
    let inputs = names.iter().enumerate().map(|(i, name)| (*name, builder.input(i as u8))).collect();
    let mut reader = Reader { builder, inputs, rest: text };
    let root = reader.sum();
    assert!(reader.rest.trim().is_empty(), "`{}` of `{text}` is left", reader.rest);
    reader.builder.finish(&[root], names.len() as u8)
}

struct Reader<'a> {
    builder: Builder,
    inputs: Vec<(&'a str, NodeId)>,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn takes(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, sign: &str) {
        assert!(self.takes(sign), "`{sign}` instead of `{}`", self.rest);
    }

    fn sum(&mut self) -> NodeId {
        let mut value = self.product();
        loop {
            let op = match () {
                _ if self.takes("+") => Binary::Add,
                _ if self.takes("-") => Binary::Sub,
                _ => return value,
            };
            let right = self.product();
            value = self.builder.binary(op, value, right);
        }
    }

    fn product(&mut self) -> NodeId {
        let mut value = self.atom();
        loop {
            let op = match () {
                _ if self.takes("*") => Binary::Mul,
                _ if self.takes("/") => Binary::Div,
                _ => return value,
            };
            let right = self.atom();
            value = self.builder.binary(op, value, right);
        }
    }

    fn atom(&mut self) -> NodeId {
        if self.takes("-") {
            let value = self.atom();
            return self.builder.neg(value);
        }
        if self.takes("(") {
            let value = self.sum();
            self.expect(")");
            return value;
        }
        let word = self.word();
        if let Ok(number) = word.parse() {
            return self.builder.constant(number);
        }
        if self.takes("(") { self.call(word) } else { self.input(word) }
    }

    fn word(&mut self) -> &'a str {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '.' && c != '_').unwrap_or(text.len());
        self.rest = &text[end..];
        &text[..end]
    }

    fn input(&self, name: &str) -> NodeId {
        self.inputs.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no `{name}`")).1
    }

    fn call(&mut self, name: &str) -> NodeId {
        if name == "select" {
            return self.select();
        }
        let mut arguments = vec![self.sum()];
        while self.takes(",") {
            arguments.push(self.sum());
        }
        self.expect(")");
        match (name, <[NodeId; 2]>::try_from(&arguments[..])) {
            ("max", Ok([a, b])) => self.builder.binary(Binary::Max, a, b),
            ("min", Ok([a, b])) => self.builder.binary(Binary::Min, a, b),
            ("relu", _) => {
                let zero = self.builder.constant(0.0);
                self.builder.binary(Binary::Max, arguments[0], zero)
            }
            _ => {
                let op = Unary::ALL.into_iter().find(|op| op.function_name() == Some(name));
                self.builder.unary(op.unwrap_or_else(|| panic!("no `{name}`")), arguments[0])
            }
        }
    }

    fn select(&mut self) -> NodeId {
        let a = self.sum();
        let signs =
            [("<=", CmpOp::Le), (">=", CmpOp::Ge), ("==", CmpOp::Eq), ("!=", CmpOp::Ne), ("<", CmpOp::Lt), (">", CmpOp::Gt)];
        let op = signs.into_iter().find(|(sign, _)| self.takes(sign)).expect("a comparison").1;
        let b = self.sum();
        self.expect(",");
        let then = self.sum();
        self.expect(",");
        let otherwise = self.sum();
        self.expect(")");
        self.builder.select(op, a, b, then, otherwise)
    }
}
