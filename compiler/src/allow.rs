//! `# allow H0302: seven channels are meant`: warnings that somebody has looked at, and why they may stay.
//!
//! The comment stands behind the words that the warning is about, or alone on the lines directly above them. Several codes are parted by
//! commas, each by its number or its name. Only warnings can be allowed. An `allow` without a reason, of a code that does not exist, of
//! an error, or of nothing is a warning of its own, and none of these can be allowed in turn.

use crate::diag::suggest::meant;
use crate::diag::{
    AllowOfError, AllowOfNothing, AllowOfUnknown, AllowWithoutReason, CODES, Code, Diagnostic, Finding, Fix, Severity,
};
use hetc_grammar::span::Span;
use hetc_grammar::tree::Comment;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// One `allow` in a comment.
struct Allow {
    /// What is allowed, as it is written, and where in the text.
    names: Vec<(String, Span)>,
    /// Whether words stand behind the colon.
    has_reason: bool,
    /// Where a colon is missing between the code and what looks like its reason.
    colon: Option<Span>,
    /// The line that it is about, from 0; `None` where it stands alone above nothing.
    line: Option<usize>,
    /// What goes with it, if it is all that its comment says.
    removal: Option<Span>,
}

/// `diagnostics` of `text` without the warnings that its `comments` allow, and with what is wrong with the `allow`s themselves, in the
/// order of the text.
///
/// `whole` says that the diagnostics are all that the text can give: where a setting has taken the place of a default, or an error has
/// kept a net from being looked at, an `allow` without a warning may still have its use.
pub fn apply(text: &str, comments: &[Comment], whole: bool, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if !comments.iter().any(|comment| comment.text.contains(WORD)) {
        return diagnostics;
    }
    let lines = Lines::of(text);
    let allows: Vec<Allow> = comments.iter().flat_map(|comment| read(text, comment, &lines)).collect();
    let whole = whole && !diagnostics.iter().any(|diagnostic| diagnostic.code.severity == Severity::Error);

    let source = comments.first().map(|comment| comment.span.source);
    let mut warnings: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (number, diagnostic) in diagnostics.iter().enumerate() {
        let here = diagnostic.primary().filter(|span| Some(span.source) == source);
        if let (Some(span), Severity::Warning) = (here, diagnostic.code.severity) {
            warnings.entry((lines.line_of(span.range().start), diagnostic.code.id)).or_default().push(number);
        }
    }
    let mut allowed: BTreeSet<usize> = BTreeSet::new();
    let mut added = Vec::new();
    for allow in &allows {
        let mut of_use = false;
        for (name, span) in &allow.names {
            match code(name) {
                None => added.push(unknown(name, *span)),
                Some(code) if code.severity == Severity::Error => {
                    added.push(AllowOfError { code, span: *span }.diagnose());
                }
                Some(code) => match allow.line.and_then(|line| warnings.get(&(line, code.id))) {
                    Some(numbers) => {
                        allowed.extend(numbers);
                        of_use = true;
                    }
                    None if whole => {
                        let alone = allow.line.is_none();
                        let fix = allow.removal.filter(|_| allow.names.len() == 1);
                        let fix = fix.map(|span| Fix { span, text: String::new() });
                        added.push(AllowOfNothing { name: name.clone(), span: *span, alone, fix }.diagnose());
                    }
                    None => of_use = true,
                },
            }
        }
        if let (true, false, Some((name, span))) = (of_use, allow.has_reason, allow.names.first()) {
            added.push(AllowWithoutReason { name: name.clone(), span: *span, colon: allow.colon }.diagnose());
        }
    }
    let left = diagnostics.into_iter().enumerate().filter(|(number, _)| !allowed.contains(number));
    let mut list: Vec<Diagnostic> = left.map(|(_, diagnostic)| diagnostic).chain(added).collect();
    list.sort_by_key(|diagnostic| diagnostic.primary().map(|span| (span.source, span.start)));
    list
}

/// What such a comment begins with.
const WORD: &str = "allow";

/// The code that is called `name`: its number in either case, or its name.
fn code(name: &str) -> Option<&'static Code> {
    CODES.iter().copied().find(|code| code.id.eq_ignore_ascii_case(name) || code.name == name)
}

fn unknown(name: &str, span: Span) -> Diagnostic {
    let near = meant(name, CODES.iter().flat_map(|code| [code.id, code.name]));
    AllowOfUnknown { name: name.to_string(), span, near }.diagnose()
}

