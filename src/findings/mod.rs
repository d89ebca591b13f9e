//! What can be wrong with what the command line is given, and the list of all codes.

use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_data::{DataError, DataErrorKind};

hetc_compiler::findings! {
    data_not_found::DataNotFound,
    data_damaged::DataDamaged,
    data_not_got::DataNotGot,
    not_text::NotText,
    not_a_setting::NotASetting,
}

/// Every code of every part, in the order of their numbers.
pub fn all_codes() -> Vec<&'static Code> {
    let parts = [hetc_compiler::diag::CODES, hetc_runtime::findings::CODES, CODES];
    let mut codes: Vec<&Code> = parts.into_iter().flatten().copied().collect();
    codes.sort_by_key(|code| code.id);
    codes
}

/// The diagnostic for a problem with data.
pub fn data(error: &DataError) -> Diagnostic {
    use DataErrorKind::{
        Archive, ByHand, Checksum, CutShort, MissingFiles, Network, NotFound, NothingToGet, Status, TooLong, UnknownSet,
        WouldReplace, Write,
    };
    match error.kind() {
        UnknownSet | NotFound | MissingFiles => DataNotFound(error).diagnose(),
        ByHand | NothingToGet | WouldReplace | Network | CutShort | TooLong | Status | Checksum | Archive | Write => {
            DataNotGot(error).diagnose()
        }
        _ => DataDamaged(error).diagnose(),
    }
}

fn of_data(code: &'static Code, error: &DataError) -> Diagnostic {
    Diagnostic::new(code, error.to_string()).help(error.help())
}
