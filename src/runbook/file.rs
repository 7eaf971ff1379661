//! One runbook: TOML front matter between `+++` lines, then Markdown sections. Parsing is total:
//! a broken runbook is a [`Diagnostic`] with file, line and column, and the others work.

use super::case::{BugText, Call, Case, Verb};
use super::filter::Filter;
use super::front::{self, Source as Text};
use super::labels::{LabelRule, Name};
use super::sections;
use crate::error::Diagnostic;
use toml::de::DeTable;

/// A runbook.
#[derive(Debug, Clone)]
pub struct Runbook {
    /// Its id; equal to the category's name.
    pub id: String,
    /// Its title for people.
    pub title: String,
    /// File it was read from, as shown to people.
    pub file: String,
    /// Where its facts come from.
    pub source: Option<Source>,
    /// Whether people, not machines, write this mail: threads, no collapsing.
    pub human: bool,
    /// What claims a message.
    pub matches: Filter,
    /// The patterns that the page gives, where ours differ (S010).
    pub page_patterns: Vec<String>,
    /// Kinds, first match wins; never empty (an unnamed one stands for "all").
    pub kinds: Vec<Kind>,
    /// Labels.
    pub labels: Vec<LabelRule>,
    /// Labels that make an incident.
    pub group_by: Vec<String>,
    /// Cases, in order.
    pub cases: Vec<Case>,
    /// The call where no case holds.
    pub default_call: Call,
    /// Whom to reach, by verb, in the order of the file.
    pub people: Vec<(Verb, Vec<String>)>,
    /// Bugs, documents, and what the page lost.
    pub links: Vec<RunbookLink>,
    /// Why this must not be ignored for ever, where the page says so.
    pub never_ignore: Option<String>,
    /// Text to hide in inline forwards and reports: name and expression.
    pub redact: Vec<(String, regex::Regex)>,
    /// What would be better than a mail (S003).
    pub better: Option<String>,
    /// What the page leaves out or contradicts (G1 to G14), shown in the pane.
    pub gaps: Vec<Gap>,
    /// Whether the sender must be one of these, else a badge (S013).
    pub expect_from: Vec<super::glob::Glob>,
    /// Whether its mail comes from the machines that the configuration lists; from another one it gets a badge (S064).
    pub own_hosts: bool,
    /// What else is worth a badge.
    pub badges: Vec<Badge>,
    /// Labels whose values stand among the reasons of a verdict: the lines of a mail that matter.
    pub show: Vec<String>,
    /// Texts for bugs that go with every case.
    pub bug_texts: Vec<BugText>,
    /// The sections in the order of the file.
    pub sections: Vec<Section>,
    /// Where things stand in the file, for the linter.
    pub(super) places: Places,
}

/// Line and column, both from 1.
pub(super) type Place = (usize, usize);

/// Where things stand in a runbook's file.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// Digest of the file's text.
    pub(super) text: [u8; 32],
    /// `match`.
    pub(super) matches: Place,
    /// Each kind that is written, in order.
    pub(super) kinds: Vec<Place>,
    /// The id of each case, in order.
    pub(super) cases: Vec<Place>,
    /// Each link, in order.
    pub(super) links: Vec<Place>,
    /// Each marker of a list item.
    pub(super) markers: Vec<(String, Place)>,
    /// Each example message.
    pub(super) examples: Vec<(String, Place)>,
}

/// Where a runbook's facts come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name of the wiki page.
    pub page: String,
    /// Lines of it, `25-27, 75-112`.
    pub lines: String,
}

/// A sort of mail within a category.
#[derive(Debug, Clone)]
pub struct Kind {
    /// Its id; empty for the only kind of a runbook without kinds.
    pub id: String,
    /// What makes a message of this kind; `None`: all that is left.
    pub matches: Option<Filter>,
    /// Constant labels.
    pub set: Vec<(Name, String)>,
    /// Longest gap within an incident, in seconds.
    pub gap: Option<i64>,
}

/// A link of a runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunbookLink {
    /// A bug by number, and what it is about.
    Bug(u64, String),
    /// A document: name and URL.
    Doc(String, String),
    /// A link that the page lost: what it was, and the page's line.
    Lost(String, Option<u32>),
}

/// Something odd about a message that its runbook watches for.
#[derive(Debug, Clone)]
pub struct Badge {
    /// In a few words, with `{label}` placeholders.
    pub text: String,
    /// The messages that get it.
    pub when: Filter,
}

/// What the page leaves out or contradicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// In our words.
    pub text: String,
    /// The page's line.
    pub line: Option<u32>,
}

