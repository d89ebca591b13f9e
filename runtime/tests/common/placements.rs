//! Plans of one layer with cells: every kind of placement. Needs `plans` of the kernels' tests beside it.
#![allow(dead_code)] // not every test uses all of it

use super::plans::Do::{Call, Look, Max, Min, Sum};
use super::plans::{Parts, cell, function, plain};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Cell, Layer, NormKind, Op, Per, Plan};
use hetc_compiler::shape::Shape;
use hetc_runtime::streams::Stream;

/// What cells look up.
pub const TABLE: [[f64; 2]; 6] = [[-1.5, 0.25], [-0.5, -1.0], [0.0, 0.0], [0.75, 2.0], [2.0, 1.5], [2.5, 1.0]];

/// Cells of one value, without windows.
fn elementwise() -> Vec<Cell> {
    let net = [("a", Per::Layer), ("b", Per::Net), ("c", Per::Channel), ("d", Per::Net)];
    vec![
        plain(1, "relu(x)"),
        plain(1, "select(x > 0.5, log(x), x * x)"),
        cell(1, &[("a", Per::Channel)], &[], "max(x, 0) + a * min(x, 0)"),
        cell(1, &net, &[], "a * tanh(b * x) + c * sin(x) + d"),
        cell(1, &[], &[Look("x")], "x + s1"),
        cell(1, &[("a", Per::Layer)], &[Call(0, &["a * x"]), Look("s1")], "s1 * s2"),
        cell(1, &[("a", Per::Channel)], &[], "a"),
    ]
}

/// Cells of two values.
fn of_two() -> Vec<Cell> {
    vec![
        plain(2, "u * logistic(v)"),
        plain(2, "max(u, v)"),
        plain(2, "tanh(v)"),
        cell(2, &[("a", Per::Channel)], &[Call(1, &["u", "a * v"])], "s1 + u"),
        cell(2, &[], &[Call(1, &["v", "u"]), Call(0, &["s1"])], "s2"),
    ]
}

/// Cells of windows.
fn windowed() -> Vec<Cell> {
    vec![
        cell(1, &[], &[Max("x"), Sum("exp(x - s1)")], "x * (exp(x - s1) / s2)"),
        cell(1, &[("a", Per::Channel)], &[Sum("min(x, 0)")], "relu(x + a * s1)"),
        cell(1, &[("a", Per::Layer)], &[Sum("relu(x - a)"), Call(1, &["s1", "x"]), Sum("s2")], "s2 + x * s3"),
        cell(1, &[], &[Max("x"), Min("abs(x)"), Sum("x"), Sum("1")], "s1 - x * s2 + s3 / s4"),
        cell(1, &[("b", Per::Net)], &[Max("x"), Call(0, &["b * s1"])], "s2"),
        plain(1, "tanh(x)"),
    ]
}

/// The shares of some of `cells`, as a plan without what they do not use.
fn placed(stream: &mut Stream, cells: Vec<Cell>, input: Shape, window: Option<[usize; 2]>) -> Plan {
    let shares = 1 + stream.below(3) as usize;
    let cells: Vec<Cell> = stream.permutation(cells.len()).iter().take(shares).map(|cell| cells[*cell].clone()).collect();
    let mut shares: Vec<(usize, u64)> = (0..cells.len()).map(|cell| (cell, 1 + u64::from(stream.below(3)))).collect();
    if stream.coin() {
        shares.push((0, 1));
    }
    let layouts = [Layout::Interleave, Layout::Block, Layout::Random { seed: 3 }, Layout::Checkerboard];
    let choices = if input.spatial().is_some() { 4 } else { 3 };
    let parts = Parts::new(input, cells).shares(&shares).layout(layouts[stream.below(choices) as usize]).points(&TABLE);
    let functions = vec![function(1, &[4, 3], "tanh(x)"), function(2, &[5], "relu(x)")];
    let mut plan = Parts { window, ..parts.functions(functions) }.plan();
    plan.drop_unused();
    plan.recount();
    plan
}

/// A plan of some cells of one kind, by turns of the number `case`: of one value, of two, of windows. Sizes, shares and layout are drawn.
pub fn random(stream: &mut Stream, case: usize) -> Plan {
    let sizes = [(); 5].map(|()| 1 + stream.below(6) as usize);
    let map = stream.coin();
    let shape = |units| if map { Shape::map(units, sizes[1], sizes[2]) } else { Shape::vector(units) };
    match case % 3 {
        0 => placed(stream, elementwise(), shape(sizes[0]), None),
        1 => placed(stream, of_two(), shape(2 * sizes[0]), None),
        _ if map => placed(stream, windowed(), shape(sizes[0]), Some([sizes[3], sizes[4]])),
        _ => placed(stream, windowed(), shape(3 * sizes[0]), Some([1, sizes[3]])),
    }
}

/// `plan` behind a layer whose value is `x` whatever comes in, and which learns it: so that slopes of the input can be seen.
pub fn behind_numbers(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    let (name, op) = ("norm1".to_string(), Op::Norm { kind: NormKind::Layer, affine: true, epsilon: 1.0 });
    let (input, output) = (plan.input, plan.input);
    plan.layers.insert(0, Layer { name, line: 1, from: Vec::new(), input, output, params: 0, macs: 0, op });
    plan.recount();
    plan
}
