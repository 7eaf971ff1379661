//! The binary, in a cleared environment: what it prints, its exit codes, and what it leaves behind.

use crate::home::{AT, Home, everything, files, valid};
use predicates::prelude::*;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

// ---------------------------------------------------------------------------------------------------------- the demo

#[test]
fn the_demo_shows_every_runbook() {
    let home = Home::with_demo();
    insta::assert_snapshot!("categories", home.text(&["categories"]));
    let shown = home.json(&["categories"]);
    let shown: Vec<&str> = shown["categories"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    for (_, book) in dutybox::runbook::Runbooks::shipped().iter() {
        assert!(shown.contains(&book.id.as_str()), "{} does not occur in the demo", book.id);
    }
}

#[test]
fn files_in_are_rows_out() {
    let home = Home::with_demo();
    let list = home.json(&["list"]);
    assert_eq!(list["messages"].as_array().unwrap().len(), files(&home.maildir()).len());
    assert_eq!(list["errors"].as_array().unwrap().len(), 0);
    assert_eq!(list["as_of"], AT);
}

#[test]
fn the_demo_is_written_again_but_never_over_something_else() {
    let home = Home::with_demo();
    let before = files(&home.maildir());
    let dir = home.maildir();
    home.run(&["demo", "--no-open", "--at", AT, "--dir", dir.to_str().unwrap()]).success();
    assert_eq!(files(&home.maildir()), before);
    let mine = home.write("mine/letter.txt", "dear");
    home.run(&["demo", "--no-open", "--dir", mine.parent().unwrap().to_str().unwrap()])
        .code(2)
        .stderr(predicate::str::contains("is not empty and is no demo").and(predicate::str::contains("--dir")));
    assert_eq!(fs::read_dir(mine.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn the_demo_without_a_folder_says_where_it_is() {
    let home = Home::new();
    let shown = home.run(&["demo", "--no-open", "--json"]).success().get_output().stdout.clone();
    let shown: Value = serde_json::from_slice(&shown).unwrap();
    valid("demo.json", &shown);
    let dir = PathBuf::from(shown["maildir"].as_str().unwrap());
    assert_eq!(files(&dir).len() as u64, shown["messages"].as_u64().unwrap());
    assert!(fs::read_dir(home.dir.path()).unwrap().next().is_none(), "nothing is written into the home folder");
    fs::remove_dir_all(dir.parent().unwrap()).unwrap();
}

// -------------------------------------------------------------------------------------------------------- the schemas

#[test]
fn every_document_is_as_its_schema_says() {
    let home = Home::with_demo();
    home.config("[contacts]\nhwine = \"hwine@example.org\"\n[sending]\nfrom = \"release@example.org\"\n");
    let list = home.json(&["list"]);
    valid("list.json", &list);
    valid("categories.json", &home.json(&["categories"]));
    for category in ["vcs2vcs", "sns", "ec2-retirement", "aws-sanity-check", "moc-notifications", "undocumented"] {
        let id = home.one(&format!("category:{category}"));
        valid("show.json", &home.json(&["show", &id]));
        valid("explain.json", &home.json(&["explain", &id]));
    }
    let id = home.one("category:vcs2vcs kind:delays");
    valid("show.json", &home.json(&["show", "--runbook", &id]));
    valid("act.json", &home.json(&["ignore", &id, "--reason", "known", "--until", "2h"]));
    valid("act.json", &home.json(&["note", &id, "--text", "hello"]));
    valid("act.json", &home.json(&["undo"]));
    valid("act.json", &home.json(&["mark", "--query", "subject:nothing-has-this"]));
    valid("list.json", &home.json(&["list", "is:ignored"]));
    valid("preview.json", &home.json(&["forward", &id, "--to", "hwine", "--dry-run"]));
    valid("queued.json", &home.json(&["forward", &id, "--to", "hwine", "--yes"]));
    valid("draft.json", &home.json(&["reply", &id, "--text", "hello", "--dry-run"]));
    valid("outbox.json", &home.json(&["outbox"]));
    let number = home.json(&["outbox"])["outbox"][0]["id"].as_str().unwrap().to_string();
    valid("outbox-change.json", &home.json(&["outbox", "drop", &number]));
    valid("journal.json", &home.json(&["journal"]));
    valid("check.json", &home.json(&["check"]));
}

// ----------------------------------------------------------------------------------------------- usage and exit codes

#[test]
fn help_names_what_works_and_nothing_else() {
    let home = Home::new();
    let help = String::from_utf8(home.run(&["--help"]).success().get_output().stdout.clone()).unwrap();
    insta::assert_snapshot!("help", help);
    for later in ["report", "import"] {
        assert!(!help.contains(&format!("  {later}")), "{later} does not work yet");
    }
}

/// Command line, exit code, what standard error must hold (the second part is what to type next).
const USAGE: &[(&[&str], i32, &[&str])] = &[
    (&["lst"], 2, &["`lst` is no command and no Maildir", "dutybox list"]),
    (&["/no/such/mail"], 3, &["/no/such/mail", "dutybox demo"]),
    (&["--maildir", "/no/such/mail", "list"], 3, &["/no/such/mail", "dutybox demo"]),
    (&["list"], 3, &["no Maildir", "dutybox MAILDIR"]),
    (&["list", "--nonsense"], 2, &["--nonsense", "--help"]),
    (&["--json"], 2, &["--json", "dutybox list --json"]),
    (&["--as-of", "someday", "list"], 2, &["`someday` is no time", "90m ago"]),
    (&["--config", "none.toml", "list"], 2, &["none.toml: no such file", "--config"]),
    (&["show"], 2, &["<ID>"]),
    (&["mark"], 2, &["<ID>"]),
    (&["demo"], 2, &["standard output is none", "--no-open"]),
    (&["demo", "--read-only"], 2, &["--read-only", "leave --read-only out"]),
    (&["check", "none.md"], 2, &["none.md: no such file", "check"]),
    (&["completions", "tcsh"], 2, &["tcsh", "bash"]),
];

#[test]
fn a_wrong_command_line_says_what_to_type() {
    let home = Home::new();
    for (args, code, parts) in USAGE {
        let done = home.run(args).code(*code).stdout("");
        let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
        for part in *parts {
            assert!(said.contains(part), "{args:?} says no {part:?}: {said}");
        }
    }
}

/// The same with the demo as Maildir.
const ABOUT_MAIL: &[(&[&str], i32, &[&str])] = &[
    (&["list", "subject:nothing-has-this"], 0, &[]),
    (&["list", "categry:x"], 2, &["query:1:1: error:", "did you mean `category`?", "  1 | categry:x", "    | ^"]),
    (&["list", "(is:seen"], 2, &["query:1:"]),
    (&["show", "zz"], 1, &["no message has the id `zz`", "dutybox list"]),
    (&["show", "138"], 2, &["begins with `138`", "type more of it: 138"]),
    (&["mark", "--query", "category:vcs2vcs"], 2, &["messages match", "--yes"]),
    (&["mark", "--read-only", "138"], 2, &["--read-only", "leave --read-only out"]),
    (&["undo"], 1, &[]),
    (&["undo", "77"], 1, &[]),
    (&["redo"], 1, &[]),
    (&["note", "138", "--text", " "], 2, &["the note is empty", "--text"]),
    (&["outbox", "drop", "1"], 1, &[]),
    (&["forward", "138", "--to", "x@example.org", "--yes"], 2, &["no address of ours", "own = [\"name@domain\"]"]),
    (&["outbox", "send"], 2, &["no sender is configured", "sendmail = "]),
    (&["show", "--raw", "--json", "138"], 2, &["--raw", "--json"]),
];

#[test]
fn a_command_about_mail_says_what_to_type() {
    let home = Home::with_demo();
    for (args, code, parts) in ABOUT_MAIL {
        let done = home.then(args).code(*code);
        let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
        assert!(*code == 0 || !said.is_empty(), "{args:?} fails without a word");
        for part in *parts {
            assert!(said.contains(part), "{args:?} says no {part:?}: {said}");
        }
    }
}

#[test]
fn maildirs_come_from_the_argument_then_the_option_then_config_then_environment_then_home() {
    let home = Home::with_mails(&[("cur/1.home:2,", b"Subject: home\n\n")]);
    for name in ["conf", "env", "opt", "arg"] {
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(home.path(name).join(part)).unwrap();
        }
        fs::write(home.path(name).join(format!("cur/1.{name}:2,")), format!("Subject: {name}\n\n")).unwrap();
    }
    let listed = |env: bool, args: &[&str]| {
        let mut command = home.command();
        if env {
            command.env("MAILDIR", home.path("env"));
        }
        let output = command.args(args).assert().success().get_output().stdout.clone();
        let text = String::from_utf8(output).unwrap();
        let mut found: Vec<String> =
            text.lines().map(|line| line.split(['.', ' ']).nth(1).unwrap().to_string()).collect();
        found.sort();
        found.join(" ")
    };
    assert_eq!(listed(false, &["list"]), "home");
    assert_eq!(listed(true, &["list"]), "env");
    home.config("maildirs = [\"~/conf\"]");
    assert_eq!(listed(true, &["list"]), "conf");
    assert_eq!(listed(true, &["list", "--maildir", "opt"]), "opt");
    assert_eq!(listed(true, &["--maildir", "opt", "--maildir", "conf", "list"]), "conf opt");
}

#[test]
fn a_folder_that_cannot_be_read_is_an_error_and_the_rest_is_shown() {
    let home = Home::with_mails(&[("new/1.a", b"Subject: here\n\n")]);
    fs::create_dir_all(home.maildir().join(".Broken/new")).unwrap();
    fs::create_dir_all(home.maildir().join(".Broken/tmp")).unwrap();
    fs::write(home.maildir().join(".Broken/cur"), "a file").unwrap();
    let done = home.run(&["list", "--json"]);
    let output = done.get_output();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    valid("list.json", &list);
    assert_eq!(list["messages"].as_array().unwrap().len(), 1);
    assert_eq!(list["errors"].as_array().unwrap().len(), 1, "{list:#}");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains(".Broken"));
}

#[test]
fn completions_and_manual_name_every_command() {
    let home = Home::new();
    let help = String::from_utf8(home.run(&["-h"]).success().get_output().stdout.clone()).unwrap();
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 20, "{commands:?}");
    for args in [["completions", "bash"], ["completions", "zsh"], ["completions", "fish"]] {
        let script = String::from_utf8(home.run(&args).success().get_output().stdout.clone()).unwrap();
        assert!(commands.iter().all(|command| script.contains(command)), "{args:?}");
    }
    let page = String::from_utf8(home.run(&["man"]).success().get_output().stdout.clone()).unwrap();
    for command in commands {
        // In a manual page a hyphen is written as the minus sign that can be copied.
        assert!(page.contains(&format!(".SS \"dutybox {}", command.replace('-', "\\-"))), "{command}");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let home = Home::with_demo();
    for args in [&["list", "--json"][..], &["man"], &["--help"]] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_dutybox"))
            .args(args)
            .env_clear()
            .env("HOME", home.dir.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let home = Home::with_demo();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_dutybox"))
        .arg("list")
        .env_clear()
        .env("HOME", home.dir.path())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&run.stderr).contains("cannot write to standard output"));
}

// ------------------------------------------------------------------------------------------------------ configuration

#[test]
fn a_wrong_configuration_is_shown_with_its_line_and_a_caret() {
    let home = Home::with_demo();
    let file = home.config("me = \"ann\"\nown = [\"a@example.org\", 7]\n[sending]\nsendmial = \"x\"\n");
    let said = format!(
        "{0}:2:25: error: `own` must be a text in quotes, this is a whole number\n  2 | own = [\"a@example.org\", 7]\n    |                         ^\n\
         {0}:4:1: error: unknown key `sending.sendmial` (did you mean `sendmail`?)\n  4 | sendmial = \"x\"\n    | ^\n",
        file.display()
    );
    home.run(&["list"]).code(2).stdout("").stderr(said.clone());
    home.run(&["check"]).code(2).stderr(said.clone());
    home.run(&[]).code(2).stderr(said);
}

#[test]
fn keys_that_conflict_are_refused_naming_both() {
    let home = Home::with_demo();
    home.config("[keys]\ndone = \"q9\"\ntrash = \"q9\"\n");
    home.run(&["list"]).code(2).stderr(
        predicate::str::contains("config.toml:2:1: error:")
            .or(predicate::str::contains("config.toml:3:1: error:"))
            .and(predicate::str::contains("`done`"))
            .and(predicate::str::contains("`trash`"))
            .and(predicate::str::contains("q9")),
    );
}

#[test]
fn what_only_later_layers_know_is_checked_with_its_place() {
    let home = Home::with_demo();
    home.config("me = \"ann\"\nzone = \"Europe/Berln\"\n[keys]\nmakr = \"x\"\n[colors]\npag = 'red'\nact = 'rde'\n");
    home.run(&["list"])
        .code(2)
        .stderr(predicate::str::contains("config.toml:2:1: error: `zone`: there is no time zone `Europe/Berln`"))
        .stderr(predicate::str::contains("config.toml:4:1: error: no action is called `makr`"))
        .stderr(predicate::str::contains("config.toml:6:1: error: no role is called `pag`"))
        .stderr(predicate::str::contains("config.toml:7:1: error: no colour is called `rde`"));
}

#[test]
fn a_configuration_that_is_no_text_is_refused_with_its_place() {
    let home = Home::with_demo();
    let file = home.config("");
    fs::write(&file, b"me = \"ann\"\nown = \"\xff\"\n").unwrap();
    home.run(&["list"]).code(2).stderr(predicate::str::contains("config.toml:2:8: error: this byte is no UTF-8"));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    home.run(&["list"]).code(2).stderr(predicate::str::contains("is no regular file"));
}

#[test]
fn kept_contacts_stand_above_the_configuration() {
    let home = Home::with_demo();
    home.config("[contacts]\nhwine = \"old@example.org\"\n[sending]\nfrom = \"release@example.org\"\n");
    home.write(".config/dutybox/contacts.toml", "Hwine = \"new@example.org\"\n");
    let id = home.one("kind:delays");
    let preview = home.json(&["forward", &id, "--to", "hwine", "--dry-run"]);
    assert_eq!(preview["previews"][0]["recipients"][0], "new@example.org");
}

#[test]
fn a_broken_runbook_is_warned_about_and_the_others_work() {
    let home = Home::with_demo();
    home.write(".config/dutybox/runbooks/broken.md", "+++\nid = \n+++\n");
    let done = home.then(&["categories"]).success();
    let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    assert!(said.contains("broken.md:2:"), "{said}");
    assert!(String::from_utf8_lossy(&done.get_output().stdout).contains("vcs2vcs"));
    home.run(&["check"])
        .code(1)
        .stdout(predicate::str::contains("broken.md:2:").and(predicate::str::contains("1 error,")));
}

// --------------------------------------------------------------------------------------------------- showing messages

#[test]
fn show_begins_with_the_verdict_and_the_branch_that_applies() {
    let home = Home::with_demo();
    let id = home.one("kind:major");
    let shown = home.text(&["show", &id]);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("[ACT] "), "{shown}");
    let heading = lines.iter().position(|line| *line == "What to do when one is received").expect("the section");
    assert!(lines[heading + 1].starts_with("▶ "), "{shown}");
    assert!(shown.contains("From: vcs2vcs@github-sync5.dmz.scl3.mozilla.com"), "{shown}");
    assert!(shown.contains("no match found!"), "{shown}");
    let runbook = home.text(&["show", "--runbook", &id]);
    assert!(runbook.contains("How to silence or acknowledge this alert"), "{runbook}");
    assert!(!runbook.contains("no match found!"), "{runbook}");
}

