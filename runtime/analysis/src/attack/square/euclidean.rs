//! Square's starts and windows under l2 (Andriushchenko et al. 2020, algorithm 3): length is moved from one window to another.

use super::super::tile::tile;
use super::{Budget, Shape, Window};
use crate::stream::Stream;

/// Keeps empty windows from dividing by 0.
const TINY: f64 = 1e-12;

/// Tiles in a row and in a column of the start.
const TILES: usize = 5;

/// Tiles of random sign and orientation all over the image, scaled to the ball's surface.
pub(super) fn start(shape: Shape, budget: &Budget, x: &[f32], random: &mut Stream) -> Vec<f32> {
    let side = (shape.rows.min(shape.columns) / TILES).max(1);
    let edge = |length: usize| (length - side * TILES.min(length / side)) / 2;
    let mut change = vec![0.0; x.len()];
    for row in 0..TILES.min(shape.rows / side) {
        for column in 0..TILES.min(shape.columns / side) {
            let window = Window { row: edge(shape.rows) + row * side, column: edge(shape.columns) + column * side, side };
            let tile = tile(side, random.sign() > 0.0);
            for channel in 0..shape.channels {
                let sign = f64::from(random.sign());
                window.places(shape, channel).zip(&tile).for_each(|(at, value)| change[at] = sign * value);
            }
        }
    }
    onto_sphere(budget, x, &change)
}

/// The perturbation `point - x` with one window emptied and its length, and what is left of the budget, given to a tile in another.
pub(super) fn next(shape: Shape, budget: &Budget, (x, point): (&[f32], &[f32]), side: usize, random: &mut Stream) -> Vec<f32> {
    let mut change: Vec<f64> = point.iter().zip(x).map(|(p, x)| f64::from(p - x)).collect();
    let (filled, emptied) = (Window::random(shape, side, random), Window::random(shape, side, random));
    let tile = tile(side, random.sign() > 0.0);
    let unused = (f64::from(budget.radius).powi(2) - squares(change.iter())).max(0.0) / shape.channels as f64;
    for channel in 0..shape.channels {
        let (into, from): (Vec<usize>, Vec<usize>) =
            (filled.places(shape, channel).collect(), emptied.places(shape, channel).collect());
        let inside = squares(into.iter().map(|at| &change[*at]));
        let outside = squares(from.iter().filter(|at| !into.contains(at)).map(|at| &change[*at]));
        let sign = f64::from(random.sign());
        let mixed: Vec<f64> = into.iter().zip(&tile).map(|(at, t)| sign * t + change[*at] / (TINY + inside.sqrt())).collect();
        let factor = (unused + inside + outside).sqrt() / (TINY + squares(mixed.iter()).sqrt());
        from.iter().for_each(|at| change[*at] = 0.0);
        into.iter().zip(mixed).for_each(|(at, value)| change[*at] = value * factor);
    }
    onto_sphere(budget, x, &change)
}

fn onto_sphere(budget: &Budget, x: &[f32], change: &[f64]) -> Vec<f32> {
    let length = squares(change.iter()).sqrt() + TINY;
    let direction: Vec<f32> = change.iter().map(|c| (c / length) as f32).collect();
    Budget::moved(x, &direction, budget.radius)
}

fn squares<'a>(values: impl Iterator<Item = &'a f64>) -> f64 {
    values.map(|value| value * value).sum()
}
