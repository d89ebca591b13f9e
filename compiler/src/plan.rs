//! The plan: a network with every number known. It is the compiler's proof and the runtime's only input.
//!
//! **Terms.**
//! * A *value* is what flows: value 0 is the network's input, value `i + 1` is what layer `i` gives. A *layer* is one step from one or more
//!   earlier values to a new one. Where nothing else is said it reads the value before it.
//! * A *unit* is a channel of a map or an element of a vector; a *cell* is what a unit answers with: a formula with its parameters
//!   filled in. A *share* is one cell's part of a layer. A *site* is a place where one cell answers: a unit at a position, or a window.
//! * A *function* is a small network that cells call; its numbers belong to the plan, not to a layer, so that layers can share it.
//! * *Parameters* are trained numbers. *MACs* are multiply-adds per sample, one for a product and its addition, counted for
//!   convolutions, dense layers and the functions that cells call; biases, norms, pools and formulas are not counted.
//! * *Activation memory* is 4 bytes (f32) for every value of every layer's output, per sample: what training keeps for the backward
//!   pass if nothing is recomputed or shared. *Optimiser memory* is weights, gradients and two Adam moments: 16 bytes a parameter.
//!
//! **Promise.** The compiler hands out a plan only when it is whole: shapes follow from each other, every cell index exists, every ratio
//! has as many parts as shares, nothing exceeds [`crate::limits`]. A plan read back from a file passes [`Plan::verify`] first. So the
//! runtime never checks again and never panics on one.

mod controls;
mod smooth;
pub(crate) mod verify;
mod weights;

pub use weights::WeightPart;

use crate::formula::Formula;
use crate::layout::{Layout, Run};
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// Version of the plan's file format; a file of another version is refused.
pub const PLAN_VERSION: u32 = 2;

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
    /// Learned functions that some cell calls, in order of first use.
    #[serde(rename = "function", default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Function>,
    /// Functions given by points that some cell calls, in order of first use.
    #[serde(rename = "table", default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// Every cell that some layer uses, once each, in order of first use.
    #[serde(rename = "cell", default)]
    pub cells: Vec<Cell>,
    /// In order.
    #[serde(rename = "layer", default)]
    pub layers: Vec<Layer>,
    /// Values with names, in order.
    #[serde(rename = "tap", default, skip_serializing_if = "Vec::is_empty")]
    pub taps: Vec<Tap>,
}

/// A learned function: a multilayer perceptron from a few numbers to one. `y = W_k a(… a(W_1 x + b_1) …) + b_k`.
///
/// Its tensors, in this order, are `weight1` `[hidden 1, inputs]`, `bias1` `[hidden 1]`, …, the last ones `[1, hidden k-1]` and `[1]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Unique; the prefix of its parameters' names.
    pub name: String,
    /// How many numbers it takes: 1 to [`crate::limits::MAX_INPUTS`].
    pub inputs: u8,
    /// Widths of the hidden layers, at least one.
    pub hidden: Vec<usize>,
    /// What every hidden unit answers with, of one input.
    pub activation: Formula,
    /// Trained numbers.
    pub params: u64,
}

/// A function given by points: linear between them, the first and the last segment go on outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Unique; as the spec calls it.
    pub name: String,
    /// `[x, y]`, at least two, `x` increasing; all finite in single precision.
    pub points: Vec<[f64; 2]>,
}

/// A value with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tap {
    /// Unique.
    pub name: String,
    /// Which value.
    pub value: usize,
}

/// A cell type with its parameters filled in: a few steps, then a formula.
///
/// The inputs of the formula and of a step's formulas are, in this order: the `inputs` values that the cell is applied to, its trained
/// parameters, and what the steps before have given. A cell without steps is nothing but its formula.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// As a spec would write it: `swish(7.5)`. Unique.
    pub name: String,
    /// How many values it is applied to: 1 to [`crate::limits::MAX_INPUTS`].
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub inputs: u8,
    /// Its trained parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trained: Vec<Trained>,
    /// What has to be known before the formula, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What it answers.
    pub formula: Formula,
}

impl Cell {
    /// A formula of `inputs` values and nothing else.
    pub fn plain(name: impl Into<String>, formula: Formula) -> Self {
        Self { name: name.into(), inputs: formula.inputs(), trained: Vec::new(), steps: Vec::new(), formula }
    }

    /// Whether it is nothing but a formula of its values.
    pub fn is_plain(&self) -> bool {
        self.trained.is_empty() && self.steps.is_empty()
    }

