//! HTML bodies as text, with the real target of every link.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use html2text::render::{RichAnnotation, TaggedLine, TaggedLineElement};
use html2text::{Element, Handle, RcDom, config};

use super::body::{LINKS_CAP, Link, find_links};
use super::parse::flat_html;

/// Most HTML that is laid out, in bytes.
const LAYOUT_CAP: usize = 1 << 20;
/// Deepest nesting of open elements that is laid out: html2text takes time and memory more than quadratic in it, and what
/// people and machines send is a few dozen deep.
const DEPTH_CAP: usize = 150;
/// Widest cell of a table that is laid out as such, in columns of the table.
const SPAN_CAP: u16 = 100;
/// Largest sum of nesting depths over all tags: a parser that repairs `<b><p>` re-opens every open element for each tag.
const WORK_CAP: usize = 4_000_000;
/// Longest target of a link that is laid out, in bytes, as elsewhere.
const TARGET_CAP: usize = 8 << 10;
/// Largest sum of targets over all that stands in links, in bytes: layout keeps one for each piece of text.
const TARGETS_CAP: usize = 16 << 20;
/// Most elements and pieces of text that are laid out: each takes a few kilobytes meanwhile.
const NODES_CAP: usize = 100_000;
/// Columns that tables and paragraphs are laid out in. Much wider than any screen: who shows the text wraps it, and names
/// and URLs that are broken here would be broken for good.
const COLUMNS: usize = 1_000;
/// Longest line whose columns are still seen beside each other: longer ones lose the blanks between.
const ALIGNED: usize = 120;
/// Length of a horizontal line.
const RULER: usize = 72;

/// Stands between two lines that layout may have made out of one word.
const BROKEN: char = '\u{fdd0}';

/// The text of an HTML body; links carry `[^n]`, with their targets below the text.
pub(super) fn to_text(html: &str, links: &mut Vec<Link>) -> String {
    if let Some(lines) = lay_out(html) {
        let mut text = Text { links: std::mem::take(links), ..Text::default() };
        for line in lines {
            text.line(line.iter());
        }
        let (text, found) = text.finish(html);
        *links = found;
        if !text.is_empty() {
            return text;
        }
    }
    targets(html, links);
    let text = flat_html(html);
    find_links(&text, links);
    text
}

/// The lines of the document, or none where laying it out would take too much. Looked at twice: the text, as a parser that
/// repairs nesting can make much out of little, and what the parser made of it, as layout takes that as it is.
fn lay_out(html: &str) -> Option<Vec<TaggedLine<Vec<RichAnnotation>>>> {
    if html.len() > LAYOUT_CAP || !is_shallow(html.as_bytes()) {
        return None;
    }
    let layout = config::rich().no_table_borders().allow_width_overflow();
    let lines = || {
        let document = layout.parse_html(html.as_bytes()).ok()?;
        if !tame(&document) {
            return None;
        }
        layout.render_to_lines(layout.dom_to_render_tree(&document).ok()?, COLUMNS).ok()
    };
    // A mail on which html2text fails is read as one that is too much for it.
    catch_unwind(AssertUnwindSafe(lines)).ok().flatten()
}

/// Whether the parsed tree is low and small enough to be laid out. Takes away targets of links that are very long, how many rows a cell is high, and how many
/// columns it is wide where these are very many: html2text 0.17 panics on what it makes of that.
fn tame(document: &RcDom) -> bool {
    let (mut nodes, mut work, mut targets) = (0, 0, 0);
    // Each with the length of the target that it stands in.
    let mut level = vec![(Rc::clone(&document.document), 0)];
    for depth in 0..DEPTH_CAP {
        for (node, target) in &mut level {
            if let Element { attrs, .. } = &node.data {
                attrs.borrow_mut().retain(|attribute| match &*attribute.name.local {
                    "href" if attribute.value.len() > TARGET_CAP => false,
                    "href" => {
                        *target = attribute.value.len();
                        true
                    }
                    "rowspan" => false,
                    "colspan" => attribute.value.parse().is_ok_and(|columns: u16| columns <= SPAN_CAP),
                    _ => true,
                });
            }
        }
        nodes += level.len();
        work += depth * level.len();
        targets += level.iter().map(|(_, target)| target).sum::<usize>();
        if level.is_empty() || nodes > NODES_CAP || work > WORK_CAP || targets > TARGETS_CAP {
            break;
        }
        let below = |(node, target): &(Handle, usize)| {
            let children = node.children.borrow();
            children.iter().map(|child| (Rc::clone(child), *target)).collect::<Vec<_>>()
        };
        level = level.iter().flat_map(below).collect();
    }
    level.is_empty()
}

