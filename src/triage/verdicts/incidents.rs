//! Incidents: events with the same group-by labels that belong together, and where one ends (R21, R25, R26, R28).

use super::Input;
use super::book::Book;
use super::engine::Judgment;
use super::index::NONE;
use super::temporal::Asked;
use super::temporal::{covered, is_straggler};
use super::units::{Source, Units};
use crate::mail::{Time, name};
use crate::runbook::case::Temporal;
use crate::runbook::set::BookId;
use crate::runbook::{Call, Runbooks};
use crate::triage::Verdict;
use std::collections::HashMap;

/// The longest gap within an incident where the runbook groups mail but names no gap, in seconds: a day.
const DEFAULT_GAP: i64 = 24 * 3600;

/// An incident, as a list shows it. Its headline is that of its [`Incident::lead`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its first message.
    pub begin: Begin,
    /// The runbook; `None`: undocumented or unreadable.
    pub book: Option<BookId>,
    /// Whether that runbook works it out; what is no alert stands by itself.
    pub worked_out: bool,
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
    /// Its case, as an index into those of its runbook.
    pub case: Option<u16>,
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
    /// The row of the mail that closed it, where all that can be closed has been (R21).
    pub closed: Option<usize>,
}

/// Where the first message of an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// The index of its row.
    Row(usize),
    /// It was expunged: the index of its tombstone.
    Stone(usize),
}

impl Incident {
    /// Base name of its first message, as shown to people (R29). `input` is that of the last update.
    pub fn id(&self, input: &Input<'_>) -> String {
        self.source(input).map(|source| name::shown(&source.key().base)).unwrap_or_default()
    }

    /// The group-by labels with their values; `None`: it has none ("host unknown"). `input` is that of the last update.
    pub fn key(&self, input: &Input<'_>) -> Vec<(String, Option<String>)> {
        let Some(runbook) = self.book.and_then(|book| input.books.get(book)).filter(|_| self.worked_out) else {
            return Vec::new();
        };
        let labels = self.source(input).map_or(&[][..], |source| source.labels(0));
        let pair = |name: &String| {
            let own = labels.iter().filter(|label| label.name == *name).map(|label| label.value.as_str());
            let values: Vec<&str> = own.collect();
            (name.clone(), (!values.is_empty()).then(|| values.join(", ")))
        };
        runbook.group_by.iter().map(pair).collect()
    }

    fn source<'a>(&self, input: &Input<'a>) -> Option<Source<'a>> {
        match self.begin {
            Begin::Row(row) => input.rows.get(row).map(Source::Row),
            Begin::Stone(stone) => input.tombstones.get(stone).map(|stone| Source::Stone(stone)),
        }
    }

    /// The id of its case.
    pub fn case_id<'b>(&self, books: &'b Runbooks) -> Option<&'b str> {
        books.get(self.book?)?.cases.get(usize::from(self.case?)).map(|case| case.id.as_str())
    }
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
    /// Index of its group; [`NONE`] where it stands alone.
    pub(super) group: u32,
    /// When it was resolved.
    pub(super) resolved: Option<Time>,
    /// When its values may change by themselves.
    pub(super) wake: Option<Time>,
    /// Whether it is among those that wait for a fresher mailbox.
    pub(super) waits: bool,
}

/// Where a part lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) begin: i64,
    pub(super) end: i64,
    pub(super) group: u32,
    /// Whether any of its events lacks a label, or may be from one of several hosts.
    pub(super) unsure: bool,
}

/// Of a part that is not in use.
const NOWHERE: Span = Span { begin: i64::MAX, end: i64::MIN, group: NONE, unsure: false };

/// All events with the same group-by labels.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) events: Vec<u32>,
    /// Its parts.
    pub(super) parts: Vec<u32>,
    /// When problems of it were resolved, in order, each with the event that it is about.
    pub(super) resolves: Vec<(Time, u32)>,
}

impl Group {
    /// The last time before `at` that a problem with the same labels was resolved.
    pub(super) fn resolved_before(&self, at: Time) -> Option<Time> {
        let after = self.resolves.partition_point(|(resolved, _)| *resolved < at);
        after.checked_sub(1).and_then(|index| self.resolves.get(index)).map(|(resolved, _)| *resolved)
    }
}

/// A part in the making.
#[derive(Debug, Default)]
struct Draft {
    events: Vec<u32>,
    resolved: Option<Time>,
}

