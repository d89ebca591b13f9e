//! The server's life: reading, answering in order, and telling the editor what is wrong with each text.
//!
//! A thread reads messages; everything else happens here, one after the other. Before a text is checked, everything that has already
//! arrived is taken in, so that fast typing costs one check and not one a key.

use super::client::Client;
use super::documents::Documents;
use super::wire::{self, Incoming, Refusal, code};
use super::{completion, definition, format, hover, pages, problems, symbols};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument, Notification, PublishDiagnostics,
};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentSymbolRequest, Formatting, GotoDefinition, HoverRequest, Initialize, Request,
};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CompletionOptions, CompletionResponse, DocumentSymbolResponse, GotoDefinitionResponse,
    InitializeParams, InitializeResult, OneOf, PositionEncodingKind, PublishDiagnosticsParams, ServerCapabilities, ServerInfo,
    TextDocumentSyncCapability, TextDocumentSyncKind, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver};

type Answer = Result<Value, Refusal>;

/// What the client may ask at this point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing but `initialize`.
    New,
    Running,
    /// Nothing but `exit`.
    ShutDown,
}

/// A server that answers into `output`.
struct Server<W> {
    output: W,
    stage: Stage,
    client: Client,
    documents: Documents,
    queue: VecDeque<Incoming>,
}

/// Serves until the client says `exit` or the stream ends; whether the client had said `shutdown` before `exit`, as it should.
pub fn serve(input: impl Read + Send + 'static, output: impl Write) -> io::Result<bool> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut input = BufReader::new(input);
        loop {
            let Ok(Some(message)) = wire::read(&mut input) else { return };
            if sender.send(message).is_err() {
                return; // nobody listens any more
            }
        }
    });
    let client = Client::default();
    let documents = Documents::default();
    Server { output, stage: Stage::New, client, documents, queue: VecDeque::new() }.run(&receiver)
}

impl<W: Write> Server<W> {
    fn run(&mut self, arriving: &Receiver<Incoming>) -> io::Result<bool> {
        loop {
            while let Ok(message) = arriving.try_recv() {
                self.take_in(message)?;
            }
            if let Some(message) = self.queue.pop_front() {
                if let Some(clean) = self.handle(message)? {
                    return Ok(clean);
                }
            } else if !self.publish_next()? {
                match arriving.recv() {
                    Ok(message) => self.take_in(message)?,
                    Err(_) => return Ok(false),
                }
            }
        }
    }

    /// Puts a message into the queue; a cancellation takes its request out.
    fn take_in(&mut self, message: Incoming) -> io::Result<()> {
        let Incoming::Notification { method, params } = &message else {
            self.queue.push_back(message);
            return Ok(());
        };
        if method != "$/cancelRequest" {
            self.queue.push_back(message);
            return Ok(());
        }
        let wanted = |queued: &Incoming| matches!(queued, Incoming::Request { id, .. } if *id == params["id"]);
        if let Some(place) = self.queue.iter().position(wanted) {
            self.queue.remove(place);
            let refusal = Refusal::new(code::REQUEST_CANCELLED, "cancelled");
            wire::respond(&mut self.output, &params["id"], Err(refusal))?;
        }
        Ok(()) // what has been answered already cannot be cancelled
    }

    /// Does what a message asks for; `Some` if that ends the server: whether cleanly.
    fn handle(&mut self, message: Incoming) -> io::Result<Option<bool>> {
        match message {
            Incoming::Response => {}
            Incoming::Broken { id, refusal } => wire::respond(&mut self.output, &id, Err(refusal))?,
            Incoming::Notification { method, .. } if method == "exit" => return Ok(Some(self.stage == Stage::ShutDown)),
            Incoming::Notification { method, params } => {
                if self.stage == Stage::Running {
                    // What a notification does wrong cannot be answered.
                    let _ = guarded(|| self.notified(&method, params));
                }
            }
            Incoming::Request { id, method, params } => {
                let answer = guarded(|| self.answer(&method, params));
                wire::respond(&mut self.output, &id, answer)?;
            }
        }
        Ok(None)
    }

    fn answer(&mut self, method: &str, params: Value) -> Answer {
        match (self.stage, method) {
            (Stage::New, Initialize::METHOD) => ask::<Initialize>(params, |params| self.initialize(&params)),
            (Stage::New, _) => Err(Refusal::new(code::NOT_INITIALIZED, "`initialize` comes first")),
            (Stage::ShutDown, _) => Err(Refusal::new(code::INVALID_REQUEST, "the server has been shut down")),
            (Stage::Running, Initialize::METHOD) => Err(Refusal::new(code::INVALID_REQUEST, "initialized already")),
            (Stage::Running, "shutdown") => {
                self.stage = Stage::ShutDown;
                Ok(Value::Null)
            }
            (Stage::Running, method) => self.about_a_text(method, params),
        }
    }

