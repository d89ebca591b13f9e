//! Formulas compiled to machine code that works on sixteen samples at a time.
//!
//! ```
//! use hetc_compiler::formula::{Builder, Unary};
//! use hetc_kernels::{Array, Lanes, Options, SiteCompiler, SiteProgram};
//!
//! let mut b = Builder::new();
//! let x = b.input(0);
//! let tanh = b.unary(Unary::Tanh, x);
//!
//! let mut compiler = SiteCompiler::new(&Options::default())?;
//! let tanh = compiler.add(&SiteProgram::plain(b.finish(&[tanh], 1)))?;
//! let kernels = compiler.finish()?;
//!
//! let mut y = [Lanes::default(); 2];
//! kernels[tanh].run_range(&mut [Array::Read(&[Lanes::all(0.5), Lanes::all(-0.5)]), Array::Write(&mut y)], 0..2);
//! assert_eq!(y, [Lanes::all(0.46211716), Lanes::all(-0.46211716)]);
//! # Ok::<(), hetc_kernels::KernelError>(())
//! ```

mod clif;
mod code;
mod error;
mod jit;
mod kernel;
pub mod lanes;
mod lower;
mod math;
#[doc(hidden)]
pub mod oracle;
mod placed;
mod site;
mod wide;

pub use error::KernelError;
pub use jit::{Emitter, Options};
pub use kernel::{Array, SiteCompiler, SiteKernel};
pub use lanes::{LANES, Lanes};
pub use math::ulp_bound;
pub use placed::Placed;
pub use site::{Place, Put, SiteProgram, Table, backward};

use clif::Target;
use hetc_compiler::formula::Formula;

/// The code of a cell of one value, forward and backward, as text: the same on every machine.
pub fn clif(formula: &Formula) -> Result<String, KernelError> {
    if formula.inputs() != 1 {
        return Err(KernelError::Inputs { count: formula.inputs() });
    }
    let text = |formula: Formula| {
        let target = Target::fixed();
        let program = kernel::site_code(&SiteProgram::plain(formula), target.fused);
        clif::function(target, &program).display().to_string()
    };
    Ok(format!("; y = f(x)\n{}\n; dx = f'(x) * dy\n{}", text(formula.clone()), text(backward(formula))))
}
