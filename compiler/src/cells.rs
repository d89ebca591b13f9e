//! Cell types and learned functions: the prelude's and the files', and what they become with their parameters filled in.

mod alone;
pub mod answer;
mod catalogue;
mod learned;
mod order;
mod parameters;
mod report;
mod same;
mod samples;
mod scope;
mod signature;
mod table;

pub use alone::{Known, read_formula};
pub use catalogue::Catalogue;
pub use samples::sample_values;
pub use signature::signature;
pub use table::{TableError, parse_table};

use crate::diag::{ArgumentCount, ArgumentKind, BrokenTable, Duplicate, Findings, RecursiveCell, UnknownCell};
use crate::formula::Formula;
use crate::formula::lower::{FormulaError, function_names, lower};
use crate::formula::staged::{Staged, StepKind};
use crate::limits::MAX_INPUTS;
use crate::plan::{Function, Table};
use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::{self, CellBody, CellKind, CellRef, Item, Name, Text};
use learned::Learned;
use parameters::{check_declaration, fill_parameters, trained};
use report::report;
use samples::{SAMPLES, samples};
use scope::CellScope;
use signature::instance_name;
use std::collections::BTreeMap;

/// The prelude's text: every built-in cell type, written in the language itself.
pub const PRELUDE: &str = include_str!("../../specs/prelude.net");
/// The source that spans into [`PRELUDE`] name.
pub const PRELUDE_SOURCE: SourceId = SourceId(0);

/// Gives the text of the file that a definition names, or says in words why there is none.
pub type Tables<'a> = &'a mut dyn FnMut(&Text) -> Result<String, String>;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `cell`: every unit answers for itself.
    Cell,
    /// `window`: a unit answers together with its neighbours.
    Window,
    /// `inner`: a learned function.
    Inner,
}

/// All cell types and learned functions that a file can name.
///
/// *Invariant:* what is in it is either whole or has been reported.
pub struct Library {
    definitions: BTreeMap<String, tree::Cell>,
    learned: BTreeMap<String, Learned>,
    comments: BTreeMap<String, String>,
    /// The cells at default parameters; `None` for one whose definition is wrong, which has been reported.
    checked: BTreeMap<String, Option<Staged>>,
    tables: BTreeMap<String, Table>,
    /// Whether names may be defined in a file that cannot be read.
    incomplete: bool,
}

impl Library {
    /// The prelude alone.
    pub fn prelude() -> Self {
        let parsed = hetc_grammar::parse(PRELUDE_SOURCE, PRELUDE);
        let mut comments = BTreeMap::new();
        for item in &parsed.file.items {
            let Item::Cell(cell) = item else { continue };
            let next_line = |comment: &&tree::Comment| {
                comment.trailing
                    && comment.span.start >= cell.span.end
                    && !PRELUDE[cell.span.end as usize..comment.span.start as usize].contains('\n')
            };
            if let Some(comment) = parsed.comments.iter().find(next_line) {
                comments.insert(cell.name.node.clone(), comment.text.trim_start_matches('#').trim().to_string());
            }
        }
        let mut library = Self {
            definitions: BTreeMap::new(),
            learned: BTreeMap::new(),
            comments,
            checked: BTreeMap::new(),
            tables: BTreeMap::new(),
            incomplete: false,
        };
        let cells = parsed.file.items.into_iter().filter_map(|item| if let Item::Cell(cell) = item { Some(cell) } else { None });
        library.define(cells.collect(), &mut Findings::default());
        library
    }

    /// Says nothing of unknown names from now on: they may be defined in a file that cannot be read, which has been reported.
    pub fn forget_unknown(&mut self) {
        self.incomplete = true;
    }

    /// Makes names known whose definitions could not be read, which has been reported.
    pub fn add_broken(&mut self, names: &[String]) {
        for name in names {
            if !self.is_defined(name) {
                self.checked.insert(name.clone(), None);
            }
        }
    }

    fn is_defined(&self, name: &str) -> bool {
        self.definitions.contains_key(name) || self.learned.contains_key(name)
    }

    /// Whether `name` is something whose definition is wrong, which has been reported.
    fn is_broken(&self, name: &str) -> bool {
        matches!(self.checked.get(name), Some(None))
    }

