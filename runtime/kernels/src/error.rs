//! Why there is no kernel.

use std::fmt;

/// Why formulas could not be compiled. The caller falls back to another way of computing them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KernelError {
    /// Cranelift generates no code for this processor.
    UnsupportedHost {
        /// What it says.
        reason: String,
    },
    /// The system gives out no memory that code can run in.
    NoExecutableMemory {
        /// What it says.
        reason: String,
    },
    /// The formula, or its derivative, has more operations than are compiled.
    TooLarge {
        /// Operations it has.
        nodes: usize,
        /// Operations it may have.
        limit: usize,
    },
    /// The cell is applied to several values at once.
    Inputs {
        /// How many.
        count: u8,
    },
    /// Cranelift refused the code, which is a bug here or there.
    Codegen {
        /// What it says.
        reason: String,
    },
}

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsupportedHost { reason } => write!(f, "no code generator for this processor: {reason}"),
            Self::NoExecutableMemory { reason } => write!(f, "the system gives out no executable memory: {reason}"),
            Self::TooLarge { nodes, limit } => write!(f, "the formula has {nodes} operations, at most {limit} are compiled"),
            Self::Inputs { count } => write!(f, "the cell has {count} inputs, kernels take one"),
            Self::Codegen { reason } => write!(f, "code generation failed: {reason}"),
        }
    }
}

impl std::error::Error for KernelError {}
