//! What holds for every text and every tree.
mod common;

use std::time::{Duration, Instant};

use common::{SOURCE, dump, expr};
use hetc_grammar::span::{Span, Spanned};
use hetc_grammar::tree::*;
use hetc_grammar::{format, parse, parse_formula, parse_value, print};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const SPECS: &[&str] = &[
    include_str!("parse/ok/paper.net"),
    include_str!("parse/ok/cells.net"),
    include_str!("parse/ok/blanks.net"),
    include_str!("parse/ok/structure.net"),
    include_str!("parse/ok/precedence.net"),
    include_str!("parse/ok/numbers.net"),
    include_str!("format/messy.net"),
    include_str!("parse/ok/items.net"),
    include_str!("format/items.net"),
    include_str!("format/long.net"),
    include_str!("parse/bad/lines.net"),
    include_str!("parse/bad/items.net"),
    include_str!("parse/bad/cells.net"),
    include_str!("parse/bad/definitions.net"),
    include_str!("parse/bad/quotes.net"),
    include_str!("parse/bad/unclosed_block.net"),
];

/// Pieces from which texts are glued that get further than arbitrary characters do.
const PIECES: &[&str] = &[
    "net",
    "block",
    "baseline",
    "variant",
    "of",
    "use",
    "cell",
    "window",
    "inner",
    "table",
    "learn",
    "per",
    "layer",
    "where",
    "and",
    "\"",
    "\"a # {(\"",
    "\nwindow a(b = 1) = ",
    "\ninner g = mlp[8]",
    "\nuse \"a\"",
    "\nvariant a of b {\n",
    "conv",
    "x",
    "é",
    "…",
    "...",
    "8",
    "3x3",
    "1:1",
    "1e9",
    "0.5",
    "-",
    "+",
    "*",
    "/",
    "^",
    "<",
    "==",
    "=",
    "|",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "#",
    "# words",
    " ",
    "  ",
    "\t",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "\n    ",
    "\0",
    "\u{feff}",
    "net a {\n",
    "cell a = ",
    "a(",
];

/// Everything that must hold for `text`, whatever it is.
fn holds_for(text: &str) {
    let parsed = parse(SOURCE, text);
    let mut last = 0;
    for error in &parsed.errors {
        inside(text, error.span);
        assert!(error.span.start >= last, "errors out of order in {text:?}");
        last = error.span.start;
        if let SyntaxErrorKind::Expected { wanted, .. } = &error.kind {
            assert!(!wanted.is_empty() && wanted.is_sorted(), "{wanted:?}");
        }
    }
    for comment in &parsed.comments {
        inside(text, comment.span);
        assert_eq!(&text[comment.span.range()], comment.text);
    }
    for item in &parsed.file.items {
        match item {
            Item::Use(item) => text_inside(text, item.span, &item.path),
            Item::Net(net) => with_body_inside(text, net.span, &net.name, &net.body),
            Item::Block(block) => with_body_inside(text, block.span, &block.name, &block.body),
            Item::Derived(derived) => {
                with_body_inside(text, derived.span, &derived.name, &derived.body);
                name_inside(text, derived.span, &derived.of);
            }
            Item::Cell(cell) => {
                inside(text, cell.span);
                name_inside(text, cell.span, &cell.name);
                cell.params.iter().for_each(|param| within(text, cell.span, param.span));
                match &cell.body {
                    CellBody::Formula(formula) => expr_inside(text, cell.span, formula),
                    CellBody::Table(path) => text_inside(text, cell.span, path),
                }
            }
            Item::Inner(inner) => {
                inside(text, inner.span);
                name_inside(text, inner.span, &inner.name);
                within(text, inner.span, inner.network.span);
                inner.options.iter().for_each(|(key, value)| within(text, inner.span, key.span.to(value.span)));
            }
        }
    }
    let (_, errors) = parse_value(SOURCE, text);
    errors.iter().for_each(|error| inside(text, error.span));
    let (_, errors) = parse_formula(SOURCE, text);
    errors.iter().for_each(|error| inside(text, error.span));
    match format(text) {
        Ok(after) => formatted(text, &parsed, &after),
        Err(errors) => assert_eq!(errors.len(), parsed.errors.len()),
    }
}

