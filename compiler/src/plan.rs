//! The plan: a network with every number known. It is the compiler's proof and the runtime's only input.
//!
//! **Terms.**
//! * A *layer* is one step from a sample of its input shape to a sample of its output shape. Layers are in order; each reads the one
//!   before, the first reads the network's input.
//! * A *unit* is a channel of a map or an element of a vector; a *cell* is what a unit answers with: a formula with its parameters
//!   filled in. A *share* is one cell's part of a layer.
//! * *Parameters* are trained numbers. *MACs* are multiply-adds per sample, one for a product and its addition, counted for
//!   convolutions and dense layers; biases, norms, pools and cells are not counted.
//! * *Activation memory* is 4 bytes (f32) for every value of every layer's output, per sample: what training keeps for the backward
//!   pass if nothing is recomputed or shared. *Optimiser memory* is weights, gradients and two Adam moments: 16 bytes a parameter.
//!
//! **Promise.** The compiler hands out a plan only when it is whole: shapes follow from each other, every cell index exists, every ratio
//! has as many parts as shares, nothing exceeds [`crate::limits`]. A plan read back from a file passes [`Plan::verify`] first. So the
//! runtime never checks again and never panics on one.

use crate::diag::words::thousands;
use crate::formula::Formula;
use crate::layout::{Layout, Run};
use crate::limits::{MAX_ELEMENTS, MAX_LAYERS, MAX_MACS, MAX_PARAMS, MAX_SHARES};
use crate::shape::Shape;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Version of the plan's file format; a file of another version is refused.
pub const PLAN_VERSION: u32 = 1;

/// One network with every number known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// The network's name.
    pub net: String,
    /// One sample of the input.
    pub input: Shape,
    /// One sample of the last layer's output.
    pub output: Shape,
    /// Trained numbers in all layers.
    pub params: u64,
    /// Multiply-adds a sample in all layers.
    pub macs: u64,
    /// Every cell that some layer uses, once each, in order of first use.
    #[serde(rename = "cell", default)]
    pub cells: Vec<Cell>,
    /// In order.
    #[serde(rename = "layer", default)]
    pub layers: Vec<Layer>,
}

/// A cell type with its parameters filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// As a spec would write it: `swish(7.5)`.
    pub name: String,
    /// What it computes from `x`.
    pub formula: Formula,
}

/// One step of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Its kind and a running number: `conv1`, `act3`. Unique; the prefix of its parameters' names.
    pub name: String,
    /// Line of the spec that asked for it.
    pub line: u32,
    /// One sample of its input.
    pub input: Shape,
    /// One sample of its output.
    pub output: Shape,
    /// Trained numbers.
    pub params: u64,
    /// Multiply-adds a sample.
    pub macs: u64,
    /// What it does.
    #[serde(flatten)]
    pub op: Op,
}

impl Layer {
    /// Bytes that one sample of its output takes.
    pub fn activation_bytes(&self) -> u64 {
        match self.op {
            Op::Flatten => 0, // the same values under another shape
            _ => 4 * self.output.elements() as u64,
        }
    }
}

