//! What the operator tells, by forms: opening them, explaining what is typed, and making acts out of them.

use super::action::Action;
use super::acts;
use super::effect::{Effect, Request};
use super::form::{Form, Pressed, Purpose, Value};
use super::key::Key;
use super::model::{Model, Overlay, Tone};
use super::picks;
use crate::mail::{Time, text};
use crate::runbook::case::{Requirement, Temporal, span_words};
use crate::runbook::{Call, Verb};
use crate::triage::permit::{self, Cause, Refusal};
use crate::triage::query::Query;
use crate::triage::row::MailKey;
use crate::triage::standing::{Reached, Said};
use crate::triage::told::{Deed, Scope};
use crate::triage::when::{self, Toward};
use std::collections::{HashMap, HashSet, VecDeque};

/// Verbs that the dialog offers, and records with a line of their own each (N8).
const VERBS: [Verb; 5] = [Verb::Page, Verb::Contact, Verb::Tell, Verb::Escalate, Verb::Notify];

/// Severities, with the words of other tools.
const SEVERITIES: [(Call, &str); 4] =
    [(Call::Page, "critical"), (Call::Act, "major"), (Call::Decide, "warning"), (Call::Note, "info")];

/// How far an act of a form reaches.
const SCOPES: [&str; 3] = ["message", "incident", "filter"];

/// Ends of an ignore; the first one is none.
const ENDS: [&str; 5] = ["for ever", "1h", "4h", "tomorrow 9:00", "7d"];

/// Ends of a snooze.
const SNOOZES: [&str; 4] = ["15m", "1h", "4h", "tomorrow 9:00"];

/// Carries out an action that tells something, or asks for more first.
pub(super) fn start(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Synced => at_large(model, Deed::Synced, effects),
        Action::Switch => match switch(model) {
            Some(form) => open(model, form),
            None => model.say(Tone::Muted, "no runbook asks for a switch"),
        },
        Action::Expect => picks::expected(model),
        Action::Ignored => picks::ignored(model),
        Action::Tick => picks::tick(model, effects),
        Action::Checklist => picks::checklist(model),
        Action::BugText => picks::bugs(model),
        _ => {
            let Some(keys) = acts::targets(model) else { return };
            match action {
                Action::Reach => {
                    let form = reach(model, keys, None);
                    open(model, form);
                }
                Action::Answered => answered(model, keys),
                Action::Resolve => {
                    let form = resolve(model, keys);
                    open(model, form);
                }
                Action::Severity => {
                    let form = severity(model, keys);
                    open(model, form);
                }
                _ => {}
            }
        }
    }
}

/// Shows a form.
pub(super) fn open(model: &mut Model, mut form: Form) {
    explain(model, &mut form);
    model.overlay = Some(Overlay::Form(Box::new(form)));
}

/// A key while a form is open.
pub(super) fn on_key(model: &mut Model, mut form: Box<Form>, key: Key, effects: &mut Vec<Effect>) {
    match form.key(key) {
        Pressed::Cancel => model.say(Tone::Muted, "cancelled"),
        Pressed::Stay => {
            explain(model, &mut form);
            model.overlay = Some(Overlay::Form(form));
        }
        Pressed::Submit => {
            if let Err(words) = submit(model, &form, effects) {
                form.wrong = Some(words);
                explain(model, &mut form);
                model.overlay = Some(Overlay::Form(form));
            }
        }
    }
}

/// What is about some messages, for people: the subject, or how many; and the incident's headline where it is one.
fn about(model: &Model, keys: &[MailKey]) -> String {
    match keys {
        [key] => model.inbox.get(key).map(|row| row.subject.to_string()).unwrap_or_default(),
        _ if is_incident(model, keys) => {
            let headline = incident_of(model, keys).map(|incident| model.inbox.headline(incident)).unwrap_or_default();
            format!("incident of {} messages: {headline}", keys.len())
        }
        _ => format!("{} messages", keys.len()),
    }
}

fn incident_of<'m>(model: &'m Model, keys: &[MailKey]) -> Option<&'m crate::triage::verdicts::Incident> {
    let row = model.inbox.get(keys.first()?)?;
    model.inbox.incident_of(row).map(|(_, incident)| incident)
}

