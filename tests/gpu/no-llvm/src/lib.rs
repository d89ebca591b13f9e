//! A stand-in for `cubecl-llvm` 0.11.3, whose build downloads LLVM.
//!
//! CubeCL's CUDA runtime knows two compilers: one by way of CUDA C++ and the machine's NVRTC, and one by way of LLVM. hetc takes the
//! first (the feature `cuda-cpp` of cubecl), but the types of the second are named whichever is taken. Here they are, and none of them
//! compiles anything. With this crate, a program for CUDA is built without a network, and without CUDA.

use cubecl_core::ir::DeviceProperties;
use cubecl_core::ir::nvidia::SmArch;
use cubecl_core::prelude::KernelDefinition;
use cubecl_environment::backtrace::BackTrace;
use cubecl_server::compiler::CompilationError;
use cubecl_server::kernel::BufferIOAttr;
use nvptx::ptx_version::PtxVersion;

/// What code is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LlvmTarget {
    #[default]
    Cpu,
    Nvptx,
}

/// The compiler: refuses everything.
#[derive(Clone, Debug, Default)]
pub struct PlironCompiler {
    pub target: LlvmTarget,
}

/// How to compile.
#[derive(Clone, Debug, Default)]
pub struct PlironOptions {
    pub cpu_buffer_alignment: Option<u32>,
    pub arch: Option<()>,
    pub sm_arch: Option<SmArch>,
    pub ptx_version: Option<PtxVersion>,
    pub grid_constants: bool,
}

/// Code that is never made.
#[derive(Clone, Debug)]
pub struct NvptxModule {
    pub ptx: Vec<core::ffi::c_char>,
    pub entrypoint: String,
    pub ir: String,
    pub shared_memory_size: usize,
    pub io: Vec<BufferIOAttr>,
}

/// What a compiler gives.
#[derive(Debug)]
pub enum PlironArtifact {
    Jit,
    NvptxCode(NvptxModule),
}

impl PlironCompiler {
    pub fn compile(&mut self, _: KernelDefinition, _: &PlironOptions) -> Result<PlironArtifact, CompilationError> {
        let reason = "this program was built without LLVM".to_string();
        Err(CompilationError::Generic { reason, backtrace: BackTrace::capture() })
    }

    pub fn lang_tag(&self) -> &'static str {
        "llvm"
    }
}

pub mod nvptx {
    pub mod ptx_version {
        /// The version of PTX that a compiler would write.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct PtxVersion;

        impl PtxVersion {
            pub fn for_driver(_: i32) -> Option<Self> {
                None
            }
        }

        impl core::fmt::Display for PtxVersion {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("ptx")
            }
        }
    }
}

pub mod shared {
    pub mod lowered_features {
        /// What a device's features would be narrowed for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum GpuTarget {
            Nvptx,
        }

        /// Nothing is compiled here, so nothing is narrowed.
        pub fn restrict_features(_: &mut super::super::DeviceProperties, _: GpuTarget) {}
    }
}
