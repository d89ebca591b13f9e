//! Folders of image files, made here; resizing and cropping beside torchvision's (`oracle/make_sets.py`).

use hetc_data::{
    DataErrorKind, Dataset, Pixels, Source, Task,
    check::check,
    pictures::{Channels, Fit, Held, Pictures},
    registry::Places,
    request::{Folder, Request},
};
use serde_json::Value;
use std::{fs, path::Path};

const HELD: Held = Held { share: 0.25, seed: 1 };

fn fit(words: &str) -> Vec<Fit> {
    words.split(',').map(|word| word.parse().unwrap()).collect()
}

/// Writes an image of one colour.
fn write(path: &Path, size: [u32; 2], colour: [u8; 3]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image::RgbImage::from_pixel(size[1], size[0], image::Rgb(colour)).save(path).unwrap();
}

fn bytes(data: &Dataset) -> [&[u8]; 2] {
    [&data.train, &data.test].map(|split| match &split.inputs {
        Pixels::Bytes(bytes) => bytes.as_slice(),
        Pixels::Floats(_) => panic!(),
    })
}

#[test]
fn fits_are_torchvisions() {
    let facts: Value = serde_json::from_str(include_str!("oracle/sets/facts.json")).unwrap();
    let picture = include_bytes!("oracle/sets/picture.png");
    for (words, expected) in facts["pictures"].as_object().unwrap() {
        let root = tempfile::tempdir().unwrap();
        for class in ["train/a", "train/b", "test/a", "test/b"] {
            fs::create_dir_all(root.path().join(class)).unwrap();
            fs::write(root.path().join(class).join("picture.png"), picture).unwrap();
        }
        let data = Pictures { fit: fit(words), ..Pictures::default() }.folder(root.path(), HELD).unwrap();
        let shape: Vec<u64> = data.sample.iter().map(|&axis| axis as u64).collect();
        assert_eq!(
            expected["shape"].as_array().unwrap().iter().map(|x| x.as_u64().unwrap()).collect::<Vec<u64>>(),
            shape,
            "{words}"
        );
        let expected = expected["pixels"].as_array().unwrap();
        let apart = bytes(&data)[0].iter().zip(expected).map(|(&byte, x)| x.as_u64().unwrap().abs_diff(byte.into())).max();
        // Torchvision rounds its weights to 8 bits.
        assert!(apart.unwrap() <= 1, "{words}: {apart:?}");
    }
}

#[test]
fn folders_train_and_test_are_the_splits() {
    let root = tempfile::tempdir().unwrap();
    for (class, place) in [("cat", 10), ("dog", 20)] {
        write(&root.path().join("train").join(class).join("deeper/1.png"), [4, 6], [place, 2, 3]);
        write(&root.path().join("train").join(class).join("0.png"), [4, 6], [place + 1, 2, 3]);
        write(&root.path().join("test").join(class).join("x.PNG"), [4, 6], [place + 2, 2, 3]);
        fs::write(root.path().join("train").join(class).join("notes.txt"), "no image").unwrap();
    }
    let data = Pictures::default().folder(root.path(), HELD).unwrap();
    assert_eq!((data.task, data.sample.as_slice()), (Task::Classes(2), &[3, 4, 6][..]));
    assert_eq!(data.train.targets.classes().unwrap(), [0, 0, 1, 1]);
    let firsts: Vec<u8> = bytes(&data)[0].chunks(72).map(|image| image[0]).collect();
    assert_eq!(firsts, [11, 10, 21, 20]);
    assert_eq!(bytes(&data)[1][24..48], [2; 24]);
    let grey = Pictures { channels: Channels::Grey, ..Pictures::default() }.folder(root.path(), HELD).unwrap();
    assert_eq!((grey.sample.as_slice(), bytes(&grey)[0].len()), (&[1, 4, 6][..], 96));
}

#[test]
fn without_them_a_share_of_each_class_is_held_out() {
    let root = tempfile::tempdir().unwrap();
    for (class, count) in [("a", 8), ("b", 4), ("c", 12)] {
        (0..count).for_each(|at| write(&root.path().join(class).join(format!("{at:02}.png")), [2, 2], [at, 0, 0]));
    }
    let data = Pictures::default().folder(root.path(), HELD).unwrap();
    assert_eq!((data.train.histogram(3), data.test.histogram(3)), (vec![6, 3, 9], vec![2, 1, 3]));
    assert!(data.source.ends_with("; 6 samples held out for the test (stratified, seed 1)"), "{}", data.source);
    assert_eq!(data, Pictures::default().folder(root.path(), HELD).unwrap());
    assert_ne!(data, Pictures::default().folder(root.path(), Held { seed: 2, ..HELD }).unwrap());
}

