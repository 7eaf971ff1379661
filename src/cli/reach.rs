//! People who are reached, what they answered, how severe it is, and when it ended: what is told about an incident.

use super::args::told::{Answered, Logged, Page, Resolve, Severity};
use super::out::{self, Failure, Out};
use super::setup::Desk;
use super::{act, choose, journal};
use crate::app::effect::Outcome;
use crate::error::{EXIT_OK, Error, ErrorKind};
use crate::runbook::Verb;
use crate::triage::told::{ActId, Deed};
use crate::triage::when::Toward;
use crate::triage::{Inbox, MailKey, Row, permit, texts};
use serde_json::json;

/// Prints what to say to people, and records that they were reached.
///
/// # Errors
/// Where nobody is named, an id names no message, or it cannot be written.
pub fn page(desk: &Desk, args: &Page, out: &mut Out) -> Result<u8, Failure> {
    let verb = args.verb.verb();
    let (mut inbox, mut world) =
        if args.dry_run { desk.inbox_and_world_to_look()? } else { desk.inbox_and_world(verb.word())? };
    let row = choose::one(&inbox, &args.id)?;
    let keys = vec![row.key.clone()];
    let who = if args.who.is_empty() { named(&inbox, row, verb) } else { args.who.clone() };
    if who.is_empty() {
        let message = format!("the runbook names nobody to {}", verb.word());
        return Err(Error::new(ErrorKind::Usage, message).hint("type whom: --who NAME").into());
    }
    let text = args.text.clone().unwrap_or_else(|| texts::message_to_people(&inbox, row));
    let warnings = permit::warnings(&inbox, &keys, &who, &desk.zone);
    warnings.iter().for_each(|warning| out::say(warning));
    // At another time than now nobody is paged.
    let hook = desk
        .config
        .page
        .as_ref()
        .filter(|_| verb == Verb::Page && desk.as_of.is_none())
        .map(|command| command.join(" "));
    let mut document = json!({"verb": verb.word(), "who": who, "text": text, "warnings": warnings});
    if !out.json {
        out.line(&format!("{} {}", verb.word(), who.join(", ")));
        out.line("");
        out.block("  ", &text);
        out.line("");
    }
    if args.dry_run {
        if out.json {
            insert(&mut document, "act", serde_json::Value::Null);
            out.document(&document)?;
        } else {
            let command = hook.map(|command| format!("; {command} would be run")).unwrap_or_default();
            out.line(&format!("nothing is recorded{command}"));
        }
        return Ok(EXIT_OK);
    }
    let deed = Deed::Reach { verb, who, text, hook: None };
    let outcome = act::carry_out(&inbox, &mut world, deed, keys)?;
    match outcome {
        Outcome::Acted(report) if out.json => {
            insert(&mut document, "act", journal::shape(&report.act));
            out.document(&document)?;
            Ok(EXIT_OK)
        }
        outcome => act::report(&mut inbox, outcome, ErrorKind::Mailbox, out),
    }
}

fn insert(document: &mut serde_json::Value, name: &str, value: serde_json::Value) {
    if let Some(map) = document.as_object_mut() {
        map.insert(name.into(), value);
    }
}

/// Whom the runbook wants to be reached so: as the verdict says, else as the runbook's list says.
fn named(inbox: &Inbox, row: &Row, verb: Verb) -> Vec<String> {
    let lead = inbox.incident_of(row).and_then(|(_, incident)| inbox.lead(incident)).unwrap_or(row);
    let of = |people: &[(Verb, Vec<String>)]| -> Vec<String> {
        people.iter().filter(|(how, _)| *how == verb).flat_map(|(_, who)| who.clone()).collect()
    };
    let asked = of(&inbox.verdict(lead).people);
    if asked.is_empty() { inbox.book(lead).map(|book| of(&book.people)).unwrap_or_default() } else { asked }
}

/// Records what somebody answered.
///
/// # Errors
/// Where the act reached nobody, or it cannot be written.
pub fn answered(desk: &Desk, args: &Answered, out: &mut Out) -> Result<u8, Failure> {
    about_act(desk, args.act, Deed::Answered { of: ActId(args.act), text: args.text.trim().to_owned() }, out)
}

/// Records that a text was put into its bug.
///
/// # Errors
/// Where the act printed no such text, or it cannot be written.
pub fn logged(desk: &Desk, args: &Logged, out: &mut Out) -> Result<u8, Failure> {
    about_act(desk, args.act, Deed::Logged { of: ActId(args.act) }, out)
}

/// Carries out a deed about the messages of an earlier act.
fn about_act(desk: &Desk, number: i64, deed: Deed, out: &mut Out) -> Result<u8, Failure> {
    let (mut inbox, mut world) = desk.inbox_and_world(deed.word())?;
    let Some(act) = inbox.told.act(ActId(number)) else {
        return Err(Error::new(ErrorKind::No, format!("there is no act {number}"))
            .hint("type: dutybox journal, the numbers stand in its first column")
            .into());
    };
    let lies = |row: &&Row| {
        act.targets.iter().any(|target| {
            let folder = inbox.folder(row.key.folder);
            let here = target.base == row.key.base && folder.is_some_and(|at| at.path_text() == target.folder.as_str());
            here || row.digest == target.digest
        })
    };
    let keys: Vec<MailKey> = inbox.rows().iter().filter(lies).map(|row| row.key.clone()).collect();
    let outcome = act::carry_out(&inbox, &mut world, deed, keys)?;
    act::report(&mut inbox, outcome, ErrorKind::Mailbox, out)
}

/// Records how severe it is.
///
/// # Errors
/// An id that names no message, a journal that cannot be written.
pub fn severity(desk: &Desk, args: &Severity, out: &mut Out) -> Result<u8, Failure> {
    about(desk, &args.id, Deed::Severity { call: args.call.call() }, out)
}

/// Records when the problem ended.
///
/// # Errors
/// A time in the future, an id that names no message, a journal that cannot be written.
pub fn resolve(desk: &Desk, args: &Resolve, out: &mut Out) -> Result<u8, Failure> {
    let at = args.at.as_ref().map(|moment| moment.read(desk.now, &desk.zone, Toward::Past)).transpose()?;
    about(desk, &args.id, Deed::Resolve { at: at.unwrap_or(desk.now) }, out)
}

/// Carries out a deed about one message, for its whole incident.
pub fn about(desk: &Desk, id: &str, deed: Deed, out: &mut Out) -> Result<u8, Failure> {
    let (mut inbox, mut world) = desk.inbox_and_world(deed.word())?;
    let key = choose::one(&inbox, id)?.key.clone();
    let outcome = act::carry_out(&inbox, &mut world, deed, vec![key])?;
    act::report(&mut inbox, outcome, ErrorKind::Mailbox, out)
}
