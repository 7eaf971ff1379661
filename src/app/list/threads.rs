//! Conversations: the order of a category that people write.

use super::{Kind, Line, Listing, View};
use crate::triage::Inbox;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

impl Listing {
    /// Whether the list shows conversations: a category that people write.
    pub(super) fn threaded(&self, inbox: &Inbox) -> bool {
        match self.scope {
            View::Category(Some(book)) => inbox.books.get(book).is_some_and(|book| book.human),
            _ => false,
        }
    }

    /// Orders by conversation, each where its newest message would stand, and inside by References, oldest first.
    /// Nothing is collapsed: every message keeps its line.
    pub(super) fn thread(&self, inbox: &Inbox, order: &[u32]) -> Vec<Line> {
        let mut by_id: HashMap<&str, u32> = HashMap::new();
        let row = |id: u32| self.slot(id).and_then(|slot| inbox.get(&slot.key));
        for &id in order {
            if let Some(message_id) = row(id).and_then(|row| row.message_id.as_deref()) {
                by_id.entry(message_id).or_insert(id);
            }
        }
        // The first message of a thread is often not there (GitHub, try: it was never sent). The oldest of those that
        // name it stands in for it.
        let mut stand_in: HashMap<&str, u32> = HashMap::new();
        let received = |id: u32| self.slot(id).map(|slot| slot.received);
        for &id in order {
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
        for &id in order {
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
        let mut lines: Vec<Line> = Vec::with_capacity(order.len());
        let mut placed: HashSet<u32> = HashSet::new();
        for root in roots {
            let mut stack = vec![(root, 0u8)];
            while let Some((id, depth)) = stack.pop() {
                if !placed.insert(id) {
                    continue;
                }
                lines.push(Line { id, depth, kind: Kind::Alone });
                let mut below = children.remove(&id).unwrap_or_default();
                below.sort_by_key(|&id| Reverse(self.slot(id).map(|slot| slot.received)));
                stack.extend(below.into_iter().map(|id| (id, depth.saturating_add(1))));
            }
        }
        // What a loop kept out still gets its line.
        for &id in order {
            if placed.insert(id) {
                lines.push(Line { id, depth: 0, kind: Kind::Alone });
            }
        }
        lines
    }
}
