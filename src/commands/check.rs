//! `hetc check`: what is wrong with specs, run files and sweep files, and mending it.

use super::compile::write_file;
use crate::Status;
use crate::cli::Check;
use crate::diff::diff;
use crate::failure::Failure;
use crate::project;
use crate::sources::Sources;
use crate::terminal::Terminal;
use hetc_compiler::Setting;
use hetc_compiler::diag::{Diagnostic, Fix, words};
use hetc_compiler::fix::{Fixed, fix};
use hetc_grammar::span::SourceId;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub fn run(args: Check, terminal: &Terminal) -> Result<Status, Failure> {
    let files = if args.files.is_empty() { project::files_here(&["net", "toml"])? } else { args.files.clone() };
    if files.is_empty() {
        return Err(Failure::new("there is nothing to check in this folder").help("name a spec (.net) or run file (.toml)"));
    }
    let mut sources = Sources::new();
    let mut diagnostics = Vec::new();
    let mut fixed = 0;
    match sources.settings(&args.settings.set) {
        Err(more) => diagnostics.extend(more),
        Ok(settings) => {
            for file in &files {
                match sources.once(file)? {
                    Err(diagnostic) => diagnostics.push(diagnostic),
                    Ok(id) if args.fix => {
                        let mended = mend(file, id, &mut sources, &settings, args.diff, terminal)?;
                        fixed += mended.done.len();
                        diagnostics.extend(mended.left);
                    }
                    Ok(id) => {
                        let text = sources.text(id).to_string();
                        diagnostics.extend(found(file, id, &text, &settings, &mut sources));
                    }
                }
            }
        }
    }
    // Two files can use a third one, and find the same in it.
    let mut seen = BTreeSet::new();
    diagnostics.retain(|found: &Diagnostic| seen.insert((found.code.id, found.primary(), found.headline.clone())));
    terminal.diagnostics(&diagnostics, &sources);
    say(fixed, &diagnostics, &files, &args, terminal);
    let unclean = terminal.rejects(&diagnostics) || (args.diff && fixed > 0);
    Ok(if unclean { Status::Findings } else { Status::Fine })
}

/// What is wrong with the text of a file, by the kind of its name; `loader` has the files that it uses.
fn found(file: &Path, id: SourceId, text: &str, settings: &[Setting], loader: &mut Sources) -> Vec<Diagnostic> {
    if file.extension().is_some_and(|extension| extension == "toml") {
        if hetc_runtime::sweep::is_sweep_file(text) {
            return super::sweep::check(file, id, text, loader);
        }
        return hetc_runtime::runfile::read(id, text, &[]).1;
    }
    hetc_compiler::compile_with(id, text, settings, loader).diagnostics
}

/// Makes the fixes of one file, or shows them.
fn mend(
    file: &Path,
    id: SourceId,
    sources: &mut Sources,
    settings: &[Setting],
    only_show: bool,
    terminal: &Terminal,
) -> Result<Fixed, Failure> {
    let text = sources.text(id).to_string();
    let loader = RefCell::new(&mut *sources);
    let mended = fix(id, &text, &|text| found(file, id, text, settings, &mut loader.borrow_mut()));
    let name = file.display();
    if only_show {
        terminal.print(&diff(&name.to_string(), sources.text(id), &mended.text));
    } else if !mended.done.is_empty() {
        write_file(file, &mended.text)?;
        for (line, diagnostic) in &mended.done {
            let now = diagnostic.fix.as_ref().map_or(String::new(), change);
            terminal.note(&format!("{name}:{line}: {} ({}): {now}", diagnostic.headline, diagnostic.code.id));
        }
    }
    sources.replace(id, mended.text.clone());
    Ok(mended)
}

/// What a fix does, in words.
fn change(fix: &Fix) -> String {
    match (fix.text.as_str(), fix.span.range().is_empty()) {
        ("", _) => "removed".to_string(),
        (text, true) => format!("put `{text}`"),
        (text, false) => format!("now `{text}`"),
    }
}

/// The last line: what was fixed, or that nothing was wrong.
fn say(fixed: usize, diagnostics: &[Diagnostic], files: &[PathBuf], args: &Check, terminal: &Terminal) {
    let left_out = diagnostics.iter().filter(|diagnostic| args.fix && diagnostic.fix.is_some()).count();
    if left_out > 0 {
        terminal.note(&format!("{} left out, because an error would come to light", words::count(left_out, "change")));
    }
    if fixed > 0 {
        let would = if args.diff { "would be fixed" } else { "fixed" };
        terminal.note(&format!("{} {would}", words::count(fixed, "finding")));
    } else if diagnostics.is_empty() {
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        terminal.note(&format!("{}: fine", names.join(", ")));
    }
}
