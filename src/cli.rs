//! The flags of every command.

mod analyze;
mod exchange;
pub mod sweep;

pub use analyze::{Analyze, Distance, Ensemble, Products, What};
pub use exchange::{Export, Grid, Import, Predict, PredictFormat, Trained};

use clap::{Args, Parser, Subcommand, ValueEnum};
use exchange::{range, replacement};
use std::path::PathBuf;

/// A compiler and trainer for neural networks made of different cell types
#[derive(Parser)]
#[command(name = "hetc", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub display: Display,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 fine, 1 something was found (errors in a spec or run file, unformatted files, damaged data, networks that differ),
2 could not run (wrong flag, missing file, no training that came to its end), 130 interrupted (what was done is saved).";

/// How things are shown.
#[derive(Args)]
pub struct Display {
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Draw with ASCII characters only; so does HETC_ASCII=1, or a locale that is not UTF-8
    #[arg(long, global = true)]
    pub ascii: bool,
}

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// In a terminal that can, unless NO_COLOR is set; anywhere if CLICOLOR_FORCE is
    Auto,
    Always,
    Never,
}

/// How findings are reported, and when they count as failure.
#[derive(Args, Clone, Copy)]
pub struct Reporting {
    /// How to show what is found. `check` writes every format but `human` to standard output; everything else goes to standard error
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub format: Format,
    /// What counts as failure besides errors
    #[arg(long, value_enum, value_name = "WHAT")]
    pub deny: Option<Deny>,
}

/// How findings are shown.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Excerpts with labels and help
    Human,
    /// One line each: `FILE:LINE:COLUMN: error[H0401]: headline`
    Short,
    /// One JSON document
    Json,
    /// One SARIF 2.1.0 document, for code scanning
    Sarif,
    /// Workflow commands that GitHub shows beside the code
    Github,
}

/// What counts as failure besides errors.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Every warning that no `allow` takes away
    Warnings,
}

#[derive(Subcommand)]
pub enum Command {
    /// Say what is wrong with specs (.net) and run files (.toml)
    Check(Check),
    /// Show what a network is: its layers, shapes, cells and counts; write its plan
    Compile(Compile),
    /// Show what differs between two networks; exits with 1 if anything does
    Diff(Diff),
    /// Train a network and its homogeneous controls, and compare them
    Train(Box<Train>),
    /// Train many networks and settings, every mix with its controls, on one machine or many
    #[command(subcommand)]
    Sweep(Box<sweep::Sweep>),
    /// Evaluate the trained networks of a run again
    Eval(Eval),
    /// Say what a trained network makes of arrays and image files
    Predict(Box<Predict>),
    /// Write a trained network as safetensors or ONNX, or a cell that it has learned
    Export(Box<Export>),
    /// Take weights that another framework has written
    Import(Import),
    /// Look inside trained networks: dimensions, cells, learned functions, curvature, robustness
    Analyze(Box<Analyze>),
    /// Write what runs came to as a page with figures and tables
    Report(Report),
    /// Time the training step of a network on this machine
    Bench(Box<Bench>),
    /// Write specs in the one way
    Fmt(Fmt),
    /// Tell the whole story of a diagnostic's code, or list all codes
    Explain {
        /// e.g. H0401
        code: Option<String>,
        /// All codes as one Markdown page
        #[arg(long, conflicts_with = "code")]
        all: bool,
    },
    /// Show the cell types: formula, derivative, domain and a plot
    Cells {
        /// Only this cell type, perhaps with parameters: 'swish(7.5)'
        cell: Option<String>,
        /// Also show those of this spec
        #[arg(long, value_name = "FILE")]
        spec: Option<PathBuf>,
    },
    /// Answer an editor: a language server (LSP) on standard input and output
    Lsp(Lsp),
    /// Where the data sets are, whether they are sound, and how to get them
    #[command(subcommand)]
    Data(Data),
}

impl Command {
    /// How its findings are reported, if it can be told.
    pub fn reporting(&self) -> Option<Reporting> {
        match self {
            Command::Check(check) => Some(check.reporting),
            Command::Compile(compile) => Some(compile.reporting),
            Command::Train(train) => Some(train.reporting),
            Command::Bench(bench) => Some(bench.reporting),
            _ => None,
        }
    }
}

