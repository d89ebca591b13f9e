//! Who is at work in a sweep's folder: one small file a process, written again and again as long as the process lives.
//!
//! Machines that share a folder may disagree about the time, so ages are differences of two file times that the folder's own file
//! system gave. On one machine nobody waits: a process that is gone is gone.

use crate::digest::json;
use crate::error::TrainError;
use crate::files;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

/// Signs of life in one lease.
const SIGNS: u32 = 4;

/// `workers/NAME.json`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Its machine.
    pub machine: Machine,
    /// Its process.
    pub process: u32,
    /// When its process started, as the system counts.
    pub started: Option<u64>,
    /// The task of a cluster's array.
    pub task: Option<u32>,
    /// So long without a sign of life, and others take over, in seconds.
    pub lease: f64,
}

/// A machine, or a part of one that has its own processes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// What it is called.
    pub host: String,
    /// What tells it from others of this name, and from itself before it was started again.
    pub identity: Option<String>,
}

impl Machine {
    fn this() -> Self {
        let read = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_string());
        let host = read("/proc/sys/kernel/hostname").or_else(|| std::env::var("HOSTNAME").ok());
        let processes = fs::read_link("/proc/self/ns/pid").ok();
        let identity = read("/proc/sys/kernel/random/boot_id").zip(processes);
        Self {
            host: host.unwrap_or_else(|| "machine".to_string()),
            identity: identity.map(|(boot, processes)| format!("{boot} {}", processes.display())),
        }
    }
}

/// This process as a worker. When it goes, its file goes, and others may take over at once.
pub struct Worker {
    name: String,
    folder: PathBuf,
    about: About,
    /// When it last gave a sign of life.
    last: Arc<Mutex<Instant>>,
    beating: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Worker {
    /// Begins to work at the sweep in `folder`.
    pub fn start(folder: &Path, task: Option<u32>, lease: Duration) -> Result<Self, TrainError> {
        let folder = folder.join("workers");
        fs::create_dir_all(&folder).map_err(TrainError::io("create", &folder))?;
        let (machine, process) = (Machine::this(), std::process::id());
        let host: String = machine.host.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
        let name = format!("{host}-{process}-{since:x}");
        let about = About { machine, process, started: started(process), task, lease: lease.as_secs_f64() };
        let path = path(&folder, &name);
        files::write(&path, &json(&about))?;
        let (sender, stop) = channel();
        let text = json(&about);
        let last = Arc::new(Mutex::new(Instant::now()));
        let beaten = last.clone();
        let beat = move || {
            while stop.recv_timeout(lease / SIGNS) == Err(RecvTimeoutError::Timeout) {
                // If it cannot be written, others will take over.
                if fs::write(&path, &text).is_ok() {
                    *beaten.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                }
            }
        };
        Ok(Self { name, folder, about, last, beating: Some((sender, std::thread::spawn(beat))) })
    }

    /// What claims call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the worker `name` lives, as far as can be told; without a name (a claim whose worker has not written its name yet), whether
    /// `claim` is young.
    pub fn lives(&self, name: &str, claim: &Path) -> bool {
        if name == self.name {
            return true;
        }
        let path = if name.is_empty() { claim.to_path_buf() } else { path(&self.folder, name) };
        let (Some(then), Some(now)) = (written(&path), written(&self::path(&self.folder, &self.name))) else { return false };
        let about: Option<About> = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let lease = about.as_ref().map_or(self.about.lease, |about| about.lease);
        if about.is_some_and(|about| self.knows_dead(&about)) {
            return false;
        }
        // Our own sign of life is some time old as well.
        let since = self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        let age = now.duration_since(then).unwrap_or_default() + since;
        age.as_secs_f64() < lease * f64::from(SIGNS + 1) / f64::from(SIGNS)
    }

    /// On the same machine, a process that is not there.
    fn knows_dead(&self, other: &About) -> bool {
        let here = self.about.machine.identity.is_some() && self.about.machine == other.machine;
        here && (started(other.process).is_none() || started(other.process) != other.started)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.beating.take() {
            drop(sender);
            let _ = thread.join();
        }
        let _ = fs::remove_file(path(&self.folder, &self.name)); // one that stays is taken for dead in time
    }
}

fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.json"))
}

/// When a file was last written, by the file system's clock.
fn written(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// When a process started, in the system's ticks; `None` if there is none, or where the system does not tell. A process that has ended but
/// that nobody has asked about yet is none.
fn started(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    let ended = matches!(fields.next()?, "Z" | "X");
    fields.nth(18).filter(|_| !ended)?.parse().ok()
}

/// Everyone who seems to be at work in a folder, by this machine's clock.
pub fn at_work(folder: &Path) -> Vec<(String, About)> {
    let entries = fs::read_dir(folder.join("workers")).into_iter().flatten().filter_map(Result::ok);
    let mut workers: Vec<(String, About)> = entries
        .filter_map(|entry| {
            let about: About = serde_json::from_slice(&fs::read(entry.path()).ok()?).ok()?;
            let age = SystemTime::now().duration_since(written(&entry.path())?).unwrap_or_default();
            let name = entry.path().file_stem()?.to_str()?.to_string();
            let here = about.machine == Machine::this() && about.machine.identity.is_some();
            let gone = here && (started(about.process).is_none() || started(about.process) != about.started);
            (!gone && age.as_secs_f64() < 1.5 * about.lease).then_some((name, about))
        })
        .collect();
    workers.sort_by(|(a, _), (b, _)| a.cmp(b));
    workers
}
