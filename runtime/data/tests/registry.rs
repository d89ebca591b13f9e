//! Finding, listing, loading and checking sets by name, on tiny sets in temporary folders.

use hetc_data::{
    DataError, DataErrorKind, Part, Request, Source, Task,
    check::check,
    cifar::Labels,
    fixture,
    registry::{self, Found, Places, Provenance, find, list, load},
};
use std::{fs, path::Path};

fn places(user: &[&Path]) -> Places {
    Places { user: user.iter().map(|path| path.to_path_buf()).collect(), system: Vec::new() }
}

#[test]
fn every_known_set_with_files_loads_from_a_folder_of_its_name() {
    let root = tempfile::tempdir().unwrap();
    for set in registry::SETS.iter().filter(|set| !set.files.is_empty()) {
        fixture::write(set.name, &root.path().join(set.name), 4, 3).unwrap();
        let data = load(set.name, None, &places(&[root.path()])).unwrap();
        let batches = if set.name == "cifar10" { 5 } else { 1 };
        assert_eq!((data.train.len(), data.test.len(), data.task), (4 * batches, 3, Task::Classes(set.classes)), "{}", set.name);
        assert_eq!((data.name.as_str(), data.sample.as_slice()), (set.name, set.sample));
        assert!(data.source.starts_with(set.title) && data.source.contains("differs from the published set"), "{}", data.source);
    }
}

#[test]
fn the_table_is_whole() {
    for set in registry::SETS {
        assert_eq!(find(set.name).unwrap(), set);
        assert_eq!(set.format.is_none(), set.files.is_empty() && set.marks.is_empty());
        assert!(set.home.starts_with("http") && !set.licence.is_empty());
        let sums = set.files.iter().map(|file| file.sha256).chain(set.downloads.iter().map(|file| file.sha256));
        assert!(sums.clone().all(|sum| sum.len() == 64) && set.downloads.iter().all(|file| file.md5.len() == 32));
        assert!(set.downloads.is_empty() || set.base.starts_with("https://"));
    }
}

#[test]
fn unknown_names_are_met_with_the_nearest() {
    for (name, expected) in [("CIFAR-10", Some("cifar10")), ("FashionMNIST", Some("fashion-mnist")), ("imagenet", None)] {
        let DataError::UnknownSet { nearest, known, .. } = find(name).unwrap_err() else { panic!("{name}") };
        assert_eq!((nearest, known.len()), (expected, 7));
    }
}

#[test]
fn a_named_folder_comes_first_then_the_places_in_order() {
    let [named, first, second] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let places = places(&[first.path(), second.path()]);
    let count = |folder| load("mnist", folder, &places).unwrap().train.len();
    fixture::write("mnist", &second.path().join("mnist"), 2, 1).unwrap();
    assert_eq!(count(Some(named.path())), 2);
    fixture::write("mnist", &first.path().join("mnist"), 3, 1).unwrap();
    assert_eq!(count(Some(named.path())), 3);
    fixture::write("mnist", &named.path().join("mnist"), 4, 1).unwrap();
    assert_eq!((count(Some(named.path())), count(None)), (4, 3));
    fixture::write("mnist", named.path(), 5, 1).unwrap();
    assert_eq!(count(Some(named.path())), 5);
}

#[test]
fn the_folder_of_the_unpacked_archive_is_seen() {
    let root = tempfile::tempdir().unwrap();
    fixture::write("cifar10", &root.path().join("cifar-10-batches-bin"), 1, 2).unwrap();
    let checked = check("cifar10", Some(root.path()), &Places::default()).unwrap();
    assert_eq!(checked.folder.unwrap(), root.path().join("cifar-10-batches-bin"));
}

#[test]
fn cifar100_has_labels_of_two_kinds() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write("cifar100", folder.path(), 103, 5).unwrap();
    let load = |labels| {
        Request::of(Source::Cifar100 { labels }).load(Some(folder.path()), &Places::default(), &|_| unreachable!()).unwrap()
    };
    let (fine, coarse) = (load(Labels::Fine), load(Labels::Coarse));
    assert_eq!((fine.task, coarse.task), (Task::Classes(100), Task::Classes(20)));
    assert_eq!((fine.train.targets.classes().unwrap()[99], coarse.train.targets.classes().unwrap()[99]), (99, 19));
    assert!(coarse.source.ends_with("20 coarse labels"), "{}", coarse.source);
    assert_eq!(fine.train.inputs, coarse.train.inputs);
}

