//! The tests of a runbook's cases: those about a message here, those about its incident in [`super::counting`].

use super::book::Book;
use super::counting;
use super::course::{Course, Doubt, absence};
use super::deadline::deadline;
use super::incidents::Incidents;
use super::index::{Finder, SENDER};
use super::register::{Expected, Reply, Timeline, expected, timelines};
use super::units::Units;
use super::{Input, nears};
use crate::mail::Time;
use crate::runbook::case::{Near, Temporal};
use crate::runbook::labels::Label;
use crate::triage::correlate::Value;
use std::collections::HashMap;

/// How many candidates that may or may not match are looked at before "there is one" is enough.
pub(super) const CAP: usize = 64;

/// All tests of a runbook, ready to be asked about an event.
#[derive(Debug)]
pub(super) struct Tests<'a> {
    input: Input<'a>,
    units: &'a Units<'a>,
    /// By case, in its order.
    prepared: Vec<Vec<Prepared<'a>>>,
    switches: HashMap<&'a str, Timeline<'a>>,
    expected: HashMap<&'a str, Expected>,
    /// Units that somebody has claimed: since when, and who.
    claimed: HashMap<usize, (Time, &'a str)>,
    /// The replies to each message.
    replies: HashMap<&'a str, &'a Reply>,
}

/// One test.
#[derive(Debug)]
enum Prepared<'a> {
    /// Followed or preceded by another.
    Near {
        finder: Finder,
        near: &'a Near,
        side: Side,
    },
    /// Worked out for each part of an incident: incident, labels.
    Incident(counting::Results),
    UnclaimedFor(i64),
    Claimed,
    Lacks(&'a str),
    Deadline {
        label: &'a str,
        before: Option<i64>,
    },
    Switch {
        name: &'a str,
        is: &'a str,
    },
    Expected(&'a str),
    AfterResolved {
        covers: i64,
        hour: bool,
    },
}

/// On which side of a message another is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    After,
    NotAfter,
    Before,
    NotBefore,
}

