//! The verdict in words: headline, what it may become and when, what was told, and why.

use super::canvas::{Line, Span, flow, line, span};
use super::clock;
use super::list::call_word;
use super::theme::Role;
use crate::app::Model;
use crate::mail::Time;
use crate::runbook::Runbook;
use crate::runbook::case::Requirement;
use crate::triage::permit;
use crate::triage::row::{MailKey, Row};
use crate::triage::standing::{MessageState, Said};
use crate::triage::verdict::MayBecome;
use crate::triage::verdicts::Incident;
use crate::triage::{Reason, Verdict};
use std::sync::Arc;

/// What is worked out about one message, kept from one drawing to the next for as long as nothing changed.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) verdict: Verdict,
    pub(super) state: MessageState,
    missing: Vec<Requirement>,
}

/// The last one known: of which message, and when.
#[derive(Debug, Default)]
pub(super) struct Cache {
    last: Option<(MailKey, Moment, Arc<Known>)>,
}

/// The inbox's state, the time at which it stands, the minute.
type Moment = (u64, Option<Time>, i64);

impl Cache {
    fn of(&mut self, model: &Model, row: &Row) -> Arc<Known> {
        // Words may name times by their day, which changes with the clock alone.
        let moment = (model.inbox.generation(), model.inbox.stands_at(), model.now.0.div_euclid(60));
        if let Some((key, then, known)) = &self.last
            && (key, *then) == (&row.key, moment)
        {
            return Arc::clone(known);
        }
        let known = Arc::new(Known {
            verdict: model.inbox.verdict(row),
            state: model.inbox.state(row),
            missing: permit::missing(&model.inbox, std::slice::from_ref(&row.key)),
        });
        self.last = Some((row.key.clone(), moment, Arc::clone(&known)));
        known
    }
}

/// All that is said about the verdict of one message.
pub(super) struct Told<'m> {
    pub(super) model: &'m Model,
    pub(super) book: Option<&'m Runbook>,
    pub(super) known: Arc<Known>,
    pub(super) incident: Option<&'m Incident>,
}

/// The indent below the headline.
const INDENT: &str = "   ";

