//! Instructions on four lanes, and the loop around them.
//!
//! [`Emitter`] is the vocabulary in which the primitives and formulas are written. Vectors are 128 bits wide because Cranelift has no
//! wider ones.

pub use cranelift_codegen::ir::Function;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{
    AbiParam, BlockArg, ConstantData, ExtFuncData, ExternalName, FuncRef, InstBuilder, MemFlagsData, Signature, StackSlotData,
    StackSlotKind, Type, UserExternalName, UserFuncName, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use hetc_grammar::tree::CmpOp;
use std::collections::HashMap;
use target_lexicon::PointerWidth;

const LANES: i64 = 4;
const VECTOR_BYTES: i64 = 16;

/// Four floats.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Vector(Value);

/// Four lanes of all ones or all zeros.
#[derive(Clone, Copy)]
pub struct Mask(Value);

/// Four 32-bit integers.
#[derive(Clone, Copy)]
pub struct Ints(Value);

/// A Rust function that replaces four floats in place, for arguments that the vector code does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FarCall {
    Sin,
    Cos,
}

impl FarCall {
    /// All of them; a function is imported under its position here.
    pub const ALL: [FarCall; 2] = [FarCall::Sin, FarCall::Cos];

    /// The name of the imported symbol.
    pub fn symbol(self) -> &'static str {
        match self {
            FarCall::Sin => "hetc_far_sin",
            FarCall::Cos => "hetc_far_cos",
        }
    }
}

/// What the code depends on besides the formula.
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

    /// `fn(x, dy, out, n)`.
    pub fn kernel_signature(&self) -> Signature {
        self.signature_of_pointers(4)
    }

    /// `fn(lanes)`, see [`FarCall`].
    pub fn far_signature(&self) -> Signature {
        self.signature_of_pointers(1)
    }

    fn signature_of_pointers(&self, count: usize) -> Signature {
        let mut signature = Signature::new(self.frontend.default_call_conv);
        signature.params = vec![AbiParam::new(self.frontend.pointer_type()); count];
        signature
    }
}

/// Builds `fn(x, dy, out, n)` with `n` a multiple of four: `out[i] = body(x[i])`, times `dy[i]` if `scaled`; `dy` is not read otherwise, and
/// may be `out`. The main loop makes `unroll` vectors a turn.
pub fn function(target: Target, scaled: bool, unroll: i64, body: impl Fn(&mut Emitter, Vector) -> Vector) -> Function {
    let mut function = Function::with_name_signature(UserFuncName::user(0, 0), target.kernel_signature());
    let mut context = FunctionBuilderContext::new();
    let mut emitter = Emitter::new(FunctionBuilder::new(&mut function, &mut context), target);
    emitter.write_loops(scaled, unroll, body);
    emitter.builder.seal_all_blocks();
    emitter.builder.finalize(target.frontend);
    function
}

/// Appends instructions to one function.
pub struct Emitter<'a> {
    builder: FunctionBuilder<'a>,
    target: Target,
    /// The constants of the loop body at hand, by their bits.
    constants: HashMap<(Type, u32), Value>,
    far: [Option<FuncRef>; FarCall::ALL.len()],
}

/// The loops.
impl<'a> Emitter<'a> {
    fn new(builder: FunctionBuilder<'a>, target: Target) -> Self {
        Self { builder, target, constants: HashMap::new(), far: [None; FarCall::ALL.len()] }
    }

    fn write_loops(&mut self, scaled: bool, unroll: i64, body: impl Fn(&mut Emitter, Vector) -> Vector) {
        let entry = self.builder.create_block();
        self.builder.append_block_params_for_function_params(entry);
        self.builder.switch_to_block(entry);
        let &[x, dy, out, n] = self.builder.block_params(entry) else { unreachable!("the signature has four parameters") };
        let pointer = self.target.frontend.pointer_type();
        let two = self.builder.ins().iconst(types::I32, 2);
        let end = self.builder.ins().ishl(n, two);
        let zero = self.builder.ins().iconst(pointer, 0);

        let step = |emitter: &mut Self, at: Value, offset: i64| {
            let load = |emitter: &mut Self, array: Value| {
                let address = emitter.builder.ins().iadd(array, at);
                Vector(emitter.builder.ins().load(types::F32X4, memory(), address, offset as i32))
            };
            let input = load(emitter, x);
            let mut value = body(emitter, input);
            if scaled {
                let slope = load(emitter, dy);
                value = emitter.mul(value, slope);
            }
            let address = emitter.builder.ins().iadd(out, at);
            emitter.builder.ins().store(memory(), value.0, address, offset as i32);
        };
        let mut at = zero;
        if unroll > 1 {
            let whole_turns = self.builder.ins().iconst(pointer, -VECTOR_BYTES * unroll);
            let wide_end = self.builder.ins().band(end, whole_turns);
            at = self.write_loop(at, wide_end, unroll, step);
        }
        self.write_loop(at, end, 1, step);
        self.builder.ins().return_(&[]);
    }

