//! What storing an image with few numbers leaves of it.

use super::super::CorruptionError;
use super::super::grid::Grid;
use image::ImageDecoder;
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
use std::fmt::Display;
use std::io::Cursor;

/// Fewer pixels, this part of them along each side, enlarged again; both by means over boxes, rounded to bytes after each direction.
pub(super) fn pixelate(x: &Grid, part: f64) -> Vec<u8> {
    let less = |length: usize| ((length as f64 * part) as usize).max(1);
    let small = resized(x, less(x.rows), less(x.columns));
    resized(&small, x.rows, x.columns).nearest_bytes()
}

fn resized(x: &Grid, rows: usize, columns: usize) -> Grid {
    let (down, right) = (boxes(x.rows, rows), boxes(x.columns, columns));
    let mean = |places: &[usize], value: &dyn Fn(usize) -> f64| {
        let mean = places.iter().map(|place| value(*place)).sum::<f64>() / places.len() as f64;
        (mean * 255.0 + 0.5 + 1e-6).floor() / 255.0
    };
    let narrow = Grid::of(x.rows, columns, x.channels, |row, column, channel| mean(&right[column], &|at| x.at(row, at, channel)));
    Grid::of(rows, columns, x.channels, |row, column, channel| mean(&down[row], &|at| narrow.at(at, column, channel)))
}

/// For each place the places whose middles are in its box, or the one it is in where boxes are smaller.
fn boxes(from: usize, to: usize) -> Vec<Vec<usize>> {
    let scale = from as f64 / to as f64;
    let half = scale.max(1.0) / 2.0;
    let inside =
        |middle: f64| (0..from).filter(move |at| (*at as f64 + 0.5 - middle) > -half && (*at as f64 + 0.5 - middle) <= half);
    (0..to).map(|at| inside((at as f64 + 0.5) * scale).collect()).collect()
}

/// To JPEG and back: baseline, chroma averaged over 2 × 2 pixels, this quality of the usual tables.
pub(super) fn jpeg(x: &Grid, quality: u8) -> Result<Vec<u8>, CorruptionError> {
    let failed = |why: &dyn Display| CorruptionError::Jpeg(why.to_string());
    let side = |length: usize| u16::try_from(length).map_err(|_| failed(&format!("a side of {length} pixels")));
    let (rows, columns) = (side(x.rows)?, side(x.columns)?);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.encode(&x.nearest_bytes(), columns, rows, ColorType::Rgb).map_err(|error| failed(&error))?;
    let decoder = image::codecs::jpeg::JpegDecoder::new(Cursor::new(file)).map_err(|error| failed(&error))?;
    let mut pixels = vec![0; x.values.len()];
    decoder.read_image(&mut pixels).map_err(|error| failed(&error))?;
    Ok(pixels)
}
