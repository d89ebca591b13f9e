//! Ordinary differential equations as data: from a state to the state a time later, or to its rate of change.
//!
//! Trajectories come from the classical Runge-Kutta method of fourth order in double precision. The rates are a function of the state
//! that the caller gives; this crate knows no formulas. The van der Pol oscillator is that of Choudhary et al. (2022).

mod runge_kutta;

pub use runge_kutta::trajectory;

use crate::{DataError, Dataset, Pixels, Split, Targets, Task, portions::of_share, random::RandomState};
use serde::Serialize;
use std::collections::BTreeMap;

/// The rates of change at a state, written into the second slice; both are as long as the state.
pub type Rates<'a> = dyn Fn(&[f64], &mut [f64]) + 'a;

/// A system of equations in formulas.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ode {
    /// The names of the values that change.
    pub state: Vec<String>,
    /// The rate of change of each, as a formula of all and of the constants.
    pub rates: Vec<String>,
    /// What samples are made of its trajectories.
    #[serde(flatten)]
    pub orbit: Orbit,
    /// Numbers that the formulas name.
    pub constants: BTreeMap<String, f64>,
}

/// The van der Pol oscillator: `x' = v`, `v' = mu (1 - x²) v - x`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VanDerPol {
    /// How strongly large and small swings are pulled to the cycle.
    pub mu: f64,
    /// What samples are made of its trajectories.
    #[serde(flatten)]
    pub orbit: Orbit,
}

/// Trajectories and the samples made of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Orbit {
    /// Where trajectories begin.
    #[serde(flatten)]
    pub from: From,
    /// The time from one state to the next.
    pub dt: f64,
    /// How many samples a trajectory gives.
    pub steps: usize,
    /// Steps of the method in `dt`.
    pub inner_steps: usize,
    /// So many states at the start of a trajectory give no sample.
    pub skip: usize,
    /// What is to be found for a state.
    pub target: Target,
    /// The share of the samples that is tested on: whole trajectories, the last ones; of a single one, its last steps.
    pub test_share: f64,
}

/// Where trajectories begin.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum From {
    /// One trajectory from this state.
    Point {
        /// The state.
        start: Vec<f64>,
    },
    /// Several from random states in a box.
    Box {
        /// How many.
        starts: usize,
        /// The least of each value.
        low: Vec<f64>,
        /// The greatest of each value.
        high: Vec<f64>,
        /// The seed: numpy's `RandomState(seed).uniform(low, high, (starts, values))`.
        seed: u32,
    },
}

/// What is to be found for a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The state `dt` later.
    Step,
    /// Its rate of change.
    Field,
}

impl Default for Orbit {
    /// One trajectory of 5,000 states, 0.05 apart, with steps of 0.01; nothing said of where it begins.
    fn default() -> Self {
        let from = From::Point { start: Vec::new() };
        Self { from, dt: 0.05, steps: 5000, inner_steps: 5, skip: 0, target: Target::Step, test_share: 0.2 }
    }
}

impl Default for VanDerPol {
    /// The paper's `mu` of 2.7, from (1, 0).
    fn default() -> Self {
        Self { mu: 2.7, orbit: Orbit { from: From::Point { start: vec![1.0, 0.0] }, ..Orbit::default() } }
    }
}

impl VanDerPol {
    /// Its samples: two values, two targets.
    pub fn dataset(&self) -> Result<Dataset, DataError> {
        self.check()?;
        let rates = |state: &[f64], rates: &mut [f64]| {
            let (x, v) = (state[0], state[1]);
            rates.copy_from_slice(&[v, self.mu * (1.0 - x * x) * v - x]);
        };
        self.orbit.dataset("van-der-pol", &format!("van der Pol oscillator, mu {}", self.mu), 2, &rates)
    }

    pub(crate) fn check(&self) -> Result<(), DataError> {
        if !self.mu.is_finite() {
            return Err(DataError::Argument { argument: "mu", expected: "a finite number", found: self.mu.to_string() });
        }
        self.orbit.check(2)
    }
}

impl Orbit {
    /// The most values of all trajectories.
    const MOST: usize = 1 << 26;

