//! Watching folders: one thread that lists what changed, has it read, and tells (MR-11, MR-12).
//!
//! - `twins`: files that are known under two keys.

mod twins;

#[cfg(test)]
mod tests;

use super::notify::Notify;
use super::{Ask, Context, Done, Job, absolute, batches, folders_of, in_words, known, read_batches};
use crate::error::Error;
use crate::io::front::Front;
use crate::io::index::{self, Cache, Index};
use crate::io::maildir::{self, Entry};
use crate::io::seen;
use crate::mail::{FileName, Time};
use crate::triage::row::{Change, Folder, FolderId, MailKey, Odd, Place, Row};
use crate::triage::shared::Shared;
use crate::triage::verdicts::Tombstone;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::{Duration, Instant};

/// How often stamps are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How often everything is listed whatever the stamps say (MR-12).
const FULL: Duration = Duration::from_secs(30);
/// A full listing may take at most this part of the time.
const FULL_SHARE: u32 = 50;
/// Looking because the system says so takes at most this part of the time, and is not done again within that time.
const LOOK_SHARE: u32 = 8;
const LOOK: Duration = Duration::from_millis(100);

/// A mail that was told about.
#[derive(Debug, Clone)]
struct Known {
    place: Place,
    name: FileName,
    ino: u64,
    /// Of the file, when it was read.
    size: u64,
    mtime: Time,
}

impl Known {
    /// What a row says, with the number that the directory gives its file.
    fn of(row: &Row, ino: u64) -> Known {
        Known { place: row.place, name: row.name.clone(), ino, size: row.size, mtime: row.mtime }
    }

    /// It, under its key, to be read again.
    fn job(&self, key: MailKey) -> Job {
        let odd = maildir::exact_key(&key.base).map(|_| Odd::DuplicateName);
        let entry = Entry { place: self.place, name: self.name.clone(), ino: self.ino, odd, key: key.base };
        Job { folder: key.folder, entry }
    }
}

/// A mail that may still be written to, and until when it is compared with what was read.
#[derive(Debug)]
pub(super) struct Young {
    key: MailKey,
    until: Instant,
}

/// A folder as last seen.
#[derive(Debug)]
pub(super) struct Watched {
    folder: Folder,
    known: HashMap<Arc<[u8]>, Known>,
    /// What of it must be read again, as that was tried in vain.
    again: HashSet<Arc<[u8]>>,
    /// The stamp of the last trusted scan.
    stamp: Option<[i128; 6]>,
    error: Option<String>,
    /// Listings in which it was no longer there.
    missed: u8,
    /// The file system that its `cur` lay on when it was last listed: file numbers say nothing beyond it.
    device: Option<u64>,
    /// Whether the index was asked.
    indexed: bool,
    /// What was read of its mail, for the next start.
    index: Option<Index>,
}

/// What the listings of all folders brought.
#[derive(Debug, Default)]
struct Listed {
    /// To be read.
    jobs: Vec<Job>,
    /// All that was not known before, read or to be read: the number of its file.
    new: HashMap<MailKey, u64>,
}

/// The reader that ended.
pub(super) struct Ended;

/// The coordinator.
pub(super) struct Watch {
    pub(super) maildirs: Vec<PathBuf>,
    pub(super) archives: Vec<PathBuf>,
    pub(super) read_only: bool,
    pub(super) context: Arc<Context>,
    pub(super) asked: Receiver<Ask>,
    pub(super) out: Sender<Change>,
    pub(super) keeps: Option<Sender<seen::News>>,
    pub(super) folders: Vec<Watched>,
    /// Where each Maildir was when it was last there: a link may be away with it.
    pub(super) roots: HashMap<PathBuf, PathBuf>,
    pub(super) stopped: bool,
    /// What rows have in common.
    pub(super) shared: Shared,
    /// Where the indexes are.
    pub(super) cache: Option<Cache>,
    /// Asked while something else was going on.
    pub(super) later: Vec<Ask>,
    /// Proven to be gone, and not told yet.
    pub(super) going: Vec<MailKey>,
    /// Files that are known under two keys.
    pub(super) twins: Vec<twins::Twins>,
    /// Tells of changes before the clock does.
    pub(super) notify: Option<Notify>,
    /// While all is read for the first time: how many messages were told about, of how many that were listed.
    pub(super) first: Option<(usize, usize)>,
    /// Mail that was written to just before it was read: some programs write into `new` or `cur` itself.
    pub(super) young: Vec<Young>,
    /// Mails that stood in front when the last run ended: read before anything is listed.
    pub(super) front: Vec<Front>,
}

