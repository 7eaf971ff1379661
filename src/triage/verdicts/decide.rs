//! The cases of a runbook in order: what they say now, what it may become, and until when it stands (R12 to R14).

use super::super::verdict::{MayBecome, Reason, Then, Value, Verdict, fill_with, how, people, tests};
use super::book::{Book, Shape};
use super::course::{Course, Doubt};
use super::engine::Judgment;
use super::incidents::{Incident, closed_at, earlier, incident};
use super::index::NONE;
use super::temporal::{Asked, Asker, covered};
use super::units::Unit;
use crate::mail::Time;
use crate::runbook::case::{Case, Temporal, span_words};
use crate::runbook::labels::BADGE;
use crate::runbook::{Call, INCIDENT_FACTS, Runbook};
use crate::triage::row::MailKey;
use std::collections::HashMap;

/// Values of a label that stand among the reasons of a verdict.
const SHOWN: usize = 8;

/// What came of a case for one message, for `explain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOutcome {
    /// Its id.
    pub id: String,
    /// Its call.
    pub call: Call,
    /// Its value now.
    pub value: Value,
    /// When time alone will change it.
    pub until: Option<Time>,
    /// Why, in words: what each test says.
    pub why: Vec<Reason>,
}

/// A case that speaks of the message, with its tests.
struct Tried<'e> {
    index: usize,
    case: &'e Case,
    courses: Vec<Course<'e>>,
}

impl Tried<'_> {
    /// All tests must hold (R9).
    fn at(&self, time: Time) -> Value {
        let mut value = Value::True;
        for course in &self.courses {
            match course.at(time) {
                Value::False => return Value::False,
                Value::Open => value = Value::Open,
                Value::True => {}
            }
        }
        value
    }

    /// Whether time settles it, where it is open.
    fn settles(&self, time: Time) -> bool {
        self.changes().any(|change| change > time && self.at(change) != Value::Open)
    }

    fn changes(&self) -> impl Iterator<Item = Time> + '_ {
        self.courses.iter().filter_map(|course| course.change).map(|(time, _)| time)
    }

    /// When the mail that decides it would have to come.
    fn window(&self) -> Option<(Time, Time)> {
        self.open().find_map(|course| course.window)
    }

    /// How many the first test of that sort counted.
    fn counted(&self, sort: impl Fn(&Temporal) -> bool) -> Option<usize> {
        let mut own = self.case.tests.iter().zip(&self.courses);
        own.find(|(test, _)| sort(test)).and_then(|(_, course)| course.count)
    }

    fn open(&self) -> impl Iterator<Item = &Course<'_>> {
        self.courses.iter().filter(|course| course.now == Value::Open)
    }
}

/// What the cases say at one time (R12, R13).
#[derive(Debug, PartialEq, Eq)]
struct Judged {
    /// The call.
    call: Call,
    /// The first case that is true, by its place in the list of those tried.
    winner: Option<usize>,
    /// Earlier cases that are open and more urgent.
    open: Vec<usize>,
    /// The most urgent of these that time cannot settle.
    unknown: Option<usize>,
}

/// What was worked out for a part.
#[derive(Debug)]
struct Worked {
    part: u32,
    /// Whether anything is not as it was.
    changed: bool,
    wake: Option<Time>,
    waits: bool,
}

/// What is written while parts are worked out.
#[derive(Debug)]
struct Slots {
    kept: Vec<(u64, u64)>,
    judged: Vec<Judgment>,
    incidents: Vec<Option<Incident>>,
}

/// Works out the parts of a runbook that must be.
pub(super) fn work(asked: Asked<'_>, book: &mut Book) {
    let mut dirty = std::mem::take(&mut book.dirty);
    dirty.sort_unstable();
    dirty.dedup();
    if dirty.is_empty() {
        return;
    }
    book.incidents.resize_with(book.parts.len(), || None);
    let mut slots = Slots {
        kept: std::mem::take(&mut book.kept),
        judged: std::mem::take(&mut book.judged),
        incidents: std::mem::take(&mut book.incidents),
    };
    let worked: Vec<Worked> = {
        let mut decider = Decider::new(asked, book);
        dirty.into_iter().filter_map(|part| decider.work(part, &mut slots)).collect()
    };
    (book.kept, book.judged, book.incidents) = (slots.kept, slots.judged, slots.incidents);
    for Worked { part, changed, wake, waits } in worked {
        let Some(slot) = book.parts.get_mut(part as usize) else { continue };
        if waits && !slot.waits {
            book.waiting.push(part);
        }
        (slot.wake, slot.waits) = (wake, waits);
        book.worked.push((part, changed));
    }
}

