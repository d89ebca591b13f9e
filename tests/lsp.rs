//! `hetc lsp`, spoken to as an editor does.

mod support;

use lsp_types::request::{CodeActionRequest, Completion, DocumentSymbolRequest, Formatting, GotoDefinition, HoverRequest};
use lsp_types::{
    CodeActionOrCommand, CompletionItem, CompletionResponse, CompletionTextEdit, DiagnosticSeverity, DiagnosticTag,
    DocumentSymbolResponse, GotoDefinitionResponse, HoverContents, Location, NumberOrString, Position, PublishDiagnosticsParams,
    Range, TextEdit,
};
use serde_json::{Value, json};
use support::editor::{Editor, marked, uri};
use support::{SMALL, root};

fn range(from: (u32, u32), to: (u32, u32)) -> Range {
    Range::new(Position::new(from.0, from.1), Position::new(to.0, to.1))
}

fn code(published: &PublishDiagnosticsParams) -> Vec<String> {
    let code = |code: &Option<NumberOrString>| match code {
        Some(NumberOrString::String(code)) => code.clone(),
        other => panic!("{other:?} is no code"),
    };
    published.diagnostics.iter().map(|diagnostic| code(&diagnostic.code)).collect()
}

fn hover(text: &str) -> Option<(String, Range)> {
    let mut editor = Editor::start();
    let (at, _) = editor.open("a.net", text);
    let hover = editor.typed::<HoverRequest>(at);
    editor.quit();
    hover.map(|hover| match hover.contents {
        HoverContents::Markup(markup) => (markup.value, hover.range.expect("a range")),
        other => panic!("{other:?} is no Markdown"),
    })
}

fn hover_text(text: &str) -> String {
    hover(text).expect("something to say").0
}

fn definition(text: &str) -> Option<Location> {
    let mut editor = Editor::start();
    let (at, _) = editor.open("a.net", text);
    let found = editor.typed::<GotoDefinition>(at);
    editor.quit();
    found.map(|found| match found {
        GotoDefinitionResponse::Scalar(location) => location,
        other => panic!("{other:?} is not one place"),
    })
}

fn completion(text: &str) -> Vec<CompletionItem> {
    let mut editor = Editor::start();
    let (at, _) = editor.open("a.net", text);
    let found = editor.typed::<Completion>(at);
    editor.quit();
    match found {
        Some(CompletionResponse::Array(items)) => items,
        other => panic!("{other:?} is no list"),
    }
}

fn labels(text: &str) -> Vec<String> {
    completion(text).into_iter().map(|item| item.label).collect()
}

/// The text after the edits.
fn edited(text: &str, edits: &[TextEdit]) -> String {
    let offset = |position: Position| {
        let start: usize = text.split_inclusive('\n').take(position.line as usize).map(str::len).sum();
        let units = |bytes: usize| text[start..start + bytes].encode_utf16().count();
        let mut places = text[start..].char_indices().map(|(place, _)| place).chain([text.len() - start]);
        start + places.find(|place| units(*place) == position.character as usize).expect("a place in the line")
    };
    let mut out = text.to_string();
    for edit in edits.iter().rev() {
        out.replace_range(offset(edit.range.start)..offset(edit.range.end), &edit.new_text);
    }
    out
}

#[test]
fn what_is_wrong_is_published_with_both_halves() {
    let mut editor = Editor::start();
    let (_, published) = editor.open("a.net", "net a {\n  input 3x4x4\n  pool max 2x2  # 🧠\n  conv 8 3x3\n}\n");
    assert_eq!((published.uri, published.version), (uri("a.net"), Some(1)));
    let [diagnostic] = &published.diagnostics[..] else { panic!("{:?}", published.diagnostics) };
    assert_eq!(diagnostic.range, range((3, 9), (3, 12)));
    assert_eq!(diagnostic.severity, Some(DiagnosticSeverity::ERROR));
    assert_eq!(diagnostic.source.as_deref(), Some("hetc"));
    assert_eq!(diagnostic.code, Some(NumberOrString::String("H0401".to_string())));
    assert_eq!(diagnostic.code_description.as_ref().map(|about| about.href.as_str()), Some("hetc:/H0401.md"));
    assert!(diagnostic.message.starts_with("a 3x3 kernel does not fit on a map of 3x2x2\n"), "{}", diagnostic.message);
    assert!(diagnostic.message.contains("\nhelp: pad the map"), "{}", diagnostic.message);
    let [related] = &diagnostic.related_information.as_ref().unwrap()[..] else { panic!("one more place") };
    assert_eq!(related.location, Location::new(uri("a.net"), range((2, 2), (2, 14))));
    assert_eq!(related.message, "this produces 3x2x2");
    editor.quit();
}

