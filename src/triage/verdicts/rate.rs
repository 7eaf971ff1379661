//! How many mails come in a window that ends now, against a limit or what is usual (R20), and when that will change if
//! nothing arrives. All windows slide with the time, so that one pass over the mails that cross an edge finds the first
//! change exactly.

use super::course::{Course, Doubt};
use crate::mail::Time;
use crate::triage::verdict::Value;
use std::collections::{BTreeMap, HashMap};

/// 4 weeks, and the 2 that a baseline needs at least, in seconds.
const BASELINE: i64 = 28 * 24 * 3600;
const BASELINE_LEAST: i64 = 14 * 24 * 3600;

/// What a rate is held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) above: Option<f64>,
    pub(super) baseline: Option<f64>,
    pub(super) window: i64,
}

/// Mails by the window they are in.
#[derive(Debug, Default)]
struct Windows {
    /// In the window that ends now: those that surely count, and those that may.
    sure: usize,
    maybe: usize,
    /// How many earlier windows make the baseline; 0: there is none yet.
    many: usize,
    /// How many mails each earlier window holds, by its number from 1 on.
    held: HashMap<usize, usize>,
    /// How many of those that make the baseline hold so many mails; empty ones are not in here.
    alike: BTreeMap<usize, usize>,
}

/// What happens to a mail as time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    /// It comes into the window that ends now.
    Enters { sure: bool },
    /// It leaves it, into the first of the earlier ones.
    Leaves { sure: bool },
    /// It goes from this earlier window to the next.
    Crosses(usize),
    /// The baseline may be longer.
    Grows,
}

impl Windows {
    fn put(&mut self, window: usize, more: bool) {
        let held = self.held.entry(window).or_default();
        let before = *held;
        *held = if more { before + 1 } else { before.saturating_sub(1) };
        if window <= self.many {
            let after = *held;
            self.count(before, false);
            self.count(after, true);
        }
    }

    fn count(&mut self, held: usize, more: bool) {
        if held > 0 {
            let alike = self.alike.entry(held).or_default();
            *alike = if more { *alike + 1 } else { alike.saturating_sub(1) };
        }
    }

    fn grow(&mut self, many: usize) {
        while self.many < many {
            self.many += 1;
            let held = self.held.get(&self.many).copied().unwrap_or_default();
            self.count(held, true);
        }
    }

    /// The median of what the earlier windows hold; `None` without a baseline.
    #[allow(clippy::cast_precision_loss)] // Counts of mails are far below 2^52.
    fn usual(&self) -> Option<f64> {
        let empty = self.many.checked_sub(self.alike.values().sum())?;
        let nth = |place: usize| {
            let mut passed = empty;
            let held = self.alike.iter().find(|(_, alike)| {
                passed += **alike;
                passed > place
            });
            if place < empty { 0.0 } else { held.map_or(0, |(held, _)| *held) as f64 }
        };
        match (self.many, self.many % 2) {
            (0, _) => None,
            (many, 1) => Some(nth(many / 2)),
            (many, _) => Some((nth(many / 2 - 1) + nth(many / 2)) / 2.0),
        }
    }
}

impl Limits {
    /// How old a mail may be and still count for anything.
    pub(super) fn memory(&self) -> i64 {
        let window = self.window.saturating_mul(3);
        if self.baseline.is_some() { window.saturating_add(BASELINE) } else { window }
    }

