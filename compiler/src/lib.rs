//! Syntax tree → checked plan.
//!
//! [`compile`] is the whole way from a text to plans: every network of a file with all its numbers, and everything that is wrong with
//! the text. It reads no files, prints nothing, and knows nothing of what will run a plan.
//!
//! The passes, in order: the grammar reads the text and the files it uses; [`cells`] checks every cell definition; [`network`] goes
//! through each net's statements with the shape at hand and builds its [`plan::Plan`]; baselines and variants are made from the plans of
//! others; [`diag`] puts what was found into words.

pub mod allow;
pub mod cells;
pub mod diag;
pub mod diff;
pub mod emit;
pub mod figures;
mod files;
pub mod fix;
pub mod formula;
pub mod layout;
pub mod limits;
mod nets;
pub mod network;
pub mod plan;
pub mod rewrite;
pub mod shape;

pub use files::{Loaded, Loader, NoFiles};
pub use nets::CompiledNet;

use cells::Library;
use diag::{
    BeyondLimit, Diagnostic, Duplicate, Finding, Findings, Severity, Syntax, UnknownNet, UnknownParameter, UnreadableFile, Unused,
};
use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::{self, Item, Name, NetParam, Parsed, SyntaxError, SyntaxErrorKind, Text, Value};
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

impl Compilation {
    /// Whether anything found is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.code.severity == Severity::Error)
    }

    /// The net called `name`, or the only one if there is no name.
    pub fn net(&self, name: Option<&str>) -> Result<&CompiledNet, Box<Diagnostic>> {
        let chosen = match name {
            Some(name) => self.nets.iter().find(|net| net.name == name),
            None => self.nets.first().filter(|_| self.nets.len() == 1),
        };
        let known = || self.nets.iter().map(|net| net.name.clone()).collect();
        chosen.ok_or_else(|| Box::new(UnknownNet { name: name.map(str::to_string), known: known() }.diagnose()))
    }
}

/// Compiles a text that is called `source` (any id but [`cells::PRELUDE_SOURCE`]), with `settings` in place of defaults. It can use no
/// other files.
pub fn compile(source: SourceId, text: &str, settings: &[Setting]) -> Compilation {
    compile_with(source, text, settings, &mut NoFiles)
}

/// As [`compile`], with the files that the text uses.
pub fn compile_with(source: SourceId, text: &str, settings: &[Setting], loader: &mut dyn Loader) -> Compilation {
    analyse(source, text, hetc_grammar::parse(source, text), settings, loader)
}

/// As [`compile_with`], for a text that has been read already.
pub fn analyse(source: SourceId, text: &str, parsed: Parsed, settings: &[Setting], loader: &mut dyn Loader) -> Compilation {
    let mut findings = Findings::default();
    let files = files::gather(source, text, parsed, loader, &mut findings);
    for error in files.iter().flat_map(|file| &file.parsed.errors) {
        report_syntax(error, &mut findings);
    }
    // The prelude's own text defines what is there already.
    let is_prelude = text == cells::PRELUDE;
    let items = || files.iter().filter(|_| !is_prelude).flat_map(|file| &file.parsed.file.items);
    let own = || files.iter().filter(|file| file.source == source).flat_map(|file| &file.parsed.file.items);
    let mut library = Library::prelude();
    files.iter().for_each(|file| library.add_broken(&file.parsed.broken_cells));
    let mut text_of = |path: &Text| loader.load(path.span.source, &path.node).map(|loaded| loaded.text);
    if !findings.places_of(<UnreadableFile as Finding>::CODE).is_empty() {
        library.forget_unknown();
    }
    library.add(items(), &mut text_of, &mut findings);
    check_names(items(), &mut findings);
    check_settings(own(), settings, &mut findings);

    let context = network::Context {
        library: &library,
        blocks: blocks(items()),
        incomplete: !findings.places_of(<UnreadableFile as Finding>::CODE).is_empty(),
        set: !settings.is_empty(),
        errors: files.iter().flat_map(|file| &file.parsed.errors).collect(),
        line_starts: files.iter().map(|file| (file.source, file.line_starts())).collect(),
    };
    let nets = nets::build(items().collect(), source, &context, settings, &mut findings);
    let has_nets = own().any(|item| matches!(item, Item::Net(_) | Item::Derived(_)));
    if context.errors.is_empty() && has_nets {
        warn_of_unused(own(), settings, &mut findings);
    }
    drop(context);
    // What a file allows is about itself; of a file that is used, not everything has been looked at.
    let allow = |found, file: &files::File| {
        let whole = file.source == source && settings.is_empty();
        allow::apply(&file.text, &file.parsed.comments, whole, found)
    };
    let diagnostics = files.iter().fold(findings.into_sorted(), allow);
    Compilation { nets, diagnostics, library }
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

/// Blocks by name; of several with one name, the first.
fn blocks<'a>(items: impl Iterator<Item = &'a Item>) -> BTreeMap<&'a str, &'a tree::Block> {
    let mut blocks: BTreeMap<&str, &tree::Block> = BTreeMap::new();
    for item in items {
        if let Item::Block(block) = item {
            blocks.entry(&block.name.node).or_insert(block);
        }
    }
    blocks
}

