//! Layers with cells: every cell answers all units, and masks choose whose answer counts.
//!
//! That is simple and right for every layout, and costs a mixed layer as many element-wise passes as it has cells.

use super::formula::{Operand, formula};
use super::graph::{Name, Setting};
use super::{Export, Refusal};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Layer, Per, Placement, Step, WeightPart};
use hetc_compiler::shape::Shape;
use hetc_engine::params::{Entry, Owner};

impl Export<'_> {
    /// What the cells of layer `index` answer to `x`.
    pub fn cells(&mut self, x: &str, index: usize, placement: &Placement) -> Result<Name, Refusal> {
        let layer = &self.plan.layers[index]; // one of the plan's
        let refuse = || Refusal { layer: layer.name.clone(), cell: None, reason: "its cells have no places".to_string() };
        let sites = placement.sites(&layer.input).ok_or_else(refuse)?;
        let assigned = placement.layout.assign(&placement.ratio(), &sites);
        let values = self.values(x, usize::from(placement.args), layer.input.units());
        let mut answers: Option<Name> = None;
        for share in (0..placement.shares.len()).filter(|share| assigned.contains(share)) {
            let answer = self.answer(index, placement, share, &values, &sites);
            answers = Some(match answers {
                None => answer,
                Some(others) => {
                    let (shape, mask) = mask(layer, placement, &sites, |place| assigned[place] == share);
                    let mask = self.graph.mask(&shape, &mask);
                    self.graph.op("Where", &[&mask, &answer, &others])
                }
            });
        }
        answers.ok_or_else(refuse)
    }

    /// The values that cells are applied to: every `args`-th unit, from the first, the second, ….
    fn values(&mut self, x: &str, args: usize, units: usize) -> Vec<Operand> {
        let value = |name| Operand { name, whole: true };
        if args == 1 {
            return vec![value(x.to_string())];
        }
        let [axis, end, step] = [1, units as i64, args as i64].map(|number| self.graph.integers(&[number]));
        let mut values = Vec::with_capacity(args);
        for start in 0..args {
            let start = self.graph.integers(&[start as i64]);
            values.push(value(self.graph.op("Slice", &[x, &start, &end, &axis, &step])));
        }
        values
    }

    /// What the cell of one share answers, everywhere.
    fn answer(&mut self, index: usize, placement: &Placement, share: usize, values: &[Operand], sites: &Shape) -> Name {
        let plan = self.plan;
        let (layer, cell) = (&plan.layers[index], &plan.cells[placement.shares[share].cell]);
        let like = values[0].name.as_str(); // a cell has a value
        let mut known = values.to_vec();
        known.extend(self.trained(index, placement, share, sites));
        for step in &cell.steps {
            let name = match step {
                Step::Reduce { by, of } => {
                    let of = formula(&mut self.graph, of, &known);
                    let of = self.whole(of, like);
                    self.reduce(*by, &of, &layer.input, placement.window.unwrap_or([1, 1]))
                }
                Step::Call { function, of } => {
                    let mut arguments = Vec::with_capacity(of.len());
                    for of in of {
                        let argument = formula(&mut self.graph, of, &known);
                        arguments.push(self.whole(argument, like));
                    }
                    self.call(*function, &arguments)
                }
                Step::Lookup { table, of } => {
                    let of = formula(&mut self.graph, of, &known);
                    let of = self.whole(of, like);
                    self.lookup(*table, &of)
                }
            };
            known.push(Operand { name, whole: true });
        }
        let answer = formula(&mut self.graph, &cell.formula, &known);
        self.whole(answer, like)
    }

    /// A value for every element of every sample.
    fn whole(&mut self, value: Operand, like: &str) -> Name {
        if value.whole {
            return value.name;
        }
        let shape = self.graph.op("Shape", &[like]);
        self.graph.op("Expand", &[&value.name, &shape])
    }

    /// The trained parameters of the cell of share `share`.
    fn trained(&mut self, index: usize, placement: &Placement, share: usize, sites: &Shape) -> Vec<Operand> {
        let plan = self.plan;
        let cell = placement.shares[share].cell;
        let mut operands = Vec::new();
        for (number, trained) in plan.cells[cell].trained.iter().enumerate() {
            let name = match trained.per {
                Per::Net => {
                    let before = plan.cells[cell].trained[..number].iter().filter(|other| other.per == Per::Net).count();
                    let entry = self.table.params.iter().filter(|entry| entry.owner == Owner::Cell(cell)).nth(before).cloned();
                    entry.map(|entry| self.tensor(&entry))
                }
                Per::Layer => {
                    self.own(index, |owner, of| placement.shares[owner].cell == cell && of == number).map(|e| self.tensor(&e))
                }
                Per::Channel => self.own(index, |owner, of| (owner, of) == (share, number)).map(|entry| {
                    let numbers = &self.weights.params[entry.range.clone()];
                    let mut units = vec![0.0; sites.units()];
                    placement.units_of(share, sites).into_iter().zip(numbers).for_each(|(unit, number)| units[unit] = *number);
                    let (shape, numbers) = by_unit(&plan.layers[index], placement, |unit| units[unit]);
                    self.graph.tensor(&entry.name, &shape, &numbers)
                }),
            };
            operands.extend(name.map(|name| Operand { name, whole: false })); // a plan has a place for every parameter
        }
        operands
    }

    /// The first of the layer's own trained parameters that is `wanted` by its share and its number in the cell.
    fn own(&self, index: usize, wanted: impl Fn(usize, usize) -> bool) -> Option<Entry> {
        let entries = self.table.params.iter().filter(|entry| entry.owner == Owner::Layer(index));
        let parts = self.plan.layer_weights(index).into_iter().filter_map(|part| match part {
            WeightPart::LayerTrained { share, trained, count } if count > 0 => Some((share, trained)),
            _ => None,
        });
        parts.zip(entries).find(|((share, trained), _)| wanted(*share, *trained)).map(|(_, entry)| entry.clone())
    }

    fn tensor(&mut self, entry: &Entry) -> Name {
        self.graph.tensor(&entry.name, &entry.shape, &self.weights.params[entry.range.clone()])
    }

    /// A learned function, its arguments along a new last axis.
    fn call(&mut self, function: usize, arguments: &[Name]) -> Name {
        let plan = self.plan;
        let last = self.graph.integers(&[-1]);
        let arguments: Vec<Name> = arguments.iter().map(|argument| self.graph.op("Unsqueeze", &[argument, &last])).collect();
        let names: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut x = match names[..] {
            [only] => only.to_string(),
            _ => self.graph.op_with("Concat", &names, &[("axis", Setting::Int(-1))]),
        };
        let entries: Vec<Entry> =
            self.table.params.iter().filter(|entry| entry.owner == Owner::Function(function)).cloned().collect();
        for (number, pair) in entries.chunks(2).enumerate() {
            if number > 0 {
                x = formula(&mut self.graph, &plan.functions[function].activation, &[Operand { name: x, whole: true }]).name;
            }
            let [weight, bias] = [&pair[0], &pair[1]].map(|entry| self.tensor(entry)); // a weight, then its bias
            let weight = self.graph.op_with("Transpose", &[&weight], &[("perm", Setting::Ints(&[1, 0]))]);
            let product = self.graph.op("MatMul", &[&x, &weight]);
            x = self.graph.op("Add", &[&product, &bias]);
        }
        self.graph.op("Squeeze", &[&x, &last])
    }

    /// A function given by points: the last segment that starts at or before `x`, or the first, found by counting starts.
    fn lookup(&mut self, table: usize, x: &str) -> Name {
        let points: Vec<[f32; 2]> = self.plan.tables[table].points.iter().map(|[x, y]| [*x as f32, *y as f32]).collect();
        let slope = |pair: &[[f32; 2]]| {
            let [[x0, y0], [x1, y1]] = [pair[0], pair[1]].map(|point| point.map(f64::from));
            ((y1 - y0) / (x1 - x0)) as f32
        };
        let segments = points.len() - 1; // a table has two points
        let column = |place: usize| points[..segments].iter().map(|point| point[place]).collect::<Vec<f32>>();
        let (starts, values, slopes) = (column(0), column(1), points.windows(2).map(slope).collect::<Vec<f32>>());
        let segment = self.segment(x, &starts[1..]);
        let [start, value, slope] = [starts, values, slopes].map(|numbers| {
            let numbers = self.graph.numbers(&[segments], &numbers);
            self.graph.op_with("Gather", &[&numbers, &segment], &[("axis", Setting::Int(0))])
        });
        let beyond = self.graph.op("Sub", &[x, &start]);
        let rise = self.graph.op("Mul", &[&beyond, &slope]);
        self.graph.op("Add", &[&rise, &value])
    }

    /// How many of `starts` are at or below `x`.
    fn segment(&mut self, x: &str, starts: &[f32]) -> Name {
        let last = self.graph.integers(&[-1]);
        // One start that nothing reaches, where there is a single segment.
        let starts = if starts.is_empty() { &[f32::NAN] } else { starts };
        let starts = self.graph.numbers(&[starts.len()], starts);
        let x = self.graph.op("Unsqueeze", &[x, &last]);
        let reached = self.graph.op("GreaterOrEqual", &[&x, &starts]);
        let reached = self.graph.op_with("Cast", &[&reached], &[("to", Setting::Int(super::proto::DataType::Int64 as i64))]);
        self.graph.op_with("ReduceSum", &[&reached, &last], &[("keepdims", Setting::Int(0))])
    }
}

/// What each unit has, for a tensor that is stretched over positions; in a vector a window's elements share what the window has.
fn by_unit<T>(layer: &Layer, placement: &Placement, of: impl Fn(usize) -> T) -> (Vec<usize>, Vec<T>) {
    match layer.output {
        Shape::Map(channels, ..) => (vec![channels, 1, 1], (0..channels).map(of).collect()),
        Shape::Vector(units) => {
            let length = placement.window.map_or(1, |[_, length]| length);
            (vec![units], (0..units).map(|unit| of(unit / length)).collect())
        }
    }
}

/// Where `holds` is true of the units, or of the positions of a checkerboard.
fn mask(layer: &Layer, placement: &Placement, sites: &Shape, holds: impl Fn(usize) -> bool) -> (Vec<usize>, Vec<bool>) {
    match (placement.layout, layer.output.spatial(), sites.spatial()) {
        (Layout::Checkerboard, Some((height, width)), Some((_, columns))) => {
            let [tall, wide] = placement.window.unwrap_or([1, 1]);
            let at = |place: usize| holds(place / width / tall * columns + place % width / wide);
            (vec![height, width], (0..height * width).map(at).collect())
        }
        _ => by_unit(layer, placement, holds),
    }
}