fn formatted(text: &str, before: &Parsed, after: &str) {
    let parsed = parse(SOURCE, after);
    assert_eq!(parsed.errors, [], "formatting broke {text:?}: {after:?}");
    assert_eq!(dump(&before.file), dump(&parsed.file), "{text:?}");
    let words = |parsed: &Parsed| parsed.comments.iter().map(|comment| comment.text.clone()).collect::<Vec<_>>();
    assert_eq!(words(before), words(&parsed), "{text:?}");
    assert_eq!(format(after).as_deref(), Ok(after), "{text:?}");
    assert!(!after.contains("\n\n\n") && !after.contains(" \n"), "{after:?}");
}

fn inside(text: &str, span: Span) {
    assert!(text.get(span.range()).is_some(), "{span:?} is no part of {text:?}");
}

fn within(text: &str, outer: Span, inner: Span) {
    inside(text, inner);
    assert!(outer.start <= inner.start && inner.end <= outer.end, "{inner:?} is not within {outer:?} in {text:?}");
}

fn with_body_inside(text: &str, outer: Span, name: &Name, body: &[Stmt]) {
    inside(text, outer);
    name_inside(text, outer, name);
    body.iter().for_each(|stmt| stmt_inside(text, outer, stmt));
}

fn name_inside(text: &str, outer: Span, name: &Name) {
    within(text, outer, name.span);
    assert_eq!(&text[name.span.range()], name.node);
}

fn text_inside(text: &str, outer: Span, quoted: &Text) {
    within(text, outer, quoted.span);
    assert_eq!(&text[quoted.span.range()], format!("\"{}\"", quoted.node));
}

fn stmt_inside(text: &str, outer: Span, stmt: &Stmt) {
    within(text, outer, stmt.span);
    within(text, stmt.span, stmt.head.span);
    stmt.args.iter().for_each(|arg| within(text, stmt.span, arg.span()));
    for body in &stmt.bodies {
        within(text, stmt.span, body.span);
        body.stmts.iter().for_each(|stmt| stmt_inside(text, body.span, stmt));
    }
}

fn expr_inside(text: &str, outer: Span, e: &Expr) {
    within(text, outer, e.span);
    match &e.node {
        ExprKind::Number(_) | ExprKind::Name(_) => {}
        ExprKind::Neg(a) | ExprKind::Window(a) => expr_inside(text, e.span, a),
        ExprKind::Binary(_, a, b) | ExprKind::Compare(_, a, b) => [a, b].into_iter().for_each(|x| expr_inside(text, e.span, x)),
        ExprKind::Call { args, .. } => args.iter().for_each(|x| expr_inside(text, e.span, x)),
    }
}

/// A well-formed text with blanks, line ends and comments where nobody puts them; many are still well formed.
fn loosened() -> impl Strategy<Value = String> {
    let blanks = select(vec![" ", "\t", "\n", "\n\n\n", "\r\n", "# c\n", " # { d\n", "\n    # e (\n", "#\n", "# f \r\n"]);
    (0..10usize, vec((any::<Index>(), blanks), 1..5)).prop_map(|(spec, changes)| {
        let mut text = SPECS.get(spec).copied().unwrap_or_default().to_owned();
        for (place, blank) in changes {
            let spots: Vec<usize> = text.match_indices([' ', '\n', '(', ')', '{', '}', ',', '+']).map(|(spot, _)| spot).collect();
            text.insert_str(spots[place.index(spots.len())], blank);
        }
        text
    })
}

/// One change to a text: a piece of it goes, a piece comes in its place.
fn mutated() -> impl Strategy<Value = String> {
    let change = (any::<Index>(), 0..6usize, select(PIECES));
    (select(SPECS), vec(change, 1..6)).prop_map(|(spec, changes)| {
        let mut chars: Vec<char> = spec.chars().collect();
        for (place, gone, piece) in changes {
            let start = place.index(chars.len() + 1);
            let end = (start + gone).min(chars.len());
            chars.splice(start..end, piece.chars());
        }
        chars.into_iter().collect()
    })
}

/// Names that mean something in some place.
const WORDS: &[&str] = &[
    "net", "cell", "window", "inner", "use", "block", "baseline", "variant", "of", "table", "learn", "per", "layer", "where",
    "and", "x", "expect", "x3", "e1",
];

fn at<T>(node: T) -> Spanned<T> {
    Spanned::new(node, Span::new(SOURCE, 0, 0))
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof!["[a-zA-Z_][a-zA-Z0-9_]{0,4}", select(WORDS).prop_map(str::to_owned)].prop_map(at)
}

