//! A study as a report: one page, its text, its numbers, its figures.

mod document;
mod html;
mod markdown;
mod numbers;
mod tables;
mod words;

use crate::compare::{Comparison, Method, compare};
use crate::figure::{self, Figure};
use crate::looks::Look;
use crate::study::Study;
use std::fs;
use std::io;
use std::path::Path;

/// Everything that a report consists of.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Files: name and text. `index.html` comes last.
    pub files: Vec<(String, String)>,
}

/// What every part of a report is made from.
struct Material<'a> {
    study: &'a Study,
    method: &'a Method,
    comparisons: &'a [Comparison],
    figures: &'a [Figure],
    looks: &'a [(&'a Look, Vec<Figure>)],
}

impl Report {
    /// Of a study.
    pub fn of(study: &Study, method: &Method) -> Self {
        let comparisons = compare(study, method);
        let figures = figure::all(study, &comparisons);
        let looks: Vec<(&Look, Vec<Figure>)> = study.looks.iter().map(|look| (look, figure::of_look(look))).collect();
        let material = Material { study, method, comparisons: &comparisons, figures: &figures, looks: &looks };
        let blocks = document::blocks(&material);
        let drawn = figures.iter().chain(looks.iter().flat_map(|(_, figures)| figures));
        let mut files: Vec<(String, String)> = drawn.map(|figure| (format!("{}.svg", figure.name), figure.file())).collect();
        files.push(("results.csv".to_string(), tables::runs(study)));
        files.push(("groups.csv".to_string(), tables::groups(study)));
        files.push(("comparisons.csv".to_string(), tables::comparisons(&comparisons)));
        files.push(("report.md".to_string(), markdown::write(&blocks)));
        files.push(("index.html".to_string(), html::write(&study.title, &blocks)));
        Self { files }
    }

    /// Writes all files into `folder`, each whole or not at all, and removes figures that an earlier report left there and this one lacks.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for name in figure::NAMES.map(|name| format!("{name}.svg")) {
            if !self.files.iter().any(|(own, _)| *own == name) && folder.join(&name).is_file() {
                fs::remove_file(folder.join(&name))?;
            }
        }
        for (name, text) in &self.files {
            let sibling = folder.join(format!("{name}.tmp"));
            fs::write(&sibling, text)?;
            fs::rename(&sibling, folder.join(name))?;
        }
        Ok(())
    }

    /// The text of a file.
    pub fn file(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_str())
    }
}