#[test]
fn an_editor_without_further_places_gets_them_as_text() {
    let mut editor = Editor::start_with(json!({ "capabilities": {} }));
    let (_, published) = editor.open("a.net", "net a {\n  input 3x4x4\n  pool max 2x2\n  conv 8 3x3\n}\n");
    let diagnostic = &published.diagnostics[0];
    assert_eq!((&diagnostic.related_information, &diagnostic.code_description), (&None, &None));
    assert!(diagnostic.message.contains("\nline 3: this produces 3x2x2"), "{}", diagnostic.message);
    editor.quit();
}

#[test]
fn columns_are_counted_as_the_protocol_counts() {
    let mut editor = Editor::start();
    let (_, published) = editor.open("a.net", "net a { # ä🧠日\n  input 4\n  dense 🧠ä\n  act rleu # 🧠\n}\n");
    let places: Vec<Range> = published.diagnostics.iter().map(|diagnostic| diagnostic.range).collect();
    assert_eq!(code(&published)[0], "H0001");
    assert_eq!(places[0].start, Position::new(2, 8));
    let unit = places[0].end.character - places[0].start.character;
    assert!([2, 3].contains(&unit), "🧠 is two units and ä one: {:?}", places[0]);
    editor.quit();
}

#[test]
fn what_is_unused_is_tagged() {
    let mut editor = Editor::start();
    let (_, published) = editor.open("a.net", "cell mine = x\nnet a {\n  input 4\n  dense 2\n}\n");
    assert_eq!(code(&published), ["H0106"]);
    assert_eq!(published.diagnostics[0].tags, Some(vec![DiagnosticTag::UNNECESSARY]));
    assert_eq!(published.diagnostics[0].range, range((0, 5), (0, 9)));
    editor.quit();
}

#[test]
fn typing_changes_what_is_wrong() {
    let mut editor = Editor::start();
    let (_, published) = editor.open("a.net", SMALL);
    assert_eq!(published.diagnostics, []);
    // `dense 16  # 🧠` and then, behind the brain, a letter and its removal, and `act` misspelt.
    let at = |line: u32, from: u32, to: u32, text: &str| json!({ "range": range((line, from), (line, to)), "text": text });
    editor.change("a.net", 2, json!([at(3, 12, 12, "  # 🧠"), at(3, 18, 18, "é"), at(3, 18, 19, ""), at(4, 4, 7, "atc")]));
    let published = editor.published();
    assert_eq!((published.version, code(&published)), (Some(2), vec!["H0101".to_string()]));
    assert_eq!(published.diagnostics[0].range, range((4, 4), (4, 7)));
    editor.change("a.net", 3, json!([{ "text": SMALL }]));
    let published = editor.published();
    assert_eq!((published.version, published.diagnostics.len()), (Some(3), 0));
    // A closed text has no diagnostics.
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri("a.net") } }));
    let published = editor.published();
    assert_eq!((published.version, published.diagnostics.len()), (None, 0));
    editor.quit();
}

#[test]
fn incremental_changes_give_the_text_that_was_typed() {
    let mut editor = Editor::start();
    editor.open("a.net", "");
    let text = std::fs::read_to_string(root().join("tests/specs/fail/unicode.net")).unwrap();
    let mut position = Position::new(0, 0);
    let mut changes = Vec::new();
    for sign in text.chars() {
        changes.push(json!({ "range": Range::new(position, position), "text": sign.to_string() }));
        match sign {
            '\n' => position = Position::new(position.line + 1, 0),
            _ => position.character += sign.len_utf16() as u32,
        }
    }
    editor.change("a.net", 2, json!(changes));
    let typed = editor.published().diagnostics;
    let (_, opened) = editor.open("b.net", &text);
    assert!(typed.len() >= 3);
    let places = |list: &[lsp_types::Diagnostic]| list.iter().map(|one| (one.range, one.message.clone())).collect::<Vec<_>>();
    assert_eq!(places(&typed), places(&opened.diagnostics));
    editor.quit();
}

const NET: &str = "# A Gaussian.\ncell bump(width = 1 where > 0) = exp(-(x / width)^2)\n
net mine(cells = swish(2)|bump(0.5), hidden = 16) {
    input 3x8x8

    conv 8 3x3 pad=1
    act cells ratio 3:1
    dense hidden
    act relu
    expect params = 8432
    dense 10
}
";

fn with_mark(at: &str) -> String {
    let plain = at.replace('‸', "");
    assert_eq!(NET.matches(&plain).count(), 1, "{plain}");
    NET.replace(&plain, at)
}

