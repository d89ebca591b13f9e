//! Parameter values that stand in before any are given, so that a definition can be checked where it stands.

use hetc_grammar::tree;

/// A value for every parameter: its default, or an unremarkable one inside its domain, so that a formula can be checked before use.
pub fn sample_values(cell: &tree::Cell) -> Vec<f64> {
    samples(cell, 0)
}

/// How many sets of sample values a definition may fail at before it counts as wrong.
pub(super) const SAMPLES: usize = 11;

/// As [`sample_values`], passing over the first `skip` candidates of each parameter.
pub(super) fn samples(cell: &tree::Cell, skip: usize) -> Vec<f64> {
    let unremarkable = [2.0, 0.5, 0.731, 1.731, -0.731, 1e-3, -1e-3, 17.31, -17.31, 1731.0, -1731.0];
    let inside =
        |param: &tree::CellParam, value: f64| param.domain.iter().all(|bound| bound.op.holds(value, bound.limit.node.value));
    let value = |param: &tree::CellParam| {
        let near_limits = param.domain.iter().flat_map(|bound| {
            let limit = bound.limit.node.value;
            let step = 0.0731 * limit.abs().max(1.0);
            [limit, limit + step, limit - step]
        });
        let default = param.default.as_ref().map(|number| number.node.value);
        let mut suitable = unremarkable.into_iter().chain(near_limits).filter(|value| inside(param, *value));
        default.or_else(|| suitable.nth(skip)).unwrap_or(0.731)
    };
    cell.params.iter().map(value).collect()
}
