//! From samples to the numbers of a batch.

use hetc_data::{DataErrorKind, Dataset, Normalise, Numbers, Part, Pixels, Prepared, Split, Step, Targets, Task, View};

fn split(inputs: Pixels) -> Split {
    Split { inputs, targets: Targets::Classes(vec![0, 1]) }
}

/// Two images of 2 channels, 2 rows and 3 columns: 0, 1, 2, … and 100, 101, 102, ….
fn images() -> Dataset {
    let bytes = || Pixels::Bytes((0..12).chain(100..112).collect());
    Dataset {
        name: "tiny".into(),
        train: split(bytes()),
        test: split(bytes()),
        validation: Split::default(),
        task: Task::Classes(2),
        sample: vec![2, 2, 3],
        source: "made".into(),
    }
}

/// A batch back in bytes, so that places can be told by their values.
fn bytes(data: &Dataset, indices: &[usize], views: &[View]) -> Vec<i32> {
    let mut out = vec![f32::NAN; indices.len() * data.sample_len()];
    data.write_batch(Part::Train, indices, &Normalise::none(data.channels()), views, &mut out);
    out.iter().map(|x| (x * 255.0).round() as i32).collect()
}

#[test]
fn samples_come_in_the_order_of_the_indices() {
    assert_eq!(bytes(&images(), &[1, 0], &[]), (100..112).chain(0..12).collect::<Vec<i32>>());
}

#[test]
fn a_flip_mirrors_the_columns_of_each_channel() {
    let view = View { flip: true, ..View::default() };
    assert_eq!(bytes(&images(), &[0], &[view]), [2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9]);
}

#[test]
fn a_window_beside_the_image_sees_zeros() {
    let data = images();
    let at = |dy, dx| bytes(&data, &[1], &[View { flip: false, dy, dx }]);
    assert_eq!(at(1, 0), [103, 104, 105, 0, 0, 0, 109, 110, 111, 0, 0, 0]);
    assert_eq!(at(0, -2), [0, 0, 100, 0, 0, 103, 0, 0, 106, 0, 0, 109]);
    assert_eq!(at(-1, 2), [0, 0, 0, 102, 0, 0, 0, 0, 0, 108, 0, 0]);
    assert_eq!(at(i32::MIN, i32::MAX), [0; 12]);
}

#[test]
fn the_window_is_cut_out_of_the_flipped_image() {
    let view = View { flip: true, dy: 0, dx: 1 };
    assert_eq!(bytes(&images(), &[1], &[view]), [101, 100, 0, 104, 103, 0, 107, 106, 0, 110, 109, 0]);
}

#[test]
fn every_shift_of_a_padded_crop_agrees_with_padding_by_hand() {
    const PAD: i32 = 4;
    let data = images();
    for (flip, dy, dx) in (-PAD..=PAD).flat_map(|dy| (-PAD..=PAD).flat_map(move |dx| [(false, dy, dx), (true, dy, dx)])) {
        let pixel = |channel: i32, row: i32, column: i32| {
            let inside = (0..2).contains(&row) && (0..3).contains(&column);
            let column = if flip { 2 - column } else { column };
            if inside { 6 * channel + 3 * row + column + 100 } else { 0 }
        };
        let expected: Vec<i32> = (0..12).map(|at| pixel(at / 6, at / 3 % 2 + dy, at % 3 + dx)).collect();
        assert_eq!(bytes(&data, &[1], &[View { flip, dy, dx }]), expected);
    }
}

#[test]
fn padding_is_normalised_like_a_black_pixel() {
    let normalise = Normalise::new(&[0.485, 0.456], &[0.229, 0.224], 2).unwrap();
    let mut out = [0.0; 12];
    let view = View { flip: false, dy: 2, dx: 0 };
    images().write_batch(Part::Test, &[0], &normalise, &[view], &mut out);
    assert!(out[..6].iter().all(|&x| x == -0.485 / 0.229) && out[6..].iter().all(|&x| x == -0.456 / 0.224));
}

