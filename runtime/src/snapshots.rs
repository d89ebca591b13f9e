//! Learned cells written down while they learn: their values on a grid of arguments, as lines of `functions.jsonl`.

use crate::lesson::Lesson;
use crate::network::Hardware;
use crate::params::{Table, Weights};
use crate::target::{Target, Values};
use hetc_compiler::plan::Plan;
use serde::{Deserialize, Serialize};

/// When and where cells are written down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshots {
    /// Before the first epoch and after every so many; at least 1.
    pub every: u64,
    /// Along each argument the grid goes from here …
    pub low: f64,
    /// … to here, both included.
    pub high: f64,
    /// Places along each argument; at least 2.
    pub points: usize,
}

/// One learned cell at one moment; a line of `functions.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Epochs behind it.
    pub epoch: u64,
    /// The cell.
    pub cell: String,
    /// Its arguments: 1 or 2.
    pub inputs: usize,
    /// The grid's first place along each argument.
    pub low: f64,
    /// Its last.
    pub high: f64,
    /// How many there are.
    pub points: usize,
    /// `points` values, or `points` × `points` with the last argument moving fastest.
    pub values: Vec<f32>,
}

/// The learned cells of a network, ready to be looked at.
pub struct Album {
    snapshots: Snapshots,
    cells: Vec<(String, usize, Lesson)>,
}

impl Album {
    /// Of all cells of `plan` with one or two arguments that learn.
    pub fn new(plan: &Plan, table: &Table, snapshots: Snapshots, hardware: Hardware) -> Self {
        let lesson = |cell: &hetc_compiler::plan::Cell| {
            let Snapshots { low, high, points, .. } = snapshots;
            let target = Target { low, high, points, values: Values::None };
            let lesson = Lesson::new(plan, table, &cell.name, &target, 0, hardware)?;
            (lesson.inputs() <= 2).then(|| (cell.name.clone(), lesson.inputs(), lesson))
        };
        Self { snapshots, cells: plan.cells.iter().filter_map(lesson).collect() }
    }

    /// How the cells are with `weights`.
    pub fn take(&mut self, epoch: u64, weights: &Weights) -> Vec<Snapshot> {
        let Snapshots { low, high, points, .. } = self.snapshots;
        let cells = self.cells.iter_mut();
        let taken = cells.map(|(cell, inputs, lesson)| {
            let values = lesson.answers(weights);
            Snapshot { epoch, cell: cell.clone(), inputs: *inputs, low, high, points, values }
        });
        taken.collect()
    }
}
