//! Learned functions: maps where they are used, nearest quadratics, clusters over seeds, powers.

use super::{head, mean, percent};
use crate::analyse::Record;
use crate::analyse::functions::Function;
use hetc_analysis::functions::{Distance, average_linkage, distances, mask, silhouette};
use hetc_report::looks::{Axis, Drawing, Image, Look, Picture, Series, Table};
use hetc_report::stats::binomial;

/// The share of the inputs that a picture shows.
const MASS: f64 = 0.99;
/// Functions whose correlation, up to its sign, is above one minus this are of one cluster.
const APART: f64 = 0.25;

type Records = [Record<Vec<Function>>];

/// All functions of one cell of one network, over its seeds.
struct Kind<'a> {
    name: String,
    all: Vec<(u64, &'a Function)>,
}

pub fn look(records: &Records) -> Option<Look> {
    let kinds = kinds(records);
    let first = kinds.first()?.all.first()?.1;
    let text = format!(
        "What learned cells are over the inputs that they see on the test samples: {} places from {} to {} along each value, within the densest \
         places that hold most of the inputs. Curvature is c1·c2 − c3²/4 of the nearest quadratic; below zero it is a saddle, a soft XOR.",
        first.points, first.low, first.high
    );
    let pictures: Vec<Picture> = [maps(&kinds), curves(&kinds), powers(&kinds)].into_iter().flatten().collect();
    let mut texts = vec![text];
    texts.extend(kinds.iter().filter_map(saddles));
    texts.extend(kinds.iter().filter_map(clusters));
    Some(Look { title: "Learned functions".to_string(), text: texts, tables: vec![table(&kinds)], pictures })
}

fn kinds(records: &Records) -> Vec<Kind<'_>> {
    let mut kinds: Vec<Kind> = Vec::new();
    for record in records {
        for function in &record.finding {
            let name = format!("{} in {}", function.cell, record.network);
            match kinds.iter_mut().find(|kind| kind.name == name) {
                Some(kind) => kind.all.push((record.seed, function)),
                None => kinds.push(Kind { name, all: vec![(record.seed, function)] }),
            }
        }
    }
    kinds
}

fn table(kinds: &[Kind]) -> Table {
    let row = |kind: &Kind| {
        let fits = || kind.all.iter().filter_map(|(_, function)| function.fit.as_ref());
        let saddles = fits().filter(|fit| fit.curvature < 0.0).count();
        vec![
            kind.name.clone(),
            kind.all.len().to_string(),
            percent(kind.all.iter().map(|(_, function)| function.beyond)),
            mean(fits().map(|fit| fit.r2), 3),
            mean(fits().map(|fit| fit.cosine), 3),
            if kind.all[0].1.inputs == 2 { format!("{saddles} of {}", fits().count()) } else { "–".to_string() },
        ]
    };
    let names = ["function", "runs", "inputs beyond the grid (%)", "quadratic explains (R²)", "1 − cosine", "curvature below 0"];
    Table { head: head(names), rows: kinds.iter().map(row).collect() }
}

/// How many curvatures are below zero, and what chance would say.
fn saddles(kind: &Kind) -> Option<String> {
    let fits: Vec<f64> =
        kind.all.iter().filter(|(_, own)| own.inputs == 2).filter_map(|(_, own)| Some(own.fit.as_ref()?.curvature)).collect();
    let below = fits.iter().filter(|curvature| **curvature < 0.0).count();
    let p = binomial(below as u64, fits.len() as u64, 0.5)?;
    (fits.len() > 1).then(|| {
        let few = if fits.len() < 6 { " So few functions cannot show anything." } else { "" };
        format!(
            "{}: curvature is below zero in {below} of {} functions; two-sided binomial test against one half, p = {p:.3}.{few}",
            kind.name,
            fits.len()
        )
    })
}

/// Whether the functions of several seeds are of one kind.
fn clusters(kind: &Kind) -> Option<String> {
    if kind.all.len() < 3 {
        return None;
    }
    let weights: Vec<f64> = (0..kind.all[0].1.density.len())
        .map(|cell| kind.all.iter().map(|(_, own)| f64::from(own.density[cell])).sum::<f64>() / kind.all.len() as f64)
        .collect();
    let values: Vec<Vec<f64>> =
        kind.all.iter().map(|(_, own)| own.values.iter().map(|value| f64::from(*value)).collect()).collect();
    let between = distances(Distance::Unsigned, &weights, &values);
    let groups = average_linkage(kind.all.len(), &between)?.cut_at(APART);
    let count = groups.iter().max()? + 1;
    let typical = between.iter().sum::<f64>() / between.len() as f64;
    let apart = silhouette(&groups, &between).map_or(String::new(), |apart| format!(", silhouette {apart:.2}"));
    let list = (0..count).map(|group| {
        let seeds = kind.all.iter().zip(&groups).filter(|(_, own)| **own == group).map(|((seed, _), _)| seed.to_string());
        format!("{{{}}}", seeds.collect::<Vec<_>>().join(", "))
    });
    Some(format!(
        "{}: over seeds, one minus the correlation up to sign is {typical:.2} on average; average linkage cut at {APART} leaves {count} cluster{} of \
         seeds {}{apart}.",
        kind.name,
        if count == 1 { "" } else { "s" },
        list.collect::<Vec<_>>().join(" ")
    ))
}

