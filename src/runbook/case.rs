//! Cases: "if … then …", with a call, a verb and a headline; and the temporal tests they may hold.

use super::filter::Filter;

/// What a case asks for, least urgent first, so that the greatest is the most urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// Nothing to do.
    Ignore,
    /// Note it, log it.
    Note,
    /// Wait: it may become more.
    Wait,
    /// A person must judge.
    Decide,
    /// Do something.
    Act,
    /// Interrupt a person.
    Page,
}

impl Call {
    /// All calls, most urgent first.
    pub const ALL: [Call; 6] = [Call::Page, Call::Act, Call::Decide, Call::Wait, Call::Note, Call::Ignore];

    /// The word in runbooks, JSON and queries.
    pub fn word(self) -> &'static str {
        match self {
            Call::Page => "page",
            Call::Act => "act",
            Call::Decide => "decide",
            Call::Wait => "wait",
            Call::Note => "note",
            Call::Ignore => "ignore",
        }
    }

    /// The call of that word.
    pub fn from_word(word: &str) -> Option<Call> {
        Call::ALL.into_iter().find(|call| call.word() == word)
    }
}

/// How the page wants a person to be reached (rules.md N8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Interrupt a person.
    Page,
    /// Contact.
    Contact,
    /// Make sure they know.
    Tell,
    /// Escalate.
    Escalate,
    /// Notify.
    Notify,
    /// Forward the mail.
    Forward,
    /// Respond to the sender.
    Respond,
}

impl Verb {
    /// All verbs, in the order in which they are shown.
    pub const ALL: [Verb; 7] =
        [Verb::Page, Verb::Escalate, Verb::Contact, Verb::Notify, Verb::Tell, Verb::Forward, Verb::Respond];

    /// The word in runbooks and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Verb::Page => "page",
            Verb::Contact => "contact",
            Verb::Tell => "tell",
            Verb::Escalate => "escalate",
            Verb::Notify => "notify",
            Verb::Forward => "forward",
            Verb::Respond => "respond",
        }
    }

    /// What was done to people who were reached so: "paged".
    pub fn past(self) -> &'static str {
        match self {
            Verb::Page => "paged",
            Verb::Contact => "contacted",
            Verb::Tell => "told",
            Verb::Escalate => "escalated to",
            Verb::Notify => "notified",
            Verb::Forward => "passed on to",
            Verb::Respond => "answered",
        }
    }

    /// The verb of that word.
    pub fn from_word(word: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.word() == word)
    }
}

/// What must be recorded before a message counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// Who was told.
    Told,
    /// How severe it is, in the operator's judgement.
    Severity,
    /// Who has taken it on, or what was done about it.
    ClaimOrNote,
    /// That it was read and handled.
    Handled,
}

impl Requirement {
    /// All of them.
    pub const ALL: [Requirement; 4] =
        [Requirement::Told, Requirement::Severity, Requirement::ClaimOrNote, Requirement::Handled];

    /// The word in runbooks and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Requirement::Told => "told",
            Requirement::Severity => "severity",
            Requirement::ClaimOrNote => "claim-or-note",
            Requirement::Handled => "handled",
        }
    }

    /// The requirement of that word.
    pub fn from_word(word: &str) -> Option<Requirement> {
        Requirement::ALL.into_iter().find(|requirement| requirement.word() == word)
    }
}

/// A text ready to be copied into a bug (rules.md N25): with `{label}` placeholders, facts of the incident and of the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BugText {
    /// Where it goes.
    pub into: BugUse,
    /// The text.
    pub text: String,
}

/// Where a text for a bug goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BugUse {
    /// A comment on the bug of that number.
    Comment(u64),
    /// A new bug.
    New {
        /// Its summary.
        summary: String,
        /// The bug that it blocks.
        blocks: Option<u64>,
    },
}