#[test]
fn raw_is_the_file_byte_for_byte() {
    let bytes = b"Subject: \x1b[2Jx\nX: \xff\xfe\n\nbody\x07\r\n";
    let home = Home::with_mails(&[("cur/1.raw:2,S", bytes)]);
    let output = home.run(&["show", "--raw", "1.raw"]).success().get_output().stdout.clone();
    assert_eq!(output, bytes);
}

#[test]
fn explain_points_at_what_matched() {
    let home = Home::with_demo();
    let id = home.one("kind:delays from:github-sync1");
    let shown = home.text(&["explain", &id]);
    let lines: Vec<&str> = shown.lines().collect();
    let at = lines.iter().position(|line| line.contains("Subject: [vcs2vcs] process delays")).expect("the subject");
    let column = lines[at].find("[vcs2vcs]").unwrap();
    assert_eq!(lines[at + 1].find('^'), Some(column), "{shown}");
    assert!(shown.contains("(winner)") && shown.contains("Cases, in order"), "{shown}");
    assert!(!shown.contains("(does not match)"), "{shown}");
    assert!(home.text(&["explain", "-v", &id]).contains("(does not match)"));
}

#[test]
fn an_earlier_time_knows_no_later_mail() {
    let home = Home::with_demo();
    let count = |at: &str| {
        let output = home.run(&["--as-of", at, "list", "--json"]).success().get_output().stdout.clone();
        let list: Value = serde_json::from_slice(&output).unwrap();
        let late = list["messages"].as_array().unwrap().iter().filter(|m| m["received"].as_str().unwrap() > at).count();
        assert_eq!(late, 0);
        list["messages"].as_array().unwrap().len()
    };
    let (before, after) = (count("2013-11-21T13:48:12Z"), count("2013-11-21T13:48:13Z"));
    assert_eq!(after, before + 1, "the follow-up of 13:48:13 makes the difference");
}

