//! Image files: resized so that the network's height and width are filled, the middle cut out, channels outermost, 0 to 1.

use super::Array;
use hetc_compiler::shape::Shape;
use image::imageops::{FilterType, crop_imm};
use image::{DynamicImage, ImageReader};
use std::io::Cursor;

/// The sample in a file's bytes, or what is wrong.
pub fn read(bytes: &[u8], input: &Shape) -> Result<Array, String> {
    let (channels, height, width) = map(input).ok_or_else(|| format!("the network takes {input}, which is no image"))?;
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    let image = fitted(reader.decode().map_err(|error| error.to_string())?, height, width);
    let bytes = if channels == 1 { image.to_luma8().into_raw() } else { image.to_rgb8().into_raw() };
    let plane = height * width;
    let at = |place: usize| f32::from(bytes[place % plane * channels + place / plane]) / 255.0;
    let shape = if input.spatial().is_some() { vec![channels, height, width] } else { vec![input.elements()] };
    Ok(Array { shape, numbers: (0..channels * plane).map(at).collect() })
}

/// Channels, height and width; a vector is taken for a square image, grey or in colour.
fn map(input: &Shape) -> Option<(usize, usize, usize)> {
    match *input {
        Shape::Map(channels @ (1 | 3), height, width) => Some((channels, height, width)),
        Shape::Map(..) => None,
        Shape::Vector(units) => {
            let square = |units: usize| Some(units.isqrt()).filter(|side| side * side == units);
            let colour = || square(units / 3).filter(|_| units.is_multiple_of(3)).map(|side| (3, side, side));
            square(units).map(|side| (1, side, side)).or_else(colour)
        }
    }
}

/// The sides keep their ratio; what lies beyond is cut off equally on both ends.
fn fitted(image: DynamicImage, height: usize, width: usize) -> DynamicImage {
    let (wide, tall) = (image.width() as usize, image.height() as usize);
    if (tall, wide) == (height, width) {
        return image;
    }
    let scale = (height as f64 / tall as f64).max(width as f64 / wide as f64);
    let scaled = |size: usize, least: usize| ((size as f64 * scale).round() as usize).max(least);
    let (wide, tall) = (scaled(wide, width), scaled(tall, height));
    let resized = image.resize_exact(wide as u32, tall as u32, FilterType::Triangle);
    let (left, top) = ((wide - width) / 2, (tall - height) / 2);
    DynamicImage::ImageRgba8(crop_imm(&resized.to_rgba8(), left as u32, top as u32, width as u32, height as u32).to_image())
}

#[cfg(test)]
mod tests {
    use super::read;
    use hetc_compiler::shape::Shape;
    use image::{ImageFormat, Rgb, RgbImage};
    use std::io::Cursor;

    /// Left half red, right half blue.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let image = RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) });
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn channels_come_first() {
        let array = read(&png(4, 2), &Shape::map(3, 2, 4)).unwrap();
        assert_eq!(array.shape, [3, 2, 4]);
        let row = |one: f32, other: f32| [one, one, other, other, one, one, other, other];
        assert_eq!(array.numbers, [row(1.0, 0.0), row(0.0, 0.0), row(0.0, 1.0)].concat());
    }

    #[test]
    fn the_middle_fills_the_network() {
        let array = read(&png(40, 10), &Shape::map(3, 4, 4)).unwrap();
        assert_eq!(array.numbers.len(), 48);
        assert!(array.numbers[0] > 0.99 && array.numbers[3] < 0.01, "red, then none");
        assert_eq!(read(&png(8, 8), &Shape::vector(16)).unwrap().shape, [16]);
        assert_eq!(read(&png(8, 8), &Shape::vector(48)).unwrap().shape, [48]);
        assert!(read(&png(8, 8), &Shape::vector(7)).is_err());
        assert!(read(b"no image", &Shape::map(3, 4, 4)).is_err());
    }
}
