//! Whether the journal is what was written (C11): a sum for each act and each status, and what is done with a file that
//! is damaged.
//!
//! An act whose sum is wrong is listed as damaged and never acted on. A file that cannot be read any more is kept aside,
//! under a name with the time; what is whole in it goes over into a new one, but nothing of it is completed or sent by
//! itself, because it may be older than what was done last.

use super::{DB, broken, cannot, read_outbox};
use crate::error::Error;
use crate::mail::Time;
use crate::triage::told::ActId;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is written beside a status that was carried over.
const CARRIED: &str = "the journal was damaged: it may have been sent; look, then drop it or forward again";
/// What is written into an act that was begun and carried over.
const UNFINISHED: &str = "the journal was damaged: whether it was done is not known";
/// What stands in a status whose sum is wrong.
pub(super) const BAD_STATUS: &str = "its status is damaged: it may have been sent; look, then drop it";

/// The columns that the sums are about, in order.
const ACT: &str = "id, at, by, deed, detail, finished";
const TARGET: &str = "n, folder, base, digest, call, planned_add, planned_remove, added, removed, failed";

/// An act of the journal that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// Its number, as far as that can be trusted.
    pub id: ActId,
    /// What is wrong with it.
    pub why: String,
}

/// Adds the values of a row, each with its type and length, so that nothing can pass from one to the next.
fn add(sum: &mut blake3::Hasher, row: &Row<'_>, columns: usize) -> rusqlite::Result<()> {
    for column in 0..columns {
        let (kind, bytes): (u8, &[u8]) = match row.get_ref(column)? {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(number) => {
                sum.update(&[1]).update(&number.to_le_bytes());
                continue;
            }
            ValueRef::Real(number) => {
                sum.update(&[2]).update(&number.to_le_bytes());
                continue;
            }
            ValueRef::Text(text) => (3, text),
            ValueRef::Blob(blob) => (4, blob),
        };
        sum.update(&[kind]).update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
    }
    Ok(())
}

/// The sum of an act as it stands in the tables.
pub(super) fn sum_of_act(db: &Connection, id: i64) -> rusqlite::Result<[u8; 32]> {
    let mut sum = blake3::Hasher::new();
    let mut act = db.prepare_cached(&format!("SELECT {ACT} FROM acts WHERE id = ?1"))?;
    act.query_row([id], |row| add(&mut sum, row, ACT.split(',').count()))?;
    let mut targets = db.prepare_cached(&format!("SELECT {TARGET} FROM targets WHERE act = ?1 ORDER BY n"))?;
    let mut rows = targets.query([id])?;
    while let Some(row) = rows.next()? {
        add(&mut sum, row, TARGET.split(',').count())?;
    }
    Ok(*sum.finalize().as_bytes())
}

/// Writes down the sum of an act, in the transaction that changed it.
pub(super) fn seal_act(db: &Connection, id: i64) -> rusqlite::Result<()> {
    let sum = sum_of_act(db, id)?;
    db.prepare_cached("UPDATE acts SET sum = ?2 WHERE id = ?1")?.execute(params![id, &sum[..]]).map(|_| ())
}

/// Whether an act is what was written.
pub(super) fn is_whole(db: &Connection, id: i64) -> rusqlite::Result<bool> {
    let mut query = db.prepare_cached("SELECT sum FROM acts WHERE id = ?1")?;
    let whole = |row: &Row<'_>| Ok(row.get_ref(0)?.as_blob().ok().map(<[u8]>::to_vec));
    let stored = query.query_row([id], whole).optional()?.flatten();
    Ok(stored.is_some() && stored.as_deref() == Some(&sum_of_act(db, id)?[..]))
}

/// The acts after this one that are what was written, in one pass over the tables.
pub(super) fn whole_acts(db: &Connection, after: i64) -> rusqlite::Result<HashSet<i64>> {
    let mut whole = HashSet::new();
    let columns = TARGET.split(',').count();
    let mut targets =
        db.prepare_cached(&format!("SELECT {TARGET}, act FROM targets WHERE act > ?1 ORDER BY act, n"))?;
    let mut targets = targets.query([after])?;
    let mut target = targets.next()?;
    let mut acts = db.prepare_cached(&format!("SELECT {ACT}, sum FROM acts WHERE id > ?1 ORDER BY id"))?;
    let mut acts = acts.query([after])?;
    while let Some(act) = acts.next()? {
        let id: i64 = act.get(0)?;
        let mut sum = blake3::Hasher::new();
        add(&mut sum, act, ACT.split(',').count())?;
        while let Some(row) = target {
            let of: i64 = row.get(columns)?;
            if of > id {
                break;
            }
            if of == id {
                add(&mut sum, row, columns)?;
            }
            target = targets.next()?;
        }
        if act.get_ref(ACT.split(',').count())?.as_blob().ok() == Some(&sum.finalize().as_bytes()[..]) {
            whole.insert(id);
        }
    }
    Ok(whole)
}

