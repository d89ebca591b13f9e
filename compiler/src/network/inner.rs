//! `inner mlp[64,64] args=2`: every unit answers with a small network that learns.

use super::place::{self, MixWords, Wanted};
use super::{Args, Argument, Bodies, Builder, Statement};
use crate::diag::{OddCell, Oddity, words};
use crate::limits::MAX_INPUTS;
use crate::plan::{Step, Word};
use hetc_grammar::tree::CellRef;

pub(super) const STATEMENT: Statement = Statement {
    head: "inner",
    usage: "inner mlp[WIDTH,…] [args=1] [hidden=relu] [own] [ratio 1:1] [layout interleave|block|checkerboard|random [seed=0]] or inner NAME|NAME",
    summary: "Every unit, or every ARGS units for one, answers with a small learned network, which equal layers share unless it is their own.",
    options: &["args", "hidden", "seed"],
    bodies: Bodies::None,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let wanted = read(builder, args)?;
    place::push(builder, &wanted)
}

pub(super) fn read(builder: &mut Builder, args: &mut Args) -> Option<Wanted> {
    let words = MixWords::take(builder, args);
    let mix = args.next("a learned function such as `mlp[64,64]`", builder.findings)?;
    let own = sharing(args);
    let args_argument = args.option("args");
    let count = match &args_argument {
        Some(argument) => count(builder, args, argument),
        None => Some(1),
    };
    let hidden_argument = args.option("hidden");
    let hidden = match &hidden_argument {
        Some(argument) => match args.cells(argument, builder.findings)? {
            [only] => Some(Some(only)),
            _ => args.wrong_kind(argument, "one cell type", builder.findings),
        },
        None => Some(None),
    };
    let (count, hidden) = (count?, hidden?);
    let references = args.cells(&mix, builder.findings)?;
    if own && references.iter().all(|reference| reference.sizes.is_none()) {
        let expected = "no `own` with a function that has a name, which is one network wherever it is named";
        return args.wrong_kind(&mix, expected, builder.findings);
    }
    let prefix = if own { builder.owner() } else { String::new() };
    let options = args_argument.as_ref().or(hidden_argument.as_ref());
    let cell_of = |builder: &mut Builder, place: usize, reference: &CellRef| match &reference.sizes {
        Some(_) => builder.network(reference, place, count, hidden, &prefix),
        None => builder.named(reference, args, options),
    };
    // Made here, since what reads the layout takes further arguments.
    let cells: Vec<Option<usize>> =
        references.iter().enumerate().map(|(place, reference)| cell_of(builder, place, reference)).collect();
    let own = references.iter().map(|reference| own && reference.sizes.is_some()).collect();
    let wanted = place::read(builder, args, words, (Word::Inner, None), &mix, |_, place, _| cells.get(place).copied().flatten())?;
    Some(Wanted { own, ..wanted })
}

/// Whether each layer has a function of its own.
fn sharing(args: &mut Args) -> bool {
    let own = args.word_if_next("own");
    own || {
        args.word_if_next("shared");
        false
    }
}

fn count(builder: &mut Builder, args: &Args, argument: &Argument) -> Option<u8> {
    let what = "the number of arguments";
    let count = args.size(argument, what, 1, builder.findings)?;
    match u8::try_from(count) {
        Ok(count) if count <= MAX_INPUTS => Some(count),
        _ => args.out_of_range(argument, what, &count.to_string(), &format!("from 1 to {MAX_INPUTS}"), builder.findings),
    }
}

impl Builder<'_> {
    /// What the names of the functions of one more layer begin with.
    fn owner(&mut self) -> String {
        loop {
            self.owners += 1;
            let prefix = format!("own{}.", self.owners);
            // The plan that a derived net starts from may have it.
            if !self.catalogue.functions.iter().any(|function| function.name.starts_with(&prefix)) {
                return prefix;
            }
        }
    }

    /// A cell like `cell`, with a function of its own.
    pub(super) fn own_copy(&mut self, cell: usize) -> usize {
        let prefix = self.owner();
        let named = |name: &str| format!("{prefix}{}", name.split_once('.').map_or(name, |(_, name)| name));
        let mut copy = self.catalogue.cells[cell].clone(); // the catalogue gave the index
        copy.name = named(&copy.name);
        for step in &mut copy.steps {
            let Step::Call { function, .. } = step else { continue };
            let mut own = self.catalogue.functions[*function].clone(); // likewise
            own.name = named(&own.name);
            *function = self.catalogue.function(own);
        }
        self.catalogue.cell(copy)
    }

    /// A cell that `reference` names, in the catalogue.
    pub(super) fn cell(&mut self, reference: &CellRef) -> Option<usize> {
        let (library, name) = (self.context.library, &reference.name.node);
        if reference.sizes.is_some() && library.kind(name).is_none() {
            let oddity = Oddity::Nameless { written: reference.to_string() };
            return self.findings.report(OddCell { cell: name.clone(), span: reference.span, oddity });
        }
        self.context.library.instantiate(reference, &mut self.catalogue, self.findings)
    }

    /// `mlp[64,64]`, the one at `place` in its mix: equal ones are one, whichever layers have them.
    fn network(&mut self, reference: &CellRef, place: usize, args: u8, hidden: Option<&CellRef>, prefix: &str) -> Option<usize> {
        let mut name = format!("{prefix}{reference}");
        if place > 0 {
            name += &format!("#{}", place + 1);
        }
        if args > 1 {
            name += &format!(" args={args}");
        }
        if let Some(hidden) = hidden.filter(|hidden| hidden.name.node != "relu") {
            name += &format!(" hidden={hidden}");
        }
        self.context.library.network(reference, args, hidden, &name, &mut self.catalogue, self.findings)
    }

    /// A learned function with a name: what it is stands where it is defined.
    fn named(&mut self, reference: &CellRef, args: &Args, option: Option<&Argument>) -> Option<usize> {
        let cell = self.cell(reference)?;
        match option {
            None => Some(cell),
            Some(option) => {
                let expected = format!("no option: `{}` is what its definition says", reference.name.node);
                self.findings.report(crate::diag::ArgumentKind {
                    head: args.head().node.clone(),
                    span: option.span,
                    expected,
                    found: words::value(&option.kind),
                    origin: option.origin,
                    declared: None,
                    written: None,
                    usage: Some(args.usage().to_string()),
                })
            }
        }
    }
}
