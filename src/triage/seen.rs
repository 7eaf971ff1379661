//! What is kept of a message once seen (R7), in words: a tombstone names runbooks, kinds and cases by their place in
//! the set, which is another one in the next run, or when somebody edits a runbook.
//!
//! What a runbook does not know any more is left out. That a `when` was edited meanwhile cannot be seen here: the
//! message is gone, and counts for what it was.

use super::row::{Class, Hit, MailKey, Row};
use super::verdicts::{Tombstone, nears_of};
use crate::mail::{Address, Digest, Role, Time};
use crate::runbook::case::Temporal;
use crate::runbook::filter::Strength;
use crate::runbook::labels::{Label, Name};
use crate::runbook::{Runbook, Runbooks};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A message once seen, without where it lay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// Message-ID.
    #[serde(rename = "id", skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Name and address of the sender.
    pub from: (String, String),
    /// What it was to its category: [`Role::word`].
    #[serde(skip_serializing_if = "is_alert")]
    pub role: String,
    /// Offset of its Date header, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
    /// The runbooks that claimed it, the primary one first.
    pub hits: Vec<KeptHit>,
    /// Labels read by the primary runbook by which messages are compared: name, value, where from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Words>,
}

/// A runbook that claimed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptHit {
    /// Its id.
    pub book: String,
    /// Id of the kind; empty where it has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Whether the sender was not one that it expects.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub foreign: bool,
    /// Ids of the cases whose kind and `when` held.
    pub cases: Vec<String>,
    /// Tests that look for another message and whose `when` held: the case, and the how manieth of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nears: Vec<(String, usize)>,
    /// The same of this one, where it was not the primary one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Words>,
}

/// A label: name, value, where from.
pub type Words = (String, String, String);

fn is_alert(role: &str) -> bool {
    role.is_empty() || role == Role::Alert.word()
}

impl Kept {
    /// What to keep of a tombstone, by the runbooks that it was made with.
    pub fn of(stone: &Tombstone, books: &Runbooks) -> Kept {
        Kept {
            message_id: stone.message_id.as_deref().map(str::to_owned),
            from: (stone.from.name.clone(), stone.from.addr.clone()),
            role: stone.role.word().to_owned(),
            offset: stone.offset,
            hits: stone.class.hits().filter_map(|hit| KeptHit::of(hit, books)).collect(),
            labels: compared(&stone.class.labels, stone.class.hits().next().and_then(|hit| books.get(hit.book))),
        }
    }

    /// The tombstone again, by other runbooks.
    pub fn tombstone(self, key: MailKey, digest: Digest, at: Time, received: Time, books: &Runbooks) -> Tombstone {
        const ROLES: [Role; 5] = [Role::Alert, Role::Reply, Role::Forward, Role::AutoReply, Role::Bounce];
        let mut hits = self.hits.into_iter().filter_map(|hit| hit.again(books));
        let class = Class {
            primary: hits.next().map(Arc::new),
            also: hits.collect(),
            labels: self.labels.into_iter().map(label).collect(),
        };
        Tombstone {
            key,
            message_id: self.message_id.map(Into::into),
            digest,
            at,
            received,
            offset: self.offset,
            from: Arc::new(Address { name: self.from.0, addr: self.from.1 }),
            role: ROLES.into_iter().find(|role| role.word() == self.role).unwrap_or_default(),
            class,
        }
    }
}

impl KeptHit {
    fn of(hit: &Hit, books: &Runbooks) -> Option<KeptHit> {
        let book = books.get(hit.book)?;
        let case = |index: &u16| book.cases.get(usize::from(*index)).map(|case| case.id.clone());
        let nears: Vec<(String, usize)> = if hit.nears.is_empty() { Vec::new() } else { nears(book).collect() };
        Some(KeptHit {
            book: book.id.clone(),
            kind: book.kinds.get(usize::from(hit.kind)).map(|kind| kind.id.clone()).unwrap_or_default(),
            foreign: hit.foreign_sender,
            cases: hit.cases.iter().filter_map(case).collect(),
            nears: hit.nears.iter().filter_map(|near| nears.get(usize::from(*near)).cloned()).collect(),
            labels: compared(&hit.labels, Some(book)),
        })
    }

    fn again(self, books: &Runbooks) -> Option<Hit> {
        let (id, book) = books.by_id(&self.book)?;
        let place = |index: Option<usize>| index.and_then(|index| u16::try_from(index).ok());
        let kind = place(book.kinds.iter().position(|kind| kind.id == self.kind))?;
        let case = |name: &String| place(book.cases.iter().position(|case| case.id == *name));
        let known: Vec<(String, usize)> = if self.nears.is_empty() { Vec::new() } else { nears(book).collect() };
        let near = |near: &(String, usize)| place(known.iter().position(|known| known == near));
        Some(Hit {
            book: id,
            kind,
            strength: Strength::default(),
            literal: 0,
            by: Box::default(),
            foreign_sender: self.foreign,
            cases: self.cases.iter().filter_map(case).collect(),
            nears: self.nears.iter().filter_map(near).collect(),
            labels: self.labels.into_iter().map(label).collect(),
        })
    }
}

