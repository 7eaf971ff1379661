//! Tests about the incident now (R16): repeats, sets, rate, quiet-for, closed-by. All members get the same value.

use super::book::NO_VALUE;
use super::course::{Course, Doubt, absence};
use super::incidents::Part;
use super::index::{Finder, NONE, within};
use super::plan::Planned;
use super::rate::Limits;
use super::temporal::{Asker, CAP};
use crate::mail::Time;
use crate::runbook::case::Temporal;
use crate::triage::verdict::Value;

/// Mails that may or may not count, and why.
struct Maybes<'e> {
    times: Vec<i64>,
    doubt: Option<Doubt<'e>>,
    /// Whether there are more than were looked at.
    many: bool,
}

/// The mails of a stream that lie in one incident.
#[derive(Clone, Copy)]
struct Own<'o> {
    index: u32,
    part: &'o Part,
    /// Number of the labels that they share.
    key: u32,
    /// Not empty.
    events: &'o [u32],
    first: u32,
    last: u32,
}

impl<'e> Asker<'e> {
    /// The value of a test for the events of a part with these labels.
    pub(super) fn work_out(
        &mut self,
        test: &'e Temporal,
        planned: &Planned,
        case: usize,
        part: u32,
        key: u32,
    ) -> Course<'e> {
        let book = self.book;
        let Some(own) = book.parts.get(part as usize) else { return Course::fixed(Value::False) };
        match test {
            Temporal::ClosedBy(_) => return self.closed_by(own, planned.finder, case),
            Temporal::QuietFor(time) => return self.quiet_for(own, planned, *time),
            _ => {}
        }
        let column = book.facts.columns.get(planned.column);
        let of_stream = |event: &u32| {
            book.shape(*event).is_some_and(|shape| shape.counts && shape.speaks(case))
                && column.is_some_and(|column| column.exact(*event) == key)
        };
        let events: Vec<u32> = own.events.iter().copied().filter(of_stream).collect();
        let Some((&first, &last)) = events.first().zip(events.last()) else { return Course::fixed(Value::False) };
        let own = Own { index: part, part: own, key, events: &events, first, last };
        match (test, book.finders.get(planned.finder)) {
            (Temporal::Repeats { .. }, Some(finder)) => self.repeats(finder, own, test),
            (Temporal::Sets { .. }, Some(finder)) => self.sets(finder, own, planned, test),
            (_, Some(finder)) => self.rate(finder, planned.finder, own, test),
            _ => Course::fixed(Value::False),
        }
    }

    /// R21: closed where each mail of the incident that can be closed has been.
    fn closed_by(&self, part: &Part, closing: usize, case: usize) -> Course<'e> {
        let stream = self.book.facts.stream(self.asked.units);
        let mut latest: Option<u32> = None;
        let speaks = |event: &&u32| self.book.shape(**event).is_some_and(|shape| shape.speaks(case));
        for &event in part.events.iter().filter(speaks) {
            match self.book.closer(closing, event) {
                Some(found) => {
                    latest = latest.filter(|latest| stream.compare(*latest, found).is_ge()).or(Some(found));
                }
                // No closing mail is an open problem; that needs no proof.
                None => return Course::fixed(Value::False),
            }
        }
        latest.map_or(Course::fixed(Value::False), Course::shown_by)
    }

    /// R18: nothing with the same group-by labels came for so long after the incident's last mail.
    fn quiet_for(&self, part: &Part, planned: &Planned, time: i64) -> Course<'e> {
        let Some(&last) = part.events.last() else { return Course::fixed(Value::False) };
        let at = self.book.time(last);
        let (from, end) = (at.0.saturating_add(1), at.0.saturating_add(time));
        let group = self.book.groups.get(part.group as usize);
        if group.is_some_and(|group| !within(&group.events, &self.book.facts.at, from, end).is_empty()) {
            return Course::fixed(Value::False);
        }
        let finder = self.book.finders.get(planned.finder).filter(|_| group.is_some());
        let doubt = finder.and_then(|finder| self.possible(finder, last, (from, end)));
        let (input, units) = (self.asked.input, self.asked.units);
        let course = absence(input, units, self.fresh(last), (Some(at), Time(end)), doubt, Value::True);
        Course { window: course.window.map(|(_, end)| (end, end)), ..course }
    }

    fn times(&self, events: &[u32]) -> Vec<i64> {
        events.iter().map(|&event| self.book.time(event).0).collect()
    }

    /// What may or may not have come between two times beside the mails that surely count.
    fn maybes(
        &self,
        finder: &Finder,
        event: u32,
        (from, to): (i64, i64),
        cap: usize,
        counts: impl Fn(u32) -> bool,
    ) -> Maybes<'e> {
        let stream = self.book.facts.stream(self.asked.units);
        let hosts = &self.asked.units.hosts;
        let others = finder.possible(&stream, hosts, event, (from, to), cap, |other| !counts(other));
        let mut many = others.len() == cap;
        let mut doubt = others.first().map(|&other| self.doubt_about(finder, event, other));
        let mut times: Vec<i64> = self.times(&others);
        let unreadable = self.asked.units.unreadable(Time(from), Time(to));
        if !unreadable.is_empty() {
            doubt = doubt.or(Some(Doubt::Unreadable(unreadable.len())));
            times.extend(unreadable.iter().take(cap).map(|time| time.0));
            many |= unreadable.len() > cap;
            times.sort_unstable();
        }
        Maybes { times, doubt, many }
    }

    /// The doubt of a mail that lacks a label, so that it is never "the same" (R8, R25).
    fn nameless(&self, finder: &Finder, key: u32, event: u32) -> Option<Doubt<'e>> {
        (key == NONE).then(|| self.doubt_about(finder, event, event))
    }

    /// Whether a mail of the stream is one of these.
    fn is_own(&self, finder: &Finder, own: Own<'_>, other: u32) -> bool {
        let column = self.book.facts.columns.get(finder.lookup.column);
        self.book.part_of.get(other as usize) == Some(&own.index)
            && column.is_some_and(|column| column.exact(other) == own.key)
    }

    /// The latest unreadable entry that may be one of these mails: other mail may hold the incident together for longer
    /// than these mails wait for the next.
    fn may_go_on(&self, own: Own<'_>) -> Option<Time> {
        let (&last, open) = (own.part.events.last()?, own.part.resolved.is_none());
        let longest = super::incidents::gap(&self.asked, self.book, last, last)?;
        let mut held = self.book.time(last);
        let mut found = None;
        let after = Time(self.book.time(own.last).0.saturating_add(1));
        let entries = self.asked.units.unreadable(after, Time(i64::MAX)).iter().filter(|_| open);
        for time in entries {
            if time.0.saturating_sub(held.0) > longest {
                break;
            }
            held = held.max(*time);
            found = Some(*time);
        }
        found
    }

    /// R17.
    fn repeats(&self, finder: &Finder, own: Own<'_>, test: &Temporal) -> Course<'e> {
        let Temporal::Repeats { count, every, slack, within, .. } = test else { return Course::fixed(Value::False) };
        let count = usize::try_from(*count).unwrap_or(usize::MAX);
        let mut mails: Vec<(i64, bool)> = own.events.iter().map(|&event| (self.book.time(event).0, true)).collect();
        // The gap to the next that keeps the row going: from, to.
        let (from, to) = match (every, within) {
            (Some(every), _) => (every.saturating_sub(*slack), every.saturating_add(*slack)),
            (None, within) => (0, within.unwrap_or(0)),
        };
        let holds = |mails: &[(i64, bool)]| match every {
            Some(_) => row(mails, from, to) >= count,
            None => together(mails, to, count),
        };
        if holds(&mails) {
            return match self.nameless(finder, own.key, own.first) {
                Some(doubt) => Course::doubtful(doubt),
                None => Course::shown_by(own.last),
            };
        }
        let (begin, end) = (self.book.time(own.first).0, self.book.time(own.last).0);
        let due_from = end.saturating_add(from);
        let mut due_to = end.saturating_add(to);
        if let Some(resolved) = own.part.resolved {
            // Later mail starts a new incident: it can no longer make this one true.
            due_to = due_to.min(resolved.0);
        }
        let sure = |other: u32| self.is_own(finder, own, other);
        let maybes = self.maybes(finder, own.last, (begin.saturating_sub(to), due_to.max(end)), CAP, sure);
        let window = Some((Time(due_from.max(end)), Time(due_to)));
        let due = every.map(|every| Time(end.saturating_add(every)));
        if let Some(doubt) = maybes.doubt {
            mails.extend(maybes.times.iter().map(|time| (*time, false)));
            mails.sort_unstable();
            if maybes.many || holds(&mails) {
                return Course { window, ..Course::doubtful(doubt) };
            }
        }
        let fresh = self.fresh(own.last);
        let (input, units) = (self.asked.input, self.asked.units);
        // An unreadable entry that may be a later one of the incident: then the next may come as much later.
        if let Some(later) = self.may_go_on(own) {
            let to = Time(later.0.saturating_add(to));
            let course = absence(input, units, fresh, (Some(Time(end)), to), None, Value::False);
            if course.now == Value::Open {
                return Course { window: Some((Time(due_from.max(end)), to)), ..course };
            }
        }
        if due_to < due_from {
            return Course::fixed(Value::False);
        }
        let course = absence(input, units, fresh, (Some(Time(end)), Time(due_to)), None, Value::False);
        if course.now == Value::Open {
            return Course { window, due, ..course };
        }
        // Of a rhythm each mail comes so long after the one before; without one all may come within a second.
        let gaps = i64::try_from(count).unwrap_or(i64::MAX).saturating_sub(1);
        self.begun_anew(own, fresh, from.saturating_mul(gaps))
    }

    /// False, as too few came in time, for as long as no mail that is not there yet may have begun anew: the incident goes on
    /// where it came within the gap of any mail of it, and enough of them for it last `length` seconds at least. Mail may be
    /// on its way for as long as the grace (R10). Mail that could by now have done no more than begin makes it no other: of
    /// that somebody may wait for the next, and a wait asks for nobody (R28).
    fn begun_anew(&self, own: Own<'_>, fresh: Time, length: i64) -> Course<'e> {
        let broken = Course::fixed(Value::False);
        let Some(&last) = own.part.events.last().filter(|_| own.part.resolved.is_none()) else { return broken };
        let gaps =
            own.part.events.iter().filter_map(|&event| super::incidents::gap(&self.asked, self.book, event, event));
        let over = self.book.time(last).0.saturating_add(gaps.max().unwrap_or(0));
        let arrives = fresh.0.saturating_add(1);
        let first = arrives.saturating_sub(self.asked.input.grace);
        let made = Time(first.saturating_add(length).max(arrives));
        if first > over {
            broken
        } else if made > self.asked.input.now {
            Course { stale: Some(made), ..broken }
        } else {
            Course { window: Some((Time(first), Time(over))), ..Course::doubtful(Doubt::Stale(Some(fresh))) }
        }
    }

    /// R19.
    fn sets(&self, finder: &Finder, own: Own<'_>, planned: &Planned, test: &'e Temporal) -> Course<'e> {
        let Temporal::Sets { label, values, per, min, within, .. } = test else {
            return Course::fixed(Value::False);
        };
        let mut complete: Vec<(i64, i64)> = Vec::new();
        let mut open: Option<(i64, Vec<u8>)> = None;
        let mut unvalued = 0;
        for &event in own.events {
            let value = self.book.value(self.asked.plan, event, planned.set);
            if value == NO_VALUE {
                unvalued += 1;
                continue;
            }
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
            return match self.nameless(finder, own.key, own.first) {
                Some(doubt) => Course { count, ..Course::doubtful(doubt) },
                None => Course { count, ..Course::shown_by(own.last) },
            };
        }
        let (begin, end) = (self.book.time(own.first).0, self.book.time(own.last).0);
        let sure = |other: u32| self.is_own(finder, own, other);
        let maybes = self.maybes(finder, own.last, (begin.saturating_sub(*per), end.saturating_add(*per)), CAP, sure);
        let more = maybes.times.len() + unvalued;
        let doubt = maybes.doubt.or_else(|| (unvalued > 0).then_some(Doubt::NoLabel(label, NONE)));
        match doubt {
            // Each of them may complete a set at most.
            Some(doubt) if maybes.many || complete.len() + more >= min => Course { count, ..Course::doubtful(doubt) },
            _ => Course { count, ..Course::fixed(Value::False) },
        }
    }

    /// R20.
    fn rate(&mut self, finder: &Finder, place: usize, own: Own<'_>, test: &Temporal) -> Course<'e> {
        let Temporal::Rate { above, baseline, within: window, .. } = test else {
            return Course::fixed(Value::False);
        };
        let now = self.asked.input.now.0;
        let begin = now.saturating_sub(*window);
        // From then on this incident is past, and not about today's rate.
        let past = self.book.time(own.last).0.saturating_add(*window).saturating_add(1);
        let limits = Limits { above: *above, baseline: *baseline, window: *window };
        if past <= now {
            return Course { count: Some(0), ..Course::fixed(Value::False) };
        }
        if own.part.resolved.is_some() {
            let times = self.times(own.events);
            return until_past(limits.course(now, times.first().copied(), &times, &[], None), past);
        }
        if let Some(known) = self.rates.get(&(place, own.key)).filter(|_| own.key != NONE) {
            return until_past(*known, past);
        }
        // It starts again where a problem was resolved (R26).
        let over = |event: u32| self.book.part(event).is_some_and(|part| part.resolved.is_some());
        let stream = self.book.facts.stream(self.asked.units);
        let all = finder.of_key(&stream, own.key, i64::MIN, i64::MAX);
        let first = all.iter().find(|event| !over(**event)).map(|event| self.book.time(*event).0);
        let needed = within(all, &self.book.facts.at, now.saturating_sub(limits.memory()), i64::MAX);
        let stream: Vec<u32> = needed.iter().copied().filter(|event| !over(*event)).collect();
        let key = |event: u32| self.book.facts.columns.get(finder.lookup.column).map_or(NONE, |c| c.exact(event));
        // Each of them counts, and those that are ahead of the clock will.
        let sure = |other: u32| over(other) || own.key != NONE && key(other) == own.key;
        let mut maybes = self.maybes(finder, own.last, (begin, i64::MAX), usize::MAX, sure);
        if own.key == NONE {
            maybes.times.extend(self.times(own.events).into_iter().filter(|time| *time >= begin));
            maybes.times.sort_unstable();
            maybes.doubt = self.nameless(finder, own.key, own.last);
        }
        let course = limits.course(now, first, &self.times(&stream), &maybes.times, maybes.doubt);
        if own.key != NONE {
            self.rates.insert((place, own.key), course);
        }
        until_past(course, past)
    }
}

/// A course that ends, as false, when the incident is past.
fn until_past(course: Course<'_>, past: i64) -> Course<'_> {
    match course.change {
        Some((time, _)) if time.0 < past => course,
        _ if course.now == Value::False => Course { change: None, ..course },
        _ => Course { change: Some((Time(past), Value::False)), ..course },
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
