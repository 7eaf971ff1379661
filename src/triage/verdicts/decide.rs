//! The cases of a runbook in order: what they say now, what it may become, and until when it stands (R12 to R14).

use super::super::correlate::{MayBecome, Reason, Value, Verdict, fill_with, how, people, tests};
use super::Input;
use super::book::Book;
use super::course::{Course, Doubt};
use super::incidents::Incidents;
use super::temporal::{Tests, covered, limit};
use super::units::{Unit, Units};
use crate::mail::Time;
use crate::runbook::case::{Case, Temporal, span_words};
use crate::runbook::labels::BADGE;
use crate::runbook::{Call, INCIDENT_FACTS, Runbook};
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
struct Tried<'a> {
    index: usize,
    case: &'a Case,
    courses: Vec<Course>,
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

    fn open(&self) -> impl Iterator<Item = &Course> {
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

/// Gives verdicts to the events of one runbook.
#[derive(Debug)]
pub(super) struct Decider<'b, 'a> {
    input: Input<'a>,
    units: &'a Units<'a>,
    book: &'b Book<'a>,
    incidents: &'b Incidents,
    tests: Tests<'a>,
    /// The tests of each case in words, and each alone.
    words: Vec<(String, Vec<String>)>,
    /// By incident and case: how many mails it speaks of, the first and the last.
    counts: HashMap<(usize, u16), (usize, Time, Time)>,
}

impl<'b, 'a> Decider<'b, 'a> {
    pub(super) fn new(
        input: &Input<'a>,
        units: &'a Units<'a>,
        book: &'b Book<'a>,
        incidents: &'b Incidents,
        tests: Tests<'a>,
    ) -> Decider<'b, 'a> {
        let mut counts: HashMap<(usize, u16), (usize, Time, Time)> = HashMap::new();
        for (index, event) in book.events.iter().enumerate() {
            let at = book.time(index);
            for case in &event.hit.cases {
                let entry = counts.entry((incidents.of(index), *case)).or_insert((0, at, at));
                *entry = (entry.0 + 1, entry.1.min(at), entry.2.max(at));
            }
        }
        let of_case = |case: &Case| (self::tests(case), case.tests.iter().map(Temporal::words).collect());
        let words = book.runbook.cases.iter().map(of_case).collect();
        Decider { input: *input, units, book, incidents, tests, words, counts }
    }

    /// The verdict for the message of an event.
    pub(super) fn verdict(&mut self, event: usize) -> Verdict {
        let Some((own, unit)) = self.book.events.get(event).zip(self.book.unit(self.units, event)) else {
            return super::not_yet();
        };
        let runbook = self.book.runbook;
        let tried = self.tried(event, true);
        let now = self.input.now;
        let judged = judge(runbook, &tried, now);
        let winner = judged.winner.and_then(|place| tried.get(place));
        let unknown = judged.unknown.and_then(|place| tried.get(place));
        let open: Vec<&Tried<'_>> = judged.open.iter().filter_map(|place| tried.get(*place)).collect();
        // The most urgent of the open ones speaks; of equals the earliest.
        let nearest = open.iter().copied().rev().max_by_key(|tried| tried.case.call);
        let filled =
            |text: &str, of: &Tried<'_>| fill_with(text, own.labels, &self.facts(text, event, unit, of, &tried));
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
        Verdict {
            call: judged.call,
            book: Some(self.book.id),
            case: winner.map(|tried| tried.case.id.clone()),
            headline,
            known: judged.unknown.is_none(),
            until: until(runbook, &tried, &judged, now),
            due: open.iter().flat_map(|tried| tried.open()).filter_map(|course| course.due).min(),
            deadline: self.deadline(own.labels),
            may_become: open.iter().map(|tried| self.may_become(tried)).collect(),
            because: self.because(event, unit, &tried, winner, &open),
            people: people(
                runbook,
                unknown.or(nearest.filter(|_| stands < Call::Wait)).or(winner).map(|tried| tried.case),
            ),
        }
    }

    /// What came of each case.
    pub(super) fn explain(&mut self, event: usize) -> Vec<CaseOutcome> {
        let now = self.input.now;
        let tried = self.tried(event, false);
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
        self.book.runbook.cases.iter().enumerate().map(outcome).collect()
    }

    /// The cases that speak of a message, up to and with the first that is true and stays so, or all.
    fn tried(&mut self, event: usize, enough: bool) -> Vec<Tried<'a>> {
        let runbook: &'a Runbook = self.book.runbook;
        let mut tried = Vec::new();
        for (index, case) in runbook.cases.iter().enumerate() {
            if !self.book.events.get(event).is_some_and(|own| Book::speaks_of(own, index)) {
                continue;
            }
            let courses = self.tests.courses(self.book, self.incidents, index, event);
            let settled = courses.iter().all(|course| course.now == Value::True && course.change.is_none());
            tried.push(Tried { index, case, courses });
            if settled && enough {
                break;
            }
        }
        tried
    }

    /// What `{count}`, `{first}`, … stand for in a line of a case.
    fn facts(
        &self,
        text: &str,
        event: usize,
        unit: &Unit<'_>,
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

    fn fact(&self, name: &str, event: usize, unit: &Unit<'_>, of: &Tried<'_>, tried: &[Tried<'_>]) -> Option<String> {
        let short = |time: Time| time.short(self.input.now, self.input.zone);
        let stream = || {
            let case = u16::try_from(of.index).ok()?;
            self.counts.get(&(self.incidents.of(event), case))
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
            "claimed-by" => self.tests.claim(self.book, event).map(|(_, by)| by.to_owned()),
            "claimed" => self.tests.claim(self.book, event).map(|(at, _)| short(at)),
            "since" => of.case.tests.iter().find_map(|test| match test {
                Temporal::Switch { name, .. } => self.tests.switched(name, unit.at).map(short),
                _ => None,
            }),
            "sets" => {
                let sets =
                    tried.iter().find_map(|tried| tried.counted(|test| matches!(test, Temporal::Sets { .. })))?;
                Some(sets.to_string())
            }
            "covered" => of.case.tests.iter().find_map(|test| match test {
                Temporal::AfterResolved { covers, hour } => {
                    let (begin, end) = covered(&self.input, unit.offset, unit.at, *covers, *hour);
                    Some(format!("{} to {}", short(begin), short(end)))
                }
                _ => None,
            }),
            "resolved" => self.incidents.resolved_before(event, unit.at).map(short),
            day => self.next(day.strip_prefix("next-")?, unit),
        }
    }

    /// The first such day on or after that of the mail, in the mail's own zone: `Wed 2018-02-21`.
    fn next(&self, day: &str, unit: &Unit<'_>) -> Option<String> {
        let own = unit.offset.and_then(|seconds| jiff::tz::Offset::from_seconds(seconds).ok());
        let zone = own.map_or_else(|| self.input.zone.clone(), jiff::tz::TimeZone::fixed);
        let date = jiff::Timestamp::from_second(unit.at.0).ok()?.to_zoned(zone).date();
        let named = |date: &jiff::civil::Date| date.strftime("%A").to_string().eq_ignore_ascii_case(day);
        let found = date.series(jiff::Span::new().days(1)).take(7).find(named)?;
        Some(found.strftime("%a %Y-%m-%d").to_string())
    }

    /// The time limit that the message itself gives.
    fn deadline(&self, labels: &[crate::runbook::labels::Label]) -> Option<Time> {
        self.book.runbook.cases.iter().flat_map(|case| &case.tests).find_map(|test| match test {
            Temporal::Deadline { label, .. } => limit(labels, label),
            _ => None,
        })
    }

    /// The tests of a case in words.
    fn words(&self, tried: &Tried<'_>) -> &str {
        self.words.get(tried.index).map_or("", |(all, _)| all)
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
        event: usize,
        unit: &Unit<'_>,
        tried: &[Tried<'_>],
        winner: Option<&Tried<'_>>,
        open: &[&Tried<'_>],
    ) -> Vec<Reason> {
        let runbook = self.book.runbook;
        let claimed = unit.primary.map(how).unwrap_or_default();
        let mut because = vec![Reason {
            key: Some(unit.key.clone()),
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
        let ruled_out = tried.iter().filter(|tried| tried.at(self.input.now) == Value::False);
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
            let doubts = tried.open().filter_map(|course| course.doubt.as_ref());
            because.extend(doubts.map(|doubt| self.doubt_reason(doubt)));
        }
        if let Some(part) = self.incidents.part(event)
            && let Some(resolved) = part.resolved
        {
            because
                .push(Reason { at: Some(resolved), ..String::from("the operator said that it was resolved").into() });
        }
        because
    }

    /// What the mail itself says that matters: what is odd about it, then the labels that the runbook shows.
    fn shown(&self, unit: &Unit<'_>) -> Vec<Reason> {
        let values = |name: &str| -> Vec<&str> {
            unit.labels.iter().filter(|label| label.name == name).map(|label| label.value.as_str()).collect()
        };
        let reason = |text: String| Reason { key: Some(unit.key.clone()), at: Some(unit.at), ..text.into() };
        let badges = values(BADGE).into_iter().map(|badge| reason(badge.to_owned()));
        let lines = self.book.runbook.show.iter().filter_map(|name| {
            let values = values(name);
            let more = values.len().saturating_sub(SHOWN);
            let first = values.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            (!first.is_empty()).then(|| reason(format!("{name}: {first}{more}")))
        });
        badges.chain(lines).collect()
    }

    /// What each test of a case says.
    fn whys<'s>(&'s self, own: usize, tried: &'s Tried<'_>) -> impl Iterator<Item = Reason> + 's {
        let words = self.words.get(tried.index).map_or(&[][..], |(_, each)| each);
        tried.courses.iter().zip(words).map(move |(course, words)| self.why(own, course, words))
    }

    /// What a test says, with the message that says it.
    fn why(&self, own: usize, course: &Course, words: &str) -> Reason {
        let at = self.book.time(own);
        match course.now {
            Value::True => match course.evidence.and_then(|event| self.book.unit(self.units, event).zip(Some(event))) {
                // It is the last of those that were counted.
                Some((other, event)) if event == own => {
                    Reason { key: Some(other.key.clone()), at: Some(other.at), ..words.to_owned().into() }
                }
                Some((other, event)) => {
                    let kind = self.book.events.get(event).map(|event| event.hit.kind);
                    let kind = kind.and_then(|kind| self.book.runbook.kinds.get(usize::from(kind)));
                    let kind = kind.map(|kind| kind.id.as_str()).filter(|id| !id.is_empty()).unwrap_or("mail");
                    let apart = other.at.0.saturating_sub(at.0);
                    let place = match apart {
                        0 => "at the same time".to_owned(),
                        1.. => format!("{} later", span_words(apart)),
                        _ => format!("{} earlier", span_words(-apart)),
                    };
                    let gone = if other.row.is_none() { ", deleted elsewhere" } else { "" };
                    let text = format!("{words}: {kind}, {place}{gone}");
                    Reason { key: Some(other.key.clone()), at: Some(other.at), ..text.into() }
                }
                None => words.to_owned().into(),
            },
            Value::False => format!("not: {words}").into(),
            Value::Open => match &course.doubt {
                Some(doubt) => {
                    let reason = self.doubt_reason(doubt);
                    Reason { text: format!("open: {words} ({})", reason.text), ..reason }
                }
                None => Reason { at: course.change.map(|(time, _)| time), ..format!("open: {words}").into() },
            },
        }
    }

    fn doubt_of(&self, tried: &Tried<'_>) -> String {
        let doubt = tried.open().find_map(|course| course.doubt.as_ref());
        doubt.map_or_else(|| "it is open".to_owned(), |doubt| self.doubt_reason(doubt).text)
    }

    /// Why something cannot be told (R13).
    fn doubt_reason(&self, doubt: &Doubt) -> Reason {
        let short = |time: Time| time.short(self.input.now, self.input.zone);
        let about = |unit: &usize| self.units.all.get(*unit);
        match doubt {
            Doubt::Stale(Some(time)) => {
                Reason { at: Some(*time), ..format!("no mail newer than {}", short(*time)).into() }
            }
            Doubt::Stale(None) => "nothing says how fresh the mailbox is".to_owned().into(),
            Doubt::StaleSent(time) => {
                Reason { at: Some(*time), ..format!("no sent mail newer than {}", short(*time)).into() }
            }
            Doubt::NoHistory => "the mailbox does not reach back far enough".to_owned().into(),
            Doubt::NoLabel(label, unit) => match about(unit) {
                Some(unit) => Reason {
                    key: Some(unit.key.clone()),
                    at: Some(unit.at),
                    ..format!("no {label} in the mail of {}", short(unit.at)).into()
                },
                None => format!("no {label} in a mail").into(),
            },
            Doubt::Ambiguous(unit) => match about(unit) {
                Some(unit) => Reason {
                    key: Some(unit.key.clone()),
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
