//! Mail to be sent: a Maildir in the state folder whose files are the truth; `state.db` holds their status.

use crate::error::Error;
use crate::mail::Time;
use crate::mail::compose::Outgoing;
use std::path::{Path, PathBuf};

/// The outbox.
#[derive(Debug)]
pub struct Outbox {
    dir: PathBuf,
}

/// A queued mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its number for people and `outbox drop`: the base name's shortest unique start.
    pub id: String,
    /// The whole base name.
    pub base: Vec<u8>,
    /// `queued`, `sending`, `failed` or `unknown`.
    pub state: String,
    /// When it was queued.
    pub at: Time,
    /// Envelope sender.
    pub sender: String,
    /// Envelope recipients.
    pub recipients: Vec<String>,
    /// Subject.
    pub subject: String,
    /// The last failure, cleaned, at most 4 KiB.
    pub error: Option<String>,
}

impl Outbox {
    /// Opens (and creates) the outbox below the state folder.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn open(_state_dir: &Path) -> Result<Outbox, Error> {
        todo!()
    }

    /// Puts a mail in, durably.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put(&self, _mail: &Outgoing) -> Result<Queued, Error> {
        let _ = &self.dir;
        todo!()
    }

    /// What waits, oldest first.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn list(&self) -> Result<Vec<Queued>, Error> {
        todo!()
    }
}
