//! Units: what counts as one message. Copies count once (R5), expunged mail still counts (R7), order is that of R3.

use super::super::row::{Class, Hit, MailKey};
use super::Input;
use super::index::Hosts;
use crate::mail::{Digest, Role, Time};
use crate::runbook::labels::Label;
use crate::runbook::set::BookId;
use std::collections::{HashMap, HashSet};

/// How long two mails of the same content of which one has no id may be apart and still be copies, in seconds (R5).
const COPY_WINDOW: u64 = 120;

/// One message, with all its copies.
#[derive(Debug)]
pub(super) struct Unit<'a> {
    /// Time for windows.
    pub(super) at: Time,
    /// Delivery of the earliest copy.
    pub(super) received: Time,
    pub(super) digest: Digest,
    /// Where it lies, or lay.
    pub(super) key: &'a MailKey,
    /// Index of the row that counts; `None`: only a tombstone is left.
    pub(super) row: Option<usize>,
    pub(super) primary: Option<&'a Hit>,
    pub(super) also: &'a [Hit],
    /// Labels read by the primary runbook.
    pub(super) labels: &'a [Label],
    /// Address of the sender.
    pub(super) from: &'a str,
    pub(super) role: Role,
    pub(super) offset: Option<i32>,
    pub(super) message_id: Option<&'a str>,
    /// Up to when the mailbox around it is known to be complete.
    pub(super) fresh: Time,
}

/// All units, in the order of R3.
#[derive(Debug)]
pub(super) struct Units<'a> {
    pub(super) all: Vec<Unit<'a>>,
    of_row: Vec<Option<u32>>,
    /// Modification times of entries that are no readable mail, in order.
    unreadable: Vec<Time>,
    /// When history begins: the earliest `at` of anything (R10).
    pub(super) since: Time,
    /// The full host names of the mailbox (R8).
    pub(super) hosts: Hosts,
    /// For each runbook the units that it claims, and by which hit.
    by_book: HashMap<BookId, Vec<(usize, &'a Hit)>>,
}

/// A row or a tombstone on its way to a unit.
struct Source<'a> {
    unit: Unit<'a>,
    row: Option<usize>,
}

impl Source<'_> {
    /// Takes in a copy. Times are those of the earliest, which came first; all else comes from mail that is still there.
    fn take_copy(&mut self, copy: Self) {
        let fresh = self.unit.fresh.max(copy.unit.fresh);
        let message_id = self.unit.message_id.or(copy.unit.message_id);
        if self.row.is_none() && copy.row.is_some() {
            let (at, received) = (self.unit.at, self.unit.received);
            *self = Source { unit: Unit { at, received, ..copy.unit }, row: copy.row };
        }
        self.unit.fresh = fresh;
        self.unit.message_id = message_id;
    }
}

