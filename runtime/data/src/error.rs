//! Everything that can go wrong with data, as one type.

use std::{fmt, io, path::PathBuf};

/// Declares the error type together with its fieldless kinds, so that the two cannot drift apart.
macro_rules! errors {
    ($( $(#[$doc:meta])* $name:ident { $( $(#[$field_doc:meta])* $field:ident: $type:ty ),* $(,)? } )*) => {
        /// A problem with a data set, with everything its message needs.
        ///
        /// [`Display`](fmt::Display) is the headline, [`help`](DataError::help) the advice.
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
    /// An argument of the MNIST-1D generator is out of range.
    Argument {
        /// The name of the argument.
        argument: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
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

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use DataError::*;
        match self {
            UnknownSet { name, .. } => write!(f, "there is no data set `{name}`"),
            NotFound { set, looked } => {
                write!(f, "data set `{set}` was not found in {} looked at", count(looked.len(), "folder"))
            }
            MissingFiles { set, folder, missing } => {
                write!(f, "`{}` holds a part of `{set}`: {} missing", folder.display(), are(missing))
            }
            Read { path, cause } => write!(f, "`{}` cannot be read: {cause}", path.display()),
            Gzip { path, cause } => write!(f, "`{}` starts like gzip but does not unpack: {cause}", path.display()),
            TooLarge { path, limit } => write!(f, "`{}` holds more than {limit} bytes, the most that is read", path.display()),
            Magic { path, expected, found } => {
                write!(f, "`{}` starts with `{found:#010x}`, expected `{expected:#010x}`", path.display())
            }
            Truncated { path, offset, expected } => {
                write!(f, "`{}` ends at byte {offset}, expected {expected} bytes", path.display())
            }
            Trailing { path, offset, found } => {
                write!(f, "`{}` is {found} bytes long, expected its end at byte {offset}", path.display())
            }
            ImageSize { path, expected, found } => write!(
                f,
                "`{}` holds images of {} × {}, expected {} × {}",
                path.display(),
                found[0],
                found[1],
                expected[0],
                expected[1]
            ),
            Empty { path } => write!(f, "`{}` holds no samples", path.display()),
            Label { path, offset, sample, found, classes } => write!(
                f,
                "`{}` gives sample {sample} the label {found} at byte {offset}, expected 0 to {}",
                path.display(),
                classes.saturating_sub(1)
            ),
            Counts { images, image_count, labels, label_count } => write!(
                f,
                "`{}` holds {} and `{}` {}",
                images.display(),
                count(*image_count, "image"),
                labels.display(),
                count(*label_count, "label")
            ),
            RecordLength { path, record, found } => {
                write!(f, "`{}` is {found} bytes long, expected a multiple of {record}", path.display())
            }
            Channels { list, expected, found } => {
                write!(f, "`{list}` has {}, expected {expected}, one for each channel", count(*found, "number"))
            }
            Normalisation { list, channel, found } => write!(
                f,
                "`{list}` is {found} for channel {channel}, expected a finite number{}",
                if *list == "std" { " above 0" } else { "" }
            ),
            Argument { argument, expected, found } => write!(f, "`{argument}` is {found}, expected {expected}"),
            NothingToGet { set } => write!(f, "data set `{set}` is generated, there is nothing to download"),
            WouldReplace { path } => write!(f, "`{}` is there and is not the published one", path.display()),
            Network { url, reason } => write!(f, "`{url}` could not be reached: {reason}"),
            CutShort { url, expected, found } => write!(f, "`{url}` broke off after {found} bytes, expected {expected}"),
            TooLong { url, expected } => write!(f, "`{url}` sends more than the {expected} bytes of the published file"),
            Status { url, status } => write!(f, "`{url}` answered with HTTP status {status}, expected 200"),
            Checksum { url, algorithm, expected, found } => {
                write!(f, "`{url}` has the {algorithm} checksum `{found}`, expected `{expected}`")
            }
            Archive { url, reason } => write!(f, "the archive `{url}` {reason}"),
            Write { path, cause } => write!(f, "`{}` cannot be written: {cause}", path.display()),
        }
    }
}

impl DataError {
    /// What to do about it.
    pub fn help(&self) -> String {
        use DataError::*;
        match self {
            UnknownSet { nearest: Some(nearest), .. } => format!("a known set is called `{nearest}`"),
            UnknownSet { known, .. } => format!("the known sets are {}", join(known)),
            NotFound { set, looked } => {
                let looked: Vec<String> = looked.iter().map(|folder| folder.display().to_string()).collect();
                format!("download it with `hetc data get {set}`, or put its files into one of {}", join(&looked))
            }
            MissingFiles { set, .. } => format!("add the files, or download the set with `hetc data get {set}`"),
            Read { .. } => "check that the file exists and that you may read it".into(),
            Gzip { .. } | Truncated { .. } => "the file is damaged or was not copied whole: download it again".into(),
            TooLarge { .. } => "check that this is a file of the set".into(),
            Magic { .. } => "check that image and label files are not exchanged; an IDX file of bytes starts with \
                             `0x00000803` for images and `0x00000801` for labels"
                .into(),
            Trailing { .. } | RecordLength { .. } => "the file is damaged or of another format: download it again".into(),
            ImageSize { .. } => "check that the files belong to this set".into(),
            Empty { .. } => "download the file again".into(),
            Label { .. } => {
                "check that the files belong to this set; a CIFAR-100 record has two label bytes, a CIFAR-10 record one".into()
            }
            Counts { .. } => "take both files from the same set and the same split".into(),
            Channels { expected, .. } => format!("give {expected} numbers"),
            Normalisation { .. } => "give numbers for values scaled to 0 to 1".into(),
            Argument { argument, .. } => format!("change `{argument}`, or leave it out for its default"),
            NothingToGet { .. } => "use it as it is: hetc generates it from its seed".into(),
            WouldReplace { .. } => "move it away, or download into another folder".into(),
            Network { .. } | CutShort { .. } => {
                "check the network and try again, or fetch the file by other means and put it into the set's folder".into()
            }
            Status { .. } => "try again later, or give the address of a mirror".into(),
            TooLong { .. } | Checksum { .. } => {
                "nothing was kept: try again, and if it stays so, do not trust this source".into()
            }
            Archive { .. } => "nothing was kept: download from the set's home page".into(),
            Write { .. } => "check the free space and that you may write there, or choose another folder".into(),
        }
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

fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

fn are(names: &[&str]) -> String {
    format!("{} {}", join(names), if names.len() == 1 { "is" } else { "are" })
}

/// `a`, `b`, and `c`.
fn join<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.as_slice() {
        [] => "none".into(),
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    }
}
