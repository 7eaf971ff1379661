//! Maildirs on the system calls.
//!
//! The `maildir` crate is used where it is right: creating Maildirs and folders, writing the demo. The operator's own
//! mail is listed, read and flagged here, because the crate hides unreadable folders and odd names, rewrites unknown
//! flags, overwrites on a move and changes names that are not UTF-8 (measured, version 0.6.6).
//!
//! - `folders`: which folders a Maildir has.
//! - `deliver`: new files, whole and durable.
//! - `moving`: a mail into another folder.

mod deliver;
mod folders;
mod moving;

pub(crate) use deliver::random;

use super::sys::{Sys, ctime_ns, dir_flags, mtime_ns};
use crate::error::{Error, ErrorKind};
use crate::mail::name::FlagRefusal;
use crate::mail::parse::FILE_CAP;
use crate::mail::{FileName, Flags, Time};
use crate::triage::row::{Odd, Place};
use crate::triage::told::GONE;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A folder found on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Name within the Maildir; empty for the inbox.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
}

/// An entry of `new` or `cur`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which of the two.
    pub place: Place,
    /// Its name.
    pub name: FileName,
    /// Inode number, from the directory.
    pub ino: u64,
    /// Set where it is no regular file, or the second of its base name.
    pub odd: Option<Odd>,
    /// Its identity within the folder: the base name; see [`scan`] for duplicates.
    pub key: Arc<[u8]>,
}

/// A listing of one folder.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// The entries, in no order; dot files are left out.
    pub entries: Vec<Entry>,
    /// Whether both directories stood still meanwhile: only then does absence mean "gone" (MR-11).
    pub trusted: bool,
    /// Changes whenever one of the directories changed (mtime in ns, ctime, inode of both).
    pub stamp: [i128; 6],
}

/// A mail as read from disk.
#[derive(Debug, Clone)]
pub struct ReadMail {
    /// The bytes, at most [`crate::mail::parse::FILE_CAP`] and one: where there are more, [`crate::mail::parse::message`] cuts
    /// them and says so.
    pub bytes: Vec<u8>,
    /// Size of the file.
    pub size: u64,
    /// Its modification time.
    pub mtime: Time,
    /// Its inode.
    pub ino: u64,
    /// Whose file it is.
    pub uid: u32,
    /// Where it was found (it may have been renamed meanwhile).
    pub place: Place,
    /// Its name now.
    pub name: FileName,
}

