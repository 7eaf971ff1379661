//! Mail that was once seen (R7): the table `seen` of `state.db`. What lies in the mailbox is written down, so that it
//! goes on counting in verdicts for 90 days after another program removed it.
//!
//! Less precious than the journal beside it: it is written in small portions and without waiting for the disk, by a
//! thread of its own while the screen is open ([`start`]), and a commit that a power cut takes along is written again at
//! the next start.

use super::state::{self, Look};
use crate::error::Error;
use crate::mail::{Digest, Time};
use crate::runbook::Runbooks;
use crate::triage::row::{Folder, FolderId, MailKey, Row};
use crate::triage::seen::{Kept, mark, mark_of_row};
use crate::triage::verdicts::Tombstone;
use rusqlite::{Connection, params};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// For how long a message that is no longer there is kept, in seconds.
pub const KEPT: i64 = 90 * 86_400;
/// How often it is written down that a message still lies there, in seconds.
const STILL: i64 = 10 * 86_400;
/// Messages written at once: others that write wait no longer than for these.
const PORTION: usize = 1_000;
/// How long the thread waits for more, before it writes what came.
const PAUSE: Duration = Duration::from_millis(300);
/// How long it does so at most.
const LONGEST: Duration = Duration::from_secs(5);

pub(super) const SCHEMA: &str = "
CREATE TABLE seen_folders(
  id INTEGER PRIMARY KEY,
  maildir TEXT NOT NULL,
  path TEXT NOT NULL UNIQUE
);
CREATE TABLE seen(
  id INTEGER PRIMARY KEY,
  folder INTEGER NOT NULL REFERENCES seen_folders(id),
  base BLOB NOT NULL,
  mark INTEGER NOT NULL,               -- triage::seen::mark: whether the rest is still right
  last INTEGER NOT NULL,               -- when it was last known to lie there, seconds since 1970
  digest BLOB NOT NULL,
  at INTEGER NOT NULL,
  received INTEGER NOT NULL,
  detail TEXT NOT NULL,                -- triage::seen::Kept, JSON
  UNIQUE(folder, base)
);
";

/// What is known about what the table holds of a message.
#[derive(Debug, Clone, Copy)]
struct Known {
    id: i64,
    mark: i64,
    last: i64,
}

/// A folder in the table.
#[derive(Debug, Clone)]
struct KnownFolder {
    maildir: String,
    path: String,
}

/// What the table holds, by folder and base name.
#[derive(Debug, Default)]
pub struct Memory {
    folders: HashMap<i64, KnownFolder>,
    known: HashMap<i64, HashMap<Arc<[u8]>, Known>>,
}

/// Reads the table without leaving anything behind, and gives with it what lies there no more. `is_here` says whether a
/// message lies at that place (folder path, base name); what lay in Maildirs that are not among the folders is left out.
///
/// # Errors
/// Where it is there and cannot be read.
pub fn look(
    dir: &Path,
    folders: &[Folder],
    books: &Runbooks,
    is_here: impl Fn(&str, &[u8]) -> bool,
) -> Result<(Memory, Vec<Tombstone>), Error> {
    let read = |db: &Connection| -> rusqlite::Result<(Memory, Vec<Tombstone>)> {
        let memory = Memory::read(db)?;
        let gone = memory.gone(db, folders, books, &is_here)?;
        Ok((memory, gone))
    };
    Ok(match state::look(dir, read)? {
        Look::Read(found) => found,
        Look::Nothing => (Memory::default(), Vec::new()),
    })
}

