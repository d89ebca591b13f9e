//! What the editor can do, as far as it matters here.

use lsp_types::InitializeParams;

/// What the editor can do.
#[derive(Debug, Default)]
pub struct Client {
    /// It shows further places of a diagnostic.
    pub related: bool,
    /// It understands completions with places to fill in.
    pub snippets: bool,
    /// It asks us (`hetc/document`) for `hetc:` documents and has the command `hetc.explain`; it says so in
    /// `initializationOptions.documents`.
    pub documents: bool,
}

impl Client {
    /// From what it says when it starts.
    pub fn of(params: &InitializeParams) -> Self {
        let text = params.capabilities.text_document.as_ref();
        let published = text.and_then(|text| text.publish_diagnostics.as_ref());
        let item = text.and_then(|text| text.completion.as_ref()?.completion_item.as_ref());
        let options = params.initialization_options.as_ref();
        Self {
            related: published.and_then(|published| published.related_information).unwrap_or(false),
            snippets: item.and_then(|item| item.snippet_support).unwrap_or(false),
            documents: options.and_then(|options| options.get("documents")?.as_bool()).unwrap_or(false),
        }
    }
}