    fn about_a_text(&mut self, method: &str, params: Value) -> Answer {
        let client = &self.client;
        let documents = &mut self.documents;
        match method {
            HoverRequest::METHOD => ask::<HoverRequest>(params, |params| {
                let at = params.text_document_position_params;
                hover::hover(&*documents.analysis(&at.text_document.uri)?, at.position)
            }),
            GotoDefinition::METHOD => ask::<GotoDefinition>(params, |params| {
                let at = params.text_document_position_params;
                let analysis = documents.analysis(&at.text_document.uri)?;
                definition::definition(&analysis, at.position, client.documents).map(GotoDefinitionResponse::Scalar)
            }),
            Completion::METHOD => ask::<Completion>(params, |params| {
                let at = params.text_document_position;
                let analysis = documents.analysis(&at.text_document.uri)?;
                let typed = params.context.and_then(|context| context.trigger_character);
                Some(CompletionResponse::Array(completion::completion(&analysis, at.position, typed.as_deref(), client)))
            }),
            Formatting::METHOD => {
                ask::<Formatting>(params, |params| format::edits(documents.analysis(&params.text_document.uri)?.text()))
            }
            CodeActionRequest::METHOD => ask::<CodeActionRequest>(params, |params| {
                let analysis = documents.analysis(&params.text_document.uri)?;
                Some(problems::actions(&analysis, params.range, params.context.only.as_deref(), client))
            }),
            DocumentSymbolRequest::METHOD => ask::<DocumentSymbolRequest>(params, |params| {
                let analysis = documents.analysis(&params.text_document.uri)?;
                Some(DocumentSymbolResponse::Nested(symbols::symbols(&analysis)))
            }),
            "hetc/document" => Ok(json!(params["uri"].as_str().and_then(pages::page))),
            _ => Err(Refusal::new(code::METHOD_NOT_FOUND, format!("`{method}` is not known"))),
        }
    }

    fn notified(&mut self, method: &str, params: Value) -> Answer {
        match method {
            DidOpenTextDocument::METHOD => {
                let text = read::<DidOpenTextDocument>(params)?.text_document;
                self.documents.open(text.uri, text.version, text.text);
            }
            DidChangeTextDocument::METHOD => {
                let params = read::<DidChangeTextDocument>(params)?;
                self.documents.change(&params.text_document.uri, params.text_document.version, params.content_changes);
            }
            DidCloseTextDocument::METHOD => {
                let uri = read::<DidCloseTextDocument>(params)?.text_document.uri;
                if self.documents.close(&uri) {
                    let told = self.publish(PublishDiagnosticsParams::new(uri, Vec::new(), None));
                    told.map_err(|error| Refusal::new(code::INTERNAL_ERROR, error.to_string()))?;
                }
            }
            DidChangeWatchedFiles::METHOD => {
                let changes = read::<DidChangeWatchedFiles>(params)?.changes;
                changes.iter().for_each(|change| self.documents.touched(&change.uri));
            }
            _ => {} // others are no business of ours
        }
        Ok(Value::Null)
    }

    /// Tells the editor about one text that it has not been told about; whether there was one.
    fn publish_next(&mut self) -> io::Result<bool> {
        let Some((uri, version)) = self.documents.next_unpublished() else { return Ok(false) };
        let found = guarded(|| self.diagnostics(&uri)).unwrap_or_default();
        self.publish(PublishDiagnosticsParams::new(uri, found, Some(version)))?;
        Ok(true)
    }

    fn diagnostics(&mut self, uri: &Uri) -> Result<Vec<lsp_types::Diagnostic>, Refusal> {
        let analysis = self.documents.analysis(uri);
        Ok(analysis.map(|analysis| problems::diagnostics(&analysis, &self.client)).unwrap_or_default())
    }

    fn publish(&mut self, params: PublishDiagnosticsParams) -> io::Result<()> {
        wire::notify(&mut self.output, PublishDiagnostics::METHOD, &serde_json::to_value(params)?)
    }

    fn initialize(&mut self, params: &InitializeParams) -> InitializeResult {
        self.client = Client::of(params);
        self.stage = Stage::Running;
        InitializeResult {
            capabilities: capabilities(),
            server_info: Some(ServerInfo { name: "hetc".to_string(), version: Some(env!("CARGO_PKG_VERSION").to_string()) }),
        }
    }
}

fn capabilities() -> ServerCapabilities {
    let signs = [" ", "=", "|", "("];
    ServerCapabilities {
        position_encoding: Some(PositionEncodingKind::UTF16),
        text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::INCREMENTAL)),
        hover_provider: Some(true.into()),
        definition_provider: Some(OneOf::Left(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(signs.map(str::to_string).to_vec()),
            ..CompletionOptions::default()
        }),
        document_formatting_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(
            CodeActionOptions { code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]), ..CodeActionOptions::default() }.into(),
        ),
        document_symbol_provider: Some(OneOf::Left(true)),
        ..ServerCapabilities::default()
    }
}

/// Answers a request of the protocol.
fn ask<R: Request>(params: Value, answer: impl FnOnce(R::Params) -> R::Result) -> Answer
where
    R::Params: DeserializeOwned,
{
    let params = serde_json::from_value(params).map_err(|error| Refusal::new(code::INVALID_PARAMS, error.to_string()))?;
    serde_json::to_value(answer(params)).map_err(|error| Refusal::new(code::INTERNAL_ERROR, error.to_string()))
}

fn read<N: Notification>(params: Value) -> Result<N::Params, Refusal> {
    serde_json::from_value(params).map_err(|error| Refusal::new(code::INVALID_PARAMS, error.to_string()))
}

/// A mistake of ours in one answer must not take the editor's other texts down.
fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Refusal::new(code::INTERNAL_ERROR, "hetc made a mistake")))
}
