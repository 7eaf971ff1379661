//! Owns the rows: takes in changes, answers what is where. Pure.
//!
//! What is asked for every row at every frame (its call, whether it is hidden) is kept beside it as its
//! [`Standing`] and worked out again only when the row or what was told about it changes.

use super::correlate::{self, Verdict};
use super::query::Query;
use super::row::{Change, Folder, FolderId, MailKey, Row};
use super::told::{Act, MessageState, Told};
use crate::mail::{Flags, Time, name};
use crate::runbook::set::BookId;
use crate::runbook::{Call, Runbooks};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Age in seconds from which an incident no longer needs anybody (R28): 7 days.
pub const HORIZON: i64 = 7 * 24 * 3600;

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
    standings: Vec<Standing>,
    by_key: HashMap<MailKey, usize>,
    errors: BTreeMap<FolderId, String>,
    /// Nothing later than this exists (R2); `None`: now.
    as_of: Option<Time>,
    /// How far the first reading is: done, of all.
    pub progress: (usize, usize),
    /// Whether the first reading is complete.
    pub complete: bool,
}

/// What a list needs of a row at every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The verdict's call.
    pub call: Call,
    /// Whether the verdict is known.
    pub known: bool,
    /// Ignored.
    pub ignored: bool,
    /// Dealt with.
    pub done: bool,
    /// Has a note.
    pub noted: bool,
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
    /// Open ones that ask for a person (R28).
    pub needs_you: usize,
    /// All messages.
    pub total: usize,
    /// The most urgent call among the open ones.
    pub worst: Option<Call>,
    /// Newest delivery.
    pub newest: Option<Time>,
}

/// The category of messages that no runbook claims.
pub const UNDOCUMENTED: &str = "undocumented";

impl Inbox {
    /// An empty inbox with these runbooks, as of now.
    pub fn new(books: Arc<Runbooks>) -> Inbox {
        Inbox { books, ..Inbox::default() }
    }

    /// The same inbox at an earlier time: what was received or told later does not exist (R2). Set before any change.
    #[must_use]
    pub fn as_of(mut self, as_of: Option<Time>) -> Inbox {
        self.as_of = as_of;
        self
    }

