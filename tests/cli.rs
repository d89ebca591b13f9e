//! Commands, exit codes, and the files they write.

mod support;

use std::fs;
use support::{RUN, SMALL, command, hetc, project, ran, root, write};

#[test]
fn exit_codes() {
    let folder = project();
    let code = |args: &[&str]| hetc(folder.path(), args).code;
    assert_eq!(code(&["check"]), Some(0));
    assert_eq!(code(&["check", "missing.net"]), Some(2));
    assert_eq!(code(&["check", "--no-such-flag"]), Some(2));
    assert_eq!(code(&["compile", "small.net", "--net", "smal"]), Some(1));
    write(folder.path(), "bad.net", "net bad { input 40  dense 0 }\n");
    assert_eq!(code(&["check", "bad.net"]), Some(1));
    assert_eq!(code(&["compile", "bad.net"]), Some(1));
    assert_eq!(code(&["train"]), Some(2), "two specs: it has to be told which");
    fs::write(folder.path().join("binary.net"), [0x6e, 0x65, 0x74, 0xff, 0xfe]).unwrap();
    assert_eq!(code(&["check", "binary.net"]), Some(1));
}

#[test]
fn what_data_do_not_have_is_told_before_a_run_is_made() {
    let folder = project();
    let refused = |flags: &[&str], code: &str| {
        let ran = hetc(folder.path(), &[&["train"], flags].concat());
        assert!(ran.code == Some(1) && ran.err.contains(&format!("error[{code}]")), "{flags:?}: {}", ran.err);
        assert!(!folder.path().join("runs").exists(), "{flags:?}: nothing is made");
        ran.err
    };
    assert!(refused(&["--with=train.keep=best"], "H0608").contains("data.validation = 0.1"));
    refused(&["--with=stop.patience=3"], "H0608");
    let outer = "inner = 1, samples = 5000, outer = \"dense1\", kind = \"sgd\", lr = 0.1";
    write(folder.path(), "outer.toml", &format!("{RUN}\n[[stage]]\nname = \"meta\"\nalternate = {{ {outer} }}\n"));
    assert!(refused(&["--run=outer.toml"], "H0603").contains("at most 4000"));
}

#[test]
fn a_rate_that_was_not_found_is_told_everywhere() {
    let folder = project();
    let find = [
        "train",
        "--with=optimiser.lr=find",
        "--with=find.low=0.01",
        "--with=find.high=0.02",
        "--no-controls",
        "--epochs=1",
        "--out=run",
    ];
    let ran = hetc(folder.path(), &find);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let doubt = "in 2 of 2 range tests the smallest loss lies at the end of the range";
    assert!(ran.err.contains(&format!("warning: the learning rate of small is in doubt: {doubt}")), "{}", ran.err);
    assert!(ran.out.contains("small: learning rate ") && ran.out.contains(doubt), "{}", ran.out);
    let read = |name: &str| fs::read_to_string(folder.path().join("run").join(name)).unwrap();
    assert!(read("small/lr.json").contains("\"doubts\"") && read("table.txt").contains(doubt));
    let rate = |line: &str| line.rsplit(',').next().and_then(|rate| rate.parse::<f64>().ok());
    let rates: Vec<Option<f64>> = read("results.csv").lines().skip(1).map(rate).collect();
    assert!(rates.iter().all(|rate| rate.is_some_and(|rate| rate > 0.009 && rate < 0.01001)), "{rates:?}");
    let report = hetc(folder.path(), &["report", "run"]);
    assert_eq!(report.code, Some(0), "{}", report.err);
    let page = read("report/report.md");
    assert!(page.contains("learning rate of small") && page.contains(doubt), "{page}");
}

#[test]
fn compile_and_train_without_arguments() {
    let folder = project();
    let compiled = hetc(folder.path(), &["compile"]);
    assert_eq!(compiled.code, Some(0), "{}", compiled.err);
    assert!(folder.path().join("small.plan").is_file());
    let trained = hetc(folder.path(), &["train"]);
    assert_eq!(trained.code, Some(0), "{}", trained.err);
    for name in ["small", "sin alone", "relu alone", "linear prediction", "max prediction"] {
        assert!(trained.out.contains(name), "{}", trained.out);
    }
    let run = folder.path().join("runs/small-001");
    for file in ["spec.net", "run.toml", "run.json", "results.csv", "summary.json", "table.txt", "small/plan", "only-sin/plan"] {
        assert!(run.join(file).is_file(), "{file}");
    }
    for file in ["metrics.jsonl", "model.safetensors", "result.json"] {
        assert!(run.join("only-relu/seed-2").join(file).is_file(), "{file}");
    }
    assert_eq!(fs::read_to_string(run.join("small/seed-1/metrics.jsonl")).unwrap().lines().count(), 2);

    let evaluated = hetc(folder.path(), &["eval", "runs/small-001"]);
    assert_eq!(evaluated.code, Some(0), "{}{}", evaluated.out, evaluated.err);
    assert_eq!(evaluated.out.matches("yes").count(), 6, "{}", evaluated.out);

    let again = hetc(folder.path(), &["train", "--no-controls", "--seeds", "1", "--epochs", "1", "--set", "cells=tanh"]);
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert!(fs::read_to_string(folder.path().join("runs/small-002/spec.net")).unwrap().contains("cells = tanh"));
}

