//! How a cell type is declared, and how one with its parameters filled in is called.

use hetc_grammar::tree;

/// `swish(7.5)`, `relu`
pub(super) fn instance_name(name: &str, values: &[f64]) -> String {
    if values.is_empty() {
        return name.to_string();
    }
    let values: Vec<String> = values.iter().map(|value| number(*value)).collect();
    format!("{name}({})", values.join(", "))
}

/// `7.5`; `1e-30` where the digits would be many.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-5..1e15).contains(&size) { value.to_string() } else { format!("{value:e}") }
}

/// `swish(beta where > 0)`: how a cell type is declared and therefore written.
pub fn signature(cell: &tree::Cell) -> String {
    let params: Vec<String> = cell.params.iter().map(ToString::to_string).collect();
    let inputs = cell.inputs.as_ref().map_or(String::new(), |inputs| {
        let names: Vec<&str> = inputs.iter().map(|input| input.node.as_str()).collect();
        format!("[{}]", names.join(", "))
    });
    let params = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
    format!("{}{inputs}{params}", cell.name.node)
}

/// `> 0`
pub fn bound(bound: &tree::Bound) -> String {
    format!("{} {}", bound.op.symbol(), bound.limit.node.text)
}
