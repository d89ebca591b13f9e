//! `hetc lsp`: a language server on standard input and output.

use crate::Status;
use crate::failure::Failure;
use crate::lsp;

/// Fine if the editor said goodbye as the protocol wants it.
pub fn run() -> Result<Status, Failure> {
    match lsp::serve(std::io::stdin(), std::io::stdout().lock()) {
        Ok(true) => Ok(Status::Fine),
        Ok(false) => Ok(Status::Findings),
        Err(error) => Err(Failure::new(format!("cannot write standard output: {error}"))),
    }
}
