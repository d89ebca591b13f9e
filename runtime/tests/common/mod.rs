//! Small plans and data sets for the tests.
#![allow(dead_code, clippy::unwrap_used)]

use hetc_compiler::formula::{Binary, Builder, Formula, NodeId, Unary};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{
    Cell, Function, Join, Layer, NoiseKind, NormKind, Op, PLAN_VERSION, Per, Placement, Plan, PoolKind, Reduction, Share, Step,
    Table, Trained, Word,
};
use hetc_compiler::shape::Shape;
use hetc_data::{Dataset, Pixels, Split, Targets, Task};
use hetc_runtime::streams::Stream;

/// A plan under construction; shapes follow by themselves.
pub struct Stack {
    input: Shape,
    functions: Vec<Function>,
    tables: Vec<Table>,
    cells: Vec<Cell>,
    layers: Vec<Layer>,
    /// What the next layer reads.
    from: Option<usize>,
}

impl Stack {
    pub fn new(input: Shape) -> Self {
        Self { input, functions: Vec::new(), tables: Vec::new(), cells: Vec::new(), layers: Vec::new(), from: None }
    }

    /// What the next layer reads.
    pub fn value(&self) -> usize {
        self.from.unwrap_or(self.layers.len())
    }

    /// The next layer reads `value`.
    pub fn at(self, value: usize) -> Self {
        Self { from: Some(value), ..self }
    }

    fn shape_of(&self, value: usize) -> Shape {
        if value == 0 { self.input } else { self.layers[value - 1].output }
    }

    pub fn shape(&self) -> Shape {
        self.shape_of(self.value())
    }

    fn push(self, kind: &str, output: Shape, op: Op) -> Self {
        let from = self.from.into_iter().collect();
        self.push_from(kind, from, output, op)
    }

    fn push_from(mut self, kind: &str, from: Vec<usize>, output: Shape, op: Op) -> Self {
        let number = self.layers.iter().filter(|layer| layer.name.starts_with(kind)).count() + 1;
        let (input, line) = (self.shape(), self.layers.len() as u32 + 1);
        self.layers.push(Layer { name: format!("{kind}{number}"), line, from, input, output, params: 0, macs: 0, op });
        self.from = None;
        self
    }

    pub fn conv(self, out: usize, kernel: [usize; 2], pad: [usize; 2], stride: [usize; 2], groups: usize) -> Self {
        self.conv_of(out, Op::Conv { kernel, pad, more: [0, 0], stride, groups, bias: true })
    }

    pub fn conv_without_bias(self, out: usize, kernel: [usize; 2], pad: [usize; 2], stride: [usize; 2], groups: usize) -> Self {
        self.conv_of(out, Op::Conv { kernel, pad, more: [0, 0], stride, groups, bias: false })
    }

    fn conv_of(self, out: usize, op: Op) -> Self {
        let Op::Conv { kernel, pad, stride, .. } = op else { panic!("no convolution") };
        let (height, width) = slide(self.shape(), kernel, stride, pad);
        self.push("conv", Shape::map(out, height, width), op)
    }

    /// 3×3, padded to keep the size.
    pub fn conv3(self, out: usize) -> Self {
        self.conv(out, [3, 3], [1, 1], [1, 1], 1)
    }

    /// 1×1.
    pub fn conv1(self, out: usize) -> Self {
        self.conv(out, [1, 1], [0, 0], [1, 1], 1)
    }

    pub fn dense(self, out: usize) -> Self {
        self.push("dense", Shape::vector(out), Op::Dense { bias: true })
    }

    pub fn dense_without_bias(self, out: usize) -> Self {
        self.push("dense", Shape::vector(out), Op::Dense { bias: false })
    }

    pub fn flatten(self) -> Self {
        let output = Shape::vector(self.shape().elements());
        self.push("flatten", output, Op::Flatten)
    }

    pub fn pool(self, kind: PoolKind, window: [usize; 2], stride: [usize; 2]) -> Self {
        self.padded_pool(kind, window, stride, [0, 0])
    }

    pub fn padded_pool(self, kind: PoolKind, window: [usize; 2], stride: [usize; 2], pad: [usize; 2]) -> Self {
        let (height, width) = slide(self.shape(), window, stride, pad);
        let output = Shape::map(self.shape().units(), height, width);
        self.push("pool", output, Op::Pool { kind, window, stride, pad })
    }

    pub fn adaptive(self, kind: PoolKind, height: usize, width: usize) -> Self {
        let output = Shape::map(self.shape().units(), height, width);
        self.push("pool", output, Op::AdaptivePool { kind })
    }

