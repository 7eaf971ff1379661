//! The cursor, and what is selected.

use super::{Kind, Line, Listing, Selected, blocks};
use crate::mail::Time;
use crate::triage::Inbox;
use crate::triage::query::Query;
use crate::triage::row::{MailKey, Row};

impl Listing {
    /// Index of the cursor in the list.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The message under the cursor; on an incident the one that gives it its call.
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
        inbox.get(key).or_else(|| self.ghost_of(key))
    }

    /// Whether the cursor is on the row of an incident of several messages.
    pub fn on_incident(&self) -> bool {
        self.lines.get(self.position).is_some_and(|line| line.kind == Kind::Head)
    }

    /// Whether the cursor is in an open incident: on its row or on one of its messages.
    pub fn in_open_incident(&self) -> bool {
        self.lines.get(self.position).is_some_and(|line| match line.kind {
            Kind::Alone => false,
            Kind::Member => true,
            Kind::Head => self.slot(line.id).is_some_and(|slot| self.is_open(slot.group)),
        })
    }

    /// Opens the incident under the cursor; whether there was a closed one.
    pub fn open_incident(&mut self) -> bool {
        if !self.on_incident() || self.in_open_incident() {
            return false;
        }
        let group = self.current.and_then(|id| self.slot(id)).map_or(blocks::NONE, |slot| slot.group);
        let members = self.members(group).to_vec();
        self.open.extend(members);
        self.lay_lines();
        self.settle();
        true
    }

    /// Closes the open incident that the cursor is in; whether there was one.
    pub fn close_incident(&mut self) -> bool {
        if !self.in_open_incident() {
            return false;
        }
        let group = self.current.and_then(|id| self.slot(id)).map_or(blocks::NONE, |slot| slot.group);
        for id in self.members(group).to_vec() {
            self.open.remove(&id);
        }
        self.on_head = true;
        self.lay_lines();
        self.settle();
        true
    }

    /// The messages that a line stands for: all of a closed incident.
    pub(super) fn stands_for<'a>(&'a self, line: &'a Line) -> &'a [u32] {
        match (line.kind, self.slot(line.id)) {
            (Kind::Head, Some(slot)) => self.members(slot.group),
            _ => std::slice::from_ref(&line.id),
        }
    }

    /// The line of a message, or of its incident: where it is closed, that is the line that holds the message.
    fn find(&self, id: u32, on_head: bool) -> Option<usize> {
        let group = self.slot(id).map_or(blocks::NONE, |slot| slot.group);
        let mut found = None;
        for (index, line) in self.lines.iter().enumerate() {
            let own = line.id == id && line.kind != Kind::Head;
            let head = group != blocks::NONE
                && line.kind == Kind::Head
                && self.slot(line.id).is_some_and(|slot| slot.group == group);
            if (head && on_head) || (own && !on_head) {
                return Some(index);
            }
            if own || head {
                found = Some(index);
            }
        }
        found
    }

    /// Puts the cursor back on its message, or where its message was.
    pub(super) fn settle(&mut self) {
        let found = self.current.and_then(|current| self.find(current, self.on_head));
        self.position = match found {
            _ if !self.pinned => 0,
            Some(position) => position,
            None => self.position.min(self.lines.len().saturating_sub(1)),
        };
        self.take_line();
    }

    /// The message of the line at the cursor becomes the current one.
    fn take_line(&mut self) {
        let line = self.lines.get(self.position);
        self.current = line.map(|line| line.id);
        self.on_head = line.is_some_and(|line| line.kind == Kind::Head);
    }

    /// From now on the cursor keeps to its message; whether it did not before.
    pub fn pin(&mut self) -> bool {
        !std::mem::replace(&mut self.pinned, true)
    }

    /// Moves the cursor to an index of the list (the last one, where it is too large).
    pub fn go(&mut self, index: usize) {
        self.pinned = true;
        let leaving = self.current.filter(|&id| self.slot(id).is_some_and(|slot| slot.gone));
        let target = index.min(self.lines.len().saturating_sub(1));
        if target == self.position {
            return;
        }
        self.position = target;
        self.take_line();
        if let Some(id) = leaving.filter(|&id| self.current != Some(id)) {
            self.drop_gone(id);
            self.settle();
        }
    }

    /// Moves the cursor by so many lines.
    pub fn step(&mut self, by: isize) {
        self.go(self.position.saturating_add_signed(by));
    }

    /// Moves the cursor off its line, where all that the line stands for is among these messages, which are about to
    /// leave the list.
    pub fn step_off(&mut self, keys: &[MailKey]) {
        let Some(line) = self.lines.get(self.position) else { return };
        let stands = self.stands_for(line);
        if !stands.iter().filter_map(|&id| self.slot(id)).all(|slot| keys.contains(&slot.key)) {
            return;
        }
        let mut below = self.position + 1;
        // Not into an incident whose messages all go.
        if line.kind == Kind::Head {
            below += self.lines.iter().skip(below).take_while(|line| line.kind == Kind::Member).count();
        }
        if below < self.lines.len() {
            self.go(below);
        } else {
            self.step(-1);
        }
    }

    /// Moves the cursor to a message, where it is listed; where its incident is closed, to that.
    pub fn go_to(&mut self, key: &MailKey) -> bool {
        let found = self.by_key.get(key).and_then(|&id| self.find(id, false));
        if let Some(index) = found {
            self.go(index);
        }
        found.is_some()
    }

    // ---- selection -------------------------------------------------------------------------------------------

    pub(super) fn range(&self) -> Option<(usize, usize)> {
        let (id, on_head) = self.anchor?;
        let start = self.find(id, on_head)?;
        Some((start.min(self.position), start.max(self.position)))
    }

    /// How much of what a line stands for is selected; `in_range`: the line lies in an open range.
    pub(super) fn selected_at(&self, line: &Line, in_range: bool) -> Selected {
        if in_range {
            return Selected::Yes;
        }
        if self.selected.is_empty() {
            return Selected::No;
        }
        let stands = self.stands_for(line);
        match stands.iter().filter(|id| self.selected.contains(id)).count() {
            0 => Selected::No,
            count if count == stands.len() => Selected::Yes,
            _ => Selected::Partly,
        }
    }

    /// Selects or deselects what is under the cursor.
    pub fn toggle(&mut self) {
        self.fix_range();
        let Some(line) = self.lines.get(self.position).copied() else { return };
        let ids: Vec<u32> = self.present(self.stands_for(&line)).collect();
        if ids.iter().all(|id| self.selected.contains(id)) {
            ids.iter().for_each(|id| {
                self.selected.remove(id);
            });
        } else {
            self.selected.extend(ids);
        }
    }

    /// Those of these messages that are not gone.
    fn present<'a>(&'a self, ids: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        ids.iter().copied().filter(|&id| self.slot(id).is_some_and(|slot| !slot.gone))
    }

    /// Starts a range at the cursor, or ends it.
    pub fn toggle_range(&mut self) {
        if self.anchor.is_some() {
            self.fix_range();
        } else {
            self.anchor = self.current.map(|id| (id, self.on_head));
        }
    }

    /// Whether a range is being selected.
    pub fn in_range(&self) -> bool {
        self.anchor.is_some()
    }

    fn fix_range(&mut self) {
        if let Some((a, b)) = self.range() {
            let lines: Vec<Line> = self.lines.iter().skip(a).take(b - a + 1).copied().collect();
            let ids: Vec<u32> = lines.iter().flat_map(|line| self.in_range_of(line)).copied().collect();
            self.selected.extend(ids);
        }
        self.anchor = None;
    }

    /// What a line adds to a range: the row of an open incident nothing, because its messages have lines of their own.
    fn in_range_of<'a>(&'a self, line: &'a Line) -> &'a [u32] {
        let open = line.kind == Kind::Head && self.slot(line.id).is_some_and(|slot| self.is_open(slot.group));
        if open { &[] } else { self.stands_for(line) }
    }

    /// Selects everything that is listed, or nothing where it all is.
    pub fn toggle_all(&mut self) {
        self.anchor = None;
        let all: Vec<u32> = self.ids().collect();
        if all.iter().all(|id| self.selected.contains(id)) {
            self.selected.clear();
        } else {
            self.selected = all.into_iter().collect();
        }
    }

    /// Selects all listed messages that a query finds; how many these are.
    pub fn select_query(&mut self, inbox: &Inbox, now: Time, query: &Query) -> usize {
        let matches = |id: &u32| {
            let row = self.slot(*id).and_then(|slot| inbox.get(&slot.key));
            row.is_some_and(|row| query.matches(inbox, row, now))
        };
        let found: Vec<u32> = self.ids().filter(matches).collect();
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
        let of_line = |(index, line): (usize, &'_ Line)| -> Vec<u32> {
            let all = range.is_some_and(|(a, b)| (a..=b).contains(&index));
            self.present(self.in_range_of(line)).filter(|id| all || self.selected.contains(id)).collect()
        };
        self.lines.iter().enumerate().flat_map(of_line).collect()
    }

    /// The messages that an act is about: the selection, else what is under the cursor: of an incident all that are
    /// listed. Never one that is gone.
    pub fn targets(&self) -> Vec<MailKey> {
        let mut ids = self.chosen();
        if ids.is_empty() {
            let line = self.lines.get(self.position);
            ids = line.map(|line| self.present(self.stands_for(line)).collect()).unwrap_or_default();
        }
        ids.into_iter().filter_map(|id| self.slot(id)).map(|slot| slot.key.clone()).collect()
    }
}
