//! The AVX-512 emitter against Cranelift, bit for bit. What both make of a formula is compared with the formula elsewhere.
#![allow(clippy::unwrap_used)]

mod common;

use common::{compile, emitters, formula, noise, prelude_cells, vectors};
use hetc_compiler::formula::{Binary, Builder, Formula, NodeId, Unary};
use hetc_grammar::tree::CmpOp;
use hetc_kernels::{Array, Emitter, LANES, Lanes, Options, Place, Put, SiteCompiler, SiteProgram, Table, backward};

/// Cranelift first; `None` where there is nothing to compare it with.
fn ways() -> Option<[Options; 2]> {
    let way = |emitter| Options { emitter, ..Options::default() };
    emitters().contains(&Emitter::Wide).then(|| [Emitter::Cranelift, Emitter::Wide].map(way))
}

/// Which bits a NaN has depends on the order of operands.
fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn assert_same(name: &str, x: &[f32], [expected, found]: [Vec<f32>; 2]) {
    for (i, (expected, found)) in expected.iter().zip(found).enumerate() {
        assert!(same(*expected, found), "{name} of {:e}: {found:e} instead of {expected:e}", x[i]);
    }
}

#[test]
fn every_function_of_a_million_numbers() {
    let Some(ways) = ways() else { return };
    // All exponents, both signs, subnormals, infinities and NaN.
    let x: Vec<f32> = (0..1u32 << 20).map(|i| f32::from_bits(i * 4096 + (i * 1543) % 4096)).collect();
    for op in Unary::ALL {
        let cell = formula(|b, x| b.unary(op, x));
        assert_same(&format!("{op:?}"), &x, ways.each_ref().map(|way| compile(&cell, way).forward(&x)));
    }
}

#[test]
fn every_prelude_cell_both_ways() {
    let Some(ways) = ways() else { return };
    let grid = (-1490..=1280).flat_map(|i| [1.0, -1.0].map(|sign| sign * 2f64.powf(f64::from(i) / 10.0) as f32));
    let special = [0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::from_bits(1), 1e-40, -1e-40];
    let x: Vec<f32> = grid.chain(special).chain(noise(20_000, 1)).collect();
    let dy = noise(x.len(), 2);
    for (name, cell) in prelude_cells() {
        let kernels = ways.each_ref().map(|way| compile(&cell, way));
        assert_same(&name, &x, kernels.each_ref().map(|kernels| kernels.forward(&x)));
        assert_same(&format!("{name}'"), &x, kernels.each_ref().map(|kernels| kernels.backward(&x, &dy)));
    }
}

/// Numbers below a limit, the same every time.
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        ((self.0 >> 33) % limit as u64) as usize
    }
}

/// As many values as `nodes`, most of them needed until the end, because every root is a sum over some of all.
fn random_formula(draws: &mut Draws, inputs: u8, nodes: usize, roots: usize) -> Formula {
    let mut b = Builder::new();
    let mut values: Vec<NodeId> = (0..inputs).map(|i| b.input(i)).collect();
    for _ in 0..nodes {
        let [p, q, r, s] = [0; 4].map(|_| values[draws.below(values.len())]);
        let value = match draws.below(8) {
            0 | 1 => {
                let op = Unary::ALL[draws.below(Unary::ALL.len())];
                b.unary(op, p)
            }
            2 => b.select([CmpOp::Lt, CmpOp::Ge, CmpOp::Eq][draws.below(3)], p, q, r, s),
            3 => b.scale(draws.below(1000) as f64 / 300.0 - 1.5, p),
            _ => {
                let ops = [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Min, Binary::Max];
                b.binary(ops[draws.below(ops.len())], p, q)
            }
        };
        values.push(value);
    }
    let roots: Vec<NodeId> = (0..roots)
        .map(|root| {
            let terms: Vec<NodeId> = values.iter().skip(root).step_by(roots).copied().collect();
            let mut sum = terms[0];
            for term in &terms[1..] {
                sum = b.sub(*term, sum);
            }
            sum
        })
        .collect();
    b.finish(&roots, inputs)
}

#[test]
fn large_formulas_of_several_arrays_and_columns() {
    const VECTORS: usize = 40;
    let Some(ways) = ways() else { return };
    let mut draws = Draws(7);
    for case in 0..60 {
        let (inputs, roots) = (1 + draws.below(9), 1 + draws.below(5));
        let nodes = [5, 20, 60, 150][case % 4];
        let formula = random_formula(&mut draws, inputs as u8, nodes, roots);
        let columns = 1 + draws.below(3);
        let mut place = |from: usize, to: usize| Place {
            array: (from + draws.below(to - from)) as u8,
            column: draws.below(columns) as u8,
            offset: draws.below(8) as u32,
        };
        let reads = (0..inputs).map(|_| place(0, 5)).collect();
        let places: Vec<Place> = (0..roots).map(|_| place(3, 6)).collect();
        let writes = places.into_iter().map(|place| (place, [Put::Set, Put::Add][draws.below(2)])).collect();
        let program = SiteProgram { formula, reads, writes, columns: columns as u8 };
        let table = Table::new(columns, (0..9 * columns).map(|_| draws.below(VECTORS - 8) as u32).collect());
        let given: Vec<Vec<Lanes>> = (0..6).map(|seed| vectors(&noise(VECTORS * LANES, seed))).collect();
        let [expected, found] = ways.each_ref().map(|way| {
            let mut compiler = SiteCompiler::new(way).unwrap();
            compiler.add(&program).unwrap();
            let kernel = compiler.finish().unwrap().remove(0);
            let mut after = given.clone();
            let mut arrays: Vec<Array> = after.iter_mut().map(|array| Array::Write(array)).collect();
            kernel.run(&mut arrays, &table);
            after.concat()
        });
        for (vector, (expected, found)) in expected.iter().zip(&found).enumerate() {
            let equal = expected.0.iter().zip(found.0).all(|(expected, found)| same(*expected, found));
            assert!(equal, "case {case}, vector {vector}: {found:?} instead of {expected:?}");
        }
    }
}

#[test]
fn calls_for_some_lanes_leave_the_others_alone() {
    let Some(ways) = ways() else { return };
    let cell = formula(|b, x| {
        let (sin, cos) = (b.unary(Unary::Sin, x), b.unary(Unary::Cos, x));
        let tanh = b.unary(Unary::Tanh, x);
        let product = b.mul(sin, tanh);
        b.sub(product, cos)
    });
    let x: Vec<f32> = noise(400 * LANES, 3).iter().enumerate().map(|(i, x)| if i * i % 11 == 3 { x * 1e5 } else { *x }).collect();
    let kernels = ways.each_ref().map(|way| compile(&cell, way));
    assert_same("forward", &x, kernels.each_ref().map(|kernels| kernels.forward(&x)));
    assert_same("backward", &x, kernels.each_ref().map(|kernels| kernels.backward(&x, &x)));
}

#[test]
fn code_is_freed_and_made_again() {
    for way in ways().into_iter().flatten() {
        for round in 0..200 {
            let mut compiler = SiteCompiler::new(&way).unwrap();
            compiler.add(&SiteProgram::plain(backward(&formula(|b, x| b.scale(f64::from(round), x))))).unwrap();
            let kernel = compiler.finish().unwrap().remove(0);
            let other = kernel.clone();
            drop(kernel);
            let mut dx = [Lanes::default()];
            other.run_range(&mut [Array::Read(&[Lanes::all(5.0)]), Array::Read(&[Lanes::all(2.0)]), Array::Write(&mut dx)], 0..1);
            assert_eq!(dx, [Lanes::all(2.0 * round as f32)]);
        }
    }
}
