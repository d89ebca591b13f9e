//! Why a command could not run.

use hetc_compiler::diag::Diagnostic;

/// Why a command could not run; told on standard error, exit code 2.
#[derive(Debug)]
pub enum Failure {
    /// Something that every command line program can run into.
    Plain { headline: String, help: Option<String> },
    /// Something that has a code of its own.
    Coded(Box<Diagnostic>),
}

impl Failure {
    /// One line, in lower case.
    pub fn new(headline: impl Into<String>) -> Self {
        Self::Plain { headline: headline.into(), help: None }
    }

    /// What to do about it.
    pub fn help(self, more: impl Into<String>) -> Self {
        match self {
            Self::Plain { headline, .. } => Self::Plain { headline, help: Some(more.into()) },
            Self::Coded(diagnostic) => Self::Coded(Box::new(diagnostic.help(more))),
        }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Coded(Box::new(diagnostic))
    }
}
