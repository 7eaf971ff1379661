//! What a message is called, and which message or incident an id means, also one that was read long ago (R29).

use super::Inbox;
use crate::mail::name;
use crate::triage::row::{Folder, FolderId, MailKey, Row};
use crate::triage::told::Home;
use crate::triage::trail;
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

    /// Where a message lay whenever acts were about it (R29): where it lies; where it lay before, by the trail that acts
    /// which moved it left; and where a message of its content lay of which neither the file nor the trail's end is there
    /// any more, as another program may have moved or renamed it.
    pub(in crate::triage) fn places(&self, row: &Row) -> Vec<Home> {
        let folder = self.folder(row.key.folder).map(Folder::path_text).unwrap_or_default();
        let mut places: Vec<Home> = Vec::new();
        if self.told.knows(&folder, &row.key.base) {
            places.push((folder.to_string(), row.key.base.clone()));
        }
        if row.odd.is_some() {
            return places;
        }
        let is_here = |(path, base): &Home| *path == *folder && **base == *row.key.base;
        for home in self.told.homes(row.digest).iter().filter(|home| !is_here(home)) {
            let end = trail::end(&self.told, &home.0, &home.1);
            let lost = || !self.lies_at(home) && !self.lies_at(&end) && !self.was_another(home, row);
            if is_here(&end) || lost() {
                places.push(home.clone());
            }
        }
        places
    }

    fn lies_at(&self, (path, base): &Home) -> bool {
        let at = self.folder_at(path).map(|folder| MailKey { folder, base: base.clone() });
        at.is_some_and(|key| self.by_key.contains_key(&key))
    }

    /// Whether what lay there says that it was another message than this one, of the same content.
    fn was_another(&self, (path, base): &Home, row: &Row) -> bool {
        let key = self.folder_at(path).map(|folder| MailKey { folder, base: base.clone() });
        let id = key.and_then(|key| self.stones.get(&key)).and_then(|stone| stone.message_id.as_deref());
        id.zip(row.message_id.as_deref()).is_some_and(|(was, is)| was != is)
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