impl Memory {
    fn read(db: &Connection) -> rusqlite::Result<Memory> {
        let mut memory = Memory::default();
        if state::version(db)? < 3 {
            return Ok(memory);
        }
        let mut query = db.prepare("SELECT id, maildir, path FROM seen_folders")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            memory.folders.insert(row.get(0)?, KnownFolder { maildir: row.get(1)?, path: row.get(2)? });
        }
        let mut query = db.prepare("SELECT id, folder, base, mark, last FROM seen")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let base: Arc<[u8]> = row.get_ref(2)?.as_blob()?.into();
            let known = Known { id: row.get(0)?, mark: row.get(3)?, last: row.get(4)? };
            memory.known.entry(row.get(1)?).or_default().insert(base, known);
        }
        Ok(memory)
    }

    /// What lies there no more, of the Maildirs of these folders.
    fn gone(
        &self,
        db: &Connection,
        folders: &[Folder],
        books: &Runbooks,
        is_here: &dyn Fn(&str, &[u8]) -> bool,
    ) -> rusqlite::Result<Vec<Tombstone>> {
        let mut gone = Vec::new();
        let mut query = None;
        for (id, folder) in &self.folders {
            let Some(home) = home(folder, folders) else { continue };
            for (base, known) in self.known.get(id).into_iter().flatten() {
                if is_here(&folder.path, base) {
                    continue;
                }
                let query = match &mut query {
                    Some(query) => query,
                    None => query.insert(db.prepare("SELECT digest, at, received, detail FROM seen WHERE id = ?1")?),
                };
                let stone = query.query_row([known.id], |row| {
                    let digest: [u8; 16] = row.get(0)?;
                    let (at, received) = (Time(row.get(1)?), Time(row.get(2)?));
                    let key = MailKey { folder: home, base: base.clone() };
                    // What cannot be read any more says at least that something was there.
                    let kept: Kept = serde_json::from_str(row.get_ref(3)?.as_str()?).unwrap_or_default();
                    Ok(kept.tombstone(key, Digest(digest), at, received, books))
                })?;
                gone.push(stone);
            }
        }
        // The order in a map is another one each time.
        gone.sort_by(|a, b| (a.received, a.digest, &a.key).cmp(&(b.received, b.digest, &b.key)));
        Ok(gone)
    }

    /// The ids of these folders in the table, where they have one.
    fn ids(&self, folders: &[Folder]) -> Vec<Option<i64>> {
        let id = |path: &str| self.folders.iter().find(|(_, known)| known.path == path).map(|(id, _)| *id);
        folders.iter().map(|folder| id(&folder.path_text())).collect()
    }

    /// Whether what is kept of a message is still right, and was written down not too long ago.
    fn holds(&self, ids: &[Option<i64>], key: &MailKey, mark: i64, now: Time) -> bool {
        let id = ids.get(usize::from(key.folder.0)).copied().flatten();
        let known = id.and_then(|id| self.known.get(&id)).and_then(|bases| bases.get(&key.base));
        known.is_some_and(|known| known.mark == mark && now.0.saturating_sub(known.last) < STILL)
    }
}

/// For commands: gives what lies there no more (see [`look`]) and, where `keep` is the time, keeps what lies there now.
/// That it could not be kept is the second error: mail is shown all the same.
///
/// # Errors
/// Where the table is there and cannot be read.
pub fn remember<'r>(
    dir: &Path,
    rows: impl Iterator<Item = &'r Row> + Clone,
    folders: &[Folder],
    books: &Runbooks,
    keep: Option<Time>,
) -> Result<(Vec<Tombstone>, Result<usize, Error>), Error> {
    let mut here: HashMap<&str, HashSet<&[u8]>> = HashMap::new();
    let paths: Vec<_> = folders.iter().map(Folder::path_text).collect();
    for row in rows.clone() {
        if let Some(path) = paths.get(usize::from(row.key.folder.0)) {
            here.entry(path).or_default().insert(&row.key.base);
        }
    }
    let is_here = |path: &str, base: &[u8]| here.get(path).is_some_and(|bases| bases.contains(base));
    let (memory, gone) = look(dir, folders, books, is_here)?;
    let Some(now) = keep else { return Ok((gone, Ok(0))) };
    let ids = memory.ids(folders);
    let is_new = |row: &&Row| row.odd.is_none() && !memory.holds(&ids, &row.key, mark_of_row(row, books), now);
    let new: Vec<Tombstone> = rows.filter(is_new).filter_map(Tombstone::of).collect();
    if new.is_empty() {
        return Ok((gone, Ok(0)));
    }
    let kept = Keeper::open(dir).and_then(|mut keeper| {
        keeper.forget_old(dir, now)?;
        keeper.keep(dir, &new, folders, books, now)
    });
    Ok((gone, kept))
}

/// The folder that a message lay in, else the inbox of its Maildir; `None` where its Maildir is not open.
fn home(folder: &KnownFolder, folders: &[Folder]) -> Option<FolderId> {
    let same = |open: &&Folder| open.maildir == folder.maildir;
    let exact = folders.iter().position(|open| open.path_text() == folder.path.as_str() && same(&open));
    let at = exact.or_else(|| folders.iter().position(|open| same(&open) && open.name.is_empty()));
    u16::try_from(at?).ok().map(FolderId)
}

/// The table, to write to.
#[derive(Debug)]
pub struct Keeper {
    db: Connection,
    memory: Memory,
}

