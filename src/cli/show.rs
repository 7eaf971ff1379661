//! `dutybox show`: a message, its verdict and what to do.

use super::args::Show;
use super::list::{call_style, unread};
use super::out::{Failure, Out, Style};
use super::setup::Desk;
use super::{choose, json, steps};
use crate::error::{EXIT_OK, Error, ErrorKind};
use crate::io::maildir;
use crate::mail::{Link, Message, Oddity, parse, text};
use crate::runbook::file::{Block, RunbookLink, Section};
use crate::runbook::{Runbook, SectionName, Verb};
use crate::triage::inbox::Entry;
use crate::triage::row::{Change, Row};
use crate::triage::standing::Said;
use crate::triage::texts::{bug_notes, checklist};
use crate::triage::{Inbox, MessageState, Reason, Verdict, verdict};
use serde_json::json;

/// Reads the mail behind a row; changes nothing.
///
/// # Errors
/// Where it is gone or cannot be read.
pub fn read(inbox: &Inbox, row: &Row) -> Result<Message, Error> {
    let folder = inbox.folder(row.key.folder).map(|folder| folder.path.clone()).unwrap_or_default();
    let mail = maildir::read(&folder, row.place, &row.name).map_err(|error| unreadable(inbox, row, &error))?;
    Ok(parse::message(mail.bytes))
}

fn unreadable(inbox: &Inbox, row: &Row, error: &maildir::MailError) -> Error {
    let message = format!("{}: {error}", inbox.id(row));
    Error::new(ErrorKind::Mailbox, message).hint("type: dutybox list, to see what is there now")
}

/// Shows a message.
///
/// # Errors
/// An id that names no message, a mail that cannot be read.
pub fn show(desk: &Desk, args: &Show, out: &mut Out) -> Result<u8, Failure> {
    let mut inbox = desk.inbox()?;
    let row = choose::one(&inbox, &args.id)?;
    // The index may know a file that was changed under its name, which is not done in a Maildir: its text is shown beside.
    let key = row.key.clone();
    if let Some(row) = desk.changed(&inbox, row) {
        inbox.apply(Change::Rows(vec![row]));
        inbox.settle(desk.now);
    }
    let row = match inbox.get(&key) {
        Some(row) => row,
        None => choose::one(&inbox, &args.id)?,
    };
    let entry = inbox.entry(row);
    let book = entry.verdict.book.and_then(|book| inbox.books.get(book));
    if args.raw && !out.terminal() {
        // The very bytes, however many there are.
        let folder = inbox.folder(row.key.folder).map(|folder| folder.path.clone()).unwrap_or_default();
        let mut stdout = std::io::stdout().lock();
        let copied = maildir::pour(&folder, row.place, &row.name, &mut stdout);
        // What is only in its buffer is not written: a full disk is said.
        let written = copied.map_err(|error| unreadable(&inbox, row, &error))?;
        return match written.and_then(|()| std::io::Write::flush(&mut stdout)) {
            Ok(()) => Ok(EXIT_OK),
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Failure::ClosedPipe),
            Err(error) => Err(Error::new(ErrorKind::State, format!("standard output: {error}")).into()),
        };
    }
    if args.raw {
        let message = read(&inbox, row)?;
        // Line by line: cleaning bytes makes one line of them.
        let raw = message.raw();
        for line in raw.strip_suffix(b"\n").unwrap_or(raw).split(|byte| *byte == b'\n') {
            out.block("", &text::clean_bytes(line.strip_suffix(b"\r").unwrap_or(line)));
        }
        if message.oddities.contains(&Oddity::FileCut) {
            out.put(Style::Warn, &format!("({})", Oddity::FileCut.sentence())).end();
        }
        return Ok(EXIT_OK);
    }
    if args.runbook && book.is_none() {
        let message = format!("no runbook claims {}", inbox.id(row));
        let hint = format!("type: dutybox explain {}", inbox.id(row));
        return Err(Error::new(ErrorKind::No, message).hint(hint).into());
    }
    if out.json {
        let mut document = json::head(&inbox, desk.now);
        if !args.runbook {
            let mut shown = json::message(&inbox, &entry, &json::copies(&inbox));
            if row.odd.is_none()
                && let Some(shown) = shown.as_object_mut()
            {
                content(&read(&inbox, row)?, shown);
            }
            document.insert("message".into(), shown);
        }
        document.insert("runbook".into(), book.map_or(serde_json::Value::Null, json::runbook));
        out.document(&document)?;
        return Ok(unread(&inbox));
    }
    if !args.runbook {
        verdict(desk, &inbox, row, &entry.verdict, out);
        told(desk, &inbox, row, &entry.state, out);
    }
    if let Some(book) = book {
        runbook(&entry, book, args.runbook, out);
        let incident = inbox.incident_of(row).map(|(_, incident)| incident);
        for (index, note) in bug_notes(book, entry.verdict.case.as_deref(), row, incident, None).iter().enumerate() {
            let number = index + 1;
            out.line(&format!("  Text for a {}: dutybox bug-text {} {number}", note.words(), inbox.id(row)));
        }
    }
    if !args.runbook {
        out.line("");
        match (&row.odd, read(&inbox, row)) {
            (Some(odd), _) => out.paragraph("", &format!("There is no mail to show: {}.", odd.words())),
            (None, Ok(message)) => mail(desk, row, &message, out),
            (None, Err(error)) => return Err(error.into()),
        }
    }
    Ok(unread(&inbox))
}

