//! The texts that the editor has open, and what is known about each.

use super::analysis::Analysis;
use super::lines::Lines;
use lsp_types::{TextDocumentContentChangeEvent, Uri};
use std::collections::BTreeMap;
use std::rc::Rc;

/// One open text.
pub struct Document {
    /// The editor's number for this state of it.
    pub version: i32,
    text: String,
    /// Of the text as it is now; made when it is first needed.
    analysis: Option<Rc<Analysis>>,
    /// Whether the editor has been told about this state.
    published: bool,
}

/// All open texts.
#[derive(Default)]
pub struct Documents {
    open: BTreeMap<Uri, Document>,
}

impl Documents {
    /// Opens a text, or replaces it.
    pub fn open(&mut self, uri: Uri, version: i32, text: String) {
        self.open.insert(uri.clone(), Document { version, text, analysis: None, published: false });
        self.touched(&uri);
    }

    /// Applies changes in order; one without a range replaces everything.
    pub fn change(&mut self, uri: &Uri, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        let Some(document) = self.open.get_mut(uri) else { return };
        document.version = version;
        for change in changes {
            match change.range {
                None => document.text = change.text,
                Some(range) => {
                    let lines = Lines::of(&document.text);
                    let start = lines.offset(&document.text, range.start);
                    let end = lines.offset(&document.text, range.end).max(start);
                    document.text.replace_range(start..end, &change.text);
                }
            }
        }
        self.touched(uri);
    }

    /// Closes a text; whether it was open.
    pub fn close(&mut self, uri: &Uri) -> bool {
        let was_open = self.open.remove(uri).is_some();
        self.touched(uri);
        was_open
    }

    /// Makes what is known about `uri`, and about every open text that uses it, out of date.
    pub fn touched(&mut self, uri: &Uri) {
        for (other, document) in &mut self.open {
            if other == uri || document.analysis.as_ref().is_some_and(|analysis| analysis.uses(uri)) {
                document.analysis = None;
                document.published = false;
            }
        }
    }

    /// What is known about an open text.
    pub fn analysis(&mut self, uri: &Uri) -> Option<Rc<Analysis>> {
        let document = self.open.get(uri)?;
        if let Some(known) = &document.analysis {
            return Some(Rc::clone(known));
        }
        let open = |uri: &Uri| self.open.get(uri).map(|document| document.text.clone());
        let analysis = Rc::new(Analysis::of(uri, &document.text, &open));
        self.open.get_mut(uri)?.analysis = Some(Rc::clone(&analysis));
        Some(analysis)
    }

    /// A text whose present state the editor has not been told about; it counts as told from now on.
    pub fn next_unpublished(&mut self) -> Option<(Uri, i32)> {
        let (uri, document) = self.open.iter_mut().find(|(_, document)| !document.published)?;
        document.published = true;
        Some((uri.clone(), document.version))
    }
}
