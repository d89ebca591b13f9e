//! Errors on corrupted images, against those of a baseline (Hendrycks and Dietterich 2019, section 4.2; Yoon et al., section 4.4).

/// Errors of one model: parts of images got wrong, or percent, as long as all are alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Errors {
    /// On the images as they are.
    pub clean: f64,
    /// `[corruption][severity]`.
    pub corrupted: Vec<Vec<f64>>,
}

impl Errors {
    /// For each corruption the mean over severities: the error that it causes, not compared with any other model's. NaN where there are no
    /// severities.
    pub fn means(&self) -> Vec<f64> {
        self.corrupted.iter().map(|severities| severities.iter().sum::<f64>() / severities.len() as f64).collect()
    }
}

/// For each corruption `Σ_s E_s / Σ_s E⁰_s`, with the `baseline`'s errors below: CE. 1 for a model as good as the baseline; infinite or NaN
/// where the baseline makes no errors. `None` for tables of different shapes, or empty ones.
pub fn corruption_errors(model: &Errors, baseline: &Errors) -> Option<Vec<f64>> {
    compared(model, baseline, |severities, _| severities.iter().sum())
}

/// The mean of [`corruption_errors`]: mCE.
pub fn mean_corruption_error(model: &Errors, baseline: &Errors) -> Option<f64> {
    corruption_errors(model, baseline).map(mean)
}

/// What the errors on corrupted images are relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// `Σ_s (E_s - E_clean) / Σ_s (E⁰_s - E⁰_clean)`: the clean error is taken from that of each severity, as Hendrycks and Dietterich define it.
    Each,
    /// `(Σ_s E_s - E_clean) / (Σ_s E⁰_s - E⁰_clean)`: the clean error is taken once from the sum, as Yoon et al. print it; nearer to CE.
    Once,
}

/// For each corruption the relative CE in a reading: 1 for a model that corruptions harm as much as the baseline. `None` as for
/// [`corruption_errors`].
pub fn relative_corruption_errors(model: &Errors, baseline: &Errors, reading: Reading) -> Option<Vec<f64>> {
    compared(model, baseline, |severities, clean| {
        let times = match reading {
            Reading::Each => severities.len() as f64,
            Reading::Once => 1.0,
        };
        severities.iter().sum::<f64>() - times * clean
    })
}

/// The mean of [`relative_corruption_errors`]: relative mCE.
pub fn relative_mean_corruption_error(model: &Errors, baseline: &Errors, reading: Reading) -> Option<f64> {
    relative_corruption_errors(model, baseline, reading).map(mean)
}

fn compared(model: &Errors, baseline: &Errors, measure: impl Fn(&[f64], f64) -> f64) -> Option<Vec<f64>> {
    let severities = |errors: &Errors| errors.corrupted.iter().map(Vec::len).collect::<Vec<_>>();
    let alike = severities(model) == severities(baseline) && !model.corrupted.is_empty() && !severities(model).contains(&0);
    let pairs = model.corrupted.iter().zip(&baseline.corrupted);
    alike.then(|| pairs.map(|(m, b)| measure(m, model.clean) / measure(b, baseline.clean)).collect())
}

fn mean(values: Vec<f64>) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(clean: f64, corrupted: &[&[f64]]) -> Errors {
        Errors { clean, corrupted: corrupted.iter().map(|row| row.to_vec()).collect() }
    }

    #[test]
    fn measures_by_hand() {
        let model = errors(10.0, &[&[20.0, 30.0], &[12.0, 20.0]]);
        let baseline = errors(20.0, &[&[40.0, 60.0], &[24.0, 40.0]]);
        assert_eq!(model.means(), [25.0, 16.0]);
        assert_eq!(corruption_errors(&model, &baseline).unwrap(), [0.5, 0.5]);
        let baseline = errors(8.0, &[&[30.0, 34.0], &[16.0, 24.0]]);
        assert_eq!(corruption_errors(&model, &baseline).unwrap(), [50.0 / 64.0, 0.8]);
        assert_eq!(mean_corruption_error(&model, &baseline).unwrap(), (50.0 / 64.0 + 0.8) / 2.0);
        assert_eq!(relative_corruption_errors(&model, &baseline, Reading::Each).unwrap(), [30.0 / 48.0, 0.5]);
        assert_eq!(relative_corruption_errors(&model, &baseline, Reading::Once).unwrap(), [40.0 / 56.0, 22.0 / 32.0]);
        assert_eq!(relative_mean_corruption_error(&model, &baseline, Reading::Each).unwrap(), (30.0 / 48.0 + 0.5) / 2.0);
    }

    #[test]
    fn tables_have_to_be_alike() {
        let model = errors(0.1, &[&[0.2, 0.3]]);
        for other in [errors(0.1, &[&[0.2]]), errors(0.1, &[&[0.2, 0.3], &[0.2, 0.3]]), errors(0.1, &[])] {
            assert_eq!(corruption_errors(&model, &other), None);
        }
        assert_eq!(mean_corruption_error(&errors(0.1, &[]), &errors(0.1, &[])), None);
        assert_eq!(mean_corruption_error(&model, &errors(0.0, &[&[0.0, 0.0]])), Some(f64::INFINITY));
    }
}
