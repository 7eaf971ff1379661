//! The course of a test: its value now, and how time alone will change it if nothing arrives (R9, R10, R14).

use super::Input;
use super::units::Units;
use crate::mail::Time;
use crate::triage::verdict::Value;

/// What keeps a test from being known (R13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt<'e> {
    /// The mailbox is complete only up to then.
    Stale(Option<Time>),
    /// The sent folder is.
    StaleSent(Time),
    /// History does not reach back far enough.
    NoHistory,
    /// A label that a message lacks; the message (index of its unit).
    NoLabel(&'e str, u32),
    /// A message that may or may not be from the same host (index of its unit).
    Ambiguous(u32),
    /// So many unreadable entries in the window.
    Unreadable(usize),
    /// It may come at any time.
    NoLimit,
    /// The message gives no time.
    NoTime(&'e str),
}

/// The value of a test now and later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Course<'e> {
    /// Its value now.
    pub(super) now: Value,
    /// The next change if nothing arrives and freshness keeps up.
    pub(super) change: Option<(Time, Value)>,
    /// When it becomes open, where it is not, unless the mailbox is known further by then: mail that is not there yet could
    /// make it another by that time.
    pub(super) stale: Option<Time>,
    /// Set where time cannot settle it.
    pub(super) doubt: Option<Doubt<'e>>,
    /// When the mail (or the silence) that decides it would have to come.
    pub(super) window: Option<(Time, Time)>,
    /// When that mail is due.
    pub(super) due: Option<Time>,
    /// The event that makes it true.
    pub(super) evidence: Option<u32>,
    /// How many, where it counts.
    pub(super) count: Option<usize>,
}

impl<'e> Course<'e> {
    /// A value that time does not change.
    pub(super) fn fixed(now: Value) -> Course<'e> {
        Course { now, change: None, stale: None, doubt: None, window: None, due: None, evidence: None, count: None }
    }

    pub(super) fn of_bool(holds: bool) -> Course<'e> {
        Course::fixed(if holds { Value::True } else { Value::False })
    }

    /// True, because of this event.
    pub(super) fn shown_by(event: u32) -> Course<'e> {
        Course { evidence: Some(event), ..Course::fixed(Value::True) }
    }

    /// Open until a time, then this.
    pub(super) fn open_until(time: Time, then: Value) -> Course<'e> {
        Course { change: Some((time, then)), ..Course::fixed(Value::Open) }
    }

    /// Open, and time cannot settle it.
    pub(super) fn doubtful(doubt: Doubt<'e>) -> Course<'e> {
        Course { doubt: Some(doubt), ..Course::fixed(Value::Open) }
    }

    /// Whether neither time nor a fresher mailbox can change it.
    pub(super) fn is_settled(&self) -> bool {
        self.now != Value::Open && self.change.is_none() && self.stale.is_none()
    }

    /// Whether a fresher mailbox may change it.
    pub(super) fn waits(&self) -> bool {
        let fresher = matches!(self.doubt, None | Some(Doubt::Stale(_) | Doubt::StaleSent(_)));
        self.now == Value::Open && fresher
    }

    /// The value at a time from now on.
    pub(super) fn at(&self, time: Time) -> Value {
        match self.change {
            Some((then, value)) if then <= time => value,
            _ => self.now,
        }
    }

    /// The test that holds where this one does not.
    pub(super) fn negated(self) -> Course<'e> {
        Course { now: negated(self.now), change: self.change.map(|(time, value)| (time, negated(value))), ..self }
    }
}

fn negated(value: Value) -> Value {
    match value {
        Value::True => Value::False,
        Value::False => Value::True,
        Value::Open => Value::Open,
    }
}

/// That something did not come between two times (R10): where it is proven, the course is `proven`.
///
/// Until the end of the window, and then for as long as mail may still be on its way, it is open until then; later a
/// mailbox that is not fresh enough leaves a doubt. `possible` is a candidate that neither matches nor can be left out.
pub(super) fn absence<'e>(
    input: &Input<'_>,
    units: &Units,
    fresh: Time,
    (from, to): (Option<Time>, Time),
    possible: Option<Doubt<'e>>,
    proven: Value,
) -> Course<'e> {
    let settled = Time(to.0.saturating_add(input.grace));
    let course = if let Some(doubt) = possible {
        Course::doubtful(doubt)
    } else if from.is_some_and(|from| units.since > from) {
        Course::doubtful(Doubt::NoHistory)
    } else if input.now < to {
        Course::open_until(to, proven)
    } else if fresh >= settled {
        return Course::fixed(proven);
    } else if input.now < settled {
        Course::open_until(settled, proven)
    } else {
        Course::doubtful(Doubt::Stale((fresh.0 > i64::MIN).then_some(fresh)))
    };
    Course { window: Some((from.unwrap_or(to), to)), ..course }
}
