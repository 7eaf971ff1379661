//! Which acts are refused, and what must be known before them: what the page forbids, and what makes no sense. Pure; the
//! screen and the command line ask here before they ask the world.

use super::inbox::Inbox;
use super::query::Query;
use super::row::{MailKey, Row};
use super::standing::{MessageState, Reached};
use super::told::{ActId, Deed, Scope, Shelf, Step};
use super::verdicts::IncidentNo;
use crate::mail::Time;
use crate::runbook::case::{Requirement, Temporal};
use crate::runbook::{Case, Runbooks, Verb};
use std::collections::HashMap;

/// Why an act is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The page says that this must be dealt with: it is not ignored without an end (N19).
    NeverIgnore,
    /// An ignore without a reason.
    NoReason,
    /// A time that must lie ahead does not.
    NotAhead,
    /// A time that cannot lie ahead does.
    Ahead,
    /// The case asks for something before `done`.
    Requires(Vec<Requirement>),
    /// Nobody was named.
    Nobody,
    /// Nothing was written.
    Empty,
    /// A query that is wrong, or selects everything.
    Query,
    /// A name or value that no runbook asks for.
    Unknown,
    /// It begins after it ends.
    Backwards,
    /// There is no such act, claim or step to speak of.
    Nothing,
}

/// A refused act: why, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why, for programs.
    pub cause: Cause,
    /// Why, for people.
    pub words: String,
    /// What to do instead.
    pub instead: String,
}

impl Refusal {
    fn new(cause: Cause, words: impl Into<String>, instead: impl Into<String>) -> Refusal {
        Refusal { cause, words: words.into(), instead: instead.into() }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} · {}", self.words, self.instead)
    }
}

/// What brings messages back from the trash: out of its folder, into which they were moved, or by taking the flag away.
///
/// # Errors
/// Where some need the one and some the other.
pub fn untrash(inbox: &Inbox, keys: &[MailKey]) -> Result<Deed, Refusal> {
    let moved = |key: &&MailKey| {
        let trashed = inbox.get(key).and_then(|row| inbox.state(row).trashed);
        let act = trashed.and_then(|said| inbox.told.act(said.act));
        act.is_some_and(|act| matches!(act.deed, Deed::Move { .. }))
    };
    match keys.iter().filter(moved).count() {
        0 => Ok(Deed::Untrash),
        all if all == keys.len() => Ok(Deed::Move { shelf: Shelf::Back, to: String::new() }),
        some => {
            let words = format!("{some} of these were moved into the trash, the others have the flag T");
            Err(Refusal::new(Cause::Nothing, words, "untrash one sort at a time"))
        }
    }
}

/// Why an act about these messages is refused now; `None`: it is not.
pub fn refusal(inbox: &Inbox, deed: &Deed, keys: &[MailKey]) -> Option<Refusal> {
    let now = inbox.now();
    let rows = || keys.iter().filter_map(|key| inbox.get(key));
    match deed {
        Deed::Ignore { reason, scope, until } => ignore(inbox, reason, scope, *until, keys),
        Deed::Snooze { until, .. } if *until <= now => Some(ahead("a snooze ends in the future")),
        Deed::Done | Deed::Move { shelf: Shelf::Archive, .. } => {
            let missing = missing(inbox, keys);
            (!missing.is_empty()).then(|| {
                let category = rows().find(|row| !required(inbox, row).is_empty()).map(|row| inbox.category(row));
                let all = missing.iter().map(|requirement| asked(*requirement)).collect::<Vec<_>>().join(", and ");
                let words = format!("not done yet: {} asks first {all}", category.unwrap_or_default());
                Refusal::new(Cause::Requires(missing), words, "record that, then it can be done")
            })
        }
        Deed::Resolve { at } if *at > now => {
            Some(Refusal::new(Cause::Ahead, "it cannot be resolved in the future", "give the time at which it ended"))
        }
        Deed::Reach { who, .. } if who.iter().all(|nick| nick.trim().is_empty()) => {
            Some(Refusal::new(Cause::Nobody, "nobody is named", "write who it was"))
        }
        Deed::Note { text } if text.trim().is_empty() => Some(empty("the note is empty")),
        Deed::Answered { of, text } => {
            if text.trim().is_empty() {
                return Some(empty("the answer is empty"));
            }
            let reached = inbox.told.act(*of).is_some_and(|act| matches!(act.deed, Deed::Reach { .. }));
            (!reached || !inbox.told.stands(*of)).then(|| nothing(*of, "reached anybody"))
        }
        Deed::Logged { of } => {
            let pending =
                |row: &Row| inbox.state(row).bug_texts.iter().any(|t| t.said.act == *of && t.logged.is_none());
            (!rows().any(pending)).then(|| nothing(*of, "copied a text whose log is pending"))
        }
        Deed::Unclaim { .. } if !rows().any(|row| inbox.state(row).claimed.is_some()) => {
            Some(Refusal::new(Cause::Nothing, "nobody has claimed it", "claim it first"))
        }
        Deed::Tick(step) | Deed::Untick(step) => {
            let has =
                |row: &Row| inbox.book(row).and_then(|book| book.case(&step.case)).is_some_and(|c| holds(c, step));
            (!rows().any(has)).then(|| {
                let words = format!("case {} has no step \"{}\" for this message", step.case, step.text);
                Refusal::new(Cause::Nothing, words, "take one of its checklist")
            })
        }
        Deed::Switch { name, is, from } => switch(inbox, name, is, *from),
        Deed::Expect { name, from, to, .. } => {
            if from > to {
                let words = "what is expected would begin after its end";
                return Some(Refusal::new(Cause::Backwards, words, "give a later end"));
            }
            unknown("expects", name, &expectations(&inbox.books))
        }
        _ => None,
    }
}