fn content(message: &Message, shown: &mut serde_json::Map<String, serde_json::Value>) {
    let body = message.body();
    let headers: Vec<_> =
        message.headers.iter().map(|header| json!({"name": header.name, "value": header.value})).collect();
    let links: Vec<_> = body
        .links
        .iter()
        .map(|link| {
            json!({"text": link.text, "target": link.target, "misleading": link.misleading,
            "unsubscribes": link.unsubscribes})
        })
        .collect();
    let parts: Vec<_> = message
        .parts()
        .iter()
        .map(|part| {
            json!({
                "number": part.number, "type": part.content_type, "name": part.name,
                "size": part.size, "attachment": part.attachment,
            })
        })
        .collect();
    shown.insert("headers".into(), headers.into());
    shown.insert("body".into(), body.text.clone().into());
    shown.insert("links".into(), links.into());
    shown.insert("parts".into(), parts.into());
    shown.insert("errors".into(), message.all_oddities().iter().map(|odd| odd.sentence()).collect::<Vec<_>>().into());
}

/// The verdict: the headline, what the clock does to it, its reasons, and what it may become.
pub fn verdict(desk: &Desk, inbox: &Inbox, row: &Row, verdict: &Verdict, out: &mut Out) {
    let word = format!("[{}]", verdict.call.word().to_uppercase());
    out.put(call_style(verdict.call), &word).put(Style::Plain, " ").put(Style::Strong, &verdict.headline).end();
    let changes = match &verdict.then {
        Some(then) => {
            let case = then.case.as_ref().map(|case| format!(" ({case})")).unwrap_or_default();
            format!("may become {}{case} at", then.call.word())
        }
        None => "may change by itself at".to_owned(),
    };
    let clock = [("time limit", verdict.deadline), ("due", verdict.due), (changes.as_str(), verdict.until)];
    for (word, time) in clock {
        if let Some(time) = time {
            out.put(Style::Warn, &format!("  {word} {}", time.full(&desk.zone))).end();
        }
    }
    for reason in &verdict.because {
        out.hanging("  because ", "          ", &reason_words(desk, inbox, row, reason));
    }
    for may in &verdict.may_become {
        let window = match (may.from, may.to) {
            (Some(from), Some(to)) => format!(", from {} to {}", from.full(&desk.zone), to.full(&desk.zone)),
            (None, Some(to)) => format!(", until {}", to.full(&desk.zone)),
            (Some(from), None) => format!(", from {}", from.full(&desk.zone)),
            (None, None) => String::new(),
        };
        let lead = format!("  may become {}: ", may.call.word());
        out.hanging(&lead, "    ", &format!("{} ({}{window})", may.case, may.on));
    }
}

/// A reason, with the message and the time that it speaks of.
pub fn reason_words(desk: &Desk, inbox: &Inbox, row: &Row, reason: &Reason) -> String {
    let at = reason.at.map(|at| at.full(&desk.zone));
    let other = reason.key.as_ref().filter(|key| **key != row.key).map(|key| json::id_of(inbox, key));
    match (at, other) {
        (Some(at), Some(id)) => format!("{} ({at}, {id})", reason.text),
        (Some(at), None) if reason.key.is_none() => format!("{} ({at})", reason.text),
        _ => reason.text.clone(),
    }
}

