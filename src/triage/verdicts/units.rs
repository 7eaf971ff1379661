//! Units: what counts as one message. Copies count once (R5), expunged mail still counts (R7), order is that of R3.

use super::incidents::Begin;
use super::index::{ByHash, HOST, Hosts, Key, NONE, Raw, host, order_of, raw};
use super::plan::Plan;
use super::{Input, Tombstone};
use crate::mail::{Digest, Role, Time};
use crate::runbook::labels::Label;
use crate::triage::row::{FolderId, Hit, MailKey, Row};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ops::Range;

/// How long two mails of the same content of which one has no id may be apart and still be copies, in seconds (R5).
const COPY_WINDOW: u64 = 120;
/// Threads that read rows, or work out runbooks. What comes out does not depend on it.
pub(super) const THREADS: usize = 4;
/// So many rows are read by one thread.
const FEW: usize = 4096;

/// Where the facts of a message stand.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    Row(&'a Row),
    Stone(&'a Tombstone),
}

impl<'a> Source<'a> {
    pub(super) fn key(self) -> &'a MailKey {
        match self {
            Source::Row(row) => &row.key,
            Source::Stone(stone) => &stone.key,
        }
    }

    /// At, received, digest, offset.
    fn facts(self) -> (Time, Time, Digest, Option<i32>) {
        match self {
            Source::Row(row) => (row.at, row.received, row.digest, row.offset),
            Source::Stone(stone) => (stone.at, stone.received, stone.digest, stone.offset),
        }
    }

    pub(super) fn message_id(self) -> Option<&'a str> {
        match self {
            Source::Row(row) => row.message_id.as_deref(),
            Source::Stone(stone) => stone.message_id.as_deref(),
        }
    }

    pub(super) fn sender(self) -> &'a str {
        match self {
            Source::Row(row) => &row.from.addr,
            Source::Stone(stone) => &stone.from.addr,
        }
    }

    pub(super) fn role(self) -> Role {
        match self {
            Source::Row(row) => row.role,
            Source::Stone(stone) => stone.role,
        }
    }

    /// The hit of the primary runbook, and the others.
    fn hits(self) -> (Option<&'a Hit>, &'a [Hit]) {
        match self {
            Source::Row(row) => (row.class.primary.as_deref(), &row.class.also),
            Source::Stone(stone) => (stone.class.primary.as_deref(), &stone.class.also),
        }
    }

    /// A hit by its place: 0 is the primary one.
    pub(super) fn hit(self, place: u16) -> Option<&'a Hit> {
        let (primary, also) = self.hits();
        match usize::from(place).checked_sub(1) {
            None => primary,
            Some(index) => also.get(index),
        }
    }

    /// The labels under a hit.
    pub(super) fn labels(self, place: u16) -> &'a [Label] {
        match (self, place) {
            (Source::Row(row), 0) => &row.class.labels,
            (Source::Stone(stone), 0) => &stone.class.labels,
            _ => self.hit(place).map_or(&[], |hit| &hit.labels),
        }
    }
}

/// One message, with all its copies.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// Time for windows.
    pub(super) at: Time,
    /// Delivery of the earliest copy.
    pub(super) received: Time,
    pub(super) digest: Digest,
    /// Puts those in order that have the same content: from the id.
    pub(super) tie: u64,
    /// The row that counts; [`NONE`]: only a tombstone is left.
    pub(super) row: u32,
    /// The tombstone that counts, where no row does.
    stone: u32,
    folder: FolderId,
    pub(super) offset: Option<i32>,
}

/// Where the verdict of a unit is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    /// By a runbook: its index, and the event.
    Event(u16, u32),
    /// By itself, as no runbook claims it, or it is no alert: its number among those.
    Alone(u32),
    /// Not yet known, or only a tombstone is left.
    Nowhere,
}

/// All units. Their numbers stay the same until everything is read again.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub(super) all: Vec<Unit>,
    /// Where the verdict of each is worked out.
    pub(super) homes: Vec<Home>,
    /// The unit of each row; [`NONE`] where it has none.
    pub(super) of_row: Vec<u32>,
    /// One unit of each content, by the start of its digest.
    by_digest: ByHash<u32>,
    /// Rows beside the one that counts.
    copies: ByHash<Vec<u32>>,
    /// Folders of units that lie in more than one.
    folders: HashMap<u32, Vec<FolderId>>,
    /// Units of which more than one row or tombstone was there when all was read.
    several: HashSet<u32>,
    /// Rows that are no readable mail.
    pub(super) odd: Vec<u32>,
    /// Their modification times, in order.
    unreadable: Vec<Time>,
    /// Rows that do not exist yet, by their delivery, the earliest last.
    pub(super) hidden: Vec<(Time, u32)>,
    /// When history begins: the earliest `at` of anything (R10).
    pub(super) since: Time,
    /// The host names of the mailbox (R8).
    pub(super) hosts: Hosts,
    key: Key,
}

