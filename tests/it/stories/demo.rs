//! The demo holds every verdict machine in each of its states, with a journal that fits, at whatever time it is written.

use assert_cmd::Command;
use dutybox::cli::demo::{acts, machines::STATES, script};
use dutybox::io::{demo::Mover, load, state::State};
use dutybox::mail::{Flags, Time};
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::HostRules;
use dutybox::triage::told::{Deed, Scope};
use dutybox::triage::{Inbox, Row};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// An afternoon, a quarter past midnight, just before a full hour, New Year's night, a leap day, and the nights in which
/// summer time begins and ends in California.
const TIMES: [&str; 7] = [
    "2013-11-21T14:41:00Z",
    "2013-11-21T00:15:00Z",
    "2013-11-21T09:59:59Z",
    "2026-01-01T00:00:00Z",
    "2012-02-29T23:50:00Z",
    "2014-03-09T10:10:00Z",
    "2013-11-03T09:30:00Z",
];

/// The demo of that time, written by the program and read as the program reads it.
fn demo(dir: &Path, at: &str) -> Inbox {
    let maildir = dir.join("demo");
    Command::cargo_bin("dutybox")
        .unwrap()
        .env_clear()
        .env("HOME", dir)
        .args(["demo", "--no-open", "--at", at, "--dir"])
        .arg(&maildir)
        .assert()
        .success();
    let at = Time::from_rfc3339(at).unwrap();
    let books = Arc::new(Runbooks::shipped());
    let mut inbox = Inbox::new(Arc::clone(&books)).as_of(Some(at));
    let hosts = HostRules { own_domains: vec!["mozilla.com".into(), "example.org".into()], ..HostRules::default() };
    for change in load::all(std::slice::from_ref(&maildir), false, &books, &hosts).unwrap() {
        inbox.apply(change);
    }
    for act in State::open_read_only(&maildir.join(".dutybox-state")).unwrap().acts().unwrap() {
        inbox.tell(act);
    }
    inbox.settle(at);
    inbox
}

fn tagged<'a>(inbox: &'a Inbox, mails: &[script::DemoMail], tag: &str) -> &'a Row {
    let mail = mails.iter().find(|mail| mail.tag == tag).unwrap_or_else(|| panic!("no mail {tag}"));
    let row = inbox.rows().iter().find(|row| *row.key.base == *mail.base.as_bytes());
    row.unwrap_or_else(|| panic!("{tag} is not in the mailbox"))
}

#[test]
fn each_machine_is_there_in_each_of_its_states() {
    for at in TIMES {
        let dir = tempfile::tempdir().unwrap();
        let inbox = demo(dir.path(), at);
        let mails = script::mails(Time::from_rfc3339(at).unwrap());
        let mut wrong = Vec::new();
        for state in STATES {
            let row = tagged(&inbox, &mails, state.mail);
            let verdict = inbox.verdict(row);
            let book = verdict.book.and_then(|book| inbox.books.get(book)).map_or("", |book| book.id.as_str());
            let expected = (state.book, Some(state.case), state.call, state.known);
            let said = (book, verdict.case.as_deref(), verdict.call, verdict.known);
            if said != expected {
                wrong.push(format!(
                    "{} {}: {} is {said:?}, {}",
                    state.machine,
                    state.state,
                    state.mail,
                    verdict.words()
                ));
            }
        }
        assert!(wrong.is_empty(), "at {at}\n{}", wrong.join("\n"));
    }
}

#[test]
fn no_case_of_the_machines_runbooks_is_left_out() {
    let books = Runbooks::shipped();
    let shown: BTreeSet<(&str, &str)> = STATES.iter().map(|state| (state.book, state.case)).collect();
    for book in STATES.iter().map(|state| state.book).collect::<BTreeSet<_>>() {
        let (_, runbook) = books.iter().find(|(_, runbook)| runbook.id == book).unwrap();
        for case in &runbook.cases {
            assert!(shown.contains(&(book, case.id.as_str())), "the demo does not show {book} {}", case.id);
        }
    }
    let machines: BTreeSet<&str> = STATES.iter().map(|state| state.machine).filter(|name| !name.is_empty()).collect();
    let all: BTreeSet<String> = (1..=12).map(|number| format!("V{number}")).collect();
    assert_eq!(machines, all.iter().map(String::as_str).collect());
}

