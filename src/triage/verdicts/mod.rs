//! Verdicts and incidents out of the whole stream of mail (semantics R1 to R32). Pure: what it answers depends on nothing
//! but its [`Input`] (R32).
//!
//! How it works, in the order of the modules:
//!
//! 1. [`units`]: rows and tombstones become *units*: copies count once (R5), in the order of R3.
//! 2. [`book`]: for each runbook its *events*: units under it that count (R6, R31), with labels made comparable (R8)
//!    and indexed for "another one like this between a and b" ([`index`]), as its tests need it ([`plan`]).
//! 3. [`incidents`]: events with the same group-by labels, split by gap, closing mail and resolve (R21, R25, R26) into
//!    *parts*.
//! 4. [`temporal`] and [`counting`] (with [`rate`]): each test over time gives a [`course::Course`]: its value now, and how time alone
//!    will change it (R9, R10, R16 to R24).
//! 5. [`decide`]: the cases in order give the verdict, what it may become, and until when it stands (R12 to R14).
//!
//! [`engine`] keeps all of this up to date while mail, acts and time come in: what was read of a message stays; a new
//! one touches the parts that it joins or that may see it; time touches the parts whose hour has come, a fresher mailbox
//! those that wait for it. Words are made for the one verdict that is asked for. [`correlate`] is the same from nothing.
//!
//! Beside these: [`register`] holds what the operator told, [`freshness`](mod@freshness) how far the mailbox is known (R11), and
//! [`deadline`](mod@deadline) reads the time limits that mails write (12:00 AM is midnight).
//!
//! Grouping is by hashing and sorting, every look for another message a binary search: n log n over all.

mod book;
mod counting;
mod course;
mod deadline;
mod decide;
mod engine;
mod freshness;
mod incidents;
mod index;
mod plan;
mod rate;
mod register;
mod temporal;
mod units;

pub use deadline::deadline;
pub use decide::CaseOutcome;
pub use engine::{Changed, Engine, IncidentNo, Judgment, News};
pub use freshness::{Freshness, Sources, freshness, freshness_of};
pub use incidents::{Begin, Incident, Need, lapsed, need};
pub use register::{About, Claim, Expectation, Register, Reply, Resolve, Sent, SwitchEntry};

use super::row::{Class, MailKey, Row};
use super::verdict::Verdict;
use crate::mail::{Address, Digest, Role, Time};
use crate::runbook::case::{Case, Near, Temporal};
use crate::runbook::{Call, Runbook, Runbooks};
use std::collections::HashMap;
use std::sync::Arc;

/// How much later than a window mail may still be on its way, in seconds (R10): the default of [`Input::grace`].
pub const GRACE: i64 = 120;

/// All that a verdict depends on.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// All rows, in any order.
    pub rows: &'a [Row],
    /// Mail that was once seen (R7); such that still lies there does no harm.
    pub tombstones: &'a [Arc<Tombstone>],
    /// What the operator told us.
    pub register: &'a Register,
    /// The runbooks: always today's (R2).
    pub books: &'a Runbooks,
    /// Up to when each Maildir is known to be complete (R11).
    pub fresh: &'a Freshness,
    /// The time that it is.
    pub now: Time,
    /// What was received or recorded later does not exist (R2); `None`: everything exists.
    pub as_of: Option<Time>,
    /// Zone in which times are written into headlines.
    pub zone: &'a jiff::tz::TimeZone,
    /// How much fresher than the end of a window a Maildir must be to prove that nothing came, in seconds.
    pub grace: i64,
}

/// What is kept of a message once seen, for 90 days (R7): it goes on counting when another program removes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Where it lay.
    pub key: MailKey,
    /// Message-ID.
    pub message_id: Option<Box<str>>,
    /// Content identity (R5).
    pub digest: Digest,
    /// Time for windows (R1).
    pub at: Time,
    /// Delivery (R1).
    pub received: Time,
    /// Offset of its Date header, in seconds.
    pub offset: Option<i32>,
    /// First From address.
    pub from: Arc<Address>,
    /// What it was to its category.
    pub role: Role,
    /// The runbooks that claimed it, and the labels that the primary one read.
    pub class: Class,
}

impl Tombstone {
    /// What to keep of a row; nothing of one without a message.
    pub fn of(row: &Row) -> Option<Tombstone> {
        row.odd.is_none().then(|| Tombstone {
            key: row.key.clone(),
            message_id: row.message_id.clone(),
            digest: row.digest,
            at: row.at,
            received: row.received,
            offset: row.offset,
            from: Arc::clone(&row.from),
            role: row.role,
            class: row.class.clone(),
        })
    }
}

/// What the mailbox means now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correlation {
    /// The verdict of each row, by its index in [`Input::rows`].
    pub verdicts: Vec<Verdict>,
    /// All incidents that hold a row, newest mail first.
    pub incidents: Vec<Incident>,
    /// The index of each row's incident; `None` for a row that does not exist yet.
    pub incident_of: Vec<Option<u32>>,
}

impl Correlation {
    /// The incident that holds a row.
    pub fn incident(&self, row: usize) -> Option<&Incident> {
        let index = self.incident_of.get(row).copied().flatten()?;
        self.incidents.get(usize::try_from(index).ok()?)
    }
}

/// The verdict of every row, and the incidents.
pub fn correlate(input: &Input<'_>) -> Correlation {
    let mut engine = Engine::default();
    engine.update(input, &[News::All]);
    let mut place: HashMap<IncidentNo, u32> = HashMap::new();
    let mut incidents = Vec::new();
    for (index, (number, incident)) in (0..).zip(engine.incidents(input)) {
        place.insert(number, index);
        incidents.push(incident.clone());
    }
    let of = |row| place.get(&engine.incident_of(row)?).copied();
    let rows: Vec<usize> = (0..input.rows.len()).collect();
    let incident_of = rows.iter().map(|row| of(*row)).collect();
    Correlation { verdicts: engine.verdicts(input, &rows), incidents, incident_of }
}

/// What came of each case of the runbook that claims a row, in order; empty where none does, or it is no alert.
pub fn explain(input: &Input<'_>, row: usize) -> Vec<CaseOutcome> {
    let mut engine = Engine::default();
    engine.update(input, &[News::All]);
    engine.explain(input, row)
}

/// The tests of a runbook that look for another message, in the order of its cases: [`Hit::nears`](crate::triage::row::Hit::nears) holds indices into
/// this.
pub fn nears(book: &Runbook) -> impl Iterator<Item = &Near> {
    book.cases.iter().flat_map(nears_of)
}

/// The tests of one case that look for another message.
pub(super) fn nears_of(case: &Case) -> impl Iterator<Item = &Near> {
    case.tests.iter().filter_map(|test| match test {
        Temporal::FollowedBy(near)
        | Temporal::NotFollowedBy(near)
        | Temporal::PrecededBy(near)
        | Temporal::NotPrecededBy(near)
        | Temporal::ClosedBy(near) => Some(near),
        _ => None,
    })
}

impl Input<'_> {
    /// Whether what was received or recorded then exists (R2).
    fn exists(&self, time: Time) -> bool {
        self.as_of.is_none_or(|as_of| time <= as_of)
    }
}

/// The verdict of a row that was not there yet.
fn not_yet() -> Verdict {
    Verdict::plain(Call::Ignore, "Not received yet at that time".to_owned(), "it was received later".to_owned())
}
