//! Errors on corrupted images.

use super::{by_network, head, mean, percent, series};
use crate::analyse::Record;
use crate::analyse::corruptions::Endured;
use hetc_analysis::corruption::{Errors, Kind, Reading, mean_corruption_error, relative_mean_corruption_error};
use hetc_report::looks::{Axis, Drawing, Look, Picture, Table};

pub fn look(records: &[Record<Endured>]) -> Option<Look> {
    let first = &records.first()?.finding;
    let images =
        if first.published { "the published files of CIFAR-10-C" } else { "corrupted here; frost is drawn, not photographed" };
    let text = format!(
        "Errors on {} test images under 15 corruptions at five severities ({images}). CE of a network against another is the sum of its errors over \
         severities by the other's; mCE the mean over corruptions, below 100 % where the network is the better one. Relative mCE counts only what \
         corruption adds, and is left out where one adds nothing to the other network's error: with the clean error taken from each severity's (Hendrycks and Dietterich), or once from the sum (as Yoon et al. print it). \
         Errors are means over seeds.",
        first.samples
    );
    let severities = Picture {
        name: "corruptions-severity".to_string(),
        title: "Error by severity".to_string(),
        caption: "Mean over the 15 corruptions; 0 is no corruption. Means over seeds with Student's 95 % interval.".to_string(),
        drawing: Drawing::Profile {
            x: Axis::linear("severity"),
            y: Axis::linear("error (%)"),
            series: series(records, |found| {
                let at = |severity: usize| {
                    found.corrupted.iter().map(|errors| errors[severity]).sum::<f64>() / found.corrupted.len() as f64
                };
                let worse = (0..found.corrupted[0].len()).map(|severity| (severity as f64 + 1.0, 100.0 * at(severity)));
                [(0.0, 100.0 * found.clean)].into_iter().chain(worse).collect()
            }),
        },
    };
    let tables = vec![by_kind(records), against(records)].into_iter().filter(|table| !table.rows.is_empty()).collect();
    Some(Look { title: "Corruptions".to_string(), text: vec![text], tables, pictures: vec![severities] })
}

fn by_kind(records: &[Record<Endured>]) -> Table {
    let networks = by_network(records);
    let mut columns = head(["error (%), mean over severities"]);
    columns.extend(networks.iter().map(|(name, _)| name.to_string()));
    let mut rows = Vec::new();
    let mut row = |name: &str, of: &dyn Fn(&Endured) -> f64| {
        let cells = networks.iter().map(|(_, own)| percent(own.iter().map(|record| of(&record.finding))));
        rows.push([name.to_string()].into_iter().chain(cells).collect());
    };
    row("none", &|found| found.clean);
    for (number, kind) in Kind::ALL.into_iter().enumerate() {
        row(&kind.name().replace('_', " "), &|found| found.errors().means()[number]);
    }
    row("all", &|found| found.errors().means().iter().sum::<f64>() / Kind::ALL.len() as f64);
    Table { head: columns, rows }
}

/// Every network against every other.
fn against(records: &[Record<Endured>]) -> Table {
    let all: Vec<(&str, Errors)> = by_network(records).into_iter().map(|(name, own)| (name, mean_errors(&own))).collect();
    let mut rows = Vec::new();
    for (name, own) in &all {
        for (other, baseline) in all.iter().filter(|(other, _)| other != name) {
            let relative = |reading| {
                let grows = baseline.means().iter().all(|error| *error > baseline.clean);
                grows.then(|| relative_mean_corruption_error(own, baseline, reading)).flatten()
            };
            let cell = |value: Option<f64>| value.map_or("–".to_string(), |ratio| mean([100.0 * ratio], 1));
            rows.push(vec![
                format!("{name} against {other}"),
                cell(mean_corruption_error(own, baseline)),
                cell(relative(Reading::Each)),
                cell(relative(Reading::Once)),
            ]);
        }
    }
    Table { head: head(["networks", "mCE (%)", "relative mCE (%)", "relative, clean once (%)"]), rows }
}

fn mean_errors(own: &[&Record<Endured>]) -> Errors {
    let count = own.len() as f64;
    let first = &own[0].finding.corrupted;
    let at =
        |kind: usize, severity: usize| own.iter().map(|record| record.finding.corrupted[kind][severity]).sum::<f64>() / count;
    let corrupted = (0..first.len()).map(|kind| (0..first[kind].len()).map(|severity| at(kind, severity)).collect()).collect();
    Errors { clean: own.iter().map(|record| record.finding.clean).sum::<f64>() / count, corrupted }
}
