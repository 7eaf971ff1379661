//! Verdicts and incidents, kept up to date while mail, acts and time come in.

use super::book::Book;
use super::decide::{Decider, work};
use super::incidents::{Begin, Incident, begun, split, split_all, stand_alone};
use super::index::NONE;
use super::plan::Plan;
use super::register::Told;
use super::temporal::Asked;
use super::units::{Home, Inserted, Reading, Seen, Source, THREADS, Units};
use super::{About, CaseOutcome, Freshness, Input, Sent, Tombstone, not_yet};
use crate::mail::Time;
use crate::runbook::Call;
use crate::runbook::set::BookId;
use crate::triage::row::Row;
use crate::triage::verdict::{self, Verdict};
use jiff::tz::TimeZone;
use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Mutex;

/// A verdict in short: what a list needs of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgment {
    /// Whether the message exists at that time.
    pub exists: bool,
    /// The call.
    pub call: Call,
    /// Whether it is known, rather than "cannot tell".
    pub known: bool,
    /// Index of the case within its runbook.
    pub case: Option<u16>,
    /// When it may change by itself (R14).
    pub until: Option<Time>,
    /// When the mail that would change it is due.
    pub due: Option<Time>,
    /// A time limit that the mail itself gives.
    pub deadline: Option<Time>,
}

impl Default for Judgment {
    /// Of a message that was not looked at yet: for a person (R15).
    fn default() -> Judgment {
        Judgment { exists: false, call: Call::Decide, known: false, case: None, until: None, due: None, deadline: None }
    }
}

/// A change that the engine must take in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// A row was added, the last one.
    Inserted(usize),
    /// The row at an index is another one now.
    Replaced(usize),
    /// The row at an index was taken out; the last row has its index now.
    Removed(usize),
    /// The row at an index was taken out; the last row has its index now. What is left of it is the tombstone at an index.
    Buried {
        /// The row.
        row: usize,
        /// The tombstone.
        stone: usize,
    },
    /// Other tombstones.
    Tombstones,
    /// Something was told.
    Told,
    /// Other runbooks.
    Books,
    /// Anything.
    All,
}

/// Which rows an update changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Changed {
    /// None.
    #[default]
    None,
    /// These: their judgment, or what incident they are in, or who else is in it.
    Rows(Vec<usize>),
    /// Perhaps all.
    All,
}

/// Number of an incident, good until the next update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentNo(pub u32);

/// Verdicts and incidents of all rows.
#[derive(Debug, Default)]
pub struct Engine {
    units: Units,
    plans: Vec<Plan>,
    books: Vec<Book>,
    /// Incidents of single messages that no runbook works out, each with its judgment.
    alone: Vec<(Judgment, Incident)>,
    /// Where those of rows that are no readable mail stand.
    odd: HashMap<u32, u32>,
    /// The units that claims are about, in their order.
    claims: Vec<Option<u32>>,
    told: Told,
    /// When something told begins or ends, in order.
    times: Vec<Time>,
    /// When parts may change by themselves: time, runbook, part.
    wakes: BinaryHeap<Reverse<(Time, u16, u32)>>,
    /// The number of each runbook's first incident.
    firsts: Vec<u32>,
    /// Numbers of incidents, newest mail first.
    order: OnceCell<Vec<u32>>,
    before: Option<Before>,
}

/// What the last update was asked with.
#[derive(Debug)]
struct Before {
    now: Time,
    as_of: Option<Time>,
    fresh: Freshness,
    zone: TimeZone,
    grace: i64,
    rows: usize,
    sent: Option<Sent>,
}

/// How much must be worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Much {
    /// What news and time touch.
    Little,
    /// What depends on what was told, too.
    Told,
    /// All, but what was read of the messages still holds.
    All,
    /// All.
    Everything,
}

/// From so many new rows on everything is read again, if they are a good part of all.
const MANY: usize = 512;

