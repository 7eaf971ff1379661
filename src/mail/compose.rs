//! New messages: forward (attached or inline), redirect, reply. Pure: ids, time and random bits are arguments.

use std::collections::HashSet;

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as BuilderAddress;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};
use memchr::memmem;

use super::date::Time;
use super::message::{Address, Message, Oddity};
use super::{address, text, unsubscribe};

/// Longest line of a message without its end, in bytes (RFC 5322 §2.1.1).
const LINE_CAP: usize = 998;
/// Longest subject that we write, in characters; longer ones are cut.
const SUBJECT_CAP: usize = 400;
/// Most text that is quoted, in bytes.
const QUOTE_CAP: usize = 256 << 10;
/// Most ids of References that are kept: the first and the last ones.
const REFERENCES_CAP: usize = 30;
/// Stands for what a redaction rule took out.
const REDACTED: &str = "[redacted]";

/// How a message is passed on (design.md section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardAs {
    /// The original bytes as `message/rfc822`, never re-encoded.
    #[default]
    Attach,
    /// Quoted as text, secrets redacted.
    Inline,
    /// The same message with `Resent-*` fields (RFC 5322 §3.6.6).
    Redirect,
}

/// What every new message needs from outside.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Our own sender: `addr` or `Name <addr>`.
    pub from: String,
    /// The Date.
    pub date: Time,
    /// The zone that the Date is written in.
    pub zone: jiff::tz::TimeZone,
    /// Message-ID without `<>`.
    pub message_id: String,
}

/// A message that is ready to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The envelope sender, `local@domain`.
    pub sender: String,
    /// The envelope recipients, each a checked `local@domain`.
    pub recipients: Vec<String>,
    /// The whole message, LF line ends.
    pub bytes: Vec<u8>,
    /// Its Message-ID without `<>`.
    pub message_id: String,
    /// Its subject, for lists.
    pub subject: String,
}

/// Why a message could not be composed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// This recipient or sender is not an address that we pass on.
    #[error("not a usable address: {0}")]
    BadAddress(String),
    /// No recipient is left.
    #[error("no recipient")]
    NoRecipient,
    /// The text holds a link that takes the whole team off a list.
    #[error("it holds an unsubscribe link, with which anybody takes the whole team off: take the link out")]
    Unsubscribes,
    /// The mail was not read whole, so it cannot be passed on as it is.
    #[error(
        "it is larger than 50 MiB and was not read whole, so it cannot be redirected: forward it attached (cut) or inline"
    )]
    Cut,
    /// A header would hold a control character.
    #[error("control character in {0}")]
    Control(&'static str),
    /// A line of the draft's head is no header that a draft has.
    #[error("not a header of a draft: {0} (write To, Cc, Bcc or Subject, then a blank line, then the text)")]
    BadDraft(String),
}

/// Checks an address for use as a recipient or sender (reliability C51): `local@domain`, no leading `-`, at most 320 bytes,
/// no control character, no quoted local part, nothing that another program might decode (`=?`). ASCII only; characters
/// that mean something to a shell or to a mail server's own expansion (`|`, `$`, `` ` ``, `{`, `}`, `%`, `!`, `/`) are
/// refused too.
///
/// # Errors
/// The address, where it is not usable.
pub fn check_address(addr: &str) -> Result<String, ComposeError> {
    let good = addr.len() <= 320
        && !addr.starts_with('-')
        && addr.split_once('@').is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
    if good { Ok(addr.to_owned()) } else { Err(ComposeError::BadAddress(text::clean(addr).into_owned())) }
}

fn is_local_part(local: &str) -> bool {
    local.len() <= 64
        && !local.contains("=?")
        && local.split('.').all(|atom| !atom.is_empty())
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".#&'*+-=?^_~".contains(&b))
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    domain.len() <= 255 && domain.split('.').all(label)
}

