//! `dutybox journal`: every act of the operator, newest first, in words and for programs.

use super::args::Journal;
use super::json;
use super::out::{Failure, Out, Style};
use super::setup::Desk;
use crate::error::{EXIT_IO, EXIT_OK};
use crate::io::state::State;
use crate::mail::{Time, name};
use crate::triage::told::{Act, Deed, Scope};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Lists acts, newest first.
///
/// # Errors
/// A journal that cannot be read.
pub fn journal(desk: &Desk, args: &Journal, out: &mut Out) -> Result<u8, Failure> {
    let state = State::open_read_only(&desk.options.state_dir)?;
    let acts: Vec<_> = state.acts()?.into_iter().filter(|act| desk.as_of.is_none_or(|as_of| act.at <= as_of)).collect();
    let shown = acts.iter().rev().take(args.limit);
    if out.json {
        let damaged: Vec<Value> = state.damaged().iter().map(|bad| json!({"act": bad.id.0, "why": bad.why})).collect();
        out.document(&json!({"acts": shown.map(shape).collect::<Vec<_>>(), "damaged": damaged}))?;
        return Ok(said(&state));
    }
    for act in shown {
        let count = act.targets.len();
        let first = act.targets.first().map(|target| name::shown(&target.base)).unwrap_or_default();
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        let text = words(&act.deed, &desk.zone);
        let when = act.at.full(&desk.zone);
        let (number, by, word) = (act.id.0, &act.by, act.deed.word());
        out.put(Style::Strong, &format!("{number:>5}")).put(Style::Plain, &format!("  {when}  {by}  {word}{text}  "));
        out.put(Style::Faint, &format!("{first}{more}")).end();
    }
    for bad in state.damaged().iter().rev() {
        out.put(Style::Strong, &format!("{:>5}", bad.id.0));
        out.put(Style::Plain, &format!("  damaged: {}; never acted on", bad.why)).end();
    }
    Ok(said(&state))
}

/// Says on standard error what is wrong with the journal; the exit code that this makes.
fn said(state: &State) -> u8 {
    state.troubles().iter().for_each(|words| super::out::say(words));
    if state.troubles().is_empty() { EXIT_OK } else { EXIT_IO }
}

/// What a deed's word leaves out, for people; begins with a blank or a colon.
pub fn words(deed: &Deed, zone: &TimeZone) -> String {
    let colon = |text: &str| if text.is_empty() { String::new() } else { format!(": {text}") };
    let until = |until: Option<Time>| until.map(|until| format!(" until {}", until.full(zone))).unwrap_or_default();
    match deed {
        Deed::Ignore { reason, scope, until: end } => format!("{}{}{}", reach(scope), until(*end), colon(reason)),
        Deed::Snooze { until: end, scope } => format!("{}{}", reach(scope), until(Some(*end))),
        Deed::Unignore { scope } | Deed::Unsnooze { scope } | Deed::Claim { scope } | Deed::Unclaim { scope } => {
            reach(scope)
        }
        Deed::Resolve { at } => format!(" at {}", at.full(zone)),
        Deed::Reach { who, text, hook, .. } => {
            let hook = hook.as_ref().map(|answer| format!(" [command: {answer}]")).unwrap_or_default();
            format!(" {}{}{hook}", who.join(", "), colon(text.lines().next().unwrap_or_default()))
        }
        Deed::Answered { of, text } => format!(" (act {}){}", of.0, colon(text)),
        Deed::Severity { call } => format!(" {}", call.word()),
        Deed::Tick(step) | Deed::Untick(step) if step.of.is_empty() => colon(&step.text),
        Deed::Tick(step) | Deed::Untick(step) => format!(" {}{}", step.of, colon(&step.text)),
        Deed::BugText { bug, text } => {
            let bug = bug.map_or(" (new bug)".to_owned(), |bug| format!(" (bug {bug})"));
            format!("{bug}{}", colon(text.lines().next().unwrap_or_default()))
        }
        Deed::Logged { of } | Deed::Arrived { of, .. } | Deed::Undo(of) | Deed::Redo(of) => format!(" of act {}", of.0),
        Deed::Switch { name, is, from } => format!(" {name} {is} since {}", from.full(zone)),
        Deed::Expect { name, from, to, who } => {
            format!(" {name} from {} to {} by {who}", from.full(zone), to.full(zone))
        }
        Deed::Note { text } => colon(text),
        // Each went back to a folder of its own.
        Deed::Move { to, .. } if to.is_empty() => String::new(),
        Deed::Move { to, .. } => format!(" to {to}"),
        Deed::Forward { to, .. } | Deed::Reply { to, .. } => format!(" to {}", to.join(", ")),
        _ => String::new(),
    }
}

