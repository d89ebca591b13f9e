//! Code in memory: one Cranelift module, its kernels, and when it is freed.

use crate::clif::Function;
use crate::clif::{FarCall, Target};
use crate::error::KernelError;
use crate::math;
use cranelift_codegen::Context;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_jit::{BranchProtection, JITBuilder, JITMemoryKind, JITMemoryProvider, JITModule, SystemMemoryProvider};
use cranelift_module::{FuncId, Linkage, Module, ModuleError, ModuleResult, default_libcall_names};
use std::io;
use std::sync::{Arc, Mutex};

/// How to compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Check the code before it is assembled. On in debug builds.
    pub verify: bool,
    /// Round multiply-adds once where the processor can.
    pub fused: bool,
    /// Refuse formulas whose value or derivative has more operations than this.
    pub node_limit: usize,
    /// What translates the code.
    pub emitter: Emitter,
    /// Act as a system that gives out no executable memory, to test what callers do then.
    pub refuse_memory: bool,
}

/// What translates code for the machine. All give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Emitter {
    /// The fastest that the machine can run.
    #[default]
    Auto,
    /// Four vectors of 128 bits: any machine that Cranelift knows.
    Cranelift,
    /// One vector of 512 bits: x86-64 with AVX-512.
    Wide,
}

impl Default for Options {
    fn default() -> Self {
        Self { verify: cfg!(debug_assertions), fused: true, node_limit: 4096, emitter: Emitter::Auto, refuse_memory: false }
    }
}

/// A module that takes functions.
pub struct Jit {
    code: Code,
    target: Target,
    context: Context,
    defined: Vec<FuncId>,
}

impl Jit {
    pub fn new(options: &Options) -> Result<Self, KernelError> {
        let unsupported = |reason: String| KernelError::UnsupportedHost { reason };
        let mut flags = settings::builder();
        let verify = if options.verify { "true" } else { "false" };
        for (name, value) in [("use_colocated_libcalls", "false"), ("is_pic", "false"), ("enable_verifier", verify)] {
            flags.set(name, value).map_err(|error| unsupported(error.to_string()))?;
        }
        let host = cranelift_native::builder().map_err(|reason| unsupported(reason.to_string()))?;
        let isa = host.finish(settings::Flags::new(flags)).map_err(|error| unsupported(error.to_string()))?;
        let target = Target { frontend: isa.frontend_config(), fused: options.fused && isa.has_native_fma() };

        let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
        builder.symbol(FarCall::Sin.symbol(), far_sin as *const u8);
        builder.symbol(FarCall::Cos.symbol(), far_cos as *const u8);
        if options.refuse_memory {
            builder.memory_provider(Box::new(Refusing(SystemMemoryProvider::new())));
        }
        let mut module = JITModule::new(builder);
        for (position, call) in FarCall::ALL.into_iter().enumerate() {
            let id = module.declare_function(call.symbol(), Linkage::Import, &target.far_signature()).map_err(codegen)?;
            assert_eq!(id.as_u32() as usize, position, "functions import far calls under their position");
        }
        Ok(Self { code: Code(Mutex::new(Some(module))), target, context: Context::new(), defined: Vec::new() })
    }

    pub fn target(&self) -> Target {
        self.target
    }

    /// Compiles `function`, whose kernel will have the position that is returned.
    pub fn define(&mut self, function: Function) -> Result<usize, KernelError> {
        self.context.clear();
        self.context.func = function;
        let module = self.code.module();
        let id = module.declare_anonymous_function(&self.context.func.signature).map_err(codegen)?;
        module.define_function(id, &mut self.context).map_err(codegen)?;
        self.defined.push(id);
        Ok(self.defined.len() - 1)
    }

