//! H0305 `incomplete-windows`: the windows of a layer do not divide its map.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// The windows of a layer do not divide its map.
#[derive(Debug, Clone)]
pub struct IncompleteWindows {
    /// Height and width of the window.
    pub window: [usize; 2],
    /// What it divides.
    pub shape: crate::shape::Shape,
    /// The window's size.
    pub span: Span,
    /// What produces the shape.
    pub from: Option<Span>,
}

impl Finding for IncompleteWindows {
    const CODE: &'static Code = crate::code!("H0305", "incomplete-windows", Warning, "the windows of a layer do not divide its map");

    fn diagnose(&self) -> Diagnostic {
        let [height, width] = self.window;
        let (what, size) = match self.shape.spatial() {
            Some((h, w)) => (format!("a map of {h}x{w}"), format!("{height}x{width}")),
            None => (format!("a vector of {}", self.shape), width.to_string()),
        };
        Diagnostic::new(Self::CODE, format!("windows of {size} do not divide {what}"))
            .label(self.span, self.last())
            .label_if(self.from, format!("this produces {}", self.shape))
            .help("what lies beyond the edge does not count: the last windows are smaller")
    }
}

impl IncompleteWindows {
    /// What is left for the last windows.
    fn last(&self) -> String {
        let rest = |size: usize, window: usize| if size.is_multiple_of(window) { window } else { size % window };
        let [height, width] = self.window;
        match self.shape.spatial() {
            Some((h, w)) if h <= height && w <= width => "there is one window, smaller than asked for".to_string(),
            Some((h, w)) => format!("the window in the last corner is {}x{}", rest(h, height), rest(w, width)),
            None => format!("the last window has {} of {width} units", rest(self.shape.units(), width)),
        }
    }
}