/// A message of a runbook, as read from a source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) unit: u32,
    /// Time for windows, and delivery, of the unit.
    pub(super) at: Time,
    pub(super) received: Time,
    /// The place of the hit.
    pub(super) place: u16,
    pub(super) book: u16,
    /// The number of what the runbook's tests see of it beside its labels.
    pub(super) shape: u64,
    /// Where its values start in the list of its part.
    pub(super) raws: u32,
    /// Whether it counts in tests: only alerts do (R6).
    pub(super) counts: bool,
}

/// What some sources say.
#[derive(Debug, Default)]
pub(super) struct Reading<'a> {
    found: Vec<Found>,
    /// Rows that are no readable mail, or do not exist yet, by their index.
    others: Vec<(&'a Row, u32)>,
    pub(super) seen: Vec<Seen>,
    pub(super) raws: Vec<Raw>,
    hosts: Vec<Raw>,
    bytes: Vec<u8>,
}

/// A source.
#[derive(Debug)]
struct Found {
    unit: Unit,
    /// The row, also of a copy.
    row: u32,
    seen: Range<u32>,
    hosts: Range<u32>,
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NONE)
}

/// A number for [`ByHash`].
fn spread(unit: u32) -> u64 {
    u64::from(unit).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn prefix(digest: Digest) -> u64 {
    digest.0.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The number of what the tests of a runbook see of a message beside its labels.
fn shape_of(key: Key, hit: &Hit, primary: bool, alert: bool, bytes: &mut Vec<u8>) -> u64 {
    bytes.clear();
    bytes.extend(hit.kind.to_le_bytes());
    bytes.extend([u8::from(primary), u8::from(alert)]);
    bytes.extend(number(hit.cases.len()).to_le_bytes());
    bytes.extend(hit.cases.iter().chain(&hit.nears).flat_map(|case| case.to_le_bytes()));
    key.number(bytes)
}

impl Reading<'_> {
    fn take(&mut self, input: &Input<'_>, plans: &[Plan], key: Key, index: usize, source: Source<'_>) {
        let (seen, hosts) = (number(self.seen.len()), number(self.hosts.len()));
        let (at, received, digest, offset) = source.facts();
        let (primary, also) = source.hits();
        let alert = source.role() == Role::Alert;
        let all = primary.map(|hit| (0, hit)).into_iter().chain((1..).zip(also));
        let mut bytes = std::mem::take(&mut self.bytes);
        for (place, hit) in all {
            let labels = source.labels(place);
            let named = self.hosts.len();
            self.hosts.extend(labels.iter().filter(|label| label.name == HOST).map(|label| host(key, &label.value)));
            let Some((plan, runbook)) = plans.get(usize::from(hit.book.0)).zip(input.books.get(hit.book)) else {
                continue;
            };
            if !(alert || place == 0 && runbook.human) {
                continue;
            }
            let raws = number(self.raws.len());
            let sender = source.sender();
            let own = self.hosts.get(named..).unwrap_or_default();
            self.raws.extend(plan.names.iter().map(|name| raw(key, labels, sender, own, name)));
            let shape = shape_of(key, hit, place == 0, alert, &mut bytes);
            let book = hit.book.0;
            self.seen.push(Seen { unit: NONE, at, received, place, book, shape, raws, counts: alert });
        }
        self.bytes = bytes;
        let (row, stone) = match source {
            Source::Row(_) => (number(index), NONE),
            Source::Stone(_) => (NONE, number(index)),
        };
        let folder = source.key().folder;
        let unit = Unit { at, received, digest, tie: 0, row, stone, folder, offset };
        let (seen, hosts) = (seen..number(self.seen.len()), hosts..number(self.hosts.len()));
        self.found.push(Found { unit, row, seen, hosts });
    }
}

/// The tombstones that count: those whose mail does not lie there any more.
fn stones<'a>(input: &Input<'a>) -> Vec<(usize, &'a Tombstone)> {
    if input.tombstones.is_empty() {
        return Vec::new();
    }
    let here: HashSet<&MailKey> = input.rows.iter().map(|row| &row.key).collect();
    let gone = |(_, stone): &(usize, &Tombstone)| input.exists(stone.received) && !here.contains(&stone.key);
    input.tombstones.iter().map(|stone| &**stone).enumerate().filter(gone).collect()
}

