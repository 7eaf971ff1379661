//! What a mailbox of 100,000 messages under 40 runbooks costs: all verdicts from nothing, one arrival, a minute that
//! passes, the words of one verdict.
//!
//! The mailbox is made in memory and is the same on every run: a year of mail of all shipped runbooks and 16 more, a third
//! of it from a busy vcs2vcs system, with copies, late deliveries, mails without a host, and a few unreadable entries.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use divan::Bencher;
use dutybox::mail::{Digest, FileName, Time, parse};
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::HostRules;
use dutybox::triage::Row;
use dutybox::triage::classify::classify;
use dutybox::triage::row::{FolderId, MailKey, Odd, Place};
use dutybox::triage::verdicts::{Engine, Freshness, GRACE, Input, News, Register, correlate};
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

fn main() {
    divan::main();
}

/// Messages in the mailbox.
const MESSAGES: usize = 100_000;
/// Runbooks beside the shipped ones, so that there are 40.
const RUNBOOKS: usize = 40;
/// The time that it is; the oldest message is a year older.
const NOW: i64 = 1_764_000_000;
const YEAR: i64 = 365 * 86_400;

/// The shipped runbooks, and some with every test over time.
fn books() -> &'static Runbooks {
    static BOOKS: OnceLock<Runbooks> = OnceLock::new();
    BOOKS.get_or_init(|| {
        let more = RUNBOOKS - Runbooks::shipped().len();
        let files: Vec<(String, String)> = (0..more).map(runbook).collect();
        let books = Runbooks::with_files(&files);
        assert_eq!((books.len(), books.diagnostics.as_slice()), (RUNBOOKS, [].as_slice()));
        books
    })
}

fn runbook(i: usize) -> (String, String) {
    let test = [
        "followed-by = { kind = \"b\", same = [\"host\"], within = \"10m\" }",
        "not-followed-by = { kind = \"b\", same = [\"host\"], within = \"1h\" }",
        "repeats = { count = 3, every = \"30m\", slack = \"5m\", same = [\"host\"] }",
        "rate = { above = 20, in = \"24h\" }",
        "closed-by = { kind = \"b\", same = [\"host\"] }",
        "quiet-for = \"2h\"",
        "rate = { baseline = 3.0, in = \"24h\", same = [\"host\"] }",
        "unclaimed-for = \"30m\"",
    ][i % 8];
    let text = format!(
        "+++\nid = \"tool{i}\"\ntitle = \"Tool {i}\"\nmatch = {{ subject = \"[tool{i}]*\" }}\ngroup-by = [\"host\"]\n\
         labels = {{ host = \"auto\" }}\nkinds = [\n  {{ id = \"a\", subject = \"[tool{i}] a*\", gap = \"6h\" }},\n  \
         {{ id = \"b\", gap = \"6h\" }},\n]\n[[case]]\nid = \"first\"\nkind = \"a\"\n{test}\n\
         verdict = {{ call = \"act\", headline = \"{{count}} on {{host}}\" }}\n[[case]]\nid = \"else\"\n\
         verdict = {{ call = \"note\", headline = \"One on {{host}}\" }}\n+++\n"
    );
    (format!("tool{i}.md"), text)
}

/// Rows of one mail each, of every sort: those of the vcs2vcs system first, then the others.
fn templates() -> (Vec<Row>, Vec<Row>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mails");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (vcs2vcs, others): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| file.file_name().unwrap().to_string_lossy().starts_with("vcs2vcs"));
    let read = |files: &[PathBuf]| files.iter().map(|file| row(std::fs::read(file).unwrap())).collect::<Vec<_>>();
    let mut rest = read(&others);
    for i in 0..RUNBOOKS - Runbooks::shipped().len() {
        for kind in ["a", "a", "b"] {
            let text = format!("From: x@host1.example.org\nTo: a@example.net\nSubject: [tool{i}] {kind}\n\nText.\n");
            rest.push(row(text.into_bytes()));
        }
    }
    (read(&vcs2vcs), rest)
}

fn row(bytes: Vec<u8>) -> Row {
    let message = parse::message(bytes);
    let class = classify(books(), &message, &HostRules::default());
    let key = MailKey { folder: FolderId(0), base: b"1".as_slice().into() };
    Row::of(key, FileName::new(*b"1"), Place::Cur, 1000, Time(NOW), 1, &message, class)
}

/// Numbers that are the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % limit
    }
}

/// The mailbox, in the order in which a folder lists its files: none.
fn mailbox() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let (busy, rest) = templates();
        let mut dice = Dice(0x2545_f491_4f6c_dd1d);
        let mut rows: Vec<Row> = Vec::with_capacity(MESSAGES);
        while rows.len() < MESSAGES {
            let i = rows.len();
            // Ticks for the busy system, any second for the others.
            let made = if i.is_multiple_of(3) {
                let tick = i64::try_from(dice.below(26_280)).unwrap() * 1200 + i64::try_from(dice.below(3)).unwrap();
                from_template(&busy[dice.below(busy.len())], i, tick, &mut dice)
            } else {
                let at = i64::try_from(dice.below(usize::try_from(YEAR).unwrap())).unwrap();
                from_template(&rest[dice.below(rest.len())], i, at, &mut dice)
            };
            if dice.below(100) == 0 {
                let mut copy = made.clone();
                copy.key.base = format!("{i}.copy").into_bytes().into();
                rows.push(copy);
            }
            rows.push(made);
        }
        rows.truncate(MESSAGES);
        for i in (1..rows.len()).rev() {
            rows.swap(i, dice.below(i + 1));
        }
        // In memory they lie as reading the folder leaves them: one after the other, in that order.
        rows.to_vec()
    })
}

