//! Hostile mails and other people's mails through the library, the command line and the terminal: nothing forbidden
//! comes out, nothing panics or aborts, nothing takes for ever.

use crate::mails::{self, Mail, all_mails, dutybox, forbidden, forbidden_bytes, maildir_of, proof, scratch, skipped};
use dutybox::mail::compose::{self, ForwardAs, Stamp};
use dutybox::mail::{BodySource, FileName, Message, Oddity, Time, parse, text};
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::HostRules;
use dutybox::triage::classify::classify;
use dutybox::triage::explain::explain;
use dutybox::triage::query::Query;
use dutybox::triage::row::{Change, Folder, FolderId, MailKey, Place, Row};
use dutybox::triage::{Inbox, verdict};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// How long one mail may take before the test gives up on it. Generous: the machine may be busy and the build slow.
const WATCHDOG: Duration = Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 10 });

/// The default stack of a Rust thread; a parser that recurses over an attacker's nesting overflows it.
const STACK: usize = 2 << 20;

/// When the tests believe that it is.
const NOW: Time = Time(1_795_400_000);

/// Does something with every mail on a thread with a small stack; the watchdog names the mail that hangs.
fn for_each(mails: Vec<Mail>, work: impl Fn(&Mail) -> Vec<String> + Send + 'static) {
    let (send, done) = mpsc::channel();
    let names: Vec<String> = mails.iter().map(|mail| mail.name.clone()).collect();
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || {
            for mail in &mails {
                if send.send(work(mail)).is_err() {
                    break;
                }
            }
        })
        .expect("a thread starts");
    let mut faults = Vec::new();
    for name in &names {
        match done.recv_timeout(WATCHDOG) {
            Ok(found) => faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}"))),
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{name}: still at work after {WATCHDOG:?}"),
            Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{name}: the worker panicked"),
        }
    }
    let shown = faults.iter().take(40).cloned().collect::<Vec<_>>().join("\n  ");
    assert!(faults.is_empty(), "{} faults, the first:\n  {shown}", faults.len());
}

/// Collects what is wrong with one mail.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(what());
        }
    }

    /// A text that was cleaned: nothing forbidden is in it.
    fn clean(&mut self, what: &str, cleaned: &str) {
        if let Some(found) = forbidden(cleaned) {
            self.0.push(format!("{what}: {found}"));
        }
    }

    /// One line of untrusted text through the door, and what the door promises.
    fn line(&mut self, what: &str, raw: &str) {
        let cleaned = text::clean(raw);
        self.clean(what, &cleaned);
        self.check(!cleaned.contains('\n'), || format!("{what}: a line break within one line"));
        self.check(text::clean(&cleaned) == cleaned, || format!("{what}: cleaning twice gives something else"));
        self.check(cleaned.len() <= 8 * raw.len() + 8, || {
            format!("{what}: {} bytes became {}", raw.len(), cleaned.len())
        });
        for columns in [1, 20, 80] {
            let cut = text::fit(&cleaned, columns);
            self.clean(what, &cut);
            self.check(text::width(&cut) <= columns, || format!("{what}: {cut:?} is wider than {columns}"));
        }
        for (cell, width) in text::graphemes(raw) {
            self.clean(what, &cell);
            self.check(width > 0 && cell.len() <= 64, || format!("{what}: a cell {cell:?} of width {width}"));
        }
    }

    /// A text of many lines, cleaned and wrapped.
    fn lines(&mut self, what: &str, raw: &str) {
        self.clean(what, &text::clean_lines(raw));
        for columns in [20, 80] {
            for line in text::wrap(raw, columns) {
                self.clean(what, &line);
                self.check(text::width(&line) <= columns, || format!("{what}: {line:?} is wider than {columns}"));
            }
        }
    }
}

#[test]
fn every_text_of_every_mail_is_clean_behind_the_door() {
    for_each(all_mails(), |mail| {
        let mut faults = Faults::default();
        let bytes = mail.bytes();
        faults.clean("raw", &text::clean_bytes(&bytes));
        let message = parse::message(bytes.clone());
        faults.check(message.raw() == bytes, || "the bytes were changed".into());
        faults.line("subject", &message.subject);
        faults.line("bare subject", message.bare_subject());
        for address in message.from.iter().chain(&message.reply_to).chain(message.to.iter().take(50)) {
            faults.line("name", &address.name);
            faults.line("address", &address.addr);
        }
        for header in message.headers.iter().take(50) {
            faults.line("header name", &header.name);
            faults.line("header", &header.value);
        }
        let body = message.body();
        faults.lines("body", &body.text);
        for link in body.links.iter().take(200) {
            faults.line("link text", &link.text);
            faults.line("link", &link.target);
            let lower = link.target.to_ascii_lowercase();
            faults.check(!link.openable || lower.starts_with("http://") || lower.starts_with("https://"), || {
                format!("{:?} may be opened", link.target)
            });
        }
        for oddity in message.all_oddities() {
            faults.clean("badge", &oddity.badge());
            faults.clean("sentence", &oddity.sentence());
        }
        faults.0
    });
}

