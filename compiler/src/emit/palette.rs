//! One colour a cell type, the same in every picture.

/// Told apart by people who see colours differently, and dark enough for a thin stripe on white.
const COLOURS: [&str; 10] =
    ["#e4572e", "#2e86ab", "#f2a541", "#4f9d69", "#8e5ea2", "#c2185b", "#00a5a8", "#795548", "#7a8b2a", "#5c6bc0"];

/// The colour of a plan's cell, by its index.
pub(super) fn colour(cell: usize) -> &'static str {
    COLOURS[cell % COLOURS.len()]
}

/// Text that is markup's in XML and HTML, as text.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
