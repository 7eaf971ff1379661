//! What can go wrong, in few kinds: an operation that failed ([`Error`]) and an input that is odd ([`Diagnostic`]).
//!
//! Imports nothing of ours, so every layer may use it.

use std::fmt;

/// Exit code of a command when all went well; an empty list is fine too.
pub const EXIT_OK: u8 = 0;
/// Exit code of a check whose answer is "no" or "something needs you".
pub const EXIT_NO: u8 = 1;
/// Exit code for a wrong command line, configuration or runbook.
pub const EXIT_USAGE: u8 = 2;
/// Exit code when the mailbox or the state could not be read or written.
pub const EXIT_IO: u8 = 3;

/// An operation that failed. Each kind has one exit code and may carry a hint: what to type next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Which sort of failure this is.
    pub kind: ErrorKind,
    /// One line without a full stop, naming the file or the thing that failed.
    pub message: String,
    /// What the person can do now, one line.
    pub hint: Option<String>,
    /// The failure below this one.
    #[source]
    pub source: Option<std::io::Error>,
}

/// The sorts of failure; each maps to one exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Wrong command line, configuration or query: exit 2.
    Usage,
    /// The mailbox could not be read or written: exit 3.
    Mailbox,
    /// The state, journal or outbox could not be read or written: exit 3.
    State,
    /// What was asked for does not exist, or the answer is no: exit 1.
    No,
}

impl Error {
    /// A failure of this kind, without hint or source.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), hint: None, source: None }
    }

    /// The same failure with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }

    /// The same failure with its cause.
    #[must_use]
    pub fn because(mut self, source: std::io::Error) -> Error {
        self.source = Some(source);
        self
    }

    /// The exit code of a command that ends with this failure.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            ErrorKind::Usage => EXIT_USAGE,
            ErrorKind::Mailbox | ErrorKind::State => EXIT_IO,
            ErrorKind::No => EXIT_NO,
        }
    }
}

/// How bad an odd input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The input works; a person should know.
    Warning,
    /// The input (a runbook, the configuration) cannot be used.
    Error,
}

/// An input file that is odd or wrong: where, what was found, what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file's name as a person would type it.
    pub file: String,
    /// Line, counted from 1; 0 where the whole file is meant.
    pub line: usize,
    /// Column in characters, counted from 1; 0 where the whole line is meant.
    pub column: usize,
    /// What is wrong and what was expected, one line.
    pub message: String,
    /// What to write instead, one line.
    pub hint: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        let word = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, ": {word}: {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}