/// One "if … then …".
#[derive(Debug, Clone)]
pub struct Case {
    /// Its id, unique in the runbook.
    pub id: String,
    /// The kinds it is about; empty: any.
    pub kinds: Vec<String>,
    /// A further test of the message itself.
    pub when: Option<Filter>,
    /// Tests over time.
    pub tests: Vec<Temporal>,
    /// What it asks for.
    pub call: Call,
    /// How to reach people, where it asks for that.
    pub verb: Option<Verb>,
    /// A second verb.
    pub also: Option<Verb>,
    /// One line, with `{label}` placeholders.
    pub headline: String,
    /// The headline where it cannot be known.
    pub if_unknown: Option<String>,
    /// A warning to show with it.
    pub warn: Option<String>,
    /// Line of the page.
    pub line: Option<u32>,
    /// Whether a number in it is our default rather than the page's.
    pub ours: bool,
    /// Checklist.
    pub steps: Vec<Step>,
    /// The label for each of whose values the checklist is gone through.
    pub per: Option<String>,
    /// What must be recorded before `done`.
    pub requires: Vec<Requirement>,
    /// Texts for bugs, ready to be copied.
    pub bug_texts: Vec<BugText>,
}

/// A step of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub text: String,
    /// Whether it is an alternative to the step before.
    pub or: bool,
}

/// A test over the stream of mail (design.md section 4). Durations in seconds.
#[derive(Debug, Clone)]
pub enum Temporal {
    /// A later message of that kind.
    FollowedBy(Near),
    /// No later message of that kind.
    NotFollowedBy(Near),
    /// An earlier message of that kind.
    PrecededBy(Near),
    /// No earlier message of that kind.
    NotPrecededBy(Near),
    /// So many messages, at a rhythm or within a time.
    Repeats {
        /// How many.
        count: u32,
        /// The rhythm.
        every: Option<i64>,
        /// How far a gap may be off.
        slack: i64,
        /// Within this time, where there is no rhythm.
        within: Option<i64>,
        /// Labels that must be equal.
        same: Vec<String>,
    },
    /// Complete sets of label values.
    Sets {
        /// The label.
        label: String,
        /// The values of a complete set.
        values: Vec<String>,
        /// Time within which a set closes.
        per: i64,
        /// Labels that must be equal.
        same: Vec<String>,
        /// How many complete sets make it true.
        min: u32,
        /// Within this time.
        within: Option<i64>,
    },
    /// Nothing new in the incident for so long.
    QuietFor(i64),
    /// More than so many in a window, or than usual.
    Rate {
        /// Strictly more than this.
        above: Option<f64>,
        /// More than so many times the median of the same window over 4 weeks.
        baseline: Option<f64>,
        /// The window.
        within: i64,
        /// Labels that must be equal.
        same: Vec<String>,
    },
    /// A time read from the body is this near, or past.
    Deadline {
        /// The label that holds it.
        label: String,
        /// Seconds before it from which the test holds; `None`: once it is past.
        before: Option<i64>,
    },
    /// Nobody has claimed it for so long.
    UnclaimedFor(i64),
    /// Somebody has claimed it.
    Claimed,
    /// A label could not be read out of the message.
    Lacks(String),
    /// A switch stood so at the message's time.
    Switch {
        /// Its name.
        name: String,
        /// `yes`, `no` or `unknown`.
        is: String,
    },
    /// Something was expected at the message's time.
    Expected(String),
    /// A straggler of a resolved problem.
    AfterResolved {
        /// Time that each message covers.
        covers: i64,
        /// Whether that time ends at a full hour.
        hour: bool,
    },
    /// A later message that closes the problem.
    ClosedBy(Near),
}

/// Another message near this one.
#[derive(Debug, Clone)]
pub struct Near {
    /// Its kinds; empty: any.
    pub kinds: Vec<String>,
    /// A further test of it.
    pub when: Option<Filter>,
    /// Labels that must be equal.
    pub same: Vec<String>,
    /// How far away, in seconds; `None`: any time.
    pub within: Option<i64>,
    /// Whether the order does not matter.
    pub either: bool,
}

