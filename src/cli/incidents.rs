//! `dutybox incidents`: messages of one category that belong together, one line each.

use super::args::Filtered;
use super::list::{WIDEST, call_style, timer, unread};
use super::out::{Failure, Out, Style};
use super::setup::Desk;
use super::{choose, json};
use crate::mail::{Flags, Time};
use crate::runbook::case::{Temporal, span_words};
use crate::triage::inbox::UNDOCUMENTED;
use crate::triage::standing::{MessageState, Said};
use crate::triage::verdicts::{Incident, Need};
use crate::triage::{ActId, Inbox, Reason, Row, Standing, Verdict};
use serde_json::{Map, Value, json};

/// Lists incidents that hold a message that the query selects, newest mail first.
///
/// # Errors
/// A query that is wrong, a mailbox that cannot be read.
pub fn incidents(desk: &Desk, args: &Filtered, out: &mut Out) -> Result<u8, Failure> {
    let (query, inbox) = choose::answered(&args.query.join(" "), desk)?;
    let chosen = |incident: &&Incident| inbox.members(incident).any(|(row, _)| query.matches(&inbox, row, desk.now));
    let limit = args.limit.unwrap_or(usize::MAX);
    let found: Vec<&Incident> =
        inbox.incidents().map(|(_, incident)| incident).filter(|incident| chosen(incident)).take(limit).collect();
    if out.json {
        let mut document = json::head(&inbox, desk.now);
        let (needs_you, past) = inbox.need_you();
        document.insert("needs_you".into(), needs_you.into());
        document.insert("past".into(), past.into());
        let shapes: Vec<Value> = found.iter().map(|incident| shape(&inbox, incident)).collect();
        document.insert("incidents".into(), shapes.into());
        out.document(&document)?;
        return Ok(unread(&inbox));
    }
    out.table(&found.iter().map(|incident| line(desk, &inbox, incident)).collect::<Vec<_>>(), 6, WIDEST);
    Ok(unread(&inbox))
}

/// The id of the category of an incident.
fn category<'i>(inbox: &'i Inbox, incident: &Incident) -> &'i str {
    incident.book.and_then(|book| inbox.books.get(book)).map_or(UNDOCUMENTED, |book| book.id.as_str())
}

/// The cells of an incident: six columns, then what has no end of its own.
fn line(desk: &Desk, inbox: &Inbox, incident: &Incident) -> Vec<(Style, String)> {
    let labels: Vec<String> = inbox
        .labels(incident)
        .into_iter()
        .map(|(name, value)| value.unwrap_or_else(|| format!("{name} unknown")))
        .collect();
    let (first, last) = (incident.first.short(desk.now, &desk.zone), incident.last.short(desk.now, &desk.zone));
    let span = if incident.count > 1 { format!("{first}–{last}") } else { last };
    let rhythm = incident.rhythm.filter(|_| incident.count > 2);
    // An average: its seconds say nothing where it is long.
    let round = |every: i64| if every < 3600 { every } else { (every + 30) / 60 * 60 };
    let rhythm = rhythm.map(|every| format!("  every {}", span_words(round(every)))).unwrap_or_default();
    let marks = marks(inbox, incident);
    vec![
        (Style::Faint, inbox.incident_id(incident)),
        (call_style(incident.call), incident.call.word().to_owned()),
        (Style::Plain, format!("×{}", incident.count)),
        (Style::Plain, span),
        (Style::Warn, timer(desk, incident.deadline, incident.due, incident.until)),
        (Style::Plain, category(inbox, incident).to_owned()),
        (Style::Strong, inbox.headline(incident)),
        (Style::Faint, if marks.is_empty() { String::new() } else { format!("  [{}]", marks.join(", ")) }),
        // Last what the headline mostly says already: a terminal cuts it off first.
        (Style::Plain, rhythm),
        (Style::Faint, if labels.is_empty() { String::new() } else { format!("  {}", labels.join(" ")) }),
    ]
}

/// The verdict of each message of an incident.
fn verdicts<'i>(inbox: &'i Inbox, incident: &'i Incident) -> Vec<(&'i Row, Verdict)> {
    let rows: Vec<&Row> = inbox.members(incident).map(|(row, _)| row).collect();
    let verdicts = inbox.verdicts(&rows);
    rows.into_iter().zip(verdicts).collect()
}

/// What people must know about an incident beside its call, in a word each.
fn marks(inbox: &Inbox, incident: &Incident) -> Vec<String> {
    let state = told(inbox, incident);
    let verdicts = verdicts(inbox, incident);
    let mut marks = Vec::new();
    for (word, there) in [
        ("ignored", state.ignored.is_some()),
        ("done", state.done.is_some()),
        ("snoozed", state.snoozed.is_some()),
        ("resolved", incident.resolved.is_some()),
        ("closed", closed(inbox, incident, &verdicts).is_some()),
        ("past", inbox.need(incident) == Need::Past),
    ] {
        marks.extend(there.then(|| word.to_owned()));
    }
    marks.extend(state.claimed.map(|said| format!("claimed by {}", said.by)));
    for reached in state.reached {
        marks.push(format!("{} {}", reached.verb.past(), reached.who.join(", ")));
    }
    marks
}

