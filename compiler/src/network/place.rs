//! What `act`, `window`, `inner` and `replace` have in common: cells, a ratio, a layout, and where they can stand.

use super::{Args, Argument, Builder};
use crate::diag::{
    IncompleteWindows, LayoutNeedsMap, NetTooLarge, OddCell, Oddity, RatioParts, SameCells, UnevenArgs, UnevenShares,
};
use crate::layout::Layout;
use crate::limits::MAX_SHARES;
use crate::plan::{Op, Placement, Share, Word};
use crate::shape::Shape;
use hetc_grammar::span::Span;
use hetc_grammar::tree::CellRef;

/// Cells that a statement wants placed, before it is known where.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub word: Word,
    pub window: Option<([usize; 2], Span)>,
    pub args: u8,
    /// Indices into the catalogue.
    pub cells: Vec<usize>,
    pub ratio: Vec<u64>,
    pub layout: Layout,
    /// Of each cell, whether every layer has a copy of its own; of none where this is empty.
    pub own: Vec<bool>,
    /// Where the cells are written.
    pub mix: Span,
    /// Where their shares are asked for.
    pub shares: Span,
    /// Where the layout is asked for.
    pub arrangement: Span,
}

/// The words of a mix, taken from a statement's arguments before anything else.
pub(super) struct MixWords {
    ratio: Option<Option<Argument>>,
    layout: Option<Option<Argument>>,
}

impl MixWords {
    /// Takes `ratio …` and `layout …`, wherever they stand.
    pub fn take(builder: &mut Builder, args: &mut Args) -> Self {
        let ratio = args.keyword("ratio", "a ratio such as `1:1`", builder.findings);
        let layout = args.keyword("layout", "a layout such as `block`", builder.findings);
        Self { ratio, layout }
    }
}

/// What a statement with the word `word` wants: the cells that `cell_of` makes of the references in `mix`.
pub(super) fn read(
    builder: &mut Builder,
    args: &mut Args,
    words: MixWords,
    (word, window): (Word, Option<([usize; 2], Span)>),
    mix: &Argument,
    mut cell_of: impl FnMut(&mut Builder, usize, &CellRef) -> Option<usize>,
) -> Option<Wanted> {
    let references = args.cells(mix, builder.findings)?;
    let (ratio_argument, layout_argument) = (words.ratio?, words.layout?);
    let ratio = match &ratio_argument {
        Some(argument) => args.ratio(argument, builder.findings),
        None => Some(vec![1; references.len()]),
    };
    let layout = layout(builder, args, layout_argument.as_ref());
    let span = mix.origin.unwrap_or(mix.span);
    let cells: Vec<Option<usize>> =
        references.iter().enumerate().map(|(place, reference)| cell_of(builder, place, reference)).collect();
    if let (Some(ratio), Some(argument)) = (&ratio, &ratio_argument)
        && ratio.len() != references.len()
    {
        let (parts, cells) = (ratio.len(), references.len());
        if builder.odd_mixes.contains(&span) {
            return None;
        }
        builder.odd_mixes.push(span);
        return builder.findings.report(RatioParts { parts, cells, ratio: argument.span, mix: span });
    }
    if references.len() > MAX_SHARES {
        return builder.findings.report(NetTooLarge { what: "cells in one mix", limit: MAX_SHARES as u64, span });
    }
    let cells: Option<Vec<usize>> = cells.into_iter().collect();
    let (ratio, layout, cells) = (ratio?, layout?, cells?);
    let inputs = check_kinds(builder, word, &cells, references)?;
    warn_of_equal_cells(builder, &cells, references);
    let shares = ratio_argument.map_or(mix.span, |argument| argument.span);
    let arrangement = layout_argument.map_or(span, |argument| argument.span);
    Some(Wanted { word, window, args: inputs, cells, ratio, layout, own: Vec::new(), mix: mix.span, shares, arrangement })
}

/// How many values the cells of a mix take, if they can stand together behind `word`.
fn check_kinds(builder: &mut Builder, word: Word, cells: &[usize], references: &[CellRef]) -> Option<u8> {
    let known = |cell: usize| &builder.catalogue.cells[cell]; // the catalogue gave the index
    let first = known(*cells.first()?);
    let odd = |(cell, reference): (&usize, &CellRef)| {
        let cell = known(*cell);
        let oddity = match word {
            Word::Act | Word::Inner if cell.is_windowed() => Oddity::NeedsWindow,
            Word::Window if cell.inputs != 1 => Oddity::TakesSeveral { takes: cell.inputs },
            Word::Inner if cell.calls().next().is_none() => Oddity::NotLearned,
            _ if cell.inputs != first.inputs => {
                Oddity::TakesOther { takes: cell.inputs, other: first.name.clone(), others: first.inputs }
            }
            _ => return None,
        };
        Some(OddCell { cell: reference.name.node.clone(), span: reference.span, oddity })
    };
    match cells.iter().zip(references).find_map(odd) {
        Some(odd) => builder.findings.report(odd),
        None => Some(first.inputs),
    }
}