impl Engine {
    /// Brings everything up to date. Does nothing where there is no news, the mailbox is known no further, and the time
    /// at which something changes by itself has not come.
    pub fn update(&mut self, input: &Input<'_>, news: &[News]) -> Changed {
        let mut much = self.much(input, news);
        let fresher = self.before.as_ref().is_none_or(|before| before.fresh != *input.fresh);
        let due = self.wakes.peek().is_some_and(|Reverse((time, ..))| *time <= input.now);
        if much == Much::Little && news.is_empty() && !fresher && !due {
            if let Some(before) = &mut self.before {
                (before.now, before.as_of) = (input.now, input.as_of);
            }
            return Changed::None;
        }
        let mut rows: Vec<usize> = Vec::new();
        if much < Much::Everything {
            let mut others: HashSet<usize> = HashSet::new();
            for news in news {
                match *news {
                    News::Inserted(row) => much = much.max(self.insert(input, row, much, &mut rows)),
                    News::Buried { row, stone } if much < Much::Everything => {
                        much = much.max(self.bury(row, stone, &mut rows, &mut others));
                    }
                    _ => {}
                }
            }
            rows.retain(|row| *row < input.rows.len());
            self.close_again(&others);
        }
        match much {
            Much::Everything => self.read(input),
            Much::All => {
                self.books.iter_mut().zip(&self.plans).for_each(|(book, plan)| book.arrange(plan, &self.units))
            }
            Much::Told | Much::Little => {}
        }
        if much >= Much::Told {
            self.tell(input);
        }
        self.wake(input.now, fresher);
        self.work(input, much);
        let changed = self.finish(rows, much);
        self.before = Some(Before {
            now: input.now,
            as_of: input.as_of,
            fresh: input.fresh.clone(),
            zone: input.zone.clone(),
            grace: input.grace,
            rows: input.rows.len(),
            sent: input.register.sent,
        });
        changed
    }

    /// How much must be worked out, but for what comes of new rows.
    fn much(&self, input: &Input<'_>, news: &[News]) -> Much {
        let Some(before) = &self.before else { return Much::Everything };
        let inserted = news.iter().filter(|news| matches!(news, News::Inserted(_))).count();
        let buried = news.iter().filter(|news| matches!(news, News::Buried { .. })).count();
        let other = news.iter().any(|news| !matches!(news, News::Inserted(_) | News::Buried { .. } | News::Told));
        // What is inserted is read where it lies in the end.
        let is_insert = |news: &&News| matches!(news, News::Inserted(_));
        let mixed = news.iter().skip_while(|news| !is_insert(news)).any(|news| matches!(news, News::Buried { .. }));
        let appears = |as_of: Time| {
            let stone = |from| input.tombstones.iter().any(|stone| stone.received > from && stone.received <= as_of);
            self.units.hidden.last().is_some_and(|(received, _)| *received <= as_of) || before.as_of.is_some_and(stone)
        };
        let moved = match (before.as_of, input.as_of) {
            (None, None) => false,
            (Some(from), Some(to)) => to < from || appears(to),
            _ => true,
        };
        let same = before.grace == input.grace && before.zone == *input.zone;
        if other
            || moved
            || !same
            || mixed
            || before.rows + inserted != input.rows.len() + buried
            || inserted + buried > MANY && (inserted + buried) * 8 > input.rows.len()
        {
            return Much::Everything;
        }
        let older = |(folder, time)| input.fresh.get(folder).is_none_or(|now| now < time);
        if input.now < before.now || before.fresh.iter().any(older) {
            return Much::All;
        }
        // What was told for a time that has come.
        let from = before.as_of.map_or(before.now, |as_of| as_of.min(before.now));
        let to = input.as_of.map_or(input.now, |as_of| as_of.max(input.now));
        let begins = self.times.partition_point(|time| *time <= from) < self.times.partition_point(|time| *time <= to);
        let told = begins || before.sent != input.register.sent || news.contains(&News::Told);
        if told { Much::Told } else { Much::Little }
    }

