//! Cells that networks use, and short ways to compile and run.
#![allow(dead_code, clippy::unwrap_used)]

pub mod expression;
pub mod plans;

use hetc_compiler::formula::{Binary, Builder, Formula, NodeId, Unary};
use hetc_grammar::tree::CmpOp;
use hetc_kernels::{Array, Emitter, LANES, Lanes, Options, SiteCompiler, SiteKernel, SiteProgram, backward};

/// A formula of `x`.
pub fn formula(build: impl Fn(&mut Builder, NodeId) -> NodeId) -> Formula {
    let mut b = Builder::new();
    let x = b.input(0);
    let root = build(&mut b, x);
    b.finish(&[root], 1)
}

/// A cell of one value by itself, both ways.
pub struct Plain {
    forward: SiteKernel,
    backward: SiteKernel,
}

impl Plain {
    /// `f(x)` for each.
    pub fn forward(&self, x: &[f32]) -> Vec<f32> {
        let mut y = vec![Lanes::all(f32::NAN); x.len().div_ceil(LANES)];
        let sites = 0..y.len();
        self.forward.run_range(&mut [Array::Read(&vectors(x)), Array::Write(&mut y)], sites);
        floats(&y, x.len())
    }

    /// `f'(x) dy` for each.
    pub fn backward(&self, x: &[f32], dy: &[f32]) -> Vec<f32> {
        let mut dx = vec![Lanes::all(f32::NAN); x.len().div_ceil(LANES)];
        let sites = 0..dx.len();
        self.backward.run_range(&mut [Array::Read(&vectors(x)), Array::Read(&vectors(dy)), Array::Write(&mut dx)], sites);
        floats(&dx, x.len())
    }
}

/// One cell.
pub fn compile(cell: &Formula, options: &Options) -> Plain {
    let mut compiler = SiteCompiler::new(options).unwrap();
    let [forward, backward] = [cell.clone(), backward(cell)].map(|formula| compiler.add(&SiteProgram::plain(formula)).unwrap());
    let kernels = compiler.finish().unwrap();
    Plain { forward: kernels[forward].clone(), backward: kernels[backward].clone() }
}

/// Numbers after each other, the last vector filled up with zeros.
pub fn vectors(numbers: &[f32]) -> Vec<Lanes> {
    let mut vectors = vec![Lanes::default(); numbers.len().div_ceil(LANES)];
    hetc_kernels::lanes::floats_mut(&mut vectors)[..numbers.len()].copy_from_slice(numbers);
    vectors
}

/// The first `count` numbers.
pub fn floats(vectors: &[Lanes], count: usize) -> Vec<f32> {
    hetc_kernels::lanes::floats(vectors)[..count].to_vec()
}

/// Random enough, the same every time; -4 to 4.
pub fn noise(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    (0..n).map(|_| 8.0 * next() - 4.0).collect()
}

/// What the emitters of this machine are called with.
pub fn emitters() -> Vec<Emitter> {
    let runs = |emitter: &Emitter| SiteCompiler::new(&Options { emitter: *emitter, ..Options::default() }).is_ok();
    [Emitter::Cranelift, Emitter::Wide].into_iter().filter(runs).collect()
}

/// x / (1 + exp(-beta x))
pub fn swish(beta: f64) -> Formula {
    formula(|b, x| {
        let u = b.scale(-beta, x);
        let e = b.unary(Unary::Exp, u);
        let one = b.constant(1.0);
        let below = b.add(one, e);
        b.div(x, below)
    })
}

/// max(tanh(x), 0) + slope min(tanh(x), 0)
pub fn ptanh(slope: f64) -> Formula {
    formula(|b, x| {
        let t = b.unary(Unary::Tanh, x);
        let zero = b.constant(0.0);
        let lower = b.scale(slope, t);
        b.select(CmpOp::Gt, x, zero, t, lower)
    })
}

