//! Writes the demo's Maildir and journal, and delivers mail into it while it is looked at. The `maildir` crate makes the
//! folders; names and times are the demo's own, so the files are written here.

use super::maildir::deliver;
use super::state::State;
use crate::error::{Error, ErrorKind};
use crate::mail::{Flags, Time};
use crate::triage::row::Place;
use crate::triage::told::Act;
use maildir::Maildir;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

/// File that says: this folder is a demo of ours, it may be written again.
const SIGN: &str = ".dutybox-demo";

/// A mail to write.
#[derive(Debug, Clone, Copy)]
pub struct DemoFile<'a> {
    /// Folder within the Maildir; empty for the inbox.
    pub folder: &'a str,
    /// Base name.
    pub base: &'a str,
    /// Flags; `None`: into `new`.
    pub flags: Option<Flags>,
    /// The mail.
    pub bytes: &'a [u8],
    /// Modification time.
    pub delivered: Time,
}

/// A temporary folder that is removed with all its content when this is dropped.
#[derive(Debug)]
pub struct Temporary(tempfile::TempDir);

impl Temporary {
    /// Makes one.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn new() -> Result<Temporary, Error> {
        let made = tempfile::Builder::new().prefix("dutybox-demo-").tempdir();
        made.map(Temporary).map_err(|error| {
            Error::new(ErrorKind::Mailbox, "cannot make a temporary folder")
                .because(error)
                .hint("type: dutybox demo --dir DIR, or set TMPDIR")
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves it where it is.
    pub fn keep(self) -> PathBuf {
        self.0.keep()
    }
}

/// Writes the mails into a new Maildir. A folder that holds an earlier demo is emptied of its mails first.
///
/// # Errors
/// Where the folder holds anything that is no demo, or cannot be written.
pub fn write(dir: &Path, mails: &[DemoFile<'_>]) -> Result<(), Error> {
    let failed = |what: &str, error: std::io::Error| {
        Error::new(ErrorKind::Mailbox, format!("{what} in {}", dir.display())).because(error)
    };
    let sign = dir.join(SIGN);
    let is_demo = sign.is_file();
    let held = match std::fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed("cannot look", error)),
    };
    if held && !is_demo {
        return Err(Error::new(ErrorKind::Usage, format!("{} is not empty and is no demo", dir.display()))
            .hint("name a new or an empty folder: dutybox demo --dir DIR"));
    }
    std::fs::create_dir_all(dir).map_err(|error| failed("cannot make the folder", error))?;
    File::create(&sign).map_err(|error| failed("cannot write", error))?;
    if is_demo {
        clear(dir).map_err(|error| failed("cannot remove the earlier demo", error))?;
    }
    let maildir = Maildir::from(dir.to_path_buf());
    maildir.create_dirs().map_err(|error| failed("cannot make the Maildir", error))?;
    let mut made: Vec<&str> = Vec::new();
    for mail in mails {
        let mut folder = dir.to_path_buf();
        if !mail.folder.is_empty() {
            let name = format!(".{}", mail.folder);
            folder.push(&name);
            if !made.contains(&mail.folder) {
                let done = maildir.create_subfolder_dirs(&name);
                done.map_err(|error| failed("cannot make a folder", std::io::Error::other(error.to_string())))?;
                made.push(mail.folder);
            }
        }
        let path = match mail.flags {
            None => folder.join("new").join(mail.base),
            Some(flags) => folder.join("cur").join(format!("{}:2,{flags}", mail.base)),
        };
        put(&path, mail).map_err(|error| failed("cannot write a mail", error))?;
    }
    Ok(())
}

/// Writes a journal of these acts; what stood in the one of an earlier demo is gone. The folder is the demo's own.
///
/// # Errors
/// Where it cannot be written.
pub fn tell(state: &Path, acts: &[Act]) -> Result<(), Error> {
    for file in ["state.db", "state.db-wal", "state.db-shm"] {
        match std::fs::remove_file(state.join(file)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let message = format!("cannot remove the earlier demo's journal in {}", state.display());
                return Err(Error::new(ErrorKind::State, message).because(error));
            }
            _ => {}
        }
    }
    let mut journal = State::open(state)?;
    for act in acts {
        let mut act = act.clone();
        journal.begin(&mut act)?;
        journal.finish(&act)?;
    }
    Ok(())
}

/// A thread that delivers mail into a Maildir, each at its time. It ends, with what is still to come, when this is
/// dropped.
#[derive(Debug)]
pub struct Mover {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Mover {
    /// Delivers these mails so long after now.
    pub fn start(dir: &Path, mails: Vec<(Duration, Vec<u8>)>) -> Mover {
        let dir = dir.to_path_buf();
        let start = Instant::now();
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::Builder::new().name("dutybox-demo".into()).spawn(move || {
            for (after, bytes) in mails {
                let wait = (start + after).saturating_duration_since(Instant::now());
                if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                // Where it cannot be delivered the demo stands still; nothing else is lost.
                if deliver(&dir, Place::New, Flags::NONE, &bytes).is_err() {
                    return;
                }
            }
        });
        Mover { stop: Some(stop), thread: thread.ok() }
    }

    /// Waits until all is delivered.
    pub fn finish(mut self) {
        self.thread.take().map(JoinHandle::join);
    }
}

impl Drop for Mover {
    fn drop(&mut self) {
        self.stop = None;
        self.thread.take().map(JoinHandle::join);
    }
}

fn put(path: &Path, mail: &DemoFile<'_>) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(mail.bytes)?;
    let since = Duration::from_secs(u64::try_from(mail.delivered.0).unwrap_or_default());
    file.set_modified(SystemTime::UNIX_EPOCH + since)
}

/// Removes the mails of an earlier demo: files in `new` and `cur` of its folders, nothing else.
fn clear(dir: &Path) -> std::io::Result<()> {
    let mut folders = vec![dir.to_path_buf()];
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.file_name().as_encoded_bytes().starts_with(b".") {
            folders.push(entry.path());
        }
    }
    for folder in folders {
        for part in ["new", "cur"] {
            let part = folder.join(part);
            if !part.is_dir() {
                continue;
            }
            for entry in std::fs::read_dir(&part)? {
                let entry = entry?;
                if entry.file_type()?.is_file() {
                    std::fs::remove_file(entry.path())?;
                }
            }
        }
    }
    Ok(())
}
