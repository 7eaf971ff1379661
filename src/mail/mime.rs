//! The MIME tree of a message (RFC 2045, 2046): ranges in the raw bytes, found without recursion and within limits.

use std::ops::Range;

use memchr::{memchr, memchr2, memmem};

use super::header::{self, Block, Parameters};
use super::message::{Oddity, Part};
use super::parse::{base64, quoted_printable};
use super::uuencode;

/// Largest number of parts that are read.
const PARTS_CAP: usize = 1_000;
/// Deepest nesting of multiparts and attached messages that is read.
const DEPTH_CAP: usize = 100;
/// Longest name that is safe to create, in bytes.
const NAME_CAP: usize = 120;

/// Content-Transfer-Encoding, as far as bytes change by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Base64,
    QuotedPrintable,
    /// Not in any RFC, yet in old mail.
    Uuencode,
}

/// What an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Leaf,
    Multipart,
    /// An attached message; its only child is the message's own content.
    Message,
    /// Text that stands outside every part.
    Stray,
}

/// An entity of the tree.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) content_type: Parameters,
    pub(super) disposition: Parameters,
    pub(super) encoding: Encoding,
    /// The body in the raw bytes.
    pub(super) range: Range<usize>,
    /// Uuencoded files in the body, which are nodes of their own.
    pub(super) holes: Vec<Range<usize>>,
    /// How many attached messages this lies in.
    pub(super) level: usize,
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
}

impl Node {
    /// The bytes of the body without their transfer encoding.
    pub(super) fn decode(&self, raw: &[u8]) -> Vec<u8> {
        let bytes = raw.get(self.range.clone()).unwrap_or_default();
        match self.encoding {
            Encoding::Identity if self.holes.is_empty() => bytes.to_vec(),
            Encoding::Identity => {
                let (mut out, mut from) = (Vec::with_capacity(bytes.len()), self.range.start);
                for hole in &self.holes {
                    out.extend_from_slice(raw.get(from..hole.start).unwrap_or_default());
                    from = hole.end;
                }
                out.extend_from_slice(raw.get(from..self.range.end).unwrap_or_default());
                out
            }
            Encoding::Uuencode => uuencode::decode(bytes),
            Encoding::Base64 => base64_body(bytes),
            Encoding::QuotedPrintable => quoted_printable(bytes),
        }
    }

    /// The name that the mail gives this part.
    pub(super) fn name(&self) -> Option<&str> {
        let name = self.disposition.get("filename").or_else(|| self.content_type.get("name"))?;
        (!name.is_empty()).then_some(name)
    }

    /// Whether this is a text in which uuencoded files are looked for.
    fn is_text_with_files(&self) -> bool {
        self.kind == Kind::Leaf
            && self.content_type.word == "text/plain"
            && self.encoding == Encoding::Identity
            && !self.is_attachment()
    }

    /// A uuencoded file in this text, whose body begins at `start`.
    fn file(&self, start: usize, file: &uuencode::Block) -> Node {
        let name = header::raw_text(&file.name, self.content_type.get("charset"));
        Node {
            kind: Kind::Leaf,
            content_type: Parameters::new("application/octet-stream", None),
            disposition: Parameters::new("attachment", Some(("filename", &name))),
            encoding: Encoding::Uuencode,
            range: start + file.range.start..start + file.range.end,
            holes: Vec::new(),
            level: self.level,
            parent: self.parent,
            children: Vec::new(),
        }
    }

    pub(super) fn is_attachment(&self) -> bool {
        self.disposition.word == "attachment"
    }
}

