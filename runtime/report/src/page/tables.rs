//! Numbers for other programs, as CSV (RFC 4180, with a head line).

use crate::compare::{Against, Comparison};
use crate::csv::line;
use crate::stats::{Bootstrap, COVERAGE, Sample};
use crate::study::{Group, Outcome, Role, Study};

/// Resamples of the bootstrap intervals, and the seed of their draws.
const RESAMPLES: usize = 2_000;
const SEED: u64 = 1;

/// One line a run: where it stands, how it ended and what it came to (`value`), its last epoch.
pub fn runs(study: &Study) -> String {
    let mut parameters: Vec<&str> = Vec::new();
    for (name, _) in study.groups.iter().flat_map(|group| &group.coordinates) {
        if !parameters.contains(&name.as_str()) {
            parameters.push(name);
        }
    }
    let head = ["network", "role", "parameters"].into_iter().chain(parameters.iter().copied());
    let head =
        head.chain(["seed", "outcome", "value", "epochs", "last_train_loss", "last_test_loss", "last_test_accuracy", "seconds"]);
    let mut out = line(head.map(str::to_string));
    for group in &study.groups {
        for run in &group.runs {
            let mut cells = vec![group.name.clone(), role(group).to_string(), group.params.to_string()];
            cells.extend(parameters.iter().map(|name| group.coordinate(name).map_or(String::new(), |value| value.to_string())));
            let last = run.epochs.last();
            let outcome = match run.outcome {
                Outcome::Finished => "finished",
                Outcome::Diverged => "diverged",
                Outcome::Unfinished => "unfinished",
            };
            cells.extend([run.seed.to_string(), outcome.to_string(), number(run.figure()), run.epochs.len().to_string()]);
            cells.extend(
                [
                    last.and_then(|epoch| epoch.train_loss),
                    last.and_then(|epoch| epoch.test_loss),
                    last.and_then(|epoch| epoch.test_accuracy),
                ]
                .map(number),
            );
            cells.push(format!("{:.3}", run.epochs.iter().map(|epoch| epoch.seconds).sum::<f64>()));
            out += &line(cells);
        }
    }
    out
}

/// One line a group: its mean with Student's interval and with the bootstrap's (BCa).
pub fn groups(study: &Study) -> String {
    let head = ["network", "role", "parameters", "runs", "mean", "ci_half_width", "sd", "min", "max", "bca_low", "bca_high"];
    let mut out = line(head.map(str::to_string));
    for group in &study.groups {
        let sample = Sample::new(group.values());
        let estimate = sample.estimate();
        let drawn = Bootstrap::draw(&sample.values, |values| Sample::new(values.to_vec()).mean(), RESAMPLES, SEED);
        let interval = drawn.and_then(|drawn| drawn.bca(COVERAGE));
        let some = |value: f64| Some(value).filter(|value| value.is_finite());
        let mut cells = vec![group.name.clone(), role(group).to_string(), group.params.to_string(), sample.len().to_string()];
        let numbers = [some(estimate.value), estimate.half_width, sample.deviation(), some(sample.min()), some(sample.max())];
        cells.extend(numbers.into_iter().chain([interval.map(|i| i.low), interval.map(|i| i.high)]).map(number));
        out += &line(cells);
    }
    out
}

/// One line a comparison.
pub fn comparisons(comparisons: &[Comparison]) -> String {
    let head = ["network", "against", "n", "expected", "gain", "ci_half_width", "p", "p_adjusted", "effect", "detectable"];
    let mut out = line(head.map(str::to_string));
    for comparison in comparisons {
        let against = match &comparison.against {
            Against::Linear => "linear prediction",
            Against::Max => "max prediction",
            Against::PairedMax => "paired max prediction",
            Against::Group(name) => name,
        };
        let Comparison { expected, gain, p, adjusted, effect, detectable, .. } = comparison;
        let mut cells = vec![comparison.subject.clone(), against.to_string(), comparison.n.to_string()];
        cells.extend([Some(*expected), Some(gain.value), gain.half_width, *p, *adjusted, *effect, *detectable].map(number));
        out += &line(cells);
    }
    out
}

fn role(group: &Group) -> &'static str {
    match group.role {
        Role::Subject { .. } => "subject",
        Role::Control => "control",
        Role::Other => "other",
    }
}

/// Ten digits: what comes after differs between machines.
fn number(value: Option<f64>) -> String {
    let text = value.filter(|value| value.is_finite()).map(|value| format!("{value:.10}"));
    text.map_or(String::new(), |text| text.trim_end_matches('0').trim_end_matches('.').to_string())
}