#[test]
fn every_part_has_a_name_that_is_safe_to_create() {
    for_each(all_mails(), |mail| {
        let mut faults = Faults::default();
        let message = parse::message(mail.bytes());
        for part in message.parts() {
            let name = &part.safe_name;
            let allowed = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | '\0' | '*' | '~');
            faults.check(
                !name.is_empty() && name.len() <= 120 && !name.starts_with(['.', '-']) && name.chars().all(allowed),
                || format!("{:?} became {name:?}", part.name),
            );
            faults.clean("safe name", name);
            faults.line("content type", &part.content_type);
        }
        for part in message.parts().iter().take(20) {
            faults.check(message.part_bytes(part.number).is_some_and(|bytes| bytes.len() == part.size), || {
                format!("part {} cannot be saved whole", part.number)
            });
        }
        faults.0
    });
}

#[test]
fn every_mail_is_classified_and_explained_the_same_way() {
    let books = Runbooks::shipped();
    let hosts = HostRules::default();
    for_each(all_mails(), move |mail| {
        let mut faults = Faults::default();
        let message = parse::message(mail.bytes());
        let class = classify(&books, &message, &hosts);
        faults.check(class == classify(&books, &message, &hosts), || "classified differently a second time".into());
        let told = explain(&books, &message, &hosts);
        faults.check(told.class == class, || "explain says another category than the list".into());
        faults.check(told.tried.len() == books.len(), || "explain does not try every runbook".into());
        faults.line("why", &told.why);
        for label in class.labels.iter() {
            faults.line("label", &label.value);
        }
        let key = MailKey { folder: FolderId(0), base: b"1".as_slice().into() };
        let name = FileName::new(b"1:2,".as_slice());
        let row = Row::of(key, name, Place::Cur, 1, NOW, 1, &message, class);
        let verdict = verdict::plain(&books, &row);
        faults.line("headline", &verdict.headline);
        faults.check(!verdict.because.is_empty(), || "a verdict without a reason".into());
        for reason in &verdict.because {
            faults.line("reason", &reason.text);
        }
        // Reliability C43: a mail dated in the future must not stay on top for ever.
        faults.check(row.received.0 <= NOW.0 + 300 && row.at.0 <= NOW.0 + 600, || {
            format!("dated {} although it came at {}", row.at.rfc3339(), NOW.rfc3339())
        });
        faults.0
    });
}

#[test]
fn every_mail_is_one_row_and_the_order_is_total() {
    let mails = all_mails();
    if mails.is_empty() {
        return skipped("rows of hostile mails", "there are none");
    }
    let books = Arc::new(Runbooks::shipped());
    let hosts = HostRules::default();
    let mut rows = Vec::new();
    for (i, mail) in mails.iter().enumerate() {
        let message = parse::message(mail.bytes());
        let class = classify(&books, &message, &hosts);
        let key = MailKey { folder: FolderId(0), base: i.to_string().into_bytes().into() };
        let name = FileName::new(format!("{i}:2,").into_bytes());
        let mtime = Time(NOW.0 - i as i64 % 7);
        rows.push(Row::of(key, name, Place::Cur, 1, mtime, i as u64, &message, class));
    }
    let order = |rows: Vec<Row>| {
        let mut inbox = Inbox::new(Arc::clone(&books));
        let folder = Folder { maildir: "/m".into(), name: String::new(), path: "/m".into(), read_only: true };
        inbox.apply(Change::Folders(vec![folder]));
        inbox.apply(Change::Rows(rows));
        let everything = Query::parse("").expect("the empty query selects everything");
        inbox.select(&everything, NOW).iter().map(|entry| entry.row.key.clone()).collect::<Vec<_>>()
    };
    let forwards = order(rows.clone());
    rows.reverse();
    assert_eq!(forwards.len(), mails.len(), "files in = rows");
    assert_eq!(forwards, order(rows), "the order depends on the order in which the mails were read");
}