#[test]
fn the_same_run_gives_the_same_bits() {
    let folder = project();
    for out in ["a", "b"] {
        let trained = hetc(folder.path(), &["train", "--no-controls", "--seeds", "1", "--out", out]);
        assert_eq!(trained.code, Some(0), "{}", trained.err);
    }
    let model = |out: &str| fs::read(folder.path().join(out).join("small/seed-1/model.safetensors")).unwrap();
    assert_eq!(model("a"), model("b"));
}

#[test]
fn kernels_and_tensor_operations_train_alike() {
    let folder = project();
    for (out, more) in [("kernels", "--seeds=1"), ("tensors", "--no-jit")] {
        let trained = hetc(folder.path(), &["train", "--no-controls", more, "--out", out]);
        assert_eq!(trained.code, Some(0), "{}", trained.err);
    }
    let losses = |out: &str| -> Vec<f64> {
        let text = fs::read_to_string(folder.path().join(out).join("small/seed-1/metrics.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["train_loss"].as_f64().unwrap())
            .collect()
    };
    for (kernels, tensors) in losses("kernels").into_iter().zip(losses("tensors")) {
        assert!((kernels - tensors).abs() < 1e-4 * tensors, "{kernels} is not {tensors}");
    }
}

#[test]
fn stages() {
    let folder = project();
    let emit = |stage: &str| hetc(folder.path(), &["compile", "small.net", "--emit", stage]);
    for (stage, sign) in [("tree", "net small"), ("ir", "derivative"), ("plan", "version = 2"), ("clif", "function")] {
        let shown = emit(stage);
        assert_eq!(shown.code, Some(0), "{}", shown.err);
        assert!(shown.out.contains(sign), "{}", shown.out);
    }
    let plan = hetc_compiler::plan::Plan::from_text(&emit("plan").out).unwrap();
    assert_eq!(plan.params, 40 * 16 + 16 + 16 * 10 + 10);
}

#[test]
fn formatting() {
    let folder = project();
    assert_eq!(hetc(folder.path(), &["fmt", "--check"]).code, Some(0));
    write(folder.path(), "small.net", &SMALL.replace("    dense", "  dense "));
    assert_eq!(hetc(folder.path(), &["fmt", "--check"]).code, Some(1));
    assert_eq!(hetc(folder.path(), &["fmt"]).code, Some(0));
    assert_eq!(fs::read_to_string(folder.path().join("small.net")).unwrap(), SMALL);
    let mut piped = command(folder.path(), &["fmt", "-"]);
    let mut child = piped.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"net a{input 3\ndense 2}").unwrap();
    assert_eq!(ran(child.wait_with_output().unwrap()).out, "net a {\n    input 3\n    dense 2\n}\n");
}

#[test]
fn a_broken_spec_is_not_formatted() {
    let folder = project();
    let broken = "net a {\n  input 3x\n}\n";
    write(folder.path(), "small.net", broken);
    assert_eq!(hetc(folder.path(), &["fmt"]).code, Some(1));
    assert_eq!(fs::read_to_string(folder.path().join("small.net")).unwrap(), broken);
}

#[test]
fn explain() {
    let folder = project();
    let list = hetc(folder.path(), &["explain"]).out;
    let codes: Vec<&str> = list.lines().map(|line| &line[..5]).collect();
    assert!(codes.len() > 40 && codes.is_sorted());
    for code in codes {
        let page = hetc(folder.path(), &["explain", code]);
        assert_eq!(page.code, Some(0));
        assert!(page.out.starts_with(&format!("# {code} ")) && page.out.len() > 150, "{}", page.out);
    }
    let unknown = hetc(folder.path(), &["explain", "H0419"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("a similar one exists"), "{}", unknown.err);
}

#[test]
fn cells() {
    let folder = project();
    insta::assert_snapshot!(hetc(folder.path(), &["cells", "ptanh"]).out);
    let all = hetc(folder.path(), &["cells"]).out;
    for name in "relu leaky_relu elu gelu sigmoid tanh sin identity zero step swish ptanh hswish softplus".split(' ') {
        assert!(all.lines().any(|line| line.split('(').next() == Some(name)), "{name} is missing");
    }
    assert_eq!(hetc(folder.path(), &["cells", "rleu"]).code, Some(2));
}

#[test]
fn data() {
    let folder = project();
    let sets = hetc(folder.path(), &["data", "list"]);
    for name in ["mnist1d", "mnist", "fashion-mnist", "cifar10", "cifar100"] {
        assert!(sets.out.lines().any(|line| line.starts_with(&format!("{name} "))), "{name}: {}", sets.out);
    }
    assert_eq!(hetc(folder.path(), &["data", "check", "mnist1d"]).code, Some(0));
    assert_eq!(hetc(folder.path(), &["data", "check", "mnist"]).code, Some(2), "it is not there");
    assert_eq!(hetc(folder.path(), &["data", "check", "mnits"]).code, Some(2));
    let place = folder.path().join("hetc/mnist");
    hetc_data::fixture::write("mnist", &place, 40, 20).unwrap();
    assert_eq!(hetc(folder.path(), &["data", "check", "mnist"]).code, Some(0));
    let images = fs::read_dir(&place)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("train-images"));
    let images = images.unwrap();
    let bytes = fs::read(&images).unwrap();
    fs::write(&images, &bytes[..bytes.len() / 2]).unwrap();
    let damaged = hetc(folder.path(), &["data", "check", "mnist"]);
    assert_eq!(damaged.code, Some(1));
    assert!(damaged.err.contains("H0702"), "{}", damaged.err);
}

#[test]
fn an_existing_folder_is_not_overwritten() {
    let folder = project();
    fs::create_dir(folder.path().join("mine")).unwrap();
    let trained = hetc(folder.path(), &["train", "--out", "mine"]);
    assert_eq!(trained.code, Some(2));
    assert!(trained.err.contains("exists already"), "{}", trained.err);
    assert_eq!(fs::read_dir(folder.path().join("mine")).unwrap().count(), 0);
}

#[test]
fn every_spec_lowers_to_kernels() {
    for spec in fs::read_dir(root().join("specs")).unwrap().map(|entry| entry.unwrap().path()) {
        if spec.extension().is_some_and(|extension| extension == "net") && !spec.ends_with("prelude.net") {
            let emitted = hetc(&root(), &["compile", spec.to_str().unwrap(), "--emit", "clif"]);
            assert_eq!(emitted.code, Some(0), "{}: {}", spec.display(), emitted.err);
        }
    }
}

#[test]
fn jobs_and_threads_change_no_bit() {
    let folder = project();
    for (out, flags) in
        [("a", ["--jobs=1", "--threads=1"]), ("b", ["--jobs=3", "--threads=2"]), ("c", ["--jobs=2", "--threads=5"])]
    {
        let trained = hetc(folder.path(), &["train", flags[0], flags[1], "--out", out]);
        assert_eq!(trained.code, Some(0), "{}", trained.err);
    }
    let read = |out: &str, file: &str| fs::read(folder.path().join(out).join(file)).unwrap();
    for file in ["small/seed-2/model.safetensors", "only-sin/seed-1/model.safetensors"] {
        assert_eq!([read("b", file), read("c", file)], [read("a", file), read("a", file)], "{file}");
    }
    for wrong in ["--jobs=0", "--jobs=1025", "--threads=0", "--device=tpu"] {
        let refused = hetc(folder.path(), &["train", wrong, "--out", "d"]);
        assert_eq!(refused.code, Some(2), "{wrong}: {}", refused.err);
        assert!(!folder.path().join("d").exists(), "{wrong}");
    }
}

#[test]
fn a_step_is_timed() {
    let folder = project();
    let bench = |more: &[&str]| hetc(folder.path(), &[&["bench", "small.net", "--batch=8"], more].concat());
    let usual = bench(&["--seconds=0.01"]);
    assert_eq!(usual.code, Some(0), "{}", usual.err);
    for words in ["small: batch 8, cpu, ", "training step", "of that, Adam", "evaluation", "samples a second", "first step"] {
        assert!(usual.out.contains(words), "{words}: {}", usual.out);
    }
    let counted = bench(&["--steps=7", "--threads=1", "--no-jit"]);
    let row = counted.out.lines().find(|line| line.starts_with("training step")).expect("a row");
    assert!(row.ends_with(" 7") && counted.out.contains("1 thread, tensor operations"), "{}", counted.out);
    let seeds = bench(&["--steps=2", "--seeds=3", "--threads=2"]);
    assert!(seeds.out.contains("3 seeds of 2 steps, 2 at a time: "), "{}{}", seeds.out, seeds.err);
    let large = bench(&["--batch=1000000000000"]);
    assert_eq!(large.code, Some(2), "{}", large.out);
    assert_eq!(bench(&["--net=other"]).code, Some(1));
}

/// Whoever compiles a spec can be told how to report, and does it.
#[test]
fn findings_are_reported_as_asked() {
    let folder = project();
    write(folder.path(), "bad.net", "net bad { input 40  dense 0 }\n");
    for arguments in [["check", "bad.net"], ["compile", "bad.net"], ["train", "bad.net"], ["bench", "bad.net"]] {
        let said = hetc(folder.path(), &[&arguments[..], &["--format=short"]].concat());
        assert_eq!(said.code, Some(1), "{arguments:?}");
        let all = said.out + &said.err;
        assert!(all.contains("bad.net:1:") && all.contains("error[H"), "{arguments:?}: {all}");
    }
}

const PRETRAINED: &str =
    "inner g = mlp[4] hidden=tanh\nnet small(cells = g|relu) {\n    input 40\n    dense 6\n    act cells\n    dense 10\n}\n";
const LESSON: &str = "\n[[stage]]\nname = \"lesson\"\npretrain = { cell = \"g\", formula = \"sin(x)\", points = 21 }\n";

/// A run whose only stage pretrains a cell ends well, and is told by its pretraining loss.
#[test]
fn a_run_may_only_pretrain() {
    let folder = project();
    let at = folder.path();
    let read = |name: &str| fs::read_to_string(at.join(name)).unwrap();
    write(at, "small.net", PRETRAINED);
    write(at, "small.toml", &(RUN.to_string() + LESSON));
    let trained = hetc(at, &["train", "--out", "run"]);
    assert_eq!(trained.code, Some(0), "{}{}", trained.out, trained.err);
    assert!(trained.out.contains("pretraining loss after 2 epochs"), "{}", trained.out);
    assert!(trained.out.contains("nothing of it is trained"), "a control without the cell:\n{}", trained.out);
    assert!(trained.err.contains("seed 1: pretraining loss "), "{}", trained.err);
    let metrics = read("run/small/seed-1/metrics.jsonl");
    let last: serde_json::Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&read("run/summary.json")).unwrap();
    assert_eq!(summary["measure"], "pretraining loss");
    assert_eq!(summary["rows"][0]["values"][0], last["train_loss"]);

    let evaluated = hetc(at, &["eval", "run"]);
    assert!(evaluated.code == Some(0) && evaluated.err.contains("pretrain a cell"), "{}", evaluated.err);
    assert!(evaluated.out.lines().skip(1).all(|line| line.contains(" % ") && line.ends_with("  -")), "{}", evaluated.out);
    let reported = hetc(at, &["report", "run"]);
    assert_eq!(reported.code, Some(0), "{}", reported.err);
    assert!(read("run/report/report.md").contains("Pretraining loss of small:"), "{}", read("run/report/report.md"));
}

