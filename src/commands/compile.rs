//! `hetc compile`: what a network is.

use crate::Status;
use crate::cli::{Compile, Emit};
use crate::failure::Failure;
use crate::project;
use crate::sources::{Sources, reason};
use crate::terminal::Terminal;
use hetc_compiler::plan::Plan;
use hetc_compiler::{Compilation, CompiledNet, Setting, emit};
use hetc_runtime::Init;
use hetc_runtime::init::init;
use hetc_runtime::params::Table;
use std::path::Path;

pub fn run(args: Compile, terminal: &Terminal) -> Result<Status, Failure> {
    let path = project::spec(args.spec.clone())?;
    let mut sources = Sources::new();
    let Some(Opened { compilation, file }) = open(&path, &args.settings.set, &mut sources, terminal)? else {
        return Ok(Status::Findings);
    };
    let output = args.output.as_deref();
    if args.emit == Some(Emit::Tree) {
        write(output, &hetc_grammar::print(&file), terminal)?;
        return Ok(if terminal.rejects(&compilation.diagnostics) { Status::Findings } else { Status::Fine });
    }
    let plans = match chosen(&compilation, args.net.as_deref()) {
        Ok(plans) => plans,
        Err(diagnostic) => {
            terminal.diagnostics(&[*diagnostic], &sources);
            return Ok(Status::Findings);
        }
    };
    if terminal.rejects(&compilation.diagnostics) {
        return Ok(Status::Findings);
    }
    match args.emit {
        None => {
            show(&plans, &path, output, terminal)?;
            let of = |net: &&CompiledNet| plans.iter().any(|plan| plan.net == net.name);
            compilation.nets.iter().filter(of).filter_map(report).for_each(|report| terminal.note(report.trim_end()));
        }
        Some(Emit::Svg) if plans.len() > 1 => {
            return Err(Failure::new("several networks do not fit one picture").help("choose one with `--net`"));
        }
        Some(Emit::Svg) if plans.iter().any(|plan| is_tangled(plan)) => {
            return Err(Failure::new("this network has too many long connections to draw")
                .help("`--emit dot` leaves the drawing to others"));
        }
        Some(Emit::Onnx) => onnx(&plans, &path, output, terminal)?,
        Some(stage) => {
            let texts: Result<Vec<String>, Failure> = plans.iter().map(|plan| text(stage, plan)).collect();
            write(output, &texts?.join("\n"), terminal)?;
        }
    }
    Ok(Status::Fine)
}

/// Whether the lines of a picture would have to pass more layers than anybody could see.
fn is_tangled(plan: &Plan) -> bool {
    let passed = |index: usize| plan.sources(index).into_iter().map(|source| index - source).sum::<usize>();
    (0..plan.layers.len()).map(passed).sum::<usize>() > 100_000
}

/// How the widths of a baseline were solved for.
fn report(net: &CompiledNet) -> Option<String> {
    net.matched.as_ref().map(|matched| matched.report(&net.name, net.base.as_deref().unwrap_or_default()))
}

/// The layer tables, and the plans as files; with `-` the plan alone, so that it can be piped.
fn show(plans: &[&Plan], spec: &Path, output: Option<&Path>, terminal: &Terminal) -> Result<(), Failure> {
    if output.is_some() && plans.len() > 1 {
        return Err(Failure::new("several networks do not fit one plan file").help("choose one with `--net`"));
    }
    if output != Some(Path::new("-")) {
        terminal.print(&plans.iter().map(|plan| emit::table(plan)).collect::<Vec<_>>().join("\n"));
    }
    for plan in plans {
        let beside = spec.with_file_name(format!("{}.plan", plan.net));
        let path = output.unwrap_or(&beside);
        write(Some(path), &plan.to_text(), terminal)?;
        if path != Path::new("-") {
            terminal.note(&format!("plan written to {}", path.display()));
        }
    }
    Ok(())
}

/// A spec that has been read.
pub struct Opened {
    pub compilation: Compilation,
    pub file: hetc_grammar::tree::File,
}

