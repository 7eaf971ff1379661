//! Reading folders into rows: in the background with progress for the screen, or all at once for commands; and
//! watching them for changes (MR-11, MR-12).
//!
//! One thread coordinates; for many mails at once it starts workers that read and parse. Workers are named
//! [`WORKER`], and a mail on which one panics becomes a row that says so: a panic hook may stay silent there.

use super::maildir::{self, Dirs, Entry, Fs, MailError, ReadMail};
use super::seen;
use crate::error::Error;
use crate::mail::{FileName, Message, Time, parse};
use crate::runbook::Runbooks;
use crate::runbook::labels::HostRules;
use crate::triage::classify::classify;
use crate::triage::row::{Change, Folder, FolderId, MailKey, Odd, Place, Row};
use crate::triage::shared::Shared;
use crate::triage::verdicts::Tombstone;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Name of the threads that read and parse mail.
pub const WORKER: &str = "dutybox-reader";

/// Stack of threads that parse: nested attached messages are dropped recursively (reliability fact 4).
const STACK: usize = 16 << 20;
/// Mails in the first batch, so that the first screen is there at once, and in the others.
const FIRST_BATCH: usize = 100;
const BATCH: usize = 500;
/// How often stamps are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How often everything is listed whatever the stamps say (MR-12).
const FULL: Duration = Duration::from_secs(30);
/// A full listing may take at most this part of the time.
const FULL_SHARE: u32 = 50;
/// How often it is asked whether a file that got a second name lost the first, and how long after one another.
const PARTINGS: u32 = 4;
const MOMENT: Duration = Duration::from_millis(20);
/// How long a wait for workers may keep a question waiting.
const POLL: Duration = Duration::from_millis(40);

/// Asks a running [`Loader`] for something.
#[derive(Debug)]
pub enum Ask {
    /// Scan all folders now.
    Rescan,
    /// Classify everything again with these runbooks.
    Runbooks(Arc<Runbooks>),
    /// End.
    Stop,
}

/// A reader that runs in the background and sends changes. It ends when asked to, or when one of these is dropped.
#[derive(Debug)]
pub struct Loader {
    /// Where to ask it for something.
    pub ask: Sender<Ask>,
    /// What it found, in order.
    pub changes: Receiver<Change>,
}

/// The folders of these Maildirs.
///
/// # Errors
/// Where a Maildir cannot be read.
pub fn folders(maildirs: &[PathBuf], read_only: bool) -> Result<Vec<Folder>, Error> {
    folders_with(maildirs, &[], read_only)
}

/// The same; what is in one of the archives is not changed.
///
/// # Errors
/// Where a Maildir cannot be read.
pub fn folders_with(maildirs: &[PathBuf], archives: &[PathBuf], read_only: bool) -> Result<Vec<Folder>, Error> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for maildir in maildirs {
        for folder in folders_of(maildir, read_only || archives.contains(maildir))? {
            if seen.insert(folder.path.clone()) && all.len() < usize::from(u16::MAX) {
                all.push(folder);
            }
        }
    }
    Ok(all)
}

/// The folders of one Maildir; paths are absolute and free of links, so that the journal knows them again.
fn folders_of(maildir: &Path, read_only: bool) -> Result<Vec<Folder>, Error> {
    let root = absolute(maildir);
    let shown = root.to_string_lossy().into_owned();
    let found = maildir::folders(&root)?;
    Ok(found
        .into_iter()
        .map(|found| Folder {
            maildir: shown.clone(),
            read_only: read_only || !maildir::writable(&found.path),
            name: found.name,
            path: found.path,
        })
        .collect())
}

/// The path without links, where it is there.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or(path.into())
}

/// Starts reading in the background: newest mail first, in batches; afterwards watches (stamps every second, a full
/// scan every 30 s).
pub fn start(maildirs: Vec<PathBuf>, read_only: bool, books: Arc<Runbooks>, hosts: HostRules) -> Loader {
    start_telling(maildirs, Vec::new(), read_only, books, hosts, None)
}

