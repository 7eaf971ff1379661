//! The engine, fed with whatever may happen in whatever order, says what it would say from nothing.

use super::kit::*;
use dutybox::mail::{Digest, FileName, Time};
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::Label;
use dutybox::triage::Row;
use dutybox::triage::row::{FolderId, MailKey};
use dutybox::triage::verdicts::{
    About, Changed, Claim, Engine, Expectation, Freshness, GRACE, Incident, Input, Judgment, News, Register, Reply,
    Resolve, Sent, SwitchEntry, Tombstone, correlate,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// One small runbook for each test over time, each with mail that others see too.
const TESTS: [&str; 16] = [
    "followed-by = { kind = \"b\", same = [\"host\"], within = \"10m\" }",
    "followed-by = { kind = \"b\", within = \"30d\" }",
    "not-followed-by = { kind = \"b\", same = [\"host\"], within = \"20m\", either = true }",
    "preceded-by = { kind = \"b\", same = [\"host\", \"n\"], within = \"1h\" }",
    "preceded-by = { kind = \"b\" }",
    "repeats = { count = 2, every = \"20m\", slack = \"4m\", same = [\"host\"] }",
    "repeats = { count = 3, within = \"44m\" }",
    "sets = { label = \"n\", values = [\"1\", \"2\"], per = \"20m\", same = [\"host\"], min = 2, within = \"2h\" }",
    "quiet-for = \"44m\"",
    "rate = { above = 2, in = \"1h\", same = [\"host\"] }",
    "rate = { baseline = 1.0, in = \"20h\" }",
    "deadline = { label = \"deadline\", before = \"1h\" }",
    "unclaimed-for = \"30m\"",
    "switch = { name = \"release\", is = \"yes\" }",
    "after-resolved = { covers = \"1h\", ends = \"hour\" }",
    "closed-by = { kind = \"b\", same = [\"host\"] }",
];

/// Where the host of a mail is written, in its subject.
const HOSTS: [&str; 5] = ["bld1.example.org", "bld1.example.org", "bld2.example.org", "bld1", "-"];

pub(super) fn runbooks() -> &'static Arc<Runbooks> {
    static BOOKS: OnceLock<Arc<Runbooks>> = OnceLock::new();
    BOOKS.get_or_init(|| {
        let file = |(index, test): (usize, &&str)| {
            // Mail of the next runbook is seen by this one, too.
            let next = (index + 1) % TESTS.len();
            let group = ["[\"host\"]", "[]", "[\"host\", \"n\"]"][index % 3];
            let text = format!(
                "+++\nid = \"m{index}\"\ntitle = \"m{index}\"\nmatch = {{ any = [{{ subject = \"[m{index}] *\" }}, {{ subject = \"[m{next}]*\" }}] }}\n\
                 group-by = {group}\nlabels = {{ host = {{ regex = ' on ([a-z0-9.]+)', in = \"subject\" }}, n = {{ regex = ' no ([0-9])', in = \"subject\" }}, \
                 deadline = {{ regex = 'by ([-0-9:T]+Z)', in = \"subject\" }} }}\n\
                 kinds = [\n  {{ id = \"a\", subject = \"[m{{x}}] a*\", gap = \"1h\" }},\n  {{ id = \"b\", gap = \"44m\" }},\n]\n\
                 [[case]]\nid = \"first\"\nkind = \"a\"\n{test}\nverdict = {{ call = \"act\", headline = \"{{count}} on {{host}} since {{first}}\" }}\n\
                 [[case]]\nid = \"late\"\nafter-resolved = {{ covers = \"1h\" }}\nverdict = {{ call = \"note\", headline = \"Late, {{covered}}\" }}\n\
                 [[case]]\nid = \"many\"\nrate = {{ above = 4, in = \"40m\" }}\nverdict = {{ call = \"decide\", headline = \"{{count}}\" }}\n\
                 [[case]]\nid = \"else\"\nverdict = {{ call = \"note\", headline = \"One on {{host}}\" }}\n+++\n"
            );
            (format!("m{index}.md"), text)
        };
        let books = Runbooks::only(&TESTS.iter().enumerate().map(file).collect::<Vec<_>>());
        assert_eq!(books.diagnostics, []);
        Arc::new(books)
    })
}

