//! The system calls that Maildirs and the outbox are made of, behind one door, so that a test can let the N-th call fail
//! or see which calls were made, in which order (reliability 4.7 item 0).

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags, Stat, Timespec, Timestamps};
use rustix::io::{Errno, retry_on_intr};
use std::os::unix::ffi::OsStrExt;
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

/// Which call it is, for a [`Gate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// `open` of a directory, by path.
    OpenDir,
    /// `openat` of what is there.
    Open,
    /// `openat` that makes a file.
    Create,
    /// `getdents64`, up to the end.
    List,
    /// `fstat`, `fstatat`.
    Stat,
    /// `renameat2(RENAME_NOREPLACE)`.
    RenameNew,
    /// `renameat`.
    Rename,
    /// `linkat`.
    Link,
    /// `unlinkat`.
    Unlink,
    /// `read`.
    Read,
    /// `write`.
    Write,
    /// `fsync`.
    Sync,
    /// `mkdir`.
    MakeDir,
    /// `futimens`.
    SetTime,
}

/// Stands before every call: sees it, and may refuse it. Only tests have one.
pub(crate) trait Gate: std::fmt::Debug + Send + Sync {
    /// Asked before each call, again where it was interrupted; `fd` and `name` say what it is about.
    fn pass(&self, op: Op, fd: Option<BorrowedFd<'_>>, name: &[u8]) -> Result<(), Errno>;

    /// Told of a call that it let pass and that the kernel refused.
    fn failed(&self, errno: Errno);

    /// The most bytes that one `write` takes.
    fn most(&self) -> usize {
        usize::MAX
    }
}

/// The calls. All names are bytes, relative to an open directory. An interrupted call is made again.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sys {
    /// See [`Gate`].
    pub(crate) gate: Option<&'static dyn Gate>,
}

impl Sys {
    /// Makes a call, as often as it is interrupted.
    fn call<T>(
        self,
        op: Op,
        fd: Option<BorrowedFd<'_>>,
        name: &[u8],
        mut call: impl FnMut() -> Result<T, Errno>,
    ) -> Result<T, Errno> {
        retry_on_intr(|| {
            if let Some(gate) = self.gate {
                gate.pass(op, fd, name)?;
            }
            let done = call();
            if let (Some(gate), Err(errno)) = (self.gate, &done) {
                gate.failed(*errno);
            }
            done
        })
    }

    /// Opens a directory by path; the last component may be a symbolic link.
    pub(crate) fn open_dir(self, path: &Path) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        self.call(Op::OpenDir, None, path.as_os_str().as_bytes(), || rustix::fs::open(path, flags, Mode::empty()))
    }

    /// `openat`.
    pub(crate) fn open_at(self, dir: BorrowedFd<'_>, name: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        let op = if flags.contains(OFlags::CREATE) { Op::Create } else { Op::Open };
        self.call(op, Some(dir), name, || rustix::fs::openat(dir, name, flags, mode))
    }

    /// All entries but `.` and `..`, in one pass.
    pub(crate) fn list(self, dir: BorrowedFd<'_>) -> Result<Vec<RawEntry>, Errno> {
        self.call(Op::List, Some(dir), b"", || {
            let mut entries = Vec::new();
            for entry in Dir::read_from(dir)? {
                let entry = entry?;
                let name = entry.file_name().to_bytes();
                if name != b"." && name != b".." {
                    entries.push(RawEntry { name: name.to_vec(), ino: entry.ino(), kind: entry.file_type() });
                }
            }
            Ok(entries)
        })
    }

    /// `fstat`.
    pub(crate) fn stat(self, fd: BorrowedFd<'_>) -> Result<Stat, Errno> {
        self.call(Op::Stat, Some(fd), b"", || rustix::fs::fstat(fd))
    }

    /// `fstatat` without following a link.
    pub(crate) fn stat_at(self, dir: BorrowedFd<'_>, name: &[u8]) -> Result<Stat, Errno> {
        self.call(Op::Stat, Some(dir), name, || rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW))
    }

    /// `renameat2(RENAME_NOREPLACE)`.
    pub(crate) fn rename_new(
        self,
        from: BorrowedFd<'_>,
        old: &[u8],
        to: BorrowedFd<'_>,
        new: &[u8],
    ) -> Result<(), Errno> {
        let call = || rustix::fs::renameat_with(from, old, to, new, RenameFlags::NOREPLACE);
        self.call(Op::RenameNew, Some(to), new, call)
    }

    /// `renameat`.
    pub(crate) fn rename(self, from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8]) -> Result<(), Errno> {
        self.call(Op::Rename, Some(to), new, || rustix::fs::renameat(from, old, to, new))
    }

    /// `linkat` without following a link.
    pub(crate) fn link(self, from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8]) -> Result<(), Errno> {
        self.call(Op::Link, Some(to), new, || rustix::fs::linkat(from, old, to, new, AtFlags::empty()))
    }

    /// `unlinkat`.
    pub(crate) fn unlink(self, dir: BorrowedFd<'_>, name: &[u8]) -> Result<(), Errno> {
        self.call(Op::Unlink, Some(dir), name, || rustix::fs::unlinkat(dir, name, AtFlags::empty()))
    }

    /// `read`; may read less than there is.
    pub(crate) fn read(self, fd: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.call(Op::Read, Some(fd), b"", || rustix::io::read(fd, &mut *buffer))
    }

    /// `write`; may write less.
    pub(crate) fn write(self, fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
        let most = self.gate.map_or(usize::MAX, Gate::most);
        let bytes = bytes.get(..most).unwrap_or(bytes);
        self.call(Op::Write, Some(fd), b"", || rustix::io::write(fd, bytes))
    }

    /// `fsync`.
    pub(crate) fn sync(self, fd: BorrowedFd<'_>) -> Result<(), Errno> {
        self.call(Op::Sync, Some(fd), b"", || rustix::fs::fsync(fd))
    }

    /// `mkdir`, 0700.
    pub(crate) fn make_dir(self, path: &Path) -> Result<(), Errno> {
        self.call(Op::MakeDir, None, path.as_os_str().as_bytes(), || rustix::fs::mkdir(path, Mode::RWXU))
    }

    /// Gives a file the modification time of another.
    pub(crate) fn set_time(self, fd: BorrowedFd<'_>, like: &Stat) -> Result<(), Errno> {
        let omit = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT };
        let mtime = Timespec { tv_sec: like.st_mtime, tv_nsec: like.st_mtime_nsec.cast_signed() };
        let times = Timestamps { last_access: omit, last_modification: mtime };
        self.call(Op::SetTime, Some(fd), b"", || rustix::fs::futimens(fd, &times))
    }
}

/// Writes all of it.
pub(crate) fn write_all(sys: Sys, fd: &OwnedFd, mut bytes: &[u8]) -> Result<(), Errno> {
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
