//! From straight-line code to operations of the machine, on values that have no registers yet.

use crate::code::{Code, FarCall, Instruction, Value};
use crate::site::{Place, Put, SiteProgram};
use hetc_grammar::tree::CmpOp;
use iced_x86::Code as Machine;
use std::collections::HashMap;

/// A vector or a mask of a turn: its position in [`Turn::sources`].
pub type Id = usize;

/// A place, seen from one of the sites of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    pub site: usize,
    pub place: Place,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// An operation makes it a vector.
    Vector,
    /// An operation makes it a mask.
    Mask,
    /// The same bits in every lane.
    Constant(u32),
    /// An array.
    Read(Spot),
}

/// What is done with the arguments of an operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// One or two arguments, and a number in the instruction; the last argument may be in memory.
    Plain { machine: Machine, immediate: Option<u8>, commutes: bool },
    /// `a * b + c` with signs: the forms that overwrite a factor with the sum behind (132), one with the other factor behind (213), or the
    /// summand (231).
    MultiplyAdd([Machine; 3]),
    /// Any function of three bits: bit `4a + 2b + c` is its value.
    Logic(u8),
    /// Mask, vector where it holds, vector elsewhere.
    Pick,
    /// Mask, argument, value.
    Far(FarCall),
    /// To an array.
    Write(Spot),
}

/// An operation on values made before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Op {
    pub kind: Kind,
    pub args: Vec<Id>,
    pub result: Option<Id>,
}

/// What one turn of a loop does.
#[derive(Debug, Default)]
pub struct Turn {
    pub ops: Vec<Op>,
    pub sources: Vec<Source>,
    constants: HashMap<u32, Id>,
}

const SIGN: u32 = 0x8000_0000;

impl Turn {
    /// `code` for `sites` sites at once, one instruction of the one after that of the other.
    pub fn new(code: &Code, program: &SiteProgram, sites: usize) -> Self {
        let mut selection = Selection::new(code, program, sites);
        for at in 0..code.instructions.len() {
            if selection.uses[at] > 0 && !selection.absorbed[at] {
                for site in 0..sites {
                    selection.instruction(at, site);
                }
            }
            selection.writes_due(at);
        }
        selection.turn
    }

    fn source(&mut self, source: Source) -> Id {
        self.sources.push(source);
        self.sources.len() - 1
    }

    fn constant(&mut self, bits: u32) -> Id {
        if let Some(&id) = self.constants.get(&bits) {
            return id;
        }
        let id = self.source(Source::Constant(bits));
        self.constants.insert(bits, id);
        id
    }

    fn op(&mut self, kind: Kind, args: Vec<Id>, result: Source) -> Id {
        let id = self.source(result);
        self.ops.push(Op { kind, args, result: Some(id) });
        id
    }
}

struct Selection<'a> {
    code: &'a Code,
    program: &'a SiteProgram,
    sites: usize,
    /// Of each instruction, by other instructions and as a result.
    uses: Vec<usize>,
    /// Bit operations that their only user takes in.
    absorbed: Vec<bool>,
    /// After which instruction a root is written.
    due: Vec<usize>,
    /// Values of instruction `i` for site `s` at `i * sites + s`.
    ids: Vec<Id>,
    turn: Turn,
}

/// An argument of a bit operation.
#[derive(Clone, Copy)]
enum Bits {
    Of(Value),
    Constant(u32),
}

type Gate = fn(u8, u8) -> u8;

impl<'a> Selection<'a> {
    fn new(code: &'a Code, program: &'a SiteProgram, sites: usize) -> Self {
        let count = code.instructions.len();
        let mut selection = Self {
            code,
            program,
            sites,
            uses: vec![0; count],
            absorbed: vec![false; count],
            due: Vec::new(),
            ids: vec![0; count * sites],
            turn: Turn::default(),
        };
        selection.count_uses();
        selection.absorb_bit_operations();
        selection.due = selection.writing_times();
        selection
    }

