//! The types of a parsed message. Text in them is decoded but *not* fit for a terminal: see [`super::text`].

use super::body::Body;
use super::date::{DateField, Time};

/// A display name and an address, as written (decoded).
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Address {
    /// Decoded display name; empty where there is none.
    pub name: String,
    /// `local@domain` as written; empty for an empty group.
    pub addr: String,
}

impl Address {
    /// The part after the last `@`.
    pub fn domain(&self) -> Option<&str> {
        self.addr.rsplit_once('@').map(|(_, domain)| domain)
    }

    /// The part after the first `+` of the local part (RFC 5233 §1; AWS SES calls it a label).
    pub fn detail(&self) -> Option<&str> {
        let local = self.addr.rsplit_once('@').map_or(self.addr.as_str(), |(local, _)| local);
        local.split_once('+').map(|(_, detail)| detail)
    }
}

/// One header field, in the order of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name as written.
    pub name: String,
    /// The value: unfolded, RFC 2047 decoded, raw 8-bit decoded, runs of blanks collapsed, trimmed.
    pub value: String,
}

/// An address found in a recipient header, and which header that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// `To`, `Cc`, `Delivered-To`, `X-Original-To`, `Envelope-To`, `Resent-To`, `Apparently-To` or `X-GitHub-Recipient-Address`.
    pub header: &'static str,
    /// The address.
    pub address: Address,
}

/// What a message is to its category (semantics R6): only an alert counts in any test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Role {
    /// A message that a machine (or, in human categories, a person) sent of its own accord.
    #[default]
    Alert,
    /// A reply, by subject prefix.
    Reply,
    /// A forward, by subject prefix.
    Forward,
    /// `Auto-Submitted: auto-replied`.
    AutoReply,
    /// `multipart/report`.
    Bounce,
}

impl Role {
    /// The word for people and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Role::Alert => "alert",
            Role::Reply => "reply",
            Role::Forward => "forward",
            Role::AutoReply => "auto-reply",
            Role::Bounce => "bounce",
        }
    }
}

/// Content identity (semantics R5): From address, decoded subject, raw Date, body with line ends and trailing blanks normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Digest(pub [u8; 16]);

/// A leaf of the MIME tree, or an attached message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Position in the message, counted from 1, as shown to people.
    pub number: usize,
    /// `text/plain`, `image/png`, … lower case; `text/plain` where the header is missing.
    pub content_type: String,
    /// The name that the mail gives it, decoded and raw.
    pub name: Option<String>,
    /// A name that is safe to create in a folder: last component, allowed characters, never empty, dotted or over 120 bytes.
    pub safe_name: String,
    /// Decoded size in bytes.
    pub size: usize,
    /// Whether it is an attachment of this message, rather than text that is shown or a part of an attached message.
    pub attachment: bool,
    /// How many attached messages it lies in: 0 is a part of this message itself.
    pub level: usize,
}

/// Something about a message that a person should see as a badge or a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// No From header (domain 1.25 row 1).
    NoFrom,
    /// No Date header, or one that is no date.
    NoDate,
    /// No Message-ID.
    NoMessageId,
    /// Date is more than a day away from delivery.
    DateOff,
    /// This header stands more than once: the first counts.
    Duplicate {
        /// The header's name.
        name: String,
        /// How often it stands there.
        count: usize,
    },
    /// The headers end without a blank line.
    NoBlankLine,
    /// The display name looks like another address, or From holds several addresses.
    MisleadingSender,
    /// Letters of several scripts are mixed in the sender's name or address.
    MixedScript,
    /// Attached messages are nested deeper than is read.
    NestingCut,
    /// More parts than are read.
    PartsCut,
    /// A header too long to be read whole, or too many headers.
    HeadersCut,
    /// The shown text is cut.
    BodyCut,
    /// The file is larger than is read.
    FileCut,
    /// There is nothing that looks like a header.
    NoHeaders,
    /// The file is empty.
    Empty,
}

