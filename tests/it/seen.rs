//! Mail that was once seen (R7): what another program removes goes on counting, in this run and in the next.

use crate::desk::{Desk, day};
use crate::home::{Home, everything, files};
use crate::support::{NOW, row};
use crate::verdicts::kit::{mail as mail_of, t};
use dutybox::app::Event;
use dutybox::config::Config;
use dutybox::io::seen::{self, Found, KEPT, Keeper, News};
use dutybox::io::state::State;
use dutybox::mail::{Role, Time};
use dutybox::runbook::labels::Label;
use dutybox::runbook::{Call, Runbooks};
use dutybox::triage::row::{Change, Folder, FolderId, Hit};
use dutybox::triage::seen::Kept;
use dutybox::triage::verdicts::Tombstone;
use dutybox::triage::{Inbox, Row};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;

// ---- on the command line -------------------------------------------------------------------------------------------

/// A mail of the conversion system, so many seconds before `now`.
fn mail(home: &Home, name: &str, subject: &str, now: i64, ago: i64) {
    let date = Time(now - ago).rfc5322(&jiff::tz::TimeZone::UTC);
    let text = format!(
        "From: vcs2vcs@github-sync1.dmz.example.org\nTo: release+vcs2vcs@mozilla.com\nSubject: {subject}\nDate: {date}\nMessage-ID: <{name}@x>\n\nText.\n"
    );
    fs::write(home.maildir().join("new").join(name), text).unwrap();
}

/// AUTOFIX an hour ago, its follow-up 38 seconds later, and a later mail, so that the mailbox is known to be complete.
fn autofix_that_failed() -> Home {
    let (home, now) = (Home::with_mails(&[]), seen::clock().0);
    mail(&home, "1.autofix", "[vcs2vcs] AUTOFIX process delays", now, 3600);
    mail(&home, "2.followup", "[vcs2vcs] process delays", now, 3562);
    mail(&home, "3.later", "[vcs2vcs] Successful conversion", now, 60);
    home
}

fn answer(home: &Home, args: &[&str]) -> Value {
    let output = home.run(args).success().get_output().stdout.clone();
    serde_json::from_slice(&output).unwrap()
}

/// Call and headline of the AUTOFIX mail.
fn verdict(home: &Home, args: &[&str]) -> (String, String) {
    let list = answer(home, &[args, &["list", "--json"]].concat());
    let of = |m: &&Value| m["id"] == "1.autofix";
    let found = list["messages"].as_array().unwrap().iter().find(of).unwrap().clone();
    let text = |name: &str| found["verdict"][name].as_str().unwrap().to_owned();
    (text("call"), text("headline"))
}

fn expunge(home: &Home, base: &str) {
    let name = files(&home.maildir()).into_iter().find(|name| name.contains(base)).unwrap();
    fs::remove_file(name).unwrap();
}

#[test]
fn r7_expunging_the_follow_up_between_two_runs_does_not_turn_failed_into_worked() {
    let home = autofix_that_failed();
    let before = verdict(&home, &[]);
    assert_eq!(before.0, "page");
    assert!(before.1.starts_with("AUTOFIX failed"), "{before:?}");
    expunge(&home, "2.followup");
    assert_eq!(verdict(&home, &[]), before);
    assert_eq!(verdict(&home, &["--read-only"]), before, "what was kept counts there too");
    let shown = home.run(&["show", "1.autofix"]).success().get_output().stdout.clone();
    assert!(String::from_utf8(shown).unwrap().contains("deleted elsewhere"));
}

#[test]
fn r7_with_read_only_nothing_is_kept() {
    let home = autofix_that_failed();
    assert_eq!(verdict(&home, &["--read-only"]).0, "page");
    assert!(!home.path(".local").exists());
    expunge(&home, "2.followup");
    let after = verdict(&home, &["--read-only"]);
    assert!(after.1.starts_with("AUTOFIX worked"), "{after:?}");
}

