//! Verdicts and incidents over time (semantics R1 to R32), over mails written here and the shipped runbooks.

mod edges;
mod incremental;
pub mod kit;
mod laws;
mod machines;
mod replays;
mod rules;
mod streams;