    fn count_uses(&mut self) {
        for result in &self.code.results {
            let origin = self.origin(*result);
            self.uses[origin] += 1;
        }
        for at in (0..self.code.instructions.len()).rev() {
            if self.uses[at] > 0 {
                for arg in self.code.instructions[at].operands().into_iter().flatten() {
                    let origin = self.origin(arg);
                    self.uses[origin] += 1;
                }
            }
        }
    }

    /// The instruction that made a value whose bits may be read in another way.
    fn origin(&self, mut value: Value) -> usize {
        while let Instruction::Bits(inner) | Instruction::FloatOfBits(inner) = self.code.instructions[value.index()] {
            value = inner;
        }
        value.index()
    }

    fn absorb_bit_operations(&mut self) {
        for at in 0..self.code.instructions.len() {
            let Some((_, args)) = gate(self.code.instructions[at]) else { continue };
            let single = args.into_iter().find_map(|arg| match arg {
                Bits::Of(value) => {
                    let inner = self.origin(value);
                    let whole = gate(self.code.instructions[inner])
                        .is_some_and(|(_, args)| !args.iter().any(|arg| self.is_absorbed(*arg)));
                    (self.uses[at] > 0 && self.uses[inner] == 1 && whole).then_some(inner)
                }
                Bits::Constant(_) => None,
            });
            if let Some(inner) = single {
                self.absorbed[inner] = true;
            }
        }
    }

    fn is_absorbed(&self, arg: Bits) -> bool {
        matches!(arg, Bits::Of(value) if self.absorbed[self.origin(value)])
    }

    /// A root is written once it is known, so that it holds no register; but after all reads if its array is read, and in the order of
    /// sites and roots within an array.
    fn writing_times(&self) -> Vec<usize> {
        let last = self.code.instructions.len().saturating_sub(1);
        let writes = &self.program.writes;
        let known = |root: usize| self.code.results[root].index();
        let time = |root: usize| {
            let array = writes[root].0.array;
            if self.program.reads.iter().any(|read| read.array == array) {
                return last;
            }
            let others = if self.sites == 1 { root + 1 } else { writes.len() };
            (0..others).filter(|other| writes[*other].0.array == array).map(known).max().unwrap_or(last)
        };
        (0..writes.len()).map(time).collect()
    }

    fn writes_due(&mut self, at: usize) {
        for site in 0..self.sites {
            for root in 0..self.due.len() {
                if self.due[root] == at {
                    self.write(root, site);
                }
            }
        }
    }

    fn write(&mut self, root: usize, site: usize) {
        let (place, put) = self.program.writes[root];
        let spot = Spot { site, place };
        let mut value = self.id(self.code.results[root], site);
        if put == Put::Add {
            let old = self.turn.source(Source::Read(spot));
            value = self.turn.op(plain(Machine::EVEX_Vaddps_zmm_k1z_zmm_zmmm512b32_er, true), vec![value, old], Source::Vector);
        }
        self.turn.ops.push(Op { kind: Kind::Write(spot), args: vec![value], result: None });
    }

    fn id(&self, value: Value, site: usize) -> Id {
        self.ids[self.origin(value) * self.sites + site]
    }

    fn bits(&mut self, arg: Bits, site: usize) -> Id {
        match arg {
            Bits::Of(value) => self.id(value, site),
            Bits::Constant(bits) => self.turn.constant(bits),
        }
    }