/// Whether these are all the messages of an incident that nobody has handled yet, and more than one.
fn is_incident(model: &Model, keys: &[MailKey]) -> bool {
    let Some(incident) = incident_of(model, keys).filter(|_| keys.len() > 1) else { return false };
    let members: HashMap<&MailKey, bool> =
        model.inbox.members(incident).map(|(row, standing)| (&row.key, standing.handled())).collect();
    let meant: HashSet<&MailKey> = keys.iter().collect();
    meant.iter().all(|key| members.contains_key(*key))
        && members.iter().all(|(key, handled)| *handled || meant.contains(key))
}

/// Who said something and when, for people: "ann, 14:10 (31m ago)".
pub(super) fn said(model: &Model, said: &Said) -> String {
    format!("{}, {} ({} ago)", said.by, said.at.short(model.now, &model.zone), said.at.age(model.now))
}

/// A time and how far away it is: "14:20, in 39m".
pub(super) fn at_words(model: &Model, time: Time) -> String {
    let shown = time.short(model.now, &model.zone);
    let minutes = (time.0 - model.now.0) / 60 * 60;
    match minutes {
        0 => format!("{shown}, now"),
        1.. => format!("{shown}, in {}", span_words(minutes)),
        _ => format!("{shown}, {} ago", span_words(-minutes)),
    }
}

fn people(model: &Model, keys: &[MailKey], verb: Verb) -> Vec<String> {
    let row = keys.first().and_then(|key| model.inbox.get(key));
    let book = row.and_then(|row| model.inbox.book(row));
    let named = book.and_then(|book| book.people.iter().find(|(named, _)| *named == verb));
    named.map(|(_, who)| who.clone()).unwrap_or_default()
}

/// Names out of what was typed, each once.
fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split([',', ';']).map(str::trim).filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

// ---- forms -------------------------------------------------------------------------------------------------------

/// Asks why, how far and until when to ignore; the last reason is offered again: storms are ignored for one reason.
pub(super) fn ignore(model: &mut Model, keys: Vec<MailKey>) {
    let reason = match &model.last {
        Some(Deed::Ignore { reason, .. }) => reason.clone(),
        _ => String::new(),
    };
    let forbidden = |key: &MailKey| {
        let book = model.inbox.get(key).and_then(|row| model.inbox.book(row))?;
        book.never_ignore.as_ref().map(|why| format!("{}: {why}", book.id))
    };
    let never = keys.iter().find_map(forbidden);
    let incident = is_incident(model, &keys);
    let query = like(model, &keys);
    let mut form = Form::new(Purpose::Ignore(keys.clone()), "Ignore · Enter ignores")
        .about(Tone::Heading, about(model, &keys))
        .text("reason", reason)
        .choice("scope", SCOPES.map(String::from).to_vec(), usize::from(incident))
        .text("query", query)
        .choice_or_text("until", &ENDS, if never.is_some() { 2 } else { 0 });
    if let Some(never) = never {
        form = form.about(Tone::Warning, format!("only for a while · {never}"));
    }
    open(model, form);
}

/// Asks until when to put it off.
pub(super) fn snooze(model: &mut Model, keys: Vec<MailKey>) {
    let incident = is_incident(model, &keys);
    let scopes = SCOPES.iter().take(2).map(|scope| (*scope).to_owned()).collect();
    let form = Form::new(Purpose::Snooze(keys.clone()), "Snooze · Enter puts it off")
        .about(Tone::Heading, about(model, &keys))
        .choice_or_text("until", &SNOOZES, 1)
        .choice("scope", scopes, usize::from(incident));
    open(model, form);
}

