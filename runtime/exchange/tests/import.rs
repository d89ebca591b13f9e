//! Files of weights: kinds of numbers, names, and everything that can be wrong at once.

mod common;

use common::{plan, some_weights};
use hetc_engine::params::Table;
use hetc_exchange::import::{self, Misfit};
use hetc_exchange::names::NameMap;
use hetc_exchange::tensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

const SPEC: &str = "net n {; input 4; dense 3; norm batch; act relu; dense 2 bias=no; }";

#[test]
fn out_and_in_again() {
    let plan = plan(SPEC);
    let (weights, table) = (some_weights(&plan), Table::of(&plan));
    let about = json!({ "net": "n" });
    let bytes = tensors::write(&table, &weights, |name| name.to_string(), &about).expect("a file");
    assert_eq!(tensors::about(&bytes), Some(about));
    let read = tensors::read(&bytes).expect("tensors");
    assert_eq!(import::weights(&plan, &read, &NameMap::guess(&plan, &read)), Ok(weights.clone()));
    // Under PyTorch's names, and back by the map that is guessed from them.
    let theirs = |name: &str| match name {
        "dense1.weight" => "fc1.weight".to_string(),
        "dense1.bias" => "fc1.bias".to_string(),
        "norm1.scale" => "fc2.weight".to_string(),
        "norm1.shift" => "fc2.bias".to_string(),
        "norm1.mean" => "fc2.running_mean".to_string(),
        "norm1.var" => "fc2.running_var".to_string(),
        _ => "fc3.weight".to_string(),
    };
    let read = tensors::read(&tensors::write(&table, &weights, theirs, &json!({})).expect("a file")).expect("tensors");
    assert_eq!(import::weights(&plan, &read, &NameMap::guess(&plan, &read)), Ok(weights.clone()));
    let error = tensors::write(&table, &weights, |_| "same".to_string(), &json!({})).unwrap_err();
    assert!(error.contains("would both be called `same`"), "{error}");
}

/// 1.5 and -0.25 are exact in every kind.
#[test]
fn kinds_of_numbers() {
    let bytes = |kind: Dtype| -> Vec<u8> {
        let two = [1.5f64, -0.25];
        match kind {
            Dtype::F64 => two.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Dtype::F32 => two.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect(),
            Dtype::F16 => [0x3E00u16, 0xB400].iter().flat_map(|x| x.to_le_bytes()).collect(),
            Dtype::BF16 => [0x3FC0u16, 0xBE80].iter().flat_map(|x| x.to_le_bytes()).collect(),
            _ => vec![0; 16],
        }
    };
    for kind in [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16] {
        let data = bytes(kind);
        let view = TensorView::new(kind, vec![2], &data).expect("a tensor");
        let file = safetensors::serialize([("a", view)], None).expect("a file");
        assert_eq!(tensors::read(&file).expect("tensors")["a"].numbers, Some(vec![1.5, -0.25]), "{kind:?}");
    }
    let data = bytes(Dtype::I64);
    let file =
        safetensors::serialize([("a", TensorView::new(Dtype::I64, vec![2], &data).expect("a tensor"))], None).expect("a file");
    assert_eq!(tensors::read(&file).expect("tensors")["a"].numbers, None);
    assert!(tensors::read(b"nothing").is_err());
}

#[test]
fn everything_wrong_is_said_at_once() {
    let plan = plan(SPEC);
    let (weights, table) = (some_weights(&plan), Table::of(&plan));
    let called = |name: &str| name.replace("dense2.weight", "dense2.wieght").replace("norm1.var", "elsewhere");
    let mut read = tensors::read(&tensors::write(&table, &weights, called, &json!({})).expect("a file")).expect("tensors");
    read.get_mut("dense1.weight").expect("a tensor").shape = vec![4, 3];
    let bias = read.get_mut("dense1.bias").expect("a tensor");
    (bias.kind, bias.numbers) = ("I64".to_string(), None);
    let map = NameMap { pairs: vec![("dense3.bias".to_string(), "x".to_string())] };
    let misfits = import::weights(&plan, &read, &map).unwrap_err();
    let said: Vec<String> = misfits.0.iter().map(Misfit::to_string).collect();
    assert_eq!(
        said,
        [
            "the network has no tensor `dense3.bias`; there is `dense1.bias`",
            "`dense1.weight` is [4, 3], expected [3, 4]",
            "`dense1.bias` holds numbers of type I64; weights are F64, F32, F16 or BF16",
            "`dense2.weight` is missing; there is `dense2.wieght`",
            "`norm1.var` is missing",
            "`dense2.wieght` is nothing in the network; `dense2.weight` is missing",
            "`elsewhere` is nothing in the network",
        ]
    );
}