#[test]
fn bombs_are_cut_and_say_so() {
    let Some(mails) = mails::hostile() else { return };
    let odd = |name: &str| {
        let mail = mails.iter().find(|mail| mail.name == format!("{name}.eml")).expect("it is in the set");
        let message = parse::message(mail.bytes());
        // What is odd about the body is known once it is decoded.
        let (source, parts) = (message.body().source, message.parts().len());
        (message.all_oddities(), source, parts)
    };
    for levels in ["500", "8000", "40000"] {
        assert!(odd(&format!("bomb-rfc822-{levels}")).0.contains(&Oddity::NestingCut), "bomb-rfc822-{levels}");
    }
    let (oddities, _, parts) = odd("bomb-parts");
    assert!(oddities.contains(&Oddity::PartsCut) && parts <= 1_100, "{parts} parts of 100,000");
    for name in ["bomb-headers", "bomb-headerline", "bomb-rfc2231", "bomb-encwords"] {
        assert!(odd(name).0.contains(&Oddity::HeadersCut), "{name}");
    }
    assert!(odd("mime-empty").0.contains(&Oddity::Empty));
    assert!(odd("mime-no-headers").0.contains(&Oddity::NoHeaders));
    assert_ne!(odd("mime-no-end").1, BodySource::Nothing);
}

#[test]
fn senders_that_pretend_are_marked() {
    let Some(mails) = mails::hostile() else { return };
    let message = |name: &str| {
        let mail = mails.iter().find(|mail| mail.name == format!("{name}.eml")).expect("it is in the set");
        parse::message(mail.bytes())
    };
    for name in ["spoof-dn_addr", "spoof-dn_brackets", "spoof-two_addr_from", "spoof-mailsploit_lf"] {
        assert!(message(name).oddities.contains(&Oddity::MisleadingSender), "{name}");
    }
    assert!(message("spoof-no_from").oddities.contains(&Oddity::NoFrom));
    assert!(message("esc-from-ew-homoglyph").oddities.contains(&Oddity::MixedScript), "а in Cyrillic");
    // Reliability fact 6: the first of duplicate headers counts, and the row says that there are two.
    let twice = message("mime-two-from");
    assert_eq!(twice.from.first().map(|from| from.addr.as_str()), Some("real@good.example"));
    assert_eq!(twice.subject, "a");
    assert!(twice.oddities.contains(&Oddity::Duplicate { name: "From".into(), count: 2 }), "{:?}", twice.oddities);
}

/// The head of a composed message as lines, and the bytes after it.
fn head_and_rest(bytes: &[u8]) -> (Vec<String>, &[u8]) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").expect("a head ends with a blank line");
    (String::from_utf8_lossy(&bytes[..end]).lines().map(str::to_owned).collect(), &bytes[end + 2..])
}

fn stamp() -> Stamp {
    Stamp {
        from: "Duty <duty@example.net>".into(),
        date: NOW,
        zone: jiff::tz::TimeZone::UTC,
        message_id: "forward.1@example.net".into(),
    }
}

fn headers_of_a_forward(faults: &mut Faults, what: &str, head: &[String]) {
    let names: Vec<String> = head
        .iter()
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap_or_default().to_ascii_lowercase())
        .collect();
    for name in ["from", "to", "subject", "date", "message-id"] {
        let count = names.iter().filter(|found| *found == name).count();
        faults.check(count == 1, || format!("{what}: {count} times {name}"));
    }
    for name in ["bcc", "x-evil", "cc", "reply-to", "delivered-to", "return-path"] {
        faults.check(!names.contains(&name.to_owned()), || format!("{what}: {name} came from the mail"));
    }
    for line in head {
        faults.check(line.len() <= 998 && line.is_ascii() && !line.contains(['\r', '\0']), || {
            format!("{what}: a header line of {} bytes: {:?}", line.len(), line.get(..80).unwrap_or(line))
        });
    }
}

#[test]
fn no_mail_writes_headers_into_what_is_passed_on() {
    for_each(all_mails(), |mail| {
        let mut faults = Faults::default();
        let message = parse::message(mail.bytes());
        let to = ["alice@example.net".to_owned()];
        for (what, how) in [("attached", ForwardAs::Attach), ("inline", ForwardAs::Inline)] {
            match compose::forward(&message, how, &to, "please look", &[], &stamp()) {
                Ok(out) => {
                    let (head, rest) = head_and_rest(&out.bytes);
                    headers_of_a_forward(&mut faults, what, &head);
                    // What mail cannot carry is encoded; `interop` decodes that with another parser.
                    let whole = how != ForwardAs::Attach
                        || !fits_in_a_mail(message.raw())
                        || memchr::memmem::find(rest, message.raw()).is_some();
                    faults.check(whole, || format!("{what}: the original bytes are not in it"));
                }
                Err(error) => faults.0.push(format!("{what}: {error}")),
            }
        }
        redirect(&mut faults, &message, &to);
        faults.0
    });
}

/// Whether a mail server passes these bytes on unchanged: no NUL, no lone CR, no line over 998 bytes.
fn fits_in_a_mail(raw: &[u8]) -> bool {
    let lone_cr = raw.iter().enumerate().any(|(at, byte)| *byte == b'\r' && raw.get(at + 1) != Some(&b'\n'));
    !raw.contains(&0)
        && !lone_cr
        && raw.split(|byte| *byte == b'\n').all(|line| line.strip_suffix(b"\r").unwrap_or(line).len() <= 998)
}

