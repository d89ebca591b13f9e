//! What the tests share: trees and errors as text.
#![allow(dead_code)]

use std::fmt::Write;

use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::*;

pub const SOURCE: SourceId = SourceId(0);

/// The tree without its spans, one statement a line.
pub fn dump(file: &File) -> String {
    let mut out = String::new();
    for item in &file.items {
        match item {
            Item::Use(item) => {
                let _ = writeln!(out, "use {:?}", item.path.node);
            }
            Item::Net(net) => {
                let _ = writeln!(out, "net {} ({})", net.name.node, net_params(&net.params));
                stmts(&mut out, &net.body, 1);
            }
            Item::Block(block) => {
                let _ = writeln!(out, "block {} ({})", block.name.node, net_params(&block.params));
                stmts(&mut out, &block.body, 1);
            }
            Item::Derived(derived) => {
                let _ = writeln!(out, "{} {} of {}", derived.kind.word(), derived.name.node, derived.of.node);
                stmts(&mut out, &derived.body, 1);
            }
            Item::Cell(cell) => {
                let inputs =
                    cell.inputs.as_ref().map(|names| format!(" {:?}", names.iter().map(|n| &n.node).collect::<Vec<_>>()));
                let params: Vec<String> = cell.params.iter().map(cell_param).collect();
                let (word, name, inputs) = (cell.kind.word(), &cell.name.node, inputs.unwrap_or_default());
                let _ = writeln!(out, "{word} {name}{inputs} ({}) = {}", params.join(", "), cell_body(&cell.body));
            }
            Item::Inner(inner) => {
                let options = inner.options.iter().map(|(key, right)| format!(" {}={}", key.node, value(&right.node)));
                let _ = writeln!(out, "inner {} = {}{}", inner.name.node, cell_ref(&inner.network), options.collect::<String>());
            }
        }
    }
    out
}

fn net_params(params: &[NetParam]) -> String {
    params.iter().map(net_param).collect::<Vec<_>>().join(", ")
}

fn cell_body(body: &CellBody) -> String {
    match body {
        CellBody::Formula(formula) => expr(formula),
        CellBody::Table(path) => format!("table {:?}", path.node),
    }
}

fn net_param(param: &NetParam) -> String {
    match &param.default {
        Some(default) => format!("{} = {}", param.name.node, value(&default.node)),
        None => param.name.node.clone(),
    }
}

fn cell_param(param: &CellParam) -> String {
    let mut out = param.name.node.clone();
    if let Some(learn) = &param.learn {
        let _ = write!(out, " learn per {}", learn.per.map_or("default", |per| per.node.word()));
    }
    if let Some(default) = &param.default {
        let _ = write!(out, " = {}", default.node.value);
    }
    for bound in &param.domain {
        let _ = write!(out, " {} {}", bound.op.symbol(), bound.limit.node.value);
    }
    out
}

fn stmts(out: &mut String, list: &[Stmt], depth: usize) {
    let indent = "  ".repeat(depth);
    for stmt in list {
        let args: String = stmt.args.iter().map(|arg| format!(" {}", self::arg(arg))).collect();
        let _ = writeln!(out, "{indent}{}:{args}", stmt.head.node);
        for body in &stmt.bodies {
            let _ = writeln!(out, "{indent}  {{{}}}", body.label.as_ref().map_or("", |label| &label.node));
            stmts(out, &body.stmts, depth + 2);
        }
    }
}

fn arg(arg: &Arg) -> String {
    match arg {
        Arg::Plain(plain) => value(&plain.node),
        Arg::Option { key, value: right } => format!("{}={}", key.node, value(&right.node)),
    }
}

pub fn value(kind: &ValueKind) -> String {
    match kind {
        ValueKind::Number(number) => format!("{}", number.value),
        ValueKind::Dims(sizes) => format!("Dims{sizes:?}"),
        ValueKind::Ratio(parts) => format!("Ratio{parts:?}"),
        ValueKind::Cells(refs) => format!("Cells[{}]", refs.iter().map(cell_ref).collect::<Vec<_>>().join(" | ")),
    }
}

fn cell_ref(cell: &CellRef) -> String {
    let mut out = cell.name.node.clone();
    if let Some(sizes) = &cell.sizes {
        let _ = write!(out, "{:?}", sizes.iter().map(|size| size.node).collect::<Vec<_>>());
    }
    if let Some(args) = &cell.args {
        let args: Vec<String> = args
            .iter()
            .map(|arg| {
                let key = arg.key.as_ref().map(|key| format!("{}=", key.node)).unwrap_or_default();
                format!("{key}{}", value(&arg.value.node))
            })
            .collect();
        let _ = write!(out, "({})", args.join(", "));
    }
    out
}

/// Fully parenthesised: shows how it was read.
pub fn expr(e: &Expr) -> String {
    match &e.node {
        ExprKind::Number(number) => number.text.clone(),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Neg(inner) => format!("(- {})", expr(inner)),
        ExprKind::Binary(op, a, b) => format!("({} {} {})", op.symbol(), expr(a), expr(b)),
        ExprKind::Compare(op, a, b) => format!("({} {} {})", op.symbol(), expr(a), expr(b)),
        ExprKind::Call { name, args } => {
            format!("({}{})", name.node, args.iter().map(|arg| format!(" {}", expr(arg))).collect::<String>())
        }
        ExprKind::Window(inner) => format!("{}…", expr(inner)),
    }
}

/// `line:column message`, one a line.
pub fn render(text: &str, errors: &[SyntaxError]) -> String {
    errors.iter().map(|error| format!("{} {}\n", position(text, error.span), message(&error.kind))).collect()
}

fn position(text: &str, span: Span) -> String {
    let before = &text[..span.start as usize];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let width = text[span.range()].chars().count();
    format!("{line}:{column}+{width}")
}

pub fn message(kind: &SyntaxErrorKind) -> String {
    match kind {
        SyntaxErrorKind::Expected { wanted, found } => {
            format!(
                "expected {}, found {}",
                wanted.join(" | "),
                found.as_deref().map_or("the end".to_owned(), |text| format!("{text:?}"))
            )
        }
        SyntaxErrorKind::Unclosed { open } => format!("`{open}` is never closed"),
        SyntaxErrorKind::Unopened => "`}` closes nothing".to_owned(),
        SyntaxErrorKind::TooDeep => "too deep".to_owned(),
        SyntaxErrorKind::TooManyOperators => "too many operators".to_owned(),
        SyntaxErrorKind::TooLong { bytes } => format!("too long: {bytes}"),
        SyntaxErrorKind::NumberTooLarge => "number too large".to_owned(),
    }
}
