//! Incidents: events with the same group-by labels that belong together, and where one ends (R21, R25, R26, R28).

use super::super::correlate::Verdict;
use super::super::row::MailKey;
use super::Input;
use super::book::Book;
use super::index::Column;
use super::temporal::{closers, closing_labels, covered, is_straggler, places};
use super::units::Units;
use crate::mail::{Time, name};
use crate::runbook::case::Temporal;
use crate::runbook::set::BookId;
use crate::runbook::{Call, Runbook};
use std::collections::HashMap;
use std::rc::Rc;

/// The longest gap within an incident where the runbook groups mail but names no gap, in seconds: a day.
const DEFAULT_GAP: i64 = 24 * 3600;

/// An incident, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Base name of its first message, as shown to people (R29).
    pub id: String,
    /// The runbook; `None`: undocumented or unreadable.
    pub book: Option<BookId>,
    /// The group-by labels with their values; `None`: it has none ("host unknown").
    pub key: Vec<(String, Option<String>)>,
    /// Its rows, copies among them, oldest first.
    pub members: Vec<usize>,
    /// Its first message.
    pub first: Time,
    /// Its last.
    pub last: Time,
    /// Its messages, copies counted once, expunged ones among them.
    pub count: usize,
    /// Those that another program expunged.
    pub gone: usize,
    /// Seconds between two messages on average, where there are two.
    pub rhythm: Option<i64>,
    /// The row that gives it its call: the most urgent, then the earlier case, then the later mail (R25).
    pub lead: usize,
    /// Its call.
    pub call: Call,
    /// Its case.
    pub case: Option<String>,
    /// Its headline.
    pub headline: String,
    /// Whether the call is known.
    pub known: bool,
    /// When any member's verdict may change by itself.
    pub until: Option<Time>,
    /// When the next mail is due.
    pub due: Option<Time>,
    /// The earliest time limit that a member gives.
    pub deadline: Option<Time>,
    /// When the operator said that it was resolved (R26).
    pub resolved: Option<Time>,
}

/// Whether an incident needs a person (R28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Somebody must look.
    You,
    /// It did, is past the horizon, and was never handled.
    Past,
    /// No.
    No,
}

/// Whether an incident needs a person now: it has a member with page, act or decide that is not `handled` (done, ignored,
/// snoozed or trashed), and its last mail is not older than `horizon` seconds.
pub fn need(
    incident: &Incident,
    verdicts: &[Verdict],
    handled: impl Fn(usize) -> bool,
    now: Time,
    horizon: i64,
) -> Need {
    let asks = |row: &usize| verdicts.get(*row).is_some_and(|verdict| verdict.call >= Call::Decide) && !handled(*row);
    if !incident.members.iter().any(asks) {
        Need::No
    } else if now.0.saturating_sub(incident.last.0) <= horizon {
        Need::You
    } else {
        Need::Past
    }
}

/// Whether an ignore, snooze or done that was said at a call no longer holds, because the call is more urgent now (R27).
pub fn lapsed(then: Call, now: Call) -> bool {
    now > then
}

/// An incident within one runbook.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Its events, in order.
    pub(super) events: Vec<u32>,
    /// Index into [`Incidents::groups`]; `None` where it stands alone.
    pub(super) group: Option<usize>,
    /// When it was resolved.
    pub(super) resolved: Option<Time>,
}

/// All events with the same group-by labels.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) events: Vec<u32>,
    /// When problems of it were resolved, in order.
    resolves: Vec<Resolved>,
}

#[derive(Debug)]
struct Resolved {
    at: Time,
    /// The message that it is about.
    event: usize,
    /// The incident that it ended.
    ended: Option<usize>,
}

/// The incidents of one runbook.
#[derive(Debug)]
pub(super) struct Incidents {
    pub(super) all: Vec<Part>,
    pub(super) groups: Vec<Group>,
    of_event: Vec<usize>,
    /// For each test that closes, by its number: the closing mail of each event.
    closers: HashMap<usize, Vec<Option<u32>>>,
}

impl Incidents {
    /// The index of an event's incident.
    pub(super) fn of(&self, event: usize) -> usize {
        self.of_event.get(event).copied().unwrap_or(usize::MAX)
    }

    pub(super) fn part(&self, event: usize) -> Option<&Part> {
        self.all.get(self.of(event))
    }