/// A redirect is the same message behind `Resent-*` fields (RFC 5322 §3.6.6).
fn redirect(faults: &mut Faults, message: &Message, to: &[String]) {
    match compose::forward(message, ForwardAs::Redirect, to, "", &[], &stamp()) {
        Ok(out) => {
            // The line `From …` of a mailbox file is no header; nothing else may be missing.
            let raw = message.raw();
            // It ends with LF, CRLF or, in mails of old Macs, CR.
            let raw = match raw.iter().position(|byte| b"\r\n".contains(byte)).filter(|_| raw.starts_with(b"From ")) {
                Some(end) if raw[end..].starts_with(b"\r\n") => &raw[end + 2..],
                Some(end) => &raw[end + 1..],
                None => raw,
            };
            let Some(added) = out.bytes.strip_suffix(raw) else {
                return faults.0.push("redirected: the original is not whole behind the new fields".into());
            };
            let added = String::from_utf8_lossy(added).into_owned();
            // Where the original has no header at all, a blank line ends ours.
            let lines = added.strip_suffix("\n\n").or(added.strip_suffix("\r\n\r\n")).unwrap_or(&added);
            faults
                .check(lines.lines().all(|line| line.starts_with("Resent-") || line.starts_with([' ', '\t'])), || {
                    format!("redirected: {added:?}")
                });
            faults.check(out.recipients == to, || format!("redirected to {:?}", out.recipients));
        }
        Err(error) => faults.0.push(format!("redirected: {error}")),
    }
}

#[test]
fn no_address_of_a_mail_becomes_an_option_or_a_shell_word() {
    for_each(all_mails(), |mail| {
        let mut faults = Faults::default();
        let message = parse::message(mail.bytes());
        for address in message.from.iter().chain(&message.reply_to).chain(message.to.iter().take(50)) {
            let Ok(taken) = compose::check_address(&address.addr) else { continue };
            let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"\"\\<>(),;:[]|`$".contains(c);
            faults.check(
                taken.len() <= 320
                    && !taken.starts_with('-')
                    && taken.matches('@').count() == 1
                    && taken.chars().all(plain),
                || format!("{taken:?} was taken for an address"),
            );
        }
        let draft = compose::reply_draft(&message, true, &["duty@example.net".to_owned()], &[]);
        let head = draft.split("\n\n").next().unwrap_or_default();
        faults.check(
            head.lines().all(|line| ["To:", "Cc:", "Subject:"].iter().any(|name| line.starts_with(name))),
            || format!("the draft begins {:?}", head.chars().take(200).collect::<String>()),
        );
        faults.clean("draft", &draft);
        faults.0
    });
}

/// Runs the program and returns what is wrong with how it ended and what it wrote.
fn run(what: &str, home: &std::path::Path, args: &[&str]) -> Vec<String> {
    let started = Instant::now();
    let output = dutybox(home).args(args).output().expect("the program starts");
    let mut faults = Vec::new();
    if output.status.code() != Some(0) {
        let said = String::from_utf8_lossy(&output.stderr);
        faults.push(format!("{what}: {}: {}", output.status, said.lines().next().unwrap_or_default()));
    }
    for (name, bytes) in [("standard output", &output.stdout), ("standard error", &output.stderr)] {
        if let Some(found) = forbidden_bytes(bytes) {
            faults.push(format!("{what}: {name}: {found}"));
        }
    }
    if output.stdout.is_empty() {
        faults.push(format!("{what}: printed nothing"));
    }
    if started.elapsed() > WATCHDOG {
        faults.push(format!("{what}: took {:?}", started.elapsed()));
    }
    faults
}

