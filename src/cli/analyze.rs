//! The flags of `hetc analyze`.

use super::batch;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args)]
pub struct Analyze {
    /// The folders of runs and sweeps
    #[arg(value_name = "FOLDER", required = true)]
    pub folders: Vec<PathBuf>,
    /// What to find out
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',', default_value = "participation,cells,functions")]
    pub what: Vec<What>,
    /// Only this network of a run, or point of a sweep
    #[arg(long, value_name = "NAME")]
    pub net: Option<String>,
    /// Only trainings with this seed
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Test samples to ask about, as many of each class as there can be
    #[arg(long, value_name = "N", default_value = "500", value_parser = batch)]
    pub samples: usize,
    /// The folder of the data set, if it is not where `hetc data list` looks
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Threads of the processor; without it, one for each core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    #[command(flatten)]
    pub hessian: Hessian,
    #[command(flatten)]
    pub attack: Attack,
    /// The folder of the published files of CIFAR-10-C; without it, images are corrupted here
    #[arg(long, value_name = "FOLDER", help_heading = "Corruptions")]
    pub cifar10c: Option<PathBuf>,
}

/// What can be found out.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// How many dimensions each layer of cells takes
    Participation,
    /// What cells of each type do, and what the network is without them; the time of layers
    Cells,
    /// What learned functions are where they are used
    Functions,
    /// Trace and spectrum of the loss's Hessian
    Hessian,
    /// Accuracy under white-box attacks
    Attacks,
    /// Errors on corrupted images
    Corruptions,
}

#[derive(Args)]
#[command(next_help_heading = "Hessian")]
pub struct Hessian {
    /// Samples that the loss is over
    #[arg(long, value_name = "N", default_value = "200", value_parser = batch)]
    pub hessian_samples: usize,
    /// Probes of the trace at most
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub probes: u32,
    /// Steps of a Lanczos run
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub steps: u32,
    /// Lanczos runs
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// The whole Hessian instead, for networks of up to so many parameters
    #[arg(long, value_name = "N", default_value = "1500", value_parser = clap::value_parser!(u32).range(0..=6000))]
    pub exact: u32,
    /// How products with the Hessian are had; without it, as derivatives where that takes minutes at most
    #[arg(long, value_enum, value_name = "HOW")]
    pub products: Option<Products>,
}

/// How products with the Hessian are had.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Products {
    /// Derivatives at the weights, in double precision, as automatic differentiation twice
    Derivatives,
    /// Differences of slopes near the weights, in single precision: faster, but jumps of slopes count as curvature
    Differences,
}

#[derive(Args)]
#[command(next_help_heading = "Attacks")]
pub struct Attack {
    /// Which attacks
    #[arg(long, value_enum, value_name = "NAME", default_value_t = Ensemble::Pair)]
    pub attack: Ensemble,
    /// The norm that bounds perturbations
    #[arg(long, value_enum, value_name = "NORM", default_value_t = Distance::Linf)]
    pub norm: Distance,
    /// The bound, in pixel units (0 to 1): a number or a fraction; without it, 8/255 for linf and 0.5 for l2
    #[arg(long, value_name = "RADIUS", value_parser = radius)]
    pub radius: Option<f32>,
    /// Images to attack
    #[arg(long, value_name = "N", default_value = "100", value_parser = batch)]
    pub attacked: usize,
}

/// Which attacks.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ensemble {
    /// Projected gradient descent
    Pgd,
    /// APGD on the cross-entropy, then on the difference of logits ratio
    Pair,
    /// FAB, towards the nearest of all boundaries
    Fab,
    /// Square: from the logits alone
    Square,
    /// AutoAttack's standard ensemble: APGD twice, FAB, Square
    Standard,
}

/// A norm.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Distance {
    /// The largest change of a pixel
    Linf,
    /// The root of the sum of squares
    L2,
}

/// `8/255`, `0.03`
fn radius(text: &str) -> Result<f32, String> {
    let number = |text: &str| text.trim().parse::<f32>().ok();
    let value = match text.split_once('/') {
        Some((above, below)) => number(above).zip(number(below)).map(|(above, below)| above / below),
        None => number(text),
    };
    value.filter(|value| *value > 0.0 && *value <= 1000.0).ok_or_else(|| "expected a number above 0, such as 8/255".to_string())
}
