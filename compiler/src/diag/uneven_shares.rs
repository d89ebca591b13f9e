//! H0302 `uneven-shares`: the units cannot be shared out exactly as the ratio asks.

use super::{Code, Diagnostic, Finding};
use super::words;
use hetc_grammar::span::Span;

/// The units cannot be shared out exactly as the ratio asks.
#[derive(Debug, Clone)]
pub struct UnevenShares {
    /// The mix or its ratio.
    pub span: Span,
    /// How many there are.
    pub units: u64,
    /// `channels`, `units` or `positions`
    pub noun: &'static str,
    /// Each cell and how many it gets.
    pub shares: Vec<(String, u64)>,
    /// As written: `2:1`.
    pub ratio: String,
    /// What produces the units.
    pub from: Option<Span>,
}

impl Finding for UnevenShares {
    const CODE: &'static Code = crate::code!("H0302", "uneven-shares", Warning, "the units cannot be shared out exactly as the ratio asks");

    fn diagnose(&self) -> Diagnostic {
        let shares: Vec<String> = self.shares.iter().map(|(cell, units)| format!("`{cell}` {units}")).collect();
        let shares = words::list(&shares, "and");
        Diagnostic::new(Self::CODE, format!("{} {} cannot be shared out {}", self.units, self.noun, self.ratio))
            .label(self.span, format!("gives {shares}"))
            .label_if(self.from, format!("this produces {} {}", self.units, self.noun))
            .help(format!("a multiple of {} {} would share out exactly", self.period(), self.noun))
    }
}

impl UnevenShares {
    /// The smallest number of units that shares out exactly.
    fn period(&self) -> u64 {
        let parts: Vec<u64> = self.ratio.split(':').filter_map(|part| part.parse().ok()).collect();
        let divisor = parts.iter().copied().fold(0, greatest_common_divisor).max(1);
        parts.iter().sum::<u64>() / divisor
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
