//! What the operator tells about no single message: switches, what is expected, "synced now", what is ignored by filter; and
//! lists of all of that.

use super::args::told::{Expect, Ignore, Switch};
use super::out::{Failure, Out, Style};
use super::setup::Desk;
use super::{act, choose, json};
use crate::error::{EXIT_OK, Error, ErrorKind};
use crate::mail::{Time, text};
use crate::runbook::Call;
use crate::triage::standing::Said;
use crate::triage::told::{Act, Deed, Scope};
use crate::triage::when::Toward;
use crate::triage::{Inbox, permit};
use serde_json::{Value, json};

/// Ignores messages, incidents, or whatever a query selects.
///
/// # Errors
/// Where it is refused, an id names no message, or it cannot be written.
pub fn ignore(desk: &Desk, args: &Ignore, out: &mut Out) -> Result<u8, Failure> {
    let until = args.until.as_ref().map(|moment| moment.read(desk.now, &desk.zone, Toward::Future)).transpose()?;
    let reason = args.reason.trim().to_owned();
    let Some(source) = &args.filter else {
        let scope = if args.incident { Scope::Incident } else { Scope::Message };
        return act::act(desk, Deed::Ignore { reason, scope, until }, &args.chosen(), out);
    };
    let query = choose::query(source)?;
    let inbox = desk.inbox()?;
    // It hides calls up to the worst that it selects now (R27).
    let selected = || inbox.standings().filter(|(row, _)| query.matches(&inbox, row, desk.now));
    let call = selected().map(|(_, standing)| standing.call()).max().unwrap_or(Call::Ignore);
    if selected().next().is_none() {
        super::out::say("the filter selects no message now: it will hide later ones whose call is ignore");
    }
    let scope = Scope::Filter { query: source.clone(), call };
    act::at_large(desk, Deed::Ignore { reason, scope, until }, out)
}

/// Shows switches, or sets one.
///
/// # Errors
/// Where it is refused, or cannot be read or written.
pub fn switch(desk: &Desk, args: &Switch, out: &mut Out) -> Result<u8, Failure> {
    if let (Some(name), Some(is)) = (&args.name, &args.is) {
        let since = args.since.as_ref().map(|moment| moment.read(desk.now, &desk.zone, Toward::Past)).transpose()?;
        let from = since.unwrap_or(desk.now);
        return act::at_large(desk, Deed::Switch { name: name.clone(), is: is.to_lowercase(), from }, out);
    }
    let inbox = desk.inbox()?;
    let told: Vec<&Act> = inbox.told.at_large().filter(|act| matches!(act.deed, Deed::Switch { .. })).collect();
    let mut names = permit::switches(&inbox.books);
    let known = |names: &[String], name: &str| names.iter().any(|other| other == name);
    for act in &told {
        if let Deed::Switch { name, .. } = &act.deed
            && !known(&names, name)
        {
            names.push(name.clone());
        }
    }
    if let Some(name) = &args.name {
        if !known(&names, name) {
            let hint = format!("there is {}", names.join(", "));
            return Err(Error::new(ErrorKind::No, format!("no runbook has a switch `{name}`")).hint(hint).into());
        }
        names.retain(|other| other == name);
    }
    let history = |name: &str| -> Vec<(&Act, &str, Time)> {
        let own = told.iter().filter_map(|act| match &act.deed {
            Deed::Switch { name: of, is, from } if of == name => Some((*act, is.as_str(), *from)),
            _ => None,
        });
        own.collect()
    };
    // The entry recorded last wins for each instant (R22).
    let stands = |name: &str| history(name).into_iter().rfind(|(_, _, from)| *from <= desk.now);
    if out.json {
        let shape = |name: &String| {
            let entry = |(act, is, from): (&Act, &str, Time)| json!({"act": act.id.0, "at": act.at.rfc3339(), "by": act.by, "is": is, "from": from.rfc3339()});
            let now = stands(name);
            json!({
                "name": name,
                "is": now.map_or("unknown", |(_, is, _)| is),
                "since": json::time(now.map(|(_, _, from)| from)),
                "history": history(name).into_iter().map(entry).collect::<Vec<_>>(),
            })
        };
        let switches: Vec<Value> = names.iter().map(shape).collect();
        out.document(&json!({"as_of": desk.now.rfc3339(), "switches": switches}))?;
        return Ok(EXIT_OK);
    }
    for name in &names {
        match stands(name) {
            Some((act, is, from)) => {
                out.put(Style::Strong, &format!("{name}: {is}"));
                out.put(Style::Plain, &format!("  since {}, told by {}", from.full(&desk.zone), act.by)).end();
            }
            None => {
                out.put(Style::Strong, &format!("{name}: unknown"));
                out.put(Style::Faint, &format!("  never told; type: dutybox switch {name} yes|no")).end();
            }
        }
        if args.name.is_some() {
            for (act, is, from) in history(name) {
                let (from, at) = (from.full(&desk.zone), act.at.full(&desk.zone));
                out.line(&format!("  {from}  {is:<7}  told {at} by {}  (act {})", act.by, act.id.0));
            }
        }
    }
    Ok(EXIT_OK)
}