    /// Reads everything.
    fn read(&mut self, input: &Input<'_>) {
        // What was is given back first: both at once would be twice as much.
        (self.books, self.alone, self.odd) = Default::default();
        self.plans = input.books.iter().map(|(_, book)| Plan::of(book)).collect();
        let readings = self.units.read(input, &self.plans);
        let mut seen: Vec<Vec<(u32, &Seen)>> = vec![Vec::new(); self.plans.len()];
        for (part, reading) in (0..).zip(&readings) {
            for one in reading.seen.iter().filter(|seen| seen.unit != NONE) {
                if let Some(all) = seen.get_mut(usize::from(one.book)) {
                    all.push((part, one));
                }
            }
        }
        let (units, plans) = (&self.units, &self.plans);
        let jobs = seen.into_iter().zip(plans).zip(input.books.iter());
        self.books = in_parallel(
            jobs.collect(),
            |((seen, _), _)| seen.len(),
            |((seen, plan), (_, runbook))| {
                let mut book = Book::read(plan, runbook, input, units, &readings, seen);
                book.arrange(plan, units);
                book
            },
        );
        for (index, book) in (0..).zip(&self.books) {
            for (number, event) in (0..).zip(&book.events) {
                if event.place == 0
                    && let Some(home) = self.units.homes.get_mut(event.unit as usize)
                {
                    *home = Home::Event(index, number);
                }
            }
        }
        self.wakes.clear();
        for unit in 0..u32::try_from(self.units.all.len()).unwrap_or(NONE) {
            self.stand_alone(input, unit);
        }
        for index in 0..self.units.odd.len() {
            let Some(row) = self.units.odd.get(index).copied() else { continue };
            let Some(odd) = input.rows.get(row as usize) else { continue };
            self.odd.insert(row, u32::try_from(self.alone.len()).unwrap_or(NONE));
            self.alone.push(single(input, odd, odd.at, row as usize, vec![row as usize]));
        }
    }

    /// Makes an incident of a unit that no runbook works out.
    fn stand_alone(&mut self, input: &Input<'_>, unit: u32) {
        if self.units.home(unit) != Home::Nowhere {
            return;
        }
        let Some(own) = self.units.get(unit).filter(|own| own.row != NONE) else { return };
        let Some(row) = input.rows.get(own.row as usize) else { return };
        let made = single(input, row, own.at, own.row as usize, self.units.rows(unit).collect());
        if let Some(home) = self.units.homes.get_mut(unit as usize) {
            *home = Home::Alone(u32::try_from(self.alone.len()).unwrap_or(NONE));
        }
        self.alone.push(made);
    }

    /// Takes in a new row.
    fn insert(&mut self, input: &Input<'_>, row: usize, much: Much, rows: &mut Vec<usize>) -> Much {
        rows.push(row);
        match self.units.insert(input, &self.plans, row) {
            Inserted::Nothing => Much::Little,
            Inserted::Everything => Much::Everything,
            Inserted::Copy(unit) => {
                if let Home::Alone(index) = self.units.home(unit)
                    && let Some((_, incident)) = self.alone.get_mut(index as usize)
                {
                    incident.members = self.units.rows(unit).collect();
                    rows.extend(&incident.members);
                }
                for book in &mut self.books {
                    let part = book.event_of(&self.units, unit).and_then(|event| book.part_of.get(event as usize));
                    book.dirty.extend(part.copied());
                }
                Much::Little
            }
            Inserted::Unit { unit, reading, older, hosts } => {
                if hosts.1 {
                    self.books.iter_mut().flat_map(|book| &mut book.finders).for_each(|finder| finder.forget_hosts());
                }
                let about = input.rows.get(row).is_some_and(|row| is_told_about(input, row));
                let all = older || hosts.0;
                for seen in &reading.seen {
                    self.insert_event(input, &reading, seen, all || much >= Much::All);
                }
                self.stand_alone(input, unit);
                match (all, about) {
                    (true, _) => Much::All,
                    (false, true) => Much::Told,
                    (false, false) => Much::Little,
                }
            }
        }
    }

