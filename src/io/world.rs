//! Carries out effects: journal first, then Maildir; outbox first, then transport.

use super::outbox::Outbox;
use super::state::State;
use crate::app::effect::{Effect, Outcome};
use crate::config::Config;
use crate::error::Error;
use crate::mail::Time;
use crate::triage::row::Folder;
use crate::triage::told::Act;
use std::path::PathBuf;

/// What was asked for on the command line that the world must know.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The state folder.
    pub state_dir: PathBuf,
    /// The configuration folder, for kept contacts.
    pub config_dir: PathBuf,
    /// Change no byte and no mtime.
    pub read_only: bool,
    /// The time to record instead of the clock's, for tests and the demo.
    pub now: Option<Time>,
}

/// The world: journal, outbox, Maildirs.
#[derive(Debug)]
pub struct World {
    config: Config,
    options: Options,
    folders: Vec<Folder>,
    state: State,
    outbox: Option<Outbox>,
}

impl World {
    /// Opens journal and outbox and completes what a killed run left unfinished.
    ///
    /// # Errors
    /// Where the state cannot be opened.
    pub fn open(_config: Config, _options: Options, _folders: Vec<Folder>) -> Result<World, Error> {
        todo!()
    }

    /// All acts so far, oldest first.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub fn acts(&self) -> Result<Vec<Act>, Error> {
        let _ = (&self.config, &self.options, &self.folders, &self.state, &self.outbox);
        todo!()
    }

    /// The folders changed.
    pub fn set_folders(&mut self, folders: Vec<Folder>) {
        self.folders = folders;
    }

    /// Carries out one effect. Never panics; failure is an [`Outcome::Failed`] in words.
    pub fn perform(&mut self, _effect: Effect) -> Outcome {
        todo!()
    }
}
