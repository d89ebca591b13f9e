//! The nets of a file: those that are written out, then those that are made from them.

use crate::Setting;
use crate::diag::{Findings, MissingParameter, UnknownBase, Unused};
use crate::network::{self, Bound, Built, Context};
use crate::plan::Plan;
use crate::rewrite::Matched;
use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::{self, Item};
use std::collections::{BTreeMap, BTreeSet};

/// One net of a file.
#[derive(Debug, Clone)]
pub struct CompiledNet {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Its plan, if it is whole. An `expect` that fails is an error, but leaves the plan as true as it was.
    pub plan: Option<Plan>,
    /// The statement behind each of the plan's layers.
    pub statements: Vec<Span>,
    /// The net that it is made from, if it is made from one.
    pub base: Option<String>,
    /// How its widths were solved for, if they were.
    pub matched: Option<Matched>,
}

/// A net that has been looked at.
struct Done<'a> {
    name: &'a tree::Name,
    built: Option<Built>,
    params: BTreeMap<String, Bound>,
}

/// The nets of the file `source`, and those of the others that it makes nets from.
pub(crate) fn build<'a>(
    items: Vec<&'a Item>,
    source: SourceId,
    context: &Context<'a>,
    settings: &[Setting],
    findings: &mut Findings,
) -> Vec<CompiledNet> {
    let mut done: BTreeMap<&str, Done> = BTreeMap::new();
    let bases: BTreeSet<&str> = items
        .iter()
        .filter_map(|item| if let Item::Derived(derived) = item { Some(derived.of.node.as_str()) } else { None })
        .collect();
    for item in &items {
        let Item::Net(net) = item else { continue };
        let needed = net.name.span.source == source || bases.contains(net.name.node.as_str());
        if !needed || done.contains_key(net.name.node.as_str()) {
            continue;
        }
        let params = parameters(net, settings, findings);
        let built = params.as_ref().and_then(|params| compile(net, context, params, findings));
        done.insert(&net.name.node, Done { name: &net.name, built, params: params.unwrap_or_default() });
    }
    derive(&items, source, context, &mut done, findings);
    let names = items.iter().filter_map(|item| match item {
        Item::Net(net) => Some(&net.name),
        Item::Derived(derived) => Some(&derived.name),
        _ => None,
    });
    let bases_of: BTreeMap<&str, &str> = items
        .iter()
        .filter_map(|item| if let Item::Derived(derived) = item { Some((&*derived.name.node, &*derived.of.node)) } else { None })
        .collect();
    let own = names.filter(|name| name.span.source == source);
    let compiled = own.map(|name| {
        let found = done.get(name.node.as_str()).filter(|found| found.name.span == name.span);
        let built = found.and_then(|found| found.built.clone());
        let (plan, statements, matched) =
            built.map_or((None, Vec::new(), None), |built| (Some(built.plan), built.spans, built.matched));
        let base = bases_of.get(name.node.as_str()).map(|base| base.to_string());
        CompiledNet { name: name.node.clone(), span: name.span, plan, statements, base, matched }
    });
    compiled.collect()
}

/// What the parameters of `net` stand for; `None` if one has no value.
fn parameters(net: &tree::Net, settings: &[Setting], findings: &mut Findings) -> Option<BTreeMap<String, Bound>> {
    let mut params: BTreeMap<String, Bound> = BTreeMap::new();
    let mut sound = true;
    for param in &net.params {
        let setting = settings.iter().rev().find(|setting| setting.name.node == param.name.node);
        match setting.map(|setting| &setting.value).or(param.default.as_ref()) {
            Some(value) => {
                let value = network::resolved(value, &params);
                params.insert(param.name.node.clone(), Bound { value, declared: param.name.span });
            }
            None => {
                sound = false;
                let name = param.name.node.clone();
                findings.report::<()>(MissingParameter { net: net.name.node.clone(), name, span: param.name.span });
            }
        }
    }
    sound.then_some(params) // its statements could only complain about the missing values
}

fn compile(net: &tree::Net, context: &Context, params: &BTreeMap<String, Bound>, findings: &mut Findings) -> Option<Built> {
    let built = network::build(net, context, params.clone(), findings);
    if context.errors.is_empty() {
        let mut used = BTreeSet::new();
        network::names_reached(net, &context.blocks, &mut used);
        for (name, bound) in params.iter().filter(|(name, _)| !used.contains(name.as_str())) {
            findings.report::<()>(Unused { what: "parameter", name: name.to_string(), span: bound.declared });
        }
    }
    built
}

/// Makes the nets that are derived from others, whatever their order.
fn derive<'a>(
    items: &[&'a Item],
    source: SourceId,
    context: &Context<'a>,
    done: &mut BTreeMap<&'a str, Done<'a>>,
    findings: &mut Findings,
) {
    let derived = items.iter().filter_map(|item| if let Item::Derived(derived) = item { Some(derived) } else { None });
    let mut open: Vec<&tree::Derived> = derived.filter(|derived| !done.contains_key(derived.name.node.as_str())).collect();
    // In each round those whose base is there; each round makes one at least.
    while let Some(place) = open.iter().position(|derived| done.contains_key(derived.of.node.as_str())) {
        let derived = open.remove(place);
        let base = &done[derived.of.node.as_str()];
        let params = base.params.clone();
        let built = match &base.built {
            Some(base) => network::derive(derived, base, context, params.clone(), findings),
            None => None, // what is wrong with it has been said
        };
        done.entry(&derived.name.node).or_insert(Done { name: &derived.name, built, params });
    }
    let open = if context.incomplete { Vec::new() } else { open };
    for derived in open.iter().filter(|derived| derived.name.span.source == source) {
        let others = open.iter().any(|other| other.name.node == derived.of.node);
        let circle = others.then(|| derived.name.node.clone());
        let known = done.keys().map(|name| name.to_string()).collect();
        findings.report::<()>(UnknownBase { name: derived.of.node.clone(), span: derived.of.span, known, circle });
    }
}
