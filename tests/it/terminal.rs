//! The binary in a real pseudo terminal: few tests, for what only a terminal can show. Each waits for what it expects on
//! the screen, with a deadline.

mod feeds;

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(120);

struct Home {
    dir: TempDir,
}

impl Home {
    /// A home with three mails, two of them not yet seen by any reader.
    fn new(config: &str) -> Home {
        let dir = TempDir::new().unwrap();
        let home = Home { dir };
        for part in ["new", "cur", "tmp"] {
            std::fs::create_dir_all(home.maildir().join(part)).unwrap();
        }
        let mail = |subject: &str, minute: u32| {
            format!(
                "Received: from a by b; Thu, 21 Nov 2013 14:{minute}:00 +0000\nFrom: cron@disk7.example.org\n\
                 To: oncall@example.org\nSubject: {subject}\nDate: Thu, 21 Nov 2013 14:{minute}:00 +0000\n\
                 Message-ID: <{minute}@example.org>\n\nthe text of {subject}\n"
            )
        };
        home.put("new/1385042400.M1P1.host", &mail("first alert", 40));
        home.put("new/1385042100.M2P1.host", &mail("second alert", 35));
        home.put("cur/1385041800.M3P1.host:2,S", &mail("third alert", 30));
        home.write("config/dutybox/config.toml", config);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn maildir(&self) -> PathBuf {
        self.path("Maildir")
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.maildir().join(name), text).unwrap();
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn script(&self, name: &str, text: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = self.write(name, text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let dir = std::fs::read_dir(self.maildir().join(folder)).unwrap();
        let mut names: Vec<String> = dir.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn start(&self, w: u16, h: u16) -> Term {
        self.start_with(w, h, &[])
    }

    fn start_with(&self, w: u16, h: u16, args: &[&str]) -> Term {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_dutybox"));
        command.env_clear();
        for (name, value) in [
            ("HOME", self.dir.path()),
            ("XDG_CONFIG_HOME", &self.path("config")),
            ("XDG_STATE_HOME", &self.path("state")),
            ("XDG_CACHE_HOME", &self.path("cache")),
        ] {
            command.env(name, value);
        }
        for (name, value) in
            [("TERM", "xterm-256color"), ("RUST_BACKTRACE", "0"), ("TZ", "UTC"), ("PATH", "/usr/bin:/bin")]
        {
            command.env(name, value);
        }
        command.args(args);
        command.arg(self.maildir());
        Term::start(command, w, h)
    }
}

/// The program in a pseudo terminal.
pub struct Term {
    keys: Option<Box<dyn Write + Send>>,
    seen: Arc<Mutex<(vt100::Parser, Vec<u8>)>>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
}

fn size(w: u16, h: u16) -> PtySize {
    PtySize { rows: h, cols: w, pixel_width: 0, pixel_height: 0 }
}

impl Term {
    pub fn start(command: CommandBuilder, w: u16, h: u16) -> Term {
        let pair = native_pty_system().openpty(size(w, h)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let parser = vt100::Parser::new(h.try_into().unwrap(), w.try_into().unwrap(), 0);
        let seen = Arc::new(Mutex::new((parser, Vec::new())));
        let to = seen.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n) = reader.read(&mut bytes) {
                if n == 0 {
                    break;
                }
                let mut seen = to.lock().unwrap();
                seen.0.process(&bytes[..n]);
                seen.1.extend_from_slice(&bytes[..n]);
            }
        });
        Term { keys: Some(pair.master.take_writer().unwrap()), seen, child, master: Some(pair.master) }
    }

    pub fn send(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Sends more than the terminal holds; fails where the program does not take it in.
    pub fn paste(&mut self, text: &str) {
        let (mut writer, bytes) = (self.keys.take().unwrap(), text.as_bytes().to_owned());
        let work = std::thread::spawn(move || {
            let sent = writer.write_all(&bytes).and_then(|()| writer.flush());
            (writer, sent)
        });
        until("all of it is read", || work.is_finished(), || self.text());
        let (writer, sent) = work.join().unwrap();
        sent.unwrap();
        self.keys = Some(writer);
    }

    /// Presses a key until something holds that it brings about: right behind a paste it counts as more of that.
    pub fn press_until(&mut self, key: &str, what: &str, holds: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !holds(&self.text()) {
            assert!(begun.elapsed() < PATIENCE, "waited for {what}:\n{}", self.text());
            self.send(key);
            let pressed = Instant::now();
            while !holds(&self.text()) && pressed.elapsed() < Duration::from_millis(500) {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    pub fn text(&self) -> String {
        self.seen.lock().unwrap().0.screen().contents()
    }

    /// All that the program wrote.
    pub fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().1.clone()
    }

    pub fn wait(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        until(what, || holds(self.seen.lock().unwrap().0.screen()), || self.text());
    }

    pub fn wait_text(&self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    fn resize(&self, w: u16, h: u16) {
        // Nothing that is drawn for the new size may come upon a screen of the old one.
        let mut seen = self.seen.lock().unwrap();
        seen.0.screen_mut().set_size(h.try_into().unwrap(), w.try_into().unwrap());
        self.master.as_ref().unwrap().resize(size(w, h)).unwrap();
    }

    fn kill(&self, signal: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        let begun = Instant::now();
        while status.is_none() {
            status = self.child.try_wait().unwrap();
            assert!(begun.elapsed() < PATIENCE, "it does not end:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(5));
        }
        status.unwrap()
    }

    /// Waits for the end; the terminal must be as it was before.
    pub fn ended_clean(&mut self) -> ExitStatus {
        let status = self.ended();
        self.wait("the terminal as it was", |screen| {
            !screen.alternate_screen()
                && !screen.bracketed_paste()
                && !screen.hide_cursor()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        status
    }
}

pub fn until(what: &str, mut holds: impl FnMut() -> bool, state: impl Fn() -> String) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited for {what}:\n{}", state());
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn wait_for(what: &str, holds: impl FnMut() -> bool) {
    until(what, holds, String::new);
}

fn ready(home: &Home) -> Term {
    let term = home.start(100, 30);
    // While mail is being read, the first key only settles the cursor.
    term.wait("the list", |screen| {
        let text = screen.contents();
        screen.alternate_screen()
            && text.contains("third alert")
            && text.contains("? help")
            && !text.contains("reading")
    });
    term
}

#[test]
fn it_starts_shows_the_mail_and_quits_without_a_trace() {
    let home = Home::new("");
    let mut term = ready(&home);
    term.wait_text("the text of first alert");
    assert_eq!(home.names("new").len(), 2, "looking changes nothing");
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
}

#[test]
fn open_mark_ignore_undo_and_forward_by_keys() {
    let home = Home::new("");
    let record = home.path("sent.txt");
    let sendmail = home.script(
        "bin/sendmail",
        &format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > {0}.args\ncat > {0}.part && mv {0}.part {0}\n", record.display()),
    );
    home.write(
        "config/dutybox/config.toml",
        &format!("own = [\"ann@example.org\"]\nme = \"ann\"\n[sending]\nsendmail = \"{sendmail}\"\n"),
    );
    let mut term = ready(&home);
    term.send("\r");
    wait_for("opened: seen, in cur", || home.names("cur").contains(&"1385042400.M1P1.host:2,S".to_owned()));
    term.send("q");
    term.send("mm");
    wait_for("marked", || home.names("cur").contains(&"1385042400.M1P1.host:2,FS".to_owned()));
    term.wait_text("marked: 1 message");
    term.send("i");
    term.wait_text("Enter ignores");
    term.send("known noise\r");
    term.wait_text("ignored: 1 message");
    term.wait("it is hidden", |screen| !screen.contents().contains("first alert"));
    term.send("u");
    term.wait_text("undone: ignore of 1 message");
    term.wait_text("first alert");
    term.send("ggf");
    term.wait_text("Forward");
    term.send("kim@example.org\r");
    term.wait_text("Review: nothing has left yet");
    assert!(!record.exists());
    term.send("y");
    wait_for("the mail was handed to the sender", || record.exists());
    wait_for("passed on", || home.names("cur").contains(&"1385042400.M1P1.host:2,FPS".to_owned()));
    let sent = std::fs::read_to_string(&record).unwrap();
    assert!(sent.contains("message/rfc822") && sent.contains("the text of first alert"), "{sent}");
    let args = std::fs::read_to_string(Path::new(&format!("{}.args", record.display()))).unwrap();
    assert!(args.lines().any(|arg| arg == "kim@example.org"), "{args}");
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
}

#[test]
fn the_screen_of_an_earlier_time_is_for_looking_only() {
    let home = Home::new("");
    let before = (home.names("cur"), home.names("new"));
    let mut term = home.start_with(100, 30, &["--as-of", "2013-11-30T12:00:00Z"]);
    term.wait("the list", |screen| screen.contents().contains("third alert") && !screen.contents().contains("reading"));
    term.send("mm");
    term.wait_text("nothing is changed (started with --read-only or --as-of)");
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
    assert_eq!((home.names("cur"), home.names("new")), before);
}

#[test]
fn it_follows_every_size() {
    let home = Home::new("");
    let mut term = ready(&home);
    for (w, h) in [(130, 40), (1, 1), (60, 12), (2, 1), (39, 9), (40, 10), (80, 24)] {
        term.resize(w, h);
        if w >= 40 && h >= 10 {
            term.wait("the status on the last line", |screen| {
                screen.rows(0, w).last().is_some_and(|line| line.contains("? help"))
            });
        }
    }
    term.resize(30, 8);
    term.wait_text("dutybox needs 40x10");
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
}

#[test]
fn it_suspends_and_comes_back_twice() {
    let home = Home::new("");
    let mut term = ready(&home);
    let pid = term.child.process_id().unwrap();
    let stopped = move || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
    };
    for _ in 0..2 {
        term.send("\x1a");
        term.wait("the shell's screen", |screen| !screen.alternate_screen() && !screen.hide_cursor());
        wait_for("stopped", stopped);
        term.resize(90, 28);
        term.kill("-CONT");
        term.wait("the list again", |screen| screen.alternate_screen() && screen.contents().contains("third alert"));
    }
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
}

#[test]
fn signals_end_it_with_their_code_and_restore_the_terminal() {
    for (signal, code) in [("-TERM", 143), ("-HUP", 129), ("-INT", 130), ("-QUIT", 131)] {
        let home = Home::new("");
        let mut term = ready(&home);
        term.kill(signal);
        assert_eq!(term.ended_clean().exit_code(), code, "{signal}");
    }
}

#[test]
fn it_ends_when_the_terminal_is_gone() {
    let home = Home::new("");
    let mut term = ready(&home);
    term.keys = None;
    term.master = None;
    // The reading thread holds a copy of the master: the hang-up is sent as the kernel would.
    term.kill("-HUP");
    assert_eq!(term.ended().exit_code(), 129);
}

/// Types the name of an action in the palette.
#[cfg(debug_assertions)]
fn act(term: &mut Term, name: &str) {
    term.send(":");
    term.wait_text("Actions");
    term.send(name);
    term.wait_text(&format!("▸ {}", &name[..name.len().min(15)]));
    term.send("\r");
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_restores_the_terminal_and_says_what_happened() {
    let home = Home::new("");
    let mut term = ready(&home);
    act(&mut term, "debug-panic");
    assert_eq!(term.ended_clean().exit_code(), 101);
    term.wait_text("asked for by debug-panic");
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_of_a_worker_is_a_message_and_the_screen_stays() {
    let home = Home::new("");
    let mut term = ready(&home);
    act(&mut term, "debug-worker-panic");
    term.wait_text("a worker failed inside");
    assert!(term.seen.lock().unwrap().0.screen().alternate_screen());
    term.send("j");
    term.wait_text("the text of second alert");
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
}

#[test]
fn the_editor_gets_the_terminal_and_every_key() {
    let home = Home::new("");
    let editor = home.script(
        "bin/editor",
        "#!/bin/sh\nprintf 'in the editor\\n'\nread line\n{ cat \"$1\"; printf '%s\\n' \"$line\"; } > \"$1.new\"\nmv \"$1.new\" \"$1\"\n",
    );
    home.write("config/dutybox/config.toml", &format!("own = [\"ann@example.org\"]\neditor = \"{editor}\"\n"));
    let mut term = ready(&home);
    term.send("r");
    term.wait("the editor", |screen| !screen.alternate_screen() && screen.contents().contains("in the editor"));
    term.send("qQdd on it\n");
    term.wait_text("Review: nothing has left yet");
    term.wait_text("qQdd on it");
    term.send("n");
    term.wait_text("nothing was sent");
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
}

#[test]
fn copying_speaks_osc_52_and_pasting_runs_nothing() {
    let home = Home::new("");
    let mut term = ready(&home);
    term.send("ys");
    let copied = "\x1b]52;c;Zmlyc3QgYWxlcnQ="; // "first alert"
    wait_for("OSC 52", || String::from_utf8_lossy(&term.seen.lock().unwrap().1).contains(copied));
    term.send("\x1b[200~ddd\rQ\x1b[201~");
    term.wait_text("never run as keys");
    term.press_until("/", "the field", |shown| shown.contains("Esc cancel"));
    term.send("\x1b[200~third\x1b[201~");
    term.wait_text("/third");
    term.press_until("\r", "what was searched for", |shown| shown.contains("the text of third alert"));
    assert_eq!(home.names("cur"), ["1385041800.M3P1.host:2,S"], "nothing was done by the paste");
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
}

#[test]
fn new_mail_and_mail_taken_by_others_show_up() {
    let home = Home::new("");
    let mut term = ready(&home);
    home.put(
        "new/1385042700.M4P1.host",
        "Received: from a by b; Thu, 21 Nov 2013 14:45:00 +0000\nFrom: a@example.org\nSubject: fourth alert\n\nx\n",
    );
    term.send("R");
    term.wait_text("fourth alert");
    std::fs::remove_file(home.maildir().join("cur/1385041800.M3P1.host:2,S")).unwrap();
    term.send("R");
    term.wait("the third is gone", |screen| !screen.contents().contains("third alert"));
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
}

/// The list comes from the index, which looks into no file; what is shown of a message comes from its file.
#[test]
fn a_mail_that_was_changed_under_its_name_is_read_again_when_it_is_looked_at() {
    let home = Home::new("");
    let path = home.maildir().join("cur/1385041800.M3P1.host:2,S");
    let old = std::time::SystemTime::now() - Duration::from_secs(60);
    let set_old = || std::fs::File::open(&path).unwrap().set_modified(old).unwrap();
    set_old();
    let mut term = ready(&home);
    term.send("Q");
    term.ended_clean();
    let text = std::fs::read_to_string(&path).unwrap().replace("third", "other");
    std::fs::write(&path, text).unwrap();
    set_old();
    // As one that did not stand in front: those are read at the start in any case.
    std::fs::remove_file(home.path("cache/dutybox/index/front")).unwrap();
    let mut term = ready(&home);
    term.send("G");
    term.wait("it is another one", |screen| {
        let text = screen.contents();
        text.contains("the text of other alert") && !text.contains("third alert")
    });
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
}

#[test]
fn conflicting_keys_are_refused_before_the_screen_comes_up() {
    let home = Home::new("[keys]\ndone = \"d\"\n");
    let mut term = home.start(100, 30);
    assert_eq!(term.ended().exit_code(), 2);
    term.wait("both names", |screen| {
        let text = screen.contents();
        text.contains("done") && text.contains("trash")
    });
    assert!(!String::from_utf8_lossy(&term.seen.lock().unwrap().1).contains("\x1b[?1049h"));
}

#[test]
fn without_a_terminal_it_says_what_to_type_instead() {
    let home = Home::new("");
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_dutybox"));
    command.env_clear().env("HOME", home.dir.path()).env("XDG_STATE_HOME", home.path("state")).arg(home.maildir());
    let output = command.assert().code(2).get_output().clone();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("no terminal") && error.contains("dutybox list"), "{error}");
    assert!(output.stdout.is_empty());
}

/// A mail of the sync on a host, sent so many seconds ago.
fn sync(subject: &str, ago: u64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let date = dutybox::mail::Time((now - ago) as i64).rfc5322(&jiff::tz::TimeZone::UTC);
    format!(
        "Received: from a by b; {date}\nFrom: vcs2vcs@github-sync1.example.org\nTo: release+vcs2vcs@mozilla.com\n\
         Subject: [vcs2vcs] {subject}\nDate: {date}\nMessage-ID: <{}@example.org>\n\ntext\n",
        now - ago
    )
}

#[test]
fn a_call_that_rises_to_page_reaches_bell_title_and_command() {
    let home = Home::new("");
    let record = home.path("rung.txt");
    let ring = home.script(
        "bin/ring",
        &format!(
            "#!/bin/sh\n{{ cat; printf '%s\\n' \"$#\" \"$@\"; }} > {0}.part && mv {0}.part {0}\n",
            record.display()
        ),
    );
    home.write("config/dutybox/config.toml", &format!("[alert]\ncommand = [\"{ring}\", \"now: {{}}\"]\n"));
    home.put("new/1385042701.M5P1.host", &sync("AUTOFIX process delays", 20));
    let mut term = ready(&home);
    term.wait_text("WAIT");
    let bytes = |term: &Term| String::from_utf8_lossy(&term.seen.lock().unwrap().1).into_owned();
    wait_for("the title", || bytes(&term).contains("\x1b[22;0t\x1b]0;Maildir — dutybox\x07"));
    // A title ends with the byte that rings, too.
    let rings = |term: &Term| {
        let bytes = bytes(term);
        bytes.matches('\x07').count() - bytes.matches("\x1b]0;").count()
    };
    assert_eq!(rings(&term), 0);
    home.put("new/1385042702.M6P1.host", &sync("process delays", 5));
    term.wait_text("PAGE vcs2vcs: AUTOFIX failed on github-sync1");
    wait_for("the title", || bytes(&term).contains("\x1b]0;(1) PAGE vcs2vcs: AUTOFIX failed on github-sync1"));
    assert_eq!(rings(&term), 1);
    wait_for("the command", || record.exists());
    let said = std::fs::read_to_string(&record).unwrap();
    let line = "PAGE vcs2vcs: AUTOFIX failed on github-sync1.example.org: page hwine";
    assert_eq!(said, format!("{line}\n1\nnow: {line}\n"), "on standard input, and where an argument asks for it");
    term.send("gp");
    term.wait_text("this is now");
    term.send("(");
    term.wait_text("as of ");
    term.send("q");
    term.wait_text("back to now");
    term.send("\x1a");
    wait_for("the title is given back", || bytes(&term).contains("\x1b]0;\x07\x1b[23;0t"));
    let before = bytes(&term).len();
    term.kill("-CONT");
    wait_for("and taken again", || bytes(&term)[before..].contains("\x1b]0;(1) PAGE"));
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
    let bytes = bytes(&term);
    assert_eq!(bytes.matches("\x1b[22;0t").count(), 2);
    assert_eq!(bytes.matches("\x1b[23;0t").count(), 2, "the old title is back");
    assert_eq!(rings(&term), 1, "nothing else rang");
}
