//! The command that pages people (`page.command`): run once for each page, without a shell, for no longer than its
//! time-out, and what it answered.

use super::maildir::plain;
use super::transport::{End, Ran, capped, run};
use crate::mail::text::clean;
use crate::triage::told::ActId;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::Duration;

/// What stands in the journal before the answer does: all that is known where dutybox is stopped in between.
pub const UNKNOWN: &str = "unknown whether the command ran";

/// A page that is about to be sent.
#[derive(Debug)]
pub struct Page<'p> {
    /// Whom.
    pub who: &'p [String],
    /// The words.
    pub text: &'p str,
    /// Who pages.
    pub by: &'p str,
    /// The act in the journal.
    pub act: ActId,
}

/// What the command answered, for the journal.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it ended well.
    pub well: bool,
    /// In words.
    pub words: String,
}

/// Runs the command: the words of the page on its standard input, the people, the pager and the number of the act in its
/// environment. Nothing of a mail becomes an argument, which the command could take for an option.
pub fn page(command: &[String], timeout: Duration, page: &Page<'_>) -> Answer {
    let failed = |words: String| Answer { well: false, words: capped(words) };
    let Some((program, args)) = command.split_first() else {
        return failed("no command: set page.command in the configuration".to_owned());
    };
    let mut child = Command::new(program);
    let who: Vec<String> = page.who.iter().map(|who| clean(who).replace(',', " ")).collect();
    child.args(args).env("DUTYBOX_WHO", who.join(",")).env("DUTYBOX_BY", &*clean(page.by));
    child.env("DUTYBOX_ACT", page.act.0.to_string());
    let text = page.text.lines().map(|line| format!("{}\n", clean(line))).collect::<String>();
    let Ran { end, said, .. } = match run(child, text.as_bytes(), timeout) {
        Ok(ran) => ran,
        Err(error) => {
            let why = plain(&error);
            return failed(format!("cannot run {program}: {why}; correct page.command in the configuration"));
        }
    };
    let because = if said.is_empty() { String::new() } else { format!(": {said}") };
    match end {
        End::Exited(status) if status.success() => {
            Answer { well: true, words: capped(format!("the command ran{because}")) }
        }
        End::Exited(status) => failed(match (status.code(), status.signal()) {
            (Some(code), _) => format!("the command failed, exit {code}{because}"),
            (None, signal) => format!("the command was killed by signal {}{because}", signal.unwrap_or(0)),
        }),
        End::TimedOut => failed(format!("no end after {} s, stopped{because}", timeout.as_secs())),
        End::Lost(error) => failed(format!("{UNKNOWN}: {}{because}", plain(&error))),
    }
}
