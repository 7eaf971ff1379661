//! Tests about the incident now (R16): repeats, sets, rate, quiet-for, closed-by. All members get the same value.

use super::Input;
use super::book::Book;
use super::course::{Course, Doubt, absence};
use super::incidents::{Incidents, Part};
use super::index::{Column, Finder, NONE, within};
use super::temporal::{CAP, doubt_about, possible};
use super::units::Units;
use crate::mail::Time;
use crate::runbook::case::{Near, Temporal};
use crate::triage::correlate::Value;
use std::collections::HashMap;
use std::rc::Rc;

/// 4 weeks, and the 2 that a baseline needs at least (R20), in seconds.
const BASELINE: i64 = 28 * 24 * 3600;
const BASELINE_LEAST: i64 = 14 * 24 * 3600;
/// How many moments at which a rate might change are looked at.
const MOMENTS: usize = 512;

/// The value of one test for each part of each incident: its events with the same labels.
#[derive(Debug)]
pub(super) struct Results {
    column: Rc<Column>,
    of: HashMap<(usize, u32), Course>,
}

impl Results {
    /// The value for an event.
    pub(super) fn of(&self, incidents: &Incidents, event: usize) -> Course {
        let key = (incidents.of(event), self.column.exact.get(event).copied().unwrap_or(NONE));
        self.of.get(&key).cloned().unwrap_or_else(|| Course::fixed(Value::False))
    }

    /// One value for the whole of each incident.
    fn whole(book: &mut Book<'_>, incidents: &Incidents, value: impl Fn(&Part) -> Option<Course>) -> Results {
        let column = book.column(&[]);
        let of = incidents.all.iter().enumerate().filter_map(|(index, part)| Some(((index, 0), value(part)?)));
        Results { column, of: of.collect() }
    }
}

/// R21: closed where each mail of the incident that can be closed has been.
pub(super) fn closed_by(
    book: &mut Book<'_>,
    incidents: &Incidents,
    case: usize,
    _near: &Near,
    number: usize,
) -> Results {
    let speaks: Vec<bool> = book.events.iter().map(|event| Book::speaks_of(event, case)).collect();
    Results::whole(book, incidents, |part| {
        let mut closer = None;
        for &event in part.events.iter().filter(|event| speaks.get(**event as usize) == Some(&true)) {
            match incidents.closer(number, event as usize) {
                Some(found) => closer = closer.max(Some(found)),
                // No closing mail is an open problem; that needs no proof.
                None => return Some(Course::fixed(Value::False)),
            }
        }
        closer.map(|closer| Course::shown_by(closer as usize))
    })
}

/// R18: nothing with the same group-by labels came for so long after the incident's last mail.
pub(super) fn quiet_for(
    input: &Input<'_>,
    units: &Units<'_>,
    book: &mut Book<'_>,
    incidents: &Incidents,
    time: i64,
) -> Results {
    let all = vec![true; book.events.len()];
    let mut finder = book.finder(&book.runbook.group_by, &all);
    let mut courses = HashMap::new();
    for (index, part) in incidents.all.iter().enumerate() {
        let Some(last) = part.events.iter().map(|event| *event as usize).max() else { continue };
        let at = book.time(last);
        let end = at.0.saturating_add(time);
        let from = at.0.saturating_add(1);
        let group = part.group.and_then(|group| incidents.groups.get(group));
        let next = group.and_then(|group| within(&group.events, &book.at, from, end).first());
        let course = match next {
            Some(_) => Course::fixed(Value::False),
            None => {
                let doubt = if group.is_some() { possible(book, units, &mut finder, last, (from, end)) } else { None };
                let fresh = book.unit(units, last).map_or(Time(i64::MIN), |unit| unit.fresh);
                let course = absence(input, units, fresh, (Some(at), Time(end)), doubt, Value::True);
                Course { window: course.window.map(|(_, end)| (end, end)), ..course }
            }
        };
        courses.insert(index, course);
    }
    let column = book.column(&[]);
    Results { column, of: courses.into_iter().map(|(index, course)| ((index, 0), course)).collect() }
}

