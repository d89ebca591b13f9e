//! H0408 `branches-disagree`: values are joined whose shapes do not fit together.

use super::{Code, Diagnostic, Finding};
use super::words;
use crate::plan::Join;
use crate::shape::Shape;
use hetc_grammar::span::Span;

/// Values are joined whose shapes do not fit together.
#[derive(Debug, Clone)]
pub struct BranchesDisagree {
    /// How they are joined.
    pub how: Join,
    /// The statement that joins them.
    pub span: Span,
    /// Each value's shape and where it comes from, the first one first.
    pub ways: Vec<(Shape, Span)>,
}

impl Finding for BranchesDisagree {
    const CODE: &'static Code = crate::code!("H0408", "branches-disagree", Error, "values are joined whose shapes do not fit together");

    fn diagnose(&self) -> Diagnostic {
        let shapes: Vec<String> = self.ways.iter().map(|(shape, _)| shape.to_string()).collect();
        let verb = match self.how {
            Join::Add => "added",
            Join::Multiply => "multiplied",
            Join::Concat => "put one after the other",
        };
        let headline = format!("{} cannot be {verb}", words::list(&shapes, "and"));
        let new = Diagnostic::new(Self::CODE, headline).label(self.span, "joined here");
        let ways = self.ways.iter().filter(|(_, span)| *span != self.span);
        let labelled = ways.fold(new, |diagnostic, (shape, span)| diagnostic.label(ending(*span), format!("this gives {shape}")));
        let own = self.ways.iter().find(|(_, span)| *span == self.span);
        let labelled = match own {
            Some((shape, _)) => labelled.help(format!("the value itself is {shape} here")),
            None => labelled,
        };
        labelled.help(match self.how {
            Join::Add => "a sum needs equal shapes; `skip { conv 64 1x1 stride=2 }` brings the value to the shape of the branch",
            Join::Multiply => "a product needs equal shapes, or one number a channel: a map of 1x1",
            Join::Concat => "maps must have one height and width, vectors go with vectors",
        })
    }
}

/// The closing brace of a body, where its shape is known.
fn ending(span: Span) -> Span {
    Span { start: span.end.saturating_sub(1).max(span.start), ..span }
}
