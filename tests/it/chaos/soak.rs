//! C01: random acts from a seed, through the command line, each process killed at a random moment with some probability,
//! and started again. After each start the mails lie where the model says, an act that was answered is on disk, one that
//! was not is done or was never begun, and a second start changes nothing.

use super::disk::{Disk, Lies, outbox, private};
use super::model::{Change, Deed, Delta, Model, Plan};
use super::{Random, dutybox};
use crate::mails::{program, proof, skipped, soak};
use serde_json::Value;
use std::collections::VecDeque;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// How many seeds, operations for each, and mails.
#[derive(Debug, Clone, Copy)]
struct Size {
    seeds: usize,
    operations: usize,
    mails: usize,
}

/// Of a hundred processes so many are killed.
const KILLED: usize = 20;

/// What came of a seed.
#[derive(Debug, Default)]
struct Tally {
    operations: usize,
    /// Answered with an act; refused; not answered because killed, of these begun.
    acted: usize,
    refused: usize,
    killed: usize,
    begun: usize,
    /// The next start, killed itself.
    start_killed: usize,
    /// Longest start when nothing was left to do, and after a kill.
    start: Duration,
    start_after_kill: Duration,
}

/// A Maildir with two folders and another on another file system, where there is one; the state folder.
struct Ground {
    _keep: Vec<tempfile::TempDir>,
    maildirs: Vec<PathBuf>,
    state: PathBuf,
    config: PathBuf,
    folders: Vec<PathBuf>,
    foreign: Vec<PathBuf>,
}

/// What follows the base name, and the place: names as other programs write them.
const NAMES: &[(&str, &str)] = &[
    ("new", ""),
    ("cur", ":2,"),
    ("cur", ":2,S"),
    ("new", ",S=1234"),
    ("cur", ",U=17:2,FS"),
    ("cur", ":2,Sabz"),
    ("cur", ""),
    ("cur", ":2,RS,custom"),
    ("new", ":2,S"),
    ("cur", ",S=9,W=9:2,DFT"),
    ("cur", ":2,Xq"),
    ("cur", ",U=4,FMD5=0123456789abcdef:2,PS"),
    ("cur", ":1,x"),
    ("cur", ":2,SF"),
];

impl Ground {
    fn new(seed: u64, size: Size) -> Ground {
        let shm = Path::new("/dev/shm");
        let first = if shm.is_dir() { tempfile::tempdir_in(shm) } else { tempfile::tempdir() }.unwrap();
        let second = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(first.path()).unwrap();
        let far = fs::canonicalize(second.path()).unwrap().join("mail");
        let mail = root.join("mail");
        let folders = vec![mail.clone(), mail.join(".Archive"), mail.join(".Work"), far.clone()];
        for folder in &folders {
            for place in ["new", "cur", "tmp"] {
                fs::create_dir_all(folder.join(place)).unwrap();
            }
        }
        let mut random = Random(seed ^ 0x6d61_696c);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        for number in 0..size.mails {
            let at = now - 60 * (number as u64 + 5);
            let (place, info) = NAMES[random.below(NAMES.len())];
            let folder = &folders[if random.chance(60) { 0 } else { random.below(folders.len()) }];
            let path = folder.join(place).join(format!("{at}.M{number:06}P{}.host{info}", 100 + number % 7));
            let long = if random.chance(2) { 400_000 } else { random.below(6_000) };
            let text = format!(
                "From: cron@host{}.example.org\nTo: oncall@example.org\nSubject: mail {number} of seed {seed}\n\
                 Date: {}\nMessage-ID: <{number}.{seed}@example.org>\n\nbody of {number}\n{}\nend\n",
                number % 20,
                jiff::fmt::rfc2822::to_string(
                    &jiff::Timestamp::from_second(at as i64).unwrap().to_zoned(jiff::tz::TimeZone::UTC)
                )
                .unwrap(),
                "0123456789 abcdefghij 0123456789 abcdefghij\n".repeat(long / 44),
            );
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            let then = SystemTime::UNIX_EPOCH + Duration::new(at, 123_456_789);
            fs::File::open(&path).unwrap().set_modified(then).unwrap();
        }
        let foreign: Vec<PathBuf> = ["dovecot-uidlist", ".uidvalidity", "tmp/1600000000.M1P1.other"]
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
            .collect();
        for path in &foreign {
            fs::write(path, format!("3 V1 N{}\n", random.next())).unwrap();
        }
        let config = root.join("config.toml");
        let archive = folders[1].display();
        fs::write(&config, format!("own = [\"duty@example.org\"]\nme = \"ann\"\narchive-folder = \"{archive}\"\n"))
            .unwrap();
        let maildirs = vec![mail, far];
        Ground { _keep: vec![first, second], maildirs, state: root.join("state"), config, folders, foreign }
    }
}