impl Watch {
    pub(super) fn run(&mut self) -> Result<(), Ended> {
        self.refresh_folders()?;
        let jobs = self.front_jobs();
        if !jobs.is_empty() {
            // First that there is more to come: what is not told yet must not be taken for missing.
            self.first = Some((0, jobs.len()));
            self.tell_progress(0)?;
            self.read(jobs)?;
        }
        let Listed { jobs, new } = self.scan_all(true)?;
        self.tell_progress(0)?;
        self.read(jobs)?;
        self.first = None;
        self.send(Change::Complete)?;
        if self.folders.iter().any(|watched| watched.stamp.is_none()) {
            self.part_twins(&new)?;
        }
        drop(new);
        let mut full = Instant::now();
        let mut every = FULL;
        // Something changed, and it is not looked at before then.
        let (mut heard, mut rests) = (false, Instant::now());
        loop {
            let wait = if heard { rests.saturating_duration_since(Instant::now()).min(TICK) } else { TICK };
            let ask = match self.later.pop() {
                Some(ask) => Ok(ask),
                None => self.asked.recv_timeout(wait),
            };
            match ask {
                Ok(Ask::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Ok(Ask::Runbooks(books)) => {
                    self.context = Arc::new(Context { books, hosts: self.context.hosts.clone() });
                    self.cache = self.cache.as_ref().map(|cache| cache.by(&self.context.books, &self.context.hosts));
                    for watched in &mut self.folders {
                        // The old one must be closed before the new one can be written.
                        watched.index = None;
                        watched.index = self.cache.as_ref().and_then(|cache| Index::open(cache, &watched.folder.path));
                        // All is read again below.
                        watched.index.iter_mut().for_each(Index::forget);
                    }
                    let jobs = self.known_jobs();
                    self.read(jobs)?;
                }
                Ok(Ask::Again(key)) => {
                    let jobs = self.known(&key).map(|known| known.job(key.clone())).into_iter().collect();
                    self.read(jobs)?;
                }
                Ok(Ask::Opened(key, size, mtime)) => {
                    let other = self.known(&key).filter(|known| (known.size, known.mtime) != (size, mtime));
                    let jobs = other.map(|known| known.job(key)).into_iter().collect();
                    self.read(jobs)?;
                }
                Ok(Ask::Rescan) => {
                    self.rescan(true)?;
                    full = Instant::now();
                }
                Ok(Ask::Look) if Instant::now() < rests => heard = true,
                Ok(Ask::Look) | Err(RecvTimeoutError::Timeout) => {
                    let due = full.elapsed() >= every;
                    let begun = Instant::now();
                    heard = false;
                    if let Some(notify) = &self.notify {
                        notify.looks();
                    }
                    self.rescan(due)?;
                    rests = Instant::now() + LOOK.max(begun.elapsed() * LOOK_SHARE);
                    if due {
                        full = Instant::now();
                        every = FULL.max(begun.elapsed() * FULL_SHARE);
                    }
                }
            }
        }
    }

    /// What stood in front, to be read before anything is listed. What is not there any more is said by the listing.
    fn front_jobs(&mut self) -> Vec<Job> {
        let job = |Front { folder, place, name }: Front| {
            let number = self.folders.iter().position(|watched| watched.folder.path == folder)?;
            let file = folder.join(if place == Place::New { "new" } else { "cur" });
            let file = std::fs::symlink_metadata(file.join(OsStr::from_bytes(name.bytes()))).ok()?;
            let entry = Entry { place, key: name.base().into(), name, ino: file.ino(), odd: None };
            file.is_file().then_some(Job { folder: FolderId(number as u16), entry })
        };
        std::mem::take(&mut self.front).into_iter().filter_map(job).collect()
    }

    fn send(&self, change: Change) -> Result<(), Ended> {
        let news = self.keeps.as_ref().and_then(|keeps| {
            let news = match &change {
                Change::Folders(folders) => seen::News::Folders(folders.clone()),
                Change::Rows(rows) => {
                    let stones = rows.iter().filter_map(Tombstone::of).collect();
                    seen::News::Here(Arc::clone(&self.context.books), stones)
                }
                Change::Complete => seen::News::Complete,
                _ => return None,
            };
            Some((keeps, news))
        });
        if let Some((keeps, news)) = news {
            // Who keeps may have given up; mail is shown all the same.
            let _ = keeps.send(news);
        }
        self.out.send(change).map_err(|_| Ended)
    }

    /// Looks at everything that changed; with `full`, at everything.
    fn rescan(&mut self, full: bool) -> Result<(), Ended> {
        if full || self.folders.iter().any(|watched| watched.error.is_some()) || self.folders.is_empty() {
            self.refresh_folders()?;
        }
        self.look(full)?;
        if self.going.is_empty() {
            return Ok(());
        }
        // What went from one folder may have come into one that was listed before: it is shown there before it goes here.
        self.look(false)?;
        for key in std::mem::take(&mut self.going) {
            if self.known(&key).is_none() {
                self.send(Change::Vanished(key))?;
            }
        }
        Ok(())
    }

    /// Lists and reads; what is proven to be gone by a listing waits in `going`.
    fn look(&mut self, full: bool) -> Result<(), Ended> {
        let Listed { mut jobs, new } = self.scan_all(full)?;
        jobs.extend(self.grown(Instant::now()));
        self.read(jobs)?;
        self.part_twins(&new)
    }

    /// Young mail that is not what was read any more; what stayed as it was until its time is whole.
    fn grown(&mut self, now: Instant) -> Vec<Job> {
        let mut jobs = Vec::new();
        for mail in std::mem::take(&mut self.young) {
            let Some(known) = self.known(&mail.key) else { continue };
            let file = self.path(&mail.key, known).and_then(|path| std::fs::symlink_metadata(path).ok());
            match file {
                Some(file) if (file.len(), file.mtime()) != (known.size, known.mtime.0) => {
                    jobs.push(known.job(mail.key));
                }
                Some(_) if now >= mail.until => {}
                // Where it does not lie there now, a listing will say where it is.
                _ => self.young.push(mail),
            }
        }
        jobs
    }

    fn known(&self, key: &MailKey) -> Option<&Known> {
        self.folders.get(usize::from(key.folder.0))?.known.get(&key.base)
    }

    /// Lists the folders of all Maildirs. Those that are there keep their number; new ones are added at the end.
    fn refresh_folders(&mut self) -> Result<(), Ended> {
        let mut changed = self.folders.is_empty();
        let mut seen = HashSet::new();
        for maildir in self.maildirs.clone() {
            let read_only = self.read_only || self.archives.contains(&maildir);
            let found = match folders_of(&maildir, read_only) {
                Ok(found) => found,
                Err(error) => {
                    self.root_failed(&maildir, &error)?;
                    // Its folders are not known to be gone.
                    let root = self.root_of(&maildir);
                    seen.extend(
                        self.folders.iter().filter(|w| w.folder.path.starts_with(&root)).map(|w| w.folder.path.clone()),
                    );
                    continue;
                }
            };
            self.roots.insert(maildir.clone(), absolute(&maildir));
            for folder in found {
                seen.insert(folder.path.clone());
                let count = self.folders.len();
                match self.folders.iter_mut().find(|watched| watched.folder.path == folder.path) {
                    Some(watched) => {
                        watched.missed = 0;
                        changed |= watched.folder.read_only != folder.read_only;
                        watched.folder.read_only = folder.read_only;
                    }
                    None if count < usize::from(u16::MAX) => {
                        changed = true;
                        self.folders.push(Watched::new(folder));
                    }
                    None => {}
                }
            }
        }
        for watched in &self.folders {
            if let Some(notify) = &self.notify {
                notify.add(&watched.folder.path);
            }
        }
        if changed {
            self.send(Change::Folders(self.folders.iter().map(|watched| watched.folder.clone()).collect()))?;
        }
        for (id, watched) in self.folders.iter_mut().enumerate() {
            if seen.contains(&watched.folder.path) {
                continue;
            }
            // Removed on purpose, by two listings of a Maildir that is otherwise there: its mail is gone too.
            watched.missed = watched.missed.saturating_add(1);
            if watched.missed == 2 {
                for (base, _) in watched.known.drain() {
                    let key = MailKey { folder: FolderId(id as u16), base };
                    self.out.send(Change::Vanished(key)).map_err(|_| Ended)?;
                }
                watched.error = None;
                // Should it come back as it was, it is new all the same.
                watched.again.clear();
                watched.stamp = None;
                (watched.indexed, watched.index) = (false, None);
                self.out.send(Change::FolderError(FolderId(id as u16), None)).map_err(|_| Ended)?;
            }
        }
        Ok(())
    }

    /// The path that the folders of a Maildir were found under, even while it is away.
    fn root_of(&self, maildir: &Path) -> PathBuf {
        self.roots.get(maildir).cloned().unwrap_or_else(|| absolute(maildir))
    }

    /// A Maildir that cannot be listed: an error of its inbox; its rows stay.
    fn root_failed(&mut self, maildir: &Path, error: &Error) -> Result<(), Ended> {
        let root = self.root_of(maildir);
        let index = match self.folders.iter().position(|watched| watched.folder.path == root) {
            Some(index) => index,
            None => {
                // Not there at the start: a folder stands for it, so that the error has a place.
                let shown = root.to_string_lossy().into_owned();
                let folder = Folder { maildir: shown, name: String::new(), path: root, read_only: true };
                self.folders.push(Watched::new(folder));
                self.send(Change::Folders(self.folders.iter().map(|watched| watched.folder.clone()).collect()))?;
                self.folders.len() - 1
            }
        };
        self.set_error(index, Some(in_words(error)))
    }

    fn set_error(&mut self, index: usize, error: Option<String>) -> Result<(), Ended> {
        let Some(watched) = self.folders.get_mut(index) else { return Ok(()) };
        if watched.error == error {
            return Ok(());
        }
        watched.error.clone_from(&error);
        self.send(Change::FolderError(FolderId(index as u16), error))
    }

    /// Scans the folders that changed (or all), sends renames and what the indexes hold, notes what is proven to be gone,
    /// and returns what is new and what of it is to be read.
    fn scan_all(&mut self, full: bool) -> Result<Listed, Ended> {
        let mut all = Listed::default();
        for index in 0..self.folders.len() {
            self.answer_stop()?;
            let Some(watched) = self.folders.get_mut(index) else { break };
            if watched.missed > 1 {
                continue;
            }
            let mut jobs = Vec::new();
            if !full && watched.error.is_none() {
                let now = maildir::stamp(&watched.folder.path).ok();
                if now.is_some() && now == watched.stamp {
                    continue;
                }
            }
            let id = FolderId(index as u16);
            let mut readable = true;
            if let Ok(cur) = std::fs::metadata(watched.folder.path.join("cur")) {
                watched.device = Some(cur.dev());
            }
            match maildir::scan(&watched.folder.path) {
                Ok(scan) => {
                    let changes = watched.diff(id, scan, &mut jobs, &mut self.going);
                    self.set_error(index, None)?;
                    for change in changes {
                        self.send(change)?;
                    }
                }
                Err(error) => {
                    let part = maildir::real().scan_part(&watched.folder.path);
                    readable = part.is_some();
                    let changes = watched.diff(id, part.unwrap_or_default(), &mut jobs, &mut self.going);
                    watched.stamp = None;
                    if watched.missed == 0 {
                        self.set_error(index, Some(in_words(&error)))?;
                    }
                    for change in changes {
                        self.send(change)?;
                    }
                }
            }
            if readable {
                // Not new: only what is said of it is.
                all.jobs.extend(self.tried_in_vain(id));
            }
            all.new.extend(jobs.iter().map(|job| {
                let key = MailKey { folder: job.folder, base: job.entry.key.clone() };
                (key, job.entry.ino)
            }));
            all.jobs.extend(self.ask_index(index, jobs)?);
        }
        Ok(all)
    }

    /// What is known of a folder and must be read again.
    fn tried_in_vain(&self, folder: FolderId) -> Vec<Job> {
        let Some(watched) = self.folders.get(usize::from(folder.0)) else { return Vec::new() };
        let known = watched.again.iter().filter_map(|base| watched.known.get_key_value(base));
        known.map(|(base, known)| known.job(MailKey { folder, base: base.clone() })).collect()
    }

    /// When a folder is first listed: tells the rows that its index holds; gives what must be read.
    fn ask_index(&mut self, index: usize, jobs: Vec<Job>) -> Result<Vec<Job>, Ended> {
        if let Some((_, of)) = &mut self.first {
            *of += jobs.len();
        }
        let Some(watched) = self.folders.get_mut(index) else { return Ok(jobs) };
        if watched.indexed || jobs.is_empty() {
            return Ok(jobs);
        }
        watched.indexed = true;
        watched.index = self.cache.as_ref().and_then(|cache| Index::open(cache, &watched.folder.path));
        let id = FolderId(index as u16);
        let entries = jobs.into_iter().map(|job| job.entry).collect();
        let (rows, rest) = known(watched.index.as_mut(), id, entries, &mut self.shared);
        let mut told = Vec::with_capacity(rows.len());
        for (row, ino) in rows {
            watched.known.insert(row.key.base.clone(), Known::of(&row, ino));
            told.push(row);
        }
        if !told.is_empty() {
            // First that there is more to come: what is not told yet must not be taken for missing.
            let count = told.len();
            self.tell_progress(0)?;
            self.send(Change::Rows(told))?;
            self.tell_progress(count)?;
        }
        Ok(rest.into_iter().map(|entry| Job { folder: id, entry }).collect())
    }

    /// How far the first reading is, with so many more done.
    fn tell_progress(&mut self, more: usize) -> Result<(), Ended> {
        let Some((done, of)) = &mut self.first else { return Ok(()) };
        *done += more;
        let change = Change::Progress { done: *done, of: *of };
        self.send(change)
    }

    /// Reads jobs and sends their rows.
    fn read(&mut self, jobs: Vec<Job>) -> Result<(), Ended> {
        if jobs.is_empty() {
            return Ok(());
        }
        let paths: Vec<PathBuf> = self.folders.iter().map(|watched| watched.folder.path.clone()).collect();
        let batches = batches(jobs);
        let context = self.context.clone();
        let stop = AtomicBool::new(false);
        let all = read_batches(&batches, &paths, &context, &stop, |done| {
            if self.answer_stop().is_err() {
                return false;
            }
            let Some(done) = done else { return true };
            let count = done.len();
            let rows = self.take(done);
            (rows.is_empty() || self.send(Change::Rows(rows)).is_ok()) && self.tell_progress(count).is_ok()
        });
        for index in self.folders.iter_mut().filter_map(|watched| watched.index.as_mut()) {
            index.flush();
        }
        if all { Ok(()) } else { Err(Ended) }
    }

    /// Remembers what was read.
    fn take(&mut self, done: Vec<Done>) -> Vec<Row> {
        let until = Instant::now() + Duration::from_secs(index::YOUNG.unsigned_abs() + 1);
        let mut rows = Vec::with_capacity(done.len());
        for done in done {
            match done {
                Done::Row(mut row, ino, began) => {
                    if index::is_young(row.mtime, began) {
                        self.young.push(Young { key: row.key.clone(), until });
                    }
                    self.shared.share(&mut row);
                    if let Some(watched) = self.folders.get_mut(usize::from(row.key.folder.0)) {
                        watched.known.insert(row.key.base.clone(), Known::of(&row, ino));
                        watched.again.remove(&row.key.base);
                        if let Some(index) = &mut watched.index {
                            index.add(&row, ino, began);
                        }
                    }
                    rows.push(*row);
                }
                Done::Gone(key) | Done::Shut(key, _) => {
                    // If it was told about, a trusted scan says that it vanished; if not, that it is new. One that is
                    // still there as it was known is neither: what was told of it may be by other rules.
                    if let Some(watched) = self.folders.get_mut(usize::from(key.folder.0)) {
                        watched.stamp = None;
                        if watched.known.contains_key(&key.base) {
                            watched.again.insert(key.base);
                        }
                    }
                }
            }
        }
        rows
    }

    /// Everything that was told about, to be read again.
    fn known_jobs(&self) -> Vec<Job> {
        let mut jobs = Vec::new();
        for (index, watched) in self.folders.iter().enumerate() {
            let folder = FolderId(index as u16);
            jobs.extend(watched.known.iter().map(|(base, known)| known.job(MailKey { folder, base: base.clone() })));
        }
        jobs
    }

    /// Looks whether it was asked to stop; keeps other questions for later.
    fn answer_stop(&mut self) -> Result<(), Ended> {
        loop {
            match self.asked.try_recv() {
                Ok(Ask::Stop) | Err(TryRecvError::Disconnected) => self.stopped = true,
                Ok(ask) => {
                    self.later.insert(0, ask);
                    continue;
                }
                Err(TryRecvError::Empty) => {}
            }
            return if self.stopped { Err(Ended) } else { Ok(()) };
        }
    }
}

impl Watched {
    fn new(folder: Folder) -> Watched {
        Watched {
            folder,
            known: HashMap::new(),
            again: HashSet::new(),
            stamp: None,
            error: None,
            missed: 0,
            device: None,
            indexed: false,
            index: None,
        }
    }

