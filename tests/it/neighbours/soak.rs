//! C29: a day's mail while somebody presses keys all the time and drags the window about. What the program holds in memory
//! must stop growing but for what it keeps on purpose, and it must give back every descriptor, thread and child.

use super::kit::{Dice, Home, PATIENCE, Screen, clock, deliver, say};
use crate::mails::soak;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// So many mails lie there; the oldest are removed as others come.
const KEPT: usize = 500;
/// Mails that arrive in a second: a day of one a second in 24 minutes.
const ARRIVE: usize = 60;
/// What is kept on purpose, in bytes, of a mail that another program removed: it counts in verdicts for 90 days (R7). A
/// tombstone is about 1,000 bytes, what verdicts know of it as much again.
const OF_A_MAIL: u64 = 2_500;
/// The same of a message in an act: the journal is what undo and the register live on.
const OF_AN_ACT: u64 = 500;

/// Keys that lead everywhere but out: none that waits for a name of the palette stays open, none quits or suspends.
const KEYS: &[&str] = &[
    // Up and down, panes, other lists and orders.
    "j",
    "j",
    "j",
    "k",
    "gg",
    "G",
    "\x04",
    "\x15",
    "\t",
    "}",
    "{",
    "]",
    "[",
    "J",
    "J",
    "K",
    "l",
    "h",
    "\r",
    "\x1b[6~",
    "gm",
    "gn",
    "gh",
    "gi",
    "ge",
    "gc",
    "gz",
    "z",
    "z",
    ",t",
    ",c",
    ",s",
    ",g",
    ",r",
    "\x0c",
    "R",
    // Search, filters, help, the palette.
    "/process\r",
    "n",
    "N",
    "/no such thing\r",
    "\\subject:cron\r",
    "\\from:sns\r",
    "\\unseen\r",
    "@",
    "?mark\r",
    ":headers\r",
    ":explain\r",
    "Tfrom:vcs2vcs\r",
    // Reading: headers, runbook, reasons, timeline, the pager and the editor.
    "H",
    "w",
    ">",
    "<",
    "E",
    "L",
    "A",
    "P",
    "v",
    "yi",
    "ys",
    "yr",
    "0",
    // Acts, taken back and done again.
    "mm",
    "mm",
    "ms",
    "mu",
    "a",
    "e",
    "iknown\r",
    "s1h\r",
    "cnoted\r",
    "MLater\r",
    "d",
    ".",
    "1",
    "2",
    "S",
    "X",
    "u",
    "u",
    "u",
    "\x12",
    " ",
    " ",
    "V",
    "gy",
    "!",
    "f",
    "gE",
    "gR",
    // Another time, and back.
    "(",
    "(",
    ")",
    "-",
    "+",
    "g(",
    "gt",
    "gp",
    "g0",
    // Out of whatever is open.
    "\x1b",
    "\x1b",
    "\x1b",
    "\x1b",
    "\x1b",
    "\x1b",
    "\x1b",
    "\x1b",
    "\x1b",
    "\x1b",
];

/// An alert as it comes, or a mail that no runbook knows: most of them make incidents with others.
fn mail(number: usize, dice: &mut Dice) -> String {
    let host = dice.roll(16);
    let (from, to, subject, body) = match dice.roll(10) {
        0..3 => (
            format!("vcs2vcs@github-sync{host}.example.org"),
            "release+vcs2vcs@mozilla.com".to_owned(),
            format!("[vcs2vcs] {}process delays", ["", "", "AUTOFIX "][dice.roll(3)]),
            format!("repo{host}: last update {} minutes ago\n", dice.roll(90)),
        ),
        3..6 => {
            let state = ["ALARM", "ALARM", "OK"][dice.roll(3)];
            let name = format!("alarm-{host}");
            (
                "no-reply@sns.amazonaws.com".to_owned(),
                "release+sns@mozilla.com".to_owned(),
                format!("{state}: \"{name}\" in US West (Oregon)"),
                format!(
                    "You are receiving this email because your Amazon CloudWatch Alarm \"{name}\" in the US West (Oregon) region \
                     has entered the {state} state.\n\n- Reason for State Change:    Threshold Crossed: {number}.0\n\
                     arn:aws:sns:us-west-2:314336048151:buildduty\n"
                ),
            )
        }
        6..9 => (
            format!("root@vcssync{host}.example.org"),
            format!("release+ec2.vcssync{host}@mozilla.com"),
            format!("Cron <user@vcssync{host}> /opt/job{}", dice.roll(4)),
            format!("OSError: [Errno 28] No space left on device: '/opt/{number}'\n"),
        ),
        _ => (
            format!("person{host}@example.net"),
            "oncall@example.org".to_owned(),
            format!("a question about build {number}"),
            "Does anybody know?\n".repeat(1 + dice.roll(100)),
        ),
    };
    let date = dutybox::mail::Time(clock()).rfc5322(&jiff::tz::TimeZone::UTC);
    format!(
        "From: {from}\nTo: {to}\nSubject: {subject}\nDate: {date}\nMessage-ID: <{number}@neighbours.example.org>\n\n{body}\n\
         the body of {number}\n"
    )
}

