#![allow(clippy::all, missing_docs, clippy::print_stdout)]
use hetc_compiler::formula::*;
use hetc_kernels::*;
use std::time::Instant;

fn swish(beta: f64) -> Formula {
    let mut b = Builder::new();
    let x = b.input(0);
    let s = b.scale(beta, x);
    let s = b.unary(Unary::Sigmoid, s);
    let y = b.mul(x, s);
    b.finish(&[y], 1)
}
fn tanh() -> Formula {
    let mut b = Builder::new();
    let x = b.input(0);
    let y = b.unary(Unary::Tanh, x);
    b.finish(&[y], 1)
}
fn both() -> Formula {
    let mut b = Builder::new();
    let inputs = [b.input(0), b.input(1)];
    let p = b.inline(&swish(7.5), &inputs[..1]);
    let q = b.inline(&tanh(), &inputs[1..]);
    b.finish(&[p[0], q[0]], 2)
}
fn both_backward() -> Formula {
    let mut b = Builder::new();
    let inputs = [b.input(0), b.input(1), b.input(2), b.input(3)];
    let p = b.inline(&backward(&swish(7.5)), &[inputs[0], inputs[2]]);
    let q = b.inline(&backward(&tanh()), &[inputs[1], inputs[3]]);
    b.finish(&[p[0], q[0]], 4)
}
fn env(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |r| r.parse().unwrap())
}

const GROUPS: usize = 4;
const N: usize = 65536;
const PIECE: usize = 1024;

/// Sum over the pieces of the least time of each.
fn best(reps: usize, pieces: usize, mut f: impl FnMut(usize)) -> f64 {
    let mut least = vec![f64::MAX; pieces];
    for _ in 0..reps {
        for p in 0..pieces {
            let t = Instant::now();
            f(p);
            least[p] = least[p].min(t.elapsed().as_secs_f64());
        }
    }
    least.iter().sum()
}

/// The same on several threads: the slowest thread.
fn best_on(threads: usize, reps: usize, f: impl Fn(usize) + Sync) -> f64 {
    let all = GROUPS * N / PIECE;
    if threads == 1 {
        return best(reps, all, f);
    }
    std::thread::scope(|s| {
        let handles: Vec<_> = (0..threads)
            .map(|t| {
                let f = &f;
                s.spawn(move || best(reps, all / threads, |p| f(t * all / threads + p)))
            })
            .collect();
        handles.into_iter().map(|h| h.join().unwrap()).fold(0.0, f64::max)
    })
}

