//! H0306 `uneven-args`: the units cannot be taken as many at a time as the cells ask.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// The units cannot be taken as many at a time as the cells ask.
#[derive(Debug, Clone)]
pub struct UnevenArgs {
    /// How many there are.
    pub units: usize,
    /// How many values a cell takes.
    pub args: u8,
    /// The cells.
    pub span: Span,
    /// Whether the units are channels of a map.
    pub is_map: bool,
    /// What produces the units.
    pub from: Option<Span>,
}

impl Finding for UnevenArgs {
    const CODE: &'static Code = crate::code!("H0306", "uneven-args", Error, "the units cannot be taken as many at a time as the cells ask");

    fn diagnose(&self) -> Diagnostic {
        let (units, args) = (self.units, usize::from(self.args));
        let noun = if self.is_map { "channels" } else { "units" };
        let (below, above) = (units / args * args, units.div_ceil(args) * args);
        let near = if below == 0 { format!("{above}") } else { format!("{below} or {above}") };
        Diagnostic::new(Self::CODE, format!("{units} {noun} cannot be taken {args} at a time"))
            .label(self.span, format!("takes {args} {noun} for one"))
            .label_if(self.from, format!("this produces {units} {noun}"))
            .help(format!("{near} {noun} would do: a layer of n·{args} gives n"))
    }
}
