//! Mails of hostile size (reliability C30 to C33), and a folder full of rubbish (C35): the program ends well with each, says
//! what it cut, holds no more than its share of memory, and answers keys while it reads them.
//!
//! Every bomb is large enough here to cross its limit; with DUTYBOX_SOAK it has the full size of the plan, and what each
//! command took is printed. No test asserts a time: a guard ends what does not come back.

use crate::mails::{self, all_mails, dutybox, forbidden_bytes, have, maildir_of, scratch, skipped, soak};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Most memory that the program may hold for any mail, in MiB.
const MOST: u64 = 512;
/// The address space of C33, in MiB.
const SPACE: &str = "1024";
/// When a command is taken for hanging, in seconds.
const GUARD: &str = "60";

/// The base name of the bomb; plain mails lie beside it.
const BOMB: &str = "1795000000.bomb";
const HEAD: &str = "From: Alertmanager <am@mon.example>\nTo: oncall@example.net\nSubject: a bomb\n\
    Date: Sun, 22 Nov 2026 07:00:00 +0000\nMessage-ID: <bomb@mon.example>\n";

/// A mail that is too large in one way.
struct Bomb {
    name: &'static str,
    /// How many of what makes it large: here, and at full size.
    sizes: (usize, usize),
    write: fn(&mut BufWriter<File>, usize) -> std::io::Result<()>,
    /// How large the file is made in the end, with nothing in it: here, and at full size; 0: as it was written.
    sparse: (u64, u64),
    /// What is said of what was cut; nothing is where nothing is.
    says: &'static [&'static str],
    /// Whether it crosses no limit of its own at the small size, or takes too long in a debug build.
    soak: bool,
}

const NESTING: &str = "nested deeper than 100 levels";
const HEADERS: &str = "A header is longer than 64 KiB, or all of them longer than 1 MiB";
const TEXT: &str = "The text is longer than 10 MiB";
const FILE: &str = "The file is larger than 50 MiB";

