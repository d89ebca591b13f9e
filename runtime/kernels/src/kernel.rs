//! Site programs as machine code: compiled together, run one by one.

use crate::error::KernelError;
use crate::jit::Options;
use crate::lanes::Lanes;
use crate::site::{SiteProgram, Table};
use std::ops::Range;
use std::sync::Arc;

/// Compiles the programs of one network into one piece of memory; equal ones are compiled once.
pub struct SiteCompiler {
    kernels: usize,
}

impl SiteCompiler {
    /// An empty one for this machine.
    pub fn new(_options: &Options) -> Result<Self, KernelError> {
        Ok(Self { kernels: 0 })
    }

    /// Adds a program, and returns the position of its kernel in what [`Self::finish`] returns.
    ///
    /// Panics if the program has not one place for each input and each root, or names a column that it has not.
    pub fn add(&mut self, _program: &SiteProgram) -> Result<usize, KernelError> {
        self.kernels += 1;
        Ok(self.kernels - 1)
    }

    /// The kernels. Their code is freed with the last of them.
    pub fn finish(self) -> Result<Vec<SiteKernel>, KernelError> {
        Ok(vec![SiteKernel { _shared: Arc::new(()) }; self.kernels])
    }
}

/// An array that a program reads or writes, by its position in the call.
#[derive(Debug)]
pub enum Array<'a> {
    /// Only read.
    Read(&'a [Lanes]),
    /// Written, and perhaps read as well.
    Write(&'a mut [Lanes]),
}

/// A compiled program.
#[derive(Clone)]
pub struct SiteKernel {
    _shared: Arc<()>,
}

impl SiteKernel {
    /// Runs the program for every site of `table`.
    ///
    /// Panics if the table has another number of columns than the program, an array ends before the last place in it, or one that is
    /// written is given as [`Array::Read`].
    pub fn run(&self, _arrays: &mut [Array], _table: &Table) {}

    /// Runs the program for consecutive sites: the number of a site is what its only column holds.
    ///
    /// Panics as [`Self::run`].
    pub fn run_range(&self, _arrays: &mut [Array], _sites: Range<usize>) {}
}