impl Near {
    /// The other message in words: "delays from the same host within 5m".
    fn words(&self) -> String {
        let mut words = match self.kinds.as_slice() {
            [] if self.when.is_some() => "a message".to_owned(),
            [] => "any message of the category".to_owned(),
            kinds => kinds.join(" or "),
        };
        if let Some(when) = &self.when {
            words.push_str(" where ");
            words.push_str(&when.words());
        }
        words.push_str(&same_words(&self.same));
        if let Some(within) = self.within {
            words.push_str(" within ");
            words.push_str(&span_words(within));
        }
        if self.either {
            words.push_str(", before or after");
        }
        words
    }
}

/// " with the same host and topic", or nothing.
fn same_words(same: &[String]) -> String {
    if same.is_empty() { String::new() } else { format!(" with the same {}", same.join(" and ")) }
}

/// A time for people, as it is written in a runbook: `2h5m`.
pub fn span_words(seconds: i64) -> String {
    if seconds == 0 {
        return "0s".to_owned();
    }
    let mut rest = seconds.unsigned_abs();
    let mut words = String::from(if seconds < 0 { "-" } else { "" });
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        // "24h" and "44m" are what people write: days only from two of them on, or where nothing else is left.
        let count = rest / length;
        if count == 0 || (unit == "d" && rest < 2 * 86_400) {
            continue;
        }
        words.push_str(&format!("{count}{unit}"));
        rest -= count * length;
    }
    words
}

impl Temporal {
    /// The key in a runbook.
    pub fn key(&self) -> &'static str {
        match self {
            Temporal::FollowedBy(_) => "followed-by",
            Temporal::NotFollowedBy(_) => "not-followed-by",
            Temporal::PrecededBy(_) => "preceded-by",
            Temporal::NotPrecededBy(_) => "not-preceded-by",
            Temporal::Repeats { .. } => "repeats",
            Temporal::Sets { .. } => "sets",
            Temporal::QuietFor(_) => "quiet-for",
            Temporal::Rate { .. } => "rate",
            Temporal::Deadline { .. } => "deadline",
            Temporal::UnclaimedFor(_) => "unclaimed-for",
            Temporal::Claimed => "claimed",
            Temporal::Lacks(_) => "lacks",
            Temporal::Switch { .. } => "switch",
            Temporal::Expected(_) => "expected",
            Temporal::AfterResolved { .. } => "after-resolved",
            Temporal::ClosedBy(_) => "closed-by",
        }
    }

    /// The test in words, for the runbook pane: "followed by delays with the same host within 5m".
    pub fn words(&self) -> String {
        match self {
            Temporal::FollowedBy(near) => format!("followed by {}", near.words()),
            Temporal::NotFollowedBy(near) => format!("not followed by {}", near.words()),
            Temporal::PrecededBy(near) => format!("preceded by {}", near.words()),
            Temporal::NotPrecededBy(near) => format!("not preceded by {}", near.words()),
            Temporal::ClosedBy(near) => format!("closed by {}", near.words()),
            Temporal::Repeats { count, every, slack, within, same } => {
                let mut words = format!("{count} of them{}", same_words(same));
                if let Some(every) = every {
                    words.push_str(&format!(", one every {}", span_words(*every)));
                    if *slack > 0 {
                        words.push_str(&format!(" (± {})", span_words(*slack)));
                    }
                }
                if let Some(within) = within {
                    words.push_str(&format!(" within {}", span_words(*within)));
                }
                words
            }
            Temporal::Sets { label, values, per, same, min, within } => {
                let mut words = format!(
                    "{min} or more full sets of {label} {}, each within {}{}",
                    values.join(" and "),
                    span_words(*per),
                    same_words(same)
                );
                if let Some(within) = within {
                    words.push_str(&format!(", all within {}", span_words(*within)));
                }
                words
            }
            Temporal::QuietFor(time) => format!("nothing new for {}", span_words(*time)),
            Temporal::Rate { above, baseline, within, same } => {
                let mut limits = Vec::new();
                if let Some(above) = above {
                    limits.push(format!("more than {above}"));
                }
                if let Some(baseline) = baseline {
                    limits.push(format!("more than {baseline} times the usual number"));
                }
                format!("{} in {}{}", limits.join(" and "), span_words(*within), same_words(same))
            }
            Temporal::Deadline { label, before: Some(before) } => {
                format!("the {label} is less than {} away", span_words(*before))
            }
            Temporal::Deadline { label, before: None } => format!("the {label} is past"),
            Temporal::UnclaimedFor(time) => format!("nobody claims it for {}", span_words(*time)),
            Temporal::Claimed => "somebody has claimed it".to_owned(),
            Temporal::Lacks(label) => format!("no {label} can be read in it"),
            Temporal::Switch { name, is } => format!("switch {name} is {is}"),
            Temporal::Expected(name) => format!("{name} is expected at that time"),
            Temporal::AfterResolved { covers, hour } => {
                let end = if *hour { ", which ends at the full hour" } else { "" };
                format!("it covers the {} before{end}, and the problem was resolved in that time", span_words(*covers))
            }
        }
    }
}

