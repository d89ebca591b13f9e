//! Arrays that numpy and safetensors wrote (`oracle/make_sets.py`), and tables written here.

use hetc_data::{
    DataError, DataErrorKind, Dataset, Pixels, Split, Targets, Task,
    arrays::{Arrays, Kind},
};
use std::{fs, path::Path};

fn sets() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/sets"))
}

fn arrays(inputs: &str, targets: Option<&str>) -> Arrays {
    Arrays {
        inputs: inputs.into(),
        targets: targets.map(str::to_string),
        test_inputs: None,
        test_targets: None,
        target_columns: None,
        class_column: None,
        targets_are: None,
        test_share: 0.25,
    }
}

fn read(arrays: &Arrays) -> Result<Dataset, DataError> {
    arrays.read(sets(), false, 0)
}

/// The same files for the test, so that nothing is held out.
fn both(inputs: &str, targets: Option<&str>) -> Arrays {
    let targets = targets.map(str::to_string);
    Arrays { test_inputs: Some(inputs.into()), test_targets: targets.clone(), ..arrays(inputs, targets.as_deref()) }
}

fn floats(split: &Split) -> Vec<f32> {
    match &split.inputs {
        Pixels::Floats(floats) => floats.clone(),
        Pixels::Bytes(bytes) => bytes.iter().map(|&byte| byte.into()).collect(),
    }
}

#[test]
fn every_type_of_number_is_read() {
    let types = [("u1", 0.0), ("u1_version2", 0.0), ("i2", 3.0), ("i4", 3.0), ("i8", 3.0), ("f4", 3.0), ("f8", 3.0)];
    for (name, less) in types {
        let data = read(&both(&format!("{name}.npy"), Some("stored.npz#targets"))).unwrap();
        let expected: Vec<f32> = (0..24).map(|x| x as f32 - less).collect();
        assert_eq!((floats(&data.train), data.sample.as_slice()), (expected, &[1, 2, 3][..]), "{name}");
        assert_eq!(matches!(data.train.inputs, Pixels::Bytes(_)), name.starts_with("u1"));
    }
    let truths = read(&both("bool.npy", Some("stored.npz#targets"))).unwrap();
    assert_eq!(floats(&truths.train)[..3], [0.0, 1.0, 1.0]);
}

#[test]
fn arrays_with_names_are_found_by_their_key_or_their_name() {
    for file in ["stored.npz", "packed.npz", "both.safetensors"] {
        let data = read(&arrays(file, None)).unwrap();
        assert_eq!((data.task, data.train.len(), data.test.len()), (Task::Classes(3), 3, 1), "{file}");
        assert_eq!(data.source, format!("arrays of `{file}`; 1 samples held out for the test (seed 0)"));
    }
    let data = read(&both("stored.npz#other", Some("both.safetensors#numbers"))).unwrap();
    assert_eq!((data.task, floats(&data.train)[23]), (Task::Values(2), 11.5));
    let expected: Vec<f32> = [0, 1, 6, 7, 12, 13, 18, 19].map(|x| x as f32 / 4.0).to_vec();
    assert_eq!(data.test.targets, Targets::Values { width: 2, values: expected });
}

#[test]
fn the_kind_of_targets_can_be_said() {
    let kind = |targets_are| read(&Arrays { targets_are, ..both("f4.npy", Some("stored.npz#targets")) }).unwrap();
    assert_eq!(kind(Some(Kind::Numbers)).train.targets, Targets::Values { width: 1, values: vec![2.0, 0.0, 1.0, 2.0] });
    assert_eq!(kind(None).train.targets.classes().unwrap(), [2, 0, 1, 2]);
}

