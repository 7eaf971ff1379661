//! Carries out what the operator does and tells, as one act: refused where it is forbidden or makes no sense, reported as it
//! came out; undo and redo.

use super::args::Chosen;
use super::out::{self, Failure, Out};
use super::setup::Desk;
use super::{choose, journal};
use crate::app::effect::{ActReport, Effect, Outcome, Request};
use crate::error::{EXIT_IO, EXIT_NO, EXIT_OK, Error, ErrorKind};
use crate::io::world::World;
use crate::mail::text;
use crate::runbook::case::Requirement;
use crate::triage::permit::{self, Cause, Refusal};
use crate::triage::told::{ActId, Deed, Scope};
use crate::triage::{Inbox, MailKey, Row};
use serde_json::json;

/// Carries out a deed on the chosen messages.
///
/// # Errors
/// An id that names no message, a query that is wrong, a mailbox or journal that cannot be read or written.
pub fn act(desk: &Desk, deed: Deed, chosen: &Chosen, out: &mut Out) -> Result<u8, Failure> {
    chosen_act(desk, deed.word(), |_, _| Ok(deed), chosen, out)
}

/// Brings messages back from the trash.
///
/// # Errors
/// As with [`act`]; messages of which some have the flag and some were moved.
pub fn untrash(desk: &Desk, chosen: &Chosen, out: &mut Out) -> Result<u8, Failure> {
    chosen_act(desk, Deed::Untrash.word(), permit::untrash, chosen, out)
}

/// Carries out what is to be done with the chosen messages.
fn chosen_act(
    desk: &Desk,
    command: &str,
    deed: impl FnOnce(&Inbox, &[MailKey]) -> Result<Deed, Refusal>,
    chosen: &Chosen,
    out: &mut Out,
) -> Result<u8, Failure> {
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
    let deed =
        deed(&inbox, &keys).map_err(|refusal| Error::new(ErrorKind::Usage, refusal.words).hint(refusal.instead))?;
    let outcome = carry_out(&inbox, &mut world, deed, keys)?;
    report(&mut inbox, outcome, ErrorKind::Mailbox, out)
}

/// Carries out an act about no message.
///
/// # Errors
/// Where it is refused, or cannot be written.
pub fn at_large(desk: &Desk, deed: Deed, out: &mut Out) -> Result<u8, Failure> {
    let (mut inbox, mut world) = desk.inbox_and_world(deed.word())?;
    let outcome = carry_out(&inbox, &mut world, deed, Vec::new())?;
    report(&mut inbox, outcome, ErrorKind::State, out)
}

/// Asks the world for a deed, where it is not refused.
///
/// # Errors
/// Where it is refused: why, and what to do instead.
pub fn carry_out(inbox: &Inbox, world: &mut World, deed: Deed, keys: Vec<MailKey>) -> Result<Outcome, Failure> {
    if let Some(refusal) = permit::refusal(inbox, &deed, &keys) {
        let kind = match refusal.cause {
            Cause::NeverIgnore | Cause::Requires(_) | Cause::Nothing => ErrorKind::No,
            _ => ErrorKind::Usage,
        };
        let hint = match (&refusal.cause, keys.first().and_then(|key| inbox.get(key))) {
            (Cause::Requires(missing), Some(row)) => missing_words(inbox, row, missing),
            _ => refusal.instead,
        };
        return Err(Error::new(kind, refusal.words).hint(hint).into());
    }
    Ok(world.perform(Effect::Act(Request::of(inbox, deed, keys))))
}

/// What to type so that something can be done.
fn missing_words(inbox: &Inbox, row: &Row, missing: &[Requirement]) -> String {
    let id = inbox.id(row);
    let verb = permit::telling(inbox, row).word();
    let command = |requirement: &Requirement| match requirement {
        Requirement::Told => format!("dutybox page {id} --verb {verb} --who NAME"),
        Requirement::Severity => format!("dutybox severity {id} act"),
        Requirement::ClaimOrNote => format!("dutybox claim {id}, or dutybox note {id} --text TEXT"),
        Requirement::Handled => format!("dutybox note {id} --text TEXT"),
    };
    format!("type first: {}", missing.iter().map(command).collect::<Vec<_>>().join("; "))
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
            "act": journal::shape(&report.act),
            "messages": done,
            "failed": report.failed,
        }))?;
    } else {
        let messages = text::counted(done, "message");
        let whole = if *report.act.deed.scope() == Scope::Incident { ", for its whole incident" } else { "" };
        let number = report.act.id.0;
        let large = !report.act.deed.about_messages();
        let undo = if report.act.deed.undoable() && (done > 0 || large) {
            format!("; dutybox undo {number} takes it back")
        } else {
            String::new()
        };
        if large && done == 0 {
            out.line(&format!("{word}: recorded (act {number}{undo})"));
        } else {
            out.line(&format!("{word}: {messages}{whole} (act {number}{undo})"));
        }
    }
    if let (Deed::Reach { hook: Some(answer), .. }, false) = (&report.act.deed, out.json) {
        out.line(&format!("the page command: {answer}"));
    }
    report.failed.iter().for_each(|line| out::say(line));
    // What was moved is not gone.
    for key in report.gone.iter().filter(|_| report.lost() > 0) {
        let name = inbox.get(key).map(|row| inbox.id(row)).unwrap_or_default();
        out::say(&format!("{name}: moved or deleted by another program"));
    }
    Ok(match (report.failed.is_empty(), report.lost() == 0) {
        (true, true) => EXIT_OK,
        (true, false) => EXIT_NO,
        (false, _) if report.failed.len() == report.lost() => EXIT_NO,
        (false, _) => EXIT_IO,
    })
}
