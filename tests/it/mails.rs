//! Mails that nobody of us would write: the hostile set, other people's mails, and what must not reach a terminal.
//!
//! Nothing here skips quietly: what is missing is said on standard error past the test harness, line by line.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::Duration;

/// How many of other people's mails a run looks at, unless `DUTYBOX_ALL` is set.
const SAMPLE: usize = 500;

/// A mail on disk: its name for people, and its file.
#[derive(Debug, Clone)]
pub struct Mail {
    pub name: String,
    pub path: PathBuf,
}

impl Mail {
    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap_or_else(|error| panic!("{}: {error}", self.path.display()))
    }
}

/// Whether the slow proofs run: every hostile mail through the terminal, other programs over the same Maildir.
pub fn proof() -> bool {
    std::env::var_os("DUTYBOX_PROOF").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Whether the tests run at full size that are short otherwise (the largest mails, the longest queues, the longest
/// storms), and how long the longest of them may go on: `DUTYBOX_SOAK` is 1, for to its end, or a number of seconds.
pub fn soak() -> Option<Duration> {
    let value = std::env::var("DUTYBOX_SOAK").ok().filter(|value| !value.is_empty() && value != "0")?;
    let seconds: u64 = value.parse().expect("DUTYBOX_SOAK is 1, or a number of seconds");
    Some(if seconds == 1 { Duration::MAX } else { Duration::from_secs(seconds) })
}

/// Says that something is not tested, and why. The harness hides what passing tests print; this it does not.
pub fn skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}: {why}");
}

/// Whether a program can be started; says so where it cannot.
pub fn have(program: &str, what: &str) -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join(program).is_file());
    if !found {
        skipped(what, &format!("{program} is not installed"));
    }
    found
}

/// A script of ours below `tests/tools`.
pub fn tool(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools").join(name)
}

/// A fresh folder below `target`, where hard links to the generated mails are possible; removed when dropped.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("target is writable")
}

/// Runs a script of ours with Python and returns what it printed.
pub fn python(script: &str, args: &[&str]) -> Output {
    Command::new("python3").arg(tool(script)).args(args).output().expect("python3 starts")
}

/// The hostile mails, generated once for each version of their script; `None`, and said, without Python.
pub fn hostile() -> Option<Vec<Mail>> {
    static DIR: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = DIR.get_or_init(|| {
        if !have("python3", "the hostile mails") {
            return None;
        }
        let script = fs::read(tool("make_hostile.py")).expect("the script is there");
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{}", blake3::hash(&script).to_hex()));
        if !dir.join("hostile.jsonl").is_file() {
            let fresh = scratch();
            let out = python("make_hostile.py", &[&fresh.path().join("mails").to_string_lossy()]);
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            // Another test run may have been quicker; then its folder stays.
            let _ = fs::rename(fresh.path().join("mails"), &dir);
        }
        Some(dir)
    });
    let mails = eml_files(made.as_ref()?);
    assert!(mails.len() >= 470, "only {} hostile mails", mails.len());
    Some(mails)
}

/// Other people's mails: a sample that is spread over all sources, the same on every run, or all with `DUTYBOX_ALL`.
/// Empty, and said, where `DUTYBOX_CORPUS` is not set.
pub fn corpus() -> Vec<Mail> {
    let Some(dir) = std::env::var_os("DUTYBOX_CORPUS") else {
        skipped("other people's mails", "DUTYBOX_CORPUS is not set (a folder that holds corpus/*/eml/*.eml)");
        return Vec::new();
    };
    let root = Path::new(&dir).join("corpus");
    let all = eml_files(&root);
    assert!(!all.is_empty(), "DUTYBOX_CORPUS is set, but {} holds no .eml file", root.display());
    if std::env::var_os("DUTYBOX_ALL").is_some() || all.len() <= SAMPLE {
        return all;
    }
    let mut picked: BTreeMap<usize, &Mail> =
        (0..SAMPLE).map(|i| i * all.len() / SAMPLE).map(|i| (i, &all[i])).collect();
    // A small source may lie between two steps: its first mail comes too.
    let mut source = String::new();
    for (i, mail) in all.iter().enumerate() {
        let own = mail.name.split('/').next().unwrap_or_default();
        if own != source {
            own.clone_into(&mut source);
            picked.insert(i, mail);
        }
    }
    picked.into_values().cloned().collect()
}

