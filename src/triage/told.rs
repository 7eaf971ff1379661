//! What the operator told us: acts in order, never rewritten, and the state that they leave behind.
//!
//! An act is about messages (R29: folder path + base name, else digest after a move). Undo is a new act (R30).

use crate::mail::{Digest, Flags, Time};
use std::collections::HashMap;

/// Number of an act in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActId(pub i64);

/// What the operator did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Opened it (sets `S`); journalled, not undone by `u`.
    Open,
    /// Set `S`.
    See,
    /// Removed `S`.
    Unsee,
    /// Set `F`.
    Mark,
    /// Removed `F`.
    Unmark,
    /// Hid it, with a reason (sets `S`).
    Ignore {
        /// Why; may be empty.
        reason: String,
    },
    /// Ended an ignore.
    Unignore,
    /// Dealt with (sets `S`).
    Done,
    /// Not dealt with after all.
    Undone,
    /// Set `T`.
    Trash,
    /// Removed `T`.
    Untrash,
    /// Wrote a note.
    Note {
        /// The note.
        text: String,
    },
    /// Passed it on (`P` after success).
    Forward {
        /// `attach`, `inline` or `redirect`.
        how: String,
        /// The recipients.
        to: Vec<String>,
        /// Message-ID of the new mail.
        message_id: String,
    },
    /// Replied (`R` after success).
    Reply {
        /// The recipients.
        to: Vec<String>,
        /// Message-ID of the new mail.
        message_id: String,
    },
    /// Took back an act.
    Undo(ActId),
    /// Did an undone act again.
    Redo(ActId),
}

impl Deed {
    /// The flags it adds and removes.
    pub fn flags(&self) -> (Flags, Flags) {
        match self {
            Deed::Open | Deed::See | Deed::Ignore { .. } | Deed::Done => (Flags::SEEN, Flags::NONE),
            Deed::Unsee => (Flags::NONE, Flags::SEEN),
            Deed::Mark => (Flags::FLAGGED, Flags::NONE),
            Deed::Unmark => (Flags::NONE, Flags::FLAGGED),
            Deed::Trash => (Flags::TRASHED, Flags::NONE),
            Deed::Untrash => (Flags::NONE, Flags::TRASHED),
            _ => (Flags::NONE, Flags::NONE),
        }
    }

    /// The word in the journal, on the command line and in messages to people.
    pub fn word(&self) -> &'static str {
        match self {
            Deed::Open => "open",
            Deed::See => "see",
            Deed::Unsee => "unsee",
            Deed::Mark => "mark",
            Deed::Unmark => "unmark",
            Deed::Ignore { .. } => "ignore",
            Deed::Unignore => "unignore",
            Deed::Done => "done",
            Deed::Undone => "undone",
            Deed::Trash => "trash",
            Deed::Untrash => "untrash",
            Deed::Note { .. } => "note",
            Deed::Forward { .. } => "forward",
            Deed::Reply { .. } => "reply",
            Deed::Undo(_) => "undo",
            Deed::Redo(_) => "redo",
        }
    }

    /// Whether `u` takes it back.
    pub fn undoable(&self) -> bool {
        !matches!(self, Deed::Open | Deed::Undo(_) | Deed::Redo(_))
    }
}

/// A message that an act is about, as the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Absolute path of its folder.
    pub folder: String,
    /// Its base name.
    pub base: Box<[u8]>,
    /// Its content identity, to find it after a move.
    pub digest: Digest,
    /// Flags that this act really added (the delta that undo takes back).
    pub added: Flags,
    /// Flags that this act really removed.
    pub removed: Flags,
    /// Why it was not done for this message.
    pub failed: Option<String>,
}

/// An act of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Its number.
    pub id: ActId,
    /// When it was recorded.
    pub at: Time,
    /// Who.
    pub by: String,
    /// What.
    pub deed: Deed,
    /// About which messages.
    pub targets: Vec<Target>,
}

/// Who said something and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The act.
    pub act: ActId,
    /// When.
    pub at: Time,
    /// Who.
    pub by: String,
    /// The reason or text.
    pub text: String,
}

/// What the operator told us about one message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageState {
    /// Ignored, and why.
    pub ignored: Option<Said>,
    /// Dealt with.
    pub done: Option<Said>,
    /// Notes, oldest first.
    pub notes: Vec<Said>,
    /// Forwarded to whom.
    pub forwarded: Vec<Said>,
    /// Replied.
    pub replied: Vec<Said>,
}

/// Everything that the operator told us.
#[derive(Debug, Clone, Default)]
pub struct Told {
    acts: Vec<Act>,
    by_message: HashMap<(String, Box<[u8]>), Vec<usize>>,
}

impl Told {
    /// Takes in the next act of the journal.
    pub fn apply(&mut self, _act: Act) {
        let _ = (&self.acts, &self.by_message);
        todo!()
    }

    /// All acts, oldest first.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// What was told about a message by `as_of` (R2).
    pub fn state(&self, _folder: &str, _base: &[u8], _digest: Digest, _as_of: Time) -> MessageState {
        todo!()
    }

    /// The act that undo takes back next.
    pub fn undoable(&self) -> Option<&Act> {
        todo!()
    }

    /// The act that redo does again next.
    pub fn redoable(&self) -> Option<&Act> {
        todo!()
    }
}
