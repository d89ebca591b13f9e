//! A plain interpreter of ONNX graphs: the operators that exports use, as the standard describes them, in f64, slowly.

use hetc_exchange::onnx::proto::{GraphProto, NodeProto, TensorProto};
use std::collections::HashMap;

/// Numbers in row-major order; whole numbers and truth values are numbers, too.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub data: Vec<f64>,
}

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

fn whole(x: &Array) -> Vec<usize> {
    x.data.iter().map(|number| *number as usize).collect()
}

fn with(at: &[usize], axis: usize, place: usize) -> Vec<usize> {
    at.iter().enumerate().map(|(i, at)| if i == axis { place } else { *at }).collect()
}

fn reshaped(x: &Array, shape: Vec<usize>) -> Array {
    assert_eq!(shape.iter().product::<usize>(), x.data.len());
    Array { shape, data: x.data.clone() }
}

fn map(x: &Array, f: impl Fn(f64) -> f64) -> Array {
    Array { shape: x.shape.clone(), data: x.data.iter().map(|a| f(*a)).collect() }
}

fn zip(a: &Array, b: &Array, f: impl Fn(f64, f64) -> f64) -> Array {
    let shape = together(&a.shape, &b.shape);
    let (a, b) = (expand(a, &shape), expand(b, &shape));
    Array { data: a.data.iter().zip(&b.data).map(|(a, b)| f(*a, *b)).collect(), shape }
}

/// The sizes that two arrays are stretched to.
fn together(a: &[usize], b: &[usize]) -> Vec<usize> {
    let rank = a.len().max(b.len());
    let size = |shape: &[usize], axis: usize| if axis + shape.len() < rank { 1 } else { shape[axis + shape.len() - rank] };
    (0..rank)
        .map(|axis| match (size(a, axis), size(b, axis)) {
            (1, other) | (other, 1) => other,
            (one, other) => {
                assert_eq!(one, other, "{a:?} and {b:?}");
                one
            }
        })
        .collect()
}

fn expand(x: &Array, shape: &[usize]) -> Array {
    let missing = shape.len() - x.shape.len();
    let place = |at: &[usize]| at[missing..].iter().zip(&x.shape).map(|(at, size)| if *size == 1 { 0 } else { *at }).collect();
    gather(x, shape.to_vec(), |at| Some(place(at)))
}

fn gather(x: &Array, shape: Vec<usize>, from: impl Fn(&[usize]) -> Option<Vec<usize>>) -> Array {
    gather_or(x, shape, from, f64::NAN)
}

/// An array of `shape` whose elements come from the places of `x` that `from` names.
fn gather_or(x: &Array, shape: Vec<usize>, from: impl Fn(&[usize]) -> Option<Vec<usize>>, otherwise: f64) -> Array {
    let flat = |at: &[usize]| at.iter().zip(&x.shape).fold(0, |flat, (at, size)| flat * size + at);
    let data = places(&shape).map(|at| from(&at).map_or(otherwise, |at| x.data[flat(&at)])).collect();
    Array { shape, data }
}

/// Every place of an array, in order.
fn places(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let shape = shape.to_vec();
    (0..shape.iter().product()).map(move |mut flat: usize| {
        let mut at: Vec<usize> = shape.iter().rev().map(|size| (flat % size, flat /= size).0).collect();
        at.reverse();
        at
    })
}

fn concat(x: &[&Array], axis: i64) -> Array {
    let axis = if axis < 0 { x[0].shape.len() - 1 } else { axis as usize };
    let inner = |part: &Array| part.shape[axis..].iter().product::<usize>();
    let outer: usize = x[0].shape[..axis].iter().product();
    let rows = (0..outer).flat_map(|row| x.iter().flat_map(move |part| part.data[row * inner(part)..][..inner(part)].to_vec()));
    let shape = with(&x[0].shape, axis, x.iter().map(|part| part.shape[axis]).sum());
    Array { data: rows.collect(), shape }
}

