//! The shapes of `--json`: stable field names, as in `examples/schema/`. Field order is part of no promise.

use crate::mail::{Address, Flags, Time, name};
use crate::runbook::file::{Block, Inline, RunbookLink};
use crate::runbook::filter::{Span, Trace};
use crate::runbook::{Runbook, Verb};
use crate::triage::Inbox;
use crate::triage::explain::{CaseJudged, Explanation, Part};
use crate::triage::inbox::{CategorySummary, Entry};
use crate::triage::row::MailKey;
use crate::triage::standing::{BugText, MessageState, Reached, Said};
use crate::triage::verdict::{MayBecome, Reason, Verdict};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// What every document about the mailbox begins with.
pub fn head(inbox: &Inbox, now: Time) -> Map<String, Value> {
    let errors: Vec<Value> =
        errors(inbox).into_iter().map(|(place, text)| json!({"where": place, "text": text})).collect();
    let mut head = Map::new();
    head.insert("as_of".into(), now.rfc3339().into());
    head.insert("fresh_until".into(), time(inbox.fresh_until()));
    head.insert("errors".into(), errors.into());
    head
}

/// What cannot be read: which folder, or the journal, and why.
pub fn errors(inbox: &Inbox) -> Vec<(String, String)> {
    let mut errors: Vec<(String, String)> = inbox
        .errors()
        .into_iter()
        .map(|(id, words)| {
            let place = inbox.folder(id).map(|folder| folder.path.display().to_string());
            (place.unwrap_or_default(), words.to_string())
        })
        .collect();
    errors.sort();
    errors.extend(inbox.troubles.iter().map(|words| ("journal".to_owned(), words.clone())));
    errors
}

/// A time, or `null`.
pub fn time(time: Option<Time>) -> Value {
    time.map_or(Value::Null, |time| time.rfc3339().into())
}

/// `Name <address>`, or what there is of it.
pub fn address(address: &Address) -> String {
    match (address.name.as_str(), address.addr.as_str()) {
        ("", addr) => addr.to_string(),
        (name, "") => name.to_string(),
        (name, addr) => format!("{name} <{addr}>"),
    }
}

/// How many messages are copies of each (R5): same content and same Message-ID; without an id, received within 2 min.
pub fn copies(inbox: &Inbox) -> HashMap<MailKey, usize> {
    let mut groups: HashMap<_, Vec<_>> = HashMap::new();
    for row in inbox.rows().iter().filter(|row| row.odd.is_none()) {
        groups.entry((row.digest, row.message_id.as_deref())).or_default().push(row);
    }
    let mut copies = HashMap::new();
    for ((_, id), mut rows) in groups {
        rows.sort_by_key(|row| row.received);
        let mut start = 0;
        while let Some(first) = rows.get(start) {
            let together = rows.iter().skip(start);
            let count = match id {
                Some(_) => rows.len() - start,
                None => together.take_while(|row| row.received.0 - first.received.0 <= 120).count(),
            };
            for row in rows.iter().skip(start).take(count) {
                copies.insert(row.key.clone(), count);
            }
            start += count.max(1);
        }
    }
    copies
}

/// A message as design.md section 7 has it.
pub fn message(inbox: &Inbox, entry: &Entry<'_>, copies: &HashMap<MailKey, usize>) -> Value {
    let row = entry.row;
    let id = inbox.id(row);
    let also: Vec<&str> =
        row.class.also.iter().filter_map(|hit| Some(inbox.books.get(hit.book)?.id.as_str())).collect();
    let mut labels = Map::new();
    for label in row.class.labels.iter() {
        match labels.get_mut(label.name.as_str()) {
            None => {
                labels.insert(label.name.to_string(), label.value.clone().into());
            }
            Some(Value::Array(values)) => values.push(label.value.clone().into()),
            Some(value) => *value = json!([value.take(), label.value]),
        }
    }
    let mut errors: Vec<String> = row.odd.iter().map(|odd| odd.words()).collect();
    errors.extend(row.oddities.iter().map(|oddity| oddity.sentence()));
    let folder = inbox.folder(row.key.folder).map(|folder| folder.name.as_str()).unwrap_or_default();
    json!({
        "id": id,
        "folder": folder,
        "flags": row.flags().to_string(),
        "category": inbox.category(row),
        "also": also,
        "incident": inbox.incident_of(row).map(|(_, incident)| inbox.incident_id(incident)),
        "subject": row.subject,
        "from": address(&row.from),
        "to": &*row.to,
        "received": row.received.rfc3339(),
        "labels": labels,
        "verdict": verdict(inbox, &entry.verdict),
        "state": state(&entry.state, row.flags().has(Flags::FLAGGED)),
        "needs_you": inbox.needs_you(row),
        "kind": inbox.kind(row),
        "role": row.role.word(),
        "copies": copies.get(&row.key).copied().unwrap_or(1),
        "errors": errors,
    })
}

