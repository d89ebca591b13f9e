//! `hetc check --fix`: the changes that diagnostics offer, made as far as they do good.
//!
//! No change is trusted. Changes are tried together on a copy, which is checked again: they stay only if no error appears that was not
//! there before, and something is gone. An error that a change brings to light may be fixed in turn before that is judged. Otherwise
//! each half of the changes is tried by itself, down to single ones. So fixing never adds an error, and fixing what was fixed changes
//! nothing.

use crate::diag::{Diagnostic, Fix, Severity};
use hetc_grammar::span::SourceId;
use std::collections::BTreeMap;

/// A text with its fixes made.
#[derive(Debug)]
pub struct Fixed {
    /// The text as it is now.
    pub text: String,
    /// What was mended, each with the line it stood on, from 1, at that moment.
    pub done: Vec<(usize, Diagnostic)>,
    /// What is found in the text as it is now.
    pub left: Vec<Diagnostic>,
}

/// How many times changes may bring to light what offers a change in turn.
const MOST_LEVELS: usize = 4;
/// How often a text is checked at most: a text with thousands of changes that do no good is left as it is.
const MOST_CHECKS: usize = 2_000;

/// Makes the changes that the diagnostics of `text` offer; `check` says what is found in a text that is called `source`.
pub fn fix(source: SourceId, text: &str, check: &dyn Fn(&str) -> Vec<Diagnostic>) -> Fixed {
    let mut fixed = Fixed { text: text.to_string(), done: Vec::new(), left: check(text) };
    let mut search = Search { source, check, checks: MOST_CHECKS };
    // Every step leaves fewer diagnostics, so there is an end.
    while let Some(better) = search.better(&fixed, &offers(source, &fixed.text, &fixed.left)) {
        fixed = better;
    }
    fixed
}

/// The search for changes that do good.
struct Search<'a> {
    source: SourceId,
    check: &'a dyn Fn(&str) -> Vec<Diagnostic>,
    /// How many are left.
    checks: usize,
}

impl Search<'_> {
    /// The text with all of `offered` made, or else with some.
    fn better(&mut self, fixed: &Fixed, offered: &[Diagnostic]) -> Option<Fixed> {
        if offered.is_empty() {
            return None;
        }
        let (first, second) = offered.split_at(offered.len() / 2);
        let all = self.all(fixed, offered);
        let half = |search: &mut Self| search.better(fixed, first).or_else(|| search.better(fixed, second));
        all.or_else(|| if first.is_empty() { None } else { half(self) })
    }

    /// The text with all of `offered` made, and what they bring to light.
    fn all(&mut self, fixed: &Fixed, offered: &[Diagnostic]) -> Option<Fixed> {
        let mut next = self.made(fixed, offered)?;
        for _ in 0..MOST_LEVELS {
            if is_better(&fixed.left, &next.left) {
                return Some(next);
            }
            let known = errors(&fixed.left);
            let new: Vec<Diagnostic> = next.left.iter().filter(|found| !known.contains_key(&key(found))).cloned().collect();
            let more = offers(self.source, &next.text, &new);
            if more.is_empty() {
                return None;
            }
            next = self.made(&next, &more)?;
        }
        None
    }

    /// The text with some changes made, none of which reaches into another; `None` when it has been checked often enough.
    fn made(&mut self, fixed: &Fixed, changes: &[Diagnostic]) -> Option<Fixed> {
        self.checks = self.checks.checked_sub(1)?;
        let mut next = Fixed { text: String::with_capacity(fixed.text.len()), done: fixed.done.clone(), left: Vec::new() };
        let (mut end, mut line) = (0, 1);
        for (found, fix) in changes.iter().filter_map(|found| Some((found, found.fix.as_ref()?))) {
            let kept = &fixed.text[end..fix.span.range().start];
            line += kept.matches('\n').count();
            next.done.push((line, found.clone()));
            next.text = next.text + kept + &fix.text;
            line += fixed.text[fix.span.range()].matches('\n').count();
            end = fix.span.range().end;
        }
        next.text += &fixed.text[end..];
        next.left = (self.check)(&next.text);
        Some(next)
    }
}

/// Those of `list` that offer a change of this text, in its order, none reaching into another's.
fn offers(source: SourceId, text: &str, list: &[Diagnostic]) -> Vec<Diagnostic> {
    let fits = |fix: &Fix| fix.span.source == source && text.get(fix.span.range()).is_some_and(|old| old != fix.text);
    let mut offered: Vec<&Diagnostic> = list.iter().filter(|found| found.fix.as_ref().is_some_and(fits)).collect();
    let place = |found: &Diagnostic| found.fix.as_ref().map_or(0..0, |fix| fix.span.range());
    offered.sort_by_key(|found| (place(found).start, place(found).end));
    let mut end = None;
    offered.retain(|found| {
        let free = end.is_none_or(|end| place(found).start > end);
        end = if free { Some(place(found).end) } else { end };
        free
    });
    offered.into_iter().cloned().collect()
}

/// Whether no error is new, and fewer errors are left, or as many and fewer warnings.
fn is_better(before: &[Diagnostic], after: &[Diagnostic]) -> bool {
    let count = |list: &[Diagnostic]| (errors(list).values().sum::<usize>(), list.len());
    no_new_error(before, after) && count(after) < count(before)
}

/// Whether every error of `after` was there `before`, as often at least.
pub fn no_new_error(before: &[Diagnostic], after: &[Diagnostic]) -> bool {
    let before = errors(before);
    errors(after).iter().all(|(error, times)| before.get(error).is_some_and(|known| known >= times))
}

/// What tells one error from another wherever it stands.
fn key(found: &Diagnostic) -> (&str, &str) {
    (found.code.id, &found.headline)
}

/// Each error and how often it is found.
fn errors(list: &[Diagnostic]) -> BTreeMap<(&str, &str), usize> {
    let mut counts = BTreeMap::new();
    for found in list.iter().filter(|found| found.code.severity == Severity::Error) {
        *counts.entry(key(found)).or_default() += 1;
    }
    counts
}
