//! C05: a disk that is really full, or has no inode left, under the Maildir or under the journal. C06: a Maildir or a
//! state folder that is mounted for reading only. The mails stay as they are, what cannot be done is said with its cause,
//! and all works again when there is room.

use super::mounts::{Mounts, Said};
use crate::mails::proof;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a Maildir of three mails, with an archive and a folder of the same Maildir that is not mounted.
fn maildir(at: &Path) {
    for folder in ["", ".Archive"] {
        for place in ["cur", "new", "tmp"] {
            fs::create_dir_all(at.join(folder).join(place)).unwrap();
        }
    }
    for (name, subject) in
        [("cur/1000.M1P1.h:2,", "one"), ("new/1001.M2P1.h", "two"), ("cur/1002.M3P1.h:2,Sa", "three")]
    {
        let text = format!(
            "From: cron@example.org\nTo: oncall@example.org\nSubject: {subject}\nMessage-ID: <{subject}@example.org>\n\n\
             body of {subject}\n{}",
            "0123456789\n".repeat(2_000)
        );
        fs::write(at.join(name), text).unwrap();
    }
}

/// Two folders of a namespace, `mail` and `far`, and one for the state; one of them may be a small file system.
struct Place {
    mounts: Mounts,
    before: Vec<Vec<u8>>,
}

impl Place {
    /// `small`: the folder that gets a file system of its own, with these options.
    fn new(what: &str, small: &str, options: &str) -> Option<Place> {
        let mounts = Mounts::new(what)?;
        mounts.sh(&format!(
            "mkdir mail far state && chmod 700 state && mount -t tmpfs -o mode=700,{options} small {small}"
        ));
        let place = Place { mounts, before: Vec::new() };
        let config = "own = [\"duty@example.org\"]\nme = \"ann\"\narchive-folder = \"Archive\"\n";
        fs::write(place.at("config.toml"), config).unwrap();
        maildir(&place.at("mail"));
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(place.at("far").join(part)).unwrap();
        }
        let before = place.contents();
        Some(Place { before, ..place })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.mounts.outside(&self.mounts.root()).join(name)
    }

    fn run(&self, words: &[&str]) -> Said {
        self.mounts.run("state", "mail", words)
    }

    /// All files in `new` and `cur`, by path.
    fn mails(&self) -> BTreeMap<String, Vec<u8>> {
        let mut mails = BTreeMap::new();
        for folder in ["mail", "mail/.Archive", "far"] {
            for place in ["new", "cur"] {
                for entry in fs::read_dir(self.at(folder).join(place)).unwrap() {
                    let name = entry.unwrap().file_name().into_string().unwrap();
                    let path = format!("{folder}/{place}/{name}");
                    mails.insert(path.clone(), fs::read(self.at(&path)).unwrap());
                }
            }
        }
        mails
    }

    fn contents(&self) -> Vec<Vec<u8>> {
        let mut all: Vec<Vec<u8>> = self.mails().into_values().collect();
        all.sort();
        all
    }

    fn has(&self, path: &str) -> bool {
        self.at(path).exists()
    }

    /// Fills the small file system, so that so many bytes are left, in whole pages.
    fn fill(&self, small: &str, left: usize) {
        self.mounts.sh(&format!("cat /dev/zero >{small}/filler 2>/dev/null; truncate -s -{left} {small}/filler; true"));
    }

    fn make_room(&self, small: &str) {
        fs::remove_file(self.at(small).join("filler")).unwrap();
    }

    /// Every mail is there once and whole, and nothing is left in `tmp`.
    fn judge(&self, what: &str) {
        assert!(self.contents() == self.before, "{what}: {:?}", self.mails().keys());
        for folder in ["mail", "mail/.Archive", "far"] {
            let rests: Vec<_> = fs::read_dir(self.at(folder).join("tmp")).unwrap().collect();
            assert!(rests.is_empty(), "{what}: {rests:?}");
        }
    }

    /// The acts that the journal holds, oldest first: word, and whether all of it was done.
    fn acts(&self) -> Vec<(String, bool)> {
        let said = self.run(&["journal", "--json"]);
        assert_eq!(said.code, 0, "{said:?}");
        let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        let done =
            |act: &serde_json::Value| act["messages"].as_array().unwrap().iter().all(|one| one["failed"].is_null());
        let acts = document["acts"].as_array().unwrap().iter();
        acts.rev().map(|act| (act["deed"].as_str().unwrap().to_owned(), done(act))).collect()
    }
}

/// An act was refused in words that name the cause.
fn refused(said: &Said, causes: &[&str]) {
    assert_eq!(said.code, 3, "{said:?}");
    assert!(causes.iter().any(|cause| said.err.contains(cause)), "{said:?}");
}

