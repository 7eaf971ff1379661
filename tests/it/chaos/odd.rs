//! What else may lie in the way: rests in `tmp` (C13), files of other users in the outbox (C55), too few descriptors
//! (C03), a Maildir that goes away while it is shown (C14).

use super::dutybox;
use super::mounts::{Mounts, Said};
use crate::mails::{have, program, proof, skipped};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// A Maildir of three mails with an archive, and room for the state.
struct Home {
    _keep: tempfile::TempDir,
    root: PathBuf,
}

impl Home {
    fn new(config: &str) -> Home {
        let keep = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(keep.path()).unwrap();
        let home = Home { _keep: keep, root };
        for folder in ["mail", "mail/.Archive"] {
            home.folder(folder);
        }
        for (name, subject) in
            [("cur/1000.M1P1.h:2,", "one"), ("new/1001.M2P1.h", "two"), ("cur/1002.M3P1.h:2,Sa", "three")]
        {
            let text =
                format!("From: cron@example.org\nSubject: {subject}\nMessage-ID: <{subject}@example.org>\n\nbody\n");
            fs::write(home.at("mail").join(name), text).unwrap();
        }
        let start = "own = [\"duty@example.org\"]\nme = \"ann\"\narchive-folder = \"Archive\"\n";
        fs::write(home.at("config.toml"), format!("{start}{config}")).unwrap();
        home
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn folder(&self, name: &str) {
        for place in ["cur", "new", "tmp"] {
            fs::create_dir_all(self.at(name).join(place)).unwrap();
        }
    }

    fn command(&self) -> Command {
        let mut command = dutybox(&self.at("state"), &self.at("config.toml"), &[self.at("mail")]);
        command.env("PATH", "/usr/bin:/bin");
        command
    }

    fn run(&self, words: &[&str]) -> Said {
        Said::of(&self.command().args(words).output().unwrap(), words)
    }

    /// Name and bytes of all mails.
    fn mails(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let places = ["mail/new", "mail/cur", "mail/.Archive/new", "mail/.Archive/cur"];
        let entries = places.iter().flat_map(|place| fs::read_dir(self.at(place)).unwrap());
        entries.map(|entry| entry.unwrap().path()).map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    fn contents(&self) -> Vec<Vec<u8>> {
        let mut all: Vec<_> = self.mails().into_values().collect();
        all.sort();
        all
    }
}

/// All that can be known of what lies in a folder, without touching it.
fn facts(folder: &Path) -> BTreeMap<PathBuf, (u64, u32, u64, i64, i64)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let fact = |path: &Path| {
        let meta = fs::symlink_metadata(path).unwrap();
        (meta.ino(), meta.mode(), meta.size(), meta.mtime(), meta.ctime())
    };
    entries.map(|path| (path.clone(), fact(&path))).collect()
}

/// Nothing that lies in the `tmp` of a Maildir is ever ours to remove, however old it is.
#[test]
fn c13_what_others_left_in_tmp_stays_there_whatever_its_age() {
    let home = Home::new("");
    let tmp = home.at("mail/tmp");
    let now = SystemTime::now();
    for (name, hours, read) in
        [("35h", 35, 35), ("37h", 37, 37), ("37h-read", 37, 0), ("year", 9_000, 9_000), ("now", 0, 0)]
    {
        let path = tmp.join(format!("1000.M1P1.{name}"));
        fs::write(&path, name).unwrap();
        let at = |hours: u64| now - Duration::from_secs(hours * 3600);
        let times = fs::FileTimes::new().set_modified(at(hours)).set_accessed(at(read));
        fs::File::open(&path).unwrap().set_times(times).unwrap();
    }
    // As our own are called: of another machine, or of a run that goes on.
    fs::write(tmp.join("1385044860.M1P0Q7R00000000000000ff.moved"), "half a ma").unwrap();
    fs::create_dir(tmp.join("folder")).unwrap();
    symlink("/etc/passwd", tmp.join("link")).unwrap();
    let before = facts(&tmp);
    for words in [
        &["list"][..],
        &["--read-only", "list"],
        &["mark", "1000.M1P1.h"],
        &["archive", "1002.M3P1.h"],
        &["undo"],
        &["forward", "1001.M2P1.h", "--to", "a@example.net", "--yes"],
        &["synced"],
    ] {
        assert_eq!(home.run(words).code, 0, "{words:?}");
        assert_eq!(facts(&tmp), before, "{words:?}");
    }
}

/// In the outbox nobody else delivers: what a killed run left half written there goes, and nothing else.
#[test]
fn c13_what_a_killed_run_left_in_the_outbox_goes_at_the_next_start() {
    let home = Home::new("");
    assert_eq!(home.run(&["forward", "1001.M2P1.h", "--to", "a@example.net", "--yes"]).code, 0);
    let (tmp, new) = (home.at("state/outbox/tmp"), home.at("state/outbox/new"));
    fs::write(tmp.join("1000.M1P1Q1R1.h"), "X-Dutybox-Outbox: 1\nhalf a ma").unwrap();
    fs::create_dir(tmp.join("folder")).unwrap();
    symlink("/etc/passwd", tmp.join("link")).unwrap();
    let waiting = facts(&new);
    let left = || facts(&tmp).into_keys().map(|path| path.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    for words in [&["list"][..], &["outbox"], &["journal"], &["--read-only", "list"]] {
        assert_eq!(home.run(words).code, 0, "{words:?}");
        assert_eq!(left().len(), 3, "looking removes nothing: {words:?}");
    }
    assert_eq!(home.run(&["mark", "1000.M1P1.h"]).code, 0);
    assert_eq!(left(), ["folder", "link"]);
    assert_eq!(facts(&new), waiting);
}

#[test]
fn c55_a_mail_in_the_outbox_that_another_user_owns_is_shown_and_never_sent() {
    let what = "files of other users in the outbox";
    if !rustix::process::geteuid().is_root() {
        return skipped(what, "only root can make them");
    }
    let home = Home::new("");
    for base in ["1000.M1P1.h", "1001.M2P1.h"] {
        assert_eq!(home.run(&["forward", base, "--to", "a@example.net", "--yes"]).code, 0);
    }
    let sendmail = home.at("sendmail");
    fs::write(&sendmail, format!("#!/bin/sh\ncat >>'{}'\n", home.at("sent").display())).unwrap();
    fs::set_permissions(&sendmail, fs::Permissions::from_mode(0o755)).unwrap();
    let config = fs::read_to_string(home.at("config.toml")).unwrap();
    fs::write(home.at("config.toml"), format!("{config}[sending]\nsendmail = \"{}\"\n", sendmail.display())).unwrap();
    let mut files: Vec<PathBuf> = facts(&home.at("state/outbox/new")).into_keys().collect();
    files.sort();
    let text = fs::read_to_string(&files[0]).unwrap();
    let subject = text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().to_owned();
    chown(&files[0], Some(65_534), None).unwrap();

    let listed = home.run(&["outbox"]);
    assert!(listed.out.contains("belongs to another user"), "{listed:?}");
    let said = home.run(&["outbox", "send"]);
    assert_eq!(said.code, 1, "one is left: {said:?}");
    let sent = fs::read_to_string(home.at("sent")).unwrap();
    assert!(!sent.contains(&subject) && sent.matches("Message-ID: ").count() == 2, "the other went, alone: {sent}");
    // Asked for by its number it is refused as well; it can be dropped.
    let id = files[0].file_name().unwrap().to_str().unwrap();
    let said = home.run(&["outbox", "send", id, "--yes"]);
    assert!(said.code == 1 && said.err.contains("belongs to another user"), "{said:?}");
    assert!(files[0].exists());
    assert_eq!(fs::read_to_string(home.at("sent")).unwrap(), sent);
    assert_eq!(home.run(&["outbox", "drop", id]).code, 0);
    assert!(!files[0].exists());

    // The other way round: a user of their own, and a mail that root left there.
    if !have("setpriv", what) {
        return;
    }
    assert_eq!(home.run(&["forward", "1002.M3P1.h", "--to", "a@example.net", "--yes"]).code, 0);
    fs::remove_file(home.at("sent")).unwrap();
    assert_eq!(facts(&home.at("state/outbox/new")).len(), 0, "it is sent at once");
    let home = Home::new("");
    assert_eq!(home.run(&["forward", "1002.M3P1.h", "--to", "a@example.net", "--yes"]).code, 0);
    fs::set_permissions(&home.root, fs::Permissions::from_mode(0o755)).unwrap();
    for path in [
        "state",
        "state/outbox",
        "state/outbox/new",
        "state/outbox/cur",
        "state/outbox/tmp",
        "state/state.db",
        "state/state.lock",
    ] {
        chown(home.at(path), Some(65_534), Some(65_534)).unwrap();
    }
    let copy = home.at("dutybox");
    fs::copy(program(), &copy).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]).arg(copy);
    command.arg("--state-dir").arg(home.at("state")).arg("--config").arg(home.at("config.toml"));
    let said = Said::of(&command.arg("--maildir").arg(home.at("mail")).arg("outbox").output().unwrap(), &["outbox"]);
    assert!(said.out.contains("another user") || said.out.contains("Permission denied"), "{said:?}");
}

