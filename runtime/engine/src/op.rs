//! What an operation of the network is to the engine.
//!
//! An operation works on one group of samples at a time and by itself: nothing in it knows threads. What it needs to keep between forward
//! and backward lies in vectors that the engine gives it; what it derives from the parameters it derives once a step.

use crate::streams::Stream;
use hetc_kernels::Lanes;
use std::fmt::Debug;
use std::ops::Range;

/// One operation, of one layer.
pub trait Op: Debug + Send + Sync {
    /// Floats that [`Op::prepare`] fills.
    fn packed(&self) -> usize {
        0
    }

    /// Brings the parameters into the order in which the passes read them: once a step, before any pass. `params` are all of the network.
    fn prepare(&self, _params: &[f32], _packed: &mut [f32]) {}

    /// Vectors a group that [`Op::forward`] leaves for [`Op::backward`].
    fn kept(&self) -> usize {
        0
    }

    /// Writes `pass.output`, whole; what was in it is anything.
    fn forward(&self, pass: Forward);

    /// From `pass.dy` to `pass.dx` (those that are wanted, written whole) and `pass.gradients` (added to).
    fn backward(&self, pass: Backward);

    /// What it needs of the whole batch, if it needs anything.
    fn over_batch(&self) -> Option<&dyn OverBatch> {
        None
    }
}

/// What an operation sums over the whole batch before its pass over any group, in training alone. The sums are taken group by group in
/// order, so that they do not depend on threads.
pub trait OverBatch {
    /// Numbers.
    fn sums(&self) -> usize;

    /// Adds what group `pass` has to the sums before the forward pass; `pass.output` is not to be touched.
    fn collect(&self, pass: &Forward, sums: &mut [f64]);

    /// Adds what group `pass` has to the sums before the backward pass; `pass.dx` and `pass.gradients` are not to be touched.
    fn collect_back(&self, pass: &Backward, sums: &mut [f64]);

    /// Moves the running statistics, all of the network, by the sums of a forward pass over `samples` samples.
    fn settle(&self, sums: &[f64], samples: usize, state: &mut [f32]);
}

/// A group of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Its first sample's place in the batch.
    pub first: usize,
    /// How many of its samples are in the batch: 1 to 16. The lanes after them repeat the last one; their gradients are 0.
    pub samples: usize,
}

/// What a pass is for.
#[derive(Debug, Clone, Copy)]
pub enum Mode<'a> {
    /// Training.
    Train {
        /// Names what is drawn.
        draws: Draws,
        /// For an operation that asks for it ([`Op::over_batch`]): its sums over the batch.
        sums: &'a [f64],
        /// Samples in the batch.
        samples: usize,
    },
    /// Looking.
    Infer(Look),
    /// Looking, with a backward pass to follow: the values of [`Mode::Infer`], and what their slopes need is kept.
    Probe(Look),
}

impl Mode<'_> {
    /// Whether a backward pass follows.
    pub fn keeps(self) -> bool {
        !matches!(self, Mode::Infer(_))
    }
}

/// Names the random draws of a training step: with the layer and the sample these are the counters of its streams.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// The run's seed.
    pub seed: u64,
    /// From 0.
    pub epoch: u64,
    /// Within the epoch, from 0.
    pub step: u64,
}

/// Names the random draws of a look: noise that is there always.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The run's seed.
    pub seed: u64,
    /// Number of the batch.
    pub batch: u64,
}

impl Draws {
    /// The stream called `name` of layer `layer`, for what all samples share.
    pub fn stream(self, name: &str, layer: u64) -> Stream {
        Stream::new(self.seed, name, &[self.epoch, self.step, layer])
    }

    /// The stream called `name` of layer `layer` for sample `sample` of the batch.
    pub fn of_sample(self, name: &str, layer: u64, sample: usize) -> Stream {
        Stream::new(self.seed, name, &[self.epoch, self.step, layer, sample as u64])
    }
}

/// Forward over one group.
pub struct Forward<'a> {
    /// Which group.
    pub group: Group,
    /// What for.
    pub mode: Mode<'a>,
    /// The values that the layer reads.
    pub inputs: &'a [&'a [Lanes]],
    /// Its value.
    pub output: &'a mut [Lanes],
    /// For the backward pass, see [`Op::kept`].
    pub kept: &'a mut [Lanes],
    /// See [`Op::prepare`].
    pub packed: &'a [f32],
    /// All parameters of the network.
    pub params: &'a [f32],
    /// All running statistics of the network.
    pub state: &'a [f32],
    /// Room to work in.
    pub scratch: &'a mut Scratch,
}

/// Backward over one group, after a forward pass that kept what it needs.
pub struct Backward<'a, 'b> {
    /// Which group.
    pub group: Group,
    /// What for: never [`Mode::Infer`]. In training the sums are those of [`OverBatch::collect_back`].
    pub mode: Mode<'a>,
    /// The values that the layer reads.
    pub inputs: &'a [&'a [Lanes]],
    /// Its value.
    pub output: &'a [Lanes],
    /// What the forward pass left.
    pub kept: &'a [Lanes],
    /// See [`Op::prepare`].
    pub packed: &'a [f32],
    /// All parameters of the network.
    pub params: &'a [f32],
    /// The gradient of its value; may be overwritten.
    pub dy: &'a mut [Lanes],
    /// The gradients of what it reads, for each input; `None` where nobody wants it.
    pub dx: &'a mut [Option<&'b mut [Lanes]>],
    /// Gradients of all parameters of the network: an operation adds to its own.
    pub gradients: &'a mut [f32],
    /// Room to work in.
    pub scratch: &'a mut Scratch,
}

/// Memory that an operation works in during one call, kept from call to call so that none is allocated in steady state.
#[derive(Debug, Default)]
pub struct Scratch {
    vectors: Vec<Lanes>,
    floats: Vec<f32>,
}

impl Scratch {
    /// So many vectors of anything.
    pub fn vectors(&mut self, count: usize) -> &mut [Lanes] {
        if self.vectors.len() < count {
            self.vectors.resize(count, Lanes::default());
        }
        &mut self.vectors[..count]
    }

    /// So many floats of anything.
    pub fn floats(&mut self, count: usize) -> &mut [f32] {
        if self.floats.len() < count {
            self.floats.resize(count, 0.0);
        }
        &mut self.floats[..count]
    }
}

/// Where an operation's parameters lie in the network's.
pub type Place = Range<usize>;
