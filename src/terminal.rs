//! Standard output and standard error: what goes where, and in which dress.
//!
//! Colours, character set, width and format are decided here, once, and nowhere else.

use crate::cli::{Color, Command, Deny, Display, Format};
use crate::failure::Failure;
use crate::render::{self, Style};
use crate::report::{self, Found};
use crate::sources::{Sources, reason};
use hetc_compiler::diag::{Diagnostic, Severity, words};
use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};

/// Columns where there is no terminal to ask.
const PLAIN_WIDTH: usize = 100;
/// Diagnostics drawn at once; a file that is no spec at all has one a line.
const MOST_DRAWN: usize = 50;

/// Signs of our own texts, and what stands for them in ASCII.
const PLAIN_SIGNS: [(char, &str); 8] =
    [('→', "->"), ('−', "-"), ('±', "+-"), ('√', "sqrt "), ('…', "..."), ('·', "*"), ('×', "x"), ('–', "-")];

/// The two streams and how to draw on them.
pub struct Terminal {
    /// How to draw.
    pub style: Style,
    /// Whether standard error is a terminal, so that lines may be rewritten.
    pub live: bool,
    format: Format,
    denies_warnings: bool,
    /// Whether findings are the command's result, and so go to standard output.
    findings_are_result: bool,
    /// What goes into one document at the end.
    reported: RefCell<Vec<Found>>,
}

impl Terminal {
    pub fn new(display: &Display, command: &Command) -> Self {
        let live = stderr().is_terminal();
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let color = match display.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => wants_color(live, set),
        };
        let width = if live { terminal_width() } else { PLAIN_WIDTH };
        let reporting = command.reporting();
        Self {
            style: Style { color, ascii: display.ascii || wants_ascii(set), width },
            live,
            format: reporting.map_or(Format::Human, |reporting| reporting.format),
            denies_warnings: reporting.is_some_and(|reporting| reporting.deny == Some(Deny::Warnings)),
            findings_are_result: matches!(command, Command::Check(_)),
            reported: RefCell::default(),
        }
    }

    /// A result: to standard output.
    pub fn print(&self, text: &str) {
        let text = &*self.dressed(text);
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
        note(&self.dressed(text));
    }

    /// Without signs beyond ASCII where those cannot be shown.
    fn dressed<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.style.ascii || self.format != Format::Human || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let plain =
            |c: char| PLAIN_SIGNS.iter().find(|(sign, _)| *sign == c).map_or(c.to_string(), |(_, plain)| plain.to_string());
        Cow::Owned(text.chars().map(plain).collect())
    }

    /// Reports every diagnostic, then says on standard error how many there were.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        match self.format {
            Format::Human => self.draw(diagnostics, sources),
            Format::Short => self.report(&report::found(diagnostics, sources).iter().map(report::short).collect::<String>()),
            Format::Github => self.report(&report::found(diagnostics, sources).iter().map(report::github).collect::<String>()),
            Format::Json | Format::Sarif => self.reported.borrow_mut().extend(report::found(diagnostics, sources)),
        }
        let (errors, warnings) = (count(diagnostics, Severity::Error), count(diagnostics, Severity::Warning));
        let parts: Vec<String> = [(errors, "error"), (warnings, "warning")]
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, noun)| words::count(*n, noun))
            .collect();
        let first_error = diagnostics.iter().find(|diagnostic| diagnostic.code.severity == Severity::Error);
        if let Some(first) = first_error.or(diagnostics.first()) {
            let denied = if warnings > 0 && self.denies_warnings { "; warnings are denied" } else { "" };
            self.note(&format!("{}{denied}; `hetc explain {}` tells more", parts.join(" and "), first.code.id));
        }
    }

    fn draw(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        for diagnostic in diagnostics.iter().take(MOST_DRAWN) {
            self.note(&render::draw(diagnostic, sources, self.style));
        }
        if diagnostics.len() > MOST_DRAWN {
            let dots = if self.style.ascii { "..." } else { "…" };
            self.note(&format!("{dots} and {} more", diagnostics.len() - MOST_DRAWN));
        }
    }

    /// Whether what was found keeps a command from going on, and makes it fail.
    pub fn rejects(&self, diagnostics: &[Diagnostic]) -> bool {
        count(diagnostics, Severity::Error) > 0 || (self.denies_warnings && !diagnostics.is_empty())
    }

    /// Writes the report that is one document, if one was asked for.
    pub fn finish(&self) {
        let found = self.reported.borrow();
        match self.format {
            Format::Json => self.report(&report::json(&found, self.denies_warnings)),
            Format::Sarif => self.report(&report::sarif(&found)),
            Format::Human | Format::Short | Format::Github => {}
        }
    }

    fn report(&self, text: &str) {
        if self.findings_are_result {
            self.print(text);
        } else {
            let _ = stderr().write_all(text.as_bytes()); // there is nowhere else to complain to
        }
    }

    pub fn failure(&self, failure: &Failure) {
        match failure {
            Failure::Plain { headline, help } => {
                if self.format == Format::Github {
                    self.report(&report::github_failure(headline));
                }
                self.note(&format!("error: {headline}"));
                help.iter().for_each(|help| self.note(&format!("  help: {help}")));
            }
            Failure::Coded(diagnostic) => {
                self.note(render::draw(diagnostic, &Sources::new(), self.style).trim_end());
                let found = report::found(std::slice::from_ref(diagnostic), &Sources::new());
                match self.format {
                    Format::Human | Format::Short => {}
                    Format::Github => self.report(&found.iter().map(report::github).collect::<String>()),
                    Format::Json | Format::Sarif => self.reported.borrow_mut().extend(found),
                }
            }
        }
    }
}

