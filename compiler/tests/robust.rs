//! Whatever the text: no panic, an answer in good time, labels on words of the text, and plans that keep their promise.

mod common;

use common::{SOURCE, compile, net_files};
use hetc_compiler::cells::PRELUDE_SOURCE;
use hetc_compiler::plan::{Op, Plan};
use hetc_compiler::{Compilation, emit};
use proptest::prelude::*;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Compiles `text` and checks everything that holds for every text.
fn check(text: &str) -> Compilation {
    let compilation = compile(text);
    for diagnostic in &compilation.diagnostics {
        let spans = diagnostic.labels.iter().map(|label| label.span).chain(diagnostic.fix.iter().map(|fix| fix.span));
        for span in spans {
            assert_ne!(span.source, PRELUDE_SOURCE, "{diagnostic:?}");
            assert_eq!(span.source, SOURCE);
            assert!(text.get(span.range()).is_some(), "{span:?} is no part of the text: {diagnostic:?}");
        }
        let headline = &diagnostic.headline;
        assert!(!headline.is_empty() && !headline.ends_with('.') && !headline.contains('\n'), "{headline}");
    }
    for plan in compilation.nets.iter().filter_map(|net| net.plan.as_ref()) {
        check_plan(plan);
    }
    if !compilation.has_errors() {
        assert!(compilation.nets.iter().all(|net| net.plan.is_some()), "no plan and no error for\n{text}");
    }
    compilation
}

fn check_plan(plan: &Plan) {
    plan.verify().unwrap();
    assert_eq!(Plan::from_text(&plan.to_text()).as_ref(), Ok(plan));
    assert!(emit::table(plan).lines().count() > plan.layers.len());
    for control in plan.controls() {
        control.verify().unwrap();
        let learns = plan.cells.iter().any(|cell| !cell.is_plain());
        assert!(learns || control.params == plan.params);
    }
}

/// As [`check`], in less than a few seconds even in a debug build on a busy machine.
fn check_quickly(text: &str) -> Compilation {
    let start = Instant::now();
    let compilation = check(text);
    assert!(start.elapsed() < Duration::from_secs(8), "took {:?}", start.elapsed());
    compilation
}

