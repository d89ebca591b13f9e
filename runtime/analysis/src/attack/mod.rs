//! White-box attacks: inputs near the given ones that a classifier gets wrong.

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
