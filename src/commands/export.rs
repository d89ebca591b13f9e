//! `hetc export`: a trained network for others, or one of its cells for another network.

use super::compile::{write, write_bytes};
use crate::Status;
use crate::cli::{Export, Grid};
use crate::failure::Failure;
use crate::model::{self, Model, read};
use crate::terminal::Terminal;
use hetc_compiler::shape::Shape;
use hetc_exchange::cells::{Learned, Polynomial, fit, grid};
use hetc_exchange::names::NameMap;
use hetc_exchange::{onnx, samples, tensors};
use hetc_runtime::params::Table;
use std::path::Path;

pub fn run(args: Export, terminal: &Terminal) -> Result<Status, Failure> {
    let Some(model) = model::one(&args.trained, terminal)? else { return Ok(Status::Findings) };
    if let Some(name) = &args.cell {
        let text = cell(&args, &model, name, terminal)?;
        write(args.output.as_deref(), &text, terminal)?;
        return Ok(Status::Fine);
    }
    let Some(to) = &args.to else {
        return Err(Failure::new("nothing to export").help("say `--to model.safetensors`, `--to model.onnx` or `--cell NAME`"));
    };
    let bytes = match to.extension().and_then(|extension| extension.to_str()) {
        Some("safetensors") => safetensors(&model, &name_map(args.map.as_deref())?)?,
        Some("onnx") => onnx::export(&model.plan, &model.weights).map_err(|refusal| Failure::new(refusal.to_string()))?,
        _ => {
            return Err(Failure::new(format!("`{}` is neither `.safetensors` nor `.onnx`", to.display()))
                .help("the file's name says what it is to be"));
        }
    };
    write_bytes(to, &bytes)?;
    terminal.note(&format!("{} written to {}", model.words(), to.display()));
    Ok(Status::Fine)
}

/// The file of a model's weights; tensors that `names` does not rename keep their names.
pub fn safetensors(model: &Model, names: &NameMap) -> Result<Vec<u8>, Failure> {
    let about = serde_json::to_value(&model.about).map_err(|error| Failure::new(error.to_string()))?;
    let called = |name: &str| names.theirs(name).unwrap_or(name).to_string();
    tensors::write(&Table::of(&model.plan), &model.weights, called, &about).map_err(Failure::new)
}

fn name_map(path: Option<&Path>) -> Result<NameMap, Failure> {
    let Some(path) = path else { return Ok(NameMap::default()) };
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    NameMap::from_text(&text).map_err(|reason| Failure::new(format!("`{}` is no name map: {reason}", path.display())))
}

/// A cell as a table, or as a spec with the polynomial that is nearest to it.
fn cell(args: &Export, model: &Model, name: &str, terminal: &Terminal) -> Result<String, Failure> {
    let learned = Learned::of(&model.plan, &model.weights, name).map_err(|error| Failure::new(error.to_string()))?;
    let origin = format!("`{name}` of {}", model.words());
    if let Some(Grid { low, high, points }) = args.table {
        if learned.inputs != 1 {
            let headline = format!("`{name}` takes {} values, and a table is a function of one", learned.inputs);
            return Err(Failure::new(headline).help("`--polynomial 2` gives the quadratic that is nearest to it"));
        }
        return Ok(learned.table(low, high, points, &format!("{origin}: {points} points from {low} to {high}")));
    }
    let degree = args.polynomial.unwrap_or(2);
    let (points, place) = match &args.at {
        Some(file) => (points_in(file, learned.inputs)?, format!("the points of {}", file.display())),
        None => (points_on(args.over, learned.inputs), format!("{} to {} in each value", args.over.0, args.over.1)),
    };
    let fitted = fitted(&learned, degree, &points)?;
    let error = quality(&fitted);
    terminal.note(&format!("{} points: {error}", points.len()));
    Ok(format!("# {origin}: least squares over {place}; {error}\n{}", fitted.definition(&format!("{}_fit", word(name)))))
}

/// A name that the language can read: `mlp_64_64_args_2` for `mlp[64,64] args=2`.
fn word(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<&str>>().join("_")
}

/// The polynomial that is nearest to a cell.
pub fn fitted(learned: &Learned, degree: u32, points: &[Vec<f64>]) -> Result<Polynomial, Failure> {
    fit(learned.inputs, degree, points, |point| learned.at(point)).ok_or_else(|| {
        Failure::new(format!("{} points do not determine a polynomial of degree {degree}", points.len()))
            .help("take more points, a wider range or a lower degree")
    })
}

/// How near a polynomial comes, in words.
pub fn quality(polynomial: &Polynomial) -> String {
    let cosine = polynomial.cosine_distance.map_or(String::new(), |distance| format!(", cosine distance {distance:.3e}"));
    format!("mean squared error {:.3e}{cosine}", polynomial.mean_squared_error)
}

/// A grid over a range: 101 numbers a value, as Yoon et al. 2021 have it, and fewer where that would be too many together.
pub fn points_on((low, high): (f64, f64), inputs: usize) -> Vec<Vec<f64>> {
    let each = match inputs {
        1 | 2 => 101,
        3 => 21,
        4 => 11,
        _ => 5,
    };
    let add = |points: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
        let longer = |point: &Vec<f64>| grid(low, high, each).map(|x| [&point[..], &[x.into()]].concat()).collect::<Vec<_>>();
        points.iter().flat_map(longer).collect()
    };
    (0..inputs).fold(vec![Vec::new()], |points, _| add(points))
}

/// Points that a file holds, one a line or row.
fn points_in(file: &Path, inputs: usize) -> Result<Vec<Vec<f64>>, Failure> {
    let read = samples::read(file, &Shape::vector(inputs)).map_err(|error| Failure::new(error.to_string()))?;
    Ok(read.numbers.chunks(inputs).map(|point| point.iter().map(|x| f64::from(*x)).collect()).collect())
}
