//! C19: mail that is moved between folders which mbsync keeps in step with a Dovecot; and the server for it.

use super::kit::{Found, Home, assert_each_once, census, deliver, text};
use crate::mails::{self, have, skipped};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const IMAP: &str = "/usr/lib/dovecot/imap";

/// A Dovecot over a Maildir of its own, that mbsync speaks to through a pipe: no port, no login, no daemon.
pub struct Server {
    pub root: PathBuf,
    /// Who it runs as: it refuses to serve root.
    user: u32,
}

impl Server {
    /// `None`, and said, where one of the two is missing.
    pub fn new(home: &Home, what: &str) -> Option<Server> {
        if !have("mbsync", what) {
            return None;
        }
        if !Path::new(IMAP).is_file() {
            skipped(what, "the IMAP server of Dovecot is not installed");
            return None;
        }
        let us = rustix::process::geteuid().as_raw();
        let user = if us == 0 { 65_534 } else { us };
        let server = Server { root: home.path("server"), user };
        mails::empty_maildir(&server.root);
        for path in ["", "cur", "new", "tmp"] {
            server.hand_over(&server.root.join(path));
        }
        fs::set_permissions(&home.root, fs::Permissions::from_mode(0o711)).unwrap();
        let root = home.root.display();
        let config = format!(
            "base_dir = {root}/run\nstate_dir = {root}/run\nmail_location = maildir:{root}/server\nssl = no\n\
             protocols = imap\nfirst_valid_uid = 0\nfirst_valid_gid = 0\nmail_uid = {user}\nmail_gid = {user}\n\
             default_login_user = nobody\ndefault_internal_user = nobody\n"
        );
        fs::write(home.path("dovecot.conf"), config).unwrap();
        let become_user = format!("setpriv --reuid {user} --regid {user} --clear-groups ");
        let become_user = if us == 0 { become_user } else { String::new() };
        let tunnel = format!(
            "#!/bin/sh\nUSER=duty HOME={root}/server exec {become_user}{IMAP} -c {root}/dovecot.conf 2>>{root}/dovecot.log\n"
        );
        fs::write(home.path("tunnel"), tunnel).unwrap();
        fs::set_permissions(home.path("tunnel"), fs::Permissions::from_mode(0o755)).unwrap();
        let config = format!(
            "IMAPStore far\nTunnel \"{root}/tunnel\"\nTimeout 0\n\nMaildirStore near\nInbox {root}/mail\nSubFolders Maildir++\n\n\
             Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Far\nSyncState *\n"
        );
        fs::write(home.path("mbsyncrc"), config).unwrap();
        Some(server)
    }

    fn hand_over(&self, path: &Path) {
        std::os::unix::fs::chown(path, Some(self.user), Some(self.user)).unwrap();
    }

    /// Mail that arrives there.
    pub fn deliver(&self, number: usize, subject: &str) {
        let name = format!("{}.M{number}P2.server", 1_700_000_000 + number);
        let own = self.root.join("tmp").join(format!("{name}.own"));
        super::kit::write(&own, &text(number, subject));
        self.hand_over(&own);
        fs::rename(own, self.root.join("new").join(name)).unwrap();
    }

    /// Which UID each mail of a folder has, by its name on the server.
    fn uids(&self, folder: &str) -> BTreeMap<String, String> {
        let list = fs::read_to_string(self.root.join(folder).join("dovecot-uidlist")).unwrap_or_default();
        let line = |line: &str| {
            let (uid, name) = line.split_once(" :")?;
            Some((name.split(':').next()?.to_owned(), uid.split(' ').next()?.to_owned()))
        };
        list.lines().skip(1).filter_map(line).collect()
    }
}

/// Runs mbsync once: what it said, and whether all went well by its own word.
pub fn mbsync(home: &Home) -> (bool, String) {
    let config = home.path("mbsyncrc").to_string_lossy().into_owned();
    let output = home.other("mbsync").args(["-c", &config, "-a"]).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn in_step(home: &Home) {
    let (well, said) = mbsync(home);
    assert!(well && !said.contains("error") && !said.contains("duplicate"), "{said}");
}

/// Every file on both sides, with the UID that the server gave it there: by folder, base name and flags, as the server
/// moves files from `new` to `cur` by itself.
fn both(home: &Home, server: &Server) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (side, root) in [("near", &home.mail()), ("far", &server.root)] {
        for found in census(root).into_values().flatten() {
            let uids = if side == "far" { server.uids(&found.folder) } else { BTreeMap::new() };
            let uid = uids.get(found.base()).cloned().unwrap_or_default();
            all.insert(format!("{side} {} {} {} {uid}", found.folder, found.base(), found.flags()));
        }
    }
    all
}