/// Passes a message on.
///
/// Attached, the original's bytes are never changed. An original that a mail server could not pass on as it is (NUL,
/// bare CR, a line of more than 998 bytes) is attached as a file of bytes, and the note says so.
///
/// # Errors
/// See [`ComposeError`].
pub fn forward(
    original: &Message,
    how: ForwardAs,
    to: &[String],
    note: &str,
    redact: &[regex::Regex],
    stamp: &Stamp,
) -> Result<Outgoing, ComposeError> {
    let recipients = checked(to)?;
    let from = sender(stamp)?;
    if unsubscribe::is_in(note) {
        return Err(ComposeError::Unsubscribes);
    }
    let subject = match how {
        ForwardAs::Redirect => subject_line("", &original.subject),
        ForwardAs::Attach => subject_line("Fwd: ", &original.subject),
        ForwardAs::Inline => redacted(&subject_line("Fwd: ", &original.subject), redact),
    };
    let bytes = match how {
        // Half a mail is not the same mail.
        ForwardAs::Redirect if original.oddities.contains(&Oddity::FileCut) => return Err(ComposeError::Cut),
        ForwardAs::Redirect => redirect(original, &from, &recipients, stamp)?,
        ForwardAs::Attach => attach(original, &head(&from, &recipients, &subject, stamp)?, note),
        ForwardAs::Inline => {
            let text = inline_text(original, note, redact);
            line_feeds(&finish(head(&from, &recipients, &subject, stamp)?.text_body(text)))
        }
    };
    let message_id = clean_id(&stamp.message_id).ok_or(ComposeError::Control("Message-ID"))?;
    Ok(Outgoing { sender: from.addr, recipients, bytes, message_id, subject })
}

/// The addresses, checked, each once.
fn checked(to: &[String]) -> Result<Vec<String>, ComposeError> {
    let mut out: Vec<String> = Vec::new();
    // A set: a mail may have ten thousand recipients.
    let mut known = HashSet::new();
    for addr in to {
        let addr = check_address(addr.trim())?;
        if known.insert(addr.to_ascii_lowercase()) {
            out.push(addr);
        }
    }
    if out.is_empty() { Err(ComposeError::NoRecipient) } else { Ok(out) }
}

/// Our own sender.
fn sender(stamp: &Stamp) -> Result<Address, ComposeError> {
    no_control(&stamp.from, "From")?;
    let mut list = address::list(&stamp.from);
    match (list.pop(), list.pop()) {
        (Some(from), None) => {
            check_address(&from.addr)?;
            Ok(from)
        }
        _ => Err(ComposeError::BadAddress(text::clean(&stamp.from).into_owned())),
    }
}

fn no_control(value: &str, header: &'static str) -> Result<(), ComposeError> {
    if value.chars().any(char::is_control) { Err(ComposeError::Control(header)) } else { Ok(()) }
}

/// A subject for a new message: cleaned, cut, with the prefix where it is not there yet.
fn subject_line(prefix: &str, subject: &str) -> String {
    let cleaned = text::clean(subject);
    let cleaned = cleaned.trim();
    let has = cleaned.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let mut line = if has { cleaned.to_owned() } else { format!("{prefix}{cleaned}") };
    if let Some((cut, _)) = line.char_indices().nth(SUBJECT_CAP) {
        line.truncate(cut);
        line.push('…');
    }
    line.trim_end().to_owned()
}

fn redacted(text: &str, redact: &[regex::Regex]) -> String {
    redact.iter().fold(text.to_owned(), |text, rule| rule.replace_all(&text, REDACTED).into_owned())
}

/// The text of a message for others: without links that unsubscribe, and without what the rules call secret.
fn quotable(original: &Message, head: &str, redact: &[regex::Regex]) -> String {
    let body = original.body();
    let text = capped(&body.text);
    let mut all = format!("{head}{}", text::clean_lines(text));
    if text.len() < body.text.len() {
        all.push_str("\n[cut here: the text is longer]");
    }
    redacted(&unsubscribe::hide(&all, &body.links), redact)
}

/// An id that may stand in a header, without `<>`.
fn clean_id(id: &str) -> Option<String> {
    let id = id.trim_matches(['<', '>']);
    let good =
        !id.is_empty() && id.len() <= 500 && id.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>'));
    good.then(|| id.to_owned())
}

