//! Bytes to [`Message`]: the only user of `mail_parser`. Total and bounded; never panics, never aborts.
//!
//! Of mail-parser 0.11.9 we use the decoders: charsets, base64, plain HTML. Its message tree we do
//! not use, for what was measured: it is dropped recursively (a mail of 1 MB aborts the process), takes the last of
//! duplicate headers, reads `Sub ject:` as Subject, is quadratic in RFC 2231 parameters, and leaves out what stands
//! behind the last boundary. Fields are read in `header`, addresses in `address`, parts in
//! `mime`.

use std::sync::OnceLock;

use mail_parser::decoders::charsets::map::charset_decoder;

use super::address;
use super::date;
use super::header::{self, Block, Field};
use super::message::{Address, Header, Message, Oddity, Recipient, Role};

/// Largest number of bytes of one mail that is read.
pub const FILE_CAP: usize = 50 << 20;

/// The headers that hold recipients.
const RECIPIENTS: [&str; 8] = [
    "To",
    "Cc",
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "Resent-To",
    "Apparently-To",
    "X-GitHub-Recipient-Address",
];

/// Headers that stand once in a message (RFC 5322 §3.6, RFC 2045); more of them are a reason to look twice.
const ONCE: [&str; 12] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Content-Type",
    "Content-Transfer-Encoding",
];

/// Parses the headers now, the body when it is first asked for. Bytes past [`FILE_CAP`] are cut off and said so.
pub fn message(mut raw: Vec<u8>) -> Message {
    let mut oddities = Vec::new();
    if raw.len() > FILE_CAP {
        raw.truncate(FILE_CAP);
        oddities.push(Oddity::FileCut);
    }
    let block = header::block(&raw, true);
    if raw.is_empty() {
        oddities.push(Oddity::Empty);
    } else if block.fields.is_empty() {
        oddities.push(Oddity::NoHeaders);
    }
    let content_type = block.first("Content-Type").map(|value| header::parameters(value, None)).unwrap_or_default();
    let hint = content_type.get("charset").map(str::to_owned);
    let hint = hint.as_deref();
    let headers: Vec<Header> = block
        .fields
        .iter()
        .map(|field| Header { name: field.name.to_owned(), value: header::value(field.value, hint) })
        .collect();
    let addresses = |name: &str| block.first(name).map(|value| address_list(value, hint)).unwrap_or_default();
    let text = |name: &str| block.first(name).map(|value| header::value(value, hint)).unwrap_or_default();

    let from = addresses("From");
    let cc = addresses("Cc");
    let mut to = addresses("To");
    to.extend(cc.iter().cloned());
    let raw_date =
        block.first("Date").map(|value| header::collapse(&header::raw_text(value, None))).unwrap_or_default();
    let date = date::parse(&raw_date);
    let message_id = block.first("Message-ID").and_then(message_id);
    let subject = text("Subject");
    let role = role(&content_type.word, &text("Auto-Submitted"), &subject);

    if !block.fields.is_empty() {
        if from.iter().all(|from| from.addr.is_empty() && from.name.is_empty()) {
            oddities.push(Oddity::NoFrom);
        }
        if date.is_none() {
            oddities.push(Oddity::NoDate);
        }
        if message_id.is_none() {
            oddities.push(Oddity::NoMessageId);
        }
    }
    for name in ONCE {
        let count = block.fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name)).count();
        if count > 1 {
            oddities.push(Oddity::Duplicate { name: name.to_owned(), count });
        }
    }
    if block.no_blank_line {
        oddities.push(Oddity::NoBlankLine);
    }
    if block.cut {
        oddities.push(Oddity::HeadersCut);
    }
    if from.len() > 1 || from.iter().any(address::misleading) {
        oddities.push(Oddity::MisleadingSender);
    }
    if from.iter().any(address::mixed_script) {
        oddities.push(Oddity::MixedScript);
    }
    Message {
        sender: addresses("Sender").into_iter().next(),
        reply_to: addresses("Reply-To").into_iter().filter(|address| !address.addr.is_empty()).collect(),
        recipients: recipients(&block, hint),
        received: received(&block),
        in_reply_to: block.first("In-Reply-To").map(header::ids).unwrap_or_default(),
        references: block.first("References").map(header::ids).unwrap_or_default(),
        headers_start: block.start,
        body_start: block.body,
        headers,
        from,
        to,
        cc,
        subject,
        date,
        raw_date,
        message_id,
        role,
        oddities,
        raw,
        content: OnceLock::new(),
        digest: OnceLock::new(),
        beside: OnceLock::new(),
    }
}

