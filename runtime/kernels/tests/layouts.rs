//! Mixed layers against layers of one cell: wherever a cell stands, and whatever stands beside it, it answers with the same bits.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
mod common {
    pub mod expression;
    pub mod layers;
    pub mod plans;
}

use common::layers::{Layer, readings, scattered};
use common::plans::Do::{Call, Sum};
use common::plans::{Parts, cell, function, plain};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Cell, Function, Op, Per, Plan};
use hetc_compiler::shape::Shape;
use hetc_kernels::{CellCompiler, CellScratch, Cells, Emitter, KernelError, Lanes, Options};

fn cells() -> Vec<Cell> {
    let called = cell(1, &[("a", Per::Layer)], &[Call(0, &["a * x"])], "x + s1");
    vec![plain(1, "x * logistic(7.5 * x)"), plain(1, "x + sin(x) * sin(x)"), called]
}

fn windows() -> Vec<Cell> {
    let lift = cell(1, &[], &[Sum("relu(x)")], "select(x > 0, x, relu(x + 0.25 * s1))");
    let called = cell(1, &[("a", Per::Layer)], &[Sum("x"), Call(0, &["a * s1"])], "x + s2");
    vec![lift, plain(1, "tanh(x)"), called]
}

fn functions() -> Vec<Function> {
    vec![function(1, &[5], "tanh(x)")]
}

fn layers() -> Vec<Parts> {
    let layouts = [Layout::Interleave, Layout::Block, Layout::Random { seed: 3 }, Layout::Checkerboard];
    let shares: [&[(usize, u64)]; 2] = [&[(1, 9), (2, 1), (0, 2)], &[(2, 1), (0, 2), (2, 3), (1, 1)]];
    let mut layers = Vec::new();
    for (layout, shares) in layouts.into_iter().flat_map(|layout| shares.map(|shares| (layout, shares))) {
        let parts = |input, cells| Parts::new(input, cells).functions(functions()).shares(shares).layout(layout);
        layers.extend([parts(Shape::map(24, 3, 5), cells()), parts(Shape::map(24, 5, 7), windows()).window(2, 3)]);
        if layout != Layout::Checkerboard {
            layers.extend([parts(Shape::vector(61), cells()), parts(Shape::vector(61), windows()).window(1, 3)]);
        }
    }
    layers
}