/// Sequences that must not reach a terminal, in every place that a mail has.
#[test]
fn nothing_unclean_is_printed() {
    let evil = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}evil\u{200b}\u{e0041}\u{7f}";
    let mail = format!(
        "From: {evil} <a@example.org>\nTo: {evil}\nSubject: {evil} 👩‍👩‍👧 ü\nX-{evil}: {evil}\n\n{evil}\n\t{evil}\nhttp://x/{evil}\n"
    );
    let home = Home::with_mails(&[("cur/1.evil\u{1b}[2J:2,S", mail.as_bytes()), ("new/2.\u{9b}x", mail.as_bytes())]);
    let unclean = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{e0000}'..='\u{e007f}')
    };
    let ids = {
        let output = home.run(&["list", "--json"]).success().get_output().stdout.clone();
        let list: Value = serde_json::from_slice(&output).unwrap();
        let ids = list["messages"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_string());
        assert!(list["messages"][0]["subject"].as_str().unwrap().contains('\u{202e}'), "JSON keeps the text as it is");
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids.len(), 2);
    let mut runs: Vec<Vec<&str>> = vec![vec!["list"], vec!["list", "--json"], vec!["categories"], vec!["list", evil]];
    for id in &ids {
        runs.extend([vec!["show", id], vec!["show", "--json", id], vec!["explain", "-v", id], vec!["mark", id]]);
    }
    let missing = format!("no{evil}");
    runs.extend([vec!["show", missing.as_str()], vec!["journal"], vec!["--maildir", &missing, "list"]]);
    for args in runs {
        let done = home.run(&args);
        for (stream, bytes) in [("stdout", &done.get_output().stdout), ("stderr", &done.get_output().stderr)] {
            let text = std::str::from_utf8(bytes).unwrap_or_else(|_| panic!("{args:?}: {stream} is no UTF-8"));
            let bad: Vec<char> = text.chars().filter(|c| unclean(*c)).collect();
            assert!(bad.is_empty(), "{args:?}: {stream} holds {bad:?}");
        }
    }
}

