//! What stands in front: the messages that a screen shows first.

use super::{Inbox, newest_first};
use crate::runbook::Call;
use crate::triage::row::Row;
use std::cmp::Reverse;

impl Inbox {
    /// The most urgent messages that nobody has handled, then the newest that are not among them; so many at most, two
    /// thirds of them for the first.
    pub fn front(&self, most: usize) -> Vec<&Row> {
        let urgent = |row: &&Row| self.standing(&row.key).is_some_and(|standing| !standing.handled());
        let call = |row: &Row| self.standing(&row.key).map_or(Call::Ignore, |standing| standing.call());
        let mut front: Vec<&Row> = self.rows().iter().filter(urgent).collect();
        first(&mut front, most - most / 3, |a, b| Reverse(call(a)).cmp(&Reverse(call(b))).then(newest_first(a, b)));
        let mut newest: Vec<&Row> = self.rows().iter().collect();
        first(&mut newest, most, newest_first);
        newest.retain(|row| !front.iter().any(|known| known.key == row.key));
        newest.truncate(most - front.len());
        front.extend(newest);
        front
    }
}

/// Keeps the first of these, in order.
fn first(rows: &mut Vec<&Row>, most: usize, mut order: impl FnMut(&Row, &Row) -> std::cmp::Ordering) {
    if rows.len() > most {
        rows.select_nth_unstable_by(most, |a, b| order(a, b));
        rows.truncate(most);
    }
    rows.sort_unstable_by(|a, b| order(a, b));
}
