//! What the hidden units of a learned function answer with, as kernels over all of them.

use crate::error::KernelError;
use crate::kernel::{Array, SiteCompiler, SiteKernel};
use crate::lanes::Lanes;
use crate::perceptron::{Activation, Pointwise};
use crate::site::{Place, Put, SiteProgram, backward};
use hetc_compiler::formula::Formula;
use std::sync::Arc;

/// An activation before its kernels are known.
#[derive(Debug)]
pub enum Draft {
    Known(Activation),
    /// The positions of its kernels, forward and backward.
    Kernels([usize; 2]),
}

impl Draft {
    /// Adds the programs of `formula`, a formula of one value, to `compiler`, if any are needed.
    pub fn new(formula: &Formula, compiler: &mut SiteCompiler) -> Result<Self, KernelError> {
        if let Some(known) = Activation::relu(formula) {
            return Ok(Self::Known(known));
        }
        let place = |array: u8| Place { array, column: 0, offset: 0 };
        let in_place = |formula: Formula, written: u8| {
            let reads = (0..formula.inputs()).map(place).collect();
            SiteProgram { formula, reads, writes: vec![(place(written), Put::Set)], columns: 1 }
        };
        let forward = compiler.add(&in_place(formula.clone(), 0))?;
        Ok(Self::Kernels([forward, compiler.add(&in_place(backward(formula), 1))?]))
    }

    pub fn finish(self, kernels: &[SiteKernel]) -> Activation {
        match self {
            Self::Known(activation) => activation,
            Self::Kernels(places) => Activation::Pointwise(Arc::new(Kernels(places.map(|place| kernels[place].clone())))),
        }
    }
}

/// Forward and backward.
struct Kernels([SiteKernel; 2]);

impl Pointwise for Kernels {
    fn forward(&self, buffer: &mut [Lanes]) {
        let sites = 0..buffer.len();
        self.0[0].run_range(&mut [Array::Write(buffer)], sites);
    }

    fn backward(&self, pre: &[Lanes], gradient: &mut [Lanes]) {
        let sites = 0..gradient.len();
        self.0[1].run_range(&mut [Array::Read(pre), Array::Write(gradient)], sites);
    }
}