    /// Takes a row out of which a tombstone is left: it goes on counting (R7), and the last row has its index now. `others`
    /// takes in the indices at which another row lies now, or none.
    fn bury(&mut self, row: usize, stone: usize, rows: &mut Vec<usize>, others: &mut HashSet<usize>) -> Much {
        let last = self.units.of_row.len().saturating_sub(1);
        let Some((unit, moved)) = self.units.bury(row, stone) else { return Much::Everything };
        // Only the runbook that gives it its verdict shows it in an incident.
        for unit in [Some(unit), moved].into_iter().flatten() {
            if let Home::Event(book, event) = self.units.home(unit)
                && let Some(book) = self.books.get_mut(usize::from(book))
            {
                book.dirty.extend(book.part_of.get(event as usize));
            }
        }
        others.extend([row, last]);
        let moved_to = match moved {
            Some(moved) => match self.units.home(moved) {
                Home::Alone(index) => Some(index),
                _ => None,
            },
            None => {
                let index = u32::try_from(last).ok().and_then(|last| self.odd.remove(&last));
                let row = u32::try_from(row).ok().filter(|_| row != last);
                row.zip(index).map(|(row, index)| {
                    self.odd.insert(row, index);
                    index
                })
            }
        };
        if let Some((_, incident)) = moved_to.and_then(|index| self.alone.get_mut(index as usize)) {
            incident.renumber(last, row);
            rows.extend(&incident.members);
        }
        if let Home::Alone(index) = self.units.home(unit) {
            self.leave(unit, index);
        }
        rows.push(row);
        Much::Little
    }

    /// Marks the incidents that name one of these rows as the mail that closed them. An index names the row that lay there
    /// when the incident was worked out, however often others moved since: it is among those that moved first.
    fn close_again(&mut self, rows: &HashSet<usize>) {
        if rows.is_empty() {
            return;
        }
        for (book, _) in self.books.iter_mut().zip(&self.plans).filter(|(_, plan)| !plan.closers.is_empty()) {
            let closed = |incident: &Option<Incident>| incident.as_ref().and_then(|incident| incident.closed);
            let parts = (0..).zip(&book.incidents);
            let moved = parts.filter(|(_, incident)| closed(incident).is_some_and(|closed| rows.contains(&closed)));
            book.dirty.extend(moved.map(|(part, _)| part));
        }
    }

    /// Takes out the incident of a unit that no runbook works out.
    fn leave(&mut self, unit: u32, index: u32) {
        self.alone.swap_remove(index as usize);
        if let Some(home) = self.units.homes.get_mut(unit as usize) {
            *home = Home::Nowhere;
        }
        // The last of them stands in its place.
        let Some(lead) = self.alone.get(index as usize).map(|(_, incident)| incident.lead) else { return };
        if let Some(other) = self.units.of_row(lead) {
            if let Some(home) = self.units.homes.get_mut(other as usize) {
                *home = Home::Alone(index);
            }
        } else if let Some(place) = u32::try_from(lead).ok().and_then(|lead| self.odd.get_mut(&lead)) {
            *place = index;
        }
    }

    fn insert_event(&mut self, input: &Input<'_>, reading: &Reading<'_>, seen: &Seen, all: bool) {
        let index = usize::from(seen.book);
        let id = BookId(seen.book);
        let (Some(book), Some(plan), Some(runbook)) =
            (self.books.get_mut(index), self.plans.get(index), input.books.get(id))
        else {
            return;
        };
        let Some(event) = book.push(plan, runbook, input, &self.units, reading, seen) else { return };
        if seen.place == 0
            && let Some(home) = self.units.homes.get_mut(seen.unit as usize)
        {
            *home = Home::Event(seen.book, event);
        }
        if all {
            return;
        }
        let groups = book.insert(plan, runbook, input, &self.units, event);
        if book.shape(event).is_some_and(|shape| shape.alone) {
            stand_alone(book, event);
        }
        let asked = Asked { input, units: &self.units, plan, runbook, id, told: &self.told, claims: &self.claims };
        groups.into_iter().for_each(|group| split(&asked, book, group));
    }

