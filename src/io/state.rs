//! The journal: `state.db`, SQLite in WAL mode with full sync. Every act stands in it before it is carried out.
//!
//! Acts are only ever added; what may change afterwards is their outcome (which flags were really changed, what failed).
//! Several instances may have it open: each holds a shared lock on `state.lock`, and only one that is alone completes
//! what a killed one left unfinished.
//!
//! - `check`: the sums that acts are checked by, and what becomes of a damaged file.

mod check;

pub use check::Damaged;

use super::deeds::{deed_in, deed_out};
use super::maildir::plain;
use super::sys::Sys;
use crate::error::{Error, ErrorKind};
use crate::mail::{Digest, Flags, Time};
use crate::runbook::Call;
use crate::triage::told::{Act, ActId, Deed, Target};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use rustix::fd::AsFd;
use rustix::io::Errno;
use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The version of the tables, in `PRAGMA user_version`.
pub const VERSION: i64 = 4;
/// How long to wait for another instance that writes.
const BUSY: Duration = Duration::from_secs(10);
const DB: &str = "state.db";
const LOCK: &str = "state.lock";

const SCHEMA: &str = "
CREATE TABLE acts(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,                 -- seconds since 1970
  by TEXT NOT NULL,
  deed TEXT NOT NULL,                  -- Deed::word
  detail TEXT NOT NULL,                -- what else the deed holds, JSON
  finished INTEGER NOT NULL DEFAULT 0, -- whether the outcome below is known
  sum BLOB                             -- of this and its targets: see state::check
);
CREATE TABLE targets(
  act INTEGER NOT NULL REFERENCES acts(id),
  n INTEGER NOT NULL,
  folder TEXT NOT NULL,
  base BLOB NOT NULL,
  digest BLOB NOT NULL,
  call TEXT,                           -- Call::word of the message when it was done
  planned_add TEXT NOT NULL,           -- flag letters
  planned_remove TEXT NOT NULL,
  added TEXT NOT NULL DEFAULT '',      -- what was really changed
  removed TEXT NOT NULL DEFAULT '',
  failed TEXT,
  PRIMARY KEY(act, n)
) WITHOUT ROWID;
CREATE TABLE outbox(
  base BLOB PRIMARY KEY,               -- of the file
  act INTEGER NOT NULL REFERENCES acts(id),
  state TEXT NOT NULL,                 -- queued, sending, failed, unknown, sent
  tries INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  sum BLOB
) WITHOUT ROWID;
";

/// The status of a mail in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Base name of its file.
    pub base: Vec<u8>,
    /// The act that queued it.
    pub act: ActId,
    /// `queued`, `sending`, `failed`, `unknown` or `sent`.
    pub state: String,
    /// Attempts so far.
    pub tries: u32,
    /// The last failure, cleaned.
    pub error: Option<String>,
}

/// The open journal.
#[derive(Debug)]
pub struct State {
    /// `None` where nothing can be recorded; then `acts` and `outbox` hold what was read.
    db: Option<Connection>,
    path: PathBuf,
    acts: Vec<Act>,
    outbox: Vec<Status>,
    /// What was found damaged in it when it was opened.
    damaged: Vec<Damaged>,
    /// What the operator must know, in words with what to do.
    troubles: Vec<String>,
    /// The shared lock, and whether we were alone when we took it.
    lock: Option<File>,
    alone: bool,
}

