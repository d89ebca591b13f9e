//! H0605 `data-mismatch`: a network does not fit the data it is to be trained on.

use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A network does not fit the data it is to be trained on.
#[derive(Debug, Clone)]
pub struct DataMismatch {
    /// The network.
    pub net: String,
    /// Its name in the spec.
    pub span: Span,
    /// `input` or `output`
    pub side: &'static str,
    /// The shape the network has there.
    pub shape: String,
    /// The data set.
    pub set: String,
    /// What the data need there.
    pub needed: String,
    /// Whether a class is to be found, and not numbers.
    pub classes: bool,
    /// Where the run file names the data set.
    pub set_span: Option<Span>,
}

impl Finding for DataMismatch {
    const CODE: &'static Code =
        hetc_compiler::code!("H0605", "data-mismatch", Error, "a network's input or output does not fit the data set");

    fn diagnose(&self) -> Diagnostic {
        let needed = &self.needed;
        let (other, help) = match (self.side, self.classes) {
            ("input", _) => (format!("its samples are {needed}"), format!("start the network with `input {needed}`")),
            (_, true) => (format!("it has {needed} classes"), format!("end the network with `dense {needed}`: one output a class")),
            (_, false) => {
                (format!("numbers to find for a sample: {needed}"), format!("end the network with `dense {needed}`: one output a number"))
            }
        };
        Diagnostic::new(Self::CODE, format!("the {} of `{}` is {}, but `{}` needs {}", self.side, self.net, self.shape, self.set, self.needed))
            .label(self.span, format!("its {} is {}", self.side, self.shape))
            .label_if(self.set_span, other)
            .help(help)
    }
}