#[test]
fn names_that_are_no_utf8_have_an_id_that_finds_them() {
    use std::os::unix::ffi::OsStrExt;
    let home = Home::with_mails(&[]);
    let name = std::ffi::OsStr::from_bytes(b"1.\xff\xc3(:2,");
    fs::write(home.maildir().join("cur").join(name), "Subject: odd\n\n").unwrap();
    let id = {
        let output = home.run(&["list", "--json"]).success().get_output().stdout.clone();
        let list: Value = serde_json::from_slice(&output).unwrap();
        list["messages"][0]["id"].as_str().unwrap().to_string()
    };
    home.run(&["mark", &id]).success();
    let kept = fs::read_dir(home.maildir().join("cur")).unwrap().next().unwrap().unwrap().file_name();
    assert_eq!(kept.as_bytes(), b"1.\xff\xc3(:2,F");
}

#[test]
fn entries_that_are_no_mail_are_rows_and_say_so() {
    let home = Home::with_mails(&[
        ("cur/1.empty:2,S", b""),
        ("new/6.garbage", b"no header \0\xff\n"),
        ("cur/5.x:1,a", b"Subject: x\n\n"),
    ]);
    std::os::unix::fs::symlink("/etc/passwd", home.maildir().join("cur/2.link:2,")).unwrap();
    fs::create_dir(home.maildir().join("cur/3.dir:2,")).unwrap();
    let list = home.json(&["list"]);
    valid("list.json", &list);
    assert_eq!(list["messages"].as_array().unwrap().len(), 5);
    for message in list["messages"].as_array().unwrap() {
        let id = message["id"].as_str().unwrap();
        valid("show.json", &home.json(&["show", id]));
        assert!(!message["errors"].as_array().unwrap().is_empty() || id == "5.x", "{message:#}");
    }
    home.then(&["show", "2.link"])
        .success()
        .stdout(predicate::str::contains("a symbolic link").and(predicate::str::contains("root:").not()));
    home.then(&["explain", "2.link"]).code(1).stderr(predicate::str::contains("dutybox show 2.link"));
    home.then(&["mark", "2.link"]).code(3).stderr(predicate::str::contains("symbolic link"));
    home.then(&["mark", "5.x"]).code(3).stderr(predicate::str::contains(":1,"));
    assert!(home.maildir().join("cur/5.x:1,a").exists(), "an experimental name is left alone");
}

