//! The command line as clap reads it. Help, completions and manual are made from this file.
//!
//! - [`told`]: what the operator tells: `switch`, `expect`, `ignore`, `snooze`, `page` and the like.

pub mod told;

use crate::error::{Error, ErrorKind};
use crate::mail::Time;
use crate::mail::compose::ForwardAs;
use crate::triage::when::{self, Toward};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use std::path::PathBuf;

const AFTER: &str = "\
Without a command, opens the inbox on the terminal.

ID     the start of a message's name in `dutybox list`, as much as is needed to be the only one
QUERY  words and field:value, joined by and, or, not: `category:vcs2vcs is:unseen`, `call:>=act not is:done`

Exit   0 all went well (an empty list too), 1 the answer is no, 2 the command line or the configuration
       is wrong, 3 the mailbox or the state could not be read or written";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "dutybox",
    version,
    about = "A mail inbox for people on build duty: every alert under its runbook, with what to do beside it",
    after_help = AFTER,
    max_term_width = 110,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Maildir to open, beside those of --maildir
    #[arg(value_name = "MAILDIR", value_hint = clap::ValueHint::DirPath)]
    pub maildir_arg: Option<PathBuf>,
    /// What every command understands.
    #[command(flatten)]
    pub globals: Globals,
    /// The command; the inbox on the terminal where there is none.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Globals {
    /// Maildir to read; may be given several times [default: config, $MAILDIR, ~/Maildir]
    #[arg(long = "maildir", value_name = "DIR", global = true, value_hint = clap::ValueHint::DirPath)]
    pub maildirs: Vec<PathBuf>,
    /// Folder of runbooks laid over the shipped ones [default: config, `runbooks` beside it]
    #[arg(long, value_name = "DIR", global = true, value_hint = clap::ValueHint::DirPath)]
    pub runbooks: Option<PathBuf>,
    /// Configuration [default: $XDG_CONFIG_HOME/dutybox/config.toml]
    #[arg(long, value_name = "FILE", global = true, value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Folder of the journal and the outbox [default: $XDG_STATE_HOME/dutybox]
    #[arg(long, value_name = "DIR", global = true, value_hint = clap::ValueHint::DirPath)]
    pub state_dir: Option<PathBuf>,
    /// Folder of what is kept for a quicker start [default: $XDG_CACHE_HOME/dutybox; with --state-dir, `cache` in it]
    #[arg(long, value_name = "DIR", global = true, value_hint = clap::ValueHint::DirPath)]
    pub cache_dir: Option<PathBuf>,
    /// Show the mailbox as it was at that time: 2013-11-21T14:08:00Z, "14:20", "yesterday 9:00", "2h ago"
    #[arg(long, value_name = "TIME", global = true, value_parser = Moment::typed)]
    pub as_of: Option<Moment>,
    /// With --as-of: date what is told at that time, as if it had been told then
    #[arg(long, global = true)]
    pub backdate: bool,
    /// Take the mailbox as complete up to that time: what did not come by then did not come
    #[arg(long, value_name = "TIME", global = true, value_parser = Moment::typed)]
    pub fresh_until: Option<Moment>,
    /// Print times in UTC instead of the local zone
    #[arg(long, global = true)]
    pub utc: bool,
    /// Change nothing: no flag, no journal, no outbox
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Colours in text output: auto, always or never
    #[arg(long, value_name = "WHEN", global = true, value_enum, hide_possible_values = true, default_value_t = Color::Auto)]
    pub color: Color,
}

/// When text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A time as typed; what it means depends on the clock and the zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment(String);

impl Moment {
    /// What was typed, where it can be a time at all.
    ///
    /// # Errors
    /// What was expected.
    pub fn typed(text: &str) -> Result<Moment, String> {
        // Any clock will do: whether a text is a time depends on no clock.
        when::read(text, Time(0), &TimeZone::UTC, Toward::Today).map(|_| Moment(text.to_owned()))
    }

    /// The time that it means.
    ///
    /// # Errors
    /// Where there is no such time, seen from now.
    pub fn read(&self, now: Time, zone: &TimeZone, toward: Toward) -> Result<Time, Error> {
        when::read(&self.0, now, zone, toward)
            .map_err(|why| Error::new(ErrorKind::Usage, why).hint("type for example: 2013-11-21T14:08:00Z"))
    }
}

