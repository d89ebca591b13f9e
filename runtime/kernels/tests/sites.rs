//! Programs over tables: reads and writes at any places, against the same done number by number.
#![allow(clippy::unwrap_used)]

mod common;

use common::{compile, emitters, formula, noise, ptanh, swish, typical_cells, vectors};
use hetc_compiler::formula::{Builder, Formula, NodeId};
use hetc_kernels::{
    Array, KernelError, LANES, Lanes, Options, Place, Put, SiteCompiler, SiteKernel, SiteProgram, Table, backward,
};
use proptest::prelude::*;

fn place(array: u8, column: u8, offset: u32) -> Place {
    Place { array, column, offset }
}

fn options() -> impl Iterator<Item = Options> {
    emitters().into_iter().map(|emitter| Options { emitter, ..Options::default() })
}

fn kernel(program: &SiteProgram, options: &Options) -> SiteKernel {
    let mut compiler = SiteCompiler::new(options).unwrap();
    compiler.add(program).unwrap();
    compiler.finish().unwrap().remove(0)
}

fn bits(vectors: &[Lanes]) -> Vec<u32> {
    hetc_kernels::lanes::floats(vectors).iter().map(|value| value.to_bits()).collect()
}

/// Results `i` is the sum of the first `i + 1` inputs, added up from the left.
fn sums(inputs: usize, roots: usize) -> Formula {
    let mut b = Builder::new();
    let terms: Vec<NodeId> = (0..inputs as u8).map(|i| b.input(i)).collect();
    let sum = |b: &mut Builder, count: usize| terms[1..count].iter().fold(terms[0], |sum, term| b.add(sum, *term));
    let roots: Vec<NodeId> = (0..roots).map(|i| sum(&mut b, i % inputs + 1)).collect();
    b.finish(&roots, inputs as u8)
}

/// What a program of [`sums`] does.
fn interpreted(program: &SiteProgram, arrays: &mut [Vec<Lanes>], table: &Table) {
    for row in table.places().chunks(table.columns()) {
        let at = |place: &Place| (row[usize::from(place.column)] + place.offset) as usize;
        let read: Vec<Lanes> = program.reads.iter().map(|place| arrays[usize::from(place.array)][at(place)]).collect();
        for (i, (place, put)) in program.writes.iter().enumerate() {
            for lane in 0..LANES {
                let terms = read[..=i % read.len()].iter().map(|vector| vector.0[lane]);
                let value = terms.reduce(|sum, term| sum + term).unwrap();
                let target = &mut arrays[usize::from(place.array)][at(place)].0[lane];
                *target = if *put == Put::Add { *target + value } else { value };
            }
        }
    }
}

const ARRAYS: u8 = 4;
const LENGTH: usize = 24;

fn any_place(arrays: std::ops::Range<u8>, columns: u8) -> impl Strategy<Value = Place> {
    (arrays, 0..columns, 0..8u32).prop_map(|(array, column, offset)| place(array, column, offset))
}