/// The same; what is in one of the archives is not changed, and those who keep what was seen are told.
pub fn start_telling(
    maildirs: Vec<PathBuf>,
    archives: Vec<PathBuf>,
    read_only: bool,
    books: Arc<Runbooks>,
    hosts: HostRules,
    keeps: Option<Sender<seen::News>>,
) -> Loader {
    let (ask, asked) = channel();
    let (out, changes) = channel();
    let context = Arc::new(Context { books, hosts });
    let failed = out.clone();
    let started = thread::Builder::new().name("dutybox-loader".into()).stack_size(STACK).spawn(move || {
        let mut watch = Watch {
            maildirs,
            archives,
            read_only,
            context,
            asked,
            out,
            keeps,
            folders: Vec::new(),
            roots: HashMap::new(),
            stopped: false,
            shared: Shared::new(),
            later: Vec::new(),
            going: Vec::new(),
            twins: Vec::new(),
        };
        // A failed send or a dropped asker ends it; nothing is left to tell anybody.
        let _ = watch.run();
    });
    if let Err(error) = started {
        let words = format!("cannot start reading: {}", maildir::plain(&error));
        let _ = failed.send(Change::FolderError(FolderId(0), Some(words)));
        let _ = failed.send(Change::Complete);
    }
    Loader { ask, changes }
}

/// Reads everything and returns the changes, for commands.
///
/// # Errors
/// Where a Maildir is missing or is none; unreadable folders are [`Change::FolderError`]s.
pub fn all(maildirs: &[PathBuf], read_only: bool, books: &Runbooks, hosts: &HostRules) -> Result<Vec<Change>, Error> {
    Ok(all_of(folders(maildirs, read_only)?, books, hosts))
}

/// Reads all of these folders and returns the changes, for commands; unreadable ones are [`Change::FolderError`]s.
pub fn all_of(folders: Vec<Folder>, books: &Runbooks, hosts: &HostRules) -> Vec<Change> {
    let context = Context { books: Arc::new(books.clone()), hosts: hosts.clone() };
    let mut changes = vec![Change::Folders(folders.clone())];
    let mut jobs = Vec::new();
    for (i, folder) in folders.iter().enumerate() {
        let id = FolderId(i as u16);
        match maildir::scan(&folder.path) {
            Ok(scan) => jobs.extend(scan.entries.into_iter().map(|entry| Job { folder: id, entry })),
            Err(error) => {
                changes.push(Change::FolderError(id, Some(in_words(&error))));
                // What can be read of it is shown.
                let part = maildir::real().scan_part(&folder.path).unwrap_or_default();
                jobs.extend(part.entries.into_iter().map(|entry| Job { folder: id, entry }));
            }
        }
    }
    let paths: Vec<PathBuf> = folders.into_iter().map(|folder| folder.path).collect();
    let of = jobs.len();
    let stop = AtomicBool::new(false);
    let batches = batches(jobs);
    let mut shared = Shared::new();
    read_batches(&batches, &paths, &context, &stop, |done| {
        if let Some(done) = done {
            let mut rows: Vec<Row> = done.into_iter().filter_map(Done::row).collect();
            rows.iter_mut().for_each(|row| shared.share(row));
            changes.push(Change::Rows(rows));
        }
        true
    });
    changes.push(Change::Progress { done: of, of });
    changes.push(Change::Complete);
    changes
}

/// Reads one mail of a folder for showing: the message and what its file says.
///
/// # Errors
/// See [`MailError`].
pub fn one(folder: &Path, key: &[u8]) -> Result<(ReadMail, Message), MailError> {
    one_on(maildir::real(), folder, key)
}

/// The same, on these system calls.
pub(super) fn one_on(fs: Fs, folder: &Path, key: &[u8]) -> Result<(ReadMail, Message), MailError> {
    let dirs = fs.open_to_read(folder)?;
    let (place, name) = fs.find(&dirs, key)?;
    parsed(fs.read(&dirs, place, &name, maildir::exact_key(key).is_some())?)
}

