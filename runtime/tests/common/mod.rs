//! Small plans and data sets for the tests.
#![allow(dead_code, clippy::unwrap_used)]

use hetc_compiler::formula::{Builder, Formula, NodeId, Unary};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Cell, Layer, Mix, NormKind, Op, PLAN_VERSION, Plan, PoolKind, Share};
use hetc_compiler::shape::Shape;
use hetc_data::{Dataset, Pixels, Split};
use hetc_runtime::streams::Stream;

/// A plan under construction; shapes follow by themselves.
pub struct Stack {
    input: Shape,
    cells: Vec<Cell>,
    layers: Vec<Layer>,
}

impl Stack {
    pub fn new(input: Shape) -> Self {
        Self { input, cells: Vec::new(), layers: Vec::new() }
    }

    pub fn shape(&self) -> Shape {
        self.layers.last().map_or(self.input, |layer| layer.output)
    }

    fn push(mut self, kind: &str, output: Shape, op: Op) -> Self {
        let number = self.layers.iter().filter(|layer| layer.name.starts_with(kind)).count() + 1;
        let (input, line) = (self.shape(), self.layers.len() as u32 + 1);
        self.layers.push(Layer { name: format!("{kind}{number}"), line, input, output, params: 0, macs: 0, op });
        self
    }

    pub fn conv(self, out: usize, kernel: [usize; 2], pad: [usize; 2], stride: [usize; 2], groups: usize) -> Self {
        let (height, width) = self.shape().spatial().unwrap();
        let along = |axis: usize, size: usize| (size + 2 * pad[axis] - kernel[axis]) / stride[axis] + 1;
        let output = Shape::map(out, along(0, height), along(1, width));
        self.push("conv", output, Op::Conv { kernel, pad, stride, groups })
    }

    /// 3×3, padded to keep the size.
    pub fn conv3(self, out: usize) -> Self {
        self.conv(out, [3, 3], [1, 1], [1, 1], 1)
    }

    pub fn dense(self, out: usize) -> Self {
        self.push("dense", Shape::vector(out), Op::Dense)
    }

    pub fn flatten(self) -> Self {
        let output = Shape::vector(self.shape().elements());
        self.push("flatten", output, Op::Flatten)
    }

    pub fn pool(self, kind: PoolKind, window: [usize; 2], stride: [usize; 2]) -> Self {
        let (height, width) = self.shape().spatial().unwrap();
        let along = |axis: usize, size: usize| (size - window[axis]) / stride[axis] + 1;
        let output = Shape::map(self.shape().units(), along(0, height), along(1, width));
        self.push("pool", output, Op::Pool { kind, window, stride })
    }

    pub fn adaptive(self, kind: PoolKind, height: usize, width: usize) -> Self {
        let output = Shape::map(self.shape().units(), height, width);
        self.push("pool", output, Op::AdaptivePool { kind })
    }

    pub fn dropout(self, p: f64) -> Self {
        let output = self.shape();
        self.push("dropout", output, Op::Dropout { p })
    }

    pub fn norm(self, kind: NormKind, affine: bool) -> Self {
        let output = self.shape();
        self.push("norm", output, Op::Norm { kind, affine, epsilon: 1e-5 })
    }

    pub fn act(mut self, layout: Layout, cells: &[(&str, Formula)]) -> Self {
        let shape = self.shape();
        let counts = layout.counts(&vec![1; cells.len()], &shape);
        let mut shares = Vec::new();
        for ((name, formula), units) in cells.iter().zip(counts) {
            let known = self.cells.iter().position(|cell| cell.name == *name);
            let cell = known.unwrap_or(self.cells.len());
            if known.is_none() {
                self.cells.push(Cell { name: name.to_string(), formula: formula.clone() });
            }
            shares.push(Share { cell, ratio: 1, units });
        }
        self.push("act", shape, Op::Act(Mix { shares, layout }))
    }

    pub fn plan(mut self, net: &str) -> Plan {
        for layer in &mut self.layers {
            layer.params = 0;
        }
        let (input, output) = (self.input, self.shape());
        Plan {
            version: PLAN_VERSION,
            net: net.to_string(),
            input,
            output,
            params: 0,
            macs: 0,
            cells: self.cells,
            layers: self.layers,
        }
    }
}

pub fn formula(build: impl Fn(&mut Builder, NodeId) -> NodeId) -> Formula {
    let mut builder = Builder::new();
    let x = builder.input(0);
    let root = build(&mut builder, x);
    builder.finish(&[root], 1)
}

pub fn relu() -> (&'static str, Formula) {
    let max = |b: &mut Builder, x| {
        let zero = b.constant(0.0);
        b.binary(hetc_compiler::formula::Binary::Max, x, zero)
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
        Split { inputs: Pixels::Bytes(bytes), labels }
    };
    let (train, test) = (split("train", train), split("test", test));
    Dataset { name: "stripes".into(), train, test, classes, sample: vec![channels, rows, columns], source: "made up".into() }
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
