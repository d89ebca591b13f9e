//! Everything that can go wrong with data, as one type.

mod words;

use std::{io, path::PathBuf};

/// Declares the error type together with its fieldless kinds, so that the two cannot drift apart.
macro_rules! errors {
    ($( $(#[$doc:meta])* $name:ident { $( $(#[$field_doc:meta])* $field:ident: $type:ty ),* $(,)? } )*) => {
        /// A problem with a data set, with everything its message needs.
        ///
        /// [`Display`](std::fmt::Display) is the headline, [`help`](DataError::help) the advice.
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum DataError {
            $( $(#[$doc])* $name { $( $(#[$field_doc])* $field: $type ),* }, )*
        }

        /// What sort of problem a [`DataError`] is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum DataErrorKind {
            $( $(#[$doc])* $name, )*
        }

        impl DataErrorKind {
            /// Every kind, in the order of the declaration.
            pub const ALL: &[DataErrorKind] = &[$( DataErrorKind::$name ),*];
        }

        impl DataError {
            /// What sort of problem this is.
            pub fn kind(&self) -> DataErrorKind {
                match self { $( DataError::$name { .. } => DataErrorKind::$name, )* }
            }
        }
    };
}

errors! {
    /// No data set has this name.
    UnknownSet {
        /// The name asked for.
        name: String,
        /// A known name that differs only in case, hyphens or underscores.
        nearest: Option<&'static str>,
        /// Every known name.
        known: Vec<&'static str>,
    }
    /// None of the places looked at holds the set.
    NotFound {
        /// The name of the set.
        set: &'static str,
        /// The folders looked at, in order.
        looked: Vec<PathBuf>,
    }
    /// A folder holds a part of the set's files.
    MissingFiles {
        /// The name of the set.
        set: &'static str,
        /// The folder.
        folder: PathBuf,
        /// The files that are not there.
        missing: Vec<&'static str>,
    }
    /// A file could not be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    }
    /// A file begins like gzip and does not unpack.
    Gzip {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    }
    /// A file unpacks to more than any known set needs.
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        limit: u64,
    }
    /// The first four bytes of an IDX file name another format or another number of dimensions.
    Magic {
        /// The file.
        path: PathBuf,
        /// The number an IDX file of this sort starts with.
        expected: u32,
        /// The number it starts with.
        found: u32,
    }
    /// A file ends before the data its header declares.
    Truncated {
        /// The file.
        path: PathBuf,
        /// Where it ends: its unpacked length in bytes.
        offset: u64,
        /// The length its header declares.
        expected: u64,
    }
    /// A file goes on after the data its header declares.
    Trailing {
        /// The file.
        path: PathBuf,
        /// The length its header declares: where the surplus begins.
        offset: u64,
        /// Its unpacked length in bytes.
        found: u64,
    }
    /// The images have another size than the set's.
    ImageSize {
        /// The file.
        path: PathBuf,
        /// Rows and columns of the set.
        expected: [usize; 2],
        /// Rows and columns in the header.
        found: [usize; 2],
    }
    /// A file holds no samples.
    Empty {
        /// The file.
        path: PathBuf,
    }
    /// A label is not one of the set's classes.
    Label {
        /// The file.
        path: PathBuf,
        /// Where the label stands in the unpacked file.
        offset: u64,
        /// Which sample it belongs to, from 0.
        sample: usize,
        /// The label.
        found: u8,
        /// The number of classes.
        classes: usize,
    }
    /// An image file and its label file hold different numbers of samples.
    Counts {
        /// The image file.
        images: PathBuf,
        /// The number of images.
        image_count: usize,
        /// The label file.
        labels: PathBuf,
        /// The number of labels.
        label_count: usize,
    }
    /// A CIFAR batch is not a whole number of records long.
    RecordLength {
        /// The file.
        path: PathBuf,
        /// The length of a record in bytes.
        record: usize,
        /// The length of the file in bytes.
        found: u64,
    }
    /// A normalisation names another number of channels than the set has.
    Channels {
        /// Which list: `mean` or `std`.
        list: &'static str,
        /// The number of channels of the set.
        expected: usize,
        /// The length of the list.
        found: usize,
    }
    /// A normalisation holds a number that cannot be used.
    Normalisation {
        /// Which list: `mean` or `std`.
        list: &'static str,
        /// The channel, from 0.
        channel: usize,
        /// The number.
        found: f32,
    }
    /// An argument of a set is out of range.
    Argument {
        /// The name of the argument.
        argument: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    }
    /// An image file that is not one, or not whole.
    Picture {
        /// The file.
        path: PathBuf,
        /// What its reader says.
        reason: String,
    }
    /// An image has another size than the first one.
    UnlikeSizes {
        /// The file.
        path: PathBuf,
        /// Rows and columns of the first.
        expected: [usize; 2],
        /// Its rows and columns.
        found: [usize; 2],
    }
    /// A folder that should hold a folder for each class holds fewer than two, or too many.
    ClassFolders {
        /// The folder.
        path: PathBuf,
        /// How many folders it holds.
        found: usize,
    }
    /// A list of labels names a class of which there is no training sample.
    UnknownClass {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The class.
        class: String,
    }
    /// A file of arrays cannot be read as one.
    Array {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; a predicate.
        reason: String,
    }
    /// A file holds no array or column of this name.
    ArrayName {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    }
    /// An array has a shape that it cannot have.
    ArrayShape {
        /// The file.
        path: PathBuf,
        /// Its shape.
        found: String,
        /// What it may be.
        expected: String,
    }
    /// An array holds a value that it cannot hold.
    ArrayValue {
        /// The file.
        path: PathBuf,
        /// Which sample, from 0.
        sample: usize,
        /// The value.
        found: String,
        /// What it may be.
        expected: &'static str,
    }
    /// There are more or fewer targets than samples.
    Pairs {
        /// Where the samples are.
        inputs: PathBuf,
        /// How many there are.
        input_count: usize,
        /// Where the targets are.
        targets: PathBuf,
        /// How many there are.
        target_count: usize,
    }
    /// A part of a split would have more samples than there are, or would leave none.
    Portion {
        /// Which: `subset`, `validation` or `test_share`.
        argument: &'static str,
        /// How many samples are asked for.
        count: usize,
        /// The most there can be.
        most: usize,
    }
    /// A trajectory leaves the range of numbers.
    Diverged {
        /// When.
        time: f64,
    }
    /// hetc does not download this set.
    ByHand {
        /// The name of the set.
        set: &'static str,
        /// Where it is to be had.
        home: &'static str,
    }
    /// The set is generated; there is nothing to download.
    NothingToGet {
        /// The name of the set.
        set: &'static str,
    }
    /// A download would replace files that are not the published ones.
    WouldReplace {
        /// The file or folder in the way.
        path: PathBuf,
    }
    /// The server could not be reached, or the connection broke.
    Network {
        /// The address.
        url: String,
        /// What the network said.
        reason: String,
    }
    /// The connection ended before the whole file had arrived.
    CutShort {
        /// The address.
        url: String,
        /// The length the server announced.
        expected: u64,
        /// The bytes that arrived.
        found: u64,
    }
    /// The server sends more than the published file holds.
    TooLong {
        /// The address.
        url: String,
        /// The length of the published file in bytes.
        expected: u64,
    }
    /// The server answered with something other than the file.
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    }
    /// A downloaded file has another checksum than the published one.
    Checksum {
        /// The address.
        url: String,
        /// `MD5` or `SHA-256`.
        algorithm: &'static str,
        /// The published checksum.
        expected: String,
        /// The checksum of what arrived.
        found: String,
    }
    /// An archive holds something that does not belong to the set.
    Archive {
        /// The address it came from.
        url: String,
        /// What is wrong with it.
        reason: String,
    }
    /// A file could not be written.
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DataError::Read { cause, .. } | DataError::Gzip { cause, .. } | DataError::Write { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