impl State {
    /// Opens (and creates) the journal in this folder; refuses a folder of someone else or one that others may write (MR-22).
    /// A damaged one is kept aside, and what is whole in it goes on in a new one: [`State::troubles`] says so.
    ///
    /// # Errors
    /// Where it cannot be opened, is of a newer version, or is damaged while another instance has it open.
    pub fn open(dir: &Path) -> Result<State, Error> {
        private_dir(Sys::default(), dir)?;
        let lock_path = dir.join(LOCK);
        private_file(&lock_path)?;
        let lock = File::open(&lock_path).map_err(|error| cannot("open", &lock_path, error))?;
        let alone = lock.try_lock().is_ok();
        if !alone {
            lock.lock_shared().map_err(|error| cannot("lock", &lock_path, error))?;
        }
        let mut state = State::closed(dir);
        let opened =
            connect(dir).and_then(|(_, db)| look_through(&db, &state.path, alone).map(|damaged| (db, damaged)));
        let (db, damaged) = match opened {
            Ok(opened) => opened,
            Err(Refused { error, damaged: true }) if alone => {
                let (db, words) = start_afresh(dir, &state.path, &error)?;
                state.troubles.push(words);
                (db, Vec::new())
            }
            Err(Refused { error, damaged: true }) => {
                return Err(error.hint("quit the other dutybox and start again: it is kept aside then"));
            }
            Err(Refused { error, .. }) => return Err(error),
        };
        state.troubles.extend(in_words(&damaged));
        Ok(State { db: Some(db), damaged, lock: Some(lock), alone, ..state })
    }

    fn closed(dir: &Path) -> State {
        State {
            db: None,
            path: dir.join(DB),
            acts: Vec::new(),
            outbox: Vec::new(),
            damaged: Vec::new(),
            troubles: Vec::new(),
            lock: None,
            alone: false,
        }
    }

    /// Opens the journal without leaving anything behind; an absent one is empty. Of a damaged one that is read which is
    /// whole: [`State::troubles`] says so.
    ///
    /// # Errors
    /// Where it is there and cannot be reached, or is of a newer version.
    pub fn open_read_only(dir: &Path) -> Result<State, Error> {
        let mut state = State::closed(dir);
        // Where there is no journal yet there are no tables to look through.
        let found = try_look(dir, |db| {
            let wrong = if version(db)? == 0 { None } else { check::quick_check(db, false)? };
            Ok(match wrong {
                Some(wrong) => Err(wrong),
                None => Ok((read_acts(db, 0)?, read_outbox(db)?)),
            })
        });
        let found = match found {
            Ok(Look::Read(Err(wrong))) => Err(Refused::damaged(&state.path, &wrong)),
            Ok(Look::Read(Ok(read))) => Ok(Look::Read(read)),
            Ok(Look::Nothing) => Ok(Look::Nothing),
            Err(refused) => Err(refused),
        };
        match found {
            Ok(Look::Read((read, outbox))) => {
                state.troubles.extend(in_words(&read.damaged));
                (state.acts, state.damaged, state.outbox) = (read.acts, read.damaged, outbox);
            }
            Ok(Look::Nothing) => {}
            Err(Refused { error, damaged: true }) => {
                state.troubles.push(format!(
                    "{}: nothing that was done before is known; it is kept aside when dutybox changes something next",
                    error.message
                ));
            }
            Err(Refused { error, .. }) => return Err(error),
        }
        Ok(state)
    }

    /// Acts that are not what was written: they are never acted on.
    pub fn damaged(&self) -> &[Damaged] {
        &self.damaged
    }

    /// What the operator must know about the journal, in words with what to do; empty where all is well.
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    /// Whether nothing can be recorded.
    pub fn read_only(&self) -> bool {
        self.db.is_none()
    }

    /// Whether no other instance had it open when this one opened it, so that what is unfinished is nobody's.
    pub fn alone(&self) -> bool {
        self.alone
    }

    /// Lets other instances in, after what was unfinished has been completed.
    ///
    /// # Errors
    /// Where the lock is lost.
    pub fn share(&mut self) -> Result<(), Error> {
        self.alone = false;
        match &self.lock {
            Some(lock) => lock.lock_shared().map_err(|error| cannot("lock", &self.path, error)),
            None => Ok(()),
        }
    }

