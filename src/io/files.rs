//! Configuration, runbook files, saved attachments: small files, read and written whole.

use crate::error::Error;
use std::path::{Path, PathBuf};

/// A file that holds configuration or a runbook: name for people, and text.
pub type NamedText = (String, String);

/// All `.md` files below a folder, sorted by path; files over 1 MiB, symbolic links out of the folder and invalid UTF-8
/// are reported, not read.
///
/// # Errors
/// Where the folder cannot be read.
pub fn read_runbooks(_dir: &Path) -> Result<(Vec<NamedText>, Vec<crate::error::Diagnostic>), Error> {
    todo!()
}

/// Saves bytes under a safe name into a folder: inside it, 0600, never over a file or through a link; `-1`, `-2`, … is
/// added where the name is taken (C44).
///
/// # Errors
/// Where it cannot be written.
pub fn save(_dir: &Path, _safe_name: &str, _bytes: &[u8]) -> Result<PathBuf, Error> {
    todo!()
}