/// Why an operation on one mail did not happen.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Not in this folder any more: moved or deleted by another program (MR-10).
    #[error("{GONE}")]
    Gone,
    /// The name must be left alone (MR-6, MR-16).
    #[error("{0}")]
    Refused(&'static str),
    /// No regular file (MR-14).
    #[error("not a mail: {0}")]
    NotAMail(&'static str),
    /// The folder or the whole program is read-only.
    #[error("read-only: nothing is changed")]
    ReadOnly,
    /// A system call failed.
    #[error("{}", plain(.0))]
    Io(#[from] std::io::Error),
}

impl From<Errno> for MailError {
    fn from(errno: Errno) -> MailError {
        MailError::Io(errno.into())
    }
}

/// What a flag change did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flagged {
    /// Flags that were not set before and are now.
    pub added: Flags,
    /// Flags that were set before and are not now.
    pub removed: Flags,
    /// Where it lies now.
    pub place: Place,
    /// Its name now.
    pub name: FileName,
}

/// Rounds of "not there under that name, look again" before a mail counts as gone (MR-10).
pub(crate) const ROUNDS: u32 = 10;
/// Passes over a folder until one is trusted (MR-11).
const PASSES: u32 = 5;
/// A directory that changed less than this before a pass may change again without a new time stamp: kernels before
/// 6.13 stamp with the timer tick (at most 10 ms); file systems with whole seconds need a second.
const TICK_NS: i128 = 20_000_000;
const SECOND_NS: i128 = 1_100_000_000;

/// All folders of a Maildir: the inbox, Maildir++ subfolders and nested Maildirs, sorted by name.
///
/// Symbolic links are not followed. A directory that cannot be looked into is listed too: reading it then says why.
///
/// # Errors
/// Where the root is no Maildir or cannot be read (never an empty list instead).
pub fn folders(root: &Path) -> Result<Vec<Found>, Error> {
    real().folders(root)
}

/// Lists a folder (MR-11). Retries until the pass is trusted, at most 5 times; merges the passes where none is.
///
/// Two entries with one base name, in a trusted pass, are both listed: the first (in `cur` before `new`, then by name)
/// has its base as [`Entry::key`], the others `new/NAME` or `cur/NAME` and [`Odd::DuplicateName`]. A base name holds no
/// `/`, so such a key is never a base name. Files in a folder = entries, always, dot files apart.
///
/// # Errors
/// Where `new` or `cur` cannot be read.
pub fn scan(folder: &Path) -> Result<Scan, Error> {
    real().scan(folder)
}

/// The stamp of a folder alone, cheap (two `stat` calls).
///
/// # Errors
/// Where one of the directories cannot be looked at.
pub fn stamp(folder: &Path) -> Result<[i128; 6], Error> {
    let fs = real();
    let dirs = fs.dirs(folder)?;
    fs.stamp(&dirs).map_err(|errno| cannot("read", folder, errno))
}

/// Reads a mail (MR-10, MR-14). Changes nothing, not even atime where that can be helped.
///
/// # Errors
/// See [`MailError`].
pub fn read(folder: &Path, place: Place, name: &FileName) -> Result<ReadMail, MailError> {
    real().read_in(folder, place, name)
}

/// Writes all bytes of a mail, also of one that is larger than is ever read into memory.
///
/// # Errors
/// See [`MailError`]; the inner error is the writer's.
pub fn pour(
    folder: &Path,
    place: Place,
    name: &FileName,
    out: &mut dyn std::io::Write,
) -> Result<std::io::Result<()>, MailError> {
    real().pour(folder, place, name, out)
}

/// Finds a mail by its base name (or [`Entry::key`]), wherever it lies in this folder now (MR-10).
///
/// # Errors
/// [`MailError::Gone`] or a failed system call.
pub fn find(folder: &Path, base: &[u8]) -> Result<(Place, FileName), MailError> {
    let fs = real();
    let dirs = fs.open(folder)?;
    fs.find(&dirs, base)
}

/// Adds and removes flags, from the name on disk now (MR-7 to MR-10); moves it from `new` to `cur`.
///
/// The change is not yet durable: [`sync`] the folder once per act.
///
/// # Errors
/// See [`MailError`]; nothing was changed then.
pub fn set_flags(
    folder: &Path,
    base: &[u8],
    hint: Option<(Place, &FileName)>,
    add: Flags,
    remove: Flags,
) -> Result<Flagged, MailError> {
    real().set_flags_in(folder, base, hint, add, remove)
}

/// Makes the renames in a folder durable (reliability fact 12).
///
/// # Errors
/// A failed system call.
pub fn sync(folder: &Path) -> Result<(), MailError> {
    real().sync(folder)
}

/// Delivers a new mail durably: tmp, write, sync, link, sync the directory (MR-2, MR-15, reliability fact 12).
///
/// # Errors
/// A failed system call; our tmp file is removed then.
pub fn deliver(folder: &Path, place: Place, flags: Flags, bytes: &[u8]) -> Result<FileName, MailError> {
    real().deliver(folder, place, flags, bytes)
}

/// Whether mails in this folder can be renamed by us.
pub fn writable(folder: &Path) -> bool {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    accessat(CWD, folder.join("cur"), Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS).is_ok()
}

/// Where the files of a folder lay, by base name.
type Seen = HashMap<Arc<[u8]>, (Place, FileName)>;

/// The open directories of a folder, for many reads in a row.
#[derive(Debug)]
pub(crate) struct Dirs {
    new: OwnedFd,
    cur: OwnedFd,
    /// The one that cannot be opened, where the other is read all the same: nothing is looked for in it.
    shut: Option<Place>,
    /// Where files lay when one was last looked for in vain: while another program renames many, so are the next ones.
    seen: RefCell<Seen>,
}

impl Dirs {
    fn of(&self, place: Place) -> BorrowedFd<'_> {
        match place {
            Place::New => self.new.as_fd(),
            Place::Cur => self.cur.as_fd(),
        }
    }
}