// --------------------------------------------------------------------------------------------------------------- acts

#[test]
fn acts_change_flags_and_are_taken_back() {
    let home = Home::with_demo();
    let id = home.one("is:unseen category:puppet");
    assert_eq!(home.flags(&id), "new");
    home.then(&["mark", &id]).success().stdout(predicate::str::contains("mark: 1 message (act 1"));
    assert_eq!(home.flags(&id), "F");
    home.then(&["done", &id]).success();
    home.then(&["trash", &id]).success();
    assert_eq!(home.flags(&id), "FST");
    home.then(&["undo"]).success();
    home.then(&["undo"]).success();
    assert_eq!(home.flags(&id), "F", "undo takes back what the acts added, across runs");
    home.then(&["redo"]).success();
    assert_eq!(home.flags(&id), "FS");
    home.then(&["undo", "1"]).success();
    assert_eq!(home.flags(&id), "S", "any act may be taken back by its number");
    home.then(&["unsee", &id]).success();
    home.then(&["see", &id]).success();
    home.then(&["unmark", &id]).success();
    home.then(&["untrash", &id]).success();
    home.then(&["undone", &id]).success();
    assert_eq!(home.flags(&id), "S");
}

#[test]
fn ignored_messages_are_listed_with_their_reason() {
    let home = Home::with_demo();
    let id = home.one("category:talos");
    home.then(&["ignore", &id, "--reason", "nobody cares"]).success();
    assert_eq!(home.ids("is:ignored"), std::slice::from_ref(&id));
    assert!(!home.ids("is:open").contains(&id));
    let shown = home.json(&["show", &id]);
    let state = &shown["message"]["state"]["ignored"];
    assert_eq!((state["text"].as_str(), state["by"].as_str()), (Some("nobody cares"), Some("ann")));
    assert!(home.text(&["show", &id]).contains("ignored, 2013-11-21 14:41:00 by ann: nobody cares"));
    home.then(&["unignore", &id]).success();
    assert!(home.ids("is:ignored").is_empty());
}