/// Parses what was read. Parsing is total; should it panic all the same, the panic does not take the program along.
pub(crate) fn parsed(mut mail: ReadMail) -> Result<(ReadMail, Message), MailError> {
    let bytes = std::mem::take(&mut mail.bytes);
    match catch_unwind(AssertUnwindSafe(|| parse::message(bytes))) {
        Ok(message) => Ok((mail, message)),
        Err(_) => Err(MailError::Refused("it cannot be parsed: look at the file itself")),
    }
}

/// What classification needs.
#[derive(Debug)]
struct Context {
    books: Arc<Runbooks>,
    hosts: HostRules,
}

/// An entry to be read.
#[derive(Debug, Clone)]
struct Job {
    folder: FolderId,
    entry: Entry,
}

/// What came of a job.
#[derive(Debug)]
enum Done {
    /// The row, and the inode number that the directory gives (file systems may give another when asked for the file).
    Row(Box<Row>, u64),
    /// Gone before it was read; the next scan will say.
    Gone(FolderId),
}

impl Done {
    fn row(self) -> Option<Row> {
        match self {
            Done::Row(row, _) => Some(*row),
            Done::Gone(_) => None,
        }
    }
}

fn in_words(error: &Error) -> String {
    match &error.hint {
        Some(hint) => format!("{} ({hint})", error.message),
        None => error.message.clone(),
    }
}

/// Newest first by the seconds in the file name, a small batch first.
fn batches(mut jobs: Vec<Job>) -> Vec<Vec<Job>> {
    jobs.sort_by_cached_key(|job| std::cmp::Reverse(job.entry.name.seconds()));
    let mut batches = Vec::new();
    let mut rest = jobs.into_iter();
    let mut size = FIRST_BATCH;
    loop {
        let batch: Vec<Job> = rest.by_ref().take(size).collect();
        if batch.is_empty() {
            return batches;
        }
        batches.push(batch);
        size = BATCH;
    }
}

/// Reads all batches on worker threads; `each` gets what was read, or `None` from time to time, and says whether to go on.
/// Returns whether all was read.
fn read_batches(
    batches: &[Vec<Job>],
    paths: &[PathBuf],
    context: &Context,
    stop: &AtomicBool,
    mut each: impl FnMut(Option<Vec<Done>>) -> bool,
) -> bool {
    if batches.is_empty() {
        return true;
    }
    let workers = thread::available_parallelism().map_or(2, usize::from).clamp(2, 16).min(batches.len());
    let next = AtomicUsize::new(0);
    let (out, results) = channel();
    let work = |out: &Sender<Vec<Done>>| {
        while !stop.load(Ordering::Relaxed) {
            let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
            if out.send(read_batch(batch, paths, context, stop)).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let mut running = 0;
        for _ in 0..workers {
            let out = out.clone();
            let spawned =
                thread::Builder::new().name(WORKER.into()).stack_size(STACK).spawn_scoped(scope, move || work(&out));
            running += usize::from(spawned.is_ok());
        }
        if running == 0 {
            // No thread to be had: slower, but not nothing.
            work(&out);
        }
        drop(out);
        loop {
            let go_on = match results.recv_timeout(POLL) {
                Ok(done) => each(Some(done)),
                Err(RecvTimeoutError::Timeout) => each(None),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if !go_on {
                stop.store(true, Ordering::Relaxed);
                break;
            }
        }
    });
    !stop.load(Ordering::Relaxed)
}

fn read_batch(batch: &[Job], paths: &[PathBuf], context: &Context, stop: &AtomicBool) -> Vec<Done> {
    let mut opened: HashMap<FolderId, Result<Dirs, String>> = HashMap::new();
    let mut done = Vec::with_capacity(batch.len());
    for job in batch {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let Some(path) = paths.get(usize::from(job.folder.0)) else { continue };
        let dirs = opened
            .entry(job.folder)
            .or_insert_with(|| maildir::real().open_to_read(path).map_err(|error| error.to_string()));
        done.push(match dirs {
            Ok(dirs) => read_job(job, dirs, context),
            Err(_) => Done::Gone(job.folder),
        });
    }
    done
}

/// Reads one entry into a row; whatever goes wrong becomes a row that says so.
fn read_job(job: &Job, dirs: &Dirs, context: &Context) -> Done {
    let Entry { place, name, key, odd, .. } = &job.entry;
    let mail_key = MailKey { folder: job.folder, base: key.clone() };
    let exact = maildir::exact_key(key).is_some();
    let only_badge = odd.is_none() || *odd == Some(Odd::DuplicateName);
    if !only_badge {
        return odd_row(job, dirs, mail_key, odd.clone().unwrap_or(Odd::Special));
    }
    let mail = match maildir::real().read(dirs, *place, name, exact) {
        Ok(mail) => mail,
        Err(MailError::Gone) => return Done::Gone(job.folder),
        Err(error) => return odd_row(job, dirs, mail_key, Odd::Unreadable(error.to_string())),
    };
    let ReadMail { bytes, size, mtime, ino, place, name, .. } = mail;
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        let message = parse::message(bytes);
        let class = classify(&context.books, &message, &context.hosts);
        Row::of(mail_key.clone(), name.clone(), place, size, mtime, ino, &message, class)
    }));
    let row = match parsed {
        Ok(mut row) => {
            row.odd = odd.clone();
            row
        }
        Err(panic) => {
            let why = format!("reading it failed inside dutybox: {}", panic_text(panic.as_ref()));
            Row::odd(mail_key, name, place, size, mtime, ino, Odd::Unreadable(why))
        }
    };
    Done::Row(Box::new(row), job.entry.ino)
}