    /// Makes the code executable.
    pub fn finish(mut self) -> Result<Vec<Kernel>, KernelError> {
        let module = self.code.module();
        // Whatever fails here has to do with the memory's protection.
        module.finalize_definitions().map_err(|error| KernelError::NoExecutableMemory { reason: error.to_string() })?;
        let addresses: Vec<_> = self.defined.iter().map(|id| module.get_finalized_function(*id)).collect();
        let code = Arc::new(self.code);
        let kernel = |address: *const u8| {
            // SAFETY: the function was built with `Target::kernel_signature`, which is this type in the host's calling convention.
            let entry = unsafe { std::mem::transmute::<*const u8, Entry>(address) };
            Kernel { entry, _code: Arc::clone(&code) }
        };
        Ok(addresses.into_iter().map(kernel).collect())
    }
}

fn codegen(error: ModuleError) -> KernelError {
    match error {
        ModuleError::Allocation { err } => KernelError::NoExecutableMemory { reason: err.to_string() },
        // The cause of a compilation error is only in its sources.
        error => KernelError::Codegen { reason: format!("{error:?}") },
    }
}

/// The memory that kernels run in. A dropped module does not free it, so this does.
struct Code(Mutex<Option<JITModule>>);

impl Code {
    fn module(&mut self) -> &mut JITModule {
        let module = self.0.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        module.as_mut().expect("the module is taken only when dropped")
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        if let Some(module) = self.0.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()).take() {
            // SAFETY: every kernel holds an `Arc` of this, so none is running and none can be called any more.
            unsafe { module.free_memory() };
        }
    }
}

/// `fn(x, dy, out, n)` as `clif::function` builds it.
type Entry = unsafe extern "C" fn(*const f32, *const f32, *mut f32, usize);

/// A compiled function over arrays.
pub struct Kernel {
    entry: Entry,
    _code: Arc<Code>,
}

impl Kernel {
    /// `out[i] = f(x[i])`, or `f(x[i]) * dy[i]` if the function is scaled; without `dy` it takes `out` itself.
    pub fn run(&self, x: &[f32], dy: Option<&[f32]>, out: &mut [f32]) {
        let n = out.len();
        assert_eq!(x.len(), n, "the arrays have one length");
        assert!(dy.is_none_or(|dy| dy.len() == n), "the arrays have one length");
        let whole = n & !3;
        let target = out.as_mut_ptr();
        let scale = dy.map_or(target.cast_const(), <[f32]>::as_ptr);
        if whole > 0 {
            // SAFETY: all arrays have at least `whole` elements, a multiple of four, and each element is read before it is written.
            unsafe { (self.entry)(x.as_ptr(), scale, target, whole) };
        }
        if whole < n {
            self.run_tail(&x[whole..], dy.map(|dy| &dy[whole..]), &mut out[whole..]);
        }
    }

    /// Less than four elements, by way of a full vector.
    fn run_tail(&self, x: &[f32], dy: Option<&[f32]>, out: &mut [f32]) {
        let n = out.len();
        let (mut padded_x, mut padded) = ([0.0f32; 4], [0.0f32; 4]);
        padded_x[..n].copy_from_slice(x);
        padded[..n].copy_from_slice(dy.unwrap_or(out));
        let target = padded.as_mut_ptr();
        // SAFETY: both arrays have four elements, and each element is read before it is written.
        unsafe { (self.entry)(padded_x.as_ptr(), target.cast_const(), target, 4) };
        out.copy_from_slice(&padded[..n]);
    }
}

extern "C" fn far_sin(lanes: &mut [f32; 4]) {
    math::far_sin(lanes);
}

extern "C" fn far_cos(lanes: &mut [f32; 4]) {
    math::far_cos(lanes);
}

/// Memory that never becomes executable.
struct Refusing(SystemMemoryProvider);

impl JITMemoryProvider for Refusing {
    fn allocate(&mut self, size: usize, align: u64, kind: JITMemoryKind) -> io::Result<*mut u8> {
        self.0.allocate(size, align, kind)
    }

    unsafe fn free_memory(&mut self) {
        // SAFETY: what is promised to this function is promised to that one.
        unsafe { self.0.free_memory() }
    }

    fn finalize(&mut self, _: BranchProtection) -> ModuleResult<()> {
        Err(ModuleError::Allocation { err: io::Error::from(io::ErrorKind::PermissionDenied) })
    }
}
