//! `hetc fmt`: every spec written in one way.

use super::compile::write_file;
use crate::Status;
use crate::cli::Fmt;
use crate::failure::Failure;
use crate::project;
use crate::sources::Sources;
use crate::terminal::Terminal;
use hetc_compiler::diag::{Diagnostic, Finding, Syntax};
use hetc_grammar::span::SourceId;
use std::io::Read;
use std::path::Path;

pub fn run(args: Fmt, terminal: &Terminal) -> Result<Status, Failure> {
    let files = if args.files.is_empty() { project::files_here(&["net"])? } else { args.files };
    if files.is_empty() {
        return Err(Failure::new("there is no spec (*.net) in this folder").help("name one, or `-` for standard input"));
    }
    let mut sources = Sources::new();
    let mut diagnostics = Vec::new();
    let mut changed = 0;
    for file in &files {
        match format(file, &mut sources)? {
            Err(more) => diagnostics.extend(more),
            Ok((_, text)) if file == Path::new("-") => terminal.print(&text),
            Ok((id, text)) if text != sources.text(id) => {
                changed += 1;
                if args.check {
                    terminal.note(&format!("{} is not formatted", file.display()));
                } else {
                    write_file(file, &text)?;
                    terminal.note(&format!("{} formatted", file.display()));
                }
            }
            Ok(_) => {}
        }
    }
    terminal.diagnostics(&diagnostics, &sources);
    let unclean = !diagnostics.is_empty() || (args.check && changed > 0);
    Ok(if unclean { Status::Findings } else { Status::Fine })
}

type Formatted = Result<(SourceId, String), Vec<Diagnostic>>;

fn format(file: &Path, sources: &mut Sources) -> Result<Formatted, Failure> {
    let id = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
        sources.add("standard input", text)
    } else {
        match sources.read(file)? {
            Ok(id) => id,
            Err(diagnostic) => return Ok(Err(vec![diagnostic])),
        }
    };
    // The formatter sees a text without a name; its errors get this one.
    Ok(hetc_grammar::format(sources.text(id)).map(|text| (id, text)).map_err(|errors| {
        let named = errors.into_iter().map(|mut error| {
            error.span.source = id;
            Syntax(error).diagnose()
        });
        named.collect()
    }))
}
