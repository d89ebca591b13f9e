//! Weights that a training starts from instead of drawn ones: those of a file, in all tensors but some.
//!
//! What a run is depends on the content of the files and not on where they lie: before it begins, [`Start::read`] says their SHA-256, which
//! its settings keep. A training reads the files once more when it begins, and not when it goes on from a checkpoint.

use crate::config::TrainConfig;
use crate::digest::bytes_hash;
use crate::error::TrainError;
use crate::init::init;
use crate::params::{Entry, Table, Weights};
use crate::select::{Selector, meant};
use hetc_compiler::plan::Plan;
use hetc_exchange::import::{self, Misfits};
use hetc_exchange::names::NameMap;
use hetc_exchange::tensors::{self, Tensors};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::{fmt, io};

/// Which weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// A safetensors file: a run's `model.safetensors`, or what another framework has written.
    pub weights: PathBuf,
    /// A file that says which of its tensors is which of the network's; without it they are guessed, as [`NameMap::guess`] says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<PathBuf>,
    /// Tensors that keep their drawn start, whatever the file has for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fresh: Vec<Selector>,
    /// SHA-256 of the weights file, the map behind it if there is one, in hexadecimal; unknown until [`Start::read`] says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// The content of the files.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    tensors: Tensors,
    /// `None`: to be guessed for each network.
    map: Option<NameMap>,
    /// Of the weights file, the map behind it if there is one, in hexadecimal.
    pub sha256: String,
}

/// Why a training cannot start from a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// It cannot be read.
    Io {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is not what it should be.
    Malformed {
        /// The file.
        file: PathBuf,
        /// What it should be: `safetensors file`, `name map`.
        expected: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Not the files whose SHA-256 the settings have.
    Other {
        /// The weights file.
        file: PathBuf,
        /// The SHA-256 of what is there now.
        found: String,
    },
    /// Its tensors are not the network's.
    Misfits {
        /// The weights file.
        file: PathBuf,
        /// The network.
        net: String,
        /// All that does not fit.
        misfits: Misfits,
    },
}

impl Start {
    /// Lets relative paths start at `folder`.
    pub fn place(&mut self, folder: &Path) {
        for path in std::iter::once(&mut self.weights).chain(&mut self.map) {
            let joined = folder.join(&*path);
            *path = std::path::absolute(&joined).unwrap_or(joined);
        }
    }

    /// Without where the files lie, if their content is known.
    pub fn essence(&self) -> Self {
        match &self.sha256 {
            Some(_) => Self { weights: PathBuf::new(), map: None, ..self.clone() },
            None => self.clone(),
        }
    }

    /// Reads the files.
    ///
    /// # Errors
    /// All of [`StartError`] but [`StartError::Misfits`].
    pub fn read(&self) -> Result<Content, StartError> {
        let read = |file: &Path| std::fs::read(file).map_err(|source| StartError::Io { file: file.into(), source });
        let malformed = |file: &Path, expected| {
            let file = file.to_path_buf();
            move |reason: String| StartError::Malformed { file, expected, reason }
        };
        let mut bytes = read(&self.weights)?;
        let tensors = tensors::read(&bytes).map_err(malformed(&self.weights, "safetensors file"))?;
        let mut map = None;
        if let Some(file) = &self.map {
            let text = read(file)?;
            map = Some(NameMap::from_text(&String::from_utf8_lossy(&text)).map_err(malformed(file, "name map"))?);
            bytes.extend(text);
        }
        let sha256 = bytes_hash(&bytes);
        match &self.sha256 {
            Some(known) if *known != sha256 => Err(StartError::Other { file: self.weights.clone(), found: sha256 }),
            _ => Ok(Content { tensors, map, sha256 }),
        }
    }

    /// Says everything about `content` that does not fit `plan`.
    ///
    /// # Errors
    /// [`StartError::Misfits`].
    pub fn check(&self, content: &Content, plan: &Plan) -> Result<(), StartError> {
        self.take(content, plan, &Table::of(plan)).map(|_| ())
    }

    /// What [`Start::fresh`] says of no tensor.
    pub fn strangers<'s>(&'s self, table: &Table) -> Vec<&'s Selector> {
        let unknown = |selector: &&Selector| !table.params.iter().chain(&table.state).any(|entry| selector.means(entry));
        self.fresh.iter().filter(unknown).collect()
    }

    fn take<'t>(&self, content: &'t Content, plan: &Plan, table: &'t Table) -> Result<Vec<(&'t Entry, &'t [f32])>, StartError> {
        let Content { tensors, map, .. } = content;
        let map = map.clone().unwrap_or_else(|| NameMap::guess(plan, tensors));
        import::take(table, tensors, &map, &|entry| !meant(&self.fresh, entry)).map_err(|misfits| StartError::Misfits {
            file: self.weights.clone(),
            net: plan.net.clone(),
            misfits,
        })
    }
}

/// The weights that a training of `plan` with `seed` begins with: drawn ones, and a file's in their place where `config` says so.
///
/// # Errors
/// [`TrainError::Start`] if that file cannot be read, is another one, or does not fit.
pub fn weights(plan: &Plan, table: &Table, config: &TrainConfig, seed: u64) -> Result<Weights, TrainError> {
    let mut weights = init(plan, table, config.init, seed);
    if let Some(start) = &config.start {
        let content = start.read()?;
        start.take(&content, plan, table)?.into_iter().for_each(|(entry, numbers)| weights.put(entry, numbers));
    }
    Ok(weights)
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Io { file, source } => write!(f, "cannot read `{}`: {source}", file.display()),
            StartError::Malformed { file, expected, reason } => write!(f, "`{}` is no {expected}: {reason}", file.display()),
            StartError::Other { file, found } => {
                write!(f, "`{}`, or its map, is not what the run starts from: its SHA-256 is {found}", file.display())
            }
            StartError::Misfits { file, net, misfits } => {
                write!(f, "`{}` does not hold the weights of `{net}`:\n{misfits}", file.display())
            }
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
