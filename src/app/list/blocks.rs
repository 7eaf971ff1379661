//! What stands together in the list: an incident of several messages, or a message alone; in which order.

use super::{Kind, Line, Listing, Sort, View};
use crate::mail::Time;
use crate::runbook::Call;
use crate::runbook::set::BookId;
use crate::triage::Inbox;
use crate::triage::row::MailKey;
use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;

/// No group.
pub(super) const NONE: u32 = u32::MAX;

/// What is sorted as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// A message.
    One(u32),
    /// An incident with more than one listed message: its group.
    Many(u32),
}

/// The listed messages of an incident. Its number is good until the next change; what lasts is told by messages.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// Oldest first.
    members: Vec<u32>,
    /// The one that gives it its call.
    lead: u32,
    /// The newest delivery.
    received: Time,
}

/// What a block is sorted by.
struct Rank<'a> {
    call: Call,
    received: Time,
    key: &'a MailKey,
    sender: &'a str,
    book: Option<BookId>,
}

impl Listing {
    /// The listed messages of a group, oldest first.
    pub(super) fn members(&self, group: u32) -> &[u32] {
        self.groups.get(group as usize).map_or(&[], |group| &group.members)
    }

    /// Whether the incident of a group is open.
    pub(super) fn is_open(&self, group: u32) -> bool {
        !self.open.is_empty() && self.members(group).iter().any(|id| self.open.contains(id))
    }

    /// All listed messages, in order.
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> {
        let alone = |line: &&Line| line.kind == Kind::Alone;
        let members = |line: &Line| match line.kind {
            Kind::Head => self.slot(line.id).map(|slot| self.members(slot.group)).unwrap_or_default(),
            Kind::Alone | Kind::Member => &[],
        };
        // An incident's row comes before its members, open or not.
        self.lines.iter().flat_map(move |line| {
            let own = Some(line).filter(alone).map(|line| line.id);
            own.into_iter().chain(members(line).iter().copied())
        })
    }

    /// Groups what these messages touch anew, and puts it where it belongs.
    pub(super) fn regroup(&mut self, inbox: &Inbox, changed: &[u32]) {
        let affected = self.affected(inbox, changed);
        let touched: HashSet<u32> = affected.iter().copied().collect();
        let mut left: HashSet<u32> = HashSet::new();
        for &id in &affected {
            left.extend(self.slot(id).map(|slot| slot.group).filter(|&group| group != NONE));
        }
        if affected.iter().any(|&id| self.slot(id).is_some_and(|slot| slot.listed)) {
            self.blocks.retain(|block| match block {
                Block::One(id) => !touched.contains(id),
                Block::Many(group) => !left.contains(group),
            });
        }
        let mut add = self.blocks_of(inbox, &affected);
        self.let_go(left);
        add.sort_by(|&a, &b| self.compare(inbox, a, b));
        self.merge(inbox, add);
        self.lay_lines();
    }

    /// These messages, and all that stood with them or stand with them now.
    fn affected(&self, inbox: &Inbox, changed: &[u32]) -> Vec<u32> {
        let mut seen: HashSet<u32> = HashSet::with_capacity(changed.len());
        let mut affected: Vec<u32> = Vec::with_capacity(changed.len());
        let mut groups: HashSet<u32> = HashSet::new();
        let mut incidents: HashSet<_> = HashSet::new();
        let mut todo: Vec<u32> = changed.to_vec();
        while let Some(id) = todo.pop() {
            if !seen.insert(id) {
                continue;
            }
            affected.push(id);
            let Some(slot) = self.slot(id) else { continue };
            if slot.group != NONE && groups.insert(slot.group) {
                todo.extend(self.members(slot.group));
            }
            if self.grouped
                && let Some((number, incident)) = inbox.get(&slot.key).and_then(|row| inbox.incident_of(row))
                && incidents.insert(number)
            {
                todo.extend(inbox.members(incident).filter_map(|(row, _)| self.by_key.get(&row.key)));
            }
        }
        affected.sort_unstable();
        affected
    }