/// One seed.
struct Run {
    seed: u64,
    random: Random,
    ground: Ground,
    disk: Disk,
    model: Model,
    /// What was done last, for people.
    trail: VecDeque<String>,
    /// How long an operation takes, so that kills fall into it.
    typical: Duration,
    tally: Tally,
}

/// When the program is killed.
#[derive(Debug, Clone, Copy)]
enum Kill {
    /// So long after its start.
    After(Duration),
    /// So long after it began to write to the journal: then the act is being done.
    Writing(Duration),
}

/// What came of running the program.
enum Ran {
    Ended(Output, Duration),
    Killed,
}

impl Run {
    fn new(seed: u64, size: Size) -> Run {
        let ground = Ground::new(seed, size);
        let (disk, lies) = Disk::new(ground.folders.clone(), ground.foreign.clone());
        assert_eq!(lies.len(), size.mails);
        let model = Model::of(&lies);
        let (random, trail) = (Random(seed), VecDeque::new());
        Run { seed, random, ground, disk, model, trail, typical: Duration::from_millis(100), tally: Tally::default() }
    }

    fn stop(&self, why: &str) -> ! {
        let trail: Vec<&str> = self.trail.iter().map(String::as_str).collect();
        panic!("seed {}, after {} operations: {why}\n{}", self.seed, self.tally.operations, trail.join("\n"))
    }

    fn note(&mut self, line: String) {
        self.trail.push_back(line);
        if self.trail.len() > 30 {
            self.trail.pop_front();
        }
    }

    /// Runs the program, and kills it then where it did not end before.
    fn run(&mut self, words: &[String], kill: Option<Kill>) -> Ran {
        let begun = Instant::now();
        let wal = self.ground.state.join("state.db-wal");
        // It is there and empty as soon as the journal is opened; what is written first is the act.
        let facts = || {
            let meta = fs::metadata(&wal).ok().filter(|meta| meta.len() > 0)?;
            Some((meta.ino(), meta.mtime(), meta.mtime_nsec()))
        };
        let before = facts();
        let mut command = dutybox(&self.ground.state, &self.ground.config, &self.ground.maildirs);
        let mut child =
            command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        if let Some(kill) = kill {
            // What it prints fits into a pipe, so it can end before somebody listens.
            match kill {
                Kill::After(after) => std::thread::sleep(after),
                // All of the act is done within a millisecond: whoever slept would come too late.
                Kill::Writing(after) => {
                    while facts() == before && child.try_wait().unwrap().is_none() {
                        std::thread::yield_now();
                    }
                    let seen = Instant::now();
                    while seen.elapsed() < after {
                        std::thread::yield_now();
                    }
                }
            }
            let _ = child.kill();
        }
        let output = child.wait_with_output().unwrap();
        match (output.status.signal(), kill) {
            (Some(9), Some(_)) => Ran::Killed,
            (Some(signal), _) => self.stop(&format!("it died of signal {signal}: {output:?}")),
            (None, _) if output.status.code() == Some(101) => self.stop(&format!("it panicked: {output:?}")),
            (None, _) => Ran::Ended(output, begun.elapsed()),
        }
    }

    /// Starts the program, which completes what was left unfinished, and does nothing more.
    fn start(&mut self) -> Duration {
        let words = ["mark", "--query", "subject:nobodywrotethis"].map(str::to_owned);
        match self.run(&words, None) {
            Ran::Ended(output, took) if output.status.success() => took,
            Ran::Ended(output, _) => self.stop(&format!("the next start failed: {output:?}")),
            Ran::Killed => unreachable!(),
        }
    }

    /// The last acts of the journal, newest first, as the operator reads them.
    fn journal(&mut self) -> Vec<Value> {
        let words = ["journal", "--json", "--limit", "4"].map(str::to_owned);
        match self.run(&words, None) {
            Ran::Ended(output, _) if output.status.success() => {
                let document: Value = serde_json::from_slice(&output.stdout).unwrap();
                if document["damaged"].as_array().is_none_or(|damaged| !damaged.is_empty()) {
                    self.stop(&format!("the journal is damaged: {document}"));
                }
                document["acts"].as_array().unwrap().clone()
            }
            Ran::Ended(output, _) => self.stop(&format!("the journal cannot be read: {output:?}")),
            Ran::Killed => unreachable!(),
        }
    }

