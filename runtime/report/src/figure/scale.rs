//! From values to pixels, and the ticks between.

/// A linear or logarithmic axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The values at its two ends.
    domain: (f64, f64),
    /// Their pixels.
    range: (f64, f64),
    log: bool,
    /// The least distance of ticks.
    step: f64,
}

impl Scale {
    /// Linear over all finite `values`, with `margin` (a part of their span) beyond them; 0 to 1 if there are none.
    pub fn linear(values: impl IntoIterator<Item = f64>, margin: f64, range: (f64, f64)) -> Self {
        let (low, high) = ends(values).unwrap_or((0.0, 1.0));
        // One value stands in the middle.
        let half = if high > low { 0.0 } else { 0.05 * if high == 0.0 { 1.0 } else { high.abs() } };
        let (low, high) = (low - half, high + half);
        let span = high - low;
        Self { domain: (low - span * margin, high + span * margin), range, log: false, step: 0.0 }
    }

    /// Logarithmic over all finite positive `values`.
    pub fn log(values: impl IntoIterator<Item = f64>, margin: f64, range: (f64, f64)) -> Self {
        let (low, high) = ends(values.into_iter().filter(|value| *value > 0.0)).unwrap_or((1.0, 10.0));
        let (low, high) = if high > low { (low, high) } else { (low / 2.0, high * 2.0) };
        let beyond = (high / low).powf(margin);
        Self { domain: (low / beyond, high * beyond), range, log: true, step: 0.0 }
    }

    /// With ticks at whole numbers only.
    pub fn whole(self) -> Self {
        Self { step: 1.0, ..self }
    }

    /// The pixel of a value; values beyond the ends stay at them.
    pub fn at(&self, value: f64) -> f64 {
        let ((low, high), (from, to)) = (self.domain, self.range);
        let part = if self.log { (value / low).ln() / (high / low).ln() } else { (value - low) / (high - low) };
        from + part.clamp(0.0, 1.0) * (to - from)
    }

    /// The pixel of a value, or NaN where it lies beyond the ends or is no number.
    pub fn inside(&self, value: f64) -> f64 {
        if value >= self.domain.0 && value <= self.domain.1 { self.at(value) } else { f64::NAN }
    }

    /// At most `most` round values inside, with their labels.
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        if self.log { self.log_ticks(most) } else { self.linear_ticks(most) }
    }

    fn linear_ticks(&self, most: usize) -> Vec<(f64, String)> {
        let (low, high) = self.domain;
        let rough = (high - low) / most.max(1) as f64;
        let decade = 10f64.powf(rough.log10().floor());
        // What lies on an end but for rounding lies inside.
        let first = |step: f64| (low / step - 1e-9).ceil();
        let last = |step: f64| (high / step + 1e-9).floor();
        let count = |step: f64| last(step) - first(step) + 1.0;
        let steps = [1.0, 2.0, 2.5, 5.0, 10.0, 20.0].map(|times| times * decade);
        let step = steps.into_iter().find(|step| count(*step) <= most.max(1) as f64).unwrap_or(50.0 * decade).max(self.step);
        // As many decimals as the step has: 2.5 needs one more than its decade.
        let whole = |decimals: &usize| {
            let shifted = step * 10f64.powi(*decimals as i32);
            (shifted - shifted.round()).abs() < 1e-6
        };
        let decimals = (0..12).find(whole).unwrap_or(12);
        (first(step) as i64..=last(step) as i64)
            .map(|index| index as f64 * step)
            .map(|value| (value, plain(value, decimals)))
            .collect()
    }

    fn log_ticks(&self, most: usize) -> Vec<(f64, String)> {
        let (low, high) = self.domain;
        let decades = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
        let inside = |multiples: &[f64]| {
            let all = decades.clone().flat_map(|decade| multiples.iter().map(move |times| times * 10f64.powi(decade)));
            all.filter(|value| *value >= low * 0.9999 && *value <= high * 1.0001).collect::<Vec<f64>>()
        };
        let mut values = [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]].map(inside).into_iter().find(|v| v.len() <= most.max(1));
        if values.is_none() {
            let all = inside(&[1.0]);
            let every = all.len().div_ceil(most.max(1));
            values = Some(all.into_iter().step_by(every).collect());
        }
        let values = values.unwrap_or_default();
        if values.len() < 2 {
            return Self { log: false, ..*self }
                .linear_ticks(most.min(4))
                .into_iter()
                .map(|(value, _)| (value, short(value)))
                .collect();
        }
        values.into_iter().map(|value| (value, short(value))).collect()
    }
}

/// The smallest and the largest finite value.
pub fn ends(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(None, |ends, value| match ends {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// With a true minus, and none for nothing.
pub fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let nothing = text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.');
    if nothing { text.trim_start_matches('-').to_string() } else { text.replace('-', "−") }
}

/// `120k`, `0.005`, `1e-5`
pub fn short(value: f64) -> String {
    let size = value.abs();
    let trimmed = |value: f64| {
        let text = format!("{value:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    };
    match size {
        _ if size >= 1e10 || (size < 0.001 && size > 0.0) => format!("{value:e}"),
        _ if size >= 1e9 => trimmed(value / 1e9) + "G",
        _ if size >= 1e6 => trimmed(value / 1e6) + "M",
        _ if size >= 1e4 => trimmed(value / 1e3) + "k",
        _ => trimmed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, most: usize) -> String {
        scale.ticks(most).into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_round() {
        let linear = |low, high, most| labels(Scale::linear([low, high], 0.0, (0.0, 1.0)), most);
        assert_eq!(linear(0.0, 100.0, 6), "0 20 40 60 80 100");
        assert_eq!(linear(61.3, 68.9, 5), "62 64 66 68");
        assert_eq!(linear(-0.4, 1.1, 4), "0.0 0.5 1.0");
        assert_eq!(linear(-3.0, 3.0, 3), "−2 0 2");
        assert_eq!(linear(0.0, 1.0, 5), "0.00 0.25 0.50 0.75 1.00");
        assert_eq!(linear(5.0, 5.0, 3), "4.8 5.0 5.2");
        assert_eq!(labels(Scale::linear([1.0, 3.0], 0.0, (0.0, 1.0)).whole(), 8), "1 2 3");
        assert_eq!(linear(f64::NAN, 2.0e-5, 3), "0.000019 0.000020 0.000021");
        let log = |low, high, most| labels(Scale::log([low, high], 0.0, (0.0, 1.0)), most);
        assert_eq!(log(1e-7, 0.1, 7), "1e-7 1e-6 1e-5 1e-4 0.001 0.01 0.1");
        assert_eq!(log(900.0, 130_000.0, 8), "1000 2000 5000 10k 20k 50k 100k");
        assert_eq!(log(1e-7, 0.1, 3), "1e-7 1e-4 0.1");
    }

    #[test]
    fn values_beyond_the_ends_stay_at_them() {
        let scale = Scale::linear([0.0, 10.0], 0.0, (100.0, 0.0));
        assert_eq!((scale.at(5.0), scale.at(20.0), scale.at(-1.0)), (50.0, 0.0, 100.0));
    }
}
