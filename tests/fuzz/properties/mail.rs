//! f1 to f4 and f6: what becomes of the bytes of mails and runbooks.

use super::assert_clean;
use crate::desk::Desk;
use dutybox::app::Event;
use dutybox::config::Config;
use dutybox::mail::compose::{self, ComposeError, ForwardAs, Outgoing, Stamp};
use dutybox::mail::{Body, FileName, Message, Oddity, Time, parse, text};
use dutybox::runbook::labels::HostRules;
use dutybox::runbook::{Runbooks, file};
use dutybox::triage::classify::classify;
use dutybox::triage::row::{FolderId, MailKey, Place, Row};
use dutybox::triage::verdict;
use mail_parser::MessageParser;
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

/// When it is.
const NOW: Time = Time(1_795_400_000);
/// The default stack of a Rust thread.
const STACK: usize = 2 << 20;
/// Longest line of a mail.
const LINE: usize = 998;

/// Bytes through the door to the terminal.
pub(super) fn f1(data: &[u8]) {
    let shown = text::clean_bytes(data);
    assert_clean("bytes", &shown);
    assert_eq!(text::clean(&shown), shown, "what was cleaned stays as it is");
    assert!(shown.len() <= 8 * data.len(), "{} bytes became {}", data.len(), shown.len());
    assert!(!shown.contains('\n'), "one line");
    let mut rest = shown.bytes();
    for byte in data.iter().filter(|byte| matches!(byte, 0x20..=0x7e)) {
        assert!(rest.any(|b| b == *byte), "visible marks are kept, and their order: {data:?} became {shown:?}");
    }
    let raw = String::from_utf8_lossy(data);
    line(&raw);
    lines(&raw);
}

/// One line of untrusted text, cut to several widths.
fn line(raw: &str) {
    let shown = text::clean(raw);
    for columns in [0, 1, 2, 7, 40] {
        let cut = text::fit(&shown, columns);
        assert_clean("cut text", &cut);
        assert!(text::width(&cut) <= columns, "{cut:?} is wider than {columns}");
    }
    let cells = text::graphemes(raw);
    for (cell, width) in &cells {
        assert_clean("cell", cell);
        assert!(*width > 0 && cell.len() <= 64, "a cell {cell:?} of width {width}");
    }
    assert_eq!(cells.iter().map(|(cell, _)| cell.as_str()).collect::<String>(), shown, "cells are the cleaned text");
}

/// Untrusted text of many lines, wrapped to several widths.
fn lines(raw: &str) {
    let cleaned = text::clean_lines(raw);
    assert_clean("lines", &cleaned);
    assert_eq!(text::clean_lines(&cleaned), cleaned, "what was cleaned stays as it is");
    let ink = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    for columns in [3, 80] {
        let wrapped = text::wrap(raw, columns);
        for line in &wrapped {
            assert_clean("wrapped line", line);
            assert!(text::width(line) <= columns, "{line:?} is wider than {columns}");
        }
        // Quotes repeat their marks on continuation lines, and what is wider than the line is an ellipsis.
        if columns == 80 && !cleaned.contains('>') {
            assert_eq!(ink(&wrapped.concat()), ink(&cleaned), "wrapping loses nothing");
        }
    }
}

/// A whole mail, where the stack is small.
pub(super) fn f2(data: &[u8]) {
    let data = data.to_vec();
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(move || whole_mail(&data));
    if let Err(panic) = worker.expect("a thread starts").join() {
        std::panic::resume_unwind(panic);
    }
}