/// What was told fits what was said of the mails when it was told.
#[test]
fn the_journal_fits_the_mails() {
    for at in TIMES {
        let dir = tempfile::tempdir().unwrap();
        let mut inbox = demo(dir.path(), at);
        let at = Time::from_rfc3339(at).unwrap();
        let mails = script::mails(at);
        let told = acts::acts(at);
        let read: Vec<_> = inbox.told.acts().to_vec();
        assert_eq!(told.len(), read.len());
        for (number, (told, read)) in (1..).zip(told.iter().zip(&read)) {
            assert_eq!((read.id.0, read.at, &*read.by, &read.deed), (number, told.at, told.by, &told.deed));
            let about: Vec<&script::DemoMail> = mails.iter().filter(|mail| told.about.contains(&mail.tag)).collect();
            assert_eq!(read.targets.len(), about.len(), "{:?}", told.deed);
            assert!(told.about.iter().all(|tag| about.iter().any(|mail| mail.tag == *tag)), "{:?}", told.about);
            // What was told at the same second or later is not known yet.
            inbox.set_as_of(Some(Time(told.at.0 - 1)));
            inbox.settle(Time(told.at.0 - 1));
            for mail in about {
                let row = inbox.rows().iter().find(|row| *row.key.base == *mail.base.as_bytes()).unwrap();
                let call = inbox.verdict(row).call;
                assert_eq!(call, told.call, "{} at {}: {:?}", mail.tag, told.at.rfc3339(), told.deed);
            }
            match &told.deed {
                Deed::Undo(of) | Deed::Answered { of, .. } => {
                    assert!((1..number).contains(&of.0), "{:?} is about an earlier act", told.deed);
                }
                Deed::Tick(step) => {
                    let row = tagged(&inbox, &mails, told.about[0]);
                    let verdict = inbox.verdict(row);
                    let book = inbox.books.get(verdict.book.unwrap()).unwrap();
                    let case = book.cases.iter().find(|case| case.id == step.case).unwrap();
                    assert!(case.steps.iter().any(|known| known.text == step.text), "{} has no such step", case.id);
                    assert!(row.class.labels.iter().any(|label| label.value == step.of), "{} is not in it", step.of);
                }
                _ => {}
            }
        }
        let has = |deed: fn(&Deed) -> bool| assert!(told.iter().any(|act| deed(&act.deed)));
        has(|deed| matches!(deed, Deed::Switch { .. }));
        has(|deed| matches!(deed, Deed::Expect { .. }));
        has(|deed| matches!(deed, Deed::Claim { scope: Scope::Incident }));
        has(|deed| matches!(deed, Deed::Resolve { .. }));
        has(|deed| matches!(deed, Deed::Reach { .. }));
        has(|deed| matches!(deed, Deed::Answered { .. }));
    }
}

/// The flag of an act that stands is set.
#[test]
fn flags_are_as_the_journal_says() {
    let dir = tempfile::tempdir().unwrap();
    let inbox = demo(dir.path(), TIMES[0]);
    for act in inbox.told.acts().iter().filter(|act| inbox.told.stands(act.id)) {
        for target in act.targets.iter().filter(|target| target.added.has(Flags::SEEN) && target.added != Flags::NONE) {
            let row = inbox.rows().iter().find(|row| row.key.base == target.base).unwrap();
            assert!(row.flags().has(Flags::SEEN), "{:?}", act.deed);
        }
    }
}

#[test]
fn as_of_is_the_time_of_the_demo() {
    let dir = tempfile::tempdir().unwrap();
    let written = |option: &str| {
        let maildir = dir.path().join(option);
        let mut command = Command::cargo_bin("dutybox").unwrap();
        command.env_clear().env("HOME", dir.path()).args(["demo", "--no-open", option, TIMES[0], "--dir"]);
        command.arg(&maildir).assert().success();
        let mut names: Vec<_> =
            std::fs::read_dir(maildir.join("cur")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(written("--as-of"), written("--at"));
}

/// What comes while one looks turns the verdicts of mails that are there.
#[test]
fn what_is_delivered_later_turns_wait_into_page() {
    let at = Time::from_rfc3339(TIMES[0]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut inbox = demo(dir.path(), TIMES[0]);
    let mails = script::mails(at);
    let watched = ["autofix-watching", "sns-new", "puppet-cleaning"];
    let says = |inbox: &Inbox| watched.map(|tag| inbox.verdict(tagged(inbox, &mails, tag)).case.unwrap_or_default());
    let turns = [
        ["autofix-failed", "alarm", "cleaning"],
        ["autofix-failed", "closed", "cleaning"],
        ["autofix-failed", "closed", "cleaned"],
    ];
    assert_eq!(says(&inbox), ["autofix-worked", "alarm", "cleaning"]);
    let books = Arc::clone(&inbox.books);
    let mut last = 0;
    for ((after, mail), turned) in script::later(at).into_iter().zip(turns) {
        assert!(after > last, "one after the other");
        last = after;
        let maildir = dir.path().join("demo");
        Mover::start(&maildir, vec![(Duration::ZERO, mail.bytes)]).finish();
        let now = Time(at.0 + after);
        for change in load::all(&[maildir], false, &books, &HostRules::default()).unwrap() {
            inbox.apply(change);
        }
        // Files are as old as they are: the time at which all of this is asked lies after them.
        inbox.set_as_of(None);
        inbox.settle(now);
        assert_eq!(says(&inbox), turned);
    }
}

/// What is still to come does not keep the demo from ending.
#[test]
fn a_mover_that_is_dropped_delivers_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["new", "cur", "tmp"] {
        std::fs::create_dir(dir.path().join(folder)).unwrap();
    }
    let mail = |number: u8| format!("Subject: {number}\n\n").into_bytes();
    drop(Mover::start(dir.path(), vec![(Duration::from_secs(3600), mail(1))]));
    assert_eq!(std::fs::read_dir(dir.path().join("new")).unwrap().count(), 0);
    Mover::start(dir.path(), vec![(Duration::ZERO, mail(1)), (Duration::ZERO, mail(2))]).finish();
    assert_eq!(std::fs::read_dir(dir.path().join("new")).unwrap().count(), 2);
}
