//! Points in time in whole UTC seconds, and the two times of a message (semantics R1, R3).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A point in time: whole seconds since 1970-01-01T00:00:00Z. Always within the years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub i64);

/// 0001-01-01T00:00:00Z.
const FIRST: i64 = -62_135_596_800;
/// 9999-12-30T22:00:00Z: the latest that every zone can still show.
const LAST: i64 = 253_402_207_200;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// How far a clock may be ahead before we stop to believe it (R1).
const AHEAD: i64 = 5 * MINUTE;
/// Longest text that is tried as a date.
const LONGEST: usize = 512;

/// What a Date header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateField {
    /// The point in time.
    pub time: Time,
    /// The offset from UTC written in the header, in seconds; `None` where none was written, and for `-0000` and
    /// unknown zone names, which say the same (RFC 5322 §3.3, §4.3).
    pub offset: Option<i32>,
}

/// The two times of a message (R1): `received` decides whether we knew it, `at` decides windows, gaps and hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Topmost valid Received, else Date, else the file name's seconds, else mtime; at most mtime + 5 min.
    pub received: Time,
    /// Date where it is valid and within received − 24 h … received + 5 min, else `received`.
    pub at: Time,
    /// Whether Date is more than a day away from `received` (shown as a badge).
    pub date_off: bool,
}

/// The two times of a message, out of what its headers and its file say (R1).
pub fn times(received_header: Option<Time>, date: Option<Time>, name_seconds: Option<Time>, mtime: Time) -> Times {
    let latest = mtime.0.saturating_add(AHEAD);
    let received = received_header.or(date).or(name_seconds).unwrap_or(mtime).0.min(latest);
    let window = received.saturating_sub(DAY)..=received.saturating_add(AHEAD);
    Times {
        received: Time(received),
        at: Time(date.map_or(received, |date| if window.contains(&date.0) { date.0 } else { received })),
        date_off: date.is_some_and(|date| date.0.abs_diff(received) > DAY.unsigned_abs()),
    }
}

/// Reads the value of a Date header (RFC 5322 §3.3, obsolete forms, asctime, ISO 8601); `None` where it is no valid date.
///
/// A year before 1900 is none (RFC 5322 §3.3), nor is an offset of 16 hours and more; a leap second is the second
/// after :59.
pub fn parse(value: &str) -> Option<DateField> {
    if value.len() > LONGEST {
        return None;
    }
    let value = without_comments(value);
    let value = value.trim();
    iso(value).or_else(|| words(value))
}

