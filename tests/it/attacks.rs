//! Attacks on the terminal itself (reliability C23 to C25, C27): mails that make it answer, pasted text that holds commands,
//! text of doubtful width, sequences that are put together only on the screen. In pseudo terminals, in a real tmux, and on
//! every cell of the screen.

use crate::desk::{Desk, mail as plain_mail};
use crate::hostile::{in_a_terminal, walk};
use crate::mails::{Mail, dutybox, empty_maildir, forbidden, have, proof, scratch, skipped, soak};
use crate::terminal::{Term, until};
use dutybox::config::Config;
use dutybox::mail::text;
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What a terminal answers to, and with what it would type the answer: where the cursor is, its title, what it is, the
/// clipboard, a setting, its name, a mode, a colour; and two of them with C1 controls.
const ASKING: &[&str] = &[
    "\u{1b}[6n",
    "\u{1b}[21t",
    "\u{1b}[c",
    "\u{1b}[>c",
    "\u{1b}]52;c;?\u{7}",
    "\u{1b}P$q\"p\u{1b}\\",
    "\u{5}",
    "\u{1b}[?2004$p",
    "\u{1b}]10;?\u{1b}\\",
    "\u{9b}6n\u{9b}c",
];

/// A mail that carries a sequence in header, name of the sender, text, HTML and the name of an attachment; more lines than
/// a screen has.
fn asking(number: usize, sequence: &str) -> String {
    let percent: String = sequence.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let line = format!("{sequence}dQ{sequence}\n");
    format!(
        "From: =?utf-8?q?n_{word}?= <probe{number}@example.org>\nTo: oncall@example.org\nSubject: probe{number} \
         {sequence} raw =?utf-8?q?{word}?= {sequence}\nDate: Thu, 21 Nov 2013 14:{number:02}:00 +0000\n\
         Message-ID: <{number}@example.org>\nX-Probe: {sequence}\nX-{sequence}: y\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n{lines}\n\
         --b\nContent-Type: text/html; charset=utf-8\n\n<p title=\"{sequence}\">{line}</p>\n\
         <a href=\"http://a.example/{sequence}\">{line}</a>\n<p>the end of probe{number}</p>\n\
         --b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''f{percent}.pdf\n\nx\n--b--\n",
        word = percent.replace('%', "="),
        lines = line.repeat(60),
    )
}

/// A home whose Maildir holds these mails, the last the newest.
fn home_of(mails: &[Vec<u8>]) -> (TempDir, PathBuf) {
    let home = scratch();
    let maildir = home.path().join("mail");
    empty_maildir(&maildir);
    for (i, mail) in mails.iter().enumerate() {
        fs::write(maildir.join("cur").join(format!("{}.M{i}P1.host:2,", 1_385_040_000 + i)), mail).unwrap();
    }
    (home, maildir)
}

/// The same as files for [`walk`].
fn files(keep: &TempDir, mails: &[Vec<u8>]) -> Vec<Mail> {
    let write = |(i, mail): (usize, &Vec<u8>)| {
        let path = keep.path().join(format!("{i}.eml"));
        fs::write(&path, mail).unwrap();
        Mail { name: i.to_string(), path }
    };
    mails.iter().enumerate().map(write).collect()
}

/// Names and contents of all mails.
fn contents(maildir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = ["cur", "new"].into_iter().flat_map(|sub| fs::read_dir(maildir.join(sub)).unwrap());
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
        })
        .collect()
}

