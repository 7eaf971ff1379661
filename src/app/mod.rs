//! What the operator *does*: actions, keys, the model, and effects as data. Reads no file, clock or terminal.
//!
//! - [`effect`]: what the world is asked to do, and what came of it.

pub mod effect;

pub use effect::{Effect, Outcome, Request};
