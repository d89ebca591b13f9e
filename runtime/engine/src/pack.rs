//! Samples one after the other, as data come and go, and sixteen side by side.

use hetc_compiler::shape::Shape;
use hetc_kernels::{LANES, Lanes};
use pulp::Arch;

/// Where element `index` of a sample, in the plan's order (channels outermost), is among the vectors of a value of this shape.
pub fn place(shape: &Shape, index: usize) -> usize {
    match *shape {
        Shape::Vector(_) => index,
        Shape::Map(channels, height, width) => index % (height * width) * channels + index / (height * width),
    }
}

/// Puts `samples` (whole ones, 1 to 16, one after the other) side by side; the last one is repeated in the lanes that are left.
pub fn join(shape: &Shape, samples: &[f32], out: &mut [Lanes]) {
    let elements = shape.elements();
    let count = samples.len() / elements;
    let rows: [&[f32]; LANES] = std::array::from_fn(|lane| {
        let sample = lane.min(count - 1);
        &samples[sample * elements..][..elements]
    });
    Arch::new().dispatch(|| {
        for start in (0..elements).step_by(LANES) {
            if let Some(block) = rows_at(&rows, start) {
                let turned = transpose(&block);
                turned.into_iter().enumerate().for_each(|(i, lanes)| out[place(shape, start + i)] = Lanes(lanes));
            } else {
                (start..elements).for_each(|i| out[place(shape, i)] = Lanes(rows.map(|row| row[i])));
            }
        }
    });
}

/// The samples that stand side by side one after the other: as many as `samples` has room for.
pub fn split(shape: &Shape, lanes: &[Lanes], samples: &mut [f32]) {
    let elements = shape.elements();
    for (lane, sample) in samples.chunks_exact_mut(elements).enumerate() {
        for (i, number) in sample.iter_mut().enumerate() {
            *number = lanes[place(shape, i)].0[lane];
        }
    }
}

#[inline(always)]
fn rows_at(rows: &[&[f32]; LANES], start: usize) -> Option<[[f32; LANES]; LANES]> {
    let mut block = [[0.0; LANES]; LANES];
    for (row, block) in rows.iter().zip(&mut block) {
        *block = *row.get(start..)?.first_chunk()?;
    }
    Some(block)
}

#[inline(always)]
fn transpose(block: &[[f32; LANES]; LANES]) -> [[f32; LANES]; LANES] {
    std::array::from_fn(|i| std::array::from_fn(|lane| block[lane][i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_come_back_as_they_were_and_the_last_fills_up() {
        for shape in [Shape::map(3, 4, 5), Shape::vector(37), Shape::map(1, 2, 2)] {
            let elements = shape.elements();
            for count in [1, 5, 16] {
                let samples: Vec<f32> = (0..count * elements).map(|i| i as f32).collect();
                let mut lanes = vec![Lanes::default(); elements];
                join(&shape, &samples, &mut lanes);
                let mut back = vec![0.0; samples.len()];
                split(&shape, &lanes, &mut back);
                assert_eq!(back, samples);
                assert!(lanes.iter().all(|lanes| lanes.0[15] == lanes.0[count - 1]));
            }
        }
        assert_eq!(place(&Shape::map(3, 4, 5), 1), 3); // the second column of channel 0
        assert_eq!(place(&Shape::map(3, 4, 5), 20), 1); // the first place of channel 1
    }
}
