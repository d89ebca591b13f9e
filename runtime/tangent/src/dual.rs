//! Numbers that carry a derivative.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// A number and its derivative along one direction (forward accumulation): `value + slope·ε` with `ε² = 0`.
///
/// A number that follows no direction has slope 0. Comparisons are of values; at a tie or a kink the derivative is the side's that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Dual {
    /// The number.
    pub value: f64,
    /// Its derivative.
    pub slope: f64,
}

impl Dual {
    /// 0, along any direction.
    pub const ZERO: Self = Self::constant(0.0);

    /// The same along any direction.
    pub const fn constant(value: f64) -> Self {
        Self { value, slope: 0.0 }
    }

    /// A function of this number, given its value and its derivative here. Where the number does not move, neither does the function,
    /// even where its derivative is infinite.
    pub fn through(self, value: f64, derivative: f64) -> Self {
        Self { value, slope: if self.slope == 0.0 { 0.0 } else { self.slope * derivative } }
    }

    /// This number times one that is the same along any direction.
    pub fn times(self, factor: f64) -> Self {
        Self { value: self.value * factor, slope: self.slope * factor }
    }

    /// `e` to this power.
    pub fn exp(self) -> Self {
        let value = self.value.exp();
        self.through(value, value)
    }

    /// Its natural logarithm.
    pub fn ln(self) -> Self {
        self.through(self.value.ln(), 1.0 / self.value)
    }

    /// This number to a power that is the same along any direction.
    pub fn powf(self, exponent: f64) -> Self {
        self.through(self.value.powf(exponent), exponent * self.value.powf(exponent - 1.0))
    }

    /// Whether it is exactly 0 and stays so.
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }
}

impl From<f32> for Dual {
    fn from(value: f32) -> Self {
        Self::constant(f64::from(value))
    }
}

impl Neg for Dual {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, slope: -self.slope }
    }
}

impl Add for Dual {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl Sub for Dual {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, slope: self.slope - other.slope }
    }
}

impl Mul for Dual {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, slope: self.slope * other.value + self.value * other.slope }
    }
}

impl Div for Dual {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, slope: (self.slope - value * other.slope) / other.value }
    }
}

impl AddAssign for Dual {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Dual {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::ZERO, Add::add)
    }
}