impl<'a> Units<'a> {
    pub(super) fn of(input: &Input<'a>) -> Units<'a> {
        let mut sources = sources(input);
        // Where a file lies comes last, so it only decides which of two equal copies is the one that is shown.
        sources.sort_by(|a, b| order_for_copies(&a.unit, a.row).cmp(&order_for_copies(&b.unit, b.row)));
        let mut found: Vec<Source<'a>> = Vec::with_capacity(sources.len());
        let mut rows: Vec<(usize, usize)> = Vec::with_capacity(input.rows.len());
        let mut by_id: HashMap<(Digest, &str), usize> = HashMap::new();
        for source in sources {
            let (row, id) = (source.row, source.unit.message_id);
            let digest = source.unit.digest;
            let index = copy_of(&source.unit, &found, &by_id).unwrap_or(found.len());
            match found.get_mut(index) {
                Some(first) => first.take_copy(source),
                None => found.push(source),
            }
            if let Some(row) = row {
                rows.push((row, index));
            }
            if let Some(id) = id {
                by_id.entry((digest, id)).or_insert(index);
            }
        }
        let mut order: Vec<usize> = (0..found.len()).collect();
        let rank = |index: &usize| found.get(*index).map(|source| order_of(&source.unit));
        order.sort_by(|a, b| rank(a).cmp(&rank(b)));
        let mut place = vec![0u32; found.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(slot) = place.get_mut(*old) {
                *slot = u32::try_from(new).unwrap_or(u32::MAX);
            }
        }
        let mut of_row = vec![None; input.rows.len()];
        for (row, index) in rows {
            if let (Some(slot), Some(place)) = (of_row.get_mut(row), place.get(index)) {
                *slot = Some(*place);
            }
        }
        let mut slots: Vec<Option<Source<'a>>> = found.into_iter().map(Some).collect();
        let all: Vec<Unit<'a>> = order
            .iter()
            .filter_map(|old| slots.get_mut(*old).and_then(Option::take))
            .map(|source| Unit { row: source.row, ..source.unit })
            .collect();
        let mut unreadable: Vec<Time> = Vec::new();
        let mut since = all.first().map_or(Time(i64::MAX), |unit| unit.at);
        for row in input.rows.iter().filter(|row| row.odd.is_some() && input.exists(row.received)) {
            unreadable.push(row.mtime);
            since = since.min(row.at);
        }
        unreadable.sort_unstable();
        let mut by_book: HashMap<BookId, Vec<(usize, &Hit)>> = HashMap::new();
        for (index, unit) in all.iter().enumerate() {
            for hit in unit.primary.into_iter().chain(unit.also) {
                by_book.entry(hit.book).or_default().push((index, hit));
            }
        }
        let hosts = Hosts::of(&all);
        Units { all, of_row, unreadable, since, hosts, by_book }
    }

    /// The units that a runbook claims, in order, and by which hit.
    pub(super) fn of_book(&self, book: BookId) -> &[(usize, &'a Hit)] {
        self.by_book.get(&book).map_or(&[], Vec::as_slice)
    }

    /// The unit of a row; `None` for one that is not readable or does not exist yet.
    pub(super) fn of_row(&self, row: usize) -> Option<&Unit<'a>> {
        self.index_of_row(row).and_then(|index| self.all.get(index))
    }

    pub(super) fn index_of_row(&self, row: usize) -> Option<usize> {
        self.of_row.get(row).copied().flatten().and_then(|index| usize::try_from(index).ok())
    }

    /// Modification times of unreadable entries between two times, both ends in.
    pub(super) fn unreadable(&self, from: Time, to: Time) -> &[Time] {
        let start = self.unreadable.partition_point(|time| *time < from);
        let end = self.unreadable.partition_point(|time| *time <= to);
        self.unreadable.get(start..end).unwrap_or_default()
    }
}

fn order_for_copies<'u>(unit: &'u Unit<'_>, row: Option<usize>) -> impl Ord + use<'u> {
    (unit.digest, unit.received, unit.at, unit.message_id, row.is_none(), unit.key)
}

/// R3, made total.
fn order_of<'u>(unit: &'u Unit<'_>) -> impl Ord + use<'u> {
    (unit.at, unit.received, unit.digest, unit.message_id)
}

/// The one that this is a copy of, among those found so far (R5).
fn copy_of(unit: &Unit<'_>, found: &[Source<'_>], by_id: &HashMap<(Digest, &str), usize>) -> Option<usize> {
    if let Some(&index) = unit.message_id.and_then(|id| by_id.get(&(unit.digest, id))) {
        return Some(index);
    }
    let last = found.last().filter(|last| last.unit.digest == unit.digest)?;
    let id_missing = unit.message_id.is_none() || last.unit.message_id.is_none();
    let near = unit.received.0.abs_diff(last.unit.received.0) <= COPY_WINDOW;
    (id_missing && near).then(|| found.len() - 1)
}

fn sources<'a>(input: &Input<'a>) -> Vec<Source<'a>> {
    let fresh = |key: &MailKey| input.fresh.get(&key.folder).copied().unwrap_or(Time(i64::MIN));
    let mut sources = Vec::with_capacity(input.rows.len() + input.tombstones.len());
    for (index, row) in input.rows.iter().enumerate() {
        if row.odd.is_some() || !input.exists(row.received) {
            continue;
        }
        let Class { primary, also, labels } = &row.class;
        let unit = Unit {
            at: row.at,
            received: row.received,
            digest: row.digest,
            key: &row.key,
            row: Some(index),
            primary: primary.as_ref(),
            also,
            labels,
            from: &row.from.addr,
            role: row.role,
            offset: row.offset,
            message_id: row.message_id.as_deref(),
            fresh: fresh(&row.key),
        };
        sources.push(Source { unit, row: Some(index) });
    }
    if input.tombstones.is_empty() {
        return sources;
    }
    let here: HashSet<&MailKey> = input.rows.iter().map(|row| &row.key).collect();
    for stone in input.tombstones.iter().filter(|stone| input.exists(stone.received) && !here.contains(&stone.key)) {
        let (primary, also) = match stone.hits.split_first() {
            Some((first, rest)) => (Some(first), rest),
            None => (None, [].as_slice()),
        };
        let unit = Unit {
            at: stone.at,
            received: stone.received,
            digest: stone.digest,
            key: &stone.key,
            row: None,
            primary,
            also,
            labels: &stone.labels,
            from: &stone.from.addr,
            role: stone.role,
            offset: stone.offset,
            message_id: stone.message_id.as_deref(),
            fresh: fresh(&stone.key),
        };
        sources.push(Source { unit, row: None });
    }
    sources
}
