//! A plan as operations in order: who reads what, whose gradients are wanted, and how much memory each needs.

use crate::op::Op;
use crate::ops::{self, Uncompiled};
use crate::params::Table;
use hetc_compiler::plan::Plan;

/// One layer at work.
#[derive(Debug)]
pub struct Step {
    pub op: Box<dyn Op>,
    /// The values that it reads; it writes the value after its own index.
    pub reads: Vec<usize>,
    /// For each of them how its gradient is handed back.
    pub hands: Vec<Hand>,
    /// Whether its own value's gradient is of use to anybody.
    pub pulls: bool,
}

/// What a layer does with the gradient of a value that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// Nothing: nobody wants it.
    Keep,
    /// It is the first to write it.
    Set,
    /// A later reader has written it.
    Add,
}

/// All of them.
#[derive(Debug)]
pub struct Program {
    pub steps: Vec<Step>,
    /// Vectors of each value.
    pub values: Vec<usize>,
}

impl Program {
    /// Of `plan`, and what could not be compiled: the layer's name and why. `machine_code` compiles cells.
    pub fn new(plan: &Plan, table: &Table, machine_code: bool) -> (Self, Vec<Uncompiled>) {
        Self::wanting(plan, table, machine_code, wanted(plan, false))
    }

    /// The same, in which the input has a gradient as well, and with it whatever depends on it.
    pub fn down_to_the_input(plan: &Plan, table: &Table, machine_code: bool) -> (Self, Vec<Uncompiled>) {
        Self::wanting(plan, table, machine_code, wanted(plan, true))
    }

    fn wanting(plan: &Plan, table: &Table, machine_code: bool, wanted: Vec<bool>) -> (Self, Vec<Uncompiled>) {
        let (ops, warnings) = ops::of(plan, table, machine_code);
        let values: Vec<usize> = (0..=plan.layers.len()).map(|value| plan.shape(value).elements()).collect();
        let mut written = vec![false; values.len()];
        let mut steps: Vec<Step> = Vec::with_capacity(ops.len());
        for (index, op) in ops.into_iter().enumerate().rev() {
            let reads = plan.sources(index);
            let pulls = wanted[index + 1];
            let hand = |value: &usize| match (pulls && wanted[*value], &mut written[*value]) {
                (false, _) => Hand::Keep,
                (true, true) => Hand::Add,
                (true, first) => {
                    *first = true;
                    Hand::Set
                }
            };
            // The same value read twice: the second hand adds to the first.
            let hands = reads.iter().map(hand).collect();
            steps.push(Step { op, reads, hands, pulls });
        }
        steps.reverse();
        (Self { steps, values }, warnings)
    }
}

/// A value's gradient is wanted if it depends on any trained number, or on the input where that is wanted, and the network's output on it.
fn wanted(plan: &Plan, input: bool) -> Vec<bool> {
    let mut depends = vec![input];
    for (index, layer) in plan.layers.iter().enumerate() {
        let trains = layer.params > 0 || !plan.layer_weights(index).is_empty();
        let inherits = plan.sources(index).iter().any(|value| depends[*value]);
        depends.push(trains || inherits);
    }
    let mut matters = vec![false; depends.len()];
    *matters.last_mut().expect("the input is a value") = true;
    for index in (0..plan.layers.len()).rev().filter(|index| depends[index + 1]) {
        if matters[index + 1] {
            plan.sources(index).into_iter().for_each(|value| matters[value] = true);
        }
    }
    depends.into_iter().zip(matters).map(|(depends, matters)| depends && matters).collect()
}
