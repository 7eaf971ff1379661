//! What the world is asked to do ([`Effect`]) and what came of it ([`Outcome`]); plain data, carried out by
//! [`crate::io::world::World::perform`], or by the session where the terminal is needed.

use crate::mail::Message;
use crate::mail::compose::ForwardAs;
use crate::runbook::Call;
use crate::triage::Inbox;
use crate::triage::query::deep::{Mail, Question};
use crate::triage::row::{Change, MailKey};
use crate::triage::told::{Act, ActId, Deed};
use std::path::PathBuf;
use std::sync::Arc;

/// An act about messages, as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub deed: Deed,
    /// With which messages, and their calls now: what hides a message lapses when its call becomes more urgent (R27).
    pub about: Vec<(MailKey, Option<Call>)>,
}

impl Request {
    /// An act about these messages of the inbox.
    pub fn of(inbox: &Inbox, deed: Deed, keys: impl IntoIterator<Item = MailKey>) -> Request {
        let call = |key: &MailKey| inbox.standing(key).map(|standing| standing.call());
        Request { deed, about: keys.into_iter().map(|key| (key.clone(), call(&key))).collect() }
    }

    /// An act about no message.
    pub fn at_large(deed: Deed) -> Request {
        Request { deed, about: Vec::new() }
    }
}

/// A forward or redirect, as asked for and reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardRequest {
    /// The message.
    pub key: MailKey,
    /// How.
    pub how: ForwardAs,
    /// Recipient addresses, already resolved through the contacts.
    pub to: Vec<String>,
    /// Text above the original.
    pub note: String,
}

/// What the world is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An act: journal, then Maildir.
    Act(Request),
    /// Take back the last act (or this one).
    Undo(Option<ActId>),
    /// Do the last undone act again.
    Redo,
    /// Read a message to show it. Changes nothing on disk.
    Read(MailKey),
    /// Compose a forward, so that it can be reviewed; nothing is queued.
    PreviewForward(ForwardRequest),
    /// Queue a reviewed forward and send.
    Forward(ForwardRequest),
    /// Queue a reply made from an edited draft and send.
    Reply {
        /// The message replied to.
        key: MailKey,
        /// The edited draft.
        draft: String,
    },
    /// Try to send what is in the outbox.
    Send,
    /// Try to send one mail of the outbox, by its number in the list: also one that may have been sent already.
    SendAgain(String),
    /// Drop a queued mail, by its number in the list.
    DropQueued(String),
    /// A mail of the outbox that may have been sent did arrive, by its number in the list.
    Arrived(String),
    /// Save a part under its safe name into a folder.
    SavePart {
        /// The message.
        key: MailKey,
        /// Number of the part.
        part: usize,
        /// The folder.
        dir: PathBuf,
    },
    /// Keep a contact's address in the configuration folder.
    KeepContact {
        /// Nick.
        nick: String,
        /// Address.
        address: String,
    },
    /// Scan all folders now.
    Rescan,
    /// Ask mails what only they hold, instead of any search of another number; done by the session. No question: no search
    /// goes on.
    Seek {
        /// Stands in the answers.
        number: u64,
        /// What is asked.
        questions: Arc<[Question]>,
        /// Whom.
        among: Vec<Mail>,
        /// Whether these are all that are still to be asked, not some more.
        anew: bool,
    },
    /// Put text on the clipboard (OSC 52); done by the session.
    Copy(String),
    /// Open a URL with the configured command; done by the session.
    OpenLink(String),
    /// Show text in the pager; done by the session.
    Pager(String),
    /// Show the raw message in the editor, read-only copy; done by the session.
    Editor(MailKey),
    /// Edit a reply draft in the editor, then [`Effect::Reply`]; done by the session.
    EditReply {
        /// The message replied to.
        key: MailKey,
        /// Whether to reply to all.
        all: bool,
        /// A draft that is edited again; `None`: a new one.
        draft: Option<String>,
    },
    /// Pipe the raw message into a command; done by the session, off by default.
    Pipe(MailKey, String),
    /// Ring the terminal's bell; done by the session.
    Bell,
    /// Set the title of the window, a clean line; done by the session.
    Title(String),
    /// Run the command that calls the operator, with these words about each incident; done by the session.
    Alert(Vec<String>),
    /// Redraw everything; done by the session.
    Redraw,
    /// Suspend (^Z); done by the session.
    Suspend,
    /// End the program.
    Quit,
}

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActReport {
    /// The act as it stands in the journal now, with the flags that were really changed.
    pub act: Act,
    /// What the list must take in.
    pub renamed: Vec<(MailKey, crate::mail::FileName, crate::triage::row::Place)>,
    /// Messages that were gone.
    pub gone: Vec<MailKey>,
    /// Failures, one line each.
    pub failed: Vec<String>,
}

impl ActReport {
    /// How many of those that are gone were taken by another program, not moved by the act itself.
    pub fn lost(&self) -> usize {
        if !matches!(self.act.deed, Deed::Move { .. } | Deed::Undo(_) | Deed::Redo(_)) {
            return self.gone.len();
        }
        let taken =
            |key: &&MailKey| self.act.targets.iter().any(|target| target.failed.is_some() && target.base == key.base);
        self.gone.iter().filter(taken).count()
    }
}

/// What came of an [`Effect`].
#[derive(Debug, Clone)]
pub enum Outcome {
    /// An act, an undo or a redo was carried out (as far as its report says).
    Acted(ActReport),
    /// A message was read.
    Read(MailKey, Arc<Message>),
    /// A message could not be read: moved or deleted by another program, or the error in words.
    Unread(MailKey, String),
    /// A composed forward, to review: envelope recipients and the head of the message as text.
    Preview {
        /// What was asked for.
        request: ForwardRequest,
        /// Recipients that will get it.
        recipients: Vec<String>,
        /// Its headers and the start of its body, for people.
        text: String,
        /// What the operator should know before sending (secrets in a raw forward, …).
        warnings: Vec<String>,
    },
    /// A mail was queued (and, where a sender is configured, sent).
    Queued {
        /// The act in the journal.
        report: ActReport,
        /// In words: "sent", "queued: no sender configured", …
        state: String,
    },
    /// How many mails wait in the outbox, after a change.
    Outbox {
        /// Waiting ones.
        waiting: usize,
        /// What happened, in words.
        message: String,
    },
    /// A part was saved there.
    Saved(PathBuf),
    /// A contact was kept.
    KeptContact(String, String),
    /// Changes that a scan found.
    Changes(Vec<Change>),
    /// Nothing to undo or redo, refused, or failed; in words, with a hint.
    Failed(String),
    /// Nothing to report.
    Nothing,
}
