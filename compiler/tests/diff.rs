//! What differs between two networks, in words.

mod common;

use common::draw::{act, resnet, yoon};
use hetc_compiler::diff::diff;
use hetc_compiler::rewrite::{Changes, Keep, Rewritten, Rule, Selector, Which, match_params, sites};

#[test]
fn a_network_and_itself() {
    let plan = resnet("resnet", 16, 4);
    let found = diff(&plan, &plan);
    assert!(found.is_empty());
    assert_eq!(found.to_string(), "resnet and resnet are the same network\n");
}

#[test]
fn a_network_and_its_baseline() {
    let plan = yoon(784, 2);
    let mut rewritten = Rewritten::new(plan.clone());
    let all = sites(&plan, &Selector::whole(Which::All)).unwrap();
    rewritten.replace(&all, Keep::Outputs, |_, _| Some(act("relu"))).unwrap();
    let mut matched = match_params(&rewritten, plan.params, Rule::Sites, 0.01).unwrap().plan;
    matched.net = "matched".to_string();
    insta::assert_snapshot!(diff(&plan, &matched));
}

#[test]
fn layers_more_and_less() {
    insta::assert_snapshot!(diff(&resnet("four", 16, 4), &resnet("three", 16, 3)));
}

/// Only what a join reads.
#[test]
fn other_edges_are_a_difference() {
    let plan = resnet("resnet", 16, 2);
    let mut other = plan.rebuild(&Changes::default()).unwrap();
    let join = other.layers.iter().position(|layer| layer.name == "join2").unwrap();
    other.layers[join].from[1] = 3;
    other.verify().unwrap();
    insta::assert_snapshot!(diff(&plan, &other));
}