    /// Something to do.
    fn choose(&mut self) -> Deed {
        let count = if self.random.chance(70) { 1 } else { 2 + self.random.below(5) };
        let mut mails: Vec<usize> = (0..count).map(|_| self.random.below(self.model.mails.len())).collect();
        mails.sort_unstable();
        mails.dedup();
        let flag = |word, added: &str, removed: &str, told, mails| Deed::Flag {
            word,
            delta: Delta(added.into(), removed.into()),
            told,
            mails,
        };
        match self.random.below(100) {
            0..=11 => flag("mark", "F", "", false, mails),
            12..=19 => flag("unmark", "", "F", false, mails),
            20..=25 => flag("see", "S", "", false, mails),
            26..=31 => flag("unsee", "", "S", false, mails),
            32..=38 => flag("ignore", "S", "", true, mails),
            39..=43 => flag("trash", "T", "", false, mails),
            44..=47 => flag("untrash", "", "T", false, mails),
            48..=61 => Deed::Move { word: "move", to: self.random.below(self.ground.folders.len()), mails },
            62..=69 => Deed::Move { word: "archive", to: 1, mails },
            70..=77 => Deed::Forward(mails[0]),
            78..=87 => Deed::Undo(None),
            88..=91 => {
                let standing = self.model.standing();
                let last = standing.len().min(40);
                let number = (last > 0).then(|| standing[standing.len() - 1 - self.random.below(last)]);
                Deed::Undo(number)
            }
            _ => Deed::Redo,
        }
    }

    fn words(&mut self, deed: &Deed) -> Vec<String> {
        let ids = |mails: &[usize]| mails.iter().map(|&mail| self.model.mails[mail].base.clone()).collect::<Vec<_>>();
        let mut words: Vec<String> = vec!["--json".into()];
        match deed {
            Deed::Flag { word, mails, .. } => {
                words.push((*word).into());
                words.extend(ids(mails));
                if *word == "ignore" {
                    words.extend(["--reason".into(), "known".into()]);
                }
            }
            Deed::Move { word, to, mails } => {
                words.push((*word).into());
                words.extend(ids(mails));
                if *word == "move" {
                    words.extend(["--to".into(), self.ground.folders[*to].display().to_string()]);
                }
            }
            Deed::Forward(mail) => {
                words.push("forward".into());
                words.extend(ids(&[*mail]));
                words.extend(["--to", "hwine@example.net", "--yes"].map(str::to_owned));
            }
            Deed::Undo(number) => {
                words.push("undo".into());
                words.extend(number.map(|number| number.to_string()));
            }
            Deed::Redo => words.push("redo".into()),
        }
        words
    }

    fn moment(&mut self) -> Kill {
        let typical = usize::try_from(self.typical.as_micros()).unwrap();
        let micros = |number: usize| Duration::from_micros(number as u64);
        if self.random.chance(40) {
            Kill::After(micros(1_000 + self.random.below((typical * 2).min(400_000))))
        } else {
            let longest = if self.random.chance(70) { 900 } else { 6_000 };
            Kill::Writing(micros(self.random.below(longest)))
        }
    }

    /// One operation and all that is demanded of it.
    fn step(&mut self) {
        let deed = self.choose();
        let words = self.words(&deed);
        let plan = self.model.plan(&deed);
        let kill = self.random.chance(KILLED).then(|| self.moment());
        self.tally.operations += 1;
        self.note(format!(
            "{}: {}{}",
            self.tally.operations,
            words.join(" "),
            kill.map_or(String::new(), |after| format!("  [killed: {after:?}]"))
        ));
        match self.run(&words, kill) {
            Ran::Ended(output, took) => {
                self.typical = (self.typical * 7 + took) / 8;
                self.answered(plan, &output);
            }
            Ran::Killed => self.killed(plan),
        }
        let deep = kill.is_some() || self.tally.operations.is_multiple_of(100);
        self.judge(deep);
    }

