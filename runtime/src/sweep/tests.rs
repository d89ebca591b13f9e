//! Counts of pairs and products, names, and that messages point into the sweep file.

use super::{Design, SweepFile, design, read};
use crate::runfile::Text;
use hetc_compiler::diag::Diagnostic;
use hetc_grammar::span::SourceId;

const SPEC: &str = "net small(cells = sin|relu, width = 8) {
    input 40
    dense width
    act cells
    dense 10
}
";
const WITH_RATIO: &str = "net shared(parts = 1:1) {
    input 40
    dense 8
    act sin|relu ratio parts
    dense 10
}
";
const RUN: &str = "[data]\nset = \"mnist1d\"\n[train]\nepochs = 1\nbatch = 100\n[optimiser]\nkind = \"adam\"\nlr = 0.1\n";
/// Doty et al. 2021: the parameters of both families (their `net_configs.json`).
const DOTY: &str = "[lists]
swish = [\"swish(0.1)\", \"swish(0.5)\", \"swish(1)\", \"swish(2)\", \"swish(5)\", \"swish(7.5)\", \"swish(10)\"]
ptanh = [\"ptanh(0.01)\", \"ptanh(0.05)\", \"ptanh(0.1)\", \"ptanh(0.5)\", \"ptanh(1)\", \"ptanh(2)\"]
";
const FILE: SourceId = SourceId(1);

fn sweep(rest: &str) -> String {
    format!("[sweep]\nspec = \"small.net\"\nnet = \"small\"\n{rest}")
}

fn found(text: &str) -> (Option<Design>, Vec<Diagnostic>) {
    let (file, diagnostics) = read(FILE, text);
    let Some(file): Option<SweepFile> = file else { return (None, diagnostics) };
    let run = Text { source: SourceId(2), text: RUN };
    design(&file, FILE, run, &mut |settings| {
        let spec = if file.net.as_deref() == Some("shared") { WITH_RATIO } else { SPEC };
        hetc_compiler::compile(SourceId(3), spec, settings)
    })
}

fn built(rest: &str) -> Design {
    let (design, diagnostics) = found(&sweep(rest));
    design.unwrap_or_else(|| panic!("{:?}", diagnostics.iter().map(|found| &found.headline).collect::<Vec<_>>()))
}

/// Points that are no control, and controls.
fn counts(design: &Design) -> (usize, usize) {
    let controls = design.points.iter().filter(|point| point.control).count();
    (design.points.len() - controls, controls)
}

fn names(design: &Design) -> Vec<&str> {
    design.points.iter().map(|point| point.name.as_str()).collect()
}

#[test]
fn pairs_are_as_many_as_in_the_paper() {
    let of = |cells: &str| counts(&built(&format!("{DOTY}[net]\ncells = {cells}\n")));
    assert_eq!(of("{ pairs = \"swish\" }"), (21, 7));
    assert_eq!(of("{ pairs = \"ptanh\" }"), (15, 6));
    assert_eq!(of("{ pairs = \"swish\", with = \"ptanh\" }"), (42, 13));
    let all = "[{ pairs = \"swish\" }, { pairs = \"ptanh\" }, { pairs = \"swish\", with = \"ptanh\" }, \"relu\"]";
    // 91 configurations of the paper's grid: 78 mixes, 13 controls, and ReLU, which is no control of any.
    assert_eq!(of(all), (79, 13));
    assert_eq!(of("{ pairs = \"swish\", with = \"swish\" }"), (21, 7), "no pair twice, nor a cell with itself");
}

#[test]
fn a_grid_is_a_product_and_its_controls_are_those_of_each_setting() {
    let design = built(
        "seeds = [4, 7]\n[net]\ncells = [\"sin|relu\", \"tanh|relu\"]\nwidth = [8, 16]\n[run.optimiser]\nlr = [0.1, 0.01]\n",
    );
    assert_eq!((counts(&design), design.seeds), ((8, 12), vec![4, 7]));
    let point = &design.points[1];
    assert_eq!(point.name, "cells=sin|relu, width=8, optimiser.lr=0.01");
    assert_eq!(point.plan.params, 40 * 8 + 8 + 80 + 10);
    let shares: Vec<(&str, f64)> =
        point.parts.iter().map(|part| (design.points[part.control].name.as_str(), part.share)).collect();
    assert_eq!(shares, [("cells=sin, width=8, optimiser.lr=0.01", 0.5), ("cells=relu, width=8, optimiser.lr=0.01", 0.5)]);
}

#[test]
fn names_stay_when_values_are_added() {
    let few = built("[net]\ncells = [\"sin|relu\"]\n[run]\ntrain.batch = 50\n");
    let more = built("[net]\ncells = [\"tanh\", \"sin|relu\", \"tanh|relu\"]\n[run]\ntrain.batch = [20, 50]\n");
    assert_eq!(names(&few), ["cells=sin|relu, train.batch=50", "cells=sin, train.batch=50", "cells=relu, train.batch=50"]);
    for point in &few.points {
        let same = more.points.iter().find(|other| other.name == point.name).expect("it is there");
        assert_eq!(same.fingerprint(), point.fingerprint());
    }
    let mut unique = names(&more);
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), more.points.len());
}

