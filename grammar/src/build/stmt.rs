//! Statements and bodies.

use pest::iterators::Pair;

use super::{Builder, range};
use crate::parse::Rule;
use crate::tree::{Arg, Body, Name, Stmt, SyntaxErrorKind, Value};

impl<'t> Builder<'t> {
    pub(super) fn body(&mut self, pair: Pair<'t, Rule>, label: Option<Name>) -> Body {
        let place = range(&pair);
        let span = self.span(&pair);
        let mut stmts = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::stmt => stmts.extend(self.stmt(part)),
                Rule::rbrace => self.braces.close(place.start, range(&part).start),
                Rule::unclosed => self.braces.leave_open(place.start),
                _ => {}
            }
        }
        Body { label, stmts, span }
    }

    /// A statement; nothing where its line cannot be read, but its bodies are looked through all the same.
    fn stmt(&mut self, pair: Pair<'t, Rule>) -> Option<Stmt> {
        let mut line = None;
        let mut bodies = Vec::new();
        let mut label = None;
        let mut headless = true;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::line => (line, headless) = (self.line(part), false),
                Rule::bad_line => {
                    self.not_a(Rule::only_line, &part);
                    headless = false;
                }
                Rule::name => label = Some(self.name(&part)),
                Rule::body => {
                    if std::mem::take(&mut headless) {
                        self.headless(&part);
                    }
                    bodies.push(self.body(part, label.take()));
                }
                Rule::bad_tail => self.not_a(Rule::only_tail, &part),
                _ => {}
            }
        }
        let (head, args) = line?;
        let first = args.last().map_or(head.span, Arg::span);
        let span = head.span.to(bodies.last().map_or(first, |body| body.span));
        Some(Stmt { head, args, bodies, span })
    }

    /// Notes that a body stands where a statement should begin.
    fn headless(&mut self, body: &Pair<'t, Rule>) {
        let start = range(body).start;
        let kind = SyntaxErrorKind::Expected { wanted: vec!["a statement".to_owned()], found: Some("{".to_owned()) };
        self.error(kind, self.span_of(start..start + 1));
    }

    /// The head word and its arguments.
    fn line(&mut self, pair: Pair<'t, Rule>) -> Option<(Name, Vec<Arg>)> {
        let mut head = None;
        let mut args = Some(Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => head = Some(self.name(&part)),
                Rule::arg => match (self.arg(part), &mut args) {
                    (Some(arg), Some(args)) => args.push(arg),
                    _ => args = None,
                },
                _ => {}
            }
        }
        Some((head?, args?))
    }

    fn arg(&mut self, pair: Pair<'t, Rule>) -> Option<Arg> {
        let part = pair.into_inner().next()?;
        if part.as_rule() == Rule::value {
            return self.value(part).map(Arg::Plain);
        }
        let (key, value) = self.option(part)?;
        Some(Arg::Option { key, value })
    }

    /// `key=value`
    pub(super) fn option(&mut self, pair: Pair<'t, Rule>) -> Option<(Name, Value)> {
        let (mut key, mut value) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => key = Some(self.name(&part)),
                Rule::value => value = self.value(part),
                _ => {}
            }
        }
        Some((key?, value?))
    }
}
