//! Sending by SMTP, against a server on this machine that misbehaves as it is told (C50, C53 to C56).

mod dialogue;
mod exactly_once;
mod outbox;
mod server;
mod settings;
