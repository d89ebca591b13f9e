//! Code as Cranelift functions: the loop over sites, and the instructions on a quarter of a vector.
//!
//! A vector is 16 floats, and Cranelift's widest registers hold four. The quarters of a vector go through the code side by side, instruction
//! by instruction: that of one alone is a chain in which each waits for the one before it, often longer than what a processor looks ahead.

use crate::code::{Code, FarCall, Instruction, Value as Name};
use crate::lanes::LANES;
use crate::site::{Place, Put};
pub use cranelift_codegen::ir::Function;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{
    AbiParam, ConstantData, ExtFuncData, ExternalName, FuncRef, InstBuilder, MemFlagsData, Signature, StackSlotData,
    StackSlotKind, UserExternalName, UserFuncName, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use hetc_grammar::tree::CmpOp;
use std::collections::{BTreeMap, HashMap};
use target_lexicon::PointerWidth;

/// Floats in a register.
pub const QUARTER: usize = 4;
const QUARTERS: i64 = (LANES / QUARTER) as i64;
const QUARTER_BYTES: i64 = (QUARTER * 4) as i64;
/// A vector is this power of two of bytes.
const VECTOR_SHIFT: i64 = 6;
const INDEX_BYTES: i64 = 4;

/// Larger codes go half a vector at a time: their size is the size of what is compiled, and they leave enough to do meanwhile.
const LARGE: usize = 128;

/// What the code depends on besides the program.
#[derive(Clone, Copy)]
pub struct Target {
    /// Pointer width and calling convention.
    pub frontend: TargetFrontendConfig,
    /// Whether a multiplication and an addition round once.
    pub fused: bool,
}

impl Target {
    /// The same on every machine, for texts: System V, 64-bit pointers, fused multiply-add.
    pub fn fixed() -> Self {
        let frontend = TargetFrontendConfig {
            default_call_conv: CallConv::SystemV,
            pointer_width: PointerWidth::U64,
            page_size_align_log2: 12,
        };
        Self { frontend, fused: true }
    }

    /// `fn(arrays, table, sites)`.
    pub fn kernel_signature(&self) -> Signature {
        self.signature_of_pointers(3)
    }

    /// `fn(quarter)`: a Rust function that replaces the floats of a quarter, see [`FarCall`].
    pub fn far_signature(&self) -> Signature {
        self.signature_of_pointers(1)
    }

    fn signature_of_pointers(&self, count: usize) -> Signature {
        let mut signature = Signature::new(self.frontend.default_call_conv);
        signature.params = vec![AbiParam::new(self.frontend.pointer_type()); count];
        signature
    }
}

/// Code and the places of its inputs and results, as in [`crate::SiteProgram`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SiteCode {
    pub code: Code,
    pub reads: Vec<Place>,
    pub writes: Vec<(Place, Put)>,
    pub columns: u8,
}

/// `fn(arrays, table, sites)`: `program` at every site, of which there is at least one.
pub fn function(target: Target, program: &SiteCode) -> Function {
    let mut function = Function::with_name_signature(UserFuncName::user(0, 0), target.kernel_signature());
    let mut context = FunctionBuilderContext::new();
    let builder = FunctionBuilder::new(&mut function, &mut context);
    let mut translator = Translator { builder, target, program, far: [None; FarCall::ALL.len()] };
    translator.sites();
    translator.builder.seal_all_blocks();
    translator.builder.finalize(target.frontend);
    function
}

/// Appends instructions to one function.
struct Translator<'a> {
    builder: FunctionBuilder<'a>,
    target: Target,
    program: &'a SiteCode,
    far: [Option<FuncRef>; FarCall::ALL.len()],
}

/// What the instructions so far have given for one quarter.
#[derive(Clone)]
struct Values(Vec<Option<Value>>);

impl Values {
    fn at(&self, name: Name) -> Value {
        self.0[name.index()].expect("operands stand before the instruction")
    }
}

/// The addresses of a site's vectors, without the offsets, by array and column.
type Addresses = BTreeMap<(u8, u8), Value>;

