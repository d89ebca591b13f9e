//! A report as Markdown, its figures beside it.

use super::document::Block;

/// The whole text.
pub fn write(blocks: &[Block]) -> String {
    let texts: Vec<String> = blocks.iter().map(block).collect();
    texts.join("\n\n") + "\n"
}

fn block(block: &Block) -> String {
    match block {
        Block::Title(title) => format!("# {}", escaped(title)),
        Block::Heading(name) => format!("## {name}"),
        Block::Answer(sentences) => {
            sentences.iter().map(|sentence| format!("**{}**", escaped(sentence))).collect::<Vec<_>>().join("\n\n")
        }
        Block::Warning(text) => format!("> {}", escaped(text)),
        Block::Text(text) => escaped(text),
        Block::Table(head, rows) => table(head, rows),
        Block::Picture(figure) => {
            format!("### {}\n\n![{0}]({}.svg)\n\n{}", escaped(&figure.title), figure.name, escaped(&figure.caption))
        }
        Block::Commands(commands) => {
            let lines: Vec<String> =
                commands.iter().map(|command| format!("    {}", command.replace(['\n', '\r'], " "))).collect();
            lines.join("\n")
        }
        Block::Facts(facts) => {
            facts.iter().map(|(name, value)| format!("* {}: {}", escaped(name), escaped(value))).collect::<Vec<_>>().join("\n")
        }
    }
}

fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let under: String = (0..head.len()).map(|column| if column == 0 { "|---|" } else { "--:|" }).collect();
    let mut lines = vec![line(head.iter().map(|cell| cell.to_string()).collect()), under];
    lines.extend(rows.iter().map(|row| line(row.iter().map(|cell| escaped(cell)).collect())));
    lines.join("\n")
}

/// Nothing in a text is markup. A `<` or `&` before a space is none anyway.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let alone = letters.peek().is_none_or(|next| *next == ' ');
        match c {
            '\\' | '|' | '*' | '`' | '[' | ']' => out.extend(['\\', c]),
            '<' if !alone => out.push_str("&lt;"),
            '&' if !alone => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