    /// Takes in a change.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Folders(folders) => self.folders = folders,
            Change::Rows(rows) => rows.into_iter().for_each(|row| self.insert(row)),
            Change::Renamed(key, name, place) => {
                if let Some(row) = self.by_key.get(&key).and_then(|&i| self.rows.get_mut(i)) {
                    row.name = name;
                    row.place = place;
                }
            }
            Change::Vanished(key) => self.remove(&key),
            Change::FolderError(folder, Some(words)) => {
                self.errors.insert(folder, words);
            }
            Change::FolderError(folder, None) => {
                self.errors.remove(&folder);
            }
            Change::Progress { done, of } => self.progress = (done, of),
            Change::Complete => self.complete = true,
        }
    }

    fn insert(&mut self, row: Row) {
        if self.as_of.is_some_and(|as_of| row.received > as_of) {
            return;
        }
        let standing = self.work_out(&row);
        match self.by_key.get(&row.key) {
            Some(&i) => {
                if let (Some(old), Some(was)) = (self.rows.get_mut(i), self.standings.get_mut(i)) {
                    *old = row;
                    *was = standing;
                }
            }
            None => {
                self.by_key.insert(row.key.clone(), self.rows.len());
                self.rows.push(row);
                self.standings.push(standing);
            }
        }
    }

    fn remove(&mut self, key: &MailKey) {
        let Some(i) = self.by_key.remove(key) else { return };
        self.rows.swap_remove(i);
        self.standings.swap_remove(i);
        if let Some(moved) = self.rows.get(i) {
            self.by_key.insert(moved.key.clone(), i);
        }
    }

    /// Takes in an act.
    pub fn tell(&mut self, act: Act) {
        if self.as_of.is_some_and(|as_of| act.at > as_of) {
            return;
        }
        let folder = |path: &str| self.folders.iter().position(|folder| folder.path_text() == path);
        let about: HashSet<(usize, Box<[u8]>)> =
            act.targets.iter().filter_map(|target| Some((folder(&target.folder)?, target.base.clone()))).collect();
        let contents: HashSet<_> = act.targets.iter().map(|target| target.digest).collect();
        self.told.apply(act);
        for i in 0..self.rows.len() {
            let Some(row) = self.rows.get(i) else { continue };
            let here = contents.contains(&row.digest)
                || about.contains(&(usize::from(row.key.folder.0), row.key.base.clone()));
            if here {
                let standing = self.work_out(row);
                if let Some(slot) = self.standings.get_mut(i) {
                    *slot = standing;
                }
            }
        }
    }

    /// Takes in other runbooks; the rows keep their class until they are classified again.
    pub fn set_books(&mut self, books: Arc<Runbooks>) {
        self.books = books;
        self.standings = self.rows.iter().map(|row| self.work_out(row)).collect();
    }

    fn work_out(&self, row: &Row) -> Standing {
        let verdict = correlate::verdict(&self.books, row);
        let state = self.state(row);
        Standing {
            call: verdict.call,
            known: verdict.known,
            ignored: state.ignored.is_some(),
            done: state.done.is_some(),
            noted: !state.notes.is_empty(),
        }
    }

    /// The rows, in no particular order; the index of a row is good until the next change.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of that key.
    pub fn get(&self, key: &MailKey) -> Option<&Row> {
        self.by_key.get(key).and_then(|&i| self.rows.get(i))
    }

    /// The standing of the row of that key.
    pub fn standing(&self, key: &MailKey) -> Option<Standing> {
        self.by_key.get(key).and_then(|&i| self.standings.get(i)).copied()
    }

    /// All rows with their standings, in no particular order.
    pub fn standings(&self) -> impl Iterator<Item = (&Row, Standing)> {
        self.rows.iter().zip(self.standings.iter().copied())
    }

    /// The folder of that id.
    pub fn folder(&self, id: FolderId) -> Option<&Folder> {
        self.folders.get(usize::from(id.0))
    }

    /// What was told about a row, found by where it lies, else by its content where it was moved (R29).
    pub fn state(&self, row: &Row) -> MessageState {
        let until = self.as_of.unwrap_or(Time(i64::MAX));
        let folder = self.folder(row.key.folder).map(Folder::path_text).unwrap_or_default();
        if self.told.knows(&folder, &row.key.base) {
            return self.told.state(&folder, &row.key.base, until);
        }
        // A message with the same content that was told about and lies there no more is this one, moved.
        let moved = self.told.homes(row.digest).iter().find(|(path, base)| !self.lies_at(path, base));
        match moved {
            Some((path, base)) if row.odd.is_none() => self.told.state(path, base, until),
            _ => MessageState::default(),
        }
    }

    fn lies_at(&self, path: &str, base: &[u8]) -> bool {
        let Some(i) = self.folders.iter().position(|folder| folder.path_text() == path) else { return false };
        let Ok(folder) = u16::try_from(i).map(FolderId) else { return false };
        self.by_key.contains_key(&MailKey { folder, base: base.into() })
    }

    /// A row with what was told and its verdict.
    pub fn entry<'a>(&'a self, row: &'a Row) -> Entry<'a> {
        Entry { row, state: self.state(row), verdict: correlate::verdict(&self.books, row) }
    }

    /// The id of the category that a row is in.
    pub fn category(&self, row: &Row) -> &str {
        row.book().and_then(|book| self.books.get(book)).map_or(UNDOCUMENTED, |book| book.id.as_str())
    }

    /// The id of the kind of a row within its category; `None` where the runbook has no kinds.
    pub fn kind(&self, row: &Row) -> Option<&str> {
        let hit = row.class.primary.as_ref()?;
        let kind = self.books.get(hit.book)?.kinds.get(usize::from(hit.kind))?;
        (!kind.id.is_empty()).then_some(kind.id.as_str())
    }

    /// All rows that a query selects, newest delivery first.
    pub fn select<'a>(&'a self, query: &Query, now: Time) -> Vec<Entry<'a>> {
        let mut entries: Vec<Entry<'a>> =
            self.rows.iter().map(|row| self.entry(row)).filter(|entry| query.matches(self, entry, now)).collect();
        entries.sort_by(|a, b| newest_first(a.row, b.row));
        entries
    }

    /// Whether a row needs a person now (R28): page, act or decide, open, and not older than the horizon.
    pub fn needs_you(row: &Row, standing: Standing, now: Time) -> bool {
        standing.call >= Call::Decide
            && !standing.ignored
            && !standing.done
            && !row.flags().has(Flags::TRASHED)
            && now.0.saturating_sub(row.at.0) <= HORIZON
    }

    /// All categories that hold a message: those with the worst open call first, then by title; undocumented last.
    pub fn categories(&self, now: Time) -> Vec<CategorySummary> {
        let mut found: HashMap<Option<BookId>, CategorySummary> = HashMap::new();
        for (row, standing) in self.standings() {
            let book = row.book();
            let summary = found.entry(book).or_insert_with(|| self.empty_summary(book));
            summary.total += 1;
            summary.newest = summary.newest.max(Some(row.received));
            let open = !standing.ignored && !standing.done && !row.flags().has(Flags::TRASHED);
            if open {
                summary.open += 1;
                summary.unseen += usize::from(!row.flags().has(Flags::SEEN));
                summary.worst = summary.worst.max(Some(standing.call));
                summary.needs_you += usize::from(Inbox::needs_you(row, standing, now));
            }
        }
        let mut all: Vec<CategorySummary> = found.into_values().collect();
        all.sort_by(|a, b| {
            (a.book.is_none(), std::cmp::Reverse(a.worst), &a.title).cmp(&(
                b.book.is_none(),
                std::cmp::Reverse(b.worst),
                &b.title,
            ))
        });
        all
    }

    fn empty_summary(&self, book: Option<BookId>) -> CategorySummary {
        let runbook = book.and_then(|book| self.books.get(book));
        CategorySummary {
            book,
            id: runbook.map_or(UNDOCUMENTED, |book| book.id.as_str()).to_owned(),
            title: runbook.map_or("Undocumented", |book| book.title.as_str()).to_owned(),
            open: 0,
            unseen: 0,
            needs_you: 0,
            total: 0,
            worst: None,
            newest: None,
        }
    }

    /// How many rows need a person now.
    pub fn need_you(&self, now: Time) -> usize {
        self.standings().filter(|(row, standing)| Inbox::needs_you(row, *standing, now)).count()
    }

    /// The time up to which the mailbox is known to be complete: its newest delivery (R11), at most `now`.
    pub fn fresh_until(&self, now: Time) -> Option<Time> {
        self.rows.iter().map(|row| row.received.min(row.mtime)).max().map(|newest| newest.min(now))
    }

    /// Folders that cannot be read, in words.
    pub fn errors(&self) -> Vec<(FolderId, &str)> {
        self.errors.iter().map(|(&folder, words)| (folder, words.as_str())).collect()
    }

    /// Rows whose id is that text; where there is none, whose id begins with it (design.md section 7).
    pub fn find(&self, id: &str) -> Vec<&Row> {
        let by = |test: &dyn Fn(&str) -> bool| -> Vec<&Row> {
            self.rows.iter().filter(|row| test(&name::shown(&row.key.base)) || test(&self.long_id(row))).collect()
        };
        let exact = by(&|candidate| candidate == id);
        if !exact.is_empty() || id.is_empty() {
            return exact;
        }
        by(&|candidate| candidate.starts_with(id))
    }

    /// The text that [`Inbox::find`] takes for this row alone: the base name, or the long form where others share it.
    pub fn id(&self, row: &Row) -> String {
        let shared = (0..self.folders.len()).filter_map(|i| u16::try_from(i).ok()).any(|i| {
            FolderId(i) != row.key.folder
                && self.by_key.contains_key(&MailKey { folder: FolderId(i), base: row.key.base.clone() })
        });
        if shared { self.long_id(row) } else { name::shown(&row.key.base) }
    }

    /// `maildir/folder/base`.
    fn long_id(&self, row: &Row) -> String {
        let base = name::shown(&row.key.base);
        match self.folder(row.key.folder) {
            Some(folder) if folder.name.is_empty() => format!("{}/{base}", folder.maildir),
            Some(folder) => format!("{}/{}/{base}", folder.maildir, folder.name),
            None => base,
        }
    }

    /// Other messages around that time, in all categories, oldest first: `seconds` before and after.
    pub fn around(&self, at: Time, seconds: i64) -> Vec<&Row> {
        let mut rows: Vec<&Row> =
            self.rows.iter().filter(|row| row.at.0.abs_diff(at.0) <= seconds.unsigned_abs()).collect();
        rows.sort_by(|a, b| newest_first(b, a));
        rows
    }
}

/// Newest delivery first; ties by content, then by name, so that the order is total and stable.
pub fn newest_first(a: &Row, b: &Row) -> std::cmp::Ordering {
    (b.received, b.at, b.digest, &b.key).cmp(&(a.received, a.at, a.digest, &a.key))
}