/// With too few descriptors for anything from starting to the last sync: done and said so, or not done and said why.
#[test]
fn c03_with_too_few_descriptors_an_act_is_done_or_not_and_says_which() {
    let home = Home::new("");
    let before = home.contents();
    assert_eq!(home.run(&["note", "1000.M1P1.h", "--text", "x"]).code, 0);
    let (mut refused, mut done) = (0, 0);
    let step = if proof() { 1 } else { 3 };
    for limit in (5..=26).step_by(step) {
        for words in [
            &["mark", "1000.M1P1.h"][..],
            &["unmark", "1000.M1P1.h"],
            &["move", "1002.M3P1.h", "--to", "Archive"],
            &["undo"],
            &["forward", "1001.M2P1.h", "--to", "a@example.net", "--yes"],
            &["undo"],
        ] {
            let (mails, waiting) = (home.mails(), home.outbox());
            let script = format!("ulimit -n {limit} && exec \"$0\" \"$@\"");
            let plain = home.command();
            let mut command = Command::new("bash");
            command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
            command.args(["-c", &script]).arg(plain.get_program()).args(plain.get_args()).args(words);
            let output = command.output().unwrap();
            let what = format!("{words:?} with {limit} descriptors: {output:?}");
            // Where not even its libraries can be opened, it is not ours that speaks.
            let loaded = !String::from_utf8_lossy(&output.stderr).contains("error while loading shared libraries");
            let said = Said::of(&output, words);
            assert!(home.contents() == before, "{what}");
            // What was begun is completed by the next start.
            let next = home.run(&["mark", "--query", "subject:nobodywrotethis"]);
            assert!(next.code == 0 && next.err.is_empty(), "{what}: {next:?}");
            assert!(home.contents() == before, "{what}");
            let changed = (home.mails(), home.outbox()) != (mails, waiting);
            if said.code == 0 {
                done += 1;
                continue;
            }
            refused += 1;
            assert!(!said.err.is_empty(), "{what}");
            assert!(!loaded || !changed || said.err.contains("but ") || said.err.contains("not surely"), "{what}");
            // As it should be for the next.
            if !changed {
                let again = home.run(words);
                assert!(again.code == 0, "it works when there are descriptors: {again:?}, {what}");
            }
        }
    }
    assert!(refused > 5 && done > 5, "{refused} refused, {done} done");
}

