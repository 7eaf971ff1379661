//! C04: the power goes. What was said to be done is on disk, and nothing else is broken.

use crate::mails::{have, program, skipped, soak, tool};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const MOVES: usize = 200;
const FORWARDS: usize = 50;

/// Cuts the power while a command runs; `None`, and said, where that cannot be done here.
fn cut(what: &str, images: usize, pause: &str, folder: &Path, check: &str, command: &str) -> Option<Output> {
    if !["mkfs.xfs", "mkfs.ext4", "losetup", "unshare", "python3", "awk"].iter().all(|program| have(program, what)) {
        return None;
    }
    let loops = Command::new("losetup").arg("--find").output().unwrap();
    if !loops.status.success() {
        skipped(what, "there are no loop devices, or they may not be used");
        return None;
    }
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private"])
        .arg(tool("powercut.sh"))
        .arg(folder)
        .arg(check)
        .args(["--", "bash", "-c", command])
        .env("DUTYBOX", program())
        .env("CHECK_CUT", tool("check_cut.py"))
        .env("IMAGES", images.to_string())
        .env("PAUSE", pause)
        .env("LINES", (MOVES + FORWARDS).to_string())
        .output()
        .unwrap();
    Some(output)
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Number of images that were judged, and of those found bad.
fn counted(said: &str) -> (usize, usize) {
    let line = said.lines().find(|line| line.contains(" images, ")).unwrap_or_else(|| panic!("{said}"));
    let numbers: Vec<usize> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    (numbers[0], numbers[1])
}

/// A Maildir with an archive, and as many mails as are moved and forwarded.
fn ground(root: &Path) {
    for folder in ["mail", "mail/.Archive"] {
        for place in ["cur", "new", "tmp"] {
            fs::create_dir_all(root.join(folder).join(place)).unwrap();
        }
    }
    for number in 0..MOVES + FORWARDS {
        let text = format!(
            "From: cron@example.org\nTo: oncall@example.org\nSubject: mail {number}\nMessage-ID: <{number}@example.org>\n\
             \nthis is the body of mail number {number}.\n"
        );
        let place = if number % 3 == 0 { "new" } else { "cur" };
        let info = if number % 3 == 0 { "" } else { ":2,S" };
        fs::write(root.join(format!("mail/{place}/{}.M{number:04}P1.host{info}", 1_700_000_000 + number)), text)
            .unwrap();
    }
    let config = "own = [\"duty@example.org\"]\nme = \"ann\"\narchive-folder = \"Archive\"\n";
    fs::write(root.join("config.toml"), config).unwrap();
}

/// Each act as the program of its own; a line for each that was answered well.
const ACTS: &str = r#"
    run() { "$DUTYBOX" --state-dir "$PWD/state" --config "$PWD/config.toml" --maildir "$PWD/mail" "$@" >/dev/null 2>&1; }
    for number in $(seq 0 249); do
      base=$((1700000000 + number)).M$(printf %04d "$number")P1.host
      if [ $((number % 5)) = 4 ]; then
        run forward "$base" --to hwine@example.net --yes && echo "queued $number" >>"$ACKS" || exit 1
      else
        run archive "$base" && echo "moved $number" >>"$ACKS" || exit 1
      fi
    done
"#;

/// What must hold of each image: at once, after the program was started, and after it was started again.
const CHECK: &str = r#"
    run() { "$DUTYBOX" --state-dir "$PWD/state" --config "$PWD/config.toml" --maildir "$PWD/mail" "$@"; }
    python3 "$CHECK_CUT" before "$ACKS" "$ACKED" || exit 1
    run mark --query subject:nobodywrotethis >/dev/null || { echo "it does not start"; exit 1; }
    run outbox --json >../waiting.json && run journal --json --limit 1000 >../acts.json || exit 1
    python3 "$CHECK_CUT" after "$ACKS" "$ACKED" ../waiting.json ../acts.json || exit 1
    find mail state/outbox | sort >../first
    run mark --query subject:nobodywrotethis >/dev/null || { echo "it does not start again"; exit 1; }
    find mail state/outbox | sort >../second
    cmp ../first ../second || { echo "the second start changed something"; exit 1; }
"#;

#[test]
fn c04_what_was_said_to_be_done_is_there_after_a_power_cut() {
    let what = "moves and forwards while the power is cut";
    if soak().is_none() {
        return skipped(what, "DUTYBOX_SOAK is not set");
    }
    let keep = tempfile::tempdir().unwrap();
    ground(keep.path());
    let Some(output) = cut(what, 30, "0.2", keep.path(), CHECK, ACTS) else { return };
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let (images, bad) = counted(&said);
    assert!(images >= 20 && bad == 0, "{said}");
    println!("{said}");
}

/// The cut must be able to take something away, or it shows nothing.
#[test]
fn c04_a_power_cut_takes_what_was_not_synced() {
    let what = "files that are not synced while the power is cut";
    if soak().is_none() {
        return skipped(what, "DUTYBOX_SOAK is not set");
    }
    let keep = tempfile::tempdir().unwrap();
    ground(keep.path());
    let careless = r#"
        for number in $(seq 0 249); do
          mv mail/*/*.M"$(printf %04d "$number")"P1.host* mail/.Archive/cur/ && echo "moved $number" >>"$ACKS"
          sleep 0.02
        done
    "#;
    let check = r#"python3 "$CHECK_CUT" before "$ACKS" "$ACKED""#;
    let Some(output) = cut(what, 10, "0.1", keep.path(), check, careless) else { return };
    let said = said(&output);
    let (images, bad) = counted(&said);
    assert!(images >= 5 && bad >= 1, "nothing is ever lost: {said}");
    println!("{}", said.lines().last().unwrap());
}
