//! What a message is called, and which message or incident an id means, also one that was read long ago (R29).

use super::Inbox;
use crate::mail::name;
use crate::triage::row::{FolderId, MailKey, Row};
use crate::triage::verdicts::{About, Incident, Tombstone};
use std::sync::Arc;

/// What an id means.
#[derive(Debug, Clone, Copy)]
pub enum Named<'i> {
    /// A message that lies in the mailbox.
    Message(&'i Row),
    /// An incident: the id is that of a message of it that lies there no more.
    Incident(&'i Incident),
}

impl Inbox {
    /// What an id means: a message; where none is called so, the incident that a message of that id counts in which lies
    /// there no more (the id of an incident is that of its first message when it was first seen, R29), or that message
    /// itself where it lies elsewhere now. Where nothing is called so, whatever has an id that begins so; several where it
    /// is not clear.
    pub fn named(&self, id: &str) -> Vec<Named<'_>> {
        if id.is_empty() {
            return Vec::new();
        }
        for whole in [true, false] {
            let test = |called: &str| if whole { called == id } else { called.starts_with(id) };
            let rows: Vec<Named<'_>> = self.called(&test).map(Named::Message).collect();
            let found = if rows.is_empty() { self.once_called(&test) } else { rows };
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// Rows with such an id, short or long.
    fn called(&self, test: &dyn Fn(&str) -> bool) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| test(&name::shown(&row.key.base)) || test(&self.long_id(&row.key)))
    }

    /// What became of messages with such an id that lie there no more, each once.
    fn once_called(&self, test: &dyn Fn(&str) -> bool) -> Vec<Named<'_>> {
        let is = |stone: &&Arc<Tombstone>| {
            self.exists(stone.received)
                && !self.by_key.contains_key(&stone.key)
                && (test(&name::shown(&stone.key.base)) || test(&self.long_id(&stone.key)))
        };
        let gone = self.stones.all.iter().filter(is);
        let about: Vec<About> = gone.map(|stone| About { key: stone.key.clone(), digest: stone.digest }).collect();
        if about.is_empty() {
            return Vec::new();
        }
        let mut found = self.settled.engine.once_at(&self.input(), &about);
        found.sort_unstable();
        found.dedup();
        let named = |(number, row): (_, Option<usize>)| match row {
            Some(row) => self.rows.get(row).map(Named::Message),
            None => self.incident(number).map(Named::Incident),
        };
        found.into_iter().flatten().filter_map(named).collect()
    }

    /// The text that [`Inbox::named`] takes for this row alone: the base name, or the long form where others share it.
    pub fn id(&self, row: &Row) -> String {
        let shared = (0..self.folders.len()).filter_map(|i| u16::try_from(i).ok()).any(|i| {
            FolderId(i) != row.key.folder
                && self.by_key.contains_key(&MailKey { folder: FolderId(i), base: row.key.base.clone() })
        });
        if shared { self.long_id(&row.key) } else { name::shown(&row.key.base) }
    }

    /// `maildir/folder/base`.
    fn long_id(&self, key: &MailKey) -> String {
        let base = name::shown(&key.base);
        match self.folder(key.folder) {
            Some(folder) if folder.name.is_empty() => format!("{}/{base}", folder.maildir),
            Some(folder) => format!("{}/{}/{base}", folder.maildir, folder.name),
            None => base,
        }
    }
}