#[test]
fn what_is_missing_is_named() {
    let root = tempfile::tempdir().unwrap();
    let places = places(&[root.path()]);
    let DataError::NotFound { looked, .. } = load("mnist", Some(Path::new("here")), &places).unwrap_err() else { panic!() };
    assert_eq!(looked, [Path::new("here"), Path::new("here/mnist"), &root.path().join("mnist")]);
    let folder = root.path().join("cifar10");
    fixture::write("cifar10", &folder, 1, 1).unwrap();
    fs::remove_file(folder.join("data_batch_4.bin")).unwrap();
    let DataError::MissingFiles { missing, .. } = load("cifar10", None, &places).unwrap_err() else { panic!() };
    assert_eq!(missing, ["data_batch_4.bin"]);
}

#[test]
fn a_list_says_where_each_set_was_looked_for() {
    let [user, system] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    fixture::write("fashion-mnist", &system.path().join("fashion-mnist"), 1, 1).unwrap();
    fs::create_dir(user.path().join("mnist")).unwrap();
    fs::write(user.path().join("mnist/t10k-labels-idx1-ubyte"), []).unwrap();
    let places = Places { user: vec![user.path().into()], system: vec![system.path().into()] };
    let listed = list(&places);
    let found = |name: &str| -> Vec<Found> {
        let listing = listed.iter().find(|listing| listing.set.name == name).unwrap();
        listing.looked.iter().map(|look| look.found.clone()).collect()
    };
    assert!(found("mnist1d").is_empty());
    assert_eq!(found("fashion-mnist"), [Found::Nothing, Found::Whole]);
    assert!(matches!(&found("mnist")[..], [Found::Part { missing }, Found::Nothing] if missing.len() == 3));
    assert_eq!(found("cifar10"), [Found::Nothing, Found::Nothing]);
    assert_eq!(places.target(find("mnist").unwrap()).unwrap(), user.path().join("mnist"));
}

#[test]
fn a_check_counts_and_measures() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write("cifar100", folder.path(), 103, 5).unwrap();
    let checked = check("cifar100", Some(folder.path()), &Places::default()).unwrap();
    assert_eq!((checked.train.samples, checked.train.expected, checked.test.samples), (103, 50_000, 5));
    assert_eq!(checked.train.histogram[..4], [2, 2, 2, 1]);
    assert_eq!(checked.provenance, Provenance::Other);
    assert_eq!(checked.provenance.to_string(), "other bytes than the published set");
    assert_eq!(checked.files.len(), 2);
    assert_eq!(checked.files[1].bytes, 5 * 3074);
    let data = load("cifar100", Some(folder.path()), &Places::default()).unwrap();
    let mut values = vec![0.0; data.train.len() * 3072];
    let all: Vec<usize> = (0..data.train.len()).collect();
    data.write_batch(Part::Train, &all, &hetc_data::Normalise::none(3), &[], &mut values);
    for (channel, facts) in checked.channels.iter().enumerate() {
        let values: Vec<f64> = values.chunks(1024).skip(channel).step_by(3).flatten().map(|&x| f64::from(x)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let sd = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        assert!((facts.mean - mean).abs() < 1e-6 && (facts.sd - sd).abs() < 1e-6);
    }
}

#[test]
fn a_generated_set_needs_no_folder() {
    let checked = check("mnist1d", None, &Places::default()).unwrap();
    assert_eq!((checked.provenance, checked.train.samples, checked.folder), (Provenance::Generated, 4000, None));
    assert_eq!(find("mnist1d").unwrap().sample, [40]);
    assert_eq!(check("mnist2d", None, &Places::default()).unwrap_err().kind(), DataErrorKind::UnknownSet);
}
