//! A layer's cells, whatever they are, forward and backward over one group of samples.
//!
//! There are two readings of a layer: machine code ([`CellCompiler::new`]), and an interpreter that takes its place where there is none
//! ([`CellCompiler::interpreting`]). Both have the conventions of [`hetc_compiler::formula`]; further:
//! * an extreme of a window hands its gradient to the elements that have it, in equal parts; it is NaN if any element is;
//! * a table's slope at a breakpoint is that of the segment to its right;
//! * a step whose result an answer does not depend on (as on the unchosen side of a `select`) adds nothing to any gradient, even where
//!   its slope is infinite or NaN.
//!
//! Everything is f32, in machine code also the sums over windows, pair by pair, and the sums of the weights' gradients over a group; the
//! interpreter takes both in f64. Nothing is kept between forward and backward: backward computes again what it needs.

mod activation;
mod calls;
mod compiled;
mod interpreted;
mod part;
mod points;
mod sites;
mod staged;
mod trained;
mod unroll;
mod weights;

use crate::error::KernelError;
use crate::jit::Options;
use crate::kernel::{SiteCompiler, SiteKernel};
use crate::lanes::Lanes;
use crate::perceptron::PerceptronScratch;
use compiled::{Compiled, Draft};
use hetc_compiler::plan::{Op, Placement, Plan};
use interpreted::Interpreted;
use sites::Group;
use std::fmt;
use weights::Weights;

/// Compiles the cells of a network's layers into one piece of memory; equal programs are compiled once.
pub struct CellCompiler<'p> {
    plan: &'p Plan,
    code: Code,
    layers: Vec<(usize, Result<Draft, Option<KernelError>>)>,
}

enum Code {
    Compiler {
        compiler: SiteCompiler,
        node_limit: usize,
    },
    /// The machine gives none.
    Refused(KernelError),
    Unwanted,
}

impl<'p> CellCompiler<'p> {
    /// For layers of `plan`, which is trusted.
    pub fn new(plan: &'p Plan, options: &Options) -> Self {
        let code = match SiteCompiler::new(options) {
            Ok(compiler) => Code::Compiler { compiler, node_limit: options.node_limit },
            Err(error) => Code::Refused(error),
        };
        Self { plan, code, layers: Vec::new() }
    }

    /// One that makes no machine code.
    pub fn interpreting(plan: &'p Plan) -> Self {
        Self { plan, code: Code::Unwanted, layers: Vec::new() }
    }

    /// Adds a layer, and returns its position in what [`Self::finish`] returns.
    ///
    /// Panics if the layer places no cells.
    pub fn layer(&mut self, layer: usize) -> usize {
        let draft = match &mut self.code {
            Code::Compiler { compiler, node_limit } => {
                Draft::new(self.plan, LayerParts::new(self.plan, layer), (compiler, *node_limit)).map_err(Some)
            }
            Code::Refused(error) => Err(Some(error.clone())),
            Code::Unwanted => Err(None),
        };
        self.layers.push((layer, draft));
        self.layers.len() - 1
    }

    /// The layers, in the order in which they were added. Those without machine code are interpreted: see [`Cells::warning`].
    pub fn finish(self) -> Vec<Cells> {
        let kernels: Result<Vec<SiteKernel>, Option<KernelError>> = match self.code {
            Code::Compiler { compiler, .. } => compiler.finish().map_err(Some),
            Code::Refused(error) => Err(Some(error)),
            Code::Unwanted => Err(None),
        };
        let finished = |(layer, draft): (usize, Result<Draft, Option<KernelError>>)| {
            let lengths = [self.plan.layers[layer].input.elements(), self.plan.layers[layer].output.elements()];
            let compiled = draft.and_then(|draft| Ok(draft.finish(self.plan, kernels.as_ref().map_err(Clone::clone)?)));
            let (way, warning) = match compiled {
                Ok(compiled) => (Way::Compiled(compiled), None),
                Err(warning) => (Way::Interpreted(interpreted(self.plan, layer)), warning),
            };
            Cells { lengths, way, warning }
        };
        self.layers.into_iter().map(finished).collect()
    }
}

/// What both readings of a layer begin with.
struct LayerParts<'p> {
    placement: &'p Placement,
    groups: Vec<Group>,
    weights: Weights,
    /// Of each share.
    units: Vec<usize>,
}

impl<'p> LayerParts<'p> {
    fn new(plan: &'p Plan, index: usize) -> Self {
        let layer = &plan.layers[index];
        let Op::Cells(placement) = &layer.op else { panic!("layer `{}` places no cells", layer.name) };
        let sites = placement.sites(&layer.input).expect("the placement of a plan fits its input");
        Self {
            placement,
            groups: sites::groups(plan, placement, &layer.input, &sites),
            weights: Weights::new(plan, index, placement),
            units: (0..placement.shares.len()).map(|share| placement.units_of(share, &sites).len()).collect(),
        }
    }
}

