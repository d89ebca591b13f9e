//! The loops over sites as bytes.
//!
//! Registers of the machine: `rdi` arrays, `rsi` the table at the site of the turn, `rdx` its end, `rbx` the constants, `rax` and `rcx` at
//! hand; the others hold the addresses of arrays and the places of the columns, as many as there are.

use super::allocate::{Allocation, MASKS, Operand, Register, Step};
use super::select::Spot;
use crate::code::FarCall;
use crate::error::KernelError;
use crate::site::SiteProgram;
use iced_x86::code_asm::{AsmRegister64, CodeAssembler, CodeLabel, dword_ptr, qword_ptr};
use iced_x86::code_asm::{ecx, r8, r9, r10, r11, r12, r13, r14, r15, rax, rbp, rbx, rcx, rdi, rdx, rsi, rsp};
use iced_x86::{Code as Machine, IcedError, Instruction, OpKind, Register as MachineRegister};

const VECTOR_BYTES: i32 = 64;
const PAGE_BYTES: i32 = 4096;
/// Registers that a function must leave as they are.
const KEPT: [AsmRegister64; 6] = [rbx, rbp, r12, r13, r14, r15];
/// Registers that a called function may change.
const LOST: [AsmRegister64; 7] = [rdi, rsi, rdx, r8, r9, r10, r11];
/// Registers for addresses.
const ADDRESSES: [AsmRegister64; 9] = [r8, r9, r10, r11, r12, r13, r14, r15, rbp];

/// What is in a register for addresses.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Address {
    Array(u8),
    /// Bytes.
    Column {
        site: usize,
        column: u8,
    },
}

/// An operand in memory.
#[derive(Clone, Copy)]
struct Memory {
    base: MachineRegister,
    index: MachineRegister,
    bytes: i64,
    broadcast: bool,
}

/// Where the Rust function behind a far call is.
pub type FarAddress = fn(FarCall) -> u64;

/// A call that is rarely made, written behind the loops.
struct Cold {
    entry: CodeLabel,
    back: CodeLabel,
    call: FarCall,
    mask: Register,
    argument: Register,
    to: Register,
    live: Vec<Register>,
}

/// `turns` are the program for several sites at once, falling to one.
pub fn encode(program: &SiteProgram, turns: &[(usize, Allocation)], far: FarAddress) -> Result<Vec<u8>, KernelError> {
    let refused = |error: IcedError| KernelError::Codegen { reason: error.to_string() };
    let furthest = i32::MAX as u32 / VECTOR_BYTES as u32;
    let places = program.reads.iter().chain(program.writes.iter().map(|(place, _)| place));
    if places.clone().any(|place| place.offset >= furthest) {
        return Err(KernelError::Codegen { reason: "a place is further away than an instruction can say".to_owned() });
    }
    let mut encoder = Encoder::new(program, turns, far).map_err(refused)?;
    encoder.function(turns).map_err(refused)
}

struct Encoder<'a> {
    asm: CodeAssembler,
    program: &'a SiteProgram,
    far: FarAddress,
    addresses: Vec<(Address, AsmRegister64)>,
    constants: Vec<u32>,
    cold: Vec<Cold>,
    /// Vectors on the stack for spilled values; behind them is room for what must survive a call.
    slots: usize,
}

impl<'a> Encoder<'a> {
    fn new(program: &'a SiteProgram, turns: &[(usize, Allocation)], far: FarAddress) -> Result<Self, IcedError> {
        let sites = turns.iter().map(|(sites, _)| *sites).max().unwrap_or(1);
        let places = || program.reads.iter().chain(program.writes.iter().map(|(place, _)| place));
        let mut wanted: Vec<Address> = places().map(|place| Address::Array(place.array)).collect();
        for site in 0..sites {
            wanted.extend(places().map(|place| Address::Column { site, column: place.column }));
        }
        let mut addresses: Vec<(Address, AsmRegister64)> = Vec::new();
        for address in wanted {
            if addresses.len() < ADDRESSES.len() && !addresses.iter().any(|(other, _)| *other == address) {
                addresses.push((address, ADDRESSES[addresses.len()]));
            }
        }
        let slots = turns.iter().map(|(_, allocation)| allocation.slots).max().unwrap_or(0);
        Ok(Self { asm: CodeAssembler::new(64)?, program, far, addresses, constants: Vec::new(), cold: Vec::new(), slots })
    }