#[derive(Args)]
pub struct Check {
    /// Specs (.net) and run files (.toml); without any, those of this folder
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
    /// Make the changes that are certain to be meant, as far as none brings an error
    #[arg(long)]
    pub fix: bool,
    /// Show these changes instead of making them, and exit with 1 if there are any
    #[arg(long, requires = "fix", conflicts_with = "format")]
    pub diff: bool,
    #[command(flatten)]
    pub reporting: Reporting,
}

#[derive(Args)]
pub struct Compile {
    /// The spec; without it, the only one of this folder
    pub spec: Option<PathBuf>,
    /// Which network, if the spec has several; without it, all of them
    #[arg(long, value_name = "NAME")]
    pub net: Option<String>,
    #[command(flatten)]
    pub settings: Settings,
    /// Show a stage of the compiler instead of the layer table
    #[arg(long, value_enum)]
    pub emit: Option<Emit>,
    /// Where to write: a file, or `-` for standard output. By default the plan goes to NET.plan beside the spec, a stage to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub reporting: Reporting,
}

/// A stage of the compiler.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// What was read
    Tree,
    /// Formulas and derivatives as numbered operations
    Ir,
    /// The plan, as in the plan file
    Plan,
    /// The kernels of plain cells, as Cranelift sees them; with AVX-512 another emitter translates the same code
    Clif,
    /// The network as a Graphviz graph
    Dot,
    /// The network as a Mermaid flowchart
    Mermaid,
    /// The network as a picture
    Svg,
    /// The network with its initial weights as an ONNX file; without `-o`, NET.onnx beside the spec
    Onnx,
}

#[derive(Args)]
pub struct Diff {
    /// A spec or a plan file; FILE:NET for one network of several
    #[arg(value_name = "A")]
    pub a: String,
    /// Likewise
    #[arg(value_name = "B")]
    pub b: String,
    /// Which network of both, if the specs have several
    #[arg(long, value_name = "NAME")]
    pub net: Option<String>,
    #[command(flatten)]
    pub settings: Settings,
}

/// Values for the parameters of a net.
#[derive(Args, Clone)]
pub struct Settings {
    /// A value for a parameter of the net, e.g. --set cells='swish(2)|ptanh(1)'
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

/// Flags that say what a new run is; a run that goes on is what it was.
const NEW_RUN_ONLY: [&str; 8] = ["with", "epochs", "seeds", "set", "run", "net", "no_controls", "no_jit"];

#[derive(Args)]
pub struct Train {
    /// The spec; without it, the only one of this folder
    pub spec: Option<PathBuf>,
    /// The run file; without it, the spec's name with .toml, or the only one of this folder
    #[arg(long, value_name = "FILE")]
    pub run: Option<PathBuf>,
    /// Which network, if the spec has several
    #[arg(long, value_name = "NAME")]
    pub net: Option<String>,
    #[command(flatten)]
    pub settings: Settings,
    /// A value for a key of the run file, e.g. --with optimiser.lr=0.01
    #[arg(long, value_name = "KEY=VALUE")]
    pub with: Vec<String>,
    /// Short for --with train.epochs=N
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub epochs: Option<String>,
    /// Short for --with train.seeds=N (so many, from 1) or =[1, 5, 7]
    #[arg(long, value_name = "SEEDS", allow_hyphen_values = true)]
    pub seeds: Option<String>,
    /// Train only the network itself, not its homogeneous controls
    #[arg(long)]
    pub no_controls: bool,
    /// Compute everything by tensor operations instead of compiled kernels
    #[arg(long)]
    pub no_jit: bool,
    #[command(flatten)]
    pub machine: Machine,
    /// How many trainings at a time; without it, one for each thread if memory suffices
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// The folder of the data set, if it is not where `hetc data list` looks
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// The run's folder; it must not exist yet. Without it, runs/SPEC-NNN
    #[arg(long, value_name = "FOLDER", conflicts_with = "resume")]
    pub out: Option<PathBuf>,
    /// Go on with an interrupted run: its folder, or the latest one of the spec
    #[arg(long, value_name = "RUN", conflicts_with_all = NEW_RUN_ONLY)]
    pub resume: Option<Option<PathBuf>>,
    #[command(flatten)]
    pub reporting: Reporting,
}

/// What to compute on.
#[derive(Args, Clone)]
pub struct Machine {
    /// `cpu`, `cuda`, `cuda:N` for one GPU of several, or `auto` for a GPU if this binary can use one and there is one
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: String,
    /// Threads of the processor; without it, one for each core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

#[derive(Args)]
pub struct Bench {
    /// The spec; without it, the only one of this folder
    pub spec: Option<PathBuf>,
    /// Which network, if the spec has several
    #[arg(long, value_name = "NAME")]
    pub net: Option<String>,
    #[command(flatten)]
    pub settings: Settings,
    /// Samples a step
    #[arg(long, value_name = "N", default_value = "128", value_parser = batch)]
    pub batch: usize,
    /// About how long to measure
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub seconds: f64,
    /// Measure exactly so many steps, nothing before and nothing after
    #[arg(long, value_name = "N", conflicts_with = "seconds", value_parser = clap::value_parser!(u32).range(1..))]
    pub steps: Option<u32>,
    /// Train so many networks side by side, one thread each, for the steps given
    #[arg(long, value_name = "N", requires = "steps", value_parser = clap::value_parser!(u32).range(1..))]
    pub seeds: Option<u32>,
    /// Compute everything by tensor operations
    #[arg(long)]
    pub no_jit: bool,
    #[command(flatten)]
    pub machine: Machine,
    #[command(flatten)]
    pub reporting: Reporting,
}

fn batch(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1 << 20).contains(number));
    number.ok_or_else(|| "expected a number of samples, 1 to 1048576".to_string())
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.001..=86_400.0).contains(number));
    number.ok_or_else(|| "expected a number of seconds, up to 86400".to_string())
}

