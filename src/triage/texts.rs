//! Texts of a runbook filled for one message: its checklist, and what goes into bugs. Nothing here is sent anywhere.

use super::classify::hits;
use super::inbox::Inbox;
use super::row::Row;
use super::told::Step;
use super::verdict::{fill, fill_with};
use super::verdicts::Incident;
use crate::mail::{Message, Time, text, unsubscribe};
use crate::runbook::case::{BugUse, Case};
use crate::runbook::filter::MessageFacts;
use crate::runbook::labels::Label;
use crate::runbook::{INCIDENT_FACTS, Runbook, Runbooks};
use jiff::tz::TimeZone;

/// An item of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Which of several it is about: the instance.
    pub of: Option<String>,
    /// What to do.
    pub text: String,
    /// Whether it is an alternative to the one before.
    pub or: bool,
    /// What a tick of it is about.
    pub step: Step,
}

/// The checklist of a case for a message with these labels. Where the case has one for each value of a label, all steps
/// for the first value come first, then all for the second.
pub fn checklist(case: &Case, labels: &[Label]) -> Vec<Task> {
    let steps = |of: Option<&Label>, labels: &[Label]| -> Vec<Task> {
        let task = |step: &crate::runbook::case::Step| {
            let of = of.map(|label| label.value.clone());
            let own = Step { case: case.id.clone(), of: of.clone().unwrap_or_default(), text: step.text.clone() };
            Task { of, text: fill(&step.text, labels), or: step.or, step: own }
        };
        case.steps.iter().map(task).collect()
    };
    let Some(per) = &case.per else { return steps(None, labels) };
    let values: Vec<&Label> = labels.iter().filter(|label| label.name == *per).collect();
    if values.is_empty() {
        return steps(None, labels);
    }
    let one = |value: &&Label| {
        let own: Vec<Label> = labels.iter().filter(|label| label.name != *per || label == value).cloned().collect();
        steps(Some(value), &own)
    };
    values.iter().flat_map(one).collect()
}

/// A text to copy into a bug (rules.md N25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BugNote {
    /// Where it goes, filled.
    pub into: BugUse,
    /// The text, with what the runbook calls secret taken out.
    pub text: String,
}

impl BugNote {
    /// Where it goes, for a list to choose from: "comment on bug 829025".
    pub fn words(&self) -> String {
        match &self.into {
            BugUse::Comment(bug) => format!("comment on bug {bug}"),
            BugUse::New { blocks: Some(bug), .. } => format!("new bug that blocks bug {bug}"),
            BugUse::New { .. } => "new bug".to_owned(),
        }
    }
}

/// What the runbooks that claim a message call secret in it: name and expression.
pub fn secrets(books: &Runbooks, message: &Message) -> Vec<(String, regex::Regex)> {
    let hits = hits(books, &MessageFacts::new(message));
    hits.iter().filter_map(|hit| books.get(hit.book)).flat_map(|book| book.redact.iter().cloned()).collect()
}

/// Lines of a mail that go into a text for a bug.
const LINES: usize = 20;

/// The texts for bugs that go with a message: those of its case, then those of the runbook. Times are in UTC, because
/// others read them. Without the message itself its text is left out.
pub fn bug_notes(
    book: &Runbook,
    case: Option<&str>,
    row: &Row,
    incident: Option<&Incident>,
    message: Option<&Message>,
) -> Vec<BugNote> {
    let of_case = case.and_then(|id| book.case(id)).map(|case| case.bug_texts.as_slice()).unwrap_or_default();
    let facts = facts(row, incident, message);
    let filled = |text: &str| {
        let links = message.map(|message| message.body().links.as_slice()).unwrap_or_default();
        let text = unsubscribe::hide(&fill_with(text, &row.class.labels, &facts), links);
        book.redact.iter().fold(text, |text, (name, regex)| {
            regex.replace_all(&text, regex::NoExpand(&format!("[{name} removed]"))).into_owned()
        })
    };
    let note = |text: &crate::runbook::case::BugText| BugNote {
        into: match &text.into {
            BugUse::Comment(bug) => BugUse::Comment(*bug),
            BugUse::New { summary, blocks } => BugUse::New { summary: filled(summary), blocks: *blocks },
        },
        text: filled(&text.text),
    };
    of_case.iter().chain(&book.bug_texts).map(note).collect()
}

/// What the placeholders of a text for a bug stand for, beside the labels.
fn facts(row: &Row, incident: Option<&Incident>, message: Option<&Message>) -> Vec<(&'static str, String)> {
    let full = |time: Time| format!("{} UTC", time.full(&TimeZone::UTC));
    let (first, last) = incident.map_or((row.at, row.at), |incident| (incident.first, incident.last));
    let mut facts = vec![
        ("from", row.from.addr.clone()),
        ("subject", row.subject.to_string()),
        ("date", full(row.at)),
        ("text", message.map(text_of).unwrap_or_default()),
    ];
    for &name in INCIDENT_FACTS {
        let value = match name {
            "count" => incident.map_or(1, |incident| incident.count).to_string(),
            "first" => full(first),
            "last" => full(last),
            "resolved" => match incident.and_then(|incident| incident.resolved) {
                Some(resolved) => full(resolved),
                None => continue,
            },
            _ => continue,
        };
        facts.push((name, value));
    }
    facts
}

/// The first lines of a mail that hold something.
fn text_of(message: &Message) -> String {
    let body = message.body();
    let lines: Vec<&str> = body.text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let mut text = lines.iter().take(LINES).copied().collect::<Vec<_>>().join("\n");
    if lines.len() > LINES {
        text.push_str(&format!("\n[{}]", text::counted(lines.len() - LINES, "more line")));
    }
    text
}

/// Mails that are named in a text to say to people.
const NAMED: usize = 5;

/// What to say to people who are reached about a message: the headline, and the mails behind it. Times are in UTC, because
/// others read them.
pub fn message_to_people(inbox: &Inbox, row: &Row) -> String {
    let incident = inbox.incident_of(row).map(|(_, incident)| incident);
    let lead = incident.and_then(|incident| inbox.lead(incident)).unwrap_or(row);
    let mut lines = vec![inbox.verdict(lead).headline];
    let members: Vec<&Row> =
        incident.map(|incident| inbox.members(incident).map(|(row, _)| row).collect()).unwrap_or_default();
    let named = if members.is_empty() { vec![row] } else { members };
    let skip = named.len().saturating_sub(NAMED);
    if skip > 0 {
        lines.push(format!("{}, and", text::counted(skip, "earlier mail")));
    }
    lines.extend(named.iter().skip(skip).map(|row| format!("{} UTC  {}", row.at.full(&TimeZone::UTC), row.subject)));
    lines.join("\n")
}
