//! A home with a Maildir, the program in it by command and on a terminal, and what lies in the folders by our own count.

use crate::mails::{self, program};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// How long anything may take, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// Prints a figure, past the test harness.
pub fn say(figure: &str) {
    let _ = writeln!(std::io::stderr(), "figure: {figure}");
}

/// Random numbers by a seed (xorshift): the same on every run.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below.max(1)
    }
}

/// A home: `mail` with the folders `Archive`, `Later` and `Trash`, `config`, `state`.
pub struct Home {
    _keep: tempfile::TempDir,
    pub root: PathBuf,
}

impl Home {
    pub fn new(config: &str) -> Home {
        let keep = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(keep.path()).unwrap();
        let home = Home { _keep: keep, root };
        for folder in ["mail", "mail/.Archive", "mail/.Later", "mail/.Trash"] {
            mails::empty_maildir(&home.path(folder));
        }
        fs::create_dir_all(home.path("config/dutybox")).unwrap();
        let common = "me = \"ann\"\nown = [\"duty@example.org\"]\narchive-folder = \"Archive\"\n";
        fs::write(home.path("config/dutybox/config.toml"), format!("{common}{config}")).unwrap();
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub fn mail(&self) -> PathBuf {
        self.path("mail")
    }

    fn environment(&self) -> Vec<(&'static str, std::ffi::OsString)> {
        vec![
            ("HOME", self.root.clone().into()),
            ("XDG_CONFIG_HOME", self.path("config").into()),
            ("XDG_STATE_HOME", self.path("state").into()),
            ("XDG_CACHE_HOME", self.path("cache").into()),
            ("TZ", "UTC".into()),
            ("LC_ALL", "C.UTF-8".into()),
            ("TERM", "xterm-256color".into()),
            ("RUST_BACKTRACE", "1".into()),
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
        ]
    }

    /// A command of the program over this Maildir.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.env_clear().envs(self.environment()).arg("--maildir").arg(self.mail()).args(args);
        command.stdin(std::process::Stdio::null());
        command
    }

    /// Another program in this home.
    pub fn other(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(&self.root);
        command.stdin(std::process::Stdio::null());
        command
    }