const BOMBS: &[Bomb] = &[
    Bomb {
        name: "messages in messages",
        sizes: (8_000, 400_000),
        write: |out, n| {
            many(out, n, |out, _| out.write_all(b"Content-Type: message/rfc822\n\n"))?;
            out.write_all(b"Subject: deep\n\nhi\n")
        },
        sparse: (0, 0),
        says: &[NESTING],
        soak: false,
    },
    Bomb {
        name: "multiparts in multiparts",
        sizes: (2_000, 400_000),
        write: |out, n| {
            many(out, n, |out, i| write!(out, "Content-Type: multipart/mixed; boundary=\"b{i}\"\n\n--b{i}\n"))?;
            out.write_all(b"\nhi\n")
        },
        sparse: (0, 0),
        says: &[NESTING],
        soak: false,
    },
    Bomb {
        name: "parameters in pieces, the last first (RFC 2231)",
        sizes: (20_000, 100_000),
        write: |out, n| {
            write!(out, "{HEAD}Content-Type: text/plain")?;
            many(out, n, |out, i| write!(out, "; p{0}*{0}=a", n - i))?;
            out.write_all(b"\n\nhi\n")
        },
        sparse: (0, 0),
        says: &[HEADERS],
        soak: false,
    },
    Bomb {
        name: "a header of parameters",
        sizes: (100_000, 900_000),
        write: |out, n| {
            write!(out, "{HEAD}Content-Type: text/plain")?;
            many(out, n, |out, i| write!(out, ";\n\tp{i}=a"))?;
            out.write_all(b"\n\nhi\n")
        },
        sparse: (0, 0),
        says: &[HEADERS],
        soak: false,
    },
    Bomb {
        name: "a header line",
        sizes: (2_000_000, 100_000_000),
        write: |out, n| {
            write!(out, "{HEAD}X-Long: ")?;
            many(out, n, |out, _| out.write_all(b"A"))?;
            out.write_all(b"\n\nhi\n")
        },
        sparse: (0, 0),
        says: &[HEADERS],
        soak: false,
    },
    Bomb {
        name: "headers",
        sizes: (20_000, 1_000_000),
        write: |out, n| {
            out.write_all(HEAD.as_bytes())?;
            many(out, n, |out, i| writeln!(out, "X-{i}: a"))?;
            out.write_all(b"\nhi\n")
        },
        sparse: (0, 0),
        says: &[HEADERS],
        soak: false,
    },
    Bomb {
        name: "parts",
        sizes: (5_000, 1_000_000),
        write: |out, n| {
            write!(out, "{HEAD}Content-Type: multipart/mixed; boundary=b\n\n")?;
            many(out, n, |out, _| out.write_all(b"--b\n\n"))?;
            out.write_all(b"--b--\n")
        },
        sparse: (0, 0),
        says: &["There are more than 1,000 parts"],
        soak: false,
    },
    Bomb {
        name: "a line of text",
        sizes: (10_600_000, 100_000_000),
        write: |out, n| {
            writeln!(out, "{HEAD}")?;
            many(out, n, |out, _| out.write_all(b"x"))
        },
        sparse: (0, 0),
        says: &[TEXT],
        soak: false,
    },
    Bomb {
        name: "lines of text",
        sizes: (260_000, 10_000_000),
        write: |out, n| {
            writeln!(out, "{HEAD}")?;
            many(out, n, |out, _| out.write_all(b"x\n"))
        },
        sparse: (0, 0),
        says: &[],
        soak: false,
    },
    Bomb {
        name: "paragraphs of HTML",
        sizes: (400_000, 10_000_000),
        write: |out, n| {
            writeln!(out, "{HEAD}Content-Type: text/html\n")?;
            many(out, n, |out, _| out.write_all(b"<p>x</p>\n"))
        },
        sparse: (0, 0),
        says: &[],
        soak: true,
    },
    Bomb {
        name: "elements of HTML in each other, each with the end of another",
        sizes: (40_000, 500_000),
        write: |out, n| {
            writeln!(out, "{HEAD}Content-Type: text/html\n")?;
            many(out, n, |out, _| out.write_all(b"<ul><li>x</bodos>"))
        },
        sparse: (0, 0),
        says: &[],
        soak: false,
    },
    Bomb {
        name: "a link that goes through all paragraphs",
        sizes: (20_000, 200_000),
        write: |out, n| {
            writeln!(out, "{HEAD}Content-Type: text/html\n")?;
            write!(out, "<a href=\"https://a.example/")?;
            many(out, n * 20, |out, _| out.write_all(b"a"))?;
            write!(out, "\">x")?;
            many(out, n, |out, _| out.write_all(b"<p>x"))
        },
        sparse: (0, 0),
        says: &[],
        soak: false,
    },
    Bomb {
        name: "links",
        sizes: (200_000, 4_000_000),
        write: |out, n| {
            writeln!(out, "{HEAD}")?;
            many(out, n, |out, i| write!(out, "https://a.example/{i} "))
        },
        sparse: (0, 0),
        says: &[],
        soak: true,
    },
    Bomb {
        name: "base64 in one line",
        sizes: (3_000_000, 20_000_000),
        write: |out, n| {
            writeln!(out, "{HEAD}Content-Transfer-Encoding: base64\n")?;
            many(out, n, |out, _| out.write_all(b"QUFB"))
        },
        sparse: (0, 0),
        says: &[],
        soak: true,
    },
    Bomb {
        name: "a text that is a hole in its file",
        sizes: (1, 1),
        write: |out, _| write!(out, "{HEAD}\nhi\n"),
        sparse: (51 << 20, 2 << 30),
        says: &[FILE, TEXT],
        soak: true,
    },
    Bomb {
        name: "a file that is a hole",
        sizes: (1, 1),
        write: |out, _| write!(out, "{HEAD}Content-Type: application/octet-stream\n\nhi\n"),
        sparse: (51 << 20, 2 << 30),
        says: &[FILE],
        soak: false,
    },
    Bomb {
        name: "a header line that is a hole",
        sizes: (1, 1),
        write: |out, _| write!(out, "{HEAD}X-Long: "),
        sparse: (51 << 20, 2 << 30),
        says: &[FILE, HEADERS],
        soak: false,
    },
];

/// Writes something so often.
fn many<W: Write>(
    out: &mut W,
    times: usize,
    one: impl Fn(&mut W, usize) -> std::io::Result<()>,
) -> std::io::Result<()> {
    (0..times).try_for_each(|i| one(out, i))
}