impl From<Time> for Moment {
    fn from(time: Time) -> Moment {
        Moment(time.rfc3339())
    }
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write an example Maildir in which every rule occurs, and open it
    Demo(Demo),
    /// List messages, newest first
    List(Filtered),
    /// List what a query finds; `body:` looks into the mails themselves
    Search(Search),
    /// Read all mail for searches, so that they need not: the screen does so by itself
    Index,
    /// List incidents: messages of one category that belong together
    Incidents(Filtered),
    /// Show a message, its verdict and what to do
    Show(Show),
    /// Show which rules and cases were tried and why the winner won
    Explain(Explain),
    /// List categories with counts and the most urgent call
    Categories,
    /// Mark messages (Maildir flag F)
    Mark(Chosen),
    /// Take the mark away
    Unmark(Chosen),
    /// Set seen (Maildir flag S)
    See(Chosen),
    /// Set unseen
    Unsee(Chosen),
    /// Hide messages with a reason: single ones, incidents, or all that a query selects
    Ignore(told::Ignore),
    /// Show ignored messages again
    Unignore(Chosen),
    /// List all that is ignored, with its reason and its end
    Ignored,
    /// Say that messages are dealt with
    Done(Chosen),
    /// Say that they are not, after all
    Undone(Chosen),
    /// Put messages off; they come back by themselves
    Snooze(told::Snooze),
    /// Take them back at once
    Unsnooze(Chosen),
    /// Take messages on: others see who has them, and since when
    Claim(Chosen),
    /// Give them back
    Unclaim(Chosen),
    /// Say that the problem behind an incident has ended: later mail starts a new one
    Resolve(told::Resolve),
    /// Set trashed (Maildir flag T), or move into the trash folder; nothing is removed
    Trash(Chosen),
    /// Remove the flag that trash set, or move back what trash moved into the trash folder
    Untrash(Chosen),
    /// Deal with messages and move them into the archive folder
    Archive(Chosen),
    /// Move messages into another folder
    Move(Move),
    /// Write a note on messages
    Note(Note),
    /// Print what to say to people, and record that they were paged or told
    Page(told::Page),
    /// Record what somebody who was reached answered
    Answered(told::Answered),
    /// Record how severe it is
    Severity(told::Severity),
    /// List the steps of the case that applies, or tick one
    Step(told::Step),
    /// Print a text for a bug, and record that it is to be logged
    BugText(told::BugText),
    /// Record that a text was put into its bug
    Logged(told::Logged),
    /// Show the switches, or set one: switch release yes
    Switch(told::Switch),
    /// List what is expected, or announce it: expect adhoc-signing --to 15:00
    Expect(told::Expect),
    /// Say that the mailbox is complete up to now
    Synced,
    /// Reply to a message: opens the editor, or takes the text from --text or standard input
    Reply(Reply),
    /// Pass messages on
    Forward(Forward),
    /// Take back the last act, or the one of that number
    Undo(Undo),
    /// Do the last undone act again
    Redo,
    /// List the acts of the operator, newest first
    Journal(Journal),
    /// List, send, settle or drop mail that waits to be sent
    Outbox(Outbox),
    /// Check configuration and runbooks; exit 1 where something is wrong
    Check(Check),
    /// Print every change of a verdict between two times, in order, and why it changed
    Replay(Replay),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page
    Man,
}

/// `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Write it there and keep it [default: a temporary folder that is removed at the end]
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
    /// The time that the mails lead up to, and at which it then stands still [default: now, and it moves]
    #[arg(long, value_name = "TIME", value_parser = Moment::typed)]
    pub at: Option<Moment>,
    /// Only write it and print where it is
    #[arg(long)]
    pub no_open: bool,
}

