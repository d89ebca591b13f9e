//! Cell types: the prelude's and the file's, and what they become with their parameters filled in.

mod order;

use crate::diag::{
    ArgumentCount, ArgumentKind, DivisionByZero, Duplicate, Finding, Findings, FormulaTooLarge, FormulaUnknownFunction,
    FormulaUnknownName, FunctionArity, MisplacedCondition, MisplacedWindow, NotFinite, OutOfDomain, RecursiveCell, UnknownCell,
    UnknownParameter, VariableExponent,
};
use crate::formula::Formula;
use crate::formula::lower::{FormulaError, FormulaErrorKind, Meaning, Scope, function_names, lower};
use crate::limits::MAX_INPUTS;
use crate::plan::Cell;
use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::{self, CellRef, Name, ValueKind};
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

    /// Adds a file's own cell types and checks every one of them, used or not.
    pub fn add<'a>(&mut self, cells: impl IntoIterator<Item = &'a tree::Cell>, findings: &mut Findings) {
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
        lower(&cell.body, inputs, &CellScope { library: self, cell, values })
    }

    /// The cell that `reference` names, with its parameters filled in; what is wrong with it goes to `findings`.
    pub fn instantiate(&self, reference: &CellRef, findings: &mut Findings) -> Option<Cell> {
        let name = &reference.name;
        let Some(definition) = self.definitions.get(&name.node) else {
            return findings.report(UnknownCell { name: name.node.clone(), span: name.span, known: self.names() });
        };
        let values = fill_parameters(definition, reference, findings)?;
        if matches!(self.checked.get(&name.node), Some(None)) {
            return None; // its definition is wrong and has been reported there
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
                usage: None,
            });
        }
        match self.lowered(definition, &values) {
            Ok(formula) => Some(Cell { name: instance_name(&name.node, &values), formula }),
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

/// `swish(7.5)`, `relu`
fn instance_name(name: &str, values: &[f64]) -> String {
    if values.is_empty() {
        return name.to_string();
    }
    let values: Vec<String> = values.iter().map(f64::to_string).collect();
    format!("{name}({})", values.join(", "))
}

/// `swish(beta where > 0)`: how a cell type is declared and therefore written.
pub fn signature(cell: &tree::Cell) -> String {
    let params: Vec<String> = cell.params.iter().map(parameter).collect();
    let inputs = cell.inputs.as_ref().map_or(String::new(), |inputs| {
        let names: Vec<&str> = inputs.iter().map(|input| input.node.as_str()).collect();
        format!("[{}]", names.join(", "))
    });
    let params = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
    format!("{}{inputs}{params}", cell.name.node)
}

/// `alpha = 1 where > 0`
fn parameter(param: &tree::CellParam) -> String {
    let default = param.default.as_ref().map_or(String::new(), |value| format!(" = {}", value.node.text));
    let bounds: Vec<String> = param.domain.iter().map(bound).collect();
    let domain = if bounds.is_empty() { String::new() } else { format!(" where {}", bounds.join(" and ")) };
    format!("{}{default}{domain}", param.name.node)
}

/// `> 0`
pub fn bound(bound: &tree::Bound) -> String {
    format!("{} {}", bound.op.symbol(), bound.limit.node.text)
}

/// A value for every parameter: its default, or an unremarkable one inside its domain, so that a formula can be checked before use.
pub fn sample_values(cell: &tree::Cell) -> Vec<f64> {
    samples(cell, 0)
}

/// How many sets of sample values a definition may fail at before it counts as wrong.
const SAMPLES: usize = 9;

/// As [`sample_values`], passing over the first `skip` candidates of each parameter.
fn samples(cell: &tree::Cell, skip: usize) -> Vec<f64> {
    let unremarkable = [0.731, 1.731, -0.731, 1e-3, -1e-3, 17.31, -17.31, 1731.0, -1731.0];
    let inside =
        |param: &tree::CellParam, value: f64| param.domain.iter().all(|bound| bound.op.holds(value, bound.limit.node.value));
    let value = |param: &tree::CellParam| {
        let near_limits = param.domain.iter().flat_map(|bound| {
            let limit = bound.limit.node.value;
            let step = 0.0731 * limit.abs().max(1.0);
            [limit, limit + step, limit - step]
        });
        let default = param.default.as_ref().map(|number| number.node.value);
        let mut suitable = unremarkable.into_iter().chain(near_limits).filter(|value| inside(param, *value));
        default.or_else(|| suitable.nth(skip)).unwrap_or(0.731)
    };
    cell.params.iter().map(value).collect()
}

fn check_names(cell: &tree::Cell, findings: &mut Findings) {
    let inputs = cell.inputs.iter().flatten();
    let names: Vec<&Name> = inputs.chain(cell.params.iter().map(|param| &param.name)).collect();
    for (i, name) in names.iter().enumerate() {
        if let Some(first) = names[..i].iter().find(|first| first.node == name.node) {
            findings.report::<()>(Duplicate {
                what: "parameter",
                name: name.node.clone(),
                first: Some(first.span),
                second: name.span,
            });
        }
    }
    if let Some(inputs) = cell.inputs.as_ref().filter(|inputs| inputs.len() > usize::from(MAX_INPUTS)) {
        findings.report::<()>(ArgumentCount {
            head: cell.name.node.clone(),
            span: inputs[usize::from(MAX_INPUTS)].span,
            missing: None,
            usage: "cell NAME[u, v, w] = FORMULA".to_string(),
            declared: None,
        });
    }
    for param in &cell.params {
        let Some(default) = &param.default else { continue };
        check_domain(cell, param, default.node.value, default.span, findings);
    }
}

fn check_domain(cell: &tree::Cell, param: &tree::CellParam, value: f64, span: Span, findings: &mut Findings) -> Option<()> {
    match param.domain.iter().find(|bound| !bound.op.holds(value, bound.limit.node.value)) {
        None => Some(()),
        Some(broken) => findings.report(OutOfDomain {
            cell: cell.name.node.clone(),
            parameter: param.name.node.clone(),
            value,
            span,
            bound: bound(broken),
            declared: user_span(broken.span),
            declaration: signature(cell),
        }),
    }
}

/// One value for each parameter of `cell`, from what the reference gives and the defaults.
fn fill_parameters(cell: &tree::Cell, reference: &CellRef, findings: &mut Findings) -> Option<Vec<f64>> {
    let owner = &cell.name.node;
    let declared = user_span(cell.name.span);
    let mut given: Vec<Option<(f64, Span)>> = vec![None; cell.params.len()];
    let mut sound = true;
    for (i, arg) in reference.args.iter().flatten().enumerate() {
        let place = match &arg.key {
            Some(key) => cell.params.iter().position(|param| param.name.node == key.node),
            None => (i < cell.params.len()).then_some(i),
        };
        // From here on `place` is an index into the parameters, and so into `given`.
        let Some(place) = place else {
            sound = false;
            match &arg.key {
                Some(key) => findings.report::<()>(UnknownParameter {
                    name: key.node.clone(),
                    span: key.span,
                    owner: format!("cell `{owner}`"),
                    known: cell.params.iter().map(|param| param.name.node.clone()).collect(),
                    declared,
                }),
                None => {
                    let span = arg.value.span;
                    findings.report::<()>(ArgumentCount {
                        head: owner.clone(),
                        span,
                        missing: None,
                        usage: signature(cell),
                        declared,
                    })
                }
            };
            continue;
        };
        if let Some((_, first)) = given[place] {
            sound = false;
            let name = cell.params[place].name.node.clone();
            findings.report::<()>(crate::diag::RepeatedOption { name, first, second: arg.value.span });
            continue;
        }
        match &arg.value.node {
            ValueKind::Number(number) => given[place] = Some((number.value, arg.value.span)),
            other => {
                sound = false;
                findings.report::<()>(ArgumentKind {
                    head: owner.clone(),
                    span: arg.value.span,
                    expected: "a number".to_string(),
                    found: crate::network::describe(other),
                    origin: None,
                    declared: None,
                    usage: Some(signature(cell)),
                });
            }
        }
    }
    let mut values = Vec::new();
    for (param, given) in cell.params.iter().zip(&given) {
        let value = match (given, &param.default) {
            (Some((value, span)), _) => {
                sound &= check_domain(cell, param, *value, *span, findings).is_some();
                *value
            }
            (None, Some(default)) => default.node.value,
            (None, None) if sound => {
                let missing = Some(format!("a value for `{}`", param.name.node));
                return findings.report(ArgumentCount {
                    head: owner.clone(),
                    span: reference.span,
                    missing,
                    usage: signature(cell),
                    declared,
                });
            }
            (None, None) => return None,
        };
        values.push(value);
    }
    sound.then_some(values)
}

/// The names that one cell's formula knows.
struct CellScope<'a> {
    library: &'a Library,
    cell: &'a tree::Cell,
    values: &'a [f64],
}

