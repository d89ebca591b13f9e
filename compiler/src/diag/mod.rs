//! Diagnostics: what the compiler says when it disagrees.
//!
//! Every kind of diagnostic is declared once, in a file of its own: a [`Code`] with a page for `hetc explain`, a struct with the facts,
//! and [`Finding::diagnose`], which puts them into words. Passes only build the structs. A [`Diagnostic`] is still plain data; drawing
//! it is the caller's business.
//!
//! Words: a headline starts in lower case, has no full stop, and makes sense alone; code stands in backticks; labels say what was
//! found, `help` says what to do. One cause gives one diagnostic.

use hetc_grammar::span::Span;
use suggest::Meant;

pub mod alias;
pub mod suggest;
pub mod words;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be made of the input.
    Error,
    /// It works, but perhaps not as meant.
    Warning,
}

impl Severity {
    /// In one lower-case word.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// The declaration of one kind of diagnostic.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `H0401`
    pub id: &'static str,
    /// `window-too-large`: names the bad pattern, never the cure.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence for lists.
    pub summary: &'static str,
    /// The whole story in Markdown: why, a wrong and a right example.
    pub page: &'static str,
}

/// Something found, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// What kind it is.
    pub code: &'static Code,
    /// One line that stands alone.
    pub headline: String,
    /// Places in the text; the first is the place to look at.
    pub labels: Vec<Label>,
    /// What to do about it, most likely first.
    pub help: Vec<String>,
    /// A change that is certain to be meant.
    pub fix: Option<Fix>,
}

/// A place in some text and what is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// The exact words.
    pub span: Span,
    /// What they are or do.
    pub text: String,
}

/// Replace one range of text.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub text: String,
}

impl Diagnostic {
    /// A diagnostic without labels.
    pub fn new(code: &'static Code, headline: impl Into<String>) -> Self {
        Self { code, headline: headline.into(), labels: Vec::new(), help: Vec::new(), fix: None }
    }

    /// Adds a label; the first one added is the primary one.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a label where there is a place for it.
    pub fn label_if(self, span: Option<Span>, text: impl Into<String>) -> Self {
        match span {
            Some(span) => self.label(span, text),
            None => self,
        }
    }

    /// Adds a line of help.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds a line of help where there is one.
    pub fn help_if(self, text: Option<impl Into<String>>) -> Self {
        match text {
            Some(text) => self.help(text),
            None => self,
        }
    }

    /// Offers what the words at `span` were meant to be: a help line, and a fix where that is certain enough.
    pub fn offer(mut self, span: Span, meant: Option<Meant>) -> Self {
        match meant {
            Some(Meant::Name(name)) => {
                self.fix = Some(Fix { span, text: name.to_string() });
                self.help(format!("a similar name exists: `{name}`"))
            }
            Some(Meant::Called(name)) => {
                self.fix = Some(Fix { span, text: name.to_string() });
                self.help(format!("here it is called `{name}`"))
            }
            Some(Meant::Perhaps(name)) => self.help(format!("a similar name exists: `{name}`")),
            Some(Meant::Written(text)) => self.help(format!("it is written `{text}`")),
            None => self,
        }
    }

    /// The place to look at.
    pub fn primary(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }
}

/// A kind of diagnostic with the facts of one case.
pub trait Finding {
    /// Its declaration.
    const CODE: &'static Code;
    /// The facts in words.
    fn diagnose(&self) -> Diagnostic;
}

/// Labels of one diagnostic, when uses of blocks are added to it.
const MOST_LABELS: usize = 5;

/// Collects what passes find.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Diagnostic>,
}

impl Findings {
    /// Notes one; returns nothing, so that `return findings.report(…)` reads well in functions that give up.
    pub fn report<T>(&mut self, finding: impl Finding) -> Option<T> {
        self.list.push(finding.diagnose());
        None
    }