#[test]
fn c05_on_a_full_disk_flags_still_change_and_moves_into_it_fail_before_the_mail_is_touched() {
    let Some(place) = Place::new("a Maildir on a full disk", "mail", "size=4m") else { return };
    fs::write(place.at("far/cur/1003.M4P1.h:2,S"), format!("From: a@example.org\n\n{}", "x".repeat(50_000))).unwrap();
    let place = Place { before: place.contents(), ..place };
    place.fill("mail", 0);
    assert!(fs::write(place.at("mail/probe"), "x".repeat(5_000)).is_err(), "it is full");
    fs::remove_file(place.at("mail/probe")).unwrap();
    // A name takes no room.
    assert_eq!(place.run(&["mark", "1000.M1P1.h"]).code, 0);
    assert!(place.has("mail/cur/1000.M1P1.h:2,F"));
    assert_eq!(place.run(&["archive", "1002.M3P1.h"]).code, 0);
    place.judge("marked and archived");
    let far = place.mounts.root().join("far").display().to_string();
    let here = place.mounts.root().join("mail").display().to_string();
    let into =
        |place: &Place| place.mounts.run("state", "far", &["--maildir", &here, "move", "1003.M4P1.h", "--to", &here]);
    refused(&into(&place), &["No space left on device"]);
    assert!(place.has("far/cur/1003.M4P1.h:2,S"));
    place.judge("moved into it");
    // Out of it there is room.
    assert_eq!(place.run(&["--maildir", &far, "move", "1001.M2P1.h", "--to", &far]).code, 0);
    place.judge("moved out of it");
    assert_eq!(place.run(&["list"]).code, 0);
    place.make_room("mail");
    assert_eq!(into(&place).code, 0);
    place.judge("moved when there was room");
    let words = ["mark", "archive", "move", "move", "move"].map(str::to_owned);
    assert_eq!(place.acts().into_iter().map(|(word, _)| word).collect::<Vec<_>>(), words);
}

#[test]
fn c05_without_an_inode_left_nothing_is_moved_and_nothing_lost() {
    let Some(place) = Place::new("a Maildir without inodes", "mail", "size=4m,nr_inodes=40") else { return };
    place.mounts.sh("mkdir mail/filler && i=0; while touch mail/filler/$i; do i=$((i + 1)); done 2>/dev/null; true");
    assert!(fs::write(place.at("mail/probe"), "").is_err(), "it is full");
    assert_eq!(place.run(&["mark", "1000.M1P1.h"]).code, 0);
    assert!(place.has("mail/cur/1000.M1P1.h:2,F"));
    // On tmpfs a second name takes an inode too.
    refused(&place.run(&["archive", "1002.M3P1.h"]), &["No space left on device"]);
    assert!(place.has("mail/cur/1002.M3P1.h:2,Sa"));
    place.judge("archived");
    fs::remove_dir_all(place.at("mail/filler")).unwrap();
    assert_eq!(place.run(&["archive", "1002.M3P1.h"]).code, 0);
    place.judge("archived when there was room");
    assert_eq!(place.acts(), [("mark", true), ("archive", false), ("archive", true)].map(|(w, d)| (w.to_owned(), d)));
}

/// Whatever room is left for the journal: an act is done and in it, or refused and in neither.
#[test]
fn c05_without_room_for_the_journal_nothing_is_done_and_it_says_so() {
    let Some(place) = Place::new("a journal on a full disk", "state", "size=4m") else { return };
    let mut acts = vec![("mark".to_owned(), true)];
    assert_eq!(place.run(&["mark", "1000.M1P1.h"]).code, 0);
    assert!(place.has("mail/cur/1000.M1P1.h:2,F"));
    let (mut done, mut not) = (0, 0);
    let few = [0, 1, 7, 8, 10, 11, 12, 13, 14, 16, 64];
    let all: Vec<usize> = (0..=16).chain([20, 24, 32, 48, 64, 96, 128, 256]).collect();
    for pages in if proof() { all } else { few.to_vec() } {
        place.fill("state", pages * 4096);
        let word = if place.has("mail/cur/1000.M1P1.h:2,F") { "unmark" } else { "mark" };
        let names = place.mails();
        let said = place.run(&[word, "1000.M1P1.h"]);
        let what = format!("{word} with {pages} pages left: {said:?}");
        if said.code == 0 {
            acts.push((word.to_owned(), true));
            done += 1;
        } else if place.mails() == names {
            refused(&said, &["perhaps the disk is full: df -h"]);
            not += 1;
        } else {
            // It is done and said to be; only its outcome could not be written down.
            assert!(said.err.contains("done, but"), "{what}");
            acts.push((word.to_owned(), true));
            done += 1;
        }
        let forwarded = place.run(&["forward", "1002.M3P1.h", "--to", "hwine@example.net", "--yes"]);
        // Looking needs no room.
        assert_eq!(place.run(&["list"]).code, 0, "{what}");
        assert_eq!(place.run(&["--read-only", "list"]).code, 0, "{what}");
        place.make_room("state");
        let waiting = fs::read_dir(place.at("state/outbox/new")).unwrap().count();
        assert_eq!(waiting, usize::from(forwarded.code == 0), "{what}: {forwarded:?}");
        // The next start completes what could not be written down, and finds the journal as it was.
        let next = place.run(&["mark", "--query", "subject:nobodywrotethis"]);
        assert!(next.code == 0 && next.err.is_empty(), "{what}: {next:?}");
        assert_eq!(fs::read_dir(place.at("state/outbox/tmp")).unwrap().count(), 0, "{what}");
        if forwarded.code == 0 {
            assert_eq!(place.run(&["undo"]).code, 0);
        }
        let told: Vec<_> = place.acts().into_iter().filter(|(word, _)| word.ends_with("mark")).collect();
        assert_eq!(told, acts, "{what}");
        place.judge(&what);
    }
    assert!(done > 0 && not > 0, "{done} done, {not} refused");
    let names: Vec<String> = fs::read_dir(place.at("state"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|name| !name.contains("bad")), "a full disk is no damage: {names:?}");
}