/// What was told about it.
fn told(desk: &Desk, inbox: &Inbox, row: &Row, state: &MessageState, out: &mut Out) {
    let incident = inbox.incident_of(row).map(|(_, incident)| incident).filter(|incident| incident.count > 1);
    if let Some(incident) = incident {
        let (first, last) = (incident.first.full(&desk.zone), incident.last.full(&desk.zone));
        out.line(&format!(
            "  one of {} in incident {}, {first} to {last}",
            incident.count,
            inbox.incident_id(incident)
        ));
    }
    let mut say = |word: &str, said: &Said, more: &str| {
        let until = said.until.map(|until| format!(" until {}", until.full(&desk.zone))).unwrap_or_default();
        let why = if said.text.is_empty() { String::new() } else { format!(": {}", said.text) };
        out.paragraph("  ", &format!("{word}{more}{until}, {} by {}{why}", said.at.full(&desk.zone), said.by));
    };
    for (word, said) in [
        ("ignored", &state.ignored),
        ("done", &state.done),
        ("snoozed", &state.snoozed),
        ("trashed", &state.trashed),
        ("claimed", &state.claimed),
    ] {
        said.iter().for_each(|said| say(word, said, ""));
    }
    for (word, said) in &state.over {
        say("back", said, &format!(" after {word}"));
    }
    if let Some((ended, said)) = &state.resolved {
        say("resolved", said, &format!(" at {}", ended.full(&desk.zone)));
    }
    if let Some((call, said)) = &state.severity {
        say("severity", said, &format!(" {}", call.word()));
    }
    for reached in &state.reached {
        let first =
            Said { text: reached.said.text.lines().next().unwrap_or_default().to_owned(), ..reached.said.clone() };
        say(reached.verb.past(), &first, &format!(" {}", reached.who.join(", ")));
        reached.answered.iter().for_each(|answer| say("  answered", answer, ""));
    }
    for text in state.bug_texts.iter().filter(|text| text.logged.is_none()) {
        let bug = text.bug.map_or("a new bug".to_owned(), |bug| format!("bug {bug}"));
        let short = Said { text: String::new(), ..text.said.clone() };
        say("log pending", &short, &format!(" for {bug} (act {})", text.said.act.0));
    }
    for (word, all) in [("note", &state.notes), ("forwarded", &state.forwarded), ("replied", &state.replied)] {
        all.iter().for_each(|said| say(word, said, ""));
    }
}

/// The runbook's what-to-do, the part for this message first; all sections where the whole runbook is wanted.
fn runbook(entry: &Entry<'_>, book: &Runbook, whole: bool, out: &mut Out) {
    out.line("");
    out.heading(&book.title);
    if let Some(source) = &book.source {
        out.put(Style::Faint, &format!("  {}, lines {}", source.page, source.lines)).end();
    }
    people(&entry.verdict.people, out);
    if let Some(why) = &book.never_ignore {
        out.paragraph("  ", &format!("Never ignore for good: {why}"));
    }
    let labels = &entry.row.class.labels;
    for (id, sure) in entry.verdict.branches() {
        let Some(case) = book.case(id).filter(|case| case.warn.is_some() || !case.steps.is_empty()) else { continue };
        out.line("");
        out.heading(&if sure { "Steps".to_owned() } else { format!("Steps, if it is {id}") });
        if let Some(warn) = &case.warn {
            out.paragraph("  ", &format!("Note: {}", verdict::fill(warn, labels)));
        }
        for task in checklist(case, labels) {
            let or = if task.or { "or: " } else { "" };
            let of = task.of.as_ref().map(|of| format!("{of}: ")).unwrap_or_default();
            let mark = if steps::ticked(&entry.state, &task).is_some() { "  [x] " } else { "  [ ] " };
            out.hanging(mark, "      ", &format!("{of}{or}{}", task.text));
        }
    }
    let first = book.section(SectionName::WhatToDo);
    for part in first.into_iter().chain(book.sections.iter().filter(|s| whole && s.name != SectionName::WhatToDo)) {
        section(entry, part, out);
    }
    if !book.links.is_empty() {
        out.line("");
        for link in &book.links {
            out.paragraph("  ", &link_words(link));
        }
    }
    if whole && !book.page_patterns.is_empty() {
        out.paragraph("  ", &format!("The page filters on: {}", book.page_patterns.join(" · ")));
        out.paragraph("  ", &format!("Here: {}", book.matches.words()));
    }
    if !book.gaps.is_empty() {
        out.line("  The page leaves out:");
    }
    for gap in &book.gaps {
        let line = gap.line.map(|line| format!(" (page line {line})")).unwrap_or_default();
        out.hanging("  - ", "    ", &format!("{}{line}", gap.text));
    }
}