    /// The events of an event's incident.
    pub(super) fn beside(&self, event: usize) -> &[u32] {
        self.part(event).map_or(&[], |part| &part.events)
    }

    /// The last time before `at` that a problem with the same labels was resolved.
    pub(super) fn resolved_before(&self, event: usize, at: Time) -> Option<Time> {
        self.groups.get(self.part(event)?.group?)?.resolved_before(at).map(|resolved| resolved.at)
    }

    /// The mail that closes an event by this test.
    pub(super) fn closer(&self, number: usize, event: usize) -> Option<u32> {
        self.closers.get(&number)?.get(event).copied().flatten()
    }
}

impl Group {
    fn resolved_before(&self, at: Time) -> Option<&Resolved> {
        let after = self.resolves.partition_point(|resolved| resolved.at < at);
        after.checked_sub(1).and_then(|index| self.resolves.get(index))
    }
}

/// Splits the events of a runbook into incidents.
pub(super) fn split(input: &Input<'_>, units: &Units<'_>, book: &mut Book<'_>) -> Incidents {
    let runbook = book.runbook;
    let column = book.column(&runbook.group_by);
    let mut incidents = Incidents {
        all: Vec::new(),
        groups: groups(book, &column),
        of_event: vec![usize::MAX; book.events.len()],
        closers: find_closers(book),
    };
    // One incident a mail of people: they write threads, not ticks.
    for event in (0..book.events.len()).filter(|&event| alone(book, event)) {
        put(&mut incidents.of_event, event, incidents.all.len());
        incidents.all.push(Part { events: vec![number(event)], ..Part::default() });
    }
    let closed_at = closed_at(book, &incidents);
    let mut groups = std::mem::take(&mut incidents.groups);
    tell_resolves(input, units, book, &mut groups);
    for (index, group) in groups.iter_mut().enumerate() {
        walk(input, units, book, &mut incidents, index, group, &closed_at);
    }
    incidents.groups = groups;
    incidents
}

fn number(event: usize) -> u32 {
    u32::try_from(event).unwrap_or(u32::MAX)
}

fn put<T>(slots: &mut [T], index: usize, value: T) {
    if let Some(slot) = slots.get_mut(index) {
        *slot = value;
    }
}

/// Whether an event never shares an incident: people's mail, and what is no alert.
fn alone(book: &Book<'_>, event: usize) -> bool {
    book.runbook.human || book.events.get(event).is_none_or(|event| !event.counts)
}

fn groups(book: &Book<'_>, column: &Rc<Column>) -> Vec<Group> {
    let mut of_key: HashMap<u32, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (event, key) in column.grouped.iter().enumerate().filter(|(event, _)| !alone(book, *event)) {
        let index = *of_key.entry(*key).or_insert(groups.len());
        if index == groups.len() {
            groups.push(Group::default());
        }
        if let Some(group) = groups.get_mut(index) {
            group.events.push(number(event));
        }
    }
    groups
}

/// For each test that closes: the first strictly later mail that closes each event that its case speaks of (R21).
fn find_closers(book: &mut Book<'_>) -> HashMap<usize, Vec<Option<u32>>> {
    let runbook = book.runbook;
    let mut found = HashMap::new();
    for (case, number, near) in closers(runbook) {
        let picked = book.nears(near, number);
        let finder = book.finder(&closing_labels(runbook, near), &picked);
        let closer = |(index, event): (usize, &super::book::Event<'_>)| {
            if !Book::speaks_of(event, case) {
                return None;
            }
            let at = book.time(index).0;
            let end = near.within.map_or(i64::MAX, |within| at.saturating_add(within));
            finder.same(index, at.saturating_add(1), end).first().copied()
        };
        let all: Vec<Option<u32>> = book.events.iter().enumerate().map(closer).collect();
        found.insert(number, all);
    }
    found
}

/// For each event that can be closed at all: when it was.
fn closed_at(book: &Book<'_>, incidents: &Incidents) -> Vec<Option<Option<Time>>> {
    let tests = closers(book.runbook);
    let of = |(index, event): (usize, &super::book::Event<'_>)| {
        let mut own = tests.iter().filter(|(case, ..)| Book::speaks_of(event, *case)).peekable();
        own.peek()?;
        let closed = own.filter_map(|(_, number, _)| incidents.closer(*number, index));
        Some(closed.map(|closer| book.time(closer as usize)).min())
    };
    book.events.iter().enumerate().map(of).collect()
}

