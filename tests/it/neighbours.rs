//! Other programs at work in the same Maildir at the same time (C09, C10, C17 to C20, C29, C48): the real program, on a
//! terminal and by commands, beside programs that rename, deliver, move and sync.
//!
//! Each test runs for a short while; with `DUTYBOX_SOAK` it runs at the size of the test plan: `DUTYBOX_SOAK=1`, or the
//! seconds that the eight writers are to write and the soak is to last. `DUTYBOX_BIN` names another build of the program,
//! such as one for release. What must hold is counted by [`kit::census`], which knows nothing of the program's own code.

mod bursts;
pub mod kit;
mod soak;
mod storm;
mod synced;
mod undone;
mod writers;

pub use kit::say;
