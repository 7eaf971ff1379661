//! dutybox: a terminal mail inbox for people on build duty. This page is the map.
//!
//! > **[`mail`]** says what a message *is*; **[`runbook`]** what a category *asks for*; **[`triage`]** what the mailbox
//! > *means now*; **[`app`]** what the operator *does*; **[`ui`]** what they *see*; **[`io`]** is the only code that
//! > touches the world.
//!
//! # The screen, with the modules that draw it
//!
//! ```text
//!  ui::categories      │ ui::list                           │ ui::verdict    what it is, why, what it may become, when
//!   Needs you    5 !!  │ PAGE … one row an incident         │                (triage::verdict::Verdict)
//!   vcs2vcs ⏰14:27 3  │ ACT  …  (triage::verdicts::Incident)│ ui::runbook    "What to do", the branch that applies first
//!   undocumented   2   │ WAIT …                             │ ui::message    headers, body, attachments, links
//! ─────────────────────┴────────────────────────────────────┴──────────────────────────────────────────────────
//!  ui::status   what needs you · next countdown · freshness · switches       ? help  : commands   (app::action)
//! ```
//!
//! # How data flows
//!
//! ```text
//! io::maildir ─bytes─▶ mail::parse ─▶ Message ─▶ triage::classify ─▶ Row        one message, any thread (io::load),
//!                                                                    │          once: then io::index has it
//!          Change (rows that come, change, go) ◀─────────────────────┘
//!          Act (what the operator told: triage::told), freshness, now
//!                                │
//!                                ▼
//!    triage::inbox::Inbox::settle ─▶ triage::verdicts::Engine ─▶ Judgments, Incidents    all messages, pure: the same as
//!                                │                                                      triage::correlate from nothing
//!                                ▼
//!              triage::standing (what holds of what was told) ─▶ Model ─▶ ui::render ─▶ screen
//!
//! key ─▶ app::keymap ─▶ Action ─▶ app::update ─▶ Effect ─▶ io::world::World::perform ─▶ Maildir, journal, outbox
//!                                     ▲                                │
//!                                     └──────────── Outcome ◀──────────┘
//! ```
//!
//! [`session`] runs this loop for the terminal; the files of [`cli`] run parts of it, one command each.
//!
//! # What always holds
//!
//! 1. `mail`, `runbook`, `triage`, `app`, `ui` read no file, clock, environment or terminal: `now` is an argument.
//! 2. Parsing is total: an odd message is shown with what is odd about it, a broken runbook is listed and skipped.
//! 3. No message is ever rewritten or lost: [`io::maildir`] renames and delivers, and unlinks only as the last
//!    step of a move, when the mail lies in the other folder under a new name, on disk.
//! 4. State changes only in `app::update`, the world only in `perform`; drawing changes nothing.
//! 5. Every verdict says why ([`triage::Verdict::because`]); missing or unreadable mail never lowers a call.
//! 6. Text of mail, runbooks and errors reaches a terminal only through [`mail::text`].
//! 7. Commands in runbooks are shown and copied, never run.
//! 8. A change to the mailbox is in the journal before it is made, and has an inverse or says why not.
//! 9. An unreadable Maildir is an error, never an empty inbox: files in = rows + listed errors.
//! 10. The model shows a change only when the outcome says that it happened.
//!
//! Imports run one way, `mail ← runbook ← triage ← app ← ui`; `io` sees all of these but `ui`. A test reads the sources
//! and holds this, and which words (`mail_parser`, `crossterm`, `std::fs`, …) may stand in which file.
//!
//! # Where would I add…
//!
//! | I want to add | I touch | and am reminded by |
//! |---|---|---|
//! | a runbook | one file in `runbooks/<pack>/`, one line in `runbook/shipped.rs` | a test that compares the two |
//! | a test of a case | `runbook/case.rs`: a variant of `Temporal`; its key in `front/case.rs`, its value in `verdicts/temporal.rs` | exhaustive `match`, README test |
//! | a rule of the wiki page | a runbook, and where it is held: the table of `tests/it/page_rules` | a test that finds each number |
//! | a field to match on | `runbook/filter.rs`: a row of `FILTERS`, a variant of `Test` | exhaustive `match`, README table test |
//! | a field to search for | `triage/query.rs`: a row of `FIELDS`; where only the mail knows it, a `Place` in `query/deep.rs` | README table test |
//! | a key or an action | `app/action.rs`: a row of `ACTIONS` | conflict test, help and README table test |
//! | something kept of each row | `triage/row.rs`, its place in `io/index/codec.rs` and the digits of `MAGIC` in `io/index.rs` | a property: the index gives what reading gives |
//! | a touch of the world | `app/effect.rs`: a variant of `Effect`, an arm in `io/world.rs` | exhaustive `match` |
//! | something the operator can tell us | `triage/told.rs`: a variant of `Deed` | exhaustive `match`, journal round trip |
//! | a pane | one file in `ui/`, a variant of `app::model::Pane` | exhaustive `match`, screens |
//! | a setting | `config.rs`: a row of `SETTINGS`, a line in `examples/config.toml` | a test that compares the two |
//! | a subcommand | one file in `cli/` | the help's golden file |
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod app;
pub mod cli;
pub mod config;
pub mod error;
pub mod io;
pub mod mail;
pub mod runbook;
pub mod session;
pub mod triage;
pub mod ui;
