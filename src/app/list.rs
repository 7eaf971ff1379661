//! The message list: which rows are shown, in which order, where the cursor is, what is selected.
//!
//! The order is kept, never made anew while mail streams in: a batch of changed rows is sorted by itself and merged,
//! so that a batch costs one pass over the list, not a sort of it.

use crate::mail::{Role, Time};
use crate::runbook::Call;
use crate::runbook::set::BookId;
use crate::triage::query::Query;
use crate::triage::row::{MailKey, Row};
use crate::triage::{Change, Inbox};
use std::cmp::{Ordering, Reverse};
use std::collections::{HashMap, HashSet};

/// Seconds around a message that count as "the same time".
pub const AROUND: i64 = 15 * 60;

/// Which messages the list holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum View {
    /// All categories.
    #[default]
    All,
    /// One category; `None`: undocumented.
    Category(Option<BookId>),
    /// What arrived around that time, in all categories, hidden mail too.
    Around(Time),
    /// What is ignored.
    Ignored,
}

/// By what the list is sorted. Ties are settled by delivery, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Most urgent call first.
    #[default]
    Call,
    /// Newest delivery first.
    Time,
    /// Host or sender.
    Sender,
    /// Category.
    Category,
}

impl Sort {
    /// In words, for the title of the list.
    pub fn word(self) -> &'static str {
        match self {
            Sort::Call => "call",
            Sort::Time => "time",
            Sort::Sender => "sender",
            Sort::Category => "category",
        }
    }
}

/// A message known to the list. Slots are never moved, so their number names a message for the whole session.
#[derive(Debug, Clone)]
struct Slot {
    key: MailKey,
    received: Time,
    call: Call,
    book: Option<BookId>,
    sender: Box<str>,
    /// Ignored.
    ignored: bool,
    /// Ignored, done or trashed.
    hidden: bool,
    /// What the query says; true where there is none.
    found: bool,
    /// Moved or deleted by another program.
    gone: bool,
    /// It stands in `order`.
    listed: bool,
}

/// The list.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    slots: Vec<Slot>,
    by_key: HashMap<MailKey, u32>,
    order: Vec<u32>,
    /// Depth in its thread of each listed message, beside `order`; empty where nothing is threaded.
    depth: Vec<u8>,
    scope: View,
    sort: Sort,
    reverse: bool,
    show_hidden: bool,
    query: Option<Query>,
    current: Option<u32>,
    position: usize,
    /// Whether the cursor keeps to its message. Until the operator has touched the list while it first fills, the
    /// cursor stays at the top instead, where the most urgent mail is.
    pinned: bool,
    selected: HashSet<u32>,
    anchor: Option<u32>,
    /// A copy of the current row for as long as it is shown although it is gone.
    ghost: Option<Row>,
}

/// What a row of the list is.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The row.
    pub row: &'a Row,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether the cursor is on it.
    pub cursor: bool,
    /// Whether it is gone from the folder.
    pub gone: bool,
    /// Depth in its thread.
    pub depth: u8,
}

impl Listing {
    /// How many messages are listed.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none is listed.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// What is listed.
    pub fn scope(&self) -> &View {
        &self.scope
    }

    /// By what it is sorted, and whether in reverse.
    pub fn sort(&self) -> (Sort, bool) {
        (self.sort, self.reverse)
    }

    /// By what the rows stand now: what arrived around a time is always in the order of arrival.
    pub fn shown_sort(&self) -> (Sort, bool) {
        let sort = if matches!(self.scope, View::Around(_)) { Sort::Time } else { self.sort };
        (sort, self.reverse)
    }

    /// The filter in force.
    pub fn query(&self) -> Option<&Query> {
        self.query.as_ref()
    }

    /// Whether done, ignored and trashed mail is listed too.
    pub fn shows_hidden(&self) -> bool {
        self.show_hidden
    }

    /// Index of the cursor in the list.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The message under the cursor.
    pub fn current(&self) -> Option<&MailKey> {
        self.current.and_then(|id| self.slot(id)).map(|slot| &slot.key)
    }

    /// Whether the message under the cursor was moved or deleted by another program.
    pub fn current_gone(&self) -> bool {
        self.current.and_then(|id| self.slot(id)).is_some_and(|slot| slot.gone)
    }

    /// The row under the cursor, also where it is gone.
    pub fn current_row<'a>(&'a self, inbox: &'a Inbox) -> Option<&'a Row> {
        let key = self.current()?;
        inbox.get(key).or_else(|| self.ghost.as_ref().filter(|row| row.key == *key))
    }