/// The operations, over any [`Sys`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fs(pub(crate) Sys);

/// The operations on the kernel.
pub(crate) fn real() -> Fs {
    Fs::default()
}

/// One pass over both directories.
struct Pass {
    entries: Vec<Entry>,
    stamp: [i128; 6],
    trusted: bool,
}

impl Fs {
    /// Opens both directories of a folder, naming the one that cannot be opened.
    fn dirs(&self, folder: &Path) -> Result<Dirs, Error> {
        let root = self.0.open_dir(folder).map_err(|errno| cannot("read", folder, errno))?;
        let one = |name: &str| {
            self.0
                .open_at(root.as_fd(), name.as_bytes(), dir_flags(), Mode::empty())
                .map_err(|errno| cannot("read", &folder.join(name), errno))
        };
        Ok(Dirs { new: one("new")?, cur: one("cur")?, shut: None, seen: RefCell::default() })
    }

    /// The same to read what can be read, where one of them cannot be opened.
    pub(crate) fn open_to_read(&self, folder: &Path) -> Result<Dirs, MailError> {
        let error = match self.open(folder) {
            Ok(dirs) => return Ok(dirs),
            Err(error) => error,
        };
        let root = self.0.open_dir(folder)?;
        let one = |name: &[u8]| self.0.open_at(root.as_fd(), name, dir_flags(), Mode::empty()).ok();
        match (one(b"new"), one(b"cur")) {
            (Some(new), None) => Ok(Dirs { new, cur: root, shut: Some(Place::Cur), seen: RefCell::default() }),
            (None, Some(cur)) => Ok(Dirs { new: root, cur, shut: Some(Place::New), seen: RefCell::default() }),
            _ => Err(error),
        }
    }

    /// The same for operations on one mail.
    pub(crate) fn open(&self, folder: &Path) -> Result<Dirs, MailError> {
        self.dirs(folder).map_err(|error| {
            let kind = error.source.as_ref().map_or(std::io::ErrorKind::Other, std::io::Error::kind);
            MailError::Io(std::io::Error::new(kind, error.message))
        })
    }

    fn stamp(&self, dirs: &Dirs) -> Result<[i128; 6], Errno> {
        let new = self.0.stat(dirs.new.as_fd())?;
        let cur = self.0.stat(dirs.cur.as_fd())?;
        Ok([
            mtime_ns(&new),
            ctime_ns(&new),
            i128::from(new.st_ino),
            mtime_ns(&cur),
            ctime_ns(&cur),
            i128::from(cur.st_ino),
        ])
    }

