//! Any text is refused as a plan or is one.
#![no_main]

use hetc_fuzz::mutate::{self, Language};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|text: &str| hetc_fuzz::plan(text));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::bytes(Language::Plan, data, size, max_size, seed).unwrap_or_else(|| fuzzer_mutate(data, size, max_size))
});
