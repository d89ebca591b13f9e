//! The shape of one sample as it flows through a network; the batch is not part of it.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;

/// `128` (a vector of units) or `16x8x8` (channels × height × width).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// So many units.
    Vector(usize),
    /// Channels, height, width.
    Map(usize, usize, usize),
}

impl Shape {
    /// A vector of `units`.
    pub fn vector(units: usize) -> Self {
        Shape::Vector(units)
    }

    /// A map of `channels × height × width`.
    pub fn map(channels: usize, height: usize, width: usize) -> Self {
        Shape::Map(channels, height, width)
    }

    /// What can carry a cell type: the channels of a map, the elements of a vector.
    pub fn units(&self) -> usize {
        match *self {
            Shape::Vector(units) | Shape::Map(units, ..) => units,
        }
    }

    /// Height and width; `None` for a vector.
    pub fn spatial(&self) -> Option<(usize, usize)> {
        match *self {
            Shape::Vector(_) => None,
            Shape::Map(_, height, width) => Some((height, width)),
        }
    }

    /// With every `n` consecutive units as one; `None` if `n` does not divide them.
    pub fn grouped(&self, n: usize) -> Option<Self> {
        let divided = |units: usize| (n > 0 && units.is_multiple_of(n)).then(|| units / n);
        match *self {
            Shape::Vector(units) => divided(units).map(Shape::Vector),
            Shape::Map(channels, height, width) => Some(Shape::Map(divided(channels)?, height, width)),
        }
    }

    /// Number of values in one sample, however many.
    pub fn size(&self) -> u64 {
        self.axes().iter().map(|axis| *axis as u64).fold(1, u64::saturating_mul)
    }

    /// Number of values in one sample. The compiler keeps it below [`crate::limits::MAX_ELEMENTS`].
    pub fn elements(&self) -> usize {
        match *self {
            Shape::Vector(units) => units,
            Shape::Map(channels, height, width) => channels.saturating_mul(height).saturating_mul(width),
        }
    }

    /// The sizes along the axes, outermost first.
    pub fn axes(&self) -> Vec<usize> {
        match *self {
            Shape::Vector(units) => vec![units],
            Shape::Map(channels, height, width) => vec![channels, height, width],
        }
    }

    /// From sizes along the axes: one or three.
    pub fn from_axes(axes: &[usize]) -> Option<Self> {
        match *axes {
            [units] => Some(Shape::Vector(units)),
            [channels, height, width] => Some(Shape::Map(channels, height, width)),
            _ => None,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axes: Vec<String> = self.axes().iter().map(usize::to_string).collect();
        f.pad(&axes.join("x"))
    }
}

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let axes: Option<Vec<usize>> = text.split('x').map(|axis| axis.parse().ok()).collect();
        axes.as_deref().and_then(Shape::from_axes).ok_or_else(|| D::Error::custom(format!("`{text}` is not a shape")))
    }
}
