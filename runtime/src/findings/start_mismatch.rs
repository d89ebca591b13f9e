//! H0606 `start-mismatch`: the weights that a training is to start from cannot be read, or do not fit the network.

use crate::start::StartError;
use hetc_compiler::diag::{Code, Diagnostic, Finding, words};
use hetc_exchange::import::Misfit;
use hetc_grammar::span::Span;

/// The weights that a training is to start from cannot be read, or do not fit the network.
#[derive(Debug)]
pub struct StartMismatch<'a> {
    /// What is wrong.
    pub error: &'a StartError,
    /// Where the run file names what is wrong.
    pub span: Span,
    /// The network's name in the spec.
    pub net: Span,
}

impl Finding for StartMismatch<'_> {
    const CODE: &'static Code =
        hetc_compiler::code!("H0606", "start-mismatch", Error, "the weights to start from cannot be read, or do not fit the network");

    fn diagnose(&self) -> Diagnostic {
        let StartError::Misfits { file, net, misfits } = self.error else {
            return Diagnostic::new(Self::CODE, self.error.to_string()).label(self.span, "named here").help_if(self.advice());
        };
        let file = file.file_name().unwrap_or(file.as_os_str()).display();
        let ours = |misfit: &Misfit| match misfit {
            Misfit::Missing { ours, .. } | Misfit::Shape { ours, .. } => Some(ours.clone()),
            Misfit::Kind { .. } | Misfit::Extra { .. } | Misfit::Unknown { .. } => None,
        };
        let mut owners: Vec<String> =
            misfits.0.iter().filter_map(ours).map(|name| name.rsplit_once('.').map_or(name.as_str(), |(owner, _)| owner).to_string()).collect();
        owners.dedup();
        let names: Vec<String> = owners.iter().map(|owner| format!("{owner:?}")).collect();
        let fresh = (!names.is_empty()).then(|| {
            format!("`fresh = [{}]` under `[start]` lets them keep their drawn start", names.join(", "))
        });
        let wrong = words::count(misfits.0.len(), "tensor");
        let diagnostic = Diagnostic::new(Self::CODE, format!("`{file}` does not hold the weights of `{net}`: {wrong} to put right"))
            .label(self.span, "these weights")
            .label(self.net, "this network");
        misfits.0.iter().fold(diagnostic, |diagnostic, misfit| diagnostic.help(misfit.to_string())).help_if(fresh)
    }
}

impl StartMismatch<'_> {
    fn advice(&self) -> Option<&'static str> {
        match self.error {
            StartError::Malformed { expected: "safetensors file", .. } => Some(
                "a file of `torch.save` becomes one by `safetensors.torch.save_file(torch.load(FILE, weights_only=True), TO)`",
            ),
            StartError::Io { .. } => Some("paths start at the folder of the run file"),
            StartError::Other { .. } => Some("leave `sha256` out to start from what is there"),
            _ => None,
        }
    }
}