    /// What a scan says beside what is known; nothing is gone by a scan that is not trusted (MR-11).
    fn diff(
        &mut self,
        id: FolderId,
        scan: maildir::Scan,
        jobs: &mut Vec<Job>,
        going: &mut Vec<MailKey>,
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        self.stamp = scan.trusted.then_some(scan.stamp);
        let mut seen: HashSet<Arc<[u8]>> = HashSet::with_capacity(scan.entries.len());
        for entry in scan.entries {
            if scan.trusted {
                seen.insert(entry.key.clone());
            }
            match self.known.get_mut(&entry.key) {
                Some(known) if known.ino == entry.ino => {
                    if known.name != entry.name || known.place != entry.place {
                        known.name = entry.name.clone();
                        known.place = entry.place;
                        let key = MailKey { folder: id, base: entry.key };
                        changes.push(Change::Renamed(key, entry.name, entry.place));
                    }
                }
                _ => {
                    self.again.remove(&entry.key);
                    jobs.push(Job { folder: id, entry });
                }
            }
        }
        if scan.trusted {
            self.known.retain(|base, _| {
                let there = seen.contains(base);
                if !there {
                    self.again.remove(base);
                    going.push(MailKey { folder: id, base: base.clone() });
                }
                there
            });
        }
        changes
    }
}
