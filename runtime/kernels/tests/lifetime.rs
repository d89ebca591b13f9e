//! Code lives as long as its kernels and no longer, and can be made and run anywhere.
#![allow(clippy::unwrap_used)]

mod common;

use common::{compile, emitters, formula, swish, typical_cells};
use hetc_kernels::{Array, Lanes, Options, SiteCompiler, SiteProgram};

/// Bytes of this process in memory.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
#[cfg(target_os = "linux")]
fn dropped_code_leaves_nothing_behind() {
    let cell = swish(1.0);
    for emitter in emitters() {
        let compile_some = |count: usize| {
            for _ in 0..count {
                compile(&cell, &Options { emitter, ..Options::default() }).forward(&[1.0; 8]);
            }
        };
        compile_some(100);
        let before = resident();
        compile_some(500);
        let grown = resident().saturating_sub(before);
        // Pages of 500 programs would be 2 MB at least.
        assert!(grown < 1_500_000, "{grown} bytes more after compiling 500 times, {emitter:?}");
    }
}

#[test]
fn refused_code_is_dropped_cleanly() {
    for emitter in emitters() {
        for _ in 0..50 {
            let mut compiler = SiteCompiler::new(&Options { refuse_memory: true, emitter, ..Options::default() }).unwrap();
            compiler.add(&SiteProgram::plain(swish(2.0))).unwrap();
            assert!(compiler.finish().is_err());
        }
    }
}

#[test]
fn kernels_outlive_their_neighbours() {
    for emitter in emitters() {
        let mut compiler = SiteCompiler::new(&Options { emitter, ..Options::default() }).unwrap();
        for beta in [1.0, 2.0] {
            compiler.add(&SiteProgram::plain(swish(beta))).unwrap();
        }
        let mut kernels = compiler.finish().unwrap();
        let last = kernels.pop().unwrap();
        drop(kernels);
        let again = last.clone();
        drop(last);
        let mut y = [Lanes::default()];
        again.run_range(&mut [Array::Read(&[Lanes::all(1.0)]), Array::Write(&mut y)], 0..1);
        assert!((f64::from(y[0].0[0]) - swish(2.0).at(1.0)).abs() < 1e-6);
    }
}

#[test]
fn code_is_made_and_run_on_many_threads() {
    let shared = compile(&swish(3.0), &Options::default());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let shared = &shared;
            scope.spawn(move || {
                for round in 0..25 {
                    let c = f64::from(thread * 100 + round);
                    let own = compile(&formula(|b, x| b.scale(c, x)), &Options::default());
                    assert_eq!((own.forward(&[1.0; 5]), shared.forward(&[0.0; 5])), (vec![c as f32; 5], vec![0.0; 5]));
                }
            });
        }
    });
}

#[test]
fn texts_read_back() {
    for (name, cell) in typical_cells() {
        let text = hetc_kernels::clif(&cell).unwrap();
        let functions = cranelift_reader::parse_functions(&text).unwrap();
        assert_eq!(functions.len(), 2, "{name}");
        assert!(functions.iter().all(|function| text.contains(&function.display().to_string())), "{name}");
    }
}

#[test]
fn the_text_of_a_cell() {
    let cell = formula(|b, x| {
        let half = b.scale(0.5, x);
        let zero = b.constant(0.0);
        b.select(hetc_grammar::tree::CmpOp::Gt, x, zero, x, half)
    });
    insta::assert_snapshot!(hetc_kernels::clif(&cell).unwrap());
}