/// Whether the nesting stays within what can be laid out in little time and memory. Overcounts unclosed elements; an end
/// counts only where something of that name was begun, as it closes nothing else.
fn is_shallow(html: &[u8]) -> bool {
    let (mut depth, mut work) = (0usize, 0usize);
    let mut open: HashMap<[u8; NAME], usize> = HashMap::new();
    for at in memchr::memchr_iter(b'<', html) {
        let rest = html.get(at + 1..).unwrap_or_default();
        match rest.first() {
            Some(b'/') => {
                let named = open.get_mut(&start_of_name(rest.get(1..).unwrap_or_default()));
                if let Some(count) = named.filter(|count| **count > 0) {
                    *count -= 1;
                    depth = depth.saturating_sub(1);
                }
            }
            Some(c) if c.is_ascii_alphabetic() => {
                let name = start_of_name(rest);
                if !closes_itself(&name) {
                    *open.entry(name).or_default() += 1;
                    depth += 1;
                }
                work += depth;
            }
            _ => {}
        }
        if depth > DEPTH_CAP || work > WORK_CAP {
            return false;
        }
    }
    true
}

/// What is compared of an element's name.
const NAME: usize = 16;

/// The start of the name at the start of this, in small letters, filled up with zeros. Longer names that begin alike are
/// taken for one; all that HTML knows are shorter.
fn start_of_name(text: &[u8]) -> [u8; NAME] {
    let mut name = [0; NAME];
    let letters = text.iter().take_while(|byte| !b" \t\n\r\x0c/>".contains(byte));
    for (to, from) in name.iter_mut().zip(letters) {
        *to = from.to_ascii_lowercase();
    }
    name
}

