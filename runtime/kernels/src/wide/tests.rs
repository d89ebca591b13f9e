//! The emitter against an interpreter of the same code.

use super::allocate::{MASKS, Step};
use super::{Memory, assemble, available, turns};
use crate::code::{Code, FarCall, Instruction, Value};
use crate::lanes::{LANES, Lanes};
use crate::site::{Place, Put, SiteProgram};
use hetc_compiler::formula::Builder;
use hetc_grammar::tree::CmpOp;

/// A generator of random numbers (SplitMix64), the same on every run.
struct Draws(u64);

impl Draws {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.bits() % limit as u64) as usize
    }

    /// Mostly ordinary, sometimes at the edges.
    fn number(&mut self) -> f32 {
        const EDGES: [f32; 10] = [0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1e-40, -1e-44, f32::MAX, 1e6, -9000.0];
        match self.below(6) {
            0 => EDGES[self.below(EDGES.len())],
            _ => (self.bits() as i32 as f32) * 2f32.powi(-29),
        }
    }

    fn of(&mut self, values: &[Value]) -> Value {
        values[self.below(values.len())]
    }
}

fn far(call: FarCall, x: f32) -> f32 {
    let mut lanes = [x; LANES];
    match call {
        FarCall::Sin => super::far_sin(&mut lanes),
        FarCall::Cos => super::far_cos(&mut lanes),
    }
    lanes[0]
}

fn compare(op: CmpOp, a: f32, b: f32) -> bool {
    match op {
        CmpOp::Lt => a < b,
        CmpOp::Le => a <= b,
        CmpOp::Gt => a > b,
        CmpOp::Ge => a >= b,
        CmpOp::Eq => a == b,
        CmpOp::Ne => a != b,
    }
}

/// The results of one lane, as bits; a mask is 0 or 1.
fn interpret(code: &Code, inputs: &[f32]) -> Vec<f32> {
    let mut values: Vec<u32> = Vec::new();
    for instruction in &code.instructions {
        let bits = |value: Value| values[value.0 as usize];
        let float = |value: Value| f32::from_bits(bits(value));
        use Instruction::*;
        let value = match *instruction {
            Input(input) => inputs[usize::from(input)].to_bits(),
            Number(bits) | Int(bits) => bits,
            Neg(a) => bits(a) ^ 0x8000_0000,
            Abs(a) => bits(a) & 0x7fff_ffff,
            Sqrt(a) => float(a).sqrt().to_bits(),
            Add(a, b) => (float(a) + float(b)).to_bits(),
            Sub(a, b) => (float(a) - float(b)).to_bits(),
            Mul(a, b) => (float(a) * float(b)).to_bits(),
            Div(a, b) => (float(a) / float(b)).to_bits(),
            MulAdd(a, b, c) => float(a).mul_add(float(b), float(c)).to_bits(),
            MulSub(a, b, c) => float(a).mul_add(float(b), -float(c)).to_bits(),
            SubMul(c, a, b) => (-float(a)).mul_add(float(b), float(c)).to_bits(),
            Lesser(a, b) => {
                if float(a) < float(b) {
                    bits(a)
                } else {
                    bits(b)
                }
            }
            Greater(a, b) => {
                if float(a) > float(b) {
                    bits(a)
                } else {
                    bits(b)
                }
            }
            Compare(op, a, b) => u32::from(compare(op, float(a), float(b))),
            Equal(a, b) => u32::from(bits(a) == bits(b)),
            Pick(mask, then, otherwise) => {
                if bits(mask) == 1 {
                    bits(then)
                } else {
                    bits(otherwise)
                }
            }
            Far { call, mask, argument, value } => {
                if bits(mask) == 1 {
                    far(call, float(argument)).to_bits()
                } else {
                    bits(value)
                }
            }
            Bits(a) | FloatOfBits(a) => bits(a),
            FloatOfInt(a) => (bits(a) as i32 as f32).to_bits(),
            IntAdd(a, b) => bits(a).wrapping_add(bits(b)),
            IntSub(a, b) => bits(a).wrapping_sub(bits(b)),
            And(a, b) => bits(a) & bits(b),
            Or(a, b) => bits(a) | bits(b),
            Xor(a, b) => bits(a) ^ bits(b),
            ShiftLeft(a, by) => bits(a) << by,
            ShiftRight(a, by) => (bits(a) as i32 >> by) as u32,
        };
        values.push(value);
    }
    code.results.iter().map(|result| f32::from_bits(values[result.0 as usize])).collect()
}

