//! The inbox at another time: what was received or told later does not exist (R2).

use super::later::Later;
use super::{Inbox, Settled};
use crate::mail::Time;
use crate::triage::row::Row;
use crate::triage::told::{Act, Told};
use crate::triage::verdicts::News;
use std::collections::HashMap;
use std::sync::Arc;

impl Inbox {
    /// The same inbox at an earlier time: what was received or told later does not exist (R2). Set before any change;
    /// [`Inbox::set_as_of`] moves it.
    #[must_use]
    pub fn as_of(mut self, as_of: Option<Time>) -> Inbox {
        self.as_of = as_of;
        self
    }

    /// The time after which nothing exists.
    pub fn stands_at(&self) -> Option<Time> {
        self.as_of
    }

    /// Whether what was received or told then exists.
    pub(super) fn exists(&self, time: Time) -> bool {
        self.as_of.is_none_or(|as_of| time <= as_of)
    }

    /// Goes to another time: what was received or told later does not exist (R2).
    pub fn set_as_of(&mut self, as_of: Option<Time>) {
        let back = match (as_of, self.as_of) {
            (Some(to), Some(from)) => to < from,
            (Some(_), None) => true,
            (None, _) => false,
        };
        // What is no longer there arrives at its time all the same.
        let comes = |at: Time| self.as_of.is_some_and(|from| from < at) && as_of.is_none_or(|to| at <= to);
        if !back && self.stones.all.iter().any(|stone| comes(stone.received)) {
            self.settled.news.push(News::Tombstones);
        }
        self.as_of = as_of;
        if back {
            let rows: Vec<Row> = std::mem::take(&mut self.rows);
            let acts: Vec<Act> = std::mem::take(&mut self.told).into_acts();
            self.standings.clear();
            self.by_key.clear();
            self.newest.clear();
            self.sought.clear();
            self.fill(rows, acts);
        } else {
            while let Some(row) = self.later.pop(as_of) {
                self.insert(row);
            }
            while self.untold.last().is_some_and(|act| self.exists(act.at)) {
                self.untold.pop().into_iter().for_each(|act| self.tell(act));
            }
        }
    }

    /// Takes in all rows and acts anew.
    fn fill(&mut self, rows: Vec<Row>, acts: Vec<Act>) {
        self.settled.touched.clear();
        self.settled.news = vec![News::All];
        rows.into_iter().for_each(|row| self.insert(row));
        acts.into_iter().for_each(|act| self.tell(act));
        self.settled.told = true;
        self.settled.all = true;
    }

    /// The same mail and acts as of a time, to look at beside this inbox: neither sees what happens to the other.
    pub fn beside(&self, time: Time) -> Inbox {
        let mut other = Inbox {
            troubles: self.troubles.clone(),
            books: Arc::clone(&self.books),
            told: Told::default(),
            folders: self.folders.clone(),
            horizon: self.horizon,
            grace: self.grace,
            rows: Vec::new(),
            standings: Vec::new(),
            by_key: HashMap::new(),
            errors: self.errors.clone(),
            as_of: Some(time),
            later: Later::default(),
            untold: Vec::new(),
            stones: Arc::clone(&self.stones),
            sources: self.sources.clone(),
            sent: self.sent.clone(),
            newest: HashMap::new(),
            filters: Vec::new(),
            sought: HashMap::new(),
            settled: Settled::new(self.settled.zone.clone()),
            progress: self.progress,
            complete: self.complete,
        };
        other.settled.words.clone_from(&self.settled.words);
        let acts = self.told.acts().iter().chain(self.untold.iter().rev()).cloned().collect();
        other.fill(self.present().cloned().collect(), acts);
        other
    }

    /// When the last message was received or the last act told before a time.
    pub fn last_arrival(&self, before: Time) -> Option<Time> {
        let mail = self.present().map(|row| row.received);
        let acts = self.told.acts().iter().chain(&self.untold).map(|act| act.at);
        let gone = self.stones.all.iter().map(|stone| stone.received);
        mail.chain(acts).chain(gone).filter(|time| *time < before).max()
    }

    /// When the next message is received or the next act is told after the time at which the inbox stands.
    pub fn next_arrival(&self) -> Option<Time> {
        let mail = self.later.next();
        let act = self.untold.last().map(|act| act.at);
        let gone = self.stones.all.iter().map(|stone| stone.received).filter(|time| !self.exists(*time)).min();
        let sent = self.sent.iter().flat_map(|sent| &sent.mails).copied().find(|time| !self.exists(*time));
        [mail, act, gone, sent].into_iter().flatten().min()
    }
}
