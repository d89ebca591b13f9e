//! What holds for every text: the fuzzers look for a text that breaks it, the tests of the compiler hold what was found against it.

pub mod compiled;
pub mod mutate;
pub mod planned;
pub mod written;

use hetc_grammar::span::SourceId;

/// The text under test.
pub const SOURCE: SourceId = SourceId(1);

/// A longer text finds nothing that a short one does not.
pub const LONGEST: usize = 8 << 10;

/// One thing that holds for every text.
pub type Check = fn(&str);

/// Every check by its name, which is also the name of its fuzzer and of its corpus.
pub const CHECKS: [(&str, Check); 4] = [("parse", parse), ("format", format), ("compile", compile), ("plan", plan)];

/// Reading gives a tree, comments and errors that lie where they say.
pub fn parse(text: &str) {
    written::read(text);
}

/// A formatted text means the same, keeps its comments and stays as it is.
pub fn format(text: &str) {
    written::formatted(text);
}

/// Compiling gives diagnostics with places in the text, and plans or errors.
pub fn compile(text: &str) {
    compiled::compile(text);
}

/// A text that is read as a plan is one.
pub fn plan(text: &str) {
    planned::read(text);
}
