//! Reading folders into rows: in the background with progress for the screen, or all at once for commands; and
//! watching them for changes (MR-11, MR-12).
//!
//! One thread coordinates; for many mails at once it starts workers that read and parse. A mail on which one panics becomes
//! a row that says so.
//!
//! - `watch`: the thread that coordinates.

mod notify;
mod watch;

use super::front;
use super::index::{Cache, Index};
use super::maildir::{self, Dirs, Entry, Fs, MailError, ReadMail};
use super::pool::{STACK, in_parallel};
use super::seen;
use crate::error::Error;
use crate::mail::{Message, Time, parse};
use crate::runbook::Runbooks;
use crate::runbook::labels::HostRules;
use crate::triage::classify::classify;
use crate::triage::row::{Change, Folder, FolderId, MailKey, Odd, Row};
use crate::triage::shared::Shared;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Mails in the first batch, so that the first screen is there at once, and in the others.
const FIRST_BATCH: usize = 100;
const BATCH: usize = 500;

/// Asks a running [`Loader`] for something.
#[derive(Debug)]
pub enum Ask {
    /// Scan all folders now.
    Rescan,
    /// Look what changed: something did, the system says.
    Look,
    /// Classify everything again with these runbooks.
    Runbooks(Arc<Runbooks>),
    /// Read this message again: what its file holds is not what was told about it.
    Again(MailKey),
    /// This message was opened, and its file had this size and time then: read it again where it had others before.
    Opened(MailKey, u64, Time),
    /// End.
    Stop,
}

/// A reader that runs in the background and sends changes. It ends when asked to, or when this is dropped.
#[derive(Debug)]
pub struct Loader {
    /// Where to ask it for something.
    pub ask: Sender<Ask>,
    /// What it found, in order.
    pub changes: Receiver<Change>,
}

