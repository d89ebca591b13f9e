//! What the words under the cursor are.

use super::analysis::Analysis;
use super::layers::{self, Place};
use super::names::{Kind, Mention};
use super::usage::{self, Usage};
use super::{describe, words};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position, Range};

/// What is known about the words at a position.
pub fn hover(analysis: &Analysis, position: Position) -> Option<Hover> {
    let text = analysis.text();
    let offset = text.lines.offset(&text.text, position);
    if analysis.parsed.comments.iter().any(|comment| comment.span.range().contains(&offset)) {
        return None;
    }
    let mention = analysis.names.at(offset);
    let place = layers::statement_at(analysis, offset);
    let named = mention.as_ref().and_then(|mention| Some((mention.at.range(), name(analysis, mention)?)));
    let word = words::at(&text.text, offset);
    let written = || {
        let place = place.as_ref()?;
        let word = word.clone()?;
        Some((word.clone(), statement(place, &text.text[word])?))
    };
    let first = named.or_else(written);
    let figures = place.as_ref().and_then(|place| figures(analysis, place));
    let range = first.as_ref().map(|(range, _)| range.clone()).or_else(|| figures.as_ref().and(word))?;
    let parts: Vec<String> = first.into_iter().map(|(_, text)| text).chain(figures).collect();
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: parts.join("\n\n---\n\n") }),
        range: Some(Range::new(text.lines.position(&text.text, range.start), text.lines.position(&text.text, range.end))),
    })
}

/// What a name stands for.
fn name(analysis: &Analysis, mention: &Mention) -> Option<String> {
    let Some(definition) = analysis.names.definition(mention) else {
        return mention.may_be_cell().then(|| describe::cell(analysis, &mention.name)).flatten();
    };
    let code = describe::code(&definition.written);
    match definition.kind {
        Kind::Cell | Kind::Inner => describe::cell(analysis, &mention.name).or(Some(code)),
        Kind::Net => {
            let compiled = analysis.compilation.nets.iter().find(|net| net.span == definition.at)?;
            let about = compiled.plan.as_ref().map_or("something in it is wrong".to_string(), describe::net);
            let head = describe::with_comment(&code, analysis.comment(definition.whole));
            Some(format!("{head}\n\n---\n\n{about}"))
        }
        Kind::Block => Some(describe::with_comment(&code, analysis.comment(definition.whole))),
        Kind::Tap => {
            let taps = analysis.compilation.nets.iter().filter_map(|net| net.plan.as_ref());
            let shape =
                taps.clone().find_map(|plan| Some(plan.shape(plan.taps.iter().find(|tap| tap.name == mention.name)?.value)));
            Some(with_shape(code, shape))
        }
        Kind::Parameter | Kind::Variable => {
            let owner = analysis.names.owner(definition)?;
            let word = owner.written.split(' ').next().unwrap_or_default();
            Some(format!("{code}\nof {word} `{}`", owner.name))
        }
    }
}

/// A tap with the shape of its value.
fn with_shape(code: String, shape: Option<hetc_compiler::shape::Shape>) -> String {
    shape.map_or(code.clone(), |shape| format!("{code}\na value of shape {shape}"))
}

/// How a statement is written, for its head and the words that it knows.
fn statement(place: &Place, word: &str) -> Option<String> {
    let head = &place.stmt.head.node;
    let statement = usage::statement(head)?;
    let is_known = word == head || Usage::of(head).knows(word);
    is_known.then(|| format!("{}\n{}", describe::code(&statement.usage.replace(" or ", "\n")), statement.summary))
}

/// The layers of a statement, or what the net is up to here where it makes none.
fn figures(analysis: &Analysis, place: &Place) -> Option<String> {
    describe::layers(&layers::of(analysis, place)?).or_else(|| Some(describe::so_far(&layers::plan_up_to(analysis, place)?)))
}
