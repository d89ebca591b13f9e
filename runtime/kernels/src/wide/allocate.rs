//! Registers for the values of a turn, in one pass over its operations: when there is none left, the value that is used again last makes
//! room.

use super::select::{Id, Kind, Op, Source, Spot, Turn};
use crate::code::FarCall;
use iced_x86::Code as Machine;

/// 0 to 31 are vectors, from 32 on masks, of which the first cannot hold one.
pub type Register = u8;

pub const VECTORS: std::ops::Range<Register> = 0..32;
pub const MASKS: std::ops::Range<Register> = 33..40;

/// Where an argument is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operand {
    Register(Register),
    Constant(u32),
    Read(Spot),
    /// On the stack.
    Slot(usize),
}

/// An instruction, or a few that belong together.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Load {
        to: Register,
        from: Operand,
    },
    Spill {
        from: Register,
        slot: usize,
    },
    Copy {
        to: Register,
        from: Register,
    },
    /// The last argument may be in memory; for those that overwrite their first argument it is not repeated.
    Plain {
        machine: Machine,
        immediate: Option<u8>,
        to: Register,
        args: Vec<Operand>,
    },
    Pick {
        mask: Register,
        to: Register,
        otherwise: Register,
        then: Operand,
    },
    /// Replaces lanes of `to`; `live` must survive the call.
    Far {
        call: FarCall,
        mask: Register,
        argument: Register,
        to: Register,
        live: Vec<Register>,
    },
    Write {
        from: Register,
        spot: Spot,
    },
}

/// A turn in registers.
#[derive(Debug, Default)]
pub struct Allocation {
    pub steps: Vec<Step>,
    /// Constants that stay in registers, loaded before the loop.
    pub resident: Vec<(Register, u32)>,
    /// Slots on the stack.
    pub slots: usize,
    /// The most vectors held at once, without resident constants.
    pub peak: usize,
}

/// Registers for `turn`; constants stay in those that are left.
pub fn allocate(turn: &Turn) -> Allocation {
    let trial = Allocator::new(turn, &[]).run();
    let free = VECTORS.len() - trial.peak;
    let resident = constants_by_use(&trial);
    if free == 0 || resident.is_empty() {
        return trial;
    }
    Allocation { peak: trial.peak, ..Allocator::new(turn, &resident[..free.min(resident.len())]).run() }
}

/// Those that need a load each time come first.
fn constants_by_use(trial: &Allocation) -> Vec<u32> {
    let mut weights: Vec<(u32, usize)> = Vec::new();
    for step in &trial.steps {
        let (constant, weight) = match step {
            Step::Load { from: Operand::Constant(bits), .. } => (*bits, 3),
            Step::Plain { args, .. } => match args.last() {
                Some(Operand::Constant(bits)) => (*bits, 2),
                _ => continue,
            },
            Step::Pick { then: Operand::Constant(bits), .. } => (*bits, 2),
            _ => continue,
        };
        match weights.iter_mut().find(|(bits, _)| *bits == constant) {
            Some((_, sum)) => *sum += weight,
            None => weights.push((constant, weight)),
        }
    }
    weights.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    weights.into_iter().map(|(bits, _)| bits).collect()
}

struct Allocator<'a> {
    turn: &'a Turn,
    /// The operations that use a value, the next one last.
    uses: Vec<Vec<usize>>,
    /// What each register holds.
    held: [Option<Id>; 40],
    register: Vec<Option<Register>>,
    slot: Vec<Option<usize>>,
    free_slots: Vec<usize>,
    /// Registers of resident constants.
    pinned: u64,
    /// Those and the registers that the operation at hand reads.
    locked: u64,
    done: Allocation,
}

impl<'a> Allocator<'a> {
    fn new(turn: &'a Turn, resident: &[u32]) -> Self {
        let count = turn.sources.len();
        let mut uses = vec![Vec::new(); count];
        for (at, op) in turn.ops.iter().enumerate().rev() {
            for arg in &op.args {
                if uses[*arg].last() != Some(&at) {
                    uses[*arg].push(at);
                }
            }
        }
        let mut allocator = Self {
            turn,
            uses,
            held: [None; 40],
            register: vec![None; count],
            slot: vec![None; count],
            free_slots: Vec::new(),
            pinned: 0,
            locked: 0,
            done: Allocation::default(),
        };
        for (bits, register) in resident.iter().zip(VECTORS.rev()) {
            let id = turn.sources.iter().position(|source| *source == Source::Constant(*bits)).expect("a constant of the turn");
            allocator.hold(register, id);
            allocator.pinned |= 1 << register;
            allocator.done.resident.push((register, *bits));
        }
        allocator
    }

