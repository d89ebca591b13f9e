//! The one way in which a text is written.
//!
//! The tree gives the code; the text it was read from gives what the tree leaves out, the comments and the blank lines.

use std::iter::Peekable;
use std::vec;

use crate::parse::parse;
use crate::span::{SourceId, Span};
use crate::tree::{Body, CellBody, Comment, File, Item, Stmt, SyntaxError};
use crate::{comments, layout, text};

pub(crate) const INDENT: &str = "    ";

/// Writes a text in the one way: comments kept, four blanks a level, at most one blank line in a row.
///
/// A comment inside parentheses moves above its statement. A text with errors is not touched.
pub fn format(text: &str) -> Result<String, Vec<SyntaxError>> {
    let parsed = parse(SourceId(0), text);
    if !parsed.errors.is_empty() {
        return Err(parsed.errors);
    }
    Ok(Writer::new(text, parsed.comments).file(&parsed.file))
}

/// Writes a tree as text, without comments.
pub fn print(file: &File) -> String {
    Writer::new("", Vec::new()).file(file)
}

struct Writer<'t> {
    /// What the tree was read from; empty where only the tree is known.
    text: &'t str,
    /// Those not yet written.
    comments: Peekable<vec::IntoIter<Comment>>,
    out: String,
    depth: usize,
    /// No line of this body (or file) is written yet, so that a blank line would be its first.
    fresh: bool,
    /// The next line stands apart from the last, whatever the text says.
    apart: bool,
    /// Where in `out` code ends and the comment behind it begins.
    trailing: Vec<usize>,
}

impl<'t> Writer<'t> {
    fn new(text: &'t str, comments: Vec<Comment>) -> Self {
        let comments = comments.into_iter().peekable();
        Self { text, comments, out: String::new(), depth: 0, fresh: true, apart: false, trailing: Vec::new() }
    }

    fn file(mut self, file: &File) -> String {
        let mut width = 0;
        for (index, item) in file.items.iter().enumerate() {
            let last = index.checked_sub(1).and_then(|last| file.items.get(last));
            let next = file.items.get(index..).unwrap_or_default();
            if last.is_some_and(|last| !together(last, item)) {
                self.apart = true;
            }
            let Some(place) = definition(item) else {
                self.item(item);
                continue;
            };
            if !last.and_then(definition).is_some_and(|last| self.adjacent(last, place)) {
                width = self.group_width(next);
            }
            self.definition(item, place, width);
        }
        self.comments_before(usize::MAX);
        align(&self.out, &self.trailing)
    }

    /// An item that is not a definition with a `=`.
    fn item(&mut self, item: &Item) {
        match item {
            Item::Use(item) => {
                self.begin(item.span.start as usize, item.span.end as usize);
                self.out += &text::use_line(item);
                self.end(item.span.end as usize);
            }
            Item::Net(net) => {
                let head_end = net.params.last().map_or(net.name.span, |param| param.name.span).end;
                self.with_body(&text::net_head(net), net.span, head_end, &net.body);
            }
            Item::Block(block) => {
                let head_end = block.params.last().map_or(block.name.span, |param| param.name.span).end;
                self.with_body(&text::block_head(block), block.span, head_end, &block.body);
            }
            Item::Derived(derived) => {
                self.with_body(&text::derived_head(derived), derived.span, derived.of.span.end, &derived.body);
            }
            Item::Cell(_) | Item::Inner(_) => {}
        }
    }

    /// An item with a body, which opens somewhere behind `head_end`.
    fn with_body(&mut self, head: &str, span: Span, head_end: u32, body: &[Stmt]) {
        let open = self.brace_after(head_end as usize).unwrap_or(head_end as usize);
        self.begin(span.start as usize, open);
        self.out += head;
        self.block(body, Span::new(span.source, open, span.end as usize));
        self.end(span.end as usize);
    }

    /// A definition, its `=` in column `width` or further to the right.
    fn definition(&mut self, item: &Item, place: Span, width: usize) {
        self.begin(place.start as usize, place.end as usize);
        let head = definition_head(item);
        let right = match item {
            Item::Cell(cell) => match &cell.body {
                CellBody::Formula(formula) => layout::behind(&format!("{head:width$} ="), formula),
                CellBody::Table(path) => format!(" {}", text::table(&path.node)),
            },
            Item::Inner(inner) => format!(" {}", text::network(inner)),
            _ => String::new(),
        };
        self.out += &format!("{head:width$} ={right}");
        self.end(place.end as usize);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let line_end = stmt.bodies.first().map_or(stmt.span.end, |body| body.span.start);
        self.begin(stmt.span.start as usize, line_end as usize);
        self.out += &text::line(stmt);
        for Body { label, stmts, span } in &stmt.bodies {
            if let Some(label) = label {
                self.out += &format!(" {label}");
            }
            self.block(stmts, *span);
        }
        self.end(stmt.span.end as usize);
    }

    /// ` { … }`, from the blank before the opening brace to the closing one.
    fn block(&mut self, stmts: &[Stmt], span: Span) {
        let (start, close) = (span.start as usize, (span.end as usize).saturating_sub(1));
        if stmts.is_empty() && !self.comment_before(close) {
            self.out += " {}";
            return;
        }
        self.out += " {";
        self.end(start + 1);
        self.depth += 1;
        self.fresh = true;
        for stmt in stmts {
            self.stmt(stmt);
        }
        self.comments_before(close);
        self.fresh = false;
        self.depth -= 1;
        self.indent();
        self.out.push('}');
    }

