//! What the operator told us that verdicts depend on: switches, expectations, claims, resolves, and replies sent.
//!
//! What was undone is not in here; what was recorded after the time asked for is left out by the engine (R2, R30).

use super::super::row::MailKey;
use crate::mail::{Digest, Time};
use std::collections::HashMap;

/// Everything told that a verdict may depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    /// Settings of switches, in the order in which they were recorded.
    pub switches: Vec<SwitchEntry>,
    /// What was expected.
    pub expectations: Vec<Expectation>,
    /// Who took something on.
    pub claims: Vec<Claim>,
    /// Problems that were resolved.
    pub resolves: Vec<Resolve>,
    /// Replies seen in the sent folder.
    pub replies: Vec<Reply>,
    /// The sent folder, where a reply counts as a claim (R24).
    pub sent: Option<Sent>,
}

/// A setting of a switch (R22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwitchEntry {
    /// Its name.
    pub name: String,
    /// `yes`, `no` or `unknown`.
    pub is: String,
    /// Since when it holds; may lie before it was recorded.
    pub from: Time,
    /// When it was recorded.
    pub recorded: Time,
}

/// Something that was announced (R22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// What: the name that cases ask for.
    pub name: String,
    /// From when.
    pub from: Time,
    /// To when; mail at that second still counts.
    pub to: Time,
    /// Who said so.
    pub by: String,
    /// When it was recorded.
    pub recorded: Time,
}

/// The message that something told is about (R29).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Where it lay.
    pub key: MailKey,
    /// Its content, to find it after a move.
    pub digest: Digest,
}

/// Somebody took it on (R24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The message.
    pub about: About,
    /// Whether it is about the whole incident that holds the message now.
    pub incident: bool,
    /// Who.
    pub by: String,
    /// When it was recorded.
    pub recorded: Time,
    /// When it was given back.
    pub released: Option<Time>,
}

/// A problem was resolved (R26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    /// A message of the incident.
    pub about: About,
    /// When the problem ended; may lie before it was recorded.
    pub at: Time,
    /// Who said so.
    pub by: String,
    /// When it was recorded.
    pub recorded: Time,
}

/// A reply that lies in the sent folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Ids of the messages that it answers.
    pub to: Vec<String>,
    /// Who sent it.
    pub by: String,
    /// When.
    pub at: Time,
}

/// What is known about the sent folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Its oldest message: history begins there (R10).
    pub since: Option<Time>,
    /// Up to when it is complete.
    pub fresh: Time,
}

/// What was told by then, made ready to be asked.
#[derive(Debug, Default)]
pub(super) struct Told {
    switches: HashMap<String, Timeline>,
    expected: HashMap<String, Expected>,
    /// The replies to each message: when, and by whom.
    answers: HashMap<String, (Time, String)>,
}

impl Told {
    /// Of what was recorded by then.
    pub(super) fn new(register: &Register, exists: impl Fn(Time) -> bool) -> Told {
        let replies = register.replies.iter().filter(|reply| exists(reply.at));
        Told {
            switches: timelines(register, &exists),
            expected: expected(register, &exists),
            answers: replies
                .flat_map(|reply| reply.to.iter().map(|id| (id.clone(), (reply.at, reply.by.clone()))))
                .collect(),
        }
    }

    /// How a switch stood.
    pub(super) fn switch(&self, name: &str, at: Time) -> &str {
        self.switches.get(name).map_or("unknown", |timeline| timeline.at(at))
    }

    /// Whether something was expected.
    pub(super) fn expected(&self, name: &str, at: Time) -> bool {
        self.expected.get(name).is_some_and(|expected| expected.at(at))
    }

    /// Since when a switch has stood as it stood at a time; `None`: nobody had said anything.
    pub(super) fn since(&self, name: &str, at: Time) -> Option<Time> {
        self.switches.get(name)?.since(at)
    }

    /// The reply to the message of an id: when, and by whom.
    pub(super) fn answer<'i>(&self, id: impl FnOnce() -> Option<&'i str>) -> Option<(Time, &str)> {
        if self.answers.is_empty() {
            return None;
        }
        self.answers.get(id()?).map(|(at, by)| (*at, by.as_str()))
    }
}

/// The value of one switch for each instant.
#[derive(Debug, Default)]
struct Timeline {
    /// Start of a setting, and what holds from there on as far as settings up to that start can tell.
    steps: Vec<(Time, String)>,
}

impl Timeline {
    /// The value at an instant: of all settings that had begun, the one recorded last; `unknown` where there is none.
    fn at(&self, time: Time) -> &str {
        let after = self.steps.partition_point(|(from, _)| *from <= time);
        after.checked_sub(1).and_then(|i| self.steps.get(i)).map_or("unknown", |(_, is)| is)
    }

    /// Since when it has had the value that it has at an instant; `None` before anything was said.
    fn since(&self, time: Time) -> Option<Time> {
        let is = self.at(time);
        let said = self.steps.iter().rev().skip_while(|(from, _)| *from > time);
        said.take_while(|(_, value)| *value == is).last().map(|(from, _)| *from)
    }
}

/// The timelines of all switches, of what was recorded by then.
fn timelines(register: &Register, exists: impl Fn(Time) -> bool) -> HashMap<String, Timeline> {
    let mut by_name: HashMap<&str, Vec<(Time, Time, usize, &str)>> = HashMap::new();
    for (index, entry) in register.switches.iter().enumerate().filter(|(_, entry)| exists(entry.recorded)) {
        by_name.entry(&entry.name).or_default().push((entry.from, entry.recorded, index, &entry.is));
    }
    let timeline = |mut entries: Vec<(Time, Time, usize, &str)>| {
        entries.sort_unstable();
        let mut best: Option<(Time, usize, &str)> = None;
        let mut steps = Vec::with_capacity(entries.len());
        for (from, recorded, index, is) in entries {
            best = best.max(Some((recorded, index, is)));
            steps.push((from, best.map_or(is, |(_, _, is)| is).to_owned()));
        }
        Timeline { steps }
    };
    by_name.into_iter().map(|(name, entries)| (name.to_owned(), timeline(entries))).collect()
}

/// When something was expected: starts in order, each with the latest end so far.
#[derive(Debug, Default)]
struct Expected {
    spans: Vec<(Time, Time)>,
}

impl Expected {
    /// Whether it was expected then.
    fn at(&self, time: Time) -> bool {
        let after = self.spans.partition_point(|(from, _)| *from <= time);
        after.checked_sub(1).and_then(|i| self.spans.get(i)).is_some_and(|(_, to)| time <= *to)
    }
}

/// All expectations by name, of what was recorded by then.
fn expected(register: &Register, exists: impl Fn(Time) -> bool) -> HashMap<String, Expected> {
    let mut by_name: HashMap<String, Expected> = HashMap::new();
    for entry in register.expectations.iter().filter(|entry| exists(entry.recorded)) {
        by_name.entry(entry.name.clone()).or_default().spans.push((entry.from, entry.to));
    }
    for expected in by_name.values_mut() {
        expected.spans.sort_unstable();
        let mut latest = Time(i64::MIN);
        for span in &mut expected.spans {
            latest = latest.max(span.1);
            span.1 = latest;
        }
    }
    by_name
}
