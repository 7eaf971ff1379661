//! The binary: hands the command line to [`dutybox::cli::main`] and exits with its code.

fn main() -> std::process::ExitCode {
    dutybox::cli::main()
}
