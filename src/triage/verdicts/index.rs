//! Labels made comparable (R8), and looking for "another one with the same labels between a and b".
//!
//! Values are numbers (hashes with a key of this process, which nobody who writes mail can know), so that nothing is
//! compared letter by letter after a message was read once.

use super::plan::Lookup;
use super::units::Unit;
use crate::mail::Time;
use crate::runbook::labels::Label;
use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// No event, no group, no row.
pub(super) const NONE: u32 = u32::MAX;

/// Pseudo label: the address of the sender (R21).
pub(super) const SENDER: &str = "\0sender";

/// The label that names machines: a short name may equal a full one.
pub(super) const HOST: &str = "host";

/// Maps by numbers that are hashes already.
pub(super) type ByHash<T> = HashMap<u64, T, BuildHasherDefault<Plain>>;

/// Takes a number as its own hash.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Plain(u64);

impl Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// A label's value: 0 where it is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Raw {
    value: u64,
    /// The first part of a full host name; 0 for anything else.
    first: u64,
}

/// The full host name that begins with a part; `None`: several do.
type Family = Option<u64>;

/// Which full host names the mailbox knows, by their first part, and which short ones.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    families: ByHash<Family>,
    shorts: HashSet<u64, BuildHasherDefault<Plain>>,
}

impl Hosts {
    /// Takes in a name. Whether that may change what the names that are known already are taken for, and whether it may
    /// only change what they are not.
    pub(super) fn learn(&mut self, name: Raw) -> (bool, bool) {
        if name.value == 0 {
            return (false, false);
        }
        if name.first == 0 {
            self.shorts.insert(name.value);
            return (false, false);
        }
        let changed = match self.families.get_mut(&name.first) {
            Some(None) => false,
            Some(known) if *known == Some(name.value) => false,
            Some(known) => {
                *known = None;
                true
            }
            None => {
                self.families.insert(name.first, Some(name.value));
                true
            }
        };
        (changed && self.shorts.contains(&name.first), changed)
    }
}

/// A label's value, ready to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    level: Level,
    /// The value.
    exact: u64,
    /// What it shares with values that it may or may not be: the first part of a host name that two full names share.
    coarse: u64,
}

/// How sure a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Sure,
    /// A short host name that may be one of several full ones.
    Ambiguous,
    Missing,
}

impl Raw {
    fn part(self, hosts: &Hosts, is_host: bool) -> Part {
        let Raw { value, first } = self;
        if value == 0 {
            return Part { level: Level::Missing, exact: 0, coarse: 0 };
        }
        let sure = |exact| Part { level: Level::Sure, exact, coarse: exact };
        if !is_host {
            return sure(value);
        }
        if first != 0 {
            let shared = matches!(hosts.families.get(&first), Some(None));
            return Part { coarse: if shared { first } else { value }, ..sure(value) };
        }
        match hosts.families.get(&value) {
            Some(Some(full)) => sure(*full),
            Some(None) => Part { level: Level::Ambiguous, ..sure(value) },
            None => sure(value),
        }
    }
}

/// Case folded.
fn fold(value: &str) -> Cow<'_, str> {
    if value.is_ascii() && !value.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(value.to_lowercase())
    }
}

/// The key under which texts become numbers: another one in each process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key(u64, u64);

impl Default for Key {
    fn default() -> Key {
        let state = RandomState::new();
        Key(state.hash_one(0_u8) | 1, state.hash_one(1_u8))
    }
}

impl Key {
    /// The number of some bytes.
    pub(super) fn number(self, bytes: &[u8]) -> u64 {
        let Key(factor, seed) = self;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut chunks = bytes.chunks_exact(8);
        let mut sum = mixed(seed ^ length, factor);
        for chunk in &mut chunks {
            let word = chunk.first_chunk::<8>().map_or(0, |word| u64::from_le_bytes(*word));
            sum = mixed(sum ^ word, factor);
        }
        let rest = chunks.remainder().iter().fold(1, |word, byte| word << 8 | u64::from(*byte));
        // 0 stands for "missing".
        mixed(mixed(sum ^ rest, factor) ^ seed, factor).max(1)
    }
}

