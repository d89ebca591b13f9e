//! Straight-line code on vectors: what formulas are lowered to, and what every emitter translates, instruction by instruction.
//!
//! Since all emitters translate the same code, all give the same bits (given that the machine has fused multiply-add).

use hetc_grammar::tree::CmpOp;

/// The result of an instruction: its position in [`Code::instructions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value(pub u32);

/// A Rust function that replaces floats in place, for arguments that the vector code does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FarCall {
    Sin,
    Cos,
}

/// Results are vectors of floats, of integers, or masks, as their names say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Instruction {
    /// Input of the program.
    Input(u8),
    /// A float in every lane, by its bits.
    Number(u32),
    /// An integer in every lane.
    Int(u32),
    Neg(Value),
    Abs(Value),
    Sqrt(Value),
    Add(Value, Value),
    Sub(Value, Value),
    Mul(Value, Value),
    Div(Value, Value),
    /// `a * b + c`, rounded once.
    MulAdd(Value, Value, Value),
    /// `a * b - c`, rounded once.
    MulSub(Value, Value, Value),
    /// `c - a * b`, rounded once: `SubMul(c, a, b)`.
    SubMul(Value, Value, Value),
    /// `a` where `a < b`, otherwise `b`, also where either is NaN.
    Lesser(Value, Value),
    /// `a` where `a > b`, otherwise `b`, also where either is NaN.
    Greater(Value, Value),
    /// Mask. False on NaN, except for `!=`.
    Compare(CmpOp, Value, Value),
    /// Mask: where two integers are equal.
    Equal(Value, Value),
    /// `then` where the mask holds, else `otherwise`: `Pick(mask, then, otherwise)`.
    Pick(Value, Value, Value),
    /// `value`, but where `mask` holds what the Rust function makes of `argument`. The call is made only if some lane needs it.
    Far {
        call: FarCall,
        mask: Value,
        argument: Value,
        value: Value,
    },
    /// The bits of floats as integers.
    Bits(Value),
    FloatOfBits(Value),
    /// The nearest float to a signed integer.
    FloatOfInt(Value),
    IntAdd(Value, Value),
    IntSub(Value, Value),
    And(Value, Value),
    Or(Value, Value),
    Xor(Value, Value),
    ShiftLeft(Value, u8),
    /// Keeps the sign.
    ShiftRight(Value, u8),
}

/// Instructions in order; each reads only those before it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Code {
    pub instructions: Vec<Instruction>,
    /// What is written, in the order of the formula's roots.
    pub results: Vec<Value>,
}
