//! Layers of random staged cells against the definitions in f64, answers and gradients.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
mod common {
    pub mod expression;
    pub mod layers;
    pub mod plans;
}

use common::layers::readings;
use common::plans::Do::{self, Call, Look, Max, Min, Sum};
use common::plans::{Parts, cell, function};
use hetc_compiler::cells::answer::{placement_answer, placement_gradient};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Cell, Per, Plan};
use hetc_compiler::shape::Shape;

/// What random choices and numbers are read from.
struct Choices(u64);

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }

    fn number(&mut self) -> f32 {
        (self.below(1 << 20) as f32 / (1 << 19) as f32 - 1.0) * 1.5
    }

    fn numbers(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.number()).collect()
    }

    /// A smooth expression of `names`.
    fn expression(&mut self, names: &[String], depth: usize) -> String {
        if depth == 0 {
            return names[self.below(names.len())].clone();
        }
        let part = |choices: &mut Self| choices.expression(names, depth - 1);
        match self.below(7) {
            0 => format!("({} + {})", part(self), part(self)),
            1 => format!("({} - 0.5 * {})", part(self), part(self)),
            2 => format!("tanh({}) * {}", part(self), part(self)),
            3 => format!("logistic({})", part(self)),
            4 => format!("sin({})", part(self)),
            5 => format!("{} / (1 + {} * {1})", part(self), part(self)),
            _ => format!("exp(-({} * {0}))", part(self)),
        }
    }

    fn cell(&mut self, inputs: u8, windowed: bool) -> Cell {
        let values = if inputs == 1 { &["x"][..] } else { &["u", "v", "w"][..usize::from(inputs)] };
        let per = [Per::Net, Per::Layer, Per::Channel];
        let trained: Vec<(&str, Per)> = ["a", "b", "c"][..self.below(4)].iter().map(|name| (*name, per[self.below(3)])).collect();
        let mut names: Vec<String> = values.iter().chain(trained.iter().map(|(name, _)| name)).map(|n| n.to_string()).collect();
        let mut texts = Vec::new();
        for step in 1..=1 + self.below(4) {
            texts.push((self.below(if windowed { 5 } else { 2 }), [self.expression(&names, 1), self.expression(&names, 1)]));
            names.push(format!("s{step}"));
        }
        // Both functions and the table are used by every cell, so that a plan has no idle ones.
        let arguments: Vec<[&str; 2]> = texts.iter().map(|(_, [p, q])| [p.as_str(), q.as_str()]).collect();
        let mut steps: Vec<Do> = Vec::new();
        for ((kind, _), arguments) in texts.iter().zip(&arguments) {
            steps.push(match kind {
                0 => Call(1, arguments),
                1 => Look(arguments[0]),
                2 => Sum(arguments[0]),
                3 => Max(arguments[0]),
                _ => Min(arguments[0]),
            });
        }
        let last = names.last().unwrap().clone();
        let last = [last.as_str()];
        steps.extend([Call(0, &last), Look(values[0])]);
        let step = texts.len() + 1;
        names.extend([format!("s{step}"), format!("s{}", step + 1)]);
        let mut answer = self.expression(&names, 2);
        names.iter().for_each(|name| answer = format!("{answer} + 0.3 * {name}"));
        cell(inputs, &trained, &steps, &answer)
    }

    fn plan(&mut self) -> Plan {
        let windowed = self.below(2) == 1;
        let is_map = self.below(2) == 1;
        let inputs = if windowed { 1 } else { 1 + self.below(3) as u8 };
        let units = usize::from(inputs) * (2 + self.below(4));
        let input = if is_map { Shape::map(units, 2 + self.below(4), 2 + self.below(4)) } else { Shape::vector(units) };
        let cells = (0..1 + self.below(2)).map(|_| self.cell(inputs, windowed)).collect::<Vec<_>>();
        let mut shares: Vec<(usize, u64)> = (0..cells.len()).map(|cell| (cell, 1 + self.below(2) as u64)).collect();
        if self.below(2) == 1 {
            shares.push((0, 1));
        }
        let layouts = [Layout::Interleave, Layout::Block, Layout::Random { seed: 5 }, Layout::Checkerboard];
        let layout = layouts[self.below(if is_map { 4 } else { 3 })];
        let points = [[-1.25, 0.5], [-0.25, -0.5], [0.5, 0.75], [1.25, 0.25]];
        let functions = vec![function(1, &[5], "tanh(x)"), function(2, &[4, 3], "x * logistic(x)")];
        let used = cells.iter().any(|cell| cell.calls().any(|function| function == 1));
        let functions = functions.into_iter().take(if used { 2 } else { 1 }).collect();
        let parts = Parts::new(input, cells).functions(functions).points(&points).shares(&shares).layout(layout);
        match (windowed, is_map) {
            (false, _) => parts.plan(),
            (true, true) => parts.window(1 + self.below(3), 1 + self.below(3)).plan(),
            (true, false) => parts.window(1, 1 + self.below(4)).plan(),
        }
    }
}

fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().copied().map(f64::from).collect()
}

/// Largest difference, as a part of the largest number wanted or of 1.
fn distance(got: &[f32], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    let scale = want.iter().fold(1.0f64, |scale, value| scale.max(value.abs()));
    let distances = got.iter().zip(want).map(|(got, want)| (f64::from(*got) - want).abs() / scale);
    distances.fold(0.0, |largest, distance| if distance.is_nan() { f64::INFINITY } else { largest.max(distance) })
}

#[test]
fn random_layers_follow_the_definitions() {
    for seed in 0..256 {
        let mut choices = Choices(seed);
        let plan = choices.plan();
        let x = choices.numbers(plan.input.elements());
        let weights = choices.numbers(plan.params as usize);
        let dy = choices.numbers(plan.output.elements());
        let want_y = placement_answer(&plan, 0, &wide(&x), &wide(&weights));
        let want = placement_gradient(&plan, 0, &wide(&x), &wide(&weights), &wide(&dy));
        for (reading, layer) in readings(&plan) {
            assert_eq!(layer.cells.is_interpreted(), reading == "interpreted", "{seed}");
            let [y, dx, dweights] = layer.run(&x, &weights, &dy);
            let distances = [distance(&y, &want_y), distance(&dx, &want.input), distance(&dweights, &want.weights)];
            assert!(distances.iter().all(|distance| *distance < 2e-5), "{seed} {reading} {distances:?} {plan:#?}");
        }
    }
}
