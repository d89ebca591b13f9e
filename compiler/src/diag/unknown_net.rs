//! H0108 `unknown-net`: a network is asked for that no file defines.

use super::suggest::similar;
use super::{Code, Diagnostic, Finding, words};

/// A network is asked for that the file does not define.
#[derive(Debug, Clone)]
pub struct UnknownNet {
    /// The name asked for; `None` if none was and there are several to choose from, or none at all.
    pub name: Option<String>,
    /// The networks there are.
    pub known: Vec<String>,
}

impl Finding for UnknownNet {
    const CODE: &'static Code = crate::code!("H0108", "unknown-net", Error, "a network is asked for that the file does not define");

    fn diagnose(&self) -> Diagnostic {
        let known = words::code_list(self.known.iter().map(String::as_str), "and");
        let Some(name) = &self.name else {
            let headline = if self.known.is_empty() { "the file defines no network" } else { "the file defines several networks" };
            let help = if self.known.is_empty() { "add `net NAME { … }`".to_string() } else { format!("choose one with `--net`: {known}") };
            return Diagnostic::new(Self::CODE, headline).help(help);
        };
        let near = similar(name, self.known.iter().map(String::as_str));
        Diagnostic::new(Self::CODE, format!("no network is called `{name}`"))
            .help_if(near.map(|near| format!("a similar name exists: `{near}`")))
            .help_if((near.is_none() && !self.known.is_empty()).then(|| format!("the file defines {known}")))
    }
}