impl<'a> Tests<'a> {
    pub(super) fn new(
        input: &Input<'a>,
        units: &'a Units<'a>,
        book: &mut Book<'a>,
        incidents: &Incidents,
    ) -> Tests<'a> {
        let runbook = book.runbook;
        let mut number = 0;
        let mut prepared = Vec::with_capacity(runbook.cases.len());
        for (case, rule) in runbook.cases.iter().enumerate() {
            let mut tests = Vec::with_capacity(rule.tests.len());
            for test in &rule.tests {
                tests.push(prepare(input, units, book, incidents, case, test, number));
                number += usize::from(is_near(test));
            }
            prepared.push(tests);
        }
        Tests {
            input: *input,
            units,
            prepared,
            switches: timelines(input.register, |time| input.exists(time)),
            expected: expected(input.register, |time| input.exists(time)),
            claimed: claimed(input, units, book, incidents),
            replies: input
                .register
                .replies
                .iter()
                .filter(|reply| input.exists(reply.at))
                .flat_map(|reply| reply.to.iter().map(move |id| (id.as_str(), reply)))
                .collect(),
        }
    }

    /// The courses of the tests of a case for an event.
    pub(super) fn courses(&mut self, book: &Book<'a>, incidents: &Incidents, case: usize, event: usize) -> Vec<Course> {
        let mut tests = self.prepared.get_mut(case).map(std::mem::take).unwrap_or_default();
        let courses = tests.iter_mut().map(|test| self.course(book, incidents, test, event)).collect();
        if let Some(slot) = self.prepared.get_mut(case) {
            *slot = tests;
        }
        courses
    }

    fn course(&self, book: &Book<'a>, incidents: &Incidents, test: &mut Prepared<'a>, event: usize) -> Course {
        let at = book.time(event);
        match test {
            Prepared::Near { finder, near, side } => self.near(book, finder, near, *side, event),
            Prepared::Incident(results) => results.of(incidents, event),
            Prepared::UnclaimedFor(time) => self.unclaimed(book, event, *time),
            Prepared::Claimed => Course::of_bool(self.claim(book, event).is_some()),
            Prepared::Lacks(label) => {
                let has = |labels: &[Label]| labels.iter().any(|found| found.name == *label);
                Course::of_bool(book.events.get(event).is_some_and(|event| !has(event.labels)))
            }
            Prepared::Deadline { label, before } => {
                let value = book.events.get(event).and_then(|event| limit(event.labels, label));
                match value {
                    None => Course::doubtful(Doubt::NoTime((*label).to_owned())),
                    Some(limit) => {
                        let from = Time(limit.0.saturating_sub(before.unwrap_or(0)));
                        if self.input.now >= from {
                            Course::fixed(Value::True)
                        } else {
                            Course { window: Some((from, from)), ..Course::open_until(from, Value::True) }
                        }
                    }
                }
            }
            Prepared::Switch { name, is } => {
                Course::of_bool(self.switches.get(*name).map_or("unknown", |timeline| timeline.at(at)) == *is)
            }
            Prepared::Expected(name) => {
                Course::of_bool(self.expected.get(*name).is_some_and(|expected| expected.at(at)))
            }
            Prepared::AfterResolved { covers, hour } => {
                let resolved = incidents.resolved_before(event, at);
                let covered =
                    covered(&self.input, book.unit(self.units, event).and_then(|u| u.offset), at, *covers, *hour);
                Course::of_bool(resolved.is_some_and(|resolved| is_straggler(at, covered, resolved)))
            }
        }
    }

    /// Followed by, not followed by, preceded by (R4, R8, R10).
    fn near(&self, book: &Book<'a>, finder: &mut Finder, near: &Near, side: Side, event: usize) -> Course {
        let at = book.time(event).0;
        let (before, after) = match side {
            _ if near.either => (true, true),
            Side::Before | Side::NotBefore => (true, false),
            Side::After | Side::NotAfter => (false, true),
        };
        let start = if before { near.within.map_or(i64::MIN, |within| at.saturating_sub(within)) } else { at };
        let end = if after { near.within.map_or(i64::MAX, |within| at.saturating_add(within)) } else { at };
        let others = finder.same(event, start, end);
        let mut found = others.iter().map(|&other| other as usize).filter(|&other| other != event);
        let found = if matches!(side, Side::Before | Side::NotBefore) { found.next_back() } else { found.next() };
        let course = match found {
            Some(other) => Course::shown_by(other),
            None => {
                let possible = possible(book, self.units, finder, event, (start, end));
                let limitless = near.within.is_none() && after;
                let possible = possible.or(limitless.then_some(Doubt::NoLimit));
                // "At any time before" reaches back as far as the mailbox does.
                let from = (start > i64::MIN).then_some(Time(start));
                let fresh = book.unit(self.units, event).map_or(Time(i64::MIN), |unit| unit.fresh);
                let course = absence(&self.input, self.units, fresh, (from, Time(end)), possible, Value::False);
                Course { window: course.window.filter(|_| !limitless), ..course }
            }
        };
        if side == Side::NotBefore {
            return course.negated();
        }
        if side == Side::NotAfter {
            let course = course.negated();
            // What decides is the silence, and that is complete only at the end.
            return Course { window: course.window.map(|(_, to)| (to, to)), ..course };
        }
        course
    }

    /// The claim on a message that is in force: since when, and who. A reply is one.
    pub(super) fn claim(&self, book: &Book<'a>, event: usize) -> Option<(Time, &'a str)> {
        let index = book.events.get(event)?.unit;
        let reply = || {
            let id = book.unit(self.units, event)?.message_id?;
            self.replies.get(id).map(|reply| (reply.at, reply.by.as_str()))
        };
        self.claimed.get(&index).copied().or_else(reply)
    }

    /// Since when a switch has stood as it stood at a time; `None`: nobody had said anything.
    pub(super) fn switched(&self, name: &str, time: Time) -> Option<Time> {
        self.switches.get(name)?.since(time)
    }

    /// R24.
    fn unclaimed(&self, book: &Book<'a>, event: usize, time: i64) -> Course {
        let Some(unit) = book.unit(self.units, event) else { return Course::fixed(Value::False) };
        if self.claim(book, event).is_some() {
            return Course::fixed(Value::False);
        }
        let due = Time(unit.at.0.saturating_add(time));
        if self.input.now < due {
            return Course { window: Some((due, due)), ..Course::open_until(due, Value::True) };
        }
        // A reply would lie in the sent folder: that nobody replied needs proof, that nobody told us does not.
        match self.input.register.sent {
            None => Course::fixed(Value::True),
            Some(sent) if sent.since.is_none_or(|since| since > unit.at) => Course::doubtful(Doubt::NoHistory),
            Some(sent) => {
                let settled = Time(due.0.saturating_add(self.input.grace));
                if sent.fresh >= settled {
                    Course::fixed(Value::True)
                } else if self.input.now < settled {
                    Course::open_until(settled, Value::True)
                } else {
                    Course::doubtful(Doubt::StaleSent(sent.fresh))
                }
            }
        }
    }
}