/// Claims, gives back, or asks where somebody else has it.
pub(super) fn claim(model: &mut Model, keys: Vec<MailKey>, effects: &mut Vec<Effect>) {
    let claims = |model: &Model| -> Vec<Option<Said>> {
        keys.iter().map(|key| model.inbox.get(key).and_then(|row| model.inbox.state(row).claimed)).collect()
    };
    let claims = claims(model);
    let mine = |claim: &Said| model.config.me.as_ref() == Some(&claim.by);
    if claims.iter().all(|claim| claim.as_ref().is_some_and(mine)) {
        for (scope, keys) in by_scope(&keys, |at| claims.get(at).cloned().flatten()) {
            acts::attempt(model, Deed::Unclaim { scope }, keys, effects);
        }
        return;
    }
    let Some(other) = claims.iter().flatten().find(|claim| !mine(claim)) else {
        return acts::attempt(model, Deed::Claim { scope: Scope::Incident }, keys, effects);
    };
    let form = Form::new(Purpose::Claim(keys.clone()), "Claim · Enter takes it over")
        .about(Tone::Heading, about(model, &keys))
        .about(Tone::Warning, format!("claimed by {}", said(model, other)));
    open(model, form);
}

/// Messages by how far what was said about them reaches; those about which nothing was said are left out.
pub(super) fn by_scope(keys: &[MailKey], said: impl Fn(usize) -> Option<Said>) -> Vec<(Scope, Vec<MailKey>)> {
    let mut all: Vec<(Scope, Vec<MailKey>)> = Vec::new();
    for (at, key) in keys.iter().enumerate() {
        let Some(said) = said(at) else { continue };
        match all.iter_mut().find(|(scope, _)| *scope == said.scope) {
            Some((_, keys)) => keys.push(key.clone()),
            None => all.push((said.scope, vec![key.clone()])),
        }
    }
    all
}

/// How the verdict wants people to be reached.
fn wanted(model: &Model, keys: &[MailKey]) -> Option<Verb> {
    let verdict = keys.first().and_then(|key| model.inbox.get(key)).map(|row| model.inbox.verdict(row))?;
    verdict.people.first().map(|(verb, _)| *verb).filter(|verb| VERBS.contains(verb))
}

/// The dialog of who was reached; `like`: an act that it begins with.
pub(super) fn reach(model: &Model, keys: Vec<MailKey>, like: Option<&Deed>) -> Form {
    let (verb, who, text) = match like {
        Some(Deed::Reach { verb, who, text, .. }) => (*verb, who.clone(), text.clone()),
        _ => {
            let verb = wanted(model, &keys).unwrap_or(Verb::Contact);
            (verb, people(model, &keys, verb), summary(model, &keys))
        }
    };
    let verbs = VERBS.map(|verb| verb.word().to_owned()).to_vec();
    let at = VERBS.iter().position(|known| *known == verb).unwrap_or(0);
    Form::new(Purpose::Reach(keys.clone()), "Page or tell · Enter copies the text and records it")
        .about(Tone::Heading, about(model, &keys))
        .choice("how", verbs, at)
        .text("who", who.join(", "))
        .text("text", text)
}

/// What a person needs to know at once, in a line that fits a pager.
fn summary(model: &Model, keys: &[MailKey]) -> String {
    let Some(row) = keys.first().and_then(|key| model.inbox.get(key)) else { return String::new() };
    let incident = incident_of(model, keys);
    let lead = incident.and_then(|incident| model.inbox.lead(incident)).unwrap_or(row);
    let headline = model.inbox.verdict(if keys.len() > 1 { lead } else { row }).headline;
    let short = |time: Time| time.short(model.now, &model.zone);
    let when = match incident {
        Some(incident) if incident.count > 1 => {
            format!("{} mails, {} to {}", incident.count, short(incident.first), short(incident.last))
        }
        _ => format!("mail of {}", short(row.at)),
    };
    text::clean(&format!("{}: {headline} ({when}: {})", model.inbox.category(row), row.subject)).into_owned()
}

fn answered(model: &mut Model, keys: Vec<MailKey>) {
    let mut reached = permit::reached(&model.inbox, &keys);
    if reached.iter().any(|reached| reached.answered.is_none()) {
        reached.retain(|reached| reached.answered.is_none());
    }
    if reached.is_empty() {
        let key = model.hint(Action::Reach);
        return model.say(Tone::Muted, format!("nobody was paged or told about this yet · {key} does"));
    }
    reached.reverse();
    let options: Vec<String> =
        reached.iter().map(|reached| format!("{} {}", reached.verb.past(), reached.who.join(", "))).collect();
    let ids = reached.iter().map(|reached| reached.said.act).collect();
    let mut form = Form::new(Purpose::Answered(keys.clone(), ids), "Answer · Enter records it")
        .about(Tone::Heading, about(model, &keys))
        .text("answer", "");
    if options.len() > 1 {
        form = form.choice("of", options, 0);
    }
    form.below = reached.iter().map(|reached| (Tone::Muted, reached_words(model, reached))).collect();
    open(model, form);
}

