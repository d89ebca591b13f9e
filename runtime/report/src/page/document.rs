//! What a report says, before it is HTML or Markdown.

use super::numbers::{estimate, figure, gain, p, thousands};
use super::{Material, words};
use crate::compare::{Against, Comparison};
use crate::figure::Figure;
use crate::stats::Sample;
use crate::study::{Group, Moment, Outcome, Role};

/// A piece of a report. Texts are plain.
pub enum Block<'a> {
    /// The report's name.
    Title(String),
    /// A section's name.
    Heading(String),
    /// The answer: sentences that come first.
    Answer(Vec<String>),
    /// What makes the answer doubtful.
    Warning(String),
    /// A paragraph.
    Text(String),
    /// Rows under a head; the first column is words, the others numbers.
    Table(Vec<String>, Vec<Vec<String>>),
    /// A picture with its caption.
    Picture(&'a Figure),
    /// Command lines.
    Commands(&'a [String]),
    /// Names and values.
    Facts(Vec<(String, String)>),
}

/// The answer, tables, figures, and how it was made.
pub fn blocks<'a>(material: &Material<'a>) -> Vec<Block<'a>> {
    let study = material.study;
    let mut blocks = vec![Block::Title(study.title.clone()), Block::Answer(words::answer(material))];
    blocks.extend(words::warnings(material).into_iter().map(Block::Warning));
    if !study.groups.is_empty() {
        blocks.push(heading("Results"));
        blocks.push(results(material));
    }
    blocks.extend(controls(material));
    blocks.extend(others(material));
    if !material.figures.is_empty() {
        blocks.push(heading("Figures"));
        blocks.extend(material.figures.iter().map(Block::Picture));
    }
    for (look, figures) in material.looks {
        blocks.push(Block::Heading(look.title.clone()));
        blocks.extend(look.text.iter().cloned().map(Block::Text));
        blocks.extend(look.tables.iter().map(|table| Block::Table(table.head.clone(), table.rows.clone())));
        blocks.extend(figures.iter().map(Block::Picture));
    }
    blocks.extend(made(material));
    blocks
}

fn heading<'a>(name: &str) -> Block<'a> {
    Block::Heading(name.to_string())
}

fn results<'a>(material: &Material<'a>) -> Block<'a> {
    let measure = &material.study.measure;
    let row = |group: &Group| {
        let sample = Sample::new(group.values());
        let number = |value: f64| figure(measure, value);
        let role = match &group.role {
            Role::Subject { .. } => "",
            Role::Control => "control",
            Role::Other => "for comparison",
        };
        let mean = match group.count(Outcome::Finished) {
            0 => "no run came to its end".to_string(),
            _ if sample.is_empty() => "no figure".to_string(),
            _ => estimate(measure, sample.estimate()),
        };
        let of = |value: Option<f64>| value.map_or("–".to_string(), number);
        let runs = if sample.len() == group.runs.len() {
            sample.len().to_string()
        } else {
            format!("{} of {}", sample.len(), group.runs.len())
        };
        let (low, high) = if sample.is_empty() { (None, None) } else { (Some(sample.min()), Some(sample.max())) };
        vec![group.name.clone(), role.to_string(), runs, mean, of(sample.deviation()), of(low), of(high), thousands(group.params)]
    };
    let head = ["network", "role", "runs", "mean ± 95 % CI", "SD", "min", "max", "parameters"];
    Block::Table(head.map(str::to_string).to_vec(), material.study.groups.iter().map(row).collect())
}

fn find<'a>(material: &'a Material, subject: &str, against: &Against) -> Option<&'a Comparison> {
    material.comparisons.iter().find(|comparison| comparison.subject == subject && comparison.against == *against)
}

fn controls<'a>(material: &Material<'a>) -> Vec<Block<'a>> {
    let measure = &material.study.measure;
    let row = |group: &Group| {
        let linear = find(material, &group.name, &Against::Linear)?;
        let max = find(material, &group.name, &Against::Max)?;
        let paired = find(material, &group.name, &Against::PairedMax)?;
        let both = |comparison: &Comparison| {
            [gain(measure, comparison.gain), format!("{}{}", p(comparison.adjusted), comparison.stars())]
        };
        let effect = max.effect.map_or("–".to_string(), |effect| format!("{effect:+.2}"));
        let mut cells = vec![group.name.clone(), max.n.to_string(), figure(measure, linear.expected)];
        cells.extend(both(linear));
        cells.push(figure(measure, max.expected));
        cells.extend(both(max));
        cells.extend(both(paired));
        cells.push(effect);
        Some(cells)
    };
    let rows: Vec<Vec<String>> = material.study.subjects().filter_map(row).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let head = ["mix", "n", "linear", "gain", "p", "max", "gain", "p", "paired max", "p", "effect"];
    let explained = format!(
        "Linear: the mean of the controls weighted by their shares. Max: the control with the best mean; paired max: the best control of each \
         pair, which is never worse, with its gain alone. A positive gain is a better mix, ± its 95 % confidence interval; {}. Effect, over max: {}.",
        material.method.words(),
        if material.method.test == crate::compare::Test::Paired {
            "the gain in standard deviations of the differences (Cohen's d for pairs)"
        } else {
            "Hedges' g"
        }
    );
    vec![heading("Mixes against their controls"), Block::Table(head.map(str::to_string).to_vec(), rows), Block::Text(explained)]
}

fn others<'a>(material: &Material<'a>) -> Vec<Block<'a>> {
    let measure = &material.study.measure;
    let row = |comparison: &Comparison| {
        let Against::Group(other) = &comparison.against else { return None };
        Some(vec![
            format!("{} − {other}", comparison.subject),
            comparison.n.to_string(),
            gain(measure, comparison.gain),
            format!("{}{}", p(comparison.adjusted), comparison.stars()),
            comparison.effect.map_or("–".to_string(), |effect| format!("{effect:+.2}")),
        ])
    };
    let rows: Vec<Vec<String>> = material.comparisons.iter().filter_map(row).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let text = "A positive gain is a better first network, ± its 95 % confidence interval; Welch's t test, p values adjusted after Benjamini \
                and Hochberg; effect: Hedges' g.";
    let head = ["networks", "n", "gain", "p", "effect"];
    vec![heading("Against other networks"), Block::Table(head.map(str::to_string).to_vec(), rows), Block::Text(text.to_string())]
}

fn made<'a>(material: &Material<'a>) -> Vec<Block<'a>> {
    let study = material.study;
    let mut blocks = vec![heading("How it was made")];
    if !study.commands.is_empty() {
        blocks.push(Block::Commands(&study.commands));
    }
    let moment = match study.measure.moment {
        Moment::Last => "after the last epoch",
        Moment::BestValidation => "where the validation split did best",
        Moment::BestTest => "where the test split did best",
        Moment::Kept => "with the weights that each run kept: after the last epoch, or where the validation split did best",
    };
    let mut facts = vec![("measure".to_string(), format!("{}, {moment}", study.measure.name))];
    if !study.data.is_empty() {
        facts.push(("data".to_string(), study.data.clone()));
    }
    facts.push(("statistics".to_string(), material.method.words()));
    facts.extend(study.facts.iter().cloned());
    blocks.push(Block::Facts(facts));
    blocks.extend(study.notes.iter().cloned().map(Block::Text));
    blocks
}