#[test]
fn time() {
    let x: Vec<Lanes> =
        (0..GROUPS * N).map(|i| Lanes(std::array::from_fn(|l| (((i * 16 + l) * 7919) % 1000) as f32 * 0.008 - 4.0))).collect();
    let dy = x.clone();
    let mut y = x.clone();
    let mut dx = x.clone();
    let elements = (GROUPS * N * 16) as f64;
    let ns = |t: f64| t * 1e9 / elements;
    let reps: usize = env("REPS", 40);
    let (ya, da) = (y.as_mut_ptr() as usize, dx.as_mut_ptr() as usize);
    let slice = |a: usize, p: usize| unsafe { std::slice::from_raw_parts_mut((a as *mut Lanes).add(p * PIECE), PIECE) };
    for n in [1, 2] {
        println!("copy {n} threads {:.3}", ns(best_on(n, reps, |p| slice(ya, p).copy_from_slice(&x[p * PIECE..][..PIECE]))));
    }
    let mut kernels: Vec<Vec<SiteKernel>> = vec![];
    let emitters = if env("CLIF", 0) == 1 { vec![Emitter::Wide, Emitter::Cranelift] } else { vec![Emitter::Wide] };
    let chunk = env("CHUNK", 256);
    let tables: Vec<[Table; 2]> = (0..PIECE / (2 * chunk))
        .map(|c| [0, 1].map(|odd| Table::new(1, (0..chunk).map(|i| (c * 2 * chunk + 2 * i + odd) as u32).collect())))
        .collect();
    let evens = Table::new(1, (0..PIECE as u32 / 2).map(|i| 2 * i).collect());
    for emitter in &emitters {
        let options = Options { emitter: *emitter, verify: false, ..Options::default() };
        let mut c = SiteCompiler::new(&options).unwrap();
        for f in [swish(7.5), tanh()] {
            for f in [f.clone(), backward(&f)] {
                let mut least = f64::MAX;
                for _ in 0..200 {
                    let mut c = SiteCompiler::new(&options).unwrap();
                    let t = Instant::now();
                    c.add(&SiteProgram::plain(f.clone())).unwrap();
                    least = least.min(t.elapsed().as_secs_f64());
                }
                println!("compile {:.1} us", least * 1e6);
                c.add(&SiteProgram::plain(f)).unwrap();
            }
        }
        let place = |array, offset| Place { array, column: 0, offset };
        c.add(&SiteProgram {
            formula: both(),
            reads: vec![place(0, 0), place(0, 1)],
            writes: vec![(place(1, 0), Put::Set), (place(1, 1), Put::Set)],
            columns: 1,
        })
        .unwrap();
        c.add(&SiteProgram {
            formula: both_backward(),
            reads: vec![place(0, 0), place(0, 1), place(1, 0), place(1, 1)],
            writes: vec![(place(2, 0), Put::Set), (place(2, 1), Put::Set)],
            columns: 1,
        })
        .unwrap();
        kernels.push(c.finish().unwrap());
    }
    for (emitter, k) in emitters.iter().zip(&kernels) {
        println!("{emitter:?}");
        let small = 256;
        for (name, f, b) in [("swish", 0, 1), ("tanh", 2, 3)] {
            let small_ns = |t: f64| t * 1e9 / (16 * small * 16) as f64;
            let fwd = small_ns(best(reps * 100, 1, |_| {
                for _ in 0..16 {
                    k[f].run_range(&mut [Array::Read(&x[..small]), Array::Write(&mut slice(ya, 0)[..small])], 0..small)
                }
            }));
            let bwd = small_ns(best(reps * 100, 1, |_| {
                for _ in 0..16 {
                    k[b].run_range(
                        &mut [Array::Read(&x[..small]), Array::Read(&dy[..small]), Array::Write(&mut slice(da, 0)[..small])],
                        0..small,
                    )
                }
            }));
            println!("  {name} in cache: fwd {fwd:.3} bwd {bwd:.3}");
        }
        for n in [1, 2] {
            let time = |mix: usize, pass: usize| {
                ns(best_on(n, reps, |p| {
                    let xs = &x[p * PIECE..][..PIECE];
                    let mut two = [Array::Read(xs), Array::Write(slice(ya, p))];
                    let mut three = [Array::Read(xs), Array::Read(&dy[p * PIECE..][..PIECE]), Array::Write(slice(da, p))];
                    let a: &mut [Array] = if pass == 0 { &mut two } else { &mut three };
                    if mix == 2 {
                        k[4 + pass].run(a, &evens);
                    } else if mix == 1 {
                        for pair in &tables {
                            for i in 0..2 {
                                k[2 * i + pass].run(a, &pair[i]);
                            }
                        }
                    } else {
                        k[pass].run_range(a, 0..PIECE);
                    }
                }))
            };
            let (bf, bb) = (time(2, 0), time(2, 1));
            let (sf, sb, mf, mb) = (time(0, 0), time(0, 1), time(1, 0), time(1, 1));
            println!(
                "  threads {n}: swish fwd {sf:.3} bwd {sb:.3}; mixed fwd {mf:.3} bwd {mb:.3} fwd+bwd {:.3}; in one program fwd {bf:.3} bwd {bb:.3} both {:.3}",
                mf + mb,
                bf + bb
            );
        }
    }
}