    /// `while at < end { step(at, 0), step(at, 16)…; at += 16 * unroll }`, tested at the bottom; gives `at` as it is afterwards.
    fn write_loop(&mut self, start: Value, end: Value, unroll: i64, step: impl Fn(&mut Self, Value, i64)) -> Value {
        let pointer = self.target.frontend.pointer_type();
        let (turn, done) = (self.builder.create_block(), self.builder.create_block());
        let at = self.builder.append_block_param(turn, pointer);
        let last = self.builder.append_block_param(done, pointer);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, start, end);
        self.builder.ins().brif(more, turn, &[start.into()], done, &[start.into()]);

        self.builder.switch_to_block(turn);
        self.constants.clear();
        for k in 0..unroll {
            step(self, at, k * VECTOR_BYTES);
        }
        let advance = self.builder.ins().iconst(pointer, unroll * VECTOR_BYTES);
        let next = self.builder.ins().iadd(at, advance);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, next, end);
        self.builder.ins().brif(more, turn, &[next.into()], done, &[next.into()]);

        self.builder.switch_to_block(done);
        self.constants.clear();
        last
    }
}

/// Unaligned memory that is known to be there.
fn memory() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

/// Arithmetic.
impl Emitter<'_> {
    /// The same number in every lane.
    pub fn number(&mut self, value: f32) -> Vector {
        Vector(self.constant(types::F32X4, value.to_bits()))
    }

    /// The same integer in every lane.
    pub fn int(&mut self, value: u32) -> Ints {
        Ints(self.constant(types::I32X4, value))
    }

    fn constant(&mut self, ty: Type, bits: u32) -> Value {
        if let Some(&value) = self.constants.get(&(ty, bits)) {
            return value;
        }
        let bytes: Vec<u8> = (0..LANES).flat_map(|_| bits.to_le_bytes()).collect();
        let data = self.builder.func.dfg.constants.insert(ConstantData::from(bytes.as_slice()));
        let value = self.builder.ins().vconst(ty, data);
        self.constants.insert((ty, bits), value);
        value
    }

    pub fn neg(&mut self, a: Vector) -> Vector {
        Vector(self.builder.ins().fneg(a.0))
    }

    pub fn abs(&mut self, a: Vector) -> Vector {
        Vector(self.builder.ins().fabs(a.0))
    }

    pub fn sqrt(&mut self, a: Vector) -> Vector {
        Vector(self.builder.ins().sqrt(a.0))
    }

    pub fn add(&mut self, a: Vector, b: Vector) -> Vector {
        Vector(self.builder.ins().fadd(a.0, b.0))
    }

    pub fn sub(&mut self, a: Vector, b: Vector) -> Vector {
        Vector(self.builder.ins().fsub(a.0, b.0))
    }

    pub fn mul(&mut self, a: Vector, b: Vector) -> Vector {
        Vector(self.builder.ins().fmul(a.0, b.0))
    }

    pub fn div(&mut self, a: Vector, b: Vector) -> Vector {
        Vector(self.builder.ins().fdiv(a.0, b.0))
    }

    /// Whether a multiplication and an addition round once.
    pub fn fused(&self) -> bool {
        self.target.fused
    }

    /// `a * b + c`. Without the instruction it rounds twice: Cranelift would call a function for each lane otherwise.
    pub fn mul_add(&mut self, a: Vector, b: Vector, c: Vector) -> Vector {
        if self.target.fused {
            return Vector(self.builder.ins().fma(a.0, b.0, c.0));
        }
        let product = self.mul(a, b);
        self.add(product, c)
    }

    /// `a * b - c`, as [`Self::mul_add`].
    pub fn mul_sub(&mut self, a: Vector, b: Vector, c: Vector) -> Vector {
        if self.target.fused {
            let minus = self.neg(c);
            return self.mul_add(a, b, minus);
        }
        let product = self.mul(a, b);
        self.sub(product, c)
    }

    /// `c - a * b`, as [`Self::mul_add`].
    pub fn sub_mul(&mut self, c: Vector, a: Vector, b: Vector) -> Vector {
        if self.target.fused {
            let minus = self.neg(a);
            return self.mul_add(minus, b, c);
        }
        let product = self.mul(a, b);
        self.sub(c, product)
    }

    /// `a` where `a < b`, otherwise `b`, also where either is NaN. One instruction on x64.
    pub fn lesser_or_second(&mut self, a: Vector, b: Vector) -> Vector {
        let less = self.compare(CmpOp::Lt, a, b);
        self.pick(less, a, b)
    }

    /// `a` where `a > b`, otherwise `b`, also where either is NaN. One instruction on x64.
    pub fn greater_or_second(&mut self, a: Vector, b: Vector) -> Vector {
        let less = self.compare(CmpOp::Lt, b, a);
        self.pick(less, a, b)
    }
}

