//! The time of training steps on a device: VGG11 and Sticknet8 (CIFAR-10, batch 128), the residual network of window functions
//! (CIFAR-100, batch 128), and ten Sticknet8 of different seeds one after the other.
//!
//! `gpu_bench [DEVICE [SECONDS [BATCH]]]`: `cuda`, 5 seconds a network and the batches above if nothing is said. One line of JSON a
//! network; the median over the steps after those of the first third, in which kernels are compiled and chosen.
#![allow(clippy::print_stdout)] // a program

#[path = "../../runtime/tests/common/steps.rs"]
mod steps;

use hetc_runtime::bench::Trainee;
use hetc_runtime::nets::Device;
use hetc_runtime::network::Hardware;
use std::process::ExitCode;
use std::time::Instant;
use steps::plan;

const VGG11: &str = include_str!("../../specs/vgg11.net");
const WINDOW_RESNET: &str = include_str!("../../specs/window_resnet.net");
const STICKNET8: &str = include_str!("../../specs/sticknet8.net");
const MIXED: &str = "swish(7.5)|ptanh(1)";

/// Samples of a batch, unless something else is asked for.
const BATCH: usize = 128;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let device: Device = match arguments.first().map_or("cuda", String::as_str).parse() {
        Ok(device) => device,
        Err(error) => {
            println!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = device.check() {
        println!("skipped: no CUDA device ({error})");
        return ExitCode::SUCCESS;
    }
    let number = |index: usize| arguments.get(index).and_then(|text| text.parse::<f64>().ok());
    let (seconds, batch) = (number(1).unwrap_or(5.0), number(2).map_or(BATCH, |batch| batch as usize));
    for (name, text, cells, seeds) in [
        ("sticknet8 relu", STICKNET8, "relu", 1),
        ("sticknet8 mixed", STICKNET8, MIXED, 1),
        ("ten sticknet8 mixed", STICKNET8, MIXED, 10),
        ("vgg11 relu", VGG11, "relu", 1),
        ("vgg11 mixed", VGG11, MIXED, 1),
        ("window_resnet relu", WINDOW_RESNET, "relu", 1),
    ] {
        let plan = plan(text, cells);
        let hardware = Hardware { device, ..Hardware::cpu() };
        let trainee = |seed| Trainee::new(&plan, batch, false, hardware, seed).0;
        let mut trainees: Vec<Trainee> = (1..=seeds).map(trainee).collect();
        let first = time(&mut trainees);
        let began = Instant::now();
        let mut times = Vec::new();
        while times.is_empty() || began.elapsed().as_secs_f64() < seconds {
            times.push(time(&mut trainees));
        }
        times.drain(..times.len() / 3);
        times.sort_by(f64::total_cmp);
        let (median, steps) = (times[times.len() / 2], times.len());
        println!(
            r#"{{"net": "{name}", "device": "{device}", "batch": {batch}, "median_ms": {median:.3}, "steps": {steps}, "first_ms": {first:.0}}}"#
        );
    }
    ExitCode::SUCCESS
}

/// Milliseconds of one step of all. A step reads its gradients back, so it is over when it returns.
fn time(trainees: &mut [Trainee]) -> f64 {
    let began = Instant::now();
    trainees.iter_mut().for_each(|trainee| _ = trainee.step());
    1e3 * began.elapsed().as_secs_f64()
}