/// Who was reached, how, when, by whom, and what came of it.
fn reached_words(model: &Model, reached: &Reached) -> String {
    let answer = match &reached.answered {
        Some(answer) => format!("answered {}: {}", answer.at.short(model.now, &model.zone), answer.text),
        None => "no answer yet".to_owned(),
    };
    let hook = reached.hook.as_ref().map(|hook| format!(" · {hook}")).unwrap_or_default();
    format!("{} {} by {} · {answer}{hook}", reached.verb.past(), reached.who.join(", "), said(model, &reached.said))
}

fn resolve(model: &Model, keys: Vec<MailKey>) -> Form {
    let mut form = Form::new(Purpose::Resolve(keys.clone()), "Resolve · Enter says that the problem ended")
        .about(Tone::Heading, about(model, &keys))
        .text("when", "now");
    if let Some(incident) = incident_of(model, &keys) {
        let short = |time: Time| time.short(model.now, &model.zone);
        let mails = text::counted(incident.count, "mail");
        let words = format!("{mails}, {} to {}", short(incident.first), short(incident.last));
        form.below.push((Tone::Muted, words));
        if let Some(resolved) = incident.resolved {
            form.below.push((Tone::Warning, format!("it was resolved at {} already", short(resolved))));
        }
    }
    let words = "mail that comes later opens a new incident, unless it still covers the time before";
    form.below.push((Tone::Muted, words.to_owned()));
    form
}

fn severity(model: &Model, keys: Vec<MailKey>) -> Form {
    let row = keys.first().and_then(|key| model.inbox.get(key));
    let told = row.and_then(|row| model.inbox.state(row).severity);
    let call = told.as_ref().map(|(call, _)| *call).or_else(|| row.map(|row| model.inbox.verdict(row).call));
    let at = SEVERITIES.iter().position(|(known, _)| Some(*known) == call).unwrap_or(2);
    let options = SEVERITIES.map(|(call, _)| call.word().to_owned()).to_vec();
    let mut form = Form::new(Purpose::Severity(keys.clone()), "Severity · Enter records it")
        .about(Tone::Heading, about(model, &keys))
        .choice("severity", options, at);
    if let Some((call, by)) = told {
        form.below.push((Tone::Muted, format!("{} by {}", call.word(), said(model, &by))));
    }
    form
}

/// Asks for what must be recorded before these are done.
pub(super) fn ask_first(model: &mut Model, keys: Vec<MailKey>, missing: Vec<Requirement>) {
    let mut form =
        Form::new(Purpose::Done(keys.clone(), missing.clone()), "Before it is done · Enter records, then done")
            .about(Tone::Heading, about(model, &keys));
    for requirement in &missing {
        form = match requirement {
            Requirement::Told => {
                let verbs = VERBS.map(|verb| verb.word().to_owned()).to_vec();
                let row = keys.first().and_then(|key| model.inbox.get(key));
                let verb = row.map_or(Verb::Tell, |row| permit::telling(&model.inbox, row));
                let at = VERBS.iter().position(|known| *known == verb).unwrap_or(0);
                // Who was told is for the operator to say: a name that stood there would be recorded by a mere Enter.
                form.text("told whom", "").choice("how", verbs, at)
            }
            Requirement::Severity => {
                let options = std::iter::once("not judged").chain(SEVERITIES.map(|(call, _)| call.word()));
                form.choice("severity", options.map(str::to_owned).collect(), 0)
            }
            Requirement::ClaimOrNote => form.text("note", ""),
            Requirement::Handled => form.text("what was done", ""),
        };
    }
    open(model, form);
}

