//! Shared helpers: rows and acts made by hand, a fixed clock. Append only.

use dutybox::mail::{Address, Digest, FileName, Flags, Role, Time};
use dutybox::triage::row::{Change, Class, Folder, FolderId, MailKey, Place};
use dutybox::triage::told::{Act, ActId, Deed, Target};
use dutybox::triage::{Inbox, Row};
use std::sync::Arc;

/// 2013-11-21T14:41:00Z.
pub const NOW: Time = Time(1_385_044_860);

/// A row in the first folder; delivered a minute before [`NOW`].
pub fn row(base: &str, subject: &str, from: &str) -> Row {
    let mut digest = [0; 16];
    for (slot, byte) in digest.iter_mut().zip(base.bytes()) {
        *slot = byte;
    }
    Row {
        key: MailKey { folder: FolderId(0), base: base.as_bytes().into() },
        name: FileName::new(base.as_bytes()),
        place: Place::Cur,
        size: 1000,
        mtime: NOW,
        ino: 1,
        odd: None,
        from: Arc::new(Address { name: String::new(), addr: from.into() }),
        to: ["oncall@example.org".into()].into(),
        recipients: ["oncall@example.org".into()].into(),
        subject: subject.into(),
        message_id: None,
        references: Box::default(),
        received: Time(NOW.0 - 60),
        at: Time(NOW.0 - 60),
        offset: None,
        date_off: false,
        digest: Digest(digest),
        role: Role::Alert,
        class: Class::default(),
        attachments: 0,
        oddities: Vec::new(),
    }
}

/// An inbox with an inbox folder `/mail`, a folder `Archive`, no runbooks, and these rows.
pub fn inbox_of(rows: Vec<Row>) -> Inbox {
    let mut inbox = Inbox::new(Arc::default());
    let folder = |name: &str, path: &str| Folder {
        maildir: "/mail".into(),
        name: name.into(),
        path: path.into(),
        read_only: false,
    };
    inbox.apply(Change::Folders(vec![folder("", "/mail"), folder("Archive", "/mail/.Archive")]));
    inbox.apply(Change::Rows(rows));
    inbox.settle(NOW);
    inbox
}

/// An act of `ann` at [`NOW`] about these rows.
pub fn act(id: i64, deed: Deed, rows: &[&Row]) -> Act {
    let (added, removed) = deed.flags();
    let targets = rows
        .iter()
        .map(|row| Target {
            folder: if row.key.folder == FolderId(0) { "/mail".into() } else { "/mail/.Archive".into() },
            base: row.key.base.clone(),
            digest: row.digest,
            call: None,
            added,
            removed: if removed == Flags::NONE { Flags::NONE } else { removed },
            failed: None,
        })
        .collect();
    Act { id: ActId(id), at: NOW, by: "ann".into(), deed, targets }
}
