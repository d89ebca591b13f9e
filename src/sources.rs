//! The texts of one command: what a [`SourceId`] stands for.

use crate::failure::Failure;
use crate::findings::{NotASetting, NotText};
use hetc_compiler::cells::PRELUDE;
use hetc_compiler::diag::{Diagnostic, Finding};
use hetc_compiler::{Loaded, Loader, Setting};
use hetc_grammar::span::{SourceId, Span, Spanned};
use std::path::{Path, PathBuf};

/// A text with the name to show for it.
pub struct Source {
    pub name: String,
    pub text: String,
    /// The file it was read from, if it is one's; the same however the file was named.
    path: Option<PathBuf>,
}

impl Source {
    /// Whether it was read from a file, and is not a flag.
    pub fn is_file(&self) -> bool {
        self.path.is_some()
    }
}

/// All texts, in the order they were added; the first is the prelude, as the compiler expects.
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    pub fn new() -> Self {
        Self { list: vec![Source { name: "prelude.net".to_string(), text: PRELUDE.to_string(), path: None }] }
    }

    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.push(Source { name: name.into(), text: text.into(), path: None })
    }

    fn push(&mut self, source: Source) -> SourceId {
        self.list.push(source);
        SourceId(self.list.len() as u32 - 1)
    }

    /// Puts another text in the place of a file's.
    pub fn replace(&mut self, id: SourceId, text: String) {
        if let Some(source) = self.list.get_mut(id.0 as usize) {
            source.text = text;
        }
    }

    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.list.get(id.0 as usize)
    }

    pub fn text(&self, id: SourceId) -> &str {
        self.get(id).map_or("", |source| &source.text)
    }

    /// Like [`Sources::read`], but a file that has been read already is not read again.
    pub fn once(&mut self, path: &Path) -> Result<Result<SourceId, Diagnostic>, Failure> {
        let known = path.canonicalize().ok().and_then(|whole| self.known(&whole));
        known.map_or_else(|| self.read(path), |id| Ok(Ok(id)))
    }

    fn known(&self, whole: &Path) -> Option<SourceId> {
        let place = self.list.iter().position(|source| source.path.as_deref() == Some(whole))?;
        Some(SourceId(place as u32))
    }

    /// Reads a file; one that is there but is no text is a diagnostic inside.
    pub fn read(&mut self, path: &Path) -> Result<Result<SourceId, Diagnostic>, Failure> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| Failure::new(format!("cannot read `{name}`: {}", reason(&error))))?;
        Ok(match String::from_utf8(bytes) {
            Ok(text) => Ok(self.push(Source { name, text, path: path.canonicalize().ok() })),
            Err(error) => {
                let offset = error.utf8_error().valid_up_to();
                let line = 1 + error.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count();
                // What can be shown: everything before, and a sign for what is no text.
                let text = String::from_utf8_lossy(&error.as_bytes()[..offset]) + "\u{FFFD}";
                let end = text.len();
                let id = self.push(Source { name: name.clone(), text: text.into_owned(), path: path.canonicalize().ok() });
                Err(NotText { path: name, offset, line, span: Span::new(id, offset, end) }.diagnose())
            }
        })
    }

    /// Reads the values of `--set` flags.
    pub fn settings(&mut self, flags: &[String]) -> Result<Vec<Setting>, Vec<Diagnostic>> {
        let mut settings = Vec::new();
        let mut diagnostics = Vec::new();
        for flag in flags {
            match self.setting(flag) {
                Ok(setting) => settings.push(setting),
                Err(more) => diagnostics.extend(more),
            }
        }
        if diagnostics.is_empty() { Ok(settings) } else { Err(diagnostics) }
    }

    fn setting(&mut self, flag: &str) -> Result<Setting, Vec<Diagnostic>> {
        let id = self.add("--set", flag);
        let Some((name, value)) = flag.split_once('=') else {
            return Err(vec![NotASetting { flag: "--set", span: Span::new(id, 0, flag.len()) }.diagnose()]);
        };
        // The value keeps its place in the flag, so that labels point into what was typed.
        let blank = " ".repeat(flag.len() - value.len());
        let (parsed, errors) = hetc_grammar::parse_value(id, &(blank + value));
        match parsed {
            Some(value) if errors.is_empty() => {
                let trimmed = name.trim();
                let start = name.len() - name.trim_start().len();
                let name = Spanned::new(trimmed.to_string(), Span::new(id, start, start + trimmed.len()));
                Ok(Setting { name, value })
            }
            _ => Err(errors.into_iter().map(|error| hetc_compiler::diag::Syntax(error).diagnose()).collect()),
        }
    }
}

/// A file that another one uses lies where that one says, from its own folder.
impl Loader for Sources {
    fn load(&mut self, from: SourceId, path: &str) -> Result<Loaded, String> {
        let folder = self.get(from).map_or(Path::new(""), |source| Path::new(&source.name).parent().unwrap_or(Path::new("")));
        let path = folder.join(path);
        let whole = path.canonicalize().map_err(|error| reason(&error))?;
        if let Some(source) = self.known(&whole) {
            return Ok(Loaded { source, text: self.text(source).to_string() });
        }
        let text = text_of(&whole)?;
        let name = path.display().to_string();
        let source = self.push(Source { name, text: text.clone(), path: Some(whole) });
        Ok(Loaded { source, text })
    }
}

/// Bytes of the largest file that a spec can use.
const MOST_BYTES: u64 = 16 << 20;

/// The text of a file that a spec uses: an ordinary one, and of no absurd size.
pub fn text_of(path: &Path) -> Result<String, String> {
    let about = std::fs::metadata(path).map_err(|error| reason(&error))?;
    if !about.is_file() {
        return Err(if about.is_dir() { "it is a folder" } else { "it is no ordinary file" }.to_string());
    }
    if about.len() > MOST_BYTES {
        return Err(format!("it is larger than {} MiB", MOST_BYTES >> 20));
    }
    let bytes = std::fs::read(path).map_err(|error| reason(&error))?;
    String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".to_string())
}

/// What an operating system's error says, without its number.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_string(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_string(),
        _ => error.to_string(),
    }
}
