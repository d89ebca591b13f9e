//! Clusters against scipy and scikit-learn; tests/oracle/functions.py wrote oracle/functions.json.
#![allow(missing_docs)]

use hetc_analysis::functions::{average_linkage, silhouette};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    distances: Vec<f64>,
    merges: Vec<(f64, f64, f64, f64)>,
    cuts: Vec<Vec<usize>>,
    height: f64,
    cut_at: Vec<usize>,
    silhouettes: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let all: Value = serde_json::from_str(include_str!("oracle/functions.json")).unwrap();
    Deserialize::deserialize(&all["clusters"]).unwrap()
}

/// The same clusters, numbered by first appearance.
fn renumbered(clusters: &[usize]) -> Vec<usize> {
    let mut seen: Vec<usize> = Vec::new();
    for cluster in clusters {
        if !seen.contains(cluster) {
            seen.push(*cluster);
        }
    }
    clusters.iter().map(|cluster| seen.iter().position(|known| known == cluster).unwrap()).collect()
}

#[test]
fn scipys_tree_and_cuts() {
    for case in cases() {
        let items = case.merges.len() + 1;
        let tree = average_linkage(items, &case.distances).unwrap();
        assert_eq!(tree.items(), items);
        for (ours, theirs) in tree.merges.iter().zip(&case.merges) {
            assert_eq!((ours.clusters.0 as f64, ours.clusters.1 as f64, ours.items as f64), (theirs.0, theirs.1, theirs.3));
            assert!((ours.height - theirs.2).abs() < 1e-12);
        }
        for (k, cut) in case.cuts.iter().enumerate() {
            assert_eq!(tree.cut(k + 1), renumbered(cut));
        }
        assert_eq!(tree.cut_at(case.height), renumbered(&case.cut_at));
    }
}

#[test]
fn silhouettes() {
    for case in cases() {
        for (cut, theirs) in case.cuts[1..].iter().zip(&case.silhouettes) {
            assert!((silhouette(cut, &case.distances).unwrap() - theirs).abs() < 1e-12);
        }
        assert_eq!(silhouette(&case.cuts[0], &case.distances), None);
        assert_eq!(silhouette(case.cuts.last().unwrap(), &case.distances), None);
    }
}

#[test]
fn what_is_no_table_of_distances_has_no_tree() {
    assert_eq!(average_linkage(0, &[]), None);
    assert_eq!(average_linkage(3, &[1.0, 2.0]), None);
    assert_eq!(average_linkage(2, &[f64::NAN]), None);
    let alone = average_linkage(1, &[]).unwrap();
    assert_eq!((alone.cut(1), alone.cut(0), alone.cut_at(1.0)), (vec![0], vec![0], vec![0]));
    let even = average_linkage(3, &[1.0; 3]).unwrap();
    assert_eq!((even.merges[0].clusters, even.cut(2)), ((0, 1), vec![0, 0, 1]));
    assert_eq!(silhouette(&[0, 1, 1], &[1.0]), None);
}
