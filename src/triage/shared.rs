//! What many messages have in common, kept once: senders, lists of recipients, what claims them, their labels. A mailbox
//! of machines' mail says the same few things a hundred thousand times.

use super::row::{Hit, Row};
use crate::mail::Address;
use crate::runbook::labels::{Label, Name};
use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// Values of one sort that are remembered. More of them are so different from one another that sharing gains nothing, and
/// mail from outside must not make this grow without end.
const MOST: usize = 50_000;

/// The same in bytes, for few values that are large.
const MOST_BYTES: usize = 16 << 20;

/// Bytes of a value from which it is not remembered: few have one so large in common, and each may be held here alone.
const LARGE: usize = 64 << 10;

/// Values that were met, so that the next equal one can share them.
#[derive(Debug, Default)]
pub struct Shared {
    senders: Met<Address>,
    lists: Met<[String]>,
    hits: Met<Hit>,
    names: HashSet<Name>,
    labels: Met<[Label]>,
}

impl Shared {
    /// Nothing was met yet.
    pub fn new() -> Shared {
        Shared::default()
    }

    /// An equal sender that was met, else this one.
    pub fn sender(&mut self, mut sender: Arc<Address>) -> Arc<Address> {
        self.senders.share(&mut sender);
        sender
    }

    /// An equal list of addresses that was met, else this one.
    pub fn list(&mut self, mut list: Arc<[String]>) -> Arc<[String]> {
        self.lists.share(&mut list);
        list
    }

    /// An equal hit that was met, else this one.
    pub fn hit(&mut self, mut hit: Arc<Hit>) -> Arc<Hit> {
        self.hits.share(&mut hit);
        hit
    }

    /// An equal name that was met, else this one.
    pub fn name(&mut self, name: Name) -> Name {
        match self.names.get(&name) {
            Some(known) => known.clone(),
            None => {
                // These come of runbooks: should there be so many all the same, it begins anew.
                if self.names.len() >= MOST {
                    self.names.clear();
                }
                if name.as_str().len() <= LARGE {
                    self.names.insert(name.clone());
                }
                name
            }
        }
    }

    /// Lets a row share what others have, too. It means the same as before.
    pub fn share(&mut self, row: &mut Row) {
        self.senders.share(&mut row.from);
        self.lists.share(&mut row.to);
        self.lists.share(&mut row.recipients);
        if let Some(hit) = &mut row.class.primary {
            self.hits.share(hit);
        }
        self.labels(row);
    }

    /// Lets a row share its labels only.
    pub fn labels(&mut self, row: &mut Row) {
        self.labels.share(&mut row.class.labels);
    }
}

/// What a value takes, about.
trait Size {
    fn size(&self) -> usize;
}

impl Size for Address {
    fn size(&self) -> usize {
        self.name.len() + self.addr.len()
    }
}

impl Size for [String] {
    fn size(&self) -> usize {
        self.iter().map(|text| size_of::<String>() + text.len()).sum()
    }
}

impl Size for [Label] {
    fn size(&self) -> usize {
        self.iter().map(|label| size_of::<Label>() + label.value.len()).sum()
    }
}

impl Size for Hit {
    fn size(&self) -> usize {
        size_of_val(&*self.by) + self.labels.size()
    }
}

/// Values of one sort that were met.
#[derive(Debug)]
struct Met<T: ?Sized> {
    values: HashSet<Arc<T>>,
    /// What they take, about.
    bytes: usize,
    /// How many came that were not known, since it was last looked which of these nobody else holds.
    came: usize,
}

impl<T: ?Sized> Default for Met<T> {
    fn default() -> Met<T> {
        Met { values: HashSet::new(), bytes: 0, came: 0 }
    }
}

impl<T: Hash + Eq + Size + ?Sized> Met<T> {
    /// Puts the value in place that was met first.
    fn share(&mut self, value: &mut Arc<T>) {
        if let Some(known) = self.values.get(&**value) {
            *value = Arc::clone(known);
            return;
        }
        let size = value.size();
        if size > LARGE {
            return;
        }
        self.came += 1;
        // Not each time: where all are held by somebody, looking costs much and gains nothing.
        if self.is_full() && self.came > MOST / 8 {
            self.came = 0;
            self.values.retain(|value| Arc::strong_count(value) > 1);
            self.bytes = self.values.iter().map(|value| value.size()).sum();
        }
        if !self.is_full() {
            self.bytes += size;
            self.values.insert(Arc::clone(value));
        }
    }

    fn is_full(&self) -> bool {
        self.values.len() >= MOST || self.bytes >= MOST_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{FileName, Time};
    use crate::triage::row::{FolderId, MailKey, Odd, Place};

    #[test]
    fn equal_senders_and_lists_are_kept_once() {
        let row = |base: &str, from: &str| {
            let key = MailKey { folder: FolderId(0), base: base.as_bytes().into() };
            let name = FileName::new(base.as_bytes());
            let mut row = Row::odd(key, name, Place::Cur, 1, Time(1), 1, Odd::Special);
            row.from = Arc::new(Address { name: String::new(), addr: from.into() });
            row.to = Arc::new(["oncall@example.org".to_owned()]);
            row.recipients = Arc::new(["oncall@example.org".to_owned()]);
            row
        };
        let mut shared = Shared::new();
        let mut rows = [row("1", "cron@example.org"), row("2", "cron@example.org"), row("3", "root@example.org")];
        rows.iter_mut().for_each(|row| shared.share(row));
        let [a, b, c] = &rows;
        assert!(Arc::ptr_eq(&a.from, &b.from) && !Arc::ptr_eq(&a.from, &c.from));
        assert!(Arc::ptr_eq(&a.to, &c.recipients));
        assert_eq!(c.from.addr, "root@example.org");
    }

    fn sender(addr: &str) -> Arc<Address> {
        Arc::new(Address { name: String::new(), addr: addr.into() })
    }

    #[test]
    fn what_nobody_holds_any_more_makes_room() {
        let mut shared = Shared::new();
        let held = shared.sender(sender("held@example.org"));
        for number in 0..MOST {
            drop(shared.sender(sender(&number.to_string())));
        }
        assert!(shared.senders.values.len() <= MOST);
        let new = shared.sender(sender("new@example.org"));
        assert!(Arc::ptr_eq(&new, &shared.sender(sender("new@example.org"))));
        assert!(Arc::ptr_eq(&held, &shared.sender(sender("held@example.org"))), "what is held stays");
    }

    #[test]
    fn what_is_held_is_bounded_in_bytes_too() {
        let mut shared = Shared::new();
        for number in 0..1_000 {
            drop(shared.sender(sender(&format!("{number}{}", "x".repeat(LARGE - 10)))));
        }
        let held: usize = shared.senders.values.iter().map(|sender| sender.size()).sum();
        assert!((MOST_BYTES - LARGE..MOST_BYTES + LARGE).contains(&held), "{held}");
    }

    #[test]
    fn a_large_value_is_not_held() {
        let mut shared = Shared::new();
        let large = "x".repeat(LARGE + 1);
        let from = shared.sender(sender(&large));
        let to = shared.list(Arc::new([large.clone()]));
        assert_eq!((Arc::strong_count(&from), Arc::strong_count(&to)), (1, 1));
        let small = shared.sender(sender("cron@example.org"));
        assert_eq!(Arc::strong_count(&small), 2);
    }
}
