//! `hetc cells`: every cell type with formula, derivative, domain and a small plot.

use crate::Status;
use crate::failure::Failure;
use crate::plot::plot;
use crate::sources::Sources;
use crate::terminal::Terminal;
use hetc_compiler::cells::{self, Library};
use hetc_compiler::diag::suggest::similar;
use hetc_compiler::formula::Formula;
use hetc_grammar::tree::{self, CellRef, ValueKind};
use std::path::PathBuf;

pub fn run(cell: Option<String>, spec: Option<PathBuf>, terminal: &Terminal) -> Result<Status, Failure> {
    let library = match spec {
        None => Library::prelude(),
        Some(path) => {
            let mut sources = Sources::new();
            match super::compile::open(&path, &[], &mut sources, terminal)? {
                Some(opened) if !opened.compilation.has_errors() => opened.compilation.library,
                _ => return Ok(Status::Findings),
            }
        }
    };
    let pages: Vec<String> = match cell {
        None => library.names().iter().filter_map(|name| typical(&library, name, terminal)).collect(),
        Some(wanted) => match one(&library, &wanted, terminal)? {
            Some(page) => vec![page],
            None => return Ok(Status::Findings),
        },
    };
    terminal.print(&pages.join("\n"));
    Ok(Status::Fine)
}

/// The page of a cell type at its defaults, or at typical values where it has none.
fn typical(library: &Library, name: &str, terminal: &Terminal) -> Option<String> {
    let definition = library.definition(name)?;
    Some(page(library, definition, &library.formula(name)?, &cells::sample_values(definition), terminal))
}

/// The page of `swish` or `swish(7.5)`; `None` if the parameters are wrong, which has been shown.
fn one(library: &Library, wanted: &str, terminal: &Terminal) -> Result<Option<String>, Failure> {
    let mut sources = Sources::new();
    let id = sources.add("the cell", wanted);
    let reference = match hetc_grammar::parse_value(id, wanted).0.map(|value| value.node) {
        Some(ValueKind::Cells(refs)) if refs.len() == 1 => refs.into_iter().next(),
        _ => None,
    };
    let names = library.names();
    let known = |reference: &CellRef| library.definition(&reference.name.node);
    let Some((reference, definition)) = reference.as_ref().and_then(|reference| known(reference).map(|cell| (reference, cell)))
    else {
        let near = similar(wanted, names.iter().map(String::as_str));
        let help = near.map_or(format!("there are {}", names.join(", ")), |near| format!("a similar one exists: `{near}`"));
        return Err(Failure::new(format!("no cell type is called `{wanted}`")).help(help));
    };
    if reference.args.is_none() {
        return Ok(typical(library, &reference.name.node, terminal));
    }
    let mut findings = hetc_compiler::diag::Findings::default();
    let cell = library.instantiate(reference, &mut findings);
    terminal.diagnostics(&findings.into_sorted(), &sources);
    let numbers = reference.args.iter().flatten().filter_map(|arg| match &arg.value.node {
        ValueKind::Number(number) => Some(number.value),
        _ => None,
    });
    Ok(cell.map(|cell| page(library, definition, &cell.formula, &numbers.collect::<Vec<f64>>(), terminal)))
}

fn page(library: &Library, definition: &tree::Cell, formula: &Formula, values: &[f64], terminal: &Terminal) -> String {
    let mut out = format!("{}\n", cells::signature(definition));
    if let Some(comment) = library.comment(&definition.name.node) {
        out += &format!("  {comment}\n");
    }
    out += &format!("  formula     {}\n", definition.body.node);
    out += &format!("  domain      {}\n", domain(definition));
    if formula.inputs() != 1 {
        return out;
    }
    let derivative = formula.derivative(0);
    let given: Vec<String> =
        definition.params.iter().zip(values).map(|(param, value)| format!("{} = {value}", param.name.node)).collect();
    let at = if given.is_empty() { String::new() } else { format!("    with {}", given.join(", ")) };
    out += &format!("  derivative  {derivative}{at}\n");
    out + &plot(formula, &derivative, terminal.style.ascii)
}

/// Which numbers the inputs and parameters may be.
fn domain(definition: &tree::Cell) -> String {
    let bounds = definition.params.iter().filter(|param| !param.domain.is_empty()).map(|param| {
        let bounds: Vec<String> = param.domain.iter().map(|bound| bound.to_string()).collect();
        format!("{} {}", param.name.node, bounds.join(" and "))
    });
    std::iter::once("every number".to_string()).chain(bounds).collect::<Vec<_>>().join("; ")
}
