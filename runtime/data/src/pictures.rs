//! Folders of PNG and JPEG files: a folder for each class, and the two published sets that lie that way.
//!
//! Classes are the names of their folders in alphabetical order, samples the files in that order. Files that are neither `.png` nor
//! `.jpg` nor `.jpeg` are passed over.

mod fit;
mod layout;

pub use fit::{Fit, Size};

use crate::{DataError, Dataset, Pixels, Split, Targets, Task, portions};
use layout::{Labelled, class_folders, labelled, tiny_imagenet_test};
use rayon::prelude::*;
use serde::Serialize;
use std::path::Path;

/// How image files become samples of one size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pictures {
    /// What is done to each image, in order.
    pub fit: Vec<Fit>,
    /// In which colours.
    pub channels: Channels,
}

/// The colours of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channels {
    /// Red, green and blue.
    Rgb,
    /// Grey: of coloured images the luma of ITU-R BT.709.
    Grey,
}

impl Channels {
    /// How many there are.
    pub fn count(self) -> usize {
        match self {
            Channels::Rgb => 3,
            Channels::Grey => 1,
        }
    }
}

/// Which files are tested on where no folder says it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// The share of each class that is tested on.
    pub share: f64,
    /// The seed of the choice.
    pub seed: u32,
}

impl Default for Pictures {
    /// Images as they are, in colour.
    fn default() -> Self {
        Self { fit: Vec::new(), channels: Channels::Rgb }
    }
}

impl Pictures {
    /// Those of Ball et al. for Caltech-101: a centre crop of 256, black where an image is smaller, then 64 × 64.
    pub fn caltech101() -> Self {
        Self { fit: vec![Fit::CentreCrop(256), Fit::Resize(Size::Shorter(64))], channels: Channels::Rgb }
    }

    /// A folder of classes, or of `train` and `test` with a folder of classes each.
    pub fn folder(&self, folder: &Path, held: Held) -> Result<Dataset, DataError> {
        let [train, test] = ["train", "test"].map(|part| folder.join(part));
        if train.is_dir() && test.is_dir() {
            let classes = class_folders(&train, &[])?;
            let splits = [labelled(&train, &classes)?, labelled(&test, &classes)?];
            return self.dataset(splits, classes.len(), format!("images of `{}`", folder.display()));
        }
        self.held_out(folder, &[], held, &format!("images of `{}`", folder.display()))
    }

    /// Caltech-101 in its folder `101_ObjectCategories`, without the background class: 101 classes.
    pub fn of_caltech101(&self, folder: &Path, held: Held) -> Result<Dataset, DataError> {
        let mut data =
            self.held_out(folder, &["BACKGROUND_Google"], held, "Caltech-101 (JPEG files, without the background class)")?;
        data.name = "caltech101".into();
        Ok(data)
    }

    /// Tiny ImageNet in its folder `tiny-imagenet-200`; its validation split is what is tested on, as its test split has no labels.
    pub fn of_tiny_imagenet(&self, folder: &Path) -> Result<Dataset, DataError> {
        let train = folder.join("train");
        let classes = class_folders(&train, &[])?;
        let splits = [labelled(&train, &classes)?, tiny_imagenet_test(&folder.join("val"), &classes)?];
        let source = "Tiny ImageNet (JPEG files; tested on the official validation split)".into();
        let mut data = self.dataset(splits, classes.len(), source)?;
        data.name = "tiny-imagenet".into();
        Ok(data)
    }

    fn held_out(&self, folder: &Path, without: &[&str], held: Held, title: &str) -> Result<Dataset, DataError> {
        let classes = class_folders(folder, without)?;
        let mut data = self.dataset([labelled(folder, &classes)?, Vec::new()], classes.len(), title.into())?;
        portions::hold_out(&mut data, held.share, true, held.seed)?;
        Ok(data)
    }

    fn dataset(&self, splits: [Vec<Labelled>; 2], classes: usize, source: String) -> Result<Dataset, DataError> {
        let size = match splits[0].first() {
            Some(first) => self.read(&first.path)?.0,
            None => [0, 0],
        };
        let [train, test] = splits.map(|files| self.split(&files, size));
        Ok(Dataset {
            name: "folder".into(),
            train: train?,
            validation: Split::default(),
            test: test?,
            task: Task::Classes(classes),
            sample: vec![self.channels.count(), size[0], size[1]],
            source: source + &self.words(),
        })
    }

    fn words(&self) -> String {
        self.fit.iter().map(|fit| format!(", {fit}")).collect()
    }

    fn split(&self, files: &[Labelled], size: [usize; 2]) -> Result<Split, DataError> {
        let read = |file: &Labelled| match self.read(&file.path)? {
            (found, bytes) if found == size => Ok(bytes),
            (found, _) => Err(DataError::UnlikeSizes { path: file.path.clone(), expected: size, found }),
        };
        let images: Result<Vec<Vec<u8>>, DataError> = files.par_iter().map(read).collect();
        let targets = Targets::Classes(files.iter().map(|file| file.class).collect());
        Ok(Split { inputs: Pixels::Bytes(images?.concat()), targets })
    }

    /// The rows and columns of an image once it fits, and its channels one after the other.
    fn read(&self, path: &Path) -> Result<([usize; 2], Vec<u8>), DataError> {
        let unreadable = |cause| DataError::Read { path: path.into(), cause };
        let reader = image::ImageReader::open(path).and_then(|reader| reader.with_guessed_format()).map_err(unreadable)?;
        let image = reader.decode().map_err(|error| DataError::Picture { path: path.into(), reason: error.to_string() })?;
        Ok(match self.channels {
            Channels::Grey => fit::planes(fit::all(&self.fit, image.into_luma8())),
            Channels::Rgb => fit::planes(fit::all(&self.fit, image.into_rgb8())),
        })
    }
}