#[test]
fn hover_on_statements() {
    let (text, place) = hover(&with_mark("co‸nv 8 3x3")).unwrap();
    assert!(text.starts_with("```hetc\nconv CHANNELS"), "{text}");
    assert!(text.contains("**conv1**: 3x8x8 → 8x8x8, 224 parameters, 13,824 multiply-adds"), "{text}");
    assert_eq!(place, range((6, 4), (6, 8)));
    insta::assert_snapshot!("hover_conv", text);
    insta::assert_snapshot!("hover_option", hover_text(&with_mark("p‸ad=1")));
    insta::assert_snapshot!("hover_act", hover_text(&with_mark("a‸ct cells")));
    insta::assert_snapshot!("hover_dense_of_map", hover_text(&with_mark("dense hid‸den")));
    insta::assert_snapshot!("hover_expect", hover_text(&with_mark("expect params = 8‸432")));
}

#[test]
fn hover_on_names() {
    insta::assert_snapshot!("hover_own_cell", hover_text(&with_mark("|bu‸mp(0.5)")));
    insta::assert_snapshot!("hover_built_in_cell", hover_text(&with_mark("= swi‸sh(2)")));
    insta::assert_snapshot!("hover_net", hover_text(&with_mark("net mi‸ne(")));
    insta::assert_snapshot!("hover_net_parameter", hover_text(&with_mark("act ce‸lls")));
    insta::assert_snapshot!("hover_cell_parameter", hover_text(&with_mark("x / wid‸th")));
}

#[test]
fn hover_where_there_is_nothing_to_say() {
    assert_eq!(hover(&with_mark("# A Gau‸ssian.")), None);
    assert_eq!(hover("‸"), None);
    assert_eq!(hover("net a {\n  input 4\n‸\n}"), None);
}

/// A mistake further down hides nothing above it.
#[test]
fn hover_above_a_mistake() {
    let text = "net a {\n  input 4\n  den‸se 8\n  act rleu\n  dense\n}\nnet b {\n";
    assert!(hover_text(text).contains("**dense1**: 4 → 8, 40 parameters"), "{}", hover_text(text));
    let below = hover_text("net a {\n  input 4\n  act rleu\n  den‸se 8\n}\n");
    assert!(below.contains("dense UNITS") && !below.contains("dense1"), "{below}");
}

#[test]
fn definitions() {
    let here = |from, to| Some(Location::new(uri("a.net"), range(from, to)));
    assert_eq!(definition(&with_mark("|bu‸mp(0.5)")), here((1, 5), (1, 9)));
    assert_eq!(definition(&with_mark("act ‸cells")), here((3, 9), (3, 14)));
    assert_eq!(definition(&with_mark("dense hidden‸")), here((3, 37), (3, 43)));
    assert_eq!(
        definition(&with_mark("x / wid‸th")),
        here((1, 10), (1, 26)).map(|mut place| {
            place.range.end.character = 15;
            place
        })
    );
    assert_eq!(definition("cell a = x # 🧠\ncell b = 🧠a‸(x)\ncell c = a‸(x)").map(|place| place.range), None);
    assert_eq!(definition("cell a = x\ncell c = 2 * a‸(x)").map(|place| place.range), Some(range((0, 5), (0, 6))));
    assert_eq!(
        definition("net n(block = relu) {\n input 4\n act bl‸ock\n}").map(|place| place.range.start),
        Some(Position::new(0, 6))
    );
    assert_eq!(definition(&with_mark("ra‸tio")), None);
    assert_eq!(definition(&with_mark("co‸nv")), None);
}

#[test]
fn the_prelude_can_be_read() {
    let mut editor = Editor::start();
    let (at, _) = editor.open("a.net", &with_mark("act re‸lu"));
    let found = editor.typed::<GotoDefinition>(at.clone());
    let Some(GotoDefinitionResponse::Scalar(place)) = found else { panic!("{found:?}") };
    assert_eq!(place.uri.as_str(), "hetc:/prelude.net");
    let prelude = editor.ask("hetc/document", json!({ "uri": place.uri })).unwrap();
    let line = prelude.as_str().unwrap().lines().nth(place.range.start.line as usize).unwrap();
    assert!(line.starts_with("cell relu "), "{line}");
    let page = editor.ask("hetc/document", json!({ "uri": "hetc:/H0401.md" })).unwrap();
    assert!(page.as_str().unwrap().starts_with("# H0401 "));
    assert_eq!(editor.ask("hetc/document", json!({ "uri": "hetc:/H9999.md" })), Ok(Value::Null));
    editor.quit();
    // An editor that does not ask for it is not sent there.
    let mut editor = Editor::start_with(json!({ "capabilities": {} }));
    let (at, _) = editor.open("a.net", &with_mark("act re‸lu"));
    assert_eq!(editor.typed::<GotoDefinition>(at), None);
    editor.quit();
}

