//! Deeds as the journal holds them: a word, and the rest as JSON.

use crate::mail::Time;
use crate::runbook::{Call, Verb};
use crate::triage::told::{ActId, Deed, Scope, Shelf, Step};
use serde_json::{Value, json};

/// A deed as the journal holds it: its word, and the rest as JSON.
pub(super) fn deed_out(deed: &Deed) -> (&'static str, Value) {
    let detail = match deed {
        Deed::Ignore { reason, scope, until } => {
            let mut detail = json!({ "reason": reason, "scope": scope.word(), "until": until.map(|until| until.0) });
            if let (Scope::Filter { query, call }, Some(map)) = (scope, detail.as_object_mut()) {
                map.insert("query".into(), query.clone().into());
                map.insert("call".into(), call.word().into());
            }
            detail
        }
        Deed::Snooze { until, scope } => json!({ "until": until.0, "scope": scope.word() }),
        Deed::Unignore { scope } | Deed::Unsnooze { scope } | Deed::Claim { scope } | Deed::Unclaim { scope } => {
            json!({ "scope": scope.word() })
        }
        Deed::Resolve { at } => json!({ "at": at.0 }),
        Deed::Reach { who, text, hook, .. } => json!({ "reach": true, "who": who, "text": text, "hook": hook }),
        Deed::Answered { of, text } => json!({ "of": of.0, "text": text }),
        Deed::Severity { call } => json!({ "call": call.word() }),
        Deed::Tick(step) | Deed::Untick(step) => json!({ "case": step.case, "of": step.of, "text": step.text }),
        Deed::BugText { bug, text } => json!({ "bug": bug, "text": text }),
        Deed::Logged { of } => json!({ "of": of.0 }),
        Deed::Arrived { of, mail } => json!({ "of": of.0, "mail": mail }),
        Deed::Switch { name, is, from } => json!({ "name": name, "is": is, "from": from.0 }),
        Deed::Expect { name, from, to, who } => json!({ "name": name, "from": from.0, "to": to.0, "who": who }),
        Deed::Move { to, .. } => json!({ "to": to }),
        Deed::Note { text } => json!({ "text": text }),
        Deed::Forward { how, to, message_id } => json!({ "how": how, "to": to, "message_id": message_id }),
        Deed::Reply { to, message_id } => json!({ "to": to, "message_id": message_id }),
        Deed::Undo(of) | Deed::Redo(of) => json!({ "of": of.0 }),
        _ => json!({}),
    };
    (deed.word(), detail)
}

/// The deed of a word and the rest; `None` where this version does not know it.
pub(super) fn deed_in(word: &str, detail: &str) -> Option<Deed> {
    let detail: Value = serde_json::from_str(detail).ok()?;
    let text = |name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
    let texts = |name: &str| -> Option<Vec<String>> {
        detail.get(name)?.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let number = |name: &str| detail.get(name).and_then(Value::as_i64);
    let time = |name: &str| number(name).map(Time);
    let of = || number("of").map(ActId);
    let call = || Call::from_word(&text("call")?);
    // A journal of the first version knew no scopes: all acts were about messages.
    let scope = || match text("scope").as_deref() {
        None | Some("message") => Some(Scope::Message),
        Some("incident") => Some(Scope::Incident),
        Some("filter") => Some(Scope::Filter { query: text("query").unwrap_or_default(), call: call()? }),
        Some(_) => None,
    };
    let step = || Some(Step { case: text("case")?, of: text("of")?, text: text("text")? });
    let reach = || {
        let verb = if word == "passed-on" { Verb::Forward } else { Verb::from_word(word)? };
        Some(Deed::Reach { verb, who: texts("who")?, text: text("text")?, hook: text("hook") })
    };
    Some(match word {
        _ if detail.get("reach").is_some() => reach()?,
        "open" => Deed::Open,
        "see" => Deed::See,
        "unsee" => Deed::Unsee,
        "mark" => Deed::Mark,
        "unmark" => Deed::Unmark,
        "ignore" => Deed::Ignore { reason: text("reason")?, scope: scope()?, until: time("until") },
        "unignore" => Deed::Unignore { scope: scope()? },
        "done" => Deed::Done,
        "undone" => Deed::Undone,
        "snooze" => Deed::Snooze { until: time("until")?, scope: scope()? },
        "unsnooze" => Deed::Unsnooze { scope: scope()? },
        "claim" => Deed::Claim { scope: scope()? },
        "unclaim" => Deed::Unclaim { scope: scope()? },
        "resolve" => Deed::Resolve { at: time("at")? },
        "answered" => Deed::Answered { of: of()?, text: text("text")? },
        "severity" => Deed::Severity { call: call()? },
        "tick" => Deed::Tick(step()?),
        "untick" => Deed::Untick(step()?),
        "bug-text" => Deed::BugText { bug: number("bug").and_then(|bug| u32::try_from(bug).ok()), text: text("text")? },
        "logged" => Deed::Logged { of: of()? },
        "switch" => Deed::Switch { name: text("name")?, is: text("is")?, from: time("from")? },
        "expect" => Deed::Expect { name: text("name")?, from: time("from")?, to: time("to")?, who: text("who")? },
        "synced" => Deed::Synced,
        "trash" => Deed::Trash,
        "untrash" => Deed::Untrash,
        "move" => Deed::Move { shelf: Shelf::Folder, to: text("to")? },
        "archive" => Deed::Move { shelf: Shelf::Archive, to: text("to")? },
        "throw-away" => Deed::Move { shelf: Shelf::Trash, to: text("to")? },
        "bring-back" => Deed::Move { shelf: Shelf::Back, to: text("to")? },
        "note" => Deed::Note { text: text("text")? },
        "forward" => Deed::Forward { how: text("how")?, to: texts("to")?, message_id: text("message_id")? },
        "reply" => Deed::Reply { to: texts("to")?, message_id: text("message_id")? },
        "arrived" => Deed::Arrived { of: of()?, mail: text("mail")? },
        "undo" => Deed::Undo(of()?),
        "redo" => Deed::Redo(of()?),
        _ => return None,
    })
}
