//! What mails answer to a query ([`crate::triage::query::deep`]): from the index of words where that is the question and
//! it knows the mail, else by reading the mail itself. So an answer is always right, and the index only makes it quick.
//!
//! - [`words`]: the index of words, `index.db`.
//! - [`seeker`]: the thread that answers the screen and fills the index meanwhile.

pub mod seeker;
pub mod words;

use super::index::{self, Cache};
use super::load::parsed;
use super::maildir::{self, MailError};
use super::pool::in_parallel;
use super::seen;
use crate::mail::words::Phrase;
use crate::mail::{Message, Time};
use crate::triage::Inbox;
use crate::triage::query::Query;
use crate::triage::query::deep::{Answers, Facts, Mail, Question};
use crate::triage::row::{FolderId, MailKey};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use words::Words;

/// Mails that are read before the next answer, and bytes: as much is held in memory.
const BATCH: usize = 200;
const BATCH_BYTES: u64 = 8 << 20;

/// What came of reading a mail.
enum Read {
    /// It, and what its file is now.
    Mail(Facts, Box<Message>),
    /// It is gone, or will never be readable.
    Nothing,
    /// It could not be read just now.
    NotNow,
}

/// Reads mails, folder by folder.
fn read_each(folders: &[PathBuf], mails: &[Mail], mut each: impl FnMut(&Mail, Read)) {
    for of_folder in mails.chunk_by(|a, b| a.key.folder == b.key.folder) {
        let folder = of_folder.first().and_then(|mail| folders.get(usize::from(mail.key.folder.0)));
        let dirs = folder.and_then(|folder| maildir::real().open_to_read(folder).ok());
        for mail in of_folder {
            let exact = maildir::exact_key(&mail.key.base).is_some();
            let read = dirs.as_ref().map(|dirs| maildir::real().read(dirs, mail.place, &mail.name, exact));
            let nothing =
                |error: &MailError| matches!(error, MailError::Gone | MailError::Refused(_) | MailError::NotAMail(_));
            each(
                mail,
                match read.map(|read| read.and_then(parsed)) {
                    Some(Ok((file, message))) => {
                        Read::Mail(Facts { ino: file.ino, size: file.size, mtime: file.mtime }, Box::new(message))
                    }
                    Some(Err(error)) if nothing(&error) => Read::Nothing,
                    Some(Err(_)) | None => Read::NotNow,
                },
            );
        }
    }
}

/// What these mails answer. One that is gone, or will never be readable, says no; one that cannot be read now says nothing.
fn ask(folders: &[PathBuf], mails: &[Mail], questions: &[Question]) -> Answers {
    let mut answers = Answers { true_of: vec![Vec::new(); questions.len()], looked: Vec::with_capacity(mails.len()) };
    read_each(folders, mails, |mail, read| {
        if !matches!(read, Read::NotNow) {
            answers.looked.push(mail.key.clone());
        }
        let Read::Mail(_, message) = read else { return };
        for (question, keys) in questions.iter().zip(&mut answers.true_of) {
            // A fault inside is that mail's, not that of the search.
            let is = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| question.is_true_of(&message)));
            if is.unwrap_or(false) {
                keys.push(mail.key.clone());
            }
        }
    });
    answers
}

/// In batches for threads; those of a folder beside each other, in the order that they are given in.
fn batches(mails: Vec<Mail>) -> Vec<Vec<Mail>> {
    let mut batches: Vec<Vec<Mail>> = Vec::with_capacity(mails.len() / BATCH + 1);
    let mut bytes = BATCH_BYTES;
    for mail in mails {
        match batches.last_mut().filter(|batch| batch.len() < BATCH && bytes < BATCH_BYTES) {
            Some(batch) => {
                bytes += mail.facts.size;
                batch.push(mail);
            }
            None => {
                bytes = mail.facts.size;
                batches.push(vec![mail]);
            }
        }
    }
    batches.iter_mut().for_each(|batch| batch.sort_by_key(|mail| mail.key.folder));
    batches
}

