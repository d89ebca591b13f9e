//! Texts and what they are read as: `parse/ok` holds texts and their trees, `parse/bad` texts, their errors and what is left of the tree.
mod common;

use std::fs;

use common::{SOURCE, dump, message, render};
use hetc_grammar::tree::{CellBody, Item, SyntaxErrorKind};
use hetc_grammar::{MAX_BYTES, MAX_DEPTH, MAX_OPERATORS, parse, parse_formula, parse_value};

#[test]
fn well_formed_texts_and_their_trees() {
    insta::glob!("parse/ok/*.net", |path| {
        let text = fs::read_to_string(path).unwrap();
        let parsed = parse(SOURCE, &text);
        assert_eq!(render(&text, &parsed.errors), "", "{path:?}");
        let tree = dump(&parsed.file);
        insta::assert_snapshot!(tree);
    });
}

#[test]
fn broken_texts_and_their_errors() {
    insta::glob!("parse/bad/*.net", |path| {
        let text = fs::read_to_string(path).unwrap();
        let parsed = parse(SOURCE, &text);
        assert_ne!(parsed.errors, [], "{path:?}");
        let report = format!("{text}\n-----\n{}-----\n{}", render(&text, &parsed.errors), dump(&parsed.file));
        insta::assert_snapshot!(report);
    });
}

#[test]
fn spans_cover_what_was_written() {
    let text = "net a(p = relu) {\n    conv 8 pad = 1 # why\n    b { c } d { e }\n} # end\ncell f(k = 1 where > 0) = (x + k)…\n";
    let parsed = parse(SOURCE, text);
    let Some(Item::Net(net)) = parsed.file.items.first() else { panic!("no net") };
    let Some(Item::Cell(cell)) = parsed.file.items.last() else { panic!("no cell") };
    let written = |span: hetc_grammar::span::Span| &text[span.range()];
    assert_eq!(written(net.span), &text[..text.find(" # end").unwrap()]);
    assert_eq!(written(net.body[0].span), "conv 8 pad = 1");
    assert_eq!(written(net.body[0].args[1].span()), "pad = 1");
    assert_eq!(written(net.body[1].span), "b { c } d { e }");
    assert_eq!(written(net.body[1].bodies[1].span), "{ e }");
    assert_eq!(written(cell.span), "cell f(k = 1 where > 0) = (x + k)…");
    assert_eq!(written(cell.params[0].span), "k = 1 where > 0");
    assert_eq!(written(cell.body.formula().unwrap().span), "(x + k)…");
    assert_eq!(parsed.comments.iter().map(|comment| written(comment.span)).collect::<Vec<_>>(), ["# why", "# end"]);
    assert!(parsed.comments.iter().all(|comment| comment.trailing));
}

#[test]
fn spans_of_definitions_cover_what_was_written() {
    let text = concat!(
        "use \"a#b.net\" # why\n",
        "block b(w) { c } # end\n",
        "variant v of n { a b } # end\n",
        "inner g = mlp[8] args = 2 # two\n",
        "cell c(a = learn 0.25 per channel where > 0) = x\n",
        "cell t = table \"t.csv\" # points\n",
    );
    let parsed = parse(SOURCE, text);
    assert_eq!(render(text, &parsed.errors), "");
    let written = |span: hetc_grammar::span::Span| &text[span.range()];
    let [Item::Use(file), Item::Block(block), Item::Derived(derived), Item::Inner(inner), Item::Cell(cell), Item::Cell(table)] =
        parsed.file.items.as_slice()
    else {
        panic!("other items")
    };
    assert_eq!(written(file.span), "use \"a#b.net\"");
    assert_eq!(written(file.path.span), "\"a#b.net\"");
    assert_eq!(written(block.span), "block b(w) { c }");
    assert_eq!(written(derived.span), "variant v of n { a b }");
    assert_eq!(written(derived.of.span), "n");
    assert_eq!(written(inner.span), "inner g = mlp[8] args = 2");
    assert_eq!(written(inner.network.span), "mlp[8]");
    let param = &cell.params[0];
    let learn = param.learn.as_ref().unwrap();
    assert_eq!(written(param.span), "a = learn 0.25 per channel where > 0");
    assert_eq!((written(learn.span), written(learn.per.unwrap().span)), ("learn", "channel"));
    assert_eq!(written(table.span), "cell t = table \"t.csv\"");
    let CellBody::Table(path) = &table.body else { panic!("no table") };
    assert_eq!(written(path.span), "\"t.csv\"");
    assert_eq!(parsed.comments.len(), 5);
}

