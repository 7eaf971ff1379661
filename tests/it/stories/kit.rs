//! Reads and plays stories.
//!
//! ```text
//! ## What happens, in a line
//! sender sync1 = vcs2vcs@github-sync1.example.org to release+vcs2vcs@mozilla.com
//!
//! 14:07:03  mail   a  sync1 | [vcs2vcs] AUTOFIX process delays | delivered 15:30
//!                  > a line of its body
//!                  + X-Header: and a header
//! 14:07:05  says   a  WAIT autofix-worked; until 14:12:03; may page autofix-failed 14:07:03 to 14:12:03
//!                  "May become page: AUTOFIX failed on github-sync1.example.org: page hwine"
//!                  @ page hwine
//!                  ~ words of a reason
//! 14:07:05  row    a  1 mail WAIT; 14:07:03 to 14:07:03
//! ```
//!
//! - A time is one of the story's day (`day 2013-11-21`); `+1 14:07` is a day later. `#` begins a comment.
//! - Before the first time: `zone` (in which times are shown), `young` (the mailbox begins with the story; else it is a
//!   year old), `sent` (a reply in the sent folder counts as a claim).
//! - `mail NAME SENDER | SUBJECT`, then options: `delivered TIME` (it is sent at the time of the line), `no id`, `offset
//!   -0800`, `20 times every 24h` (named NAME1 to NAME20). `copy NAME of OTHER` is the same mail a second time, `gone NAME` one that another program removes,
//!   `unreadable` an entry that is no readable mail.
//! - `fresh TIME`, `fresh mail` (no further than the newest mail), `fresh clock` (delivered on this machine); before that
//!   it keeps up, with the grace that mail under way is given.
//! - `told ACT`, with `NAME = ` before it where it is undone later: `switch release yes [since TIME]`, `expect WHAT TIME
//!   to TIME`, `claim NAME [incident]`, `reply NAME`, `resolve NAME [at TIME]`; `told undo NAME`, `told release NAME`
//!   (a claim is given back).
//! - `says NAME` is the whole verdict: call, case, `cannot tell`, `until`, `due`, `deadline`, and all that it may become.
//!   Headline, people and reasons are looked at where they are given.
//! - `row NAME` is its incident: mails, call and case, first to last, rhythm, what is `gone`, when it was resolved.
//! - `together A B`, `apart A B`: whether they are one incident.
//!
//! Each `says` is asked three times: when the story gets there, again as of that time when the story is over (what came
//! later changes nothing), and just before and at its `until` (nothing changes before; something does then).

use crate::verdicts::kit::{Mail, World, mail, plus, shipped};
use dutybox::mail::Time;
use dutybox::triage::verdicts::{
    About, Claim, Expectation, GRACE, Incident, Register, Reply, Resolve, Sent, SwitchEntry, Tombstone,
};
use dutybox::triage::{Row, Verdict};
use std::collections::HashMap;
use std::sync::Arc;

const YEAR: i64 = 365 * 86_400;

/// Plays every story of a file, and says all that is otherwise than told.
pub fn play(file: &str, text: &str) {
    let mut stories: Vec<Story> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(title) = line.strip_prefix("## ") {
            stories.push(Story { title: title.to_owned(), ..Story::default() });
        } else if let Some(story) = stories.last_mut()
            && !line.trim().is_empty()
            && !line.trim_start().starts_with('#')
        {
            story.take(number + 1, line);
        }
    }
    assert!(!stories.is_empty(), "{file} holds no story");
    let mut wrong = Vec::new();
    for story in &stories {
        let mut stage = Stage::of(story);
        assert!(stage.asks > 0, "{file}: {} asks nothing", story.title);
        wrong.append(&mut stage.wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.iter().map(|wrong| format!("\n{file}:{wrong}")).collect::<String>());
}

/// A story as it is written.
#[derive(Default)]
struct Story {
    title: String,
    settings: Vec<String>,
    steps: Vec<Step>,
}

/// A line that begins with a time, and the lines that belong to it.
struct Step {
    line: usize,
    time: String,
    verb: String,
    rest: String,
    more: Vec<String>,
}

impl Story {
    fn take(&mut self, line: usize, text: &str) {
        if text.starts_with(' ') {
            let step = self.steps.last_mut().unwrap_or_else(|| panic!("line {line} continues nothing"));
            return step.more.push(text.trim().to_owned());
        }
        if text.starts_with(|first: char| first.is_ascii_alphabetic()) {
            assert!(self.steps.is_empty(), "line {line}: settings stand before the first time");
            return self.settings.push(text.to_owned());
        }
        let mut words = text.split_whitespace();
        let mut time = words.next().unwrap().to_owned();
        if time.starts_with(['+', '-']) {
            time = format!("{time} {}", words.next().unwrap());
        }
        let verb = words.next().unwrap_or_else(|| panic!("line {line}: nothing happens")).to_owned();
        let rest = words.collect::<Vec<_>>().join(" ");
        self.steps.push(Step { line, time, verb, rest, more: Vec::new() });
    }
}

