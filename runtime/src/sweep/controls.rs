//! The homogeneous controls of a sweep's mixes.

use super::axis::Choice;
use super::points::{Part, Point, name};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Op, Plan};
use std::collections::BTreeMap;

/// The same plan for the same network, whether it was written down or derived as a control.
pub fn canonical(mut plan: Plan, net: &str) -> Plan {
    plan.net = net.to_string();
    for layer in &mut plan.layers {
        match &mut layer.op {
            Op::Cells(placement) if !placement.is_mixed() => placement.layout = Layout::default(),
            _ => {}
        }
    }
    plan
}

/// Adds the controls of every mix, each once for all mixes that it is a control of; a point of the file may be one.
pub fn with_controls(listed: Vec<(Point, Vec<&Choice>)>) -> Vec<Point> {
    let (mut points, choices): (Vec<Point>, Vec<Vec<&Choice>>) = listed.into_iter().unzip();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (place, point) in points.iter().enumerate() {
        places.entry(point.fingerprint()).or_insert(place);
    }
    for (mix, choices) in choices.iter().enumerate() {
        let plan = points[mix].plan.clone();
        let controls = if points[mix].run_file.controls { plan.controls() } else { Vec::new() };
        let mut parts = Vec::new();
        for ((cell, share), control) in plan.mixture().into_iter().zip(controls) {
            let mut point = control_point(&points[mix], choices, &plan.cells[cell].name, control);
            let place = *places.entry(point.fingerprint()).or_insert_with(|| {
                point.name = unused(&points, point.name.clone());
                points.push(point);
                points.len() - 1
            });
            points[place].control = true;
            parts.push(Part { control: place, share });
        }
        // A control that is of several types itself predicts nothing.
        if parts.iter().all(|part| points[part.control].plan.mixture().is_empty()) {
            points[mix].parts = parts;
        }
    }
    points
}

/// The mix with one cell alone: where its coordinates have a mix, they have this cell, and a ratio says nothing any more.
fn control_point(mix: &Point, choices: &[&Choice], cell: &str, plan: Plan) -> Point {
    let of_one = |((axis, value), choice): (&(String, String), &&Choice)| {
        let value = if choice.mixed_cells().is_empty() { value.clone() } else { cell.to_string() };
        (!choice.is_ratio()).then(|| (axis.clone(), value))
    };
    let mut coordinates: Vec<(String, String)> = mix.coordinates.iter().zip(choices).filter_map(of_one).collect();
    if choices.iter().all(|choice| choice.mixed_cells().is_empty()) {
        coordinates.insert(0, ("only".to_string(), cell.to_string()));
    }
    let (plan, parts) = (canonical(plan, &mix.plan.net), Vec::new());
    Point { name: name(&coordinates), coordinates, plan, control: true, parts, ..mix.clone() }
}

/// `wanted`, or with a number behind it if another point is called so.
fn unused(points: &[Point], wanted: String) -> String {
    let taken = |name: &str| points.iter().any(|point| point.name == name);
    let numbered = (2..).map(|number| format!("{wanted} ({number})"));
    std::iter::once(wanted.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(wanted)
}