fn interpreted(plan: &Plan, layer: usize) -> Interpreted {
    let LayerParts { placement, groups, weights, .. } = LayerParts::new(plan, layer);
    Interpreted::new(plan, placement, groups, weights)
}

/// The cells of one layer, ready to run.
pub struct Cells {
    /// Of the input and of the output.
    lengths: [usize; 2],
    way: Way,
    warning: Option<KernelError>,
}

enum Way {
    Compiled(Compiled),
    Interpreted(Interpreted),
}

/// Memory that cells work in during one call, kept from call to call; one serves any number of layers.
#[derive(Debug, Default)]
pub struct CellScratch {
    trained: Vec<Lanes>,
    sums: Vec<Lanes>,
    slots: Vec<Lanes>,
    /// The gradient of the input, where nobody wants it.
    dx: Vec<Lanes>,
    perceptron: PerceptronScratch,
    interpreted: interpreted::Scratch,
}

impl Cells {
    /// Why there is no machine code, if some was wanted.
    pub fn warning(&self) -> Option<&KernelError> {
        self.warning.as_ref()
    }

    /// Whether there is no machine code.
    pub fn is_interpreted(&self) -> bool {
        matches!(self.way, Way::Interpreted(_))
    }

    /// Vectors of the input.
    pub fn input_len(&self) -> usize {
        self.lengths[0]
    }

    /// Vectors of the output.
    pub fn output_len(&self) -> usize {
        self.lengths[1]
    }

    /// Trained numbers that the layer reads, its own and shared ones.
    pub fn weights_len(&self) -> usize {
        match &self.way {
            Way::Compiled(cells) => cells.weights_len(),
            Way::Interpreted(cells) => cells.weights_len(),
        }
    }

    /// Floats that [`Self::prepare`] fills. Should begin where a vector can (every 64 bytes); if they do not, forward and backward copy
    /// some of them.
    pub fn packed_len(&self) -> usize {
        match &self.way {
            Way::Compiled(cells) => cells.packed_len(),
            Way::Interpreted(cells) => cells.weights_len(),
        }
    }

    /// Brings the trained numbers into the order in which forward and backward read them: once a step.
    ///
    /// `weights` holds what the layer uses, in the order of [`Plan::layer_weights`].
    ///
    /// Panics if the lengths are not [`Self::weights_len`] and [`Self::packed_len`], as everything else here does.
    pub fn prepare(&self, weights: &[f32], packed: &mut [f32]) {
        assert_eq!(weights.len(), self.weights_len(), "the layer has that many weights");
        assert_eq!(packed.len(), self.packed_len(), "the layer has that many packed weights");
        match &self.way {
            Way::Compiled(cells) => cells.prepare(weights, packed),
            Way::Interpreted(_) => packed.copy_from_slice(weights),
        }
    }

    /// Writes all answers to `x` into `y`.
    pub fn forward(&self, packed: &[f32], x: &[Lanes], y: &mut [Lanes], scratch: &mut CellScratch) {
        self.check(packed, x.len(), y.len());
        match &self.way {
            Way::Compiled(cells) => cells.forward(packed, x, y, scratch),
            Way::Interpreted(cells) => cells.forward(packed, x, y, &mut scratch.interpreted),
        }
    }

    /// From `dy`, the gradients of the answers, to those of `x`, which are written, and of the weights, which are added to `dweights` in
    /// the order of [`Self::prepare`].
    pub fn backward(
        &self,
        packed: &[f32],
        x: &[Lanes],
        dy: &[Lanes],
        dx: Option<&mut [Lanes]>,
        dweights: &mut [f32],
        scratch: &mut CellScratch,
    ) {
        self.check(packed, x.len(), dy.len());
        assert_eq!(dweights.len(), self.weights_len(), "the layer has that many weights");
        if dx.is_none() && dweights.is_empty() {
            return;
        }
        let mut unwanted = std::mem::take(&mut scratch.dx);
        let dx = match dx {
            Some(dx) => dx,
            None => {
                unwanted.resize(x.len(), Lanes::default());
                &mut unwanted
            }
        };
        assert_eq!(dx.len(), x.len(), "the input and its gradient have one length");
        match &self.way {
            Way::Compiled(cells) => cells.backward((packed, x, dy), dx, dweights, scratch),
            Way::Interpreted(cells) => cells.backward((packed, x, dy), dx, dweights, &mut scratch.interpreted),
        }
        scratch.dx = unwanted;
    }

    fn check(&self, packed: &[f32], input: usize, output: usize) {
        assert_eq!(packed.len(), self.packed_len(), "the layer has that many packed weights");
        assert_eq!([input, output], self.lengths, "input and output have the layer's lengths");
    }
}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Cells");
        text.field("input", &self.lengths[0]).field("output", &self.lengths[1]).field("interpreted", &self.is_interpreted());
        text.finish_non_exhaustive()
    }
}