impl Oddity {
    /// A few words for a badge.
    pub fn badge(&self) -> String {
        let words = match self {
            Oddity::NoFrom => "no sender",
            Oddity::NoDate => "no date",
            Oddity::NoMessageId => "no id",
            Oddity::DateOff => "date off",
            Oddity::Duplicate { name, count } => return format!("{count}× {name}"),
            Oddity::NoBlankLine => "no blank line",
            Oddity::MisleadingSender => "misleading sender",
            Oddity::MixedScript => "mixed script",
            Oddity::NestingCut => "nesting cut",
            Oddity::PartsCut => "parts cut",
            Oddity::HeadersCut => "headers cut",
            Oddity::BodyCut => "text cut",
            Oddity::FileCut => "file cut",
            Oddity::NoHeaders => "no headers",
            Oddity::Empty => "empty",
        };
        words.to_owned()
    }

    /// A sentence for the message pane.
    pub fn sentence(&self) -> String {
        let words = match self {
            Oddity::NoFrom => "There is no From header, so nobody says that they sent this.",
            Oddity::NoDate => "There is no Date header that is a date; the time of delivery stands in for it.",
            Oddity::NoMessageId => "There is no Message-ID, so copies are recognised by their content alone.",
            Oddity::DateOff => {
                "The Date header is more than a day away from the delivery; the time of delivery counts."
            }
            Oddity::Duplicate { name, count } => {
                return format!("The header {name} stands here {count} times; the first counts.");
            }
            Oddity::NoBlankLine => {
                "No blank line ends the headers; the text begins at the first line that is no header."
            }
            Oddity::MisleadingSender => {
                "The sender's name looks like another address, hides characters, or there are several senders: go by the address."
            }
            Oddity::MixedScript => "The sender mixes letters of several scripts that look alike.",
            Oddity::NestingCut => "Parts are nested deeper than 100 levels; the rest is not read (cut at 100).",
            Oddity::PartsCut => "There are more than 1,000 parts; the rest is not read.",
            Oddity::HeadersCut => {
                "A header is longer than 64 KiB, or all of them longer than 1 MiB; the rest is not read."
            }
            Oddity::BodyCut => "The text is longer than 10 MiB; the rest is not shown.",
            Oddity::FileCut => "The file is larger than 50 MiB; the rest is not read.",
            Oddity::NoHeaders => "Nothing here looks like a header; all of it is shown as text.",
            Oddity::Empty => "The file is empty.",
        };
        words.to_owned()
    }
}

/// A parsed message. Parsing never fails: what is odd stands in `oddities`.
#[derive(Debug)]
pub struct Message {
    /// All header fields in order.
    pub headers: Vec<Header>,
    /// From; usually one, none where the header is missing.
    pub from: Vec<Address>,
    /// Sender.
    pub sender: Option<Address>,
    /// Reply-To.
    pub reply_to: Vec<Address>,
    /// To and Cc, for display and replies.
    pub to: Vec<Address>,
    /// Cc alone.
    pub cc: Vec<Address>,
    /// Addresses of all recipient headers (design.md section 4, Match).
    pub recipients: Vec<Recipient>,
    /// Subject: first one, decoded, unfolded, blanks collapsed.
    pub subject: String,
    /// Date.
    pub date: Option<DateField>,
    /// The first Date header as written, for the digest.
    pub raw_date: String,
    /// Time of the topmost Received header that has a valid one.
    pub received: Option<Time>,
    /// Message-ID without `<>`.
    pub message_id: Option<String>,
    /// In-Reply-To ids.
    pub in_reply_to: Vec<String>,
    /// References ids, oldest first.
    pub references: Vec<String>,
    /// What it is to its category.
    pub role: Role,
    /// What is odd about it.
    pub oddities: Vec<Oddity>,
    /// The bytes as read (possibly cut).
    pub(super) raw: Vec<u8>,
    /// Where the first header begins in `raw`: behind blank lines and an mbox `From ` line.
    pub(super) headers_start: usize,
    /// Where the body begins in `raw`.
    pub(super) body_start: usize,
    pub(super) content: std::sync::OnceLock<Content>,
    pub(super) digest: std::sync::OnceLock<Digest>,
    pub(super) beside: std::sync::OnceLock<String>,
}

