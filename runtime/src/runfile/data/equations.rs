//! The keys of differential equations.

use crate::runfile::reader::{Table, Word, is_name};
use hetc_compiler::cells::{Known, read_formula};
use hetc_compiler::diag::Findings;
use hetc_data::ode::{From, Ode, Orbit, Target, VanDerPol};

/// The most values of a state.
const MOST: usize = 16;

/// The van der Pol oscillator.
pub fn van_der_pol(table: &mut Table, findings: &mut Findings) -> VanDerPol {
    let default = VanDerPol::default();
    let mu = table.real("mu", findings).unwrap_or(default.mu);
    VanDerPol { mu, orbit: orbit(table, default.orbit, findings) }
}

/// A system of equations in formulas.
pub fn ode(table: &mut Table, findings: &mut Findings) -> Option<Ode> {
    let (state, rates) =
        (table.words("state", "a list of names", findings), table.words("rates", "a list of formulas", findings));
    let orbit = orbit(table, Orbit::default(), findings);
    let state = table.required("state", "`state = [\"x\", \"v\"]` under `[data]`", state, findings);
    let rates = table.required("rates", "`rates = [\"v\", \"-x\"]` under `[data]`", rates, findings);
    let constants = table.constants("constants", findings).unwrap_or_default();
    if table.value_span("starts").is_none() {
        let start = table.value_span("start");
        table.required("start", "`start = [1.0, 0.0]` under `[data]`, or `starts`, `low` and `high`", start, findings)?;
    }
    let (state, rates) = (state?, rates?);
    let names: Vec<String> = state.iter().map(|word| word.text.clone()).collect();
    for (place, word) in state.iter().enumerate() {
        if !is_name(&word.text) || names[..place].contains(&word.text) || constants.contains_key(&word.text) {
            table.bad_item("state", word, "a name of letters, digits and underscores that nothing else has", findings);
        }
    }
    if !(1..=MOST).contains(&names.len()) {
        return table.bad("state", &format!("a list of 1 to {MOST} names"), &format!("a list of {}", names.len()), findings);
    }
    if rates.len() != names.len() {
        let expected = "a list of one formula for each name of `data.state`";
        return table.bad("rates", expected, &format!("a list of {}", rates.len()), findings);
    }
    let known = Known { inputs: &names, constants: &constants };
    for word in &rates {
        read_formula(&word.text, known, &|range| word.place(range), findings);
    }
    Some(Ode { rates: rates.into_iter().map(|word: Word| word.text).collect(), state: names, orbit, constants })
}

fn orbit(table: &mut Table, default: Orbit, findings: &mut Findings) -> Orbit {
    Orbit {
        from: from(table, default.from, findings),
        dt: table.real("dt", findings).unwrap_or(default.dt),
        steps: table.size("steps", findings).unwrap_or(default.steps),
        inner_steps: table.size("inner_steps", findings).unwrap_or(default.inner_steps),
        skip: table.size("skip", findings).unwrap_or(default.skip),
        target: table.choice("target", &[("step", Target::Step), ("field", Target::Field)], findings).unwrap_or(default.target),
        test_share: table.real("test_share", findings).unwrap_or(default.test_share),
    }
}

fn from(table: &mut Table, default: From, findings: &mut Findings) -> From {
    let several = table.value_span("starts").is_some();
    if several && table.value_span("start").is_some() {
        table.bad::<()>("start", "left out where `starts` is given", "both", findings);
        return table.reals("start", findings).map_or(default, |start| From::Point { start });
    }
    if !several {
        table.not_for(&["low", "high", "seed"], "with `data.starts`", findings);
        return table.reals("start", findings).map_or(default, |start| From::Point { start });
    }
    let starts = table.size("starts", findings).unwrap_or(2);
    let mut corner = |key, example| {
        let corner = table.reals(key, findings);
        table.required(key, example, corner, findings).unwrap_or_default()
    };
    let (low, high) =
        (corner("low", "`low = [-3.0, -5.0]` under `[data]`"), corner("high", "`high = [3.0, 5.0]` under `[data]`"));
    From::Box { starts, low, high, seed: table.seed("seed", findings).unwrap_or(0) }
}
