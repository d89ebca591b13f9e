//! `hetc compile`: what a network is.

use crate::Status;
use crate::cli::{Compile, Emit};
use crate::failure::Failure;
use crate::project;
use crate::sources::Sources;
use crate::terminal::Terminal;
use hetc_compiler::plan::Plan;
use hetc_compiler::{Compilation, Setting, emit};
use std::path::{Path, PathBuf};

pub fn run(args: Compile, terminal: &Terminal) -> Result<Status, Failure> {
    let path = project::spec(args.spec.clone())?;
    let mut sources = Sources::new();
    let Some((compilation, tree)) = open(&path, &args.settings.set, &mut sources, terminal)? else { return Ok(Status::Findings) };
    if args.emit == Some(Emit::Tree) {
        write(args.output.as_deref(), &tree, terminal)?;
        return Ok(if compilation.has_errors() { Status::Findings } else { Status::Fine });
    }
    let plans = match chosen(&compilation, args.net.as_deref()) {
        Ok(plans) => plans,
        Err(diagnostic) => {
            terminal.diagnostics(&[*diagnostic], &sources);
            return Ok(Status::Findings);
        }
    };
    if compilation.has_errors() {
        return Ok(Status::Findings);
    }
    match args.emit {
        None => {
            terminal.print(&plans.iter().map(|plan| emit::table(plan)).collect::<Vec<_>>().join("\n"));
            plans.iter().try_for_each(|plan| write_plan(plan, &path, args.output.as_deref(), plans.len(), terminal))?;
        }
        Some(stage) => {
            let texts: Result<Vec<String>, Failure> = plans.iter().map(|plan| text(stage, plan)).collect();
            write(args.output.as_deref(), &texts?.join("\n"), terminal)?;
        }
    }
    Ok(Status::Fine)
}

/// Reads and compiles a spec and shows what was found; `None` if the file or a setting could not be understood at all.
pub fn open(
    path: &Path,
    set: &[String],
    sources: &mut Sources,
    terminal: &Terminal,
) -> Result<Option<(Compilation, String)>, Failure> {
    let settings: Vec<Setting> = match sources.settings(set) {
        Ok(settings) => settings,
        Err(diagnostics) => {
            terminal.diagnostics(&diagnostics, sources);
            return Ok(None);
        }
    };
    let id = match sources.read(path)? {
        Ok(id) => id,
        Err(diagnostic) => {
            terminal.diagnostics(&[diagnostic], sources);
            return Ok(None);
        }
    };
    let parsed = hetc_grammar::parse(id, sources.text(id));
    let compilation = hetc_compiler::analyse(sources.text(id), &parsed, &settings);
    terminal.diagnostics(&compilation.diagnostics, sources);
    Ok(Some((compilation, hetc_grammar::print(&parsed.file))))
}

fn chosen<'a>(compilation: &'a Compilation, net: Option<&str>) -> Result<Vec<&'a Plan>, Box<hetc_compiler::diag::Diagnostic>> {
    if net.is_some() || compilation.nets.is_empty() {
        return compilation.net(net).map(|net| net.plan.iter().collect());
    }
    Ok(compilation.nets.iter().filter_map(|net| net.plan.as_ref()).collect())
}

fn text(stage: Emit, plan: &Plan) -> Result<String, Failure> {
    match stage {
        Emit::Plan => Ok(plan.to_text()),
        Emit::Clif => clif(plan),
        Emit::Ir | Emit::Tree => Ok(emit::ir(plan)),
    }
}

fn clif(plan: &Plan) -> Result<String, Failure> {
    let mut out = String::new();
    for cell in &plan.cells {
        let text = hetc_kernels::clif(&cell.formula).map_err(|error| Failure::new(format!("cell `{}`: {error}", cell.name)))?;
        out += &format!("; cell {}\n{text}\n", cell.name);
    }
    Ok(out)
}

fn write_plan(plan: &Plan, spec: &Path, output: Option<&Path>, plans: usize, terminal: &Terminal) -> Result<(), Failure> {
    let path = match output {
        Some(path) if path == Path::new("-") => {
            terminal.print(&plan.to_text());
            return Ok(());
        }
        Some(_) if plans > 1 => {
            return Err(Failure::new("several networks do not fit one plan file").help("choose one with `--net`"));
        }
        Some(path) => path.to_path_buf(),
        None => spec.with_file_name(format!("{}.plan", plan.net)),
    };
    write_file(&path, &plan.to_text())?;
    terminal.note(&format!("plan written to {}", path.display()));
    Ok(())
}

fn write(output: Option<&Path>, text: &str, terminal: &Terminal) -> Result<(), Failure> {
    match output {
        Some(path) if path != Path::new("-") => write_file(path, text),
        _ => {
            terminal.print(text);
            Ok(())
        }
    }
}

/// Writes a whole file or none of it.
pub fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    let file = PathBuf::from(path);
    hetc_runtime::files::write(&file, text.as_bytes()).map_err(|error| Failure::new(error.to_string()))
}