/// Gives each group the times at which a problem of it was resolved.
fn tell_resolves(input: &Input<'_>, units: &Units<'_>, book: &Book<'_>, groups: &mut [Group]) {
    let told = || {
        let known = |resolve: &&super::Resolve| input.exists(resolve.recorded) && resolve.recorded <= input.now;
        input.register.resolves.iter().filter(known)
    };
    if told().next().is_none() {
        return;
    }
    let by_place = places(units, book);
    let mut of_event: HashMap<u32, usize> = HashMap::new();
    for (index, group) in groups.iter().enumerate() {
        of_event.extend(group.events.iter().map(|event| (*event, index)));
    }
    for resolve in told() {
        let Some(event) = by_place.find(&resolve.about) else { continue };
        let group = of_event.get(&number(event)).and_then(|index| groups.get_mut(*index));
        if let Some(group) = group {
            group.resolves.push(Resolved { at: resolve.at, event, ended: None });
        }
    }
    groups.iter_mut().for_each(|group| group.resolves.sort_by_key(|resolved| (resolved.at, resolved.event)));
}

/// The longest gap between two events of one incident; `None`: they never share one.
fn gap(book: &Book<'_>, before: usize, after: usize) -> Option<i64> {
    let of = |event: usize| {
        let kind = book.events.get(event)?.hit.kind;
        book.runbook.kinds.get(usize::from(kind))?.gap
    };
    let default = (!book.runbook.group_by.is_empty()).then_some(DEFAULT_GAP);
    match (of(before), of(after)) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (Some(only), None) | (None, Some(only)) => default.map(|default| default.max(only)),
        (None, None) => default,
    }
}

/// Splits one group: first by gap and closing mail, then by what was resolved.
fn walk(
    input: &Input<'_>,
    units: &Units<'_>,
    book: &Book<'_>,
    incidents: &mut Incidents,
    index: usize,
    group: &mut Group,
    closed_at: &[Option<Option<Time>>],
) {
    let base = bases(units, book, &group.events, closed_at);
    // A resolve is about the incident that holds its message: by gap and closing mail alone, so that it can be set to a
    // time before that message.
    let base_of = |event: usize| {
        let place = group.events.partition_point(|other| (*other as usize) < event);
        base.get(place).copied()
    };
    let about: Vec<Option<usize>> = group.resolves.iter().map(|resolved| base_of(resolved.event)).collect();
    let mut current: Option<(usize, usize)> = None;
    let mut last_of_base: HashMap<usize, usize> = HashMap::new();
    let mut passed = 0;
    for (&event, &base) in group.events.iter().zip(&base) {
        let at = book.time(event as usize);
        while let Some(resolved) = group.resolves.get_mut(passed).filter(|resolved| resolved.at < at) {
            let ended = about.get(passed).copied().flatten().and_then(|base| last_of_base.get(&base)).copied();
            end(incidents, resolved, ended);
            passed += 1;
        }
        if let Some(old) = passed.checked_sub(1).and_then(|last| group.resolves.get(last))
            && let Some(ended) = old.ended
            && straggles(input, units, book, event as usize, old.at)
        {
            join(incidents, ended, event);
            continue;
        }
        let stays = current
            .filter(|(of, part)| *of == base && incidents.all.get(*part).is_some_and(|part| part.resolved.is_none()));
        let part = match stays {
            Some((_, part)) => part,
            None => {
                incidents.all.push(Part { group: Some(index), ..Part::default() });
                incidents.all.len() - 1
            }
        };
        join(incidents, part, event);
        current = Some((base, part));
        last_of_base.insert(base, part);
    }
    for (resolved, about) in group.resolves.iter_mut().zip(about).skip(passed) {
        let ended = about.and_then(|base| last_of_base.get(&base)).copied();
        end(incidents, resolved, ended);
    }
}

fn end(incidents: &mut Incidents, resolved: &mut Resolved, ended: Option<usize>) {
    resolved.ended = ended;
    if let Some(part) = ended.and_then(|part| incidents.all.get_mut(part)) {
        part.resolved = Some(part.resolved.map_or(resolved.at, |known| known.min(resolved.at)));
    }
}

fn join(incidents: &mut Incidents, part: usize, event: u32) {
    put(&mut incidents.of_event, event as usize, part);
    if let Some(part) = incidents.all.get_mut(part) {
        part.events.push(event);
    }
}

