//! Time limits as mails write them (rules.md N9): `12:00 AM UTC on 2013-10-22` is midnight, not noon.

use crate::mail::Time;
use jiff::Timestamp;

/// Reads a time limit: a date as `2013-10-22`, a clock time with or without AM or PM, UTC, GMT, Z or an offset, in any
/// order and with any other words around. A date alone is the start of that day; no zone is UTC.
pub fn deadline(text: &str) -> Option<Time> {
    let mut date: Option<&str> = None;
    let mut clock: Option<(i64, i64, i64)> = None;
    let mut afternoon: Option<bool> = None;
    let mut offset: i64 = 0;
    // `T` joins date and time in ISO 8601, and AM, PM and Z may stick to the time.
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | 'T' | 't')).take(64) {
        let (body, tail) =
            word.split_at(word.find(|c: char| c.is_ascii_alphabetic() || c == '+').unwrap_or(word.len()));
        if body.contains(':') {
            clock = Some(clock_time(body.split_once('-').map_or(body, |(time, _)| time))?);
            if let Some((_, west)) = body.split_once('-') {
                offset = -zone_offset(west)?;
            }
        } else if date.is_none() && is_date(body) {
            date = Some(body);
        }
        match tail.to_ascii_lowercase().as_str() {
            "am" | "a.m." => afternoon = Some(false),
            "pm" | "p.m." => afternoon = Some(true),
            east if clock.is_some() && east.starts_with('+') => offset = zone_offset(east.trim_start_matches('+'))?,
            _ => {}
        }
    }
    let (hour, minute, second) = clock.unwrap_or_default();
    let hour = match afternoon {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
        None => hour,
    };
    // 24:00 is the end of the day (ISO 8601).
    let seconds = hour * 3600 + minute * 60 + second;
    let valid = seconds <= 86_400 && minute < 60 && second <= 60;
    let midnight: Timestamp = format!("{}T00:00:00Z", date?).parse().ok()?;
    valid.then(|| Time(midnight.as_second() + seconds - offset))
}

/// `12:00`, `12:00:30`, `12:00:30.5`.
fn clock_time(text: &str) -> Option<(i64, i64, i64)> {
    let mut fields = text.split(':').map(|field| field.split('.').next().unwrap_or_default());
    let mut number = || fields.next().map(two_digits);
    let (hour, minute, second) = (number()??, number()??, number());
    Some((
        hour,
        minute,
        match second {
            Some(second) => second?,
            None => 0,
        },
    ))
}

fn two_digits(text: &str) -> Option<i64> {
    (matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
}

/// `0200` or `02:00`, in seconds.
fn zone_offset(text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0 } else { two_digits(minutes)? };
    Some(two_digits(hours)? * 3600 + minutes * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_of_real_mails() {
        for (text, expected) in [
            ("12:00 AM UTC on 2013-10-22", "2013-10-22T00:00:00Z"),
            ("12:00 PM UTC on 2013-10-22", "2013-10-22T12:00:00Z"),
            ("12:30 AM UTC on 2013-10-22", "2013-10-22T00:30:00Z"),
            ("1:05 PM GMT on 2013-10-22", "2013-10-22T13:05:00Z"),
            ("12:00AM UTC on 2013-10-22", "2013-10-22T00:00:00Z"),
            ("12:00 GMT on 2011-05-23", "2011-05-23T12:00:00Z"),
            ("2017-04-25 04:00 UTC", "2017-04-25T04:00:00Z"),
            ("2026-01-27 09:00:00 UTC", "2026-01-27T09:00:00Z"),
            ("2026-01-27T09:00:00Z", "2026-01-27T09:00:00Z"),
            ("2026-01-27T09:00:00+02:00", "2026-01-27T07:00:00Z"),
            ("2026-01-27T09:00:00-0800", "2026-01-27T17:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("2013-10-22 24:00 UTC", "2013-10-23T00:00:00Z"),
        ] {
            let expected = Time(expected.parse::<Timestamp>().unwrap().as_second());
            assert_eq!(deadline(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "soon",
            "13:00 PM UTC on 2013-10-22",
            "25:00 UTC on 2013-10-22",
            "12:00 on 2023-02-29",
            "10:61 2013-10-22",
        ] {
            assert_eq!(deadline(text), None, "{text}");
        }
    }
}
