//! Cells of different names that compute the same.

use super::answer::{Called, Weights, answer};
use crate::plan::{Cell, Step};

/// How many windows two cells are tried at, and how many elements each has.
const WINDOWS: u32 = 40;
const ELEMENTS: u32 = 5;
/// What two answers may be apart, as a part of them: the same sum in another order.
const TOLERANCE: f64 = 1e-12;

impl Cell {
    /// Whether both compute the same, whatever they are called: by the same steps and the same formula or, if they call nothing, with the
    /// same answers at every window of a few dozen, zeros and ties among them.
    ///
    /// Both are from one plan. Cells with trained numbers are never the same: they start alike and part.
    pub fn same_function(&self, other: &Cell) -> bool {
        let fixed = self.trained.is_empty() && other.trained.is_empty();
        let alike = fixed && self.inputs == other.inputs;
        alike && (self.steps == other.steps && self.formula == other.formula || self.agrees(other))
    }

    fn agrees(&self, other: &Cell) -> bool {
        let alone = |cell: &Cell| cell.steps.iter().all(|step| matches!(step, Step::Reduce { .. }));
        let (called, weights) = (Called { functions: &[], tables: &[] }, Weights { trained: &[], functions: &[] });
        let tried = |window: Vec<Vec<f64>>| {
            let (ours, theirs) = (answer(self, called, weights, &window), answer(other, called, weights, &window));
            ours.iter().zip(&theirs).all(|(a, b)| close(*a, *b))
        };
        alone(self) && alone(other) && (0..WINDOWS).all(|number| tried(window(number, self.inputs)))
    }
}

/// Values of many sizes and both signs; now and then 0, or the one before it again.
fn window(number: u32, inputs: u8) -> Vec<Vec<f64>> {
    let size = [1.0, 10.0, 0.1, 3.0, 1e-3, 1e3][number as usize % 6];
    let value = |element: u32, input: u8| {
        let place = number * ELEMENTS + if (element + number) % 7 == 3 { element.saturating_sub(1) } else { element };
        // Multiples of roots have fractions that are spread evenly and go in no step with each other.
        let spread = (f64::from(place + 1).powi(2) * [2f64, 3.0, 5.0][usize::from(input) % 3].sqrt()).fract();
        if (element + u32::from(input) + number) % 11 == 5 { 0.0 } else { size * (2.0 * spread - 1.0) }
    };
    (0..ELEMENTS).map(|element| (0..inputs).map(|input| value(element, input)).collect()).collect()
}

fn close(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= TOLERANCE * (a.abs() + b.abs())
}