/// Repeats, sets, rate: over the mails that the case speaks of, within the incident, with the same labels.
pub(super) fn counted(
    input: &Input<'_>,
    units: &Units<'_>,
    book: &mut Book<'_>,
    incidents: &Incidents,
    case: usize,
    test: &Temporal,
) -> Results {
    let none = Vec::new();
    let same = match test {
        Temporal::Repeats { same, .. } | Temporal::Sets { same, .. } | Temporal::Rate { same, .. } => same,
        _ => &none,
    };
    let stream: Vec<bool> = book.events.iter().map(|event| event.counts && Book::speaks_of(event, case)).collect();
    let in_stream = |event: usize| stream.get(event) == Some(&true);
    // A rate starts again where a problem was resolved (R26).
    let is_rate = matches!(test, Temporal::Rate { .. });
    let over = |event: usize| is_rate && incidents.part(event).is_some_and(|part| part.resolved.is_some());
    let picked: Vec<bool> = (0..stream.len()).map(|event| in_stream(event) && !over(event)).collect();
    let finder = book.finder(same, &picked);
    let column = book.column(same);
    let mut counter = Counter { input, units, book, finder, rates: HashMap::new() };
    let mut of = HashMap::new();
    for (index, part) in incidents.all.iter().enumerate() {
        let mut by_key: HashMap<u32, Vec<usize>> = HashMap::new();
        for event in part.events.iter().map(|event| *event as usize).filter(|event| in_stream(*event)) {
            by_key.entry(column.exact.get(event).copied().unwrap_or(NONE)).or_default().push(event);
        }
        for (key, events) in by_key {
            let course = match test {
                Temporal::Repeats { .. } => counter.repeats(part, key, &events, test),
                Temporal::Sets { .. } => counter.sets(key, &events, test),
                _ => counter.rate(part, key, &events, test),
            };
            of.insert((index, key), course);
        }
    }
    Results { column, of }
}

struct Counter<'c, 'a> {
    input: &'c Input<'a>,
    units: &'c Units<'a>,
    book: &'c Book<'a>,
    finder: Finder,
    /// Rates of streams that are not resolved, by labels.
    rates: HashMap<u32, Course>,
}

/// Mails that may or may not count, and why.
struct Maybes {
    times: Vec<i64>,
    doubt: Option<Doubt>,
    /// Whether there are more than were looked at.
    many: bool,
}

impl Counter<'_, '_> {
    fn times(&self, events: &[usize]) -> Vec<i64> {
        events.iter().map(|&event| self.book.time(event).0).collect()
    }

    /// What may or may not have come between two times beside the events of this part.
    fn maybes(&mut self, event: usize, own: &[usize], from: i64, to: i64) -> Maybes {
        let mut others = self.finder.possible(event, from, to, CAP);
        let mut many = others.len() == CAP;
        others.retain(|other| own.binary_search(&(*other as usize)).is_err());
        let mut doubt = others.first().map(|&other| doubt_about(self.book, &self.finder, event, other as usize));
        let mut times: Vec<i64> = others.iter().map(|&other| self.book.time(other as usize).0).collect();
        let unreadable = self.units.unreadable(Time(from), Time(to));
        if !unreadable.is_empty() {
            doubt = doubt.or(Some(Doubt::Unreadable(unreadable.len())));
            times.extend(unreadable.iter().take(CAP).map(|time| time.0));
            many |= unreadable.len() > CAP;
        }
        times.sort_unstable();
        Maybes { times, doubt, many }
    }

    /// The doubt of a mail that lacks a label, so that it is never "the same" (R8, R25).
    fn nameless(&self, key: u32, event: usize) -> Option<Doubt> {
        (key == NONE).then(|| doubt_about(self.book, &self.finder, event, event))
    }

