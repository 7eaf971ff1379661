//! One runbook's view of the mailbox: its events with their labels, and what is found among them.
//!
//! An event keeps its number when others come; lists of events are in the order of R3.

use super::Input;
use super::engine::Judgment;
use super::incidents::{Group, Incident, Part, Span};
use super::index::{ByHash, Column, Finder, Hosts, NONE, Raw, Stream, order_of};
use super::nears;
use super::plan::{Among, Closing, Plan};
use super::temporal::limit;
use super::units::{Reading, Seen, Source, Units};
use crate::mail::Time;
use crate::runbook::Runbook;
use crate::runbook::case::{Near, Temporal};
use crate::triage::row::Hit;

/// No value of a set.
pub(super) const NO_VALUE: u8 = u8::MAX;

/// A message under a runbook.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) unit: u32,
    /// Index of its shape.
    pub(super) shape: u32,
    /// The place of its hit.
    pub(super) place: u16,
}

/// What tests see of an event beside its labels: many events share one.
#[derive(Debug)]
pub(super) struct Shape {
    /// Index of the kind.
    pub(super) kind: u16,
    /// Whether the runbook gives it its verdict, rather than only sees it (R31).
    pub(super) primary: bool,
    /// Whether it counts in tests: only alerts do (R6).
    pub(super) counts: bool,
    /// The cases that speak of it.
    pub(super) cases: Vec<u16>,
    /// For each test that looks for another message, by its number: whether it is what is looked for.
    nears: Vec<bool>,
    /// The longest gap of its kind.
    pub(super) gap: Option<i64>,
    /// Whether it never shares an incident: people's mail, and what is no alert.
    pub(super) alone: bool,
}

impl Shape {
    fn of(runbook: &Runbook, hit: &Hit, seen: &Seen) -> Shape {
        let kind = runbook.kinds.get(usize::from(hit.kind));
        let is = |near: &Near, index: usize| {
            let of_kind = near.kinds.is_empty() || kind.is_some_and(|kind| near.kinds.contains(&kind.id));
            of_kind && (near.when.is_none() || hit.nears.iter().any(|&known| usize::from(known) == index))
        };
        let mut cases: Vec<u16> =
            hit.cases.iter().copied().filter(|case| usize::from(*case) < runbook.cases.len()).collect();
        cases.sort_unstable();
        cases.dedup();
        Shape {
            kind: hit.kind,
            primary: seen.place == 0,
            counts: seen.counts,
            cases,
            nears: nears(runbook).enumerate().map(|(index, near)| is(near, index)).collect(),
            gap: kind.and_then(|kind| kind.gap),
            alone: runbook.human || !seen.counts,
        }
    }

    /// Whether a case speaks of it: its kinds and its `when`.
    pub(super) fn speaks(&self, case: usize) -> bool {
        self.cases.iter().any(|&index| usize::from(index) == case)
    }

    /// Whether it is among those that are looked for.
    fn is_among(&self, among: Among) -> bool {
        self.counts
            && match among {
                Among::Near(number) => self.nears.get(number) == Some(&true),
                Among::Case(case) => self.speaks(case),
                Among::All => true,
            }
    }
}

/// What is known of each event, by its number.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) at: Vec<Time>,
    pub(super) of_unit: Vec<u32>,
    /// The values of all labels of the plan, so many for each event.
    raws: Vec<Raw>,
    width: usize,
    pub(super) columns: Vec<Column>,
}

impl Facts {
    pub(super) fn stream<'b>(&'b self, units: &'b Units) -> Stream<'b> {
        Stream {
            at: &self.at,
            of_unit: &self.of_unit,
            units: &units.all,
            columns: &self.columns,
            raws: &self.raws,
            width: self.width,
        }
    }

    fn push_columns(&mut self, hosts: &Hosts, event: u32) {
        let start = event as usize * self.width;
        let raws = self.raws.get(start..start + self.width).unwrap_or_default();
        self.columns.iter_mut().for_each(|column| column.push(raws, hosts));
    }
}