/// A mail: of which runbook and kind, from where, when sent, how late.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sketch {
    book: u8,
    b: bool,
    host: u8,
    at: i64,
    late: i64,
}

const SORTS: usize = TESTS.len() * 2 * HOSTS.len();

impl Sketch {
    fn sort(self) -> usize {
        (usize::from(self.book) * 2 + usize::from(self.b)) * HOSTS.len() + usize::from(self.host)
    }

    /// Its row. Each sort of mail is read once.
    fn row(self, serial: u32, folder: u16) -> Row {
        static READ: OnceLock<Vec<Row>> = OnceLock::new();
        let read = READ.get_or_init(|| {
            let made = |sort: usize| {
                let (host, kind, book) = (sort % HOSTS.len(), sort / HOSTS.len() % 2, sort / HOSTS.len() / 2);
                let subject = match (book, kind) {
                    // Mail that no runbook claims, and mail that is no alert.
                    (13, 1) if host > 2 => "Nothing to do with it".to_owned(),
                    (14, 1) if host > 2 => format!("Re: [m{book}] a"),
                    _ => format!(
                        "[m{book}] {} on {} no {} by 2013-11-21T13:0{host}:00Z",
                        ["a", "b"][kind],
                        HOSTS[host],
                        host % 3
                    ),
                };
                mail(&subject, t("10:00")).row(runbooks(), 0)
            };
            (0..SORTS).map(made).collect()
        });
        let mut row = read[self.sort()].clone();
        let at = plus(t("10:00"), self.at);
        let received = plus(at, self.late);
        row.key = MailKey { folder: FolderId(folder), base: format!("{}.m{serial}", received.0).into_bytes().into() };
        row.name = FileName::new(row.key.base.clone());
        (row.at, row.received, row.mtime) = (at, received, received);
        row.message_id = (serial % 8 != 7).then(|| format!("{serial}@localhost").into());
        let mut digest = [0; 16];
        digest[..4].copy_from_slice(&(serial + 1).to_be_bytes());
        row.digest = Digest(digest);
        row
    }
}

pub(super) fn sketch() -> impl Strategy<Value = Sketch> {
    let step =
        prop_oneof![3 => (0..12i64).prop_map(|tick| tick * 1200), 2 => (0..240i64).prop_map(|minute| minute * 60)];
    let second = prop_oneof![4 => Just(0i64), 1 => Just(1), 1 => Just(-1)];
    let late = prop_oneof![3 => Just(0i64), 1 => 0..5000i64];
    (0..16u8, any::<bool>(), 0..5u8, step, second, late).prop_map(|(book, b, host, step, second, late)| Sketch {
        book,
        b,
        host,
        at: step + second,
        late,
    })
}

/// Half of the mailboxes hold mail of few runbooks, so that much of it has to do with the rest.
pub(super) fn crowd() -> impl Strategy<Value = Option<u8>> {
    prop::option::of(0..16u8)
}

/// Something that happens.
#[derive(Debug, Clone)]
pub(super) enum Happens {
    /// A mail comes: sent at about this time, whatever the time is.
    Mail(Sketch),
    /// One of the busy runbook, sent now.
    Now(Sketch),
    Copy {
        of: usize,
        folder: u16,
        later: i64,
    },
    Unreadable(i64),
    /// A file is gone; whether it leaves a tombstone.
    Gone(usize, bool),
    Replaced(usize, Sketch),
    Claim(usize, bool),
    Released(usize),
    Resolved(usize, i64),
    Switch(i64),
    Expected(i64),
    /// One of what was told so far is taken back, or told again.
    Undone(usize),
    /// A message is ignored, done, put off, or thrown away: how, and for so long.
    Hidden(usize, u8, i64),
    Replied(usize),
    Sent(i64),
    /// Time passes.
    Passes(i64),
    /// The Maildirs are known only up to a time before now; `None`: up to now.
    Known(Option<i64>),
    AsOf(bool),
    History,
}

