//! Checksums as the hexadecimal text in which they are published.

use md5::Md5;
use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Both checksums of a stream of bytes.
#[derive(Default)]
pub struct Checksums {
    md5: Md5,
    sha256: Sha256,
}

impl Checksums {
    /// Takes the next bytes in.
    pub fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sha256.update(bytes);
    }

    /// MD5 and SHA-256 of everything taken in.
    pub fn finish(self) -> (String, String) {
        (hex(&self.md5.finalize()), hex(&self.sha256.finalize()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
