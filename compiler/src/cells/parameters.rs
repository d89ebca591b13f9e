//! A cell's parameters: what their declaration may say, and which values a reference gives them.

use super::signature::{bound, signature};
use super::user_span;
use crate::diag::{
    ArgumentCount, ArgumentKind, Duplicate, EmptyDomain, Findings, NotFinite, OutOfDomain, UnknownParameter, words,
};
use crate::limits::MAX_INPUTS;
use crate::plan::{Per, Trained};
use hetc_grammar::span::Span;
use hetc_grammar::tree::{self, Bound, CellBody, CellKind, CellRef, CmpOp, Name, ValueKind};

/// Reports what a declaration says that cannot be: names with two meanings, too many values, numbers outside their domain.
pub(super) fn check_declaration(cell: &tree::Cell, findings: &mut Findings) {
    check_names(cell, findings);
    check_inputs(cell, findings);
    for param in &cell.params {
        check_bounds(cell, param, findings);
        let Some(default) = &param.default else { continue };
        check_domain(cell, param, default.node.value, default.span, findings);
    }
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
    let taken = |name: &&&Name| name.node == "pi" || cell.inputs.is_none() && name.node == "x";
    for name in names.iter().filter(taken) {
        findings.report::<()>(Duplicate { what: "parameter", name: name.node.clone(), first: None, second: name.span });
    }
}

/// Values beyond what a cell of its kind takes.
fn check_inputs(cell: &tree::Cell, findings: &mut Findings) {
    let most = usize::from(MAX_INPUTS);
    let inputs = cell.inputs.as_deref().unwrap_or_default();
    let (extra, usage) = match (&cell.body, cell.kind) {
        (CellBody::Table(_), _) => {
            let params = cell.params.iter().map(|param| param.span);
            (inputs.iter().map(|input| input.span).chain(params).next(), "cell NAME = table \"FILE\"")
        }
        (_, CellKind::Window) => (inputs.first().map(|input| input.span), "window NAME(PARAMETERS) = FORMULA of `x`"),
        _ => (inputs.get(most).map(|input| input.span), "cell NAME[u, v, w] = FORMULA"),
    };
    if let Some(span) = extra {
        findings.report::<()>(ArgumentCount {
            head: cell.name.node.clone(),
            span,
            missing: None,
            written: None,
            usage: usage.to_string(),
            declared: None,
        });
    }
    if let (CellBody::Table(path), CellKind::Window) = (&cell.body, cell.kind) {
        findings.report::<()>(ArgumentKind {
            head: "window".to_string(),
            span: path.span,
            expected: "a formula of the window".to_string(),
            found: "a table".to_string(),
            origin: None,
            declared: None,
            written: None,
            usage: Some("cell NAME = table \"FILE\"".to_string()),
        });
    }
}

/// Reports bounds that no number keeps.
fn check_bounds(cell: &tree::Cell, param: &tree::CellParam, findings: &mut Findings) {
    if let Some((low, high)) = at_odds(param) {
        findings.report::<()>(EmptyDomain {
            cell: cell.name.node.clone(),
            parameter: param.name.node.clone(),
            low: (bound(low), low.span),
            high: (bound(high), high.span),
        });
    }
}

/// Two bounds of `param`, from below and from above, that no number keeps both.
fn at_odds(param: &tree::CellParam) -> Option<(&Bound, &Bound)> {
    let from_below = |bound: &&Bound| matches!(bound.op, CmpOp::Gt | CmpOp::Ge);
    let (lows, highs): (Vec<&Bound>, Vec<&Bound>) = param.domain.iter().partition(from_below);
    let mut pairs = lows.iter().flat_map(|low| highs.iter().map(move |high| (*low, *high)));
    pairs.find(|(low, high)| {
        let (from, to) = (low.limit.node.value, high.limit.node.value);
        from > to || from == to && (low.op == CmpOp::Gt || high.op == CmpOp::Lt)
    })
}

fn check_domain(cell: &tree::Cell, param: &tree::CellParam, value: f64, span: Span, findings: &mut Findings) -> Option<()> {
    if param.learn.is_some() && !(value as f32).is_finite() {
        return findings.report(NotFinite { value, span, with: Vec::new(), at: None });
    }
    if at_odds(param).is_some() {
        return Some(()); // no value could be inside, which has been reported
    }
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
pub(super) fn fill_parameters(cell: &tree::Cell, reference: &CellRef, findings: &mut Findings) -> Option<Vec<f64>> {
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
                        written: None,
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
                    found: words::value(other),
                    origin: None,
                    declared: None,
                    written: None,
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
                    written: None,
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

/// The trained parameters of `cell`, which start at their part of `values`; there is one value a parameter.
pub(super) fn trained(cell: &tree::Cell, values: &[f64]) -> Vec<Trained> {
    let trained = cell.params.iter().zip(values).filter_map(|(param, start)| {
        let per = match param.learn.as_ref()?.per.as_ref().map(|per| per.node) {
            Some(tree::Per::Net) => Per::Net,
            Some(tree::Per::Channel) => Per::Channel,
            Some(tree::Per::Layer) | None => Per::Layer,
        };
        Some(Trained { name: param.name.node.clone(), start: *start, per })
    });
    trained.collect()
}
