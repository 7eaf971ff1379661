//! The tests of a runbook's cases: those about a message here, those about its incident in [`super::counting`].

use super::Input;
use super::book::Book;
use super::course::{Course, Doubt, absence};
use super::deadline::deadline;
use super::index::{Finder, NONE, SENDER};
use super::plan::{Plan, Planned};
use super::register::Told;
use super::units::{Source, Units};
use crate::mail::Time;
use crate::runbook::Runbook;
use crate::runbook::case::{Near, Temporal};
use crate::runbook::labels::Label;
use crate::runbook::set::BookId;
use crate::triage::verdict::Value;
use std::collections::HashMap;

/// How many candidates that may or may not match are looked at before "there is one" is enough.
pub(super) const CAP: usize = 64;

/// All that the tests of a runbook depend on, but for its events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'e> {
    pub(super) input: &'e Input<'e>,
    pub(super) units: &'e Units,
    pub(super) plan: &'e Plan,
    pub(super) runbook: &'e Runbook,
    pub(super) id: BookId,
    pub(super) told: &'e Told,
    /// The units that claims are about, in their order.
    pub(super) claims: &'e [Option<u32>],
}

/// Answers the tests of a runbook for its events.
#[derive(Debug)]
pub(super) struct Asker<'e> {
    pub(super) asked: Asked<'e>,
    pub(super) book: &'e Book,
    /// What somebody took on.
    claimed: Option<Claimed<'e>>,
    /// The part that was asked about last, and the values of its tests so far, by their number and the labels compared.
    part: u32,
    of_part: Vec<Vec<(u32, Course<'e>)>>,
    /// Rates of streams that are not resolved, by finder and labels.
    pub(super) rates: HashMap<(usize, u32), Course<'e>>,
}

/// On which side of a message another is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    After,
    NotAfter,
    Before,
    NotBefore,
}

