//! Readable text out of a message's parts: plain, HTML, JSON; and the links in it.

use super::message::{Content, Oddity};
use super::mime::{self, Kind, Node, Tree};
use super::parse::charset;
use super::{flowed, header, html, json, parse, unsubscribe};

/// Most text that is shown, in bytes.
const TEXT_CAP: usize = 10 << 20;
/// Most links that are listed.
pub(super) const LINKS_CAP: usize = 1_000;
/// Longest link that is taken for one, in characters.
const LINK_LENGTH_CAP: usize = 4_096;

/// How many messages are read that lie encoded in one another.
const ENCODED_CAP: usize = 4;

/// Where the shown text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodySource {
    /// A text/plain part.
    #[default]
    Plain,
    /// Converted from text/html.
    Html,
    /// JSON, pretty-printed (SNS, EventBridge), with what stood around it.
    Json,
    /// Undecoded, because the message is too complex to parse.
    Raw,
    /// There is no text.
    Nothing,
}

/// The readable body of a message. Decoded, lines end in LF, *not* cleaned: see [`super::text`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// The text.
    pub text: String,
    /// Where it comes from.
    pub source: BodySource,
    /// Links in order, without repetition.
    pub links: Vec<Link>,
}

/// A link and where it really goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What the mail shows; equal to the target for bare URLs.
    pub text: String,
    /// The real target.
    pub target: String,
    /// Whether it may be opened: http and https only.
    pub openable: bool,
    /// Whether the text shows another host than the target.
    pub misleading: bool,
    /// Whether it unsubscribes whoever the mail went to: never to be opened.
    pub unsubscribes: bool,
}

impl Link {
    /// A link out of what a mail shows and where it leads.
    pub fn new(text: &str, target: &str) -> Link {
        let target = target.trim();
        let text = if text.is_empty() { target } else { text };
        let parsed = authority(target);
        let openable = parsed.is_some()
            && target.bytes().all(|b| b.is_ascii_graphic() || b >= 0x80)
            && target.chars().all(|c| !c.is_whitespace() && !super::text::is_bad(c));
        let misleading = match parsed {
            // `https://bank.example@evil.example/`: what stands before the @ is no host.
            Some((userinfo, host)) => userinfo || shown_host(text).is_some_and(|shown| !same_host(&shown, host)),
            None => shown_host(text).is_some() && !target.to_ascii_lowercase().starts_with("mailto:"),
        };
        let unsubscribes = unsubscribe::is(text, target);
        Link { text: text.to_owned(), target: target.to_owned(), openable, misleading, unsubscribes }
    }
}

/// Whether an http or https URL holds userinfo, and its host without port.
fn authority(url: &str) -> Option<(bool, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let (userinfo, host) = match authority.rsplit_once('@') {
        Some((_, host)) => (true, host),
        None => (false, authority),
    };
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => host,
    };
    (!host.is_empty()).then_some((userinfo, host))
}

/// The host that a link's text shows, where it looks like a URL or a domain.
fn shown_host(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some((_, host)) = authority(text) {
        return Some(host.to_ascii_lowercase());
    }
    if text.contains(char::is_whitespace) || text.contains('@') {
        return None;
    }
    let host = text.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let (_, last) = host.rsplit_once('.')?;
    const ENDINGS: [&str; 14] =
        ["com", "org", "net", "io", "edu", "gov", "dev", "info", "de", "fr", "uk", "cloud", "app", "biz"];
    let looks = host.starts_with("www.") || ENDINGS.contains(&last.to_ascii_lowercase().as_str());
    (looks && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))).then(|| host.to_ascii_lowercase())
}

fn same_host(shown: &str, real: &str) -> bool {
    let bare = |host: &str| host.trim_end_matches('.').trim_start_matches("www.").to_owned();
    bare(shown) == bare(&real.to_ascii_lowercase())
}

/// Links in plain text: `http://`, `https://` and `mailto:`, without the punctuation behind them.
pub(super) fn find_links(text: &str, links: &mut Vec<Link>) {
    for at in memchr::memchr_iter(b':', text.as_bytes()) {
        if links.len() >= LINKS_CAP {
            return;
        }
        let before = text
            .get(at.saturating_sub(6)..at)
            .or_else(|| text.get(at.saturating_sub(5)..at))
            .or_else(|| text.get(at.saturating_sub(4)..at));
        let before = before.unwrap_or_default().to_ascii_lowercase();
        let after = text.get(at + 1..).unwrap_or_default();
        let scheme = ["https", "http", "mailto"].into_iter().find(|scheme| before.ends_with(scheme));
        let Some(scheme) = scheme.filter(|scheme| *scheme == "mailto" || after.starts_with("//")) else { continue };
        let start = at - scheme.len();
        if text.get(..start).and_then(|before| before.chars().next_back()).is_some_and(char::is_alphanumeric) {
            continue;
        }
        let rest = text.get(start..).unwrap_or_default();
        let window = rest
            .char_indices()
            .take(LINK_LENGTH_CAP)
            .find(|(_, c)| ends_link(*c))
            .map_or_else(|| rest.char_indices().nth(LINK_LENGTH_CAP).map_or(rest.len(), |(at, _)| at), |(at, _)| at);
        let link = trim_link(rest.get(..window).unwrap_or_default());
        if link.len() > scheme.len() + 3 && !links.iter().any(|known| known.target == link) {
            links.push(Link::new(link, link));
        }
    }
}