    /// Blocks of those of these messages that belong to the list. All that stands with one of them is among them.
    fn blocks_of(&mut self, inbox: &Inbox, ids: &[u32]) -> Vec<Block> {
        let belong: HashSet<u32> = ids.iter().copied().filter(|&id| self.belongs(id)).collect();
        for &id in ids {
            if let Some(slot) = self.slots.get_mut(id as usize) {
                (slot.listed, slot.group) = (false, NONE);
            }
        }
        let mut blocks = Vec::with_capacity(belong.len());
        for &id in ids {
            if !belong.contains(&id) || self.slot(id).is_none_or(|slot| slot.listed) {
                continue;
            }
            let (members, lead) = self.incident(inbox, id, &belong);
            let group = (members.len() > 1).then(|| self.new_group());
            let mut received = Time(i64::MIN);
            let alone = [id];
            for &member in if group.is_some() { members.as_slice() } else { &alone } {
                if let Some(slot) = self.slots.get_mut(member as usize) {
                    (slot.listed, slot.group) = (true, group.unwrap_or(NONE));
                    received = received.max(slot.received);
                }
            }
            let Some(number) = group else {
                blocks.push(Block::One(id));
                continue;
            };
            blocks.push(Block::Many(number));
            if let Some(group) = self.groups.get_mut(number as usize) {
                *group = Group { members, lead, received };
            }
        }
        blocks
    }

    /// The listed messages of a message's incident, oldest first, and the one that gives it its call: the incident's own
    /// where that is listed, else the most urgent and latest of what is.
    fn incident(&self, inbox: &Inbox, id: u32, belong: &HashSet<u32>) -> (Vec<u32>, u32) {
        let alone = (vec![id], id);
        let Some(slot) = self.slot(id) else { return alone };
        let human = slot.book.and_then(|book| inbox.books.get(book)).is_some_and(|book| book.human);
        if !self.grouped || human || matches!(self.scope, View::Around(_)) {
            return alone;
        }
        // What is gone stays with those that it stood with.
        let ghost = self.ghost.as_ref().filter(|(row, _)| row.key == slot.key);
        let beside = ghost.and_then(|(_, beside)| beside.iter().find_map(|&id| self.slot(id)));
        let key = beside.map_or(&slot.key, |slot| &slot.key);
        let Some((_, incident)) = inbox.get(key).and_then(|row| inbox.incident_of(row)) else { return alone };
        let known = |key: &MailKey| self.by_key.get(key).copied().filter(|id| belong.contains(id));
        let mut members: Vec<u32> = inbox.members(incident).filter_map(|(row, _)| known(&row.key)).collect();
        if let Some((row, beside)) = &self.ghost
            && let Some(gone) = known(&row.key)
            && !members.contains(&gone)
            && members.iter().any(|id| beside.contains(id))
        {
            members.insert(0, gone);
        }
        if !members.contains(&id) {
            return alone;
        }
        let call = |id: &u32| self.slot(*id).filter(|slot| !slot.gone).map(|slot| slot.call);
        let most = members.iter().max_by_key(|id| call(id)).copied().unwrap_or(id);
        let own = inbox.lead(incident).and_then(|row| known(&row.key));
        let lead = own.filter(|own| call(own) == call(&most)).unwrap_or(most);
        (members, lead)
    }