    /// It was answered: then it is so on disk, as it was said.
    fn answered(&mut self, plan: Option<Plan>, output: &Output) {
        let said: Option<Value> = serde_json::from_slice(&output.stdout).ok();
        let Some(plan) = plan else {
            self.tally.refused += 1;
            if said.is_some() || output.status.success() {
                self.stop(&format!("not refused: {output:?}"));
            }
            return;
        };
        let Some(said) = said else { self.stop(&format!("refused: {output:?}")) };
        self.tally.acted += 1;
        let lies = self.look(false);
        if plan.puts {
            let files = self.files();
            let new: Vec<&String> = files.iter().filter(|file| !self.model.outbox.contains(*file)).collect();
            let [file] = new.as_slice() else { self.stop(&format!("no file of {said} in the outbox: {new:?}")) };
            let put = (*file).clone();
            let number = said["queued"][0]["act"].as_i64().unwrap();
            self.apply(number, &plan, None, &lies, Some(put));
            return;
        }
        let act = &said["act"];
        if act["of"].as_i64() != plan.of {
            self.stop(&format!("about act {:?}, not {}: {said}", plan.of, act["of"]));
        }
        let done = self.apply(act["act"].as_i64().unwrap(), &plan, None, &lies, None);
        self.compare(act, &plan, &done);
    }

    /// What the program says of each message of an act is what the model says.
    fn compare(&mut self, act: &Value, plan: &Plan, done: &[Option<Delta>]) {
        if act["deed"] != *plan.word {
            self.stop(&format!("not {}: {act}", plan.word));
        }
        let said = act["messages"].as_array().unwrap();
        if said.len() != plan.changes.len() {
            self.stop(&format!("about {} messages, not {}: {act}", said.len(), plan.changes.len()));
        }
        // An undo may tell them in another order: by what happens to them they are the same.
        let shape = |failed: bool, added: &str, removed: &str| format!("{failed} +{added} -{removed}");
        let mut expected: Vec<String> = plan
            .changes
            .iter()
            .zip(done)
            .map(|((_, change), done)| match done {
                Some(Delta(added, removed)) if matches!(change, Change::Flags(_)) => shape(false, added, removed),
                Some(_) => shape(false, "", ""),
                None => shape(true, "", ""),
            })
            .collect();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut found: Vec<String> = said
            .iter()
            .map(|one| shape(!one["failed"].is_null(), &text(&one["added"]), &text(&one["removed"])))
            .collect();
        expected.sort();
        found.sort();
        if expected != found {
            self.stop(&format!("it says {found:?}, and should {expected:?}: {act}"));
        }
    }

    /// It was killed before it answered: the next start completes it or it was never begun, and the one after changes
    /// nothing.
    fn killed(&mut self, plan: Option<Plan>) {
        self.tally.killed += 1;
        // The start that completes may be killed as well.
        while self.random.chance(12) {
            let kill = self.moment();
            let words = ["mark", "--query", "subject:nobodywrotethis"].map(str::to_owned);
            if matches!(self.run(&words, Some(kill)), Ran::Killed) {
                self.tally.start_killed += 1;
                self.note("    the next start killed too".into());
            }
        }
        let took = self.start();
        self.tally.start_after_kill = self.tally.start_after_kill.max(took);
        let journal = self.journal();
        let lies = self.look(true);
        let last = self.model.last_act();
        let new: Vec<&Value> = journal.iter().filter(|act| act["act"].as_i64().unwrap() > last).collect();
        match (new.as_slice(), plan) {
            ([], _) => {}
            ([act], Some(plan)) => {
                self.tally.begun += 1;
                self.note(format!("    begun: {act}"));
                let files = self.files();
                let put =
                    plan.puts.then(|| files.iter().find(|file| !self.model.outbox.contains(*file)).cloned()).flatten();
                let messages = act["messages"].as_array().unwrap();
                let failed: Vec<bool> = messages.iter().map(|one| !one["failed"].is_null()).collect();
                if failed.len() != plan.changes.len() {
                    self.stop(&format!("about other messages: {act}"));
                }
                let done = self.apply(act["act"].as_i64().unwrap(), &plan, Some(&failed), &lies, put);
                self.compare(act, &plan, &done);
            }
            (acts, _) => self.stop(&format!("there should be one act at most: {acts:?}")),
        }
        let rests: Vec<PathBuf> =
            self.disk.rests().into_iter().filter(|path| !self.ground.foreign.contains(path)).collect();
        let ours = fs::read_dir(self.ground.state.join("outbox/tmp")).map_or(0, Iterator::count);
        if !rests.is_empty() || ours > 0 {
            self.stop(&format!("left in tmp: {rests:?}, and {ours} in the outbox"));
        }
        let files = self.files();
        let took = self.start();
        self.tally.start = self.tally.start.max(took);
        let same = self.random.chance(75) || self.journal() == journal;
        if !same || (self.look(false), self.files()) != (lies, files) {
            self.stop("the second start changed something");
        }
    }