    /// All acts, oldest first. Of an act that is not finished, the flags are those that were planned.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn acts(&self) -> Result<Vec<Act>, Error> {
        self.acts_since(ActId(0))
    }

    /// Acts after this one, oldest first: also those that another instance recorded.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn acts_since(&self, after: ActId) -> Result<Vec<Act>, Error> {
        match &self.db {
            Some(db) => read_acts(db, after.0).map(|read| read.acts).map_err(|error| self.broken(&error)),
            None => Ok(self.acts.iter().filter(|act| act.id > after).cloned().collect()),
        }
    }

    /// Records an act that is about to be carried out, with the flags that it is to change; it is on disk when this
    /// returns. Gives it its number.
    ///
    /// # Errors
    /// Where it cannot be written: then the act must not be carried out.
    pub fn begin(&mut self, act: &mut Act) -> Result<(), Error> {
        let path = self.path.clone();
        let db = self.writable()?;
        let id = (|| {
            let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let (word, detail) = deed_out(&act.deed);
            tx.execute(
                "INSERT INTO acts(at, by, deed, detail) VALUES(?1, ?2, ?3, ?4)",
                params![act.at.0, act.by, word, detail.to_string()],
            )?;
            let id = tx.last_insert_rowid();
            {
                let mut insert = tx.prepare(
                    "INSERT INTO targets(act, n, folder, base, digest, planned_add, planned_remove, failed, call) \
                     VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?;
                for (n, target) in act.targets.iter().enumerate() {
                    let n = i64::try_from(n).unwrap_or(i64::MAX);
                    insert.execute(params![
                        id,
                        n,
                        target.folder,
                        &target.base[..],
                        &target.digest.0[..],
                        target.added.to_string(),
                        target.removed.to_string(),
                        target.failed,
                        target.call.map(Call::word),
                    ])?;
                }
            }
            check::seal_act(&tx, id)?;
            tx.commit()?;
            Ok(id)
        })()
        .map_err(|error| unwritten(&path, &error))?;
        act.id = ActId(id);
        Ok(())
    }

    /// Records what really came of it. May be called again when more is known (a forward that was sent later).
    ///
    /// # Errors
    /// Where it cannot be written, or the act is not what was written.
    pub fn finish(&mut self, act: &Act) -> Result<(), Error> {
        let path = self.path.clone();
        let db = self.writable()?;
        (|| {
            let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            if !check::is_whole(&tx, act.id.0)? {
                // A new sum would make of it something that was never told.
                return Err(not_whole(act.id.0));
            }
            tx.execute("UPDATE acts SET finished = 1 WHERE id = ?1", [act.id.0])?;
            // What the command that pages answered is an outcome too.
            if matches!(act.deed, Deed::Reach { hook: Some(_), .. }) {
                let (_, detail) = deed_out(&act.deed);
                tx.execute("UPDATE acts SET detail = ?2 WHERE id = ?1", params![act.id.0, detail.to_string()])?;
            }
            {
                let mut update =
                    tx.prepare("UPDATE targets SET added = ?3, removed = ?4, failed = ?5 WHERE act = ?1 AND n = ?2")?;
                for (n, target) in act.targets.iter().enumerate() {
                    let n = i64::try_from(n).unwrap_or(i64::MAX);
                    let (added, removed) = (target.added.to_string(), target.removed.to_string());
                    update.execute(params![act.id.0, n, added, removed, target.failed])?;
                }
            }
            check::seal_act(&tx, act.id.0)?;
            tx.commit()
        })()
        .map_err(|error| unwritten(&path, &error))
    }

    /// Acts that were begun and not finished, for the next start to complete.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn unfinished(&self) -> Result<Vec<ActId>, Error> {
        let Some(db) = &self.db else { return Ok(Vec::new()) };
        (|| -> rusqlite::Result<Vec<ActId>> {
            let mut query = db.prepare("SELECT id FROM acts WHERE finished = 0 ORDER BY id")?;
            let begun: Vec<i64> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let whole = |id: &i64| check::is_whole(db, *id);
            begun.into_iter().filter_map(|id| whole(&id).map(|w| w.then_some(ActId(id))).transpose()).collect()
        })()
        .map_err(|error| self.broken(&error))
    }

    /// The status of all mails in the outbox.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn outbox(&self) -> Result<Vec<Status>, Error> {
        match &self.db {
            Some(db) => read_outbox(db).map_err(|error| self.broken(&error)),
            None => Ok(self.outbox.clone()),
        }
    }

    /// Records the status of a mail in the outbox.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_outbox(&mut self, status: &Status) -> Result<(), Error> {
        let path = self.path.clone();
        let db = self.writable()?;
        (|| {
            let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            tx.execute(
                "INSERT INTO outbox(base, act, state, tries, error) VALUES(?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT(base) DO UPDATE SET act = ?2, state = ?3, tries = ?4, error = ?5",
                params![status.base, status.act.0, status.state, status.tries, status.error],
            )?;
            check::seal_status(&tx, &status.base)?;
            tx.commit()
        })()
        .map_err(|error| unwritten(&path, &error))
    }

    /// Marks a mail as being sent, unless another instance has it in hand or it is not to be sent; says whether it did.
    /// `unsure`: also one of which nobody knows whether it was sent.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn claim_outbox(&mut self, base: &[u8], unsure: bool) -> Result<bool, Error> {
        let path = self.path.clone();
        let db = self.writable()?;
        (|| {
            let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            if !check::status_is_whole(&tx, base)? {
                return Ok(false);
            }
            let changed = tx.execute(
                "UPDATE outbox SET state = 'sending', tries = tries + 1 \
                 WHERE base = ?1 AND (state IN ('queued', 'failed') OR state = 'unknown' AND ?2)",
                (base, unsure),
            )?;
            if changed == 1 {
                check::seal_status(&tx, base)?;
            }
            tx.commit()?;
            Ok(changed == 1)
        })()
        .map_err(|error| unwritten(&path, &error))
    }

    /// Forgets the status of a mail that has left the outbox.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn forget_outbox(&mut self, base: &[u8]) -> Result<(), Error> {
        let path = self.path.clone();
        self.writable()?
            .execute("DELETE FROM outbox WHERE base = ?1", [base])
            .map(|_| ())
            .map_err(|error| unwritten(&path, &error))
    }

    fn writable(&mut self) -> Result<&mut Connection, Error> {
        self.db.as_mut().ok_or_else(|| {
            Error::new(ErrorKind::State, "read-only: nothing is recorded").hint("start without --read-only to act")
        })
    }

    fn broken(&self, error: &rusqlite::Error) -> Error {
        broken(&self.path, error)
    }
}

