//! What must hold whatever happens to the machine: the program killed at any moment, the power gone, the disk full, a
//! file system that goes away (reliability C01, C04 to C06, C13, C14, C55). The real program each time, judged by what
//! lies on disk, which is read here without its code.
//!
//! Each runs in a short form by itself, longer with the slow proofs, and in full size where `DUTYBOX_SOAK` is set: to 1,
//! or to the seconds that the longest of them may take. `DUTYBOX_BIN` names another build of the program to run.
//!
//! - `disk`: mails as they lie there.
//! - `model`: what the acts of the operator make of them.
//! - `soak`: random acts, killed at random moments.
//! - `mounts`: file systems of our own, for the others.
//! - `power`: the power goes.
//! - `full`: no room, no inode, nothing may be written.
//! - `odd`: rests of others and of killed runs, files of other users, too few descriptors, a Maildir that goes away.

mod disk;
mod full;
mod model;
mod mounts;
mod odd;
mod power;
mod soak;

use crate::mails::program;
use std::path::PathBuf;
use std::process::Command;

/// The program on these folders, with nothing of this machine around it.
fn dutybox(state: &std::path::Path, config: &std::path::Path, maildirs: &[PathBuf]) -> Command {
    let mut command = Command::new(program());
    command.env_clear().env("HOME", state).env("TZ", "UTC").env("LC_ALL", "C.UTF-8").env("RUST_BACKTRACE", "1");
    command.arg("--state-dir").arg(state).arg("--config").arg(config).stdin(std::process::Stdio::null());
    for maildir in maildirs {
        command.arg("--maildir").arg(maildir);
    }
    command
}

/// Random numbers that are the same for the same seed (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below that number.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
