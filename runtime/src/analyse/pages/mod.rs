//! What analyses found, as sections of a report.

mod attacks;
mod cells;
mod corruptions;
mod curvature;
mod functions;
mod participation;

use super::Record;
use super::store::{Block, Settings, Unreadable, read};
use hetc_report::looks::{Look, Series};
use hetc_report::stats::Sample;
use serde::Deserialize;
use std::path::Path;

/// The folder of a run's analyses.
pub const FOLDER: &str = "analysis";

/// The folder of a run or a sweep, and what its networks are called in the report.
pub type Source<'a> = (&'a Path, &'a dyn Fn(&str) -> String);

/// Every section that the folders have findings for. `figure` is what the training of a network with a seed came to, and `measured` what that
/// is.
pub fn looks(sources: &[Source], measured: &str, figure: &dyn Fn(&str, u64) -> Option<f64>) -> Vec<Look> {
    let mut looks = Vec::new();
    section(sources, "participation", &mut looks, |records| participation::look(records, measured, figure));
    section(sources, "cells", &mut looks, cells::look);
    section(sources, "hessian", &mut looks, curvature::look);
    section(sources, "functions", &mut looks, functions::look);
    section(sources, "corruptions", &mut looks, corruptions::look);
    section(sources, "attacks", &mut looks, attacks::look);
    looks
}

/// Findings of one measure: those with the same settings and data together, of all folders.
fn section<F: for<'de> Deserialize<'de>>(
    sources: &[Source],
    name: &str,
    looks: &mut Vec<Look>,
    look: impl Fn(&[Record<F>]) -> Option<Look>,
) {
    let mut alike: Vec<(Settings, Vec<Record<F>>)> = Vec::new();
    for (folder, called) in sources {
        let blocks = match read::<F>(&folder.join(FOLDER), name) {
            Ok(blocks) => blocks,
            Err(Unreadable(file)) => {
                looks.push(unreadable(name, &file));
                continue;
            }
        };
        for Block { settings, mut trainings, .. } in blocks {
            trainings.iter_mut().for_each(|record| record.network = called(&record.network));
            match alike.iter_mut().find(|(known, _)| *known == settings) {
                Some((_, all)) => all.extend(trainings),
                None => alike.push((settings, trainings)),
            }
        }
    }
    for (number, (settings, records)) in alike.iter().enumerate() {
        let mut drawn = look(records);
        if let Some(own) = &mut drawn {
            own.text.push(format!("Settings: {}.", settings.line()));
            if number > 0 {
                own.title = format!("{} (other samples or settings)", own.title);
                own.pictures.iter_mut().for_each(|picture| picture.name = format!("{}-{}", picture.name, number + 1));
            }
        }
        looks.extend(drawn);
    }
}

fn unreadable(name: &str, file: &Path) -> Look {
    let text = format!(
        "{} cannot be read, perhaps because another version of hetc wrote it; hetc analyze makes it again.",
        file.display()
    );
    Look { title: format!("Findings on {name}"), text: vec![text], tables: Vec::new(), pictures: Vec::new() }
}

/// Records of each network, networks in their order.
fn by_network<F>(records: &[Record<F>]) -> Vec<(&str, Vec<&Record<F>>)> {
    let mut all: Vec<(&str, Vec<&Record<F>>)> = Vec::new();
    for record in records {
        match all.iter_mut().find(|(name, _)| *name == record.network) {
            Some((_, own)) => own.push(record),
            None => all.push((&record.network, vec![record])),
        }
    }
    all
}

/// A line of each network: `points` of a finding at places, over its seeds.
fn series<F>(records: &[Record<F>], points: impl Fn(&F) -> Vec<(f64, f64)>) -> Vec<Series> {
    let line = |(name, own): (&str, Vec<&Record<F>>)| {
        let mut all: Vec<(f64, Vec<f64>)> = Vec::new();
        for (place, value) in own.iter().flat_map(|record| points(&record.finding)) {
            match all.iter_mut().find(|(known, _)| *known == place) {
                Some((_, values)) => values.push(value),
                None => all.push((place, vec![value])),
            }
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        Series { name: name.to_string(), points: all }
    };
    by_network(records).into_iter().map(line).filter(|series| !series.points.is_empty()).collect()
}

/// `1.234 ± 0.056`; empty without values.
fn mean(values: impl IntoIterator<Item = f64>, decimals: usize) -> String {
    let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    if values.is_empty() {
        return String::new();
    }
    let estimate = Sample::new(values).estimate();
    let half = estimate.half_width.map_or(String::new(), |half| format!(" ± {half:.decimals$}"));
    format!("{:.decimals$}{half}", estimate.value)
}

/// The same in hundredths.
fn percent(values: impl IntoIterator<Item = f64>) -> String {
    mean(values.into_iter().map(|part| 100.0 * part), 2)
}

/// Cells of a table's head.
fn head<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_string).to_vec()
}
