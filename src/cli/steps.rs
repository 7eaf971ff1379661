//! The checklist of the case that applies, and texts for bugs.

use super::args::told::{BugText, Step};
use super::out::{Failure, Out, Style};
use super::setup::Desk;
use super::{act, choose, json, reach, show};
use crate::app::effect::Outcome;
use crate::error::{EXIT_OK, Error, ErrorKind};
use crate::runbook::Case;
use crate::runbook::case::BugUse;
use crate::triage::standing::Said;
use crate::triage::texts::{self, BugNote, Task};
use crate::triage::told::Deed;
use crate::triage::{Inbox, Row, permit};
use serde_json::{Value, json};

/// Lists the steps of the case that applies, or ticks one.
///
/// # Errors
/// Where there is no such step, an id names no message, or it cannot be written.
pub fn step(desk: &Desk, args: &Step, out: &mut Out) -> Result<u8, Failure> {
    let inbox = desk.inbox()?;
    let row = choose::one(&inbox, &args.id)?;
    let tasks = tasks(&inbox, row, args.of.as_deref());
    let Some(typed) = &args.step else {
        return list(&inbox, row, &tasks, out);
    };
    let number = typed.parse::<usize>().ok();
    let by_number = || number.and_then(|number| number.checked_sub(1)).and_then(|index| tasks.get(index));
    let begins = |task: &&Task| task.text.to_lowercase().starts_with(&typed.to_lowercase());
    let Some(task) = by_number().or_else(|| tasks.iter().find(begins)) else {
        let message = format!("there is no step `{typed}`: the checklist has {}", tasks.len());
        let hint = format!("type: dutybox step {}, to see it", args.id);
        return Err(Error::new(ErrorKind::No, message).hint(hint).into());
    };
    let step = task.step.clone();
    reach::about(desk, &args.id, if args.undo { Deed::Untick(step) } else { Deed::Tick(step) }, out)
}

/// The case that applies to the incident of a message: that of the message, else that of the one that leads.
fn case<'i>(inbox: &'i Inbox, row: &'i Row) -> Option<(&'i Row, &'i Case)> {
    let lead = || inbox.incident_of(row).and_then(|(_, incident)| inbox.lead(incident));
    let with = |row: &'i Row| Some((row, permit::applying(inbox, row).filter(|case| !case.steps.is_empty())?));
    with(row).or_else(|| with(lead()?))
}

fn tasks(inbox: &Inbox, row: &Row, of: Option<&str>) -> Vec<Task> {
    let all = case(inbox, row).map(|(row, case)| texts::checklist(case, &row.class.labels)).unwrap_or_default();
    all.into_iter().filter(|task| of.is_none_or(|of| task.of.as_deref() == Some(of))).collect()
}

/// Who ticked a task.
pub fn ticked<'s>(state: &'s crate::triage::MessageState, task: &Task) -> Option<&'s Said> {
    state.ticked.iter().find(|(step, _)| *step == task.step).map(|(_, said)| said)
}

fn list(inbox: &Inbox, row: &Row, tasks: &[Task], out: &mut Out) -> Result<u8, Failure> {
    let state = inbox.state(row);
    if out.json {
        let shape = |(index, task): (usize, &Task)| {
            json!({
                "number": index + 1, "case": task.step.case, "of": task.of, "text": task.text, "or": task.or,
                "done": ticked(&state, task).map(json::said),
            })
        };
        let steps: Vec<Value> = tasks.iter().enumerate().map(shape).collect();
        out.document(&json!({"id": inbox.id(row), "steps": steps}))?;
        return Ok(EXIT_OK);
    }
    if tasks.is_empty() {
        out.line("the case that applies has no steps");
    }
    let mut last = None;
    for (index, task) in tasks.iter().enumerate() {
        if task.of != last {
            out.heading(task.of.as_deref().unwrap_or_default());
            last.clone_from(&task.of);
        }
        let mark = if ticked(&state, task).is_some() { "[x]" } else { "[ ]" };
        let or = if task.or { "or: " } else { "" };
        let lead = format!("{mark} {:>2}  ", index + 1);
        out.hanging(&lead, &" ".repeat(lead.len()), &format!("{or}{}", task.text));
    }
    Ok(EXIT_OK)
}