/// The text without `(comments)`, which may be nested and hold quoted pairs.
fn without_comments(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut depth = 0usize;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => {
                depth -= 1;
                out.push(' ');
            }
            '\\' if depth > 0 => {
                chars.next();
            }
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// `2013-11-21T14:07:03.25+02:00` and its relatives: a blank for `T`, slashes, no seconds, no zone, a zone after a blank.
fn iso(value: &str) -> Option<DateField> {
    let (date, rest) = value.split_at_checked(10)?;
    let separator = date.as_bytes().get(4).copied().filter(|b| matches!(b, b'-' | b'/'))?;
    let mut fields = date.split(separator as char);
    let year = digits(fields.next()?, 4)?;
    let month = digits(fields.next()?, 2)?;
    let day = digits(fields.next()?, 2)?;
    if fields.next().is_some() {
        return None;
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?.trim_start();
    let end = rest.find(|c: char| !matches!(c, '0'..='9' | ':' | '.' | ',')).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(end);
    let seconds = clock_seconds(clock)?;
    let zone = zone.trim();
    let offset = if zone.is_empty() { None } else { zone_offset(zone)? };
    field(year, month, day, seconds, offset)
}

/// The forms made of words in almost any order: RFC 5322 and 822, asctime, `date`'s output.
fn words(value: &str) -> Option<DateField> {
    let (mut day, mut month, mut year, mut clock) = (None, None, None, None);
    let mut offset: Option<Option<i32>> = None;
    let mut afternoon = None;
    for word in value.split(|c: char| c.is_whitespace() || c == ',') {
        let Some(first) = word.chars().next() else { continue };
        if first.is_ascii_digit() && word.contains(':') {
            let end = word.find(|c: char| !matches!(c, '0'..='9' | ':' | '.')).unwrap_or(word.len());
            let (time, zone) = word.split_at(end);
            if clock.replace(clock_seconds(time)?).is_some() {
                return None;
            }
            match zone {
                "" => {}
                "am" | "AM" => afternoon = Some(false),
                "pm" | "PM" => afternoon = Some(true),
                zone => offset = Some(zone_offset(zone)?),
            }
        } else if first.is_ascii_digit() && word.bytes().all(|b| b.is_ascii_digit()) {
            match word.len() {
                1 | 2 if day.is_none() => day = word.parse::<u32>().ok(),
                2..=4 if year.is_none() => year = word.parse::<u32>().ok().map(|y| full_year(y, word.len())),
                // A zone without its sign, as in `14:07:03 0200`.
                4 if clock.is_some() && offset.is_none() => offset = Some(None),
                _ => return None,
            }
        } else if first.is_ascii_digit() && word.contains('-') {
            // 21-Nov-2013
            let mut fields = word.split('-');
            let (d, m, y) = (fields.next()?, fields.next()?, fields.next()?);
            if fields.next().is_some() || day.is_some() || month.is_some() || year.is_some() {
                return None;
            }
            day = Some(digits(d, d.len().clamp(1, 2))?);
            month = Some(month_number(m)?);
            year = Some(full_year(digits(y, y.len().clamp(2, 4))?, y.len()));
        } else if matches!(first, '+' | '-') && clock.is_some() {
            if offset.replace(zone_offset(word)?).is_some() {
                return None;
            }
        } else if first.is_ascii_alphabetic() {
            if clock.is_none() || month.is_none() {
                match month_number(word) {
                    Some(number) if month.is_none() => month = Some(number),
                    Some(_) => return None,
                    None if is_weekday(word) => {}
                    None if clock.is_some() => offset = offset.or(Some(zone_offset(word)?)),
                    None => return None,
                }
            } else if word.eq_ignore_ascii_case("pm") {
                afternoon = Some(true);
            } else if word.eq_ignore_ascii_case("am") {
                afternoon = Some(false);
            } else if offset.is_none() {
                // A word that is no zone we know is one all the same (RFC 5322 §4.3).
                offset = Some(zone_offset(word)?);
            }
        } else {
            return None;
        }
    }
    let mut seconds = clock?;
    if let Some(afternoon) = afternoon {
        if !(HOUR..13 * HOUR).contains(&seconds) {
            return None;
        }
        seconds = seconds % (12 * HOUR) + if afternoon { 12 * HOUR } else { 0 };
    }
    field(year?, month?, day?, seconds, offset.flatten())
}

fn field(year: u32, month: u32, day: u32, seconds: i64, offset: Option<i32>) -> Option<DateField> {
    if !(1900..=9999).contains(&year) {
        return None;
    }
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let midnight = date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    let time = Time(midnight + seconds - i64::from(offset.unwrap_or(0))).in_range()?;
    Some(DateField { time, offset })
}

/// Two-digit and three-digit years (RFC 5322 §4.3).
fn full_year(year: u32, digits: usize) -> u32 {
    match digits {
        0..=2 if year < 50 => year + 2000,
        0..=3 => year + 1900,
        _ => year,
    }
}

/// A number of exactly that many digits.
fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Seconds since midnight of `14:07`, `14:07:03` or `14:07:03.25`.
fn clock_seconds(clock: &str) -> Option<i64> {
    let clock = match clock.split_once(['.', ',']) {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit()) => whole,
        Some(_) => return None,
        None => clock,
    };
    let mut fields = clock.split(':');
    let mut next = |most: u32| -> Option<Option<i64>> {
        let Some(text) = fields.next() else { return Some(None) };
        let number = digits(text, text.len().clamp(1, 2))?;
        (number <= most).then_some(Some(i64::from(number)))
    };
    let hour = next(23)??;
    let minute = next(59)??;
    let second = next(60)?.unwrap_or(0);
    if fields.next().is_some() {
        return None;
    }
    Some(hour * HOUR + minute * MINUTE + second)
}

/// The offset that a zone stands for, in seconds; inside it is `None` where the zone says nothing about it.
#[expect(clippy::option_option, reason = "no zone and an unknown offset are different answers")]
fn zone_offset(zone: &str) -> Option<Option<i32>> {
    if let Some((sign, rest)) = zone.split_at_checked(1).filter(|(sign, _)| matches!(*sign, "+" | "-")) {
        let (hours, minutes) = match rest.len() {
            2 => (rest, "00"),
            4 => rest.split_at_checked(2)?,
            5 => rest.split_once(':')?,
            _ => return None,
        };
        let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
        if hours > 15 || minutes > 59 {
            return None;
        }
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        return Some(match sign {
            "-" if seconds == 0 => None,
            "-" => Some(-seconds),
            _ => Some(seconds),
        });
    }
    let quarters = match zone.to_ascii_uppercase().as_str() {
        "Z" | "UT" | "UTC" | "GMT" | "WET" => 0,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "CET" | "MET" | "WEST" => 1,
        "CEST" | "MEST" | "EET" => 2,
        "EEST" | "MSK" => 3,
        "JST" => 9,
        name if name.len() <= 32
            && name.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'_' | b'-')) =>
        {
            return Some(None);
        }
        _ => return None,
    };
    Some(Some(quarters * 3600))
}

