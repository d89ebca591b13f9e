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

#[cfg(test)]
mod tests {
    use super::*;
    use hetc_grammar::span::SourceId;

    /// What three layers read, each value with a star where it is read for the last time, if the third reads `from`.
    fn reads(from: &[usize]) -> Vec<String> {
        let text = "net a {\n    input 4\n    dense 4\n    dense 4\n    dense 4\n}\n";
        let mut plan = hetc_compiler::compile(SourceId(1), text, &[]).nets[0].plan.clone().expect("a sound spec");
        plan.layers[2].from = from.to_vec();
        let star = |read: &Read| format!("{}{}", read.value, if read.last { "*" } else { "" });
        Graph::of(&plan).reads.iter().map(|reads| reads.iter().map(star).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn values_are_let_go_of_when_they_are_read_for_the_last_time() {
        assert_eq!(reads(&[]), ["0*", "1*", "2*"]);
        assert_eq!(reads(&[2, 1]), ["0*", "1", "2* 1*"]);
        assert_eq!(reads(&[0, 2]), ["0", "1*", "0* 2*"]);
        assert_eq!(reads(&[2, 2]), ["0*", "1*", "2 2*"]);
    }
}
