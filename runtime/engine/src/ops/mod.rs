//! The operations, one file each.

use crate::op::Op;
use crate::params::Table;
use hetc_compiler::plan::Plan;
use hetc_kernels::KernelError;

/// The operations of `plan`, one a layer, and what could not be compiled.
pub fn of(_plan: &Plan, _table: &Table, _machine_code: bool) -> (Vec<Box<dyn Op>>, Vec<(String, KernelError)>) {
    (Vec::new(), Vec::new())
}