/// Delivers, and removes the oldest, wherever keys moved it.
struct Arrivals<'h> {
    home: &'h Home,
    dice: Dice,
    delivered: usize,
    removed: usize,
}

impl Arrivals<'_> {
    fn deliver(&mut self) {
        let text = mail(self.delivered, &mut self.dice);
        deliver(&self.home.mail(), &format!("{}.M{}P1.host", clock(), self.delivered), &text);
        self.delivered += 1;
    }

    fn trim(&mut self) {
        let mut there: Vec<(SystemTime, PathBuf)> = Vec::new();
        for folder in ["", ".Archive", ".Later", ".Trash"] {
            for place in ["new", "cur"] {
                for entry in fs::read_dir(self.home.mail().join(folder).join(place)).unwrap() {
                    let path = entry.unwrap().path();
                    // It may be moved or renamed just now.
                    let Ok(time) = fs::metadata(&path).and_then(|data| data.modified()) else { continue };
                    there.push((time, path));
                }
            }
        }
        there.sort();
        for (_, path) in there.iter().take(there.len().saturating_sub(KEPT)) {
            self.removed += usize::from(fs::remove_file(path).is_ok());
        }
    }
}

/// What a process holds.
#[derive(Debug, Clone)]
struct Held {
    /// Bytes in memory.
    memory: u64,
    /// What its descriptors are of.
    open: Vec<PathBuf>,
    threads: usize,
    children: usize,
}

impl Held {
    fn of(pid: u32) -> Held {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let value = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        let list = |name: String| fs::read_dir(name).map(Iterator::count).unwrap_or(0);
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let links = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten();
        let mut open: Vec<PathBuf> = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok()).collect();
        open.sort();
        Held {
            memory: value("VmRSS:") * 1024,
            open,
            threads: list(format!("/proc/{pid}/task")),
            children: children.split_whitespace().count(),
        }
    }

    /// What it holds once it has stopped changing.
    fn at_rest(screen: &Screen) -> Held {
        let begun = Instant::now();
        let (mut last, mut same) = (Held::of(screen.pid()), 0);
        while same < 20 {
            assert!(begun.elapsed() < PATIENCE, "it does not come to rest: {last:?}\n{}", screen.text());
            thread::sleep(Duration::from_millis(50));
            let now = Held::of(screen.pid());
            let equal = (&now.open, now.threads, now.children) == (&last.open, last.threads, last.children);
            same = if equal { same + 1 } else { 0 };
            last = now;
        }
        last
    }
}

