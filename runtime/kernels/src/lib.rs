//! Formulas compiled to machine code: one pass over memory forward, one backward.
//!
//! ```
//! use hetc_compiler::formula::{Builder, Unary};
//! use hetc_kernels::{Compiler, Options, Run};
//!
//! let mut b = Builder::new();
//! let x = b.input(0);
//! let tanh = b.unary(Unary::Tanh, x);
//! let cells = [b.finish(&[tanh], 1), b.finish(&[x], 1)];
//!
//! let mut compiler = Compiler::new(&Options::default())?;
//! compiler.layer(&cells, &[Run { cell: 0, len: 2 }, Run { cell: 1, len: 1 }])?;
//! let layers = compiler.finish()?;
//!
//! let mut y = [0.0; 3];
//! layers[0].forward(&[0.5, -0.5, -0.5], &mut y);
//! assert_eq!(y, [0.46211716, -0.46211716, -0.5]);
//! # Ok::<(), hetc_kernels::KernelError>(())
//! ```

mod clif;
#[allow(dead_code)]
mod code;
mod error;
mod jit;
mod kernel;
pub mod lanes;
mod layer;
mod lower;
mod math;
#[doc(hidden)]
pub mod oracle;
mod placed;
mod site;
#[allow(dead_code)]
mod wide;

pub use error::KernelError;
pub use jit::{Emitter, Options};
pub use kernel::{Array, SiteCompiler, SiteKernel};
pub use lanes::{LANES, Lanes};
pub use layer::Run;
pub use math::ulp_bound;
pub use placed::Placed;
pub use site::{Place, Put, SiteProgram, Table};

use clif::Target;
use hetc_compiler::formula::Formula;
use jit::{Jit, Kernel};
use layer::{Arrays, Gradient, Layout};
use std::collections::HashMap;
use std::sync::Arc;

/// Compiles the layers of one network into one piece of memory; equal formulas are compiled once.
pub struct Compiler {
    jit: Jit,
    node_limit: usize,
    /// Positions of the kernels of a formula, by its nodes written out.
    known: HashMap<String, Pair<usize>>,
    layers: Vec<Unfinished>,
}

/// One thing forward, the same backward.
#[derive(Clone, Copy)]
struct Pair<T> {
    forward: T,
    backward: T,
}

struct Unfinished {
    formulas: Vec<Formula>,
    kernels: Vec<Pair<usize>>,
    layout: Layout,
}

impl Compiler {
    /// An empty one for this machine.
    pub fn new(options: &Options) -> Result<Self, KernelError> {
        Ok(Self { jit: Jit::new(options)?, node_limit: options.node_limit, known: HashMap::new(), layers: Vec::new() })
    }

    /// Adds a layer that applies `cells` to the elements of each sample as `runs` say, and returns its position in what
    /// [`Self::finish`] returns.
    pub fn layer(&mut self, cells: &[Formula], runs: &[Run]) -> Result<usize, KernelError> {
        if let Some(run) = runs.iter().find(|run| run.cell >= cells.len()) {
            return Err(KernelError::NoSuchCell { cell: run.cell, cells: cells.len() });
        }
        if runs.iter().all(|run| run.len == 0) {
            return Err(KernelError::EmptySample);
        }
        let mut formulas: Vec<Formula> = Vec::new();
        let mut kernels: Vec<Pair<usize>> = Vec::new();
        let mut kernel_of_cell = Vec::with_capacity(cells.len());
        for cell in cells {
            let pair = self.cell(cell)?;
            let known = kernels.iter().position(|other| other.forward == pair.forward);
            kernel_of_cell.push(known.unwrap_or(kernels.len()));
            if known.is_none() {
                kernels.push(pair);
                formulas.push(cell.clone());
            }
        }
        let layout = Layout::new(runs, &kernel_of_cell);
        self.layers.push(Unfinished { formulas, kernels, layout });
        Ok(self.layers.len() - 1)
    }

    fn cell(&mut self, formula: &Formula) -> Result<Pair<usize>, KernelError> {
        // Written out, 0 and -0 differ, as they do not when compared.
        let key = format!("{:?}", (formula.nodes(), formula.roots()));
        if let Some(pair) = self.known.get(&key) {
            return Ok(*pair);
        }
        if formula.inputs() != 1 {
            return Err(KernelError::Inputs { count: formula.inputs() });
        }
        self.check_size(formula)?;
        let derivative = formula.derivative(0);
        self.check_size(&derivative)?;
        let target = self.jit.target();
        let forward = self.jit.define(forward_function(target, formula))?;
        let backward = self.jit.define(backward_function(target, &derivative))?;
        let pair = Pair { forward, backward };
        self.known.insert(key, pair);
        Ok(pair)
    }

