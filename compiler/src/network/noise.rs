//! `noise uniform 0.1`: a random number is added to each value.

use super::{Args, Bodies, Builder, Statement};
use crate::plan::{NoiseKind, Op};

pub(super) const STATEMENT: Statement = Statement {
    head: "noise",
    usage: "noise uniform|normal SCALE [always=no]",
    summary: "Adds a random number to each value: one draw a value, the same for the whole batch; in training, or always.",
    options: &["always"],
    bodies: Bodies::None,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let argument = args.next("the kind of noise", builder.findings)?;
    let kinds = [("uniform", NoiseKind::Uniform), ("normal", NoiseKind::Normal)];
    let kind = args.choice(&argument, "kind of noise", &kinds, builder.findings)?;
    let argument = args.next("the scale of the noise", builder.findings)?;
    let scale = args.number_in(&argument, "the scale of the noise", 0.0, f64::INFINITY, builder.findings);
    let always = args.answer("always", false, builder.findings);
    let (scale, always) = (scale?, always?);
    let shape = builder.shape?;
    builder.push(Op::Noise { kind, scale, always }, shape)
}
