//! What the tests of a runbook need to be worked out: which labels are compared, and who is looked for among whom.

use super::index::SENDER;
use super::temporal::closing_labels;
use crate::runbook::Runbook;
use crate::runbook::case::Temporal;

/// Labels of one `same` list that are compared at most; more than that nobody can mean.
const MOST_LABELS: usize = 12;
/// Tests of single messages whose settled values are kept, at most.
const MOST_KEPT: usize = 64;

/// What the tests of a runbook need. Made once for each set of runbooks.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Names of all labels that are compared.
    pub(super) names: Vec<String>,
    /// Combinations of them: indices into `names`.
    pub(super) columns: Vec<Vec<usize>>,
    /// The combination that makes an incident.
    pub(super) group: usize,
    /// The combination of no labels at all.
    pub(super) whole: usize,
    /// Where other messages are looked for.
    pub(super) finders: Vec<Lookup>,
    /// The tests of each case.
    pub(super) tests: Vec<Vec<Planned>>,
    /// Labels that hold a time limit, in the order of their tests.
    pub(super) limits: Vec<String>,
    /// Labels of which sets are made, with their values folded.
    pub(super) sets: Vec<(String, Vec<String>)>,
    /// Tests that close: case, its place, finder.
    pub(super) closers: Vec<Closing>,
    /// How many tests are about the incident.
    pub(super) of_parts: usize,
    /// How far away a message may lie that an incident's own tests see, in seconds.
    pub(super) reach: i64,
    /// The longest window of a rate.
    pub(super) rate: Option<i64>,
    /// Whether a claim changes anything.
    pub(super) claims: bool,
    /// Whether it asks for switches, expectations or claims.
    pub(super) asks_told: bool,
}

/// Which messages are looked among, by which labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lookup {
    pub(super) column: usize,
    pub(super) among: Among,
    /// Whether they are looked for by their labels, rather than only where those are in doubt.
    pub(super) by_key: bool,
}

/// Which messages are looked among.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Among {
    /// Those that a test looks for: its number among [`super::nears`].
    Near(usize),
    /// Those that a case speaks of.
    Case(usize),
    /// All that count.
    All,
}

/// A test, ready to be asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned {
    /// The finder it looks in.
    pub(super) finder: usize,
    /// The labels that it compares.
    pub(super) column: usize,
    /// Its number among the tests of that sort: of limits, of those about the incident.
    pub(super) number: usize,
    /// Its number among the tests of sets.
    pub(super) set: usize,
    /// The bit under which its settled value is kept, where it is about one message.
    pub(super) bit: Option<u32>,
}

/// A test that closes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Closing {
    pub(super) case: usize,
    pub(super) finder: usize,
    pub(super) within: Option<i64>,
}

impl Plan {
    pub(super) fn of(runbook: &Runbook) -> Plan {
        let mut plan = Plan::default();
        plan.group = plan.column(&runbook.group_by);
        plan.whole = plan.column(&[]);
        let (mut nears, mut bits) = (0, 0);
        for (case, rule) in runbook.cases.iter().enumerate() {
            let tests = rule.tests.iter().map(|test| plan.test(runbook, case, test, &mut nears, &mut bits)).collect();
            plan.tests.push(tests);
        }
        plan
    }

    fn test(&mut self, runbook: &Runbook, case: usize, test: &Temporal, nears: &mut usize, bits: &mut u32) -> Planned {
        let mut planned = Planned { finder: usize::MAX, column: self.whole, number: 0, set: usize::MAX, bit: None };
        let mut keep = || {
            *bits += 1;
            Some(*bits - 1).filter(|bit| (*bit as usize) < MOST_KEPT)
        };
        let mut of_parts = || {
            self.of_parts += 1;
            self.of_parts - 1
        };
        match test {
            Temporal::FollowedBy(near)
            | Temporal::NotFollowedBy(near)
            | Temporal::PrecededBy(near)
            | Temporal::NotPrecededBy(near) => {
                planned.bit = keep();
                planned.column = self.column(&near.same);
                planned.finder = self.finder(planned.column, Among::Near(*nears), true);
                *nears += 1;
            }
            Temporal::ClosedBy(near) => {
                let number = of_parts();
                let column = self.column(&closing_labels(runbook, near));
                let finder = self.finder(column, Among::Near(*nears), true);
                *nears += 1;
                planned.number = number;
                // Which of those that close it is; its value is one for the whole incident.
                planned.finder = self.closers.len();
                self.closers.push(Closing { case, finder, within: near.within });
            }
            Temporal::QuietFor(time) => {
                planned.number = of_parts();
                self.reach = self.reach.max(*time);
                planned.finder = self.finder(self.group, Among::All, false);
            }
            Temporal::Repeats { every, slack, within, same, .. } => {
                planned.number = of_parts();
                let to = every.map_or(within.unwrap_or(0), |every| every.saturating_add(*slack));
                self.reach = self.reach.max(to);
                planned.column = self.column(same);
                planned.finder = self.finder(planned.column, Among::Case(case), false);
            }
            Temporal::Sets { label, values, per, same, .. } => {
                planned.number = of_parts();
                self.reach = self.reach.max(*per);
                planned.column = self.column(same);
                planned.finder = self.finder(planned.column, Among::Case(case), false);
                planned.set = self.sets.len();
                self.sets.push((label.clone(), values.iter().map(|value| value.to_lowercase()).collect()));
            }
            Temporal::Rate { within, same, .. } => {
                planned.number = of_parts();
                self.rate = self.rate.max(Some(*within));
                planned.column = self.column(same);
                planned.finder = self.finder(planned.column, Among::Case(case), true);
            }
            Temporal::Deadline { label, .. } => {
                planned.number = self.limits.len();
                self.limits.push(label.clone());
            }
            Temporal::UnclaimedFor(_) | Temporal::Claimed => (self.claims, self.asks_told) = (true, true),
            Temporal::Switch { .. } | Temporal::Expected(_) => {
                planned.bit = keep();
                self.asks_told = true;
            }
            Temporal::AfterResolved { .. } | Temporal::Lacks(_) => planned.bit = keep(),
        }
        planned
    }

    fn column(&mut self, names: &[String]) -> usize {
        let mut column = Vec::with_capacity(names.len());
        for name in names.iter().take(MOST_LABELS).chain(names.iter().skip(MOST_LABELS).find(|name| *name == SENDER)) {
            let known = self.names.iter().position(|known| known == name);
            column.push(known.unwrap_or(self.names.len()));
            if known.is_none() {
                self.names.push(name.clone());
            }
        }
        position_or_push(&mut self.columns, column)
    }

    fn finder(&mut self, column: usize, among: Among, by_key: bool) -> usize {
        position_or_push(&mut self.finders, Lookup { column, among, by_key })
    }
}

fn position_or_push<T: PartialEq>(all: &mut Vec<T>, new: T) -> usize {
    all.iter().position(|known| *known == new).unwrap_or_else(|| {
        all.push(new);
        all.len() - 1
    })
}
