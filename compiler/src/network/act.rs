//! `act swish(7.5)|ptanh(1) ratio 1:1 layout block`: every unit answers with its cell.

use super::place::{self, MixWords, Wanted};
use super::{Args, Bodies, Builder, Statement};
use crate::plan::Word;

pub(super) const STATEMENT: Statement = Statement {
    head: "act",
    usage: "act CELL|CELL|… [ratio 1:1] [layout interleave|block|checkerboard|random [seed=0]]",
    summary: "Every unit answers with its cell type; several types share the units in a ratio. A cell of n values takes n units for one.",
    options: &["seed"],
    bodies: Bodies::None,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let wanted = read(builder, args)?;
    place::push(builder, &wanted)
}

pub(super) fn read(builder: &mut Builder, args: &mut Args) -> Option<Wanted> {
    let words = MixWords::take(builder, args);
    let mix = args.next("a cell type", builder.findings)?;
    place::read(builder, args, words, (Word::Act, None), &mix, |builder, _, reference| builder.cell(reference))
}