/// Does something with each that is tried, a few at a time, or one by one where it is measured; fails with what was found
/// wrong.
fn each(work: impl Fn(&Bomb) -> Vec<String> + Sync) {
    if soak().is_none() {
        skipped("most of the mails of hostile size", "DUTYBOX_SOAK is not set; each limit is crossed once");
    }
    let queue = Mutex::new(BOMBS.iter().filter(|bomb| soak().is_some() || !bomb.soak));
    let faults = Mutex::new(Vec::new());
    let worker = || {
        loop {
            let next = queue.lock().expect("no worker panicked").next();
            let Some(bomb) = next else { break };
            let found = work(bomb);
            faults.lock().expect("no worker panicked").extend(found);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..if soak().is_some() { 1 } else { 4 } {
            scope.spawn(worker);
        }
    });
    let faults = faults.into_inner().expect("no worker panicked");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is done with each: command line, and whether the address space is limited. The short list is the first of it.
const COMMANDS: &[(&[&str], bool)] = &[
    (&["show", BOMB], true),
    (&["show", "--raw", BOMB], false),
    (&["forward", "--yes", "--to", "a@example.org", BOMB], false),
    (&["outbox"], false),
    (&["list"], true),
    (&["explain", BOMB], true),
    (&["index"], true),
    (&["search", "body:needle or header:x-none=y"], true),
    (&["list"], false),
    (&["incidents"], false),
    (&["show", BOMB], false),
    (&["show", "--json", BOMB], false),
    (&["explain", BOMB], false),
    (&["list", "needle"], false),
    (&["forward", "--dry-run", "--to", "a@example.org", BOMB], false),
    (&["forward", "--dry-run", "--as", "inline", "--to", "a@example.org", BOMB], false),
];
/// How many of them are tried where there is no time for all.
const SHORT: usize = 4;

impl Bomb {
    /// A Maildir with the bomb and a few plain mails.
    fn maildir(&self, home: &Path) -> PathBuf {
        let maildir = home.join("mail");
        mails::empty_maildir(&maildir);
        let path = maildir.join("cur").join(format!("{BOMB}:2,"));
        let (size, sparse) =
            if soak().is_some() { (self.sizes.1, self.sparse.1) } else { (self.sizes.0, self.sparse.0) };
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&path).expect("it can be made"));
        (self.write)(&mut out, size).expect("it can be written");
        let file = out.into_inner().expect("it can be written");
        if sparse > 0 {
            file.set_len(sparse).expect("the file system has holes");
        }
        for i in 0..5 {
            let text = format!("From: cron@example.org\nSubject: plain {i}\nMessage-ID: <{i}@example.org>\n\nhello\n");
            fs::write(maildir.join("cur").join(format!("{}.plain:2,", 1_794_000_000 + i)), text)
                .expect("it can be written");
        }
        maildir
    }
}

/// What came of a command: exit code, seconds, the most memory in MiB; and what it wrote.
struct Took {
    code: i64,
    rss: u64,
    seconds: f64,
    wrote: Vec<u8>,
}

/// Runs the program under `measure.py`.
fn measured(home: &Path, options: &[&str], args: &[&str]) -> Took {
    let (program, out) = (dutybox(home), home.join("out"));
    let mut command = Command::new("python3");
    command.arg(mails::tool("measure.py")).args(["--seconds", GUARD, "--out"]).arg(&out).args(options).arg("--");
    command.arg(program.get_program()).args(args).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = command.output().expect("python3 starts");
    let took = json(&output.stdout);
    Took {
        code: took["code"].as_i64().expect("a code"),
        rss: took["rss"].as_u64().expect("a size"),
        seconds: took["seconds"].as_f64().expect("a time"),
        wrote: fs::read(&out).expect("it was written"),
    }
}

fn json(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(line)))
}

/// Prints a figure at full size, past the test harness.
fn figure(words: &str) {
    if soak().is_some() {
        let _ = writeln!(std::io::stderr(), "figure: {words}");
    }
}