/// Every mail once on either side, in that folder.
fn all_in(home: &Home, server: &Server, mails: usize, folder: &str) -> BTreeMap<String, Found> {
    for root in [&home.mail(), &server.root] {
        let once = assert_each_once(root, 0..mails);
        let elsewhere: Vec<&Found> = once.values().filter(|found| found.folder != folder).collect();
        assert!(elsewhere.is_empty(), "not in {folder}: {elsewhere:?}");
    }
    assert_each_once(&home.mail(), 0..mails)
}

#[test]
fn c19_what_is_moved_and_flagged_is_moved_and_flagged_on_the_server_and_sent_no_second_time() {
    let home = Home::new("");
    let Some(server) = Server::new(&home, "moving mail that mbsync syncs") else { return };
    let mails = 500;
    for number in 0..mails {
        server.deliver(number, &format!("check {number}"));
    }
    in_step(&home);
    let here = all_in(&home, &server, mails, "");
    assert!(here.values().all(|found| found.name.contains(",U=")), "mbsync names its mails by UID");

    // Flags, and from new to cur: the same mails on both sides, none sent again.
    let uids = server.uids("");
    let ids = |mut from: usize, to: usize| -> Vec<String> {
        let mut ids = Vec::new();
        while from < to {
            ids.push(here[&from.to_string()].base().to_owned());
            from += 1;
        }
        ids
    };
    for (command, from, to) in [("mark", 0, 100), ("see", 50, 150), ("mark", 150, 160), ("unmark", 150, 155)] {
        let ids = ids(from, to);
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        assert!(home.run(&[&[command, "-y"], ids.as_slice()].concat()).status.success(), "{command}");
    }
    in_step(&home);
    assert!(server.uids("") == uids && uids.len() == mails, "the server gave no mail another UID");
    let then = (census(&home.mail()), census(&server.root));
    for number in 0..mails {
        let (near, far) = (&then.0[&number.to_string()][0], &then.1[&number.to_string()][0]);
        assert_eq!(near.base(), here[&number.to_string()].base(), "the name with the UID stays");
        let want = |flag: char| match flag {
            'F' => number < 100 || (155..160).contains(&number),
            _ => (50..150).contains(&number),
        };
        for flag in ['F', 'S'] {
            assert_eq!(
                (near.has(flag), far.has(flag)),
                (want(flag), want(flag)),
                "{flag} of {number}: {near:?} {far:?}"
            );
        }
        let changed = number < 160;
        assert_eq!(near.place == "cur", changed, "{near:?}");
    }

    // Into another folder, and back.
    let ids = ids(0, mails);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    assert!(home.run(&[&["move", "-y", "--to", "Later"], ids.as_slice()].concat()).status.success());
    for (folder, undo) in [(".Later", false), ("", true)] {
        if undo {
            assert!(home.run(&["undo"]).status.success());
        }
        in_step(&home);
        let moved = all_in(&home, &server, mails, folder);
        let flags = |found: &Found| (found.has('F'), found.has('S'));
        let far = census(&server.root);
        assert!(moved.iter().all(|(number, found)| flags(found) == flags(&far[number][0])), "flags went along");
        let marked = moved.values().filter(|found| found.has('F')).count();
        assert_eq!(marked, 105);
        let before = both(&home, &server);
        in_step(&home);
        let after = both(&home, &server);
        let changed: Vec<_> = before.symmetric_difference(&after).take(4).collect();
        assert!(changed.is_empty(), "a second run transfers nothing: {changed:#?}");
    }
    let log = fs::read_to_string(home.path("dovecot.log")).unwrap_or_default();
    assert!(!log.contains("Error") && !log.contains("Warning") && !log.contains("uplicate"), "{log}");
    // A mail of our own making goes up once.
    deliver(&home.mail(), "1800000000.M1P1.here", &text(mails, "one more"));
    in_step(&home);
    in_step(&home);
    all_in(&home, &server, mails + 1, "");
}