pub(super) fn ends_link(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '|' | '\\' | '^' | '{' | '}' | '“' | '”' | '»' | '«')
}

/// A URL without the punctuation of the sentence around it; brackets stay where they are balanced.
pub(super) fn trim_link(mut link: &str) -> &str {
    loop {
        let Some(last) = link.chars().next_back() else { return link };
        let cut = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '…' => true,
            ')' => link.matches('(').count() < link.matches(')').count(),
            ']' => link.matches('[').count() < link.matches(']').count(),
            _ => false,
        };
        if !cut {
            return link;
        }
        link = link.get(..link.len() - last.len_utf8()).unwrap_or_default();
    }
}

/// The body and parts of the message in `raw`.
pub(super) fn content(raw: &[u8]) -> Content {
    content_within(raw, 0)
}

/// The parts whose text is shown.
fn shown(tree: &Tree, raw: &[u8]) -> Vec<usize> {
    let mut shown = Vec::new();
    choose(tree, raw, 0, &mut shown);
    if shown.is_empty() {
        // A text that has a name is shown where there is no other.
        let named = |node: &Node| {
            node.kind == Kind::Leaf
                && node.level == 0
                && !node.is_attachment()
                && matches!(node.content_type.word.as_str(), "text/plain" | "text/html")
        };
        shown.extend(tree.nodes.iter().position(named));
    }
    if shown.is_empty() {
        // An alert that was passed on as an attachment is read where it is.
        for message in tree.nodes.iter().filter(|node| node.kind == Kind::Message) {
            message.children.iter().for_each(|child| choose(tree, raw, *child, &mut shown));
            if !shown.is_empty() {
                break;
            }
        }
    }
    shown
}

/// The same, of a message that was transfer-encoded within so many others.
fn content_within(raw: &[u8], depth: usize) -> Content {
    let tree = mime::tree(raw);
    let mut oddities = tree.oddities.clone();
    let shown = shown(&tree, raw);
    let mut body = Body { source: BodySource::Nothing, ..Body::default() };
    let (mut left, mut cut) = (TEXT_CAP, false);
    for at in &shown {
        let Some(node) = tree.nodes.get(*at) else { continue };
        let (text, part_cut) = decode_text(node, raw, left);
        cut |= part_cut;
        left = left.saturating_sub(text.len());
        let html = node.content_type.word == "text/html"
            || (node.content_type.word == "text/plain" && shown.len() == 1 && is_html(&text));
        let text = if html {
            body.source = BodySource::Html;
            html::to_text(&text, &mut body.links)
        } else {
            if body.source == BodySource::Nothing {
                body.source = BodySource::Plain;
            }
            find_links(&text, &mut body.links);
            text
        };
        if !body.text.is_empty() && !text.is_empty() {
            body.text.truncate(body.text.trim_end_matches('\n').len());
            body.text.push_str("\n\n");
        }
        body.text.push_str(&text);
    }
    unsubscribe::mark(&body.text, &mut body.links);
    if body.source == BodySource::Html {
        html::list_targets(&body.links, &mut body.text);
    }
    if body.text.trim().is_empty() {
        let too_much = oddities.iter().any(|o| matches!(o, Oddity::NestingCut | Oddity::PartsCut));
        body.source = if too_much { BodySource::Raw } else { BodySource::Nothing };
        if too_much {
            let start = tree.nodes.first().map_or(0, |root| root.range.start);
            let bytes = raw.get(start..).unwrap_or_default();
            let capped = bytes.get(..bytes.len().min(TEXT_CAP)).unwrap_or_default();
            cut |= capped.len() < bytes.len();
            body.text = line_feeds(charset(capped, None));
        }
    } else if body.source == BodySource::Plain
        && let Some(pretty) = json::pretty(&body.text)
    {
        body.text = pretty;
        body.source = BodySource::Json;
    }
    if cut {
        oddities.push(Oddity::BodyCut);
    }
    if body.source == BodySource::Nothing && depth < ENCODED_CAP {
        // An attached message must not be encoded (RFC 2046 §5.2.1), but gateways do it.
        let encoded = |node: &&Node| node.kind == Kind::Leaf && node.content_type.word == "message/rfc822";
        if let Some(node) = tree.nodes.iter().find(encoded) {
            body = content_within(&node.decode(raw), depth + 1).body;
        }
    }
    let mut parts = mime::parts(&tree, raw, &shown);
    if let [(_, only)] = parts.as_mut_slice()
        && body.source == BodySource::Nothing
        && tree.nodes.len() == 1
        && only.name.is_none()
        && only.content_type.starts_with("text/")
    {
        only.attachment = false;
    }
    Content { body, parts: parts.into_iter().map(|(_, part)| part).collect(), oddities }
}

