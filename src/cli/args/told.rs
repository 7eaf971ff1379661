//! Arguments of what the operator tells.

use super::{Chosen, Moment};
use crate::runbook::{Call, Verb};
use clap::{Args, ValueEnum};

/// `ignore`.
#[derive(Debug, Args)]
pub struct Ignore {
    /// Messages; `-` reads ids from standard input
    #[arg(value_name = "ID", required_unless_present_any = ["query", "filter"])]
    pub ids: Vec<String>,
    /// All messages that match now, instead of ids
    #[arg(long, value_name = "QUERY", conflicts_with = "ids")]
    pub query: Option<String>,
    /// Whatever matches, later mail too, up to the most urgent call that matches now
    #[arg(long, value_name = "QUERY", conflicts_with_all = ["ids", "query", "incident"])]
    pub filter: Option<String>,
    /// The whole incident of each, its later messages too
    #[arg(long, short)]
    pub incident: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Until when: "2h", "tomorrow", "2013-11-22 09:00" [default: for ever]
    #[arg(long, value_name = "TIME", value_parser = Moment::typed)]
    pub until: Option<Moment>,
    /// Do not ask, also for more than 20 messages
    #[arg(long, short)]
    pub yes: bool,
}

impl Ignore {
    /// Which messages.
    pub fn chosen(&self) -> Chosen {
        Chosen { ids: self.ids.clone(), query: self.query.clone(), incident: self.incident, yes: self.yes }
    }
}

/// `snooze`.
#[derive(Debug, Args)]
pub struct Snooze {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub chosen: Chosen,
    /// When they come back: "15m", "14:20", "tomorrow"
    #[arg(long, value_name = "TIME", value_parser = Moment::typed)]
    pub until: Moment,
}

/// `resolve`.
#[derive(Debug, Args)]
pub struct Resolve {
    /// Message or incident
    #[arg(value_name = "ID")]
    pub id: String,
    /// When it ended [default: now]
    #[arg(long, value_name = "TIME", value_parser = Moment::typed)]
    pub at: Option<Moment>,
}

/// How people are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// Interrupt them
    Page,
    /// Contact them
    Contact,
    /// Make sure that they know
    Tell,
    /// Escalate to them
    Escalate,
    /// Notify them
    Notify,
}

impl Way {
    /// The same for the journal.
    pub fn verb(self) -> Verb {
        match self {
            Way::Page => Verb::Page,
            Way::Contact => Verb::Contact,
            Way::Tell => Verb::Tell,
            Way::Escalate => Verb::Escalate,
            Way::Notify => Verb::Notify,
        }
    }
}

/// `page`.
#[derive(Debug, Args)]
pub struct Page {
    /// Message or incident
    #[arg(value_name = "ID")]
    pub id: String,
    /// Whom; commas between several [default: whom the runbook names]
    #[arg(long, value_name = "WHO", value_delimiter = ',')]
    pub who: Vec<String>,
    /// By which verb
    #[arg(long, value_name = "VERB", value_enum, default_value_t = Way::Page)]
    pub verb: Way,
    /// What to say [default: the headline and its reasons]
    #[arg(long, short, value_name = "TEXT")]
    pub text: Option<String>,
    /// Print the text and the warnings, record nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `answered`.
#[derive(Debug, Args)]
pub struct Answered {
    /// Number of the act that reached them, as `dutybox journal` prints it
    #[arg(value_name = "ACT")]
    pub act: i64,
    /// Who answered, and what
    #[arg(long, short, value_name = "TEXT")]
    pub text: String,
}

/// How severe it is; the words of other tools are taken too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Interrupt somebody (critical)
    #[value(alias = "critical")]
    Page,
    /// Somebody must act (major)
    #[value(alias = "major")]
    Act,
    /// Somebody must look (warning)
    #[value(alias = "warning")]
    Decide,
    /// Good to know (info)
    #[value(alias = "info")]
    Note,
}

impl Level {
    /// The same as a call.
    pub fn call(self) -> Call {
        match self {
            Level::Page => Call::Page,
            Level::Act => Call::Act,
            Level::Decide => Call::Decide,
            Level::Note => Call::Note,
        }
    }
}

/// `severity`.
#[derive(Debug, Args)]
pub struct Severity {
    /// Message or incident
    #[arg(value_name = "ID")]
    pub id: String,
    /// How severe
    #[arg(value_name = "CALL", value_enum)]
    pub call: Level,
}

/// `step`.
#[derive(Debug, Args)]
pub struct Step {
    /// Message or incident
    #[arg(value_name = "ID")]
    pub id: String,
    /// Number of the step, or the start of its text [default: list them]
    #[arg(value_name = "STEP")]
    pub step: Option<String>,
    /// Of which of several, where each has its own checklist: an instance
    #[arg(long, value_name = "NAME")]
    pub of: Option<String>,
    /// Take the tick away
    #[arg(long)]
    pub undo: bool,
}

/// `bug-text`.
#[derive(Debug, Args)]
pub struct BugText {
    /// Message or incident
    #[arg(value_name = "ID")]
    pub id: String,
    /// Number of the text [default: list them]
    #[arg(value_name = "N")]
    pub number: Option<usize>,
}

/// `logged`.
#[derive(Debug, Args)]
pub struct Logged {
    /// Number of the act that printed the text, as `dutybox journal` prints it
    #[arg(value_name = "ACT")]
    pub act: i64,
}

/// `switch`.
#[derive(Debug, Args)]
pub struct Switch {
    /// Its name [default: all]
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// How it stands [default: show it, with its history]
    #[arg(value_name = "yes|no|unknown")]
    pub is: Option<String>,
    /// Since when it stands so [default: now]
    #[arg(long, value_name = "TIME", value_parser = Moment::typed, requires = "is")]
    pub since: Option<Moment>,
}

/// `expect`.
#[derive(Debug, Args)]
pub struct Expect {
    /// What: the name that runbooks ask for [default: list what is expected]
    #[arg(value_name = "NAME", requires = "to")]
    pub name: Option<String>,
    /// From when [default: now]
    #[arg(long, value_name = "TIME", value_parser = Moment::typed, requires = "name")]
    pub from: Option<Moment>,
    /// Until when
    #[arg(long, value_name = "TIME", value_parser = Moment::typed, requires = "name")]
    pub to: Option<Moment>,
    /// Who does it, or said so [default: you]
    #[arg(long, value_name = "WHO", requires = "name")]
    pub who: Option<String>,
}
