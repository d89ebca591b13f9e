//! Site programs as machine code: compiled together, run one by one.

use crate::clif::{self, SiteCode};
use crate::error::KernelError;
use crate::jit::{Emitter, Jit, Memory, Options};
use crate::lanes::{LANES, Lanes};
use crate::site::{Place, SiteProgram, Table};
use crate::{lower, wide};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Compiles the programs of one network into one piece of memory; equal ones are compiled once.
pub struct SiteCompiler {
    backend: Backend,
    options: Options,
    /// Positions of kernels by their code.
    known: HashMap<SiteCode, usize>,
    /// What each kernel asks of its arrays.
    needs: Vec<Needs>,
}

enum Backend {
    Cranelift(Box<Jit>),
    /// The functions so far.
    Wide(Vec<Vec<u8>>),
}

impl SiteCompiler {
    /// An empty one for this machine.
    pub fn new(options: &Options) -> Result<Self, KernelError> {
        let wide = match options.emitter {
            Emitter::Auto => wide::available(),
            Emitter::Cranelift => false,
            Emitter::Wide if wide::available() => true,
            Emitter::Wide => return Err(KernelError::UnsupportedHost { reason: "it has no AVX-512".to_owned() }),
        };
        let backend = if wide { Backend::Wide(Vec::new()) } else { Backend::Cranelift(Box::new(Jit::new(options)?)) };
        Ok(Self { backend, options: options.clone(), known: HashMap::new(), needs: Vec::new() })
    }

    /// Adds a program, and returns the position of its kernel in what [`Self::finish`] returns.
    ///
    /// Panics if the program has not one place for each input and each root, or names a column that it has not.
    pub fn add(&mut self, program: &SiteProgram) -> Result<usize, KernelError> {
        assert_eq!(program.reads.len(), usize::from(program.formula.inputs()), "every input has a place");
        assert_eq!(program.writes.len(), program.formula.roots().len(), "every root has a place");
        assert!(places(program).all(|place| place.column < program.columns), "places name columns of the table");
        let (nodes, limit) = (program.formula.nodes().len(), self.options.node_limit);
        if nodes > limit {
            return Err(KernelError::TooLarge { nodes, limit });
        }
        let code = site_code(program, self.fused());
        if let Some(position) = self.known.get(&code) {
            return Ok(*position);
        }
        let position = self.needs.len();
        match &mut self.backend {
            Backend::Cranelift(jit) => jit.define(clif::function(jit.target(), &code))?,
            Backend::Wide(functions) => functions.push(wide::assemble(&code.code, program)?),
        }
        self.needs.push(Needs::of(program));
        self.known.insert(code, position);
        Ok(position)
    }

    fn fused(&self) -> bool {
        match &self.backend {
            Backend::Cranelift(jit) => jit.target().fused,
            Backend::Wide(_) => self.options.fused,
        }
    }

    /// The kernels. Their code is freed with the last of them.
    pub fn finish(self) -> Result<Vec<SiteKernel>, KernelError> {
        let (addresses, memory) = match self.backend {
            Backend::Cranelift(jit) => jit.finish()?,
            Backend::Wide(_) if self.options.refuse_memory => {
                return Err(KernelError::NoExecutableMemory { reason: "permission denied".to_owned() });
            }
            Backend::Wide(functions) => {
                let memory = wide::Memory::new(&functions)?;
                let addresses = (0..functions.len()).map(|position| memory.entry(position)).collect();
                (addresses, Arc::new(memory) as Memory)
            }
        };
        let kernel = |(address, needs): (*const u8, Needs)| {
            // SAFETY: both backends build functions of this type, in the host's calling convention.
            let entry = unsafe { std::mem::transmute::<*const u8, Entry>(address) };
            SiteKernel { entry, needs: Arc::new(needs), _memory: Arc::clone(&memory) }
        };
        Ok(addresses.into_iter().zip(self.needs).map(kernel).collect())
    }
}

/// `fn(arrays, table, sites)`: where each array starts, the rows of the table, and their number.
type Entry = unsafe extern "C" fn(*const *mut f32, *const u32, usize);

/// The program with its formula lowered; `fused` says whether a multiplication and an addition round once.
pub fn site_code(program: &SiteProgram, fused: bool) -> SiteCode {
    SiteCode {
        code: lower::lower(&program.formula, fused),
        reads: program.reads.clone(),
        writes: program.writes.clone(),
        columns: program.columns,
    }
}