    fn function(&mut self, turns: &[(usize, Allocation)]) -> Result<Vec<u8>, IcedError> {
        let saved = turns.iter().flat_map(|(_, allocation)| &allocation.steps).map(|step| match step {
            Step::Far { live, .. } => live.len() + 4, // and lanes, mask, result, and the registers of the machine
            _ => 0,
        });
        let frame = (self.slots + saved.max().unwrap_or(0) + 1) as i32 * VECTOR_BYTES;
        let mut constants = self.asm.create_label();
        self.enter(frame)?;
        self.asm.lea(rbx, qword_ptr(constants))?;
        let stride = i32::from(self.program.columns) * 4;
        self.asm.imul_3(rdx, rdx, stride)?;
        self.asm.add(rdx, rsi)?;
        for (address, register) in self.addresses.clone() {
            if let Address::Array(array) = address {
                self.asm.mov(register, qword_ptr(rdi + i32::from(array) * 8))?;
            }
        }
        for (sites, allocation) in turns {
            self.write_loop(*sites, allocation, stride)?;
        }
        self.leave(frame)?;
        for cold in std::mem::take(&mut self.cold) {
            self.cold_call(cold)?;
        }
        self.asm.set_label(&mut constants)?;
        self.asm.dd(if self.constants.is_empty() { &[0] } else { &self.constants })?;
        self.asm.assemble(0)
    }

    fn enter(&mut self, frame: i32) -> Result<(), IcedError> {
        KEPT.iter().try_for_each(|register| self.asm.push(*register))?;
        self.asm.mov(rax, rsp)?;
        self.asm.and(rsp, -VECTOR_BYTES)?;
        // The system gives out the stack page by page.
        for _ in 0..frame / PAGE_BYTES {
            self.asm.sub(rsp, PAGE_BYTES)?;
            self.asm.mov(qword_ptr(rsp), rax)?;
        }
        self.asm.sub(rsp, frame % PAGE_BYTES)?;
        self.asm.mov(qword_ptr(rsp + (frame - 8)), rax)
    }

    fn leave(&mut self, frame: i32) -> Result<(), IcedError> {
        self.asm.vzeroupper()?;
        self.asm.mov(rsp, qword_ptr(rsp + (frame - 8)))?;
        KEPT.iter().rev().try_for_each(|register| self.asm.pop(*register))?;
        self.asm.ret()
    }

    /// Runs while `sites` or more are left.
    fn write_loop(&mut self, sites: usize, allocation: &Allocation, stride: i32) -> Result<(), IcedError> {
        let (mut top, mut done) = (self.asm.create_label(), self.asm.create_label());
        let turn = sites as i32 * stride;
        self.asm.lea(rax, qword_ptr(rsi + turn))?;
        self.asm.cmp(rax, rdx)?;
        self.asm.ja(done)?;
        for (register, bits) in &allocation.resident {
            self.load(*register, Operand::Constant(*bits))?;
        }
        self.asm.set_label(&mut top)?;
        for (address, register) in self.addresses.clone() {
            if let Address::Column { site, column } = address
                && site < sites
            {
                self.column(register, site, column)?;
            }
        }
        for step in &allocation.steps {
            self.step(step)?;
        }
        self.asm.add(rsi, turn)?;
        self.asm.lea(rax, qword_ptr(rsi + turn))?;
        self.asm.cmp(rax, rdx)?;
        self.asm.jbe(top)?;
        self.asm.set_label(&mut done)?;
        self.asm.zero_bytes()
    }
}