fn switch(model: &Model) -> Option<Form> {
    let mut names = permit::switches(&model.inbox.books);
    if names.is_empty() {
        return None;
    }
    // The switch that the message under the cursor depends on comes first.
    if let Some(book) = model.book() {
        let asks = |name: &String| {
            let mut tests = book.cases.iter().flat_map(|case| &case.tests);
            tests.any(|test| matches!(test, Temporal::Switch { name: asked, .. } if asked == name))
        };
        names.sort_by_key(|name| !asks(name));
    }
    let yes = names.first().is_some_and(|name| model.inbox.switch(name, model.now) == "yes");
    let values = ["yes", "no", "unknown"].map(String::from).to_vec();
    Some(
        Form::new(Purpose::Switch, "Switch · Enter sets it")
            .choice("switch", names, 0)
            .choice("is", values, usize::from(yes))
            .text("since", "now"),
    )
}

/// Asks what is expected.
pub(super) fn expect(model: &mut Model) {
    let names = permit::expectations(&model.inbox.books);
    if names.is_empty() {
        return model.say(Tone::Muted, "no runbook asks whether something is expected");
    }
    let who = model.config.me.clone().unwrap_or_default();
    let form = Form::new(Purpose::Expect, "Expected · Enter announces it")
        .choice("what", names, 0)
        .text("from", "now")
        .text("to", "+2h")
        .text("by whom", who);
    open(model, form);
}

/// A query that finds mail like this: its category and host, or its sender.
fn like(model: &Model, keys: &[MailKey]) -> String {
    let Some(row) = keys.first().and_then(|key| model.inbox.get(key)) else { return String::new() };
    let quoted = |value: &str| {
        let plain = !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || "-_.@+".contains(c));
        if plain { value.to_owned() } else { format!("\"{}\"", value.replace(['"', '\\'], " ")) }
    };
    let host = row.class.labels.iter().find(|label| label.name == "host");
    let host = host.map(|label| format!(" host:{}", quoted(&label.value))).unwrap_or_default();
    match model.inbox.book(row) {
        Some(book) => {
            let kind = model.inbox.kind(row).map(|kind| format!(" kind:{}", quoted(kind))).unwrap_or_default();
            format!("category:{}{kind}{host}", quoted(&book.id))
        }
        None => format!("from:{}{host}", quoted(&row.from.addr)),
    }
}

// ---- explaining --------------------------------------------------------------------------------------------------

/// More rows than this are counted only when a filter is submitted, not at every key.
const COUNTED: usize = 20_000;

/// Writes beside and below the rows what they mean as they stand.
fn explain(model: &Model, form: &mut Form) {
    match form.purpose.clone() {
        Purpose::Ignore(keys) => {
            let filter = form.chosen("scope") == 2;
            if let Some(row) = form.row("query") {
                row.hidden = !filter;
            }
            let scope = scope_words(model, &keys, form.chosen("scope"));
            form.note("scope", scope);
            let found = if filter { found(model, form.value("query")) } else { String::new() };
            form.note("query", found);
            let until = match end(model, form) {
                Ok(Some(until)) => at_words(model, until),
                Ok(None) => String::new(),
                Err(words) => words,
            };
            form.note("until", until);
        }
        Purpose::Snooze(keys) => {
            let scope = scope_words(model, &keys, form.chosen("scope"));
            form.note("scope", scope);
            let until = read(model, form, "until", Toward::Future).map_or_else(|words| words, |at| at_words(model, at));
            form.note("until", until);
        }
        Purpose::Reach(keys) => explain_reach(model, form, &keys),
        Purpose::Resolve(_) => {
            let when = read(model, form, "when", Toward::Past).map_or_else(|words| words, |at| at_words(model, at));
            form.note("when", when);
        }
        Purpose::Switch => {
            let since = read(model, form, "since", Toward::Past).map_or_else(|words| words, |at| at_words(model, at));
            form.note("since", since);
            form.below = switch_history(model, form.value("switch"));
        }
        Purpose::Expect => {
            let (from, to) = (span_start(model, form), span_end(model, form));
            form.note("from", from.map_or_else(|words| words, |at| at_words(model, at)));
            form.note("to", to.map_or_else(|words| words, |at| at_words(model, at)));
        }
        Purpose::Done(keys, _) => {
            form.note("note", "empty: you claim it");
            severity_note(form, 1);
            let said = |verb: Verb| {
                let who = people(model, &keys, verb);
                (!who.is_empty()).then(|| format!("the runbook says: {} {}", verb.word(), who.join(", ")))
            };
            let verb = VERBS.get(form.chosen("how")).copied().unwrap_or(Verb::Tell);
            form.note("told whom", said(verb).unwrap_or_default());
        }
        Purpose::Severity(_) => severity_note(form, 0),
        Purpose::Claim(_) | Purpose::Answered(..) => {}
    }
}

