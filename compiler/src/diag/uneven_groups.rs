//! H0403 `uneven-groups`: the channels of a convolution cannot be split into its groups.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// The channels of a convolution cannot be split into its groups.
#[derive(Debug, Clone)]
pub struct UnevenGroups {
    /// How many groups.
    pub groups: usize,
    /// Channels that they do not divide.
    pub channels: usize,
    /// `in` or `out`
    pub side: &'static str,
    /// The option.
    pub span: Span,
    /// What produces or asks for the channels.
    pub from: Option<Span>,
}

impl Finding for UnevenGroups {
    const CODE: &'static Code = crate::code!("H0403", "uneven-groups", Error, "the channels of a convolution cannot be split into its groups");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("{} channels {} cannot be split into {} groups", self.channels, self.side, self.groups))
            .label(self.span, format!("does not divide {}", self.channels))
            .label_if(self.from, format!("{} channels {} come from here", self.channels, self.side))
            .help("choose groups that divide the channels in and the channels out")
    }
}
