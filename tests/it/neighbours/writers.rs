//! C18: eight programs write at once. Two of them are ours, one on a terminal with keys at random, one by command; besides
//! mbsync, the Dovecot that it speaks to, notmuch, neomutt, and two deliveries.

use super::kit::{Dice, Found, Home, Screen, assert_private, census, deliver, rests, say, text};
use super::synced::{Server, mbsync};
use crate::mails::{have, proof, skipped, soak};
use portable_pty::CommandBuilder;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Mails that arrive here, and on the server, in a second.
const HERE: usize = 50;
const THERE: usize = 5;
/// Numbers of mails that arrive on the server begin here.
const FAR: usize = 1_000_000;
/// Every such mail is put into the inbox by maildrop, the others by our own hand.
const DROPPED: usize = 5;

/// What keys are pressed: acts on the mail under the cursor and on selections, moves, dialogs that are answered or left.
const KEYS: &[&str] = &[
    "j",
    "j",
    "j",
    "k",
    "G",
    "gg",
    "\x04",
    "\x15",
    "mm",
    "mm",
    "ms",
    "mu",
    "e",
    "e",
    "u",
    "u",
    "\x12",
    "ga",
    "d",
    ".",
    " ",
    " ",
    "MLater\r",
    "MArchive\r",
    "MTrash\r",
    "Minbox\r",
    "iknown\r",
    "cnoted\r",
    "a",
    "\r",
    "\x1b",
    "R",
    "gm",
    "gh",
    ",t",
    ",c",
    "V",
    "\x1b",
    "sx\x1b",
    "gn",
    "}",
    "{",
];

/// Which commands are run, on a few mails at random.
const COMMANDS: &[&[&str]] = &[
    &["mark"],
    &["unmark"],
    &["see"],
    &["unsee"],
    &["done"],
    &["ignore", "--reason", "known"],
    &["archive"],
    &["trash"],
    &["move", "--to", "Later"],
    &["move", "--to", "inbox"],
    &["undo"],
    &["redo"],
];

/// What is counted of each writer.
#[derive(Default)]
struct Counts {
    here: AtomicUsize,
    there: AtomicUsize,
    keys: AtomicUsize,
    commands: AtomicUsize,
    refused: AtomicUsize,
    syncs: AtomicUsize,
    failed_syncs: AtomicUsize,
    indexed: AtomicUsize,
    neomutts: AtomicUsize,
    spared: AtomicUsize,
}

fn count(counter: &AtomicUsize) -> usize {
    counter.fetch_add(1, Ordering::SeqCst)
}

/// When who writes. mbsync lists a folder only when nothing changed there for a second, and fails after twenty: all that
/// write here stand still for a while in each round, so that it begins; it goes on while they write again.
struct Time {
    begun: Instant,
    stop: AtomicBool,
}

const ROUND: u128 = 6_000;
const CALM: u128 = 2_400;

