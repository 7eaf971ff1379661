//! The system calls that Maildirs and the outbox are made of, behind one small trait, so that a test can let the
//! N-th call fail or see which calls were made (reliability 4.7 item 0).

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags, Stat};
use rustix::io::{Errno, retry_on_intr};
use std::path::Path;

/// An entry of a directory as the kernel lists it.
#[derive(Debug, Clone)]
pub(crate) struct RawEntry {
    /// Its name.
    pub(crate) name: Vec<u8>,
    /// Its inode number.
    pub(crate) ino: u64,
    /// Its type, where the file system says so.
    pub(crate) kind: FileType,
}

/// The calls. All names are bytes, relative to an open directory.
pub(crate) trait Sys: Send + Sync {
    /// Opens a directory by path; the last component may be a symbolic link.
    fn open_dir(&self, path: &Path) -> Result<OwnedFd, Errno>;
    /// `openat`.
    fn open_at(&self, dir: BorrowedFd<'_>, name: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno>;
    /// All entries but `.` and `..`, in one pass.
    fn list(&self, dir: BorrowedFd<'_>) -> Result<Vec<RawEntry>, Errno>;
    /// `fstat`.
    fn stat(&self, fd: BorrowedFd<'_>) -> Result<Stat, Errno>;
    /// `fstatat` without following a link.
    fn stat_at(&self, dir: BorrowedFd<'_>, name: &[u8]) -> Result<Stat, Errno>;
    /// `renameat2(RENAME_NOREPLACE)`.
    fn rename_new(&self, from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8]) -> Result<(), Errno>;
    /// `renameat`.
    fn rename(&self, from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8]) -> Result<(), Errno>;
    /// `linkat` without following a link.
    fn link(&self, from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8]) -> Result<(), Errno>;
    /// `unlinkat`.
    fn unlink(&self, dir: BorrowedFd<'_>, name: &[u8]) -> Result<(), Errno>;
    /// `write`; may write less.
    fn write(&self, fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno>;
    /// `fsync`.
    fn sync(&self, fd: BorrowedFd<'_>) -> Result<(), Errno>;
}

/// The kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Real;

impl Sys for Real {
    fn open_dir(&self, path: &Path) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))
    }

    fn open_at(&self, dir: BorrowedFd<'_>, name: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        retry_on_intr(|| rustix::fs::openat(dir, name, flags, mode))
    }

    fn list(&self, dir: BorrowedFd<'_>) -> Result<Vec<RawEntry>, Errno> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(dir)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                entries.push(RawEntry { name: name.to_vec(), ino: entry.ino(), kind: entry.file_type() });
            }
        }
        Ok(entries)
    }

    fn stat(&self, fd: BorrowedFd<'_>) -> Result<Stat, Errno> {
        rustix::fs::fstat(fd)
    }

    fn stat_at(&self, dir: BorrowedFd<'_>, name: &[u8]) -> Result<Stat, Errno> {
        rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    fn rename_new(&self, from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8]) -> Result<(), Errno> {
        rustix::fs::renameat_with(from, old, to, new, RenameFlags::NOREPLACE)
    }

    fn rename(&self, from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8]) -> Result<(), Errno> {
        rustix::fs::renameat(from, old, to, new)
    }

    fn link(&self, from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8]) -> Result<(), Errno> {
        rustix::fs::linkat(from, old, to, new, AtFlags::empty())
    }

    fn unlink(&self, dir: BorrowedFd<'_>, name: &[u8]) -> Result<(), Errno> {
        rustix::fs::unlinkat(dir, name, AtFlags::empty())
    }

    fn write(&self, fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
        retry_on_intr(|| rustix::io::write(fd, bytes))
    }

    fn sync(&self, fd: BorrowedFd<'_>) -> Result<(), Errno> {
        retry_on_intr(|| rustix::fs::fsync(fd))
    }
}

/// Writes all of it.
pub(crate) fn write_all(sys: &dyn Sys, fd: &OwnedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match sys.write(fd.as_fd(), bytes)? {
            0 => return Err(Errno::IO),
            n => bytes = bytes.get(n..).unwrap_or_default(),
        }
    }
    Ok(())
}

/// Flags to open a directory that must not be a symbolic link.
pub(crate) fn dir_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW
}

/// Modification time in nanoseconds since the epoch.
pub(crate) fn mtime_ns(stat: &Stat) -> i128 {
    i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec)
}

/// Change time in nanoseconds since the epoch.
pub(crate) fn ctime_ns(stat: &Stat) -> i128 {
    i128::from(stat.st_ctime) * 1_000_000_000 + i128::from(stat.st_ctime_nsec)
}
