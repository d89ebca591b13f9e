//! One thing that varies, and how its values are written.

use super::pairs::{across, within};
use crate::findings::{RunFileKey, RunFileValue};
use crate::runfile::Text;
use crate::runfile::reader::{Table, describe};
use hetc_compiler::Setting;
use hetc_compiler::diag::suggest::similar;
use hetc_compiler::diag::{Findings, Syntax, words};
use hetc_grammar::span::{Span, Spanned};
use hetc_grammar::tree::{Value, ValueKind};
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// What a value of a net's parameter may be.
const NET_VALUE: &str = "a number, a text such as `\"swish(2)|ptanh(1)\"`, or `{ pairs = […] }`";

/// One thing that varies.
#[derive(Debug, Clone)]
pub struct Axis {
    /// A parameter of the net, or a key of the run file with its table: `cells`, `optimiser.lr`.
    pub name: String,
    /// Where the key stands.
    pub span: Span,
    /// Its values, in the order of the text, each once.
    pub values: Vec<Choice>,
}

/// One value of an axis.
#[derive(Debug, Clone)]
pub enum Choice {
    /// Of a parameter of the net.
    Net(Setting),
    /// Of a key of the run file.
    Run {
        /// As names and tables show it.
        text: String,
        /// `optimiser.lr = 0.01`, each word where it stands in the sweep file, so that messages point there.
        flag: String,
    },
}

impl Choice {
    /// As names and tables show it.
    pub fn text(&self) -> String {
        match self {
            Choice::Net(setting) => setting.value.to_string(),
            Choice::Run { text, .. } => text.clone(),
        }
    }