pub(super) fn happens() -> impl Strategy<Value = Happens> {
    let passes = prop_oneof![1..90i64, 1..4000i64, Just(1200), Just(300), Just(2640), Just(90_000)];
    prop_oneof![
        6 => sketch().prop_map(Happens::Mail),
        8 => sketch().prop_map(Happens::Now),
        1 => (0..20usize, 0..2u16, -100..3000i64).prop_map(|(of, folder, later)| Happens::Copy { of, folder, later }),
        1 => (0..14_000i64).prop_map(Happens::Unreadable),
        2 => (0..20usize, prop::bool::weighted(0.8)).prop_map(|(row, stone)| Happens::Gone(row, stone)),
        1 => (0..20usize, sketch()).prop_map(|(row, sketch)| Happens::Replaced(row, sketch)),
        1 => (0..20usize, any::<bool>()).prop_map(|(row, all)| Happens::Claim(row, all)),
        1 => (0..20usize).prop_map(Happens::Released),
        2 => (0..20usize, -4000..4000i64).prop_map(|(row, at)| Happens::Resolved(row, at)),
        1 => (0..14_000i64).prop_map(Happens::Switch),
        1 => (0..14_000i64).prop_map(Happens::Expected),
        1 => (0..20usize).prop_map(Happens::Undone),
        1 => (0..20usize, 0..6u8, 0..9000i64).prop_map(|(row, how, long)| Happens::Hidden(row, how, long)),
        1 => (0..20usize).prop_map(Happens::Replied),
        1 => (0..4000i64).prop_map(Happens::Sent),
        6 => passes.prop_map(Happens::Passes),
        1 => prop_oneof![Just(None), (0..4000i64).prop_map(Some)].prop_map(Happens::Known),
        1 => any::<bool>().prop_map(Happens::AsOf),
        1 => Just(Happens::History),
    ]
}

pub(super) struct Story {
    pub(super) rows: Vec<Row>,
    pub(super) stones: Vec<std::sync::Arc<Tombstone>>,
    register: Register,
    pub(super) now: Time,
    /// Where all mail is of few runbooks: the first of these.
    crowd: Option<u8>,
    known: Option<i64>,
    as_of: bool,
    serial: u32,
    news: Vec<News>,
}

impl Story {
    /// A mailbox at 11:00 whose history begins 40 days ago, with these mails. In a crowd they are all of three runbooks.
    pub(super) fn of(first: &[Sketch], crowd: Option<u8>) -> Story {
        let mut story = Story {
            rows: Vec::new(),
            stones: Vec::new(),
            register: Register::default(),
            now: t("11:00"),
            crowd,
            known: None,
            as_of: false,
            serial: 0,
            news: Vec::new(),
        };
        story.mail(Sketch { book: 0, b: true, host: 0, at: -40 * 86_400, late: 0 });
        first.iter().for_each(|sketch| story.mail(*sketch));
        story
    }

    fn fresh(&self) -> Freshness {
        let fresh = self.known.map_or(plus(self.now, GRACE), |behind| plus(self.now, -behind));
        // The second folder is another Maildir, and known for less.
        [(FolderId(0), fresh), (FolderId(1), plus(fresh, -600))].into()
    }

    fn push(&mut self, row: Row) {
        self.rows.push(row);
        self.news.push(News::Inserted(self.rows.len() - 1));
    }

    fn crowded(&self, sketch: Sketch) -> Sketch {
        let books = u8::try_from(TESTS.len()).unwrap();
        Sketch { book: self.crowd.map_or(sketch.book, |first| (first + sketch.book % 3) % books), ..sketch }
    }

    fn mail(&mut self, sketch: Sketch) {
        self.serial += 1;
        let folder = u16::from(self.serial.is_multiple_of(9));
        self.push(self.crowded(sketch).row(self.serial, folder));
    }

    fn about(&self, row: usize) -> Option<About> {
        let row = self.rows.get(row % self.rows.len().max(1))?;
        Some(About { key: row.key.clone(), digest: row.digest })
    }