/// Something that the operator told.
struct Telling {
    name: Option<String>,
    recorded: Time,
    undone: Option<Time>,
    what: What,
}

enum What {
    Switch { name: String, is: String, from: Time },
    Expect { name: String, from: Time, to: Time },
    Claim { row: usize, incident: bool, released: Option<Time> },
    Reply { row: usize },
    Resolve { row: usize, at: Time },
}

#[derive(Clone, Copy)]
enum Fresh {
    KeepsUp,
    Clock,
    Mail,
    Until(Time),
}

/// A verdict that was asked for.
struct Asked {
    line: usize,
    row: usize,
    at: Time,
    said: String,
}

/// The mailbox of a story while it is played.
struct Stage {
    day: i64,
    zone: jiff::tz::TimeZone,
    young: bool,
    sent: bool,
    senders: HashMap<String, (String, String)>,
    mails: HashMap<String, (usize, Mail)>,
    /// All rows, and when another program removed them.
    rows: Vec<(Row, Option<Time>)>,
    told: Vec<Telling>,
    fresh: Vec<(Time, Fresh)>,
    asked: Vec<Asked>,
    asks: usize,
    wrong: Vec<String>,
}

impl Stage {
    fn of(story: &Story) -> Stage {
        let mut stage = Stage {
            day: crate::verdicts::kit::DAY,
            zone: jiff::tz::TimeZone::UTC,
            young: false,
            sent: false,
            senders: HashMap::new(),
            mails: HashMap::new(),
            rows: Vec::new(),
            told: Vec::new(),
            fresh: Vec::new(),
            asked: Vec::new(),
            asks: 0,
            wrong: Vec::new(),
        };
        story.settings.iter().for_each(|setting| stage.set(setting));
        if !stage.young {
            let first = mail("Where history begins", Time(stage.day - YEAR));
            stage.rows.push((first.row(shipped(), 0), None));
        }
        let mut last = Time(i64::MIN);
        for step in &story.steps {
            let now = stage.time(&step.time);
            assert!(now >= last, "line {}: a story goes forward", step.line);
            last = now;
            stage.step(step, now);
        }
        stage.look_back();
        stage
    }

    fn set(&mut self, setting: &str) {
        let (word, rest) = setting.split_once(' ').unwrap_or((setting, ""));
        match word {
            "sender" => {
                let (name, who) = rest.split_once(" = ").expect("sender NAME = ADDRESS to ADDRESS");
                let (from, to) = who.split_once(" to ").expect("ADDRESS to ADDRESS");
                self.senders.insert(name.trim().to_owned(), (from.trim().to_owned(), to.trim().to_owned()));
            }
            "day" => self.day = Time::from_rfc3339(&format!("{}T00:00:00Z", rest.trim())).expect("a day").0,
            "zone" => self.zone = jiff::tz::TimeZone::posix(rest.trim()).expect("a POSIX zone"),
            "young" => self.young = true,
            "sent" => self.sent = true,
            _ => panic!("no setting: {setting}"),
        }
    }

    fn time(&self, text: &str) -> Time {
        Time(self.day + crate::verdicts::kit::t(text).0 - crate::verdicts::kit::DAY)
    }

    fn row(&self, name: &str) -> usize {
        self.mails.get(name).unwrap_or_else(|| panic!("no mail {name}")).0
    }

    fn step(&mut self, step: &Step, now: Time) {
        let wrong = match step.verb.as_str() {
            "mail" => self.mail(step, now),
            "copy" => {
                let (name, of) = step.rest.split_once(" of ").expect("copy NAME of OTHER");
                let mail = self.mails[of].1.clone().delivered(now);
                self.deliver(name, mail);
                None
            }
            "gone" => {
                let row = self.row(&step.rest);
                self.rows[row].1 = Some(now);
                None
            }
            "unreadable" => {
                self.rows.push((crate::verdicts::kit::unreadable(now), None));
                None
            }
            "fresh" => {
                let fresh = match step.rest.as_str() {
                    "mail" => Fresh::Mail,
                    "clock" => Fresh::Clock,
                    time => Fresh::Until(self.time(time)),
                };
                self.fresh.push((now, fresh));
                None
            }
            "told" => self.tell(&step.rest, now),
            "says" => self.says(step, now),
            "row" => {
                let (name, expected) = step.rest.split_once(' ').expect("row NAME WHAT");
                let row = self.row(name);
                self.asks += 1;
                let world = self.world(now);
                let said = self.incident(&world.incident(self.place(row, now), now));
                (said != expected).then(|| format!("told {expected}\n      is {said}"))
            }
            "together" | "apart" => {
                let (one, other) = step.rest.split_once(' ').expect("two names");
                let all = self.world(now).at(now).incident_of;
                let of = |name: &str| all[self.place(self.row(name), now)];
                let same = of(one) == of(other);
                self.asks += 1;
                (same != (step.verb == "together")).then(|| format!("they are not {}", step.verb))
            }
            other => panic!("line {}: no such verb: {other}", step.line),
        };
        self.wrong.extend(wrong.map(|wrong| format!("{}: {wrong}", step.line)));
    }