#[test]
fn arrays_that_do_not_fit_are_refused() {
    use DataErrorKind::{Argument, Array, ArrayName, ArrayShape, Pairs, Read};
    let kind = |inputs: &str, targets| read(&arrays(inputs, targets)).unwrap_err().kind();
    assert_eq!(kind("half.npy", Some("u1.npy")), Array);
    assert_eq!(kind("fortran.npy", Some("u1.npy")), Array);
    assert_eq!(kind("picture.png", Some("u1.npy")), Array);
    assert_eq!(kind("not.npy", Some("u1.npy")), Read);
    assert_eq!(kind("u1.npy", None), Argument);
    assert_eq!(kind("stored.npz#nothing", None), ArrayName);
    assert_eq!(kind("both.safetensors#nothing", None), ArrayName);
    assert_eq!(kind("u1.npy", Some("f4.npy")), ArrayShape);
    let two = Arrays { targets_are: Some(Kind::Classes), ..arrays("u1.npy", Some("both.safetensors#numbers")) };
    assert_eq!(read(&two).unwrap_err().kind(), ArrayShape);
    let folder = tempfile::tempdir().unwrap();
    for (name, file) in [("cut.npy", "f4.npy"), ("cut.npz", "packed.npz"), ("cut.safetensors", "both.safetensors")] {
        let bytes = fs::read(sets().join(file)).unwrap();
        for length in [0, 9, bytes.len() / 2, bytes.len() - 1] {
            fs::write(folder.path().join(name), &bytes[..length]).unwrap();
            let cut = arrays(folder.path().join(name).to_str().unwrap(), Some("stored.npz#targets"));
            assert!(matches!(read(&cut).unwrap_err().kind(), Array | ArrayName), "{name} cut to {length}");
        }
    }
    fs::write(folder.path().join("five.csv"), "1\n2\n3\n4\n5\n").unwrap();
    assert_eq!(kind("u1.npy", folder.path().join("five.csv").to_str()), Pairs);
}

/// Reads a table.
fn table(text: &str, change: impl Fn(&mut Arrays)) -> Result<Dataset, DataError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("table.csv"), text).unwrap();
    let mut asked = both("table.csv", None);
    change(&mut asked);
    asked.read(folder.path(), false, 0)
}

#[test]
fn the_last_columns_of_a_table_are_targets() {
    let data = table("a,b,class\n0.5, 1,2\n-1e3,\"4\",0\n", |_| ()).unwrap();
    assert_eq!((data.task, data.sample.as_slice(), floats(&data.train)), (Task::Classes(3), &[2][..], vec![0.5, 1.0, -1e3, 4.0]));
    let data = table("1,2,3\n4,5,6.5\n", |_| ()).unwrap();
    assert_eq!(data.train.targets, Targets::Values { width: 1, values: vec![3.0, 6.5] });
    let data = table("1,2,3\n4,5,6.5\n", |asked| asked.target_columns = Some(2)).unwrap();
    assert_eq!((data.task, data.sample.as_slice()), (Task::Values(2), &[1][..]));
}

#[test]
fn a_column_of_classes_holds_numbers_or_words() {
    let by_kind = |asked: &mut Arrays| asked.class_column = Some("kind".into());
    let data = table("a,kind,b\n1,oak,2\n3,ash,4\n5,oak,6\n", by_kind).unwrap();
    assert_eq!((data.task, data.train.targets.classes().unwrap()), (Task::Classes(2), &[1, 0, 1][..]));
    assert_eq!(floats(&data.train), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let data = table("a,kind\n1,10\n3,0\n", by_kind).unwrap();
    assert_eq!((data.task, data.train.targets.classes().unwrap()), (Task::Classes(11), &[10, 0][..]));
    for text in ["1,2\n3,4\n", "a,b\n1,2\n"] {
        assert_eq!(table(text, by_kind).unwrap_err().kind(), DataErrorKind::ArrayName);
    }
}

#[test]
fn tables_that_are_none_are_refused() {
    use DataErrorKind::{Array, ArrayValue, Empty};
    let cases = [
        ("", Empty),
        ("a,b\n", Empty),
        ("1,2\n3\n", Array),
        ("1,2\n3,x\n", Array),
        ("1\n2\n", Array),
        ("1,2\ninf,3\n", ArrayValue),
        ("1,-2\n2,3\n", ArrayValue),
        ("1,70000\n2,3\n", ArrayValue),
        ("1.5,nan\n2,3.5\n", ArrayValue),
    ];
    for (text, kind) in cases {
        assert_eq!(table(text, |_| ()).unwrap_err().kind(), kind, "{text:?}");
    }
}
