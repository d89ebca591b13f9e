//! `baseline matched of two_arg { … }`: a net made from the plan of another one.

use super::{Args, Bodies, Bound, Builder, Built, Context, Statement, Tapped, expect, replace};
use crate::cells::Catalogue;
use crate::diag::{BaselineNotMatched, Findings, MatchAt, MisplacedMatch, UnknownWord};
use crate::network::Here;
use crate::rewrite::{Keep, Rewritten, Rule, match_params};
use hetc_grammar::tree::{Derivation, Derived, Stmt};
use std::collections::BTreeMap;

const MATCH: Statement = Statement {
    head: "match",
    usage: "match params [tolerance=0.01] [widths=sites|all]",
    summary: "Solves widths so that there are as many parameters as in the net that this one is made from.",
    options: &["tolerance", "widths"],
    bodies: Bodies::None,
    build: solve,
};

/// Every statement of a derived net.
pub const STATEMENTS: &[Statement] = &[replace::STATEMENT, MATCH, expect::STATEMENT];

/// The net that `derived` makes from `base`, which has the parameters `params`; `None` if anything in it is wrong.
pub fn derive<'a>(
    derived: &'a Derived,
    base: &Built,
    context: &'a Context<'a>,
    params: BTreeMap<String, Bound>,
    findings: &'a mut Findings,
) -> Option<Built> {
    let broken_at = context.broken_in(derived.span);
    let mut builder = Builder::new(&derived.name, context, params, broken_at, findings);
    builder.start_from(base, derived.kind);
    let mut sound = true;
    for stmt in &derived.body {
        sound &= builder.change(stmt).is_some();
    }
    if !sound || broken_at.is_some() {
        return None;
    }
    builder.settle();
    let matched = builder.matched.take();
    let built = builder.snapshot()?;
    debug_assert_eq!(built.plan.verify(), Ok(()));
    Some(Built { matched, ..built })
}

impl Builder<'_> {
    fn start_from(&mut self, base: &Built, kind: Derivation) {
        let plan = &base.plan;
        let here = |value: usize| Here { value, shape: Some(plan.shape(value)), from: None };
        self.input = Some((plan.input, self.name.span));
        self.target = plan.params;
        self.keep = if kind == Derivation::Baseline { Keep::Outputs } else { Keep::Inputs };
        self.spans = base.spans.clone();
        self.layers = plan.layers.clone();
        self.catalogue = Catalogue { functions: plan.functions.clone(), tables: plan.tables.clone(), cells: plan.cells.clone() };
        self.taps = plan
            .taps
            .iter()
            .map(|tap| Tapped { name: tap.name.clone(), span: self.name.span, here: here(tap.value), used: false })
            .collect();
        (self.value, self.shape) = (plan.layers.len(), Some(plan.output));
    }

    /// One statement of a derived net.
    fn change(&mut self, stmt: &Stmt) -> Option<()> {
        if self.broken_at.is_some_and(|broken| broken <= stmt.span.start) {
            self.shape = None;
        }
        (self.asked, self.statement) = (stmt.span, stmt.span);
        let head = &stmt.head;
        let Some(statement) = STATEMENTS.iter().find(|statement| statement.head == head.node) else {
            self.shape = None;
            let known = STATEMENTS.iter().map(|statement| statement.head).collect();
            let what = "statement of a derived net";
            return self.findings.report(UnknownWord { word: head.node.clone(), span: head.span, known, what });
        };
        let built = self.run(statement, stmt);
        if built.is_none() {
            self.shape = None;
        }
        built
    }
}

fn solve(builder: &mut Builder, args: &mut Args) -> Option<()> {
    if builder.keep == Keep::Inputs {
        let (span, why) = (args.head().span, MatchAt::Variant);
        return builder.findings.report(MisplacedMatch { span, why });
    }
    if let Some(first) = builder.matched_at {
        return builder.findings.report(MisplacedMatch { span: args.head().span, why: MatchAt::Again { first } });
    }
    let what = args.next("what is to match: `params`", builder.findings)?;
    args.choice(&what, "figure", &[("params", ())], builder.findings)?;
    let tolerance = match args.option("tolerance") {
        Some(argument) => args.number_in(&argument, "the tolerance", 0.0, 1.0, builder.findings),
        None => Some(0.01),
    };
    let rule = match args.option("widths") {
        Some(argument) => args.choice(&argument, "rule", &[("sites", Rule::Sites), ("all", Rule::All)], builder.findings),
        None => Some(Rule::Sites),
    };
    let (tolerance, rule) = (tolerance?, rule?);
    builder.shape?;
    let Built { plan, .. } = builder.snapshot()?;
    let rewritten = Rewritten { plan, sites: builder.replaced.clone() };
    match match_params(&rewritten, builder.target, rule, tolerance) {
        Ok(matched) => {
            builder.resume(Rewritten { plan: matched.plan.clone(), sites: rewritten.sites });
            builder.matched = Some(matched);
            builder.matched_at = Some(builder.statement);
            Some(())
        }
        Err(error) => {
            let span = builder.statement;
            builder.findings.report(BaselineNotMatched { span, target: builder.target, tolerance, error })
        }
    }
}