/// What came of looking at the journal.
pub(super) enum Look<T> {
    /// There is none yet.
    Nothing,
    /// This was read.
    Read(T),
}

/// Reads something without leaving anything behind.
///
/// SQLite cannot read a write-ahead log without writing beside it. Where there is none, nobody writes: then the file is
/// read as it lies, and again if somebody began to write meanwhile. Else a copy of both files is read, and removed.
///
/// # Errors
/// Where it is there and cannot be read.
pub(super) fn look<T>(dir: &Path, read: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<Look<T>, Error> {
    try_look(dir, read).map_err(|refused| refused.error)
}

/// The same; tells what is damaged from what cannot be reached.
fn try_look<T>(dir: &Path, read: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<Look<T>, Refused> {
    let path = dir.join(DB);
    match std::fs::metadata(&path) {
        Ok(meta) if meta.len() > 0 => {}
        Ok(_) => return Ok(Look::Nothing),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Look::Nothing),
        Err(error) => return Err(cannot("read", &path, error).into()),
    }
    let checked = |db: &Connection| {
        check_version(db, &path)?;
        read(db).map_err(|error| Refused::of(&path, &error))
    };
    let wal = log_of(&path);
    let before = (facts(&path), facts(&wal));
    if before.1.is_none_or(|(length, ..)| length == 0)
        && let Ok(db) = as_it_lies(&path)
    {
        let found = checked(&db);
        drop(db);
        // What was read while somebody wrote may be half of it, or nonsense.
        if before == (facts(&path), facts(&wal)) {
            return found.map(Look::Read);
        }
    }
    let (_copy, db) = snapshot(&path)?;
    checked(&db).map(Look::Read)
}

/// Opens the file without locks and without looking for a log.
fn as_it_lies(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri, flags)
}