    /// A layer that keeps the shape.
    fn same(self, kind: &str, op: Op) -> Self {
        let output = self.shape();
        self.push(kind, output, op)
    }

    pub fn dropout(self, p: f64) -> Self {
        self.same("dropout", Op::Dropout { p })
    }

    pub fn norm(self, kind: NormKind, affine: bool) -> Self {
        self.same("norm", Op::Norm { kind, affine, epsilon: 1e-5 })
    }

    pub fn response(self, size: usize, alpha: f64, beta: f64, k: f64) -> Self {
        self.same("norm", Op::Response { size, alpha, beta, k })
    }

    pub fn noise(self, kind: NoiseKind, scale: f64, always: bool) -> Self {
        self.same("noise", Op::Noise { kind, scale, always })
    }

    /// This value and `others`.
    pub fn join(self, how: Join, others: &[usize]) -> Self {
        let from: Vec<usize> = std::iter::once(self.value()).chain(others.iter().copied()).collect();
        let shapes: Vec<Shape> = from.iter().map(|value| self.shape_of(*value)).collect();
        let output = hetc_compiler::figures::joined(how, &shapes).expect("values that fit together");
        self.push_from("join", from, output, Op::Join { how })
    }

    pub fn act(self, layout: Layout, cells: &[(&str, Formula)]) -> Self {
        let cells: Vec<Cell> = cells.iter().map(|(name, formula)| Cell::plain(*name, formula.clone())).collect();
        self.cells(1, None, layout, &cells)
    }

    /// Cells in equal parts.
    pub fn cells(mut self, args: u8, window: Option<[usize; 2]>, layout: Layout, cells: &[Cell]) -> Self {
        let mut shares = Vec::new();
        for cell in cells {
            let known = self.cells.iter().position(|other| other.name == cell.name);
            if known.is_none() {
                self.cells.push(cell.clone());
            }
            shares.push(Share { cell: known.unwrap_or(self.cells.len() - 1), ratio: 1, units: 0 });
        }
        let mut placement = Placement { word: Word::Act, args, window, shares, layout };
        let shape = self.shape();
        let sites = placement.sites(&shape).expect("sites for the cells");
        let counts = layout.counts(&placement.ratio(), &sites);
        placement.shares.iter_mut().zip(counts).for_each(|(share, units)| share.units = units);
        let output = placement.output(&shape).expect("as before");
        self.push("act", output, Op::Cells(placement))
    }

    /// A learned function; its index is the number of those before it.
    pub fn function(mut self, name: &str, inputs: u8, hidden: &[usize], activation: Formula) -> Self {
        let params = Function::count(inputs, hidden);
        self.functions.push(Function { name: name.to_string(), inputs, hidden: hidden.to_vec(), activation, params });
        self
    }

    /// A function given by points; its index is the number of those before it.
    pub fn table(mut self, name: &str, points: &[[f64; 2]]) -> Self {
        self.tables.push(Table { name: name.to_string(), points: points.to_vec() });
        self
    }

    /// Without the functions and tables that nothing uses.
    pub fn plan_of_used(self, net: &str) -> Plan {
        let mut plan = self.plan(net);
        plan.drop_unused();
        plan.recount();
        plan
    }

    pub fn plan(self, net: &str) -> Plan {
        let (input, output) = (self.input, self.shape());
        let Self { functions, tables, cells, layers, .. } = self;
        let (version, net, taps) = (PLAN_VERSION, net.to_string(), Vec::new());
        let mut plan = Plan { version, net, input, output, params: 0, macs: 0, functions, tables, cells, layers, taps };
        plan.recount();
        plan.verify().expect("a sound plan");
        plan
    }
}

fn slide(shape: Shape, window: [usize; 2], stride: [usize; 2], pad: [usize; 2]) -> (usize, usize) {
    hetc_compiler::figures::slide(shape.spatial().unwrap(), window, stride, pad, [0, 0]).expect("a window that fits")
}

/// A formula of so many inputs.
pub fn of(inputs: u8, build: impl Fn(&mut Builder, &[NodeId]) -> NodeId) -> Formula {
    let mut builder = Builder::new();
    let x: Vec<NodeId> = (0..inputs).map(|input| builder.input(input)).collect();
    let root = build(&mut builder, &x);
    builder.finish(&[root], inputs)
}

/// Input `number` of `inputs` itself.
pub fn input(inputs: u8, number: usize) -> Formula {
    of(inputs, |_, x| x[number])
}

pub fn trained(name: &str, start: f64, per: Per) -> Trained {
    Trained { name: name.to_string(), start, per }
}