/// Reads and compiles a spec and shows what was found; `None` if the file or a setting could not be understood at all.
pub fn open(path: &Path, set: &[String], sources: &mut Sources, terminal: &Terminal) -> Result<Option<Opened>, Failure> {
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
    let text = sources.text(id).to_string();
    let parsed = hetc_grammar::parse(id, &text);
    let mut file = parsed.file.clone();
    let compilation = hetc_compiler::analyse(id, &text, parsed, &settings, sources);
    terminal.diagnostics(&compilation.diagnostics, sources);
    fill_in(&mut file, &settings);
    Ok(Some(Opened { compilation, file }))
}

/// Puts settings in the place of the parameters' defaults.
fn fill_in(file: &mut hetc_grammar::tree::File, settings: &[Setting]) {
    for item in &mut file.items {
        let hetc_grammar::tree::Item::Net(net) = item else { continue };
        for param in &mut net.params {
            if let Some(setting) = settings.iter().rev().find(|setting| setting.name.node == param.name.node) {
                param.default = Some(setting.value.clone());
            }
        }
    }
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
        Emit::Dot => Ok(emit::dot(plan)),
        Emit::Mermaid => Ok(emit::mermaid(plan)),
        Emit::Svg => Ok(emit::svg(plan)),
        Emit::Ir | Emit::Tree | Emit::Onnx => Ok(emit::ir(plan)),
    }
}

/// The networks with the weights that training would start from with seed 1 and without a run file.
fn onnx(plans: &[&Plan], spec: &Path, output: Option<&Path>, terminal: &Terminal) -> Result<(), Failure> {
    if output.is_some() && plans.len() > 1 {
        return Err(Failure::new("several networks do not fit one ONNX file").help("choose one with `--net`"));
    }
    for plan in plans {
        let weights = init(plan, &Table::of(plan), Init::default(), 1);
        let bytes = hetc_exchange::onnx::export(plan, &weights).map_err(|refusal| Failure::new(refusal.to_string()))?;
        let beside = spec.with_file_name(format!("{}.onnx", plan.net));
        let path = output.unwrap_or(&beside);
        write_bytes(path, &bytes)?;
        terminal.note(&format!("{} with initial weights written to {}", plan.net, path.display()));
    }
    Ok(())
}

/// The plan of a spec's network; `None` if something is wrong with the spec, which has been shown.
pub fn plan_of(spec: &Path, net: Option<&str>, set: &[String], terminal: &Terminal) -> Result<Option<Plan>, Failure> {
    let mut sources = Sources::new();
    let Some(Opened { compilation, .. }) = open(spec, set, &mut sources, terminal)? else { return Ok(None) };
    if terminal.rejects(&compilation.diagnostics) {
        return Ok(None);
    }
    match compilation.net(net) {
        Ok(net) => Ok(net.plan.clone()),
        Err(diagnostic) => {
            terminal.diagnostics(&[*diagnostic], &sources);
            Ok(None)
        }
    }
}

fn clif(plan: &Plan) -> Result<String, Failure> {
    let mut out = String::new();
    for cell in &plan.cells {
        if !cell.is_plain() || cell.inputs != 1 {
            out += &format!(
                "; cell {}\n; not shown: it takes several values, trained numbers or steps, and its code depends on the layer\n\n",
                cell.name
            );
            continue;
        }
        let text = hetc_kernels::clif(&cell.formula).map_err(|error| Failure::new(format!("cell `{}`: {error}", cell.name)))?;
        out += &format!("; cell {}\n{text}\n", cell.name);
    }
    Ok(out)
}

/// To a file or, without one or with `-`, to standard output.
pub fn write(output: Option<&Path>, text: &str, terminal: &Terminal) -> Result<(), Failure> {
    match output {
        Some(path) if path != Path::new("-") => write_file(path, text),
        _ => {
            terminal.print(text);
            Ok(())
        }
    }
}

/// Writes a whole file or none of it; what is no file (a device, a pipe) is written to as it is.
pub fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    write_bytes(path, text.as_bytes())
}

/// As [`write_file`].
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()); // through links, where there are any
    if path.exists() && !path.is_file() {
        return std::fs::write(&path, bytes)
            .map_err(|error| Failure::new(format!("cannot write `{}`: {}", path.display(), reason(&error))));
    }
    hetc_runtime::files::write(&path, bytes).map_err(|error| Failure::new(error.to_string()))
}