impl<'e> Asker<'e> {
    pub(super) fn new(asked: Asked<'e>, book: &'e Book) -> Asker<'e> {
        let claimed = asked.plan.claims.then(|| claimed(&asked, book));
        let of_part = vec![Vec::new(); asked.plan.of_parts];
        Asker { asked, book, claimed, part: NONE, of_part, rates: HashMap::new() }
    }

    /// The course of a test of a case for an event.
    pub(super) fn course(&mut self, test: &'e Temporal, planned: &'e Planned, case: usize, event: u32) -> Course<'e> {
        let at = self.book.time(event);
        match test {
            Temporal::FollowedBy(near) => self.near(planned, near, Side::After, event),
            Temporal::NotFollowedBy(near) => self.near(planned, near, Side::NotAfter, event),
            Temporal::PrecededBy(near) => self.near(planned, near, Side::Before, event),
            Temporal::NotPrecededBy(near) => self.near(planned, near, Side::NotBefore, event),
            Temporal::Claimed => Course::of_bool(self.claim(event).is_some()),
            Temporal::Lacks(label) => {
                let place = self.book.events.get(event as usize).map_or(0, |event| event.place);
                let source = self.book.source(self.asked.input, self.asked.units, event);
                let has = |source: Source<'_>| source.labels(place).iter().any(|found| found.name == *label);
                Course::of_bool(source.is_some_and(|source| !has(source)))
            }
            Temporal::UnclaimedFor(time) => self.unclaimed(event, *time),
            Temporal::Deadline { label, before } => match self.book.limit(self.asked.plan, event, planned.number) {
                None => Course::doubtful(Doubt::NoTime(label)),
                Some(limit) => {
                    let from = Time(limit.0.saturating_sub(before.unwrap_or(0)));
                    if self.asked.input.now >= from {
                        Course::fixed(Value::True)
                    } else {
                        Course { window: Some((from, from)), ..Course::open_until(from, Value::True) }
                    }
                }
            },
            Temporal::Switch { name, is } => Course::of_bool(self.asked.told.switch(name, at) == is),
            Temporal::Expected(name) => Course::of_bool(self.asked.told.expected(name, at)),
            Temporal::AfterResolved { covers, hour } => {
                let resolved = self.resolved_before(event, at);
                let offset = self.asked.units.get(self.book.unit(event)).and_then(|unit| unit.offset);
                let straggles =
                    |resolved| is_straggler(at, covered(self.asked.input, offset, at, *covers, *hour), resolved);
                Course::of_bool(resolved.is_some_and(straggles))
            }
            Temporal::ClosedBy(_)
            | Temporal::QuietFor(_)
            | Temporal::Repeats { .. }
            | Temporal::Sets { .. }
            | Temporal::Rate { .. } => self.of_incident(test, planned, case, event),
        }
    }

    /// The value of a test about the incident: the same for all its events with the same labels.
    fn of_incident(&mut self, test: &'e Temporal, planned: &'e Planned, case: usize, event: u32) -> Course<'e> {
        let part = self.book.part_of.get(event as usize).copied().unwrap_or(NONE);
        if part != self.part {
            self.of_part.iter_mut().for_each(Vec::clear);
            self.part = part;
        }
        let key = self.book.facts.columns.get(planned.column).map_or(NONE, |column| column.exact(event));
        let known = self.of_part.get(planned.number).and_then(|all| all.iter().find(|(known, _)| *known == key));
        if let Some((_, course)) = known {
            return *course;
        }
        let course = self.work_out(test, planned, case, part, key);
        if let Some(all) = self.of_part.get_mut(planned.number) {
            all.push((key, course));
        }
        course
    }

    /// The last time before `at` that a problem with the same labels was resolved.
    pub(super) fn resolved_before(&self, event: u32, at: Time) -> Option<Time> {
        self.book.groups.get(self.book.part(event)?.group as usize)?.resolved_before(at)
    }

    /// Up to when the mailbox around an event is known to be complete.
    pub(super) fn fresh(&self, event: u32) -> Time {
        self.asked.units.fresh(self.asked.input, self.book.unit(event))
    }

    /// Followed by, not followed by, preceded by (R4, R8, R10).
    fn near(&mut self, planned: &Planned, near: &Near, side: Side, event: u32) -> Course<'e> {
        let (book, asked) = (self.book, self.asked);
        let Some(finder) = book.finders.get(planned.finder) else { return Course::fixed(Value::False) };
        let at = book.time(event).0;
        let (before, after) = match side {
            _ if near.either => (true, true),
            Side::Before | Side::NotBefore => (true, false),
            Side::After | Side::NotAfter => (false, true),
        };
        let start = if before { near.within.map_or(i64::MIN, |within| at.saturating_sub(within)) } else { at };
        let end = if after { near.within.map_or(i64::MAX, |within| at.saturating_add(within)) } else { at };
        let others = finder.same(&book.facts.stream(asked.units), event, start, end);
        let mut found = others.iter().copied().filter(|&other| other != event);
        let found = if matches!(side, Side::Before | Side::NotBefore) { found.next_back() } else { found.next() };
        let course = match found {
            Some(other) => Course::shown_by(other),
            None => {
                let possible = self.possible(finder, event, (start, end));
                let limitless = near.within.is_none() && after;
                let possible = possible.or(limitless.then_some(Doubt::NoLimit));
                // "At any time before" reaches back as far as the mailbox does.
                let from = (start > i64::MIN).then_some(Time(start));
                let fresh = self.fresh(event);
                let course = absence(asked.input, asked.units, fresh, (from, Time(end)), possible, Value::False);
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
    pub(super) fn claim(&self, event: u32) -> Option<(Time, &'e str)> {
        let unit = self.book.unit(event);
        let part = self.book.part_of.get(event as usize).copied().unwrap_or(NONE);
        // Of several claims the last one is the word that counts.
        let claimed = self
            .claimed
            .as_ref()
            .and_then(|claimed| claimed.units.get(&unit).copied().max(claimed.parts.get(&part).copied()));
        let id = || self.book.source(self.asked.input, self.asked.units, event)?.message_id();
        claimed.or_else(|| self.asked.told.answer(id))
    }

    /// R24.
    fn unclaimed(&self, event: u32, time: i64) -> Course<'e> {
        let input = self.asked.input;
        let Some(unit) = self.asked.units.get(self.book.unit(event)) else { return Course::fixed(Value::False) };
        if self.claim(event).is_some() {
            return Course::fixed(Value::False);
        }
        let due = Time(unit.at.0.saturating_add(time));
        if input.now < due {
            return Course { window: Some((due, due)), ..Course::open_until(due, Value::True) };
        }
        // A reply would lie in the sent folder: that nobody replied needs proof, that nobody told us does not.
        match input.register.sent {
            None => Course::fixed(Value::True),
            Some(sent) if sent.since.is_none_or(|since| since > unit.at) => Course::doubtful(Doubt::NoHistory),
            Some(sent) => {
                let settled = Time(due.0.saturating_add(input.grace));
                if sent.fresh >= settled {
                    Course::fixed(Value::True)
                } else if input.now < settled {
                    Course::open_until(settled, Value::True)
                } else {
                    Course::doubtful(Doubt::StaleSent(sent.fresh))
                }
            }
        }
    }

    /// A candidate in the window that neither matches nor can be left out (R8, R10).
    pub(super) fn possible(&self, finder: &Finder, event: u32, (from, to): (i64, i64)) -> Option<Doubt<'e>> {
        let stream = self.book.facts.stream(self.asked.units);
        let found = finder.possible(&stream, &self.asked.units.hosts, event, (from, to), 1, |_| true);
        if let Some(&other) = found.first() {
            return Some(self.doubt_about(finder, event, other));
        }
        match self.asked.units.unreadable(Time(from), Time(to)).len() {
            0 => None,
            count => Some(Doubt::Unreadable(count)),
        }
    }

    /// Why two events cannot be told apart: the label that one of them lacks.
    pub(super) fn doubt_about(&self, finder: &Finder, event: u32, other: u32) -> Doubt<'e> {
        let column = self.book.facts.columns.get(finder.lookup.column);
        for event in [event, other] {
            let missing = column.and_then(|column| column.missing(event));
            if let Some(label) = missing.and_then(|name| self.asked.plan.names.get(name)) {
                return Doubt::NoLabel(label, self.book.unit(event));
            }
        }
        Doubt::Ambiguous(self.book.unit(other))
    }
}

