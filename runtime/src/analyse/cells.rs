//! Cells at work: what each type of a layer does, what the network is without it, and the time that layers take.

use super::gather::{self, Answers};
use super::places::{Site, sites};
use super::{Measure, Opened, Stop, number, optional};
use crate::loss::Score;
use hetc_engine::Held;
use hetc_exchange::cells::Learned;
use serde::{Deserialize, Serialize};

/// A cell is saturated where its slope is smaller than this.
pub const FLAT: f64 = 0.05;
/// Places at which a cell's slope is taken, between the smallest and the largest value that it reads.
const PLACES: usize = 4001;

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
    /// Milliseconds for a thousand samples, on one thread: each layer's name, forward, backward.
    pub times: Vec<(String, f64, f64)>,
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
        let times = times(network, passes);
        let alone: Vec<usize> = sites.iter().map(|site| site.placement.shares.len()).collect();
        let mut types = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let mixed = alone[sites.iter().position(|site| site.layer == part.site.layer).unwrap_or(0)] > 1;
            let without = mixed.then(|| without(network, &[part]));
            types.push(part.found(without));
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
        ]
    }

    fn rows(&self, team: &Team) -> Vec<Vec<String>> {
        let scored = team.scored.to_string();
        let row = |own: &Type| {
            let Type { layer, cell, units, dead, off, flat, slope_before, slope_after, without } = own;
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
                optional(time.map(|time| time.1)),
                optional(time.map(|time| time.2)),
            ]
        };
        let everywhere = |(cell, without): &(String, f64)| {
            let mut cells = vec![String::new(); 13];
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

/// One type of one layer, while it is looked at.
struct Part<'a> {
    site: Site<'a>,
    cell: usize,
    name: String,
    /// The elements of the layer's answer that are its.
    elements: Vec<usize>,
    width: usize,
    positions: usize,
    means: Vec<f32>,
    dead: usize,
    units: usize,
    off: f64,
    flat: Option<f64>,
    slopes: [f64; 2],
}

fn parts<'a>(network: &Opened<'a>, site: &Site<'a>) -> Vec<Part<'a>> {
    let (shares, output) = (site.shares(), network.plan.layers[site.layer].output);
    let part = |(share, own): (usize, &hetc_compiler::plan::Share)| Part {
        site: *site,
        cell: own.cell,
        name: network.plan.cells[own.cell].name.clone(),
        elements: (0..shares.len()).filter(|element| shares[*element] == share).collect(),
        width: output.elements(),
        positions: output.elements() / output.units(),
        means: Vec::new(),
        dead: 0,
        units: 0,
        off: 0.0,
        flat: None,
        slopes: [0.0; 2],
    };
    site.placement.shares.iter().enumerate().map(part).collect()
}

impl Part<'_> {
    /// What its cells answer.
    fn hear(&mut self, answers: &Answers) {
        let mut spans: Vec<(usize, f32, f32)> = Vec::new();
        let (mut zeros, mut all) = (0usize, 0usize);
        for element in &self.elements {
            let (mut sum, mut low, mut high) = (0.0, f32::INFINITY, f32::NEG_INFINITY);
            let mut count = 0;
            for answer in answers.of(*element, self.width) {
                sum += f64::from(answer);
                (low, high) = (low.min(answer), high.max(answer));
                zeros += usize::from(answer == 0.0);
                count += 1;
            }
            all += count;
            self.means.push((sum / count as f64) as f32);
            match spans.last_mut().filter(|(unit, ..)| *unit == element / self.positions) {
                Some((_, lowest, highest)) => (*lowest, *highest) = (lowest.min(low), highest.max(high)),
                None => spans.push((element / self.positions, low, high)),
            }
        }
        self.units = spans.len();
        self.dead = spans.iter().filter(|(_, low, high)| high - low <= 1e-6 * (1.0 + high.abs())).count();
        self.off = zeros as f64 / all.max(1) as f64;
    }

    /// What its cells read: where they are flat.
    fn read(&mut self, network: &Opened, read: &Answers) {
        let cell = &network.plan.cells[self.cell];
        if cell.inputs != 1 || cell.is_windowed() {
            return;
        }
        let Ok(learned) = Learned::of(network.plan, &network.weights, &cell.name) else { return };
        let width = self.site.input.elements();
        let values = || self.elements.iter().flat_map(|element| read.of(*element, width)).map(f64::from);
        let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        if !(low.is_finite() && high.is_finite()) {
            return;
        }
        let step = ((high - low) / (PLACES - 1) as f64).max(1e-9);
        let is_flat_at = |x: f64| {
            let reach = 1e-6 * (1.0 + x.abs());
            (learned.at(&[x + reach]) - learned.at(&[x - reach])).abs() < 2.0 * reach * FLAT
        };
        let flat: Vec<bool> = (0..PLACES).map(|place| is_flat_at(low + step * place as f64)).collect();
        let is_flat = |x: f64| {
            let below = (((x - low) / step) as usize).min(PLACES - 2);
            // Between two places that differ it is asked itself.
            if flat[below] == flat[below + 1] { flat[below] } else { is_flat_at(x) }
        };
        let (count, all) = values().fold((0usize, 0usize), |(count, all), x| (count + usize::from(is_flat(x)), all + 1));
        self.flat = Some(count as f64 / all.max(1) as f64);
    }

    /// Slopes at what they read, or at what they answer.
    fn feel(&mut self, slopes: &Answers) {
        let mean_square = |elements: &[usize], width: usize| {
            let squares: f64 =
                elements.iter().flat_map(|element| slopes.of(*element, width)).map(|slope| f64::from(slope).powi(2)).sum();
            (squares * width as f64 / (elements.len() * slopes.numbers.len()).max(1) as f64).sqrt()
        };
        if slopes.value == self.site.layer + 1 {
            self.slopes[1] = mean_square(&self.elements, self.width);
        }
        if slopes.value == self.site.before {
            let args = if self.site.placement.window.is_some() { 1 } else { usize::from(self.site.placement.args) };
            let read: Vec<usize> = match args {
                1 => self.elements.clone(),
                args => self.elements.iter().flat_map(|element| (0..args).map(|arg| self.site.argument(*element, arg))).collect(),
            };
            self.slopes[0] = mean_square(&read, self.site.input.elements());
        }
    }

    fn held(&self) -> Held {
        Held { value: self.site.layer + 1, elements: self.elements.iter().copied().zip(self.means.iter().copied()).collect() }
    }

    fn found(&self, without: Option<f64>) -> Type {
        Type {
            layer: self.site.name.to_string(),
            cell: self.name.clone(),
            units: self.units,
            dead: self.dead as f64 / self.units.max(1) as f64,
            off: self.off,
            flat: self.flat,
            slope_before: self.slopes[0],
            slope_after: self.slopes[1],
            without,
        }
    }
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

/// Samples went through the network `passes` times since times were taken last.
fn times(network: &mut Opened, passes: usize) -> Vec<(String, f64, f64)> {
    let samples = (network.sample.len() * passes) as f64;
    let seconds = network.probe.seconds();
    let each = |(layer, [forward, backward]): (&hetc_compiler::plan::Layer, [f64; 2])| {
        (layer.name.clone(), 1e6 * forward / samples, 1e6 * backward / samples)
    };
    network.plan.layers.iter().zip(seconds).map(each).collect()
}
