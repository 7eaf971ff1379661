//! New messages: forward (attached or inline), redirect, reply. Pure: ids, time and random bits are arguments.

use super::date::Time;
use super::message::Message;

/// How a message is passed on (design.md section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardAs {
    /// The original bytes as `message/rfc822`, never re-encoded.
    #[default]
    Attach,
    /// Quoted as text, secrets redacted.
    Inline,
    /// The same message with `Resent-*` fields (RFC 5322 §3.6.6).
    Redirect,
}

/// What every new message needs from outside.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Our own sender: `addr` or `Name <addr>`.
    pub from: String,
    /// The Date.
    pub date: Time,
    /// The zone that the Date is written in.
    pub zone: jiff::tz::TimeZone,
    /// Message-ID without `<>`.
    pub message_id: String,
}

/// A message that is ready to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The envelope sender, `local@domain`.
    pub sender: String,
    /// The envelope recipients, each a checked `local@domain`.
    pub recipients: Vec<String>,
    /// The whole message, LF line ends.
    pub bytes: Vec<u8>,
    /// Its Message-ID without `<>`.
    pub message_id: String,
    /// Its subject, for lists.
    pub subject: String,
}

/// Why a message could not be composed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// This recipient or sender is not an address that we pass on.
    #[error("not a usable address: {0}")]
    BadAddress(String),
    /// No recipient is left.
    #[error("no recipient")]
    NoRecipient,
    /// A header would hold a control character.
    #[error("control character in {0}")]
    Control(&'static str),
}

/// Checks an address for use as a recipient or sender (reliability C51): `local@domain`, no leading `-`, at most 320 bytes,
/// no control character, no quoted local part.
///
/// # Errors
/// The address, where it is not usable.
pub fn check_address(_addr: &str) -> Result<String, ComposeError> {
    todo!()
}

/// Passes a message on.
///
/// # Errors
/// See [`ComposeError`].
pub fn forward(
    _original: &Message,
    _how: ForwardAs,
    _to: &[String],
    _note: &str,
    _redact: &[regex::Regex],
    _stamp: &Stamp,
) -> Result<Outgoing, ComposeError> {
    todo!()
}

/// The draft of a reply for an editor: `To`, `Cc`, `Subject`, a blank line, then the quoted text.
pub fn reply_draft(_original: &Message, _all: bool, _own: &[String]) -> String {
    todo!()
}

/// Makes a message out of an edited draft.
///
/// # Errors
/// See [`ComposeError`].
pub fn reply(_original: &Message, _draft: &str, _stamp: &Stamp) -> Result<Outgoing, ComposeError> {
    todo!()
}
