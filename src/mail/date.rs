//! Points in time in whole UTC seconds, and the two times of a message (semantics R1, R3).

/// A point in time: whole seconds since 1970-01-01T00:00:00Z. Always within the years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub i64);

/// What a Date header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateField {
    /// The point in time.
    pub time: Time,
    /// The offset from UTC written in the header, in seconds; `None` where none was written.
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
pub fn times(_received_header: Option<Time>, _date: Option<Time>, _name_seconds: Option<Time>, _mtime: Time) -> Times {
    todo!()
}

/// Reads the value of a Date header (RFC 5322 §3.3, obsolete forms, asctime, ISO 8601); `None` where it is no valid date.
pub fn parse(_value: &str) -> Option<DateField> {
    todo!()
}

impl Time {
    /// RFC 3339 in UTC, `2013-11-21T14:07:03Z`.
    pub fn rfc3339(self) -> String {
        todo!()
    }

    /// Reads RFC 3339 (any offset, `T` or blank between date and time).
    pub fn from_rfc3339(_text: &str) -> Option<Time> {
        todo!()
    }

    /// RFC 5322 date for a new message, in that zone.
    pub fn rfc5322(self, _zone: &jiff::tz::TimeZone) -> String {
        todo!()
    }

    /// `14:07` today, `Tue 14:07` within six days, `21 Nov` this year, else `2013-11-21`; never wider than 10 columns.
    pub fn short(self, _now: Time, _zone: &jiff::tz::TimeZone) -> String {
        todo!()
    }

    /// `2013-11-21 14:07:03` in that zone.
    pub fn full(self, _zone: &jiff::tz::TimeZone) -> String {
        todo!()
    }

    /// `3m`, `2h`, `5d` before now; `0m` for times in the future (ages are never negative).
    pub fn age(self, _now: Time) -> String {
        todo!()
    }
}
