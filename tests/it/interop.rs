//! Other people's programs over the same Maildir: exact names after flag changes, read back by notmuch and neomutt;
//! forwards read by Python's mail parser.

use crate::mails::{all_mails, have, python, scratch, tool};
use dutybox::io::maildir::{self, MailError};
use dutybox::io::transport::{Attempt, Sendmail};
use dutybox::mail::compose::{self, ForwardAs, Stamp};
use dutybox::mail::{FileName, Flags, Time, parse};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A mail of the Maildir that `make_names.py` wrote.
#[derive(Debug, Clone)]
struct Named {
    place: String,
    name: String,
    base: String,
    info: String,
    sha256: String,
    message_id: String,
}

/// Writes the Maildir of real programs' names; `None`, and said, without Python.
fn names(dir: &Path) -> Option<Vec<Named>> {
    if !have("python3", "the file names of real programs") {
        return None;
    }
    let out = python("make_names.py", &[&dir.to_string_lossy()]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).expect("JSON lines are UTF-8");
    let rows: Vec<Named> = text
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).expect("a JSON line");
            let field = |name: &str| row[name].as_str().expect("a string").to_owned();
            Named {
                place: field("place"),
                name: field("name"),
                base: field("base"),
                info: field("info"),
                sha256: field("sha256"),
                message_id: field("message_id"),
            }
        })
        .collect();
    assert!(rows.len() >= 160, "only {} names", rows.len());
    Some(rows)
}

/// Every change of one flag.
fn changes() -> Vec<(Flags, Flags)> {
    let set = Flags::ALL.iter().map(|(_, flag)| (*flag, Flags::NONE));
    let clear = Flags::ALL.iter().map(|(_, flag)| (Flags::NONE, *flag));
    set.chain(clear).collect()
}

/// The info part that a mail must have after a change, by the rules of the Maildir convention and of the programs that
/// write there (reliability MR-3 to MR-7); `None` where the name must be left alone.
fn expected(info: &str, add: Flags, remove: Flags) -> Option<String> {
    let rest = match info {
        "" => "",
        // Experimental, cut, out of order, repeated, doubled: nobody's to rewrite.
        ":1,exp" | ":2" | ":2,SF" | ":2,SS" | ":2,S:2,F" => return None,
        _ => info.strip_prefix(":2,").expect("a new info in the table needs a rule here"),
    };
    let (letters, extension) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
    let mut letters: BTreeSet<char> = letters.chars().collect();
    letters.retain(|letter| !remove.to_string().contains(*letter));
    letters.extend(add.to_string().chars());
    Some(format!(":2,{}{extension}", letters.iter().collect::<String>()))
}

/// Names of all files in `cur` and `new`, with their place.
fn files(dir: &Path) -> BTreeSet<(String, String)> {
    ["cur", "new"]
        .iter()
        .flat_map(|place| {
            fs::read_dir(dir.join(place)).expect("it is readable").map(|entry| {
                let name = entry.expect("it is readable").file_name().into_string().expect("names are ASCII");
                ((*place).to_owned(), name)
            })
        })
        .collect()
}

fn sha256_of_all(dir: &Path) -> Vec<String> {
    let mut sums: Vec<String> = files(dir)
        .iter()
        .map(|(place, name)| {
            blake3::hash(&fs::read(dir.join(place).join(name)).expect("it is readable")).to_hex().to_string()
        })
        .collect();
    sums.sort();
    sums
}

#[test]
fn the_table_of_expected_names_is_right() {
    // Written out by hand, so that the rule above is not only measured against itself.
    for (info, add, remove, after) in [
        (":2,", "F", "", Some(":2,F")),
        (":2,S", "F", "", Some(":2,FS")),
        (":2,DFPRST", "", "R", Some(":2,DFPST")),
        (":2,Sa", "F", "", Some(":2,FSa")),
        (":2,FRSabz", "", "F", Some(":2,RSabz")),
        (":2,S,xtra", "T", "", Some(":2,ST,xtra")),
        (":2,FSa,custom", "R", "", Some(":2,FRSa,custom")),
        (":2,X", "S", "", Some(":2,SX")),
        ("", "S", "", Some(":2,S")),
        (":1,exp", "S", "", None),
        (":2,SF", "T", "", None),
        (":2,SS", "", "S", None),
    ] {
        let (add, remove) = (Flags::from_letters(add.as_bytes()), Flags::from_letters(remove.as_bytes()));
        assert_eq!(expected(info, add, remove).as_deref(), after, "{info} +{add} -{remove}");
    }
}

