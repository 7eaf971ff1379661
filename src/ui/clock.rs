//! Times that move: how long until something happens.

use crate::app::Model;
use crate::mail::Time;
use crate::triage::standing::Said;

/// Time left: `4:12` below an hour, then `1h06`, then `3d`; `0:00` where it is over.
pub(super) fn left(until: Time, now: Time) -> String {
    match until.0.saturating_sub(now.0).max(0) {
        seconds if seconds < 3600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        seconds if seconds < 86_400 => format!("{}h{:02}", seconds / 3600, seconds / 60 % 60),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// Whether the words of [`left`] change with every second.
pub(super) fn ticks(until: Time, now: Time) -> bool {
    (0..3600).contains(&until.0.saturating_sub(now.0))
}

/// A time to the second today, else with its day.
pub(super) fn exact(time: Time, model: &Model) -> String {
    let full = time.full(&model.zone);
    let today = model.now.full(&model.zone);
    match (full.split_once(' '), today.split_once(' ')) {
        (Some((day, clock)), Some((now, _))) if day == now => clock.to_owned(),
        _ => full,
    }
}

/// `14:10 by ann`.
pub(super) fn by(said: &Said, model: &Model) -> String {
    format!("{} by {}", said.at.short(model.now, &model.zone), said.by)
}

/// `every 20m`, where mails come that far apart.
pub(super) fn rhythm(seconds: i64) -> String {
    match seconds {
        ..90 => format!("every {seconds}s"),
        90..5400 => format!("every {}m", (seconds + 30) / 60),
        5400..129_600 => format!("every {}h", (seconds + 1800) / 3600),
        _ => format!("every {}d", (seconds + 43_200) / 86_400),
    }
}