/// Code with every instruction, `length` draws long; `reach` is how far back arguments lie.
struct Random<'a> {
    draws: &'a mut Draws,
    code: Code,
    floats: Vec<Value>,
    /// Floats that are not NaN, whose bits no two machines agree on.
    plain: Vec<Value>,
    ints: Vec<Value>,
    masks: Vec<Value>,
    reach: usize,
}

impl Random<'_> {
    fn push(&mut self, instruction: Instruction) -> Value {
        self.code.instructions.push(instruction);
        Value(self.code.instructions.len() as u32 - 1)
    }

    fn recent(&mut self, values: impl Fn(&Self) -> &Vec<Value>) -> Value {
        let values = values(self);
        let from = values.len().saturating_sub(self.reach);
        let values = values[from..].to_vec();
        self.draws.of(&values)
    }

    fn grow(&mut self) {
        use Instruction::*;
        let [a, b, c] = [0; 3].map(|_| self.recent(|random| &random.floats));
        let [i, j] = [0; 2].map(|_| self.recent(|random| &random.ints));
        let plain = self.recent(|random| &random.plain);
        let mask = self.recent(|random| &random.masks);
        let by = self.draws.below(24) as u8;
        let op = [CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge, CmpOp::Eq, CmpOp::Ne][self.draws.below(6)];
        let call = [FarCall::Sin, FarCall::Cos][self.draws.below(2)];
        let kind = self.draws.below(31);
        let instruction = match kind {
            0 => Number(self.draws.number().to_bits()),
            1 => Int(self.draws.bits() as u32),
            2 => Neg(a),
            3 => Abs(plain),
            4 => Sqrt(a),
            5 => Add(a, b),
            6 => Sub(a, b),
            7 => Mul(a, b),
            8 => Div(a, b),
            9 | 27 => MulAdd(a, b, c),
            10 | 28 => MulSub(a, b, c),
            11 | 29 => SubMul(a, b, c),
            12 => Lesser(a, plain),
            13 => Greater(a, b),
            14 => Compare(op, a, b),
            15 => Equal(i, j),
            16 => Pick(mask, a, b),
            17 => Far { call, mask, argument: a, value: b },
            18 => Bits(plain),
            19 => FloatOfBits(i),
            20 => FloatOfInt(i),
            21 => IntAdd(i, j),
            22 => IntSub(i, j),
            23 => And(i, j),
            24 => Or(i, j),
            25 => ShiftLeft(i, by),
            26 => Xor(i, j),
            _ => ShiftRight(i, by),
        };
        let value = self.push(instruction);
        match kind {
            1 | 18 | 21..=26 | 30 => self.ints.push(value),
            14 | 15 => self.masks.push(value),
            _ => self.floats.push(value),
        }
        if matches!(kind, 3 | 12 | 20) {
            self.plain.push(value);
        }
    }
}

fn random_code(draws: &mut Draws, inputs: u8, length: usize, roots: usize) -> Code {
    let reach = [3, 12, 60][draws.below(3)];
    let mut random = Random { draws, code: Code::default(), floats: vec![], plain: vec![], ints: vec![], masks: vec![], reach };
    for input in 0..inputs {
        let value = random.push(Instruction::Input(input));
        random.floats.push(value);
    }
    let number = random.push(Instruction::Number(0.75f32.to_bits()));
    random.plain.push(number);
    random.floats.push(number);
    let int = random.push(Instruction::Int(3));
    random.ints.push(int);
    let mask = random.push(Instruction::Compare(CmpOp::Lt, Value(0), number));
    random.masks.push(mask);
    for _ in 0..length {
        random.grow();
    }
    for _ in 0..roots {
        let root = random.recent(|random| &random.floats);
        random.code.results.push(root);
    }
    random.code
}

type Entry = extern "C" fn(*const *mut f32, *const u32, usize);