impl<'m> Told<'m> {
    pub(super) fn of(model: &'m Model, cache: &mut Cache) -> Option<Told<'m>> {
        let row = model.row()?;
        Some(Told {
            model,
            book: model.book(),
            known: cache.of(model, row),
            incident: model.inbox.incident_of(row).map(|(_, incident)| incident),
        })
    }

    /// The banner: the call in letters and the headline, then what matters most first.
    pub(super) fn banner(&self, columns: u16) -> Vec<Line> {
        let mut lines = self.headline(columns);
        lines.truncate(2);
        lines.extend(self.below(columns));
        lines
    }

    /// What stands below the headline.
    pub(super) fn below(&self, columns: u16) -> Vec<Line> {
        let mut lines = Vec::new();
        for (words, role) in self.coming().into_iter().chain(self.acts()).chain(self.settling()) {
            lines.extend(below(words, role, columns));
        }
        // Last what claimed the message, which is hardly ever the question.
        let claims = |reason: &&Reason| reason.text.starts_with("claimed by ");
        let because = self.known.verdict.because.iter();
        for reason in because.clone().filter(|reason| !claims(reason)).chain(because.filter(claims)) {
            lines.extend(below(self.reason(reason), Role::Muted, columns));
        }
        lines
    }

    /// The call in letters, and the headline.
    fn headline(&self, columns: u16) -> Vec<Line> {
        let lead = [span(" ", Role::Text), self.word(), span(" ", Role::Text)];
        flow(&self.words(), columns, &lead, INDENT)
    }

    /// The call; what is not known has a question mark.
    pub(super) fn word(&self) -> Span {
        let mark = if self.known.verdict.known { "" } else { "?" };
        span(format!("[{}{mark}]", call_word(self.known.verdict.call)), Role::of_call(self.known.verdict.call))
    }

    /// The headline; the runbook's own words may say already that it is not known.
    pub(super) fn words(&self) -> Vec<Span> {
        let doubt = !self.known.verdict.known && !self.known.verdict.headline.starts_with("cannot tell");
        let doubt = doubt.then(|| span("cannot tell yet: ", Role::Warning));
        let role = if self.known.verdict.known { Role::Strong } else { Role::Warning };
        let case = self.known.verdict.case.as_deref().and_then(|id| self.book?.case(id));
        let ours = case.filter(|case| case.ours).map(|_| span(" · our default", Role::Muted));
        doubt.into_iter().chain([span(self.known.verdict.headline.clone(), role)]).chain(ours).collect()
    }

    /// Whether something in [`Told::coming`], [`Told::settling`] or in the acts changes with every second.
    pub(super) fn ticks(&self) -> bool {
        let verdict = &self.known.verdict;
        let snoozed = self.known.state.snoozed.as_ref().and_then(|said| said.until);
        let own = [verdict.until, verdict.due, verdict.deadline, snoozed];
        let open = verdict.may_become.iter().flat_map(|may| [may.from, may.to]);
        let ahead = |time: &Time| *time > self.model.now && clock::ticks(*time, self.model.now);
        own.into_iter().chain(open).flatten().any(|time| ahead(&time))
    }

    /// A time, and how long until then where it lies ahead.
    fn clock(&self, time: Time) -> String {
        let exact = clock::exact(time, self.model);
        if time > self.model.now { format!("{exact} ({} left)", clock::left(time, self.model.now)) } else { exact }
    }

    /// What it may become, and when.
    fn coming(&self) -> Vec<(String, Role)> {
        let verdict = &self.known.verdict;
        let mut said: Vec<(String, Role)> = Vec::new();
        let mut open: Vec<&MayBecome> = verdict.may_become.iter().collect();
        open.sort_by_key(|may| std::cmp::Reverse(may.call));
        for may in open {
            let when = match (may.from, may.to) {
                (Some(from), Some(to)) if from > self.model.now => {
                    format!(", from {} to {}", self.clock(from), clock::exact(to, self.model))
                }
                (_, Some(to)) if to > self.model.now => format!(", until {}", self.clock(to)),
                (_, Some(to)) => format!(", if it came by {}", clock::exact(to, self.model)),
                _ => String::new(),
            };
            let case = self.book.and_then(|book| book.case(&may.case));
            let ours = if case.is_some_and(|case| case.ours) { " · our default" } else { "" };
            let words = format!("may become {}: {}{when}{ours}", call_word(may.call), may.case);
            said.push((words, Role::Warning));
            if !may.on.is_empty() {
                said.push((format!("  if {}", may.on), Role::Muted));
            }
        }
        if let Some(due) = verdict.due {
            let words = if due > self.model.now { "the next mail is due" } else { "the next mail was due" };
            said.push((format!("{words} {}", self.clock(due)), Role::Wait));
        }
        if let Some(deadline) = verdict.deadline {
            let words = if deadline > self.model.now { "time limit" } else { "the time limit is over:" };
            said.push((format!("{words} {}", self.clock(deadline)), Role::Warning));
        }
        said
    }

    /// What it turns into by itself, where nothing more urgent may come: the last thing to know.
    fn settling(&self) -> Option<(String, Role)> {
        let verdict = &self.known.verdict;
        let until = verdict.until.filter(|until| *until > self.model.now && verdict.may_become.is_empty())?;
        let words = match &verdict.then {
            Some(then) => {
                let case = then.case.as_ref().map(|case| format!(": {case}")).unwrap_or_default();
                format!("may become {}{case}, at {}", call_word(then.call), self.clock(until))
            }
            None => format!("changes by itself at {}", self.clock(until)),
        };
        Some((words, Role::Wait))
    }

    /// What was told about it and its incident, and what no longer holds.
    fn acts(&self) -> Vec<(String, Role)> {
        let (model, state) = (self.model, &self.known.state);
        let by = |said: &Said| clock::by(said, model);
        let short = |time: Time| time.short(model.now, &model.zone);
        let text = |said: &Said| if said.text.is_empty() { String::new() } else { format!(" “{}”", said.text) };
        let mut told: Vec<(String, Role)> = Vec::new();
        for (word, said) in &state.over {
            let ended = match said.until {
                Some(until) if until <= model.now => format!("that ended {}", short(until)),
                _ => format!("back since it is {} now", call_word(self.known.verdict.call)),
            };
            told.push((format!("{} {}{}, {ended}", past(word), by(said), text(said)), Role::Warning));
        }
        if let Some(said) = &state.claimed {
            told.push((format!("claimed {} ({} ago)", by(said), said.at.age(model.now)), Role::Good));
        }
        for reached in &state.reached {
            let answer = match &reached.answered {
                Some(said) => format!("answered {}{}", short(said.at), text(said)),
                None => "no answer recorded".to_owned(),
            };
            let hook = reached.hook.as_ref().map(|words| format!(" · {words}")).unwrap_or_default();
            let words =
                format!("{} {}, {} · {answer}{hook}", reached.verb.past(), reached.who.join(", "), by(&reached.said));
            told.push((words, Role::Good));
        }
        if let Some((at, said)) = &state.resolved {
            told.push((format!("resolved {}, told {}", clock::exact(*at, model), by(said)), Role::Good));
        }
        if let Some((call, said)) = &state.severity {
            told.push((format!("severity {}, judged {}", call.word(), by(said)), Role::Good));
        }
        if let Some((said, until)) = state.snoozed.as_ref().and_then(|said| Some((said, said.until?))) {
            told.push((format!("put off until {}, {}", self.clock(until), by(said)), Role::Wait));
        }
        for (what, said) in [("ignored", &state.ignored), ("done", &state.done), ("trashed", &state.trashed)] {
            if let Some(said) = said {
                let until = said.until.map(|until| format!(", until {}", short(until))).unwrap_or_default();
                told.push((format!("{what} {}{}{until}", by(said), text(said)), Role::Good));
            }
        }
        for text in state.bug_texts.iter().filter(|text| text.logged.is_none()) {
            let bug = text.bug.map_or_else(|| "a new bug".to_owned(), |bug| format!("bug {bug}"));
            told.push((format!("log in {bug} pending since {}", by(&text.said)), Role::Warning));
        }
        let missing = &self.known.missing;
        if !missing.is_empty() && state.done.is_none() {
            let asked: Vec<&str> = missing.iter().copied().map(permit::asked).collect();
            told.push((format!("before done, record {}", asked.join(" and ")), Role::Warning));
        }
        told.extend(self.course());
        told
    }

    /// How the incident went so far.
    fn course(&self) -> Vec<(String, Role)> {
        let Some(incident) = self.incident.filter(|incident| incident.count > 1) else { return Vec::new() };
        let exact = |time| clock::exact(time, self.model);
        let rhythm = incident.rhythm.filter(|rhythm| *rhythm > 0 && incident.count > 2);
        let rhythm = rhythm.map(|rhythm| format!(", {}", clock::rhythm(rhythm))).unwrap_or_default();
        let words = format!("×{} from {} to {}{rhythm}", incident.count, exact(incident.first), exact(incident.last));
        let mut said = vec![(words, Role::Text)];
        if incident.gone > 0 {
            let forgets = self.model.forgets.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
            let words = format!("{} of them deleted elsewhere, which still count{forgets}", incident.gone);
            said.push((words, Role::Warning));
        }
        said
    }

    /// A reason with its time, and the line of the page behind it.
    fn reason(&self, reason: &Reason) -> String {
        let at = reason.at.map(|at| format!("{} ", clock::exact(at, self.model))).unwrap_or_default();
        let line = reason.line.filter(|line| !reason.text.ends_with(&format!("line {line}")));
        let line = line.map(|line| format!(" (page line {line})")).unwrap_or_default();
        format!("{at}{}{line}", reason.text)
    }

    /// Everything below the headline, for the pane, where the banner has no room for it.
    pub(super) fn rest(&self, columns: u16) -> Vec<Line> {
        std::iter::once(line("The verdict:", Role::Title)).chain(self.below(columns)).collect()
    }
}

/// Lines below the headline.
fn below(words: String, role: Role, columns: u16) -> Vec<Line> {
    let rest = format!("{INDENT}  ");
    flow(&[span(words, role)], columns, &[span(INDENT, Role::Text)], &rest)
}

/// What was done, in the past tense, for the word of what no longer holds.
fn past(word: &str) -> &'static str {
    match word {
        "ignore" => "ignored",
        "snooze" => "put off",
        "trash" => "trashed",
        _ => "done",
    }
}