    /// Whether it looks at a whole window.
    pub fn is_windowed(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Reduce { .. }))
    }

    /// Trained numbers that the whole network shares.
    pub fn net_params(&self) -> u64 {
        self.trained.iter().filter(|trained| trained.per == Per::Net).count() as u64
    }

    /// The functions that it calls, one for each call.
    pub fn calls(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().filter_map(|step| if let Step::Call { function, .. } = step { Some(*function) } else { None })
    }
}

impl Function {
    /// Widths from its inputs to its one output.
    pub fn widths(&self) -> Vec<usize> {
        std::iter::once(usize::from(self.inputs)).chain(self.hidden.iter().copied()).chain([1]).collect()
    }

    /// Trained numbers of a function with these widths.
    pub fn count(inputs: u8, hidden: &[usize]) -> u64 {
        let widths: Vec<u64> =
            std::iter::once(u64::from(inputs)).chain(hidden.iter().map(|width| *width as u64)).chain([1]).collect();
        widths.windows(2).map(|pair| (pair[0] + 1).saturating_mul(pair[1])).fold(0, u64::saturating_add)
    }

    /// Multiply-adds of one call.
    pub fn macs(&self) -> u64 {
        let widths = self.widths();
        widths.windows(2).map(|pair| (pair[0] as u64).saturating_mul(pair[1] as u64)).fold(0, u64::saturating_add)
    }
}

/// A parameter of a cell that is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trained {
    /// As its cell calls it.
    pub name: String,
    /// Where it starts.
    pub start: f64,
    /// How many numbers it is.
    pub per: Per,
}

/// How many numbers a trained parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// One for the whole network.
    Net,
    /// One in each layer.
    Layer,
    /// One for each unit of each layer that has the cell: see [`Placement::units_of`].
    Channel,
}

/// One step of a cell: it gives one number, which later steps and the formula can use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// A formula's value at every element of the window, taken together; elements beyond the map's edge do not count.
    Reduce {
        /// How.
        by: Reduction,
        /// Of what.
        of: Formula,
    },
    /// A learned function.
    Call {
        /// Index into [`Plan::functions`].
        function: usize,
        /// Its arguments.
        of: Vec<Formula>,
    },
    /// A function given by points.
    Lookup {
        /// Index into [`Plan::tables`].
        table: usize,
        /// Its argument.
        of: Formula,
    },
}

/// How the elements of a window are taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// Their sum.
    Sum,
    /// The largest; its gradient goes to the largest elements in equal parts, as PyTorch's `amax`. NaN if any is NaN.
    Max,
    /// The smallest, likewise.
    Min,
}

fn one() -> u8 {
    1
}

fn is_one(n: &u8) -> bool {
    *n == 1
}

fn yes() -> bool {
    true
}

fn is_yes(yes: &bool) -> bool {
    *yes
}

/// One step of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Its kind and a running number: `conv1`, `act3`. Unique; the prefix of its parameters' names.
    pub name: String,
    /// Line of the spec that asked for it.
    pub line: u32,
    /// The values it reads; empty for the one before it. See [`Plan::sources`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<usize>,
    /// One sample of the (first) value it reads.
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
    /// Cross-correlation. Weights `[out, in / groups, kernel h, kernel w]`.
    Conv {
        /// Height and width of the kernel.
        kernel: [usize; 2],
        /// Zeros added on both sides of each axis.
        pad: [usize; 2],
        /// Further zeros at the bottom and at the right, where padding is not the same on both sides.
        #[serde(default, skip_serializing_if = "is_unpadded")]
        more: [usize; 2],
        /// Step along each axis.
        stride: [usize; 2],
        /// Channels in and out are split into so many independent groups.
        groups: usize,
        /// Whether a number is added to each channel.
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        bias: bool,
    },
    /// `y = W x + b`. Weights `[out, in]`.
    Dense {
        /// Whether there is a `b`.
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        bias: bool,
    },
    /// A map as a vector, channels outermost.
    Flatten,
    /// Maximum or mean over windows; what does not fill a window at the bottom or right is left out. Padding is minus infinity for a
    /// maximum; for a mean it is zeros that count, as PyTorch's default.
    Pool {
        /// Maximum or mean.
        kind: PoolKind,
        /// Height and width of the window.
        window: [usize; 2],
        /// Step along each axis.
        stride: [usize; 2],
        /// Places added on both sides of each axis; at most half a window.
        #[serde(default, skip_serializing_if = "is_unpadded")]
        pad: [usize; 2],
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
    /// Krizhevsky et al. 2012, section 3.3: `y_c = x_c / (k + alpha/size · Σ x_j²)^beta`, `j` over the `size` channels around `c`, as
    /// PyTorch's `LocalResponseNorm`: `c - size/2 ..= c + (size - 1)/2`, those that exist.
    Response {
        /// How many neighbouring channels.
        size: usize,
        /// Factor.
        alpha: f64,
        /// Exponent.
        beta: f64,
        /// Summand.
        k: f64,
    },
    /// Adds a random number to each value of a sample: one draw a value and step, the same for all samples of the batch.
    Noise {
        /// What is drawn.
        kind: NoiseKind,
        /// Half the width of the uniform interval around 0, or the standard deviation.
        scale: f64,
        /// In evaluation as well, and not only in training.
        #[serde(default)]
        always: bool,
    },
    /// Several values as one.
    Join {
        /// How.
        how: Join,
    },
    /// Each unit answers with its cell.
    Cells(Placement),
}