/// `--resume` alone means the run of the spec that began last, whatever its folder is called.
#[test]
fn the_latest_run_is_found_by_what_it_says() {
    let folder = project();
    let at = folder.path();
    write(at, "other.net", SMALL);
    write(at, "other.toml", RUN);
    let none = hetc(at, &["train", "small.net", "--resume"]);
    assert!(none.code == Some(2) && none.err.contains("there is no run of `small.net` in `runs`"), "{}", none.err);
    for (spec, out) in [("small.net", "runs/first"), ("small.net", "runs/a-second"), ("other.net", "runs/small-007")] {
        let ran = hetc(at, &["train", spec, "--out", out, "--epochs=1", "--seeds=1", "--no-controls"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    let begin = |run: &str, started: u64| {
        let path = at.join("runs").join(run).join("run.json");
        let mut about: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        about["started"] = started.into();
        fs::write(&path, about.to_string()).unwrap();
    };
    [("first", 10), ("a-second", 20), ("small-007", 30)].into_iter().for_each(|(run, started)| begin(run, started));
    assert!(hetc(at, &["train", "small.net", "--resume"]).err.contains("going on with runs/a-second"));
    begin("first", 25);
    assert!(hetc(at, &["train", "small.net", "--resume"]).err.contains("going on with runs/first"));
    assert!(hetc(at, &["train", "other.net", "--resume"]).err.contains("going on with runs/small-007"));
}
