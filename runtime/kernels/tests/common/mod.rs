//! Cells that networks use, and short ways to compile and run.
#![allow(dead_code, clippy::unwrap_used)]

pub mod expression;
pub mod plans;
pub mod reference;

use hetc_compiler::formula::{Binary, Builder, Formula, NodeId, Unary};
use hetc_grammar::tree::CmpOp;
use hetc_kernels::{ActKernels, Options, Run};

/// A formula of `x`.
pub fn formula(build: impl Fn(&mut Builder, NodeId) -> NodeId) -> Formula {
    let mut b = Builder::new();
    let x = b.input(0);
    let root = build(&mut b, x);
    b.finish(&[root], 1)
}

/// One cell over everything.
pub fn compile(cell: &Formula, options: &Options) -> ActKernels {
    ActKernels::compile(std::slice::from_ref(cell), &[Run { cell: 0, len: 1 }], options).unwrap()
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