/// A verdict in short, and when it may be another.
#[derive(Debug, Clone, Copy)]
struct Short {
    judgment: Judgment,
    wake: Option<Time>,
    waits: bool,
    /// Whether nothing but the values kept of the event, and its incident, made it so.
    plain: bool,
}

/// Gives verdicts to the events of one runbook.
#[derive(Debug)]
pub(super) struct Decider<'e> {
    asker: Asker<'e>,
    /// Verdicts of the part at hand, by what made them so: shape, values kept, labels.
    alike: Vec<(Alike, Judgment)>,
    /// The tests of each case in words, and each alone.
    words: HashMap<usize, (String, Vec<String>)>,
    /// By incident and case: how many mails it speaks of, the first and the last.
    counts: HashMap<(u32, usize), (usize, Time, Time)>,
}

/// What makes two verdicts of a part the same: shape, values kept, labels.
type Alike = (u32, (u64, u64), u64);

/// So many sorts of verdicts of one part are kept at hand.
const ALIKE: usize = 16;

impl<'e> Decider<'e> {
    pub(super) fn new(asked: Asked<'e>, book: &'e Book) -> Decider<'e> {
        let asker = Asker::new(asked, book);
        Decider { asker, alike: Vec::new(), words: HashMap::new(), counts: HashMap::new() }
    }

    fn work(&mut self, part: u32, slots: &mut Slots) -> Option<Worked> {
        let (asked, book) = (self.asker.asked, self.asker.book);
        let own = book.parts.get(part as usize).filter(|own| !own.events.is_empty())?;
        let (mut wake, mut waits, mut changed) = (None, false, false);
        self.alike.clear();
        let many = own.events.len() > 1;
        for &event in &own.events {
            let Some(shape) = book.shape(event).filter(|shape| shape.primary) else { continue };
            let Some(values) = slots.kept.get_mut(event as usize) else { continue };
            let number = book.events.get(event as usize).map_or(NONE, |event| event.shape);
            let labels = if many { self.labels(event) } else { 0 };
            let known = self.alike.iter().find(|(alike, _)| *alike == (number, *values, labels));
            let mut judgment = match known {
                Some((_, judgment)) => *judgment,
                None => {
                    let short = self.short(shape, event, values);
                    wake = earlier(wake, short.wake);
                    waits |= short.waits;
                    if many && short.plain && self.alike.len() < ALIKE {
                        self.alike.push(((number, *values, labels), short.judgment));
                    }
                    short.judgment
                }
            };
            judgment.deadline = book.deadline(asked.plan, event);
            if let Some(slot) = slots.judged.get_mut(event as usize) {
                changed |= *slot != judgment;
                *slot = judgment;
            }
        }
        let closed = if asked.plan.closers.is_empty() { None } else { self.closed(&own.events) };
        let incident = incident(&asked, book, own, &slots.judged, closed);
        if let Some(slot) = slots.incidents.get_mut(part as usize) {
            changed |= *slot != incident;
            *slot = incident;
        }
        Some(Worked { part, changed, wake, waits })
    }

    /// A number of the labels that tests about the incident compare.
    fn labels(&self, event: u32) -> u64 {
        let columns = &self.asker.book.facts.columns;
        let keys = columns.iter().map(|column| u64::from(column.exact(event)));
        keys.fold(0, |sum, key| (sum ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
    }

    /// The mail that closed the last of the problems of an incident, where all of them were.
    fn closed(&self, events: &[u32]) -> Option<u32> {
        let (asked, book) = (self.asker.asked, self.asker.book);
        let mut latest: Option<u32> = None;
        for &event in events {
            match closed_at(&asked, book, event) {
                None => {}
                Some(None) => return None,
                Some(Some(closer)) => {
                    let later = latest.is_none_or(|latest| book.time(latest) <= book.time(closer));
                    latest = if later { Some(closer) } else { latest };
                }
            }
        }
        latest
    }

    /// The verdict for an event in short.
    fn short(&mut self, shape: &Shape, event: u32, values: &mut (u64, u64)) -> Short {
        let asked = self.asker.asked;
        let mut plain = true;
        let mut judgment = Judgment {
            exists: true,
            call: asked.runbook.default_call,
            known: true,
            case: None,
            until: None,
            due: None,
            deadline: None,
        };
        'cases: for &index in &shape.cases {
            let case = usize::from(index);
            let Some((rule, planned)) = asked.runbook.cases.get(case).zip(asked.plan.tests.get(case)) else { continue };
            for (test, planned) in rule.tests.iter().zip(planned) {
                let holds = match planned.bit {
                    Some(bit) if values.0 >> bit & 1 == 1 => values.1 >> bit & 1 == 1,
                    _ => {
                        let course = self.asker.course(test, planned, case, event);
                        if !course.is_settled() {
                            return self.open(shape, event);
                        }
                        let holds = course.now == Value::True;
                        match planned.bit {
                            Some(bit) => {
                                *values = (values.0 | 1 << bit, values.1 & !(1 << bit) | u64::from(holds) << bit)
                            }
                            None => plain &= !is_of_message(test),
                        }
                        holds
                    }
                };
                if !holds {
                    continue 'cases;
                }
            }
            (judgment.call, judgment.case) = (rule.call, Some(index));
            break;
        }
        Short { judgment, wake: None, waits: false, plain }
    }

    /// The same where a test may still change.
    fn open(&mut self, shape: &Shape, event: u32) -> Short {
        let asked = self.asker.asked;
        let (runbook, now) = (asked.runbook, asked.input.now);
        let tried = self.tried(shape, event, true);
        let judged = judge(runbook, &tried, now);
        let open = judged.open.iter().filter_map(|place| tried.get(*place));
        let judgment = Judgment {
            exists: true,
            call: judged.call,
            known: judged.unknown.is_none(),
            case: judged.winner.and_then(|place| u16::try_from(tried.get(place)?.index).ok()),
            until: until(runbook, &tried, &judged, now),
            due: open.flat_map(Tried::open).filter_map(|course| course.due).min(),
            deadline: None,
        };
        let courses = || tried.iter().flat_map(|tried| &tried.courses);
        let changes = courses().flat_map(|course| course.change.map(|(time, _)| time).into_iter().chain(course.stale));
        let wake = changes.filter(|time| *time > now).min();
        Short { judgment, wake, waits: courses().any(Course::waits), plain: false }
    }

    /// The verdict for the message of an event, with all its words.
    pub(super) fn verdict(&mut self, event: u32) -> Option<Verdict> {
        let asked = self.asker.asked;
        let (book, runbook, now) = (self.asker.book, asked.runbook, asked.input.now);
        let shape = book.shape(event)?;
        let unit = asked.units.get(book.unit(event))?;
        let labels = unit.source(asked.input)?.labels(0);
        let tried = self.tried(shape, event, true);
        self.prepare(&tried, event);
        let judged = judge(runbook, &tried, now);
        let winner = judged.winner.and_then(|place| tried.get(place));
        let unknown = judged.unknown.and_then(|place| tried.get(place));
        let open: Vec<&Tried<'_>> = judged.open.iter().filter_map(|place| tried.get(*place)).collect();
        // The most urgent of the open ones speaks; of equals the earliest.
        let nearest = open.iter().copied().rev().max_by_key(|tried| tried.case.call);
        let filled = |text: &str, of: &Tried<'_>| fill_with(text, labels, &self.facts(text, event, unit, of, &tried));
        let headline_of = |tried: &Tried<'_>| filled(&tried.case.headline, tried);
        let base = || winner.map_or_else(|| format!("{}: no case of the runbook applies", runbook.title), headline_of);
        let stands = winner.map_or(runbook.default_call, |tried| tried.case.call);
        let headline = match (unknown, nearest) {
            (Some(unknown), _) => {
                let cannot = match &unknown.case.if_unknown {
                    Some(text) => filled(text, unknown),
                    None => format!("cannot tell: {}", self.doubt_of(unknown)),
                };
                if stands >= Call::Decide { format!("{cannot}; {}", base()) } else { cannot }
            }
            // What holds if nothing comes is not said before it is proven.
            (None, Some(open)) if stands < Call::Wait => {
                format!("May become {}: {}", open.case.call.word(), headline_of(open))
            }
            _ => base(),
        };
        let until = until(runbook, &tried, &judged, now);
        let then = until.map(|time| judge(runbook, &tried, time)).and_then(|later| {
            let case = later.winner.and_then(|place| tried.get(place)).map(|tried| tried.case.id.clone());
            let other = (later.call, later.winner) != (judged.call, judged.winner);
            other.then_some(Then { call: later.call, case })
        });
        Some(Verdict {
            call: judged.call,
            book: Some(asked.id),
            case: winner.map(|tried| tried.case.id.clone()),
            headline,
            known: judged.unknown.is_none(),
            until,
            then,
            due: open.iter().flat_map(|tried| tried.open()).filter_map(|course| course.due).min(),
            deadline: book.deadline(asked.plan, event),
            may_become: open.iter().map(|tried| self.may_become(tried)).collect(),
            because: self.because(event, unit, &tried, winner, &open),
            people: people(
                runbook,
                unknown.or(nearest.filter(|_| stands < Call::Wait)).or(winner).map(|tried| tried.case),
            ),
        })
    }

    /// What came of each case.
    pub(super) fn explain(&mut self, event: u32) -> Vec<CaseOutcome> {
        let asked = self.asker.asked;
        let now = asked.input.now;
        let Some(shape) = self.asker.book.shape(event) else { return Vec::new() };
        let tried = self.tried(shape, event, false);
        self.prepare(&tried, event);
        let outcome = |(index, case): (usize, &Case)| {
            let found = tried.iter().find(|tried| tried.index == index);
            let outcome = |value, until, why| CaseOutcome { id: case.id.clone(), call: case.call, value, until, why };
            match found {
                None => outcome(Value::False, None, vec!["it does not speak of this mail".to_owned().into()]),
                Some(tried) => {
                    let value = tried.at(now);
                    let mut changes: Vec<Time> = tried.changes().filter(|time| *time > now).collect();
                    changes.sort_unstable();
                    let until = changes.into_iter().find(|time| tried.at(*time) != value);
                    outcome(value, until, self.whys(event, tried).collect())
                }
            }
        };
        asked.runbook.cases.iter().enumerate().map(outcome).collect()
    }

    /// The cases that speak of a message, up to and with the first that is true and stays so, or all.
    fn tried(&mut self, shape: &Shape, event: u32, enough: bool) -> Vec<Tried<'e>> {
        let asked = self.asker.asked;
        let mut tried = Vec::new();
        for index in shape.cases.iter().map(|case| usize::from(*case)) {
            let Some((case, planned)) = asked.runbook.cases.get(index).zip(asked.plan.tests.get(index)) else {
                continue;
            };
            let tests = case.tests.iter().zip(planned);
            let courses: Vec<Course<'e>> =
                tests.map(|(test, planned)| self.asker.course(test, planned, index, event)).collect();
            let settled = courses.iter().all(|course| course.now == Value::True && course.change.is_none());
            tried.push(Tried { index, case, courses });
            if settled && enough {
                break;
            }
        }
        tried
    }

    /// Makes ready what the words of these cases need.
    fn prepare(&mut self, tried: &[Tried<'_>], event: u32) {
        let book = self.asker.book;
        let part = book.part_of.get(event as usize).copied().unwrap_or(NONE);
        for Tried { index, case, .. } in tried {
            self.words
                .entry(*index)
                .or_insert_with(|| (self::tests(case), case.tests.iter().map(Temporal::words).collect()));
            let texts = [Some(&case.headline), case.if_unknown.as_ref()];
            let asks = texts
                .into_iter()
                .flatten()
                .any(|text| ["{count", "{first", "{last", "{burst"].iter().any(|name| text.contains(name)));
            if !asks {
                continue;
            }
            self.counts.entry((part, *index)).or_insert_with(|| {
                let events = book.parts.get(part as usize).map_or(&[][..], |part| &part.events);
                let of_case =
                    events.iter().filter(|event| book.shape(**event).is_some_and(|shape| shape.speaks(*index)));
                of_case.fold((0, Time(i64::MAX), Time(i64::MIN)), |(count, first, last), event| {
                    let at = book.time(*event);
                    (count + 1, at.min(first), at.max(last))
                })
            });
        }
    }

    /// What `{count}`, `{first}`, … stand for in a line of a case.
    fn facts(
        &self,
        text: &str,
        event: u32,
        unit: &Unit,
        of: &Tried<'_>,
        tried: &[Tried<'_>],
    ) -> Vec<(&'static str, String)> {
        let asked = |name: &&'static str| {
            text.split('{')
                .skip(1)
                .any(|rest| rest.split_once('}').is_some_and(|(own, _)| own.split('|').any(|own| own == *name)))
        };
        let facts = INCIDENT_FACTS.iter().copied().filter(asked);
        facts.filter_map(|name| Some((name, self.fact(name, event, unit, of, tried)?))).collect()
    }

    fn fact(&self, name: &str, event: u32, unit: &Unit, of: &Tried<'_>, tried: &[Tried<'_>]) -> Option<String> {
        let short = |time: Time| time.short(self.asker.asked.input.now, self.asker.asked.input.zone);
        let stream = || {
            let part = self.asker.book.part_of.get(event as usize)?;
            self.counts.get(&(*part, of.index))
        };
        match name {
            "count" => {
                let rate = of.counted(|test| matches!(test, Temporal::Rate { .. }));
                let count = rate.or_else(|| Some(stream()?.0));
                count.map(|count| count.to_string())
            }
            "first" => stream().map(|(_, first, _)| short(*first)),
            "last" => stream().map(|(_, _, last)| short(*last)),
            "burst" => stream().map(|(count, first, last)| match count {
                1 => format!("once, {}", short(*first)),
                count => {
                    let span = span_words(last.0.saturating_sub(first.0));
                    format!("×{count} in {span}, {} to {}", short(*first), short(*last))
                }
            }),
            "claimed-by" => self.asker.claim(event).map(|(_, by)| by.to_owned()),
            "claimed" => self.asker.claim(event).map(|(at, _)| short(at)),
            "since" => of.case.tests.iter().find_map(|test| match test {
                Temporal::Switch { name, .. } => self.asker.asked.told.since(name, unit.at).map(short),
                _ => None,
            }),
            "sets" => {
                let sets =
                    tried.iter().find_map(|tried| tried.counted(|test| matches!(test, Temporal::Sets { .. })))?;
                Some(sets.to_string())
            }
            "covered" => of.case.tests.iter().find_map(|test| match test {
                Temporal::AfterResolved { covers, hour } => {
                    let (begin, end) = covered(self.asker.asked.input, unit.offset, unit.at, *covers, *hour);
                    Some(format!("{} to {}", short(begin), short(end)))
                }
                _ => None,
            }),
            "resolved" => self.asker.resolved_before(event, unit.at).map(short),
            day => self.next(day.strip_prefix("next-")?, unit),
        }
    }

    /// The first such day on or after that of the mail, in the mail's own zone: `Wed 2018-02-21`.
    fn next(&self, day: &str, unit: &Unit) -> Option<String> {
        let own = unit.offset.and_then(|seconds| jiff::tz::Offset::from_seconds(seconds).ok());
        let zone = own.map_or_else(|| self.asker.asked.input.zone.clone(), jiff::tz::TimeZone::fixed);
        let date = jiff::Timestamp::from_second(unit.at.0).ok()?.to_zoned(zone).date();
        let named = |date: &jiff::civil::Date| date.strftime("%A").to_string().eq_ignore_ascii_case(day);
        let found = date.series(jiff::Span::new().days(1)).take(7).find(named)?;
        Some(found.strftime("%a %Y-%m-%d").to_string())
    }

    /// The tests of a case in words.
    fn words(&self, tried: &Tried<'_>) -> &str {
        self.words.get(&tried.index).map_or("", |(all, _)| all)
    }

    fn may_become(&self, tried: &Tried<'_>) -> MayBecome {
        let window = tried.window();
        MayBecome {
            case: tried.case.id.clone(),
            call: tried.case.call,
            on: self.words(tried).to_owned(),
            from: window.map(|(from, _)| from),
            to: window.map(|(_, to)| to),
        }
    }

    fn because(
        &self,
        event: u32,
        unit: &Unit,
        tried: &[Tried<'_>],
        winner: Option<&Tried<'_>>,
        open: &[&Tried<'_>],
    ) -> Vec<Reason> {
        let asked = self.asker.asked;
        let runbook = asked.runbook;
        let source = unit.source(asked.input);
        let claimed = source.and_then(|source| source.hit(0)).map(how).unwrap_or_default();
        let mut because = vec![Reason {
            key: source.map(|source| source.key().clone()),
            at: Some(unit.at),
            ..format!("claimed by {}{claimed}", runbook.id).into()
        }];
        if let Some(winner) = winner {
            let line = winner.case.line.map(|line| format!(", page line {line}")).unwrap_or_default();
            because.push(Reason { line: winner.case.line, ..format!("case {}{line}", winner.case.id).into() });
            because.extend(self.whys(event, winner));
        }
        because.extend(self.shown(unit));
        // What was ruled out is a reason where silence did it.
        let ruled_out = tried.iter().filter(|tried| tried.at(asked.input.now) == Value::False);
        let before = |tried: &&Tried<'_>| {
            tried.case.call > winner.map_or(runbook.default_call, |winner| winner.case.call)
                && winner.is_none_or(|winner| tried.index < winner.index)
                && tried
                    .case
                    .tests
                    .iter()
                    .any(|test| matches!(test, Temporal::FollowedBy(_) | Temporal::Repeats { .. }))
        };
        for tried in ruled_out.filter(before) {
            because.push(Reason {
                line: tried.case.line,
                ..format!("not {}: not {}", tried.case.id, self.words(tried)).into()
            });
        }
        for tried in open {
            let line = tried.case.line;
            because.push(Reason { line, ..format!("open: {} ({})", tried.case.id, self.words(tried)).into() });
            let doubts = tried.open().filter_map(|course| course.doubt);
            because.extend(doubts.map(|doubt| self.doubt_reason(doubt)));
        }
        if let Some(part) = self.asker.book.part(event)
            && let Some(resolved) = part.resolved
        {
            because
                .push(Reason { at: Some(resolved), ..String::from("the operator said that it was resolved").into() });
        }
        because
    }

    /// What the mail itself says that matters: what is odd about it, then the labels that the runbook shows.
    fn shown(&self, unit: &Unit) -> Vec<Reason> {
        let labels = unit.source(self.asker.asked.input).map_or(&[][..], |source| source.labels(0));
        let values = |name: &str| -> Vec<&str> {
            labels.iter().filter(|label| label.name == name).map(|label| label.value.as_str()).collect()
        };
        let reason = |text: String| Reason { key: self.key_of(unit), at: Some(unit.at), ..text.into() };
        let badges = values(BADGE).into_iter().map(|badge| reason(badge.to_owned()));
        let lines = self.asker.asked.runbook.show.iter().filter_map(|name| {
            let values = values(name);
            let more = values.len().saturating_sub(SHOWN);
            let first = values.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            (!first.is_empty()).then(|| reason(format!("{name}: {first}{more}")))
        });
        badges.chain(lines).collect()
    }

    /// What each test of a case says.
    fn whys<'s>(&'s self, own: u32, tried: &'s Tried<'_>) -> impl Iterator<Item = Reason> + 's {
        let words = self.words.get(&tried.index).map_or(&[][..], |(_, each)| each);
        tried.courses.iter().zip(words).map(move |(course, words)| self.why(own, course, words))
    }

    /// What a test says, with the message that says it.
    fn why(&self, own: u32, course: &Course<'_>, words: &str) -> Reason {
        let at = self.asker.book.time(own);
        match course.now {
            Value::True => match course.evidence.and_then(|event| self.unit_of(event).zip(Some(event))) {
                // It is the last of those that were counted.
                Some((other, event)) if event == own => {
                    Reason { key: self.key_of(other), at: Some(other.at), ..words.to_owned().into() }
                }
                Some((other, event)) => {
                    let kind = self.asker.book.shape(event).map(|shape| shape.kind);
                    let kind = kind.and_then(|kind| self.asker.asked.runbook.kinds.get(usize::from(kind)));
                    let kind = kind.map(|kind| kind.id.as_str()).filter(|id| !id.is_empty()).unwrap_or("mail");
                    let apart = other.at.0.saturating_sub(at.0);
                    let place = match apart {
                        0 => "at the same time".to_owned(),
                        1.. => format!("{} later", span_words(apart)),
                        _ => format!("{} earlier", span_words(-apart)),
                    };
                    let gone = if other.row == NONE { ", deleted elsewhere" } else { "" };
                    let text = format!("{words}: {kind}, {place}{gone}");
                    Reason { key: self.key_of(other), at: Some(other.at), ..text.into() }
                }
                None => words.to_owned().into(),
            },
            Value::False => format!("not: {words}").into(),
            Value::Open => match &course.doubt {
                Some(doubt) => {
                    let reason = self.doubt_reason(*doubt);
                    Reason { text: format!("open: {words} ({})", reason.text), ..reason }
                }
                None => Reason { at: course.change.map(|(time, _)| time), ..format!("open: {words}").into() },
            },
        }
    }

    fn unit_of(&self, event: u32) -> Option<&'e Unit> {
        self.asker.asked.units.get(self.asker.book.unit(event))
    }

    fn key_of(&self, unit: &Unit) -> Option<MailKey> {
        Some(unit.source(self.asker.asked.input)?.key().clone())
    }

    fn doubt_of(&self, tried: &Tried<'_>) -> String {
        let doubt = tried.open().find_map(|course| course.doubt);
        doubt.map_or_else(|| "it is open".to_owned(), |doubt| self.doubt_reason(doubt).text)
    }

    /// Why something cannot be told (R13).
    fn doubt_reason(&self, doubt: Doubt<'_>) -> Reason {
        let short = |time: Time| time.short(self.asker.asked.input.now, self.asker.asked.input.zone);
        let about = |unit: u32| self.asker.asked.units.get(unit);
        match doubt {
            Doubt::Stale(Some(time)) => {
                Reason { at: Some(time), ..format!("no mail newer than {}", short(time)).into() }
            }
            Doubt::Stale(None) => "nothing says how fresh the mailbox is".to_owned().into(),
            Doubt::StaleSent(time) => {
                Reason { at: Some(time), ..format!("no sent mail newer than {}", short(time)).into() }
            }
            Doubt::NoHistory => "the mailbox does not reach back far enough".to_owned().into(),
            Doubt::NoLabel(label, unit) => match about(unit) {
                Some(unit) => Reason {
                    key: self.key_of(unit),
                    at: Some(unit.at),
                    ..format!("no {label} in the mail of {}", short(unit.at)).into()
                },
                None => format!("no {label} in a mail").into(),
            },
            Doubt::Ambiguous(unit) => match about(unit) {
                Some(unit) => Reason {
                    key: self.key_of(unit),
                    at: Some(unit.at),
                    ..format!("two hosts have the short name in the mail of {}", short(unit.at)).into()
                },
                None => "two hosts have the same short name".to_owned().into(),
            },
            Doubt::Unreadable(1) => "1 unreadable file".to_owned().into(),
            Doubt::Unreadable(count) => format!("{count} unreadable files").into(),
            Doubt::NoLimit => "it may come at any time".to_owned().into(),
            Doubt::NoTime(label) => format!("no time can be read as {label}").into(),
        }
    }
}