    /// Reads one directory; the places of its entries are `place`.
    fn list(&self, dirs: &Dirs, place: Place, into: &mut Vec<Entry>) -> Result<(), Errno> {
        if dirs.shut == Some(place) {
            return Ok(());
        }
        for raw in self.0.list(dirs.of(place))? {
            if raw.name.first() == Some(&b'.') {
                continue;
            }
            let kind = match raw.kind {
                FileType::Unknown => match self.0.stat_at(dirs.of(place), &raw.name) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    // Renamed meanwhile: the pass is not trusted then.
                    Err(Errno::NOENT) => continue,
                    Err(errno) => return Err(errno),
                },
                kind => kind,
            };
            let name = FileName::new(raw.name);
            let key = name.base().into();
            into.push(Entry { place, name, ino: raw.ino, odd: odd_kind(kind), key });
        }
        Ok(())
    }

    /// One pass: stamp, `new`, `cur`, `new` again where it changed, stamp.
    fn pass(&self, dirs: &Dirs) -> Result<Pass, Errno> {
        let before = self.stamp(dirs)?;
        let settled = settled(&before);
        let mut entries = Vec::new();
        self.list(dirs, Place::New, &mut entries)?;
        self.list(dirs, Place::Cur, &mut entries)?;
        let mut stamp = self.stamp(dirs)?;
        if stamp.get(..3) != before.get(..3) {
            self.list(dirs, Place::New, &mut entries)?;
            stamp = self.stamp(dirs)?;
        }
        Ok(Pass { entries, stamp, trusted: settled && stamp == before && dirs.shut.is_none() })
    }

    /// What can be read of a folder of which one half cannot; never trusted.
    pub(crate) fn scan_part(&self, folder: &Path) -> Option<Scan> {
        let dirs = self.open_to_read(folder).ok()?;
        let mut entries = Vec::new();
        for place in [Place::New, Place::Cur] {
            let mut part = Vec::new();
            if self.list(&dirs, place, &mut part).is_ok() {
                entries.extend(part);
            }
        }
        Some(Scan { entries: key_duplicates(entries), trusted: false, stamp: [0; 6] })
    }

    /// See [`scan`].
    pub(crate) fn scan(&self, folder: &Path) -> Result<Scan, Error> {
        let mut merged: HashMap<(Arc<[u8]>, u64), Entry> = HashMap::new();
        let mut stamp = [0; 6];
        for round in 0..PASSES {
            // Opened anew each time: the folder may have been replaced.
            let dirs = self.dirs(folder)?;
            let pass = self.pass(&dirs).map_err(|errno| cannot("read", folder, errno))?;
            if pass.trusted {
                return Ok(Scan { entries: key_duplicates(pass.entries), trusted: true, stamp: pass.stamp });
            }
            stamp = pass.stamp;
            // The later listing of a file is the newer one; a rename keeps its inode, a second file has its own.
            for entry in pass.entries {
                merged.insert((entry.key.clone(), entry.ino), entry);
            }
            if round + 1 < PASSES {
                std::thread::sleep(Duration::from_millis(if round == 0 { 2 } else { 15 }));
            }
        }
        Ok(Scan { entries: key_duplicates(merged.into_values().collect()), trusted: false, stamp })
    }

    /// Finds a mail that lies under that name no more, from a listing that serves many such mails. It may be old by now.
    fn find_again(&self, dirs: &Dirs, name: &FileName) -> Result<(Place, FileName), MailError> {
        let key = name.base();
        let known = dirs.seen.borrow().get(key).cloned();
        match known {
            Some((place, known)) if known != *name => return Ok((place, known)),
            // That is old too: all are looked for anew.
            Some(_) => {}
            None if dirs.seen.borrow().is_empty() => {}
            None => return self.find(dirs, key),
        }
        let mut entries = Vec::new();
        for place in [Place::New, Place::Cur] {
            self.list(dirs, place, &mut entries)?;
        }
        entries.sort_by(primary_order);
        let mut seen = HashMap::with_capacity(entries.len());
        for entry in entries {
            seen.entry(entry.key).or_insert((entry.place, entry.name));
        }
        let found = seen.get(key).cloned();
        dirs.seen.replace(seen);
        match found {
            Some((place, found)) if found != *name => Ok((place, found)),
            _ => self.find(dirs, key),
        }
    }

    /// Finds a mail by base name or key. "Gone" only after a trusted pass or [`ROUNDS`] others.
    pub(crate) fn find(&self, dirs: &Dirs, key: &[u8]) -> Result<(Place, FileName), MailError> {
        if let Some((place, name)) = exact_key(key) {
            return match self.0.stat_at(dirs.of(place), name.bytes()) {
                Ok(_) => Ok((place, name)),
                Err(Errno::NOENT) => Err(MailError::Gone),
                Err(errno) => Err(errno.into()),
            };
        }
        for round in 0..ROUNDS {
            let pass = self.pass(dirs)?;
            let mut same: Vec<&Entry> = pass.entries.iter().filter(|entry| entry.name.base() == key).collect();
            same.sort_by(|a, b| primary_order(a, b));
            if same.is_empty() {
                // Another program gave it a `,U=` or the like (MR-1); only where that is unambiguous.
                let cut = FileName::new(key).lookup().to_vec();
                same = pass.entries.iter().filter(|entry| entry.name.lookup() == cut).collect();
                same.truncate(if same.len() == 1 { 1 } else { 0 });
            }
            // Untrusted passes may list a name that is old by now, and another that is newer: the caller tries again.
            if let Some(entry) = if pass.trusted { same.first() } else { same.last() } {
                return Ok((entry.place, entry.name.clone()));
            }
            if pass.trusted {
                break;
            }
            pause(round);
        }
        Err(MailError::Gone)
    }

    /// See [`read`].
    pub(crate) fn read_in(&self, folder: &Path, place: Place, name: &FileName) -> Result<ReadMail, MailError> {
        self.read(&self.open(folder)?, place, name, false)
    }

    /// Reads a file of a Maildir of ours up to so many bytes.
    pub(crate) fn read_ours(
        &self,
        folder: &Path,
        place: Place,
        name: &FileName,
        most: usize,
    ) -> Result<ReadMail, MailError> {
        let (fd, place, name) = self.open_found(&self.open(folder)?, place, name, false)?;
        self.read_open(fd, place, name, most)
    }

    /// Writes all bytes of a mail, however many.
    ///
    /// # Errors
    /// Where it cannot be read; the inner error: where it cannot be written.
    pub(crate) fn pour(
        &self,
        folder: &Path,
        place: Place,
        name: &FileName,
        out: &mut dyn std::io::Write,
    ) -> Result<std::io::Result<()>, MailError> {
        let (fd, ..) = self.open_found(&self.open(folder)?, place, name, false)?;
        let mut buffer = vec![0; 1 << 20];
        loop {
            let taken = match self.0.read(fd.as_fd(), &mut buffer) {
                Err(Errno::INTR) => continue,
                taken => taken?,
            };
            let piece = buffer.get(..taken).unwrap_or_default();
            match out.write_all(piece) {
                Ok(()) if !piece.is_empty() => {}
                written => return Ok(written),
            }
        }
    }

    /// Reads a mail; `exact`: this very file, not one of the same base name.
    pub(crate) fn read(&self, dirs: &Dirs, place: Place, name: &FileName, exact: bool) -> Result<ReadMail, MailError> {
        let (fd, place, name) = self.open_found(dirs, place, name, exact)?;
        self.read_open(fd, place, name, FILE_CAP + 1)
    }

    /// Opens a mail where it lies now.
    fn open_found(
        &self,
        dirs: &Dirs,
        place: Place,
        name: &FileName,
        exact: bool,
    ) -> Result<(OwnedFd, Place, FileName), MailError> {
        let (mut place, mut name) = (place, name.clone());
        for round in 0..ROUNDS {
            match self.open_mail(dirs, place, &name) {
                Ok(fd) => return Ok((fd, place, name)),
                Err(MailError::Gone) if !exact => {}
                Err(error) => return Err(error),
            }
            if round > 0 {
                pause(round);
            }
            (place, name) = self.find_again(dirs, &name)?;
        }
        Err(MailError::Gone)
    }

    /// Opens a regular file and nothing else, without waiting for a FIFO's writer.
    pub(crate) fn open_mail(&self, dirs: &Dirs, place: Place, name: &FileName) -> Result<OwnedFd, MailError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let open = |flags| self.0.open_at(dirs.of(place), name.bytes(), flags, Mode::empty());
        // Only the owner may ask for no atime.
        let opened = match open(flags | OFlags::NOATIME) {
            Err(Errno::PERM | Errno::INVAL) => open(flags),
            other => other,
        };
        match opened {
            Ok(fd) => Ok(fd),
            Err(Errno::NOENT) => Err(MailError::Gone),
            Err(Errno::LOOP) => Err(MailError::NotAMail("a symbolic link")),
            Err(Errno::NXIO | Errno::NODEV) => Err(MailError::NotAMail("a socket or device")),
            Err(errno) => Err(errno.into()),
        }
    }

    fn read_open(&self, fd: OwnedFd, place: Place, name: FileName, most: usize) -> Result<ReadMail, MailError> {
        let stat = self.0.stat(fd.as_fd())?;
        if let Some(what) = not_a_mail(FileType::from_raw_mode(stat.st_mode)) {
            return Err(MailError::NotAMail(what));
        }
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        let bytes = self.read_all(&fd, usize::try_from(size).unwrap_or(usize::MAX), most)?;
        Ok(ReadMail { bytes, size, mtime: Time(seconds(&stat)), ino: stat.st_ino, uid: stat.st_uid, place, name })
    }

    /// Reads up to the end or so many bytes, whichever is first.
    fn read_all(&self, fd: &OwnedFd, size: usize, most: usize) -> Result<Vec<u8>, Errno> {
        // A file may be huge and empty inside (sparse): memory grows with what is read, not with what it claims.
        let mut bytes = vec![0; size.clamp(1 << 12, 1 << 20) + 1];
        let mut filled = 0;
        while filled < most {
            if filled == bytes.len() {
                bytes.resize((filled * 2).min(most), 0);
            }
            match self.0.read(fd.as_fd(), bytes.get_mut(filled..).unwrap_or_default())? {
                0 => break,
                n => filled += n,
            }
        }
        bytes.truncate(filled.min(most));
        Ok(bytes)
    }

    /// Size and modification time of an entry that is not opened.
    pub(crate) fn facts(&self, dirs: &Dirs, place: Place, name: &FileName) -> Result<(u64, Time), MailError> {
        match self.0.stat_at(dirs.of(place), name.bytes()) {
            Ok(stat) => Ok((u64::try_from(stat.st_size).unwrap_or(0), Time(seconds(&stat)))),
            Err(Errno::NOENT) => Err(MailError::Gone),
            Err(errno) => Err(errno.into()),
        }
    }

    /// See [`set_flags`].
    pub(crate) fn set_flags_in(
        &self,
        folder: &Path,
        key: &[u8],
        hint: Option<(Place, &FileName)>,
        add: Flags,
        remove: Flags,
    ) -> Result<Flagged, MailError> {
        self.set_flags(&self.open(folder)?, key, hint, add, remove)
    }

    /// See [`sync`].
    pub(crate) fn sync(&self, folder: &Path) -> Result<(), MailError> {
        let dirs = self.open(folder)?;
        // What was renamed lies in `cur` now: until that is on disk, the old name in `new` must be.
        self.0.sync(dirs.cur.as_fd())?;
        self.0.sync(dirs.new.as_fd())?;
        Ok(())
    }

    /// See [`set_flags`].
    pub(crate) fn set_flags(
        &self,
        dirs: &Dirs,
        key: &[u8],
        hint: Option<(Place, &FileName)>,
        add: Flags,
        remove: Flags,
    ) -> Result<Flagged, MailError> {
        if exact_key(key).is_some() {
            return Err(MailError::Refused("two files share this name: remove or rename one of them first"));
        }
        let (mut place, mut name) = match hint {
            Some((place, name)) => (place, name.clone()),
            None => self.find(dirs, key)?,
        };
        for round in 0..ROUNDS {
            match self.try_flags(dirs, place, &name, add, remove) {
                Err(MailError::Gone) => {}
                other => return other,
            }
            if round > 0 {
                pause(round);
            }
            (place, name) = if name.base() == key { self.find_again(dirs, &name)? } else { self.find(dirs, key)? };
        }
        Err(MailError::Gone)
    }

    /// One attempt; [`MailError::Gone`] where the file is not there under that name.
    fn try_flags(
        &self,
        dirs: &Dirs,
        place: Place,
        name: &FileName,
        add: Flags,
        remove: Flags,
    ) -> Result<Flagged, MailError> {
        let from = dirs.of(place);
        match self.0.stat_at(from, name.bytes()) {
            Ok(stat) => {
                if let Some(what) = not_a_mail(FileType::from_raw_mode(stat.st_mode)) {
                    return Err(MailError::NotAMail(what));
                }
            }
            Err(Errno::NOENT) => return Err(MailError::Gone),
            Err(errno) => return Err(errno.into()),
        }
        if name.bytes().len() > NAME_MAX {
            return Err(MailError::Refused(refusal(&FlagRefusal::NameTooLong)));
        }
        let mut target = name.with_flags(add, remove).map_err(|why| MailError::Refused(refusal(&why)))?;
        if place == Place::New && !target.bytes().contains(&b':') {
            let mut bytes = target.bytes().to_vec();
            bytes.extend_from_slice(b":2,");
            target = FileName::new(bytes);
        }
        if target.bytes().len() > NAME_MAX {
            return Err(MailError::Refused(refusal(&FlagRefusal::NameTooLong)));
        }
        let (old, new) = (name.flags(), target.flags());
        let done = Flagged { added: new.without(old), removed: old.without(new), place: Place::Cur, name: target };
        if place == Place::Cur && done.name == *name {
            return Ok(done);
        }
        match self.rename_flags(dirs, from, name.bytes(), done.name.bytes()) {
            Ok(()) => Ok(done),
            Err(Errno::NOENT) => Err(MailError::Gone),
            Err(Errno::EXIST) => {
                Err(MailError::Refused("another file has the name that this would get: nothing was changed"))
            }
            Err(Errno::ROFS) => Err(MailError::ReadOnly),
            Err(Errno::ACCESS | Errno::PERM) => {
                Err(MailError::Refused("read-only: no permission to rename in this folder, nothing was changed"))
            }
            Err(Errno::NAMETOOLONG) => Err(MailError::Refused(refusal(&FlagRefusal::NameTooLong))),
            Err(errno) => Err(errno.into()),
        }
    }

    /// MR-9: never over another file; plain rename only where the kernel or file system has no other.
    fn rename_flags(&self, dirs: &Dirs, from: BorrowedFd<'_>, old: &[u8], new: &[u8]) -> Result<(), Errno> {
        match self.0.rename_new(from, old, dirs.cur.as_fd(), new) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                match self.0.stat_at(dirs.cur.as_fd(), new) {
                    Ok(_) => return Err(Errno::EXIST),
                    Err(Errno::NOENT) => {}
                    Err(errno) => return Err(errno),
                }
                self.0.rename(from, old, dirs.cur.as_fd(), new)
            }
            other => other,
        }
    }
}