/// Elements that never hold others, or that end where the next of them begins.
fn closes_itself(name: &[u8; NAME]) -> bool {
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    const NAMES: [&[u8]; 17] = [
        b"br", b"img", b"hr", b"meta", b"link", b"input", b"col", b"wbr", b"area", b"base", b"p", b"li", b"td", b"th",
        b"tr", b"dt", b"dd",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The text in the making.
#[derive(Default)]
struct Text {
    out: String,
    /// The text outside links: what looks like a URL inside one is no target.
    outside: String,
    /// Whether the last line ended inside a URL.
    broken: bool,
    links: Vec<Link>,
    /// The link that the last piece belonged to: its text and target.
    open: Option<(String, String)>,
}

impl Text {
    fn line<'a>(&mut self, elements: impl Iterator<Item = &'a TaggedLineElement<Vec<RichAnnotation>>>) {
        let start = self.out.len();
        let mut preformatted = false;
        for element in elements {
            let TaggedLineElement::Str(piece) = element else { continue };
            let target = piece.tag.iter().rev().find_map(|tag| match tag {
                RichAnnotation::Link(target) => Some(target.as_str()),
                _ => None,
            });
            preformatted |= piece.tag.iter().any(|tag| matches!(tag, RichAnnotation::Preformat(_)));
            if self.open.as_ref().map(|(_, target)| target.as_str()) != target {
                self.close();
                self.open = target.map(|target| (String::new(), target.to_owned()));
                self.outside.push(' ');
            }
            match &mut self.open {
                Some((text, _)) => text.push_str(&piece.s),
                None => self.outside.push_str(&piece.s),
            }
            self.out.push_str(&piece.s);
        }
        self.out.truncate(self.out.trim_end_matches(' ').len());
        // A URL that fills the line to its end goes on in the next: layout breaks words that are too long.
        let full = self.out.rsplit('\n').next().is_some_and(|line| line.chars().count() >= COLUMNS);
        let word = self.outside.rsplit([' ', '\n', BROKEN]).next().unwrap_or_default();
        let broken = full && self.open.is_none() && (word.contains("://") || self.broken);
        self.broken = broken;
        if !preformatted && let Some(squeezed) = self.out.get(start..).and_then(squeeze) {
            self.out.truncate(start);
            self.out.push_str(&squeezed);
        }
        self.outside.push(if broken { BROKEN } else { '\n' });
        self.out.push('\n');
        if let Some((text, _)) = &mut self.open {
            text.push(' ');
        }
    }

    /// Ends a link: its number stands behind its text, unless the text is the target.
    fn close(&mut self) {
        let Some((text, target)) = self.open.take() else { return };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let link = Link::new(&text, &target);
        let bare = |link: &Link| link.text == link.target;
        // A target stands below the text once, whatever words lead to it: a link that is never closed goes through all that
        // follows. What is to be said of the words is kept apart.
        let same = |known: &Link| {
            known.target == link.target
                && bare(known) == bare(&link)
                && (known.misleading, known.unsubscribes) == (link.misleading, link.unsubscribes)
        };
        let labelled = !bare(&link);
        let number = match self.links.iter().position(same) {
            Some(at) => at + 1,
            None if self.links.len() >= LINKS_CAP => return,
            None => {
                self.links.push(link);
                self.links.len()
            }
        };
        if labelled {
            let end = self.out.trim_end_matches([' ', '\n']).len();
            self.out.insert_str(end, &format!("[^{number}]"));
        }
    }

    fn finish(mut self, html: &str) -> (String, Vec<Link>) {
        self.close();
        // Joined again where the page holds the whole of it, else as the lines have it.
        let mut joined = self.links.clone();
        find_links(&self.outside.replace(BROKEN, ""), &mut joined);
        let page = html.replace("&amp;", "&");
        if joined.iter().skip(self.links.len()).all(|link| page.contains(&link.target)) {
            self.links = joined;
        } else {
            find_links(&self.outside.replace(BROKEN, "\n"), &mut self.links);
        }
        (collapse_blank_lines(&self.out), self.links)
    }
}

/// A line that is too long for its columns to stand below each other: with two blanks between them, and rulers cut.
fn squeeze(line: &str) -> Option<String> {
    if line.len() <= ALIGNED || line.chars().count() <= ALIGNED {
        return None;
    }
    let text = line.trim_start_matches(' ');
    if text.chars().all(|c| matches!(c, '─' | ' ')) {
        return Some("─".repeat(RULER));
    }
    let mut out = line.get(..line.len() - text.len()).unwrap_or_default().to_owned();
    for (at, cell) in text.split("   ").map(|cell| cell.trim_matches(' ')).filter(|cell| !cell.is_empty()).enumerate() {
        if at > 0 {
            out.push_str("  ");
        }
        out.push_str(cell);
    }
    Some(out)
}

/// The targets of numbered links, below the text that they stand in.
pub(super) fn list_targets(links: &[Link], out: &mut String) {
    let mut first = true;
    for (at, link) in links.iter().enumerate().filter(|(_, link)| link.text != link.target) {
        if first {
            out.push_str("\n\n");
            first = false;
        }
        out.push_str(&format!("[^{}]: {}\n", at + 1, link.target));
    }
}

/// No more than one blank line in a row, none at the start or end.
fn collapse_blank_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines() {
        if line.trim().is_empty() {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        out.push_str(line);
    }
    out
}

/// The targets of `href` attributes in HTML that is not laid out.
fn targets(html: &str, links: &mut Vec<Link>) {
    let lower = html.as_bytes();
    for at in memchr::memmem::find_iter(lower, b"href=").take(LINKS_CAP) {
        let rest = html.get(at + 5..).unwrap_or_default();
        let target = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                rest.get(1..).and_then(|rest| rest.get(..rest.len().min(TARGET_CAP))?.split(quote).next())
            }
            _ => rest.split([' ', '>', '\n', '\t']).next(),
        };
        if let Some(target) = target.filter(|target| !target.is_empty() && target.len() < TARGET_CAP) {
            let link = Link::new(target, target);
            if !links.contains(&link) {
                links.push(link);
            }
        }
    }
}