/// Reads a human duration: `90s`, `5m`, `2h5m`, `24h`, `7d`, `2w`; seconds. Units go from large to small, each once.
///
/// # Errors
/// What was expected.
pub fn duration(text: &str) -> Result<i64, String> {
    const UNITS: [(char, i64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
    /// A hundred years: far over any window, far under any overflow.
    const MOST: i64 = 100 * 366 * 86_400;
    let wrong = || format!("`{text}` is no time: write one like \"90s\", \"5m\", \"2h5m\", \"24h\", \"7d\" or \"2w\"");
    let mut total: i64 = 0;
    let mut count: Option<i64> = None;
    let mut units = UNITS.iter();
    for c in text.trim().chars() {
        if let Some(digit) = c.to_digit(10) {
            let value = count.unwrap_or(0).checked_mul(10).and_then(|value| value.checked_add(i64::from(digit)));
            count = Some(value.filter(|value| *value <= MOST).ok_or_else(wrong)?);
        } else {
            let (_, length) = units.find(|(unit, _)| *unit == c).ok_or_else(wrong)?;
            let part = count.take().ok_or_else(wrong)?.checked_mul(*length).ok_or_else(wrong)?;
            total = total.checked_add(part).filter(|total| *total <= MOST).ok_or_else(wrong)?;
        }
    }
    if count.is_some() || units.len() == UNITS.len() { Err(wrong()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let rows = [
            ("90s", 90),
            ("5m", 300),
            ("2h5m", 7_500),
            ("24h", 86_400),
            ("7d", 604_800),
            ("2w", 1_209_600),
            ("1w2d3h4m5s", 788_645),
            ("0s", 0),
        ];
        for (text, seconds) in rows {
            assert_eq!(duration(text), Ok(seconds), "{text}");
        }
        for text in ["", "5", "m", "5x", "5m2h", "5m5m", "-5m", "5 m", "1.5h", "99999999999999999999s", "9999999w"] {
            let message = duration(text).unwrap_err();
            assert!(message.contains("write one like"), "{text}: {message}");
        }
    }

    #[test]
    fn times_are_shown_as_people_write_them() {
        for text in ["90s", "44m", "2h5m", "24h", "7d", "30s", "0s"] {
            let seconds = duration(text).unwrap();
            let shown = if text == "90s" { "1m30s" } else { text };
            assert_eq!(span_words(seconds), shown);
        }
    }

    #[test]
    fn tests_over_time_in_words() {
        let near = Near {
            kinds: vec!["delays".into()],
            when: None,
            same: vec!["host".into()],
            within: Some(300),
            either: false,
        };
        assert_eq!(Temporal::FollowedBy(near).words(), "followed by delays with the same host within 5m");
        let repeats =
            Temporal::Repeats { count: 2, every: Some(1200), slack: 240, within: None, same: vec!["host".into()] };
        assert_eq!(repeats.words(), "2 of them with the same host, one every 20m (± 4m)");
        assert_eq!(Temporal::QuietFor(2640).words(), "nothing new for 44m");
        assert_eq!(Temporal::Deadline { label: "deadline".into(), before: None }.words(), "the deadline is past");
    }
}
