//! One message to its category: all matches, one primary (R6, R31). Needs nothing but the message, so any thread may do it.

use super::row::Class;
use crate::mail::Message;
use crate::runbook::Runbooks;
use crate::runbook::labels::HostRules;

/// What a message belongs to.
pub fn classify(_books: &Runbooks, _message: &Message, _hosts: &HostRules) -> Class {
    todo!()
}
