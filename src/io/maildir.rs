//! Maildirs on the system calls.
//!
//! The `maildir` crate is used where it is right: creating Maildirs and folders, writing the demo. The operator's own
//! mail is listed, read and flagged here, because the crate hides unreadable folders and odd names, rewrites unknown
//! flags, overwrites on a move and changes names that are not UTF-8 (measured, version 0.6.6).

use crate::error::Error;
use crate::mail::{FileName, Flags, Time};
use crate::triage::row::{Odd, Place};
use std::path::{Path, PathBuf};

/// A folder found on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Name within the Maildir; empty for the inbox.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
}

/// An entry of `new` or `cur`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which of the two.
    pub place: Place,
    /// Its name.
    pub name: FileName,
    /// Inode number, from the directory.
    pub ino: u64,
    /// Set where it is no regular file.
    pub odd: Option<Odd>,
}

/// A listing of one folder.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// The entries, in no order; dot files are left out.
    pub entries: Vec<Entry>,
    /// Whether both directories stood still meanwhile: only then does absence mean "gone" (MR-11).
    pub trusted: bool,
    /// Changes whenever one of the directories changed (mtime in ns, ctime, inode of both).
    pub stamp: [i128; 6],
}

/// A mail as read from disk.
#[derive(Debug, Clone)]
pub struct ReadMail {
    /// The bytes, at most [`crate::mail::parse::FILE_CAP`].
    pub bytes: Vec<u8>,
    /// Size of the file.
    pub size: u64,
    /// Its modification time.
    pub mtime: Time,
    /// Its inode.
    pub ino: u64,
    /// Where it was found (it may have been renamed meanwhile).
    pub place: Place,
    /// Its name now.
    pub name: FileName,
}

/// Why an operation on one mail did not happen.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Not in this folder any more: moved or deleted by another program (MR-10).
    #[error("gone: moved or deleted by another program")]
    Gone,
    /// The name must be left alone (MR-6, MR-16).
    #[error("{0}")]
    Refused(&'static str),
    /// No regular file (MR-14).
    #[error("not a mail: {0}")]
    NotAMail(&'static str),
    /// The folder or the whole program is read-only.
    #[error("read-only: nothing is changed")]
    ReadOnly,
    /// A system call failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What a flag change did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flagged {
    /// Flags that were not set before and are now.
    pub added: Flags,
    /// Flags that were set before and are not now.
    pub removed: Flags,
    /// Where it lies now.
    pub place: Place,
    /// Its name now.
    pub name: FileName,
}

/// All folders of a Maildir: the inbox, Maildir++ subfolders and nested Maildirs, sorted by name.
///
/// # Errors
/// Where the root is no Maildir or cannot be read (never an empty list instead).
pub fn folders(_root: &Path) -> Result<Vec<Found>, Error> {
    todo!()
}

/// Lists a folder (MR-11). Retries until the pass is trusted, at most 5 times.
///
/// # Errors
/// Where `new` or `cur` cannot be read.
pub fn scan(_folder: &Path) -> Result<Scan, Error> {
    todo!()
}

/// The stamp of a folder alone, cheap (two `stat` calls).
///
/// # Errors
/// Where one of the directories cannot be looked at.
pub fn stamp(_folder: &Path) -> Result<[i128; 6], Error> {
    todo!()
}

/// Reads a mail (MR-10, MR-14). Changes nothing, not even atime where that can be helped.
///
/// # Errors
/// See [`MailError`].
pub fn read(_folder: &Path, _place: Place, _name: &FileName) -> Result<ReadMail, MailError> {
    todo!()
}

/// Finds a mail by its base name, wherever it lies in this folder now (MR-10).
///
/// # Errors
/// [`MailError::Gone`] or a failed system call.
pub fn find(_folder: &Path, _base: &[u8]) -> Result<(Place, FileName), MailError> {
    todo!()
}

/// Adds and removes flags, from the name on disk now (MR-7 to MR-10); moves it from `new` to `cur`.
///
/// # Errors
/// See [`MailError`]; nothing was changed then.
pub fn set_flags(
    _folder: &Path,
    _base: &[u8],
    _hint: Option<(Place, &FileName)>,
    _add: Flags,
    _remove: Flags,
) -> Result<Flagged, MailError> {
    todo!()
}

/// Delivers a new mail durably: tmp, write, sync, link, sync the directory (MR-2, MR-15, reliability fact 12).
///
/// # Errors
/// A failed system call; our tmp file is removed then.
pub fn deliver(_folder: &Path, _place: Place, _flags: Flags, _bytes: &[u8]) -> Result<FileName, MailError> {
    todo!()
}
