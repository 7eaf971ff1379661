//! Reading folders into rows: in the background with progress for the screen, or all at once for commands; and
//! watching them for changes (MR-11, MR-12).

use crate::error::Error;
use crate::runbook::Runbooks;
use crate::runbook::labels::HostRules;
use crate::triage::row::{Change, Folder};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

/// Asks a running [`Loader`] for something.
#[derive(Debug)]
pub enum Ask {
    /// Scan all folders now.
    Rescan,
    /// Classify everything again with these runbooks.
    Runbooks(Arc<Runbooks>),
    /// End.
    Stop,
}

/// A reader that runs in the background and sends changes.
#[derive(Debug)]
pub struct Loader {
    /// Where to ask it for something.
    pub ask: Sender<Ask>,
    /// What it found, in order.
    pub changes: Receiver<Change>,
}

/// The folders of these Maildirs.
///
/// # Errors
/// Where a Maildir cannot be read.
pub fn folders(_maildirs: &[std::path::PathBuf], _read_only: bool) -> Result<Vec<Folder>, Error> {
    todo!()
}

/// Starts reading in the background: newest mail first, in batches; afterwards watches (stamps every second, a full
/// scan every 30 s).
pub fn start(_maildirs: Vec<std::path::PathBuf>, _read_only: bool, _books: Arc<Runbooks>, _hosts: HostRules) -> Loader {
    todo!()
}

/// Reads everything and returns the changes, for commands.
///
/// # Errors
/// Where a Maildir is missing or is none; unreadable folders are [`Change::FolderError`]s.
pub fn all(
    _maildirs: &[std::path::PathBuf],
    _read_only: bool,
    _books: &Runbooks,
    _hosts: &HostRules,
) -> Result<Vec<Change>, Error> {
    todo!()
}