/// The decoded inside of a message, made when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) body: Body,
    pub(super) parts: Vec<Part>,
    pub(super) oddities: Vec<Oddity>,
}

impl Message {
    /// The bytes as read.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The first header of that name, any case (the first counts: reliability fact 6).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value.as_str())
    }

    /// The subject without leading `Re:`, `Fwd:`, `AW:` and the like (R6); brackets stay.
    pub fn bare_subject(&self) -> &str {
        super::parse::bare_subject(&self.subject)
    }

    /// The readable body, decoded when first asked for.
    pub fn body(&self) -> &Body {
        &self.content().body
    }

    /// All parts, attachments among them.
    pub fn parts(&self) -> &[Part] {
        &self.content().parts
    }

    /// Oddities of header and, once decoded, body.
    pub fn all_oddities(&self) -> Vec<Oddity> {
        let mut all = self.oddities.clone();
        let inside = self.content.get().map(|content| content.oddities.as_slice()).unwrap_or_default();
        all.extend(inside.iter().filter(|oddity| !self.oddities.contains(oddity)).cloned());
        all
    }

    /// Whether a text that it holds matches: shown or not, in header fields, any part and attached messages.
    pub fn holds(&self, expression: &regex::Regex) -> bool {
        let held = super::body::texts(&self.raw);
        held.iter().any(|held| {
            // Expressions may name the field, as in `^X-Cron-Env:`.
            let field = held.field.as_ref().map(|name| format!("{name}: {}", held.text));
            expression.is_match(field.as_ref().unwrap_or(&held.text))
        })
    }

    /// The two texts that a search looks through: the shown one, then those of attached messages and files beside it, which
    /// are decoded when they are asked for.
    pub fn searched(&self) -> impl Iterator<Item = &str> {
        let beside = || self.beside.get_or_init(|| super::body::beside(&self.raw)).as_str();
        std::iter::once(self.body().text.as_str()).chain(std::iter::once_with(beside))
    }

    /// The decoded bytes of a part, for saving.
    pub fn part_bytes(&self, number: usize) -> Option<Vec<u8>> {
        super::body::part_bytes(&self.raw, number)
    }

    /// Content identity (R5), worked out when it is first asked for.
    pub fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| self.work_out_digest())
    }

    fn work_out_digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        // Lengths before the fields: no two different messages give the same stream.
        let from = self.from.first().map(|from| from.addr.as_str()).unwrap_or_default();
        for field in [from, &self.subject, &self.raw_date] {
            hasher.update(&(field.len() as u64).to_le_bytes());
            hasher.update(field.as_bytes());
        }
        hash_lines(self.raw.get(self.body_start..).unwrap_or_default(), &mut hasher);
        let mut digest = Digest::default();
        digest.0.iter_mut().zip(hasher.finalize().as_bytes()).for_each(|(to, from)| *to = *from);
        digest
    }

    /// Where the first header begins.
    pub(super) fn headers_start(&self) -> usize {
        self.headers_start
    }

    fn content(&self) -> &Content {
        self.content.get_or_init(|| super::body::content(&self.raw))
    }
}

/// Hashes a text line by line, without blanks at line ends and blank lines at the end (R5).
fn hash_lines(text: &[u8], hasher: &mut blake3::Hasher) {
    const CHUNK: usize = 16 << 10;
    let mut buffer = Vec::with_capacity(2 * CHUNK);
    let mut blank_lines = 0usize;
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            blank_lines += 1;
            continue;
        }
        buffer.extend(std::iter::repeat_n(b'\n', std::mem::take(&mut blank_lines)));
        buffer.extend_from_slice(line);
        buffer.push(b'\n');
        if buffer.len() >= CHUNK {
            hasher.update(&buffer);
            buffer.clear();
        }
    }
    hasher.update(&buffer);
}
