//! Reading never fails: any text gives a tree and errors that lie inside it.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| hetc_fuzz::parse(text));
