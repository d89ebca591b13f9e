//! The nearest point of a hyperplane within the box: the projections of FAB (Croce and Hein 2020, eq. 6 to 8).

use super::Norm;

/// The smallest change `d` of `x` in `norm` so that `w · (x + d) = w · x - surplus` and `x + d` lies in the box `[0, 1]`; where the box does
/// not reach the hyperplane, the change that comes nearest to it.
///
/// Every number goes against the slope, `min(λ s, room)` far, with `s = 1` for l∞ and `|w|` for l2; `λ` follows from the numbers sorted by
/// how soon they run out of room.
pub(super) fn towards(norm: Norm, x: &[f32], w: &[f32], surplus: f64) -> Vec<f64> {
    let sign = if surplus >= 0.0 { 1.0 } else { -1.0 };
    let mut ways: Vec<Way> =
        x.iter().zip(w).enumerate().map(|(at, (x, w))| Way::new(norm, at, *x, f64::from(*w) * sign)).collect();
    ways.retain(|way| way.slope != 0.0);
    ways.sort_by(|a, b| a.reach().total_cmp(&b.reach()));
    let (mut missing, mut rate) = (surplus.abs(), ways.iter().map(Way::rate).sum::<f64>());
    let mut lambda = f64::INFINITY;
    for way in &ways {
        if missing <= rate * way.reach() {
            lambda = missing / rate;
            break;
        }
        missing -= way.slope.abs() * way.room;
        rate -= way.rate();
    }
    let mut change = vec![0.0; x.len()];
    ways.iter().for_each(|way| change[way.at] = -way.slope.signum() * way.room.min(lambda * way.speed));
    change
}

/// How a number can move.
struct Way {
    at: usize,
    slope: f64,
    /// How far it is to the box's wall.
    room: f64,
    speed: f64,
}

impl Way {
    fn new(norm: Norm, at: usize, x: f32, slope: f64) -> Self {
        let room = if slope > 0.0 { f64::from(x) } else { 1.0 - f64::from(x) };
        let speed = match norm {
            Norm::Linf => 1.0,
            Norm::L2 => slope.abs(),
        };
        Self { at, slope, room, speed }
    }

    /// The λ at which it stands at the wall.
    fn reach(&self) -> f64 {
        self.room / self.speed
    }

    /// How much of the surplus it takes for each λ.
    fn rate(&self) -> f64 {
        self.slope.abs() * self.speed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projections_by_hand() {
        let close = |got: Vec<f64>, expected: [f64; 2]| got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close(towards(Norm::Linf, &[0.5, 0.5], &[1.0, -2.0], 0.6), [-0.2, 0.2]));
        assert!(close(towards(Norm::L2, &[0.5, 0.5], &[1.0, -2.0], 0.5), [-0.1, 0.2]));
        assert!(close(towards(Norm::Linf, &[0.1, 0.5], &[1.0, 1.0], 0.4), [-0.1, -0.3]));
        assert!(close(towards(Norm::L2, &[0.1, 0.5], &[1.0, 1.0], -0.4), [0.2, 0.2]));
        assert!(close(towards(Norm::L2, &[0.1, 0.5], &[1.0, 1.0], 9.0), [-0.1, -0.5]));
        assert!(close(towards(Norm::L2, &[0.1, 0.5], &[0.0, 0.0], 9.0), [0.0, 0.0]));
    }

    /// Against the authors' code (tests/oracle/attacks.py).
    #[test]
    fn projections_are_the_references() {
        let oracle: serde_json::Value = serde_json::from_str(include_str!("../../tests/oracle/attacks.json")).unwrap();
        let numbers =
            |value: &serde_json::Value| value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect::<Vec<_>>();
        for case in oracle["projections"].as_array().unwrap() {
            let single = |key: &str| numbers(&case[key]).into_iter().map(|v| v as f32).collect::<Vec<f32>>();
            let (x, w) = (single("x"), single("w"));
            let product: f64 = x.iter().zip(&w).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
            for (norm, key) in [(Norm::Linf, "Linf"), (Norm::L2, "L2")] {
                let ours = towards(norm, &x, &w, product - case["b"].as_f64().unwrap());
                assert!(ours.iter().zip(numbers(&case[key])).all(|(a, b)| (a - b).abs() < 2e-5), "{norm:?} {case} {ours:?}");
            }
        }
    }
}