/// The number of the cell that answers each number of the output, in the plan's order.
fn answerers(plan: &Plan) -> Vec<usize> {
    let Op::Cells(placement) = &plan.layers[0].op else { panic!("no cells") };
    let sites = placement.sites(&plan.input).unwrap();
    let shares = placement.layout.assign(&placement.ratio(), &sites);
    let [height, width] = placement.window.unwrap_or([1, 1]);
    let (rows, columns) = plan.output.spatial().unwrap_or((1, plan.output.units()));
    let across = columns.div_ceil(width);
    let share = |element: usize| {
        let (channel, position) = (element / (rows * columns), element % (rows * columns));
        let site = position / columns / height * across + position % columns / width;
        let by_position = placement.layout == Layout::Checkerboard || plan.output.spatial().is_none();
        placement.shares[shares[if by_position { site } else { channel }]].cell
    };
    (0..plan.output.elements()).map(share).collect()
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

#[test]
fn every_layout_computes_what_its_cells_do() {
    for parts in layers() {
        let (input, all, window, functions) = (parts.input, parts.cells.clone(), parts.window, parts.functions.clone());
        let plan = parts.plan();
        let answerers = answerers(&plan);
        let (x, dy) = (scattered(3 * answerers.len(), 1), scattered(3 * answerers.len(), 2));
        let weights = scattered(plan.params as usize, 3);
        let alone = |cell: &Cell| {
            let calls = cell.calls().next().is_some();
            let functions = if calls { functions.clone() } else { Vec::new() };
            Parts { window, ..Parts::new(input, vec![cell.clone()]).functions(functions) }.plan()
        };
        let alone: Vec<Plan> = all.iter().map(alone).collect();
        for (reading, layer) in readings(&plan) {
            let [y, dx, _] = layer.run(&x, &weights, &dy);
            for (cell, plan) in alone.iter().enumerate() {
                let (_, layer) = readings(plan).into_iter().find(|(other, _)| *other == reading).unwrap();
                let [alone_y, alone_dx, _] = layer.run(&x, &weights[..plan.params as usize], &dy);
                let chosen = |numbers: &[f32]| -> Vec<u32> {
                    let numbers = bits(numbers).into_iter().enumerate();
                    numbers.filter(|(i, _)| answerers[i % answerers.len()] == cell).map(|(_, bits)| bits).collect()
                };
                assert_eq!(chosen(&y), chosen(&alone_y), "{reading}: answers of cell {cell} in {plan:#?}");
                assert_eq!(chosen(&dx), chosen(&alone_dx), "{reading}: gradients of cell {cell} in {plan:#?}");
            }
        }
    }
}

/// A layer with everything: several chunks of calls, trained numbers, windows cut off.
fn large() -> Plan {
    let steps = [Sum("x"), Call(0, &["a * s1"])];
    let cells = vec![cell(1, &[("a", Per::Channel), ("b", Per::Layer)], &steps, "b * x + s2"), plain(1, "x * x")];
    Parts::new(Shape::map(30, 9, 11), cells).functions(functions()).shares(&[(0, 3), (1, 1)]).window(2, 2).plan()
}

#[test]
fn packed_numbers_may_begin_anywhere() {
    let plan = large();
    let layer = Layer::compiled(&plan).cells;
    let weights = scattered(layer.weights_len(), 3);
    let x = vec![Lanes::all(0.75); layer.input_len()];
    let answers = |shift: usize| {
        let mut packed = vec![0.0; layer.packed_len() + 16];
        let packed = &mut packed[shift..][..layer.packed_len()];
        layer.prepare(&weights, packed);
        let mut y = x.clone();
        layer.forward(packed, &x, &mut y, &mut CellScratch::default());
        y
    };
    assert!((1..16).all(|shift| answers(shift) == answers(0)));
}

#[test]
fn gradients_of_weights_do_not_ask_for_those_of_the_input() {
    let plan = large();
    for (reading, layer) in readings(&plan) {
        let cells = layer.cells;
        let (x, dy) = (vec![Lanes::all(0.75); cells.input_len()], vec![Lanes::all(-0.5); cells.output_len()]);
        let mut packed = vec![0.0; cells.packed_len()];
        cells.prepare(&scattered(cells.weights_len(), 3), &mut packed);
        let gradients = |dx: Option<&mut [Lanes]>| {
            let mut sums = vec![1.0; cells.weights_len()];
            cells.backward(&packed, &x, &dy, dx, &mut sums, &mut CellScratch::default());
            sums
        };
        assert_eq!(gradients(None), gradients(Some(&mut x.clone())), "{reading}");
    }
}

#[test]
fn threads_share_a_layer() {
    let plan = large();
    let cells = Layer::compiled(&plan).cells;
    let mut packed = vec![0.0; cells.packed_len()];
    cells.prepare(&scattered(cells.weights_len(), 3), &mut packed);
    let run = || {
        let (x, mut y) = (vec![Lanes::all(0.75); cells.input_len()], vec![Lanes::default(); cells.output_len()]);
        cells.forward(&packed, &x, &mut y, &mut CellScratch::default());
        y
    };
    let [first, second] = std::thread::scope(|scope| [scope.spawn(run), scope.spawn(run)].map(|thread| thread.join().unwrap()));
    assert_eq!(first, second);
}

/// A network of two layers, the first one of a cell with many operations.
fn network() -> Plan {
    let many = "tanh(x) * sin(x) + logistic(x) * exp(-(x * x)) + x / (1 + x * x)";
    let mut plan = Parts::new(Shape::vector(20), vec![plain(1, many)]).plan();
    let other = Parts::new(Shape::vector(20), vec![plain(1, "x * x")]).plan();
    plan.cells.extend(other.cells.into_iter().map(|cell| Cell { name: "square".into(), ..cell }));
    let mut layer = other.layers[0].clone();
    layer.name = "act2".into();
    let Op::Cells(placement) = &mut layer.op else { panic!("no cells") };
    placement.shares[0].cell = 1;
    plan.layers.push(layer);
    plan.verify().unwrap();
    plan
}

fn compiled(plan: &Plan, options: &Options) -> Vec<Cells> {
    let mut compiler = CellCompiler::new(plan, options);
    assert_eq!([compiler.layer(0), compiler.layer(1), compiler.layer(0)], [0, 1, 2]);
    compiler.finish()
}

#[test]
fn what_cannot_be_compiled_is_interpreted() {
    let plan = network();
    let refused = compiled(&plan, &Options { refuse_memory: true, emitter: Emitter::Cranelift, ..Options::default() });
    for cells in &refused {
        assert!(cells.is_interpreted() && matches!(cells.warning(), Some(KernelError::NoExecutableMemory { .. })), "{cells:?}");
    }
    let limited = compiled(&plan, &Options { node_limit: 8, ..Options::default() });
    let warnings = limited.iter().map(Cells::warning).collect::<Vec<_>>();
    assert!(matches!(warnings[..], [Some(KernelError::TooLarge { limit: 8, .. }), None, Some(_)]), "{warnings:?}");
    let layer = |layer| Layer::with(&plan, layer);
    let (x, dy) = (scattered(20, 1), scattered(20, 2));
    let wanted = layer(CellCompiler::interpreting(&plan)).run(&x, &[], &dy);
    let fallen = layer(CellCompiler::new(&plan, &Options { node_limit: 8, ..Options::default() })).run(&x, &[], &dy);
    assert_eq!(wanted, fallen);
}

#[test]
fn what_is_interpreted_on_request_is_no_warning() {
    let plan = network();
    let layer = Layer::interpreted(&plan);
    assert!(layer.cells.is_interpreted() && layer.cells.warning().is_none());
}

/// The code stays as long as any layer does.
#[test]
fn layers_outlive_each_other() {
    let plan = network();
    let last = compiled(&plan, &Options::default()).remove(1);
    let (x, mut y) = (vec![Lanes::all(3.0); 20], vec![Lanes::default(); 20]);
    last.forward(&[], &x, &mut y, &mut CellScratch::default());
    assert_eq!(y, vec![Lanes::all(9.0); 20]);
}

#[test]
#[should_panic(expected = "the layer's lengths")]
fn other_lengths_are_refused() {
    let plan = network();
    let layer = Layer::compiled(&plan).cells;
    layer.forward(&[], &[Lanes::default(); 19], &mut [Lanes::default(); 20], &mut CellScratch::default());
}
