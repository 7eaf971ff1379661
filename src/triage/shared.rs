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

/// Values that were met, so that the next equal one can share them.
#[derive(Debug, Default)]
pub struct Shared {
    senders: HashSet<Arc<Address>>,
    lists: HashSet<Arc<[String]>>,
    hits: HashSet<Arc<Hit>>,
    names: HashSet<Name>,
    labels: HashSet<Arc<[Label]>>,
}

impl Shared {
    /// Nothing was met yet.
    pub fn new() -> Shared {
        Shared::default()
    }

    /// An equal sender that was met, else this one.
    pub fn sender(&mut self, mut sender: Arc<Address>) -> Arc<Address> {
        one(&mut self.senders, &mut sender);
        sender
    }

    /// An equal list of addresses that was met, else this one.
    pub fn list(&mut self, mut list: Arc<[String]>) -> Arc<[String]> {
        one(&mut self.lists, &mut list);
        list
    }

    /// An equal hit that was met, else this one.
    pub fn hit(&mut self, mut hit: Arc<Hit>) -> Arc<Hit> {
        one(&mut self.hits, &mut hit);
        hit
    }

    /// An equal name that was met, else this one.
    pub fn name(&mut self, name: Name) -> Name {
        match self.names.get(&name) {
            Some(known) => known.clone(),
            None => {
                if self.names.len() < MOST {
                    self.names.insert(name.clone());
                }
                name
            }
        }
    }

    /// Lets a row share what others have, too. It means the same as before.
    pub fn share(&mut self, row: &mut Row) {
        one(&mut self.senders, &mut row.from);
        one(&mut self.lists, &mut row.to);
        one(&mut self.lists, &mut row.recipients);
        if let Some(hit) = &mut row.class.primary {
            one(&mut self.hits, hit);
        }
        self.labels(row);
    }

    /// Lets a row share its labels only.
    pub fn labels(&mut self, row: &mut Row) {
        one(&mut self.labels, &mut row.class.labels);
    }
}

/// Puts the value in place that was met first.
fn one<T: Hash + Eq + ?Sized>(met: &mut HashSet<Arc<T>>, value: &mut Arc<T>) {
    match met.get(&**value) {
        Some(known) => *value = Arc::clone(known),
        None if met.len() < MOST => {
            met.insert(Arc::clone(value));
        }
        None => {}
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
}