    /// The course of the test: `stream` counts and `maybes` may count, both in order of time; the first mail ever that
    /// counts begins the baseline.
    pub(super) fn course<'e>(
        &self,
        now: i64,
        first: Option<i64>,
        stream: &[i64],
        maybes: &[i64],
        doubt: Option<Doubt<'e>>,
    ) -> Course<'e> {
        let mut windows = Windows::default();
        windows.grow(self.many(first, now));
        let mut edges: Vec<(i64, Edge)> = Vec::new();
        let begin = now.saturating_sub(self.window);
        let newest = stream.last().max(maybes.last()).copied().unwrap_or(i64::MIN);
        // When the last has left, nothing is above anything.
        let end = self.leaves(newest, 1);
        for (sure, times) in [(true, stream), (false, maybes)] {
            for &time in times {
                if time > now {
                    edges.push((time, Edge::Enters { sure }));
                } else if time >= begin {
                    *(if sure { &mut windows.sure } else { &mut windows.maybe }) += 1;
                }
                if time >= begin {
                    edges.push((self.leaves(time, 1), Edge::Leaves { sure }));
                }
                if sure && self.baseline.is_some() {
                    let mut window = self.earlier(now, time);
                    if window > 0 {
                        windows.put(window, true);
                    }
                    window = window.max(1);
                    while self.leaves(time, window + 1) <= end && window <= self.most() {
                        edges.push((self.leaves(time, window + 1), Edge::Crosses(window)));
                        window += 1;
                    }
                }
            }
        }
        if self.baseline.is_some()
            && let Some(first) = first
        {
            edges.push((first.saturating_add(BASELINE_LEAST), Edge::Grows));
            let length = self.window.max(1);
            let from = now.max(first.saturating_add(BASELINE_LEAST));
            let mut next = first.saturating_add((from.saturating_sub(first) / length + 1).saturating_mul(length));
            // From the least to the most that a baseline may be long.
            for _ in windows.many..=self.most() {
                if next > end {
                    break;
                }
                edges.push((next, Edge::Grows));
                next = next.saturating_add(length);
            }
        }
        edges.retain(|(time, _)| *time > now && *time <= end);
        edges.sort_unstable();
        let value = self.value(&windows);
        let count = Some(windows.sure);
        let mut change = None;
        let mut edges = edges.into_iter().peekable();
        while let Some((time, edge)) = edges.next() {
            match edge {
                Edge::Enters { sure } => *(if sure { &mut windows.sure } else { &mut windows.maybe }) += 1,
                Edge::Leaves { sure } => {
                    let left = if sure { &mut windows.sure } else { &mut windows.maybe };
                    *left = left.saturating_sub(1);
                    if sure {
                        windows.put(1, true);
                    }
                }
                Edge::Crosses(window) => {
                    windows.put(window, false);
                    windows.put(window + 1, true);
                }
                Edge::Grows => windows.grow(self.many(first, time)),
            }
            let all = edges.peek().is_none_or(|(next, _)| *next > time);
            if all && self.value(&windows) != value {
                change = Some((Time(time), self.value(&windows)));
                break;
            }
        }
        let doubt = if value == Value::Open { doubt } else { None };
        Course { change, doubt, count, ..Course::fixed(value) }
    }

    /// When a mail leaves a window: the one that ends now is the first.
    fn leaves(&self, time: i64, window: usize) -> i64 {
        let windows = i64::try_from(window).unwrap_or(i64::MAX);
        time.saturating_add(self.window.max(1).saturating_mul(windows)).saturating_add(1)
    }

    /// The earlier window that a mail is in, by its number from 1 on; 0: in none.
    fn earlier(&self, now: i64, time: i64) -> usize {
        let past = now.saturating_sub(self.window).saturating_sub(1).saturating_sub(time);
        if past < 0 { 0 } else { usize::try_from(past / self.window.max(1)).map_or(usize::MAX, |window| window + 1) }
    }

    /// How many windows there are in 4 weeks.
    fn most(&self) -> usize {
        usize::try_from(BASELINE / self.window.max(1)).unwrap_or(0)
    }

    /// How many earlier windows make the baseline: as many as the mail reaches back, 4 weeks at most; none below 2.
    fn many(&self, first: Option<i64>, now: i64) -> usize {
        let Some(first) = first.filter(|first| *first <= now.saturating_sub(BASELINE_LEAST)) else { return 0 };
        let whole = now.saturating_sub(first) / self.window.max(1) - 1;
        usize::try_from(whole).unwrap_or(0).min(self.most())
    }

    fn value(&self, windows: &Windows) -> Value {
        let usual = self.baseline.and_then(|_| windows.usual());
        if self.exceeds(windows.sure, usual) {
            Value::True
        } else if windows.maybe > 0 && self.exceeds(windows.sure + windows.maybe, usual) {
            Value::Open
        } else {
            Value::False
        }
    }

    /// Strictly more than the limit, and than so many times what is usual; with no baseline yet nothing is unusual.
    #[allow(clippy::cast_precision_loss)] // Counts of mails are far below 2^52.
    fn exceeds(&self, count: usize, usual: Option<f64>) -> bool {
        let count = count as f64;
        let unusual = |times: f64| usual.is_some_and(|usual| count > times * usual);
        self.above.is_none_or(|above| count > above) && self.baseline.is_none_or(unusual)
    }
}
