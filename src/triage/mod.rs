//! What the mailbox *means now*: rows, their categories, verdicts and the operator's acts. Reads no file and no clock.
//!
//! - [`row`]: a message in the list, and changes to the list.
//! - [`classify`]: one message to its category (any thread).
//! - [`explain`]: every rule tried and why the winner won.
//! - [`told`]: what the operator told us: acts in order, with undo and redo.
//! - [`trail`]: where a message lies by what was told.
//! - [`standing`]: how a message stands: what was told about it and its incident, and what of that still holds.
//! - [`register`](mod@register): what verdicts depend on of what was told.
//! - [`verdict`]: what a verdict is.
//! - [`verdicts`]: [`correlate()`]: verdicts and incidents out of all rows, over time (R1 to R32), from nothing or kept up
//!   to date.
//! - [`shared`]: what many rows have in common, kept once.
//! - [`seen`]: what is kept of a message once seen, in words that other runbooks understand.
//! - [`sent`]: the sent folder, and up to when it is known.
//! - [`inbox`]: owns the rows, and keeps verdicts and incidents up to date.
//! - [`timeline`]: what happened to an incident, in order, and what comes next.
//! - [`replay`]: every change of a verdict over time, in order.
//! - [`query`]: the query language over rows.
//! - [`permit`]: which acts are refused, and what must be known before them.
//! - [`when`]: times as people type them.
//! - [`texts`]: checklists and texts for bugs, filled for one message.

pub mod classify;
pub mod explain;
pub mod inbox;
pub mod permit;
pub mod query;
mod register;
pub mod replay;
pub mod row;
pub mod seen;
pub mod sent;
pub mod shared;
pub mod standing;
pub mod texts;
pub mod timeline;
pub mod told;
pub mod trail;
pub mod verdict;
pub mod verdicts;
pub mod when;

pub use inbox::Inbox;
pub use row::{Change, Class, Folder, FolderId, MailKey, Place, Row};
pub use standing::{MessageState, Standing};
pub use told::{Act, ActId, Deed, Told};
pub use verdict::{Reason, Value, Verdict};
pub use verdicts::correlate;
