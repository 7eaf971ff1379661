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

/// Where a message lay when an act was about it: folder path and base name.
pub type Home = (String, Box<[u8]>);

/// Everything that the operator told us.
#[derive(Debug, Clone, Default)]
pub struct Told {
    acts: Vec<Act>,
    /// Folder path, base name: indices of the acts that are about that message.
    by_message: HashMap<String, HashMap<Box<[u8]>, Vec<usize>>>,
    /// Content identity: where such a message lay.
    homes: HashMap<Digest, Vec<Home>>,
    undo: Vec<ActId>,
    redo: Vec<ActId>,
}

impl Told {
    /// Takes in the next act of the journal.
    pub fn apply(&mut self, act: Act) {
        match act.deed {
            Deed::Undo(id) => {
                self.undo.retain(|&other| other != id);
                self.redo.push(id);
            }
            Deed::Redo(id) => {
                self.redo.retain(|&other| other != id);
                self.undo.push(id);
            }
            _ if act.deed.undoable() => {
                self.undo.push(act.id);
                self.redo.clear();
            }
            _ => {}
        }
        let index = self.acts.len();
        for target in act.targets.iter().filter(|target| target.failed.is_none()) {
            let folder = self.by_message.entry(target.folder.clone()).or_default();
            let about = folder.entry(target.base.clone()).or_default();
            if about.is_empty() && target.digest != Digest::default() {
                self.homes.entry(target.digest).or_default().push((target.folder.clone(), target.base.clone()));
            }
            about.push(index);
        }
        self.acts.push(act);
    }

    /// All acts, oldest first.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// The act of that number.
    pub fn act(&self, id: ActId) -> Option<&Act> {
        self.acts.iter().rev().find(|act| act.id == id)
    }

    /// Whether anything was told about this message.
    pub fn knows(&self, folder: &str, base: &[u8]) -> bool {
        self.by_message.get(folder).is_some_and(|bases| bases.contains_key(base))
    }

    /// Where messages of that content lay when acts were about them (R29: found again after a move).
    pub fn homes(&self, digest: Digest) -> &[Home] {
        self.homes.get(&digest).map_or(&[], Vec::as_slice)
    }

    /// What was told about the message that lies, or lay, there by `as_of` (R2, R30).
    pub fn state(&self, folder: &str, base: &[u8], as_of: Time) -> MessageState {
        let mut state = MessageState::default();
        let Some(indices) = self.by_message.get(folder).and_then(|bases| bases.get(base)) else { return state };
        let acts = || indices.iter().filter_map(|&i| self.acts.get(i)).filter(|act| act.at <= as_of);
        for act in acts() {
            if !act.deed.undoable() || self.taken_back(act.id, acts()) {
                continue;
            }
            let said = |text: &str| Said { act: act.id, at: act.at, by: act.by.clone(), text: text.to_owned() };
            match &act.deed {
                Deed::Ignore { reason } => state.ignored = Some(said(reason)),
                Deed::Unignore => state.ignored = None,
                Deed::Done => state.done = Some(said("")),
                Deed::Undone => state.done = None,
                Deed::Note { text } => state.notes.push(said(text)),
                Deed::Forward { how, to, .. } => state.forwarded.push(said(&format!("{how} to {}", to.join(", ")))),
                Deed::Reply { to, .. } => state.replied.push(said(&to.join(", "))),
                _ => {}
            }
        }
        state
    }

    /// Whether the last word on an act, among these acts about the same message, is an undo.
    fn taken_back<'a>(&self, id: ActId, acts: impl Iterator<Item = &'a Act>) -> bool {
        acts.fold(false, |undone, act| match act.deed {
            Deed::Undo(of) if of == id => true,
            Deed::Redo(of) if of == id => false,
            _ => undone,
        })
    }

    /// The act that undo takes back next.
    pub fn undoable(&self) -> Option<&Act> {
        self.undo.last().and_then(|&id| self.act(id))
    }

    /// The act that redo does again next.
    pub fn redoable(&self) -> Option<&Act> {
        self.redo.last().and_then(|&id| self.act(id))
    }

    /// The act that redo does again next, of those that fit.
    pub fn redoable_where(&self, fits: impl Fn(&Act) -> bool) -> Option<&Act> {
        self.redo.iter().rev().filter_map(|&id| self.act(id)).find(|act| fits(act))
    }

    /// Whether an act stands, that is, its last word is not an undo.
    pub fn stands(&self, id: ActId) -> bool {
        self.undo.contains(&id)
    }
}
