//! What the operator told us: acts in order, never rewritten, and the state that they leave behind.
//!
//! An act is about messages (R29: folder path + base name, else digest after a move), or about nothing in the mailbox at
//! all (a switch, an expectation, "synced now", an ignore by filter). Undo is a new act (R30). What an act says about a
//! message or its incident is worked out in [`super::standing`], what verdicts depend on in [`super::register`].

use crate::mail::{Digest, Flags, Time};
use crate::runbook::{Call, Verb};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Number of an act in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActId(pub i64);

/// How far an act reaches (R27, R29).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scope {
    /// Its messages.
    #[default]
    Message,
    /// The incidents that hold its messages, later members too.
    Incident,
    /// Everything that a query selects, later mail too; up to this call, the worst that it selected when it was said.
    Filter {
        /// The query, as typed.
        query: String,
        /// The worst call that it selected.
        call: Call,
    },
}

impl Scope {
    /// The word in the journal and for people.
    pub fn word(&self) -> &'static str {
        match self {
            Scope::Message => "message",
            Scope::Incident => "incident",
            Scope::Filter { .. } => "filter",
        }
    }
}

/// What a folder is for, into which mail is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Any.
    Folder,
    /// What is dealt with.
    Archive,
    /// What is thrown away.
    Trash,
    /// None: each goes back to where it lay before it was thrown away, and the act names no folder.
    Back,
}

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
        /// How far.
        scope: Scope,
        /// Until when; `None`: for ever.
        until: Option<Time>,
    },
    /// Ended an ignore of a message, or of its incident.
    Unignore {
        /// How far.
        scope: Scope,
    },
    /// Dealt with (sets `S`).
    Done,
    /// Not dealt with after all.
    Undone,
    /// Put off; it comes back by itself.
    Snooze {
        /// When it comes back.
        until: Time,
        /// How far.
        scope: Scope,
    },
    /// Ended a snooze.
    Unsnooze {
        /// How far.
        scope: Scope,
    },
    /// Took it on (R24).
    Claim {
        /// How far.
        scope: Scope,
    },
    /// Gave it back.
    Unclaim {
        /// How far.
        scope: Scope,
    },
    /// The problem behind its incident ended (R26).
    Resolve {
        /// When; may lie before it was told.
        at: Time,
    },
    /// Reached people as the page asks, outside of dutybox (N8): paged, contacted, told, escalated, notified.
    Reach {
        /// How.
        verb: Verb,
        /// Whom.
        who: Vec<String>,
        /// What was said.
        text: String,
        /// What the configured command answered, where one did it.
        hook: Option<String>,
    },
    /// Somebody who was reached answered.
    Answered {
        /// The act that reached them.
        of: ActId,
        /// Who, and what they said.
        text: String,
    },
    /// Judged how severe it is (S089).
    Severity {
        /// The severity, as a call.
        call: Call,
    },
    /// Ticked a step of a checklist.
    Tick(Step),
    /// Took the tick away again.
    Untick(Step),
    /// Copied a text for a bug; logged is pending until [`Deed::Logged`] (N25).
    BugText {
        /// The bug; `None`: a new one.
        bug: Option<u32>,
        /// The text.
        text: String,
    },
    /// The text was put into the bug.
    Logged {
        /// The act that copied it.
        of: ActId,
    },
    /// Set a switch (R22); about no message.
    Switch {
        /// Its name.
        name: String,
        /// `yes`, `no` or `unknown`.
        is: String,
        /// Since when it holds.
        from: Time,
    },
    /// Something is expected (R22); about no message.
    Expect {
        /// What: the name that cases ask for.
        name: String,
        /// From when.
        from: Time,
        /// To when.
        to: Time,
        /// By whom it is done.
        who: String,
    },
    /// The mailbox is complete up to now (R11); about no message.
    Synced,
    /// Set `T`.
    Trash,
    /// Removed `T`.
    Untrash,
    /// Moved it into another folder (MR-15); as with [`Deed::Done`] what is archived is dealt with.
    Move {
        /// What that folder is for.
        shelf: Shelf,
        /// The folder: its absolute path in the journal, else also its name in the Maildir.
        to: String,
    },
    /// Wrote a note.
    Note {
        /// The note.
        text: String,
    },
    /// Passed it on (`P` and `S` after success: who passes a mail on has seen it).
    Forward {
        /// `attach`, `inline` or `redirect`.
        how: String,
        /// The recipients.
        to: Vec<String>,
        /// Message-ID of the new mail.
        message_id: String,
    },
    /// Replied (`R` and `S` after success).
    Reply {
        /// The recipients.
        to: Vec<String>,
        /// Message-ID of the new mail.
        message_id: String,
    },
    /// A mail of the outbox of which nobody knew whether it was sent arrived; it counts as sent. It is about the messages
    /// that it was made from.
    Arrived {
        /// The act that queued it.
        of: ActId,
        /// Its name in the outbox.
        mail: String,
    },
    /// Took back an act.
    Undo(ActId),
    /// Did an undone act again.
    Redo(ActId),
}

