//! New files in a Maildir: delivered whole and durably, under a name that nobody had.

use super::{Fs, MailError};
use crate::io::sys::{dir_flags, write_all};
use crate::mail::{FileName, Flags, Time};
use crate::triage::row::Place;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Names that a delivery tries before it gives up.
const NAMES: u32 = 16;

impl Fs {
    /// See [`super::deliver`].
    pub(crate) fn deliver(
        &self,
        folder: &Path,
        place: Place,
        flags: Flags,
        bytes: &[u8],
    ) -> Result<FileName, MailError> {
        self.deliver_as(folder, place, flags, bytes, None)
    }

    /// The same under this base name, where one is given: where such a file is there already, it was delivered before.
    pub(crate) fn deliver_as(
        &self,
        folder: &Path,
        place: Place,
        flags: Flags,
        bytes: &[u8],
        named: Option<&[u8]>,
    ) -> Result<FileName, MailError> {
        let root = self.0.open_dir(folder)?;
        let sub = |name: &[u8]| self.0.open_at(root.as_fd(), name, dir_flags(), Mode::empty());
        let tmp = sub(b"tmp")?;
        let target = sub(match place {
            Place::New => b"new",
            Place::Cur => b"cur",
        })?;
        let mut last = Errno::EXIST;
        for _ in 0..NAMES {
            let base = fresh_name();
            let create = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let fd = match self.0.open_at(tmp.as_fd(), base.bytes(), create, Mode::RUSR | Mode::WUSR) {
                Ok(fd) => fd,
                Err(Errno::EXIST) => continue,
                Err(errno) => return Err(errno.into()),
            };
            let called = named.unwrap_or(base.bytes());
            let name = match place {
                Place::New if flags.is_empty() => FileName::new(called),
                _ => FileName::new([called, b":2,", flags.to_string().as_bytes()].concat()),
            };
            let written = write_all(self.0, &fd, bytes).and_then(|()| self.0.sync(fd.as_fd()));
            drop(fd);
            let placed = written.and_then(|()| self.place(&tmp, base.bytes(), &target, name.bytes()));
            if let Err(errno) = placed {
                let _ = self.0.unlink(tmp.as_fd(), base.bytes());
                last = errno;
                match errno {
                    Errno::EXIST if named.is_some() => return Ok(name),
                    Errno::EXIST => continue,
                    _ => break,
                }
            }
            if let Err(errno) = self.0.sync(target.as_fd()) {
                // Not known to be durable: take it back, so that trying again makes no second one.
                let _ = self.0.unlink(target.as_fd(), name.bytes());
                let _ = self.0.sync(target.as_fd());
                return Err(errno.into());
            }
            return Ok(name);
        }
        Err(last.into())
    }

    /// Moves a new name into place, never over another.
    pub(super) fn place(&self, tmp: &OwnedFd, old: &[u8], target: &OwnedFd, new: &[u8]) -> Result<(), Errno> {
        match self.0.rename_new(tmp.as_fd(), old, target.as_fd(), new) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                self.0.link(tmp.as_fd(), old, target.as_fd(), new)?;
                self.0.unlink(tmp.as_fd(), old).inspect_err(|_| {
                    // It is said to have failed, so it must not lie there.
                    let _ = self.0.unlink(target.as_fd(), new);
                })
            }
            other => other,
        }
    }

    /// Removes what killed deliveries left in `tmp`: for the outbox only, where nobody else delivers. What cannot be
    /// removed is no trouble for anybody.
    pub(crate) fn remove_rests(&self, folder: &Path) {
        let Ok(root) = self.0.open_dir(folder) else { return };
        let Ok(tmp) = self.0.open_at(root.as_fd(), b"tmp", dir_flags(), Mode::empty()) else { return };
        for entry in self.0.list(tmp.as_fd()).unwrap_or_default() {
            let is_file = |stat: rustix::fs::Stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
            if self.0.stat_at(tmp.as_fd(), &entry.name).is_ok_and(is_file) {
                let _ = self.0.unlink(tmp.as_fd(), &entry.name);
            }
        }
    }

    /// Removes a file that we delivered ourselves: for the outbox only, never for the operator's mail. Says whether that
    /// is on disk, or why that is not sure.
    ///
    /// # Errors
    /// A failed system call: then it is still there. A file that is gone already is fine.
    pub(crate) fn remove_ours(
        &self,
        folder: &Path,
        place: Place,
        name: &FileName,
    ) -> Result<Result<(), MailError>, MailError> {
        let dirs = self.open(folder)?;
        match self.0.unlink(dirs.of(place), name.bytes()) {
            Ok(()) | Err(Errno::NOENT) => Ok(self.0.sync(dirs.of(place)).map_err(MailError::from)),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// A name that nobody had before (MR-2).
fn fresh_name() -> FileName {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    let uname = rustix::system::uname();
    crate::mail::name::unique(
        Time(i64::try_from(now.as_secs()).unwrap_or(0)),
        now.subsec_micros(),
        std::process::id(),
        counter,
        random(),
        &uname.nodename().to_string_lossy(),
    )
}

/// 64 random bits: the seed that the standard library draws from the kernel, mixed.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}