    /// Runs a command of the program: its output, which must not be that of a panic or a signal.
    pub fn run(&self, args: &[&str]) -> Output {
        let output = self.command(args).output().unwrap();
        let code = output.status.code();
        assert!(matches!(code, Some(0..=3)), "{args:?}: {code:?}\n{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// The same, and what it printed as JSON.
    pub fn json(&self, args: &[&str]) -> (Output, Value) {
        let output = self.run(&[args, &["--json"]].concat());
        let value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (output, value)
    }

    /// The acts in the journal, oldest first.
    pub fn journal(&self) -> Vec<Value> {
        let (output, value) = self.json(&["journal", "--limit", "1000000"]);
        let mut acts = value["acts"].as_array().cloned().unwrap_or_else(|| panic!("{output:?}"));
        acts.reverse();
        acts
    }

    /// The program on a terminal, with more in its environment.
    pub fn screen_with(&self, w: u16, h: u16, args: &[&str], more: &[(&str, &str)]) -> Screen {
        let mut command = CommandBuilder::new(program());
        command.env_clear();
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        for (name, value) in more {
            command.env(name, value);
        }
        command.args(args);
        command.arg(self.mail());
        Screen::start(command, w, h)
    }

    pub fn screen(&self, w: u16, h: u16) -> Screen {
        self.screen_with(w, h, &[], &[])
    }

    /// Messages of one list each by itself, what is done and hidden too: then its title counts every mail there is.
    pub fn screen_of_all(&self, mails: usize) -> Screen {
        let mut screen = self.screen(200, 50);
        screen.wait("all mail", |screen| screen.contains("? help") && !screen.contains("reading"));
        screen.send("gmgh");
        screen.wait(&format!("{mails} mails"), |screen| screen.count() == Some(mails));
        screen
    }
}

/// A terminal that something runs in.
pub struct Screen {
    keys: Box<dyn Write + Send>,
    seen: Arc<Mutex<vt100::Parser>>,
    pub child: Box<dyn portable_pty::Child + Send + Sync>,
    master: Box<dyn portable_pty::MasterPty + Send>,
    /// When its window was dragged and it has not drawn since.
    dragged: Arc<Mutex<Option<Instant>>>,
    /// How long it took to draw after each such time.
    drawn: Arc<Mutex<Vec<Duration>>>,
}

impl Screen {
    pub fn start(command: CommandBuilder, w: u16, h: u16) -> Screen {
        let size = PtySize { rows: h, cols: w, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let seen = Arc::new(Mutex::new(vt100::Parser::new(h.try_into().unwrap(), w.try_into().unwrap(), 0)));
        let to = Arc::clone(&seen);
        let (dragged, drawn) = (Arc::new(Mutex::new(None::<Instant>)), Arc::new(Mutex::new(Vec::new())));
        let (since, took) = (Arc::clone(&dragged), Arc::clone(&drawn));
        std::thread::spawn(move || {
            let mut bytes = [0; 1 << 16];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if let Some(at) = since.lock().unwrap().take() {
                    took.lock().unwrap().push(at.elapsed());
                }
                to.lock().unwrap().process(&bytes[..n]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Screen { keys, seen, child, master: pair.master, dragged, drawn }
    }

    pub fn send(&mut self, keys: &str) {
        // Where it ended meanwhile, what waits for its answer says so.
        let _ = self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush());
    }

    pub fn resize(&self, w: u16, h: u16) {
        // Nothing that is drawn for the new size may come upon a screen of the old one.
        let mut seen = self.seen.lock().unwrap();
        seen.screen_mut().set_size(h.try_into().unwrap(), w.try_into().unwrap());
        *self.dragged.lock().unwrap() = Some(Instant::now());
        self.master.resize(PtySize { rows: h, cols: w, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// How long it took from each time that the window was dragged to the next output, the shortest first.
    pub fn redraws(&self) -> Vec<Duration> {
        let mut took = self.drawn.lock().unwrap().clone();
        took.sort_unstable();
        took
    }

    pub fn text(&self) -> String {
        self.seen.lock().unwrap().screen().contents()
    }

    pub fn contains(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// How many messages the title of the list counts.
    pub fn count(&self) -> Option<usize> {
        let text = self.text();
        let (_, rest) = text.split_once("All mail · ")?;
        let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
        // Where incidents are one row, the messages stand behind the rows.
        let line = rest.lines().next().unwrap_or_default();
        match line.split_once('(') {
            Some((_, more)) if more.contains("messages)") => digits(more),
            _ => digits(rest),
        }
    }

    pub fn wait(&self, what: &str, holds: impl Fn(&Screen) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < PATIENCE, "waited for {what}:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn wait_text(&self, text: &str) {
        self.wait(text, |screen| screen.contains(text));
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Seconds of processor time that it has used.
    pub fn processor(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        let rest = stat.rsplit(") ").next().unwrap_or_default();
        let ticks: f64 = rest.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
        // The kernel counts for programs in hundredths of a second.
        ticks / 100.0
    }

    /// Leaves by key, whatever is open; it must end well.
    pub fn quit(mut self) {
        let begun = Instant::now();
        loop {
            // In a dialog the first closes the dialog.
            self.send("\x03");
            let asked = Instant::now();
            while asked.elapsed() < Duration::from_secs(1) {
                if let Some(status) = self.child.try_wait().unwrap() {
                    assert_eq!(status.exit_code(), 0, "{}", self.text());
                    return;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end:\n{}", self.text());
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
        }
    }
}

/// Sends a signal to a process of ours.
pub fn signal(pid: u32, signal: &str) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

/// A mail that is like no other; later numbers are dated later.
pub fn text(number: usize, subject: &str) -> String {
    static START: OnceLock<i64> = OnceLock::new();
    let start = START.get_or_init(|| clock() - 300_000);
    let date = dutybox::mail::Time(start + (number % 250_000) as i64).rfc5322(&jiff::tz::TimeZone::UTC);
    format!(
        "From: cron@host{}.example.org\nTo: oncall@example.org\nSubject: {subject}\nDate: {date}\n\
         Message-ID: <{number}@neighbours.example.org>\n\nthe body of {number}\n",
        number % 40
    )
}

pub fn clock() -> i64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64
}

/// One file of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The folder: its name on disk, empty for the inbox.
    pub folder: String,
    pub place: String,
    pub name: String,
}

impl Found {
    /// The base name.
    pub fn base(&self) -> &str {
        self.name.split(':').next().unwrap_or_default()
    }

    pub fn flags(&self) -> &str {
        self.name.split_once(":2,").map_or("", |(_, flags)| flags)
    }

    pub fn has(&self, flag: char) -> bool {
        self.flags().contains(flag)
    }
}

/// Every file in `new` and `cur` of the inbox and its folders, by the Message-ID that stands in it.
///
/// Panics where one is empty, cut, or may be read by others.
pub fn census(maildir: &Path) -> BTreeMap<String, Vec<Found>> {
    let mut all: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    let mut folders = vec![String::new()];
    for entry in fs::read_dir(maildir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.starts_with('.') && maildir.join(&name).join("cur").is_dir() {
            folders.push(name);
        }
    }
    for folder in folders {
        for place in ["new", "cur"] {
            let dir = maildir.join(&folder).join(place);
            for entry in fs::read_dir(&dir).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let text = fs::read_to_string(dir.join(&name)).unwrap();
                let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: <"));
                let id = id.unwrap_or_else(|| panic!("{folder}/{place}/{name} is empty or cut: {text:?}"));
                let number = id.split('@').next().unwrap();
                let whole = text.trim_end().ends_with(&format!("the body of {number}"));
                assert!(whole, "{folder}/{place}/{name} is cut: {text:?}");
                let found = Found { folder: folder.clone(), place: place.to_owned(), name };
                all.entry(number.to_owned()).or_default().push(found);
            }
        }
    }
    all
}

/// What must hold of a Maildir in which these mails were delivered and none was removed: each lies there once.
pub fn assert_each_once(maildir: &Path, numbers: impl IntoIterator<Item = usize>) -> BTreeMap<String, Found> {
    let census = census(maildir);
    let mut once = BTreeMap::new();
    let mut wrong = Vec::new();
    for number in numbers {
        match census.get(&number.to_string()).map(Vec::as_slice) {
            Some([one]) => drop(once.insert(number.to_string(), one.clone())),
            Some(several) => wrong.push(format!("{number} lies there {} times: {several:?}", several.len())),
            None => wrong.push(format!("{number} is lost")),
        }
    }
    assert!(wrong.is_empty(), "{} mails:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(census.len(), once.len(), "mails that nobody delivered");
    once
}

/// How many files are no rests: what lies in the folders' `tmp`.
pub fn rests(maildir: &Path) -> Vec<PathBuf> {
    let mut rests = Vec::new();
    for folder in ["", ".Archive", ".Later", ".Trash"] {
        for entry in fs::read_dir(maildir.join(folder).join("tmp")).unwrap() {
            rests.push(entry.unwrap().path());
        }
    }
    rests
}

/// Whether all files of a Maildir are private, as they were delivered.
pub fn assert_private(maildir: &Path, census: &BTreeMap<String, Found>) {
    for found in census.values() {
        let path = maildir.join(&found.folder).join(&found.place).join(&found.name);
        let mode = fs::metadata(&path).unwrap().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
}

/// Delivers as the Maildir rules say: whole in `tmp`, then a link into `new`.
pub fn deliver(folder: &Path, name: &str, text: &str) {
    let tmp = folder.join("tmp").join(name);
    write(&tmp, text);
    fs::hard_link(&tmp, folder.join("new").join(name)).unwrap();
    fs::remove_file(tmp).unwrap();
}

/// Writes a private file.
pub fn write(path: &Path, text: &str) {
    use std::os::unix::fs::OpenOptionsExt;
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.unwrap().write_all(text.as_bytes()).unwrap();
}
