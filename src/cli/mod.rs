//! The command line: one file per subcommand, and the composition root.

pub mod demo;

use std::process::ExitCode;

/// Runs the program and gives its exit code.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
