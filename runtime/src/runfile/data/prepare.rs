//! `prepare` and its short forms: what is done to samples, in order.

use crate::runfile::reader::{Table, Word};
use hetc_compiler::diag::Findings;
use hetc_data::{MOST_CROP, Numbers, Step};

/// The steps; nothing if they cannot be used.
pub fn prepare(table: &mut Table, findings: &mut Findings) -> Option<Vec<Step>> {
    let numbers = numbers(table, findings);
    if table.value_span("prepare").is_some() {
        table.not_for(&["flip", "crop"], "without `data.prepare`, which lists them in order", findings);
        return listed(table, numbers, findings);
    }
    let flip = table.flag("flip", findings).unwrap_or(false);
    let crop = table.whole("crop", 0, MOST_CROP.into(), findings).unwrap_or(0) as u32;
    let steps = [flip.then_some(Step::Flip), (crop > 0).then_some(Step::Crop(crop)), numbers.map(Step::Normalise)];
    Some(steps.into_iter().flatten().collect())
}

fn numbers(table: &mut Table, findings: &mut Findings) -> Option<Numbers> {
    let known = [Numbers::ImageNet, Numbers::Set];
    let named = table.choice("normalise", &[("imagenet", &known[0]), ("set", &known[1])], findings).cloned();
    if table.value_span("normalise").is_some() {
        table.not_for(&["mean", "std"], "without `data.normalise`", findings);
        return named;
    }
    let mean = table.numbers("mean", f64::MIN, findings);
    let std = table.numbers("std", f64::MIN_POSITIVE, findings);
    match (mean, std) {
        (Some(mean), Some(std)) if mean.len() == std.len() => Some(Numbers::Given { mean, std }),
        (None, None) => None,
        (Some(_), Some(std)) => table.bad("std", "as many numbers as `data.mean`", &std.len().to_string(), findings),
        (Some(_), None) => table.bad("mean", "given together with `data.std`", "it alone", findings),
        (None, Some(_)) => table.bad("std", "given together with `data.mean`", "it alone", findings),
    }
}

fn listed(table: &mut Table, numbers: Option<Numbers>, findings: &mut Findings) -> Option<Vec<Step>> {
    let words = table.words("prepare", "a list of `\"flip\"`, `\"crop 4\"` and `\"normalise\"` in some order", findings)?;
    let asks = words.iter().any(|word| word.text == "normalise");
    let has_numbers = ["normalise", "mean", "std"].into_iter().any(|key| table.value_span(key).is_some());
    if asks && !has_numbers {
        let expected = "a list without `normalise`, or `data.normalise` or `data.mean` and `data.std` beside it";
        return table.bad("prepare", expected, "`\"normalise\"` alone", findings);
    }
    if has_numbers && !asks {
        return table.bad("prepare", "a list with `normalise`, whose numbers are given", "one without", findings);
    }
    let mut steps: Vec<Step> = Vec::new();
    for word in &words {
        match step(word, numbers.as_ref()) {
            Some(step) if steps.iter().all(|other| other.word() != step.word()) => steps.push(step),
            Some(_) => table.bad_item("prepare", word, "there once", findings),
            // Numbers that cannot be used have been reported.
            None if word.text == "normalise" => {}
            None => table.bad_item("prepare", word, "`flip`, `crop` with 1 to 1000 pixels, or `normalise`", findings),
        }
    }
    Some(steps)
}

fn step(word: &Word, numbers: Option<&Numbers>) -> Option<Step> {
    match word.text.split_whitespace().collect::<Vec<&str>>()[..] {
        ["flip"] => Some(Step::Flip),
        ["crop", reach] => reach.parse().ok().filter(|reach| (1..=MOST_CROP).contains(reach)).map(Step::Crop),
        ["normalise"] => numbers.cloned().map(Step::Normalise),
        _ => None,
    }
}