/// `max(x, 0) + a min(x, 0)`, `a` trained.
pub fn prelu(start: f64, per: Per) -> Cell {
    let formula = of(2, |b, x| {
        let zero = b.constant(0.0);
        let (over, under) = (b.binary(Binary::Max, x[0], zero), b.binary(Binary::Min, x[0], zero));
        let scaled = b.mul(x[1], under);
        b.binary(Binary::Add, over, scaled)
    });
    let name = format!("prelu({start}, {per:?})");
    Cell { name, inputs: 1, trained: vec![trained("a", start, per)], steps: Vec::new(), formula }
}

/// A learned function of `inputs` values.
pub fn call(name: &str, function: usize, inputs: u8) -> Cell {
    let arguments = (0..inputs).map(|number| input(inputs, usize::from(number))).collect();
    let steps = vec![Step::Call { function, of: arguments }];
    Cell { name: name.to_string(), inputs, trained: Vec::new(), steps, formula: input(inputs + 1, usize::from(inputs)) }
}

/// `sin(x) + table(x)`.
pub fn lookup(name: &str, table: usize) -> Cell {
    let formula = of(2, |b, x| {
        let sine = b.unary(Unary::Sin, x[0]);
        b.binary(Binary::Add, sine, x[1])
    });
    let steps = vec![Step::Lookup { table, of: input(1, 0) }];
    Cell { name: name.to_string(), inputs: 1, trained: Vec::new(), steps, formula }
}

/// `x1 logistic(x2)`.
pub fn glu() -> Cell {
    let product = |b: &mut Builder, x: &[NodeId]| {
        let gate = b.unary(Unary::Sigmoid, x[1]);
        b.mul(x[0], gate)
    };
    Cell { name: "glu".to_string(), inputs: 2, trained: Vec::new(), steps: Vec::new(), formula: of(2, product) }
}

/// `select(x == max(x…), relu(x), 0)`.
pub fn maxrelu() -> Cell {
    let formula = of(2, |b, x| {
        let zero = b.constant(0.0);
        let relu = b.binary(Binary::Max, x[0], zero);
        b.select(hetc_grammar::tree::CmpOp::Eq, x[0], x[1], relu, zero)
    });
    let steps = vec![Step::Reduce { by: Reduction::Max, of: input(1, 0) }];
    Cell { name: "maxrelu".to_string(), inputs: 1, trained: Vec::new(), steps, formula }
}

/// `exp(x - max(x)) / sum(exp(x - max(x)))`.
pub fn softmax() -> Cell {
    let shifted = |b: &mut Builder, x: &[NodeId]| {
        let difference = b.binary(Binary::Sub, x[0], x[1]);
        b.unary(Unary::Exp, difference)
    };
    let formula = of(3, |b, x| {
        let over = shifted(b, x);
        b.binary(Binary::Div, over, x[2])
    });
    let steps =
        vec![Step::Reduce { by: Reduction::Max, of: input(1, 0) }, Step::Reduce { by: Reduction::Sum, of: of(2, shifted) }];
    Cell { name: "softmax".to_string(), inputs: 1, trained: Vec::new(), steps, formula }
}

/// `tanh(x + a sum(min(x, 0)) + min(x))`, `a` trained.
pub fn nelu(start: f64, per: Per) -> Cell {
    let negative = of(2, |b, x| {
        let zero = b.constant(0.0);
        b.binary(Binary::Min, x[0], zero)
    });
    let formula = of(4, |b, x| {
        let scaled = b.mul(x[1], x[2]);
        let sum = b.binary(Binary::Add, x[0], scaled);
        let sum = b.binary(Binary::Add, sum, x[3]);
        b.unary(Unary::Tanh, sum)
    });
    let steps = vec![Step::Reduce { by: Reduction::Sum, of: negative }, Step::Reduce { by: Reduction::Min, of: input(3, 0) }];
    let name = format!("nelu({start}, {per:?})");
    Cell { name, inputs: 1, trained: vec![trained("a", start, per)], steps, formula }
}

pub fn formula(build: impl Fn(&mut Builder, NodeId) -> NodeId) -> Formula {
    of(1, |builder, x| build(builder, x[0]))
}

pub fn relu() -> (&'static str, Formula) {
    let max = |b: &mut Builder, x| {
        let zero = b.constant(0.0);
        b.binary(Binary::Max, x, zero)
    };
    ("relu", formula(max))
}

pub fn tanh() -> (&'static str, Formula) {
    ("tanh", formula(|b, x| b.unary(Unary::Tanh, x)))
}

