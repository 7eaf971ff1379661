//! One runbook: TOML front matter between `+++` lines, then Markdown sections. Parsing is total:
//! a broken runbook is a [`Diagnostic`] with file, line and column, and the others work.

use super::case::{Call, Case, Verb};
use super::filter::Filter;
use super::labels::LabelRule;
use crate::error::Diagnostic;

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
    /// The sections in the order of the file.
    pub sections: Vec<Section>,
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
    pub set: Vec<(String, String)>,
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

/// Reads one runbook.
///
/// # Errors
/// Everything that is wrong with it, with line and column.
pub fn parse(_file: &str, _text: &str) -> Result<(Runbook, Vec<Diagnostic>), Vec<Diagnostic>> {
    todo!()
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
