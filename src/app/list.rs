//! The message list: which rows are shown, in which order, where the cursor is, what is selected.
//!
//! An incident stands as one row (`blocks`) that opens to its messages. The order is kept, never made anew while mail
//! streams in: what a batch touches is grouped and sorted by itself and merged, so that a batch costs one pass over the
//! list, not a sort of it.
//!
//! - `blocks`: what stands together: an incident, or a message alone; in which order.
//! - `cursor`: the cursor, and what is selected.
//! - `threads`: the conversations of people.

mod blocks;
mod cursor;
mod threads;

use crate::mail::{Address, Role, Time};
use crate::runbook::Call;
use crate::runbook::labels::Label;
use crate::runbook::set::BookId;
use crate::triage::query::Query;
use crate::triage::query::deep::Answers;
use crate::triage::row::{MailKey, Row};
use crate::triage::verdicts::Need;
use crate::triage::{Change, Inbox};
use blocks::{Block, Group};
use std::collections::{HashMap, HashSet};

/// Seconds around a message that count as "the same time".
pub const AROUND: i64 = 15 * 60;

/// Messages from which on it is quicker to bring all of the list up to date than each of them.
const MANY: usize = 2_000;

/// Which messages the list holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum View {
    /// All categories.
    #[default]
    All,
    /// What needs a person now.
    Needs,
    /// What needed one, is past the horizon, and was never handled.
    Past,
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
    /// Ignored, done, put off or trashed.
    hidden: bool,
    /// Whether it asks for a person.
    need: Need,
    /// What the query says; true where there is none.
    found: bool,
    /// Moved or deleted by another program.
    gone: bool,
    /// It stands in a block.
    listed: bool,
    /// The group that it is listed in; [`blocks::NONE`] where it stands alone.
    group: u32,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A message that stands alone.
    Alone,
    /// An incident of several messages; it stands for all of them where it is closed.
    Head,
    /// A message of the open incident above it.
    Member,
}

/// A line of the list: the message that it shows, for an incident the one that gives it its call.
#[derive(Debug, Clone, Copy)]
struct Line {
    id: u32,
    depth: u8,
    kind: Kind,
}

/// The list.
#[derive(Debug, Clone)]
pub struct Listing {
    slots: Vec<Slot>,
    by_key: HashMap<MailKey, u32>,
    groups: Vec<Group>,
    /// Groups that are not in use.
    free: Vec<u32>,
    /// What is listed, in order.
    blocks: Vec<Block>,
    /// The same as lines.
    lines: Vec<Line>,
    scope: View,
    sort: Sort,
    reverse: bool,
    show_hidden: bool,
    /// Whether incidents stand as one row.
    grouped: bool,
    /// Messages whose incidents are open.
    open: HashSet<u32>,
    query: Option<Query>,
    current: Option<u32>,
    /// Whether the cursor is on the row of an incident.
    on_head: bool,
    position: usize,
    /// Whether the cursor keeps to its message. Until the operator has touched the list while it first fills, the
    /// cursor stays at the top instead, where the most urgent mail is.
    pinned: bool,
    selected: HashSet<u32>,
    /// Where a range began: the message, and whether on the row of its incident.
    anchor: Option<(u32, bool)>,
    /// A copy of the current row for as long as it is shown although it is gone, and the messages it stood with.
    ghost: Option<(Row, Vec<u32>)>,
}

impl Default for Listing {
    fn default() -> Listing {
        Listing {
            slots: Vec::new(),
            by_key: HashMap::new(),
            groups: Vec::new(),
            free: Vec::new(),
            blocks: Vec::new(),
            lines: Vec::new(),
            scope: View::default(),
            sort: Sort::default(),
            reverse: false,
            show_hidden: false,
            grouped: true,
            open: HashSet::new(),
            query: None,
            current: None,
            on_head: false,
            position: 0,
            pinned: false,
            selected: HashSet::new(),
            anchor: None,
            ghost: None,
        }
    }
}

/// How much of what a row stands for is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected {
    /// Nothing.
    No,
    /// Some of the messages of its incident.
    Partly,
    /// All.
    Yes,
}

/// What a row of the list is.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The row; of an incident the one that gives it its call.
    pub row: &'a Row,
    /// Whether it is selected.
    pub selected: Selected,
    /// Whether the cursor is on it.
    pub cursor: bool,
    /// Whether it is gone from the folder.
    pub gone: bool,
    /// Depth in its thread, or in its incident.
    pub depth: u8,
    /// Whether it is an incident of several listed messages: how many, and whether it is open.
    pub incident: Option<(usize, bool)>,
}

