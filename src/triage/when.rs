//! Times as people type them: `14:20`, `yesterday 9:00`, `+2h`, `90m ago`, `2013-11-21 14:20`, RFC 3339.

use crate::mail::Time;
use crate::runbook::case::duration;
use jiff::civil::{Date, Time as Clock, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Which one is meant where the text alone does not say it: "14:20", "2h", "monday".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// The last one: something that happened.
    Past,
    /// The next one: something that will end.
    Future,
    /// Today's; a length of time counts from now on.
    Today,
}

/// The hour that a day stands for where no time is given and the day is not in the past.
const MORNING: i8 = 9;

/// Reads a time. Times without a zone are in `zone`; a day without a time means nine in the morning, in the past its
/// beginning.
///
/// # Errors
/// What was expected.
pub fn read(text: &str, now: Time, zone: &TimeZone, toward: Toward) -> Result<Time, String> {
    let wrong = || {
        format!(
            "`{}` is no time: write one like \"14:20\", \"yesterday 9:00\", \"+2h\", \"90m ago\", \"2013-11-21 14:20\", \
             or RFC 3339",
            text.trim()
        )
    };
    if let Some(time) = Time::from_rfc3339(text.trim()) {
        return Ok(time);
    }
    let lower = text.trim().to_ascii_lowercase();
    if lower == "now" {
        return Ok(now);
    }
    if let Some(seconds) = apart(&lower, toward) {
        return Time(now.0.saturating_add(seconds)).in_range().ok_or_else(wrong);
    }
    let mut words: Vec<&str> = lower.split_whitespace().collect();
    let utc = words.last().is_some_and(|word| matches!(*word, "utc" | "gmt" | "z"));
    if utc {
        words.pop();
    }
    let zone = if utc { &TimeZone::UTC } else { zone };
    let today = Timestamp::from_second(now.0).map_err(|_| wrong())?.to_zoned(zone.clone()).date();
    let (mut day, mut clock, mut next_day) = (None, None, false);
    for word in words {
        if let Some(found) = Day::of(word).filter(|_| day.is_none()) {
            day = Some(found);
        } else if clock.is_none()
            && let Some((found, midnight)) = clock_of(word)
        {
            (clock, next_day) = (Some(found), midnight);
        } else {
            return Err(wrong());
        }
    }
    let at = |date: Date, clock: Clock| -> Option<Time> {
        let date = if next_day { date.checked_add(Span::new().days(1)).ok()? } else { date };
        let zoned = date.to_datetime(clock).to_zoned(zone.clone()).ok()?;
        Time(zoned.timestamp().as_second()).in_range()
    };
    let shift = |date: Date, days: i64| date.checked_add(Span::new().try_days(days).ok()?).ok();
    let morning = || match toward {
        Toward::Past => Clock::midnight(),
        Toward::Future | Toward::Today => Clock::constant(MORNING, 0, 0, 0),
    };
    let found = match (day, clock) {
        (None, None) => None,
        (None, Some(clock)) => match toward {
            Toward::Today => at(today, clock),
            Toward::Future => (0..=1).filter_map(|days| at(shift(today, days)?, clock)).find(|time| *time > now),
            Toward::Past => (0..=1).filter_map(|days| at(shift(today, -days)?, clock)).find(|time| *time <= now),
        },
        (Some(Day::On(date)), clock) => at(date, clock.unwrap_or_else(morning)),
        (Some(Day::In(days)), clock) => shift(today, days).and_then(|date| at(date, clock.unwrap_or_else(morning))),
        (Some(Day::Next(weekday)), clock) => {
            let clock = clock.unwrap_or_else(morning);
            let on = |days: i64| {
                let date = shift(today, days)?;
                if date.weekday() == weekday { at(date, clock) } else { None }
            };
            match toward {
                Toward::Past => (0..=7).filter_map(|days| on(-days)).find(|time| *time <= now),
                Toward::Future | Toward::Today => (0..=7).filter_map(on).find(|time| *time > now),
            }
        }
    };
    found.ok_or_else(wrong)
}

/// `+2h`, `in 2h`, `-2h`, `2h ago`, `1h 30m`: seconds from now.
fn apart(lower: &str, toward: Toward) -> Option<i64> {
    let length = |text: &str| duration(&text.split_whitespace().collect::<String>()).ok();
    if let Some(rest) = lower.strip_prefix('+').or_else(|| lower.strip_prefix("in ")) {
        return length(rest);
    }
    if let Some(rest) = lower.strip_prefix('-').or_else(|| lower.strip_suffix("ago")) {
        return length(rest).map(|seconds| -seconds);
    }
    let seconds = length(lower)?;
    Some(if toward == Toward::Past { -seconds } else { seconds })
}

#[derive(Debug, Clone, Copy)]
enum Day {
    /// So many days from today.
    In(i64),
    /// That day of the week.
    Next(Weekday),
    /// That date.
    On(Date),
}

