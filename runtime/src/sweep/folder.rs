//! A sweep's folder: what is to be trained, for whoever works at it, on this machine or another.
//!
//! ```text
//! SWEEP/sweep.toml  spec.net            what was asked for last
//! SWEEP/sweep.json                      the points, resolved: changing the files above changes nothing that is under way
//! SWEEP/points/NAME-HASH/plan  run.toml one network with its settings; HASH is of the plan, the settings and the data
//! SWEEP/points/NAME-HASH/seed-N/        one training that is over
//! SWEEP/points/NAME-HASH/seed-N.claim-K seed-N.work-K/    the K-th attempt at it (see `claim`)
//! SWEEP/workers/                        who is at work (see `worker`)
//! SWEEP/results.csv  summary.json  table.txt    what was collected
//! SWEEP/slurm/                          scripts, logs, jobs
//! ```

use super::points::{Design, Part, Point};
use super::slurm::Slurm;
use crate::data::Folders;
use crate::digest::{bytes_hash, data_hash, json};
use crate::error::TrainError;
use crate::experiment::{NotARun, folder_name};
use crate::files;
use crate::find::Found;
use crate::runfile;
use hetc_compiler::plan::Plan;
use hetc_data::Dataset;
use hetc_grammar::span::SourceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Version of the folder's layout.
const FORMAT: u32 = 1;
/// Letters of the hash in a point's folder.
const HASH: usize = 12;
/// Most letters of the name in a point's folder: file systems take 255.
const NAME: usize = 120;

/// A sweep and where it is.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The folder.
    pub folder: PathBuf,
    /// Every point; several may share a folder if they come to the same.
    pub points: Vec<Point>,
    /// One training a seed and folder.
    pub seeds: Vec<u64>,
    /// How it is given to Slurm.
    pub slurm: Slurm,
    /// Where its data are looked for.
    pub data: Folders,
}

/// How a sweep was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// By this version of hetc.
    pub hetc: String,
    /// The last command that named its points.
    pub command: Vec<String>,
    /// When it was begun, in seconds since 1970; sweeps of early versions do not say.
    pub started: Option<u64>,
}

/// One training of a sweep: a point and a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Index of the point; the first of those that share its folder.
    pub point: usize,
    /// Its seed.
    pub seed: u64,
}

/// `sweep.json`
#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    hetc: String,
    command: Vec<String>,
    #[serde(default)]
    started: Option<u64>,
    seeds: Vec<u64>,
    data_folder: Option<PathBuf>,
    #[serde(default)]
    run_folder: Option<PathBuf>,
    slurm: Slurm,
    points: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
    folder: String,
    coordinates: Vec<(String, String)>,
    control: bool,
    parts: Vec<(usize, f64)>,
}

impl Sweep {
    /// Of a design, in `folder`, which may hold a former version of the sweep or nothing yet. Writes nothing.
    pub fn new(folder: &Path, design: Design, data: &BTreeMap<String, Dataset>, slurm: Slurm, folders: Folders) -> Self {
        let Design { mut points, seeds, .. } = design;
        let hashes: BTreeMap<&str, String> = data.iter().map(|(set, data)| (set.as_str(), data_hash(data))).collect();
        let known = known_folders(folder);
        for point in &mut points {
            let data = hashes.get(point.run_file.data_key().as_str()).map_or("", String::as_str);
            let hash = bytes_hash(format!("{}\n{data}", point.fingerprint()).as_bytes())[..HASH].to_string();
            // What was trained keeps its folder under another name of its point.
            point.folder = known.get(&hash).cloned().unwrap_or_else(|| format!("{}-{hash}", readable(&point.name)));
        }
        Self { folder: folder.to_path_buf(), points, seeds, slurm, data: folders }
    }

    /// Writes the folder: points that are not there yet, and then `sweep.json` with the texts that it was made from.
    pub fn save(&self, spec: &str, sweep: &str, command: Vec<String>) -> Result<(), TrainError> {
        for point in &self.points {
            let folder = self.point_folder(point);
            if !folder.exists() {
                self.make(point, &folder)?;
            }
        }
        files::write_shared(&self.folder.join("spec.net"), spec.as_bytes())?;
        files::write_shared(&self.folder.join("sweep.toml"), sweep.as_bytes())?;
        let entry = |point: &Point| Entry {
            name: point.name.clone(),
            folder: point.folder.clone(),
            coordinates: point.coordinates.clone(),
            control: point.control,
            parts: point.parts.iter().map(|part| (part.control, part.share)).collect(),
        };
        let manifest = Manifest {
            format: FORMAT,
            hetc: env!("CARGO_PKG_VERSION").to_string(),
            command,
            started: begun(&self.folder),
            seeds: self.seeds.clone(),
            data_folder: self.data.named.clone(),
            run_folder: self.data.run_file.clone(),
            slurm: self.slurm.clone(),
            points: self.points.iter().map(entry).collect(),
        };
        files::write_shared(&self.folder.join("sweep.json"), &json(&manifest))
    }