    /// The samples of a system of `width` values with these rates.
    pub fn dataset(&self, name: &str, title: &str, width: usize, rates: &Rates) -> Result<Dataset, DataError> {
        self.check(width)?;
        let mut inputs = Vec::new();
        let mut values = Vec::new();
        for start in self.starts(width) {
            let states = trajectory(start, self.skip + self.steps, self.dt, self.inner_steps, rates)?;
            let states = &states[self.skip * width..];
            inputs.extend(states[..self.steps * width].iter().map(|&x| x as f32));
            match self.target {
                Target::Step => values.extend(states[width..].iter().map(|&x| x as f32)),
                Target::Field => values.extend(states[..self.steps * width].chunks_exact(width).flat_map(|state| {
                    let mut there = vec![0.0; width];
                    rates(state, &mut there);
                    there.into_iter().map(|x| x as f32)
                })),
            }
        }
        let all = Split { inputs: Pixels::Floats(inputs), targets: Targets::Values { width, values } };
        let (train, test) = self.parts();
        Ok(Dataset {
            name: name.into(),
            train: all.choose(&(0..train).collect::<Vec<usize>>(), width),
            validation: Split::default(),
            test: all.choose(&(train..train + test).collect::<Vec<usize>>(), width),
            task: Task::Values(width),
            sample: vec![width],
            source: self.source(title),
        })
    }

    /// How many samples are trained and tested on.
    fn parts(&self) -> (usize, usize) {
        let trajectories = self.trajectories();
        let (units, each) = if trajectories > 1 { (trajectories, self.steps) } else { (self.steps, 1) };
        let test = of_share(self.test_share, units).clamp(1, units - 1);
        ((units - test) * each, test * each)
    }

    fn trajectories(&self) -> usize {
        match self.from {
            From::Point { .. } => 1,
            From::Box { starts, .. } => starts,
        }
    }

    fn starts(&self, width: usize) -> Vec<Vec<f64>> {
        match &self.from {
            From::Point { start } => vec![start.clone()],
            From::Box { starts, low, high, seed } => {
                let mut random = RandomState::new(*seed);
                let mut place = |at: usize| low[at] + (high[at] - low[at]) * random.uniform();
                (0..*starts).map(|_| (0..width).map(&mut place).collect()).collect()
            }
        }
    }

    fn source(&self, title: &str) -> String {
        let target = match self.target {
            Target::Step => format!("the state {} later", self.dt),
            Target::Field => "its rate of change".into(),
        };
        let tested = match &self.from {
            From::Point { start } => format!("one trajectory from {start:?}, its last part tested on"),
            From::Box { starts, seed, .. } => {
                format!("{starts} trajectories from random states (seed {seed}), the last ones tested on")
            }
        };
        format!("{title}: from a state to {target}; {tested}")
    }

    pub(crate) fn check(&self, width: usize) -> Result<(), DataError> {
        let rule = |argument, holds: bool, expected, found: &dyn std::fmt::Debug| match holds {
            true => Ok(()),
            false => Err(DataError::Argument { argument, expected, found: format!("{found:?}") }),
        };
        let state = |values: &Vec<f64>| values.len() == width && values.iter().all(|x| x.is_finite());
        const STATE: &str = "one finite number for each value of the state";
        match &self.from {
            From::Point { start } => rule("start", state(start), STATE, start)?,
            From::Box { starts, low, high, .. } => {
                rule("starts", (2..=Self::MOST).contains(starts), "at least 2", starts)?;
                rule("low", state(low), STATE, low)?;
                rule(
                    "high",
                    state(high) && low.iter().zip(high).all(|(low, high)| low <= high),
                    "a list of numbers of at least those of `low`",
                    high,
                )?;
            }
        }
        let values = (self.steps.saturating_add(self.skip)).saturating_mul(width).saturating_mul(self.trajectories());
        rule("steps", self.steps >= 2 && values <= Self::MOST, "at least 2, and at most 67108864 values in all", &self.steps)?;
        rule("dt", self.dt.is_finite() && self.dt > 0.0, "a finite number above 0", &self.dt)?;
        rule("inner_steps", (1..=10_000).contains(&self.inner_steps), "1 to 10000", &self.inner_steps)?;
        rule("test_share", self.test_share > 0.0 && self.test_share < 1.0, "a share between 0 and 1", &self.test_share)
    }
}