fn whole_mail(data: &[u8]) {
    static BOOKS: OnceLock<Runbooks> = OnceLock::new();
    let books = BOOKS.get_or_init(Runbooks::shipped);
    let message = parse::message(data.to_vec());
    assert_eq!(message.raw(), data, "the bytes are kept");
    assert!(message.headers.len() <= 10_000);
    for (name, value) in [("subject", &message.subject), ("date", &message.raw_date)] {
        let first = message.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        let Some(first) = first else { continue };
        assert_eq!(message.header(name), Some(first.value.as_str()), "the first {name} counts");
        let doubled = message.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).count() > 1;
        let said = message
            .oddities
            .iter()
            .any(|odd| matches!(odd, Oddity::Duplicate { name: n, .. } if n.eq_ignore_ascii_case(name)));
        assert_eq!(doubled, said, "a second {name} is said: {:?}", message.oddities);
        if name == "subject" {
            assert_eq!(*value, first.value, "the first {name} is what is shown");
        }
    }
    for oddity in message.all_oddities() {
        assert_clean("badge", &oddity.badge());
        assert_clean("sentence", &oddity.sentence());
    }
    assert_clean("subject", &text::clean(&message.subject));
    body(message.body());
    assert!(message.parts().len() <= 1_100, "{} parts", message.parts().len());
    for part in message.parts() {
        let name = &part.safe_name;
        let bad = |c: char| c.is_control() || matches!(c, '/' | '\\' | '*' | '~');
        assert!(
            !name.is_empty() && name.len() <= 120 && !name.starts_with(['.', '-']) && !name.contains(bad),
            "{name:?}"
        );
        assert_clean("name of a part", name);
    }
    for part in message.parts().iter().take(8) {
        assert_eq!(message.part_bytes(part.number).map(|bytes| bytes.len()), Some(part.size), "saved whole");
    }
    let again = parse::message(data.to_vec());
    assert_eq!((again.digest(), again.body()), (message.digest(), message.body()), "read the same a second time");
    let class = classify(books, &message, &HostRules::default());
    let key = MailKey { folder: FolderId(0), base: b"1".as_slice().into() };
    let name = FileName::new(b"1:2,".as_slice());
    let row = Row::of(key, name, Place::Cur, data.len() as u64, NOW, 1, &message, class);
    assert!(row.received.0 <= NOW.0 + 300 && row.at.0 <= NOW.0 + 600, "a mail of the future stays on top for ever");
    let verdict = verdict::plain(books, &row);
    assert!(!verdict.because.is_empty(), "a verdict without a reason");
    assert_clean("headline", &text::clean(&verdict.headline));
}

/// A body: its text can be shown, and its links lead where they may.
fn body(body: &Body) {
    for line in text::wrap(&body.text, 80) {
        assert_clean("body", &line);
    }
    assert!(body.links.len() <= 1_000);
    for link in &body.links {
        assert_clean("link", &text::clean(&link.target));
        let lower = link.target.to_ascii_lowercase();
        assert!(!link.openable || lower.starts_with("http://") || lower.starts_with("https://"), "{link:?}");
        let odd = |c: char| c.is_control() || c.is_whitespace();
        assert!(!link.openable || !link.target.contains(odd), "{link:?} may be opened");
    }
}

/// The body of a mail that is one page of HTML.
pub(super) fn f3(data: &[u8]) {
    let mail =
        [b"Subject: page\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n", data].concat();
    let message = parse::message(mail);
    body(message.body());
    let (length, targets) =
        (message.body().text.len(), message.body().links.iter().map(|link| link.target.len() + 16).sum::<usize>());
    // What a byte of HTML can become: `<hr>` and `<li>` are the shortest that write something of their own.
    assert!(length <= 64 * data.len() + targets + 64, "{} bytes became {length}", data.len());
    lines(&message.body().text);
}

