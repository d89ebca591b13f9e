//! A formula as a list of instructions, each over many lanes at once.
//!
//! A *lane* is one place where the formula is computed. Every value of a lane is computed by the same instructions wherever it stands, so
//! results do not depend on how lanes are cut into pieces.

use super::primitives;
use hetc_compiler::formula::build::operands;
use hetc_compiler::formula::{Binary, Formula, Node, NodeId, Unary};
use hetc_grammar::tree::CmpOp;
use std::ops::Range;

/// Lanes computed at a time: a register is 1 KiB.
pub const PIECE: usize = 256;

/// Where an operand is.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// Among the inputs of the formula.
    Input(usize),
    Register(usize),
}

#[derive(Debug, Clone, Copy)]
enum Instruction {
    Constant(f32),
    Unary(Unary, Source),
    Binary(Binary, Source, Source),
    Select { op: CmpOp, a: Source, b: Source, then: Source, otherwise: Source },
}

/// A formula (or gradient, with one result for each input) that can be run.
#[derive(Debug)]
pub struct Program {
    /// Each with the register that takes its result, which is none of its operands'.
    instructions: Vec<(usize, Instruction)>,
    results: Vec<Source>,
    constants: Vec<Option<f32>>,
    registers: usize,
}

/// Where programs keep what they compute; one serves any number of programs, one after the other.
#[derive(Debug, Default)]
pub struct Registers(Vec<Vec<f32>>);

impl Registers {
    fn provide(&mut self, count: usize) {
        if self.0.len() < count {
            self.0.resize_with(count, || vec![0.0; PIECE]);
        }
    }
}

impl Program {
    pub fn new(formula: &Formula) -> Self {
        let mut places = Places::new(formula);
        let mut instructions = Vec::new();
        for (index, node) in formula.nodes().iter().enumerate() {
            if let Some(instruction) = places.instruction(*node) {
                // The target is taken before the operands are let go: it is none of theirs.
                let target = places.take();
                operands(*node).for_each(|operand| places.let_go(operand, index));
                places.known[index] = Source::Register(target);
                instructions.push((target, instruction));
            }
        }
        let constant = |root: &NodeId| match formula.nodes()[root.index()] {
            Node::Const(value) => Some(value as f32),
            _ => None,
        };
        Self {
            instructions,
            results: formula.roots().iter().map(|root| places.known[root.index()]).collect(),
            constants: formula.roots().iter().map(constant).collect(),
            registers: places.registers,
        }
    }

    /// How many results there are.
    pub fn results(&self) -> usize {
        self.results.len()
    }

    /// Result `k`, if it is the same number everywhere.
    pub fn constant(&self, k: usize) -> Option<f32> {
        self.constants[k]
    }

    /// Runs over `lanes` (at most [`PIECE`]) of `inputs`; the results are then read by [`Self::result`].
    pub fn run<S: AsRef<[f32]>>(&self, inputs: &[S], lanes: Range<usize>, registers: &mut Registers) {
        registers.provide(self.registers);
        for (target, instruction) in &self.instructions {
            let mut out = std::mem::take(&mut registers.0[*target]);
            let at = |source: &Source| read(*source, inputs, &lanes, registers);
            execute(instruction, at, &mut out[..lanes.len()]);
            registers.0[*target] = out;
        }
    }

    /// Result `k` of the run before, given the same inputs and lanes.
    pub fn result<'a, S: AsRef<[f32]>>(
        &self,
        k: usize,
        inputs: &'a [S],
        lanes: Range<usize>,
        registers: &'a Registers,
    ) -> &'a [f32] {
        read(self.results[k], inputs, &lanes, registers)
    }

    /// The (first) result for all `count` lanes of `inputs`.
    pub fn evaluate<S: AsRef<[f32]>>(&self, inputs: &[S], count: usize, registers: &mut Registers, out: &mut [f32]) {
        for lanes in pieces(count) {
            self.run(inputs, lanes.clone(), registers);
            out[lanes.clone()].copy_from_slice(self.result(0, inputs, lanes, registers));
        }
    }
}

/// `0..count` in pieces of at most [`PIECE`].
pub fn pieces(count: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).step_by(PIECE).map(move |start| start..count.min(start + PIECE))
}

fn read<'a, S: AsRef<[f32]>>(source: Source, inputs: &'a [S], lanes: &Range<usize>, registers: &'a Registers) -> &'a [f32] {
    match source {
        Source::Input(input) => &inputs[input].as_ref()[lanes.clone()],
        Source::Register(register) => &registers.0[register][..lanes.len()],
    }
}

fn execute<'a>(instruction: &Instruction, at: impl Fn(&Source) -> &'a [f32], out: &mut [f32]) {
    match instruction {
        Instruction::Constant(value) => out.fill(*value),
        Instruction::Unary(op, a) => primitives::unary(*op, at(a), out),
        Instruction::Binary(op, a, b) => primitives::binary(*op, at(a), at(b), out),
        Instruction::Select { op, a, b, then, otherwise } => {
            primitives::select(*op, [at(a), at(b), at(then), at(otherwise)], out);
        }
    }
}

/// Which register holds which node, and for how long.
struct Places {
    known: Vec<Source>,
    /// Index of the last node that reads each; results are read at the end.
    last_use: Vec<usize>,
    free: Vec<usize>,
    registers: usize,
}

impl Places {
    fn new(formula: &Formula) -> Self {
        let nodes = formula.nodes();
        let mut last_use = vec![0; nodes.len()];
        for (index, node) in nodes.iter().enumerate() {
            operands(*node).for_each(|operand| last_use[operand.index()] = index);
        }
        formula.roots().iter().for_each(|root| last_use[root.index()] = usize::MAX);
        let known = nodes.iter().map(|node| if let Node::Input(i) = node { usize::from(*i) } else { 0 });
        Self { known: known.map(Source::Input).collect(), last_use, free: Vec::new(), registers: 0 }
    }

    fn instruction(&self, node: Node) -> Option<Instruction> {
        let at = |id: NodeId| self.known[id.index()];
        Some(match node {
            Node::Input(_) => return None,
            Node::Const(value) => Instruction::Constant(value as f32),
            Node::Unary(op, a) => Instruction::Unary(op, at(a)),
            Node::Binary(op, a, b) => Instruction::Binary(op, at(a), at(b)),
            Node::Select { op, a, b, then, otherwise } => {
                Instruction::Select { op, a: at(a), b: at(b), then: at(then), otherwise: at(otherwise) }
            }
        })
    }

    fn take(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers - 1
        })
    }

    /// Node `user` has read `operand`.
    fn let_go(&mut self, operand: NodeId, user: usize) {
        let last = &mut self.last_use[operand.index()];
        if *last == user
            && let Source::Register(register) = self.known[operand.index()]
        {
            self.free.push(register);
            *last = usize::MAX; // once, also if the node reads it twice
        }
    }
}
