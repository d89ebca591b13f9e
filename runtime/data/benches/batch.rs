//! How long a batch takes to prepare: 128 samples of CIFAR-10's shape, as a training step needs them.
#![allow(missing_docs)] // what the macros make

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hetc_data::{Dataset, Numbers, Part, Pixels, Prepared, Split, Step, Targets, Task, View};

const BATCH: usize = 128;
const SAMPLES: usize = 50_000;

/// 150 MB of bytes, so that batches come from memory and not from a cache.
fn data() -> Dataset {
    let inputs = Pixels::Bytes((0..SAMPLES * 3072).map(|at| (at * 31 % 251) as u8).collect());
    let train = Split { inputs, targets: Targets::Classes(vec![0; SAMPLES]) };
    Dataset {
        name: "made".into(),
        test: train.choose(&[0], 3072),
        train,
        validation: Split::default(),
        task: Task::Classes(10),
        sample: vec![3, 32, 32],
        source: "made".into(),
    }
}

fn batch(criterion: &mut Criterion) {
    let data = data();
    let mut out = vec![0.0; BATCH * data.sample_len()];
    let mut group = criterion.benchmark_group("batch of 128 x 3x32x32");
    group.throughput(Throughput::Elements(BATCH as u64));
    let ways: [(&str, Vec<Step>); 3] = [
        ("plain", vec![]),
        ("normalise", vec![Step::Normalise(Numbers::ImageNet)]),
        ("flip, crop 4, normalise", vec![Step::Flip, Step::Crop(4), Step::Normalise(Numbers::ImageNet)]),
    ];
    for (name, steps) in ways {
        let prepared = Prepared::new(&steps, &data).unwrap();
        let mut at = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                // A fixed walk through all samples in place of a random order.
                let indices: Vec<usize> = (0..BATCH).map(|i| (at + i) * 7919 % SAMPLES).collect();
                at += BATCH;
                let view = |i: &usize| prepared.view(i.is_multiple_of(2), (i % 9) as i32 - 4, (i / 9 % 9) as i32 - 4);
                let views: Vec<View> = if prepared.is_random() { indices.iter().map(view).collect() } else { Vec::new() };
                data.write_batch(Part::Train, &indices, &prepared.normalise, &views, &mut out);
            })
        });
    }
    group.finish();
}

criterion_group!(benches, batch);
criterion_main!(benches);
