//! `[data]` of a run file: read, written, read back; formulas checked where they stand.

use hetc_data::ode::From;
use hetc_data::registry::Places;
use hetc_data::{Numbers, Source, Step, Task, Validation};
use hetc_grammar::span::SourceId;
use hetc_runtime::Loss;
use hetc_runtime::runfile::{RunFile, Text, read, write};
use hetc_runtime::stage::Kind;
use hetc_runtime::target::Values;

const REST: &str = "\n[train]\nepochs = 1\nbatch = 10\n\n[optimiser]\nkind = \"adam\"\nlr = 0.1\n";

fn sound(data: &str) -> RunFile {
    let text = format!("[data]\n{data}{REST}");
    let (run_file, diagnostics) = read(SourceId(1), &text, &[]);
    run_file.unwrap_or_else(|| panic!("{data}: {:?}", diagnostics.iter().map(|d| &d.headline).collect::<Vec<_>>()))
}

/// What is wrong, and the words it is wrong about.
fn wrong(data: &str) -> Vec<(&'static str, String)> {
    let text = format!("[data]\n{data}{REST}");
    let (_, diagnostics) = read(SourceId(1), &text, &[]);
    diagnostics.iter().map(|d| (d.code.id, text[d.labels[0].span.range()].to_string())).collect()
}

const ODE: &str = "set = \"ode\"\nstate = [\"x\", \"v\"]\nstart = [1.0, 0.0]\nconstants = { mu = 2.7 }\n";

#[test]
fn every_set_is_read_and_read_back_the_same() {
    let sets = [
        "set = \"mnist\"",
        "set = \"cifar10\"\nflip = true\ncrop = 4\nmean = [0.5, 0.5, 0.5]\nstd = [0.25, 0.5, 1.0]",
        "set = \"cifar100\"\nlabels = \"coarse\"\nprepare = [\"normalise\", \"crop 4\"]\nnormalise = \"imagenet\"",
        "set = \"mnist1d\"\npadding = [3, 20]\nnum_samples = 200\nshuffle_seq = true\nseed = 4000000007",
        "set = \"tiny-imagenet\"\nvalidation = \"test\"\nsubset = 1000",
        "set = \"caltech101\"\nvalidation = 0.15\nsplit_seed = 3\nstratified = false",
        "set = \"folder\"\npath = \"images\"\nfit = [\"resize 48x64\", \"centre_crop 32\"]\nchannels = \"grey\"",
        "set = \"arrays\"\ninputs = \"a.npz#x\"\ntest_inputs = \"b.npz\"\ntargets_are = \"numbers\"",
        "set = \"arrays\"\ninputs = \"a.csv\"\nclass_column = \"kind\"\nvalidation = 20",
        "set = \"van-der-pol\"\nmu = 1.5\nstarts = 4\nlow = [-1.0, -1.0]\nhigh = [1.0, 1.0]\ntarget = \"field\"",
        "set = \"smooth\"\ninputs = 3\npoints = 21\nrange = [-1.0, 1.0]",
        &format!("{ODE}rates = [\"v\", \"mu*(1-x^2)*v - x\"]\nnormalise = \"set\""),
    ];
    for set in sets {
        let run_file = sound(set);
        let text = write(&run_file);
        let (again, diagnostics) = read(SourceId(1), &text, &[]);
        let again = again.unwrap_or_else(|| panic!("{text}\n{:?}", diagnostics.iter().map(|d| &d.headline).collect::<Vec<_>>()));
        assert_eq!((&again.data, &again.train), (&run_file.data, &run_file.train), "{text}");
        assert_eq!(write(&again), text);
    }
}

