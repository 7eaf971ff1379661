//! Mail to be sent: a Maildir in the state folder whose files are the truth; `state.db` holds their status.
//!
//! A file is the mail with our own header fields above it (`X-Dutybox-…`: envelope, time, checksum), so that any mail
//! program can read it. A file whose checksum is wrong (edited, cut, of another version), or that
//! is another user's, is listed and never sent.

use super::maildir::{self, Fs, MailError, ReadMail};
use super::state::{Status, cannot, private_dir};
use crate::error::{Error, ErrorKind};
use crate::mail::compose::Outgoing;
use crate::mail::name::{shown, unshown};
use crate::mail::parse::FILE_CAP;
use crate::mail::{FileName, Flags, Time};
use crate::triage::row::Place;
use std::fs::File;
use std::path::{Path, PathBuf};

/// First field of a file, with the version of the format.
const MAGIC: &str = "X-Dutybox-Outbox: 1\n";
const SUM: &str = "X-Dutybox-Sum: ";
/// Largest file that is read back: the largest mail in base64, which takes a third more, and what is written above it.
const MOST: usize = 2 * FILE_CAP;

/// The outbox.
#[derive(Debug)]
pub struct Outbox {
    dir: PathBuf,
    fs: Fs,
}

/// A queued mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its number for people and `outbox drop`: the base name's shortest unique start.
    pub id: String,
    /// The whole base name.
    pub base: Vec<u8>,
    /// `queued`, `sending`, `failed` or `unknown`.
    pub state: String,
    /// When it was queued.
    pub at: Time,
    /// Envelope sender.
    pub sender: String,
    /// Envelope recipients.
    pub recipients: Vec<String>,
    /// Subject.
    pub subject: String,
    /// Message-ID without `<>`.
    pub message_id: String,
    /// The last failure, cleaned, at most 4 KiB.
    pub error: Option<String>,
}

/// A mail in hand: see [`Outbox::hold`].
#[derive(Debug)]
pub struct Held {
    _file: Option<File>,
}

/// A mail of the outbox, read back and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// When it was queued.
    pub at: Time,
    /// Envelope and message.
    pub mail: Outgoing,
}

