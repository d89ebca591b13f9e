//! `act swish(7.5)|ptanh(1) ratio 1:1 layout block`: every unit answers with its cell.

use super::{Args, Argument, Builder, Statement};
use crate::cells::{Kind, user_span};
use crate::diag::{ArgumentKind, LayoutNeedsMap, NetTooLarge, RatioParts, SameCells, UnevenShares};
use crate::layout::Layout;
use crate::limits::MAX_SHARES;
use crate::plan::{Op, Placement, Share, Word};
use crate::shape::Shape;
use hetc_grammar::span::Span;
use hetc_grammar::tree::CellRef;

pub(super) const STATEMENT: Statement = Statement {
    head: "act",
    usage: "act CELL|CELL|… [ratio 1:1] [layout interleave|block|checkerboard|random [seed=0]]",
    summary: "Every unit answers with its cell type; several types share the units in a ratio.",
    options: &["seed"],
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let ratio_argument = args.keyword("ratio", "a ratio such as `1:1`", builder.findings);
    let layout_argument = args.keyword("layout", "a layout such as `block`", builder.findings);
    let mix_argument = args.next("a cell type", builder.findings)?;
    let references = args.cells(&mix_argument, builder.findings)?;
    let (ratio_argument, layout_argument) = (ratio_argument?, layout_argument?);
    let ratio = match &ratio_argument {
        Some(argument) => args.ratio(argument, builder.findings),
        None => Some(vec![1; references.len()]),
    };
    let layout = layout(builder, args, layout_argument.as_ref());
    let cells: Vec<Option<usize>> = references.iter().map(|reference| cell(builder, reference)).collect();
    let mix_span = mix_argument.origin.unwrap_or(mix_argument.span);
    if let (Some(ratio), Some(argument)) = (&ratio, &ratio_argument)
        && ratio.len() != references.len()
    {
        let (parts, cells) = (ratio.len(), references.len());
        if builder.odd_mixes.contains(&mix_span) {
            return None;
        }
        builder.odd_mixes.push(mix_span);
        return builder.findings.report(RatioParts { parts, cells, ratio: argument.span, mix: mix_span });
    }
    if references.len() > MAX_SHARES {
        return builder.findings.report(NetTooLarge { what: "cells in one mix", limit: MAX_SHARES as u64, span: mix_span });
    }
    let cells: Option<Vec<usize>> = cells.into_iter().collect();
    let (ratio, layout, cells, shape) = (ratio?, layout?, cells?, builder.shape?);
    if layout == Layout::Checkerboard && shape.spatial().is_none() {
        let span = layout_argument.map_or(mix_span, |argument| argument.span);
        return builder.findings.report(LayoutNeedsMap { span, shape, from: builder.from });
    }
    let counts = layout.counts(&ratio, &shape);
    let span = ratio_argument.map_or(mix_argument.span, |argument| argument.span);
    warn_if_same(builder, references, &cells);
    warn_if_uneven(builder, span, &cells, &ratio, &counts, &shape, layout);
    let shares = cells.into_iter().zip(ratio.iter().zip(counts));
    let shares = shares.map(|(cell, (ratio, units))| Share { cell, ratio: *ratio, units }).collect();
    builder.push(Op::Cells(Placement { word: Word::Act, args: 1, window: None, shares, layout }), shape)
}

/// The cell that `reference` names, which has to answer for one unit.
fn cell(builder: &mut Builder, reference: &CellRef) -> Option<usize> {
    let index = builder.library.instantiate(reference, &mut builder.catalogue, builder.findings)?;
    let cell = &builder.catalogue.cells[index];
    let name = &reference.name.node;
    let found = match (cell.inputs, builder.library.kind(name)) {
        (1, Some(Kind::Window)) => format!("`{name}`, which answers within a window"),
        (1, _) => return Some(index),
        (takes, _) => format!("`{name}`, which takes {takes}"),
    };
    builder.findings.report(ArgumentKind {
        head: "act".to_string(),
        span: reference.span,
        expected: "a cell of one value".to_string(),
        found,
        origin: None,
        declared: builder.library.definition(name).and_then(|cell| user_span(cell.name.span)),
        written: None,
        usage: None,
    })
}

fn warn_if_same(builder: &mut Builder, references: &[CellRef], cells: &[usize]) {
    let known = &builder.catalogue.cells;
    for (i, (reference, cell)) in references.iter().zip(cells).enumerate() {
        let same = |other: &usize| other != cell && known[*other].same_function(&known[*cell]);
        let Some(first) = cells[..i].iter().position(same) else { continue };
        builder.findings.report::<()>(SameCells {
            first: known[cells[first]].name.clone(),
            first_span: references[first].span,
            second: known[*cell].name.clone(),
            second_span: reference.span,
        });
    }
}

fn layout(builder: &mut Builder, args: &mut Args, argument: Option<&Argument>) -> Option<Layout> {
    let seed = match args.option("seed") {
        Some(argument) => Some((args.size(&argument, "the seed", 0, builder.findings)? as u64, argument)),
        None => None,
    };
    let Some(argument) = argument else { return without_seed(builder, args, Layout::default(), seed) };
    let random = Layout::Random { seed: seed.as_ref().map_or(0, |(seed, _)| *seed) };
    let layouts = [
        ("interleave", Layout::Interleave),
        ("block", Layout::Block),
        ("checkerboard", Layout::Checkerboard),
        ("random", random),
    ];
    let layout = args.choice(argument, "layout", &layouts, builder.findings)?;
    if layout == random { Some(layout) } else { without_seed(builder, args, layout, seed) }
}

/// Only a random layout has a seed.
fn without_seed(builder: &mut Builder, args: &Args, layout: Layout, seed: Option<(u64, Argument)>) -> Option<Layout> {
    match seed {
        None => Some(layout),
        Some((_, argument)) => args.wrong_kind(&argument, "no seed unless the layout is `random`", builder.findings),
    }
}

fn warn_if_uneven(
    builder: &mut Builder,
    span: Span,
    cells: &[usize],
    ratio: &[u64],
    counts: &[u64],
    shape: &Shape,
    layout: Layout,
) {
    let units: u64 = counts.iter().sum();
    let total: u128 = ratio.iter().map(|part| u128::from(*part)).sum();
    let exact = ratio.iter().zip(counts).all(|(part, count)| u128::from(*count) * total == u128::from(units) * u128::from(*part));
    // A checkerboard's border is never exact; with every cell within one row or column of its share there is nothing to say.
    if exact || layout == Layout::Checkerboard {
        return;
    }
    let parts: Vec<String> = ratio.iter().map(u64::to_string).collect();
    let noun = if shape.spatial().is_some() { "channels" } else { "units" };
    let shares = cells.iter().zip(counts).map(|(cell, count)| (builder.catalogue.cells[*cell].name.clone(), *count)).collect();
    builder.findings.report::<()>(UnevenShares { span, units, noun, shares, ratio: parts.join(":"), from: builder.from });
}