impl Listing {
    /// How many rows are listed.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether none is listed.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many incidents and messages alone are listed, and how many messages.
    pub fn counts(&self) -> (usize, usize) {
        let size = |block: &Block| match block {
            Block::One(_) => 1,
            Block::Many(group) => self.members(*group).len(),
        };
        (self.blocks.len(), self.blocks.iter().map(size).sum())
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

    /// Whether incidents stand as one row.
    pub fn grouped(&self) -> bool {
        self.grouped
    }

    /// The keys of all listed messages, those of closed incidents too, in order.
    pub fn keys(&self) -> impl Iterator<Item = &MailKey> {
        self.ids().filter_map(|id| self.slot(id)).map(|slot| &slot.key)
    }

    /// The key at that index; of an incident that of the message that gives it its call.
    pub fn key_at(&self, index: usize) -> Option<&MailKey> {
        self.lines.get(index).and_then(|line| self.slot(line.id)).map(|slot| &slot.key)
    }

    /// The messages that the row at an index stands for: all of a closed incident.
    pub fn keys_at(&self, index: usize) -> impl Iterator<Item = &MailKey> {
        let line = self.lines.get(index);
        let stands = line.map(|line| self.stands_for(line)).unwrap_or_default();
        stands.iter().filter_map(|&id| self.slot(id)).map(|slot| &slot.key)
    }

    /// A part of the list, to draw it.
    pub fn window<'a>(&'a self, inbox: &'a Inbox, top: usize, rows: usize) -> Vec<Listed<'a>> {
        let range = self.range();
        let listed = |(index, line): (usize, &'a Line)| {
            let slot = self.slot(line.id)?;
            let row = inbox.get(&slot.key).or_else(|| self.ghost_of(&slot.key))?;
            let incident = match line.kind {
                Kind::Head => Some((self.members(slot.group).len(), self.is_open(slot.group))),
                Kind::Alone | Kind::Member => None,
            };
            Some(Listed {
                row,
                selected: self.selected_at(line, range.is_some_and(|(a, b)| (a..=b).contains(&index))),
                cursor: index == self.position && self.current.is_some(),
                gone: slot.gone,
                depth: line.depth,
                incident,
            })
        };
        self.lines.iter().enumerate().skip(top).take(rows).filter_map(listed).collect()
    }

    // ---- taking in -------------------------------------------------------------------------------------------

    /// Notes that a message is about to be taken out of the inbox; called before the inbox applies the change.
    pub fn before(&mut self, inbox: &Inbox, change: &Change) {
        if let Change::Vanished(key) = change
            && self.current() == Some(key)
        {
            let group = self.current.and_then(|id| self.slot(id)).map_or(blocks::NONE, |slot| slot.group);
            let beside = self.members(group).iter().copied().filter(|id| Some(*id) != self.current).collect();
            self.ghost = inbox.get(key).cloned().map(|row| (row, beside));
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
        self.regroup(inbox, &changed);
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
                    need: Need::No,
                    found: true,
                    gone: false,
                    listed: false,
                    group: blocks::NONE,
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
                let sender = sender(row).to_lowercase();
                if *slot.sender != *sender {
                    slot.sender = sender.into();
                }
                slot.ignored = standing.ignored;
                slot.hidden = standing.handled();
                slot.need = match standing.call() >= Call::Decide && !standing.handled() {
                    false => Need::No,
                    true if inbox.needs_you(row) => Need::You,
                    true => Need::Past,
                };
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

    fn ghost_of(&self, key: &MailKey) -> Option<&Row> {
        self.ghost.as_ref().map(|(row, _)| row).filter(|row| row.key == *key)
    }

    fn belongs(&self, id: u32) -> bool {
        let Some(slot) = self.slot(id) else { return false };
        let current = self.current == Some(id) && slot.listed;
        if slot.gone {
            // The row of an incident goes on with the messages that are left.
            let others = self.on_head && self.ghost.as_ref().is_some_and(|(_, beside)| !beside.is_empty());
            return current && !others;
        }
        let shown = match &self.scope {
            View::All => !slot.hidden || self.show_hidden,
            View::Needs => slot.need == Need::You,
            View::Past => slot.need == Need::Past,
            View::Category(book) => slot.book == *book && (!slot.hidden || self.show_hidden),
            View::Around(time) => (slot.received.0.saturating_sub(time.0)).abs() <= AROUND,
            View::Ignored => slot.ignored,
        };
        // What is being read stays, even where a flag change takes it out of the filter.
        shown && (slot.found || current)
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

    /// Takes in what mails answered to the query.
    pub fn answered(&mut self, inbox: &Inbox, now: Time, answers: Answers) {
        let Some(query) = &mut self.query else { return };
        let mut looked = answers.looked.clone();
        query.take(answers);
        looked.retain(|key| self.by_key.contains_key(key));
        if looked.len() > MANY {
            self.refresh_all(inbox, now);
        } else {
            self.refresh(inbox, now, &looked);
        }
    }

    /// Lets go of what a mail answered: its file is another one.
    pub fn forget_answers(&mut self, key: &MailKey) {
        if let Some(query) = &mut self.query {
            query.forget(key);
        }
    }

    /// Lists hidden mail too, or not.
    pub fn set_hidden(&mut self, inbox: &Inbox, now: Time, show: bool) {
        self.show_hidden = show;
        self.again(inbox, now, false);
    }

    /// Shows incidents as one row, or every message by itself.
    pub fn set_grouped(&mut self, inbox: &Inbox, now: Time, grouped: bool) {
        self.grouped = grouped;
        self.anchor = None;
        self.again(inbox, now, false);
    }

    fn again(&mut self, inbox: &Inbox, now: Time, take: bool) {
        if let Some(slot) = self.current.and_then(|id| self.slots.get_mut(id as usize)) {
            slot.listed = false; // Nothing is kept only because it was current.
        }
        self.position = 0;
        self.rebuild(inbox, now, take);
    }
}

/// Who a row is from, for its column: for an alert the host where one is known, else the sender's name or address. Who
/// answers an alert is a person and no host, whatever the answer quotes.
pub fn sender(row: &Row) -> &str {
    match sender_of(&row.from, &row.class.labels, row.role) {
        "" if row.odd.is_none() => "(no sender)",
        sender => sender,
    }
}

/// The same for what is kept of a mail; empty where nobody is named.
pub(super) fn sender_of<'m>(from: &'m Address, labels: &'m [Label], role: Role) -> &'m str {
    let host = labels.iter().find(|label| label.name == "host");
    if let Some(label) = host.filter(|_| role == Role::Alert) {
        // The first part names the machine; the message pane has the whole name.
        let short = label.value.split('.').next().unwrap_or(&label.value);
        let number = short.chars().all(|c| c.is_ascii_digit());
        return if number || short.is_empty() { &label.value } else { short };
    }
    if from.name.is_empty() { &from.addr } else { &from.name }
}
