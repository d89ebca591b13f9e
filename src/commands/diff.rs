//! `hetc diff`: what differs between two networks.

use super::compile;
use crate::Status;
use crate::cli::Diff;
use crate::failure::Failure;
use crate::sources::{Sources, reason};
use crate::terminal::Terminal;
use hetc_compiler::diff::diff;
use hetc_compiler::plan::Plan;
use std::path::Path;

pub fn run(args: Diff, terminal: &Terminal) -> Result<Status, Failure> {
    let mut sources = Sources::new();
    let mut plan = |named: &str| plan(named, args.net.as_deref(), &args.settings.set, &mut sources, terminal);
    // Errors in a spec are no difference: they keep the command from doing its work.
    let unreadable = || Failure::new("a network that is not whole cannot be compared");
    let a = plan(&args.a)?.ok_or_else(unreadable)?;
    let b = plan(&args.b)?.ok_or_else(unreadable)?;
    let found = diff(&a, &b);
    terminal.print(&found.to_string());
    Ok(if found.is_empty() { Status::Fine } else { Status::Findings })
}

/// The network that `FILE` or `FILE:NET` names; `None` if it has errors, which have been shown.
fn plan(
    named: &str,
    net: Option<&str>,
    set: &[String],
    sources: &mut Sources,
    terminal: &Terminal,
) -> Result<Option<Plan>, Failure> {
    let (path, net) = match named.rsplit_once(':') {
        Some((path, name)) if !Path::new(named).exists() => (Path::new(path), Some(name)),
        _ => (Path::new(named), net),
    };
    // A run folder has its networks' plans under the name `plan`.
    if path.extension().is_some_and(|extension| extension == "plan") || path.file_name().is_some_and(|name| name == "plan") {
        let name = path.display();
        let text =
            std::fs::read_to_string(path).map_err(|error| Failure::new(format!("cannot read `{name}`: {}", reason(&error))))?;
        return Plan::from_text(&text).map(Some).map_err(|error| Failure::new(format!("`{name}` is no plan: {error}")));
    }
    let Some(opened) = compile::open(path, set, sources, terminal)? else { return Ok(None) };
    if opened.compilation.has_errors() {
        return Ok(None);
    }
    match opened.compilation.net(net) {
        Ok(net) => Ok(net.plan.clone()),
        Err(diagnostic) => {
            terminal.diagnostics(&[*diagnostic], sources);
            Ok(None)
        }
    }
}