/// The loops.
impl Translator<'_> {
    fn sites(&mut self) {
        let entry = self.builder.create_block();
        self.builder.append_block_params_for_function_params(entry);
        self.builder.switch_to_block(entry);
        let &[arrays, table, sites] = self.builder.block_params(entry) else {
            unreachable!("the signature has three parameters")
        };
        let bases = self.bases(arrays);
        let row = i64::from(self.program.columns) * INDEX_BYTES;
        let bytes = self.builder.ins().imul_imm_s(sites, row);
        let end = self.builder.ins().iadd(table, bytes);
        self.count_up(table, end, row, |translator, at| {
            let addresses = translator.addresses(&bases, at);
            translator.quarters(&addresses);
        });
        self.builder.ins().return_(&[]);
    }

    /// Where each array starts.
    fn bases(&mut self, arrays: Value) -> HashMap<u8, Value> {
        let pointer = self.target.frontend.pointer_type();
        let mut used: Vec<u8> = self.places().map(|place| place.array).collect();
        used.sort_unstable();
        used.dedup();
        let load = |array: u8| {
            let offset = i32::from(array) * pointer.bytes() as i32;
            (array, self.builder.ins().load(pointer, memory(), arrays, offset))
        };
        used.into_iter().map(load).collect()
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        self.program.reads.iter().copied().chain(self.program.writes.iter().map(|(place, _)| *place))
    }

    /// What the table's row at `row` says about each array and column.
    fn addresses(&mut self, bases: &HashMap<u8, Value>, row: Value) -> Addresses {
        let pointer = self.target.frontend.pointer_type();
        let mut starts: HashMap<u8, Value> = HashMap::new();
        let mut addresses = Addresses::new();
        let places: Vec<Place> = self.places().collect();
        for place in places {
            let start = *starts.entry(place.column).or_insert_with(|| {
                let offset = i32::from(place.column) * INDEX_BYTES as i32;
                let index = self.builder.ins().load(types::I32, memory(), row, offset);
                let index = if pointer == types::I32 { index } else { self.builder.ins().uextend(pointer, index) };
                self.builder.ins().ishl_imm_u(index, VECTOR_SHIFT)
            });
            let address = || self.builder.ins().iadd(bases[&place.array], start);
            addresses.entry((place.array, place.column)).or_insert_with(address);
        }
        addresses
    }

    /// The code for all quarters of the vectors at a site.
    fn quarters(&mut self, addresses: &Addresses) {
        if self.program.code.instructions.len() <= LARGE {
            return self.abreast(addresses, QUARTERS);
        }
        let pointer = self.target.frontend.pointer_type();
        let start = self.builder.ins().iconst(pointer, 0);
        let end = self.builder.ins().iconst(pointer, QUARTERS * QUARTER_BYTES);
        self.count_up(start, end, QUARTERS / 2 * QUARTER_BYTES, |translator, half| {
            let mut moved = |address: Value| translator.builder.ins().iadd(address, half);
            let addresses: Addresses = addresses.iter().map(|(place, address)| (*place, moved(*address))).collect();
            translator.abreast(&addresses, QUARTERS / 2);
        });
    }

    /// `do { body(at); at += step } while at < end`
    fn count_up(&mut self, start: Value, end: Value, step: i64, body: impl FnOnce(&mut Self, Value)) {
        let (turn, done) = (self.builder.create_block(), self.builder.create_block());
        let at = self.builder.append_block_param(turn, self.target.frontend.pointer_type());
        self.builder.ins().jump(turn, &[start.into()]);

        self.builder.switch_to_block(turn);
        body(self, at);
        let next = self.builder.ins().iadd_imm_s(at, step);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, next, end);
        self.builder.ins().brif(more, turn, &[next.into()], done, &[]);
        self.builder.switch_to_block(done);
    }

    /// The code for `count` quarters, instruction by instruction.
    fn abreast(&mut self, addresses: &Addresses, count: i64) {
        let program = self.program;
        let mut values = vec![Values(vec![None; program.code.instructions.len()]); count as usize];
        for (name, instruction) in program.code.instructions.iter().enumerate() {
            instruction.operands().into_iter().flatten().for_each(|operand| self.load_constant(operand, &mut values));
            for (quarter, values) in (0..).zip(&mut values) {
                values.0[name] = match *instruction {
                    Instruction::Number(_) | Instruction::Int(_) => None,
                    Instruction::Input(i) => Some(self.load(addresses, program.reads[usize::from(i)], quarter)),
                    instruction => Some(self.instruction(instruction, values)),
                };
            }
        }
        for ((place, put), result) in program.writes.iter().zip(&program.code.results) {
            self.load_constant(*result, &mut values);
            for (quarter, values) in (0..).zip(&values) {
                let mut value = values.at(*result);
                if *put == Put::Add {
                    let known = self.load(addresses, *place, quarter);
                    value = self.builder.ins().fadd(known, value);
                }
                let (address, offset) = self.at(addresses, *place, quarter);
                self.builder.ins().store(memory(), value, address, offset);
            }
        }
    }

    /// Constants are loaded for each instruction that reads them, for all quarters at once: registers are too few to keep them.
    fn load_constant(&mut self, name: Name, values: &mut [Values]) {
        let (ty, bits) = match self.program.code.instructions[name.index()] {
            Instruction::Number(bits) => (types::F32X4, bits),
            Instruction::Int(bits) => (types::I32X4, bits),
            _ => return,
        };
        let bytes: Vec<u8> = (0..QUARTER).flat_map(|_| bits.to_le_bytes()).collect();
        let data = self.builder.func.dfg.constants.insert(ConstantData::from(bytes.as_slice()));
        let value = self.builder.ins().vconst(ty, data);
        values.iter_mut().for_each(|values| values.0[name.index()] = Some(value));
    }

    fn load(&mut self, addresses: &Addresses, place: Place, quarter: i64) -> Value {
        let (address, offset) = self.at(addresses, place, quarter);
        self.builder.ins().load(types::F32X4, memory(), address, offset)
    }

    /// An address and what to add to it.
    fn at(&mut self, addresses: &Addresses, place: Place, quarter: i64) -> (Value, i32) {
        let address = addresses[&(place.array, place.column)];
        let offset = (i64::from(place.offset) << VECTOR_SHIFT) + quarter * QUARTER_BYTES;
        match i32::try_from(offset) {
            Ok(offset) => (address, offset),
            Err(_) => (self.builder.ins().iadd_imm_s(address, offset), 0),
        }
    }
}