#[test]
fn completion_of_items_and_statements() {
    assert_eq!(labels("ne‸")[..2], ["net", "cell"]);
    assert_eq!(labels("ne‸"), ["net", "cell", "window", "inner", "block", "baseline", "variant", "use"]);
    let heads = labels("net a {\n    input 4\n    de‸\n}");
    let known: Vec<&str> = hetc_compiler::network::STATEMENTS.iter().map(|statement| statement.head).collect();
    assert_eq!(heads, known);
    let net = &completion("ne‸")[0];
    assert!(matches!(&net.text_edit, Some(CompletionTextEdit::Edit(edit)) if edit.range == range((0, 0), (0, 2))), "{net:?}");
}

#[test]
fn completion_of_arguments() {
    let act = labels("cell mine = x\nnet a(mix = relu) {\n    input 4\n    act ‸\n}");
    assert_eq!(act[..2], ["mix", "mine"], "what the file defines comes first");
    assert!(
        act.iter().any(|label| label == "swish") && act.ends_with(&["ratio", "layout", "seed="].map(str::to_string)),
        "{act:?}"
    );
    let in_net = |line: &str| labels(&format!("net a {{\n    input 4\n    {line}\n}}"));
    assert!(in_net("act relu|‸").contains(&"tanh".to_string()));
    assert_eq!(in_net("act relu ‸"), ["ratio", "layout", "seed="]);
    assert_eq!(in_net("act relu|tanh|sin ratio ‸"), ["1:1:1"]);
    assert_eq!(in_net("act relu layout bl‸"), ["interleave", "block", "checkerboard", "random"]);
    assert_eq!(in_net("act swish(‸"), ["beta="]);
    assert_eq!(in_net("conv 8 3x3 pad=1 ‸"), ["depthwise", "stride=", "groups=", "bias="]);
    assert_eq!(in_net("pool ‸")[..2], ["max", "avg"]);
    assert_eq!(in_net("pool max ‸"), ["to", "global", "stride=", "pad="]);
    assert_eq!(in_net("norm batch affine=‸"), ["yes", "no"]);
    assert_eq!(in_net("expect ‸"), ["params=", "shape=", "macs="]);
    assert_eq!(in_net("act relu # größer ‸"), [""; 0]);
}

#[test]
fn completion_in_formulas() {
    let formula = labels("cell a(width = 1) = x * wi‸");
    assert_eq!(formula[..2], ["width", "x"]);
    assert!(["tanh", "select", "swish"].iter().all(|name| formula.contains(&name.to_string())), "{formula:?}");
    assert!(labels("net a(cells = re‸) {\n}").contains(&"relu".to_string()));
}

#[test]
fn a_blank_at_the_beginning_of_a_line_is_no_question() {
    let mut editor = Editor::start();
    for (text, expected) in [("net a {\n    ‸\n}", 0), ("net a {\n    input 4\n    pool ‸\n}", 6)] {
        let (mut at, _) = editor.open("a.net", text);
        at["context"] = json!({ "triggerKind": 2, "triggerCharacter": " " });
        let Some(CompletionResponse::Array(items)) = editor.typed::<Completion>(at) else { panic!("a list") };
        assert_eq!(items.len(), expected, "{text}");
    }
    editor.quit();
}

#[test]
fn formatting() {
    let mut editor = Editor::start();
    let options = json!({ "tabSize": 4, "insertSpaces": true });
    let mut format = |text: &str| {
        let (at, _) = editor.open("a.net", text);
        editor.typed::<Formatting>(json!({ "textDocument": at["textDocument"], "options": options }))
    };
    assert_eq!(format(SMALL), Some(Vec::new()), "formatted already");
    let untidy = SMALL.replace("    dense 16", "  dense   16   # größer 🧠").replace("    dense 10", " dense 10");
    let edits = format(&untidy).unwrap();
    assert_eq!(edited(&untidy, &edits), hetc_grammar::format(&untidy).unwrap());
    assert!(edits[0].range.start.line >= 3, "lines that stay are not touched: {edits:?}");
    let windows = SMALL.replace('\n', "\r\n");
    let edits = format(&windows).unwrap();
    assert_eq!(edited(&windows, &edits), SMALL);
    assert_eq!(format("net a {\n  input 3x\n}\n"), None, "a text that cannot be read");
    editor.quit();
}

