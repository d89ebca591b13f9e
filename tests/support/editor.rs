//! A small language client: what an editor does, over the real pipes of a real `hetc lsp`.
#![allow(dead_code, missing_docs)]

use lsp_types::notification::{Notification, PublishDiagnostics};
use lsp_types::request::Request;
use lsp_types::{Position, PublishDiagnosticsParams, Uri};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::str::FromStr;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

pub struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    arriving: Receiver<Value>,
    /// Notifications that nobody has waited for yet.
    waiting: VecDeque<Value>,
    last_id: i32,
}

impl Editor {
    /// A server that has been started and told nothing.
    pub fn silent() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hetc"));
        command.args(["lsp", "--stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("hetc starts");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, arriving) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                let _ = sender.send(message);
            }
        });
        let input = child.stdin.take();
        Self { child, input, arriving, waiting: VecDeque::new(), last_id: 0 }
    }

    /// A server that knows an editor with every ability.
    pub fn start() -> Self {
        Self::start_with(json!({
            "capabilities": { "textDocument": {
                "publishDiagnostics": { "relatedInformation": true },
                "completion": { "completionItem": { "snippetSupport": true } }
            } },
            "initializationOptions": { "documents": true }
        }))
    }

    pub fn start_with(params: Value) -> Self {
        let mut editor = Self::silent();
        let result = editor.ask("initialize", params).expect("initialize has a result");
        assert_eq!(result["capabilities"]["positionEncoding"], "utf-16");
        editor.tell("initialized", json!({}));
        editor
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the pipe is open");
        input.write_all(bytes).and_then(|()| input.flush()).expect("hetc reads");
    }

    pub fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and returns its id.
    pub fn request(&mut self, method: &str, params: Value) -> i32 {
        self.last_id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params }));
        self.last_id
    }

    /// The next message that is an answer; notifications before it wait.
    pub fn answer(&mut self) -> Value {
        loop {
            let message = self.next();
            match message.get("id") {
                Some(_) => return message,
                None => self.waiting.push_back(message),
            }
        }
    }

    /// The result of a request, or its error.
    pub fn ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.request(method, params);
        let answer = self.answer();
        assert_eq!(answer["id"], id, "{answer}");
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// A request of the protocol, with its own types on both sides.
    pub fn typed<R: Request>(&mut self, params: Value) -> R::Result {
        let params: R::Params = serde_json::from_value(params).expect("the request is one of the protocol");
        let result = self.ask(R::METHOD, serde_json::to_value(params).expect("JSON")).expect("an answer");
        serde_json::from_value(result).expect("the answer is one of the protocol")
    }

    /// What is published next.
    pub fn published(&mut self) -> PublishDiagnosticsParams {
        let message = self.waiting.pop_front().unwrap_or_else(|| self.next());
        assert_eq!(message["method"], PublishDiagnostics::METHOD, "{message}");
        serde_json::from_value(message["params"].clone()).expect("diagnostics of the protocol")
    }

    fn next(&mut self) -> Value {
        self.arriving.recv_timeout(Duration::from_secs(120)).expect("hetc answers")
    }

    /// Opens `text` without its `‸`, waits for what is wrong with it, and returns where the `‸` was.
    pub fn open(&mut self, name: &str, text: &str) -> (Value, PublishDiagnosticsParams) {
        let (text, position) = marked(text);
        let uri = uri(name);
        let document = json!({ "uri": uri, "languageId": "hetc", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        (json!({ "textDocument": { "uri": uri }, "position": position }), self.published())
    }

    pub fn change(&mut self, name: &str, version: i32, changes: Value) {
        let document = json!({ "uri": uri(name), "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// The exit code, after everything has been said.
    pub fn exit_code(mut self) -> Option<i32> {
        drop(self.input.take());
        self.child.wait().expect("hetc ends").code()
    }

    /// Says goodbye as an editor should.
    pub fn quit(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Ok(Value::Null));
        self.tell("exit", Value::Null);
        assert_eq!(self.exit_code(), Some(0));
    }
}

pub fn uri(name: &str) -> Uri {
    Uri::from_str(&format!("file:///specs/{name}")).expect("a URI")
}

/// A text without its `‸`, and where that was.
pub fn marked(text: &str) -> (String, Position) {
    let offset = text.find('‸').unwrap_or(0);
    let before = &text[..offset];
    let line = before.rsplit('\n').next().unwrap_or_default();
    let position = Position::new(before.matches('\n').count() as u32, line.encode_utf16().count() as u32);
    (text.replacen('‸', "", 1), position)
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().strip_prefix("Content-Length: ") {
            Some(number) => length = number.parse().expect("a length"),
            None => break,
        }
    }
    let mut bytes = vec![0; length];
    output.read_exact(&mut bytes).ok()?;
    Some(serde_json::from_slice(&bytes).expect("hetc writes JSON"))
}