/// C30 to C33: each bomb by each command, as the machine is and with an address space of 1 GiB.
#[test]
fn c30_c33_no_mail_is_too_large_for_a_command() {
    if !have("python3", "mails of hostile size") {
        return;
    }
    each(|bomb| {
        let mut faults = Vec::new();
        let home = scratch();
        fs::create_dir_all(home.path().join("config/dutybox")).expect("it can be made");
        fs::write(home.path().join("config/dutybox/config.toml"), "own = \"duty@example.org\"\n")
            .expect("it can be written");
        let maildir = bomb.maildir(home.path());
        let size = fs::metadata(maildir.join("cur").join(format!("{BOMB}:2,"))).expect("it is there").len();
        let dir = maildir.to_string_lossy();
        let (mut slowest, mut largest) = ((0.0, String::new()), (0, String::new()));
        for (args, limited) in COMMANDS.iter().take(if soak().is_some() { usize::MAX } else { SHORT }) {
            let options: &[&str] = if *limited { &["--address-space", SPACE] } else { &[] };
            let all: Vec<&str> = ["--maildir", &dir].iter().chain(*args).copied().collect();
            let took = measured(home.path(), options, &all);
            let what = format!("{}: {} {}", bomb.name, args.join(" "), options.join(" "));
            let mut check = |good: bool, words: String| {
                if !good {
                    faults.push(format!("{what}: {words}"));
                }
            };
            check(took.code == 0, format!("ended with {}", took.code));
            check(took.rss <= MOST, format!("held {} MiB", took.rss));
            let shown = matches!(*args, ["show", BOMB] | ["show", "--json", BOMB]);
            let text = String::from_utf8_lossy(&took.wrote);
            for says in bomb.says.iter().filter(|_| shown) {
                check(text.contains(says), format!("does not say: {says}"));
            }
            if args[0] == "outbox" {
                check(text.contains("queued") && !text.contains("failed"), format!("{text}"));
            }
            let raw = args.contains(&"--raw");
            check(raw || forbidden_bytes(&took.wrote).is_none(), "wrote what must not reach a terminal".into());
            check(!raw || took.wrote.len() as u64 == size, format!("{} of {size} bytes", took.wrote.len()));
            if took.seconds > slowest.0 {
                slowest = (took.seconds, args.join(" "));
            }
            if took.rss > largest.0 {
                largest = (took.rss, args.join(" "));
            }
        }
        let (seconds, rss) = (slowest.0, largest.0);
        let size = size >> 20;
        figure(&format!("{} ({size} MiB): {seconds} s ({}), {rss} MiB ({})", bomb.name, slowest.1, largest.1));
        faults
    });
}

/// What a terminal was told to draw, without where and in which colours.
fn drawn(dump: &[u8]) -> String {
    let text = String::from_utf8_lossy(dump);
    let mut out = String::new();
    let mut rest = text.as_ref();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        out.push(' ');
        let end = after.find(|c: char| c.is_ascii_alphabetic()).map_or(after.len(), |at| at + 1);
        rest = &after[end..];
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The program in a terminal on this Maildir; what was found, and the report of `pty_check.py`.
fn in_a_terminal(home: &Path, maildir: &Path, options: &[&str]) -> Result<Value, String> {
    let program = dutybox(home);
    let mut command = Command::new("python3");
    command.arg(mails::tool("pty_check.py")).args(["--rows", "40", "--cols", "160", "--patience", GUARD]);
    command.args(options).args(["--", "env", "-i", "TERM=xterm-256color"]);
    command
        .args(program.get_envs().filter_map(|(name, value)| Some(format!("{}={}", name.to_str()?, value?.to_str()?))));
    let output = command.arg(program.get_program()).arg("--maildir").arg(maildir).output().expect("python3 starts");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(json(&output.stdout)) } else { Err(format!("{}: {said}", output.status)) }
}