#[test]
#[allow(clippy::mutable_key_type)] // the protocol's own type
fn quick_fixes() {
    let mut editor = Editor::start();
    let text = "net a {\n    input 4 # 🧠\n    act rleu\n    dense 2\n}\n";
    let (at, published) = editor.open("a.net", text);
    let mut ask = |place: Range, only: Value| {
        let context = json!({ "diagnostics": published.diagnostics, "only": only });
        let params = json!({ "textDocument": at["textDocument"], "range": place, "context": context });
        editor.typed::<CodeActionRequest>(params).unwrap_or_default()
    };
    let actions = ask(range((2, 9), (2, 9)), Value::Null);
    let [CodeActionOrCommand::CodeAction(fix), CodeActionOrCommand::CodeAction(explain)] = &actions[..] else {
        panic!("{actions:?}")
    };
    assert_eq!(fix.title, "write `relu` instead of `rleu`");
    assert_eq!(fix.is_preferred, Some(true));
    assert_eq!(fix.diagnostics.as_ref().unwrap()[..], published.diagnostics[..]);
    let changes = fix.edit.as_ref().unwrap().changes.as_ref().unwrap();
    assert_eq!(edited(text, &changes[&uri("a.net")]), text.replace("rleu", "relu"));
    let command = explain.command.as_ref().unwrap();
    assert_eq!((command.command.as_str(), command.arguments.as_deref()), ("hetc.explain", Some(&[json!("H0102")][..])));
    assert_eq!(ask(range((2, 9), (2, 9)), json!(["quickfix"])).len(), 2);
    assert_eq!(ask(range((2, 9), (2, 9)), json!(["refactor"])).len(), 0);
    assert_eq!(ask(range((3, 0), (3, 4)), Value::Null).len(), 0, "nothing is wrong there");
    editor.quit();
}

#[test]
fn symbols() {
    let mut editor = Editor::start();
    let (at, _) = editor.open("a.net", NET);
    let found = editor.typed::<DocumentSymbolRequest>(json!({ "textDocument": at["textDocument"] }));
    let Some(DocumentSymbolResponse::Nested(symbols)) = found else { panic!("{found:?}") };
    let names: Vec<&str> = symbols.iter().map(|symbol| symbol.name.as_str()).collect();
    assert_eq!(names, ["bump", "mine"]);
    assert_eq!(symbols[1].detail.as_deref(), Some("3x8x8 → 10, 8,602 parameters, 22,176 multiply-adds"));
    let inside: Vec<&str> = symbols[1].children.iter().flatten().map(|symbol| symbol.name.as_str()).collect();
    assert_eq!(inside, ["cells", "hidden"]);
    editor.quit();
}

#[test]
fn what_makes_no_sense_is_refused_and_survived() {
    let mut editor = Editor::silent();
    assert_eq!(editor.ask("textDocument/hover", json!({})).unwrap_err()["code"], -32002);
    editor.tell("textDocument/didOpen", json!({}));
    assert!(editor.ask("initialize", json!({ "capabilities": {} })).is_ok());
    assert_eq!(editor.ask("initialize", json!({ "capabilities": {} })).unwrap_err()["code"], -32600);
    assert_eq!(editor.ask("textDocument/hover", json!({ "nonsense": 1 })).unwrap_err()["code"], -32602);
    assert_eq!(editor.ask("textDocument/hover", Value::Null).unwrap_err()["code"], -32602);
    assert_eq!(editor.ask("textDocument/moonlight", json!({})).unwrap_err()["code"], -32601);
    editor.raw(b"Content-Length: 9\r\n\r\n{nonsense");
    let refused = editor.answer();
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&Value::Null, &json!(-32700)));
    editor.raw(b"Content-Length: 2\r\n\r\n[]");
    assert_eq!(editor.answer()["error"]["code"], -32600);
    editor.tell("textDocument/didChange", json!({ "textDocument": 7 }));
    editor.tell("$/setTrace", json!({ "value": "off" }));
    editor.change("never-opened.net", 1, json!([{ "text": "net a {" }]));
    let unknown = json!({ "textDocument": { "uri": uri("never-opened.net") }, "position": { "line": 0, "character": 0 } });
    assert_eq!(editor.ask("textDocument/hover", unknown), Ok(Value::Null));
    let (mut at, _) = editor.open("a.net", SMALL);
    at["position"] = json!({ "line": 4_000_000_000_u32, "character": 4_000_000_000_u32 });
    assert_eq!(editor.ask("textDocument/hover", at), Ok(Value::Null));
    editor.change("a.net", 2, json!([{ "range": range((9, 9), (2, 2)), "text": "🧠" }]));
    editor.published();
    editor.quit();
}

