//! The answer in sentences, and what makes it doubtful.

use super::Material;
use super::numbers::{difference_unit, estimate, figure, gain, p_words, with_unit};
use crate::compare::{Against, Comparison};
use crate::stats::{Sample, smallest_rank_p};
use crate::study::{Group, Moment, Outcome, Study};

/// So many subjects get a sentence each; more are counted.
const EACH: usize = 3;
/// Fewer pairs than this get a warning.
const FEW: usize = 5;

/// Does the mix beat its controls, by how much, how sure, with how many runs?
pub fn answer(material: &Material) -> Vec<String> {
    let study = material.study;
    if study.groups.is_empty() {
        return vec!["This study is empty: it has no runs.".to_string()];
    }
    if study.is_empty() {
        return vec!["No run has come to its end, so there is nothing to say yet.".to_string()];
    }
    let subjects: Vec<&Group> = study.subjects().filter(|group| !group.values().is_empty()).collect();
    if subjects.len() > EACH {
        counted(material, &subjects)
    } else {
        subjects.iter().flat_map(|group| of_subject(material, group)).collect()
    }
}

fn of_subject(material: &Material, subject: &Group) -> Vec<String> {
    let measure = &material.study.measure;
    let sample = Sample::new(subject.values());
    let mean = with_unit(measure, estimate(measure, sample.estimate()));
    let runs = if sample.len() == 1 {
        "one run".to_string()
    } else {
        format!("mean of {} runs, 95 % confidence interval", sample.len())
    };
    let mut sentences = vec![format!("{}: {} {mean} ({runs}).", subject.name, measure.name)];
    let own = material.comparisons.iter().filter(|comparison| comparison.subject == subject.name);
    sentences.extend(
        own.filter(|comparison| comparison.against != Against::PairedMax).map(|comparison| sentence(material, comparison)),
    );
    sentences
}

fn sentence(material: &Material, comparison: &Comparison) -> String {
    let (study, level) = (material.study, material.method.level);
    let what = match &comparison.against {
        Against::Linear => "what its controls predict on average (linear prediction".to_string(),
        Against::Max | Against::PairedMax => "its best control (max prediction".to_string(),
        Against::Group(name) => format!("{name} (mean"),
    };
    let expected = with_unit(&study.measure, figure(&study.measure, comparison.expected));
    let by = format!("{}{}", gain(&study.measure, comparison.gain), difference_unit(&study.measure));
    let n = if matches!(comparison.against, Against::Group(_)) {
        format!("{} runs", comparison.n)
    } else {
        format!("{} pairs", comparison.n)
    };
    match comparison.adjusted {
        None => format!("Beside {what} {expected}): {by}, {n}, too few to tell from chance."),
        Some(p) if p < level => {
            let verb = if comparison.gain.value > 0.0 { "better" } else { "worse" };
            format!("It does {verb} than {what} {expected}): {by}, {}, {n}.", p_words(p))
        }
        Some(p) => {
            let detectable = comparison.detectable.map(|size| {
                let size = figure(&study.measure, size);
                format!(" So many would find a true difference of {size}{} four times of five.", difference_unit(&study.measure))
            });
            format!("It cannot be told from {what} {expected}): {by}, {}, {n}.{}", p_words(p), detectable.unwrap_or_default())
        }
    }
}

fn counted(material: &Material, subjects: &[&Group]) -> Vec<String> {
    let (study, level) = (material.study, material.method.level);
    let mut sentences = Vec::new();
    for (against, name) in [(Against::Linear, "linear prediction"), (Against::Max, "max prediction (their best control)")] {
        let of: Vec<&Comparison> = material.comparisons.iter().filter(|comparison| comparison.against == against).collect();
        if of.is_empty() {
            continue;
        }
        let significant = |better: bool| of.iter().filter(|c| c.significant(level) && (c.gain.value > 0.0) == better).count();
        let mean = Sample::new(of.iter().map(|comparison| comparison.gain.value).collect()).mean();
        let unit = difference_unit(&study.measure);
        let mean = format!("{}{}{unit}", if mean > 0.0 { "+" } else { "" }, figure(&study.measure, mean));
        sentences.push(format!(
            "{} of {} mixes do better than their {name}, {} worse (adjusted p below {level}); on average {mean}.",
            significant(true),
            of.len(),
            significant(false)
        ));
        if against == Against::Max
            && let Some(best) = of.iter().max_by(|a, b| a.gain.value.total_cmp(&b.gain.value))
        {
            let sure = best.adjusted.map_or("too few runs to tell from chance".to_string(), p_words);
            sentences.push(format!(
                "The largest gain over the best control is {}'s: {}{unit} ({sure}, {} pairs).",
                best.subject,
                gain(&study.measure, best.gain),
                best.n
            ));
        }
    }
    let mean = |group: &Group| Sample::new(group.values()).mean();
    let (first, last) =
        (|a: &&&Group, b: &&&Group| mean(a).total_cmp(&mean(b)), |a: &&&Group, b: &&&Group| mean(b).total_cmp(&mean(a)));
    let best = if study.measure.higher_is_better { subjects.iter().max_by(first) } else { subjects.iter().max_by(last) };
    if let Some(best) = best {
        let mean = with_unit(&study.measure, estimate(&study.measure, Sample::new(best.values()).estimate()));
        sentences.push(format!("The best mean {} of {} is {}'s: {mean}.", study.measure.name, subjects.len(), best.name));
    }
    sentences
}

/// Why the answer may be wrong.
pub fn warnings(material: &Material) -> Vec<String> {
    let study = material.study;
    let mut warnings = Vec::new();
    if study.measure.moment == Moment::BestTest {
        let text =
            "Each run is taken where the test split did best, so the test split was used for choosing: all figures are too good.";
        warnings.push(text.to_string());
    }
    warnings.extend(few(material));
    warnings.extend(lost(study));
    if material.comparisons.iter().any(|comparison| comparison.against == Against::Max)
        && study.measure.moment != Moment::BestTest
    {
        let text = "The best control is chosen by the same runs that the mix is compared with, which makes the max prediction a little too good.";
        warnings.push(text.to_string());
    }
    warnings
}

fn few(material: &Material) -> Option<String> {
    let n = material.comparisons.iter().map(|comparison| comparison.n).min()?;
    match n {
        0 | 1 => Some("Some comparisons have fewer than two runs: one run says nothing about chance.".to_string()),
        n if n < FEW => {
            let smallest = smallest_rank_p(n, n);
            let text = format!(
                "Some comparisons have {n} runs only. The t test then rests on the assumption that runs are normally distributed; without it (Mann-\
                 Whitney) {n} runs on each side cannot give a p below {smallest:.2}, whatever they come to."
            );
            Some(text)
        }
        _ => None,
    }
}

fn lost(study: &Study) -> Option<String> {
    let count = |outcome| study.groups.iter().map(|group| group.count(outcome)).sum::<usize>();
    let (diverged, unfinished) = (count(Outcome::Diverged), count(Outcome::Unfinished));
    let runs: usize = study.groups.iter().map(|group| group.runs.len()).sum();
    let part = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let parts: Vec<String> = [part(diverged, "diverged"), part(unfinished, "are not finished")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("Of {runs} runs {}; they are in no mean.", parts.join(" and ")))
}
