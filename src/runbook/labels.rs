//! Labels: named values read out of a message, each with where it came from; host identity (rules.md N13).

use super::glob::Glob;
use crate::mail::Message;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The name of a label. A runbook makes it once, and the labels of all its messages share it: a mailbox holds hundreds of
/// thousands of labels, and they are compared by name again and again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a field that very many messages have: shared by all of them. Others get one of their own.
    pub fn common(name: &str) -> Name {
        static COMMON: LazyLock<Vec<Name>> = LazyLock::new(|| COMMON_FIELDS.iter().map(Name::from).collect());
        COMMON.iter().find(|known| known.as_str() == name).cloned().unwrap_or_else(|| name.into())
    }
}

/// See [`Name::common`].
const COMMON_FIELDS: &[&str] = &[
    "",
    "From",
    "To",
    "Cc",
    "Subject",
    "subject",
    "body",
    "kind",
    "role",
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "Received",
    "Sender",
    "List-Id",
];

impl std::ops::Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<T: AsRef<str>> From<T> for Name {
    fn from(name: T) -> Name {
        Name(name.as_ref().into())
    }
}

impl<T: AsRef<str> + ?Sized> PartialEq<T> for Name {
    fn eq(&self, other: &T) -> bool {
        *self.0 == *other.as_ref()
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

/// A value read out of a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    /// `host`, `instance`, `topic`, …
    pub name: Name,
    /// The value as found.
    pub value: String,
    /// Where it came from: `subject`, `body line 3`, `kind`, `Received`, …
    pub from: Name,
}

/// How a runbook reads one label.
#[derive(Debug, Clone)]
pub struct LabelRule {
    /// The label's name.
    pub name: Name,
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
    /// Blocks of a report in the body: a heading (first group, or whole match), and which lines below it count. The value
    /// is the heading with their number; a block without such a line is left out.
    Blocks(regex::Regex, regex::Regex),
    /// A value in a JSON body, by a path of keys and numbers with dots.
    Json(String),
    /// The machines that the instances in an earlier label are, by the configuration.
    MachineOf(String),
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
    /// The machines that send us mail (config `hosts`); empty: nobody said.
    pub known: Vec<String>,
    /// The machines that EC2 instances are, by their ids (config `instances`).
    pub instances: BTreeMap<String, String>,
}

/// The label that says what is odd about a message in its category: a sender, host or topic that is not the usual one.
pub const BADGE: &str = "badge";

/// Labels of one rule at most: a body of a million matching lines is no list for a person.
const MANY: usize = 200;

/// Bytes of a label's value at most: rows keep them, and a line of a mail may have any length.
const LONGEST: usize = 500;

/// JSON values that are looked for in a body before it is taken to hold none.
const JSON_STARTS: usize = 8;

/// Ends of names that stand for machines although they have only two parts (RFC 6761, RFC 6762, and common practice).
const LOCAL_ENDS: [&str; 11] =
    ["local", "lan", "home", "internal", "intranet", "corp", "localdomain", "test", "example", "invalid", "private"];

/// The host that a message is from, by N13's order, and which source said so: domain of From, Sender, right side of
/// Message-ID, first Received hop, `Cron <user@host>`, "on HOST" in the body. The body is only read where nothing else
/// names a host.
pub fn host(message: &Message, rules: &HostRules) -> Option<Label> {
    let label = |value: &str, from: &str| {
        let value = value.trim_end_matches('.');
        is_host(value, rules).then(|| Label { name: "host".into(), value: value.to_owned(), from: Name::common(from) })
    };
    message
        .from
        .iter()
        .find_map(|from| label(from.domain()?, "From"))
        .or_else(|| label(message.sender.as_ref()?.domain()?, "Sender"))
        .or_else(|| label(message.message_id.as_deref()?.rsplit_once('@')?.1, "Message-ID"))
        .or_else(|| first_hop(message).find_map(|name| label(name, "Received")))
        .or_else(|| label(cron_host(message.bare_subject())?, "subject"))
        .or_else(|| hosts_in(&message.body().text).find_map(|name| label(name, "body")))
}

/// Whether a name may be the machine that a mail is from.
fn is_host(name: &str, rules: &HostRules) -> bool {
    let parts: Vec<&str> = name.split('.').collect();
    let first = parts.first().copied().unwrap_or_default();
    let well_formed = name.len() <= 253
        && parts.iter().all(|part| {
            (1..=63).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                && !part.starts_with('-')
                && !part.ends_with('-')
        });
    if !well_formed || !name.bytes().any(|b| b.is_ascii_alphabetic()) || first.eq_ignore_ascii_case("localhost") {
        return false;
    }
    // "mozilla.com" is where people have their mail; machines have a name before that, or live in a local domain.
    if let [_, end] = parts.as_slice()
        && !LOCAL_ENDS.iter().any(|local| end.eq_ignore_ascii_case(local))
    {
        return false;
    }
    let is = |other: &String| other.eq_ignore_ascii_case(name);
    let is_first = |other: &String| !other.contains('.') && other.eq_ignore_ascii_case(first);
    !rules.own_domains.iter().any(is) && !rules.not_hosts.iter().any(|other| is(other) || is_first(other))
}

/// Names of the machine that a mail set out from: the lowest Received header says them after `from` and, where a program
/// handed the mail in on the machine itself, after `by`.
fn first_hop(message: &Message) -> impl Iterator<Item = &str> {
    let lowest = message.headers.iter().rev().find(|header| header.name.eq_ignore_ascii_case("Received"));
    let mut words = lowest.map_or("", |header| header.value.as_str()).split_whitespace();
    std::iter::from_fn(move || {
        let word = words.find(|word| word.eq_ignore_ascii_case("from") || word.eq_ignore_ascii_case("by"));
        word.and_then(|_| words.next()).map(|name| name.trim_matches(['(', ')', ';', ',']))
    })
}

/// The host in `Cron <user@host> command`.
fn cron_host(subject: &str) -> Option<&str> {
    let rest = subject.get(..5).filter(|start| start.eq_ignore_ascii_case("cron ")).and(subject.get(5..))?;
    let inside = rest.trim_start().strip_prefix('<')?.split_once('>')?.0;
    inside.rsplit_once('@').map(|(_, host)| host)
}

/// Names after the word "on" in a text that can only be machines: full names, or, in "on HOST in /path/to/log", short ones.
fn hosts_in(text: &str) -> impl Iterator<Item = &str> {
    // The cap keeps a long log from being read whole for a host that stands, if anywhere, near the top.
    let words: Vec<&str> = text.split_whitespace().take(20_000).collect();
    let after = |index: usize| words.get(index).copied().unwrap_or_default();
    let at: Vec<&str> = (0..words.len())
        .filter(|index| after(*index).eq_ignore_ascii_case("on"))
        .filter_map(|index| {
            let name = after(index + 1).trim_matches(|c: char| !c.is_ascii_alphanumeric());
            let path = after(index + 2) == "in" && after(index + 3).starts_with('/');
            (name.starts_with(|c: char| c.is_ascii_alphabetic()) && (name.contains('.') || path)).then_some(name)
        })
        .collect();
    at.into_iter()
}

/// Whether two values of a label are the same (R8): equal after case folding; a host's short name is the same as a full
/// name with that first part, unless `ambiguous` says that two full names in the mailbox share it.
pub fn same(name: &str, a: &str, b: &str, ambiguous: &dyn Fn(&str) -> bool) -> bool {
    if a.to_lowercase() == b.to_lowercase() {
        return true;
    }
    let (short, full) = if a.contains('.') { (b, a) } else { (a, b) };
    name == "host"
        && !short.contains('.')
        && full.split_once('.').is_some_and(|(first, _)| first.to_lowercase() == short.to_lowercase())
        && !ambiguous(short)
}

/// Reads all labels of these rules.
pub fn read(rules: &[LabelRule], message: &Message, hosts: &HostRules) -> Vec<Label> {
    let mut out: Vec<Label> = Vec::new();
    for rule in rules {
        let found = match &rule.source {
            LabelSource::MachineOf(of) => machines_of(of, &out, hosts),
            _ => values(rule, message, hosts),
        };
        for (value, from) in found {
            let value = value.trim();
            let value = value.get(..value.floor_char_boundary(LONGEST)).unwrap_or(value).trim_end();
            if value.is_empty() || out.iter().any(|label| label.name == rule.name && label.value == value) {
                continue;
            }
            out.push(Label { name: rule.name.clone(), value: value.to_owned(), from: Name::common(&from) });
        }
    }
    out
}

/// The machines that the instances in a label are.
fn machines_of(of: &str, labels: &[Label], hosts: &HostRules) -> Vec<(String, String)> {
    let machine =
        |value: &str| hosts.instances.iter().find(|(id, _)| id.eq_ignore_ascii_case(value)).map(|(_, name)| name);
    let of = labels.iter().filter(|label| label.name == of);
    of.filter_map(|label| Some((machine(&label.value)?.clone(), format!("config, instances.{}", label.value))))
        .collect()
}

/// Why mail from the machine in the label `host` is odd: it is not among those that the configuration lists.
pub fn foreign_host(labels: &[Label], hosts: &HostRules) -> Option<String> {
    let host = labels.iter().find(|label| label.name == "host").filter(|_| !hosts.known.is_empty())?;
    // A short name is the full one, as wherever hosts are compared (R8).
    let is_known = |name: &String| same("host", name, &host.value, &|_| false);
    (!hosts.known.iter().any(is_known)).then(|| format!("{} is not among the machines that send us mail", host.value))
}

/// The values of one rule, each with where it came from.
fn values(rule: &LabelRule, message: &Message, hosts: &HostRules) -> Vec<(String, String)> {
    let most = if rule.many { MANY } else { 1 };
    let in_glob = |glob: &Glob, text: &str, place: &dyn Fn(usize) -> String| {
        // Saying where each stands reads all that is before it: of a million lines only those that are kept may be asked.
        let found = if rule.many { glob.find_all(text, most) } else { glob.find(text).into_iter().collect() };
        let value = |m: super::glob::GlobMatch| {
            let value = m.captures.into_iter().find(|(name, _)| *name == rule.name)?.1;
            Some((value, place(m.start)))
        };
        found.into_iter().filter_map(value).collect::<Vec<_>>()
    };
    let mut found: Vec<(String, String)> = match &rule.source {
        LabelSource::Auto => {
            host(message, hosts).map(|label| (label.value, label.from.to_string())).into_iter().collect()
        }
        LabelSource::Subject(glob) => in_glob(glob, message.bare_subject(), &|_| "subject".to_owned()),
        LabelSource::Body(glob) => {
            let text = &message.body().text;
            in_glob(glob, text, &|at| body_line(text, at))
        }
        LabelSource::Header(name, glob) => {
            headers(message, name).flat_map(|value| in_glob(glob, value, &|_| name.clone())).take(most).collect()
        }
        LabelSource::Detail(glob) => message
            .recipients
            .iter()
            .filter_map(|recipient| Some((recipient.address.detail()?, recipient.header)))
            .flat_map(|(detail, header)| in_glob(glob, detail, &|_| header.to_owned()))
            .take(most)
            .collect(),
        LabelSource::Regex(place, regex) => {
            let all = |text: &str, place: &dyn Fn(usize) -> String| {
                let group = |captures: regex::Captures<'_>| {
                    let m = captures.get(1).or_else(|| captures.get(0))?;
                    Some((m.as_str().to_owned(), place(m.start())))
                };
                regex.captures_iter(text).filter_map(group).take(most).collect::<Vec<_>>()
            };
            match place.strip_prefix("header:") {
                Some(name) => headers(message, name).flat_map(|value| all(value, &|_| name.to_owned())).collect(),
                None if place == "body" => {
                    let text = &message.body().text;
                    all(text, &|at| body_line(text, at))
                }
                None => all(message.bare_subject(), &|_| "subject".to_owned()),
            }
        }
        LabelSource::Blocks(heading, lines) => blocks(&message.body().text, heading, lines),
        LabelSource::MachineOf(_) => Vec::new(),
        LabelSource::Json(path) => json(&message.body().text, path, most)
            .into_iter()
            .map(|value| (value, format!("body, JSON {path}")))
            .collect(),
        LabelSource::Constant(value) => vec![(value.clone(), "runbook".to_owned())],
    };
    found.truncate(most);
    found
}