#[test]
fn one_value_or_formula_says_what_is_wrong_with_it() {
    let of_value = |text| parse_value(SOURCE, text).1.iter().map(|error| message(&error.kind)).collect::<Vec<_>>();
    assert_eq!(of_value(""), ["expected a value, found the end"]);
    assert_eq!(of_value("swish(2"), ["`(` is never closed"]);
    assert_eq!(of_value("relu relu"), ["expected `|` | the end of the line, found \"relu\""]);
    let of_formula = |text| parse_formula(SOURCE, text).1.iter().map(|error| message(&error.kind)).collect::<Vec<_>>();
    assert_eq!(of_formula("x +"), ["expected `(` | `-` | a name | a number, found the end"]);
    assert_eq!(of_formula("\n max(x,\n 0)\n"), [""; 0]);
}

#[test]
fn limits_are_errors_of_their_own() {
    let first = |text: &str| parse(SOURCE, text).errors.remove(0).kind;
    assert_eq!(first(&" ".repeat(MAX_BYTES + 1)), SyntaxErrorKind::TooLong { bytes: MAX_BYTES + 1 });
    assert_eq!(first(&format!("net a {}", "{".repeat(100_000))), SyntaxErrorKind::TooDeep);
    assert_eq!(first(&format!("cell a = {}", "(".repeat(100_000))), SyntaxErrorKind::TooDeep);
    for long in ["-", "x^", "x+", "x*", "f(x)+"] {
        assert_eq!(first(&format!("cell a = {}x", long.repeat(100_000))), SyntaxErrorKind::TooManyOperators, "{long}");
    }
}

#[test]
fn the_deepest_text_that_passes_is_read() {
    let parens = format!("cell a = {}x{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    assert_eq!(parse(SOURCE, &parens).errors, []);
    let calls = format!("cell a = {}x{}", "-f(x+".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    assert_eq!(parse(SOURCE, &calls).errors, []);
    let powers = format!("cell a = {}x", "x^".repeat(MAX_OPERATORS));
    assert_eq!(parse(SOURCE, &powers).errors, []);
    let braces = format!("net a {}{}", "{ a ".repeat(MAX_DEPTH).replacen(" a", "", 1), "}".repeat(MAX_DEPTH));
    let braces = braces.replace("{ {", "{ a {");
    assert_eq!(render(&braces, &parse(SOURCE, &braces).errors), "");
}

#[test]
fn nothing_at_all_is_an_error_behind_it() {
    let place = |text: &str| hetc_grammar::parse_value(SOURCE, text).1[0].span.range();
    assert_eq!(place("      "), 6..6);
    assert_eq!(place(""), 0..0);
}

#[test]
fn cells_that_cannot_be_read_are_known_by_name() {
    let text = "cell half = x *\ncell good = x\ncell big(a) = 1e999 * x\ncell = x\ncellar = x\n";
    assert_eq!(parse(SOURCE, text).broken_cells, ["half", "big"]);
    let text =
        "window w(a = ) = x\ninner g =\ninner h = mlp[99999999999999999999]\ninner i = mlp[8]\ncell t = table \"a\nwindow\n";
    assert_eq!(parse(SOURCE, text).broken_cells, ["w", "g", "h", "t"]);
}
