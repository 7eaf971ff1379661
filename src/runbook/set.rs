//! All runbooks: the shipped ones, overridden and extended by id; and a digest of them.

use super::file::{self, Runbook};
use super::shipped::SHIPPED;
use crate::error::{Diagnostic, Severity};

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
        Runbooks::with_files(&[])
    }

    /// The shipped runbooks with these files (name for people, text) laid over them: same id replaces, new id comes first.
    pub fn with_files(files: &[(String, String)]) -> Runbooks {
        Runbooks::build(SHIPPED, files, None)
    }

    /// The same after a change of the files: one that is broken now keeps what it said in this set (R15).
    #[must_use]
    pub fn reload(&self, files: &[(String, String)]) -> Runbooks {
        Runbooks::build(SHIPPED, files, Some(self))
    }

    /// Only these files, for tests and `check`.
    pub fn only(files: &[(String, String)]) -> Runbooks {
        Runbooks::build(&[], files, None)
    }

    fn build(shipped: &[(&str, &str)], files: &[(String, String)], before: Option<&Runbooks>) -> Runbooks {
        let mut set = Runbooks::default();
        let mut own: Vec<Runbook> = Vec::new();
        for (name, text) in files {
            let book = match file::parse(name, text) {
                Ok((book, odd)) => {
                    set.diagnostics.extend(odd);
                    Some(book)
                }
                Err(wrong) => {
                    set.diagnostics.extend(wrong);
                    before.and_then(|before| before.books.iter().find(|book| book.file == *name)).cloned()
                }
            };
            let Some(book) = book else { continue };
            if let Some(other) = own.iter().find(|other| other.id == book.id) {
                set.diagnostics.push(Diagnostic {
                    severity: Severity::Error,
                    file: name.clone(),
                    line: 0,
                    column: 0,
                    message: format!("the id `{}` is taken by {}", book.id, other.file),
                    hint: Some("give it another id, or remove one of the two files".to_owned()),
                });
                continue;
            }
            own.push(book);
        }
        let mut books: Vec<Runbook> = Vec::with_capacity(own.len() + shipped.len());
        for (name, text) in shipped {
            match file::parse(name, text) {
                Ok((book, odd)) => {
                    set.diagnostics.extend(odd);
                    match own.iter().position(|own| own.id == book.id) {
                        Some(index) => books.push(own.remove(index)),
                        None => books.push(book),
                    }
                }
                Err(wrong) => set.diagnostics.extend(wrong),
            }
        }
        own.extend(books);
        // More could not be told apart by their index.
        own.truncate(usize::from(u16::MAX));
        set.books = own;
        // Of the books that count, not of the files: one that is kept from before has no file that says what it says.
        let mut hash = blake3::Hasher::new();
        for book in &set.books {
            hash.update(&book.places.text);
        }
        set.digest = hash.finalize().as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        set
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
