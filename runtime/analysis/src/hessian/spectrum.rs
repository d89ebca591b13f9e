//! Eigenvalues with weights.

/// Where eigenvalues lie: all of them, or the nodes of a quadrature that stands for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// Eigenvalues or nodes, ascending.
    pub nodes: Vec<f64>,
    /// The share of the eigenvalues that each stands for; they sum to one.
    pub weights: Vec<f64>,
    /// How far the nearest eigenvalue is from each node at most, products being exact; zero for eigenvalues.
    pub errors: Vec<f64>,
}

impl Spectrum {
    /// All eigenvalues of a matrix, each with the same weight.
    pub fn of(mut eigenvalues: Vec<f64>) -> Self {
        eigenvalues.sort_by(f64::total_cmp);
        let n = eigenvalues.len();
        Self { nodes: eigenvalues, weights: vec![1.0 / n as f64; n], errors: vec![0.0; n] }
    }

    /// The `count` nodes that are largest in magnitude, largest first, each with its error.
    pub fn top(&self, count: usize) -> Vec<(f64, f64)> {
        let mut all: Vec<(f64, f64)> = self.nodes.iter().copied().zip(self.errors.iter().copied()).collect();
        all.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        all.truncate(count);
        all
    }

    /// The largest magnitude; zero if there are no nodes.
    pub fn radius(&self) -> f64 {
        self.nodes.iter().fold(0.0, |most: f64, x| most.max(x.abs()))
    }
}