impl Scope for CellScope<'_> {
    fn name(&self, name: &str) -> Option<Meaning> {
        let input = match &self.cell.inputs {
            None => (name == "x").then_some(0),
            Some(inputs) => inputs.iter().take(usize::from(MAX_INPUTS)).position(|input| input.node == name),
        };
        if let Some(i) = input {
            return Some(Meaning::Input(i as u8));
        }
        let param = self.cell.params.iter().position(|param| param.name.node == name);
        // There is one value a parameter.
        param.map(|i| self.values[i]).or((name == "pi").then_some(std::f64::consts::PI)).map(Meaning::Number)
    }

    fn cell(&self, name: &Name) -> Result<Formula, FormulaError> {
        let error = |kind| FormulaError { span: name.span, kind };
        let Some(definition) = self.library.definition(&name.node) else {
            let known = function_names().into_iter().chain(self.library.names()).collect();
            return Err(error(FormulaErrorKind::UnknownFunction { name: name.node.clone(), known }));
        };
        if definition.params.iter().any(|param| param.default.is_none()) {
            return Err(error(FormulaErrorKind::NeedsParameters { cell: signature(definition) }));
        }
        // What a cell calls is lowered before it; a callee that is not there yet lies on a circle, which has been reported.
        self.library.formula(&name.node).ok_or(error(FormulaErrorKind::Broken))
    }

    fn names(&self) -> Vec<String> {
        let inputs = match &self.cell.inputs {
            None => vec!["x".to_string()],
            Some(inputs) => inputs.iter().map(|input| input.node.clone()).collect(),
        };
        let params = self.cell.params.iter().map(|param| param.name.node.clone());
        inputs.into_iter().chain(params).chain(["pi".to_string()]).collect()
    }

    fn cells(&self) -> Vec<String> {
        self.library.names()
    }
}

