//! Labels: named values read out of a message, each with where it came from; host identity (rules.md N13).

use super::glob::Glob;
use crate::mail::Message;

/// A value read out of a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    /// `host`, `instance`, `topic`, …
    pub name: String,
    /// The value as found.
    pub value: String,
    /// Where it came from: `subject`, `body line 3`, `kind`, `Received`, …
    pub from: String,
}

/// How a runbook reads one label.
#[derive(Debug, Clone)]
pub struct LabelRule {
    /// The label's name.
    pub name: String,
    /// Where and how.
    pub source: LabelSource,
    /// Whether all values are taken, not just the first.
    pub many: bool,
}

/// Where a label's value is read from.
#[derive(Debug, Clone)]
pub enum LabelSource {
    /// The engine's host identity (N13).
    Auto,
    /// A placeholder of this pattern in the subject.
    Subject(Glob),
    /// A placeholder of this pattern in a line of the body.
    Body(Glob),
    /// A placeholder of this pattern in a header.
    Header(String, Glob),
    /// A placeholder of this pattern in the detail of a recipient address.
    Detail(Glob),
    /// First group (or whole match) of a regular expression in `subject`, `body`, or `header:NAME`.
    Regex(String, regex::Regex),
    /// A value in a JSON body, by a path of keys and numbers with dots.
    Json(String),
    /// A constant.
    Constant(String),
}

/// What the engine must know to name hosts.
#[derive(Debug, Clone, Default)]
pub struct HostRules {
    /// Domains of our own recipient addresses: never a host.
    pub own_domains: Vec<String>,
    /// Names that are never a host (config `not-hosts`).
    pub not_hosts: Vec<String>,
}

/// The host that a message is from, by N13's order, and which source said so.
pub fn host(_message: &Message, _rules: &HostRules) -> Option<Label> {
    todo!()
}

/// Reads all labels of these rules.
pub fn read(_rules: &[LabelRule], _message: &Message, _hosts: &HostRules) -> Vec<Label> {
    todo!()
}
