//! How far the mailbox is known (R11), from configuration and files; and the sent folder, where a reply is a claim (R24).

use crate::home::Home;
use dutybox::config::{Config, Fresh};
use dutybox::io::{fresh, seen, sent};
use dutybox::mail::Time;
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

// ---- the sources ---------------------------------------------------------------------------------------------------

fn touched(path: &Path, at: Time) {
    let file = File::create(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(at.0.unsigned_abs())).unwrap();
}

#[test]
fn each_maildir_has_the_sources_that_the_configuration_gives_it() {
    let keep = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(keep.path()).unwrap();
    let at = |name: &str| root.join(name);
    let shown = |name: &str| at(name).display().to_string();
    for name in ["all", "own", "archive", "elsewhere"] {
        fs::create_dir(at(name)).unwrap();
    }
    touched(&at("stamp"), Time(1_385_042_821));
    touched(&at("own-stamp"), Time(1_385_042_000));
    let config = Config {
        fresh: Fresh { clock: false, stamp: Some(at("stamp")) },
        freshness: vec![
            (at("own"), Fresh { clock: true, stamp: Some(at("own-stamp")) }),
            (at("elsewhere"), Fresh { clock: true, stamp: None }),
        ],
        archives: vec![at("archive")],
        ..Config::default()
    };
    // A way to it that is not the one in the configuration.
    let maildirs: Vec<PathBuf> = vec![at("own/../all"), at("own"), at("archive")];
    let sources = fresh::sources(&config, &maildirs, Some(Time(5)));
    assert_eq!(sources.until, Some(Time(5)));
    assert_eq!(sources.clock, [shown("own")]);
    assert_eq!(sources.archives, [shown("archive")]);
    let mut stamps: Vec<_> = sources.stamps.into_iter().collect();
    stamps.sort();
    assert_eq!(stamps, [(shown("all"), Time(1_385_042_821)), (shown("own"), Time(1_385_042_000))]);
    fs::remove_file(at("stamp")).unwrap();
    let sources = fresh::sources(&config, &maildirs, None);
    assert_eq!(sources.stamps.len(), 1, "a stamp that is not there says nothing");
}

// ---- on the command line -------------------------------------------------------------------------------------------

fn put(home: &Home, name: &str, from: &str, to: &str, headers: &str, subject: &str, at: Time) {
    let date = at.rfc5322(&jiff::tz::TimeZone::UTC);
    let path = home.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let id = path.file_name().unwrap().to_string_lossy().into_owned();
    let text =
        format!("From: {from}\nTo: {to}\nSubject: {subject}\nDate: {date}\nMessage-ID: <{id}@x>\n{headers}\nText.\n");
    fs::write(path, text).unwrap();
}

fn ago(seconds: i64) -> Time {
    Time(seen::clock().0 - seconds)
}

/// Call and headline of the one message.
fn verdict(home: &Home, args: &[&str]) -> (String, String) {
    let output = home.run(&[args, &["list", "--json"]].concat()).success().get_output().stdout.clone();
    let list: Value = serde_json::from_slice(&output).unwrap();
    let found = &list["messages"][0]["verdict"];
    let text = |name: &str| found[name].as_str().unwrap().to_owned();
    (text("call"), text("headline"))
}

/// AUTOFIX an hour ago and nothing since.
fn autofix() -> Home {
    let home = Home::with_mails(&[]);
    let (from, to) = ("vcs2vcs@github-sync1.dmz.example.org", "release+vcs2vcs@mozilla.com");
    put(&home, "Maildir/new/1.autofix", from, to, "", "[vcs2vcs] AUTOFIX process delays", ago(3600));
    home
}

#[test]
fn r11_silence_proves_nothing_unless_something_says_that_the_mailbox_is_complete() {
    let home = autofix();
    let cannot_tell = verdict(&home, &[]);
    assert!(cannot_tell.1.starts_with("cannot tell"), "{cannot_tell:?}");
    let worked = |home: &Home| verdict(home, &[]).1.starts_with("AUTOFIX worked");
    home.config("fresh = \"clock\"");
    assert!(worked(&home));
    home.config("stamp = \"../../stamp\"");
    touched(&home.path("stamp"), ago(30));
    assert!(worked(&home));
    // The window and the two minutes that mail may be on its way are not over yet at that stamp.
    touched(&home.path("stamp"), ago(3600 - 300 - 60));
    assert_eq!(verdict(&home, &[]), cannot_tell);
    home.config("stamp = \"../../stamp\"\ngrace = \"0s\"");
    assert!(worked(&home));
    home.config("fresh = \"clock\"\n[freshness.\"~/Maildir\"]\nfresh = \"mail\"");
    assert_eq!(verdict(&home, &[]), cannot_tell);
}

#[test]
fn r11_stamp_and_clock_have_no_history() {
    let home = autofix();
    let cannot_tell = verdict(&home, &[]);
    home.config("fresh = \"clock\"\nstamp = \"../../stamp\"");
    touched(&home.path("stamp"), ago(10));
    let now = seen::clock().rfc3339();
    assert_eq!(verdict(&home, &["--as-of", &now]).0, cannot_tell.0);
    assert!(verdict(&home, &["--as-of", &now]).1.starts_with("cannot tell"));
}

