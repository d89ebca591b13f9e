//! `input 3x32x32`: the shape of one sample.

use super::{Args, Bodies, Builder, Statement};
use crate::diag::{MisplacedInput, NetTooLarge};
use crate::limits::MAX_ELEMENTS;
use crate::shape::Shape;
use hetc_grammar::tree::ValueKind;

pub(super) const STATEMENT: Statement = Statement {
    head: "input",
    usage: "input UNITS or input CHANNELSxHEIGHTxWIDTH",
    summary: "The shape of one sample: a vector or a map. Comes first.",
    options: &[],
    bodies: Bodies::None,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    if let Some((_, first)) = builder.input {
        let net = builder.name.node.clone();
        return builder.findings.report(MisplacedInput { net, span: args.head().span, first: Some(first) });
    }
    let argument = args.next("the shape of one sample", builder.findings)?;
    let expected = "a shape: one size (`40`) or three (`3x32x32`)";
    let shape = match &argument.kind {
        ValueKind::Number(_) => Shape::vector(args.size(&argument, "the number of inputs", 1, builder.findings)?),
        ValueKind::Dims(sizes) => {
            let axes: Option<Vec<usize>> =
                sizes.iter().map(|axis| usize::try_from(*axis).ok().filter(|axis| *axis > 0)).collect();
            let is_shape = matches!(sizes.len(), 1 | 3);
            match axes.as_deref().and_then(Shape::from_axes) {
                Some(shape) => shape,
                None if is_shape => {
                    let found = argument.kind.to_string();
                    return args.out_of_range(&argument, "every size", &found, "at least 1", builder.findings);
                }
                None => return args.wrong_kind(&argument, expected, builder.findings),
            }
        }
        _ => return args.wrong_kind(&argument, expected, builder.findings),
    };
    if shape.size() > MAX_ELEMENTS {
        return builder.findings.report(NetTooLarge { what: "values in one sample", limit: MAX_ELEMENTS, span: argument.span });
    }
    builder.input = Some((shape, builder.statement));
    builder.shape = Some(shape);
    builder.from = Some(builder.statement);
    Some(())
}
