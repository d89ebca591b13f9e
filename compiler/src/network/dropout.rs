//! `dropout 0.5`: in training, values are left out at random.

use super::{Args, Bodies, Builder, Statement};
use crate::plan::Op;

pub(super) const STATEMENT: Statement = Statement {
    head: "dropout",
    usage: "dropout PROBABILITY",
    summary: "In training, each value is 0 with this probability, otherwise scaled up to keep the mean.",
    options: &[],
    bodies: Bodies::None,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let argument = args.next("the probability of leaving a value out", builder.findings)?;
    let p = args.number_in(&argument, "the probability of leaving a value out", 0.0, 1.0, builder.findings)?;
    let shape = builder.shape?;
    builder.push(Op::Dropout { p }, shape)
}
