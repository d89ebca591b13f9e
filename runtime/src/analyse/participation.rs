//! How many dimensions each layer of cells takes (Doty et al. 2021, Fig. 3; Choudhary et al. 2022, Eq. 3 and Fig. 6).

use super::gather;
use super::places::sites;
use super::{Measure, Opened, Stop, optional};
use hetc_analysis::participation::{self, Gram};
use serde::{Deserialize, Serialize};

/// The participation ratio of the values before and after every layer of cells, over all units and positions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dimensions;

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Its name.
    pub layer: String,
    /// What the cells read; `None` where nothing varies.
    pub before: Option<Ratio>,
    /// What they answer.
    pub after: Option<Ratio>,
}

/// A participation ratio.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// Over all samples.
    pub ratio: f64,
    /// Mean over the classes of the ratio among the samples of one; at most one less than these are.
    pub within: Option<f64>,
    /// Units times positions.
    pub units: usize,
}

impl Ratio {
    /// By the number of units.
    pub fn normalised(&self) -> f64 {
        self.ratio / self.units as f64
    }
}

impl Measure for Dimensions {
    type Finding = Vec<Layer>;

    fn name(&self) -> &'static str {
        "participation"
    }

    fn settings(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    fn find(&self, network: &mut Opened, tell: &mut dyn FnMut(f64) -> bool) -> Result<Vec<Layer>, Stop> {
        let sites = sites(network.plan);
        let mut values: Vec<usize> = sites.iter().flat_map(|site| [site.before, site.layer + 1]).collect();
        values.sort_unstable();
        values.dedup();
        if values.is_empty() {
            return Err(Stop::Without("the network has no cells".to_string()));
        }
        let labels = network.sample.labels();
        let mut ratios: Vec<(usize, Option<Ratio>)> = Vec::new();
        gather::values(network, &values, tell, |network, answers| {
            let mut gram = Gram::new(network.sample.len());
            gram.add(&answers.numbers, network.plan.shape(answers.value).elements());
            let within = network.sample.classes.and_then(|classes| participation::mean(&gram.within(&labels, classes)));
            let within = within.map(|(ratio, _)| ratio);
            let ratio = gram.participation().map(|all| Ratio { ratio: all.ratio, within, units: all.units });
            ratios.push((answers.value, ratio));
        })?;
        let of = |value: usize| ratios.iter().find(|(own, _)| *own == value).and_then(|(_, ratio)| *ratio);
        let layer = |site: &super::places::Site| Layer {
            layer: site.name.to_string(),
            before: of(site.before),
            after: of(site.layer + 1),
        };
        Ok(sites.iter().map(layer).collect())
    }

    fn head(&self) -> Vec<&'static str> {
        vec!["layer", "side", "units", "ratio", "normalised", "within_classes"]
    }

    fn rows(&self, finding: &Vec<Layer>) -> Vec<Vec<String>> {
        let row = |layer: &Layer, side: &str, ratio: &Option<Ratio>| {
            let of = |what: fn(&Ratio) -> f64| optional(ratio.as_ref().map(what));
            let units = ratio.map_or(String::new(), |ratio| ratio.units.to_string());
            let within = optional(ratio.and_then(|ratio| ratio.within));
            vec![layer.layer.clone(), side.to_string(), units, of(|ratio| ratio.ratio), of(Ratio::normalised), within]
        };
        finding.iter().flat_map(|layer| [row(layer, "before", &layer.before), row(layer, "after", &layer.after)]).collect()
    }
}

/// The mean over layers of the normalised ratio after the cells, for joint pictures with accuracies.
pub fn mean_normalised(finding: &[Layer]) -> Option<f64> {
    let all: Vec<f64> = finding.iter().filter_map(|layer| layer.after.as_ref().map(Ratio::normalised)).collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}
