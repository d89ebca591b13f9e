//! Files that are whole or absent, never half written.

use crate::error::TrainError;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Writes `bytes` to `path`: to a sibling first, which takes the name once it is on the disk.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    let sibling = write_sibling(path, bytes)?;
    rename(&sibling, path)
}

/// The first half of [`write()`]: the sibling, on the disk.
pub fn write_sibling(path: &Path, bytes: &[u8]) -> Result<PathBuf, TrainError> {
    let sibling = sibling(path);
    let written = File::create(&sibling).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(TrainError::io("write", path))?;
    Ok(sibling)
}

/// The second half: gives a file its name, for good.
pub fn rename(from: &Path, to: &Path) -> Result<(), TrainError> {
    fs::rename(from, to).map_err(TrainError::io("write", to))?;
    sync_folder_of(to)
}

/// Adds `line` to a file of lines and returns the file's new length. It is on the disk only after [`sync`].
pub fn append_line(path: &Path, line: &str) -> Result<u64, TrainError> {
    let appended = OpenOptions::new().append(true).create(true).open(path).and_then(|mut file| {
        file.write_all(format!("{line}\n").as_bytes())?;
        Ok(file.metadata()?.len())
    });
    appended.map_err(TrainError::io("write", path))
}

/// Brings a file to the disk, if it is there.
pub fn sync(path: &Path) -> Result<(), TrainError> {
    match File::open(path).and_then(|file| file.sync_all()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(TrainError::io("write", path)(error)),
        _ => Ok(()),
    }
}

/// Cuts a file back to `len` bytes; one that does not exist has none.
pub fn truncate(path: &Path, len: u64) -> Result<(), TrainError> {
    let cut = OpenOptions::new().write(true).create(true).truncate(false).open(path).and_then(|file| {
        file.set_len(len)?;
        file.sync_all()
    });
    cut.map_err(TrainError::io("write", path))
}

/// Removes a file, if it is there.
pub fn remove(path: &Path) -> Result<(), TrainError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(TrainError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// The file's bytes; `None` if there is no such file.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, TrainError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(TrainError::io("read", path)(error)),
    }
}

/// Where a file is written before it gets its name. One fixed name: what a killed run left is overwritten by the next.
pub fn sibling(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".tmp");
    path.with_file_name(name)
}

/// As [`write()`], where other processes may write the same file at the same time: the last one stays, whole.
pub fn write_shared(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    let sibling = own_sibling(path);
    let written = File::create(&sibling).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(TrainError::io("write", path))?;
    rename(&sibling, path)
}

/// As [`sibling`], with a name that no other process has, nor this one a second time.
pub fn own_sibling(path: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{since:x}-{process}-{count}.tmp"));
    path.with_file_name(name)
}

/// A new name is on the disk only once its folder is. Systems where folders cannot be synced do without.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), TrainError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(TrainError::io("write", folder))
    } else {
        Ok(())
    }
}
