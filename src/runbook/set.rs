//! All runbooks: the shipped ones, overridden and extended by id; and a digest of them.

use super::file::Runbook;
use crate::error::Diagnostic;

/// All runbooks in order; the index of a runbook is its [`BookId`].
#[derive(Debug, Clone, Default)]
pub struct Runbooks {
    books: Vec<Runbook>,
    /// What was odd or wrong, file by file.
    pub diagnostics: Vec<Diagnostic>,
    /// Changes whenever the text of any runbook changes.
    pub digest: u64,
}

/// Index of a runbook within its [`Runbooks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookId(pub u16);

impl Runbooks {
    /// The shipped runbooks.
    pub fn shipped() -> Runbooks {
        todo!()
    }

    /// The shipped runbooks with these files (name for people, text) laid over them: same id replaces, new id comes first.
    pub fn with_files(_files: &[(String, String)]) -> Runbooks {
        todo!()
    }

    /// Only these files, for tests and `check`.
    pub fn only(_files: &[(String, String)]) -> Runbooks {
        todo!()
    }

    /// The runbooks in order.
    pub fn iter(&self) -> impl Iterator<Item = (BookId, &Runbook)> {
        self.books.iter().enumerate().map(|(i, book)| (BookId(i as u16), book))
    }

    /// The runbook of that index.
    pub fn get(&self, id: BookId) -> Option<&Runbook> {
        self.books.get(id.0 as usize)
    }

    /// The runbook of that id.
    pub fn by_id(&self, id: &str) -> Option<(BookId, &Runbook)> {
        self.iter().find(|(_, book)| book.id == id)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.books.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.books.is_empty()
    }
}