#[test]
fn a_request_can_be_cancelled() {
    let mut editor = Editor::start();
    editor.open("a.net", SMALL);
    let at = json!({ "textDocument": { "uri": uri("a.net") }, "position": { "line": 3, "character": 6 } });
    let id = editor.request("textDocument/hover", at.clone());
    editor.tell("$/cancelRequest", json!({ "id": id }));
    editor.tell("$/cancelRequest", json!({ "id": 4711 }));
    let answer = editor.answer(); // done before it was cancelled, or refused: both are allowed
    assert_eq!(answer["id"], id);
    assert!(answer["error"]["code"] == -32800 || answer["result"].is_object(), "{answer}");
    assert!(editor.ask("textDocument/hover", at).is_ok());
    editor.quit();
}

#[test]
fn exit_codes() {
    let mut polite = Editor::start();
    assert_eq!(polite.ask("shutdown", Value::Null), Ok(Value::Null));
    assert_eq!(polite.ask("textDocument/hover", json!({})).unwrap_err()["code"], -32600);
    polite.tell("exit", Value::Null);
    assert_eq!(polite.exit_code(), Some(0));
    let mut rude = Editor::start();
    rude.tell("exit", Value::Null);
    assert_eq!(rude.exit_code(), Some(1));
    assert_eq!(Editor::start().exit_code(), Some(1), "the editor is gone");
}

/// Every request at every place of every spec of the tests, also of their beginnings.
#[test]
fn no_text_is_too_odd() {
    let mut editor = Editor::start();
    let mut texts: Vec<String> =
        ["\u{FEFF}net a {", "}}}{{{", "net", "cell a(", "act |(", "net a {\r  act \r}", "\"", "#"].map(str::to_string).to_vec();
    for folder in ["tests/specs/fail", "tests/specs/pass", "specs"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "net") {
                let text = std::fs::read_to_string(path).unwrap();
                if text.len() < 4000 {
                    texts.push(text[..text.floor_char_boundary(text.len() / 2)].to_string());
                    texts.push(text);
                }
            }
        }
    }
    for (number, text) in texts.iter().enumerate() {
        let name = format!("{number}.net");
        let (at, _) = editor.open(&name, text);
        for line in 0..text.lines().count() as u32 + 1 {
            for character in (0..40).step_by(9) {
                let at = json!({ "textDocument": at["textDocument"], "position": { "line": line, "character": character } });
                for method in ["textDocument/hover", "textDocument/definition", "textDocument/completion"] {
                    let answer = editor.ask(method, at.clone());
                    assert!(answer.is_ok(), "{method} {line}:{character} of\n{text}\n{answer:?}");
                }
            }
        }
        let place = json!({ "textDocument": at["textDocument"], "range": range((0, 0), (999, 0)), "context": { "diagnostics": [] },
            "options": { "tabSize": 4, "insertSpaces": true } });
        for method in ["textDocument/codeAction", "textDocument/documentSymbol", "textDocument/formatting"] {
            assert!(editor.ask(method, place.clone()).is_ok(), "{method} of\n{text}");
        }
    }
    editor.quit();
}

/// Many keys in a row cost few checks, and the last state is what is told.
#[test]
fn fast_typing_in_a_large_file() {
    let mut editor = Editor::start();
    let body: String = (0..20_000).map(|number| format!("cell c{number} = x + {number}\n")).collect();
    let text = format!("{body}net a {{\n  input 4\n  dense 2\n}}\n");
    editor.open("a.net", &text);
    for version in 2..200 {
        editor.change("a.net", version, json!([{ "range": range((0, 0), (0, 0)), "text": "#" }]));
    }
    let mut told = 0;
    loop {
        told += 1;
        if editor.published().version == Some(199) {
            break;
        }
    }
    assert!(told < 150, "{told} checks");
    editor.quit();
}

#[test]
fn the_marks_of_these_tests_are_read_as_meant() {
    assert_eq!(marked("a\n🧠‸b"), ("a\n🧠b".to_string(), Position::new(1, 2)));
}