/// For each event of a group the number of its incident by gap and closing mail.
fn bases(units: &Units<'_>, book: &Book<'_>, events: &[u32], closed_at: &[Option<Option<Time>>]) -> Vec<usize> {
    let mut base = 0;
    let mut bases = Vec::with_capacity(events.len());
    let mut previous: Option<usize> = None;
    // When the problems so far were all closed; `None`: one is open, or there is none.
    let mut closed: Option<Time> = None;
    let mut problems = 0;
    for &event in events {
        let event = event as usize;
        let at = book.time(event);
        let own = closed_at.get(event).copied().flatten();
        let far = previous.is_some_and(|previous| {
            gap(book, previous, event).is_none_or(|gap| !bridged(units, book.time(previous), at, gap))
        });
        let after_close = own.is_some() && closed.is_some_and(|closed| closed < at);
        if far || after_close {
            base += 1;
            (closed, problems) = (None, 0);
        }
        if let Some(own) = own {
            // All must be closed, so the latest of their times counts.
            closed = if problems == 0 { own } else { closed.zip(own).map(|(a, b)| a.max(b)) };
            problems += 1;
        }
        bases.push(base);
        previous = Some(event);
    }
    bases
}

/// Whether no gap between two times is longer than this. An unreadable entry between them may be a member that holds
/// them together: mail that cannot be read must not make two small incidents out of a large one.
fn bridged(units: &Units<'_>, from: Time, to: Time, gap: i64) -> bool {
    let mut last = from;
    for time in units.unreadable(from, to) {
        if time.0.saturating_sub(last.0) > gap {
            return false;
        }
        last = *time;
    }
    to.0.saturating_sub(last.0) <= gap
}

/// Whether an event is a straggler of a problem resolved then (R23).
fn straggles(input: &Input<'_>, units: &Units<'_>, book: &Book<'_>, event: usize, resolved: Time) -> bool {
    let Some(own) = book.events.get(event) else { return false };
    let offset = book.unit(units, event).and_then(|unit| unit.offset);
    let at = book.time(event);
    let cases = book.runbook.cases.iter().enumerate().filter(|(case, _)| Book::speaks_of(own, *case));
    cases.flat_map(|(_, case)| &case.tests).any(|test| match test {
        Temporal::AfterResolved { covers, hour } => {
            is_straggler(at, covered(input, offset, at, *covers, *hour), resolved)
        }
        _ => false,
    })
}

/// The list of incidents in the making.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    input: Input<'a>,
    units: &'a Units<'a>,
    /// By unit.
    of_unit: Vec<Option<u32>>,
    drafts: Vec<Draft>,
}

#[derive(Debug, Default)]
struct Draft {
    book: Option<BookId>,
    key: Vec<(String, Option<String>)>,
    first: Option<(Time, MailKey)>,
    last: Time,
    count: usize,
    gone: usize,
    resolved: Option<Time>,
    members: Vec<usize>,
}

impl Draft {
    fn take(&mut self, at: Time, key: &MailKey) {
        if self.first.as_ref().is_none_or(|(first, _)| at < *first) {
            self.first = Some((at, key.clone()));
        }
        self.last = if self.count == 0 { at } else { self.last.max(at) };
        self.count += 1;
    }
}