#[test]
fn tiny_imagenet_is_tested_on_its_validation_split() {
    let root = tempfile::tempdir().unwrap();
    let set = root.path().join("tiny-imagenet/tiny-imagenet-200");
    for (class, name) in [(0, "n02"), (1, "n10")] {
        (0..3).for_each(|at| write(&set.join(format!("train/{name}/images/{name}_{at}.JPEG")), [64, 64], [100 * class, 0, 0]));
    }
    (0..2).for_each(|at| write(&set.join(format!("val/images/val_{at}.JPEG")), [64, 64], [0, 90, 0]));
    fs::write(set.join("val/val_annotations.txt"), "val_0.JPEG\tn10\t0\t1\t2\t3\nval_1.JPEG\tn02\t0\t1\t2\t3\n").unwrap();
    let places = Places { user: vec![root.path().into()], system: Vec::new() };
    let request = Request::of(Source::TinyImagenet(Pictures::default()));
    let data = request.load(None, &places, &|_| unreachable!()).unwrap();
    assert_eq!((data.sample.as_slice(), data.train.len()), (&[3, 64, 64][..], 6));
    assert_eq!(
        (data.train.targets.classes().unwrap(), data.test.targets.classes().unwrap()),
        (&[0, 0, 0, 1, 1, 1][..], &[1, 0][..])
    );
    let facts = check("tiny-imagenet", None, &places).unwrap();
    assert_eq!((facts.train.samples, facts.train.expected, facts.test.samples), (6, 100_000, 2));
    fs::write(set.join("val/val_annotations.txt"), "val_0.JPEG\tn10\nval_1.JPEG\tn11\n").unwrap();
    assert_eq!(request.load(None, &places, &|_| unreachable!()).unwrap_err().kind(), DataErrorKind::UnknownClass);
}

#[test]
fn caltech101_leaves_its_background_out() {
    let root = tempfile::tempdir().unwrap();
    let set = root.path().join("101_ObjectCategories");
    for class in ["BACKGROUND_Google", "accordion", "yin_yang"] {
        (0..20).for_each(|at| write(&set.join(class).join(format!("image_{at:04}.jpg")), [200 + at, 300], [200, 0, 0]));
    }
    let folder = Folder { pictures: Pictures::caltech101(), test_share: 0.15 };
    let data = Request::of(Source::Caltech101(folder)).load(Some(root.path()), &Places::default(), &|_| unreachable!()).unwrap();
    assert_eq!((data.task, data.sample.as_slice()), (Task::Classes(2), &[3, 64, 64][..]));
    assert_eq!((data.train.histogram(2), data.test.histogram(2)), (vec![17, 17], vec![3, 3]));
    // The crop of 256 rows is higher than the image: black rows above it.
    assert!(bytes(&data)[0][0] < 8 && bytes(&data)[0][32 * 64 + 32] > 190);
}

#[test]
fn folders_that_hold_no_set_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let kind = |pictures: Pictures| pictures.folder(root.path(), HELD).unwrap_err().kind();
    assert_eq!(kind(Pictures::default()), DataErrorKind::ClassFolders);
    assert_eq!(Pictures::default().folder(&root.path().join("not"), HELD).unwrap_err().kind(), DataErrorKind::Read);
    for class in ["a", "b"] {
        (0..4).for_each(|at| write(&root.path().join(class).join(format!("{at}.png")), [2, 2], [at, 0, 0]));
    }
    fs::create_dir(root.path().join("c")).unwrap();
    assert_eq!(kind(Pictures::default()), DataErrorKind::Empty);
    fs::remove_dir(root.path().join("c")).unwrap();
    write(&root.path().join("b/9.png"), [2, 3], [0; 3]);
    assert_eq!(kind(Pictures::default()), DataErrorKind::UnlikeSizes);
    assert_eq!(Pictures { fit: fit("resize 2x2"), ..Pictures::default() }.folder(root.path(), HELD).unwrap().train.len(), 7);
    fs::write(root.path().join("b/9.png"), "\u{89}PNG, almost").unwrap();
    assert_eq!(kind(Pictures::default()), DataErrorKind::Picture);
}

#[test]
fn fits_are_read_as_they_are_written() {
    for text in ["resize 64", "resize 48x64", "centre_crop 256"] {
        assert_eq!(text.parse::<Fit>().unwrap().to_string(), text);
    }
    for text in ["", "resize", "resize 0", "resize 4x", "resize 5000", "crop 4", "centre_crop -1", "resize 4 5"] {
        assert!(text.parse::<Fit>().is_err(), "{text}");
    }
}
