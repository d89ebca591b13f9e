//! `hetc import`: weights that another framework has written, as weights of a network.

use super::compile::write_bytes;
use super::plan_of;
use crate::Status;
use crate::cli::Import;
use crate::failure::Failure;
use crate::model::{Model, about, read};
use crate::terminal::Terminal;
use hetc_exchange::names::NameMap;
use hetc_exchange::{import, tensors};
use hetc_runtime::params::Table;

pub fn run(args: Import, terminal: &Terminal) -> Result<Status, Failure> {
    let Some(plan) = plan_of(&args.spec, args.net.as_deref(), &args.settings.set, terminal)? else { return Ok(Status::Findings) };
    let file = args.weights.display();
    let bytes = read(&args.weights)?;
    let found = tensors::read(&bytes).map_err(|reason| {
        Failure::new(format!("`{file}` is no safetensors file: {reason}"))
            .help("a PyTorch file becomes one by `safetensors.torch.save_file(torch.load(FILE), TO)`")
    })?;
    let about = about(&args.weights, &bytes)?;
    drop(bytes); // large networks are here twice otherwise
    let map = match &args.map {
        Some(path) => {
            let text = String::from_utf8_lossy(&read(path)?).into_owned();
            NameMap::from_text(&text).map_err(|reason| Failure::new(format!("`{}` is no name map: {reason}", path.display())))?
        }
        None => NameMap::guess(&plan, &found),
    };
    if args.show_map {
        terminal.print(&map.to_text());
    }
    let weights = match import::weights(&plan, &found, &map) {
        Ok(weights) => weights,
        Err(misfits) => {
            terminal.note(&format!("`{file}` does not fit `{}`:\n{misfits}", plan.net));
            return Ok(Status::Findings);
        }
    };
    let table = Table::of(&plan);
    terminal.note(&format!("{} tensors of `{file}` are the weights of `{}`", table.params.len() + table.state.len(), plan.net));
    if let Some(output) = &args.output {
        let model = Model::new(plan, weights);
        let model = if let Some(about) = about { model.trained(about) } else { model };
        write_bytes(output, &super::export::safetensors(&model, &NameMap::default())?)?;
        terminal.note(&format!("written to {}", output.display()));
    }
    Ok(Status::Fine)
}
