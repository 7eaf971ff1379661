//! Verdicts (semantics R12 to R15). The tests over time are not worked out yet: each is open without a time, so that
//! nothing is said that is not proven.

use super::row::Row;
use crate::mail::Time;
use crate::runbook::set::BookId;
use crate::runbook::{Call, Runbooks, Verb};

/// The call for a message now, with its case and reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What is asked for.
    pub call: Call,
    /// The runbook, where there is one.
    pub book: Option<BookId>,
    /// The case, where one applies.
    pub case: Option<String>,
    /// One line.
    pub headline: String,
    /// Whether it is known, rather than "cannot tell".
    pub known: bool,
    /// When it may change by itself.
    pub until: Option<Time>,
    /// What it may become.
    pub may_become: Vec<MayBecome>,
    /// Why, in words; never empty.
    pub because: Vec<String>,
    /// Whom to reach and how.
    pub people: Vec<(Verb, Vec<String>)>,
}

/// What a verdict may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MayBecome {
    /// The case.
    pub case: String,
    /// Its call.
    pub call: Call,
    /// What it depends on, in words.
    pub on: String,
}

/// The verdict for one message as far as the message alone can tell.
pub fn verdict(_books: &Runbooks, _row: &Row) -> Verdict {
    todo!()
}