/// Base64 bodies that are in truth plain text (a wrong label is common) are left as they are, and text that somebody put
/// behind the data is left out.
fn base64_body(bytes: &[u8]) -> Vec<u8> {
    let letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let start = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let foreign = start.iter().filter(|b| !letter(b) && !matches!(b, b'\r' | b'\n')).count();
    let blanks = start.trim_ascii().iter().filter(|b| **b == b' ').count();
    if (foreign > 3 || blanks > 1) && foreign * 20 > start.len() {
        return bytes.to_vec();
    }
    let padding = memchr(b'=', bytes).unwrap_or(bytes.len());
    let (data, rest) = bytes.split_at(padding);
    let padding = rest.iter().take_while(|b| **b == b'=').count();
    let behind = rest.get(padding..).unwrap_or_default();
    let letters = behind.iter().filter(|b| letter(b)).count();
    let more = letters % 4 == 0 && behind.iter().all(|b| letter(b) || b.is_ascii_whitespace());
    base64(if more { bytes } else { bytes.get(..data.len() + padding).unwrap_or_default() })
}

/// The tree of a message.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// In document order; the first is the message itself.
    pub(super) nodes: Vec<Node>,
    pub(super) oddities: Vec<Oddity>,
}

/// An entity that is still to be read.
struct Todo {
    range: Range<usize>,
    parent: Option<usize>,
    level: usize,
    depth: usize,
    /// Whether a part without Content-Type is a message (RFC 2046 §5.1.5).
    digest: bool,
    /// Whether this is a whole message, whose header block may begin untidily.
    message: bool,
    /// Whether this is text outside every part, which has no header block.
    stray: bool,
}

/// Reads the tree of the message in `raw`.
pub(super) fn tree(raw: &[u8]) -> Tree {
    let mut tree = Tree::default();
    let mut todo = vec![Todo {
        range: 0..raw.len(),
        parent: None,
        level: 0,
        depth: 0,
        digest: false,
        message: true,
        stray: false,
    }];
    while let Some(next) = todo.pop() {
        if tree.nodes.len() >= PARTS_CAP {
            odd(&mut tree.oddities, Oddity::PartsCut);
            break;
        }
        tree.read(raw, next, &mut todo);
    }
    tree
}

fn odd(oddities: &mut Vec<Oddity>, oddity: Oddity) {
    if !oddities.contains(&oddity) {
        oddities.push(oddity);
    }
}

impl Tree {
    fn read(&mut self, raw: &[u8], next: Todo, todo: &mut Vec<Todo>) {
        let bytes = raw.get(next.range.clone()).unwrap_or_default();
        let block = if next.stray { Block::default() } else { header::block(bytes, next.message) };
        if block.cut {
            odd(&mut self.oddities, Oddity::HeadersCut);
        }
        let (content_type, disposition, encoding) = describe(&block, next.digest);
        let at = self.nodes.len();
        let start = next.range.start + block.body;
        let mut node = Node {
            kind: if next.stray { Kind::Stray } else { Kind::Leaf },
            content_type,
            disposition,
            encoding,
            range: start..next.range.end,
            holes: Vec::new(),
            level: next.level,
            parent: next.parent,
            children: Vec::new(),
        };
        if let Some(parent) = next.parent.and_then(|parent| self.nodes.get_mut(parent)) {
            parent.children.push(at);
        }
        let files = if node.is_text_with_files() {
            uuencode::blocks(raw.get(node.range.clone()).unwrap_or_default(), PARTS_CAP)
        } else {
            Vec::new()
        };
        let word = node.content_type.word.as_str();
        let is_message = matches!(word, "message/rfc822" | "message/global") && node.encoding == Encoding::Identity;
        let is_multipart = word.starts_with("multipart/");
        if (is_message || is_multipart) && next.depth >= DEPTH_CAP {
            odd(&mut self.oddities, Oddity::NestingCut);
        } else if is_message {
            node.kind = Kind::Message;
            let range = node.range.clone();
            let (level, depth) = (next.level + 1, next.depth + 1);
            todo.push(Todo { range, parent: Some(at), level, depth, digest: false, message: true, stray: false });
        } else if is_multipart {
            let digest = word == "multipart/digest";
            let boundary = node.content_type.get("boundary").unwrap_or_default().to_owned();
            let body = raw.get(node.range.clone()).unwrap_or_default();
            let mut split = split(body, &boundary, PARTS_CAP);
            if split.parts.is_empty()
                && let Some(guess) = guess_boundary(body)
            {
                split = self::split(body, guess, PARTS_CAP);
            }
            nest(body, &mut split, &boundary);
            if !split.parts.is_empty() {
                node.kind = Kind::Multipart;
                let (level, depth) = (next.level, next.depth + 1);
                let offset = |range: &Range<usize>| start + range.start..start + range.end;
                // The last is read first, so they are laid down in reverse.
                for range in split.strays.iter().rev() {
                    todo.push(Todo {
                        range: offset(range),
                        parent: Some(at),
                        level,
                        depth,
                        digest: false,
                        message: false,
                        stray: true,
                    });
                }
                for part in split.parts.iter().rev() {
                    todo.push(Todo {
                        range: offset(part),
                        parent: Some(at),
                        level,
                        depth,
                        digest,
                        message: false,
                        stray: false,
                    });
                }
            } else {
                // A multipart without parts is text after all.
                node.content_type = header::parameters(b"text/plain", None);
            }
        }
        let files: Vec<Node> = files.into_iter().map(|file| node.file(start, &file)).collect();
        node.holes = files.iter().map(|file| file.range.clone()).collect();
        self.nodes.push(node);
        self.nodes.extend(files);
    }
}

