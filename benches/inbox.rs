//! What an operator waits for: opening 10,000 messages, classifying 100,000 envelopes, a key until its frame.
//!
//! `cargo bench` runs all and ends with the ratio of opening a Maildir to a plain open and read of the same files,
//! measured in turns in the same run: the figure to compare between machines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

use divan::Bencher;
use dutybox::app::effect::{Effect, Outcome};
use dutybox::app::key::Key;
use dutybox::app::keymap::Keymap;
use dutybox::app::model::{Event, Model, Start};
use dutybox::app::update::update;
use dutybox::config::Config;
use dutybox::io::{load, maildir as disk};
use dutybox::mail::Message;
use dutybox::mail::Time;
use dutybox::mail::parse;
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::HostRules;
use dutybox::triage::classify::classify;
use dutybox::triage::row::Change;
use dutybox::ui::Screen;
use dutybox::ui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Messages in the Maildir that is opened.
const MESSAGES: usize = 10_000;
/// Envelopes that are classified in one go.
const ENVELOPES: usize = 100_000;

fn main() {
    divan::main();
    if std::env::args().any(|arg| arg == "--bench") {
        print_ratio();
    }
}

/// The sample mails, in the order of their names.
fn samples() -> &'static [Vec<u8>] {
    static SAMPLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mails");
        let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| fs::read(file).unwrap()).collect()
    })
}

/// The i-th mail: a sample with a Received line of its own, so that no two have the same time or content.
fn mail(i: usize) -> Vec<u8> {
    let sample = &samples()[i % samples().len()];
    let (day, second) = (1 + i / 86_400 % 28, i % 86_400);
    let (h, m, s) = (second / 3600, second / 60 % 60, second % 60);
    let mut bytes = format!(
        "Received: from mx{i}.example.org by mail.example.net with ESMTP id {i:x}; {day} Nov 2025 {h:02}:{m:02}:{s:02} +0000\n"
    )
    .into_bytes();
    bytes.extend_from_slice(sample);
    bytes
}

/// A Maildir of [`MESSAGES`] mails below `target`, made anew once a run; the same on every run.
fn maildir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inbox-bench");
        let _ = fs::remove_dir_all(&dir);
        for sub in ["cur", "new", "tmp"] {
            fs::create_dir_all(dir.join(sub)).unwrap();
        }
        for i in 0..MESSAGES {
            let (sub, info) = match i % 10 {
                0 => ("new", ""),
                1..=3 => ("cur", ":2,"),
                4 => ("cur", ":2,FS"),
                _ => ("cur", ":2,S"),
            };
            let name = format!("{}.M{:06}P4711Q{i}.mail.example.net{info}", 1_764_000_000 + i, i * 97 % 1_000_000);
            fs::write(dir.join(sub).join(name), mail(i)).unwrap();
        }
        dir
    })
}

fn books() -> &'static Runbooks {
    static BOOKS: OnceLock<Runbooks> = OnceLock::new();
    BOOKS.get_or_init(Runbooks::shipped)
}

/// Opens the Maildir as commands do; gives the number of rows.
fn open_inbox(dir: &Path) -> usize {
    let changes = load::all(&[dir.to_path_buf()], true, books(), &HostRules::default()).unwrap();
    changes.iter().map(|change| if let Change::Rows(rows) = change { rows.len() } else { 0 }).sum()
}

