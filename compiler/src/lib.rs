//! Syntax tree → checked plan.
//!
//! [`compile`] is the whole way from a text to plans: every network of a file with all its numbers, and everything that is wrong with
//! the text. It reads no files, prints nothing, and knows nothing of what will run a plan.
//!
//! The passes, in order: the grammar reads the text; [`cells`] checks every cell definition; [`network`] goes through each net's
//! statements with the shape at hand and builds its [`plan::Plan`]; [`diag`] puts what was found into words.

pub mod allow;
pub mod cells;
pub mod diag;
pub mod emit;
pub mod figures;
pub mod fix;
pub mod formula;
pub mod layout;
pub mod limits;
pub mod network;
pub mod plan;
pub mod shape;

use cells::Library;
use diag::{
    BeyondLimit, Diagnostic, Duplicate, Findings, MissingParameter, Severity, Syntax, UnknownNet, UnknownParameter, Unused,
};

use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::{self, Item, Name, Parsed, SyntaxError, SyntaxErrorKind, Value};
use network::Bound;
use plan::Plan;
use std::collections::{BTreeMap, BTreeSet};

/// `cells='swish(2)|ptanh(1)'`: a value for a parameter of a net, given from outside.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The parameter.
    pub name: Name,
    /// Its value.
    pub value: Value,
}

/// What compiling a file gives.
pub struct Compilation {
    /// Every net of the file, in order.
    pub nets: Vec<CompiledNet>,
    /// Everything that was found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The file's cell types together with the prelude's.
    pub library: Library,
}

/// One net of a file.
#[derive(Debug, Clone)]
pub struct CompiledNet {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Its plan, if it is whole. An `expect` that fails is an error, but leaves the plan as true as it was.
    pub plan: Option<Plan>,
}

impl Compilation {
    /// Whether anything found is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.code.severity == Severity::Error)
    }

    /// The net called `name`, or the only one if there is no name.
    pub fn net(&self, name: Option<&str>) -> Result<&CompiledNet, Box<Diagnostic>> {
        use diag::Finding;
        let chosen = match name {
            Some(name) => self.nets.iter().find(|net| net.name == name),
            None => self.nets.first().filter(|_| self.nets.len() == 1),
        };
        let known = || self.nets.iter().map(|net| net.name.clone()).collect();
        chosen.ok_or_else(|| Box::new(UnknownNet { name: name.map(str::to_string), known: known() }.diagnose()))
    }
}

/// Compiles a text that is called `source` (any id but [`cells::PRELUDE_SOURCE`]), with `settings` in place of defaults.
pub fn compile(source: SourceId, text: &str, settings: &[Setting]) -> Compilation {
    analyse(text, &hetc_grammar::parse(source, text), settings)
}

/// As [`compile`], for a text that has been read already.
pub fn analyse(text: &str, parsed: &Parsed, settings: &[Setting]) -> Compilation {
    let mut findings = Findings::default();
    for error in &parsed.errors {
        report_syntax(error, &mut findings);
    }
    // The prelude's own text defines what is there already.
    let is_prelude = text == cells::PRELUDE;
    let cells = || {
        parsed
            .file
            .items
            .iter()
            .filter(|_| !is_prelude)
            .filter_map(|item| if let Item::Cell(cell) = item { Some(cell) } else { None })
    };
    let nets = || parsed.file.items.iter().filter_map(|item| if let Item::Net(net) = item { Some(net) } else { None });
    let mut library = Library::prelude();
    library.add_broken(&parsed.broken_cells);
    library.add(cells(), &mut findings);
    check_net_names(nets(), &mut findings);
    check_settings(nets(), settings, &mut findings);

    let line_starts: Vec<u32> =
        std::iter::once(0).chain(text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, i)| i)).collect();
    let mut compiled = Vec::new();
    for net in nets() {
        let plan = compile_net(net, &library, settings, &line_starts, &parsed.errors, &mut findings);
        compiled.push(CompiledNet { name: net.name.node.clone(), span: net.name.span, plan });
    }
    if parsed.errors.is_empty() && nets().next().is_some() {
        let defined = |cell: &&tree::Cell| library.definition(&cell.name.node).is_some_and(|known| known.span == cell.span);
        warn_of_unused_cells(cells().filter(defined), nets(), settings, &mut findings);
    }
    let diagnostics = allow::apply(text, &parsed.comments, settings.is_empty(), findings.into_sorted());
    Compilation { nets: compiled, diagnostics, library }
}