#[test]
fn r7_looking_at_an_earlier_time_keeps_nothing_and_acting_does() {
    let home = autofix_that_failed();
    let now = seen::clock().rfc3339();
    home.run(&["--as-of", &now, "list"]).success();
    assert!(!home.path(".local").exists() && !home.path(".cache").exists(), "nothing at all is written");
    home.run(&["list"]).success();
    let before = everything(&home.path(".cache"));
    mail(&home, "4.new", "[vcs2vcs] process delays", seen::clock().0, 30);
    home.run(&["--as-of", &now, "list"]).success();
    assert!(everything(&home.path(".cache")) == before, "what is new is not written to the index either");
    fs::remove_dir_all(home.path(".local")).unwrap();
    home.run(&["mark", "3.later"]).success();
    expunge(&home, "2.followup");
    assert_eq!(verdict(&home, &["--as-of", &now]).0, "page");
}

#[test]
fn r7_mail_that_is_moved_to_another_folder_counts_once() {
    let home = autofix_that_failed();
    let count = |home: &Home| {
        let all = answer(home, &["incidents", "--json"]);
        let one = |i: &&Value| i["members"].as_array().unwrap().iter().any(|id| id == "1.autofix");
        let found = all["incidents"].as_array().unwrap().iter().find(one).unwrap().clone();
        (found["count"].as_i64().unwrap(), found["gone"].as_i64().unwrap())
    };
    assert_eq!(count(&home), (2, 0));
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(home.maildir().join(".Old").join(part)).unwrap();
    }
    fs::rename(home.maildir().join("new/2.followup"), home.maildir().join(".Old/cur/9.other:2,S")).unwrap();
    assert_eq!(count(&home), (2, 0));
    assert_eq!(verdict(&home, &[]).0, "page");
    expunge(&home, "9.other");
    assert_eq!(count(&home), (2, 1));
    assert_eq!(verdict(&home, &[]).0, "page");
}

#[test]
fn r7_what_is_seen_is_kept_only_where_it_can_be_and_mail_is_shown_all_the_same() {
    let home = autofix_that_failed();
    // Others may write there: it is not used.
    let state = home.write(".local/state/dutybox/x", "").parent().unwrap().to_path_buf();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o770)).unwrap();
    let seen = home.run(&["list"]).success().get_output().clone();
    assert!(String::from_utf8(seen.stdout).unwrap().contains("1.autofix"));
    assert!(String::from_utf8(seen.stderr).unwrap().contains("what is seen is not kept"));
}

// ---- what is kept --------------------------------------------------------------------------------------------------

fn folders(root: &Path) -> Vec<Folder> {
    let maildir = root.join("mail").to_string_lossy().into_owned();
    let folder = |name: &str, path: &str| Folder {
        maildir: maildir.clone(),
        name: name.into(),
        path: path.into(),
        read_only: false,
    };
    vec![folder("", &maildir), folder("Old", &format!("{maildir}/.Old"))]
}

fn stones(rows: &[Row]) -> Vec<Tombstone> {
    rows.iter().filter_map(Tombstone::of).collect()
}

fn rows(count: usize) -> Vec<Row> {
    (0..count).map(|n| row(&format!("{n}.mail"), &format!("mail {n}"), "cron@build1.example.org")).collect()
}

const DAY: i64 = 86_400;

fn later(days: i64) -> Time {
    Time(NOW.0 + days * DAY)
}

#[test]
fn only_what_is_new_is_written() {
    let keep = tempfile::tempdir().unwrap();
    let (dir, books) = (keep.path().join("state"), Runbooks::default());
    let folders = folders(keep.path());
    let mut all = rows(2_500);
    let write =
        |rows: &[Row], now: Time| Keeper::open(&dir).unwrap().keep(&dir, &stones(rows), &folders, &books, now).unwrap();
    assert_eq!(write(&all, NOW), 2_500);
    assert_eq!(write(&all, later(1)), 0);
    all.push(row("new.mail", "one more", "cron@build1.example.org"));
    let label = Label { name: "host".into(), value: "build1".into(), from: "From".into() };
    all[7].class.labels = all[7].class.labels.iter().cloned().chain([label]).collect();
    assert_eq!(write(&all, later(1)), 2, "one more, and one that is read otherwise");
    assert_eq!(write(&all, later(30)), 2_501, "that it still lies there is written down now and then");
    assert_eq!(State::open(&dir).unwrap().acts().unwrap(), [], "the journal beside it is as it was");
}

