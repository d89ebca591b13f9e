//! What a run asks for as its data: a set with its arguments, and the portions to make of it.

use crate::{
    DataError, Dataset,
    arrays::Arrays,
    cifar::Labels,
    mnist1d,
    ode::{Ode, Rates, VanDerPol},
    pictures::{Held, Pictures},
    portions::{self, Portions},
    registry::{self, Places},
    smooth::Field,
};
use serde::Serialize;
use std::path::Path;

/// Data as they are asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// The set.
    #[serde(flatten)]
    pub source: Source,
    /// The parts to make of it.
    #[serde(flatten)]
    pub portions: Portions,
}

/// A set with its arguments; written with the name it is asked for by as `set`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "set", rename_all = "kebab-case")]
pub enum Source {
    /// MNIST-1D, generated.
    Mnist1d(mnist1d::Arguments),
    /// MNIST.
    Mnist,
    /// Fashion-MNIST.
    FashionMnist,
    /// CIFAR-10.
    Cifar10,
    /// CIFAR-100.
    Cifar100 {
        /// Which of its two labels.
        labels: Labels,
    },
    /// Tiny ImageNet.
    TinyImagenet(Pictures),
    /// Caltech-101.
    #[serde(rename = "caltech101")]
    Caltech101(Folder),
    /// A folder of image files.
    Folder {
        /// Where it lies.
        path: String,
        /// How they are read.
        #[serde(flatten)]
        folder: Folder,
    },
    /// Arrays in files.
    Arrays(Arrays),
    /// The van der Pol oscillator.
    VanDerPol(VanDerPol),
    /// A smooth random function.
    Smooth(Field),
    /// Equations in formulas.
    Ode(Ode),
}

/// Image files of which some are held out for the test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Folder {
    /// How images are read.
    #[serde(flatten)]
    pub pictures: Pictures,
    /// The share of each class that is tested on where no folder says it.
    pub test_share: f64,
}

/// Makes a function of the formulas of a system, or says which argument is none.
pub type Reader<'a> = &'a dyn Fn(&Ode) -> Result<Box<Rates<'static>>, DataError>;

impl Source {
    /// The name it is asked for by.
    pub fn name(&self) -> &'static str {
        match self {
            Source::Mnist1d(_) => "mnist1d",
            Source::Mnist => "mnist",
            Source::FashionMnist => "fashion-mnist",
            Source::Cifar10 => "cifar10",
            Source::Cifar100 { .. } => "cifar100",
            Source::TinyImagenet(_) => "tiny-imagenet",
            Source::Caltech101(_) => "caltech101",
            Source::Folder { .. } => "folder",
            Source::Arrays(_) => "arrays",
            Source::VanDerPol(_) => "van-der-pol",
            Source::Smooth(_) => "smooth",
            Source::Ode(_) => "ode",
        }
    }

    /// Refuses arguments that are out of range, as [`Request::load`] would.
    pub fn check(&self) -> Result<(), DataError> {
        match self {
            Source::Mnist1d(arguments) => arguments.check(),
            Source::Caltech101(folder) | Source::Folder { folder, .. } => portions::check_share(folder.test_share),
            Source::Arrays(arrays) => portions::check_share(arrays.test_share),
            Source::VanDerPol(oscillator) => oscillator.check(),
            Source::Smooth(field) => field.check(),
            Source::Ode(ode) => ode.orbit.check(ode.state.len()),
            Source::Mnist | Source::FashionMnist | Source::Cifar10 | Source::Cifar100 { .. } | Source::TinyImagenet(_) => Ok(()),
        }
    }

    /// Whether it names files of the user, whose relative paths start at a folder.
    pub fn has_paths(&self) -> bool {
        matches!(self, Source::Folder { .. } | Source::Arrays(_))
    }
}

impl Request {
    /// The whole set, with every argument at its default.
    pub fn of(source: Source) -> Self {
        Self { source, portions: Portions::default() }
    }

    /// Reads or generates the data. A known set is looked for in `folder` if given, then in `places`; the paths of a user's own files
    /// start at `folder`.
    pub fn load(&self, folder: Option<&Path>, places: &Places, read_rates: Reader) -> Result<Dataset, DataError> {
        let mut data = self.whole(folder, places, read_rates)?;
        self.portions.apply(&mut data)?;
        Ok(data)
    }

    fn whole(&self, folder: Option<&Path>, places: &Places, read_rates: Reader) -> Result<Dataset, DataError> {
        let Portions { stratified, split_seed: seed, .. } = self.portions;
        let base = folder.unwrap_or(Path::new(""));
        let set = || registry::find(self.source.name());
        let held = |folder: &Folder| Held { share: folder.test_share, seed };
        match &self.source {
            Source::Mnist | Source::FashionMnist | Source::Cifar10 => registry::load(self.source.name(), folder, places),
            Source::Cifar100 { labels } => registry::load_cifar100(*labels, folder, places),
            Source::Mnist1d(arguments) => mnist1d::dataset(arguments),
            Source::TinyImagenet(pictures) => pictures.of_tiny_imagenet(&registry::place(set()?, folder, places)?),
            Source::Caltech101(how) => how.pictures.of_caltech101(&registry::place(set()?, folder, places)?, held(how)),
            Source::Folder { path, folder: how } => how.pictures.folder(&base.join(path), held(how)),
            Source::Arrays(arrays) => arrays.read(base, stratified, seed),
            Source::VanDerPol(oscillator) => oscillator.dataset(),
            Source::Smooth(field) => field.dataset(),
            Source::Ode(ode) => {
                let title = format!("differential equations of {}", ode.state.join(", "));
                ode.orbit.dataset("ode", &title, ode.state.len(), &*read_rates(ode)?)
            }
        }
    }
}
