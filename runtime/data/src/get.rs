//! Downloads: verified before they get their final names, and never in place of files that are there.

use crate::{
    DataError,
    digest::Checksums,
    file::Contents,
    registry::{self, Download, Found, KnownSet},
};
use flate2::read::GzDecoder;
use std::{
    fs::{self, File},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};
use tempfile::NamedTempFile;

/// How to download.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address that the files stand below, in place of the set's own: a mirror. The checksums stay the published ones.
    pub base: Option<String>,
    /// How often to try each file.
    pub attempts: u32,
    /// How long to wait before the second try; doubled for each further one.
    pub pause: Duration,
    /// How long the server may be silent.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { base: None, attempts: 3, pause: Duration::from_secs(1), patience: Duration::from_secs(60) }
    }
}

/// How far the download of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file.
    pub file: &'a str,
    /// The bytes that have arrived.
    pub done: u64,
    /// The bytes of the published file.
    pub total: u64,
}

/// Downloads a known set into a folder and returns the folder that holds its files.
///
/// What is there already stays; files other than the published ones are an error.
pub fn get(name: &str, folder: &Path, options: &Options, progress: &mut dyn FnMut(Progress)) -> Result<PathBuf, DataError> {
    get_set(registry::find(name)?, folder, options, progress)
}

/// [`get`] for a set that need not be in the table.
pub fn get_set(
    set: &KnownSet,
    folder: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, DataError> {
    if set.downloads.is_empty() {
        return Err(match set.format {
            None => DataError::NothingToGet { set: set.name },
            Some(_) => DataError::ByHand { set: set.name, home: set.home },
        });
    }
    let look = registry::look_in(set, folder.into());
    if look.found == Found::Whole && registry::is_published(set, &look.folder)? {
        return Ok(look.folder);
    }
    if look.found != Found::Nothing && (set.inner.is_some() || look.found == Found::Whole) {
        return Err(DataError::WouldReplace { path: look.folder });
    }
    fs::create_dir_all(folder).map_err(|cause| DataError::Write { path: folder.into(), cause })?;
    for download in set.downloads {
        let client = Client { set, options, download };
        match set.inner {
            Some(inner) => client.get_archive(folder, inner, progress)?,
            None => client.get_file(folder, progress)?,
        }
    }
    Ok(set.inner.map_or(folder.into(), |inner| folder.join(inner)))
}

/// Fetches one published file.
struct Client<'a> {
    set: &'a KnownSet,
    options: &'a Options,
    download: &'a Download,
}