/// The hostile mails and the corpus together.
pub fn all_mails() -> Vec<Mail> {
    let mut mails = hostile().unwrap_or_default();
    mails.extend(corpus());
    mails
}

/// All `.eml` files below a folder, by path.
fn eml_files(root: &Path) -> Vec<Mail> {
    let mut mails = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("the folder is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "eml") {
                let name = path.strip_prefix(root).expect("it lies below").to_string_lossy().into_owned();
                mails.push(Mail { name, path });
            }
        }
    }
    mails.sort_by(|a, b| a.name.cmp(&b.name));
    mails
}

/// An empty Maildir.
pub fn empty_maildir(path: &Path) {
    for sub in ["cur", "new", "tmp"] {
        fs::create_dir_all(path.join(sub)).expect("it can be made");
    }
}

/// A Maildir of these mails in `cur`, unseen, named by number, in their order; files are linked where that is possible.
pub fn maildir_of(path: &Path, mails: &[Mail]) -> Vec<String> {
    empty_maildir(path);
    mails
        .iter()
        .enumerate()
        .map(|(i, mail)| {
            let base = format!("{}.M{i:06}P1Q{i}.proof", 1_700_000_000 + i);
            let target = path.join("cur").join(format!("{base}:2,"));
            if fs::hard_link(&mail.path, &target).is_err() {
                fs::copy(&mail.path, &target).expect("the mail can be copied");
            }
            base
        })
        .collect()
}

/// The program: the one that was built with these tests, or the one that DUTYBOX_BIN names, to take the figures of a release.
pub fn program() -> PathBuf {
    let named = std::env::var_os("DUTYBOX_BIN");
    named.map_or_else(|| env!("CARGO_BIN_EXE_dutybox").into(), |path| fs::canonicalize(path).expect("it is there"))
}

/// The program with nothing of this machine around it: no home, no configuration, no terminal.
pub fn dutybox(home: &Path) -> Command {
    let mut command = Command::new(program());
    command.env_clear().env("HOME", home).env("TZ", "UTC").env("LC_ALL", "C.UTF-8").env("RUST_BACKTRACE", "1");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (name, folder) in [
        ("XDG_STATE_HOME", "state"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_RUNTIME_DIR", "run"),
    ] {
        command.env(name, home.join(folder));
    }
    command.stdin(std::process::Stdio::null());
    command
}

/// The first character of a text that must not reach a terminal, and what stands around it. Line breaks may.
pub fn forbidden(text: &str) -> Option<String> {
    let bad = |c: char| {
        matches!(c as u32,
            0..=0x09 | 0x0b..=0x1f | 0x7f..=0x9f | 0xad | 0x034f | 0x061c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180e
            | 0x200b | 0x200c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xe000..=0xf8ff | 0xfeff
            | 0xffa0 | 0xfff0..=0xfffb | 0xfffe | 0xffff | 0xe0000..=0xe007f)
    };
    let mut combining = 0;
    for (at, c) in text.char_indices() {
        combining = if matches!(c as u32, 0x300..=0x36f | 0x483..=0x489 | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20f0)
        {
            combining + 1
        } else {
            0
        };
        if bad(c) || combining > 8 {
            let before: String = text[..at].chars().rev().take(20).collect::<Vec<_>>().into_iter().rev().collect();
            let after: String = text[at..].chars().skip(1).take(20).collect();
            let what = if combining > 8 { "a run of combining marks".into() } else { format!("U+{:04X}", c as u32) };
            return Some(format!("{what} between {before:?} and {after:?}"));
        }
    }
    None
}

/// The same for bytes: they must be UTF-8 besides.
pub fn forbidden_bytes(bytes: &[u8]) -> Option<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => forbidden(text),
        Err(error) => Some(format!("no UTF-8 from byte {}", error.valid_up_to())),
    }
}

/// The scanner must be able to fail.
#[test]
fn the_scanner_sees_what_must_not_reach_a_terminal() {
    for bad in
        ["\x1b[2J", "a\x07", "\u{9b}2J", "x\u{202e}y", "\u{200b}", "\u{e0041}", "a\rb", "\t", &"\u{301}".repeat(9)]
    {
        assert!(forbidden(bad).is_some(), "{bad:?} passed");
    }
    assert!(forbidden_bytes(b"a\xff").is_some());
    assert_eq!(forbidden("two lines\nof Größe 🇩🇪 e\u{301} ␛[2J"), None);
}
