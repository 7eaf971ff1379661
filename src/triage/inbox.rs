//! Owns the rows: takes in changes, answers what is where. Pure.

use super::correlate::Verdict;
use super::query::Query;
use super::row::{Change, Folder, FolderId, MailKey, Row};
use super::told::{Act, MessageState, Told};
use crate::mail::Time;
use crate::runbook::set::BookId;
use crate::runbook::{Call, Runbooks};
use std::collections::HashMap;
use std::sync::Arc;

/// All rows, what was told about them, and the runbooks.
#[derive(Debug, Default)]
pub struct Inbox {
    /// The runbooks in force.
    pub books: Arc<Runbooks>,
    /// What the operator told us.
    pub told: Told,
    /// The folders; a row's [`FolderId`] is an index into it.
    pub folders: Vec<Folder>,
    rows: Vec<Row>,
    by_key: HashMap<MailKey, usize>,
    errors: HashMap<FolderId, String>,
    /// How far the first reading is: done, of all.
    pub progress: (usize, usize),
    /// Whether the first reading is complete.
    pub complete: bool,
}

/// A row with all that is known about it.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The row.
    pub row: &'a Row,
    /// What was told.
    pub state: MessageState,
    /// The verdict.
    pub verdict: Verdict,
}

/// A category in the left pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategorySummary {
    /// The runbook; `None`: undocumented.
    pub book: Option<BookId>,
    /// Its id, or `undocumented`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Messages that are not ignored, done or trashed.
    pub open: usize,
    /// Unseen ones among them.
    pub unseen: usize,
    /// All messages.
    pub total: usize,
    /// The most urgent call among the open ones.
    pub worst: Option<Call>,
    /// Newest delivery.
    pub newest: Option<Time>,
}

impl Inbox {
    /// An empty inbox with these runbooks.
    pub fn new(books: Arc<Runbooks>) -> Inbox {
        Inbox { books, ..Inbox::default() }
    }

    /// Takes in a change.
    pub fn apply(&mut self, _change: Change) {
        let _ = (&self.rows, &self.by_key, &self.errors);
        todo!()
    }

    /// Takes in an act.
    pub fn tell(&mut self, act: Act) {
        self.told.apply(act);
    }

    /// The rows, in no particular order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of that key.
    pub fn get(&self, key: &MailKey) -> Option<&Row> {
        self.by_key.get(key).and_then(|&i| self.rows.get(i))
    }

    /// The folder of that id.
    pub fn folder(&self, id: FolderId) -> Option<&Folder> {
        self.folders.get(id.0 as usize)
    }

    /// A row with what was told by `now` and its verdict.
    pub fn entry<'a>(&'a self, _row: &'a Row, _now: Time) -> Entry<'a> {
        todo!()
    }

    /// All rows that a query selects, newest delivery first.
    pub fn select<'a>(&'a self, _query: &Query, _now: Time) -> Vec<Entry<'a>> {
        todo!()
    }

    /// All categories that hold a message or have a runbook, undocumented last; worst call first.
    pub fn categories(&self, _now: Time) -> Vec<CategorySummary> {
        todo!()
    }

    /// Folders that cannot be read, in words.
    pub fn errors(&self) -> Vec<(FolderId, &str)> {
        todo!()
    }

    /// Rows whose id is, or begins with, that text; `maildir/folder/base` names one exactly (design.md section 7).
    pub fn find(&self, _id: &str) -> Vec<&Row> {
        todo!()
    }

    /// The shortest text that [`Inbox::find`] takes for this row alone: the base name, or the long form.
    pub fn id(&self, _row: &Row) -> String {
        todo!()
    }
}
