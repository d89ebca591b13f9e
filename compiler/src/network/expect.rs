//! `expect params = 119674`: what the author believes of everything above.

use super::{Args, Argument, Bodies, Builder, Statement};
use crate::diag::ExpectFails;
use crate::diag::words::thousands;
use crate::plan::Layer;
use crate::shape::Shape;
use hetc_grammar::span::Span;
use hetc_grammar::tree::ValueKind;

pub(super) const STATEMENT: Statement = Statement {
    head: "expect",
    usage: "expect params = N or expect shape = UNITS or expect macs = N",
    summary: "Checks a figure of everything above it: parameters, shape at this point, or multiply-adds a sample.",
    options: &["params", "shape", "macs"],
    bodies: Bodies::None,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let options = args.all_options();
    if options.is_empty() {
        args.next("`params = N`, `shape = …` or `macs = N`", builder.findings)
            .and_then(|argument| args.wrong_kind::<()>(&argument, "`params = N`, `shape = …` or `macs = N`", builder.findings))?;
    }
    if builder.set {
        return Some(()); // what is expected is said of the net as it is written
    }
    for (key, argument) in options {
        match key.node.as_str() {
            "shape" => shape(builder, args, &argument)?,
            "macs" => figure(builder, args, "macs", &argument, |layer| layer.macs)?,
            _ => figure(builder, args, "params", &argument, |layer| layer.params)?,
        }
    }
    Some(())
}

/// A failed expectation is an error, but the network itself is sound, so what follows is still checked.
fn shape(builder: &mut Builder, args: &Args, argument: &Argument) -> Option<()> {
    let expected = match &argument.kind {
        ValueKind::Number(_) => args.size(argument, "a shape", 1, builder.findings).map(Shape::vector)?,
        ValueKind::Dims(axes) => {
            let axes: Vec<usize> = axes.iter().map(|axis| usize::try_from(*axis).unwrap_or(usize::MAX)).collect();
            match Shape::from_axes(&axes) {
                Some(shape) => shape,
                None => return args.wrong_kind(argument, "a shape: one size (`10`) or three (`16x8x8`)", builder.findings),
            }
        }
        _ => return args.wrong_kind(argument, "a shape: one size (`10`) or three (`16x8x8`)", builder.findings),
    };
    let found = builder.shape?;
    if found != expected {
        builder.findings.report::<()>(ExpectFails {
            what: "shape".to_string(),
            expected: expected.to_string(),
            found: found.to_string(),
            span: argument.span,
            parts: Vec::new(),
            from: builder.from,
        });
    }
    Some(())
}

fn figure(builder: &mut Builder, args: &Args, what: &str, argument: &Argument, of: fn(&Layer) -> u64) -> Option<()> {
    let counted = if what == "macs" { "the number of multiply-adds" } else { "the number of parameters" };
    let expected = args.size(argument, counted, 0, builder.findings)? as u64;
    builder.shape?;
    let shared = if what == "macs" { 0 } else { builder.catalogue.params() };
    let found: u64 = shared + builder.layers.iter().map(of).sum::<u64>();
    if found != expected {
        let with_part = builder.layers.iter().zip(&builder.spans).filter(|(layer, _)| of(layer) > 0);
        let mut parts: Vec<(String, u64, Span)> = with_part.map(|(layer, span)| (layer.name.clone(), of(layer), *span)).collect();
        if shared > 0 {
            parts.push(("learned functions and cells".to_string(), shared, builder.name.span));
        }
        builder.findings.report::<()>(ExpectFails {
            what: what.to_string(),
            expected: thousands(expected),
            found: thousands(found),
            span: argument.span,
            parts,
            from: None,
        });
    }
    Some(())
}
