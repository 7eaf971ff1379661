//! The one door through which untrusted text reaches a terminal.
//!
//! Everything that a mail, a file name, a runbook or an error says passes [`clean`] (or [`Graphemes`], which is the
//! same door cell by cell) before it is laid out. Bad characters are *shown* as marks, not dropped.

use std::borrow::Cow;

/// One line of untrusted text made fit for a terminal: no control, bidi, zero-width or tag character is left, each
/// shown by a visible mark; line breaks and tabs become one blank. Idempotent.
pub fn clean(_text: &str) -> Cow<'_, str> {
    todo!()
}

/// The same for a text of many lines: line breaks stay, tabs are expanded to columns of 8.
pub fn clean_lines(_text: &str) -> String {
    todo!()
}

/// The same for bytes of unknown encoding: invalid UTF-8 is shown as `\xNN`.
pub fn clean_bytes(_bytes: &[u8]) -> String {
    todo!()
}

/// Columns that a cleaned text takes.
pub fn width(_text: &str) -> usize {
    todo!()
}

/// The longest start of a cleaned text that fits in that many columns, with `…` where something is cut.
pub fn fit(_text: &str, _columns: usize) -> Cow<'_, str> {
    todo!()
}

/// Cleans and wraps a text at that many columns, at blanks where it can; indentation is kept for continuation lines of quotes.
pub fn wrap(_text: &str, _columns: usize) -> Vec<String> {
    todo!()
}

/// Cleaned grapheme clusters of one line, each with its width in columns (0 never occurs, at most 64 bytes each).
pub fn graphemes(_text: &str) -> Vec<(String, u16)> {
    todo!()
}
