//! Reading a statement's arguments: each reader takes the next one that fits, and reports what is missing or of the wrong kind.

use crate::diag::{ArgumentCount, ArgumentKind, Findings, OutOfRange, RepeatedOption, UnknownOption, UnknownWord, words};
use hetc_grammar::span::Span;
use hetc_grammar::tree::{Body, CellRef, Name, Number, ValueKind};
use std::collections::VecDeque;

/// An argument with names replaced by what they stand for.
#[derive(Debug, Clone)]
pub struct Argument {
    /// The value.
    pub kind: ValueKind,
    /// Where it stands in the statement.
    pub span: Span,
    /// Where its value was written, if a name stands for it.
    pub origin: Option<Span>,
}

/// A statement's arguments, taken one by one.
pub struct Args<'b> {
    head: Name,
    usage: &'static str,
    known: &'static [&'static str],
    plain: VecDeque<Argument>,
    options: Vec<(Name, Argument)>,
    /// What stands in braces behind the arguments.
    pub bodies: &'b [Body],
}

impl<'b> Args<'b> {
    /// The arguments of the statement `head`, which is written as `usage` says and has the options `known`.
    pub fn new(
        head: Name,
        usage: &'static str,
        known: &'static [&'static str],
        plain: Vec<Argument>,
        options: Vec<(Name, Argument)>,
        bodies: &'b [Body],
    ) -> Self {
        Self { head, usage, known, plain: plain.into(), options, bodies }
    }

    /// How the statement is written.
    pub fn usage(&self) -> &'static str {
        self.usage
    }

    /// Whether there is another argument.
    pub fn has_next(&self) -> bool {
        !self.plain.is_empty()
    }

    /// The next argument; it stays.
    pub fn peek(&self) -> Option<&Argument> {
        self.plain.front()
    }

    /// The next argument's word, if it is one; it stays.
    pub fn peek_word(&self) -> Option<&str> {
        self.plain.front().and_then(|argument| argument.kind.as_word())
    }

    /// `yes` or `no`; `otherwise` where the option is missing.
    pub fn answer(&mut self, key: &str, otherwise: bool, findings: &mut Findings) -> Option<bool> {
        match self.option(key) {
            Some(argument) => self.choice(&argument, "answer", &[("yes", true), ("no", false)], findings),
            None => Some(otherwise),
        }
    }

    /// A word that is to be a name: where it stands is said if it is something else.
    pub fn name(&self, argument: &Argument, what: &str, findings: &mut Findings) -> Option<Name> {
        match argument.kind.as_word() {
            Some(word) => Some(Name::new(word.to_string(), argument.span)),
            None => self.wrong_kind(argument, what, findings),
        }
    }

    /// The statement's head.
    pub fn head(&self) -> &Name {
        &self.head
    }

    /// Reports repeated and unknown options; the known ones stay to be taken.
    pub fn check_options(&mut self, findings: &mut Findings) -> Option<()> {
        let mut seen: Vec<Name> = Vec::new();
        let mut sound = Some(());
        for (key, argument) in &self.options {
            if let Some(first) = seen.iter().find(|first| first.node == key.node) {
                sound = findings.report(RepeatedOption { name: key.node.clone(), first: first.span, second: key.span });
            } else if !self.known.contains(&key.node.as_str()) {
                let head = self.head.node.clone();
                // `ratio=1:1` where the statement has `ratio 1:1`.
                let is_number = matches!(argument.kind, ValueKind::Number(_));
                let is_word = self.usage.contains(&format!("[{} ", key.node)) && !is_number;
                let written = is_word.then(|| format!("{} {}", key.node, argument.kind));
                let (name, span, known) = (key.node.clone(), key.span, self.known);
                sound = findings.report(UnknownOption { name, span, head, known, written });
            }
            seen.push(key.clone());
        }
        sound
    }

    /// Reports arguments that nobody took.
    pub fn finish(&mut self, findings: &mut Findings) -> Option<()> {
        match self.plain.pop_front() {
            None => Some(()),
            Some(extra) => {
                let (head, usage) = (self.head.node.clone(), self.usage.to_string());
                let is_ratio = matches!(extra.kind, ValueKind::Ratio(_)) && usage.contains("[ratio ");
                let written = is_ratio.then(|| format!("ratio {}", extra.kind));
                findings.report(ArgumentCount { head, span: extra.span, missing: None, written, usage, declared: None })
            }
        }
    }

    /// The next argument, whatever it is; its absence is reported as `missing`.
    pub fn next(&mut self, missing: &str, findings: &mut Findings) -> Option<Argument> {
        let next = self.plain.pop_front();
        if next.is_none() {
            let (head, usage) = (self.head.node.clone(), self.usage.to_string());
            let missing = Some(missing.to_string());
            return findings.report(ArgumentCount { head, span: self.head.span, missing, written: None, usage, declared: None });
        }
        next
    }

    /// Takes the word `word` and what follows it, wherever they stand: `ratio 1:1`.
    pub fn keyword(&mut self, word: &str, what: &str, findings: &mut Findings) -> Option<Option<Argument>> {
        let Some(place) = self.plain.iter().position(|argument| argument.kind.as_word() == Some(word)) else { return Some(None) };
        let keyword = self.plain.remove(place)?;
        let value = self.plain.remove(place);
        if let Some(again) = self.plain.iter().find(|argument| argument.kind.as_word() == Some(word)) {
            return findings.report(RepeatedOption { name: word.to_string(), first: keyword.span, second: again.span });
        }
        match value {
            Some(value) => Some(Some(value)),
            None => {
                let (head, usage) = (self.head.node.clone(), self.usage.to_string());
                findings.report(ArgumentCount {
                    head,
                    span: keyword.span,
                    missing: Some(what.to_string()),
                    written: None,
                    usage,
                    declared: None,
                })
            }
        }
    }

    /// Takes the word `word` if it is next.
    pub fn word_if_next(&mut self, word: &str) -> bool {
        let is_next = self.plain.front().is_some_and(|argument| argument.kind.as_word() == Some(word));
        if is_next {
            self.plain.pop_front();
        }
        is_next
    }

    /// Takes an option.
    pub fn option(&mut self, key: &str) -> Option<Argument> {
        let place = self.options.iter().position(|(name, _)| name.node == key)?;
        Some(self.options.remove(place).1)
    }

    /// Takes every option, with its name.
    pub fn all_options(&mut self) -> Vec<(Name, Argument)> {
        std::mem::take(&mut self.options)
    }

    /// One of certain words.
    pub fn choice<T: Copy>(
        &self,
        argument: &Argument,
        what: &'static str,
        choices: &[(&'static str, T)],
        findings: &mut Findings,
    ) -> Option<T> {
        let Some(word) = argument.kind.as_word() else { return self.wrong_kind(argument, &format!("a {what}"), findings) };
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == word) {
            return Some(*value);
        }
        let known = choices.iter().map(|(name, _)| *name).collect();
        findings.report(UnknownWord { word: word.to_string(), span: argument.origin.unwrap_or(argument.span), known, what })
    }

    /// A whole number of at least `least`.
    pub fn size(&self, argument: &Argument, what: &str, least: usize, findings: &mut Findings) -> Option<usize> {
        let ValueKind::Number(number) = &argument.kind else { return self.wrong_kind(argument, what, findings) };
        let whole = number.value.fract() == 0.0 && number.value >= least as f64 && number.value <= 1e15;
        if whole {
            return Some(number.value as usize);
        }
        let range = if number.value > 1e15 { "at most 1e15".to_string() } else { format!("a whole number of at least {least}") };
        self.out_of_range(argument, what, &number.text, &range, findings)
    }

    /// A number in a half-open range.
    pub fn number_in(&self, argument: &Argument, what: &str, low: f64, below: f64, findings: &mut Findings) -> Option<f64> {
        let ValueKind::Number(Number { value, text }) = &argument.kind else { return self.wrong_kind(argument, what, findings) };
        if (low..below).contains(value) {
            return Some(*value);
        }
        let range = if below.is_finite() { format!("at least {low} and below {below}") } else { format!("at least {low}") };
        self.out_of_range(argument, what, text, &range, findings)
    }

    /// `2` or `2x3`: a size for both axes or one for each.
    pub fn pair(&self, argument: &Argument, what: &str, least: usize, findings: &mut Findings) -> Option<[usize; 2]> {
        match &argument.kind {
            ValueKind::Number(_) => self.size(argument, what, least, findings).map(|size| [size, size]),
            ValueKind::Dims(sizes) if sizes.len() == 2 => self.window(argument, what, least, findings),
            _ => self.wrong_kind(argument, &format!("{what}: one size (`1`) or two (`1x2`)"), findings),
        }
    }

    /// `3x3`: one size for each axis of a map.
    pub fn window(&self, argument: &Argument, what: &str, least: usize, findings: &mut Findings) -> Option<[usize; 2]> {
        let expected = format!("{what} such as `3x3`");
        let ValueKind::Dims(sizes) = &argument.kind else {
            let size = if let ValueKind::Number(size) = &argument.kind { Some(&size.text) } else { None };
            return self.unexpected(argument, &expected, size.map(|size| format!("{size}x{size}")), findings);
        };
        let [height, width] = sizes.as_slice() else { return self.wrong_kind(argument, &expected, findings) };
        let (height, width) = (usize::try_from(*height).ok()?, usize::try_from(*width).ok()?);
        if height >= least && width >= least {
            return Some([height, width]);
        }
        self.out_of_range(argument, what, &argument.kind.to_string(), &format!("at least {least} along each axis"), findings)
    }

    /// `relu|swish(2)`
    pub fn cells<'a>(&self, argument: &'a Argument, findings: &mut Findings) -> Option<&'a [CellRef]> {
        match &argument.kind {
            ValueKind::Cells(cells) => Some(cells),
            _ => self.wrong_kind(argument, "a cell type such as `relu` or a mix such as `relu|tanh`", findings),
        }
    }

    /// `1:1`
    pub fn ratio(&self, argument: &Argument, findings: &mut Findings) -> Option<Vec<u64>> {
        let ValueKind::Ratio(parts) = &argument.kind else { return self.wrong_kind(argument, "a ratio such as `1:1`", findings) };
        if parts.iter().all(|part| (1..=1_000_000).contains(part)) {
            return Some(parts.clone());
        }
        self.out_of_range(argument, "every part of a ratio", &argument.kind.to_string(), "from 1 to 1,000,000", findings)
    }

    /// Reports that `argument` is not `expected`.
    pub fn wrong_kind<T>(&self, argument: &Argument, expected: &str, findings: &mut Findings) -> Option<T> {
        self.unexpected(argument, expected, None, findings)
    }

    /// As [`Args::wrong_kind`], with how it is `written` if that is clear.
    fn unexpected<T>(&self, argument: &Argument, expected: &str, written: Option<String>, findings: &mut Findings) -> Option<T> {
        findings.report(ArgumentKind {
            head: self.head.node.clone(),
            span: argument.span,
            expected: expected.to_string(),
            found: words::value(&argument.kind),
            origin: argument.origin,
            declared: None,
            written,
            usage: Some(self.usage.to_string()),
        })
    }

    /// Reports that `found` is outside of `range`.
    pub fn out_of_range<T>(
        &self,
        argument: &Argument,
        what: &str,
        found: &str,
        range: &str,
        findings: &mut Findings,
    ) -> Option<T> {
        findings.report(OutOfRange {
            what: what.to_string(),
            found: found.to_string(),
            range: range.to_string(),
            span: argument.span,
            origin: argument.origin,
        })
    }
}
