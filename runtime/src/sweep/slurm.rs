//! A sweep for a cluster's queue: the script that `sbatch` takes.

use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::path::Path;

/// Most tasks of an array where the file does not say: Slurm's own default limit is 1001.
const MOST_TASKS: u32 = 1_000;
/// Seconds between Slurm's request to stop and the end: a step and a checkpoint fit in.
const NOTICE: u32 = 90;

/// `[slurm]` of a sweep file. What is `None` is left to the cluster.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Slurm {
    /// `--partition`
    pub partition: Option<String>,
    /// `--account`
    pub account: Option<String>,
    /// `--time` of one task: `2:00:00`
    pub time: Option<String>,
    /// `--cpus-per-task`: a task trains as many at a time.
    pub cpus: u32,
    /// `--mem` of one task: `4G`
    pub mem: Option<String>,
    /// Tasks of the array; without it, enough that each has one training a processor, or `chunk`.
    pub tasks: Option<u32>,
    /// Tasks at a time.
    pub at_once: Option<u32>,
    /// A task ends after so many trainings; without it, when none is left.
    pub chunk: Option<u32>,
    /// Lines for the shell before hetc starts: `module load …`
    pub setup: Vec<String>,
    /// More options for sbatch.
    pub options: Vec<String>,
}

impl Slurm {
    /// Tasks of an array for so many trainings.
    pub fn array(&self, trainings: usize) -> u32 {
        let each = self.chunk.unwrap_or(self.cpus).max(1);
        let needed = u32::try_from(trainings).unwrap_or(u32::MAX).div_ceil(each).max(1);
        self.tasks.map_or(needed.min(MOST_TASKS), |tasks| tasks.min(needed))
    }

    /// The script: a job array whose tasks take trainings from the sweep in `folder` until none is left.
    pub fn script(&self, name: &str, hetc: &Path, folder: &Path, trainings: usize) -> String {
        let (last, logs) = (self.array(trainings) - 1, folder.join("slurm"));
        let at_once = self.at_once.map_or(String::new(), |most| format!("%{most}"));
        let mut script = "#!/bin/bash\n".to_string();
        let mut option = |text: String| _ = writeln!(script, "#SBATCH {text}"); // writing to a string cannot fail
        option(format!("--job-name={}", word(name)));
        option(format!("--array=0-{last}{at_once}"));
        option(format!("--cpus-per-task={}", self.cpus.max(1)));
        for (flag, value) in
            [("partition", &self.partition), ("account", &self.account), ("time", &self.time), ("mem", &self.mem)]
        {
            value.iter().for_each(|value| option(format!("--{flag}={value}")));
        }
        option(format!("--output={}/%A_%a.log", quoted(&logs)));
        option("--open-mode=append".to_string());
        option("--requeue".to_string());
        // To the shell of the script, which hetc takes the place of.
        option(format!("--signal=B:TERM@{NOTICE}"));
        self.options.iter().for_each(|text| option(text.clone()));
        script.push('\n');
        self.setup.iter().for_each(|line| script += &format!("{line}\n"));
        let chunk = self.chunk.map_or(String::new(), |chunk| format!(" --chunk {chunk}"));
        let (hetc, folder, cpus) = (quoted(hetc), quoted(folder), self.cpus.max(1));
        script + &format!("exec {hetc} sweep work {folder} --task \"$SLURM_ARRAY_TASK_ID\" --threads {cpus}{chunk}\n")
    }
}

/// A name without blanks.
fn word(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect()
}

/// A path for the shell, and for an option of sbatch, which reads quotes as the shell does.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = text.chars().all(|c| c.is_alphanumeric() || "/._-+=:,@".contains(c));
    if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slurm() -> Slurm {
        Slurm { cpus: 4, time: Some("1:00:00".to_string()), ..Slurm::default() }
    }

    #[test]
    fn an_array_has_a_task_for_what_each_does() {
        assert_eq!(slurm().array(0), 1);
        assert_eq!(slurm().array(4), 1);
        assert_eq!(slurm().array(5), 2);
        assert_eq!(slurm().array(1_000_000), MOST_TASKS);
        assert_eq!(Slurm { chunk: Some(10), ..slurm() }.array(25), 3);
        assert_eq!(Slurm { tasks: Some(2), ..slurm() }.array(25), 2);
        assert_eq!(Slurm { tasks: Some(9), ..slurm() }.array(5), 2, "no task without work");
    }

    #[test]
    fn the_script_says_everything() {
        let slurm = Slurm { at_once: Some(3), chunk: Some(10), setup: vec!["module load x".to_string()], ..slurm() };
        let script = slurm.script("a grid", Path::new("/opt/hetc"), Path::new("/data/my sweeps/it's"), 25);
        let expected = "#!/bin/bash
#SBATCH --job-name=a-grid
#SBATCH --array=0-2%3
#SBATCH --cpus-per-task=4
#SBATCH --time=1:00:00
#SBATCH --output='/data/my sweeps/it'\\''s/slurm'/%A_%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:TERM@90

module load x
exec /opt/hetc sweep work '/data/my sweeps/it'\\''s' --task \"$SLURM_ARRAY_TASK_ID\" --threads 4 --chunk 10
";
        assert_eq!(script, expected);
    }
}
