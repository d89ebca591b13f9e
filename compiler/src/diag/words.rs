//! Small helpers for wording.

use hetc_grammar::tree::ValueKind;

/// `1 part`, `2 parts`
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// `a`, `a and b`, `a, b, and c`, with `joint` for `and`.
pub fn list(items: &[String], joint: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first, second] => format!("{first} {joint} {second}"),
        [most @ .., last] => format!("{}, {joint} {last}", most.join(", ")),
    }
}

/// Each in backticks, then as [`list`].
pub fn code_list<'a>(items: impl IntoIterator<Item = &'a str>, joint: &str) -> String {
    let quoted: Vec<String> = items.into_iter().map(|item| format!("`{item}`")).collect();
    list(&quoted, joint)
}

/// How something is written, for help; `usage` joins several ways by `or`.
pub fn written(usage: &str) -> String {
    format!("it is written `{}`", usage.replace(" or ", "` or `"))
}

/// `119,674`
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What a value is, for messages: `the number 8`.
pub fn value(kind: &ValueKind) -> String {
    match kind {
        ValueKind::Number(number) => format!("the number {}", number.text),
        ValueKind::Dims(_) => format!("the sizes `{kind}`"),
        ValueKind::Ratio(_) => format!("the ratio `{kind}`"),
        ValueKind::Cells(_) if kind.as_word().is_some() => format!("the word `{kind}`"),
        ValueKind::Cells(_) => format!("`{kind}`"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn words() {
        assert_eq!(super::thousands(128_807_306), "128,807,306");
        assert_eq!(super::thousands(12), "12");
        assert_eq!(super::count(1, "part"), "1 part");
        assert_eq!(super::code_list(["a", "b", "c"], "or"), "`a`, `b`, or `c`");
    }
}