/// What each order of steps makes of the second image of ones and a view shifted by one column, in the first row.
#[test]
fn steps_work_in_the_order_asked_for() {
    let data = images();
    let numbers = Numbers::Given { mean: vec![0.5; 2], std: vec![0.25; 2] };
    let normalise = || Step::Normalise(numbers.clone());
    let row = |steps: &[Step], flip| {
        let prepared = Prepared::new(steps, &data).unwrap();
        let mut out = [f32::NAN; 12];
        data.write_batch(Part::Train, &[1], &prepared.normalise, &[prepared.view(flip, 0, 1)], &mut out);
        [out[0], out[1], out[2]]
    };
    let pixel = |byte: f32| (byte / 255.0 - 0.5) / 0.25;
    let black = -2.0;
    assert_eq!(row(&[Step::Crop(1), normalise()], false), [pixel(101.0), pixel(102.0), black]);
    assert_eq!(row(&[normalise(), Step::Crop(1)], false), [pixel(101.0), pixel(102.0), 0.0]);
    assert_eq!(row(&[Step::Flip, Step::Crop(1), normalise()], true), [pixel(101.0), pixel(100.0), black]);
    assert_eq!(row(&[Step::Crop(1), normalise(), Step::Flip], true), [black, pixel(102.0), pixel(101.0)]);
    assert_eq!(Prepared::new(&[Step::Flip, Step::Flip], &data).unwrap_err().kind(), DataErrorKind::Argument);
    assert_eq!(Prepared::new(&[Step::Crop(1001)], &data).unwrap_err().kind(), DataErrorKind::Argument);
}

#[test]
fn a_set_is_normalised_by_its_training_split() {
    let data = images();
    let normalise = Prepared::new(&[Step::Normalise(Numbers::Set)], &data).unwrap().normalise;
    let mut out = [0.0; 24];
    data.write_batch(Part::Train, &[0, 1], &normalise, &[], &mut out);
    for channel in 0..2 {
        let values: Vec<f64> = out.chunks(6).skip(channel).step_by(2).flatten().map(|&x| f64::from(x)).collect();
        let mean = values.iter().sum::<f64>() / 12.0;
        assert!(mean.abs() < 1e-6 && (values.iter().map(|x| x * x).sum::<f64>() / 12.0 - 1.0).abs() < 1e-5);
    }
    let flat = Dataset { train: split(Pixels::Bytes(vec![7; 24])), ..data };
    assert_eq!(Prepared::new(&[Step::Normalise(Numbers::Set)], &flat).unwrap_err().kind(), DataErrorKind::Normalisation);
    assert_eq!(Prepared::new(&[Step::Normalise(Numbers::ImageNet)], &flat).unwrap_err().kind(), DataErrorKind::Channels);
}

#[test]
fn each_channel_has_its_own_mean_and_deviation() {
    let normalise = Normalise::new(&[0.5, 0.25], &[0.5, 2.0], 2).unwrap();
    let mut out = [0.0; 12];
    images().write_batch(Part::Train, &[1], &normalise, &[], &mut out);
    assert_eq!((out[0], out[11]), ((100.0 / 255.0 - 0.5) / 0.5, (111.0 / 255.0 - 0.25) / 2.0));
}

#[test]
fn sequences_are_not_scaled() {
    let floats = || Pixels::Floats(vec![-3.0, 2.0, 5.0, 700.0]);
    let data = Dataset { train: split(floats()), test: split(floats()), sample: vec![2], ..images() };
    let mut out = [0.0; 4];
    data.write_batch(Part::Train, &[1, 0], &Normalise::new(&[1.0], &[2.0], 1).unwrap(), &[], &mut out);
    assert_eq!(out, [2.0, 349.5, -2.0, 0.5]);
}

#[test]
fn a_normalisation_that_does_not_fit_is_refused() {
    let kind = |mean: &[f32], std: &[f32]| Normalise::new(mean, std, 2).unwrap_err().kind();
    assert_eq!(kind(&[0.0], &[1.0, 1.0]), DataErrorKind::Channels);
    assert_eq!(kind(&[0.0, 0.0], &[1.0; 3]), DataErrorKind::Channels);
    assert_eq!(kind(&[0.0, f32::NAN], &[1.0, 1.0]), DataErrorKind::Normalisation);
    assert_eq!(kind(&[0.0, 0.0], &[1.0, 0.0]), DataErrorKind::Normalisation);
    assert_eq!(kind(&[0.0, 0.0], &[-1.0, 1.0]), DataErrorKind::Normalisation);
}