/// C30 to C33 on the screen: opened, looked at from all sides, told what was cut; C31: while it is read, each key is
/// answered.
#[test]
fn c30_c33_no_mail_is_too_large_for_the_screen() {
    let what = "mails of hostile size on the screen";
    if !have("python3", what) {
        return;
    }
    each(|bomb| {
        let mut faults = Vec::new();
        let home = scratch();
        let maildir = bomb.maildir(home.path());
        let (dir, dump) = (maildir.to_string_lossy(), home.path().join("dump"));
        let dumped = dump.to_string_lossy();
        // All of the screen for the message, drawn as a whole, so that what is said stands in one line.
        let each = "<CR><SEEN><WAIT>zgg<C-l><WAIT>G<C-d>HG<C-d>HggE<C-d><ESC>w<C-d>q";
        let options =
            ["--start", ",tgmgg<WAIT>", "--each", each, "--end", "Q", "--seen", &dir, "--dump", &dumped, "--modes"];
        match in_a_terminal(home.path(), &maildir, &options) {
            Err(fault) => faults.push(format!("{}: {fault}", bomb.name)),
            Ok(report) => {
                let rss = report["rss"].as_u64().expect("a size");
                if rss > MOST {
                    faults.push(format!("{}: held {rss} MiB", bomb.name));
                }
                let text = drawn(&fs::read(&dump).expect("it was written"));
                for says in bomb.says.iter().filter(|says| !text.contains(**says)) {
                    faults.push(format!("{}: the screen does not say: {says}", bomb.name));
                }
                figure(&format!("{} on the screen: {rss} MiB", bomb.name));
            }
        }
        // Tab goes to the next pane, which is always drawn: first while the folder is read, then while the mail is.
        for (moment, start, early) in [("the folder", "", true), ("the mail", ",tgmgg<WAIT>", false)] {
            let each = if early { "<TAB><TAB><TAB><TAB>" } else { "<CR><TAB><TAB><TAB><TAB><TAB><TAB>" };
            let mut options = vec!["--answer", "--start", start, "--each", each, "--end", "Q"];
            options.extend(early.then_some("--early"));
            options.extend(["--address-space", SPACE]);
            match in_a_terminal(home.path(), &maildir, &options) {
                Err(fault) => faults.push(format!("{}, while {moment} is read: {fault}", bomb.name)),
                Ok(report) => {
                    figure(&format!("{}: keys while {moment} is read: {} s", bomb.name, report["answered"]));
                }
            }
        }
        faults
    });
}

/// C35: other people's mails and the hostile ones, every tenth of them random bytes: all are listed, in order, and each
/// can be shown.
#[test]
fn c35_a_folder_in_which_every_tenth_file_is_random_bytes() {
    let mails = all_mails();
    if mails.is_empty() {
        return skipped("a folder with random bytes", "there are no mails to put them between");
    }
    let home = scratch();
    let maildir = home.path().join("mail");
    let bases = maildir_of(&maildir, &mails);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = Vec::new();
    for (i, base) in bases.iter().enumerate().filter(|(i, _)| i % 10 == 0) {
        let path = maildir.join("cur").join(format!("{base}:2,"));
        // From a few bytes to a megabyte; the file is a new one, for the old one is a link to the mail of the set.
        let size = 1 << (i / 10 % 21);
        let bytes: Vec<u8> = (0..size)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect();
        fs::remove_file(&path).expect("it is there");
        fs::write(&path, bytes).expect("it can be written");
        random.push(base.clone());
    }
    let dir = maildir.to_string_lossy();
    let run = |args: &[&str]| {
        let output = dutybox(home.path()).args(["--read-only", "--maildir", &dir]).args(args).output();
        let output = output.expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
        assert_eq!(forbidden_bytes(&output.stdout).or(forbidden_bytes(&output.stderr)), None, "{args:?}");
        output.stdout
    };
    let listed = json(&run(&["list", "--json"]));
    let mut ids: Vec<&str> =
        listed["messages"].as_array().expect("messages").iter().filter_map(|mail| mail["id"].as_str()).collect();
    ids.sort_unstable();
    let mut expected: Vec<&str> = bases.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected, "files in = rows");
    assert_eq!(listed["errors"].as_array().map(Vec::len), Some(0));
    run(&["list"]);
    run(&["categories"]);
    // One of each size, or all of them.
    for id in random.iter().take(if soak().is_some() { usize::MAX } else { 21 }) {
        for args in [&["show", id][..], &["show", "--json", id], &["explain", id]] {
            assert!(!run(args).is_empty(), "{args:?}");
        }
    }
    figure(&format!("{} files, {} of them random bytes", bases.len(), random.len()));
}
