//! A plain interpreter of ONNX graphs: the operators that exports use, as the standard describes them, in f64, slowly.

mod arrays;

pub use arrays::Array;

use arrays::*;
use hetc_exchange::onnx::proto::{GraphProto, NodeProto, TensorProto};
use std::collections::HashMap;

/// What `graph` gives for `input`.
pub fn run(graph: &GraphProto, input: Array) -> Array {
    let mut known: HashMap<String, Array> = graph.initializer.iter().map(|tensor| (tensor.name.clone(), read(tensor))).collect();
    known.insert(graph.input[0].name.clone(), input);
    for node in &graph.node {
        let inputs: Vec<&Array> =
            node.input.iter().map(|name| known.get(name).unwrap_or_else(|| panic!("no `{name}`"))).collect();
        let output = apply(node, &inputs);
        assert!(known.insert(node.output[0].clone(), output).is_none(), "`{}` is given twice", node.output[0]);
    }
    known.remove(&graph.output[0].name).expect("the graph gives its output")
}

fn read(tensor: &TensorProto) -> Array {
    let raw = &tensor.raw_data;
    let data = match tensor.data_type {
        1 => raw.as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect(),
        7 => raw.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as f64).collect(),
        9 => raw.iter().map(|byte| f64::from(*byte)).collect(),
        other => panic!("numbers of kind {other}"),
    };
    let array = Array { shape: tensor.dims.iter().map(|size| *size as usize).collect(), data };
    assert_eq!(array.data.len(), array.shape.iter().product::<usize>(), "{}", tensor.name);
    array
}