/// What a layer does. Maps are channels × height × width.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Op {
    /// Cross-correlation with bias. Weights `[out, in / groups, kernel h, kernel w]`.
    Conv {
        /// Height and width of the kernel.
        kernel: [usize; 2],
        /// Zeros added on both sides of each axis.
        pad: [usize; 2],
        /// Step along each axis.
        stride: [usize; 2],
        /// Channels in and out are split into so many independent groups.
        groups: usize,
    },
    /// `y = W x + b`. Weights `[out, in]`.
    Dense,
    /// A map as a vector, channels outermost.
    Flatten,
    /// Maximum or mean over windows, without padding; what does not fill a window at the bottom or right is left out.
    Pool {
        /// Maximum or mean.
        kind: PoolKind,
        /// Height and width of the window.
        window: [usize; 2],
        /// Step along each axis.
        stride: [usize; 2],
    },
    /// Maximum or mean over bins that cover the map: bin `i` of `n` over `size` is `floor(i·size/n) .. ceil((i+1)·size/n)`.
    AdaptivePool {
        /// Maximum or mean.
        kind: PoolKind,
    },
    /// In training, each value is 0 with probability `p`, otherwise divided by `1 - p`.
    Dropout {
        /// Probability of 0.
        p: f64,
    },
    /// Subtract the mean, divide by the standard deviation (`epsilon` added to the variance), scale and shift if `affine`.
    Norm {
        /// Over what.
        kind: NormKind,
        /// Whether a scale and a shift are trained.
        affine: bool,
        /// Added to the variance.
        epsilon: f64,
    },
    /// Each unit answers with its cell.
    Act(Mix),
}

/// Maximum or mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum PoolKind {
    Max,
    Avg,
}

/// What a norm's statistics run over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormKind {
    /// Each sample by itself, over all its values. Scale and shift have the sample's shape.
    Layer,
    /// Each unit by itself, over the batch (and positions). Scale and shift have one value a unit; running mean and variance
    /// (momentum 0.1, unbiased variance) are kept for evaluation.
    Batch,
}

/// The cells of a layer and who gets which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mix {
    /// At least one.
    pub shares: Vec<Share>,
    /// Where each share's units lie.
    pub layout: Layout,
}

/// One cell's part of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Index into [`Plan::cells`].
    pub cell: usize,
    /// Its part of the ratio.
    pub ratio: u64,
    /// How many units it gets (positions, for a checkerboard).
    pub units: u64,
}

impl Mix {
    /// The parts of the ratio, in order.
    pub fn ratio(&self) -> Vec<u64> {
        self.shares.iter().map(|share| share.ratio).collect()
    }

    /// Which elements of one sample of `shape` belong to which share, in memory order.
    pub fn runs(&self, shape: &Shape) -> Vec<Run> {
        self.layout.runs(&self.ratio(), shape)
    }

    /// Whether more than one cell takes part.
    pub fn is_mixed(&self) -> bool {
        self.shares.iter().any(|share| share.cell != self.shares[0].cell)
    }
}

impl Plan {
    /// Bytes of activations that training keeps, per sample (see the module's terms).
    pub fn activation_bytes(&self) -> u64 {
        4 * self.input.elements() as u64 + self.layers.iter().map(Layer::activation_bytes).sum::<u64>()
    }

    /// Bytes of weights, gradients and two Adam moments.
    pub fn optimiser_bytes(&self) -> u64 {
        16 * self.params
    }

    /// Each cell's part, of 1, of the units in all mixed layers taken together, in order of first use.
    pub fn mixture(&self) -> Vec<(usize, f64)> {
        let mut parts: Vec<(usize, f64)> = Vec::new();
        let mut total = 0.0;
        for layer in &self.layers {
            let Op::Act(mix) = &layer.op else { continue };
            if !mix.is_mixed() {
                continue;
            }
            let units = layer.input.units() as f64;
            let places: u64 = mix.shares.iter().map(|share| share.units).sum();
            total += units;
            for share in &mix.shares {
                let part = units * share.units as f64 / places as f64;
                match parts.iter_mut().find(|(cell, _)| *cell == share.cell) {
                    Some((_, sum)) => *sum += part,
                    None => parts.push((share.cell, part)),
                }
            }
        }
        parts.iter_mut().for_each(|(_, part)| *part /= total);
        parts
    }

    /// The homogeneous controls: for every cell of a mixed layer, this network with that cell alone in all mixed layers. Empty if no
    /// layer is mixed. Their parameter counts are equal by construction.
    pub fn controls(&self) -> Vec<Plan> {
        self.mixture().iter().map(|(cell, _)| self.with_only(*cell)).collect()
    }