/// The write-ahead log of a database.
fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Length, times and number of a file, where it is there.
fn facts(path: &Path) -> Option<(u64, i64, i64, u64)> {
    std::fs::metadata(path).ok().map(|m| (m.len(), m.mtime(), m.mtime_nsec(), m.ino()))
}

/// Why the database was not opened, and whether it is damaged.
#[derive(Debug)]
struct Refused {
    error: Error,
    damaged: bool,
}

impl Refused {
    fn damaged(path: &Path, what: &str) -> Refused {
        let message = format!("the journal {} is damaged: {what}", path.display());
        Refused { error: Error::new(ErrorKind::State, message), damaged: true }
    }

    fn of(path: &Path, error: &rusqlite::Error) -> Refused {
        Refused { error: broken(path, error), damaged: check::is_damage(error) }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused { error, damaged: false }
    }
}

/// Opens (and creates) the database.
fn connect(dir: &Path) -> Result<(PathBuf, Connection), Refused> {
    private_dir(Sys::default(), dir)?;
    let path = dir.join(DB);
    private_file(&path)?;
    // SQLite does not say why it cannot write.
    for place in [dir, &path] {
        may_write(place).map_err(|errno| {
            cannot("write", place, errno.into())
                .hint(format!("look at it: ls -ld {}; to look only: dutybox --read-only", place.display()))
        })?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(&path, flags).map_err(|error| Refused::of(&path, &error))?;
    prepare(&mut db, &path)?;
    Ok((path, db))
}

/// Looks whether what is in the database is what was written; gives the acts that are not. The whole file is looked
/// through only where nobody else writes to it.
fn look_through(db: &Connection, path: &Path, alone: bool) -> Result<Vec<Damaged>, Refused> {
    // A number in the head of the file says so too; then it could be read, and nothing could ever be recorded.
    if db.is_readonly("main").map_err(|error| Refused::of(path, &error))? && may_write(path).is_ok() {
        return Err(Refused::damaged(path, "it says that it is for reading only"));
    }
    if let Some(found) = check::quick_check(db, alone).map_err(|error| Refused::of(path, &error))? {
        return Err(Refused::damaged(path, &found));
    }
    read_outbox(db).map_err(|error| Refused::of(path, &error))?;
    read_acts(db, 0).map(|read| read.damaged).map_err(|error| Refused::of(path, &error))
}

fn may_write(path: &Path) -> Result<(), Errno> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS)
}

/// Keeps a damaged database aside and goes on with a new one that holds what is whole in it; says so.
fn start_afresh(dir: &Path, path: &Path, why: &Error) -> Result<(Connection, String), Error> {
    let aside = check::set_aside(path, super::seen::clock())?;
    let (_, mut db) = connect(dir).map_err(|refused| refused.error)?;
    let carried = match snapshot(&aside) {
        Ok((_copy, old)) => check::carry_over(&old, &mut db, path)?,
        Err(_) => check::Carried::default(),
    };
    let lost = if carried.damaged > 0 { format!(", {} could not be read", carried.damaged) } else { String::new() };
    let words = format!(
        "{}; it is kept as {}, and a new journal goes on with what is whole in it: {} acts{lost}. Nothing of it is done \
         again; look through what was ignored, done and sent: dutybox journal, dutybox outbox",
        why.message,
        aside.display(),
        carried.acts,
    );
    Ok((db, words))
}

/// Single acts that are damaged, in words.
fn in_words(damaged: &[Damaged]) -> Option<String> {
    let first = damaged.first()?;
    let what = match damaged.len() {
        1 => format!("act {} of the journal is damaged and counts no more", first.id.0),
        several => format!("{several} acts of the journal are damaged and count no more"),
    };
    Some(format!("{what}; look what it was about: dutybox journal"))
}