/// Functions of two values; grey where they are hardly used.
fn maps(kinds: &[Kind]) -> Option<Picture> {
    let row = |kind: &Kind| {
        let images = kind.all.iter().take(7).map(|(seed, own)| {
            let shares: Vec<f64> = own.density.iter().map(|share| f64::from(*share)).collect();
            let inside = mask(&shares, MASS);
            let at = |first: usize, second: usize| {
                let cell = first * own.points + second;
                inside[cell].then(|| f64::from(own.values[cell]))
            };
            let z = (0..own.points).map(|second| (0..own.points).map(|first| at(first, second)).collect()).collect();
            Image { label: format!("seed {seed}"), z }
        });
        (kind.name.clone(), images.collect())
    };
    let rows: Vec<(String, Vec<Image>)> = kinds.iter().filter(|kind| kind.all[0].1.inputs == 2).map(row).collect();
    if rows.is_empty() {
        return None;
    }
    let caption = "Blue is positive, red negative, white zero; the first argument grows to the right, the second upwards. Grey is where only one \
                   input in a hundred lies (Yoon et al., Fig. 4)."
        .to_string();
    let title = "Learned functions where they are used".to_string();
    Some(Picture { name: "functions-used".to_string(), title, caption, drawing: Drawing::Images { rows } })
}

/// Functions of one value, over the inputs that they see.
fn curves(kinds: &[Kind]) -> Option<Picture> {
    let line = |kind: &Kind| {
        let shares = |own: &Function| own.density.iter().map(|share| f64::from(*share)).collect::<Vec<f64>>();
        let mut points: Vec<(f64, Vec<f64>)> = Vec::new();
        let first = kind.all[0].1;
        let step = (first.high - first.low) / (first.points - 1) as f64;
        let inside: Vec<Vec<bool>> = kind.all.iter().map(|(_, own)| mask(&shares(own), MASS)).collect();
        for place in 0..first.points {
            let values = kind.all.iter().zip(&inside).filter(|(_, inside)| inside[place]);
            let values: Vec<f64> = values.map(|((_, own), _)| f64::from(own.values[place])).collect();
            if !values.is_empty() {
                points.push((first.low + step * place as f64, values));
            }
        }
        Series { name: kind.name.clone(), points }
    };
    let series: Vec<Series> = kinds.iter().filter(|kind| kind.all[0].1.inputs == 1).map(line).collect();
    if series.is_empty() {
        return None;
    }
    let drawing = Drawing::Profile { x: Axis::linear("value"), y: Axis::linear("answer"), series };
    let caption = "Functions of one value, where 99 % of their inputs lie.".to_string();
    let title = "Learned functions where they are used".to_string();
    Some(Picture { name: "functions-curves".to_string(), title, caption, drawing })
}

/// Spectral power, beside that of newly drawn functions.
fn powers(kinds: &[Kind]) -> Option<Picture> {
    let line = |name: String, all: Vec<&Vec<f64>>| {
        let ranks = all.iter().map(|own| own.len()).max().unwrap_or(0);
        let at = |rank: usize| (rank as f64 + 1.0, all.iter().filter_map(|own| own.get(rank).copied()).collect());
        Series { name, points: (0..ranks).map(at).collect() }
    };
    let lines = kinds.iter().flat_map(|kind| {
        let learned = kind.all.iter().map(|(_, own)| &own.power).collect();
        let drawn = kind.all.iter().map(|(_, own)| &own.power_drawn).collect();
        [line(kind.name.clone(), learned), line(format!("{}, newly drawn", kind.name), drawn)]
    });
    let series: Vec<Series> = lines.filter(|series| !series.points.is_empty()).collect();
    if series.is_empty() {
        return None;
    }
    let drawing = Drawing::Profile { x: Axis::linear("rank"), y: Axis::linear("share of the power"), series };
    let caption = "Power in polar Hermite functions (two values) or solid harmonics (three) of rising rank, weighted by the density of the inputs; \
                   newly drawn functions for comparison (Yoon et al., Fig. 8)."
        .to_string();
    let title = "Spectral power of learned functions".to_string();
    Some(Picture { name: "functions-power".to_string(), title, caption, drawing })
}