/// Opens and reads every file, and no more; gives their number.
fn open_and_read(dir: &Path) -> usize {
    let mut buffer = Vec::new();
    let mut number = 0;
    for sub in ["new", "cur"] {
        for entry in fs::read_dir(dir.join(sub)).unwrap() {
            buffer.clear();
            fs::File::open(entry.unwrap().path()).unwrap().read_to_end(&mut buffer).unwrap();
            divan::black_box(&buffer);
            number += 1;
        }
    }
    number
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn open_10_000_messages(bencher: Bencher) {
    let dir = maildir();
    books();
    bencher.counter(MESSAGES).bench_local(|| assert_eq!(open_inbox(dir), MESSAGES));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn plain_open_and_read_of_the_same_files(bencher: Bencher) {
    let dir = maildir();
    bencher.counter(MESSAGES).bench_local(|| assert_eq!(open_and_read(dir), MESSAGES));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn classify_100_000_envelopes(bencher: Bencher) {
    let messages: Vec<Message> = (0..1_000).map(|i| parse::message(mail(i))).collect();
    let hosts = HostRules::default();
    bencher.counter(ENVELOPES).bench_local(|| {
        for message in messages.iter().cycle().take(ENVELOPES) {
            divan::black_box(classify(books(), message, &hosts));
        }
    });
}

#[divan::bench(sample_count = 20, sample_size = 100)]
fn parse_one_message(bencher: Bencher) {
    let bytes = mail(0);
    bencher.with_inputs(|| bytes.clone()).bench_local_values(parse::message);
}

/// The program without its terminal and threads: a model of all messages, and a screen of memory.
struct Desk {
    model: Model,
    screen: Screen,
    terminal: Terminal<TestBackend>,
    /// Whether the message under the cursor is read and laid out too; in the program another thread reads it.
    read: bool,
}

impl Desk {
    fn new(read: bool) -> Desk {
        let config = Config::default();
        let model = Model::new(Start {
            keymap: Keymap::new(&config.preset, &config.keys).unwrap(),
            config,
            books: Arc::new(Runbooks::shipped()),
            hosts: HostRules::default(),
            now: Time(1_765_000_000),
            fixed: true,
            zone: jiff::tz::TimeZone::UTC,
            title: "bench".into(),
            read_only: true,
        });
        let theme = Theme::new("dark", &Default::default(), false).unwrap();
        let terminal = Terminal::new(TestBackend::new(160, 45)).unwrap();
        let mut desk = Desk { model, screen: Screen::new(theme), terminal, read };
        let changes = load::all(&[maildir().to_path_buf()], true, books(), &HostRules::default()).unwrap();
        desk.take(Event::Changes(changes));
        desk
    }

    /// Takes in an event and draws, as the session does.
    fn take(&mut self, event: Event) {
        let effects = update(&mut self.model, event);
        self.draw();
        for effect in effects {
            if let Effect::Read(key) = effect
                && self.read
            {
                let row = self.model.inbox.get(&key).unwrap();
                let mail = disk::read(maildir(), row.place, &row.name).unwrap();
                let outcome = Outcome::Read(key, Arc::new(parse::message(mail.bytes)));
                self.take(Event::Outcome(outcome));
            }
        }
    }

    fn draw(&mut self) {
        let mut panes = None;
        let (screen, model) = (&mut self.screen, &self.model);
        self.terminal.draw(|frame| panes = Some(screen.render(model, frame.buffer_mut()))).unwrap();
        update(&mut self.model, Event::Drawn(panes.unwrap()));
    }
}

/// Keys that move through the list, one at a time.
fn moves() -> Vec<Key> {
    "jjjjjjjjkkjj}jjjj{jjjjGkkkkggjjjj".chars().map(|key| Key::parse(&key.to_string()).unwrap()).collect()
}

fn keys_to_frames(bencher: Bencher, read: bool) {
    let mut desk = Desk::new(read);
    assert_eq!(desk.model.inbox.rows().len(), MESSAGES);
    let moves = moves();
    let mut next = moves.iter().cycle();
    bencher.bench_local(|| desk.take(Event::Key(*next.next().unwrap())));
}

#[divan::bench(sample_count = 100, sample_size = 1)]
fn key_to_frame_at_10_000_messages(bencher: Bencher) {
    keys_to_frames(bencher, false);
}

#[divan::bench(sample_count = 100, sample_size = 1)]
fn key_to_the_message_on_screen_at_10_000_messages(bencher: Bencher) {
    keys_to_frames(bencher, true);
}

/// Opening against plain reading, in turns, so that a busy machine is busy for both; the best of each counts.
fn print_ratio() {
    let dir = maildir();
    let (mut opening, mut reading) = (Duration::MAX, Duration::MAX);
    for _ in 0..5 {
        let start = Instant::now();
        open_and_read(dir);
        reading = reading.min(start.elapsed());
        let start = Instant::now();
        open_inbox(dir);
        opening = opening.min(start.elapsed());
    }
    let ratio = opening.as_secs_f64() / reading.as_secs_f64();
    println!("\n{MESSAGES} messages: opened in {opening:.1?}, plainly read in {reading:.1?}, ratio {ratio:.2}");
}