    fn run(mut self) -> Allocation {
        let turn = self.turn;
        for (at, op) in turn.ops.iter().enumerate() {
            op.args.iter().for_each(|arg| {
                self.uses[*arg].pop_if(|next| *next == at);
            });
            self.locked = self.pinned;
            op.args.iter().filter_map(|arg| self.register[*arg]).for_each(|register| self.locked |= 1 << register);
            self.operation(op);
            op.args.iter().chain(&op.result).for_each(|id| self.forget(*id));
        }
        self.done
    }

    fn operation(&mut self, op: &Op) {
        match (op.kind, op.result) {
            (Kind::Plain { machine, immediate, commutes }, Some(result)) => {
                let mut args = op.args.clone();
                if commutes && self.stays_in_memory(args[0], op) && !self.stays_in_memory(args[1], op) {
                    args.swap(0, 1);
                }
                let args = self.operands(&args, op);
                self.release(op);
                let to = self.take(result);
                self.done.steps.push(Step::Plain { machine, immediate, to, args });
            }
            (Kind::MultiplyAdd(forms), Some(result)) => {
                let (to, order, args) = self.overwrite(op, result);
                let machine = match order {
                    [2, ..] => forms[2],
                    [.., 2] => forms[1],
                    _ => forms[0],
                };
                self.done.steps.push(Step::Plain { machine, immediate: None, to, args });
            }
            (Kind::Pick, Some(result)) => {
                let (mask, otherwise) = (self.load(op.args[0]), self.load(op.args[2]));
                let then = self.operand(op.args[1], op);
                self.release(op);
                let to = self.take(result);
                self.done.steps.push(Step::Pick { mask, to, otherwise, then });
            }
            (Kind::Far(call), Some(result)) => self.far(op, call, result),
            (Kind::Write(spot), _) => {
                let from = self.load(op.args[0]);
                self.release(op);
                self.done.steps.push(Step::Write { from, spot });
            }
            (_, None) => unreachable!("all but writes have a result"),
        }
    }

    /// The value stays where it is if it dies, otherwise it is copied, so that the lanes of the call can be put over it.
    fn far(&mut self, op: &Op, call: FarCall, result: Id) {
        let [mask, argument, value] = [0, 1, 2].map(|arg| self.load(op.args[arg]));
        let dies = self.dies(op.args[2]) && op.args[1] != op.args[2];
        let to = if dies { value } else { self.take(result) };
        if dies {
            self.drop_register(op.args[2]);
            self.hold(to, result);
        } else {
            self.done.steps.push(Step::Copy { to, from: value });
        }
        self.release(op);
        let live = (0..40).filter(|register| self.held[usize::from(*register)].is_some()).collect();
        self.done.steps.push(Step::Far { call, mask, argument, to, live });
    }

    /// Arguments for an instruction that overwrites its first one: its register, which of the arguments of `op` come in which order,
    /// and the other two.
    fn overwrite(&mut self, op: &Op, result: Id) -> (Register, [usize; 3], Vec<Operand>) {
        let in_memory = (0..3).rev().find(|arg| self.stays_in_memory(op.args[*arg], op));
        for arg in 0..3 {
            if Some(arg) != in_memory {
                self.load(op.args[arg]);
            }
        }
        let dying = (0..3).find(|arg| Some(*arg) != in_memory && self.dies(op.args[*arg]));
        let (first, to) = match (dying, in_memory) {
            (Some(arg), _) => (arg, self.load(op.args[arg])),
            (None, Some(arg)) => (arg, self.load(op.args[arg])),
            (None, None) => {
                // A copy of a constant waits for nothing.
                let is_constant = |arg: &usize| matches!(self.turn.sources[op.args[*arg]], Source::Constant(_));
                let arg = (0..3).find(is_constant).unwrap_or(2);
                let from = self.load(op.args[arg]);
                let to = self.take(result);
                self.done.steps.push(Step::Copy { to, from });
                (arg, to)
            }
        };
        let last = in_memory.filter(|arg| *arg != first).unwrap_or(if first == 2 { 1 } else { 2 });
        let order = [first, 3 - first - last, last];
        let args = order[1..].iter().map(|arg| self.operand(op.args[*arg], op)).collect();
        self.release(op);
        if self.held[usize::from(to)] != Some(result) {
            self.hold(to, result);
        }
        (to, order, args)
    }

