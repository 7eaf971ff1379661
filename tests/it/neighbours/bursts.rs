//! C20 and C48: bursts of mail, a program that stood still for a while, a clock that jumps, a file system that fails for
//! a while.

use super::kit::{Home, Screen, census, clock, deliver, say, signal, text, write};
use crate::mails::{have, skipped, soak};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

fn name(number: usize) -> String {
    format!("{}.M{number}P1.host", 1_700_000_000 + number)
}

fn arrive(home: &Home, numbers: std::ops::Range<usize>) {
    for number in numbers {
        deliver(&home.mail(), &name(number), &text(number, &format!("check {number}")));
    }
}

/// Delivers in so many steps within two seconds.
fn burst(steps: usize, mut step: impl FnMut(usize)) {
    let begun = Instant::now();
    for i in 0..steps {
        step(i);
        let due = begun + Duration::from_secs(2) * (i as u32 + 1) / steps as u32;
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

#[test]
fn c20_all_mail_of_a_burst_is_shown() {
    let (before, more) = (200, 5_000);
    let home = Home::new("");
    arrive(&home, 0..before);
    let screen = home.screen_of_all(before);
    burst(100, |i| arrive(&home, before + i * more / 100..before + (i + 1) * more / 100));
    let delivered = Instant::now();
    screen.wait("all that was delivered", |screen| screen.count() == Some(before + more));
    say(&format!("C20: {more} mails in 2 s, all shown {:.1} s after the last", delivered.elapsed().as_secs_f64()));
    screen.quit();
}

#[test]
fn c20_what_changed_while_the_program_stood_still_is_all_there_is_to_it() {
    let home = Home::new("");
    let mails = 400;
    arrive(&home, 0..mails);
    let mut screen = home.screen_of_all(mails);
    signal(screen.pid(), "-STOP");
    // Meanwhile: new mail, flags, moves into another folder, and ten that are removed.
    let (new, cur) = (home.mail().join("new"), home.mail().join("cur"));
    arrive(&home, mails..mails + 50);
    for number in 0..200 {
        fs::rename(new.join(name(number)), cur.join(format!("{}:2,FS", name(number)))).unwrap();
    }
    for number in 200..300 {
        let there = home.mail().join(".Later/cur").join(format!("{}:2,", name(number)));
        fs::rename(new.join(name(number)), there).unwrap();
    }
    for number in 300..310 {
        fs::remove_file(new.join(name(number))).unwrap();
    }
    thread::sleep(Duration::from_secs(if soak().is_some() { 60 } else { 3 }));
    signal(screen.pid(), "-CONT");
    let mut least = usize::MAX;
    let begun = Instant::now();
    while screen.count() != Some(mails + 40) {
        assert!(begun.elapsed() < super::kit::PATIENCE, "{}", screen.text());
        least = least.min(screen.count().unwrap_or(usize::MAX));
        thread::sleep(Duration::from_millis(10));
    }
    assert!(least >= mails - 10, "mails that are there were taken away: {least}");
    // The key means a mail as it lies now.
    screen.send(",tggmm");
    screen.wait_text("marked: 1 message");
    screen.quit();
    let marked = census(&home.mail()).into_values().flatten().filter(|found| found.flags() == "F").count();
    assert_eq!(marked, 1);
}

/// A sendmail that notes each mail in `sent` as soon as it has it, and takes its time to say so.
fn slow_sendmail(home: &Home) -> String {
    let path = home.path("sendmail");
    let record = home.path("sent");
    let script = format!("#!/bin/sh\ncat >/dev/null\necho sent >>{}\nsleep 3\n", record.display());
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    format!("[sending]\nsendmail = \"{}\"\n", path.display())
}

/// Forwards the mail under the cursor, and returns as soon as the sender has it.
fn forward(home: &Home, screen: &mut Screen) {
    screen.send("f");
    screen.wait_text("Forward");
    screen.send("kim@example.net\r");
    screen.wait_text("Review: nothing has left yet");
    screen.send("y");
    screen.wait("the sender has it", |_| home.path("sent").is_file());
}

fn sent(home: &Home) -> usize {
    fs::read_to_string(home.path("sent")).unwrap_or_default().lines().count()
}

/// The mail was sent once, nothing waits, and nothing is sent by sending again or by the next start.
fn assert_sent_once(home: &Home, mut screen: Screen) {
    screen.wait("it is passed on", |_| census(&home.mail()).into_values().flatten().any(|found| found.has('P')));
    screen.send("gs");
    screen.wait_text("the outbox is empty");
    screen.quit();
    let (output, outbox) = home.json(&["outbox", "send"]);
    assert_eq!(output.status.code(), Some(0), "{output:?} {outbox}");
    let again = home.screen(120, 40);
    again.wait_text("? help");
    again.quit();
    assert_eq!(sent(home), 1);
}

/// Sets the clock of a program that was started with [`faked`].
fn set_clock(home: &Home, offset: &str) {
    fs::write(home.path("clock.new"), offset).unwrap();
    fs::rename(home.path("clock.new"), home.path("clock")).unwrap();
}

/// What makes a program believe the clock that [`set_clock`] sets; `None`, and said, where that cannot be done.
fn faked(home: &Home) -> Option<Vec<(&'static str, String)>> {
    let what = "a clock that jumps";
    if !have("faketime", what) {
        return None;
    }
    let output = Command::new("faketime").args(["-f", "+0", "env"]).output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    let Some(library) = words.lines().find_map(|line| line.strip_prefix("LD_PRELOAD=")) else {
        skipped(what, "faketime names no library");
        return None;
    };
    let library = library.split(':').next_back().unwrap_or_default().to_owned();
    set_clock(home, "+0");
    let file = home.path("clock").to_string_lossy().into_owned();
    // What counts the seconds of a time-out is not set with the clock of a machine.
    let monotonic = "1".to_owned();
    Some(vec![
        ("LD_PRELOAD", library),
        ("FAKETIME_TIMESTAMP_FILE", file),
        ("FAKETIME_NO_CACHE", monotonic.clone()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", monotonic.clone()),
        ("DONT_FAKE_MONOTONIC", monotonic.clone()),
        ("NO_FAKE_STAT", monotonic),
    ])
}

#[test]
fn c20_a_program_that_is_stopped_while_it_sends_or_whose_clock_jumps_sends_once() {
    let home = Home::new("");
    let sendmail = slow_sendmail(&home);
    let config = home.path("config/dutybox/config.toml");
    fs::write(&config, fs::read_to_string(&config).unwrap() + &sendmail).unwrap();
    let Some(environment) = faked(&home) else { return };
    let mails = 50;
    arrive(&home, 0..mails);
    let date = dutybox::mail::Time(clock() - 30).rfc5322(&jiff::tz::TimeZone::UTC);
    let newest =
        text(mails, "the newest").replace("Date: ", "X-Date: ").replacen("To:", &format!("Date: {date}\nTo:"), 1);
    deliver(&home.mail(), &name(mails), &newest);
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut screen = home.screen_with(200, 50, &[], &environment);
    screen.wait("all mail", |screen| screen.contains("? help") && !screen.contains("reading"));
    screen.send("gmgh,tgg");
    screen.wait_text("the body of 50");
    screen.wait("all mails", |screen| screen.count() == Some(mails + 1));
    forward(&home, &mut screen);
    signal(screen.pid(), "-STOP");
    // The lid is closed for eight hours; the sender ends meanwhile.
    thread::sleep(Duration::from_secs(5));
    set_clock(&home, "+28800");
    arrive(&home, mails + 1..mails + 11);
    signal(screen.pid(), "-CONT");
    screen.wait_text("8h");
    screen.wait("all mails", |screen| screen.count() == Some(mails + 11));
    // And back: a clock that was wrong is set right.
    set_clock(&home, "-3600");
    arrive(&home, mails + 11..mails + 21);
    screen.wait("all mails", |screen| screen.count() == Some(mails + 21));
    set_clock(&home, "+0");
    assert_sent_once(&home, screen);
}

/// Makes every look into the folder fail, for one running program.
struct Broken(Child);

impl Broken {
    /// `None`, and said, where processes may not be traced.
    fn start(home: &Home, pid: u32) -> Option<Broken> {
        let mut command = Command::new("strace");
        command.args(["-f", "-q", "-p", &pid.to_string(), "-o"]).arg(home.path("trace"));
        for folder in ["mail", "mail/cur", "mail/new"] {
            command.arg("-P").arg(home.path(folder));
        }
        command.args(["-e", "trace=openat,getdents64", "-e", "inject=openat,getdents64:error=ESTALE"]);
        let mut child = command.stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while fs::read_to_string(home.path("trace")).unwrap_or_default().matches("ESTALE").count() < 3 {
            if child.try_wait().unwrap().is_some() || begun.elapsed() > Duration::from_secs(60) {
                let _ = child.kill();
                skipped("a file system that fails for a while", "strace cannot trace a running program here");
                return None;
            }
            thread::sleep(Duration::from_millis(20));
        }
        Some(Broken(child))
    }

    fn mend(mut self) {
        signal(self.0.id(), "-INT");
        self.0.wait().unwrap();
    }
}

#[test]
fn c20_a_file_system_that_fails_for_a_while_takes_no_mail_off_the_list() {
    if !have("strace", "a file system that fails for a while") {
        return;
    }
    let home = Home::new("");
    let mails = 300;
    arrive(&home, 0..mails);
    let mut screen = home.screen_of_all(mails);
    let Some(broken) = Broken::start(&home, screen.pid()) else { return };
    screen.wait_text("cannot read mail");
    assert_eq!(screen.count(), Some(mails), "{}", screen.text());
    // Nothing is done blindly meanwhile.
    screen.send("mm");
    screen.wait_text("nothing done: cannot read");
    arrive(&home, mails..mails + 20);
    fs::rename(home.mail().join("new").join(name(3)), home.mail().join(".Later/new").join(name(3))).unwrap();
    fs::remove_file(home.mail().join("new").join(name(4))).unwrap();
    for _ in 0..100 {
        // What lies in a folder that can be read is shown; nothing that lies there goes.
        assert!(screen.count().is_some_and(|count| count >= mails), "{}", screen.text());
        thread::sleep(Duration::from_millis(20));
    }
    broken.mend();
    screen.wait("all mails again", |screen| screen.count() == Some(mails + 19));
    screen.wait("no error", |screen| !screen.contains("cannot read mail"));
    screen.send("ggmm");
    screen.wait_text("marked: 1 message");
    screen.quit();
    let marked = census(&home.mail()).into_values().flatten().filter(|found| found.has('F')).count();
    assert_eq!(marked, 1);
}

/// A mail of the sync on a host, dated so many seconds ago.
fn sync(number: usize, host: &str, subject: &str, ago: i64) -> String {
    let date = dutybox::mail::Time(clock() - ago).rfc5322(&jiff::tz::TimeZone::UTC);
    format!(
        "From: vcs2vcs@{host}.example.org\nTo: release+vcs2vcs@mozilla.com\nSubject: [vcs2vcs] {subject}\nDate: {date}\n\
         Message-ID: <{number}@neighbours.example.org>\n\nthe body of {number}\n"
    )
}

#[test]
fn c48_in_a_storm_of_alerts_the_one_that_matters_is_on_the_first_screen() {
    let many = if soak().is_some() { 10_000 } else { 2_000 };
    let home = Home::new("");
    // One group, of which mail came all the time for half an hour.
    for number in 0..many {
        let ago = 1800 - (number * 1500 / many) as i64;
        let mail = sync(number, "github-sync7", "process delays", ago);
        write(&home.mail().join("cur").join(format!("{}:2,", name(number))), &mail);
    }
    let screen = home.screen(120, 40);
    let total = |screen: &Screen| screen.count();
    screen.wait("all of the group", |screen| total(screen) == Some(many) && !screen.contains("reading"));
    // 150 of fifteen groups in two seconds, and two that are one page, of another host, among them.
    burst(150, |i| {
        let number = many + i;
        let mail = sync(number, &format!("hg-sync{}", i % 15), "process delays", 30);
        deliver(&home.mail(), &name(number), &mail);
        if i == 70 {
            let first = sync(many + 150, "github-sync1", "AUTOFIX process delays", 60);
            deliver(&home.mail(), &name(many + 150), &first);
            let second = sync(many + 151, "github-sync1", "process delays", 20);
            deliver(&home.mail(), &name(many + 151), &second);
        }
    });
    let delivered = Instant::now();
    screen.wait("all mail", |screen| total(screen) == Some(many + 152));
    screen.wait("the page", |screen| {
        let text = screen.text();
        text.lines().any(|line| line.contains("PAGE") && line.contains("github-sync1 "))
    });
    let text = screen.text();
    let rows: usize =
        text.split_once("All mail · ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok()).unwrap();
    say(&format!(
        "C48: {} mails are {rows} rows, the page on the first screen {:.1} s after the burst",
        many + 152,
        delivered.elapsed().as_secs_f64()
    ));
    assert_eq!(rows, 17, "a row for each group:\n{text}");
    assert!(text.lines().any(|line| line.contains(&format!("×{many}"))), "{text}");
    screen.quit();
}
