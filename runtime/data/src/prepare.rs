//! What is done to a sample before a network sees it: mirrored, shifted, normalised, in the order asked for.

use crate::{
    DataError, Dataset, Normalise, View,
    check::{ChannelFacts, channel_facts},
};
use serde::{Deserialize, Serialize};

/// The means and standard deviations of ImageNet's red, green and blue, as torchvision has them.
const IMAGENET: [[f32; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];

/// The most pixels that images are shifted by.
pub const MOST_CROP: u32 = 1000;

/// One thing that is done to samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Mirror each training image left to right with probability one half.
    Flip,
    /// Shift each training image by up to so many pixels along each axis; zeros move in: black before normalisation, else the mean.
    Crop(u32),
    /// Subtract a mean from each channel and divide by a standard deviation.
    Normalise(Numbers),
}

/// Where means and standard deviations come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbers {
    /// They are given, one of each a channel, for samples scaled to 0 to 1.
    Given {
        /// Subtracted.
        mean: Vec<f32>,
        /// Divided by.
        std: Vec<f32>,
    },
    /// Those of ImageNet, for images of three channels.
    ImageNet,
    /// Those of the training split.
    Set,
}

/// Steps made ready for a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// What is subtracted and divided out, and what moves in at the edges.
    pub normalise: Normalise,
    /// Whether training images are mirrored with probability one half.
    pub flip: bool,
    /// By how many pixels at most training images are shifted.
    pub crop: u32,
    /// Whether images are shifted before they are mirrored.
    crop_first: bool,
}

impl Step {
    /// The word it is asked for by.
    pub fn word(&self) -> &'static str {
        match self {
            Step::Flip => "flip",
            Step::Crop(_) => "crop",
            Step::Normalise(_) => "normalise",
        }
    }
}

impl Numbers {
    /// How many channels they are for, if they say so.
    pub fn channels(&self) -> Option<usize> {
        match self {
            Numbers::Given { mean, .. } => Some(mean.len()),
            Numbers::ImageNet => Some(IMAGENET[0].len()),
            Numbers::Set => None,
        }
    }

    /// Means and standard deviations, if they do not depend on the data.
    pub fn known(&self) -> Option<[Vec<f32>; 2]> {
        match self {
            Numbers::Given { mean, std } => Some([mean.clone(), std.clone()]),
            Numbers::ImageNet => Some(IMAGENET.map(Vec::from)),
            Numbers::Set => None,
        }
    }

    /// Means and standard deviations for `data`.
    pub fn of(&self, data: &Dataset) -> [Vec<f32>; 2] {
        self.known().unwrap_or_else(|| {
            let facts = channel_facts(data);
            let list = |number: fn(&ChannelFacts) -> f64| facts.iter().map(|fact| number(fact) as f32).collect();
            [list(|fact| fact.mean), list(|fact| fact.sd)]
        })
    }
}

impl Prepared {
    /// Makes `steps` ready for `data`: takes its training split's mean where it is asked for.
    ///
    /// Fails if a step is asked for twice, if a normalisation is for another number of channels, or if a channel of the training split
    /// is constant where it is to be normalised by its own numbers.
    pub fn new(steps: &[Step], data: &Dataset) -> Result<Self, DataError> {
        let place = |word: &str| steps.iter().position(|step| step.word() == word);
        if let Some(twice) = steps.iter().enumerate().find(|(at, step)| place(step.word()) != Some(*at)) {
            let found = format!("a list with `{}` twice", twice.1.word());
            return Err(DataError::Argument { argument: "prepare", expected: "each step once", found });
        }
        if let Some(Step::Crop(reach)) = steps.iter().find(|step| matches!(step, Step::Crop(reach) if *reach > MOST_CROP)) {
            let (argument, expected) = ("crop", "at most 1000 pixels");
            return Err(DataError::Argument { argument, expected, found: reach.to_string() });
        }
        let mut prepared =
            Self { normalise: Normalise::none(data.channels()), flip: false, crop: 0, crop_first: place("crop") < place("flip") };
        for step in steps {
            match step {
                Step::Flip => prepared.flip = true,
                Step::Crop(reach) => prepared.crop = *reach,
                Step::Normalise(numbers) => {
                    let [mean, std] = numbers.of(data);
                    prepared.normalise = Normalise::new(&mean, &std, data.channels())?;
                }
            }
        }
        if place("normalise").is_some() && place("normalise") < place("crop") {
            prepared.normalise = prepared.normalise.with_zeros_outside();
        }
        Ok(prepared)
    }

    /// Whether training samples are changed at random.
    pub fn is_random(&self) -> bool {
        self.flip || self.crop > 0
    }

    /// The view that a draw comes to: mirrored or not, shifted by `dy` and `dx`, in the order asked for.
    pub fn view(&self, flip: bool, dy: i32, dx: i32) -> View {
        // To shift and then mirror is to mirror and then shift the other way.
        let dx = if self.crop_first && flip { -dx } else { dx };
        View { flip, dy, dx }
    }
}
