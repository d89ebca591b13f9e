//! JSON-RPC messages over a stream: a header with `Content-Length`, an empty line, JSON.

use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};

/// Longest message that is read, in bytes; well above the longest spec.
const MAX_MESSAGE: u64 = 256 << 20;

/// JSON-RPC's and the protocol's numbers for what can go wrong.
pub mod code {
    pub const PARSE_ERROR: i32 = -32700;
    pub const INVALID_REQUEST: i32 = -32600;
    pub const METHOD_NOT_FOUND: i32 = -32601;
    pub const INVALID_PARAMS: i32 = -32602;
    pub const INTERNAL_ERROR: i32 = -32603;
    pub const NOT_INITIALIZED: i32 = -32002;
    pub const REQUEST_CANCELLED: i32 = -32800;
}

/// Why a request has no result.
#[derive(Debug)]
pub struct Refusal {
    pub code: i32,
    pub message: String,
}

impl Refusal {
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// One message from the client.
#[derive(Debug)]
pub enum Incoming {
    /// Wants an answer under its id.
    Request { id: Value, method: String, params: Value },
    /// Wants none.
    Notification { method: String, params: Value },
    /// An answer to a request of ours; we make none.
    Response,
    /// Framed, but no message; the id is null where it cannot be known.
    Broken { id: Value, refusal: Refusal },
}

/// The next message; `None` where the stream ends between two messages.
pub fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = read_header(input)? else { return Ok(None) };
    let Some(length) = length else {
        return Ok(Some(broken(Value::Null, code::PARSE_ERROR, "a message without Content-Length")));
    };
    if length > MAX_MESSAGE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a message of {length} bytes")));
    }
    let mut bytes = Vec::new();
    if input.take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(match serde_json::from_slice(&bytes) {
        Ok(value) => understand(value),
        Err(error) => broken(Value::Null, code::PARSE_ERROR, &error.to_string()),
    }))
}

/// The length that the header gives, if it does; `None` at the end of the stream.
fn read_header(input: &mut impl BufRead) -> io::Result<Option<Option<u64>>> {
    let mut length = None;
    let mut line = Vec::new();
    let mut begun = false;
    loop {
        line.clear();
        if input.take(64 << 10).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        match text.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse().ok(),
            _ if text.is_empty() && begun => return Ok(Some(length)),
            _ => {}
        }
        begun |= !text.is_empty();
    }
}

fn understand(value: Value) -> Incoming {
    let Value::Object(mut message) = value else {
        return broken(Value::Null, code::INVALID_REQUEST, "a message is an object");
    };
    let id = message.remove("id");
    let params = message.remove("params").unwrap_or(Value::Null);
    match (message.remove("method"), id) {
        (Some(Value::String(method)), None) => Incoming::Notification { method, params },
        (Some(Value::String(method)), Some(id)) if id.is_number() || id.is_string() => Incoming::Request { id, method, params },
        (Some(Value::String(_)), Some(_)) => broken(Value::Null, code::INVALID_REQUEST, "an id is a number or a string"),
        (None, Some(_)) if message.contains_key("result") || message.contains_key("error") => Incoming::Response,
        (_, id) => broken(id.unwrap_or(Value::Null), code::INVALID_REQUEST, "a message has a method"),
    }
}

fn broken(id: Value, code: i32, message: &str) -> Incoming {
    Incoming::Broken { id, refusal: Refusal::new(code, message) }
}

/// Writes the answer to request `id`.
pub fn respond(output: &mut impl Write, id: &Value, answer: Result<Value, Refusal>) -> io::Result<()> {
    let message = match answer {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(Refusal { code, message }) => {
            json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
        }
    };
    write(output, &message)
}

/// Writes a notification.
pub fn notify(output: &mut impl Write, method: &str, params: &Value) -> io::Result<()> {
    write(output, &json!({ "jsonrpc": "2.0", "method": method, "params": params }))
}

fn write(output: &mut impl Write, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        while let Ok(Some(message)) = read(&mut bytes) {
            found.push(match message {
                Incoming::Request { id, method, .. } => format!("{method} {id}"),
                Incoming::Notification { method, .. } => method,
                Incoming::Response => "response".to_string(),
                Incoming::Broken { id, refusal } => format!("{id} {}", refusal.code),
            });
        }
        found
    }

    fn framed(bodies: &[&str]) -> Vec<u8> {
        bodies.iter().map(|body| format!("Content-Length: {}\r\n\r\n{body}", body.len())).collect::<String>().into_bytes()
    }

    #[test]
    fn a_broken_message_does_not_hide_the_next_one() {
        let bodies = [
            r#"{"id":1,"method":"a"}"#,
            "{nonsense",
            "[]",
            r#"{"id":2}"#,
            r#"{"id":null,"method":"b"}"#,
            r#"{"id":3,"result":null}"#,
            r#"{"method":"ü"}"#,
        ];
        assert_eq!(all(&framed(&bodies)), ["a 1", "null -32700", "null -32600", "2 -32600", "null -32600", "response", "ü"]);
    }

    #[test]
    fn a_header_may_say_more_and_must_say_the_length() {
        let text = b"content-length:2\nContent-Type: x\n\n{}X-Other: 1\r\n\r\nContent-Length: 14\r\n\r\n{\"method\":\"a\"}";
        assert_eq!(all(text), ["null -32600", "null -32700", "a"]);
        assert!(read(&mut &b"Content-Length: 99999999999999\r\n\r\n"[..]).is_err());
        assert!(read(&mut &b"Content-Length: 9\r\n\r\n{}"[..]).is_err());
        assert!(read(&mut &b""[..]).is_ok_and(|message| message.is_none()));
    }
}
