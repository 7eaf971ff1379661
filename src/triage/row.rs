//! A message in the list ([`Row`]), where it lies, and changes to the list.

use crate::mail::{Address, Digest, FileName, Flags, Message, Oddity, Role, Time, date};
use crate::runbook::filter::{Span, Strength};
use crate::runbook::labels::{Label, Name};
use crate::runbook::set::BookId;
use std::borrow::Cow;
use std::sync::Arc;

/// Index of a folder within the [`super::Inbox`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolderId(pub u16);

/// A folder of a Maildir.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Absolute path of the Maildir it belongs to, as shown to people.
    pub maildir: String,
    /// Name within the Maildir: empty for the inbox, `Archive/2013` for `.Archive.2013` or a nested folder.
    pub name: String,
    /// Absolute path of the folder itself (holds `new`, `cur`, `tmp`).
    pub path: std::path::PathBuf,
    /// Whether nothing in it may be changed.
    pub read_only: bool,
}

impl Folder {
    /// The folder's path as the journal holds it: bytes that are not UTF-8 as `%XX`.
    pub fn path_text(&self) -> Cow<'_, str> {
        match self.path.to_str() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(crate::mail::name::shown(self.path.as_os_str().as_encoded_bytes()).replace("%2F", "/")),
        }
    }

    /// The folder for people: the Maildir's last component, and the name within it.
    pub fn label(&self) -> String {
        let root = self.maildir.rsplit('/').next().unwrap_or(&self.maildir);
        if self.name.is_empty() { root.to_owned() } else { format!("{root}/{}", self.name) }
    }
}

/// A message's identity: folder and base name (MR-1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailKey {
    /// The folder.
    pub folder: FolderId,
    /// The base name.
    pub base: Arc<[u8]>,
}

/// `new` or `cur`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Not yet seen by any reader.
    New,
    /// Seen by a reader.
    Cur,
}

/// Why an entry of `new` or `cur` is a row without a message (MR-14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Odd {
    /// A symbolic link; never followed.
    Symlink,
    /// A directory.
    Directory,
    /// A FIFO, socket or device; never opened.
    Special,
    /// It could not be opened or read.
    Unreadable(String),
    /// Two files with the same base name.
    DuplicateName,
}

/// What a message belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Class {
    /// The winner; `None`: undocumented. Messages that are alike share it.
    pub primary: Option<Arc<Hit>>,
    /// The others that matched.
    pub also: Box<[Hit]>,
    /// Labels read by the winner's rules. Messages that say the same share them.
    pub labels: Arc<[Label]>,
}

impl Class {
    /// All that claim the message, the winner first.
    pub fn hits(&self) -> impl Iterator<Item = &Hit> {
        self.primary.as_deref().into_iter().chain(&self.also)
    }
}

/// What a runbook knew a message by: which field, and the pattern as written. What stood in the field is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clue {
    /// The field or header.
    pub field: Name,
    /// The pattern.
    pub pattern: Name,
}

/// How many clues are kept: as many as are ever named to people.
pub const CLUES: usize = 3;

impl Clue {
    /// The first of what matched.
    pub fn of(spans: &[Span]) -> Box<[Clue]> {
        let clue = |span: &Span| Clue { field: span.field.clone(), pattern: span.pattern.clone() };
        spans.iter().take(CLUES).map(clue).collect()
    }
}

/// A runbook that claims a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hit {
    /// The runbook.
    pub book: BookId,
    /// Index of the kind within it.
    pub kind: u16,
    /// How specific what claims it is.
    pub strength: Strength,
    /// Literal characters of the deciding pattern.
    pub literal: u32,
    /// By what, the most telling first; at most [`CLUES`].
    pub by: Box<[Clue]>,
    /// Whether the sender is not one that the runbook expects.
    pub foreign_sender: bool,
    /// Indices of the runbook's cases whose kind and `when` hold for this message; their tests over time are left to
    /// [`super::correlate()`].
    pub cases: Box<[u16]>,
    /// Of the runbook's tests over time that look for another message with a `when` ([`super::verdicts::nears`]): indices
    /// of those whose `when` holds for this message.
    pub nears: Box<[u16]>,
    /// Labels read by this runbook's rules, where it is not the primary one (whose labels stand in [`Class::labels`]).
    pub labels: Vec<Label>,
}

/// A message in the list. Bodies are never kept. There are hundreds of thousands of these: what many messages have in
/// common is shared (see [`super::shared::Shared`]), and what is never changed has no room to grow.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it lies.
    pub key: MailKey,
    /// The name of its file as last seen.
    pub name: FileName,
    /// `new` or `cur`.
    pub place: Place,
    /// Bytes.
    pub size: u64,
    /// Modification time of the file.
    pub mtime: Time,
    /// Inode number, to notice replaced files.
    pub ino: u64,
    /// Set where there is no message to show.
    pub odd: Option<Odd>,
    /// First From address.
    pub from: Arc<Address>,
    /// Addresses of To and Cc.
    pub to: Arc<[String]>,
    /// All recipient addresses of all recipient headers.
    pub recipients: Arc<[String]>,
    /// Subject, decoded, not cleaned.
    pub subject: Box<str>,
    /// Message-ID.
    pub message_id: Option<Box<str>>,
    /// In-Reply-To and References, oldest first, at most the last 20.
    pub references: Box<[String]>,
    /// Delivery (R1).
    pub received: Time,
    /// Time for windows, gaps and hours (R1).
    pub at: Time,
    /// Offset of the Date header, in seconds.
    pub offset: Option<i32>,
    /// Whether Date and delivery are more than a day apart.
    pub date_off: bool,
    /// Content identity (R5).
    pub digest: Digest,
    /// What it is to its category.
    pub role: Role,
    /// What it belongs to.
    pub class: Class,
    /// Number of attachments.
    pub attachments: u16,
    /// What is odd about it.
    pub oddities: Vec<Oddity>,
}

