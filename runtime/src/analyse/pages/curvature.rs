//! Hessians: trace, spectrum, the share near zero.

use super::{by_network, head, mean, percent, series};
use crate::analyse::Record;
use crate::analyse::curvature::{NEAR, Products, Shape};
use hetc_analysis::hessian::{Spectrum, density};
use hetc_report::looks::{Axis, Drawing, Look, Picture, Series, Table};

/// Points of a density that are drawn.
const DRAWN: usize = 400;
/// Networks whose densities are drawn: they are full of peaks, and more hide each other.
const TOGETHER: usize = 3;
/// Densities below this are not drawn.
const FLOOR: f64 = 1e-6;

pub fn look(records: &[Record<Shape>]) -> Option<Look> {
    let first = &records.first()?.finding;
    let how = match (records.iter().all(|own| own.finding.exact), records.iter().any(|own| own.finding.exact)) {
        (true, _) => "all eigenvalues of the whole Hessian, and the trace as their sum",
        (_, false) => "the trace by Hutchinson's probes, the spectrum by stochastic Lanczos quadrature",
        _ => {
            "of small networks all eigenvalues, of others the trace by Hutchinson's probes and the spectrum by stochastic Lanczos \
              quadrature, whose shares near zero are not to be compared with those of all eigenvalues"
        }
    };
    let text = format!(
        "The Hessian of the mean loss over {} test samples, in evaluation; {how}. Products with it are derivatives at the weights, or differences of \
         slopes near them. Near zero: \
         smaller than {NEAR} of the largest eigenvalue's magnitude; the papers state no threshold, so the picture goes through many.",
        first.samples
    );
    let mut texts = vec![text];
    texts.extend(kinks(records));
    let near = Picture {
        name: "hessian-near-zero".to_string(),
        title: "Eigenvalues near zero".to_string(),
        caption: "The share of eigenvalues whose magnitude is below a threshold; means over seeds with Student's 95 % interval."
            .to_string(),
        drawing: Drawing::Profile {
            x: Axis::log("threshold, of the largest magnitude"),
            y: Axis::linear("share of eigenvalues"),
            series: series(records, |shape| shape.near_zero.clone()),
        },
    };
    let spectrum = Picture {
        name: "hessian-spectrum".to_string(),
        title: "Spectrum of the Hessian".to_string(),
        caption: format!(
            "Density of the eigenvalues of each network's first seed (of the first {TOGETHER} networks), drawn with narrow Gaussians as PyHessian does."
        ),
        drawing: Drawing::Profile { x: Axis::linear("eigenvalue"), y: Axis::log("density"), series: spectra(records) },
    };
    let pictures = vec![spectrum, near];
    Some(Look { title: "Curvature".to_string(), text: texts, tables: vec![table(records)], pictures })
}

/// What makes figures of different networks hard to compare: kinks, to products that are differences.
fn kinks(records: &[Record<Shape>]) -> Option<String> {
    let all = by_network(records).into_iter().map(|(name, own)| (name, &own[0].finding));
    let differenced = all.filter(|(_, shape)| shape.products == Products::Differences && !shape.kinks.is_empty());
    let named: Vec<String> = differenced.map(|(name, shape)| format!("{name} ({})", shape.kinks.join(", "))).collect();
    (!named.is_empty()).then(|| {
        format!(
            "Slopes jump in {}. Products with these Hessians are differences of slopes, so a unit that crosses a kink between two points counts as \
             curvature, which derivatives at a point leave out: traces can be many times larger. Compare such networks with each other only, \
             or take --products derivatives.",
            named.join("; ")
        )
    })
}

fn spectra(records: &[Record<Shape>]) -> Vec<Series> {
    let line = |(name, own): (&str, Vec<&Record<Shape>>)| {
        let spectrum = |nodes: &crate::analyse::curvature::Nodes| Spectrum {
            nodes: nodes.at.clone(),
            weights: nodes.weights.clone(),
            errors: vec![0.0; nodes.at.len()],
        };
        let runs: Vec<Spectrum> = own[0].finding.spectra.iter().map(spectrum).collect();
        let density = density(&runs)?;
        let every = (density.at.len() / DRAWN).max(1);
        // The largest of each stretch, so that no peak is lost.
        let stretches = density.at.chunks(every).zip(density.values.chunks(every));
        let points = stretches.map(|(at, values)| {
            let most = (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0);
            (at[most], vec![values[most].max(FLOOR)])
        });
        Some(Series { name: name.to_string(), points: points.collect() })
    };
    by_network(records).into_iter().filter_map(line).take(TOGETHER).collect()
}

fn table(records: &[Record<Shape>]) -> Table {
    let row = |(network, own): (&str, Vec<&Record<Shape>>)| {
        let of =
            |what: &dyn Fn(&Shape) -> Option<f64>| own.iter().filter_map(|record| what(&record.finding)).collect::<Vec<f64>>();
        vec![
            network.to_string(),
            own.len().to_string(),
            own[0].finding.products.to_string(),
            mean(of(&|shape| Some(shape.loss)), 4),
            mean(of(&|shape| Some(shape.trace)), 2),
            mean(of(&|shape| shape.spectra.first()?.at.last().copied()), 3),
            mean(of(&|shape| shape.spectra.first()?.at.first().copied()), 3),
            percent(of(&Shape::share_near_zero)),
        ]
    };
    let names = ["network", "runs", "products", "loss", "trace", "largest", "smallest", "near zero (%)"];
    Table { head: head(names), rows: by_network(records).into_iter().map(row).collect() }
}