/// A unit in the making: where its source stands, its rows and their folders, whether it has several sources.
type Made = (Unit, (usize, usize), Vec<u32>, Vec<FolderId>, bool);

impl Units {
    /// Reads everything. Gives what runbooks see of it, in parts; what belongs to a copy has no unit.
    pub(super) fn read<'a>(&mut self, input: &Input<'a>, plans: &[Plan]) -> Vec<Reading<'a>> {
        *self = Units { key: self.key, ..Units::default() };
        self.since = Time(i64::MAX);
        let stones = stones(input);
        let mut readings = self.read_all(input, plans, &stones);
        for (row, index) in readings.iter_mut().flat_map(|reading| std::mem::take(&mut reading.others)) {
            if !input.exists(row.received) {
                self.hidden.push((row.received, index));
            } else {
                self.odd.push(index);
                self.unreadable.push(row.mtime);
                self.since = self.since.min(row.at);
            }
        }
        self.hidden.sort_unstable_by(|a, b| b.cmp(a));
        self.unreadable.sort_unstable();
        self.of_row = vec![NONE; input.rows.len()];
        for (_, all) in self.take_all(&mut readings) {
            self.take_copies(input, &mut readings, all);
        }
        self.homes = vec![Home::Nowhere; self.all.len()];
        self.since = self.all.iter().map(|unit| unit.at).min().map_or(self.since, |first| first.min(self.since));
        readings
    }

    fn read_all<'a>(&self, input: &Input<'a>, plans: &[Plan], stones: &[(usize, &'a Tombstone)]) -> Vec<Reading<'a>> {
        let key = self.key;
        let rows = |from: usize, rows: &'a [Row]| {
            let mut reading = Reading::default();
            for (index, row) in (from..).zip(rows) {
                if row.odd.is_none() && input.exists(row.received) {
                    reading.take(input, plans, key, index, Source::Row(row));
                } else {
                    reading.others.push((row, number(index)));
                }
            }
            reading
        };
        let mut gone = Reading::default();
        for (index, stone) in stones {
            gone.take(input, plans, key, *index, Source::Stone(stone));
        }
        let chunk = input.rows.len().div_ceil(THREADS).max(FEW);
        let mut readings: Vec<Reading<'a>> = if input.rows.len() <= chunk {
            vec![rows(0, input.rows)]
        } else {
            std::thread::scope(|scope| {
                let rows = &rows;
                let parts = input.rows.chunks(chunk).enumerate();
                let threads: Vec<_> = parts.map(|(i, part)| scope.spawn(move || rows(i * chunk, part))).collect();
                // A thread that panics takes the whole computation with it, as it would without threads.
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect()
            })
        };
        readings.push(gone);
        readings
    }

    /// Makes a unit of each content, and gives the sources of which there is more than one with the same.
    fn take_all(&mut self, readings: &mut [Reading<'_>]) -> BTreeMap<u64, Vec<(usize, usize)>> {
        let mut same: BTreeMap<u64, Vec<(usize, usize)>> = BTreeMap::new();
        let count = readings.iter().map(|reading| reading.found.len()).sum();
        self.by_digest = ByHash::with_capacity_and_hasher(count, BuildHasherDefault::default());
        self.all.reserve(count);
        let mut first: Vec<(usize, usize)> = Vec::with_capacity(count);
        for (part, reading) in readings.iter_mut().enumerate() {
            let Reading { found, seen, hosts, .. } = reading;
            for (index, found) in found.iter().enumerate() {
                let content = prefix(found.unit.digest);
                let next = number(first.len());
                let known = *self.by_digest.entry(content).or_insert(next);
                if known == next {
                    first.push((part, index));
                    self.all.push(found.unit.clone());
                    self.settle(next, found, seen, hosts);
                } else if let Some(first) = first.get(known as usize) {
                    same.entry(content).or_insert_with(|| vec![*first]).push((part, index));
                }
            }
        }
        same
    }

    /// Makes a source the one that a unit's facts come from.
    fn settle(&mut self, unit: u32, found: &Found, seen: &mut [Seen], hosts: &[Raw]) {
        if let Some(slot) = self.of_row.get_mut(found.row as usize) {
            *slot = unit;
        }
        let Some(own) = self.all.get(unit as usize) else { return };
        for seen in seen.get_mut(found.seen.start as usize..found.seen.end as usize).unwrap_or_default() {
            (seen.unit, seen.at, seen.received) = (unit, own.at, own.received);
        }
        for name in hosts.get(found.hosts.start as usize..found.hosts.end as usize).unwrap_or_default() {
            self.hosts.learn(*name);
        }
    }

    /// Sorts out which of the sources with the same content are copies of which (R5).
    fn take_copies(&mut self, input: &Input<'_>, readings: &mut [Reading<'_>], mut places: Vec<(usize, usize)>) {
        let found = |place: &(usize, usize)| readings.get(place.0).and_then(|reading| reading.found.get(place.1));
        let source = |place: &(usize, usize)| found(place).and_then(|found| found.unit.source(input));
        // Where a file lies comes last, so it only decides which of two equal copies is the one that is shown.
        let order = |place: &(usize, usize)| {
            let source = source(place)?;
            let (at, received, digest, _) = source.facts();
            Some((digest, received, at, source.message_id(), matches!(source, Source::Stone(_)), source.key()))
        };
        places.sort_by(|a, b| order(a).cmp(&order(b)));
        // Each unit: its sources, the one that came first at the head, and whether any has an id.
        let mut units: Vec<(Vec<(usize, usize)>, bool)> = Vec::new();
        let mut by_id: HashMap<(Digest, &str), usize> = HashMap::new();
        for place in &places {
            let Some((source, own)) = source(place).zip(found(place)) else { continue };
            let (digest, id) = (own.unit.digest, source.message_id());
            let last = units.last().and_then(|(all, named)| Some((&found(all.first()?)?.unit, *named)));
            let beside = last.is_some_and(|(last, named)| {
                let near = own.unit.received.0.abs_diff(last.received.0) <= COPY_WINDOW;
                last.digest == digest && (id.is_none() || !named) && near
            });
            let of_id = id.and_then(|id| by_id.get(&(digest, id)).copied());
            let index = of_id.or(beside.then(|| units.len() - 1)).unwrap_or(units.len());
            match units.get_mut(index) {
                Some((all, named)) => {
                    all.push(*place);
                    *named |= id.is_some();
                }
                None => units.push((vec![*place], id.is_some())),
            }
            if let Some(id) = id {
                by_id.entry((digest, id)).or_insert(index);
            }
        }
        // All facts but the times come from mail that is still there.
        let units: Vec<Made> = units
            .into_iter()
            .filter_map(|(all, _)| {
                let first = &found(all.first()?)?.unit;
                let counting =
                    *all.iter().find(|place| found(place).is_some_and(|found| found.row != NONE)).or(all.first())?;
                let own = &found(&counting)?.unit;
                let id = all.iter().find_map(|place| source(place)?.message_id());
                let tie = id.map_or(0, |id| BuildHasherDefault::<DefaultHasher>::default().hash_one(id));
                let rows = all.iter().filter_map(found).map(|found| found.row).filter(|row| *row != NONE);
                let mut folders: Vec<FolderId> = all.iter().filter_map(found).map(|found| found.unit.folder).collect();
                folders.sort_unstable();
                folders.dedup();
                let unit = Unit { at: first.at, received: first.received, tie, ..own.clone() };
                Some((unit, counting, rows.filter(|row| *row != own.row).collect(), folders, all.len() > 1))
            })
            .collect();
        // What was taken for the unit of this content on the way.
        let mut slot = places
            .iter()
            .filter_map(found)
            .map(|found| prefix(found.unit.digest))
            .next()
            .and_then(|content| self.by_digest.get(&content).copied());
        for place in &places {
            let Some(reading) = readings.get_mut(place.0) else { continue };
            let Some(found) = reading.found.get(place.1) else { continue };
            for seen in reading.seen.get_mut(found.seen.start as usize..found.seen.end as usize).unwrap_or_default() {
                seen.unit = NONE;
            }
        }
        for (unit, counting, rows, folders, several) in units {
            let own = slot.take().unwrap_or_else(|| {
                self.all.push(unit.clone());
                number(self.all.len() - 1)
            });
            if let Some(slot) = self.all.get_mut(own as usize) {
                *slot = unit;
            }
            for row in &rows {
                if let Some(slot) = self.of_row.get_mut(*row as usize) {
                    *slot = own;
                }
            }
            if let Some(Reading { found, seen, hosts, .. }) = readings.get_mut(counting.0)
                && let Some(found) = found.get(counting.1)
            {
                self.settle(own, found, seen, hosts);
            }
            if !rows.is_empty() {
                self.copies.insert(spread(own), rows);
            }
            if several {
                self.several.insert(own);
            }
            if folders.len() > 1 {
                self.folders.insert(own, folders);
            }
        }
    }

    /// Takes in a row that was not there before.
    pub(super) fn insert<'a>(&mut self, input: &Input<'a>, plans: &[Plan], index: usize) -> Inserted<'a> {
        let Some(row) = input.rows.get(index) else { return Inserted::Everything };
        self.of_row.resize(self.of_row.len().max(index + 1), NONE);
        if !input.exists(row.received) {
            let place = self.hidden.partition_point(|(time, _)| *time > row.received);
            self.hidden.insert(place, (row.received, number(index)));
            return Inserted::Nothing;
        }
        if row.odd.is_some() {
            return Inserted::Everything;
        }
        if let Some(&unit) = self.by_digest.get(&prefix(row.digest)) {
            return self.insert_copy(input, index, row, unit);
        }
        let mut reading = Reading::default();
        reading.take(input, plans, self.key, index, Source::Row(row));
        let Some(found) = reading.found.pop() else { return Inserted::Everything };
        let unit = number(self.all.len());
        self.by_digest.insert(prefix(row.digest), unit);
        self.all.push(found.unit);
        self.homes.push(Home::Nowhere);
        if let Some(slot) = self.of_row.get_mut(index) {
            *slot = unit;
        }
        let mut hosts = (false, false);
        for name in &reading.hosts {
            let learnt = self.hosts.learn(*name);
            hosts = (hosts.0 || learnt.0, hosts.1 || learnt.1);
        }
        for seen in &mut reading.seen {
            seen.unit = unit;
        }
        // A short name may be one of the full ones.
        let older = row.at < self.since;
        self.since = self.since.min(row.at);
        Inserted::Unit { unit, reading, older, hosts }
    }

    /// A mail with content that is known: mostly a copy that came later, which changes nothing.
    fn insert_copy(&mut self, input: &Input<'_>, index: usize, row: &Row, unit: u32) -> Inserted<'static> {
        let Some(known) = self.all.get(unit as usize) else { return Inserted::Everything };
        let Some(first @ Source::Row(_)) = known.source(input) else { return Inserted::Everything };
        let same =
            known.digest == row.digest && row.message_id.is_some() && first.message_id() == row.message_id.as_deref();
        let later = (row.received, row.at) > (known.received, known.at);
        if !same || !later {
            return Inserted::Everything;
        }
        if row.key.folder != known.folder {
            let folders = self.folders.entry(unit).or_insert_with(|| vec![known.folder]);
            if !folders.contains(&row.key.folder) {
                folders.push(row.key.folder);
            }
        }
        let order =
            |copy: &u32| input.rows.get(*copy as usize).map(|row| (row.received, row.at, &row.message_id, &row.key));
        let copies = self.copies.entry(spread(unit)).or_default();
        let place = copies.partition_point(|copy| order(copy) <= order(&number(index)));
        copies.insert(place, number(index));
        if let Some(slot) = self.of_row.get_mut(index) {
            *slot = unit;
        }
        Inserted::Copy(unit)
    }

    /// Takes out the row at an index, so that the last row has that index now; a tombstone is left of it. Gives its unit, and
    /// that of the row that was the last; `None`, and nothing done, where all must be read again.
    pub(super) fn bury(&mut self, row: usize, stone: usize) -> Option<(u32, Option<u32>)> {
        let unit = self.of_row(row)?;
        if self.several.contains(&unit) || self.copies.contains_key(&spread(unit)) {
            return None;
        }
        let own = self.all.get_mut(unit as usize).filter(|own| own.row == number(row))?;
        (own.row, own.stone) = (NONE, number(stone));
        let (last, row) = (number(self.of_row.len() - 1), number(row));
        self.of_row.swap_remove(row as usize);
        if row == last {
            return Some((unit, None));
        }
        let moved = self.of_row(row as usize);
        match moved {
            Some(moved) => {
                let own = self.all.get_mut(moved as usize).map(|unit| &mut unit.row);
                let copies = self.copies.get_mut(&spread(moved)).into_iter().flatten();
                own.into_iter().chain(copies).filter(|own| **own == last).for_each(|own| *own = row);
            }
            None => {
                let hidden = self.hidden.iter_mut().map(|(_, row)| row);
                self.odd.iter_mut().chain(hidden).filter(|odd| **odd == last).for_each(|odd| *odd = row);
            }
        }
        Some((unit, moved))
    }

    pub(super) fn get(&self, unit: u32) -> Option<&Unit> {
        self.all.get(unit as usize)
    }

    /// Where the verdict of a unit is worked out.
    pub(super) fn home(&self, unit: u32) -> Home {
        self.homes.get(unit as usize).copied().unwrap_or(Home::Nowhere)
    }

    /// The unit of a row; `None` for one that is not readable or does not exist yet.
    pub(super) fn of_row(&self, row: usize) -> Option<u32> {
        self.of_row.get(row).copied().filter(|unit| *unit != NONE)
    }

    /// All rows of a unit, the one that counts first.
    pub(super) fn rows(&self, unit: u32) -> impl Iterator<Item = usize> {
        let own = self.get(unit).map(|unit| unit.row).filter(|row| *row != NONE);
        let copies = if self.copies.is_empty() { None } else { self.copies.get(&spread(unit)) };
        own.into_iter().chain(copies.into_iter().flatten().copied()).map(|row| row as usize)
    }

    /// Up to when the mailbox around a unit is known to be complete.
    pub(super) fn fresh(&self, input: &Input<'_>, unit: u32) -> Time {
        let of = |folder: &FolderId| input.fresh.get(folder).copied().unwrap_or(Time(i64::MIN));
        let own = self.get(unit).map_or(Time(i64::MIN), |unit| of(&unit.folder));
        if self.folders.is_empty() {
            return own;
        }
        self.folders.get(&unit).into_iter().flatten().map(of).fold(own, Time::max)
    }

    /// The tombstones that count, each with its unit.
    pub(super) fn stones<'a>(&self, input: &Input<'a>) -> impl Iterator<Item = (&'a Tombstone, u32)> {
        let units = (0..).zip(&self.all).filter(|(_, unit)| unit.row == NONE);
        units.filter_map(|(index, unit)| Some((&**input.tombstones.get(unit.stone as usize)?, index)))
    }

    /// Modification times of unreadable entries between two times, both ends in.
    pub(super) fn unreadable(&self, from: Time, to: Time) -> &[Time] {
        if self.unreadable.is_empty() {
            return &[];
        }
        let start = self.unreadable.partition_point(|time| *time < from);
        let rest = self.unreadable.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|time| *time <= to)).unwrap_or_default()
    }

    /// The unit with that content that comes first (R29).
    pub(super) fn of_content(&self, digest: Digest) -> Option<u32> {
        let known = *self.by_digest.get(&prefix(digest))?;
        // Where there are several with the same start, each is looked at: that is rare.
        let same = |unit: &&Unit| unit.digest == digest;
        if self.get(known).is_some_and(|unit| unit.tie == 0 && unit.digest == digest) {
            return Some(known);
        }
        let all = self.all.iter().enumerate().filter(|(_, unit)| same(unit));
        all.min_by(|(_, a), (_, b)| order_of(a).cmp(&order_of(b))).map(|(index, _)| number(index))
    }
}

impl Unit {
    /// Where its facts stand.
    pub(super) fn begin(&self) -> Begin {
        match self.row {
            NONE => Begin::Stone(self.stone as usize),
            row => Begin::Row(row as usize),
        }
    }

    pub(super) fn source<'a>(&self, input: &Input<'a>) -> Option<Source<'a>> {
        match self.row {
            NONE => input.tombstones.get(self.stone as usize).map(|stone| Source::Stone(stone)),
            row => input.rows.get(row as usize).map(Source::Row),
        }
    }
}

/// What came of a new row.
#[derive(Debug)]
pub(super) enum Inserted<'a> {
    /// It does not exist yet.
    Nothing,
    /// It is a copy of this unit, which came first.
    Copy(u32),
    /// It is a unit of its own.
    Unit {
        unit: u32,
        /// What runbooks see of it.
        reading: Reading<'a>,
        /// Whether history begins with it.
        older: bool,
        /// As [`Hosts::learn`] says.
        hosts: (bool, bool),
    },
    /// It may change which mail is whose copy, or what is in doubt everywhere: all must be read again.
    Everything,
}