/// The sum of a status.
fn sum_of_status(db: &Connection, base: &[u8]) -> rusqlite::Result<[u8; 32]> {
    let mut sum = blake3::Hasher::new();
    let mut query = db.prepare_cached("SELECT base, act, state, tries, error FROM outbox WHERE base = ?1")?;
    query.query_row([base], |row| add(&mut sum, row, 5))?;
    Ok(*sum.finalize().as_bytes())
}

/// Writes down the sum of a status, in the transaction that changed it.
pub(super) fn seal_status(db: &Connection, base: &[u8]) -> rusqlite::Result<()> {
    let sum = sum_of_status(db, base)?;
    db.prepare_cached("UPDATE outbox SET sum = ?2 WHERE base = ?1")?.execute(params![base, &sum[..]]).map(|_| ())
}

/// Whether a status is what was written.
pub(super) fn status_is_whole(db: &Connection, base: &[u8]) -> rusqlite::Result<bool> {
    let mut query = db.prepare_cached("SELECT sum FROM outbox WHERE base = ?1")?;
    let whole = |row: &Row<'_>| Ok(row.get_ref(0)?.as_blob().ok().map(<[u8]>::to_vec));
    let stored = query.query_row([base], whole).optional()?.flatten();
    Ok(stored.is_some() && stored.as_deref() == Some(&sum_of_status(db, base)?[..]))
}

/// Seals all that a version without sums wrote.
pub(super) fn seal_all(db: &Connection) -> rusqlite::Result<()> {
    let ids: Vec<i64> =
        db.prepare("SELECT id FROM acts")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    ids.into_iter().try_for_each(|id| seal_act(db, id))?;
    let bases: Vec<Vec<u8>> =
        db.prepare("SELECT base FROM outbox")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    bases.into_iter().try_for_each(|base| seal_status(db, &base))
}

/// Whether an error says that the file is not what SQLite or we wrote, rather than that it cannot be reached now.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode as Code;
    match error {
        rusqlite::Error::SqliteFailure(error, _) => {
            matches!(error.code, Code::DatabaseCorrupt | Code::NotADatabase | Code::Unknown | Code::TypeMismatch)
        }
        rusqlite::Error::SqlInputError { .. }
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::InvalidColumnName(_)
        | rusqlite::Error::QueryReturnedNoRows => true,
        _ => false,
    }
}

/// What SQLite itself finds wrong with the file (30 ms for 10,000 acts and 50,000 mails once seen) or with the tables of
/// the journal in it (2 ms), in a few words.
pub(super) fn quick_check(db: &Connection, all: bool) -> rusqlite::Result<Option<String>> {
    let tables: &[&str] = if all { &["1"] } else { &["acts", "targets", "outbox"] };
    for table in tables {
        let found: String = db.query_row(&format!("PRAGMA quick_check({table})"), [], |row| row.get(0))?;
        if found != "ok" {
            return Ok(Some(found.lines().next().unwrap_or("it is not as it was written").to_owned()));
        }
    }
    Ok(None)
}

/// Renames a damaged database with its log, under a name with the time; gives the name. Nothing is deleted.
///
/// # Errors
/// Where it cannot be renamed.
pub(super) fn set_aside(path: &Path, now: Time) -> Result<PathBuf, Error> {
    let name = |number: u32| {
        let time = now.rfc3339().replace([':', '-'], "");
        let more = if number == 0 { String::new() } else { format!("-{number}") };
        path.with_file_name(format!("{DB}.damaged-{time}{more}"))
    };
    let with = |path: &Path, end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let aside = (0..1_000).map(name).find(|aside| fs::symlink_metadata(aside).is_err()).unwrap_or_else(|| name(1_000));
    // The log first: without it the database is only older, but a new database must not find the old log.
    for end in ["-wal", "-shm", ""] {
        match fs::rename(with(path, end), with(&aside, end)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(cannot("set aside", &with(path, end), error)),
            Ok(()) => {}
        }
    }
    if let Some(dir) = path.parent() {
        fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| cannot("write", dir, error))?;
    }
    Ok(aside)
}

