//! What `hetc compile` prints, as a user sees it.

mod common;

use common::{compile, from_root};
use hetc_compiler::emit;
use hetc_compiler::plan::Plan;

fn plan(path: &str) -> Plan {
    let text = std::fs::read_to_string(from_root(path)).unwrap();
    compile(&text).nets.swap_remove(0).plan.unwrap()
}

#[test]
fn table_of_sticknet8() {
    insta::assert_snapshot!(emit::table(&plan("specs/sticknet8.net")));
}

#[test]
fn table_of_every_layer() {
    insta::assert_snapshot!(emit::table(&plan("specs/layers_and_norms.net")));
}

#[test]
fn ir_of_sticknet8() {
    insta::assert_snapshot!(emit::ir(&plan("specs/sticknet8.net")));
}

#[test]
fn plan_text_of_a_small_net() {
    insta::assert_snapshot!(plan("specs/mnist1d_mixed.net").to_text());
}
