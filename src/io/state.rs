//! The journal: `state.db`, SQLite in WAL mode with full sync. Every act stands in it before it is carried out.
//!
//! Acts are only ever added; what may change afterwards is their outcome (which flags were really changed, what failed).
//! Several instances may have it open: each holds a shared lock on `state.lock`, and only one that is alone completes
//! what a killed one left unfinished.

use super::deeds::{deed_in, deed_out};
use super::maildir::plain;
use super::sys::Sys;
use crate::error::{Error, ErrorKind};
use crate::mail::{Digest, Flags, Time};
use crate::runbook::Call;
use crate::triage::told::{Act, ActId, Deed, Target};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use rustix::fd::AsFd;
use rustix::io::Errno;
use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The version of the tables, in `PRAGMA user_version`.
pub const VERSION: i64 = 3;
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
  finished INTEGER NOT NULL DEFAULT 0  -- whether the outcome below is known
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
CREATE INDEX unfinished ON acts(id) WHERE finished = 0;
CREATE TABLE outbox(
  base BLOB PRIMARY KEY,               -- of the file
  act INTEGER NOT NULL REFERENCES acts(id),
  state TEXT NOT NULL,                 -- queued, sending, failed, unknown, sent
  tries INTEGER NOT NULL DEFAULT 0,
  error TEXT
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
    /// The shared lock, and whether we were alone when we took it.
    lock: Option<File>,
    alone: bool,
}

impl State {
    /// Opens (and creates) the journal in this folder; refuses a folder of someone else or one that others may write (MR-22).
    ///
    /// # Errors
    /// Where it cannot be opened, is of a newer version or is damaged.
    pub fn open(dir: &Path) -> Result<State, Error> {
        private_dir(Sys::default(), dir)?;
        let lock_path = dir.join(LOCK);
        private_file(&lock_path)?;
        let lock = File::open(&lock_path).map_err(|error| cannot("open", &lock_path, error))?;
        let alone = lock.try_lock().is_ok();
        if !alone {
            lock.lock_shared().map_err(|error| cannot("lock", &lock_path, error))?;
        }
        let (path, db) = connect(dir)?;
        Ok(State { db: Some(db), path, acts: Vec::new(), outbox: Vec::new(), lock: Some(lock), alone })
    }