/// Whether a test is about the message, rather than its incident.
fn is_of_message(test: &Temporal) -> bool {
    !matches!(
        test,
        Temporal::ClosedBy(_)
            | Temporal::QuietFor(_)
            | Temporal::Repeats { .. }
            | Temporal::Sets { .. }
            | Temporal::Rate { .. }
    )
}

/// R12 and R13 at one time.
fn judge(runbook: &Runbook, tried: &[Tried<'_>], time: Time) -> Judged {
    let mut winner = None;
    let mut open = Vec::new();
    for (place, case) in tried.iter().enumerate() {
        match case.at(time) {
            Value::True => {
                winner = Some(place);
                break;
            }
            Value::Open => open.push(place),
            Value::False => {}
        }
    }
    let call_of = |place: usize| tried.get(place).map_or(runbook.default_call, |tried| tried.case.call);
    let stands = winner.map_or(runbook.default_call, call_of);
    open.retain(|place| call_of(*place) > stands);
    let doubtful = |place: &usize| tried.get(*place).is_some_and(|case| !case.settles(time));
    let unknown = open.iter().copied().filter(doubtful).rev().max_by_key(|place| call_of(*place));
    let call = match (unknown, open.is_empty()) {
        (Some(_), _) => stands.max(Call::Decide),
        (None, false) => stands.max(Call::Wait),
        (None, true) => stands,
    };
    Judged { call, winner, open, unknown }
}

/// The first time from now on at which call, case or what it may become differ if nothing arrives (R14).
fn until(runbook: &Runbook, tried: &[Tried<'_>], judged: &Judged, now: Time) -> Option<Time> {
    let mut changes: Vec<Time> = tried.iter().flat_map(Tried::changes).filter(|time| *time > now).collect();
    changes.sort_unstable();
    changes.dedup();
    changes.into_iter().find(|time| judge(runbook, tried, *time) != *judged)
}
