//! The only code that touches the world: files, processes, clock, terminal.
//!
//! - [`maildir`]: Maildirs on the system calls: scan, open, flags, delivery (MR-1 to MR-24).
//! - [`index`]: what was read of each message, kept for the next start.
//! - [`pool`]: threads that work on many mails at once.
//! - [`front`]: what stood at the front of the list, to be read first.
//! - [`load`]: reading folders into rows, in the background, and watching them.
//! - [`search`]: what mails answer to a query, from the index of words or by reading them.
//! - [`fresh`]: stamp files and what else tells how fresh the Maildirs are.
//! - [`state`]: the journal, `state.db`.
//! - [`seen`]: mail that was once seen, beside the journal.
//! - `deeds`: what the journal holds of a deed.
//! - [`outbox`]: mail to be sent, durable before anything is sent.
//! - [`transport`]: how mail leaves: the sendmail-compatible command, or SMTP.
//! - [`smtp`]: the dialogue with an SMTP server, over TLS.
//! - [`sent`]: the sent folder, whose replies count as claims.
//! - [`hook`]: the command that pages people.
//! - [`child`]: editor, pager, pipe, what opens links.
//! - [`files`]: configuration, runbooks, saved attachments.
//! - [`local`]: umask, terminal width, configuration files.
//! - [`demo`]: writes the demo's Maildir.
//! - [`world`]: carries out effects.
//! - `sys`: the few system calls under Maildirs and outbox, behind a door that tests can close.
//! - `faults`: tests that close it at every call.
//! - [`terminal`]: the only user of crossterm.

pub mod child;
mod deeds;
pub mod demo;
#[cfg(test)]
mod faults;
pub mod files;
pub mod fresh;
pub mod front;
pub mod hook;
pub mod index;
pub mod load;
pub mod local;
pub mod maildir;
pub mod outbox;
pub mod pool;
pub mod search;
pub mod seen;
pub mod sent;
pub mod smtp;
pub mod state;
mod sys;
pub mod terminal;
pub mod transport;
pub mod world;