fn is_near(test: &Temporal) -> bool {
    matches!(
        test,
        Temporal::FollowedBy(_)
            | Temporal::NotFollowedBy(_)
            | Temporal::PrecededBy(_)
            | Temporal::NotPrecededBy(_)
            | Temporal::ClosedBy(_)
    )
}

fn prepare<'a>(
    input: &Input<'a>,
    units: &'a Units<'a>,
    book: &mut Book<'a>,
    incidents: &Incidents,
    case: usize,
    test: &'a Temporal,
    number: usize,
) -> Prepared<'a> {
    let mut beside = |near: &'a Near, side| {
        let picked = book.nears(near, number);
        let finder = book.finder(&near.same, &picked);
        Prepared::Near { finder, near, side }
    };
    match test {
        Temporal::FollowedBy(near) => beside(near, Side::After),
        Temporal::NotFollowedBy(near) => beside(near, Side::NotAfter),
        Temporal::PrecededBy(near) => beside(near, Side::Before),
        Temporal::NotPrecededBy(near) => beside(near, Side::NotBefore),
        Temporal::Claimed => Prepared::Claimed,
        Temporal::Lacks(label) => Prepared::Lacks(label),
        Temporal::UnclaimedFor(time) => Prepared::UnclaimedFor(*time),
        Temporal::Deadline { label, before } => Prepared::Deadline { label, before: *before },
        Temporal::Switch { name, is } => Prepared::Switch { name, is },
        Temporal::Expected(name) => Prepared::Expected(name),
        Temporal::AfterResolved { covers, hour } => Prepared::AfterResolved { covers: *covers, hour: *hour },
        Temporal::ClosedBy(near) => Prepared::Incident(counting::closed_by(book, incidents, case, near, number)),
        Temporal::QuietFor(time) => Prepared::Incident(counting::quiet_for(input, units, book, incidents, *time)),
        Temporal::Repeats { .. } | Temporal::Sets { .. } | Temporal::Rate { .. } => {
            Prepared::Incident(counting::counted(input, units, book, incidents, case, test))
        }
    }
}

/// A candidate in the window that neither matches nor can be left out (R8, R10).
pub(super) fn possible(
    book: &Book<'_>,
    units: &Units<'_>,
    finder: &mut Finder,
    event: usize,
    (from, to): (i64, i64),
) -> Option<Doubt> {
    if let Some(&other) = finder.possible(event, from, to, 1).first() {
        return Some(doubt_about(book, finder, event, other as usize));
    }
    match units.unreadable(Time(from), Time(to)).len() {
        0 => None,
        count => Some(Doubt::Unreadable(count)),
    }
}

/// Why two events cannot be told apart: the label that one of them lacks.
pub(super) fn doubt_about(book: &Book<'_>, finder: &Finder, event: usize, other: usize) -> Doubt {
    let unit = |event: usize| book.events.get(event).map_or(usize::MAX, |event| event.unit);
    for event in [event, other] {
        if let Some(label) = finder.column().missing(event) {
            return Doubt::NoLabel(label.to_owned(), unit(event));
        }
    }
    Doubt::Ambiguous(unit(other))
}

/// The first value of a label that is a time.
pub(super) fn limit(labels: &[Label], name: &str) -> Option<Time> {
    labels.iter().filter(|label| label.name == name).find_map(|label| deadline(&label.value))
}