/// The decoded bytes of the part with that number.
pub(super) fn part_bytes(raw: &[u8], number: usize) -> Option<Vec<u8>> {
    let tree = mime::tree(raw);
    let parts = tree.nodes.iter().filter(|node| node.kind != Kind::Multipart);
    parts.into_iter().nth(number.checked_sub(1)?).map(|node| node.decode(raw))
}

/// A text that a message holds, shown or not.
pub(super) struct Held {
    /// Where, in words.
    pub(super) place: String,
    /// The header field that it is the value of.
    pub(super) field: Option<String>,
    pub(super) text: String,
    /// Links of a text that is HTML; of others they stand in the text.
    pub(super) links: Vec<Link>,
}

/// Every text that a message holds: header fields and all parts, also those of attached messages and those that nothing
/// shows, without their encodings.
pub(super) fn texts(raw: &[u8]) -> Vec<Held> {
    let mut held = Vec::new();
    texts_within(raw, "", 0, &mut held);
    held
}

fn texts_within(raw: &[u8], inside: &str, depth: usize, held: &mut Vec<Held>) {
    let fields = |raw: &[u8], inside: &str, held: &mut Vec<Held>| {
        for header in parse::message(raw.to_vec()).headers {
            let place = format!("{inside}header {}", header.name);
            held.push(Held { place, field: Some(header.name), text: header.value, links: Vec::new() });
        }
    };
    fields(raw, inside, held);
    let tree = mime::tree(raw);
    let mut number = 0;
    for node in &tree.nodes {
        number += usize::from(!matches!(node.kind, Kind::Multipart | Kind::Stray));
        let place = format!("{inside}part {number}");
        match node.kind {
            Kind::Multipart => {}
            // Its parts are in the tree too, but not its header fields.
            Kind::Message => {
                // Only its header is read here: nothing behind that is copied, for each level of nesting again.
                let whole = raw.get(node.range.clone()).unwrap_or_default();
                let head = whole.get(..whole.len().min(header::MOST)).unwrap_or_default();
                fields(head, &format!("{place}, "), held);
            }
            Kind::Leaf if node.content_type.word == "message/rfc822" && depth < ENCODED_CAP => {
                texts_within(&node.decode(raw), &format!("{place}, "), depth + 1, held);
            }
            Kind::Leaf | Kind::Stray => {
                let word = node.content_type.word.as_str();
                if ["image/", "audio/", "video/", "font/"].iter().any(|kind| word.starts_with(kind)) {
                    continue;
                }
                let (text, _) = decode_text(node, raw, TEXT_CAP);
                let mut links = Vec::new();
                if word == "text/html" || is_html(&text) {
                    html::to_text(&text, &mut links);
                }
                // Entities in targets, for what the links above leave out.
                let text = if links.is_empty() { text } else { text.replace("&amp;", "&") };
                held.push(Held { place, field: None, text, links });
            }
        }
    }
}

/// The texts that stand beside the shown one: of attached messages and files, and other forms of the same text; with the
/// subjects of attached messages. HTML without its tags, and all of it no longer than what is shown at most.
pub(super) fn beside(raw: &[u8]) -> String {
    let tree = mime::tree(raw);
    let shown = shown(&tree, raw);
    let mut all = String::new();
    for (at, node) in tree.nodes.iter().enumerate() {
        let left = TEXT_CAP.saturating_sub(all.len());
        let text = match node.kind {
            Kind::Message => {
                let whole = raw.get(node.range.clone()).unwrap_or_default();
                parse::message(whole.get(..whole.len().min(header::MOST)).unwrap_or_default().to_vec()).subject
            }
            Kind::Leaf if !shown.contains(&at) && node.content_type.word.starts_with("text/") => {
                let (text, _) = decode_text(node, raw, left);
                if node.content_type.word == "text/html" || is_html(&text) { parse::flat_html(&text) } else { text }
            }
            _ => continue,
        };
        all.push('\n');
        all.push_str(text.get(..text.floor_char_boundary(left)).unwrap_or_default());
    }
    all
}

