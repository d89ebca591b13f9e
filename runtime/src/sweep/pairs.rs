//! Unordered pairs of cells, as mixes.

use hetc_grammar::tree::{Value, ValueKind};

/// The unordered pairs of a list as mixes `a|b`: n (n - 1) / 2 of n different values.
pub fn within(list: &[Value]) -> Vec<Value> {
    let pairs = list.iter().enumerate().flat_map(|(index, a)| list[index + 1..].iter().map(move |b| (a, b)));
    mixes(pairs)
}

/// The unordered pairs of two lists, one value of each: n × m of n and m values that are all different.
pub fn across(first: &[Value], second: &[Value]) -> Vec<Value> {
    mixes(first.iter().flat_map(|a| second.iter().map(move |b| (a, b))))
}

/// Each pair of two different values once.
fn mixes<'v>(pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Vec<Value> {
    let mut mixes: Vec<(Vec<String>, Value)> = Vec::new();
    for (a, b) in pairs {
        let (ValueKind::Cells(left), ValueKind::Cells(right)) = (&a.node, &b.node) else { continue };
        let mut key = vec![a.to_string(), b.to_string()];
        key.sort();
        if key[0] != key[1] && mixes.iter().all(|(known, _)| *known != key) {
            mixes.push((key, Value::new(ValueKind::Cells([left.clone(), right.clone()].concat()), a.span)));
        }
    }
    mixes.into_iter().map(|(_, mix)| mix).collect()
}