/// A runbook and its events.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) events: Vec<Event>,
    pub(super) facts: Facts,
    pub(super) shapes: Vec<Shape>,
    by_shape: ByHash<u32>,
    pub(super) finders: Vec<Finder>,
    /// The time limits that each event gives, so many as the plan asks for.
    limits: Vec<Option<Time>>,
    /// Which value of each set it has.
    values: Vec<u8>,
    /// All events in order.
    pub(super) order: Vec<u32>,
    /// For each test that closes: the closing mail of each event.
    pub(super) closers: Vec<Vec<u32>>,
    pub(super) groups: Vec<Group>,
    pub(super) parts: Vec<Part>,
    /// Where each part lies in time.
    pub(super) spans: Vec<Span>,
    /// Parts that are not in use.
    pub(super) free: Vec<u32>,
    pub(super) part_of: Vec<u32>,
    /// What was told to be resolved: when, about which event.
    pub(super) resolves: Vec<(Time, u32)>,
    /// Whether what was told changed something for it.
    pub(super) retold: bool,
    /// Settled values of tests of single messages: which are known, and which of these hold.
    pub(super) kept: Vec<(u64, u64)>,
    pub(super) judged: Vec<Judgment>,
    /// What a list shows of each part; `None` where no row lies there any more.
    pub(super) incidents: Vec<Option<Incident>>,
    /// Parts whose value depends on how fresh the mailbox is.
    pub(super) waiting: Vec<u32>,
    /// Parts that must be worked out again.
    pub(super) dirty: Vec<u32>,
    /// Parts that were, and whether anything of them changed.
    pub(super) worked: Vec<(u32, bool)>,
}

