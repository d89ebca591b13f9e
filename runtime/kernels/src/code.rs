//! Straight-line code on vectors: what formulas are lowered to, and what every emitter translates, instruction by instruction.
//!
//! Since all emitters translate the same code, all give the same bits (given that the machine has fused multiply-add).

use hetc_grammar::tree::CmpOp;
use std::collections::HashMap;

/// The result of an instruction: its position in [`Code::instructions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value(pub u32);

impl Value {
    /// As an index into a slice.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A Rust function that replaces floats in place, for arguments that the vector code does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FarCall {
    Sin,
    Cos,
}

impl FarCall {
    /// All of them; [`Code`] is translated with a function for each position here.
    pub const ALL: [FarCall; 2] = [FarCall::Sin, FarCall::Cos];
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Code {
    pub instructions: Vec<Instruction>,
    /// What is written, in the order of the formula's roots.
    pub results: Vec<Value>,
}

impl Instruction {
    /// What it reads; absent places are `None`.
    pub fn operands(self) -> [Option<Value>; 3] {
        use Instruction::*;
        match self {
            Input(_) | Number(_) | Int(_) => [None; 3],
            Neg(a) | Abs(a) | Sqrt(a) | Bits(a) | FloatOfBits(a) | FloatOfInt(a) | ShiftLeft(a, _) | ShiftRight(a, _) => {
                [Some(a), None, None]
            }
            Add(a, b)
            | Sub(a, b)
            | Mul(a, b)
            | Div(a, b)
            | Lesser(a, b)
            | Greater(a, b)
            | Compare(_, a, b)
            | Equal(a, b)
            | IntAdd(a, b)
            | IntSub(a, b)
            | And(a, b)
            | Or(a, b)
            | Xor(a, b) => [Some(a), Some(b), None],
            MulAdd(a, b, c) | MulSub(a, b, c) | SubMul(a, b, c) | Pick(a, b, c) => [Some(a), Some(b), Some(c)],
            Far { call: _, mask, argument, value } => [Some(mask), Some(argument), Some(value)],
        }
    }

    /// The same on other operands.
    fn renamed(mut self, name: impl Fn(Value) -> Value) -> Self {
        use Instruction::*;
        match &mut self {
            Input(_) | Number(_) | Int(_) => {}
            Neg(a) | Abs(a) | Sqrt(a) | Bits(a) | FloatOfBits(a) | FloatOfInt(a) | ShiftLeft(a, _) | ShiftRight(a, _) => {
                *a = name(*a)
            }
            Add(a, b)
            | Sub(a, b)
            | Mul(a, b)
            | Div(a, b)
            | Lesser(a, b)
            | Greater(a, b)
            | Compare(_, a, b)
            | Equal(a, b)
            | IntAdd(a, b)
            | IntSub(a, b)
            | And(a, b)
            | Or(a, b)
            | Xor(a, b) => (*a, *b) = (name(*a), name(*b)),
            MulAdd(a, b, c)
            | MulSub(a, b, c)
            | SubMul(a, b, c)
            | Pick(a, b, c)
            | Far { call: _, mask: a, argument: b, value: c } => (*a, *b, *c) = (name(*a), name(*b), name(*c)),
        }
        self
    }
}

/// A vector of floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Vector(Value);

/// Lanes that are all ones or all zeros.
#[derive(Debug, Clone, Copy)]
pub struct Mask(Value);

/// A vector of 32-bit integers.
#[derive(Debug, Clone, Copy)]
pub struct Ints(Value);

/// Takes down instructions; equal ones once.
pub struct Writer {
    instructions: Vec<Instruction>,
    known: HashMap<Instruction, Value>,
    fused: bool,
}

impl Writer {
    /// Nothing yet. `fused` says whether the machine rounds a multiplication and an addition once.
    pub fn new(fused: bool) -> Self {
        Self { instructions: Vec::new(), known: HashMap::new(), fused }
    }

    /// The code that gives `results`, without what none of them needs.
    pub fn finish(self, results: &[Vector]) -> Code {
        let mut needed = vec![false; self.instructions.len()];
        results.iter().for_each(|result| needed[result.0.index()] = true);
        for (i, instruction) in self.instructions.iter().enumerate().rev() {
            if needed[i] {
                instruction.operands().into_iter().flatten().for_each(|operand| needed[operand.index()] = true);
            }
        }
        let mut names = vec![Value(0); needed.len()];
        let mut instructions = Vec::new();
        for (i, instruction) in self.instructions.into_iter().enumerate().filter(|(i, _)| needed[*i]) {
            names[i] = Value(instructions.len() as u32);
            instructions.push(instruction.renamed(|operand| names[operand.index()]));
        }
        Code { instructions, results: results.iter().map(|result| names[result.0.index()]).collect() }
    }

    fn push(&mut self, instruction: Instruction) -> Value {
        let next = Value(self.instructions.len() as u32);
        let value = *self.known.entry(instruction).or_insert(next);
        if value == next {
            self.instructions.push(instruction);
        }
        value
    }

    fn float(&mut self, instruction: Instruction) -> Vector {
        Vector(self.push(instruction))
    }

    fn ints(&mut self, instruction: Instruction) -> Ints {
        Ints(self.push(instruction))
    }
}

/// Arithmetic.
impl Writer {
    /// Input `i` of the program.
    pub fn input(&mut self, i: u8) -> Vector {
        self.float(Instruction::Input(i))
    }

