//! Dimensions that layers take: across depth, and beside what trainings came to.

use super::{head, mean, series};
use crate::analyse::Record;
use crate::analyse::participation::{Layer, Ratio, mean_normalised};
use hetc_report::looks::{Axis, Drawing, Look, Picture, Series, Table};

type Records = [Record<Vec<Layer>>];

pub fn look(records: &Records, measured: &str, figure: &dyn Fn(&str, u64) -> Option<f64>) -> Option<Look> {
    let layers = layers(records)?;
    let profile = |name: &str, title: &str, caption: &str, axis: &str, of: fn(&Layer) -> Option<f64>| {
        let points = |finding: &Vec<Layer>| {
            finding.iter().enumerate().filter_map(|(place, layer)| Some((place as f64, of(layer)?))).collect::<Vec<_>>()
        };
        let (x, y) = (Axis::places("layer of cells", layers.clone()), Axis::linear(axis));
        let drawing = Drawing::Profile { x, y, series: series(records, points) };
        Picture { name: name.to_string(), title: title.to_string(), caption: caption.to_string(), drawing }
    };
    let mut pictures = vec![profile(
        "participation",
        "Dimensions across depth",
        "Participation ratio of the answers of each layer of cells, over all samples; means over seeds with Student's 95 % interval.",
        "participation ratio",
        |layer| layer.after.map(|ratio| ratio.ratio),
    )];
    if records.iter().any(|record| record.finding.iter().any(|layer| within(layer).is_some())) {
        pictures.push(profile(
            "participation-within",
            "Dimensions within a class",
            "The same among the samples of one class, mean over classes (Doty et al., Fig. 3).",
            "participation ratio within classes",
            within,
        ));
    }
    pictures.extend(joint(records, measured, figure));
    let text = "The participation ratio of a layer counts the dimensions that its answers take: (Σλ)²/Σλ² over the eigenvalues of their \
                covariance over samples, all units and positions together. Normalised is by the number of units and positions.";
    Some(Look { title: "Dimensions".to_string(), text: vec![text.to_string()], tables: vec![table(records)], pictures })
}

/// Names of the places along the depth: those of the layers, or numbers where networks differ in them.
fn layers(records: &Records) -> Option<Vec<String>> {
    let names = |record: &Record<Vec<Layer>>| record.finding.iter().map(|layer| layer.layer.clone()).collect::<Vec<String>>();
    let first = names(records.first()?);
    if records.iter().all(|record| names(record) == first) {
        return Some(first);
    }
    let most = records.iter().map(|record| record.finding.len()).max()?;
    Some((1..=most).map(|number| number.to_string()).collect())
}

fn within(layer: &Layer) -> Option<f64> {
    layer.after.and_then(|ratio| ratio.within)
}

/// What trainings came to beside the mean normalised ratio of their layers.
fn joint(records: &Records, measured: &str, figure: &dyn Fn(&str, u64) -> Option<f64>) -> Option<Picture> {
    let point =
        |record: &&Record<Vec<Layer>>| Some((mean_normalised(&record.finding)?, vec![figure(&record.network, record.seed)?]));
    let of = |(name, own): (&str, Vec<&Record<Vec<Layer>>>)| Series {
        name: name.to_string(),
        points: own.iter().filter_map(point).collect(),
    };
    let series: Vec<Series> = super::by_network(records).into_iter().map(of).filter(|series| !series.points.is_empty()).collect();
    if series.is_empty() {
        return None;
    }
    let x = Axis::linear("normalised participation ratio of the answers, mean over layers");
    let drawing = Drawing::Scatter { x, y: Axis::linear(measured), series };
    let caption = "A dot a training (Choudhary et al., Fig. 6).".to_string();
    let title = "Result and dimensions".to_string();
    Some(Picture { name: "participation-joint".to_string(), title, caption, drawing })
}

fn table(records: &Records) -> Table {
    let mut rows = Vec::new();
    for (network, own) in super::by_network(records) {
        for (place, layer) in own[0].finding.iter().enumerate() {
            let of = |what: &dyn Fn(&Layer) -> Option<f64>| {
                own.iter().filter_map(|record| what(record.finding.get(place)?)).collect::<Vec<f64>>()
            };
            rows.push(vec![
                format!("{network}, {}", layer.layer),
                own.len().to_string(),
                mean(of(&|layer| layer.before.map(|ratio| ratio.ratio)), 2),
                mean(of(&|layer| layer.after.map(|ratio| ratio.ratio)), 2),
                mean(of(&|layer| layer.after.as_ref().map(Ratio::normalised)), 4),
                mean(of(&within), 2),
            ]);
        }
    }
    Table { head: head(["layer", "runs", "before the cells", "after", "normalised", "within classes"]), rows }
}