fn mailbox(address: &Address) -> BuilderAddress<'static> {
    let name = text::clean(&address.name).into_owned();
    BuilderAddress::new_address(Some(name).filter(|name| !name.is_empty()), address.addr.clone())
}

/// The head of a new message: nothing of the original stands in it but its cleaned subject.
fn head<'x>(from: &Address, to: &[String], subject: &str, stamp: &Stamp) -> Result<MessageBuilder<'x>, ComposeError> {
    let id = clean_id(&stamp.message_id).ok_or(ComposeError::Control("Message-ID"))?;
    let to = to.iter().map(|addr| BuilderAddress::from(addr.clone())).collect();
    let builder = MessageBuilder::new().from(mailbox(from)).to(BuilderAddress::new_list(to));
    Ok(with_subject(builder, subject).header("Date", Raw::new(stamp.date.rfc5322(&stamp.zone))).message_id(id))
}

/// Sets the subject. What looks like an encoded word in it is text that somebody typed or that could not be decoded: it
/// is encoded once more, or the reader's program would make something else of it than was shown here.
fn with_subject<'x>(builder: MessageBuilder<'x>, subject: &str) -> MessageBuilder<'x> {
    if subject.contains("=?") {
        builder.header("Subject", Raw::new(encoded_words(subject)))
    } else {
        builder.subject(subject.to_owned())
    }
}

/// A text as encoded words with blanks between (RFC 2047 §4.2), each of whole characters and so short that a line is at
/// most 76 bytes, also the first one, behind the field's name.
fn encoded_words(text: &str) -> String {
    const START: &str = "=?utf-8?Q?";
    const MOST: usize = 76 - "Subject: ".len() - START.len() - 2;
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars() {
        let mut piece = String::new();
        match c {
            ' ' => piece.push('_'),
            c if c.is_ascii_alphanumeric() => piece.push(c),
            c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| piece.push_str(&format!("={byte:02X}"))),
        }
        if word.len() + piece.len() > MOST {
            out.push_str(&format!("{START}{word}?= "));
            word.clear();
        }
        word.push_str(&piece);
    }
    out + &format!("{START}{word}?=")
}

/// Writing to memory fails only for want of memory, which does not come back as an error.
fn finish(builder: MessageBuilder<'_>) -> Vec<u8> {
    builder.write_to_vec().unwrap_or_default()
}