fn count(diagnostics: &[Diagnostic], severity: Severity) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.code.severity == severity).count()
}

/// Whether to use colours when no flag says it: <https://no-color.org> first, then <https://bixense.com/clicolors>.
fn wants_color(live: bool, set: impl Fn(&str) -> Option<String>) -> bool {
    let is_zero = |name| set(name).is_some_and(|value| value == "0");
    let is_dumb = set("TERM").is_some_and(|term| term == "dumb");
    let forced = set("CLICOLOR_FORCE").is_some() && !is_zero("CLICOLOR_FORCE");
    set("NO_COLOR").is_none() && (forced || (live && !is_dumb && !is_zero("CLICOLOR")))
}

/// Whether to draw in ASCII when no flag says it: asked for by HETC_ASCII, or the locale is set to one that is not UTF-8.
fn wants_ascii(set: impl Fn(&str) -> Option<String>) -> bool {
    if let Some(value) = set("HETC_ASCII") {
        return value != "0";
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    })
}

/// A remark to standard error, from where there is no [`Terminal`].
pub fn note(text: &str) {
    let _ = writeln!(stderr(), "{text}"); // there is nowhere else to complain to
}

fn terminal_width() -> usize {
    let (_, columns) = console::Term::stderr().size();
    usize::from(columns).clamp(40, 140)
}

#[cfg(test)]
mod tests {
    use super::{wants_ascii, wants_color};

    fn environment<'a>(text: &'a str) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| {
            let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_string()).next()
        }
    }

    #[test]
    fn colours() {
        for (live, set, wanted) in [
            (true, "", true),
            (false, "", false),
            (true, "TERM=dumb", false),
            (true, "NO_COLOR=1", false),
            (true, "CLICOLOR=0", false),
            (false, "CLICOLOR_FORCE=1", true),
            (false, "CLICOLOR_FORCE=0", false),
            (true, "CLICOLOR_FORCE=1 TERM=dumb", true),
            (true, "CLICOLOR_FORCE=1 NO_COLOR=1", false),
        ] {
            assert_eq!(wants_color(live, environment(set)), wanted, "{live} {set}");
        }
    }

    #[test]
    fn ascii() {
        for (set, wanted) in [
            ("", false),
            ("LANG=en_GB.UTF-8", false),
            ("LANG=C", true),
            ("LANG=C LC_ALL=C.utf8", false),
            ("LANG=de_DE.UTF-8 LC_CTYPE=de_DE.ISO-8859-1", true),
            ("HETC_ASCII=1 LANG=C.UTF-8", true),
            ("HETC_ASCII=0 LANG=C", false),
        ] {
            assert_eq!(wants_ascii(environment(set)), wanted, "{set}");
        }
    }
}