/// The chosen severity in the words of other tools; so many options before are none.
fn severity_note(form: &mut Form, before: usize) {
    let chosen = form.chosen("severity").checked_sub(before).and_then(|at| SEVERITIES.get(at));
    form.note("severity", chosen.map(|(_, word)| format!("{word}, as other tools say")).unwrap_or_default());
}

fn scope_words(model: &Model, keys: &[MailKey], scope: usize) -> String {
    match scope {
        0 if keys.len() == 1 => "this message only".to_owned(),
        0 => format!("these {} messages only", keys.len()),
        1 => {
            let count = incident_of(model, keys).map_or(1, |incident| incident.members.len());
            let now = text::counted(count, "message");
            format!("its incident: {now} now, and those to come")
        }
        _ => "all that the query finds, later mail too".to_owned(),
    }
}

/// How many messages a query finds, and the worst call among them.
fn found(model: &Model, query: &str) -> String {
    let query = match Query::parse(query) {
        Ok(_) if query.trim().is_empty() => return "write a query".to_owned(),
        Ok(query) => query,
        Err(error) => return error.message,
    };
    if model.inbox.rows().len() > COUNTED {
        return String::new();
    }
    let (count, worst) = selected(model, &query);
    match worst {
        Some(worst) => format!("finds {count} now; hides calls up to {}", worst.word()),
        None => "finds nothing now".to_owned(),
    }
}

fn selected(model: &Model, query: &Query) -> (usize, Option<Call>) {
    let found = model.inbox.standings().filter(|(row, _)| query.matches(&model.inbox, row, model.now));
    found.fold((0, None), |(count, worst), (_, standing)| (count + 1, worst.max(Some(standing.call()))))
}

fn explain_reach(model: &Model, form: &mut Form, keys: &[MailKey]) {
    let verb = VERBS.get(form.chosen("how")).copied().unwrap_or(Verb::Contact);
    // Another verb asks for other people, as long as nobody else was typed.
    let typed = form.value("who").to_owned();
    let offered = typed.is_empty() || VERBS.iter().any(|verb| people(model, keys, *verb).join(", ") == typed);
    let who = people(model, keys, verb);
    let choosing = form.rows.get(form.at).is_some_and(|row| row.label == "how");
    if offered
        && choosing
        && !who.is_empty()
        && let Some(row) = form.row("who")
    {
        row.value = Value::Text(super::model::Field::new(who.join(", ")));
    }
    form.note("who", if who.is_empty() { "the runbook names nobody for this".to_owned() } else { String::new() });
    let named = names(form.value("who"));
    let reached = permit::reached(&model.inbox, keys);
    form.below = reached
        .iter()
        .map(|reached| {
            let again = reached.who.iter().any(|nick| named.contains(nick));
            let (tone, mark) = if again { (Tone::Warning, "! already ") } else { (Tone::Muted, "") };
            (tone, format!("{mark}{}", reached_words(model, reached)))
        })
        .collect();
    let cases = keys.iter().filter_map(|key| permit::applying(&model.inbox, model.inbox.get(key)?));
    for warn in cases.filter_map(|case| case.warn.as_ref()) {
        let line = (Tone::Warning, format!("! {warn}"));
        if !form.below.contains(&line) {
            form.below.push(line);
        }
    }
    if reached.iter().any(|reached| reached.answered.is_none()) {
        form.below.push((Tone::Muted, format!("{} records an answer", model.hint(Action::Answered))));
    }
    let words = match &model.config.page {
        Some(command) if verb == Verb::Page => format!("Enter also runs: {}", command.join(" ")),
        _ => "dutybox reaches nobody by itself: this copies the text and keeps the record".to_owned(),
    };
    form.below.push((Tone::Muted, words));
}