/// The words of the editor's grammar, without the escapes of its patterns.
fn grammar_words() -> std::collections::BTreeSet<String> {
    fn patterns(value: &Value, out: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    match value {
                        Value::String(text) if ["match", "begin", "end"].contains(&key.as_str()) => out.push(text.clone()),
                        _ => patterns(value, out),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|value| patterns(value, out)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    patterns(&editor_file("hetc.tmLanguage.json"), &mut found);
    let plain = found.iter().map(|pattern| pattern.replace("\\b", " ").replace("\\s", " "));
    let words = plain.flat_map(|pattern| pattern.split(|c: char| !c.is_alphanumeric()).map(str::to_string).collect::<Vec<_>>());
    words.collect()
}

fn editor_file(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join("grammar/editor").join(name)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The small words of how a statement is written; what has a sign behind it is an option, which needs no list.
fn small_words(usage: &str) -> Vec<&str> {
    let tokens = usage.split([' ', '[', ']', '|', '{', '}', '(', ')']);
    let is_small = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let is_option = |word: &&str| usage.contains(&format!("{word} = "));
    tokens.filter(is_small).filter(|word| *word != "or" && !is_option(word)).collect()
}

#[test]
fn the_grammar_of_editors_knows_every_word() {
    let known = grammar_words();
    for statement in hetc_compiler::network::STATEMENTS {
        for word in small_words(statement.usage).into_iter().chain([statement.head]) {
            assert!(known.contains(word), "`{word}` of `{}` is missing", statement.usage);
        }
    }
    for function in hetc_compiler::formula::lower::function_names() {
        assert!(known.contains(&function), "the function `{function}` is missing");
    }
    let items = "use cell window inner block net baseline variant of where and learn per table allow pi mlp";
    for word in items.split(' ') {
        assert!(known.contains(word), "`{word}` is missing");
    }
}

/// Every rule that is included exists, and every rule that exists is included.
#[test]
fn the_rules_of_the_editors_grammar_belong_together() {
    let grammar = editor_file("hetc.tmLanguage.json");
    let text = grammar.to_string();
    for name in grammar["repository"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("\"#{name}\"")), "`{name}` is not included");
    }
    for part in text.split("\"include\":\"#").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(grammar["repository"].get(name).is_some(), "there is no `{name}`");
    }
}

#[test]
fn the_extension_uses_files_that_are_there() {
    let package = editor_file("package.json");
    let contributes = &package["contributes"];
    for path in [&package["main"], &contributes["languages"][0]["configuration"], &contributes["grammars"][0]["path"]] {
        assert!(root().join("grammar/editor").join(path.as_str().unwrap()).is_file(), "{path}");
    }
    assert_eq!(contributes["grammars"][0]["scopeName"], editor_file("hetc.tmLanguage.json")["scopeName"]);
    assert_eq!(contributes["languages"][0]["extensions"], json!([".net"]));
    assert_eq!(editor_file("language-configuration.json")["comments"]["lineComment"], "#");
}

const V2: &str = "use \"cells.net\"
inner g = mlp[50] hidden=tanh
cell type1 = sin(x) + 0.2 * g(x)
window top = select(x == max(x…), x, 0)
block basic(width, stride = 1) {
    conv width 3x3 pad=1 stride=stride
    act cells
}
net two(cells = relu) {
    input 3x8x8
    basic 4 stride=2
    tap stem
    residual {
        conv 4 3x3 pad=1
        act type1
    }
    join add stem
    window top 2x2
    dense 10
}
variant other of two {
    replace act with mine
}
";

fn with_v2_mark(at: &str) -> String {
    let plain = at.replace('‸', "");
    assert_eq!(V2.matches(&plain).count(), 1, "{plain}");
    V2.replace(&plain, at)
}

/// A folder with the file that `V2` uses.
fn with_used_file(then: impl FnOnce(&mut Editor, &std::path::Path)) {
    let folder = tempfile::tempdir().unwrap();
    support::write(folder.path(), "cells.net", "cell mine = x * 2\n");
    let mut editor = Editor::start();
    then(&mut editor, folder.path());
    editor.quit();
}

fn in_folder(folder: &std::path::Path, name: &str) -> String {
    format!("file://{}/{name}", folder.display())
}

fn open_at(editor: &mut Editor, uri: &str, text: &str) -> (Value, PublishDiagnosticsParams) {
    let (text, position) = marked(text);
    let document = json!({ "uri": uri, "languageId": "hetc", "version": 1, "text": text });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    (json!({ "textDocument": { "uri": uri }, "position": position }), editor.published())
}