/// Headings of a report with the number of lines that count below each, and where the heading stands.
fn blocks(text: &str, heading: &regex::Regex, counted: &regex::Regex) -> Vec<(String, String)> {
    let mut found: Vec<(String, usize, usize)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(captures) = heading.captures(line) {
            let name = captures.get(1).or_else(|| captures.get(0)).map_or("", |name| name.as_str());
            found.push((name.trim().to_owned(), number, 0));
        } else if let Some((_, _, count)) = found.last_mut().filter(|_| counted.is_match(line)) {
            *count += 1;
        }
    }
    let filled = found.into_iter().filter(|(_, _, count)| *count > 0);
    filled.map(|(name, line, count)| (format!("{name}: {count}"), format!("body line {line}"))).collect()
}

fn headers<'m>(message: &'m Message, name: &str) -> impl Iterator<Item = &'m str> {
    message
        .headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.as_str())
}

/// "body line 3".
fn body_line(text: &str, at: usize) -> String {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    format!("body line {}", memchr::memchr_iter(b'\n', before).count() + 1)
}

/// The value at a path of the JSON in a body. A string on the way that holds JSON itself is opened (SNS does that);
/// `*` stands for every entry of a list or object.
fn json(text: &str, path: &str, most: usize) -> Vec<String> {
    let starts = text.match_indices(['{', '[']).map(|(at, _)| at).take(JSON_STARTS);
    for at in starts {
        let mut values =
            serde_json::Deserializer::from_str(text.get(at..).unwrap_or_default()).into_iter::<serde_json::Value>();
        if let Some(Ok(value)) = values.next() {
            let mut out = Vec::new();
            let keys: Vec<&str> = path.split('.').collect();
            walk(&value, &keys, most, &mut out);
            if !out.is_empty() {
                return out;
            }
        }
    }
    Vec::new()
}

fn walk(value: &serde_json::Value, path: &[&str], most: usize, out: &mut Vec<String>) {
    use serde_json::Value;
    if out.len() >= most {
        return;
    }
    let Some((key, rest)) = path.split_first() else {
        match value {
            Value::String(text) => out.push(text.clone()),
            Value::Number(number) => out.push(number.to_string()),
            Value::Bool(flag) => out.push(flag.to_string()),
            Value::Array(values) => values.iter().for_each(|value| walk(value, path, most, out)),
            Value::Null | Value::Object(_) => {}
        }
        return;
    };
    match value {
        Value::Object(map) if *key == "*" => map.values().for_each(|value| walk(value, rest, most, out)),
        Value::Array(values) if *key == "*" => values.iter().for_each(|value| walk(value, rest, most, out)),
        Value::Object(map) => {
            if let Some(value) = map.get(*key) {
                walk(value, rest, most, out);
            }
        }
        Value::Array(values) => {
            if let Some(value) = key.parse::<usize>().ok().and_then(|index| values.get(index)) {
                walk(value, rest, most, out);
            }
        }
        Value::String(text) => {
            if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str::<Value>(text) {
                walk(&inner, path, most, out);
            }
        }
        _ => {}
    }
}