impl Keeper {
    /// Opens the table beside the journal; both are made where they are not there.
    ///
    /// # Errors
    /// Where it cannot be opened, is of a newer version or is damaged.
    pub fn open(dir: &Path) -> Result<Keeper, Error> {
        let db = state::open_beside(dir)?;
        let memory = Memory::read(&db).map_err(|error| state::trouble(dir, &error))?;
        Ok(Keeper { db, memory })
    }

    /// What lies there no more; see [`look`].
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn gone(
        &self,
        dir: &Path,
        folders: &[Folder],
        books: &Runbooks,
        is_here: impl Fn(&str, &[u8]) -> bool,
    ) -> Result<Vec<Tombstone>, Error> {
        self.memory.gone(&self.db, folders, books, &is_here).map_err(|error| state::trouble(dir, &error))
    }

    /// Writes down that these messages lie there now, as far as that is not known yet; gives their number.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn keep(
        &mut self,
        dir: &Path,
        seen: &[Tombstone],
        folders: &[Folder],
        books: &Runbooks,
        now: Time,
    ) -> Result<usize, Error> {
        let mut count = 0;
        let ids = self.memory.ids(folders);
        let marked = seen.iter().map(|stone| (stone, mark(stone, books)));
        let new: Vec<(&Tombstone, i64)> =
            marked.filter(|(stone, mark)| !self.memory.holds(&ids, &stone.key, *mark, now)).collect();
        for portion in new.chunks(PORTION) {
            self.write(portion, folders, books, now).map_err(|error| state::trouble(dir, &error))?;
            count += portion.len();
        }
        Ok(count)
    }

    fn write(
        &mut self,
        portion: &[(&Tombstone, i64)],
        folders: &[Folder],
        books: &Runbooks,
        now: Time,
    ) -> rusqlite::Result<()> {
        let tx = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut written = Vec::with_capacity(portion.len());
        {
            let mut folder_of = tx.prepare_cached(
                "INSERT INTO seen_folders(maildir, path) VALUES(?1, ?2) \
                 ON CONFLICT(path) DO UPDATE SET maildir = ?1 RETURNING id",
            )?;
            let mut upsert = tx.prepare_cached(
                "INSERT INTO seen(folder, base, mark, last, digest, at, received, detail) \
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(folder, base) \
                 DO UPDATE SET mark = ?3, last = ?4, digest = ?5, at = ?6, received = ?7, detail = ?8 RETURNING id",
            )?;
            let mut ids: HashMap<FolderId, i64> = HashMap::new();
            for (stone, mark) in portion {
                let Some(folder) = folders.get(usize::from(stone.key.folder.0)) else { continue };
                let folder_id = match ids.get(&stone.key.folder) {
                    Some(id) => *id,
                    None => {
                        let id = folder_of.query_row(params![folder.maildir, folder.path_text()], |row| row.get(0))?;
                        ids.insert(stone.key.folder, id);
                        id
                    }
                };
                let detail = serde_json::to_string(&Kept::of(stone, books)).unwrap_or_default();
                let (at, received) = (stone.at.0, stone.received.0);
                let id = upsert.query_row(
                    params![folder_id, &stone.key.base[..], mark, now.0, &stone.digest.0[..], at, received, detail],
                    |row| row.get(0),
                )?;
                written.push((
                    stone.key.folder,
                    folder_id,
                    stone.key.base.clone(),
                    Known { id, mark: *mark, last: now.0 },
                ));
            }
        }
        tx.commit()?;
        for (folder, id, base, known) in written {
            if let Some(folder) = folders.get(usize::from(folder.0)) {
                let (maildir, path) = (folder.maildir.clone(), folder.path_text().into_owned());
                self.memory.folders.entry(id).or_insert(KnownFolder { maildir, path });
            }
            self.memory.known.entry(id).or_default().insert(base, known);
        }
        Ok(())
    }

    /// Forgets what has not lain there for 90 days; gives its number.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn forget_old(&mut self, dir: &Path, now: Time) -> Result<usize, Error> {
        // A message that still lies there is written down again each time that STILL is over.
        let before = now.0.saturating_sub(KEPT + STILL);
        let is_old = |known: &&Known| known.last < before;
        let old: Vec<i64> = self.memory.known.values().flat_map(HashMap::values).filter(is_old).map(|k| k.id).collect();
        for portion in old.chunks(PORTION) {
            let delete = |db: &mut Connection| -> rusqlite::Result<()> {
                let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
                for id in portion {
                    tx.prepare_cached("DELETE FROM seen WHERE id = ?1 AND last < ?2")?.execute([*id, before])?;
                }
                tx.commit()
            };
            delete(&mut self.db).map_err(|error| state::trouble(dir, &error))?;
        }
        for bases in self.memory.known.values_mut() {
            bases.retain(|_, known| known.last >= before);
        }
        Ok(old.len())
    }
}

