//! What could be written next.

use super::analysis::{Analysis, SOURCE};
use super::client::Client;
use super::describe;
use super::items::ITEMS;
use super::names::{Definition, Kind};
use super::spot::{Spot, spot};
use super::usage::{self, Usage};
use super::words;
use hetc_compiler::cells;
use hetc_compiler::diag::{CODES, Severity};
use hetc_compiler::formula::lower::function_names;
use hetc_compiler::network::{DERIVED, STATEMENTS};
use hetc_grammar::span::Span;
use hetc_grammar::tree::{self, CellKind};
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, InsertTextFormat, MarkupContent, MarkupKind, Position,
    Range, TextEdit,
};

/// What could be written at a position; `typed` is the sign that made the editor ask, if one did.
pub fn completion(analysis: &Analysis, position: Position, typed: Option<&str>, client: &Client) -> Vec<CompletionItem> {
    let text = analysis.text();
    let offset = text.lines.offset(&text.text, position);
    let offers = Offers { analysis, offset, list: Vec::new() };
    let by_blank = typed == Some(" ");
    let offers = match spot(&text.text, offset) {
        Spot::Item | Spot::Head if by_blank => return Vec::new(), // indenting is no question
        Spot::Comment(comment) => offers.allowances(comment),
        Spot::Item => offers.items(client),
        Spot::Head => offers.heads(),
        Spot::InItem { first, before } => offers.in_item(first, before),
        Spot::Argument { head, before } => offers.arguments(head, before),
    };
    let begin = words::begin(&text.text, offset);
    let range = Range::new(text.lines.position(&text.text, begin), position);
    offers.list.into_iter().enumerate().map(|(place, offer)| offer.item(place, range)).collect()
}

/// One thing that could be written.
struct Offer {
    label: String,
    kind: CompletionItemKind,
    /// Beside the label.
    detail: String,
    /// In Markdown, below.
    about: String,
    /// What is inserted, if not the label; `$0` is where the cursor goes.
    snippet: Option<String>,
}

impl Offer {
    fn new(label: impl Into<String>, kind: CompletionItemKind) -> Self {
        Self { label: label.into(), kind, detail: String::new(), about: String::new(), snippet: None }
    }

    fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    fn about(self, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..self }
    }

    /// As the protocol has it, in place of what stands in `range`.
    fn item(self, place: usize, range: Range) -> CompletionItem {
        let format = self.snippet.is_some().then_some(InsertTextFormat::SNIPPET);
        let new_text = self.snippet.unwrap_or_else(|| self.label.clone());
        let about = Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value: self.about.clone() });
        CompletionItem {
            sort_text: Some(format!("{place:04}")),
            label: self.label,
            kind: Some(self.kind),
            detail: (!self.detail.is_empty()).then_some(self.detail),
            documentation: (!self.about.is_empty()).then_some(about),
            insert_text_format: format,
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text })),
            ..CompletionItem::default()
        }
    }
}

/// What has been thought of so far, best first.
struct Offers<'a> {
    analysis: &'a Analysis,
    offset: usize,
    list: Vec<Offer>,
}