/// Arrays from 2 on are written, and all are read.
fn any_program() -> impl Strategy<Value = SiteProgram> {
    (1..4u8).prop_flat_map(|columns| {
        let put = prop_oneof![Just(Put::Set), Just(Put::Add)];
        let reads = prop::collection::vec(any_place(0..ARRAYS, columns), 1..20);
        let writes = prop::collection::vec((any_place(2..ARRAYS, columns), put), 1..5);
        (reads, writes).prop_map(move |(reads, writes)| {
            let formula = sums(reads.len(), writes.len());
            SiteProgram { formula, reads, writes, columns }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_places_can_be_read_and_written(
        program in any_program(),
        rows in prop::collection::vec(0..16u32, 0..60),
    ) {
        let columns = usize::from(program.columns);
        let table = Table::new(columns, rows[..rows.len() / columns * columns].to_vec());
        let given: Vec<Vec<Lanes>> = (0..u64::from(ARRAYS)).map(|seed| vectors(&noise(LENGTH * LANES, seed))).collect();
        let mut expected = given.clone();
        interpreted(&program, &mut expected, &table);
        for options in options() {
            let mut found = given.clone();
            let (read, written) = found.split_at_mut(2);
            let read = read.iter().map(|vectors| Array::Read(vectors));
            let mut arrays: Vec<Array> = read.chain(written.iter_mut().map(|vectors| Array::Write(vectors))).collect();
            kernel(&program, &options).run(&mut arrays, &table);
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert_eq!(bits(found), bits(expected), "{:?}", options.emitter);
            }
        }
    }
}

#[test]
fn all_emitters_give_the_same_bits() {
    let ways: Vec<Options> = options().collect();
    let special = [0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MIN_POSITIVE, 1e-40, -1e-40, 1e9, -3e30];
    let x = [noise(1000, 1), special.to_vec()].concat();
    let dy = noise(x.len(), 2);
    for (name, cell) in typical_cells() {
        let results: Vec<(Vec<f32>, Vec<f32>)> = ways
            .iter()
            .map(|options| {
                let kernels = compile(&cell, options);
                (kernels.forward(&x), kernels.backward(&x, &dy))
            })
            .collect();
        for other in &results[1..] {
            let same =
                |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()));
            assert!(same(&other.0, &results[0].0) && same(&other.1, &results[0].1), "{name}");
        }
    }
}

#[test]
fn ranges_of_any_length_are_computed_to_their_ends() {
    for options in options() {
        let kernel = kernel(&SiteProgram::plain(swish(1.0)), &options);
        for (start, end) in [(0, 0), (0, 1), (3, 5), (0, 1024), (5, 1029), (7, 1032), (1000, 3100), (2048, 4096)] {
            let x = vectors(&noise((end + 1) * LANES, 3));
            let mut y = vec![Lanes::all(7.0); end + 1];
            kernel.run_range(&mut [Array::Read(&x), Array::Write(&mut y)], start..end);
            let mut expected = vec![Lanes::all(7.0); end + 1];
            for i in start..end {
                kernel.run(&mut [Array::Read(&x), Array::Write(&mut expected)], &Table::new(1, vec![i as u32]));
            }
            assert!(bits(&y) == bits(&expected), "{start}..{end}, {:?}", options.emitter);
        }
    }
}

#[test]
fn gradients_can_be_replaced_where_they_are() {
    let cell = ptanh(0.25);
    let (x, dy) = (noise(333, 4), noise(333, 5));
    for options in options() {
        let separate = compile(&cell, &options).backward(&x, &dy);
        let program = SiteProgram { writes: vec![(place(1, 0, 0), Put::Set)], ..SiteProgram::plain(backward(&cell)) };
        let mut gradient = vectors(&dy);
        let sites = 0..gradient.len();
        kernel(&program, &options).run_range(&mut [Array::Read(&vectors(&x)), Array::Write(&mut gradient)], sites);
        assert_eq!(common::floats(&gradient, 333), separate);
    }
}

#[test]
fn sites_that_share_a_place_add_up_in_order() {
    let program = SiteProgram { writes: vec![(place(1, 1, 0), Put::Add)], columns: 2, ..SiteProgram::plain(formula(|_, x| x)) };
    let x = vectors(&noise(40 * LANES, 6));
    let table = Table::new(2, (0..40).flat_map(|site| [site, site % 3 / 2]).collect());
    for options in options() {
        let mut sums = vec![Lanes::all(0.5); 2];
        kernel(&program, &options).run(&mut [Array::Read(&x), Array::Write(&mut sums)], &table);
        let expected = |at: u32| {
            let rows = table.places().chunks(2).filter(|row| row[1] == at);
            rows.fold(0.5, |sum: f32, row| sum + x[row[0] as usize].0[3])
        };
        assert_eq!([sums[0].0[3], sums[1].0[3]], [expected(0), expected(1)]);
    }
}

#[test]
fn mixed_cells_are_one_table_each() {
    let cells = [swish(7.5), ptanh(1.0)];
    let x = vectors(&noise(100 * LANES, 7));
    for options in options() {
        let mut y = vec![Lanes::default(); 100];
        for (first, cell) in cells.iter().enumerate() {
            let table = Table::new(1, (first as u32..100).step_by(2).collect());
            kernel(&SiteProgram::plain(cell.clone()), &options).run(&mut [Array::Read(&x), Array::Write(&mut y)], &table);
        }
        for (i, y) in y.iter().enumerate() {
            assert_eq!(compile(&cells[i % 2], &options).forward(&x[i].0), y.0);
        }
    }
}

#[test]
fn sine_far_out_stays_right_beside_ordinary_lanes() {
    let (_, sine) = typical_cells().into_iter().find(|(name, _)| *name == "sin").unwrap();
    let x = [0.5, 1e9, -3e30, 8192.0, 8193.0, f32::INFINITY, 2.0];
    for options in options() {
        for (x, y) in x.iter().zip(compile(&sine, &options).forward(&x)) {
            let exact = f64::from(*x).sin() as f32;
            assert!((y - exact).abs() <= 2.4e-7 * exact.abs() || (y.is_nan() && exact.is_nan()), "sin({x:e}) = {y}, not {exact}");
        }
    }
}

#[test]
fn far_offsets_are_reached() {
    const FAR: u32 = 40_000_000 / 64;
    let program = SiteProgram { reads: vec![place(0, 0, FAR)], ..SiteProgram::plain(formula(|b, x| b.scale(3.0, x))) };
    let mut x = vec![Lanes::default(); FAR as usize + 2];
    x[FAR as usize + 1] = Lanes::all(2.0);
    for options in options() {
        let mut y = [Lanes::default(); 2];
        kernel(&program, &options).run(&mut [Array::Read(&x), Array::Write(&mut y)], &Table::new(1, vec![0, 1]));
        assert_eq!(y, [Lanes::all(0.0), Lanes::all(6.0)]);
    }
}

#[test]
fn equal_programs_are_compiled_once() {
    for options in options() {
        let mut compiler = SiteCompiler::new(&options).unwrap();
        let mut add = |cell: Formula| compiler.add(&SiteProgram::plain(cell)).unwrap();
        assert_eq!([add(swish(1.0)), add(ptanh(1.0)), add(swish(1.0)), add(swish(2.0))], [0, 1, 0, 2]);
        // Equal when compared, but not the same.
        let zeros = [0.0, -0.0].map(|zero| {
            formula(|b, x| {
                let zero = b.constant(zero);
                b.div(zero, x)
            })
        });
        assert_eq!(zeros.map(add), [3, 4]);
        assert_eq!(compiler.finish().unwrap().len(), 5);
    }
}

#[test]
fn what_cannot_be_compiled_is_an_error() {
    for defaults in options() {
        let compile = |options: &Options| {
            let mut compiler = SiteCompiler::new(options)?;
            compiler.add(&SiteProgram::plain(swish(1.0)))?;
            compiler.finish()
        };
        let refused = compile(&Options { refuse_memory: true, ..defaults.clone() }).err().unwrap();
        assert!(matches!(refused, KernelError::NoExecutableMemory { .. }), "{refused}");
        let large = compile(&Options { node_limit: 2, ..defaults.clone() }).err().unwrap();
        assert!(matches!(large, KernelError::TooLarge { limit: 2, .. }), "{large}");
    }
}

fn run_swish(length: usize, sites: std::ops::Range<usize>) {
    let x = vec![Lanes::default(); length];
    let mut y = vec![Lanes::default(); 4];
    kernel(&SiteProgram::plain(swish(1.0)), &Options::default()).run_range(&mut [Array::Read(&x), Array::Write(&mut y)], sites);
}

#[test]
#[should_panic(expected = "array 0 has 3 vectors, the last place is 3")]
fn arrays_that_are_too_short_are_refused() {
    run_swish(3, 0..4);
}

#[test]
#[should_panic(expected = "array 1 has 4 vectors, the last place is 4")]
fn results_without_room_are_refused() {
    run_swish(5, 0..5);
}

#[test]
#[should_panic(expected = "array 1 is written, but given to be read")]
fn arrays_that_are_only_lent_are_not_written() {
    let x = [Lanes::default(); 2];
    kernel(&SiteProgram::plain(swish(1.0)), &Options::default()).run_range(&mut [Array::Read(&x), Array::Read(&x)], 0..2);
}

#[test]
#[should_panic(expected = "the table has the program's columns")]
fn tables_of_other_columns_are_refused() {
    let mut y = [Lanes::default(); 2];
    let table = Table::new(2, vec![0, 0]);
    kernel(&SiteProgram::plain(swish(1.0)), &Options::default()).run(&mut [Array::Read(&[]), Array::Write(&mut y)], &table);
}