#[test]
fn defaults_are_those_of_the_papers() {
    let Source::VanDerPol(oscillator) = sound("set = \"van-der-pol\"").data.source else { panic!() };
    assert_eq!((oscillator.mu, oscillator.orbit.from), (2.7, From::Point { start: vec![1.0, 0.0] }));
    let short = sound("set = \"cifar10\"\nflip = true\ncrop = 4\nnormalise = \"imagenet\"\nvalidation = 0").train.prepare;
    assert_eq!(short, [Step::Flip, Step::Crop(4), Step::Normalise(Numbers::ImageNet)]);
    assert_eq!(sound("set = \"mnist\"\nvalidation = 0.1").data.portions.validation, Some(Validation::Share(0.1)));
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let both = format!("{ODE}rates = [\"v\", \"-x\"]\nstarts = 3");
    let cases: [(&str, &[(&str, &str)]); 14] = [
        ("set = \"mnist\"\nlabels = \"fine\"", &[("H0603", "\"fine\"")]),
        ("set = \"mnist\"\nlabel = \"fine\"", &[("H0602", "label")]),
        ("set = \"cifar100\"\nlabels = \"finer\"", &[("H0603", "\"finer\"")]),
        ("set = \"mnist1d\"\ntrain_split = 1.5", &[("H0603", "1.5")]),
        ("set = \"folder\"", &[("H0604", "data")]),
        ("set = \"folder\"\npath = \"x\"\nfit = [\"resize 64\", \"crop 3\"]", &[("H0603", "\"crop 3\"")]),
        ("set = \"mnist\"\nprepare = [\"flip\", \"flop\"]", &[("H0603", "\"flop\"")]),
        ("set = \"mnist\"\nprepare = [\"flip\", \"flip\"]", &[("H0603", "\"flip\"")]),
        ("set = \"mnist\"\nprepare = [\"normalise\"]", &[("H0603", "[\"normalise\"]")]),
        ("set = \"mnist\"\nvalidation = \"train\"", &[("H0603", "\"train\"")]),
        ("set = \"smooth\"\nsigma = -1", &[("H0603", "-1")]),
        ("set = \"van-der-pol\"\nstart = [1.0]", &[("H0603", "[1.0]")]),
        (&both, &[("H0603", "[1.0, 0.0]")]),
        ("set = \"ode\"\nstart = [1.0]\nrates = [\"x\"]", &[("H0604", "data")]),
    ];
    for (data, expected) in cases {
        let expected: Vec<(&str, String)> = expected.iter().map(|(code, text)| (*code, text.to_string())).collect();
        assert_eq!(wrong(data), expected, "{data}");
    }
}

#[test]
fn mistakes_in_formulas_are_shown_to_the_letter() {
    let rate = |rate: &str| wrong(&format!("{ODE}rates = [\"v\", \"{rate}\"]"));
    assert_eq!(rate("mu * y - x")[0].1, "y");
    assert_eq!(rate("tan(x)")[0].1, "tan");
    assert_eq!(rate("x / 0")[0].1, "0");
    assert_eq!(wrong(&format!("{ODE}rates = [\"v\"]"))[0].1, "[\"v\"]");
}

#[test]
fn formulas_give_the_oscillator() {
    let load = |data: &str| hetc_runtime::data::load(&sound(data).data, None, &Places::default()).unwrap();
    let by_formula = load(&format!("{ODE}rates = [\"v\", \"mu * (1 - x * x) * v - x\"]\nsteps = 400"));
    let built_in = load("set = \"van-der-pol\"\nsteps = 400");
    assert_eq!((by_formula.train, by_formula.test), (built_in.train, built_in.test));
}

/// Two stages with epochs of their own, the first with `more`.
fn stages(more: &str) -> String {
    let stage = |name: &str, more: &str| format!("[[stage]]\nname = \"{name}\"\nepochs = 2\n{more}\n");
    let common = "[data]\nset = \"mnist1d\"\n[train]\nbatch = 10\n[optimiser]\nkind = \"adam\"\nlr = 0.1\n";
    format!("{common}{}{}", stage("lesson", more), stage("joint", ""))
}

/// Every message about `text` with a flag.
fn told(text: &str, flag: &str) -> Vec<(&'static str, String, String)> {
    let flag = Text { source: SourceId(2), text: flag };
    let (_, diagnostics) = read(SourceId(1), text, if flag.text.is_empty() { &[] } else { std::slice::from_ref(&flag) });
    diagnostics.into_iter().map(|one| (one.code.id, one.headline, one.help.join("; "))).collect()
}

#[test]
fn a_cell_is_taught_formulas_of_any_names_and_mistakes_in_them_are_shown_to_the_letter() {
    let pretrain = |formula: &str| stages(&format!("pretrain = {{ cell = \"g\", formula = \"{formula}\" }}"));
    let formula = |text: &str| {
        let (run_file, diagnostics) = read(SourceId(1), &pretrain(text), &[]);
        let run_file = run_file.unwrap_or_else(|| panic!("{text}: {diagnostics:?}"));
        let Kind::Pretrain { target, .. } = run_file.train.stages[0].kind.clone() else { panic!("{text}") };
        let Values::Formula(formula) = target.values else { panic!("{text}") };
        formula
    };
    assert_eq!(formula("a, b -> a - 2*b").eval(&[5.0, 1.5]), 2.0);
    assert_eq!(formula("x1, x2 -> x1 - 2*x2"), formula("b, a -> b - 2*a"));
    assert_eq!(formula("x -> sin(x)"), formula("sin(x)"));
    assert!((formula("t -> cos(pi*t)").eval(&[1.0]) + 1.0).abs() < 1e-12);
    for (text, code, words) in [
        ("sin(y)", "H0501", "y"),
        ("a, b -> a * sine(b)", "H0502", "sine"),
        ("a, b -> a / 0", "H0503", "0"),
        ("a, b -> pow(a)", "H0502", "pow"),
        ("a, a -> a", "H0603", "\"a, a -> a\""),
        ("1a -> 1", "H0603", "\"1a -> 1\""),
        ("-> x", "H0603", "\"-> x\""),
    ] {
        let whole = pretrain(text);
        let (none, found) = read(SourceId(1), &whole, &[]);
        let shown: Vec<(&str, &str)> = found.iter().map(|one| (one.code.id, &whole[one.labels[0].span.range()])).collect();
        assert!(none.is_none() && shown == [(code, words)], "{text}: {shown:?}");
    }
    assert_eq!(told(&pretrain("sin(x"), "")[0].0, "H0001");
    let smooth = stages("pretrain = { cell = \"g\", smooth = 0 }");
    assert_eq!(told(&smooth, "").iter().map(|one| one.0).collect::<Vec<_>>(), ["H0603"]);
}