impl Book {
    /// Reads all events of a runbook.
    pub(super) fn read(
        plan: &Plan,
        runbook: &Runbook,
        input: &Input<'_>,
        units: &Units,
        readings: &[Reading<'_>],
        seen: Vec<(u32, &Seen)>,
    ) -> Book {
        let mut sorted: Vec<((Time, Time), u32, &Seen)> =
            seen.into_iter().map(|(reading, seen)| ((seen.at, seen.received), reading, seen)).collect();
        sorted.sort_unstable_by(|(a, _, seen), (b, _, other)| {
            let order = |seen: &Seen| units.get(seen.unit).map(order_of);
            a.cmp(b).then_with(|| order(seen).cmp(&order(other)))
        });
        let mut book = Book::default();
        book.facts.width = plan.names.len();
        book.events.reserve(sorted.len());
        book.facts.at.reserve(sorted.len());
        book.facts.of_unit.reserve(sorted.len());
        book.facts.raws.reserve(sorted.len() * plan.names.len());
        for (_, reading, seen) in sorted {
            let Some(reading) = readings.get(reading as usize) else { continue };
            book.push(plan, runbook, input, units, reading, seen);
        }
        book
    }

    /// Takes in the facts of an event.
    pub(super) fn push(
        &mut self,
        plan: &Plan,
        runbook: &Runbook,
        input: &Input<'_>,
        units: &Units,
        reading: &Reading<'_>,
        seen: &Seen,
    ) -> Option<u32> {
        let unit = || units.get(seen.unit);
        let event = u32::try_from(self.events.len()).ok()?;
        let shape = match self.by_shape.get(&seen.shape) {
            Some(shape) => *shape,
            None => {
                let hit = unit()?.source(input)?.hit(seen.place)?;
                let shape = u32::try_from(self.shapes.len()).ok()?;
                self.shapes.push(Shape::of(runbook, hit, seen));
                self.by_shape.insert(seen.shape, shape);
                shape
            }
        };
        self.events.push(Event { unit: seen.unit, shape, place: seen.place });
        self.facts.at.push(seen.at);
        self.facts.of_unit.push(seen.unit);
        let start = seen.raws as usize;
        self.facts.raws.extend(reading.raws.get(start..start + self.facts.width).unwrap_or_default());
        if !plan.limits.is_empty() || !plan.sets.is_empty() {
            let source = unit().and_then(|unit| unit.source(input));
            let labels = source.map_or(&[][..], |source| source.labels(seen.place));
            self.limits.extend(plan.limits.iter().map(|label| limit(labels, label)));
            self.values.extend(plan.sets.iter().map(|(label, values)| {
                let found = labels.iter().find(|found| found.name == *label);
                let value =
                    found.and_then(|found| values.iter().position(|value| *value == found.value.to_lowercase()));
                value.and_then(|value| u8::try_from(value).ok()).unwrap_or(NO_VALUE)
            }));
        }
        Some(event)
    }

    /// Makes all that is made of the facts anew: columns, finders, groups; everything is to be worked out again.
    pub(super) fn arrange(&mut self, plan: &Plan, units: &Units) {
        let count = self.events.len();
        self.facts.columns = plan.columns.iter().map(|names| Column::new(names, &plan.names, count)).collect();
        self.finders = plan.finders.iter().map(Finder::new).collect();
        self.kept = vec![(0, 0); count];
        self.judged = vec![Judgment::default(); count];
        self.part_of = vec![NONE; count];
        self.groups.clear();
        self.parts.clear();
        self.incidents.clear();
        self.spans.clear();
        self.free.clear();
        self.waiting.clear();
        self.dirty.clear();
        self.closers = plan.closers.iter().map(|_| vec![NONE; count]).collect();
        for event in 0..u32::try_from(count).unwrap_or(NONE) {
            self.facts.push_columns(&units.hosts, event);
        }
        let stream = self.facts.stream(units);
        let mut order: Vec<u32> = (0..u32::try_from(count).unwrap_or(NONE)).collect();
        if !order.is_sorted_by(|a, b| stream.compare(*a, *b).is_le()) {
            order.sort_by(|a, b| stream.compare(*a, *b));
        }
        let group = stream.columns.get(plan.group);
        for &event in &order {
            let Some(shape) = shape_of(&self.events, &self.shapes, event) else { continue };
            for finder in self.finders.iter_mut().filter(|finder| shape.is_among(finder.lookup.among)) {
                finder.insert(&stream, &units.hosts, event);
            }
            if !shape.alone {
                let index = group.map_or(NONE, |column| column.grouped(event)) as usize;
                if self.groups.len() <= index {
                    self.groups.resize_with(index + 1, Group::default);
                }
                if let Some(group) = self.groups.get_mut(index) {
                    group.events.push(event);
                }
            }
        }
        self.order = order;
        for closing in 0..plan.closers.len() {
            for event in 0..count {
                self.find_closer(plan, units, closing, event as u32);
            }
        }
    }

    /// Finds the first strictly later mail that closes an event (R21). Whether it is another one than before.
    fn find_closer(&mut self, plan: &Plan, units: &Units, closing: usize, event: u32) -> bool {
        let Some(Closing { case, finder, within }) = plan.closers.get(closing).copied() else { return false };
        let found = match (self.shape(event), self.finders.get(finder)) {
            (Some(shape), Some(finder)) if shape.speaks(case) => {
                let at = self.time(event).0;
                let end = within.map_or(i64::MAX, |within| at.saturating_add(within));
                let all = finder.same(&self.facts.stream(units), event, at.saturating_add(1), end);
                all.first().copied().unwrap_or(NONE)
            }
            _ => NONE,
        };
        match self.closers.get_mut(closing).and_then(|closers| closers.get_mut(event as usize)) {
            Some(slot) => std::mem::replace(slot, found) != found,
            None => false,
        }
    }

    /// Takes in an event that was not there before. Gives the groups that must be split again.
    pub(super) fn insert(
        &mut self,
        plan: &Plan,
        runbook: &Runbook,
        input: &Input<'_>,
        units: &Units,
        event: u32,
    ) -> Vec<u32> {
        self.facts.push_columns(&units.hosts, event);
        self.kept.push((0, 0));
        self.judged.push(Judgment::default());
        self.part_of.push(NONE);
        self.closers.iter_mut().for_each(|closers| closers.push(NONE));
        let stream = self.facts.stream(units);
        stream.put(&mut self.order, event);
        let mut split: Vec<u32> = Vec::new();
        let Some(shape) = shape_of(&self.events, &self.shapes, event) else { return split };
        let mut found = Vec::new();
        for (index, finder) in self.finders.iter_mut().enumerate().filter(|(_, f)| shape.is_among(f.lookup.among)) {
            finder.insert(&stream, &units.hosts, event);
            found.push(index);
        }
        let at = self.time(event);
        if !shape.alone {
            let index = stream.columns.get(plan.group).map_or(NONE, |column| column.grouped(event));
            if self.groups.len() <= index as usize {
                self.groups.resize_with(index as usize + 1, Group::default);
            }
            if let Some(group) = self.groups.get_mut(index as usize) {
                stream.put(&mut group.events, event);
            }
            split.push(index);
        }
        // Mail that it closes.
        let counts = shape.counts;
        for closing in 0..plan.closers.len() {
            self.find_closer(plan, units, closing, event);
            let Some(Closing { case, finder, .. }) = plan.closers.get(closing).copied() else { continue };
            if !found.contains(&finder) {
                continue;
            }
            let Some(column) = plan.finders.get(finder).and_then(|lookup| self.facts.columns.get(lookup.column)) else {
                continue;
            };
            let key = column.exact(event);
            let closed: Vec<u32> = (self.order.iter().copied())
                .filter(|other| column.exact(*other) == key && self.time(*other) < at)
                .filter(|other| self.shape(*other).is_some_and(|shape| shape.speaks(case)))
                .collect();
            for other in closed {
                if self.find_closer(plan, units, closing, other) {
                    split.extend(self.group_of(plan, other));
                    self.dirty.extend(self.part_of.get(other as usize));
                }
            }
        }
        // Mail that looks for it, before or after.
        let mut number = 0;
        for (case, rule) in runbook.cases.iter().enumerate() {
            for (test, planned) in rule.tests.iter().zip(plan.tests.get(case).into_iter().flatten()) {
                let near = match test {
                    Temporal::FollowedBy(near)
                    | Temporal::NotFollowedBy(near)
                    | Temporal::PrecededBy(near)
                    | Temporal::NotPrecededBy(near) => near,
                    Temporal::ClosedBy(_) => {
                        number += 1;
                        continue;
                    }
                    _ => continue,
                };
                let looked_for = self.shape(event).is_some_and(|shape| shape.is_among(Among::Near(number)));
                number += 1;
                if looked_for {
                    self.forget(planned.bit, at, near.within.unwrap_or(i64::MAX), case);
                }
            }
        }
        // Incidents that it may count for.
        let unsure = !self.is_sure(event);
        let group = self.group_of(plan, event).unwrap_or(NONE);
        let recent = plan.rate.map_or(i64::MAX, |window| input.now.0.saturating_sub(window));
        if counts {
            for (index, span) in self.spans.iter().enumerate() {
                let near = span.begin.saturating_sub(plan.reach) <= at.0 && at.0 <= span.end.saturating_add(plan.reach);
                let beside = near && (span.group == group || span.unsure || unsure);
                if beside || span.end >= recent {
                    self.dirty.extend(u32::try_from(index));
                }
            }
        }
        split
    }

    /// Takes in what was resolved; `asks`: whether anything else that was told may change a test.
    pub(super) fn retell(&mut self, asks: bool, resolves: Vec<(Time, u32)>) {
        self.retold = asks || resolves != self.resolves;
        self.resolves = resolves;
        if self.retold {
            self.groups.iter_mut().for_each(|group| group.resolves.clear());
            self.kept.iter_mut().for_each(|kept| *kept = (0, 0));
        }
    }

    /// Forgets what a test said of the events around a time.
    fn forget(&mut self, bit: Option<u32>, at: Time, within: i64, case: usize) {
        let (from, to) = (at.0.saturating_sub(within), at.0.saturating_add(within));
        let around = super::index::within(&self.order, &self.facts.at, from, to);
        for &event in around {
            if !shape_of(&self.events, &self.shapes, event).is_some_and(|shape| shape.speaks(case)) {
                continue;
            }
            if let Some((bit, kept)) = bit.zip(self.kept.get_mut(event as usize)) {
                kept.0 &= !(1 << bit);
            }
            self.dirty.extend(self.part_of.get(event as usize).filter(|part| **part != NONE));
        }
    }

    /// Whether all labels that are compared of an event are sure.
    pub(super) fn is_sure(&self, event: u32) -> bool {
        self.facts.columns.iter().all(|column| column.code(event) == 0)
    }

    /// The group of an event; `None` where it stands alone.
    pub(super) fn group_of(&self, plan: &Plan, event: u32) -> Option<u32> {
        let shape = self.shape(event)?;
        (!shape.alone).then(|| self.facts.columns.get(plan.group).map_or(NONE, |column| column.grouped(event)))
    }

    pub(super) fn time(&self, event: u32) -> Time {
        self.facts.at.get(event as usize).copied().unwrap_or_default()
    }

    pub(super) fn shape(&self, event: u32) -> Option<&Shape> {
        shape_of(&self.events, &self.shapes, event)
    }

    pub(super) fn unit(&self, event: u32) -> u32 {
        self.facts.of_unit.get(event as usize).copied().unwrap_or(NONE)
    }

    pub(super) fn source<'i>(&self, input: &Input<'i>, units: &Units, event: u32) -> Option<Source<'i>> {
        units.get(self.unit(event))?.source(input)
    }

    /// A time limit that an event gives, by the number of its test.
    pub(super) fn limit(&self, plan: &Plan, event: u32, number: usize) -> Option<Time> {
        if number >= plan.limits.len() {
            return None;
        }
        self.limits.get(event as usize * plan.limits.len() + number).copied().flatten()
    }

    /// The first time limit that an event gives.
    pub(super) fn deadline(&self, plan: &Plan, event: u32) -> Option<Time> {
        let width = plan.limits.len();
        if width == 0 {
            return None;
        }
        let start = event as usize * width;
        self.limits.get(start..start + width)?.iter().find_map(|limit| *limit)
    }

    /// Which value of a set an event has; [`NO_VALUE`]: none.
    pub(super) fn value(&self, plan: &Plan, event: u32, set: usize) -> u8 {
        self.values.get(event as usize * plan.sets.len() + set).copied().unwrap_or(NO_VALUE)
    }

    /// The event of a unit, where the runbook sees it.
    pub(super) fn event_of(&self, units: &Units, unit: u32) -> Option<u32> {
        let at = units.get(unit)?.at.0;
        let same = super::index::within(&self.order, &self.facts.at, at, at);
        same.iter().copied().find(|event| self.unit(*event) == unit)
    }

    /// The mail that closes an event by this test.
    pub(super) fn closer(&self, closing: usize, event: u32) -> Option<u32> {
        self.closers.get(closing)?.get(event as usize).copied().filter(|closer| *closer != NONE)
    }

    /// The incident of an event.
    pub(super) fn part(&self, event: u32) -> Option<&Part> {
        self.parts.get(*self.part_of.get(event as usize)? as usize)
    }
}

fn shape_of<'s>(events: &[Event], shapes: &'s [Shape], event: u32) -> Option<&'s Shape> {
    shapes.get(events.get(event as usize)?.shape as usize)
}