/// A verdict with all its words.
pub fn verdict(inbox: &Inbox, verdict: &Verdict) -> Value {
    let book = verdict.book.and_then(|book| inbox.books.get(book));
    json!({
        "call": verdict.call.word(),
        "case": verdict.case,
        "headline": verdict.headline,
        "known": verdict.known,
        "until": time(verdict.until),
        "due": time(verdict.due),
        "deadline": time(verdict.deadline),
        "may_become": verdict.may_become.iter().map(may_become).collect::<Vec<_>>(),
        "because": because(inbox, verdict),
        "people": people(&verdict.people),
        "links": book.map(links).unwrap_or_default(),
    })
}

/// What it may become, and from when to when what decides it may come.
pub fn may_become(may: &MayBecome) -> Value {
    json!({
        "case": may.case, "call": may.call.word(), "on": may.on, "from": time(may.from), "to": time(may.to),
    })
}

/// The reasons: words, and where there is one the message, the time and the line of the page behind each.
pub fn because(inbox: &Inbox, verdict: &Verdict) -> Vec<Value> {
    verdict.because.iter().map(|reason| self::reason(inbox, reason)).collect()
}

/// One reason.
pub fn reason(inbox: &Inbox, reason: &Reason) -> Value {
    let id = reason.key.as_ref().map(|key| id_of(inbox, key));
    json!({"id": id, "at": time(reason.at), "text": reason.text, "line": reason.line})
}

/// The id of a message that may lie in the mailbox no more.
pub fn id_of(inbox: &Inbox, key: &MailKey) -> String {
    inbox.get(key).map_or_else(|| name::shown(&key.base), |row| inbox.id(row))
}

/// What the operator said about a message, or about an incident.
pub fn state(state: &MessageState, marked: bool) -> Value {
    let all = |all: &[Said]| all.iter().map(said).collect::<Vec<_>>();
    json!({
        "marked": marked,
        "ignored": state.ignored.as_ref().map(said),
        "done": state.done.as_ref().map(said),
        "snoozed": state.snoozed.as_ref().map(said),
        "trashed": state.trashed.as_ref().map(said),
        "claimed": state.claimed.as_ref().map(said),
        "resolved": state.resolved.as_ref().map(|(ended, by)| json!({"ended": ended.rfc3339(), "told": said(by)})),
        "over": state.over.iter().map(|(word, by)| json!({"what": word, "told": said(by)})).collect::<Vec<_>>(),
        "reached": state.reached.iter().map(reached).collect::<Vec<_>>(),
        "severity": state.severity.as_ref().map(|(call, by)| json!({"call": call.word(), "told": said(by)})),
        "steps": state.ticked.iter().map(|(step, by)| json!({
            "case": step.case, "of": step.of, "text": step.text, "told": said(by),
        })).collect::<Vec<_>>(),
        "bug_texts": state.bug_texts.iter().map(bug_text).collect::<Vec<_>>(),
        "forwarded": all(&state.forwarded),
        "replied": all(&state.replied),
        "notes": all(&state.notes),
    })
}

/// People who were reached.
pub fn reached(reached: &Reached) -> Value {
    json!({
        "verb": reached.verb.word(),
        "who": reached.who,
        "told": said(&reached.said),
        "hook": reached.hook,
        "answered": reached.answered.as_ref().map(said),
    })
}

fn bug_text(text: &BugText) -> Value {
    json!({"bug": text.bug, "told": said(&text.said), "logged": time(text.logged)})
}

/// People with verb, one entry each.
pub fn people(people: &[(Verb, Vec<String>)]) -> Vec<Value> {
    people.iter().flat_map(|(verb, who)| who.iter().map(move |who| json!({"verb": verb.word(), "who": who}))).collect()
}

