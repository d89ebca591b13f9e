//! Every primitive by itself against the f64 evaluator, over a sweep of all bit patterns of f32.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use common::{compile, emitters};
use hetc_compiler::formula::{Builder, Formula, Unary};
use hetc_kernels::{Options, ulp_bound};

fn primitive(op: Unary) -> Formula {
    let mut b = Builder::new();
    let x = b.input(0);
    let y = b.unary(op, x);
    b.finish(&[y], 1)
}

/// Every 4099th float, and the neighbourhoods of the special ones.
fn sweep(stride: usize) -> Vec<f32> {
    let special = [0, 1, 0x7f_ffff, 0x80_0000, 0x3f80_0000, 0x3f00_0000, 0x7f7f_ffff, 0x7f80_0000, 0x7fc0_0000, 0x4b00_0000];
    let near =
        special.iter().flat_map(|bits: &u32| bits.saturating_sub(300)..=bits + 300).flat_map(|bits| [bits, bits | 1 << 31]);
    near.chain((0..=u32::MAX).step_by(stride)).map(f32::from_bits).collect()
}

/// The distance in units in the last place of the exact value; beyond the range of f32, infinity counts as the next number.
fn ulps(value: f32, exact: f64) -> f64 {
    const BEYOND: f64 = 340282366920938463463374607431768211456.0; // 2^128
    let exact = exact.clamp(-BEYOND, BEYOND);
    let value = f64::from(value).clamp(-BEYOND, BEYOND);
    let exponent = (exact.abs().to_bits() >> 52) as i32 - 1023;
    let unit = 2f64.powi(exponent.clamp(-126, 127) - 23);
    (value - exact).abs() / unit
}

/// The largest error in ULP, and where it is.
fn check(op: Unary, options: &Options, xs: &[f32]) -> (f64, f32) {
    let ys = compile(&primitive(op), options).forward(xs);
    let mut worst = (0.0, 0.0);
    for (x, y) in xs.iter().zip(&ys) {
        let exact = op.apply(f64::from(*x));
        assert_eq!(y.is_nan(), exact.is_nan(), "{op}({x:e}) = {y:e}, not {exact:e}");
        if exact == 0.0 {
            assert_eq!(y.to_bits(), (exact as f32).to_bits(), "{op}({x:e}) = {y:e}, not {exact:e}");
        } else if !exact.is_nan() {
            let error = ulps(*y, exact);
            assert!(error <= ulp_bound(op), "{op}({x:e}) = {y:e}, not {exact:e}: {error} ulp, fused: {}", options.fused);
            if error > worst.0 {
                worst = (error, *x);
            }
        }
    }
    worst
}

/// Every emitter, with and without fused multiply-add.
fn every_way() -> impl Iterator<Item = Options> {
    let both = |emitter| [true, false].map(|fused| Options { emitter, fused, ..Options::default() });
    emitters().into_iter().flat_map(both)
}

#[test]
fn every_primitive_keeps_its_bound() {
    let xs = sweep(4099);
    for options in every_way() {
        for op in Unary::ALL {
            check(op, &options, &xs);
        }
    }
}

/// What `compute` gives on a processor that takes subnormals for zeros, in operands and results.
#[cfg(target_arch = "x86_64")]
fn flushed<T>(compute: impl FnOnce() -> T) -> T {
    const FLUSH_BOTH: u32 = 0x8040;
    let mut usual = 0u32;
    // SAFETY: the control register is stored, changed in two bits that only concern subnormals, and restored; the computation between does
    // not rely on these, and does not panic with them.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &mut usual) };
    let changed = usual | FLUSH_BOTH;
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &changed) };
    let result = compute();
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &usual) };
    result
}

#[test]
#[cfg(target_arch = "x86_64")]
fn flushed_subnormals_change_nothing_of_size() {
    let xs: Vec<f32> = sweep(40_099).into_iter().filter(|x| !x.is_subnormal()).collect();
    for options in every_way() {
        for op in Unary::ALL {
            let kernels = compile(&primitive(op), &options);
            let (usual, flushed) = (kernels.forward(&xs), flushed(|| kernels.forward(&xs)));
            for ((x, usual), flushed) in xs.iter().zip(usual).zip(flushed) {
                let same = usual.to_bits() == flushed.to_bits() || (usual.is_nan() && flushed.is_nan());
                let close = (usual - flushed).abs() <= 2.0 * f32::MIN_POSITIVE;
                assert!(same || close, "{op}({x:e}) = {usual:e}, but {flushed:e} if subnormals are flushed, {options:?}");
            }
        }
    }
}

/// The numbers of the README: `cargo test --release -p hetc-kernels --test accuracy -- --ignored --nocapture`.
#[test]
#[ignore = "takes a minute in a release build; the test above runs a coarser sweep every time"]
fn a_dense_sweep() {
    let xs = sweep(37);
    for options in every_way() {
        for op in Unary::ALL {
            let (error, x) = check(op, &options, &xs);
            eprintln!("{:?}, {}: {op} {error:.2} at {x:e}", options.emitter, if options.fused { "fused" } else { "not fused" });
        }
    }
}