/// Splits all events of a runbook into incidents.
pub(super) fn split_all(asked: &Asked<'_>, book: &mut Book) {
    // One incident a mail of people: they write threads, not ticks.
    for place in 0..book.order.len() {
        let Some(&event) = book.order.get(place) else { continue };
        if book.shape(event).is_none_or(|shape| shape.alone) {
            let part = put_part(book, None, Draft { events: vec![event], resolved: None }, NONE);
            book.dirty.push(part);
        }
    }
    tell_resolves(asked, book);
    for group in 0..u32::try_from(book.groups.len()).unwrap_or(NONE) {
        split(asked, book, group);
    }
}

/// Splits all groups again after something was told.
pub(super) fn split_told(asked: &Asked<'_>, book: &mut Book) {
    if !book.retold {
        return;
    }
    book.retold = false;
    tell_resolves(asked, book);
    for group in 0..u32::try_from(book.groups.len()).unwrap_or(NONE) {
        split(asked, book, group);
    }
    let parts = 0..u32::try_from(book.parts.len()).unwrap_or(NONE);
    book.dirty.extend(parts);
}

/// Takes in an event that stands alone.
pub(super) fn stand_alone(book: &mut Book, event: u32) {
    let part = put_part(book, None, Draft { events: vec![event], resolved: None }, NONE);
    book.dirty.push(part);
}

/// Gives each group the times at which a problem of it was resolved.
fn tell_resolves(asked: &Asked<'_>, book: &mut Book) {
    for place in 0..book.resolves.len() {
        let Some(&(at, event)) = book.resolves.get(place) else { continue };
        let group = book.group_of(asked.plan, event).and_then(|group| book.groups.get_mut(group as usize));
        if let Some(group) = group {
            group.resolves.push((at, event));
        }
    }
    if !book.resolves.is_empty() {
        let stream = book.facts.stream(asked.units);
        for group in &mut book.groups {
            group.resolves.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| stream.compare(a.1, b.1)));
        }
    }
}

/// Splits a group anew. What stays as it was is not worked out again.
pub(super) fn split(asked: &Asked<'_>, book: &mut Book, index: u32) {
    let Some(group) = book.groups.get_mut(index as usize) else { return };
    let group = std::mem::take(group);
    let drafts = walk(asked, book, &group);
    let mut before = group.parts.iter().copied();
    let mut parts = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let old = before.next();
        let same = old
            .and_then(|old| book.parts.get(old as usize))
            .is_some_and(|old| old.resolved == draft.resolved && old.events == draft.events);
        match old.filter(|_| same) {
            Some(old) => parts.push(old),
            None => {
                let part = put_part(book, old, draft, index);
                book.dirty.push(part);
                parts.push(part);
            }
        }
    }
    for old in before {
        clear_part(book, old);
    }
    if let Some(slot) = book.groups.get_mut(index as usize) {
        *slot = Group { parts, ..group };
    }
}

fn clear_part(book: &mut Book, part: u32) {
    if let Some(slot) = book.parts.get_mut(part as usize) {
        *slot = Part::default();
    }
    if let Some(slot) = book.spans.get_mut(part as usize) {
        *slot = NOWHERE;
    }
    if let Some(slot) = book.incidents.get_mut(part as usize) {
        *slot = None;
    }
    book.worked.push((part, true));
    book.free.push(part);
}

fn put_part(book: &mut Book, old: Option<u32>, draft: Draft, group: u32) -> u32 {
    let index = old.or_else(|| book.free.pop()).unwrap_or_else(|| {
        book.parts.push(Part::default());
        book.spans.push(NOWHERE);
        u32::try_from(book.parts.len() - 1).unwrap_or(NONE)
    });
    let mut unsure = false;
    for &event in &draft.events {
        unsure |= !book.is_sure(event);
        if let Some(slot) = book.part_of.get_mut(event as usize) {
            *slot = index;
        }
    }
    let time = |event: Option<&u32>| event.map_or(0, |event| book.time(*event).0);
    let span = Span { begin: time(draft.events.first()), end: time(draft.events.last()), group, unsure };
    if let Some(slot) = book.spans.get_mut(index as usize) {
        *slot = span;
    }
    if let Some(slot) = book.parts.get_mut(index as usize) {
        *slot = Part { events: draft.events, group, resolved: draft.resolved, wake: None, waits: slot.waits };
    }
    index
}

