//! Why a piece of text is not what it should be: the place where reading stopped, and what would have been read on.

use std::ops::Range;

use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};

use crate::comments::code;
use crate::parse::{NetParser, Rule};
use crate::span::{SourceId, Span};
use crate::tree::{SyntaxError, SyntaxErrorKind};

/// Longest piece of text that an error quotes, in characters.
const QUOTED: usize = 24;

/// Reads `piece` of the text by `rule`, which must fail there, and says why it does.
pub(crate) fn why(source: SourceId, text: &str, piece: Range<usize>, rule: Rule) -> SyntaxError {
    let slice = text.get(piece.clone()).unwrap_or_default();
    let (place, wanted) = match NetParser::parse(rule, slice) {
        Err(error) => (start(&error).min(slice.len()), wanted(&error)),
        Ok(_) => (slice.len(), Vec::new()),
    };
    if let Some((open, bracket)) = unclosed_quote(slice, place, &wanted).or_else(|| unclosed(slice, place)) {
        let open = piece.start + open;
        return SyntaxError { kind: SyntaxErrorKind::Unclosed { open: bracket }, span: Span::new(source, open, open + 1) };
    }
    let wanted = match (rule, place) {
        (Rule::only_line, 0) => vec!["a statement".to_owned()],
        _ if wanted.is_empty() => vec!["something else".to_owned()],
        _ => wanted,
    };
    let (range, found) = found(slice, place);
    let span = Span::new(source, piece.start + range.start, piece.start + range.end);
    SyntaxError { kind: SyntaxErrorKind::Expected { wanted, found }, span }
}

fn start(error: &Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(place) | InputLocation::Span((place, _)) => place,
    }
}

/// What would have been read on, in words, sorted and without repetition.
fn wanted(error: &Error<Rule>) -> Vec<String> {
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else { return Vec::new() };
    let mut wanted: Vec<String> = positives.iter().flat_map(|&rule| words(rule)).map(|&word| word.to_owned()).collect();
    wanted.sort();
    wanted.dedup();
    wanted
}

/// The quote whose text reaches to `place`, where it should have been closed.
fn unclosed_quote(slice: &str, place: usize, wanted: &[String]) -> Option<(usize, char)> {
    let missing = words(Rule::close_quote).iter().any(|word| wanted.iter().any(|wanted| wanted == word));
    slice.get(..place).filter(|_| missing)?.rfind('"').map(|open| (open, '"'))
}

/// The inmost bracket that is open at `place` and never closed, where reading went on to a later line or the end for want of it.
fn unclosed(slice: &str, place: usize) -> Option<(usize, char)> {
    let (before, after) = slice.split_at_checked(place)?;
    let (open, bracket) = inmost_open(before)?;
    let later = after.trim().is_empty() || before.get(open..)?.contains(['\n', '\r']);
    (later && !closes(after)).then_some((open, bracket))
}

/// The last bracket that `text` leaves open, with its place.
fn inmost_open(text: &str) -> Option<(usize, char)> {
    let mut open = Vec::new();
    for (place, c) in code(text) {
        match c {
            '(' | '[' => open.push((place, c)),
            ')' | ']' => _ = open.pop(),
            _ => {}
        }
    }
    open.pop()
}

