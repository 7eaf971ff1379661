//! The event loop: the one place where app, ui and io meet; owns threads and clock.

use crate::config::Config;
use crate::error::Error;
use crate::io::world::Options;
use crate::runbook::Runbooks;
use crate::runbook::labels::HostRules;
use std::path::PathBuf;
use std::sync::Arc;

/// What a session needs to start. The caller has read files, flags and environment; the session only adds the terminal.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The configuration: keys, preset, theme, contacts, editor, … are taken from it.
    pub config: Config,
    /// The runbooks in force.
    pub books: Arc<Runbooks>,
    /// The Maildirs to show, in order; paths as the person would type them.
    pub maildirs: Vec<PathBuf>,
    /// State folder, configuration folder, read-only, and the time to show instead of the clock's (`--as-of`, tests, demo).
    pub options: Options,
    /// What names hosts.
    pub hosts: HostRules,
    /// A few words for the top left corner and the window title: the Maildir's name, or `demo`.
    pub title: String,
}

/// Runs the interactive session until the person quits.
///
/// Returns the exit code: 0, or 128 + n after signal n. The terminal is restored in every case.
///
/// # Errors
/// Where the keys in the configuration conflict, standard output is no terminal (both exit 2), the state cannot be
/// opened, or no Maildir can be read.
pub fn run(_setup: Setup) -> Result<u8, Error> {
    todo!()
}