    fn apply(
        &mut self,
        number: i64,
        plan: &Plan,
        killed: Option<&[bool]>,
        lies: &[Lies],
        put: Option<String>,
    ) -> Vec<Option<Delta>> {
        match self.model.apply(number, plan, killed, lies, put) {
            Ok(done) => done,
            Err(why) => self.stop(&why),
        }
    }

    fn look(&mut self, deep: bool) -> Vec<Lies> {
        match self.disk.look(deep) {
            Ok(lies) => lies,
            Err(why) => self.stop(&why),
        }
    }

    fn files(&self) -> Vec<String> {
        outbox(&self.ground.state).unwrap_or_else(|why| self.stop(&why))
    }

    /// All mails lie where the model says, under the name that it says; the outbox holds what it says.
    fn judge(&mut self, deep: bool) {
        let lies = self.look(deep);
        for (mail, (is, should)) in lies.iter().zip(&self.model.mails).enumerate() {
            if *is != should.lies() {
                self.stop(&format!("mail {mail} lies at {is:?}, not {:?}", should.lies()));
            }
        }
        let files = self.files();
        if !files.iter().eq(&self.model.outbox) {
            self.stop(&format!("in the outbox is {files:?}, not {:?}", self.model.outbox));
        }
        if self.ground.state.is_dir()
            && let Err(why) = private(&self.ground.state)
        {
            self.stop(&why);
        }
    }

    /// At the end all that was told is in the journal, and all that waits in the list of the outbox.
    fn close(mut self) -> Tally {
        self.judge(true);
        let words = ["outbox", "list", "--json"].map(str::to_owned);
        let Ran::Ended(output, _) = self.run(&words, None) else { unreachable!() };
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mails = said["outbox"].as_array().or_else(|| said.as_array()).cloned();
        let Some(mails) = mails else { self.stop(&format!("what is {said}?")) };
        if mails.len() != self.model.outbox.len() || mails.iter().any(|mail| mail["state"] != "queued") {
            self.stop(&format!("{} wait, and the list is {said}", self.model.outbox.len()));
        }
        self.tally
    }
}

#[test]
fn c01_no_mail_and_no_answered_act_is_lost_however_often_the_program_is_killed() {
    let full = soak();
    let size = match full {
        Some(_) => Size { seeds: 20, operations: 10_000, mails: 2_000 },
        None if proof() => Size { seeds: 3, operations: 500, mails: 40 },
        None => Size { seeds: 2, operations: 40, mails: 30 },
    };
    if full.is_none() {
        skipped("10,000 acts for each of 20 seeds, killed at random", "DUTYBOX_SOAK is not set");
    }
    let first: u64 =
        std::env::var("DUTYBOX_SEED").ok().map_or(1, |seed| seed.parse().expect("DUTYBOX_SEED is a number"));
    let (next, begun) = (AtomicUsize::new(0), Instant::now());
    // Much of the time is waiting for the moment of the kill. Where the time is limited, each seed has an equal share of it.
    let workers = if full.is_some() { 4 } else { 2 };
    let share = full.unwrap_or(Duration::MAX).checked_mul(workers).map_or(Duration::MAX, |all| all / size.seeds as u32);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= size.seeds {
                        return;
                    }
                    let (mut run, begun, mut operations) = (Run::new(first + seed as u64, size), Instant::now(), 0);
                    while operations < size.operations && begun.elapsed() < share {
                        run.step();
                        operations += 1;
                    }
                    let seed = run.seed;
                    println!("seed {seed}: {operations} operations, {:?}", run.close());
                }
            });
        }
    });
    let far = |path: &Path| fs::metadata(path).map(|meta| meta.dev()).ok();
    if far(Path::new("/dev/shm")).is_none_or(|dev| far(&std::env::temp_dir()) == Some(dev)) {
        skipped("acts across file systems, killed at random", "there is only one file system");
    }
    println!("{} in {:?}", program().display(), begun.elapsed());
}
