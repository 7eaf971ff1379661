//! The index of words: `index.db` among the other indexes, SQLite with FTS5. It holds which words stand where in which mail, and
//! of each mail what its file was, so that one that was replaced is not taken for it.
//!
//! Words are taken out of the texts by [`crate::mail::words`] and handed to FTS5 between blanks, which its `ascii` tokenizer
//! takes apart at just these: what a word is, is said in one place. Several programs may use the file at once; one that is
//! damaged or of another layout is deleted and made anew, and who likes may delete it at any time. A byte that was changed
//! without harm to the structure is not noticed: SQLite keeps no sums.

use crate::io::index::{self, Cache};
use crate::mail::words::{self, Phrase};
use crate::mail::{Message, Time};
use crate::triage::query::deep::{Facts, Mail};
use crate::triage::row::{FolderId, MailKey};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, params};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The layout of the tables, and of which words of which texts they hold. A test knows the words of all samples, and says so
/// where this must be raised.
pub const VERSION: i64 = 1;

/// How long to wait for another program that writes.
const BUSY: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
CREATE TABLE folders(id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE);
CREATE TABLE mails(
  id INTEGER PRIMARY KEY,
  folder INTEGER NOT NULL REFERENCES folders(id),
  base BLOB NOT NULL,
  ino INTEGER NOT NULL,
  size INTEGER NOT NULL,   -- bytes
  mtime INTEGER NOT NULL,  -- seconds since 1970
  UNIQUE(folder, base)
);
CREATE VIRTUAL TABLE words USING fts5(shown, beside, content='', contentless_delete=1, tokenize='ascii');
";

/// The words of a mail.
#[derive(Debug, Clone)]
pub struct Text {
    key: MailKey,
    facts: Facts,
    /// Of the text that is shown, then of those beside it; between blanks.
    words: [String; 2],
}

impl Text {
    /// Takes the words out of a mail whose file is this.
    pub fn of(mail: &Mail, facts: Facts, message: &Message) -> Text {
        let mut texts = [String::new(), String::new()];
        for (all, text) in texts.iter_mut().zip(message.searched()) {
            words::each(text, |word| {
                all.push_str(word);
                all.push(' ');
            });
        }
        Text { key: mail.key.clone(), facts, words: texts }
    }

    /// Whose they are.
    pub fn key(&self) -> &MailKey {
        &self.key
    }
}

/// The open index.
#[derive(Debug)]
pub struct Words {
    db: Connection,
    path: PathBuf,
    /// Which file it is.
    ino: u64,
    /// Whether it turned out to be damaged.
    damaged: Cell<bool>,
}

impl Words {
    /// Opens the index to write, or begins one; one that cannot be used is made anew. `None`: that is not possible, or nothing
    /// may be written.
    pub fn open(cache: &Cache) -> Option<Words> {
        if let Some(path) = cache.unwanted_words_file() {
            remove(&path);
        }
        let path = real(cache.words_file()?, true)?;
        match Words::begin(&path) {
            Ok(Some(words)) => Some(words),
            // Another program has it for long, or no file can be opened just now.
            Err(error) if !is_damage(&error) => None,
            Ok(None) | Err(_) => {
                remove(&path);
                Words::begin(&path).ok().flatten()
            }
        }
    }

    fn begin(path: &Path) -> rusqlite::Result<Option<Words>> {
        if index::our_place(path, true).is_none() {
            return Ok(None);
        }
        let words = Words::connect(path)?;
        // A cache: what a power cut takes is made anew.
        words.db.pragma_update(None, "journal_mode", "WAL")?;
        words.db.pragma_update(None, "synchronous", "NORMAL")?;
        if words.version()? == 0 {
            let script = format!("BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;");
            // Another program may have begun it meanwhile.
            if words.db.execute_batch(&script).is_err() {
                let _ = words.db.execute_batch("ROLLBACK");
            }
        }
        Ok((words.version()? == VERSION).then_some(words))
    }