    fn check_size(&self, formula: &Formula) -> Result<(), KernelError> {
        let (nodes, limit) = (formula.nodes().len(), self.node_limit);
        if nodes > limit { Err(KernelError::TooLarge { nodes, limit }) } else { Ok(()) }
    }

    /// The compiled layers, in the order in which they were added.
    pub fn finish(self) -> Result<Vec<ActKernels>, KernelError> {
        let kernels: Vec<Arc<Kernel>> = self.jit.finish()?.into_iter().map(Arc::new).collect();
        let shared = |pair: &Pair<usize>| Pair {
            forward: Arc::clone(&kernels[pair.forward]),
            backward: Arc::clone(&kernels[pair.backward]),
        };
        let finished = |layer: Unfinished| ActKernels {
            kernels: layer.kernels.iter().map(shared).collect(),
            formulas: layer.formulas,
            layout: layer.layout,
        };
        Ok(self.layers.into_iter().map(finished).collect())
    }
}

fn forward_function(target: Target, formula: &Formula) -> clif::Function {
    clif::function(target, false, unroll(formula), |e, x| lower::lower(e, formula, x))
}

fn backward_function(target: Target, derivative: &Formula) -> clif::Function {
    clif::function(target, true, unroll(derivative), |e, x| lower::lower(e, derivative, x))
}

/// Vectors a turn of the main loop: two keep the units busy, and large formulas do that by themselves.
fn unroll(formula: &Formula) -> i64 {
    if formula.nodes().len() <= 64 { 2 } else { 1 }
}

/// The code of `formula`, forward and backward, as text: the same on every machine.
pub fn clif(formula: &Formula) -> Result<String, KernelError> {
    if formula.inputs() != 1 {
        return Err(KernelError::Inputs { count: formula.inputs() });
    }
    let forward = forward_function(Target::fixed(), formula);
    let backward = backward_function(Target::fixed(), &formula.derivative(0));
    Ok(format!("; y = f(x)\n{}\n; dx = f'(x) * dy\n{}", forward.display(), backward.display()))
}

/// The kernels of one layer.
pub struct ActKernels {
    /// Different formulas, and the kernels of each.
    formulas: Vec<Formula>,
    kernels: Vec<Pair<Arc<Kernel>>>,
    layout: Layout,
}

impl ActKernels {
    /// One layer by itself, see [`Compiler::layer`].
    pub fn compile(cells: &[Formula], runs: &[Run], options: &Options) -> Result<Self, KernelError> {
        let mut compiler = Compiler::new(options)?;
        compiler.layer(cells, runs)?;
        Ok(compiler.finish()?.remove(0)) // one layer was added
    }

    /// The code of each different cell as text, see [`clif`].
    pub fn clif(&self) -> Result<String, KernelError> {
        let texts: Result<Vec<String>, KernelError> =
            self.formulas.iter().map(|formula| Ok(format!("; {formula}\n{}", clif(formula)?))).collect();
        Ok(texts?.join("\n"))
    }

    /// `y = f(x)`.
    ///
    /// Panics if the lengths differ or are no whole number of samples.
    pub fn forward(&self, x: &[f32], y: &mut [f32]) {
        self.apply(|pair| &pair.forward, Arrays { x, dy: Gradient::None, out: y });
    }

    /// `grad *= f'(x)`, an ordinary multiplication where either side is infinite or NaN.
    ///
    /// Panics as [`Self::forward`].
    pub fn backward(&self, x: &[f32], grad: &mut [f32]) {
        self.apply(|pair| &pair.backward, Arrays { x, dy: Gradient::InPlace, out: grad });
    }

    /// `dx = dy * f'(x)`, see [`Self::backward`].
    pub fn backward_into(&self, x: &[f32], dy: &[f32], dx: &mut [f32]) {
        assert_eq!(dy.len(), dx.len(), "both gradients have one length");
        self.apply(|pair| &pair.backward, Arrays { x, dy: Gradient::Separate(dy), out: dx });
    }

    fn apply(&self, side: impl Fn(&Pair<Arc<Kernel>>) -> &Arc<Kernel>, arrays: Arrays) {
        let n = arrays.out.len();
        assert_eq!(arrays.x.len(), n, "input and output have one length");
        assert!(n.is_multiple_of(self.layout.sample()), "{n} elements are no whole number of samples");
        let kernels: Vec<&Kernel> = self.kernels.iter().map(|pair| &**side(pair)).collect();
        layer::apply(&self.layout, &kernels, arrays);
    }
}
