//! `dutybox demo`: an example Maildir in which every row and section of the page occurs.

pub mod samples;
pub mod script;
mod stamp;