/// Type, disposition and encoding out of a header block; the first of duplicates counts.
fn describe(block: &Block<'_>, digest: bool) -> (Parameters, Parameters, Encoding) {
    let mut content_type = block.first("Content-Type").map(|value| header::parameters(value, None)).unwrap_or_default();
    if !content_type.word.contains('/') {
        // Missing or broken (`Content-Type: text`): RFC 2045 §5.2. Its parameters hold all the same.
        let message = digest && content_type.word.is_empty();
        content_type.word = if message { "message/rfc822" } else { "text/plain" }.to_owned();
    }
    let disposition =
        block.first("Content-Disposition").map(|value| header::parameters(value, None)).unwrap_or_default();
    let encoding = block.first("Content-Transfer-Encoding").map(encoding).unwrap_or(Encoding::Identity);
    (content_type, disposition, encoding)
}

/// The encoding that a Content-Transfer-Encoding names: its first word, whatever stands behind it.
fn encoding(value: &[u8]) -> Encoding {
    let text = String::from_utf8_lossy(value).to_ascii_lowercase();
    let first = text
        .split([' ', '\t', '\r', '\n', ';', ',', '('])
        .map(|word| word.trim_matches(['"', '\'']))
        .find(|word| !word.is_empty());
    match first.unwrap_or_default() {
        "base64" | "base-64" | "b" => Encoding::Base64,
        "quoted-printable" | "quoted_printable" | "quotedprintable" | "q" => Encoding::QuotedPrintable,
        "x-uuencode" | "x-uue" | "uuencode" | "uue" => Encoding::Uuencode,
        _ => Encoding::Identity,
    }
}

/// A multipart body cut at its boundary lines.
#[derive(Default)]
struct Split {
    parts: Vec<Range<usize>>,
    /// Text before the first and behind the last boundary that says more than the usual hint.
    strays: Vec<Range<usize>>,
    /// Where the line of the last boundary ends.
    end: usize,
}