impl Outbox {
    /// Opens (and creates) the outbox below the state folder.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn open(state_dir: &Path) -> Result<Outbox, Error> {
        Outbox::open_on(maildir::real(), state_dir)
    }

    /// The same, on these system calls.
    pub(super) fn open_on(fs: Fs, state_dir: &Path) -> Result<Outbox, Error> {
        let dir = state_dir.join("outbox");
        for part in ["", "tmp", "new", "cur"] {
            private_dir(fs.0, &dir.join(part))?;
        }
        Ok(Outbox { dir, fs })
    }

    /// Opens the outbox for looking only; `None` where there is none.
    pub fn open_read_only(state_dir: &Path) -> Option<Outbox> {
        let dir = state_dir.join("outbox");
        dir.join("new").is_dir().then_some(Outbox { dir, fs: maildir::real() })
    }

    /// Puts a mail in, durably.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put(&self, mail: &Outgoing, at: Time) -> Result<Queued, Error> {
        let bytes = encode(mail, at)?;
        let name =
            self.fs.deliver(&self.dir, Place::New, Flags::NONE, &bytes).map_err(|error| self.failed("write", error))?;
        let base = name.base().to_vec();
        // It is in the outbox: that the others cannot be listed now, for the shortest number, is no reason to say no.
        let listed = self.list().unwrap_or_default().into_iter().find(|queued| queued.base == base);
        Ok(listed.unwrap_or_else(|| {
            let id = shown(&base);
            Queued { id, ..Queued::of(base, Stored { at, mail: mail.clone() }) }
        }))
    }

    /// What waits, oldest first. The state is `queued` for good files and `failed` for those that must not be sent;
    /// [`with_status`] lays over what `state.db` says.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn list(&self) -> Result<Vec<Queued>, Error> {
        let scan = self.fs.scan(&self.dir)?;
        let mut list = Vec::with_capacity(scan.entries.len());
        for entry in scan.entries {
            let base = entry.name.base().to_vec();
            let queued = match self.fs.read_ours(&self.dir, entry.place, &entry.name, MOST) {
                Ok(read) => match ours(&read) {
                    Ok(stored) => Queued::of(base, stored),
                    Err(why) => Queued::bad(base, read.mtime, why),
                },
                // Sent or dropped by another instance meanwhile.
                Err(MailError::Gone) => continue,
                Err(error) => Queued::bad(base, Time(entry.name.seconds().unwrap_or(0)), &error.to_string()),
            };
            list.push(queued);
        }
        list.sort_by(|a, b| (a.at, &a.base).cmp(&(b.at, &b.base)));
        number(&mut list);
        Ok(list)
    }

    /// Reads a mail back.
    ///
    /// # Errors
    /// Where it is gone, was changed or cannot be read.
    pub fn get(&self, base: &[u8]) -> Result<Stored, Error> {
        let found = self.find(base).and_then(|(place, name)| self.fs.read_ours(&self.dir, place, &name, MOST));
        let read = found.map_err(|error| self.failed("read", error))?;
        ours(&read).map_err(|why| {
            Error::new(ErrorKind::State, format!("{}: {why}", shown(base)))
                .hint("drop it and forward again: dutybox outbox drop ID")
        })
    }

    /// Removes a mail, durably; one that is gone already is fine. Gives what the operator should know, in words, where it
    /// is removed and a power cut may bring it back.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub fn remove(&self, base: &[u8]) -> Result<Option<String>, Error> {
        match self.find(base) {
            Ok((place, name)) => match self.fs.remove_ours(&self.dir, place, &name) {
                Ok(synced) => {
                    let unsure = |error| format!("removed, but not surely on disk in {}: {error}", self.dir.display());
                    Ok(synced.err().map(unsure))
                }
                Err(error) => Err(self.failed("remove from", error)),
            },
            Err(MailError::Gone) => Ok(None),
            Err(error) => Err(self.failed("read", error)),
        }
    }

    /// Removes what runs that were killed left half written. Only for who is alone: another may be writing.
    pub(super) fn remove_rests(&self) {
        self.fs.remove_rests(&self.dir);
    }

    /// Takes a mail in hand, so that nobody else sends it meanwhile; `None` where somebody has it. It is given up when this
    /// is dropped, and by the system when its holder dies. A mail whose file is gone can be taken by everybody.
    ///
    /// # Errors
    /// Where its file cannot be opened.
    pub fn hold(&self, base: &[u8]) -> Result<Option<Held>, Error> {
        let open = || {
            let dirs = self.fs.open(&self.dir)?;
            let (place, name) = self.fs.find(&dirs, base)?;
            self.fs.open_mail(&dirs, place, &name)
        };
        match open().map(File::from) {
            Ok(file) => Ok(file.try_lock().is_ok().then_some(Held { _file: Some(file) })),
            Err(MailError::Gone) => Ok(Some(Held { _file: None })),
            Err(error) => Err(self.failed("open", error)),
        }
    }

    /// The same where nobody else can have it: a program that a killed sender was about to start holds its files for a
    /// moment longer.
    ///
    /// # Errors
    /// As with [`Outbox::hold`].
    pub fn hold_at_last(&self, base: &[u8]) -> Result<Option<Held>, Error> {
        for round in 0..maildir::ROUNDS {
            if let Some(held) = self.hold(base)? {
                return Ok(Some(held));
            }
            maildir::pause(round);
        }
        Ok(None)
    }

    fn find(&self, base: &[u8]) -> Result<(Place, FileName), MailError> {
        self.fs.find(&self.fs.open(&self.dir)?, base)
    }

    fn failed(&self, verb: &str, error: MailError) -> Error {
        match error {
            MailError::Io(error) => cannot(&format!("{verb} the outbox"), &self.dir, error)
                .hint(format!("look at its rights and the room on the disk: ls -la {0}; df {0}", self.dir.display())),
            MailError::Gone => Error::new(ErrorKind::State, "it is not in the outbox any more")
                .hint("see what is there: dutybox outbox"),
            other => Error::new(ErrorKind::State, format!("cannot {verb} the outbox {}: {other}", self.dir.display())),
        }
    }
}