#[test]
fn what_lies_there_no_more_is_forgotten_after_90_days_and_no_sooner() {
    let keep = tempfile::tempdir().unwrap();
    let (dir, books) = (keep.path().join("state"), Runbooks::default());
    let folders = folders(keep.path());
    let all = rows(3);
    let gone = |keeper: &Keeper| keeper.gone(&dir, &folders, &books, |_, base| base == b"0.mail").unwrap().len();
    let mut keeper = Keeper::open(&dir).unwrap();
    keeper.keep(&dir, &stones(&all), &folders, &books, NOW).unwrap();
    // The first one stays; somebody looks every day.
    for day in 1..=200 {
        keeper.keep(&dir, &stones(&all[..1]), &folders, &books, later(day)).unwrap();
        let forgotten = keeper.forget_old(&dir, later(day)).unwrap();
        assert!(forgotten == 0 || day > KEPT / DAY, "forgotten on day {day}");
    }
    assert_eq!(gone(&keeper), 0);
    drop(keeper);
    let keeper = Keeper::open(&dir).unwrap();
    assert_eq!(gone(&keeper), 0);
    assert_eq!(
        keeper.gone(&dir, &folders, &books, |_, _| false).unwrap().len(),
        1,
        "what lies there is never forgotten"
    );
}

#[test]
fn only_what_lay_in_the_maildirs_that_are_open_counts() {
    let keep = tempfile::tempdir().unwrap();
    let (dir, books) = (keep.path().join("state"), Runbooks::default());
    let here = folders(keep.path());
    let mut old = row("1.old", "old", "cron@build1.example.org");
    old.key.folder = FolderId(1);
    Keeper::open(&dir).unwrap().keep(&dir, &stones(&[old]), &here, &books, NOW).unwrap();
    let look = |folders: &[Folder]| seen::look(&dir, folders, &books, |_, _| false).unwrap().1;
    assert_eq!(look(&here)[0].key.folder, FolderId(1));
    assert_eq!(look(&here[..1])[0].key.folder, FolderId(0), "its folder is gone, its Maildir is not");
    assert_eq!(look(&folders(&keep.path().join("elsewhere"))), []);
    assert_eq!(look(&[]), []);
}

