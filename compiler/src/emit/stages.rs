//! What a picture shows as one box: a layer with weights and what follows it, up to the next one.

use crate::plan::{Op, Plan};

/// Consecutive layers, each of which reads the one before and nothing else does.
pub(super) struct Stage {
    /// Their indices, at least one.
    pub layers: Vec<usize>,
    /// The stages that the first one reads, `None` for the input.
    pub from: Vec<Option<usize>>,
}

/// The layers of `plan` as stages, in order.
pub(super) fn stages(plan: &Plan) -> Vec<Stage> {
    let mut readers = vec![0usize; plan.layers.len() + 1];
    for index in 0..plan.layers.len() {
        plan.sources(index).into_iter().for_each(|value| readers[value] += 1);
    }
    let mut stages: Vec<Stage> = Vec::new();
    let mut of_layer: Vec<usize> = Vec::with_capacity(plan.layers.len());
    for (index, layer) in plan.layers.iter().enumerate() {
        let sources = plan.sources(index);
        let before = index.checked_sub(1).map(|before| &plan.layers[before].op);
        let opens = match layer.op {
            Op::Conv { .. } | Op::Join { .. } | Op::Flatten => true,
            Op::Dense { .. } => !matches!(before, Some(Op::Flatten)),
            _ => matches!(before, None | Some(Op::Join { .. })),
        };
        let follows = sources == [index] && readers[index] == 1;
        match stages.last_mut() {
            Some(stage) if follows && !opens => stage.layers.push(index),
            _ => {
                let from = sources.iter().map(|value| value.checked_sub(1).map(|layer| of_layer[layer])).collect();
                stages.push(Stage { layers: vec![index], from });
            }
        }
        of_layer.push(stages.len() - 1);
    }
    stages
}
