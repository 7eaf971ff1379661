//! `dutybox list` and `dutybox categories`.

use super::args::Filtered;
use super::out::{Failure, Out, Style};
use super::setup::Desk;
use super::{choose, json};
use crate::error::{EXIT_IO, EXIT_OK};
use crate::mail::text;
use crate::runbook::Call;
use crate::triage::Inbox;
use crate::triage::inbox::Entry;
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

/// Says on standard error what could not be read; the exit code that this makes.
pub fn unread(inbox: &Inbox) -> u8 {
    let errors = json::errors(inbox);
    for (place, words) in &errors {
        super::out::say(&format!("{place}: {words}"));
    }
    if errors.is_empty() { EXIT_OK } else { EXIT_IO }
}

/// Lists messages.
///
/// # Errors
/// A query that is wrong, a mailbox that cannot be read.
pub fn list(desk: &Desk, args: &Filtered, out: &mut Out) -> Result<u8, Failure> {
    let query = choose::query(&args.query.join(" "))?;
    let inbox = desk.inbox()?;
    let mut entries = inbox.select(&query, desk.now);
    entries.truncate(args.limit.unwrap_or(usize::MAX));
    if out.json {
        let copies = json::copies(&inbox);
        let messages: Vec<Value> = entries.iter().map(|entry| json::message(&inbox, entry, &copies)).collect();
        let mut document = json::head(&inbox, desk.now);
        document.insert("messages".into(), messages.into());
        out.document(&document)?;
    } else {
        let widest = entries.iter().map(|entry| text::width(inbox.category(entry.row))).max().unwrap_or_default();
        let ids: Vec<String> = entries.iter().map(|entry| inbox.id(entry.row)).collect();
        let id_width = ids.iter().map(|id| text::width(id)).max().unwrap_or_default().min(48);
        for (entry, id) in entries.iter().zip(&ids) {
            row(desk, &inbox, entry, (id, id_width), widest.min(24), out);
        }
    }
    Ok(unread(&inbox))
}

fn row(desk: &Desk, inbox: &Inbox, entry: &Entry<'_>, (id, id_width): (&str, usize), widest: usize, out: &mut Out) {
    let row = entry.row;
    let call = entry.verdict.call;
    let subject = match &row.odd {
        Some(odd) => format!("({})", odd.words()),
        None if row.subject.is_empty() => "(no subject)".to_string(),
        None => row.subject.clone(),
    };
    let state = match (&entry.state.ignored, &entry.state.done) {
        (Some(_), _) => "  [ignored]",
        (None, Some(_)) => "  [done]",
        (None, None) => "",
    };
    let pad = |text: &str, columns: usize| {
        let gap = columns.saturating_sub(text::width(&text::clean(text)));
        format!("{text}{}  ", " ".repeat(gap))
    };
    let sender = text::clean(crate::app::list::sender(row));
    let pieces = [
        (Style::Faint, pad(id, id_width)),
        (call_style(call), pad(call.word(), 6)),
        (Style::Plain, pad(&row.received.short(desk.now, &desk.zone), 10)),
        (Style::Plain, pad(&row.flags().to_string(), 4)),
        (Style::Plain, pad(inbox.category(row), widest)),
        (Style::Plain, pad(&text::fit(&sender, 20), 20)),
        (Style::Strong, subject),
        (Style::Faint, state.to_string()),
    ];
    let pieces: Vec<(Style, &str)> = pieces.iter().map(|(style, piece)| (*style, piece.as_str())).collect();
    out.cut(&pieces);
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
        out.put(Style::Faint, &category.title);
        out.end();
    }
    Ok(unread(&inbox))
}