fn reduce(operator: &str, x: &Array, axes: &Array, keep: bool) -> Array {
    let rank = x.shape.len() as f64;
    let axes: Vec<usize> = axes.data.iter().map(|axis| if *axis < 0.0 { axis + rank } else { *axis } as usize).collect();
    let kept: Vec<usize> = x.shape.iter().enumerate().map(|(axis, size)| if axes.contains(&axis) { 1 } else { *size }).collect();
    let mut parts: Vec<Vec<f64>> = vec![Vec::new(); kept.iter().product()];
    for (at, value) in places(&x.shape).zip(&x.data) {
        let place = at.iter().zip(&kept).fold(0, |flat, (at, size)| flat * size + if *size == 1 { 0 } else { *at });
        parts[place].push(*value);
    }
    let reduced = parts.iter().map(|part| match operator {
        "ReduceSum" => part.iter().sum(),
        "ReduceMean" => part.iter().sum::<f64>() / part.len() as f64,
        "ReduceMax" => part.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        _ => part.iter().copied().fold(f64::INFINITY, f64::min),
    });
    let data = reduced.collect();
    let shape = kept.into_iter().enumerate().filter(|(axis, _)| keep || !axes.contains(axis)).map(|(_, size)| size).collect();
    Array { shape, data }
}

/// `[…, n] × [n, m]`.
fn matmul(x: &Array, weight: &Array) -> Array {
    let (inner, outer) = (weight.shape[0], weight.shape[1]);
    let mut data = Vec::new();
    for row in x.data.chunks(inner) {
        data.extend((0..outer).map(|column| (0..inner).map(|i| row[i] * weight.data[i * outer + column]).sum::<f64>()));
    }
    let mut shape = x.shape.clone();
    *shape.last_mut().expect("an axis") = outer;
    Array { shape, data }
}

fn conv(x: &[&Array], pads: &Option<Vec<usize>>, strides: &Option<Vec<usize>>, groups: usize) -> Array {
    let (input, weight) = (x[0], x[1]);
    let [batch, channels, height, width] = input.shape[..] else { panic!("no map") };
    let [out, own, tall, wide] = weight.shape[..] else { panic!("no kernel") };
    let pads = pads.clone().unwrap_or(vec![0; 4]);
    let strides = strides.clone().unwrap_or(vec![1; 2]);
    let sizes = [(height + pads[0] + pads[2] - tall) / strides[0] + 1, (width + pads[1] + pads[3] - wide) / strides[1] + 1];
    let shape = vec![batch, out, sizes[0], sizes[1]];
    let at = |at: Vec<usize>| {
        let first = at[1] / (out / groups) * own;
        let mut sum = x.get(2).map_or(0.0, |bias| bias.data[at[1]]);
        for place in places(&[own, tall, wide]) {
            let (row, column) = (at[2] * strides[0] + place[1], at[3] * strides[1] + place[2]);
            if (pads[0]..pads[0] + height).contains(&row) && (pads[1]..pads[1] + width).contains(&column) {
                let from = ((at[0] * channels + first + place[0]) * height + row - pads[0]) * width + column - pads[1];
                sum += input.data[from] * weight.data[((at[1] * own + place[0]) * tall + place[1]) * wide + place[2]];
            }
        }
        sum
    };
    Array { data: places(&shape).map(at).collect(), shape }
}

/// A mean counts the padding.
fn pool(operator: &str, x: &Array, window: &[usize], stride: &[usize], pads: &[usize]) -> Array {
    let [batch, channels, height, width] = x.shape[..] else { panic!("no map") };
    let sizes = [(height + 2 * pads[0] - window[0]) / stride[0] + 1, (width + 2 * pads[1] - window[1]) / stride[1] + 1];
    let shape = vec![batch, channels, sizes[0], sizes[1]];
    let at = |at: Vec<usize>| {
        let mut inside = Vec::new();
        for place in places(window) {
            let (row, column) = (at[2] * stride[0] + place[0], at[3] * stride[1] + place[1]);
            if (pads[0]..pads[0] + height).contains(&row) && (pads[1]..pads[1] + width).contains(&column) {
                inside.push(x.data[((at[0] * channels + at[1]) * height + row - pads[0]) * width + column - pads[1]]);
            }
        }
        match operator {
            "MaxPool" => inside.into_iter().fold(f64::NEG_INFINITY, f64::max),
            _ => inside.iter().sum::<f64>() / (window[0] * window[1]) as f64,
        }
    };
    Array { data: places(&shape).map(at).collect(), shape }
}

/// By its series up to 3, by its continued fraction beyond.
fn erf(x: f64) -> f64 {
    if x.abs() < 3.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..100 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return sum * 2.0 / std::f64::consts::PI.sqrt();
    }
    let z = x.abs();
    let fraction = (1..60).rev().fold(z, |below, n| z + f64::from(n) / 2.0 / below);
    x.signum() * (1.0 - (-z * z).exp() / (fraction * std::f64::consts::PI.sqrt()))
}
