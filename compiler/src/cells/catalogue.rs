//! What a plan lists of cells: each once, in order of first use.

use super::Library;
use crate::formula::staged::{Staged, StepKind};
use crate::plan::{Cell, Function, Step, Table};

/// The cells of a plan in the making, and the learned functions and tables that they call.
///
/// What is equal by name and content is there once. A name that is taken by something else gets a number: `mlp[8] #2`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalogue {
    /// [`crate::plan::Plan::functions`].
    pub functions: Vec<Function>,
    /// [`crate::plan::Plan::tables`].
    pub tables: Vec<Table>,
    /// [`crate::plan::Plan::cells`].
    pub cells: Vec<Cell>,
}

impl Catalogue {
    /// The index of `function`, which joins if it is new.
    pub fn function(&mut self, function: Function) -> usize {
        join(&mut self.functions, function, |function| &mut function.name)
    }

    /// The index of `table`, which joins if it is new.
    pub fn table(&mut self, table: Table) -> usize {
        join(&mut self.tables, table, |table| &mut table.name)
    }

    /// The index of `cell`, which joins if it is new.
    pub fn cell(&mut self, cell: Cell) -> usize {
        join(&mut self.cells, cell, |cell| &mut cell.name)
    }

    /// Trained numbers that belong to no layer.
    pub fn params(&self) -> u64 {
        let functions = self.functions.iter().map(|function| function.params);
        functions.chain(self.cells.iter().map(Cell::net_params)).fold(0, u64::saturating_add)
    }

    /// The index of the cell that applies the learned function `function` to its values and is called as it.
    pub(super) fn caller(&mut self, function: Function) -> usize {
        let (name, inputs) = (function.name.clone(), function.inputs);
        let function = self.function(function);
        let staged = Staged::pass(StepKind::Call(name), inputs);
        // Its only step is that call.
        let steps = staged.steps.into_iter().map(|step| Step::Call { function, of: step.of }).collect();
        let name = self.functions[function].name.clone();
        self.cell(Cell { name, inputs, trained: Vec::new(), steps, formula: staged.formula })
    }

    /// The index of `staged`, called `name`, with what it calls; `None` if that is broken, which has been reported.
    pub(super) fn staged(&mut self, name: String, staged: Staged, library: &Library) -> Option<usize> {
        let steps: Option<Vec<Step>> = staged.steps.into_iter().map(|step| self.step(step.kind, step.of, library)).collect();
        let Staged { inputs, trained, formula, .. } = staged;
        Some(self.cell(Cell { name, inputs, trained, steps: steps?, formula }))
    }

    fn step(&mut self, kind: StepKind, mut of: Vec<crate::formula::Formula>, library: &Library) -> Option<Step> {
        Some(match kind {
            StepKind::Call(name) => Step::Call { function: self.function(library.function(&name)?.clone()), of },
            StepKind::Reduce(by) => Step::Reduce { by, of: of.pop()? },
            StepKind::Lookup(name) => Step::Lookup { table: self.table(library.table(&name)?.clone()), of: of.pop()? },
        })
    }
}

fn join<T: PartialEq>(list: &mut Vec<T>, mut item: T, name: impl Fn(&mut T) -> &mut String) -> usize {
    let wanted = name(&mut item).clone();
    for number in 2.. {
        if let Some(place) = list.iter().position(|known| *known == item) {
            return place;
        }
        let taken = name(&mut item).clone();
        if !list.iter_mut().any(|known| *name(known) == taken) {
            break;
        }
        *name(&mut item) = format!("{wanted} #{number}");
    }
    list.push(item);
    list.len() - 1
}