impl Drop for Loader {
    fn drop(&mut self) {
        // Where it ended before, nobody is there to be asked.
        let _ = self.ask.send(Ask::Stop);
    }
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

/// Starts reading in the background: newest mail first, in batches; afterwards watches (what the system
/// tells at once, stamps every second, a full scan every 30 s).
pub fn start(maildirs: Vec<PathBuf>, read_only: bool, books: Arc<Runbooks>, hosts: HostRules) -> Loader {
    start_telling(maildirs, Vec::new(), read_only, books, hosts, None, None)
}

/// The same; what is in one of the archives is not changed, those who keep what was seen are told, and with a cache only
/// what it does not hold is opened.
pub fn start_telling(
    maildirs: Vec<PathBuf>,
    archives: Vec<PathBuf>,
    read_only: bool,
    books: Arc<Runbooks>,
    hosts: HostRules,
    keeps: Option<Sender<seen::News>>,
    cache: Option<Cache>,
) -> Loader {
    let front = cache.as_ref().map(front::read).unwrap_or_default();
    let (ask, asked) = channel();
    let (out, changes) = channel();
    let context = Arc::new(Context { books, hosts });
    let (failed, look) = (out.clone(), ask.clone());
    let started = thread::Builder::new().name("dutybox-loader".into()).stack_size(STACK).spawn(move || {
        let mut watch = watch::Watch {
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
            cache,
            later: Vec::new(),
            going: Vec::new(),
            twins: Vec::new(),
            notify: notify::Notify::start(look),
            first: Some((0, 0)),
            young: Vec::new(),
            front,
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
    Ok(all_of(folders(maildirs, read_only)?, books, hosts, None))
}

/// Reads all of these folders and returns the changes, for commands; unreadable ones are [`Change::FolderError`]s. With a
/// cache, only what it does not hold is opened.
pub fn all_of(folders: Vec<Folder>, books: &Runbooks, hosts: &HostRules, cache: Option<&Cache>) -> Vec<Change> {
    let context = Context { books: Arc::new(books.clone()), hosts: hosts.clone() };
    let mut changes = vec![Change::Folders(folders.clone())];
    let mut jobs = Vec::new();
    let mut shared = Shared::new();
    let mut indexes = Vec::new();
    for (i, folder) in folders.iter().enumerate() {
        let id = FolderId(i as u16);
        let scan = maildir::scan(&folder.path).unwrap_or_else(|error| {
            changes.push(Change::FolderError(id, Some(in_words(&error))));
            // What can be read of it is shown.
            maildir::real().scan_part(&folder.path).unwrap_or_default()
        });
        let mut index = cache.and_then(|cache| Index::open(cache, &folder.path));
        let (rows, rest) = known(index.as_mut(), id, scan.entries, &mut shared);
        changes.push(Change::Rows(rows.into_iter().map(|(row, _)| row).collect()));
        jobs.extend(rest.into_iter().map(|entry| Job { folder: id, entry }));
        indexes.push(index);
    }
    let paths: Vec<PathBuf> = folders.into_iter().map(|folder| folder.path).collect();
    let of = jobs.len();
    read_listed(jobs, &paths, &context, &mut indexes, &mut shared, &mut changes);
    changes.push(Change::Progress { done: of, of });
    changes.push(Change::Complete);
    changes
}

/// Reads what was listed; a folder that cannot be opened any more is said to be so.
fn read_listed(
    jobs: Vec<Job>,
    paths: &[PathBuf],
    context: &Context,
    indexes: &mut [Option<Index>],
    shared: &mut Shared,
    changes: &mut Vec<Change>,
) {
    let mut shut = BTreeMap::new();
    read_batches(&batches(jobs), paths, context, &AtomicBool::new(false), |done| {
        let mut rows = Vec::new();
        for done in done.into_iter().flatten() {
            match done {
                Done::Row(mut row, listed, began) => {
                    shared.share(&mut row);
                    if let Some(Some(index)) = indexes.get_mut(usize::from(row.key.folder.0)) {
                        index.add(&row, listed, began);
                    }
                    rows.push(*row);
                }
                Done::Gone(_) => {}
                Done::Shut(key, why) => drop(shut.insert(key.folder, why)),
            }
        }
        if !rows.is_empty() {
            changes.push(Change::Rows(rows));
        }
        true
    });
    changes.extend(shut.into_iter().map(|(folder, why)| Change::FolderError(folder, Some(why))));
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

/// The row of a message whose file is not what it was when the row was made: another size, another time. The index, too,
/// knows it then.
pub fn changed(folder: &Path, row: &Row, books: &Runbooks, hosts: &HostRules, cache: Option<&Cache>) -> Option<Row> {
    let fs = maildir::real();
    let dirs = fs.open_to_read(folder).ok()?;
    if fs.facts(&dirs, row.place, &row.name).ok()? == (row.size, row.mtime) {
        return None;
    }
    let entry = fs.scan(folder).ok()?.entries.into_iter().find(|entry| entry.key == row.key.base)?;
    let context = Context { books: Arc::new(books.clone()), hosts: hosts.clone() };
    let (row, listed, began) = read_job(&Job { folder: row.key.folder, entry }, &dirs, &context).row()?;
    if let Some(mut index) = cache.and_then(|cache| Index::open(cache, folder)) {
        index.add(&row, listed, began);
    }
    Some(row)
}

/// Parses what was read. Parsing is total; should it panic all the same, the panic does not take the program along.
pub(crate) fn parsed(mut mail: ReadMail) -> Result<(ReadMail, Message), MailError> {
    let bytes = std::mem::take(&mut mail.bytes);
    match catch_unwind(AssertUnwindSafe(|| parse::message(bytes))) {
        Ok(message) => Ok((mail, message)),
        Err(_) => Err(MailError::Refused("it cannot be parsed: look at the file itself")),
    }
}

/// The rows of these entries that the index holds, and the entries that must be read.
fn known(
    index: Option<&mut Index>,
    id: FolderId,
    entries: Vec<Entry>,
    shared: &mut Shared,
) -> (Vec<(Row, u64)>, Vec<Entry>) {
    match index {
        Some(index) => index.rows(id, entries, shared),
        None => (Vec::new(), entries),
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
    /// The row, the inode number that the directory gives (file systems may give another when asked for the file), and
    /// when reading it began: whoever wrote to the file just before may not have been done.
    Row(Box<Row>, u64, Time),
    /// Gone before it was read; the next scan will say.
    Gone(MailKey),
    /// Its folder cannot be opened just now, and why: nothing is known of it.
    Shut(MailKey, String),
}

impl Done {
    fn row(self) -> Option<(Row, u64, Time)> {
        match self {
            Done::Row(row, listed, began) => Some((*row, listed, began)),
            Done::Gone(_) | Done::Shut(..) => None,
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
    each: impl FnMut(Option<Vec<Done>>) -> bool,
) -> bool {
    in_parallel(batches, stop, |batch| read_batch(batch, paths, context, stop), each)
}

fn read_batch(batch: &[Job], paths: &[PathBuf], context: &Context, stop: &AtomicBool) -> Vec<Done> {
    // Folder by folder, each open only then: there may be more of them than a process may have files open.
    let mut jobs: Vec<&Job> = batch.iter().collect();
    jobs.sort_by_key(|job| job.folder);
    let mut done = Vec::with_capacity(batch.len());
    for of_folder in jobs.chunk_by(|a, b| a.folder == b.folder) {
        let Some(folder) = of_folder.first().map(|job| job.folder) else { continue };
        let Some(path) = paths.get(usize::from(folder.0)) else { continue };
        let dirs = maildir::real().open_to_read(path);
        for job in of_folder {
            if stop.load(Ordering::Relaxed) {
                return done;
            }
            done.push(match &dirs {
                Ok(dirs) => match read_job(job, dirs, context) {
                    // Only one half of the folder may be there.
                    Done::Gone(key) => match maildir::real().open(path) {
                        Ok(_) => Done::Gone(key),
                        Err(error) => Done::Shut(key, error.to_string()),
                    },
                    done => done,
                },
                Err(error) => {
                    // The words that name what cannot be opened, where that is still so.
                    let why = maildir::real().open(path).err().map_or(error.to_string(), |error| error.to_string());
                    Done::Shut(MailKey { folder, base: job.entry.key.clone() }, why)
                }
            });
        }
    }
    done
}

/// Reads one entry into a row; whatever goes wrong becomes a row that says so.
fn read_job(job: &Job, dirs: &Dirs, context: &Context) -> Done {
    let began = seen::clock();
    let Entry { place, name, key, odd, .. } = &job.entry;
    let mail_key = MailKey { folder: job.folder, base: key.clone() };
    let exact = maildir::exact_key(key).is_some();
    let only_badge = odd.is_none() || *odd == Some(Odd::DuplicateName);
    if !only_badge {
        return odd_row(job, dirs, mail_key, odd.clone().unwrap_or(Odd::Special));
    }
    let mail = match maildir::real().read(dirs, *place, name, exact) {
        Ok(mail) => mail,
        Err(MailError::Gone) => return Done::Gone(mail_key),
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
    Done::Row(Box::new(row), job.entry.ino, began)
}

fn odd_row(job: &Job, dirs: &Dirs, key: MailKey, odd: Odd) -> Done {
    let began = seen::clock();
    let Entry { place, name, ino, .. } = &job.entry;
    let (size, mtime) = match maildir::real().facts(dirs, *place, name) {
        Ok(facts) => facts,
        Err(MailError::Gone) => return Done::Gone(key),
        Err(_) => (0, Time(name.seconds().unwrap_or(0))),
    };
    Done::Row(Box::new(Row::odd(key, name.clone(), *place, size, mtime, *ino, odd)), *ino, began)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no reason given").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_folder_that_cannot_be_opened_once_it_was_listed_is_an_error_and_not_an_empty_one() {
        for gone in ["mail", "mail/cur"] {
            let keep = tempfile::tempdir().unwrap();
            let mail = keep.path().join("mail");
            for part in ["cur", "new", "tmp"] {
                fs::create_dir_all(mail.join(part)).unwrap();
            }
            fs::write(mail.join("cur/1.a:2,"), "Subject: x\n\n").unwrap();
            fs::write(mail.join("new/2.b"), "Subject: y\n\n").unwrap();
            let entries = maildir::scan(&mail).unwrap().entries;
            let jobs = entries.into_iter().map(|entry| Job { folder: FolderId(0), entry }).collect();
            fs::rename(keep.path().join(gone), keep.path().join("away")).unwrap();
            let context = Context { books: Arc::default(), hosts: HostRules::default() };
            let mut changes = Vec::new();
            read_listed(jobs, &[mail], &context, &mut [], &mut Shared::new(), &mut changes);
            let Some(Change::FolderError(FolderId(0), Some(words))) = changes.pop() else { panic!("{changes:?}") };
            assert!(words.contains(&keep.path().join(gone).display().to_string()), "{words}");
            let rows = changes.iter().map(|change| if let Change::Rows(rows) = change { rows.len() } else { 0 });
            assert_eq!(rows.sum::<usize>(), usize::from(gone == "mail/cur"), "the other half is read");
        }
    }
}