    /// The keys of all listed messages, in order.
    pub fn keys(&self) -> impl Iterator<Item = &MailKey> {
        self.order.iter().filter_map(|&id| self.slot(id)).map(|slot| &slot.key)
    }

    /// The key at that index.
    pub fn key_at(&self, index: usize) -> Option<&MailKey> {
        self.order.get(index).and_then(|&id| self.slot(id)).map(|slot| &slot.key)
    }

    /// A part of the list, to draw it.
    pub fn window<'a>(&'a self, inbox: &'a Inbox, top: usize, rows: usize) -> Vec<Listed<'a>> {
        let range = self.range();
        let listed = |(index, id): (usize, u32)| {
            let slot = self.slot(id)?;
            let row = inbox.get(&slot.key).or_else(|| self.ghost.as_ref().filter(|row| row.key == slot.key))?;
            Some(Listed {
                row,
                selected: self.selected.contains(&id) || range.is_some_and(|(a, b)| (a..=b).contains(&index)),
                cursor: Some(id) == self.current,
                gone: slot.gone,
                depth: self.depth.get(index).copied().unwrap_or(0),
            })
        };
        self.order.iter().copied().enumerate().skip(top).take(rows).filter_map(listed).collect()
    }

    // ---- taking in -------------------------------------------------------------------------------------------

    /// Notes that a message is about to be taken out of the inbox; called before the inbox applies the change.
    pub fn before(&mut self, inbox: &Inbox, change: &Change) {
        if let Change::Vanished(key) = change
            && self.current() == Some(key)
        {
            self.ghost = inbox.get(key).cloned();
        }
    }

    /// Brings these messages up to date after the inbox took in changes about them.
    pub fn refresh(&mut self, inbox: &Inbox, now: Time, keys: &[MailKey]) {
        let mut changed: Vec<u32> = keys.iter().filter_map(|key| self.take(inbox, now, key)).collect();
        changed.sort_unstable();
        changed.dedup();
        if self.threaded(inbox) {
            return self.rebuild(inbox, now, false);
        }
        let touched: HashSet<u32> = changed.iter().copied().collect();
        if changed.iter().any(|&id| self.slot(id).is_some_and(|slot| slot.listed)) {
            self.order.retain(|id| !touched.contains(id));
        }
        let mut add: Vec<u32> = changed.iter().copied().filter(|&id| self.belongs(id)).collect();
        for &id in &changed {
            if let Some(slot) = self.slots.get_mut(id as usize) {
                slot.listed = false;
            }
        }
        for &id in &add {
            if let Some(slot) = self.slots.get_mut(id as usize) {
                slot.listed = true;
            }
        }
        add.sort_by(|&a, &b| self.compare(inbox, a, b));
        self.order = self.merge(inbox, add);
        self.depth.clear();
        self.settle();
    }

    /// Brings everything up to date: other runbooks, other acts, a new day.
    pub fn refresh_all(&mut self, inbox: &Inbox, now: Time) {
        self.rebuild(inbox, now, true);
    }

    /// Brings everything up to date after the inbox went to another time: what is not there then leaves no trace, the
    /// message under the cursor neither.
    pub fn stand(&mut self, inbox: &Inbox, now: Time) {
        for row in inbox.rows() {
            self.take(inbox, now, &row.key);
        }
        let gone: Vec<MailKey> =
            self.slots.iter().filter(|slot| inbox.get(&slot.key).is_none()).map(|slot| slot.key.clone()).collect();
        for key in &gone {
            self.take(inbox, now, key);
        }
        if self.current_gone() {
            self.current = None;
            self.ghost = None;
        }
        self.rebuild(inbox, now, false);
    }

    fn take(&mut self, inbox: &Inbox, now: Time, key: &MailKey) -> Option<u32> {
        let row = inbox.get(key);
        let id = match (self.by_key.get(key), row) {
            (Some(&id), _) => id,
            (None, None) => return None,
            (None, Some(row)) => {
                let id = u32::try_from(self.slots.len()).ok()?;
                self.by_key.insert(key.clone(), id);
                self.slots.push(Slot {
                    key: key.clone(),
                    received: row.received,
                    call: Call::Ignore,
                    book: None,
                    sender: "".into(),
                    ignored: false,
                    hidden: false,
                    found: true,
                    gone: false,
                    listed: false,
                });
                id
            }
        };
        let found = match (&self.query, row) {
            (Some(query), Some(row)) => query.matches(inbox, row, now),
            _ => true,
        };
        let slot = self.slots.get_mut(id as usize)?;
        match (row, inbox.standing(key)) {
            (Some(row), Some(standing)) => {
                slot.received = row.received;
                slot.call = standing.call();
                slot.book = row.book();
                slot.sender = sender(row).to_lowercase().into();
                slot.ignored = standing.ignored;
                slot.hidden = standing.handled();
                slot.found = found;
                slot.gone = false;
            }
            _ => {
                slot.gone = true;
                self.selected.remove(&id);
            }
        }
        Some(id)
    }

