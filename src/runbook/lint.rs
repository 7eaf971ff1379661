//! What is odd about a runbook that works: cases without an item, brittle matches, overlaps, missing actions.

use super::set::Runbooks;
use crate::error::Diagnostic;

/// Everything odd about these runbooks, one by one and against each other.
pub fn lint(_books: &Runbooks) -> Vec<Diagnostic> {
    Vec::new()
}