fn number() -> impl Strategy<Value = Number> {
    let written = |value: f64| prop_oneof![Just(format!("{value}")), Just(format!("{value:e}"))];
    let text = prop_oneof![(-1000i32..1000).prop_map(f64::from), -1e3..1e3f64, proptest::num::f64::NORMAL].prop_flat_map(written);
    text.prop_map(|text| Number { value: text.parse().unwrap(), text })
}

fn unsigned() -> impl Strategy<Value = Number> {
    number().prop_map(|number| Number { text: number.text.trim_start_matches('-').to_owned(), value: number.value.abs() })
}

fn value() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![
        number().prop_map(ValueKind::Number),
        vec(any::<u64>(), 2..4).prop_map(ValueKind::Dims),
        vec(0..10u64, 2..4).prop_map(ValueKind::Ratio),
        vec(cell_ref(), 1..3).prop_map(ValueKind::Cells),
    ];
    kind.prop_map(at)
}

fn cell_ref() -> impl Strategy<Value = CellRef> {
    let word = name().prop_map(|name| CellRef { name, args: None, sizes: None, span: at(()).span });
    let value = prop_oneof![number().prop_map(ValueKind::Number), word.prop_map(|word| ValueKind::Cells(vec![word]))];
    let arg = (option::of(name()), value).prop_map(|(key, value)| CallArg { key, value: at(value) });
    let sizes = vec(any::<u64>().prop_map(at), 1..3);
    (name(), option::of(vec(arg, 0..3)), option::of(sizes)).prop_map(|(name, args, sizes)| CellRef {
        name,
        args,
        sizes,
        span: at(()).span,
    })
}

fn stmt() -> impl Strategy<Value = Stmt> {
    let arg = prop_oneof![value().prop_map(Arg::Plain), (name(), value()).prop_map(|(key, value)| Arg::Option { key, value })];
    let line = (name(), vec(arg, 0..3)).prop_map(|(head, args)| Stmt { head, args, bodies: vec![], span: at(()).span });
    line.prop_recursive(3, 12, 3, |inner| {
        let stmt = inner.clone().prop_map(|stmt| Stmt { bodies: vec![], ..stmt });
        (stmt, vec((name(), vec(inner, 0..3)), 0..3)).prop_map(|(stmt, bodies)| {
            let body = |(index, (label, stmts))| Body { label: (index > 0).then_some(label), stmts, span: at(()).span };
            Stmt { bodies: bodies.into_iter().enumerate().map(body).collect(), ..stmt }
        })
    })
}

fn formula() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![unsigned().prop_map(ExprKind::Number), name().prop_map(|name| ExprKind::Name(name.node))].prop_map(at);
    let ops = select(vec![BinOp::Add, BinOp::Sub, BinOp::Mul, BinOp::Div, BinOp::Pow]);
    leaf.prop_recursive(6, 40, 3, move |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            4 => (ops.clone(), two.clone()).prop_map(|(op, (a, b))| ExprKind::Binary(op, Box::new(a), Box::new(b))),
            1 => (comparison(), two).prop_map(|(op, (a, b))| ExprKind::Compare(op, Box::new(a), Box::new(b))),
            1 => inner.clone().prop_map(|a| ExprKind::Neg(Box::new(a))),
            1 => inner.clone().prop_map(|a| ExprKind::Window(Box::new(a))),
            1 => (name(), vec(inner, 0..3)).prop_map(|(name, args)| ExprKind::Call { name, args }),
        ]
        .prop_map(at)
    })
}

fn comparison() -> impl Strategy<Value = CmpOp> {
    select(vec![CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge, CmpOp::Eq, CmpOp::Ne])
}

fn net_params() -> impl Strategy<Value = Vec<NetParam>> {
    vec((name(), option::of(value())).prop_map(|(name, default)| NetParam { name, default }), 0..3)
}

fn cell_param() -> impl Strategy<Value = CellParam> {
    let order = select(vec![CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge]);
    let bound = (order, number()).prop_map(|(op, limit)| Bound { op, limit: at(limit), span: at(()).span });
    let per = option::of(select(&Per::ALL[..]).prop_map(at));
    let learn = option::of(per.prop_map(|per| Learn { span: at(()).span, per }));
    (name(), learn, option::of(number()), vec(bound, 0..3)).prop_map(|(name, learn, default, domain)| CellParam {
        name,
        learn,
        default: default.map(at),
        domain,
        span: at(()).span,
    })
}