fn ahead(words: &str) -> Refusal {
    Refusal::new(Cause::NotAhead, words, "give a later time: 1h, 4h, tomorrow, 14:20")
}

fn empty(words: &str) -> Refusal {
    Refusal::new(Cause::Empty, words, "write a few words")
}

fn nothing(of: ActId, did: &str) -> Refusal {
    Refusal::new(Cause::Nothing, format!("act {} is none that {did}, or was taken back", of.0), "look into the journal")
}

fn ignore(inbox: &Inbox, reason: &str, scope: &Scope, until: Option<Time>, keys: &[MailKey]) -> Option<Refusal> {
    if reason.trim().is_empty() {
        let instead = "write a few words for the next person";
        return Some(Refusal::new(Cause::NoReason, "an ignore needs a reason", instead));
    }
    if until.is_some_and(|until| until <= inbox.now()) {
        return Some(ahead("an ignore ends in the future"));
    }
    let query = match scope {
        Scope::Filter { query, .. } => match Query::parse(query) {
            _ if query.trim().is_empty() => {
                let words = "a filter without a query would hide everything";
                return Some(Refusal::new(Cause::Query, words, "write a query, for example category:puppet"));
            }
            Ok(query) => Some(query),
            Err(error) => {
                return Some(Refusal::new(Cause::Query, format!("query: {}", error.message), "write it otherwise"));
            }
        },
        _ => None,
    };
    if until.is_some() {
        return None;
    }
    let covered: Vec<&Row> = match &query {
        Some(query) => inbox.rows().iter().filter(|row| query.matches(inbox, row, inbox.now())).collect(),
        None => keys.iter().filter_map(|key| inbox.get(key)).collect(),
    };
    let forbids = |row: &&Row| inbox.book(row).and_then(|book| book.never_ignore.as_ref().map(|why| (&book.id, why)));
    covered.iter().find_map(forbids).map(|(id, why)| {
        let words = format!("{id} is not ignored for ever: {why}");
        Refusal::new(Cause::NeverIgnore, words, "give it an end: 1h, 4h, tomorrow, 7d")
    })
}

fn switch(inbox: &Inbox, name: &str, is: &str, from: Time) -> Option<Refusal> {
    const VALUES: [&str; 3] = ["yes", "no", "unknown"];
    if !VALUES.contains(&is) {
        let words = format!("a switch cannot be `{is}`");
        return Some(Refusal::new(Cause::Unknown, words, format!("it is one of {}", VALUES.join(", "))));
    }
    if from > inbox.now() {
        let words = "a switch is set from now on or from an earlier time";
        return Some(Refusal::new(Cause::Ahead, words, "give the time since which it holds"));
    }
    unknown("has a switch", name, &switches(&inbox.books))
}

fn unknown(has: &str, name: &str, known: &[String]) -> Option<Refusal> {
    (!known.iter().any(|known| known == name)).then(|| {
        let instead =
            if known.is_empty() { "no runbook has one".to_owned() } else { format!("there is {}", known.join(", ")) };
        Refusal::new(Cause::Unknown, format!("no runbook {has} `{name}`"), instead)
    })
}

// ---- what is asked for before done -------------------------------------------------------------------------------

/// A requirement as a question's object: "who was told".
pub fn asked(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::Told => "who was told",
        Requirement::Severity => "how severe it is",
        Requirement::ClaimOrNote => "a claim or a note",
        Requirement::Handled => "what was done about it",
    }
}

/// The verb under which "who was told" is recorded: telling where the case asks for that, else the case's own verb.
pub fn telling(inbox: &Inbox, row: &Row) -> Verb {
    let people = inbox.verdict(row).people;
    let reaching =
        || people.iter().map(|(verb, _)| *verb).filter(|verb| !matches!(verb, Verb::Forward | Verb::Respond));
    if reaching().any(|verb| verb == Verb::Tell) { Verb::Tell } else { reaching().next().unwrap_or(Verb::Tell) }
}

