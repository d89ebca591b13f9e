//! What an analysis found, for a page: pictures and tables with their words.
//!
//! Whoever looked into networks writes [`Look`]s into the study; nothing here knows what was looked at.

use serde::{Deserialize, Serialize};

/// A section of a page.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Look {
    /// Its heading.
    pub title: String,
    /// What was found, and how it is to be read: paragraphs.
    pub text: Vec<String>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// Its pictures.
    pub pictures: Vec<Picture>,
}

/// Rows under a head; the first column is words, the others numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Table {
    /// Names of the columns.
    pub head: Vec<String>,
    /// As many cells as the head has.
    pub rows: Vec<Vec<String>>,
}

/// A picture of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Its file's name without the ending; one of its kind in the study.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// What is drawn.
    pub drawing: Drawing,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawing {
    /// Means with intervals along an axis, a line a series.
    Profile {
        /// To the right.
        x: Axis,
        /// Upwards.
        y: Axis,
        /// The lines.
        series: Vec<Series>,
    },
    /// A dot a run, a colour a series.
    Scatter {
        /// To the right.
        x: Axis,
        /// Upwards.
        y: Axis,
        /// Each point has one value.
        series: Vec<Series>,
    },
    /// Functions of two arguments, a row each.
    Images {
        /// Name and images of a row.
        rows: Vec<(String, Vec<Image>)>,
    },
}

/// An axis.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Axis {
    /// What it measures, with its unit.
    pub name: String,
    /// Whether equal distances are equal ratios.
    pub log: bool,
    /// The names of the places 0, 1, 2, … where it has no numbers.
    pub places: Vec<String>,
}

/// Points of one colour.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// Where, and the values there: one a run.
    pub points: Vec<(f64, Vec<f64>)>,
}

/// A function of two arguments on a grid.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Image {
    /// What stands below it.
    pub label: String,
    /// `z[j][i]` at the i-th place of the first argument and the j-th of the second; `None` is left grey.
    pub z: Vec<Vec<Option<f64>>>,
}

impl Axis {
    /// A linear one.
    pub fn linear(name: &str) -> Self {
        Self { name: name.to_string(), ..Self::default() }
    }

    /// A logarithmic one.
    pub fn log(name: &str) -> Self {
        Self { name: name.to_string(), log: true, ..Self::default() }
    }

    /// One with names.
    pub fn places(name: &str, places: Vec<String>) -> Self {
        Self { name: name.to_string(), log: false, places }
    }
}
