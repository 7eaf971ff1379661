//! `dutybox replay`: the changes up to a time, one after the other, give what `--as-of` that time says.

use crate::home::{AT, Home, files, valid};
use dutybox::mail::Time;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Call, case and whether it is known, by id.
type Said = BTreeMap<String, (Value, Value, Value)>;

fn said(judged: &Value) -> (Value, Value, Value) {
    (judged["call"].clone(), judged["case"].clone(), judged["known"].clone())
}

fn document(home: &Home, args: &[&str]) -> Value {
    let output = home.command().args(args).arg("--json").assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).expect("one JSON document")
}

/// What the list says as of a time.
fn listed(home: &Home, more: &[&str], at: &str) -> Said {
    let list = document(home, &[more, &["--as-of", at, "list"]].concat());
    let messages = list["messages"].as_array().unwrap();
    messages.iter().map(|message| (message["id"].as_str().unwrap().to_string(), said(&message["verdict"]))).collect()
}

/// Holds a replay against the list, at its start, at its end, and at the times of some of its changes and just before
/// them; gives the replay.
fn holds(home: &Home, more: &[&str], from: &str, to: &str) -> Vec<Value> {
    let replay = document(home, &[more, &["replay", "--from", from, "--to", to]].concat());
    valid("replay.json", &replay);
    let changes = replay["changes"].as_array().unwrap().clone();
    let times: Vec<&str> = changes.iter().map(|change| change["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted());
    assert!(!times.is_empty());
    let mut state = listed(home, more, from);
    let before = |time: &str| Time(Time::from_rfc3339(time).unwrap().0 - 1).rfc3339();
    let mut next = 0;
    let mut looks: Vec<String> = times.iter().step_by(times.len() / 6 + 1).map(|time| (*time).to_string()).collect();
    looks.extend(looks.clone().iter().map(|time| before(time)).filter(|time| time.as_str() >= from));
    looks.push(to.to_string());
    looks.sort();
    for look in looks {
        while let Some(change) = changes.get(next).filter(|change| change["at"].as_str().unwrap() <= look.as_str()) {
            let id = change["id"].as_str().unwrap().to_string();
            let old = state.insert(id, said(&change["new"]));
            assert_eq!(old, change["old"].as_object().map(|_| said(&change["old"])), "{change}");
            next += 1;
        }
        assert_eq!(state, listed(home, more, &look), "as of {look}");
    }
    assert_eq!(next, changes.len());
    changes
}

#[test]
fn a_replay_of_the_demo_says_what_as_of_says() {
    let home = Home::with_demo();
    let changes = holds(&home, &[], "2013-11-18T00:00:00Z", AT);
    let kinds = |kind: &str| changes.iter().filter(|change| change["why"][0]["kind"] == kind).count();
    for kind in ["received", "arrival", "fresh", "time"] {
        assert!(kinds(kind) > 0, "{kind} changes nothing");
    }
    // The point of the whole: it waited, a second mail from the same host came, it is a page.
    let failed = changes.iter().find(|change| {
        change["old"]["call"] == "wait" && change["new"]["case"] == "autofix-failed" && change["new"]["call"] == "page"
    });
    assert_eq!(failed.expect("a wait became a page")["why"][0]["kind"], "arrival");
}

#[test]
fn a_replay_knows_what_was_told_and_when() {
    let home = Home::with_demo();
    let tell =
        |at: &str, args: &[&str]| home.command().args(["--as-of", at, "--backdate"]).args(args).assert().success();
    tell("2013-11-21T12:30:00Z", &["switch", "release", "yes", "--since", "12:00"]);
    tell("2013-11-21T13:20:00Z", &["expect", "adhoc-signing", "--from", "13:00", "--to", "15:00"]);
    let major = home.one("kind:major");
    tell("2013-11-21T14:20:00Z", &["resolve", &major, "--at", "13:30"]);
    tell("2013-11-21T14:30:00Z", &["undo"]);
    tell("2013-11-21T14:40:00Z", &["synced"]);
    let changes = holds(&home, &[], "2013-11-21T12:00:00Z", AT);
    let told: Vec<&Value> = changes.iter().filter(|change| change["why"][0]["kind"] == "told").collect();
    assert!(told.iter().any(|change| change["category"] == "release-runner" && change["why"][0]["act"] == 1));
    let straggler: Vec<(&Value, &Value)> = told
        .iter()
        .filter(|change| change["id"] == major.as_str())
        .map(|change| (&change["old"]["case"], &change["new"]["case"]))
        .collect();
    assert_eq!(straggler.len(), 2, "resolved, and taken back: {straggler:?}");
    assert_eq!(straggler[0], (straggler[1].1, straggler[1].0));
}

#[test]
fn a_replay_of_a_mailbox_that_is_said_to_be_complete_proves_silence() {
    let home = Home::with_demo();
    let changes = holds(&home, &["--fresh-until", AT], "2013-11-21T12:00:00Z", AT);
    assert!(changes.iter().all(|change| change["new"]["known"] == true), "nothing cannot be told");
}

#[test]
fn a_replay_of_the_samples_says_what_as_of_says() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mails");
    let mut mails: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            mails.push((format!("cur/{name}:2,"), std::fs::read(&path).unwrap()));
        }
    }
    let borrowed: Vec<(&str, &[u8])> = mails.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let home = Home::with_mails(&borrowed);
    assert!(files(&home.maildir()).len() > 20);
    holds(&home, &[], "2010-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
}

#[test]
fn a_replay_shows_only_what_is_asked_for() {
    let home = Home::with_demo();
    let all = ["--as-of", AT, "replay", "--from", "2013-11-21T12:00:00Z"];
    let some = document(&home, &[&all[..], &["category:vcs2vcs"]].concat());
    let changes = some["changes"].as_array().unwrap();
    assert!(!changes.is_empty() && changes.iter().all(|change| change["category"] == "vcs2vcs"));
    let output = home.command().args(all).args(["kind:autofix"]).assert().success().get_output().stdout.clone();
    let text = String::from_utf8(output).unwrap();
    assert!(text.contains("wait autofix-worked → page autofix-failed"), "{text}");
    home.command()
        .args(["replay", "--from", AT, "--to", "2013-11-21T12:00:00Z"])
        .assert()
        .code(2)
        .stderr(predicates::str::contains("lies after"));
}
