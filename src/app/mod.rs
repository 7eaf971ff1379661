//! What the operator *does*: actions, keys, the model, and effects as data. Reads no file, clock or terminal.
//!
//! - [`action`]: everything the operator can do, one table.
//! - [`key`], [`keymap`]: keys, sequences, presets; conflicts refused.
//! - [`model`]: everything the screen shows, as plain data.
//! - [`list`]: the message list: order, cursor, selection.
//! - [`panes`]: where things stand on the screen.
//! - [`mod@update`]: the only place where the model changes: events in, effects out.
//! - `acts`, [`forward`], `finding`, [`dialogs`]: parts of the update: acts on messages and what came of them; forward,
//!   redirect and reply with their review; search, filter and selection by query; what lies over the panes.
//! - `timeline`: the timeline of an incident, in words.
//! - [`calling`]: whom the operator is called for: calls that rise to page, waits that end.
//! - [`stepping`]: the screen at another time.
//! - [`texts`]: longer texts made out of the model: explain, problems, a drafted runbook.
//! - [`form`]: dialogs as plain data: forms to fill in, lists to pick from, and their keys.
//! - `tell`, `picks`: what the operator tells, by forms (pages, answers, ends, switches) and by lists to pick from
//!   (what is ignored, checklists, texts for bugs, what is expected).
//! - [`effect`]: what the world is asked to do, and what came of it.

pub mod action;
pub mod calling;
pub mod effect;
pub mod form;
pub mod key;
pub mod keymap;
pub mod list;
pub mod model;
pub mod panes;
pub mod stepping;
pub mod update;

mod acts;
pub mod dialogs;
mod finding;
pub mod forward;
mod picks;
mod tell;
pub mod texts;
mod timeline;

pub use action::{ACTIONS, Action};
pub use effect::{Effect, Outcome, Request};
pub use model::{Event, Model};
pub use update::update;