/// Memory that is known to be there, and starts at a multiple of what is loaded.
fn memory() -> MemFlagsData {
    MemFlagsData::trusted()
}

/// The instructions.
impl Translator<'_> {
    fn instruction(&mut self, instruction: Instruction, values: &Values) -> Value {
        use Instruction::*;
        let at = |name: Name| values.at(name);
        match instruction {
            Input(_) | Number(_) | Int(_) => unreachable!("they are loaded"),
            Neg(a) => self.builder.ins().fneg(at(a)),
            Abs(a) => self.builder.ins().fabs(at(a)),
            Sqrt(a) => self.builder.ins().sqrt(at(a)),
            Add(a, b) => self.builder.ins().fadd(at(a), at(b)),
            Sub(a, b) => self.builder.ins().fsub(at(a), at(b)),
            Mul(a, b) => self.builder.ins().fmul(at(a), at(b)),
            Div(a, b) => self.builder.ins().fdiv(at(a), at(b)),
            MulAdd(a, b, c) => self.builder.ins().fma(at(a), at(b), at(c)),
            MulSub(a, b, c) => {
                let minus = self.builder.ins().fneg(at(c));
                self.builder.ins().fma(at(a), at(b), minus)
            }
            SubMul(c, a, b) => {
                let minus = self.builder.ins().fneg(at(a));
                self.builder.ins().fma(minus, at(b), at(c))
            }
            Lesser(a, b) => self.lesser(at(a), at(b), at(a), at(b)),
            Greater(a, b) => self.lesser(at(b), at(a), at(a), at(b)),
            Compare(op, a, b) => self.builder.ins().fcmp(condition(op), at(a), at(b)),
            Equal(a, b) => self.builder.ins().icmp(IntCC::Equal, at(a), at(b)),
            Pick(mask, then, otherwise) => self.pick(at(mask), at(then), at(otherwise)),
            Far { call, mask, argument, value } => self.far(call, at(mask), at(argument), at(value)),
            Bits(a) => self.builder.ins().bitcast(types::I32X4, MemFlagsData::new(), at(a)),
            FloatOfBits(a) => self.builder.ins().bitcast(types::F32X4, MemFlagsData::new(), at(a)),
            FloatOfInt(a) => self.builder.ins().fcvt_from_sint(types::F32X4, at(a)),
            IntAdd(a, b) => self.builder.ins().iadd(at(a), at(b)),
            IntSub(a, b) => self.builder.ins().isub(at(a), at(b)),
            And(a, b) => self.builder.ins().band(at(a), at(b)),
            Or(a, b) => self.builder.ins().bor(at(a), at(b)),
            Xor(a, b) => self.builder.ins().bxor(at(a), at(b)),
            ShiftLeft(a, by) => {
                let by = self.builder.ins().iconst(types::I32, i64::from(by));
                self.builder.ins().ishl(at(a), by)
            }
            ShiftRight(a, by) => {
                let by = self.builder.ins().iconst(types::I32, i64::from(by));
                self.builder.ins().sshr(at(a), by)
            }
        }
    }

    fn pick(&mut self, mask: Value, then: Value, otherwise: Value) -> Value {
        let mask = self.builder.ins().bitcast(types::F32X4, MemFlagsData::new(), mask);
        self.builder.ins().bitselect(mask, then, otherwise)
    }

    /// `then` where `a < b`: one instruction on x64 if these are `a` and `b` in either order.
    fn lesser(&mut self, a: Value, b: Value, then: Value, otherwise: Value) -> Value {
        let mask = self.builder.ins().fcmp(FloatCC::LessThan, a, b);
        self.pick(mask, then, otherwise)
    }

    fn far(&mut self, call: FarCall, mask: Value, argument: Value, value: Value) -> Value {
        let (far, done) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(far);
        let result = self.builder.append_block_param(done, types::F32X4);
        let any = self.builder.ins().vany_true(mask);
        self.builder.ins().brif(any, far, &[], done, &[value.into()]);

        self.builder.switch_to_block(far);
        let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, QUARTER_BYTES as u32, QUARTER_BYTES.trailing_zeros() as u8);
        let slot = self.builder.create_sized_stack_slot(slot);
        let lanes = self.builder.ins().stack_addr(self.target.frontend.pointer_type(), slot, 0);
        self.builder.ins().store(memory(), argument, lanes, 0);
        let callee = self.far_function(call);
        self.builder.ins().call(callee, &[lanes]);
        let called = self.builder.ins().load(types::F32X4, memory(), lanes, 0);
        let mixed = self.pick(mask, called, value);
        self.builder.ins().jump(done, &[mixed.into()]);

        self.builder.switch_to_block(done);
        result
    }

    fn far_function(&mut self, call: FarCall) -> FuncRef {
        let position = call as usize;
        if let Some(function) = self.far[position] {
            return function;
        }
        let name = UserExternalName { namespace: 0, index: position as u32 };
        let name = self.builder.func.declare_imported_user_function(name);
        let signature = self.builder.import_signature(self.target.far_signature());
        let data = ExtFuncData { name: ExternalName::user(name), signature, colocated: false, patchable: false };
        let function = self.builder.import_function(data);
        self.far[position] = Some(function);
        function
    }
}

fn condition(op: CmpOp) -> FloatCC {
    match op {
        CmpOp::Lt => FloatCC::LessThan,
        CmpOp::Le => FloatCC::LessThanOrEqual,
        CmpOp::Gt => FloatCC::GreaterThan,
        CmpOp::Ge => FloatCC::GreaterThanOrEqual,
        CmpOp::Eq => FloatCC::Equal,
        CmpOp::Ne => FloatCC::NotEqual,
    }
}