    fn mail(&mut self, step: &Step, now: Time) -> Option<String> {
        let mut parts = step.rest.split(" | ");
        let head = parts.next().unwrap();
        let (name, sender) = head.split_once(' ').expect("mail NAME SENDER | SUBJECT");
        let (from, to) = self.senders.get(sender).unwrap_or_else(|| panic!("line {}: no sender {sender}", step.line));
        let subject = parts.next().expect("a subject");
        // An own domain names no host.
        let id = format!("{name}.{}@mail.example.net", now.0);
        let mut made = mail(subject, now).from(from).to(to).id(Some(&id));
        let mut times = None;
        for option in parts {
            made = match option.trim() {
                "no id" => made.id(None),
                option => match option.split_once(' ') {
                    Some(("delivered", time)) => made.delivered(self.time(time)),
                    Some(("offset", offset)) => made.offset(offset),
                    Some((count, every)) if count.parse::<i64>().is_ok() => {
                        let every = every.strip_prefix("times every ").expect("N times every SPAN");
                        times = Some((count.parse::<i64>().unwrap(), span(every)));
                        made
                    }
                    _ => panic!("line {}: no option {option}", step.line),
                },
            };
        }
        let (mut body, mut headers) = (String::new(), Vec::new());
        for more in &step.more {
            match more.split_at(1) {
                (">", line) => body.push_str(&format!("{}\n", line.trim())),
                ("+", line) => headers.push(line.trim()),
                _ => panic!("line {}: a mail has lines (>) and headers (+)", step.line),
            }
        }
        made = headers.into_iter().fold(made, Mail::header);
        if !body.is_empty() {
            made = made.body(&body);
        }
        match times {
            None => self.deliver(name, made),
            Some((times, every)) => {
                for nth in 0..times {
                    let at = plus(now, nth * every);
                    let id = format!("{name}.{}@mail.example.net", at.0);
                    let one = Mail { date: Some(at), ..made.clone() }.id(Some(&id));
                    self.deliver(&format!("{name}{}", nth + 1), one);
                }
            }
        }
        None
    }

    fn deliver(&mut self, name: &str, mail: Mail) {
        let row = mail.row(shipped(), self.rows.len());
        self.rows.push((row, None));
        let known = self.mails.insert(name.to_owned(), (self.rows.len() - 1, mail));
        assert!(known.is_none(), "there are two mails {name}");
    }

    fn tell(&mut self, text: &str, now: Time) -> Option<String> {
        if let Some(name) = text.strip_prefix("undo ") {
            let told = self.told.iter_mut().find(|told| told.name.as_deref() == Some(name));
            told.unwrap_or_else(|| panic!("nothing is named {name}")).undone = Some(now);
            return None;
        }
        if let Some(name) = text.strip_prefix("release ") {
            let told = self.told.iter_mut().find(|told| told.name.as_deref() == Some(name));
            match told.map(|told| &mut told.what) {
                Some(What::Claim { released, .. }) => *released = Some(now),
                _ => panic!("no claim is named {name}"),
            }
            return None;
        }
        let (name, text) = text.split_once(" = ").map_or((None, text), |(name, text)| (Some(name.to_owned()), text));
        let words: Vec<&str> = text.split(' ').collect();
        let time_after = |word: &str| Some(self.time(text.split_once(&format!(" {word} "))?.1));
        let what = match *words.as_slice() {
            ["switch", name, is, ..] => {
                What::Switch { name: name.into(), is: is.into(), from: time_after("since").unwrap_or(now) }
            }
            ["expect", name, ..] => {
                let times = text.split_once(&format!("{name} ")).unwrap().1;
                let (from, to) = times.split_once(" to ").expect("expect NAME TIME to TIME");
                What::Expect { name: name.into(), from: self.time(from), to: self.time(to) }
            }
            ["claim", name] => What::Claim { row: self.row(name), incident: false, released: None },
            ["claim", name, "incident"] => What::Claim { row: self.row(name), incident: true, released: None },
            ["reply", name] => What::Reply { row: self.row(name) },
            ["resolve", name, ..] => What::Resolve { row: self.row(name), at: time_after("at").unwrap_or(now) },
            _ => panic!("nobody can tell this: {text}"),
        };
        self.told.push(Telling { name, recorded: now, undone: None, what });
        None
    }