#[test]
fn looking_leaves_nothing_behind_and_sees_what_a_running_instance_wrote() {
    let keep = tempfile::tempdir().unwrap();
    let (dir, books) = (keep.path().join("state"), Runbooks::default());
    let folders = folders(keep.path());
    let look = || seen::look(&dir, &folders, &books, |_, _| false).unwrap().1.len();
    assert_eq!(look(), 0);
    assert!(!dir.exists());
    let mut running = Keeper::open(&dir).unwrap();
    running.keep(&dir, &stones(&rows(5)), &folders, &books, NOW).unwrap();
    assert!(fs::metadata(dir.join("state.db-wal")).unwrap().len() > 0);
    let names = || {
        let mut names: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    assert_eq!(look(), 5);
    assert_eq!(names(), before);
    drop(running);
    assert!(!dir.join("state.db-wal").exists());
    let before = names();
    assert_eq!(look(), 5);
    assert_eq!(names(), before);
}

// ---- in words ------------------------------------------------------------------------------------------------------

const DELAYS: &str = r#"
group-by = ["host"]
match = { subject = "*process delays*" }
labels = { host = "auto" }
kinds = [ { id = "autofix", subject = "AUTOFIX*", gap = "44m" }, { id = "delays", gap = "44m" } ]
[[case]]
id = "failed"
kind = "autofix"
followed-by = { kind = "delays", same = ["host"], within = "5m", when = { subject = "process*" } }
verdict = { call = "page", headline = "failed" }
[[case]]
id = "worked"
kind = "autofix"
verdict = { call = "note", headline = "worked" }
[[case]]
id = "delays"
kind = "delays"
verdict = { call = "act", headline = "delays" }
"#;

/// The same, with everything at another place.
const OTHERWISE: &str = r#"
group-by = ["host"]
match = { subject = "*process delays*" }
labels = { host = "auto" }
kinds = [ { id = "new", subject = "new*", gap = "1h" }, { id = "autofix", subject = "AUTOFIX*", gap = "44m" }, { id = "delays", gap = "44m" } ]
[[case]]
id = "delays"
kind = "delays"
preceded-by = { kind = "new", within = "1m", when = { subject = "new*" } }
verdict = { call = "act", headline = "delays" }
[[case]]
id = "failed"
kind = "autofix"
followed-by = { kind = "delays", same = ["host"], within = "5m", when = { subject = "process*" } }
verdict = { call = "page", headline = "failed" }
[[case]]
id = "worked"
kind = "autofix"
verdict = { call = "note", headline = "worked" }
"#;

fn books(files: &[(&str, &str)]) -> Runbooks {
    let file = |(id, front): &(&str, &str)| {
        (format!("{id}.md"), format!("+++\nid = \"{id}\"\ntitle = \"{id}\"\n{front}\n+++\n"))
    };
    let books = Runbooks::only(&files.iter().map(file).collect::<Vec<_>>());
    assert_eq!(books.diagnostics, []);
    books
}

fn delays(books: &Runbooks) -> Tombstone {
    let (book, _) = books.by_id("delays").unwrap();
    let label = Label { name: "host".into(), value: "sync1.example.org".into(), from: "From".into() };
    let mut row = row("2.followup", "process delays", "vcs@sync1.example.org");
    row.role = Role::Reply;
    row.offset = Some(-3600);
    row.message_id = Some("2@x".into());
    row.class.labels = [label.clone()].into();
    row.class.primary = Some(Arc::new(Hit {
        book,
        kind: 1,
        strength: Default::default(),
        literal: 0,
        by: Default::default(),
        foreign_sender: true,
        cases: [2].into(),
        nears: [0].into(),
        labels: vec![label],
    }));
    Tombstone::of(&row).unwrap()
}

fn through_words(stone: &Tombstone, then: &Runbooks, now: &Runbooks) -> Tombstone {
    let words = serde_json::to_string(&Kept::of(stone, then)).unwrap();
    let kept: Kept = serde_json::from_str(&words).unwrap();
    kept.tombstone(stone.key.clone(), stone.digest, stone.at, stone.received, now)
}

#[test]
fn a_tombstone_comes_back_from_words_as_it_was() {
    let books = books(&[("delays", DELAYS)]);
    let stone = delays(&books);
    assert_eq!(through_words(&stone, &books, &books), stone);
}

#[test]
fn of_the_text_nothing_is_kept_that_no_other_message_is_compared_by() {
    let books = books(&[("delays", DELAYS)]);
    let mut stone = delays(&books);
    let errors = Label { name: "errors".into(), value: "the secret line".into(), from: "body line 3".into() };
    stone.class.labels = stone.class.labels.iter().cloned().chain([errors]).collect();
    let words = serde_json::to_string(&Kept::of(&stone, &books)).unwrap();
    assert!(words.contains("sync1.example.org") && !words.contains("secret"), "{words}");
}

#[test]
fn a_tombstone_means_the_same_by_runbooks_in_another_order() {
    let then = books(&[("delays", DELAYS)]);
    let now = books(&[("other", "match = { subject = \"x*\" }"), ("delays", OTHERWISE)]);
    let hit = |stone: Tombstone| stone.class.hits().next().unwrap().clone();
    let found = hit(through_words(&delays(&then), &then, &now));
    let (book, runbook) = now.by_id("delays").unwrap();
    assert_eq!((found.book, runbook.kinds[usize::from(found.kind)].id.as_str()), (book, "delays"));
    assert_eq!(*found.cases, [0]);
    assert_eq!(*found.nears, [1]);
    let less = books(&[("delays", "match = { subject = \"*process delays*\" }")]);
    assert_eq!(
        through_words(&delays(&then), &then, &less).class.hits().cloned().collect::<Vec<_>>(),
        [],
        "a kind that is not there any more claims nothing"
    );
    assert_eq!(through_words(&delays(&then), &then, &Runbooks::default()).class.hits().next(), None);
}

#[test]
fn r7_mail_that_is_removed_before_it_is_read_by_new_runbooks_counts_for_what_it_was() {
    let then = Arc::new(books(&[("delays", DELAYS)]));
    let now = Arc::new(books(&[("other", "match = { subject = \"x*\" }"), ("delays", OTHERWISE)]));
    let sent = |subject: &str, at: &str| mail_of(subject, t(at)).from("vcs@sync1.example.org");
    let (autofix, followup, later) =
        (sent("AUTOFIX process delays", "14:07:03"), sent("process delays", "14:07:41"), sent("x", "14:40"));
    let rows: Vec<Row> = (0..).zip([&autofix, &followup, &later]).map(|(n, mail)| mail.row(&then, n)).collect();
    // Also where the screen stands at a time before it came.
    for stands_at in [None, Some(t("14:07:30"))] {
        let mut inbox = Inbox::new(Arc::clone(&then)).as_of(stands_at);
        inbox.apply(Change::Rows(rows.clone()));
        inbox.settle(stands_at.unwrap_or(t("14:50")));
        inbox.set_books(Arc::clone(&now));
        inbox.apply(Change::Vanished(rows[1].key.clone()));
        inbox.set_as_of(None);
        let case = |inbox: &Inbox| inbox.verdict(inbox.get(&rows[0].key).unwrap()).case;
        inbox.settle(t("14:50"));
        assert_eq!(case(&inbox).as_deref(), Some("failed"), "what is there is known by its names, too");
        inbox.apply(Change::Rows(vec![autofix.row(&now, 0), later.row(&now, 2)]));
        inbox.settle(t("14:50"));
        assert_eq!(case(&inbox).as_deref(), Some("failed"));
        assert_eq!(inbox.gone(inbox.get(&rows[0].key).unwrap()).len(), 1, "it stands in its incident");
    }
    // What is not known any more is for a person, until it is read.
    let mut inbox = Inbox::new(then);
    inbox.apply(Change::Rows(rows.clone()));
    inbox.set_books(Arc::default());
    inbox.settle(t("14:50"));
    assert_eq!(inbox.standing(&rows[0].key).unwrap().call(), Call::Decide);
}

#[test]
fn r7_what_is_removed_while_the_screen_is_open_counts_for_90_days_and_is_forgotten_then() {
    let books = Arc::new(books(&[("delays", DELAYS)]));
    let sent = |subject: &str, at: Time| mail_of(subject, at).from("vcs@sync1.example.org");
    let start = t("14:07:03");
    let subjects = ["AUTOFIX process delays", "process delays", "process delays"];
    let rows = (0..).zip(subjects).map(|(n, subject)| sent(subject, Time(start.0 + 60 * n)).row(&books, n as usize));
    let rows: Vec<Row> = rows.collect();
    let mut inbox = Inbox::new(Arc::clone(&books));
    inbox.apply(Change::Rows(rows.clone()));
    inbox.settle(start);
    // One was removed before this run, one in it, a week later.
    inbox.apply(Change::Vanished(rows[1].key.clone()));
    inbox.remember(stones(&rows[1..2]));
    inbox.settle(start);
    let day = |days: i64| Time(start.0 + days * DAY);
    inbox.settle(day(7));
    inbox.apply(Change::Vanished(rows[2].key.clone()));
    let gone = |inbox: &Inbox| inbox.gone(inbox.get(&rows[0].key).unwrap()).len();
    let mut seen = Vec::new();
    for days in 7..=100 {
        inbox.settle(day(days));
        seen.push((days, gone(&inbox)));
    }
    assert!(seen.iter().all(|(days, gone)| *gone == 2 - usize::from(*days > 90) - usize::from(*days > 97)), "{seen:?}");
    // It may come back, and go again.
    inbox.apply(Change::Rows(rows[2..].to_vec()));
    inbox.settle(day(101));
    inbox.apply(Change::Vanished(rows[2].key.clone()));
    inbox.settle(day(101));
    assert_eq!(gone(&inbox), 1);
    // Time that is only looked at makes nothing older.
    let mut past = inbox.beside(start);
    past.set_as_of(Some(day(400)));
    past.settle(day(400));
    assert_eq!(gone(&past), 1);
    assert_eq!(KEPT, 90 * DAY, "as in the state folder");
}

// ---- while the screen is open --------------------------------------------------------------------------------------

#[test]
fn what_is_missing_is_told_once_all_is_read_and_what_is_there_is_kept() {
    let keep = tempfile::tempdir().unwrap();
    let dir = keep.path().join("state");
    let (books, folders) = (Arc::new(Runbooks::default()), folders(keep.path()));
    // One run: what it is told is there, in two readings; what it finds to be missing.
    let run = |read_only: bool, first: &[Row], then: &[Row]| -> Vec<Tombstone> {
        let (told, heard) = channel();
        let (news, thread) = seen::start(&dir, read_only, move |found| told.send(found).unwrap());
        news.send(News::Folders(folders.clone())).unwrap();
        news.send(News::Here(Arc::clone(&books), stones(first))).unwrap();
        news.send(News::Complete).unwrap();
        let Found::Gone(gone) = heard.recv().unwrap() else { panic!("trouble") };
        // With read-only it has ended by now.
        let _ = news.send(News::Here(Arc::clone(&books), stones(then)));
        drop(news);
        thread.unwrap().join().unwrap();
        assert!(heard.recv().is_err(), "nothing more is told");
        gone
    };
    let all = rows(4);
    assert_eq!(run(false, &all[..2], &all[2..]), []);
    assert_eq!(run(true, &all[1..3], &all[3..]), stones(&[all[0].clone(), all[3].clone()]));
    assert_eq!(run(false, &all[1..], &[]), stones(&all[..1]));
    assert_eq!(run(true, &[], &[]).len(), 4, "with read-only nothing is forgotten either");
}

#[test]
fn what_cannot_be_kept_is_said() {
    let keep = tempfile::tempdir().unwrap();
    fs::write(keep.path().join("state"), "a file").unwrap();
    let (told, heard) = channel();
    let (news, thread) = seen::start(&keep.path().join("state"), false, move |found| told.send(found).unwrap());
    news.send(News::Complete).unwrap();
    assert!(matches!(heard.recv().unwrap(), Found::Trouble(words) if words.contains("state")));
    thread.unwrap().join().unwrap();
}

#[test]
fn r7_the_pane_says_where_nothing_is_kept() {
    let pane = |desk: &mut Desk| {
        desk.press("w");
        desk.press("G");
        // A text that is wrapped is one text all the same.
        desk.screen()
            .split(|c: char| c.is_whitespace() || c == '│')
            .filter(|w| !w.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mails = day();
    let mut kept = Desk::with(120, 50, Config::default(), &mails, false);
    assert!(!pane(&mut kept).contains("another program removes"));
    let mut read_only = Desk::with(120, 50, Config::default(), &mails, true);
    let shown = pane(&mut read_only);
    assert!(shown.contains("read-only: mail that another program removes is not kept"), "{shown}");
    kept.event(Event::Forgets("the disk is full".into()));
    assert!(kept.toast().contains("is not kept: the disk is full"));
    assert!(pane(&mut kept).contains("the disk is full"));
}

#[test]
fn r7_what_is_told_to_be_missing_counts_on_the_screen() {
    let mut desk = Desk::empty(120, 36, Config::default(), false);
    let at = |seconds: i64| Time(NOW.0 - 3600 + seconds).rfc5322(&jiff::tz::TimeZone::UTC);
    let text = |subject: &str, seconds: i64, id: &str| {
        let from = "From: vcs2vcs@github-sync1.dmz.example.org\nTo: release+vcs2vcs@mozilla.com";
        format!("{from}\nSubject: {subject}\nDate: {}\nMessage-ID: <{id}@x>\n\nText.\n", at(seconds)).into_bytes()
    };
    let autofix = desk.deliver(1, &text("[vcs2vcs] AUTOFIX process delays", 0, "a"));
    let followup = desk.deliver(2, &text("[vcs2vcs] process delays", 38, "b"));
    let later = desk.deliver(3, &text("[vcs2vcs] Successful conversion", 3000, "c"));
    let gone = Tombstone::of(&followup).unwrap();
    let key = autofix.key.clone();
    desk.event(Event::Changes(vec![Change::Progress { done: 0, of: 2 }, Change::Rows(vec![autofix, later])]));
    let headline = |desk: &Desk| {
        let inbox = &desk.model.inbox;
        inbox.verdict(inbox.get(&key).unwrap()).headline
    };
    let reading = headline(&desk);
    assert!(reading.starts_with("cannot tell"), "what is missing may only not have been read yet: {reading}");
    desk.event(Event::Changes(vec![Change::Complete]));
    assert!(headline(&desk).starts_with("AUTOFIX worked"), "{}", headline(&desk));
    desk.event(Event::Seen(vec![gone]));
    assert!(headline(&desk).starts_with("AUTOFIX failed"), "{}", headline(&desk));
}