fn not_whole(id: i64) -> rusqlite::Error {
    let why = format!("act {id} is damaged: it is not what was written");
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, why.into())
}

/// Another connection to the database, for what is less precious than acts: it does not wait for the disk.
///
/// # Errors
/// As for [`State::open`].
pub(super) fn open_beside(dir: &Path) -> Result<Connection, Error> {
    let (path, db) = connect(dir).map_err(|refused| refused.error)?;
    db.pragma_update(None, "synchronous", "NORMAL").map_err(|error| broken(&path, &error))?;
    Ok(db)
}

/// An error of the database in that folder.
pub(super) fn trouble(dir: &Path, error: &rusqlite::Error) -> Error {
    broken(&dir.join(DB), error)
}

/// WAL, full sync, tables.
fn prepare(db: &mut Connection, path: &Path) -> Result<(), Refused> {
    let failed = |error: rusqlite::Error| Refused::of(path, &error);
    db.busy_timeout(BUSY).map_err(failed)?;
    check_version(db, path)?;
    db.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    db.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    db.pragma_update(None, "foreign_keys", "ON").map_err(failed)?;
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
    // Looked at again: another instance may have made the tables meanwhile.
    let found = version(&tx).map_err(failed)?;
    match found {
        0 => tx.execute_batch(SCHEMA).map_err(failed)?,
        1 => tx.execute_batch("ALTER TABLE targets ADD COLUMN call TEXT").map_err(failed)?,
        _ => {}
    }
    if found < 3 {
        tx.execute_batch(super::seen::SCHEMA).map_err(failed)?;
    }
    if (1..4).contains(&found) {
        tx.execute_batch(
            "DROP INDEX IF EXISTS unfinished; ALTER TABLE acts ADD COLUMN sum BLOB; \
             ALTER TABLE outbox ADD COLUMN sum BLOB;",
        )
        .map_err(failed)?;
        check::seal_all(&tx).map_err(failed)?;
    }
    if found < VERSION {
        tx.pragma_update(None, "user_version", VERSION).map_err(failed)?;
    }
    tx.commit().map_err(failed)
}

/// The version of the tables.
pub(super) fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn check_version(db: &Connection, path: &Path) -> Result<(), Refused> {
    let failed = |error: rusqlite::Error| Refused::of(path, &error);
    let found = version(db).map_err(failed)?;
    if (4..=VERSION).contains(&found) {
        return Ok(());
    }
    if found <= VERSION {
        // The number alone may be what is damaged: an old version has no sums, and no version has no tables.
        let columns = |table: &str, like: &str| {
            let sql = "SELECT count(*) FROM pragma_table_info(?1) WHERE name LIKE ?2";
            db.query_row(sql, [table, like], |row| row.get::<_, i64>(0)).map_err(failed)
        };
        if found < 0 || (found == 0 && columns("acts", "%")? > 0) || columns("acts", "sum")? > 0 {
            return Err(Refused::damaged(path, &format!("its version is not {found}")));
        }
        return Ok(());
    }
    let message =
        format!("{} was written by a newer dutybox (version {found}, this one knows {VERSION})", path.display());
    Err(Error::new(ErrorKind::State, message).hint("use the newer dutybox, or another folder: --state-dir DIR").into())
}

/// Copies database and log until both stood still meanwhile, and opens the copy.
fn snapshot(path: &Path) -> Result<(tempfile::TempDir, Connection), Error> {
    let wal = log_of(path);
    let copy = tempfile::Builder::new().prefix("dutybox-").tempdir().map_err(|error| {
        cannot("make a folder in", &std::env::temp_dir(), error)
            .hint("name a folder that can be written: TMPDIR=DIR dutybox …")
    })?;
    let here = copy.path().join(DB);
    let here_wal = copy.path().join(format!("{DB}-wal"));
    for round in 0..50 {
        if round > 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let before = (facts(path), facts(&wal));
        std::fs::copy(path, &here).map_err(|error| cannot("read", path, error))?;
        match std::fs::copy(&wal, &here_wal) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let _ = std::fs::remove_file(&here_wal);
            }
            Err(error) => return Err(cannot("read", &wal, error)),
        }
        if before == (facts(path), facts(&wal)) {
            break;
        }
    }
    let db = Connection::open(&here).map_err(|error| broken(path, &error))?;
    Ok((copy, db))
}