fn links(book: &Runbook) -> Vec<Value> {
    book.links
        .iter()
        .map(|link| match link {
            RunbookLink::Bug(number, about) => json!({"kind": "bug", "bug": number, "text": about, "url": null}),
            RunbookLink::Doc(name, url) => json!({"kind": "doc", "bug": null, "text": name, "url": url}),
            RunbookLink::Lost(was, _) => json!({"kind": "lost", "bug": null, "text": was, "url": null}),
        })
        .collect()
}

/// Who said something, when, and until when it holds.
pub fn said(said: &Said) -> Value {
    json!({
        "act": said.act.0,
        "at": said.at.rfc3339(),
        "by": said.by,
        "text": said.text,
        "until": time(said.until),
        "scope": said.scope.word(),
    })
}

/// A category with its counts.
pub fn category(summary: &CategorySummary) -> Value {
    json!({
        "id": summary.id,
        "title": summary.title,
        "documented": summary.book.is_some(),
        "messages": summary.total,
        "open": summary.open,
        "unseen": summary.unseen,
        "needs_you": summary.needs_you,
        "worst": summary.worst.map(|call| call.word()),
        "newest": time(summary.newest),
        "due": time(summary.due),
    })
}

/// A runbook: its sections as plain text.
pub fn runbook(book: &Runbook) -> Value {
    json!({
        "id": book.id,
        "title": book.title,
        "file": book.file,
        "source": book.source.as_ref().map(|source| json!({"page": source.page, "lines": source.lines})),
        "human": book.human,
        "never_ignore": book.never_ignore,
        "people": people(&book.people),
        "links": links(book),
        "gaps": book.gaps.iter().map(|gap| json!({"text": gap.text, "line": gap.line})).collect::<Vec<_>>(),
        "sections": book.sections.iter().map(|section| json!({
            "heading": section.heading,
            "blocks": section.blocks.iter().map(block).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn block(block: &Block) -> Value {
    match block {
        Block::Text(text) => json!({"kind": "text", "text": plain(text), "cases": []}),
        Block::Item { text, cases, .. } => json!({"kind": "item", "text": plain(text), "cases": cases}),
        Block::Code(text) => json!({"kind": "code", "text": text, "cases": []}),
    }
}

/// Running text without its marks; a link shows its target.
pub fn plain(inlines: &[Inline]) -> String {
    let mut text = String::new();
    for inline in inlines {
        match inline {
            Inline::Text(piece) | Inline::Strong(piece) | Inline::Code(piece) => text.push_str(piece),
            Inline::Link(piece, target) if piece == target => text.push_str(target),
            Inline::Link(piece, target) => {
                text.push_str(piece);
                text.push_str(&format!(" <{target}>"));
            }
        }
    }
    text
}

/// How a message came to its category.
pub fn explanation(inbox: &Inbox, id: &str, explanation: &Explanation, cases: &[CaseJudged]) -> Value {
    let name = |book| inbox.books.get(book).map(|book: &Runbook| book.id.as_str());
    json!({
        "id": id,
        "role": explanation.role.0.word(),
        "role_because": explanation.role.1,
        "category": explanation.class.primary.as_ref().and_then(|hit| name(hit.book)).unwrap_or("undocumented"),
        "also": explanation.class.also.iter().filter_map(|hit| name(hit.book)).collect::<Vec<_>>(),
        "why": explanation.why,
        "labels": explanation.class.labels.iter().map(|label| json!({
            "name": label.name.as_str(), "value": label.value, "from": label.from.as_str(),
        })).collect::<Vec<_>>(),
        "tried": explanation.tried.iter().map(|tried| json!({
            "runbook": name(tried.book),
            "matched": tried.matched,
            "trace": trace(&tried.trace),
            "kinds": tried.kinds.iter().map(|(id, held)| json!({"id": id, "matched": held})).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "cases": cases.iter().map(|case| json!({
            "id": case.id,
            "call": case.call.word(),
            "value": case.value.word(),
            "until": time(case.until),
            "part": match case.part {
                Part::Wins => Some("wins"),
                Part::MayRaise => Some("may-raise"),
                Part::No => None,
            },
            "why": case.why.iter().map(|why| reason(inbox, why)).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn trace(tried: &Trace) -> Value {
    json!({
        "what": tried.what,
        "held": tried.held,
        "seen": tried.seen.as_ref().map(span),
        "inner": tried.inner.iter().map(trace).collect::<Vec<_>>(),
    })
}

fn span(span: &Span) -> Value {
    json!({
        "field": span.field.as_str(),
        "pattern": span.pattern.as_str(),
        "value": span.value,
        "range": [span.range.0, span.range.1],
    })
}
