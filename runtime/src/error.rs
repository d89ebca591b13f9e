//! Everything that can stop a run or an evaluation.

use crate::start::StartError;
use hetc_compiler::shape::Shape;
use hetc_data::{DataError, Task};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a run stopped or could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrainError {
    /// A setting that no run can have.
    Setting {
        /// Its name.
        name: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Samples have another number of values than the network's input.
    Samples {
        /// The network's input.
        expected: Shape,
        /// The data set.
        data: String,
        /// Sizes along a sample's axes.
        found: Vec<usize>,
    },
    /// The network's outputs are not one a class, or one a number to be found.
    Outputs {
        /// How many outputs the network has.
        found: usize,
        /// The data set.
        data: String,
        /// What is to be found.
        expected: Task,
    },
    /// A stage that cannot do without a validation split.
    NoValidation {
        /// The stage.
        stage: String,
        /// The data set.
        data: String,
    },
    /// A split without samples.
    NoSamples {
        /// The data set.
        data: String,
        /// The split.
        split: &'static str,
    },
    /// The data refuse the settings.
    Data(DataError),
    /// The folder holds a run of another plan, other settings, another seed or other data.
    OtherRun {
        /// The folder.
        folder: PathBuf,
        /// What is different there.
        differs: Vec<&'static str>,
    },
    /// `metrics.jsonl` lacks lines that the checkpoint counts.
    MetricsLost {
        /// The training's folder.
        folder: PathBuf,
    },
    /// Another process is at work in the run's folder.
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// A training of a sweep whose attempts came to nothing, one after the other.
    GivenUp {
        /// All of them.
        attempts: u32,
        /// The claim of the last.
        claim: PathBuf,
    },
    /// A batch takes more memory than there is.
    Memory {
        /// Its samples.
        batch: usize,
        /// Bytes that training takes with it.
        needed: u64,
        /// Bytes that there are.
        available: u64,
    },
    /// A loss that is not finite.
    Diverged {
        /// From 1.
        epoch: u64,
        /// Within the epoch, from 1.
        step: u64,
    },
    /// A weights file that does not fit.
    Weights(WeightsError),
    /// Weights that a training cannot start from.
    Start(StartError),
    /// The file system refuses.
    Io {
        /// What was tried: `write`, `read`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Why a weights file does not fit a plan.
#[derive(Debug)]
#[non_exhaustive]
pub enum WeightsError {
    /// It cannot be read.
    Io {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is not a whole safetensors file.
    NotSafetensors {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A tensor of the plan is not in it.
    Missing {
        /// The file.
        file: PathBuf,
        /// The tensor.
        name: String,
    },
    /// It holds a tensor that the plan does not have.
    Extra {
        /// The file.
        file: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor has another shape or number type.
    Mismatch {
        /// The file.
        file: PathBuf,
        /// The tensor.
        name: String,
        /// What the plan says: `f32 [10, 64]`.
        expected: String,
        /// What the file says.
        found: String,
    },
    /// It is not the file that training left.
    Changed {
        /// The file.
        file: PathBuf,
    },
}

impl TrainError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| TrainError::Io { action, path, source }
    }
}

impl From<WeightsError> for TrainError {
    fn from(error: WeightsError) -> Self {
        TrainError::Weights(error)
    }
}

impl From<StartError> for TrainError {
    fn from(error: StartError) -> Self {
        TrainError::Start(error)
    }
}

impl From<DataError> for TrainError {
    fn from(error: DataError) -> Self {
        TrainError::Data(error)
    }
}

impl fmt::Display for TrainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrainError::Setting { name, found, expected } => write!(f, "`{name}` is `{found}`, expected {expected}"),
            TrainError::Samples { expected, data, found } => {
                let found: Vec<String> = found.iter().map(usize::to_string).collect();
                write!(f, "a sample of `{data}` is `{}`, but the network takes `{expected}`", found.join("x"))
            }
            TrainError::Outputs { found, data, expected } => {
                let outputs = expected.outputs();
                let what = if expected.classes().is_some() { "classes" } else { "numbers to find for a sample" };
                write!(f, "the network has {found} outputs, but `{data}` has {outputs} {what}")
            }
            TrainError::NoValidation { stage, data } => {
                write!(f, "`{data}` lacks the validation split that `stop` and `keep = \"best\"` of stage `{stage}` go by")
            }
            TrainError::NoSamples { data, split } => write!(f, "the {split} split of `{data}` holds no samples"),
            TrainError::Data(error) => error.fmt(f),
            TrainError::OtherRun { folder, differs } => {
                write!(f, "the folder `{}` holds another run: {} differ", folder.display(), in_words(differs))
            }
            TrainError::MetricsLost { folder } => {
                let folder = folder.display();
                write!(
                    f,
                    "`{folder}/metrics.jsonl` lacks lines that the checkpoint counts; restore it, or delete the folder to train anew"
                )
            }
            TrainError::GivenUp { attempts, claim } => write!(
                f,
                "given up: of {attempts} attempts the last ones ended without a new checkpoint (killed, or more memory than there is?); \
                 remove `{}` to have it tried once more",
                claim.display()
            ),
            TrainError::Busy { folder } => write!(f, "another process is training in `{}`", folder.display()),
            TrainError::Memory { batch, needed, available } => {
                let [needed, available] = [needed, available].map(|bytes| *bytes as f64 / (1u64 << 30) as f64);
                write!(
                    f,
                    "training with a batch of {batch} takes {needed:.1} GiB of memory, and {available:.1} GiB are available"
                )
            }
            TrainError::Diverged { epoch, step } => {
                write!(f, "training diverged: the loss of step {step} in epoch {epoch} is not a finite number")
            }
            TrainError::Weights(error) => error.fmt(f),
            TrainError::Start(error) => error.fmt(f),
            TrainError::Io { action, path, source } => write!(f, "cannot {action} `{}`: {source}", path.display()),
        }
    }
}

fn in_words(items: &[&str]) -> String {
    match items {
        [first, second] => format!("{first} and {second}"),
        _ => items.join(", "),
    }
}

impl fmt::Display for WeightsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WeightsError::Io { file, source } => write!(f, "cannot read `{}`: {source}", file.display()),
            WeightsError::NotSafetensors { file, reason } => {
                write!(f, "`{}` is not a whole safetensors file: {reason}", file.display())
            }
            WeightsError::Changed { file } => {
                write!(f, "`{}` is not what training left there: its SHA-256 is not that of `result.json`", file.display())
            }
            WeightsError::Missing { file, name } => write!(f, "`{}` lacks the tensor `{name}`", file.display()),
            WeightsError::Extra { file, name } => {
                write!(f, "`{}` holds the tensor `{name}`, which the network does not have", file.display())
            }
            WeightsError::Mismatch { file, name, expected, found } => {
                write!(f, "the tensor `{name}` in `{}` is `{found}`, expected `{expected}`", file.display())
            }
        }
    }
}

impl std::error::Error for TrainError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TrainError::Io { source, .. } => Some(source),
            TrainError::Data(error) => std::error::Error::source(error),
            TrainError::Weights(error) => std::error::Error::source(error),
            TrainError::Start(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl std::error::Error for WeightsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            WeightsError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
