//! Baselines: other cells, and widths that bring the number of parameters back (Yoon et al. 2021, "Baselines").

mod scale;
mod solve;

use super::{RewriteError, Rewritten};
use crate::diag::words::thousands;
use crate::plan::{Op, Plan};
use std::fmt;

/// Which widths are solved for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// Those of the layers that feed the replaced sites. A site that took `n` units for each of its `h` gives `floor(sqrt(n) h) + beta`,
    /// with one whole number `beta` for all sites.
    #[default]
    Sites,
    /// Those of every convolution and dense layer but the last, by one factor, to the nearest whole number. Then each may move by one
    /// (together with those that it is summed or multiplied with) if that brings the count nearer.
    All,
}

/// The number that was solved for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Solved {
    /// For [`Rule::Sites`].
    Beta(i64),
    /// For [`Rule::All`].
    Scale(f64),
}

/// A width that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Width {
    /// Name of the convolution or dense layer.
    pub layer: String,
    /// Its units (channels) with the sites replaced and nothing solved.
    pub before: usize,
    /// Its units (channels) now.
    pub after: usize,
    /// The site that it feeds, if that was replaced.
    pub site: Option<Beside>,
}

/// What a replaced site gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beside {
    /// Values that each of its cells was applied to before it was replaced.
    pub args: u8,
    /// Units that it gave before it was replaced.
    pub before: usize,
    /// Units that it gives now.
    pub after: usize,
}

/// A network brought to a number of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Matched {
    /// The network.
    pub plan: Plan,
    /// The widths that were solved for, in the order of the layers.
    pub widths: Vec<Width>,
    /// Its parameters.
    pub count: u64,
    /// The parameters that were wanted.
    pub target: u64,
    /// What was solved for.
    pub solved: Solved,
}

/// Why a network cannot be brought to a number of parameters.
#[derive(Debug, Clone, PartialEq)]
pub enum MatchError {
    /// No widths come near enough.
    NotMatched {
        /// Those that come nearest.
        nearest: Box<Matched>,
        /// What does not follow from the next ones, if that is what keeps the widths where they are.
        held: Option<RewriteError>,
    },
    /// No width can be solved for: no site was replaced, or none stands behind a convolution or dense layer.
    NothingToSolve,
    /// The layers do not fit together with any widths that were tried.
    DoesNotFit(RewriteError),
}

/// Solves the widths of `rewritten` so that its number of parameters comes as near as it can to `target`, and at most the part
/// `tolerance` (of 1) away. Of two counts that are equally near, the smaller one is taken.
pub fn match_params(rewritten: &Rewritten, target: u64, rule: Rule, tolerance: f64) -> Result<Matched, MatchError> {
    let matched = match rule {
        Rule::Sites => solve::by_sites(rewritten, target)?,
        Rule::All => scale::all(rewritten, target)?,
    };
    let near = matched.count.abs_diff(target) as f64 <= tolerance * target as f64;
    let held = || match matched.solved {
        Solved::Beta(beta) => solve::held(rewritten, beta, matched.count < target),
        Solved::Scale(_) => None,
    };
    if near { Ok(matched) } else { Err(MatchError::NotMatched { held: held(), nearest: Box::new(matched) }) }
}

impl Matched {
    /// What the widths make of `rewritten`'s layers.
    fn new(rewritten: &Rewritten, plan: Plan, widths: &[(usize, usize)], target: u64, solved: Solved) -> Self {
        let old = &rewritten.plan;
        let named = |(index, after): (usize, usize)| {
            let site = rewritten.sites.iter().find(|site| super::feeder(old, site.layer) == Some(index));
            let site = site.map(|site| Beside {
                args: site.args,
                before: site.outputs,
                after: after / args_of(old, site.layer), // its width is a multiple of them
            });
            let layer = &old.layers[index];
            Width { layer: layer.name.clone(), before: layer.output.units(), after, site }
        };
        let widths = widths.iter().copied().map(named).collect();
        Self { count: plan.params, plan, widths, target, solved }
    }

    /// Parameters above (or below) those that were wanted, as a part of them.
    pub fn difference(&self) -> f64 {
        (self.count as f64 - self.target as f64) / self.target.max(1) as f64
    }

    /// The widths and the counts, for one line: `widths 64 → 118 (dense1, dense2, dense3); 121,904 parameters against 122,187 (−0.23 %)`.
    pub fn summary(&self) -> String {
        format!("widths {}; {}", self.widths_in_words(), self.counts_in_words())
    }

    fn counts_in_words(&self) -> String {
        let percent = 100.0 * self.difference();
        let sign = if self.count < self.target { "−" } else { "+" };
        let difference = if self.count == self.target { "the same".to_string() } else { format!("{sign}{:.2} %", percent.abs()) };
        format!("{} parameters against {} ({difference})", thousands(self.count), thousands(self.target))
    }

    fn widths_in_words(&self) -> String {
        let mut groups: Vec<((usize, usize), Vec<&str>)> = Vec::new();
        for width in &self.widths {
            let change = width.site.map_or((width.before, width.after), |site| (site.before, site.after));
            match groups.iter_mut().find(|(known, _)| *known == change) {
                Some((_, layers)) => layers.push(&width.layer),
                None => groups.push((change, vec![&width.layer])),
            }
        }
        let text =
            |((before, after), layers): &((usize, usize), Vec<&str>)| format!("{before} → {after} ({})", layers.join(", "));
        groups.iter().map(text).collect::<Vec<_>>().join(", ")
    }

    /// What `hetc compile` says of it: how the widths were found, and the widths and counts.
    pub fn report(&self, name: &str, of: &str) -> String {
        format!("baseline {name} of {of}: {}\n  {}\n", self.summary(), self.rule_in_words())
    }

    fn rule_in_words(&self) -> String {
        match self.solved {
            Solved::Scale(scale) => {
                format!("every width but the last times {scale:.4}, to the nearest whole number or one beside it")
            }
            Solved::Beta(beta) => {
                let mut args: Vec<u8> = self.widths.iter().filter_map(|width| width.site.map(|site| site.args)).collect();
                args.dedup();
                let sign = if beta < 0 { "−" } else { "+" };
                let beta = beta.unsigned_abs();
                match args.as_slice() {
                    [1] => format!("h {sign} {beta}, with h units at a site before"),
                    [n] => format!("floor(√{n} h) {sign} {beta}, with h units at a site before, each of {n} values"),
                    _ => format!("floor(√n h) {sign} {beta}, with h units at a site before, each of n values"),
                }
            }
        }
    }
}

impl fmt::Display for MatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MatchError::NotMatched { nearest, .. } => write!(f, "no widths come near enough; the nearest: {}", nearest.summary()),
            MatchError::NothingToSolve => {
                f.write_str("no replaced site stands behind a `conv` or `dense` whose width could be solved for")
            }
            MatchError::DoesNotFit(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MatchError {}

/// How many values each cell of a layer is applied to.
fn args_of(plan: &Plan, layer: usize) -> usize {
    match plan.layers.get(layer).map(|layer| &layer.op) {
        Some(Op::Cells(placement)) => usize::from(placement.args).max(1),
        _ => 1,
    }
}
