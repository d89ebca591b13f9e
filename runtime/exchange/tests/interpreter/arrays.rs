//! Arrays of numbers, and what operators do to them.

/// Numbers in row-major order; whole numbers and truth values are numbers, too.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub data: Vec<f64>,
}

pub fn whole(x: &Array) -> Vec<usize> {
    x.data.iter().map(|number| *number as usize).collect()
}

pub fn with(at: &[usize], axis: usize, place: usize) -> Vec<usize> {
    at.iter().enumerate().map(|(i, at)| if i == axis { place } else { *at }).collect()
}

pub fn reshaped(x: &Array, shape: Vec<usize>) -> Array {
    assert_eq!(shape.iter().product::<usize>(), x.data.len());
    Array { shape, data: x.data.clone() }
}

pub fn map(x: &Array, f: impl Fn(f64) -> f64) -> Array {
    Array { shape: x.shape.clone(), data: x.data.iter().map(|a| f(*a)).collect() }
}

pub fn zip(a: &Array, b: &Array, f: impl Fn(f64, f64) -> f64) -> Array {
    let shape = together(&a.shape, &b.shape);
    let (a, b) = (expand(a, &shape), expand(b, &shape));
    Array { data: a.data.iter().zip(&b.data).map(|(a, b)| f(*a, *b)).collect(), shape }
}

/// The sizes that two arrays are stretched to.
pub fn together(a: &[usize], b: &[usize]) -> Vec<usize> {
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

pub fn expand(x: &Array, shape: &[usize]) -> Array {
    let missing = shape.len() - x.shape.len();
    let place = |at: &[usize]| at[missing..].iter().zip(&x.shape).map(|(at, size)| if *size == 1 { 0 } else { *at }).collect();
    gather(x, shape.to_vec(), |at| Some(place(at)))
}

pub fn gather(x: &Array, shape: Vec<usize>, from: impl Fn(&[usize]) -> Option<Vec<usize>>) -> Array {
    gather_or(x, shape, from, f64::NAN)
}

/// An array of `shape` whose elements come from the places of `x` that `from` names.
pub fn gather_or(x: &Array, shape: Vec<usize>, from: impl Fn(&[usize]) -> Option<Vec<usize>>, otherwise: f64) -> Array {
    let flat = |at: &[usize]| at.iter().zip(&x.shape).fold(0, |flat, (at, size)| flat * size + at);
    let data = places(&shape).map(|at| from(&at).map_or(otherwise, |at| x.data[flat(&at)])).collect();
    Array { shape, data }
}

/// Every place of an array, in order.
pub fn places(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let shape = shape.to_vec();
    (0..shape.iter().product()).map(move |mut flat: usize| {
        let mut at: Vec<usize> = shape.iter().rev().map(|size| (flat % size, flat /= size).0).collect();
        at.reverse();
        at
    })
}

pub fn concat(x: &[&Array], axis: i64) -> Array {
    let axis = if axis < 0 { x[0].shape.len() - 1 } else { axis as usize };
    let inner = |part: &Array| part.shape[axis..].iter().product::<usize>();
    let outer: usize = x[0].shape[..axis].iter().product();
    let rows = (0..outer).flat_map(|row| x.iter().flat_map(move |part| part.data[row * inner(part)..][..inner(part)].to_vec()));
    let shape = with(&x[0].shape, axis, x.iter().map(|part| part.shape[axis]).sum());
    Array { data: rows.collect(), shape }
}

pub fn reduce(operator: &str, x: &Array, axes: &Array, keep: bool) -> Array {
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
pub fn matmul(x: &Array, weight: &Array) -> Array {
    let (inner, outer) = (weight.shape[0], weight.shape[1]);
    let mut data = Vec::new();
    for row in x.data.chunks(inner) {
        data.extend((0..outer).map(|column| (0..inner).map(|i| row[i] * weight.data[i * outer + column]).sum::<f64>()));
    }
    let mut shape = x.shape.clone();
    *shape.last_mut().expect("an axis") = outer;
    Array { shape, data }
}

pub fn conv(x: &[&Array], pads: &Option<Vec<usize>>, strides: &Option<Vec<usize>>, groups: usize) -> Array {
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
pub fn pool(operator: &str, x: &Array, window: &[usize], stride: &[usize], pads: &[usize]) -> Array {
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
pub fn erf(x: f64) -> f64 {
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
