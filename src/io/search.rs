//! What mails answer to a query ([`crate::triage::query::deep`]): from the index of words where that is the question and
//! it knows the mail, else by reading the mail itself. So an answer is always right, and the index only makes it quick.
//!
//! - [`words`]: the index of words, `index.db`.
//! - [`seeker`]: the thread that answers the screen and fills the index meanwhile.

pub mod seeker;
pub mod words;

use super::index::{self, Cache};
use super::load::parsed;
use super::maildir;
use super::pool::in_parallel;
use super::seen;
use crate::mail::{Message, Time};
use crate::triage::Inbox;
use crate::triage::query::Query;
use crate::triage::query::deep::{Answers, Facts, Looked, Mail, Question};
use crate::triage::row::{FolderId, MailKey};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use words::Words;

/// Mails that are read before the next answer.
const BATCH: usize = 200;

/// Reads mails, folder by folder, and gives each with what its file is now; `None`: it is gone, or cannot be read.
fn read_each(folders: &[PathBuf], mails: &[Mail], mut each: impl FnMut(&Mail, Option<(Facts, Message)>)) {
    for of_folder in mails.chunk_by(|a, b| a.key.folder == b.key.folder) {
        let Some(folder) = of_folder.first().and_then(|mail| folders.get(usize::from(mail.key.folder.0))) else {
            of_folder.iter().for_each(|mail| each(mail, None));
            continue;
        };
        let dirs = maildir::real().open_to_read(folder);
        for mail in of_folder {
            let exact = maildir::exact_key(&mail.key.base).is_some();
            let read = dirs.as_ref().ok().and_then(|dirs| {
                let read = maildir::real().read(dirs, mail.place, &mail.name, exact).ok()?;
                let (file, message) = parsed(read).ok()?;
                Some((Facts { ino: file.ino, size: file.size, mtime: file.mtime }, message))
            });
            each(mail, read);
        }
    }
}

/// What these mails answer. One that cannot be read says no.
fn ask(folders: &[PathBuf], mails: &[Mail], questions: &[Question]) -> Answers {
    let mut true_of = vec![Vec::new(); questions.len()];
    read_each(folders, mails, |mail, read| {
        let Some((_, message)) = read else { return };
        for (question, keys) in questions.iter().zip(&mut true_of) {
            // A fault inside is that mail's, not that of the search.
            let is = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| question.is_true_of(&message)));
            if is.unwrap_or(false) {
                keys.push(mail.key.clone());
            }
        }
    });
    Answers { true_of, looked: Looked::At(mails.iter().map(|mail| mail.key.clone()).collect()) }
}

/// In batches for threads; those of a folder beside each other, in the order that they are given in.
fn batches(mut mails: Vec<Mail>) -> Vec<Vec<Mail>> {
    let mut batches = Vec::with_capacity(mails.len() / BATCH + 1);
    while !mails.is_empty() {
        let rest = mails.split_off(mails.len().min(BATCH));
        mails.sort_by_key(|mail| mail.key.folder);
        batches.push(std::mem::replace(&mut mails, rest));
    }
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
    if questions.iter().all(|question| question.phrase().is_some())
        && let Some(words) = Words::look(cache)
        && let Some(known) = known(&words, &folders, &open)
        && let Some(true_of) = questions.iter().map(|question| found(&words, &folders, question)).collect()
    {
        open.retain(|mail| !known.contains(&mail.key));
        query.take(Answers { true_of, looked: Looked::At(known.into_iter().collect()) });
    }
    let of = open.len();
    let mut done = 0;
    let batches = batches(open);
    in_parallel(
        &batches,
        &AtomicBool::new(false),
        |mails| ask(&folders, mails, &questions),
        |answers| {
            if let Some(answers) = answers {
                if let Looked::At(keys) = &answers.looked {
                    done += keys.len();
                }
                query.take(answers);
                progress(done, of);
            }
            true
        },
    );
}

/// Those of these mails that the index knows as they are.
fn known(words: &Words, folders: &[PathBuf], mails: &[Mail]) -> Option<HashSet<MailKey>> {
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

/// The messages whose words answer a question; `None`: the index cannot say.
fn found(words: &Words, folders: &[PathBuf], question: &Question) -> Option<Vec<MailKey>> {
    let hits = words.find(question.phrase()?)?;
    let key = |(folder, base): (PathBuf, Vec<u8>)| {
        let number = folders.iter().position(|path| *path == folder)?;
        Some(MailKey { folder: FolderId(u16::try_from(number).ok()?), base: base.into() })
    };
    Some(hits.into_iter().filter_map(key).collect())
}

/// Reads mails for the index of words. Those that may still be written to are left out, and so are, for good, those that
/// cannot be read: the second list has all that need not be read again.
fn texts(folders: &[PathBuf], mails: &[Mail]) -> (Vec<words::Text>, Vec<Mail>) {
    let (mut texts, mut settled) = (Vec::with_capacity(mails.len()), Vec::with_capacity(mails.len()));
    read_each(folders, mails, |mail, read| {
        if read.as_ref().is_some_and(|(facts, _)| index::is_young(facts.mtime, seen::clock())) {
            return;
        }
        settled.push(mail.clone());
        let Some((facts, message)) = read else { return };
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
