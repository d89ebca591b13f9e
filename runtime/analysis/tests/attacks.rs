//! Attacks on a small network, against what reference implementations do to it (oracle/attacks.py).

mod common;

use common::perceptron::Perceptron;
use hetc_analysis::attack::*;
use serde_json::Value;
use std::ops::ControlFlow;

const SHAPE: Shape = Shape { channels: 3, rows: 5, columns: 5 };

struct Case {
    oracle: Value,
    net: Perceptron,
    x: Vec<f32>,
    labels: Vec<usize>,
    right: Vec<usize>,
}

impl Case {
    fn read() -> Self {
        let oracle: Value = serde_json::from_str(include_str!("oracle/attacks.json")).unwrap();
        let whole = |value: &Value| value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect::<Vec<_>>();
        let x = oracle["points"].as_array().unwrap().iter().flat_map(&whole).map(|v| v as f32 / 255.0).collect();
        let net = Perceptron::read(&oracle["layers"]);
        Self { net, x, labels: whole(&oracle["labels"]), right: whole(&oracle["right"]), oracle }
    }

    fn budget(&self, norm: Norm) -> Budget {
        Budget { norm, radius: self.oracle["radius"][name(norm)].as_f64().unwrap() as f32 }
    }

    fn run(&mut self, attacks: &[Attack], budget: Budget, batch: usize, seed: u64) -> Report {
        let samples = Samples { x: &self.x, labels: &self.labels };
        evaluate(&mut self.net, samples, attacks, &Options { budget, batch, seed }, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    /// How many samples are broken here and not there, or the other way round.
    fn differences(&mut self, attack: Attack, norm: Norm) -> usize {
        let (budget, key) = (self.budget(norm), attack.name());
        let report = self.run(&[attack], budget, 1000, 0);
        let expected = self.oracle[name(norm)][key].as_array().unwrap();
        let broken = self.right.iter().map(|index| matches!(report.outcomes[*index], Outcome::Broken(_)));
        broken.zip(expected).filter(|(broken, expected)| u64::from(*broken) != expected.as_u64().unwrap()).count()
    }

    /// The step after which each sample that was right is broken, -1 where none is: counted one by one, by how often the attack asks.
    fn steps(&mut self, attack: Attack, norm: Norm) -> Vec<i64> {
        let options = Options { budget: self.budget(norm), batch: 1, seed: 0 };
        let mut asked = vec![0; self.right.len() + 1];
        let mut watch = |progress: Progress| {
            asked[progress.done] += 1;
            ControlFlow::Continue(())
        };
        let samples = Samples { x: &self.x, labels: &self.labels };
        let report = evaluate(&mut self.net, samples, &[attack], &options, &mut watch).unwrap();
        // The start is asked about too, and every batch but the first begins with the last one's end.
        let step = |(place, asked): (usize, &i64)| match report.outcomes[self.right[place]] {
            Outcome::Broken(_) => asked - 1 - i64::from(place > 0),
            _ => -1,
        };
        asked[..self.right.len()].iter().enumerate().map(step).collect()
    }
}

fn name(norm: Norm) -> &'static str {
    match norm {
        Norm::Linf => "Linf",
        Norm::L2 => "L2",
    }
}

fn apgd(loss: Loss) -> Attack {
    Attack::Apgd(Apgd { steps: 40, random_start: false, ..Apgd::new(loss) })
}

#[test]
fn projected_descent_breaks_the_same_samples() {
    let mut case = Case::read();
    for norm in [Norm::Linf, Norm::L2] {
        let step = case.budget(norm).radius / 5.0;
        let attack = Attack::Pgd(Pgd { steps: 12, step, random_start: false, restarts: 1 });
        assert_eq!(case.differences(attack, norm), 0, "{norm:?}");
    }
}

#[test]
fn auto_pgd_breaks_the_same_samples_at_the_same_steps() {
    let mut case = Case::read();
    for norm in [Norm::Linf, Norm::L2] {
        for loss in [Loss::CrossEntropy, Loss::Dlr] {
            let attack = apgd(loss);
            let expected = case.oracle[name(norm)][attack.name()].clone();
            let expected: Vec<i64> = expected.as_array().unwrap().iter().map(|step| step.as_i64().unwrap()).collect();
            let ours = case.steps(attack, norm);
            let apart: Vec<_> = ours.iter().zip(&expected).filter(|(ours, expected)| ours != expected).collect();
            assert!(apart.is_empty(), "{norm:?} {loss:?} {apart:?}");
        }
    }
}

#[test]
fn targeted_auto_pgd_breaks_the_same_samples() {
    let mut case = Case::read();
    for norm in [Norm::Linf, Norm::L2] {
        assert_eq!(case.differences(apgd(Loss::TargetedDlr(9)), norm), 0, "{norm:?}");
    }
}

#[test]
fn boundary_attacks_find_the_same_distances() {
    let mut case = Case::read();
    for (norm, targets) in [(Norm::Linf, None), (Norm::Linf, Some(1)), (Norm::L2, None), (Norm::L2, Some(1))] {
        let attack = Attack::Fab(Fab { steps: 30, ..Fab::new(targets) });
        let lengths = case.oracle[name(norm)][attack.name()].clone();
        let lengths = lengths.as_array().unwrap();
        let report = case.run(&[attack], Budget { norm, radius: 10.0 }, 1000, 0);
        let mut worst: f64 = 0.0;
        for (index, expected) in case.right.iter().zip(lengths) {
            let Outcome::Broken(broken) = &report.outcomes[*index] else { panic!("{norm:?} {targets:?}: none at {index}") };
            worst = worst.max((broken.length / expected.as_f64().unwrap() - 1.0).abs());
        }
        assert!(worst < 1e-4, "{norm:?} {targets:?}: {worst}");
    }
}

#[test]
fn square_is_as_strong() {
    let mut case = Case::read();
    for norm in [Norm::Linf, Norm::L2] {
        let budget = Budget { radius: 2.0 * case.budget(norm).radius, norm };
        let attack = Attack::Square(Square { queries: 300, ..Square::new(SHAPE) });
        let clean = case.right.len() as f64 / case.labels.len() as f64;
        let robust = |seed| case.run(std::slice::from_ref(&attack), budget, 64, seed).robust_accuracy() / clean;
        let ours: Vec<f64> = (0..3).map(robust).collect();
        let theirs: Vec<f64> =
            case.oracle[name(norm)]["square"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / 3.0;
        assert!((mean(&ours) - mean(&theirs)).abs() < 0.04, "{norm:?}: {ours:?} against {theirs:?}");
    }
}

#[test]
fn the_ensemble_is_as_strong_as_auto_attack() {
    let mut case = Case::read();
    let mut ensemble = standard(SHAPE);
    ensemble[3] = Attack::Square(Square { queries: 300, ..Square::new(SHAPE) });
    for norm in [Norm::Linf, Norm::L2] {
        let ours = case.run(&ensemble, case.budget(norm), 1000, 0).robust_accuracy();
        let theirs = case.oracle[name(norm)]["standard"].as_f64().unwrap();
        // Two samples of 200, for the random starts.
        assert!((ours - theirs).abs() < 0.0101, "{norm:?}: {ours} against {theirs}");
    }
}

#[test]
fn what_is_found_is_wrong_and_within_bounds() {
    let mut case = Case::read();
    let quick = [
        Attack::Pgd(Pgd { steps: 5, restarts: 2, ..Pgd::new(case.budget(Norm::L2)) }),
        Attack::Apgd(Apgd { steps: 10, restarts: 2, ..Apgd::new(Loss::Dlr) }),
        Attack::Fab(Fab { steps: 10, restarts: 2, ..Fab::new(None) }),
        Attack::Square(Square { queries: 30, restarts: 2, ..Square::new(SHAPE) }),
    ];
    for norm in [Norm::Linf, Norm::L2] {
        let budget = case.budget(norm);
        for attack in &quick {
            let report = case.run(std::slice::from_ref(attack), budget, 50, 1);
            let broken = report.outcomes.iter().enumerate().filter_map(|(index, outcome)| match outcome {
                Outcome::Broken(broken) => Some((index, broken)),
                _ => None,
            });
            for (index, broken) in broken {
                let length = norm.distance(&case.x[index * 75..][..75], &broken.x);
                assert!(length <= f64::from(budget.radius) * (1.0 + 1e-5) && length == broken.length);
                assert!(broken.x.iter().all(|value| (0.0..=1.0).contains(value)));
                let logits = case.net.logits(&broken.x);
                assert!((0..5).any(|class| class != case.labels[index] && logits[class] >= logits[case.labels[index]]));
            }
        }
    }
}

#[test]
fn batches_do_not_change_results_and_ensembles_only_add() {
    let mut case = Case::read();
    let (budget, mut ensemble) = (case.budget(Norm::Linf), standard(SHAPE));
    ensemble[3] = Attack::Square(Square { queries: 50, ..Square::new(SHAPE) });
    let report = case.run(&ensemble, budget, 1000, 3);
    assert_eq!(report, case.run(&ensemble, budget, 7, 3));
    assert_eq!(report.attacks, ["apgd-ce", "apgd-t", "fab-t", "square"]);
    let weaker = case.run(&cross_entropy_and_dlr(), budget, 1000, 3);
    assert!(report.robust_accuracy() <= weaker.robust_accuracy());
    assert_eq!(report.accuracy_after(0), weaker.accuracy_after(0));
    assert_eq!(report.accuracy_after(3), report.robust_accuracy());
    assert_eq!(report.clean_accuracy(), case.right.len() as f64 / 200.0);
    assert!((0..3).all(|attack| report.accuracy_after(attack) >= report.accuracy_after(attack + 1)));
}

#[test]
fn a_run_can_be_watched_and_stopped() {
    let mut case = Case::read();
    let options = Options { budget: case.budget(Norm::L2), batch: 64, seed: 0 };
    let samples = Samples { x: &case.x, labels: &case.labels };
    let mut seen = Vec::new();
    let mut watch = |progress: Progress| {
        seen.push(progress);
        if seen.len() < 100 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    assert_eq!(evaluate(&mut case.net, samples, &standard(SHAPE), &options, &mut watch), Err(AttackError::Stopped));
    assert_eq!(seen.len(), 100);
    assert!(seen.is_sorted_by_key(|progress| (progress.attack, progress.done)));
    assert_eq!((seen[0].name, seen[0].done, seen[0].of), ("apgd-ce", 0, case.right.len()));
}

#[test]
fn what_has_no_meaning_is_refused() {
    let mut case = Case::read();
    let good = Options { budget: case.budget(Norm::L2), batch: 64, seed: 0 };
    let mut refused = |x: &[f32], labels: &[usize], attack: Attack, options: &Options| {
        let watch = &mut |_| ControlFlow::Continue(());
        evaluate(&mut case.net, Samples { x, labels }, &[attack], options, watch).unwrap_err().to_string()
    };
    let (x, fab) = ([0.5; 75], || Attack::Fab(Fab::new(None)));
    let outside: Vec<f32> = (0..75).map(|at| if at == 7 { 1.5 } else { 0.0 }).collect();
    let flat = Budget { radius: 0.0, ..good.budget };
    let wide = Shape { rows: 6, ..SHAPE };
    all_equal(&[
        (refused(&x[..74], &[0], fab(), &good), "1 samples of 75 numbers were expected, 74 numbers were given"),
        (refused(&outside, &[0], fab(), &good), "sample 0 contains 1.5; attacks work on pixels from 0 to 1"),
        (refused(&[f32::NAN; 75], &[0], fab(), &good), "sample 0 contains NaN; attacks work on pixels from 0 to 1"),
        (refused(&x, &[5], fab(), &good), "sample 0 has label 5; there are 5 classes"),
        (refused(&x, &[0], fab(), &Options { budget: flat, ..good.clone() }), "radius of budget must be above 0"),
        (refused(&x, &[0], fab(), &Options { batch: 0, ..good.clone() }), "batch of evaluation must be 1 or more"),
        (refused(&x, &[0], Attack::Square(Square::new(wide)), &good), "shape of square must be that of a sample"),
        (
            refused(&x, &[0], Attack::Apgd(Apgd { steps: 0, ..Apgd::new(Loss::Dlr) }), &good),
            "steps of apgd-dlr must be 1 or more",
        ),
    ]);
}

fn all_equal(pairs: &[(String, &str)]) {
    pairs.iter().for_each(|(got, expected)| assert_eq!(got, expected));
}
