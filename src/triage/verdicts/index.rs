//! Labels made comparable (R8), and looking for "another one with the same labels between a and b".

use super::super::row::Hit;
use super::units::Unit;
use crate::mail::Time;
use crate::runbook::labels::Label;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// No group: a label is missing.
pub(super) const NONE: u32 = u32::MAX;

/// Pseudo label: the address of the sender (R21).
pub(super) const SENDER: &str = "\0sender";

/// The label that names machines: a short name may equal a full one.
const HOST: &str = "host";

/// Labels of one `same` list that are compared at most; more than that nobody can mean.
const MOST_LABELS: usize = 12;

/// Which full host names the mailbox knows, by their first part.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    /// First part: the only full name, or `None` where several share it.
    families: HashMap<String, Option<String>>,
}

impl Hosts {
    pub(super) fn of(units: &[Unit<'_>]) -> Hosts {
        let mut hosts = Hosts::default();
        for unit in units {
            let also = unit.also.iter().flat_map(|hit| &hit.labels);
            for label in unit.labels.iter().chain(also).filter(|label| label.name == HOST) {
                hosts.learn(&fold(&label.value));
            }
        }
        hosts
    }

    fn learn(&mut self, name: &str) {
        let Some((first, _)) = name.split_once('.') else { return };
        match self.families.get_mut(first) {
            Some(known) if known.as_deref() == Some(name) => {}
            Some(known) => *known = None,
            None => {
                self.families.insert(first.to_owned(), Some(name.to_owned()));
            }
        }
    }
}

/// A label's value, ready to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    level: Level,
    /// The value.
    exact: u32,
    /// What it shares with values that it may or may not be: the first part of a host name that two full names share.
    coarse: u32,
}

/// How sure a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Sure,
    /// A short host name that may be one of several full ones.
    Ambiguous,
    Missing,
}

/// Values as numbers.
#[derive(Debug, Default)]
pub(super) struct Interner {
    known: HashMap<String, u32>,
}

impl Interner {
    fn number(&mut self, value: &str) -> u32 {
        if let Some(&number) = self.known.get(value) {
            return number;
        }
        let number = u32::try_from(self.known.len()).unwrap_or(NONE - 1);
        self.known.insert(value.to_owned(), number);
        number
    }

    fn part(&mut self, name: &str, value: &str, hosts: &Hosts) -> Part {
        if name != HOST {
            let exact = self.number(value);
            return Part { level: Level::Sure, exact, coarse: exact };
        }
        match value.split_once('.') {
            Some((first, _)) => {
                let exact = self.number(value);
                let shared = hosts.families.get(first).is_some_and(Option::is_none);
                Part { level: Level::Sure, exact, coarse: if shared { self.number(first) } else { exact } }
            }
            None => match hosts.families.get(value) {
                Some(Some(full)) => {
                    let exact = self.number(full);
                    Part { level: Level::Sure, exact, coarse: exact }
                }
                known => {
                    let level = if known.is_some() { Level::Ambiguous } else { Level::Sure };
                    let exact = self.number(value);
                    Part { level, exact, coarse: exact }
                }
            },
        }
    }
}

/// Case folded.
fn fold(value: &str) -> Cow<'_, str> {
    if value.chars().any(|c| !c.is_ascii() || c.is_ascii_uppercase()) {
        Cow::Owned(value.to_lowercase())
    } else {
        Cow::Borrowed(value)
    }
}

/// What an event offers to be compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Labelled<'a> {
    pub(super) labels: &'a [Label],
    pub(super) from: &'a str,
}

impl Labelled<'_> {
    /// The folded value of a label: several values are one, in any order.
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        if name == SENDER {
            return (!self.from.is_empty()).then(|| fold(self.from));
        }
        let mut values = self.labels.iter().filter(|label| label.name == name).map(|label| fold(&label.value));
        let first = values.next()?;
        let Some(second) = values.next() else { return Some(first) };
        let all: BTreeSet<Cow<'_, str>> = [first, second].into_iter().chain(values).collect();
        Some(Cow::Owned(all.into_iter().collect::<Vec<_>>().join("\n")))
    }
}

/// The values of some labels for all events of a runbook.
#[derive(Debug)]
pub(super) struct Column {
    names: Vec<String>,
    parts: Vec<Part>,
    /// Number of the event's combination of values; [`NONE`] where a label is missing.
    pub(super) exact: Vec<u32>,
    /// Number of the event's combination where "missing" is a value like any other (R25).
    pub(super) grouped: Vec<u32>,
    /// How sure each value is, as one number for all; 0: all are sure.
    codes: Vec<u32>,
}