fn quoted() -> impl Strategy<Value = Text> {
    prop_oneof!["[a-z/.]{0,6}", "[^\"\r\n]{0,6}", Just("a # b{(".to_owned())].prop_map(at)
}

fn item() -> impl Strategy<Value = Item> {
    let span = at(()).span;
    let body = || vec(stmt(), 0..4);
    let net = (name(), net_params(), body()).prop_map(move |(name, params, body)| Item::Net(Net { name, params, body, span }));
    let block =
        (name(), net_params(), body()).prop_map(move |(name, params, body)| Item::Block(Block { name, params, body, span }));
    let kind = select(vec![Derivation::Baseline, Derivation::Variant]);
    let derived = (kind, name(), name(), body())
        .prop_map(move |(kind, name, of, body)| Item::Derived(Derived { kind, name, of, body, span }));
    let kind = select(vec![CellKind::Element, CellKind::Window]);
    let cell_body = prop_oneof![4 => formula().prop_map(CellBody::Formula), 1 => quoted().prop_map(CellBody::Table)];
    let cell = (kind, name(), option::of(vec(name(), 1..3)), vec(cell_param(), 0..3), cell_body)
        .prop_map(move |(kind, name, inputs, params, body)| Item::Cell(Cell { kind, name, inputs, params, body, span }));
    let inner = (name(), cell_ref(), vec((name(), value()), 0..3))
        .prop_map(move |(name, network, options)| Item::Inner(Inner { name, network, options, span }));
    let used = quoted().prop_map(move |path| Item::Use(Use { path, span }));
    prop_oneof![1 => net, 1 => block, 1 => derived, 3 => cell, 1 => inner, 1 => used]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        holds_for(&text);
    }

    #[test]
    fn any_bytes_are_read(bytes in vec(any::<u8>(), 0..200)) {
        holds_for(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_pieces_are_read(pieces in vec(select(PIECES), 0..60)) {
        holds_for(&pieces.concat());
    }

    #[test]
    fn any_change_to_a_spec_is_read(text in mutated()) {
        holds_for(&text);
    }

    #[test]
    fn blanks_and_comments_anywhere_are_kept_or_refused(text in loosened()) {
        holds_for(&text);
    }

    #[test]
    fn a_printed_tree_is_read_back(items in vec(item(), 0..4)) {
        let file = File { items };
        let text = print(&file);
        let parsed = parse(SOURCE, &text);
        prop_assert_eq!(common::render(&text, &parsed.errors), "", "{}", text);
        prop_assert_eq!(dump(&parsed.file), dump(&file));
        prop_assert_eq!(print(&parsed.file), text.clone());
        holds_for(&text);
    }

    #[test]
    fn definitions_on_consecutive_lines_are_kept(items in vec(item(), 2..5)) {
        holds_for(&print(&File { items }).replace("\n\n", "\n"));
    }

    #[test]
    fn a_long_formula_is_broken_and_read_back(parts in vec((formula(), 0..4usize), 1..12), name in "[a-z]{1,130}") {
        let written = parts.iter().map(|(part, op)| format!("({part}){}", ["+", "*", "<", "^"][*op])).collect::<String>();
        let text = format!("cell {name} = f({})\n", written.replace('<', ","));
        let text = text.replace("^)", ")").replace("+)", ")").replace("*)", ")").replace(",)", ")");
        holds_for(&text);
        if let Ok(after) = format(&text) {
            let could_break = |line: &&str| line.chars().count() > 120 && line.trim().trim_end_matches(|c| " +*-/<>=!".contains(c)).contains(' ');
            prop_assert_eq!(after.lines().skip(1).find(could_break), None, "{}", after);
        }
    }

    #[test]
    fn a_printed_formula_is_read_back(formula in formula()) {
        let text = formula.to_string();
        let (read, errors) = parse_formula(SOURCE, &text);
        prop_assert_eq!(errors, vec![], "{}", text);
        prop_assert_eq!(expr(&read.unwrap()), expr(&formula));
    }
}

/// Bytes of a long broken text. The time limit leaves room for a slow machine, and none for time that grows faster than the text.
const LONG: usize = 1 << 17;
const GOOD_TIME: Duration = Duration::from_secs(5);

fn read_in_good_time(text: &str) {
    let began = Instant::now();
    let parsed = parse(SOURCE, text);
    let took = began.elapsed();
    let start: String = text.chars().take(40).collect();
    assert!(took < GOOD_TIME, "{took:?} for {start:?}…, {} errors", parsed.errors.len());
}

#[test]
fn long_broken_texts_are_read_in_good_time() {
    let patterns = [
        "!",
        "!\n",
        "(",
        "(\n",
        "a(\n",
        "a(1,\n",
        "[a",
        ")",
        "{",
        "}",
        "{}\n",
        "}\n",
        "a",
        "a ",
        "a=",
        "1",
        "1x",
        "1:",
        "-",
        "é",
        "\0",
        "\r",
        "#(\n",
        "a b(1,\n",
        "net a {\n",
        "net a(\n",
        "net a {!\n",
        "net ",
        "cell a = (x,\n",
        "cell a = x +\n",
        "cell a = -",
        "cell a = f(x\n",
        "net a { b {\n",
        "a { ! } ! }\n",
        "a {\n",
        " a\n",
        "junk (\n",
        "junk (,\n",
        "junk {\n",
        "( ( (\n",
        "(()",
        "(((x)))\n",
        "a|",
        "a(b)|",
        "a[1]",
        "x^",
        "cell a = x # y\n",
        "\"",
        "\"\n",
        "\"a",
        "use \"a\n",
        "use \"a\" x\n",
        "use",
        "block a {\n",
        "block a(\n",
        "variant a of b {\n",
        "variant a of b (\n",
        "baseline a {\n",
        "window a(b,\n",
        "window a(b(1),\n",
        "window a(b\n",
        "window a() \n",
        "window a[b](1,\n",
        "window a(b)",
        "window a = x (\n",
        "inner a = b c=\n",
        "inner a = b(\n",
        "cell a(b = learn\n",
        "cell a(b = learn 1 per,\n",
        "f(x,\n",
        "cell a = f(x,\n)\n",
        "cell a = table \"\n",
    ];
    for start in ["", "net n {\n", "cell a = (", "junk "] {
        for pattern in patterns {
            read_in_good_time(&format!("{start}{}", pattern.repeat(LONG / pattern.len())));
        }
    }
}

#[test]
fn long_texts_are_formatted_in_good_time() {
    let sum = format!("cell a = {}x\n", "x + ".repeat(500));
    let patterns = [
        "cell a = x\n",
        "cell a = x # why\n",
        "window w(a = learn 1 per net) = x…\ninner g = mlp[8]\n",
        "use \"a\"\n",
        "block a { b { c } and { } }\n",
        "variant a of b { # c\n}\n\n\n",
        "cell a = f( # why\n x,)\n",
        &sum,
    ];
    let name = format!("cell a = {}", "-".repeat(500));
    let args = "cell a = f(x".to_owned() + &", x".repeat(LONG / 3) + ")\n";
    let texts = patterns.iter().map(|pattern| pattern.repeat(LONG / pattern.len()));
    for text in texts.chain([name + &"x".repeat(LONG), args]) {
        let began = Instant::now();
        format(&text).unwrap();
        let took = began.elapsed();
        assert!(took < GOOD_TIME, "{took:?} for {:?}…", text.get(..40));
    }
}

#[test]
fn deep_broken_texts_are_read_in_good_time() {
    for (open, close) in [("a { ", "} ! "), ("a { ! ", "} b "), ("a ! { ", "} c {} ! "), ("{ ", "; } ; ")] {
        read_in_good_time(&format!("net n {{ {}!{}", open.repeat(60), close.repeat(61)));
        read_in_good_time(&format!("net n {{ {}", open.repeat(60)));
    }
    for (open, close) in [("(", ")"), ("f(", ")"), ("f(x, -(", "))"), ("1 < (", ")"), ("x^(", ")…")] {
        let depth = 60 / open.matches('(').count();
        read_in_good_time(&format!("cell a = {}!{}", open.repeat(depth), close.repeat(depth)));
        read_in_good_time(&format!("cell a = {}x{} !", open.repeat(depth), close.repeat(depth)));
        read_in_good_time(&format!("cell a = {}x", open.repeat(depth)));
    }
}
