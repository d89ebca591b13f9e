//! `norm layer`, `norm batch`: values are brought to mean 0 and variance 1.

use super::{Args, Builder, Statement};
use crate::plan::{NormKind, Op};

pub(super) const STATEMENT: Statement = Statement {
    head: "norm",
    usage: "norm layer|batch [affine=yes] [epsilon=1e-5]",
    summary: "Normalises each sample over all its values (layer) or each unit over the batch (batch).",
    options: &["affine", "epsilon"],
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let argument = args.next("the kind of norm", builder.findings)?;
    let kinds = [("layer", NormKind::Layer), ("batch", NormKind::Batch)];
    let kind = args.choice(&argument, "kind of norm", &kinds, builder.findings);
    let affine = match args.option("affine") {
        Some(argument) => args.choice(&argument, "answer", &[("yes", true), ("no", false)], builder.findings),
        None => Some(true),
    };
    let epsilon = match args.option("epsilon") {
        Some(argument) => args.number_in(&argument, "epsilon", 1e-12, 1.0, builder.findings),
        None => Some(1e-5),
    };
    let (kind, affine, epsilon) = (kind?, affine?, epsilon?);
    let shape = builder.shape?;
    builder.push(Op::Norm { kind, affine, epsilon }, shape)
}
