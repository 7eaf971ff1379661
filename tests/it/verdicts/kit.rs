//! Mails by subject, host and time; a mailbox to ask about them at a time.

use dutybox::mail::{FileName, Time, parse};
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::HostRules;
use dutybox::triage::classify::classify;
use dutybox::triage::row::{FolderId, MailKey, Odd, Place};
use dutybox::triage::verdicts::{
    About, CaseOutcome, Claim, Correlation, Expectation, Freshness, GRACE, Incident, Input, Register, Resolve,
    SwitchEntry, Tombstone, correlate, explain,
};
use dutybox::triage::{Row, Verdict};
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::sync::OnceLock;

/// 2013-11-21T00:00:00Z, a Thursday.
pub const DAY: i64 = 1_384_992_000;

/// A time of that day, `14:07` or `14:07:03`; `+1 14:07` is a day later, `-1` one earlier.
pub fn t(text: &str) -> Time {
    let (days, clock) = match text.split_once(' ') {
        Some((days, clock)) => (days.parse::<i64>().unwrap(), clock),
        None => (0, text),
    };
    let mut fields = clock.split(':').map(|field| field.parse::<i64>().unwrap());
    let mut next = || fields.next().unwrap_or(0);
    Time(DAY + days * 86_400 + next() * 3600 + next() * 60 + next())
}

pub fn plus(time: Time, seconds: i64) -> Time {
    Time(time.0 + seconds)
}

pub fn shipped() -> &'static Runbooks {
    static BOOKS: OnceLock<Runbooks> = OnceLock::new();
    BOOKS.get_or_init(Runbooks::shipped)
}

/// Runbooks of these front matters (without id and title, which are the name).
pub fn books(fronts: &[(&str, &str)]) -> &'static Runbooks {
    let file = |(id, front): &(&str, &str)| {
        (format!("{id}.md"), format!("+++\nid = \"{id}\"\ntitle = \"{id}\"\n{front}\n+++\n"))
    };
    let books = Runbooks::only(&fronts.iter().map(file).collect::<Vec<_>>());
    assert_eq!(books.diagnostics, []);
    Box::leak(Box::new(books))
}

/// A mail in the making.
#[derive(Debug, Clone)]
pub struct Mail {
    pub subject: String,
    pub from: String,
    pub to: String,
    /// The Date header; `None`: none.
    pub date: Option<Time>,
    pub offset: String,
    /// The Received header; `None`: delivered at once.
    pub received: Option<Time>,
    pub id: Option<String>,
    pub headers: String,
    pub body: String,
    pub folder: u16,
}

/// A mail of that subject, sent at that time.
pub fn mail(subject: &str, at: Time) -> Mail {
    Mail {
        subject: subject.into(),
        from: "tool@example.org".into(),
        to: "oncall@mail.example.net".into(),
        date: Some(at),
        offset: "+0000".into(),
        received: None,
        id: Some(format!("{}.{}", at.0, subject.len())),
        headers: String::new(),
        body: "Text.\n".into(),
        folder: 0,
    }
}

impl Mail {
    pub fn from(mut self, from: &str) -> Mail {
        self.from = from.into();
        self
    }

    pub fn to(mut self, to: &str) -> Mail {
        self.to = to.into();
        self
    }

    pub fn body(mut self, body: &str) -> Mail {
        self.body = body.into();
        self
    }

    pub fn header(mut self, line: &str) -> Mail {
        self.headers.push_str(line);
        self.headers.push('\n');
        self
    }

    /// Delivered at that time only.
    pub fn delivered(mut self, time: Time) -> Mail {
        self.received = Some(time);
        self
    }

    pub fn id(mut self, id: Option<&str>) -> Mail {
        self.id = id.map(str::to_owned);
        self
    }

    pub fn folder(mut self, folder: u16) -> Mail {
        self.folder = folder;
        self
    }