    /// The same number in every lane.
    pub fn number(&mut self, value: f32) -> Vector {
        self.float(Instruction::Number(value.to_bits()))
    }

    /// The same integer in every lane.
    pub fn int(&mut self, value: u32) -> Ints {
        self.ints(Instruction::Int(value))
    }

    pub fn neg(&mut self, a: Vector) -> Vector {
        self.float(Instruction::Neg(a.0))
    }

    pub fn abs(&mut self, a: Vector) -> Vector {
        self.float(Instruction::Abs(a.0))
    }

    pub fn sqrt(&mut self, a: Vector) -> Vector {
        self.float(Instruction::Sqrt(a.0))
    }

    pub fn add(&mut self, a: Vector, b: Vector) -> Vector {
        self.float(Instruction::Add(a.0, b.0))
    }

    pub fn sub(&mut self, a: Vector, b: Vector) -> Vector {
        self.float(Instruction::Sub(a.0, b.0))
    }

    pub fn mul(&mut self, a: Vector, b: Vector) -> Vector {
        self.float(Instruction::Mul(a.0, b.0))
    }

    pub fn div(&mut self, a: Vector, b: Vector) -> Vector {
        self.float(Instruction::Div(a.0, b.0))
    }

    /// Whether a multiplication and an addition round once.
    pub fn fused(&self) -> bool {
        self.fused
    }

    /// `a * b + c`; without the instruction it rounds twice.
    pub fn mul_add(&mut self, a: Vector, b: Vector, c: Vector) -> Vector {
        if self.fused {
            return self.float(Instruction::MulAdd(a.0, b.0, c.0));
        }
        let product = self.mul(a, b);
        self.add(product, c)
    }

    /// `a * b - c`, as [`Self::mul_add`].
    pub fn mul_sub(&mut self, a: Vector, b: Vector, c: Vector) -> Vector {
        if self.fused {
            return self.float(Instruction::MulSub(a.0, b.0, c.0));
        }
        let product = self.mul(a, b);
        self.sub(product, c)
    }

    /// `c - a * b`, as [`Self::mul_add`].
    pub fn sub_mul(&mut self, c: Vector, a: Vector, b: Vector) -> Vector {
        if self.fused {
            return self.float(Instruction::SubMul(c.0, a.0, b.0));
        }
        let product = self.mul(a, b);
        self.sub(c, product)
    }

    /// `a` where `a < b`, otherwise `b`, also where either is NaN. One instruction on x64.
    pub fn lesser_or_second(&mut self, a: Vector, b: Vector) -> Vector {
        self.float(Instruction::Lesser(a.0, b.0))
    }

    /// `a` where `a > b`, otherwise `b`, also where either is NaN. One instruction on x64.
    pub fn greater_or_second(&mut self, a: Vector, b: Vector) -> Vector {
        self.float(Instruction::Greater(a.0, b.0))
    }
}

/// Comparisons and choices.
impl Writer {
    /// `a op b`: false on NaN, except for `!=`.
    pub fn compare(&mut self, op: CmpOp, a: Vector, b: Vector) -> Mask {
        Mask(self.push(Instruction::Compare(op, a.0, b.0)))
    }

    /// Where two integers are equal.
    pub fn equal(&mut self, a: Ints, b: Ints) -> Mask {
        Mask(self.push(Instruction::Equal(a.0, b.0)))
    }

    /// `then` where `mask`, else `otherwise`.
    pub fn pick(&mut self, mask: Mask, then: Vector, otherwise: Vector) -> Vector {
        self.float(Instruction::Pick(mask.0, then.0, otherwise.0))
    }

    /// `value`, but where `mask` holds, what the Rust function makes of `argument`.
    pub fn replace_far(&mut self, mask: Mask, call: FarCall, argument: Vector, value: Vector) -> Vector {
        self.float(Instruction::Far { call, mask: mask.0, argument: argument.0, value: value.0 })
    }
}

/// Bits.
impl Writer {
    pub fn bits(&mut self, a: Vector) -> Ints {
        self.ints(Instruction::Bits(a.0))
    }

    pub fn float_of_bits(&mut self, a: Ints) -> Vector {
        self.float(Instruction::FloatOfBits(a.0))
    }

    /// The nearest float to a signed integer.
    pub fn float_of_int(&mut self, a: Ints) -> Vector {
        self.float(Instruction::FloatOfInt(a.0))
    }

    pub fn int_add(&mut self, a: Ints, b: Ints) -> Ints {
        self.ints(Instruction::IntAdd(a.0, b.0))
    }

    pub fn int_sub(&mut self, a: Ints, b: Ints) -> Ints {
        self.ints(Instruction::IntSub(a.0, b.0))
    }

    pub fn and(&mut self, a: Ints, b: Ints) -> Ints {
        self.ints(Instruction::And(a.0, b.0))
    }

    pub fn or(&mut self, a: Ints, b: Ints) -> Ints {
        self.ints(Instruction::Or(a.0, b.0))
    }

    pub fn xor(&mut self, a: Ints, b: Ints) -> Ints {
        self.ints(Instruction::Xor(a.0, b.0))
    }

    pub fn shift_left(&mut self, a: Ints, by: u8) -> Ints {
        self.ints(Instruction::ShiftLeft(a.0, by))
    }

    /// Keeps the sign.
    pub fn shift_right(&mut self, a: Ints, by: u8) -> Ints {
        self.ints(Instruction::ShiftRight(a.0, by))
    }
}