    /// Finds the messages that what was told is about (R29).
    fn tell(&mut self, input: &Input<'_>) {
        let register = input.register;
        self.told = Told::new(register, |time| input.exists(time));
        let claims = register.claims.iter().flat_map(|claim| [Some(claim.recorded), claim.released]).flatten();
        let resolves = register.resolves.iter().map(|resolve| resolve.recorded);
        let switches = register.switches.iter().map(|switch| switch.recorded);
        let expectations = register.expectations.iter().map(|expectation| expectation.recorded);
        let replies = register.replies.iter().map(|reply| reply.at);
        self.times = claims.chain(resolves).chain(switches).chain(expectations).chain(replies).collect();
        self.times.sort_unstable();
        let about = register.claims.iter().map(|claim| &claim.about);
        let units = self.find(input, about.chain(register.resolves.iter().map(|resolve| &resolve.about)));
        let (claims, resolved) = units.split_at(register.claims.len().min(units.len()));
        self.claims = claims.to_vec();
        let known = |resolve: &super::Resolve| input.exists(resolve.recorded) && resolve.recorded <= input.now;
        let resolves = register.resolves.iter().zip(resolved).filter(|(resolve, _)| known(resolve));
        let resolves: Vec<(Time, u32)> = resolves.filter_map(|(resolve, unit)| Some((resolve.at, (*unit)?))).collect();
        for (book, plan) in self.books.iter_mut().zip(&self.plans) {
            let find = |(at, unit): &(Time, u32)| Some((*at, book.event_of(&self.units, *unit)?));
            let found: Vec<(Time, u32)> = resolves.iter().filter_map(find).collect();
            book.retell(plan.asks_told, found);
        }
    }