fn month_number(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.strip_suffix('.').unwrap_or(word).to_ascii_lowercase();
    let at = NAMES
        .iter()
        .position(|name| word.len() >= 3 && name.starts_with(&word) || word == "sept" && *name == "september")?;
    u32::try_from(at + 1).ok()
}

fn is_weekday(word: &str) -> bool {
    const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let word = word.strip_suffix('.').unwrap_or(word).to_ascii_lowercase();
    NAMES.iter().any(|name| word.len() >= 3 && name.starts_with(&word))
}

impl Time {
    /// This time where it lies in the years that we show, else `None`.
    pub fn in_range(self) -> Option<Time> {
        (FIRST..=LAST).contains(&self.0).then_some(self)
    }

    /// RFC 3339 in UTC, `2013-11-21T14:07:03Z`.
    pub fn rfc3339(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// Reads RFC 3339 (any offset, `T` or blank between date and time).
    pub fn from_rfc3339(text: &str) -> Option<Time> {
        let bytes = text.as_bytes();
        // Unlike mail, what a person or a script writes must name its zone and its seconds.
        let zoned = bytes.last()?.eq_ignore_ascii_case(&b'Z')
            || bytes.iter().rev().nth(5).is_some_and(|b| matches!(b, b'+' | b'-'));
        let (date, rest) = text.split_at_checked(10)?;
        if !zoned || text.len() > 64 || date.contains('/') || rest.get(6..7) != Some(":") {
            return None;
        }
        let year = digits(date.get(..4)?, 4)?;
        if (1..1900).contains(&year) {
            let timestamp: Timestamp = text.replacen(' ', "T", 1).parse().ok()?;
            return Time(timestamp.as_second()).in_range();
        }
        iso(text).map(|field| field.time)
    }

    /// RFC 5322 date for a new message, in that zone.
    pub fn rfc5322(self, zone: &TimeZone) -> String {
        self.zoned(zone).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
    }

    /// `14:07` today, `Tue 14:07` within six days before or ahead, `21 Nov` this year, else `2013-11-21`; never wider than
    /// 10 columns.
    pub fn short(self, now: Time, zone: &TimeZone) -> String {
        let (then, now) = (self.zoned(zone), now.zoned(zone));
        let days = now.date().duration_since(then.date()).as_secs() / DAY;
        let form = match days {
            0 => "%H:%M",
            -6..=-1 | 1..=6 => "%a %H:%M",
            _ if then.year() == now.year() => "%-d %b",
            _ => "%Y-%m-%d",
        };
        then.strftime(form).to_string()
    }

    /// The same for a time that somebody must keep: always with its hour (`28 Nov 16:00`).
    pub fn short_to_the_minute(self, now: Time, zone: &TimeZone) -> String {
        let short = self.short(now, zone);
        if short.contains(':') { short } else { format!("{short} {}", self.zoned(zone).strftime("%H:%M")) }
    }

    /// `2013-11-21 14:07:03` in that zone.
    pub fn full(self, zone: &TimeZone) -> String {
        self.zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// `3m`, `2h`, `5d`, `3y` (from 1000 days on, so that it never takes more than four columns) before now; `0m` for times in the future (ages are never negative).
    pub fn age(self, now: Time) -> String {
        match now.0.saturating_sub(self.0).max(0) {
            seconds if seconds < HOUR => format!("{}m", seconds / MINUTE),
            seconds if seconds < DAY => format!("{}h", seconds / HOUR),
            seconds if seconds < 1000 * DAY => format!("{}d", seconds / DAY),
            seconds => format!("{}y", seconds / (365 * DAY)),
        }
    }

    /// Times outside the years that can be shown are shown as the first or last that can.
    fn timestamp(self) -> Timestamp {
        Timestamp::from_second(self.0.clamp(FIRST, LAST)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn zoned(self, zone: &TimeZone) -> jiff::Zoned {
        self.timestamp().to_zoned(zone.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> Time {
        Time(text.parse::<Timestamp>().unwrap().as_second())
    }

    #[test]
    fn dates_of_real_mail_are_read() {
        for (text, expected, offset) in [
            ("Thu, 21 Nov 2013 14:07:03 -0800", "2013-11-21T22:07:03Z", Some(-28_800)),
            ("Thu, 21 Nov 2013 14:07:03 +0000 (UTC)", "2013-11-21T14:07:03Z", Some(0)),
            ("Thu, 21 Nov 2013 14:07:03 -0000", "2013-11-21T14:07:03Z", None),
            ("21 Nov 2013 14:07 +0200", "2013-11-21T12:07:00Z", Some(7_200)),
            ("Thu,21 Nov 2013 14:07:03 GMT", "2013-11-21T14:07:03Z", Some(0)),
            ("21 Nov 13 14:07:03 PST", "2013-11-21T22:07:03Z", Some(-28_800)),
            ("21 Nov 99 14:07:03 EST", "1999-11-21T19:07:03Z", Some(-18_000)),
            ("21 Nov 113 14:07:03 UT", "2013-11-21T14:07:03Z", Some(0)),
            ("Thu, 21 (a (b) \\) c) Nov 2013 14:07:03 +0000", "2013-11-21T14:07:03Z", Some(0)),
            ("Thu, 21 November 2013 14:07:03 Z", "2013-11-21T14:07:03Z", Some(0)),
            ("Thu, 21 Nov 2013 14:07:03 X", "2013-11-21T14:07:03Z", None),
            ("Thu, 21 Nov 2013 14:07:03 Mitteleuropa", "2013-11-21T14:07:03Z", None),
            ("Thu, 21 Nov 2013 14:07:03", "2013-11-21T14:07:03Z", None),
            ("Thu Nov 21 14:07:03 2013", "2013-11-21T14:07:03Z", None),
            ("Thu Nov  1 14:07:03 PDT 2013", "2013-11-01T21:07:03Z", Some(-25_200)),
            ("Thu Nov 21 14:07:03 2013 +0100", "2013-11-21T13:07:03Z", Some(3_600)),
            ("21-Nov-2013 14:07:03 +01:00", "2013-11-21T13:07:03Z", Some(3_600)),
            ("Mon, 21 Nov 2013 14:07:03 +0000", "2013-11-21T14:07:03Z", Some(0)),
            ("Nov 21, 2013 2:07 PM", "2013-11-21T14:07:00Z", None),
            ("Nov 21, 2013 12:07:00 am", "2013-11-21T00:07:00Z", None),
            ("2016-03-04 05:06:07.891011", "2016-03-04T05:06:07Z", None),
            ("2016-03-04T05:06:07Z", "2016-03-04T05:06:07Z", Some(0)),
            ("2016-03-04T05:06:07.5+05:30", "2016-03-03T23:36:07Z", Some(19_800)),
            ("2016-03-04 05:06:07 -0700", "2016-03-04T12:06:07Z", Some(-25_200)),
            ("2016/03/04 05:06 UTC", "2016-03-04T05:06:00Z", Some(0)),
            ("Sat, 29 Feb 2020 00:00:60 +0000", "2020-02-29T00:01:00Z", Some(0)),
            ("Thu, 1 Jan 1970 1:2:3 +0000", "1970-01-01T01:02:03Z", Some(0)),
        ] {
            assert_eq!(parse(text), Some(DateField { time: utc(expected), offset }), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "now",
            "Thu, 21 Nov 2013",
            "Thu, 31 Feb 2013 14:07:03 +0000",
            "Sat, 29 Feb 2021 00:00:00 +0000",
            "Thu, 21 Nov 2013 25:00:00 +0000",
            "Thu, 21 Nov 2013 25:61:61 +0000",
            "Thu, 21 Nov 2013 14:60:00 +0000",
            "Thu, 21 Nov 0000 14:07:03 +0000",
            "Thu, 21 Nov 1600 14:07:03 +0000",
            "Thu, 21 Nov 300000000000 14:07:03 +0000",
            "Thu, 21 Nov 2013 14:07:03 +9999",
            "Thu, 21 Nov 2013 14:07:03 -9999",
            "Thu, 0 Nov 2013 14:07:03 +0000",
            "Thu, 32 Nov 2013 14:07:03 +0000",
            "Thu, 21 Nov Dec 2013 14:07:03 +0000",
            "21 11 2013 14:07:03",
            "2016-13-04 05:06:07",
            "2016-03-04",
            "2016-03-04 24:00:00",
            "Thu, 31 Dec 9999 23:59:59 -1200",
            "-1 Nov 2013 14:07",
            "14:07:03",
            "((((",
            ":::",
            "\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"(".repeat(1 << 20)), None);
    }

    #[test]
    fn r1_received_decides_what_we_knew_and_date_decides_windows() {
        let t = |seconds| Some(Time(1_000_000 + seconds));
        let mtime = Time(1_000_000);
        // received header, date, name, expected received, at, off
        let table = [
            (t(0), t(-60), t(9), 0, -60, false),
            (t(0), t(-DAY), None, 0, -DAY, false),
            (t(0), t(-DAY - 1), None, 0, 0, true),
            (t(0), t(AHEAD), None, 0, AHEAD, false),
            (t(0), t(AHEAD + 1), None, 0, 0, false),
            (None, t(-60), t(-10), -60, -60, false),
            (None, None, t(-10), -10, -10, false),
            (None, None, None, 0, 0, false),
            // A clock in the future is believed by five minutes at most.
            (t(7_200), t(7_000), None, AHEAD, AHEAD, false),
            (None, t(400 * DAY), None, AHEAD, AHEAD, true),
        ];
        for (header, date, name, received, at, off) in table {
            let got = times(header, date, name, mtime);
            let expected = Times { received: Time(1_000_000 + received), at: Time(1_000_000 + at), date_off: off };
            assert_eq!(got, expected, "{header:?} {date:?} {name:?}");
        }
        times(Some(Time(i64::MIN)), Some(Time(i64::MAX)), None, Time(i64::MAX));
    }

    #[test]
    fn times_are_written_for_people_and_machines() {
        let time = utc("2013-11-21T14:07:03Z");
        let zone = TimeZone::fixed(jiff::tz::offset(-8));
        assert_eq!(time.rfc3339(), "2013-11-21T14:07:03Z");
        assert_eq!(time.full(&zone), "2013-11-21 06:07:03");
        assert_eq!(time.rfc5322(&zone), "Thu, 21 Nov 2013 06:07:03 -0800");
        for (now, short) in [
            ("2013-11-21T14:07:03Z", "06:07"),
            ("2013-11-22T07:59:59Z", "06:07"),
            ("2013-11-22T08:00:00Z", "Thu 06:07"),
            ("2013-11-27T14:07:03Z", "Thu 06:07"),
            ("2013-11-28T14:07:03Z", "21 Nov"),
            ("2013-11-20T14:07:03Z", "Thu 06:07"),
            ("2013-11-14T14:07:03Z", "21 Nov"),
            ("2014-02-01T00:00:00Z", "2013-11-21"),
        ] {
            assert_eq!(time.short(utc(now), &zone), short, "{now}");
        }
        for (now, with_hour) in [
            ("2013-11-21T14:07:03Z", "06:07"),
            ("2013-11-20T14:07:03Z", "Thu 06:07"),
            ("2013-11-14T14:07:03Z", "21 Nov 06:07"),
            ("2012-11-14T14:07:03Z", "2013-11-21 06:07"),
        ] {
            assert_eq!(time.short_to_the_minute(utc(now), &zone), with_hour, "{now}");
        }
        for (later, age) in [(-5, "0m"), (0, "0m"), (59, "0m"), (180, "3m"), (7_200, "2h"), (5 * DAY, "5d")] {
            assert_eq!(time.age(Time(time.0 + later)), age);
        }
        for (text, expected) in [
            ("2013-11-21T14:07:03Z", Some(time)),
            ("2013-11-21 14:07:03Z", Some(time)),
            ("2013-11-21T06:07:03-08:00", Some(time)),
            ("2013-11-21t14:07:03.999z", Some(time)),
            ("2013-11-21T14:07:03", None),
            ("2013-11-21T14:07Z", None),
            ("2013-11-21", None),
            ("", None),
        ] {
            assert_eq!(Time::from_rfc3339(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_number_of_seconds_panics(seconds: i64, now: i64, offset in -14i8..=14) {
            let (time, now, zone) = (Time(seconds), Time(now), TimeZone::fixed(jiff::tz::offset(offset)));
            prop_assert!(time.short(now, &zone).len() <= 10);
            prop_assert!(time.short_to_the_minute(now, &zone).len() <= 16);
            time.age(now);
            time.full(&zone);
            time.rfc5322(&zone);
            if time.in_range().is_some() {
                prop_assert_eq!(Time::from_rfc3339(&time.rfc3339()), Some(time));
            }
        }

        #[test]
        fn times_in_range_survive_writing_and_reading(seconds in -2_000_000_000i64..FIRST.abs(), hours in -14i8..=14) {
            let zone = TimeZone::fixed(jiff::tz::offset(hours));
            let written = Time(seconds).rfc5322(&zone);
            let offset = Some(i32::from(hours) * 3600);
            prop_assert_eq!(parse(&written), Some(DateField { time: Time(seconds), offset }));
        }

        #[test]
        fn any_text_is_a_date_in_range_or_none(text in "[A-Za-z0-9 :,+()./-]{0,50}|.{0,50}") {
            if let Some(field) = parse(&text) {
                prop_assert!(field.time.in_range().is_some());
            }
            Time::from_rfc3339(&text);
        }
    }
}