/// An incident for `--json`.
pub fn shape(inbox: &Inbox, incident: &Incident) -> Value {
    let members: Vec<(&Row, Standing)> = inbox.members(incident).collect();
    let mut labels = Map::new();
    for (name, value) in inbox.labels(incident) {
        labels.insert(name, value.into());
    }
    let lead = inbox.lead(incident);
    let verdicts = verdicts(inbox, incident);
    let verdict =
        verdicts.iter().find(|(row, _)| lead.is_some_and(|lead| lead.key == row.key)).map(|(_, verdict)| verdict);
    // What a member may become matters where it is more than the incident is already.
    let mut may_become: Vec<Value> = Vec::new();
    for may in verdicts.iter().flat_map(|(_, verdict)| &verdict.may_become) {
        let shown = json::may_become(may);
        if may.call > incident.call && !may_become.contains(&shown) {
            may_become.push(shown);
        }
    }
    let open = members.iter().filter(|(_, standing)| !standing.handled()).count();
    let need = inbox.need(incident);
    let there = incident.count.saturating_sub(incident.gone);
    let marked = members.iter().any(|(row, _)| row.flags().has(Flags::FLAGGED));
    json!({
        "id": inbox.incident_id(incident),
        "category": category(inbox, incident),
        "labels": labels,
        "call": incident.call.word(),
        "case": incident.case_id(&inbox.books),
        "headline": verdict.map_or("", |verdict| &verdict.headline),
        "known": incident.known,
        "until": json::time(incident.until),
        "due": json::time(incident.due),
        "deadline": json::time(incident.deadline),
        "may_become": may_become,
        "because": verdict.map(|verdict| json::because(inbox, verdict)).unwrap_or_default(),
        "people": verdict.map(|verdict| json::people(&verdict.people)).unwrap_or_default(),
        "count": incident.count,
        "gone": incident.gone,
        "copies": members.len().saturating_sub(there),
        "open": open,
        "first": incident.first.rfc3339(),
        "last": incident.last.rfc3339(),
        "rhythm": incident.rhythm,
        "resolved": json::time(incident.resolved),
        "closed": json::time(closed(inbox, incident, &verdicts)),
        "needs_you": need == Need::You,
        "past": need == Need::Past,
        "state": json::state(&told(inbox, incident), marked),
        "lead": lead.map(|row| inbox.id(row)),
        "members": members.iter().map(|(row, _)| inbox.id(row)).collect::<Vec<_>>(),
    })
}

/// When a later mail closed the problem (R21): the time of that mail, where a member's case says so.
fn closed(inbox: &Inbox, incident: &Incident, verdicts: &[(&Row, Verdict)]) -> Option<Time> {
    let book = incident.book.and_then(|book| inbox.books.get(book))?;
    let closing = |(row, verdict): &(&Row, Verdict)| {
        let case = verdict.case.as_deref().and_then(|case| book.case(case))?;
        let closes = case.tests.iter().any(|test| matches!(test, Temporal::ClosedBy(_)));
        let other = |reason: &&Reason| reason.key.as_ref().is_some_and(|key| *key != row.key);
        verdict.because.iter().filter(|_| closes).filter(other).filter_map(|reason| reason.at).max()
    };
    verdicts.iter().filter_map(closing).max()
}

/// What the operator told us about an incident: what hides it, and who works on it, only where that is so for all of its
/// messages; the rest where it is about any of them.
pub fn told(inbox: &Inbox, incident: &Incident) -> MessageState {
    let states: Vec<MessageState> = inbox.members(incident).map(|(row, _)| inbox.state(row)).collect();
    let all = |pick: &dyn Fn(&MessageState) -> Option<Said>| {
        let said: Vec<Option<Said>> = states.iter().map(pick).collect();
        if said.iter().any(Option::is_none) { None } else { said.into_iter().flatten().max_by_key(|said| said.act) }
    };
    let mut told = MessageState {
        ignored: all(&|state| state.ignored.clone()),
        done: all(&|state| state.done.clone()),
        snoozed: all(&|state| state.snoozed.clone()),
        trashed: all(&|state| state.trashed.clone()),
        claimed: all(&|state| state.claimed.clone()),
        resolved: states.iter().filter_map(|state| state.resolved.clone()).max_by_key(|(_, said)| said.act),
        severity: states.iter().filter_map(|state| state.severity.clone()).max_by_key(|(_, said)| said.act),
        ..MessageState::default()
    };
    for state in states {
        add(&mut told.over, state.over, |(_, said)| said.act);
        add(&mut told.notes, state.notes, |said| said.act);
        add(&mut told.forwarded, state.forwarded, |said| said.act);
        add(&mut told.replied, state.replied, |said| said.act);
        add(&mut told.reached, state.reached, |reached| reached.said.act);
        add(&mut told.ticked, state.ticked, |(_, said)| said.act);
        add(&mut told.bug_texts, state.bug_texts, |text| text.said.act);
    }
    told
}

/// Adds what is not there yet, each act once, in the order of the acts.
fn add<T>(all: &mut Vec<T>, more: Vec<T>, act: impl Fn(&T) -> ActId) {
    for one in more {
        if !all.iter().any(|known| act(known) == act(&one)) {
            all.push(one);
        }
    }
    all.sort_by_key(|one| act(one));
}