fn odd_row(job: &Job, dirs: &Dirs, key: MailKey, odd: Odd) -> Done {
    let Entry { place, name, ino, .. } = &job.entry;
    let (size, mtime) = match maildir::real().facts(dirs, *place, name) {
        Ok(facts) => facts,
        Err(MailError::Gone) => return Done::Gone(job.folder),
        Err(_) => (0, Time(name.seconds().unwrap_or(0))),
    };
    Done::Row(Box::new(Row::odd(key, name.clone(), *place, size, mtime, *ino, odd)), *ino)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no reason given").chars().take(200).collect()
}

/// A mail that was told about.
#[derive(Debug, Clone)]
struct Known {
    place: Place,
    name: FileName,
    ino: u64,
}

/// A folder as last seen.
#[derive(Debug)]
struct Watched {
    folder: Folder,
    known: HashMap<Arc<[u8]>, Known>,
    /// The stamp of the last trusted scan.
    stamp: Option<[i128; 6]>,
    error: Option<String>,
    /// Listings in which it was no longer there.
    missed: u8,
}

/// The reader that ended.
struct Ended;

/// The coordinator.
struct Watch {
    maildirs: Vec<PathBuf>,
    archives: Vec<PathBuf>,
    read_only: bool,
    context: Arc<Context>,
    asked: Receiver<Ask>,
    out: Sender<Change>,
    keeps: Option<Sender<seen::News>>,
    folders: Vec<Watched>,
    /// Where each Maildir was when it was last there: a link may be away with it.
    roots: HashMap<PathBuf, PathBuf>,
    stopped: bool,
    /// What rows have in common.
    shared: Shared,
    /// Asked while something else was going on.
    later: Vec<Ask>,
    /// Proven to be gone, and not told yet.
    going: Vec<MailKey>,
    /// Pairs of the same file: under the key that it had, in a folder that does not stand still, and under a new one.
    twins: Vec<(MailKey, MailKey)>,
}