    /// R17.
    fn repeats(&mut self, part: &Part, key: u32, own: &[usize], test: &Temporal) -> Course {
        let Temporal::Repeats { count, every, slack, within, .. } = test else { return Course::fixed(Value::False) };
        let count = usize::try_from(*count).unwrap_or(usize::MAX);
        let (Some(&first), Some(&last)) = (own.first(), own.last()) else { return Course::fixed(Value::False) };
        let times = self.times(own);
        let anchors: Vec<(i64, bool)> = times.iter().map(|time| (*time, true)).collect();
        // The gap to the next that keeps the row going: from, to.
        let (from, to) = match (every, within) {
            (Some(every), _) => (every.saturating_sub(*slack), every.saturating_add(*slack)),
            (None, within) => (0, within.unwrap_or(0)),
        };
        let holds = |mails: &[(i64, bool)]| match every {
            Some(_) => row(mails, from, to) >= count,
            None => together(mails, to, count),
        };
        if holds(&anchors) {
            return match self.nameless(key, first) {
                Some(doubt) => Course::doubtful(doubt),
                None => Course::shown_by(last),
            };
        }
        let (begin, end) = (self.book.time(first).0, self.book.time(last).0);
        let due_from = end.saturating_add(from);
        let mut due_to = end.saturating_add(to);
        if let Some(resolved) = part.resolved {
            // Later mail starts a new incident: it can no longer make this one true.
            due_to = due_to.min(resolved.0);
        }
        let maybes = self.maybes(last, own, begin.saturating_sub(to), due_to.max(end));
        let mut mails: Vec<(i64, bool)> =
            anchors.iter().copied().chain(maybes.times.iter().map(|time| (*time, false))).collect();
        mails.sort_unstable();
        let window = Some((Time(due_from.max(end)), Time(due_to)));
        let due = every.map(|every| Time(end.saturating_add(every)));
        if let Some(doubt) = maybes.doubt
            && (maybes.many || holds(&mails))
        {
            return Course { window, ..Course::doubtful(doubt) };
        }
        if due_to < due_from {
            return Course::fixed(Value::False);
        }
        let fresh = self.book.unit(self.units, last).map_or(Time(i64::MIN), |unit| unit.fresh);
        let course = absence(self.input, self.units, fresh, (Some(Time(end)), Time(due_to)), None, Value::False);
        if course.now == Value::Open { Course { window, due, ..course } } else { course }
    }

    /// R19.
    fn sets(&mut self, key: u32, own: &[usize], test: &Temporal) -> Course {
        let Temporal::Sets { label, values, per, min, within, .. } = test else {
            return Course::fixed(Value::False);
        };
        let (Some(&first), Some(&last)) = (own.first(), own.last()) else { return Course::fixed(Value::False) };
        let value = |event: usize| {
            let labels = self.book.events.get(event)?.labels;
            let found = labels.iter().find(|found| found.name == *label)?;
            values.iter().position(|value| value.to_lowercase() == found.value.to_lowercase())
        };
        let mut complete: Vec<(i64, i64)> = Vec::new();
        let mut open: Option<(i64, Vec<usize>)> = None;
        let mut unvalued = 0;
        for &event in own {
            let Some(value) = value(event) else {
                unvalued += 1;
                continue;
            };
            let at = self.book.time(event).0;
            match &mut open {
                Some((begin, seen)) if at.saturating_sub(*begin) <= *per && !seen.contains(&value) => seen.push(value),
                _ => open = Some((at, vec![value])),
            }
            if let Some((begin, seen)) = &open
                && seen.len() == values.len()
            {
                complete.push((*begin, at));
                open = None;
            }
        }
        let min = usize::try_from(*min).unwrap_or(usize::MAX).max(1);
        let holds = complete.windows(min).any(|sets| match (sets.first(), sets.last(), within) {
            (Some((begin, _)), Some((_, end)), Some(within)) => end.saturating_sub(*begin) <= *within,
            _ => true,
        });
        let count = Some(complete.len());
        if holds {
            return match self.nameless(key, first) {
                Some(doubt) => Course { count, ..Course::doubtful(doubt) },
                None => Course { count, ..Course::shown_by(last) },
            };
        }
        let (begin, end) = (self.book.time(first).0, self.book.time(last).0);
        let maybes = self.maybes(last, own, begin.saturating_sub(*per), end.saturating_add(*per));
        let more = maybes.times.len() + unvalued;
        let doubt = maybes.doubt.or_else(|| (unvalued > 0).then(|| Doubt::NoLabel(label.clone(), NONE as usize)));
        match doubt {
            // Each of them may complete a set at most.
            Some(doubt) if maybes.many || complete.len() + more >= min => Course { count, ..Course::doubtful(doubt) },
            _ => Course { count, ..Course::fixed(Value::False) },
        }
    }