/// Lists the texts for bugs, or prints one and records that it is to be logged.
///
/// # Errors
/// Where there is no such text, an id names no message, or it cannot be written.
pub fn bug_text(desk: &Desk, args: &BugText, out: &mut Out) -> Result<u8, Failure> {
    let looking = args.number.is_none();
    let (inbox, mut world) = if looking { desk.inbox_and_world_to_look()? } else { desk.inbox_and_world("bug-text")? };
    let row = choose::one(&inbox, &args.id)?;
    let incident = inbox.incident_of(row).map(|(_, incident)| incident);
    let speaker = incident.and_then(|incident| inbox.lead(incident)).unwrap_or(row);
    let message = if speaker.odd.is_none() { Some(show::read(&inbox, speaker)?) } else { None };
    let case = inbox.verdict(speaker).case;
    let notes =
        inbox.book(speaker).map(|book| texts::bug_notes(book, case.as_deref(), speaker, incident, message.as_ref()));
    let notes = notes.unwrap_or_default();
    let Some(number) = args.number else {
        return list_notes(&inbox, row, &notes, out);
    };
    let Some(note) = number.checked_sub(1).and_then(|index| notes.get(index)) else {
        let message = format!("there is no text {number}: {} can be printed", notes.len());
        let hint = format!("type: dutybox bug-text {}, to see them", args.id);
        return Err(Error::new(ErrorKind::No, message).hint(hint).into());
    };
    let deed = Deed::BugText { bug: bug(note), text: note.text.clone() };
    let outcome = act::carry_out(&inbox, &mut world, deed, vec![row.key.clone()])?;
    let act = match outcome {
        Outcome::Acted(report) => report.act,
        Outcome::Failed(words) => return Err(Error::new(ErrorKind::Mailbox, words).into()),
        _ => return Ok(EXIT_OK),
    };
    if out.json {
        let mut shape = shape(number, note);
        if let Some(map) = shape.as_object_mut() {
            map.insert("act".into(), act.id.0.into());
        }
        out.document(&json!({"id": inbox.id(row), "texts": [shape]}))?;
        return Ok(EXIT_OK);
    }
    print(note, out);
    out.line("");
    out.line(&format!("log pending (act {}); when it is there, type: dutybox logged {}", act.id.0, act.id.0));
    Ok(EXIT_OK)
}

/// The bug that a text goes into; `None`: a new one.
fn bug(note: &BugNote) -> Option<u32> {
    match note.into {
        BugUse::Comment(bug) => u32::try_from(bug).ok(),
        BugUse::New { .. } => None,
    }
}

fn shape(number: usize, note: &BugNote) -> Value {
    let (summary, blocks) = match &note.into {
        BugUse::Comment(_) => (None, None),
        BugUse::New { summary, blocks } => (Some(summary), *blocks),
    };
    json!({
        "number": number, "into": note.words(), "bug": bug(note), "summary": summary, "blocks": blocks,
        "text": note.text, "act": null,
    })
}

fn list_notes(inbox: &Inbox, row: &Row, notes: &[BugNote], out: &mut Out) -> Result<u8, Failure> {
    if out.json {
        let texts: Vec<Value> = notes.iter().enumerate().map(|(index, note)| shape(index + 1, note)).collect();
        out.document(&json!({"id": inbox.id(row), "texts": texts}))?;
        return Ok(EXIT_OK);
    }
    if notes.is_empty() {
        out.line("the runbook has no text for a bug");
    }
    for (index, note) in notes.iter().enumerate() {
        out.put(Style::Strong, &format!("{:>2}  {}", index + 1, note.words())).end();
        let first = note.text.lines().next().unwrap_or_default();
        out.put(Style::Faint, &format!("    {first}")).end();
    }
    for text in inbox.state(row).bug_texts.iter().filter(|text| text.logged.is_none()) {
        let bug = text.bug.map_or("a new bug".to_owned(), |bug| format!("bug {bug}"));
        let number = text.said.act.0;
        out.line(&format!("log pending for {bug} (act {number}); when it is there, type: dutybox logged {number}"));
    }
    Ok(EXIT_OK)
}

fn print(note: &BugNote, out: &mut Out) {
    out.heading(&note.words());
    if let BugUse::New { summary, .. } = &note.into {
        out.line(&format!("Summary: {summary}"));
    }
    out.line("");
    out.block("", &note.text);
}