    fn with_only(&self, cell: usize) -> Plan {
        let mut plan = self.clone();
        plan.net = format!("{}[{}]", self.net, self.cells[cell].name); // the indices of a plan's shares exist
        for layer in &mut plan.layers {
            let Op::Act(mix) = &mut layer.op else { continue };
            if mix.is_mixed() {
                let units = layer.input.units() as u64;
                *mix = Mix { shares: vec![Share { cell, ratio: 1, units }], layout: Layout::default() };
            }
        }
        plan.drop_unused_cells();
        plan
    }

    fn drop_unused_cells(&mut self) {
        let mut kept: Vec<usize> = Vec::new();
        for layer in &mut self.layers {
            let Op::Act(mix) = &mut layer.op else { continue };
            for share in &mut mix.shares {
                let place = kept.iter().position(|cell| *cell == share.cell).unwrap_or_else(|| {
                    kept.push(share.cell);
                    kept.len() - 1
                });
                share.cell = place;
            }
        }
        self.cells = kept.iter().map(|cell| self.cells[*cell].clone()).collect(); // as above
    }

    /// The plan as the text of a plan file.
    pub fn to_text(&self) -> String {
        // Every field is a number, a string or a table of such: TOML can hold them all.
        toml::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads a plan file and checks it.
    pub fn from_text(text: &str) -> Result<Plan, PlanError> {
        let plan: Plan = toml::from_str(text).map_err(|error| PlanError(error.message().to_string()))?;
        plan.verify()?;
        Ok(plan)
    }

    /// Checks everything that the module's promise says, for a plan that did not come from the compiler.
    pub fn verify(&self) -> Result<(), PlanError> {
        let fail = |reason: String| Err(PlanError(reason));
        if self.version != PLAN_VERSION {
            return fail(format!("it has version {}, this is version {PLAN_VERSION}", self.version));
        }
        let Some(last) = self.layers.last() else { return fail("it has no layers".to_string()) };
        if self.layers.len() > MAX_LAYERS {
            return fail(format!("it has more than {} layers", thousands(MAX_LAYERS as u64)));
        }
        let mut shape = self.input;
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for layer in &self.layers {
            let sound = layer.input == shape
                && layer.op.fits(&layer.input, &layer.output)
                && layer.params == layer.op.params(&layer.input, &layer.output)
                && layer.macs == layer.op.macs(&layer.input, &layer.output)
                && bounded(&layer.input)
                && bounded(&layer.output)
                && self.mix_is_sound(layer)
                && names.insert(&layer.name);
            if !sound {
                return fail(format!("layer `{}` does not follow from the one before", layer.name));
            }
            shape = layer.output;
        }
        let params = self.layers.iter().map(|layer| layer.params).fold(0, u64::saturating_add);
        let macs = self.layers.iter().map(|layer| layer.macs).fold(0, u64::saturating_add);
        if (self.output, self.params, self.macs) != (last.output, params, macs) || params > MAX_PARAMS || macs > MAX_MACS {
            return fail("its totals do not follow from its layers".to_string());
        }
        Ok(())
    }

    fn mix_is_sound(&self, layer: &Layer) -> bool {
        let Op::Act(mix) = &layer.op else { return true };
        let known = mix.shares.iter().all(|share| share.cell < self.cells.len() && (1..=1_000_000).contains(&share.ratio));
        let placed = mix.layout != Layout::Checkerboard || layer.input.spatial().is_some();
        let counted = || mix.layout.counts(&mix.ratio(), &layer.input).into_iter().eq(mix.shares.iter().map(|share| share.units));
        (1..=MAX_SHARES).contains(&mix.shares.len()) && known && placed && counted()
    }
}

fn bounded(shape: &Shape) -> bool {
    (1..=MAX_ELEMENTS).contains(&shape.size())
}

/// Why a text is not a plan, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError(pub String);

impl std::fmt::Display for PlanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlanError {}
