//! What a message *is*: bytes in, [`Message`] out. Reads no file, clock, environment or terminal.
//!
//! - [`parse`]: the only user of `mail_parser`; total, bounded, first of duplicate headers.
//! - [`message`]: the types.
//! - [`body`]: readable text out of plain, HTML and JSON bodies, and the links in it.
//! - `header`: where the fields are, unfolding, encoded words, parameters; `address`: address lists; `mime`: the tree of
//!   parts; `uuencode`: files in texts; `flowed`, `html` and `json`: bodies laid out for reading. Private: [`parse`], [`message`] and [`body`] speak for them.
//! - [`date`]: points in time, the two times of a message (R1).
//! - [`name`]: Maildir file names and flags.
//! - [`compose`]: new messages: forward, redirect, reply.
//! - [`unsubscribe`]: links that take the whole team off a list: found, never passed on.
//! - [`words`]: the words of a text, as searches take them.
//! - [`text`]: the one door through which untrusted text reaches a terminal.

mod address;
pub mod body;
pub mod compose;
pub mod date;
mod flowed;
mod header;
mod html;
mod json;
pub mod message;
mod mime;
pub mod name;
pub mod parse;
pub mod text;
pub mod unsubscribe;
mod uuencode;
pub mod words;

pub use body::{Body, BodySource, Link};
pub use date::Time;
pub use message::{Address, Digest, Header, Message, Oddity, Part, Recipient, Role};
pub use name::{FileName, Flags};
