//! Tables of numbers: `.csv` files.

use super::element::{Array, Values};
use super::labels::{Labels, Part};
use crate::{DataError, file::Contents};
use csv::{ReaderBuilder, StringRecord, Trim};
use std::path::{Path, PathBuf};

/// A table that was read.
pub struct Table {
    path: PathBuf,
    rows: usize,
    /// Row by row, without the column of classes.
    numbers: Vec<f32>,
    /// Whether each column has whole numbers only.
    whole: Vec<bool>,
    /// The column of classes, as it is written.
    classes: Option<Vec<String>>,
}

impl Table {
    /// Reads a table. The first line is one of names if any of it is no number; `class_column` is one of them.
    pub fn read(path: &Path, class_column: Option<&str>) -> Result<Self, DataError> {
        let contents = Contents::read(path)?;
        let mut reader = ReaderBuilder::new().has_headers(false).trim(Trim::All).from_reader(contents.bytes.as_slice());
        let mut table = Self {
            path: path.into(),
            rows: 0,
            numbers: Vec::new(),
            whole: Vec::new(),
            classes: class_column.map(|_| Vec::new()),
        };
        let mut place = None;
        for (at, record) in reader.records().enumerate() {
            let record = record.map_err(|error| table.broken(error.to_string()))?;
            if at == 0 {
                let named = record.iter().any(|field| field.parse::<f64>().is_err());
                place = class_column.map(|column| table.find(column, &record, named)).transpose()?;
                table.whole = vec![true; record.len() - usize::from(place.is_some())];
                if named {
                    continue;
                }
            }
            table.add(at + 1, &record, place)?;
        }
        match table.rows {
            0 => Err(DataError::Empty { path: path.into() }),
            _ => Ok(table),
        }
    }

    fn find(&self, column: &str, names: &StringRecord, named: bool) -> Result<usize, DataError> {
        let known: Vec<String> = if named { names.iter().map(str::to_string).collect() } else { Vec::new() };
        let place = known.iter().position(|name| name == column);
        place.ok_or_else(|| DataError::ArrayName { path: self.path.clone(), name: column.into(), known })
    }

    fn add(&mut self, line: usize, record: &StringRecord, classes: Option<usize>) -> Result<(), DataError> {
        self.rows += 1;
        for (at, field) in record.iter().enumerate() {
            if let (true, Some(list)) = (Some(at) == classes, &mut self.classes) {
                list.push(field.to_string());
                continue;
            }
            let column = at - usize::from(classes.is_some_and(|classes| classes < at));
            let number = field.parse().map_err(|_| self.broken(format!("has `{field}` in line {line}, expected a number")))?;
            self.whole[column] &= field.parse::<i64>().is_ok();
            self.numbers.push(number);
        }
        Ok(())
    }

    /// All its columns as one array.
    pub fn whole(&self) -> Array {
        self.columns(0..self.whole.len())
    }

    /// Samples and targets: the last `targets` columns, unless there is a column of classes.
    pub fn part(mut self, targets: usize) -> Result<Part, DataError> {
        let all = self.whole.len();
        let first = if self.classes.is_some() { all } else { all.saturating_sub(targets) };
        if first == 0 {
            return Err(self.broken(format!("has {} columns, expected some beside those of the targets", all)));
        }
        let labels = match self.classes.take() {
            Some(words) => Labels::Words(self.path.clone(), words),
            None => Labels::Array(self.columns(first..all)),
        };
        Ok(Part { inputs: self.columns(0..first), labels })
    }

    /// Some columns as an array: whole numbers if they all are, without a second axis if it is one column.
    fn columns(&self, columns: std::ops::Range<usize>) -> Array {
        let rows = self.numbers.chunks_exact(self.whole.len().max(1)).map(|row| &row[columns.clone()]);
        let numbers = rows.flatten().copied();
        let values = match self.whole[columns.clone()].iter().all(|whole| *whole) {
            true => Values::Whole(numbers.map(|x| x as i64).collect()),
            false => Values::Floats(numbers.collect()),
        };
        let shape = if columns.len() == 1 { vec![self.rows] } else { vec![self.rows, columns.len()] };
        Array { place: self.path.clone(), shape, values }
    }

    fn broken(&self, reason: String) -> DataError {
        DataError::Array { path: self.path.clone(), reason }
    }
}