    fn slot(&self, id: u32) -> Option<&Slot> {
        self.slots.get(id as usize)
    }

    fn belongs(&self, id: u32) -> bool {
        let Some(slot) = self.slot(id) else { return false };
        let current = self.current == Some(id) && slot.listed;
        if slot.gone {
            return current;
        }
        let shown = match &self.scope {
            View::All => !slot.hidden || self.show_hidden,
            View::Category(book) => slot.book == *book && (!slot.hidden || self.show_hidden),
            View::Around(time) => (slot.received.0.saturating_sub(time.0)).abs() <= AROUND,
            View::Ignored => slot.ignored,
        };
        // What is being read stays, even where a flag change takes it out of the filter.
        shown && (slot.found || current)
    }

    fn compare(&self, inbox: &Inbox, a: u32, b: u32) -> Ordering {
        let (Some(x), Some(y)) = (self.slot(a), self.slot(b)) else { return a.cmp(&b) };
        let newest = || (Reverse(x.received), &x.key).cmp(&(Reverse(y.received), &y.key));
        let (sort, _) = self.shown_sort();
        let order = match sort {
            Sort::Call => y.call.cmp(&x.call),
            Sort::Time => Ordering::Equal,
            Sort::Sender => x.sender.cmp(&y.sender),
            Sort::Category if x.book == y.book => Ordering::Equal,
            Sort::Category => {
                let title =
                    |book: Option<BookId>| book.and_then(|book| inbox.books.get(book)).map(|b| b.title.as_str());
                (x.book.is_none(), title(x.book)).cmp(&(y.book.is_none(), title(y.book)))
            }
        }
        .then_with(newest);
        if self.reverse { order.reverse() } else { order }
    }

    fn merge(&mut self, inbox: &Inbox, add: Vec<u32>) -> Vec<u32> {
        if add.is_empty() {
            return std::mem::take(&mut self.order);
        }
        let old = std::mem::take(&mut self.order);
        let mut merged = Vec::with_capacity(old.len() + add.len());
        let mut add = add.into_iter().peekable();
        for id in old {
            while let Some(next) = add.next_if(|&next| self.compare(inbox, next, id) == Ordering::Less) {
                merged.push(next);
            }
            merged.push(id);
        }
        merged.extend(add);
        merged
    }

    fn rebuild(&mut self, inbox: &Inbox, now: Time, take: bool) {
        if take {
            let keys: Vec<MailKey> = self.slots.iter().map(|slot| slot.key.clone()).collect();
            for key in &keys {
                self.take(inbox, now, key);
            }
        }
        let ids = 0..u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        let mut order: Vec<u32> = ids.filter(|&id| self.belongs(id)).collect();
        order.sort_by(|&a, &b| self.compare(inbox, a, b));
        self.depth.clear();
        if self.threaded(inbox) {
            (order, self.depth) = self.thread(inbox, order);
        }
        self.slots.iter_mut().for_each(|slot| slot.listed = false);
        for &id in &order {
            if let Some(slot) = self.slots.get_mut(id as usize) {
                slot.listed = true;
            }
        }
        self.order = order;
        self.settle();
    }

    /// Puts the cursor back on its message, or where its message was.
    fn settle(&mut self) {
        let found = self.current.and_then(|current| self.order.iter().position(|&id| id == current));
        match found {
            Some(position) if self.pinned => self.position = position,
            _ if !self.pinned => {
                self.position = 0;
                self.current = self.order.first().copied();
            }
            _ => {
                self.position = self.position.min(self.order.len().saturating_sub(1));
                self.current = self.order.get(self.position).copied();
            }
        }
    }

    // ---- threads ---------------------------------------------------------------------------------------------

    /// Whether the list shows conversations: a category that people write.
    fn threaded(&self, inbox: &Inbox) -> bool {
        match self.scope {
            View::Category(Some(book)) => inbox.books.get(book).is_some_and(|book| book.human),
            _ => false,
        }
    }

