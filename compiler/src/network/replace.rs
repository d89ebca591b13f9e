//! `replace conv first half with swish(2)|ptanh(1)`: other cells at some of the sites above.

use super::place::Wanted;
use super::{Args, Argument, Bodies, Builder, Built, Here, Statement, Tapped, act, inner, place, window};
use crate::diag::{
    ArgumentCount, MatchAt, MisplacedMatch, MisplacedReplace, NetTooLarge, ReplacementDoesNotFit, SelectorMatchesNothing,
};
use crate::limits::MAX_REBUILT;
use crate::plan::{Op, Placement, Word};
use crate::rewrite::{Keep, Part, Replacement, RewriteError, Rewritten, Selector, Which, sites};
use crate::shape::Shape;
use hetc_grammar::span::Span;
use hetc_grammar::tree::ValueKind;
use std::collections::BTreeMap;

pub(super) const STATEMENT: Statement = Statement {
    head: "replace",
    usage: "replace all|conv|dense|act|window|inner|TAP [first half|last half|NUMBER] with CELL|CELL|… … or replace … with act|window|inner …",
    summary: "Puts other cells in the place of those above: at all sites, those behind a conv or dense, those of one word, or the one at a tap.",
    options: &["args", "hidden", "seed"],
    bodies: Bodies::None,
    build,
};

/// What a selector can begin with besides a tap.
pub const WORDS: [&str; 6] = ["all", "conv", "dense", "act", "window", "inner"];

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    if let Some(first) = builder.matched_at {
        return builder.findings.report(MisplacedMatch { span: args.head().span, why: MatchAt::Before { first } });
    }
    if builder.depth > 0 {
        return builder.findings.report(MisplacedReplace { span: args.head().span });
    }
    builder.rebuilt += builder.layers.len();
    if builder.rebuilt > MAX_REBUILT {
        let (limit, span) = (MAX_REBUILT as u64, builder.statement);
        return builder.findings.report(NetTooLarge { what: "layers to look at for replacements", limit, span });
    }
    let (selector, span) = selector(builder, args)?;
    expect_with(builder, args)?;
    let wanted = match args.peek_word() {
        Some("window") => {
            args.word_if_next("window");
            window::read(builder, args)?
        }
        Some("inner") => {
            args.word_if_next("inner");
            inner::read(builder, args)?
        }
        _ => {
            args.word_if_next("act");
            act::read(builder, args)?
        }
    };
    builder.shape?; // what is above is whole, or has been complained about
    let Built { plan, .. } = builder.snapshot()?;
    let layers = match sites(&plan, &selector) {
        Ok(layers) => layers,
        Err(why) => return builder.findings.report(SelectorMatchesNothing { selector: selector.to_string(), span, why }),
    };
    let mut rewritten = Rewritten { plan, sites: std::mem::take(&mut builder.replaced) };
    let found_before = builder.findings.len();
    let done = rewritten.replace(&layers, builder.keep, |layer, shape| {
        if wanted.word == Word::Window {
            let (_, span) = wanted.window?;
            window::check_axes(builder, args, &wanted, *shape, span)?;
        }
        let from = builder.spans.get(layer).copied();
        // The number of units is settled by the widths that follow: only a window's own axes can be wrong here.
        let mut placement = place::unfitted(builder, &wanted, *shape, from);
        for (share, _) in placement.shares.iter_mut().zip(&wanted.own).filter(|(_, own)| **own) {
            share.cell = builder.own_copy(share.cell);
        }
        Some(Replacement { placement, catalogue: builder.catalogue.clone() })
    });
    if builder.findings.has_errors_since(found_before) {
        return None;
    }
    if let Err(error) = done {
        return does_not_fit(builder, wanted.mix, error);
    }
    builder.resume(rewritten);
    // In a baseline the widths are not settled yet.
    match builder.keep {
        Keep::Inputs => warn_of_shares(builder, &wanted),
        Keep::Outputs => builder.unsettled.push(wanted),
    }
    Some(())
}

impl Builder<'_> {
    /// Says what a baseline whose widths are settled cannot share out.
    pub(super) fn settle(&mut self) {
        for wanted in std::mem::take(&mut self.unsettled) {
            warn_of_shares(self, &wanted);
        }
    }
}

