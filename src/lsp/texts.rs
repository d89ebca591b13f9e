//! The texts that a spec is made of: the prelude, itself, and what it uses, open in the editor or on the disk.

use super::lines::Lines;
use hetc_compiler::cells::PRELUDE;
use hetc_compiler::{Loaded, Loader};
use hetc_grammar::span::SourceId;
use lsp_types::Uri;
use std::path::PathBuf;
use std::str::FromStr;

/// Where the prelude is found by clients that ask us for it.
pub const PRELUDE_URI: &str = "hetc:/prelude.net";

/// A text with its place in the editor's world.
pub struct Text {
    pub uri: Uri,
    pub text: String,
    pub lines: Lines,
}

/// Gives a text that is open in the editor.
pub type OpenText<'a> = &'a dyn Fn(&Uri) -> Option<String>;

/// Texts by [`SourceId`]: the prelude, the spec itself, and what it uses.
pub struct Texts<'a> {
    pub list: Vec<Text>,
    /// What is used and could not be had.
    pub missing: Vec<Uri>,
    open: OpenText<'a>,
}

impl<'a> Texts<'a> {
    /// The prelude and a spec, which may use what `open` gives.
    pub fn new(uri: &Uri, text: &str, open: OpenText<'a>) -> Self {
        let mut texts = Self { list: Vec::new(), missing: Vec::new(), open };
        texts.add(Uri::from_str(PRELUDE_URI).unwrap_or_else(|_| uri.clone()), PRELUDE.to_string());
        texts.add(uri.clone(), text.to_string());
        texts
    }

    fn add(&mut self, uri: Uri, text: String) {
        self.list.push(Text { lines: Lines::of(&text), uri, text });
    }

    fn find(&mut self, uri: &Uri) -> Result<(), String> {
        if self.list.iter().any(|text| text.uri == *uri) {
            return Ok(());
        }
        let text = match (self.open)(uri) {
            Some(text) => text,
            None => read(uri)?,
        };
        self.add(uri.clone(), text);
        Ok(())
    }
}

/// A file that another one uses lies where that one says, from its own folder.
impl Loader for Texts<'_> {
    fn load(&mut self, from: SourceId, path: &str) -> Result<Loaded, String> {
        let from = self.list.get(from.0 as usize).ok_or("nothing is used from here")?;
        let uri = neighbour(&from.uri, path).ok_or("it has to be saved first")?;
        if let Err(reason) = self.find(&uri) {
            self.missing.push(uri);
            return Err(reason);
        }
        let place = self.list.iter().position(|text| text.uri == uri).unwrap_or_default(); // just found
        Ok(Loaded { source: SourceId(place as u32), text: self.list[place].text.clone() })
    }
}

/// What `path` means in the file `from`; `None` for a text that is no file.
pub fn neighbour(from: &Uri, path: &str) -> Option<Uri> {
    let from = from.as_str().strip_prefix("file://")?;
    let (folder, _) = from.rsplit_once('/')?;
    let whole = if path.starts_with('/') { encoded(path) } else { format!("{folder}/{}", encoded(path)) };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "." => {}
            ".." if parts.len() > 1 => drop(parts.pop()),
            ".." => {}
            part => parts.push(part),
        }
    }
    Uri::from_str(&format!("file://{}", parts.join("/"))).ok()
}

/// With signs that a URI cannot hold as `%` and two digits.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The text of a file.
fn read(uri: &Uri) -> Result<String, String> {
    let path = path(uri).ok_or("it is no file")?;
    crate::sources::text_of(&path)
}

/// `/a b/c.net` for `file:///a%20b/c.net`.
fn path(uri: &Uri) -> Option<PathBuf> {
    let path = uri.as_str().strip_prefix("file://")?;
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let decoded = others.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match decoded.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    let path = String::from_utf8(bytes).ok()?;
    // `/C:/specs` on Windows
    let drive = path.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    Some(PathBuf::from(if drive { &path[1..] } else { &path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours() {
        let of = |from: &str, path: &str| neighbour(&Uri::from_str(from).unwrap(), path).map(|uri| uri.as_str().to_string());
        assert_eq!(of("file:///a/b/c.net", "d.net").as_deref(), Some("file:///a/b/d.net"));
        assert_eq!(of("file:///a/b/c.net", "../ü d.net").as_deref(), Some("file:///a/%C3%BC%20d.net"));
        assert_eq!(of("file:///a/c.net", "./../../x.net").as_deref(), Some("file:///x.net"));
        assert_eq!(of("file:///a/c.net", "/x.net").as_deref(), Some("file:///x.net"));
        assert_eq!(of("untitled:Untitled-1", "d.net"), None);
        assert_eq!(path(&Uri::from_str("file:///a%20b/%C3%BC.net").unwrap()), Some(PathBuf::from("/a b/ü.net")));
    }
}