/// The text of a runbook, read and drawn.
pub(super) fn f4(data: &[u8]) {
    let body = String::from_utf8_lossy(data);
    // A runbook of the project comes with front matter of its own.
    let body = match body.strip_prefix("+++\n").and_then(|rest| rest.split_once("\n+++\n")) {
        Some((_, body)) => body,
        None => &body,
    };
    let text = format!("+++\nid = \"a\"\ntitle = \"A\"\nmatch = {{ subject = \"a\" }}\n+++\n{body}");
    let (book, _) = file::parse("a.md", &text).expect("the front matter is good, whatever follows");
    let written = format!("{:?}", book.sections).len();
    assert!(written <= 200 * body.len() + 1_000, "{} bytes became {written}", body.len());
    let mail =
        b"From: a@example.org\nTo: b@example.org\nSubject: a\nDate: Thu, 21 Nov 2013 14:07:03 +0000\n\na\n".to_vec();
    let mut desk = Desk::empty(40, 10, Config::default(), true);
    desk.event(Event::Books(Arc::new(Runbooks::only(&[("a.md".into(), text)]))));
    let row = desk.deliver(0, &mail);
    desk.event(Event::Changes(vec![
        dutybox::triage::row::Change::Rows(vec![row]),
        dutybox::triage::row::Change::Complete,
    ]));
    desk.press("w");
    desk.resize(100, 120);
    super::desk::assert_cells_clean(&desk.buffer());
}

/// A mail passed on in each way, and answered.
pub(super) fn f6(data: &[u8]) {
    let original = parse::message(data.to_vec());
    let stamp = Stamp {
        from: "Duty <duty@example.net>".into(),
        date: NOW,
        zone: jiff::tz::TimeZone::UTC,
        message_id: "forward.1@example.net".into(),
    };
    let note: String = original.body().text.chars().take(300).collect();
    // Addresses out of the mail are taken whole or refused.
    let mut to = vec!["alice@example.net".to_owned()];
    for address in original.from.iter().chain(&original.to).take(5) {
        match compose::check_address(address.addr.trim()) {
            Ok(taken) => {
                let bad = |c: char| c.is_control() || c.is_whitespace() || "\"\\<>(),;:[]|`$".contains(c);
                assert!(
                    !taken.starts_with('-') && taken.matches('@').count() == 1 && !taken.contains(bad),
                    "{taken:?}"
                );
                to.push(taken);
            }
            Err(_) => {
                let refused = compose::forward(
                    &original,
                    ForwardAs::Attach,
                    std::slice::from_ref(&address.addr),
                    "",
                    &[],
                    &stamp,
                );
                assert!(refused.is_err(), "{:?} was taken", address.addr);
            }
        }
    }
    for how in [ForwardAs::Attach, ForwardAs::Inline] {
        let pass = |note: &str| compose::forward(&original, how, &to, note, &[], &stamp);
        // Only what we write ourselves may be refused for what stands in it.
        let out = match pass(&note) {
            Err(ComposeError::Unsubscribes) => pass(""),
            other => other,
        };
        let out = out.expect("it can be passed on");
        wanted_headers(&out, &["to"]);
        if how == ForwardAs::Attach && fits(data) {
            assert!(memchr::memmem::find(&out.bytes, data).is_some(), "the original is in it, byte for byte");
        }
    }
    let out = compose::forward(&original, ForwardAs::Redirect, &to, "", &[], &stamp).expect("it can be redirected");
    resent(&out, &original);
    let draft = compose::reply_draft(&original, true, &["duty@example.net".to_owned()], &[]);
    assert_clean("draft", &draft);
    let head = draft.split("\n\n").next().unwrap_or_default();
    assert!(head.lines().all(|line| ["To:", "Cc:", "Subject:"].iter().any(|n| line.starts_with(n))), "{head:?}");
    for draft in [draft.as_str(), &String::from_utf8_lossy(data)] {
        if let Ok(out) = compose::reply(&original, draft, &stamp) {
            wanted_headers(&out, &["to", "cc", "in-reply-to", "references"]);
        }
    }
}