/// The mail that closed an event first, where it can be closed at all (R21).
pub(super) fn closed_at(asked: &Asked<'_>, book: &Book, event: u32) -> Option<Option<u32>> {
    if asked.plan.closers.is_empty() {
        return None;
    }
    let shape = book.shape(event)?;
    let mut own = asked.plan.closers.iter().enumerate().filter(|(_, closing)| shape.speaks(closing.case)).peekable();
    own.peek()?;
    Some(own.filter_map(|(number, _)| book.closer(number, event)).min_by_key(|closer| book.time(*closer)))
}

/// The longest gap between two events of one incident; `None`: they never share one.
pub(super) fn gap(asked: &Asked<'_>, book: &Book, before: u32, after: u32) -> Option<i64> {
    let of = |event: u32| book.shape(event)?.gap;
    let default = (!asked.runbook.group_by.is_empty()).then_some(DEFAULT_GAP);
    match (of(before), of(after)) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (Some(only), None) | (None, Some(only)) => default.map(|default| default.max(only)),
        (None, None) => default,
    }
}

/// Splits one group: first by gap and closing mail, then by what was resolved.
fn walk(asked: &Asked<'_>, book: &Book, group: &Group) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let base = bases(asked, book, &group.events);
    if group.resolves.is_empty() {
        for (place, event) in group.events.iter().enumerate() {
            let stays = place > 0 && base.get(place) == base.get(place - 1);
            match drafts.last_mut().filter(|_| stays) {
                Some(last) => last.events.push(*event),
                None => drafts.push(Draft { events: vec![*event], resolved: None }),
            }
        }
        return drafts;
    }
    // A resolve is about the incident that holds its message: by gap and closing mail alone, so that it can be set to a
    // time before that message.
    let base_of: HashMap<u32, u32> = group.events.iter().copied().zip(base.iter().copied()).collect();
    let about: Vec<Option<u32>> = group.resolves.iter().map(|(_, event)| base_of.get(event).copied()).collect();
    // For each resolve the incident that it ended.
    let mut ended: Vec<Option<usize>> = vec![None; group.resolves.len()];
    let mut current: Option<(u32, usize)> = None;
    let mut last_of_base: HashMap<u32, usize> = HashMap::new();
    let mut passed = 0;
    for (&event, &base) in group.events.iter().zip(&base) {
        let at = book.time(event);
        while let Some((resolved, _)) = group.resolves.get(passed).filter(|(resolved, _)| *resolved < at) {
            end(&mut drafts, &mut ended, passed, *resolved, about_last(&about, &last_of_base, passed));
            passed += 1;
        }
        if let Some(last) = passed.checked_sub(1)
            && let Some((resolved, _)) = group.resolves.get(last)
            && let Some(draft) = ended.get(last).copied().flatten().and_then(|old| drafts.get_mut(old))
            && straggles(asked, book, event, *resolved)
        {
            draft.events.push(event);
            continue;
        }
        let stays = current
            .filter(|(of, draft)| *of == base && drafts.get(*draft).is_some_and(|draft| draft.resolved.is_none()));
        let draft = match stays {
            Some((_, draft)) => draft,
            None => {
                drafts.push(Draft::default());
                drafts.len() - 1
            }
        };
        if let Some(draft) = drafts.get_mut(draft) {
            draft.events.push(event);
        }
        current = Some((base, draft));
        last_of_base.insert(base, draft);
    }
    for (place, (resolved, _)) in group.resolves.iter().enumerate().skip(passed) {
        end(&mut drafts, &mut ended, place, *resolved, about_last(&about, &last_of_base, place));
    }
    drafts
}

fn about_last(about: &[Option<u32>], last_of_base: &HashMap<u32, usize>, place: usize) -> Option<usize> {
    last_of_base.get(&about.get(place).copied().flatten()?).copied()
}

fn end(drafts: &mut [Draft], ended: &mut [Option<usize>], place: usize, resolved: Time, draft: Option<usize>) {
    if let Some(slot) = ended.get_mut(place) {
        *slot = draft;
    }
    if let Some(draft) = draft.and_then(|draft| drafts.get_mut(draft)) {
        draft.resolved = Some(draft.resolved.map_or(resolved, |known| known.min(resolved)));
    }
}

