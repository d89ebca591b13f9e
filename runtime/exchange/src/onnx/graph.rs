//! A graph in the making: nodes, constants, and names for both.

use super::proto::{
    AttributeProto, AttributeType, DataType, Dimension, DimensionProto, GraphProto, NodeProto, TensorProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto,
};
use std::collections::BTreeMap;

/// The name of a value.
pub type Name = String;

/// A setting of an operation.
#[derive(Debug, Clone, Copy)]
pub enum Setting<'a> {
    /// A whole number.
    Int(i64),
    /// Several.
    Ints(&'a [usize]),
    /// A number.
    Float(f64),
}

/// Nodes so far. Equal constants are stored once.
#[derive(Default)]
pub struct Graph {
    nodes: Vec<NodeProto>,
    initializers: BTreeMap<Name, TensorProto>,
    constants: BTreeMap<(i32, Vec<i64>, Vec<u8>), Name>,
    /// What nodes and constants are named after: the layer at hand.
    pub scope: String,
    count: usize,
}

impl Graph {
    /// Adds an operation of one output.
    pub fn op(&mut self, operator: &str, inputs: &[&str]) -> Name {
        self.op_with(operator, inputs, &[])
    }

    /// Adds an operation with settings.
    pub fn op_with(&mut self, operator: &str, inputs: &[&str], settings: &[(&str, Setting)]) -> Name {
        let name = self.fresh(operator);
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|input| input.to_string()).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: operator.to_string(),
            attribute: settings.iter().map(|(name, setting)| attribute(name, *setting)).collect(),
        });
        name
    }

    /// A value under a name of its own.
    pub fn named(&mut self, value: &str, name: &str) {
        self.op("Identity", &[value]);
        if let Some(node) = self.nodes.last_mut() {
            node.output = vec![name.to_string()];
        }
    }

    /// One number.
    pub fn number(&mut self, number: f64) -> Name {
        self.constant(DataType::Float, &[], (number as f32).to_le_bytes().to_vec())
    }

    /// Numbers.
    pub fn numbers(&mut self, shape: &[usize], numbers: &[f32]) -> Name {
        self.constant(DataType::Float, shape, bytes(numbers))
    }

    /// A list of whole numbers.
    pub fn integers(&mut self, integers: &[i64]) -> Name {
        let data = integers.iter().flat_map(|integer| integer.to_le_bytes()).collect();
        self.constant(DataType::Int64, &[integers.len()], data)
    }

    /// Truth values.
    pub fn mask(&mut self, shape: &[usize], mask: &[bool]) -> Name {
        self.constant(DataType::Bool, shape, mask.iter().map(|holds| u8::from(*holds)).collect())
    }

    /// A tensor under the name that it has in the network.
    pub fn tensor(&mut self, name: &str, shape: &[usize], numbers: &[f32]) -> Name {
        let tensor = || proto(name, DataType::Float, shape, bytes(numbers));
        self.initializers.entry(name.to_string()).or_insert_with(tensor);
        name.to_string()
    }

    fn constant(&mut self, kind: DataType, shape: &[usize], data: Vec<u8>) -> Name {
        let key = (kind as i32, sizes(shape), data);
        if let Some(name) = self.constants.get(&key) {
            return name.clone();
        }
        let name = self.fresh("constant");
        self.initializers.insert(name.clone(), proto(&name, kind, shape, key.2.clone()));
        self.constants.insert(key, name.clone());
        name
    }

    fn fresh(&mut self, what: &str) -> Name {
        self.count += 1;
        format!("{}/{what}_{}", self.scope, self.count)
    }

    /// The graph from `input` to `output`, each a name and a sample's sizes; their first axis is the batch, of any size.
    pub fn finish(self, name: &str, input: (&str, &[usize]), output: (&str, &[usize])) -> GraphProto {
        GraphProto {
            node: self.nodes,
            name: name.to_string(),
            initializer: self.initializers.into_values().collect(),
            input: vec![value(input)],
            output: vec![value(output)],
        }
    }
}

fn attribute(name: &str, setting: Setting) -> AttributeProto {
    let mut attribute = AttributeProto { name: name.to_string(), ..Default::default() };
    let kind = match setting {
        Setting::Int(number) => {
            attribute.i = Some(number);
            AttributeType::Int
        }
        Setting::Ints(numbers) => {
            attribute.ints = sizes(numbers);
            AttributeType::Ints
        }
        Setting::Float(number) => {
            attribute.f = Some(number as f32);
            AttributeType::Float
        }
    };
    attribute.set_type(kind);
    attribute
}

fn proto(name: &str, kind: DataType, shape: &[usize], raw_data: Vec<u8>) -> TensorProto {
    TensorProto { dims: sizes(shape), data_type: kind as i32, name: name.to_string(), raw_data }
}

fn value((name, sample): (&str, &[usize])) -> ValueInfoProto {
    let known = sample.iter().map(|size| Dimension::Size(*size as i64));
    let dims = std::iter::once(Dimension::Named("batch".to_string())).chain(known);
    let shape = TensorShapeProto { dim: dims.map(|dim| DimensionProto { value: Some(dim) }).collect() };
    let tensor = TensorTypeProto { elem_type: DataType::Float as i32, shape: Some(shape) };
    ValueInfoProto { name: name.to_string(), r#type: Some(TypeProto { tensor_type: Some(tensor) }) }
}

/// As the format holds them.
fn sizes(sizes: &[usize]) -> Vec<i64> {
    sizes.iter().map(|size| *size as i64).collect()
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}