impl Queued {
    fn of(base: Vec<u8>, stored: Stored) -> Queued {
        Queued {
            id: String::new(),
            base,
            state: "queued".into(),
            at: stored.at,
            sender: stored.mail.sender,
            recipients: stored.mail.recipients,
            subject: stored.mail.subject,
            message_id: stored.mail.message_id,
            error: None,
        }
    }

    fn bad(base: Vec<u8>, at: Time, why: &str) -> Queued {
        Queued {
            id: String::new(),
            base,
            state: "failed".into(),
            at,
            sender: String::new(),
            recipients: Vec::new(),
            subject: String::new(),
            message_id: String::new(),
            error: Some(format!("not sent: {why}")),
        }
    }

    /// Whether its file is whole, so that it may be sent.
    pub fn sendable(&self) -> bool {
        !self.recipients.is_empty()
    }
}

/// Files and their status together: an orphan of either is `unknown` (design.md section 6).
pub fn with_status(mut files: Vec<Queued>, statuses: &[Status]) -> Vec<Queued> {
    for queued in files.iter_mut().filter(|queued| queued.sendable()) {
        match statuses.iter().find(|status| status.base == queued.base) {
            Some(status) => {
                queued.state.clone_from(&status.state);
                queued.error.clone_from(&status.error);
            }
            None => {
                queued.state = "unknown".into();
                queued.error = Some("the journal does not know it: it may have been sent".into());
            }
        }
    }
    for status in statuses.iter().filter(|status| status.state != "sent") {
        if !files.iter().any(|queued| queued.base == status.base) {
            let mut lost = Queued::bad(status.base.clone(), Time(0), "its file is gone: it may have been sent");
            lost.state = "unknown".into();
            files.push(lost);
        }
    }
    // Sent, and only not yet cleared away.
    files.retain(|queued| queued.state != "sent");
    // Within a second the names do not tell which was first, but the acts do.
    let act = |queued: &Queued| statuses.iter().find(|status| status.base == queued.base).map(|status| status.act);
    files.sort_by_cached_key(|queued| (queued.at, act(queued), queued.base.clone()));
    number(&mut files);
    files
}

/// The mails whose id is, or begins with, that text.
pub fn find<'a>(list: &'a [Queued], id: &str) -> Vec<&'a Queued> {
    let start = unshown(id);
    let exact: Vec<&Queued> = list.iter().filter(|queued| queued.base == start).collect();
    if !exact.is_empty() || id.is_empty() {
        return exact;
    }
    list.iter().filter(|queued| queued.base.starts_with(&start) || shown(&queued.base).starts_with(id)).collect()
}

/// Gives each mail the shortest start of its name that no other has, at least 4 characters.
fn number(list: &mut [Queued]) {
    let names: Vec<Vec<char>> = list.iter().map(|queued| shown(&queued.base).chars().collect()).collect();
    for (i, queued) in list.iter_mut().enumerate() {
        let Some(name) = names.get(i) else { continue };
        let common = |other: &Vec<char>| name.iter().zip(other).take_while(|(a, b)| a == b).count();
        let others = names.iter().enumerate().filter(|(j, _)| *j != i);
        let length = others.map(|(_, other)| common(other) + 1).max().unwrap_or(0).max(4);
        queued.id = name.iter().take(length).collect();
    }
}

/// The file of a mail. Values with line breaks are refused, so that none can be smuggled in.
fn encode(mail: &Outgoing, at: Time) -> Result<Vec<u8>, Error> {
    let mut head = String::from(MAGIC);
    let subject = mail.subject.replace(['\n', '\r'], " ");
    let mut fields = vec![("Queued", at.0.to_string()), ("Sender", mail.sender.clone())];
    fields.extend(mail.recipients.iter().map(|to| ("Recipient", to.clone())));
    fields.push(("Id", mail.message_id.clone()));
    fields.push(("Subject", subject));
    for (name, value) in fields {
        if value.contains(['\n', '\r', '\0']) {
            let message = format!("the {} of a mail to be sent holds a line break", name.to_lowercase());
            return Err(Error::new(ErrorKind::Usage, message).hint("type the address by hand"));
        }
        head.push_str(&format!("X-Dutybox-{name}: {value}\n"));
    }
    let sum = sum(head.as_bytes(), &mail.bytes);
    head.push_str(&format!("{SUM}{sum}\n"));
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&mail.bytes);
    Ok(bytes)
}

