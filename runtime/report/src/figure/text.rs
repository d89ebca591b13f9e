//! Texts in pictures: how wide they are, and what markup needs.

/// Roughly how wide a text is in a sans serif face of this size, in pixels; rather too wide than too narrow.
pub fn width(text: &str, size: f64) -> f64 {
    let of = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '\'' | '!' => 0.32,
        ' ' | '(' | ')' | '[' | ']' | 'f' | 't' | 'r' | '-' | '/' => 0.40,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
        'A'..='Z' | '=' | '+' | '<' | '>' | '~' | '±' | '−' | '×' => 0.72,
        c if c.is_ascii() => 0.62,
        'À'..='ɏ' => 0.72,
        _ => 1.0,
    };
    size * text.chars().map(of).sum::<f64>()
}

/// `text` cut in its middle so that it is at most `room` wide: names of cells differ at both ends.
pub fn fitted(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_string();
    }
    let letters: Vec<char> = text.chars().collect();
    let cut = |kept: usize| {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        letters[..head].iter().chain(&['…']).chain(&letters[letters.len() - tail..]).collect::<String>()
    };
    let fits = (1..letters.len()).rev().map(cut).find(|shorter| width(shorter, size) <= room);
    fits.unwrap_or_else(|| "…".to_string())
}

/// Text that is markup's in XML and HTML, as text.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