    /// R20.
    fn rate(&mut self, part: &Part, key: u32, own: &[usize], test: &Temporal) -> Course {
        let Temporal::Rate { above, baseline, within: window, .. } = test else {
            return Course::fixed(Value::False);
        };
        let Some(&last) = own.last() else { return Course::fixed(Value::False) };
        let now = self.input.now.0;
        let begin = now.saturating_sub(*window);
        let rate = |stream: Vec<i64>, maybes: Vec<i64>, doubt| {
            Rate { above: *above, baseline: *baseline, window: *window, stream, maybes, doubt }.course(now)
        };
        // An incident that is past is not about today's rate.
        if self.book.time(last).0 < begin {
            return Course { count: Some(0), ..Course::fixed(Value::False) };
        }
        if part.resolved.is_some() {
            return rate(self.times(own), Vec::new(), None);
        }
        if let Some(known) = self.rates.get(&key).filter(|_| key != NONE) {
            return known.clone();
        }
        let stream: Vec<usize> =
            self.finder.of_key(key, i64::MIN, i64::MAX).iter().map(|event| *event as usize).collect();
        let mut maybes = self.maybes(last, &stream, begin, now);
        if key == NONE {
            maybes.times.extend(self.times(own).into_iter().filter(|time| *time >= begin));
            maybes.times.sort_unstable();
            maybes.doubt = self.nameless(key, last);
        }
        let course = rate(self.times(&stream), maybes.times, maybes.doubt);
        if key != NONE {
            self.rates.insert(key, course.clone());
        }
        course
    }
}

/// The longest row of mails of which each comes `from` to `to` seconds after the one before; of the mails some are
/// certain (`true`), and none of those may lie between two of the row. Only rows with a certain one count.
fn row(mails: &[(i64, bool)], from: i64, to: i64) -> usize {
    // For each mail: the longest row that ends there, and the longest with a certain mail in it (0: none).
    let mut longest: Vec<(usize, usize)> = Vec::with_capacity(mails.len());
    let mut best = 0;
    for (place, &(at, certain)) in mails.iter().enumerate() {
        let (mut any, mut sure) = (1, usize::from(certain));
        for (&(before, was_certain), &(their_any, their_sure)) in mails.iter().zip(&longest).take(place).rev() {
            let gap = at.saturating_sub(before);
            if (from..=to).contains(&gap) {
                any = any.max(their_any + 1);
                let joined = if certain {
                    their_any + 1
                } else if their_sure > 0 {
                    their_sure + 1
                } else {
                    0
                };
                sure = sure.max(joined);
            }
            if was_certain || gap > to {
                break;
            }
        }
        longest.push((any, sure));
        best = best.max(sure);
    }
    best
}

/// Whether `count` mails, one of them certain, come within that time.
fn together(mails: &[(i64, bool)], within: i64, count: usize) -> bool {
    mails.windows(count).any(|some| {
        let (Some((first, _)), Some((last, _))) = (some.first(), some.last()) else { return false };
        last.saturating_sub(*first) <= within && some.iter().any(|(_, certain)| *certain)
    })
}

/// How many come in a window that ends now, against a limit or what is usual.
struct Rate {
    above: Option<f64>,
    baseline: Option<f64>,
    window: i64,
    /// Times that count, in order.
    stream: Vec<i64>,
    /// Times that may count, in order.
    maybes: Vec<i64>,
    doubt: Option<Doubt>,
}

impl Rate {
    fn course(self, now: i64) -> Course {
        let value = self.value(now);
        let count = Some(self.count(&self.stream, now));
        let change = self
            .moments(now)
            .into_iter()
            .map(|moment| (moment, self.value(moment)))
            .find(|(_, later)| *later != value)
            .map(|(moment, value)| (Time(moment), value));
        let doubt = if value == Value::Open { self.doubt } else { None };
        Course { change, doubt, count, ..Course::fixed(value) }
    }

    fn count(&self, times: &[i64], now: i64) -> usize {
        let begin = now.saturating_sub(self.window);
        times.partition_point(|time| *time <= now) - times.partition_point(|time| *time < begin)
    }

