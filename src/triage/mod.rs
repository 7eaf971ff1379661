//! What the mailbox *means now*: rows, their categories, verdicts and the operator's acts. Reads no file and no clock.
//!
//! - [`row`]: a message in the list, and changes to the list.
//! - [`classify`]: one message to its category (any thread).
//! - [`explain`]: every rule tried and why the winner won.
//! - [`told`]: what the operator told us: acts, and the state they leave.
//! - [`correlate`]: verdicts out of all rows (R12 to R15 for now; the tests over time are still open).
//! - [`inbox`]: owns the rows.
//! - [`query`]: the query language over rows.

pub mod classify;
pub mod correlate;
pub mod explain;
pub mod inbox;
pub mod query;
pub mod row;
pub mod told;

pub use correlate::{Value, Verdict};
pub use inbox::Inbox;
pub use row::{Change, Class, Folder, FolderId, MailKey, Place, Row};
pub use told::{Act, ActId, Deed, MessageState, Told};
