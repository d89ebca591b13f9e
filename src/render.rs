//! Drawing diagnostics with miette.

use crate::excerpt::excerpt;
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
    for (i, report) in reports(diagnostic, sources).iter().enumerate() {
        let mut drawn = String::new();
        // Writing to a string does not fail.
        let _ = handler.render_report(&mut drawn, report);
        // The headline has been said; of a further report only the excerpt is wanted.
        let excerpt = drawn.lines().skip_while(|line| i > 0 && !line.contains("-[") && !line.contains("─["));
        excerpt.for_each(|line| out += &format!("{}\n", line.trim_end()));
    }
    out.trim_end().to_string() + "\n"
}

/// miette draws labels of one source at a time (zkat/miette#193), so a diagnostic becomes one report a source: the first has the
/// headline, the last the help.
fn reports(diagnostic: &diag::Diagnostic, sources: &Sources) -> Vec<Report> {
    let severity = match diagnostic.code.severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
    };
    let mut order: Vec<SourceId> = Vec::new();
    for label in &diagnostic.labels {
        if !order.contains(&label.span.source) {
            order.push(label.span.source);
        }
    }
    let report = |id: Option<SourceId>| {
        let (source, labels) = match id.and_then(|id| sources.get(id).map(|source| (id, source))) {
            Some((id, source)) => {
                let (text, labels) = labels(diagnostic, id, &source.text);
                (Some(NamedSource::new(&source.name, text)), labels)
            }
            None => (None, Vec::new()),
        };
        let code = format!("{}[{}]", diagnostic.code.severity.word(), diagnostic.code.id);
        Report { headline: diagnostic.headline.clone(), code, severity, help: None, source, labels }
    };
    let mut reports: Vec<Report> = order.into_iter().map(|id| report(Some(id))).collect();
    if reports.is_empty() {
        reports.push(report(None));
    }
    if let Some(last) = reports.last_mut() {
        last.help = (!diagnostic.help.is_empty()).then(|| diagnostic.help.join("\n"));
    }
    reports
}

/// The text of `source` as it may be shown, and the labels in it.
fn labels(diagnostic: &diag::Diagnostic, source: SourceId, text: &str) -> (String, Vec<LabeledSpan>) {
    let here = || diagnostic.labels.iter().enumerate().filter(|(_, label)| label.span.source == source);
    let (shown, places) = excerpt(text, &here().map(|(_, label)| label.span.range()).collect::<Vec<_>>());
    let labels = here().zip(places).map(|((number, label), place)| {
        let (text, span) = (Some(label.text.clone()), (place.start, place.len()));
        if number == 0 { LabeledSpan::new_primary_with_span(text, span) } else { LabeledSpan::new_with_span(text, span) }
    });
    (shown, labels.collect())
}

/// One source's part of a diagnostic, as miette wants it.
#[derive(Debug)]
struct Report {
    headline: String,
    code: String,
    severity: miette::Severity,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
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
}
