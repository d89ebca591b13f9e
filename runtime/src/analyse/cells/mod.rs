//! Cells at work: what each type of a layer does, what the network is without it, and the time that layers take.

mod part;
mod times;

use super::gather::{self, Answers};
use super::places::sites;
use super::{Measure, Opened, Stop, number, optional};
use crate::loss::Score;
use hetc_engine::Held;
use part::{Part, parts};
use serde::{Deserialize, Serialize};

/// A cell is saturated where its slope is smaller than this.
pub const FLAT: f64 = 0.05;
/// What the cells of each type do.
#[derive(Debug, Clone, Copy, Default)]
pub struct Work;

/// What was found about all cells of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Team {
    /// Part of the samples that are right, or the mean loss where numbers are to be found.
    pub score: f64,
    /// What that is.
    pub scored: Scored,
    /// Every type of every layer.
    pub types: Vec<Type>,
    /// Every type of a mixed network, in all layers at once.
    pub overall: Vec<(String, f64)>,
    /// What each layer takes: its name, and the time.
    pub times: Vec<(String, Time)>,
}

/// Milliseconds of one thread for a thousand samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Time {
    /// From the input to the answers.
    pub forward: f64,
    /// Back, with all slopes.
    pub backward: f64,
}

/// What a network is judged by here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scored {
    /// The part of the samples that are right.
    Accuracy,
    /// The mean loss.
    Loss,
}

impl Team {
    /// How much worse a score is than the network's own: points of accuracy (in hundredths), or loss.
    pub fn lost(&self, without: f64) -> f64 {
        match self.scored {
            Scored::Accuracy => 100.0 * (self.score - without),
            Scored::Loss => without - self.score,
        }
    }

    /// A score as it is shown: in hundredths, or a loss.
    pub fn shown(&self, score: f64) -> f64 {
        match self.scored {
            Scored::Accuracy => 100.0 * score,
            Scored::Loss => score,
        }
    }
}

/// One type in one layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Type {
    /// The layer.
    pub layer: String,
    /// The cell.
    pub cell: String,
    /// Units that it answers for, at all positions together.
    pub units: usize,
    /// Part of the units that answer the same to every sample at every position.
    pub dead: f64,
    /// Part of the answers that are exactly 0.
    pub off: f64,
    /// Part of the answers where the cell's slope is below [`FLAT`]; `None` for cells of several values, windows, or numbers of their own
    /// in each layer.
    pub flat: Option<f64>,
    /// Root mean square of the slopes of a sample's loss at what the cells read …
    pub slope_before: f64,
    /// … and at what they answer.
    pub slope_after: f64,
    /// The network's score with these units held at their mean answers; `None` where the layer has one type only.
    pub without: Option<f64>,
    /// What the layer takes with this type at all its places; `None` where the layer has one type only.
    pub alone: Option<Time>,
}

impl Measure for Work {
    type Finding = Team;

    fn name(&self) -> &'static str {
        "cells"
    }

    fn settings(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    fn find(&self, network: &mut Opened, tell: &mut dyn FnMut(f64) -> bool) -> Result<Team, Stop> {
        let sites = sites(network.plan);
        if sites.is_empty() {
            return Err(Stop::Without("the network has no cells".to_string()));
        }
        let mut parts: Vec<Part> = sites.iter().flat_map(|site| parts(network, site)).collect();
        let answers: Vec<usize> = sites.iter().map(|site| site.layer + 1).collect();
        gather::values(network, &answers, &mut |part| tell(0.3 * part), |_, answers| {
            parts.iter_mut().filter(|part| part.site.layer + 1 == answers.value).for_each(|part| part.hear(&answers));
        })?;
        let mut before: Vec<usize> = sites.iter().map(|site| site.before).collect();
        before.dedup();
        gather::values(network, &before, &mut |part| tell(0.3 + 0.2 * part), |network, read| {
            parts.iter_mut().filter(|part| part.site.before == read.value).for_each(|part| part.read(network, &read));
        })?;
        network.probe.seconds();
        let mut both: Vec<usize> = before.iter().chain(&answers).copied().collect();
        both.sort_unstable();
        both.dedup();
        let feel = |_: &Opened, slopes: Answers| parts.iter_mut().for_each(|part| part.feel(&slopes));
        let (score, passes) = gather::slopes(network, &both, feel);
        let times = times::of_layers(network, passes);
        let alone = times::of_types(network);
        let mut types = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let mixed = part.site.placement.shares.len() > 1;
            let without = mixed.then(|| without(network, &[part]));
            let times = alone.get(&(part.site.layer, part.name.clone())).copied();
            types.push(part.found(without, times.filter(|_| mixed)));
            if !tell(0.6 + 0.4 * (number + 1) as f64 / parts.len() as f64) {
                return Err(Stop::Asked);
            }
        }
        let overall = overall(network, &parts);
        let scored = if score.labelled > 0 { Scored::Accuracy } else { Scored::Loss };
        Ok(Team { score: figure(score), scored, types, overall, times })
    }

    fn head(&self) -> Vec<&'static str> {
        vec![
            "layer",
            "cell",
            "units",
            "dead",
            "off",
            "flat",
            "slope_before",
            "slope_after",
            "scored",
            "score",
            "score_without",
            "layer_forward_ms",
            "layer_backward_ms",
            "alone_forward_ms",
            "alone_backward_ms",
        ]
    }

    fn rows(&self, team: &Team) -> Vec<Vec<String>> {
        let scored = team.scored.to_string();
        let row = |own: &Type| {
            let Type { layer, cell, units, dead, off, flat, slope_before, slope_after, without, alone } = own;
            let time = team.times.iter().find(|(name, ..)| name == layer);
            vec![
                layer.clone(),
                cell.clone(),
                units.to_string(),
                number(*dead),
                number(*off),
                optional(*flat),
                number(*slope_before),
                number(*slope_after),
                scored.clone(),
                number(team.score),
                optional(*without),
                optional(time.map(|(_, time)| time.forward)),
                optional(time.map(|(_, time)| time.backward)),
                optional(alone.map(|time| time.forward)),
                optional(alone.map(|time| time.backward)),
            ]
        };
        let everywhere = |(cell, without): &(String, f64)| {
            let mut cells = vec![String::new(); 15];
            (cells[0], cells[1], cells[8]) = ("all".to_string(), cell.clone(), scored.clone());
            (cells[9], cells[10]) = (number(team.score), number(*without));
            cells
        };
        team.types.iter().map(row).chain(team.overall.iter().map(everywhere)).collect()
    }
}

impl std::fmt::Display for Scored {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Scored::Accuracy => "accuracy",
            Scored::Loss => "loss",
        })
    }
}

/// The accuracy, or the mean loss where numbers are to be found.
fn figure(score: Score) -> f64 {
    if score.labelled > 0 { score.accuracy() } else { score.mean_loss() }
}

/// The network's score with all units of these held at their mean answers.
fn without(network: &mut Opened, parts: &[&Part]) -> f64 {
    let held: Vec<Held> = parts.iter().map(|part| part.held()).collect();
    let sample = network.sample;
    let logits = network.probe.values(&network.weights, &sample.inputs, network.look, &held, &[], |_| ());
    figure(network.loss.score(&logits, sample.targets.all()))
}

fn overall(network: &mut Opened, parts: &[Part]) -> Vec<(String, f64)> {
    let mut names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < 2 {
        return Vec::new();
    }
    let of = |name: &str| parts.iter().filter(|part| part.name == name).collect::<Vec<_>>();
    names.iter().map(|name| (name.to_string(), without(network, &of(name)))).collect()
}