/// A step of a checklist: of a case, for one thing (an instance id) where the checklist is one for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Step {
    /// The case.
    pub case: String,
    /// The thing; empty: the checklist is one for all.
    pub of: String,
    /// The step's text in the runbook.
    pub text: String,
}

impl Deed {
    /// The flags it adds and removes.
    pub fn flags(&self) -> (Flags, Flags) {
        match self {
            Deed::Ignore { scope: Scope::Filter { .. }, .. } => (Flags::NONE, Flags::NONE),
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
            Deed::Unignore { .. } => "unignore",
            Deed::Done => "done",
            Deed::Undone => "undone",
            Deed::Snooze { .. } => "snooze",
            Deed::Unsnooze { .. } => "unsnooze",
            Deed::Claim { .. } => "claim",
            Deed::Unclaim { .. } => "unclaim",
            Deed::Resolve { .. } => "resolve",
            Deed::Reach { verb: Verb::Forward, .. } => "passed-on",
            Deed::Reach { verb, .. } => verb.word(),
            Deed::Answered { .. } => "answered",
            Deed::Severity { .. } => "severity",
            Deed::Tick(_) => "tick",
            Deed::Untick(_) => "untick",
            Deed::BugText { .. } => "bug-text",
            Deed::Logged { .. } => "logged",
            Deed::Switch { .. } => "switch",
            Deed::Expect { .. } => "expect",
            Deed::Synced => "synced",
            Deed::Trash => "trash",
            Deed::Untrash => "untrash",
            Deed::Move { shelf: Shelf::Folder, .. } => "move",
            Deed::Move { shelf: Shelf::Archive, .. } => "archive",
            Deed::Move { shelf: Shelf::Trash, .. } => "throw-away",
            Deed::Move { shelf: Shelf::Back, .. } => "bring-back",
            Deed::Note { .. } => "note",
            Deed::Forward { .. } => "forward",
            Deed::Reply { .. } => "reply",
            Deed::Arrived { .. } => "arrived",
            Deed::Undo(_) => "undo",
            Deed::Redo(_) => "redo",
        }
    }

    /// Whether `u` takes it back.
    pub fn undoable(&self) -> bool {
        !matches!(self, Deed::Open | Deed::Arrived { .. } | Deed::Undo(_) | Deed::Redo(_))
    }

    /// Whether it is about messages.
    pub fn about_messages(&self) -> bool {
        !matches!(
            self,
            Deed::Switch { .. }
                | Deed::Expect { .. }
                | Deed::Synced
                | Deed::Ignore { scope: Scope::Filter { .. }, .. }
                | Deed::Unignore { scope: Scope::Filter { .. } }
        )
    }

    /// Whether it only sets or removes flags: where the flag cannot be set, nothing was done.
    pub fn only_flags(&self) -> bool {
        matches!(self, Deed::Open | Deed::See | Deed::Unsee | Deed::Mark | Deed::Unmark | Deed::Trash | Deed::Untrash)
    }

