//! Plans made by hand.

use hetc_compiler::cells::Catalogue;
use hetc_compiler::formula::{Builder, Formula};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{
    Cell, Function, Join, Layer, NormKind, Op, PLAN_VERSION, Per, Placement, Plan, PoolKind, Reduction, Share, Step, Tap,
    Trained, Word,
};
use hetc_compiler::rewrite::{Replacement, infer, kind};
use hetc_compiler::shape::Shape;

/// The formula of a cell of the prelude.
pub fn formula(cell: &str) -> Formula {
    let text = format!("net n {{\n input 1\n act {cell}\n}}");
    super::compile(&text).nets[0].plan.as_ref().unwrap().cells[0].formula.clone()
}

/// A cell of the prelude.
pub fn plain(name: &str) -> Cell {
    Cell::plain(name, formula(name))
}

/// `max(x, 0) + a * min(x, 0)` with a trained `a`.
pub fn prelu(per: Per) -> Cell {
    let mut b = Builder::new();
    let (x, a, zero) = (b.input(0), b.input(1), b.constant(0.0));
    let (above, below) =
        (b.binary(hetc_compiler::formula::Binary::Max, x, zero), b.binary(hetc_compiler::formula::Binary::Min, x, zero));
    let scaled = b.mul(a, below);
    let root = b.add(above, scaled);
    let trained = vec![Trained { name: "a".into(), start: 0.25, per }];
    Cell { name: "prelu(0.25)".into(), inputs: 1, trained, steps: vec![], formula: b.finish(&[root], 2) }
}

/// `relu(x - mean of the window)`, nearly: the largest of the window taken off.
pub fn windowed(name: &str) -> Cell {
    let mut b = Builder::new();
    let (x, largest) = (b.input(0), b.input(1));
    let root = b.sub(x, largest);
    let mut of = Builder::new();
    let value = of.input(0);
    let steps = vec![Step::Reduce { by: Reduction::Max, of: of.finish(&[value], 1) }];
    Cell { name: name.into(), inputs: 1, trained: vec![], steps, formula: b.finish(&[root], 2) }
}

/// A learned function of `args` values, and the cell that is nothing but its call.
pub fn learned(name: &str, args: u8, hidden: &[usize]) -> (Function, Cell) {
    let function = Function {
        name: name.into(),
        inputs: args,
        hidden: hidden.to_vec(),
        activation: formula("relu"),
        params: Function::count(args, hidden),
    };
    let value = |k: u8, inputs: u8| {
        let mut b = Builder::new();
        let root = b.input(k);
        b.finish(&[root], inputs)
    };
    let of = (0..args).map(|k| value(k, args)).collect();
    let steps = vec![Step::Call { function: 0, of }];
    (function, Cell { name: name.into(), inputs: args, trained: vec![], steps, formula: value(args, args + 1) })
}

/// Equal shares of the first so many cells.
pub fn placement(word: Word, args: u8, shares: usize) -> Placement {
    let shares = (0..shares).map(|cell| Share { cell, ratio: 1, units: 0 }).collect();
    Placement { word, args, window: None, shares, layout: Layout::Interleave }
}

/// One cell of the prelude, as it comes to a site.
pub fn act(name: &str) -> Replacement {
    let catalogue = Catalogue { cells: vec![plain(name)], ..Catalogue::default() };
    Replacement { placement: placement(Word::Act, 1, 1), catalogue }
}

pub fn conv(kernel: usize, pad: usize, stride: usize, groups: usize) -> Op {
    Op::Conv { kernel: [kernel; 2], pad: [pad; 2], more: [0; 2], stride: [stride; 2], groups, bias: false }
}

pub fn norm(kind: NormKind, affine: bool) -> Op {
    Op::Norm { kind, affine, epsilon: 1e-5 }
}

/// A plan that grows layer by layer.
pub struct Draw {
    pub plan: Plan,
}

impl Draw {
    pub fn new(net: &str, input: Shape) -> Self {
        Self {
            plan: Plan {
                version: PLAN_VERSION,
                net: net.into(),
                input,
                output: input,
                params: 0,
                macs: 0,
                functions: vec![],
                tables: vec![],
                cells: vec![],
                layers: vec![],
                taps: vec![],
            },
        }
    }

    /// The newest value.
    pub fn here(&self) -> usize {
        self.plan.layers.len()
    }

    fn shape(&self) -> Shape {
        self.plan.shape(self.here())
    }

    /// A layer that reads `from`; `like` is what its operation leaves open. Gives its value.
    pub fn read(&mut self, from: &[usize], mut op: Op, like: Shape) -> usize {
        let inputs: Vec<Shape> = from.iter().map(|value| self.plan.shape(*value)).collect();
        if let Op::Cells(placement) = &mut op {
            let sites = placement.sites(&inputs[0]).unwrap();
            let counts = placement.layout.counts(&placement.ratio(), &sites);
            placement.shares.iter_mut().zip(counts).for_each(|(share, units)| share.units = units);
        }
        let output = infer(&op, &inputs, &like).unwrap_or_else(|| panic!("{op:?} of {inputs:?}"));
        let number = 1 + self.plan.layers.iter().filter(|layer| kind(&layer.op) == kind(&op)).count();
        let from = if from == [self.here()] { vec![] } else { from.to_vec() };
        let (name, line) = (format!("{}{number}", kind(&op)), 2 + self.here() as u32);
        self.plan.layers.push(Layer { name, line, from, input: inputs[0], output, params: 0, macs: 0, op });
        self.here()
    }

    pub fn push(&mut self, op: Op) -> usize {
        let (here, shape) = (self.here(), self.shape());
        self.read(&[here], op, shape)
    }