impl Row {
    /// The standard flags, from the file name.
    pub fn flags(&self) -> Flags {
        self.name.flags()
    }

    /// A row of a message: file facts and parsed message together.
    #[allow(clippy::too_many_arguments)]
    pub fn of(
        key: MailKey,
        name: FileName,
        place: Place,
        size: u64,
        mtime: Time,
        ino: u64,
        message: &Message,
        class: Class,
    ) -> Row {
        let times = date::times(message.received, message.date.map(|d| d.time), name.seconds().map(Time), mtime);
        let mut oddities = message.oddities.clone();
        if times.date_off && !oddities.contains(&Oddity::DateOff) {
            oddities.push(Oddity::DateOff);
        }
        let mut references: Vec<String> = Vec::new();
        for id in message.references.iter().chain(&message.in_reply_to) {
            if !references.contains(id) {
                references.push(id.clone());
            }
        }
        if references.len() > REFERENCES_KEPT {
            references.drain(..references.len() - REFERENCES_KEPT);
        }
        oddities.shrink_to_fit();
        Row {
            key,
            name,
            place,
            size,
            mtime,
            ino,
            odd: None,
            from: message.from.first().cloned().unwrap_or_default().into(),
            to: message.to.iter().map(|a| a.addr.clone()).filter(|a| !a.is_empty()).collect(),
            recipients: message.recipients.iter().map(|r| r.address.addr.clone()).collect(),
            subject: message.subject.as_str().into(),
            message_id: message.message_id.as_deref().map(Into::into),
            references: references.into(),
            received: times.received,
            at: times.at,
            offset: message.date.and_then(|d| d.offset),
            date_off: times.date_off,
            digest: message.digest(),
            role: message.role,
            class,
            attachments: attachments(message),
            oddities,
        }
    }

    /// A row of an entry that is no readable message. Its times come from the name, else from the file.
    pub fn odd(key: MailKey, name: FileName, place: Place, size: u64, mtime: Time, ino: u64, odd: Odd) -> Row {
        let times = date::times(None, None, name.seconds().map(Time), mtime);
        Row {
            key,
            name,
            place,
            size,
            mtime,
            ino,
            odd: Some(odd),
            from: Arc::default(),
            to: Arc::default(),
            recipients: Arc::default(),
            subject: Box::default(),
            message_id: None,
            references: Box::default(),
            received: times.received,
            at: times.at,
            offset: None,
            date_off: false,
            digest: Digest::default(),
            role: Role::Alert,
            class: Class::default(),
            attachments: 0,
            oddities: Vec::new(),
        }
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.class.labels.iter().find(|label| label.name == name).map(|label| label.value.as_str())
    }

    /// The runbook that claims it.
    pub fn book(&self) -> Option<BookId> {
        self.class.primary.as_ref().map(|hit| hit.book)
    }
}

/// How many ids of References a row keeps: enough to thread, bounded for hostile mail.
const REFERENCES_KEPT: usize = 20;

/// Counts attachments. A body is decoded only where the top fields, or a word in the raw text, say that there may be some.
fn attachments(message: &Message) -> u16 {
    let starts = |name: &str, start: &str| {
        message.header(name).is_some_and(|is| is.get(..start.len()).is_some_and(|is| is.eq_ignore_ascii_case(start)))
    };
    let holds = |word: &str| memchr::memmem::find(message.raw(), word.as_bytes()).is_some();
    let may = if starts("Content-Type", "multipart/alternative") {
        holds("name=")
    } else if message.header("Content-Type").is_none() || starts("Content-Type", "text/") {
        starts("Content-Disposition", "attachment") || holds("\nbegin ")
    } else {
        true
    };
    if !may {
        return 0;
    }
    let count = message.parts().iter().filter(|part| part.attachment).count();
    u16::try_from(count).unwrap_or(u16::MAX)
}

impl Odd {
    /// What it is, for people.
    pub fn words(&self) -> String {
        match self {
            Odd::Symlink => "a symbolic link, never followed".into(),
            Odd::Directory => "a directory, not a mail".into(),
            Odd::Special => "a FIFO, socket or device, never opened".into(),
            Odd::Unreadable(why) => format!("cannot be read: {why}"),
            Odd::DuplicateName => "another file has the same base name".into(),
        }
    }
}

/// A change to the list, as found by a scan or made by us.
#[derive(Debug, Clone)]
pub enum Change {
    /// The folders, once and whenever they change; rows keep their [`FolderId`].
    Folders(Vec<Folder>),
    /// New or replaced rows.
    Rows(Vec<Row>),
    /// Same message, new file name or place (flags changed, new → cur).
    Renamed(MailKey, FileName, Place),
    /// Gone, proven by a trusted scan.
    Vanished(MailKey),
    /// A folder cannot be read, in words; replaces earlier words for that folder. `None`: it can be read again.
    FolderError(FolderId, Option<String>),
    /// How far the first reading is: done, of all.
    Progress {
        /// Messages read.
        done: usize,
        /// Messages to read.
        of: usize,
    },
    /// The first reading is complete.
    Complete,
}