/// Cuts at lines that are `--boundary`; a longer word that begins so is no such line (RFC 2046 §5.1.1).
fn split(body: &[u8], boundary: &str, most: usize) -> Split {
    let mut out = Split::default();
    let boundary = boundary.trim_end();
    if boundary.is_empty() {
        return out;
    }
    let delimiter = format!("--{boundary}");
    let mut open: Option<usize> = None;
    let mut from = 0;
    for at in memmem::find_iter(body, delimiter.as_bytes()) {
        if at < from || !(at == 0 || matches!(body.get(at - 1), Some(b'\n' | b'\r'))) {
            continue;
        }
        let after = at + delimiter.len();
        let rest = body.get(after..).unwrap_or_default();
        let end = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let tail = rest.get(..end).unwrap_or_default();
        let last = tail.starts_with(b"--");
        if !last && !tail.trim_ascii().is_empty() {
            continue;
        }
        let end_of_line = after + end + line_break(rest.get(end..).unwrap_or_default());
        match open.replace(end_of_line) {
            Some(start) => out.parts.push(start..before_break(body, at).max(start)),
            None if at > 500 && !body.get(..at).unwrap_or_default().trim_ascii().is_empty() => out.strays.push(0..at),
            None => {}
        }
        (from, out.end) = (end_of_line, end_of_line);
        if last {
            open = None;
            let epilogue = body.get(end_of_line..).unwrap_or_default();
            if !epilogue.trim_ascii().is_empty() {
                out.strays.push(end_of_line..body.len());
            }
            break;
        }
        if out.parts.len() > most {
            break;
        }
    }
    if let Some(start) = open {
        out.parts.push(start.min(body.len())..body.len());
        out.end = body.len();
    }
    out
}

/// Multiparts inside that have the same boundary as their parent: what follows one up to the first end is its own, and
/// what follows that end is the parent's. Otherwise the files behind it would not be seen at all.
fn nest(body: &[u8], split: &mut Split, boundary: &str) {
    let mut first = 0;
    while let Some(at) = (first..split.parts.len().saturating_sub(1)).find(|at| has_same(body, split, *at, boundary)) {
        let end = split.end;
        if let Some(part) = split.parts.get_mut(at) {
            part.end = end;
        }
        split.parts.truncate(at + 1);
        split.strays.retain(|stray| stray.end <= end);
        first = at + 1;
        let after = self::split(body.get(end..).unwrap_or_default(), boundary, PARTS_CAP.saturating_sub(first));
        let moved = |range: &Range<usize>| range.start + end..range.end + end;
        split.parts.extend(after.parts.iter().map(moved));
        // Text between the end of the inner and the next boundary is neither's.
        split.strays.extend(after.strays.iter().filter(|stray| stray.start > 0 || after.parts.is_empty()).map(moved));
        split.end = end + after.end;
    }
}

/// Whether that part is a multipart of this boundary and without a body of its own.
fn has_same(body: &[u8], split: &Split, at: usize, boundary: &str) -> bool {
    let bytes = split.parts.get(at).and_then(|part| body.get(part.clone())).unwrap_or_default();
    let block = header::block(bytes, false);
    let empty = bytes.get(block.body..).unwrap_or_default().trim_ascii().is_empty();
    let content_type = block.first("Content-Type").filter(|_| empty).map(|value| header::parameters(value, None));
    content_type.is_some_and(|content_type| {
        content_type.word.starts_with("multipart/")
            && content_type.get("boundary").is_some_and(|inner| inner.trim_end() == boundary.trim_end())
    })
}

/// The boundary of a multipart that names none, or one that never occurs: the first line that begins with `--`, where
/// the same ends the body or divides it again, or where fields of a part follow.
fn guess_boundary(body: &[u8]) -> Option<&str> {
    let head = body.get(..body.len().min(8 << 10))?;
    let line = head
        .split(|b| matches!(b, b'\n' | b'\r'))
        .find(|line| line.starts_with(b"--") && line.trim_ascii_end().len() >= 4)?;
    let line = line.trim_ascii_end();
    let at = memmem::find(head, line)?;
    let follows = head.get(at + line.len()..).unwrap_or_default().trim_ascii_start();
    let fields = follows.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-"));
    let again = memmem::find_iter(body, line).nth(1).is_some();
    std::str::from_utf8(line.get(2..)?).ok().filter(|_| again || fields)
}