/// Whether `text` closes more brackets than it opens.
fn closes(text: &str) -> bool {
    let mut depth = 1usize;
    code(text).any(|(_, c)| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// What stands at `place`: where, and its text; an empty range behind the last word where nothing follows.
fn found(slice: &str, place: usize) -> (Range<usize>, Option<String>) {
    let (before, after) = slice.split_at_checked(place).unwrap_or((slice, ""));
    let rest = after.trim_start_matches([' ', '\t']);
    let Some(first) = after.chars().next().filter(|_| !rest.is_empty() && !rest.starts_with(['\n', '\r', '#'])) else {
        let last = code(before).filter(|(_, c)| !c.is_whitespace()).last();
        let end = last.map_or(before.len(), |(place, c)| place + c.len_utf8());
        return (end..end, None);
    };
    let in_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let word: usize = after.chars().take_while(in_word).map(char::len_utf8).sum();
    let range = place..place + word.max(first.len_utf8());
    let text = if first.is_control() || (first.is_whitespace() && first != ' ') {
        format!("U+{:04X}", u32::from(first))
    } else {
        shortened(slice.get(range.clone()).unwrap_or_default())
    };
    (range, Some(text))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The rule in words a user knows; none for what goes without saying.
fn words(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::EOI | Rule::line_end | Rule::item_end => &["the end of the line"],
        Rule::only_item => &["`baseline`", "`block`", "`cell`", "`inner`", "`net`", "`use`", "`variant`", "`window`"],
        Rule::kw_use | Rule::use_file => &["`use`"],
        Rule::kw_net | Rule::net | Rule::net_head => &["`net`"],
        Rule::kw_block | Rule::block | Rule::block_head => &["`block`"],
        Rule::kw_baseline => &["`baseline`"],
        Rule::kw_variant => &["`variant`"],
        Rule::derivation | Rule::derived | Rule::derived_head => &["`baseline`", "`variant`"],
        Rule::kw_of => &["`of`"],
        Rule::kw_cell => &["`cell`"],
        Rule::kw_window => &["`window`"],
        Rule::cell_kind | Rule::cell => &["`cell`", "`window`"],
        Rule::kw_inner | Rule::inner => &["`inner`"],
        Rule::kw_where => &["`where`"],
        Rule::kw_and => &["`and`"],
        Rule::kw_learn => &["`learn`"],
        Rule::learned => &["`learn`", "a number"],
        Rule::kw_per => &["`per`"],
        Rule::kw_layer => &["`layer`"],
        Rule::kw_channel => &["`channel`"],
        Rule::per => &["`channel`", "`layer`", "`net`"],
        Rule::text | Rule::quote => &["a text in quotes"],
        Rule::close_quote => &["`\"`"],
        Rule::table => &["`table`"],
        Rule::arg | Rule::option => &["an argument"],
        Rule::value => &["a value"],
        Rule::number | Rule::unsigned | Rule::digits => &["a number"],
        Rule::decimals => &["a digit"],
        Rule::size | Rule::whole | Rule::dims | Rule::ratio => &["a whole number"],
        Rule::number_end => &["the end of the number"],
        Rule::name | Rule::kw_gap | Rule::key | Rule::net_param | Rule::cell_param => &["a name"],
        Rule::name_end => &["a letter from `a` to `z`"],
        Rule::cells | Rule::cell_ref => &["a cell"],
        Rule::call_arg => &["a name", "a number"],
        Rule::bound | Rule::order => &["`<`", "`<=`", "`>`", "`>=`"],
        Rule::formula | Rule::sum | Rule::enclosed | Rule::enclosed_sum => &["a formula"],
        Rule::primary | Rule::call => &["a name", "a number", "`(`"],
        Rule::negative => &["`-`"],
        Rule::plus | Rule::minus | Rule::times | Rule::divide | Rule::power => &["an operator"],
        Rule::compare => &["a comparison"],
        Rule::line | Rule::stmt => &["a statement"],
        Rule::lbrace | Rule::body => &["`{`"],
        Rule::rbrace | Rule::unopened => &["`}`"],
        Rule::lparen | Rule::group | Rule::net_params | Rule::cell_params | Rule::call_args => &["`(`"],
        Rule::rparen => &["`)`"],
        Rule::lbrack | Rule::cell_inputs | Rule::sizes => &["`[`"],
        Rule::rbrack => &["`]`"],
        Rule::comma => &["`,`"],
        Rule::pipe => &["`|`"],
        Rule::colon => &["`:`"],
        Rule::by => &["`x`"],
        Rule::assign => &["`=`"],
        _ => &[],
    }
}
