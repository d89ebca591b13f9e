//! Documents that are in no file: the prelude, and the pages of diagnostics.

use super::texts::PRELUDE_URI;
use crate::findings::all_codes;
use hetc_compiler::cells::PRELUDE;

/// The text of `hetc:/prelude.net` or `hetc:/H0401.md`.
pub fn page(uri: &str) -> Option<&'static str> {
    if uri == PRELUDE_URI {
        return Some(PRELUDE);
    }
    let id = uri.strip_prefix("hetc:/")?.strip_suffix(".md")?;
    all_codes().into_iter().find(|code| code.id == id).map(|code| code.page)
}