/// Longest file name.
const NAME_MAX: usize = 255;

/// An unreadable directory or file, named.
fn cannot(verb: &str, path: &Path, errno: Errno) -> Error {
    let source = std::io::Error::from(errno);
    let error = Error::new(ErrorKind::Mailbox, format!("cannot {verb} {}: {}", path.display(), plain(&source)));
    let shown = path.display();
    let error = match errno {
        Errno::ACCESS | Errno::PERM => error.hint(format!("look at its permissions: ls -ld {shown}")),
        Errno::NOENT => error.hint(format!("see what is there: ls -la {}", path.parent().unwrap_or(path).display())),
        Errno::LOOP | Errno::NOTDIR => {
            error.hint(format!("it must be a directory, not a link or file: ls -ld {shown}"))
        }
        Errno::MFILE | Errno::NFILE => error.hint("too many open files: ulimit -n 1024"),
        _ => error.hint(format!("try: ls -la {shown}")),
    };
    error.because(source)
}

/// The text of a system error without its number.
pub(crate) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

fn seconds(stat: &rustix::fs::Stat) -> i64 {
    i64::try_from(mtime_ns(stat).div_euclid(1_000_000_000)).unwrap_or(0)
}

/// Whether a stamp is old enough that a change after it would have another (see [`TICK_NS`]).
fn settled(stamp: &[i128; 6]) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as i128);
    [stamp[0], stamp[3]].into_iter().all(|mtime| {
        let guard = if mtime % 1_000_000_000 == 0 { SECOND_NS } else { TICK_NS };
        (now - mtime).abs() > guard
    })
}

