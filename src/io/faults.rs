//! The fault-injecting twin of the kernel, for tests: lets the N-th system call of a Maildir or outbox operation fail,
//! once or from then on, or stops there as a killed process does; and every operation tried so at every call (C02, C03).
//!
//! - `mails`: the operations on one mail.
//! - `acts`: what the operator does, with journal and outbox.

mod acts;
mod mails;

use super::maildir::Fs;
use super::sys::{Gate, Op, Sys};
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

/// What is done to the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    Never,
    /// This call fails, and those after it do not.
    Once(usize, Errno),
    /// This call fails, and all after it.
    From(usize, Errno),
    /// The process is killed before this call.
    Stop(usize),
}

/// The errors that are tried at each call.
pub(super) const ERRORS: &[Errno] = &[
    Errno::NOSPC,
    Errno::IO,
    Errno::ACCESS,
    Errno::ROFS,
    Errno::DQUOT,
    Errno::INTR,
    Errno::NOENT,
    Errno::EXIST,
    Errno::XDEV,
];

/// A call that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) op: Op,
    /// The file or directory that it is about: of a rename or link, the new name.
    pub(super) path: PathBuf,
    /// The error that it got, from us or the kernel.
    pub(super) refused: Option<Errno>,
}

impl Call {
    fn dir(&self) -> PathBuf {
        self.path.parent().map(Path::to_path_buf).unwrap_or_default()
    }
}

/// What the file systems can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// All of it.
    Modern,
    /// No `renameat2(RENAME_NOREPLACE)`.
    Plain,
    /// No link from one folder to another: they lie on two of them.
    Far,
}

/// Stands before the kernel.
#[derive(Debug)]
pub(super) struct Twin {
    fault: Fault,
    kind: Kind,
    calls: Mutex<Vec<Call>>,
}

/// What unwinds out of an operation that was stopped.
struct Stopped;

impl Twin {
    /// A twin for one run; it lives as long as the tests do.
    pub(super) fn new(fault: Fault, kind: Kind) -> &'static Twin {
        Box::leak(Box::new(Twin { fault, kind, calls: Mutex::default() }))
    }

    pub(super) fn fs(&'static self) -> Fs {
        Fs(Sys { gate: Some(self) })
    }

    /// The calls so far.
    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Gate for Twin {
    fn pass(&self, op: Op, fd: Option<BorrowedFd<'_>>, name: &[u8]) -> Result<(), Errno> {
        let at = fd.map(|fd| fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).unwrap()).unwrap_or_default();
        let path = if name.is_empty() { at } else { at.join(OsStr::from_bytes(name)) };
        let refused = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            let number = calls.len();
            let refused = match self.fault {
                Fault::Stop(at) if number >= at => {
                    drop(calls);
                    resume_unwind(Box::new(Stopped));
                }
                Fault::Once(at, errno) if number == at => Some(errno),
                Fault::From(at, errno) if number >= at => Some(errno),
                _ if self.kind == Kind::Plain && op == Op::RenameNew => Some(Errno::INVAL),
                _ if self.kind == Kind::Far && op == Op::Link => Some(Errno::XDEV),
                _ => None,
            };
            calls.push(Call { op, path, refused });
            refused
        };
        refused.map_or(Ok(()), Err)
    }

    fn failed(&self, errno: Errno) {
        if let Some(last) = self.calls.lock().unwrap_or_else(PoisonError::into_inner).last_mut() {
            last.refused = Some(errno);
        }
    }

    /// So that a mail is written by several calls.
    fn most(&self) -> usize {
        100
    }
}

/// Runs something; `None` where it was stopped.
pub(super) fn run<T>(what: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(what)) {
        Ok(done) => Some(done),
        Err(panic) if panic.is::<Stopped>() => None,
        Err(panic) => resume_unwind(panic),
    }
}

/// Every fault at every call of an operation that makes so many calls, and none.
pub(super) fn faults(calls: usize) -> impl Iterator<Item = Fault> {
    let at = move |at: usize| {
        let once = ERRORS.iter().map(move |&errno| Fault::Once(at, errno));
        // What is interrupted each time never ends.
        let on = ERRORS.iter().filter(|&&errno| errno != Errno::INTR).map(move |&errno| Fault::From(at, errno));
        once.chain(on).chain([Fault::Stop(at)])
    };
    [Fault::Never].into_iter().chain((0..calls).flat_map(at))
}

/// All of these where the slow proofs run (`DUTYBOX_PROOF`), else every stop and every seventh of the others.
pub(super) fn sample(faults: impl Iterator<Item = Fault>) -> Vec<Fault> {
    let proof = std::env::var_os("DUTYBOX_PROOF").is_some_and(|value| !value.is_empty() && value != "0");
    let wanted = |(n, fault): &(usize, Fault)| proof || n % 7 == 0 || matches!(fault, Fault::Stop(_));
    faults.enumerate().filter(wanted).map(|(_, fault)| fault).collect()
}

/// Does something with each, several at once: most of the time goes into waiting for the disk.
pub(super) fn each<T: Sync>(all: &[T], what: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    what(one);
                }
            });
        }
    });
    let _ = writeln!(std::io::stderr(), "{} tried", all.len());
}

