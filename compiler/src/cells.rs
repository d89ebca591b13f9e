//! Cell types: the prelude's and the file's, and what they become with their parameters filled in.

mod order;
mod parameters;
mod report;
mod samples;
mod scope;
mod signature;

pub use samples::sample_values;
pub use signature::signature;

use crate::diag::{ArgumentKind, Duplicate, Findings, RecursiveCell, UnknownCell};
use crate::formula::Formula;
use crate::formula::lower::{FormulaError, function_names, lower};
use crate::limits::MAX_INPUTS;
use crate::plan::Cell;
use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::{self, CellRef};
use parameters::{check_names, fill_parameters};
use report::report;
use samples::{SAMPLES, samples};
use scope::CellScope;
use signature::instance_name;
use std::collections::BTreeMap;

/// The prelude's text: every built-in cell type, written in the language itself.
pub const PRELUDE: &str = include_str!("../../specs/prelude.net");
/// The source that spans into [`PRELUDE`] name.
pub const PRELUDE_SOURCE: SourceId = SourceId(0);

/// All cell types that a file can name.
pub struct Library {
    definitions: BTreeMap<String, tree::Cell>,
    comments: BTreeMap<String, String>,
    /// Formulas at default parameters; `None` for a cell whose definition is wrong, which has been reported.
    checked: BTreeMap<String, Option<Formula>>,
}

impl Library {
    /// The prelude alone.
    pub fn prelude() -> Self {
        let parsed = hetc_grammar::parse(PRELUDE_SOURCE, PRELUDE);
        let mut definitions = Vec::new();
        let mut comments = BTreeMap::new();
        for item in parsed.file.items {
            let tree::Item::Cell(cell) = item else { continue };
            let next_line = |comment: &&tree::Comment| {
                comment.trailing
                    && comment.span.start >= cell.span.end
                    && !PRELUDE[cell.span.end as usize..comment.span.start as usize].contains('\n')
            };
            if let Some(comment) = parsed.comments.iter().find(next_line) {
                comments.insert(cell.name.node.clone(), comment.text.trim_start_matches('#').trim().to_string());
            }
            definitions.push(cell);
        }
        let mut library = Self { definitions: BTreeMap::new(), comments, checked: BTreeMap::new() };
        library.define(definitions, &mut Findings::default());
        library
    }

    /// Makes cell types known whose definitions could not be read, which has been reported.
    pub fn add_broken(&mut self, names: &[String]) {
        for name in names.iter().filter(|name| !self.definitions.contains_key(*name)) {
            self.checked.insert(name.clone(), None);
        }
    }

    /// Whether `name` is a cell type whose definition is wrong, which has been reported.
    fn is_broken(&self, name: &str) -> bool {
        matches!(self.checked.get(name), Some(None))
    }