// ---- while the screen is open ---------------------------------------------------------------------------------------

/// What the loader tells the thread that keeps what was seen.
#[derive(Debug)]
pub enum News {
    /// The folders, once and whenever they change.
    Folders(Vec<Folder>),
    /// These lie there, by these runbooks.
    Here(Arc<Runbooks>, Vec<Tombstone>),
    /// The first reading is complete.
    Complete,
}

/// What came of it.
#[derive(Debug)]
pub enum Found {
    /// What lies there no more, once the first reading is complete.
    Gone(Vec<Tombstone>),
    /// Nothing is kept any more, in words.
    Trouble(String),
}

/// Starts the thread that keeps what was seen, and tells what lies there no more. With `read_only` it keeps nothing.
pub fn start(
    dir: &Path,
    read_only: bool,
    found: impl Fn(Found) + Send + 'static,
) -> (Sender<News>, Option<JoinHandle<()>>) {
    let (news, heard) = channel();
    let dir = dir.to_path_buf();
    let thread = thread::Builder::new().name("dutybox-seen".into()).spawn(move || {
        let watch = Watch { dir: &dir, read_only, folders: Vec::new(), here: HashMap::new(), waiting: Vec::new() };
        if let Err(error) = watch.run(&heard, &found) {
            found(Found::Trouble(error.message));
        }
    });
    (news, thread.ok())
}

struct Watch<'d> {
    dir: &'d Path,
    read_only: bool,
    folders: Vec<Folder>,
    /// What was read so far, during the first reading.
    here: HashMap<FolderId, HashSet<Arc<[u8]>>>,
    /// What is still to be written.
    waiting: Vec<(Arc<Runbooks>, Vec<Tombstone>)>,
}

impl Watch<'_> {
    fn run(mut self, heard: &Receiver<News>, found: &impl Fn(Found)) -> Result<(), Error> {
        let mut books = Arc::default();
        loop {
            match heard.recv() {
                Ok(News::Folders(folders)) => self.folders = folders,
                Ok(News::Here(now, stones)) => {
                    for stone in &stones {
                        self.here.entry(stone.key.folder).or_default().insert(stone.key.base.clone());
                    }
                    books = Arc::clone(&now);
                    if !self.read_only {
                        self.waiting.push((now, stones));
                    }
                }
                Ok(News::Complete) => break,
                // Ended before all was read: what is missing may only not have been read yet.
                Err(_) => return Ok(()),
            }
        }
        let here = std::mem::take(&mut self.here);
        let folders = std::mem::take(&mut self.folders);
        let is_here = |path: &str, base: &[u8]| {
            let at = folders.iter().position(|folder| folder.path_text() == path);
            let id = at.and_then(|at| u16::try_from(at).ok()).map(FolderId);
            id.and_then(|id| here.get(&id)).is_some_and(|bases| bases.contains(base))
        };
        if self.read_only {
            let (_, gone) = look(self.dir, &folders, &books, is_here)?;
            found(Found::Gone(gone));
            return Ok(());
        }
        let mut keeper = Keeper::open(self.dir)?;
        found(Found::Gone(keeper.gone(self.dir, &folders, &books, is_here)?));
        drop(here);
        self.folders = folders;
        keeper.forget_old(self.dir, clock())?;
        loop {
            for (books, stones) in std::mem::take(&mut self.waiting) {
                keeper.keep(self.dir, &stones, &self.folders, &books, clock())?;
            }
            let Ok(news) = heard.recv() else { return Ok(()) };
            self.hear(news);
            // A sync program brings many at once: they are written together.
            let begun = Instant::now();
            while begun.elapsed() < LONGEST
                && let Ok(news) = heard.recv_timeout(PAUSE)
            {
                self.hear(news);
            }
        }
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Folders(folders) => self.folders = folders,
            News::Here(books, stones) => self.waiting.push((books, stones)),
            News::Complete => {}
        }
    }
}

/// The system's clock: what was seen is kept by it, whatever time the screen shows.
pub fn clock() -> Time {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(now.as_secs()).unwrap_or(0))
}
