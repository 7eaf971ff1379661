//! Reads the sent folder (R24): which messages were answered, and since when it is known.

use super::load::{absolute, parsed};
use super::maildir::{self, Dirs, Entry};
use crate::mail::{Address, Message, Role, Time, date};
use crate::triage::sent::SentFolder;
use crate::triage::verdicts::Reply;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How many of the newest messages are read: history begins at the oldest of them.
const MOST: usize = 5_000;
/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// The sent folder, as far as it was read.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    maildir: String,
    known: HashMap<Arc<[u8]>, Mail>,
    stamp: Option<[i128; 6]>,
}

/// A message in it.
#[derive(Debug, Clone)]
struct Mail {
    at: Time,
    there: Time,
    reply: Option<Reply>,
}

impl Reader {
    /// A reader of this folder. Where it lies in one of the Maildirs, it is as fresh as that one.
    pub fn new(folder: &Path, maildirs: &[PathBuf]) -> Reader {
        let path = absolute(folder);
        let home = maildirs.iter().map(|maildir| absolute(maildir)).find(|maildir| path.starts_with(maildir));
        let maildir = home.as_ref().unwrap_or(&path).to_string_lossy().into_owned();
        Reader { path, maildir, known: HashMap::new(), stamp: None }
    }

    /// Reads what is new; `None` where nothing changed since the last time. A folder that is not there or cannot be read
    /// proves nothing, so it is known for no time at all.
    pub fn read(&mut self) -> Option<SentFolder> {
        let stamp = maildir::stamp(&self.path).ok();
        if stamp.is_some() && stamp == self.stamp {
            return None;
        }
        let scan = match maildir::scan(&self.path) {
            Ok(scan) => scan,
            Err(_) => {
                let lost = self.stamp.take().is_some() || !self.known.is_empty();
                self.known.clear();
                return lost.then(|| self.found());
            }
        };
        self.stamp = scan.trusted.then_some(scan.stamp);
        let mut entries = scan.entries;
        entries.sort_by_cached_key(|entry| (std::cmp::Reverse(entry.name.seconds()), entry.key.clone()));
        entries.truncate(MOST);
        let dirs = maildir::real().open(&self.path).ok()?;
        let mut known = HashMap::with_capacity(entries.len());
        for entry in entries.iter().filter(|entry| entry.odd.is_none()) {
            let mail = self.known.remove(&entry.key).or_else(|| mail(&dirs, entry));
            known.extend(mail.map(|mail| (entry.key.clone(), mail)));
        }
        self.known = known;
        Some(self.found())
    }

    fn found(&self) -> SentFolder {
        let mut replies: Vec<Reply> = self.known.values().filter_map(|mail| mail.reply.clone()).collect();
        replies.sort_by(|a, b| (a.at, &a.by, &a.to).cmp(&(b.at, &b.by, &b.to)));
        let mut mails: Vec<Time> = self.known.values().map(|mail| mail.there).collect();
        mails.sort_unstable();
        let since = self.known.values().map(|mail| mail.at).min();
        SentFolder { maildir: self.maildir.clone(), replies, mails, since }
    }
}

fn mail(dirs: &Dirs, entry: &Entry) -> Option<Mail> {
    let exact = maildir::exact_key(&entry.key).is_some();
    let read = maildir::real().read(dirs, entry.place, &entry.name, exact).ok()?;
    let (mail, message) = parsed(read).ok()?;
    let named = mail.name.seconds().map(Time);
    let times = date::times(message.received, message.date.map(|date| date.time), named, mail.mtime);
    let reply = answer(&message).map(|to| Reply { to, by: by(&message.from), at: times.received });
    Some(Mail { at: times.at, there: times.received.min(mail.mtime), reply })
}

/// Ids of the messages that it answers; a message that is passed on answers nothing.
fn answer(message: &Message) -> Option<Vec<String>> {
    if matches!(message.role, Role::Forward | Role::Bounce | Role::AutoReply) {
        return None;
    }
    let mut to = message.in_reply_to.clone();
    to.extend(message.references.iter().filter(|id| !message.in_reply_to.contains(id)).cloned());
    (!to.is_empty()).then_some(to)
}

fn by(from: &[Address]) -> String {
    let from = from.first().cloned().unwrap_or_default();
    if from.name.is_empty() { from.addr } else { from.name }
}

/// Tells what lies in the folder whenever that changes, as long as somebody listens.
pub fn watch(mut reader: Reader, mut tell: impl FnMut(SentFolder) -> bool + Send + 'static) {
    let _ = thread::Builder::new().name("dutybox-sent".into()).stack_size(16 << 20).spawn(move || {
        loop {
            if let Some(found) = reader.read()
                && !tell(found)
            {
                return;
            }
            thread::sleep(EVERY);
        }
    });
}
