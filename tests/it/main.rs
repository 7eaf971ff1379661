//! All tests over the public surface, in one binary so that it links once.
//!
//! The pyramid: pure functions by tables and properties (`mail`, `runbooks`, `triage`), real temporary Maildirs
//! (`maildir`, `world`), key scripts against screens (`screens`), the binary in a cleared environment (`cli`), a few
//! tests in a real pseudo terminal (`terminal`), and other people's programs and mails where they are there
//! (`interop`, `hostile`: these say loudly when they skip).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod architecture;
mod attacks;
mod bombs;
mod chaos;
mod cli;
mod cli_acts;
mod compose;
mod config;
mod desk;
mod desk_acts;
mod desk_rules;
mod differential;
mod engine;
mod forged;
mod fresh;
mod front;
mod fuzzed;
mod home;
mod hostile;
mod inbox;
mod incident_screens;
mod index;
mod interop;
mod journal;
mod kill;
mod mail;
mod maildir;
mod mails;
mod moving;
mod neighbours;
mod page_rules;
mod patterns;
mod readme;
mod replay;
mod runbooks;
mod screens;
mod search;
mod seen;
mod sending;
mod smtp;
mod standing;
mod stepping;
mod stories;
mod support;
mod terminal;
mod triage;
mod unsubscribe;
mod verdicts;
mod world;
mod world_told;
