//! The classical Runge-Kutta method of fourth order.

use super::Rates;
use crate::DataError;

/// The states at 0, `dt`, …, `steps * dt`, one after the other.
pub fn trajectory(start: Vec<f64>, steps: usize, dt: f64, inner_steps: usize, rates: &Rates) -> Result<Vec<f64>, DataError> {
    let (width, h) = (start.len(), dt / inner_steps as f64);
    let mut states = start.clone();
    let mut method = RungeKutta::new(start, h);
    for step in 1..=steps {
        (0..inner_steps).for_each(|_| method.step(rates));
        if !method.state.iter().all(|x| x.is_finite()) {
            return Err(DataError::Diverged { time: step as f64 * dt });
        }
        states.extend_from_slice(&method.state);
    }
    debug_assert_eq!(states.len(), (steps + 1) * width);
    Ok(states)
}

/// The classical method of fourth order.
struct RungeKutta {
    state: Vec<f64>,
    h: f64,
    slopes: [Vec<f64>; 4],
    probe: Vec<f64>,
}

impl RungeKutta {
    fn new(state: Vec<f64>, h: f64) -> Self {
        let zeros = vec![0.0; state.len()];
        Self { h, slopes: std::array::from_fn(|_| zeros.clone()), probe: zeros, state }
    }

    fn step(&mut self, rates: &Rates) {
        rates(&self.state, &mut self.slopes[0]);
        for (stage, reach) in [(1, 0.5), (2, 0.5), (3, 1.0)] {
            for (at, probe) in self.probe.iter_mut().enumerate() {
                *probe = self.state[at] + reach * self.h * self.slopes[stage - 1][at];
            }
            rates(&self.probe, &mut self.slopes[stage]);
        }
        let [k1, k2, k3, k4] = &self.slopes;
        for (at, x) in self.state.iter_mut().enumerate() {
            *x += self.h / 6.0 * (k1[at] + 2.0 * k2[at] + 2.0 * k3[at] + k4[at]);
        }
    }
}