/// Nets, blocks and their parameters have names of their own.
fn check_names<'a>(items: impl Iterator<Item = &'a Item>, findings: &mut Findings) {
    let mut seen: BTreeMap<(&str, &str), Span> = BTreeMap::new();
    for item in items {
        let (what, name, params): (&str, &Name, &[NetParam]) = match item {
            Item::Net(net) => ("net", &net.name, &net.params),
            Item::Derived(derived) => ("net", &derived.name, &[]),
            Item::Block(block) => ("block", &block.name, &block.params),
            _ => continue,
        };
        let built_in = what == "block" && network::STATEMENTS.iter().any(|statement| statement.head == name.node);
        let first = seen.get(&(what, name.node.as_str())).copied();
        if first.is_some() || built_in {
            let what = if built_in { "statement" } else { what };
            findings.report::<()>(Duplicate { what, name: name.node.clone(), first, second: name.span });
        }
        seen.entry((what, &name.node)).or_insert(name.span);
        let mut named: BTreeMap<&str, Span> = BTreeMap::new();
        for param in params {
            if let Some(first) = named.insert(&param.name.node, param.name.span) {
                let name = param.name.node.clone();
                findings.report::<()>(Duplicate { what: "parameter", name, first: Some(first), second: param.name.span });
            }
        }
    }
}

/// A setting has to name a parameter of at least one net.
fn check_settings<'a>(items: impl Iterator<Item = &'a Item>, settings: &[Setting], findings: &mut Findings) {
    let nets: Vec<&tree::Net> = items.filter_map(|item| if let Item::Net(net) = item { Some(net) } else { None }).collect();
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

/// Cells, learned functions and blocks that no net of the file comes to.
fn warn_of_unused<'a>(items: impl Iterator<Item = &'a Item> + Clone, settings: &[Setting], findings: &mut Findings) {
    let mut unused: BTreeMap<&str, &Item> = BTreeMap::new();
    let mut open: BTreeSet<&str> = BTreeSet::new();
    for item in items.clone() {
        match item {
            Item::Net(net) => network::names_used(net, &mut open),
            Item::Derived(derived) => network::names_in_body(&derived.body, &mut open),
            Item::Cell(tree::Cell { name, .. })
            | Item::Inner(tree::Inner { name, .. })
            | Item::Block(tree::Block { name, .. }) => {
                unused.entry(&name.node).or_insert(item);
            }
            Item::Use(_) => {}
        }
    }
    settings.iter().for_each(|setting| network::names_in(&setting.value.node, &mut open));
    // What something used mentions is used.
    let mut open: Vec<&str> = open.into_iter().collect();
    while let Some(name) = open.pop() {
        if let Some(item) = unused.remove(name) {
            open.extend(network::mentioned(item));
        }
    }
    let duplicates = findings.places_of(<Duplicate as Finding>::CODE);
    for item in unused.into_values() {
        let (what, name) = match item {
            Item::Cell(cell) => (cell.kind.word(), &cell.name),
            Item::Inner(inner) => ("learned function", &inner.name),
            Item::Block(block) => ("block", &block.name),
            _ => continue,
        };
        // What has a name that is taken gets no second message.
        if duplicates.contains(&name.span) {
            continue;
        }
        findings.report::<()>(Unused { what, name: name.node.clone(), span: name.span });
    }
}
