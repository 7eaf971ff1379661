//! The process and the machine it runs on: umask, terminal width, and small text files read whole.

use crate::error::{Error, ErrorKind};
use rustix::fs::Mode;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Largest configuration file that is read.
const TEXT_CAP: u64 = 1 << 20;

/// From here on, files that we create are ours alone.
pub fn private_umask() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

/// Columns of the terminal on standard output; `None` where it is none or does not say.
pub fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// Whether there is something at this path.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether this is a folder.
pub fn is_dir(path: &Path) -> bool {
    path.is_dir()
}

/// Reads a configuration file; `None` where it does not exist.
///
/// # Errors
/// Where it cannot be read, is no regular file, is larger than 1 MiB or is no UTF-8 (exit 2: it is the configuration
/// that is wrong).
pub fn read_text(path: &Path) -> Result<Option<String>, Error> {
    let shown = path.display();
    let wrong = |why: &str| Error::new(ErrorKind::Usage, format!("{shown}: {why}"));
    let failed = |error: std::io::Error| wrong("cannot be read").because(error);
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(wrong("is no regular file")),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(TEXT_CAP + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > TEXT_CAP {
        return Err(wrong("is larger than 1 MiB"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..good).unwrap_or_default();
            let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
            let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
            let column = String::from_utf8_lossy(before.get(start..).unwrap_or_default()).chars().count() + 1;
            let message = format!("{shown}:{line}:{column}: error: this byte is no UTF-8");
            Err(Error::new(ErrorKind::Usage, message).hint("save the file as UTF-8"))
        }
    }
}

/// Lets a person edit a text with a command; gives the text as they left it.
///
/// # Errors
/// Where the command does not start or ends with a failure, or the text is no UTF-8 afterwards.
pub fn edit(command: &[String], text: &str) -> Result<String, Error> {
    let failed = |what: String| Error::new(ErrorKind::State, what);
    let Some((program, args)) = command.split_first() else {
        return Err(Error::new(ErrorKind::Usage, "no editor is configured").hint("set EDITOR"));
    };
    let mut file = tempfile::Builder::new()
        .prefix("dutybox-")
        .suffix(".txt")
        .tempfile()
        .map_err(|error| failed("cannot make a temporary file".into()).because(error))?;
    std::io::Write::write_all(&mut file, text.as_bytes())
        .map_err(|error| failed("cannot write a temporary file".into()).because(error))?;
    let status = std::process::Command::new(program).args(args).arg(file.path()).status();
    let status = status.map_err(|error| {
        Error::new(ErrorKind::Usage, format!("the editor `{program}` does not start"))
            .because(error)
            .hint("set EDITOR, or `editor` in the configuration")
    })?;
    if !status.success() {
        return Err(failed(format!("the editor `{program}` failed: {status}")).hint("nothing was sent"));
    }
    // Editors replace the file: it is read by its name, not through our handle.
    std::fs::read_to_string(file.path()).map_err(|error| failed("cannot read the edited text".into()).because(error))
}

/// Whether a command can be started: an executable file, looked for in `$PATH` where the name is no path.
pub fn is_program(name: &str) -> bool {
    let runs = |path: &Path| {
        std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return runs(Path::new(name));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    !name.is_empty() && std::env::split_paths(&path).any(|dir| runs(&dir.join(name)))
}
