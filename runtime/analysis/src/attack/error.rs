//! What an attack cannot be run on.

use std::fmt;

/// Why there is no result.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum AttackError {
    /// The numbers given are not whole samples, or not as many as the labels.
    Length {
        /// Numbers given.
        numbers: usize,
        /// Labels given.
        labels: usize,
        /// Numbers of a sample.
        inputs: usize,
    },
    /// A number of a sample is not within 0 and 1.
    Range {
        /// The sample.
        sample: usize,
        /// The number.
        value: f32,
    },
    /// A label is not a class.
    Label {
        /// The sample.
        sample: usize,
        /// Its label.
        label: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A loss compares more logits than there are.
    Classes {
        /// The attack.
        attack: &'static str,
        /// How many classes it needs.
        needs: usize,
        /// How many there are.
        classes: usize,
    },
    /// A setting has no meaning.
    Setting {
        /// The attack, or `budget`.
        of: &'static str,
        /// The setting.
        setting: &'static str,
        /// What it has to be.
        must: &'static str,
    },
    /// The progress callback said so.
    Stopped,
}

impl fmt::Display for AttackError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Length { numbers, labels, inputs } => {
                write!(f, "{labels} samples of {inputs} numbers were expected, {numbers} numbers were given")
            }
            Self::Range { sample, value } => write!(f, "sample {sample} contains {value}; attacks work on pixels from 0 to 1"),
            Self::Label { sample, label, classes } => write!(f, "sample {sample} has label {label}; there are {classes} classes"),
            Self::Classes { attack, needs, classes } => {
                write!(f, "{attack} compares the {needs} largest logits; the classifier has {classes} classes")
            }
            Self::Setting { of, setting, must } => write!(f, "{setting} of {of} must be {must}"),
            Self::Stopped => write!(f, "stopped before all samples were attacked"),
        }
    }
}

impl std::error::Error for AttackError {}