/// `x * logistic(7.5 x)`.
pub fn swish() -> (&'static str, Formula) {
    let product = |b: &mut Builder, x| {
        let scaled = b.scale(7.5, x);
        let gate = b.unary(Unary::Sigmoid, scaled);
        b.mul(x, gate)
    };
    ("swish(7.5)", formula(product))
}

/// Images with a bright band of rows for each class, with noise: learnable, also mirrored and shifted by a pixel.
pub fn images(classes: usize, [channels, rows, columns]: [usize; 3], train: usize, test: usize) -> Dataset {
    let size = channels * rows * columns;
    let split = |name: &str, samples: usize| {
        let mut stream = Stream::new(11, name, &[]);
        let labels: Vec<u16> = (0..samples).map(|_| stream.below(classes as u32) as u16).collect();
        let mut bytes = Vec::new();
        for label in &labels {
            let bright = |i: usize| (i / columns % rows) * classes / rows == usize::from(*label);
            bytes.extend((0..size).map(|i| stream.below(120) as u8 + if bright(i) { 90 } else { 0 }));
        }
        Split { inputs: Pixels::Bytes(bytes), targets: Targets::Classes(labels) }
    };
    let (train, test) = (split("train", train), split("test", test));
    let (validation, task) = (Split::default(), Task::Classes(classes));
    Dataset {
        name: "stripes".into(),
        train,
        validation,
        test,
        task,
        sample: vec![channels, rows, columns],
        source: "made up".into(),
    }
}

/// A net with every kind of layer that trains on [`images`]`(3, [2, 8, 8], …)`.
pub fn every_layer() -> Plan {
    Stack::new(Shape::map(2, 8, 8))
        .conv3(4)
        .norm(NormKind::Batch, true)
        .act(Layout::Interleave, &[relu(), tanh(), swish()])
        .pool(PoolKind::Max, [2, 2], [2, 2])
        .conv3(4)
        .act(Layout::Checkerboard, &[swish(), tanh()])
        .adaptive(PoolKind::Avg, 3, 3)
        .flatten()
        .dense(12)
        .norm(NormKind::Layer, true)
        .act(Layout::Block, &[tanh(), relu()])
        .dropout(0.3)
        .dense(3)
        .plan("Every")
}

/// A net with every way of placing cells and of joining values, that trains on [`images`]`(3, [2, 8, 8], …)`.
pub fn every_placement() -> Plan {
    every_placement_with(maxrelu())
}

/// The same with another window cell, as `maxrelu` jumps where another element becomes the largest.
pub fn every_placement_with(window_cell: Cell) -> Plan {
    let stack = Stack::new(Shape::map(2, 8, 8)).function("g", 2, &[5, 4], tanh().1).function("h", 1, &[4], relu().1);
    let stack = stack.function("k", 2, &[3], tanh().1).table("found", &[[-1.0, 0.5], [0.0, 0.0], [2.0, 1.0]]);
    let stem = stack.conv_without_bias(4, [3, 3], [1, 1], [1, 1], 2).norm(NormKind::Batch, true);
    let stem = stem.cells(1, None, Layout::Interleave, &[prelu(0.25, Per::Channel), prelu(0.1, Per::Layer), call("h", 1, 1)]);
    let value = stem.value();
    let body = stem.noise(NoiseKind::Uniform, 0.1, false).conv3(4).cells(
        2,
        None,
        Layout::default(),
        &[call("g", 0, 2), call("k", 2, 2)],
    );
    let body = body.conv1(8).cells(2, None, Layout::default(), &[glu()]);
    let body = body.join(Join::Add, &[value]).cells(1, Some([2, 2]), Layout::Block, &[window_cell, nelu(0.2, Per::Channel)]);
    let map = body.value();
    let gate = body.adaptive(PoolKind::Avg, 1, 1).conv1(4).cells(
        1,
        None,
        Layout::default(),
        &[lookup("found", 0), prelu(0.3, Per::Net)],
    );
    let gate_value = gate.value();
    let gated = gate.at(map).join(Join::Multiply, &[gate_value]).response(3, 0.1, 0.75, 1.0);
    let gated_value = gated.value();
    let pooled = gated.join(Join::Concat, &[gated_value, value]).padded_pool(PoolKind::Max, [3, 3], [2, 2], [1, 1]);
    pooled
        .flatten()
        .dense(6)
        .noise(NoiseKind::Normal, 0.05, true)
        .cells(2, None, Layout::Block, &[call("g", 0, 2)])
        .dense(3)
        .plan("Placements")
}