impl Day {
    fn of(word: &str) -> Option<Day> {
        const DAYS: [(&str, Weekday); 7] = [
            ("monday", Weekday::Monday),
            ("tuesday", Weekday::Tuesday),
            ("wednesday", Weekday::Wednesday),
            ("thursday", Weekday::Thursday),
            ("friday", Weekday::Friday),
            ("saturday", Weekday::Saturday),
            ("sunday", Weekday::Sunday),
        ];
        match word {
            "today" => return Some(Day::In(0)),
            "tomorrow" => return Some(Day::In(1)),
            "yesterday" => return Some(Day::In(-1)),
            _ => {}
        }
        let named = DAYS.iter().find(|(name, _)| word.len() >= 3 && name.starts_with(word));
        if let Some((_, weekday)) = named {
            return Some(Day::Next(*weekday));
        }
        let is_date = word.len() == 10 && word.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        is_date.then(|| word.parse().ok().map(Day::On)).flatten()
    }
}

/// `9:00`, `14:20`, `14:20:05`; `24:00` is the end of the day (then also `true`).
fn clock_of(word: &str) -> Option<(Clock, bool)> {
    let mut parts = word.split(':').map(|part| {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<i8>().ok()).flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() {
        return None;
    }
    if (hour, minute, second) == (24, 0, 0) {
        return Some((Clock::midnight(), true));
    }
    Some((Clock::new(hour, minute, second, 0).ok()?, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thursday 2013-11-21 14:41 in New York.
    const NOW: Time = Time(1_385_062_860);

    fn york() -> TimeZone {
        TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap()
    }

    fn said(text: &str, toward: Toward) -> String {
        read(text, NOW, &york(), toward).map_or_else(|error| error, |time| time.full(&york()))
    }

    #[test]
    fn a_time_of_day_is_the_next_or_the_last_one() {
        for (text, future, past, today) in [
            ("14:20", "2013-11-22 14:20:00", "2013-11-21 14:20:00", "2013-11-21 14:20:00"),
            ("15:00", "2013-11-21 15:00:00", "2013-11-20 15:00:00", "2013-11-21 15:00:00"),
            ("9:05:07", "2013-11-22 09:05:07", "2013-11-21 09:05:07", "2013-11-21 09:05:07"),
            ("24:00", "2013-11-22 00:00:00", "2013-11-21 00:00:00", "2013-11-22 00:00:00"),
            ("2h", "2013-11-21 16:41:00", "2013-11-21 12:41:00", "2013-11-21 16:41:00"),
        ] {
            assert_eq!(said(text, Toward::Future), future, "{text}");
            assert_eq!(said(text, Toward::Past), past, "{text}");
            assert_eq!(said(text, Toward::Today), today, "{text}");
        }
    }

    #[test]
    fn days_and_lengths_of_time() {
        for (text, expected) in [
            ("now", "2013-11-21 14:41:00"),
            (" Tomorrow ", "2013-11-22 09:00:00"),
            ("tomorrow 8:30", "2013-11-22 08:30:00"),
            ("14:20 yesterday", "2013-11-20 14:20:00"),
            ("today 14:20", "2013-11-21 14:20:00"),
            ("mon", "2013-11-25 09:00:00"),
            ("thursday 14:00", "2013-11-28 14:00:00"),
            ("thursday 15:00", "2013-11-21 15:00:00"),
            ("2013-11-23", "2013-11-23 09:00:00"),
            ("2013-11-23 14:20", "2013-11-23 14:20:00"),
            ("19:45 UTC", "2013-11-21 14:45:00"),
            ("+2h", "2013-11-21 16:41:00"),
            ("in 1h 30m", "2013-11-21 16:11:00"),
            ("-90m", "2013-11-21 13:11:00"),
            ("90m ago", "2013-11-21 13:11:00"),
            ("2013-11-21T22:07:03Z", "2013-11-21 17:07:03"),
        ] {
            assert_eq!(said(text, Toward::Future), expected, "{text}");
        }
        assert_eq!(said("thu 15:00", Toward::Past), "2013-11-14 15:00:00");
        assert_eq!(said("mon", Toward::Past), "2013-11-18 00:00:00");
        assert_eq!(said("2013-11-20", Toward::Past), "2013-11-20 00:00:00");
    }

    #[test]
    fn the_hour_that_a_change_of_clocks_leaves_out_or_doubles_is_a_time_too() {
        let before = Time::from_rfc3339("2013-03-10T05:00:00Z").unwrap();
        let at = |text: &str, now| read(text, now, &york(), Toward::Future).unwrap().rfc3339();
        assert_eq!(at("2:30", before), "2013-03-10T07:30:00Z");
        let before = Time::from_rfc3339("2013-11-03T04:00:00Z").unwrap();
        assert_eq!(at("1:30", before), "2013-11-03T05:30:00Z");
    }

    #[test]
    fn what_is_no_time_says_what_is() {
        for text in
            ["", "later", "25:00", "14:60", "14", "14:20 15:20", "14:20 soon", "2013-13-01", "5x", "+", "ago", "mo"]
        {
            let error = read(text, NOW, &york(), Toward::Future).unwrap_err();
            assert!(error.contains("write one like"), "{text}: {error}");
        }
    }
}
