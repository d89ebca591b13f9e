//! Drawing diagnostics with miette.

use crate::sources::Sources;
use hetc_compiler::diag::{self, Severity};
use hetc_grammar::span::SourceId;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, ThemeCharacters, ThemeStyles};
use std::fmt;

/// How to draw.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub color: bool,
    pub ascii: bool,
    /// In columns.
    pub width: usize,
}

/// `diagnostic` as the user sees it, with a final newline.
pub fn draw(diagnostic: &diag::Diagnostic, sources: &Sources, style: Style) -> String {
    let theme = GraphicalTheme {
        characters: if style.ascii { ThemeCharacters::ascii() } else { ThemeCharacters::unicode() },
        styles: if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false).tab_width(4);
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = handler.render_report(&mut out, &Report::new(diagnostic, sources));
    out.trim_end().to_string() + "\n"
}

/// A diagnostic as miette wants it: labels of one source, those of others as related reports.
#[derive(Debug)]
struct Report {
    headline: String,
    code: Option<String>,
    severity: miette::Severity,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Report>,
}

impl Report {
    fn new(diagnostic: &diag::Diagnostic, sources: &Sources) -> Self {
        let severity = match diagnostic.code.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        };
        let mut report = Report {
            headline: diagnostic.headline.clone(),
            code: Some(format!("{}[{}]", diagnostic.code.severity.word(), diagnostic.code.id)),
            severity,
            help: (!diagnostic.help.is_empty()).then(|| diagnostic.help.join("\n")),
            source: None,
            labels: Vec::new(),
            related: Vec::new(),
        };
        let mut order: Vec<SourceId> = Vec::new();
        for label in &diagnostic.labels {
            if !order.contains(&label.span.source) {
                order.push(label.span.source);
            }
        }
        for (i, id) in order.into_iter().enumerate() {
            let labels = diagnostic.labels.iter().enumerate().filter(|(_, label)| label.span.source == id);
            let labels: Vec<LabeledSpan> = labels
                .map(|(place, label)| {
                    let span = (label.span.start as usize, label.span.range().len());
                    let text = Some(label.text.clone());
                    if place == 0 {
                        LabeledSpan::new_primary_with_span(text, span)
                    } else {
                        LabeledSpan::new_with_span(text, span)
                    }
                })
                .collect();
            let Some(source) = sources.get(id) else { continue };
            let named = NamedSource::new(&source.name, source.text.clone());
            if i == 0 {
                (report.source, report.labels) = (Some(named), labels);
            } else {
                let headline = format!("in {}", source.name);
                let (code, help, related) = (None, None, Vec::new());
                report.related.push(Report {
                    headline,
                    code,
                    severity: miette::Severity::Advice,
                    help,
                    source: Some(named),
                    labels,
                    related,
                });
            }
        }
        report
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|source| source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        (!self.related.is_empty())
            .then(|| Box::new(self.related.iter().map(|report| report as &dyn miette::Diagnostic)) as Box<dyn Iterator<Item = _>>)
    }
}