fn switch_history(model: &Model, name: &str) -> Vec<(Tone, String)> {
    let now = model.inbox.switch(name, model.now);
    let mut lines = vec![(Tone::Heading, format!("{name} is {now} now"))];
    let entries = model.inbox.told.at_large().filter_map(|act| match &act.deed {
        Deed::Switch { name: other, is, from } if other == name => {
            let short = |time: Time| time.short(model.now, &model.zone);
            Some((Tone::Muted, format!("{is} since {} · said {} by {}", short(*from), short(act.at), act.by)))
        }
        _ => None,
    });
    let mut entries: Vec<_> = entries.collect();
    entries.reverse();
    lines.extend(entries);
    lines
}

// ---- submitting --------------------------------------------------------------------------------------------------

/// A time in a row.
fn read(model: &Model, form: &Form, label: super::form::Label, toward: Toward) -> Result<Time, String> {
    when::read(form.value(label), model.now, &model.zone, toward)
}

fn span_start(model: &Model, form: &Form) -> Result<Time, String> {
    read(model, form, "from", Toward::Today)
}

/// The end of what is expected, counted from its start.
fn span_end(model: &Model, form: &Form) -> Result<Time, String> {
    when::read(form.value("to"), span_start(model, form)?, &model.zone, Toward::Future)
}

/// The end of an ignore.
fn end(model: &Model, form: &Form) -> Result<Option<Time>, String> {
    match form.value("until").trim() {
        "for ever" | "forever" => Ok(None),
        _ => read(model, form, "until", Toward::Future).map(Some),
    }
}

fn scope(form: &Form) -> Scope {
    if form.chosen("scope") == 1 { Scope::Incident } else { Scope::Message }
}

/// Does what a form is for; else says why not.
fn submit(model: &mut Model, form: &Form, effects: &mut Vec<Effect>) -> Result<(), String> {
    let (deed, keys) = match &form.purpose {
        Purpose::Ignore(keys) => {
            let reason = form.value("reason").trim().to_owned();
            let until = end(model, form)?;
            if form.chosen("scope") == 2 {
                let query = form.value("query").trim().to_owned();
                let call = Query::parse(&query).ok().and_then(|query| selected(model, &query).1);
                let scope = Scope::Filter { query, call: call.unwrap_or(Call::Note) };
                return say(refuse_at_large(model, Deed::Ignore { reason, scope, until }, effects));
            }
            (Deed::Ignore { reason, scope: scope(form), until }, keys)
        }
        Purpose::Snooze(keys) => {
            (Deed::Snooze { until: read(model, form, "until", Toward::Future)?, scope: scope(form) }, keys)
        }
        Purpose::Claim(keys) => (Deed::Claim { scope: Scope::Incident }, keys),
        Purpose::Resolve(keys) => (Deed::Resolve { at: read(model, form, "when", Toward::Past)? }, keys),
        Purpose::Severity(keys) => {
            let call = SEVERITIES.get(form.chosen("severity")).map_or(Call::Decide, |(call, _)| *call);
            (Deed::Severity { call }, keys)
        }
        Purpose::Answered(keys, ids) => {
            let Some(of) = ids.get(form.chosen("of")) else { return Ok(()) };
            (Deed::Answered { of: *of, text: form.value("answer").trim().to_owned() }, keys)
        }
        Purpose::Reach(keys) => {
            let verb = VERBS.get(form.chosen("how")).copied().unwrap_or(Verb::Contact);
            let text = form.value("text").trim().to_owned();
            let deed = Deed::Reach { verb, who: names(form.value("who")), text: text.clone(), hook: None };
            refuse(model, &deed, keys)?;
            if !text.is_empty() {
                effects.push(Effect::Copy(text));
            }
            (deed, keys)
        }
        Purpose::Done(keys, missing) => return done(model, form, keys, missing, effects),
        Purpose::Switch => {
            let deed = Deed::Switch {
                name: form.value("switch").to_owned(),
                is: form.value("is").to_owned(),
                from: read(model, form, "since", Toward::Past)?,
            };
            return say(refuse_at_large(model, deed, effects));
        }
        Purpose::Expect => {
            let deed = Deed::Expect {
                name: form.value("what").to_owned(),
                from: span_start(model, form)?,
                to: span_end(model, form)?,
                who: form.value("by whom").trim().to_owned(),
            };
            return say(refuse_at_large(model, deed, effects));
        }
    };
    refuse(model, &deed, keys)?;
    acts::carry_out(model, deed, keys.clone(), effects);
    Ok(())
}

