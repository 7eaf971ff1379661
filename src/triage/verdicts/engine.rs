//! Verdicts and incidents, kept up to date while mail, acts and time come in.

use super::{CaseOutcome, Correlation, Incident, Input, correlate, explain};
use crate::mail::Time;
use crate::runbook::Call;
use crate::triage::correlate::Verdict;

/// A verdict in short: what a list needs of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgment {
    /// Whether the message exists at that time.
    pub exists: bool,
    /// The call.
    pub call: Call,
    /// Whether it is known, rather than "cannot tell".
    pub known: bool,
    /// Index of the case within its runbook.
    pub case: Option<u16>,
    /// When it may change by itself (R14).
    pub until: Option<Time>,
    /// When the mail that would change it is due.
    pub due: Option<Time>,
    /// A time limit that the mail itself gives.
    pub deadline: Option<Time>,
}

impl Default for Judgment {
    /// Of a message that was not looked at yet: for a person (R15).
    fn default() -> Judgment {
        Judgment { exists: false, call: Call::Decide, known: false, case: None, until: None, due: None, deadline: None }
    }
}

/// A change that the engine must take in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// A row was added, the last one.
    Inserted(usize),
    /// The row at an index is another one now.
    Replaced(usize),
    /// The row at an index was taken out; the last row has its index now.
    Removed(usize),
    /// Other tombstones.
    Tombstones,
    /// Something was told.
    Told,
    /// Other runbooks.
    Books,
    /// Anything.
    All,
}

/// Which rows an update changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Changed {
    /// None.
    #[default]
    None,
    /// These: their judgment, or what incident they are in, or who else is in it.
    Rows(Vec<usize>),
    /// Perhaps all.
    All,
}

/// Number of an incident, good until the next update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentNo(pub u32);

/// Verdicts and incidents of all rows.
#[derive(Debug, Default)]
pub struct Engine {
    known: Correlation,
    short: Vec<Judgment>,
    until: Option<Time>,
    settled: Option<(Time, super::Freshness)>,
}

impl Engine {
    /// Brings everything up to date. Does nothing where there is no news, the mailbox is known no further, and the time
    /// at which something changes by itself has not come.
    pub fn update(&mut self, input: &Input<'_>, news: &[News]) -> Changed {
        let same = self.settled.as_ref().is_some_and(|(then, fresh)| {
            *then <= input.now && self.until.is_none_or(|until| input.now < until) && fresh == input.fresh
        });
        if news.is_empty() && same {
            return Changed::None;
        }
        self.known = correlate(input);
        let short = |(row, verdict): (&super::Row, &Verdict)| Judgment {
            exists: input.exists(row.received),
            call: verdict.call,
            known: verdict.known,
            case: verdict.case.as_ref().and_then(|case| {
                let book = input.books.get(verdict.book?)?;
                u16::try_from(book.cases.iter().position(|known| known.id == *case)?).ok()
            }),
            until: verdict.until,
            due: verdict.due,
            deadline: verdict.deadline,
        };
        self.short = input.rows.iter().zip(&self.known.verdicts).map(short).collect();
        self.until = self.known.verdicts.iter().filter_map(|verdict| verdict.until).min();
        self.settled = Some((input.now, input.fresh.clone()));
        Changed::All
    }

    /// The verdict of a row in short.
    pub fn judgment(&self, row: usize) -> Judgment {
        self.short.get(row).copied().unwrap_or_default()
    }

    /// The verdict of a row, with all its words. `input` is that of the last update.
    pub fn verdict(&self, input: &Input<'_>, row: usize) -> Verdict {
        let _ = input;
        self.known.verdicts.get(row).cloned().unwrap_or_else(super::not_yet)
    }

    /// All incidents that hold a row, newest mail first.
    pub fn incidents(&self) -> impl Iterator<Item = (IncidentNo, &Incident)> {
        (0..).map(IncidentNo).zip(&self.known.incidents)
    }

    /// The incident of that number.
    pub fn incident(&self, number: IncidentNo) -> Option<&Incident> {
        self.known.incidents.get(usize::try_from(number.0).ok()?)
    }

    /// The number of the incident that holds a row.
    pub fn incident_of(&self, row: usize) -> Option<IncidentNo> {
        self.known.incident_of.get(row).copied().flatten().map(IncidentNo)
    }

    /// The first time at which anything may change by itself.
    pub fn until(&self) -> Option<Time> {
        self.until
    }

    /// What came of each case for a row.
    pub fn explain(&self, input: &Input<'_>, row: usize) -> Vec<CaseOutcome> {
        explain(input, row)
    }
}
