//! The known sets: what they are, where they are looked for, and how a name becomes a [`Dataset`].

mod places;
mod sets;

pub use places::{Found, Look, Places};
pub(crate) use places::{look_in, path_in};
pub use sets::SETS;

use crate::{
    DataError, Dataset, Part, Split, Task, cifar,
    file::Contents,
    idx, mnist1d,
    pictures::{Held, Pictures},
};
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// The share of Caltech-101 that Ball et al. test on.
pub const CALTECH101_TEST_SHARE: f64 = 0.15;

/// What is known of a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownSet {
    /// The name it is asked for by.
    pub name: &'static str,
    /// The name its authors gave it.
    pub title: &'static str,
    /// The shape of a sample.
    pub sample: &'static [usize],
    /// The number of classes.
    pub classes: usize,
    /// The number of training samples.
    pub train: usize,
    /// The number of test samples.
    pub test: usize,
    /// Its home page.
    pub home: &'static str,
    /// Its licence, in words.
    pub licence: &'static str,
    /// How its files are written; nothing for a generated set.
    pub format: Option<Format>,
    /// Its files as they are read; the order matters to the format.
    pub files: &'static [DataFile],
    /// What tells the folder of a set of image files: folders and files in it.
    pub marks: &'static [&'static str],
    /// The folder its files lie in inside the published archive, or nothing.
    pub inner: Option<&'static str>,
    /// The address that the downloads stand below.
    pub base: &'static str,
    /// What is downloaded: the files themselves packed with gzip, or one archive.
    pub downloads: &'static [Download],
}

/// How the files of a set are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// IDX: training images, training labels, test images, test labels.
    Idx {
        /// The rows and columns of an image.
        size: [usize; 2],
    },
    /// CIFAR binary batches.
    Cifar(cifar::Labels),
    /// Image files in folders, laid out as Tiny ImageNet is.
    TinyImagenet,
    /// Image files in folders, laid out as Caltech-101 is.
    Caltech101,
}

/// One file of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataFile {
    /// Its name, unpacked.
    pub name: &'static str,
    /// The split it belongs to.
    pub part: Part,
    /// The SHA-256 of the published contents, unpacked.
    pub sha256: &'static str,
}

/// One file of the published distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Download {
    /// Its name below the base address.
    pub file: &'static str,
    /// Its length.
    pub bytes: u64,
    /// Its published MD5.
    pub md5: &'static str,
    /// Its SHA-256.
    pub sha256: &'static str,
}

/// Where the data of a set come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// Computed here.
    Generated,
    /// Every file is the published one.
    Published,
    /// At least one file has another checksum than the published one.
    Other,
    /// There are too many files for a checksum each.
    Unknown,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// Where it lies.
    pub path: PathBuf,
    /// Its unpacked length.
    pub bytes: u64,
    /// The SHA-256 of its unpacked contents.
    pub sha256: String,
    /// Whether that is the published checksum.
    pub published: bool,
}

/// A known set and where it was looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The set.
    pub set: &'static KnownSet,
    /// Every folder looked at, in order; none for a generated set.
    pub looked: Vec<Look>,
}

/// A data set and the files it was read from.
pub(crate) struct Loaded {
    pub dataset: Dataset,
    pub folder: Option<PathBuf>,
    pub files: Vec<FileFacts>,
    pub provenance: Provenance,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Provenance::Generated => "generated",
            Provenance::Published => "published files",
            Provenance::Other => "other bytes than the published set",
            Provenance::Unknown => "files without published checksums",
        })
    }
}

/// Finds a set by its name.
pub fn find(name: &str) -> Result<&'static KnownSet, DataError> {
    SETS.iter().find(|set| set.name == name).ok_or_else(|| DataError::UnknownSet {
        name: name.into(),
        nearest: SETS.iter().find(|set| bare(set.name) == bare(name)).map(|set| set.name),
        known: SETS.iter().map(|set| set.name).collect(),
    })
}

