//! Trainings that start from weights: which ones, what keeps them from it, and that a run is what it started from.

mod support;

use std::fs;
use std::path::Path;
use support::{RUN, Ran, hetc, project, write};

/// A step of length 0 leaves the weights that a training starts from.
const STILL: &str = "--with=optimiser.lr=0";
const FROM: &str = "\n[start]\nweights = \"first/small/seed-1/model.safetensors\"\n";

/// A folder with a finished run, and `again.toml` that starts from its weights.
fn trained() -> tempfile::TempDir {
    let folder = project();
    let at = folder.path();
    fine(at, &["train", "--seeds=1", "--no-controls", "--epochs=1", "--out=first"]);
    write(at, "again.toml", &(RUN.replace("epochs = 2", "epochs = 1").replace("seeds = 2", "seeds = 1") + FROM));
    let line = |row: usize| (0..40).map(|column| format!("{}", (row * 7 + column) % 11)).collect::<Vec<_>>().join(",");
    write(at, "x.csv", &(0..3).map(|row| line(row) + "\n").collect::<String>());
    folder
}

fn fine(folder: &Path, args: &[&str]) -> Ran {
    let ran = hetc(folder, args);
    assert_eq!(ran.code, Some(0), "{args:?}\n{}{}", ran.out, ran.err);
    ran
}

/// The bytes of `tensor` in a weights file.
fn tensor(at: &Path, file: &str, tensor: &str) -> Vec<u8> {
    let bytes = fs::read(at.join(file)).expect("weights");
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;
    let about: serde_json::Value = serde_json::from_slice(&bytes[8..header]).expect("a header");
    let place = |end: usize| header + about[tensor]["data_offsets"][end].as_u64().expect("an offset") as usize;
    bytes[place(0)..place(1)].to_vec()
}

#[test]
fn a_network_and_its_controls_start_where_another_ended() {
    let folder = trained();
    let at = folder.path();
    fine(at, &["train", "--run=again.toml", STILL, "--out=same"]);
    let first = "first/small/seed-1/model.safetensors";
    for net in ["small", "only-sin", "only-relu"] {
        let model = format!("same/{net}/seed-1/model.safetensors");
        assert_eq!(tensor(at, &model, "dense1.weight"), tensor(at, first, "dense1.weight"), "{net}");
        assert_eq!(tensor(at, &model, "dense2.bias"), tensor(at, first, "dense2.bias"), "{net}");
    }
    assert!(fs::read_to_string(at.join("same/run.toml")).unwrap().contains("sha256 = \""));

    // Some tensors keep their drawn start, as a network has them that starts from nothing.
    write(at, "drawn.toml", &fs::read_to_string(at.join("small.toml")).unwrap());
    fine(at, &["train", "--run=drawn.toml", STILL, "--epochs=1", "--seeds=1", "--no-controls", "--out=drawn"]);
    fine(at, &["train", "--run=again.toml", STILL, "--with=start.fresh=dense2", "--no-controls", "--out=part"]);
    let (part, drawn) = ("part/small/seed-1/model.safetensors", "drawn/small/seed-1/model.safetensors");
    assert_eq!(tensor(at, part, "dense1.weight"), tensor(at, first, "dense1.weight"));
    assert_eq!(tensor(at, part, "dense2.weight"), tensor(at, drawn, "dense2.weight"));
    assert_ne!(tensor(at, part, "dense2.weight"), tensor(at, first, "dense2.weight"));
}

#[test]
fn all_that_does_not_fit_is_told_before_anything_is_trained() {
    let folder = trained();
    let at = folder.path();
    write(at, "small.net", "net small {\n    input 40\n    dense 8\n    act sin\n    norm layer\n    dense 10\n}\n");
    let refused = hetc(at, &["train", "--run=again.toml", "--out=other"]);
    assert_eq!(refused.code, Some(1), "{}", refused.err);
    assert!(refused.err.contains("error[H0606]") && refused.err.contains("[again.toml:14:11]"), "{}", refused.err);
    let told = ["`dense1.weight` is [16, 40], expected [8, 40]", "`norm1.scale` is missing", "`dense2.weight` is [10, 16]"];
    assert!(told.iter().all(|told| refused.err.contains(told)), "{}", refused.err);
    assert!(!at.join("other").exists());
    // As the message says.
    let fresh = "--with=start.fresh=[\"dense1\", \"norm1\", \"dense2.weight\"]";
    fine(at, &["train", "--run=again.toml", fresh, "--out=other"]);

    let unknown = hetc(at, &["train", "--run=again.toml", "--with=start.fresh=dense7"]);
    assert!(
        unknown.code == Some(1) && unknown.err.contains("`start.fresh` must be names of what `small` trains"),
        "{}",
        unknown.err
    );
    let nowhere = hetc(at, &["train", "--run=again.toml", "--with=start.weights=\"gone.safetensors\""]);
    assert!(nowhere.code == Some(1) && nowhere.err.contains("cannot read"), "{}", nowhere.err);
    write(at, "misspelt.toml", &fs::read_to_string(at.join("again.toml")).unwrap().replace("weights", "weigths"));
    let misspelt = hetc(at, &["check", "misspelt.toml"]);
    assert!(misspelt.code == Some(1) && misspelt.err.contains("a similar name exists: `weights`"), "{}", misspelt.err);
}

#[test]
fn a_run_goes_on_only_with_the_weights_that_it_began_with() {
    let folder = trained();
    let at = folder.path();
    fs::create_dir(at.join("elsewhere")).unwrap();
    let (first, moved) = (at.join("first/small/seed-1/model.safetensors"), at.join("elsewhere/moved.safetensors"));
    fs::copy(&first, &moved).unwrap();
    let moved_file = "--with=start.weights=\"elsewhere/moved.safetensors\"";
    fine(at, &["train", "--run=again.toml", moved_file, "--no-controls", "--out=run"]);
    // What is over needs the file no more; what is to be begun does, and takes no other.
    fs::write(&moved, fs::read(at.join("run/small/seed-1/model.safetensors")).unwrap()).unwrap();
    fine(at, &["train", "--resume=run"]);
    let before = fs::read(at.join("run/small/seed-1/model.safetensors")).unwrap();
    fs::remove_dir_all(at.join("run/small/seed-1")).unwrap();
    let refused = hetc(at, &["train", "--resume=run"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("is not what the run starts from"), "{}", refused.err);
    fs::copy(&first, &moved).unwrap();
    fine(at, &["train", "--resume=run"]);
    assert_eq!(fs::read(at.join("run/small/seed-1/model.safetensors")).unwrap(), before);
}

/// Paths start at the run file's folder, wherever the sweep is started and its folder lies; where a file lies is no part of a point.
#[test]
fn points_of_a_sweep_start_from_weights() {
    let folder = trained();
    let at = folder.path();
    write(
        at,
        "sweep.toml",
        "[sweep]\nspec = \"small.net\"\nrun = \"again.toml\"\n\n[net]\ncells = [\"sin|relu\", \"tanh\"]\n\n[run]\noptimiser.lr = [0]\n",
    );
    fs::create_dir(at.join("below")).unwrap();
    fine(&at.join("below"), &["sweep", "run", "../sweep.toml", "--out=swept"]);
    let points: Vec<String> = fs::read_dir(at.join("below/swept/points"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(points.len(), 4, "{points:?}");
    for point in points {
        let model = format!("below/swept/points/{point}/seed-1/model.safetensors");
        let first = tensor(at, "first/small/seed-1/model.safetensors", "dense1.weight");
        assert_eq!(tensor(at, &model, "dense1.weight"), first, "{point}");
    }
}