fn address_list(value: &[u8], hint: Option<&str>) -> Vec<Address> {
    address::list(&header::raw_text(value, hint))
}

/// The id between `<>`, else the first word.
fn message_id(value: &[u8]) -> Option<String> {
    header::ids(value).into_iter().next().or_else(|| {
        let text = String::from_utf8_lossy(value);
        text.split_whitespace().next().map(|word| word.trim_matches(['<', '>']).to_owned()).filter(|id| !id.is_empty())
    })
}

/// All addresses of all recipient headers; of Delivered-To only the topmost, which our own server wrote.
fn recipients(block: &Block<'_>, hint: Option<&str>) -> Vec<Recipient> {
    let mut out = Vec::new();
    for header in RECIPIENTS {
        let of_name = block.fields.iter().filter(|field| field.name.eq_ignore_ascii_case(header));
        let count = if matches!(header, "Resent-To" | "X-Original-To" | "Envelope-To" | "Apparently-To") {
            usize::MAX
        } else {
            1
        };
        for Field { value, .. } in of_name.take(count) {
            let found = address_list(value, hint).into_iter().filter(|address| !address.addr.is_empty());
            out.extend(found.map(|address| Recipient { header, address }));
        }
    }
    out
}

/// The time of the topmost Received header that has a valid one, after its last `;` (RFC 5322 §3.6.7).
fn received(block: &Block<'_>) -> Option<date::Time> {
    block
        .fields
        .iter()
        .filter(|field| field.name.eq_ignore_ascii_case("Received"))
        .filter_map(|field| field.value.rsplit(|b| *b == b';').next().filter(|date| date.len() < field.value.len()))
        .find_map(|date| date::parse(&header::collapse(&String::from_utf8_lossy(date))))
        .map(|field| field.time)
}

/// What a message is to its category (R6).
fn role(content_type: &str, auto_submitted: &str, subject: &str) -> Role {
    let auto = auto_submitted.split([';', ' ', '(']).next().unwrap_or_default();
    if content_type == "multipart/report" {
        Role::Bounce
    } else if auto.eq_ignore_ascii_case("auto-replied") {
        Role::AutoReply
    } else {
        match subject_prefix(subject) {
            Some((Prefix::Reply, _)) => Role::Reply,
            Some((Prefix::Forward, _)) => Role::Forward,
            None => Role::Alert,
        }
    }
}

/// What a subject's prefix says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Reply,
    Forward,
}

/// Reply prefixes in the languages that mail programs write them in. Single letters are left out: `I:` and `R:` begin
/// real alerts.
const REPLY: [&str; 22] = [
    "re", "aw", "antw", "antwort", "sv", "vs", "ref", "réf", "res", "odp", "ynt", "atb", "vá", "απ", "回复", "答复",
    "回覆", "返信", "הש", "رد", "отв", "re-auto",
];
/// Forward prefixes.
const FORWARD: [&str; 16] =
    ["fwd", "fw", "wg", "tr", "rv", "doorst", "vb", "vl", "enc", "i̇lt", "ilt", "πρθ", "转发", "轉寄", "轉發", "пересл"];

/// The prefix at the start of a subject, such as `Re[2]:` or `AW :`, and the length up to what follows it.
fn subject_prefix(subject: &str) -> Option<(Prefix, usize)> {
    let (head, rest) = subject.split_once([':', '：'])?;
    let word = head.trim_end();
    // A counter: Re[2], Re (2), Re^2, Re*2.
    let word = word.trim_end_matches([']', ')']);
    let digits = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let word = match digits.strip_suffix(['[', '(', '^', '*']) {
        Some(before) if digits.len() < word.len() => before.trim_end(),
        _ => head.trim_end(),
    };
    if word.len() > 16 {
        return None;
    }
    let word = word.to_lowercase();
    let prefix = if REPLY.contains(&word.as_str()) {
        Prefix::Reply
    } else if FORWARD.contains(&word.as_str()) {
        Prefix::Forward
    } else {
        return None;
    };
    Some((prefix, subject.len() - rest.trim_start().len()))
}

/// A subject without its reply and forward prefixes.
pub(super) fn bare_subject(subject: &str) -> &str {
    let mut rest = subject.trim_start();
    while let Some((_, len)) = subject_prefix(rest) {
        rest = rest.get(len..).unwrap_or_default();
    }
    rest
}