    /// Adds a file's own cell types and checks every one of them, used or not.
    pub fn add<'a>(&mut self, items: impl IntoIterator<Item = &'a tree::Item>, _: &PointsOf, findings: &mut Findings) {
        let cells = items.into_iter().filter_map(|item| if let tree::Item::Cell(cell) = item { Some(cell) } else { None });
        let mut added: Vec<tree::Cell> = Vec::new();
        let mut broken: Vec<String> = Vec::new();
        let mut places: BTreeMap<&str, Span> = BTreeMap::new();
        for cell in cells {
            let name = &cell.name;
            let first = places.get(name.node.as_str()).copied();
            let built_in = self.definitions.contains_key(&name.node) || function_names().contains(&name.node);
            if first.is_some() || built_in {
                findings.report::<()>(Duplicate { what: "cell", name: name.node.clone(), first, second: name.span });
                continue;
            }
            places.insert(&name.node, name.span);
            let found_before = findings.len();
            check_names(cell, findings);
            if findings.len() > found_before {
                broken.push(name.node.clone());
            }
            added.push(cell.clone());
        }
        self.define(added, findings);
        self.checked.extend(broken.into_iter().map(|name| (name, None)));
    }

    /// Lowers `cells` at their default parameters, callees before callers, and reports what is wrong with them.
    fn define(&mut self, cells: Vec<tree::Cell>, findings: &mut Findings) {
        let (ordered, circles) = order::order(&cells.iter().collect::<Vec<_>>());
        for order::Circle { path, span } in circles {
            findings.report::<()>(RecursiveCell { path, span });
        }
        self.definitions.extend(cells.into_iter().map(|cell| (cell.name.node.clone(), cell)));
        for name in ordered {
            let formula = self.definitions.get(&name).and_then(|cell| self.checked_formula(cell, findings));
            self.checked.insert(name, formula);
        }
    }

    /// The formula of `cell` at the first sample values that suit it.
    fn checked_formula(&self, cell: &tree::Cell, findings: &mut Findings) -> Option<Formula> {
        let mut samples = (0..SAMPLES).map(|skip| samples(cell, skip));
        let first = self.lowered(cell, &samples.next()?);
        let depends_on_values = |errors: &[FormulaError]| errors.iter().all(|error| error.kind.depends_on_values());
        match first {
            Ok(formula) => Some(formula),
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

    /// The definition of a cell type.
    pub fn definition(&self, name: &str) -> Option<&tree::Cell> {
        self.definitions.get(name)
    }

    /// What the prelude's comment says about a cell type.
    pub fn comment(&self, name: &str) -> Option<&str> {
        self.comments.get(name).map(String::as_str)
    }

    /// The formula of a cell type at its default parameters, or at values inside their domains where there is no default.
    pub fn formula(&self, name: &str) -> Option<Formula> {
        self.checked.get(name)?.clone()
    }

    fn lowered(&self, cell: &tree::Cell, values: &[f64]) -> Result<Formula, Vec<FormulaError>> {
        let inputs = cell.inputs.as_ref().map_or(1, Vec::len).clamp(1, usize::from(MAX_INPUTS)) as u8;
        lower(cell.body.formula().expect("tables come next"), inputs, &CellScope { library: self, cell, values })
    }

    /// The cell that `reference` names, with its parameters filled in; what is wrong with it goes to `findings`.
    pub fn instantiate(&self, reference: &CellRef, catalogue: &mut Catalogue, findings: &mut Findings) -> Option<usize> {
        let cell = self.instantiate_old(reference, findings)?;
        let place = catalogue.cells.iter().position(|known| known.name == cell.name);
        Some(place.unwrap_or_else(|| {
            catalogue.cells.push(cell);
            catalogue.cells.len() - 1
        }))
    }
    pub fn network(&self, _: &CellRef, _: u8, _: Option<&CellRef>, _: String, _: &mut Catalogue, _: &mut Findings) -> Option<usize> { None }
    fn instantiate_old(&self, reference: &CellRef, findings: &mut Findings) -> Option<Cell> {
        let name = &reference.name;
        let Some(definition) = self.definitions.get(&name.node) else {
            if self.is_broken(&name.node) {
                return None;
            }
            return findings.report(UnknownCell { name: name.node.clone(), span: name.span, known: self.names() });
        };
        let values = fill_parameters(definition, reference, findings)?;
        if self.is_broken(&name.node) {
            return None;
        }
        if definition.inputs.as_ref().is_some_and(|inputs| inputs.len() != 1) {
            let takes = definition.inputs.as_ref().map_or(1, Vec::len);
            return findings.report(ArgumentKind {
                head: "act".to_string(),
                span: reference.span,
                expected: "a cell of one value".to_string(),
                found: format!("`{}`, which takes {takes}", name.node),
                origin: None,
                declared: user_span(definition.name.span),
                written: None,
                usage: None,
            });
        }
        match self.lowered(definition, &values) {
            Ok(formula) => Some(Cell::plain(instance_name(&name.node, &values), formula)),
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

/// `span`, unless it lies in the prelude, which is not the user's text.
pub fn user_span(span: Span) -> Option<Span> {
    (span.source != PRELUDE_SOURCE).then_some(span)
}

#[derive(Default)]
pub struct Catalogue { pub functions: Vec<crate::plan::Function>, pub tables: Vec<crate::plan::Table>, pub cells: Vec<Cell> }
impl Catalogue { pub fn params(&self) -> u64 { 0 } }
pub type PointsOf = BTreeMap<Span, Vec<[f64; 2]>>;
pub fn parse_table(_: &str) -> Result<Vec<[f64; 2]>, String> { Err(String::new()) }
impl Cell { pub fn same_function(&self, other: &Self) -> bool { self.formula == other.formula } }