fn places(program: &SiteProgram) -> impl Iterator<Item = Place> {
    program.reads.iter().copied().chain(program.writes.iter().map(|(place, _)| *place))
}

/// An array that a program reads or writes, by its position in the call.
#[derive(Debug)]
pub enum Array<'a> {
    /// Only read.
    Read(&'a [Lanes]),
    /// Written, and perhaps read as well.
    Write(&'a mut [Lanes]),
}

impl Array<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Read(vectors) => vectors.len(),
            Self::Write(vectors) => vectors.len(),
        }
    }

    /// Not to be written through unless this is [`Self::Write`].
    fn start(&mut self) -> *mut f32 {
        match self {
            Self::Read(vectors) => vectors.as_ptr().cast::<f32>().cast_mut(),
            Self::Write(vectors) => vectors.as_mut_ptr().cast(),
        }
    }
}

/// What a program asks of the arrays that it is given.
struct Needs {
    columns: usize,
    /// The furthest place in each array by each column.
    furthest: Vec<Place>,
    /// The arrays that are written.
    written: Vec<u8>,
}

impl Needs {
    fn of(program: &SiteProgram) -> Self {
        let mut furthest: Vec<Place> = Vec::new();
        for place in places(program) {
            match furthest.iter_mut().find(|known| (known.array, known.column) == (place.array, place.column)) {
                Some(known) => known.offset = known.offset.max(place.offset),
                None => furthest.push(place),
            }
        }
        let written = program.writes.iter().map(|(place, _)| place.array).collect();
        Self { columns: usize::from(program.columns), furthest, written }
    }

    /// Panics unless the arrays will do if `largest` is the largest number in each column.
    fn check(&self, arrays: &[Array], largest: impl Fn(usize) -> usize) {
        for place in &self.furthest {
            let array = usize::from(place.array);
            let last = largest(usize::from(place.column)) + place.offset as usize;
            assert!(array < arrays.len(), "array {array} is missing");
            assert!(last < arrays[array].len(), "array {array} has {} vectors, the last place is {last}", arrays[array].len());
        }
        for array in &self.written {
            assert!(matches!(arrays[usize::from(*array)], Array::Write(_)), "array {array} is written, but given to be read");
        }
    }
}

/// A compiled program.
#[derive(Clone)]
pub struct SiteKernel {
    entry: Entry,
    needs: Arc<Needs>,
    _memory: Memory,
}

impl SiteKernel {
    /// Runs the program for every site of `table`, in order.
    ///
    /// Panics if the table has another number of columns than the program, an array ends before the last place in it, or one that is
    /// written is given as [`Array::Read`].
    pub fn run(&self, arrays: &mut [Array], table: &Table) {
        assert_eq!(table.columns(), self.needs.columns, "the table has the program's columns");
        if table.is_empty() {
            return;
        }
        self.needs.check(arrays, |column| table.largest(column) as usize);
        let starts: Vec<*mut f32> = arrays.iter_mut().map(Array::start).collect();
        // SAFETY: the table has that many rows, every place that they name is in its array, and those that are written are borrowed
        // for that.
        unsafe { (self.entry)(starts.as_ptr(), table.places().as_ptr(), table.len()) };
    }

    /// Runs the program for consecutive sites: the number of a site is what its only column holds.
    ///
    /// Panics as [`Self::run`].
    pub fn run_range(&self, arrays: &mut [Array], sites: Range<usize>) {
        assert_eq!(self.needs.columns, 1, "a range is a table of one column");
        if sites.is_empty() {
            return;
        }
        self.needs.check(arrays, |_| sites.end - 1);
        let mut starts: Vec<*mut f32> = arrays.iter_mut().map(|array| array.start().wrapping_add(sites.start * LANES)).collect();
        let mut left = sites.len();
        while left > 0 {
            let piece = left.min(COUNT.len());
            // SAFETY: as in `run`, with arrays that start at the piece's first site; no place is beyond the range's last site.
            unsafe { (self.entry)(starts.as_ptr(), COUNT.as_ptr(), piece) };
            starts.iter_mut().for_each(|start| *start = start.wrapping_add(piece * LANES));
            left -= piece;
        }
    }
}

/// A table of consecutive sites.
static COUNT: [u32; 1024] = {
    let mut count = [0; 1024];
    let mut i = 0;
    while i < count.len() {
        count[i] = i as u32;
        i += 1;
    }
    count
};