    fn new_group(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.groups.push(Group::default());
            u32::try_from(self.groups.len() - 1).unwrap_or(NONE)
        })
    }

    /// Groups that are in use no more.
    fn let_go(&mut self, groups: impl IntoIterator<Item = u32>) {
        for number in groups {
            if let Some(group) = self.groups.get_mut(number as usize) {
                group.members = Vec::new();
                self.free.push(number);
            }
        }
    }

    fn rank(&self, block: Block) -> Option<Rank<'_>> {
        let (slot, received) = match block {
            Block::One(id) => self.slot(id).map(|slot| (slot, slot.received))?,
            Block::Many(group) => {
                let group = self.groups.get(group as usize)?;
                self.slot(group.lead).map(|slot| (slot, group.received))?
            }
        };
        Some(Rank { call: slot.call, received, key: &slot.key, sender: &slot.sender, book: slot.book })
    }

    fn compare(&self, inbox: &Inbox, a: Block, b: Block) -> Ordering {
        let (Some(x), Some(y)) = (self.rank(a), self.rank(b)) else { return Ordering::Equal };
        let newest = || (Reverse(x.received), x.key).cmp(&(Reverse(y.received), y.key));
        let (sort, _) = self.shown_sort();
        let order = match sort {
            Sort::Call => y.call.cmp(&x.call),
            Sort::Time => Ordering::Equal,
            Sort::Sender => x.sender.cmp(y.sender),
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

    /// Puts sorted blocks among those that are there.
    fn merge(&mut self, inbox: &Inbox, add: Vec<Block>) {
        if add.is_empty() {
            return;
        }
        let old = std::mem::take(&mut self.blocks);
        let mut merged = Vec::with_capacity(old.len() + add.len());
        let mut add = add.into_iter().peekable();
        for block in old {
            while let Some(next) = add.next_if(|&next| self.compare(inbox, next, block) == Ordering::Less) {
                merged.push(next);
            }
            merged.push(block);
        }
        merged.extend(add);
        self.blocks = merged;
    }

    /// Makes everything anew; `take`: what is known of each message too.
    pub(super) fn rebuild(&mut self, inbox: &Inbox, now: Time, take: bool) {
        if take {
            let keys: Vec<MailKey> = self.slots.iter().map(|slot| slot.key.clone()).collect();
            for key in &keys {
                self.take(inbox, now, key);
            }
        }
        let ids: Vec<u32> = (0..u32::try_from(self.slots.len()).unwrap_or(u32::MAX)).collect();
        self.groups.clear();
        self.free.clear();
        let threaded = self.threaded(inbox);
        let mut blocks = self.blocks_of(inbox, &ids);
        blocks.sort_by(|&a, &b| self.compare(inbox, a, b));
        self.blocks = blocks;
        if threaded {
            let order: Vec<u32> =
                self.blocks.iter().filter_map(|b| if let Block::One(id) = b { Some(*id) } else { None }).collect();
            self.lines = self.thread(inbox, &order);
        } else {
            self.lay_lines();
        }
        self.settle();
    }

    /// Lays the blocks out in lines.
    pub(super) fn lay_lines(&mut self) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.clear();
        for block in &self.blocks {
            match block {
                Block::One(id) => lines.push(Line { id: *id, depth: 0, kind: Kind::Alone }),
                Block::Many(number) => {
                    let Some(group) = self.groups.get(*number as usize) else { continue };
                    lines.push(Line { id: group.lead, depth: 0, kind: Kind::Head });
                    if self.is_open(*number) {
                        let member = |&id: &u32| Line { id, depth: 1, kind: Kind::Member };
                        lines.extend(group.members.iter().map(member));
                    }
                }
            }
        }
        self.lines = lines;
    }

    /// Takes a message that is gone off the list.
    pub(super) fn drop_gone(&mut self, id: u32) {
        self.ghost = None;
        let Some(slot) = self.slots.get_mut(id as usize) else { return };
        slot.listed = false;
        let number = std::mem::replace(&mut slot.group, NONE);
        let Some(group) = self.groups.get_mut(number as usize) else {
            self.blocks.retain(|block| *block != Block::One(id));
            // In a conversation what answered it keeps its place.
            self.lines.retain(|line| line.id != id);
            return;
        };
        group.members.retain(|&other| other != id);
        if let [last] = group.members.as_slice() {
            let last = *last;
            if let Some(slot) = self.slots.get_mut(last as usize) {
                slot.group = NONE;
            }
            self.blocks.iter_mut().filter(|b| **b == Block::Many(number)).for_each(|block| *block = Block::One(last));
            self.let_go([number]);
        }
        self.lay_lines();
    }
}