/// Collects the text parts that are shown for the entity `at`: nested no deeper than the tree's cap.
fn choose(tree: &Tree, raw: &[u8], at: usize, shown: &mut Vec<usize>) {
    let Some(node) = tree.nodes.get(at) else { return };
    match node.kind {
        Kind::Message | Kind::Stray => {}
        Kind::Leaf => {
            let text = matches!(node.content_type.word.as_str(), "text/plain" | "text/html")
                || node.content_type.word.starts_with("text/")
                    && !matches!(
                        node.content_type.word.as_str(),
                        "text/rfc822-headers"
                            | "text/calendar"
                            | "text/x-amp-html"
                            | "text/x-vcard"
                            | "text/vcard"
                            | "text/css"
                    );
            let alone = node.parent.is_none();
            if text && !node.is_attachment() && (alone || node.name().is_none()) {
                shown.push(at);
            }
        }
        Kind::Multipart if node.content_type.word == "multipart/alternative" => {
            let forms: Vec<Vec<usize>> = node
                .children
                .iter()
                .map(|child| {
                    let mut texts = Vec::new();
                    choose(tree, raw, *child, &mut texts);
                    texts
                })
                .collect();
            let is = |texts: &[usize], word: &str| {
                texts.iter().any(|at| tree.nodes.get(*at).is_some_and(|node| node.content_type.word == word))
            };
            let html = forms.iter().rev().find(|texts| is(texts, "text/html"));
            let plain = forms.iter().find(|texts| is(texts, "text/plain") && !is(texts, "text/html"));
            let best = match (plain, html) {
                (Some(plain), Some(html)) => {
                    let stub = plain
                        .iter()
                        .filter_map(|at| tree.nodes.get(*at))
                        .all(|node| is_stub(&decode_text(node, raw, 4096).0));
                    Some(if stub { html } else { plain })
                }
                (plain, html) => plain.or(html).or_else(|| forms.iter().find(|texts| !texts.is_empty())),
            };
            shown.extend(best.into_iter().flatten());
        }
        Kind::Multipart => {
            for child in &node.children {
                choose(tree, raw, *child, shown);
            }
        }
    }
}

/// Whether a plain text only says that the real text is elsewhere.
fn is_stub(text: &str) -> bool {
    let visible = text.chars().filter(|c| c.is_alphanumeric()).count();
    if visible == 0 {
        return true;
    }
    if visible > 250 {
        return false;
    }
    let lower = text.to_lowercase();
    lower.contains("html")
        && ["support", "view", "client", "enable", "format", "browser", "reader", "version"]
            .iter()
            .any(|word| lower.contains(word))
        || lower.contains("view this email in your browser")
}

/// Whether a text that is labelled plain is HTML all the same (`<br>` without html is real mail).
fn is_html(text: &str) -> bool {
    let start = text.trim_start();
    let head: String = start.chars().take(64).collect::<String>().to_ascii_lowercase();
    head.starts_with("<!doctype html") || head.starts_with("<html")
}

/// The text of a part, at most so many bytes of it; whether it was cut.
fn decode_text(node: &Node, raw: &[u8], most: usize) -> (String, bool) {
    let mut bytes = node.decode(raw);
    let cut = bytes.len() > most;
    bytes.truncate(most);
    let declared = node.content_type.get("charset").map(str::to_owned);
    let declared = declared.or_else(|| if node.content_type.word == "text/html" { meta_charset(&bytes) } else { None });
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let text = line_feeds(charset(bytes, declared.as_deref()));
    let says = |name: &str, value: &str| node.content_type.get(name).is_some_and(|is| is.eq_ignore_ascii_case(value));
    let flows = node.content_type.word == "text/plain" && says("format", "flowed");
    (if flows { flowed::unflow(&text, says("delsp", "yes")) } else { text }, cut)
}

/// The charset that an HTML page declares in its first kilobyte.
fn meta_charset(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(1024))?).to_ascii_lowercase();
    let (_, rest) = head.split_once("charset=")?;
    let name: String = rest
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    (!name.is_empty() && !name.starts_with("utf-16")).then_some(name)
}

/// CRLF becomes LF; CR alone does where there is no LF at all.
fn line_feeds(text: String) -> String {
    if !text.contains('\r') {
        text
    } else if text.contains('\n') {
        text.replace("\r\n", "\n")
    } else {
        text.replace('\r', "\n")
    }
}
