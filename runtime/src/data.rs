//! The data of a run file: read by `hetc-data`, with its formulas read by the compiler.

use hetc_compiler::cells::{Known, read_formula};
use hetc_compiler::diag::Findings;
use hetc_compiler::formula::Formula;
use hetc_data::ode::{Ode, Rates};
use hetc_data::registry::Places;
use hetc_data::{DataError, Dataset, Request};
use hetc_grammar::span::{SourceId, Span};
use std::path::{Path, PathBuf};

/// Where data are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders {
    /// The folder that the user named.
    pub named: Option<PathBuf>,
    /// The run file's: without a named one, relative paths of the run file begin there.
    pub run_file: Option<PathBuf>,
}

impl Folders {
    /// Of a run file at `run_file`; whole paths, so that they stay when the working folder is another.
    pub fn new(named: Option<&Path>, run_file: &Path) -> Self {
        let whole = |folder: &Path| std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
        let beside = run_file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self { named: named.map(whole), run_file: Some(whole(beside)) }
    }

    /// The folder for what is asked for.
    pub fn of(&self, request: &Request) -> Option<&Path> {
        let own = self.run_file.as_deref().filter(|_| request.source.has_paths());
        self.named.as_deref().or(own)
    }
}

/// Reads or generates what is asked for; see [`Request::load`].
pub fn load(request: &Request, folder: Option<&Path>, places: &Places) -> Result<Dataset, DataError> {
    request.load(folder, places, &rates)
}

/// The rates of a system as a function of its state, in double precision.
fn rates(ode: &Ode) -> Result<Box<Rates<'static>>, DataError> {
    let known = Known { inputs: &ode.state, constants: &ode.constants };
    let argument = |found: String| DataError::Argument { argument: "rates", expected: "one formula for each value", found };
    if ode.rates.len() != ode.state.len() {
        return Err(argument(format!("a list of {}", ode.rates.len())));
    }
    let formula = |text: &String| {
        let nowhere = |range: std::ops::Range<usize>| Span::new(SourceId(u32::MAX), range.start, range.end);
        read_formula(text, known, &nowhere, &mut Findings::default()).ok_or_else(|| argument(format!("`{text}`")))
    };
    let formulas: Vec<Formula> = ode.rates.iter().map(formula).collect::<Result<_, _>>()?;
    Ok(Box::new(move |state, rates| formulas.iter().zip(rates).for_each(|(formula, rate)| *rate = formula.eval(state))))
}
