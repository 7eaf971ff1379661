//! What the operator *does*: actions, keys, the model, and effects as data. Reads no file, clock or terminal.
//!
//! - [`action`]: everything the operator can do, one table.
//! - [`key`], [`keymap`]: keys, sequences, presets; conflicts refused.
//! - [`effect`]: what the world is asked to do, and what came of it.

pub mod action;
pub mod effect;
pub mod key;
pub mod keymap;

pub use action::{ACTIONS, Action};
pub use effect::{Effect, Outcome, Request};
