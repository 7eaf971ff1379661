//! The Markdown below the front matter: headings become sections, the rest as much as a terminal can show.

use super::file::{Block, Inline, Section, SectionName};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};
use std::ops::Range;

/// The sections with the places that the linter speaks about.
#[derive(Debug, Clone, Default)]
pub(super) struct Body {
    pub(super) sections: Vec<Section>,
    /// Case ids at the start of list items, with their offsets in the file.
    pub(super) markers: Vec<(String, usize)>,
    /// Fenced blocks marked `eml`, with their offsets in the file.
    pub(super) examples: Vec<(String, usize)>,
}

/// What a heading is called on the page, here and elsewhere.
const HEADINGS: &[(SectionName, &[&str])] = &[
    (SectionName::Example, &["example", "examples"]),
    (SectionName::Why, &["why we get them", "why we get these", "why", "meaning", "impact"]),
    (SectionName::Sender, &["what is sending them", "what is sending these", "sender", "source"]),
    (
        SectionName::WhatToDo,
        &["what to do when one is received", "what to do", "diagnosis", "mitigation", "action", "actions"],
    ),
    (
        SectionName::Silence,
        &["how to silence or acknowledge this alert", "how to silence or acknowledge", "how to silence", "silence"],
    ),
    (SectionName::Future, &["future plans", "future"]),
    (SectionName::Filter, &["how to best filter these emails", "how to filter", "filter"]),
];

/// The section that a heading opens.
pub(super) fn name_of(heading: &str) -> SectionName {
    let plain: String = heading.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let plain = plain.trim_end_matches([':', '?', '.']);
    HEADINGS.iter().find(|(_, names)| names.contains(&plain)).map_or(SectionName::Other, |(name, _)| *name)
}

/// A list item that is open.
#[derive(Default)]
struct Item {
    number: Option<u64>,
    cases: Vec<String>,
    /// Whether its own text was put out already: later paragraphs follow it.
    said: bool,
}

#[derive(Default)]
struct Builder {
    body: Body,
    line: usize,
    lists: Vec<Option<u64>>,
    items: Vec<Item>,
    text: Vec<Inline>,
    /// Where the text being gathered begins.
    text_at: usize,
    strong: usize,
    link: Option<(String, String)>,
    code: Option<(String, bool, usize)>,
    heading: Option<(HeadingLevel, String)>,
}

/// Reads the Markdown; `base` is its offset in the file, `line_of` the line of an offset.
pub(super) fn read(text: &str, base: usize, line_of: &dyn Fn(usize) -> usize) -> Body {
    let mut builder = Builder::default();
    for (event, range) in Parser::new(text).into_offset_iter() {
        let at = Range { start: base + range.start, end: base + range.end };
        builder.line = line_of(at.start);
        builder.event(event, at.start);
    }
    builder.flush();
    builder.body
}

