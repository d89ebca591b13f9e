//! Times of the parts of a training step that other libraries can be asked for as well, on two threads:
//! `cargo bench -p hetc-engine --bench parts`.
//!
//! With `--machine-readable` each line is a name, the median and the shortest time in ms, separated by tabs.
#![allow(missing_docs, clippy::print_stdout, clippy::expect_used)]

use hetc_compiler::plan::Plan;
use hetc_engine::Alone;
use hetc_grammar::span::SourceId;
use std::time::{Duration, Instant};

const THREADS: usize = 2;
const MIXED: &str = "act swish(7.5)|ptanh(1)";
/// The window function of the side-by-side benchmark.
const EXCITATOR: &str = "window excit = relu(select(x <= 0, x + 0.25 * sum(relu(x)), x * (1 - 0.125 * count(x <= 0))))\n\n";

fn plan(cells: &str, input: &str, layer: &str) -> Plan {
    let text = format!("{cells}net part {{\n    input {input}\n    {layer}\n}}\n");
    let compiled = hetc_compiler::compile(SourceId(1), &text, &[]);
    let found = || format!("{:?}", compiled.diagnostics);
    compiled.nets.first().and_then(|net| net.plan.clone()).unwrap_or_else(|| panic!("{text}{}", found()))
}

/// Name, layer, samples, and which passes.
fn cases() -> Vec<(&'static str, Plan, usize, Passes)> {
    use Passes::{Both, Copy, Forward};
    let inner = || plan("", "120x16x16", "inner mlp[64,64] args=2");
    vec![
        ("copy-64x64x32x32", plan("", "64x32x32", MIXED), 64, Copy),
        ("act-forward-64x64x32x32", plan("", "64x32x32", MIXED), 64, Forward),
        ("act-64x64x32x32", plan("", "64x32x32", MIXED), 64, Both),
        ("copy-128x8x32x32", plan("", "8x32x32", MIXED), 128, Copy),
        ("act-128x8x32x32", plan("", "8x32x32", MIXED), 128, Both),
        ("window-64x64x32x32", plan(EXCITATOR, "64x32x32", "window excit 2x2"), 64, Both),
        ("inner-forward", inner(), 32, Forward),
        ("inner-both", inner(), 32, Both),
        ("conv-forward", plan("", "128x16x16", "conv 256 3x3 pad=1"), 32, Forward),
        ("conv-both", plan("", "128x16x16", "conv 256 3x3 pad=1"), 32, Both),
    ]
}

#[derive(Clone, Copy)]
enum Passes {
    Copy,
    Forward,
    Both,
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let machine = arguments.iter().any(|argument| argument == "--machine-readable");
    arguments.retain(|argument| !argument.starts_with("--"));
    for (name, plan, samples, passes) in cases() {
        if !arguments.is_empty() && !arguments.iter().any(|wanted| name.contains(wanted.as_str())) {
            continue;
        }
        let mut alone = Alone::new(&plan, samples, THREADS);
        let times = times(|| match passes {
            Passes::Copy => alone.copy(),
            Passes::Forward => alone.forward(),
            Passes::Both => {
                alone.forward();
                alone.backward();
            }
        });
        let (median, shortest) = (1e3 * times[times.len() / 2].as_secs_f64(), 1e3 * times[0].as_secs_f64());
        if machine {
            println!("{name}\t{median:.4}\t{shortest:.4}");
        } else {
            println!("{name:<26}{median:>9.3} ms, shortest {shortest:.3}");
        }
    }
}

/// Sorted times of at least 20 runs, after some to warm up.
fn times(mut run: impl FnMut()) -> Vec<Duration> {
    (0..3).for_each(|_| run());
    let begin = Instant::now();
    let mut times = Vec::new();
    while times.len() < 20 || begin.elapsed() < Duration::from_millis(700) {
        let start = Instant::now();
        run();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times
}
