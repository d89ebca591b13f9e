//! `hetc cells`: every cell type with formula, derivative, domain and a small plot.

use crate::Status;
use crate::failure::Failure;
use crate::plot::plot;
use crate::sources::Sources;
use crate::terminal::Terminal;
use hetc_compiler::cells::{self, Catalogue, Library};
use hetc_compiler::diag::suggest::similar;
use hetc_compiler::diag::words;
use hetc_compiler::formula::{Builder, Formula, NodeId};
use hetc_compiler::plan::Trained;
use hetc_grammar::tree::{self, CellBody, CellKind, CellRef, ValueKind};
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
        None => [library.names(), library.function_names()]
            .concat()
            .iter()
            .filter_map(|name| typical(&library, name, terminal))
            .collect(),
        Some(wanted) => match one(&library, &wanted, terminal)? {
            Some(page) => vec![page],
            None => return Ok(Status::Findings),
        },
    };
    terminal.print(&pages.join("\n"));
    Ok(Status::Fine)
}

/// The page of a cell type at its defaults, or at typical values where it has none; of a learned function, what it is.
fn typical(library: &Library, name: &str, terminal: &Terminal) -> Option<String> {
    if let (Some(learned), Some(function)) = (library.learned(name), library.function(name)) {
        let (takes, params) = (words::count(function.inputs.into(), "value"), words::thousands(function.params));
        let written = tree::Item::Inner(learned.clone());
        return Some(format!("{name}\n  learned     {}\n  takes       {takes}; {params} parameters\n", print_item(written)));
    }
    let definition = library.definition(name)?;
    let staged = library.staged(name)?;
    let formula = staged.steps.is_empty().then(|| settled(&staged.formula, staged.inputs, &staged.trained));
    Some(page(library, definition, formula.as_ref(), &cells::sample_values(definition), terminal))
}

/// `item` as the language writes it, on one line.
fn print_item(item: tree::Item) -> String {
    hetc_grammar::print(&tree::File { items: vec![item] }).trim_end().to_string()
}

/// `formula` with trained parameters where they start.
fn settled(formula: &Formula, inputs: u8, trained: &[Trained]) -> Formula {
    let mut builder = Builder::new();
    let values = (0..inputs).map(|i| builder.input(i)).collect::<Vec<NodeId>>();
    let starts = trained.iter().map(|trained| builder.constant(trained.start)).collect::<Vec<NodeId>>();
    let roots = builder.inline(formula, &[values, starts].concat());
    builder.finish(&roots, inputs)
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
    if let Some(page) = typical(library, wanted, terminal) {
        return Ok(Some(page));
    }
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
    let mut catalogue = Catalogue::default();
    let index = library.instantiate(reference, &mut catalogue, &mut findings);
    terminal.diagnostics(&findings.into_sorted(), &sources);
    let numbers: Vec<f64> = reference
        .args
        .iter()
        .flatten()
        .filter_map(|arg| if let ValueKind::Number(number) = &arg.value.node { Some(number.value) } else { None })
        .collect();
    let cell = index.map(|index| &catalogue.cells[index]); // the catalogue gave the index
    Ok(cell.map(|cell| {
        let formula = cell.steps.is_empty().then(|| settled(&cell.formula, cell.inputs, &cell.trained));
        page(library, definition, formula.as_ref(), &numbers, terminal)
    }))
}

/// `formula` is what there is to differentiate and to draw: nothing for windows, tables and what calls learned functions.
fn page(library: &Library, definition: &tree::Cell, formula: Option<&Formula>, values: &[f64], terminal: &Terminal) -> String {
    let mut out = format!("{}\n", cells::signature(definition));
    if let Some(comment) = library.comment(&definition.name.node) {
        out += &format!("  {comment}\n");
    }
    match &definition.body {
        CellBody::Formula(body) => out += &format!("  formula     {body}\n"),
        CellBody::Table(path) => out += &format!("  table       \"{}\"\n", path.node),
    }
    let name = &definition.name.node;
    let inputs = definition.inputs.as_ref().map_or(1, Vec::len);
    match (definition.kind, inputs) {
        (CellKind::Window, _) => out += &format!("  placed by   window {name} 2x2\n"),
        (CellKind::Element, 1) => {}
        (CellKind::Element, n) => out += &format!("  placed by   act {name}, {n} units for one\n"),
    }
    out += &format!("  domain      {}\n", domain(definition));
    let Some(formula) = formula.filter(|formula| formula.inputs() == 1) else { return out };
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
