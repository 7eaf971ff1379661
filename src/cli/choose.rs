//! Which messages a command is about: ids, ids from standard input, or a query.

use super::args::Chosen;
use super::out::{Failure, Progress};
use super::setup::Desk;
use crate::error::{Diagnostic, Error, ErrorKind, Severity};
use crate::io::search;
use crate::mail::{Time, text};
use crate::triage::Inbox;
use crate::triage::inbox::{Named, newest_first};
use crate::triage::query::{Query, QueryError};
use crate::triage::row::{MailKey, Row};
use std::collections::HashSet;
use std::io::{IsTerminal, Read, Write};

/// More messages than this are not changed by a query without `--yes`.
const MANY: usize = 20;

/// Reads a query that rows answer.
///
/// # Errors
/// Where it is wrong, with a caret.
pub fn query(source: &str) -> Result<Query, Failure> {
    Query::parse(source).map_err(|error| wrong(source, &error))
}

/// Reads a query for which mails may be read, and has those of the inbox answer it.
///
/// # Errors
/// Where it is wrong, with a caret; where the inbox cannot be read.
pub fn answered(source: &str, desk: &Desk) -> Result<(Query, Inbox), Failure> {
    let mut query = Query::parse_deep(source).map_err(|error| wrong(source, &error))?;
    let inbox = desk.inbox()?;
    let mut progress = Progress::new("asking mails");
    search::answer(&mut query, &inbox, desk.now, &desk.cache, |done, of| progress.tell(done, of));
    Ok((query, inbox))
}

fn wrong(source: &str, error: &QueryError) -> Failure {
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
}

/// The one message of that id. Where it is the id of an incident whose message of that name is gone, the message that gives
/// the incident its call.
///
/// # Errors
/// Where there is none, or more than one.
pub fn one<'i>(inbox: &'i Inbox, id: &str) -> Result<&'i Row, Failure> {
    named(inbox, id).map(|(row, _)| row)
}

/// The one message of that id, and whether the id means the whole incident: that of a message that is gone does (R29).
fn named<'i>(inbox: &'i Inbox, id: &str) -> Result<(&'i Row, bool), Failure> {
    let means = |named: &Named<'i>| match named {
        Named::Message(row) => Some((*row, false)),
        Named::Incident(incident) => inbox.lead(incident).map(|row| (row, true)),
    };
    let found: Vec<(&Row, bool)> = inbox.named(id).iter().filter_map(means).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Error::new(ErrorKind::No, format!("no message has the id `{id}`"))
            .hint("type: dutybox list, the ids stand in its first column")
            .into()),
        several => {
            let names: Vec<String> = several.iter().take(4).map(|(row, _)| inbox.id(row)).collect();
            let more = if several.len() > names.len() { ", …" } else { "" };
            Err(Error::new(ErrorKind::Usage, format!("{} messages have an id that begins with `{id}`", several.len()))
                .hint(format!("type more of it: {}{more}", names.join(", ")))
                .into())
        }
    }
}

/// The messages of the incident that holds a row, those that do not count as well.
fn members(inbox: &Inbox, row: &Row) -> Vec<MailKey> {
    let members = inbox.incident_of(row).map(|(_, incident)| inbox.members(incident).map(|(row, _)| row.key.clone()));
    members.map_or_else(|| vec![row.key.clone()], Iterator::collect)
}

/// The chosen messages, each once; all of their incidents where these are meant.
///
/// # Errors
/// An id that is none or not the only one, a query that is wrong or matches many without `--yes`.
pub fn keys(inbox: &Inbox, chosen: &Chosen, now: Time) -> Result<Vec<MailKey>, Failure> {
    let mut keys: Vec<MailKey> = Vec::new();
    let mut seen: HashSet<MailKey> = HashSet::new();
    let mut take = |row: &Row, whole: bool| {
        let found = if whole { members(inbox, row) } else { vec![row.key.clone()] };
        keys.extend(found.into_iter().filter(|key| seen.insert(key.clone())));
    };
    if let Some(source) = &chosen.query {
        let query = query(source)?;
        let mut rows: Vec<&Row> = inbox.rows().iter().filter(|row| query.matches(inbox, row, now)).collect();
        rows.sort_by(|a, b| newest_first(a, b));
        rows.into_iter().for_each(|row| take(row, chosen.incident));
        if keys.len() > MANY && !chosen.yes {
            return Err(Error::new(ErrorKind::Usage, format!("{} messages match", keys.len()))
                .hint(format!("add --yes to act on more than {MANY}, or narrow the query"))
                .into());
        }
        return Ok(keys);
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
        let (row, whole) = named(inbox, id)?;
        take(row, chosen.incident || whole);
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
