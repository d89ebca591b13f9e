//! Several ways from one value, and back together: `residual { … } skip { … }`, `branch concat { … } and { … }`, `join add stem`.

use super::{Args, Bodies, Builder, Here, Statement};
use crate::diag::{BranchesDisagree, UnknownTap};
use crate::figures::joined;
use crate::plan::{Join, Op};
use hetc_grammar::span::Span;

pub(super) const RESIDUAL: Statement = Statement {
    head: "residual",
    usage: "residual { … } or residual { … } skip { … }",
    summary: "The sum of what the statements give and of the value itself, or of what the statements behind `skip` give.",
    options: &[],
    bodies: Bodies::First { label: "skip", most: 2 },
    build: residual,
};

pub(super) const BRANCH: Statement = Statement {
    head: "branch",
    usage: "branch add|multiply|concat { … } and { … }",
    summary: "Several ways from one value, joined: their sum, their product, or one after the other. Empty braces are the value itself.",
    options: &[],
    bodies: Bodies::First { label: "and", most: usize::MAX },
    build: branch,
};

pub(super) const JOIN: Statement = Statement {
    head: "join",
    usage: "join add|multiply|concat TAP",
    summary: "Joins this value with an earlier one that a `tap` has named.",
    options: &[],
    bodies: Bodies::None,
    build: join,
};

pub(super) const TAP: Statement = Statement {
    head: "tap",
    usage: "tap NAME",
    summary: "Gives the value here a name.",
    options: &[],
    bodies: Bodies::None,
    build: tap,
};

const JOINS: [(&str, Join); 3] = [("add", Join::Add), ("multiply", Join::Multiply), ("concat", Join::Concat)];

fn residual(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let start = builder.here();
    let mut ways = ways(builder, args)?;
    if ways.len() == 1 {
        ways.push((start, args.head().span));
    }
    rejoin(builder, args, Join::Add, &ways)
}

fn branch(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let argument = args.next("how the branches are joined", builder.findings)?;
    let how = args.choice(&argument, "way to join", &JOINS, builder.findings);
    let ways = ways(builder, args)?;
    if ways.len() < 2 {
        let usage = args.usage().to_string();
        let (head, span, missing) = (args.head().node.clone(), args.head().span, Some("a second branch".to_string()));
        return builder.findings.report(crate::diag::ArgumentCount { head, span, missing, written: None, usage, declared: None });
    }
    rejoin(builder, args, how?, &ways)
}

/// What each of the bodies comes to, all of them from here.
fn ways(builder: &mut Builder, args: &Args) -> Option<Vec<(Here, Span)>> {
    let start = builder.here();
    let mut ways = Vec::new();
    for body in args.bodies {
        builder.go_to(start);
        builder.body(&body.stmts)?;
        ways.push((builder.here(), body.span));
    }
    Some(ways)
}

fn join(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let argument = args.next("how the values are joined", builder.findings)?;
    let how = args.choice(&argument, "way to join", &JOINS, builder.findings);
    let mut ways = vec![(builder.here(), args.head().span)];
    let mut next = Some(args.next("the name of a tap", builder.findings)?);
    while let Some(argument) = next {
        let name = args.name(&argument, "the name of a tap", builder.findings)?;
        let Some(tap) = builder.taps.iter().rfind(|tap| tap.name == name.node) else {
            if builder.has_lost_taps {
                return None; // it may stand in what could not be read
            }
            let writable = builder.taps.iter().filter(|tap| !tap.name.contains('.'));
            let known = writable.map(|tap| tap.name.clone()).collect();
            let several = builder.several.contains(&name.node);
            return builder.findings.report(UnknownTap { name: name.node, span: name.span, known, several });
        };
        ways.push((tap.here, argument.span));
        next = if args.has_next() { Some(args.next("the name of a tap", builder.findings)?) } else { None };
    }
    rejoin(builder, args, how?, &ways)
}

fn tap(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let argument = args.next("a name", builder.findings)?;
    let name = args.name(&argument, "a name", builder.findings)?;
    if super::replace::WORDS.contains(&name.node.as_str()) {
        return args.wrong_kind(&argument, "a name that is no word of `replace`", builder.findings);
    }
    builder.tap(name)
}

/// One value of several, if their shapes allow it.
fn rejoin(builder: &mut Builder, args: &Args, how: Join, ways: &[(Here, Span)]) -> Option<()> {
    builder.go_to(ways[0].0); // there are two at least
    let shapes: Option<Vec<_>> = ways.iter().map(|(here, _)| here.shape).collect();
    let shapes = shapes?;
    let Some(output) = joined(how, &shapes) else {
        let ways = shapes.iter().zip(ways).map(|(shape, (_, span))| (*shape, *span)).collect();
        return builder.findings.report(BranchesDisagree { how, span: args.head().span, ways });
    };
    builder.push_from(Op::Join { how }, ways.iter().map(|(here, _)| here.value).collect(), output)
}