fn say(result: Result<(), Refusal>) -> Result<(), String> {
    result.map_err(|refusal| refusal.to_string())
}

fn refuse(model: &Model, deed: &Deed, keys: &[MailKey]) -> Result<(), String> {
    permit::refusal(&model.inbox, deed, keys).map_or(Ok(()), |refusal| Err(refusal.to_string()))
}

/// Records what was asked for, then does it: acts of their own, in order, each only once the one before is written down.
/// Who undoes the last one has not untold anybody.
fn done(
    model: &mut Model,
    form: &Form,
    keys: &[MailKey],
    missing: &[Requirement],
    effects: &mut Vec<Effect>,
) -> Result<(), String> {
    let mut deeds: Vec<Deed> = Vec::new();
    for requirement in missing {
        let text = |label| form.value(label).trim().to_owned();
        deeds.push(match requirement {
            Requirement::Told => {
                let verb = VERBS.get(form.chosen("how")).copied().unwrap_or(Verb::Tell);
                Deed::Reach { verb, who: names(form.value("told whom")), text: String::new(), hook: None }
            }
            Requirement::Severity => match form.chosen("severity").checked_sub(1).and_then(|at| SEVERITIES.get(at)) {
                Some((call, _)) => Deed::Severity { call: *call },
                None => return Err("judge how severe it is".to_owned()),
            },
            Requirement::ClaimOrNote if form.value("note").trim().is_empty() => Deed::Claim { scope: Scope::Incident },
            Requirement::ClaimOrNote => Deed::Note { text: text("note") },
            Requirement::Handled => Deed::Note { text: text("what was done") },
        });
    }
    for deed in &deeds {
        refuse(model, deed, keys)?;
        // This only records what was done; a page by command goes through its own dialog.
        if model.config.page.is_some() && matches!(deed, Deed::Reach { verb: Verb::Page, .. }) {
            let key = model.hint(Action::Reach);
            return Err(format!("paging runs a command here: leave with Esc, page with {key}, then come back"));
        }
    }
    let mut requests: VecDeque<Request> =
        deeds.into_iter().map(|deed| Request::of(&model.inbox, deed, keys.iter().cloned())).collect();
    requests.push_back(Request::of(&model.inbox, Deed::Done, keys.iter().cloned()));
    let first = requests.pop_front();
    acts::step_on(model, &Deed::Done, keys);
    model.last = Some(Deed::Done);
    model.list.clear_selection();
    model.chain.start(requests);
    effects.extend(first.map(Effect::Act));
    Ok(())
}

/// Carries out an act about no message.
pub(super) fn at_large(model: &mut Model, deed: Deed, effects: &mut Vec<Effect>) {
    if let Err(refusal) = refuse_at_large(model, deed, effects) {
        model.say(Tone::Warning, refusal.to_string());
    }
}

fn refuse_at_large(model: &Model, deed: Deed, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
    match permit::refusal(&model.inbox, &deed, &[]) {
        Some(refusal) => Err(refusal),
        None => {
            effects.push(Effect::Act(Request::at_large(deed)));
            Ok(())
        }
    }
}

/// What to do with a refused act: ask for what is missing, or say why not.
pub(super) fn refused(model: &mut Model, refusal: Refusal, keys: Vec<MailKey>) {
    match refusal.cause {
        Cause::Requires(missing) => ask_first(model, keys, missing),
        _ => model.say(Tone::Warning, refusal.to_string()),
    }
}