/// What was read of the journal.
#[derive(Debug, Default)]
struct Read {
    acts: Vec<Act>,
    damaged: Vec<Damaged>,
}

fn read_acts(db: &Connection, after: i64) -> rusqlite::Result<Read> {
    let mut found = Read::default();
    let version = version(db)?;
    if version == 0 {
        return Ok(found);
    }
    let mut query = db.prepare("SELECT id, at, by, deed, detail FROM acts WHERE id > ?1 ORDER BY id")?;
    let mut rows = query.query([after])?;
    // Versions before the fourth wrote no sums.
    let whole = if version < 4 { None } else { Some(check::whole_acts(db, after)?) };
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let mut bad = |why: String| found.damaged.push(Damaged { id: ActId(id), why });
        if whole.as_ref().is_some_and(|whole| !whole.contains(&id)) {
            bad("it is not what was written".into());
            continue;
        }
        let (word, detail): (String, String) = (row.get(3)?, row.get(4)?);
        match deed_in(&word, &detail) {
            Some(deed) => {
                let act = Act { id: ActId(id), at: Time(row.get(1)?), by: row.get(2)?, deed, targets: Vec::new() };
                found.acts.push(act);
            }
            None => bad(format!("of a sort that this version does not know: {word}")),
        }
    }
    let acts = &mut found.acts;
    let call = if version < 2 { "NULL" } else { "t.call" };
    let mut query = db.prepare(&format!(
        "SELECT t.act, t.folder, t.base, t.digest, \
         iif(a.finished, t.added, t.planned_add), iif(a.finished, t.removed, t.planned_remove), t.failed, {call} \
         FROM targets t JOIN acts a ON a.id = t.act WHERE t.act > ?1 ORDER BY t.act, t.n",
    ))?;
    let mut rows = query.query([after])?;
    let mut at = 0;
    while let Some(row) = rows.next()? {
        let id = ActId(row.get(0)?);
        while acts.get(at).is_some_and(|act| act.id < id) {
            at += 1;
        }
        let Some(act) = acts.get_mut(at).filter(|act| act.id == id) else { continue };
        let (base, digest): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(3)?);
        let (added, removed): (String, String) = (row.get(4)?, row.get(5)?);
        let call: Option<String> = row.get(7)?;
        act.targets.push(Target {
            folder: row.get(1)?,
            base: base.into(),
            digest: Digest(digest.try_into().unwrap_or_default()),
            call: call.as_deref().and_then(Call::from_word),
            added: Flags::from_letters(added.as_bytes()),
            removed: Flags::from_letters(removed.as_bytes()),
            failed: row.get(6)?,
        });
    }
    Ok(found)
}

fn read_outbox(db: &Connection) -> rusqlite::Result<Vec<Status>> {
    let there: Option<i64> = db
        .query_row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'", [], |row| row.get(0))
        .optional()?;
    if there.is_none() {
        return Ok(Vec::new());
    }
    let checked = version(db)? >= 4;
    let mut query = db.prepare("SELECT base, act, state, tries, error FROM outbox")?;
    let mut rows = query.query([])?;
    let mut statuses = Vec::new();
    while let Some(row) = rows.next()? {
        let base: Vec<u8> = row.get(0)?;
        if checked && !check::status_is_whole(db, &base)? {
            // Of no act, and not to be sent.
            let error = Some(check::BAD_STATUS.to_owned());
            statuses.push(Status { base, act: ActId(0), state: "unknown".into(), tries: 0, error });
            continue;
        }
        statuses.push(Status {
            base,
            act: ActId(row.get(1)?),
            state: row.get(2)?,
            tries: row.get(3)?,
            error: row.get(4)?,
        });
    }
    Ok(statuses)
}

