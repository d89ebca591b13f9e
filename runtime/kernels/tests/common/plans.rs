//! Plans of one layer with cells, in few words.

use super::expression::expression;
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{
    Cell, Function, Layer, Op, PLAN_VERSION, Per, Placement, Plan, Reduction, Share, Step, Table, Trained, Word,
};
use hetc_compiler::shape::Shape;

/// A step in the making; formulas call the steps before `s1`, `s2`, ….
pub enum Do<'a> {
    Sum(&'a str),
    Max(&'a str),
    Min(&'a str),
    Call(usize, &'a [&'a str]),
    Look(&'a str),
}

/// A cell of the values `x`, or `u`, `v` and `w`.
pub fn cell(inputs: u8, trained: &[(&str, Per)], steps: &[Do], answer: &str) -> Cell {
    let values: &[&str] = if inputs == 1 { &["x"] } else { &["u", "v", "w"][..usize::from(inputs)] };
    let mut names: Vec<String> = values.iter().chain(trained.iter().map(|(name, _)| name)).map(|name| name.to_string()).collect();
    let mut staged = Vec::new();
    for step in steps {
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let of = |text: &&str| expression(&known, text);
        staged.push(match step {
            Do::Sum(text) => Step::Reduce { by: Reduction::Sum, of: of(text) },
            Do::Max(text) => Step::Reduce { by: Reduction::Max, of: of(text) },
            Do::Min(text) => Step::Reduce { by: Reduction::Min, of: of(text) },
            Do::Call(function, texts) => Step::Call { function: *function, of: texts.iter().map(of).collect() },
            Do::Look(text) => Step::Lookup { table: 0, of: of(text) },
        });
        names.push(format!("s{}", staged.len()));
    }
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let trained = trained.iter().map(|(name, per)| Trained { name: name.to_string(), start: 0.25, per: *per });
    Cell { name: String::new(), inputs, trained: trained.collect(), steps: staged, formula: expression(&known, answer) }
}

/// One of values alone.
pub fn plain(inputs: u8, answer: &str) -> Cell {
    cell(inputs, &[], &[], answer)
}

pub fn function(inputs: u8, hidden: &[usize], activation: &str) -> Function {
    Function {
        name: String::new(),
        inputs,
        hidden: hidden.to_vec(),
        activation: expression(&["x"], activation),
        params: Function::count(inputs, hidden),
    }
}

/// What a test's only layer is made of.
pub struct Parts {
    pub input: Shape,
    pub cells: Vec<Cell>,
    pub functions: Vec<Function>,
    /// The table that cells look up; none if empty.
    pub points: Vec<[f64; 2]>,
    pub window: Option<[usize; 2]>,
    /// Cell and part of each share.
    pub shares: Vec<(usize, u64)>,
    pub layout: Layout,
}

impl Parts {
    /// One share for each cell, 1:1, interleaved, no windows.
    pub fn new(input: Shape, cells: Vec<Cell>) -> Self {
        let shares = (0..cells.len()).map(|cell| (cell, 1)).collect();
        Self { input, cells, functions: Vec::new(), points: Vec::new(), window: None, shares, layout: Layout::Interleave }
    }

    pub fn functions(self, functions: Vec<Function>) -> Self {
        Self { functions, ..self }
    }

    pub fn points(self, points: &[[f64; 2]]) -> Self {
        Self { points: points.to_vec(), ..self }
    }

    pub fn window(self, height: usize, width: usize) -> Self {
        Self { window: Some([height, width]), ..self }
    }

    pub fn shares(self, shares: &[(usize, u64)]) -> Self {
        Self { shares: shares.to_vec(), ..self }
    }

    pub fn layout(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    /// A verified plan.
    pub fn plan(mut self) -> Plan {
        self.cells.iter_mut().enumerate().for_each(|(i, cell)| cell.name = format!("cell{i}"));
        self.functions.iter_mut().enumerate().for_each(|(i, function)| function.name = format!("function{i}"));
        let share = |(cell, ratio): &(usize, u64)| Share { cell: *cell, ratio: *ratio, units: 0 };
        let mut placement = Placement {
            word: Word::Act,
            args: self.cells[0].inputs,
            window: self.window,
            shares: self.shares.iter().map(share).collect(),
            layout: self.layout,
        };
        let sites = placement.sites(&self.input).unwrap();
        let counts = placement.layout.counts(&placement.ratio(), &sites);
        placement.shares.iter_mut().zip(counts).for_each(|(share, units)| share.units = units);
        let output = placement.output(&self.input).unwrap();
        let tables = if self.points.is_empty() { Vec::new() } else { vec![Table { name: "table".into(), points: self.points }] };
        let layer = Layer {
            name: "act1".into(),
            line: 1,
            from: Vec::new(),
            input: self.input,
            output,
            params: 0,
            macs: 0,
            op: Op::Cells(placement),
        };
        let mut plan = Plan {
            version: PLAN_VERSION,
            net: "test".into(),
            input: self.input,
            output,
            params: 0,
            macs: 0,
            functions: self.functions,
            tables,
            cells: self.cells,
            layers: vec![layer],
            taps: Vec::new(),
        };
        plan.recount();
        plan.verify().unwrap();
        plan
    }
}
