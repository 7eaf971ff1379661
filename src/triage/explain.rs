//! Every rule tried, the header and span that matched, and why the winner won.

use super::row::Class;
use crate::mail::{Message, Role};
use crate::runbook::Runbooks;
use crate::runbook::filter::Trace;
use crate::runbook::labels::HostRules;
use crate::runbook::set::BookId;

/// How a message came to its category.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The role, and what says so.
    pub role: (Role, String),
    /// Every runbook tried, in set order.
    pub tried: Vec<Tried>,
    /// Why the winner won, one sentence.
    pub why: String,
    /// The result.
    pub class: Class,
    /// Cases of the winner: id, headline, what came of its tests.
    pub cases: Vec<CaseTried>,
}

/// A runbook that was tried.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Which.
    pub book: BookId,
    /// Whether it claims the message.
    pub matched: bool,
    /// What came of each part of its filter.
    pub trace: Trace,
    /// Kinds tried, the first match wins.
    pub kinds: Vec<(String, bool)>,
}

/// A case that was tried.
#[derive(Debug, Clone)]
pub struct CaseTried {
    /// Its id.
    pub id: String,
    /// `true`, `false`, or `open`.
    pub value: String,
    /// Why, in words.
    pub why: String,
}

/// How a message comes to its category.
pub fn explain(_books: &Runbooks, _message: &Message, _hosts: &HostRules) -> Explanation {
    todo!()
}