#[test]
fn what_changes_nothing_is_told() {
    let plain = format!("[data]\nset = \"mnist1d\"{REST}");
    assert_eq!(told(&plain, "find.high = 0.3")[0].0, "H0607");
    assert_eq!(told(&plain.replace("lr = 0.1", "lr = \"find\""), "find.high = 0.3"), []);
    let epochs = told(&stages(""), "train.epochs = 3");
    assert!(
        matches!(&epochs[..], [("H0607", headline, _)] if headline.starts_with("`train.epochs` changes nothing")),
        "{epochs:?}"
    );
    assert_eq!(told(&stages("").replacen("epochs = 2", "", 1), "train.epochs = 3"), []);
    let (run_file, _) = read(SourceId(1), &stages(""), &[Text { source: SourceId(2), text: "train.epochs = 3" }]);
    assert!(run_file.is_some(), "it is a warning");
}

#[test]
fn a_misspelt_stage_is_told_the_one_that_was_meant() {
    let [(code, headline, help)] = &told(&stages(""), "stage.jiont.epochs = 3")[..] else { panic!("one message") };
    assert!(
        *code == "H0602" && headline.contains("`[stage]` has no key `jiont`") && help.contains("`joint`"),
        "{headline}: {help}"
    );
    let [(_, _, help)] = &told(&stages(""), "stage.other.epochs = 3")[..] else { panic!("one message") };
    assert!(help.contains("`lesson`") && help.contains("`joint`"), "{help}");
}

#[test]
fn who_goes_by_a_validation_split_needs_one() {
    let plain = format!("[data]\nset = \"mnist1d\"{REST}");
    for flag in ["train.keep = \"best\"", "stop.patience = 3"] {
        let found = told(&plain, flag);
        assert!(matches!(&found[..], [("H0608", _, help)] if help.contains("data.validation")), "{flag}: {found:?}");
        for validation in ["0.1", "\"test\"", "50"] {
            let with = plain.replace("\"mnist1d\"", &format!("\"mnist1d\"\nvalidation = {validation}"));
            assert_eq!(told(&with, flag), [], "{validation}");
        }
    }
    let lesson = stages("keep = \"best\"\nstop = { patience = 3 }\npretrain = { cell = \"g\", smooth = 0.3 }");
    assert_eq!(told(&lesson, ""), [], "a lesson goes by its own loss");
}

#[test]
fn numbers_have_no_cross_entropy() {
    let losses = |text: &str, task: Task| {
        let (run_file, diagnostics) = read(SourceId(1), text, &[]);
        let mut run_file = run_file.unwrap_or_else(|| panic!("{diagnostics:?}"));
        run_file.settle_losses(task);
        let wrong: Vec<String> =
            run_file.impossible_losses(task).into_iter().map(|span| text[span.range()].to_string()).collect();
        (run_file.train.stages.iter().map(|stage| stage.loss).collect::<Vec<Loss>>(), wrong)
    };
    let (classes, numbers) = (Task::Classes(10), Task::Values(2));
    let omitted = format!("[data]\nset = \"van-der-pol\"{REST}");
    assert_eq!(losses(&omitted, classes), (vec![Loss::CrossEntropy], vec![]));
    assert_eq!(losses(&omitted, numbers), (vec![Loss::Mse], vec![]));
    let said = omitted.replace("batch = 10", "batch = 10\nloss = \"cross_entropy\"");
    assert_eq!(losses(&said, classes), (vec![Loss::CrossEntropy], vec![]));
    assert_eq!(losses(&said, numbers), (vec![Loss::CrossEntropy], vec!["\"cross_entropy\"".to_string()]));
    // Two stages have it from `[train]`: one mistake. A stage's own goes first.
    let stages = "\n[[stage]]\nname = \"a\"\n[[stage]]\nname = \"b\"\n[[stage]]\nname = \"c\"\nloss = \"mse\"\n";
    let (found, wrong) = losses(&(said + stages), numbers);
    assert_eq!((found[2], wrong.len()), (Loss::Mse, 1));
    assert_eq!(losses(&(omitted + stages), numbers), (vec![Loss::Mse; 3], vec![]));
}