    /// Orders by conversation, each where its newest message would stand, and inside by References, oldest first.
    /// Nothing is collapsed: every message keeps its line.
    fn thread(&self, inbox: &Inbox, order: Vec<u32>) -> (Vec<u32>, Vec<u8>) {
        let mut by_id: HashMap<&str, u32> = HashMap::new();
        let row = |id: u32| self.slot(id).and_then(|slot| inbox.get(&slot.key));
        for &id in &order {
            if let Some(message_id) = row(id).and_then(|row| row.message_id.as_deref()) {
                by_id.entry(message_id).or_insert(id);
            }
        }
        // The first message of a thread is often not there (GitHub, try: it was never sent). The oldest of those that
        // name it stands in for it.
        let mut stand_in: HashMap<&str, u32> = HashMap::new();
        let received = |id: u32| self.slot(id).map(|slot| slot.received);
        for &id in &order {
            if let Some(root) = row(id).and_then(|row| row.references.first()) {
                let oldest = stand_in.entry(root.as_str()).or_insert(id);
                if (received(id), id) < (received(*oldest), *oldest) {
                    *oldest = id;
                }
            }
        }
        let parent = |id: u32| -> Option<u32> {
            let references = &row(id)?.references;
            let listed = references.iter().rev().find_map(|reference| by_id.get(reference.as_str())).copied();
            listed.or_else(|| stand_in.get(references.first()?.as_str()).copied().filter(|&oldest| oldest != id))
        };
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut roots: Vec<u32> = Vec::new();
        let mut rooted: HashSet<u32> = HashSet::new();
        for &id in &order {
            // Walk up to the root; a loop of references (hostile, but possible) makes its first message a root.
            let (mut at, mut seen) = (id, HashSet::from([id]));
            while let Some(up) = parent(at) {
                if !seen.insert(up) {
                    break;
                }
                at = up;
            }
            if rooted.insert(at) {
                roots.push(at);
            }
            match parent(id) {
                Some(up) if id != at && up != id => children.entry(up).or_default().push(id),
                _ => {}
            }
        }
        let (mut lines, mut depths) = (Vec::with_capacity(order.len()), Vec::with_capacity(order.len()));
        let mut placed: HashSet<u32> = HashSet::new();
        for root in roots {
            let mut stack = vec![(root, 0u8)];
            while let Some((id, depth)) = stack.pop() {
                if !placed.insert(id) {
                    continue;
                }
                lines.push(id);
                depths.push(depth);
                let mut below = children.remove(&id).unwrap_or_default();
                below.sort_by_key(|&id| Reverse(self.slot(id).map(|slot| slot.received)));
                stack.extend(below.into_iter().map(|id| (id, depth.saturating_add(1))));
            }
        }
        // What a loop kept out still gets its line.
        for id in order {
            if placed.insert(id) {
                lines.push(id);
                depths.push(0);
            }
        }
        (lines, depths)
    }

    // ---- what is listed --------------------------------------------------------------------------------------

    /// Lists something else. The cursor stays on its message where that is listed too, else goes to the top.
    pub fn set_scope(&mut self, inbox: &Inbox, now: Time, scope: View) {
        if self.scope != scope {
            self.scope = scope;
            self.clear_selection();
            self.again(inbox, now, false);
        }
    }

    /// Sorts otherwise.
    pub fn set_sort(&mut self, inbox: &Inbox, now: Time, sort: Sort, reverse: bool) {
        (self.sort, self.reverse) = (sort, reverse);
        self.again(inbox, now, false);
    }

    /// Lists only what a query finds.
    pub fn set_query(&mut self, inbox: &Inbox, now: Time, query: Option<Query>) {
        self.query = query;
        self.again(inbox, now, true);
    }

    /// Lists hidden mail too, or not.
    pub fn set_hidden(&mut self, inbox: &Inbox, now: Time, show: bool) {
        self.show_hidden = show;
        self.again(inbox, now, false);
    }

    fn again(&mut self, inbox: &Inbox, now: Time, take: bool) {
        if let Some(slot) = self.current.and_then(|id| self.slots.get_mut(id as usize)) {
            slot.listed = false; // Nothing is kept only because it was current.
        }
        self.position = 0;
        self.rebuild(inbox, now, take);
    }

    // ---- cursor and selection --------------------------------------------------------------------------------

    /// From now on the cursor keeps to its message; whether it did not before.
    pub fn pin(&mut self) -> bool {
        !std::mem::replace(&mut self.pinned, true)
    }

    /// Moves the cursor to an index of the list (the last one, where it is too large).
    pub fn go(&mut self, index: usize) {
        self.pinned = true;
        let leaving = self.current.filter(|&id| self.slot(id).is_some_and(|slot| slot.gone));
        let target = self.order.get(index.min(self.order.len().saturating_sub(1))).copied();
        if target == self.current {
            return;
        }
        self.current = target;
        if let Some(id) = leaving {
            self.order.retain(|&other| other != id);
            self.depth.clear();
            self.ghost = None;
            if let Some(slot) = self.slots.get_mut(id as usize) {
                slot.listed = false;
            }
        }
        self.settle();
    }