/// For each event of a group the number of its incident by gap and closing mail.
fn bases(asked: &Asked<'_>, book: &Book, events: &[u32]) -> Vec<u32> {
    let mut base = 0;
    let mut bases = Vec::with_capacity(events.len());
    let mut previous: Option<u32> = None;
    // When the problems so far were all closed; `None`: one is open, or there is none.
    let mut closed: Option<Time> = None;
    let mut problems = 0;
    for &event in events {
        let at = book.time(event);
        let own = closed_at(asked, book, event).map(|closer| closer.map(|closer| book.time(closer)));
        let far = previous.is_some_and(|previous| {
            gap(asked, book, previous, event).is_none_or(|gap| !bridged(asked.units, book.time(previous), at, gap))
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
fn bridged(units: &Units, from: Time, to: Time, gap: i64) -> bool {
    if to.0.saturating_sub(from.0) <= gap {
        return true;
    }
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
fn straggles(asked: &Asked<'_>, book: &Book, event: u32, resolved: Time) -> bool {
    let Some(shape) = book.shape(event) else { return false };
    let offset = asked.units.get(book.unit(event)).and_then(|unit| unit.offset);
    let at = book.time(event);
    let cases = shape.cases.iter().filter_map(|case| asked.runbook.cases.get(usize::from(*case)));
    cases.flat_map(|case| &case.tests).any(|test| match test {
        Temporal::AfterResolved { covers, hour } => {
            is_straggler(at, covered(asked.input, offset, at, *covers, *hour), resolved)
        }
        _ => false,
    })
}

/// What a list shows of an incident of a runbook; `None` where nothing lies there any more, or the runbook only sees it.
pub(super) fn incident(
    asked: &Asked<'_>,
    book: &Book,
    part: &Part,
    judged: &[Judgment],
    closed: Option<u32>,
) -> Option<Incident> {
    let mut made: Option<Incident> = None;
    let mut worst: Option<(Call, std::cmp::Reverse<usize>)> = None;
    for &event in &part.events {
        if book.shape(event).is_none_or(|shape| !shape.primary) {
            continue;
        }
        let unit = book.unit(event);
        let Some(own) = asked.units.get(unit) else { continue };
        let incident = match &mut made {
            Some(incident) => incident,
            None => made.insert(Incident {
                book: Some(asked.id),
                worked_out: true,
                members: Vec::with_capacity(part.events.len()),
                ..begun(own.begin(), own.at, Judgment::default())
            }),
        };
        incident.count += 1;
        incident.last = own.at;
        if own.row == NONE {
            incident.gone += 1;
            continue;
        }
        incident.members.extend(asked.units.rows(unit));
        let judgment = judged.get(event as usize).copied().unwrap_or_default();
        let rank = (judgment.call, std::cmp::Reverse(judgment.case.map_or(usize::MAX, usize::from)));
        if worst.is_none_or(|worst| rank >= worst) {
            worst = Some(rank);
            incident.lead = own.row as usize;
            (incident.call, incident.case, incident.known) = (judgment.call, judgment.case, judgment.known);
        }
        incident.until = earlier(incident.until, judgment.until);
        incident.due = earlier(incident.due, judgment.due);
        incident.deadline = earlier(incident.deadline, judgment.deadline);
    }
    let mut incident = made.filter(|incident| !incident.members.is_empty())?;
    let gaps = i64::try_from(incident.count.saturating_sub(1)).unwrap_or(i64::MAX);
    incident.rhythm = incident.last.0.saturating_sub(incident.first.0).checked_div(gaps);
    incident.resolved = part.resolved;
    incident.closed = closed
        .and_then(|closer| asked.units.get(book.unit(closer)))
        .and_then(|unit| (unit.row != NONE).then_some(unit.row as usize));
    Some(incident)
}

pub(super) fn earlier(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    a.into_iter().chain(b).min()
}

impl Incident {
    /// A row has another index now.
    pub(super) fn renumber(&mut self, from: usize, to: usize) {
        let first = if let Begin::Row(row) = &mut self.begin { Some(row) } else { None };
        let all = self.members.iter_mut().chain([&mut self.lead]).chain(first).chain(&mut self.closed);
        all.filter(|row| **row == from).for_each(|row| *row = to);
    }
}

/// An incident of a single message, or one of which only the first is known so far.
pub(super) fn begun(begin: Begin, at: Time, judgment: Judgment) -> Incident {
    Incident {
        begin,
        book: None,
        worked_out: false,
        members: Vec::new(),
        first: at,
        last: at,
        count: 0,
        gone: 0,
        rhythm: None,
        lead: 0,
        call: judgment.call,
        case: judgment.case,
        known: judgment.known,
        until: judgment.until,
        due: judgment.due,
        deadline: judgment.deadline,
        resolved: None,
        closed: None,
    }
}