#[test]
fn s009_an_archive_is_searched_never_changed_and_known_only_by_its_own_mail() {
    let home = autofix();
    fs::rename(home.maildir(), home.path("old")).unwrap();
    for part in ["old/cur", "old/tmp", "Maildir/cur", "Maildir/new", "Maildir/tmp"] {
        fs::create_dir_all(home.path(part)).unwrap();
    }
    home.config("maildirs = \"~/Maildir\"\narchives = \"~/old\"\nfresh = \"clock\"");
    assert!(verdict(&home, &[]).1.starts_with("cannot tell"), "the clock says nothing about an archive");
    home.run(&["mark", "1.autofix"]).code(3);
    assert!(home.path("old/new/1.autofix").exists());
    let other = home.run(&["--maildir", "Maildir", "list"]).success().get_output().stdout.clone();
    assert!(other.is_empty(), "who names a Maildir gets that one");
}

// ---- the sent folder -----------------------------------------------------------------------------------------------

/// A verification code two hours ago, and a mail a minute ago, so that the Maildir is known to be complete.
fn code() -> Home {
    let home = Home::with_mails(&[]);
    let to = "release+appleagent@mozilla.com";
    put(&home, "Maildir/new/1.code", "noreply@apple.com", to, "", "Your verification code", ago(7200));
    home
}

fn reply(home: &Home, name: &str, subject: &str, at: Time) {
    put(home, name, "Ann <ann@example.org>", "list@example.org", "In-Reply-To: <1.code@x>\n", subject, at);
}

fn sent_folder(home: &Home, name: &str) {
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(home.path(name).join(part)).unwrap();
    }
}

#[test]
fn r24_s147_a_reply_in_the_sent_folder_claims_and_without_one_it_is_escalated() {
    let home = code();
    let unclaimed = verdict(&home, &[]);
    assert!(unclaimed.1.starts_with("Nobody has claimed it"), "{unclaimed:?}");
    sent_folder(&home, "Sent");
    home.config("[sending]\nsent-folder = \"~/Sent\"");
    let unknown = verdict(&home, &[]);
    assert!(
        unknown.1.starts_with("cannot tell whether it is claimed"),
        "nothing is known of an empty one: {unknown:?}"
    );
    put(&home, "Sent/cur/1.old:2,S", "ann@example.org", "x@example.org", "", "lunch", ago(90_000));
    put(&home, "Sent/cur/2.late:2,S", "ann@example.org", "x@example.org", "", "supper", ago(60));
    assert_eq!(verdict(&home, &[]), unclaimed, "it is complete, and no reply lies in it");
    reply(&home, "Sent/cur/3.passed-on:2,S", "Fwd: Your verification code", ago(30));
    assert_eq!(verdict(&home, &[]), unclaimed, "to pass it on is no claim");
    reply(&home, "Sent/cur/4.reply:2,S", "Re: Your verification code", ago(20));
    assert_ne!(verdict(&home, &[]), unclaimed);
    assert_ne!(verdict(&home, &[]).0, "act");
}

#[test]
fn r24_a_sent_folder_that_is_not_fresh_proves_nothing() {
    let home = code();
    sent_folder(&home, "Sent");
    home.config("[sending]\nsent-folder = \"~/Sent\"");
    put(&home, "Sent/cur/1.old:2,S", "ann@example.org", "x@example.org", "", "lunch", ago(90_000));
    assert!(verdict(&home, &[]).1.starts_with("cannot tell"), "the sent folder is known up to yesterday");
    home.config("[sending]\nsent-folder = \"~/Sent\"\n[freshness.\"~/Sent\"]\nfresh = \"clock\"");
    assert!(verdict(&home, &[]).1.starts_with("Nobody has claimed it"));
    home.config("[sending]\nsent-folder = \"~/nowhere\"\n[freshness.\"~/nowhere\"]\nfresh = \"clock\"");
    assert!(verdict(&home, &[]).1.starts_with("cannot tell"), "one that is not there proves nothing");
}

#[test]
fn r24_a_sent_folder_in_a_maildir_is_as_fresh_as_that_one() {
    let home = code();
    sent_folder(&home, "Maildir/.Sent");
    home.config("[sending]\nsent-folder = \"~/Maildir/.Sent\"");
    put(&home, "Maildir/.Sent/cur/0.old:2,S", "ann@example.org", "x@example.org", "", "lunch", ago(90_000));
    let code = |home: &Home| {
        let output = home.run(&["list", "--json", "category:appleagent"]).success().get_output().stdout.clone();
        let list: Value = serde_json::from_slice(&output).unwrap();
        list["messages"][0]["verdict"]["headline"].as_str().unwrap().to_owned()
    };
    assert!(code(&home).starts_with("cannot tell"));
    put(&home, "Maildir/new/2.late", "cron@build1.example.org", "x@example.org", "", "late", ago(60));
    assert!(code(&home).starts_with("Nobody has claimed it"));
}

#[test]
fn the_sent_folder_is_read_again_only_where_it_changed() {
    let home = code();
    sent_folder(&home, "Sent");
    let mut reader = sent::Reader::new(&home.path("Sent"), &[home.maildir()]);
    // A stamp is trusted once the folder has stood still for a while, which a new one has not.
    let first = reader.read().unwrap();
    assert_eq!((first.replies.len(), first.since), (0, None));
    reply(&home, "Sent/cur/1.reply:2,S", "Re: Your verification code", Time(1_385_042_821));
    let found = reader.read().unwrap();
    assert_eq!(found.since, Some(Time(1_385_042_821)));
    assert_eq!(found.mails, [Time(1_385_042_821)]);
    assert_eq!((found.replies[0].by.as_str(), &found.replies[0].to[..]), ("Ann", &["1.code@x".to_owned()][..]));
    fs::remove_dir_all(home.path("Sent")).unwrap();
    let lost = reader.read().unwrap();
    assert_eq!((lost.since, lost.replies.len()), (None, 0), "a folder that is away is known for no time at all");
    assert_eq!(reader.read(), None);
}