#[test]
fn every_flag_change_gives_the_exact_name() {
    for (add, remove) in changes() {
        let home = scratch();
        let dir = home.path();
        let Some(rows) = names(dir) else { return };
        let before = sha256_of_all(dir);
        for row in &rows {
            let what = format!("{} +{add} -{remove}", row.name);
            let done = maildir::set_flags(dir, row.base.as_bytes(), None, add, remove);
            match expected(&row.info, add, remove) {
                Some(info) => {
                    let now = done.unwrap_or_else(|error| panic!("{what}: {error}"));
                    let name = format!("{}{info}", row.base);
                    assert_eq!(String::from_utf8_lossy(now.name.bytes()), name, "{what}: reported");
                    assert!(dir.join("cur").join(&name).is_file(), "{what}: {name} is not there");
                    let old = Flags::from_letters(row.info.as_bytes());
                    assert_eq!((now.added, now.removed), (add.without(old), remove.and(old)), "{what}: what changed");
                }
                None => {
                    assert!(matches!(done, Err(MailError::Refused(_))), "{what}: not refused");
                    assert!(dir.join(&row.place).join(&row.name).is_file(), "{what}: refused, and gone");
                }
            }
        }
        assert_eq!(before, sha256_of_all(dir), "+{add} -{remove}: the mails are not the same ones");
        assert_eq!(files(dir).len(), rows.len(), "+{add} -{remove}: files were lost or doubled");
    }
}

#[test]
fn setting_and_clearing_a_flag_gives_the_old_name_back() {
    let home = scratch();
    let Some(rows) = names(home.path()) else { return };
    let change = |base: &str, add, remove| maildir::set_flags(home.path(), base.as_bytes(), None, add, remove);
    let before = files(home.path());
    for row in rows.iter().filter(|row| row.place == "cur" && !row.info.is_empty()) {
        for (_, flag) in Flags::ALL {
            let Ok(done) = change(&row.base, flag, Flags::NONE) else { continue };
            change(&row.base, done.removed, done.added).expect("what was set can be cleared");
        }
    }
    assert_eq!(before, files(home.path()));
}

/// Changes one flag of every mail, each another one, and gives the ids of the mails whose names may be changed with
/// the flags that they must have now.
fn change_all(dir: &Path, rows: &[Named]) -> BTreeMap<String, Flags> {
    let changes = changes();
    let mut flags = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        let (add, remove) = changes[i % changes.len()];
        let done = maildir::set_flags(dir, row.base.as_bytes(), None, add, remove);
        if let Some(info) = expected(&row.info, add, remove) {
            done.unwrap_or_else(|error| panic!("{}: {error}", row.name));
            let letters = info.trim_start_matches(":2,").split(',').next().unwrap_or_default().to_owned();
            flags.insert(row.message_id.clone(), Flags::from_letters(letters.as_bytes()));
        }
    }
    flags
}

/// The ids among these whose flags hold (or lack) one.
fn with(flags: &BTreeMap<String, Flags>, flag: Flags, set: bool) -> BTreeSet<String> {
    flags.iter().filter(|(_, have)| have.has(flag) == set).map(|(id, _)| id.clone()).collect()
}