/// Every mail alone in a Maildir, so that what a command says and costs belongs to that mail.
#[test]
fn commands_on_every_mail_write_nothing_forbidden() {
    let mut mails = all_mails();
    if !proof() {
        skipped("most of the commands on every mail", "DUTYBOX_PROOF is not set; every 16th mail is tried");
        mails = mails.into_iter().step_by(16).collect();
    }
    let queue = Mutex::new(mails.into_iter());
    let faults = Mutex::new(Vec::new());
    let work = || {
        loop {
            let next = queue.lock().expect("no worker panicked").next();
            let Some(mail) = next else { break };
            let home = scratch();
            let maildir = home.path().join("mail");
            let base = maildir_of(&maildir, std::slice::from_ref(&mail)).remove(0);
            let dir = maildir.to_string_lossy();
            let mut found = Vec::new();
            for args in [vec!["show", &base], vec!["show", "--json", &base], vec!["explain", &base], vec!["list"]] {
                let what = format!("{}: {}", mail.name, args.join(" "));
                let mut all = vec!["--read-only", "--maildir", &dir];
                all.extend(args);
                found.extend(run(&what, home.path(), &all));
            }
            // Into a pipe go the very bytes, for other programs; a terminal gets them cleaned (see below).
            let raw = dutybox(home.path())
                .args(["--read-only", "--maildir", &dir, "show", "--raw", &base])
                .output()
                .expect("it starts");
            if raw.stdout != mail.bytes() {
                found.push(format!("{}: show --raw wrote other bytes into a pipe", mail.name));
            }
            faults.lock().expect("no worker panicked").extend(found);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let faults = faults.into_inner().expect("no worker panicked");
    let shown = faults.iter().take(40).cloned().collect::<Vec<_>>().join("\n  ");
    assert!(faults.is_empty(), "{} faults, the first:\n  {shown}", faults.len());
}

/// All mails in one Maildir: every file is a row, in text and in JSON, and nothing forbidden is in either.
#[test]
fn one_list_holds_every_mail() {
    let mails = all_mails();
    if mails.is_empty() {
        return skipped("the list of hostile mails", "there are none");
    }
    let home = scratch();
    let maildir = home.path().join("mail");
    let bases = maildir_of(&maildir, &mails);
    let dir = maildir.to_string_lossy();
    let mut faults = Vec::new();
    for args in [vec!["list"], vec!["list", "--json"], vec!["categories"], vec!["categories", "--json"]] {
        let mut all = vec!["--read-only", "--maildir", &dir];
        all.extend(&args);
        faults.extend(run(&args.join(" "), home.path(), &all));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n  "));
    let output =
        dutybox(home.path()).args(["--read-only", "--maildir", &dir, "list", "--json"]).output().expect("it starts");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let mut ids: Vec<&str> =
        json["messages"].as_array().expect("messages").iter().filter_map(|message| message["id"].as_str()).collect();
    ids.sort_unstable();
    let mut expected: Vec<&str> = bases.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected, "files in = rows");
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(0));
}

/// Reliability C12: what lies in a Maildir without being a mail. Each is a row, nothing is followed or waited for.
#[test]
fn odd_entries_are_rows_and_are_never_followed() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let home = scratch();
    let secret = home.path().join("secret");
    std::fs::write(&secret, "From: a@b\nSubject: the secret of another file\n\nthe secret\n")
        .expect("it can be written");
    let maildir = home.path().join("mail");
    mails::empty_maildir(&maildir);
    let cur = maildir.join("cur");
    let mail = b"From: a@b\nSubject: fine\nMessage-ID: <1@b>\n\nfine\n";
    let write = |name: &[u8]| std::fs::write(cur.join(OsStr::from_bytes(name)), mail).expect("it can be written");
    let link = |to: &std::path::Path, name: &str| {
        std::os::unix::fs::symlink(to, cur.join(name)).expect("it can be linked");
    };
    link(&secret, "10.link:2,");
    link(&home.path().join("nowhere"), "11.dangling:2,");
    link(&cur.join("12.loop:2,"), "12.loop:2,");
    mknodat(CWD, cur.join("13.fifo:2,"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO can be made");
    // A socket's path is short by law; it is made elsewhere and moved.
    let short = tempfile::tempdir().expect("the system has a folder for temporary files");
    let socket = std::os::unix::net::UnixListener::bind(short.path().join("s")).expect("a socket can be made");
    let moved = std::fs::rename(short.path().join("s"), cur.join("14.socket:2,")).is_ok();
    drop(socket);
    std::fs::create_dir(cur.join("15.folder:2,")).expect("it can be made");
    let sparse = std::fs::File::create(cur.join("16.sparse:2,")).expect("it can be made");
    let has_sparse = sparse.set_len(10 << 30).is_ok();
    drop(sparse);
    std::fs::write(cur.join("17.empty:2,"), b"").expect("it can be written");
    write(b"18.pair:2,");
    std::fs::hard_link(cur.join("18.pair:2,"), cur.join("19.pair:2,")).expect("it can be linked");
    let long = [b"20.".to_vec(), vec![b'x'; 249], b":2,".to_vec()].concat();
    assert_eq!(long.len(), 255);
    write(&long);
    write(b"21.new\nline:2,");
    write(b"22.\x1b[2J:2,");
    write(b"23.\xff\xfe:2,");
    write("24.\u{202e}gnp:2,".as_bytes());
    write(b".hidden:2,");
    let rows = 14 + usize::from(moved);
    assert!(has_sparse, "a file system without sparse files cannot hold this test");

    let dir = maildir.to_string_lossy();
    let started = Instant::now();
    let output = dutybox(home.path()).args(["--maildir", &dir, "list", "--json"]).output().expect("it starts");
    assert!(started.elapsed() < WATCHDOG, "something was waited for: {:?}", started.elapsed());
    assert_eq!(forbidden_bytes(&output.stdout), None);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let messages = json["messages"].as_array().expect("messages");
    let ids: Vec<&str> = messages.iter().filter_map(|message| message["id"].as_str()).collect();
    assert_eq!(ids.len(), rows, "files in = rows: {ids:#?}");
    for id in &ids {
        for args in [vec!["show", id], vec!["show", "--json", id], vec!["explain", id]] {
            let output = dutybox(home.path()).args(["--maildir", &dir]).args(&args).output().expect("it starts");
            for bytes in [&output.stdout, &output.stderr] {
                assert_eq!(forbidden_bytes(bytes), None, "{args:?}");
                assert!(!String::from_utf8_lossy(bytes).contains("secret"), "{args:?} followed a link");
            }
            assert!(output.status.code().is_some_and(|code| code != 101), "{args:?}: {}", output.status);
        }
    }
    // A flag more, and the name is longer than a file system takes: refused in words, nothing changed.
    let long_id = ids.iter().find(|id| id.starts_with("20.")).expect("it is listed");
    let output = dutybox(home.path()).args(["--maildir", &dir, "mark", long_id]).output().expect("it starts");
    assert!(!output.status.success(), "a name of 256 bytes was taken");
    assert!(String::from_utf8_lossy(&output.stderr).contains("long"), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(cur.join(OsStr::from_bytes(&long)).exists());
}

/// Reliability C22: escapes in names of folders and files, in the configuration, in runbooks and on the command line come
/// back in lists and error messages; nowhere do they reach the terminal.
#[test]
fn names_and_settings_that_carry_escapes_are_shown_clean() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    const EVIL: &str = "\u{1b}[2J\u{202e}\u{9b}x";
    let home = scratch();
    let maildir = home.path().join("mail");
    mails::empty_maildir(&maildir);
    let folder = maildir.join(OsStr::from_bytes(&[b".", EVIL.as_bytes(), b"\xff\n.Sub"].concat()));
    mails::empty_maildir(&folder);
    let mail = format!("From: a@b\nSubject: {EVIL}\nX-{EVIL}: {EVIL}\n\nfine\n");
    std::fs::write(folder.join("cur/1.a:2,"), mail).expect("it can be written");
    let books = home.path().join("books");
    std::fs::create_dir(&books).expect("it can be made");
    let book =
        |id: &str, rest: &str| format!("+++\nid = \"{id}\"\ntitle = \"{EVIL}\"\n{rest}\n+++\n\n## {EVIL}\n\n{EVIL}\n");
    std::fs::write(books.join(format!("{EVIL}.md")), book("broken", EVIL)).expect("it can be written");
    // In TOML a control character must be written as an escape; then it is a fine title.
    let title = book("fine", "match = { from = \"a@b\" }").replacen(EVIL, "\\u001b[2J\\u202e", 1);
    std::fs::write(books.join("fine.md"), title).expect("it can be written");
    let raw = home.path().join("raw.toml");
    std::fs::write(&raw, format!("own = [\"{EVIL}\"")).expect("it can be written");
    let unknown = home.path().join("unknown.toml");
    std::fs::write(&unknown, "\"\\u001b[2J\\u202e\" = 1\n[contacts]\n\"\\u009b\" = \"\\u001b\"\n")
        .expect("it can be written");

    let (dir, books) = (maildir.to_string_lossy().into_owned(), books.to_string_lossy().into_owned());
    let missing = format!("/{EVIL}/mail");
    let query = format!("subject:{EVIL} (");
    let (raw, unknown) = (raw.to_string_lossy().into_owned(), unknown.to_string_lossy().into_owned());
    let here = |args: &[&str]| -> Vec<String> {
        ["--maildir", &dir, "--runbooks", &books].iter().chain(args).map(|&word| word.to_owned()).collect()
    };
    let alone = |args: &[&str]| -> Vec<String> { args.iter().map(|&word| word.to_owned()).collect() };
    for (args, codes) in [
        (here(&["list"]), vec![0]),
        (here(&["list", "--json"]), vec![0]),
        (here(&["categories"]), vec![0]),
        (here(&["categories", "--json"]), vec![0]),
        (here(&["show", "1.a"]), vec![0]),
        (here(&["show", "--json", "1.a"]), vec![0]),
        (here(&["explain", "1.a"]), vec![0]),
        (here(&["mark", "1.a"]), vec![0]),
        (here(&["show", EVIL]), vec![1, 2]),
        (here(&["list", &query]), vec![2]),
        (here(&[EVIL]), vec![2, 3]),
        (here(&["list", EVIL, EVIL]), vec![0, 2]),
        (alone(&["--maildir", &missing, "list"]), vec![3]),
        (alone(&["--maildir", &dir, "--runbooks", &missing, "list"]), vec![2, 3]),
        (alone(&["--maildir", &dir, "--config", &raw, "list"]), vec![2]),
        (alone(&["--maildir", &dir, "--config", &unknown, "list"]), vec![2]),
        (alone(&["--maildir", &dir, "--as-of", EVIL, "list"]), vec![2]),
    ] {
        let output = dutybox(home.path()).args(&args).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        for (name, bytes) in [("standard output", &output.stdout), ("standard error", &output.stderr)] {
            assert_eq!(forbidden_bytes(bytes), None, "{args:?}: {name}");
        }
        assert!(output.status.code().is_some_and(|code| codes.contains(&code)), "{args:?}: {}: {said}", output.status);
    }
}

/// The same commands with a terminal as their output, where `show --raw` must be clean too.
#[test]
fn commands_in_a_terminal_write_colours_and_lines_only() {
    let mut mails = all_mails();
    if mails.is_empty() {
        return skipped("commands in a terminal", "there are no mails, or no python3");
    }
    if !proof() {
        skipped("most of the commands in a terminal", "DUTYBOX_PROOF is not set; every 16th mail is tried");
        mails = mails.into_iter().skip(3).step_by(16).collect();
    }
    in_chunks(&mails, |mails| {
        let home = scratch();
        let mut script = String::from("set -e\n");
        for (i, mail) in mails.iter().enumerate() {
            let base = maildir_of(&home.path().join(i.to_string()), std::slice::from_ref(mail)).remove(0);
            for command in ["show --raw", "show", "explain", "list"] {
                let id = if command == "list" { "" } else { &base };
                script += &format!("\"$1\" --read-only --maildir \"$2\"/{i} {command} {id}\n");
            }
        }
        std::fs::write(home.path().join("script"), script).expect("it can be written");
        let program = dutybox(home.path());
        let mut command = in_a_terminal(&program, &["--plain", "--patience", "600", "--end", ""]);
        command.args(["sh".as_ref(), home.path().join("script").as_os_str(), program.get_program()]).arg(home.path());
        let output = command.output().expect("python3 starts");
        let first = mails.first().map_or("", |mail| &mail.name);
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (!output.status.success()).then(|| format!("{}, from {first}: {said}", output.status))
    });
}

/// `pty_check.py` with these options, about to run something in the environment of that program.
pub fn in_a_terminal(program: &std::process::Command, options: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new("python3");
    command.arg(mails::tool("pty_check.py")).args(options).args(["--", "env", "-i", "TERM=xterm-256color"]);
    command
        .args(program.get_envs().filter_map(|(name, value)| Some(format!("{}={}", name.to_str()?, value?.to_str()?))));
    command
}

/// Does something with the mails, sixty at a time, in a few threads; fails with what was found wrong.
fn in_chunks(mails: &[Mail], work: impl Fn(&[Mail]) -> Option<String> + Sync) {
    let queue = Mutex::new(mails.chunks(60).collect::<Vec<_>>());
    let faults = Mutex::new(Vec::new());
    let worker = || {
        loop {
            let next = queue.lock().expect("no worker panicked").pop();
            let Some(mails) = next else { break };
            let fault = work(mails);
            faults.lock().expect("no worker panicked").extend(fault);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(worker);
        }
    });
    let faults = faults.into_inner().expect("no worker panicked");
    assert!(faults.is_empty(), "{}", faults.join("\n  "));
}

/// What the walk does with each message: open it, wait until it was opened, look at all of it (head, end, full headers,
/// raw, back to short), why it is where it is, its links, its attachments, its runbook; back to the list, one down. Where
/// there are no links or attachments a key leads elsewhere; `w` and `q` lead back to the list from everywhere.
const EACH: &str = "<CR><SEEN><C-d>G<C-d>H<C-d>HG<C-d>HggE<C-d><ESC>o<ESC>A<ESC>w<C-d>q<DOWN>";

/// Walks through mails in a pseudo terminal of that size; what went wrong, with the names of mails.
pub fn walk(mails: &[Mail], rows: u16, cols: u16) -> Option<String> {
    walk_under(&[], mails, rows, cols)
}

/// The same with the program run by another one.
fn walk_under(by: &[&str], mails: &[Mail], rows: u16, cols: u16) -> Option<String> {
    let home = scratch();
    let maildir = home.path().join("mail");
    // The newest stands on top: the walk meets the mails in the opposite order.
    maildir_of(&maildir, mails);
    let (dir, times, program) = (maildir.to_string_lossy(), mails.len().to_string(), dutybox(home.path()));
    let (rows, cols) = (rows.to_string(), cols.to_string());
    let size = ["--rows", &rows, "--cols", &cols];
    // A row for every message: copies of one mail would be one incident.
    let keys = ["--start", ",tgmgg<WAIT>", "--each", EACH, "--times", &times, "--end", "Q"];
    let mut command = in_a_terminal(&program, &[&size[..], &keys, &["--patience", "60", "--seen", &dir]].concat());
    command.args(by).arg(program.get_program()).arg("--maildir").arg(&maildir);
    let output = command.output().expect("python3 starts");
    if output.status.success() {
        return None;
    }
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let unseen: Vec<&str> = std::fs::read_dir(maildir.join("cur"))
        .expect("it is readable")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.ends_with('S'))
        .filter_map(|name| mails.get(name.split('.').next()?.parse::<usize>().ok()? - 1_700_000_000))
        .map(|mail| mail.name.as_str())
        .take(5)
        .collect();
    let first = mails.first().map_or("", |mail| &mail.name);
    Some(format!("{}, from {first}: {said} (not opened: {unseen:?})", output.status))
}