    /// All in registers but the last, which may be in memory.
    fn operands(&mut self, args: &[Id], op: &Op) -> Vec<Operand> {
        let (last, others) = args.split_last().expect("operations have arguments");
        let mut operands: Vec<Operand> = others.iter().map(|arg| Operand::Register(self.load(*arg))).collect();
        operands.push(self.operand(*last, op));
        operands
    }

    fn operand(&mut self, id: Id, op: &Op) -> Operand {
        if self.stays_in_memory(id, op) { self.memory(id) } else { Operand::Register(self.load(id)) }
    }

    /// Whether there is no point in loading an argument: it is not used again, and comes once.
    fn stays_in_memory(&self, id: Id, op: &Op) -> bool {
        let once = op.args.iter().filter(|arg| **arg == id).count() == 1;
        self.register[id].is_none() && self.turn.sources[id] != Source::Mask && once && self.dies(id)
    }

    /// Whether the operation at hand is the last that needs the value in this register.
    fn dies(&self, id: Id) -> bool {
        match self.turn.sources[id] {
            Source::Constant(_) => self.register[id].is_none_or(|register| self.pinned & (1 << register) == 0),
            _ => self.uses[id].is_empty(),
        }
    }

    fn memory(&self, id: Id) -> Operand {
        match self.turn.sources[id] {
            Source::Constant(bits) => Operand::Constant(bits),
            Source::Read(spot) => Operand::Read(spot),
            Source::Vector | Source::Mask => Operand::Slot(self.slot[id].expect("a value is in a register or in a slot")),
        }
    }

    /// The register of a value, for the operation at hand.
    fn load(&mut self, id: Id) -> Register {
        let register = self.register[id].unwrap_or_else(|| {
            let from = self.memory(id);
            let to = self.take(id);
            self.done.steps.push(Step::Load { to, from });
            to
        });
        self.locked |= 1 << register;
        register
    }

    /// A register for a value that is about to be put there.
    fn take(&mut self, id: Id) -> Register {
        let bank = if self.turn.sources[id] == Source::Mask { MASKS } else { VECTORS };
        let register =
            bank.clone().find(|register| self.held[usize::from(*register)].is_none()).unwrap_or_else(|| self.evict(bank));
        self.hold(register, id);
        register
    }

    fn evict(&mut self, bank: std::ops::Range<Register>) -> Register {
        let next_use = |register: &Register| {
            let id = self.held[usize::from(*register)].expect("no register is free");
            self.uses[id].last().copied().unwrap_or(usize::MAX)
        };
        let register = bank
            .filter(|register| self.locked & (1 << register) == 0)
            .max_by_key(next_use)
            .expect("operations have few arguments");
        let id = self.held[usize::from(register)].expect("no register is free");
        if matches!(self.turn.sources[id], Source::Vector | Source::Mask) && self.slot[id].is_none() {
            let slot = self.free_slots.pop().unwrap_or_else(|| {
                self.done.slots += 1;
                self.done.slots - 1
            });
            self.slot[id] = Some(slot);
            self.done.steps.push(Step::Spill { from: register, slot });
        }
        self.drop_register(id);
        register
    }

    fn hold(&mut self, register: Register, id: Id) {
        self.held[usize::from(register)] = Some(id);
        self.register[id] = Some(register);
        self.locked |= 1 << register;
        let vectors = self.held[..VECTORS.len()].iter().flatten().count();
        self.done.peak = self.done.peak.max(vectors);
    }

    fn drop_register(&mut self, id: Id) {
        if let Some(register) = self.register[id].take() {
            self.held[usize::from(register)] = None;
            self.locked &= !(1 << register);
        }
    }

    /// Frees the registers of arguments that are not used again.
    fn release(&mut self, op: &Op) {
        for arg in &op.args {
            if self.dies(*arg) {
                self.drop_register(*arg);
            }
        }
    }

    /// Frees what a value that is not used again still holds, after the instruction that may have read it there.
    fn forget(&mut self, id: Id) {
        if self.uses[id].is_empty() && self.dies(id) {
            self.drop_register(id);
            self.free_slots.extend(self.slot[id].take());
        }
    }
}