/// Has a query answered for all messages of an inbox, for commands. `progress` is told how many mails were read, of how many.
pub fn answer(query: &mut Query, inbox: &Inbox, now: Time, cache: &Cache, mut progress: impl FnMut(usize, usize)) {
    let mut open: Vec<Mail> =
        inbox.rows().iter().filter(|row| query.is_open(inbox, row, now)).filter_map(Mail::of).collect();
    if open.is_empty() {
        return;
    }
    let folders: Vec<PathBuf> = inbox.folders.iter().map(|folder| folder.path.clone()).collect();
    let questions = query.questions().clone();
    if let Some(words) = Words::look(cache)
        && let Some(answers) = answers(&words, &folders, &questions, &open)
    {
        let known: HashSet<MailKey> = answers.looked.iter().cloned().collect();
        open.retain(|mail| !known.contains(&mail.key));
        query.take(answers);
    }
    let of = open.len();
    let mut done = 0;
    let batches = batches(open);
    in_parallel(
        &batches,
        &AtomicBool::new(false),
        |mails| (mails.len(), ask(&folders, mails, &questions)),
        |answers| {
            if let Some((count, answers)) = answers {
                done += count;
                query.take(answers);
                progress(done, of);
            }
            true
        },
    );
}

/// Few enough mails to be looked up one by one.
const FEW: usize = 500;

/// Those of these mails that the index knows as they are.
fn known(words: &Words, folders: &[PathBuf], mails: &[Mail]) -> Option<HashSet<MailKey>> {
    if mails.len() <= FEW {
        return Some(mails.iter().filter(|mail| words.knows(folders, mail)).map(|mail| mail.key.clone()).collect());
    }
    let mut known = HashSet::with_capacity(mails.len());
    for (number, folder) in folders.iter().enumerate() {
        let id = FolderId(u16::try_from(number).ok()?);
        if mails.iter().all(|mail| mail.key.folder != id) {
            continue;
        }
        let stored = words.stored(folder)?;
        let same = |mail: &&Mail| mail.key.folder == id && stored.get(&*mail.key.base) == Some(&mail.facts);
        known.extend(mails.iter().filter(same).map(|mail| mail.key.clone()));
    }
    Some(known)
}

/// What the index says of these mails: of those that it knows as they are, all at one time, as other programs write it too.
/// `None`: the questions are not about words, or it cannot say.
fn answers(words: &Words, folders: &[PathBuf], questions: &[Question], mails: &[Mail]) -> Option<Answers> {
    let phrases: Vec<&Phrase> = questions.iter().map(Question::phrase).collect::<Option<_>>()?;
    let (known, found) = words.at_one_time(|| {
        let found: Option<Vec<_>> = phrases.iter().map(|phrase| words.find(phrase)).collect();
        Some((known(words, folders, mails)?, found?))
    })?;
    let key = |(folder, base): (PathBuf, Vec<u8>)| {
        let number = folders.iter().position(|path| *path == folder)?;
        let key = MailKey { folder: FolderId(u16::try_from(number).ok()?), base: base.into() };
        known.contains(&key).then_some(key)
    };
    let true_of = found.into_iter().map(|hits| hits.into_iter().filter_map(key).collect()).collect();
    Some(Answers { true_of, looked: known.iter().cloned().collect() })
}

/// Reads mails for the index of words. Those that may still be written to, or cannot be read now, are left out; the second
/// list has all that need not be read again.
fn texts(folders: &[PathBuf], mails: &[Mail]) -> (Vec<words::Text>, Vec<Mail>) {
    let (mut texts, mut settled) = (Vec::with_capacity(mails.len()), Vec::with_capacity(mails.len()));
    read_each(folders, mails, |mail, read| {
        match &read {
            Read::Mail(facts, _) if index::is_young(facts.mtime, seen::clock()) => return,
            Read::NotNow => return,
            Read::Mail(..) | Read::Nothing => settled.push(mail.clone()),
        }
        let Read::Mail(facts, message) = read else { return };
        let text = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| words::Text::of(mail, facts, &message)));
        texts.extend(text);
    });
    (texts, settled)
}

/// Brings the index of words up to date with an inbox, for commands: how many mails were read for it. `None`: it cannot be
/// written.
pub fn bring_up(inbox: &Inbox, cache: &Cache, mut progress: impl FnMut(usize, usize)) -> Option<usize> {
    let words = Words::open(cache)?;
    let folders: Vec<PathBuf> = inbox.folders.iter().map(|folder| folder.path.clone()).collect();
    let mut open: Vec<Mail> = inbox.rows().iter().filter_map(Mail::of).collect();
    let known = known(&words, &folders, &open)?;
    words.keep_only(&folders, &known)?;
    open.retain(|mail| !known.contains(&mail.key));
    let (mut done, of, mut sound) = (0, open.len(), true);
    let batches = batches(open);
    in_parallel(
        &batches,
        &AtomicBool::new(false),
        |mails| (mails.len(), texts(&folders, mails)),
        |batch| {
            if let Some((count, (texts, _))) = batch {
                sound = words.add(&folders, &texts).is_some();
                done += count;
                progress(done, of);
            }
            sound
        },
    );
    sound.then_some(of)
}
