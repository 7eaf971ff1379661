//! What an inbox said, one time after the other: every change of a verdict in order, and why. Pure.
//!
//! Steps from one time at which anything can change to the next: a mail is received, an act is told, a verdict changes by
//! itself. What it says at a time is what the inbox says as of that time.

use super::inbox::{Inbox, Moved};
use super::row::{MailKey, Row};
use super::told::{ActId, Deed};
use crate::mail::Time;
use crate::runbook::Call;
use std::collections::HashMap;

/// A verdict, as far as its changes are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The call.
    pub call: Call,
    /// The case.
    pub case: Option<String>,
    /// Whether it is known, rather than "cannot tell".
    pub known: bool,
}

/// Why a verdict changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// It was received.
    Received,
    /// Another message was received.
    Arrival(MailKey),
    /// The mailbox is known to be complete for longer, because a message of another category was received.
    Fresh(MailKey),
    /// The operator told something.
    Told(ActId),
    /// Time passed.
    Time,
}

/// A change of a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// When.
    pub at: Time,
    /// Of which message.
    pub key: MailKey,
    /// What it was; `None`: the message was not there.
    pub old: Option<Judged>,
    /// What it is.
    pub new: Judged,
    /// Its headline now.
    pub headline: String,
    /// Why; never empty.
    pub why: Vec<Cause>,
}

/// An inbox on its way through time.
#[derive(Debug)]
pub struct Replay {
    inbox: Inbox,
    now: Time,
    known: HashMap<MailKey, Judged>,
    /// How many acts were told.
    acts: usize,
}

impl Replay {
    /// Starts at a time.
    pub fn start(mut inbox: Inbox, from: Time) -> Replay {
        inbox.set_as_of(Some(from));
        inbox.settle(from);
        let acts = inbox.told.acts().len();
        let mut replay = Replay { inbox, now: from, known: HashMap::new(), acts };
        replay.known = replay.inbox.rows().iter().map(|row| (row.key.clone(), replay.judged(row))).collect();
        replay
    }

    /// The inbox at the time at which it stands.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// What each message is judged to be now.
    pub fn known(&self) -> &HashMap<MailKey, Judged> {
        &self.known
    }

    /// Goes to the next time at which anything can change, at the latest to `end`, and gives what changed; `None`: there is
    /// no such time.
    pub fn step(&mut self, end: Time) -> Option<Vec<Turn>> {
        let next = [self.inbox.next_arrival(), self.inbox.until()].into_iter().flatten();
        let next = next.filter(|time| *time > self.now).min().filter(|time| *time <= end)?;
        let before = self.inbox.rows().len();
        self.inbox.set_as_of(Some(next));
        let moved = self.inbox.settle(next);
        self.now = next;
        let arrived: Vec<MailKey> = self.inbox.rows().iter().skip(before).map(|row| row.key.clone()).collect();
        let told: Vec<ActId> = self.inbox.told.acts().iter().skip(self.acts).map(|act| act.id).collect();
        self.acts += told.len();
        Some(self.turns(&moved, &arrived, &told))
    }

    fn judged(&self, row: &Row) -> Judged {
        let judgment = self.inbox.standing(&row.key).map(|standing| standing.judgment).unwrap_or_default();
        let case = judgment.case.and_then(|case| self.inbox.book(row)?.cases.get(usize::from(case)));
        Judged { call: judgment.call, case: case.map(|case| case.id.clone()), known: judgment.known }
    }

    fn turns(&mut self, moved: &Moved, arrived: &[MailKey], told: &[ActId]) -> Vec<Turn> {
        let rows: Vec<&Row> = match moved {
            Moved::Nothing => Vec::new(),
            Moved::Rows(keys) => keys.iter().filter_map(|key| self.inbox.get(key)).collect(),
            Moved::All => self.inbox.rows().iter().collect(),
        };
        let mut changed: Vec<(&Row, Judged)> = rows
            .into_iter()
            .map(|row| (row, self.judged(row)))
            .filter(|(row, judged)| self.known.get(&row.key) != Some(judged))
            .collect();
        changed
            .sort_by(|(a, _), (b, _)| (a.at, a.received, a.digest, &a.key).cmp(&(b.at, b.received, b.digest, &b.key)));
        let turn = |(row, new): (&Row, Judged)| Turn {
            at: self.now,
            key: row.key.clone(),
            old: self.known.get(&row.key).cloned(),
            new,
            headline: self.inbox.verdict(row).headline,
            why: self.why(row, arrived, told),
        };
        let turns: Vec<Turn> = changed.into_iter().map(turn).collect();
        self.known.extend(turns.iter().map(|turn| (turn.key.clone(), turn.new.clone())));
        turns
    }

    /// The nearest thing that happened: its own arrival, that of its incident, that of its category, what was told, an
    /// arrival elsewhere, else only time.
    fn why(&self, row: &Row, arrived: &[MailKey], told: &[ActId]) -> Vec<Cause> {
        if arrived.contains(&row.key) {
            return vec![Cause::Received];
        }
        let incident = |row: &Row| self.inbox.incident_of(row).map(|(number, _)| number);
        let others = || arrived.iter().filter_map(|key| self.inbox.get(key));
        let arrivals = |near: &dyn Fn(&Row) -> bool| -> Vec<Cause> {
            others().filter(|other| near(other)).map(|other| Cause::Arrival(other.key.clone())).collect()
        };
        let beside = arrivals(&|other| incident(other) == incident(row));
        if !beside.is_empty() {
            return beside;
        }
        let hits = |other: &Row| {
            let mut hits = other.class.hits().map(|hit| Some(hit.book));
            hits.any(|book| book == row.book())
        };
        let same = arrivals(&hits);
        if !same.is_empty() {
            return same;
        }
        let said = |id: &&ActId| self.inbox.told.act(**id).is_some_and(|act| !matches!(act.deed, Deed::Open));
        let told: Vec<Cause> = told.iter().filter(said).map(|id| Cause::Told(*id)).collect();
        if !told.is_empty() {
            return told;
        }
        let fresh: Vec<Cause> = others().take(1).map(|other| Cause::Fresh(other.key.clone())).collect();
        if fresh.is_empty() { vec![Cause::Time] } else { fresh }
    }
}