impl Column {
    pub(super) fn new<'e>(
        names: &[String],
        events: impl Iterator<Item = Labelled<'e>>,
        hosts: &Hosts,
        interner: &mut Interner,
    ) -> Column {
        let names: Vec<String> = names.iter().take(MOST_LABELS).cloned().collect();
        let mut column = Column { names, parts: Vec::new(), exact: Vec::new(), grouped: Vec::new(), codes: Vec::new() };
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut key = Vec::with_capacity(column.names.len());
        for event in events {
            key.clear();
            let mut code = 0;
            for name in &column.names {
                let part =
                    event.value(name).map_or(Part { level: Level::Missing, exact: NONE, coarse: NONE }, |value| {
                        interner.part(name, &value, hosts)
                    });
                code = code * 3 + part.level as u32;
                key.push(part.exact);
                column.parts.push(part);
            }
            let group = known.get(&key).copied().unwrap_or_else(|| {
                let number = u32::try_from(known.len()).unwrap_or(NONE - 1);
                known.insert(key.clone(), number);
                number
            });
            column.codes.push(code);
            column.grouped.push(group);
            column.exact.push(if key.contains(&NONE) { NONE } else { group });
        }
        column
    }

    fn parts(&self, event: usize) -> &[Part] {
        let width = self.names.len();
        self.parts.get(event * width..(event + 1) * width).unwrap_or_default()
    }

    /// The name of the first label that an event does not have.
    pub(super) fn missing(&self, event: usize) -> Option<&str> {
        let at = self.parts(event).iter().position(|part| part.level == Level::Missing)?;
        self.names.get(at).map(String::as_str)
    }

    fn code(&self, event: usize) -> u32 {
        self.codes.get(event).copied().unwrap_or(0)
    }

    fn exact(&self, event: usize) -> u32 {
        self.exact.get(event).copied().unwrap_or(NONE)
    }

    /// The levels of a code.
    fn levels(&self, mut code: u32) -> Vec<u32> {
        let mut levels = vec![0; self.names.len()];
        for level in levels.iter_mut().rev() {
            *level = code % 3;
            code /= 3;
        }
        levels
    }

    /// What can be compared of an event where the surest level for each label is this.
    fn project(&self, event: usize, levels: &[u32]) -> Vec<u32> {
        let value = |(part, level): (&Part, &u32)| match level {
            0 => Some(part.exact),
            1 => Some(part.coarse),
            _ => None,
        };
        self.parts(event).iter().zip(levels).filter_map(value).collect()
    }
}

/// Events among which others are looked for, by their labels, in order of time.
#[derive(Debug)]
pub(super) struct Finder {
    column: Rc<Column>,
    at: Rc<Vec<Time>>,
    by_key: HashMap<u32, Vec<u32>>,
    by_code: HashMap<u32, Vec<u32>>,
    /// For a pair of codes (of who asks, of who is looked for): events by what can be compared.
    projected: HashMap<(u32, u32), HashMap<Vec<u32>, Vec<u32>>>,
}

impl Finder {
    /// Of these events, which must be in order.
    pub(super) fn new(column: Rc<Column>, at: Rc<Vec<Time>>, candidates: impl Iterator<Item = usize>) -> Finder {
        let mut by_key: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut by_code: HashMap<u32, Vec<u32>> = HashMap::new();
        for event in candidates {
            let Ok(number) = u32::try_from(event) else { break };
            let exact = column.exact(event);
            if exact != NONE {
                by_key.entry(exact).or_default().push(number);
            }
            by_code.entry(column.code(event)).or_default().push(number);
        }
        Finder { column, at, by_key, by_code, projected: HashMap::new() }
    }

    pub(super) fn column(&self) -> &Column {
        &self.column
    }

    /// Those with the same labels as `event`, between two times, both ends in; `event` itself may be among them.
    pub(super) fn same(&self, event: usize, from: i64, to: i64) -> &[u32] {
        self.of_key(self.column.exact(event), from, to)
    }

    /// Those with this combination of labels, between two times, both ends in.
    pub(super) fn of_key(&self, key: u32, from: i64, to: i64) -> &[u32] {
        self.by_key.get(&key).map_or(&[], |events| within(events, &self.at, from, to))
    }

    /// Those that may or may not have the same labels as `event`, between two times, at most `cap`; never `event`.
    pub(super) fn possible(&mut self, event: usize, from: i64, to: i64, cap: usize) -> Vec<u32> {
        let asks = self.column.code(event);
        let mut found: Vec<u32> = Vec::new();
        let codes: Vec<u32> = self.by_code.keys().copied().filter(|code| asks != 0 || *code != 0).collect();
        for code in codes {
            let levels: Vec<u32> =
                self.column.levels(asks).iter().zip(self.column.levels(code)).map(|(a, b)| *a.max(&b)).collect();
            let (column, candidates) = (&self.column, self.by_code.get(&code));
            let index = self.projected.entry((asks, code)).or_insert_with(|| {
                let mut index: HashMap<Vec<u32>, Vec<u32>> = HashMap::new();
                for &candidate in candidates.into_iter().flatten() {
                    index.entry(column.project(candidate as usize, &levels)).or_default().push(candidate);
                }
                index
            });
            let exact = self.column.exact(event);
            let like = index.get(&self.column.project(event, &levels)).map_or(&[][..], Vec::as_slice);
            let maybe = |&&other: &&u32| {
                let other = other as usize;
                other != event && (exact == NONE || self.column.exact(other) != exact)
            };
            found.extend(within(like, &self.at, from, to).iter().filter(maybe).take(cap));
        }
        found.sort_unstable();
        found.truncate(cap);
        found
    }
}

/// The events between two times, both ends in.
pub(super) fn within<'e>(events: &'e [u32], at: &[Time], from: i64, to: i64) -> &'e [u32] {
    let time = |event: &u32| at.get(*event as usize).map_or(i64::MIN, |time| time.0);
    let start = events.partition_point(|event| time(event) < from);
    let end = events.partition_point(|event| time(event) <= to);
    events.get(start..end).unwrap_or_default()
}

/// The labels of a unit under one of its hits.
pub(super) fn labels_under<'a>(primary: bool, labels: &'a [Label], hit: &'a Hit) -> &'a [Label] {
    if primary { labels } else { &hit.labels }
}