/// Lists what is expected, or announces something.
///
/// # Errors
/// Where it is refused, or cannot be read or written.
pub fn expect(desk: &Desk, args: &Expect, out: &mut Out) -> Result<u8, Failure> {
    if let (Some(name), Some(to)) = (&args.name, &args.to) {
        let from = args.from.as_ref().map(|moment| moment.read(desk.now, &desk.zone, Toward::Today)).transpose()?;
        let from = from.unwrap_or(desk.now);
        // "to 15:00" is the first one after its beginning.
        let to = to.read(from, &desk.zone, Toward::Future)?;
        let who = args.who.clone().or_else(|| desk.config.me.clone()).unwrap_or_default();
        return act::at_large(desk, Deed::Expect { name: name.clone(), from, to, who }, out);
    }
    let inbox = desk.inbox()?;
    let told = inbox.told.at_large().filter_map(|act| match &act.deed {
        Deed::Expect { name, from, to, who } => Some((act, name, *from, *to, who)),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    let phase = |from: Time, to: Time| match desk.now {
        now if now < from => "coming",
        now if now <= to => "now",
        _ => "over",
    };
    if out.json {
        let shape = |(act, name, from, to, who): &(&Act, &String, Time, Time, &String)| {
            json!({
                "act": act.id.0, "at": act.at.rfc3339(), "by": act.by, "name": name,
                "from": from.rfc3339(), "to": to.rfc3339(), "who": who, "phase": phase(*from, *to),
            })
        };
        out.document(&json!({
            "as_of": desk.now.rfc3339(),
            "names": permit::expectations(&inbox.books),
            "expectations": told.iter().map(shape).collect::<Vec<_>>(),
        }))?;
        return Ok(EXIT_OK);
    }
    for (act, name, from, to, who) in &told {
        let (from_words, to_words) = (from.full(&desk.zone), to.full(&desk.zone));
        let word = phase(*from, *to);
        out.put(Style::Strong, &format!("{word:<6}  {name}"));
        out.put(Style::Plain, &format!("  {from_words} to {to_words}  by {who}"));
        out.put(Style::Faint, &format!("  told by {} (act {})", act.by, act.id.0)).end();
    }
    if told.is_empty() {
        let names = permit::expectations(&inbox.books).join(", ");
        out.line(&format!("nothing is expected; runbooks ask for {names}: dutybox expect NAME --to 15:00"));
    }
    Ok(EXIT_OK)
}

/// Something that is ignored: what, how many messages it hides now, and by whom it was told.
struct Hidden {
    scope: &'static str,
    what: String,
    messages: usize,
    said: Said,
    state: &'static str,
}

/// Lists all that is ignored or was and is back.
///
/// # Errors
/// A mailbox or journal that cannot be read.
pub fn ignored(desk: &Desk, out: &mut Out) -> Result<u8, Failure> {
    let inbox = desk.inbox()?;
    let all = hidden(&inbox, desk.now);
    if out.json {
        let shape = |hidden: &Hidden| {
            json!({
                "scope": hidden.scope, "what": hidden.what, "messages": hidden.messages,
                "state": hidden.state, "told": json::said(&hidden.said),
            })
        };
        let mut document = json::head(&inbox, desk.now);
        document.insert("ignored".into(), all.iter().map(shape).collect::<Vec<_>>().into());
        out.document(&document)?;
        return Ok(super::list::unread(&inbox));
    }
    let widest = all.iter().map(|hidden| text::width(&hidden.what)).max().unwrap_or_default().min(48);
    for hidden in &all {
        let end = hidden.said.until.map_or("for ever".to_owned(), |until| format!("until {}", until.full(&desk.zone)));
        let state = if hidden.state == "holds" { String::new() } else { format!("  [{}]", hidden.state) };
        let gap = " ".repeat(widest.saturating_sub(text::width(&hidden.what)));
        out.put(Style::Plain, &format!("{:<8}  ", hidden.scope)).put(Style::Strong, &hidden.what);
        out.put(
            Style::Plain,
            &format!("{gap}  ×{:<3}  {end:<25}  {}: {}", hidden.messages, hidden.said.by, hidden.said.text),
        );
        out.put(Style::Faint, &format!("{state}  (dutybox undo {})", hidden.said.act.0)).end();
    }
    Ok(super::list::unread(&inbox))
}

/// One entry for each act that hides something, oldest first.
fn hidden(inbox: &Inbox, now: Time) -> Vec<Hidden> {
    let mut all: Vec<Hidden> = Vec::new();
    let mut note = |said: &Said, what: &dyn Fn() -> String, state: &'static str| match all
        .iter_mut()
        .find(|hidden| hidden.said.act == said.act && hidden.state == state)
    {
        Some(hidden) => hidden.messages += 1,
        None => all.push(Hidden { scope: said.scope.word(), what: what(), messages: 1, said: said.clone(), state }),
    };
    let mut rows: Vec<_> = inbox.rows().iter().collect();
    rows.sort_by_key(|row| (row.at, row.received, row.digest));
    for row in rows {
        let state = inbox.state(row);
        let what = |said: &Said| match &said.scope {
            Scope::Message => inbox.id(row),
            Scope::Incident => {
                inbox.incident_of(row).map_or_else(|| inbox.id(row), |(_, incident)| inbox.incident_id(incident))
            }
            Scope::Filter { query, .. } => query.clone(),
        };
        if let Some(said) = &state.ignored {
            note(said, &|| what(said), "holds");
        }
        for (_, said) in state.over.iter().filter(|(word, _)| *word == "ignore") {
            let over = if said.until.is_some_and(|until| until <= now) { "is over" } else { "lapsed: more urgent now" };
            note(said, &|| what(said), over);
        }
    }
    for said in inbox.filters() {
        if !all.iter().any(|hidden| hidden.said.act == said.act)
            && let Scope::Filter { query, .. } = &said.scope
        {
            let state = if said.until.is_some_and(|until| until <= now) { "is over" } else { "holds" };
            all.push(Hidden { scope: "filter", what: query.clone(), messages: 0, said: said.clone(), state });
        }
    }
    all.sort_by_key(|hidden| hidden.said.act);
    all
}
