//! Memory that code runs in.

use crate::error::KernelError;
use memmap2::{Mmap, MmapMut};

/// Code of several functions, read-only and executable until it is dropped.
#[derive(Debug)]
pub struct Memory {
    pages: Mmap,
    starts: Vec<usize>,
}

impl Memory {
    /// Puts `functions` into memory. It is never writable and executable at once.
    pub fn new(functions: &[Vec<u8>]) -> Result<Self, KernelError> {
        const LINE: usize = 64;
        let mut starts = Vec::with_capacity(functions.len());
        let mut end = 0;
        for function in functions {
            starts.push(end);
            end += function.len().next_multiple_of(LINE);
        }
        let refused = |error: std::io::Error| KernelError::NoExecutableMemory { reason: error.to_string() };
        let mut pages = MmapMut::map_anon(end.max(LINE)).map_err(refused)?;
        for (start, function) in starts.iter().zip(functions) {
            pages[*start..start + function.len()].copy_from_slice(function);
        }
        Ok(Self { pages: pages.make_exec().map_err(refused)?, starts })
    }

    /// Where function `position` begins.
    pub fn entry(&self, position: usize) -> *const u8 {
        self.pages[self.starts[position]..].as_ptr()
    }
}
