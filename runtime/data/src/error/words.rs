//! What is wrong with data, and what to do about it, in words.

use super::DataError;
use std::fmt;

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
            Picture { path, reason } => write!(f, "`{}` is no readable image: {reason}", path.display()),
            UnlikeSizes { path, expected, found } => write!(
                f,
                "`{}` has {} × {} pixels, expected {} × {} as the first image has",
                path.display(),
                found[0],
                found[1],
                expected[0],
                expected[1]
            ),
            ClassFolders { path, found } => {
                write!(f, "`{}` holds {}, expected at least 2, one for each class", path.display(), count(*found, "folder"))
            }
            UnknownClass { path, line, class } => {
                write!(f, "`{}` names the class `{class}` in line {line}, which has no training samples", path.display())
            }
            Array { path, reason } => write!(f, "`{}` {reason}", path.display()),
            ArrayName { path, name, .. } => write!(f, "`{}` holds nothing called `{name}`", path.display()),
            ArrayShape { path, found, expected } => {
                write!(f, "`{}` has the shape `{found}`, expected {expected}", path.display())
            }
            ArrayValue { path, sample, found, expected } => {
                write!(f, "`{}` gives sample {sample} the value {found}, expected {expected}", path.display())
            }
            Pairs { inputs, input_count, targets, target_count } => write!(
                f,
                "`{}` holds {} and `{}` {}",
                inputs.display(),
                count(*input_count, "sample"),
                targets.display(),
                count(*target_count, "target")
            ),
            Portion { argument, count, most } => {
                write!(f, "`{argument}` asks for {count} samples, expected 1 to {most}")
            }
            Diverged { time } => write!(f, "a trajectory leaves the range of numbers at time {time}"),
            ByHand { set, .. } => write!(f, "hetc does not download `{set}`"),
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
            Picture { .. } => "replace the file, or take it out of its folder".into(),
            UnlikeSizes { .. } => {
                "bring all images to one size, for example with `fit = [\"resize 64\", \"centre_crop 64\"]`".into()
            }
            ClassFolders { .. } => {
                "put the images of each class into a folder of its own, and name the folder of these folders".into()
            }
            UnknownClass { .. } => "check that the list belongs to the folder `train` beside it".into(),
            Array { .. } => {
                "give a `.npy`, `.npz`, `.safetensors` or `.csv` file of whole numbers or of floats of 32 or 64 bits".into()
            }
            ArrayName { known, .. } if known.is_empty() => "give the table a first line with the names of its columns".into(),
            ArrayName { known, .. } => format!("there are {}", join(known)),
            ArrayShape { .. } => "the first axis counts the samples; channels come before rows and columns".into(),
            ArrayValue { .. } => "mend the array, or say with `targets_are` whether targets are `classes` or `numbers`".into(),
            Pairs { .. } => "give one target for each sample, in the same order".into(),
            Portion { .. } => "ask for fewer samples, and leave some to train on".into(),
            Diverged { .. } => "take a smaller `dt` or more `inner_steps`, or check the signs in the formulas".into(),
            ByHand { home, .. } => format!("get it from `{home}` and unpack it into the folder of its name"),
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
