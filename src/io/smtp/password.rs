//! The command that prints the password: run without a shell, and nothing that it says is ever shown (C56).

use super::super::maildir::plain;
use super::super::transport::{End, output};
use std::process::Command;
use std::time::Duration;

/// Longest password, in bytes.
const LONGEST: usize = 1024;

/// Runs the command: exactly one line that is not empty is the password.
///
/// # Errors
/// Why there is none, in words that hold nothing of what the command printed.
pub(super) fn ask(command: &[String], timeout: Duration) -> Result<String, String> {
    let (program, args) = command.split_first().ok_or("no command: set sending.password-command")?;
    let wrong = |words: String| {
        format!("no password: {program} {words}; run sending.password-command in a terminal and correct it")
    };
    let mut child = Command::new(program);
    child.args(args);
    let (end, printed) =
        output(child, timeout).map_err(|error| wrong(format!("does not start ({})", plain(&error))))?;
    match end {
        End::Exited(status) if status.success() => {}
        End::Exited(status) => return Err(wrong(format!("failed ({status})"))),
        End::TimedOut => return Err(wrong(format!("had not ended after {} s", timeout.as_secs()))),
        End::Lost(error) => return Err(wrong(format!("was lost ({})", plain(&error)))),
    }
    only_line(&printed).map_err(|words| wrong(words.to_owned()))
}

/// The only line of what was printed.
fn only_line(printed: &[u8]) -> Result<String, &'static str> {
    let text = std::str::from_utf8(printed).map_err(|_| "printed bytes that are no text")?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err("printed nothing");
    }
    if line.contains('\n') {
        return Err("printed more than one line");
    }
    if line.len() > LONGEST {
        return Err("printed too long a line");
    }
    if line.chars().any(char::is_control) {
        return Err("printed a control character");
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(String::from).to_vec()
    }

    fn ask_it(script: &str) -> Result<String, String> {
        ask(&sh(script), Duration::from_secs(20))
    }

    #[test]
    fn one_line_is_the_password_with_its_spaces() {
        for script in ["echo ' hunter 2 '", "printf ' hunter 2 '", "printf ' hunter 2 \\r\\n'"] {
            assert_eq!(ask_it(script).as_deref(), Ok(" hunter 2 "), "{script}");
        }
    }

    #[test]
    fn anything_else_is_an_error_that_shows_nothing_of_it() {
        for (script, why) in [
            ("true", "printed nothing"),
            ("echo", "printed nothing"),
            ("printf '\\n\\n'", "more than one line"),
            ("echo hunter2; echo more", "more than one line"),
            ("echo hunter2; exit 3", "exit status: 3"),
            ("echo hunter2; echo hunter2 >&2; kill -9 $$", "signal: 9"),
            ("printf 'hunter2\\037'", "control character"),
            ("printf 'hunter2\\377'", "no text"),
            ("head -c 3000 /dev/zero | tr '\\0' x", "too long"),
            ("head -c 9000 /dev/zero | tr '\\0' x", "too long"),
        ] {
            let error = ask_it(script).unwrap_err();
            assert!(error.contains(why), "{script}: {error}");
            assert!(!error.contains("hunter2") && error.contains("sending.password-command"), "{script}: {error}");
        }
    }

    #[test]
    fn a_command_that_hangs_or_does_not_exist_is_an_error() {
        let error = ask(&sh("echo hunter2; exec sleep 600"), Duration::from_millis(50)).unwrap_err();
        assert!(error.contains("had not ended") && !error.contains("hunter2"), "{error}");
        let error = ask(&["/nonexistent/pass".to_owned()], Duration::from_secs(1)).unwrap_err();
        assert!(error.contains("does not start"), "{error}");
    }
}