/// Runs the code over `arrays`, and in another way over a copy of them, and compares all there is.
fn check(code: &Code, program: &SiteProgram, arrays: &[Vec<Lanes>], table: &[u32]) {
    let columns = usize::from(program.columns);
    let at = |place: &Place, site: usize| (table[site * columns + usize::from(place.column)] + place.offset) as usize;
    let sites = table.len() / columns;
    let mut expected = arrays.to_vec();
    for site in 0..sites {
        for lane in 0..LANES {
            let read = |place: &Place| expected[usize::from(place.array)][at(place, site)].0[lane];
            let inputs: Vec<f32> = program.reads.iter().map(read).collect();
            for ((place, put), result) in program.writes.iter().zip(interpret(code, &inputs)) {
                let target = &mut expected[usize::from(place.array)][at(place, site)].0[lane];
                *target = if *put == Put::Add { *target + result } else { result };
            }
        }
    }

    let memory = Memory::new(&[assemble(code, program).unwrap()]).unwrap();
    // SAFETY: `assemble` makes functions of this type.
    let entry = unsafe { std::mem::transmute::<*const u8, Entry>(memory.entry(0)) };
    let mut actual = arrays.to_vec();
    let addresses: Vec<*mut f32> = actual.iter_mut().map(|array| array.as_mut_ptr().cast()).collect();
    entry(addresses.as_ptr(), table.as_ptr(), sites);
    for (array, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
        for (vector, (actual, expected)) in actual.iter().zip(expected).enumerate() {
            for (lane, (actual, expected)) in actual.0.iter().zip(expected.0).enumerate() {
                let same = actual.to_bits() == expected.to_bits() || (actual.is_nan() && expected.is_nan());
                assert!(
                    same,
                    "array {array} vector {vector} lane {lane}: {actual:e} instead of {expected:e}\n{code:?}\n{program:?}"
                );
            }
        }
    }
}

fn empty_formula() -> hetc_compiler::formula::Formula {
    let mut builder = Builder::new();
    let zero = builder.constant(0.0);
    builder.finish(&[zero], 0)
}

fn random_array(draws: &mut Draws, length: usize) -> Vec<Lanes> {
    (0..length).map(|_| Lanes(std::array::from_fn(|_| draws.number()))).collect()
}

/// Programs with what is easily missed.
#[derive(Debug, Default)]
struct Seen {
    four: usize,
    two: usize,
    /// With vectors, or masks, on the stack.
    vectors: usize,
    masks: usize,
    calls: usize,
}

impl Seen {
    fn note(&mut self, code: &Code, program: &SiteProgram) {
        let turns = turns(code, program);
        let (sites, _) = turns[0];
        self.four += usize::from(sites == 4);
        self.two += usize::from(sites == 2);
        let any =
            |test: &dyn Fn(&Step) -> bool| usize::from(turns.iter().any(|(_, allocation)| allocation.steps.iter().any(test)));
        self.vectors += any(&|step| matches!(step, Step::Spill { from, .. } if !MASKS.contains(from)));
        self.masks += any(&|step| matches!(step, Step::Spill { from, .. } if MASKS.contains(from)));
        self.calls += any(&|step| matches!(step, Step::Far { .. }));
    }
}

#[test]
fn random_code_gives_what_the_interpreter_gives() {
    if !available() {
        return;
    }
    let mut draws = Draws(1);
    let mut seen = Seen::default();
    for case in 0..600 {
        let (inputs, roots, columns) = (1 + draws.below(12), 1 + draws.below(9), 1 + draws.below(6));
        let length = [4, 20, 60, 200, 1000][case % 5];
        let code = random_code(&mut draws, inputs as u8, length, roots);
        let (arrays, vectors) = (1 + draws.below(8), 40);
        // In some cases what is written is never read.
        let apart = case % 2 * arrays;
        let place = |draws: &mut Draws, first: usize| Place {
            array: (first + draws.below(arrays)) as u8,
            column: draws.below(columns) as u8,
            offset: draws.below(8) as u32,
        };
        let reads = (0..inputs).map(|_| place(&mut draws, 0)).collect();
        let put = |draws: &mut Draws| if draws.below(2) == 0 { Put::Set } else { Put::Add };
        let writes = (0..roots).map(|_| (place(&mut draws, apart), put(&mut draws))).collect();
        let program = SiteProgram { formula: empty_formula(), reads, writes, columns: columns as u8 };
        let sites = [0, 1, 2, 3, 17][draws.below(5)];
        let table: Vec<u32> = (0..sites * columns).map(|_| draws.below(vectors - 8) as u32).collect();
        let arrays: Vec<_> = (0..apart + arrays).map(|_| random_array(&mut draws, vectors)).collect();
        check(&code, &program, &arrays, &table);
        seen.note(&code, &program);
    }
    assert!(seen.four > 20 && seen.two > 20 && seen.vectors > 50 && seen.masks > 50 && seen.calls > 100, "{seen:?}");
}