/// What noise is drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum NoiseKind {
    Uniform,
    Normal,
}

/// How several values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// Their sum; all of one shape.
    Add,
    /// Their product; all of the first one's shape, or one number a channel (`C×1×1`) for a map of `C` channels.
    Multiply,
    /// One after the other along the channels or units; maps of one height and width, or vectors.
    Concat,
}

fn is_unpadded(pad: &[usize; 2]) -> bool {
    *pad == [0, 0]
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
///
/// With `args = n` every `n` consecutive units of the input are the values of one unit of the output. With a window the input is cut into
/// windows, each unit by itself, from its first row and column; the last windows may be incomplete. Every element of a window is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// The word that the spec placed them with.
    pub word: Word,
    /// How many values each cell is applied to: [`Cell::inputs`] of all of them.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub args: u8,
    /// Height and width of the window; `[1, n]` for `n` consecutive units of a vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<[usize; 2]>,
    /// At least one.
    pub shares: Vec<Share>,
    /// Where each share's units lie.
    pub layout: Layout,
}

/// A word that places cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Word {
    Act,
    Window,
    Inner,
}

/// One cell's part of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Index into [`Plan::cells`].
    pub cell: usize,
    /// Its part of the ratio.
    pub ratio: u64,
    /// How many units it gets (positions, for a checkerboard; windows, for windows of a vector).
    pub units: u64,
}

impl Placement {
    /// The parts of the ratio, in order.
    pub fn ratio(&self) -> Vec<u64> {
        self.shares.iter().map(|share| share.ratio).collect()
    }

    /// The sites of a layer whose input is `input`, as a shape: with a window its windows, otherwise the units and positions of its
    /// output. `None` if `args` does not divide the units, or a window of a vector has more than one row.
    pub fn sites(&self, input: &Shape) -> Option<Shape> {
        match (self.window, *input) {
            (None, _) => input.grouped(usize::from(self.args)),
            (Some([1, length]), Shape::Vector(units)) if length > 0 => Some(Shape::Vector(units.div_ceil(length))),
            (Some([height, width]), Shape::Map(channels, h, w)) if height > 0 && width > 0 => {
                Some(Shape::Map(channels, h.div_ceil(height), w.div_ceil(width)))
            }
            _ => None,
        }
    }

    /// One sample of the output, for an input of shape `input`; `None` as for [`Placement::sites`].
    pub fn output(&self, input: &Shape) -> Option<Shape> {
        let sites = self.sites(input)?;
        Some(if self.window.is_some() { *input } else { sites })
    }

    /// Which of the sites of shape `sites` belong to which share, in memory order.
    pub fn runs(&self, sites: &Shape) -> Vec<Run> {
        self.layout.runs(&self.ratio(), sites)
    }

    /// The units of `sites` in which share `share` answers anywhere, in order: one number each, for a parameter per channel.
    pub fn units_of(&self, share: usize, sites: &Shape) -> Vec<usize> {
        let assigned = self.layout.assign(&self.ratio(), sites);
        match self.layout {
            Layout::Checkerboard if assigned.contains(&share) => (0..sites.units()).collect(),
            Layout::Checkerboard => Vec::new(),
            _ => (0..sites.units()).filter(|unit| assigned[*unit] == share).collect(), // one share a unit
        }
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

    /// The values that layer `index` reads.
    pub fn sources(&self, index: usize) -> Vec<usize> {
        match self.layers[index].from.as_slice() {
            [] => vec![index],
            from => from.to_vec(),
        }
    }

    /// One sample of value `value`.
    pub fn shape(&self, value: usize) -> Shape {
        if value == 0 { self.input } else { self.layers[value - 1].output }
    }

    /// The trained numbers that belong to no layer: those of functions, and of cells with one number for the whole network.
    pub fn shared_params(&self) -> u64 {
        let functions = self.functions.iter().map(|function| function.params);
        functions.chain(self.cells.iter().map(Cell::net_params)).fold(0, u64::saturating_add)
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
