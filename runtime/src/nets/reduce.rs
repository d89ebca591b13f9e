//! Windows taken together: `[…, elements]` to `[…, 1]`. Sums are f32.

use super::tangent::{change, finite};
use burn::tensor::{Bool, Tensor};
use hetc_compiler::plan::Reduction;

/// The reduction of each window. `absent`, `[1, units or 1, positions or 1, elements]`, marks elements beyond the edge.
pub fn reduce(by: Reduction, x: Tensor<4>, absent: Option<&Tensor<4, Bool>>) -> Tensor<4> {
    let neutral = match by {
        Reduction::Sum => 0.0,
        Reduction::Max => f32::NEG_INFINITY,
        Reduction::Min => f32::INFINITY,
    };
    let x = match absent {
        Some(absent) => {
            let mask = absent.clone().expand(x.dims());
            x.mask_fill(mask, neutral)
        }
        None => x,
    };
    match by {
        Reduction::Sum => x.sum_dim(3),
        Reduction::Max | Reduction::Min => extreme(by, x),
    }
}

/// The largest or smallest; its gradient goes to the elements that are it, in equal parts. NaN if any is NaN.
fn extreme(by: Reduction, x: Tensor<4>) -> Tensor<4> {
    let x0 = x.clone().inner();
    let nan = x0.clone().is_nan().any_dim(3);
    let found = if by == Reduction::Max { x0.clone().max_dim(3) } else { x0.clone().min_dim(3) };
    let found = found.mask_fill(nan, f32::NAN);
    if !x.is_tracked() {
        return found;
    }
    let holds = x0.clone().equal(found.clone().expand(x0.dims())).float();
    let parts = finite(holds.clone() / holds.sum_dim(3));
    (change(x, x0) * parts).sum_dim(3) + found
}
