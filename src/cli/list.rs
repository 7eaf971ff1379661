//! `dutybox list` and `dutybox categories`.

use super::args::Filtered;
use super::out::{Failure, Out, Progress, Style};
use super::setup::Desk;
use super::{choose, json};
use crate::error::{EXIT_IO, EXIT_OK, Error, ErrorKind};
use crate::io::search;
use crate::mail::{Time, text};
use crate::runbook::Call;
use crate::runbook::case::span_words;
use crate::triage::inbox::newest_first;
use crate::triage::{Inbox, Row};
use serde_json::Value;

/// How a call stands out.
pub fn call_style(call: Call) -> Style {
    match call {
        Call::Page => Style::Alarm,
        Call::Act | Call::Decide => Style::Warn,
        Call::Wait | Call::Note => Style::Plain,
        Call::Ignore => Style::Faint,
    }
}

/// What the clock does to a verdict: a time limit, a due time, or when it may change; the first that there is. A mail that
/// was due and did not come is late, until the verdict changes.
pub fn timer(desk: &Desk, deadline: Option<Time>, due: Option<Time>, until: Option<Time>) -> String {
    let shown = |word: &str, time: Time| format!("{word} {}", time.short_to_the_minute(desk.now, &desk.zone));
    match (deadline, due, until) {
        (Some(limit), ..) => shown("limit", limit),
        (None, Some(due), Some(until)) if due <= desk.now && until > desk.now => shown("late, until", until),
        (None, Some(due), _) if due <= desk.now => shown("late since", due),
        (None, Some(due), _) => shown("due", due),
        (None, None, Some(until)) => shown("until", until),
        (None, None, None) => String::new(),
    }
}

/// Says on standard error what could not be read; the exit code that this makes.
pub fn unread(inbox: &Inbox) -> u8 {
    let errors = json::errors(inbox);
    for (place, words) in &errors {
        super::out::say(&format!("{place}: {words}"));
    }
    if let Some(seconds) = inbox.clock_behind() {
        let ahead = span_words(seconds);
        super::out::say(&format!("the newest mail is {ahead} ahead of the clock: is the clock right?"));
    }
    if errors.is_empty() { EXIT_OK } else { EXIT_IO }
}

/// Lists messages.
///
/// # Errors
/// A query that is wrong, a mailbox that cannot be read.
pub fn list(desk: &Desk, args: &Filtered, out: &mut Out) -> Result<u8, Failure> {
    let (query, inbox) = choose::answered(&args.query.join(" "), desk)?;
    let mut rows: Vec<&Row> = inbox.rows().iter().filter(|row| query.matches(&inbox, row, desk.now)).collect();
    rows.sort_by(|a, b| newest_first(a, b));
    rows.truncate(args.limit.unwrap_or(usize::MAX));
    if out.json {
        let copies = json::copies(&inbox);
        let messages: Vec<Value> =
            inbox.entries(rows).iter().map(|entry| json::message(&inbox, entry, &copies)).collect();
        let mut document = json::head(&inbox, desk.now);
        document.insert("messages".into(), messages.into());
        out.document(&document)?;
    } else {
        let lines: Vec<_> = rows.iter().filter_map(|row| line(desk, &inbox, row)).collect();
        out.table(&lines, 7, WIDEST);
    }
    Ok(unread(&inbox))
}

/// Reads all mail for searches.
///
/// # Errors
/// A mailbox that cannot be read, a cache that cannot be written.
pub fn index(desk: &Desk, out: &mut Out) -> Result<u8, Failure> {
    let inbox = desk.inbox()?;
    let mut progress = Progress::new("reading mails");
    let read = search::bring_up(&inbox, &desk.cache, |done, of| progress.tell(done, of)).ok_or_else(|| {
        Error::new(ErrorKind::State, "the index cannot be written").hint(
            "leave --read-only, --as-of and `index-words = false` out, and look whether the cache folder is yours",
        )
    })?;
    drop(progress);
    if out.json {
        let mut document = json::head(&inbox, desk.now);
        document.insert("read".into(), read.into());
        out.document(&document)?;
    } else {
        let words = match read {
            0 => "the index is complete".to_owned(),
            1 => "1 mail read; the index is complete".to_owned(),
            many => format!("{many} mails read; the index is complete"),
        };
        out.put(Style::Good, &words).end();
    }
    Ok(unread(&inbox))
}

/// The widest that a column is made: ids of messages may be of any length.
pub const WIDEST: usize = 48;

/// The cells of a message: seven columns, then what has no end of its own.
fn line(desk: &Desk, inbox: &Inbox, row: &Row) -> Option<Vec<(Style, String)>> {
    let standing = inbox.standing(&row.key)?;
    let judgment = standing.judgment;
    let subject = match &row.odd {
        Some(odd) => format!("({})", odd.words()),
        None if row.subject.is_empty() => "(no subject)".to_string(),
        None => row.subject.to_string(),
    };
    let told = [
        ("ignored", standing.ignored),
        ("done", standing.done),
        ("snoozed", standing.snoozed),
        ("claimed", standing.claimed),
        ("back", standing.back),
        ("cannot tell", !judgment.known),
    ];
    let told: Vec<&str> = told.iter().filter(|(_, there)| *there).map(|(word, _)| *word).collect();
    let told = if told.is_empty() { String::new() } else { format!("  [{}]", told.join(", ")) };
    let sender = text::clean(crate::app::list::sender(row));
    Some(vec![
        (Style::Faint, inbox.id(row)),
        (call_style(judgment.call), judgment.call.word().to_owned()),
        (Style::Plain, row.received.short(desk.now, &desk.zone)),
        (Style::Plain, row.flags().to_string()),
        (Style::Warn, timer(desk, judgment.deadline, judgment.due, judgment.until)),
        (Style::Plain, inbox.category(row).to_owned()),
        (Style::Plain, text::fit(&sender, 20).into_owned()),
        (Style::Strong, subject),
        (Style::Faint, told),
    ])
}

/// Lists categories.
///
/// # Errors
/// A mailbox that cannot be read.
pub fn categories(desk: &Desk, out: &mut Out) -> Result<u8, Failure> {
    let inbox = desk.inbox()?;
    let categories = inbox.categories();
    if out.json {
        let mut document = json::head(&inbox, desk.now);
        document.insert("categories".into(), categories.iter().map(json::category).collect::<Vec<_>>().into());
        out.document(&document)?;
        return Ok(unread(&inbox));
    }
    let widest = categories.iter().map(|category| text::width(&category.id)).max().unwrap_or_default();
    for category in &categories {
        let call = category.worst;
        let style = call.map_or(Style::Faint, call_style);
        out.put(style, &format!("{:<6}  ", call.map_or("-", Call::word)));
        out.put(Style::Strong, &category.id);
        let gap = " ".repeat(widest.saturating_sub(text::width(&category.id)));
        let (total, open, unseen, needs) = (category.total, category.open, category.unseen, category.needs_you);
        out.put(
            Style::Plain,
            &format!("{gap}  {total:>5} all {open:>5} open {unseen:>5} unseen {needs:>5} need you  "),
        );
        out.put(Style::Warn, &timer(desk, None, category.due, None))
            .put(Style::Plain, if category.due.is_some() { "  " } else { "" });
        out.put(Style::Faint, &category.title);
        out.end();
    }
    Ok(unread(&inbox))
}