    /// Its cells, if it is a mix.
    pub fn mixed_cells(&self) -> Vec<String> {
        match self {
            Choice::Net(Setting { value: Spanned { node: ValueKind::Cells(cells), .. }, .. }) if cells.len() > 1 => {
                cells.iter().map(ToString::to_string).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether it only says how a mix is shared out, and so means nothing for one cell alone.
    pub fn is_ratio(&self) -> bool {
        matches!(self, Choice::Net(setting) if matches!(setting.value.node, ValueKind::Ratio(_)))
    }
}

/// Lists of values that have names: `[lists]`.
pub struct Lists<'t> {
    text: Text<'t>,
    named: BTreeMap<String, Vec<Value>>,
}

impl<'t> Lists<'t> {
    /// Reads the table.
    pub fn read(table: &mut Table, text: Text<'t>, findings: &mut Findings) -> Self {
        let mut lists = Self { text, named: BTreeMap::new() };
        for (name, _, value) in table.open() {
            let values = lists.list(&format!("lists.{name}"), value, findings);
            lists.named.insert(name, values.unwrap_or_default());
        }
        lists
    }

    /// A list of values written out, or the name of one.
    fn list(&self, key: &str, value: &TomlValue, findings: &mut Findings) -> Option<Vec<Value>> {
        match value.get_ref() {
            DeValue::Array(items) if !items.is_empty() => {
                Some(items.iter().filter_map(|item| scalar(key, item, self.text, findings)).collect())
            }
            DeValue::String(name) if self.named.contains_key(name.as_ref()) => self.named.get(name.as_ref()).cloned(),
            other => {
                let near = other.as_str().and_then(|name| similar(name, self.named.keys().map(String::as_str)));
                let expected = match near {
                    Some(near) => format!("a list of values, or the name of one under `[lists]`, such as `\"{near}\"`"),
                    None => "a list of values, or the name of one under `[lists]`".to_string(),
                };
                bad(key, value, &expected, self.text, findings)
            }
        }
    }

    /// All values of a parameter: one, a list, pairs, or a list with pairs in it.
    fn values(&self, key: &str, value: &TomlValue, findings: &mut Findings) -> Vec<Value> {
        match value.get_ref() {
            DeValue::Array(items) if items.is_empty() => {
                bad(key, value, "at least one value", self.text, findings).unwrap_or_default()
            }
            DeValue::Array(items) => items.iter().flat_map(|item| self.one_or_pairs(key, item, findings)).collect(),
            _ => self.one_or_pairs(key, value, findings),
        }
    }

    fn one_or_pairs(&self, key: &str, value: &TomlValue, findings: &mut Findings) -> Vec<Value> {
        match value.get_ref() {
            DeValue::Table(table) => self.pairs(key, value, table, findings).unwrap_or_default(),
            _ => scalar(key, value, self.text, findings).into_iter().collect(),
        }
    }

    fn pairs(&self, key: &str, whole: &TomlValue, table: &DeTable, findings: &mut Findings) -> Option<Vec<Value>> {
        for (name, _) in table.iter().filter(|(name, _)| !["pairs", "with"].contains(&name.get_ref().as_ref())) {
            let (known, span) = (["pairs", "with"].map(str::to_string).to_vec(), place(self.text, name.span()));
            let (file, table, belongs) = ("sweep file", key.to_string(), None);
            findings.report::<()>(RunFileKey { file, key: name.get_ref().to_string(), span, table, known, belongs });
        }
        let get = |name: &str| table.get(name).map(|value| (format!("{key}.{name}"), value));
        let Some((pairs_key, first)) = get("pairs") else { return bad(key, whole, NET_VALUE, self.text, findings) };
        let first = self.list(&pairs_key, first, findings)?;
        let pairs = match get("with") {
            None => within(&first),
            Some((with_key, second)) => across(&first, &self.list(&with_key, second, findings)?),
        };
        if pairs.is_empty() {
            return bad(key, whole, "pairs of cells that are different", self.text, findings);
        }
        Some(pairs)
    }
}

type TomlValue<'a> = toml::Spanned<DeValue<'a>>;

/// The parameters of the net that vary.
pub fn net_axes(table: &mut Table, lists: &Lists, findings: &mut Findings) -> Vec<Axis> {
    let mut axes = Vec::new();
    for (name, span, value) in table.open() {
        let values = lists.values(&format!("net.{name}"), value, findings);
        let setting = |value| Choice::Net(Setting { name: Spanned::new(name.clone(), span), value });
        axes.push(Axis { values: each_once(values.into_iter().map(setting)), name, span });
    }
    axes
}

/// The keys of the run file that vary.
pub fn run_axes(table: &mut Table, text: Text, findings: &mut Findings) -> Vec<Axis> {
    let mut axes = Vec::new();
    for (name, span, value) in table.open() {
        keys_below("", (&name, span), value, text, &mut axes);
    }
    for axis in axes.iter().filter(|axis| axis.name == "train.seeds") {
        let (key, expected, found) = ("run.train.seeds".to_string(), "given as `sweep.seeds`".to_string(), "it here".to_string());
        findings.report::<()>(RunFileValue { key, span: axis.span, expected, found, near: None });
    }
    axes
}

fn keys_below(path: &str, (key, span): (&str, Span), value: &TomlValue, text: Text, axes: &mut Vec<Axis>) {
    let choice = |item: &TomlValue| {
        let text_of = |value: &DeValue| value.as_str().map_or_else(|| slice(text, item.span()).to_string(), str::to_string);
        Choice::Run { text: text_of(item.get_ref()), flag: flag(path, span, item.span(), text) }
    };
    let values = match value.get_ref() {
        DeValue::Table(table) => {
            let below = format!("{path}{key}.");
            for (name, value) in table {
                keys_below(&below, (name.get_ref(), place(text, name.span())), value, text, axes);
            }
            return;
        }
        DeValue::Array(items) => each_once(items.iter().map(choice)),
        _ => vec![choice(value)],
    };
    axes.push(Axis { name: format!("{path}{key}"), span, values });
}

/// `optimiser.lr = 0.01` with `lr` and `0.01` where they stand in the text; the path's beginning stands before them, where the text has
/// the same words or a table's head.
fn flag(path: &str, key: Span, value: std::ops::Range<usize>, text: Text) -> String {
    let mut flag = " ".repeat(key.range().start.saturating_sub(path.len())) + path + slice(text, key.range());
    flag += &" ".repeat((value.start.saturating_sub(1)).saturating_sub(flag.len()));
    flag + "=" + slice(text, value)
}

fn each_once(choices: impl Iterator<Item = Choice>) -> Vec<Choice> {
    let mut values: Vec<Choice> = Vec::new();
    for choice in choices {
        if values.iter().all(|known| known.text() != choice.text()) {
            values.push(choice);
        }
    }
    values
}

/// A value of a spec, written as a number or a text; what is wrong with it is labelled where it stands.
pub fn scalar(key: &str, value: &TomlValue, text: Text, findings: &mut Findings) -> Option<Value> {
    let range = value.span();
    let range = match value.get_ref() {
        DeValue::Integer(_) | DeValue::Float(_) => range,
        // Between its quotes.
        DeValue::String(word) if slice(text, range.start + 1..range.end.saturating_sub(1)) == word.as_ref() => {
            range.start + 1..range.end - 1
        }
        DeValue::String(_) => return bad(key, value, "written without escapes on one line", text, findings),
        _ => return bad(key, value, NET_VALUE, text, findings),
    };
    let (parsed, errors) = hetc_grammar::parse_value(text.source, &(" ".repeat(range.start) + slice(text, range)));
    let sound = errors.is_empty();
    errors.into_iter().for_each(|error| _ = findings.report::<()>(Syntax(error)));
    parsed.filter(|_| sound)
}

fn bad<T>(key: &str, value: &TomlValue, expected: &str, text: Text, findings: &mut Findings) -> Option<T> {
    let (key, span, found) = (key.to_string(), place(text, value.span()), describe(value.get_ref()));
    findings.report(RunFileValue { key, span, expected: expected.to_string(), found, near: None })
}

/// A range of a text as a span.
pub fn place(text: Text, range: std::ops::Range<usize>) -> Span {
    Span::new(text.source, range.start, range.end)
}

fn slice(text: Text<'_>, range: std::ops::Range<usize>) -> &str {
    text.text.get(range).unwrap_or_default()
}

/// The names of axes, for messages: `` `cells`, `optimiser.lr` ``
pub fn names(axes: &[Axis]) -> String {
    words::code_list(axes.iter().map(|axis| axis.name.as_str()), "or")
}