#[test]
fn several_messages_are_one_act() {
    let home = Home::with_demo();
    let ids = home.ids("category:perf-metrics");
    home.command().args(["--as-of", AT, "--backdate", "mark", "-"]).write_stdin(ids.join("\n")).assert().success();
    assert_eq!(home.ids("category:perf-metrics is:marked").len(), ids.len());
    let journal = home.json(&["journal"]);
    assert_eq!(journal["acts"][0]["messages"].as_array().unwrap().len(), ids.len());
    home.then(&["undo"]).success();
    assert!(home.ids("category:perf-metrics is:marked").is_empty());
    home.then(&["done", "--query", "category:perf-metrics", "--yes"]).success();
    assert!(home.ids("category:perf-metrics not is:done").is_empty());
}

#[test]
fn notes_are_kept() {
    let home = Home::with_demo();
    let id = home.one("category:roku");
    home.command()
        .args(["--as-of", AT, "--backdate", "note", &id, "--text", "-"])
        .write_stdin("asked mfinkle\n")
        .assert()
        .success();
    assert!(home.text(&["show", &id]).contains("by ann: asked mfinkle"));
    assert_eq!(home.ids("has:note"), [id]);
}

#[test]
fn looking_and_read_only_change_no_byte_and_no_time() {
    let home = Home::with_demo();
    let id = home.one("category:roku");
    let before = everything(home.dir.path());
    for args in [
        &["list"][..],
        &["categories"],
        &["show", &id],
        &["show", "--raw", &id],
        &["explain", &id],
        &["journal"],
        &["outbox"],
        &["check"],
        &["--read-only", "list"],
        &["--read-only", "show", &id],
    ] {
        home.then(args).success();
    }
    home.then(&["--read-only", "mark", &id]).code(2);
    home.then(&["--read-only", "forward", &id, "--to", "x@example.org", "--yes"]).code(2);
    assert_eq!(everything(home.dir.path()), before);
}

