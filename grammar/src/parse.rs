//! The ways in: a whole file, one value, one formula.

use pest::Parser;
use pest::iterators::Pair;

use crate::build::Builder;
use crate::span::{SourceId, Span};
use crate::tree::{Expr, Parsed, SyntaxError, SyntaxErrorKind, Value};
use crate::{comments, explain, guard};

/// The parser that pest writes from `hetc.pest`.
#[derive(pest_derive::Parser)]
#[grammar = "hetc.pest"]
#[allow(missing_docs)]
pub(crate) struct NetParser;

/// Reads a whole file. It never fails: what could be read is in the tree, everything else in the errors.
pub fn parse(source: SourceId, text: &str) -> Parsed {
    if let Err(error) = guard::check(source, text) {
        return Parsed { errors: vec![error], ..Parsed::default() };
    }
    let comments = comments::collect(source, text);
    let Ok(pairs) = NetParser::parse(Rule::file, text) else {
        // `file` fails on no text; what remains is pest's own guard of a stack that was nearly used up before we were called.
        let error = SyntaxError { kind: SyntaxErrorKind::TooDeep, span: Span::new(source, 0, 0) };
        return Parsed { comments, errors: vec![error], ..Parsed::default() };
    };
    let mut builder = Builder::new(source, text);
    let file = builder.file(pairs);
    Parsed { file, comments, broken_cells: builder.take_broken_cells(), errors: builder.into_errors() }
}

/// Reads the text of one value, as a `--set` flag gives it: `swish(2)|ptanh(1)`.
pub fn parse_value(source: SourceId, text: &str) -> (Option<Value>, Vec<SyntaxError>) {
    parse_one(source, text, Rule::only_value, Rule::value, |builder, pair| builder.value(pair))
}

/// Reads the text of one formula: `max(x, 0)`.
pub fn parse_formula(source: SourceId, text: &str) -> (Option<Expr>, Vec<SyntaxError>) {
    parse_one(source, text, Rule::only_formula, Rule::formula, |builder, pair| builder.formula(pair))
}

/// Reads the whole text by `rule` and hands its one `part` to `build`.
fn parse_one<'t, T>(
    source: SourceId,
    text: &'t str,
    rule: Rule,
    part: Rule,
    build: impl FnOnce(&mut Builder<'t>, Pair<'t, Rule>) -> Option<T>,
) -> (Option<T>, Vec<SyntaxError>) {
    if let Err(error) = guard::check(source, text) {
        return (None, vec![error]);
    }
    let Ok(pairs) = NetParser::parse(rule, text) else {
        return (None, vec![explain::why(source, text, 0..text.len(), rule)]);
    };
    let mut builder = Builder::new(source, text);
    let tree = pairs.into_iter().find(|pair| pair.as_rule() == part).and_then(|pair| build(&mut builder, pair));
    (tree, builder.into_errors())
}
