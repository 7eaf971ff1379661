//! The timeline of an incident: its mails, what was told, how its verdict changed, and what comes next. Pure.

use super::inbox::Inbox;
use super::row::{MailKey, Row};
use super::told::{ActId, Deed};
use super::verdict::{MayBecome, Then, Verdict};
use super::verdicts::Tombstone;
use crate::mail::Time;
use crate::runbook::Call;
use std::collections::{BTreeSet, HashSet};

/// The most times at which the verdict is asked for; of a longer incident the latest are shown.
const MOST: usize = 200;

/// Something on the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When it became known: delivery of a mail, recording of an act.
    pub at: Time,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A mail of the incident was delivered.
    Mail(MailKey),
    /// The same of one that another program expunged since, of which only this is kept.
    Gone(Box<Tombstone>),
    /// Something was told about it.
    Act(ActId),
    /// From then on it asked for this.
    Verdict {
        /// The call of the incident.
        call: Call,
        /// Whether it was known.
        known: bool,
        /// The headline.
        headline: String,
    },
}

/// The timeline of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// How many times were left out at the start, because there are too many.
    pub left_out: usize,
    /// When the next mail is due.
    pub due: Option<Time>,
    /// When the verdict changes by itself.
    pub until: Option<Time>,
    /// What it is then, where that is another call or case.
    pub then: Option<Then>,
    /// The earliest time limit that a mail gives.
    pub deadline: Option<Time>,
    /// What it may become.
    pub may_become: Vec<MayBecome>,
}

/// The timeline of the incident that holds a row, as far as the inbox stands.
pub fn timeline(inbox: &Inbox, row: &Row) -> Timeline {
    let Some((_, incident)) = inbox.incident_of(row) else { return Timeline::default() };
    let members: Vec<&Row> = inbox.members(incident).map(|(row, _)| row).collect();
    let mut events: Vec<Event> =
        members.iter().map(|row| Event { at: row.received, what: What::Mail(row.key.clone()) }).collect();
    let gone = inbox.gone(row).into_iter();
    events.extend(gone.map(|stone| Event { at: stone.received, what: What::Gone(Box::new(stone.clone())) }));
    events.extend(acts(inbox, &members));
    let left_out = verdicts(inbox, &members, &mut events);
    // At one time first the mail, then what was done, then what came of it.
    events.sort_by_key(|event| {
        let rank = match event.what {
            What::Mail(_) | What::Gone(_) => 0,
            What::Act(_) => 1,
            What::Verdict { .. } => 2,
        };
        (event.at, rank)
    });
    let lead = inbox.lead(incident).map(|row| inbox.verdict(row));
    Timeline {
        events,
        left_out,
        due: incident.due.filter(|due| *due > inbox.now()),
        until: incident.until.filter(|until| *until > inbox.now()),
        then: lead.as_ref().filter(|verdict| verdict.until == incident.until).and_then(|verdict| verdict.then.clone()),
        deadline: incident.deadline,
        may_become: lead.map(|verdict| verdict.may_become).unwrap_or_default(),
    }
}

/// What was told about these messages, and not taken back.
fn acts(inbox: &Inbox, members: &[&Row]) -> Vec<Event> {
    let mut seen: HashSet<ActId> = HashSet::new();
    let mut events = Vec::new();
    for row in members {
        for act in inbox.told.about(&inbox.places(row)) {
            let shown = !matches!(act.deed, Deed::Open | Deed::See | Deed::Unsee);
            if shown && seen.insert(act.id) {
                events.push(Event { at: act.at, what: What::Act(act.id) });
            }
        }
    }
    events
}

/// Adds every change of the incident's verdict; gives how many times were left out.
fn verdicts(inbox: &Inbox, members: &[&Row], events: &mut Vec<Event>) -> usize {
    let mut times: BTreeSet<Time> = events.iter().map(|event| event.at).collect();
    let left_out = times.len().saturating_sub(MOST);
    while times.len() > MOST {
        times.pop_first();
    }
    let Some(first) = times.first().copied() else { return 0 };
    let now = inbox.now();
    let mut past = inbox.beside(first);
    let mut last: Option<(Call, bool, String)> = None;
    let mut asked = 0;
    while let Some(time) = times.pop_first() {
        asked += 1;
        if time > now || asked > 2 * MOST {
            break;
        }
        past.set_as_of(Some(time));
        past.settle(time);
        let Some(verdict) = worst(&past, members) else { continue };
        // Between two mails time alone may change it, and so may any mail that shows that nothing came.
        let next = times.first().copied().unwrap_or(now);
        let alone = past.until().filter(|until| *until > time);
        let shown = (!verdict.known || !verdict.may_become.is_empty()).then(|| past.next_arrival()).flatten();
        times.extend([alone, shown].into_iter().flatten().filter(|time| *time < next && *time <= now));
        let state = (verdict.call, verdict.known, verdict.headline);
        if last.as_ref() != Some(&state) {
            let (call, known, headline) = state.clone();
            events.push(Event { at: time, what: What::Verdict { call, known, headline } });
            last = Some(state);
        }
    }
    left_out
}

/// The most urgent verdict among these messages, as far as they are there; of equals that of the latest.
fn worst(inbox: &Inbox, members: &[&Row]) -> Option<Verdict> {
    let here = members.iter().filter_map(|row| inbox.get(&row.key));
    let lead = here.max_by_key(|row| inbox.standing(&row.key).map(|standing| standing.call()))?;
    Some(inbox.verdict(lead))
}