    /// Takes in what happens.
    pub(super) fn take(&mut self, event: &Happens) {
        let now = self.now;
        let told = |story: &mut Story| story.news.push(News::Told);
        let count = self.rows.len().max(1);
        match *event {
            Happens::Mail(sketch) => self.mail(sketch),
            Happens::Now(sketch) => {
                self.mail(Sketch { book: sketch.book % 4 * 5, at: now.0 - t("10:00").0 - sketch.late % 100, ..sketch })
            }
            Happens::Copy { of, folder, later } => {
                let Some(mut copy) = self.rows.get(of % count).cloned() else { return };
                if copy.odd.is_some() {
                    return;
                }
                self.serial += 1;
                copy.received = plus(copy.received, later);
                copy.key =
                    MailKey { folder: FolderId(folder), base: format!("copy{}", self.serial).into_bytes().into() };
                self.push(copy);
            }
            Happens::Unreadable(at) => {
                self.serial += 1;
                let mut row = unreadable(plus(t("10:00"), at));
                row.key.base = format!("odd{}", self.serial).into_bytes().into();
                self.push(row);
            }
            Happens::Gone(row, stone) => {
                if self.rows.is_empty() {
                    return;
                }
                let gone = self.rows.swap_remove(row % count);
                let kept = if stone { Tombstone::of(&gone) } else { None };
                self.news.push(match kept {
                    Some(kept) => {
                        self.stones.push(kept.into());
                        News::Buried { row: row % count, stone: self.stones.len() - 1 }
                    }
                    None => News::Removed(row % count),
                });
            }
            Happens::Replaced(row, sketch) => {
                let sketch = self.crowded(sketch);
                if let Some(slot) = self.rows.get_mut(row % count) {
                    let key = slot.key.clone();
                    self.serial += 1;
                    *slot = Row { key, ..sketch.row(self.serial, 0) };
                    self.news.push(News::Replaced(row % count));
                }
            }
            Happens::Claim(row, incident) => {
                let Some(about) = self.about(row) else { return };
                self.register.claims.push(Claim { about, incident, by: "ann".into(), recorded: now, released: None });
                told(self);
            }
            Happens::Released(claim) => {
                let count = self.register.claims.len().max(1);
                if let Some(claim) = self.register.claims.get_mut(claim % count) {
                    claim.released = Some(now);
                    told(self);
                }
            }
            Happens::Resolved(row, at) => {
                let Some(about) = self.about(row) else { return };
                let at = plus(self.rows[row % count].at, at);
                self.register.resolves.push(Resolve { about, at, by: "ann".into(), recorded: now });
                told(self);
            }
            Happens::Switch(from) => {
                let from = plus(t("10:00"), from);
                let is = if from.0 % 2 == 0 { "yes" } else { "no" };
                self.register.switches.push(SwitchEntry { name: "release".into(), is: is.into(), from, recorded: now });
                told(self);
            }
            Happens::Expected(from) => {
                let (name, by, from) = ("signing".into(), "ann".into(), plus(t("10:00"), from));
                self.register.expectations.push(Expectation { name, from, to: plus(from, 3600), by, recorded: now });
                told(self);
            }
            Happens::Undone(which) => {
                let Register { switches, expectations, claims, resolves, .. } = &mut self.register;
                let all = switches.len() + expectations.len() + claims.len() + resolves.len();
                let mut which = which % all.max(1);
                take_out(switches, &mut which);
                take_out(expectations, &mut which);
                take_out(claims, &mut which);
                take_out(resolves, &mut which);
                told(self);
            }
            // It never changes a verdict (R27): the engine does not even hear of it.
            Happens::Hidden(..) => {}
            Happens::Replied(row) => {
                let to = self.rows.get(row % count).and_then(|row| row.message_id.clone());
                self.register.replies.push(Reply {
                    to: to.into_iter().map(Into::into).collect(),
                    by: "ann".into(),
                    at: now,
                });
                told(self);
            }
            Happens::Sent(behind) => {
                self.register.sent = Some(Sent { since: Some(t("-9 0:00")), fresh: plus(now, -behind) });
                told(self);
            }
            Happens::Passes(seconds) => self.now = plus(now, seconds),
            Happens::Known(behind) => self.known = behind,
            Happens::AsOf(as_of) => self.as_of = as_of,
            Happens::History => {
                let sketch = Sketch { book: 5, b: false, host: 1, at: -1_000_000 - i64::from(self.serial), late: 0 };
                self.mail(sketch);
            }
        }
    }
}

