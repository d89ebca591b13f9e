//! Standard output and standard error: what goes where, and in which dress.

use crate::cli::{Color, Display};
use crate::failure::Failure;
use crate::render::{self, Style};
use crate::sources::{Sources, reason};
use hetc_compiler::diag::{Diagnostic, Severity, words};
use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};

/// Columns where there is no terminal to ask.
const PLAIN_WIDTH: usize = 100;
/// Diagnostics drawn at once; a file that is no spec at all has one a line.
const MOST_DRAWN: usize = 50;

/// The two streams and how to draw on them.
pub struct Terminal {
    /// How to draw.
    pub style: Style,
    /// Whether standard error is a terminal, so that lines may be rewritten.
    pub live: bool,
}

impl Terminal {
    pub fn new(display: &Display) -> Self {
        let live = stderr().is_terminal();
        let color = match display.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => live && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        let width = if live { terminal_width() } else { PLAIN_WIDTH };
        Self { style: Style { color, ascii: display.ascii, width }, live }
    }

    /// A result: to standard output.
    pub fn print(&self, text: &str) {
        match stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush()) {
            // A reader that went away (`hetc cells | head`) is no reason to complain.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                self.failure(&Failure::new(format!("cannot write to standard output: {}", reason(&error))));
                std::process::exit(2);
            }
            _ => {}
        }
    }

    /// A remark on the way: to standard error.
    pub fn note(&self, text: &str) {
        note(text);
    }

    /// Draws every diagnostic on standard error, then how many there were.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        for diagnostic in diagnostics.iter().take(MOST_DRAWN) {
            self.note(&render::draw(diagnostic, sources, self.style));
        }
        if diagnostics.len() > MOST_DRAWN {
            self.note(&format!("… and {} more", diagnostics.len() - MOST_DRAWN));
        }
        let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.code.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let parts: Vec<String> = [(errors, "error"), (warnings, "warning")]
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, noun)| words::count(*n, noun))
            .collect();
        if let Some(first) = diagnostics.first() {
            self.note(&format!("{}; `hetc explain {}` tells more", parts.join(" and "), first.code.id));
        }
    }

    pub fn failure(&self, failure: &Failure) {
        match failure {
            Failure::Plain { headline, help } => {
                self.note(&format!("error: {headline}"));
                help.iter().for_each(|help| self.note(&format!("  help: {help}")));
            }
            Failure::Coded(diagnostic) => self.note(render::draw(diagnostic, &Sources::new(), self.style).trim_end()),
        }
    }
}

/// A remark to standard error, from where there is no [`Terminal`].
pub fn note(text: &str) {
    let _ = writeln!(stderr(), "{text}"); // there is nowhere else to complain to
}

fn terminal_width() -> usize {
    let (_, columns) = console::Term::stderr().size();
    usize::from(columns).clamp(40, 140)
}