fn apply(node: &NodeProto, x: &[&Array]) -> Array {
    let setting = |name: &str| node.attribute.iter().find(|attribute| attribute.name == name);
    let int = |name: &str, otherwise: i64| setting(name).map_or(otherwise, |attribute| attribute.i.unwrap_or(0));
    let ints = |name: &str| setting(name).map(|attribute| attribute.ints.iter().map(|i| *i as usize).collect::<Vec<usize>>());
    let epsilon = || f64::from(setting("epsilon").and_then(|attribute| attribute.f).unwrap_or(1e-5));
    let truth = |holds: bool| f64::from(u8::from(holds));
    match node.op_type.as_str() {
        "Identity" | "Cast" => x[0].clone(),
        "Neg" => map(x[0], |a| -a),
        "Abs" => map(x[0], f64::abs),
        "Sqrt" => map(x[0], f64::sqrt),
        "Exp" => map(x[0], f64::exp),
        "Log" => map(x[0], f64::ln),
        "Sin" => map(x[0], f64::sin),
        "Cos" => map(x[0], f64::cos),
        "Tanh" => map(x[0], f64::tanh),
        "Sigmoid" => map(x[0], |a| 1.0 / (1.0 + (-a).exp())),
        "Erf" => map(x[0], erf),
        "Not" => map(x[0], |a| truth(a == 0.0)),
        "Add" => zip(x[0], x[1], |a, b| a + b),
        "Sub" => zip(x[0], x[1], |a, b| a - b),
        "Mul" => zip(x[0], x[1], |a, b| a * b),
        "Div" => zip(x[0], x[1], |a, b| a / b),
        "Pow" => zip(x[0], x[1], f64::powf),
        "Min" => zip(x[0], x[1], f64::min),
        "Max" => zip(x[0], x[1], f64::max),
        "Less" => zip(x[0], x[1], |a, b| truth(a < b)),
        "LessOrEqual" => zip(x[0], x[1], |a, b| truth(a <= b)),
        "Greater" => zip(x[0], x[1], |a, b| truth(a > b)),
        "GreaterOrEqual" => zip(x[0], x[1], |a, b| truth(a >= b)),
        "Equal" => zip(x[0], x[1], |a, b| truth(a == b)),
        "Where" => {
            let shape = together(&together(&x[0].shape, &x[1].shape), &x[2].shape);
            let [mask, then, otherwise] = [0, 1, 2].map(|i| expand(x[i], &shape));
            let chosen = mask.data.iter().zip(then.data.iter().zip(&otherwise.data));
            Array { data: chosen.map(|(mask, (a, b))| if *mask != 0.0 { *a } else { *b }).collect(), shape }
        }
        "Shape" => Array { shape: vec![x[0].shape.len()], data: x[0].shape.iter().map(|size| *size as f64).collect() },
        "Expand" => {
            let shape = together(&x[0].shape, &whole(x[1]));
            expand(x[0], &shape)
        }
        "Reshape" => {
            let sizes = whole(x[1]).into_iter().enumerate().map(|(axis, size)| if size == 0 { x[0].shape[axis] } else { size });
            reshaped(x[0], sizes.collect())
        }
        "Flatten" => reshaped(x[0], vec![x[0].shape[0], x[0].shape[1..].iter().product()]),
        "Unsqueeze" => reshaped(x[0], x[0].shape.iter().copied().chain([1]).collect()),
        "Squeeze" => reshaped(x[0], x[0].shape[..x[0].shape.len() - 1].to_vec()),
        "Transpose" => gather(x[0], vec![x[0].shape[1], x[0].shape[0]], |at| Some(vec![at[1], at[0]])),
        "Slice" => {
            let (start, end, axis) = (whole(x[1])[0], whole(x[2])[0], whole(x[3])[0]);
            let step = x.get(4).map_or(1, |step| whole(step)[0]);
            let mut shape = x[0].shape.clone();
            shape[axis] = (end.min(shape[axis]) - start).div_ceil(step);
            gather(x[0], shape, |at| Some(with(at, axis, start + at[axis] * step)))
        }
        "Gather" => {
            let data = x[1].data.iter().map(|index| x[0].data[*index as usize]).collect();
            Array { shape: x[1].shape.clone(), data }
        }
        "Pad" => {
            let rank = x[0].shape.len();
            let more = whole(x[1]);
            let shape = x[0].shape.iter().zip(&more[rank..]).map(|(size, more)| size + more).collect();
            let inside = |at: &[usize]| at.iter().zip(&x[0].shape).all(|(at, size)| at < size).then(|| at.to_vec());
            gather_or(x[0], shape, inside, x[2].data[0])
        }
        "Concat" => concat(x, int("axis", 0)),
        "ReduceSum" | "ReduceMax" | "ReduceMin" | "ReduceMean" => reduce(&node.op_type, x[0], x[1], int("keepdims", 1) == 1),
        "MatMul" => matmul(x[0], x[1]),
        "Gemm" => {
            let weight = gather(x[1], vec![x[1].shape[1], x[1].shape[0]], |at| Some(vec![at[1], at[0]]));
            let product = matmul(x[0], &weight);
            x.get(2).map_or(product.clone(), |bias| zip(&product, bias, |a, b| a + b))
        }
        "Conv" => conv(x, &ints("pads"), &ints("strides"), int("group", 1) as usize),
        "MaxPool" | "AveragePool" => {
            let [window, stride, pads] = ["kernel_shape", "strides", "pads"].map(|name| ints(name).expect(name));
            pool(&node.op_type, x[0], &window, &stride, &pads)
        }
        "BatchNormalization" => {
            let shape: Vec<usize> = std::iter::once(x[1].shape[0]).chain(x[0].shape[2..].iter().map(|_| 1)).collect();
            let [scale, shift, mean, var] = [1, 2, 3, 4].map(|i| reshaped(x[i], shape.clone()));
            let unit = zip(&zip(x[0], &mean, |a, b| a - b), &var, |a, v| a / (v + epsilon()).sqrt());
            zip(&zip(&unit, &scale, |a, b| a * b), &shift, |a, b| a + b)
        }
        "LayerNormalization" => {
            let size: usize = x[0].shape[1..].iter().product();
            let mut data = Vec::new();
            for sample in x[0].data.chunks(size) {
                let mean = sample.iter().sum::<f64>() / size as f64;
                let var = sample.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / size as f64;
                data.extend(sample.iter().map(|a| (a - mean) / (var + epsilon()).sqrt()));
            }
            let unit = Array { shape: x[0].shape.clone(), data };
            zip(&zip(&unit, x[1], |a, b| a * b), x[2], |a, b| a + b)
        }
        other => panic!("no operator {other}"),
    }
}