/// SplitMix64: garbage that is the same everywhere.
fn noise(seed: u64) -> impl Iterator<Item = u64> {
    (1u64..).map(move |i| {
        let mut z = seed.wrapping_add(i.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}

#[test]
fn a_megabyte_of_garbage() {
    let bytes: Vec<u8> = noise(1).take(1 << 20).map(|word| word as u8).collect();
    check_quickly(&String::from_utf8_lossy(&bytes));
}

#[test]
fn a_megabyte_of_the_language_s_own_signs() {
    let signs =
        "net cell input conv act pool { } ( ) [ ] | = : , + * / ^ … x 3x3 1:1 8 \n \n \n # relu where > select".split(' ');
    let signs: Vec<&str> = signs.collect();
    let text: String = noise(2).take(200_000).flat_map(|word| [signs[word as usize % signs.len()], " "]).collect();
    check_quickly(&text);
}

#[test]
fn deep_nesting() {
    for (open, close) in
        [("(", ")"), ("{", "}"), ("[", "]"), ("residual {\n", "}\n"), ("-", ""), ("tanh(", ")"), ("select(x>0,", ",1)")]
    {
        for depth in [10, 63, 64, 65, 1_000, 100_000] {
            let nest = format!("{}x{}", open.repeat(depth), close.repeat(depth));
            check_quickly(&format!("cell c = {nest}\nnet n {{\n input 4\n act {nest}\n {nest}\n}}\n"));
        }
    }
}

#[test]
fn many_lines() {
    let net = |line: &str, n: usize| format!("net n {{\ninput 4\n{}}}\n", line.repeat(n));
    assert_eq!(check_quickly(&net("# nothing\n", 100_000)).diagnostics.len(), 1);
    assert_eq!(check_quickly(&net("dense 4\n", 100_000)).diagnostics.len(), 1);
    assert_eq!(check_quickly(&net("dnese 4\n", 100_000)).diagnostics.len(), 100_000);
    check_quickly(&net("dense 4 4x\n", 100_000));
    check_quickly(&"net n {\ninput 4\ndense 4\n}\n".repeat(25_000));
    check_quickly(&net("}\nnet m {\n", 20_000));
}

#[test]
fn many_cells() {
    let forwards: String = (0..20_000).map(|i| format!("cell c{i} = c{}(x)\n", i + 1)).collect();
    check_quickly(&format!("{forwards}cell c20000 = x\nnet n {{\ninput 4\nact c0\n}}\n"));
    let circle: String = (0..20_000).map(|i| format!("cell c{i} = c{}(x) + c{0}(x)\n", (i + 1) % 20_000)).collect();
    assert_eq!(check_quickly(&circle).diagnostics.len(), 1);
    let doubling: String = (0..60).map(|i| format!("cell d{} = d{i}(d{i}(x))\n", i + 1)).collect();
    check_quickly(&format!("cell d0 = sin(x)\n{doubling}net n {{\ninput 4\nact d60\n}}\n"));
    let mix = vec!["relu"; 50_000].join("|");
    check_quickly(&format!("net n {{\ninput 4\nact {mix} ratio 1:1\nact {mix}\n}}\n"));
}

#[test]
fn huge_numbers() {
    let numbers = [
        "0",
        "1",
        "1e15",
        "999999999999999",
        "1e308",
        "1e-308",
        "18446744073709551615",
        "9007199254740993",
        "-1",
        "268435456",
        "1e9",
    ];
    let dims = ["0x0", "1x1", "999999999999999x1", "18446744073709551615x18446744073709551615", "4294967296x4294967296"];
    for number in numbers {
        for dim in dims {
            check_quickly(&format!(
                "net a {{\ninput 3x3x3\nconv {number} {dim} pad={number} stride={number} groups=1\nact relu\n}}\n\
                 net b {{\ninput 3x3x3\nconv 1 {dim} pad={dim} stride={dim}\nact relu|tanh layout checkerboard\npool avg to {dim}\ndense {number}\n}}\n\
                 net c {{\ninput {number}\ndense {number}\nnorm layer\nact swish({number})|relu ratio 1:1000000 layout block\nexpect macs = {number}\n}}\n\
                 net d {{\ninput 1x{dim}\nact elu({number})|relu ratio 1000000:1 layout checkerboard\npool max {dim} stride={number}\n}}\n\
                 net e {{\ninput 1x{dim}\nact relu layout random seed={number}\ndropout {number}\nnorm batch epsilon={number}\n}}\n"
            ));
        }
    }
}

#[test]
fn the_largest_sample_is_shared_out_without_being_written_out() {
    for layout in ["interleave", "block", "checkerboard"] {
        let found = check_quickly(&format!("net n {{\ninput 1x16384x16384\nact relu|tanh layout {layout}\n}}\n"));
        assert!(found.nets[0].plan.is_some() || layout != "checkerboard");
    }
}

#[test]
fn numbers_per_channel_are_counted_without_writing_units_out() {
    let board = format!("act {} ratio {} layout checkerboard", ["prelu"; 64].join("|"), ["99999"; 64].join(":"));
    for (input, line) in [
        ("268435456", "act prelu"),
        ("268435456", "act prelu|relu layout random seed=1"),
        ("268435456", "repeat 30 { act prelu|prelu(2) layout block }"),
        ("1x16384x16384", &board),
    ] {
        let found = check_quickly(&format!("net n {{\ninput {input}\n{line}\n}}\n"));
        assert!(found.nets[0].plan.is_some());
    }
    for line in ["act prelu|relu|prelu(2) ratio 3:1:2", "act prelu|relu|prelu ratio 3:1:9", "act glu|both"] {
        for layout in ["interleave", "block", "checkerboard", "random seed=3"] {
            let text = format!(
                "cell both[u, v](a = learn 1 per channel) = a * u + v\nnet n {{\ninput 18x1x3\n{line} layout {layout}\n}}\n"
            );
            let plan = check(&text).nets.remove(0).plan.unwrap();
            let Op::Cells(placement) = &plan.layers[0].op else { panic!("no cells") };
            let sites = placement.sites(&plan.input).unwrap();
            let trained = |cell: usize| plan.cells[cell].trained.len();
            let shares = placement.shares.iter().enumerate();
            let numbers: usize = shares.map(|(i, share)| trained(share.cell) * placement.units_of(i, &sites).len()).sum();
            assert_eq!(plan.params, numbers as u64, "{line} {layout}");
        }
    }
}

#[test]
fn every_cell_of_a_mix_has_a_control_of_its_own() {
    let found = check("net n {\ninput 2x4x4\nwindow maxrelu|relu 2x2\nact relu|tanh\n}\n");
    let controls = found.nets[0].plan.as_ref().unwrap().controls();
    let cells = |plan: &Plan| plan.cells.iter().map(|cell| cell.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        controls.iter().map(cells).collect::<Vec<_>>(),
        // A window is no hindrance for a cell that needs none; the lack of one is for a cell that does.
        [vec!["maxrelu", "relu", "tanh"], vec!["relu"], vec!["tanh"]]
    );
}

#[test]
fn nothing_is_repeated_at_once() {
    check_quickly("net n {\ninput 4\nrepeat 999999999999 { repeat 999999999999 { } }\n}\n");
}

// Mutations ------------------------------------------------------------------------------------------------------------------------

static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folders = ["specs", "tests/specs/pass", "tests/specs/fail"];
    folders.iter().flat_map(|folder| net_files(folder)).map(|path| std::fs::read_to_string(path).unwrap()).collect()
});

static PLANS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let plans = TEXTS.iter().flat_map(|text| compile(text).nets).filter_map(|net| net.plan);
    plans.map(|plan| plan.to_text()).filter(|text| text.len() < 20_000).collect()
});