fn notmuch(home: &Path, args: &[&str]) -> Vec<String> {
    let out = Command::new("notmuch")
        .args(args)
        .env("NOTMUCH_CONFIG", home.join("notmuch-config"))
        .env("HOME", home)
        .output()
        .expect("notmuch starts");
    assert!(out.status.success(), "notmuch {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn notmuch_sees_our_flags_and_no_message_lost_or_doubled() {
    if !have("notmuch", "flags read back by notmuch") {
        return;
    }
    let home = scratch();
    let dir = home.path().join("mail");
    let Some(rows) = names(&dir) else { return };
    let config = format!(
        "[database]\npath={}\n[user]\nname=x\nprimary_email=x@example.net\n[new]\ntags=unread\n[maildir]\nsynchronize_flags=true\n",
        dir.display()
    );
    fs::write(home.path().join("notmuch-config"), config).expect("it can be written");
    notmuch(home.path(), &["new", "--quiet"]);
    let count = |what: &str| notmuch(home.path(), &["count", what, "*"])[0].parse::<usize>().expect("a number");
    assert_eq!((count("--output=messages"), count("--output=files")), (rows.len(), rows.len()), "before");

    let flags = change_all(&dir, &rows);
    let log = notmuch(home.path(), &["new"]).join("\n");
    assert!(!log.contains("Added"), "a flag change is a rename, not a new message: {log}");
    assert!(!log.contains("removed"), "a flag change removes no message: {log}");
    assert_eq!((count("--output=messages"), count("--output=files")), (rows.len(), rows.len()), "after: {log}");

    let ids: BTreeSet<&String> = flags.keys().collect();
    let tagged = |query: &str| -> BTreeSet<String> {
        notmuch(home.path(), &["search", "--output=messages", query])
            .iter()
            .map(|line| line.trim_start_matches("id:").to_owned())
            .filter(|id| ids.contains(id))
            .collect()
    };
    for (tag, flag) in
        [("flagged", Flags::FLAGGED), ("replied", Flags::REPLIED), ("passed", Flags::PASSED), ("draft", Flags::DRAFT)]
    {
        assert_eq!(tagged(&format!("tag:{tag}")), with(&flags, flag, true), "{tag}");
    }
    assert_eq!(tagged("tag:unread"), with(&flags, Flags::SEEN, false), "unread");
    // And the names on disk are still the ones that we gave them.
    let bases: BTreeSet<String> =
        files(&dir).into_iter().map(|(_, name)| name.split(':').next().unwrap_or_default().to_owned()).collect();
    assert_eq!(bases, rows.iter().map(|row| row.base.clone()).collect());
}

/// Opens a Maildir in neomutt and returns the ids of the messages that each pattern selects.
fn neomutt(home: &Path, dir: &Path, patterns: &[&str]) -> Vec<BTreeSet<String>> {
    let rc = "set mbox_type=Maildir\nset wait_key=no\nset quit=yes\nset move=no\nset mark_old=no\nset pipe_split=no\n\
              set pipe_decode=no\nset read_only\nset maildir_check_cur=yes\nset tmpdir=/tmp\n";
    fs::write(home.join("muttrc"), rc).expect("it can be written");
    let mut push = String::new();
    for (i, pattern) in patterns.iter().enumerate() {
        let out = home.join(format!("tagged-{i}"));
        push += &format!(
            "<untag-pattern>~A<enter><tag-pattern>{pattern}<enter><tag-prefix-cond><pipe-message>cat > {}<enter><end-cond>",
            out.display()
        );
    }
    let mut command = CommandBuilder::new("neomutt");
    command.args([
        "-F",
        &home.join("muttrc").to_string_lossy(),
        "-f",
        &dir.to_string_lossy(),
        "-e",
        &format!("push \"{push}<exit>\""),
    ]);
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", home);
    command.env("TERM", "xterm");
    let size = PtySize { rows: 50, cols: 200, pixel_width: 0, pixel_height: 0 };
    let pty = native_pty_system().openpty(size).expect("a pseudo terminal");
    let mut child = pty.slave.spawn_command(command).expect("neomutt starts");
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().expect("it can be read");
    // Its output must be taken, or it waits for ever.
    let output = std::thread::spawn(move || {
        let mut all = Vec::new();
        let _ = reader.read_to_end(&mut all);
        all
    });
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait().expect("it can be waited for").is_none() {
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("neomutt did not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(pty.master);
    let said = output.join().expect("the reader ends");
    (0..patterns.len())
        .map(|i| {
            // Nothing tagged: the pipe was not run.
            let text = fs::read(home.join(format!("tagged-{i}"))).unwrap_or_default();
            assert!(i > 0 || !text.is_empty(), "neomutt wrote nothing: {}", String::from_utf8_lossy(&said));
            String::from_utf8_lossy(&text)
                .lines()
                .filter_map(|line| line.strip_prefix("Message-ID: "))
                .map(|id| id.trim_matches(['<', '>']).to_owned())
                .collect()
        })
        .collect()
}

#[test]
fn neomutt_sees_our_flags_and_the_same_messages() {
    if !have("neomutt", "flags read back by neomutt") {
        return;
    }
    let home = scratch();
    let dir = home.path().join("mail");
    let Some(rows) = names(&dir) else { return };
    let flags = change_all(&dir, &rows);
    let patterns = ["~A", "~F", "~Q", "~R", "~D"];
    let seen = neomutt(home.path(), &dir, &patterns);
    assert_eq!(seen[0], rows.iter().map(|row| row.message_id.clone()).collect(), "all messages");
    let ours = |i: usize| seen[i].iter().filter(|id| flags.contains_key(*id)).cloned().collect::<BTreeSet<_>>();
    for (i, flag) in [(1, Flags::FLAGGED), (2, Flags::REPLIED), (3, Flags::SEEN), (4, Flags::TRASHED)] {
        assert_eq!(ours(i), with(&flags, flag, true), "{} is {flag}", patterns[i]);
    }
}

/// Our own reading of every name agrees with what stands in it.
#[test]
fn we_list_what_real_programs_wrote() {
    let home = scratch();
    let Some(rows) = names(home.path()) else { return };
    let scan = maildir::scan(home.path()).expect("it can be listed");
    assert!(scan.trusted && scan.entries.len() == rows.len());
    for row in &rows {
        let entry = scan.entries.iter().find(|entry| entry.name.base() == row.base.as_bytes());
        let entry = entry.unwrap_or_else(|| panic!("{} is not listed", row.name));
        let mail = maildir::read(home.path(), entry.place, &entry.name).expect("it can be read");
        let id = parse::message(mail.bytes).message_id;
        assert_eq!(id.as_deref(), Some(row.message_id.as_str()), "{}: another mail", row.name);
        assert!(!row.sha256.is_empty());
    }
}

/// A sendmail that writes down its arguments and its input, each call beside its first argument.
fn recording_sendmail(home: &Path) -> String {
    let script = home.join("sendmail");
    let text = "#!/bin/sh\nto=$1\nshift\nfor word in \"$@\"; do printf '%s\\0' \"$word\"; done > \"$to.argv\"\ncat > \"$to.mail\"\n";
    fs::write(&script, text).expect("it can be written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("it is ours");
    script.to_string_lossy().into_owned()
}

/// Reliability C50, C51.
#[test]
fn forwards_are_what_another_parser_expects() {
    if !have("python3", "forwards read by Python's mail parser") {
        return;
    }
    let home = scratch();
    let script = recording_sendmail(home.path());
    let sender = "duty@example.net";
    let stamp = Stamp {
        from: format!("Duty <{sender}>"),
        date: Time(1_795_400_000),
        zone: jiff::tz::TimeZone::UTC,
        message_id: "forward.1@example.net".into(),
    };
    let to = ["alice@example.net".to_owned(), "bob+page@example.org".to_owned()];
    let mails = all_mails();
    let mut list = String::new();
    for (i, mail) in mails.iter().enumerate() {
        let message = parse::message(mail.bytes());
        let out = compose::forward(&message, ForwardAs::Attach, &to, "please look\n.\nFrom here", &[], &stamp)
            .unwrap_or_else(|error| panic!("{}: {error}", mail.name));
        let prefix = home.path().join(i.to_string()).to_string_lossy().into_owned();
        let sendmail = Sendmail { command: vec![script.clone(), prefix.clone()], timeout: Duration::from_secs(30) };
        assert_eq!(sendmail.send(&out.sender, &out.recipients, &out.bytes), Attempt::Sent, "{}", mail.name);
        let row = serde_json::json!({
            "sent": format!("{prefix}.mail"), "argv": format!("{prefix}.argv"), "original": mail.path,
            "sender": sender, "recipients": to,
        });
        list += &format!("{row}\n");
    }
    let mut checker = Command::new("python3")
        .arg(tool("check_forward.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    checker.stdin.take().expect("it is piped").write_all(list.as_bytes()).expect("it reads");
    let out = checker.wait_with_output().expect("it ends");
    let faults: Vec<String> = String::from_utf8_lossy(&out.stdout)
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).expect("a JSON line");
            let number = Path::new(row["sent"].as_str().expect("a path")).file_stem().and_then(|stem| stem.to_str());
            let mail = number.and_then(|number| number.parse::<usize>().ok()).and_then(|number| mails.get(number));
            format!("{}: {}", mail.map_or("?", |mail| &mail.name), row["fault"].as_str().unwrap_or_default())
        })
        .collect();
    let shown = faults.iter().take(30).cloned().collect::<Vec<_>>().join("\n  ");
    assert!(faults.is_empty() && out.status.success(), "{} faults, the first:\n  {shown}", faults.len());
}

/// The names and infos above, once more as pure functions: what is not ours to know stays as it is.
#[test]
fn names_round_trip() {
    let home = scratch();
    let Some(rows) = names(home.path()) else { return };
    for row in &rows {
        let name = FileName::new(row.name.as_bytes());
        assert_eq!(name.base(), row.base.as_bytes());
        assert_eq!(name.refusal().is_some(), expected(&row.info, Flags::NONE, Flags::NONE).is_none(), "{}", row.name);
    }
}
