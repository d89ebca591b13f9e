//! Reading a file of samples, packed with gzip or not.

use crate::{DataError, digest};
use flate2::read::MultiGzDecoder;
use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

/// The most bytes a file may unpack to: several times the largest known file, and less than would exhaust a small machine.
const LIMIT: u64 = 1 << 30;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The unpacked contents of a file.
pub struct Contents {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

impl Contents {
    /// Reads a file, unpacking it if it begins like gzip.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        Self::read_up_to(path, LIMIT)
    }

    pub(crate) fn read_up_to(path: &Path, limit: u64) -> Result<Self, DataError> {
        let unreadable = |cause| DataError::Read { path: path.into(), cause };
        let file = File::open(path).map_err(unreadable)?;
        let mut start = Vec::new();
        (&file).take(GZIP.len() as u64).read_to_end(&mut start).map_err(unreadable)?;
        let whole = BufReader::new(io::Cursor::new(start.clone()).chain(file));
        let mut bytes = Vec::new();
        if start == GZIP {
            let broken = |cause| DataError::Gzip { path: path.into(), cause };
            MultiGzDecoder::new(whole).take(limit + 1).read_to_end(&mut bytes).map_err(broken)?;
        } else {
            whole.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        }
        if bytes.len() as u64 > limit {
            return Err(DataError::TooLarge { path: path.into(), limit });
        }
        Ok(Self { path: path.into(), bytes })
    }

    /// The SHA-256 of the unpacked contents.
    pub fn sha256(&self) -> String {
        digest::sha256(&self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DataErrorKind;

    #[test]
    fn refuses_what_unpacks_to_too_much() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, packed) = (folder.path().join("plain"), folder.path().join("packed.gz"));
        std::fs::write(&plain, [0; 11]).unwrap();
        std::fs::write(&packed, crate::fixture::gzip(&[0; 11])).unwrap();
        for path in [plain, packed] {
            assert_eq!(Contents::read_up_to(&path, 11).unwrap().bytes, [0; 11]);
            assert_eq!(Contents::read_up_to(&path, 10).err().unwrap().kind(), DataErrorKind::TooLarge);
        }
    }
}