/// Addresses.
impl Encoder<'_> {
    fn column(&mut self, to: AsmRegister64, site: usize, column: u8) -> Result<(), IcedError> {
        let at = (site * usize::from(self.program.columns) + usize::from(column)) as i32 * 4;
        self.asm.mov(ecx, dword_ptr(rsi + at))?;
        self.asm.shl(rcx, 6)?;
        if to != rcx { self.asm.mov(to, rcx) } else { Ok(()) }
    }

    fn address(&self, address: Address) -> Option<AsmRegister64> {
        self.addresses.iter().find(|(other, _)| *other == address).map(|(_, register)| *register)
    }

    fn spot(&mut self, Spot { site, place }: Spot) -> Result<Memory, IcedError> {
        let base = match self.address(Address::Array(place.array)) {
            Some(register) => register,
            None => {
                self.asm.mov(rax, qword_ptr(rdi + i32::from(place.array) * 8))?;
                rax
            }
        };
        let index = match self.address(Address::Column { site, column: place.column }) {
            Some(register) => register,
            None => {
                self.column(rcx, site, place.column)?;
                rcx
            }
        };
        let bytes = i64::from(place.offset) * i64::from(VECTOR_BYTES);
        Ok(Memory { base: base.into(), index: index.into(), bytes, broadcast: false })
    }

    fn constant(&mut self, bits: u32) -> Memory {
        let position = self.constants.iter().position(|other| *other == bits).unwrap_or_else(|| {
            self.constants.push(bits);
            self.constants.len() - 1
        });
        Memory { base: MachineRegister::RBX, index: MachineRegister::None, bytes: position as i64 * 4, broadcast: true }
    }

    fn slot(&self, slot: usize) -> Memory {
        let bytes = slot as i64 * i64::from(VECTOR_BYTES);
        Memory { base: MachineRegister::RSP, index: MachineRegister::None, bytes, broadcast: false }
    }
}

