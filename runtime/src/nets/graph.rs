//! Which values each layer reads, and how long they are kept.

use super::signal::Signal;
use hetc_compiler::plan::Plan;

/// The order of things in a forward pass.
#[derive(Debug)]
pub struct Graph {
    /// For each layer what it reads, in order.
    reads: Vec<Vec<Read>>,
}

#[derive(Debug)]
struct Read {
    value: usize,
    /// Nobody reads the value after this.
    last: bool,
}

impl Graph {
    /// Of `plan`.
    pub fn of(plan: &Plan) -> Self {
        let mut read_later = vec![false; plan.layers.len() + 1];
        let mut reads: Vec<Vec<Read>> = Vec::with_capacity(plan.layers.len());
        for layer in (0..plan.layers.len()).rev() {
            let mut of_layer: Vec<Read> = Vec::new();
            for value in plan.sources(layer).into_iter().rev() {
                let last = !std::mem::replace(&mut read_later[value], true);
                of_layer.push(Read { value, last });
            }
            of_layer.reverse();
            reads.push(of_layer);
        }
        reads.reverse();
        Self { reads }
    }

    /// The last layer's value: `layer` gets each layer's index and what it reads. A value is let go of when it is read for the last time.
    pub fn run(&self, input: Signal, mut layer: impl FnMut(usize, Vec<Signal>) -> Signal) -> Signal {
        let mut values: Vec<Option<Signal>> = vec![Some(input)];
        for (index, reads) in self.reads.iter().enumerate() {
            let take = |read: &Read| if read.last { values[read.value].take() } else { values[read.value].clone() };
            let inputs = reads.iter().filter_map(take).collect(); // none is missing: the last reader is the last
            values.push(Some(layer(index, inputs)));
        }
        values.swap_remove(self.reads.len()).expect("every layer gives a value")
    }
}