/// A text as words, numbers, blanks and single signs.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| {
        if c.is_alphanumeric() || c == '_' || c == '.' {
            0
        } else if c == ' ' {
            1
        } else {
            2
        }
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((place, c)) = chars.next() {
        let ends = chars.peek().is_none_or(|(_, next)| kind(*next) != kind(c) || kind(c) == 2);
        if ends {
            tokens.push(&text[start..place + c.len_utf8()]);
            start = place + c.len_utf8();
        }
    }
    tokens
}

#[derive(Debug, Clone)]
enum Change {
    Delete(prop::sample::Index),
    Double(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    Put(prop::sample::Index, &'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let words = vec![
        "relu",
        "swish(2)",
        "0",
        "-1",
        "1e999",
        "4294967296",
        "3x3",
        "1:1",
        "(",
        ")",
        "{",
        "}",
        "|",
        "\n",
        "#",
        "=",
        "x",
        "…",
        "ü",
        "🧠",
        "\r\n",
        "\t",
        "checkerboard",
        "where",
        "cell",
        "net",
        "'",
        "\"",
        "[",
        "]",
        "nan",
        "inf",
        "true",
    ];
    let index = any::<prop::sample::Index>;
    prop_oneof![
        index().prop_map(Change::Delete),
        index().prop_map(Change::Double),
        (index(), index()).prop_map(|(a, b)| Change::Swap(a, b)),
        (index(), prop::sample::select(words)).prop_map(|(place, word)| Change::Put(place, word)),
    ]
}

fn mutated(text: &str, changes: &[Change]) -> String {
    let mut tokens = tokens(text);
    for change in changes {
        if tokens.is_empty() {
            break;
        }
        let n = tokens.len();
        match change {
            Change::Delete(place) => _ = tokens.remove(place.index(n)),
            Change::Double(place) => tokens.insert(place.index(n), tokens[place.index(n)]),
            Change::Swap(a, b) => tokens.swap(a.index(n), b.index(n)),
            Change::Put(place, word) => tokens[place.index(n)] = word,
        }
    }
    tokens.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_specs(which in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 1..8)) {
        check(&mutated(&TEXTS[which.index(TEXTS.len())], &changes));
    }

    #[test]
    fn mutated_plans(which in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 1..4)) {
        let text = mutated(&PLANS[which.index(PLANS.len())], &changes);
        if let Ok(plan) = Plan::from_text(&text) {
            check_plan(&plan);
        }
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        check(&text);
    }
}

#[test]
fn a_plan_cannot_pad_without_end() {
    let with_pad = |pad: usize| {
        let plan = compile("net n {\n input 1x4x4\n conv 1 1x1 pad=4096 stride=4096\n}\n").nets.remove(0).plan.unwrap();
        Plan::from_text(&plan.to_text().replace("4096", &pad.to_string()))
    };
    assert!(with_pad(4096).is_ok());
    assert!(with_pad(4097).is_err());
}