impl Client<'_> {
    fn url(&self) -> String {
        let base = self.options.base.as_deref().unwrap_or(self.set.base);
        format!("{}/{}", base.trim_end_matches('/'), self.download.file)
    }

    fn get_file(&self, folder: &Path, progress: &mut dyn FnMut(Progress)) -> Result<(), DataError> {
        let name = self.download.file.trim_end_matches(".gz");
        if let Some(path) = registry::path_in(folder, name) {
            return self.keep(name, path);
        }
        let target = folder.join(self.download.file);
        match self.fetch(folder, progress)?.persist_noclobber(&target) {
            Ok(_) => Ok(()),
            Err(error) => Err(DataError::Write { path: target, cause: error.error }),
        }
    }

    /// Leaves a file that is there as it is, if its contents are the published ones.
    fn keep(&self, name: &str, path: PathBuf) -> Result<(), DataError> {
        let sha256 = Contents::read(&path)?.sha256();
        match self.set.files.iter().any(|file| file.name == name && file.sha256 == sha256) {
            true => Ok(()),
            false => Err(DataError::WouldReplace { path }),
        }
    }

    fn get_archive(&self, folder: &Path, inner: &str, progress: &mut dyn FnMut(Progress)) -> Result<(), DataError> {
        let mut archive = self.fetch(folder, progress)?;
        let unwritable = |cause| DataError::Write { path: folder.into(), cause };
        archive.rewind().map_err(unwritable)?;
        let unpacked = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(folder).map_err(unwritable)?;
        let from = unpacked.path().join(inner);
        fs::create_dir(&from).map_err(unwritable)?;
        self.unpack(archive.as_file(), inner, &from)?;
        let target = folder.join(inner);
        fs::rename(&from, &target).map_err(|cause| DataError::Write { path: target, cause })
    }

    /// Unpacks the files of the set, and nothing else, into a folder.
    fn unpack(&self, archive: &File, inner: &str, folder: &Path) -> Result<(), DataError> {
        let broken = |cause: io::Error| self.archive_error(format!("does not unpack: {cause}"));
        let mut missing: Vec<&str> = self.set.files.iter().map(|file| file.name).collect();
        let mut archive = tar::Archive::new(GzDecoder::new(io::BufReader::new(archive)));
        for entry in archive.entries().map_err(broken)? {
            let mut entry = entry.map_err(broken)?;
            let path = entry.path().map_err(broken)?.into_owned();
            let Some(place) = missing.iter().position(|name| path == Path::new(inner).join(name)) else { continue };
            let name = missing.swap_remove(place);
            if !entry.header().entry_type().is_file() {
                return Err(self.archive_error(format!("holds `{name}` as something other than a file")));
            }
            let path = folder.join(name);
            let unwritable = |cause| DataError::Write { path: path.clone(), cause };
            let mut file = File::create_new(&path).map_err(unwritable)?;
            copy(&mut entry, broken, &mut file, unwritable, &mut |_| Ok(()))?;
            file.sync_all().map_err(unwritable)?;
        }
        match missing.first() {
            Some(name) => Err(self.archive_error(format!("lacks `{name}`"))),
            None => Ok(()),
        }
    }

    fn archive_error(&self, reason: String) -> DataError {
        DataError::Archive { url: self.url(), reason }
    }

    /// Downloads into a temporary file of `folder`, which vanishes unless it gets a name; tries again where that can help.
    fn fetch(&self, folder: &Path, progress: &mut dyn FnMut(Progress)) -> Result<NamedTempFile, DataError> {
        let mut pause = self.options.pause;
        for _ in 1..self.options.attempts {
            match self.fetch_once(folder, progress) {
                Err(error) if is_passing(&error) => thread::sleep(pause),
                result => return result,
            }
            pause *= 2;
        }
        self.fetch_once(folder, progress)
    }

    fn fetch_once(&self, folder: &Path, progress: &mut dyn FnMut(Progress)) -> Result<NamedTempFile, DataError> {
        let url = self.url();
        let mut body = self.open(&url)?;
        let announced = body.content_length();
        let mut file = temporary(folder).map_err(|cause| DataError::Write { path: folder.into(), cause })?;
        let path = file.path().to_path_buf();
        let unwritable = |cause| DataError::Write { path: path.clone(), cause };
        let (mut sums, mut done) = (Checksums::default(), 0);
        let arrived = std::cell::Cell::new(0);
        let broken = |cause: io::Error| match announced {
            Some(expected) => DataError::CutShort { url: url.clone(), expected, found: arrived.get() },
            None => DataError::Network { url: url.clone(), reason: cause.to_string() },
        };
        copy(&mut body.as_reader(), broken, &mut file, unwritable, &mut |bytes| {
            sums.update(bytes);
            done += bytes.len() as u64;
            arrived.set(done);
            if done > self.download.bytes {
                return Err(DataError::TooLong { url: url.clone(), expected: self.download.bytes });
            }
            progress(Progress { file: self.download.file, done, total: self.download.bytes });
            Ok(())
        })?;
        if let Some(expected) = announced.filter(|&expected| done < expected) {
            return Err(DataError::CutShort { url, expected, found: done });
        }
        self.verify(sums)?;
        file.as_file().sync_all().map_err(unwritable)?;
        Ok(file)
    }

    fn open(&self, url: &str) -> Result<ureq::Body, DataError> {
        let patience = Some(self.options.patience);
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .https_only(url.starts_with("https:"))
            .timeout_connect(patience)
            .timeout_recv_response(patience)
            .timeout_per_read(patience)
            .build();
        let response = config.new_agent().get(url).call();
        let response = response.map_err(|error| DataError::Network { url: url.into(), reason: error.to_string() })?;
        match response.status().as_u16() {
            200 => Ok(response.into_body()),
            status => Err(DataError::Status { url: url.into(), status }),
        }
    }

    fn verify(&self, sums: Checksums) -> Result<(), DataError> {
        let (md5, sha256) = sums.finish();
        for (algorithm, expected, found) in [("MD5", self.download.md5, md5), ("SHA-256", self.download.sha256, sha256)] {
            if found != expected {
                return Err(DataError::Checksum { url: self.url(), algorithm, expected: expected.into(), found });
            }
        }
        Ok(())
    }
}

/// Whether a second try may succeed.
fn is_passing(error: &DataError) -> bool {
    match error {
        DataError::Network { .. } | DataError::CutShort { .. } => true,
        DataError::Status { status, .. } => matches!(status, 408 | 429 | 500..),
        _ => false,
    }
}

/// Copies a stream, telling trouble at its source from trouble at its target, and shows each piece to `see`.
fn copy(
    from: &mut impl Read,
    unreadable: impl Fn(io::Error) -> DataError,
    to: &mut impl Write,
    unwritable: impl Fn(io::Error) -> DataError,
    see: &mut dyn FnMut(&[u8]) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => {
                see(&buffer[..n])?;
                to.write_all(&buffer[..n]).map_err(&unwritable)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
}

/// A temporary file with the permissions of an ordinary one.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".downloading-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