impl Watch {
    fn run(&mut self) -> Result<(), Ended> {
        self.refresh_folders()?;
        let jobs = self.scan_all(true)?;
        let of = jobs.len();
        self.send(Change::Progress { done: 0, of })?;
        self.read(jobs, true)?;
        self.send(Change::Complete)?;
        let mut full = Instant::now();
        let mut every = FULL;
        loop {
            let ask = match self.later.pop() {
                Some(ask) => Ok(ask),
                None => self.asked.recv_timeout(TICK),
            };
            match ask {
                Ok(Ask::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Ok(Ask::Runbooks(books)) => {
                    self.context = Arc::new(Context { books, hosts: self.context.hosts.clone() });
                    let jobs = self.known_jobs();
                    self.read(jobs, false)?;
                }
                Ok(Ask::Rescan) => {
                    self.rescan(true)?;
                    full = Instant::now();
                }
                Err(RecvTimeoutError::Timeout) => {
                    let due = full.elapsed() >= every;
                    let begun = Instant::now();
                    self.rescan(due)?;
                    if due {
                        full = Instant::now();
                        every = FULL.max(begun.elapsed() * FULL_SHARE);
                    }
                }
            }
        }
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
        let jobs = self.scan_all(full)?;
        // Where the folder of the old one stood still since, its listing has said all there is to say.
        let unsettled =
            |key: &MailKey| self.folders.get(usize::from(key.folder.0)).is_some_and(|watched| watched.stamp.is_none());
        self.twins.retain(|(old, _)| unsettled(old));
        let pairs = self.pairs(&jobs);
        self.twins.extend(pairs);
        self.read(jobs, false)?;
        for round in 0..PARTINGS {
            for key in self.part() {
                self.send(Change::Vanished(key))?;
            }
            if self.twins.is_empty() || round + 1 == PARTINGS {
                break;
            }
            // One that is just being moved has two names for a moment.
            thread::sleep(MOMENT);
        }
        Ok(())
    }

    fn known(&self, key: &MailKey) -> Option<&Known> {
        self.folders.get(usize::from(key.folder.0))?.known.get(&key.base)
    }

    /// Files among these that are known by another key: moved to another folder, or given another base name. Where the
    /// folder that they lay in is being changed all the time, no listing of it would ever say that they are gone.
    fn pairs(&self, jobs: &[Job]) -> Vec<(MailKey, MailKey)> {
        let news: HashMap<u64, &Job> = jobs.iter().map(|job| (job.entry.ino, job)).collect();
        let mut pairs = Vec::new();
        for (id, watched) in self.folders.iter().enumerate().filter(|_| !news.is_empty()) {
            pairs.extend(watched.known.iter().filter_map(|(base, known)| {
                let job = news.get(&known.ino)?;
                let old = MailKey { folder: FolderId(id as u16), base: base.clone() };
                let new = MailKey { folder: job.folder, base: job.entry.key.clone() };
                (old != new).then_some((old, new))
            }));
        }
        pairs
    }

    /// Of such a pair the old one is gone as soon as the file has one name only: these are forgotten, and given.
    fn part(&mut self) -> Vec<MailKey> {
        let mut twins = std::mem::take(&mut self.twins);
        let mut gone = Vec::new();
        twins.retain(|(old, new)| {
            if self.known(old).is_none() || self.known(new).is_none() {
                return false;
            }
            let only = self.is_only_name(old, new);
            if only && let Some(watched) = self.folders.get_mut(usize::from(old.folder.0)) {
                watched.known.remove(&old.base);
                gone.push(old.clone());
            }
            !only
        });
        self.twins = twins;
        gone
    }

    /// Whether the file that was known as `old` has no name but `new`.
    fn is_only_name(&self, old: &MailKey, new: &MailKey) -> bool {
        let folder = |key: &MailKey| self.folders.get(usize::from(key.folder.0)).map(|watched| &watched.folder.path);
        let (Some(was), Some(is), Some(from), Some(to)) = (self.known(old), self.known(new), folder(old), folder(new))
        else {
            return false;
        };
        let place = match is.place {
            Place::New => "new",
            Place::Cur => "cur",
        };
        let file = std::fs::symlink_metadata(to.join(place).join(OsStr::from_bytes(is.name.bytes())));
        let device = std::fs::symlink_metadata(from.join("cur"));
        matches!((file, device), (Ok(file), Ok(device))
            if file.nlink() == 1 && file.ino() == was.ino && file.dev() == device.dev())
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

    /// Scans the folders that changed (or all), sends renames, notes what is proven to be gone, and returns what is to be
    /// read.
    fn scan_all(&mut self, full: bool) -> Result<Vec<Job>, Ended> {
        let mut jobs = Vec::new();
        for index in 0..self.folders.len() {
            self.answer_stop()?;
            let Some(watched) = self.folders.get_mut(index) else { break };
            if watched.missed > 1 {
                continue;
            }
            if !full && watched.error.is_none() {
                let now = maildir::stamp(&watched.folder.path).ok();
                if now.is_some() && now == watched.stamp {
                    continue;
                }
            }
            let id = FolderId(index as u16);
            match maildir::scan(&watched.folder.path) {
                Ok(scan) => {
                    let changes = watched.diff(id, scan, &mut jobs, &mut self.going);
                    self.set_error(index, None)?;
                    for change in changes {
                        self.send(change)?;
                    }
                }
                Err(error) => {
                    let part = maildir::real().scan_part(&watched.folder.path).unwrap_or_default();
                    let changes = watched.diff(id, part, &mut jobs, &mut self.going);
                    watched.stamp = None;
                    if watched.missed == 0 {
                        self.set_error(index, Some(in_words(&error)))?;
                    }
                    for change in changes {
                        self.send(change)?;
                    }
                }
            }
        }
        Ok(jobs)
    }

    /// Reads jobs and sends their rows.
    fn read(&mut self, jobs: Vec<Job>, progress: bool) -> Result<(), Ended> {
        let of = jobs.len();
        if of == 0 {
            return Ok(());
        }
        let paths: Vec<PathBuf> = self.folders.iter().map(|watched| watched.folder.path.clone()).collect();
        let batches = batches(jobs);
        let context = self.context.clone();
        let stop = AtomicBool::new(false);
        let mut done_count = 0;
        let all = read_batches(&batches, &paths, &context, &stop, |done| {
            if self.answer_stop().is_err() {
                return false;
            }
            let Some(done) = done else { return true };
            done_count += done.len();
            let rows = self.take(done);
            (rows.is_empty() || self.send(Change::Rows(rows)).is_ok())
                && (!progress || self.send(Change::Progress { done: done_count, of }).is_ok())
        });
        if all { Ok(()) } else { Err(Ended) }
    }

    /// Remembers what was read.
    fn take(&mut self, done: Vec<Done>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(done.len());
        for done in done {
            match done {
                Done::Row(mut row, ino) => {
                    self.shared.share(&mut row);
                    if let Some(watched) = self.folders.get_mut(usize::from(row.key.folder.0)) {
                        let known = Known { place: row.place, name: row.name.clone(), ino };
                        watched.known.insert(row.key.base.clone(), known);
                    }
                    rows.push(*row);
                }
                Done::Gone(folder) => {
                    // If it was told about, a trusted scan says that it vanished; if not, that it is new.
                    if let Some(watched) = self.folders.get_mut(usize::from(folder.0)) {
                        watched.stamp = None;
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
            jobs.extend(watched.known.iter().map(|(key, known)| Job {
                folder: FolderId(index as u16),
                entry: Entry {
                    place: known.place,
                    name: known.name.clone(),
                    ino: known.ino,
                    odd: maildir::exact_key(key).map(|_| Odd::DuplicateName),
                    key: key.clone(),
                },
            }));
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
        Watched { folder, known: HashMap::new(), stamp: None, error: None, missed: 0 }
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
                _ => jobs.push(Job { folder: id, entry }),
            }
        }
        if scan.trusted {
            self.known.retain(|base, _| {
                let there = seen.contains(base);
                if !there {
                    going.push(MailKey { folder: id, base: base.clone() });
                }
                there
            });
        }
        changes
    }
}
