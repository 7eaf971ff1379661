//! Bytes to [`Message`]: the only user of `mail_parser`. Total and bounded; never panics, never aborts.

use super::message::Message;

/// Largest number of bytes of one mail that is read.
pub const FILE_CAP: usize = 50 << 20;

/// Parses the headers now, the body when it is first asked for.
pub fn message(_raw: Vec<u8>) -> Message {
    todo!()
}
