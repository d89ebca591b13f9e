//! How long what is left of a sweep will take on this machine.

use super::folder::{Place, Sweep};
use super::pace::{Pace, pace};
use super::points::Point;
use super::state::State;
use crate::experiment::Crew;
use crate::stage::Stage;
use hetc_data::{Dataset, Part};
use std::collections::BTreeMap;

/// Most networks that are measured; the others take as long as the one with the nearest number of multiply-adds.
const MOST_MEASURED: usize = 6;

/// How long something will take.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Seconds of one training, by index of its point: the likely figure.
    pub training: BTreeMap<usize, f64>,
    /// Seconds until everything is over: at the quickest pace seen, as it mostly was, at the slowest.
    pub total: [f64; 3],
    /// Networks whose finished trainings were looked at.
    pub from_results: usize,
    /// Networks that were trained for a moment.
    pub measured: usize,
    /// Networks that were neither.
    pub inferred: usize,
}

/// Seconds of a training: quick, likely, slow.
type Seconds = [f64; 3];

/// How long the trainings that are not over will take with `crew`: by what is over already, or by a moment of each network, as many at a
/// time as there will be; of many networks, by a few of all sizes.
pub fn estimate(sweep: &Sweep, states: &[(Place, State)], data: &BTreeMap<String, Dataset>, crew: Crew) -> Estimate {
    let left = |point: usize| states.iter().filter(|(place, state)| place.point == point && !state.is_over()).count();
    let waiting: Vec<usize> = sweep.networks().into_iter().filter(|point| left(*point) > 0).collect();
    let mut known: BTreeMap<usize, Seconds> =
        waiting.iter().filter_map(|point| Some((*point, recorded(*point, states)?))).collect();
    let from_results = known.len();
    let unknown: Vec<usize> = waiting.iter().copied().filter(|point| !known.contains_key(point)).collect();
    let chosen = spread(sweep, &unknown);
    let own = |point: usize| data.get(&sweep.points[point].run_file.data_key());
    let measured: BTreeMap<usize, Pace> =
        chosen.iter().filter_map(|point| Some((*point, pace(&sweep.points[*point], own(*point)?, crew)?))).collect();
    for point in unknown {
        let macs = |index: usize| sweep.points[index].plan.macs;
        let nearest = measured.iter().min_by_key(|(other, _)| macs(**other).abs_diff(macs(point)));
        if let (Some((_, pace)), Some(data)) = (nearest, own(point)) {
            known.insert(point, seconds(&sweep.points[point], data, pace));
        }
    }
    let total = [0, 1, 2].map(|which| {
        let work: f64 = known.iter().map(|(point, seconds)| left(*point) as f64 * seconds[which]).sum();
        let longest = known.values().map(|seconds| seconds[which]).fold(0.0, f64::max);
        (work / crew.jobs as f64).max(longest)
    });
    let (training, measured) = (known.iter().map(|(point, seconds)| (*point, seconds[1])).collect(), measured.len());
    Estimate { training, total, from_results, measured, inferred: known.len().saturating_sub(from_results + measured) }
}

/// The shortest, mean and longest of a point's trainings that are over.
fn recorded(point: usize, states: &[(Place, State)]) -> Option<Seconds> {
    let of = |(place, state): &(Place, State)| match state {
        State::Finished(result) if place.point == point => Some(result.seconds),
        _ => None,
    };
    let seconds: Vec<f64> = states.iter().filter_map(of).collect();
    let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
    let bound = |start, choose: fn(f64, f64) -> f64| seconds.iter().copied().fold(start, choose);
    (!seconds.is_empty()).then(|| [bound(f64::INFINITY, f64::min), mean, bound(0.0, f64::max)])
}

/// A few points of all sizes, the smallest and the largest among them; networks of one size take about the same time.
fn spread(sweep: &Sweep, points: &[usize]) -> Vec<usize> {
    let mut sorted = points.to_vec();
    sorted.sort_by_key(|point| sweep.points[*point].plan.macs);
    let last = sorted.len().saturating_sub(1);
    let count = sorted.len().min(MOST_MEASURED);
    (0..count).map(|step| sorted[if count > 1 { step * last / (count - 1) } else { last }]).collect()
}

fn seconds(point: &Point, data: &Dataset, pace: &Pace) -> Seconds {
    let steps = |stage: &Stage| {
        let batches = |part| data.split(part).len().div_ceil(stage.batch) as f64;
        // Looking at a batch is the first third of a step.
        let looks = if pace.with_evaluation { 0.0 } else { (batches(Part::Test) + batches(Part::Validation)) / 3.0 };
        stage.epochs as f64 * (stage.passes() as f64 * batches(Part::Train) + looks)
    };
    let first = &point.run_file.train.stages[0];
    let tested = if first.find { point.run_file.find.epochs } else { 0 };
    let tests = tested as f64 * data.split(Part::Train).len().div_ceil(first.batch) as f64;
    let steps: f64 = tests + point.run_file.train.stages.iter().map(steps).sum::<f64>();
    pace.step.map(|step| pace.start + steps * step)
}
