//! How well clusters are apart (Rousseeuw 1987).

use super::cluster::square;

/// The mean silhouette of items in `clusters` (a number each), with distances between pairs in condensed order: one for clusters far
/// apart, zero for clusters that touch, below zero for items in the wrong one. An item alone in its cluster counts zero.
///
/// `None` unless there are at least two clusters and fewer clusters than items, with one distance a pair.
pub fn silhouette(clusters: &[usize], distances: &[f64]) -> Option<f64> {
    let items = clusters.len();
    let mut kinds = clusters.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 2 || kinds.len() >= items || distances.len() != items * (items - 1) / 2 {
        return None;
    }
    let table = square(items, distances);
    let of = |item: usize| {
        let away = |kind: usize| mean_distance(&table[item], item, clusters, kind);
        let within = away(clusters[item])?;
        let beside =
            kinds.iter().filter(|kind| **kind != clusters[item]).filter_map(|kind| away(*kind)).fold(f64::INFINITY, f64::min);
        let larger = within.max(beside);
        (larger > 0.0).then(|| (beside - within) / larger)
    };
    Some((0..items).map(|item| of(item).unwrap_or(0.0)).sum::<f64>() / items as f64)
}

/// From an item to the others of a cluster; `None` if there are none.
fn mean_distance(row: &[f64], item: usize, clusters: &[usize], kind: usize) -> Option<f64> {
    let others: Vec<f64> = (0..row.len()).filter(|i| *i != item && clusters[*i] == kind).map(|i| row[i]).collect();
    (!others.is_empty()).then(|| others.iter().sum::<f64>() / others.len() as f64)
}
