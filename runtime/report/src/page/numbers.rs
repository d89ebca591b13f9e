//! Numbers in sentences and tables.

use crate::figure::scale::plain;
use crate::stats::Estimate;
use crate::study::Measure;

/// Decimals for figures of about this size.
fn decimals(measure: &Measure, size: f64) -> usize {
    match size.abs() {
        _ if measure.unit == "%" => 2,
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        size if size >= 0.1 => 4,
        size if size > 0.0 => (3 - size.log10().floor() as i32).clamp(4, 12) as usize,
        _ => 4,
    }
}

/// `68.20`
pub fn figure(measure: &Measure, value: f64) -> String {
    if value.is_finite() { plain(value, decimals(measure, value)) } else { "–".to_string() }
}

/// `68.20 ± 0.51`
pub fn estimate(measure: &Measure, estimate: Estimate) -> String {
    let decimals = decimals(measure, estimate.value);
    let half = estimate.half_width.map(|half| format!(" ± {half:.decimals$}"));
    figure(measure, estimate.value) + &half.unwrap_or_default()
}

/// `+2.10 ± 0.60`
pub fn gain(measure: &Measure, gain: Estimate) -> String {
    let text = estimate(measure, gain);
    if gain.value > 0.0 { format!("+{text}") } else { text }
}

/// `68.20 %`
pub fn with_unit(measure: &Measure, text: String) -> String {
    if measure.unit.is_empty() { text } else { format!("{text} {}", measure.unit) }
}

/// The unit of differences, with a space before it.
pub fn difference_unit(measure: &Measure) -> String {
    match measure.unit.as_str() {
        "%" => " percentage points".to_string(),
        "" => String::new(),
        unit => format!(" {unit}"),
    }
}

/// `0.012`, `< 0.0001`, `–`
pub fn p(p: Option<f64>) -> String {
    match p {
        None => "–".to_string(),
        Some(p) if p < 1e-4 => "< 0.0001".to_string(),
        Some(p) if p < 0.1 => format!("{p:.4}"),
        Some(p) => format!("{p:.2}"),
    }
}

/// `p = 0.012`, `p < 0.0001`
pub fn p_words(value: f64) -> String {
    let text = p(Some(value));
    if text.starts_with('<') { format!("p {text}") } else { format!("p = {text}") }
}

/// `119,674`
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