    /// Opens the journal without leaving anything behind; an absent one is empty.
    ///
    /// # Errors
    /// Where it is there and cannot be read.
    pub fn open_read_only(dir: &Path) -> Result<State, Error> {
        let path = dir.join(DB);
        let mut state = State { db: None, path, acts: Vec::new(), outbox: Vec::new(), lock: None, alone: false };
        if let Look::Read((acts, outbox)) = look(dir, |db| Ok((read_acts(db, 0)?, read_outbox(db)?)))? {
            state.acts = acts;
            state.outbox = outbox;
        }
        Ok(state)
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
            Some(db) => read_acts(db, after.0).map_err(|error| self.broken(&error)),
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
    /// Where it cannot be written.
    pub fn finish(&mut self, act: &Act) -> Result<(), Error> {
        let path = self.path.clone();
        let db = self.writable()?;
        (|| {
            let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
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
            query.query_map([], |row| row.get(0).map(ActId))?.collect()
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
        self.writable()?
            .execute(
                "INSERT INTO outbox(base, act, state, tries, error) VALUES(?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT(base) DO UPDATE SET act = ?2, state = ?3, tries = ?4, error = ?5",
                params![status.base, status.act.0, status.state, status.tries, status.error],
            )
            .map(|_| ())
            .map_err(|error| unwritten(&path, &error))
    }

    /// Marks a mail as being sent, unless another instance has it in hand or it is not to be sent; says whether it did.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn claim_outbox(&mut self, base: &[u8]) -> Result<bool, Error> {
        let path = self.path.clone();
        self.writable()?
            .execute(
                "UPDATE outbox SET state = 'sending', tries = tries + 1 \
                 WHERE base = ?1 AND state IN ('queued', 'failed')",
                [base],
            )
            .map(|changed| changed == 1)
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
    let path = dir.join(DB);
    match std::fs::metadata(&path) {
        Ok(meta) if meta.len() > 0 => {}
        Ok(_) => return Ok(Look::Nothing),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Look::Nothing),
        Err(error) => return Err(cannot("read", &path, error)),
    }
    let checked = |db: &Connection| {
        check_version(db, &path)?;
        read(db).map_err(|error| broken(&path, &error))
    };
    let wal = path.with_file_name(format!("{DB}-wal"));
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

/// Length, times and number of a file, where it is there.
fn facts(path: &Path) -> Option<(u64, i64, i64, u64)> {
    std::fs::metadata(path).ok().map(|m| (m.len(), m.mtime(), m.mtime_nsec(), m.ino()))
}

/// Opens (and creates) the database.
fn connect(dir: &Path) -> Result<(PathBuf, Connection), Error> {
    private_dir(Sys::default(), dir)?;
    let path = dir.join(DB);
    private_file(&path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(&path, flags).map_err(|error| broken(&path, &error))?;
    prepare(&mut db, &path)?;
    Ok((path, db))
}

/// Another connection to the database, for what is less precious than acts: it does not wait for the disk.
///
/// # Errors
/// As for [`State::open`].
pub(super) fn open_beside(dir: &Path) -> Result<Connection, Error> {
    let (path, db) = connect(dir)?;
    db.pragma_update(None, "synchronous", "NORMAL").map_err(|error| broken(&path, &error))?;
    Ok(db)
}

/// An error of the database in that folder.
pub(super) fn trouble(dir: &Path, error: &rusqlite::Error) -> Error {
    broken(&dir.join(DB), error)
}

/// WAL, full sync, tables.
fn prepare(db: &mut Connection, path: &Path) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| broken(path, &error);
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
    if found < VERSION {
        tx.pragma_update(None, "user_version", VERSION).map_err(failed)?;
    }
    tx.commit().map_err(failed)
}

/// The version of the tables.
pub(super) fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn check_version(db: &Connection, path: &Path) -> Result<(), Error> {
    let found = version(db).map_err(|error| broken(path, &error))?;
    if found <= VERSION {
        return Ok(());
    }
    let message =
        format!("{} was written by a newer dutybox (version {found}, this one knows {VERSION})", path.display());
    Err(Error::new(ErrorKind::State, message).hint("use the newer dutybox, or another folder: --state-dir DIR"))
}

/// Copies database and log until both stood still meanwhile, and opens the copy.
fn snapshot(path: &Path) -> Result<(tempfile::TempDir, Connection), Error> {
    let wal = path.with_file_name(format!("{DB}-wal"));
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

fn read_acts(db: &Connection, after: i64) -> rusqlite::Result<Vec<Act>> {
    let mut acts = Vec::new();
    if version(db)? == 0 {
        return Ok(acts);
    }
    let mut query = db.prepare("SELECT id, at, by, deed, detail FROM acts WHERE id > ?1 ORDER BY id")?;
    let mut rows = query.query([after])?;
    while let Some(row) = rows.next()? {
        let (word, detail): (String, String) = (row.get(3)?, row.get(4)?);
        let deed = deed_in(&word, &detail).ok_or_else(|| {
            let what = format!("act of a sort that this version does not know: {word}");
            rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, what.into())
        })?;
        acts.push(Act { id: ActId(row.get(0)?), at: Time(row.get(1)?), by: row.get(2)?, deed, targets: Vec::new() });
    }
    let call = if version(db)? < 2 { "NULL" } else { "t.call" };
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
    Ok(acts)
}

fn read_outbox(db: &Connection) -> rusqlite::Result<Vec<Status>> {
    let there: Option<i64> = db
        .query_row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'", [], |row| row.get(0))
        .optional()?;
    if there.is_none() {
        return Ok(Vec::new());
    }
    let mut query = db.prepare("SELECT base, act, state, tries, error FROM outbox")?;
    query
        .query_map([], |row| {
            Ok(Status {
                base: row.get(0)?,
                act: ActId(row.get(1)?),
                state: row.get(2)?,
                tries: row.get(3)?,
                error: row.get(4)?,
            })
        })?
        .collect()
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
    let damaged = matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
    );
    let hint = if damaged {
        format!("it is damaged; start afresh and keep it: mv {shown} {shown}.bad")
    } else if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) {
        "another dutybox is writing: try again in a moment".to_owned()
    } else {
        format!("look at it: ls -l {shown}")
    };
    Error::new(ErrorKind::State, format!("cannot use the journal {shown}: {error}")).hint(hint)
}

fn unwritten(path: &Path, error: &rusqlite::Error) -> Error {
    let error = broken(path, error);
    Error { message: error.message.replacen("cannot use", "cannot write", 1), ..error }
}