    /// Adds the cell types and learned functions of all files, in order, and checks every one of them, used or not; other items are passed
    /// over. `tables` gives the texts of the files that definitions name.
    pub fn add<'a>(&mut self, items: impl IntoIterator<Item = &'a Item>, tables: Tables, findings: &mut Findings) {
        let mut cells: Vec<tree::Cell> = Vec::new();
        let mut inners: Vec<String> = Vec::new();
        let mut broken: Vec<String> = Vec::new();
        let mut places: BTreeMap<&str, Span> = BTreeMap::new();
        for item in items {
            let (what, name) = match item {
                Item::Cell(cell) => ("cell", &cell.name),
                Item::Inner(inner) => ("learned function", &inner.name),
                _ => continue,
            };
            if self.is_taken(what, name, places.get(name.node.as_str()).copied(), findings) {
                continue;
            }
            places.insert(&name.node, name.span);
            let found_before = findings.len();
            match item {
                Item::Cell(cell) => {
                    check_declaration(cell, findings);
                    self.read_table(cell, tables, findings);
                    cells.push(cell.clone());
                }
                Item::Inner(inner) => {
                    self.learned.insert(name.node.clone(), Learned::new(inner, findings));
                    inners.push(name.node.clone());
                }
                _ => {}
            }
            if findings.len() > found_before {
                broken.push(name.node.clone());
            }
        }
        self.define(cells, findings);
        self.checked.extend(broken.into_iter().map(|name| (name, None)));
        // Hidden units are cells, and cells call learned functions only by name.
        for name in inners {
            let function = self.settle(&name, findings);
            if let Some(learned) = self.learned.get_mut(&name) {
                learned.function = function;
            }
        }
    }

    /// Whether `name` has a meaning already, which is reported; `first` is where a file gives it one.
    fn is_taken(&self, what: &'static str, name: &Name, first: Option<Span>, findings: &mut Findings) -> bool {
        let built_in = self.is_defined(&name.node) || function_names().contains(&name.node);
        let taken = first.is_some() || built_in;
        if taken {
            findings.report::<()>(Duplicate { what, name: name.node.clone(), first, second: name.span });
        }
        taken
    }

    /// Reads the points of a cell that is a table.
    fn read_table(&mut self, cell: &tree::Cell, tables: Tables, findings: &mut Findings) -> Option<()> {
        let CellBody::Table(path) = &cell.body else { return Some(()) };
        let broken = |line, reason| BrokenTable { path: path.node.clone(), span: path.span, line, reason };
        let text = match tables(path) {
            Ok(text) => text,
            Err(reason) => return findings.report(broken(None, reason)),
        };
        match parse_table(&text) {
            Ok(points) => {
                let name = cell.name.node.clone();
                self.tables.insert(name.clone(), Table { name, points });
                Some(())
            }
            Err(TableError { line, reason }) => findings.report(broken(line, reason)),
        }
    }

    /// Lowers `cells` at their default parameters, callees before callers, and reports what is wrong with them.
    fn define(&mut self, cells: Vec<tree::Cell>, findings: &mut Findings) {
        let (ordered, circles) = order::order(&cells.iter().collect::<Vec<_>>());
        for order::Circle { path, span } in circles {
            findings.report::<()>(RecursiveCell { path, span });
        }
        self.definitions.extend(cells.into_iter().map(|cell| (cell.name.node.clone(), cell)));
        for name in ordered {
            let staged = self.definitions.get(&name).and_then(|cell| self.checked_cell(cell, findings));
            self.checked.insert(name, staged);
        }
    }

    /// What `cell` computes at the first sample values that suit it.
    fn checked_cell(&self, cell: &tree::Cell, findings: &mut Findings) -> Option<Staged> {
        let mut samples = (0..SAMPLES).map(|skip| samples(cell, skip));
        let first = self.lowered(cell, &samples.next()?);
        let depends_on_values = |errors: &[FormulaError]| errors.iter().all(|error| error.kind.depends_on_values());
        match first {
            Ok(staged) => Some(staged),
            Err(errors) => {
                let other =
                    if depends_on_values(&errors) { samples.find_map(|values| self.lowered(cell, &values).ok()) } else { None };
                if other.is_none() {
                    report(&errors, &[], None, findings);
                }
                other
            }
        }
    }

    /// The names of all cell types, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.definitions.keys().cloned().collect()
    }

    /// The names of all learned functions, in alphabetical order.
    pub fn function_names(&self) -> Vec<String> {
        self.learned.keys().cloned().collect()
    }

    /// What `name` stands for, whether or not its definition is whole.
    pub fn kind(&self, name: &str) -> Option<Kind> {
        if self.learned.contains_key(name) {
            return Some(Kind::Inner);
        }
        self.definitions.get(name).map(|cell| match cell.kind {
            CellKind::Element => Kind::Cell,
            CellKind::Window => Kind::Window,
        })
    }

    /// The definition of a cell type.
    pub fn definition(&self, name: &str) -> Option<&tree::Cell> {
        self.definitions.get(name)
    }

    /// The definition of a learned function.
    pub fn learned(&self, name: &str) -> Option<&tree::Inner> {
        self.learned.get(name).map(|learned| &learned.definition)
    }

    /// What the prelude's comment says about a cell type.
    pub fn comment(&self, name: &str) -> Option<&str> {
        self.comments.get(name).map(String::as_str)
    }

    /// The learned function called `name`, if it is whole.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.learned.get(name)?.function.as_ref()
    }

    /// The points of the cell called `name`, if it is a table and whole.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// What a cell type computes at its default parameters, or at values inside their domains where there is no default.
    pub fn staged(&self, name: &str) -> Option<&Staged> {
        self.checked.get(name)?.as_ref()
    }

    /// As [`Library::staged`], of a cell type that is nothing but a formula of its values.
    pub fn formula(&self, name: &str) -> Option<Formula> {
        let staged = self.staged(name)?;
        (staged.steps.is_empty() && staged.trained.is_empty()).then(|| staged.formula.clone())
    }

    fn lowered(&self, cell: &tree::Cell, values: &[f64]) -> Result<Staged, Vec<FormulaError>> {
        let inputs = cell.inputs.as_ref().map_or(1, Vec::len).clamp(1, usize::from(MAX_INPUTS)) as u8;
        match &cell.body {
            CellBody::Formula(formula) => {
                lower(formula, inputs, trained(cell, values), &CellScope { library: self, cell, values })
            }
            CellBody::Table(_) => Ok(Staged::pass(StepKind::Lookup(cell.name.node.clone()), 1)),
        }
    }

    /// The index in `catalogue` of the cell (of any kind) or learned function that `reference` names, with its parameters filled in; it joins
    /// if it is new, and so does what it calls. What is wrong with it goes to `findings`.
    pub fn instantiate(&self, reference: &CellRef, catalogue: &mut Catalogue, findings: &mut Findings) -> Option<usize> {
        if let Some(learned) = self.learned.get(&reference.name.node) {
            without_arguments(reference, findings)?;
            return Some(catalogue.caller(learned.function.clone()?));
        }
        let (name, staged) = self.filled(reference, findings)?;
        catalogue.staged(name, staged, self)
    }

    /// The cell that `reference` names, with its parameters filled in, and how it is called then.
    fn filled(&self, reference: &CellRef, findings: &mut Findings) -> Option<(String, Staged)> {
        let name = &reference.name;
        if let Some(learned) = self.learned.get(&name.node) {
            without_arguments(reference, findings)?;
            return Some((name.node.clone(), Staged::pass(StepKind::Call(name.node.clone()), learned.inputs?)));
        }
        let Some(definition) = self.definitions.get(&name.node) else {
            if self.is_broken(&name.node) {
                return None;
            }
            if self.incomplete {
                return None;
            }
            let known = self.names().into_iter().chain(self.function_names()).collect();
            return findings.report(UnknownCell { name: name.node.clone(), span: name.span, known });
        };
        without_sizes(reference, findings)?;
        let values = fill_parameters(definition, reference, findings)?;
        if self.is_broken(&name.node) {
            return None;
        }
        match self.lowered(definition, &values) {
            Ok(staged) => Some((instance_name(&name.node, &values), staged)),
            Err(errors) => {
                let given: Vec<String> = definition
                    .params
                    .iter()
                    .zip(&values)
                    .map(|(param, value)| format!("{} = {value}", param.name.node))
                    .collect();
                report(&errors, &given, Some(reference.span), findings);
                None
            }
        }
    }
}

/// A learned function has no parameters.
fn without_arguments(reference: &CellRef, findings: &mut Findings) -> Option<()> {
    without_sizes(reference, findings)?;
    match reference.args.iter().flatten().next() {
        None => Some(()),
        Some(first) => findings.report(ArgumentCount {
            head: reference.name.node.clone(),
            span: first.value.span,
            missing: None,
            written: None,
            usage: reference.name.node.clone(),
            declared: None,
        }),
    }
}

/// Only a learned function without a name has widths.
fn without_sizes(reference: &CellRef, findings: &mut Findings) -> Option<()> {
    match reference.sizes.iter().flatten().next() {
        None => Some(()),
        Some(first) => findings.report(ArgumentKind {
            head: reference.name.node.clone(),
            span: first.span,
            expected: "no widths in brackets".to_string(),
            found: first.node.to_string(),
            origin: None,
            declared: None,
            written: None,
            usage: None,
        }),
    }
}

/// `span`, unless it lies in the prelude, which is not the user's text.
pub fn user_span(span: Span) -> Option<Span> {
    (span.source != PRELUDE_SOURCE).then_some(span)
}