    /// How far it reaches.
    pub fn scope(&self) -> &Scope {
        match self {
            Deed::Ignore { scope, .. }
            | Deed::Unignore { scope }
            | Deed::Snooze { scope, .. }
            | Deed::Unsnooze { scope }
            | Deed::Claim { scope }
            | Deed::Unclaim { scope } => scope,
            // What was said to people, what was found out and what was fixed concerns the whole incident.
            Deed::Resolve { .. } | Deed::Reach { .. } | Deed::Answered { .. } | Deed::Severity { .. } => {
                &Scope::Incident
            }
            Deed::Tick(_) | Deed::Untick(_) | Deed::BugText { .. } | Deed::Logged { .. } => &Scope::Incident,
            _ => &Scope::Message,
        }
    }
}

/// A message that an act is about, as the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Absolute path of its folder.
    pub folder: String,
    /// Its base name.
    pub base: Arc<[u8]>,
    /// Its content identity, to find it after a move.
    pub digest: Digest,
    /// Its call when the act was done; what hides it lapses when the call becomes more urgent (R27).
    pub call: Option<Call>,
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

/// Why nothing can be done with a message any more: of all reasons the one that does not pass.
pub const GONE: &str = "gone: moved or deleted by another program";

impl Act {
    /// Whether it failed for each of its messages, for one at least for a reason that may pass: then it can be tried again.
    pub fn came_to_nothing(&self) -> bool {
        let passing = |target: &Target| target.failed.as_ref().is_some_and(|why| why != GONE);
        self.targets.iter().all(|target| target.failed.is_some()) && self.targets.iter().any(passing)
    }

    /// The most urgent call among its targets when it was done.
    pub fn call(&self) -> Option<Call> {
        match &self.deed {
            Deed::Ignore { scope: Scope::Filter { call, .. }, .. } => Some(*call),
            _ => self.targets.iter().filter_map(|target| target.call).max(),
        }
    }
}

/// The last of these acts that threw a message away, and what it said of it.
pub fn thrown(acts: &[Act], is: impl Fn(&Target) -> bool) -> Option<(&Act, &Target)> {
    let thrown = |act: &&Act| matches!(act.deed, Deed::Move { shelf: Shelf::Trash, .. });
    let this = |target: &&Target| target.failed.is_none() && is(target);
    acts.iter().rev().filter(thrown).find_map(|act| Some((act, act.targets.iter().find(this)?)))
}

/// Where a message lay when an act was about it: folder path and base name.
pub type Home = (String, Arc<[u8]>);

/// An act that is about a message: its index, and that of the message among its targets.
type Said = (usize, usize);

/// Everything that the operator told us.
#[derive(Debug, Clone, Default)]
pub struct Told {
    acts: Vec<Act>,
    by_id: HashMap<ActId, usize>,
    /// Folder path, base name: indices of the acts that are about that message, and of it among their targets.
    by_message: HashMap<String, HashMap<Arc<[u8]>, Vec<Said>>>,
    /// Content identity: where such a message lay.
    homes: HashMap<Digest, Vec<Home>>,
    undo: Vec<ActId>,
    redo: Vec<ActId>,
    /// Acts whose last word is an undo.
    taken_back: HashSet<ActId>,
    /// How many times it came to nothing when an act was to be undone or done again, since it last was.
    in_vain: HashMap<ActId, u32>,
}

impl Told {
    /// Takes in the next act of the journal.
    pub fn apply(&mut self, act: Act) {
        match act.deed {
            Deed::Undo(id) | Deed::Redo(id) if act.came_to_nothing() => *self.in_vain.entry(id).or_default() += 1,
            Deed::Undo(id) => {
                self.in_vain.remove(&id);
                self.undo.retain(|&other| other != id);
                self.redo.push(id);
                self.taken_back.insert(id);
            }
            Deed::Redo(id) => {
                self.in_vain.remove(&id);
                self.redo.retain(|&other| other != id);
                self.undo.push(id);
                self.taken_back.remove(&id);
            }
            _ if act.deed.undoable() => {
                self.undo.push(act.id);
                self.redo.clear();
            }
            _ => {}
        }
        let index = self.acts.len();
        for (place, target) in act.targets.iter().enumerate().filter(|(_, target)| target.failed.is_none()) {
            let folder = self.by_message.entry(target.folder.clone()).or_default();
            let about = folder.entry(target.base.clone()).or_default();
            if about.is_empty() && target.digest != Digest::default() {
                self.homes.entry(target.digest).or_default().push((target.folder.clone(), target.base.clone()));
            }
            about.push((index, place));
        }
        self.by_id.insert(act.id, index);
        self.acts.push(act);
    }