impl Builder {
    fn event(&mut self, event: Event<'_>, at: usize) {
        match event {
            Event::Start(tag) => self.start(tag, at),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.plain(&text, at),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                if let Some((_, heading)) = &mut self.heading {
                    heading.push_str(&text);
                } else if let Some((words, _)) = &mut self.link {
                    words.push_str(&text);
                } else {
                    self.begin(at);
                    self.text.push(Inline::Code(text.into_string()));
                }
            }
            Event::SoftBreak | Event::HardBreak => self.plain(" ", at),
            Event::FootnoteReference(_) | Event::Rule | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, at: usize) {
        match tag {
            Tag::Heading { level, .. } => {
                self.flush();
                self.heading = Some((level, String::new()));
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(first);
            }
            Tag::Item => {
                self.flush();
                let number = self.lists.last_mut().and_then(|next| {
                    let number = *next;
                    *next = number.map(|n| n.saturating_add(1));
                    number
                });
                self.items.push(Item { number, ..Item::default() });
                self.text_at = at;
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                let eml = matches!(&kind, CodeBlockKind::Fenced(info) if info.split_whitespace().next() == Some("eml"));
                self.code = Some((String::new(), eml, at));
            }
            Tag::Strong | Tag::Emphasis => self.strong += 1,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.begin(at);
                self.link = Some((String::new(), dest_url.into_string()));
            }
            Tag::Paragraph | Tag::HtmlBlock | Tag::BlockQuote(_) => self.flush(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                if let Some((level, heading)) = self.heading.take() {
                    self.open(level, heading);
                }
            }
            TagEnd::Paragraph | TagEnd::HtmlBlock | TagEnd::BlockQuote(_) => self.flush(),
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
            }
            TagEnd::Item => {
                self.flush();
                self.items.pop();
            }
            TagEnd::CodeBlock => {
                if let Some((code, eml, at)) = self.code.take() {
                    if eml {
                        self.body.examples.push((code.clone(), at));
                    }
                    let code = code.strip_suffix('\n').map(str::to_owned).unwrap_or(code);
                    self.push(Block::Code(code));
                }
            }
            TagEnd::Strong | TagEnd::Emphasis => self.strong = self.strong.saturating_sub(1),
            TagEnd::Link | TagEnd::Image => {
                if let Some((text, target)) = self.link.take() {
                    let text = if text.trim().is_empty() { target.clone() } else { text };
                    self.text.push(Inline::Link(text, target));
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, at: usize) {
        if self.text.is_empty() {
            self.text_at = at;
        }
    }

    /// Adds plain text to whatever is open; one text may come in several pieces.
    fn plain(&mut self, text: &str, at: usize) {
        if let Some((code, ..)) = &mut self.code {
            code.push_str(text);
        } else if let Some((_, heading)) = &mut self.heading {
            heading.push_str(text);
        } else if let Some((words, _)) = &mut self.link {
            words.push_str(text);
        } else {
            self.begin(at);
            match (self.text.last_mut(), self.strong > 0) {
                (Some(Inline::Text(last)), false) | (Some(Inline::Strong(last)), true) => last.push_str(text),
                (_, false) => self.text.push(Inline::Text(text.to_owned())),
                (_, true) => self.text.push(Inline::Strong(text.to_owned())),
            }
        }
    }

    /// A heading of level 2 opens a section (one of level 1 too, unless it is the title before all others); a lower one
    /// is a strong line within it.
    fn open(&mut self, level: HeadingLevel, heading: String) {
        if level == HeadingLevel::H1 && self.body.sections.is_empty() {
            return;
        }
        if level <= HeadingLevel::H2 {
            let name = name_of(&heading);
            self.body.sections.push(Section { name, heading, blocks: Vec::new(), line: self.line });
        } else {
            self.push(Block::Text(vec![Inline::Strong(heading)]));
        }
    }

    /// Puts out the text gathered so far, as a paragraph or as an item's text.
    fn flush(&mut self) {
        let mut text = std::mem::take(&mut self.text);
        trim(&mut text);
        let depth = self.items.len().saturating_sub(1);
        let Some(item) = self.items.last_mut() else {
            if !text.is_empty() {
                self.push(Block::Text(text));
            }
            return;
        };
        if text.is_empty() {
            return;
        }
        if item.said {
            self.push(Block::Text(text));
            return;
        }
        item.said = true;
        item.cases = markers(&mut text);
        trim(&mut text);
        let number = item.number;
        let own = item.cases.clone();
        let at = self.text_at;
        self.body.markers.extend(own.iter().map(|case| (case.clone(), at)));
        // An item without a marker belongs to the cases of the item above it.
        let cases = self.items.iter().rev().map(|item| &item.cases).find(|cases| !cases.is_empty()).cloned();
        // An item that is nothing but a marker only says whose the items below it are.
        if !text.is_empty() {
            self.push(Block::Item { depth, number, cases: cases.unwrap_or_default(), text });
        }
    }

    fn push(&mut self, block: Block) {
        if self.body.sections.is_empty() {
            let section =
                Section { name: SectionName::Other, heading: String::new(), blocks: Vec::new(), line: self.line };
            self.body.sections.push(section);
        }
        if let Some(section) = self.body.sections.last_mut() {
            section.blocks.push(block);
        }
    }
}

/// Removes blanks at both ends of a text.
fn trim(text: &mut Vec<Inline>) {
    while let Some(Inline::Text(last)) = text.last_mut() {
        last.truncate(last.trim_end().len());
        if !last.is_empty() {
            break;
        }
        text.pop();
    }
    while let Some(Inline::Text(first)) = text.first_mut() {
        *first = first.trim_start().to_owned();
        if !first.is_empty() {
            break;
        }
        text.remove(0);
    }
}

/// Takes the `{case-id}` markers off the start of an item's text.
fn markers(text: &mut Vec<Inline>) -> Vec<String> {
    let mut cases = Vec::new();
    let Some(Inline::Text(first)) = text.first_mut() else { return cases };
    let mut rest = first.as_str();
    while let Some((id, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            break;
        }
        cases.push(id.to_owned());
        rest = after.trim_start();
    }
    *first = rest.to_owned();
    if first.is_empty() {
        text.remove(0);
    }
    cases
}