/// Exactly the headers that we write, each once, and lines that any server carries.
fn wanted_headers(out: &Outgoing, may: &[&str]) {
    let end = out.bytes.windows(2).position(|pair| pair == b"\n\n").expect("a head ends with a blank line");
    let head = std::str::from_utf8(&out.bytes[..end]).expect("a head is ASCII");
    assert!(head.is_ascii() && !head.contains(['\r', '\0']), "{head:?}");
    let names: Vec<String> = head
        .lines()
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split_once(':').map(|(name, _)| name).unwrap_or_default().to_ascii_lowercase())
        .collect();
    let must = ["from", "subject", "date", "message-id", "mime-version"];
    let ours = ["content-type", "content-transfer-encoding", "x-mailer", "auto-submitted", "user-agent"];
    for name in &names {
        assert!(
            must.contains(&name.as_str()) || ours.contains(&name.as_str()) || may.contains(&name.as_str()),
            "{name} in {head}"
        );
        assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name} twice in {head}");
    }
    for name in must {
        assert!(names.iter().any(|found| found == name), "no {name} in {head}");
    }
    for line in out.bytes.split(|byte| *byte == b'\n') {
        assert!(line.strip_suffix(b"\r").unwrap_or(line).len() <= LINE, "a line of {} bytes", line.len());
    }
    assert!(!out.bytes.contains(&0), "a NUL");
    // Another parser reads the head as it was meant.
    let parsed = MessageParser::default().parse(&out.bytes[..end + 2]).expect("it is a mail");
    let from = parsed.from().and_then(|from| from.first()).and_then(|from| from.address());
    assert_eq!(from, Some("duty@example.net"));
    assert_eq!(parsed.message_id(), Some("forward.1@example.net"));
    let read: Vec<&str> = [parsed.to(), parsed.cc()]
        .into_iter()
        .flatten()
        .flat_map(|list| list.iter())
        .filter_map(|address| address.address())
        .collect();
    let recipients: HashSet<&str> = out.recipients.iter().map(String::as_str).collect();
    for address in &read {
        assert!(recipients.contains(address), "{address:?} of {head} is no recipient: {:?}", out.recipients);
    }
    assert!(!out.subject.contains(char::is_control), "{:?}", out.subject);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(parsed.subject().unwrap_or_default()), words(&out.subject), "{head}");
}

/// A redirect is the same message behind `Resent-*` fields.
fn resent(out: &Outgoing, original: &Message) {
    const LAST: &[u8] = b"Resent-Message-ID: <forward.1@example.net>";
    let last = memchr::memmem::find(&out.bytes, LAST).expect("our last field");
    let (ours, rest) = out.bytes.split_at(last + LAST.len());
    let ours = std::str::from_utf8(ours).expect("our fields are ASCII");
    assert!(ours.lines().all(|line| line.starts_with("Resent-") || line.starts_with([' ', '\t'])), "{ours:?}");
    assert!(ours.lines().all(|line| line.len() <= LINE), "{ours:?}");
    let rest = rest.strip_prefix(b"\r\n").or(rest.strip_prefix(b"\n")).expect("the field's line ends");
    // Where the original has no header at all, a blank line ends ours.
    let rest = match (original.headers.is_empty(), rest) {
        (false, rest) => rest,
        (true, rest) => rest.strip_prefix(b"\r\n").or(rest.strip_prefix(b"\n")).expect("a blank line"),
    };
    let left_out = original.raw().strip_suffix(rest).expect("what follows is the original's own end");
    let left_out = left_out.trim_ascii_start();
    assert!(left_out.is_empty() || left_out.starts_with(b"From "), "left out: {:?}", String::from_utf8_lossy(left_out));
}

/// Whether a mail server passes these bytes on unchanged.
fn fits(raw: &[u8]) -> bool {
    let lone_cr = raw.iter().enumerate().any(|(at, byte)| *byte == b'\r' && raw.get(at + 1) != Some(&b'\n'));
    !raw.contains(&0)
        && !lone_cr
        && raw.split(|byte| *byte == b'\n').all(|line| line.strip_suffix(b"\r").unwrap_or(line).len() <= LINE)
}