    fn value(&self, now: i64) -> Value {
        let sure = self.count(&self.stream, now);
        let most = sure + self.count(&self.maybes, now);
        if self.exceeds(sure, now) {
            Value::True
        } else if most > sure && self.exceeds(most, now) {
            Value::Open
        } else {
            Value::False
        }
    }

    /// Strictly more than the limit, and than so many times what is usual; with no baseline yet nothing is unusual.
    #[allow(clippy::cast_precision_loss)] // Counts of mails are far below 2^52.
    fn exceeds(&self, count: usize, now: i64) -> bool {
        let count = count as f64;
        let unusual = |times: f64| self.usual(now).is_some_and(|usual| count > times * usual);
        self.above.is_none_or(|above| count > above) && self.baseline.is_none_or(unusual)
    }

    /// The median number in the windows of the 4 weeks before this one, as far as the stream reaches back; `None` where
    /// that is less than 2 weeks.
    #[allow(clippy::cast_precision_loss)]
    fn usual(&self, now: i64) -> Option<f64> {
        let first = *self.stream.first().filter(|first| **first <= now.saturating_sub(BASELINE_LEAST))?;
        let window = self.window.max(1);
        let whole = now.saturating_sub(first) / window - 1;
        let windows = usize::try_from((BASELINE / window).min(whole)).ok().filter(|windows| *windows > 0)?;
        let mut counts: HashMap<i64, usize> = HashMap::new();
        let begin = now.saturating_sub(window);
        let oldest = begin.saturating_sub(window.saturating_mul(i64::try_from(windows).ok()?));
        let past = self.stream.partition_point(|time| *time < begin);
        let old = self.stream.partition_point(|time| *time < oldest);
        for time in self.stream.get(old..past).unwrap_or_default() {
            *counts.entry((begin - 1 - time) / window).or_default() += 1;
        }
        let mut counts: Vec<usize> = counts.into_values().collect();
        counts.sort_unstable();
        let empty = windows.saturating_sub(counts.len());
        let nth =
            |place: usize| place.checked_sub(empty).and_then(|place| counts.get(place)).copied().unwrap_or(0) as f64;
        Some(if windows % 2 == 1 { nth(windows / 2) } else { (nth(windows / 2 - 1) + nth(windows / 2)) / 2.0 })
    }

    /// When the value may change by itself, in order.
    fn moments(&self, now: i64) -> Vec<i64> {
        let mut moments: Vec<i64> = Vec::new();
        let leaves = |time: &i64| time.saturating_add(self.window).saturating_add(1);
        let begin = now.saturating_sub(self.window);
        let mut add = |times: &[i64]| {
            let from = times.partition_point(|time| *time < begin);
            let inside = times.get(from..).unwrap_or_default();
            let new = times.partition_point(|time| *time <= now);
            moments.extend(times.get(new..).unwrap_or_default().iter().take(MOMENTS));
            moments.extend(inside.iter().take(MOMENTS).map(leaves));
            if let Some(above) = self.above
                && above >= 0.0
            {
                // The one whose leaving brings the count down to the limit.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let limit = above.floor() as usize;
                moments.extend(inside.len().checked_sub(limit + 1).and_then(|place| inside.get(place)).map(leaves));
            }
        };
        add(&self.stream);
        add(&self.maybes);
        if self.baseline.is_some() {
            let oldest = now.saturating_sub(BASELINE).saturating_sub(self.window.saturating_mul(2));
            let from = self.stream.partition_point(|time| *time < oldest);
            let window = self.window.max(1);
            let mut crossings: Vec<i64> = Vec::new();
            for time in self.stream.get(from..).unwrap_or_default() {
                let age = now.saturating_sub(*time).max(0);
                let next = time.saturating_add((age / window + 1).saturating_mul(window));
                crossings.extend([next, next.saturating_add(1)]);
            }
            crossings.sort_unstable();
            moments.extend(crossings.into_iter().take(MOMENTS));
            if let Some(first) = self.stream.first() {
                moments.push(first.saturating_add(BASELINE_LEAST));
            }
        }
        moments.retain(|moment| *moment > now);
        moments.sort_unstable();
        moments.dedup();
        moments
    }
}
