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

impl Turn {
    /// `code` for `sites` sites at once, one instruction of the one after that of the other.
    pub fn new(code: &Code, program: &SiteProgram, sites: usize) -> Self {
        let ids = Vec::with_capacity(code.instructions.len() * sites);
        let mut selection = Selection { code, program, sites, ids, turn: Turn::default() };
        let due = selection.writing_times();
        for (at, instruction) in code.instructions.iter().enumerate() {
            (0..sites).for_each(|site| selection.instruction(*instruction, site));
            let roots: Vec<usize> = (0..due.len()).filter(|root| due[*root] == at).collect();
            selection.write(&roots);
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
    /// Value `i` of site `s` at `i * sites + s`.
    ids: Vec<Id>,
    turn: Turn,
}

impl Selection<'_> {
    /// After which instruction each root is written: once it is known, so that it holds no register; but after all reads if its array is
    /// read, and in the order of sites and roots within an array.
    fn writing_times(&self) -> Vec<usize> {
        let last = self.code.instructions.len().saturating_sub(1);
        let writes = &self.program.writes;
        let time = |root: usize| {
            let array = writes[root].0.array;
            if self.program.reads.iter().any(|read| read.array == array) {
                return last;
            }
            let earlier = if self.sites == 1 { root + 1 } else { writes.len() };
            let roots = (0..earlier).filter(|other| writes[*other].0.array == array);
            roots.map(|other| self.code.results[other].index()).max().unwrap_or(last)
        };
        (0..writes.len()).map(time).collect()
    }

    /// Writes roots of all sites, after reading those that are read as they are.
    fn write(&mut self, roots: &[usize]) {
        let pairs: Vec<(usize, usize)> = (0..self.sites).flat_map(|site| roots.iter().map(move |root| (site, *root))).collect();
        let values: Vec<Id> =
            pairs.iter().map(|(site, root)| self.in_register(self.id(self.code.results[*root], *site))).collect();
        for ((site, root), mut value) in pairs.into_iter().zip(values) {
            let (place, put) = self.program.writes[root];
            let spot = Spot { site, place };
            if put == Put::Add {
                let old = self.turn.source(Source::Read(spot));
                let add = plain(Machine::EVEX_Vaddps_zmm_k1z_zmm_zmmm512b32_er, true);
                value = self.turn.op(add, vec![value, old], Source::Vector);
            }
            self.turn.ops.push(Op { kind: Kind::Write(spot), args: vec![value], result: None });
        }
    }

    fn in_register(&mut self, id: Id) -> Id {
        match self.turn.sources[id] {
            Source::Read(_) => self.turn.op(plain(Machine::EVEX_Vmovaps_zmm_k1z_zmmm512, false), vec![id], Source::Vector),
            _ => id,
        }
    }

    fn id(&self, value: Value, site: usize) -> Id {
        self.ids[value.index() * self.sites + site]
    }

    fn instruction(&mut self, instruction: Instruction, site: usize) {
        const SIGN: u32 = 0x8000_0000;
        let mut args: Vec<Id> = instruction.operands().into_iter().flatten().map(|arg| self.id(arg, site)).collect();
        let mut kind = kind(instruction);
        let mut result = Source::Vector;
        match instruction {
            Instruction::Neg(_) => args.push(self.turn.constant(SIGN)),
            Instruction::Abs(_) => args.push(self.turn.constant(!SIGN)),
            Instruction::SubMul(..) => args.rotate_left(1), // the factors come first
            Instruction::Compare(op, ..) => {
                result = Source::Mask;
                if matches!(self.turn.sources[args[0]], Source::Constant(_)) {
                    args.reverse(); // constants are cheapest behind
                    kind = Some(compare(mirrored(op)));
                }
            }
            Instruction::Equal(..) => result = Source::Mask,
            _ => {}
        }
        let id = match (kind, instruction) {
            (Some(kind), _) => self.turn.op(kind, args, result),
            (None, Instruction::Input(input)) => {
                let place = self.program.reads[usize::from(input)];
                self.turn.source(Source::Read(Spot { site, place }))
            }
            (None, Instruction::Number(bits) | Instruction::Int(bits)) => self.turn.constant(bits),
            (None, _) => args[0], // the same bits, read in another way
        };
        self.ids.push(id);
    }
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

/// What the machine does for it, if anything.
fn kind(instruction: Instruction) -> Option<Kind> {
    Some(match instruction {
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
        Instruction::Input(_) | Instruction::Number(_) | Instruction::Int(_) => return None,
        Instruction::Bits(_) | Instruction::FloatOfBits(_) => return None,
    })
}
