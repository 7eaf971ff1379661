//! One runbook's view of the mailbox: its events, in order, with their labels.

use super::super::row::Hit;
use super::index::{Column, Finder, Hosts, Interner, Labelled, labels_under};
use super::units::{Unit, Units};
use crate::mail::{Role, Time};
use crate::runbook::Runbook;
use crate::runbook::case::Near;
use crate::runbook::labels::Label;
use crate::runbook::set::BookId;
use std::collections::HashMap;
use std::rc::Rc;

/// A message under a runbook.
#[derive(Debug)]
pub(super) struct Event<'a> {
    /// Index of the unit.
    pub(super) unit: usize,
    pub(super) hit: &'a Hit,
    pub(super) labels: &'a [Label],
    pub(super) from: &'a str,
    /// Whether the runbook gives it its verdict, rather than only sees it (R31).
    pub(super) primary: bool,
    /// Whether it counts in tests: only alerts do (R6).
    pub(super) counts: bool,
}

/// A runbook and its events, in the order of R3.
#[derive(Debug)]
pub(super) struct Book<'a> {
    pub(super) id: BookId,
    pub(super) runbook: &'a Runbook,
    pub(super) events: Vec<Event<'a>>,
    /// Time of each event.
    pub(super) at: Rc<Vec<Time>>,
    hosts: &'a Hosts,
    interner: Interner,
    columns: HashMap<Vec<String>, Rc<Column>>,
}

impl<'a> Book<'a> {
    /// `None` where it has no message at all.
    pub(super) fn of(units: &'a Units<'a>, id: BookId, runbook: &'a Runbook) -> Option<Book<'a>> {
        let mut events = Vec::new();
        for &(index, hit) in units.of_book(id) {
            let Some(unit) = units.all.get(index) else { continue };
            let primary = unit.primary.is_some_and(|first| std::ptr::eq(first, hit));
            let counts = unit.role == Role::Alert;
            if counts || (primary && runbook.human) {
                let labels = labels_under(primary, unit.labels, hit);
                events.push(Event { unit: index, hit, labels, from: unit.from, primary, counts });
            }
        }
        if events.is_empty() {
            return None;
        }
        let at = events.iter().filter_map(|event| units.all.get(event.unit)).map(|unit| unit.at).collect();
        Some(Book {
            id,
            runbook,
            events,
            at: Rc::new(at),
            hosts: &units.hosts,
            interner: Interner::default(),
            columns: HashMap::new(),
        })
    }

    /// The events that give a row its verdict, with that row.
    pub(super) fn rows<'s>(&'s self, units: &'s Units<'a>) -> impl Iterator<Item = (usize, usize)> + 's {
        self.events
            .iter()
            .enumerate()
            .filter(|(_, event)| event.primary)
            .filter_map(|(index, event)| Some((index, units.all.get(event.unit)?.row?)))
    }

    pub(super) fn time(&self, event: usize) -> Time {
        self.at.get(event).copied().unwrap_or_default()
    }

    pub(super) fn unit<'u>(&self, units: &'u Units<'a>, event: usize) -> Option<&'u Unit<'a>> {
        units.all.get(self.events.get(event)?.unit)
    }

    /// The values of these labels for all events.
    pub(super) fn column(&mut self, names: &[String]) -> Rc<Column> {
        if let Some(column) = self.columns.get(names) {
            return Rc::clone(column);
        }
        let events = self.events.iter().map(|event| Labelled { labels: event.labels, from: event.from });
        let column = Rc::new(Column::new(names, events, self.hosts, &mut self.interner));
        self.columns.insert(names.to_vec(), Rc::clone(&column));
        column
    }

    /// Looks among those events that are picked and count.
    pub(super) fn finder(&mut self, same: &[String], picked: &[bool]) -> Finder {
        let column = self.column(same);
        let picked = self.events.iter().zip(picked).enumerate().filter(|(_, (event, picked))| event.counts && **picked);
        Finder::new(column, Rc::clone(&self.at), picked.map(|(index, _)| index))
    }

    /// For each event whether it is what a test looks for; `index` is the test's place among [`super::nears`].
    pub(super) fn nears(&self, near: &Near, index: usize) -> Vec<bool> {
        self.events.iter().map(|event| self.is_near(event, near, index)).collect()
    }

    fn is_near(&self, event: &Event<'a>, near: &Near, index: usize) -> bool {
        let kind = || self.runbook.kinds.get(usize::from(event.hit.kind)).map(|kind| kind.id.as_str());
        let of_kind = near.kinds.is_empty() || kind().is_some_and(|kind| near.kinds.iter().any(|name| name == kind));
        of_kind && (near.when.is_none() || event.hit.nears.iter().any(|&known| usize::from(known) == index))
    }

    /// Whether a case speaks of an event: its kinds and its `when`.
    pub(super) fn speaks_of(event: &Event<'a>, case: usize) -> bool {
        event.hit.cases.iter().any(|&index| usize::from(index) == case)
    }
}