impl<'a> Listing<'a> {
    pub(super) fn new(input: &Input<'a>, units: &'a Units<'a>) -> Listing<'a> {
        Listing { input: *input, units, of_unit: vec![None; units.all.len()], drafts: Vec::new() }
    }

    /// Takes in the incidents of a runbook that hold a row.
    pub(super) fn take(&mut self, book: &Book<'_>, incidents: &Incidents) {
        for part in &incidents.all {
            let mut draft = Draft { book: Some(book.id), resolved: part.resolved, ..Draft::default() };
            let number = u32::try_from(self.drafts.len()).ok();
            let own =
                part.events.iter().filter_map(|event| book.events.get(*event as usize)).filter(|event| event.primary);
            for event in own {
                let Some(unit) = self.units.all.get(event.unit) else { continue };
                if draft.count == 0 {
                    let values = |name: &String| {
                        let own = event.labels.iter().filter(|label| label.name == *name);
                        own.map(|label| label.value.as_str()).collect::<Vec<&str>>()
                    };
                    let pair = |name: &String| {
                        let values = values(name);
                        (name.clone(), (!values.is_empty()).then(|| values.join(", ")))
                    };
                    draft.key = book.runbook.group_by.iter().map(pair).collect();
                }
                draft.take(unit.at, unit.key);
                draft.gone += usize::from(unit.row.is_none());
                put(&mut self.of_unit, event.unit, number);
            }
            // Where nothing lies any more there is nothing to show; it counted all the same.
            if draft.count > 0 {
                self.drafts.push(draft);
            }
        }
    }

    /// All incidents, newest mail first, and the incident of each row.
    pub(super) fn finish(mut self, verdicts: &[Verdict]) -> (Vec<Incident>, Vec<Option<u32>>) {
        let mut of_row: Vec<Option<u32>> = vec![None; self.input.rows.len()];
        for (index, row) in self.input.rows.iter().enumerate() {
            if !self.input.exists(row.received) {
                continue;
            }
            let unit = self.units.index_of_row(index);
            let known = unit.and_then(|unit| self.of_unit.get(unit).copied().flatten());
            let number = known.unwrap_or_else(|| {
                // What no runbook claims stands alone, with its copies.
                let number = u32::try_from(self.drafts.len()).unwrap_or(u32::MAX);
                let mut draft = Draft { book: row.book(), ..Draft::default() };
                let (at, key) =
                    unit.and_then(|unit| self.units.all.get(unit)).map_or((row.at, &row.key), |u| (u.at, u.key));
                draft.take(at, key);
                self.drafts.push(draft);
                if let Some(unit) = unit {
                    put(&mut self.of_unit, unit, Some(number));
                }
                number
            });
            put(&mut of_row, index, Some(number));
            if let Some(draft) = self.drafts.get_mut(number as usize) {
                draft.members.push(index);
            }
        }
        let books = self.input.books;
        let rows = self.input.rows;
        let mut made: Vec<(usize, Incident)> = Vec::with_capacity(self.drafts.len());
        for (number, mut draft) in self.drafts.into_iter().enumerate() {
            draft.members.sort_by(|a, b| {
                let order = |row: &usize| rows.get(*row).map(|row| (row.at, row.received, row.digest, &row.key));
                order(a).cmp(&order(b))
            });
            let runbook = draft.book.and_then(|book| books.get(book));
            if let Some(incident) = incident(draft, runbook, verdicts) {
                made.push((number, incident));
            }
        }
        made.sort_by(|(_, a), (_, b)| (b.last, b.first, &b.id).cmp(&(a.last, a.first, &a.id)));
        let mut place: HashMap<usize, u32> = HashMap::with_capacity(made.len());
        for (new, (old, _)) in made.iter().enumerate() {
            place.insert(*old, u32::try_from(new).unwrap_or(u32::MAX));
        }
        for slot in &mut of_row {
            *slot = slot.and_then(|old| place.get(&(old as usize)).copied());
        }
        (made.into_iter().map(|(_, incident)| incident).collect(), of_row)
    }
}

fn incident(draft: Draft, runbook: Option<&Runbook>, verdicts: &[Verdict]) -> Option<Incident> {
    let place = |verdict: &Verdict| {
        let case = verdict.case.as_ref()?;
        runbook?.cases.iter().position(|known| known.id == *case)
    };
    let own = || draft.members.iter().filter_map(|row| Some((*row, verdicts.get(*row)?)));
    // Members stand in order of time, and the last of equals is taken.
    let (lead, verdict) = own().max_by_key(|(_, verdict)| {
        let case = place(verdict).unwrap_or(usize::MAX);
        (verdict.call, std::cmp::Reverse(case))
    })?;
    let (first, key) = draft.first?;
    let spread = draft.last.0.saturating_sub(first.0);
    let gaps = i64::try_from(draft.count.saturating_sub(1)).unwrap_or(i64::MAX);
    Some(Incident {
        id: name::shown(&key.base),
        book: draft.book,
        key: draft.key,
        first,
        last: draft.last,
        count: draft.count,
        gone: draft.gone,
        rhythm: spread.checked_div(gaps),
        lead,
        call: verdict.call,
        case: verdict.case.clone(),
        headline: verdict.headline.clone(),
        known: verdict.known,
        until: own().filter_map(|(_, verdict)| verdict.until).min(),
        due: own().filter_map(|(_, verdict)| verdict.due).min(),
        deadline: own().filter_map(|(_, verdict)| verdict.deadline).min(),
        resolved: draft.resolved,
        members: draft.members,
    })
}
