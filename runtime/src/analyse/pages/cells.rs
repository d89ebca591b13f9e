//! Cells at work: what each type does, what the network is without it, where time goes.

use super::{by_network, head, mean, percent};
use crate::analyse::Record;
use crate::analyse::cells::{FLAT, Scored, Team, Time, Type};
use hetc_report::looks::{Look, Table};

pub fn look(records: &[Record<Team>]) -> Option<Look> {
    let scored = records.first()?.finding.scored;
    let (score, lost) = match scored {
        Scored::Accuracy => ("accuracy (%)", "lost (points)"),
        Scored::Loss => ("loss", "loss more"),
    };
    let text = format!(
        "Dead units answer the same to every sample; off answers are exactly 0; flat ones have a slope below {FLAT}. Slopes are root mean \
         squares of the slope of a sample's loss. The last column is how much worse the network is with the type's units held at their mean \
         answers, above 0 where it needs them: {}; layers of one type have nothing to lose one against. Times are of one thread.",
        match scored {
            Scored::Accuracy => "in points of accuracy",
            Scored::Loss => "the loss that comes on top",
        }
    );
    Some(Look {
        title: "Cells at work".to_string(),
        text: vec![text],
        tables: vec![types(records, lost), overall(records, score, lost), times(records)]
            .into_iter()
            .filter(|table| !table.rows.is_empty())
            .collect(),
        pictures: Vec::new(),
    })
}

fn types(records: &[Record<Team>], lost_head: &str) -> Table {
    let mut rows = Vec::new();
    for (network, own) in by_network(records) {
        for (place, first) in own[0].finding.types.iter().enumerate() {
            let all = || own.iter().filter_map(|record| Some((&record.finding, record.finding.types.get(place)?)));
            let of = |what: &dyn Fn(&Type) -> Option<f64>| all().filter_map(|(_, own)| what(own)).collect::<Vec<f64>>();
            let lost: Vec<f64> = all().filter_map(|(team, own)| Some(team.lost(own.without?))).collect();
            rows.push(vec![
                format!("{network}, {}, {}", first.layer, first.cell),
                first.units.to_string(),
                percent(of(&|own| Some(own.dead))),
                percent(of(&|own| Some(own.off))),
                percent(of(&|own| own.flat)),
                small(of(&|own| Some(own.slope_before))),
                small(of(&|own| Some(own.slope_after))),
                mean(lost, decimals(own[0].finding.scored)),
            ]);
        }
    }
    let names = ["type", "units", "dead (%)", "off (%)", "flat (%)", "slope before", "slope after", lost_head];
    Table { head: head(names), rows }
}

fn overall(records: &[Record<Team>], score: &str, lost: &str) -> Table {
    let mut rows = Vec::new();
    for (network, own) in by_network(records) {
        for (cell, _) in &own[0].finding.overall {
            let of = |record: &&Record<Team>| {
                let team = &record.finding;
                let without = team.overall.iter().find(|(name, _)| name == cell)?.1;
                Some((team.shown(without), team.lost(without)))
            };
            let both: Vec<(f64, f64)> = own.iter().filter_map(of).collect();
            let places = decimals(own[0].finding.scored);
            rows.push(vec![
                format!("{network} without {cell}"),
                mean(both.iter().map(|(without, _)| *without), places),
                mean(both.iter().map(|(_, lost)| *lost), places),
            ]);
        }
    }
    Table { head: head(["all units of a type held", score, lost]), rows }
}

fn decimals(scored: Scored) -> usize {
    match scored {
        Scored::Accuracy => 2,
        Scored::Loss => 4,
    }
}

/// Each layer's, and for each type of a mixed one what the layer takes with that type alone.
fn times(records: &[Record<Team>]) -> Table {
    let mut rows = Vec::new();
    let mut row = |name: String, times: Vec<Time>| {
        let side = |of: fn(&Time) -> f64| mean(times.iter().map(of), 2);
        rows.push(vec![name, side(|time| time.forward), side(|time| time.backward)]);
    };
    for (network, own) in by_network(records) {
        let first = &own[0].finding;
        for (place, (layer, _)) in first.times.iter().enumerate() {
            row(format!("{network}, {layer}"), own.iter().filter_map(|one| Some(one.finding.times.get(place)?.1)).collect());
            for (place, one) in first.types.iter().enumerate().filter(|(_, one)| one.layer == *layer && one.alone.is_some()) {
                let alone = own.iter().filter_map(|record| record.finding.types.get(place)?.alone).collect();
                row(format!("{network}, {layer} with {} alone", one.cell), alone);
            }
        }
    }
    Table { head: head(["layer", "forward (ms a 1000 samples)", "backward"]), rows }
}

/// Slopes may be of any size.
fn small(values: Vec<f64>) -> String {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    if values.is_empty() { String::new() } else { format!("{mean:.2e}") }
}