/// Says where what is `wanted` cannot be shared out as it asks.
fn warn_of_shares(builder: &mut Builder, wanted: &Wanted) {
    let window = wanted.window.map(|(window, _)| window);
    let is_new = |placement: &Placement| {
        (placement.word, placement.window, placement.layout) == (wanted.word, window, wanted.layout)
            && placement.ratio() == wanted.ratio
    };
    let replaced: Vec<(Placement, Shape)> = builder
        .replaced
        .iter()
        .filter_map(|site| match &builder.layers[site.layer].op {
            Op::Cells(placement) if is_new(placement) => Some((placement.clone(), builder.layers[site.layer].input)),
            _ => None,
        })
        .collect();
    for (placement, input) in replaced {
        let counts: Vec<u64> = placement.shares.iter().map(|share| share.units).collect();
        let cells: Vec<usize> = placement.shares.iter().map(|share| share.cell).collect();
        if let Some(sites) = placement.sites(&input) {
            place::warn_if_uneven(builder, wanted, &cells, &counts, &sites, None);
        }
    }
}

fn does_not_fit<T>(builder: &mut Builder, span: Span, error: RewriteError) -> Option<T> {
    let at = error.layer.as_ref().and_then(|name| builder.layers.iter().position(|layer| layer.name == *name));
    let from = at.and_then(|index| builder.spans.get(index).copied());
    builder.findings.report(ReplacementDoesNotFit { span, error, from })
}

/// What is meant, and where it is written.
fn selector(builder: &mut Builder, args: &mut Args) -> Option<(Selector, Span)> {
    let first = args.next("which sites, such as `all` or `conv first half`", builder.findings)?;
    let name = args.name(&first, "which sites: `all`, `conv`, `dense`, `act`, `window`, `inner`, or a tap", builder.findings)?;
    let which = match name.node.as_str() {
        "all" => Which::All,
        "conv" => Which::Conv,
        "dense" => Which::Dense,
        "act" => Which::Word(Word::Act),
        "window" => Which::Word(Word::Window),
        "inner" => Which::Word(Word::Inner),
        tap => Which::Tap(tap.to_string()),
    };
    let mut span = first.span;
    let part = match args.peek() {
        Some(Argument { kind: ValueKind::Number(_), .. }) => {
            let argument = args.next("a number", builder.findings)?;
            span = span.to(argument.span);
            Part::Nth(args.size(&argument, "the number of a site", 1, builder.findings)?)
        }
        Some(argument) if matches!(argument.kind.as_word(), Some("first" | "last")) => {
            let argument = args.next("a half", builder.findings)?;
            let half = args.next("`half`", builder.findings)?;
            args.choice(&half, "part", &[("half", ())], builder.findings)?;
            span = span.to(half.span);
            if argument.kind.as_word() == Some("first") { Part::FirstHalf } else { Part::LastHalf }
        }
        _ => Part::Whole,
    };
    Some((Selector { which, part }, span))
}

fn expect_with(builder: &mut Builder, args: &mut Args) -> Option<()> {
    if args.word_if_next("with") {
        return Some(());
    }
    let (head, usage) = (args.head().node.clone(), args.usage().to_string());
    let span = args.peek().map_or(args.head().span, |argument| argument.span);
    let missing = Some("`with` and what comes in their place".to_string());
    builder.findings.report(ArgumentCount { head, span, missing, written: None, usage, declared: None })
}

impl Builder<'_> {
    /// Goes on from a plan that has been changed.
    pub(super) fn resume(&mut self, rewritten: Rewritten) {
        let Rewritten { plan, sites } = rewritten;
        // A change may add or remove a flatten; every layer keeps the line that asked for it.
        let asked: BTreeMap<u32, Span> = self.layers.iter().zip(&self.spans).map(|(layer, span)| (layer.line, *span)).collect();
        self.spans = plan.layers.iter().map(|layer| asked.get(&layer.line).copied().unwrap_or(self.statement)).collect();
        let here = |value: usize| Here { value, shape: Some(plan.shape(value)), from: self.from };
        self.taps = plan
            .taps
            .iter()
            .zip(&self.taps)
            .map(|(tap, old)| Tapped { name: tap.name.clone(), span: old.span, here: here(tap.value), used: old.used })
            .collect();
        self.value = plan.layers.len();
        self.shape = Some(plan.output);
        self.layers = plan.layers;
        self.catalogue = crate::cells::Catalogue { functions: plan.functions, tables: plan.tables, cells: plan.cells };
        self.replaced = sites;
    }
}
