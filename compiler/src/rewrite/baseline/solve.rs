//! The widths before the replaced sites, by one number.

use super::super::{Changes, RewriteError, Rewritten, feeder};
use super::{MatchError, Matched, Solved, args_of};
use crate::plan::Plan;
use std::collections::BTreeMap;

/// How many numbers in a row are tried where groups or joins do not let every width fit.
const REACH: i64 = 64;

/// A feeder that is solved for: a site that it feeds would give `base + beta` units, for which it needs `args` times as many.
struct Solving {
    layer: usize,
    base: i64,
    args: usize,
}

pub fn by_sites(rewritten: &Rewritten, target: u64) -> Result<Matched, MatchError> {
    let solving = solving(rewritten);
    let Some(largest) = solving.iter().map(|one| one.base).max() else { return Err(MatchError::NothingToSolve) };
    let (beta, plan) = nearest(1 - largest, target, |beta| built(rewritten, &solving, beta)).map_err(MatchError::DoesNotFit)?;
    let widths: Vec<(usize, usize)> = widths(&solving, beta).into_iter().collect();
    Ok(Matched::new(rewritten, plan, &widths, target, Solved::Beta(beta)))
}

/// What does not follow from the number beside `beta`, above or below it.
pub fn held(rewritten: &Rewritten, beta: i64, above: bool) -> Option<RewriteError> {
    built(rewritten, &solving(rewritten), if above { beta + 1 } else { beta - 1 }).err()
}

fn built(rewritten: &Rewritten, solving: &[Solving], beta: i64) -> Result<Plan, RewriteError> {
    rewritten.plan.rebuild(&Changes { widths: widths(solving, beta), ..Changes::default() })
}

fn widths(solving: &[Solving], beta: i64) -> BTreeMap<usize, usize> {
    let width = |one: &Solving| one.args.saturating_mul(one.base.saturating_add(beta).max(1) as usize);
    solving.iter().map(|one| (one.layer, width(one))).collect()
}

fn solving(rewritten: &Rewritten) -> Vec<Solving> {
    let mut solving: Vec<Solving> = Vec::new();
    for site in &rewritten.sites {
        let Some(layer) = feeder(&rewritten.plan, site.layer) else { continue };
        if solving.iter().all(|known| known.layer != layer) {
            // floor(sqrt(n) h), without rounding on the way
            let base = (u64::from(site.args) * (site.outputs as u64).pow(2)).isqrt() as i64;
            solving.push(Solving { layer, base, args: args_of(&rewritten.plan, site.layer) });
        }
    }
    solving
}

/// The number from `low` on, and its plan, whose count of parameters comes nearest to `target`. Counts grow with the number.
fn nearest(low: i64, target: u64, built: impl Fn(i64) -> Result<Plan, RewriteError>) -> Result<(i64, Plan), RewriteError> {
    let first_error = built(low).err();
    // The first number from here on that fits and has the count or more; numbers too large for any network count as such.
    let enough = |from: i64| {
        let fitting = (from..from + REACH).find_map(|number| built(number).ok());
        fitting.is_none_or(|plan| plan.params >= target)
    };
    let (mut below, mut above, mut step) = (low, low, 1);
    while !enough(above) {
        (below, above, step) = (above, above + step, 2 * step);
    }
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if enough(middle) { above = middle } else { below = middle }
    }
    let fits = |number: i64| Some((number, built(number).ok()?));
    let after = (above..above + 2 * REACH).find_map(fits);
    let before = (low..above).rev().take(2 * REACH as usize).find_map(fits);
    let candidates = before.into_iter().chain(after);
    let best = candidates.min_by_key(|(_, plan)| (plan.params.abs_diff(target), plan.params));
    match (best, first_error) {
        (Some(best), _) => Ok(best),
        (None, Some(error)) => Err(error),
        (None, None) => built(low).map(|plan| (low, plan)),
    }
}
