//! What the inbox is told from outside, beside mail and acts: mail that was once seen, what else tells how fresh the
//! Maildirs are, and the sent folder; and what verdicts depend on of all that.

use super::Inbox;
use crate::mail::Time;
use crate::runbook::Runbooks;
use crate::triage::register;
use crate::triage::row::{FolderId, MailKey, Row};
use crate::triage::seen;
use crate::triage::sent::SentFolder;
use crate::triage::verdicts::{News, Sent, Sources, Tombstone};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What is kept of mail that was once seen, one for each place where a message lay.
#[derive(Debug, Clone, Default)]
pub(super) struct Stones {
    /// In the order in which they came.
    pub(super) all: Vec<Arc<Tombstone>>,
    /// Since when each is kept; [`UNKNOWN`]: since before anybody looked.
    since: Vec<Time>,
    /// Where that of each place stands.
    places: HashMap<MailKey, usize>,
    /// When to look again for those that are old.
    look: Time,
}

/// For how long mail that is gone counts, in seconds (R7).
const KEPT: i64 = 90 * 24 * 3600;
/// How often what is older than that is forgotten, in seconds: all is read again then.
const FORGET: i64 = 24 * 3600;
const UNKNOWN: Time = Time(i64::MIN);

impl Stones {
    /// Keeps one, instead of another one of the same place; gives its index.
    fn put(&mut self, stone: Arc<Tombstone>, since: Time) -> usize {
        let place = *self.places.entry(stone.key.clone()).or_insert(self.all.len());
        match self.all.get_mut(place).zip(self.since.get_mut(place)) {
            // It came back meanwhile, perhaps as another one.
            Some(other) => (*other.0, *other.1) = (stone, since),
            None => {
                self.all.push(stone);
                self.since.push(since);
            }
        }
        place
    }

    /// Forgets what is kept for longer than [`KEPT`]; the others move together. Whether there was any.
    fn forget_old(&mut self, now: Time) -> bool {
        self.look = Time(now.0.saturating_add(FORGET));
        self.since.iter_mut().filter(|since| **since == UNKNOWN).for_each(|since| *since = now);
        let first = now.0.saturating_sub(KEPT);
        if self.since.iter().all(|since| since.0 >= first) {
            return false;
        }
        let all = std::mem::take(&mut self.all).into_iter().zip(std::mem::take(&mut self.since));
        self.places.clear();
        for (stone, since) in all.filter(|(_, since)| since.0 >= first) {
            self.put(stone, since);
        }
        true
    }

    /// Whether something is kept of what lay there.
    pub(super) fn has(&self, key: &MailKey) -> bool {
        self.places.contains_key(key)
    }

    /// What is kept of what lay there.
    pub(super) fn get(&self, key: &MailKey) -> Option<&Tombstone> {
        self.places.get(key).and_then(|place| self.all.get(*place)).map(|stone| &**stone)
    }

    /// Makes each anew; they stay where they are.
    pub(super) fn remake(&mut self, make: impl Fn(&Tombstone) -> Tombstone) {
        for stone in &mut self.all {
            *stone = Arc::new(make(stone));
        }
    }
}

impl Inbox {
    /// Takes in other runbooks. Until the rows are classified again they belong to what they belonged to, found by name: a
    /// mail that is removed before that is buried as what it was (R7).
    pub fn set_books(&mut self, books: Arc<Runbooks>) {
        Arc::make_mut(&mut self.stones).remake(|stone| seen::again(stone, &self.books, &books));
        let mut again = seen::Again::new(&self.books, &books);
        self.rows.iter_mut().chain(self.later.iter_mut()).for_each(|row| again.classify(&mut row.class));
        self.books = books;
        self.settled.news.push(News::Books);
        self.settled.all = true;
    }

    /// Mail that was once seen and lies there no more (R7), as the state folder keeps it; beside what was taken out here.
    pub fn remember(&mut self, tombstones: Vec<Tombstone>) {
        let mut stones = Stones::default();
        for stone in tombstones {
            stones.put(Arc::new(stone), UNKNOWN);
        }
        for (own, since) in self.stones.all.iter().zip(&self.stones.since) {
            if !stones.has(&own.key) {
                stones.put(Arc::clone(own), *since);
            }
        }
        self.stones = Arc::new(stones);
        self.settled.news.push(News::Tombstones);
    }

    /// Keeps what was taken out just now; gives its index.
    pub(super) fn bury(&mut self, stone: Tombstone) -> usize {
        // At an earlier time nobody knows when it was taken out.
        let since = if self.as_of.is_some() { UNKNOWN } else { self.settled.now };
        Arc::make_mut(&mut self.stones).put(Arc::new(stone), since)
    }

    /// Forgets now and then what was taken out long ago (R7): a screen may be open for a year. Where it stands at an earlier
    /// time, nothing grows old.
    pub(super) fn forget_old(&mut self, now: Time) {
        if self.as_of.is_none() && now >= self.stones.look && Arc::make_mut(&mut self.stones).forget_old(now) {
            self.settled.news.push(News::Tombstones);
        }
    }

    /// What is kept of the mails of a row's incident that another program expunged: they still count (R7).
    pub fn gone(&self, row: &Row) -> Vec<&Tombstone> {
        let index = self.by_key.get(&row.key);
        index.map(|index| self.settled.engine.gone(&self.input(), *index)).unwrap_or_default()
    }

    /// What else tells how fresh the Maildirs are (R11); "synced now" is added from the journal.
    pub fn set_sources(&mut self, sources: Sources) {
        self.sources = sources;
        self.settled.told = true;
    }

    /// What lies in the sent folder, where one is configured (R24).
    pub fn set_sent(&mut self, sent: SentFolder) {
        self.sent = Some(sent);
        self.settled.told = true;
    }

    /// Takes in what changed of all that verdicts depend on beside the mail itself.
    pub(super) fn learn(&mut self, now: Time) {
        if self.settled.told {
            let ids: HashMap<String, FolderId> = self.folder_ids();
            self.settled.register = register::register(&self.told, |path| ids.get(path).copied());
            self.settled.news.push(News::Told);
            self.filters = self.standing_filters();
            self.sources.synced = {
                let sent = self.sent.iter().map(|sent| &sent.maildir);
                let maildirs: BTreeSet<&String> =
                    self.folders.iter().map(|folder| &folder.maildir).chain(sent).collect();
                let told: Vec<Time> = register::synced(&self.told).collect();
                let all = |maildir: &String| told.iter().map(|time| (maildir.clone(), *time)).collect::<Vec<_>>();
                maildirs.into_iter().flat_map(all).collect()
            };
            self.settled.register.replies = self.sent.iter().flat_map(|sent| sent.replies.clone()).collect();
            self.settled.told = false;
        }
        let known = |sent: &SentFolder| sent.known(&self.folders, &self.newest, &self.sources, now, self.as_of);
        let sent = self.sent.as_ref().map(known);
        let keeps_up = |sent: Option<Sent>, now: Time| sent.is_none_or(|sent| sent.fresh == now);
        let same = sent.map(|sent| sent.since) == self.settled.register.sent.map(|sent| sent.since);
        // That it goes on keeping up with the clock is no news: what comes of it comes with time.
        let on_time = same && keeps_up(sent, now) && keeps_up(self.settled.register.sent, self.settled.now);
        if self.settled.register.sent != sent {
            self.settled.register.sent = sent;
            if !on_time {
                self.settled.news.push(News::Told);
            }
        }
    }
}