/// Each problem is an incident, and so is the mail that closes it. These lie last, so that they move to where others went,
/// some more than once.
#[test]
fn r21_many_mails_that_go_at_once_leave_each_incident_with_the_mail_that_closed_it() {
    const COUNT: usize = 16_000;
    const GONE: usize = 3_500;
    let front = "group-by = [\"n\"]\nmatch = { subject = \"[c]*\" }\nlabels = { n = { subject = \"* no {n}\" } }\n\
                 kinds = [{ id = \"up\", subject = \"[c] up*\", gap = \"10s\" }, { id = \"down\", gap = \"10s\" }]\n\
                 [[case]]\nid = \"closed\"\nkind = \"down\"\nclosed-by = { kind = \"up\", same = [\"n\"] }\n\
                 verdict = { call = \"note\", headline = \"up\" }\n\
                 [[case]]\nid = \"open\"\nkind = \"down\"\nverdict = { call = \"act\", headline = \"down\" }\n\
                 [[case]]\nid = \"up\"\nkind = \"up\"\nverdict = { call = \"note\", headline = \"up\" }";
    let books = books(&[("c", front)]);
    let sorts = [("down", "10:00"), ("up", "10:01")];
    let [down, up] = sorts.map(|(word, at)| mail(&format!("[c] {word} no 0"), t(at)).row(books, 0));
    let row = |index: usize| {
        let mut row = if index < COUNT { &down } else { &up }.clone();
        row.key.base = format!("{index}.m").into_bytes().into();
        row.name = FileName::new(row.key.base.clone());
        row.message_id = Some(format!("{index}@localhost").into());
        row.digest.0[..8].copy_from_slice(&(index as u64 + 1).to_be_bytes());
        let label = Label { name: "n".into(), value: (index % COUNT).to_string(), from: "Subject".into() };
        row.class.labels = [label].into();
        row
    };
    let mut rows: Vec<Row> = (0..2 * COUNT).map(row).collect();
    let (fresh, register, zone) = ([(FolderId(0), t("11:00"))].into(), Register::default(), TimeZone::UTC);
    let mut stones: Vec<Arc<Tombstone>> = Vec::new();
    let mut engine = Engine::default();
    fn input<'a>(
        rows: &'a [Row],
        tombstones: &'a [Arc<Tombstone>],
        (books, fresh, register, zone): (&'a Runbooks, &'a Freshness, &'a Register, &'a TimeZone),
    ) -> Input<'a> {
        let now = t("10:30");
        Input { rows, tombstones, register, books, fresh, now, as_of: None, zone, grace: GRACE }
    }
    let rest = (books, &fresh, &register, &zone);
    engine.update(&input(&rows, &stones, rest), &[News::All]);
    // The first of the problems, and of the closing mails those that moved into their places, too.
    let mut news = Vec::new();
    for place in (0..GONE).chain([3, 1, 3]) {
        let gone = rows.swap_remove(place);
        stones.extend(Tombstone::of(&gone).map(Arc::new));
        news.push(News::Buried { row: place, stone: stones.len() - 1 });
    }
    engine.update(&input(&rows, &stones, rest), &news);
    let mut closed = 0;
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.label("n").is_some()) {
        let incident = engine.incident_of(index).and_then(|number| engine.incident(number)).unwrap();
        assert_eq!(incident.members.iter().filter(|member| **member == index).count(), 1);
        assert!(incident.members.iter().all(|member| rows[*member].label("n") == row.label("n")));
        if let Some(closer) = incident.closed {
            assert_eq!((rows[closer].label("n"), rows[closer].at), (row.label("n"), t("10:01")));
            closed += 1;
        }
    }
    let expected = correlate(&input(&rows, &stones, rest));
    assert_eq!(
        closed,
        expected.incident_of.iter().flatten().filter(|no| expected.incidents[**no as usize].closed.is_some()).count()
    );
}

/// Takes out the one of that number; counts past what is there.
fn take_out<T>(all: &mut Vec<T>, which: &mut usize) {
    if *which < all.len() {
        all.remove(*which);
        *which = usize::MAX;
    } else {
        *which -= all.len();
    }
}

/// What a screen shows of a row.
type Shown = (Judgment, Option<Incident>);

fn shown(engine: &Engine, row: usize) -> Shown {
    let incident = engine.incident_of(row).and_then(|number| engine.incident(number)).cloned();
    (engine.judgment(row), incident)
}