/// Out of whatever is open, back to the desk of now, at a size at which everything is shown; then a key has its answer.
fn answers(screen: &mut Screen) {
    screen.resize(160, 45);
    let begun = Instant::now();
    loop {
        for _ in 0..6 {
            screen.send("\x1b");
            // What follows at once would be a key with Alt.
            thread::sleep(Duration::from_millis(100));
        }
        screen.send("g0?");
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(5) {
            if screen.contains("Keys · type to search") {
                screen.send("\x1b");
                screen.wait("the help is closed", |screen| !screen.contains("Keys · type to search"));
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        assert!(begun.elapsed() < PATIENCE, "it does not answer:\n{}", screen.text());
    }
}

fn middle(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

#[test]
fn c29_a_day_of_mail_keys_and_resizes_leaves_nothing_behind_in_the_process() {
    let long = soak().map(|most| most.min(Duration::from_secs(86_400 / ARRIVE as u64)));
    let lasts = long.unwrap_or(Duration::from_secs(5));
    let home = Home::new("trash-folder = \"Trash\"\neditor = \"true\"\npager = \"true\"\n");
    let sendmail = home.path("sendmail");
    fs::write(&sendmail, "#!/bin/sh\ncat >/dev/null\n").unwrap();
    fs::set_permissions(&sendmail, fs::Permissions::from_mode(0o755)).unwrap();
    let config = home.path("config/dutybox/config.toml");
    let sending = format!("[sending]\nsendmail = \"{}\"\n", sendmail.display());
    fs::write(&config, fs::read_to_string(&config).unwrap() + &sending).unwrap();
    let seed = if long.is_some() { u64::from(std::process::id()).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 } else { 29 };
    say(&format!("C29: {} s, seed {seed}", lasts.as_secs()));
    let mut arrivals = Arrivals { home: &home, dice: Dice(seed ^ 3), delivered: 0, removed: 0 };
    for _ in 0..KEPT {
        arrivals.deliver();
    }
    // What is freed is given back, so that what is measured is what the program holds: the GNU C library keeps freed blocks
    // of up to 32 MB for itself once it saw some.
    let honest = [("GLIBC_TUNABLES", "glibc.malloc.mmap_threshold=131072")];
    let mut screen = home.screen_with(160, 45, &[], &honest);
    screen.wait("all mail", |screen| screen.contains("? help") && !screen.contains("reading"));
    // Whatever is opened at its first use is open after this.
    for keys in KEYS {
        screen.send(keys);
        thread::sleep(Duration::from_millis(30));
    }
    answers(&mut screen);
    let warm = Held::at_rest(&screen);

    let mut dice = Dice(seed ^ 11);
    let (mut keys, mut resizes) = (0, 0);
    let mut samples: Vec<(Duration, u64, usize)> = Vec::new();
    let begun = Instant::now();
    let first = arrivals.delivered;
    while begun.elapsed() < lasts {
        if let Some(status) = screen.child.try_wait().unwrap() {
            panic!("it ended by itself: {status:?}\n{}", screen.text());
        }
        let due = first + (begun.elapsed().as_millis() as usize * ARRIVE) / 1000;
        while arrivals.delivered < due {
            arrivals.deliver();
        }
        if keys % 8 == 0 {
            arrivals.trim();
        }
        screen.send(KEYS[dice.roll(KEYS.len())]);
        keys += 1;
        if dice.roll(40) == 0 {
            screen.resize(20 + dice.roll(220) as u16, 5 + dice.roll(60) as u16);
            resizes += 1;
        }
        if samples.last().is_none_or(|(at, ..)| begun.elapsed() - *at >= Duration::from_millis(500)) {
            samples.push((begun.elapsed(), Held::of(screen.pid()).memory, arrivals.removed));
        }
        thread::sleep(Duration::from_millis(40));
    }
    let used = screen.processor();
    let redraws = screen.redraws();
    let redraw = |percent: usize| redraws.get(redraws.len() * percent / 100).copied().unwrap_or_default();
    say(&format!(
        "C29: from dragging the window to the next output {:.1?} in the middle, {:.1?} at 99 %",
        redraw(50),
        redraw(99)
    ));
    answers(&mut screen);
    let after = Held::at_rest(&screen);
    screen.quit();

    let acted: usize =
        home.journal().iter().map(|act| act["messages"].as_array().map_or(0, |messages| messages.len())).sum();
    let tenth = lasts / 10;
    let early = |(at, ..): &&(Duration, u64, usize)| *at < tenth;
    let late = |(at, ..): &&(Duration, u64, usize)| *at >= lasts - tenth;
    let before: Vec<_> = samples.iter().filter(early).copied().collect();
    let end: Vec<_> = samples.iter().filter(late).copied().collect();
    let (from, to) = (middle(before.iter().map(|s| s.1).collect()), middle(end.iter().map(|s| s.1).collect()));
    let gone = middle(end.iter().map(|s| s.2 as u64).collect()) - middle(before.iter().map(|s| s.2 as u64).collect());
    say(&format!(
        "C29: {} mails, {} removed ({gone} between the first and the last tenth), {keys} keys, {resizes} resizes, {acted} \
         messages in acts; memory {:.1} MB in the first tenth, {:.1} MB in the last ({} bytes for each mail removed), {:.0} % \
         of a processor; descriptors {} and {}, threads {} and {}, children {} and {}",
        arrivals.delivered,
        arrivals.removed,
        from as f64 / 1e6,
        to as f64 / 1e6,
        to.saturating_sub(from) / gone.max(1),
        100.0 * used / lasts.as_secs_f64(),
        warm.open.len(),
        after.open.len(),
        warm.threads,
        after.threads,
        warm.children,
        after.children,
    ));
    for at in 1..10 {
        if let Some((_, memory, removed)) = samples.get(samples.len() * at / 10).filter(|_| long.is_some()) {
            say(&format!("C29: after {at} tenths {:.1} MB, {removed} removed", *memory as f64 / 1e6));
        }
    }
    assert!(after.open.len() <= warm.open.len(), "descriptors: {warm:?} {after:?}");
    assert!(after.threads <= warm.threads && after.children <= warm.children, "{warm:?} {after:?}");
    if long.is_some() {
        let most = from + from / 10 + gone * OF_A_MAIL + acted as u64 * OF_AN_ACT;
        assert!(
            to < most,
            "memory grew from {from} to {to} bytes, {most} would do for {gone} mails and {acted} in acts"
        );
    }
}