#[test]
fn the_whole_language_is_known() {
    with_used_file(|editor, folder| {
        let a = in_folder(folder, "a.net");
        let mut say = |at: &str| {
            let (at, published) = open_at(editor, &a, &with_v2_mark(at));
            assert_eq!(code(&published), [""; 0], "{:?}", published.diagnostics);
            match editor.typed::<HoverRequest>(at).map(|hover| hover.contents) {
                Some(HoverContents::Markup(markup)) => markup.value,
                other => format!("{other:?}"),
            }
        };
        let told: Vec<String> = [
            "basic 4 stri‸de=2",
            "bas‸ic 4",
            "resid‸ual",
            "join add st‸em",
            "window t‸op 2x2",
            "* g‸(x)",
            "replace act with mi‸ne",
            "variant oth‸er",
            "conv wid‸th",
            "act ce‸lls",
        ]
        .iter()
        .map(|at| format!("{at}\n\n{}\n", say(at)))
        .collect();
        insta::assert_snapshot!("hover_whole_language", told.join("\n========\n"));
    });
}

#[test]
fn definitions_in_the_whole_language() {
    with_used_file(|editor, folder| {
        let a = in_folder(folder, "a.net");
        let mut find = |at: &str| {
            let (at, _) = open_at(editor, &a, &with_v2_mark(at));
            match editor.typed::<GotoDefinition>(at) {
                Some(GotoDefinitionResponse::Scalar(place)) => {
                    let name = place.uri.as_str().rsplit('/').next().unwrap().to_string();
                    Some((name, place.range.start.line, place.range.start.character))
                }
                _ => None,
            }
        };
        let here = |line, character| Some(("a.net".to_string(), line, character));
        assert_eq!(find("bas‸ic 4"), here(4, 6));
        assert_eq!(find("join add st‸em"), here(11, 8));
        assert_eq!(find("* g‸(x)"), here(1, 6));
        assert_eq!(find("of tw‸o {"), here(8, 4));
        assert_eq!(find("stride=str‸ide"), here(4, 19));
        assert_eq!(find("act ce‸lls"), here(8, 8));
        assert_eq!(find("replace act with mi‸ne"), Some(("cells.net".to_string(), 0, 5)));
        assert_eq!(find("use \"cel‸ls.net\""), Some(("cells.net".to_string(), 0, 0)));
    });
}

#[test]
fn a_file_that_changes_is_checked_again_where_it_is_used() {
    with_used_file(|editor, folder| {
        let (a, cells) = (in_folder(folder, "a.net"), in_folder(folder, "cells.net"));
        let (_, published) = open_at(editor, &a, V2);
        assert_eq!(published.diagnostics, []);
        let of = |editor: &mut Editor| {
            let both = [editor.published(), editor.published()];
            both.into_iter().find(|published| published.uri.as_str() == a).expect("the file that uses it")
        };
        // In the editor, not saved.
        let document = json!({ "uri": cells, "languageId": "hetc", "version": 1, "text": "cell ours = x\n" });
        editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
        assert_eq!(code(&of(editor)), ["H0102"]);
        let document = json!({ "uri": cells, "version": 2 });
        editor.tell(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [{ "text": "cell mine = y\n" }] }),
        );
        let published = of(editor);
        let found =
            published.diagnostics.iter().find(|found| found.message.starts_with("in what is used here")).expect("told at `use`");
        assert_eq!(found.range, range((0, 4), (0, 15)));
    });
    // On the disk.
    with_used_file(|editor, folder| {
        let (a, cells) = (in_folder(folder, "a.net"), in_folder(folder, "cells.net"));
        std::fs::remove_file(folder.join("cells.net")).unwrap();
        let (_, published) = open_at(editor, &a, V2);
        assert!(!published.diagnostics.is_empty());
        support::write(folder, "cells.net", "cell mine = x\n");
        editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": cells, "type": 1 }] }));
        assert_eq!(editor.published().diagnostics, []);
    });
}

#[test]
fn completion_in_the_whole_language() {
    let in_two = |line: &str| {
        let text =
            with_v2_mark("    dense 10\n").replace("    dense 10\n", &format!("    {line}\n")).replace("use \"cells.net\"\n", "");
        labels(&text)
    };
    assert!(in_two("‸").contains(&"basic".to_string()));
    assert_eq!(in_two("basic ‸")[..2], ["width=", "stride="]);
    assert!(in_two("join add ‸").contains(&"stem".to_string()));
    let windows = in_two("window ‸");
    assert!(windows.contains(&"top".to_string()) && !windows.contains(&"relu".to_string()), "{windows:?}");
    let acts = in_two("act ‸");
    assert!(!acts.contains(&"top".to_string()) && acts.contains(&"type1".to_string()), "{acts:?}");
    assert!(in_two("inner ‸").contains(&"g".to_string()));
    assert!(labels("net two {\n input 4\n}\nbaseline b of ‸").contains(&"two".to_string()));
    assert_eq!(labels("net two {\n input 4\n dense 2\n}\nbaseline b of two {\n  ‸\n}"), ["replace", "match", "expect"]);
}