#[test]
fn a_control_that_the_file_names_is_the_same_one() {
    let design = built("[net]\ncells = [\"relu\", \"sin|relu\"]\n");
    assert_eq!(names(&design), ["cells=relu", "cells=sin|relu", "cells=sin"]);
    assert_eq!(design.points.iter().map(|point| point.control).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(design.points[1].parts.iter().map(|part| part.control).collect::<Vec<_>>(), [2, 0]);
}

#[test]
fn mixes_of_other_ratios_share_their_controls() {
    let text = sweep("[net]\nparts = [\"1:1\", \"3:1\"]\n").replace("net = \"small\"", "net = \"shared\"");
    let design = found(&text).0.expect("it is sound");
    assert_eq!(names(&design), ["parts=1:1", "parts=3:1", "only=sin", "only=relu"]);
    assert_eq!(design.points[1].parts.iter().map(|part| part.share).collect::<Vec<_>>(), [0.75, 0.25]);
}

#[test]
fn what_is_excluded_is_left_out_with_controls_that_nobody_needs() {
    let design = built(&format!(
        "exclude = [{{ cells = \"ptanh(2)\" }}]\n{DOTY}[net]\ncells = {{ pairs = \"swish\", with = \"ptanh\" }}\n"
    ));
    assert_eq!(counts(&design), (35, 12), "VGG11 in the paper");
    let both = "exclude = [{ cells = [\"sin\", \"tanh\"], optimiser.lr = 0.1 }]\n";
    let design = built(&format!("{both}[net]\ncells = [\"sin\", \"tanh\", \"relu\"]\n[run]\noptimiser.lr = [0.1, 0.2]\n"));
    assert_eq!(design.points.len(), 4);
}

/// The text that each message's first label covers, with the code.
fn labelled(text: &str) -> Vec<(&'static str, &str)> {
    let of = |found: &Diagnostic| {
        let span = found.primary().filter(|span| span.source == FILE);
        (found.code.id, span.and_then(|span| text.get(span.range())).unwrap_or("elsewhere"))
    };
    found(text).1.iter().map(of).collect()
}

#[test]
fn messages_point_at_what_is_wrong() {
    for (rest, wanted) in [
        ("spek = 1\n", vec![("H0602", "spek")]),
        ("[net]\ncells = [\"sin\", \"swsh(2)\"]\n", vec![("H0102", "swsh")]),
        ("[net]\ncells = \"sin|\"\n", vec![("H0001", "")]),
        ("[net]\nwidht = [8]\n", vec![("H0103", "widht")]),
        ("[net]\ncells = { pairs = \"smooth\" }\n", vec![("H0603", "\"smooth\"")]),
        ("[net]\ncells = { pair = [\"sin\"] }\n", vec![("H0603", "{ pair = [\"sin\"] }"), ("H0602", "pair")]),
        ("[net]\nwidth = { pairs = [8, 16] }\n", vec![("H0603", "{ pairs = [8, 16] }")]),
        ("[run]\noptimiser.lr = [0.1, -2]\n", vec![("H0603", "-2")]),
        ("[run.optimiser]\nlr = \"high\"\n", vec![("H0603", "\"high\"")]),
        ("[run.train]\nepoch = [1, 2]\n", vec![("H0602", "epoch")]),
        ("[run]\ntrain.seeds = 3\n", vec![("H0603", "seeds")]),
        ("exclude = [{ width = 9 }]\n[net]\nwidth = [8, 16]\n", vec![("H0603", "9")]),
        ("exclude = [{ cels = \"sin\" }]\n[net]\ncells = [\"sin\"]\n", vec![("H0603", "cels")]),
        ("exclude = [{ width = 8 }]\n[net]\nwidth = 8\n", vec![("H0603", "sweep")]),
        ("[slurm]\ncpus = 0\n", vec![("H0603", "0")]),
    ] {
        let text = sweep(rest);
        assert_eq!(labelled(&text), wanted, "{rest}");
    }
}