fn from_template(template: &Row, i: usize, second: i64, dice: &mut Dice) -> Row {
    let at = Time(NOW - YEAR + second);
    let late = [0, 0, 2, 40, 3000][dice.below(5)];
    let received = Time((at.0 + late).min(NOW));
    if dice.below(1000) == 0 {
        return unreadable(i, at);
    }
    let mut row = template.clone();
    row.key.base = format!("{}.M{i}.mail", received.0).into_bytes().into();
    row.name = FileName::new(row.key.base.clone());
    (row.at, row.received, row.mtime) = (at, received, received);
    row.message_id = Some(format!("{i}.{}@mail.example.net", at.0).into());
    let mut digest = [0; 16];
    digest[..8].copy_from_slice(&(i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    row.digest = Digest(digest);
    let host = dice.below(12);
    let nameless = dice.below(500) == 0;
    let also = row.class.also.iter_mut().flat_map(|hit| &mut hit.labels);
    let mut labels = row.class.labels.to_vec();
    for label in labels.iter_mut().chain(also).filter(|label| label.name == "host") {
        label.value = format!("worker{host}.build.example.org");
        if nameless {
            label.name = "machine".into();
        }
    }
    row.class.labels = labels.into();
    row
}

fn unreadable(i: usize, at: Time) -> Row {
    let base = format!("{}.M{i}.odd", at.0);
    let key = MailKey { folder: FolderId(0), base: base.as_bytes().into() };
    Row::odd(key, FileName::new(base.as_bytes()), Place::Cur, 0, at, 1, Odd::Unreadable("no permission".into()))
}

/// What was told, and how fresh the mailbox is.
struct World {
    register: Register,
    fresh: Freshness,
    zone: TimeZone,
}

impl World {
    fn new() -> World {
        World { register: Register::default(), fresh: [(FolderId(0), Time(NOW))].into(), zone: TimeZone::UTC }
    }

    fn input<'a>(&'a self, rows: &'a [Row], now: i64) -> Input<'a> {
        Input {
            rows,
            tombstones: &[],
            register: &self.register,
            books: books(),
            fresh: &self.fresh,
            now: Time(now),
            as_of: None,
            zone: &self.zone,
            grace: GRACE,
        }
    }
}

/// All verdicts and incidents from nothing.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn correlate_100_000_messages_under_40_runbooks(bencher: Bencher) {
    let world = World::new();
    let input = world.input(mailbox(), NOW);
    bencher.counter(MESSAGES).bench_local(|| {
        let mut engine = Engine::default();
        engine.update(&input, &[News::All]);
        engine
    });
}

/// A mail that comes into a mailbox that is worked out: of any sort, or of the busy system.
#[divan::bench(args = ["any", "vcs2vcs"], sample_count = 200, sample_size = 1)]
fn one_arrival_into_100_000_messages(bencher: Bencher, of: &str) {
    let (busy, mut rest) = templates();
    if of == "any" {
        rest.extend_from_slice(&busy);
    } else {
        rest = busy;
    }
    let mut dice = Dice(0x5851_f42d_4c95_7f2d);
    let mut world = World::new();
    let mut rows = mailbox().to_vec();
    let mut engine = Engine::default();
    engine.update(&world.input(&rows, NOW), &[News::All]);
    let mut now = NOW;
    bencher.bench_local(|| {
        now += 60;
        let time = now;
        let mut new = from_template(&rest[dice.below(rest.len())], rows.len(), 0, &mut dice);
        while new.odd.is_some() {
            new = from_template(&rest[dice.below(rest.len())], rows.len(), 0, &mut dice);
        }
        new.key.base = format!("{time}.new").into_bytes().into();
        (new.at, new.received, new.mtime) = (Time(time - 40), Time(time), Time(time));
        world.fresh.insert(FolderId(0), Time(time));
        rows.push(new);
        engine.update(&world.input(&rows, time), &[News::Inserted(rows.len() - 1)])
    });
}

/// A minute that passes.
#[divan::bench(sample_count = 100, sample_size = 1)]
fn one_minute_over_100_000_messages(bencher: Bencher) {
    let mut world = World::new();
    let mut engine = Engine::default();
    engine.update(&world.input(mailbox(), NOW), &[News::All]);
    let mut now = NOW;
    bencher.bench_local(|| {
        now += 60;
        world.fresh.insert(FolderId(0), Time(now));
        engine.update(&world.input(mailbox(), now), &[])
    });
}

/// The words of one verdict.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn words_of_one_verdict(bencher: Bencher) {
    let world = World::new();
    let input = world.input(mailbox(), NOW);
    let mut engine = Engine::default();
    engine.update(&input, &[News::All]);
    let mut row = 0;
    bencher.bench_local(|| {
        row = (row + 7919) % MESSAGES;
        engine.verdict(&input, row)
    });
}

/// All verdicts from nothing, each with all its words.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn all_words_of_100_000_verdicts(bencher: Bencher) {
    let world = World::new();
    let input = world.input(mailbox(), NOW);
    bencher.counter(MESSAGES).bench_local(|| correlate(&input));
}
