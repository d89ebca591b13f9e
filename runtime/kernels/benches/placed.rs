//! Time of layers of cells on one thread, forward and backward: `cargo bench -p hetc-kernels --bench placed`. Words behind it choose
//! layers whose names contain one of them.
//!
//! Times are the shortest of many of a group of 16 samples, times the groups of the batch, in milliseconds; for learned functions also
//! operations a second.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use hetc_compiler::plan::Plan;
use hetc_grammar::span::SourceId;
use hetc_kernels::{CellCompiler, CellScratch, Cells, Emitter, LANES, Lanes, Options};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// A pass is repeated for so long.
const TIME: Duration = Duration::from_millis(1500);

/// Name, samples, input, statement, and the definitions that it needs.
const LAYERS: [(&str, usize, &str, &str, &str); 11] = [
    ("identity", 64, "64x32x32", "act identity", ""),
    ("relu", 64, "64x32x32", "act relu", ""),
    ("swish | ptanh", 64, "64x32x32", "act swish(7.5)|ptanh(1)", ""),
    ("prelu", 64, "64x32x32", "act prelu", ""),
    ("prelu, 1 for all", 64, "64x32x32", "act slope", "cell slope(a = learn 0.25 per layer) = max(x, 0) + a * min(x, 0)\n"),
    ("glu", 64, "64x32x32", "act glu", ""),
    (
        "lift 2x2",
        64,
        "64x32x32",
        "window lift 2x2",
        "window lift = relu(select(x <= 0, x + 0.25 * sum(relu(x)), x * (1 - 0.125 * count(x <= 0))))\n",
    ),
    ("excitator 4x4", 64, "64x32x32", "window excitator 4x4", ""),
    ("softmax_relu 3x3", 64, "64x32x32", "window softmax_relu 3x3", ""),
    ("inner mlp[64,64]", 32, "120x16x16", "inner mlp[64,64] args=2", ""),
    ("inner mlp[64,64] of tanh", 32, "120x16x16", "inner g", "inner g = mlp[64,64] hidden=tanh args=2\n"),
];

fn plan(input: &str, statement: &str, definitions: &str) -> Plan {
    let text = format!("{definitions}net n {{\ninput {input}\n{statement}\n}}\n");
    let compiled = hetc_compiler::compile(SourceId(1), &text, &[]);
    assert!(!compiled.has_errors(), "{text}");
    compiled.nets[0].plan.clone().unwrap()
}

fn numbers(count: usize) -> Vec<f32> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32 * 2.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn vectors(count: usize) -> Vec<Lanes> {
    let mut vectors = vec![Lanes::default(); count];
    vectors.iter_mut().zip(numbers(count * LANES).as_chunks().0).for_each(|(vector, numbers)| vector.0 = *numbers);
    vectors
}

/// The shortest time of `pass` over one of so many groups, in milliseconds for all of them.
fn shortest(groups: usize, mut pass: impl FnMut(usize)) -> f64 {
    let end = Instant::now() + TIME;
    let mut shortest = Duration::MAX;
    for group in (0..groups).cycle() {
        let start = Instant::now();
        pass(group);
        shortest = shortest.min(start.elapsed());
        if Instant::now() >= end {
            break;
        }
    }
    shortest.as_secs_f64() * 1e3 * groups as f64
}

struct Batch<'a> {
    cells: &'a Cells,
    packed: Vec<f32>,
    x: Vec<Lanes>,
    dy: Vec<Lanes>,
    y: Vec<Lanes>,
    dx: Vec<Lanes>,
    dweights: Vec<f32>,
    scratch: CellScratch,
}

impl<'a> Batch<'a> {
    fn new(cells: &'a Cells, groups: usize) -> Self {
        let mut packed = vec![0.0; cells.packed_len()];
        cells.prepare(&numbers(cells.weights_len()), &mut packed);
        let (x, dy) = (vectors(groups * cells.input_len()), vectors(groups * cells.output_len()));
        let dweights = vec![0.0; cells.weights_len()];
        Self { cells, packed, y: dy.clone(), dx: x.clone(), x, dy, dweights, scratch: CellScratch::default() }
    }

    fn forward(&mut self, group: usize) {
        let [x, y] = [self.cells.input_len(), self.cells.output_len()].map(|len| group * len..(group + 1) * len);
        self.cells.forward(&self.packed, black_box(&self.x[x]), &mut self.y[y], &mut self.scratch);
    }

    fn backward(&mut self, group: usize) {
        let [x, y] = [self.cells.input_len(), self.cells.output_len()].map(|len| group * len..(group + 1) * len);
        let (dy, dx) = (&self.dy[y], &mut self.dx[x.clone()]);
        self.cells.backward(&self.packed, black_box(&self.x[x]), dy, Some(dx), &mut self.dweights, &mut self.scratch);
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let is_wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word));
    println!("{:<28}{:<14}{:>8}{:>10}{:>10}", "layer", "code", "samples", "forward", "backward");
    for (name, samples, input, statement, definitions) in LAYERS.into_iter().filter(|(name, ..)| is_wanted(name)) {
        let plan = plan(input, statement, definitions);
        for code in ["wide", "cranelift", "interpreted"] {
            let emitter = if code == "wide" { Emitter::Wide } else { Emitter::Cranelift };
            let options = Options { emitter, ..Options::default() };
            let mut compiler =
                if code == "interpreted" { CellCompiler::interpreting(&plan) } else { CellCompiler::new(&plan, &options) };
            compiler.layer(0);
            let cells = compiler.finish().remove(0);
            if cells.warning().is_some() {
                continue; // not on this machine
            }
            let groups = samples / LANES;
            let mut batch = Batch::new(&cells, groups);
            let (forward, backward) =
                (shortest(groups, |group| batch.forward(group)), shortest(groups, |group| batch.backward(group)));
            print!("{name:<28}{code:<14}{samples:>8}{forward:>10.3}{backward:>10.3}");
            match plan.macs {
                0 => println!(),
                macs => println!("{:>8.1} GFLOP/s forward", 2e-6 * macs as f64 * samples as f64 / forward),
            }
        }
    }
}