fn check(
    story: &Story,
    engine: &mut Engine,
    news: &[News],
    before: &[Shown],
    last: bool,
) -> Result<Vec<Shown>, TestCaseError> {
    let fresh = story.fresh();
    let zone = TimeZone::UTC;
    let input = Input {
        rows: &story.rows,
        tombstones: &story.stones,
        register: &story.register,
        books: runbooks(),
        fresh: &fresh,
        now: story.now,
        as_of: story.as_of.then_some(story.now),
        zone: &zone,
        grace: GRACE,
    };
    let changed = engine.update(&input, news);
    let expected = correlate(&input);
    for (row, verdict) in expected.verdicts.iter().enumerate() {
        prop_assert_eq!(&engine.verdict(&input, row), verdict, "row {}", row);
        let short = engine.judgment(row);
        prop_assert_eq!(
            (short.call, short.known, short.until, short.due, short.deadline),
            (verdict.call, verdict.known, verdict.until, verdict.due, verdict.deadline),
            "row {} in short",
            row
        );
        let case = verdict.book.and_then(|book| Some(&runbooks().get(book)?.cases.get(usize::from(short.case?))?.id));
        prop_assert_eq!(case, verdict.case.as_ref());
        let incident = engine.incident_of(row).and_then(|number| engine.incident(number));
        prop_assert_eq!(incident, expected.incident(row));
        prop_assert!(verdict.until.is_none_or(|until| engine.until().is_some_and(|first| first <= until)));
    }
    let all: Vec<&Incident> = engine.incidents(&input).map(|(_, incident)| incident).collect();
    prop_assert_eq!(all, expected.incidents.iter().collect::<Vec<_>>());
    let after: Vec<Shown> = (0..story.rows.len()).map(|row| shown(engine, row)).collect();
    // Whoever redraws only what is said to have changed misses nothing.
    let said: BTreeSet<usize> = match changed {
        Changed::All => (0..after.len()).collect(),
        Changed::Rows(rows) => rows.into_iter().collect(),
        Changed::None => BTreeSet::new(),
    };
    for (row, after) in after.iter().enumerate() {
        prop_assert!(before.get(row) == Some(after) || said.contains(&row), "row {} changed silently", row);
    }
    if !last {
        return Ok(after);
    }
    // And where nothing happens before the time that it names, nothing changes.
    let soon = engine.until().map_or(plus(story.now, 100_000), |until| plus(until, -1));
    let later = Input { now: soon, as_of: story.as_of.then_some(soon), ..input };
    let comes = |received: Time| received > story.now && received <= soon;
    let mail = story.rows.iter().any(|row| comes(row.received));
    if soon > story.now && !mail && !story.stones.iter().any(|stone| comes(stone.received)) {
        prop_assert_eq!(engine.update(&later, &[]), Changed::None);
        let then = correlate(&later);
        let answer = |found: &dutybox::triage::verdicts::Correlation| -> Vec<_> {
            found.verdicts.iter().map(|verdict| (verdict.call, verdict.case.clone(), verdict.until)).collect()
        };
        prop_assert_eq!(answer(&then), answer(&expected));
    }
    Ok(after)
}

proptest! {
    #![proptest_config(super::laws::cases())]

    /// R32: whatever happens in whatever order, each step leaves what would be said from nothing, and says what changed.
    #[test]
    fn r32_step_by_step_is_from_nothing(
        first in prop::collection::vec(sketch(), 0..12),
        crowd in crowd(),
        events in prop::collection::vec(prop::collection::vec(happens(), 1..4), 1..8),
    ) {
        let mut story = Story::of(&first, crowd);
        let mut engine = Engine::default();
        let news = std::mem::take(&mut story.news);
        let mut before = check(&story, &mut engine, &news, &[], false)?;
        let count = events.len();
        for (index, events) in events.into_iter().enumerate() {
            events.iter().for_each(|event| story.take(event));
            let news = std::mem::take(&mut story.news);
            let known = |news: &News| matches!(news, News::Inserted(_) | News::Buried { .. } | News::Told);
            if !news.iter().all(known) {
                before.clear();
            }
            for news in &news {
                if let News::Buried { row, .. } = *news && row < before.len() {
                    before.swap_remove(row);
                }
            }
            before = check(&story, &mut engine, &news, &before, index + 1 == count)?;
        }
    }
}