/// What somebody took on: since when, and who.
#[derive(Debug, Default)]
struct Claimed<'e> {
    units: HashMap<u32, (Time, &'e str)>,
    parts: HashMap<u32, (Time, &'e str)>,
}

/// What somebody took on: messages by themselves, and incidents as they are now (R29).
fn claimed<'e>(asked: &Asked<'e>, book: &Book) -> Claimed<'e> {
    let mut claimed = Claimed::default();
    for (claim, unit) in asked.input.register.claims.iter().zip(asked.claims) {
        let Some(unit) = unit.filter(|_| claim.in_force(asked.input)) else { continue };
        let new = (claim.recorded, claim.by.as_str());
        let known = if !claim.incident {
            claimed.units.entry(unit).or_insert(new)
        } else if let Some(event) = book.event_of(asked.units, unit)
            && let Some(part) = book.part_of.get(event as usize)
        {
            claimed.parts.entry(*part).or_insert(new)
        } else {
            continue;
        };
        *known = (*known).max(new);
    }
    claimed
}

impl super::Claim {
    fn in_force(&self, input: &Input<'_>) -> bool {
        input.exists(self.recorded)
            && self.recorded <= input.now
            && self.released.is_none_or(|released| released > input.now || !input.exists(released))
    }
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

/// Labels by which a closing mail is found: those of the test, else of the incident, and the sender (R21).
pub(super) fn closing_labels(runbook: &crate::runbook::Runbook, near: &Near) -> Vec<String> {
    let same = if near.same.is_empty() { &runbook.group_by } else { &near.same };
    same.iter().cloned().chain([SENDER.to_owned()]).collect()
}