/// Why an entry of that type is no mail.
fn odd_kind(kind: FileType) -> Option<Odd> {
    match kind {
        FileType::RegularFile => None,
        FileType::Symlink => Some(Odd::Symlink),
        FileType::Directory => Some(Odd::Directory),
        _ => Some(Odd::Special),
    }
}

fn not_a_mail(kind: FileType) -> Option<&'static str> {
    match kind {
        FileType::RegularFile => None,
        FileType::Symlink => Some("a symbolic link"),
        FileType::Directory => Some("a directory"),
        FileType::Fifo => Some("a FIFO"),
        FileType::Socket => Some("a socket"),
        _ => Some("a device"),
    }
}

/// Which of two entries with one base name keeps it as its key.
fn primary_order(a: &Entry, b: &Entry) -> std::cmp::Ordering {
    let rank = |entry: &Entry| (entry.odd.is_some(), entry.place == Place::New);
    rank(a).cmp(&rank(b)).then_with(|| a.name.bytes().cmp(b.name.bytes()))
}

/// Gives the second and later entries of one base name a key of their own; drops names listed twice.
fn key_duplicates(mut entries: Vec<Entry>) -> Vec<Entry> {
    let mut first: HashMap<Arc<[u8]>, usize> = HashMap::with_capacity(entries.len());
    entries.sort_by(primary_order);
    let mut result: Vec<Entry> = Vec::with_capacity(entries.len());
    for mut entry in entries {
        match first.entry(entry.key.clone()) {
            Slot::Vacant(slot) => {
                slot.insert(result.len());
            }
            Slot::Occupied(slot) => {
                let earlier = result.get(*slot.get());
                if earlier.is_some_and(|earlier| earlier.place == entry.place && earlier.name == entry.name) {
                    continue;
                }
                let place: &[u8] = match entry.place {
                    Place::New => b"new/",
                    Place::Cur => b"cur/",
                };
                entry.key = [place, entry.name.bytes()].concat().into();
                entry.odd = entry.odd.or(Some(Odd::DuplicateName));
            }
        }
        result.push(entry);
    }
    result
}

/// The file that a key of a duplicate names.
pub(crate) fn exact_key(key: &[u8]) -> Option<(Place, FileName)> {
    let (place, name) = match (key.strip_prefix(b"new/"), key.strip_prefix(b"cur/")) {
        (Some(name), _) => (Place::New, name),
        (_, Some(name)) => (Place::Cur, name),
        _ => return None,
    };
    (!name.is_empty() && !name.contains(&b'/') && name != b"." && name != b"..").then(|| (place, FileName::new(name)))
}

/// 1, 2, 4, … at most 50 ms (MR-10).
pub(crate) fn pause(round: u32) {
    std::thread::sleep(Duration::from_millis((1u64 << round.min(6)).min(50)));
}

fn refusal(why: &FlagRefusal) -> &'static str {
    match why {
        FlagRefusal::Experimental => "its name has an experimental info part (:1,): left alone",
        FlagRefusal::Malformed => "the flags in its name are out of order, repeated or not ASCII: left alone",
        FlagRefusal::NameTooLong => "its name would be longer than 255 bytes: left alone",
    }
}
