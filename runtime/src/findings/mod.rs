//! What can be wrong with a run file, and with a run: the declared diagnostics of this part.

use hetc_compiler::diag::words;

hetc_compiler::findings! {
    run_file_syntax::RunFileSyntax,
    run_file_key::RunFileKey,
    run_file_value::RunFileValue,
    run_file_missing::RunFileMissing,
    data_mismatch::DataMismatch,
    start_mismatch::StartMismatch,
    run_file_unused::RunFileUnused,
    no_validation::NoValidation,
}

/// `` `a`, `b`, or `c` ``
pub(crate) fn any_of(words: &[&str]) -> String {
    words::code_list(words.iter().copied(), "or")
}