    /// Opens an index that is there, to look only.
    pub fn look(cache: &Cache) -> Option<Words> {
        let path = real(cache.words_file()?, false)?;
        index::our_place(&path, false)?;
        let words = Words::connect(&path).ok()?;
        words.db.pragma_update(None, "query_only", true).ok()?;
        (words.version().ok()? == VERSION).then_some(words)
    }

    fn connect(path: &Path) -> rusqlite::Result<Words> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(BUSY)?;
        let ino = fs::symlink_metadata(path).map(|file| file.ino()).unwrap_or_default();
        Ok(Words { db, path: path.to_path_buf(), ino, damaged: Cell::new(false) })
    }

    fn version(&self) -> rusqlite::Result<i64> {
        self.db.pragma_query_value(None, "user_version", |row| row.get(0))
    }

    /// What is to be had of an answer; a file that turns out to be damaged is deleted for the next one who opens it.
    fn sound<T>(&self, answer: rusqlite::Result<T>) -> Option<T> {
        answer
            .inspect_err(|error| {
                // Once: what lies there then may be another program's new one.
                let same = || fs::symlink_metadata(&self.path).is_ok_and(|file| file.ino() == self.ino);
                if is_damage(error) && !self.damaged.replace(true) && same() {
                    remove(&self.path);
                }
            })
            .ok()
    }

    fn folder(&self, path: &Path) -> rusqlite::Result<Option<i64>> {
        let bytes = path.as_os_str().as_bytes();
        self.db.prepare_cached("SELECT id FROM folders WHERE path = ?")?.query_row([bytes], |row| row.get(0)).optional()
    }

    /// The mails of a folder that it knows, by base name.
    pub fn stored(&self, folder: &Path) -> Option<HashMap<Box<[u8]>, Facts>> {
        self.sound((|| {
            let Some(id) = self.folder(folder)? else { return Ok(HashMap::new()) };
            let mut select = self.db.prepare_cached("SELECT base, ino, size, mtime FROM mails WHERE folder = ?")?;
            let mut stored = HashMap::new();
            let mut rows = select.query([id])?;
            while let Some(row) = rows.next()? {
                stored.insert(row.get_ref(0)?.as_blob()?.into(), facts(row, 1)?);
            }
            Ok(stored)
        })())
    }

    /// Has several questions answered as of one time.
    pub fn at_one_time<T>(&self, ask: impl FnOnce() -> Option<T>) -> Option<T> {
        self.sound(self.db.execute_batch("BEGIN"))?;
        let answer = ask();
        let _ = self.db.execute_batch("ROLLBACK");
        answer
    }

    /// Whether it turned out to be damaged, so that nothing comes of it any more.
    pub fn is_damaged(&self) -> bool {
        self.damaged.get()
    }

    /// Whether it knows a mail as its file is.
    pub fn knows(&self, folders: &[PathBuf], mail: &Mail) -> bool {
        let Some(path) = folders.get(usize::from(mail.key.folder.0)) else { return false };
        let known = self.sound((|| {
            let Some(id) = self.folder(path)? else { return Ok(None) };
            let mut select =
                self.db.prepare_cached("SELECT ino, size, mtime FROM mails WHERE folder = ? AND base = ?")?;
            select.query_row(params![id, &*mail.key.base], |row| facts(row, 0)).optional()
        })());
        known.flatten() == Some(mail.facts)
    }

    /// The mails that hold a phrase: folder and base name.
    pub fn find(&self, phrase: &Phrase) -> Option<Vec<(PathBuf, Vec<u8>)>> {
        // Words are letters and digits: nothing of the query language of FTS5.
        let wanted = format!("\"{}\"{}", phrase.words().join(" "), if phrase.is_open() { " *" } else { "" });
        self.sound((|| {
            let mut select = self.db.prepare_cached(
                "SELECT path, base FROM words JOIN mails ON mails.id = words.rowid JOIN folders ON folders.id = folder
                 WHERE words MATCH ?",
            )?;
            let found = select.query_map([wanted], |row| {
                Ok((PathBuf::from(OsStr::from_bytes(row.get_ref(0)?.as_blob()?)), row.get(1)?))
            })?;
            found.collect()
        })())
    }

    /// Adds the words of mails, in the place of what was known of them; all at once, or nothing. `None`: it cannot be
    /// written.
    pub fn add(&self, folders: &[PathBuf], texts: &[Text]) -> Option<()> {
        self.sound(self.in_one(|| {
            for Text { key, facts, words } in texts {
                let Some(path) = folders.get(usize::from(key.folder.0)) else { continue };
                let id = match self.folder(path)? {
                    Some(id) => id,
                    None => {
                        self.db.execute("INSERT INTO folders(path) VALUES (?)", [path.as_os_str().as_bytes()])?;
                        self.db.last_insert_rowid()
                    }
                };
                self.drop_mail(id, &key.base)?;
                self.db
                    .prepare_cached("INSERT INTO mails(folder, base, ino, size, mtime) VALUES (?, ?, ?, ?, ?)")?
                    .execute(params![
                        id,
                        &*key.base,
                        facts.ino.cast_signed(),
                        facts.size.cast_signed(),
                        facts.mtime.0
                    ])?;
                self.db
                    .prepare_cached("INSERT INTO words(rowid, shown, beside) VALUES (?, ?, ?)")?
                    .execute(params![self.db.last_insert_rowid(), words[0], words[1]])?;
            }
            Ok(())
        }))
    }

    /// Drops mails that lie there no more. `None`: it cannot be written.
    pub fn remove(&self, folders: &[PathBuf], keys: &[MailKey]) -> Option<()> {
        self.sound(self.in_one(|| {
            for key in keys {
                let Some(path) = folders.get(usize::from(key.folder.0)) else { continue };
                if let Some(id) = self.folder(path)? {
                    self.drop_mail(id, &key.base)?;
                }
            }
            Ok(())
        }))
    }

    /// Drops of these folders all mails but these. `None`: it cannot be written.
    pub fn keep_only(&self, folders: &[PathBuf], keys: &HashSet<MailKey>) -> Option<()> {
        for (number, folder) in folders.iter().enumerate() {
            let id = FolderId(u16::try_from(number).ok()?);
            let of = |base: Box<[u8]>| MailKey { folder: id, base: base.into() };
            let gone: Vec<MailKey> =
                self.stored(folder)?.into_keys().map(of).filter(|key| !keys.contains(key)).collect();
            if !gone.is_empty() {
                self.remove(folders, &gone)?;
            }
        }
        Some(())
    }

    fn drop_mail(&self, folder: i64, base: &[u8]) -> rusqlite::Result<()> {
        let id: Option<i64> = self
            .db
            .prepare_cached("DELETE FROM mails WHERE folder = ? AND base = ? RETURNING id")?
            .query_row(params![folder, base], |row| row.get(0))
            .optional()?;
        if let Some(id) = id {
            self.db.prepare_cached("DELETE FROM words WHERE rowid = ?")?.execute([id])?;
        }
        Ok(())
    }

    fn in_one<T>(&self, work: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let done = work().and_then(|done| self.db.execute_batch("COMMIT").map(|()| done));
        if done.is_err() {
            let _ = self.db.execute_batch("ROLLBACK");
        }
        done
    }
}

/// Whether the file is to blame. The last one: what the tables are not.
fn is_damage(error: &rusqlite::Error) -> bool {
    let damage = [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase, ErrorCode::Unknown];
    error.sqlite_error_code().is_some_and(|code| damage.contains(&code))
}

/// The path without links before the last two parts, which are ours: SQLite takes none at all.
fn real(path: PathBuf, begin: bool) -> Option<PathBuf> {
    let dir = path.parent()?;
    index::our_dir(dir, begin, true)?;
    Some(fs::canonicalize(dir).ok()?.join(path.file_name()?))
}

/// What a file is, in three columns from this one on.
fn facts(row: &Row<'_>, at: usize) -> rusqlite::Result<Facts> {
    let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(Facts { ino: number(at)?, size: number(at + 1)?, mtime: Time(row.get(at + 2)?) })
}

/// Deletes the file and what SQLite keeps beside it.
fn remove(path: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let _ = fs::remove_file(name);
    }
}