    pub fn offset(mut self, offset: &str) -> Mail {
        self.offset = offset.into();
        self
    }

    /// The row of it, as a scan would make it.
    pub fn row(&self, books: &Runbooks, number: usize) -> Row {
        let received = self.received.or(self.date).expect("a mail without Date needs a delivery");
        let mut text = String::new();
        if self.received.is_some() || self.date.is_none() {
            text.push_str(&format!("Received: by mx.example.net; {}\n", date(received, "+0000")));
        }
        text.push_str(&format!("From: {}\nTo: {}\nSubject: {}\n", self.from, self.to, self.subject));
        if let Some(at) = self.date {
            text.push_str(&format!("Date: {}\n", date(at, &self.offset)));
        }
        if let Some(id) = &self.id {
            text.push_str(&format!("Message-ID: <{id}>\n"));
        }
        text.push_str(&self.headers);
        text.push('\n');
        text.push_str(&self.body);
        let message = parse::message(text.into_bytes());
        let class = classify(books, &message, &hosts());
        let base = format!("{}.m{number}", received.0);
        let key = MailKey { folder: FolderId(self.folder), base: base.as_bytes().into() };
        Row::of(key, FileName::new(base.as_bytes()), Place::Cur, 1000, received, 1, &message, class)
    }
}

fn date(time: Time, offset: &str) -> String {
    let (sign, digits) = offset.split_at(1);
    let seconds = digits[..2].parse::<i32>().unwrap() * 3600 + digits[2..].parse::<i32>().unwrap() * 60;
    let offset = jiff::tz::Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).unwrap();
    time.rfc5322(&TimeZone::fixed(offset))
}

fn hosts() -> HostRules {
    HostRules { own_domains: vec!["mail.example.net".into(), "mozilla.com".into()], ..HostRules::default() }
}

/// An entry that is no readable mail.
pub fn unreadable(mtime: Time) -> Row {
    let base = format!("{}.broken", mtime.0);
    let key = MailKey { folder: FolderId(0), base: base.as_bytes().into() };
    Row::odd(key, FileName::new(base.as_bytes()), Place::Cur, 0, mtime, 1, Odd::Unreadable("no permission".into()))
}

/// A mailbox, what was told, and how fresh it is.
pub struct World {
    pub books: &'static Runbooks,
    pub rows: Vec<Row>,
    pub tombstones: Vec<Arc<Tombstone>>,
    pub register: Register,
    /// Up to when the mailbox is complete; `None`: it is delivered to here, so up to now and a little beyond.
    pub fresh: Option<Time>,
    pub zone: TimeZone,
}

impl World {
    /// An empty mailbox whose history begins a year ago.
    pub fn of(books: &'static Runbooks) -> World {
        let mut world = World::young(books);
        world.add(&mail("Where history begins", Time(DAY - 365 * 86_400)));
        world
    }

    /// An empty mailbox without any history.
    pub fn young(books: &'static Runbooks) -> World {
        World {
            books,
            rows: Vec::new(),
            tombstones: Vec::new(),
            register: Register::default(),
            fresh: None,
            zone: TimeZone::UTC,
        }
    }

    pub fn shipped() -> World {
        World::of(shipped())
    }

    /// Adds a mail; the index of its row.
    pub fn add(&mut self, mail: &Mail) -> usize {
        self.rows.push(mail.row(self.books, self.rows.len()));
        self.rows.len() - 1
    }

    pub fn adds(&mut self, mails: &[Mail]) -> Vec<usize> {
        mails.iter().map(|mail| self.add(mail)).collect()
    }

    /// Removes the file of a row; what was seen of it stays.
    pub fn expunge(&mut self, row: usize) {
        let gone = self.rows.remove(row);
        self.tombstones.extend(Tombstone::of(&gone).map(Arc::new));
    }

    pub fn freshness(&self, now: Time) -> Freshness {
        let fresh = self.fresh.map_or(plus(now, GRACE), |fresh| fresh);
        [(FolderId(0), fresh), (FolderId(1), fresh)].into()
    }