    fn says(&mut self, step: &Step, now: Time) -> Option<String> {
        let (name, expected) = step.rest.split_once(' ').expect("says NAME WHAT");
        let row = self.row(name);
        let verdict = self.world(now).verdict(self.place(row, now), now);
        let said = self.verdict(&verdict);
        let mut expected = expected.to_owned();
        let mut wrong = Vec::new();
        for more in &step.more {
            match more.split_at(1) {
                (";", rest) => expected.push_str(&format!("; {}", rest.trim())),
                ("\"", rest) => {
                    let headline = rest.trim_end_matches('"');
                    if headline != verdict.headline {
                        wrong.push(format!("told \"{headline}\"\n      is \"{}\"", verdict.headline));
                    }
                }
                ("@", people) => {
                    let said: Vec<String> = verdict
                        .people
                        .iter()
                        .map(|(verb, who)| format!("{} {}", verb.word(), who.join(" and ")))
                        .collect();
                    if said.join(", ") != people.trim() {
                        wrong.push(format!("told @{people}\n      is @ {}", said.join(", ")));
                    }
                }
                ("~", words) => {
                    if !verdict.because.iter().any(|reason| reason.text.contains(words.trim())) {
                        wrong.push(format!("no reason has{words}: {}", verdict.words()));
                    }
                }
                _ => panic!("line {}: cannot expect {more}", step.line),
            }
        }
        if said != expected {
            wrong.insert(0, format!("told {expected}\n      is {said}"));
        }
        self.asks += 1;
        if matches!(self.fresh_at(now), Fresh::KeepsUp) {
            wrong.extend(self.until(row, &verdict, now));
        }
        self.asked.push(Asked { line: step.line, row, at: now, said });
        (!wrong.is_empty()).then(|| wrong.join("\n    and "))
    }

    /// Whether the answer stands until it says, and no longer (R14, R32).
    fn until(&self, row: usize, verdict: &Verdict, now: Time) -> Option<String> {
        let answer = |verdict: &Verdict| {
            let may: Vec<String> = verdict.may_become.iter().map(|may| may.case.clone()).collect();
            (verdict.call, verdict.case.clone(), verdict.known, may)
        };
        let at = |time: Time| answer(&self.world_of(now, time).verdict(self.place(row, now), time));
        let own = answer(verdict);
        match verdict.until {
            Some(until) if at(plus(until, -1)) != own => Some("it changes before its until".to_owned()),
            Some(until) if at(until) == own => Some("nothing changes at its until".to_owned()),
            None if at(plus(now, YEAR)) != own => Some("it changes some day and does not say so".to_owned()),
            _ => None,
        }
    }

    /// Asks everything again when all is known.
    fn look_back(&mut self) {
        let asked = std::mem::take(&mut self.asked);
        for Asked { line, row, at, said } in asked.iter().filter(|asked| self.rows[asked.row].1.is_none()) {
            let world = self.world_of(Time(i64::MAX), *at);
            let now = self.verdict(&world.verdict(self.place(*row, Time(i64::MAX)), *at));
            if now != *said {
                self.wrong.push(format!("{line}: said {said}\n      looking back it is {now}"));
            }
        }
    }

    fn fresh_at(&self, time: Time) -> Fresh {
        self.fresh.iter().rev().find(|(since, _)| *since <= time).map_or(Fresh::KeepsUp, |(_, fresh)| *fresh)
    }

    /// The index of a row among those that lie there at that time.
    fn place(&self, row: usize, there: Time) -> usize {
        let lies = |(row, gone): &&(Row, Option<Time>)| lies_there(row, *gone, there);
        assert!(lies(&&self.rows[row]), "a mail is asked about while it is not there");
        self.rows[..row].iter().filter(lies).count()
    }

    fn world(&self, now: Time) -> World {
        self.world_of(now, now)
    }