    fn instruction(&mut self, at: usize, site: usize) {
        let instruction = self.code.instructions[at];
        if let Some((gate, args)) = gate(instruction) {
            self.ids[at * self.sites + site] = self.bit_operation(instruction, gate, args, site);
            return;
        }
        let mut args: Vec<Id> = instruction.operands().into_iter().flatten().map(|arg| self.id(arg, site)).collect();
        let id = match instruction {
            Instruction::Input(input) => {
                let place = self.program.reads[usize::from(input)];
                let read = self.turn.source(Source::Read(Spot { site, place }));
                let outlives_writes = self.code.results.iter().any(|result| self.origin(*result) == at);
                if outlives_writes {
                    self.turn.op(plain(Machine::EVEX_Vmovaps_zmm_k1z_zmmm512, false), vec![read], Source::Vector)
                } else {
                    read
                }
            }
            Instruction::Number(bits) | Instruction::Int(bits) => self.turn.constant(bits),
            Instruction::Bits(_) | Instruction::FloatOfBits(_) => return,
            Instruction::SubMul(..) => {
                args.rotate_left(1); // the factors come first
                self.turn.op(kind(instruction), args, Source::Vector)
            }
            Instruction::Compare(op, ..) if matches!(self.turn.sources[args[0]], Source::Constant(_)) => {
                args.reverse(); // constants are cheapest behind
                self.turn.op(compare(mirrored(op)), args, Source::Mask)
            }
            Instruction::Compare(..) | Instruction::Equal(..) => self.turn.op(kind(instruction), args, Source::Mask),
            _ => self.turn.op(kind(instruction), args, Source::Vector),
        };
        self.ids[at * self.sites + site] = id;
    }

    fn bit_operation(&mut self, instruction: Instruction, outer: Gate, args: [Bits; 2], site: usize) -> Id {
        const A: u8 = 0b1111_0000;
        const B: u8 = 0b1100_1100;
        const C: u8 = 0b1010_1010;
        let [first, second] = args;
        let (inner, other) = if self.is_absorbed(first) { (first, second) } else { (second, first) };
        match inner {
            Bits::Of(value) if self.is_absorbed(inner) => {
                let inner = self.code.instructions[self.origin(value)];
                let (gate, [a, b]) = gate(inner).expect("only bit operations are absorbed");
                let args = [a, b, other].map(|arg| self.bits(arg, site)).to_vec();
                self.turn.op(Kind::Logic(outer(gate(A, B), C)), args, Source::Vector)
            }
            _ => {
                let args = args.map(|arg| self.bits(arg, site)).to_vec();
                self.turn.op(kind(instruction), args, Source::Vector)
            }
        }
    }
}

/// What a bit operation does with its arguments.
fn gate(instruction: Instruction) -> Option<(Gate, [Bits; 2])> {
    Some(match instruction {
        Instruction::And(a, b) => (|a, b| a & b, [Bits::Of(a), Bits::Of(b)]),
        Instruction::Or(a, b) => (|a, b| a | b, [Bits::Of(a), Bits::Of(b)]),
        Instruction::Xor(a, b) => (|a, b| a ^ b, [Bits::Of(a), Bits::Of(b)]),
        Instruction::Abs(a) => (|a, b| a & b, [Bits::Of(a), Bits::Constant(!SIGN)]),
        Instruction::Neg(a) => (|a, b| a ^ b, [Bits::Of(a), Bits::Constant(SIGN)]),
        _ => return None,
    })
}

fn plain(machine: Machine, commutes: bool) -> Kind {
    Kind::Plain { machine, immediate: None, commutes }
}

fn shift(machine: Machine, by: u8) -> Kind {
    Kind::Plain { machine, immediate: Some(by), commutes: false }
}

fn compare(op: CmpOp) -> Kind {
    let predicate = match op {
        CmpOp::Eq => 0x00,
        CmpOp::Ne => 0x04,
        CmpOp::Lt => 0x11,
        CmpOp::Le => 0x12,
        CmpOp::Ge => 0x1d,
        CmpOp::Gt => 0x1e,
    };
    Kind::Plain { machine: Machine::EVEX_Vcmpps_kr_k1_zmm_zmmm512b32_imm8_sae, immediate: Some(predicate), commutes: false }
}

/// `b mirrored(op) a` is `a op b`.
fn mirrored(op: CmpOp) -> CmpOp {
    match op {
        CmpOp::Lt => CmpOp::Gt,
        CmpOp::Le => CmpOp::Ge,
        CmpOp::Gt => CmpOp::Lt,
        CmpOp::Ge => CmpOp::Le,
        CmpOp::Eq | CmpOp::Ne => op,
    }
}