fn reach(scope: &Scope) -> String {
    match scope {
        Scope::Message => String::new(),
        Scope::Incident => " incident".to_owned(),
        Scope::Filter { query, .. } => format!(" all of `{query}`"),
    }
}

/// An act for `--json`.
pub fn shape(act: &Act) -> Value {
    json!({
        "act": act.id.0,
        "at": act.at.rfc3339(),
        "by": act.by,
        "deed": act.deed.word(),
        "of": match act.deed {
            Deed::Undo(of) | Deed::Redo(of) | Deed::Logged { of } => Some(of.0),
            Deed::Answered { of, .. } | Deed::Arrived { of, .. } => Some(of.0),
            _ => None,
        },
        "text": match &act.deed {
            Deed::Ignore { reason, .. } => Some(reason.clone()),
            Deed::Note { text } | Deed::Reach { text, .. } => Some(text.clone()),
            Deed::Answered { text, .. } | Deed::BugText { text, .. } => Some(text.clone()),
            Deed::Tick(step) | Deed::Untick(step) => Some(step.text.clone()),
            Deed::Forward { to, .. } | Deed::Reply { to, .. } => Some(to.join(", ")),
            _ => None,
        },
        "scope": if act.deed.about_messages() { act.deed.scope().word() } else { large(&act.deed) },
        "until": json::time(match act.deed {
            Deed::Ignore { until, .. } => until,
            Deed::Snooze { until, .. } => Some(until),
            _ => None,
        }),
        "details": details(&act.deed),
        "messages": act.targets.iter().map(|target| json!({
            "folder": target.folder,
            "base": name::shown(&target.base),
            "call": target.call.map(|call| call.word()),
            "added": target.added.to_string(),
            "removed": target.removed.to_string(),
            "failed": target.failed,
        })).collect::<Vec<_>>(),
    })
}

/// How far an act about no message reaches.
fn large(deed: &Deed) -> &'static str {
    if matches!(deed.scope(), Scope::Filter { .. }) { "filter" } else { "mailbox" }
}

/// What only some deeds have.
fn details(deed: &Deed) -> Value {
    match deed {
        Deed::Ignore { scope: Scope::Filter { query, call }, .. } => json!({"query": query, "call": call.word()}),
        Deed::Resolve { at } => json!({"ended": at.rfc3339()}),
        Deed::Reach { verb, who, hook, .. } => json!({"verb": verb.word(), "who": who, "hook": hook}),
        Deed::Severity { call } => json!({"call": call.word()}),
        Deed::Move { to, .. } => json!({"to": to}),
        Deed::Tick(step) | Deed::Untick(step) => json!({"case": step.case, "of": step.of}),
        Deed::BugText { bug, .. } => json!({"bug": bug}),
        Deed::Switch { name, is, from } => json!({"name": name, "is": is, "from": from.rfc3339()}),
        Deed::Expect { name, from, to, who } => {
            json!({"name": name, "from": from.rfc3339(), "to": to.rfc3339(), "who": who})
        }
        _ => json!({}),
    }
}
