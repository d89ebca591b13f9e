//! The answer in sentences, and what makes it doubtful.

use super::Material;
use super::numbers::{difference_unit, estimate, figure, gain, p_words, with_unit};
use crate::compare::{Against, Comparison};
use crate::figure::capital;
use crate::stats::{Estimate, Sample, smallest_rank_p};
use crate::study::{Group, Moment, Outcome, Role, Study};

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

/// The hardest comparison comes first.
fn of_subject(material: &Material, subject: &Group) -> Vec<String> {
    let measure = &material.study.measure;
    let of = |against: &Against| matches!(against, Against::Linear | Against::Max | Against::Group(_));
    let mut own: Vec<&Comparison> =
        material.comparisons.iter().filter(|comparison| comparison.subject == subject.name && of(&comparison.against)).collect();
    own.sort_by_key(|comparison| comparison.against != Against::Max);
    let mut sentences: Vec<String> = own.into_iter().map(|comparison| sentence(material, comparison)).collect();
    let sample = Sample::new(subject.values());
    let mean = with_unit(measure, estimate(measure, sample.estimate()));
    let runs = if sample.len() == 1 {
        "one run".to_string()
    } else {
        format!("mean of {} runs, 95 % confidence interval", sample.len())
    };
    sentences.push(format!("{} of {}: {mean} ({runs}).", capital(&measure.name), subject.name));
    sentences
}

fn sentence(material: &Material, comparison: &Comparison) -> String {
    let measure = &material.study.measure;
    let what = match &comparison.against {
        Against::Linear => "what its controls predict on average (linear prediction".to_string(),
        Against::Max | Against::PairedMax => "its best control (max prediction".to_string(),
        Against::Group(name) => format!("{name} (mean"),
    };
    let what = format!("{what} {})", with_unit(measure, figure(measure, comparison.expected)));
    let by = format!("{}{}", gain(measure, comparison.gain), difference_unit(measure));
    let kind = if matches!(comparison.against, Against::Group(_)) { "run" } else { "pair" };
    let n = format!("{} {kind}{}", comparison.n, if comparison.n == 1 { "" } else { "s" });
    let subject = &comparison.subject;
    match comparison.adjusted {
        None => format!("{subject} beside {what}: {by}, {n}: too few, or too equal, to tell from chance."),
        Some(p) if p < material.method.level => {
            let verb = if comparison.gain.value > 0.0 { "better" } else { "worse" };
            format!("{subject} does {verb} than {what}: {by}, {}, {n}.", p_words(p))
        }
        Some(p) => {
            let unit = difference_unit(measure);
            let found = |size| {
                let size = figure(measure, size);
                format!(" {n} would find a true difference of {size}{unit} in four of five such studies.")
            };
            let detectable = comparison.detectable.map(found).unwrap_or_default();
            format!("{subject} cannot be told from {what}: {by}, {}, {n}.{detectable}", p_words(p))
        }
    }
}

/// What a comparison of a family says in favour of the subject, and which belong to it.
type Family = (&'static str, fn(&Against) -> bool);

fn counted(material: &Material, subjects: &[&Group]) -> Vec<String> {
    let study = material.study;
    let mut sentences = Vec::new();
    let families: [Family; 3] = [
        ("mixes do better than their best control (max prediction)", |against| *against == Against::Max),
        ("mixes do better than what their controls predict on average (linear prediction)", |against| {
            *against == Against::Linear
        }),
        ("comparisons with other networks are in favour of the subject", |against| matches!(against, Against::Group(_))),
    ];
    for (words, belongs) in families {
        let family: Vec<&Comparison> = material.comparisons.iter().filter(|comparison| belongs(&comparison.against)).collect();
        sentences.extend(of_family(material, &family, words));
    }
    let over_max = material.comparisons.iter().filter(|comparison| comparison.against == Against::Max);
    if let Some(best) = over_max.max_by(|a, b| a.gain.value.total_cmp(&b.gain.value)) {
        let sure = best.adjusted.map_or("too few runs to tell from chance".to_string(), p_words);
        let by = format!("{}{}", gain(&study.measure, best.gain), difference_unit(&study.measure));
        sentences.push(format!("The largest gain over the best control is {}'s: {by} ({sure}, {} pairs).", best.subject, best.n));
    }
    let mean = |group: &Group| Sample::new(group.values()).mean();
    let turned = |group: &Group| if study.measure.higher_is_better { mean(group) } else { -mean(group) };
    if let Some(best) = subjects.iter().max_by(|a, b| turned(a).total_cmp(&turned(b))) {
        let mean = with_unit(&study.measure, estimate(&study.measure, Sample::new(best.values()).estimate()));
        sentences.push(format!("The best mean {} of {} is {}'s: {mean}.", study.measure.name, subjects.len(), best.name));
    }
    sentences
}

fn of_family(material: &Material, family: &[&Comparison], words: &str) -> Option<String> {
    let (measure, level) = (&material.study.measure, material.method.level);
    let sure = |better: bool| family.iter().filter(|c| c.significant(level) && (c.gain.value > 0.0) == better).count();
    let mean = Sample::new(family.iter().map(|comparison| comparison.gain.value).collect()).mean();
    let mean = gain(measure, Estimate { value: mean, half_width: None });
    (!family.is_empty()).then(|| {
        format!(
            "{} of {} {words}, {} the contrary (adjusted p below {level}); the mean gain is {mean}{}.",
            sure(true),
            family.len(),
            sure(false),
            difference_unit(measure)
        )
    })
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
    warnings.extend(unknown_controls(study));
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
    let Some(n) = material.comparisons.iter().map(|comparison| comparison.n).min() else {
        let runs = material.study.subjects().map(|group| group.values().len()).min()?;
        let text = format!("Some networks have only {runs} run{}; nothing is compared.", if runs == 1 { "" } else { "s" });
        return (runs < FEW && !material.study.is_empty()).then_some(text);
    };
    match n {
        0 | 1 => Some("Some comparisons have fewer than two runs: one run says nothing about chance.".to_string()),
        n if n < FEW => {
            let smallest = smallest_rank_p(n, n);
            let text = format!(
                "Some comparisons have only {n} runs. The t test then rests on the assumption that runs are normally distributed; without it (Mann-\
                 Whitney) {n} runs on each side cannot give a p below {smallest:.2}, whatever they come to."
            );
            Some(text)
        }
        _ => None,
    }
}

fn unknown_controls(study: &Study) -> Option<String> {
    let parts = study.subjects().flat_map(|group| match &group.role {
        Role::Subject { parts } => &parts[..],
        _ => &[],
    });
    let mut names: Vec<&str> = parts.map(|part| part.control.as_str()).filter(|name| study.group(name).is_none()).collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| format!("Nothing is predicted from controls that are not in this study: {}.", names.join(", ")))
}

fn lost(study: &Study) -> Option<String> {
    let count = |outcome| study.groups.iter().map(|group| group.count(outcome)).sum::<usize>();
    let (diverged, unfinished) = (count(Outcome::Diverged), count(Outcome::Unfinished));
    let runs: usize = study.groups.iter().map(|group| group.runs.len()).sum();
    let part = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let are_not = if unfinished == 1 { "is not finished" } else { "are not finished" };
    let parts: Vec<String> = [part(diverged, "diverged"), part(unfinished, are_not)].into_iter().flatten().collect();
    let they_are = if diverged + unfinished == 1 { "it is" } else { "they are" };
    (!parts.is_empty()).then(|| format!("Of {runs} runs {}; {they_are} in no mean.", parts.join(" and ")))
}
