//! Diagnostics as the editor shows them, and the quick fixes for them.

use super::analysis::{Analysis, SOURCE};
use super::client::Client;
use hetc_compiler::diag::{self, Finding, Severity, Unused};
use hetc_grammar::span::Span;
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeDescription, Command, Diagnostic, DiagnosticRelatedInformation,
    DiagnosticSeverity, DiagnosticTag, Location, NumberOrString, Range, TextEdit, Uri, WorkspaceEdit,
};
use std::collections::HashMap;
use std::str::FromStr;

/// Everything that was found in a text.
pub fn diagnostics(analysis: &Analysis, client: &Client) -> Vec<Diagnostic> {
    let here = analysis.diagnostics().map(|found| diagnostic(analysis, found, client));
    here.chain(analysis.errors_elsewhere().map(|(by, found)| elsewhere(analysis, by, found, client))).collect()
}

/// An error in a text that this one uses, at the `use`.
fn elsewhere(analysis: &Analysis, by: Span, found: &diag::Diagnostic, client: &Client) -> Diagnostic {
    let text = analysis.text();
    let labels = found.labels.iter().filter_map(|label| {
        let location = analysis.location(label.span, client.documents)?;
        Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
    });
    let related: Vec<DiagnosticRelatedInformation> = labels.filter(|_| client.related).collect();
    Diagnostic {
        range: text.lines.range(&text.text, by),
        message: format!("in what is used here: {}", found.headline),
        related_information: (!related.is_empty()).then_some(related),
        ..diagnostic(analysis, found, client)
    }
}

fn diagnostic(analysis: &Analysis, found: &diag::Diagnostic, client: &Client) -> Diagnostic {
    let mut message = found.headline.clone();
    let (first, others) = found.labels.split_at(found.labels.len().min(1));
    first.iter().for_each(|label| message += &format!("\n{}", label.text));
    let mut related = Vec::new();
    for label in others {
        match analysis.location(label.span, client.documents) {
            Some(location) if client.related => {
                related.push(DiagnosticRelatedInformation { location, message: label.text.clone() });
            }
            Some(Location { range, .. }) => message += &format!("\nline {}: {}", range.start.line + 1, label.text),
            None => message += &format!("\n`{}`: {}", analysis.words(label.span), label.text),
        }
    }
    found.help.iter().for_each(|help| message += &format!("\nhelp: {help}"));
    let is_unused = found.code == Unused::CODE;
    Diagnostic {
        range: range(analysis, found),
        severity: Some(match found.code.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(found.code.id.to_string())),
        code_description: page(found.code, client).map(|href| CodeDescription { href }),
        source: Some("hetc".to_string()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        tags: is_unused.then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: None,
    }
}

/// The place to look at; the text's beginning for what has no place.
fn range(analysis: &Analysis, found: &diag::Diagnostic) -> Range {
    let text = analysis.text();
    found.primary().map_or(Range::default(), |span| text.lines.range(&text.text, span))
}

/// The page of a code, for a client that can show it.
fn page(code: &diag::Code, client: &Client) -> Option<Uri> {
    client.documents.then(|| Uri::from_str(&format!("hetc:/{}.md", code.id)).ok()).flatten()
}

/// What can be done about the diagnostics that touch `range`; `wanted` are the kinds that the editor asks for, if not all.
pub fn actions(
    analysis: &Analysis,
    range: Range,
    wanted: Option<&[CodeActionKind]>,
    client: &Client,
) -> Vec<CodeActionOrCommand> {
    let is_wanted = |kind: &CodeActionKind| {
        wanted.is_none_or(|wanted| wanted.iter().any(|wanted| kind.as_str().starts_with(wanted.as_str())))
    };
    if !is_wanted(&CodeActionKind::QUICKFIX) {
        return Vec::new();
    }
    let touches = |other: Range| other.start <= range.end && range.start <= other.end;
    let here: Vec<&diag::Diagnostic> = analysis.diagnostics().filter(|found| touches(self::range(analysis, found))).collect();
    let fixes = here.iter().filter_map(|found| fix(analysis, found, client));
    let pages = here.iter().filter(|_| client.documents).map(|found| explain(analysis, found, client));
    fixes.chain(pages).map(CodeActionOrCommand::CodeAction).collect()
}

/// The change that is certain to be meant.
fn fix(analysis: &Analysis, found: &diag::Diagnostic, client: &Client) -> Option<CodeAction> {
    let fix = found.fix.as_ref().filter(|fix| fix.span.source == SOURCE)?;
    let text = analysis.text();
    let old = analysis.words(fix.span);
    let title = match (old, fix.text.as_str()) {
        ("", new) => format!("write `{}`", new.trim()),
        (old, "") => format!("remove `{}`", old.trim()),
        (old, new) => format!("write `{new}` instead of `{old}`"),
    };
    let edit = TextEdit::new(text.lines.range(&text.text, fix.span), fix.text.clone());
    #[allow(clippy::mutable_key_type)] // the protocol's own type; a URI does not change
    let changes = HashMap::from([(text.uri.clone(), vec![edit])]);
    Some(CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostic(analysis, found, client)]),
        edit: Some(WorkspaceEdit::new(changes)),
        is_preferred: Some(true),
        ..CodeAction::default()
    })
}

/// Opens the page of a code; the command is the client's.
fn explain(analysis: &Analysis, found: &diag::Diagnostic, client: &Client) -> CodeAction {
    let title = format!("explain {} ({})", found.code.id, found.code.name);
    CodeAction {
        title: title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostic(analysis, found, client)]),
        command: Some(Command::new(title, "hetc.explain".to_string(), Some(vec![found.code.id.into()]))),
        ..CodeAction::default()
    }
}
