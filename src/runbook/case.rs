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

    /// The verb of that word.
    pub fn from_word(word: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.word() == word)
    }
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
    /// What must be recorded before `done`: `told`, `severity`, …
    pub requires: Vec<String>,
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

impl Temporal {
    /// The test in words, for the runbook pane: "followed by delays from the same host within 5 min".
    pub fn words(&self) -> String {
        todo!()
    }
}

/// Reads a human duration: `90s`, `5m`, `2h5m`, `24h`, `7d`, `2w`; seconds.
///
/// # Errors
/// What was expected.
pub fn duration(_text: &str) -> Result<i64, String> {
    todo!()
}
