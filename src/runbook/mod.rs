//! What a category *asks for*: runbooks, their filters, labels, kinds, cases and sections. Reads no file.
//!
//! - [`filter`]: boolean tests over a message; one table, two spellings (TOML here, text in [`crate::triage::query`]).
//! - [`glob`]: the pattern language: `*` and `{name}`, everything else literal.
//! - [`labels`]: named values read out of a message, host identity among them.
//! - [`case`]: "if … then …", calls and verbs.
//! - [`mod@file`]: one runbook; `front` reads its TOML with exact places, `sections` its Markdown.
//! - [`set`]: all runbooks: shipped ones (`shipped` is their table), overridden and extended by id.
//! - [`lint`]: what is odd about a runbook that works.

pub mod case;
pub mod file;
pub mod filter;
mod front;
pub mod glob;
pub mod labels;
pub mod lint;
mod sections;
pub mod set;
mod shipped;

pub use case::{Call, Case, Verb};
pub use file::{Kind, Runbook, Section, SectionName};
pub use filter::{Facts, Filter, Matched};
pub use front::{INCIDENT_FACTS, nearest};
pub use set::Runbooks;
