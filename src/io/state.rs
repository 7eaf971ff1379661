//! The journal: `state.db`, SQLite in WAL mode with full sync. Every act stands in it before it is carried out.

use crate::error::Error;
use crate::triage::told::{Act, ActId};
use std::path::Path;

/// The open journal.
#[derive(Debug)]
pub struct State {
    db: Option<rusqlite::Connection>,
}

impl State {
    /// Opens (and creates) the journal in this folder; refuses a folder of someone else or one that others may write (MR-22).
    ///
    /// # Errors
    /// Where it cannot be opened, is of a newer version or is damaged.
    pub fn open(_dir: &Path) -> Result<State, Error> {
        todo!()
    }

    /// Opens the journal without leaving anything behind; an absent one is empty.
    ///
    /// # Errors
    /// Where it is there and cannot be read.
    pub fn open_read_only(_dir: &Path) -> Result<State, Error> {
        todo!()
    }

    /// Whether nothing can be recorded.
    pub fn read_only(&self) -> bool {
        self.db.is_none()
    }

    /// All acts, oldest first.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn acts(&self) -> Result<Vec<Act>, Error> {
        todo!()
    }

    /// Records an act that is about to be carried out; it is on disk when this returns. Gives it its number.
    ///
    /// # Errors
    /// Where it cannot be written: then the act must not be carried out.
    pub fn begin(&mut self, _act: &mut Act) -> Result<(), Error> {
        todo!()
    }

    /// Records what really came of it.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(&mut self, _act: &Act) -> Result<(), Error> {
        todo!()
    }

    /// Acts that were begun and not finished, for the next start to complete.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn unfinished(&self) -> Result<Vec<ActId>, Error> {
        todo!()
    }
}