fn link_words(link: &RunbookLink) -> String {
    match link {
        RunbookLink::Bug(number, about) if about.is_empty() => format!("bug {number}"),
        RunbookLink::Bug(number, about) => format!("bug {number}: {about}"),
        RunbookLink::Doc(name, url) => format!("{name}: {url}"),
        RunbookLink::Lost(was, line) => {
            let line = line.map(|line| format!(" (page line {line})")).unwrap_or_default();
            format!("{was}: the page lost this link{line}")
        }
    }
}

fn people(people: &[(Verb, Vec<String>)], out: &mut Out) {
    for (verb, who) in people {
        out.line(&format!("  {}: {}", verb.word(), who.join(", ")));
    }
}

fn section(entry: &Entry<'_>, section: &Section, out: &mut Out) {
    out.line("");
    out.heading(&section.heading);
    let branches = entry.verdict.branches();
    let rank = |block: &Block| match block {
        Block::Item { cases, .. } => branches.iter().position(|(id, _)| cases.iter().any(|case| case == id)),
        _ => None,
    };
    // The branch that applies first, or, where that is open, the most urgent one; then the rest in the page's order.
    for (index, (_, sure)) in branches.iter().enumerate() {
        for block in section.blocks.iter().filter(|block| rank(block) == Some(index)) {
            print(block, if *sure { "▶ " } else { "? " }, out);
        }
    }
    for block in section.blocks.iter().filter(|block| rank(block).is_none()) {
        print(block, "  ", out);
    }
}

fn print(block: &Block, mark: &str, out: &mut Out) {
    match block {
        Block::Text(text) => out.paragraph("  ", &json::plain(text)),
        Block::Code(text) => out.block("      ", text),
        Block::Item { depth, number, text: words, .. } => {
            let bullet = number.map_or("-".to_string(), |number| format!("{number}."));
            let first = format!("{mark}{}{bullet} ", "  ".repeat(*depth));
            out.hanging(&first, &" ".repeat(text::width(&first)), &json::plain(words));
        }
    }
}

fn mail(desk: &Desk, row: &Row, message: &Message, out: &mut Out) {
    let from: Vec<String> = message.from.iter().map(json::address).collect();
    let to: Vec<String> = message.to.iter().map(json::address).collect();
    let shown = [
        ("From", from.join(", ")),
        ("To", to.join(", ")),
        ("Subject", message.subject.clone()),
        ("Date", message.header("Date").unwrap_or_default().to_string()),
        ("Received", row.received.full(&desk.zone)),
    ];
    for (name, value) in shown.iter().filter(|(_, value)| !value.is_empty()) {
        out.put(Style::Faint, &format!("{name}: ")).put(Style::Plain, value).end();
    }
    // What was cut of the text is known once it is decoded.
    let body = message.body();
    for odd in message.all_oddities() {
        out.put(Style::Warn, &format!("({})", odd.sentence())).end();
    }
    out.line("");
    out.block("", &body.text);
    for part in message.parts().iter().filter(|part| part.attachment) {
        let name = part.name.as_deref().unwrap_or("(no name)");
        out.line(&format!("[attachment {}: {name}, {}, {} bytes]", part.number, part.content_type, part.size));
    }
    let odd = |link: &&Link| link.misleading || link.unsubscribes || link.text != link.target;
    for link in body.links.iter().filter(odd) {
        let other = if link.misleading { " (shows another host than it leads to)" } else { "" };
        let never = if link.unsubscribes { " (unsubscribes the whole team: never open)" } else { "" };
        out.line(&format!("[link {}: {}{other}{never}]", link.text, link.target));
    }
}