/// What must still be recorded before these messages can be done, each requirement once. What was recorded about any
/// message of an incident is about the problem, and counts for all of them.
pub fn missing(inbox: &Inbox, keys: &[MailKey]) -> Vec<Requirement> {
    let mut missing: Vec<Requirement> = Vec::new();
    for (row, members) in by_incident(inbox, keys) {
        let mut open: Vec<Requirement> = Vec::new();
        for requirement in members.iter().flat_map(|member| required(inbox, member)) {
            if !open.contains(requirement) {
                open.push(*requirement);
            }
        }
        let mut rows = std::iter::once(row).chain(others(inbox, row));
        while !open.is_empty()
            && let Some(state) = rows.next().map(|row| inbox.state(row))
        {
            open.retain(|requirement| !is_recorded(*requirement, &state));
        }
        missing.extend(open);
    }
    missing.sort_unstable();
    missing.dedup();
    missing
}

/// The messages of these keys by their incident, each group with one of them.
fn by_incident<'i>(inbox: &'i Inbox, keys: &[MailKey]) -> Vec<(&'i Row, Vec<&'i Row>)> {
    let mut at: HashMap<IncidentNo, usize> = HashMap::new();
    let mut groups: Vec<(&Row, Vec<&Row>)> = Vec::new();
    for row in keys.iter().filter_map(|key| inbox.get(key)) {
        let next = groups.len();
        let group = inbox.incident_of(row).map_or(next, |(number, _)| *at.entry(number).or_insert(next));
        match groups.get_mut(group) {
            Some((_, members)) => members.push(row),
            None => groups.push((row, vec![row])),
        }
    }
    groups
}

/// What the case that applies asks for.
fn required<'i>(inbox: &'i Inbox, row: &Row) -> &'i [Requirement] {
    applying(inbox, row).map_or(&[], |case| &case.requires)
}

/// The case that applies to a message now.
pub fn applying<'i>(inbox: &'i Inbox, row: &Row) -> Option<&'i Case> {
    let index = inbox.standing(&row.key)?.judgment.case?;
    inbox.book(row)?.cases.get(usize::from(index))
}

/// The other messages of the incident: a note on one of them is one about the problem.
fn others<'i>(inbox: &'i Inbox, row: &'i Row) -> impl Iterator<Item = &'i Row> {
    let members = inbox.incident_of(row).map(|(_, incident)| inbox.members(incident));
    members.into_iter().flatten().map(|(member, _)| member).filter(|member| member.key != row.key)
}

fn is_recorded(requirement: Requirement, state: &MessageState) -> bool {
    match requirement {
        Requirement::Told => !state.reached.is_empty(),
        Requirement::Severity => state.severity.is_some(),
        Requirement::ClaimOrNote => state.claimed.is_some() || !state.notes.is_empty(),
        Requirement::Handled => {
            !(state.notes.is_empty()
                && state.replied.is_empty()
                && state.forwarded.is_empty()
                && state.reached.is_empty())
        }
    }
}

// ---- what to know before -----------------------------------------------------------------------------------------

/// People who were reached for the incidents of these messages, oldest first (N7).
pub fn reached(inbox: &Inbox, keys: &[MailKey]) -> Vec<Reached> {
    let mut all: Vec<Reached> = Vec::new();
    for (row, _) in by_incident(inbox, keys) {
        for reached in inbox.state(row).reached {
            if !all.iter().any(|other| other.said.act == reached.said.act) {
                all.push(reached);
            }
        }
    }
    all.sort_by_key(|reached| reached.said.act);
    all
}

/// What to know before people are reached: who was reached already, and what the cases warn of.
pub fn warnings(inbox: &Inbox, keys: &[MailKey], who: &[String], zone: &jiff::tz::TimeZone) -> Vec<String> {
    let mut warnings: Vec<String> = Vec::new();
    for reached in reached(inbox, keys) {
        for nick in reached.who.iter().filter(|nick| who.is_empty() || who.contains(nick)) {
            let when = reached.said.at.short(inbox.now(), zone);
            let answer = match &reached.answered {
                Some(answer) => format!("answered: {}", answer.text),
                None => "no answer recorded".to_owned(),
            };
            warnings.push(format!("{nick}: {} at {when} by {}, {answer}", reached.verb.past(), reached.said.by));
        }
    }
    for case in keys.iter().filter_map(|key| applying(inbox, inbox.get(key)?)) {
        if let Some(warn) = &case.warn
            && !warnings.contains(warn)
        {
            warnings.push(warn.clone());
        }
    }
    warnings
}

/// Whether a step is one of a case.
fn holds(case: &Case, step: &Step) -> bool {
    case.steps.iter().any(|known| known.text == step.text)
}

/// Names of the switches that runbooks ask for.
pub fn switches(books: &Runbooks) -> Vec<String> {
    names(books, |test| match test {
        Temporal::Switch { name, .. } => Some(name),
        _ => None,
    })
}

/// Names of the expectations that runbooks ask for.
pub fn expectations(books: &Runbooks) -> Vec<String> {
    names(books, |test| match test {
        Temporal::Expected(name) => Some(name),
        _ => None,
    })
}

fn names(books: &Runbooks, name: impl Fn(&Temporal) -> Option<&String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for test in books.iter().flat_map(|(_, book)| &book.cases).flat_map(|case| &case.tests) {
        if let Some(name) = name(test).filter(|name| !names.contains(name)) {
            names.push(name.clone());
        }
    }
    names.sort();
    names
}