/// Steps.
impl Encoder<'_> {
    fn step(&mut self, step: &Step) -> Result<(), IcedError> {
        match step {
            Step::Load { to, from } => self.load(*to, *from),
            Step::Spill { from, slot } => self.store(*from, self.slot(*slot)),
            Step::Copy { to, from } => self.vector(Machine::EVEX_Vmovaps_zmm_k1z_zmmm512, &[*to, *from], None, None, None),
            Step::Plain { machine, immediate, to, args } => self.plain(*machine, *immediate, *to, args),
            Step::Pick { mask, to, otherwise, then } => {
                let (registers, memory) = self.operands(*to, &[Operand::Register(*otherwise), *then])?;
                self.vector(Machine::EVEX_Vblendmps_zmm_k1z_zmm_zmmm512b32, &registers, memory, None, Some(*mask))
            }
            Step::Far { call, mask, argument, to, live } => {
                let (entry, mut back) = (self.asm.create_label(), self.asm.create_label());
                self.vector(Machine::VEX_Kortestw_kr_kr, &[*mask, *mask], None, None, None)?;
                self.asm.jne(entry)?;
                self.asm.set_label(&mut back)?;
                let (call, mask, argument, to, live) = (*call, *mask, *argument, *to, live.clone());
                self.cold.push(Cold { entry, back, call, mask, argument, to, live });
                Ok(())
            }
            Step::Write { from, spot } => {
                let memory = self.spot(*spot)?;
                self.store(*from, memory)
            }
        }
    }

    fn plain(&mut self, machine: Machine, immediate: Option<u8>, to: Register, args: &[Operand]) -> Result<(), IcedError> {
        let (registers, memory) = self.operands(to, args)?;
        self.vector(machine, &registers, memory, immediate, None)
    }

    fn operands(&mut self, to: Register, args: &[Operand]) -> Result<(Vec<Register>, Option<Memory>), IcedError> {
        let (mut registers, mut memory) = (vec![to], None);
        for arg in args {
            match *arg {
                Operand::Register(register) => registers.push(register),
                Operand::Constant(bits) => memory = Some(self.constant(bits)),
                Operand::Read(spot) => memory = Some(self.spot(spot)?),
                Operand::Slot(slot) => memory = Some(self.slot(slot)),
            }
        }
        Ok((registers, memory))
    }

    fn load(&mut self, to: Register, from: Operand) -> Result<(), IcedError> {
        let (_, memory) = self.operands(to, &[from])?;
        let machine = match from {
            _ if MASKS.contains(&to) => Machine::VEX_Kmovw_kr_km16,
            Operand::Constant(_) => Machine::EVEX_Vbroadcastss_zmm_k1z_xmmm32,
            _ => Machine::EVEX_Vmovaps_zmm_k1z_zmmm512,
        };
        let whole = memory.map(|memory| Memory { broadcast: false, ..memory }); // the broadcast is the instruction itself
        self.vector(machine, &[to], whole, None, None)
    }

    fn store(&mut self, from: Register, to: Memory) -> Result<(), IcedError> {
        let is_mask = MASKS.contains(&from);
        let mut instruction = Instruction::default();
        instruction.set_code(if is_mask { Machine::VEX_Kmovw_m16_kr } else { Machine::EVEX_Vmovaps_zmmm512_k1z_zmm });
        set_memory(&mut instruction, 0, to);
        instruction.set_op_kind(1, OpKind::Register);
        instruction.set_op_register(1, machine_register(from));
        self.asm.add_instruction(instruction)
    }

    /// An instruction with its operands: registers, then one in memory, then a number.
    fn vector(
        &mut self,
        machine: Machine,
        registers: &[Register],
        memory: Option<Memory>,
        immediate: Option<u8>,
        mask: Option<Register>,
    ) -> Result<(), IcedError> {
        let mut instruction = Instruction::default();
        instruction.set_code(machine);
        let mut operand = 0;
        for register in registers {
            instruction.set_op_kind(operand, OpKind::Register);
            instruction.set_op_register(operand, machine_register(*register));
            operand += 1;
        }
        if let Some(memory) = memory {
            set_memory(&mut instruction, operand, memory);
            operand += 1;
        }
        if let Some(immediate) = immediate {
            instruction.set_op_kind(operand, OpKind::Immediate8);
            instruction.set_immediate8(immediate);
        }
        if let Some(mask) = mask {
            instruction.set_op_mask(machine_register(mask));
        }
        self.asm.add_instruction(instruction)
    }

    /// Keeps all that the called function may change, and puts its lanes where the mask holds.
    fn cold_call(&mut self, mut cold: Cold) -> Result<(), IcedError> {
        if !cold.live.contains(&cold.mask) {
            cold.live.push(cold.mask);
        }
        let lanes = self.slots + cold.live.len();
        let own = (lanes as i32 + 1) * VECTOR_BYTES;
        self.asm.set_label(&mut cold.entry)?;
        for (position, register) in cold.live.iter().enumerate() {
            self.store(*register, self.slot(self.slots + position))?;
        }
        self.store(cold.argument, self.slot(lanes))?;
        for (position, register) in LOST.into_iter().enumerate() {
            self.asm.mov(qword_ptr(rsp + (own + position as i32 * 8)), register)?;
        }
        self.asm.lea(rdi, qword_ptr(rsp + lanes as i32 * VECTOR_BYTES))?;
        self.asm.mov(rax, (self.far)(cold.call))?;
        self.asm.vzeroupper()?;
        self.asm.call(rax)?;
        for (position, register) in LOST.into_iter().enumerate() {
            self.asm.mov(register, qword_ptr(rsp + (own + position as i32 * 8)))?;
        }
        for (position, register) in cold.live.iter().enumerate() {
            self.load(*register, Operand::Slot(self.slots + position))?;
        }
        self.vector(Machine::EVEX_Vmovaps_zmm_k1z_zmmm512, &[cold.to], Some(self.slot(lanes)), None, Some(cold.mask))?;
        self.asm.jmp(cold.back)
    }
}

fn machine_register(register: Register) -> MachineRegister {
    if register < MASKS.start {
        MachineRegister::ZMM0 + u32::from(register)
    } else {
        MachineRegister::K1 + u32::from(register - MASKS.start)
    }
}

fn set_memory(instruction: &mut Instruction, operand: u32, memory: Memory) {
    instruction.set_op_kind(operand, OpKind::Memory);
    instruction.set_memory_base(memory.base);
    instruction.set_memory_index(memory.index);
    instruction.set_memory_index_scale(1);
    instruction.set_memory_displacement64(memory.bytes as u64);
    instruction.set_memory_displ_size(1);
    instruction.set_is_broadcast(memory.broadcast);
}