/// Reliability C21: every hostile mail on the screen, listed, opened, scrolled, raw, explained.
#[test]
fn nothing_forbidden_reaches_a_wide_terminal() {
    let mut mails = all_mails();
    if mails.is_empty() {
        return skipped("the walk through all mails at 120x40", "there are none, or no python3");
    }
    if !proof() {
        skipped("most of the walk at 120x40", "DUTYBOX_PROOF is not set; every 12th mail is opened");
        mails = mails.into_iter().step_by(12).collect();
    }
    in_chunks(&mails, |mails| walk(mails, 40, 120));
}

#[test]
fn nothing_forbidden_reaches_a_small_terminal() {
    let Some(mut mails) = mails::hostile() else { return };
    if !proof() {
        skipped("most of the walk at 40x10", "DUTYBOX_PROOF is not set; every 12th mail is opened");
        mails = mails.into_iter().skip(5).step_by(12).collect();
    }
    in_chunks(&mails, |mails| walk(mails, 10, 40));
}

/// Reliability C49: mails are opened and looked at in every way; no connection is made, nothing is sent, no program runs.
#[test]
fn looking_at_mail_calls_nobody_and_runs_nothing() {
    let what = "what is called while mail is looked at";
    if !mails::have("strace", what) {
        return;
    }
    let Some(hostile) = mails::hostile() else { return };
    let step = if proof() { 5 } else { 40 };
    let mut mails: Vec<Mail> = hostile.into_iter().step_by(step).collect();
    let asks = b"From: a@example.org\nTo: b@example.org\nSubject: asks for a receipt\nMessage-ID: <r@example.org>\n\
        Disposition-Notification-To: a@example.org\nReturn-Receipt-To: a@example.org\nX-Confirm-Reading-To: a@example.org\n\
        Content-Type: text/html\n\n<img src=\"http://127.0.0.1:9/a.png\"><link rel=stylesheet href=\"http://127.0.0.1:9/a.css\">\
        <iframe src=\"http://127.0.0.1:9/\"></iframe><a href=\"http://127.0.0.1:9/\">here</a>\n";
    let keep = scratch();
    let (mail, log) = (keep.path().join("receipt.eml"), keep.path().join("calls"));
    std::fs::write(&mail, asks).expect("it is written");
    mails.push(Mail { name: "asks for a receipt".into(), path: mail });
    let path = log.to_string_lossy().into_owned();
    let by = ["strace", "-f", "-qq", "-e", "trace=socket,connect,execve,execveat", "-o", &path];
    assert_eq!(walk_under(&by, &mails, 40, 120), None);
    let calls = std::fs::read_to_string(&path).expect("what strace wrote");
    let mut calls = calls.lines().filter(|line| !line.contains("--- SIG") && !line.contains("+++ "));
    let started = calls.next().expect("the program was started");
    assert!(started.contains("execve(") && started.contains("dutybox"), "{started}");
    assert_eq!(calls.collect::<Vec<_>>(), [""; 0]);
}

/// Reliability C59: a terminal that goes away (a closed window, a lost connection) ends the program; it does not stay
/// behind and read the end of the terminal over and over.
#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    if !mails::have("python3", "a terminal that goes away") {
        return;
    }
    let home = scratch();
    let maildir = home.path().join("mail");
    mails::empty_maildir(&maildir);
    let program = dutybox(home.path());
    for without_signal in [false, true] {
        let mut command = in_a_terminal(&program, &["--hang-up"]);
        if without_signal {
            command.args(["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"]);
        }
        let output =
            command.arg(program.get_program()).arg("--maildir").arg(&maildir).output().expect("python3 starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