    fn with<T>(&self, now: Time, ask: impl Fn(&Input<'_>) -> T) -> T {
        let fresh = self.freshness(now);
        ask(&Input {
            rows: &self.rows,
            tombstones: &self.tombstones,
            register: &self.register,
            books: self.books,
            fresh: &fresh,
            now,
            as_of: Some(now),
            zone: &self.zone,
            grace: GRACE,
        })
    }

    pub fn at(&self, now: Time) -> Correlation {
        self.with(now, correlate)
    }

    pub fn verdict(&self, row: usize, now: Time) -> Verdict {
        self.at(now).verdicts.swap_remove(row)
    }

    /// Case and call: `outage page`; `… ?` where it is not known; `- decide` where no case holds.
    pub fn say(&self, row: usize, now: Time) -> String {
        said(&self.verdict(row, now))
    }

    pub fn incident(&self, row: usize, now: Time) -> Incident {
        self.at(now).incident(row).cloned().expect("it is in an incident")
    }

    /// The id of an incident.
    pub fn id(&self, incident: &Incident) -> String {
        self.with(t("10:00"), |input| incident.id(input))
    }

    /// The labels of an incident.
    pub fn key(&self, incident: &Incident) -> Vec<(String, Option<String>)> {
        self.with(t("10:00"), |input| incident.key(input))
    }

    pub fn explain(&self, row: usize, now: Time) -> Vec<CaseOutcome> {
        self.with(now, |input| explain(input, row))
    }

    pub fn about(&self, row: usize) -> About {
        About { key: self.rows[row].key.clone(), digest: self.rows[row].digest }
    }

    pub fn resolve(&mut self, row: usize, at: Time, recorded: Time) {
        let about = self.about(row);
        self.register.resolves.push(Resolve { about, at, by: "ann".into(), recorded });
    }

    pub fn claim(&mut self, row: usize, incident: bool, recorded: Time) {
        let about = self.about(row);
        self.register.claims.push(Claim { about, incident, by: "ann".into(), recorded, released: None });
    }

    pub fn switch(&mut self, name: &str, is: &str, from: Time, recorded: Time) {
        self.register.switches.push(SwitchEntry { name: name.into(), is: is.into(), from, recorded });
    }

    pub fn expect(&mut self, name: &str, from: Time, to: Time) {
        let by = "ann".to_owned();
        self.register.expectations.push(Expectation { name: name.into(), from, to, by, recorded: from });
    }
}

pub fn said(verdict: &Verdict) -> String {
    let case = verdict.case.as_deref().unwrap_or("-");
    format!("{case} {}{}", verdict.call.word(), if verdict.known { "" } else { " ?" })
}

/// What it may become: case, from, to.
pub fn may(verdict: &Verdict) -> Vec<(String, Option<Time>, Option<Time>)> {
    verdict.may_become.iter().map(|may| (may.case.clone(), may.from, may.to)).collect()
}

pub const HOST: &str = "vcs2vcs@github-sync1.dmz.scl3.mozilla.com";
pub const HOST2: &str = "vcs2vcs@github-sync2.dmz.scl3.mozilla.com";

fn vcs(subject: &str, at: Time) -> Mail {
    mail(subject, at).from(HOST).to("release+vcs2vcs@mozilla.com")
}

pub fn autofix(at: Time) -> Mail {
    vcs("[vcs2vcs] AUTOFIX process delays", at)
}

pub fn delays(at: Time) -> Mail {
    vcs("[vcs2vcs] process delays", at)
}

pub fn major(at: Time) -> Mail {
    vcs("[vcs2vcs] alert_major_errors alert", at)
}

pub fn push(number: u32, at: Time) -> Mail {
    vcs(&format!("[vcs2vcs]: git.m.o push {number} failed for gecko.git:"), at)
}