/// Text out of bytes in a charset. Undeclared, unknown and ASCII: UTF-8 where it is, else windows-1252. Labels are
/// often wrong: what can hardly be anything else than UTF-8 is read as that.
pub(super) fn charset(bytes: &[u8], name: Option<&str>) -> String {
    let name = name.map(|name| name.trim_matches([' ', '\t', '"', '\'', ';']).to_ascii_lowercase()).unwrap_or_default();
    let name = alias(&name);
    let vague = matches!(
        name,
        "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "646" | "unknown-8bit" | "x-unknown" | "default" | "utf-8"
    );
    let least = match name {
        _ if vague => 0,
        "windows-1252" | "iso-8859-15" => 2,
        _ => 8,
    };
    if let Ok(text) = std::str::from_utf8(bytes)
        && (vague || !is_stateful(name) && sequences(text) >= least)
    {
        return text.to_owned();
    }
    let lossy = || String::from_utf8_lossy(bytes).into_owned();
    if name == "utf-8" {
        return lossy();
    }
    let declared = if vague || name.len() > 45 { None } else { charset_decoder(name.as_bytes()) };
    match declared {
        Some(decode) => decode(bytes),
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            // A text that was cut within a character is UTF-8 all the same.
            Err(_) if mostly_utf8(bytes) => lossy(),
            Err(_) => charset_decoder(b"windows-1252").map_or_else(lossy, |decode| decode(bytes)),
        },
    }
}

/// How many characters of a text are outside ASCII.
fn sequences(text: &str) -> usize {
    text.chars().filter(|c| !c.is_ascii()).count()
}

/// Whether a charset writes other letters in ASCII bytes, or several bytes for each: then nothing is to be guessed.
fn is_stateful(name: &str) -> bool {
    ["iso-2022", "utf-7", "utf-16", "utf-32", "hz-"].iter().any(|start| name.starts_with(start))
}

/// Whether these bytes are UTF-8 but for a few.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (good, bad) = bytes.utf8_chunks().fold((0usize, 0usize), |(good, bad), chunk| {
        (good + sequences(chunk.valid()), bad + usize::from(!chunk.invalid().is_empty()))
    });
    good >= 4 && bad * 8 <= good
}

/// The name that the decoder's table has for a charset.
fn alias(name: &str) -> &str {
    match name {
        "utf8" | "utf-8-sig" | "utf8mb4" | "unicode-1-1-utf-8" => "utf-8",
        "unicode-1-1-utf-7" => "utf-7",
        // What programs write under these names holds the quotes and dashes of windows-1252 (WHATWG Encoding §4.2).
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" | "8859-1" | "cp-1252" | "windows1252"
        | "ansi" => "windows-1252",
        "latin9" | "latin-9" => "iso-8859-15",
        "iso-8859-8-i" | "iso-8859-8-e" => "iso-8859-8",
        "cp-1251" | "win-1251" | "windows1251" => "windows-1251",
        "koi8r" => "koi8-r",
        "euc-cn" | "cp936" | "ms936" | "gb2312" => "gbk",
        "ks_c_5601" | "ks_c_5601-1987" | "cp949" | "ms949" => "euc-kr",
        "cp950" => "big5",
        "cp932" | "x-ms-cp932" | "ms932" => "shift_jis",
        "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-ms" | "cp50220" | "cp50221" => "iso-2022-jp",
        "cp874" => "windows-874",
        name => name,
    }
}

/// Base64 out of mail: bytes that are none are passed over, `=` ends a group wherever it stands.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let padding = text.iter().rev().take_while(|b| matches!(b, b'=' | b'\r' | b'\n')).count();
    let inside = text.get(..text.len() - padding).unwrap_or_default();
    // The library's decoder is the fast one; padding in the middle and foreign bytes are not its business.
    if memchr::memchr(b'=', inside).is_none()
        && let Some(decoded) = mail_parser::decoders::base64::base64_decode(text)
    {
        return decoded;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0u32);
    for byte in text {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                (bits, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    out
}

/// HTML as text where it is too large or too deep for layout: linear, without tables.
pub(super) fn flat_html(html: &str) -> String {
    mail_parser::decoders::html::html_to_text(html)
}

/// Quoted-printable out of mail (RFC 2045 §6.7); what is no escape stays as it is.
pub(super) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'=' {
            out.push(*first);
        } else if let Some(byte) = header::hex_pair(after) {
            out.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            // A soft line break, with the blanks that transport may have added.
            let blanks = after.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
            match after.get(blanks..).unwrap_or_default() {
                [b'\r', b'\n', ..] => rest = after.get(blanks + 2..).unwrap_or_default(),
                [b'\r' | b'\n', ..] => rest = after.get(blanks + 1..).unwrap_or_default(),
                [] => rest = &[],
                _ => out.push(b'='),
            }
        }
    }
    out
}
