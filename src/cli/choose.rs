//! Which messages a command is about: ids, ids from standard input, or a query.

use super::args::Chosen;
use super::out::Failure;
use crate::error::{Diagnostic, Error, ErrorKind, Severity};
use crate::mail::{Time, text};
use crate::triage::Inbox;
use crate::triage::query::Query;
use crate::triage::row::{MailKey, Row};
use std::io::{IsTerminal, Read, Write};

/// More messages than this are not changed by a query without `--yes`.
const MANY: usize = 20;

/// Reads a query.
///
/// # Errors
/// Where it is wrong, with a caret.
pub fn query(source: &str) -> Result<Query, Failure> {
    Query::parse(source).map_err(|error| {
        let before = source.get(..error.start).unwrap_or(source);
        let hint = error.suggestion.as_ref().map(|near| format!("did you mean `{near}`?"));
        let found = Diagnostic {
            severity: Severity::Error,
            file: "query".into(),
            line: 1,
            column: before.chars().count() + 1,
            message: error.message.clone(),
            hint,
        };
        Failure::Wrong { text: source.to_string(), found: vec![found] }
    })
}

/// The one message of that id.
///
/// # Errors
/// Where there is none, or more than one.
pub fn one<'i>(inbox: &'i Inbox, id: &str) -> Result<&'i Row, Failure> {
    let found = inbox.find(id);
    match found.as_slice() {
        [row] => Ok(row),
        [] => Err(Error::new(ErrorKind::No, format!("no message has the id `{id}`"))
            .hint("type: dutybox list, the ids stand in its first column")
            .into()),
        several => {
            let names: Vec<String> = several.iter().take(4).map(|row| inbox.id(row)).collect();
            let more = if several.len() > names.len() { ", …" } else { "" };
            Err(Error::new(ErrorKind::Usage, format!("{} messages have an id that begins with `{id}`", several.len()))
                .hint(format!("type more of it: {}{more}", names.join(", ")))
                .into())
        }
    }
}

/// The chosen messages, each once.
///
/// # Errors
/// An id that is none or not the only one, a query that is wrong or matches many without `--yes`.
pub fn keys(inbox: &Inbox, chosen: &Chosen, now: Time) -> Result<Vec<MailKey>, Failure> {
    let mut keys: Vec<MailKey> = Vec::new();
    if let Some(source) = &chosen.query {
        let entries = inbox.select(&query(source)?, now);
        if entries.len() > MANY && !chosen.yes {
            return Err(Error::new(ErrorKind::Usage, format!("{} messages match", entries.len()))
                .hint(format!("add --yes to act on more than {MANY}, or narrow the query"))
                .into());
        }
        return Ok(entries.into_iter().map(|entry| entry.row.key.clone()).collect());
    }
    let mut ids: Vec<String> = Vec::new();
    for id in &chosen.ids {
        if id == "-" {
            ids.extend(standard_input()?.split_whitespace().map(str::to_string));
        } else {
            ids.push(id.clone());
        }
    }
    for id in &ids {
        let key = &one(inbox, id)?.key;
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    Ok(keys)
}

/// All of standard input as text.
///
/// # Errors
/// Where it cannot be read or is no UTF-8.
pub fn standard_input() -> Result<String, Error> {
    let mut text = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut text);
    read.map_err(|error| Error::new(ErrorKind::Usage, "cannot read standard input").because(error))?;
    Ok(text)
}

/// Asks whether to go on; `command` is named where nobody can be asked.
///
/// # Errors
/// Where standard input is no terminal.
pub fn confirm(question: &str, command: &str) -> Result<bool, Error> {
    if !std::io::stdin().is_terminal() {
        let message = format!("{command} asks before it sends, and standard input is no terminal");
        return Err(Error::new(ErrorKind::Usage, message).hint("add --yes to send, or --dry-run to look only"));
    }
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "{} [y/N] ", text::clean(question)).and_then(|()| stderr.flush());
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.map_err(|error| Error::new(ErrorKind::Usage, "cannot read the answer").because(error))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
