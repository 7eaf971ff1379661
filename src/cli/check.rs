//! `dutybox check`: configuration and runbooks, one line for each thing that is odd.

use super::args::{Check, Globals};
use super::out::{self, Failure, Out};
use super::setup;
use crate::config::{self, Config};
use crate::error::{Diagnostic, EXIT_NO, EXIT_OK, Error, ErrorKind, Severity};
use crate::io::local;
use crate::io::transport::Transport;
use crate::runbook::{Runbooks, lint};
use serde_json::json;
use std::path::Path;

/// Checks runbook files, or the configuration and all runbooks in force. Exit 1 where something is wrong; what is only
/// odd is printed and fine.
///
/// # Errors
/// A configuration that is wrong, a file that cannot be read.
pub fn check(globals: &Globals, args: &Check, out: &mut Out) -> Result<u8, Failure> {
    let mut texts = Vec::new();
    let mut sending = None;
    let books = if args.files.is_empty() {
        let (config, dir) = setup::configuration(globals, setup::home().as_deref())?;
        sending = Some(leaves(globals, &config, &dir, &mut texts)?);
        setup::runbooks(globals, &config, &dir)?
    } else {
        for path in &args.files {
            let Some(text) = local::read_text(path)? else {
                let message = format!("{}: no such file", path.display());
                return Err(Error::new(ErrorKind::Usage, message)
                    .hint("type the path of a runbook after check")
                    .into());
            };
            texts.push((path.display().to_string(), text));
        }
        Runbooks::only(&texts)
    };
    let (words, mut found) = sending.unzip();
    let mut found = found.take().unwrap_or_default();
    found.extend(books.diagnostics.clone());
    found.extend(lint::lint(&books));
    let wrong = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    if out.json {
        let shown: Vec<_> = found.iter().map(document).collect();
        out.document(&json!({"runbooks": books.len(), "wrong": wrong, "found": shown, "sending": words}))?;
    } else {
        for diagnostic in &found {
            let text = texts.iter().find(|(file, _)| *file == diagnostic.file).map_or("", |(_, text)| text);
            out.bytes(out::with_caret(text, diagnostic).as_bytes());
        }
        let odd = found.len() - wrong;
        let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let works = if books.len() == 1 { "works" } else { "work" };
        let (wrong, odd) = (count(wrong, "error"), count(odd, "warning"));
        out.line(&format!("{} {works}; {wrong}, {odd}", count(books.len(), "runbook")));
        words.iter().for_each(|words| out.line(words));
    }
    Ok(if wrong == 0 { EXIT_OK } else { EXIT_NO })
}

/// How mail leaves, and what of it cannot work here.
fn leaves(
    globals: &Globals,
    config: &Config,
    dir: &Path,
    texts: &mut Vec<(String, String)>,
) -> Result<(String, Vec<Diagnostic>), Failure> {
    let Some(transport) = Transport::of(config) else {
        let words = "mail waits in the outbox: set sending.smtp or sending.sendmail for it to leave";
        return Ok((words.to_owned(), Vec::new()));
    };
    let path = globals.config.clone().unwrap_or_else(|| dir.join("config.toml"));
    let (file, text) = (path.display().to_string(), local::read_text(&path)?.unwrap_or_default());
    let mut faults = transport.faults();
    if config.from.is_none() && config.own.is_empty() {
        faults.push(("sending.from", "mail would have no sender: set `own` or `sending.from`".to_owned()));
    }
    let fault = |(key, message): (&str, String)| {
        let (line, column) = config::position(&text, key).unwrap_or_default();
        Diagnostic { severity: Severity::Error, file: file.clone(), line, column, message, hint: None }
    };
    let found = faults.into_iter().map(fault).collect();
    texts.push((file, text));
    Ok((transport.words(), found))
}

fn document(diagnostic: &Diagnostic) -> serde_json::Value {
    json!({
        "severity": match diagnostic.severity { Severity::Warning => "warning", Severity::Error => "error" },
        "file": diagnostic.file,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    })
}
