//! What only the mail itself can answer: its text, its header fields. A query says which messages it must know that of
//! ([`super::Query::is_open`]); who can read them answers, and what is not answered yet is not found.

use crate::mail::words::Phrase;
use crate::mail::{FileName, Message, Time};
use crate::triage::row::{MailKey, Place as Half, Row};
use regex::Regex;
use std::collections::HashSet;

/// What the file of a mail is. A mail is never changed, so another one lies there where these differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Inode number.
    pub ino: u64,
    /// Bytes.
    pub size: u64,
    /// Modification time.
    pub mtime: Time,
}

/// A mail that may be asked: where it lies, and what its file was when it was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its key.
    pub key: MailKey,
    /// `new` or `cur`.
    pub place: Half,
    /// Its file's name.
    pub name: FileName,
    /// Its file.
    pub facts: Facts,
}

impl Mail {
    /// The mail of a row. `None`: there is none that could be read.
    pub fn of(row: &Row) -> Option<Mail> {
        let facts = Facts { ino: row.ino, size: row.size, mtime: row.mtime };
        row.odd.is_none().then(|| Mail { key: row.key.clone(), place: row.place, name: row.name.clone(), facts })
    }
}

/// A question about what a mail holds.
#[derive(Debug, Clone)]
pub struct Question {
    place: Place,
    wanted: Wanted,
}

/// Where is looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The texts.
    Body,
    /// Header fields of a name; of any where it is empty.
    Header(String),
    /// Names and addresses of Cc.
    Cc,
}

/// What for.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// Words that follow each other.
    Words(Phrase),
    /// Text anywhere.
    Text(Regex),
    /// That there is one at all.
    Any,
}

/// Two are the same where they look for the same in the same place.
impl PartialEq for Question {
    fn eq(&self, other: &Question) -> bool {
        let same = match (&self.wanted, &other.wanted) {
            (Wanted::Words(one), Wanted::Words(another)) => one == another,
            (Wanted::Text(one), Wanted::Text(another)) => one.as_str() == another.as_str(),
            (Wanted::Any, Wanted::Any) => true,
            _ => false,
        };
        same && self.place == other.place
    }
}

impl Eq for Question {}

impl Question {
    pub(super) fn new(place: Place, wanted: Wanted) -> Question {
        Question { place, wanted }
    }

    /// What a mail answers.
    pub fn is_true_of(&self, message: &Message) -> bool {
        match &self.place {
            Place::Body => message.searched().any(|text| self.wanted.is_in(text)),
            Place::Header(name) => message
                .headers
                .iter()
                .filter(|header| name.is_empty() || header.name.eq_ignore_ascii_case(name))
                .any(|header| self.wanted.is_in(&header.value)),
            Place::Cc => message.cc.iter().any(|cc| self.wanted.is_in(&cc.name) || self.wanted.is_in(&cc.addr)),
        }
    }

    /// The words that are looked for in the texts, where that is the question: an index of words can answer it.
    pub fn phrase(&self) -> Option<&Phrase> {
        match (&self.place, &self.wanted) {
            (Place::Body, Wanted::Words(phrase)) => Some(phrase),
            _ => None,
        }
    }
}

impl Wanted {
    fn is_in(&self, text: &str) -> bool {
        match self {
            Wanted::Words(phrase) => phrase.is_in(text),
            Wanted::Text(text_of) => text_of.is_match(text),
            Wanted::Any => true,
        }
    }
}

/// Answers to all questions of a query, for some of its messages.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// For each question the messages of which it is true.
    pub true_of: Vec<Vec<MailKey>>,
    /// Which messages were looked at; the others say nothing.
    pub looked: Vec<MailKey>,
}

/// What is known so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// For each question the messages of which it is true.
    true_of: Vec<HashSet<MailKey>>,
    looked: HashSet<MailKey>,
}

impl Known {
    /// What a question says of a message, where that is known.
    pub(super) fn of(&self, question: usize, key: &MailKey) -> Option<bool> {
        let says = || self.true_of.get(question).is_some_and(|keys| keys.contains(key));
        self.looked.contains(key).then(says)
    }

    /// Takes answers in.
    pub(super) fn take(&mut self, answers: Answers) {
        // They may be of other files than before.
        answers.looked.iter().for_each(|key| self.forget(key));
        self.looked.extend(answers.looked);
        self.true_of.resize_with(self.true_of.len().max(answers.true_of.len()), HashSet::new);
        for (known, keys) in self.true_of.iter_mut().zip(answers.true_of) {
            known.extend(keys);
        }
    }

    /// Lets go of what is known of a message: its file is another one.
    pub(super) fn forget(&mut self, key: &MailKey) {
        if self.looked.remove(key) {
            self.true_of.iter_mut().for_each(|known| drop(known.take(key)));
        }
    }
}