/// What the journal says was done, one word an act.
fn deeds(home: &Path, maildir: &Path) -> Vec<String> {
    let output = dutybox(home).arg("--maildir").arg(maildir).args(["journal", "--json"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    json["acts"].as_array().unwrap().iter().map(|act| act["deed"].as_str().unwrap().to_owned()).collect()
}

// ---- C23: what a terminal answers ------------------------------------------------------------------------------

#[test]
fn c23_what_a_terminal_might_answer_is_never_written_to_it() {
    if !have("python3", "mails that make a terminal answer") {
        return;
    }
    let keep = scratch();
    // The watcher sees a question where there is one.
    let mut asks = in_a_terminal(&dutybox(keep.path()), &["--plain", "--end", ""]);
    let seen = asks.args(["printf", r"\033[6n\005"]).output().unwrap();
    assert_eq!(seen.status.code(), Some(1), "{}", String::from_utf8_lossy(&seen.stdout));
    let mails: Vec<Vec<u8>> = ASKING.iter().enumerate().map(|(i, ask)| asking(i, ask).into_bytes()).collect();
    assert_eq!(walk(&files(&keep, &mails), 40, 120), None);
}

/// A tmux server of its own, with nothing configured, which ends when this is dropped.
struct Tmux {
    folder: TempDir,
}

impl Tmux {
    /// The program in it, at that size. Whatever mail could do to it is allowed.
    fn start(home: &Path, maildir: &Path, w: u16, h: u16) -> Tmux {
        let tmux = Tmux { folder: tempfile::tempdir().unwrap() };
        let program = dutybox(home);
        let (w, h) = (w.to_string(), h.to_string());
        let allow = "start-server ; set -g remain-on-exit on ; set -g set-clipboard on ;";
        let mut args: Vec<&str> = allow.split(' ').collect();
        args.extend(["new-session", "-d", "-x", &w, "-y", &h, "env", "-i", "TERM=screen-256color"]);
        let variables: Vec<String> = program
            .get_envs()
            .filter_map(|(name, value)| Some(format!("{}={}", name.to_str()?, value?.to_str()?)))
            .collect();
        args.extend(variables.iter().map(String::as_str));
        args.extend([program.get_program().to_str().unwrap(), "--maildir", maildir.to_str().unwrap()]);
        tmux.run(&args);
        tmux
    }

    fn run(&self, args: &[&str]) -> String {
        let output = self.tmux(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn tmux(&self, args: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-u", "-L", "dutybox-test", "-f", "/dev/null"]).args(args).stdin(Stdio::null());
        command.env_remove("TMUX").env("TMUX_TMPDIR", self.folder.path()).env("LC_ALL", "C.UTF-8");
        command
    }

    fn text(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }

    /// Presses a key; waits for what is to be seen then.
    fn press(&self, keys: &[&str], what: &str, holds: impl Fn(&str) -> bool) {
        self.run(&[&["send-keys"], keys].concat());
        until(what, || holds(&self.text()), || self.text());
    }

    /// Waits until the program ended; its exit code must be 0.
    fn ended_well(&self) {
        let status = || {
            let said = self.run(&["display-message", "-p", "#{pane_dead} #{pane_dead_status}"]);
            if said.trim_end() == "1" {
                // It is dead, and a zombie: where tmux missed that a child ended it looks again when it is told once more.
                let server = self.run(&["display-message", "-p", "#{pid}"]);
                crate::neighbours::kit::signal(server.trim().parse().unwrap(), "-CHLD");
            }
            said.trim_end().to_owned()
        };
        until("the end", || status().starts_with("1 "), || self.text());
        assert_eq!(status(), "1 0");
    }

    /// What stands in a column of the terminal, as tmux itself counts columns, so many rows above the last one.
    fn column(&self, x: usize, rows: usize) -> Vec<String> {
        let file = self.folder.path().join("column");
        let (x, rows) = (x.to_string(), rows.to_string());
        let script = format!(
            "copy-mode ; send-keys -X bottom-line ; send-keys -X start-of-line ; send-keys -X -N {x} cursor-right ; \
             send-keys -X rectangle-toggle ; send-keys -X begin-selection ; send-keys -X -N {rows} cursor-up ; \
             send-keys -X copy-selection-and-cancel"
        );
        self.run(&script.split_whitespace().collect::<Vec<_>>());
        self.run(&["save-buffer", file.to_str().unwrap()]);
        fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // Where a test fails because there is none, that is its message.
        let _ = self.tmux(&["kill-server"]).output();
    }
}

#[test]
fn c23_no_answer_of_a_real_terminal_comes_back_as_keys() {
    if !have("tmux", "mails that make a terminal answer, in tmux") {
        return;
    }
    let mails: Vec<Vec<u8>> = ASKING.iter().enumerate().map(|(i, ask)| asking(i, ask).into_bytes()).collect();
    let (home, maildir) = home_of(&mails);
    let before = contents(&maildir);
    let tmux = Tmux::start(home.path(), &maildir, 120, 40);
    tmux.press(&[], "the list", |text| text.contains("All mail · 10") && !text.contains("reading"));
    tmux.press(&[",", "t", "g", "m", "g", "g"], "the newest on top", |text| at_cursor(text, "probe9"));
    for number in (0..mails.len()).rev() {
        let (name, end) = (format!("probe{number}"), format!("the end of probe{number}"));
        let seen = format!("M{number}P1.host:2,S");
        tmux.press(&["Enter"], "open", |text| text.contains("▸Message"));
        until("seen", || contents(&maildir).keys().any(|name| name.ends_with(&seen)), || tmux.text());
        tmux.press(&["z"], "the whole screen", |text| !text.contains("All mail"));
        tmux.press(&["G"], "the end", |text| text.contains(&end));
        tmux.press(&["H"], "all headers", |text| text.contains("all headers"));
        tmux.press(&["g", "g"], "a header", |text| text.contains("X-Probe"));
        tmux.press(&["H"], "raw", |text| text.contains("Message, raw"));
        tmux.press(&["G"], "the end of it", |text| text.contains("--b--"));
        tmux.press(&["H"], "short again", |text| text.contains("▸Message "));
        tmux.press(&["z"], "the list", |text| text.contains("All mail"));
        tmux.press(&["q"], "back", |text| text.contains("▸All mail"));
        let text = tmux.text();
        assert!(at_cursor(&text, &name) && !text.contains('╭') && !text.contains("Esc cancel"), "{text}");
        if let Some(next) = number.checked_sub(1) {
            tmux.press(&["j"], "the next", |text| at_cursor(text, &format!("probe{next}")));
        }
    }
    tmux.press(&["?"], "the help", |text| text.contains('╭'));
    tmux.press(&["Escape"], "no help", |text| !text.contains('╭'));
    let title = tmux.run(&["display-message", "-p", "#{pane_title}"]);
    assert!(title.trim_end().ends_with("— dutybox") && !title.contains("probe"), "{title}");
    assert_eq!(tmux.run(&["list-buffers"]), "", "a mail wrote into the clipboard");
    tmux.run(&["send-keys", "Q"]);
    tmux.ended_well();
    assert_eq!(deeds(home.path(), &maildir), vec!["open"; mails.len()]);
    let expected = before.into_iter().map(|(name, bytes)| (name + "S", bytes)).collect();
    assert_eq!(contents(&maildir), expected, "seen, and nothing else");

    // All this shows something only because this terminal does answer: it is asked by a program that does write questions.
    let answer = home.path().join("answer");
    let script = format!("stty raw -echo; printf '\\033[6n\\033[c'; head -c 9 > '{}'", answer.display());
    tmux.run(&["new-window", &script]);
    until("an answer", || fs::read(&answer).is_ok_and(|bytes| bytes.len() == 9), || tmux.text());
    assert!(fs::read(&answer).unwrap().starts_with(b"\x1b["), "{:?}", fs::read(&answer));
}

/// Whether the list's cursor stands on the row that names this.
fn at_cursor(text: &str, name: &str) -> bool {
    text.lines().any(|line| line.split_once("│▌").is_some_and(|(_, row)| row.contains(&format!("{name} "))))
}

// ---- C24: pasted text ------------------------------------------------------------------------------------------

/// What stands between the words of the pasted text: each would do something if it were a key.
const KEYS: &[&str] = &[
    "\r",
    "d",
    "\u{1b}",
    "mm",
    "\u{1b}d",
    "\n",
    "Q\ry",
    "\u{3}",
    "\u{1a}",
    "e\r",
    "\u{7f}",
    "\u{1b}[A",
    "\u{4}",
    "\u{15}",
    "\t",
    "\u{202e}",
    "\u{9b}2J",
    "\u{1b}[2J",
    "\u{1b}]52;c;?\u{7}",
    "\u{b}",
    "\u{200b}",
    "u",
    "i",
    "\u{1b}\u{1b}",
    "\u{c}",
    "\u{8}",
];
/// Begin and end of a paste.
const BEGIN: &str = "\u{1b}[200~";
const END: &str = "\u{1b}[201~";
/// The most characters that a field takes.
const FIELD: usize = 4096;

/// A megabyte of numbered words with keys between them.
fn flood() -> String {
    let mut text = String::with_capacity(1 << 20);
    for number in 0.. {
        if text.len() >= 1 << 20 {
            break;
        }
        text += &format!("w{number:06}{}", KEYS[number % KEYS.len()]);
    }
    text
}

#[test]
fn c24_a_megabyte_of_pasted_commands_runs_nothing() {
    let mail = |subject: &str, minutes| {
        plain_mail("a@example.org", "b@example.org", subject, minutes, &format!("text of {subject}"))
    };
    let (home, maildir) = home_of(&[mail("third", 30), mail("second", 20), mail("first", 10)]);
    let before = contents(&maildir);
    let program = dutybox(home.path());
    let mut command = portable_pty::CommandBuilder::new(program.get_program());
    command.env_clear();
    program.get_envs().for_each(|(name, value)| command.env(name, value.unwrap_or_default()));
    command.env("TERM", "xterm-256color");
    command.args(["--maildir", maildir.to_str().unwrap()]);
    let mut term = Term::start(command, 100, 30);
    term.wait("the list", |screen| screen.contents().contains("third") && !screen.contents().contains("reading"));

    let text = flood();
    let half = text.char_indices().nth(text.chars().count() / 2).unwrap().0;
    let (head, tail) = text.split_at(half);
    let floods = [
        format!("{BEGIN}{text}{END}"),
        text.clone(),
        // What comes behind the end that the text holds is no key either, were it as short as that.
        format!("{BEGIN}{head}{END}{tail}{END}"),
        format!("{BEGIN}{text}{END}ddmm\rQ\ry{END}"),
    ];
    let fields = [("/", "Esc cancel"), ("\\", "Esc cancel"), (":", "Actions")];
    for (field, sign) in fields {
        for (which, flood) in floods.iter().enumerate() {
            term.send(field);
            term.wait_text(sign);
            term.paste(flood);
            term.wait(&format!("pasted text {which} in {field}"), |screen| {
                let shown = screen.contents();
                assert_eq!(forbidden(&shown), None, "{shown}");
                words(&shown).is_some_and(|last| {
                    assert!(last < FIELD / 7, "the field took more than it may:\n{shown}");
                    last > 300
                })
            });
            term.press_until("\u{1b}", "the field is left", |shown| !shown.contains(sign));
        }
    }
    for (which, flood) in floods.iter().enumerate() {
        term.paste(flood);
        term.wait(&format!("pasted text {which} without a field"), |screen| {
            screen.contents().contains("never run as keys")
        });
        term.press_until("?", "the help", |shown| shown.contains('╭'));
        term.press_until("\u{1b}", "no help", |shown| !shown.contains('╭'));
    }
    term.send("gg");
    term.wait_text("text of first");
    term.send("j");
    term.wait_text("text of second");
    term.send("Q");
    assert_eq!(term.ended_clean().exit_code(), 0);
    assert_eq!(deeds(home.path(), &maildir), [""; 0]);
    assert_eq!(contents(&maildir), before);
    assert!(!String::from_utf8_lossy(&term.bytes()).contains("\u{1b}]52"), "a pasted sequence was sent back");
}

/// The largest number of a word of the pasted text that is on the screen.
fn words(shown: &str) -> Option<usize> {
    shown.split('w').filter_map(|rest| rest.get(..6)?.parse().ok()).max()
}

// ---- C25: widths -----------------------------------------------------------------------------------------------

/// Text about whose width terminals and libraries differ.
const WIDTHS: &[&str] = &[
    "漢字ＷＷ한글",
    "±·…①§○Ωя─│╭",
    "👨‍👩‍👧‍👦👩‍💻",
    "🇩🇪🇫🇷🇩",
    "❤️☎️✈️1️⃣☺︎❤☎",
    "👍🏽🏳️‍🌈🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "กำผู้ใหญ่ที่",
    "क्षत्रियहिन्दीनि",
    "நிக்ஷௌ",
    "ﷺ﷽لا",
    "각ᄀᆨ",
    "e\u{301}\u{301}\u{301}a\u{20dd}",
    "⠿𝔘𓂀𒐫꧅",
];

/// A mail of each, at each distance from the left; and one of a hundred thousand combining marks.
fn widths() -> Vec<Vec<u8>> {
    let mut mails: Vec<Vec<u8>> = WIDTHS
        .iter()
        .enumerate()
        .map(|(i, text)| {
            let lines: String = (0..8).map(|pad| format!("{}{}\n", "x".repeat(pad), text.repeat(40))).collect();
            let from = format!("{} <w{i}@example.org>", text.repeat(9));
            plain_mail(
                &from,
                "oncall@example.org",
                &format!("{}{}", "x".repeat(i % 3), text.repeat(40)),
                i as i64 + 1,
                &lines,
            )
        })
        .collect();
    let marks = format!("ab{}", "\u{301}".repeat(100_000));
    mails.push(plain_mail("m@example.org", "oncall@example.org", &marks[..4000], 50, &marks));
    mails
}

/// What is wrong with a drawing: a cell too large for the terminal, a wide character cut in half, a border with a gap.
fn torn(buffer: &Buffer, border: Color, dialog: bool) -> Vec<String> {
    let (w, h) = (buffer.area.width, buffer.area.height);
    let mut faults = Vec::new();
    let is = |x: u16, y: u16, symbols: &str| {
        let cell = &buffer[(x, y)];
        cell.fg == border && symbols.contains(cell.symbol())
    };
    for y in 0..h {
        for x in 0..w {
            let symbol = buffer[(x, y)].symbol();
            let columns = text::width(symbol) as u16;
            if symbol.len() > 64 || columns == 0 || x + columns > w {
                faults.push(format!("a cell {symbol:?} of {columns} columns at {x},{y}"));
            }
            for hidden in x + 1..(x + columns).min(w) {
                if buffer[(hidden, y)].symbol() != " " {
                    faults.push(format!("{symbol:?} at {x},{y} lies over {:?}", buffer[(hidden, y)].symbol()));
                }
            }
            if is(x, y, "╭") {
                let right = (x..w).find(|right| is(*right, y, "╮"));
                let bottom = (y..h).find(|bottom| is(x, *bottom, "╰"));
                match right.zip(bottom) {
                    Some((right, bottom)) => faults.extend(
                        (y + 1..bottom)
                            .filter(|row| !is(x, *row, "│") || !is(right, *row, "│"))
                            .map(|row| format!("the frame at {x},{y} has a gap in row {row}")),
                    ),
                    None => faults.push(format!("the frame at {x},{y} is not closed")),
                }
            }
        }
    }
    for x in (0..w).filter(|_| !dialog) {
        let rows: Vec<u16> = (0..h.saturating_sub(2)).filter(|y| is(x, *y, "│")).collect();
        if let (Some(first), Some(last)) = (rows.first(), rows.last())
            && usize::from(last - first) + 1 != rows.len()
        {
            faults.push(format!("the border in column {x} has a gap: {rows:?}"));
        }
    }
    faults
}

#[test]
fn c25_no_width_of_text_tears_a_border_at_any_width_of_the_screen() {
    let step = if proof() { 1 } else { 23 };
    if step > 1 {
        skipped("most widths of the screen", "DUTYBOX_PROOF is not set; every 23rd and the edges are drawn");
    }
    let mails = widths();
    let mut desk = Desk::with(120, 30, Config::default(), &mails, false);
    desk.press("gm gg");
    let border = {
        let buffer = desk.buffer();
        let panes = desk.model.panes.clone();
        buffer[(panes.categories.x + panes.categories.w, 5)].fg
    };
    let (mut drawn, mut bordered, mut framed) = (0, 0, 0);
    for w in (1..=200).filter(|w| w % step == 0 || [1, 2, 3, 39, 40, 41, 79, 80, 81, 119, 120, 121, 200].contains(w)) {
        for row in 0..mails.len() {
            // Some of the mails at each width, unless there is time for all.
            if soak().is_none() && (row + usize::from(w)) % 4 != 0 {
                continue;
            }
            let key = desk.numbered(row);
            assert!(desk.model.list.go_to(&key));
            // At one height all panes are there, at the other they are short; dialogs lie over the list, the message zoomed.
            for (keys, leave) in
                [("", ""), ("Enter", "q"), ("Enter z", "z q"), (":", "Esc"), ("E", "Esc"), ("i", "Esc"), ("A", "Esc")]
            {
                let dialog = leave == "Esc";
                // Each row has its dialog: not all of them at each width.
                if dialog && (row + usize::from(w)) / 4 % 4 != keys.len() + usize::from(keys.as_bytes()[0]) % 3 {
                    continue;
                }
                if !keys.is_empty() {
                    desk.press(keys);
                }
                desk.resize(w, if row % 2 == 0 { 30 } else { 24 });
                let buffer = desk.buffer();
                let faults = torn(&buffer, border, dialog);
                assert!(faults.is_empty(), "{w} columns, mail {row}, {keys:?}: {faults:#?}\n{}", desk.screen());
                let symbols =
                    |symbol: &str| buffer.content().iter().any(|cell| cell.fg == border && cell.symbol() == symbol);
                drawn += 1;
                bordered += usize::from(symbols("│"));
                framed += usize::from(symbols("╭"));
                if !leave.is_empty() {
                    desk.press(leave);
                }
            }
            desk.press("j");
        }
        desk.press("gg");
    }
    assert!(
        bordered > drawn / 3 && framed > drawn / 40,
        "{drawn} drawn, {bordered} with borders, {framed} with frames"
    );
    if proof() {
        eprintln!("figure: {drawn} drawings, {bordered} of them with borders, {framed} with frames");
    }
}

#[test]
fn c25_a_real_terminal_shows_the_border_in_one_column() {
    if !have("tmux", "text of doubtful width in tmux") {
        return;
    }
    let mails = widths();
    let (home, maildir) = home_of(&mails);
    let tmux = Tmux::start(home.path(), &maildir, 80, 24);
    tmux.press(&[], "the list", |text| text.contains("All mail · 14") && !text.contains("reading"));
    let title = |text: &str| text.lines().position(|line| line.contains(" Message ")).unwrap_or_default();
    for number in 0..mails.len() {
        // Until all of it is drawn there is something of the mail before.
        let straight = || {
            let text = tmux.text();
            let row = title(&text);
            // The title of the message is plain, so that its border tells the column.
            let Some((left, _)) = text.lines().nth(row).and_then(|line| line.split_once('│')) else { return false };
            let rows = 24 - 1 - row;
            let column = tmux.column(left.chars().count(), rows);
            rows > 5 && column.get(..rows - 1).is_some_and(|border| border.iter().all(|cell| cell == "│"))
        };
        until("a border in one column", straight, || format!("mail {number}:\n{}", tmux.text()));
        if number + 1 < mails.len() {
            let before = tmux.text();
            tmux.press(&["j"], "the next", |text| text != before);
        }
    }
    tmux.run(&["send-keys", "Q"]);
    tmux.ended_well();
}

// ---- C27: sequences in pieces ----------------------------------------------------------------------------------

/// Mails in which a sequence is whole only where two pieces come together on the screen.
fn split() -> Vec<Vec<u8>> {
    let head = |from: &str, subject: &str, rest: &str| {
        format!(
            "From: {from}\nSubject: {subject}\n{rest}To: [6n]52;c;?@example.org\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        )
    };
    // Each line ends with the escape at another column; the next one begins with the rest, where it is wrapped, too.
    let lines: String =
        (0..200).map(|w| format!("[6n{}\u{1b}[21t\n]52;c;?{}\u{1b}\n", "x".repeat(w), "y".repeat(w))).collect();
    let blanks: String = (0..200).map(|w| format!("[6n {} \u{1b} [21t\n", "x".repeat(w))).collect();
    let bytes = |text: String, with: &[u8]| {
        let mut out = Vec::new();
        for (i, piece) in text.split('\u{fffc}').enumerate() {
            if i > 0 {
                out.extend_from_slice(with);
            }
            out.extend_from_slice(piece.as_bytes());
        }
        out
    };
    let all = "\u{1b}".repeat(200);
    vec![
        // The end of one header and the start of the next: its name, its value, a folded line.
        (head("a\u{1b} <a@example.org>", "[21t b\u{1b}", "[6n: c\u{1b}\nX-A: [6n\u{1b}\n [21t\u{1b}\n\t]52;c;?\n")
            + "\n"
            + &lines)
            .into_bytes(),
        (head("[6n <[21t@example.org>", &all, "") + "\n" + &"[6n]52;c;?\n".repeat(80)).into_bytes(),
        (head(&format!("{all} <a@example.org>"), "[6n]52;c;?", "") + "\n" + &blanks).into_bytes(),
        // Encoded words, between which the blank goes away; the first half of a C1 control and its second half.
        (head(
            "=?utf-8?q?n=1B?= =?utf-8?q?[6n?= <a@example.org>",
            "=?utf-8?q?=C2?= =?utf-8?q?=9B6n?= =?utf-8?b?Gw==?= [21t",
            "",
        ) + "\n=1B=\n[6n\n")
            .into_bytes(),
        // The halves of a C1 control as bytes: over header, line, wrap.
        bytes(
            head("a\u{fffc} <a@example.org>", "b\u{fffc}", "X-B: c\u{fffc}\n")
                + "\n"
                + &(0..200).map(|w| format!("{}\u{fffc}\n", "z".repeat(w))).collect::<String>(),
            b"\xc2\n \x9b6n",
        ),
        // Soft line breaks and HTML put together what stands apart in the file.
        (head("a <a@example.org>", "quoted", "Content-Transfer-Encoding: quoted-printable\n")
            + "\n"
            + &"=1B=\n[6n =C2=\n=9B21t =1B=5D52;c;?=07\n".repeat(40))
            .into_bytes(),
        (head("a <a@example.org>", "html", "").replace("text/plain", "text/html")
            + "\n"
            + &"<b>&#27;</b><i>[6n</i> <td>&#x1b;</td><td>[21t</td> &#x9b<!-- -->;6n &#27<p>]52;c;?\n".repeat(40))
            .into_bytes(),
    ]
}

#[test]
fn c27_a_sequence_in_pieces_is_nowhere_put_together() {
    if !have("python3", "sequences in pieces") {
        return;
    }
    let keep = scratch();
    let mails = files(&keep, &split());
    for (rows, cols) in [(40, 120), (10, 40), (24, 80), (45, 200)] {
        assert_eq!(walk(&mails, rows, cols), None, "{cols}x{rows}");
    }
}
