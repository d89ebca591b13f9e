//! Networks on a device against the same networks on the CPU: a step's logits, gradients and running statistics, and what evaluation
//! gives. Every kind of placement, nets with every kind of layer, and all networks of a folder of specs.
//!
//! `gpu_suite [DEVICE [SPECS]]`: the device is `cuda` if nothing is said, the folder `specs`. On `cpu` the suite checks itself: every
//! difference is 0. Ends with an error if a difference is too large; without the device it says so and ends well.
#![allow(clippy::print_stdout)] // a program

#[path = "../../runtime/tests/common/mod.rs"]
mod common;
#[allow(dead_code)]
#[path = "../../runtime/kernels/tests/common/expression.rs"]
mod expression;
#[path = "../../compiler/tests/common/mod.rs"]
mod files;
#[path = "../../runtime/tests/common/placements.rs"]
mod placements;
#[allow(dead_code)]
#[path = "../../runtime/kernels/tests/common/plans.rs"]
mod plans;

use hetc_compiler::plan::Plan;
use hetc_data::Wanted;
use hetc_runtime::init::init;
use hetc_runtime::nets::{Device, Draws, Look, Net};
use hetc_runtime::params::{Table, Weights};
use hetc_runtime::streams::Stream;
use hetc_runtime::{Init, Loss};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// How far apart tensors may be, as a part of their length: `|a - b| / |b|`. Products of matrices on a GPU may be rounded as coarsely as
/// TF32 (11 bits), and differences grow through the layers.
const LIMIT: f64 = 2e-2;

/// As [`LIMIT`], where the CPU is compared with itself.
const OWN_LIMIT: f64 = 0.0;

/// Random placements.
const PLACEMENTS: usize = 150;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let device = arguments.next().unwrap_or_else(|| "cuda".to_string());
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "specs".to_string()));
    let device: Device = match device.parse() {
        Ok(device) => device,
        Err(error) => return fail(&error.to_string()),
    };
    if let Err(error) = device.check() {
        println!("skipped: no CUDA device ({error})");
        return ExitCode::SUCCESS;
    }
    let mut suite = Suite { device, limit: if device == Device::Cpu { OWN_LIMIT } else { LIMIT }, nets: 0, wrong: Vec::new() };
    println!("{device} against cpu; differences as parts of a tensor's length, limit {}", suite.limit);
    suite.placements();
    suite.compare("every layer", &common::every_layer(), 6);
    suite.compare("every placement", &common::every_placement(), 6);
    if let Err(error) = suite.specs(&folder) {
        return fail(&format!("{}: {error}", folder.display()));
    }
    match suite.wrong.as_slice() {
        [] => {
            println!("{} networks agree", suite.nets);
            ExitCode::SUCCESS
        }
        wrong => fail(&format!("{} of {} networks differ: {}", wrong.len(), suite.nets, wrong.join(", "))),
    }
}

fn fail(what: &str) -> ExitCode {
    println!("error: {what}");
    ExitCode::FAILURE
}

struct Suite {
    device: Device,
    limit: f64,
    nets: usize,
    /// Names of networks that differ.
    wrong: Vec<String>,
}

/// What a network gave.
struct Given {
    logits: Vec<f32>,
    gradients: Vec<f32>,
    state: Vec<f32>,
    inferred: Vec<f32>,
}

impl Suite {
    fn placements(&mut self) {
        let mut stream = Stream::new(1, "placements", &[]);
        for case in 0..PLACEMENTS {
            let plan = placements::random(&mut stream, case);
            self.compare(&format!("placement {case}"), &placements::behind_numbers(&plan), 3);
        }
    }

    fn specs(&mut self, folder: &Path) -> std::io::Result<()> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "net")) {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            for plan in files::plans_of(std::slice::from_ref(path)) {
                self.compare(&format!("{stem}: {}", plan.net), &plan, 2);
            }
        }
        Ok(())
    }

    /// One network with `samples` random samples, on the device and on the CPU.
    fn compare(&mut self, name: &str, plan: &Plan, samples: usize) {
        let began = Instant::now();
        let [found, wanted] = [self.device, Device::Cpu].map(|device| run(plan, samples, device));
        let table = Table::of(plan);
        let mut worst = [
            ("logits".to_string(), distance(&found.logits, &wanted.logits)),
            ("running statistics".to_string(), distance(&found.state, &wanted.state)),
            ("evaluation".to_string(), distance(&found.inferred, &wanted.inferred)),
        ]
        .to_vec();
        worst.extend(table.params.iter().map(|entry| {
            let range = entry.range.clone();
            (entry.name.clone(), distance(&found.gradients[range.clone()], &wanted.gradients[range]))
        }));
        let (what, distance) = worst.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default();
        let agrees = distance <= self.limit;
        self.nets += 1;
        if !agrees {
            self.wrong.push(name.to_string());
        }
        let verdict = if agrees { "ok" } else { "DIFFERS" };
        println!("{verdict:<8} {distance:9.2e}  {name}, worst in {what}, {:.1} s", began.elapsed().as_secs_f64());
    }
}

/// A step from initial weights with random data, then an evaluation with the weights of before the step.
fn run(plan: &Plan, samples: usize, device: Device) -> Given {
    let table = Table::of(plan);
    let (mut net, _) = Net::new(plan, device);
    let mut weights = init(plan, &table, Init::Torch, 3);
    let mut stream = Stream::new(5, "suite", &[]);
    let mut draw = |count: usize| -> Vec<f32> { (0..count).map(|_| stream.normal() as f32).collect() };
    let input = draw(samples * plan.input.elements());
    // A norm's trained shift starts at 0, and with it what `behind_numbers` puts into cells.
    if plan.layers[0].name == "norm1" {
        let shift = table.params[1].range.clone();
        weights.params[shift.clone()].copy_from_slice(&draw(shift.len()));
    }
    let labels: Vec<u16> = (0..samples).map(|sample| (sample % plan.output.elements()) as u16).collect();
    let (mut logits, mut gradients) = (Vec::new(), vec![f32::NAN; table.params_len()]);
    let slopes = |found: &[f32]| {
        logits = found.to_vec();
        let mut slopes = vec![0.0; found.len()];
        Loss::CrossEntropy.slopes(found, Wanted::Classes(&labels), labels.len(), &mut slopes);
        Some(slopes)
    };
    let draws = Draws { seed: 1, epoch: 0, step: 0 };
    net.step(&mut weights, input.clone(), draws, slopes, |_: &mut Weights, range, gradient| {
        gradients[range].copy_from_slice(gradient);
    });
    net.load(&weights.params);
    let inferred = net.infer(&weights.state, input, Look { seed: 1, batch: 0 });
    Given { logits, gradients, state: weights.state, inferred }
}

/// `|a - b| / |b|`; numbers that are NaN on both sides do not count, those on one side make it infinite.
fn distance(a: &[f32], b: &[f32]) -> f64 {
    let (mut apart, mut length) = (0.0, 1e-12);
    for (a, b) in a.iter().zip(b).filter(|(a, b)| a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan())) {
        apart += (f64::from(*a) - f64::from(*b)).powi(2);
    }
    for b in b.iter().filter(|b| b.is_finite()) {
        length += f64::from(*b).powi(2);
    }
    let distance = (apart / length).sqrt();
    if distance.is_nan() { f64::INFINITY } else { distance }
}