/// A query.
#[derive(Debug, Args)]
pub struct Filtered {
    /// Which messages: `is:open`, `category:vcs2vcs`, words of the subject [default: all]
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// At most that many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// `search`.
#[derive(Debug, Args)]
pub struct Search {
    /// Which messages: `body:segfault`, `body:"no space left" host:web1`, `header:list-id=builds`
    #[arg(value_name = "QUERY", required = true)]
    pub query: Vec<String>,
    /// At most that many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Messages by id or query.
#[derive(Debug, Args)]
pub struct Chosen {
    /// Messages; `-` reads ids from standard input
    #[arg(value_name = "ID", required_unless_present = "query")]
    pub ids: Vec<String>,
    /// All messages that match, instead of ids
    #[arg(long, value_name = "QUERY", conflicts_with = "ids")]
    pub query: Option<String>,
    /// The whole incident of each; ignore, snooze and claim take in its later messages too
    #[arg(long, short)]
    pub incident: bool,
    /// Do not ask, also for more than 20 messages
    #[arg(long, short)]
    pub yes: bool,
}

/// `show`.
#[derive(Debug, Args)]
pub struct Show {
    /// Message
    #[arg(value_name = "ID")]
    pub id: String,
    /// The mail as it is (on a terminal: with control characters made visible)
    #[arg(long, conflicts_with_all = ["runbook", "json"])]
    pub raw: bool,
    /// Only the runbook
    #[arg(long)]
    pub runbook: bool,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// Message
    #[arg(value_name = "ID")]
    pub id: String,
    /// Also the rules of the runbooks that did not match
    #[arg(long, short)]
    pub verbose: bool,
}

/// `note`.
#[derive(Debug, Args)]
pub struct Note {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub chosen: Chosen,
    /// The note; `-` reads it from standard input
    #[arg(long, short, value_name = "TEXT")]
    pub text: String,
}

/// `move`.
#[derive(Debug, Args)]
pub struct Move {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub chosen: Chosen,
    /// The folder: its name in the Maildir of the messages, or its path
    #[arg(long, short, value_name = "FOLDER")]
    pub to: String,
}

/// `reply`.
#[derive(Debug, Args)]
pub struct Reply {
    /// Message
    #[arg(value_name = "ID")]
    pub id: String,
    /// Reply to all recipients
    #[arg(long)]
    pub all: bool,
    /// The text, above the quoted mail; `-` reads it from standard input [default: the editor]
    #[arg(long, short, value_name = "TEXT")]
    pub text: Option<String>,
    /// Show what would be sent, send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// `forward`.
#[derive(Debug, Args)]
pub struct Forward {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub chosen: Chosen,
    /// To whom: nick, group or address; commas between several [default: whom the runbook names]
    #[arg(long, value_name = "WHO", value_delimiter = ',')]
    pub to: Vec<String>,
    /// How
    #[arg(long = "as", value_name = "HOW", value_enum, default_value_t = How::Attach)]
    pub how: How,
    /// Text above it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub note: String,
    /// Show what would be sent, send nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// How a message is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum How {
    /// The whole mail as an attachment, byte for byte
    Attach,
    /// Quoted as text, secrets hidden
    Inline,
    /// The same mail again, with Resent- headers
    Redirect,
}

impl How {
    /// The same for the composer.
    pub fn forward_as(self) -> ForwardAs {
        match self {
            How::Attach => ForwardAs::Attach,
            How::Inline => ForwardAs::Inline,
            How::Redirect => ForwardAs::Redirect,
        }
    }
}

/// `undo`.
#[derive(Debug, Args)]
pub struct Undo {
    /// Number of the act, as `dutybox journal` prints it [default: the last one]
    #[arg(value_name = "ACT")]
    pub act: Option<i64>,
}

/// `journal`.
#[derive(Debug, Args)]
pub struct Journal {
    /// At most that many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
}

/// `outbox`.
#[derive(Debug, Args)]
pub struct Outbox {
    /// What to do; `list` where nothing is said
    #[command(subcommand)]
    pub what: Option<OutboxWhat>,
}

/// What to do with the outbox.
#[derive(Debug, Clone, Subcommand)]
pub enum OutboxWhat {
    /// List what waits
    List,
    /// Try to send what waits; what may have been sent already only where its number is typed
    Send {
        /// Number of a single mail
        #[arg(value_name = "NUMBER")]
        number: Option<String>,
        /// Do not ask before a mail is sent that may have been sent already
        #[arg(long, short, requires = "number")]
        yes: bool,
    },
    /// Say that a mail arrived that may have been sent: it counts as sent
    Arrived {
        /// Its number
        #[arg(value_name = "NUMBER")]
        number: String,
    },
    /// Drop a mail, as numbered by `dutybox outbox list`; it is not sent
    Drop {
        /// Its number
        #[arg(value_name = "NUMBER")]
        number: String,
    },
}

/// `replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// From when
    #[arg(long, value_name = "TIME", value_parser = Moment::typed)]
    pub from: Moment,
    /// Until when [default: now, or the time of --as-of]
    #[arg(long, value_name = "TIME", value_parser = Moment::typed)]
    pub to: Option<Moment>,
    /// Only of these messages: `category:vcs2vcs`, `call:page` [default: all]
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
}

/// `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Runbook files to check instead of those in force
    #[arg(value_name = "RUNBOOK", value_hint = clap::ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