fn kind(instruction: Instruction) -> Kind {
    match instruction {
        Instruction::Sqrt(_) => plain(Machine::EVEX_Vsqrtps_zmm_k1z_zmmm512b32_er, false),
        Instruction::Add(..) => plain(Machine::EVEX_Vaddps_zmm_k1z_zmm_zmmm512b32_er, true),
        Instruction::Sub(..) => plain(Machine::EVEX_Vsubps_zmm_k1z_zmm_zmmm512b32_er, false),
        Instruction::Mul(..) => plain(Machine::EVEX_Vmulps_zmm_k1z_zmm_zmmm512b32_er, true),
        Instruction::Div(..) => plain(Machine::EVEX_Vdivps_zmm_k1z_zmm_zmmm512b32_er, false),
        Instruction::MulAdd(..) => Kind::MultiplyAdd([
            Machine::EVEX_Vfmadd132ps_zmm_k1z_zmm_zmmm512b32_er,
            Machine::EVEX_Vfmadd213ps_zmm_k1z_zmm_zmmm512b32_er,
            Machine::EVEX_Vfmadd231ps_zmm_k1z_zmm_zmmm512b32_er,
        ]),
        Instruction::MulSub(..) => Kind::MultiplyAdd([
            Machine::EVEX_Vfmsub132ps_zmm_k1z_zmm_zmmm512b32_er,
            Machine::EVEX_Vfmsub213ps_zmm_k1z_zmm_zmmm512b32_er,
            Machine::EVEX_Vfmsub231ps_zmm_k1z_zmm_zmmm512b32_er,
        ]),
        Instruction::SubMul(..) => Kind::MultiplyAdd([
            Machine::EVEX_Vfnmadd132ps_zmm_k1z_zmm_zmmm512b32_er,
            Machine::EVEX_Vfnmadd213ps_zmm_k1z_zmm_zmmm512b32_er,
            Machine::EVEX_Vfnmadd231ps_zmm_k1z_zmm_zmmm512b32_er,
        ]),
        // The machine gives the second operand where either is NaN or both are zero, as these do.
        Instruction::Lesser(..) => plain(Machine::EVEX_Vminps_zmm_k1z_zmm_zmmm512b32_sae, false),
        Instruction::Greater(..) => plain(Machine::EVEX_Vmaxps_zmm_k1z_zmm_zmmm512b32_sae, false),
        Instruction::Compare(op, ..) => compare(op),
        Instruction::Equal(..) => plain(Machine::EVEX_Vpcmpeqd_kr_k1_zmm_zmmm512b32, true),
        Instruction::Pick(..) => Kind::Pick,
        Instruction::Far { call, .. } => Kind::Far(call),
        Instruction::FloatOfInt(_) => plain(Machine::EVEX_Vcvtdq2ps_zmm_k1z_zmmm512b32_er, false),
        Instruction::IntAdd(..) => plain(Machine::EVEX_Vpaddd_zmm_k1z_zmm_zmmm512b32, true),
        Instruction::IntSub(..) => plain(Machine::EVEX_Vpsubd_zmm_k1z_zmm_zmmm512b32, false),
        Instruction::And(..) | Instruction::Abs(_) => plain(Machine::EVEX_Vpandd_zmm_k1z_zmm_zmmm512b32, true),
        Instruction::Or(..) => plain(Machine::EVEX_Vpord_zmm_k1z_zmm_zmmm512b32, true),
        Instruction::Xor(..) | Instruction::Neg(_) => plain(Machine::EVEX_Vpxord_zmm_k1z_zmm_zmmm512b32, true),
        Instruction::ShiftLeft(_, by) => shift(Machine::EVEX_Vpslld_zmm_k1z_zmmm512b32_imm8, by),
        Instruction::ShiftRight(_, by) => shift(Machine::EVEX_Vpsrad_zmm_k1z_zmmm512b32_imm8, by),
        Instruction::Input(_) | Instruction::Number(_) | Instruction::Int(_) => unreachable!("not operations"),
        Instruction::Bits(_) | Instruction::FloatOfBits(_) => unreachable!("the same value read in another way"),
    }
}
