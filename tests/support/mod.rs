//! Running the built command line.
#![allow(dead_code, missing_docs)] // each test file uses its part

pub mod editor;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The command, in `folder`, with an environment that does not change pictures.
pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hetc"));
    command.current_dir(folder).args(args).env_remove("HETC_DATA").env("XDG_DATA_HOME", folder);
    command.env("NO_COLOR", "1").env("LC_ALL", "C.UTF-8").env_remove("HETC_ASCII").env_remove("CLICOLOR_FORCE");
    command
}

pub fn hetc(folder: &Path, args: &[&str]) -> Ran {
    ran(command(folder, args).output().expect("hetc starts"))
}

pub fn ran(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).expect("hetc writes UTF-8");
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

impl Ran {
    /// Everything a user sees, for snapshots.
    pub fn picture(&self) -> String {
        let code = self.code.map_or("killed".to_string(), |code| code.to_string());
        format!("exit code {code}\n----- standard output\n{}----- standard error\n{}", self.out, self.err)
    }
}

/// The files of a folder of the repository with one extension, by name.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|other| other == extension)).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} holds no `.{extension}` file");
    files
}

/// What `hetc check --format json` says.
pub fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error} in\n{}\n{}", ran.out, ran.err))
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with one small spec and one run file: two epochs of MNIST-1D.
pub fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), "small.net", SMALL);
    write(folder.path(), "small.toml", RUN);
    folder
}

pub fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file can be written");
}

pub const SMALL: &str = "net small(cells = sin|relu) {
    input 40

    dense 16
    act cells
    dropout 0.1
    dense 10
}
";

pub const RUN: &str = r#"[data]
set = "mnist1d"

[train]
epochs = 2
batch = 200
seeds = 2

[optimiser]
kind = "adam"
lr = 0.01
"#;
