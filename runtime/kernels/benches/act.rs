//! Time of a mixed layer over a map of 64 samples, against copying it, and of compiling: `cargo bench -p hetc-kernels --bench act`.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{emitters, noise, ptanh, swish, typical_cells, vectors};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hetc_compiler::formula::Formula;
use hetc_kernels::{Array, LANES, Lanes, Options, Place, Put, SiteCompiler, SiteKernel, SiteProgram, Table, backward};
use std::hint::black_box;

const GROUPS: usize = 4;
/// Channels, height and width.
const MAP: usize = 64 * 32 * 32;

/// Cells in turn, vector by vector, each with its table.
struct Layer {
    forward: Vec<SiteKernel>,
    backward: Vec<SiteKernel>,
    tables: Vec<Table>,
}

impl Layer {
    fn new(cells: &[Formula], options: &Options) -> Self {
        let mut compiler = SiteCompiler::new(options).unwrap();
        let in_place = vec![(Place { array: 1, column: 0, offset: 0 }, Put::Set)];
        for cell in cells {
            compiler.add(&SiteProgram::plain(cell.clone())).unwrap();
            compiler.add(&SiteProgram { writes: in_place.clone(), ..SiteProgram::plain(backward(cell)) }).unwrap();
        }
        let kernels = compiler.finish().unwrap();
        let every_second = |first: usize| kernels[first..].iter().step_by(2).cloned().collect();
        let table = |first: usize| Table::new(1, (first as u32..MAP as u32).step_by(cells.len()).collect());
        Self { forward: every_second(0), backward: every_second(1), tables: (0..cells.len()).map(table).collect() }
    }

    fn run(&self, kernels: &[SiteKernel], x: &[Lanes], y: &mut [Lanes]) {
        for (x, y) in x.chunks(MAP).zip(y.chunks_mut(MAP)) {
            for (kernel, table) in kernels.iter().zip(&self.tables) {
                kernel.run(&mut [Array::Read(x), Array::Write(y)], table);
            }
        }
    }
}

fn passes(c: &mut Criterion) {
    let mut group = c.benchmark_group("64x64x32x32");
    group.throughput(Throughput::Elements((GROUPS * MAP * LANES) as u64)).sample_size(10);
    let x = vectors(&noise(GROUPS * MAP * LANES, 1));
    let mut y = x.clone();
    group.bench_function("copy", |b| b.iter(|| black_box(&mut y).copy_from_slice(black_box(&x))));
    let layers =
        [("swish", vec![swish(7.5)]), ("ptanh", vec![ptanh(1.0)]), ("swish and ptanh in turn", vec![swish(7.5), ptanh(1.0)])];
    for emitter in emitters() {
        for (name, cells) in &layers {
            let layer = Layer::new(cells, &Options { emitter, ..Options::default() });
            group.bench_function(format!("{name}, forward, {emitter:?}"), |b| {
                b.iter(|| layer.run(&layer.forward, black_box(&x), &mut y));
            });
            y.fill(Lanes::all(1.0));
            group.bench_function(format!("{name}, backward, {emitter:?}"), |b| {
                b.iter(|| layer.run(&layer.backward, black_box(&x), &mut y));
            });
        }
    }
}

/// Five cells, forward and backward.
fn compilation(c: &mut Criterion) {
    let cells: Vec<Formula> =
        typical_cells().into_iter().map(|(_, cell)| cell).filter(|cell| cell.nodes().len() > 3).take(5).collect();
    for emitter in emitters() {
        let options = Options { emitter, verify: false, ..Options::default() };
        c.bench_function(&format!("ten kernels, {emitter:?}"), |b| b.iter(|| Layer::new(&cells, &options)));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(std::time::Duration::from_millis(200)).measurement_time(std::time::Duration::from_millis(600));
    targets = passes, compilation
}
criterion_main!(benches);