/// Name and formula of each.
pub fn typical_cells() -> Vec<(&'static str, Formula)> {
    let max0 = |b: &mut Builder, x| {
        let zero = b.constant(0.0);
        b.binary(Binary::Max, x, zero)
    };
    let clamp6 = move |b: &mut Builder, x| {
        let six = b.constant(6.0);
        let above = max0(b, x);
        b.binary(Binary::Min, above, six)
    };
    vec![
        ("swish(1)", swish(1.0)),
        ("swish(7.5)", swish(7.5)),
        ("ptanh", ptanh(0.25)),
        ("identity", formula(|_, x| x)),
        ("relu", formula(max0)),
        (
            "leaky_relu",
            formula(|b, x| {
                let lower = b.scale(0.01, x);
                b.binary(Binary::Max, x, lower)
            }),
        ),
        (
            "elu",
            formula(|b, x| {
                let zero = b.constant(0.0);
                let lower = b.unary(Unary::Expm1, x);
                b.select(CmpOp::Gt, x, zero, x, lower)
            }),
        ),
        (
            "gelu",
            formula(|b, x| {
                let u = b.scale(std::f64::consts::FRAC_1_SQRT_2, x);
                let erf = b.unary(Unary::Erf, u);
                let one = b.constant(1.0);
                let sum = b.add(one, erf);
                let half = b.scale(0.5, x);
                b.mul(half, sum)
            }),
        ),
        (
            "softplus",
            formula(move |b, x| {
                let magnitude = b.unary(Unary::Abs, x);
                let minus = b.neg(magnitude);
                let e = b.unary(Unary::Exp, minus);
                let log = b.unary(Unary::Log1p, e);
                let above = max0(b, x);
                b.add(above, log)
            }),
        ),
        (
            "hswish",
            formula(move |b, x| {
                let three = b.constant(3.0);
                let shifted = b.add(x, three);
                let clamped = clamp6(b, shifted);
                let product = b.mul(x, clamped);
                let six = b.constant(6.0);
                b.div(product, six)
            }),
        ),
        (
            "step",
            formula(|b, x| {
                let (zero, one) = (b.constant(0.0), b.constant(1.0));
                b.select(CmpOp::Ge, x, zero, one, zero)
            }),
        ),
        ("sin", formula(|b, x| b.unary(Unary::Sin, x))),
        (
            "x + sin²(x)",
            formula(|b, x| {
                let sin = b.unary(Unary::Sin, x);
                let square = b.mul(sin, sin);
                b.add(x, square)
            }),
        ),
        (
            "log cosh",
            formula(|b, x| {
                let (up, minus) = (b.unary(Unary::Exp, x), b.neg(x));
                let down = b.unary(Unary::Exp, minus);
                let sum = b.add(up, down);
                b.unary(Unary::Log, sum)
            }),
        ),
    ]
}

/// Every cell of the prelude that is a formula of one value, by the name a spec would give it; those with parameters at several values.
pub fn prelude_cells() -> Vec<(String, Formula)> {
    let library = hetc_compiler::cells::Library::prelude();
    let mut cells = Vec::new();
    for name in library.names() {
        let params = library.definition(&name).unwrap().params.len();
        let texts = match params {
            0 => vec![name.clone()],
            _ => [0.01, 0.5, 1.0, 7.5].map(|value| format!("{name}({})", vec![value.to_string(); params].join(", "))).to_vec(),
        };
        for text in texts {
            let (value, _) = hetc_grammar::parse_value(hetc_grammar::span::SourceId(1), &text);
            let hetc_grammar::tree::ValueKind::Cells(refs) = value.unwrap().node else { panic!("{text} is no cell") };
            let mut findings = hetc_compiler::diag::Findings::default();
            let mut catalogue = hetc_compiler::cells::Catalogue::default();
            let index = library.instantiate(&refs[0], &mut catalogue, &mut findings);
            let cell = catalogue.cells.swap_remove(index.unwrap_or_else(|| panic!("{text}: {findings:?}")));
            if cell.is_plain() && cell.inputs == 1 {
                cells.push((text, cell.formula));
            }
        }
    }
    cells
}