impl Home {
    fn outbox(&self) -> Vec<PathBuf> {
        let mut all: Vec<_> = fs::read_dir(self.at("state/outbox/new"))
            .map_or_else(|_| Vec::new(), |all| all.map(|e| e.unwrap().path()).collect());
        all.sort();
        all
    }
}

/// A Maildir that is unmounted while it is open, and comes back.
#[test]
fn c14_a_maildir_that_is_unmounted_while_it_is_shown_is_missed_and_comes_back() {
    let what = "a Maildir that is unmounted while it is open";
    let Some(mounts) = Mounts::new(what) else { return };
    let home = mounts.outside(&mounts.root());
    for place in ["store/cur", "store/new", "store/tmp", "mail"] {
        fs::create_dir_all(home.join(place)).unwrap();
    }
    let mail = home.join("store/cur/1000.M1P1.h:2,S");
    fs::write(&mail, "From: cron@example.org\nSubject: the only one\nMessage-ID: <1@x>\n\nits text\n").unwrap();
    fs::write(home.join("config.toml"), "me = \"ann\"\n").unwrap();
    let mount = || mounts.sh("mount --bind store mail");
    mount();

    let mut term = mounts.screen("state", "mail");
    term.wait_text("the only one");
    term.send("mm");
    term.wait_text("marked: 1 message");
    assert!(home.join("store/cur/1000.M1P1.h:2,FS").exists());

    mounts.sh("umount -l mail");
    term.wait_text("cannot read mail");
    term.send("mm");
    term.wait_text("nothing done");
    assert!(term.text().contains("the only one"), "it is missed, not taken for deleted:\n{}", term.text());
    let list = mounts.run("state", "mail", &["list"]);
    assert_eq!(list.code, 3, "not an empty list: {list:?}");
    let act = mounts.run("state", "mail", &["mark", "1000.M1P1.h"]);
    assert_eq!(act.code, 3, "{act:?}");

    mount();
    term.wait("it to be read again", |screen| !screen.contents().contains("cannot read mail"));
    assert!(home.join("store/cur/1000.M1P1.h:2,FS").exists(), "what was refused is not done later");
    term.send("mm");
    term.wait("the mark to go", |_| home.join("store/cur/1000.M1P1.h:2,S").exists());
    term.send("Q");
    term.ended_clean();
    let journal = mounts.run("state", "mail", &["journal"]);
    assert_eq!(journal.out.lines().count(), 2, "{journal:?}");
}