/// Comparisons and choices.
impl Emitter<'_> {
    /// `a op b`: false on NaN, except for `!=`.
    pub fn compare(&mut self, op: CmpOp, a: Vector, b: Vector) -> Mask {
        let condition = match op {
            CmpOp::Lt => FloatCC::LessThan,
            CmpOp::Le => FloatCC::LessThanOrEqual,
            CmpOp::Gt => FloatCC::GreaterThan,
            CmpOp::Ge => FloatCC::GreaterThanOrEqual,
            CmpOp::Eq => FloatCC::Equal,
            CmpOp::Ne => FloatCC::NotEqual,
        };
        Mask(self.builder.ins().fcmp(condition, a.0, b.0))
    }

    /// Where two integers are equal.
    pub fn equal(&mut self, a: Ints, b: Ints) -> Mask {
        Mask(self.builder.ins().icmp(IntCC::Equal, a.0, b.0))
    }

    /// `then` where `mask`, else `otherwise`.
    pub fn pick(&mut self, mask: Mask, then: Vector, otherwise: Vector) -> Vector {
        let mask = self.builder.ins().bitcast(types::F32X4, MemFlagsData::new(), mask.0);
        Vector(self.builder.ins().bitselect(mask, then.0, otherwise.0))
    }

    /// `value`, but where `mask` holds, what the Rust function makes of `argument`. The call is made only if some lane needs it.
    pub fn replace_far(&mut self, mask: Mask, call: FarCall, argument: Vector, value: Vector) -> Vector {
        let (far, done) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(far);
        let result = self.builder.append_block_param(done, types::F32X4);
        let any = self.builder.ins().vany_true(mask.0);
        self.builder.ins().brif(any, far, &[], done, &[value.0.into()]);

        self.builder.switch_to_block(far);
        let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, VECTOR_BYTES as u32, 4);
        let slot = self.builder.create_sized_stack_slot(slot);
        let lanes = self.builder.ins().stack_addr(self.target.frontend.pointer_type(), slot, 0);
        self.builder.ins().store(memory(), argument.0, lanes, 0);
        let callee = self.far_function(call);
        self.builder.ins().call(callee, &[lanes]);
        let called = Vector(self.builder.ins().load(types::F32X4, memory(), lanes, 0));
        let mixed = self.pick(mask, called, value);
        let argument: BlockArg = mixed.0.into();
        self.builder.ins().jump(done, &[argument]);

        self.builder.switch_to_block(done);
        Vector(result)
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

/// Bits.
impl Emitter<'_> {
    pub fn bits(&mut self, a: Vector) -> Ints {
        Ints(self.builder.ins().bitcast(types::I32X4, MemFlagsData::new(), a.0))
    }

    pub fn float_of_bits(&mut self, a: Ints) -> Vector {
        Vector(self.builder.ins().bitcast(types::F32X4, MemFlagsData::new(), a.0))
    }

    /// The nearest float to a signed integer.
    pub fn float_of_int(&mut self, a: Ints) -> Vector {
        Vector(self.builder.ins().fcvt_from_sint(types::F32X4, a.0))
    }

    pub fn int_add(&mut self, a: Ints, b: Ints) -> Ints {
        Ints(self.builder.ins().iadd(a.0, b.0))
    }

    pub fn int_sub(&mut self, a: Ints, b: Ints) -> Ints {
        Ints(self.builder.ins().isub(a.0, b.0))
    }

    pub fn and(&mut self, a: Ints, b: Ints) -> Ints {
        Ints(self.builder.ins().band(a.0, b.0))
    }

    pub fn or(&mut self, a: Ints, b: Ints) -> Ints {
        Ints(self.builder.ins().bor(a.0, b.0))
    }

    pub fn xor(&mut self, a: Ints, b: Ints) -> Ints {
        Ints(self.builder.ins().bxor(a.0, b.0))
    }

    pub fn shift_left(&mut self, a: Ints, by: i64) -> Ints {
        let by = self.builder.ins().iconst(types::I32, by);
        Ints(self.builder.ins().ishl(a.0, by))
    }

    /// Keeps the sign.
    pub fn shift_right(&mut self, a: Ints, by: i64) -> Ints {
        let by = self.builder.ins().iconst(types::I32, by);
        Ints(self.builder.ins().sshr(a.0, by))
    }
}