/// Demands that what a finished operation made and removed was on disk when it said so: a file before it gets its name
/// in `new` or `cur`, a directory after a name in it came or went, and a new name before an old one goes.
pub(super) fn demand_durable(calls: &[Call], what: &str) {
    let in_mailbox = |dir: &Path| dir.ends_with("new") || dir.ends_with("cur");
    let (mut files, mut dirs, mut ours): (BTreeSet<PathBuf>, BTreeSet<PathBuf>, BTreeSet<PathBuf>) = Default::default();
    for call in calls.iter().filter(|call| call.refused.is_none()) {
        match call.op {
            Op::Create | Op::Write => {
                assert!(!in_mailbox(&call.dir()), "{what}: written where others read it: {call:?}");
                files.insert(call.path.clone());
            }
            Op::Sync => {
                files.remove(&call.path);
                dirs.remove(&call.path);
            }
            Op::RenameNew | Op::Rename | Op::Link => {
                assert!(files.is_empty(), "{what}: named before it was on disk: {call:?} in {calls:?}");
                if in_mailbox(&call.dir()) {
                    dirs.insert(call.dir());
                    ours.insert(call.path.clone());
                }
            }
            // What we made and take back was nobody's yet.
            Op::Unlink if ours.remove(&call.path) => {}
            Op::Unlink if in_mailbox(&call.dir()) => {
                assert!(dirs.is_empty(), "{what}: removed before the other was on disk: {call:?} in {calls:?}");
                dirs.insert(call.dir());
            }
            Op::Unlink => {
                files.remove(&call.path);
            }
            Op::MakeDir => {
                dirs.insert(call.dir());
            }
            _ => {}
        }
    }
    assert!(dirs.is_empty(), "{what}: said to be done before it was on disk: {dirs:?} in {calls:?}");
}

/// What can be known of a file: its bytes, its mtime in nanoseconds, its mode.
pub(super) type Facts = (Vec<u8>, i128, u32);

/// The mails of a Maildir's folders by path, as they lie there; read without our own code.
pub(super) fn mails(root: &Path) -> BTreeMap<PathBuf, Facts> {
    files(root, &["new", "cur"])
}

/// What lies in the `tmp` folders.
pub(super) fn rests(root: &Path) -> Vec<PathBuf> {
    files(root, &["tmp"]).into_keys().collect()
}

fn files(root: &Path, parts: &[&str]) -> BTreeMap<PathBuf, Facts> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            if meta.is_dir() {
                folders.push(path);
            } else if parts.iter().any(|part| folder.ends_with(part)) {
                let mtime = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
                found.insert(path.clone(), (fs::read(&path).unwrap(), mtime, meta.mode()));
            }
        }
    }
    found
}

/// The contents of mails, sorted: what must never change.
pub(super) fn contents(mails: &BTreeMap<PathBuf, Facts>) -> Vec<(Vec<u8>, i128)> {
    let mut all: Vec<_> = mails.values().map(|(bytes, mtime, _)| (bytes.clone(), *mtime)).collect();
    all.sort();
    all
}

/// A folder with nothing in it.
pub(super) fn folder(path: &Path) {
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(path.join(part)).unwrap();
    }
}

/// A mail that was delivered an hour ago.
pub(super) fn mail(path: &Path, subject: &str) {
    let text = format!(
        "From: cron@example.org\nTo: oncall@example.org\nSubject: {subject}\nDate: Thu, 21 Nov 2013 14:07:03 +0000\n\
         Message-ID: <{subject}@example.org>\n\nbody of {subject}\n"
    );
    fs::write(path, text).unwrap();
    old(path);
}

/// Makes a file or folder an hour old: a listing of a folder that changed just now is not trusted, and takes longer.
pub(super) fn old(path: &Path) {
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    fs::File::open(path).unwrap().set_modified(hour_ago).unwrap();
}

/// Makes all `new` and `cur` below a folder old.
pub(super) fn settle(root: &Path) {
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                old(&entry.path());
            }
        }
    }
}

#[test]
fn the_judge_of_what_is_durable_sees_what_is_missing() {
    let call = |op, path: &str| Call { op, path: path.into(), refused: None };
    let tmp = || vec![call(Op::Create, "/m/tmp/a"), call(Op::Write, "/m/tmp/a")];
    let good = [tmp(), vec![call(Op::Sync, "/m/tmp/a"), call(Op::RenameNew, "/m/cur/a"), call(Op::Sync, "/m/cur")]];
    demand_durable(&good.concat(), "in order");
    let bad: [Vec<Call>; 4] = [
        [tmp(), vec![call(Op::RenameNew, "/m/cur/a"), call(Op::Sync, "/m/cur")]].concat(),
        [tmp(), vec![call(Op::Sync, "/m/tmp/a"), call(Op::RenameNew, "/m/cur/a")]].concat(),
        vec![
            call(Op::Link, "/n/cur/b"),
            call(Op::Unlink, "/m/cur/a"),
            call(Op::Sync, "/m/cur"),
            call(Op::Sync, "/n/cur"),
        ],
        vec![call(Op::Create, "/m/cur/a"), call(Op::Sync, "/m/cur/a"), call(Op::Sync, "/m/cur")],
    ];
    for calls in bad {
        assert!(catch_unwind(|| demand_durable(&calls, "out of order")).is_err(), "{calls:?}");
    }
}