    /// Whether anything found so far is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.code.severity == Severity::Error)
    }

    /// Whether anything found after the first `before` is an error.
    pub fn has_errors_since(&self, before: usize) -> bool {
        self.list.iter().skip(before).any(|diagnostic| diagnostic.code.severity == Severity::Error)
    }

    /// Adds a label to everything found after the first `before`.
    pub fn label_since(&mut self, before: usize, span: Span, text: &str) {
        let label = Label { span, text: text.to_string() };
        let found = self.list.iter_mut().skip(before);
        // Through many blocks, the nearest uses tell enough.
        found
            .filter(|diagnostic| diagnostic.labels.len() < MOST_LABELS)
            .for_each(|diagnostic| diagnostic.labels.push(label.clone()));
    }

    /// Where the first label of everything with this code stands.
    pub fn places_of(&self, code: &Code) -> Vec<Span> {
        self.list.iter().filter(|diagnostic| diagnostic.code == code).filter_map(Diagnostic::primary).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them, in the order of the text, each once.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let place = |diagnostic: &Diagnostic| diagnostic.primary().map(|span| (span.source, span.start));
        let mut sorted = self.list;
        sorted.sort_by_key(place);
        let mut list: Vec<Diagnostic> = Vec::new();
        for diagnostic in sorted {
            // Equal ones stand at the same place.
            let mut beside = list.iter().rev().take_while(|other| place(other) == place(&diagnostic));
            // The same of another use of a block is said once.
            let same = |other: &Diagnostic| other.code == diagnostic.code && other.headline == diagnostic.headline;
            if !beside.any(same) {
                list.push(diagnostic);
            }
        }
        list
    }
}

pub use misplaced_match::MatchAt;
pub use odd_cell::Oddity;

/// Declares a [`Code`] whose page stands in `pages/`.
#[macro_export]
macro_rules! code {
    ($id:literal, $name:literal, $severity:ident, $summary:literal) => {
        &$crate::diag::Code {
            id: $id,
            name: $name,
            severity: $crate::diag::Severity::$severity,
            summary: $summary,
            page: include_str!(concat!("pages/", $id, ".md")),
        }
    };
}

/// Declares the modules that hold one finding each, and the list of their codes.
#[macro_export]
macro_rules! findings {
    ($($module:ident :: $finding:ident),* $(,)?) => {
        $(mod $module; pub use $module::$finding;)*
        /// Every code declared here, in the order of their numbers.
        pub const CODES: &[&$crate::diag::Code] = &[$(<$finding as $crate::diag::Finding>::CODE),*];
    };
}

findings! {
    syntax::Syntax,
    beyond_limit::BeyondLimit,
    unknown_statement::UnknownStatement,
    unknown_cell::UnknownCell,
    unknown_parameter::UnknownParameter,
    unknown_option::UnknownOption,
    duplicate::Duplicate,
    unused::Unused,
    unknown_word::UnknownWord,
    unknown_net::UnknownNet,
    unreadable_file::UnreadableFile,
    circular_use::CircularUse,
    recursive_block::RecursiveBlock,
    unknown_tap::UnknownTap,
    unknown_base::UnknownBase,
    argument_count::ArgumentCount,
    argument_kind::ArgumentKind,
    out_of_domain::OutOfDomain,
    repeated_option::RepeatedOption,
    out_of_range::OutOfRange,
    missing_parameter::MissingParameter,
    ratio_parts::RatioParts,
    uneven_shares::UnevenShares,
    layout_needs_map::LayoutNeedsMap,
    odd_cell::OddCell,
    incomplete_windows::IncompleteWindows,
    uneven_args::UnevenArgs,
    window_too_large::WindowTooLarge,
    needs_map::NeedsMap,
    uneven_groups::UnevenGroups,
    expect_fails::ExpectFails,
    misplaced_input::MisplacedInput,
    empty_net::EmptyNet,
    net_too_large::NetTooLarge,
    branches_disagree::BranchesDisagree,
    selector_matches_nothing::SelectorMatchesNothing,
    replacement_does_not_fit::ReplacementDoesNotFit,
    baseline_not_matched::BaselineNotMatched,
    misplaced_match::MisplacedMatch,
    misplaced_replace::MisplacedReplace,
    formula_unknown_name::FormulaUnknownName,
    formula_unknown_function::FormulaUnknownFunction,
    division_by_zero::DivisionByZero,
    function_arity::FunctionArity,
    misplaced_condition::MisplacedCondition,
    recursive_cell::RecursiveCell,
    formula_too_large::FormulaTooLarge,
    not_finite::NotFinite,
    variable_exponent::VariableExponent,
    misplaced_window::MisplacedWindow,
    empty_domain::EmptyDomain,
    broken_table::BrokenTable,
    same_cells::SameCells,
    allow_without_reason::AllowWithoutReason,
    allow_of_unknown::AllowOfUnknown,
    allow_of_error::AllowOfError,
    allow_of_nothing::AllowOfNothing,
}

pub use formula_too_large::Excess;