/// The sections of the wiki page (and their synonyms elsewhere).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SectionName {
    /// Example.
    Example,
    /// Why we get them (Meaning, Impact).
    Why,
    /// What is sending them.
    Sender,
    /// What to do when one is received (Diagnosis, Mitigation).
    WhatToDo,
    /// How to silence or acknowledge this alert.
    Silence,
    /// Future plans.
    Future,
    /// How to best filter these emails.
    Filter,
    /// Any other heading.
    Other,
}

/// A section of a runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Which.
    pub name: SectionName,
    /// The heading as written.
    pub heading: String,
    /// Blocks of text in order.
    pub blocks: Vec<Block>,
    /// Line of the heading in the file.
    pub line: usize,
}

/// A block of a section: enough of Markdown for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Text(Vec<Inline>),
    /// A list item.
    Item {
        /// Depth, from 0.
        depth: usize,
        /// Its number in an ordered list.
        number: Option<u64>,
        /// The cases it belongs to (`{case-id}` at its start), inherited by items below it.
        cases: Vec<String>,
        /// The text, marker removed.
        text: Vec<Inline>,
    },
    /// Literal lines: commands, an example.
    Code(String),
}

/// A piece of running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Plain.
    Text(String),
    /// Emphasis.
    Strong(String),
    /// Literal.
    Code(String),
    /// A link: text and target.
    Link(String, String),
}

/// The line around the front matter.
const FENCE: &str = "+++";

/// Reads one runbook. `file` is its name as people see it.
///
/// # Errors
/// Everything that is wrong with it, with line and column. What is only odd comes with the runbook.
pub fn parse(file: &str, text: &str) -> Result<(Runbook, Vec<Diagnostic>), Vec<Diagnostic>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = Text::new(file, text);
    let Some((start, end, body)) = fences(&source, text) else { return Err(source.into_diagnostics()) };
    // The opening fence becomes a comment of the same length, so that every offset is one of the file.
    let front = format!("{}{}", "#".repeat(start), text.get(start..end).unwrap_or_default());
    let (table, errors) = DeTable::parse_recoverable(&front);
    if !errors.is_empty() {
        for error in &errors {
            let at = error.span().map_or(end, |span| span.start);
            source.error(at, format!("this is no TOML: {}", error.message()), None);
        }
        return Err(source.into_diagnostics());
    }
    let (front, read) = {
        let front_source: &Text<'_> = &source;
        let read = front::read(front_source, table.get_ref(), 0);
        let line_of = |offset: usize| source.place(offset).0;
        (read, sections::read(text.get(body..).unwrap_or_default(), body, &line_of))
    };
    let place = |at: &usize| source.place(*at);
    let places = Places {
        text: *blake3::hash(text.as_bytes()).as_bytes(),
        matches: source.place(front.match_at),
        kinds: front.kinds_at.iter().map(place).collect(),
        cases: front.cases_at.iter().map(place).collect(),
        links: front.links_at.iter().map(place).collect(),
        markers: read.markers.into_iter().map(|(case, at)| (case, source.place(at))).collect(),
        examples: read.examples.into_iter().map(|(text, at)| (text, source.place(at))).collect(),
    };
    let wrong = source.has_errors();
    let diagnostics = source.into_diagnostics();
    match (wrong, front.id, front.matches) {
        (false, Some(id), Some(matches)) => {
            let runbook = Runbook {
                id,
                title: front.title,
                file: file.to_owned(),
                source: front.source,
                human: front.human,
                matches,
                page_patterns: front.page_patterns,
                kinds: front.kinds,
                labels: front.labels,
                group_by: front.group_by,
                cases: front.cases,
                default_call: front.default_call,
                people: front.people,
                links: front.links,
                never_ignore: front.never_ignore,
                redact: front.redact,
                better: front.better,
                gaps: front.gaps,
                expect_from: front.expect_from,
                own_hosts: front.own_hosts,
                badges: front.badges,
                show: front.show,
                bug_texts: front.bug_texts,
                sections: read.sections,
                places,
            };
            Ok((runbook, diagnostics))
        }
        _ => Err(diagnostics),
    }
}

/// Length of the opening fence, offset of the closing one, offset of the body.
fn fences(source: &Text<'_>, text: &str) -> Option<(usize, usize, usize)> {
    if text.lines().next().map(str::trim_end) != Some(FENCE) {
        let hint = "+++, then id = \"…\", title = \"…\", match = { … }, then +++".to_owned();
        source.error(0, "a runbook begins with front matter between two lines +++", hint);
        return None;
    }
    let mut offset = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if index > 0 && line.trim_end() == FENCE {
            return Some((FENCE.len(), offset, offset + line.len()));
        }
        offset += line.len();
    }
    source.error(0, "the front matter is not closed", Some("a second line +++ ends it".to_owned()));
    None
}

impl Runbook {
    /// The kind of that id.
    pub fn kind(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }

    /// The section of that name.
    pub fn section(&self, name: SectionName) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// The case of that id.
    pub fn case(&self, id: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == id)
    }
}