    /// All acts, to tell them anew.
    pub(super) fn into_acts(self) -> Vec<Act> {
        self.acts
    }

    /// All acts, oldest first.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// The act of that number.
    pub fn act(&self, id: ActId) -> Option<&Act> {
        self.by_id.get(&id).and_then(|&index| self.acts.get(index))
    }

    /// Whether anything was told about this message.
    pub fn knows(&self, folder: &str, base: &[u8]) -> bool {
        self.by_message.get(folder).is_some_and(|bases| bases.contains_key(base))
    }

    /// Where messages of that content lay when acts were about them (R29: found again after a move).
    pub fn homes(&self, digest: Digest) -> &[Home] {
        self.homes.get(&digest).map_or(&[], Vec::as_slice)
    }

    /// All acts that were done with the message that lies, or lay, there, oldest first, and what each says of it.
    pub fn ever_about(&self, folder: &str, base: &[u8]) -> Vec<(&Act, &Target)> {
        let indices = self.by_message.get(folder).and_then(|bases| bases.get(base)).map_or(&[][..], Vec::as_slice);
        let told = |&(act, target): &Said| {
            let act = self.acts.get(act)?;
            Some((act, act.targets.get(target)?))
        };
        indices.iter().filter_map(told).collect()
    }

    /// The acts about the message that lies, or lay, at these places, oldest first, without those that were taken back
    /// for it.
    pub fn about(&self, places: &[Home]) -> Vec<&Act> {
        let at = |(folder, base): &Home| self.by_message.get(folder).and_then(|bases| bases.get(base));
        let indices: BTreeSet<usize> = places.iter().filter_map(at).flatten().map(|(act, _)| *act).collect();
        let acts = || indices.iter().filter_map(|&i| self.acts.get(i));
        let mut undone: HashSet<ActId> = HashSet::new();
        for act in acts() {
            match act.deed {
                Deed::Undo(of) => undone.insert(of),
                Deed::Redo(of) => undone.remove(&of),
                _ => false,
            };
        }
        acts().filter(|act| act.deed.undoable() && !undone.contains(&act.id)).collect()
    }

    /// Acts about no message that stand, oldest first.
    pub fn at_large(&self) -> impl Iterator<Item = &Act> {
        self.acts.iter().filter(|act| !act.deed.about_messages() && act.deed.undoable() && self.stands(act.id))
    }

    /// The act that undo takes back next.
    pub fn undoable(&self) -> Option<&Act> {
        self.undo.last().and_then(|&id| self.act(id))
    }

    /// The act that redo does again next.
    pub fn redoable(&self) -> Option<&Act> {
        self.redo.last().and_then(|&id| self.act(id))
    }

    /// Whether undo, or redo, passes over an act because it came to nothing: a mail that was sent is not tried twice, all else
    /// is tried once more, as what was in the way may be away. It can still be named by its number.
    pub fn is_hopeless(&self, act: &Act) -> bool {
        let tries = if matches!(act.deed, Deed::Forward { .. } | Deed::Reply { .. }) { 1 } else { 2 };
        self.in_vain.get(&act.id).is_some_and(|vain| *vain >= tries)
    }

    /// The act that redo does again next, of those that fit.
    pub fn redoable_where(&self, fits: impl Fn(&Act) -> bool) -> Option<&Act> {
        self.redo.iter().rev().filter_map(|&id| self.act(id)).find(|act| fits(act))
    }

    /// Whether an act that can be undone stands, that is, its last word is not an undo.
    pub fn stands(&self, id: ActId) -> bool {
        self.act(id).is_some_and(|act| act.deed.undoable()) && !self.taken_back.contains(&id)
    }
}