    /// Makes a point's folder, whole or not at all; another process may make it at the same time.
    fn make(&self, point: &Point, folder: &Path) -> Result<(), TrainError> {
        let scratch = files::own_sibling(folder);
        std::fs::create_dir_all(&scratch).map_err(TrainError::io("create", &scratch))?;
        files::write(&scratch.join("plan"), point.plan.to_text().as_bytes())?;
        files::write(&scratch.join("run.toml"), runfile::write(&point.run_file).as_bytes())?;
        match std::fs::rename(&scratch, folder) {
            Err(_) if folder.exists() => std::fs::remove_dir_all(&scratch).map_err(TrainError::io("remove", &scratch)),
            renamed => renamed.map_err(TrainError::io("create", folder)),
        }
    }

    /// Reads a folder back.
    pub fn open(folder: &Path) -> Result<Self, NotARun> {
        let manifest = manifest(folder)?;
        let count = manifest.points.len();
        let points: Result<Vec<Point>, NotARun> = manifest.points.into_iter().map(|entry| point(folder, entry, count)).collect();
        let Manifest { seeds, data_folder, run_folder, slurm, .. } = manifest;
        let data = Folders { named: data_folder, run_file: run_folder };
        Ok(Self { folder: folder.to_path_buf(), points: points?, seeds, slurm, data })
    }

    /// How it was made, as its folder says.
    pub fn made(&self) -> Result<Made, NotARun> {
        let Manifest { hetc, command, started, .. } = manifest(&self.folder)?;
        Ok(Made { hetc, command, started })
    }

    /// The folder of a point.
    pub fn point_folder(&self, point: &Point) -> PathBuf {
        self.folder.join("points").join(&point.folder)
    }

    /// Where a point's range tests are kept.
    pub fn rates_path(&self, point: &Point) -> PathBuf {
        self.point_folder(point).join("lr.json")
    }

    /// What the range tests of a point came to, if they are over; a file that cannot be understood is written anew.
    pub fn found(&self, point: &Point) -> Result<Option<Found>, TrainError> {
        Ok(files::read(&self.rates_path(point))?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Every training once, seed by seed, so that early tables compare like with like.
    pub fn places(&self) -> Vec<Place> {
        let networks = self.networks();
        self.seeds.iter().flat_map(|seed| networks.iter().map(|point| Place { point: *point, seed: *seed })).collect()
    }

    /// The points that are trained: of several that share a folder, the first.
    pub fn networks(&self) -> Vec<usize> {
        let mut seen = std::collections::BTreeSet::new();
        (0..self.points.len()).filter(|index| seen.insert(self.points[*index].folder.as_str())).collect()
    }

    /// The names of all axes, in the order in which they first come.
    pub fn axes(&self) -> Vec<&str> {
        let mut axes: Vec<&str> = Vec::new();
        for (axis, _) in self.points.iter().flat_map(|point| &point.coordinates) {
            if !axes.contains(&axis.as_str()) {
                axes.push(axis);
            }
        }
        axes
    }
}

/// `sweep.json` of a folder.
fn manifest(folder: &Path) -> Result<Manifest, NotARun> {
    let refuse = |path: &Path, reason: String| NotARun { path: path.to_path_buf(), reason };
    let path = folder.join("sweep.json");
    if !path.is_file() {
        return Err(refuse(folder, "it holds no `sweep.json`".to_string()));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| refuse(&path, error.to_string()))?;
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| refuse(&path, error.to_string()))?;
    if manifest.format != FORMAT {
        return Err(refuse(&path, format!("its format is {}, this is {FORMAT}", manifest.format)));
    }
    Ok(manifest)
}

/// When the sweep in a folder was begun: now, if there is none yet.
fn begun(folder: &Path) -> Option<u64> {
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs());
    manifest(folder).map_or_else(|_| now(), |former| former.started)
}

/// `cells=swish(2)|relu, optimiser.lr=0.01` as `cells-swish-2-relu-optimiser.lr-0.01`
fn readable(name: &str) -> String {
    let whole = folder_name(name);
    let words: Vec<&str> = whole.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(NAME).collect()
}

/// The folders of points that are there, by their hashes.
fn known_folders(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder.join("points")).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| Some((name.rsplit_once('-')?.1.to_string(), name))).filter(|(hash, _)| hash.len() == HASH).collect()
}

fn point(folder: &Path, entry: Entry, count: usize) -> Result<Point, NotARun> {
    let Entry { name, folder: own, coordinates, control, parts } = entry;
    let refuse = |path: &Path, reason: String| NotARun { path: path.to_path_buf(), reason };
    let place = folder.join("points").join(&own);
    if folder_name(&own) != own || parts.iter().any(|(control, _)| *control >= count) {
        return Err(refuse(&folder.join("sweep.json"), format!("`{own}` is no folder of a point")));
    }
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| refuse(path, error.to_string()));
    let path = place.join("plan");
    let plan = Plan::from_text(&read(&path)?).map_err(|error| refuse(&path, error.to_string()))?;
    let path = place.join("run.toml");
    let (run_file, found) = runfile::read(SourceId(1), &read(&path)?, &[]);
    let reason = || found.first().map_or(String::new(), |diagnostic| diagnostic.headline.clone());
    let run_file = run_file.ok_or_else(|| refuse(&path, reason()))?;
    let parts = parts.into_iter().map(|(control, share)| Part { control, share }).collect();
    Ok(Point { name, coordinates, plan, run_file, control, parts, folder: own })
}