#[test]
fn c05_the_screen_lives_on_a_full_disk() {
    let Some(place) = Place::new("the screen on a full disk", "state", "size=4m") else { return };
    assert_eq!(place.run(&["mark", "1000.M1P1.h"]).code, 0);
    let mut term = place.mounts.screen("state", "mail");
    term.wait_text("three");
    place.fill("state", 0);
    term.send("ggmm");
    term.wait_text("nothing was changed");
    // It goes on.
    term.send("G?");
    term.wait_text("Keys");
    term.send("\x1b");
    term.wait("help to go", |screen| !screen.contents().contains("Keys"));
    place.make_room("state");
    term.send("mm");
    term.wait("the mark to go", |_| place.has("mail/cur/1000.M1P1.h:2,"));
    term.send("Q");
    term.ended_clean();
    assert_eq!(place.acts().len(), 2);
    place.judge("by keys");
}

#[test]
fn c06_a_maildir_mounted_for_reading_is_shown_and_each_act_is_refused_once() {
    let Some(place) = Place::new("a Maildir mounted for reading", "far", "size=4m") else { return };
    place.mounts.sh("mount --bind mail mail && mount -o remount,bind,ro mail");
    assert!(fs::write(place.at("mail/probe"), "x").is_err(), "it is read-only");
    let listed = place.run(&["list"]);
    assert!(listed.code == 0 && ["one", "two", "three"].iter().all(|word| listed.out.contains(word)), "{listed:?}");
    assert_eq!(place.run(&["show", "1000.M1P1.h"]).code, 0);
    let names = place.mails();
    for word in ["mark", "trash", "archive"] {
        let said = place.run(&[word, "1000.M1P1.h", "1001.M2P1.h", "1002.M3P1.h"]);
        refused(&said, &["read-only", "Read-only"]);
        assert_eq!(said.err.lines().filter(|line| line.to_lowercase().contains("read-only")).count(), 1, "{said:?}");
    }
    // What is only told is told.
    assert_eq!(place.run(&["note", "1000.M1P1.h", "--text", "seen"]).code, 0);
    assert_eq!(place.mails(), names);
    place.mounts.sh("mount -o remount,bind,rw mail");
    assert_eq!(place.run(&["mark", "1000.M1P1.h"]).code, 0);
    place.judge("when it could be written");
}

#[test]
fn c06_a_state_folder_mounted_for_reading_lets_look_and_nothing_more() {
    let Some(place) = Place::new("a state folder mounted for reading", "far", "size=4m") else { return };
    assert_eq!(place.run(&["note", "1000.M1P1.h", "--text", "seen"]).code, 0);
    place.mounts.sh("mount --bind state state && mount -o remount,bind,ro state");
    let listed = place.run(&["list"]);
    assert!(listed.code == 0 && listed.out.contains("three"), "{listed:?}");
    assert_eq!(place.acts().len(), 1);
    let names = place.mails();
    refused(&place.run(&["mark", "1000.M1P1.h"]), &["Read-only", "read-only", "readonly"]);
    assert_eq!(place.mails(), names);
    place.mounts.sh("mount -o remount,bind,rw state");
    assert_eq!(place.run(&["mark", "1000.M1P1.h"]).code, 0);
    assert_eq!(place.acts().len(), 2);
    place.judge("when it could be written");
}
