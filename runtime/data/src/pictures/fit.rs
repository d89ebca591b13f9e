//! Bringing images to one size, as torchvision's `Resize` and `CenterCrop` do.

use image::{
    ImageBuffer, Pixel,
    imageops::{self, FilterType},
};
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// What is done to an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// `resize 64`, `resize 48x64`: to another size, linearly, each new pixel an average of those it covers.
    Resize(Size),
    /// `centre_crop 256`: so many rows and columns of its middle; black where the image is smaller.
    CentreCrop(u32),
}

/// A size to come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// The shorter side has so many pixels, the other keeps its ratio, rounded down.
    Shorter(u32),
    /// So many rows and columns.
    Exactly {
        /// Rows.
        rows: u32,
        /// Columns.
        columns: u32,
    },
}

/// The most rows and columns.
const MOST: u32 = 4096;

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fit::Resize(Size::Shorter(side)) => write!(f, "resize {side}"),
            Fit::Resize(Size::Exactly { rows, columns }) => write!(f, "resize {rows}x{columns}"),
            Fit::CentreCrop(side) => write!(f, "centre_crop {side}"),
        }
    }
}

impl FromStr for Fit {
    type Err = ();

    /// The inverse of [`Display`](fmt::Display).
    fn from_str(text: &str) -> Result<Self, ()> {
        let side = |text: &str| text.parse().ok().filter(|side| (1..=MOST).contains(side)).ok_or(());
        match text.split_whitespace().collect::<Vec<&str>>()[..] {
            ["centre_crop", of] => Ok(Fit::CentreCrop(side(of)?)),
            ["resize", to] => Ok(Fit::Resize(match to.split_once('x') {
                Some((rows, columns)) => Size::Exactly { rows: side(rows)?, columns: side(columns)? },
                None => Size::Shorter(side(to)?),
            })),
            _ => Err(()),
        }
    }
}

impl Serialize for Fit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

type Image<P> = ImageBuffer<P, Vec<u8>>;

/// An image after every step.
pub fn all<P: Pixel<Subpixel = u8> + 'static>(steps: &[Fit], image: Image<P>) -> Image<P> {
    steps.iter().fold(image, |image, step| match *step {
        Fit::Resize(size) => {
            let [columns, rows] = size.of(image.width(), image.height());
            imageops::resize(&image, columns, rows, FilterType::Triangle)
        }
        Fit::CentreCrop(side) => centre_crop(&image, side),
    })
}

impl Size {
    /// Columns and rows of an image that has `width` and `height`.
    fn of(self, width: u32, height: u32) -> [u32; 2] {
        let long = |side: u32, long: u32, short: u32| {
            let scaled = u64::from(side) * u64::from(long) / u64::from(short.max(1));
            scaled.clamp(1, MOST.into()) as u32
        };
        match self {
            Size::Exactly { rows, columns } => [columns, rows],
            Size::Shorter(side) if width <= height => [side, long(side, height, width)],
            Size::Shorter(side) => [long(side, width, height), side],
        }
    }
}

fn centre_crop<P: Pixel<Subpixel = u8> + 'static>(image: &Image<P>, side: u32) -> Image<P> {
    let [left, top] = [image.width(), image.height()].map(|length| first(length, side));
    let mut cropped = ImageBuffer::new(side, side);
    imageops::replace(&mut cropped, image, -left, -top);
    cropped
}

/// Where the middle `side` pixels of `length` begin; below 0 if there are fewer. Halves go to the even number, as in torchvision.
fn first(length: u32, side: u32) -> i64 {
    let spare = i64::from(length) - i64::from(side);
    match spare {
        ..0 => -(-spare / 2),
        _ if spare % 2 == 0 => spare / 2,
        _ => (spare / 2 + 1) / 2 * 2,
    }
}

/// Rows and columns, and the channels one after the other.
pub fn planes<P: Pixel<Subpixel = u8> + 'static>(image: Image<P>) -> ([usize; 2], Vec<u8>) {
    let (size, channels) = ([image.height() as usize, image.width() as usize], usize::from(P::CHANNEL_COUNT));
    let bytes = image.into_raw();
    (size, (0..channels).flat_map(|channel| bytes[channel..].iter().step_by(channels)).copied().collect())
}
