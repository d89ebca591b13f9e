//! Corruptions as users call them: their statistics, their sizes, what is refused.

use hetc_analysis::corruption::{Image, Kind, corrupt};

fn grey(rows: usize, columns: usize, value: u8) -> Vec<u8> {
    vec![value; rows * columns * 3]
}

fn moments(values: impl Iterator<Item = u8>) -> (f64, f64) {
    let values: Vec<f64> = values.map(f64::from).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt())
}

/// Of a corrupted grey image.
fn noise(kind: Kind, severity: usize) -> (f64, f64) {
    let pixels = grey(200, 200, 128);
    moments(corrupt(Image { pixels: &pixels, rows: 200, columns: 200 }, kind, severity, 0, 0).unwrap().into_iter())
}

#[test]
fn noise_has_the_moments_of_its_distribution() {
    // Cutting off takes half a byte.
    for (severity, deviation) in [0.04, 0.06, 0.08, 0.09, 0.10].into_iter().enumerate() {
        let (mean, spread) = noise(Kind::GaussianNoise, severity + 1);
        assert!((mean - 127.5).abs() < 0.3 && (spread / (255.0 * deviation) - 1.0).abs() < 0.01, "{mean} {spread}");
    }
    for (severity, photons) in [500.0, 250.0, 100.0, 75.0, 50.0f64].into_iter().enumerate() {
        let (mean, spread) = noise(Kind::ShotNoise, severity + 1);
        let expected = 255.0 * (128.0 / 255.0 / photons).sqrt();
        assert!((mean - 127.5).abs() < 0.3 && (spread / expected - 1.0).abs() < 0.015, "{mean} {spread} {expected}");
    }
    let pixels = grey(200, 200, 128);
    let salted = corrupt(Image { pixels: &pixels, rows: 200, columns: 200 }, Kind::ImpulseNoise, 5, 0, 0).unwrap();
    let part = |value| salted.iter().filter(|pixel| **pixel == value).count() as f64 / salted.len() as f64;
    assert!((part(0) - 0.035).abs() < 0.002 && (part(255) - 0.035).abs() < 0.002);
}

/// The published images were made with crops of five photographs, whose means are (78, 149, 165), (198, 203, 212) twice, (143, 158, 170) and
/// (103, 114, 126), with standard deviations of lightness of 14 to 35 within a crop.
#[test]
fn drawn_frost_is_about_as_light_and_uneven_as_photographed() {
    let pixels = grey(32, 32, 0);
    let ice = |index| corrupt(Image { pixels: &pixels, rows: 32, columns: 32 }, Kind::Frost, 5, 0, index).unwrap();
    let many: Vec<Vec<u8>> = (0..200).map(ice).collect();
    let channel = |channel: usize| moments(many.iter().flat_map(|ice| ice.iter().skip(channel).step_by(3)).copied()).0 / 0.45;
    let expected = [144.0, 165.3, 176.9];
    (0..3).for_each(|c| assert!((channel(c) - expected[c]).abs() < 12.0, "{c}: {}", channel(c)));
    let spreads = many.iter().map(|ice| moments(ice.iter().skip(1).step_by(3).copied()).1 / 0.45);
    let mean = spreads.sum::<f64>() / 200.0;
    assert!((14.0..35.0).contains(&mean), "{mean}");
}

#[test]
fn any_size_goes_and_draws_follow_seed_and_index() {
    for kind in Kind::ALL {
        for (rows, columns) in [(1, 1), (2, 3), (5, 40), (33, 17), (64, 64)] {
            let pixels: Vec<u8> = (0..rows * columns * 3).map(|at| (at * 37 % 256) as u8).collect();
            let image = Image { pixels: &pixels, rows, columns };
            for severity in 1..=5 {
                assert_eq!(corrupt(image, kind, severity, 1, 2).unwrap().len(), pixels.len(), "{kind:?} {rows} × {columns}");
            }
            let other = corrupt(image, kind, 3, 1, 2).unwrap();
            assert_eq!(other, corrupt(image, kind, 3, 1, 2).unwrap());
            let same = [(2, 2), (1, 3)].map(|(seed, index)| corrupt(image, kind, 3, seed, index).unwrap() == other);
            let random = !matches!(
                kind,
                Kind::DefocusBlur | Kind::ZoomBlur | Kind::Brightness | Kind::Contrast | Kind::Pixelate | Kind::JpegCompression
            );
            assert!(rows < 64 || same == [!random; 2], "{kind:?}");
        }
    }
}

#[test]
fn what_cannot_be_corrupted_is_refused() {
    let refused = |pixels: &[u8], rows, columns, kind, severity| {
        corrupt(Image { pixels, rows, columns }, kind, severity, 0, 0).unwrap_err().to_string()
    };
    assert_eq!(refused(&[0; 3], 1, 1, Kind::Fog, 0), "severity 0; severities are 1 to 5");
    assert_eq!(refused(&[0; 3], 1, 1, Kind::Fog, 6), "severity 6; severities are 1 to 5");
    assert_eq!(refused(&[0; 3], 2, 1, Kind::Fog, 1), "an image of 2 × 1 pixels has 3 bytes for each; 3 bytes were given");
    assert_eq!(refused(&[], 0, 0, Kind::Fog, 1), "an image of 0 × 0 pixels has 3 bytes for each; 0 bytes were given");
    let long = vec![0; 3 * 65_536];
    assert_eq!(refused(&long, 1, 65_536, Kind::JpegCompression, 1), "not possible as a JPEG file: a side of 65536 pixels");
}

#[test]
fn names_are_those_of_the_files() {
    assert!(Kind::ALL.into_iter().all(|kind| Kind::named(kind.name()) == Some(kind)));
    assert_eq!(Kind::named("speckle"), None);
}
