//! Rows that do not exist yet at the time that is looked at (R2): there may be as many as in the whole mailbox.

use crate::mail::Time;
use crate::triage::row::{MailKey, Row};
use std::collections::{BTreeMap, HashMap};

/// Rows that come later, each found by its place, in the order in which they come.
#[derive(Debug, Default)]
pub(super) struct Later {
    rows: BTreeMap<(Time, MailKey), Row>,
    times: HashMap<MailKey, Time>,
}

impl Later {
    /// Takes in a row, instead of another one of the same place.
    pub(super) fn put(&mut self, row: Row) {
        self.take(&row.key);
        self.times.insert(row.key.clone(), row.received);
        self.rows.insert((row.received, row.key.clone()), row);
    }

    /// Takes out the row of that place.
    pub(super) fn take(&mut self, key: &MailKey) -> Option<Row> {
        // Mostly there are none at all.
        let time = if self.times.is_empty() { None } else { self.times.remove(key) }?;
        self.rows.remove(&(time, key.clone()))
    }

    /// Takes out the row that comes first, where it comes up to that time; `None`: at any time.
    pub(super) fn pop(&mut self, to: Option<Time>) -> Option<Row> {
        let first = self.rows.first_entry().filter(|first| to.is_none_or(|to| first.key().0 <= to))?;
        let row = first.remove();
        self.times.remove(&row.key);
        Some(row)
    }

    pub(super) fn get_mut(&mut self, key: &MailKey) -> Option<&mut Row> {
        let time = *self.times.get(key)?;
        self.rows.get_mut(&(time, key.clone()))
    }

    /// When the first of them comes.
    pub(super) fn next(&self) -> Option<Time> {
        self.rows.first_key_value().map(|((time, _), _)| *time)
    }

    /// All, the earliest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Row> + Clone {
        self.rows.values()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.rows.values_mut()
    }
}