impl Time {
    fn over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn wait_for_turn(&self) {
        while !self.over() && self.begun.elapsed().as_millis() % ROUND < CALM {
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs something again and again until the time is over.
    fn again(&self, pause: Duration, in_turn: bool, mut work: impl FnMut()) {
        while !self.over() {
            if in_turn {
                self.wait_for_turn();
            }
            work();
            thread::sleep(pause);
        }
    }
}

fn arrivals(home: &Home, time: &Time, counts: &Counts) {
    let maildrop = have("maildrop", "delivery by maildrop");
    let filter = home.path("mailfilter");
    fs::write(&filter, format!("to \"{}\"\n", home.mail().display())).unwrap();
    fs::set_permissions(&filter, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    time.again(Duration::ZERO, true, || {
        let number = counts.here.load(Ordering::SeqCst);
        let mail = text(number, &format!("check {number}"));
        if maildrop && number.is_multiple_of(DROPPED) {
            let mut child = home.other("maildrop").arg(&filter).stdin(Stdio::piped()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(mail.as_bytes()).unwrap();
            assert!(child.wait().unwrap().success());
        } else {
            deliver(&home.mail(), &format!("{}.M{number}P3.here", 1_700_000_000 + number), &mail);
        }
        count(&counts.here);
        let due = time.begun + Duration::from_secs(1) / HERE as u32 * number as u32;
        thread::sleep(due.saturating_duration_since(Instant::now()));
    });
}

/// Toggles flags of a tenth of the inbox, as somebody at neomutt would; says how many mails it tried to remove.
///
/// A mail that is renamed while neomutt lists its folder may be missed by that listing. It takes such a mail for deleted, and
/// when it writes its changes it removes the file, which is there all the same. What is lost that way is not lost by us, so
/// here it cannot remove anything.
fn neomutt(home: &Home, dice: &mut Dice) -> usize {
    let keys = format!(
        "<tag-pattern>~s {}$<enter><tag-prefix-cond>{}<end-cond><sync-mailbox><exit>",
        dice.roll(100),
        ["<flag-message>", "<set-flag>r", "<toggle-new>", "<set-flag>*"][dice.roll(4)]
    );
    let mut command = CommandBuilder::new("strace");
    let log = home.path("neomutt.log");
    command.args(["-f", "-qq", "-e", "signal=none", "-e", "trace=unlink,unlinkat", "-o", &log.to_string_lossy()]);
    command.args(["-e", "inject=unlink,unlinkat:error=EACCES", "neomutt"]);
    command.args(["-F", &home.path("muttrc").to_string_lossy(), "-f", &home.mail().to_string_lossy()]);
    command.args(["-e", &format!("push \"{keys}\"")]);
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", &home.root);
    command.env("TERM", "xterm");
    let mut screen = Screen::start(command, 120, 40);
    let begun = Instant::now();
    while screen.child.try_wait().unwrap().is_none() {
        // It asks what to do where a mail went from under it.
        if begun.elapsed() > Duration::from_secs(20) {
            let _ = screen.child.kill();
        }
        thread::sleep(Duration::from_millis(20));
    }
    let log = fs::read_to_string(log).unwrap_or_default();
    log.lines().filter(|line| line.contains("/mail/new/") || line.contains("/mail/cur/")).count()
}

/// The mails of which mbsync's own list says that it has no copy and makes none: folder and UID.
fn given_up(mail: &Path) -> BTreeSet<(String, String)> {
    let folders = ["", ".Archive", ".Later", ".Trash"];
    let of = |folder: &&str| {
        let state = fs::read_to_string(mail.join(folder).join(".mbsyncstate")).unwrap_or_default();
        let uids = state.lines().filter_map(|line| line.trim_end().strip_prefix("0 ")).map(str::to_owned);
        uids.map(|uid| ((*folder).to_owned(), uid)).collect::<Vec<_>>()
    };
    folders.iter().flat_map(of).collect()
}

/// Folder and UID of a mail, where mbsync gave it one.
fn uid(found: &Found) -> Option<(String, String)> {
    let rest = found.base().split(",U=").nth(1)?;
    Some((found.folder.clone(), rest.split(',').next()?.to_owned()))
}

#[test]
fn c18_eight_writers_lose_nothing_and_double_nothing() {
    let what = "eight programs writing at once";
    let seconds = match (soak(), proof()) {
        // As long as the test plan says, unless less is given.
        (Some(most), _) => most.as_secs().min(900),
        (None, true) => 120,
        (None, false) => return skipped(what, "neither DUTYBOX_PROOF nor DUTYBOX_SOAK is set"),
    };
    if !have("notmuch", what) || !have("neomutt", what) || !have("strace", what) {
        return;
    }
    // Keys at random reach the editor and the pager, too.
    let home = Home::new("trash-folder = \"Trash\"\neditor = \"true\"\npager = \"true\"\n");
    let Some(server) = Server::new(&home, what) else { return };
    // Nobody removes anything for good.
    let config = fs::read_to_string(home.path("mbsyncrc")).unwrap().replace("Expunge Far", "Expunge None");
    fs::write(home.path("mbsyncrc"), config).unwrap();
    let rc = "set mbox_type=Maildir\nset wait_key=no\nset quit=yes\nset move=no\nset mark_old=no\nset delete=no\n\
              set tmpdir=/tmp\nset header_cache=\"\"\n";
    fs::write(home.path("muttrc"), rc).unwrap();
    let config = format!(
        "[database]\npath={}\n[user]\nname=x\nprimary_email=x@example.net\n[new]\ntags=unread\nignore=.mbsyncstate;\
         .mbsyncstate.new;.mbsyncstate.journal;.mbsyncstate.lock;.uidvalidity\n[maildir]\nsynchronize_flags=true\n",
        home.mail().display()
    );
    fs::write(home.path("notmuch-config"), config).unwrap();
    let seed = u64::from(std::process::id()).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    say(&format!("C18: {seconds} s, seed {seed}"));
    for number in 0..100 {
        deliver(&home.mail(), &format!("{}.M{number}P3.here", 1_700_000_000 + number), &text(number, "check 0"));
    }
    let counts = Counts { here: AtomicUsize::new(100), ..Counts::default() };
    let time = Time { begun: Instant::now(), stop: AtomicBool::new(false) };
    let said = thread::scope(|scope| {
        scope.spawn(|| arrivals(&home, &time, &counts));
        scope.spawn(|| {
            time.again(Duration::from_secs(1) / THERE as u32, false, || {
                let number = FAR + counts.there.load(Ordering::SeqCst);
                server.deliver(number, &format!("far {number}"));
                count(&counts.there);
            });
        });
        let sync = scope.spawn(|| {
            let mut said = String::new();
            time.again(Duration::from_millis(300), false, || {
                let (well, words) = mbsync(&home);
                said += &words;
                count(if well { &counts.syncs } else { &counts.failed_syncs });
            });
            said
        });
        scope.spawn(|| {
            let mut dice = Dice(seed ^ 3);
            let notmuch = |args: &[&str]| {
                let config = home.path("notmuch-config");
                home.other("notmuch").args(args).env("NOTMUCH_CONFIG", config).output().unwrap()
            };
            time.again(Duration::from_millis(200), true, || {
                notmuch(&["new", "--quiet"]);
                let tags = ["+flagged", "-flagged", "-unread", "+unread", "+replied", "+passed"];
                let some = format!("subject:{}", dice.roll(100));
                let done = notmuch(&["tag", tags[dice.roll(tags.len())], "--", &some]);
                counts.indexed.fetch_add(usize::from(done.status.success()), Ordering::SeqCst);
            });
        });
        scope.spawn(|| {
            let mut dice = Dice(seed ^ 5);
            time.again(Duration::from_millis(300), true, || {
                let spared = neomutt(&home, &mut dice);
                counts.spared.fetch_add(spared, Ordering::SeqCst);
                count(&counts.neomutts);
            });
        });
        scope.spawn(|| {
            let mut dice = Dice(seed ^ 7);
            time.again(Duration::from_millis(50), true, || {
                let mut args = COMMANDS[dice.roll(COMMANDS.len())].to_vec();
                let mut ids = Vec::new();
                if !matches!(args[0], "undo" | "redo") {
                    // Up to eleven mails, by what stands in them: the names change all the time.
                    let half = counts.here.load(Ordering::SeqCst) / 2;
                    let some = format!("subject:\"check {}\"", half + dice.roll(half));
                    ids.extend(["--yes".to_owned(), "--query".to_owned(), some]);
                }
                args.extend(ids.iter().map(String::as_str));
                let code = home.run(&args).status.code();
                count(&counts.commands);
                counts.refused.fetch_add(usize::from(code != Some(0)), Ordering::SeqCst);
            });
        });
        let mut dice = Dice(seed ^ 11);
        let mut screen = home.screen(160, 45);
        let mut used = 0.0;
        while time.begun.elapsed() < Duration::from_secs(seconds) {
            if let Some(status) = screen.child.try_wait().unwrap() {
                time.stop.store(true, Ordering::Relaxed);
                panic!("it ended by itself: {status:?}\n{}", screen.text());
            }
            time.wait_for_turn();
            screen.send(KEYS[dice.roll(KEYS.len())]);
            count(&counts.keys);
            used = screen.processor();
            thread::sleep(Duration::from_millis(70));
        }
        say(&format!("C18: the program on the terminal used {:.0} % of a processor", 100.0 * used / seconds as f64));
        time.stop.store(true, Ordering::Relaxed);
        screen.quit();
        sync.join().unwrap()
    });
    let value = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
    let (here, there) = (value(&counts.here), value(&counts.there));
    let acts = home.journal();
    let mut deeds: BTreeMap<String, usize> = BTreeMap::new();
    let mut failed: BTreeMap<String, usize> = BTreeMap::new();
    for act in &acts {
        *deeds.entry(act["deed"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        for message in act["messages"].as_array().unwrap() {
            if let Some(why) = message["failed"].as_str() {
                *failed.entry(why.to_owned()).or_default() += 1;
            }
        }
    }
    say(&format!(
        "C18: {here} + {there} mails, {} keys, {} commands ({} refused), {} syncs ({} failed), {} tags, {} neomutts \
         (that tried to remove {} mails); {} acts {deeds:?}, messages not done {failed:?}",
        value(&counts.keys),
        value(&counts.commands),
        value(&counts.refused),
        value(&counts.syncs),
        value(&counts.failed_syncs),
        value(&counts.indexed),
        value(&counts.neomutts),
        value(&counts.spared),
        acts.len(),
    ));

    // What mbsync and its server said while it went on, and whether they agree once all is quiet.
    let mut notices: BTreeMap<&str, usize> = BTreeMap::new();
    for line in said.lines().filter(|line| !line.is_empty()) {
        *notices.entry(line.split(" /").next().unwrap_or(line)).or_default() += 1;
    }
    say(&format!("C18: mbsync said {notices:?}"));
    assert!(!said.contains("uplicate"), "{notices:?}");
    for _ in 0..2 {
        let (well, words) = mbsync(&home);
        assert!(well && !words.contains("rror"), "once all is quiet: {words}");
    }
    let log = fs::read_to_string(home.path("dovecot.log")).unwrap_or_default();
    let wrong: Vec<&str> = log.lines().filter(|line| !line.contains("Info: Disconnected")).take(20).collect();
    assert!(wrong.is_empty(), "Dovecot says: {wrong:#?}");

    // Each mail that arrived on either side is on both, once; what was moved away is marked as deleted on the server.
    let numbers = || (0..here).chain(FAR..FAR + there);
    let once = super::kit::assert_each_once(&home.mail(), numbers());
    let mut far = census(&server.root);
    far.values_mut().for_each(|found| found.retain(|found| !found.has('T')));
    // While mails are renamed all the time mbsync takes some for vanished while it copies them: it notes that these have no
    // copy there, and never tries again. They lie here as they should, and its own list says which these are.
    let no_copy = given_up(&home.mail());
    let (spared, missing): (Vec<usize>, Vec<usize>) = numbers()
        .filter(|number| far.get(&number.to_string()).map(Vec::len) != Some(1))
        .partition(|number| uid(&once[&number.to_string()]).is_some_and(|uid| no_copy.contains(&uid)));
    say(&format!("C18: mbsync gave {} mails up", spared.len()));
    let missing: Vec<String> = missing
        .iter()
        .map(|number| format!("{:?}, {:?}", once[&number.to_string()], far.get(&number.to_string())))
        .collect();
    assert!(
        missing.is_empty(),
        "{} not once on the server:\n{}",
        missing.len(),
        missing[..missing.len().min(20)].join("\n")
    );
    let spared: BTreeSet<String> = spared.iter().map(usize::to_string).collect();
    for (number, found) in once.iter().filter(|(number, _)| !spared.contains(*number)) {
        let there = &far[number][0];
        assert_eq!(found.folder, there.folder, "{number} lies elsewhere on the server: {found:?} {there:?}");
        let mut flags: Vec<char> = found.flags().chars().collect();
        flags.sort_unstable();
        flags.dedup();
        assert_eq!(flags.into_iter().collect::<String>(), found.flags(), "{found:?}");
    }
    assert_private(&home.mail(), &once);
    assert!(rests(&home.mail()).is_empty(), "{:?}", rests(&home.mail()));

    // What the program says of it all: each mail once.
    let (_, list) = home.json(&["list"]);
    assert_eq!(list["messages"].as_array().map(Vec::len), Some(here + there));
}