    /// The mailbox as it lies there at one time, to be asked about another.
    fn world_of(&self, there: Time, ask: Time) -> World {
        let mut world = World::young(shipped());
        world.zone = self.zone.clone();
        for (row, gone) in &self.rows {
            if lies_there(row, *gone, there) {
                world.rows.push(row.clone());
            } else if gone.is_some() {
                world.tombstones.extend(Tombstone::of(row).map(Arc::new));
            }
        }
        world.fresh = match self.fresh_at(ask) {
            Fresh::KeepsUp => None,
            Fresh::Clock => Some(ask),
            Fresh::Until(time) => Some(time.min(ask)),
            Fresh::Mail => {
                let received = self.rows.iter().map(|(row, _)| row.received);
                received.filter(|received| *received <= ask).max()
            }
        };
        world.register = self.register(ask);
        if self.sent {
            world.register.sent =
                Some(Sent { since: Some(Time(self.day - YEAR)), fresh: world.fresh.unwrap_or(plus(ask, GRACE)) });
        }
        world
    }

    fn register(&self, now: Time) -> Register {
        let mut register = Register::default();
        let by = || "ann".to_owned();
        let about = |row: usize| About { key: self.rows[row].0.key.clone(), digest: self.rows[row].0.digest };
        for told in self.told.iter().filter(|told| told.undone.is_none_or(|undone| undone > now)) {
            let recorded = told.recorded;
            match &told.what {
                What::Switch { name, is, from } => {
                    register.switches.push(SwitchEntry { name: name.clone(), is: is.clone(), from: *from, recorded });
                }
                What::Expect { name, from, to } => {
                    let (name, from, to) = (name.clone(), *from, *to);
                    register.expectations.push(Expectation { name, from, to, by: by(), recorded });
                }
                What::Claim { row, incident, released } => {
                    let (about, incident, released) = (about(*row), *incident, *released);
                    register.claims.push(Claim { about, incident, by: by(), recorded, released });
                }
                What::Reply { row } => {
                    let to = self.rows[*row].0.message_id.iter().map(ToString::to_string).collect();
                    register.replies.push(Reply { to, by: by(), at: recorded });
                }
                What::Resolve { row, at } => {
                    register.resolves.push(Resolve { about: about(*row), at: *at, by: by(), recorded });
                }
            }
        }
        register
    }

    /// A verdict in a line.
    fn verdict(&self, verdict: &Verdict) -> String {
        let mut line = verdict.call.word().to_uppercase();
        if let Some(case) = &verdict.case {
            line.push_str(&format!(" {case}"));
        }
        if !verdict.known {
            line.push_str(", cannot tell");
        }
        for (word, time) in [("until", verdict.until), ("due", verdict.due), ("deadline", verdict.deadline)] {
            line.extend(time.map(|time| format!("; {word} {}", self.clock(time))));
        }
        for may in &verdict.may_become {
            line.push_str(&format!("; may {} {}", may.call.word(), may.case));
            match (may.from, may.to) {
                (Some(from), Some(to)) if from == to => line.push_str(&format!(" {}", self.clock(to))),
                (Some(from), Some(to)) => line.push_str(&format!(" {} to {}", self.clock(from), self.clock(to))),
                _ => {}
            }
        }
        line
    }

    /// An incident in a line.
    fn incident(&self, incident: &Incident) -> String {
        let mut line = format!("{} mail{}", incident.count, if incident.count == 1 { "" } else { "s" });
        line.push_str(&format!(" {}", incident.call.word().to_uppercase()));
        line.extend(incident.case_id(shipped()).map(|case| format!(" {case}")));
        line.push_str(&format!("; {} to {}", self.clock(incident.first), self.clock(incident.last)));
        line.extend(incident.rhythm.map(|every| format!("; every {}", dutybox::runbook::case::span_words(every))));
        if incident.gone > 0 {
            line.push_str(&format!("; {} gone", incident.gone));
        }
        line.extend(incident.resolved.map(|time| format!("; resolved {}", self.clock(time))));
        line
    }

    fn clock(&self, time: Time) -> String {
        let (days, second) = ((time.0 - self.day).div_euclid(86_400), (time.0 - self.day).rem_euclid(86_400));
        let day = if days == 0 { String::new() } else { format!("{days:+} ") };
        let seconds = if second % 60 == 0 { String::new() } else { format!(":{:02}", second % 60) };
        format!("{day}{:02}:{:02}{seconds}", second / 3600, second / 60 % 60)
    }
}

/// A span of time in seconds: `90s`, `20m`, `24h`.
fn span(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => panic!("no span of time: {text}"),
    };
    number.parse::<i64>().unwrap() * unit
}

/// Whether a mail lies in the mailbox at that time.
fn lies_there(row: &Row, gone: Option<Time>, there: Time) -> bool {
    row.received <= there && gone.is_none_or(|gone| gone > there)
}
