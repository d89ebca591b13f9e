//! The data of a run file: read by `hetc-data`, with its formulas read by the compiler.

use hetc_compiler::cells::{Known, read_formula};
use hetc_compiler::diag::Findings;
use hetc_compiler::formula::Formula;
use hetc_data::ode::{Ode, Rates};
use hetc_data::registry::Places;
use hetc_data::{DataError, Dataset, Request};
use hetc_grammar::span::{SourceId, Span};
use std::path::Path;

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