impl Offers<'_> {
    /// The first words of items.
    fn items(mut self, client: &Client) -> Self {
        for item in ITEMS {
            let snippet = client.snippets.then(|| item.snippet.to_string());
            let offer = Offer::new(item.word, CompletionItemKind::KEYWORD).detail(item.summary).about(describe::code(item.usage));
            self.list.push(Offer { snippet, ..offer });
        }
        // A formula may go on in a further line.
        if self.names(Kind::Variable).next().is_some() { self.formula() } else { self }
    }

    /// The first words of statements.
    fn heads(mut self) -> Self {
        let statements = if self.is_in_derived() { DERIVED } else { STATEMENTS };
        for statement in statements {
            let usage = describe::code(&statement.usage.replace(" or ", "\n"));
            self.list.push(Offer::new(statement.head, CompletionItemKind::KEYWORD).detail(statement.summary).about(usage));
        }
        if self.is_in_derived() { self } else { self.defined(Kind::Block, CompletionItemKind::CLASS) }
    }

    /// Whether this is the body of a net that is made from another one.
    fn is_in_derived(&self) -> bool {
        let around = |span: Span| span.source == SOURCE && span.range().contains(&self.offset);
        let derived =
            |definition: &&Definition| ["baseline ", "variant "].iter().any(|word| definition.written.starts_with(word));
        self.analysis.names.definitions.iter().filter(derived).any(|definition| around(definition.whole))
    }

    fn in_item(self, first: &str, before: &str) -> Self {
        let in_value = before.rsplit([',', '(']).next().is_some_and(|last| last.contains('='));
        let depth = before.matches('(').count() as i64 - before.matches(')').count() as i64;
        match first {
            "cell" | "window" if depth <= 0 && before.contains('=') => self.formula(),
            "cell" | "window" => {
                // A parameter's default is a number; a formula's open parenthesis is behind the sign.
                let formula = before.split_once(") =").or_else(|| before.split_once('=')).map_or("", |(_, formula)| formula);
                if formula.contains('(') { self.formula() } else { self }
            }
            "net" | "block" if in_value => self.cells("act"),
            "baseline" | "variant" if before.ends_with(" of ") => self.defined(Kind::Net, CompletionItemKind::MODULE),
            "inner" if before.contains('=') => self.arguments("inner", before.split_once('=').map_or("", |(_, rest)| rest)),
            _ if self.names(Kind::Variable).next().is_some() => self.formula(),
            _ => self,
        }
    }

    /// Every name of a kind that holds here.
    fn defined(self, kind: Kind, as_kind: CompletionItemKind) -> Self {
        let offers =
            self.names(kind).map(|definition| Offer::new(&definition.name, as_kind).detail(&definition.written)).collect();
        self.with(offers)
    }

    fn formula(mut self) -> Self {
        let variables: Vec<Offer> = self.names(Kind::Variable).map(variable).collect();
        self.list.extend(variables);
        self.list.push(Offer::new("x", CompletionItemKind::VARIABLE).detail("the unit's own value"));
        self.list.extend(function_names().into_iter().map(|name| Offer::new(name, CompletionItemKind::FUNCTION)));
        self.defined(Kind::Inner, CompletionItemKind::FUNCTION).cells("")
    }

    fn arguments(mut self, head: &str, before: &str) -> Self {
        let usage = Usage::of(head);
        let parameters: Vec<Offer> = self.names(Kind::Parameter).map(variable).collect();
        let inside = before.rfind('(').filter(|open| !before[*open..].contains(')'));
        if let Some(open) = inside {
            let cell = &before[words::begin(before, open)..open];
            return self.cell_parameters(cell).with(parameters);
        }
        let said: Vec<&str> = before.split([' ', '\t', '=', '|']).filter(|word| !word.is_empty()).collect();
        let last = said.last().copied().unwrap_or_default();
        let key = before.trim_end().ends_with('=').then_some(last);
        if let Some(key) = key {
            if key == "hidden" {
                return self.with(parameters).cells("act");
            }
            let values = usage.options.iter().find(|(option, _)| option == key).map(|(_, values)| values.clone());
            return self.choices(&values.unwrap_or_default()).with(parameters);
        }
        let joined = before.trim_end().ends_with('|');
        if let Some((word, values)) = usage.words.iter().find(|(word, values)| word == last && !values.is_empty() && !joined) {
            let values = if word == "ratio" { vec![equal_parts(before)] } else { values.clone() };
            let offers = self.choices(&values).with(parameters);
            return if word == "with" { offers.cells("with") } else { offers };
        }
        if joined {
            return self.with(parameters).cells(head);
        }
        if usage::statement(head).is_none() {
            return self.block_parameters(head, &said).with(parameters);
        }
        let is_new = |word: &str| !said.contains(&word);
        if usage.choices.iter().all(|choice| is_new(choice)) {
            self = self.choices(&usage.choices);
        }
        self.list.extend(parameters);
        let has_cells = usage.words.iter().any(|(word, _)| !is_new(word)) || !said.is_empty();
        if usage.cells && !has_cells && head != "replace" {
            self = self.cells(head);
        }
        if usage.taps {
            self = self.defined(Kind::Tap, CompletionItemKind::REFERENCE);
        }
        for (word, values) in usage.words.iter().filter(|(word, _)| is_new(word)) {
            self.list.push(Offer::new(word, CompletionItemKind::KEYWORD).detail(values.join(" | ")));
        }
        for (option, values) in usage.options.iter().filter(|(option, _)| is_new(option)) {
            self.list.push(Offer::new(format!("{option}="), CompletionItemKind::PROPERTY).detail(values.join(" | ")));
        }
        self
    }

    fn with(mut self, more: Vec<Offer>) -> Self {
        self.list.extend(more);
        self
    }

    fn choices(mut self, choices: &[String]) -> Self {
        self.list.extend(choices.iter().map(|choice| Offer::new(choice, CompletionItemKind::ENUM_MEMBER)));
        self
    }

    /// The cell types that may stand behind `head`; in a formula (without a head) all of them.
    fn cells(mut self, head: &str) -> Self {
        if head == "inner" {
            return self.defined(Kind::Inner, CompletionItemKind::FUNCTION);
        }
        let library = &self.analysis.compilation.library;
        let definitions = library.names().into_iter().filter_map(|name| library.definition(&name));
        let offers: Vec<Offer> = definitions
            .filter(|cell| suits(head, cell))
            .map(|cell| {
                let about = describe::cell(self.analysis, &cell.name.node).unwrap_or_default();
                Offer::new(&cell.name.node, CompletionItemKind::FUNCTION).detail(cells::signature(cell)).about(about)
            })
            .collect();
        // The file's own ones first.
        let (own, built_in): (Vec<Offer>, Vec<Offer>) =
            offers.into_iter().partition(|offer| library.comment(&offer.label).is_none() && self.defines(&offer.label));
        self.list.extend(own.into_iter().chain(built_in));
        self
    }

    fn defines(&self, name: &str) -> bool {
        self.names(Kind::Cell).any(|definition| definition.name == name)
    }

    /// What a block can be given, apart from what it has been given.
    fn block_parameters(mut self, block: &str, said: &[&str]) -> Self {
        let is_block = |definition: &&Definition| definition.kind == Kind::Block && definition.name == block;
        if let Some(block) = self.analysis.names.definitions.iter().find(is_block) {
            let inside = self.analysis.names.definitions.iter().filter(|param| param.scope == Some(block.whole));
            for param in inside.filter(|param| !said.contains(&param.name.as_str())) {
                let offer = Offer::new(format!("{}=", param.name), CompletionItemKind::PROPERTY).detail(&param.written);
                self.list.push(offer);
            }
        }
        self
    }

    fn cell_parameters(mut self, cell: &str) -> Self {
        let definition = self.analysis.compilation.library.definition(cell);
        for param in definition.iter().flat_map(|cell| &cell.params) {
            self.list.push(Offer::new(format!("{}=", param.name), CompletionItemKind::PROPERTY).detail(param.to_string()));
        }
        self
    }

    /// `# allow H0302: the reason`
    fn allowances(mut self, comment: &str) -> Self {
        let mut words = comment.split_whitespace();
        if words.next() == Some("allow") && words.count() <= usize::from(!comment.ends_with(' ')) {
            for code in CODES.iter().filter(|code| code.severity == Severity::Warning) {
                self.list.push(Offer::new(code.id, CompletionItemKind::CONSTANT).detail(code.summary));
            }
        }
        self
    }

    /// The names of a kind that hold here.
    fn names(&self, kind: Kind) -> impl Iterator<Item = &Definition> {
        self.analysis.names.visible(self.offset).filter(move |definition| definition.kind == kind)
    }
}

fn variable(definition: &Definition) -> Offer {
    Offer::new(&definition.name, CompletionItemKind::VARIABLE).detail(&definition.written)
}

/// Whether a cell type can stand behind `head`; in a formula every one can.
fn suits(head: &str, cell: &tree::Cell) -> bool {
    match head {
        "act" => cell.kind == CellKind::Element,
        "window" => cell.kind == CellKind::Window,
        "inner" => false,
        "" => cell.kind == CellKind::Element,
        _ => true,
    }
}

/// `1:1:1` for three cells.
fn equal_parts(before: &str) -> String {
    let cells = 1 + before.matches('|').count();
    vec!["1"; cells.max(2)].join(":")
}