fn bare(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Every known set, and what the places hold of it.
pub fn list(places: &Places) -> Vec<Listing> {
    SETS.iter().map(|set| Listing { set, looked: places.look(set, None) }).collect()
}

/// Reads a set from the first place that holds any of it: `folder` if given, then `places`.
pub fn load(name: &str, folder: Option<&Path>, places: &Places) -> Result<Dataset, DataError> {
    Ok(read(find(name)?, folder, places)?.dataset)
}

/// Reads CIFAR-100 with the labels asked for.
pub(crate) fn load_cifar100(labels: cifar::Labels, folder: Option<&Path>, places: &Places) -> Result<Dataset, DataError> {
    let set = find("cifar100")?;
    let mut data = read_folder(set, Format::Cifar(labels), &place(set, folder, places)?)?.dataset;
    if labels == cifar::Labels::Coarse {
        data.source += ", 20 coarse labels";
    }
    Ok(data)
}

pub(crate) fn read(set: &KnownSet, folder: Option<&Path>, places: &Places) -> Result<Loaded, DataError> {
    let Some(format) = set.format else {
        let dataset = mnist1d::dataset(&mnist1d::Arguments::default())?;
        return Ok(Loaded { dataset, folder: None, files: Vec::new(), provenance: Provenance::Generated });
    };
    read_folder(set, format, &place(set, folder, places)?)
}

/// The folder that holds the set: the first that holds any of it.
pub(crate) fn place(set: &KnownSet, folder: Option<&Path>, places: &Places) -> Result<PathBuf, DataError> {
    let looked = places.look(set, folder);
    match looked.iter().find(|look| look.found != Found::Nothing) {
        Some(Look { folder, found: Found::Whole }) => Ok(folder.clone()),
        Some(Look { folder, found: Found::Part { missing } }) => {
            Err(DataError::MissingFiles { set: set.name, folder: folder.clone(), missing: missing.clone() })
        }
        _ => Err(DataError::NotFound { set: set.name, looked: looked.into_iter().map(|look| look.folder).collect() }),
    }
}

/// Reads a set from a folder that holds all of its files.
fn read_folder(set: &KnownSet, format: Format, folder: &Path) -> Result<Loaded, DataError> {
    let held = Held { share: CALTECH101_TEST_SHARE, seed: 0 };
    let dataset = match format {
        Format::TinyImagenet => Some(Pictures::default().of_tiny_imagenet(folder)?),
        Format::Caltech101 => Some(Pictures::caltech101().of_caltech101(folder, held)?),
        Format::Idx { .. } | Format::Cifar(_) => None,
    };
    match dataset {
        Some(dataset) => Ok(Loaded { dataset, folder: Some(folder.into()), files: Vec::new(), provenance: Provenance::Unknown }),
        None => read_files(set, format, folder),
    }
}

fn read_files(set: &KnownSet, format: Format, folder: &Path) -> Result<Loaded, DataError> {
    let contents = contents(set, folder)?;
    let files: Vec<FileFacts> = contents.iter().zip(set.files).map(|(contents, file)| facts(contents, file)).collect();
    let published = files.iter().all(|file| file.published);
    let provenance = if published { Provenance::Published } else { Provenance::Other };
    let (test, train) = contents.into_iter().zip(set.files).partition(|(_, file)| file.part == Part::Test);
    let dataset = Dataset {
        name: set.name.into(),
        train: split(set, format, train)?,
        test: split(set, format, test)?,
        validation: Split::default(),
        task: Task::Classes(match format {
            Format::Cifar(labels) => labels.classes(),
            _ => set.classes,
        }),
        sample: set.sample.to_vec(),
        source: format!("{} ({})", set.title, format.words(provenance)),
    };
    Ok(Loaded { dataset, folder: Some(folder.into()), files, provenance })
}

/// Whether a folder that holds all files of a set holds the published ones.
pub(crate) fn is_published(set: &KnownSet, folder: &Path) -> Result<bool, DataError> {
    Ok(contents(set, folder)?.iter().zip(set.files).all(|(contents, file)| facts(contents, file).published))
}

fn contents(set: &KnownSet, folder: &Path) -> Result<Vec<Contents>, DataError> {
    let path = |name| path_in(folder, name).unwrap_or_else(|| folder.join(name));
    set.files.iter().map(|file| Contents::read(&path(file.name))).collect()
}

fn facts(contents: &Contents, file: &DataFile) -> FileFacts {
    let sha256 = contents.sha256();
    let published = sha256 == file.sha256;
    FileFacts { path: contents.path.clone(), bytes: contents.bytes.len() as u64, sha256, published }
}

fn split(set: &KnownSet, format: Format, files: Vec<(Contents, &DataFile)>) -> Result<Split, DataError> {
    let contents: Vec<Contents> = files.into_iter().map(|(contents, _)| contents).collect();
    match format {
        Format::Idx { size } => match <[Contents; 2]>::try_from(contents) {
            Ok([images, labels]) => idx::split(images, labels, size, set.classes),
            Err(_) => unreachable!("the table of sets names one image and one label file for each split"),
        },
        Format::Cifar(labels) => cifar::split(&contents, labels),
        Format::TinyImagenet | Format::Caltech101 => unreachable!("sets of image files are read elsewhere"),
    }
}

impl Format {
    fn words(self, provenance: Provenance) -> String {
        let files = match self {
            Format::Idx { .. } => "IDX files",
            Format::Cifar(_) => "binary batches",
            Format::TinyImagenet | Format::Caltech101 => "JPEG files",
        };
        let relation = match provenance {
            Provenance::Other => "differs from",
            _ => "equals",
        };
        format!("{files}, checksum {relation} the published set")
    }
}