fn sum(head: &[u8], mail: &[u8]) -> String {
    blake3::Hasher::new().update(head).update(mail).finalize().to_hex().to_string()
}

/// Reads a file back; says why it must not be sent.
fn ours(read: &ReadMail) -> Result<Stored, &'static str> {
    if read.uid != rustix::process::geteuid().as_raw() {
        return Err("its file belongs to another user");
    }
    decode(&read.bytes)
}

/// The mail that a file holds; says why it holds none.
fn decode(file: &[u8]) -> Result<Stored, &'static str> {
    if !file.starts_with(MAGIC.as_bytes()) {
        return Err(if file.starts_with(b"X-Dutybox-Outbox: ") {
            "it was written by another version of dutybox"
        } else {
            "it was not written by dutybox"
        });
    }
    let mut at = None;
    let mut mail = Outgoing {
        sender: String::new(),
        recipients: Vec::new(),
        bytes: Vec::new(),
        message_id: String::new(),
        subject: String::new(),
    };
    let mut start = MAGIC.len();
    loop {
        let rest = file.get(start..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest).ok_or("it is cut")?;
        let line = std::str::from_utf8(rest.get(..end).unwrap_or_default()).map_err(|_| "it was changed")?;
        if let Some(found) = line.strip_prefix(SUM) {
            let body = file.get(start + end + 1..).unwrap_or_default();
            if sum(file.get(..start).unwrap_or_default(), body) != found {
                return Err("it was changed or cut after it was queued");
            }
            mail.bytes = body.to_vec();
            break;
        }
        let (name, value) = line.split_once(": ").ok_or("it was changed")?;
        match name {
            "X-Dutybox-Queued" => at = value.parse().ok().map(Time),
            "X-Dutybox-Sender" => mail.sender = value.to_owned(),
            "X-Dutybox-Recipient" => mail.recipients.push(value.to_owned()),
            "X-Dutybox-Id" => mail.message_id = value.to_owned(),
            "X-Dutybox-Subject" => mail.subject = value.to_owned(),
            _ => return Err("it was changed"),
        }
        start += end + 1;
    }
    match at {
        Some(at) if !mail.recipients.is_empty() => Ok(Stored { at, mail }),
        _ => Err("it was changed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Outgoing {
        Outgoing {
            sender: "duty@example.org".into(),
            recipients: vec!["a@example.org".into(), "b@example.org".into()],
            bytes: b"From: duty@example.org\nSubject: x\n\nbody\n".to_vec(),
            message_id: "1.2@example.org".into(),
            subject: "x".into(),
        }
    }

    #[test]
    fn a_stored_mail_comes_back_as_it_was() {
        let file = encode(&mail(), Time(1_385_044_860)).unwrap();
        assert_eq!(decode(&file).unwrap(), Stored { at: Time(1_385_044_860), mail: mail() });
    }

    #[test]
    fn a_mail_that_was_changed_or_cut_anywhere_is_never_read_back() {
        let file = encode(&mail(), Time(1)).unwrap();
        for at in 0..file.len() {
            assert!(decode(&file[..at]).is_err(), "cut at {at}");
            let mut flipped = file.clone();
            flipped[at] ^= 1;
            assert!(decode(&flipped).is_err(), "bit flipped at {at}");
        }
    }

    #[test]
    fn a_line_break_in_the_envelope_is_refused() {
        let mut mail = mail();
        mail.recipients.push("c@example.org\nX-Dutybox-Recipient: d@example.org".into());
        assert!(encode(&mail, Time(1)).is_err());
    }
}
