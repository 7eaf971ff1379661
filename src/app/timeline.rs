//! The timeline of an incident, in words.

use super::list::{sender, sender_of};
use super::model::{Model, Overlay, Tone};
use crate::mail::{Time, text};
use crate::runbook::Call;
use crate::runbook::labels::Label;
use crate::triage::timeline::{self, What};
use crate::triage::told::{Act, Deed, Shelf};
use crate::triage::verdict::{Then, fill};
use crate::triage::verdicts::Tombstone;

/// Shows the timeline of the incident under the cursor.
pub(super) fn show(model: &mut Model) {
    let Some(row) = model.row() else { return };
    let found = timeline::timeline(&model.inbox, row);
    if found.events.is_empty() {
        return model.say(Tone::Muted, "nothing is known of this message any more");
    }
    let title = format!("Timeline · {}", row.subject);
    let mut lines: Vec<(Tone, String)> = Vec::new();
    if found.left_out > 0 {
        lines.push((Tone::Muted, format!("… left out: {}", text::counted(found.left_out, "earlier time"))));
    }
    let mut day = String::new();
    for event in &found.events {
        let (date, clock) = split(event.at, model);
        if date != day {
            lines.push((Tone::Heading, date.clone()));
            day = date;
        }
        let (tone, words) = match &event.what {
            What::Mail(key) => {
                let row = model.inbox.get(key);
                let words = row.map(|row| format!("{}  {}", sender(row), row.subject)).unwrap_or_default();
                (Tone::Plain, format!("mail    {words}"))
            }
            What::Gone(stone) => (Tone::Muted, format!("gone    {}", gone_words(stone))),
            What::Act(id) => {
                let words =
                    model.inbox.told.act(*id).map(|act| act_words(act, &row.class.labels, model)).unwrap_or_default();
                (Tone::Good, format!("told    {words}"))
            }
            What::Verdict { call, known, headline } => {
                let mark = if *known { "" } else { "?" };
                let word = format!("{}{mark}", call.word().to_uppercase());
                (tone(*call), format!("{word:<7} {headline}"))
            }
        };
        lines.push((tone, format!("{clock}  {words}")));
    }
    let next = next(&found, model);
    if !next.is_empty() {
        lines.push((Tone::Heading, "What comes next".to_owned()));
        lines.extend(next);
    }
    model.overlay = Some(Overlay::Text { title, lines, scroll: 0 });
}

/// What comes next: the mail that is due, what the verdict may become and when it changes by itself.
fn next(found: &timeline::Timeline, model: &Model) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    let clock = |time: Time| {
        let (date, clock) = split(time, model);
        if date == split(model.now, model).0 { clock } else { format!("{date} {clock}") }
    };
    if let Some(due) = found.due {
        lines.push((Tone::Plain, format!("{}  the next mail is due", clock(due))));
    }
    for may in &found.may_become {
        let span = match (may.from, may.to) {
            (Some(from), Some(to)) if from > model.now => format!(", between {} and {}", clock(from), clock(to)),
            (_, Some(to)) => format!(", until {}", clock(to)),
            _ => String::new(),
        };
        lines.push((Tone::Warning, format!("may become {}: {}{span}", may.call.word().to_uppercase(), may.on)));
    }
    if let Some(until) = found.until {
        let words = match &found.then {
            Some(Then { call, case }) => {
                let case = case.as_ref().map(|case| format!(": {case}")).unwrap_or_default();
                format!("{}  may become {}{case}, if nothing comes", clock(until), call.word().to_uppercase())
            }
            None => format!("{}  the verdict changes by itself", clock(until)),
        };
        lines.push((Tone::Plain, words));
    }
    if let Some(deadline) = found.deadline {
        lines.push((Tone::Warning, format!("{}  the time limit that the mail gives", clock(deadline))));
    }
    lines
}

fn split(time: Time, model: &Model) -> (String, String) {
    let full = time.full(&model.zone);
    full.split_once(' ').map(|(day, clock)| (day.to_owned(), clock.to_owned())).unwrap_or_default()
}

fn tone(call: Call) -> Tone {
    match call {
        Call::Page | Call::Act => Tone::Error,
        Call::Decide | Call::Wait => Tone::Warning,
        Call::Note => Tone::Good,
        Call::Ignore => Tone::Muted,
    }
}

/// A mail of which only this is kept: its sender, and the labels by which it belongs here.
fn gone_words(stone: &Tombstone) -> String {
    let from = sender_of(&stone.from, &stone.class.labels, stone.role);
    let labels: Vec<String> =
        stone.class.labels.iter().map(|label| format!("{} {}", label.name, label.value)).collect();
    let labels = if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(", ")) };
    format!("{from}  deleted elsewhere, still counts{labels}")
}

/// An act in words: who did what.
fn act_words(act: &Act, labels: &[Label], model: &Model) -> String {
    let short = |time: &Time| time.short(model.now, &model.zone);
    let what = match &act.deed {
        Deed::Ignore { reason, until, .. } => {
            let until = until.as_ref().map(|time| format!(" until {}", short(time))).unwrap_or_default();
            format!("ignored it{until}: {reason}")
        }
        Deed::Snooze { until, .. } => format!("put it off until {}", short(until)),
        Deed::Resolve { at } => format!("resolved it as of {}", short(at)),
        Deed::Reach { verb, who, text, .. } => {
            let text = if text.is_empty() { String::new() } else { format!(": {text}") };
            format!("{} {}{text}", verb.past(), who.join(", "))
        }
        Deed::Answered { text, .. } => format!("recorded the answer: {text}"),
        Deed::Severity { call } => format!("judged its severity: {}", call.word()),
        Deed::Tick(step) => format!("ticked: {}", fill(&step.text, labels)),
        Deed::Untick(step) => format!("took the tick away: {}", fill(&step.text, labels)),
        Deed::BugText { bug: Some(bug), .. } => format!("copied a text for bug {bug}"),
        Deed::Note { text } => format!("noted: {text}"),
        Deed::Forward { how, to, .. } => format!("forwarded it ({how}) to {}", to.join(", ")),
        Deed::Reply { to, .. } => format!("replied to {}", to.join(", ")),
        Deed::Arrived { .. } => "the mail arrived".to_owned(),
        Deed::Logged { .. } => "put the text into the bug".to_owned(),
        Deed::Claim { .. } => "claimed it".to_owned(),
        Deed::Unclaim { .. } => "gave it back".to_owned(),
        Deed::Done => "dealt with it".to_owned(),
        Deed::Undone => "opened it again: not dealt with".to_owned(),
        Deed::Unignore { .. } => "ended the ignore".to_owned(),
        Deed::Unsnooze { .. } => "took it up again".to_owned(),
        Deed::Mark => "marked it".to_owned(),
        Deed::Unmark => "took the mark away".to_owned(),
        Deed::Trash => "put it into the trash".to_owned(),
        Deed::Move { shelf: Shelf::Back, .. } => "took it out of the trash folder".to_owned(),
        Deed::Move { to, .. } => format!("moved it to {to}"),
        Deed::Untrash => "took it out of the trash".to_owned(),
        other => other.word().to_owned(),
    };
    format!("{}  {what}", act.by)
}