/// What was carried over.
#[derive(Debug, Default)]
pub(super) struct Carried {
    pub(super) acts: usize,
    pub(super) damaged: usize,
}

/// Carries what is whole in a damaged database over into a new one.
///
/// # Errors
/// Where the new one cannot be written. That the old one cannot be read is none: then less is carried over.
pub(super) fn carry_over(old: &Connection, new: &mut Connection, path: &Path) -> Result<Carried, Error> {
    let mut carried = Carried::default();
    let failed = |error: rusqlite::Error| broken(path, &error);
    let tx = new.transaction().map_err(failed)?;
    for id in ids(old) {
        match is_whole(old, id).and_then(|whole| Ok((whole, values(old, id)?))) {
            Ok((true, (act, targets))) => {
                insert(&tx, &act, &targets).map_err(failed)?;
                carried.acts += 1;
            }
            _ => carried.damaged += 1,
        }
    }
    for status in read_outbox(old).unwrap_or_default() {
        let known: bool = tx
            .query_row("SELECT count(*) FROM acts WHERE id = ?1", [status.act.0], |row| row.get(0))
            .map_err(failed)?;
        if !known {
            continue;
        }
        let (state, error) = match status.state.as_str() {
            "sent" => ("sent", status.error),
            _ => ("unknown", Some(CARRIED.to_owned())),
        };
        tx.execute(
            "INSERT OR REPLACE INTO outbox(base, act, state, tries, error) VALUES(?1, ?2, ?3, ?4, ?5)",
            params![status.base, status.act.0, state, status.tries, error],
        )
        .and_then(|_| seal_status(&tx, &status.base))
        .map_err(failed)?;
    }
    tx.commit().map_err(failed)?;
    Ok(carried)
}

/// The numbers of the acts that can be read from either end.
fn ids(db: &Connection) -> Vec<i64> {
    let mut ids = Vec::new();
    for order in ["ASC", "DESC"] {
        let Ok(mut query) = db.prepare(&format!("SELECT id FROM acts ORDER BY id {order}")) else { continue };
        let Ok(rows) = query.query_map([], |row| row.get::<_, i64>(0)) else { continue };
        ids.extend(rows.map_while(Result::ok));
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}

type Values = Vec<rusqlite::types::Value>;

/// An act and its targets as they stand in the tables.
fn values(db: &Connection, id: i64) -> rusqlite::Result<(Values, Vec<Values>)> {
    let all = |row: &Row<'_>, columns: usize| (0..columns).map(|column| row.get(column)).collect();
    let act =
        db.query_row(&format!("SELECT {ACT} FROM acts WHERE id = ?1"), [id], |row| all(row, ACT.split(',').count()))?;
    let mut query = db.prepare_cached(&format!("SELECT {TARGET} FROM targets WHERE act = ?1 ORDER BY n"))?;
    let targets = query.query_map([id], |row| all(row, TARGET.split(',').count()))?.collect::<Result<_, _>>()?;
    Ok((act, targets))
}

fn insert(db: &Connection, act: &Values, targets: &[Values]) -> rusqlite::Result<()> {
    let id = match act.first() {
        Some(rusqlite::types::Value::Integer(id)) => *id,
        _ => return Err(rusqlite::Error::QueryReturnedNoRows),
    };
    db.execute(&format!("INSERT INTO acts({ACT}) VALUES(?, ?, ?, ?, ?, ?)"), rusqlite::params_from_iter(act))?;
    for target in targets {
        let target: Values = [&[rusqlite::types::Value::Integer(id)], target.as_slice()].concat();
        let sql = format!("INSERT INTO targets(act, {TARGET}) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        db.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(&target))?;
    }
    // What was begun may have been done since: nothing of it is done again.
    if db.execute("UPDATE acts SET finished = 1 WHERE id = ?1 AND finished = 0", [id])? > 0 {
        db.execute("UPDATE targets SET failed = ?2 WHERE act = ?1 AND failed IS NULL", params![id, UNFINISHED])?;
    }
    seal_act(db, id)
}
