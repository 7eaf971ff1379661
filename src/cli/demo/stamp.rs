//! Puts a sample at another time: its Date, Received and Message-ID, in the form that the sample has.

use crate::mail::Time;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// A mail that is being put together from a sample.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    text: String,
    /// When it was sent.
    pub(super) sent: Time,
    /// When it is delivered.
    pub(super) delivered: Time,
    /// Bits that make its ids its own.
    pub(super) seed: u64,
    received: bool,
}

impl Draft {
    /// The sample, sent and delivered (a moment later) at that time.
    pub(super) fn new(sample: &[u8], sent: Time, seed: u64) -> Draft {
        let text = String::from_utf8_lossy(sample).into_owned();
        Draft { text, sent, delivered: Time(sent.0 + 1 + (seed % 3) as i64), seed, received: true }
    }

    /// Replaces a piece of text wherever it stands.
    pub(super) fn replace(&mut self, from: &str, to: &str) {
        self.text = self.text.replace(from, to);
    }

    /// Leaves the Received header out, as local delivery does.
    pub(super) fn without_received(&mut self) {
        self.received = false;
    }

    /// Sets a header, or adds it at the end of the header section.
    pub(super) fn header(&mut self, name: &str, value: &str) {
        let mut lines: Vec<String> = self.text.split('\n').map(str::to_string).collect();
        let end = lines.iter().position(|line| line.trim_end().is_empty()).unwrap_or(lines.len());
        let prefix = format!("{}:", name.to_ascii_lowercase());
        let at = lines.iter().take(end).position(|line| line.to_ascii_lowercase().starts_with(&prefix));
        let line = format!("{name}: {value}");
        match at {
            Some(at) => {
                // The folded rest of the old value goes with it.
                let folded = lines.iter().skip(at + 1).take_while(|line| line.starts_with([' ', '\t'])).count();
                lines.splice(at..=at + folded, [line]);
            }
            None => lines.insert(end, line),
        }
        self.text = lines.join("\n");
    }

    /// The value of a header, first line only.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let prefix = format!("{}:", name.to_ascii_lowercase());
        self.text
            .lines()
            .take_while(|line| !line.is_empty())
            .find(|line| line.to_ascii_lowercase().starts_with(&prefix))
            .and_then(|line| line.get(prefix.len()..))
            .map(|value| value.trim().to_string())
    }

    /// Replaces the whole body.
    pub(super) fn body(&mut self, body: &str) {
        let head = self.text.split("\n\n").next().unwrap_or_default().to_string();
        self.text = format!("{head}\n\n{body}");
    }

    /// The finished mail.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if let Some(date) = self.value("Date") {
            let date = same_form(&date, self.sent);
            self.header("Date", &date);
        }
        if let Some(id) = self.value("Message-Id") {
            let host = id.trim_end_matches('>').rsplit('@').next().unwrap_or("example.org").to_string();
            let id = format!("<{}.{:08X}@{host}>", compact(self.sent), mix(self.seed) as u32);
            let name = if self.text.contains("Message-ID:") { "Message-ID" } else { "Message-Id" };
            self.header(name, &id);
        }
        if !self.received {
            return self.text.into_bytes();
        }
        let from = self.value("From").unwrap_or_default();
        let host = from
            .rsplit('@')
            .next()
            .map(|rest| rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-')).next().unwrap_or(""))
            .filter(|host| !host.is_empty())
            .unwrap_or("cruncher.build.mozilla.org");
        let (id, when) = (mix(self.seed ^ 0x51) >> 24, rfc5322(self.delivered, "+0000"));
        format!(
            "Received: from {host} by mx1.mail.example.org (Postfix) with ESMTP\n\tid {id:010X}; {when}\n{}",
            self.text
        )
        .into_bytes()
    }
}

/// A number that is well spread over 64 bits (the finaliser of SplitMix64).
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A time in the form of an existing Date: ISO 8601 with its fraction, or RFC 5322 with its offset and comment.
fn same_form(old: &str, time: Time) -> String {
    if old.get(..4).is_some_and(|year| year.bytes().all(|b| b.is_ascii_digit())) {
        return format_at(time, 0, "%Y-%m-%dT%H:%M:%S.183276+00:00");
    }
    // The zone, and a comment after it, begin after the time of day.
    let zone = old.rsplit_once(':').and_then(|(_, rest)| rest.split_once(' ')).map_or("+0000", |(_, zone)| zone);
    rfc5322(time, zone)
}

/// RFC 5322 with a zone as it stands in a mail: `-0800`, `+0000 (UTC)`.
fn rfc5322(time: Time, zone: &str) -> String {
    let digits = |range| zone.get(range).and_then(|text: &str| text.parse::<i32>().ok()).unwrap_or_default();
    let seconds = (digits(1..3) * 60 + digits(3..5)) * 60;
    let seconds = if zone.starts_with('-') { -seconds } else { seconds };
    format!("{} {zone}", format_at(time, seconds, "%a, %d %b %Y %H:%M:%S"))
}

fn compact(time: Time) -> String {
    format_at(time, 0, "%Y%m%d%H%M%S")
}

/// A time in words of `strftime`, at that many seconds from UTC. Times out of the calendar are shown as its beginning.
pub(super) fn format_at(time: Time, offset: i32, format: &str) -> String {
    let zone = Offset::from_seconds(offset).map_or(TimeZone::UTC, TimeZone::fixed);
    let at = Timestamp::from_second(time.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone);
    at.strftime(format).to_string()
}
