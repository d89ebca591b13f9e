//! H0703 `data-not-got`: a data set could not be downloaded.

use super::of_data;
use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_data::DataError;

/// See the module.
pub struct DataNotGot<'a>(pub &'a DataError);

impl Finding for DataNotGot<'_> {
    const CODE: &'static Code = hetc_compiler::code!("H0703", "data-not-got", Error, "a data set could not be downloaded");

    fn diagnose(&self) -> Diagnostic {
        of_data(Self::CODE, self.0)
    }
}
