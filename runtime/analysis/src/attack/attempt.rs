//! The attacks as one type, and the ensembles of the papers.

use super::setting::{Found, Sample, Setting};
use super::{Apgd, AttackError, Classifier, Fab, Loss, Pgd, Shape, Square};

/// An attack with its settings.
#[derive(Debug, Clone, PartialEq)]
pub enum Attack {
    /// Projected gradient descent.
    Pgd(Pgd),
    /// Auto-PGD.
    Apgd(Apgd),
    /// Fast adaptive boundary.
    Fab(Fab),
    /// Square.
    Square(Square),
}

impl Attack {
    /// Its short name: `pgd`, `apgd-ce`, `apgd-dlr`, `apgd-t`, `fab`, `fab-t` or `square`.
    pub fn name(&self) -> &'static str {
        match self {
            Attack::Pgd(_) => "pgd",
            Attack::Apgd(apgd) => apgd.name(),
            Attack::Fab(fab) => fab.name(),
            Attack::Square(_) => "square",
        }
    }

    /// It can be run on this classifier.
    pub(super) fn check(&self, classifier: &dyn Classifier) -> Result<(), AttackError> {
        match self {
            Attack::Pgd(pgd) => pgd.check(),
            Attack::Apgd(apgd) => apgd.check(classifier.classes()),
            Attack::Fab(fab) => fab.check(classifier.classes()),
            Attack::Square(square) => square.check(classifier.inputs()),
        }
    }

    /// Runs it on samples that are got right.
    pub(super) fn run(&self, setting: &mut Setting, samples: &[Sample]) -> Found {
        match self {
            Attack::Pgd(pgd) => pgd.run(setting, samples),
            Attack::Apgd(apgd) => apgd.run(setting, samples),
            Attack::Fab(fab) => fab.run(setting, samples),
            Attack::Square(square) => square.run(setting, samples),
        }
    }
}

/// Targets of AutoAttack's targeted attacks, at most.
const TARGETS: usize = 9;

/// AutoAttack's standard version (Croce and Hein 2020): Auto-PGD on cross-entropy, Auto-PGD on targeted ratios, targeted FAB, Square.
/// Needs 4 classes.
pub fn standard(shape: Shape) -> Vec<Attack> {
    vec![
        Attack::Apgd(Apgd::new(Loss::CrossEntropy)),
        Attack::Apgd(Apgd::new(Loss::TargetedDlr(TARGETS))),
        Attack::Fab(Fab::new(Some(TARGETS))),
        Attack::Square(Square::new(shape)),
    ]
}

/// Auto-PGD on cross-entropy and on ratios: what AutoAttack's version for networks with noise runs, and what the stored code of Yoon et al.
/// ran. Weaker than [`standard`]. Needs 3 classes.
pub fn cross_entropy_and_dlr() -> Vec<Attack> {
    vec![Attack::Apgd(Apgd::new(Loss::CrossEntropy)), Attack::Apgd(Apgd::new(Loss::Dlr))]
}
