//! One stage of a training: what moves, by what, for how long, and what is kept.

use crate::error::TrainError;
use crate::lesson::Lesson;
use crate::loss::Loss;
use crate::network::Hardware;
use crate::optim::{Clip, Group, Optimiser};
use crate::params::Table;
use crate::schedule::Schedule;
use crate::select::{Selector, meant, places};
use crate::target::Target;
use hetc_compiler::plan::Plan;
use serde::{Deserialize, Serialize};

/// A stage of a training. Stages follow each other; each goes on with the weights that the one before it left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What tables and metrics call it.
    #[serde(default = "training")]
    pub name: String,
    /// What is done in an epoch.
    #[serde(default)]
    pub kind: Kind,
    /// At most so many; at least 1.
    pub epochs: u64,
    /// Samples a step; the last step of a pass may have fewer. At least 1.
    pub batch: usize,
    /// What is minimised.
    #[serde(default)]
    pub loss: Loss,
    /// By what, where no group says otherwise.
    pub optimiser: Optimiser,
    /// Tensors with an optimiser of their own; the first group that means a tensor has it.
    #[serde(default)]
    pub groups: Vec<OwnOptimiser>,
    /// Whether the optimiser's learning rate is still to be found by a range test (see [`crate::find`]); no such stage can be trained.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub find: bool,
    /// The learning rate over time.
    #[serde(default)]
    pub schedule: Schedule,
    /// Limits for gradients.
    #[serde(default)]
    pub clip: Clip,
    /// When to stop before all epochs are over.
    #[serde(default)]
    pub stop: Option<Stop>,
    /// Which weights the stage leaves.
    #[serde(default)]
    pub keep: Keep,
    /// Tensors that do not move.
    #[serde(default)]
    pub freeze: Vec<Selector>,
    /// Tensors that are drawn anew before the stage begins; before every epoch of [`Kind::Alternate`].
    #[serde(default)]
    pub fresh: Vec<Selector>,
}

/// What is done in an epoch of a stage.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// One pass over the training split.
    #[default]
    Train,
    /// One pass over a grid of arguments of one cell, or learned function, which learns values; nothing else moves. The loss is the mean
    /// square.
    Pretrain {
        /// Its name.
        cell: String,
        /// The values.
        target: Target,
    },
    /// The inner and outer loop of Choudhary et al. (2023), to first order: passes that move everything but `outer`, then one step that
    /// moves `outer` alone.
    Alternate(Alternate),
}

/// See [`Kind::Alternate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternate {
    /// Passes over the training split before the outer step; at least 1.
    pub inner: u64,
    /// What the outer step moves.
    pub outer: Vec<Selector>,
    /// By what. It remembers earlier outer steps; the inner optimiser begins anew in every epoch.
    pub optimiser: Optimiser,
    /// Within which each derivative of the outer step is kept.
    #[serde(default)]
    pub clip: Option<f64>,
    /// Training samples that the outer step's gradient is the mean of; at least 1.
    pub samples: usize,
}

/// Tensors with an optimiser of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnOptimiser {
    /// Which.
    pub of: Vec<Selector>,
    /// By what they move.
    pub optimiser: Optimiser,
    /// Within which each of their derivatives is kept.
    #[serde(default)]
    pub clip: Option<f64>,
}

/// When to stop early: by the validation split, or where a cell is pretrained by its own loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// After so many epochs in a row.
    pub patience: u64,
    /// That are what?
    #[serde(default)]
    pub rule: StopRule,
}

/// What counts against an epoch. Yoon et al.'s text is read as [`StopRule::NoBetter`]; their code does [`StopRule::Rising`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopRule {
    /// Its loss is not below the lowest so far.
    #[default]
    NoBetter,
    /// Its loss is not below that of the epoch before.
    Rising,
}

/// Which weights a stage leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Those after its last epoch.
    #[default]
    Last,
    /// Those after the epoch with the lowest loss on the validation split, or where a cell is pretrained the lowest training loss; the
    /// first of equal ones.
    Best,
}

fn training() -> String {
    "training".to_string()
}

impl Stage {
    /// Passes over the training split by cross-entropy, nothing else.
    pub fn new(epochs: u64, batch: usize, optimiser: Optimiser) -> Self {
        Self {
            name: training(),
            kind: Kind::Train,
            epochs,
            batch,
            loss: Loss::default(),
            optimiser,
            groups: Vec::new(),
            find: false,
            schedule: Schedule::default(),
            clip: Clip::default(),
            stop: None,
            keep: Keep::Last,
            freeze: Vec::new(),
            fresh: Vec::new(),
        }
    }

