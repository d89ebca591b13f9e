//! Arrays as bytes become arrays of a few types.

use crate::{DataError, Pixels};
use std::path::PathBuf;

/// An array that was read.
pub struct Array {
    /// Its file, with `#name` behind it where that holds several.
    pub place: PathBuf,
    /// Its axes, outermost first.
    pub shape: Vec<usize>,
    /// Row by row.
    pub values: Values,
}

/// The numbers of an array.
pub enum Values {
    /// Of one byte, without a sign.
    Bytes(Vec<u8>),
    /// Other whole numbers, and truth values as 0 and 1; those beyond the range of `i64` are at its end.
    Whole(Vec<i64>),
    /// The others, in single precision.
    Floats(Vec<f32>),
}

/// How one number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Unsigned,
    Signed,
    Float,
}

/// The type of the numbers of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    pub sort: Sort,
    /// In bytes.
    pub size: usize,
    pub little_endian: bool,
}

impl Element {
    /// Bytes as numbers; nothing for a type of no use here.
    pub fn decode(self, bytes: &[u8]) -> Option<Values> {
        let numbers = bytes.chunks_exact(self.size).map(|number| self.widen(number));
        Some(match (self.sort, self.size) {
            (Sort::Unsigned, 1) => Values::Bytes(bytes.to_vec()),
            (Sort::Unsigned, 2 | 4 | 8) => Values::Whole(numbers.map(|bits| i64::try_from(bits).unwrap_or(i64::MAX)).collect()),
            (Sort::Signed, 1) => Values::Whole(numbers.map(|bits| (bits as i8).into()).collect()),
            (Sort::Signed, 2) => Values::Whole(numbers.map(|bits| (bits as i16).into()).collect()),
            (Sort::Signed, 4) => Values::Whole(numbers.map(|bits| (bits as i32).into()).collect()),
            (Sort::Signed, 8) => Values::Whole(numbers.map(|bits| bits as i64).collect()),
            (Sort::Float, 4) => Values::Floats(numbers.map(|bits| f32::from_bits(bits as u32)).collect()),
            (Sort::Float, 8) => Values::Floats(numbers.map(|bits| f64::from_bits(bits) as f32).collect()),
            _ => return None,
        })
    }

    /// The bits of a number of at most eight bytes.
    fn widen(self, number: &[u8]) -> u64 {
        let join = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
        match self.little_endian {
            true => number.iter().rev().fold(0, join),
            false => number.iter().fold(0, join),
        }
    }
}

impl Array {
    /// That the shape is another than `expected`.
    pub fn bad_shape(&self, expected: String) -> DataError {
        DataError::ArrayShape { path: self.place.clone(), found: axes(&self.shape), expected }
    }

    /// The numbers as samples: bytes as they are, everything else in single precision and finite.
    pub fn into_pixels(self) -> Result<Pixels, DataError> {
        let size: usize = self.shape[1..].iter().product();
        match self.values {
            Values::Bytes(bytes) => Ok(Pixels::Bytes(bytes)),
            Values::Whole(whole) => Ok(Pixels::Floats(whole.into_iter().map(|n| n as f32).collect())),
            Values::Floats(floats) => match floats.iter().position(|x| !x.is_finite()) {
                None => Ok(Pixels::Floats(floats)),
                Some(at) => Err(DataError::ArrayValue {
                    path: self.place,
                    sample: at / size.max(1),
                    found: floats[at].to_string(),
                    expected: "a finite number",
                }),
            },
        }
    }
}

/// `[60000, 784]`
pub fn axes(shape: &[usize]) -> String {
    format!("{shape:?}")
}
