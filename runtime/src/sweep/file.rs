//! The sweep file: which network, how it is trained, and what varies. In TOML, read by the run file's reader.
//!
//! ```toml
//! [sweep]
//! spec = "sticknet8.net"
//! seeds = 10
//! exclude = [{ cells = "ptanh(2)" }]
//!
//! [lists]
//! swish = ["swish(0.1)", "swish(1)"]
//! ptanh = ["ptanh(0.5)", "ptanh(2)"]
//!
//! [net]
//! cells = [{ pairs = "swish" }, { pairs = "swish", with = "ptanh" }]
//!
//! [run]
//! optimiser.lr = [0.01, 0.001]
//! ```

use super::axis::{Axis, Lists, net_axes, run_axes};
use super::exclude::{Exclusion, exclusions};
use super::slurm::Slurm;
use crate::findings::RunFileMissing;
use crate::runfile::Text;
use crate::runfile::reader::{Document, Table};
use hetc_compiler::diag::{Diagnostic, Findings};
use hetc_grammar::span::{SourceId, Span};
use toml::de::DeTable;

/// What messages call the file.
const NOUN: &str = "sweep file";
/// Keys of each table; those of `lists`, `net` and `run` are the user's.
const TABLES: [(&str, &[&str]); 5] = [
    ("sweep", &["spec", "net", "run", "seeds", "exclude"]),
    ("lists", &[]),
    ("net", &[]),
    ("run", &[]),
    ("slurm", &["partition", "account", "time", "cpus", "mem", "tasks", "at_once", "chunk", "setup", "options"]),
];

/// What a sweep file says.
#[derive(Debug, Clone)]
pub struct SweepFile {
    /// The spec, from the sweep file's folder.
    pub spec: String,
    /// Which network of it, if it has several.
    pub net: Option<String>,
    /// The run file, from the sweep file's folder; without it, the spec's name with `.toml`.
    pub run: Option<String>,
    /// One training a seed and point; without them, the run file's.
    pub seeds: Option<Vec<u64>>,
    /// What varies, in the order of the text: the last one fastest.
    pub axes: Vec<Axis>,
    /// What is left out of the product of all axes.
    pub exclude: Vec<Exclusion>,
    /// How it is given to Slurm.
    pub slurm: Slurm,
    /// Where `spec` stands.
    pub spec_span: Span,
    /// Where `run` stands, if it does.
    pub run_span: Option<Span>,
    /// Where `[sweep]` stands.
    pub span: Span,
}

/// Whether a text in TOML is a sweep file and no run file: it has a table `[sweep]`.
pub fn is_sweep_file(text: &str) -> bool {
    DeTable::parse_recoverable(text).0.get_ref().contains_key("sweep")
}

/// Reads a sweep file. It is there whenever no diagnostic is an error.
pub fn read(source: SourceId, text: &str) -> (Option<SweepFile>, Vec<Diagnostic>) {
    let mut findings = Findings::default();
    if text.trim().is_empty() {
        let example = "a table `[sweep]` with `spec = \"small.net\"`, and `[net]` or `[run]` with what varies";
        findings.report::<()>(RunFileMissing {
            file: NOUN,
            key: "sweep.spec".to_string(),
            span: Span::new(source, 0, 0),
            example,
        });
        return (None, findings.into_sorted());
    }
    let whole = Text { source, text };
    let document = Document::parse(NOUN, whole, &[], &TABLES.map(|(name, _)| name), &mut findings);
    let file = document.and_then(|mut document| sweep_file(&mut document, whole, &mut findings));
    let file = file.filter(|_| !findings.has_errors());
    (file, findings.into_sorted())
}

fn sweep_file(document: &mut Document, text: Text, findings: &mut Findings) -> Option<SweepFile> {
    let lists = Lists::read(&mut document.table("lists"), text, findings);
    let mut axes = net_axes(&mut document.table("net"), &lists, findings);
    axes.extend(run_axes(&mut document.table("run"), text, findings));
    axes.sort_by_key(|axis| axis.span.start);
    let slurm = slurm(&mut document.table("slurm"), findings);
    let mut table = document.table("sweep");
    let spec = table.text("spec", "the name of a spec", findings);
    let spec = table.required("spec", "`spec = \"small.net\"` under `[sweep]`", spec, findings);
    let net = table.text("net", "the name of a network", findings);
    let run = table.text("run", "the name of a run file", findings);
    let seeds = table.seeds("seeds", findings);
    let exclude = exclusions(&mut table, &axes, text, findings);
    let (span, run_span) = (table.span(), table.value_span("run"));
    let spec_span = table.value_span("spec").unwrap_or(span);
    document.report_unknown(&TABLES, findings);
    Some(SweepFile { spec: spec?, net, run, seeds, axes, exclude, slurm, spec_span, run_span, span })
}

fn slurm(table: &mut Table, findings: &mut Findings) -> Slurm {
    let mut text = |key, what| table.text(key, what, findings);
    let partition = text("partition", "the name of a partition");
    let account = text("account", "the name of an account");
    let time = text("time", "a time limit as Slurm writes it: `\"2:00:00\"`");
    let mem = text("mem", "an amount of memory as Slurm writes it: `\"4G\"`");
    let mut whole = |key, most| table.whole(key, 1, most, findings).map(|number| number as u32);
    let (cpus, tasks, at_once) = (whole("cpus", 1_024), whole("tasks", 100_000), whole("at_once", 100_000));
    let chunk = whole("chunk", 1_000_000);
    let setup = table.texts("setup", "a list of lines for the shell", findings).unwrap_or_default();
    let options = table.texts("options", "a list of options for sbatch: `[\"--gres=gpu:1\"]`", findings).unwrap_or_default();
    Slurm { partition, account, time, cpus: cpus.unwrap_or(1), mem, tasks, at_once, chunk, setup, options }
}
