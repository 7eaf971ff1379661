//! Hearing from the system that a folder changed (inotify), so that mail shows at once.
//!
//! Only a hint: stamps are looked at every second all the same, and say what changed. So nothing is lost where the system
//! says nothing (network file systems, too many watches, another system) or too much to keep (MR-12).

use super::Ask;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

/// Watches folders, and asks the reader to look once for all that changes until it looks.
#[derive(Debug)]
pub(super) struct Notify {
    asked: Arc<AtomicBool>,
    #[cfg(target_os = "linux")]
    inotify: Arc<std::os::fd::OwnedFd>,
    /// Its end ends the thread that listens.
    #[cfg(target_os = "linux")]
    _alive: std::io::PipeWriter,
}

impl Notify {
    /// From now on what changes is asked about there. `None`: this system says nothing, or is out of what it takes.
    #[cfg(target_os = "linux")]
    pub(super) fn start(ask: Sender<Ask>) -> Option<Notify> {
        use rustix::fs::inotify::{CreateFlags, init};
        let inotify = Arc::new(init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?);
        let (ended, alive) = std::io::pipe().ok()?;
        let asked = Arc::new(AtomicBool::new(false));
        let (heard, from) = (Arc::clone(&asked), Arc::clone(&inotify));
        let listens = move || listen(&from, &ended, &heard, &ask);
        std::thread::Builder::new().name("dutybox-notify".into()).stack_size(1 << 17).spawn(listens).ok()?;
        Some(Notify { asked, inotify, _alive: alive })
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn start(_: Sender<Ask>) -> Option<Notify> {
        None
    }

    /// Watches a folder too; watching it once more changes nothing.
    pub(super) fn add(&self, folder: &Path) {
        #[cfg(target_os = "linux")]
        for part in ["new", "cur"] {
            use rustix::fs::inotify::{WatchFlags, add_watch};
            // Some programs write into the folder itself: the file is whole when they close it.
            let written = WatchFlags::CREATE | WatchFlags::CLOSE_WRITE;
            let what = written | WatchFlags::MOVE | WatchFlags::DELETE | WatchFlags::ONLYDIR;
            // Where the limit of watches is reached, the clock still looks.
            let _ = add_watch(&self.inotify, folder.join(part), what);
        }
        #[cfg(not(target_os = "linux"))]
        let _ = folder;
    }

    /// The reader looks now: what changes from here on is asked about again.
    pub(super) fn looks(&self) {
        self.asked.store(false, Ordering::SeqCst);
    }
}

/// Listens until the watches or the reader are gone.
#[cfg(target_os = "linux")]
fn listen(inotify: &std::os::fd::OwnedFd, ended: &std::io::PipeReader, asked: &AtomicBool, ask: &Sender<Ask>) {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;
    // What the events say is not looked at: the stamps know it better.
    let mut events = [0; 1 << 14];
    loop {
        let mut waits = [PollFd::new(inotify, PollFlags::IN), PollFd::new(ended, PollFlags::IN)];
        match poll(&mut waits, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
        let [_, ended] = &waits;
        if !ended.revents().is_empty() {
            return;
        }
        match rustix::io::read(inotify, &mut events) {
            Ok(_) => {}
            Err(Errno::AGAIN | Errno::INTR) => continue,
            Err(_) => return,
        }
        if !asked.swap(true, Ordering::SeqCst) && ask.send(Ask::Look).is_err() {
            return;
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
    use std::time::Duration;

    fn heard(asked: &Receiver<Ask>) {
        assert!(matches!(asked.recv_timeout(Duration::from_secs(60)), Ok(Ask::Look)));
    }

    #[test]
    fn every_change_of_new_and_cur_is_heard_once_until_it_was_looked_at() {
        let keep = tempfile::tempdir().unwrap();
        let dir = |part: &str| keep.path().join(part);
        for part in ["new", "cur", "tmp"] {
            fs::create_dir(dir(part)).unwrap();
        }
        let (ask, asked) = channel();
        let notify = Notify::start(ask).unwrap();
        notify.add(keep.path());
        fs::write(dir("tmp/1.a"), "").unwrap();
        fs::rename(dir("tmp/1.a"), dir("new/1.a")).unwrap();
        heard(&asked);
        fs::rename(dir("new/1.a"), dir("cur/1.a:2,S")).unwrap();
        fs::rename(dir("cur/1.a:2,S"), dir("cur/1.a:2,FS")).unwrap();
        notify.looks();
        fs::remove_file(dir("cur/1.a:2,FS")).unwrap();
        heard(&asked);
        notify.looks();
        let mut file = fs::File::create(dir("cur/2.b:2,")).unwrap();
        heard(&asked);
        notify.looks();
        std::io::Write::write_all(&mut file, b"written in place").unwrap();
        drop(file);
        heard(&asked);
        // With it the thread ends, and with that its end of the channel.
        drop(notify);
        loop {
            match asked.recv_timeout(Duration::from_secs(60)) {
                Ok(Ask::Look) => {}
                end => break assert!(matches!(end, Err(RecvTimeoutError::Disconnected)), "{end:?}"),
            }
        }
    }
}