/// Puts formula errors into findings. `given` and `at` tell with which parameter values, where that matters.
fn report(errors: &[FormulaError], given: &[String], at: Option<Span>, findings: &mut Findings) {
    for FormulaError { span, kind } in errors {
        // The prelude's text is not the user's: point at the values instead.
        let (span, at) = if span.source == PRELUDE_SOURCE { (at.unwrap_or(*span), None) } else { (*span, at) };
        match kind.clone() {
            FormulaErrorKind::UnknownName { name, known } => put(findings, FormulaUnknownName { name, span, known }),
            FormulaErrorKind::UnknownFunction { name, known } => put(findings, FormulaUnknownFunction { name, span, known }),
            FormulaErrorKind::Arity { name, takes, given } => put(findings, FunctionArity { name, takes, given, span }),
            FormulaErrorKind::ConditionAsNumber => put(findings, MisplacedCondition { span, is_condition: true }),
            FormulaErrorKind::NumberAsCondition => put(findings, MisplacedCondition { span, is_condition: false }),
            FormulaErrorKind::DivisionByZero => put(findings, DivisionByZero { span, with: given.to_vec(), at }),
            FormulaErrorKind::NotFinite { value } => put(findings, NotFinite { value, span, with: given.to_vec(), at }),
            FormulaErrorKind::VariableExponent => put(findings, VariableExponent { span }),
            FormulaErrorKind::WindowHere => put(findings, MisplacedWindow { span }),
            FormulaErrorKind::TooLarge => put(findings, FormulaTooLarge { span }),
            FormulaErrorKind::NeedsParameters { cell: called } => {
                let head = called.split(['(', '[']).next().unwrap_or_default().to_string();
                let missing = Some("a default for each of its parameters before a formula can call it".to_string());
                put(findings, ArgumentCount { head, span, missing, usage: called, declared: None })
            }
            FormulaErrorKind::Broken => {}
        }
    }
}

fn put(findings: &mut Findings, finding: impl Finding) {
    findings.report::<()>(finding);
}
