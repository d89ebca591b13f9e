//! A report as one page that needs nothing else: no network, no scripts.

use super::document::Block;
use crate::figure::palette;
use crate::figure::text::escaped;

/// Longer tables are folded: a click shows them.
const LONG: usize = 40;

/// The whole page.
pub fn write(title: &str, blocks: &[Block]) -> String {
    let body: String = blocks.iter().map(block).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<style>\n{}{}\n</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escaped(title),
        include_str!("page.css"),
        palette::style()
    )
}

fn block(block: &Block) -> String {
    match block {
        Block::Title(title) => format!("<h1>{}</h1>\n", escaped(title)),
        Block::Heading(name) => format!("<h2>{}</h2>\n", escaped(name)),
        Block::Answer(sentences) => {
            let sentences: String = sentences.iter().map(|sentence| format!("<p>{}</p>\n", escaped(sentence))).collect();
            format!("<section class=\"answer\">\n{sentences}</section>\n")
        }
        Block::Warning(text) => format!("<p class=\"warning\">{}</p>\n", escaped(text)),
        Block::Text(text) => format!("<p class=\"small\">{}</p>\n", escaped(text)),
        Block::Table(head, rows) => table(head, rows),
        Block::Picture(figure) => format!(
            "<figure id=\"{}\">\n<h3>{}</h3>\n{}<figcaption>{}</figcaption>\n</figure>\n",
            escaped(&figure.name),
            escaped(&figure.title),
            figure.inline(),
            escaped(&figure.caption)
        ),
        Block::Commands(commands) => format!("<pre>{}</pre>\n", escaped_lines(commands)),
        Block::Facts(facts) => {
            let rows = facts.iter().map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>\n", escaped(name), escaped(value)));
            format!("<dl>\n{}</dl>\n", rows.collect::<String>())
        }
    }
}

fn escaped_lines(lines: &[String]) -> String {
    lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\n")
}

fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let row = |cells: &[String], tag: &str| {
        let cells: String = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let head = row(head, "th");
    let body: String = rows.iter().map(|cells| row(cells, "td")).collect();
    let table = format!("<div class=\"wide\"><table>\n<thead>{head}</thead>\n<tbody>\n{body}</tbody>\n</table></div>\n");
    if rows.len() <= LONG {
        return table;
    }
    format!("<details>\n<summary>Table of {} rows</summary>\n{table}</details>\n", rows.len())
}
