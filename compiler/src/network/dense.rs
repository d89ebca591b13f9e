//! `dense 128`: every unit reads every value.

use super::{Args, Bodies, Builder, Statement};
use crate::plan::Op;
use crate::shape::Shape;

pub(super) const STATEMENT: Statement = Statement {
    head: "dense",
    usage: "dense UNITS [bias=yes]",
    summary: "A fully connected layer; a map is flattened first.",
    options: &["bias"],
    bodies: Bodies::None,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let argument = args.next("the number of units", builder.findings)?;
    let units = args.size(&argument, "the number of units", 1, builder.findings);
    let bias = args.answer("bias", true, builder.findings);
    let (units, bias) = (units?, bias?);
    let shape = builder.shape?;
    if shape.spatial().is_some() {
        builder.push(Op::Flatten, Shape::vector(shape.elements()))?;
    }
    builder.push(Op::Dense { bias }, Shape::vector(units))
}
