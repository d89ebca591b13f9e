//! What is known of how the weights of a file were trained, from the run or the sweep that the file lies in.

use crate::commands::{load, open_run, open_sweep};
use crate::failure::Failure;
use crate::model::Normalisation;
use hetc_data::Step;
use hetc_runtime::Loss;
use hetc_runtime::runfile::RunFile;
use hetc_runtime::study::Source;
use std::path::Path;

/// Normalisation and loss of the training whose `model.safetensors` the file is: `RUN/NETWORK/seed-N/model.safetensors`, or
/// `SWEEP/points/POINT/seed-N/model.safetensors`. `None` if it lies elsewhere.
///
/// # Errors
/// What is wrong with the run, or with data that its normalisation is taken from.
pub fn of(file: &Path) -> Result<Option<(Option<Normalisation>, Loss)>, Failure> {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
    let Some(network) = file.parent().and_then(Path::parent) else { return Ok(None) };
    let Some(folder) = network.parent() else { return Ok(None) };
    if folder.join("run.json").is_file() {
        let run = open_run(folder)?;
        return trained(&run.run_file, run.data_folder.as_deref()).map(Some);
    }
    match folder.parent().filter(|sweep| Source::is_sweep(sweep)) {
        Some(sweep) => {
            let sweep = open_sweep(sweep)?;
            let point = sweep.points.iter().find(|point| network.file_name().is_some_and(|name| name == point.folder.as_str()));
            point.map(|point| trained(&point.run_file, sweep.data.of(&point.run_file.data))).transpose()
        }
        None => Ok(None),
    }
}

/// What a run file says of normalisation and loss; if the numbers are the training split's own, the data are read for them.
pub fn trained(run_file: &RunFile, data: Option<&Path>) -> Result<(Option<Normalisation>, Loss), Failure> {
    let loss = run_file.train.last().loss;
    let numbers = run_file.train.prepare.iter().find_map(|step| match step {
        Step::Normalise(numbers) => Some(numbers),
        Step::Flip | Step::Crop(_) => None,
    });
    let Some(numbers) = numbers else { return Ok((None, loss)) };
    let [mean, std] = match numbers.known() {
        Some(known) => known,
        None => numbers.of(&load(&run_file.data, data)?),
    };
    Ok((Some(Normalisation { mean, std }), loss))
}
