//! The types of a parsed message. Text in them is decoded but *not* fit for a terminal: see [`super::text`].

use super::body::Body;
use super::date::{DateField, Time};

/// A display name and an address, as written (decoded).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// Whether it is an attachment rather than the text that is shown.
    pub attachment: bool,
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
        todo!()
    }

    /// A sentence for the message pane.
    pub fn sentence(&self) -> String {
        todo!()
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
    /// Where the body begins in `raw`.
    pub(super) body_start: usize,
    pub(super) content: std::sync::OnceLock<Content>,
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
        todo!()
    }

    /// The readable body, decoded when first asked for.
    pub fn body(&self) -> &Body {
        todo!()
    }

    /// All parts, attachments among them.
    pub fn parts(&self) -> &[Part] {
        todo!()
    }

    /// Oddities of header and, once decoded, body.
    pub fn all_oddities(&self) -> Vec<Oddity> {
        todo!()
    }

    /// The decoded bytes of a part, for saving.
    pub fn part_bytes(&self, _number: usize) -> Option<Vec<u8>> {
        todo!()
    }

    /// Content identity (R5).
    pub fn digest(&self) -> Digest {
        todo!()
    }
}