// ------------------------------------------------------------------------------------------------------------ sending

/// A sendmail that keeps what it gets.
fn recorder(home: &Home) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let out = home.path("sent");
    fs::create_dir_all(&out).unwrap();
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >{0}/args\ncat >{0}/mail\n", out.display());
    let path = home.write("sendmail", &script);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    out
}

#[test]
fn a_forward_goes_out_and_sets_the_flag() {
    let home = Home::with_demo();
    let sent = recorder(&home);
    home.config(
        "own = \"release@example.org\"\n[contacts]\nhwine = \"hwine@example.org\"\n[sending]\nsendmail = \"./sendmail\"\n",
    );
    let id = home.one("kind:major");
    let preview = home.text(&["forward", &id, "--to", "hwine,b@example.org", "--note", "please look", "--dry-run"]);
    assert!(preview.contains("hwine@example.org") && preview.contains("please look"), "{preview}");
    assert!(!sent.join("mail").exists(), "a dry run sends nothing");
    home.then(&["forward", &id, "--to", "hwine,b@example.org", "--note", "please look", "--yes"]).success();
    let args = fs::read_to_string(sent.join("args")).unwrap();
    assert_eq!(args, "-i\n-f\nrelease@example.org\n--\nhwine@example.org\nb@example.org\n");
    let mail = fs::read_to_string(sent.join("mail")).unwrap();
    assert!(mail.contains("please look") && mail.contains("message/rfc822"), "{mail}");
    assert!(home.flags(&id).contains('P'), "{}", home.flags(&id));
    assert_eq!(home.json(&["outbox"])["outbox"].as_array().unwrap().len(), 0);
}

#[test]
fn a_sender_that_refuses_is_no_success() {
    let home = Home::with_demo();
    home.config("own = \"release@example.org\"\n[sending]\nsendmail = \"false\"\n");
    let id = home.one("kind:major");
    home.then(&["forward", &id, "--to", "b@example.org", "--yes"])
        .code(1)
        .stderr(predicate::str::contains("dutybox outbox send"));
    assert!(!home.flags(&id).contains('P'));
    home.then(&["outbox", "send"]).code(1).stdout(predicate::str::contains("0 sent, 1 in the outbox"));
}

#[test]
fn without_a_sender_mail_waits_and_can_be_dropped() {
    let home = Home::with_demo();
    home.config("own = \"release@example.org\"\n");
    let id = home.one("kind:major");
    home.then(&["forward", &id, "--to", "b@example.org", "--as", "inline", "--yes"]).success();
    assert!(!home.flags(&id).contains('P'));
    let waiting = home.json(&["outbox", "list"]);
    assert_eq!(waiting["outbox"][0]["recipients"][0], "b@example.org");
    let number = waiting["outbox"][0]["id"].as_str().unwrap();
    home.then(&["outbox", "drop", number]).success();
    assert_eq!(home.json(&["outbox"])["outbox"].as_array().unwrap().len(), 0);
}

#[test]
fn nothing_is_sent_without_an_answer() {
    let home = Home::with_demo();
    home.config("own = \"release@example.org\"\n");
    let id = home.one("kind:major");
    home.then(&["forward", &id, "--to", "b@example.org"])
        .code(2)
        .stderr(predicate::str::contains("standard input is no terminal").and(predicate::str::contains("--yes")));
    home.then(&["reply", &id, "--text", "hello"]).code(2).stderr(predicate::str::contains("--yes"));
    assert_eq!(home.json(&["outbox"])["outbox"].as_array().unwrap().len(), 0);
}

#[test]
fn recipients_come_from_the_runbook_and_unknown_ones_are_asked_for() {
    let home = Home::with_demo();
    home.config("own = \"release@example.org\"\n[contacts]\nblassey = \"blassey@example.org\"\n");
    let id = home.one("category:chromecast");
    home.then(&["forward", &id, "--dry-run"]).code(2).stderr(
        predicate::str::contains("no contact is called `mfinkle`")
            .and(predicate::str::contains("[contacts]"))
            .and(predicate::str::contains("mfinkle = \"name@domain\"")),
    );
    home.config(
        "own = \"release@example.org\"\n[contacts]\nblassey = \"blassey@example.org\"\nmfinkle = \"mfinkle@example.org\"\n",
    );
    let preview = home.json(&["forward", &id, "--dry-run"]);
    let mut to: Vec<&str> =
        preview["previews"][0]["recipients"].as_array().unwrap().iter().map(|who| who.as_str().unwrap()).collect();
    to.sort_unstable();
    assert_eq!(to, ["blassey@example.org", "mfinkle@example.org"]);
    home.then(&["forward", &id, "--to=-x@example.org", "--dry-run"])
        .code(2)
        .stderr(predicate::str::contains("`-x@example.org` is no usable address"));
    home.then(&["forward", &id, "--to", "blasey", "--dry-run"])
        .code(2)
        .stderr(predicate::str::contains("did you mean `blassey`?"));
}