    /// Begins the line of what stands at `start`: first the comments before it, then those that stand inside it, up to `end`.
    fn begin(&mut self, start: usize, end: usize) {
        self.comments_before(start);
        self.blank_line_before(start);
        while let Some(comment) = self.comments.next_if(|comment| (comment.span.start as usize) < end) {
            self.indent();
            self.out += &comment.text;
            self.out.push('\n');
        }
        self.indent();
    }

    /// Ends the line of what ended at `place` in the text, with the comment that stood behind it.
    fn end(&mut self, place: usize) {
        let text = self.text;
        let behind = |comment: &Comment| {
            let between = text.get(place..comment.span.start as usize);
            between.is_some_and(|between| between.trim_matches([' ', '\t']).is_empty())
        };
        if let Some(comment) = self.comments.next_if(behind) {
            self.trailing.push(self.out.len());
            self.out += &comment.text;
        }
        self.out.push('\n');
    }

    /// The comments before `place`, each on its own line.
    fn comments_before(&mut self, place: usize) {
        while let Some(comment) = self.comments.next_if(|comment| (comment.span.start as usize) < place) {
            self.blank_line_before(comment.span.start as usize);
            self.indent();
            self.out += &comment.text;
            self.out.push('\n');
        }
    }

    fn comment_before(&mut self, place: usize) -> bool {
        self.comments.peek().is_some_and(|comment| (comment.span.start as usize) < place)
    }

    /// Parts what follows from what came before, if it stood apart in the text or has to.
    fn blank_line_before(&mut self, place: usize) {
        let apart = std::mem::take(&mut self.apart) || stands_apart(self.text, place);
        if apart && !std::mem::take(&mut self.fresh) {
            self.out.push('\n');
        }
        self.fresh = false;
    }

    fn indent(&mut self) {
        self.out += &INDENT.repeat(self.depth);
    }

    /// How wide the heads of the definitions are that follow each other without a break.
    fn group_width(&self, items: &[Item]) -> usize {
        let mut width = 0;
        let mut last = None;
        for item in items {
            let Some(place) = definition(item) else { break };
            if last.is_some_and(|last| !self.adjacent(last, place)) {
                break;
            }
            width = width.max(definition_head(item).chars().count());
            last = Some(place);
        }
        width
    }

    /// Whether what stands at `next` is written on the line below `last`: comments inside `next` would come between.
    fn adjacent(&self, last: Span, next: Span) -> bool {
        let between = self.text.get(last.end as usize..next.start as usize);
        let inside = self.text.get(next.range());
        between.is_some_and(|between| line_breaks(between) == 1) && inside.is_some_and(|inside| !comments::has_one(inside))
    }

    /// The first `{` from `place` on that is not part of a comment.
    fn brace_after(&self, place: usize) -> Option<usize> {
        let (found, _) = comments::code(self.text.get(place..)?).find(|&(_, c)| c == '{')?;
        Some(place + found)
    }
}

/// Where a definition with a `=` stands; nothing for other items.
fn definition(item: &Item) -> Option<Span> {
    match item {
        Item::Cell(cell) => Some(cell.span),
        Item::Inner(inner) => Some(inner.span),
        _ => None,
    }
}

/// What stands before the `=` of a definition.
fn definition_head(item: &Item) -> String {
    match item {
        Item::Cell(cell) => text::cell_head(cell),
        Item::Inner(inner) => text::inner_head(inner),
        _ => String::new(),
    }
}

/// Whether no blank line has to part two items.
fn together(a: &Item, b: &Item) -> bool {
    match (a, b) {
        (Item::Use(_), Item::Use(_)) => true,
        _ => definition(a).is_some() && definition(b).is_some(),
    }
}

/// Parts code from the comments behind it, which begin at `places`; those on consecutive lines begin in the same column.
fn align(text: &str, places: &[usize]) -> String {
    let mut places = places.iter().copied().peekable();
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let place = places.next_if(|place| *place < start + line.len()).map_or(line.len(), |place| place - start);
        start += line.len();
        line.split_at(place)
    });
    let lines: Vec<(&str, &str)> = lines.collect();
    let mut out = String::new();
    for run in lines.chunk_by(|(_, above), (_, below)| above.is_empty() == below.is_empty()) {
        let width = run.iter().map(|(code, _)| code.chars().count()).max().unwrap_or(0);
        for (code, comment) in run {
            if comment.is_empty() {
                out += code;
            } else {
                out += &format!("{code:width$}  {comment}");
            }
        }
    }
    out
}

/// Whether a blank line stands before what is at `place`.
fn stands_apart(text: &str, place: usize) -> bool {
    let before = text.get(..place).unwrap_or_default();
    let code = before.trim_end_matches([' ', '\t', '\n', '\r']);
    before.get(code.len()..).is_some_and(|blanks| line_breaks(blanks) > 1)
}

fn line_breaks(text: &str) -> usize {
    text.matches(['\n', '\r']).count() - text.matches("\r\n").count()
}