/// Both halves of the product, folded.
#[allow(clippy::cast_possible_truncation)] // The halves are what is wanted.
fn mixed(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The number of a text.
fn number(key: Key, text: &str) -> u64 {
    key.number(text.as_bytes())
}

/// The value of a label of a message: several values are one, in any order. `hosts` are the values of its hosts, each alone.
pub(super) fn raw(key: Key, labels: &[Label], sender: &str, hosts: &[Raw], name: &str) -> Raw {
    if let (HOST, [] | [_]) = (name, hosts) {
        return hosts.first().copied().unwrap_or_default();
    }
    let plain = |value: &str| Raw { value: number(key, &fold(value)), first: 0 };
    if name == SENDER {
        return if sender.is_empty() { Raw::default() } else { plain(sender) };
    }
    let mut values = labels.iter().filter(|label| label.name == name).map(|label| label.value.as_str());
    let Some(first) = values.next() else { return Raw::default() };
    let is = |value: &str| if name == HOST { host(key, value) } else { plain(value) };
    match values.next() {
        None => is(first),
        Some(second) => {
            let all: BTreeSet<Cow<'_, str>> = [first, second].into_iter().chain(values).map(fold).collect();
            is(&all.into_iter().collect::<Vec<_>>().join("\n"))
        }
    }
}

/// The name of a host.
pub(super) fn host(key: Key, value: &str) -> Raw {
    let value = fold(value);
    let first = value.split_once('.').map_or(0, |(first, _)| number(key, first));
    Raw { value: number(key, &value), first }
}

/// The values of some labels for all events of a runbook.
#[derive(Debug, Default)]
pub(super) struct Column {
    /// Indices into the names of the plan, and whether each is that of hosts.
    names: Vec<(usize, bool)>,
    numbers: ByHash<u32>,
    /// Number of the event's combination of values; [`NONE`] where a label is missing.
    pub(super) exact: Vec<u32>,
    /// Number of the event's combination where "missing" is a value like any other (R25).
    pub(super) grouped: Vec<u32>,
    /// How sure each value is, as one number for all; 0: all are sure.
    codes: Vec<u32>,
}

impl Column {
    pub(super) fn new(names: &[usize], all: &[String], capacity: usize) -> Column {
        let named = |name: &usize| (*name, all.get(*name).is_some_and(|name| name == HOST));
        Column {
            names: names.iter().map(named).collect(),
            exact: Vec::with_capacity(capacity),
            grouped: Vec::with_capacity(capacity),
            codes: Vec::with_capacity(capacity),
            ..Column::default()
        }
    }

    /// Takes in the next event, by the values of all labels of the plan.
    pub(super) fn push(&mut self, raws: &[Raw], hosts: &Hosts) {
        let (mut key, mut code, mut missing) = (0x51_7c_c1_b7_27_22_0a_95_u64, 0, false);
        for (name, is_host) in &self.names {
            let part = raws.get(*name).copied().unwrap_or_default().part(hosts, *is_host);
            code = code * 3 + part.level as u32;
            missing |= part.level == Level::Missing;
            key = (key.rotate_left(23) ^ part.exact).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        let next = u32::try_from(self.numbers.len()).unwrap_or(NONE - 1);
        let group = *self.numbers.entry(key ^ (key >> 32)).or_insert(next);
        self.codes.push(code);
        self.grouped.push(group);
        self.exact.push(if missing { NONE } else { group });
    }

    pub(super) fn exact(&self, event: u32) -> u32 {
        self.exact.get(event as usize).copied().unwrap_or(NONE)
    }

    pub(super) fn grouped(&self, event: u32) -> u32 {
        self.grouped.get(event as usize).copied().unwrap_or(NONE)
    }

    pub(super) fn code(&self, event: u32) -> u32 {
        self.codes.get(event as usize).copied().unwrap_or(0)
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

    /// The less sure of the levels of two codes.
    fn levels_of_both(&self, a: u32, b: u32) -> Vec<u32> {
        self.levels(a).into_iter().zip(self.levels(b)).map(|(a, b)| a.max(b)).collect()
    }

    /// The first label that an event does not have, as an index into the names of the plan.
    pub(super) fn missing(&self, event: u32) -> Option<usize> {
        let at = self.levels(self.code(event)).iter().position(|level| *level == Level::Missing as u32)?;
        self.names.get(at).map(|(name, _)| *name)
    }

    /// What can be compared of an event where the surest level for each label is this.
    fn project(&self, raws: &[Raw], hosts: &Hosts, levels: &[u32]) -> u64 {
        let mut key = 0x2545_f491_4f6c_dd1d_u64;
        for ((name, is_host), level) in self.names.iter().zip(levels) {
            let part = raws.get(*name).copied().unwrap_or_default().part(hosts, *is_host);
            let value = match level {
                0 => part.exact,
                1 => part.coarse,
                _ => continue,
            };
            key = (key.rotate_left(23) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        key ^ (key >> 32)
    }
}

/// The events that a finder looks among, as far as it needs to know them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream<'b> {
    pub(super) at: &'b [Time],
    /// The unit of each event.
    pub(super) of_unit: &'b [u32],
    pub(super) units: &'b [Unit],
    pub(super) columns: &'b [Column],
    /// The values of all labels of the plan, so many for each event.
    pub(super) raws: &'b [Raw],
    pub(super) width: usize,
}

impl<'b> Stream<'b> {
    pub(super) fn time(&self, event: u32) -> Time {
        self.at.get(event as usize).copied().unwrap_or_default()
    }

    fn raws(&self, event: u32) -> &'b [Raw] {
        let start = event as usize * self.width;
        self.raws.get(start..start + self.width).unwrap_or_default()
    }

    /// Which of two events comes first (R3).
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        let order = |event: u32| self.of_unit.get(event as usize).and_then(|unit| self.units.get(*unit as usize));
        self.time(a).cmp(&self.time(b)).then_with(|| order(a).map(order_of).cmp(&order(b).map(order_of)))
    }

    /// Puts an event where it belongs (R3).
    pub(super) fn put(&self, events: &mut Vec<u32>, event: u32) {
        let place = match events.last() {
            Some(last) if self.compare(*last, event).is_gt() => {
                events.partition_point(|other| self.compare(*other, event).is_le())
            }
            _ => events.len(),
        };
        events.insert(place, event);
    }
}

/// For a pair of codes (of who asks, of who is looked for): events by what can be compared.
type Projected = HashMap<(u32, u32), ByHash<Vec<u32>>>;

/// Events among which others are looked for, by their labels, in order of time.
#[derive(Debug)]
pub(super) struct Finder {
    pub(super) lookup: Lookup,
    by_key: Vec<Vec<u32>>,
    by_code: Vec<(u32, Vec<u32>)>,
    projected: RefCell<Projected>,
}

impl Finder {
    pub(super) fn new(lookup: &Lookup) -> Finder {
        Finder {
            lookup: lookup.clone(),
            by_key: Vec::new(),
            by_code: Vec::new(),
            projected: RefCell::new(Projected::new()),
        }
    }

    fn column<'b>(&self, stream: &Stream<'b>) -> Option<&'b Column> {
        stream.columns.get(self.lookup.column)
    }

    /// Takes in an event to be found.
    pub(super) fn insert(&mut self, stream: &Stream<'_>, hosts: &Hosts, event: u32) {
        let Some(column) = self.column(stream) else { return };
        let exact = column.exact(event);
        if self.lookup.by_key && exact != NONE {
            let key = exact as usize;
            if self.by_key.len() <= key {
                self.by_key.resize_with(key + 1, Vec::new);
            }
            if let Some(events) = self.by_key.get_mut(key) {
                stream.put(events, event);
            }
        }
        let code = column.code(event);
        match self.by_code.iter_mut().find(|(known, _)| *known == code) {
            Some((_, events)) => stream.put(events, event),
            None => self.by_code.push((code, vec![event])),
        }
        for ((asks, of), index) in self.projected.get_mut() {
            if *of == code {
                let key = column.project(stream.raws(event), hosts, &column.levels_of_both(*asks, code));
                stream.put(index.entry(key).or_default(), event);
            }
        }
    }

    /// Forgets what depends on which hosts are known.
    pub(super) fn forget_hosts(&mut self) {
        self.projected.get_mut().clear();
    }

    /// Whether all that may be found have all their labels.
    pub(super) fn sure(&self) -> bool {
        self.by_code.iter().all(|(code, _)| *code == 0)
    }

    /// Those with the same labels as `event`, between two times, both ends in; `event` itself may be among them.
    pub(super) fn same(&self, stream: &Stream<'_>, event: u32, from: i64, to: i64) -> &[u32] {
        self.of_key(stream, self.column(stream).map_or(NONE, |column| column.exact(event)), from, to)
    }

    /// Those with this combination of labels, between two times, both ends in.
    pub(super) fn of_key(&self, stream: &Stream<'_>, key: u32, from: i64, to: i64) -> &[u32] {
        self.by_key.get(key as usize).map_or(&[], |events| within(events, stream.at, from, to))
    }

    /// Those that may or may not have the same labels as `event`, between two times, at most `cap`; never `event`. They are
    /// the earliest that `takes` takes.
    pub(super) fn possible(
        &self,
        stream: &Stream<'_>,
        hosts: &Hosts,
        event: u32,
        (from, to): (i64, i64),
        cap: usize,
        takes: impl Fn(u32) -> bool,
    ) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        let Some(column) = self.column(stream) else { return found };
        let asks = column.code(event);
        if asks == 0 && self.sure() {
            return found;
        }
        let mut projected = self.projected.borrow_mut();
        for (code, candidates) in self.by_code.iter().filter(|(code, _)| asks != 0 || *code != 0) {
            let levels = column.levels_of_both(asks, *code);
            let index = projected.entry((asks, *code)).or_insert_with(|| {
                let mut index: ByHash<Vec<u32>> = ByHash::default();
                for &candidate in candidates {
                    let key = column.project(stream.raws(candidate), hosts, &levels);
                    index.entry(key).or_default().push(candidate);
                }
                index
            });
            let exact = column.exact(event);
            let key = column.project(stream.raws(event), hosts, &levels);
            let like = index.get(&key).map_or(&[][..], Vec::as_slice);
            let maybe =
                |other: &&u32| **other != event && (exact == NONE || column.exact(**other) != exact) && takes(**other);
            found.extend(within(like, stream.at, from, to).iter().filter(maybe).take(cap));
        }
        found.sort_by(|a, b| stream.compare(*a, *b));
        found.truncate(cap);
        found
    }
}

/// The events between two times, both ends in.
pub(super) fn within<'e>(events: &'e [u32], at: &[Time], from: i64, to: i64) -> &'e [u32] {
    let time = |event: &u32| at.get(*event as usize).map_or(i64::MIN, |time| time.0);
    let start = events.partition_point(|event| time(event) < from);
    let rest = events.get(start..).unwrap_or_default();
    rest.get(..rest.partition_point(|event| time(event) <= to)).unwrap_or_default()
}

/// The order of R3, made total.
pub(super) fn order_of(unit: &Unit) -> impl Ord + use<> {
    (unit.at, unit.received, unit.digest, unit.tie)
}