/// The tests of a runbook that look for another message: the case, and the how manieth of it.
fn nears(book: &Runbook) -> impl Iterator<Item = (String, usize)> {
    book.cases.iter().flat_map(|case| nears_of(case).enumerate().map(|(n, _)| (case.id.clone(), n)))
}

/// The labels by which other messages are compared with this one. The others may be whole lines of its text, which is
/// nobody's business once it was removed.
fn compared(labels: &[Label], book: Option<&Runbook>) -> Vec<Words> {
    let Some(book) = book else { return Vec::new() };
    // Which names of hosts there are in the mailbox says whether a short name is a full one (R8).
    let compares = |name: &Name| {
        *name == "host"
            || book.group_by.iter().any(|other| name == other)
            || book.cases.iter().flat_map(|case| &case.tests).any(|test| compares(test, name))
    };
    labels.iter().filter(|label| compares(&label.name)).map(words).collect()
}

/// Whether a test compares messages by a label.
fn compares(test: &Temporal, name: &Name) -> bool {
    let has = |same: &[String]| same.iter().any(|other| name == other);
    match test {
        Temporal::FollowedBy(near)
        | Temporal::NotFollowedBy(near)
        | Temporal::PrecededBy(near)
        | Temporal::NotPrecededBy(near)
        | Temporal::ClosedBy(near) => has(&near.same),
        Temporal::Repeats { same, .. } | Temporal::Rate { same, .. } => has(same),
        Temporal::Sets { label, same, .. } => name == label || has(same),
        // These look at the message that is judged, and one that is gone is not.
        Temporal::Deadline { .. }
        | Temporal::Lacks(_)
        | Temporal::QuietFor(_)
        | Temporal::UnclaimedFor(_)
        | Temporal::Claimed
        | Temporal::Switch { .. }
        | Temporal::Expected(_)
        | Temporal::AfterResolved { .. } => false,
    }
}

fn words(label: &Label) -> Words {
    (label.name.to_string(), label.value.clone(), label.from.to_string())
}

fn label((name, value, from): Words) -> Label {
    Label { name: name.into(), value, from: Name::common(&from) }
}

/// The same tombstone after the runbooks were read again.
pub fn again(stone: &Tombstone, before: &Runbooks, now: &Runbooks) -> Tombstone {
    let Tombstone { key, digest, at, received, .. } = stone;
    Kept::of(stone, before).tombstone(key.clone(), *digest, *at, *received, now)
}

/// Says what messages that are still there belong to after the runbooks were read again.
#[derive(Debug)]
pub struct Again<'b> {
    before: &'b Runbooks,
    now: &'b Runbooks,
    /// Messages that are alike share their hit, then as before.
    known: HashMap<Arc<Hit>, Option<Arc<Hit>>>,
}

impl<'b> Again<'b> {
    /// From these runbooks to those.
    pub fn new(before: &'b Runbooks, now: &'b Runbooks) -> Again<'b> {
        Again { before, now, known: HashMap::new() }
    }

    /// The same class by the other runbooks. A message whose primary runbook does not know it any more has none.
    pub fn classify(&mut self, class: &mut Class) {
        let (before, now) = (self.before, self.now);
        if let Some(hit) = class.primary.take() {
            let again = |hit: &Arc<Hit>| hit_again(hit, before, now).map(Arc::new);
            class.primary = self.known.entry(hit).or_insert_with_key(again).clone();
        }
        if !class.also.is_empty() {
            class.also = class.also.iter().filter_map(|hit| hit_again(hit, before, now)).collect();
        }
    }
}

fn hit_again(hit: &Hit, before: &Runbooks, now: &Runbooks) -> Option<Hit> {
    let found = KeptHit::of(hit, before)?.again(now)?;
    let (by, labels) = (hit.by.clone(), hit.labels.clone());
    Some(Hit { strength: hit.strength, literal: hit.literal, by, labels, ..found })
}

/// Changes whenever what is kept of a message would: by it, what was kept already is told from what is new. It is cheap,
/// and another version of dutybox may give another one: then all is kept anew.
pub fn mark(stone: &Tombstone, books: &Runbooks) -> i64 {
    let Tombstone { message_id, digest, at, received, offset, from, class, .. } = stone;
    mark_of(books, (message_id.as_deref(), *digest, *at, *received, *offset, from, &class.labels))
}

/// The mark of what would be kept of a row.
pub fn mark_of_row(row: &Row, books: &Runbooks) -> i64 {
    let Row { message_id, digest, at, received, offset, from, class, .. } = row;
    mark_of(books, (message_id.as_deref(), *digest, *at, *received, *offset, from, &class.labels))
}

type Facts<'f> = (Option<&'f str>, Digest, Time, Time, Option<i32>, &'f Address, &'f [Label]);

fn mark_of(books: &Runbooks, (message_id, digest, at, received, offset, from, labels): Facts<'_>) -> i64 {
    let mut hasher = DefaultHasher::new();
    (message_id, digest.0, at.0, received.0, offset, &from.addr, labels, books.digest).hash(&mut hasher);
    hasher.finish().cast_signed()
}
