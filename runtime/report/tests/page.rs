//! What the page says, for studies of every kind.
#![allow(missing_docs)]

mod fixture;

use hetc_report::compare::{Against, Method, compare};
use hetc_report::page::Report;
use hetc_report::study::{Moment, Outcome, Study};

fn report(study: &Study) -> Report {
    Report::of(study, &Method::BY_SEED)
}

#[test]
fn markdown() {
    // A sweep's page is long; its figures and tables are looked at elsewhere.
    for (name, study) in fixture::all().into_iter().filter(|(name, _)| *name != "pairs") {
        insta::assert_snapshot!(format!("markdown_{name}"), report(&study).file("report.md").unwrap());
    }
}

#[test]
fn long_tables_are_folded() {
    let report = report(&fixture::pairs());
    let page = report.file("index.html").unwrap();
    // 156 mixes, 26 controls and two others: all networks, mixes against controls, mixes against others.
    for rows in [184, 156] {
        assert!(page.contains(&format!("<summary>Table of {rows} rows</summary>")), "{rows}");
    }
    assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
    assert_eq!(self::report(&fixture::one_mix()).file("index.html").unwrap().matches("<details>").count(), 0);
}

#[test]
fn mixes_are_compared_at_their_own_settings() {
    let comparisons = compare(&fixture::pairs(), &Method::BY_SEED);
    let others: Vec<(&str, &str)> = comparisons
        .iter()
        .filter_map(|comparison| match &comparison.against {
            Against::Group(other) => Some((comparison.subject.as_str(), other.as_str())),
            _ => None,
        })
        .collect();
    let rate = |name: &str| name.rsplit_once('=').expect("a rate").1.to_string();
    assert_eq!(others.len(), 156, "ReLU once for every mix");
    assert!(others.iter().all(|(mix, other)| rate(mix) == rate(other)));
}

#[test]
fn tables_for_programs() {
    let study = fixture::one_mix();
    for name in ["results.csv", "groups.csv", "comparisons.csv"] {
        insta::assert_snapshot!(name.replace('.', "_"), report(&study).file(name).unwrap());
    }
    insta::assert_snapshot!("hostile_csv", report(&fixture::hostile()).file("results.csv").unwrap());
}

#[test]
fn a_page_needs_nothing_else() {
    for (name, study) in fixture::all() {
        let report = report(&study);
        let page = report.file("index.html").unwrap();
        for outside in ["src=", "href=", "url(", "@import", "<script"] {
            assert!(!page.contains(outside), "{name}: {outside}");
        }
        // Markdown names the pictures that lie beside it.
        let text = report.file("report.md").unwrap();
        let named: Vec<&str> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        assert!(named.iter().all(|file| report.file(file).is_some()), "{name}: {named:?}");
        assert_eq!(named.len(), page.matches("<figure ").count(), "{name}");
    }
}

#[test]
fn every_tag_of_the_page_is_closed() {
    for (name, study) in fixture::all() {
        let report = report(&study);
        let page = report.file("index.html").unwrap();
        // With its few void elements closed, the page is XML.
        let body = page.split("<body>").nth(1).and_then(|rest| rest.split("</body>").next()).unwrap();
        let body = format!("<body>{body}</body>");
        roxmltree::Document::parse(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

fn answer(study: &Study) -> String {
    let text = report(study).file("report.md").unwrap().to_string();
    text.split("## ").next().unwrap().to_string()
}

#[test]
fn it_warns() {
    let mut study = fixture::one_mix();
    study.measure.moment = Moment::BestTest;
    assert!(answer(&study).contains("the test split was used for choosing"));
    study.measure.moment = Moment::Last;
    assert!(!answer(&study).contains("the test split was used for choosing"));
    assert!(!answer(&study).contains("only "));
    for group in &mut study.groups {
        group.runs.truncate(3);
    }
    assert!(answer(&study).contains("only 3 runs"), "{}", answer(&study));
    for group in &mut study.groups {
        group.runs.truncate(1);
    }
    assert!(answer(&study).contains("one run says nothing about chance"));
    study.groups[0].runs[0].outcome = Outcome::Diverged;
    assert!(answer(&study).contains("Of 4 runs 1 diverged"), "{}", answer(&study));
    for group in &mut study.groups {
        group.runs.iter_mut().for_each(|run| run.outcome = Outcome::Unfinished);
    }
    assert!(answer(&study).contains("No run has come to its end"));
}

#[test]
fn a_control_that_is_not_there_is_named() {
    let mut study = fixture::one_mix();
    study.groups.remove(2);
    assert!(answer(&study).contains("not in this study: ptanh(1) alone"), "{}", answer(&study));
}

#[test]
fn a_loss_is_better_where_it_is_smaller() {
    let mut study = fixture::one_mix();
    let gain = |study: &Study, against: Against| {
        compare(study, &Method::BY_SEED).into_iter().find(|comparison| comparison.against == against).unwrap()
    };
    let (up, up_paired) = (gain(&study, Against::Max), gain(&study, Against::PairedMax));
    assert!(up.gain.value > 0.0 && up_paired.gain.value <= up.gain.value);
    // The same numbers upside down come to the same gains.
    study.measure.higher_is_better = false;
    study.groups.iter_mut().flat_map(|group| &mut group.runs).for_each(|run| run.value = run.value.map(|value| -value));
    let down = gain(&study, Against::Max);
    assert!((down.gain.value - up.gain.value).abs() < 1e-9 && (down.p.unwrap() - up.p.unwrap()).abs() < 1e-12);
    assert!((gain(&study, Against::PairedMax).gain.value - up_paired.gain.value).abs() < 1e-9);
}

#[test]
fn doty_et_al_s_procedure_over_a_whole_grid() {
    let study = fixture::grid();
    let comparisons = compare(&study, &Method::doty(1));
    let max: Vec<_> = comparisons.iter().filter(|comparison| comparison.against == Against::PairedMax).collect();
    assert_eq!(max.len(), 40);
    let raw: Vec<f64> = max.iter().map(|comparison| comparison.p.unwrap()).collect();
    let adjusted: Vec<f64> = max.iter().map(|comparison| comparison.adjusted.unwrap()).collect();
    assert_eq!(hetc_report::stats::benjamini_hochberg(&raw), adjusted);
    // One-sided: a mix that is worse has a p above one half.
    for comparison in &max {
        assert_eq!(comparison.gain.value > 0.0, comparison.p.unwrap() < 0.5, "{}", comparison.subject);
    }
    assert_ne!(comparisons, compare(&study, &Method::doty(2)));
}

#[test]
fn a_study_is_plain_data() {
    for (_, study) in fixture::all() {
        let text = serde_json::to_string(&study).unwrap();
        assert_eq!(serde_json::from_str::<Study>(&text).unwrap(), study);
    }
}

#[test]
fn a_second_report_leaves_nothing_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    report(&fixture::grid()).write(folder.path()).unwrap();
    assert!(folder.path().join("landscape.svg").is_file());
    let second = report(&fixture::one_mix());
    second.write(folder.path()).unwrap();
    let mut files: Vec<String> =
        std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let mut expected: Vec<String> = second.files.into_iter().map(|(name, _)| name).collect();
    expected.sort();
    assert_eq!(files, expected);
}