    /// Moves the cursor by so many lines.
    pub fn step(&mut self, by: isize) {
        self.go(self.position.saturating_add_signed(by));
    }

    /// Moves the cursor to a message, where it is listed.
    pub fn go_to(&mut self, key: &MailKey) -> bool {
        let found = self.by_key.get(key).and_then(|id| self.order.iter().position(|other| other == id));
        if let Some(index) = found {
            self.go(index);
        }
        found.is_some()
    }

    fn range(&self) -> Option<(usize, usize)> {
        let anchor = self.anchor?;
        let start = self.order.iter().position(|&id| id == anchor)?;
        Some((start.min(self.position), start.max(self.position)))
    }

    /// Selects or deselects the message under the cursor.
    pub fn toggle(&mut self) {
        self.fix_range();
        if let Some(id) = self.current.filter(|&id| self.slot(id).is_some_and(|slot| !slot.gone))
            && !self.selected.remove(&id)
        {
            self.selected.insert(id);
        }
    }

    /// Starts a range at the cursor, or ends it.
    pub fn toggle_range(&mut self) {
        if self.anchor.is_some() {
            self.fix_range();
        } else {
            self.anchor = self.current;
        }
    }

    /// Whether a range is being selected.
    pub fn in_range(&self) -> bool {
        self.anchor.is_some()
    }

    fn fix_range(&mut self) {
        if let Some((a, b)) = self.range() {
            self.selected.extend(self.order.iter().copied().skip(a).take(b - a + 1));
        }
        self.anchor = None;
    }

    /// Selects everything that is listed, or nothing where it all is.
    pub fn toggle_all(&mut self) {
        self.anchor = None;
        if self.order.iter().all(|id| self.selected.contains(id)) {
            self.selected.clear();
        } else {
            self.selected = self.order.iter().copied().collect();
        }
    }

    /// Selects all listed messages that a query finds; how many these are.
    pub fn select_query(&mut self, inbox: &Inbox, now: Time, query: &Query) -> usize {
        let matches = |id: &u32| {
            let row = self.slot(*id).and_then(|slot| inbox.get(&slot.key));
            row.is_some_and(|row| query.matches(inbox, row, now))
        };
        let found: Vec<u32> = self.order.iter().copied().filter(matches).collect();
        self.selected.extend(&found);
        found.len()
    }

    /// Selects nothing.
    pub fn clear_selection(&mut self) {
        self.selected.clear();
        self.anchor = None;
    }

    /// How many listed messages are selected, those of an open range included.
    pub fn selected(&self) -> usize {
        if self.selected.is_empty() && self.anchor.is_none() { 0 } else { self.chosen().len() }
    }

    fn chosen(&self) -> Vec<u32> {
        let range = self.range();
        let chosen = |(index, id): &(usize, u32)| {
            (self.selected.contains(id) || range.is_some_and(|(a, b)| (a..=b).contains(index)))
                && self.slot(*id).is_some_and(|slot| !slot.gone)
        };
        self.order.iter().copied().enumerate().filter(chosen).map(|(_, id)| id).collect()
    }

    /// The messages that an act is about: the selection, else the one under the cursor. Never one that is gone.
    pub fn targets(&self) -> Vec<MailKey> {
        let mut ids = self.chosen();
        if ids.is_empty() {
            ids.extend(self.current);
        }
        ids.into_iter().filter_map(|id| self.slot(id)).filter(|slot| !slot.gone).map(|slot| slot.key.clone()).collect()
    }
}

/// Who a row is from, for its column: for an alert the host where one is known, else the sender's name or address. Who
/// answers an alert is a person and no host, whatever the answer quotes.
pub fn sender(row: &Row) -> &str {
    let host = row.class.labels.iter().find(|label| label.name == "host");
    if let Some(label) = host.filter(|_| row.role == Role::Alert) {
        // The first part names the machine; the message pane has the whole name.
        let short = label.value.split('.').next().unwrap_or(&label.value);
        let number = short.chars().all(|c| c.is_ascii_digit());
        return if number || short.is_empty() { &label.value } else { short };
    }
    match (row.from.name.as_str(), row.from.addr.as_str()) {
        ("", "") if row.odd.is_none() => "(no sender)",
        ("", addr) => addr,
        (name, _) => name,
    }
}
