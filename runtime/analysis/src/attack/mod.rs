//! White-box attacks: inputs near the given ones that a classifier gets wrong.
//!
//! All work in pixel units: inputs lie in the box `[0, 1]`, and a [`Budget`] says how far from a sample an attack may go. The
//! classifier is asked as it is; that it is in evaluation mode, and that it normalises what it is given, is up to who implements
//! [`Classifier`].
//!
//! | attack | source |
//! |---|---|
//! | [`Pgd`] | Madry et al. 2018, "Towards deep learning models resistant to adversarial attacks" |
//! | [`Apgd`] | Croce and Hein 2020, "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks" |
//! | [`Fab`] | Croce and Hein 2020, "Minimally distorted adversarial examples with a fast adaptive boundary attack" |
//! | [`Square`] | Andriushchenko et al. 2020, "Square attack: a query-efficient black-box adversarial attack via random search" |
//! | [`standard`] | AutoAttack's standard version: Croce and Hein 2020, the first of the two |
//!
//! Random draws are named by seed, attack, sample and restart, so results do not depend on how samples are divided into batches.

mod apgd;
mod attempt;
mod bounds;
mod climb;
mod ensemble;
mod error;
mod fab;
mod goal;
mod hyperplane;
mod pgd;
mod setting;
mod square;
mod tile;

pub use apgd::{Apgd, Loss};
pub use attempt::{Attack, cross_entropy_and_dlr, standard};
pub use bounds::{Budget, Norm};
pub use ensemble::{Broken, Options, Outcome, Progress, Report, Samples, evaluate};
pub use error::AttackError;
pub use fab::Fab;
pub use pgd::Pgd;
pub use square::{Shape, Square};

/// Derivatives of what an attack climbs, with respect to the logits of sample `number`: `(number, logits, slopes)`.
pub type Slopes<'a> = dyn Fn(usize, &[f32], &mut [f32]) + Sync + 'a;

/// A classifier that can be asked for slopes at its inputs. Inputs are samples one after the other, in pixel units: 0 to 1.
pub trait Classifier {
    /// Numbers of a sample.
    fn inputs(&self) -> usize;

    /// Classes.
    fn classes(&self) -> usize;

    /// The logits, `[samples, classes]`.
    fn logits(&mut self, x: &[f32]) -> Vec<f32>;

    /// The logits, and for each sample the gradient at its input of what has these `slopes` at its logits: `[samples, inputs]`.
    fn slopes(&mut self, x: &[f32], slopes: &Slopes) -> (Vec<f32>, Vec<f32>);
}
