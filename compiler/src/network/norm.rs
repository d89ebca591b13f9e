//! `norm layer`, `norm batch`: values are brought to mean 0 and variance 1. `norm response`: channels damp their neighbours.

use super::{Args, Bodies, Builder, Statement};
use crate::plan::{NormKind, Op};

pub(super) const STATEMENT: Statement = Statement {
    head: "norm",
    usage: "norm layer|batch [affine=yes] [epsilon=1e-5] or norm response [size=5] [alpha=1e-4] [beta=0.75] [k=2]",
    summary: "Normalises each sample over all its values (layer), each unit over the batch (batch), or each value by its neighbouring channels (response).",
    options: &["affine", "epsilon", "size", "alpha", "beta", "k"],
    bodies: Bodies::None,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let argument = args.next("the kind of norm", builder.findings)?;
    let kinds = [("layer", Some(NormKind::Layer)), ("batch", Some(NormKind::Batch)), ("response", None)];
    let kind = args.choice(&argument, "kind of norm", &kinds, builder.findings);
    let Some(kind) = kind? else { return response(builder, args) };
    others_options(builder, args, &["size", "alpha", "beta", "k"], "no such option with `layer` and `batch`")?;
    let affine = args.answer("affine", true, builder.findings);
    let epsilon = match args.option("epsilon") {
        Some(argument) => args.number_in(&argument, "epsilon", 1e-12, 1.0, builder.findings),
        None => Some(1e-5),
    };
    let (affine, epsilon) = (affine?, epsilon?);
    let shape = builder.shape?;
    builder.push(Op::Norm { kind, affine, epsilon }, shape)
}

fn response(builder: &mut Builder, args: &mut Args) -> Option<()> {
    others_options(builder, args, &["affine", "epsilon"], "no such option with `response`")?;
    let size = match args.option("size") {
        Some(argument) => args.size(&argument, "the number of channels", 1, builder.findings),
        None => Some(5),
    };
    let mut number = |key: &str, otherwise: f64| match args.option(key) {
        Some(argument) => args.number_in(&argument, key, 0.0, f64::INFINITY, builder.findings),
        None => Some(otherwise),
    };
    let (alpha, beta, k) = (number("alpha", 1e-4), number("beta", 0.75), number("k", 2.0));
    let (size, alpha, beta, k) = (size?, alpha?, beta?, k?);
    let shape = builder.shape?;
    builder.push(Op::Response { size, alpha, beta, k }, shape)
}

/// Reports an option that belongs to another kind of norm.
fn others_options(builder: &mut Builder, args: &mut Args, keys: &[&str], expected: &str) -> Option<()> {
    match keys.iter().find_map(|key| args.option(key)) {
        Some(argument) => args.wrong_kind(&argument, expected, builder.findings),
        None => Some(()),
    }
}