    /// Whether it cannot do without a validation split.
    pub fn needs_validation(&self) -> bool {
        !matches!(self.kind, Kind::Pretrain { .. }) && (self.stop.is_some() || self.keep == Keep::Best)
    }

    /// Every selector in it, with the key of the run file that it stands under.
    fn selectors(&self) -> Vec<(&'static str, &Selector)> {
        let outer = match &self.kind {
            Kind::Alternate(alternate) => alternate.outer.as_slice(),
            Kind::Train | Kind::Pretrain { .. } => &[],
        };
        let own = self.groups.iter().flat_map(|group| group.of.iter().map(|selector| ("group", selector)));
        let lists = [("freeze", self.freeze.as_slice()), ("fresh", self.fresh.as_slice()), ("alternate", outer)];
        own.chain(lists.into_iter().flat_map(|(key, list)| list.iter().map(move |selector| (key, selector)))).collect()
    }

    /// What it says that `plan` has nothing for: the key of the run file, and the name. A control may lack what its subject has, and is
    /// trained without it.
    pub fn strangers(&self, plan: &Plan) -> Vec<(&'static str, String)> {
        let table = Table::of(plan);
        let unknown = |selector: &Selector| !table.params.iter().any(|entry| selector.means(entry));
        let selectors = self.selectors().into_iter().filter(|(_, selector)| unknown(selector));
        let mut strangers: Vec<(&'static str, String)> = selectors.map(|(key, selector)| (key, selector.to_string())).collect();
        if let Kind::Pretrain { cell, target } = &self.kind
            && Lesson::new(plan, &table, cell, target, 0, Hardware::cpu()).is_none()
        {
            strangers.push(("pretrain", cell.clone()));
        }
        strangers
    }

    /// Passes over the training split in an epoch, if it has any.
    pub fn passes(&self) -> u64 {
        match &self.kind {
            Kind::Train => 1,
            Kind::Pretrain { .. } => 0,
            Kind::Alternate(alternate) => alternate.inner,
        }
    }

    /// What moves in a step, and by what: all that is not frozen, and not the outer step's.
    pub fn groups(&self, table: &Table) -> Vec<Group> {
        let outer: &[Selector] = if let Kind::Alternate(alternate) = &self.kind { &alternate.outer } else { &[] };
        let moves = |entry: &_| !meant(&self.freeze, entry) && !meant(outer, entry);
        let of = |entry: &_| self.groups.iter().position(|group| meant(&group.of, entry));
        let group = |number: Option<usize>, optimiser: Optimiser, clip: Option<f64>| Group {
            ranges: places(table, |entry| moves(entry) && of(entry) == number),
            optimiser,
            clip: clip.or(self.clip.value),
        };
        let own = self.groups.iter().enumerate().map(|(number, own)| group(Some(number), own.optimiser, own.clip));
        std::iter::once(group(None, self.optimiser, None)).chain(own).filter(|group| !group.ranges.is_empty()).collect()
    }

    /// What the outer step moves, if the stage has one.
    pub fn outer(&self, table: &Table) -> Option<Group> {
        let Kind::Alternate(alternate) = &self.kind else { return None };
        let ranges = places(table, |entry| meant(&alternate.outer, entry) && !meant(&self.freeze, entry));
        Some(Group { ranges, optimiser: alternate.optimiser, clip: alternate.clip })
    }

    /// Refuses what no stage can have.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        let setting = |name, found: String, expected| Err(TrainError::Setting { name, found, expected });
        if self.epochs == 0 {
            return setting("epochs", self.epochs.to_string(), "at least 1");
        }
        if self.batch == 0 {
            return setting("batch", self.batch.to_string(), "at least 1");
        }
        if self.find {
            return setting("lr", "find".to_string(), "a number, found before training begins");
        }
        if let Kind::Alternate(Alternate { inner: 0, .. }) = self.kind {
            return setting("inner", "0".to_string(), "at least 1");
        }
        if let Kind::Alternate(Alternate { samples: 0, .. }) = self.kind {
            return setting("samples", "0".to_string(), "at least 1");
        }
        let outer = if let Kind::Alternate(alternate) = &self.kind { Some(&alternate.optimiser) } else { None };
        let optimisers = std::iter::once(&self.optimiser).chain(self.groups.iter().map(|group| &group.optimiser)).chain(outer);
        match optimisers.into_iter().find_map(Optimiser::out_of_range) {
            Some((name, found, expected)) => setting(name, found.to_string(), expected),
            None => Ok(()),
        }
    }
}