/// Makes a folder of ours, 0700, or checks that it is ours alone (MR-22).
///
/// # Errors
/// Where it cannot be made, belongs to someone else, or others may write it.
pub(crate) fn private_dir(sys: Sys, dir: &Path) -> Result<(), Error> {
    if let Err(errno) = make_dirs(sys, dir) {
        return Err(cannot("make the state folder", dir, errno.into()).hint("name another: --state-dir DIR"));
    }
    let meta = std::fs::metadata(dir).map_err(|error| cannot("look at", dir, error))?;
    let me = rustix::process::geteuid().as_raw();
    if meta.uid() != me {
        let message = format!("the state folder {} belongs to another user ({})", dir.display(), meta.uid());
        return Err(Error::new(ErrorKind::State, message).hint("use a folder of your own: --state-dir DIR"));
    }
    if meta.mode() & 0o022 != 0 {
        let message = format!("others may write the state folder {}", dir.display());
        return Err(Error::new(ErrorKind::State, message).hint(format!("chmod 700 {}", dir.display())));
    }
    Ok(())
}

/// Makes a folder and those above it; each is on disk before something is put into it, as far as the one above may be
/// opened: a mail in a folder that a power cut takes along is lost too.
fn make_dirs(sys: Sys, dir: &Path) -> Result<(), Errno> {
    let above = dir.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = match sys.make_dir(dir) {
        Err(Errno::NOENT) if dir.parent().is_some() => {
            make_dirs(sys, above)?;
            sys.make_dir(dir)
        }
        other => other,
    };
    match made {
        Ok(()) => match sys.open_dir(above) {
            Ok(above) => sys.sync(above.as_fd()),
            Err(_) => Ok(()),
        },
        Err(_) if dir.is_dir() => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Makes an empty file, 0600, where there is none; refuses a link in its place, and takes rights from others.
///
/// The file is not opened where it is there: closing it again would drop the locks of SQLite in this process.
fn private_file(path: &Path) -> Result<(), Error> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => {
            return Err(cannot("create", path, error).hint("name a folder that you may write: --state-dir DIR"));
        }
    }
    let meta = std::fs::symlink_metadata(path).map_err(|error| cannot("look at", path, error))?;
    if !meta.is_file() {
        let message = format!("{} is no regular file", path.display());
        return Err(Error::new(ErrorKind::State, message).hint(format!("look at it: ls -l {}", path.display())));
    }
    if meta.mode() & 0o077 != 0 {
        std::fs::set_permissions(path, Permissions::from_mode(0o600))
            .map_err(|error| cannot("take rights from others on", path, error))?;
    }
    Ok(())
}

pub(crate) fn cannot(verb: &str, path: &Path, error: std::io::Error) -> Error {
    let message = format!("cannot {verb} {}: {}", path.display(), plain(&error));
    Error::new(ErrorKind::State, message).because(error)
}

fn broken(path: &Path, error: &rusqlite::Error) -> Error {
    let shown = path.display();
    let dir = path.parent().unwrap_or(path).display();
    let hint = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "quit dutybox and start it again: what is whole goes on in a new journal, and this one is kept aside".into()
        }
        Some(ErrorCode::DatabaseBusy) => "another dutybox is writing: try again in a moment".into(),
        // What SQLite calls an I/O error may be a full disk too.
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
            format!("perhaps the disk is full: df -h {dir}; to look only: dutybox --read-only")
        }
        _ => format!("look at it: ls -l {shown}"),
    };
    Error::new(ErrorKind::State, format!("cannot use the journal {shown}: {error}")).hint(hint)
}

fn unwritten(path: &Path, error: &rusqlite::Error) -> Error {
    let error = broken(path, error);
    Error { message: error.message.replacen("cannot use", "cannot write", 1), ..error }
}
