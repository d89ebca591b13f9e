//! Where data sets lie on a machine, and what a place holds.

use super::KnownSet;
use std::{
    env,
    path::{Path, PathBuf},
};

/// Folders in which each set has a folder of its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    /// The user's, in the order they are looked at; downloads go to the first.
    pub user: Vec<PathBuf>,
    /// The system's, looked at last and never written to.
    pub system: Vec<PathBuf>,
}

/// A folder that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The folder.
    pub folder: PathBuf,
    /// What it holds of the set.
    pub found: Found,
}

/// What a folder holds of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// None of its files, or there is no such folder.
    Nothing,
    /// Some of its files.
    Part {
        /// The others.
        missing: Vec<&'static str>,
    },
    /// All of its files.
    Whole,
}

impl Places {
    /// The places of this machine: `$HETC_DATA`, `$XDG_DATA_HOME/hetc` or `~/.local/share/hetc`, and `/usr/share/datasets`.
    ///
    /// The only access to the environment in this crate.
    pub fn from_environment() -> Self {
        let absolute = |variable| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        let own = env::var_os("HETC_DATA").filter(|path| !path.is_empty()).map(PathBuf::from);
        let share = absolute("XDG_DATA_HOME").or_else(|| env::home_dir().map(|home| home.join(".local/share")));
        let user = own.into_iter().chain(share.map(|share| share.join("hetc"))).collect();
        Self { user, system: vec!["/usr/share/datasets".into()] }
    }

    /// Where a download of a set goes unless another folder is named.
    pub fn target(&self, set: &KnownSet) -> Option<PathBuf> {
        self.user.first().map(|place| place.join(set.name))
    }

    /// Looks for a set in `folder` if given, then in every place; nowhere for a generated set.
    pub fn look(&self, set: &KnownSet, folder: Option<&Path>) -> Vec<Look> {
        if set.format.is_none() {
            return Vec::new();
        }
        let named = folder.into_iter().flat_map(|folder| [folder.to_path_buf(), folder.join(set.name)]);
        let known = self.user.iter().chain(&self.system).map(|place| place.join(set.name));
        named.chain(known).map(|folder| look_in(set, folder)).collect()
    }
}

/// What a folder holds, be it the files or the folder they lie in inside the published archive.
pub(crate) fn look_in(set: &KnownSet, folder: PathBuf) -> Look {
    let inside = set.inner.map(|inner| folder.join(inner));
    let looks = [folder.clone()].into_iter().chain(inside).map(|folder| Look { found: found(set, &folder), folder });
    let held = looks.into_iter().find(|look| look.found != Found::Nothing);
    held.unwrap_or(Look { folder, found: Found::Nothing })
}

fn found(set: &KnownSet, folder: &Path) -> Found {
    let files = set.files.iter().map(|file| file.name).filter(|name| path_in(folder, name).is_none());
    let marks = set.marks.iter().copied().filter(|mark| !folder.join(mark).exists());
    let missing: Vec<&'static str> = files.chain(marks).collect();
    match missing.len() {
        0 => Found::Whole,
        n if n == set.files.len() + set.marks.len() => Found::Nothing,
        _ => Found::Part { missing },
    }
}

/// A file of a folder, as it is or packed with gzip.
pub(crate) fn path_in(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(name), folder.join(format!("{name}.gz"))].into_iter().find(|path| path.is_file())
}