    /// Without a bias, and with a batch norm behind it.
    pub fn conv(&mut self, width: usize, kernel: usize, stride: usize) -> usize {
        let here = self.here();
        self.read(&[here], conv(kernel, kernel / 2, stride, 1), Shape::map(width, 1, 1));
        self.push(norm(NormKind::Batch, true))
    }

    pub fn depthwise(&mut self, kernel: usize, stride: usize) -> usize {
        let groups = self.shape().units();
        self.push(conv(kernel, kernel / 2, stride, groups));
        self.push(norm(NormKind::Batch, true))
    }

    pub fn pool(&mut self, window: usize) -> usize {
        self.push(Op::Pool { kind: PoolKind::Max, window: [window; 2], stride: [window; 2], pad: [0; 2] })
    }

    pub fn global(&mut self) -> usize {
        let here = self.here();
        self.read(&[here], Op::AdaptivePool { kind: PoolKind::Avg }, Shape::map(1, 1, 1))
    }

    pub fn dense(&mut self, width: usize) -> usize {
        if self.shape().spatial().is_some() {
            self.push(Op::Flatten);
        }
        let here = self.here();
        self.read(&[here], Op::Dense { bias: true }, Shape::vector(width))
    }

    pub fn join(&mut self, how: Join, from: &[usize]) -> usize {
        self.read(from, Op::Join { how }, Shape::vector(1))
    }

    /// One cell of the prelude everywhere.
    pub fn act(&mut self, name: &str) -> usize {
        self.mix(&[name])
    }

    /// Equal shares of cells of the prelude.
    pub fn mix(&mut self, names: &[&str]) -> usize {
        let cells: Vec<usize> = names.iter().map(|name| self.cell(plain(name))).collect();
        self.cells(Word::Act, 1, None, &cells)
    }

    pub fn cells(&mut self, word: Word, args: u8, window: Option<[usize; 2]>, cells: &[usize]) -> usize {
        let shares = cells.iter().map(|cell| Share { cell: *cell, ratio: 1, units: 0 }).collect();
        self.push(Op::Cells(Placement { word, args, window, shares, layout: Layout::Interleave }))
    }

    /// The index of a cell.
    pub fn cell(&mut self, cell: Cell) -> usize {
        self.plan.cells.iter().position(|known| *known == cell).unwrap_or_else(|| {
            self.plan.cells.push(cell);
            self.plan.cells.len() - 1
        })
    }

    pub fn tap(&mut self, name: &str) {
        let value = self.here();
        self.plan.taps.push(Tap { name: name.into(), value });
    }

    /// Counted and checked.
    pub fn finish(mut self) -> Plan {
        self.plan.output = self.shape();
        self.plan.recount();
        self.plan.verify().unwrap();
        self.plan
    }
}

/// Yoon et al. 2021: three layers of 64 units that take `args` values each, then ten classes.
pub fn yoon(input: usize, args: u8) -> Plan {
    let mut draw = Draw::new("two_arg", Shape::vector(input));
    let (function, cell) = learned("inner1", args, &[64, 64]);
    draw.plan.functions.push(function);
    let cell = draw.cell(cell);
    for _ in 0..3 {
        draw.dense(64 * usize::from(args));
        draw.push(norm(NormKind::Layer, false));
        draw.cells(Word::Inner, args, None, &[cell]);
        draw.push(Op::Dropout { p: 0.5 });
    }
    draw.dense(10);
    draw.finish()
}

/// A residual network: a stem and `blocks` blocks, each of two convolutions; the width doubles and the size halves in every second one.
pub fn resnet(net: &str, width: usize, blocks: usize) -> Plan {
    let mut draw = Draw::new(net, Shape::map(3, 32, 32));
    draw.conv(width, 3, 1);
    draw.mix(&["relu", "tanh"]);
    draw.tap("stem");
    for block in 0..blocks {
        let start = draw.here();
        let (width, stride) = (width << (block / 2), if block > 0 && block % 2 == 0 { 2 } else { 1 });
        draw.conv(width, 3, stride);
        draw.act("relu");
        let main = draw.conv(width, 3, 1);
        let skip = if stride == 2 {
            draw.read(&[start], conv(1, 0, 2, 1), Shape::map(width, 1, 1));
            draw.push(norm(NormKind::Batch, true))
        } else {
            start
        };
        draw.join(Join::Add, &[main, skip]);
        draw.act("relu");
    }
    draw.global();
    draw.dense(10);
    draw.finish()
}

/// Inverted bottlenecks with squeeze and excitation, as in EfficientNet: `(expansion, width, kernel, stride)` each.
pub fn efficientnet(net: &str, input: Shape, stem: usize, blocks: &[(usize, usize, usize, usize)], head: usize) -> Plan {
    let mut draw = Draw::new(net, input);
    draw.conv(stem, 3, 2);
    draw.act("swish(1)");
    for (expansion, width, kernel, stride) in blocks.iter().copied() {
        let start = draw.here();
        let channels = draw.shape().units();
        if expansion > 1 {
            draw.conv(channels * expansion, 1, 1);
            draw.act("swish(1)");
        }
        draw.depthwise(kernel, stride);
        let value = draw.act("swish(1)");
        draw.global();
        draw.conv((channels / 4).max(1), 1, 1);
        draw.act("swish(1)");
        draw.conv(channels * expansion, 1, 1);
        let gate = draw.act("sigmoid");
        draw.join(Join::Multiply, &[value, gate]);
        let end = draw.conv(width, 1, 1);
        if stride == 1 && width == channels {
            draw.join(Join::Add, &[end, start]);
        }
    }
    draw.conv(head, 1, 1);
    draw.act("swish(1)");
    draw.global();
    draw.push(Op::Dropout { p: 0.2 });
    draw.dense(10);
    draw.finish()
}
