//! H0401 `window-too-large`: a kernel or pool window is larger than the map it runs over.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A kernel or pool window is larger than the map it runs over.
#[derive(Debug, Clone)]
pub struct WindowTooLarge {
    /// `kernel`, `pool window`
    pub what: &'static str,
    /// Height and width.
    pub window: [usize; 2],
    /// Where it is written.
    pub span: Span,
    /// The map.
    pub shape: crate::shape::Shape,
    /// Zeros on both sides of each axis.
    pub pad: [usize; 2],
    /// What produces the map.
    pub from: Option<Span>,
}

impl Finding for WindowTooLarge {
    const CODE: &'static Code = crate::code!("H0401", "window-too-large", Error, "a kernel or pool window is larger than the map it runs over");

    fn diagnose(&self) -> Diagnostic {
        let [height, width] = self.window;
        let padded = if self.pad == [0, 0] { String::new() } else { format!(" with pad {}x{}", self.pad[0], self.pad[1]) };
        let help = match self.what {
            "kernel" => format!("pad the map (`pad={}` is enough), use a smaller kernel, or pool less before", self.enough()),
            _ => "use a smaller window, or pool less before".to_string(),
        };
        Diagnostic::new(Self::CODE, format!("a {height}x{width} {} does not fit on a map of {}{padded}", self.what, self.shape))
            .label(self.span, format!("{height}x{width} is larger than the map"))
            .label_if(self.from, format!("this produces {}", self.shape))
            .help(help)
    }
}

impl WindowTooLarge {
    /// The least padding with which the window fits.
    fn enough(&self) -> String {
        let (height, width) = self.shape.spatial().unwrap_or_default();
        let along = |axis: usize, size: usize| self.pad[axis].max(self.window[axis].saturating_sub(size).div_ceil(2));
        match (along(0, height), along(1, width)) {
            (both, other) if both == other => both.to_string(),
            (height, width) => format!("{height}x{width}"),
        }
    }
}
