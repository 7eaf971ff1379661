//! Programs of the operator that are started from the screen: editor, pager, a pipe, what opens links, what calls.
//!
//! Started without a shell, except for a pipe, whose line the operator typed for a shell.

use super::transport::{End, Ran, run};
use crate::error::{Error, ErrorKind};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

fn start(command: &[String], what: &str, setting: &str) -> Result<Command, Error> {
    let (program, args) = command.split_first().ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("no {what} is configured")).hint(format!("set `{setting}` in config.toml"))
    })?;
    let mut child = Command::new(program);
    child.args(args);
    Ok(child)
}

/// Runs a command that reads bytes on its standard input and has the terminal otherwise.
///
/// # Errors
/// Where it does not start or fails.
pub fn feed(command: &[String], bytes: &[u8], setting: &str) -> Result<(), Error> {
    let name = command.first().cloned().unwrap_or_default();
    let failed = |error| Error::new(ErrorKind::State, format!("`{name}` does not start")).because(error);
    let mut child = start(command, setting, setting)?.stdin(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // A pager that is left early closes its input: that is no failure.
        let _ = input.write_all(bytes);
    }
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(()) } else { Err(Error::new(ErrorKind::State, format!("`{name}` failed: {status}"))) }
}

/// Shows a read-only copy of bytes in a command that takes a file name.
///
/// # Errors
/// Where the copy cannot be made, or the command does not start or fails.
pub fn view(command: &[String], bytes: &[u8]) -> Result<(), Error> {
    let failed = |error| Error::new(ErrorKind::State, "cannot make a temporary file").because(error);
    let mut file = tempfile::Builder::new().prefix("dutybox-").suffix(".eml").tempfile().map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.flush()).map_err(failed)?;
    let mut permissions = file.as_file().metadata().map_err(failed)?.permissions();
    permissions.set_readonly(true);
    file.as_file().set_permissions(permissions).map_err(failed)?;
    let name = command.first().cloned().unwrap_or_default();
    let status = start(command, "editor", "editor")?.arg(file.path()).status();
    let status =
        status.map_err(|error| Error::new(ErrorKind::State, format!("`{name}` does not start")).because(error))?;
    if status.success() { Ok(()) } else { Err(Error::new(ErrorKind::State, format!("`{name}` failed: {status}"))) }
}

/// Starts what opens a link, away from the terminal; `{}` in the command is the URL, else it comes last.
///
/// # Errors
/// Where it is no http or https link, or the command does not start.
pub fn open_link(command: &[String], url: &str) -> Result<(), Error> {
    let lower = url.to_ascii_lowercase();
    let plain = url.chars().all(|c| !c.is_control() && c != ' ');
    if !plain || !(lower.starts_with("http://") || lower.starts_with("https://")) {
        return Err(Error::new(ErrorKind::Usage, "only http and https links are opened"));
    }
    let mut filled: Vec<String> = command.iter().map(|arg| arg.replace("{}", url)).collect();
    if !command.iter().any(|arg| arg.contains("{}")) {
        filled.push(url.to_owned());
    }
    let name = filled.first().cloned().unwrap_or_default();
    let mut child = start(&filled, "command for links", "open-link")?
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| Error::new(ErrorKind::State, format!("`{name}` does not start")).because(error))?;
    // Waited for elsewhere, so that no dead child is left over.
    let _ = std::thread::Builder::new().name("dutybox-link".into()).spawn(move || child.wait());
    Ok(())
}

/// Runs the command that calls the operator, away from the terminal: a clean line of text on its standard input, and
/// wherever an argument says `{}`. Waits for its end; where its time is over, it is stopped with all that it started.
///
/// # Errors
/// Where it does not start, fails, or takes too long.
pub fn alert(command: &[String], line: &str, timeout: Duration) -> Result<(), Error> {
    let filled: Vec<String> = command.iter().map(|arg| arg.replace("{}", line)).collect();
    let name = filled.first().cloned().unwrap_or_default();
    let failed = |words: String| Error::new(ErrorKind::State, format!("the command that calls, `{name}`, {words}"));
    let command = start(&filled, "command that calls", "alert.command")?;
    let ran = run(command, format!("{line}\n").as_bytes(), timeout);
    let Ran { end, said, .. } = ran.map_err(|error| failed("does not start".into()).because(error))?;
    let because = if said.is_empty() { String::new() } else { format!(": {said}") };
    match end {
        End::Exited(status) if status.success() => Ok(()),
        End::Exited(status) => Err(failed(format!("failed: {status}{because}"))),
        End::TimedOut => Err(failed(format!("had not ended after {} s and was stopped{because}", timeout.as_secs()))),
        End::Lost(error) => Err(failed("was lost".into()).because(error)),
    }
}
