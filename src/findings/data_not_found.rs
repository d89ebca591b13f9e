//! H0701 `data-not-found`: a data set is not known, or not where it is looked for.

use super::of_data;
use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_data::DataError;

/// See the module.
pub struct DataNotFound<'a>(pub &'a DataError);

impl Finding for DataNotFound<'_> {
    const CODE: &'static Code = hetc_compiler::code!("H0701", "data-not-found", Error, "a data set is not known, or not where it is looked for");

    fn diagnose(&self) -> Diagnostic {
        of_data(Self::CODE, self.0)
    }
}