fn report_syntax(error: &SyntaxError, findings: &mut Findings) {
    match error.kind {
        SyntaxErrorKind::TooDeep
        | SyntaxErrorKind::TooManyOperators
        | SyntaxErrorKind::TooLong { .. }
        | SyntaxErrorKind::NumberTooLarge => findings.report::<()>(BeyondLimit(error.clone())),
        _ => findings.report::<()>(Syntax(error.clone())),
    };
}

fn check_net_names<'a>(nets: impl Iterator<Item = &'a tree::Net>, findings: &mut Findings) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for net in nets {
        if let Some(first) = seen.get(net.name.node.as_str()) {
            let name = net.name.node.clone();
            findings.report::<()>(Duplicate { what: "net", name, first: Some(*first), second: net.name.span });
        }
        seen.entry(&net.name.node).or_insert(net.name.span);
        let mut params: BTreeMap<&str, Span> = BTreeMap::new();
        for param in &net.params {
            if let Some(first) = params.insert(&param.name.node, param.name.span) {
                let name = param.name.node.clone();
                findings.report::<()>(Duplicate { what: "parameter", name, first: Some(first), second: param.name.span });
            }
        }
    }
}

/// A setting has to name a parameter of at least one net.
fn check_settings<'a>(nets: impl Iterator<Item = &'a tree::Net>, settings: &[Setting], findings: &mut Findings) {
    let nets: Vec<&tree::Net> = nets.collect();
    let known: BTreeSet<&str> = nets.iter().flat_map(|net| &net.params).map(|param| param.name.node.as_str()).collect();
    for setting in settings.iter().filter(|setting| !known.contains(setting.name.node.as_str())) {
        let owner = match nets.as_slice() {
            [net] => format!("net `{}`", net.name.node),
            _ => "this file".to_string(),
        };
        findings.report::<()>(UnknownParameter {
            name: setting.name.node.clone(),
            span: setting.name.span,
            owner,
            known: known.iter().map(|name| name.to_string()).collect(),
            declared: None,
        });
    }
}

fn compile_net(
    net: &tree::Net,
    library: &Library,
    settings: &[Setting],
    line_starts: &[u32],
    errors: &[SyntaxError],
    findings: &mut Findings,
) -> Option<Plan> {
    let mut params: BTreeMap<&str, Bound> = BTreeMap::new();
    let mut sound = true;
    for param in &net.params {
        let setting = settings.iter().rev().find(|setting| setting.name.node == param.name.node);
        match setting.map(|setting| &setting.value).or(param.default.as_ref()) {
            Some(value) => {
                params.insert(&param.name.node, Bound { value, declared: param.name.span });
            }
            None => {
                sound = false;
                let name = param.name.node.clone();
                findings.report::<()>(MissingParameter { net: net.name.node.clone(), name, span: param.name.span });
            }
        }
    }
    let first_error = errors.get(errors.partition_point(|error| error.span.start < net.span.start));
    let broken_at = first_error.map(|error| error.span.start).filter(|start| *start <= net.span.end);
    if !sound {
        return None; // its statements could only complain about the missing values
    }
    let plan = network::build(net, library, &params, line_starts, broken_at, findings);
    if broken_at.is_none() {
        let mut used = BTreeSet::new();
        network::names_in_body(&net.body, &mut used);
        for (name, bound) in params.iter().filter(|(name, _)| !used.contains(*name)) {
            findings.report::<()>(Unused { what: "parameter", name: name.to_string(), span: bound.declared });
        }
    }
    plan
}

fn warn_of_unused_cells<'a>(
    cells: impl Iterator<Item = &'a tree::Cell>,
    nets: impl Iterator<Item = &'a tree::Net>,
    settings: &[Setting],
    findings: &mut Findings,
) {
    let mut unused: BTreeMap<&str, &tree::Cell> = cells.map(|cell| (cell.name.node.as_str(), cell)).collect();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for net in nets {
        network::names_used(net, &mut used);
    }
    settings.iter().for_each(|setting| network::names_in(&setting.value.node, &mut used));
    // A used cell makes the cells that it calls used.
    let mut open: Vec<&str> = used.into_iter().collect();
    while let Some(name) = open.pop() {
        let Some(cell) = unused.remove(name) else { continue };
        open.extend(formula::calls::calls(&cell.body).into_iter().map(|call| call.node.as_str()));
    }
    for cell in unused.into_values() {
        findings.report::<()>(Unused { what: "cell", name: cell.name.node.clone(), span: cell.name.span });
    }
}
