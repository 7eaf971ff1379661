//! Sending through a sendmail-compatible command: argv without a shell, recipients after `--`, time-out (C51, C52).

use std::time::Duration;

/// A sendmail-compatible command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sendmail {
    /// Program and fixed arguments.
    pub command: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// Accepted.
    Sent,
    /// Not accepted; may be tried again (exit 75, could not start for lack of resources).
    Later(String),
    /// Not accepted, and trying again is of no use before something is changed.
    Failed(String),
    /// It may or may not have been accepted (killed, timed out after all was written).
    Unknown(String),
}

impl Sendmail {
    /// Hands one mail over: `command… -i -f sender -- recipients…`, the mail on standard input.
    pub fn send(&self, _sender: &str, _recipients: &[String], _mail: &[u8]) -> Attempt {
        todo!()
    }
}
