//! Code in memory: one Cranelift module, its functions, and when it is freed.

use crate::clif::{Function, QUARTER, Target};
use crate::code::FarCall;
use crate::error::KernelError;
use crate::math;
use cranelift_codegen::Context;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_jit::{BranchProtection, JITBuilder, JITMemoryKind, JITMemoryProvider, JITModule, SystemMemoryProvider};
use cranelift_module::{FuncId, Linkage, Module, ModuleError, ModuleResult, default_libcall_names};
use std::any::Any;
use std::io;
use std::sync::{Arc, Mutex};

/// How to compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Check the code before it is assembled. On in debug builds.
    pub verify: bool,
    /// Round multiply-adds once where the processor can.
    pub fused: bool,
    /// Refuse formulas that have more operations than this.
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
        for call in FarCall::ALL {
            builder.symbol(symbol(call), address(call));
        }
        if options.refuse_memory {
            builder.memory_provider(Box::new(Refusing(SystemMemoryProvider::new())));
        }
        let mut module = JITModule::new(builder);
        for (position, call) in FarCall::ALL.into_iter().enumerate() {
            let id = module.declare_function(symbol(call), Linkage::Import, &target.far_signature()).map_err(codegen)?;
            assert_eq!(id.as_u32() as usize, position, "functions import far calls under their position");
        }
        Ok(Self { code: Code(Mutex::new(Some(module))), target, context: Context::new(), defined: Vec::new() })
    }

    pub fn target(&self) -> Target {
        self.target
    }

    /// Compiles `function`.
    pub fn define(&mut self, function: Function) -> Result<(), KernelError> {
        self.context.clear();
        self.context.func = function;
        let module = self.code.module();
        let id = module.declare_anonymous_function(&self.context.func.signature).map_err(codegen)?;
        module.define_function(id, &mut self.context).map_err(codegen)?;
        self.defined.push(id);
        Ok(())
    }

    /// Makes the code executable: where each function is, in the order in which they were defined, and what to keep for as long as one may
    /// be called.
    pub fn finish(mut self) -> Result<(Vec<*const u8>, Memory), KernelError> {
        let module = self.code.module();
        // Whatever fails here has to do with the memory's protection.
        module.finalize_definitions().map_err(|error| KernelError::NoExecutableMemory { reason: error.to_string() })?;
        let addresses = self.defined.iter().map(|id| module.get_finalized_function(*id)).collect();
        Ok((addresses, Arc::new(self.code)))
    }
}

/// Where code is: freed with the last of these.
pub type Memory = Arc<dyn Any + Send + Sync>;

fn codegen(error: ModuleError) -> KernelError {
    match error {
        ModuleError::Allocation { err } => KernelError::NoExecutableMemory { reason: err.to_string() },
        // The cause of a compilation error is only in its sources.
        error => KernelError::Codegen { reason: format!("{error:?}") },
    }
}

/// The memory that functions run in. A dropped module does not free it, so this does.
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
            // SAFETY: whoever may call a function holds an `Arc` of this, so none is running and none can be called any more.
            unsafe { module.free_memory() };
        }
    }
}

/// The name under which functions import a far call.
fn symbol(call: FarCall) -> &'static str {
    match call {
        FarCall::Sin => "hetc_far_sin",
        FarCall::Cos => "hetc_far_cos",
    }
}

fn address(call: FarCall) -> *const u8 {
    let function: extern "C" fn(&mut [f32; QUARTER]) = match call {
        FarCall::Sin => far_sin,
        FarCall::Cos => far_cos,
    };
    function as *const u8
}

extern "C" fn far_sin(lanes: &mut [f32; QUARTER]) {
    math::far_sin(lanes);
}

extern "C" fn far_cos(lanes: &mut [f32; QUARTER]) {
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
