//! H0702 `data-damaged`: a file of a data set is not what it should be.

use super::of_data;
use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_data::DataError;

/// See the module.
pub struct DataDamaged<'a>(pub &'a DataError);

impl Finding for DataDamaged<'_> {
    const CODE: &'static Code = hetc_compiler::code!("H0702", "data-damaged", Error, "a file of a data set is not what it should be");

    fn diagnose(&self) -> Diagnostic {
        of_data(Self::CODE, self.0)
    }
}
