//! A message in the list ([`Row`]), where it lies, and changes to the list.

use crate::mail::{Address, Digest, FileName, Flags, Message, Oddity, Role, Time};
use crate::runbook::filter::Matched;
use crate::runbook::labels::Label;
use crate::runbook::set::BookId;

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

/// A message's identity: folder and base name (MR-1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailKey {
    /// The folder.
    pub folder: FolderId,
    /// The base name.
    pub base: Box<[u8]>,
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
    /// The winner; `None`: undocumented.
    pub primary: Option<Hit>,
    /// The others that matched.
    pub also: Vec<Hit>,
    /// Labels read by the winner's rules.
    pub labels: Vec<Label>,
}

/// A runbook that claims a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The runbook.
    pub book: BookId,
    /// Index of the kind within it.
    pub kind: u16,
    /// By what.
    pub matched: Matched,
    /// Whether the sender is not one that the runbook expects.
    pub foreign_sender: bool,
}

/// A message in the list. Bodies are never kept.
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
    pub from: Address,
    /// Addresses of To and Cc.
    pub to: Vec<String>,
    /// All recipient addresses of all recipient headers.
    pub recipients: Vec<String>,
    /// Subject, decoded, not cleaned.
    pub subject: String,
    /// Message-ID.
    pub message_id: Option<String>,
    /// In-Reply-To and References, oldest first, at most the last 20.
    pub references: Vec<String>,
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
        _key: MailKey,
        _name: FileName,
        _place: Place,
        _size: u64,
        _mtime: Time,
        _ino: u64,
        _message: &Message,
        _class: Class,
    ) -> Row {
        todo!()
    }

    /// A row of an entry that is no readable message.
    pub fn odd(_key: MailKey, _name: FileName, _place: Place, _size: u64, _mtime: Time, _ino: u64, _odd: Odd) -> Row {
        todo!()
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
