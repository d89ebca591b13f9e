//! The flags of the commands that take networks in and out.

use super::{Machine, Settings};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// A trained network.
#[derive(Args)]
pub struct Trained {
    /// A run's folder, a file of weights, or a spec with the weights that training starts from
    #[arg(value_name = "RUN|WEIGHTS|SPEC")]
    pub model: PathBuf,
    /// Which network of the run or spec; without it, the run's own and not its controls
    #[arg(long, value_name = "NAME")]
    pub net: Option<String>,
    /// Which of the run's trainings; of a spec, the seed of its weights
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The spec of the network, for weights that do not say whose they are
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
}

#[derive(Args)]
pub struct Export {
    #[command(flatten)]
    pub trained: Trained,
    /// Where to write the network: a `.safetensors` or `.onnx` file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cell", "table", "polynomial"])]
    pub to: Option<PathBuf>,
    /// Other names for the tensors of a `.safetensors` file: TOML, `"ours" = "theirs"`
    #[arg(long, value_name = "FILE", requires = "to")]
    pub map: Option<PathBuf>,
    /// Write a cell or learned function instead, as it has been learned
    #[arg(long, value_name = "NAME")]
    pub cell: Option<String>,
    /// As a table of so many points, for `cell f = table "FILE"`
    #[arg(long, value_name = "LOW..HIGH,POINTS", value_parser = grid, requires = "cell", conflicts_with = "polynomial", allow_hyphen_values = true)]
    pub table: Option<Grid>,
    /// As a spec with the polynomial of this degree that is nearest to it; without `--table`, of degree 2
    #[arg(long, value_name = "DEGREE", requires = "cell", value_parser = clap::value_parser!(u32).range(0..=9))]
    pub polynomial: Option<u32>,
    /// Where the polynomial is to be near: in each value
    #[arg(long, value_name = "LOW..HIGH", value_parser = range, default_value = "-5..5", allow_hyphen_values = true)]
    pub over: (f64, f64),
    /// Where the polynomial is to be near: the points of an array or CSV file, such as the values that the cell sees
    #[arg(long, value_name = "FILE", conflicts_with_all = ["over", "table"])]
    pub at: Option<PathBuf>,
    /// Where to write a cell; without it, to standard output
    #[arg(short, long, value_name = "FILE", requires = "cell")]
    pub output: Option<PathBuf>,
}

/// Points at equal distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    pub low: f64,
    pub high: f64,
    pub points: usize,
}

/// `-5..5`
pub fn range(text: &str) -> Result<(f64, f64), String> {
    let number = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.abs() <= 1e6);
    let ends = text.split_once("..").and_then(|(low, high)| Some((number(low)?, number(high)?)));
    ends.filter(|(low, high)| low < high).ok_or_else(|| "expected two numbers, the smaller first: `-5..5`".to_string())
}

/// `-5..5,101`
fn grid(text: &str) -> Result<Grid, String> {
    let wanted = || "expected a range and 2 to 100000 points: `-5..5,101`".to_string();
    let (ends, points) = text.rsplit_once(',').ok_or_else(wanted)?;
    let ((low, high), points) = (range(ends)?, points.trim().parse().map_err(|_| wanted())?);
    if (2..=100_000).contains(&points) { Ok(Grid { low, high, points }) } else { Err(wanted()) }
}

/// `g=quadratic`
pub fn replacement(text: &str) -> Result<(String, u32), String> {
    let degree = |word: &str| match word {
        "linear" => Some(1),
        "quadratic" => Some(2),
        "cubic" => Some(3),
        number => number.parse().ok().filter(|degree| *degree <= 9),
    };
    // From the end: a function without a name of its own is called `mlp[64,64] args=2`.
    let parts = text.rsplit_once('=').and_then(|(name, word)| Some((name.to_string(), degree(word)?)));
    parts.ok_or_else(|| "expected a learned function and what takes its place: `g=quadratic`, `g=3`".to_string())
}

#[derive(Args)]
pub struct Import {
    /// The spec of the network
    pub spec: PathBuf,
    /// A safetensors file, such as PyTorch's `state_dict`
    pub weights: PathBuf,
    /// Which network, if the spec has several
    #[arg(long, value_name = "NAME")]
    pub net: Option<String>,
    #[command(flatten)]
    pub settings: Settings,
    /// Which of the file's tensors is which: TOML, `"ours" = "theirs"`. Without it, by our names or, in order, by torchvision's
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Write that map to standard output
    #[arg(long)]
    pub show_map: bool,
    /// Where to write the weights; without it, they are only checked
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Args)]
pub struct Predict {
    #[command(flatten)]
    pub trained: Trained,
    /// Samples: .npy, .safetensors and .csv arrays, PNG and JPEG images
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// How to write what comes out
    #[arg(long, value_enum, default_value_t = PredictFormat::Text, value_name = "FORMAT")]
    pub format: PredictFormat,
    /// Where to write it; without it, to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The outputs as they are, and not as the probabilities of classes
    #[arg(long)]
    pub numbers: bool,
    /// What is subtracted from each channel, instead of what the run says
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', allow_hyphen_values = true)]
    pub mean: Vec<f32>,
    /// What each channel is divided by
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    pub std: Vec<f32>,
    #[command(flatten)]
    pub machine: Machine,
}

/// How predictions are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PredictFormat {
    /// A line a sample
    Text,
    /// A list of objects
    Json,
    /// A line a sample, with all probabilities or outputs
    Csv,
}
