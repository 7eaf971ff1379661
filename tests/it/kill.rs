//! The real program, killed or failed at each system call that changes a file, and started again (C02, C03).

use crate::mails::{have, proof, skipped};
use crate::mails::{program, soak};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The folder that each run gets a copy of: a Maildir with an archive, and a state folder that is not there yet.
fn ground(root: &Path) {
    for part in ["mail", "mail/.Archive"] {
        for place in ["cur", "new", "tmp"] {
            fs::create_dir_all(root.join(part).join(place)).unwrap();
        }
    }
    for (name, subject) in
        [("cur/1000.M1P1.h:2,", "one"), ("new/1001.M2P1.h", "two"), ("cur/1002.M3P1.h:2,Sa", "three")]
    {
        let text = format!(
            "From: cron@example.org\nTo: oncall@example.org\nSubject: {subject}\nMessage-ID: <{subject}@example.org>\n\nbody\n"
        );
        fs::write(root.join("mail").join(name), text).unwrap();
    }
    let config = "own = [\"duty@example.org\"]\nme = \"ann\"\narchive-folder = \"Archive\"\n";
    fs::write(root.join("config.toml"), config).unwrap();
}

/// What is done, and what must hold of it afterwards (bash, `$W` is the folder).
const COMMANDS: &[(&str, &str)] = &[
    (
        "mark 1000.M1P1.h",
        r#"set=$(ls "$W/mail/cur" | grep -c '^1000.M1P1.h:2,F$'); told=$(grep '"deed":"mark"' "$W/journal" | grep -c '"failed":null')
           [ "$set" = "$told" ] || { echo "flag $set, journal $told"; exit 1; }"#,
    ),
    (
        "ignore 1001.M2P1.h --reason known",
        r#"set=$(ls "$W/mail/cur" | grep -c '^1001.M2P1.h:2,S$'); told=$(grep -c '"deed":"ignore"' "$W/journal")
           [ "$told" = 1 ] || [ "$set" = 0 ] || { echo "flag $set, journal $told"; exit 1; }"#,
    ),
    (
        "archive 1000.M1P1.h",
        r#"there=$(ls "$W/mail/.Archive/cur" | wc -l); told=$(grep '"deed":"archive"' "$W/journal" | grep -c '"failed":null')
           [ "$there" = "$told" ] || { echo "moved $there, journal $told"; exit 1; }"#,
    ),
    (
        "forward 1000.M1P1.h --to hwine@example.net --yes",
        r#"there=$(ls "$W/state/outbox/new" | wc -l); told=$(grep '"deed":"forward"' "$W/journal" | grep -c '"failed":null')
           waits=$($DUTYBOX --state-dir "$W/state" --config "$W/config.toml" --maildir "$W/mail" outbox | grep -c queued)
           [ "$there" = "$told" ] && [ "$there" = "$waits" ] || { echo "file $there, journal $told, waits $waits"; exit 1; }"#,
    ),
];

/// What must hold after each: the next start completes what was begun, each mail is there once and whole, nothing panicked.
const CHECK: &str = r#"
    [ "$RC" != 101 ] && [ "$RC" != 134 ] || { echo "panicked"; exit 1; }
    run() { $DUTYBOX --state-dir "$W/state" --config "$W/config.toml" --maildir "$W/mail" "$@"; }
    run synced || { echo "the next start failed"; exit 1; }
    run journal --json >"$W/raw" || exit 1
    python3 - "$W/raw" >"$W/journal" <<'END' || exit 1
import json, sys
for act in json.load(open(sys.argv[1]))["acts"]:
    print(json.dumps({"deed": act["deed"], "failed": next((m["failed"] for m in act["messages"] if m["failed"]), None)},
                     separators=(",", ":")))
END
    find "$W/mail" -type f -path '*/new/*' -o -type f -path '*/cur/*' | xargs sha256sum | cut -d' ' -f1 | sort >"$W/now"
    cmp "$W/now" "$SUMS" || { echo "mails:"; find "$W/mail" -type f; exit 1; }
"#;

/// What each call gets instead of an answer, nothing being a kill; the calls, where not all that change a file; and
/// whether each of them is tried at each change, or only where `DUTYBOX_SOAK` is set.
const FAULTS: &[(&str, &str, bool)] = &[
    ("", "", true),
    ("ENOSPC", "", true),
    ("EIO", "", true),
    ("EDQUOT", "", false),
    ("EACCES", "", false),
    ("EROFS", "", false),
    ("EINTR", "", false),
    ("EMFILE", "openat,socket,epoll_create1,pipe2", false),
];
/// Of the others every so many calls are tried.
const STEP: usize = 11;

#[test]
fn c02_c03_the_program_killed_or_failed_at_every_call() {
    let what = "the program killed at every system call";
    if !proof() {
        return skipped(what, "DUTYBOX_PROOF is not set");
    }
    if !have("strace", what) || !have("python3", what) {
        return;
    }
    let keep = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(keep.path()).unwrap();
    let (folder, sums) = (root.join("ground"), root.join("sums"));
    ground(&folder);
    let sum = "find . -type f -path '*/new/*' -o -type f -path '*/cur/*' | xargs sha256sum | cut -d' ' -f1 | sort";
    let output = Command::new("bash").args(["-c", sum]).current_dir(folder.join("mail")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 3);
    fs::write(&sums, output.stdout).unwrap();
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/kill_every_syscall.sh");
    let mut points = 0;
    for (command, check) in COMMANDS {
        for (number, (error, calls, always)) in FAULTS.iter().enumerate() {
            let step = if *always || soak().is_some() { 1 } else { STEP };
            let run = format!(
                "\"$DUTYBOX\" --state-dir \"$W/state\" --config \"$W/config.toml\" --maildir \"$W/mail\" {command}"
            );
            // An error may leave the act undone and say so; a kill may not leave it half done.
            let output = Command::new(&tool)
                .arg(&folder)
                .arg(format!("{CHECK}\n{check}"))
                .args(["--", &run])
                .env("DUTYBOX", program())
                .env("SUMS", &sums)
                .envs([("ERR", error), ("CALLS", calls)])
                .env("STEP", step.to_string())
                .env("FIRST", (1 + number % step).to_string())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{command} {error}:\n{said}{}", String::from_utf8_lossy(&output.stderr));
            let tried: usize = said.lines().last().and_then(|line| line.split(' ').next()?.parse().ok()).unwrap();
            assert!(tried > 10 / step, "{command} {error}: only {said}");
            println!("{command} {error}: {}", said.lines().last().unwrap_or_default());
            points += tried;
        }
    }
    assert!(points > 400, "{points}");
    println!("{points} points");
}