    /// The units that something is about: by where a message lies, else by content.
    fn find<'a>(&self, input: &Input<'_>, about: impl Iterator<Item = &'a About>) -> Vec<Option<u32>> {
        let about: Vec<&About> = about.collect();
        if about.is_empty() {
            return Vec::new();
        }
        let mut found: HashMap<&super::MailKey, Option<u32>> = about.iter().map(|about| (&about.key, None)).collect();
        for (row, unit) in input.rows.iter().zip(&self.units.of_row).filter(|(_, unit)| **unit != NONE) {
            if let Some(slot) = found.get_mut(&row.key) {
                *slot = Some(*unit);
            }
        }
        for (stone, unit) in self.units.stones(input) {
            if let Some(slot) = found.get_mut(&stone.key) {
                slot.get_or_insert(unit);
            }
        }
        let of =
            |about: &&About| found.get(&about.key).copied().flatten().or_else(|| self.units.of_content(about.digest));
        about.iter().map(of).collect()
    }

    /// Marks what time and a fresher mailbox may change.
    fn wake(&mut self, now: Time, fresher: bool) {
        while let Some(Reverse((time, index, part))) =
            self.wakes.peek().copied().filter(|Reverse((time, ..))| *time <= now)
        {
            self.wakes.pop();
            if let Some(book) = self.books.get_mut(usize::from(index))
                && book.parts.get(part as usize).is_some_and(|part| part.wake == Some(time))
            {
                book.dirty.push(part);
            }
        }
        if fresher {
            for book in &mut self.books {
                let parts = &mut book.parts;
                let mut waiting = std::mem::take(&mut book.waiting);
                waiting.retain(|part| {
                    let part = parts.get_mut(*part as usize);
                    part.is_some_and(|part| std::mem::take(&mut part.waits))
                });
                book.dirty.extend(waiting);
            }
        }
    }

    /// Works out all that must be.
    fn work(&mut self, input: &Input<'_>, much: Much) {
        let (units, told, claims) = (&self.units, &self.told, self.claims.as_slice());
        let jobs = self.books.iter_mut().zip(&self.plans).zip(input.books.iter());
        let run = |((book, plan), (id, runbook)): ((&mut Book, &Plan), (BookId, &crate::runbook::Runbook))| {
            let asked = Asked { input, units, plan, runbook, id, told, claims };
            if much >= Much::All {
                split_all(&asked, book);
            } else if much >= Much::Told {
                super::incidents::split_told(&asked, book);
            }
            work(asked, book);
        };
        if much >= Much::Told {
            in_parallel(jobs.collect(), |((book, _), _)| book.events.len(), run);
        } else {
            jobs.for_each(run);
        }
    }

    /// Gathers what was worked out; gives the rows that it is about, where these are not all.
    fn finish(&mut self, mut rows: Vec<usize>, much: Much) -> Changed {
        self.order = OnceCell::new();
        let mut first = 0;
        self.firsts.clear();
        for (index, book) in (0..).zip(&mut self.books) {
            self.firsts.push(first);
            book.incidents.resize_with(book.parts.len(), || None);
            first += u32::try_from(book.parts.len()).unwrap_or(NONE);
            for (part, changed) in std::mem::take(&mut book.worked) {
                let Some(own) = book.parts.get(part as usize) else { continue };
                self.wakes.extend(own.wake.map(|wake| Reverse((wake, index, part))));
                if changed && much < Much::All {
                    let incident = book.incidents.get(part as usize).and_then(Option::as_ref);
                    rows.extend(incident.into_iter().flat_map(|incident| &incident.members));
                }
            }
        }
        self.firsts.push(first);
        let books = &self.books;
        let holds = |Reverse((time, index, part)): &Reverse<(Time, u16, u32)>| {
            let part = books.get(usize::from(*index)).and_then(|book| book.parts.get(*part as usize));
            part.is_some_and(|part| part.wake == Some(*time))
        };
        while self.wakes.peek().is_some_and(|wake| !holds(wake)) {
            self.wakes.pop();
        }
        if much >= Much::All {
            return Changed::All;
        }
        rows.sort_unstable();
        rows.dedup();
        if rows.is_empty() { Changed::None } else { Changed::Rows(rows) }
    }

    /// The verdict of a row in short.
    pub fn judgment(&self, row: usize) -> Judgment {
        match self.place(row) {
            Some(Place::Event(book, event)) => {
                let judged = self.books.get(usize::from(book)).and_then(|book| book.judged.get(event as usize));
                judged.copied().unwrap_or_default()
            }
            Some(Place::Alone(index)) => self.alone.get(index as usize).map(|(judged, _)| *judged).unwrap_or_default(),
            None if row < self.units.of_row.len() => {
                Judgment { call: Call::Ignore, known: true, ..Judgment::default() }
            }
            None => Judgment::default(),
        }
    }

    fn place(&self, row: usize) -> Option<Place> {
        match self.units.of_row(row) {
            Some(unit) => self.place_of(unit),
            None => self.odd.get(&u32::try_from(row).ok()?).copied().map(Place::Alone),
        }
    }

    fn place_of(&self, unit: u32) -> Option<Place> {
        match self.units.home(unit) {
            Home::Event(book, event) => Some(Place::Event(book, event)),
            Home::Alone(index) => Some(Place::Alone(index)),
            Home::Nowhere => None,
        }
    }

    /// The verdict of a row, with all its words. `input` is that of the last update.
    pub fn verdict(&self, input: &Input<'_>, row: usize) -> Verdict {
        self.with(input, row, |decider, event| decider.verdict(event))
            .flatten()
            .unwrap_or_else(|| self.plain(input, row))
    }

    /// The verdict of a row that no runbook works out.
    fn plain(&self, input: &Input<'_>, row: usize) -> Verdict {
        let counting = self.units.of_row(row).and_then(|unit| self.units.rows(unit).next()).unwrap_or(row);
        match input.rows.get(counting).filter(|row| input.exists(row.received)) {
            Some(row) => verdict::plain(input.books, row),
            None => not_yet(),
        }
    }

    /// Asks about the event of a row.
    fn with<T>(&self, input: &Input<'_>, row: usize, ask: impl FnOnce(&mut Decider<'_>, u32) -> T) -> Option<T> {
        let Some(Place::Event(index, event)) = self.place(row) else { return None };
        Some(ask(&mut self.decider(input, BookId(index))?, event))
    }

    /// Who gives verdicts to the events of a runbook.
    fn decider<'e>(&'e self, input: &'e Input<'_>, id: BookId) -> Option<Decider<'e>> {
        let index = usize::from(id.0);
        let (plan, runbook, book) = (self.plans.get(index)?, input.books.get(id)?, self.books.get(index)?);
        let asked = Asked { input, units: &self.units, plan, runbook, id, told: &self.told, claims: &self.claims };
        Some(Decider::new(asked, book))
    }

    /// The verdicts of some rows, with all their words. `input` is that of the last update.
    pub fn verdicts(&self, input: &Input<'_>, rows: &[usize]) -> Vec<Verdict> {
        let part = |book: u16, event: u32| self.books.get(usize::from(book))?.part_of.get(event as usize).copied();
        let of = |(place, row): (usize, &usize)| match self.place(*row)? {
            Place::Event(book, event) => Some((book, part(book, event)?, event, place)),
            Place::Alone(_) => None,
        };
        // One incident after another, so that what is the same for its members is worked out once.
        let mut order: Vec<(u16, u32, u32, usize)> = rows.iter().enumerate().filter_map(of).collect();
        order.sort_unstable();
        let mut verdicts: Vec<Option<Verdict>> = vec![None; rows.len()];
        for of_book in order.chunk_by(|a, b| a.0 == b.0) {
            let Some(mut decider) = of_book.first().and_then(|(book, ..)| self.decider(input, BookId(*book))) else {
                continue;
            };
            for (_, _, event, place) in of_book {
                if let Some(slot) = verdicts.get_mut(*place) {
                    *slot = decider.verdict(*event);
                }
            }
        }
        let plain = |(row, verdict): (&usize, Option<Verdict>)| verdict.unwrap_or_else(|| self.plain(input, *row));
        rows.iter().zip(verdicts).map(plain).collect()
    }

    /// All incidents that hold a row, newest mail first. `input` is that of the last update.
    pub fn incidents<'e>(&'e self, input: &Input<'_>) -> impl Iterator<Item = (IncidentNo, &'e Incident)> + use<'e> {
        let order = self.order.get_or_init(|| {
            let mut all: Vec<(u32, &Incident)> = self.unordered().collect();
            let newest = |a: &Incident, b: &Incident| {
                (b.last, b.first).cmp(&(a.last, a.first)).then_with(|| b.id(input).cmp(&a.id(input)))
            };
            all.sort_by(|(_, a), (_, b)| newest(a, b));
            all.into_iter().map(|(number, _)| number).collect()
        });
        order.iter().filter_map(|number| Some((IncidentNo(*number), self.incident(IncidentNo(*number))?)))
    }

    fn unordered(&self) -> impl Iterator<Item = (u32, &Incident)> {
        let of_books = self.books.iter().flat_map(|book| &book.incidents).map(Option::as_ref);
        let alone = self.alone.iter().map(|(_, incident)| Some(incident));
        (0..).zip(of_books.chain(alone)).filter_map(|(number, incident)| Some((number, incident?)))
    }

    /// The incident of that number.
    pub fn incident(&self, number: IncidentNo) -> Option<&Incident> {
        let book = self.firsts.partition_point(|first| *first <= number.0).checked_sub(1)?;
        let place = (number.0 - self.firsts.get(book)?) as usize;
        match self.books.get(book) {
            Some(book) => book.incidents.get(place)?.as_ref(),
            None => self.alone.get(place).map(|(_, incident)| incident),
        }
    }

    /// The number of the incident that holds a row.
    pub fn incident_of(&self, row: usize) -> Option<IncidentNo> {
        self.number(&self.place(row)?)
    }

    /// For messages that lie no more where they lay: the incident that each counts in, and the row that it is now where it
    /// lies elsewhere (R29). `None` where nothing is left of its incident. `input` is that of the last update.
    pub fn once_at(&self, input: &Input<'_>, about: &[About]) -> Vec<Option<(IncidentNo, Option<usize>)>> {
        let of = |unit: Option<u32>| {
            let unit = unit?;
            let number = self.number(&self.place_of(unit)?)?;
            self.incident(number).map(|_| (number, self.units.rows(unit).next()))
        };
        self.find(input, about.iter()).into_iter().map(of).collect()
    }

    fn number(&self, place: &Place) -> Option<IncidentNo> {
        let number = match place {
            Place::Event(index, event) => {
                let index = usize::from(*index);
                self.firsts.get(index)? + *self.books.get(index)?.part_of.get(*event as usize)?
            }
            Place::Alone(index) => self.firsts.last()? + index,
        };
        Some(IncidentNo(number))
    }

    /// The first time at which anything may change by itself.
    pub fn until(&self) -> Option<Time> {
        let now = self.before.as_ref()?.now;
        let told = self.times.get(self.times.partition_point(|time| *time <= now)).copied();
        self.wakes.peek().map(|Reverse((time, ..))| *time).into_iter().chain(told).min()
    }

    /// What is kept of the mails of a row's incident that another program expunged, in order.
    pub fn gone<'a>(&self, input: &Input<'a>, row: usize) -> Vec<&'a Tombstone> {
        let Some(Place::Event(index, event)) = self.place(row) else { return Vec::new() };
        let Some(book) = self.books.get(usize::from(index)) else { return Vec::new() };
        let events = book.part(event).map_or(&[][..], |part| &part.events);
        let own = events.iter().filter(|event| book.shape(**event).is_some_and(|shape| shape.primary));
        let sources = own.filter_map(|event| book.source(input, &self.units, *event));
        let stone = |source| if let Source::Stone(stone) = source { Some(stone) } else { None };
        sources.filter_map(stone).collect()
    }

    /// What came of each case for a row.
    pub fn explain(&self, input: &Input<'_>, row: usize) -> Vec<CaseOutcome> {
        self.with(input, row, |decider, event| decider.explain(event)).unwrap_or_default()
    }
}