/// The time that a message covers (R23): it ends at `at`, or at the full hour nearest to it within 5 minutes, else the
/// last one; hours are those of the Date's own offset, else of the display zone.
pub(super) fn covered(input: &Input<'_>, offset: Option<i32>, at: Time, covers: i64, hour: bool) -> (Time, Time) {
    const HOUR: i64 = 3600;
    const NEAR: i64 = 300;
    let end = if hour {
        let offset = offset.map_or_else(|| zone_offset(input, at), i64::from);
        let past = at.0.saturating_add(offset).rem_euclid(HOUR);
        at.0.saturating_sub(past).saturating_add(if HOUR - past <= NEAR { HOUR } else { 0 })
    } else {
        at.0
    };
    (Time(end.saturating_sub(covers)), Time(end))
}

fn zone_offset(input: &Input<'_>, at: Time) -> i64 {
    jiff::Timestamp::from_second(at.0).map_or(0, |time| i64::from(input.zone.to_offset(time).seconds()))
}

/// Whether a message that covers this tells of a time before the problem was resolved (R23).
pub(super) fn is_straggler(at: Time, covered: (Time, Time), resolved: Time) -> bool {
    at > resolved && resolved > covered.0
}

/// Units that somebody took on: by themselves, or with their incident as it is now (R29).
fn claimed<'a>(
    input: &Input<'a>,
    units: &Units<'_>,
    book: &Book<'_>,
    incidents: &Incidents,
) -> HashMap<usize, (Time, &'a str)> {
    let mut claimed: HashMap<usize, (Time, &str)> = HashMap::new();
    let in_force = |claim: &&super::Claim| {
        input.exists(claim.recorded)
            && claim.recorded <= input.now
            && claim.released.is_none_or(|released| released > input.now || !input.exists(released))
    };
    let mut about = None;
    for claim in input.register.claims.iter().filter(in_force) {
        let about = about.get_or_insert_with(|| places(units, book));
        let Some(event) = about.find(&claim.about) else { continue };
        // Of several claims the last one is the word that counts.
        let mut take = |event: usize| {
            let Some(event) = book.events.get(event) else { return };
            let new = (claim.recorded, claim.by.as_str());
            let known = claimed.entry(event.unit).or_insert(new);
            *known = (*known).max(new);
        };
        if claim.incident {
            incidents.beside(event).iter().for_each(|&event| take(event as usize));
        } else {
            take(event);
        }
    }
    claimed
}

/// Events of a runbook by where they lie, else by content (R29).
#[derive(Debug)]
pub(super) struct ByPlace<'u> {
    by_key: HashMap<&'u super::MailKey, usize>,
    by_digest: HashMap<crate::mail::Digest, usize>,
}

impl ByPlace<'_> {
    pub(super) fn find(&self, about: &super::About) -> Option<usize> {
        self.by_key.get(&about.key).or_else(|| self.by_digest.get(&about.digest)).copied()
    }
}

/// Where the messages of a runbook lie, and what they say.
pub(super) fn places<'u>(units: &'u Units<'_>, book: &Book<'_>) -> ByPlace<'u> {
    let mut found = ByPlace { by_key: HashMap::new(), by_digest: HashMap::new() };
    for (index, event) in book.events.iter().enumerate() {
        let Some(unit) = units.all.get(event.unit) else { continue };
        found.by_key.insert(unit.key, index);
        found.by_digest.entry(unit.digest).or_insert(index);
    }
    found
}

/// The place of a test among [`nears`], for the tests that close an incident.
pub(super) fn closers(runbook: &crate::runbook::Runbook) -> Vec<(usize, usize, &Near)> {
    let mut found = Vec::new();
    let mut number = 0;
    for (case, rule) in runbook.cases.iter().enumerate() {
        for test in &rule.tests {
            if let Temporal::ClosedBy(near) = test {
                found.push((case, number, near));
            }
            number += usize::from(is_near(test));
        }
    }
    debug_assert_eq!(number, nears(runbook).count());
    found
}

/// Labels by which a closing mail is found: those of the test, else of the incident, and the sender (R21).
pub(super) fn closing_labels(runbook: &crate::runbook::Runbook, near: &Near) -> Vec<String> {
    let same = if near.same.is_empty() { &runbook.group_by } else { &near.same };
    same.iter().cloned().chain([SENDER.to_owned()]).collect()
}
