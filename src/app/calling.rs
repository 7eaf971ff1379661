//! Calling the operator: which incidents have come to ask for a page since the last look, and which waits are over. Pure:
//! it only compares what the inbox says now with what it said then; the session rings.
//!
//! Once for each rise: an incident that goes on asking for a page does not call again, whatever comes in. What is handled
//! does not call, nor does what the operator has just done themselves. At the first reading the bell rings once for all
//! that asks for a page now and that nobody has handled (it may have come while nobody looked), but no command is run,
//! since it may have been run before.

use crate::mail::{Digest, Time, text};
use crate::runbook::Call;
use crate::triage::row::{MailKey, Row};
use crate::triage::verdicts::{Incident, IncidentNo, Need};
use crate::triage::{Inbox, Standing};
use std::collections::HashSet;

/// Columns of a window's title; what is longer is cut.
const TITLE: usize = 100;

/// What made the inbox change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// An act of the operator: nobody is called for what they do themselves.
    Own,
    /// Time alone.
    Time,
    /// Mail that came or went, other runbooks.
    News,
}

/// An incident that is named to the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The message to go to.
    pub key: MailKey,
    /// Its call.
    pub call: Call,
    /// Its category.
    pub category: String,
    /// Its headline.
    pub headline: String,
}

impl Named {
    fn of(inbox: &Inbox, row: &Row) -> Named {
        let verdict = inbox.verdict(row);
        Named {
            key: row.key.clone(),
            call: verdict.call,
            category: inbox.category(row).to_owned(),
            headline: verdict.headline,
        }
    }

    /// `PAGE vcs2vcs: AUTOFIX failed on github-sync1: page hwine`, clean, in one line.
    pub fn line(&self) -> String {
        let call = self.call.word().to_uppercase();
        text::clean(&format!("{call} {}: {}", self.category, self.headline)).into_owned()
    }
}

/// What a look found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Incidents that have come to ask for a page, the newest mail first.
    pub rises: Vec<Named>,
    /// Incidents that waited, and whose wait ended by time alone without a page.
    pub ended: Vec<Named>,
    /// How many incidents ask for a page, not handled.
    pub open: usize,
    /// The one of them to name in a title: the last that rose, else that with the newest mail.
    pub front: Option<Named>,
    /// Whether it was the first look.
    pub first: bool,
}

/// What was seen at the last look.
#[derive(Debug, Default)]
pub struct Calling {
    /// The inbox that it was, by its generation; `None`: there was no look yet.
    seen: Option<u64>,
    /// Content of all messages of incidents that asked for a page, not handled.
    open: HashSet<Digest>,
    /// The same, handled or not.
    paging: HashSet<Digest>,
    /// Messages that waited.
    waiting: Vec<MailKey>,
    /// The last incident that was named, to go to.
    pub last: Option<MailKey>,
    /// The title that was set last.
    pub title: String,
}

impl Calling {
    /// Compares the inbox with what it was at the last look; `None` where nothing has changed since, or the first reading
    /// is not complete.
    pub fn look(&mut self, inbox: &Inbox, cause: Cause) -> Option<Found> {
        if !inbox.complete || self.seen == Some(inbox.generation()) {
            return None;
        }
        let first = self.seen.replace(inbox.generation()).is_none();
        let mut found = Found { first, ..Found::default() };
        let (mut open, mut paging, mut waiting) = (HashSet::new(), HashSet::new(), Vec::new());
        let mut fronts: Vec<(Time, MailKey)> = Vec::new();
        for (_, incident) in inbox.incidents() {
            match incident.call {
                Call::Page => {}
                Call::Wait => {
                    waiting.extend(inbox.lead(incident).map(|row| row.key.clone()));
                    continue;
                }
                _ => continue,
            }
            let members: Vec<Digest> = inbox.members(incident).map(|(row, _)| row.digest).collect();
            paging.extend(&members);
            let asks = |(row, standing): (&Row, Standing)| {
                (standing.call() == Call::Page && !standing.handled()).then(|| row.key.clone())
            };
            let Some(key) = inbox.members(incident).filter_map(asks).last() else { continue };
            if inbox.need(incident) != Need::You {
                continue;
            }
            open.extend(&members);
            let before = if cause == Cause::Own { &self.paging } else { &self.open };
            if !members.iter().any(|digest| before.contains(digest)) {
                found.rises.extend(inbox.get(&key).map(|row| Named::of(inbox, row)));
            }
            fronts.push((incident.last, key));
        }
        if cause == Cause::Time {
            found.ended = self.waiting.iter().filter_map(|key| ended(inbox, key)).collect();
        }
        (self.open, self.paging, self.waiting) = (open, paging, waiting);
        if let Some(rise) = found.rises.first() {
            self.last = Some(rise.key.clone());
        } else if let Some(ended) = found.ended.first() {
            self.last = Some(ended.key.clone());
        }
        found.open = fronts.len();
        let last = fronts.iter().find(|(_, key)| Some(key) == self.last.as_ref());
        let front = last.or_else(|| fronts.iter().max_by_key(|(time, _)| *time));
        found.front = front.and_then(|(_, key)| inbox.get(key)).map(|row| Named::of(inbox, row));
        Some(found)
    }
}

/// What a message that waited came to, where its wait is over and it asks for no page: such calls by itself.
fn ended(inbox: &Inbox, key: &MailKey) -> Option<Named> {
    let row = inbox.get(key)?;
    let standing = inbox.standing(key)?;
    let calm = !matches!(standing.call(), Call::Wait | Call::Page) && !standing.handled();
    calm.then(|| Named::of(inbox, row))
}

/// Whether any message of the incident that holds this one is among those.
pub(super) fn in_sight<'a>(inbox: &Inbox, key: &MailKey, mut shown: impl Iterator<Item = &'a MailKey>) -> bool {
    let Some(number) = incident(inbox, key) else { return false };
    shown.any(|other| incident(inbox, other) == Some(number))
}

/// The incident that holds a message.
pub(super) fn incident(inbox: &Inbox, key: &MailKey) -> Option<IncidentNo> {
    inbox.get(key).and_then(|row| inbox.incident_of(row)).map(|(number, _): (_, &Incident)| number)
}

/// The title of the window: `(2) PAGE vcs2vcs: … — dutybox` while anything asks for a page.
pub fn title(name: &str, open: usize, front: Option<&Named>) -> String {
    let words = match front {
        Some(front) => format!("({open}) {}", front.line()),
        None => name.to_owned(),
    };
    let words = text::clean(&words);
    match words.as_ref() {
        "" => "dutybox".to_owned(),
        words => format!("{} — dutybox", text::fit(words, TITLE)),
    }
}
