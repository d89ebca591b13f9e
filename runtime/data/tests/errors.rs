//! Every error has a headline that stands alone, and advice.

use hetc_data::{DataError, DataErrorKind};
use std::{collections::BTreeSet, io};

fn cause() -> io::Error {
    io::Error::other("the disk is full")
}

/// One error of each kind with its headline.
fn all() -> Vec<(DataError, &'static str)> {
    use DataError::*;
    let (url, path) = (|| "https://home/file.gz".to_string(), || "folder/file".into());
    vec![
        (UnknownSet { name: "cifar".into(), nearest: None, known: vec!["mnist"] }, "there is no data set `cifar`"),
        (
            NotFound { set: "mnist", looked: vec!["here".into(), "there".into()] },
            "data set `mnist` was not found in 2 folders looked at",
        ),
        (
            MissingFiles { set: "cifar100", folder: path(), missing: vec!["train.bin", "test.bin"] },
            "`folder/file` holds a part of `cifar100`: `train.bin` and `test.bin` are missing",
        ),
        (Read { path: path(), cause: cause() }, "`folder/file` cannot be read: the disk is full"),
        (Gzip { path: path(), cause: cause() }, "`folder/file` starts like gzip but does not unpack: the disk is full"),
        (TooLarge { path: path(), limit: 9 }, "`folder/file` holds more than 9 bytes, the most that is read"),
        (Magic { path: path(), expected: 0x803, found: 0x801 }, "`folder/file` starts with `0x00000801`, expected `0x00000803`"),
        (Truncated { path: path(), offset: 10, expected: 16 }, "`folder/file` ends at byte 10, expected 16 bytes"),
        (Trailing { path: path(), offset: 16, found: 17 }, "`folder/file` is 17 bytes long, expected its end at byte 16"),
        (ImageSize { path: path(), expected: [28, 28], found: [8, 9] }, "`folder/file` holds images of 8 × 9, expected 28 × 28"),
        (Empty { path: path() }, "`folder/file` holds no samples"),
        (
            Label { path: path(), offset: 18, sample: 10, found: 12, classes: 10 },
            "`folder/file` gives sample 10 the label 12 at byte 18, expected 0 to 9",
        ),
        (Counts { images: "i".into(), image_count: 1, labels: "l".into(), label_count: 3 }, "`i` holds 1 image and `l` 3 labels"),
        (RecordLength { path: path(), record: 3073, found: 99 }, "`folder/file` is 99 bytes long, expected a multiple of 3073"),
        (Channels { list: "mean", expected: 3, found: 1 }, "`mean` has 1 number, expected 3, one for each channel"),
        (Normalisation { list: "std", channel: 2, found: 0.0 }, "`std` is 0 for channel 2, expected a finite number above 0"),
        (
            Argument { argument: "train_split", expected: "a share from 0 to 1", found: "1.5".into() },
            "`train_split` is 1.5, expected a share from 0 to 1",
        ),
        (Picture { path: path(), reason: "no header".into() }, "`folder/file` is no readable image: no header"),
        (
            UnlikeSizes { path: path(), expected: [64, 64], found: [64, 32] },
            "`folder/file` has 64 × 32 pixels, expected 64 × 64 as the first image has",
        ),
        (ClassFolders { path: path(), found: 1 }, "`folder/file` holds 1 folder, expected at least 2, one for each class"),
        (
            UnknownClass { path: path(), line: 3, class: "n01".into() },
            "`folder/file` names the class `n01` in line 3, which has no training samples",
        ),
        (Array { path: path(), reason: "is no `.npy` array: cut".into() }, "`folder/file` is no `.npy` array: cut"),
        (ArrayName { path: path(), name: "x".into(), known: vec!["inputs".into()] }, "`folder/file` holds nothing called `x`"),
        (
            ArrayShape { path: path(), found: "[4, 2]".into(), expected: "one class a sample".into() },
            "`folder/file` has the shape `[4, 2]`, expected one class a sample",
        ),
        (
            ArrayValue { path: path(), sample: 7, found: "NaN".into(), expected: "a finite number" },
            "`folder/file` gives sample 7 the value NaN, expected a finite number",
        ),
        (
            Pairs { inputs: "x".into(), input_count: 4, targets: "y".into(), target_count: 1 },
            "`x` holds 4 samples and `y` 1 target",
        ),
        (Portion { argument: "subset", count: 9, most: 5 }, "`subset` asks for 9 samples, expected 1 to 5"),
        (Diverged { time: 0.5 }, "a trajectory leaves the range of numbers at time 0.5"),
        (ByHand { set: "caltech101", home: "https://home" }, "hetc does not download `caltech101`"),
        (NothingToGet { set: "mnist1d" }, "data set `mnist1d` is generated, there is nothing to download"),
        (WouldReplace { path: path() }, "`folder/file` is there and is not the published one"),
        (Network { url: url(), reason: "no route".into() }, "`https://home/file.gz` could not be reached: no route"),
        (CutShort { url: url(), expected: 20, found: 7 }, "`https://home/file.gz` broke off after 7 bytes, expected 20"),
        (TooLong { url: url(), expected: 20 }, "`https://home/file.gz` sends more than the 20 bytes of the published file"),
        (Status { url: url(), status: 404 }, "`https://home/file.gz` answered with HTTP status 404, expected 200"),
        (
            Checksum { url: url(), algorithm: "MD5", expected: "00".into(), found: "ff".into() },
            "`https://home/file.gz` has the MD5 checksum `ff`, expected `00`",
        ),
        (Archive { url: url(), reason: "lacks `test.bin`".into() }, "the archive `https://home/file.gz` lacks `test.bin`"),
        (Write { path: path(), cause: cause() }, "`folder/file` cannot be written: the disk is full"),
    ]
}

#[test]
fn every_kind_has_its_headline() {
    let kinds: BTreeSet<DataErrorKind> = all().iter().map(|(error, _)| error.kind()).collect();
    assert_eq!(kinds, DataErrorKind::ALL.iter().copied().collect());
    for (error, headline) in all() {
        assert_eq!(error.to_string(), headline);
    }
}

#[test]
fn headlines_and_advice_start_small_and_end_without_a_stop() {
    for (error, _) in all() {
        for text in [error.to_string(), error.help()] {
            assert!(text.starts_with(|c: char| c.is_ascii_lowercase() || c == '`'), "{text}");
            assert!(!text.ends_with('.') && !text.is_empty() && text.matches('`').count() % 2 == 0, "{text}");
        }
    }
}

#[test]
fn advice_names_what_is_known() {
    let unknown =
        |nearest| DataError::UnknownSet { name: "CIFAR-10".into(), nearest, known: vec!["mnist", "cifar10", "mnist1d"] };
    assert_eq!(unknown(Some("cifar10")).help(), "a known set is called `cifar10`");
    assert_eq!(unknown(None).help(), "the known sets are `mnist`, `cifar10`, and `mnist1d`");
    let error = DataError::NotFound { set: "mnist", looked: vec!["a".into(), "b/mnist".into()] };
    assert_eq!(error.help(), "download it with `hetc data get mnist`, or put its files into one of `a` and `b/mnist`");
}