fn line_feeds(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memmem::find(rest, b"\r\n") {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.push(b'\n');
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// Whether a mail server can pass these bytes on unchanged (RFC 5321 §4.5.3.1.6, RFC 2045 §2.7 and §2.8).
fn is_transportable(raw: &[u8]) -> bool {
    let lone_return = memchr::memchr_iter(b'\r', raw).any(|at| raw.get(at + 1) != Some(&b'\n'));
    !lone_return
        && memchr::memchr(0, raw).is_none()
        && raw.split(|b| *b == b'\n').all(|line| line.strip_suffix(b"\r").unwrap_or(line).len() <= LINE_CAP)
}

/// The message with the original attached, byte for byte.
fn attach(original: &Message, head: &MessageBuilder<'_>, note: &str) -> Vec<u8> {
    let raw = original.raw();
    let mut note = text::clean_lines(note);
    if original.oddities.contains(&Oddity::FileCut) {
        push_paragraph(&mut note, "The original is larger than is read here: the attachment is cut.");
    }
    let whole = is_transportable(raw);
    if !whole {
        push_paragraph(
            &mut note,
            "The original holds NUL or bare CR bytes, or lines longer than mail allows: it is attached as a file of bytes.",
        );
    }
    // The builder writes CRLF and would encode the original, so it gets a stand-in that is replaced afterwards.
    let digest = blake3::hash(raw).to_hex();
    let mark = digest.get(..32).unwrap_or_default();
    let stand_in = format!("original-{mark}");
    let boundary = boundary(raw, mark);
    let part = if whole {
        let encoding = if raw.is_ascii() { "7bit" } else { "8bit" };
        MimePart::new("message/rfc822", BodyPart::Binary(stand_in.clone().into_bytes().into()))
            .attachment("forwarded.eml")
            .transfer_encoding(encoding)
    } else {
        MimePart::new("application/octet-stream", BodyPart::Binary(raw.to_vec().into())).attachment("forwarded.eml")
    };
    let parts = vec![MimePart::new("text/plain", BodyPart::Text(note.into())), part];
    let container = ContentType::new("multipart/mixed").attribute("boundary", boundary);
    let written = line_feeds(&finish(head.clone().body(MimePart::new(container, parts))));
    match memmem::rfind(&written, stand_in.as_bytes()).filter(|_| whole) {
        Some(at) => {
            let (before, after) = written.split_at(at);
            [before, raw, after.get(stand_in.len()..).unwrap_or_default()].concat()
        }
        None => written,
    }
}

fn push_paragraph(note: &mut String, text: &str) {
    if !note.trim().is_empty() {
        note.push_str("\n\n");
    }
    note.push_str(text);
}

/// A boundary that occurs nowhere in the original.
fn boundary(raw: &[u8], mark: &str) -> String {
    let mut boundary = format!("=_dutybox_{mark}");
    while memmem::find(raw, boundary.as_bytes()).is_some() {
        boundary.push('_');
    }
    boundary
}

/// The same message with our `Resent-` block before it (RFC 5322 §3.6.6).
fn redirect(original: &Message, from: &Address, to: &[String], stamp: &Stamp) -> Result<Vec<u8>, ComposeError> {
    let id = clean_id(&stamp.message_id).ok_or(ComposeError::Control("Message-ID"))?;
    let to: Vec<BuilderAddress<'_>> = to.iter().map(|addr| BuilderAddress::from(addr.clone())).collect();
    let written = finish(
        MessageBuilder::new()
            .header("Resent-Date", Raw::new(stamp.date.rfc5322(&stamp.zone)))
            .header("Resent-From", mailbox(from))
            .header("Resent-To", BuilderAddress::new_list(to))
            .header("Resent-Message-ID", MessageId::new(id))
            // The builder would add these three of its own; they end the block that we keep.
            .header("Message-ID", MessageId::new("end@localhost"))
            .header("Date", Raw::new("end"))
            .header("MIME-Version", Raw::new("1.0"))
            .text_body(""),
    );
    let end = memmem::find(&written, b"\r\nMessage-ID:").map_or(0, |at| at + 2);
    let ours = written.get(..end).unwrap_or_default();
    let raw = original.raw();
    let start = original.headers_start();
    let rest = raw.get(start..).unwrap_or_default();
    let crlf = memchr::memchr(b'\n', rest).is_some_and(|at| at > 0 && rest.get(at - 1) == Some(&b'\r'));
    let ours = if crlf { ours.to_vec() } else { line_feeds(ours) };
    // Text without any header needs the blank line that a header block ends with.
    let blank: &[u8] = match (original.headers.is_empty(), crlf) {
        (false, _) => b"",
        (true, true) => b"\r\n",
        (true, false) => b"\n",
    };
    Ok([&ours, blank, rest].concat())
}

/// The text of an inline forward: note, a summary of the headers, the body.
fn inline_text(original: &Message, note: &str, redact: &[regex::Regex]) -> String {
    let mut text = text::clean_lines(note);
    if !text.trim().is_empty() {
        text.truncate(text.trim_end().len());
        text.push_str("\n\n");
    }
    text.push_str("---------- Forwarded message ----------\n");
    let mut summary = String::new();
    for name in ["From", "Date", "Subject", "To", "Cc"] {
        if let Some(value) = original.header(name).filter(|value| !value.is_empty()) {
            summary.push_str(&format!("{name}: {}\n", text::clean(value)));
        }
    }
    summary.push('\n');
    for line in quotable(original, &summary, redact).lines() {
        text.push_str(if line.is_empty() { ">" } else { "> " });
        text.push_str(line);
        text.push('\n');
    }
    let names: Vec<_> = original.parts().iter().filter(|part| part.attachment && part.level == 0).collect();
    if !names.is_empty() {
        text.push_str("\nAttachments that were not passed on:\n");
        for part in names {
            let name = redacted(&text::clean(part.name.as_deref().unwrap_or("(no name)")), redact);
            text.push_str(&format!("- {name} ({}, {} bytes)\n", text::clean(&part.content_type), part.size));
        }
    }
    text
}

fn capped(text: &str) -> &str {
    let mut end = text.len().min(QUOTE_CAP);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The draft of a reply for an editor: `To`, `Cc`, `Subject`, a blank line, then the quoted text.
///
/// To is Reply-To, else From; a reply to a mail of our own goes to whom that went. With `all`, everybody else of To and
/// Cc is in Cc. `own` addresses are left out, with or without a detail after `+`. Links that unsubscribe, and what `redact`
/// finds, are not quoted.
pub fn reply_draft(original: &Message, all: bool, own: &[String], redact: &[regex::Regex]) -> String {
    let is_own = |address: &Address| own.iter().any(|own| same_mailbox(own, &address.addr));
    let mut to: Vec<&Address> =
        if original.reply_to.is_empty() { original.from.iter().collect() } else { original.reply_to.iter().collect() };
    to.retain(|address| !address.addr.is_empty());
    if !to.is_empty() && to.iter().all(|address| is_own(address)) {
        let others: Vec<&Address> =
            original.to.iter().filter(|address| !is_own(address) && !address.addr.is_empty()).collect();
        if !others.is_empty() {
            to = others;
        }
    }
    let mut cc: Vec<&Address> = Vec::new();
    if all {
        let mut known: HashSet<String> = to.iter().map(|address| address.addr.to_ascii_lowercase()).collect();
        for address in original.to.iter().filter(|address| !address.addr.is_empty() && !is_own(address)) {
            if known.insert(address.addr.to_ascii_lowercase()) {
                cc.push(address);
            }
        }
    }
    let mut draft = format!(
        "To: {}\nCc: {}\nSubject: {}\n\n",
        joined(&to),
        joined(&cc),
        redacted(&subject_line("Re: ", original.bare_subject()), redact)
    );
    let who =
        original.from.first().map(|from| if from.name.is_empty() { from.addr.as_str() } else { from.name.as_str() });
    let who = text::clean(who.unwrap_or("the sender")).into_owned();
    match original.raw_date.as_str() {
        "" => draft.push_str(&format!("{who} wrote:\n")),
        date => draft.push_str(&format!("On {}, {who} wrote:\n", text::clean(date))),
    }
    for line in quotable(original, "", redact).trim_end().lines() {
        // Quotes of quotes stay together: `>> `, not `> > `.
        draft.push_str(if line.starts_with('>') || line.is_empty() { ">" } else { "> " });
        draft.push_str(line);
        draft.push('\n');
    }
    draft
}

/// Whether two addresses name the same mailbox: case and a detail after `+` do not count.
fn same_mailbox(own: &str, other: &str) -> bool {
    let own_addr = address::list(own).pop().map_or_else(|| own.to_owned(), |address| address.addr);
    let plain = |addr: &str| match addr.rsplit_once('@') {
        Some((local, domain)) => {
            let local = local.split_once('+').map_or(local, |(local, _)| local);
            format!("{}@{}", local.to_lowercase(), domain.to_lowercase())
        }
        None => addr.to_lowercase(),
    };
    plain(&own_addr) == plain(other)
}

/// Addresses for the head of a draft: cleaned, names quoted where they must be.
fn joined(addresses: &[&Address]) -> String {
    let one = |address: &&Address| {
        let name = text::clean(&address.name);
        let addr = text::clean(&address.addr);
        if name.is_empty() {
            addr.into_owned()
        } else if name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '\'')) {
            format!("{name} <{addr}>")
        } else {
            format!("\"{}\" <{addr}>", name.replace('\\', "\\\\").replace('"', "\\\""))
        }
    };
    addresses.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Makes a message out of an edited draft.
///
/// # Errors
/// See [`ComposeError`].
pub fn reply(original: &Message, draft: &str, stamp: &Stamp) -> Result<Outgoing, ComposeError> {
    let draft = Draft::read(draft)?;
    let from = sender(stamp)?;
    let all: Vec<String> =
        [&draft.to, &draft.cc, &draft.bcc].into_iter().flatten().map(|address| address.addr.clone()).collect();
    let recipients = checked(&all)?;
    if unsubscribe::is_in(&draft.text) || unsubscribe::is_in(&draft.subject) {
        return Err(ComposeError::Unsubscribes);
    }
    let subject = subject_line("", &draft.subject);
    let id = clean_id(&stamp.message_id).ok_or(ComposeError::Control("Message-ID"))?;
    let list = |addresses: &[Address]| BuilderAddress::new_list(addresses.iter().map(mailbox).collect());
    let mut builder = MessageBuilder::new().from(mailbox(&from));
    if !draft.to.is_empty() {
        builder = builder.to(list(&draft.to));
    }
    if !draft.cc.is_empty() {
        builder = builder.cc(list(&draft.cc));
    }
    builder = with_subject(builder, &subject)
        .header("Date", Raw::new(stamp.date.rfc5322(&stamp.zone)))
        .message_id(id.clone());
    if let Some(parent) = original.message_id.as_deref().and_then(clean_id) {
        builder = builder
            .in_reply_to(parent.clone())
            .references(MessageId::new_list(references(original, parent).into_iter()));
    }
    let bytes = line_feeds(&finish(builder.text_body(text::clean_lines(&draft.text))));
    Ok(Outgoing { sender: from.addr, recipients, bytes, message_id: id, subject })
}

/// The References of a reply (RFC 5322 §3.6.4): the original's, else its only In-Reply-To, then the original.
fn references(original: &Message, parent: String) -> Vec<String> {
    let chain = match (original.references.as_slice(), original.in_reply_to.as_slice()) {
        ([], [only]) => std::slice::from_ref(only),
        (chain, _) => chain,
    };
    let mut ids: Vec<String> = chain.iter().filter_map(|id| clean_id(id)).filter(|id| *id != parent).collect();
    if ids.len() >= REFERENCES_CAP {
        let excess = ids.len() + 1 - REFERENCES_CAP;
        ids.drain(1..=excess);
    }
    ids.push(parent);
    ids
}

/// An edited draft.
#[derive(Default)]
struct Draft {
    to: Vec<Address>,
    cc: Vec<Address>,
    bcc: Vec<Address>,
    subject: String,
    text: String,
}

impl Draft {
    fn read(draft: &str) -> Result<Draft, ComposeError> {
        let draft = draft.replace("\r\n", "\n");
        let (head, text) = match draft.split_once("\n\n") {
            Some(parts) => parts,
            None => (draft.as_str(), ""),
        };
        let mut out = Draft { text: text.to_owned(), ..Draft::default() };
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in head.lines() {
            match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
                (true, Some((_, value)), _) => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                (_, _, Some((name, value))) => fields.push((name.trim().to_owned(), value.trim().to_owned())),
                _ if line.trim().is_empty() => {}
                _ => return Err(ComposeError::BadDraft(text::clean(line).into_owned())),
            }
        }
        for (name, value) in fields {
            match name.to_ascii_lowercase().as_str() {
                "to" => {
                    no_control(&value, "To")?;
                    out.to.extend(address::list(&value));
                }
                "cc" => {
                    no_control(&value, "Cc")?;
                    out.cc.extend(address::list(&value));
                }
                "bcc" => {
                    no_control(&value, "Bcc")?;
                    out.bcc.extend(address::list(&value));
                }
                "subject" => {
                    no_control(&value, "Subject")?;
                    out.subject = value;
                }
                _ => return Err(ComposeError::BadDraft(text::clean(&name).into_owned())),
            }
        }
        Ok(out)
    }
}
