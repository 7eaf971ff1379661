//! `dutybox replay`: every change of a verdict between two times, in order, and why it changed.

use super::args::Replay as Args;
use super::list::{call_style, unread};
use super::out::{Failure, Out, Style};
use super::setup::Desk;
use super::{choose, journal, json};
use crate::error::{Error, ErrorKind};
use crate::mail::text;
use crate::triage::Inbox;
use crate::triage::replay::{Cause, Judged, Replay, Turn};
use crate::triage::when::Toward;
use serde_json::{Value, json};

/// Prints every change.
///
/// # Errors
/// Times that are none or stand in the wrong order, a query that is wrong, a mailbox that cannot be read.
pub fn replay(desk: &Desk, args: &Args, out: &mut Out) -> Result<u8, Failure> {
    let query = choose::query(&args.query.join(" "))?;
    let to = args.to.as_ref().map(|moment| moment.read(desk.now, &desk.zone, Toward::Past)).transpose()?;
    let to = to.unwrap_or(desk.now);
    let from = args.from.read(desk.now, &desk.zone, Toward::Past)?;
    if from > to {
        let message = format!("--from {} lies after --to {}", from.full(&desk.zone), to.full(&desk.zone));
        return Err(Error::new(ErrorKind::Usage, message).hint("type an earlier --from").into());
    }
    let mut replay = Replay::start(desk.inbox_at(from)?, from);
    let mut shapes: Vec<Value> = Vec::new();
    while let Some(turns) = replay.step(to) {
        let inbox = replay.inbox();
        for turn in &turns {
            let Some(row) = inbox.get(&turn.key).filter(|row| query.matches(inbox, row, turn.at)) else { continue };
            if out.json {
                shapes.push(shape(inbox, turn, inbox.category(row)));
            } else {
                line(desk, inbox, turn, out);
            }
        }
    }
    let inbox = replay.inbox();
    if out.json {
        let mut document = json::head(inbox, to);
        document.insert("from".into(), from.rfc3339().into());
        document.insert("changes".into(), shapes.into());
        out.document(&document)?;
    }
    Ok(unread(inbox))
}

fn line(desk: &Desk, inbox: &Inbox, turn: &Turn, out: &mut Out) {
    let words = |judged: &Judged| {
        let unknown = if judged.known { "" } else { "?" };
        let case = judged.case.as_deref().unwrap_or("-");
        format!("{}{unknown} {case}", judged.call.word())
    };
    let old = turn.old.as_ref().map_or("new".to_owned(), words);
    let why: Vec<String> = turn.why.iter().map(|cause| cause_words(desk, inbox, cause)).collect();
    let pieces = [
        (Style::Plain, format!("{}  ", turn.at.full(&desk.zone))),
        (Style::Faint, format!("{}  ", json::id_of(inbox, &turn.key))),
        (Style::Plain, format!("{old} → ")),
        (call_style(turn.new.call), words(&turn.new)),
        (Style::Plain, "  ".to_owned()),
        (Style::Strong, turn.headline.clone()),
        (Style::Faint, format!("  ({})", why.join("; "))),
    ];
    for (style, piece) in &pieces {
        out.put(*style, &text::clean(piece));
    }
    out.end();
}

fn cause_words(desk: &Desk, inbox: &Inbox, cause: &Cause) -> String {
    match cause {
        Cause::Received => "received".to_owned(),
        Cause::Arrival(key) => {
            let subject = inbox.get(key).map(|row| &*row.subject).unwrap_or_default();
            format!("arrival of {}: {subject}", json::id_of(inbox, key))
        }
        Cause::Fresh(key) => format!("arrival of {}: the mailbox is known for longer", json::id_of(inbox, key)),
        Cause::Told(id) => match inbox.told.act(*id) {
            Some(act) => format!("{}: {}{}", act.by, act.deed.word(), journal::words(&act.deed, &desk.zone)),
            None => format!("act {}", id.0),
        },
        Cause::Time => "time passed".to_owned(),
    }
}

fn shape(inbox: &Inbox, turn: &Turn, category: &str) -> Value {
    let judged = |judged: &Judged| json!({"call": judged.call.word(), "case": judged.case, "known": judged.known});
    let cause = |cause: &Cause| {
        let id = |key| Some(json::id_of(inbox, key));
        let (kind, id, act) = match cause {
            Cause::Received => ("received", None, None),
            Cause::Arrival(key) => ("arrival", id(key), None),
            Cause::Fresh(key) => ("fresh", id(key), None),
            Cause::Told(act) => ("told", None, Some(act.0)),
            Cause::Time => ("time", None, None),
        };
        json!({"kind": kind, "id": id, "act": act})
    };
    json!({
        "at": turn.at.rfc3339(),
        "id": json::id_of(inbox, &turn.key),
        "category": category,
        "old": turn.old.as_ref().map(judged),
        "new": judged(&turn.new),
        "headline": turn.headline,
        "why": turn.why.iter().map(cause).collect::<Vec<_>>(),
    })
}