/// Two cells of a mix that compute the same are one cell with two names.
fn warn_of_equal_cells(builder: &mut Builder, cells: &[usize], references: &[CellRef]) {
    for (i, cell) in cells.iter().enumerate() {
        let known = &builder.catalogue.cells;
        let equal = |(_, other): &(usize, &usize)| *other == cell || known[**other].same_function(&known[*cell]);
        if let Some((j, other)) = cells[..i].iter().enumerate().find(equal) {
            let (first, second) = (known[*other].name.clone(), known[*cell].name.clone());
            let finding = SameCells { first, first_span: references[j].span, second, second_span: references[i].span };
            builder.findings.report::<()>(finding);
        }
    }
}

/// Places what is `wanted` on a value of shape `shape`, which `from` produces: the placement and the shape that it gives.
pub(super) fn fit(builder: &mut Builder, wanted: &Wanted, shape: Shape, from: Option<Span>) -> Option<(Placement, Shape)> {
    let mut placement = Placement {
        word: wanted.word,
        args: wanted.args,
        window: wanted.window.map(|(window, _)| window),
        shares: Vec::new(),
        layout: wanted.layout,
    };
    let Some((sites, output)) = placement.sites(&shape).zip(placement.output(&shape)) else {
        let (units, args, span) = (shape.units(), wanted.args, wanted.mix);
        return builder.findings.report(UnevenArgs { units, args, span, is_map: shape.spatial().is_some(), from });
    };
    if wanted.layout == Layout::Checkerboard && sites.spatial().is_none() {
        return builder.findings.report(LayoutNeedsMap { span: wanted.arrangement, shape, from });
    }
    if let Some((window, span)) = wanted.window {
        warn_if_incomplete(builder, window, span, shape, from);
    }
    let counts = wanted.layout.counts(&wanted.ratio, &sites);
    warn_if_uneven(builder, wanted, &wanted.cells, &counts, &sites, from);
    let shares = wanted.cells.iter().zip(wanted.ratio.iter().zip(counts));
    placement.shares = shares.map(|(cell, (ratio, units))| Share { cell: *cell, ratio: *ratio, units }).collect();
    Some((placement, output))
}

/// What is `wanted`, for a value whose number of units may still change: how many units each share gets is not settled.
pub(super) fn unfitted(builder: &mut Builder, wanted: &Wanted, shape: Shape, from: Option<Span>) -> Placement {
    if let Some((window, span)) = wanted.window {
        warn_if_incomplete(builder, window, span, shape, from);
    }
    let shares = wanted.cells.iter().zip(&wanted.ratio).map(|(cell, ratio)| Share { cell: *cell, ratio: *ratio, units: 0 });
    let window = wanted.window.map(|(window, _)| window);
    Placement { word: wanted.word, args: wanted.args, window, shares: shares.collect(), layout: wanted.layout }
}

/// Adds a layer of the cells that are `wanted`.
pub(super) fn push(builder: &mut Builder, wanted: &Wanted) -> Option<()> {
    let (shape, from) = (builder.shape?, builder.from);
    let (placement, output) = fit(builder, wanted, shape, from)?;
    builder.push(Op::Cells(placement), output)
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

fn warn_if_incomplete(builder: &mut Builder, window: [usize; 2], span: Span, shape: Shape, from: Option<Span>) {
    let (height, width) = shape.spatial().unwrap_or((1, shape.units()));
    if !height.is_multiple_of(window[0]) || !width.is_multiple_of(window[1]) {
        builder.findings.report::<()>(IncompleteWindows { window, shape, span, from });
    }
}

/// Says where the `counts` of the cells at `sites` are not as the ratio asks. `cells` are indices into the catalogue.
pub(super) fn warn_if_uneven(
    builder: &mut Builder,
    wanted: &Wanted,
    cells: &[usize],
    counts: &[u64],
    sites: &Shape,
    from: Option<Span>,
) {
    let Wanted { ratio, layout, .. } = wanted;
    let units: u64 = counts.iter().sum();
    let total: u128 = ratio.iter().map(|part| u128::from(*part)).sum();
    let exact = ratio.iter().zip(counts).all(|(part, count)| u128::from(*count) * total == u128::from(units) * u128::from(*part));
    // A checkerboard's border is never exact; with every cell within one row or column of its share there is nothing to say.
    let silent = counts.contains(&0);
    if exact || (*layout == Layout::Checkerboard && !silent) {
        return;
    }
    let parts: Vec<String> = ratio.iter().map(u64::to_string).collect();
    let noun = match (sites, wanted.window) {
        _ if *layout == Layout::Checkerboard => "positions",
        (Shape::Map(..), _) => "channels",
        (Shape::Vector(_), None) => "units",
        (Shape::Vector(_), Some(_)) => "windows",
    };
    let name = |cell: &usize| builder.catalogue.cells[*cell].name.clone();
    let shares = cells.iter().zip(counts).map(|(cell, count)| (name(cell), *count)).collect();
    let (span, ratio) = (wanted.shares, parts.join(":"));
    builder.findings.report::<()>(UnevenShares { span, units, noun, shares, ratio, from });
}