/// How long the line break at the start is.
fn line_break(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// The end of the line before `at`, which begins a line: its break belongs to the boundary.
fn before_break(body: &[u8], at: usize) -> usize {
    match (at.checked_sub(2).and_then(|i| body.get(i)), at.checked_sub(1).and_then(|i| body.get(i))) {
        (Some(b'\r'), Some(b'\n')) => at - 2,
        (_, Some(_)) => at - 1,
        _ => at,
    }
}

/// The list of parts as people see it, and which node each is.
pub(super) fn parts(tree: &Tree, raw: &[u8], shown: &[usize]) -> Vec<(usize, Part)> {
    let mut out = Vec::new();
    for (at, node) in tree.nodes.iter().enumerate() {
        if node.kind == Kind::Multipart {
            continue;
        }
        let number = out.len() + 1;
        let name = node.name().map(str::to_owned);
        let content_type = node.content_type.word.clone();
        let size = match node.encoding {
            Encoding::Identity if node.holes.is_empty() => node.range.len(),
            _ => node.decode(raw).len(),
        };
        // A text that has a name is a file too, even if it is all there is to show.
        let body =
            shown.contains(&at) && (node.name().is_none() || node.parent.is_none()) || is_alternative_text(tree, node);
        let part = Part {
            number,
            safe_name: safe_name(name.as_deref(), number, &content_type),
            // What lies in an attached message belongs to that.
            attachment: node.level == 0 && node.kind != Kind::Stray && (!body || node.is_attachment()),
            content_type,
            name,
            size,
            level: node.level,
        };
        out.push((at, part));
    }
    out
}

/// Whether this is one of several forms of the shown text.
fn is_alternative_text(tree: &Tree, node: &Node) -> bool {
    let mut parent = node.parent;
    // An invitation is a form of the text too, but one that nobody reads here.
    let word = node.content_type.word.as_str();
    let text = word.starts_with("text/") && !matches!(word, "text/calendar" | "text/vcard") && node.name().is_none();
    while let Some(above) = parent.and_then(|at| tree.nodes.get(at)) {
        if above.content_type.word == "multipart/alternative" {
            return text;
        }
        parent = above.parent;
    }
    // A text that only stands inside an attached message is that message's business.
    text && node.level > 0
}

/// A name that is safe to create in a folder (C44): the last component, from an allow-list of characters, never empty,
/// never with a dot or dash in front, at most 120 bytes with the extension kept.
pub(super) fn safe_name(name: Option<&str>, number: usize, content_type: &str) -> String {
    let last =
        name.unwrap_or_default().rsplit(['/', '\\', '\0']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let mut safe = String::with_capacity(last.len());
    for c in last.chars() {
        let fit = match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | '+' | '=' | ',' | '@' => true,
            ' ' | '(' | ')' | '[' | ']' => false,
            c => {
                !c.is_ascii()
                    && c.is_alphanumeric()
                    && super::text::clean(c.encode_utf8(&mut [0; 4])) == *c.encode_utf8(&mut [0; 4])
            }
        };
        let c = if fit { c } else { '_' };
        if c != '_' || !safe.ends_with('_') {
            safe.push(c);
        }
    }
    let safe = safe.trim_start_matches(['.', '-', '_']).trim_end_matches(['.', '_']);
    if safe.is_empty() {
        return format!("part-{number}.{}", extension(content_type));
    }
    if safe.len() <= NAME_CAP {
        return safe.to_owned();
    }
    let (stem, extension) = match safe.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (safe, String::new()),
    };
    let mut end = NAME_CAP - extension.len();
    while !stem.is_char_boundary(end.min(stem.len())) {
        end -= 1;
    }
    format!("{}{extension}", stem.get(..end.min(stem.len())).unwrap_or_default().trim_end_matches('.'))
}

fn extension(content_type: &str) -> &'static str {
    match content_type {
        "text/html" => "html",
        "text/csv" => "csv",
        "text/calendar" => "ics",
        "message/rfc822" | "message/global" => "eml",
        "application/json" => "json",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/gzip" => "gz",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        word if word.starts_with("text/") || word.starts_with("message/") => "txt",
        _ => "bin",
    }
}
