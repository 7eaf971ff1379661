//! Configuration, runbook files, saved attachments: small files, read and written whole.

use super::local;
use super::maildir::plain;
use crate::error::{Diagnostic, Error, ErrorKind, Severity};
use rustix::fs::OFlags;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file that holds configuration or a runbook: name for people, and text.
pub type NamedText = (String, String);

/// Runbook files that are read, and how deep they are looked for.
const FILES: usize = 2_000;
const DEPTH: usize = 8;
/// Names tried for a saved attachment.
const NAMES: usize = 1_000;

/// All `.md` files below a folder, sorted by path; files over 1 MiB, symbolic links out of the folder and invalid UTF-8
/// are reported, not read. Links to folders are not followed, names that begin with a dot are passed over.
///
/// # Errors
/// Where the folder cannot be read.
pub fn read_runbooks(dir: &Path) -> Result<(Vec<NamedText>, Vec<Diagnostic>), Error> {
    let listed = std::fs::read_dir(dir).map_err(|error| {
        let message = format!("cannot read the runbook folder {}: {}", dir.display(), plain(&error));
        Error::new(ErrorKind::Usage, message).because(error).hint("name a folder of .md files: --runbooks DIR")
    })?;
    drop(listed);
    let root = std::fs::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf());
    let mut paths = Vec::new();
    let mut diagnostics = Vec::new();
    collect(dir, 0, &mut paths, &mut diagnostics);
    paths.sort();
    if paths.len() > FILES {
        diagnostics.push(report(dir, format!("more than {FILES} runbooks: the others are not read"), None));
        paths.truncate(FILES);
    }
    let mut texts = Vec::new();
    for path in paths {
        match read_inside(&root, &path) {
            Ok(text) => texts.push((path.display().to_string(), text)),
            Err((message, hint)) => diagnostics.push(report(&path, message, hint)),
        }
    }
    Ok((texts, diagnostics))
}

fn collect(dir: &Path, depth: usize, paths: &mut Vec<PathBuf>, diagnostics: &mut Vec<Diagnostic>) {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => {
            diagnostics.push(report(dir, format!("cannot read this folder: {}", plain(&error)), None));
            return;
        }
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                diagnostics.push(report(dir, format!("cannot read this folder: {}", plain(&error)), None));
                return;
            }
        };
        let name = entry.file_name();
        let hidden = name.as_encoded_bytes().first() == Some(&b'.');
        // A README explains the folder to people; it is no runbook.
        let readme = name.as_encoded_bytes().eq_ignore_ascii_case(b"readme.md");
        let path = entry.path();
        match entry.file_type() {
            _ if hidden || paths.len() > FILES => {}
            Ok(kind) if kind.is_dir() && depth < DEPTH => collect(&path, depth + 1, paths, diagnostics),
            Ok(kind) if !kind.is_dir() && !readme && path.extension().is_some_and(|end| end == "md") => {
                paths.push(path)
            }
            _ => {}
        }
    }
}

/// Reads a file below `root`, also through a link that stays inside it.
fn read_inside(root: &Path, path: &Path) -> Result<String, (String, Option<String>)> {
    let plainly = |error: &std::io::Error| (format!("cannot read it: {}", plain(error)), None);
    let real = std::fs::canonicalize(path).map_err(|error| plainly(&error))?;
    if !real.starts_with(root) {
        let hint = Some("copy the file into the folder".to_owned());
        return Err(("a link to a file outside of the runbook folder: not read".into(), hint));
    }
    match local::read_text(&real) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err(("it is gone".into(), None)),
        Err(error) => Err((error.message, error.hint)),
    }
}

fn report(path: &Path, message: String, hint: Option<String>) -> Diagnostic {
    Diagnostic { severity: Severity::Error, file: path.display().to_string(), line: 0, column: 0, message, hint }
}

/// Saves bytes under a safe name into a folder: inside it, 0600, never over a file or through a link; `-1`, `-2`, … is
/// added where the name is taken (C44).
///
/// # Errors
/// Where it cannot be written.
pub fn save(dir: &Path, safe_name: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let failed = |what: &str, path: &Path, error: std::io::Error| {
        Error::new(ErrorKind::State, format!("cannot {what} {}: {}", path.display(), plain(&error)))
            .because(error)
            .hint("name a folder that you may write")
    };
    // Checked again here: this is the door to the disk.
    let bad = safe_name.is_empty() || safe_name.starts_with('.') || safe_name.contains(['/', '\0']);
    let name = if bad || safe_name.len() > 200 { "attachment" } else { safe_name };
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| failed("make the folder", dir, error))?;
    for number in 0..NAMES {
        let path = dir.join(numbered(name, number));
        // O_EXCL never follows a link in the last place, and never takes what is there.
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path);
        let mut file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(failed("save", &path, error)),
        };
        if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
            let _ = std::fs::remove_file(&path);
            return Err(failed("save", &path, error));
        }
        return Ok(path);
    }
    let message = format!("{} holds {NAMES} files of the name {name} already", dir.display());
    Err(Error::new(ErrorKind::State, message).hint("name another folder"))
}

/// `report.txt`, `report-1.txt`, …
fn numbered(name: &str, number: usize) -> String {
    if number == 0 {
        return name.to_owned();
    }
    match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => format!("{stem}-{number}.{end}"),
        _ => format!("{name}-{number}"),
    }
}

/// Replaces a small file of ours whole and durably: written beside it, synced, renamed over it; 0600 in a 0700 folder.
///
/// # Errors
/// Where it cannot be written; the old file is as it was then.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::State, format!("cannot write {}: {}", path.display(), plain(&error)))
            .because(error)
            .hint(format!("look at the folder: ls -ld {}", dir.display()))
    };
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
    // Through a link to where the file really is, so that a kept-elsewhere configuration stays there.
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let real_dir = real.parent().unwrap_or(dir);
    let mut temp = tempfile::Builder::new().prefix(".dutybox-").tempfile_in(real_dir).map_err(failed)?;
    temp.write_all(bytes).and_then(|()| temp.as_file().sync_all()).map_err(failed)?;
    temp.persist(&real).map_err(|error| failed(error.error))?;
    File::open(real_dir).and_then(|dir| dir.sync_all()).map_err(failed)
}
