//! The operator's acts from the command line: mark, ignore, done, trash, note and their opposites; undo, redo, journal.

use super::args::{Chosen, Journal};
use super::out::{self, Failure, Out, Style};
use super::setup::Desk;
use super::{choose, json};
use crate::app::effect::{ActReport, Effect, Outcome, Request};
use crate::error::{EXIT_IO, EXIT_NO, EXIT_OK, Error, ErrorKind};
use crate::triage::Inbox;
use crate::triage::told::{ActId, Deed};
use serde_json::json;

/// Carries out a deed on the chosen messages.
///
/// # Errors
/// An id that names no message, a query that is wrong, a mailbox or journal that cannot be read or written.
pub fn act(desk: &Desk, deed: Deed, chosen: &Chosen, out: &mut Out) -> Result<u8, Failure> {
    let command = deed.word();
    let (mut inbox, mut world) = desk.inbox_and_world(command)?;
    let keys = choose::keys(&inbox, chosen, desk.now)?;
    if keys.is_empty() {
        if out.json {
            out.document(&json!({"act": null, "messages": 0, "failed": []}))?;
        } else {
            out.line(&format!("{command}: no message is chosen"));
        }
        return Ok(EXIT_OK);
    }
    let outcome = world.perform(Effect::Act(Request::of(&inbox, deed, keys)));
    report(&mut inbox, outcome, ErrorKind::Mailbox, out)
}

/// Takes back the last act, or the one of that number.
///
/// # Errors
/// Nothing to take back, a mailbox or journal that cannot be read or written.
pub fn undo(desk: &Desk, number: Option<i64>, out: &mut Out) -> Result<u8, Failure> {
    let (mut inbox, mut world) = desk.inbox_and_world("undo")?;
    let outcome = world.perform(Effect::Undo(number.map(ActId)));
    report(&mut inbox, outcome, ErrorKind::No, out)
}

/// Does the last undone act again.
///
/// # Errors
/// Nothing to do again, a mailbox or journal that cannot be read or written.
pub fn redo(desk: &Desk, out: &mut Out) -> Result<u8, Failure> {
    let (mut inbox, mut world) = desk.inbox_and_world("redo")?;
    let outcome = world.perform(Effect::Redo);
    report(&mut inbox, outcome, ErrorKind::No, out)
}

/// Prints what came of an act.
///
/// # Errors
/// Where nothing came of it: `refused` is the kind of failure then.
pub fn report(inbox: &mut Inbox, outcome: Outcome, refused: ErrorKind, out: &mut Out) -> Result<u8, Failure> {
    match outcome {
        Outcome::Acted(report) => acted(inbox, &report, out),
        Outcome::Failed(words) => Err(Error::new(refused, words).into()),
        _ => Ok(EXIT_OK),
    }
}

/// Prints the report of an act; exit 3 where a message could not be changed, 1 where it is gone.
///
/// # Errors
/// Where it cannot be printed.
pub fn acted(inbox: &mut Inbox, report: &ActReport, out: &mut Out) -> Result<u8, Failure> {
    let failed = report.act.targets.iter().filter(|target| target.failed.is_some()).count();
    let done = report.act.targets.len() - failed;
    let word = match &report.act.deed {
        Deed::Undo(of) => format!("undo of act {}", of.0),
        Deed::Redo(of) => format!("redo of act {}", of.0),
        deed => deed.word().to_string(),
    };
    if out.json {
        out.document(&json!({
            "act": json::act(&report.act),
            "messages": done,
            "failed": report.failed,
        }))?;
    } else {
        let messages = if done == 1 { "1 message" } else { &format!("{done} messages") };
        let number = report.act.id.0;
        let undo = if report.act.deed.undoable() && done > 0 {
            format!("; dutybox undo {number} takes it back")
        } else {
            String::new()
        };
        out.line(&format!("{word}: {messages} (act {number}{undo})"));
    }
    report.failed.iter().for_each(|line| out::say(line));
    for key in &report.gone {
        let name = inbox.get(key).map(|row| inbox.id(row)).unwrap_or_default();
        out::say(&format!("{name}: moved or deleted by another program"));
    }
    Ok(match (report.failed.is_empty(), report.gone.is_empty()) {
        (true, true) => EXIT_OK,
        (true, false) => EXIT_NO,
        (false, _) if report.failed.len() == report.gone.len() => EXIT_NO,
        (false, _) => EXIT_IO,
    })
}

/// Lists acts, newest first.
///
/// # Errors
/// A journal that cannot be read.
pub fn journal(desk: &Desk, args: &Journal, out: &mut Out) -> Result<u8, Failure> {
    let state = crate::io::state::State::open_read_only(&desk.options.state_dir)?;
    let acts: Vec<_> = state.acts()?.into_iter().filter(|act| desk.as_of.is_none_or(|as_of| act.at <= as_of)).collect();
    let shown = acts.iter().rev().take(args.limit);
    if out.json {
        out.document(&json!({"acts": shown.map(json::act).collect::<Vec<_>>()}))?;
        return Ok(EXIT_OK);
    }
    for act in shown {
        let count = act.targets.len();
        let first = act.targets.first().map(|target| crate::mail::name::shown(&target.base)).unwrap_or_default();
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        let text = match &act.deed {
            Deed::Ignore { reason, .. } if !reason.is_empty() => format!(": {reason}"),
            Deed::Note { text } => format!(": {text}"),
            Deed::Forward { to, .. } | Deed::Reply { to, .. } => format!(" to {}", to.join(", ")),
            Deed::Undo(of) | Deed::Redo(of) => format!(" of act {}", of.0),
            _ => String::new(),
        };
        let when = act.at.full(&desk.zone);
        let (number, by, word) = (act.id.0, &act.by, act.deed.word());
        out.put(Style::Strong, &format!("{number:>5}")).put(Style::Plain, &format!("  {when}  {by}  {word}{text}  "));
        out.put(Style::Faint, &format!("{first}{more}")).end();
    }
    Ok(EXIT_OK)
}