/// Where the verdict of a row stands.
enum Place {
    Event(u16, u32),
    Alone(u32),
}

/// Whether something told is about a row.
fn is_told_about(input: &Input<'_>, row: &Row) -> bool {
    let is = |about: &About| about.key == row.key || about.digest == row.digest;
    let register = input.register;
    register.claims.iter().any(|claim| is(&claim.about)) || register.resolves.iter().any(|resolve| is(&resolve.about))
}

/// The incident of a message that no runbook works out.
fn single(input: &Input<'_>, row: &Row, at: Time, index: usize, members: Vec<usize>) -> (Judgment, Incident) {
    let call = verdict::call(input.books, row);
    let judgment = Judgment { exists: true, call, known: true, ..Judgment::default() };
    let lead = members.first().copied().unwrap_or_default();
    let book = row.book().filter(|book| input.books.get(*book).is_some());
    let incident = Incident { book, members, lead, count: 1, ..begun(Begin::Row(index), at, judgment) };
    (judgment, incident)
}

/// Does each of some jobs, on several threads; what comes out is in the order of the jobs.
fn in_parallel<J: Send, T: Send>(jobs: Vec<J>, size: impl Fn(&J) -> usize, run: impl Fn(J) -> T + Sync) -> Vec<T> {
    let mut queue: Vec<(usize, J)> = jobs.into_iter().enumerate().collect();
    let all: usize = queue.iter().map(|(_, job)| size(job)).sum();
    if all < 4096 {
        return queue.into_iter().map(|(_, job)| run(job)).collect();
    }
    // The largest first, so that none is left over at the end; taken from the back.
    queue.sort_by_key(|(_, job)| size(job));
    let queue = Mutex::new(queue);
    let (queue, run) = (&queue, &run);
    let next = || queue.lock().ok().and_then(|mut queue| queue.pop());
    let serve = || {
        let mut done = Vec::new();
        while let Some((index, job)) = next() {
            done.push((index, run(job)));
        }
        done
    };
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(serve)).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Vec<(usize, T)>>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().flat_map(join).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