#[derive(Args)]
pub struct Eval {
    /// The run's folder
    pub run: PathBuf,
    /// The folder of the data set, if it is not where `hetc data list` looks
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Also with the nearest polynomial in the place of a learned function: `g=quadratic`, `g=3` for a degree
    #[arg(long, value_name = "NAME=DEGREE", value_parser = replacement)]
    pub replace: Option<(String, u32)>,
    /// Where the polynomial is to be near: in each value
    #[arg(long, value_name = "LOW..HIGH", value_parser = range, default_value = "-5..5", allow_hyphen_values = true)]
    pub over: (f64, f64),
    #[command(flatten)]
    pub machine: Machine,
}

#[derive(Args)]
pub struct Report {
    /// The folders of runs and sweeps, finished or not
    #[arg(value_name = "FOLDER", required = true)]
    pub runs: Vec<PathBuf>,
    /// Where to write; without it, `report` in the folder
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Write event files for TensorBoard into this folder as well
    #[arg(long, value_name = "FOLDER")]
    pub tensorboard: Option<PathBuf>,
    /// How mixes are compared with their controls
    #[arg(long, value_enum, default_value_t = Comparing::BySeed, value_name = "METHOD")]
    pub method: Comparing,
}

/// How mixes are compared with their controls.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Comparing {
    /// Runs with equal seeds are pairs; Student's t test for pairs, two-sided
    BySeed,
    /// As the code of Doty et al. does: pairs drawn at random, Student's t test for two samples, one-sided
    Doty,
}

#[derive(Args)]
pub struct Fmt {
    /// Specs; without any, those of this folder; `-` reads standard input and writes standard output
    pub files: Vec<PathBuf>,
    /// Change nothing; list the files that would change, and exit with 1 if there are any
    #[arg(long)]
    pub check: bool,
}

/// Editors pass `--stdio`; there is no other way to talk.
#[derive(Args)]
pub struct Lsp {
    #[arg(long, hide = true)]
    pub stdio: bool,
}

#[derive(Subcommand)]
pub enum Data {
    /// List the known data sets and where they are looked for
    List {
        /// Look in this folder first
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
    },
    /// Read a data set and say whether it is sound
    Check {
        /// e.g. mnist1d
        name: String,
        /// Look in this folder first
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
    },
    /// Download a data set and verify it
    Get {
        /// e.g. mnist
        name: String,
        /// Where to put it; without it, the user's data folder
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
    },
}
