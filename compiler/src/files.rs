//! The files that a spec uses: read once each, those that are used before those that use them.

use crate::diag::{CircularUse, Findings, UnreadableFile};
use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::{Item, Parsed};

/// Where the compiler gets other files from: it reads none itself.
pub trait Loader {
    /// The text at `path`, as the file `from` names it; why it cannot be had, in words, where it cannot.
    fn load(&mut self, from: SourceId, path: &str) -> Result<Loaded, String>;
}

/// A file's text.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The same for the same file, however it is named.
    pub source: SourceId,
    /// All of it.
    pub text: String,
}

/// There are no other files.
pub struct NoFiles;

impl Loader for NoFiles {
    fn load(&mut self, _: SourceId, _: &str) -> Result<Loaded, String> {
        Err("no other files can be read here".to_string())
    }
}

/// One file, read.
pub(crate) struct File {
    pub source: SourceId,
    pub text: String,
    pub parsed: Parsed,
}

impl File {
    /// Where its lines start.
    pub fn line_starts(&self) -> Vec<u32> {
        let breaks = self.text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next);
        std::iter::once(0).chain(breaks).collect()
    }
}

/// A file whose `use`s are being followed.
struct Open {
    file: File,
    uses: std::vec::IntoIter<(String, Span)>,
    /// The `use` that led here.
    by: Option<Span>,
}

impl Open {
    fn new(source: SourceId, text: String, parsed: Parsed, by: Option<Span>) -> Self {
        let paths = parsed.file.items.iter().filter_map(|item| if let Item::Use(used) = item { Some(&used.path) } else { None });
        let uses: Vec<(String, Span)> = paths.map(|path| (path.node.clone(), path.span)).collect();
        Self { file: File { source, text, parsed }, uses: uses.into_iter(), by }
    }
}

/// `text` and every file that it uses, directly or through others; it comes last.
pub(crate) fn gather(
    source: SourceId,
    text: &str,
    parsed: Parsed,
    loader: &mut dyn Loader,
    findings: &mut Findings,
) -> Vec<File> {
    let mut done: Vec<File> = Vec::new();
    // The way is kept in a list and not on the stack: it may have any length.
    let mut way = vec![Open::new(source, text.to_string(), parsed, None)];
    while let Some(open) = way.last_mut() {
        let Some((path, span)) = open.uses.next() else {
            done.extend(way.pop().map(|open| open.file));
            continue;
        };
        let loaded = match loader.load(open.file.source, &path) {
            Ok(loaded) => loaded,
            Err(reason) => {
                findings.report::<()>(UnreadableFile { path, span, reason });
                continue;
            }
        };
        if let Some(first) = way.iter().position(|open| open.file.source == loaded.source) {
            let others = way[first + 1..].iter().filter_map(|open| open.by).collect();
            findings.report::<()>(CircularUse { path, span, way: others });
        } else if done.iter().all(|file| file.source != loaded.source) {
            let parsed = hetc_grammar::parse(loaded.source, &loaded.text);
            way.push(Open::new(loaded.source, loaded.text, parsed, Some(span)));
        }
    }
    done
}