/// Whether a word is surely meant as a code, so that what it stands in is no prose.
fn names_a_code(word: &str) -> bool {
    let digits = word.strip_prefix(['H', 'h']).unwrap_or_default();
    code(word).is_some() || (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Every `allow` of one comment; a further `#` begins a further remark.
fn read(text: &str, comment: &Comment, lines: &Lines) -> Vec<Allow> {
    let at = comment.span.range();
    let Some(words) = text.get(at.clone()) else { return Vec::new() };
    let own_line = lines.line_of(at.start);
    let line = if comment.trailing { Some(own_line) } else { lines.below[own_line] };
    let mut starts: Vec<usize> = words.match_indices('#').map(|(place, _)| place).collect();
    starts.retain(|place| *place == 0 || words[..*place].ends_with([' ', '\t']));
    let ends = starts.iter().skip(1).copied().chain([words.len()]);
    let remarks: Vec<Range<usize>> = starts.iter().zip(ends).map(|(start, end)| at.start + start + 1..at.start + end).collect();
    let removal = (remarks.len() == 1).then(|| lines.with_blanks(text, comment));
    remarks.iter().filter_map(|remark| remark_read(text, remark.clone(), comment, line, removal)).collect()
}

fn remark_read(text: &str, at: Range<usize>, comment: &Comment, line: Option<usize>, removal: Option<Span>) -> Option<Allow> {
    let remark = &text[at.clone()];
    let rest = remark.trim_start().strip_prefix(WORD)?;
    if !rest.is_empty() && !rest.starts_with([' ', '\t', ':']) {
        return None;
    }
    let start = at.end - rest.len();
    let span = |from: usize, to: usize| Span::new(comment.span.source, from, to);
    let (head, reason) = rest.split_once(':').map_or((rest, None), |(head, reason)| (head, Some(reason)));
    let mut names = Vec::new();
    let mut behind = None;
    let mut place = start;
    for part in head.split(',') {
        let word = part.trim();
        let from = place + (part.len() - part.trim_start().len());
        place += part.len() + 1;
        match word.split_once([' ', '\t']) {
            None => names.push((word.to_string(), span(from, from + word.len()))),
            // `allow H0302 because seven are meant`: a colon is missing, or this is prose.
            Some((first, _)) if names_a_code(first) => {
                names.push((first.to_string(), span(from, from + first.len())));
                behind = Some(span(from + first.len(), from + first.len()));
                break;
            }
            Some(_) if names.iter().any(|(name, _)| names_a_code(name)) => break,
            Some(_) => return None,
        }
    }
    names.retain(|(name, _)| !name.is_empty());
    if names.is_empty() {
        let word_at = start - WORD.len();
        // `# allow` alone is half a sentence; with a colon it was meant.
        return reason.map(|_| Allow {
            names: vec![(String::new(), span(word_at, start))],
            has_reason: true,
            colon: None,
            line,
            removal,
        });
    }
    if reason.is_none() && !names.iter().any(|(name, _)| names_a_code(name)) {
        return None; // `# allow everything`
    }
    let has_reason = behind.is_none() && reason.is_some_and(|reason| reason.chars().any(char::is_alphanumeric));
    Some(Allow { names, has_reason, colon: behind, line, removal })
}

/// Where lines begin, and what stands on them.
struct Lines {
    starts: Vec<usize>,
    /// For every line, the line that a comment alone on it is about.
    below: Vec<Option<usize>>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends =
            (0..bytes.len()).filter(|at| bytes[*at] == b'\n' || (bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n')));
        let starts: Vec<usize> = std::iter::once(0).chain(ends.map(|at| at + 1)).collect();
        let mut below = vec![None; starts.len()];
        let mut next = None;
        for line in (0..starts.len()).rev() {
            below[line] = next;
            let end = starts.get(line + 1).copied().unwrap_or(text.len());
            let words = text[starts[line]..end].trim();
            if !words.starts_with('#') {
                next = (!words.is_empty()).then_some(line);
            }
        }
        Self { starts, below }
    }

    fn line_of(&self, place: usize) -> usize {
        self.starts.partition_point(|start| *start <= place).saturating_sub(1)
    }

    /// A comment with the blanks before it, or with its whole line where it stands alone.
    fn with_blanks(&self, text: &str, comment: &Comment) -> Span {
        let at = comment.span.range();
        if comment.trailing {
            let start = text[..at.start].trim_end_matches([' ', '\t']).len();
            return Span::new(comment.span.source, start, at.end);
        }
        let line = self.line_of(at.start);
        let start = self.starts[line] + if text[self.starts[line]..].starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        Span::new(comment.span.source, start, self.starts.get(line + 1).copied().unwrap_or(text.len()))
    }
}