#[test]
fn a_reply_takes_its_text_from_the_option_from_standard_input_or_from_the_editor() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::with_demo();
    let sent = recorder(&home);
    home.config("own = \"release@example.org\"\n[sending]\nsendmail = \"./sendmail\"\n");
    let id = home.one("category:moc-notifications");
    home.then(&["reply", &id, "--text", "fine with us", "--yes"]).success();
    let mail = fs::read_to_string(sent.join("mail")).unwrap();
    assert!(mail.contains("fine with us") && mail.contains("> "), "{mail}");
    assert!(home.flags(&id).contains('R'), "{}", home.flags(&id));
    home.command()
        .args(["--as-of", AT, "--backdate", "reply", &id, "--text", "-", "--yes"])
        .write_stdin("from a pipe\n")
        .assert()
        .success();
    assert!(fs::read_to_string(sent.join("mail")).unwrap().contains("from a pipe"));
    let editor = home.write("editor", "#!/bin/sh\nprintf 'typed by hand\\n' >>\"$1\"\n");
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    home.command().args(["--as-of", AT, "--backdate", "reply", &id, "--yes"]).env("EDITOR", &editor).assert().success();
    assert!(fs::read_to_string(sent.join("mail")).unwrap().contains("typed by hand"));
    home.command()
        .args(["--as-of", AT, "--backdate", "reply", &id, "--yes"])
        .env("EDITOR", "true")
        .assert()
        .code(1)
        .stderr(predicate::str::contains("nothing was sent"));
    home.command()
        .args(["--as-of", AT, "--backdate", "reply", &id, "--yes"])
        .env("EDITOR", "/no/such/editor")
        .assert()
        .code(2)
        .stderr(predicate::str::contains("does not start").and(predicate::str::contains("EDITOR")));
}

/// Runs a command on a terminal, waits until it asks, types an answer; gives the exit code and what was shown.
fn answered(home: &Home, args: &[&str], answer: &str) -> (u32, String) {
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};
    use std::io::{Read, Write};
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_dutybox"));
    command.env_clear();
    command.env("HOME", home.dir.path());
    command.cwd(home.dir.path());
    command.args(["--as-of", AT, "--backdate"]);
    command.args(args);
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut writer = pair.master.take_writer().unwrap();
    let (send, shown) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut piece) {
            let _ = send.send(String::from_utf8_lossy(&piece[..count]).into_owned());
        }
    });
    let (mut all, limit) = (String::new(), std::time::Duration::from_secs(60));
    while !all.contains("[y/N]") {
        all.push_str(&shown.recv_timeout(limit).expect("it asks within a minute"));
    }
    writer.write_all(answer.as_bytes()).unwrap();
    let code = child.wait().unwrap().exit_code();
    drop(pair.master);
    while let Ok(piece) = shown.recv_timeout(limit) {
        all.push_str(&piece);
    }
    (code, all)
}

#[test]
fn on_a_terminal_the_mail_is_shown_before_it_is_asked_for() {
    let home = Home::with_demo();
    home.config("own = \"release@example.org\"\n");
    let id = home.one("kind:major");
    let forward = ["forward", &id, "--to", "b@example.org", "--note", "please look"];
    let (code, shown) = answered(&home, &forward, "n\n");
    assert_eq!(code, 1, "{shown}");
    assert!(shown.find("please look") < shown.find("Send this?"), "{shown}");
    assert!(shown.contains("nothing was sent"), "{shown}");
    assert_eq!(home.json(&["outbox"])["outbox"].as_array().unwrap().len(), 0);
    let (code, shown) = answered(&home, &forward, "y\n");
    assert_eq!(code, 0, "{shown}");
    assert_eq!(home.json(&["outbox"])["outbox"].as_array().unwrap().len(), 1);
}
